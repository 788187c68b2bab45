/* The list engine. Lines are numbered as the rows number them; with a filter, positions are indices
 * into the vector of the lines that pass (and of those they hang under, lest a hit stand alone).
 *
 *   *!v mm-7.img  142 VMAs
 *   ||| cells
 *   ||fold sign, indented by the row's depth
 *   |mark of the row, before the sign (which lists without folds do not have)
 *   selected */
#include "ui/pane.h"

#include <stdlib.h>
#include <string.h>

#include "base/bound.h"
#include "base/heap.h"

static const struct key_bind list_keys[] = {
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
	{ { "l", "Right" }, ACT_FOLD_OPEN },
	{ { "h", "Left" }, ACT_FOLD_CLOSE },
	{ { "O" }, ACT_OPEN_ALL },
	{ { "C" }, ACT_CLOSE_ALL },
	{ { "{" }, ACT_GROUP_PREV },
	{ { "}" }, ACT_GROUP_NEXT },
	{ { "/" }, ACT_SEARCH },
	{ { "n" }, ACT_SEARCH_NEXT },
	{ { "N" }, ACT_SEARCH_PREV },
	{ { "*" }, ACT_SEARCH_VALUE },
	{ { "&" }, ACT_FILTER },
	{ { NULL }, ACT_NONE },
};

size_t list_count(struct list *l)
{
	return l->filter ? l->shown_count : rows_count(l->pane.rows);
}

static size_t line_at(const struct list *l, size_t position)
{
	return l->filter ? l->shown[position] : position;
}

size_t list_position(struct list *l, size_t line)
{
	return l->filter ? BOUND(i, l->shown_count, l->shown[i] < line) : line;
}

/* With nothing shown the cursor stays, for when something is again. */
static void go_to_position(struct list *l, size_t position)
{
	size_t count = list_count(l);

	if (count > 0)
		l->cursor = line_at(l, position < count ? position : count - 1);
}

void list_go(struct list *l, size_t line)
{
	go_to_position(l, list_position(l, line));
}

static void shown_add(struct list *l, size_t line, size_t *room)
{
	l->shown = heap_grow(l->shown, l->shown_count, room, sizeof(*l->shown));
	l->shown[l->shown_count++] = line;
}

/* Adds what `line` hangs under, as far as it is not there yet, outermost first. */
static void shown_add_above(struct list *l, size_t line, size_t *room)
{
	size_t above[64];
	size_t n = 0, up;

	while (n < ARRAY_LEN(above) && (up = rows_up(l->pane.rows, line)) < line) {
		if (l->shown_count > 0 && l->shown[l->shown_count - 1] >= up)
			break;
		above[n++] = line = up;
	}
	while (n > 0)
		shown_add(l, above[--n], room);
}

static void filter_run(struct list *l)
{
	struct line_search s = { .needle = l->filter, .stop = l->stop, .arg = l->stop_arg };
	size_t room = 0, from = 0, hit;

	free(l->shown);
	l->shown = NULL;
	l->shown_count = 0;
	l->shown_of = rows_count(l->pane.rows);
	while (rows_pass(l->pane.rows, &s, from, &hit) == SEARCH_HIT) {
		shown_add_above(l, hit, &room);
		shown_add(l, hit, &room);
		from = hit + 1;
	}
}

void list_filter(struct list *l, const char *text)
{
	free(l->filter);
	l->filter = text && *text ? heap_must(strdup(text)) : NULL;
	if (l->filter)
		filter_run(l);
	list_go(l, l->cursor);
}

void list_refresh(struct list *l)
{
	if (l->filter)
		filter_run(l);
	list_go(l, l->cursor);
}

enum search_end list_search(struct list *l, const char *needle, bool back, size_t *hit, bool *round)
{
	struct line_search s = { needle, back, l->stop, l->stop_arg, true, NODES_ALL };
	struct rows *r = l->pane.rows;
	size_t count = rows_count(r);
	enum search_end end = SEARCH_NONE;

	*round = false;
	if (count == 0)
		return SEARCH_NONE;
	if (!back)
		rows_reveal(r, l->cursor, needle);
	if (back ? l->cursor > 0 : l->cursor + 1 < rows_count(r))
		end = rows_search(r, &s, back ? l->cursor - 1 : l->cursor + 1, hit);
	if (end == SEARCH_NONE) {
		*round = true;
		end = rows_search(r, &s, back ? rows_count(r) - 1 : 0, hit);
	}
	if (rows_count(r) != count)
		list_refresh(l);
	return end;
}

/* ---- moving ---- */

static void move_by(struct list *l, size_t n, bool down)
{
	size_t at = list_position(l, l->cursor);

	go_to_position(l, down ? at + n : n > at ? 0 : at - n);
}

static void act_down(struct list *l, const struct call *c)
{
	move_by(l, c->count, true);
}

static void act_up(struct list *l, const struct call *c)
{
	move_by(l, c->count, false);
}

static size_t page(const struct list *l)
{
	return (size_t)l->pane.height;
}

/* Moves what is seen and the cursor alike. */
static void leaf(struct list *l, size_t n, bool down)
{
	if (down)
		l->top += n;
	else
		l->top -= l->top < n ? l->top : n;
	move_by(l, n, down);
}

static void act_page_down(struct list *l, const struct call *c)
{
	leaf(l, page(l) * c->count, true);
}

static void act_page_up(struct list *l, const struct call *c)
{
	leaf(l, page(l) * c->count, false);
}

static void act_half_down(struct list *l, const struct call *c)
{
	leaf(l, (page(l) + 1) / 2 * c->count, true);
}

static void act_half_up(struct list *l, const struct call *c)
{
	leaf(l, (page(l) + 1) / 2 * c->count, false);
}

static void act_first(struct list *l, const struct call *c)
{
	go_to_position(l, c->counted && c->count > 0 ? c->count - 1 : 0);
}

static void act_last(struct list *l, const struct call *c)
{
	go_to_position(l, c->counted && c->count > 0 ? c->count - 1 : SIZE_MAX);
}

static void act_scroll_down(struct list *l, const struct call *c)
{
	size_t count = list_count(l);

	l->top += c->count;
	if (l->top >= count)
		l->top = count ? count - 1 : 0;
	if (list_position(l, l->cursor) < l->top)
		go_to_position(l, l->top);
}

static void act_scroll_up(struct list *l, const struct call *c)
{
	l->top -= l->top < c->count ? l->top : c->count;
	if (list_position(l, l->cursor) >= l->top + page(l))
		go_to_position(l, l->top + page(l) - 1);
}

/* ---- folding ---- */

static int fold_of(struct list *l, size_t line)
{
	struct arena a;
	struct row row;

	arena_init(&a);
	rows_line(l->pane.rows, line, &a, &row);
	arena_fini(&a);
	return row.fold;
}

static void fold(struct list *l, bool open, bool all)
{
	if (rows_fold(l->pane.rows, l->cursor, open, all))
		list_refresh(l);
}

static void act_open(struct list *l, const struct call *c)
{
	int state = fold_of(l, l->cursor);

	if (state == 0)
		fold(l, true, false);
	else if (state == 1)
		act_down(l, c);
}

static void act_shut(struct list *l, const struct call *c)
{
	(void)c;
	if (fold_of(l, l->cursor) == 1)
		fold(l, false, false);
	else
		list_go(l, rows_up(l->pane.rows, l->cursor));
}

static void act_open_all(struct list *l, const struct call *c)
{
	(void)c;
	fold(l, true, true);
}

static void act_close_all(struct list *l, const struct call *c)
{
	(void)c;
	fold(l, false, true);
}

static bool is_below(struct list *l, size_t line, size_t group)
{
	while (line > group) {
		size_t up = rows_up(l->pane.rows, line);

		if (up >= line)
			return false;
		line = up;
	}
	return line == group;
}

/* The first line behind all that hangs under `group`. */
static size_t group_end(struct list *l, size_t group)
{
	size_t first = group + 1, count = rows_count(l->pane.rows);

	if (first >= count)
		return count;
	return first + BOUND(i, count - first, is_below(l, first + i, group));
}

static void act_group_next(struct list *l, const struct call *c)
{
	for (uint32_t i = 0; i < c->count; i++) {
		size_t at = l->cursor;
		size_t group = fold_of(l, at) >= 0 ? at : rows_up(l->pane.rows, at);
		size_t end = group_end(l, group);

		if (end >= rows_count(l->pane.rows) || end <= at)
			break;
		list_go(l, end);
	}
}

static size_t group_before(struct list *l, size_t at)
{
	size_t up = rows_up(l->pane.rows, at), line = at;

	if (fold_of(l, at) < 0 || at == 0)
		return up;
	for (line = at - 1; line > up || up == at;) {
		size_t next = rows_up(l->pane.rows, line);

		if (next == up || next >= line)
			return line;
		line = next;
	}
	return up;
}

static void act_group_prev(struct list *l, const struct call *c)
{
	for (uint32_t i = 0; i < c->count; i++) {
		size_t to = group_before(l, l->cursor);

		if (to >= l->cursor)
			break;
		list_go(l, to);
	}
}

static void (*const list_acts[ACT_COUNT])(struct list *, const struct call *) = {
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
	[ACT_FOLD_OPEN] = act_open,
	[ACT_FOLD_CLOSE] = act_shut,
	[ACT_OPEN_ALL] = act_open_all,
	[ACT_CLOSE_ALL] = act_close_all,
	[ACT_GROUP_NEXT] = act_group_next,
	[ACT_GROUP_PREV] = act_group_prev,
};

static bool list_act(struct pane *p, enum action action, const struct call *c)
{
	struct list *l = (struct list *)p;

	if (!list_acts[action])
		return false;
	if (rows_count(p->rows) > 0)
		list_acts[action](l, c);
	l->nowhere = false;
	return true;
}

/* ---- drawing ---- */

/* Tints the places of the needle in a cell drawn at (x, y). */
static void tint_matches(const struct list *l, struct canvas *cv, int x, int y, const char *text,
			 enum role role)
{
	const char *from = text;
	long at;

	while ((at = text_match(from, l->pane.needle)) >= 0) {
		size_t before = (size_t)(from - text + at);
		char *head = arena_strdup(cv->arena, text);
		int start, width;

		head[before + strlen(l->pane.needle)] = 0;
		width = text_width(head + before);
		head[before] = 0;
		start = text_width(head);
		canvas_tint(cv, (struct area){ x + start, y, width, 1 }, role);
		from = text + before + strlen(l->pane.needle);
	}
}

static int draw_cell(const struct list *l, struct canvas *cv, int x, int y, int end,
		     const struct cell *c, const enum role *over)
{
	int width = text_width(c->text), pad = c->width < 0 ? -c->width : c->width;
	int start = c->width < 0 && width < pad ? x + pad - width : x;

	canvas_put_cut(cv, start, y, over ? *over : c->role, c->text, end - start);
	if (l->pane.needle && *l->pane.needle)
		tint_matches(l, cv, start, y, c->text, over ? ROLE_MATCH_CURRENT : ROLE_MATCH);
	return x + (width < pad ? pad : width);
}

static const char *fold_sign(const struct row *row)
{
	return row->fold < 0 ? " " : row->fold ? "\u25be" : "\u25b8";
}

/* Draws row `row` into the line `a`; `over` is the role of a selected row, else NULL. */
static void draw_row(const struct list *l, struct canvas *cv, struct area a, const struct row *row,
		     const enum role *over)
{
	int depth = row->depth < a.w / 2 ? row->depth : a.w / 2;
	int x = a.x + 1, end = a.x + a.w;

	if (over) {
		canvas_fill(cv, a, *over, ' ');
		canvas_put(cv, a.x, a.y, *over, "*");
	}
	if (l->folds) {
		x += depth;
		canvas_put(cv, x, a.y, over ? *over : ROLE_DIM, fold_sign(row));
	}
	if (row->mark) {
		char mark[2] = { row->mark, 0 };

		canvas_put(cv, l->folds ? x - 1 : x, a.y, over ? *over : ROLE_ERROR, mark);
	}
	x += l->folds ? 2 : 1;
	for (int i = 0; i < row->count && x < end; i++)
		x = draw_cell(l, cv, x, a.y, end, &row->cells[i], over);
}

/* Takes the uppermost line of `in` if the rows have a heading and there is room. */
static void draw_heading(struct list *l, struct canvas *cv, struct area *in)
{
	struct area line = { in->x, in->y, in->w, 1 };
	struct row row;

	if (in->h < 3 || !rows_heading(l->pane.rows, cv->arena, &row))
		return;
	draw_row(l, cv, line, &row, NULL);
	in->y++;
	in->h--;
}

static void keep_in_view(struct list *l, size_t at, size_t count)
{
	size_t height = page(l);

	/* A step scrolls by a line; whatever is further away comes with some of both sides. */
	if (at + 1 < l->top || at > l->top + height)
		l->top = at > height / 3 ? at - height / 3 : 0;
	else if (at < l->top)
		l->top = at;
	else if (at >= l->top + height)
		l->top = at - height + 1;
	if (l->top + height > count)
		l->top = count > height ? count - height : 0;
}

static void list_draw(struct pane *p, struct canvas *cv, struct area in, bool focused)
{
	struct list *l = (struct list *)p;
	enum role over = focused ? ROLE_SELECTION : ROLE_SELECTION_BLUR;
	size_t at, count;

	draw_heading(l, cv, &in);
	p->height = in.h > 0 ? in.h : 1;
	p->width = in.w > 0 ? in.w : 1;
	if (l->filter && l->shown_of != rows_count(p->rows))
		filter_run(l);
	list_go(l, l->cursor);
	count = list_count(l);
	at = list_position(l, l->cursor);
	keep_in_view(l, at, count);
	if (count == 0)
		canvas_put_cut(cv, in.x + 1, in.y, ROLE_DIM,
			       l->filter ? "(nothing passes the filter)" : p->empty, in.w - 1);
	for (int i = 0; i < in.h && l->top + (size_t)i < count; i++) {
		size_t position = l->top + (size_t)i;
		struct area line = { in.x, in.y + i, in.w, 1 };
		struct row row;

		rows_line(p->rows, line_at(l, position), cv->arena, &row);
		draw_row(l, cv, line, &row, position == at && !l->nowhere ? &over : NULL);
		if (position == at && focused)
			canvas_cursor(cv, in.x, line.y);
	}
}

static const char *list_place(struct pane *p, struct arena *a)
{
	struct list *l = (struct list *)p;
	size_t count = list_count(l);

	if (count == 0)
		return "0/0";
	if (l->nowhere)
		return arena_printf(a, "-/%zu", count);
	return arena_printf(a, "%zu/%zu", list_position(l, l->cursor) + 1, count);
}

static const struct pane_class list_class = {
	.keys = list_keys,
	.draw = list_draw,
	.act = list_act,
	.place = list_place,
};

struct list *pane_list(struct pane *p)
{
	return p->class == &list_class ? (struct list *)p : NULL;
}

struct err *list_init(struct list *l, const char *name, struct rows *rows, bool folds)
{
	*l = (struct list){
		.pane = { .class = &list_class,
			  .rows = rows,
			  .name = name,
			  .height = 1,
			  .width = 1,
			  .empty = "(nothing)",
			  .needle = "" },
		.folds = folds,
	};
	return keymap_build(&l->pane.keymap, list_keys);
}

void list_fini(struct list *l)
{
	rows_free(l->pane.rows);
	free(l->filter);
	free(l->shown);
	*l = (struct list){ .filter = NULL };
}
