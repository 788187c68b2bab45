/* Two memories side by side.
 *
 * First, in the owner's thread, both are walked by address, extent by extent, and what is equal
 * without a look is left out: the same place of the same file, zeros on both sides, one mapped
 * file's bytes on both. What remains are segments: so many pages from an address on, and where
 * either side has them. Then threads compare segments, some 4 MiB a task, and results are put
 * together in the order of addresses as tasks are finished.
 *
 *	         B: bytes          zeros             nothing       unknown
 *	A bytes     compare        removed unless 0  removed       unknown
 *	  zeros     added unless 0 -                 -             unknown
 *	  nothing   added          -                 -             unknown
 *	  unknown   unknown        unknown           unknown       unknown
 *
 * "Zeros" are pages that a process never touched: one that appears is new, not changed. "Nothing"
 * is mapped nowhere, or left to its file: so a page of a private mapping is new once it is written.
 * Of a guest it is a frame that was not sent. "Unknown" are pages of which bytes exist that are not
 * here: lazy ones, of a parent that is gone, punched out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "ops/diff_parts.h"

#define STEPS 4096       /* extents a call lays side by side */
#define TASK_PAGES 1024u /* of a task, about */
#define BLOCK (256u << 10)
#define PAGES_MOST (1u << 30)
#define SOURCES_MOST (NO_SOURCE - 1)

/* ---- side by side ---- */

void diff_begin_memory(struct diff *d, uint32_t change, struct aspace *a, struct aspace *b)
{
	struct pair_memory *m;

	d->memories =
		heap_grow(d->memories, d->memory_count, &d->memory_room, sizeof(*d->memories));
	m = &d->memories[d->memory_count++];
	*m = (struct pair_memory){ .change = change, .a = a, .b = b };
	chunks_init(&m->pages, sizeof(struct page_change), PAGES_MOST);
	d->walk.at = 0;
	d->walk.active = true;
}

void diff_memory_fini(struct pair_memory *m)
{
	free(m->segments);
	chunks_fini(&m->pages);
}

static uint16_t source_number(struct diff *d, struct source *src)
{
	/* Nearly always one of the last two. */
	for (size_t n = d->source_count; n--;)
		if (d->source_list[n] == src)
			return (uint16_t)n;
	if (d->source_count == SOURCES_MOST)
		return NO_SOURCE;
	d->source_list = heap_grow(d->source_list, d->source_count, &d->source_room,
				   sizeof(*d->source_list));
	d->source_list[d->source_count] = src;
	return (uint16_t)d->source_count++;
}

static enum side side_of(const struct aspace *as, const struct extent *x)
{
	switch (x->state) {
	case PAGE_PRESENT:
	case PAGE_PARENT:
		return x->source ? SIDE_BYTES : SIDE_ZEROS;
	case PAGE_ZERO:
		return SIDE_ZEROS;
	case PAGE_LAZY:
		return SIDE_UNKNOWN;
	case PAGE_ABSENT:
		/* A frame that the stream has not is none; a page that an image should have is
		 * not known. */
		return as->kind == ASPACE_PROCESS && x->entry.item ? SIDE_UNKNOWN : SIDE_NONE;
	default:
		return SIDE_NONE;
	}
}

/* A stretch that nothing maps, or nothing at all. */
static void extent_at(const struct aspace *as, uint64_t at, struct extent *x)
{
	if (as)
		aspace_at(as, at, x);
	else
		*x = (struct extent){ .start = 0, .end = UINT64_MAX, .state = PAGE_UNMAPPED };
}

static bool same_place(const struct extent *a, const struct extent *b, uint64_t at)
{
	return source_same(a->source, a->offset + (at - a->start), b->source,
			   b->offset + (at - b->start));
}

static void add_segment(struct pair_memory *m, const struct segment *s)
{
	struct segment *last = m->count ? &m->segments[m->count - 1] : NULL;
	uint64_t page = (m->a ? m->a : m->b)->page, run = last ? last->pages * page : 0;

	if (last && last->addr + run == s->addr && last->a == s->a && last->b == s->b &&
	    last->side_a == s->side_a && last->side_b == s->side_b &&
	    (s->side_a != SIDE_BYTES || last->at_a + run == s->at_a) &&
	    (s->side_b != SIDE_BYTES || last->at_b + run == s->at_b) &&
	    last->pages <= UINT32_MAX - s->pages) {
		last->pages += s->pages;
		return;
	}
	m->segments = heap_grow(m->segments, m->count, &m->room, sizeof(*m->segments));
	m->segments[m->count++] = *s;
}

/* Most pages that one segment holds. */
#define SEGMENT_PAGES (UINT32_MAX / 2)

static void take_stretch(struct diff *d, struct pair_memory *m, uint64_t from, uint64_t to,
			 const struct extent *xa, const struct extent *xb)
{
	uint64_t page = (m->a ? m->a : m->b)->page, pages = (to - from + page - 1) / page;
	struct segment s = { .addr = from, .a = NO_SOURCE, .b = NO_SOURCE };

	s.side_a = m->a ? side_of(m->a, xa) : SIDE_NONE;
	s.side_b = m->b ? side_of(m->b, xb) : SIDE_NONE;
	if (s.side_a == SIDE_UNKNOWN || s.side_b == SIDE_UNKNOWN) {
		m->tally.unknown += m->a && m->b ? pages : 0;
		return;
	}
	if (s.side_a != SIDE_BYTES && s.side_b != SIDE_BYTES)
		return;
	if (s.side_a == SIDE_BYTES && s.side_b == SIDE_BYTES && same_place(xa, xb, from)) {
		m->tally.skipped += pages;
		return;
	}
	if (s.side_a == SIDE_BYTES) {
		s.a = source_number(d, xa->source);
		s.at_a = xa->offset + (from - xa->start);
	}
	if (s.side_b == SIDE_BYTES) {
		s.b = source_number(d, xb->source);
		s.at_b = xb->offset + (from - xb->start);
	}
	/* More files than can be numbered: no real set has a tenth of them. */
	if ((s.side_a == SIDE_BYTES && s.a == NO_SOURCE) ||
	    (s.side_b == SIDE_BYTES && s.b == NO_SOURCE)) {
		m->tally.unknown += pages;
		return;
	}
	for (; pages; pages -= s.pages) {
		s.pages = pages < SEGMENT_PAGES ? (uint32_t)pages : SEGMENT_PAGES;
		add_segment(m, &s);
		s.addr += s.pages * page;
		s.at_a += s.pages * page;
		s.at_b += s.pages * page;
	}
}

bool diff_walk_memory(struct diff *d)
{
	struct pair_memory *m;
	struct extent xa, xb;

	if (!d->walk.active)
		return false;
	m = &d->memories[d->memory_count - 1];
	for (int n = 0; n < STEPS; n++) {
		uint64_t to;

		extent_at(m->a, d->walk.at, &xa);
		extent_at(m->b, d->walk.at, &xb);
		to = xa.end < xb.end ? xa.end : xb.end;
		if (to <= d->walk.at) {
			d->walk.active = false;
			return true;
		}
		take_stretch(d, m, d->walk.at, to, &xa, &xb);
		d->walk.at = to;
		if (to == UINT64_MAX) {
			d->walk.active = false;
			return true;
		}
	}
	return true;
}

uint64_t diff_total(const struct diff *d)
{
	uint64_t total = 0;

	for (size_t n = 0; n < d->memory_count; n++) {
		const struct pair_memory *m = &d->memories[n];

		for (size_t i = 0; i < m->count; i++)
			total += m->segments[i].pages * (m->a ? m->a : m->b)->page;
	}
	return total;
}

/* ---- comparing ---- */

/* Some pages in a row: the unit that threads take. */
struct task {
	uint32_t memory, segment, skip, pages; /* pages from `skip` on; more segments follow */
	uint32_t segments;
	struct page_change *found;
	size_t count, room;
	struct memory_tally tally;
	_Atomic bool done;
};

struct compare {
	struct diff *d;
	struct job *job;
	struct task *tasks;
	size_t count, room;
	_Atomic size_t next;
	pthread_mutex_t lock;
	pthread_cond_t finished;
};

static void add_task(struct compare *c, struct task t)
{
	c->tasks = heap_grow(c->tasks, c->count, &c->room, sizeof(*c->tasks));
	c->tasks[c->count++] = t;
}

/* Big segments in pieces, small ones together. */
static void make_tasks(struct compare *c, uint32_t memory)
{
	const struct pair_memory *m = &c->d->memories[memory];

	for (size_t n = 0; n < m->count;) {
		uint32_t pages = 0, first = (uint32_t)n;

		if (m->segments[n].pages >= TASK_PAGES) {
			uint32_t left = m->segments[n].pages, skip = 0;

			for (; left; left -= pages, skip += pages) {
				pages = left < 2 * TASK_PAGES ? left : TASK_PAGES;
				add_task(c, (struct task){ .memory = memory,
							   .segment = first,
							   .skip = skip,
							   .pages = pages,
							   .segments = 1 });
			}
			n++;
			continue;
		}
		while (n < m->count && m->segments[n].pages < TASK_PAGES && pages < TASK_PAGES)
			pages += m->segments[n++].pages;
		add_task(c, (struct task){ .memory = memory,
					   .segment = first,
					   .segments = (uint32_t)n - first });
	}
}

static void found_page(struct task *t, struct page_change p)
{
	t->found = heap_grow(t->found, t->count, &t->room, sizeof(*t->found));
	t->found[t->count++] = p;
}

static uint32_t bytes_different(const uint8_t *a, const uint8_t *b, uint64_t len)
{
	uint32_t n = 0;

	for (uint64_t i = 0; i < len; i++)
		n += a[i] != b[i];
	return n;
}

static bool all_zero(const uint8_t *p, uint64_t len)
{
	return !len || (!p[0] && !memcmp(p, p + 1, len - 1));
}

static void count_changed(struct task *t, uint64_t addr, uint32_t bytes)
{
	found_page(t, (struct page_change){ .addr = addr, .bytes = bytes, .how = DIFF_CHANGED });
	t->tally.changed++;
	t->tally.bytes += bytes;
}

static void count_whole(struct task *t, uint64_t addr, uint64_t page, enum diff_how how)
{
	found_page(t, (struct page_change){ .addr = addr, .bytes = (uint32_t)page, .how = how });
	if (how == DIFF_ADDED)
		t->tally.added++;
	else
		t->tally.removed++;
}

/* Two blocks, page by page, where they are not equal as a whole. */
static void compare_block(struct task *t, uint64_t addr, const uint8_t *a, const uint8_t *b,
			  uint64_t len, uint64_t page)
{
	t->tally.compared += len / page;
	if (!memcmp(a, b, len))
		return;
	for (uint64_t at = 0; at < len; at += page)
		if (memcmp(a + at, b + at, page) != 0)
			count_changed(t, addr + at, bytes_different(a + at, b + at, page));
}

/* One side are zeros that were never written. */
static void look_for_bytes(struct task *t, const struct segment *s, uint64_t addr,
			   const uint8_t *bytes, uint64_t len, uint64_t page)
{
	bool in_b = s->side_b == SIDE_BYTES;

	t->tally.compared += len / page;
	if (all_zero(bytes, len))
		return;
	for (uint64_t at = 0; at < len; at += page) {
		if (all_zero(bytes + at, page))
			continue;
		count_whole(t, addr + at, page, in_b ? DIFF_ADDED : DIFF_REMOVED);
	}
}

struct buffers {
	uint8_t *a, *b;
};

/* What a file no longer has is zeros. */
static const uint8_t *fetch(const struct source *src, uint64_t at, uint8_t *buf, uint64_t len)
{
	size_t got;

	if (!source_fetches(src)) {
		struct bytes view = source_view(src, at, len);

		if (view.len == len)
			return view.at;
	}
	got = source_fetch(src, at, buf, len);
	memset(buf + got, 0, len - got);
	return buf;
}

const uint8_t *diff_page_bytes(const struct diff *d, const struct pair_memory *m, uint64_t addr,
			       bool in_b, uint8_t *buf)
{
	uint64_t page = (m->a ? m->a : m->b)->page;
	size_t lo = 0, hi = m->count;
	const struct segment *s;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->segments[mid].addr + m->segments[mid].pages * page <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	s = lo < m->count ? &m->segments[lo] : NULL;
	if (!s || s->addr > addr || (in_b ? s->side_b : s->side_a) != SIDE_BYTES)
		return NULL;
	return fetch(d->source_list[in_b ? s->b : s->a],
		     (in_b ? s->at_b : s->at_a) + (addr - s->addr), buf, page);
}

static bool compare_segment(struct compare *c, struct task *t, const struct segment *s,
			    uint32_t skip, uint32_t pages, uint64_t page, struct buffers *buf)
{
	struct source *const *sources = c->d->source_list;
	uint64_t done = skip * page, end = done + pages * page;
	bool a = s->side_a == SIDE_BYTES, b = s->side_b == SIDE_BYTES;

	if (!(a && b) && (s->side_a == SIDE_NONE || s->side_b == SIDE_NONE)) {
		for (; done < end; done += page)
			count_whole(t, s->addr + done, page, b ? DIFF_ADDED : DIFF_REMOVED);
		return true;
	}
	while (done < end) {
		uint64_t room = BLOCK / page ? BLOCK / page * page : page;
		uint64_t len = end - done < room ? end - done : room;
		const uint8_t *in_a = a ? fetch(sources[s->a], s->at_a + done, buf->a, len) : NULL;
		const uint8_t *in_b = b ? fetch(sources[s->b], s->at_b + done, buf->b, len) : NULL;

		if (a && b)
			compare_block(t, s->addr + done, in_a, in_b, len, page);
		else
			look_for_bytes(t, s, s->addr + done, a ? in_a : in_b, len, page);
		done += len;
		if (atomic_load_explicit(&c->job->cancel, memory_order_relaxed))
			return false;
	}
	return true;
}

static void run_task(struct compare *c, struct task *t, struct buffers *buf)
{
	const struct pair_memory *m = &c->d->memories[t->memory];
	uint64_t page = (m->a ? m->a : m->b)->page;

	for (uint32_t n = 0; n < t->segments; n++) {
		const struct segment *s = &m->segments[t->segment + n];
		uint32_t pages = t->pages ? t->pages : s->pages;

		if (!compare_segment(c, t, s, t->skip, pages, page, buf))
			return;
	}
}

static struct buffers buffers_for(const struct diff *d)
{
	uint64_t most = BLOCK;
	struct buffers buf;

	for (size_t n = 0; n < d->memory_count; n++) {
		const struct aspace *as = d->memories[n].a ? d->memories[n].a : d->memories[n].b;

		most = as->page > most ? as->page : most;
	}
	buf.a = heap_must(malloc(most));
	buf.b = heap_must(malloc(most));
	return buf;
}

static void *compare_tasks(void *arg)
{
	struct compare *c = arg;
	struct buffers buf = buffers_for(c->d);
	size_t n;

	while ((n = atomic_fetch_add(&c->next, 1)) < c->count) {
		struct task *t = &c->tasks[n];

		if (!atomic_load_explicit(&c->job->cancel, memory_order_relaxed))
			run_task(c, t, &buf);
		pthread_mutex_lock(&c->lock);
		atomic_store(&t->done, true);
		pthread_cond_signal(&c->finished);
		pthread_mutex_unlock(&c->lock);
	}
	free(buf.a);
	free(buf.b);
	return NULL;
}

static uint64_t task_bytes(const struct diff *d, const struct task *t)
{
	const struct pair_memory *m = &d->memories[t->memory];
	uint64_t pages = t->pages;

	for (uint32_t n = 0; !t->pages && n < t->segments; n++)
		pages += m->segments[t->segment + n].pages;
	return pages * (m->a ? m->a : m->b)->page;
}

static void add_tally(struct memory_tally *to, const struct memory_tally *t)
{
	to->changed += t->changed;
	to->added += t->added;
	to->removed += t->removed;
	to->moved += t->moved;
	to->bytes += t->bytes;
	to->compared += t->compared;
	to->skipped += t->skipped;
	to->unknown += t->unknown;
}

/* Hands on what a task found. */
static void take_task(struct diff *d, struct task *t)
{
	struct pair_memory *m = &d->memories[t->memory];
	struct change *c = chunks_at(&d->changes, m->change);

	for (size_t n = 0; n < t->count; n++) {
		struct page_change *p = chunks_next(&m->pages);

		if (!p)
			break;
		*p = t->found[n];
		chunks_publish(&m->pages);
	}
	if (t->count && !c->loose && !atomic_load(&c->below))
		diff_count_up(d, m->change);
	free(t->found);
	t->found = NULL;
	pthread_mutex_lock(&m->lock);
	add_tally(&m->tally, &t->tally);
	pthread_mutex_unlock(&m->lock);
}

static unsigned thread_count(const struct diff *d)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (d->spec.jobs)
		return d->spec.jobs;
	return cores > 8 ? 8 : cores > 1 ? (unsigned)cores : 1;
}

/* The caller's thread puts results together, in the order of addresses. */
static void run_threads(struct compare *c)
{
	enum { MOST = 64 };
	pthread_t threads[MOST];
	unsigned want = thread_count(c->d), n = 0;

	while (n < want && n < MOST && !pthread_create(&threads[n], NULL, compare_tasks, c))
		n++;
	if (!n)
		compare_tasks(c);
	for (size_t i = 0; i < c->count; i++) {
		struct task *t = &c->tasks[i];

		pthread_mutex_lock(&c->lock);
		while (!atomic_load(&t->done))
			pthread_cond_wait(&c->finished, &c->lock);
		pthread_mutex_unlock(&c->lock);
		job_step(c->job, task_bytes(c->d, t));
		take_task(c->d, t);
	}
	while (n)
		pthread_join(threads[--n], NULL);
}

void diff_memory(struct diff *d, struct job *job)
{
	struct compare c = { .d = d, .job = job };
	struct job own;

	if (!job) {
		job_init(&own, "diff", 0);
		c.job = &own;
	}
	pthread_mutex_init(&c.lock, NULL);
	pthread_cond_init(&c.finished, NULL);
	for (size_t n = 0; n < d->memory_count; n++)
		make_tasks(&c, (uint32_t)n);
	run_threads(&c);
	pthread_mutex_destroy(&c.lock);
	pthread_cond_destroy(&c.finished);
	free(c.tasks);
	if (d->spec.content)
		diff_find_moved(d, c.job);
	atomic_store(&d->memory_done, true);
}

/* ---- results ---- */

static struct pair_memory *memory_of(const struct diff *d, size_t change)
{
	size_t lo = 0, hi = d->memory_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (d->memories[mid].change < change)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < d->memory_count && d->memories[lo].change == change ? &d->memories[lo] : NULL;
}

size_t diff_pages(const struct diff *d, size_t change)
{
	const struct pair_memory *m = memory_of(d, change);

	return m ? chunks_count(&m->pages) : 0;
}

const struct page_change *diff_page(const struct diff *d, size_t change, size_t n)
{
	const struct pair_memory *m = memory_of(d, change);

	return m ? chunks_at(&m->pages, n) : NULL;
}

struct memory_tally diff_tally(const struct diff *d, size_t change)
{
	struct pair_memory *m = memory_of(d, change);
	struct memory_tally t = { 0 };

	if (!m)
		return t;
	pthread_mutex_lock(&m->lock);
	t = m->tally;
	pthread_mutex_unlock(&m->lock);
	return t;
}

size_t diff_page_find(const struct diff *d, size_t change, uint64_t addr)
{
	const struct pair_memory *m = memory_of(d, change);
	size_t lo = 0, hi = m ? chunks_count(&m->pages) : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct page_change *p = chunks_at(&m->pages, mid);

		if (p->addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
