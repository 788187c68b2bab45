/* Keys: their codes and names, tables that bind them to actions, and the chords in between.
 *
 * A key is a code point, a control code, or one of enum key_code above them all. A binding is up to
 * three keys in a row; digits before it are its count. The tables of the focused pane are asked
 * before the global one. */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ui/action.h"

enum key_code {
	K_NONE = 0,
	K_TAB = 9,
	K_ENTER = 13,
	K_ESC = 27,
	K_BACKSPACE = 127,
	K_FIRST = 0x110000, /* beyond Unicode */
	K_UP,
	K_DOWN,
	K_LEFT,
	K_RIGHT,
	K_HOME,
	K_END,
	K_PGUP,
	K_PGDN,
	K_INSERT,
	K_DELETE,
	K_SHIFT_TAB,
	K_ALT_LEFT,
	K_ALT_RIGHT,
	K_F1,
	K_F12 = K_F1 + 11,
	K_SHIFT_F1,
	K_SHIFT_F12 = K_SHIFT_F1 + 11,
	K_LETTER, /* in bindings only: any of a to z, handed on as the argument */
};

#define K_CTRL(c) ((uint32_t)(c)&0x1f)

/* "C-w", "PgDn", "Space", "j" to its code; K_NONE if it is no key's name. */
uint32_t key_parse(const char *name, size_t len);
/* The name, in `buf`, which is returned. */
const char *key_text(uint32_t key, char buf[16]);

#define BIND_KEYS 4
#define CHORD_MAX 3

/* A line of a table: the keys of one action, each a chord with blanks between ("C-w h"). Tables end
 * with an empty line. */
struct key_bind {
	const char *keys[BIND_KEYS];
	enum action action;
};

struct chord {
	uint32_t keys[CHORD_MAX];
	uint8_t len;
	enum action action;
};

#define KEYMAP_ROOM 128

/* A table made ready. Values; no heap. */
struct keymap {
	struct chord chords[KEYMAP_ROOM];
	size_t count;
};

/* Reports unknown names, double bindings, and chords that begin with a whole binding. */
MUST_USE struct err *keymap_build(struct keymap *km, const struct key_bind *binds);
/* The first key of `action`, as text in `buf`: "C-w h"; NULL if it has none. */
const char *keymap_first(const struct keymap *km, enum action action, char buf[64]);
/* All of them, ", " between; "" if none. */
const char *keymap_all(const struct keymap *km, enum action action, char *buf, size_t room);

/* What was typed so far of a chord. Zero: nothing. */
struct key_state {
	uint32_t keys[CHORD_MAX];
	uint8_t len;
	bool counted;
	uint32_t count;
};

struct key_hit {
	enum action action;
	bool counted;
	uint32_t count;  /* 1 unless counted; at most 999,999,999 */
	uint32_t letter; /* of a K_LETTER binding */
};

enum key_result { KEY_LOST, KEY_PENDING, KEY_HIT };

/* One key more. `maps`: pane's first, then the global one. */
enum key_result keymap_feed(const struct keymap *const *maps, size_t n, struct key_state *st,
			    uint32_t key, struct key_hit *hit);
/* "12 C-w": what waits, for the status line; "" if nothing. */
const char *key_state_text(const struct key_state *st, char buf[64]);

#endif
