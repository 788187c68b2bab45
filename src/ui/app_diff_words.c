/* What the diff view says of itself: titles and the status line. "A" and "B" are as the eye has
 * them. */
#include "ui/app_diff.h"

#include <inttypes.h>
#include <string.h>

#include "view/rows_hits.h"

static const char *last_part(const char *path)
{
	size_t len = strlen(path), at = len;

	while (at > 0 && path[at - 1] == '/')
		at--;
	while (at > 0 && path[at - 1] != '/')
		at--;
	return path + at;
}

/* Of the side as the eye has it. */
static const char *name_of(struct app *app, int side)
{
	const struct differ *d = app->differ;
	const struct model *m = differ_model(d, (unsigned)side);

	return m ? m->name : d->path;
}

const char *differ_short_name(struct app *app, int side, struct arena *a)
{
	return last_part(text_clean_str(name_of(app, side), a));
}

/* "A monday.tar  B tuesday.tar" */
const char *app_diff_title(struct app *app)
{
	struct arena *a = &app->frame;
	struct differ *d = app->differ;

	const struct match *m = d->diff ? &d->shown : &d->asked;

	if (m->models[0] == m->models[1])
		return arena_printf(a, "%s  A %s  B %s", m->models[0]->name, m->who[d->swapped],
				    m->who[!d->swapped]);
	return arena_printf(a, "A %s  B %s", differ_short_name(app, 0, a),
			    differ_short_name(app, 1, a));
}

/* "[A] pid 7  rw-p [heap]": in brackets the side that has the keys. */
static const char *side_title(struct app *app, unsigned i)
{
	struct differ *d = app->differ;
	const struct hex *h = &d->twin.sides[i];
	struct arena *a = &app->frame;
	const char *side = d->twin.active == i ? i ? "[B]" : "[A]" : i ? " B " : " A ";
	const struct region *r;

	if (!d->spaces[i])
		return arena_printf(a, "%s %s ", side,
				    d->nodes[i].item ? node_path(d->nodes[i], a) : "");
	r = h->size ? aspace_region(d->spaces[i], h->cursor) : NULL;
	return arena_printf(a, "%s %s  %s %s ", side, d->spaces[i]->name, r ? r->prot : "",
			    r ? (*r->name ? r->name : "anon") : "(not mapped)");
}

void app_diff_begin_frame(struct app *app)
{
	struct differ *d = app->differ;
	const struct page_change *page = differ_page(d);
	uint64_t bytes = page && page->how == DIFF_CHANGED ? page->bytes : 0;
	int room = app->places.slots[SLOT_FIELDS].w - 3;

	for (unsigned i = 0; i < 2; i++)
		d->twin.titles[i] = side_title(app, i);
	d->twin.foot = bytes ? arena_printf(&app->frame, " %s byte%s ",
					    text_uint(bytes, &app->frame), bytes == 1 ? "" : "s")
			     : "";
	rows_hits_sides(app->hits.pane.rows, d->diff ? differ_model(d, 0) : NULL,
			d->diff ? differ_model(d, 1) : NULL);
	rows_pair_room(d->pairs.pane.rows, room > 10 ? room : 10);
}

const char *app_diff_list_title(struct app *app)
{
	struct differ *d = app->differ;
	struct arena *a = &app->frame;

	return arena_printf(a, "%s%s%s", d->hide_equal ? "  without equal" : "",
			    d->only_pages ? "  only pages" : "", d->content ? "  moved pages" : "");
}

/* "pid 7  VA 0x7f6d25c2a3e0  9 bytes differ" */
static const char *place_text(struct app *app, const struct change *c)
{
	struct differ *d = app->differ;
	const struct page_change *page = differ_page(d);
	const struct hex *h = &d->twin.sides[d->twin.active];
	const struct aspace *as = d->spaces[d->twin.active];
	struct arena *a = &app->frame;
	const char *what = "";

	if (app->arrangement.focus == SLOT_FIELDS)
		return rows_pair_text(d->pairs.pane.rows, d->pairs.cursor, a);
	if (page && page->how == DIFF_CHANGED)
		what = arena_printf(a, "%s byte%s differ%s", text_uint(page->bytes, a),
				    page->bytes == 1 ? "" : "s", page->bytes == 1 ? "s" : "");
	else if (page)
		what = diff_how_name(diff_how_seen((enum diff_how)page->how, d->swapped));
	if (as && h->size)
		return arena_printf(a, "%s  %s 0x%" PRIx64 "  %s", as->name,
				    as->kind == ASPACE_FRAMES ? "PA" : "VA", h->cursor, what);
	return arena_printf(a, "%s %s  %s", c->kind, c->key,
			    strcmp(c->title, c->key) ? c->title : "");
}

const char *app_diff_status(struct app *app)
{
	struct differ *d = app->differ;
	const struct change *c = differ_change(d);
	struct arena *a = &app->frame;
	uint64_t at, total;

	if (!c)
		return differ_phase_text(d);
	at = rows_diff_ordinal(d->changes.pane.rows, d->spot, &total);
	return arena_printf(a, "change %s/%s%s  %s",
			    at && rows_diff_is_one(d->changes.pane.rows, d->spot) ? text_uint(at, a)
										  : "-",
			    text_uint(total, a), app_diff_busy(app) || d->stopped ? "+" : "",
			    place_text(app, c));
}

const char *app_diff_state(struct app *app)
{
	const struct differ *d = app->differ;
	struct arena *a = &app->frame;

	if (d->phase == DIFF_READS)
		return arena_printf(a, "comparing %d%% ", app_diff_percent(app));
	if (app_diff_busy(app))
		return arena_printf(a, "%s ", differ_phase_text(d));
	if (d->stopped)
		return arena_printf(a, "stopped at %d%% ", d->percent);
	return d->twin.apart ? "A|B apart " : "A|B in step ";
}
