/* Runs, passes and views: see memory.h for what they are.
 *
 * Runs are appended to one array, passes are stretches of it:
 *
 *	runs    [ . . . . . . . | . . | . . . | . ]
 *	passes    0               7     9       12      index of the first run, and flags
 *
 * A view is made by overlaying neighbouring passes, then neighbouring results, until one list is
 * left: each level goes through all runs once, and there are log2(passes) levels, whether a stream
 * has five passes or a million of one page. A piece of a list begins or ends where a run of it
 * did, so that no list is ever longer than twice the runs it was made of.
 *
 * Nothing is stored but what was sent, 32 bytes a run; the first pass of one that never repeats is
 * its own view. */
#include "base/heap.h"
#include "xen/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bound.h"

#define PFN_MASK ((UINT64_C(1) << 52) - 1)

struct pass {
	uint64_t first : 56; /* run */
	uint64_t flags : 8;  /* enum pass_flags */
};

struct view {
	struct page_view view;
	struct page_run *own; /* its runs, unless they are the memory's */
	uint32_t passes;
	bool bodies;
	struct view *next;
};

struct memory {
	struct page_run *runs;
	size_t count, room;
	struct pass *passes;
	size_t pass_count, pass_room;
	uint32_t *snapshots; /* passes up to the end of each */
	size_t snapshot_count, snapshot_room, committed;
	bool fresh;    /* the next page begins a pass */
	bool verify;   /* what comes is to be compared */
	uint32_t kept; /* passes up to the last that is not VERIFY's */
	struct source *made;
	struct view *views;
};

bool page_type_has_data(unsigned type)
{
	return type <= 4 || (type >= 9 && type <= 12);
}

/* ---- growing ---- */

/* Memory that cannot be had ends the program, as in arenas: what is asked for is in proportion to
 * the file. */
struct memory *memory_new(void)
{
	struct memory *m = heap_zeroed(1, sizeof(*m));

	m->fresh = true;
	return m;
}

void memory_free(struct memory *m)
{
	if (!m)
		return;
	for (struct view *v = m->views, *next; v; v = next) {
		next = v->next;
		free(v->own);
		free(v);
	}
	source_close(m->made);
	free(m->snapshots);
	free(m->passes);
	free(m->runs);
	free(m);
}

/* ---- the walk's ---- */

static void begin_pass(struct memory *m)
{
	m->passes = heap_grow(m->passes, m->pass_count, &m->pass_room, sizeof(*m->passes));
	m->passes[m->pass_count++] =
		(struct pass){ .first = m->count, .flags = m->verify ? PASS_VERIFY : 0 };
	if (!m->verify)
		m->kept = (uint32_t)m->pass_count;
	m->fresh = false;
}

/* True if the page lies right behind `r`, in the file and in memory. */
static bool continues(const struct page_run *r, const struct page_run *page)
{
	if (page->pfn != r->pfn + r->count || page->type != r->type || page->record != r->record ||
	    page->made != r->made || page->count > UINT32_MAX - r->count)
		return false;
	return r->offset == NO_BODY ? page->offset == NO_BODY
				    : page->offset == r->offset + (uint64_t)r->count * XEN_PAGE;
}

void memory_add(struct memory *m, uint64_t pfn, unsigned type, uint64_t offset, uint32_t record,
		bool made)
{
	memory_add_run(m, pfn, 1, type, offset, record, made);
}

void memory_add_run(struct memory *m, uint64_t pfn, uint32_t count, unsigned type, uint64_t offset,
		    uint32_t record, bool made)
{
	struct page_run *last = m->count ? &m->runs[m->count - 1] : NULL;
	struct page_run page = { .pfn = pfn & PFN_MASK,
				 .offset = page_type_has_data(type) ? offset : NO_BODY,
				 .count = count,
				 .record = record,
				 .type = (uint8_t)type,
				 .made = made };

	if (m->pass_count == UINT32_MAX)
		return;
	if (m->fresh || (last && page.pfn < last->pfn + last->count)) {
		begin_pass(m);
		last = NULL;
	}
	if (last && continues(last, &page)) {
		last->count += count;
		return;
	}
	page.pass = (uint32_t)m->pass_count - 1;
	m->runs = heap_grow(m->runs, m->count, &m->room, sizeof(*m->runs));
	m->runs[m->count++] = page;
}

void memory_new_pass(struct memory *m, bool verify)
{
	m->verify = verify;
	m->fresh = true;
}

void memory_snapshot(struct memory *m)
{
	if (m->fresh && m->pass_count < UINT32_MAX)
		begin_pass(m);
	m->snapshots = heap_grow(m->snapshots, m->snapshot_count, &m->snapshot_room,
				 sizeof(*m->snapshots));
	m->snapshots[m->snapshot_count++] = m->kept;
	m->fresh = true;
}

void memory_commit(struct memory *m)
{
	m->committed = m->snapshot_count;
}

uint32_t memory_pass(const struct memory *m)
{
	if (m->fresh && !m->verify && m->committed == m->snapshot_count)
		return (uint32_t)m->pass_count;
	return m->kept ? m->kept - 1 : 0;
}

void memory_seal(struct memory *m, struct source *made)
{
	m->made = made;
}

/* ---- what was sent ---- */

size_t memory_run_count(const struct memory *m)
{
	return m->count;
}

const struct page_run *memory_run_of(const struct memory *m, uint64_t n)
{
	size_t at = BOUND(i, m->count, memory_run(m, i)->record < n);

	return at < m->count && memory_run(m, at)->record == n ? memory_run(m, at) : NULL;
}

const struct page_run *memory_run(const struct memory *m, size_t n)
{
	return n < m->count ? &m->runs[n] : NULL;
}

struct source *memory_made(const struct memory *m)
{
	return m->made;
}

size_t memory_passes(const struct memory *m)
{
	return m->kept;
}

size_t memory_passes_sent(const struct memory *m)
{
	return m->pass_count;
}

size_t memory_pass_runs(const struct memory *m, uint32_t pass, size_t *first)
{
	*first = pass < m->pass_count ? m->passes[pass].first : m->count;
	return (size_t)pass + 1 < m->pass_count ? m->passes[pass + 1].first : m->count;
}

size_t memory_snapshots(const struct memory *m)
{
	return m->committed;
}

uint32_t memory_snapshot_passes(const struct memory *m, uint32_t n)
{
	return n && n <= m->committed ? m->snapshots[n - 1] : 0;
}

unsigned memory_pass_flags(const struct memory *m, uint32_t pass)
{
	return pass < m->pass_count ? m->passes[pass].flags : 0;
}

/* ---- overlaying ---- */

/* Sorted, disjoint runs. */
struct list {
	const struct page_run *at;
	size_t count;
};

static uint64_t run_end(const struct page_run *r)
{
	return r->pfn + r->count;
}

/* Takes the first `n` pages off a run. */
static void cut_front(struct page_run *r, uint64_t n)
{
	r->pfn += n;
	r->count -= (uint32_t)n;
	if (r->offset != NO_BODY)
		r->offset += n * XEN_PAGE;
}

/* Appends what of `old` lies outside the runs of `young`, `*next` being the first of those that
 * ends after it begins. Returns the new end of `out`. */
static struct page_run *put_outside(struct page_run *out, struct page_run old, struct list young,
				    size_t *next)
{
	while (*next < young.count && run_end(&young.at[*next]) <= old.pfn)
		*out++ = young.at[(*next)++];
	while (*next < young.count && young.at[*next].pfn < run_end(&old)) {
		const struct page_run *y = &young.at[*next];

		if (y->pfn > old.pfn) {
			*out = old;
			out++->count = (uint32_t)(y->pfn - old.pfn);
		}
		if (run_end(y) >= run_end(&old))
			return out;
		cut_front(&old, run_end(y) - old.pfn);
		*out++ = *y;
		++*next;
	}
	*out++ = old;
	return out;
}

/* Lays `young` over `old`: at most old.count + 2 * young.count pieces. Returns how many. */
static size_t overlay(struct list old, struct list young, struct page_run *out)
{
	struct page_run *end = out;
	size_t next = 0;

	for (size_t i = 0; i < old.count; i++)
		end = put_outside(end, old.at[i], young, &next);
	while (next < young.count)
		*end++ = young.at[next++];
	return (size_t)(end - out);
}

/* One level: lays every second list over the one before it. `lists` are rewritten to lie in the
 * buffer that is returned. */
static struct page_run *overlay_pairs(struct list *lists, size_t *count)
{
	size_t room = 0, n = 0;
	struct page_run *buffer, *to;

	for (size_t i = 0; i < *count; i++)
		room += lists[i].count * (i & 1 ? 2 : 1);
	to = buffer = heap_zeroed(room + 1, sizeof(*buffer));
	for (size_t i = 0; i < *count; i += 2) {
		struct list none = { 0 };
		size_t got = overlay(lists[i], i + 1 < *count ? lists[i + 1] : none, to);

		lists[n++] = (struct list){ to, got };
		to += got;
	}
	*count = n;
	return buffer;
}

/* Lists of the passes that count; *own (NULL: none was needed) holds those of bodies alone. */
static struct list *lists_of(const struct memory *m, uint32_t passes, bool bodies, size_t *count,
			     struct page_run **own)
{
	struct list *lists = heap_must(calloc((size_t)passes + 1, sizeof(*lists)));
	struct page_run *to = NULL;

	if (bodies)
		to = heap_zeroed(m->count + 1, sizeof(*to));
	*own = to;
	*count = 0;
	for (uint32_t p = 0; p < passes; p++) {
		size_t first, end = memory_pass_runs(m, p, &first);
		struct list l = { 0 };

		if (first == end || m->passes[p].flags & PASS_VERIFY)
			continue;
		l = (struct list){ &m->runs[first], end - first };
		if (bodies) {
			l.at = to;
			for (size_t i = first; i < end; i++)
				if (m->runs[i].offset != NO_BODY)
					*to++ = m->runs[i];
			l.count = (size_t)(to - l.at);
		}
		if (l.count)
			lists[(*count)++] = l;
	}
	return lists;
}

static void tally(struct page_view *v)
{
	for (size_t i = 0; i < v->count; i++) {
		v->pfns += v->runs[i].count;
		if (v->runs[i].offset != NO_BODY)
			v->pages += v->runs[i].count;
	}
}

static struct view *make_view(const struct memory *m, uint32_t passes, bool bodies)
{
	struct view *v = heap_zeroed(1, sizeof(*v));
	struct page_run *own, *fitted;
	size_t count;
	struct list *lists = lists_of(m, passes, bodies, &count, &own);

	*v = (struct view){ .passes = passes, .bodies = bodies };
	while (count > 1) {
		struct page_run *level = overlay_pairs(lists, &count);

		free(own);
		own = level;
	}
	if (count) {
		v->view.runs = lists[0].at;
		v->view.count = lists[0].count;
	}
	fitted = own && count ? reallocarray(own, v->view.count, sizeof(*own)) : NULL;
	if (fitted)
		v->view.runs = own = fitted;
	v->own = own;
	free(lists);
	tally(&v->view);
	return v;
}

static const struct page_view *view_of(struct memory *m, uint32_t passes, bool bodies)
{
	struct view *v = m->views;

	if (passes > m->kept)
		passes = m->kept;
	while (v && (v->passes != passes || v->bodies != bodies))
		v = v->next;
	if (!v) {
		v = make_view(m, passes, bodies);
		v->next = m->views;
		m->views = v;
	}
	return &v->view;
}

const struct page_view *memory_view(struct memory *m, uint32_t passes)
{
	return view_of(m, passes, false);
}

const struct page_view *memory_bodies(struct memory *m, uint32_t passes)
{
	return view_of(m, passes, true);
}

/* ---- asking ---- */

/* Index of the first of `n` sorted runs that ends after `pfn`. */
static size_t first_after(const struct page_run *runs, size_t n, uint64_t pfn)
{
	return BOUND(i, n, run_end(&runs[i]) <= pfn);
}

size_t page_view_after(const struct page_view *v, uint64_t pfn)
{
	return first_after(v->runs, v->count, pfn);
}

const struct page_run *page_view_find(const struct page_view *v, uint64_t pfn, uint64_t *next)
{
	size_t i = page_view_after(v, pfn);
	const struct page_run *r = i < v->count && v->runs[i].pfn <= pfn ? &v->runs[i] : NULL;

	i += r != NULL;
	if (next)
		*next = i < v->count ? v->runs[i].pfn : UINT64_MAX;
	return r;
}

size_t memory_history(const struct memory *m, uint64_t pfn, const struct page_run **out, size_t max)
{
	size_t n = 0;

	for (uint32_t p = 0; p < m->pass_count; p++) {
		size_t first, end = memory_pass_runs(m, p, &first);
		size_t at;

		if (first == end)
			continue;
		at = first + first_after(&m->runs[first], end - first, pfn);
		if (at == end || m->runs[at].pfn > pfn)
			continue;
		if (n++ < max)
			out[n - 1] = &m->runs[at];
	}
	return n;
}
