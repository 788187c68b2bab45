/* Writing a list to a file. Hits, changes, problems and regions are what a verb prints, too: as its
 * --json if the file is called .json, as its --csv if .csv; so are registers, which no verb lists.
 * Hits are always JSON, and any other list is the lines as text.
 *
 * The file is new and its owner's alone, for what is in memory may be secret, and there is none
 * until all of it is written. What one stops is written as far as it came. */
#include "ui/app.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/csv.h"
#include "base/heap.h"
#include "ops/export.h"
#include "view/diff_csv.h"
#include "view/diff_json.h"
#include "view/hit.h"
#include "view/lines_json.h"
#include "view/rows_hits.h"
#include "view/rows_regions.h"
#include "view/rows_registers.h"

#define LOOK_EVERY 256u /* lines between two looks at the keys */

enum form { FORM_TEXT, FORM_JSON, FORM_CSV };

/* What a list can be written as besides text. */
struct written {
	const char *const *columns;
	/* One line of it. */
	void (*json)(struct app *app, struct list *l, size_t line, struct out *o, struct arena *a);
	bool always; /* never text */
};

/* ---- as the verbs print them ---- */

static void json_of_hit(struct app *app, struct list *l, size_t line, struct out *o,
			struct arena *a)
{
	struct search_hit h;

	(void)app;
	if (rows_hits_at(l->pane.rows, line, &h))
		hit_json(&h, UINT64_MAX, o, a);
}

static void json_of_problem(struct app *app, struct list *l, size_t line, struct out *o,
			    struct arena *a)
{
	const struct problem *p = rows_problems_at(l->pane.rows, line);

	(void)a;
	if (p)
		problem_json(p, app->model->root->name, o);
}

static void json_of_region(struct app *app, struct list *l, size_t line, struct out *o,
			   struct arena *a)
{
	const struct region *r = rows_regions_at(l->pane.rows, line);
	struct page_tally t;

	(void)a;
	if (!r)
		return;
	t = aspace_count(app->space, r->start, r->end);
	region_json(app->space, r, &t, o);
}

static void json_of_register(struct app *app, struct list *l, size_t line, struct out *o,
			     struct arena *a)
{
	(void)app;
	rows_registers_json(l->pane.rows, line, o, a);
}

static const struct written hits = { hit_columns, json_of_hit, true };
static const struct written problems = { problem_columns, json_of_problem, false };
static const struct written regions = { region_columns, json_of_region, false };
static const struct written registers = { register_columns, json_of_register, false };
static const struct written *written_of(struct app *app, const struct list *l)
{
	return l == &app->hits       ? &hits
	       : l == &app->problems ? &problems
	       : l == &app->regions  ? &regions
	       : l == &app->regs     ? &registers
				     : NULL;
}

/* ---- changes ---- */

/* Not line by line, for a memory's line stands for many pages. */
struct change_form {
	void (*head)(struct out *);
	void (*change)(const struct diff *, const struct change *, struct out *);
	void (*pages)(const struct diff *, size_t, struct out *);
};

static const struct change_form change_forms[] = {
	[FORM_JSON] = { NULL, diff_change_json, diff_pages_json },
	[FORM_CSV] = { diff_csv_head, diff_change_csv, diff_pages_csv },
};

/* All of them. How many changes and pages were written; *all: there was time for all of them. */
static size_t write_changes(struct app *app, enum form as, struct out *o, bool *all)
{
	const struct change_form *form = &change_forms[as];
	const struct diff *d = app_diff_of(app);
	const struct change *c;
	size_t n = 0, written = 0;

	if (form->head)
		form->head(o);
	for (; (c = diff_at(d, n)) && !o->errnum; n++) {
		if (n % LOOK_EVERY == 0 && app_stop(app))
			break;
		if (c->what == DIFF_MEMORY) {
			form->pages(d, n, o);
			written += diff_pages(d, n);
		} else if (!c->loose && diff_how_of(c) != DIFF_EQUAL) {
			form->change(d, c, o);
			written++;
		}
	}
	*all = !c;
	return written;
}

/* ---- lines ---- */

static void write_text(struct list *l, size_t line, struct out *o, struct arena *a)
{
	struct row row;

	rows_line(l->pane.rows, line, a, &row);
	for (int i = 0; i < row.depth; i++)
		out_str(o, "  ");
	if (row.mark) {
		out_add(o, &row.mark, 1);
		out_str(o, " ");
	}
	out_str(o, row_text(&row, a));
	out_str(o, "\n");
}

/* The lines that are shown; `w` NULL: as text. How many were written; *all as above. */
static size_t write_lines(struct app *app, struct list *l, const struct written *w, struct out *o,
			  bool *all)
{
	struct arena a;
	size_t n = 0, count = list_count(l);

	arena_init(&a);
	for (; n < count && !o->errnum; n++) {
		size_t line = l->filter ? l->shown[n] : n;

		if (n % LOOK_EVERY == 0 && app_stop(app))
			break;
		if (w)
			w->json(app, l, line, o, &a);
		else
			write_text(l, line, o, &a);
		arena_reset(&a);
	}
	arena_fini(&a);
	*all = n == count;
	return n;
}

static size_t write_csv(struct app *app, struct list *l, const struct written *w, struct out *to,
			bool *all)
{
	struct out *o = heap_must(malloc(sizeof(*o)));
	struct csv csv;
	size_t n;

	csv_init(&csv, to, w->columns);
	out_init_take(o, csv_take, &csv);
	n = write_lines(app, l, w, o, all);
	out_flush(o);
	csv_fini(&csv);
	free(o);
	return n;
}

/* ---- the file ---- */

/* "~/x" as a shell has it. */
static const char *in_home(const char *path, struct arena *a)
{
	const char *home = getenv("HOME");

	return path[0] == '~' && path[1] == '/' && home ? arena_printf(a, "%s%s", home, path + 1)
							: path;
}

static enum form form_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && !strcmp(dot, ".csv")    ? FORM_CSV
	       : dot && !strcmp(dot, ".json") ? FORM_JSON
					      : FORM_TEXT;
}

static void report(struct app *app, size_t n, bool all, const char *what, const char *path)
{
	app_say(app, all ? ROLE_HINT : ROLE_WARNING, "%s%zu %s%s written to %s",
		all ? "" : "stopped: ", n, what, n == 1 ? "" : "s", path);
}

static void write_to(struct app *app, struct list *l, enum form form, const char *path)
{
	const struct written *w = written_of(app, l);
	bool all, changes = form != FORM_TEXT && app_diff_of(app) && l == app_diff_changes(app);
	struct stat st;
	struct sink *s;
	struct err *err;
	size_t n;

	if (form != FORM_TEXT && !w && !changes) {
		app_say(app, ROLE_HINT, "this list is written as text only, not as %s",
			strrchr(path, '.'));
		return;
	}
	if (!lstat(path, &st)) {
		app_say(app, ROLE_ERROR, "%s is there already: nothing is written over", path);
		return;
	}
	err = sink_open(path, false, 0, &s);
	if (!err) {
		struct out *o = sink_out(s);

		n = changes             ? write_changes(app, form, o, &all)
		    : form == FORM_CSV  ? write_csv(app, l, w, o, &all)
		    : form == FORM_JSON ? write_lines(app, l, w, o, &all)
					: write_lines(app, l, w && w->always ? w : NULL, o, &all);
		err = sink_commit(s);
	}
	if (err)
		app_say(app, ROLE_ERROR, "%s", err->text);
	else
		report(app, n, all, changes ? "change" : "line", path);
	err_free(err);
}

void app_write(struct app *app, const char *path)
{
	struct list *l = pane_list(app_pane(app));

	if (app->view == VIEW_HITS && !app->helping)
		l = &app->hits;
	if (app->view == VIEW_DIFF && !app->helping && app_diff_of(app))
		l = app_diff_changes(app);
	if (!l) {
		app_say(app, ROLE_HINT, "only lists are written: hits, problems, registers ...");
		return;
	}
	path = in_home(path, &app->scratch);
	write_to(app, l, form_of(path), path);
}
