/* criu/jsondoc, criu/streamer, criu/describe: what container engines put around the images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "criu/container.h"
#include "criu/engine.h"

static struct arena a;

static int start(void **state)
{
	(void)state;
	arena_init(&a);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_fini(&a);
	return 0;
}

/* ---- JSON ---- */

static struct field *fields_of(const char *text)
{
	struct bytes b = bytes_of(text);
	struct field *root = field_add(NULL, &a, FIELD_GROUP, "image", (struct span){ 0, b.len });

	doc_fields(root, b, &a);
	return root;
}

static const char *value_of(const char *text, const char *path)
{
	struct field *f = field_at_path(fields_of(text), &a, path);

	return f ? field_value(f, 0, &a) : NULL;
}

static void values_know_their_bytes(void **state)
{
	const char *text = " {\"a\" : {\"b\":[1, -2,true ,null,2.5,\"x\"]}, \"c\": \"d\"} ";
	struct field *f = fields_of(text);

	(void)state;
	assert_string_equal(value_of(text, "a/b/[0]"), "1");
	assert_string_equal(value_of(text, "a/b/[1]"), "-2");
	assert_string_equal(value_of(text, "a/b/[4]"), "2.5");
	assert_string_equal(value_of(text, "a/b/[5]"), "x");
	assert_string_equal(value_of(text, "c"), "d");
	f = field_at_path(f, &a, "c");
	assert_memory_equal(text + f->value.offset, "\"d\"", f->value.length);
	assert_int_equal(f->span.offset, strstr(text, "\"c\"") - text);
	assert_int_equal(f->span.offset + f->span.length, strlen(text));
	f = field_find(f->parent, &a, (uint64_t)(strstr(text, "-2") - text));
	assert_string_equal(field_path(f, &a), "a/b/[1]");
}

struct cover {
	uint64_t next;
	bool gap;
};

static bool take_leaf(const struct field *leaf, const char *path, void *arg)
{
	struct cover *c = arg;

	(void)path;
	assert_int_equal(leaf->span.offset, c->next);
	c->next += leaf->span.length;
	c->gap |= leaf->type == FIELD_GAP;
	return true;
}

static void each_byte_is_covered_once(void **state)
{
	static const char *const texts[] = {
		"{}",    "[]",       "{\"a\":{}}",  "{\"a\":[[[1],2],3]}",
		" [ ] ", "{\"a\":1", "{\"a\" 1}",   "{\"a\":\"",
		"[1,2",  "[1 2]",    "nothing",     "{\"a\":1}x",
		"[,]",   "{\"\\",    "{\"a\":[}]}",
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(texts); n++) {
		struct cover c = { 0 };

		field_walk(fields_of(texts[n]), &a, take_leaf, &c);
		assert_int_equal(c.next, strlen(texts[n]));
		if (n < 5)
			assert_false(c.gap);
	}
}

static void broken_ones_are_told(void **state)
{
	(void)state;
	assert_null(fields_of("{\"a\":1}")->trouble);
	assert_non_null(fields_of("{\"a\":1")->trouble);
	assert_non_null(fields_of("{\"a\":1 \"b\":2}")->trouble);
	assert_string_equal(value_of("{\"a\":1 \"b\":2}", "a"), "1");
	assert_non_null(fields_of("[1,]")->trouble);
	/* Members are looked into when somebody asks. */
	assert_null(fields_of("{\"a\":{1}}")->trouble);
}

static void strings_are_what_they_say(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{ "\"a\\n\\t\\\"\\\\\\/\"", "a\n\t\"\\/" },
		{ "\"\\u00e9\\u20ac\"", "\xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"\\ud83d\"", "\xef\xbf\xbd" },
		{ "\"\\ud83dx\\udc00\"", "\xef\xbf\xbdx\xef\xbf\xbd" },
		{ "\"\\u12\"", "u12" },
		{ "\"\\", "\\" },
		{ "\"", "" },
		{ "\"\"", "" },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		struct doc_value v = doc_root(bytes_of(cases[n].json));
		struct bytes b = doc_string(&v, &a);

		assert_int_equal(b.len, strlen(cases[n].text));
		assert_memory_equal(b.at, cases[n].text, b.len);
	}
	assert_string_equal(value_of("{\"\\u001b[2J\":\"\\u202e\"}", "\\x1b[2J"), "\\u{202e}");
}

static void numbers_keep_their_width(void **state)
{
	(void)state;
	assert_string_equal(value_of("[18446744073709551615]", "[0]"), "18446744073709551615");
	assert_string_equal(value_of("[-9223372036854775808]", "[0]"), "-9223372036854775808");
	assert_string_equal(value_of("[1e3]", "[0]"), "1000");
	assert_string_equal(value_of("[1e999]", "[0]"), "1e999");
	assert_string_equal(value_of("[123456789012345678901234567890123456789012345678901234567890"
				     "1234567890]",
				     "[0]"),
			    "123456789012345678901234567890123456789012345678901234567890"
			    "1234567890");
}

static void keys_are_found(void **state)
{
	struct doc_value v = doc_root(bytes_of("{\"a\":{\"b\":1,\"b\":2},\"c\":[{\"a\":3}]}"));
	struct doc_value got = doc_find(v, "a", "b", NULL);

	(void)state;
	assert_string_equal(doc_text(&got, &a), "2"); /* the last */
	got = doc_find(v, "a", "x", "y", NULL);
	assert_int_equal(got.type, DOC_NONE);
	got = doc_find(v, "c", "a", NULL);
	assert_int_equal(got.type, DOC_NONE);
}

/* ---- streams ---- */

static void streams_are_told_by_their_markers(void **state)
{
	static const uint8_t good[] = { 9,   0, 0, 0, 8, 0, 18, 5,  'a', '.', 'i', 'm',
					'g', 4, 0, 0, 0, 8, 1,  24, 3,   'x', 'y', 'z' };
	uint8_t bad[sizeof(good)];

	(void)state;
	assert_true(stream_is((struct bytes){ good, sizeof(good) }));
	for (size_t n = 0; n < 21; n++)
		assert_false(stream_is((struct bytes){ good, n }));
	memcpy(bad, good, sizeof(bad));
	bad[9] = 27; /* an escape in a name */
	assert_false(stream_is((struct bytes){ bad, sizeof(bad) }));
	memcpy(bad, good, sizeof(bad));
	bad[2] = 1; /* a marker too long */
	assert_false(stream_is((struct bytes){ bad, sizeof(bad) }));
}

static void streams_open_at_any_cut(void **state)
{
	static const uint8_t whole[] = { 5,  0,   0,   0, 8,   0,   18,  1, 'a', 4,  0,   0, 0,
					 8,  1,   24,  2, 'x', 'y', 5,   0, 0,   0,  8,   2, 18,
					 1,  'b', 4,   0, 0,   0,   8,   3, 24,  1,  'q', 5, 0,
					 0,  0,   8,   4, 18,  1,   'a', 4, 0,   0,  0,   8, 5,
					 24, 1,   'z', 4, 0,   0,   0,   8, 6,   32, 1,   5, 0,
					 0,  0,   8,   7, 18,  1,   'b', 4, 0,   0,  0,   8, 8,
					 32, 1,   4,   0, 0,   0,   8,   9, 40,  1 };

	(void)state;
	for (size_t n = 1; n <= sizeof(whole); n++) {
		struct archive_options options = { .problems = problems_new() };
		struct source *src = source_memory((struct bytes){ whole, n }, "s");
		struct source *file = NULL;
		struct folder *f;

		assert_null(stream_open(&(struct stream_shard){ src, NULL }, 1, &options, &f));
		assert_int_equal(problems_count(options.problems) == 0, n == sizeof(whole));
		for (size_t i = 0; i < f->count; i++) {
			assert_null(folder_source(f, &f->members[i], &file));
			assert_int_equal(source_size(file), f->members[i].size);
			if (n == sizeof(whole))
				assert_memory_equal(source_view(file, 0, 3).at, i ? "q" : "xyz",
						    i ? 1 : 3);
			source_close(file);
		}
		if (n == sizeof(whole))
			assert_int_equal(f->count, 2);
		folder_close(f);
		source_close(src);
		problems_free(options.problems);
	}
}

/* ---- names ---- */

static void engine_files_are_known_by_name(void **state)
{
	const char *word = NULL;

	(void)state;
	assert_ptr_equal(engine_file("config.dump", &word), &raw_json);
	assert_string_equal(word, "json");
	assert_ptr_equal(engine_file("rootfs-diff.tar", &word), &raw_members);
	assert_ptr_equal(engine_file("descriptors.json", &word), &raw_json);
	assert_null(engine_file("json", &word));
	assert_null(engine_file("tmpfs-dev-3.tar.gz.img", &word));
}

static void annotations_tell_the_engine(void **state)
{
	static const struct {
		const char *json, *engine, *name;
	} cases[] = {
		{ "{\"io.container.manager\":\"libpod\"}", "podman", NULL },
		{ "{\"io.container.manager\":\"cri-o\",\"io.kubernetes.container.name\":\"c\"}",
		  "CRI-O", "c" },
		{ "{\"io.kubernetes.cri.container-name\":\"n\"}", "containerd", "n" },
		{ "{\"x\":1}", NULL, NULL },
		{ "[]", NULL, NULL },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		struct container_facts facts = { 0 };
		struct doc_value v = doc_root(bytes_of(cases[n].json));

		facts_of_annotations(&facts, &v, &a);
		assert_int_equal(!facts.engine, !cases[n].engine);
		if (facts.engine)
			assert_string_equal(facts.engine, cases[n].engine);
		assert_int_equal(!facts.name, !cases[n].name);
		if (facts.name)
			assert_string_equal(facts.name, cases[n].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_know_their_bytes),
		cmocka_unit_test(each_byte_is_covered_once),
		cmocka_unit_test(broken_ones_are_told),
		cmocka_unit_test(strings_are_what_they_say),
		cmocka_unit_test(numbers_keep_their_width),
		cmocka_unit_test(keys_are_found),
		cmocka_unit_test(streams_are_told_by_their_markers),
		cmocka_unit_test(streams_open_at_any_cut),
		cmocka_unit_test(engine_files_are_known_by_name),
		cmocka_unit_test(annotations_tell_the_engine),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
