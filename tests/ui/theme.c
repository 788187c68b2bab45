/* ui/theme: the files say what the code says, and errors say where. */
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

#include "base/attr.h"
#include "base/text.h"
#include "ui/theme.h"

static struct err *parse(const char *text, struct theme *t)
{
	theme_builtin("default", t);
	return theme_parse(bytes_of(text), "x.theme", t);
}

static bool same(const struct style *a, const struct style *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->attrs == b->attrs;
}

/* The shipped file and the built-in theme are one. */
static void compare(const char *path, const char *name)
{
	struct theme file, code;
	char text[16384];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = 0;
	/* Every role, with nothing to start from. */
	memset(&file, 0x55, sizeof(file));
	assert_null(theme_parse((struct bytes){ (uint8_t *)text, n }, path, &file));
	assert_true(theme_builtin(name, &code));
	for (int r = 0; r < ROLE_COUNT; r++) {
		if (!same(&file.roles[r], &code.roles[r]))
			print_error("%s: %s\n", path, role_name((enum role)r));
		assert_true(same(&file.roles[r], &code.roles[r]));
	}
}

static void files_equal_the_built_in(void **state)
{
	(void)state;
	compare("themes/default.theme", "default");
	compare("themes/mono.theme", "mono");
}

static void mono_has_no_colours(void **state)
{
	struct theme t;

	(void)state;
	assert_true(theme_builtin("mono", &t));
	for (int r = 0; r < ROLE_COUNT; r++) {
		assert_int_equal(t.roles[r].fg, COLOR_USUAL);
		assert_int_equal(t.roles[r].bg, COLOR_USUAL);
	}
	/* What must be told apart without colours is. */
	assert_false(same(&t.roles[ROLE_SELECTION], &t.roles[ROLE_SELECTION_BLUR]));
	assert_false(same(&t.roles[ROLE_BYTES], &t.roles[ROLE_BYTES_FIELD]));
	assert_false(same(&t.roles[ROLE_CURSOR], &t.roles[ROLE_BYTES_FIELD]));
}

static void reads_lines(void **state)
{
	struct theme t, before;

	(void)state;
	assert_null(parse(
		"# all of it\n\n  title = bright-red 233 bold\tunderline # why\r\nvalue = default 7",
		&t));
	theme_builtin("default", &before);
	assert_int_equal(t.roles[ROLE_TITLE].fg, 9);
	assert_int_equal(t.roles[ROLE_TITLE].bg, 233);
	assert_int_equal(t.roles[ROLE_TITLE].attrs, STYLE_BOLD | STYLE_UNDERLINE);
	assert_int_equal(t.roles[ROLE_VALUE].fg, COLOR_USUAL);
	assert_int_equal(t.roles[ROLE_VALUE].bg, 7);
	assert_true(same(&t.roles[ROLE_ERROR], &before.roles[ROLE_ERROR]));
}

static const struct {
	const char *text, *says;
} wrong[] = {
	{ "\n\ntitel = red red\n", "x.theme:3: no such role: titel" },
	{ "title = pink default\n", "x.theme:1: no such foreground colour: pink" },
	{ "title = red\n", "x.theme:1: no such background colour: " },
	{ "title = red 256\n", "x.theme:1: no such background colour: 256" },
	{ "title = red red loud\n", "x.theme:1: no such attribute: loud" },
	{ "title red red\n", "x.theme:1: expected `role = fg bg attributes', not: title" },
	{ "value=\n", "x.theme:1: expected `role = fg bg attributes', not: value=" },
	{ "ti\033[31mtle = red red\n", "x.theme:1: no such role: ti\\x1b[31mtle" },
};

static void names_file_and_line(void **state)
{
	struct theme t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct err *err = parse(wrong[i].text, &t);

		assert_non_null(err);
		assert_string_equal(err->text, wrong[i].says);
		err_free(err);
	}
}

static void reduces_to_what_there_is(void **state)
{
	struct style gray = { 8, COLOR_USUAL, 0 }, bright = { 10, COLOR_USUAL, 0 };
	struct style lit = { 0, 14, 0 }, far = { 200, COLOR_USUAL, 0 };

	(void)state;
	assert_int_equal(style_reduce(gray, 16).fg, 8);
	assert_int_equal(style_reduce(gray, 8).fg, COLOR_USUAL);
	assert_int_equal(style_reduce(gray, 8).attrs, STYLE_DIM);
	assert_int_equal(style_reduce(bright, 8).fg, 2);
	assert_int_equal(style_reduce(bright, 8).attrs, STYLE_BOLD);
	assert_int_equal(style_reduce(lit, 8).bg, COLOR_USUAL);
	assert_true(style_reduce(lit, 8).attrs & STYLE_REVERSE);
	assert_int_equal(style_reduce(far, 16).fg, COLOR_USUAL);
	assert_int_equal(style_reduce(far, 256).fg, 200);
	assert_int_equal(style_reduce(bright, 0).fg, COLOR_USUAL);
}

static void finds_by_name(void **state)
{
	struct theme t;
	struct err *err;

	(void)state;
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	assert_null(theme_load("mono", &t));
	err = theme_load("no-such", &t);
	assert_non_null(err);
	assert_int_equal(err->code, ERR_ABSENT);
	err_free(err);
	err = theme_load("./no/such.theme", &t);
	assert_non_null(err);
	err_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_equal_the_built_in),
		cmocka_unit_test(mono_has_no_colours),
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(names_file_and_line),
		cmocka_unit_test(reduces_to_what_there_is),
		cmocka_unit_test(finds_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
