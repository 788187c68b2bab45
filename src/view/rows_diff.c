/* Changes come in the order of the tree, parents first, so one pass over them decides what is
 * shown: a change is if what it hangs under is shown and open, and no switch hides it.
 *
 *	changes   0 1 2 3 4 5 6 ...      flags, depth, differences before each
 *	shown     0 1     4 5            change, its line, how many pages follow it
 *	line      0 1     2 3 (4 5 6)    pages of change 5
 */
#include "view/rows_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/bound.h"
#include "base/heap.h"
#include "view/diff_row.h"

#define DEPTH_MOST 255

enum change_flag {
	FLAG_OPEN = 1,
	FLAG_USER = 2,  /* opened or closed by hand */
	FLAG_SHOWN = 4, /* is a line */
	FLAG_BELOW = 8, /* has something to open */
	FLAG_PAGES = 16 /* has changed pages below it */
};

struct shown {
	uint32_t change;
	size_t line, pages;
};

struct diff_rows {
	struct rows rows;
	const struct diff *diff;
	bool hide_equal, only_pages, swapped;
	size_t known, room; /* changes that were looked at */
	uint8_t *flags, *depths;
	uint64_t *before; /* differences before each; one more for all */
	struct shown *shown;
	size_t count, lines, hidden, loose;
};

static struct diff_rows *diff_of(const struct rows *r)
{
	return (struct diff_rows *)r;
}

/* ---- what is shown ---- */

static bool differs(const struct change *c)
{
	return c->how != DIFF_EQUAL && !c->loose && c->what != DIFF_MEMORY;
}

static size_t pages_of(const struct diff_rows *d, size_t n, const struct change *c)
{
	return c->what == DIFF_MEMORY ? diff_pages(d->diff, n) : 0;
}

static void make_room(struct diff_rows *d, size_t count)
{
	size_t room = d->room ? d->room : 256;

	if (count < d->room)
		return;
	while (room <= count)
		room *= 2;
	d->flags = heap_must(realloc(d->flags, room));
	d->depths = heap_must(realloc(d->depths, room));
	d->before = heap_must(reallocarray(d->before, room + 1, sizeof(*d->before)));
	d->shown = heap_must(reallocarray(d->shown, room, sizeof(*d->shown)));
	memset(d->flags + d->room, 0, room - d->room);
	d->room = room;
}

/* What changed is open; what is new or gone as a whole, and pages, are not. */
static void open_at_first(struct diff_rows *d, size_t n, const struct change *c)
{
	if (d->flags[n] & FLAG_USER)
		return;
	d->flags[n] &= (uint8_t)~FLAG_OPEN;
	if (c->what == DIFF_THING && diff_how_of(c) == DIFF_CHANGED)
		d->flags[n] |= FLAG_OPEN;
}

static void note_pages(struct diff_rows *d)
{
	const struct change *c;

	for (size_t n = 0; n < d->known; n++)
		d->flags[n] &= (uint8_t)~FLAG_PAGES;
	for (size_t n = 0; n < d->known; n++) {
		uint32_t up = (uint32_t)n;

		if (!pages_of(d, n, diff_at(d->diff, n)))
			continue;
		for (; up != DIFF_TOP && !(d->flags[up] & FLAG_PAGES); up = c->parent) {
			c = diff_at(d->diff, up);
			d->flags[up] |= FLAG_PAGES;
		}
	}
}

static bool passes(const struct diff_rows *d, size_t n, const struct change *c)
{
	if (d->only_pages && !(d->flags[n] & FLAG_PAGES))
		return false;
	if (c->what == DIFF_MEMORY && !d->hide_equal)
		return true;
	return !d->hide_equal || (diff_how_of(c) != DIFF_EQUAL && (!c->loose || pages_of(d, n, c)));
}

static void look_at(struct diff_rows *d, size_t n)
{
	const struct change *c = diff_at(d->diff, n);
	uint8_t *over = c->parent == DIFF_TOP ? NULL : &d->flags[c->parent];
	size_t pages = pages_of(d, n, c);
	bool good = passes(d, n, c);
	uint8_t up = over ? d->depths[c->parent] : 0;

	d->depths[n] = over && up < DEPTH_MOST ? up + 1 : up;
	d->before[n + 1] = d->before[n] + differs(c) + (c->loose ? 0 : pages);
	d->loose += c->loose && c->what == DIFF_FIELD;
	open_at_first(d, n, c);
	d->flags[n] &= (uint8_t) ~(FLAG_SHOWN | FLAG_BELOW);
	if (pages)
		d->flags[n] |= FLAG_BELOW;
	if (over && good)
		*over |= FLAG_BELOW;
	d->hidden += !good;
	if (!good || (over && (*over & (FLAG_SHOWN | FLAG_OPEN)) != (FLAG_SHOWN | FLAG_OPEN)))
		return;
	d->flags[n] |= FLAG_SHOWN;
	d->shown[d->count++] =
		(struct shown){ (uint32_t)n, d->lines, d->flags[n] & FLAG_OPEN ? pages : 0 };
	d->lines += 1 + (d->flags[n] & FLAG_OPEN ? pages : 0);
}

void rows_diff_refresh(struct rows *r)
{
	struct diff_rows *d = diff_of(r);

	d->count = d->lines = d->hidden = d->loose = 0;
	if (!d->diff)
		return;
	d->known = diff_count(d->diff);
	make_room(d, d->known);
	d->before[0] = 0;
	note_pages(d);
	for (size_t n = 0; n < d->known; n++)
		look_at(d, n);
}

/* The last entry that is not behind `line`. */
static const struct shown *entry_at(const struct diff_rows *d, size_t line)
{
	size_t low = 0, high = d->count;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (d->shown[mid].line <= line)
			low = mid;
		else
			high = mid;
	}
	return &d->shown[low];
}

static const struct shown *entry_of(const struct diff_rows *d, uint32_t change)
{
	size_t at = BOUND(i, d->count, d->shown[i].change < change);

	return at < d->count && d->shown[at].change == change ? &d->shown[at] : NULL;
}

bool rows_diff_at(const struct rows *r, size_t n, struct diff_spot *out)
{
	const struct diff_rows *d = diff_of(r);
	const struct shown *s;

	*out = (struct diff_spot){ DIFF_TOP, DIFF_NO_PAGE };
	if (n >= d->lines)
		return false;
	s = entry_at(d, n);
	*out = (struct diff_spot){ s->change, n == s->line ? DIFF_NO_PAGE : n - s->line - 1 };
	return true;
}

/* ---- lines ---- */

static size_t diff_rows_count(struct rows *r)
{
	return diff_of(r)->lines;
}

static void diff_rows_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	const struct diff_rows *d = diff_of(r);
	const struct shown *s;

	if (n >= d->lines)
		return;
	s = entry_at(d, n);
	out->depth = d->depths[s->change] * 2;
	if (n != s->line) {
		out->depth += 2;
		diff_page_cells(d->diff, s->change, n - s->line - 1, d->swapped, a, out);
		return;
	}
	if (d->flags[s->change] & FLAG_BELOW)
		out->fold = d->flags[s->change] & FLAG_OPEN;
	diff_change_cells(d->diff, s->change, d->swapped, a, out);
}

/* ---- folding ---- */

static void fold_one(struct diff_rows *d, size_t n, bool open)
{
	d->flags[n] |= FLAG_USER;
	if (open)
		d->flags[n] |= FLAG_OPEN;
	else
		d->flags[n] &= (uint8_t)~FLAG_OPEN;
}

/* All below leaves pages as they are: a million lines are no overview. */
static bool diff_rows_fold(struct rows *r, size_t n, bool open, bool all)
{
	struct diff_rows *d = diff_of(r);
	struct diff_spot at;
	size_t i;

	if (!rows_diff_at(r, n, &at) || at.page != DIFF_NO_PAGE ||
	    !(d->flags[at.change] & FLAG_BELOW))
		return false;
	fold_one(d, at.change, open);
	for (i = at.change + 1; all && i < d->known && d->depths[i] > d->depths[at.change]; i++)
		if (diff_at(d->diff, i)->what != DIFF_MEMORY)
			fold_one(d, i, open);
	rows_diff_refresh(r);
	return true;
}

static size_t diff_rows_up(struct rows *r, size_t n)
{
	const struct diff_rows *d = diff_of(r);
	const struct shown *s, *over;
	uint32_t parent;

	if (n >= d->lines)
		return n;
	s = entry_at(d, n);
	if (n != s->line)
		return s->line;
	parent = diff_at(d->diff, s->change)->parent;
	over = parent == DIFF_TOP ? NULL : entry_of(d, parent);
	return over ? over->line : n;
}

static bool says(const struct change *c, const char *needle)
{
	const char *const texts[] = { c->kind, c->key, c->title, c->a, c->b };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i] && text_match(texts[i], needle) >= 0)
			return true;
	return false;
}

static bool diff_rows_reveal(struct rows *r, size_t n, const char *needle)
{
	struct diff_rows *d = diff_of(r);
	struct diff_spot at;

	if (!rows_diff_at(r, n, &at) || at.page != DIFF_NO_PAGE ||
	    (d->flags[at.change] & (FLAG_BELOW | FLAG_OPEN)) != FLAG_BELOW)
		return false;
	for (size_t i = at.change + 1; i < d->known && d->depths[i] > d->depths[at.change]; i++)
		if (says(diff_at(d->diff, i), needle))
			return diff_rows_fold(r, n, true, false);
	return false;
}

size_t rows_diff_line(struct rows *r, struct diff_spot spot, bool open)
{
	struct diff_rows *d = diff_of(r);
	const struct shown *s = NULL;
	uint32_t up = spot.change;
	bool changed = false;

	if (up >= d->known)
		return d->lines;
	if (spot.page != DIFF_NO_PAGE && open && !(d->flags[up] & FLAG_OPEN)) {
		fold_one(d, up, true);
		changed = true;
	}
	while (open && (up = diff_at(d->diff, up)->parent) != DIFF_TOP)
		if (!(d->flags[up] & FLAG_OPEN)) {
			fold_one(d, up, true);
			changed = true;
		}
	if (changed)
		rows_diff_refresh(r);
	for (up = spot.change; up != DIFF_TOP && !(s = entry_of(d, up));
	     up = diff_at(d->diff, up)->parent)
		;
	if (!s)
		return d->lines;
	if (s->change != spot.change || spot.page == DIFF_NO_PAGE || !s->pages)
		return s->line;
	return s->line + 1 + (spot.page < s->pages ? spot.page : s->pages - 1);
}

/* ---- differences one after the other ---- */

/* The first (back: the last) difference of change n: itself, or among its pages. */
static bool difference_in(const struct diff_rows *d, size_t n, bool back, struct diff_spot *out)
{
	const struct change *c = diff_at(d->diff, n);
	size_t pages = c->loose ? 0 : pages_of(d, n, c);

	if (!pages && !differs(c))
		return false;
	*out = (struct diff_spot){ (uint32_t)n, !pages ? DIFF_NO_PAGE : back ? pages - 1 : 0 };
	return true;
}

static bool step_pages(const struct diff_rows *d, struct diff_spot from, bool back,
		       struct diff_spot *out)
{
	const struct change *c = diff_at(d->diff, from.change);
	size_t pages = c->loose ? 0 : pages_of(d, from.change, c);

	if (from.page == DIFF_NO_PAGE ? back || !pages : back ? !from.page : from.page + 1 >= pages)
		return false;
	*out = (struct diff_spot){ from.change, from.page == DIFF_NO_PAGE ? 0
						: back                    ? from.page - 1
									  : from.page + 1 };
	return true;
}

bool rows_diff_step(const struct rows *r, struct diff_spot from, bool back, struct diff_spot *out)
{
	const struct diff_rows *d = diff_of(r);
	size_t n = from.change;

	if (from.change == DIFF_TOP) {
		n = back ? d->known : SIZE_MAX;
	} else if (from.change >= d->known) {
		return false;
	} else if (step_pages(d, from, back, out)) {
		return true;
	}
	if (back) {
		while (n-- > 0)
			if (difference_in(d, n, true, out))
				return true;
		return false;
	}
	while (++n < d->known)
		if (difference_in(d, n, false, out))
			return true;
	return false;
}

uint64_t rows_diff_ordinal(const struct rows *r, struct diff_spot spot, uint64_t *total)
{
	const struct diff_rows *d = diff_of(r);

	*total = d->known ? d->before[d->known] : 0;
	if (spot.change >= d->known)
		return 0;
	if (spot.page != DIFF_NO_PAGE)
		return d->before[spot.change] + spot.page + 1;
	return d->before[spot.change] + differs(diff_at(d->diff, spot.change));
}

bool rows_diff_is_one(const struct rows *r, struct diff_spot spot)
{
	const struct diff_rows *d = diff_of(r);

	return spot.change < d->known &&
	       (spot.page != DIFF_NO_PAGE || differs(diff_at(d->diff, spot.change)));
}

/* ---- switches ---- */

void rows_diff_hide_equal(struct rows *r, bool hide)
{
	diff_of(r)->hide_equal = hide;
	rows_diff_refresh(r);
}

void rows_diff_only_pages(struct rows *r, bool only)
{
	struct diff_rows *d = diff_of(r);

	d->only_pages = only;
	for (size_t n = 0; only && n < d->known; n++)
		if (diff_at(d->diff, n)->what == DIFF_MEMORY)
			fold_one(d, n, true);
	rows_diff_refresh(r);
}

void rows_diff_swap(struct rows *r, bool swapped)
{
	diff_of(r)->swapped = swapped;
}

size_t rows_diff_hidden(const struct rows *r)
{
	return diff_of(r)->hidden;
}

size_t rows_diff_loose(const struct rows *r)
{
	return diff_of(r)->loose;
}

static void diff_rows_fini(struct rows *r)
{
	struct diff_rows *d = diff_of(r);

	free(d->flags);
	free(d->depths);
	free(d->before);
	free(d->shown);
	free(d);
}

static const struct rows_ops diff_rows_ops = {
	.count = diff_rows_count,
	.line = diff_rows_line,
	.fold = diff_rows_fold,
	.up = diff_rows_up,
	.reveal = diff_rows_reveal,
	.fini = diff_rows_fini,
};

struct rows *rows_diff_new(void)
{
	struct diff_rows *d = heap_zeroed(1, sizeof(*d));

	d->rows.ops = &diff_rows_ops;
	return &d->rows;
}

void rows_diff_set(struct rows *r, const struct diff *diff)
{
	struct diff_rows *d = diff_of(r);

	d->diff = diff;
	d->known = 0;
	if (d->room)
		memset(d->flags, 0, d->room);
	rows_diff_refresh(r);
}
