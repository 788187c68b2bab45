/* The fields of a node as rows.
 *
 * Visible lines are a vector, rebuilt when something folds; children are decoded when their group
 * is first opened. Long lists are runs (field_run.c), whose elements hang one level deeper here
 * than in the tree of fields. Which groups the user opened or closed is remembered by path, across
 * nodes: whoever opened "thread_info/gpregs" of one thread wants it of the next, too.
 *
 *	name      value                  note             link
 *	start     0x0000000001c3f000
 *	prot      0x3  PROT_READ|PROT_WRITE
 *	shmid     12                                       -> pagemap-shmem-12.img
 *	> vmas    44 x
 *	-- derived --
 *	name      [heap]
 */
#include "view/rows_fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "core/model.h"

#define NAME_MIN 8
#define NAME_MAX 28
#define MAX_DEPTH 64
#define MAX_LINES 4000000
#define MAX_REMEMBERED 4096

struct field_line {
	struct field *field; /* NULL: the heading of what is derived */
	int depth;
};

struct field_rows {
	struct rows rows;
	struct node node;
	struct arena arena; /* of the fields; reset for each node */
	struct field *root;
	struct field_line *lines;
	size_t count, room;
	int name_width;
	bool frames;
	char **flipped; /* paths of groups that are not as they are at first */
	size_t flips;
};

static struct field_rows *fields_of(const struct rows *r)
{
	return (struct field_rows *)r;
}

/* ---- what is open ---- */

/* Groups that stand alone right below the root are open at first: an entry's `reg`, a core's
 * `thread_core`. Elements of lists are not. */
static bool open_at_first(const struct field_rows *v, const struct field *f)
{
	return f->parent == v->root && f->at == FIELD_ONE && !field_is_run(f);
}

static long flip_find(const struct field_rows *v, const char *path)
{
	for (size_t i = 0; i < v->flips; i++)
		if (!strcmp(v->flipped[i], path))
			return (long)i;
	return -1;
}

static bool is_open(const struct field_rows *v, const struct field *f, struct arena *a)
{
	bool open = open_at_first(v, f);

	if (!v->flips)
		return open;
	return open != (flip_find(v, field_path(f, a)) >= 0);
}

static void set_open(struct field_rows *v, struct field *f, bool open)
{
	const char *path = field_path(f, &v->arena);
	long at = flip_find(v, path);

	if (open == (open_at_first(v, f) != (at >= 0)))
		return;
	if (at >= 0) {
		free(v->flipped[at]);
		v->flipped[at] = v->flipped[--v->flips];
		return;
	}
	/* The oldest is forgotten, so that a long session does not slow down. */
	if (v->flips == MAX_REMEMBERED) {
		free(v->flipped[0]);
		memmove(v->flipped, v->flipped + 1, --v->flips * sizeof(*v->flipped));
	}
	v->flipped = heap_must(reallocarray(v->flipped, v->flips + 1, sizeof(*v->flipped)));
	v->flipped[v->flips++] = heap_must(strdup(path));
}

/* ---- lines ---- */

static void add_line(struct field_rows *v, struct field *f, int depth)
{
	v->lines = heap_grow(v->lines, v->count, &v->room, sizeof(*v->lines));
	v->lines[v->count++] = (struct field_line){ f, depth };
}

static bool is_derived(const struct field *f)
{
	return !f->span.length && f->type != FIELD_GROUP;
}

static void measure_name(struct field_rows *v, const struct field *f, int depth, struct arena *a)
{
	int width = text_width(field_label(f, a)) + depth;

	if (width > v->name_width)
		v->name_width = width < NAME_MAX ? width : NAME_MAX;
}

static void add_below(struct field_rows *v, struct field *f, int depth, struct arena *a);

/* The line of a field or a run, and what is open below it. */
static void add_field(struct field_rows *v, struct field *f, int depth, struct arena *a)
{
	struct arena_mark mark = arena_mark(a);

	add_line(v, f, depth);
	measure_name(v, f, depth, a);
	if (depth < MAX_DEPTH && field_has_children(f) && is_open(v, f, a))
		add_below(v, f, depth + 1, a);
	arena_rewind(a, mark);
}

static void add_elements(struct field_rows *v, struct field *run, const struct field *last,
			 int depth, struct arena *a)
{
	add_line(v, run, depth);
	measure_name(v, run, depth, a);
	if (!is_open(v, run, a))
		return;
	for (struct field *c = field_run_first(run); c != last->next && v->count < MAX_LINES;
	     c = c->next)
		if (c->type != FIELD_FRAME || v->frames)
			add_field(v, c, depth + 1, a);
}

static void add_below(struct field_rows *v, struct field *f, int depth, struct arena *a)
{
	bool read_before = false; /* the last one had bytes */
	struct field *last;

	for (struct field *child = field_children(f, &v->arena); child && v->count < MAX_LINES;
	     child = last->next) {
		struct field *run = field_run(child, &v->arena, &last);

		if (child->type == FIELD_FRAME && !v->frames)
			continue;
		if (f == v->root && f->span.length && read_before && is_derived(child))
			add_line(v, NULL, 0);
		read_before = !is_derived(child);
		if (run)
			add_elements(v, run, last, depth, a);
		else
			add_field(v, child, depth, a);
	}
}

static void build(struct field_rows *v)
{
	struct arena a;

	v->count = 0;
	v->name_width = NAME_MIN;
	if (!v->root)
		return;
	arena_init(&a);
	add_below(v, v->root, 0, &a);
	arena_fini(&a);
}

static void field_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct field_rows *v = fields_of(r);
	int depth, room;
	struct field *f;

	if (n >= v->count)
		return;
	f = v->lines[n].field;
	if (!f) {
		out->node = v->node;
		row_cell(out, ROLE_DIM, 0, "-- derived --");
		return;
	}
	depth = v->lines[n].depth;
	room = v->name_width - depth;
	field_row(v->node, f, depth, room > 4 ? room : 4, is_open(v, f, a), &v->arena, a, out);
}

/* ---- folding and finding ---- */

static size_t field_count(struct rows *r)
{
	return fields_of(r)->count;
}

static void open_below(struct field_rows *v, struct field *f, bool open, int depth);

static void open_run(struct field_rows *v, struct field *run, const struct field *last, bool open,
		     int depth)
{
	set_open(v, run, open);
	for (struct field *c = field_run_first(run); c != last->next; c = c->next)
		if (field_has_children(c) && v->flips < MAX_REMEMBERED)
			open_below(v, c, open, depth);
}

static void open_below(struct field_rows *v, struct field *f, bool open, int depth)
{
	struct field *last, *run;

	set_open(v, f, open);
	if (depth >= MAX_DEPTH)
		return;
	for (struct field *c = field_children(f, &v->arena); c; c = last->next) {
		run = field_run(c, &v->arena, &last);
		if (v->flips >= MAX_REMEMBERED)
			return;
		if (run)
			open_run(v, run, last, open, depth + 1);
		else if (field_has_children(c))
			open_below(v, c, open, depth + 1);
	}
}

static bool field_fold(struct rows *r, size_t n, bool open, bool all)
{
	struct field_rows *v = fields_of(r);
	struct field *f = rows_fields_at(r, n), *last;

	if (!f || !field_has_children(f))
		return false;
	if (!all) {
		set_open(v, f, open);
	} else if (field_is_run(f)) {
		field_run(field_run_first(f), &v->arena, &last);
		open_run(v, f, last, open, 0);
	} else {
		open_below(v, f, open, 0);
	}
	build(v);
	return true;
}

static size_t field_up(struct rows *r, size_t n)
{
	struct field_rows *v = fields_of(r);
	size_t up = n;

	if (n >= v->count || !v->lines[n].depth)
		return n;
	while (up > 0 && v->lines[up].depth >= v->lines[n].depth)
		up--;
	return up;
}

/* True if the line of `c`, or one below it, has the needle. What is not decoded yet is decoded for
 * the occasion, in `a`. */
static bool text_in(struct field_rows *v, struct field *c, const char *needle, int depth,
		    struct arena *a)
{
	struct arena_mark mark = arena_mark(a);
	struct field copy = *c, *f = c->expanded ? c : &copy;
	bool found;
	struct row row = { 0 };

	field_row(v->node, f, 0, 1, false, a, a, &row);
	found = text_match(row_text(&row, a), needle) >= 0;
	if (!found && f->type == FIELD_GROUP && depth < MAX_DEPTH)
		for (f = field_children(f, a); f && !found; f = f->next)
			found = (f->type != FIELD_FRAME || v->frames) &&
				text_in(v, f, needle, depth + 1, a);
	arena_rewind(a, mark);
	return found;
}

static bool field_reveal(struct rows *r, size_t n, const char *needle)
{
	struct field_rows *v = fields_of(r);
	struct field *f = rows_fields_at(r, n), *c, *last = NULL;
	bool found = false;
	struct arena a;

	if (!f || !field_has_children(f) || is_open(v, f, &v->arena))
		return false;
	if (field_is_run(f))
		field_run(field_run_first(f), &v->arena, &last);
	arena_init(&a);
	c = last ? field_run_first(f) : field_children(f, &v->arena);
	for (; c && !found; c = c == last ? NULL : c->next)
		found = (c->type != FIELD_FRAME || v->frames) && text_in(v, c, needle, 0, &a);
	arena_fini(&a);
	return found && field_fold(r, n, true, false);
}

static size_t line_of(const struct field_rows *v, const struct field *f)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->lines[i].field == f)
			return i;
	return v->count;
}

/* The line of the run that `f` is an element of; its parents are open. */
static size_t run_line(struct field_rows *v, const struct field *f)
{
	const struct field *run = field_run_of(f, &v->arena), *at;

	for (size_t i = 0; run && i < v->count; i++) {
		at = v->lines[i].field;
		if (at && field_is_run(at) && field_run_first(at) == field_run_first(run))
			return i;
	}
	return v->count;
}

/* True if something had to be opened for the line of `f` to show. */
static bool open_run_of(struct field_rows *v, const struct field *f)
{
	struct field *run = field_run_of(f, &v->arena);

	if (!run || is_open(v, run, &v->arena))
		return false;
	set_open(v, run, true);
	return true;
}

/* Opens what is above `f`; the run it is in, too, if it is `itself` that shall be seen. A frame's
 * own line may be hidden: then its group is meant. */
static size_t reveal(struct field_rows *v, struct field *f, bool itself)
{
	bool changed = false;

	while (f && f != v->root && f->type == FIELD_FRAME && !v->frames)
		f = f->parent;
	if (!f || f == v->root)
		return v->count;
	if (itself)
		changed |= open_run_of(v, f);
	for (struct field *up = f->parent; up && up != v->root; up = up->parent) {
		changed |= open_run_of(v, up) || !is_open(v, up, &v->arena);
		set_open(v, up, true);
	}
	if (changed)
		build(v);
	return itself ? line_of(v, f) : run_line(v, f);
}

static void field_fini(struct rows *r)
{
	struct field_rows *v = fields_of(r);

	for (size_t i = 0; i < v->flips; i++)
		free(v->flipped[i]);
	free(v->flipped);
	free(v->lines);
	arena_fini(&v->arena);
	free(v);
}

static const struct rows_ops field_ops = {
	.count = field_count,
	.line = field_line,
	.fold = field_fold,
	.up = field_up,
	.reveal = field_reveal,
	.fini = field_fini,
};

struct rows *rows_fields_new(void)
{
	struct field_rows *v = heap_zeroed(1, sizeof(*v));

	v->rows.ops = &field_ops;
	v->node.at = NODE_SELF;
	arena_init(&v->arena);
	return &v->rows;
}

void rows_fields_set(struct rows *r, struct node n)
{
	struct field_rows *v = fields_of(r);

	arena_reset(&v->arena);
	v->node = n;
	v->root = n.item ? node_fields(n, &v->arena) : NULL;
	build(v);
}

void rows_fields_set_made(struct rows *r, struct field *(*make)(void *arg, struct arena *),
			  void *arg)
{
	struct field_rows *v = fields_of(r);

	arena_reset(&v->arena);
	v->node = (struct node){ NULL, NODE_SELF };
	v->root = make(arg, &v->arena);
	build(v);
}

void rows_fields_frames(struct rows *r, bool on)
{
	fields_of(r)->frames = on;
	build(fields_of(r));
}

struct field *rows_fields_root(struct rows *r)
{
	return fields_of(r)->root;
}

struct node rows_fields_node(struct rows *r)
{
	return fields_of(r)->node;
}

struct field *rows_fields_at(struct rows *r, size_t n)
{
	struct field_rows *v = fields_of(r);

	return n < v->count ? v->lines[n].field : NULL;
}

size_t rows_fields_find(struct rows *r, uint64_t offset)
{
	struct field_rows *v = fields_of(r);

	return v->root ? reveal(v, field_find(v->root, &v->arena, offset), true) : 0;
}

size_t rows_fields_go(struct rows *r, const char *path)
{
	struct field_rows *v = fields_of(r);
	size_t len = strlen(path);
	struct field *f;

	if (!v->root)
		return 0;
	f = field_at_path(v->root, &v->arena, path);
	/* "vmas", not "vmas[0]": the line of them all. */
	return reveal(v, f, !f || !len || path[len - 1] == ']' || !field_run_of(f, &v->arena));
}

const char *rows_fields_path(struct rows *r, size_t n, struct arena *a)
{
	struct field *f = rows_fields_at(r, n);

	return f ? field_path(f, a) : "";
}

bool rows_fields_follow(struct rows *r, size_t n, struct place *out)
{
	struct field_rows *v = fields_of(r);
	struct field *f = rows_fields_at(r, n);

	return f && f->ref.kind && v->node.item && model_follow(v->node, f->ref, out);
}
