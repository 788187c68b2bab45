/* The page map, full screen: a line begins with its address, each cell is 1 << shift pages. */
#include "ui/pane.h"

#include "view/rows_pages.h"

#define SHIFT_MOST 18

static const struct key_bind map_keys[] = {
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
	{ { "+" }, ACT_ZOOM_IN },
	{ { "-" }, ACT_ZOOM_OUT },
	{ { "H" }, ACT_ENTROPY },
	{ { "/" }, ACT_SEARCH },
	{ { "n" }, ACT_SEARCH_NEXT },
	{ { "N" }, ACT_SEARCH_PREV },
	{ { NULL }, ACT_NONE },
};

void map_set(struct map *m, const struct aspace *as)
{
	m->space = as;
	m->cursor = as && aspace_is_mapped(as) && as->region_count ? as->regions[0].start : 0;
	m->top = 0;
	rows_pages_set(m->pane.rows, as);
}

void map_go(struct map *m, uint64_t addr)
{
	m->cursor = addr;
}

/* Up and down keep the column where the line is long enough. */
static void move_lines(struct map *m, size_t n, bool down)
{
	struct rows *rows = m->pane.rows;
	size_t line = rows_pages_line(rows, m->cursor), count = rows_count(rows);
	unsigned cell = rows_pages_cell(rows, m->cursor);

	if (down)
		line = count - 1 - line < n ? count - 1 : line + n;
	else
		line -= n < line ? n : line;
	m->cursor = rows_pages_address(rows, line, cell);
}

static void move_cells(struct map *m, size_t n, bool right)
{
	struct rows *rows = m->pane.rows;

	while (n-- > 0) {
		size_t line = rows_pages_line(rows, m->cursor);
		unsigned cell = rows_pages_cell(rows, m->cursor);
		uint64_t to;

		if (right) {
			to = rows_pages_address(rows, line, cell + 1);
			if (to == rows_pages_address(rows, line, cell)) {
				if (line + 1 >= rows_count(rows))
					return;
				to = rows_pages_address(rows, line + 1, 0);
			}
		} else if (cell > 0) {
			to = rows_pages_address(rows, line, cell - 1);
		} else if (line > 0) {
			to = rows_pages_address(rows, line - 1, UINT32_MAX);
		} else {
			return;
		}
		m->cursor = to;
	}
}

static void act_left(struct map *m, const struct call *c)
{
	move_cells(m, c->count < 100000 ? c->count : 100000, false);
}

static void act_right(struct map *m, const struct call *c)
{
	move_cells(m, c->count < 100000 ? c->count : 100000, true);
}

static void act_down(struct map *m, const struct call *c)
{
	move_lines(m, c->count, true);
}

static void act_up(struct map *m, const struct call *c)
{
	move_lines(m, c->count, false);
}

static void act_page_down(struct map *m, const struct call *c)
{
	move_lines(m, (size_t)m->pane.height * c->count, true);
}

static void act_page_up(struct map *m, const struct call *c)
{
	move_lines(m, (size_t)m->pane.height * c->count, false);
}

static void act_half_down(struct map *m, const struct call *c)
{
	move_lines(m, ((size_t)m->pane.height + 1) / 2 * c->count, true);
}

static void act_half_up(struct map *m, const struct call *c)
{
	move_lines(m, ((size_t)m->pane.height + 1) / 2 * c->count, false);
}

static void act_first(struct map *m, const struct call *c)
{
	(void)c;
	m->cursor = rows_pages_address(m->pane.rows, 0, 0);
}

static void act_last(struct map *m, const struct call *c)
{
	(void)c;
	m->cursor = rows_pages_address(m->pane.rows, rows_count(m->pane.rows) - 1, UINT32_MAX);
}

static void act_zoom_in(struct map *m, const struct call *c)
{
	m->shift -= c->count < m->shift ? c->count : m->shift;
}

static void act_zoom_out(struct map *m, const struct call *c)
{
	m->shift = c->count < SHIFT_MOST - m->shift ? m->shift + c->count : SHIFT_MOST;
}

static void act_entropy(struct map *m, const struct call *c)
{
	(void)c;
	m->entropy = !m->entropy;
	rows_pages_entropy(m->pane.rows, m->entropy ? m->sampler : NULL);
}

static void (*const map_acts[ACT_COUNT])(struct map *, const struct call *) = {
	[ACT_LEFT] = act_left,           [ACT_RIGHT] = act_right,
	[ACT_DOWN] = act_down,           [ACT_UP] = act_up,
	[ACT_PAGE_DOWN] = act_page_down, [ACT_PAGE_UP] = act_page_up,
	[ACT_HALF_DOWN] = act_half_down, [ACT_HALF_UP] = act_half_up,
	[ACT_FIRST] = act_first,         [ACT_LAST] = act_last,
	[ACT_ENTROPY] = act_entropy,     [ACT_ZOOM_IN] = act_zoom_in,
	[ACT_ZOOM_OUT] = act_zoom_out,
};

static bool map_act(struct pane *p, enum action action, const struct call *c)
{
	struct map *m = (struct map *)p;

	if (!map_acts[action])
		return false;
	if (rows_count(p->rows))
		map_acts[action](m, c);
	return true;
}

/* The largest power of two that fits. */
static unsigned cells_for(int columns)
{
	unsigned cells = 8;

	while (cells < 256 && (int)cells * 2 + PAGES_LEFT <= columns)
		cells *= 2;
	return cells;
}

static void draw_line(struct map *m, struct canvas *cv, struct area a, size_t line)
{
	int x = a.x;
	struct row row;

	rows_line(m->pane.rows, line, cv->arena, &row);
	for (int i = 0; i < row.count && x < a.x + a.w; i++) {
		int end = canvas_put(cv, x, a.y, row.cells[i].role, row.cells[i].text);

		x = x + row.cells[i].width > end ? x + row.cells[i].width : end;
	}
}

static void map_draw(struct pane *p, struct canvas *cv, struct area in, bool focused)
{
	struct map *m = (struct map *)p;
	size_t height, line, count;

	p->height = in.h > 0 ? in.h : 1;
	p->width = in.w > 0 ? in.w : 1;
	height = (size_t)p->height;
	rows_pages_shape(p->rows, cells_for(in.w), m->shift);
	rows_pages_cursor(p->rows, m->cursor);
	count = rows_count(p->rows);
	if (!count) {
		canvas_put_cut(cv, in.x + 1, in.y, ROLE_DIM, p->empty, in.w - 1);
		return;
	}
	line = rows_pages_line(p->rows, m->cursor);
	if (line + 1 < m->top || line > m->top + height)
		m->top = line > height / 3 ? line - height / 3 : 0;
	else if (line < m->top)
		m->top = line;
	else if (line >= m->top + height)
		m->top = line - height + 1;
	if (m->top + height > count)
		m->top = count > height ? count - height : 0;
	for (int i = 0; i < in.h && m->top + (size_t)i < count; i++)
		draw_line(m, cv, (struct area){ in.x, in.y + i, in.w, 1 }, m->top + (size_t)i);
	if (focused)
		canvas_cursor(cv, in.x + PAGES_LEFT + (int)rows_pages_cell(p->rows, m->cursor),
			      in.y + (int)(line - m->top));
}

static const char *map_place(struct pane *p, struct arena *a)
{
	struct map *m = (struct map *)p;

	if (!m->space)
		return "";
	return arena_printf(a, "a cell %s, a line %s  + - zoom  H %s",
			    text_size(m->space->page << m->shift, a),
			    text_size((m->space->page << m->shift) * cells_for(p->width), a),
			    m->entropy ? "pages" : "entropy");
}

static const struct pane_class map_class = {
	.keys = map_keys,
	.draw = map_draw,
	.act = map_act,
	.place = map_place,
};

struct err *map_init(struct map *m, const char *name, struct entropy *sampler)
{
	*m = (struct map){
		.sampler = sampler,
		.pane = { .class = &map_class,
			  .rows = rows_pages_new(),
			  .name = name,
			  .height = 1,
			  .width = 1,
			  .empty = "(no memory)",
			  .needle = "" },
	};
	return keymap_build(&m->pane.keymap, map_keys);
}

void map_fini(struct map *m)
{
	rows_free(m->pane.rows);
	*m = (struct map){ .space = NULL };
}
