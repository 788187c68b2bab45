/* Runs: what a long list of equal parts shows as long as nobody asks for them.
 *
 * A floating-point state has some 360 registers, a process hundreds of areas: a line for each
 * buries the fields beside them. So more than FIELD_RUN siblings of one name that follow each other
 * are one line with their number and, of plain values, the first ones:
 *
 *	xmm_space   64 x  0x0
 *	vmas        44 x
 *
 * A line stands for a field, so a run is one: a group with the bytes of all its elements, which it
 * does not own; they stay the children of their own parent, and so keep their paths. */
#include <string.h>

#include "view/rows_fields.h"

#define VALUES_ROOM 48 /* columns of first values */

/* Nothing to make: marks a run. */
static const struct field_ops run_ops = { 0 };

bool field_is_run(const struct field *f)
{
	return f->ops == &run_ops;
}

static bool is_alike(const struct field *f, const struct field *first)
{
	return f->at != FIELD_ONE && f->span.length && !strcmp(f->name, first->name);
}

/* The last element of the list that goes on from `f`; tags between elements do not end it. */
static struct field *list_end(struct field *f, size_t *count)
{
	struct field *last = f;

	*count = 0;
	for (struct field *c = f; c; c = c->next) {
		if (c->type == FIELD_FRAME)
			continue;
		if (!is_alike(c, f))
			break;
		last = c;
		++*count;
	}
	return last;
}

/* True if all the elements to `last` are the same number. */
static bool all_equal(const struct field *f, const struct field *last)
{
	for (const struct field *c = f; c != last; c = c->next)
		if (c->type != FIELD_FRAME && (c->type != last->type || c->u != last->u))
			return false;
	return f->type == FIELD_UINT || f->type == FIELD_INT;
}

static const char *run_note(struct field *f, const struct field *last, size_t count,
			    struct arena *a)
{
	bool equal = all_equal(f, last);
	struct strbuf s;
	size_t head;

	strbuf_init(&s, a);
	strbuf_addf(&s, "%zu x", count);
	head = s.len;
	for (const struct field *c = f; c != last->next; c = c->next) {
		if (c->type == FIELD_GROUP)
			break;
		if (c->type == FIELD_FRAME)
			continue;
		strbuf_addf(&s, "%s%s", s.len == head ? "  " : " ", field_value(c, VALUES_ROOM, a));
		if (equal)
			break;
		if (s.len > head + VALUES_ROOM) {
			strbuf_add(&s, c == last ? "" : " ...");
			break;
		}
	}
	return s.text;
}

struct field *field_run(struct field *f, struct arena *a, struct field **last)
{
	struct span span = f->span;
	struct field *run, *end;
	size_t count;

	*last = f;
	if (f->type == FIELD_FRAME)
		return NULL;
	end = list_end(f, &count);
	if (count <= FIELD_RUN)
		return NULL;
	*last = end;
	if (end->span.offset > span.offset)
		span.length = end->span.offset - span.offset + end->span.length;
	run = field_add(NULL, a, FIELD_GROUP, f->name, span);
	run->parent = f->parent;
	run->ops = &run_ops;
	run->note = run_note(f, end, count, a);
	run->owner = f;
	return run;
}

struct field *field_run_first(const struct field *run)
{
	return (struct field *)(uintptr_t)run->owner;
}

struct field *field_run_of(const struct field *f, struct arena *a)
{
	size_t count;

	if (f->at == FIELD_ONE || !f->parent)
		return NULL;
	for (struct field *c = f->parent->first, *last; c; c = last->next) {
		last = list_end(c, &count);
		for (struct field *e = c; count > FIELD_RUN && e != last->next; e = e->next)
			if (e == f)
				return field_run(c, a, &last);
	}
	return NULL;
}
