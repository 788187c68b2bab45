/* The fields of a node as rows.
 *
 * Visible fields are a vector of pointers, rebuilt when something folds; children are decoded when
 * their group is first opened. Which groups the user opened or closed is remembered by path, across
 * nodes: whoever opened "thread_info/gpregs" of one thread wants it of the next, too.
 *
 *	name      value                  note             link
 *	start     0x0000000001c3f000
 *	prot      0x3  PROT_READ|PROT_WRITE
 *	shmid     12                                       -> pagemap-shmem-12.img
 *	-- derived --
 *	name      [heap]
 */
#include "view/rows_fields.h"

#include <stdlib.h>
#include <string.h>

#include "core/model.h"

#define NAME_MIN 8
#define NAME_MAX 28
#define MAX_DEPTH 64
#define MAX_LINES 4000000
#define MAX_REMEMBERED 4096

struct field_rows {
	struct rows rows;
	struct node node;
	struct arena arena; /* of the fields; reset for each node */
	struct field *root;
	struct field **lines; /* NULL: the heading of what is derived */
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
	return f->parent == v->root && f->at == FIELD_ONE;
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
	v->flipped = reallocarray(v->flipped, v->flips + 1, sizeof(*v->flipped));
	if (!v->flipped)
		abort();
	v->flipped[v->flips] = strdup(path);
	if (!v->flipped[v->flips++])
		abort();
}

/* ---- lines ---- */

static void add_line(struct field_rows *v, struct field *f)
{
	if (v->count == v->room) {
		v->room = v->room ? v->room * 2 : 256;
		v->lines = reallocarray(v->lines, v->room, sizeof(*v->lines));
		if (!v->lines)
			abort();
	}
	v->lines[v->count++] = f;
}

static int depth_of(const struct field_rows *v, const struct field *f)
{
	int depth = 0;

	for (f = f->parent; f && f != v->root; f = f->parent)
		depth++;
	return depth;
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

static void add_below(struct field_rows *v, struct field *f, int depth, struct arena *a)
{
	bool read_before = false; /* the last one had bytes */

	for (struct field *child = field_children(f, &v->arena); child; child = child->next) {
		struct arena_mark mark = arena_mark(a);

		if (v->count >= MAX_LINES)
			return;
		if (child->type == FIELD_FRAME && !v->frames)
			continue;
		if (f == v->root && read_before && is_derived(child))
			add_line(v, NULL);
		read_before = !is_derived(child);
		add_line(v, child);
		measure_name(v, child, depth, a);
		if (depth < MAX_DEPTH && field_has_children(child) && is_open(v, child, a))
			add_below(v, child, depth + 1, a);
		arena_rewind(a, mark);
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
	struct field *f;
	int depth, room;

	if (n >= v->count)
		return;
	f = v->lines[n];
	if (!f) {
		out->node = v->node;
		row_cell(out, ROLE_DIM, 0, "-- derived --");
		return;
	}
	depth = depth_of(v, f);
	room = v->name_width - depth;
	field_row(v->node, f, depth, room > 4 ? room : 4, is_open(v, f, a), &v->arena, a, out);
}

/* ---- folding and finding ---- */

static size_t field_count(struct rows *r)
{
	return fields_of(r)->count;
}

static void open_below(struct field_rows *v, struct field *f, bool open, int depth)
{
	set_open(v, f, open);
	if (depth >= MAX_DEPTH)
		return;
	for (struct field *c = field_children(f, &v->arena); c; c = c->next)
		if (field_has_children(c) && v->flips < MAX_REMEMBERED)
			open_below(v, c, open, depth + 1);
}

static bool field_fold(struct rows *r, size_t n, bool open, bool all)
{
	struct field_rows *v = fields_of(r);
	struct field *f = rows_fields_at(r, n);

	if (!f || !field_has_children(f))
		return false;
	if (all)
		open_below(v, f, open, 0);
	else
		set_open(v, f, open);
	build(v);
	return true;
}

static size_t field_up(struct rows *r, size_t n)
{
	struct field_rows *v = fields_of(r);
	struct field *f = rows_fields_at(r, n);

	if (!f || f->parent == v->root)
		return n;
	while (n > 0 && v->lines[n] != f->parent)
		n--;
	return n;
}

static size_t line_of(const struct field_rows *v, const struct field *f)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->lines[i] == f)
			return i;
	return v->count;
}

/* Opens what is above `f`. A frame's own line may be hidden: then its group is meant. */
static size_t reveal(struct field_rows *v, struct field *f)
{
	bool changed = false;

	while (f && f != v->root && f->type == FIELD_FRAME && !v->frames)
		f = f->parent;
	if (!f || f == v->root)
		return v->count;
	for (struct field *up = f->parent; up && up != v->root; up = up->parent) {
		if (is_open(v, up, &v->arena))
			continue;
		set_open(v, up, true);
		changed = true;
	}
	if (changed)
		build(v);
	return line_of(v, f);
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
	.fini = field_fini,
};

struct rows *rows_fields_new(void)
{
	struct field_rows *v = calloc(1, sizeof(*v));

	if (!v)
		abort();
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

	return n < v->count ? v->lines[n] : NULL;
}

size_t rows_fields_find(struct rows *r, uint64_t offset)
{
	struct field_rows *v = fields_of(r);

	return v->root ? reveal(v, field_find(v->root, &v->arena, offset)) : 0;
}

size_t rows_fields_go(struct rows *r, const char *path)
{
	struct field_rows *v = fields_of(r);

	return v->root ? reveal(v, field_at_path(v->root, &v->arena, path)) : 0;
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
