/* What every address space can do, given its ops: stepping, reading, counting.
 *
 * Reading goes extent by extent: a page that straddles two pieces of a file, or whose neighbour
 * lies in a parent, needs no case of its own. */
#include <limits.h>
#include <string.h>
#include <time.h>

#include "base/bound.h"
#include "core/aspace.h"

static const struct state_info {
	const char *name;
	char mark;
} state_infos[PAGE_STATES] = {
	[PAGE_UNMAPPED] = { "unmapped", ' ' }, [PAGE_PRESENT] = { "present", '#' },
	[PAGE_PARENT] = { "parent", 'p' },     [PAGE_LAZY] = { "lazy", 'l' },
	[PAGE_ZERO] = { "zero", '0' },         [PAGE_FILE] = { "file", 'f' },
	[PAGE_ABSENT] = { "absent", '.' },
};

const char *page_state_name(enum page_state s)
{
	return s < PAGE_STATES ? state_infos[s].name : "?";
}

char page_state_mark(enum page_state s)
{
	return s < PAGE_STATES ? state_infos[s].mark : '?';
}

void aspace_map(struct aspace *as, struct job *job)
{
	int state = 0;

	if (!as->ops->map)
		return;
	if (atomic_compare_exchange_strong(&as->mapped, &state, 1)) {
		as->ops->map(as, job);
		atomic_store_explicit(&as->mapped, 2, memory_order_release);
		return;
	}
	while (!aspace_is_mapped(as))
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

bool aspace_is_mapped(const struct aspace *as)
{
	return !as->ops->map || atomic_load_explicit(&as->mapped, memory_order_acquire) == 2;
}

bool aspace_reverse(struct aspace *as, struct job *job)
{
	return as->ops->reverse && as->ops->reverse(as, job);
}

void aspace_settle(const struct aspace *as)
{
	if (as->ops->settle)
		as->ops->settle(as);
}

void aspace_at(const struct aspace *as, uint64_t addr, struct extent *out)
{
	as->ops->at(as, addr, out);
}

bool aspace_next(const struct aspace *as, struct extent *x)
{
	uint64_t from = x->end;

	if (!aspace_is_mapped(as) || !as->region_count || from == UINT64_MAX ||
	    from >= as->regions[as->region_count - 1].end)
		return false;
	as->ops->at(as, from, x);
	return true;
}

size_t region_after(const struct region *r, size_t n, uint64_t addr)
{
	return BOUND(i, n, r[i].end <= addr);
}

const struct region *aspace_region(const struct aspace *as, uint64_t addr)
{
	size_t count = aspace_is_mapped(as) ? as->region_count : 0;
	size_t i = count ? region_after(as->regions, count, addr) : 0;

	return i < count && as->regions[i].start <= addr ? &as->regions[i] : NULL;
}

/* Copies what of [addr, addr + len) lies in `x`. Bytes that a shrunken file has no more are
 * zeros. */
static void copy_extent(const struct extent *x, uint64_t addr, uint8_t *to, uint64_t len)
{
	size_t got = 0;

	if (x->source)
		got = source_read(x->source, x->offset + (addr - x->start), to, len);
	memset(to + got, 0, len - got);
}

static bool is_there(enum page_state s)
{
	return s == PAGE_PRESENT || s == PAGE_PARENT || s == PAGE_ZERO;
}

uint64_t aspace_read(const struct aspace *as, uint64_t addr, void *buf, uint64_t len,
		     struct extent *missing)
{
	uint64_t there = 0, done = 0;
	struct extent x, first = { .state = PAGE_UNMAPPED };

	while (done < len) {
		uint64_t n = len - done, at = addr + done;

		if (at < addr) { /* past the last address */
			memset((uint8_t *)buf + done, 0, n);
			break;
		}
		as->ops->at(as, at, &x);
		/* What reaches up to 2^64 has one more than its end can say. */
		if (x.end - at < n)
			n = x.end - at + (x.end == UINT64_MAX && n > x.end - at);
		if (!n) { /* the last byte of all */
			memset((uint8_t *)buf + done, 0, len - done);
			break;
		}
		copy_extent(&x, at, (uint8_t *)buf + done, n);
		if (is_there(x.state))
			there += n;
		else if (first.start == first.end)
			first = x;
		done += n;
	}
	if (missing)
		*missing = first;
	return there;
}

/* Pages that begin in [at, to); where counting starts within one, that too. */
static uint64_t pages_in(uint64_t at, uint64_t to, uint64_t page, bool first)
{
	uint64_t before = at / page + (!first && at % page), last = to / page + (to % page != 0);

	return last - before;
}

void aspace_count_on(const struct aspace *as, struct page_count *c, unsigned steps)
{
	struct extent x;

	for (; c->at < c->end && steps; steps--) {
		uint64_t to, pages;

		as->ops->at(as, c->at, &x);
		to = x.end < c->end ? x.end : c->end;
		if (to <= c->at) {
			c->at = c->end;
			break;
		}
		pages = pages_in(c->at, to, as->page, c->at == c->start);
		c->tally.pages[x.state] += pages;
		c->tally.lost += x.lost ? pages : 0;
		c->at = to;
	}
}

struct page_tally aspace_count(const struct aspace *as, uint64_t start, uint64_t end)
{
	struct page_count c = { .start = start, .at = start, .end = end };

	while (c.at < c.end)
		aspace_count_on(as, &c, UINT_MAX);
	return c.tally;
}
