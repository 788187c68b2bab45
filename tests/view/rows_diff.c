/* view/rows_diff: lines, folds, switches and steps over two snapshots made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fake_diff.h"
#include "view/rows_diff.h"

static struct arena arena;
static struct fake_pair *pair;

static int setup(void **state)
{
	arena_init(&arena);
	pair = fake_pair_open();
	*state = rows_diff_new();
	if (!pair)
		return -1;
	fake_pair_read(pair);
	rows_diff_set(*state, pair->diff);
	return 0;
}

static int teardown(void **state)
{
	rows_free(*state);
	fake_pair_close(pair);
	arena_fini(&arena);
	return 0;
}

static const char *line(struct rows *r, size_t n)
{
	struct row row;

	memset(&row, 0, sizeof(row));
	rows_line(r, n, &arena, &row);
	return arena_printf(&arena, "%*s%s", row.depth, "", row_text(&row, &arena));
}

static void check_lines(struct rows *r, const char *const *want, size_t count)
{
	for (size_t n = 0; n < count; n++)
		assert_string_equal(line(r, n), want[n]);
	assert_int_equal(rows_count(r), count);
}

static size_t line_of(struct rows *r, const char *text)
{
	size_t n = 0;

	while (n < rows_count(r) && !strstr(line(r, n), text))
		n++;
	assert_true(n < rows_count(r));
	return n;
}

#define PAGES "pages  3 changed, 1 new  4100 bytes"

static void lists_what_differs(void **state)
{
	static const char *const want[] = {
		"~ process 7  alpha  (5 differences)",
		"  ~ uid  0 -> 1000",
		"  ~ id  5 -> 6  (by nature)",
		"  ~ [heap]  end 9000 -> a000",
		("  ~ " PAGES),
		"  ~ fd 3  /tmp/log  (1 difference)",
		"    ~ position  10 -> 20",
		"  + fd 4  /tmp/new",
		"= process 8  same",
		"- process 9  gone",
	};

	check_lines(*state, want, ARRAY_LEN(want));
	assert_int_equal(rows_diff_loose(*state), 1);
	assert_string_equal(line(*state, ARRAY_LEN(want)), "");
}

static void pages_hang_below_their_memory(void **state)
{
	static const char *const want[] = {
		"~ process 7  alpha  (5 differences)",
		"  ~ uid  0 -> 1000",
		"  ~ id  5 -> 6  (by nature)",
		"  ~ [heap]  end 9000 -> a000",
		("  ~ " PAGES),
		"    ~ 2000  1 byte  prog",
		"    ~ 5000  3 bytes  [heap]",
		"    ~ 8000  4096 bytes  [heap]",
		"    + 9000  [heap]",
		"  ~ fd 3  /tmp/log  (1 difference)",
	};
	struct rows *r = *state;
	size_t memory = line_of(r, PAGES);
	struct diff_spot at;

	assert_true(rows_fold(r, memory, true, false));
	for (size_t n = 0; n < ARRAY_LEN(want); n++)
		assert_string_equal(line(r, n), want[n]);
	assert_int_equal(rows_up(r, memory + 3), memory);
	assert_int_equal(rows_up(r, memory), 0);
	assert_int_equal(rows_up(r, 0), 0);
	assert_true(rows_diff_at(r, memory + 2, &at));
	assert_int_equal(at.page, 1);
	assert_int_equal(rows_diff_line(r, at, false), memory + 2);
	/* Folded away, a page is its memory; asked to open, it is there again. */
	assert_true(rows_fold(r, memory, false, false));
	assert_int_equal(rows_diff_line(r, at, false), memory);
	assert_int_equal(rows_diff_line(r, at, true), memory + 2);
	assert_false(rows_fold(r, memory + 2, true, false));
	assert_false(rows_diff_at(r, rows_count(r), &at));
}

static void all_of_a_process_folds(void **state)
{
	static const char *const want[] = {
		"~ process 7  alpha  (5 differences)",
		"= process 8  same",
		"- process 9  gone",
	};
	struct rows *r = *state;

	assert_true(rows_fold(r, 0, false, true));
	check_lines(r, want, ARRAY_LEN(want));
	/* What is in it can be found, and opens what it is in. */
	assert_false(rows_reveal(r, 0, "nowhere"));
	assert_true(rows_reveal(r, 0, "tmp/new"));
	line_of(r, "fd 4");
	assert_false(rows_fold(r, line_of(r, "process 8"), true, false));
}

static void hides_what_is_equal(void **state)
{
	static const char *const want[] = {
		"~ process 7  alpha  (5 differences)",
		"  ~ uid  0 -> 1000",
		"  ~ [heap]  end 9000 -> a000",
		("  ~ " PAGES),
		"  ~ fd 3  /tmp/log  (1 difference)",
		"    ~ position  10 -> 20",
		"  + fd 4  /tmp/new",
		"- process 9  gone",
	};
	struct rows *r = *state;
	size_t all = rows_count(r);
	struct diff_spot same;

	assert_true(rows_diff_at(r, line_of(r, "process 8"), &same));
	rows_diff_hide_equal(r, true);
	check_lines(r, want, ARRAY_LEN(want));
	assert_int_equal(rows_diff_hidden(r), 2);
	assert_int_equal(rows_diff_line(r, same, true), rows_count(r));
	rows_diff_hide_equal(r, false);
	assert_int_equal(rows_count(r), all);
	assert_int_equal(rows_diff_hidden(r), 0);
}

static void shows_only_pages(void **state)
{
	static const char *const want[] = {
		"~ process 7  alpha  (5 differences)",
		("  ~ " PAGES),
		"    ~ 2000  1 byte  prog",
		"    ~ 5000  3 bytes  [heap]",
		"    ~ 8000  4096 bytes  [heap]",
		"    + 9000  [heap]",
	};

	rows_diff_only_pages(*state, true);
	check_lines(*state, want, ARRAY_LEN(want));
}

static void swaps(void **state)
{
	struct rows *r = *state;

	rows_diff_swap(r, true);
	line_of(r, "~ uid  1000 -> 0");
	line_of(r, "~ [heap]  end a000 -> 9000");
	line_of(r, "- fd 4");
	line_of(r, "+ process 9");
	rows_fold(r, line_of(r, "pages  3 changed, 1 gone"), true, false);
	line_of(r, "- 9000");
	assert_int_equal(diff_how_seen(DIFF_CHANGED, true), DIFF_CHANGED);
	assert_int_equal(diff_how_seen(DIFF_ADDED, true), DIFF_REMOVED);
	assert_int_equal(diff_how_seen(DIFF_REMOVED, false), DIFF_REMOVED);
}

/* uid, region, four pages, position, fd 4, process 9: each once, the same ones back. */
static void steps_through_all_once(void **state)
{
	static const char *const want[] = { "uid",  "end 9000", "2000", "5000",     "8000",
					    "9000", "position", "fd 4", "process 9" };
	struct rows *r = *state;
	struct diff_spot at = { DIFF_TOP, DIFF_NO_PAGE }, been[ARRAY_LEN(want)];
	uint64_t total;

	for (size_t n = 0; n < ARRAY_LEN(want); n++) {
		assert_true(rows_diff_step(r, at, false, &at));
		been[n] = at;
		assert_true(rows_diff_is_one(r, at));
		assert_int_equal(rows_diff_ordinal(r, at, &total), n + 1);
		assert_int_equal(total, ARRAY_LEN(want));
		assert_non_null(strstr(line(r, rows_diff_line(r, at, true)), want[n]));
	}
	assert_false(rows_diff_step(r, at, false, &at));
	assert_int_equal(at.change, been[ARRAY_LEN(want) - 1].change);
	at = (struct diff_spot){ DIFF_TOP, DIFF_NO_PAGE };
	for (size_t n = ARRAY_LEN(want); n-- > 0;) {
		assert_true(rows_diff_step(r, at, true, &at));
		assert_int_equal(at.change, been[n].change);
		assert_int_equal(at.page, been[n].page);
	}
	assert_false(rows_diff_step(r, at, true, &at));
	at.change = 1000;
	assert_false(rows_diff_step(r, at, false, &at));
}

/* While memory is still being compared there are changes, but no pages. */
static void fills_while_it_is_computed(void **state)
{
	struct fake_pair *p = fake_pair_open();
	struct rows *r = rows_diff_new();
	struct diff_spot at = { DIFF_TOP, DIFF_NO_PAGE };
	uint64_t total;

	(void)state;
	assert_non_null(p);
	assert_int_equal(rows_count(r), 0);
	assert_false(rows_diff_step(r, at, false, &at));
	rows_diff_set(r, p->diff);
	line_of(r, "pages  none differ\u2026");
	rows_diff_ordinal(r, at, &total);
	assert_int_equal(total, 5);
	rows_fold(r, line_of(r, "fd 3"), false, false);
	fake_pair_read(p);
	rows_diff_refresh(r);
	line_of(r, PAGES);
	rows_diff_ordinal(r, at, &total);
	assert_int_equal(total, 9);
	/* Closed by hand, and still so. */
	assert_null(strstr(line(r, line_of(r, "fd 3") + 1), "position"));
	rows_diff_set(r, NULL);
	assert_int_equal(rows_count(r), 0);
	rows_free(r);
	fake_pair_close(p);
}

/* What was not looked at is neither equal nor different: the line says so. */
static void says_what_was_not_looked_at(void **state)
{
	struct fake_pair *p = fake_pair_open();
	struct rows *r = rows_diff_new();

	(void)state;
	assert_non_null(p);
	fake_pair_stop(p);
	rows_diff_set(r, p->diff);
	assert_string_equal(line(r, line_of(r, "pages")), "  = pages  9 not looked at");
	rows_free(r);
	fake_pair_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lists_what_differs, setup, teardown),
		cmocka_unit_test_setup_teardown(pages_hang_below_their_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(all_of_a_process_folds, setup, teardown),
		cmocka_unit_test_setup_teardown(hides_what_is_equal, setup, teardown),
		cmocka_unit_test_setup_teardown(shows_only_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(swaps, setup, teardown),
		cmocka_unit_test_setup_teardown(steps_through_all_once, setup, teardown),
		cmocka_unit_test(fills_while_it_is_computed),
		cmocka_unit_test(says_what_was_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
