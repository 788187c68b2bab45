/* view/rows_tree: lines, folding, finding lines of nodes, searching. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <time.h>
#include <cmocka.h>

#include "fake.h"
#include "view/rows_tree.h"

struct at {
	struct fake *fake;
	struct rows *rows;
	struct arena arena;
};

static int setup(void **state)
{
	struct at *t = calloc(1, sizeof(*t));

	t->fake = fake_open();
	t->rows = rows_tree_new(&t->fake->model);
	arena_init(&t->arena);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct at *t = *state;

	rows_free(t->rows);
	fake_close(t->fake);
	arena_fini(&t->arena);
	free(t);
	return 0;
}

/* "depth fold mark text" of line n */
static const char *line(struct at *t, size_t n)
{
	static const char folds[] = "->v";
	struct row row;

	rows_line(t->rows, n, &t->arena, &row);
	return arena_printf(&t->arena, "%d%c%c%s", row.depth, folds[row.fold + 1],
			    row.mark ? row.mark : ' ', row_text(&row, &t->arena));
}

#define NO_NODE(it) ((struct node){ (it), NODE_SELF })

static void test_first_lines(void **state)
{
	struct at *t = *state;

	assert_int_equal(rows_count(t->rows), 4);
	assert_string_equal(line(t, 0), "0v root");
	assert_string_equal(line(t, 1), "1> alpha");
	assert_string_equal(line(t, 2), "1> group");
	assert_string_equal(line(t, 3), "1> all");
	/* Past the end: an empty row, the root's node. */
	assert_string_equal(line(t, 4), "0- ");
	assert_ptr_equal(rows_tree_node(t->rows, 99).item, t->fake->root);
}

static void test_fold_rows(void **state)
{
	struct at *t = *state;

	assert_true(rows_fold(t->rows, 1, true, false));
	assert_int_equal(rows_count(t->rows), 7);
	assert_string_equal(line(t, 1), "1v alpha  3 rows");
	assert_string_equal(line(t, 2), "2- [0] Even number 0");
	assert_string_equal(line(t, 3), "2-![1] odd number 1");
	assert_string_equal(line(t, 5), "1> group");
	assert_int_equal(rows_tree_node(t->rows, 3).at, 1);
	assert_int_equal(rows_up(t->rows, 3), 1);
	assert_int_equal(rows_up(t->rows, 1), 0);
	assert_int_equal(rows_up(t->rows, 0), 0);
	/* A row has nothing below. */
	assert_false(rows_fold(t->rows, 3, true, false));
	assert_true(rows_fold(t->rows, 1, false, false));
	assert_int_equal(rows_count(t->rows), 4);
	assert_string_equal(line(t, 1), "1> alpha  3 rows");
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void test_million(void **state)
{
	struct at *t = *state;
	double start;

	item_index(t->fake->beta, true);
	rows_fold(t->rows, 2, true, false);
	assert_string_equal(line(t, 3), "2> beta  1000000 rows");
	start = seconds();
	for (int i = 0; i < 100; i++) {
		rows_fold(t->rows, 3, true, false);
		assert_int_equal(rows_count(t->rows), 6 + BETA_ROWS);
		assert_string_equal(line(t, 4 + 765432), "3- [765432] Even number 765432");
		assert_string_equal(line(t, 4 + BETA_ROWS), "2> gamma");
		rows_fold(t->rows, 3, false, false);
	}
	/* A walk over a million rows each time would take far longer, sanitized or not. */
	assert_true(seconds() - start < 0.5);
}

/* A file without rows has no fold mark once that is known. */
static void test_no_rows(void **state)
{
	struct at *t = *state;

	rows_fold(t->rows, 2, true, false);
	assert_string_equal(line(t, 4), "2> gamma");
	rows_fold(t->rows, 4, true, false);
	assert_string_equal(line(t, 4), "2- gamma  0 rows");
	assert_false(rows_fold(t->rows, 4, true, false));
}

static void test_alias(void **state)
{
	struct at *t = *state;

	rows_fold(t->rows, 3, true, false);
	assert_string_equal(line(t, 4), "2> alpha");
	assert_ptr_equal(rows_tree_node(t->rows, 4).item, t->fake->alpha);
	assert_ptr_equal(rows_tree_item(t->rows, 4), t->fake->alias);
	rows_fold(t->rows, 4, true, false);
	assert_string_equal(line(t, 5), "3- [0] Even number 0");
	/* Its own place stays closed; a row of it has two lines at most, here one. */
	assert_string_equal(line(t, 1), "1> alpha  3 rows");
	assert_int_equal(rows_tree_line(t->rows, (struct node){ t->fake->alpha, 2 }, 0), 7);
	/* The image itself has two: the nearer one counts. */
	assert_int_equal(rows_tree_line(t->rows, NO_NODE(t->fake->alpha), 0), 1);
	assert_int_equal(rows_tree_line(t->rows, NO_NODE(t->fake->alpha), 7), 4);
}

static void test_reveal(void **state)
{
	struct at *t = *state;
	struct node n = { t->fake->beta, 70 };

	assert_int_equal(rows_tree_line(t->rows, n, 0), rows_count(t->rows));
	assert_int_equal(rows_tree_reveal(t->rows, n, 0), 4 + 70);
	assert_string_equal(line(t, 74), "3- [70] Even number 70");
	assert_int_equal(rows_tree_reveal(t->rows, n, 0), 74);
	/* Rows that there are not have no line. */
	n.at = BETA_ROWS;
	assert_int_equal(rows_tree_reveal(t->rows, n, 0), rows_count(t->rows));
}

static void test_fold_all(void **state)
{
	struct at *t = *state;

	rows_fold(t->rows, 0, true, true);
	/* Aliases are not opened: their rows are shown at home. */
	assert_int_equal(rows_count(t->rows), 7 + 3 + BETA_ROWS);
	rows_fold(t->rows, 0, false, true);
	assert_int_equal(rows_count(t->rows), 1);
	rows_fold(t->rows, 0, true, false);
	assert_int_equal(rows_count(t->rows), 4);
}

static void test_problem_mark(void **state)
{
	struct at *t = *state;

	problem_note(t->fake->model.problems, SEV_WARNING, "test", t->fake->alpha,
		     (struct span){ 0, 1 }, "wrong");
	assert_string_equal(line(t, 1), "1>!alpha");
}

static struct node search(struct at *t, const char *needle, struct node from, bool back)
{
	struct line_search s = { .needle = needle, .back = back };
	struct node hit = { NULL, 0 };

	if (rows_tree_search(t->rows, &s, from, &hit) != SEARCH_HIT)
		hit.item = NULL;
	return hit;
}

static void test_search(void **state)
{
	struct at *t = *state;
	struct fake *f = t->fake;
	struct node top = NO_NODE(f->root), hit;

	item_index(f->alpha, true);
	item_index(f->beta, true);
	hit = search(t, "beta", top, false);
	assert_ptr_equal(hit.item, f->beta);
	assert_int_equal(hit.at, NODE_SELF);
	/* Rows of what is folded away are found, too, and case counts only with a capital. */
	hit = search(t, "even number 765432", top, false);
	assert_ptr_equal(hit.item, f->beta);
	assert_int_equal(hit.at, 765432);
	hit = search(t, "even", NO_NODE(f->alpha), false);
	assert_int_equal(hit.at, 0);
	hit = search(t, "even", hit, false);
	assert_int_equal(hit.at, 2);
	hit = search(t, "even", hit, false);
	assert_ptr_equal(hit.item, f->beta);
	assert_int_equal(hit.at, 0);
	assert_null(search(t, "EVEN", top, false).item);
	/* And back the same way. */
	hit = search(t, "even", hit, true);
	assert_ptr_equal(hit.item, f->alpha);
	assert_int_equal(hit.at, 2);
	hit = search(t, "alpha", NO_NODE(f->group), true);
	assert_ptr_equal(hit.item, f->alpha);
	assert_int_equal(hit.at, NODE_SELF);
	hit = search(t, "root", hit, true);
	assert_ptr_equal(hit.item, f->root);
	assert_null(search(t, "alpha", NO_NODE(f->root), true).item);
	assert_null(search(t, "", top, false).item);
}

/* Forward and back meet the same nodes. */
static void test_search_both_ways(void **state)
{
	struct at *t = *state;
	struct node seen[64], at = NO_NODE(t->fake->root);
	size_t count = 0;

	item_index(t->fake->alpha, true);
	while ((at = search(t, "a", at, false)).item && count < 64)
		seen[count++] = at;
	assert_in_range(count, 4, 63);
	at = seen[--count];
	while (count-- > 0) {
		at = search(t, "a", at, true);
		assert_ptr_equal(at.item, seen[count].item);
		assert_int_equal(at.at, seen[count].at);
	}
	assert_null(search(t, "a", at, true).item);
}

static bool stop_at_ten(void *arg)
{
	return ++*(int *)arg > 10;
}

static struct node search_round(struct at *t, const char *needle, struct node from, bool back,
				bool *round)
{
	struct line_search s = { .needle = needle, .back = back };
	struct node hit = { NULL, 0 };

	if (nodes_search_round(&t->fake->model, &s, from, &hit, round) != SEARCH_HIT)
		hit.item = NULL;
	return hit;
}

/* "e": in the name of beta, and in every other row. */
static void test_search_items_first(void **state)
{
	struct at *t = *state;
	struct fake *f = t->fake;
	bool round;
	struct node n;

	item_index(f->alpha, true);
	item_index(f->beta, true);
	/* From the top: beta, although rows of alpha with an "e" come before it. */
	n = search_round(t, "e", NO_NODE(f->root), false, &round);
	assert_ptr_equal(n.item, f->beta);
	assert_int_equal(n.at, NODE_SELF);
	assert_false(round);
	/* After the last item the first row of all; and back again. */
	n = search_round(t, "e", n, false, &round);
	assert_ptr_equal(n.item, f->alpha);
	assert_int_equal(n.at, 0);
	assert_false(round);
	n = search_round(t, "e", n, true, &round);
	assert_ptr_equal(n.item, f->beta);
	assert_int_equal(n.at, NODE_SELF);
	assert_false(round);
	/* Before the first item lies the last row, behind which the first item comes. */
	n = search_round(t, "e", n, true, &round);
	assert_ptr_equal(n.item, f->beta);
	assert_int_equal(n.at, BETA_ROWS - 1);
	assert_true(round);
	n = search_round(t, "e", n, false, &round);
	assert_ptr_equal(n.item, f->beta);
	assert_int_equal(n.at, NODE_SELF);
	assert_true(round);
}

/* What only rows have is found near by, not at the first row of all. */
static void test_search_rows_near(void **state)
{
	struct at *t = *state;
	struct fake *f = t->fake;
	bool round;
	struct node n;

	item_index(f->alpha, true);
	item_index(f->beta, true);
	n = search_round(t, "odd", NO_NODE(f->beta), false, &round);
	assert_ptr_equal(n.item, f->beta);
	assert_int_equal(n.at, 1);
	assert_false(round);
	n = search_round(t, "odd", NO_NODE(f->beta), true, &round);
	assert_ptr_equal(n.item, f->alpha);
	assert_int_equal(n.at, 1);
	n = search_round(t, "odd", n, true, &round);
	assert_ptr_equal(n.item, f->beta);
	assert_int_equal(n.at, BETA_ROWS - 1);
	assert_true(round);
	assert_null(search_round(t, "nowhere", n, true, &round).item);
	/* The only match is where one is. */
	n = search_round(t, "gamma", NO_NODE(f->gamma), true, &round);
	assert_ptr_equal(n.item, f->gamma);
	assert_true(round);
}

static void test_search_stopped(void **state)
{
	struct at *t = *state;
	int steps = 0;
	struct line_search s = { .needle = "nowhere", .stop = stop_at_ten, .arg = &steps };
	struct node hit;

	item_index(t->fake->beta, true);
	assert_int_equal(rows_tree_search(t->rows, &s, NO_NODE(t->fake->root), &hit),
			 SEARCH_STOPPED);
	assert_ptr_equal(hit.item, t->fake->beta);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fold_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_million, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alias, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reveal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fold_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_problem_mark, setup, teardown),
		cmocka_unit_test_setup_teardown(test_search, setup, teardown),
		cmocka_unit_test_setup_teardown(test_search_both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(test_search_items_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_search_rows_near, setup, teardown),
		cmocka_unit_test_setup_teardown(test_search_stopped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
