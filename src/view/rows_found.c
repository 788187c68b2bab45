/* Flat lists. Lines live in one arena; a vector of pointers finds them. */
#include "view/rows_found.h"

#include <stdlib.h>

#include "base/heap.h"
#include "core/model.h"

/* ---- problems ---- */

struct problem_rows {
	struct rows rows;
	struct model *model;
};

static const struct {
	enum role role;
	char mark;
} severity_looks[] = {
	[SEV_NOTE] = { ROLE_NOTE, 0 },
	[SEV_WARNING] = { ROLE_WARNING, '!' },
	[SEV_ERROR] = { ROLE_ERROR, '!' },
};

static size_t problem_count(struct rows *r)
{
	return problems_count(((struct problem_rows *)r)->model->problems);
}

const struct problem *rows_problems_at(struct rows *r, size_t n)
{
	return problems_at(((struct problem_rows *)r)->model->problems, n);
}

static void problem_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	const struct problem *p = rows_problems_at(r, n);

	if (!p)
		return;
	out->mark = severity_looks[p->severity].mark;
	row_cell(out, severity_looks[p->severity].role, 9, severity_name(p->severity));
	row_cell(out, ROLE_FIELD, 0, p->path ? p->path : "");
	row_cell(out, ROLE_ADDRESS, 0,
		 arena_printf(a, " @0x%llx  ", (unsigned long long)p->span.offset));
	row_cell(out, ROLE_NORMAL, 0, p->text);
	out->span = p->span;
	/* The tree is read through the model's one writer, so the const of a problem's item is only
	 * a promise of the problem's. */
	if (p->item)
		out->node = node_at_offset((struct item *)p->item, p->span.offset);
}

static void problem_fini(struct rows *r)
{
	free(r);
}

static const struct rows_ops problem_ops = {
	.count = problem_count,
	.line = problem_line,
	.fini = problem_fini,
};

struct rows *rows_problems_new(struct model *m)
{
	struct problem_rows *p = heap_zeroed(1, sizeof(*p));

	p->rows.ops = &problem_ops;
	p->model = m;
	return &p->rows;
}

/* ---- lines ---- */

struct line {
	enum role role, right_role;
	int width;
	const char *left, *right; /* right: NULL if there is but one cell */
	struct node node;
	struct span span;
};

struct line_rows {
	struct rows rows;
	struct arena arena;
	struct line **lines;
	size_t count, room;
};

static size_t line_count(struct rows *r)
{
	return ((struct line_rows *)r)->count;
}

static void line_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct line_rows *l = (struct line_rows *)r;
	const struct line *line;

	(void)a;
	if (n >= l->count)
		return;
	line = l->lines[n];
	row_cell(out, line->role, line->width, line->left);
	if (line->right)
		row_cell(out, line->right_role, 0, line->right);
	out->node = line->node;
	out->span = line->span;
}

static void line_fini(struct rows *r)
{
	struct line_rows *l = (struct line_rows *)r;

	arena_fini(&l->arena);
	free(l->lines);
	free(l);
}

static const struct rows_ops line_ops = {
	.count = line_count,
	.line = line_line,
	.fini = line_fini,
};

struct rows *rows_lines_new(void)
{
	struct line_rows *l = heap_zeroed(1, sizeof(*l));

	l->rows.ops = &line_ops;
	arena_init(&l->arena);
	return &l->rows;
}

static struct line *line_new(struct rows *r)
{
	struct line_rows *l = (struct line_rows *)r;
	struct line *line = ARENA_NEW(&l->arena, struct line);

	l->lines = heap_grow(l->lines, l->count, &l->room, sizeof(*l->lines));
	line->node = (struct node){ NULL, NODE_SELF };
	l->lines[l->count++] = line;
	return line;
}

void rows_lines_add(struct rows *r, enum role role, const char *text)
{
	struct line *line = line_new(r);

	line->role = role;
	line->left = arena_strdup(&((struct line_rows *)r)->arena, text);
}

void rows_lines_pair(struct rows *r, enum role role, int width, const char *left,
		     enum role right_role, const char *right)
{
	struct arena *a = &((struct line_rows *)r)->arena;
	struct line *line = line_new(r);

	line->role = role;
	line->width = width;
	line->left = arena_strdup(a, left);
	line->right_role = right_role;
	line->right = arena_strdup(a, right);
}

void rows_lines_node(struct rows *r, enum role role, const char *text, struct node node,
		     struct span span)
{
	struct line *line = line_new(r);

	line->role = role;
	line->left = arena_strdup(&((struct line_rows *)r)->arena, text);
	line->node = node;
	line->span = span;
}

void rows_lines_clear(struct rows *r)
{
	struct line_rows *l = (struct line_rows *)r;

	l->count = 0;
	arena_reset(&l->arena);
}
