/* Pagemaps: which pages of a process or of a shared segment lie where.
 *
 *	pagemap-7.img   head {pages_id 3}
 *	                {vaddr 0x400000, 2 pages, PRESENT}   pages-3.img + 0
 *	                {vaddr 0x600000, 1 page,  PARENT}    nothing here: one snapshot back
 *	                {vaddr 0x700000, 4 pages, LAZY}      nothing here: left with the dumper
 *	                {vaddr 0x800000, 1 page,  PRESENT}   pages-3.img + 0x2000
 *
 * The offset in the pages file counts pages of PRESENT entries only, in the order of the file. A
 * PARENT entry is looked up by address in the pagemap of the same name in the directory that
 * `parent` leads to; what that one has besides is freed memory and does not count. One entry here
 * may lie over several there, so that every answer is narrowed to where all levels agree. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bound.h"
#include "criu/image.h"
#include "criu/level.h"
#include "criu/pagemap.h"

#define PAGE_LEAST 4096u
#define PAGE_MOST (1u << 20)
#define MAX_NEWER 64

#define PAGEMAP_NOTE(pm, severity, rule, span, ...)                                                \
	problem_note((pm)->im->item->model->problems, severity, rule, (pm)->im->item, span,        \
		     __VA_ARGS__)

void pagemap_note_range(struct image *im, const struct runs *e)
{
	problem_note(im->item->model->problems, SEV_ERROR, "pagemap-range", im->item, e->span,
		     "%" PRIu64 " pages at 0x%" PRIx64 " reach beyond 64 bits", e->run.pages,
		     e->run.vaddr);
}

void pagemap_note_order(struct image *im, const struct runs *e)
{
	problem_note(im->item->model->problems, SEV_ERROR, "pagemap-order", im->item, e->span,
		     "0x%" PRIx64 " lies before the end of the entries before it", e->run.vaddr);
}

/* There is no parent for the `pages` that are said to be in it, first by the entry at `span`. A
 * link that leads nowhere was noted when the chain was opened. */
static void note_parent(struct image *im, uint64_t pages, struct span span)
{
	const char *why;
	struct criu_set *set = im->set, *up = set_up(set, &why);

	if (!pages || set->cut || !set->folder)
		return;
	if (!up)
		problem_note(set->model->problems, SEV_WARNING, "missing-parent", im->item, span,
			     "%" PRIu64 " pages are in a parent, but there is no link to one",
			     pages);
	else if (!set_image(up, im->kind->name, im->number))
		problem_note(set->model->problems, SEV_WARNING, "missing-parent", im->item, span,
			     "%" PRIu64 " pages are in the parent %s, which has no %s", pages,
			     set->up->folder->path, im->item->name);
}

/* ---- reading ---- */

struct reader {
	struct pagemap *pm;
	size_t room;
	uint64_t offset; /* in the pages file, of the next PRESENT run */
	uint64_t size;   /* bytes that the pages file has */
	uint64_t end;    /* of the last run */
	uint64_t parent; /* pages of PARENT runs */
	bool sorted, beyond;
	struct span first_parent, first_short; /* entries; length 0: none */
};

/* Numbers of damaged entries add up to more than there is: they stop at the end. */
static uint64_t plus(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

/* Room for one more; false if there is none to be had. */
static bool make_room(struct reader *r)
{
	size_t room = r->room ? r->room * 2 : 64;
	struct run *more;

	if (r->pm->count < r->room)
		return true;
	more = realloc(r->pm->runs, room * sizeof(*more));
	if (!more)
		return false;
	r->pm->runs = more;
	r->room = room;
	return true;
}

static void add_run(struct reader *r, const struct runs *e)
{
	struct pagemap *pm = r->pm;
	uint64_t most = (UINT64_MAX - e->run.vaddr) / pm->page;
	uint64_t pages = e->run.pages < most ? e->run.pages : most;
	struct run *run = &pm->runs[pm->count];

	if (pages < e->run.pages && !r->beyond) {
		r->beyond = true;
		pagemap_note_range(pm->im, e);
	}
	if (!pages)
		return;
	if (e->run.vaddr < r->end) {
		if (r->sorted)
			pagemap_note_order(pm->im, e);
		r->sorted = false;
	}
	*run = (struct run){ .start = e->run.vaddr,
			     .end = e->run.vaddr + pages * pm->page,
			     .offset = r->offset,
			     .entry = (uint32_t)e->row,
			     .flags = e->run.flags };
	r->end = run->end;
	pm->count++;
	if (e->run.flags & PE_PRESENT) {
		r->offset = plus(r->offset, pages * pm->page);
		if (r->offset > r->size && !r->first_short.length)
			r->first_short = e->span;
	} else if (e->run.flags & PE_PARENT) {
		r->parent = plus(r->parent, pages);
		if (!r->first_parent.length)
			r->first_parent = e->span;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Of entries that overlap the one that begins first keeps what it says, of two that begin together
 * the first in the file. */
static void put_in_order(struct pagemap *pm)
{
	size_t kept = 0;

	qsort(pm->runs, pm->count, sizeof(*pm->runs), by_start);
	for (size_t i = 0; i < pm->count; i++) {
		struct run run = pm->runs[i];
		uint64_t from = kept ? pm->runs[kept - 1].end : 0;

		if (run.end <= from)
			continue;
		if (run.start < from) {
			run.offset = plus(run.offset, from - run.start);
			run.start = from;
		}
		pm->runs[kept++] = run;
	}
	pm->count = kept;
}

/* Damage that everything read through it would show: said where it is found. */
static void check_pages_file(const struct reader *r)
{
	struct pagemap *pm = r->pm;
	struct record head;
	struct span at = { 0, 0 };
	uint64_t id = 0;

	if (!pm->present)
		return;
	if (pm->pages && r->first_short.length) {
		PAGEMAP_NOTE(pm, SEV_ERROR, "pages-short", r->first_short,
			     "%s ends before pages that are said to be in it: %" PRIu64
			     " bytes of %" PRIu64,
			     pm->pages->item->name, r->size, pm->present);
		return;
	}
	if (pm->pages || !image_single(pm->im, &head))
		return;
	at = image_body(&head);
	wire_uint(image_message(pm->im, &head), 1, &id);
	PAGEMAP_NOTE(pm, SEV_WARNING, "missing-pages", at,
		     "pages-%" PRIu64 ".img with %" PRIu64 " pages is not here", id,
		     pm->present / pm->page);
}

static void read_entries(struct pagemap *pm)
{
	struct reader r = { .pm = pm,
			    .size = pm->pages ? image_size(pm->pages) : 0,
			    .sorted = true };

	for (struct runs e = runs_of(pm->im); runs_next(&e);) {
		if (e.row > UINT32_MAX || !make_room(&r)) {
			PAGEMAP_NOTE(pm, SEV_WARNING, "too-many", e.span,
				     "only the first %zu entries are looked at", pm->count);
			break;
		}
		add_run(&r, &e);
	}
	pm->present = r.offset;
	note_parent(pm->im, r.parent, r.first_parent);
	check_pages_file(&r);
	if (!r.sorted)
		put_in_order(pm);
}

/* ---- the size of a page ---- */

static uint64_t count_present(struct image *im)
{
	return pagemap_counts(im).present;
}

/* Recorded nowhere in a pagemap. The process's auxiliary vector has it; a pre-dump has none, but a
 * pages file divided by its pages tells. */
static uint64_t page_size(struct pagemap *pm)
{
	struct criu_set *top = pm->im->set;
	uint64_t size, present;

	if (top->of)
		top = top->of;
	if (set_image_first(top, "MM"))
		return set_page_size(top);
	present = count_present(pm->im);
	if (!pm->pages || !present)
		return PAGE_LEAST;
	image_open(pm->pages);
	size = image_size(pm->pages) / present;
	if (size < PAGE_LEAST || size > PAGE_MOST || (size & (size - 1)))
		return PAGE_LEAST;
	return size;
}

/* ---- opening ---- */

static struct pagemap *pagemap_new(struct image *im)
{
	struct arena *a = &im->set->model->arena;
	struct pagemap *pm = ARENA_NEW(a, struct pagemap);
	struct bytes head;
	uint64_t id = 0;

	*pm = (struct pagemap){ .im = im, .next = im->set->pagemaps };
	im->set->pagemaps = im->pagemap = pm;
	if (image_first(im, &head) && wire_uint(head, 1, &id))
		pm->pages = set_image(im->set, "PAGES", id);
	if (pm->pages)
		image_open(pm->pages);
	else
		pm->no_pages = arena_printf(a, "pages-%" PRIu64 ".img is missing", id);
	pm->page = page_size(pm);
	read_entries(pm);
	return pm;
}

struct pagemap *pagemap_open(struct image *im)
{
	if (!im)
		return NULL;
	return im->pagemap ? im->pagemap : pagemap_new(im);
}

void pagemaps_free(struct criu_set *set)
{
	for (struct pagemap *pm = set->pagemaps; pm; pm = pm->next)
		free(pm->runs);
	set->pagemaps = NULL;
}

/* ---- finding ---- */

const struct run *pagemap_find(const struct pagemap *pm, uint64_t addr, struct gap *gap)
{
	size_t at = BOUND(i, pm->count, pm->runs[i].end <= addr);

	if (at < pm->count && pm->runs[at].start <= addr)
		return &pm->runs[at];
	gap->start = at ? pm->runs[at - 1].end : 0;
	gap->end = at < pm->count ? pm->runs[at].start : UINT64_MAX;
	return NULL;
}

struct pagemap *pagemap_parent(struct pagemap *pm)
{
	struct criu_set *up;
	struct image *im;

	if (pm->looked_up)
		return pm->up;
	pm->looked_up = true;
	up = set_up(pm->im->set, &pm->no_up);
	if (!up)
		return NULL;
	im = set_image(up, pm->im->kind->name, pm->im->number);
	pm->up = pagemap_open(im);
	if (!im)
		pm->no_up = arena_printf(&up->model->arena, "%s is missing in the parent %s",
					 pm->im->item->name, up->folder->path);
	return pm->up;
}

static void narrow(struct extent *x, uint64_t start, uint64_t end)
{
	if (x->start < start)
		x->start = start;
	if (x->end > end)
		x->end = end;
}

/* Somewhere there should be bytes. */
static void lost(struct extent *x, const char *why)
{
	x->state = PAGE_ABSENT;
	x->lost = true;
	x->why = why;
}

/* The pagemap of the same id one snapshot on from the set that was opened; of one that is newer
 * itself, on from there. */
static struct pagemap *pagemap_newer(struct pagemap *pm)
{
	struct criu_set *set = pm->im->set;

	if (pm->looked_newer)
		return pm->newer;
	pm->looked_newer = true;
	set = set_newer(set->level ? set->of : set);
	if (set)
		pm->newer = pagemap_open(set_image(set, pm->im->kind->name, pm->im->number));
	return pm->newer;
}

/* True if a newer snapshot has the page of its own; cuts `x` to where that answer holds. One that
 * says PARENT passes the question on. */
static bool has_newer_copy(struct pagemap *pm, uint64_t addr, struct extent *x)
{
	for (int step = 0; step < MAX_NEWER && (pm = pagemap_newer(pm)); step++) {
		const struct run *run;
		struct gap gap;

		run = pagemap_find(pm, addr, &gap);
		if (run)
			narrow(x, run->start, run->end);
		else
			narrow(x, gap.start, gap.end);
		if (!run || run->flags & PE_PRESENT)
			return run != NULL;
	}
	return false;
}

/* Pages that were punched out of a file read as zeros that never were the process's. A hole alone
 * proves nothing: copies make holes of zeros. But if a newer snapshot has the page of its own,
 * deduplication took this one; if none has, this one is needed and so is zeros. */
static void look_at_hole(struct pagemap *pm, uint64_t addr, struct extent *x)
{
	struct criu_set *opened = pm->im->set->of ? pm->im->set->of : pm->im->set;
	uint64_t start = x->start, end = x->end, reach;
	struct span hole;
	bool found = source_hole(x->source, x->offset + (addr - x->start), &hole);

	if (hole.offset > x->offset)
		start += hole.offset - x->offset;
	reach = hole.offset + hole.length - x->offset; /* may go on behind the run */
	if (reach < end - x->start)
		end = x->start + reach;
	narrow(x, start, end);
	if (!found)
		return;
	if (has_newer_copy(pm, addr, x)) {
		x->state = PAGE_ABSENT;
		x->why = "punched out: a newer snapshot beside it has the page";
		x->source = NULL;
	} else if (!opened->newer && !x->level) {
		x->why = "a hole in the pages file: zeros, or punched out for a newer snapshot";
	}
}

/* Bytes of a PRESENT run, as far as the file has them. */
static void present(struct pagemap *pm, const struct run *run, uint64_t addr, struct extent *x)
{
	uint64_t size, have, start;

	if (!pm->pages) {
		lost(x, pm->no_pages);
		return;
	}
	size = image_size(pm->pages);
	/* How much of the run comes before the file's end. */
	have = size > run->offset ? size - run->offset : 0;
	x->image = pm->pages->item;
	if (addr - run->start >= have) {
		narrow(x, run->start + have, run->end);
		lost(x, "the pages file ends before it");
		return;
	}
	if (have < run->end - run->start)
		narrow(x, run->start, run->start + have);
	x->state = x->level ? PAGE_PARENT : PAGE_PRESENT;
	x->source = atomic_load(&pm->pages->item->source);
	x->offset = run->offset + (x->start - run->start);
	start = x->start;
	look_at_hole(pm, addr, x);
	x->offset += x->start - start;
}

bool pagemap_resolve(struct pagemap *pm, uint64_t addr, struct extent *x)
{
	for (uint32_t level = 0; pm; level++) {
		struct gap gap;
		const struct run *run = pagemap_find(pm, addr, &gap);

		if (!run) {
			narrow(x, gap.start, gap.end);
			if (!level)
				return false;
			lost(x, "in the parent, says the pagemap; the parent's has no such page");
			return true;
		}
		narrow(x, run->start, run->end);
		x->level = level;
		x->entry = (struct node){ pm->im->item, run->entry };
		if (run->flags & PE_PRESENT) {
			present(pm, run, addr, x);
			return true;
		}
		if (!(run->flags & PE_PARENT)) {
			x->state = PAGE_LAZY;
			if (!(run->flags & PE_LAZY))
				lost(x, "its pagemap entry does not say where it is");
			return true;
		}
		if (!pagemap_parent(pm))
			lost(x, pm->no_up);
		pm = pm->up;
	}
	return true;
}

size_t pagemap_trail(struct pagemap *pm, uint64_t addr, const char **out, size_t max,
		     struct arena *a)
{
	size_t n = 0;

	while (pm && n < max) {
		struct gap gap;
		const struct run *run = pagemap_find(pm, addr, &gap);
		const char *where = pm->im->item->path;

		if (!run) {
			out[n++] = arena_printf(a, "%s does not have it", where);
			break;
		}
		if (run->flags & PE_PRESENT) {
			out[n++] = arena_printf(a, "%s[%u] present: %s + 0x%" PRIx64, where,
						run->entry,
						pm->pages ? pm->pages->item->path : pm->no_pages,
						run->offset + (addr - run->start));
			break;
		}
		out[n++] = arena_printf(a, "%s[%u] %s", where, run->entry,
					run->flags & PE_PARENT ? "in parent"
					: run->flags & PE_LAZY ? "lazy, not here"
							       : "does not say where");
		if (!(run->flags & PE_PARENT))
			break;
		if (!pagemap_parent(pm) && n < max)
			out[n++] = pm->no_up;
		pm = pm->up;
	}
	return n;
}
