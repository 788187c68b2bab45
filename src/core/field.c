/* Trees of fields, and the walk that leaves no byte out.
 *
 *	span of a group:   | tag, length |            value                 |
 *	its children:                    [ a ][ b ]      [ c    ]
 *	the walk:          [   "tag"     ][ a ][ b ][gap ][ c    ][   gap   ]
 *
 * Children come from a decoder that was fed hostile bytes: they may overlap, lie out of order or
 * reach beyond the group. The walk sorts and clips; a byte that two claim is the first one's. */
#include "core/field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { DEPTH_MAX = 64, ROOM_LEAST = 4096 };

uint32_t field_room(const struct field *group)
{
	uint64_t made = 0;

	for (int depth = 0; (group = group->parent) && depth < DEPTH_MAX; depth++)
		made += group->count;
	return made + ROOM_LEAST < FIELD_CHILDREN ? (uint32_t)(FIELD_CHILDREN - made) : ROOM_LEAST;
}

struct field *field_add(struct field *parent, struct arena *a, enum field_type type,
			const char *name, struct span span)
{
	struct field *f = ARENA_NEW(a, struct field);

	f->name = name;
	f->at = FIELD_ONE;
	f->type = type;
	f->span = f->value = span;
	f->parent = parent;
	if (!parent)
		return f;
	f->env = parent->env;
	f->owner = parent->owner;
	if (parent->last)
		parent->last->next = f;
	else
		parent->first = f;
	parent->last = f;
	parent->count++;
	return f;
}

struct field *field_uint(struct field *parent, struct arena *a, const char *name, uint64_t v,
			 enum show show, struct span span)
{
	struct field *f = field_add(parent, a, FIELD_UINT, name, span);

	f->u = v;
	f->show = show;
	return f;
}

struct field *field_text(struct field *parent, struct arena *a, const char *name, struct bytes b,
			 struct span span)
{
	struct field *f = field_add(parent, a, FIELD_TEXT, name, span);

	f->bytes = b;
	f->show = SHOW_TEXT;
	return f;
}

struct field *field_derived(struct field *parent, struct arena *a, const char *name,
			    const char *text)
{
	return field_text(parent, a, name, bytes_of(text), (struct span){ 0, 0 });
}

struct field *field_children(struct field *f, struct arena *a)
{
	if (!f->expanded) {
		f->expanded = true;
		if (f->ops && f->ops->expand)
			f->ops->expand(f, a);
	}
	return f->first;
}

/* Splits "vmas[2]" into the length of its name and a position; FIELD_ONE if there is none. */
static size_t split_label(const char *label, size_t len, uint32_t *at)
{
	const char *open = memrchr(label, '[', len);
	uint64_t n = 0;
	const char *p;

	*at = FIELD_ONE;
	if (!open || label[len - 1] != ']' || open + 2 > label + len - 1)
		return len;
	for (p = open + 1; p < label + len - 1; p++) {
		if (*p < '0' || *p > '9' || n > UINT32_MAX)
			return len;
		n = n * 10 + (uint64_t)(*p - '0');
	}
	if (n >= FIELD_ONE)
		return len;
	*at = (uint32_t)n;
	return (size_t)(open - label);
}

static struct field *child_named(struct field *f, struct arena *a, const char *label, size_t len)
{
	uint32_t at;
	size_t name_len = split_label(label, len, &at);

	for (struct field *c = field_children(f, a); c; c = c->next) {
		if (strlen(c->name) == len && !memcmp(c->name, label, len))
			return c; /* a plain name finds the first of several */
		if (at == c->at && at != FIELD_ONE && strlen(c->name) == name_len &&
		    !memcmp(c->name, label, name_len))
			return c;
	}
	return NULL;
}

struct field *field_child(struct field *f, struct arena *a, const char *name)
{
	return child_named(f, a, name, strlen(name));
}

struct field *field_at_path(struct field *f, struct arena *a, const char *path)
{
	while (f && *path) {
		size_t len = strcspn(path, "/");

		f = child_named(f, a, path, len);
		path += len;
		path += *path == '/';
	}
	return f;
}

static void add_label(struct strbuf *s, const struct field *f)
{
	strbuf_add(s, f->name);
	if (f->at != FIELD_ONE)
		strbuf_addf(s, "[%u]", f->at);
}

const char *field_label(const struct field *f, struct arena *a)
{
	struct strbuf s;

	if (f->at == FIELD_ONE)
		return f->name;
	strbuf_init(&s, a);
	add_label(&s, f);
	return s.text;
}

static void add_path(struct strbuf *s, const struct field *f, int depth)
{
	if (!f->parent || depth > DEPTH_MAX * 2)
		return;
	add_path(s, f->parent, depth + 1);
	if (s->len)
		strbuf_add(s, "/");
	add_label(s, f);
}

const char *field_path(const struct field *f, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	add_path(&s, f, 0);
	return s.text;
}

struct field *field_find(struct field *root, struct arena *a, uint64_t offset)
{
	struct field *f = root, *deeper = root;

	if (!span_has(root->span, offset))
		return NULL;
	for (int depth = 0; deeper && depth < DEPTH_MAX; depth++) {
		f = deeper;
		if (f->type != FIELD_GROUP)
			break;
		deeper = field_children(f, a);
		while (deeper && !span_has(deeper->span, offset))
			deeper = deeper->next;
	}
	return f;
}

const char *field_value(const struct field *f, size_t room, struct arena *a)
{
	char text[40];
	double d;

	/* Of structure a word of the container's has a number, a tag only bytes. */
	switch (f->type == FIELD_FRAME && f->show != SHOW_BYTES ? FIELD_UINT : f->type) {
	case FIELD_GROUP:
		return f->note ? f->note : "";
	case FIELD_UINT:
	case FIELD_INT:
		return value_number(f->show, f->names, f->env, f->u,
				    f->type == FIELD_INT && f->s < 0,
				    f->at == FIELD_ONE ? 0 : f->at, a);
	case FIELD_FLOAT:
		memcpy(&d, &f->u, sizeof(d));
		snprintf(text, sizeof(text), "%.15g", d);
		if (strtod(text, NULL) != d)
			snprintf(text, sizeof(text), "%.17g", d);
		return arena_strdup(a, text);
	case FIELD_TEXT:
		return value_bytes(f->show == SHOW_DEC ? SHOW_TEXT : f->show, f->bytes, room, a);
	default:
		return value_bytes(f->show == SHOW_DEC ? SHOW_BYTES : f->show, f->bytes, room, a);
	}
}

struct walk {
	field_fn fn;
	void *arg;
	struct arena *a;
	struct arena text; /* of the path: `a` is rewound on the way */
	struct strbuf path;
};

static uint64_t end_of(struct span s)
{
	return s.length > UINT64_MAX - s.offset ? UINT64_MAX : s.offset + s.length;
}

static size_t path_push(struct walk *w, const struct field *f)
{
	size_t len = w->path.len;

	if (len)
		strbuf_add(&w->path, "/");
	add_label(&w->path, f);
	return len;
}

static void path_pop(struct walk *w, size_t len)
{
	w->path.len = len;
	w->path.text[len] = 0;
}

/* Calls back with `f` for the bytes [from, to), a part of its span or all of it. */
static bool emit(struct walk *w, const struct field *f, uint64_t from, uint64_t to)
{
	struct field part = *f;
	size_t len = 0;
	bool more, nameless = !f->parent && f->type == FIELD_GROUP;

	if (from >= to)
		return true;
	part.span = (struct span){ from, to - from };
	if (part.value.offset < from || end_of(part.value) > to)
		part.value = part.span;
	if (!nameless)
		len = path_push(w, f);
	more = w->fn(&part, w->path.text, w->arg);
	if (!nameless)
		path_pop(w, len);
	return more;
}

/* Bytes of a group that no child covers: structure before its value, a gap elsewhere. */
static bool emit_bare(struct walk *w, const struct field *group, uint64_t from, uint64_t to)
{
	uint64_t value =
		group->value.length || group->value.offset > from ? group->value.offset : from;
	uint64_t middle = value < from ? from : value > to ? to : value;
	struct field bare = { .at = FIELD_ONE, .env = group->env, .owner = group->owner };

	bare.parent = (struct field *)(uintptr_t)group;
	bare.show = SHOW_BYTES;
	bare.name = group->parent ? "tag" : "header";
	bare.type = FIELD_FRAME;
	if (!emit(w, &bare, from, middle))
		return false;
	bare.name = "gap";
	bare.type = FIELD_GAP;
	return emit(w, &bare, middle, to);
}

static int by_offset(const void *a, const void *b)
{
	const struct field *x = *(const struct field *const *)a;
	const struct field *y = *(const struct field *const *)b;

	return x->span.offset < y->span.offset ? -1 : x->span.offset > y->span.offset;
}

/* The children that have bytes, by offset. */
static struct field **sorted_children(struct field *first, struct arena *a, size_t *count)
{
	struct field **list;
	bool ascending = true;
	size_t n = 0;

	for (const struct field *c = first; c; c = c->next)
		n += c->span.length != 0;
	list = arena_array(a, n, sizeof(struct field *));
	*count = n;
	n = 0;
	for (struct field *c = first; c; c = c->next) {
		if (!c->span.length)
			continue;
		ascending &= !n || by_offset(&list[n - 1], &c) <= 0;
		list[n++] = c;
	}
	if (!ascending)
		qsort(list, n, sizeof(struct field *), by_offset);
	return list;
}

static bool walk(struct walk *w, const struct field *f, uint64_t from, uint64_t to, int depth);

/* The parts of [from, to) in turn: children, and what lies bare between them. */
static bool walk_children(struct walk *w, struct field *group, uint64_t from, uint64_t to,
			  int depth)
{
	size_t count;
	struct field **list = sorted_children(field_children(group, w->a), w->a, &count);
	uint64_t at = from;

	for (size_t i = 0; i < count && at < to; i++) {
		uint64_t start = list[i]->span.offset, end = end_of(list[i]->span);
		struct arena_mark mark = arena_mark(w->a);

		start = start < at ? at : start;
		end = end > to ? to : end;
		if (start >= end)
			continue;
		if (!emit_bare(w, group, at, start) || !walk(w, list[i], start, end, depth))
			return false;
		arena_rewind(w->a, mark);
		at = end;
	}
	return emit_bare(w, group, at, to);
}

/* Covers [from, to), which is inside the span of `f`. A group is expanded as a copy, so that the
 * tree that was handed in is left as it was, whatever is rewound. */
static bool walk(struct walk *w, const struct field *f, uint64_t from, uint64_t to, int depth)
{
	struct field copy = *f;
	size_t len = 0;
	bool more;

	if (f->type != FIELD_GROUP)
		return emit(w, f, from, to);
	if (depth && f->parent)
		len = path_push(w, f);
	if (depth >= DEPTH_MAX)
		more = emit_bare(w, f, from, to);
	else
		more = walk_children(w, &copy, from, to, depth + 1);
	/* Children that the copy got behind those that were there do not outlive it. */
	if (f->last)
		f->last->next = NULL;
	if (depth && f->parent)
		path_pop(w, len);
	return more;
}

bool field_walk(struct field *root, struct arena *a, field_fn fn, void *arg)
{
	struct walk w = { .fn = fn, .arg = arg, .a = a };
	struct arena_mark mark = arena_mark(a);
	bool more;

	arena_init(&w.text);
	strbuf_init(&w.path, &w.text);
	more = walk(&w, root, root->span.offset, end_of(root->span), 0);
	arena_fini(&w.text);
	arena_rewind(a, mark);
	return more;
}

static struct field *layout_field(struct field *parent, struct arena *a, const struct layout *row,
				  struct cursor *c)
{
	struct span span = { cursor_offset(c), row->width };
	struct bytes raw = { c->at, row->width };
	struct field *f;
	uint64_t v;

	switch (row->show == SHOW_BYTES || row->show == SHOW_TEXT || row->show == SHOW_MAC
			? 0
			: row->width) {
	case 1:
		v = cursor_u8(c);
		break;
	case 2:
		v = cursor_u16(c);
		break;
	case 4:
		v = cursor_u32(c);
		break;
	case 8:
		v = cursor_u64(c);
		break;
	default:
		cursor_skip(c, row->width);
		f = field_add(parent, a, row->show == SHOW_TEXT ? FIELD_TEXT : FIELD_BYTES,
			      row->name, span);
		f->bytes = raw;
		f->show = row->show == SHOW_DEC ? SHOW_BYTES : row->show;
		return f;
	}
	f = field_uint(parent, a, row->name, v, row->show, span);
	if (row->show == SHOW_ZERO && v)
		f->trouble = "should be zero";
	return f;
}

void field_layout(struct field *parent, struct arena *a, const struct layout *rows,
		  struct cursor *c, struct value_env env)
{
	for (; rows->name; rows++) {
		struct field *f;

		if (cursor_left(c) < rows->width) {
			cursor_skip(c, rows->width);
			return;
		}
		f = layout_field(parent, a, rows, c);
		f->names = rows->names;
		f->env = env;
	}
}
