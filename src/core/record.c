/* Records lie in chunks of doubling size, so that none ever moves and the n-th is found by the
 *position of the highest bit:
 *
 *	chunk 0: records 0..7, chunk 1: 8..23, chunk 2: 24..55, ...
 *
 * The writer stores a record, then publishes the count with release; readers acquire the count. */
#include "base/heap.h"
#include "core/record.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bound.h"

enum { FIRST = 8, CHUNKS = 40 };

struct index {
	_Atomic size_t count;
	_Atomic(struct record *) chunks[CHUNKS];
};

struct place_in {
	unsigned chunk;
	size_t at;
};

static struct place_in locate(size_t n)
{
	size_t k = n + FIRST;
	unsigned high = 63 - (unsigned)__builtin_clzll(k);

	return (struct place_in){ high - 3, k - ((size_t)1 << high) };
}

struct index *index_new(void)
{
	struct index *ix = heap_zeroed(1, sizeof(*ix));

	return ix;
}

void index_free(struct index *ix)
{
	if (!ix)
		return;
	for (size_t i = 0; i < CHUNKS; i++)
		free(atomic_load_explicit(&ix->chunks[i], memory_order_relaxed));
	free(ix);
}

void index_append(struct index *ix, const struct record *r)
{
	size_t n = atomic_load_explicit(&ix->count, memory_order_relaxed);
	struct place_in p = locate(n);
	struct record *chunk;

	if (p.chunk >= CHUNKS)
		return;
	chunk = atomic_load_explicit(&ix->chunks[p.chunk], memory_order_relaxed);
	if (!chunk) {
		chunk = heap_must(malloc(((size_t)FIRST << p.chunk) * sizeof(*chunk)));
		atomic_store_explicit(&ix->chunks[p.chunk], chunk, memory_order_relaxed);
	}
	chunk[p.at] = *r;
	atomic_store_explicit(&ix->count, n + 1, memory_order_release);
}

size_t index_count(const struct index *ix)
{
	return ix ? atomic_load_explicit(&ix->count, memory_order_acquire) : 0;
}

const struct record *index_at(const struct index *ix, size_t n)
{
	struct place_in p;

	if (n >= index_count(ix))
		return NULL;
	p = locate(n);
	return &atomic_load_explicit(&ix->chunks[p.chunk], memory_order_relaxed)[p.at];
}

size_t index_find(const struct index *ix, uint64_t offset)
{
	size_t count = index_count(ix);
	size_t behind = BOUND(i, count, index_at(ix, i)->offset <= offset);
	const struct record *r;

	/* The one before the first that begins behind it is the only candidate. */
	if (!behind)
		return count;
	r = index_at(ix, behind - 1);
	return offset - r->offset < r->length ? behind - 1 : count;
}
