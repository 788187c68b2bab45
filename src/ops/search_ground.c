/* Where to search: places of address spaces, the segments of files that they share, and back.
 *
 *	addresses   space 0  ├──p0──┤├─zeros─┤├──p2──┤      space 1  ├─────p3─────┤
 *	                         │               │                         │
 *	file                 ├──p0──┤        ├──p2──┤              │
 *	                     ├───────p3──────┤   maps the bytes of p0, and more
 *	segments             ├──s0──┼───s1───┼──s2──┤
 *
 * Segments are cut wherever a place begins or ends, so that every match within one is one in every
 * place that has it. Which places have it is asked only where there is a match: of a balanced tree
 * that lies implicitly in an array, as in a binary search, each node with the highest end below it.
 */
#include <stdlib.h>
#include <string.h>

#include "ops/search.h"
#include "ops/search_parts.h"

#define SEGMENT_MOST (64u << 20)

static struct err *no_memory(void)
{
	return err_new(ERR_LIMIT, "not enough memory to search in so many pieces");
}

/* ---- places ---- */

static struct err *image_of(struct ground *g, struct source *src, struct item *item, uint32_t *out)
{
	struct ground_image *more;

	/* The one that was asked for last is the most likely. */
	for (uint32_t i = g->image_count; i-- > 1;)
		if (g->images[i].source == src) {
			*out = i;
			return NULL;
		}
	if (g->image_count + 1 >= g->image_room) {
		g->image_room = g->image_room ? g->image_room * 2 : 16;
		more = realloc(g->images, g->image_room * sizeof(*more));
		if (!more)
			return no_memory();
		g->images = more;
		if (!g->image_count)
			g->images[g->image_count++] = (struct ground_image){ 0 };
	}
	*out = g->image_count++;
	g->images[*out] = (struct ground_image){ .source = src, .item = item };
	return NULL;
}

/* True if `p` goes on where `last` ends, in the file as in memory. */
static bool goes_on(const struct stretch *last, const struct stretch *p)
{
	return last->space == p->space && last->image == p->image &&
	       last->va + last->length == p->va &&
	       (!p->image || last->offset + last->length == p->offset);
}

static struct err *add_place(struct ground *g, struct stretch p)
{
	struct stretch *last = g->count ? &g->places[g->count - 1] : NULL;

	if (g->count && goes_on(last, &p)) {
		last->length += p.length;
		return NULL;
	}
	if (g->count == g->room) {
		uint32_t room = g->room ? g->room * 2 : 64;
		struct stretch *more;

		if (room < g->room)
			return no_memory();
		more = realloc(g->places, room * sizeof(*more));
		if (!more)
			return no_memory();
		g->places = more;
		g->room = room;
	}
	g->odd |= p.image && (p.va | p.offset) & 7;
	g->places[g->count++] = p;
	return NULL;
}

/* ---- filters ---- */

/* "rw", "x~w", "~s": letters that must be there, then letters that must not. */
static bool perm_fits(const char *perm, const char *prot)
{
	bool want = true;

	for (; perm && *perm; perm++)
		if (*perm == '~')
			want = false;
		else if (*perm != '-' && (strchr(prot, *perm) != NULL) != want)
			return false;
	return true;
}

static bool region_fits(const struct region *r, const struct search_spec *spec)
{
	if (!spec->perm && !spec->kind && !spec->name)
		return true;
	if (!r || !perm_fits(spec->perm, r->prot))
		return false;
	if (spec->kind && strcmp(spec->kind, r->kind))
		return false;
	return !spec->name || (r->name && strstr(r->name, spec->name));
}

static bool state_fits(enum page_state state, const struct search_spec *spec)
{
	if (state == PAGE_ZERO)
		return !spec->states;
	if (state != PAGE_PRESENT && state != PAGE_PARENT)
		return false;
	return !spec->states || !strcmp(spec->states, page_state_name(state));
}

/* Bytes that should be somewhere and are not. Of lazy ones nobody says so who asks for present
 * ones. */
static bool is_gap(const struct extent *x, const struct search_spec *spec)
{
	if (x->state == PAGE_LAZY)
		return !spec->states;
	return x->state == PAGE_ABSENT && (x->lost || x->image);
}

static bool same_kind(const struct search_gap *gap, const struct extent *x)
{
	if (gap->state != x->state || !gap->why || !x->why)
		return gap->state == x->state && gap->why == x->why;
	return !strcmp(gap->why, x->why);
}

static void add_gap(struct ground *g, const struct aspace *as, const struct extent *x)
{
	uint32_t n = 0;

	while (n < g->gap_count && !same_kind(&g->gaps[n], x))
		n++;
	if (n == GAP_KINDS) {
		n--;
		g->gaps[n].state = PAGE_ABSENT;
		g->gaps[n].why = NULL;
	} else if (n == g->gap_count) {
		g->gaps[g->gap_count++] = (struct search_gap){ 0, x->state, x->why };
	}
	g->gaps[n].pages += (x->end - x->start + as->page - 1) / as->page;
}

static struct err *add_extent(struct ground *g, uint32_t space, const struct extent *x,
			      const struct search_spec *spec)
{
	const struct aspace *as = g->spaces[space];
	const struct region *r = x->region < as->region_count ? &as->regions[x->region] : NULL;
	struct stretch p = { .va = x->start, .length = x->end - x->start, .space = space };
	uint64_t size;
	struct err *err;

	if (!region_fits(r, spec))
		return NULL;
	if (is_gap(x, spec))
		add_gap(g, as, x);
	if (!state_fits(x->state, spec))
		return NULL;
	if (x->state == PAGE_ZERO)
		return add_place(g, p);
	size = x->source ? source_size(x->source) : 0;
	if (x->offset >= size)
		return NULL;
	if (p.length > size - x->offset)
		p.length = size - x->offset;
	p.offset = x->offset;
	err = image_of(g, x->source, x->image, &p.image);
	return err ? err : add_place(g, p);
}

struct err *ground_add_space(struct ground *g, struct aspace *as, const struct search_spec *spec)
{
	struct aspace **more = realloc(g->spaces, (g->space_count + 1) * sizeof(*more));
	struct extent x = { 0 };
	struct err *err = NULL;

	if (!more)
		return no_memory();
	g->spaces = more;
	g->spaces[g->space_count] = as;
	while (!err && aspace_next(as, &x))
		err = add_extent(g, g->space_count, &x, spec);
	g->space_count++;
	return err;
}

struct err *ground_add_file(struct ground *g, struct item *it, struct source *src, struct span span)
{
	struct stretch p = { .space = NO_SPACE };
	struct err *err;

	span = span_clip(span, source_size(src));
	if (!span.length)
		return NULL;
	err = image_of(g, src, it, &p.image);
	p.va = p.offset = span.offset;
	p.length = span.length;
	return err ? err : add_place(g, p);
}

/* ---- by file ---- */

static int by_offset(const void *a, const void *b, void *arg)
{
	const struct stretch *p = arg;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

	if (p[i].image != p[j].image)
		return p[i].image < p[j].image ? -1 : 1;
	if (p[i].offset != p[j].offset)
		return p[i].offset < p[j].offset ? -1 : 1;
	return i < j ? -1 : i > j;
}

/* Fills ends[] of the tree over order[lo, hi): its root is the middle one. */
static uint64_t fill_ends(struct ground *g, uint32_t lo, uint32_t hi)
{
	uint32_t mid = lo + (hi - lo) / 2;
	const struct stretch *p;
	uint64_t end, below;

	if (lo >= hi)
		return 0;
	p = &g->places[g->order[mid]];
	end = p->offset + p->length;
	below = fill_ends(g, lo, mid);
	end = below > end ? below : end;
	below = fill_ends(g, mid + 1, hi);
	end = below > end ? below : end;
	return g->ends[mid] = end;
}

static struct err *put_in_order(struct ground *g)
{
	uint32_t n = 0;

	g->order = calloc(g->count + 1, sizeof(*g->order));
	g->ends = calloc(g->count + 1, sizeof(*g->ends));
	if (!g->order || !g->ends)
		return no_memory();
	for (uint32_t i = 0; i < g->count; i++)
		if (g->places[i].image)
			g->order[n++] = i;
	qsort_r(g->order, n, sizeof(*g->order), by_offset, g->places);
	for (uint32_t i = 0; i < n; i++) {
		struct ground_image *im = &g->images[g->places[g->order[i]].image];

		if (!im->order_end)
			im->order = i;
		im->order_end = i + 1;
	}
	for (uint32_t i = 1; i < g->image_count; i++)
		fill_ends(g, g->images[i].order, g->images[i].order_end);
	return NULL;
}

bool ground_places(const struct ground *g, uint32_t image, uint64_t offset, uint64_t len,
		   bool (*fn)(void *arg, const struct stretch *, uint64_t va), void *arg)
{
	struct visit {
		uint32_t lo, hi;
		bool below; /* the left half was visited */
	} stack[64] = { { g->images[image].order, g->images[image].order_end, false } };
	int depth = 1;

	while (depth) {
		struct visit *v = &stack[depth - 1];
		uint32_t lo = v->lo, hi = v->hi, mid = lo + (hi - lo) / 2;
		const struct stretch *p;

		if (lo >= hi || g->ends[mid] < offset + len) {
			depth--;
			continue;
		}
		if (!v->below) {
			v->below = true;
			stack[depth++] = (struct visit){ lo, mid, false };
			continue;
		}
		depth--;
		p = &g->places[g->order[mid]];
		if (p->offset > offset)
			continue;
		if (p->offset + p->length >= offset + len &&
		    !fn(arg, p, p->va + (offset - p->offset)))
			return false;
		stack[depth++] = (struct visit){ mid + 1, hi, false };
	}
	return true;
}

/* ---- segments ---- */

static struct err *add_segment(struct ground *g, uint32_t *room, struct segment s)
{
	struct segment *more;

	if (g->segment_count == *room) {
		if (*room > UINT32_MAX / 2)
			return no_memory();
		*room = *room ? *room * 2 : 64;
		more = realloc(g->segments, *room * sizeof(*more));
		if (!more)
			return no_memory();
		g->segments = more;
	}
	g->segments[g->segment_count++] = s;
	g->total += s.length;
	return NULL;
}

/* [from, to) in pieces that end at multiples of SEGMENT_MOST. */
static struct err *cut(struct ground *g, uint32_t *room, uint32_t image, uint64_t from, uint64_t to)
{
	struct err *err = NULL;

	while (!err && from < to) {
		uint64_t end = (from / SEGMENT_MOST + 1) * SEGMENT_MOST;

		end = end < to ? end : to;
		err = add_segment(g, room, (struct segment){ from, end - from, image });
		from = end;
	}
	return err;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Starts come in order; of ends there is a sorted copy. Where neither lies, nothing is cut. */
static struct err *segment_image(struct ground *g, uint32_t image, uint64_t *ends, uint32_t *room)
{
	struct ground_image *im = &g->images[image];
	uint32_t n = im->order_end - im->order, begun = 0, ended = 0;
	const uint32_t *order = g->order + im->order;
	struct err *err = NULL;
	uint64_t at = 0;

	if (!n)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		ends[i] = g->places[order[i]].offset + g->places[order[i]].length;
	qsort(ends, n, sizeof(*ends), by_value);
	im->segment = g->segment_count;
	while (!err && ended < n) {
		uint64_t start = begun < n ? g->places[order[begun]].offset : UINT64_MAX;
		uint64_t next = start < ends[ended] ? start : ends[ended];

		if (begun > ended)
			err = cut(g, room, image, at, next);
		at = next;
		if (start == next)
			begun++;
		else
			ended++;
	}
	im->segment_end = g->segment_count;
	return err;
}

struct err *ground_settle(struct ground *g)
{
	uint64_t *ends = calloc(g->count + 1, sizeof(*ends));
	uint32_t room = 0;
	struct err *err;

	if (!ends)
		return no_memory();
	err = put_in_order(g);
	for (uint32_t i = 1; !err && i < g->image_count; i++)
		err = segment_image(g, i, ends, &room);
	free(ends);
	return err;
}

void ground_fini(struct ground *g)
{
	free(g->spaces);
	free(g->images);
	free(g->places);
	free(g->order);
	free(g->ends);
	free(g->segments);
}

/* ---- neighbours ---- */

static bool neighbours(const struct stretch *a, const struct stretch *b)
{
	return a->space == b->space && a->va + a->length == b->va;
}

static void copy_place(const struct ground *g, const struct stretch *p, uint64_t va, uint8_t *to,
		       size_t n)
{
	size_t got = 0;

	if (p->image)
		got = source_read(g->images[p->image].source, p->offset + (va - p->va), to, n);
	memset(to + got, 0, n - got);
}

size_t ground_read(const struct ground *g, uint32_t n, uint64_t va, size_t before, size_t after,
		   uint8_t *buf, uint64_t *lo)
{
	const struct stretch *p = &g->places[n];
	uint64_t end = va + after < va ? UINT64_MAX : va + after;
	size_t len = 0;

	while (va - p->va < before && p > g->places && neighbours(p - 1, p))
		p--;
	*lo = va - p->va < before ? p->va : va - before;
	for (uint64_t at = *lo; at < end;) {
		uint64_t left = p->va + p->length - at;
		size_t take = (size_t)(left < end - at ? left : end - at);

		copy_place(g, p, at, buf + len, take);
		len += take;
		at += take;
		if (at >= end || p + 1 == g->places + g->count || !neighbours(p, p + 1))
			break;
		p++;
	}
	return len;
}

uint32_t ground_find(const struct ground *g, uint32_t n, uint64_t va)
{
	while (n && g->places[n].va > va)
		n--;
	return n;
}
