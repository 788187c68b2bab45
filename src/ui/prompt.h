/* The prompt: one line of text being typed, with history and completion. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/canvas.h"

enum prompt_kind {
	PROMPT_NONE, /* closed */
	PROMPT_COMMAND,
	PROMPT_SEARCH,
	PROMPT_FIND_ALL,
	PROMPT_FILTER,
	PROMPT_JUMP,
	PROMPT_WRITE,
	PROMPT_DIFF,
	PROMPT_QUIT, /* a question: one key answers */
	PROMPT_COUNT
};

enum prompt_result { PROMPT_GOES_ON, PROMPT_DONE, PROMPT_LEFT };

#define PROMPT_ROOM 512 /* bytes, with the terminator */
#define HISTORY_MAX 50

struct history {
	char *lines[HISTORY_MAX]; /* oldest first; owned */
	size_t count;
};

struct prompt {
	enum prompt_kind kind;
	char text[PROMPT_ROOM]; /* valid UTF-8 */
	size_t len, at;         /* in bytes; `at` on a code point */
	struct history history[PROMPT_COUNT];
	size_t recall;           /* line of history shown; == count: none */
	char typed[PROMPT_ROOM]; /* what was there before going into history */
	size_t stem, turn;       /* completion: its first bytes, and how many Tabs */
	bool completing;
};

/* The n-th thing that may stand in the prompt, in order; NULL past the last. */
typedef const char *(*prompt_words)(void *arg, size_t n);

void prompt_init(struct prompt *p);
void prompt_fini(struct prompt *p);
void prompt_open(struct prompt *p, enum prompt_kind kind, const char *text);
/* `words` may be NULL: Tab does nothing. While Tab goes through them they must stay the same. Done
 * keeps `text` and adds it to the history. */
enum prompt_result prompt_key(struct prompt *p, uint32_t key, prompt_words words, void *arg);
/* Draws label and text on row `y`, and puts the cursor; returns the column behind the text. */
int prompt_draw(const struct prompt *p, struct canvas *cv, int y, int room);
/* The text alone, in the line `a`. */
int prompt_draw_text(const struct prompt *p, struct canvas *cv, struct area a, enum role role);

#endif
