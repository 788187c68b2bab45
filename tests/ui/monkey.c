/* ui: twelve thousand random keys at random sizes; nothing breaks, and nothing raw gets on the
 * canvas. */
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

#include "formats.h"
#include "ui/app.h"

#define KEYS 12000

/* xorshift: the same keys every time. */
static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* What a person would press, and some of what nobody would. */
static uint32_t random_key(uint32_t *seed)
{
	static const uint32_t usual[] = {
		'j',         'k',         'l',         'h',         'n',         'N',
		' ',         'b',         'G',         'g',         'O',         'C',
		'{',         '}',         '/',         '&',         '@',         ':',
		'*',         'e',         'E',         'w',         'W',         'T',
		'P',         'I',         '|',         '\\',        '+',         '-',
		K_TAB,       K_SHIFT_TAB, K_ENTER,     K_ESC,       K_BACKSPACE, K_UP,
		K_DOWN,      K_ALT_RIGHT, K_F1,        K_CTRL('d'), K_CTRL('u'), '?',
		K_CTRL('e'), K_LEFT,      K_CTRL('y'), K_RIGHT,     'y',         'm',
		'\'',        'a',         '5',         '9',         K_PGDN,      K_HOME,
		'B',         'c',         K_END,       K_CTRL('w'),
	};
	uint32_t r = next(seed);

	if (r % 50 == 0)
		return next(seed) % (K_LETTER + 2);
	/* Leave prompts and the help now and then, or little else would happen. */
	if (r % 7 == 0)
		return r % 2 ? K_ESC : K_ENTER;
	return usual[next(seed) % ARRAY_LEN(usual)];
}

static void check_canvas(const struct canvas *cv)
{
	for (int i = 0; i < cv->w * cv->h; i++) {
		const struct glyph *g = &cv->cells[i];

		assert_true(g->role < ROLE_COUNT);
		assert_true(g->width <= 2);
		if (g->width == 0)
			assert_true(i % cv->w > 0 && g[-1].width == 2);
		else
			assert_true(g->cp >= ' ' && g->cp != 0x7f &&
				    !(g->cp >= 0x80 && g->cp < 0xa0));
		if (cv->ascii)
			assert_true(g->cp < 0x7f);
	}
	assert_true(cv->cursor_x < cv->w && cv->cursor_y < cv->h);
}

static void random_size(struct app *app, uint32_t *seed)
{
	static const int sizes[][2] = { { 80, 24 }, { 160, 50 }, { 40, 10 }, { 61, 17 },
					{ 20, 5 },  { 1, 1 },    { 300, 8 }, { 19, 90 } };
	uint32_t n = next(seed) % ARRAY_LEN(sizes);

	canvas_resize(&app->canvas, sizes[n][0], sizes[n][1]);
}

static void play(const char *path, bool ascii, uint32_t seed)
{
	struct ui_options options = { .ascii = ascii };
	struct app *app;
	struct model *m;
	struct err *err = model_open(path, formats, NULL, &m);

	if (err) {
		err_free(err);
		skip();
	}
	app = calloc(1, sizeof(*app));
	assert_non_null(app);
	model_index(m);
	err = app_init(app, m, &options);
	assert_null(err);
	canvas_resize(&app->canvas, 80, 24);
	app_show_node(app, (struct node){ m->root, NODE_SELF });
	app_tick(app);
	for (int i = 0; i < KEYS; i++) {
		if (next(&seed) % 200 == 0)
			random_size(app, &seed);
		app_key(app, random_key(&seed));
		app->quit = false;
		app_draw(app);
		app_watch_loss(app);
		if (i % 16 == 0)
			check_canvas(&app->canvas);
	}
	app_fini(app);
	free(app);
	model_close(m);
}

static void on_a_real_set(void **state)
{
	(void)state;
	play("tests/real/tree", false, 0x2545f491);
}

static void in_ascii(void **state)
{
	(void)state;
	play("tests/real/tree", true, 0x9e3779b9);
}

/* $FIXTURES is where the runner has compiled them to. */
static void play_fixture(const char *name, bool ascii)
{
	const char *dir = getenv("FIXTURES");
	char path[4096];

	if (!dir)
		skip();
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	play(path, ascii, 0x6c078965);
}

static void on_hostile_names(void **state)
{
	(void)state;
	play_fixture("hostile", false);
}

static void on_hostile_names_in_ascii(void **state)
{
	(void)state;
	play_fixture("hostile", true);
}

static void on_damage(void **state)
{
	(void)state;
	play_fixture("broken", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_a_real_set),    cmocka_unit_test(in_ascii),
		cmocka_unit_test(on_hostile_names), cmocka_unit_test(on_hostile_names_in_ascii),
		cmocka_unit_test(on_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
