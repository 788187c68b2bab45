/* The diff view: the list of changes says which place, the fields and the bytes of both sides
 * follow it. What one stands on is a spot: a change, or a page of one.
 *
 *	changes -> both fields, both bytes, the cursor on the first byte that differs
 *	bytes   -> in step with each other; the list stays
 *
 * "A" and "B" here are as the eye has them: a swap exchanges them. */
#include "ui/app_diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "view/rows_pages.h"

const struct key_bind app_diff_keys[] = {
	{ { "]", "F6" }, ACT_DIFF_NEXT }, { { "[", "S-F6" }, ACT_DIFF_PREV },
	{ { "=" }, ACT_DIFF_EQUAL },      { { "o" }, ACT_DIFF_PAGES },
	{ { "s" }, ACT_DIFF_SWAP },       { { "z" }, ACT_DIFF_LOCK },
	{ { "c" }, ACT_DIFF_CONTENT },    { { NULL }, ACT_NONE },
};

struct pane *app_diff_pane(struct app *app, enum slot slot)
{
	struct differ *d = app->differ;

	if (slot == SLOT_BYTES)
		return &d->twin.pane;
	if (slot == SLOT_FIELDS)
		return &d->pairs.pane;
	return d->mapped ? &d->map.pane : &d->changes.pane;
}

struct list *app_diff_list(struct app *app)
{
	return app->differ->mapped ? NULL : &app->differ->changes;
}

struct list *app_diff_changes(struct app *app)
{
	return &app->differ->changes;
}

const struct diff *app_diff_of(const struct app *app)
{
	return app->differ->diff;
}

struct pane *app_diff_side(struct app *app)
{
	struct twin *t = &app->differ->twin;

	return &t->sides[t->active].pane;
}

const struct keymap *app_diff_keymap(const struct app *app)
{
	return &app->differ->keymap;
}

/* ---- whose sides ---- */

struct model *differ_model(const struct differ *d, unsigned side)
{
	const struct match *m = d->diff ? &d->shown : &d->asked;

	return m->models[side ^ d->swapped];
}

void differ_stand(struct app *app)
{
	const struct differ *d = app->differ;

	if (app->view == VIEW_DIFF && d->diff)
		app_stand(app, differ_model(d, d->twin.active));
}

char app_diff_letter(const struct app *app)
{
	const struct differ *d = app->differ;
	bool in_a = d->diff && app->model == differ_model(d, 0);
	bool in_b = d->diff && app->model == differ_model(d, 1);

	return in_a == in_b ? 0 : in_a ? 'A' : 'B';
}

/* ---- what a spot stands for ---- */

const struct change *differ_change(const struct differ *d)
{
	return d->diff && d->spot.change != DIFF_TOP ? diff_at(d->diff, d->spot.change) : NULL;
}

const struct page_change *differ_page(const struct differ *d)
{
	return d->diff && d->spot.change != DIFF_TOP && d->spot.page != DIFF_NO_PAGE
		       ? diff_page(d->diff, d->spot.change, d->spot.page)
		       : NULL;
}

uint32_t differ_memory_below(const struct differ *d, uint32_t n)
{
	const struct change *c;

	for (uint32_t i = n + 1;
	     (c = diff_at(d->diff, i)) && c->parent != DIFF_TOP && c->parent >= n && n != DIFF_TOP;
	     i++)
		if (c->what == DIFF_MEMORY && c->parent == n)
			return i;
	return DIFF_TOP;
}

void differ_show_memory(struct differ *d, const struct change *c, uint64_t at_a, uint64_t at_b)
{
	uint64_t addrs[2] = { d->swapped ? at_b : at_a, d->swapped ? at_a : at_b };

	d->spaces[d->swapped] = c->space_a;
	d->spaces[!d->swapped] = c->space_b;
	twin_show_spaces(&d->twin, d->spaces, addrs);
}

static void show_page(struct differ *d, const struct change *c, const struct page_change *page)
{
	uint64_t start = page->moved ? page->other : page->addr, at;
	uint64_t size = (c->space_b ? c->space_b : c->space_a)->page;

	differ_show_memory(d, c, start, page->addr);
	if (d->swapped)
		start = page->addr;
	at = twin_difference(&d->twin, start, start + size, false);
	if (at != UINT64_MAX)
		twin_go(&d->twin, at);
	/* Only one side has it: that one is to be moved in. */
	if (page->how != DIFF_CHANGED && !page->moved)
		d->twin.active = (page->how == DIFF_ADDED) != d->swapped;
}

/* The first page of a memory that differs at or behind an address. */
static bool show_first_page(struct differ *d, uint32_t memory, uint64_t from, uint64_t to)
{
	const struct page_change *page;
	size_t n;

	if (memory == DIFF_TOP || !diff_done(d->diff))
		return false;
	n = diff_page_find(d->diff, memory, from);
	page = n < diff_pages(d->diff, memory) ? diff_page(d->diff, memory, n) : NULL;
	if (!page || page->addr >= to)
		return false;
	show_page(d, diff_at(d->diff, memory), page);
	return true;
}

static void show_region(struct differ *d, const struct change *c)
{
	uint64_t at_b = c->number, at_a = c->a ? strtoull(c->a, NULL, 16) : at_b;
	const struct aspace *as = c->b ? c->space_b : c->space_a;
	const struct region *r = as ? aspace_region(as, at_b) : NULL;

	if (r && show_first_page(d, differ_memory_below(d, c->parent), r->start, r->end))
		return;
	differ_show_memory(d, c, c->a && c->b ? at_b : at_a, at_b);
}

static void show_records(struct differ *d, const struct change *c)
{
	struct source *sources[2] = { NULL, NULL };
	struct span spans[2] = { { 0, 0 }, { 0, 0 } };
	const char *names[2] = { "", "" };

	d->nodes[d->swapped] = c->node_a;
	d->nodes[!d->swapped] = c->node_b;
	for (int i = 0; i < 2; i++) {
		struct item *it = d->nodes[i].item;

		if (!it)
			continue;
		item_index(it, true);
		sources[i] = atomic_load(&it->source);
		spans[i] = sources[i] ? span_clip(node_span(d->nodes[i]), source_size(sources[i]))
				      : spans[i];
		names[i] = it->name;
	}
	twin_show_spans(&d->twin, sources, spans, names);
}

static void show_bytes(struct differ *d, const struct change *c)
{
	const struct page_change *page = differ_page(d);
	uint32_t n = d->spot.change;

	d->spaces[0] = d->spaces[1] = NULL;
	d->nodes[0].item = d->nodes[1].item = NULL;
	if (c->what == DIFF_FIELD && c->parent != DIFF_TOP) {
		n = c->parent;
		c = diff_at(d->diff, n);
	}
	if (page)
		show_page(d, c, page);
	else if (c->what == DIFF_VMA)
		show_region(d, c);
	else if (show_first_page(d, c->what == DIFF_MEMORY ? n : differ_memory_below(d, n), 0,
				 UINT64_MAX))
		return;
	else if (c->what != DIFF_MEMORY)
		show_records(d, c);
}

/* ---- showing a spot ---- */

static void show_map(struct differ *d, const struct change *c)
{
	struct aspace *as = c && (c->what == DIFF_MEMORY || c->what == DIFF_VMA)
				    ? (c->space_b ? c->space_b : c->space_a)
				    : NULL;
	uint32_t memory = !c                       ? DIFF_TOP
			  : c->what == DIFF_MEMORY ? d->spot.change
						   : differ_memory_below(d, c->parent);
	const struct page_change *page = differ_page(d);

	if (!as || memory == DIFF_TOP)
		return;
	if (as != d->map.space)
		map_set(&d->map, as);
	rows_pages_diff(d->map.pane.rows, d->diff, memory);
	if (page)
		map_go(&d->map, page->addr);
}

void differ_show(struct app *app)
{
	struct differ *d = app->differ;
	const struct change *c = differ_change(d);

	rows_pair_set(d->pairs.pane.rows, d->diff, d->spot, d->swapped);
	d->pairs.cursor = d->pairs.top = 0;
	list_filter(&d->pairs, NULL);
	if (!c) {
		twin_blank(&d->twin);
		return;
	}
	if (c->what == DIFF_FIELD)
		list_go(&d->pairs, rows_pair_line(d->pairs.pane.rows, c->key));
	show_bytes(d, c);
	show_map(d, c);
	differ_stand(app);
}

static bool same_place(struct diff_spot a, struct diff_spot b)
{
	return a.change == b.change && a.page == b.page;
}

static void moved_list(struct app *app)
{
	struct differ *d = app->differ;
	struct diff_spot spot;

	if (!rows_diff_at(d->changes.pane.rows, d->changes.cursor, &spot) ||
	    same_place(spot, d->spot))
		return;
	d->spot = spot;
	differ_show(app);
}

/* On the map the bytes are those of the cell, differing or not. */
static void moved_map(struct app *app)
{
	struct differ *d = app->differ;
	const struct change *c = differ_change(d);
	uint32_t memory = c ? d->spot.change : DIFF_TOP;
	uint64_t at = d->map.cursor, end;
	size_t n;

	if (c && c->what != DIFF_MEMORY)
		memory = differ_memory_below(d, c->parent);
	if (memory == DIFF_TOP || !d->map.space)
		return;
	n = diff_page_find(d->diff, memory, at);
	end = at + (d->map.space->page << d->map.shift);
	d->spot = (struct diff_spot){ memory, DIFF_NO_PAGE };
	if (n < diff_pages(d->diff, memory) && diff_page(d->diff, memory, n)->addr < end)
		d->spot.page = n;
	rows_pair_set(d->pairs.pane.rows, d->diff, d->spot, d->swapped);
	list_refresh(&d->pairs);
	if (d->spot.page != DIFF_NO_PAGE)
		show_page(d, diff_at(d->diff, memory), diff_page(d->diff, memory, n));
	else
		differ_show_memory(d, diff_at(d->diff, memory), at, at);
	differ_stand(app);
}

void app_diff_moved(struct app *app, enum slot slot)
{
	app->differ->wanted = UINT64_MAX;
	if (slot == SLOT_MAIN && app->differ->diff) {
		if (app->differ->mapped)
			moved_map(app);
		else
			moved_list(app);
	}
}

void differ_settle(struct app *app, bool open)
{
	struct differ *d = app->differ;
	size_t line = rows_diff_line(d->changes.pane.rows, d->spot, open);

	list_refresh(&d->changes);
	if (line < rows_count(d->changes.pane.rows))
		list_go(&d->changes, line);
}

void app_diff_refresh(struct app *app)
{
	struct differ *d = app->differ;
	bool nothing = d->spot.change == DIFF_TOP;

	d->refreshed = app_now();
	rows_diff_refresh(d->changes.pane.rows);
	app_diff_count(app);
	if (nothing || d->phase == DIFF_ENDED) {
		if (nothing)
			rows_diff_at(d->changes.pane.rows, 0, &d->spot);
		differ_show(app);
	}
	differ_settle(app, false);
}

void app_diff_fresh(struct app *app)
{
	struct differ *d = app->differ;

	d->spot = (struct diff_spot){ DIFF_TOP, DIFF_NO_PAGE };
	list_filter(&d->changes, NULL);
	d->changes.cursor = d->changes.top = 0;
	d->mapped = false;
	map_set(&d->map, NULL);
	rows_pages_diff(d->map.pane.rows, NULL, 0);
	rows_diff_set(d->changes.pane.rows, d->diff);
	differ_show(app);
}

void app_diff_go(struct app *app, const struct spot *spot)
{
	struct differ *d = app->differ;

	app_view(app, VIEW_DIFF);
	if (!d->diff || spot->comparison != d->number || spot->change >= diff_count(d->diff))
		return;
	d->spot = (struct diff_spot){ spot->change, spot->line };
	if (d->spot.page != DIFF_NO_PAGE && d->spot.page >= diff_pages(d->diff, spot->change))
		d->spot.page = DIFF_NO_PAGE;
	differ_settle(app, true);
	differ_show(app);
	twin_go(&d->twin, spot->offset);
	if (d->twin.sides[spot->in_b].size)
		d->twin.chosen = d->twin.active = spot->in_b;
	differ_stand(app);
}

void app_diff_spot(struct app *app, struct spot *out)
{
	const struct differ *d = app->differ;

	out->change = d->spot.change;
	out->comparison = d->number;
	out->in_b = d->twin.active;
	out->line = d->spot.page;
	out->offset = twin_cursor(&d->twin);
}

/* ---- switches ---- */

void app_diff_switch(struct app *app, enum action what)
{
	struct differ *d = app->differ;
	struct rows *rows = d->changes.pane.rows;

	switch (what) {
	case ACT_DIFF_EQUAL:
		d->hide_equal = !d->hide_equal;
		rows_diff_hide_equal(rows, d->hide_equal);
		if (d->hide_equal)
			app_say(app, ROLE_HINT,
				"%zu that are equal, or differ by nature, are hidden",
				rows_diff_hidden(rows));
		else
			app_say(app, ROLE_HINT, "equal ones are shown");
		break;
	case ACT_DIFF_PAGES:
		d->only_pages = !d->only_pages;
		rows_diff_only_pages(rows, d->only_pages);
		app_say(app, ROLE_HINT, "%s", d->only_pages ? "only pages" : "all changes");
		break;
	case ACT_DIFF_SWAP:
		d->swapped = !d->swapped;
		rows_diff_swap(rows, d->swapped);
		app_diff_count(app);
		app_say(app, ROLE_HINT, "A is now %s", differ_short_name(app, 0, &app->scratch));
		differ_show(app);
		break;
	default:
		d->twin.apart = !d->twin.apart;
		if (!d->twin.apart)
			twin_go(&d->twin, twin_cursor(&d->twin));
		app_say(app, ROLE_HINT, "%s",
			d->twin.apart ? "each side scrolls alone; Tab goes to the other"
				      : "both sides in step");
	}
	differ_settle(app, false);
	moved_list(app);
}

/* The page map in the place of the list, and back. */
void app_diff_map(struct app *app)
{
	struct differ *d = app->differ;

	if (!d->mapped && !d->map.space) {
		const struct change *c = differ_change(d);
		uint32_t memory = DIFF_TOP, n = d->spot.change;

		while (c && n != DIFF_TOP && memory == DIFF_TOP) {
			memory = differ_memory_below(d, n);
			n = diff_at(d->diff, n)->parent;
		}
		if (memory != DIFF_TOP) {
			d->spot = (struct diff_spot){ memory, DIFF_NO_PAGE };
			differ_settle(app, true);
			differ_show(app);
		}
	}
	if (!d->map.space) {
		app_say(app, ROLE_HINT, "no memory here: choose a process or its pages");
		return;
	}
	d->mapped = !d->mapped;
	app->arrangement.focus = SLOT_MAIN;
	if (!d->mapped)
		differ_settle(app, true);
}

bool app_diff_unmap(struct app *app)
{
	struct differ *d = app->differ;

	if (!d->mapped)
		return false;
	d->mapped = false;
	differ_settle(app, true);
	return true;
}
