/* Pieces sorted by guest-physical address are an implicit tree: the middle of a part is its root,
 * and knows how far any piece in the part reaches, since pieces overlap as they like.
 *
 * Sorting can take seconds where tables are hostile. Hence blocks are sorted one by one, then
 * merged two by two, and between any two of these steps a job may be stopped. */
#include "xen/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

#define PIECES_MOST (1u << 24)
#define BLOCK ((size_t)1 << 16) /* pieces that are sorted at one go */

void pieces_fini(struct pieces *p)
{
	free(p->at);
	*p = (struct pieces){ 0 };
}

bool pieces_add(struct pieces *p, uint64_t va, uint64_t pa, uint64_t length)
{
	struct piece *last = p->count ? &p->at[p->count - 1] : NULL;

	if (last && last->va + last->length == va && last->pa + last->length == pa) {
		last->length += length;
		return true;
	}
	if (p->count == PIECES_MOST)
		return false;
	p->at = heap_grow(p->at, p->count, &p->room, sizeof(*p->at));
	p->at[p->count++] = (struct piece){ .pa = pa, .va = va, .length = length };
	return true;
}

/* ---- sorting ---- */

static int by_frame(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->pa != y->pa)
		return x->pa < y->pa ? -1 : 1;
	return x->va < y->va ? -1 : x->va > y->va;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* [low, mid) and [mid, high) of `from`, each sorted, to the same places of `to`. */
static void merge(const struct piece *from, struct piece *to, size_t low, size_t mid, size_t high)
{
	size_t a = low, b = mid;

	for (size_t n = low; n < high; n++)
		to[n] = from[b == high || (a < mid && by_frame(&from[a], &from[b]) <= 0) ? a++
											 : b++];
}

static bool sort_blocks(struct pieces *p, struct job *job)
{
	for (size_t low = 0; low < p->count; low += BLOCK) {
		if (job && !job_step(job, 0))
			return false;
		qsort(p->at + low, least(BLOCK, p->count - low), sizeof(*p->at), by_frame);
	}
	return true;
}

/* Blocks of `width` pieces become such of twice that. */
static bool merge_blocks(struct pieces *p, struct piece *to, size_t width, struct job *job)
{
	for (size_t low = 0; low < p->count; low += 2 * width) {
		if (job && !job_step(job, 0))
			return false;
		merge(p->at, to, low, least(low + width, p->count),
		      least(low + 2 * width, p->count));
	}
	return true;
}

static bool sort(struct pieces *p, struct job *job)
{
	struct piece *to, *from;
	bool all = sort_blocks(p, job);

	if (!all || p->count <= BLOCK)
		return all;
	to = heap_must(malloc(p->count * sizeof(*to)));
	for (size_t width = BLOCK; all && width < p->count; width *= 2) {
		all = merge_blocks(p, to, width, job);
		from = p->at;
		p->at = to;
		to = from;
	}
	p->room = p->count;
	free(to);
	return all;
}

/* Sets `most` of the pieces [low, high); returns the middle one's. */
static uint64_t set_most(struct piece *p, size_t low, size_t high)
{
	size_t mid = low + (high - low) / 2;
	uint64_t most, below;

	if (low == high)
		return 0;
	most = p[mid].length > UINT64_MAX - p[mid].pa ? UINT64_MAX : p[mid].pa + p[mid].length;
	below = set_most(p, low, mid);
	most = below > most ? below : most;
	below = set_most(p, mid + 1, high);
	return p[mid].most = below > most ? below : most;
}

bool pieces_sort(struct pieces *p, struct job *job)
{
	if (!sort(p, job))
		return false;
	set_most(p->at, 0, p->count);
	return true;
}

/* ---- asking ---- */

struct finding {
	uint64_t pa, *out;
	size_t n, max;
};

static void find(const struct piece *p, size_t low, size_t high, struct finding *f)
{
	size_t mid = low + (high - low) / 2;

	if (low == high || p[mid].most <= f->pa)
		return;
	find(p, low, mid, f);
	if (p[mid].pa > f->pa)
		return;
	if (f->pa - p[mid].pa < p[mid].length && f->n++ < f->max)
		f->out[f->n - 1] = p[mid].va + (f->pa - p[mid].pa);
	find(p, mid + 1, high, f);
}

size_t pieces_find(const struct pieces *p, uint64_t pa, uint64_t *out, size_t max)
{
	struct finding f = { .pa = pa, .out = out, .max = max };

	find(p->at, 0, p->count, &f);
	return f.n;
}
