/* ui: twelve thousand random keys at random sizes, of one source or of two that are compared;
 * nothing breaks, and nothing raw gets on the canvas. What is exported and written goes into a
 * folder that is taken away again. MONKEY_SEED: other keys. */
#include <dirent.h>
#include <limits.h>
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
		'B',         'c',         K_END,       K_CTRL('w'), 'A',         'p',
		't',         'D',         'd',         'L',         'i',         '<',
		'>',         's',         'S',         'o',         'r',         'x',
		'H',         'v',         'V',         '%',         '=',         'z',
		']',         '[',         K_ALT_LEFT,  K_CTRL('o'), K_F1 + 5,    K_SHIFT_F1 + 5,
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

static struct err *open_second(void *arg, const char *path, struct job *job, struct model **out)
{
	(void)arg;
	(void)job;
	return model_open(path, formats, NULL, out);
}

/* A folder for what is written, which is the current one until leave_folder. */
static void enter_folder(char folder[64], char back[PATH_MAX])
{
	assert_non_null(getcwd(back, PATH_MAX));
	strcpy(folder, "/tmp/cryoscope-monkey-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
}

static void leave_folder(const char *folder, const char *back)
{
	DIR *dir = opendir(".");
	struct dirent *e;

	assert_non_null(dir);
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			assert_int_equal(unlink(e->d_name), 0);
	closedir(dir);
	assert_int_equal(chdir(back), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void press_keys(struct app *app, uint32_t seed)
{
	const char *other = getenv("MONKEY_SEED");

	if (other)
		seed ^= (uint32_t)strtoul(other, NULL, 0) * 2;
	for (int i = 0; i < KEYS; i++) {
		if (next(&seed) % 200 == 0)
			random_size(app, &seed);
		app_key(app, random_key(&seed));
		app->quit = false;
		app_tick(app);
		app_draw(app);
		app_watch_loss(app);
		if (i % 16 == 0)
			check_canvas(&app->canvas);
	}
}

/* `with`: another source to compare with; NULL: none. */
static void play_two(const char *path, const char *with, bool ascii, uint32_t seed)
{
	struct ui_options options = { .ascii = ascii, .open = open_second };
	char folder[64], back[PATH_MAX], *second = with ? realpath(with, NULL) : NULL;
	struct app *app;
	struct model *m;
	struct err *err = model_open(path, formats, NULL, &m);

	if (err)
		fail_msg("%s", err->text);
	app = calloc(1, sizeof(*app));
	assert_non_null(app);
	model_index(m);
	options.second = second;
	err = app_init(app, m, &options);
	assert_null(err);
	canvas_resize(&app->canvas, 80, 24);
	app_show_node(app, (struct node){ m->root, NODE_SELF });
	app_tick(app);
	app_draw(app);
	enter_folder(folder, back);
	if (second)
		app_diff_start(app, second);
	press_keys(app, seed);
	leave_folder(folder, back);
	app_fini(app);
	free(app);
	model_close(m);
	free(second);
}

static void play(const char *path, bool ascii, uint32_t seed)
{
	play_two(path, NULL, ascii, seed);
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

static void on_two_sets(void **state)
{
	(void)state;
	play_two("tests/real/tree", "tests/real/tree-v3", false, 0x8f1bbcdc);
}

static void on_a_set_and_itself(void **state)
{
	(void)state;
	play_two("tests/real/tree", "tests/real/tree", false, 0x5be0cd19);
}

static void on_a_guest(void **state)
{
	(void)state;
	play("tests/real/xen/hvm-mini.libxc", false, 0x1f83d9ab);
}

static void on_two_guests(void **state)
{
	(void)state;
	play_two("tests/real/xen/pv-mini.libxc", "tests/real/xen/checkpoints.libxc", false,
		 0xca62c1d6);
}

/* $FIXTURES is where the runner has compiled them to. */
static void play_fixture(const char *name, bool ascii)
{
	const char *dir = getenv("FIXTURES");
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "build/fixtures", name);
	play_two(path, "tests/real/tree", ascii, 0x6c078965);
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
		cmocka_unit_test(on_two_sets),      cmocka_unit_test(on_a_set_and_itself),
		cmocka_unit_test(on_a_guest),       cmocka_unit_test(on_two_guests),
		cmocka_unit_test(on_hostile_names), cmocka_unit_test(on_hostile_names_in_ascii),
		cmocka_unit_test(on_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
