/* Writing a list to a file: hits as `find --json` prints them, changes as `diff --json` does, or as
 * a table, if the file is called so (.json, .csv), else, and of other lists, the lines as text. The
 * file is new, and its owner's alone: what is in memory may be secret. */
#include "ui/app.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "view/diff_csv.h"
#include "view/diff_json.h"
#include "view/hit.h"
#include "view/rows_hits.h"

#define LOOK_EVERY 256u /* lines between two looks at the keys */

/* "~/x" as a shell has it. */
static const char *in_home(const char *path, struct arena *a)
{
	const char *home = getenv("HOME");

	return path[0] == '~' && path[1] == '/' && home ? arena_printf(a, "%s%s", home, path + 1)
							: path;
}

static void write_line(struct app *app, struct list *l, size_t line, struct out *o, struct arena *a)
{
	struct search_hit h;
	struct row row;

	if (l == &app->hits && rows_hits_at(l->pane.rows, line, &h)) {
		hit_json(&h, UINT64_MAX, o, a);
		return;
	}
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

/* The lines that are shown. How many were written; *all: there was time for all of them. */
static size_t write_lines(struct app *app, struct list *l, struct out *o, bool *all)
{
	struct arena a;
	size_t n = 0, count = list_count(l);

	arena_init(&a);
	for (; n < count && !o->errnum; n++) {
		if (n % LOOK_EVERY == 0 && app_stop(app))
			break;
		write_line(app, l, l->filter ? l->shown[n] : n, o, &a);
		arena_reset(&a);
	}
	arena_fini(&a);
	*all = n == count;
	return n;
}

/* How changes are written to a file of that name; of others the lines as they are shown. */
static const struct change_form {
	const char *end;
	void (*head)(struct out *);
	void (*change)(const struct diff *, const struct change *, struct out *);
	void (*pages)(const struct diff *, size_t, struct out *);
} change_forms[] = {
	{ ".json", NULL, diff_change_json, diff_pages_json },
	{ ".csv", diff_csv_head, diff_change_csv, diff_pages_csv },
};

/* As write_lines: of changes and pages. */
static size_t write_changes(struct app *app, const struct change_form *form, struct out *o,
			    bool *all)
{
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

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

static const struct change_form *form_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(change_forms); i++)
		if (ends_in(path, change_forms[i].end))
			return &change_forms[i];
	return NULL;
}

static void report(struct app *app, size_t n, bool all, const char *what, const char *path)
{
	app_say(app, all ? ROLE_HINT : ROLE_WARNING, "%s%zu %s%s written to %s",
		all ? "" : "stopped: ", n, what, n == 1 ? "" : "s", path);
}

void app_write(struct app *app, const char *path)
{
	struct list *l = pane_list(app_pane(app));
	bool changes = app->view == VIEW_DIFF && !app->helping && app_diff_of(app);
	const struct change_form *form = changes ? form_of(path) : NULL;
	struct out *o;
	size_t n;
	bool all;
	int fd;

	if (app->view == VIEW_HITS && !app->helping)
		l = &app->hits;
	if (changes)
		l = app_diff_changes(app);
	if (!l) {
		app_say(app, ROLE_HINT, "only lists are written: hits, problems, registers ...");
		return;
	}
	path = in_home(path, &app->scratch);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		app_say(app, ROLE_ERROR, "%s: %s", path,
			errno == EEXIST ? "is there already: nothing is written over"
					: strerror(errno));
		return;
	}
	o = heap_must(malloc(sizeof(*o)));
	out_init(o, fd);
	n = form ? write_changes(app, form, o, &all) : write_lines(app, l, o, &all);
	out_flush(o);
	if (close(fd) != 0 && !o->errnum)
		o->errnum = errno;
	if (o->errnum) {
		/* Half a list must not look whole. */
		unlink(path);
		app_say(app, ROLE_ERROR, "%s: %s", path, strerror(o->errnum));
	} else {
		report(app, n, all, form ? "change" : "line", path);
	}
	free(o);
}
