/* Going through a diff: to the next difference, to a place by name, to what a search has found; and
 * out of it, to where the bytes lie. */
#include "ui/app_diff.h"

#include <inttypes.h>
#include <string.h>

#include "core/location.h"

/* ---- differences one after the other ---- */

/* The stretch of the first side that the spot stands for; length 0: no bytes on both sides. */
static struct span stretch_here(const struct differ *d)
{
	const struct page_change *page = differ_page(d);
	const struct change *c = differ_change(d);
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
	differ_settle(app, true);
	differ_show(app);
	return true;
}

void app_diff_step(struct app *app, bool back, uint32_t count)
{
	struct differ *d = app->differ;
	bool bytes = app->arrangement.focus == SLOT_BYTES;
	uint64_t total;

	if (!d->diff)
		return;
	for (; count > 0; count--) {
		if (bytes && step_bytes(d, back))
			continue;
		if (!step_spot(app, back)) {
			rows_diff_ordinal(d->changes.pane.rows, d->spot, &total);
			app_say(app, ROLE_HINT, "%s",
				app_diff_busy(app) ? "no more so far: still comparing"
				: !total           ? "nothing differs"
				: back             ? "there is no difference before this one"
						   : "that was the last difference");
			return;
		}
	}
}

/* ---- going elsewhere ---- */

/* The record that has the page, and if it has the bytes, too, the byte. */
static struct place place_of_page(const struct aspace *as, uint64_t at, struct place to)
{
	struct extent x;

	aspace_at(as, at, &x);
	if (x.entry.item)
		to = (struct place){ .node = x.entry, .offset = UINT64_MAX };
	if (x.entry.item && x.image == x.entry.item)
		to.offset = x.offset + (at - x.start);
	return to;
}

void app_diff_leave(struct app *app)
{
	const struct differ *d = app->differ;
	struct place to = { .node = app_diff_node(app), .offset = UINT64_MAX };
	uint64_t at;
	const struct aspace *as = app_diff_space(app, &at);
	const struct region *r = at != UINT64_MAX ? aspace_region(as, at) : NULL;
	const struct hex *h = &d->twin.sides[d->twin.active];

	if (app->arrangement.focus == SLOT_BYTES && at == UINT64_MAX &&
	    d->nodes[d->twin.active].item) {
		to.node = d->nodes[d->twin.active];
		to.offset = node_span(to.node).offset + h->cursor;
	} else if (r && (differ_page(d) || app->arrangement.focus == SLOT_BYTES)) {
		to = place_of_page(as, at, to);
	} else if (r && r->node.item && differ_change(d)->what == DIFF_VMA) {
		to.node = r->node;
	} else if (as && !to.node.item) {
		to.node.item = as->item;
	}
	if (to.node.item)
		app_go(app, &to);
	else
		app_view(app, VIEW_TREE);
}

/* From the bytes: the memory, or the file. */
static void leave_bytes(struct app *app)
{
	uint64_t at;
	struct aspace *as = app_diff_space(app, &at);

	if (at == UINT64_MAX)
		app_diff_leave(app);
	else if (aspace_region(as, at)) {
		app_track_push(app);
		app_memory_go(app, as, at, false);
	}
}

/* Enter: into the fields or the bytes of both; from the bytes, into the memory or file of that
 * side. */
void app_diff_follow(struct app *app)
{
	struct differ *d = app->differ;
	const struct change *c = differ_change(d);
	struct call once = { .count = 1 };
	struct row row;

	if (!c)
		return;
	if (app->arrangement.focus == SLOT_BYTES) {
		leave_bytes(app);
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

bool app_diff_show_file(struct app *app, const struct item *it, struct span at)
{
	struct differ *d = app->differ;
	struct node n = d->nodes[d->twin.active];
	struct span shown = n.item ? node_span(n) : (struct span){ 0, 0 };

	if (!it || n.item != it || !span_has(shown, at.offset))
		return false;
	at.offset -= shown.offset;
	twin_go(&d->twin, at.offset);
	rows_hex_match(d->twin.sides[d->twin.active].pane.rows, at);
	return true;
}

/* The side that has the keys, if it has bytes. */
static void choose(struct differ *d, unsigned side)
{
	if (d->twin.sides[side].size)
		d->twin.chosen = d->twin.active = side;
}

bool differ_show_address(struct app *app, const struct aspace *as, uint64_t addr)
{
	struct differ *d = app->differ;
	uint32_t n = d->diff ? differ_memory_of(d, as) : DIFF_TOP;
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
	differ_settle(app, true);
	rows_pair_set(d->pairs.pane.rows, d->diff, d->spot, d->swapped);
	list_refresh(&d->pairs);
	differ_show_memory(d, c, addr, addr);
	choose(d, d->spaces[1] == as);
	if (d->mapped)
		map_go(&d->map, addr);
	differ_stand(app);
	return true;
}

bool app_diff_show(struct app *app, struct aspace *as, uint64_t addr)
{
	const struct differ *d = app->differ;

	if (!d->diff || differ_memory_of(d, as) == DIFF_TOP)
		return false;
	app_track_push(app);
	return differ_show_address(app, as, addr);
}

static void go_change(struct app *app, uint32_t n)
{
	app_track_push(app);
	app->arrangement.focus = SLOT_MAIN;
	app->differ->spot = (struct diff_spot){ n, DIFF_NO_PAGE };
	differ_settle(app, true);
	differ_show(app);
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
		go_change(app, n);
		return true;
	}
	return false;
}

static bool jump_in(struct app *app, unsigned side, const struct location *loc, const char **says)
{
	struct differ *d = app->differ;
	struct aspace *as;
	uint64_t addr;
	struct err *err = location_address(differ_model(d, side), loc, d->spaces[side], &as, &addr);

	if (err) {
		*says = arena_strdup(&app->scratch, err->text);
		err_free(err);
		return false;
	}
	*says = arena_printf(&app->scratch, "0x%" PRIx64 " is in neither memory", addr);
	if (!aspace_region(as, addr) || !app_diff_show(app, as, addr))
		return false;
	app->arrangement.focus = SLOT_BYTES;
	return true;
}

static bool is_below(const struct item *it, const struct item *over)
{
	while (it && it != over)
		it = it->parent;
	return it;
}

/* The change that is of a node; else the last one of what the node lies in. */
static uint32_t change_of_node(const struct differ *d, struct node n)
{
	const struct change *c;
	uint32_t found = DIFF_TOP;

	for (uint32_t i = 0; (c = diff_at(d->diff, i)) != NULL; i++) {
		const struct node *of[2] = { &c->node_a, &c->node_b };

		for (int k = 0; k < 2; k++) {
			if (!of[k]->item)
				continue;
			if (of[k]->item == n.item && of[k]->at == n.at)
				return i;
			if (of[k]->at == NODE_SELF && of[k]->item->parent &&
			    is_below(n.item, of[k]->item))
				found = i;
		}
	}
	return found;
}

/* A file, a record, a path: in the side at hand; the change that it belongs to, else the tree. */
static bool jump_to_place(struct app *app, unsigned side, const char *text, const char **says)
{
	struct differ *d = app->differ;
	struct goal goal = { .says = "too many sources are open" };
	uint32_t n;

	if (!app_stand(app, differ_model(d, side)) ||
	    !app_locate(app, text, true, &goal, &app->scratch) || !goal.place.node.item) {
		*says = goal.says;
		return false;
	}
	n = change_of_node(d, goal.place.node);
	if (n == DIFF_TOP || goal.place.path || goal.place.offset != UINT64_MAX) {
		app_go(app, &goal.place);
		return true;
	}
	go_change(app, n);
	choose(d, side);
	differ_stand(app);
	return true;
}

/* Among the bytes shown: "+16", "50%". */
static bool jump_on(struct app *app, const struct location *loc)
{
	struct twin *t = &app->differ->twin;
	const struct hex *h = &t->sides[t->active];
	uint64_t to;

	if (!h->size)
		return false;
	to = app_jump_moved(loc, h->cursor, h->first, h->size);
	app_track_push(app);
	twin_go(t, t->active ? to - t->shift : to);
	app->arrangement.focus = SLOT_BYTES;
	return true;
}

/* On the side that has the keys; if it is not there, on the other. */
bool app_diff_jump(struct app *app, const char *text)
{
	struct differ *d = app->differ;
	const char *trouble, *says = "no bytes here";
	struct location loc = location_parse(text, &app->scratch, &trouble);
	unsigned side = d->twin.active;
	bool done = false;

	if (!d->diff)
		return false;
	if (trouble)
		says = trouble;
	else if (loc.kind == LOC_FORWARD || loc.kind == LOC_BACKWARD || loc.kind == LOC_PERCENT)
		done = jump_on(app, &loc);
	else if (jump_to_process(app, text))
		done = true;
	else if (loc.kind == LOC_ADDRESS || loc.kind == LOC_ANCHOR || loc.kind == LOC_FRAME ||
		 loc.kind == LOC_PHYSICAL)
		done = jump_in(app, side, &loc, &says) || jump_in(app, !side, &loc, &says);
	else
		done = jump_to_place(app, side, text, &says) ||
		       jump_to_place(app, !side, text, &says);
	if (!done) {
		differ_stand(app);
		app_say(app, ROLE_WARNING, "%s", says);
	}
	return done;
}
