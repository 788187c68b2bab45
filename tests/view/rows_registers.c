/* view/rows_registers: lines, and stack pointers that are where no stack is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "fake_space.h"
#include "view/rows_registers.h"

/* The heap stands in for a stack where none is named one. */
static const struct anchor regs[] = {
	{ "reg:sp", 7, 0x5010, true },   /* fine */
	{ "reg:ip", 7, 0x2004, false },  /* code */
	{ "reg:ax", 7, 0x99999, false }, /* a number */
	{ "reg:sp", 8, 0x2000, true },   /* into a file */
	{ "reg:sp", 9, 0x99999, true },  /* nowhere */
	{ "reg:sp", 10, 0x20008, true }, /* anonymous */
	{ "reg:sp", 11, 0x100030000, true },
};
#define COUNT (sizeof(regs) / sizeof(*regs))

static const char *line(struct rows *r, size_t n, struct arena *a, char *mark)
{
	struct row row;

	rows_line(r, n, a, &row);
	*mark = row.mark;
	return row_text(&row, a);
}

static void test_lines(void **state)
{
	struct rows *r = rows_registers_new();
	struct row head = { 0 };
	struct arena a;
	char mark;

	(void)state;
	arena_init(&a);
	assert_int_equal(rows_count(r), 0);
	assert_false(rows_heading(r, &a, &head));
	rows_registers_set(r, &fake_space, regs, NULL, COUNT);
	assert_int_equal(rows_count(r), COUNT);
	assert_true(rows_heading(r, &a, &head));
	assert_string_equal(line(r, 0, &a, &mark),
			    "      7 sp                      5010  rw-p [heap]+0x10");
	assert_int_equal(mark, 0);
	assert_string_equal(line(r, 1, &a, &mark),
			    "      7 ip                      2004  r-xp prog+0x1004");
	assert_string_equal(line(r, 2, &a, &mark),
			    "      7 ax                     99999  not mapped");
	assert_int_equal(mark, 0);
	assert_string_equal(line(r, 3, &a, &mark),
			    "      8 sp                      2000  !in no stack  r-xp prog+0x1000");
	assert_int_equal(mark, '!');
	assert_string_equal(line(r, 4, &a, &mark),
			    "      9 sp                     99999  !not mapped");
	assert_int_equal(mark, '!');
	rows_registers_room(r, 150);
	assert_non_null(strstr(line(r, 0, &a, &mark), "present"));
	assert_int_equal(rows_registers_at(r, 5)->who, 10);
	assert_null(rows_registers_at(r, COUNT));
	assert_string_equal(line(r, COUNT, &a, &mark), "");
	rows_registers_set(r, NULL, NULL, NULL, 0);
	assert_int_equal(rows_count(r), 0);
	rows_free(r);
	arena_fini(&a);
}

static void test_stacks(void **state)
{
	struct region with[4];
	struct aspace as = fake_space;

	(void)state;
	assert_null(anchor_trouble(&as, regs, COUNT, 0));
	assert_null(anchor_trouble(&as, regs, COUNT, 1));
	assert_null(anchor_trouble(&as, regs, COUNT, 5));
	assert_string_equal(anchor_trouble(&as, regs, COUNT, 6), "!in no stack");
	assert_null(anchor_trouble(&as, regs, COUNT, COUNT));
	/* Where the process has a stack, its first thread's belongs there; others have theirs
	 * anywhere. */
	memcpy(with, fake_regions, sizeof(with));
	with[2].kind = "stack";
	as.regions = with;
	assert_string_equal(anchor_trouble(&as, regs, COUNT, 0), "!outside [stack]");
	assert_null(anchor_trouble(&as, regs, COUNT, 5));
	with[2].flags |= REGION_GUARD;
	assert_string_equal(anchor_trouble(&as, regs, COUNT, 5), "!in a guard page");
	with[1].kind = "stack";
	assert_null(anchor_trouble(&as, regs, COUNT, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_stacks),
	};

	fake_space_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
