/* view/rows_regions, rows_pages, rows_inspect: over an address space made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fake_space.h"
#include "view/rows_inspect.h"
#include "view/rows_pages.h"
#include "view/rows_regions.h"

static struct arena arena;

static int setup(void **state)
{
	arena_init(&arena);
	fake_space_open();
	*state = rows_regions_new();
	rows_regions_set(*state, &fake_space);
	rows_regions_note(*state, 0x5010, "stack tid 9");
	return 0;
}

static int teardown(void **state)
{
	rows_free(*state);
	source_close(fake_source);
	arena_fini(&arena);
	return 0;
}

static const char *line(struct rows *r, size_t n)
{
	struct row row;

	rows_line(r, n, &arena, &row);
	return row_text(&row, &arena);
}

static void lines_say_what_is_there(void **state)
{
	struct rows *r = *state;
	struct row head;

	assert_int_equal(rows_count(r), 4);
	assert_true(rows_heading(r, &arena, &head));
	assert_non_null(strstr(row_text(&head, &arena), "PAGES  NAME"));
	assert_string_equal(
		line(r, 1),
		"00005000-00009000          rw-p     16K       \u2026  [heap] stack tid 9");
	while (rows_regions_work(r, 0, 4, 1))
		;
	assert_string_equal(line(r, 0),
			    "00001000-00005000          r-xp     16K       1  prog !patched");
	assert_string_equal(line(r, 1),
			    "00005000-00009000          rw-p     16K       2  [heap] stack tid 9");
	assert_string_equal(
		line(r, 2),
		"00020000-00021000          rwxp    4.0K       1  anon !rwx !anon exec");
	assert_string_equal(line(r, 4), "");
}

static void wide_lines_have_a_strip(void **state)
{
	struct rows *r = *state;
	const char *text;

	rows_regions_room(r, 158);
	while (rows_regions_work(r, 0, 4, 100))
		;
	text = line(r, 1);
	assert_non_null(strstr(text, "1       1       1        1  [heap]"));
	assert_string_equal(text + strlen(text) - 4, "#pl0");
	text = line(r, 0);
	assert_string_equal(text + strlen(text) - 4, "f#ff");
	/* Nothing of it is kept: no strip. */
	assert_null(strstr(line(r, 3), ".."));
}

static size_t passing(struct rows *r, const char *filter, size_t *first)
{
	struct line_search s = { .needle = filter };
	size_t n = 0, hit;

	for (size_t from = 0; rows_pass(r, &s, from, &hit) == SEARCH_HIT; from = hit + 1)
		if (!n++)
			*first = hit;
	return n;
}

static void filters_combine(void **state)
{
	static const struct {
		const char *filter;
		size_t count, first;
	} some[] = {
		{ "perm~x", 2, 0 },
		{ "perm~x kind=anon", 1, 2 },
		{ "perm~xw", 1, 2 },
		{ "name~PROG", 0, 0 },
		{ "name~prog", 1, 0 },
		{ "present>0", 3, 0 },
		{ "present>0 lazy>0", 1, 1 },
		{ "size>1M", 1, 3 },
		{ "size>=2M", 1, 3 },
		{ "size<16K", 1, 2 },
		{ "mark~patched", 1, 0 },
		{ "heap", 1, 1 },
		{ "perm=rw-p", 1, 1 },
		{ "perm!=rw-p", 3, 0 },
		{ "start>=0x20000", 2, 2 },
		{ "absent=512", 1, 3 },
		{ "size>", 4, 0 },
		{ "nonsense>1", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		size_t first = 0;

		if (passing(*state, some[i].filter, &first) != some[i].count ||
		    first != some[i].first)
			fail_msg("%s: %zu, first %zu", some[i].filter,
				 passing(*state, some[i].filter, &first), first);
	}
}

static bool never(void *arg)
{
	(void)arg;
	return true;
}

static void columns_sort(void **state)
{
	struct rows *r = *state;

	assert_false(rows_regions_sort(r, REGION_LAZY, never, NULL));
	assert_true(rows_regions_sort(r, REGION_SIZE, NULL, NULL));
	assert_int_equal(rows_regions_at(r, 0)->start, 0x100030000);
	assert_int_equal(rows_regions_at(r, 3)->start, 0x20000);
	assert_int_equal(rows_regions_line(r, 0x20010), 3);
	assert_true(rows_regions_sort(r, REGION_LAZY, NULL, NULL));
	assert_int_equal(rows_regions_at(r, 0)->start, 0x5000);
	assert_true(rows_regions_sort(r, REGION_ADDRESS, NULL, NULL));
	assert_int_equal(rows_regions_at(r, 0)->start, 0x1000);
	/* Between regions it is the next one. */
	assert_int_equal(rows_regions_line(r, 0xa000), 2);
	assert_int_equal(rows_regions_line(r, UINT64_MAX), 4);
}

static void maps_have_cells(void **state)
{
	struct rows *r = rows_pages_new();

	(void)state;
	rows_pages_set(r, &fake_space);
	rows_pages_shape(r, 64, 0);
	assert_int_equal(rows_count(r), 3 + 512 / 64);
	assert_string_equal(line(r, 0), "000000001000  f#ff");
	assert_string_equal(line(r, 1), "000000005000  #pl0");
	assert_int_equal(rows_pages_line(r, 0x20800), 2);
	assert_int_equal(rows_pages_cell(r, 0x7800), 2);
	assert_int_equal(rows_pages_address(r, 1, 2), 0x7000);
	assert_int_equal(rows_pages_address(r, 1, 99), 0x8000);
	assert_int_equal(rows_pages_line(r, 0x100030000 + 64 * 4096), 4);
	/* Four pages a cell: one of them present is some. */
	rows_pages_shape(r, 64, 2);
	assert_string_equal(line(r, 0), "000000001000  +");
	rows_pages_shape(r, 64, 20);
	assert_int_equal(rows_count(r), 4);
	rows_pages_set(r, NULL);
	assert_int_equal(rows_count(r), 0);
	rows_free(r);
}

static bool says(struct rows *r, const char *text)
{
	for (size_t n = 0; n < rows_count(r); n++)
		if (strstr(line(r, n), text))
			return true;
	return false;
}

static void inspector_reads_bytes(void **state)
{
	struct rows *r = rows_inspect_new();

	(void)state;
	rows_inspect_set(r, &fake_space, 0x5000, false);
	assert_true(says(r, "u16 le   20496  0x5010"));
	assert_true(says(r, "pointer  -> rw-p [heap]+0x10"));
	assert_true(says(r, "page     0x5000  present"));
	rows_inspect_set(r, &fake_space, 0x5000, true);
	assert_true(says(r, "u16 be   4176  0x1050"));
	assert_true(says(r, "pointer  not mapped"));
	rows_inspect_set(r, &fake_space, 0x5010, false);
	assert_true(says(r, "\"hello\""));
	/* Only two bytes are left before what is not there. */
	rows_inspect_set(r, &fake_space, 0x6ffe, false);
	assert_true(says(r, "i16 le   -2"));
	assert_true(says(r, "u32 le   -"));
	rows_inspect_set(r, &fake_space, 0x3000, false);
	assert_true(says(r, "file     /bin/prog+0x2000"));
	rows_inspect_set(r, NULL, 0, false);
	assert_int_equal(rows_count(r), 0);
	rows_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_say_what_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(wide_lines_have_a_strip, setup, teardown),
		cmocka_unit_test_setup_teardown(filters_combine, setup, teardown),
		cmocka_unit_test_setup_teardown(columns_sort, setup, teardown),
		cmocka_unit_test_setup_teardown(maps_have_cells, setup, teardown),
		cmocka_unit_test_setup_teardown(inspector_reads_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
