/* ui/pane_list: the list engine over rows of our own: moving, groups, folds, filter, search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "ui/pane.h"

/* A small forest:
 *
 *	0 a
 *	1   a1
 *	2   a2
 *	3     a2x
 *	4   a3
 *	5 b
 *	6 c
 *	7   c1
 *
 * Folding is only recorded: all lines stay. */
static const struct {
	const char *name;
	int depth;
	size_t up;
} forest[] = {
	{ "a", 0, 0 },  { "a1", 1, 0 }, { "a2", 1, 0 }, { "a2x", 2, 2 },
	{ "a3", 1, 0 }, { "b", 0, 5 },  { "c", 0, 6 },  { "c1", 1, 6 },
};

struct fake {
	struct rows rows;
	size_t count; /* beyond the forest: "line N", depth 0 */
	bool open[ARRAY_LEN(forest)];
};

static size_t fake_count(struct rows *r)
{
	return ((struct fake *)r)->count;
}

static bool has_children(size_t n)
{
	return n + 1 < ARRAY_LEN(forest) && forest[n + 1].depth > forest[n].depth;
}

static void fake_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	if (n >= ARRAY_LEN(forest)) {
		row_cell(out, ROLE_NORMAL, 0, arena_printf(a, "line %zu", n));
		return;
	}
	row_cell(out, ROLE_NORMAL, 0, forest[n].name);
	out->depth = forest[n].depth;
	out->fold = has_children(n) ? ((struct fake *)r)->open[n] : -1;
}

static bool fake_fold(struct rows *r, size_t n, bool open, bool all)
{
	(void)all;
	if (n >= ARRAY_LEN(forest) || !has_children(n))
		return false;
	((struct fake *)r)->open[n] = open;
	return true;
}

static size_t fake_up(struct rows *r, size_t n)
{
	(void)r;
	return n < ARRAY_LEN(forest) ? forest[n].up : n;
}

static void fake_fini(struct rows *r)
{
	free(r);
}

static const struct rows_ops fake_ops = {
	.count = fake_count,
	.line = fake_line,
	.fold = fake_fold,
	.up = fake_up,
	.fini = fake_fini,
};

static struct list l;
static struct arena frame;
static struct canvas cv;

static void draw(void)
{
	arena_reset(&frame);
	canvas_clear(&cv);
	l.pane.class->draw(&l.pane, &cv, (struct area){ 0, 0, 12, 5 }, true);
}

static void act(enum action action, uint32_t count)
{
	struct call call = { count > 0, count ? count : 1, 0 };

	assert_true(l.pane.class->act(&l.pane, action, &call));
	draw();
}

static void start(size_t count)
{
	struct fake *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->rows.ops = &fake_ops;
	f->count = count;
	memset(f->open, 1, sizeof(f->open));
	arena_init(&frame);
	canvas_init(&cv, &frame, true);
	canvas_resize(&cv, 12, 5);
	assert_null(list_init(&l, "fake", &f->rows, true));
	draw();
}

static int stop(void **state)
{
	(void)state;
	list_fini(&l);
	canvas_fini(&cv);
	arena_fini(&frame);
	return 0;
}

/* The text of a line of the canvas. */
static const char *seen(int y)
{
	static char text[16];
	int end = 12;

	for (int x = 0; x < 12; x++)
		text[x] = (char)cv.cells[y * 12 + x].cp;
	while (end > 0 && text[end - 1] == ' ')
		end--;
	text[end] = 0;
	return text;
}

static void moves_and_scrolls(void **state)
{
	(void)state;
	start(100);
	act(ACT_DOWN, 0);
	assert_int_equal(l.cursor, 1);
	act(ACT_DOWN, 50);
	assert_int_equal(l.cursor, 51);
	assert_string_equal(seen(cv.cursor_y), "*  line 51");
	act(ACT_DOWN, 999);
	assert_int_equal(l.cursor, 99);
	assert_int_equal(l.top, 95);
	act(ACT_PAGE_UP, 0);
	assert_int_equal(l.cursor, 94);
	assert_int_equal(l.top, 90);
	act(ACT_HALF_UP, 0);
	assert_int_equal(l.cursor, 91);
	act(ACT_FIRST, 20);
	assert_int_equal(l.cursor, 19);
	act(ACT_LAST, 0);
	assert_int_equal(l.cursor, 99);
	act(ACT_UP, 999);
	assert_int_equal(l.cursor, 0);
	assert_int_equal(l.top, 0);
	act(ACT_SCROLL_DOWN, 3);
	assert_int_equal(l.top, 3);
	assert_int_equal(l.cursor, 3);
	act(ACT_SCROLL_DOWN, 1);
	act(ACT_SCROLL_UP, 4);
	assert_int_equal(l.top, 0);
	assert_int_equal(l.cursor, 4);
	assert_string_equal(l.pane.class->place(&l.pane, &frame), "5/100");
}

static void draws_folds_and_the_chosen_line(void **state)
{
	(void)state;
	start(8);
	assert_string_equal(seen(0), "*v a");
	assert_string_equal(seen(1), "    a1");
	assert_string_equal(seen(2), "  v a2");
	act(ACT_DOWN, 2);
	act(ACT_FOLD_CLOSE, 0);
	assert_string_equal(seen(2), "* > a2");
	act(ACT_FOLD_CLOSE, 0);
	assert_int_equal(l.cursor, 0);
	act(ACT_DOWN, 2);
	act(ACT_FOLD_OPEN, 0);
	assert_int_equal(l.cursor, 2);
	act(ACT_FOLD_OPEN, 0);
	assert_int_equal(l.cursor, 3);
}

static void goes_by_groups(void **state)
{
	(void)state;
	start(8);
	act(ACT_GROUP_NEXT, 0); /* a -> b */
	assert_int_equal(l.cursor, 5);
	act(ACT_FIRST, 0);
	act(ACT_DOWN, 1);
	act(ACT_GROUP_NEXT, 0); /* out of a -> b */
	assert_int_equal(l.cursor, 5);
	act(ACT_FIRST, 4);
	act(ACT_GROUP_NEXT, 0); /* a2x: out of a2 -> a3 */
	assert_int_equal(l.cursor, 4);
	act(ACT_LAST, 0);
	act(ACT_GROUP_PREV, 0); /* c1 -> c */
	assert_int_equal(l.cursor, 6);
	act(ACT_GROUP_PREV, 0); /* c -> b */
	assert_int_equal(l.cursor, 5);
	act(ACT_FIRST, 3);
	act(ACT_GROUP_PREV, 0); /* a2 -> a1 */
	assert_int_equal(l.cursor, 1);
	act(ACT_FIRST, 0);
	act(ACT_GROUP_PREV, 0);
	assert_int_equal(l.cursor, 0);
}

static void filters_with_what_hits_hang_under(void **state)
{
	(void)state;
	start(8);
	list_filter(&l, "x");
	draw();
	assert_int_equal(list_count(&l), 3); /* a, a2, a2x */
	assert_string_equal(seen(2), "     a2x");
	act(ACT_LAST, 0);
	assert_int_equal(l.cursor, 3);
	/* Nothing passes: the cursor waits. */
	list_filter(&l, "nothing");
	draw();
	assert_int_equal(list_count(&l), 0);
	assert_string_equal(seen(0), " (nothing p~");
	act(ACT_DOWN, 0);
	assert_int_equal(l.cursor, 3);
	list_filter(&l, "");
	draw();
	assert_int_equal(list_count(&l), 8);
	assert_int_equal(l.cursor, 3);
}

static void searches_round(void **state)
{
	size_t hit = 99;
	bool round;

	(void)state;
	start(8);
	list_go(&l, 6);
	assert_int_equal(list_search(&l, "a2", false, &hit, &round), SEARCH_HIT);
	assert_true(round);
	assert_int_equal(hit, 2);
	list_go(&l, hit);
	assert_int_equal(list_search(&l, "a2", false, &hit, &round), SEARCH_HIT);
	assert_false(round);
	assert_int_equal(hit, 3);
	list_go(&l, 0);
	assert_int_equal(list_search(&l, "c", true, &hit, &round), SEARCH_HIT);
	assert_true(round);
	assert_int_equal(hit, 7);
	assert_int_equal(list_search(&l, "zz", true, &hit, &round), SEARCH_NONE);
}

static void lights_matches(void **state)
{
	(void)state;
	start(8);
	l.pane.needle = "2";
	draw();
	assert_int_equal(cv.cells[2 * 12 + 5].role, ROLE_MATCH);
	assert_int_equal(cv.cells[2 * 12 + 4].role, ROLE_NORMAL);
	act(ACT_DOWN, 2);
	assert_int_equal(cv.cells[2 * 12 + 5].role, ROLE_MATCH_CURRENT);
	assert_int_equal(cv.cells[2 * 12 + 4].role, ROLE_SELECTION);
}

static void bears_no_rows(void **state)
{
	(void)state;
	start(0);
	act(ACT_DOWN, 0);
	act(ACT_LAST, 0);
	act(ACT_GROUP_NEXT, 0);
	act(ACT_OPEN_ALL, 0);
	assert_string_equal(seen(0), " (nothing)");
	assert_string_equal(l.pane.class->place(&l.pane, &frame), "0/0");
}

#define TEST(f) cmocka_unit_test_teardown(f, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(moves_and_scrolls), TEST(draws_folds_and_the_chosen_line),
		TEST(goes_by_groups),    TEST(filters_with_what_hits_hang_under),
		TEST(searches_round),    TEST(lights_matches),
		TEST(bears_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
