/* ui/prompt: editing, history, completion. */
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

#include "ui/keymap.h"
#include "ui/prompt.h"

static struct prompt p;

static const char *words(void *arg, size_t n)
{
	static const char *const all[] = { "page-down", "page-up", "problems", "problems of one" };

	(void)arg;
	return n < 4 ? all[n] : NULL;
}

static enum prompt_result press(uint32_t key)
{
	return prompt_key(&p, key, words, NULL);
}

static void type(const char *text)
{
	struct bytes b = bytes_of(text);

	while (b.len) {
		uint32_t cp;
		size_t n = text_decode(b, &cp);

		assert_int_equal(press(cp), PROMPT_GOES_ON);
		b.at += n;
		b.len -= n;
	}
}

static int open_search(void **state)
{
	(void)state;
	prompt_init(&p);
	prompt_open(&p, PROMPT_SEARCH, "");
	return 0;
}

static int close_it(void **state)
{
	(void)state;
	prompt_fini(&p);
	return 0;
}

static void edits(void **state)
{
	(void)state;
	type("h\u00e4app");
	press(K_BACKSPACE);
	assert_string_equal(p.text, "h\u00e4ap");
	press(K_HOME);
	press(K_RIGHT);
	press(K_DELETE);
	assert_string_equal(p.text, "hap");
	press(K_RIGHT);
	press(K_BACKSPACE);
	type("e");
	assert_string_equal(p.text, "hep");
	press(K_END);
	type(" two  ");
	press(K_CTRL('w'));
	assert_string_equal(p.text, "hep ");
	press(K_LEFT);
	press(K_LEFT);
	press(K_CTRL('k'));
	assert_string_equal(p.text, "he");
	press(K_CTRL('u'));
	assert_string_equal(p.text, "");
	assert_int_equal(p.at, 0);
	/* Nothing to take away anywhere. */
	press(K_DELETE);
	press(K_LEFT);
	press(K_CTRL('w'));
	assert_string_equal(p.text, "");
}

static void takes_no_controls_and_no_more_than_fits(void **state)
{
	(void)state;
	press(0x1b5 & 0x1f);
	press(K_F1);
	press(0x200b);
	press(0x9b);
	assert_string_equal(p.text, "");
	for (int i = 0; i < 3 * PROMPT_ROOM; i++)
		press(0x4e16);
	assert_true(p.len < PROMPT_ROOM);
	assert_int_equal(p.len % 3, 0);
	assert_true(text_valid_utf8(bytes_of(p.text)));
}

static void ends(void **state)
{
	(void)state;
	type("x");
	assert_int_equal(press(K_ENTER), PROMPT_DONE);
	assert_string_equal(p.text, "x");
	prompt_open(&p, PROMPT_SEARCH, "y");
	assert_int_equal(press(K_ESC), PROMPT_LEFT);
	assert_int_equal(p.kind, PROMPT_NONE);
	prompt_open(&p, PROMPT_SEARCH, "y");
	press(K_BACKSPACE);
	assert_int_equal(press(K_BACKSPACE), PROMPT_LEFT);
}

static void remembers(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++) {
		char line[16];

		snprintf(line, sizeof(line), "%d", i);
		prompt_open(&p, PROMPT_SEARCH, line);
		press(K_ENTER);
	}
	prompt_open(&p, PROMPT_SEARCH, "");
	type("new");
	press(K_UP);
	assert_string_equal(p.text, "59");
	press(K_UP);
	assert_string_equal(p.text, "58");
	press(K_DOWN);
	press(K_DOWN);
	assert_string_equal(p.text, "new");
	press(K_DOWN);
	for (int i = 0; i < 100; i++)
		press(K_UP);
	assert_string_equal(p.text, "10");
	/* Other prompts have their own. */
	prompt_open(&p, PROMPT_FILTER, "");
	press(K_UP);
	assert_string_equal(p.text, "");
}

static void completes(void **state)
{
	(void)state;
	prompt_open(&p, PROMPT_COMMAND, "");
	type("pa");
	press(K_TAB);
	assert_string_equal(p.text, "page-down");
	press(K_TAB);
	assert_string_equal(p.text, "page-up");
	press(K_TAB);
	assert_string_equal(p.text, "page-down");
	press(K_BACKSPACE);
	press(K_TAB);
	assert_string_equal(p.text, "page-down");
	/* What only one word begins with is settled: Tab goes on from there. */
	press(K_CTRL('u'));
	type("page-d");
	press(K_TAB);
	assert_string_equal(p.text, "page-down");
	assert_false(p.completing);
	press(K_CTRL('u'));
	type("pr");
	press(K_TAB);
	assert_true(p.completing);
	press(K_TAB);
	assert_string_equal(p.text, "problems of one");
	press(K_CTRL('u'));
	type("zz");
	press(K_TAB);
	press(K_TAB);
	assert_string_equal(p.text, "zz");
	prompt_key(&p, K_TAB, NULL, NULL);
	assert_string_equal(p.text, "zz");
}

static void draws_the_part_with_the_cursor(void **state)
{
	struct arena frame;
	struct canvas cv;

	(void)state;
	arena_init(&frame);
	canvas_init(&cv, &frame, false);
	canvas_resize(&cv, 10, 1);
	type("abcdefghijklmnop");
	prompt_draw(&p, &cv, 0, 10);
	assert_int_equal(cv.cells[1].cp, '/');
	assert_int_equal(cv.cells[cv.cursor_x - 1].cp, 'p');
	press(K_HOME);
	canvas_clear(&cv);
	prompt_draw(&p, &cv, 0, 10);
	assert_int_equal(cv.cursor_x, 2);
	assert_int_equal(cv.cells[2].cp, 'a');
	canvas_fini(&cv);
	arena_fini(&frame);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_search, close_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(edits),     TEST(takes_no_controls_and_no_more_than_fits),
		TEST(ends),      TEST(remembers),
		TEST(completes), TEST(draws_the_part_with_the_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
