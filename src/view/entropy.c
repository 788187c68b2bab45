/* A hash table from places in sources to tenths of bits, and one batch of places being computed.
 * The batch belongs to whoever runs it from entropy_batch until `done` is set. */
#include "view/entropy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

#define SLOTS 65536u         /* of known pages; emptied when three quarters full */
#define BATCH 16384u         /* pages asked for in one frame: a screen has fewer cells */
#define LOOK_STEPS 32        /* extents looked through for the first that is stored */
#define HIGH 75u             /* tenths from which on bytes look random */
#define PAGE_MOST (64 << 10) /* bytes of a page that count */

struct place_of_page {
	const struct source *source; /* NULL: a free slot */
	uint64_t offset;
	uint32_t length;
	uint8_t tenths;
};

struct entropy {
	struct place_of_page slots[SLOTS];
	size_t known;
	struct place_of_page asked[BATCH], batch[BATCH];
	size_t asked_count, batch_count;
	bool out;         /* a batch is on its way */
	atomic_bool done; /* and is through */
};

unsigned entropy_of(struct bytes b)
{
	uint32_t counts[256] = { 0 };
	double bits = 0, all = (double)b.len;

	for (size_t i = 0; i < b.len; i++)
		counts[b.at[i]]++;
	for (int i = 0; i < 256; i++)
		if (counts[i])
			bits -= counts[i] * log2(counts[i] / all);
	return b.len ? (unsigned)(bits / all * 10 + 0.5) : 0;
}

struct entropy *entropy_new(void)
{
	return heap_zeroed(1, sizeof(struct entropy));
}

void entropy_free(struct entropy *e)
{
	free(e);
}

static struct place_of_page *slot_of(struct entropy *e, const struct place_of_page *p)
{
	uint64_t h = ((uintptr_t)p->source >> 4) ^ (p->offset >> 9);
	size_t at = (size_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> 40) % SLOTS;

	while (e->slots[at].source &&
	       (e->slots[at].source != p->source || e->slots[at].offset != p->offset))
		at = (at + 1) % SLOTS;
	return &e->slots[at];
}

/* The first page that is stored. False: none within a few steps. */
static bool first_stored(const struct aspace *as, uint64_t start, uint64_t end,
			 struct place_of_page *out)
{
	struct extent x;

	for (int i = 0; i < LOOK_STEPS && start < end; i++) {
		aspace_at(as, start, &x);
		if (x.source) {
			uint64_t left = (x.end < end ? x.end : end) - start;
			uint64_t most = as->page < PAGE_MOST ? as->page : PAGE_MOST;

			*out = (struct place_of_page){ .source = x.source,
						       .offset = x.offset + (start - x.start),
						       .length = (uint32_t)(left < most ? left
											: most) };
			return out->offset < source_size(x.source);
		}
		if (x.end <= start)
			break;
		start = x.end;
	}
	return false;
}

unsigned entropy_look(struct entropy *e, const struct aspace *as, uint64_t start, uint64_t end)
{
	struct place_of_page page, *slot;

	if (!first_stored(as, start, end, &page))
		return ENTROPY_NONE;
	slot = slot_of(e, &page);
	if (slot->source)
		return slot->tenths;
	if (e->asked_count < BATCH)
		e->asked[e->asked_count++] = page;
	return ENTROPY_LATER;
}

char entropy_digit(unsigned tenths)
{
	return tenths == ENTROPY_LATER ? '?' : tenths > 80 ? '.' : (char)('0' + (tenths + 5) / 10);
}

/* What looks packed or encrypted stands out. */
enum role entropy_role(unsigned tenths)
{
	return tenths > 80 ? ROLE_PAGE_ABSENT : tenths >= HIGH ? ROLE_WARNING : ROLE_PAGE_PRESENT;
}

void entropy_begin(struct entropy *e)
{
	e->asked_count = 0;
}

bool entropy_batch(struct entropy *e)
{
	if (e->out || !e->asked_count)
		return false;
	memcpy(e->batch, e->asked, e->asked_count * sizeof(*e->asked));
	e->batch_count = e->asked_count;
	e->asked_count = 0;
	e->out = true;
	atomic_store(&e->done, false);
	return true;
}

void entropy_run(void *arg, struct job *job)
{
	struct entropy *e = arg;

	for (size_t i = 0; i < e->batch_count; i++) {
		struct place_of_page *p = &e->batch[i];

		p->tenths = ENTROPY_LATER;
		if (!atomic_load_explicit(&job->cancel, memory_order_relaxed))
			p->tenths =
				(uint8_t)entropy_of(source_view(p->source, p->offset, p->length));
	}
	atomic_store(&e->done, true);
}

bool entropy_take(struct entropy *e)
{
	if (!e->out || !atomic_load(&e->done))
		return false;
	for (size_t i = 0; i < e->batch_count; i++) {
		const struct place_of_page *p = &e->batch[i];
		struct place_of_page *slot;

		if (p->tenths == ENTROPY_LATER)
			continue;
		if (e->known >= SLOTS / 4 * 3) {
			memset(e->slots, 0, sizeof(e->slots));
			e->known = 0;
		}
		slot = slot_of(e, p);
		e->known += !slot->source;
		*slot = *p;
	}
	e->out = false;
	return true;
}
