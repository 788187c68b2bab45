/* The browser: a model in three linked panes, in a terminal or, for tests, on paper. */
#ifndef UI_UI_H
#define UI_UI_H

#include <stdbool.h>

#include "core/model.h"

enum ui_color { UI_COLOR_AUTO, UI_COLOR_ALWAYS, UI_COLOR_NEVER };

/* What the command line may say about the screen. All zero: the usual. */
struct ui_options {
	const char *theme;   /* --theme NAME or FILE; NULL: "default" */
	enum ui_color color; /* --color; auto also obeys NO_COLOR */
	bool ascii;          /* --ascii, even where the locale is UTF-8 */
	const char *go;      /* -g LOCATION: where to start; NULL: the top */
	const char *script;  /* --script FILE ("-": standard input): keys to press, no terminal */
	const char *size;    /* --size 80x24: the screen of a script; NULL: 80x24 */
	const char *second;  /* SOURCE-B: begin with the differences from it; NULL */
	/* Opens another source, to compare with, in any thread; `job` may stop it. NULL: cannot. */
	struct err *(*open)(void *arg, const char *path, struct job *job, struct model **out);
	void *open_arg;
};

/* Shows `m` until the user leaves. `m` must be open and not yet indexed: the browser starts the
 * worker (m->worker) and stops it. Returns the exit status: 0, or 2 with a message on standard
 * error (no terminal, a wrong theme, size or script). */
int ui_run(struct model *m, const struct ui_options *opt);

/* What is to be opened, by `open`, which runs in a thread of its own: `job` counts what it does and
 * may stop it. */
struct ui_source {
	const char *name; /* as the user gave it */
	struct err *(*open)(void *arg, struct job *job, struct model **out);
	void *arg;
};

/* Opens a source for ui_run. If that takes longer than a blink the screen says how far it is, and
 * keys may end it (ERR_CANCELLED). */
MUST_USE struct err *ui_open(const struct ui_source *from, const struct ui_options *opt,
			     struct model **out);

/* A part of the manual made from the tables: "keys", "keys-list", "keys-bytes", "keys-diff",
 * "actions". False: no such part. */
bool ui_docs(const char *part, struct out *o);

#endif
