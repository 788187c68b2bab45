/* view/rows and view/rows_found: matching, texts of rows, lists, problems. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "fake.h"
#include "view/rows_found.h"

static void test_match(void **state)
{
	(void)state;
	assert_int_equal(text_match("Hello world", "o w"), 4);
	assert_int_equal(text_match("Hello world", "hello"), 0);
	assert_int_equal(text_match("hello world", "Hello"), -1);
	assert_int_equal(text_match("aab", "ab"), 1);
	assert_int_equal(text_match("abc", "abcd"), -1);
	assert_int_equal(text_match("abc", ""), -1);
	assert_int_equal(text_match("", "a"), -1);
	assert_int_equal(text_match("caf\xc3\xa9 X", "\xc3\xa9 x"), 3);
}

static void test_row_text(void **state)
{
	struct row row = { 0 };
	struct arena a;

	(void)state;
	arena_init(&a);
	row_cell(&row, ROLE_FIELD, 6, "ab");
	row_cell(&row, ROLE_VALUE, -4, "7");
	row_cell(&row, ROLE_VALUE, 0, "|\xe4\xb8\xad|");
	row_cell(&row, ROLE_VALUE, 9, "end");
	assert_string_equal(row_text(&row, &a), "ab       7|\xe4\xb8\xad|end");
	row.count = 0;
	/* A wide character takes two columns. */
	row_cell(&row, ROLE_FIELD, 4, "\xe4\xb8\xad");
	row_cell(&row, ROLE_FIELD, 0, "x");
	assert_string_equal(row_text(&row, &a), "\xe4\xb8\xad  x");
	for (int i = 0; i < 2 * ROW_CELLS; i++)
		row_cell(&row, ROLE_FIELD, 0, "y");
	assert_int_equal(row.count, ROW_CELLS);
	arena_fini(&a);
}

static void test_lines(void **state)
{
	struct rows *r = rows_lines_new();
	struct arena a;
	struct row row;

	(void)state;
	arena_init(&a);
	for (int i = 0; i < 1000; i++)
		rows_lines_add(r, ROLE_NORMAL, arena_printf(&a, "line %d", i));
	rows_lines_pair(r, ROLE_HINT_KEY, 8, "j k", ROLE_NORMAL, "move");
	assert_int_equal(rows_count(r), 1001);
	rows_line(r, 765, &a, &row);
	assert_string_equal(row_text(&row, &a), "line 765");
	rows_line(r, 1000, &a, &row);
	assert_string_equal(row_text(&row, &a), "j k     move");
	assert_int_equal(row.cells[0].role, ROLE_HINT_KEY);
	rows_line(r, 1001, &a, &row);
	assert_int_equal(row.count, 0);
	rows_lines_clear(r);
	assert_int_equal(rows_count(r), 0);
	rows_free(r);
	arena_fini(&a);
}

static void test_problems(void **state)
{
	struct fake *f = fake_open();
	struct rows *r = rows_problems_new(&f->model);
	struct arena a;
	struct row row;

	(void)state;
	arena_init(&a);
	item_index(f->alpha, true);
	assert_int_equal(rows_count(r), 0);
	problem_note(f->model.problems, SEV_ERROR, "record-length", f->alpha,
		     (struct span){ 12, 4 }, "too long by %d", 5);
	problem_note(f->model.problems, SEV_NOTE, "newer", NULL, (struct span){ 0, 0 }, "a note");
	assert_int_equal(rows_count(r), 2);
	rows_line(r, 0, &a, &row);
	assert_string_equal(row_text(&row, &a), "error    alpha @0xc  too long by 5");
	assert_int_equal(row.mark, '!');
	assert_int_equal(row.cells[0].role, ROLE_ERROR);
	/* It leads to the row that has the bytes. */
	assert_ptr_equal(row.node.item, f->alpha);
	assert_int_equal(row.node.at, 1);
	rows_line(r, 1, &a, &row);
	assert_null(row.node.item);
	assert_int_equal(row.mark, 0);
	assert_string_equal(rows_problems_at(r, 1)->rule, "newer");
	assert_null(rows_problems_at(r, 2));
	rows_free(r);
	fake_close(f);
	arena_fini(&a);
}

static void test_role_names(void **state)
{
	(void)state;
	for (int i = 0; i < ROLE_COUNT; i++) {
		assert_non_null(role_name((enum role)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(role_name((enum role)i), role_name((enum role)j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),      cmocka_unit_test(test_row_text),
		cmocka_unit_test(test_lines),      cmocka_unit_test(test_problems),
		cmocka_unit_test(test_role_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
