/* view/rows_stack: lines of traces, folding, what grows while one looks, and which frame has an
 * address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "view/rows_stack.h"

static const struct unwind_frame leader[] = {
	{ .pc = 0x7f5bf72412d3,
	  .sp = 0x7ffd0000,
	  .symbol = "clock_nanosleep",
	  .offset = 0x23,
	  .module = "libc.so.6",
	  .path = "/usr/lib/libc.so.6",
	  .module_offset = 0xd22ea },
	{ .pc = 0x561d3a001234,
	  .sp = 0x7ffd0030,
	  .module = "counter",
	  .path = "/bin/counter",
	  .module_offset = 0x1234,
	  .by_pointer = true,
	  .note = "build-id not compared" },
	{ .pc = 0x41414141, .sp = 0 },
};

static const struct unwind_trace traces[] = {
	{ .tid = 7,
	  .comm = "counter",
	  .frames = leader,
	  .count = 3,
	  .stopped = "no unwind data; by frame pointer: nothing",
	  .reasons = { "no unwind data", "by frame pointer: nothing" } },
	{ .tid = 8,
	  .frames = leader,
	  .count = 1,
	  .stopped = "end of the stack",
	  .reasons = { "end of the stack" },
	  .whole = true },
};

static const char *line(struct rows *r, size_t n, struct arena *a)
{
	struct row row;

	rows_line(r, n, a, &row);
	return row_text(&row, a);
}

/* An empty list; a thread comes; another; the end. */
static void test_grows(void **state)
{
	struct rows *r = rows_stack_new();
	struct row head;
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_int_equal(rows_count(r), 0);
	assert_false(rows_heading(r, &a, &head));
	rows_stack_add(r, &traces[0]);
	assert_int_equal(rows_count(r), 0);
	rows_stack_clear(r, 2);
	assert_int_equal(rows_count(r), 0);
	rows_stack_add(r, &traces[0]);
	assert_int_equal(rows_count(r), 6);
	assert_true(rows_heading(r, &a, &head));
	assert_string_equal(line(r, 0, &a), "thread 7  counter  3 frames");
	assert_string_equal(line(r, 1, &a), "#0   7f5bf72412d3  clock_nanosleep+0x23  libc.so.6");
	assert_string_equal(line(r, 2, &a), "#1   561d3a001234  counter+0x1234  (by frame pointer)"
					    "  (build-id not compared)");
	assert_string_equal(line(r, 3, &a), "#2       41414141  ??");
	assert_string_equal(line(r, 4, &a), "no unwind data");
	assert_string_equal(line(r, 5, &a), "by frame pointer: nothing");
	assert_string_equal(line(r, 6, &a), "");
	rows_stack_add(r, &traces[1]);
	rows_stack_add(r, &traces[1]); /* beyond the room */
	rows_stack_end(r, "1 of 3 threads has no registers");
	assert_int_equal(rows_stack_threads(r), 2);
	assert_int_equal(rows_stack_frames(r), 4);
	assert_int_equal(rows_count(r), 10);
	assert_string_equal(line(r, 6, &a), "thread 8  1 frame");
	assert_string_equal(line(r, 8, &a), "end of the stack");
	assert_string_equal(line(r, 9, &a), "1 of 3 threads has no registers");
	rows_stack_clear(r, 1);
	assert_int_equal(rows_count(r), 0);
	rows_stack_end(r, "no threads");
	assert_int_equal(rows_count(r), 1);
	arena_fini(&a);
	rows_free(r);
}

static struct rows *both(void)
{
	struct rows *r = rows_stack_new();

	rows_stack_clear(r, 2);
	rows_stack_add(r, &traces[0]);
	rows_stack_add(r, &traces[1]);
	rows_stack_end(r, "more");
	return r;
}

static void test_wide(void **state)
{
	struct rows *r = both();
	struct arena a;

	(void)state;
	arena_init(&a);
	rows_stack_room(r, STACK_WIDE);
	rows_count(r);
	assert_string_equal(line(r, 1, &a), "#0   7f5bf72412d3      7ffd0000      48  "
					    "clock_nanosleep+0x23  /usr/lib/libc.so.6");
	assert_string_equal(line(r, 3, &a), "#2       41414141                        ??");
	arena_fini(&a);
	rows_free(r);
}

/* Stack of a frame: from its stack pointer to that of its caller, if both are known. */
static void test_place(void **state)
{
	struct rows *r = both();
	struct stack_line l;

	(void)state;
	assert_true(rows_stack_at(r, 1, &l));
	assert_ptr_equal(l.frame, &leader[0]);
	assert_int_equal(l.stack.offset, 0x7ffd0000);
	assert_int_equal(l.stack.length, 0x30);
	assert_true(rows_stack_at(r, 2, &l));
	assert_int_equal(l.stack.length, 0);
	assert_true(rows_stack_at(r, 6, &l));
	assert_true(l.heading && l.thread == 1 && !l.frame);
	assert_true(rows_stack_at(r, 9, &l));
	assert_true(!l.trace && l.thread == SIZE_MAX);
	assert_string_equal(l.text, "more");
	assert_false(rows_stack_at(r, 10, &l));
	assert_int_equal(rows_stack_line(r, 0, 0x7ffd002f), 1);
	assert_int_equal(rows_stack_line(r, 0, 0x7ffd0030), 2);
	assert_int_equal(rows_stack_line(r, 0, 0x7ffd0031), 1);
	assert_int_equal(rows_stack_line(r, 1, 0), 7);
	assert_int_equal(rows_stack_line(r, 2, 0), 0);
	rows_free(r);
}

static void test_folds(void **state)
{
	struct rows *r = both();
	struct arena a;
	struct row row;

	(void)state;
	arena_init(&a);
	assert_int_equal(rows_count(r), 10);
	assert_int_equal(rows_up(r, 5), 0);
	assert_int_equal(rows_up(r, 8), 6);
	assert_int_equal(rows_up(r, 9), 9);
	assert_false(rows_fold(r, 1, false, false));
	assert_false(rows_fold(r, 9, false, true));
	assert_true(rows_fold(r, 0, false, false));
	assert_int_equal(rows_count(r), 5);
	rows_line(r, 0, &a, &row);
	assert_int_equal(row.fold, 0);
	assert_string_equal(row_text(&row, &a), "thread 7  counter  3 frames: no unwind data; by "
						"frame pointer: nothing");
	assert_string_equal(line(r, 1, &a), "thread 8  1 frame");
	/* Nobody stands on what is folded away. */
	assert_int_equal(rows_stack_line(r, 0, 0x7ffd0030), 0);
	assert_false(rows_reveal(r, 0, "no such"));
	assert_true(rows_reveal(r, 0, "libc"));
	assert_int_equal(rows_count(r), 10);
	assert_false(rows_reveal(r, 0, "libc"));
	assert_true(rows_fold(r, 6, false, true));
	assert_int_equal(rows_count(r), 3);
	assert_true(rows_reveal(r, 1, "end of"));
	assert_true(rows_fold(r, 0, true, true));
	assert_int_equal(rows_count(r), 10);
	arena_fini(&a);
	rows_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_folds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
