/* A canvas: a grid of cells, each one code point and the role it is drawn in. Panes draw here;
 * term.c shows it; tests read it as text. Nothing outside the clip area is ever written. */
#ifndef UI_CANVAS_H
#define UI_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/out.h"
#include "view/rows.h"

/* Columns and rows, from the upper left corner. */
struct area {
	int x, y, w, h;
};

struct glyph {
	uint32_t cp;
	uint8_t role;
	uint8_t width; /* 1 or 2; 0: the right half of the wide one before it */
};

struct canvas {
	int w, h;
	struct glyph *cells;    /* w * h */
	struct area clip;       /* where drawing may happen */
	bool ascii;             /* spell all beyond ASCII */
	struct arena *arena;    /* for that spelling; the frame's */
	int cursor_x, cursor_y; /* of the hardware cursor; -1: hidden */
};

void canvas_init(struct canvas *cv, struct arena *frame, bool ascii);
void canvas_fini(struct canvas *cv);
/* A new size; content is lost. At most 1000 by 1000. */
void canvas_resize(struct canvas *cv, int w, int h);
/* All blank, clip everything, cursor hidden. */
void canvas_clear(struct canvas *cv);

struct area area_inside(struct area a);
bool area_empty(struct area a);

/* Limits drawing to `a` (cut to the canvas). Returns what it was before. */
struct area canvas_clip(struct canvas *cv, struct area a);
void canvas_fill(struct canvas *cv, struct area a, enum role role, uint32_t cp);
/* Draws cleaned UTF-8. Returns the column behind it, clipped or not. */
int canvas_put(struct canvas *cv, int x, int y, enum role role, const char *text);
/* The same, at most `room` columns: longer text ends in an ellipsis ("~" in ASCII): a cut word must
 * not look whole. */
int canvas_put_cut(struct canvas *cv, int x, int y, enum role role, const char *text, int room);
/* Changes the role of what is there. */
void canvas_tint(struct canvas *cv, struct area a, enum role role);
void canvas_box(struct canvas *cv, struct area a, enum role role);
void canvas_cursor(struct canvas *cv, int x, int y);

/* The text, a line each, trailing blanks dropped. */
void canvas_dump(const struct canvas *cv, struct out *o);
/* The roles, a letter each, in the same shape: for tests of what is lit. */
void canvas_dump_roles(const struct canvas *cv, struct out *o);
/* The code point as UTF-8 in `buf`, terminated. Returns its length. */
int glyph_utf8(uint32_t cp, char buf[5]);

#endif
