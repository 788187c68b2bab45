/* Two panes of bytes that move as one. Both have a window of the same length, so that a line of one
 * stands beside its counterpart; where a side has no bytes it says so with dashes.
 *
 *	+- A  pid 7  [heap] -------------------++- B  pid 7  [heap] -------------------+
 *	|a3e8~8d 10~c3~b6~5f e8 fd c7 ........ ||a3e8~8d 10~99~ec~05 e8 fd c7 ........ |
 *
 * Offsets of the two differ by `shift`: pages that moved, records elsewhere in a file. */
#include "ui/pane.h"

#include <string.h>

#define LOOK 4096u
#define LOOK_MOST (UINT64_C(64) << 20)

static struct hex *active_side(struct twin *t)
{
	return &t->sides[t->active];
}

/* Where `offset` of side `from` is on the other. */
static uint64_t across(const struct twin *t, unsigned from, uint64_t offset)
{
	return from ? offset - t->shift : offset + t->shift;
}

static void clear_side(struct twin *t, unsigned i)
{
	hex_set(&t->sides[i], NULL, "");
	source_close(t->slices[i]);
	t->slices[i] = NULL;
}

void twin_blank(struct twin *t)
{
	clear_side(t, 0);
	clear_side(t, 1);
	t->shift = 0;
}

static void compare_from_now_on(struct twin *t)
{
	rows_hex_peer(t->sides[0].pane.rows, t->sides[1].pane.rows, t->shift);
	rows_hex_peer(t->sides[1].pane.rows, t->sides[0].pane.rows, -t->shift);
	t->active = t->sides[t->chosen].size || !t->sides[!t->chosen].size ? t->chosen : !t->chosen;
}

/* ---- memory ---- */

/* How far regions that touch each other reach before and behind an address. */
static void reach(const struct aspace *as, uint64_t addr, uint64_t *before, uint64_t *behind)
{
	const struct region *r = as ? aspace_region(as, addr) : NULL;
	size_t i = r ? (size_t)(r - as->regions) : 0, to = i;

	if (!r)
		return;
	while (i > 0 && as->regions[i - 1].end == as->regions[i].start)
		i--;
	while (to + 1 < as->region_count && as->regions[to + 1].start == as->regions[to].end)
		to++;
	if (addr - as->regions[i].start > *before)
		*before = addr - as->regions[i].start;
	if (as->regions[to].end - addr > *behind)
		*behind = as->regions[to].end - addr;
}

void twin_show_spaces(struct twin *t, struct aspace *const spaces[2], const uint64_t addrs[2])
{
	uint64_t before = 0, behind = 0;

	for (unsigned i = 0; i < 2; i++)
		reach(spaces[i], addrs[i], &before, &behind);
	for (unsigned i = 0; i < 2; i++) {
		before = before < addrs[i] ? before : addrs[i];
		behind = behind < UINT64_MAX - addrs[i] ? behind : UINT64_MAX - addrs[i];
	}
	t->shift = addrs[1] - addrs[0];
	for (unsigned i = 0; i < 2; i++) {
		struct hex *h = &t->sides[i];

		clear_side(t, i);
		if (!spaces[i] || before + behind == 0)
			continue;
		h->space = spaces[i];
		h->first = addrs[i] - before;
		h->size = before + behind;
		h->cursor = addrs[i];
		rows_hex_set_space(h->pane.rows, spaces[i], (struct span){ h->first, h->size });
	}
	compare_from_now_on(t);
}

/* The cursor went on behind a gap: both show what is around it now. */
static void follow_window(struct twin *t)
{
	const struct hex *h = active_side(t), *other = &t->sides[!t->active];
	struct aspace *spaces[2] = { (struct aspace *)(uintptr_t)t->sides[0].space,
				     (struct aspace *)(uintptr_t)t->sides[1].space };
	uint64_t addrs[2];

	if (!h->space || (other->size && across(t, t->active, h->first) == other->first))
		return;
	addrs[t->active] = h->cursor;
	addrs[!t->active] = across(t, t->active, h->cursor);
	twin_show_spaces(t, spaces, addrs);
}

/* ---- files ---- */

void twin_show_spans(struct twin *t, struct source *const sources[2], const struct span spans[2],
		     const char *const names[2])
{
	uint64_t size = 0;

	twin_blank(t);
	for (unsigned i = 0; i < 2; i++)
		if (sources[i] && spans[i].length > size)
			size = spans[i].length;
	for (unsigned i = 0; i < 2; i++) {
		struct hex *h = &t->sides[i];

		if (!sources[i] || !spans[i].length)
			continue;
		t->slices[i] = source_slice(sources[i], spans[i], names[i]);
		hex_set(h, t->slices[i], names[i]);
		h->size = size;
		rows_hex_set(h->pane.rows, t->slices[i], (struct span){ 0, size });
	}
	compare_from_now_on(t);
}

/* ---- moving ---- */

static void in_step(struct twin *t)
{
	struct hex *h = active_side(t), *other = &t->sides[!t->active];

	if (t->apart || !h->size || !other->size)
		return;
	follow_window(t);
	hex_go(other, across(t, t->active, h->cursor));
	other->top = h->top;
}

void twin_go(struct twin *t, uint64_t offset)
{
	hex_go(&t->sides[0], offset);
	hex_go(&t->sides[1], across(t, 0, offset));
	t->sides[1].top = t->sides[0].top;
}

uint64_t twin_cursor(const struct twin *t)
{
	uint64_t at = t->sides[t->active].cursor;

	return t->active ? across(t, 1, at) : at;
}

void twin_cross(struct twin *t)
{
	if (t->sides[!t->active].size)
		t->chosen = t->active = !t->active;
}

static bool twin_act(struct pane *p, enum action action, const struct call *c)
{
	struct twin *t = (struct twin *)p;
	struct hex *h = active_side(t);

	if (!h->pane.class->act(&h->pane, action, c))
		return false;
	in_step(t);
	return true;
}

/* ---- what differs ---- */

/* How many bytes there are from `offset` on, one after the other. */
static size_t look(const struct hex *h, uint64_t offset, uint8_t *buf, size_t n)
{
	if (h->source)
		return source_read(h->source, offset, buf, n);
	return h->space && aspace_read(h->space, offset, buf, n, NULL) == n ? n : 0;
}

static uint64_t differs_in(const struct twin *t, uint64_t start, size_t n, bool back)
{
	uint8_t a[LOOK], b[LOOK];
	size_t na = look(&t->sides[0], start, a, n);
	size_t nb = look(&t->sides[1], across(t, 0, start), b, n);

	n = na < nb ? na : nb;
	if (!n || !memcmp(a, b, n))
		return UINT64_MAX;
	for (size_t i = 0; i < n; i++) {
		size_t at = back ? n - 1 - i : i;

		if (a[at] != b[at])
			return start + at;
	}
	return UINT64_MAX;
}

uint64_t twin_difference(const struct twin *t, uint64_t start, uint64_t end, bool back)
{
	uint64_t seen = 0, found = UINT64_MAX;

	while (start < end && seen < LOOK_MOST && found == UINT64_MAX) {
		uint64_t part = back ? (end - 1) % LOOK + 1 : LOOK - start % LOOK;

		part = part < end - start ? part : end - start;
		found = differs_in(t, back ? end - part : start, (size_t)part, back);
		seen += part;
		if (back)
			end -= part;
		else
			start += part;
	}
	return found;
}

/* ---- drawing ---- */

static void draw_side(struct twin *t, unsigned i, struct canvas *cv, struct area a, bool focused)
{
	struct hex *h = &t->sides[i];
	enum role role = focused ? ROLE_BORDER_FOCUS : ROLE_BORDER;
	struct area before, in = area_inside(a);
	struct span beside = { h->cursor, !focused && h->size && !t->apart };

	canvas_fill(cv, a, ROLE_NORMAL, ' ');
	canvas_box(cv, a, role);
	canvas_put_cut(cv, a.x + 2, a.y, role, t->titles[i], a.w - 4);
	if (i && *t->foot && text_width(t->foot) + 4 < a.w)
		canvas_put(cv, a.x + a.w - 2 - text_width(t->foot), a.y + a.h - 1, role, t->foot);
	before = canvas_clip(cv, in);
	rows_hex_mark(h->pane.rows, beside);
	h->pane.class->draw(&h->pane, cv, in, focused);
	canvas_clip(cv, before);
}

static void twin_draw(struct pane *p, struct canvas *cv, struct area a, bool focused)
{
	struct twin *t = (struct twin *)p;
	struct area half[2] = { a, a };
	unsigned first = t->active;

	half[0].w = a.w / 2;
	half[1].x += half[0].w;
	half[1].w -= half[0].w;
	draw_side(t, first, cv, half[first], focused);
	if (!t->apart)
		t->sides[!first].top = t->sides[first].top;
	draw_side(t, !first, cv, half[!first], false);
	p->height = t->sides[0].pane.height;
	p->width = a.w;
}

static const char *twin_place(struct pane *p, struct arena *a)
{
	(void)p;
	(void)a;
	return "";
}

static const struct pane_class twin_class = {
	.draw = twin_draw,
	.act = twin_act,
	.place = twin_place,
	.framed = true,
};

struct err *twin_init(struct twin *t)
{
	struct err *err = hex_init(&t->sides[0], "A");

	*t = (struct twin){ .sides = { t->sides[0] }, .titles = { "", "" }, .foot = "" };
	if (!err)
		err = hex_init(&t->sides[1], "B");
	if (err)
		return err;
	for (unsigned i = 0; i < 2; i++) {
		t->sides[i].pane.empty = "(not there)";
		rows_hex_short(t->sides[i].pane.rows, true);
	}
	/* Keys of bytes, and rows for those who ask for a line. */
	t->pane = t->sides[0].pane;
	t->pane.class = &twin_class;
	t->pane.name = "Bytes A | B";
	return NULL;
}

void twin_fini(struct twin *t)
{
	for (unsigned i = 0; i < 2; i++) {
		if (t->sides[i].pane.rows)
			clear_side(t, i);
		if (t->sides[i].pane.rows)
			hex_fini(&t->sides[i]);
	}
	*t = (struct twin){ .shift = 0 };
}
