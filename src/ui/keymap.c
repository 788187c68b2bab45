/* Chords are looked up by walking the table: there are a hundred, and people type ten a second. */
#include "ui/keymap.h"

#include <stdio.h>
#include <string.h>

#include "ui/canvas.h"

#define COUNT_MAX 999999999u

static const struct {
	const char *name;
	uint32_t key;
} names[] = {
	{ "Tab", K_TAB },
	{ "Enter", K_ENTER },
	{ "Esc", K_ESC },
	{ "Space", ' ' },
	{ "Backspace", K_BACKSPACE },
	{ "Up", K_UP },
	{ "Down", K_DOWN },
	{ "Left", K_LEFT },
	{ "Right", K_RIGHT },
	{ "Home", K_HOME },
	{ "End", K_END },
	{ "PgUp", K_PGUP },
	{ "PgDn", K_PGDN },
	{ "Ins", K_INSERT },
	{ "Del", K_DELETE },
	{ "S-Tab", K_SHIFT_TAB },
	{ "A-Left", K_ALT_LEFT },
	{ "A-Right", K_ALT_RIGHT },
	{ "a-z", K_LETTER },
};

/* "F6", "S-F6" */
static uint32_t parse_function(const char *name, size_t len)
{
	uint32_t first = K_F1;
	unsigned n = 0;

	if (len > 2 && name[0] == 'S' && name[1] == '-') {
		first = K_SHIFT_F1;
		name += 2;
		len -= 2;
	}
	if (len < 2 || len > 3 || name[0] != 'F')
		return K_NONE;
	for (size_t i = 1; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return K_NONE;
		n = n * 10 + (unsigned)(name[i] - '0');
	}
	return n >= 1 && n <= 12 ? first + n - 1 : K_NONE;
}

uint32_t key_parse(const char *name, size_t len)
{
	struct bytes b = { (const uint8_t *)name, len };
	uint32_t cp;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (bytes_equal(b, bytes_of(names[i].name)))
			return names[i].key;
	if (len == 3 && name[0] == 'C' && name[1] == '-' && name[2] >= '@' && name[2] <= '~')
		return K_CTRL(name[2]);
	if (len > 0 && text_decode(b, &cp) == len && cp > ' ' && cp != K_BACKSPACE)
		return cp;
	return parse_function(name, len);
}

const char *key_text(uint32_t key, char buf[16])
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].key == key)
			return strcpy(buf, names[i].name);
	if (key >= K_F1 && key <= K_F12)
		snprintf(buf, 16, "F%u", (unsigned)(key - K_F1 + 1));
	else if (key >= K_SHIFT_F1 && key <= K_SHIFT_F12)
		snprintf(buf, 16, "S-F%u", (unsigned)(key - K_SHIFT_F1 + 1));
	else if (key < ' ')
		snprintf(buf, 16, "C-%c", (int)(key >= 1 && key <= 26 ? key + 'a' - 1 : key + '@'));
	else if (key < K_FIRST)
		glyph_utf8(key, buf);
	else
		strcpy(buf, "?");
	return buf;
}

/* "C-w h" into a chord. False: not keys. */
static bool chord_parse(const char *text, struct chord *c)
{
	c->len = 0;
	while (*text) {
		size_t n = strcspn(text, " ");

		if (c->len == CHORD_MAX)
			return false;
		c->keys[c->len] = key_parse(text, n);
		if (c->keys[c->len++] == K_NONE)
			return false;
		text += n;
		text += strspn(text, " ");
	}
	return c->len > 0;
}

static bool key_fits(uint32_t bound, uint32_t key)
{
	return bound == key || (bound == K_LETTER && key >= 'a' && key <= 'z');
}

/* True if `c` begins with the `n` keys. */
static bool chord_begins(const struct chord *c, const uint32_t *keys, size_t n)
{
	if (n > c->len)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!key_fits(c->keys[i], keys[i]))
			return false;
	return true;
}

static struct err *keymap_add(struct keymap *km, const char *text, enum action action)
{
	struct chord c = { .action = action };

	if (!chord_parse(text, &c))
		return err_new(ERR_USAGE, "keys: \"%s\" is no key", text);
	for (size_t i = 0; i < km->count; i++) {
		const struct chord *old = &km->chords[i];

		if (chord_begins(old, c.keys, c.len) || chord_begins(&c, old->keys, old->len))
			return err_new(ERR_USAGE, "keys: \"%s\" is bound to both %s and %s", text,
				       action_infos[old->action].name, action_infos[action].name);
	}
	if (km->count == KEYMAP_ROOM)
		return err_new(ERR_LIMIT, "keys: more than %d in one table", KEYMAP_ROOM);
	km->chords[km->count++] = c;
	return NULL;
}

struct err *keymap_build(struct keymap *km, const struct key_bind *binds)
{
	km->count = 0;
	for (; binds->action != ACT_NONE; binds++) {
		for (int i = 0; i < BIND_KEYS && binds->keys[i]; i++) {
			struct err *err = keymap_add(km, binds->keys[i], binds->action);

			if (err)
				return err;
		}
	}
	return NULL;
}

static const char *chord_text(const uint32_t *keys, size_t n, char *buf, size_t room)
{
	size_t len = 0;

	buf[0] = 0;
	for (size_t i = 0; i < n && len < room; i++) {
		char name[16];

		len += (size_t)snprintf(buf + len, room - len, "%s%s", i ? " " : "",
					key_text(keys[i], name));
	}
	return buf;
}

const char *keymap_first(const struct keymap *km, enum action action, char buf[64])
{
	for (size_t i = 0; i < km->count; i++)
		if (km->chords[i].action == action)
			return chord_text(km->chords[i].keys, km->chords[i].len, buf, 64);
	return NULL;
}

const char *keymap_all(const struct keymap *km, enum action action, char *buf, size_t room)
{
	size_t len = 0;

	buf[0] = 0;
	for (size_t i = 0; i < km->count && len < room; i++) {
		const struct chord *c = &km->chords[i];
		char one[64];

		if (c->action != action)
			continue;
		len += (size_t)snprintf(buf + len, room - len, "%s%s", len ? ", " : "",
					chord_text(c->keys, c->len, one, sizeof(one)));
	}
	return buf;
}

static bool take_digit(struct key_state *st, uint32_t key)
{
	if (st->len > 0 || key < '0' || key > '9' || (key == '0' && !st->counted))
		return false;
	st->counted = true;
	st->count = st->count > COUNT_MAX / 10 ? COUNT_MAX : st->count * 10 + (key - '0');
	if (st->count > COUNT_MAX)
		st->count = COUNT_MAX;
	return true;
}

/* A chord of `km` that is typed in full, or NULL; *more: some chord wants further keys. */
static const struct chord *keymap_match(const struct keymap *km, const struct key_state *st,
					bool *more)
{
	*more = false;
	for (size_t i = 0; i < km->count; i++) {
		const struct chord *c = &km->chords[i];

		if (!chord_begins(c, st->keys, st->len))
			continue;
		if (c->len == st->len)
			return c;
		*more = true;
	}
	return NULL;
}

enum key_result keymap_feed(const struct keymap *const *maps, size_t n, struct key_state *st,
			    uint32_t key, struct key_hit *hit)
{
	bool waiting = st->len > 0 || st->counted;

	if (waiting && key == K_ESC) {
		*st = (struct key_state){ .len = 0 };
		return KEY_LOST;
	}
	if (take_digit(st, key))
		return KEY_PENDING;
	st->keys[st->len++] = key;
	for (size_t i = 0; i < n; i++) {
		bool more;
		const struct chord *c = keymap_match(maps[i], st, &more);

		if (c) {
			*hit = (struct key_hit){ c->action, st->counted,
						 st->counted ? st->count : 1,
						 c->keys[c->len - 1] == K_LETTER ? key : 0 };
			*st = (struct key_state){ .len = 0 };
			return KEY_HIT;
		}
		if (more)
			return KEY_PENDING;
	}
	*st = (struct key_state){ .len = 0 };
	return KEY_LOST;
}

const char *key_state_text(const struct key_state *st, char buf[64])
{
	int n = 0;

	buf[0] = 0;
	if (st->counted)
		n = snprintf(buf, 64, "%u%s", (unsigned)st->count, st->len ? " " : "");
	chord_text(st->keys, st->len, buf + n, 64 - (size_t)n);
	return buf;
}
