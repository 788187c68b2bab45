/* The parts of the export dialog: app_export.c (keys and the box), app_export_offers.c (what is at
 * hand), app_export_run.c (writing it while one looks on). */
#ifndef UI_APP_EXPORT_H
#define UI_APP_EXPORT_H

#include "ops/export.h"
#include "ui/app.h"

#define WHATS 8
#define FORMATS 8

enum tick { TICK_SKIP, TICK_SPARSE, TICK_PRETTY, TICK_PROVENANCE, TICK_FORCE, TICKS };

struct offer {
	struct export_what what;
	const char *label;
	const char *location; /* as `export` on the command line takes it */
};

struct exporting {
	bool open, running;
	bool picked;        /* the format was: others do not replace it */
	bool told;          /* another name was typed: none is suggested any more */
	struct arena arena; /* of offers and of what is written */
	struct offer offers[WHATS];
	const struct exporter *formats[FORMATS];
	enum tick shown[TICKS]; /* those that mean something for the format */
	size_t offer_count, format_count, tick_count;
	size_t offer, format; /* chosen */
	size_t line;          /* of the dialog: offers, formats, ticks, the file */
	bool ticks[TICKS];
	struct prompt prompt; /* the file's name */

	struct worker *worker;
	struct job job;
	atomic_bool done;
	struct export_file file;
	struct err *err;
	char path[PROMPT_ROOM];
};

/* Fills in what may be written from where one stands. */
void export_offer_all(struct app *app, struct exporting *x);
/* Begins to write what was chosen; false: it cannot, and that was said. */
bool export_start(struct app *app, struct exporting *x);
struct export_options export_options_of(const struct exporting *x);

#endif
