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
	const struct change *c = differ_change(d);
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
	differ_settle(app, true);
	rows_pair_set(d->pairs.pane.rows, d->diff, d->spot, d->swapped);
	list_refresh(&d->pairs);
	differ_show_memory(d, c, addr, addr);
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
		differ_settle(app, true);
		differ_show(app);
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
