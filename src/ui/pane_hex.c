/* The bytes of a whole source, or of an address space, with a cursor on one of them. The rows say
 * what stands where (rows_hex_column), so that only they know the shape of a line. */
#include "ui/pane.h"

#include <string.h>

static const struct key_bind hex_keys[] = {
	{ { "h", "Left" }, ACT_LEFT },
	{ { "l", "Right" }, ACT_RIGHT },
	{ { "j", "Down" }, ACT_DOWN },
	{ { "k", "Up" }, ACT_UP },
	{ { "Space", "PgDn", "C-f" }, ACT_PAGE_DOWN },
	{ { "b", "PgUp", "C-b" }, ACT_PAGE_UP },
	{ { "C-d" }, ACT_HALF_DOWN },
	{ { "C-u" }, ACT_HALF_UP },
	{ { "g", "Home" }, ACT_FIRST },
	{ { "G", "End" }, ACT_LAST },
	{ { "C-e" }, ACT_SCROLL_DOWN },
	{ { "C-y" }, ACT_SCROLL_UP },
	{ { "w" }, ACT_FIELD_NEXT },
	{ { "W" }, ACT_FIELD_PREV },
	{ { "v" }, ACT_SELECT },
	{ { "V" }, ACT_SELECT_ROWS },
	{ { "/" }, ACT_SEARCH },
	{ { "n" }, ACT_SEARCH_NEXT },
	{ { "N" }, ACT_SEARCH_PREV },
	{ { NULL }, ACT_NONE },
};

static uint64_t hex_last(const struct hex *h)
{
	return h->first + h->size - 1;
}

void hex_set(struct hex *h, const struct source *src, const char *file)
{
	h->source = src;
	h->space = NULL;
	h->file = src ? file : "";
	h->first = 0;
	h->size = src ? source_size(src) : 0;
	h->cursor = 0;
	h->top = 0;
	h->selecting = h->paged = false;
	rows_hex_set(h->pane.rows, src, (struct span){ 0, h->size });
	rows_hex_cursor(h->pane.rows, UINT64_MAX);
}

void hex_page(struct hex *h, struct span page, uint64_t addr)
{
	if (h->paged && h->first == page.offset && h->size == page.length)
		return;
	h->paged = true;
	h->addr = addr;
	h->first = page.offset;
	h->size = page.length;
	h->top = 0;
	h->selecting = false;
	if (h->cursor < h->first || h->cursor > hex_last(h))
		h->cursor = h->first;
	rows_hex_set_page(h->pane.rows, h->source, page, addr);
}

void hex_whole(struct hex *h)
{
	if (!h->paged)
		return;
	h->paged = false;
	h->first = 0;
	h->size = source_size(h->source);
	h->selecting = false;
	rows_hex_set(h->pane.rows, h->source, (struct span){ 0, h->size });
}

void hex_light(struct hex *h, struct span field)
{
	rows_hex_mark(h->pane.rows, h->space ? field : span_clip(field, h->first + h->size));
}

void hex_go(struct hex *h, uint64_t offset)
{
	if (h->size == 0)
		return;
	if (h->paged && (offset < h->first || offset > hex_last(h)))
		hex_whole(h);
	h->cursor = offset < h->first ? h->first : offset <= hex_last(h) ? offset : hex_last(h);
}

void hex_show(struct hex *h, struct span field)
{
	hex_light(h, field);
	if (field.length > 0)
		hex_go(h, field.offset);
}

/* ---- address spaces ---- */

void hex_set_space(struct hex *h, const struct aspace *as)
{
	hex_set(h, NULL, "");
	h->space = as;
	rows_hex_set_space(h->pane.rows, as, (struct span){ 0, 0 });
}

/* Shows region `i` and those that touch it. */
static void show_around(struct hex *h, size_t i)
{
	const struct region *r = h->space->regions;
	size_t from = i, to = i;

	while (from > 0 && r[from - 1].end == r[from].start)
		from--;
	while (to + 1 < h->space->region_count && r[to + 1].start == r[to].end)
		to++;
	h->first = r[from].start;
	h->size = r[to].end - r[from].start;
	h->top = 0;
	h->selecting = false;
	rows_hex_set_space(h->pane.rows, h->space, (struct span){ h->first, h->size });
}

/* As long as the regions are not known: the bytes around an address that are alike. */
static bool show_extent(struct hex *h, uint64_t addr)
{
	struct extent x;

	aspace_at(h->space, addr, &x);
	if (x.state == PAGE_UNMAPPED || x.end <= addr)
		return false;
	h->first = x.start;
	h->size = x.end - x.start;
	h->cursor = addr;
	h->top = 0;
	h->selecting = false;
	rows_hex_set_space(h->pane.rows, h->space, (struct span){ h->first, h->size });
	return true;
}

bool hex_go_address(struct hex *h, uint64_t addr)
{
	const struct region *r = h->space ? aspace_region(h->space, addr) : NULL;

	if (h->space && !aspace_is_mapped(h->space))
		return show_extent(h, addr);
	if (!r)
		return false;
	if (!h->size || addr < h->first || addr > hex_last(h))
		show_around(h, (size_t)(r - h->space->regions));
	h->cursor = addr;
	return true;
}

/* Bytes from the beginning of its line. */
static uint64_t column_of(const struct hex *h, uint64_t offset)
{
	return (offset - rows_hex_offset(h->pane.rows, 0)) % rows_hex_width(h->pane.rows);
}

/* On into the regions behind a gap, or before it. Returns false where there are none. */
static bool cross(struct hex *h, bool down)
{
	const struct region *r = h->space ? aspace_region(h->space, h->cursor) : NULL;
	size_t i = r ? (size_t)(r - h->space->regions) : 0;
	uint64_t width = rows_hex_width(h->pane.rows), column = column_of(h, h->cursor);

	while (r && i > 0 && !down && h->space->regions[i].start >= h->first)
		i--;
	while (r && i + 1 < h->space->region_count && down &&
	       h->space->regions[i].end <= hex_last(h) + 1)
		i++;
	r = r ? &h->space->regions[i] : NULL;
	if (!r || (down ? r->start <= hex_last(h) : r->start >= h->first))
		return false;
	show_around(h, i);
	h->cursor = down ? h->first : hex_last(h) - hex_last(h) % width;
	if (column <= hex_last(h) - h->cursor)
		h->cursor += column;
	return true;
}

/* ---- selecting ---- */

struct span hex_selection(const struct hex *h)
{
	uint64_t low = h->anchor < h->cursor ? h->anchor : h->cursor;
	uint64_t high = h->anchor < h->cursor ? h->cursor : h->anchor;
	uint64_t width = rows_hex_width(h->pane.rows);

	if (!h->selecting || !h->size)
		return (struct span){ 0, 0 };
	if (h->by_rows) {
		low -= column_of(h, low) < low - h->first ? column_of(h, low) : low - h->first;
		high += width - 1 - column_of(h, high);
		high = high > hex_last(h) ? hex_last(h) : high;
	}
	return (struct span){ low, high - low + 1 };
}

static void select_from(struct hex *h, bool by_rows)
{
	if (h->selecting && h->by_rows == by_rows) {
		h->selecting = false;
		return;
	}
	if (!h->selecting)
		h->anchor = h->cursor;
	h->selecting = true;
	h->by_rows = by_rows;
}

static void act_select(struct hex *h, const struct call *c)
{
	(void)c;
	select_from(h, false);
}

static void act_select_rows(struct hex *h, const struct call *c)
{
	(void)c;
	select_from(h, true);
}

/* ---- moving ---- */

static void move_by(struct hex *h, uint64_t n, bool down)
{
	uint64_t left = hex_last(h) - h->cursor, before = h->cursor - h->first;

	if (down)
		h->cursor += n < left ? n : left;
	else
		h->cursor -= n < before ? n : before;
}

/* By bytes: past the last, the first behind the gap. */
static void move_bytes(struct hex *h, uint64_t n, bool down)
{
	uint64_t room = down ? hex_last(h) - h->cursor : h->cursor - h->first;

	if (n > room && h->paged)
		hex_whole(h);
	else if (n > room && cross(h, down)) {
		h->cursor = down ? h->first : hex_last(h);
		return;
	}
	move_by(h, n, down);
}

/* Whole rows only: the column stays, and beyond the first or last row nothing moves. */
static void move_rows(struct hex *h, uint64_t rows, bool down)
{
	uint64_t width = rows_hex_width(h->pane.rows);
	uint64_t room = (down ? hex_last(h) - h->cursor : h->cursor - h->first) / width;
	uint64_t lines;

	/* Out of a page by as much as was asked for: into the next, if there is one. */
	if (room == 0 && rows > 0 && h->paged) {
		hex_whole(h);
		room = (down ? hex_last(h) - h->cursor : h->cursor) / width;
	}
	if (room == 0 && rows > 0 && cross(h, down))
		return;
	/* The last row may be short: its end is below what stands further right. */
	lines = rows_hex_line(h->pane.rows, hex_last(h)) - rows_hex_line(h->pane.rows, h->cursor);
	if (down && room < rows && room < lines)
		h->cursor = hex_last(h);
	else
		move_by(h, (rows < room ? rows : room) * width, down);
}

static void act_left(struct hex *h, const struct call *c)
{
	move_bytes(h, c->count, false);
}

static void act_right(struct hex *h, const struct call *c)
{
	move_bytes(h, c->count, true);
}

static void act_down(struct hex *h, const struct call *c)
{
	move_rows(h, c->count, true);
}

static void act_up(struct hex *h, const struct call *c)
{
	move_rows(h, c->count, false);
}

static uint64_t page(const struct hex *h)
{
	return (uint64_t)h->pane.height;
}

/* Moves what is seen and the cursor alike. */
static void leaf(struct hex *h, uint64_t rows, bool down)
{
	if (down)
		h->top += rows;
	else
		h->top -= h->top < rows ? h->top : rows;
	move_rows(h, rows, down);
}

static void act_page_down(struct hex *h, const struct call *c)
{
	leaf(h, page(h) * c->count, true);
}

static void act_page_up(struct hex *h, const struct call *c)
{
	leaf(h, page(h) * c->count, false);
}

static void act_half_down(struct hex *h, const struct call *c)
{
	leaf(h, (page(h) + 1) / 2 * c->count, true);
}

static void act_half_up(struct hex *h, const struct call *c)
{
	leaf(h, (page(h) + 1) / 2 * c->count, false);
}

/* Of the source, or of the region. */
static void act_first(struct hex *h, const struct call *c)
{
	const struct region *r = h->space ? aspace_region(h->space, h->cursor) : NULL;

	hex_go(h, r ? r->start : c->counted ? c->count : h->first);
}

static void act_last(struct hex *h, const struct call *c)
{
	const struct region *r = h->space ? aspace_region(h->space, h->cursor) : NULL;

	hex_go(h, r ? r->end - 1 : c->counted ? c->count : hex_last(h));
}

static void act_scroll_down(struct hex *h, const struct call *c)
{
	size_t last = rows_hex_line(h->pane.rows, hex_last(h));
	size_t line;

	h->top = h->top + c->count < last ? h->top + c->count : last;
	line = rows_hex_line(h->pane.rows, h->cursor);
	if (line < h->top)
		move_rows(h, h->top - line, true);
}

static void act_scroll_up(struct hex *h, const struct call *c)
{
	size_t line = rows_hex_line(h->pane.rows, h->cursor);

	h->top -= h->top < c->count ? h->top : c->count;
	if (line >= h->top + page(h))
		move_rows(h, line - (h->top + page(h) - 1), false);
}

static void (*const hex_acts[ACT_COUNT])(struct hex *, const struct call *) = {
	[ACT_LEFT] = act_left,
	[ACT_RIGHT] = act_right,
	[ACT_DOWN] = act_down,
	[ACT_UP] = act_up,
	[ACT_PAGE_DOWN] = act_page_down,
	[ACT_PAGE_UP] = act_page_up,
	[ACT_HALF_DOWN] = act_half_down,
	[ACT_HALF_UP] = act_half_up,
	[ACT_FIRST] = act_first,
	[ACT_LAST] = act_last,
	[ACT_SCROLL_DOWN] = act_scroll_down,
	[ACT_SCROLL_UP] = act_scroll_up,
	[ACT_SELECT] = act_select,
	[ACT_SELECT_ROWS] = act_select_rows,
};

static bool hex_act(struct pane *p, enum action action, const struct call *c)
{
	struct hex *h = (struct hex *)p;

	if (action == ACT_ESCAPE && h->selecting) {
		h->selecting = false;
		return true;
	}
	if (!hex_acts[action])
		return false;
	if (h->size > 0)
		hex_acts[action](h, c);
	return true;
}

/* ---- drawing ---- */

static void draw_line(struct hex *h, struct canvas *cv, struct area a, size_t line)
{
	int x = a.x;
	struct row row;

	rows_line(h->pane.rows, line, cv->arena, &row);
	for (int i = 0; i < row.count && x < a.x + a.w; i++) {
		const struct cell *c = &row.cells[i];
		int width = text_width(c->text), pad = c->width < 0 ? -c->width : c->width;
		int start = c->width < 0 && width < pad ? x + pad - width : x;

		canvas_put(cv, start, a.y, c->role, c->text);
		x += width < pad ? pad : width;
	}
}

static void keep_in_view(struct hex *h, size_t line, size_t count)
{
	size_t height = (size_t)h->pane.height;

	/* A step scrolls by a line; whatever is further away comes with some of both sides. */
	if (line + 1 < h->top || line > h->top + height)
		h->top = line > height / 3 ? line - height / 3 : 0;
	else if (line < h->top)
		h->top = line;
	else if (line >= h->top + height)
		h->top = line - height + 1;
	if (h->top + height > count)
		h->top = count > height ? count - height : 0;
}

/* Another width shows the same bytes at the top. */
static void fit(struct hex *h, int columns)
{
	struct rows *rows = h->pane.rows;
	uint64_t first = rows_hex_offset(rows, h->top);
	unsigned width = rows_hex_width(rows);

	rows_hex_set_columns(rows, columns);
	if (rows_hex_width(rows) != width)
		h->top = rows_hex_line(rows, first);
}

static void hex_draw(struct pane *p, struct canvas *cv, struct area in, bool focused)
{
	struct hex *h = (struct hex *)p;
	size_t count, line;

	p->height = in.h > 0 ? in.h : 1;
	p->width = in.w > 0 ? in.w : 1;
	if (h->size == 0) {
		canvas_put_cut(cv, in.x + 1, in.y, ROLE_DIM, p->empty, in.w - 1);
		return;
	}
	fit(h, in.w);
	rows_hex_cursor(p->rows, focused ? h->cursor : UINT64_MAX);
	rows_hex_select(p->rows, hex_selection(h));
	count = rows_count(p->rows);
	line = rows_hex_line(p->rows, h->cursor);
	keep_in_view(h, line, count);
	for (int i = 0; i < in.h && h->top + (size_t)i < count; i++)
		draw_line(h, cv, (struct area){ in.x, in.y + i, in.w, 1 }, h->top + (size_t)i);
	if (focused)
		canvas_cursor(cv, in.x + rows_hex_column(p->rows, h->cursor, false),
			      in.y + (int)(line - h->top));
}

static const char *hex_place(struct pane *p, struct arena *a)
{
	struct hex *h = (struct hex *)p;

	if (h->size == 0)
		return "";
	if (h->space || h->paged)
		return arena_printf(a, "%s  %u/row", h->space ? h->space->unit : "PFN",
				    rows_hex_width(p->rows));
	return arena_printf(a, "0x%llx/0x%llx  %u/row", (unsigned long long)h->cursor,
			    (unsigned long long)h->size, rows_hex_width(p->rows));
}

static const struct pane_class hex_class = {
	.keys = hex_keys,
	.draw = hex_draw,
	.act = hex_act,
	.place = hex_place,
};

struct err *hex_init(struct hex *h, const char *name)
{
	*h = (struct hex){
		.pane = { .class = &hex_class,
			  .rows = rows_hex_new(),
			  .name = name,
			  .height = 1,
			  .width = 1,
			  .empty = "(no bytes)",
			  .needle = "" },
		.file = "",
	};
	return keymap_build(&h->pane.keymap, hex_keys);
}

void hex_fini(struct hex *h)
{
	rows_free(h->pane.rows);
	*h = (struct hex){ .source = NULL };
}
