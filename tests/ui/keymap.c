/* ui/keymap: names, chords, counts, and tables that contradict themselves. */
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
#include "ui/app.h"

static const struct key_bind pane_binds[] = {
	{ { "j", "Down" }, ACT_DOWN },
	{ { "C-w h" }, ACT_LEFT },
	{ { NULL }, ACT_NONE },
};

static const struct key_bind global_binds[] = {
	{ { "j" }, ACT_QUIT }, /* the pane's j goes first */
	{ { "C-w l", "F12" }, ACT_RIGHT },
	{ { "m a-z" }, ACT_MARK_SET },
	{ { "G" }, ACT_LAST },
	{ { NULL }, ACT_NONE },
};

static struct keymap pane, global;
static const struct keymap *const maps[] = { &pane, &global };

static enum key_result feed(struct key_state *st, uint32_t key, struct key_hit *hit)
{
	return keymap_feed(maps, 2, st, key, hit);
}

static void names_and_codes_agree(void **state)
{
	static const char *const names[] = { "j",    "Space", "Enter",  "Tab",  "S-Tab",
					     "Esc",  "C-w",   "C-]",    "F1",   "F12",
					     "S-F1", "S-F6",  "S-F12",  "PgDn", "A-Left",
					     "\\",   "|",     "\u00e9", "Home", "Backspace" };
	char buf[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		uint32_t key = key_parse(names[i], strlen(names[i]));

		assert_int_not_equal(key, K_NONE);
		assert_string_equal(key_text(key, buf), names[i]);
	}
	assert_int_equal(key_parse("F13", 3), K_NONE);
	assert_int_equal(key_parse("F0", 2), K_NONE);
	assert_int_equal(key_parse("S-F13", 5), K_NONE);
	assert_int_equal(key_parse("S-", 2), K_NONE);
	assert_int_equal(key_parse("jj", 2), K_NONE);
	assert_int_equal(key_parse("", 0), K_NONE);
	assert_int_equal(key_parse("\x80", 1), K_NONE);
	assert_int_equal(key_parse("C-w", 3), 23);
}

static void asks_the_pane_first(void **state)
{
	struct key_state st = { .len = 0 };
	struct key_hit hit;

	(void)state;
	assert_int_equal(feed(&st, 'j', &hit), KEY_HIT);
	assert_int_equal(hit.action, ACT_DOWN);
	assert_int_equal(hit.count, 1);
	assert_false(hit.counted);
	assert_int_equal(feed(&st, K_F12, &hit), KEY_HIT);
	assert_int_equal(hit.action, ACT_RIGHT);
	assert_int_equal(feed(&st, 'x', &hit), KEY_LOST);
	assert_int_equal(st.len, 0);
}

static void joins_chords(void **state)
{
	struct key_state st = { .len = 0 };
	struct key_hit hit;
	char buf[64];

	(void)state;
	assert_int_equal(feed(&st, K_CTRL('w'), &hit), KEY_PENDING);
	assert_string_equal(key_state_text(&st, buf), "C-w");
	assert_int_equal(feed(&st, 'h', &hit), KEY_HIT);
	assert_int_equal(hit.action, ACT_LEFT);
	assert_int_equal(feed(&st, 'm', &hit), KEY_PENDING);
	assert_int_equal(feed(&st, 'q', &hit), KEY_HIT);
	assert_int_equal(hit.letter, 'q');
	assert_int_equal(feed(&st, 'm', &hit), KEY_PENDING);
	assert_int_equal(feed(&st, 'Q', &hit), KEY_LOST);
	assert_string_equal(key_state_text(&st, buf), "");
	/* Esc drops what waits, and does nothing else. */
	assert_int_equal(feed(&st, K_CTRL('w'), &hit), KEY_PENDING);
	assert_int_equal(feed(&st, K_ESC, &hit), KEY_LOST);
	assert_int_equal(feed(&st, 'j', &hit), KEY_HIT);
}

static void reaches_the_global_part_of_a_prefix(void **state)
{
	struct key_state st = { .len = 0 };
	struct key_hit hit;

	(void)state;
	assert_int_equal(feed(&st, K_CTRL('w'), &hit), KEY_PENDING);
	assert_int_equal(feed(&st, 'l', &hit), KEY_HIT);
	assert_int_equal(hit.action, ACT_RIGHT);
}

static void counts(void **state)
{
	struct key_state st = { .len = 0 };
	struct key_hit hit;
	char buf[64];

	(void)state;
	assert_int_equal(feed(&st, '0', &hit), KEY_LOST);
	assert_int_equal(feed(&st, '1', &hit), KEY_PENDING);
	assert_int_equal(feed(&st, '0', &hit), KEY_PENDING);
	assert_string_equal(key_state_text(&st, buf), "10");
	assert_int_equal(feed(&st, 'G', &hit), KEY_HIT);
	assert_true(hit.counted);
	assert_int_equal(hit.count, 10);
	for (int i = 0; i < 40; i++)
		feed(&st, '9', &hit);
	assert_int_equal(feed(&st, 'j', &hit), KEY_HIT);
	assert_int_equal(hit.count, 999999999);
	feed(&st, '7', &hit);
	assert_int_equal(feed(&st, K_ESC, &hit), KEY_LOST);
	assert_int_equal(feed(&st, 'j', &hit), KEY_HIT);
	assert_false(hit.counted);
}

static void reports_contradictions(void **state)
{
	static const struct key_bind bad[][3] = {
		{ { { "j" }, ACT_DOWN }, { { "j" }, ACT_UP } },
		{ { { "g" }, ACT_FIRST }, { { "g g" }, ACT_LAST } },
		{ { { "g g" }, ACT_FIRST }, { { "g" }, ACT_LAST } },
		{ { { "Hyper" }, ACT_FIRST } },
		{ { { "a b c d" }, ACT_FIRST } },
	};
	struct keymap km;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err *err = keymap_build(&km, bad[i]);

		assert_non_null(err);
		err_free(err);
	}
}

static void says_its_keys(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(keymap_first(&global, ACT_RIGHT, buf), "C-w l");
	assert_string_equal(keymap_all(&global, ACT_RIGHT, buf, sizeof(buf)), "C-w l, F12");
	assert_null(keymap_first(&pane, ACT_QUIT, buf));
	assert_string_equal(keymap_all(&pane, ACT_QUIT, buf, sizeof(buf)), "");
	keymap_all(&global, ACT_RIGHT, buf, 6);
	assert_string_equal(buf, "C-w l");
}

static void shipped_tables_are_sound(void **state)
{
	struct keymap km;
	char key[64];

	(void)state;
	assert_null(keymap_build(&km, app_keys));
	/* Every action has a name of its own, help, and is reached by name. */
	for (int a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		assert_non_null(action_infos[a].name);
		assert_non_null(action_infos[a].help);
		assert_int_equal(action_by_name(action_infos[a].name), a);
	}
	assert_non_null(keymap_first(&km, ACT_HELP, key));
	/* Every action of the table can be reached without function keys and Alt, but for the way
	 * forward, which has its name. */
	for (const struct key_bind *b = app_keys; b->action != ACT_NONE; b++) {
		bool plain = false;

		for (int i = 0; i < BIND_KEYS && b->keys[i]; i++)
			plain = plain || key_parse(b->keys[i], strcspn(b->keys[i], " ")) < K_FIRST;
		assert_true(plain || b->action == ACT_FORWARD || b->action == ACT_PANE_PREV);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_codes_agree),
		cmocka_unit_test(asks_the_pane_first),
		cmocka_unit_test(joins_chords),
		cmocka_unit_test(reaches_the_global_part_of_a_prefix),
		cmocka_unit_test(counts),
		cmocka_unit_test(reports_contradictions),
		cmocka_unit_test(says_its_keys),
		cmocka_unit_test(shipped_tables_are_sound),
	};

	err_free(keymap_build(&pane, pane_binds));
	err_free(keymap_build(&global, global_binds));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
