/* Chunks of doubling size, so that none ever moves and the n-th element is found by the position of
 * the highest bit:
 *
 *	chunk 0: elements 0..7, chunk 1: 8..23, chunk 2: 24..55, ...
 *
 * The writer stores an element, then publishes the count with release; readers acquire the count,
 * and with it the pointer to the chunk. */
#include "base/chunks.h"

#include <stdlib.h>

#include "base/heap.h"

enum { FIRST_BITS = 3 }; /* of the length of chunk 0 */

struct place {
	unsigned chunk;
	size_t at;
};

static struct place locate(size_t n)
{
	size_t k = n + (1u << FIRST_BITS);
	unsigned high = 63 - (unsigned)__builtin_clzll(k);

	return (struct place){ high - FIRST_BITS, k - ((size_t)1 << high) };
}

void chunks_init(struct chunks *c, size_t size, size_t most)
{
	*c = (struct chunks){ .size = size, .most = most };
}

void chunks_fini(struct chunks *c)
{
	for (size_t i = 0; i < CHUNKS_MOST; i++)
		free(atomic_exchange_explicit(&c->at[i], NULL, memory_order_relaxed));
	atomic_store_explicit(&c->count, 0, memory_order_relaxed);
}

void *chunks_next(struct chunks *c)
{
	size_t n = atomic_load_explicit(&c->count, memory_order_relaxed);
	struct place p = locate(n);
	char *chunk;

	if (n >= c->most || p.chunk >= CHUNKS_MOST)
		return NULL;
	chunk = atomic_load_explicit(&c->at[p.chunk], memory_order_relaxed);
	if (!chunk) {
		chunk = heap_zeroed((size_t)1 << (p.chunk + FIRST_BITS), c->size);
		atomic_store_explicit(&c->at[p.chunk], chunk, memory_order_relaxed);
	}
	return chunk + p.at * c->size;
}

void chunks_publish(struct chunks *c)
{
	atomic_fetch_add_explicit(&c->count, 1, memory_order_release);
}

size_t chunks_count(const struct chunks *c)
{
	return atomic_load_explicit(&c->count, memory_order_acquire);
}

void *chunks_at(const struct chunks *c, size_t n)
{
	struct place p;

	if (n >= chunks_count(c))
		return NULL;
	p = locate(n);
	return atomic_load_explicit(&c->at[p.chunk], memory_order_relaxed) + p.at * c->size;
}
