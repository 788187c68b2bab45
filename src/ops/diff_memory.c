/* Comparing what was laid out: threads take segments, some 4 MiB a task, and look at both sides
 * through a window each (core), mapped or read, whichever is cheaper. Results are put together in
 * the order of addresses as tasks are finished, by the caller's thread.
 *
 * A file may be cut short meanwhile. What it has lost reads as zeros, so that is asked after each
 * look that found a difference, and then only what the file still has counts. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bound.h"
#include "base/heap.h"
#include "core/window.h"
#include "ops/diff_parts.h"

#define TASK_PAGES 1024u /* of a task, about */
#define BLOCK (256u << 10)

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

static bool is_stopped(const struct compare *c)
{
	return atomic_load_explicit(&c->job->cancel, memory_order_relaxed);
}

/* What a thread works with. */
struct hand {
	struct compare *c;
	struct window a, b;
};

/* ---- tasks ---- */

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
					   .pages = pages,
					   .segments = (uint32_t)n - first });
	}
}

/* ---- pages ---- */

static void found_page(struct task *t, uint64_t addr, enum diff_how how, uint64_t bytes)
{
	t->found = heap_grow(t->found, t->count, &t->room, sizeof(*t->found));
	t->found[t->count++] =
		(struct page_change){ .addr = addr, .bytes = (uint32_t)bytes, .how = (uint8_t)how };
	t->tally.changed += how == DIFF_CHANGED;
	t->tally.added += how == DIFF_ADDED;
	t->tally.removed += how == DIFF_REMOVED;
	t->tally.bytes += how == DIFF_CHANGED ? bytes : 0;
}

/* Two blocks, page by page, where they are not equal as a whole. */
static void compare_block(struct task *t, uint64_t addr, const uint8_t *a, const uint8_t *b,
			  uint64_t len, uint64_t page)
{
	if (!memcmp(a, b, len))
		return;
	for (uint64_t at = 0; at < len; at += page)
		if (memcmp(a + at, b + at, page) != 0)
			found_page(t, addr + at, DIFF_CHANGED,
				   bytes_that_differ(a + at, b + at, page));
}

/* The other side are zeros that were never written. */
static void look_for_bytes(struct task *t, uint64_t addr, enum diff_how how, const uint8_t *bytes,
			   uint64_t len, uint64_t page)
{
	if (bytes_all_zero(bytes, len))
		return;
	for (uint64_t at = 0; at < len; at += page)
		if (!bytes_all_zero(bytes + at, page))
			found_page(t, addr + at, how, page);
}

/* ---- segments ---- */

/* One side of a segment. */
struct look {
	struct window *w;
	const struct source *src; /* NULL: it is zeros that were never written */
	uint64_t at, ahead;       /* where its bytes begin; up to where they will be looked at */
};

static struct look look_at(struct window *w, const struct diff *d, uint16_t source, uint64_t at,
			   uint64_t len)
{
	struct look k = { .w = w, .at = at, .ahead = at + len };

	if (source != NO_SOURCE)
		k.src = d->source_list[source];
	return k;
}

static struct bytes look(const struct look *k, uint64_t skip, uint64_t len)
{
	if (!k->src)
		return (struct bytes){ NULL, len };
	return window_view(k->w, k->src, (struct span){ k->at + skip, len }, k->ahead);
}

static uint64_t still_there(const struct look *k, uint64_t skip, uint64_t len, bool ask)
{
	return k->src ? bytes_still_there(k->src, k->at + skip, len, ask) : len;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void compare_bytes(struct task *t, uint64_t addr, const uint8_t *a, const uint8_t *b,
			  uint64_t len, uint64_t page)
{
	if (a && b)
		compare_block(t, addr, a, b, len, page);
	else
		look_for_bytes(t, addr, a ? DIFF_REMOVED : DIFF_ADDED, a ? a : b, len, page);
}

/* `len` bytes of a segment, `skip` behind its beginning. */
static void compare_stretch(struct task *t, const struct look *ka, const struct look *kb,
			    uint64_t addr, uint64_t skip, uint64_t len, uint64_t page)
{
	struct bytes a = look(ka, skip, len), b = look(kb, skip, len);
	uint64_t known = least(a.len, b.len) / page * page, still;
	struct memory_tally tally = t->tally;
	size_t count = t->count;

	compare_bytes(t, addr + skip, a.at, b.at, known, page);
	still = least(still_there(ka, skip, known, t->count > count),
		      still_there(kb, skip, known, t->count > count));
	if (still < known) {
		known = still / page * page;
		t->tally = tally;
		t->count = count;
		compare_bytes(t, addr + skip, a.at, b.at, known, page);
	}
	t->tally.compared += known / page;
	t->tally.unknown += (len - known) / page;
}

/* Returns how many pages it looked at: fewer if it is to stop. */
static uint64_t compare_segment(struct hand *h, struct task *t, const struct segment *s,
				uint64_t skip, uint64_t pages, uint64_t page)
{
	uint64_t at = skip * page, end = at + pages * page;
	uint64_t room = BLOCK / page ? BLOCK / page * page : page;
	struct look a = look_at(&h->a, h->c->d, s->a, s->at_a, end);
	struct look b = look_at(&h->b, h->c->d, s->b, s->at_b, end);

	if (s->how != DIFF_EQUAL) {
		found_page(t, s->addr, (enum diff_how)s->how, s->bytes);
		return pages;
	}
	if (s->side_a == SIDE_NONE || s->side_b == SIDE_NONE) {
		for (; at < end; at += page)
			found_page(t, s->addr + at, a.src ? DIFF_REMOVED : DIFF_ADDED, page);
		return pages;
	}
	for (; at < end && !is_stopped(h->c); at += least(room, end - at))
		compare_stretch(t, &a, &b, s->addr, at, least(room, end - at), page);
	return at / page - skip;
}

static void run_task(struct hand *h, struct task *t)
{
	const struct pair_memory *m = &h->c->d->memories[t->memory];
	uint64_t left = t->pages;

	for (uint32_t n = 0; n < t->segments && !is_stopped(h->c); n++) {
		const struct segment *s = &m->segments[t->segment + n];
		uint32_t pages = t->segments == 1 ? t->pages : s->pages;

		left -= compare_segment(h, t, s, t->skip, pages, m->page);
	}
	t->tally.stopped = left;
}

static void *compare_tasks(void *arg)
{
	struct hand h = { .c = arg };
	struct compare *c = arg;
	size_t n;

	window_init(&h.a, BLOCK);
	window_init(&h.b, BLOCK);
	while ((n = atomic_fetch_add(&c->next, 1)) < c->count) {
		struct task *t = &c->tasks[n];

		run_task(&h, t);
		pthread_mutex_lock(&c->lock);
		atomic_store(&t->done, true);
		pthread_cond_signal(&c->finished);
		pthread_mutex_unlock(&c->lock);
	}
	window_fini(&h.a);
	window_fini(&h.b);
	return NULL;
}

/* ---- all of them ---- */

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
	to->stopped += t->stopped;
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
		job_step(c->job, t->pages * c->d->memories[t->memory].page);
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
	size_t n = BOUND(i, d->memory_count, d->memories[i].change < change);

	return n < d->memory_count && d->memories[n].change == change ? &d->memories[n] : NULL;
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

static uint64_t page_address(const struct pair_memory *m, size_t n)
{
	return ((const struct page_change *)chunks_at(&m->pages, n))->addr;
}

size_t diff_page_find(const struct diff *d, size_t change, uint64_t addr)
{
	const struct pair_memory *m = memory_of(d, change);

	return m ? BOUND(i, chunks_count(&m->pages), page_address(m, i) < addr) : 0;
}
