/* The list of changes: who adds one and counts it, and what anyone may ask of it meanwhile. */
#include <string.h>

#include "base/heap.h"
#include "ops/diff_parts.h"

static const struct how_info {
	const char *name;
	char mark;
} how_infos[] = {
	[DIFF_EQUAL] = { "equal", '=' },
	[DIFF_CHANGED] = { "changed", '~' },
	[DIFF_ADDED] = { "added", '+' },
	[DIFF_REMOVED] = { "removed", '-' },
};

const char *diff_how_name(enum diff_how how)
{
	return how_infos[how].name;
}

char diff_how_mark(enum diff_how how)
{
	return how_infos[how].mark;
}

enum diff_how diff_how_of(const struct change *c)
{
	bool differs = atomic_load_explicit(&c->below, memory_order_relaxed);

	return c->how == DIFF_EQUAL && differs ? DIFF_CHANGED : c->how;
}

const char *diff_text(struct diff *d, const char *text)
{
	return text ? arena_strdup(&d->arena, text) : NULL;
}

struct change *diff_new(struct diff *d, uint32_t parent, enum diff_kind what, enum diff_how how)
{
	struct change *c = heap_must(chunks_next(&d->changes));

	c->what = what;
	c->how = how;
	c->parent = parent;
	c->number = c->pid = UINT64_MAX;
	return c;
}

void diff_count_up(struct diff *d, uint32_t n)
{
	atomic_fetch_add(&d->differing, 1);
	for (struct change *c; n != DIFF_TOP; n = c->parent) {
		c = chunks_at(&d->changes, n);
		atomic_fetch_add_explicit(&c->below, 1, memory_order_relaxed);
	}
}

uint32_t diff_publish(struct diff *d, struct change *c)
{
	uint32_t n = (uint32_t)chunks_count(&d->changes);
	bool counts = c->how != DIFF_EQUAL && !c->loose;

	chunks_publish(&d->changes);
	if (counts)
		diff_count_up(d, c->parent);
	return n;
}

bool diff_ignored(const struct diff *d, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = d->spec.ignore; at && *at;) {
		size_t n = strcspn(at, ",");

		if (n == len && !strncmp(at, name, n))
			return true;
		at += n + (at[n] == ',');
	}
	return false;
}

size_t diff_count(const struct diff *d)
{
	return chunks_count(&d->changes);
}

const struct change *diff_at(const struct diff *d, size_t n)
{
	return chunks_at(&d->changes, n);
}

bool diff_equal(const struct diff *d)
{
	return !atomic_load(&d->differing);
}
