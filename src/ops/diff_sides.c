/* Two memories laid side by side.
 *
 * In the owner's thread both are walked by address, extent by extent, and what is equal without a
 * look is left out: the same place of the same file, zeros on both sides, one mapped file's bytes
 * on both. What remains are segments: so many pages from an address on, and where either side has
 * them.
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
 * here: lazy ones, of a parent that is gone, punched out.
 *
 * Extents need not end where pages do, whatever the images claim. A page that one of them cuts is
 * compared here, piece by piece, and its segment has the answer: so each page counts once. */
#include <stdlib.h>
#include <string.h>

#include "base/bound.h"
#include "base/heap.h"
#include "ops/diff_parts.h"

#define STEPS 4096 /* extents a call lays side by side */
#define SOURCES_MOST (NO_SOURCE - 1)
#define SEGMENT_PAGES (UINT32_MAX / 2) /* at most */

/* The smaller one, where images disagree: then it does not matter which of them is A. */
static uint64_t common_page(const struct aspace *a, const struct aspace *b)
{
	if (!a || !b)
		return (a ? a : b)->page;
	return a->page < b->page ? a->page : b->page;
}

void diff_begin_memory(struct diff *d, uint32_t change, struct aspace *a, struct aspace *b)
{
	struct pair_memory *m;

	d->memories =
		heap_grow(d->memories, d->memory_count, &d->memory_room, sizeof(*d->memories));
	m = &d->memories[d->memory_count++];
	*m = (struct pair_memory){ .change = change, .a = a, .b = b, .page = common_page(a, b) };
	chunks_init(&m->pages, sizeof(struct page_change), PAGES_MOST);
	d->walk = (struct side_walk){ .active = true };
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
	switch (as ? x->state : PAGE_UNMAPPED) {
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

static bool goes_on(const struct pair_memory *m, const struct segment *s)
{
	const struct segment *last = m->count ? &m->segments[m->count - 1] : NULL;
	uint64_t run = last ? last->pages * m->page : 0;

	return last && last->addr + run == s->addr && last->a == s->a && last->b == s->b &&
	       last->side_a == s->side_a && last->side_b == s->side_b && last->how == DIFF_EQUAL &&
	       s->how == DIFF_EQUAL && (s->side_a != SIDE_BYTES || last->at_a + run == s->at_a) &&
	       (s->side_b != SIDE_BYTES || last->at_b + run == s->at_b) &&
	       last->pages <= UINT32_MAX - s->pages;
}

static void add_segment(struct pair_memory *m, const struct segment *s)
{
	if (goes_on(m, s)) {
		m->segments[m->count - 1].pages += s->pages;
		return;
	}
	m->segments = heap_grow(m->segments, m->count, &m->room, sizeof(*m->segments));
	m->segments[m->count++] = *s;
}

/* ---- whole pages ---- */

/* False: more files than can be numbered. No real set has a tenth of them. */
static bool place(struct diff *d, enum side side, const struct extent *x, uint64_t at,
		  uint16_t *number, uint64_t *offset)
{
	*number = NO_SOURCE;
	if (side != SIDE_BYTES)
		return true;
	*number = source_number(d, x->source);
	*offset = x->offset + (at - x->start);
	return *number != NO_SOURCE;
}

static void take_pages(struct diff *d, struct pair_memory *m, uint64_t at, uint64_t pages)
{
	const struct extent *xa = &d->walk.a, *xb = &d->walk.b;
	struct segment s = { .addr = at };

	s.side_a = side_of(m->a, xa);
	s.side_b = side_of(m->b, xb);
	if (s.side_a == SIDE_UNKNOWN || s.side_b == SIDE_UNKNOWN) {
		m->tally.unknown += m->a && m->b ? pages : 0;
		return;
	}
	if (s.side_a != SIDE_BYTES && s.side_b != SIDE_BYTES)
		return;
	if (s.side_a == SIDE_BYTES && s.side_b == SIDE_BYTES && same_place(xa, xb, at)) {
		m->tally.skipped += pages;
		return;
	}
	if (!place(d, s.side_a, xa, at, &s.a, &s.at_a) ||
	    !place(d, s.side_b, xb, at, &s.b, &s.at_b)) {
		m->tally.unknown += pages;
		return;
	}
	for (; pages; pages -= s.pages) {
		s.pages = pages < SEGMENT_PAGES ? (uint32_t)pages : SEGMENT_PAGES;
		add_segment(m, &s);
		s.addr += s.pages * m->page;
		s.at_a += s.pages * m->page;
		s.at_b += s.pages * m->page;
	}
}

/* ---- a page in pieces ---- */

struct verdict {
	uint64_t bytes;  /* that differ */
	bool in_a, in_b; /* some of its bytes are there */
	bool read, unknown;
};

/* Of a piece that the file of `x` has; NULL: it has not all of it. */
static const uint8_t *piece_bytes(const struct extent *x, uint64_t at, uint64_t len)
{
	struct bytes b = source_view(x->source, x->offset + (at - x->start), len);

	return b.len == len ? b.at : NULL;
}

/* Asked after a look: what is lost reads as zeros. */
static bool was_there(const struct extent *x, uint64_t at, uint64_t len)
{
	return bytes_still_there(x->source, x->offset + (at - x->start), len, true) == len;
}

/* Bytes on both sides. */
static void compare_piece(struct verdict *v, const struct extent *xa, const struct extent *xb,
			  uint64_t at, uint64_t len)
{
	const uint8_t *a = piece_bytes(xa, at, len), *b = piece_bytes(xb, at, len);
	uint64_t differ = a && b ? bytes_that_differ(a, b, len) : 0;

	v->in_a = v->in_b = v->read = true;
	if (a && b && was_there(xa, at, len) && was_there(xb, at, len))
		v->bytes += differ;
	else
		v->unknown = true;
}

/* Bytes on one side; zeros that were never written, or nothing, on the other. */
static void look_at_piece(struct verdict *v, const struct extent *x, bool in_b, bool zeros,
			  uint64_t at, uint64_t len)
{
	const uint8_t *bytes = zeros ? piece_bytes(x, at, len) : NULL;
	uint64_t differ = bytes ? bytes_that_differ(bytes, NULL, len) : len;

	v->read = true;
	if (zeros && !(bytes && was_there(x, at, len))) {
		v->unknown = true;
		return;
	}
	v->bytes += differ;
	*(in_b ? &v->in_b : &v->in_a) |= differ != 0;
}

static void take_piece(const struct diff *d, const struct pair_memory *m, struct verdict *v,
		       uint64_t at, uint64_t len)
{
	const struct extent *xa = &d->walk.a, *xb = &d->walk.b;
	enum side a = side_of(m->a, xa), b = side_of(m->b, xb);

	if (a == SIDE_UNKNOWN || b == SIDE_UNKNOWN)
		v->unknown |= m->a && m->b;
	else if (a == SIDE_BYTES && b == SIDE_BYTES && same_place(xa, xb, at))
		v->in_a = v->in_b = true;
	else if (a == SIDE_BYTES && b == SIDE_BYTES)
		compare_piece(v, xa, xb, at, len);
	else if (a == SIDE_BYTES || b == SIDE_BYTES)
		look_at_piece(v, a == SIDE_BYTES ? xa : xb, b == SIDE_BYTES,
			      (a == SIDE_BYTES ? b : a) == SIDE_ZEROS, at, len);
}

/* What is seen to differ differs, whatever else is not known of the page. */
static void take_verdict(struct pair_memory *m, uint64_t at, const struct verdict *v)
{
	struct segment s = { .addr = at, .pages = 1, .a = NO_SOURCE, .b = NO_SOURCE };

	m->tally.compared += v->read;
	if (!v->bytes) {
		m->tally.unknown += v->unknown;
		return;
	}
	s.how = v->in_a && v->in_b ? DIFF_CHANGED : v->in_b ? DIFF_ADDED : DIFF_REMOVED;
	s.bytes = (uint32_t)(s.how == DIFF_CHANGED ? v->bytes : m->page);
	add_segment(m, &s);
}

/* The extents at `at`. False: a space that does not go on. */
static bool step_to(struct diff *d, const struct pair_memory *m, uint64_t at, uint64_t *end)
{
	struct side_walk *w = &d->walk;

	if (at >= w->a.end)
		extent_at(m->a, at, &w->a);
	if (at >= w->b.end)
		extent_at(m->b, at, &w->b);
	*end = w->a.end < w->b.end ? w->a.end : w->b.end;
	return *end > at;
}

static bool take_cut_page(struct diff *d, struct pair_memory *m, uint64_t at)
{
	uint64_t last = at + (m->page - 1), end;
	struct verdict v = { 0 };

	for (uint64_t from = at;; from = end) {
		if (!step_to(d, m, from, &end))
			return false;
		if (end > last || end == UINT64_MAX) {
			take_piece(d, m, &v, from, last - from + 1);
			break;
		}
		take_piece(d, m, &v, from, end - from);
	}
	take_verdict(m, at, &v);
	return true;
}

/* ---- the walk ---- */

/* Whole pages of [at, end); an end of UINT64_MAX stands for 2^64. */
static uint64_t whole_pages(uint64_t at, uint64_t end, uint64_t page)
{
	return end == UINT64_MAX ? (end - at) / page + 1 : (end - at) / page;
}

bool diff_walk_memory(struct diff *d)
{
	struct pair_memory *m;

	if (!d->walk.active)
		return false;
	m = &d->memories[d->memory_count - 1];
	for (int n = 0; n < STEPS && d->walk.active; n++) {
		uint64_t at = d->walk.at, end, pages = 0;

		d->walk.active = step_to(d, m, at, &end);
		if (!d->walk.active)
			break;
		pages = whole_pages(at, end, m->page);
		if (pages) {
			take_pages(d, m, at, pages);
		} else {
			pages = 1;
			d->walk.active = take_cut_page(d, m, at);
		}
		if (pages > (UINT64_MAX - at) / m->page)
			d->walk.active = false;
		d->walk.at = at + pages * m->page;
	}
	return true;
}

/* ---- what was laid out ---- */

/* By read(2) where that can be: many pages of a mapping, looked at one by one, would stay resident.
 * What a file no longer has is zeros. */
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
	const struct segment *at = m->segments;
	size_t n = BOUND(i, m->count, at[i].addr + (at[i].pages - 1) * m->page < addr);
	const struct segment *s = n < m->count ? &at[n] : NULL;

	if (!s || s->addr > addr || (in_b ? s->side_b : s->side_a) != SIDE_BYTES)
		return NULL;
	return fetch(d->source_list[in_b ? s->b : s->a],
		     (in_b ? s->at_b : s->at_a) + (addr - s->addr), buf, m->page);
}

uint64_t diff_total(const struct diff *d)
{
	uint64_t total = 0;

	for (size_t n = 0; n < d->memory_count; n++)
		for (size_t i = 0; i < d->memories[n].count; i++)
			total += d->memories[n].segments[i].pages * d->memories[n].page;
	return total;
}
