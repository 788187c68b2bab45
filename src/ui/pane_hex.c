/* The bytes of a whole source, with a cursor on one of them. The rows say what stands where
 * (rows_hex_column), so that only they know the shape of a line. */
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
	{ { NULL }, ACT_NONE },
};

void hex_set(struct hex *h, const struct source *src, const char *file)
{
	h->source = src;
	h->file = src ? file : "";
	h->size = src ? source_size(src) : 0;
	h->cursor = 0;
	h->top = 0;
	rows_hex_set(h->pane.rows, src, (struct span){ 0, h->size });
	rows_hex_cursor(h->pane.rows, UINT64_MAX);
}

void hex_light(struct hex *h, struct span field)
{
	rows_hex_mark(h->pane.rows, span_clip(field, h->size));
}

void hex_go(struct hex *h, uint64_t offset)
{
	if (h->size == 0)
		return;
	h->cursor = offset < h->size ? offset : h->size - 1;
}

void hex_show(struct hex *h, struct span field)
{
	hex_light(h, field);
	if (field.length > 0)
		hex_go(h, field.offset);
}

/* ---- moving ---- */

static void move_by(struct hex *h, uint64_t n, bool down)
{
	uint64_t left = h->size - 1 - h->cursor;

	if (down)
		h->cursor += n < left ? n : left;
	else
		h->cursor -= n < h->cursor ? n : h->cursor;
}

/* Whole rows only: the column stays, and beyond the first or last row nothing moves. */
static void move_rows(struct hex *h, uint64_t rows, bool down)
{
	uint64_t width = rows_hex_width(h->pane.rows);
	uint64_t room = down ? (h->size - 1 - h->cursor) / width : h->cursor / width;

	/* The last row may be short: its end is below what stands further right. */
	if (down && room < rows && h->cursor / width + room < (h->size - 1) / width)
		h->cursor = h->size - 1;
	else
		move_by(h, (rows < room ? rows : room) * width, down);
}

static void act_left(struct hex *h, const struct call *c)
{
	move_by(h, c->count, false);
}

static void act_right(struct hex *h, const struct call *c)
{
	move_by(h, c->count, true);
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

static void act_first(struct hex *h, const struct call *c)
{
	hex_go(h, c->counted ? c->count : 0);
}

static void act_last(struct hex *h, const struct call *c)
{
	hex_go(h, c->counted ? c->count : UINT64_MAX);
}

static void act_scroll_down(struct hex *h, const struct call *c)
{
	size_t last = rows_hex_line(h->pane.rows, h->size - 1);
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
};

static bool hex_act(struct pane *p, enum action action, const struct call *c)
{
	struct hex *h = (struct hex *)p;

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
	if (rows_hex_fit(p->rows, in.w) != rows_hex_width(p->rows)) {
		uint64_t first = rows_hex_offset(p->rows, h->top);

		rows_hex_set_width(p->rows, rows_hex_fit(p->rows, in.w));
		h->top = rows_hex_line(p->rows, first);
	}
	rows_hex_cursor(p->rows, focused ? h->cursor : UINT64_MAX);
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
