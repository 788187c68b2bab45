/* Two trees of fields, by name: a field is the same if it has the same name and, of a repeated one,
 * the same position. Fields without bytes count, too: what a format derives is what a person asks.
 * Only what differs is kept. */
#include <string.h>

#include "ops/diff_parts.h"

#define MAX_DEPTH 48
#define VALUE_ROOM 400 /* columns of a value that are kept */
#define LOOK 1024      /* fields looked at for one of a name: nobody reorders more */

struct fields_pair {
	struct diff *d;
	uint32_t parent;
	uint64_t pid;
	const struct thing *a, *b;
	size_t skip_a, skip_b; /* of a path: what leads to the thing's own fields */
};

static bool is_value(const struct field *f)
{
	return f && f->type != FIELD_GROUP;
}

/* Texts of groups are notes: they say in other words what is in them. */
static bool same_value(const struct field *a, const struct field *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case FIELD_GROUP:
	case FIELD_GAP:
	case FIELD_FRAME:
		return true;
	case FIELD_TEXT:
	case FIELD_BYTES:
		return bytes_equal(a->bytes, b->bytes);
	default:
		return a->u == b->u;
	}
}

static const char *value_text(struct fields_pair *p, const struct field *f)
{
	const char *text;

	if (!f)
		return NULL;
	text = field_value(f, VALUE_ROOM, &p->d->scratch);
	return diff_text(p->d, text);
}

static void add_field(struct fields_pair *p, const struct field *a, const struct field *b,
		      bool loose)
{
	const struct field *any = b ? b : a;
	struct change *c = diff_new(p->d, p->parent, DIFF_FIELD,
				    a && b ? DIFF_CHANGED
				    : b    ? DIFF_ADDED
					   : DIFF_REMOVED);

	c->loose = loose;
	c->kind = "field";
	c->key = diff_text(p->d, field_path(any, &p->d->scratch) + (b ? p->skip_b : p->skip_a));
	c->title = c->key;
	c->pid = p->pid;
	c->a = value_text(p, a);
	c->b = value_text(p, b);
	c->node_a = p->a->node;
	c->node_b = p->b->node;
	diff_publish(p->d, c);
}

static void compare_groups(struct fields_pair *p, struct field *a, struct field *b, bool loose,
			   int depth);

static void compare_one(struct fields_pair *p, struct field *a, struct field *b, bool loose,
			int depth)
{
	loose = loose || (a && a->loose) || (b && b->loose);
	if (diff_ignored(p->d, (b ? b : a)->name))
		return;
	if (!a || !b || (is_value(a) != is_value(b)) || !same_value(a, b))
		add_field(p, a, b, loose);
	else if (!is_value(a))
		compare_groups(p, a, b, loose, depth + 1);
}

static bool is_structure(const struct field *f)
{
	return f->type == FIELD_GAP || f->type == FIELD_FRAME;
}

static bool same_name(const struct field *a, const struct field *b)
{
	return a->at == b->at && !strcmp(a->name, b->name);
}

static struct field *next_real(struct field *f)
{
	while (f && is_structure(f))
		f = f->next;
	return f;
}

/* The field of that name from `from` on, round the end back to it: order is nearly always the same,
 * so that the first look finds it. */
static struct field *find_like(const struct field *like, struct field *from, struct field *first)
{
	struct field *f = next_real(from);

	for (int n = 0; f && n < LOOK; f = next_real(f->next), n++)
		if (same_name(f, like))
			return f;
	f = next_real(first);
	for (int n = 0; f && f != from && n < LOOK; f = next_real(f->next), n++)
		if (same_name(f, like))
			return f;
	return NULL;
}

static void compare_groups(struct fields_pair *p, struct field *a, struct field *b, bool loose,
			   int depth)
{
	struct arena *s = &p->d->scratch;
	struct field *in_a, *in_b, *at;

	if (depth > MAX_DEPTH)
		return;
	in_a = next_real(field_children(a, s));
	in_b = next_real(field_children(b, s));
	at = in_a;
	for (struct field *f = in_b; f; f = next_real(f->next)) {
		struct field *of = at && same_name(at, f) ? at : find_like(f, at, in_a);

		compare_one(p, of, f, loose, depth);
		if (of)
			at = next_real(of->next);
	}
	at = in_b;
	for (struct field *f = in_a; f; f = next_real(f->next)) {
		struct field *of = at && same_name(at, f) ? at : find_like(f, at, in_b);

		if (!of)
			compare_one(p, f, NULL, loose, depth);
		else
			at = next_real(of->next);
	}
}

/* Length of the path of a field that is not the outermost one, with its slash. */
static size_t above(struct diff *d, const struct field *f)
{
	return f->parent ? strlen(field_path(f, &d->scratch)) + 1 : 0;
}

void diff_compare_fields(struct diff *d, uint32_t parent, uint64_t pid, struct field *a,
			 struct field *b, const struct thing *ta, const struct thing *tb)
{
	struct fields_pair p = { d, parent, pid, ta, tb, above(d, a), above(d, b) };

	compare_groups(&p, a, b, a->loose || b->loose, 0);
}
