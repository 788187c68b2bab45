/* The terminal: the only place that knows curses. Keys in, canvases out, and whatever happens, the
 * user's terminal as it was. One at a time in a process. */
#ifndef UI_TERM_H
#define UI_TERM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ui/canvas.h"
#include "ui/theme.h"

struct term;

/* True if the locale (set from the environment by the first caller) writes UTF-8. */
bool term_utf8(void);

/* Takes over the terminal of standard output; keys come from standard input, or from /dev/tty when
 * that is no terminal. ERR_USAGE if there is no terminal, or a dumb one. Prints nothing before. */
MUST_USE struct err *term_open(struct term **out);
/* Gives it back. NULL-safe. */
void term_close(struct term *t);

/* How many colours: 0, 8, 16 or 256. */
int term_colors(const struct term *t);
void term_set_theme(struct term *t, const struct theme *theme);
void term_size(const struct term *t, int *w, int *h);

/* Descriptors to poll for reading: keys, and signals. */
int term_key_fd(const struct term *t);
int term_signal_fd(const struct term *t);

/* The next key that is waiting; K_NONE if none is. *gone: the terminal has hung up. */
uint32_t term_key(struct term *t, bool *gone);
/* True if C-c is among the keys that wait. It is taken out; the others stay. */
bool term_interrupted(struct term *t);

enum term_signal {
	TERM_RESIZED = 1 << 0,   /* ask term_size */
	TERM_CONTINUED = 1 << 1, /* someone had stopped us: paint all */
	TERM_STOP = 1 << 2,      /* someone asks us to stop: term_suspend */
};
/* What happened since the last call; bits of enum term_signal. */
int term_signals(struct term *t);

/* Shows `cv`; only what differs from before is sent. */
void term_show(struct term *t, const struct canvas *cv);
/* The next term_show paints everything. */
void term_repaint(struct term *t);
/* Stops this process, with the terminal given back meanwhile; returns when continued. */
void term_suspend(struct term *t);
/* Sends bytes past the screen: a control sequence of ours, never data of an image. */
void term_send(struct term *t, const char *text, size_t n);

#endif
