/* Layout: which panes are on the screen, and where. Proportions, so that a new size is only a new
 * calculation. */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>

#include "ui/canvas.h"

enum slot {
	SLOT_MAIN, /* the tree, or the list of another view */
	SLOT_FIELDS,
	SLOT_BYTES,
	SLOT_COUNT
};

enum layout_mode { LAYOUT_THREE, LAYOUT_MAIN_BYTES, LAYOUT_FIELDS_BYTES, LAYOUT_ONE, LAYOUT_COUNT };

/* Below these the screen shows one pane only, or nothing but a message. */
#define LAYOUT_MIN_W 60
#define LAYOUT_MIN_H 16
#define LAYOUT_WIDE_W 120 /* from here on there is room for all */
#define LAYOUT_TINY_W 20
#define LAYOUT_TINY_H 5

/* Whether the inspector is shown. */
enum aside { ASIDE_IF_ROOM, ASIDE_SHOWN, ASIDE_HIDDEN };

struct arrangement {
	enum layout_mode mode;
	enum slot focus;
	bool zoomed;
	bool wide_main;  /* the main pane takes the fields' room, too */
	bool main_alone; /* and that of the bytes */
	bool records; /* the main pane is a table: all of a narrow screen but for focused fields */
	bool wide_list; /* the main pane takes more than half, beside the fields */
	bool memory;    /* the fields (an inspector) stand right of the bytes */
	enum aside aside;
	int main_shift;  /* columns added to the main pane by hand */
	int bytes_shift; /* rows added to the bytes pane by hand */
};

struct places {
	bool tiny;                     /* too small for anything */
	struct area slots[SLOT_COUNT]; /* borders included; empty: not shown */
	struct area title, status, hint;
};

/* Places everything on a screen of `w` by `h`. The focused slot always gets a place: if the mode
 * hides it, the focus is what is shown alone. */
void layout_place(const struct arrangement *st, int w, int h, struct places *out);
/* The shown slot after (`step` 1) or before (-1) the focus; where one is shown alone, the one that
 * would be next. */
enum slot layout_cycle(const struct arrangement *st, const struct places *lay, int step);
/* The shown slot in a direction (dx, dy: -1, 0, 1); the focus itself if there is none. */
enum slot layout_toward(const struct places *lay, enum slot focus, int dx, int dy);
/* True if the mode shows the slot on a screen with room. */
bool layout_shows(const struct arrangement *st, enum slot slot);

#endif
