/* The diff view: the list of changes says which place, the fields and the bytes of both sides
 *follow it. What one stands on is a spot: a change, or a page of one.
 *
 *	changes -> both fields, both bytes, the cursor on the first byte that differs
 *	bytes   -> in step with each other; the list stays
 *
 * "A" and "B" here are as the eye has them: a swap exchanges them. */
#include "ui/app_diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/location.h"
#include "view/rows_pages.h"

const struct key_bind app_diff_keys[] = {
	{ { "]", "F6" }, ACT_DIFF_NEXT }, { { "[" }, ACT_DIFF_PREV }, { { "=" }, ACT_DIFF_EQUAL },
	{ { "o" }, ACT_DIFF_PAGES },      { { "s" }, ACT_DIFF_SWAP }, { { "z" }, ACT_DIFF_LOCK },
	{ { NULL }, ACT_NONE },
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

/* ---- what a spot stands for ---- */

static const struct change *change_here(const struct differ *d)
{
	return d->diff && d->spot.change != DIFF_TOP ? diff_at(d->diff, d->spot.change) : NULL;
}

static const struct page_change *page_at(const struct differ *d, struct diff_spot spot)
{
	return d->diff && spot.change != DIFF_TOP && spot.page != DIFF_NO_PAGE
		       ? diff_page(d->diff, spot.change, spot.page)
		       : NULL;
}

/* The memory among what hangs under change `n`; DIFF_TOP: none. It comes before the threads and
 * descriptors, which are many. */
static uint32_t memory_below(const struct differ *d, uint32_t n)
{
	const struct change *c;

	for (uint32_t i = n + 1;
	     (c = diff_at(d->diff, i)) && c->parent != DIFF_TOP && c->parent >= n && n != DIFF_TOP;
	     i++)
		if (c->what == DIFF_MEMORY && c->parent == n)
			return i;
	return DIFF_TOP;
}

static void show_memory(struct differ *d, const struct change *c, uint64_t at_a, uint64_t at_b)
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

	show_memory(d, c, start, page->addr);
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

	if (r && show_first_page(d, memory_below(d, c->parent), r->start, r->end))
		return;
	show_memory(d, c, c->a && c->b ? at_b : at_a, at_b);
}

static bool show_records(struct differ *d, const struct change *c)
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
	return d->twin.sides[0].size || d->twin.sides[1].size;
}

static void show_bytes(struct differ *d, const struct change *c)
{
	const struct page_change *page = page_at(d, d->spot);
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
	else if (c->what == DIFF_MEMORY && show_first_page(d, n, 0, UINT64_MAX))
		return;
	else if (c->what == DIFF_MEMORY || !show_records(d, c))
		show_first_page(d, memory_below(d, n), 0, UINT64_MAX);
}

/* ---- showing a spot ---- */

static void show_map(struct differ *d, const struct change *c)
{
	struct aspace *as = c && (c->what == DIFF_MEMORY || c->what == DIFF_VMA)
				    ? (c->space_b ? c->space_b : c->space_a)
				    : NULL;
	uint32_t memory = !c                       ? DIFF_TOP
			  : c->what == DIFF_MEMORY ? d->spot.change
						   : memory_below(d, c->parent);
	const struct page_change *page = page_at(d, d->spot);

	if (!as || memory == DIFF_TOP)
		return;
	if (as != d->map.space)
		map_set(&d->map, as);
	rows_pages_diff(d->map.pane.rows, d->diff, memory);
	if (page)
		map_go(&d->map, page->addr);
}

static void show_spot(struct app *app)
{
	struct differ *d = app->differ;
	const struct change *c = change_here(d);

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
	show_spot(app);
}

/* On the map the bytes are those of the cell, differing or not. */
static void moved_map(struct app *app)
{
	struct differ *d = app->differ;
	const struct change *c = change_here(d);
	uint32_t memory = c ? d->spot.change : DIFF_TOP;
	uint64_t at = d->map.cursor, end;
	size_t n;

	if (c && c->what != DIFF_MEMORY)
		memory = memory_below(d, c->parent);
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
		show_memory(d, diff_at(d->diff, memory), at, at);
}

void app_diff_moved(struct app *app, enum slot slot)
{
	if (slot == SLOT_MAIN && app->differ->diff) {
		if (app->differ->mapped)
			moved_map(app);
		else
			moved_list(app);
	}
}

/* Puts the cursor of the list where the spot is. */
static void settle(struct app *app, bool open)
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
		show_spot(app);
	}
	settle(app, false);
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
	show_spot(app);
}

void app_diff_go(struct app *app, const struct spot *spot)
{
	struct differ *d = app->differ;

	app_view(app, VIEW_DIFF);
	if (!d->diff || spot->change >= diff_count(d->diff))
		return;
	d->spot = (struct diff_spot){ spot->change, spot->line };
	if (d->spot.page != DIFF_NO_PAGE && d->spot.page >= diff_pages(d->diff, spot->change))
		d->spot.page = DIFF_NO_PAGE;
	settle(app, true);
	show_spot(app);
	twin_go(&d->twin, spot->offset);
}

void app_diff_spot(struct app *app, struct spot *out)
{
	const struct differ *d = app->differ;

	out->change = d->spot.change;
	out->line = d->spot.page;
	out->offset = twin_cursor(&d->twin);
}

/* ---- differences one after the other ---- */

/* The stretch of the first side that the spot stands for; length 0: no bytes on both sides. */
static struct span stretch_here(const struct differ *d)
{
	const struct page_change *page = page_at(d, d->spot);
	const struct change *c = change_here(d);
	uint64_t start;

	if (!d->twin.sides[0].size || !d->twin.sides[1].size || !c)
		return (struct span){ 0, 0 };
	if (!page)
		return (struct span){ d->twin.sides[0].first, d->twin.sides[0].size };
	start = page->moved && !d->swapped ? page->other : page->addr;
	return (struct span){ start, (c->space_b ? c->space_b : c->space_a)->page };
}

static bool differs_at(const struct differ *d, uint64_t at)
{
	return twin_difference(&d->twin, at, at + 1, false) == at;
}

/* To the next run of bytes that differ in the page or record at hand. */
static bool step_bytes(struct differ *d, bool back)
{
	struct span in = stretch_here(d);
	uint64_t at = twin_cursor(&d->twin), end = in.offset + in.length;

	if (!in.length || at < in.offset || at >= end)
		return false;
	if (!back) {
		while (at < end && differs_at(d, at))
			at++;
		at = twin_difference(&d->twin, at, end, false);
	} else {
		while (at > in.offset && differs_at(d, at) && differs_at(d, at - 1))
			at--;
		at = twin_difference(&d->twin, in.offset, at, true);
		while (at != UINT64_MAX && at > in.offset && differs_at(d, at - 1))
			at--;
	}
	if (at != UINT64_MAX)
		twin_go(&d->twin, at);
	return at != UINT64_MAX;
}

static bool step_spot(struct app *app, bool back)
{
	struct differ *d = app->differ;
	struct rows *rows = d->changes.pane.rows;
	struct diff_spot to = d->spot;

	do
		if (!rows_diff_step(rows, to, back, &to))
			return false;
	while (rows_diff_line(rows, to, true) >= rows_count(rows));
	d->spot = to;
	settle(app, true);
	show_spot(app);
	return true;
}

void app_diff_step(struct app *app, bool back, uint32_t count)
{
	struct differ *d = app->differ;
	bool bytes = app->arrangement.focus == SLOT_BYTES;

	if (!d->diff)
		return;
	for (; count > 0; count--) {
		if (bytes && step_bytes(d, back))
			continue;
		if (!step_spot(app, back)) {
			app_say(app, ROLE_HINT, "%s",
				app_diff_busy(app) ? "no more so far: still comparing"
				: back             ? "there is no difference before this one"
						   : "that was the last difference");
			return;
		}
	}
}

static const char *last_part(const char *path)
{
	size_t len = strlen(path), at = len;

	while (at > 0 && path[at - 1] == '/')
		at--;
	while (at > 0 && path[at - 1] != '/')
		at--;
	return path + at;
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
		app_say(app, ROLE_HINT, "A is now %s", last_part(app_diff_name(app, 0)));
		show_spot(app);
		break;
	default:
		d->twin.apart = !d->twin.apart;
		if (!d->twin.apart)
			twin_go(&d->twin, twin_cursor(&d->twin));
		app_say(app, ROLE_HINT, "%s",
			d->twin.apart ? "each side scrolls alone; Tab goes to the other"
				      : "both sides in step");
	}
	settle(app, false);
	moved_list(app);
}

/* The page map in the place of the list, and back. */
void app_diff_map(struct app *app)
{
	struct differ *d = app->differ;

	if (!d->mapped && !d->map.space) {
		const struct change *c = change_here(d);
		uint32_t memory = DIFF_TOP, n = d->spot.change;

		while (c && n != DIFF_TOP && memory == DIFF_TOP) {
			memory = memory_below(d, n);
			n = diff_at(d->diff, n)->parent;
		}
		if (memory != DIFF_TOP) {
			d->spot = (struct diff_spot){ memory, DIFF_NO_PAGE };
			settle(app, true);
			show_spot(app);
		}
	}
	if (!d->map.space) {
		app_say(app, ROLE_HINT, "no memory here: choose a process or its pages");
		return;
	}
	d->mapped = !d->mapped;
	app->arrangement.focus = SLOT_MAIN;
	if (!d->mapped)
		settle(app, true);
}

bool app_diff_unmap(struct app *app)
{
	struct differ *d = app->differ;

	if (!d->mapped)
		return false;
	d->mapped = false;
	settle(app, true);
	return true;
}

/* Tab, among the bytes, goes to the other side first. False: it goes on as everywhere. */
bool app_diff_cross(struct app *app, bool back)
{
	struct twin *t = &app->differ->twin;
	unsigned before = t->active;

	if (app->view != VIEW_DIFF || app->arrangement.focus != SLOT_BYTES || app->helping ||
	    t->active == (back ? 0u : 1u))
		return false;
	twin_cross(t);
	return t->active != before;
}

/* ---- going elsewhere ---- */

static void leave_for(struct app *app)
{
	struct differ *d = app->differ;
	const struct hex *h = &d->twin.sides[d->twin.active];
	struct node n = d->nodes[d->twin.active];
	struct aspace *as = d->spaces[d->twin.active];
	struct place to = { .node = n, .offset = UINT64_MAX };

	if (as && aspace_region(as, h->cursor)) {
		app_track_push(app);
		app_memory_go(app, as, h->cursor, false);
	} else if (n.item && n.item->model == app->model) {
		to.offset = node_span(n).offset + h->cursor;
		app_go(app, &to);
	} else if (n.item) {
		app_say(app, ROLE_HINT, "cryoscope %s -g off:0x%" PRIx64 "@%s shows it",
			n.item->model->name, node_span(n).offset + h->cursor, n.item->path);
	}
}

/* Enter: into the fields or the bytes of both; from the bytes, into the memory or file of that
 * side. */
void app_diff_follow(struct app *app)
{
	struct differ *d = app->differ;
	const struct change *c = change_here(d);
	struct call once = { .count = 1 };
	struct row row;

	if (!c)
		return;
	if (app->arrangement.focus == SLOT_BYTES) {
		leave_for(app);
		return;
	}
	if (app->arrangement.focus == SLOT_FIELDS || d->mapped) {
		app->arrangement.focus = SLOT_BYTES;
		return;
	}
	rows_line(d->changes.pane.rows, d->changes.cursor, &app->scratch, &row);
	if (row.fold >= 0 && d->spot.page == DIFF_NO_PAGE) {
		d->changes.pane.class->act(&d->changes.pane,
					   row.fold ? ACT_FOLD_CLOSE : ACT_FOLD_OPEN, &once);
		return;
	}
	app->arrangement.focus =
		c->what == DIFF_FIELD || c->what == DIFF_THING ? SLOT_FIELDS : SLOT_BYTES;
}

/* The memories whose bytes are shown: for a search in both. */
size_t app_diff_spaces(struct app *app, struct aspace *out[2])
{
	const struct differ *d = app->differ;
	size_t n = 0;

	for (int i = 0; i < 2; i++)
		if (d->spaces[i])
			out[n++] = d->spaces[i];
	return n;
}

static uint32_t memory_of_space(const struct differ *d, const struct aspace *as)
{
	const struct change *c;

	for (uint32_t n = 0; as && (c = diff_at(d->diff, n)) != NULL; n++)
		if (c->what == DIFF_MEMORY && (c->space_a == as || c->space_b == as))
			return n;
	return DIFF_TOP;
}

/* Shows an address of one of the memories that are compared, on both sides. */
bool app_diff_show(struct app *app, struct aspace *as, uint64_t addr)
{
	struct differ *d = app->differ;
	uint32_t n = d->diff ? memory_of_space(d, as) : DIFF_TOP;
	const struct change *c;
	uint64_t page = addr - addr % (as ? as->page : 1);
	size_t at;

	if (n == DIFF_TOP)
		return false;
	c = diff_at(d->diff, n);
	d->spot = (struct diff_spot){ n, DIFF_NO_PAGE };
	at = diff_done(d->diff) ? diff_page_find(d->diff, n, page) : SIZE_MAX;
	if (at < diff_pages(d->diff, n) && diff_page(d->diff, n, at)->addr == page &&
	    !diff_page(d->diff, n, at)->moved)
		d->spot.page = at;
	settle(app, true);
	rows_pair_set(d->pairs.pane.rows, d->diff, d->spot, d->swapped);
	list_refresh(&d->pairs);
	show_memory(d, c, addr, addr);
	if (d->spaces[1] == as && d->twin.sides[1].size)
		d->twin.active = 1;
	else if (d->twin.sides[0].size)
		d->twin.active = 0;
	if (d->mapped)
		map_go(&d->map, addr);
	return true;
}

/* pid:7, on either side */
static bool jump_to_process(struct app *app, const char *text)
{
	struct differ *d = app->differ;
	const struct change *c;
	uint64_t pid;

	if (strncmp(text, "pid:", 4) != 0 || !location_number(text + 4, &pid))
		return false;
	for (uint32_t n = 0; (c = diff_at(d->diff, n)) != NULL; n++) {
		if (c->what != DIFF_THING || c->number != pid || strcmp(c->kind, "process"))
			continue;
		d->spot = (struct diff_spot){ n, DIFF_NO_PAGE };
		settle(app, true);
		show_spot(app);
		return true;
	}
	return false;
}

static bool jump_in(struct app *app, struct model *m, const struct location *loc,
		    struct aspace *here, const char **says)
{
	struct aspace *as;
	uint64_t addr;
	struct err *err = location_address(m, loc, here, &as, &addr);

	if (err) {
		*says = arena_strdup(&app->scratch, err->text);
		err_free(err);
		return false;
	}
	*says = arena_printf(&app->scratch, "0x%" PRIx64 " is in neither memory", addr);
	return aspace_region(as, addr) && app_diff_show(app, as, addr);
}

/* In A; if it is not there, in B. */
bool app_diff_jump(struct app *app, const char *text)
{
	struct differ *d = app->differ;
	const char *trouble, *says = "in a diff: an address, or pid:N";
	struct location loc = location_parse(text, &app->scratch, &trouble);
	bool address = loc.kind == LOC_ADDRESS || loc.kind == LOC_ANCHOR || loc.kind == LOC_FRAME ||
		       loc.kind == LOC_PHYSICAL;
	struct aspace *a = d->spaces[d->swapped], *b = d->spaces[!d->swapped];

	if (!d->diff)
		return false;
	if (trouble)
		says = trouble;
	else if (jump_to_process(app, text))
		return true;
	else if (address && (jump_in(app, app->model, &loc, a, &says) ||
			     jump_in(app, d->other, &loc, b, &says))) {
		app->arrangement.focus = SLOT_BYTES;
		return true;
	}
	app_say(app, ROLE_WARNING, "%s", says);
	return false;
}

/* ---- words ---- */

/* Of the side as the eye has it. */
const char *app_diff_name(struct app *app, int side)
{
	struct differ *d = app->differ;
	const struct model *m = side == (d->swapped ? 1 : 0) ? app->model : d->other;

	return m ? m->name : d->path;
}

/* "A monday.tar  B tuesday.tar" */
const char *app_diff_title(struct app *app)
{
	struct arena *a = &app->frame;
	struct differ *d = app->differ;

	if (d->other == app->model && *d->of[1])
		return arena_printf(a, "%s  A %s  B %s", app->model->name, d->of[d->swapped],
				    d->of[!d->swapped]);
	return arena_printf(a, "A %s  B %s", last_part(app_diff_name(app, 0)),
			    text_clean_str(last_part(app_diff_name(app, 1)), a));
}

/* "A  pid 7  rw-p [heap]" */
static const char *side_title(struct app *app, int i)
{
	struct differ *d = app->differ;
	const struct hex *h = &d->twin.sides[i];
	struct arena *a = &app->frame;
	const struct region *r;

	if (!d->spaces[i])
		return arena_printf(a, " %c  %s ", i ? 'B' : 'A',
				    d->nodes[i].item ? node_path(d->nodes[i], a) : "");
	r = h->size ? aspace_region(d->spaces[i], h->cursor) : NULL;
	return arena_printf(a, " %c  %s  %s %s ", i ? 'B' : 'A', d->spaces[i]->name,
			    r ? r->prot : "", r ? (*r->name ? r->name : "anon") : "(not mapped)");
}

void app_diff_begin_frame(struct app *app)
{
	struct differ *d = app->differ;
	const struct page_change *page = page_at(d, d->spot);
	uint64_t bytes = page && page->how == DIFF_CHANGED ? page->bytes : 0;
	int room = app->places.slots[SLOT_FIELDS].w - 3;

	for (int i = 0; i < 2; i++)
		d->twin.titles[i] = side_title(app, i);
	d->twin.foot = bytes ? arena_printf(&app->frame, " %s byte%s ",
					    text_uint(bytes, &app->frame), bytes == 1 ? "" : "s")
			     : "";
	rows_pair_room(d->pairs.pane.rows, room > 10 ? room : 10);
}

const char *app_diff_list_title(struct app *app)
{
	struct differ *d = app->differ;
	struct arena *a = &app->frame;

	return arena_printf(a, "%s%s", d->hide_equal ? "  without equal" : "",
			    d->only_pages ? "  only pages" : "");
}

static const char *busy_text(struct app *app)
{
	static const char *const words[] = {
		[DIFF_NOTHING] = "nothing to compare with: d asks",
		[DIFF_OPENS] = "opening the other source",
		[DIFF_INDEXES] = "indexing the other source",
		[DIFF_COMPARES] = "comparing",
		[DIFF_READS] = "comparing memory",
		[DIFF_ENDED] = "",
	};

	return words[app->differ->phase];
}

/* "pid 7  VA 0x7f6d25c2a3e0  9 bytes differ" */
static const char *place_text(struct app *app, const struct change *c)
{
	struct differ *d = app->differ;
	const struct page_change *page = page_at(d, d->spot);
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
	const struct change *c = change_here(d);
	struct arena *a = &app->frame;
	uint64_t at, total;

	if (!c)
		return busy_text(app);
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
		return arena_printf(a, "%s ", busy_text(app));
	if (d->stopped)
		return arena_printf(a, "stopped at %d%% ", d->percent);
	return d->twin.apart ? "A|B apart " : "A|B in step ";
}
