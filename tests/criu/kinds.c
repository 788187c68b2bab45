/* criu/kinds: the table against a recorded list of what CRIU writes, names, magics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "criu/image.h"
#include "sets.h"

static const struct image_kind *kind_named(const char *name)
{
	for (const struct image_kind *k = image_kinds; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

/* tests/fixtures/kinds.tsv: name, pattern, magic. Both ways: none is missing, none invented. */
static void the_table_is_complete(void **state)
{
	FILE *f = fopen("tests/fixtures/kinds.tsv", "r");
	char line[200], name[64], pattern[64];
	unsigned magic;
	size_t listed = 0, rows = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		const struct image_kind *k;

		if (*line == '#')
			continue;
		assert_int_equal(sscanf(line, "%63s %63s %x", name, pattern, &magic), 3);
		k = kind_named(name);
		if (!k)
			fail_msg("no row for %s", name);
		assert_string_equal(k->pattern, pattern);
		assert_int_equal(k->magic, magic);
		listed++;
	}
	fclose(f);
	while (image_kinds[rows].name)
		rows++;
	assert_int_equal(rows, listed);
}

/* What a row says must exist: messages, parts; and not contradict itself. */
static void rows_hold_together(void **state)
{
	const struct schema *schema;
	struct arena a;

	(void)state;
	arena_init(&a);
	schema = schema_builtin(&a);
	for (const struct image_kind *k = image_kinds; k->name; k++) {
		const struct message *m = k->message ? schema_message(schema, k->message) : NULL;

		if (k->message && !m)
			fail_msg("%s: no message %s", k->name, k->message);
		if (k->entry && !schema_message(schema, k->entry))
			fail_msg("%s: no message %s", k->name, k->entry);
		assert_int_equal(k->shape == SHAPE_RAW, k->raw != NULL);
		assert_int_equal(k->shape == SHAPE_HEAD || k->shape == SHAPE_GHOST,
				 k->entry != NULL);
		for (const char *p = k->parts; p && *p; p += strcspn(p, ",") + 1) {
			char field[40];

			snprintf(field, sizeof(field), "%.*s", (int)strcspn(p, ","), p);
			if (!message_field_named(m, field) ||
			    !message_field_named(m, field)->message)
				fail_msg("%s: no messages in field %s", k->name, field);
			if (!p[strcspn(p, ",")])
				break;
		}
	}
	arena_fini(&a);
}

static void names_tell_kind_and_number(void **state)
{
	static const struct {
		const char *file, *kind;
		uint64_t number;
	} cases[] = {
		{ "inventory.img", "INVENTORY", 0 },
		{ "core-12.img", "CORE", 12 },
		{ "pagemap-7.img", "PAGEMAP", 7 },
		{ "pagemap-shmem-7.img", "SHMEM_PAGEMAP", 7 },
		{ "pagemap-18446744073709551615.img", "PAGEMAP", UINT64_MAX },
		{ "pages-3.img", "PAGES", 3 },
		{ "pages-shmem-3.img", "SHM_PAGES_OLD", 3 },
		{ "ghost-file-1f.img", "GHOST_FILE", 0x1f },
		{ "tcp-stream-10.img", "TCP_STREAM", 0x10 },
		{ "filelocks.img", "FILE_LOCKS", 0 },
		{ "filelocks-4.img", "FILE_LOCKS_OLD", 4 },
		{ "tmpfs-dev-43.tar.gz.img", "TMPFS_DEV", 43 },
		{ "tmpfs-43.tar.gz.img", "TMPFS_IMG", 43 },
		{ "stats-dump", "STATS", 0 },
		{ "stats-restore", "STATS", 1 },
		{ "irmap-cache", "IRMAP_CACHE", 0 },
		{ "signal-p-9.img", "PSIGNAL", 9 },
		{ "amdgpu-dmabuf_5.img", "AMDGPU_DMABUF", 5 },
		{ "amdgpu-pages-3-01af.img", "AMDGPU_PAGES", 3 },
		{ "amdgpu-pages-3-1a5ab.img", "AMDGPU_PAGES", 3 },
		{ "amdgpu-drm-pages-3-128-0002.img", "AMDGPU_DRM_PAGES", 3 },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		uint64_t number = 99;
		const struct image_kind *k = kind_by_name(cases[n].file, &number);

		if (!k)
			fail_msg("%s: unknown", cases[n].file);
		assert_string_equal(k->name, cases[n].kind);
		assert_true(number == cases[n].number);
	}
}

static void other_names_are_no_images(void **state)
{
	static const char *const names[] = {
		"",
		"core-.img",
		"core-x.img",
		"core--1.img",
		"core-1.img ",
		"core-1.imgx",
		"Core-1.img",
		"core-18446744073709551616.img",
		"stats-",
		"stats-dumps",
		"ghost-file-G.img",
		"ghost-file-1F.img",
		"dump.log",
		"descriptors.json",
		"amdgpu-pages-3-af.img",
		"pages-1",
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(names); n++)
		if (kind_by_name(names[n], NULL))
			fail_msg("%s is taken for an image", names[n]);
}

static const char *by_magic(uint32_t magic, const char *file)
{
	const struct image_kind *k = kind_by_magic(magic, file);

	return k ? k->name : "none";
}

static void magics_tell_kinds(void **state)
{
	(void)state;
	assert_string_equal(by_magic(0x55053847, "anything"), "CORE");
	assert_string_equal(by_magic(0x55053847, NULL), "CORE");
	assert_string_equal(by_magic(0x56084025, "pagemap-7.img"), "PAGEMAP");
	assert_string_equal(by_magic(0x56084025, "pagemap-shmem-7.img"), "SHMEM_PAGEMAP");
	assert_string_equal(by_magic(0x56084025, "pages-7.img"), "PAGES_OLD");
	assert_string_equal(by_magic(0x56084025, "pages-shmem-7.img"), "SHM_PAGES_OLD");
	assert_string_equal(by_magic(0x56084025, "saved"), "PAGEMAP");
	assert_string_equal(by_magic(0x59255647, "signal-p-1.img"), "PSIGNAL");
	assert_string_equal(by_magic(0x59255647, "x"), "SIGNAL");
	/* Raw kinds have no magic; nor is a lead word one. */
	assert_string_equal(by_magic(0, "pages-1.img"), "none");
	assert_string_equal(by_magic(MAGIC_COMMON, "core-1.img"), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_complete),
		cmocka_unit_test(rows_hold_together),
		cmocka_unit_test(names_tell_kind_and_number),
		cmocka_unit_test(other_names_are_no_images),
		cmocka_unit_test(magics_tell_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
