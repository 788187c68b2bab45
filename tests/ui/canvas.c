/* ui/canvas: clipping, wide characters, ASCII. */
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

#include "ui/canvas.h"

static struct arena frame;

/* The dump, in memory. */
static char *dump(const struct canvas *cv, bool roles)
{
	static char text[8192];
	static struct out o;
	FILE *f = tmpfile();
	size_t n;

	assert_non_null(f);
	out_init(&o, fileno(f));
	if (roles)
		canvas_dump_roles(cv, &o);
	else
		canvas_dump(cv, &o);
	assert_int_equal(out_flush(&o), 0);
	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	fclose(f);
	return text;
}

static struct canvas make(int w, int h, bool ascii)
{
	struct canvas cv;

	canvas_init(&cv, &frame, ascii);
	canvas_resize(&cv, w, h);
	return cv;
}

static void puts_and_returns_the_column_behind(void **state)
{
	struct canvas cv = make(10, 2, false);

	(void)state;
	assert_int_equal(canvas_put(&cv, 1, 0, ROLE_NORMAL, "abc"), 4);
	assert_int_equal(canvas_put(&cv, 0, 1, ROLE_NORMAL, ""), 0);
	assert_string_equal(dump(&cv, false), " abc\n\n");
	canvas_fini(&cv);
}

static void draws_nothing_outside(void **state)
{
	struct canvas cv = make(6, 3, false);
	struct area before;

	(void)state;
	canvas_put(&cv, -2, 0, ROLE_NORMAL, "abcdefghij");
	canvas_put(&cv, 0, -1, ROLE_NORMAL, "no");
	canvas_put(&cv, 0, 7, ROLE_NORMAL, "no");
	before = canvas_clip(&cv, (struct area){ 2, 1, 2, 1 });
	canvas_put(&cv, 0, 1, ROLE_NORMAL, "ABCDEF");
	canvas_fill(&cv, (struct area){ -5, -5, 50, 7 }, ROLE_DIM, '.');
	canvas_put(&cv, 0, 1, ROLE_NORMAL, "xyzt");
	canvas_clip(&cv, before);
	canvas_put(&cv, 0, 2, ROLE_NORMAL, "end");
	assert_string_equal(dump(&cv, false), "cdefgh\n  zt\nend\n");
	canvas_fini(&cv);
}

static void cuts_with_an_ellipsis(void **state)
{
	struct canvas cv = make(8, 4, false), plain = make(8, 1, true);

	(void)state;
	assert_int_equal(canvas_put_cut(&cv, 0, 0, ROLE_NORMAL, "abcdef", 4), 4);
	assert_int_equal(canvas_put_cut(&cv, 0, 1, ROLE_NORMAL, "abcd", 4), 4);
	assert_int_equal(canvas_put_cut(&cv, 0, 2, ROLE_NORMAL, "abcd", 0), 0);
	/* Half a wide character does not fit: the ellipsis moves up. */
	assert_int_equal(canvas_put_cut(&cv, 0, 3, ROLE_NORMAL, "a\u4e16\u754cb", 3), 2);
	assert_string_equal(dump(&cv, false), "abc\u2026\nabcd\n\na\u2026\n");
	canvas_put_cut(&plain, 0, 0, ROLE_NORMAL, "abcdef", 4);
	assert_string_equal(dump(&plain, false), "abc~\n");
	canvas_fini(&cv);
	canvas_fini(&plain);
}

static void leaves_no_half_characters(void **state)
{
	struct canvas cv = make(6, 3, false);

	(void)state;
	canvas_put(&cv, 0, 0, ROLE_NORMAL, "\u4e16\u754c\u4e16");
	canvas_put(&cv, 1, 0, ROLE_NORMAL, "x"); /* right half of the first */
	canvas_put(&cv, 2, 0, ROLE_NORMAL, "y"); /* left half of the second */
	canvas_put(&cv, 5, 1, ROLE_NORMAL, "\u4e16");
	assert_string_equal(dump(&cv, false), " xy \u4e16\n\n\n");
	for (int i = 0; i < cv.w * cv.h; i++)
		assert_true(cv.cells[i].width != 0 || cv.cells[i - 1].width == 2);
	canvas_fini(&cv);
}

static void never_holds_a_control(void **state)
{
	struct canvas cv = make(8, 1, false);

	(void)state;
	canvas_put(&cv, 0, 0, ROLE_NORMAL, "a\033[m\x9b\tb");
	for (int i = 0; i < 8; i++)
		assert_true(cv.cells[i].cp >= ' ' && cv.cells[i].cp != 0x7f);
	assert_string_equal(dump(&cv, false), "a?[m??b\n");
	canvas_fini(&cv);
}

static void spells_in_ascii(void **state)
{
	struct canvas cv = make(14, 3, true);

	(void)state;
	canvas_box(&cv, (struct area){ 0, 0, 4, 3 }, ROLE_BORDER);
	canvas_put(&cv, 5, 0, ROLE_NORMAL, "caf\u00e9");
	canvas_put(&cv, 5, 1, ROLE_NORMAL, "\u25b8\u25be");
	assert_string_equal(dump(&cv, false), "+--+ caf\\u{e9}\n|  | >v\n+--+\n");
	canvas_fini(&cv);
}

static void tints_and_dumps_roles(void **state)
{
	struct canvas cv = make(4, 2, false);

	(void)state;
	canvas_put(&cv, 0, 0, ROLE_DIM, "ab");
	canvas_tint(&cv, (struct area){ 1, 0, 9, 9 }, ROLE_TITLE);
	assert_string_equal(dump(&cv, true), "bccc\n.ccc\n");
	assert_string_equal(dump(&cv, false), "ab\n\n");
	canvas_cursor(&cv, 9, 9);
	assert_int_equal(cv.cursor_x, -1);
	canvas_cursor(&cv, 3, 1);
	assert_int_equal(cv.cursor_x, 3);
	canvas_fini(&cv);
}

static void bounds_sizes(void **state)
{
	struct canvas cv = make(0, -3, false);

	(void)state;
	assert_int_equal(cv.w, 1);
	assert_int_equal(cv.h, 1);
	canvas_resize(&cv, 100000, 2);
	assert_int_equal(cv.w, 1000);
	canvas_box(&cv, (struct area){ 0, 0, 1, 1 }, ROLE_BORDER);
	canvas_box(&cv, (struct area){ 990, 0, 400, 400 }, ROLE_BORDER);
	canvas_fini(&cv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_and_returns_the_column_behind),
		cmocka_unit_test(draws_nothing_outside),
		cmocka_unit_test(cuts_with_an_ellipsis),
		cmocka_unit_test(leaves_no_half_characters),
		cmocka_unit_test(never_holds_a_control),
		cmocka_unit_test(spells_in_ascii),
		cmocka_unit_test(tints_and_dumps_roles),
		cmocka_unit_test(bounds_sizes),
	};
	int failed;

	arena_init(&frame);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&frame);
	return failed;
}
