/* Editing as readline does it, as far as one line needs. */
#include "ui/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "ui/keymap.h"

static const char *const labels[PROMPT_COUNT] = {
	[PROMPT_NONE] = "",
	[PROMPT_COMMAND] = ":",
	[PROMPT_SEARCH] = "/",
	[PROMPT_FILTER] = "& ",
	[PROMPT_JUMP] = "Jump to: ",
	[PROMPT_WRITE] = "Write the list to (a new file): ",
	[PROMPT_FIND_ALL] = "/ in all processes: ",
	[PROMPT_DIFF] = "Compare with: ",
	[PROMPT_QUIT] = "Quit? (y or n) ",
};

void prompt_init(struct prompt *p)
{
	memset(p, 0, sizeof(*p));
}

void prompt_fini(struct prompt *p)
{
	for (int k = 0; k < PROMPT_COUNT; k++)
		for (size_t i = 0; i < p->history[k].count; i++)
			free(p->history[k].lines[i]);
	memset(p, 0, sizeof(*p));
}

static void text_set(struct prompt *p, const char *text)
{
	p->len = strlen(text);
	if (p->len >= sizeof(p->text))
		p->len = 0;
	memmove(p->text, text, p->len);
	p->text[p->len] = 0;
	p->at = p->len;
}

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *text)
{
	p->kind = kind;
	p->recall = p->history[kind].count;
	p->completing = false;
	p->typed[0] = 0;
	text_set(p, text);
}

static size_t before(const struct prompt *p, size_t at)
{
	while (at > 0 && ((unsigned char)p->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static size_t behind(const struct prompt *p, size_t at)
{
	if (at < p->len)
		at++;
	while (at < p->len && ((unsigned char)p->text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static void cut(struct prompt *p, size_t from, size_t to)
{
	memmove(p->text + from, p->text + to, p->len - to + 1);
	p->len -= to - from;
	p->at = from;
}

static void insert(struct prompt *p, uint32_t cp)
{
	char utf8[5];
	size_t n = (size_t)glyph_utf8(cp, utf8);

	if (p->len + n >= sizeof(p->text) || text_cp_width(cp) <= 0)
		return;
	memmove(p->text + p->at + n, p->text + p->at, p->len - p->at + 1);
	memcpy(p->text + p->at, utf8, n);
	p->at += n;
	p->len += n;
}

static size_t word_start(const struct prompt *p)
{
	size_t at = p->at;

	while (at > 0 && p->text[at - 1] == ' ')
		at--;
	while (at > 0 && p->text[at - 1] != ' ')
		at--;
	return at;
}

static void history_add(struct history *h, const char *line)
{
	char *copy;

	if (!*line || (h->count > 0 && strcmp(h->lines[h->count - 1], line) == 0))
		return;
	copy = strdup(line);
	if (!copy)
		return;
	if (h->count == HISTORY_MAX) {
		free(h->lines[0]);
		memmove(h->lines, h->lines + 1, (HISTORY_MAX - 1) * sizeof(h->lines[0]));
		h->count--;
	}
	h->lines[h->count++] = copy;
}

static void recall(struct prompt *p, bool older)
{
	const struct history *h = &p->history[p->kind];

	if (older ? p->recall == 0 : p->recall == h->count)
		return;
	if (p->recall == h->count)
		memcpy(p->typed, p->text, p->len + 1);
	p->recall += older ? (size_t)-1 : 1;
	text_set(p, p->recall == h->count ? p->typed : h->lines[p->recall]);
}

/* The `turn`-th word that begins with the stem, or NULL. */
static const char *candidate(const struct prompt *p, prompt_words words, void *arg, size_t turn)
{
	const char *word;

	for (size_t n = 0; (word = words(arg, n)) != NULL; n++)
		if (strncmp(word, p->typed, p->stem) == 0 && turn-- == 0)
			return word;
	return NULL;
}

static void complete(struct prompt *p, prompt_words words, void *arg)
{
	const char *word;

	if (!words)
		return;
	if (!p->completing) {
		memcpy(p->typed, p->text, p->len + 1);
		p->stem = p->len;
		p->turn = 0;
	}
	word = candidate(p, words, arg, p->turn);
	if (!word && p->turn > 0)
		word = candidate(p, words, arg, p->turn = 0);
	/* The only one is settled: the next Tab is about what follows it. */
	p->completing = word && candidate(p, words, arg, 1);
	if (!word)
		return;
	p->turn++;
	text_set(p, word);
}

static void move(struct prompt *p, size_t at)
{
	p->at = at;
}

/* Keys that edit. */
static void edit(struct prompt *p, uint32_t key)
{
	switch (key) {
	case K_LEFT:
	case K_CTRL('b'):
		move(p, before(p, p->at));
		break;
	case K_RIGHT:
	case K_CTRL('f'):
		move(p, behind(p, p->at));
		break;
	case K_HOME:
	case K_CTRL('a'):
		move(p, 0);
		break;
	case K_END:
	case K_CTRL('e'):
		move(p, p->len);
		break;
	case K_BACKSPACE:
		cut(p, before(p, p->at), p->at);
		break;
	case K_DELETE:
	case K_CTRL('d'):
		cut(p, p->at, behind(p, p->at));
		break;
	case K_CTRL('u'):
		cut(p, 0, p->at);
		break;
	case K_CTRL('k'):
		cut(p, p->at, p->len);
		break;
	case K_CTRL('w'):
		cut(p, word_start(p), p->at);
		break;
	case K_UP:
	case K_CTRL('p'):
		recall(p, true);
		break;
	case K_DOWN:
	case K_CTRL('n'):
		recall(p, false);
		break;
	default:
		if (key >= ' ' && key < K_FIRST)
			insert(p, key);
	}
}

enum prompt_result prompt_key(struct prompt *p, uint32_t key, prompt_words words, void *arg)
{
	if (key == K_ESC || key == K_CTRL('c') || key == K_CTRL('g') ||
	    (key == K_BACKSPACE && p->len == 0)) {
		p->kind = PROMPT_NONE;
		return PROMPT_LEFT;
	}
	if (key == K_ENTER) {
		history_add(&p->history[p->kind], p->text);
		return PROMPT_DONE;
	}
	if (key == K_TAB) {
		complete(p, words, arg);
		return PROMPT_GOES_ON;
	}
	p->completing = false;
	edit(p, key);
	return PROMPT_GOES_ON;
}

/* The first byte to draw, so that the cursor is within `room` columns. */
static size_t first_shown(const struct prompt *p, struct arena *a, int room)
{
	size_t from = 0;

	while (from < p->at) {
		const char *part = arena_dup(a, p->text + from, p->at - from + 1);

		((char *)(uintptr_t)part)[p->at - from] = 0;
		if (text_width(part) < room)
			break;
		from = behind(p, from);
	}
	return from;
}

int prompt_draw_text(const struct prompt *p, struct canvas *cv, struct area a, enum role role)
{
	size_t from = first_shown(p, cv->arena, a.w > 1 ? a.w : 1);
	char *left = arena_strdup(cv->arena, p->text + from);
	int at, x;

	left[p->at - from] = 0;
	at = canvas_put(cv, a.x, a.y, role, left);
	x = canvas_put(cv, at, a.y, role, p->text + p->at);
	canvas_cursor(cv, at, a.y);
	return x;
}

int prompt_draw(const struct prompt *p, struct canvas *cv, int y, int room)
{
	int x = canvas_put(cv, 0, y, ROLE_HINT_KEY, " ");

	x = canvas_put(cv, x, y, ROLE_HINT_KEY, labels[p->kind]);
	return prompt_draw_text(p, cv, (struct area){ x, y, room - x, 1 }, ROLE_HINT);
}
