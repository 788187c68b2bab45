/* criu/schema: proto/ says what was recorded in tests/fixtures/schema.tsv, and a user's set goes on
 * top.
 *
 * A change to proto/ on purpose: BLESS=1 build/tests/criu/schema writes the table anew; review it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "criu/criu.h"
#include "criu/names.h"
#include "criu/schema.h"
#include "pb.h"

#define RECORDED "tests/fixtures/schema.tsv"

static const char *const type_words[] = {
	[TYPE_DOUBLE] = "double",     [TYPE_FLOAT] = "float",     [TYPE_INT64] = "int64",
	[TYPE_UINT64] = "uint64",     [TYPE_INT32] = "int32",     [TYPE_FIXED64] = "fixed64",
	[TYPE_FIXED32] = "fixed32",   [TYPE_BOOL] = "bool",       [TYPE_STRING] = "string",
	[TYPE_GROUP] = "group",       [TYPE_MESSAGE] = "message", [TYPE_BYTES] = "bytes",
	[TYPE_UINT32] = "uint32",     [TYPE_ENUM] = "enum",       [TYPE_SFIXED32] = "sfixed32",
	[TYPE_SFIXED64] = "sfixed64", [TYPE_SINT32] = "sint32",   [TYPE_SINT64] = "sint64",
};

/* "hex,flags=mmap.prot" */
static void write_hints(FILE *f, const struct message_field *mf)
{
	const struct {
		const char *word, *value;
		bool set;
	} hints[] = {
		{ "hex", NULL, mf->hex },          { "ipadd", NULL, mf->ipadd },
		{ "flags", mf->flags, mf->flags }, { "dev", NULL, mf->dev },
		{ "odev", NULL, mf->odev },        { "dict", mf->dict, mf->dict },
		{ "conv", mf->conv, mf->conv },
	};
	const char *sep = "";

	for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
		if (!hints[i].set)
			continue;
		fprintf(f, "%s%s", sep, hints[i].word);
		if (hints[i].value)
			fprintf(f, "=%s", hints[i].value);
		sep = ",";
	}
}

static void write_field(FILE *f, const struct message *m, const struct message_field *mf)
{
	static const char *const labels[] = { "", "optional", "required", "repeated" };

	fprintf(f, "%s\t%u\t%s\t%s", m->name, mf->number, labels[mf->label], type_words[mf->type]);
	if (mf->type_name)
		fprintf(f, " %s", mf->type_name);
	fprintf(f, "\t%s\t%s\t%s\t", mf->name, mf->packed ? "packed" : "",
		mf->initial ? mf->initial : "");
	write_hints(f, mf);
	fprintf(f, "\t%s\t%s%s\t%s\n", show_word(mf->show), mf->group ? mf->group : "",
		mf->index_names ? "[]" : "", mf->ref ? ref_word((enum criu_ref)mf->ref) : "");
}

static void write_schema(FILE *f, const struct schema *s)
{
	const struct value_name *values;
	const char *name;

	for (size_t i = 0; i < schema_count(s); i++) {
		const struct message *m = schema_at(s, i);

		for (uint32_t n = 0; n < m->count; n++)
			write_field(f, m, &m->fields[n]);
	}
	for (size_t i = 0; (values = schema_enum_at(s, i, &name)); i++)
		for (; values->name; values++)
			fprintf(f, "enum %s\t%lld\t%s\n", name, (long long)values->value,
				values->name);
}

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t len = 0, room = 1 << 20;
	char *text = calloc(1, room);

	assert_non_null(text);
	if (f) {
		len = fread(text, 1, room - 1, f);
		fclose(f);
	}
	text[len] = 0;
	return text;
}

/* Says the first lines that differ. */
static void compare_lines(char *have, char *want)
{
	char *h, *w, *at_h = have, *at_w = want;

	for (;;) {
		h = strsep(&at_h, "\n");
		w = strsep(&at_w, "\n");
		if (!h && !w)
			return;
		if (!h || !w || strcmp(h, w) != 0)
			fail_msg("proto/ and " RECORDED " differ:\n  proto/   %s\n  recorded %s",
				 h ? h : "(ends)", w ? w : "(ends)");
	}
}

static void proto_is_as_recorded(void **state)
{
	const struct schema *s = *state;
	char *have = NULL, *want;
	size_t len;
	FILE *f;

	if (getenv("BLESS")) {
		f = fopen(RECORDED, "w");
		assert_non_null(f);
		write_schema(f, s);
		assert_int_equal(fclose(f), 0);
	}
	want = read_all(RECORDED);
	assert_true(*want);
	f = open_memstream(&have, &len);
	assert_non_null(f);
	write_schema(f, s);
	fclose(f);
	compare_lines(have, want);
	free(have);
	free(want);
}

/* Every name group and reference that proto/ asks for is there. */
static void hints_resolve(void **state)
{
	const struct schema *s = *state;

	for (size_t i = 0; i < schema_count(s); i++) {
		const struct message *m = schema_at(s, i);

		for (uint32_t n = 0; n < m->count; n++) {
			const struct message_field *mf = &m->fields[n];

			if (mf->group && !mf->names)
				fail_msg("%s.%s: no names \"%s\"", m->name, mf->name, mf->group);
			if ((mf->flags || mf->dict) && !mf->crit)
				fail_msg("%s.%s: crit's map is missing", m->name, mf->name);
			if ((mf->show == SHOW_FLAGS || mf->show == SHOW_ENUM) && !mf->names)
				fail_msg("%s.%s: nothing to name its values", m->name, mf->name);
		}
	}
}

static void lookups_find(void **state)
{
	const struct schema *s = *state;
	const struct message *m = schema_message(s, "criu_opts");

	assert_non_null(m);
	assert_null(schema_message(s, "no_such_entry"));
	assert_null(schema_at(s, schema_count(s)));
	assert_string_equal(message_field(m, 1)->name, "images_dir_fd");
	assert_string_equal(message_field(m, 68)->name, "images_dir");
	assert_null(message_field(m, 40));
	assert_null(message_field(m, 1000));
	assert_int_equal(message_field_named(m, "root")->number, 13);
	assert_null(message_field_named(m, "roo"));
	for (uint32_t i = 0; i < m->count; i++) {
		assert_ptr_equal(message_field(m, m->fields[i].number), &m->fields[i]);
		assert_int_equal(m->fields[i].index, i);
	}
}

static void loads_quickly(void **state)
{
	struct timespec from, to;
	double best = 1e9;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct arena a;
		double ms;

		arena_init(&a);
		clock_gettime(CLOCK_MONOTONIC, &from);
		schema_builtin(&a);
		clock_gettime(CLOCK_MONOTONIC, &to);
		arena_fini(&a);
		ms = (double)(to.tv_sec - from.tv_sec) * 1e3 +
		     (double)(to.tv_nsec - from.tv_nsec) / 1e6;
		best = ms < best ? ms : best;
	}
	print_message("schema_builtin: %.2f ms\n", best);
	/* 3 ms is the aim; sanitizers and busy machines get room. */
	assert_true(best < 30);
}

/* Descriptor sets by hand: a field, a message of fields, a file of messages. */
static void add_field(struct pb *message, const char *name, unsigned number, unsigned type,
		      const char *type_name)
{
	struct pb f = { .len = 0 };

	pb_str(&f, 1, name);
	pb_uint(&f, 3, number);
	pb_uint(&f, 4, 1);
	pb_uint(&f, 5, type);
	if (type_name)
		pb_str(&f, 6, type_name);
	pb_sub(message, 2, &f);
}

static void add_message(struct pb *file, const struct pb *message)
{
	pb_sub(file, 4, message);
}

/* Writes `file` as a set of one file, and loads it. */
static struct err *load_set(const struct pb *file, struct arena *a, const struct schema **s)
{
	char path[] = "/tmp/schema-test-XXXXXX";
	struct pb set = { .len = 0 };
	int fd = mkstemp(path);
	struct err *err;

	assert_true(fd >= 0);
	pb_sub(&set, 1, file);
	assert_int_equal(write(fd, set.buf, set.len), (ssize_t)set.len);
	close(fd);
	err = schema_load(path, a, s);
	unlink(path);
	return err;
}

static void users_set_goes_on_top(void **state)
{
	struct pb file = { .len = 0 }, vma = { .len = 0 }, fresh = { .len = 0 };
	const struct schema *s = NULL;
	const struct message *m;
	struct arena a;

	(void)state;
	arena_init(&a);
	pb_str(&vma, 1, "vma_entry");
	add_field(&vma, "start", 1, TYPE_UINT64, NULL);
	add_field(&vma, "renamed", 6, TYPE_UINT32, NULL);
	add_field(&vma, "colour", 30, TYPE_UINT32, NULL);
	add_message(&file, &vma);
	pb_str(&fresh, 1, "landlock_entry");
	add_field(&fresh, "vma", 1, TYPE_MESSAGE, ".vma_entry");
	add_field(&fresh, "mode", 2, TYPE_ENUM, ".seccomp_mode");
	add_message(&file, &fresh);
	assert_null(load_set(&file, &a, &s));

	m = schema_message(s, "vma_entry");
	assert_int_equal(m->count, 3);
	/* Ours stay where message, name and number are the same. */
	assert_int_equal(message_field(m, 1)->show, SHOW_ADDRESS);
	assert_int_equal(message_field(m, 1)->ref, REF_ADDRESS);
	assert_int_equal(message_field(m, 6)->show, SHOW_DEC);
	assert_null(message_field(m, 6)->names);
	assert_string_equal(message_field(m, 30)->name, "colour");
	/* Messages of the embedded schema refer to the new one. */
	assert_ptr_equal(message_field_named(schema_message(s, "mm_entry"), "vmas")->message, m);
	m = schema_message(s, "landlock_entry");
	assert_non_null(m);
	assert_ptr_equal(message_field(m, 1)->message, schema_message(s, "vma_entry"));
	assert_string_equal(message_field(m, 2)->values[0].name, "disabled");
	assert_non_null(schema_message(s, "core_entry"));
	arena_fini(&a);
}

static void refuses(const struct pb *file, const char *why)
{
	const struct schema *s = NULL;
	struct err *err;
	struct arena a;

	arena_init(&a);
	err = load_set(file, &a, &s);
	assert_non_null(err);
	assert_int_equal(err->code, ERR_USAGE);
	if (!strstr(err->text, why))
		fail_msg("\"%s\" does not say \"%s\"", err->text, why);
	err_free(err);
	arena_fini(&a);
}

/* Half a million messages of no bytes would be 100 MB of structs. */
static void unpacked_sets_are_bounded(void)
{
	enum { SIZE = 1 << 20, INNER = SIZE - 4 };
	char path[] = "/tmp/schema-test-XXXXXX";
	const struct schema *s = NULL;
	uint8_t *raw = calloc(1, SIZE);
	int fd = mkstemp(path);
	struct err *err;
	struct arena a;

	assert_true(fd >= 0 && raw);
	raw[0] = 1 << 3 | 2;
	raw[1] = (INNER & 0x7f) | 0x80;
	raw[2] = (INNER >> 7 & 0x7f) | 0x80;
	raw[3] = INNER >> 14;
	for (size_t i = 4; i < SIZE; i += 2)
		raw[i] = 4 << 3 | 2;
	assert_int_equal(write(fd, raw, SIZE), SIZE);
	close(fd);
	arena_init(&a);
	err = schema_load(path, &a, &s);
	assert_non_null(err);
	assert_non_null(strstr(err->text, "too large"));
	assert_true(a.held < 48 << 20);
	err_free(err);
	arena_fini(&a);
	unlink(path);
	free(raw);
}

static void bad_sets_are_refused(void **state)
{
	struct pb file = { .len = 0 }, m = { .len = 0 }, deep = { .len = 0 };
	const struct schema *s = NULL;
	struct arena a;
	struct err *err;

	(void)state;
	refuses(&file, "no messages");

	pb_str(&m, 1, "x_entry");
	add_field(&m, "y", 1, TYPE_MESSAGE, ".nowhere");
	add_message(&file, &m);
	refuses(&file, "x_entry.y");

	file.len = m.len = 0;
	pb_str(&m, 1, "x\"\033[31m");
	add_message(&file, &m);
	refuses(&file, "proper name");

	file.len = m.len = 0;
	pb_str(&m, 1, "x_entry");
	add_field(&m, "a\", \"b", 1, TYPE_UINT32, NULL);
	add_message(&file, &m);
	refuses(&file, "proper name");

	file.len = m.len = 0;
	pb_str(&m, 1, "x_entry");
	add_field(&m, "y", 1, 99, NULL);
	add_message(&file, &m);
	refuses(&file, "no known type");

	pb_str(&deep, 1, "d");
	for (int i = 0; i < 100; i++) {
		struct pb outer = { .len = 0 };

		pb_str(&outer, 1, "d");
		pb_sub(&outer, 3, &deep);
		deep = outer;
	}
	file.len = 0;
	add_message(&file, &deep);
	refuses(&file, "too deep");
	unpacked_sets_are_bounded();

	arena_init(&a);
	err = schema_load("tests/criu/schema.c", &a, &s);
	assert_non_null(err);
	assert_int_equal(err->code, ERR_USAGE);
	err_free(err);
	err = schema_load("/nonexistent/x.desc", &a, &s);
	assert_non_null(err);
	assert_int_equal(err->code, ERR_ABSENT);
	err_free(err);
	arena_fini(&a);
}

/* What is left of the real set when it is cut or a byte is wrong loads or is refused; nothing else.
 */
static void damaged_sets_do_no_harm(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 60; i++) {
		struct pb file = { .len = 0 }, m = { .len = 0 };
		const struct schema *s = NULL;
		struct arena a;

		arena_init(&a);
		pb_str(&m, 1, "x_entry");
		for (unsigned n = 1; n < 20; n++)
			add_field(&m, "field", n, n % 19, ".vma_entry");
		add_message(&file, &m);
		for (int k = 0; k < 3; k++) {
			seed = seed * 1103515245 + 12345;
			file.buf[(seed >> 8) % file.len] = (uint8_t)(seed >> 24);
		}
		err_free(load_set(&file, &a, &s));
		arena_fini(&a);
	}
}

static struct arena arena;

static int setup(void **state)
{
	arena_init(&arena);
	*state = (void *)(uintptr_t)schema_builtin(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proto_is_as_recorded),
		cmocka_unit_test(hints_resolve),
		cmocka_unit_test(lookups_find),
		cmocka_unit_test(loads_quickly),
		cmocka_unit_test(users_set_goes_on_top),
		cmocka_unit_test(bad_sets_are_refused),
		cmocka_unit_test(damaged_sets_do_no_harm),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
