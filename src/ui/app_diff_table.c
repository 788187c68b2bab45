/* Below the changes, where there is room: which process changed how much. Counted when the list of
 * changes is made anew, and only then. */
#include "ui/app_diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_WIDTH 62 /* columns it needs */
#define TABLE_HEIGHT 20
#define ROWS_SHOWN 6

static struct diff_process *row_of(struct differ *d, const struct change *c)
{
	for (size_t n = d->process_count; n-- > 0;)
		if (d->processes[n].pid == c->pid)
			return &d->processes[n];
	if (c->what != DIFF_THING || strcmp(c->kind, "process") != 0 ||
	    d->process_count == DIFF_PROCESSES)
		return NULL;
	d->processes[d->process_count] = (struct diff_process){ .pid = c->pid, .title = c->title };
	return &d->processes[d->process_count++];
}

static void count_thing(struct diff_process *p, const struct change *c)
{
	unsigned *at = !strcmp(c->kind, "fd")       ? p->fds
		       : !strcmp(c->kind, "thread") ? p->threads
						    : NULL;

	if (at && c->how == DIFF_ADDED)
		at[0]++;
	if (at && c->how == DIFF_REMOVED)
		at[1]++;
}

static uint64_t weight(const struct diff_process *p)
{
	return p->changed + p->added + p->removed;
}

static int heaviest_first(const void *a, const void *b)
{
	const struct diff_process *x = a, *y = b;

	if (weight(x) != weight(y))
		return weight(x) < weight(y) ? 1 : -1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

void app_diff_count(struct app *app)
{
	struct differ *d = app->differ;
	const struct change *c;

	d->process_count = 0;
	for (size_t n = 0; d->diff && (c = diff_at(d->diff, n)) != NULL; n++) {
		struct diff_process *p = c->pid == UINT64_MAX ? NULL : row_of(d, c);
		struct memory_tally t;

		if (!p)
			continue;
		count_thing(p, c);
		if (c->what != DIFF_MEMORY)
			continue;
		t = diff_tally(d->diff, n);
		p->changed += t.changed;
		p->added += d->swapped ? t.removed : t.added;
		p->removed += d->swapped ? t.added : t.removed;
	}
	qsort(d->processes, d->process_count, sizeof(d->processes[0]), heaviest_first);
}

/* "+1-2" */
static const char *both_text(const unsigned n[2], bool swapped, struct arena *a)
{
	unsigned more = n[swapped], less = n[!swapped];

	return !more && !less ? "0"
			      : arena_printf(a, "%s%s", more ? arena_printf(a, "+%u", more) : "",
					     less ? arena_printf(a, "-%u", less) : "");
}

static void put_process(struct app *app, struct area a, const struct diff_process *p)
{
	struct arena *f = &app->frame;
	bool swapped = app->differ->swapped;
	const char *text =
		arena_printf(f, "%10s %8s %8s %5s %8s", text_uint(p->changed, f),
			     text_uint(p->added, f), text_uint(p->removed, f),
			     both_text(p->fds, swapped, f), both_text(p->threads, swapped, f));

	canvas_put_cut(&app->canvas, a.x + 1, a.y, ROLE_NORMAL,
		       arena_printf(f, "%7" PRIu64 " %s", p->pid, p->title), a.w - 45);
	canvas_put(&app->canvas, a.x + a.w - 44, a.y, weight(p) ? ROLE_CHANGED : ROLE_DIM, text);
}

int app_diff_table(struct app *app, struct area in)
{
	const struct differ *d = app->differ;
	int rows = d->process_count < ROWS_SHOWN ? (int)d->process_count : ROWS_SHOWN;
	struct area line = { in.x, in.y + in.h - rows - 2, in.w, 1 };

	if (!rows || in.w < TABLE_WIDTH || in.h < TABLE_HEIGHT)
		return 0;
	canvas_put_cut(&app->canvas, in.x + 1, line.y++, ROLE_DIM,
		       "+ only in B  - only in A  ~ differs  = equal", in.w - 1);
	canvas_put(&app->canvas, in.x + 1, line.y, ROLE_FIELD, "by process");
	canvas_put(&app->canvas, in.x + in.w - 44, line.y++, ROLE_FIELD,
		   "   pages ~      new     gone   fds  threads");
	for (int i = 0; i < rows; i++, line.y++)
		put_process(app, line, &d->processes[i]);
	return rows + 2;
}
