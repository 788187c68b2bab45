/* The tree of changes: pairs of things by identity, one after the other from a stack, so that each
 * call does a little.
 *
 *	pair -> change -> fields -> regions -> memory -> children: matched, pushed
 *
 * Children are pushed in reverse, so that changes come in the order in which a person reads them.
 */
#include "ops/diff.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "core/format.h"
#include "ops/diff_parts.h"

#define CHANGES_MOST (64u << 20)

/* ---- matching ---- */

struct things {
	struct arena *arena;
	struct thing *at;
	size_t count, room;
};

static bool take_thing(const struct thing *t, void *arg)
{
	struct things *list = arg;

	list->at = heap_grow(list->at, list->count, &list->room, sizeof(*list->at));
	list->at[list->count] = *t;
	list->at[list->count].key = arena_strdup(list->arena, t->key);
	list->at[list->count].title = arena_strdup(list->arena, t->title ? t->title : t->key);
	list->count++;
	return true;
}

static struct things things_of(struct diff *d, struct model *m, const struct thing *parent)
{
	struct things list = { .arena = &d->arena };

	if (m->things)
		m->things(m, parent, take_thing, &list, &d->arena);
	return list;
}

static bool same_thing(const struct thing *a, const struct thing *b)
{
	return !strcmp(a->kind, b->kind) && !strcmp(a->key, b->key) &&
	       (a->since == b->since || !a->since || !b->since);
}

static uint64_t hash_thing(const struct thing *t)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (const char *c = t->kind; *c; c++)
		h = (h ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	for (const char *c = t->key; *c; c++)
		h = (h ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

/* For each of `b` the one of `a` that it is, SIZE_MAX if none; of several alike the first with the
 * first. Things of one kind and key share a chain of the table. */
static size_t *match_things(const struct things *a, const struct things *b)
{
	size_t room = 16, *slots, *next,
	       *match = heap_must(malloc((b->count + 1) * sizeof(*match)));

	while (room < a->count * 2)
		room *= 2;
	slots = heap_must(malloc(room * sizeof(*slots)));
	next = heap_must(malloc((a->count + 1) * sizeof(*next)));
	memset(slots, 0xff, room * sizeof(*slots));
	for (size_t n = a->count; n--;) { /* so that chains begin with the first */
		size_t *slot = &slots[hash_thing(&a->at[n]) & (room - 1)];

		next[n] = *slot;
		*slot = n;
	}
	for (size_t n = 0; n < b->count; n++) {
		size_t *link = &slots[hash_thing(&b->at[n]) & (room - 1)];

		while (*link != SIZE_MAX && !same_thing(&a->at[*link], &b->at[n]))
			link = &next[*link];
		match[n] = *link;
		if (*link != SIZE_MAX)
			*link = next[*link]; /* taken */
	}
	free(slots);
	free(next);
	return match;
}

static void push(struct diff *d, uint32_t parent, uint64_t pid, const struct thing *a,
		 const struct thing *b)
{
	struct todo *t;

	d->todos = heap_grow(d->todos, d->todo_count, &d->todo_room, sizeof(*d->todos));
	t = &d->todos[d->todo_count++];
	*t = (struct todo){ .parent = parent, .pid = pid, .has_a = a, .has_b = b };
	if (a)
		t->a = *a;
	if (b)
		t->b = *b;
}

/* Pushed last to first: B's in their order, in front of each those of A that went before it. */
static void push_children(struct diff *d, uint32_t parent, uint64_t pid, const struct thing *pa,
			  const struct thing *pb)
{
	struct things a = { 0 }, b = { 0 };
	size_t *match, left;
	bool *taken;

	if (pa || parent == DIFF_TOP)
		a = things_of(d, d->a, pa);
	if (pb || parent == DIFF_TOP)
		b = things_of(d, d->b, pb);
	match = match_things(&a, &b);
	taken = heap_zeroed(a.count + 1, sizeof(*taken));
	for (size_t n = 0; n < b.count; n++)
		if (match[n] != SIZE_MAX)
			taken[match[n]] = true;
	left = a.count;
	for (size_t n = b.count; n--;) {
		size_t of = match[n];

		for (; of != SIZE_MAX && left > of + 1; left--)
			if (!taken[left - 1])
				push(d, parent, pid, &a.at[left - 1], NULL);
		if (of != SIZE_MAX && left == of + 1)
			left--;
		push(d, parent, pid, of == SIZE_MAX ? NULL : &a.at[of], &b.at[n]);
	}
	for (; left; left--)
		if (!taken[left - 1])
			push(d, parent, pid, &a.at[left - 1], NULL);
	free(taken);
	free(match);
	free(a.at);
	free(b.at);
}

/* ---- a pair ---- */

static uint32_t add_thing(struct diff *d, const struct todo *t, uint64_t *pid)
{
	const struct thing *any = t->has_b ? &t->b : &t->a;
	enum diff_how how = t->has_a && t->has_b ? DIFF_EQUAL
			    : t->has_b           ? DIFF_ADDED
						 : DIFF_REMOVED;
	struct change *c = diff_new(d, t->parent, DIFF_THING, how);

	*pid = !strcmp(any->kind, "process") ? any->number : t->pid;
	c->kind = any->kind;
	c->key = any->key;
	c->title = any->title;
	c->number = any->number;
	c->pid = *pid;
	if (t->has_a)
		c->node_a = t->a.node;
	if (t->has_b)
		c->node_b = t->b.node;
	return diff_publish(d, c);
}

static void add_memory(struct diff *d, uint32_t parent, uint64_t pid, struct aspace *a,
		       struct aspace *b)
{
	struct change *c = diff_new(d, parent, DIFF_MEMORY,
				    a && b ? DIFF_EQUAL
				    : b    ? DIFF_ADDED
					   : DIFF_REMOVED);
	uint32_t n;

	/* What is new or gone as a whole counts once: as the thing that it belongs to. */
	c->loose = !a || !b;
	c->kind = "memory";
	c->key = (b ? b : a)->name;
	c->title = c->key;
	c->pid = pid;
	c->space_a = a;
	c->space_b = b;
	n = diff_publish(d, c);
	diff_begin_memory(d, n, a, b);
}

static void compare_spaces(struct diff *d, uint32_t parent, uint64_t pid, struct aspace *a,
			   struct aspace *b)
{
	if (a)
		aspace_map(a, NULL);
	if (b)
		aspace_map(b, NULL);
	if (a && b && a->kind != ASPACE_FRAMES)
		diff_compare_regions(d, parent, pid, a, b);
	if (!d->spec.no_memory && (a || b))
		add_memory(d, parent, pid, a, b);
}

static void compare_fields(struct diff *d, uint32_t n, uint64_t pid, const struct todo *t)
{
	struct field *a = NULL, *b = NULL;

	if (d->spec.no_fields || !t->has_a || !t->has_b)
		return;
	if (d->a->thing_fields)
		a = d->a->thing_fields(d->a, &t->a, &d->scratch);
	if (d->b->thing_fields)
		b = d->b->thing_fields(d->b, &t->b, &d->scratch);
	if (a && b)
		diff_compare_fields(d, n, pid, a, b, &t->a, &t->b);
	arena_reset(&d->scratch);
}

static void compare_pair(struct diff *d, const struct todo *t)
{
	const struct thing *any = t->has_b ? &t->b : &t->a;
	uint64_t pid;
	uint32_t n;

	if (diff_ignored(d, any->kind))
		return;
	n = add_thing(d, t, &pid);
	compare_fields(d, n, pid, t);
	compare_spaces(d, n, pid, t->has_a ? t->a.space : NULL, t->has_b ? t->b.space : NULL);
	push_children(d, n, pid, t->has_a ? &t->a : NULL, t->has_b ? &t->b : NULL);
}

bool diff_things(struct diff *d)
{
	if (diff_walk_memory(d))
		return true;
	if (!d->begun) {
		d->begun = true;
		if (d->spec.space_a)
			compare_spaces(d, DIFF_TOP, UINT64_MAX, d->spec.space_a, d->spec.space_b);
		else
			push_children(d, DIFF_TOP, UINT64_MAX, NULL, NULL);
		return true;
	}
	if (d->todo_count) {
		struct todo t = d->todos[--d->todo_count];

		compare_pair(d, &t);
		return true;
	}
	return false;
}

/* ---- opening ---- */

bool things_comparable(const struct model *a, const struct model *b, const char **why)
{
	*why = NULL;
	if (!a->things || !b->things)
		*why = "there is nothing in it that could be compared";
	else if (a->things != b->things)
		*why = "one is of processes, the other of a machine";
	return !*why;
}

static const char *machine_of(struct model *m)
{
	return m->machine ? m->machine(m) : "";
}

/* One of an architecture and one of another have in common little more than names. */
static struct err *refuse_machines(struct model *a, struct model *b)
{
	const char *of_a = machine_of(a), *of_b = machine_of(b);

	if (!*of_a || !*of_b || !strcmp(of_a, of_b))
		return NULL;
	return err_new(ERR_USAGE, "%s and %s cannot be compared: one is %s, the other %s", a->name,
		       b->name, of_a, of_b);
}

static struct err *refuse(const struct diff_spec *spec, struct model *a, struct model *b)
{
	const char *why;

	if (spec->space_a && spec->space_b) {
		if (spec->space_a->page == spec->space_b->page)
			return NULL;
		return err_new(ERR_USAGE, "pages of %" PRIu64 " and of %" PRIu64 " bytes",
			       spec->space_a->page, spec->space_b->page);
	}
	if (things_comparable(a, b, &why))
		return refuse_machines(a, b);
	return err_new(ERR_USAGE, "%s (%s) and %s (%s) cannot be compared: %s", a->name,
		       a->format->summary, b->name, b->format->summary, why);
}

struct err *diff_open(struct model *a, struct model *b, const struct diff_spec *spec,
		      struct diff **out)
{
	struct err *err = refuse(spec, a, b);
	struct diff *d;

	*out = NULL;
	if (err)
		return err;
	d = heap_zeroed(1, sizeof(*d));
	d->a = a;
	d->b = b;
	d->spec = *spec;
	arena_init(&d->arena);
	arena_init(&d->scratch);
	d->spec.ignore = diff_text(d, spec->ignore);
	chunks_init(&d->changes, sizeof(struct change), CHANGES_MOST);
	*out = d;
	return NULL;
}

void diff_close(struct diff *d)
{
	if (!d)
		return;
	for (size_t n = 0; n < d->memory_count; n++)
		diff_memory_fini(&d->memories[n]);
	free(d->memories);
	free(d->source_list);
	free(d->todos);
	chunks_fini(&d->changes);
	arena_fini(&d->arena);
	arena_fini(&d->scratch);
	free(d);
}

bool diff_done(const struct diff *d)
{
	return atomic_load(&d->memory_done);
}
