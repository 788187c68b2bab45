/* Pages that went elsewhere: of those that are new or changed in B, which have the bytes of one
 * that A had, and has no more, at another address. By a hash of the page, then by the bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/bound.h"
#include "base/heap.h"
#include "ops/diff_parts.h"

struct hashed {
	uint64_t hash, addr;
};

static uint64_t hash_page(const uint8_t *at, uint64_t len)
{
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15), word;

	for (uint64_t n = 0; n + sizeof(word) <= len; n += sizeof(word)) {
		memcpy(&word, at + n, sizeof(word));
		h = (h ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
		h ^= h >> 31;
	}
	return h;
}

static int by_hash(const void *x, const void *y)
{
	const struct hashed *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

/* The pages that A has no more as they were, sorted by hash. */
static struct hashed *hash_gone(const struct diff *d, const struct pair_memory *m, uint8_t *buf,
				size_t *count)
{
	size_t n = chunks_count(&m->pages);
	struct hashed *list = heap_must(malloc((n + 1) * sizeof(*list)));

	*count = 0;
	for (size_t i = 0; i < n; i++) {
		const struct page_change *p = chunks_at(&m->pages, i);
		const uint8_t *bytes =
			p->how == DIFF_ADDED ? NULL : diff_page_bytes(d, m, p->addr, false, buf);

		if (bytes && !bytes_all_zero(bytes, m->page))
			list[(*count)++] = (struct hashed){ hash_page(bytes, m->page), p->addr };
	}
	qsort(list, *count, sizeof(*list), by_hash);
	return list;
}

static const struct hashed *find_hash(const struct hashed *list, size_t count, uint64_t hash)
{
	size_t at = BOUND(i, count, list[i].hash < hash);

	return at < count && list[at].hash == hash ? &list[at] : NULL;
}

static void mark_moved(struct diff *d, struct pair_memory *m, struct job *job)
{
	uint8_t *buf = heap_must(malloc(m->page)), *other = heap_must(malloc(m->page));
	size_t count, n = chunks_count(&m->pages);
	struct hashed *list;
	uint64_t moved = 0;

	list = hash_gone(d, m, buf, &count);
	for (size_t i = 0; i < n && !atomic_load(&job->cancel); i++) {
		struct page_change *p = chunks_at(&m->pages, i);
		const uint8_t *bytes =
			p->how == DIFF_REMOVED ? NULL : diff_page_bytes(d, m, p->addr, true, buf);
		const struct hashed *h =
			bytes ? find_hash(list, count, hash_page(bytes, m->page)) : NULL;
		const uint8_t *was = h ? diff_page_bytes(d, m, h->addr, false, other) : NULL;

		if (!was || h->addr == p->addr || memcmp(bytes, was, m->page) != 0)
			continue;
		p->other = h->addr;
		atomic_store_explicit(&p->moved, true, memory_order_release);
		moved++;
	}
	pthread_mutex_lock(&m->lock);
	m->tally.moved = moved;
	pthread_mutex_unlock(&m->lock);
	free(list);
	free(buf);
	free(other);
}

void diff_find_moved(struct diff *d, struct job *job)
{
	for (size_t n = 0; n < d->memory_count; n++)
		if (d->memories[n].a && d->memories[n].b)
			mark_moved(d, &d->memories[n], job);
}
