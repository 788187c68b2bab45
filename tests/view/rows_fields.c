/* view/rows_fields: lines, folding that is remembered by path, finding bytes, headings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <cmocka.h>

#include "view/rows_fields.h"

static struct span at(uint64_t offset, uint64_t length)
{
	return (struct span){ offset, length };
}

/*	0   4   8   9    13      16     20       24
 *	size id  fla regs{ ax   bx }  list[0..1]  gap    + derived */
static struct field *make(void *arg, struct arena *a)
{
	struct field *root = field_add(NULL, a, FIELD_GROUP, "entry", at(0, 24)), *g, *f;

	(void)arg;
	field_add(root, a, FIELD_FRAME, "size", at(0, 4))->u = 20;
	field_uint(root, a, "id", 7, SHOW_DEC, at(4, 4));
	g = field_add(root, a, FIELD_GROUP, "regs", at(8, 8));
	field_uint(g, a, "ax", 0x10, SHOW_HEX, at(9, 3));
	field_uint(g, a, "bx", 0x20, SHOW_HEX, at(12, 4));
	g->expanded = true;
	for (uint32_t i = 0; i < 2; i++) {
		g = field_add(root, a, FIELD_GROUP, "list", at(16 + 2 * i, 2));
		g->at = i;
		g->expanded = true;
		field_uint(g, a, "n", i, SHOW_DEC, at(16 + 2 * i, 2));
	}
	f = field_add(root, a, FIELD_GAP, "gap", at(20, 4));
	f->bytes = (struct bytes){ (const uint8_t *)"\x1b[2J", 4 };
	f->trouble = "nobody knows";
	field_derived(root, a, "name", "[heap]");
	root->expanded = true;
	return root;
}

static struct arena arena;

static const char *line(struct rows *r, size_t n)
{
	static const char folds[] = "->v";
	struct row row;

	rows_line(r, n, &arena, &row);
	return arena_printf(&arena, "%d%c%c%s", row.depth, folds[row.fold + 1],
			    row.mark ? row.mark : ' ', row_text(&row, &arena));
}

static int setup(void **state)
{
	arena_init(&arena);
	*state = rows_fields_new();
	rows_fields_set_made(*state, make, NULL);
	return 0;
}

static int teardown(void **state)
{
	rows_free(*state);
	arena_fini(&arena);
	return 0;
}

static void test_lines(void **state)
{
	struct rows *r = *state;

	assert_int_equal(rows_count(r), 9);
	assert_string_equal(line(r, 0), "0- id        7");
	/* A group that stands alone is open, elements of a list are not and say what is in them. */
	assert_string_equal(line(r, 1), "0v regs");
	assert_string_equal(line(r, 2), "1- ax       0x10");
	assert_string_equal(line(r, 3), "1- bx       0x20");
	assert_string_equal(line(r, 4), "0> list[0]   n 0");
	assert_string_equal(line(r, 5), "0> list[1]   n 1");
	assert_string_equal(line(r, 6), "0-!gap       1b5b324a  ! nobody knows");
	assert_string_equal(line(r, 7), "0- -- derived --");
	assert_string_equal(line(r, 8), "0- name      [heap]");
	assert_null(rows_fields_at(r, 7));
	assert_null(rows_fields_at(r, 99));
}

static void test_frames(void **state)
{
	struct rows *r = *state;

	rows_fields_frames(r, true);
	assert_int_equal(rows_count(r), 10);
	assert_string_equal(line(r, 0), "0- size      20");
	rows_fields_frames(r, false);
	assert_int_equal(rows_count(r), 9);
}

static void test_folds_are_remembered(void **state)
{
	struct rows *r = *state;

	assert_true(rows_fold(r, 4, true, false));
	assert_string_equal(line(r, 5), "1- n        0");
	assert_true(rows_fold(r, 1, false, false));
	assert_string_equal(line(r, 1), "0> regs      ax 0x10  bx 0x20");
	/* The next record of the kind. */
	rows_fields_set_made(r, make, NULL);
	assert_int_equal(rows_count(r), 8);
	assert_string_equal(line(r, 1), "0> regs      ax 0x10  bx 0x20");
	assert_string_equal(line(r, 2), "0v list[0]");
	assert_int_equal(rows_up(r, 3), 2);
	assert_int_equal(rows_up(r, 2), 2);
	assert_false(rows_fold(r, 0, true, false));
}

static void test_find(void **state)
{
	struct rows *r = *state;

	assert_int_equal(rows_fields_find(r, 13), 3);
	/* What is folded away is opened. */
	assert_int_equal(rows_fields_find(r, 19), 6);
	assert_string_equal(line(r, 6), "1- n        1");
	assert_string_equal(rows_fields_path(r, 6, &arena), "list[1]/n");
	/* Bytes of a hidden frame belong to the group around it: here the whole record. */
	assert_int_equal(rows_fields_find(r, 1), rows_count(r));
	/* Tag bytes of a group are the group's. */
	assert_int_equal(rows_fields_find(r, 8), 1);
	assert_int_equal(rows_fields_find(r, 24), rows_count(r));
	assert_int_equal(rows_fields_find(r, UINT64_MAX), rows_count(r));
}

static void test_go(void **state)
{
	struct rows *r = *state;

	rows_fold(r, 1, false, false);
	assert_int_equal(rows_fields_go(r, "regs/bx"), 3);
	assert_int_equal(rows_fields_go(r, "name"), 8);
	assert_int_equal(rows_fields_go(r, "regs/cx"), rows_count(r));
}

static void test_fold_all(void **state)
{
	struct rows *r = *state;

	assert_true(rows_fold(r, 1, false, true));
	assert_int_equal(rows_count(r), 7);
	assert_true(rows_fold(r, 1, true, true));
	assert_int_equal(rows_count(r), 9);
}

static void test_nothing(void **state)
{
	struct rows *r = *state;

	rows_fields_set(r, (struct node){ NULL, NODE_SELF });
	assert_int_equal(rows_count(r), 0);
	assert_null(rows_fields_root(r));
	assert_int_equal(rows_fields_find(r, 0), 0);
	assert_int_equal(rows_fields_go(r, "x"), 0);
}

static void test_search(void **state)
{
	struct rows *r = *state;
	struct line_search s = { .needle = "0X20" };
	size_t hit;

	assert_int_equal(rows_search(r, &s, 0, &hit), SEARCH_NONE);
	s.needle = "0x20";
	assert_int_equal(rows_search(r, &s, 0, &hit), SEARCH_HIT);
	assert_int_equal(hit, 3);
	assert_int_equal(rows_search(r, &s, 4, &hit), SEARCH_NONE);
	/* What is folded away: only if asked for, from both sides, the line itself stays whole. */
	rows_fold(r, 1, false, false);
	s.needle = "n        1";
	assert_int_equal(rows_search(r, &s, 0, &hit), SEARCH_NONE);
	s.needle = "bx ";
	s.open = true;
	s.back = true;
	assert_int_equal(rows_search(r, &s, 6, &hit), SEARCH_HIT);
	assert_int_equal(hit, 3);
	s.back = false;
	s.open = false;
	s.needle = "0x20";
	s.back = true;
	assert_int_equal(rows_search(r, &s, 8, &hit), SEARCH_HIT);
	assert_int_equal(hit, 3);
	s.needle = "HEAP";
	assert_int_equal(rows_search(r, &s, 8, &hit), SEARCH_NONE);
	s.needle = "heap";
	assert_int_equal(rows_search(r, &s, 8, &hit), SEARCH_HIT);
	assert_int_equal(hit, 8);
}

/* One list with very many elements: opening it is bounded by what there is. */
static struct field *make_long(void *arg, struct arena *a)
{
	struct field *root = field_add(NULL, a, FIELD_GROUP, "entry", at(0, 60000));

	(void)arg;
	root->expanded = true;
	for (uint32_t i = 0; i < 60000; i++)
		field_uint(root, a, "v", i, SHOW_DEC, at(i, 1))->at = i;
	return root;
}

static void test_long(void **state)
{
	struct rows *r = *state;

	rows_fields_set_made(r, make_long, NULL);
	assert_int_equal(rows_count(r), 1);
	/* Whoever asks for a byte of it gets its element. */
	assert_int_equal(rows_fields_find(r, 59999), 60000);
	assert_int_equal(rows_count(r), 60001);
	assert_string_equal(line(r, 60000), "1- v[59999]  59999");
}

/*	0  1           11          21    24
 *	id num[0..9]   part[0..9]  list[0..2]      parts are groups of one number */
static struct field *make_runs(void *arg, struct arena *a)
{
	struct field *root = field_add(NULL, a, FIELD_GROUP, "entry", at(0, 24)), *g;

	(void)arg;
	root->expanded = true;
	field_uint(root, a, "id", 7, SHOW_DEC, at(0, 1));
	for (uint32_t i = 0; i < 10; i++)
		field_uint(root, a, "num", i, SHOW_DEC, at(1 + i, 1))->at = i;
	for (uint32_t i = 0; i < 10; i++) {
		g = field_add(root, a, FIELD_GROUP, "part", at(11 + i, 1));
		g->at = i;
		g->expanded = true;
		field_uint(g, a, "n", 100 + i, SHOW_DEC, at(11 + i, 1));
	}
	for (uint32_t i = 0; i < 3; i++)
		field_uint(root, a, "list", 5, SHOW_DEC, at(21 + i, 1))->at = i;
	/* Without bytes: what was made of many things, and is read from top to bottom. */
	for (uint32_t i = 0; i < 10; i++)
		field_derived(root, a, "pid", "x")->at = i;
	return root;
}

static void test_runs(void **state)
{
	struct rows *r = *state;
	struct row row;

	rows_fields_set_made(r, make_runs, NULL);
	assert_int_equal(rows_count(r), 1 + 1 + 1 + 3 + 1 + 10);
	assert_string_equal(line(r, 1), "0> num       10 x  0 1 2 3 4 5 6 7 8 9");
	assert_string_equal(line(r, 2), "0> part      10 x");
	assert_string_equal(line(r, 3), "0- list[0]   5");
	rows_line(r, 1, &arena, &row);
	assert_int_equal(row.span.offset, 1);
	assert_int_equal(row.span.length, 10);
	assert_string_equal(rows_fields_path(r, 2, &arena), "part");
	assert_int_equal(rows_fields_go(r, "part"), 2);

	assert_true(rows_fold(r, 2, true, false));
	assert_string_equal(line(r, 2), "0v part      10 x");
	assert_string_equal(line(r, 5), "1> part[2]  n 102");
	assert_string_equal(rows_fields_path(r, 5, &arena), "part[2]");
	assert_int_equal(rows_up(r, 5), 2);
	assert_int_equal(rows_up(r, 2), 2);
	/* Remembered as other groups are. */
	rows_fields_set_made(r, make_runs, NULL);
	assert_string_equal(line(r, 2), "0v part      10 x");
	assert_true(rows_fold(r, 2, false, false));
	assert_int_equal(rows_count(r), 17);
	assert_true(rows_fold(r, 2, true, true));
	assert_int_equal(rows_count(r), 17 + 20);
	assert_string_equal(line(r, 4), "2- n       100");
	assert_true(rows_fold(r, 2, false, true));
	assert_int_equal(rows_count(r), 17);
}

/* A place in a run opens it, whether a path or a byte leads there. */
static void test_runs_open(void **state)
{
	struct rows *r = *state;

	rows_fields_set_made(r, make_runs, NULL);
	assert_int_equal(rows_fields_go(r, "part[9]/n"), 13);
	assert_string_equal(line(r, 13), "2- n       109");
	assert_int_equal(rows_fields_go(r, "part"), 2);
	assert_int_equal(rows_fields_find(r, 3), 4);
	assert_string_equal(line(r, 4), "1- num[2]   2");
	assert_int_equal(rows_fields_go(r, "num[1]"), 3);
}

static void test_runs_search(void **state)
{
	struct line_search s = { .needle = "n 107", .open = true };
	struct rows *r = *state;
	size_t hit;

	rows_fields_set_made(r, make_runs, NULL);
	assert_int_equal(rows_search(r, &s, 0, &hit), SEARCH_HIT);
	assert_string_equal(line(r, hit), "1> part[7]  n 107");
	rows_fields_set_made(r, make_runs, NULL);
	assert_true(rows_fold(r, 2, false, false));
	s.needle = "num[3";
	s.back = true;
	assert_int_equal(rows_search(r, &s, rows_count(r) - 1, &hit), SEARCH_HIT);
	assert_string_equal(line(r, hit), "1- num[3]   3");
	s.needle = "nothing has this";
	assert_int_equal(rows_search(r, &s, 0, &hit), SEARCH_NONE);
}

static struct field *make_bytes(void *arg, struct arena *a)
{
	static const char *const contents[] = { "hello\n", "abc", "esc\x1b[0m", "caf\xc3\xa9" };
	struct field *root = field_add(NULL, a, FIELD_GROUP, "entry", at(0, 40)), *f;

	(void)arg;
	root->expanded = true;
	for (uint32_t i = 0; i < 4; i++) {
		f = field_add(root, a, FIELD_BYTES, "data", at(10 * i, 10));
		f->show = SHOW_BYTES;
		f->bytes = bytes_of(contents[i]);
	}
	return root;
}

/* Bytes that can be read are read; what only might be text, or tells the terminal something, is
 * not. */
static void test_readable_bytes(void **state)
{
	struct rows *r = *state;

	rows_fields_set_made(r, make_bytes, NULL);
	assert_string_equal(line(r, 0), "0- data      \"hello\\n\"  68656c6c6f0a");
	assert_string_equal(line(r, 1), "0- data      616263");
	assert_string_equal(line(r, 2), "0- data      6573631b5b306d");
	assert_string_equal(line(r, 3), "0- data      636166c3a9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(test_folds_are_remembered, setup, teardown),
		cmocka_unit_test_setup_teardown(test_find, setup, teardown),
		cmocka_unit_test_setup_teardown(test_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fold_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_search, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_readable_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_runs_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_runs_search, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
