/* Themes: a colour and attributes for every role. Code says roles; only a theme says colours.
 *
 * A theme file has lines `role = FG BG ATTRS...`; see themes/default.theme, which documents every
 * role. What a file leaves out stays as in the built-in default. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "view/rows.h"

enum style_attr {
	STYLE_BOLD = 1 << 0,
	STYLE_DIM = 1 << 1,
	STYLE_UNDERLINE = 1 << 2,
	STYLE_REVERSE = 1 << 3,
	STYLE_ITALIC = 1 << 4,
};

#define COLOR_USUAL (-1) /* the terminal's own */

struct style {
	int16_t fg, bg; /* COLOR_USUAL; 0-7, 8-15 the bright ones; up to 255 */
	uint8_t attrs;  /* enum style_attr */
};

struct theme {
	struct style roles[ROLE_COUNT];
};

/* The built-in ones, by name: "default" or "mono". False: no such name. */
bool theme_builtin(const char *name, struct theme *out);
/* Reads the text of a theme over what is in `t`. `name` is for messages: "NAME:12: ...". On an
 * error `t` holds what was read so far. */
MUST_USE struct err *theme_parse(struct bytes text, const char *name, struct theme *t);
/* A theme by name ($XDG_CONFIG_HOME/cryoscope/themes, DATADIR/themes, the built-in ones), or the
 * file itself if `name` has a slash. */
MUST_USE struct err *theme_load(const char *name, struct theme *t);
/* What can be shown of `s` with so many colours (0, 8, 16, 256): bright ones become bold, bright
 * black becomes dim, others are dropped. */
struct style style_reduce(struct style s, int colors);

#endif
