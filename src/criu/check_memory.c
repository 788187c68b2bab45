/* Rules of memory: regions by themselves, entries of pagemaps by themselves, and both against each
 * other, against the pages file and against the parent's pagemap.
 *
 *	vmas      |---rw---|      |--r-x--|  |vdso|        what may have pages
 *	pagemap     |==|    |==|                           what has: the second lies outside of all,
 *	                                                   and the vdso, always dumped, lacks
 *
 * All passes are linear in the entries; what is out of order is looked up by bisection. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bound.h"
#include "criu/check.h"
#include "criu/pagemap.h"

#define NOTES_MAX 1000 /* of one image: who has more is no better off with a million */

enum {
	STATUS_VSYSCALL = 0x4,
	STATUS_VDSO = 0x8,
	STATUS_ANON_PRIVATE = 0x200,
	STATUS_VVAR = 0x1000,
	STATUS_AIORING = 0x2000,
	STATUS_MEMFD = 0x4000,
	STATUS_SHARED = 0x80 | 0x100, /* whose pages are in a file, or in a pagemap of their own */
	STATUS_GUARD = 0x10000,
};
enum { MM_START_STACK = 5, MM_VMAS = 14, MM_AIOS = 16 };
enum { VMA_START = 1, VMA_END, VMA_PGOFF, VMA_STATUS = 7 };

/* ---- regions ---- */

/* Of a process, ascending; guards left out. */
struct vmas {
	struct vma {
		uint64_t start, end, status;
		struct span span;
	} * at;
	size_t count;
	struct image *im; /* which holds them */
};

static int by_start(const void *a, const void *b)
{
	const struct vma *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The process's memory map, if the set has one; free `at`. */
static struct vmas vmas_of(struct image *mm)
{
	struct vmas v = { .im = mm };
	size_t room = 0;
	struct record r;
	struct bytes msg;

	if (!mm || !image_single(mm, &r))
		return v;
	msg = image_message(mm, &r);
	for (struct parts p = parts_of(msg, MM_VMAS); parts_next(&p);)
		room++;
	v.at = calloc(room + 1, sizeof(*v.at));
	for (struct parts p = parts_of(msg, MM_VMAS); v.at && parts_next(&p);) {
		struct vma vma = { uint_of(p.msg, VMA_START), uint_of(p.msg, VMA_END),
				   uint_of(p.msg, VMA_STATUS), p.span };

		vma.span.offset += image_body(&r).offset;
		if (vma.start < vma.end && !(vma.status & STATUS_GUARD))
			v.at[v.count++] = vma;
	}
	if (v.at)
		qsort(v.at, v.count, sizeof(*v.at), by_start);
	return v;
}

/* The first that ends behind `addr`; `count` if none does. */
static size_t vma_behind(const struct vmas *v, uint64_t addr)
{
	return BOUND(i, v->count, v->at[i].end <= addr);
}

static const struct vma *vma_at(const struct vmas *v, uint64_t addr)
{
	size_t n = vma_behind(v, addr);

	return n < v->count && v->at[n].start <= addr ? &v->at[n] : NULL;
}

/* Whole pages, as the kernel maps them. */
static void check_alignment(const struct check *ck, const struct checked *vma, uint32_t at)
{
	uint64_t size = ck->set->folder ? set_page_size(ck->set) : 4096;

	for (uint32_t field = VMA_START; field <= VMA_END; field++) {
		uint64_t value = uint_of(vma->msg, field);

		if (value % size) {
			CHECK_NOTE(ck, SEV_ERROR, "vma-range", field_span(vma, field),
				   "vmas[%" PRIu32 "]: 0x%" PRIx64 " is not where a page begins",
				   at, value);
			return;
		}
	}
}

/* Where programs can be: x86-64 and arm64 have no more than 57 bits, but for the vsyscall page. */
static bool is_beyond(const struct check *ck, const struct checked *vma)
{
	enum { X86_64 = 1, ARM64 = 3 };
	uint32_t march = ck->set->march;

	return (march == X86_64 || march == ARM64) &&
	       !(uint_of(vma->msg, VMA_STATUS) & STATUS_VSYSCALL) &&
	       uint_of(vma->msg, VMA_END) > UINT64_C(1) << 57;
}

/* Returns where the VMAs so far end. */
static uint64_t check_region(const struct check *ck, const struct checked *vma, struct span span,
			     uint32_t at, uint64_t last)
{
	uint64_t start = uint_of(vma->msg, VMA_START), end = uint_of(vma->msg, VMA_END);

	if (end <= start)
		CHECK_NOTE(ck, SEV_ERROR, "vma-range", span,
			   "vmas[%" PRIu32 "] ends at 0x%" PRIx64 ", before it starts", at, end);
	else if (is_beyond(ck, vma))
		CHECK_NOTE(ck, SEV_ERROR, "vma-range", field_span(vma, VMA_END),
			   "vmas[%" PRIu32 "] ends at 0x%" PRIx64 ", where no program's memory is",
			   at, end);
	else if (start < last)
		CHECK_NOTE(ck, SEV_ERROR, "vma-order", span,
			   "vmas[%" PRIu32 "] starts at 0x%" PRIx64 ", inside the one before", at,
			   start);
	check_alignment(ck, vma, at);
	return end > last ? end : last;
}

/* A ring of asynchronous input and output is the region that it lies in. */
static void check_rings(const struct check *ck, const struct checked *mm, const struct vmas *v)
{
	for (struct parts p = parts_of(mm->msg, MM_AIOS); parts_next(&p);) {
		uint64_t id = uint_of(p.msg, 1);
		const struct vma *vma = vma_at(v, id);
		struct span span = { mm->origin + p.span.offset, p.span.length };

		if (!vma || vma->start != id || !(vma->status & STATUS_AIORING))
			CHECK_NOTE(ck, SEV_ERROR, "dangling-id", span,
				   "the AIO ring 0x%" PRIx64 " is no region of that kind", id);
	}
}

/* True if regions lie all along [at, end). */
static bool is_mapped(const struct vmas *v, uint64_t at, uint64_t end)
{
	while (at < end) {
		const struct vma *vma = vma_at(v, at);

		if (!vma)
			return false;
		at = vma->end;
	}
	return true;
}

/* The guards come last; each lies within a region, or within several that adjoin. */
static void check_guard(const struct check *ck, const struct checked *vma, struct span span,
			uint32_t at, const struct vmas *v)
{
	uint64_t start = uint_of(vma->msg, VMA_START), end = uint_of(vma->msg, VMA_END);

	if (end <= start || !is_mapped(v, start, end))
		CHECK_NOTE(ck, SEV_ERROR, "vma-range", span,
			   "vmas[%" PRIu32 "], a guard, goes beyond the regions", at);
}

void check_vmas(const struct check *ck)
{
	struct vmas v = vmas_of(ck->im);
	const struct message_field *f;
	struct checked mm;
	struct record r;
	uint64_t last = 0;

	if (image_single(ck->im, &r)) {
		mm = (struct checked){ ck->im->message, image_message(ck->im, &r),
				       image_body(&r).offset };
		f = message_field(mm.type, MM_VMAS);
		for (struct parts p = parts_of(mm.msg, MM_VMAS); f && parts_next(&p);) {
			struct span span = { mm.origin + p.span.offset, p.span.length };
			struct checked vma = { f->message, p.msg,
					       span.offset + span.length - p.msg.len };

			if (uint_of(p.msg, VMA_STATUS) & STATUS_GUARD)
				check_guard(ck, &vma, span, p.at, &v);
			else
				last = check_region(ck, &vma, span, p.at, last);
		}
		check_rings(ck, &mm, &v);
	}
	free(v.at);
}

/* ---- entries of a pagemap, each by itself ---- */

static const char *fault_of(const struct page_run *run, uint64_t page)
{
	enum { KNOWN = PE_PARENT | PE_LAZY | PE_PRESENT };

	if (run->vaddr % page)
		return "does not begin where a page does";
	if (!run->pages)
		return "has no page";
	if (run->flags & ~(uint32_t)KNOWN)
		return "has flags that there are not";
	if (!(run->flags & KNOWN))
		return "does not say where its pages are";
	if (run->flags & PE_PARENT && run->flags & PE_PRESENT)
		return "has its pages here, and in the parent";
	return NULL;
}

/* Entries as they follow each other; false if they cannot be looked at any further. */
static bool check_entries(const struct check *ck, uint64_t page)
{
	uint64_t end = 0;
	size_t notes = 0;

	for (struct runs r = runs_of(ck->im); runs_next(&r) && notes < NOTES_MAX;) {
		const char *fault = fault_of(&r.run, page);
		uint64_t length;

		if (fault) {
			CHECK_NOTE(ck, SEV_ERROR, "pagemap-entry", r.span,
				   "the entry of 0x%" PRIx64 " %s", r.run.vaddr, fault);
			notes++;
		}
		if (r.run.vaddr < end) {
			pagemap_note_order(ck->im, &r);
			notes++;
		}
		if (__builtin_mul_overflow(r.run.pages, page, &length) ||
		    __builtin_add_overflow(r.run.vaddr, length, &end)) {
			pagemap_note_range(ck->im, &r);
			return false;
		}
	}
	return true;
}

/* ---- a pagemap against the regions ---- */

/* Where [at, end) leaves the regions that have pages of their own; `end` if it does not. */
static uint64_t first_outside(const struct vmas *v, uint64_t at, uint64_t end, const char **why)
{
	while (at < end) {
		const struct vma *vma = vma_at(v, at);

		*why = "in no region";
		if (!vma)
			return at;
		*why = "in a region that never is dumped";
		if (vma->status & (STATUS_VVAR | STATUS_VSYSCALL))
			return at;
		*why = "in a region of shared memory, whose pages are elsewhere";
		if (vma->status & STATUS_SHARED)
			return at;
		at = vma->end;
	}
	return end;
}

static void check_against_vmas(const struct check *ck, uint64_t page, const struct vmas *v)
{
	size_t notes = 0;

	for (struct runs r = runs_of(ck->im); runs_next(&r) && notes < NOTES_MAX;) {
		uint64_t end = r.run.vaddr + r.run.pages * page;
		const char *why = "";
		uint64_t at = first_outside(v, r.run.vaddr, end, &why);

		if (at >= end)
			continue;
		CHECK_NOTE(ck, SEV_ERROR, "pagemap-vma", r.span, "the page 0x%" PRIx64 " lies %s",
			   at, why);
		notes++;
	}
}

/* The first page of [at, end) that the pagemap does not mention; `end` if it mentions all. */
static uint64_t first_lacking(const struct pagemap *pm, uint64_t at, uint64_t end)
{
	while (at < end) {
		struct gap gap;
		const struct run *run = pagemap_find(pm, at, &gap);

		if (!run)
			return at;
		at = run->end;
	}
	return end;
}

/* What the kernel made and CRIU always dumps in full; and the page where the stack began, onto
 * which the kernel wrote the arguments. */
static void check_needed(const struct check *ck, const struct pagemap *pm, const struct vmas *v)
{
	struct check of_mm = { ck->set, v->im, ck->problems };
	struct bytes mm = { NULL, 0 };
	const struct vma *stack;
	uint64_t start;

	image_first(v->im, &mm);
	start = uint_of(mm, MM_START_STACK);
	stack = vma_at(v, start);
	start -= start % pm->page;
	for (size_t i = 0; i < v->count; i++) {
		const struct vma *vma = &v->at[i];
		uint64_t from = vma->start, to = vma->end, at;

		if (vma == stack && vma->status & STATUS_ANON_PRIVATE) {
			from = start;
			to = start + pm->page;
		} else if (!(vma->status & (STATUS_VDSO | STATUS_AIORING))) {
			continue;
		}
		at = first_lacking(pm, from, to);
		if (at < to)
			CHECK_NOTE(&of_mm, SEV_ERROR, "vma-pages", vma->span,
				   "the page 0x%" PRIx64
				   " of this region must be saved; %s has not",
				   at, pm->im->item->name);
	}
}

static void check_process_pages(const struct check *ck, const struct pagemap *pm)
{
	struct process *p =
		image_is(ck->im, "PAGEMAP") ? set_process(ck->set, (uint32_t)ck->im->number) : NULL;
	struct vmas v = vmas_of(p ? p->mm : NULL);

	if (v.count) {
		check_against_vmas(ck, pm->page, &v);
		check_needed(ck, pm, &v);
	}
	free(v.at);
}

/* ---- a pagemap against the parent's ---- */

static void check_parent(const struct check *ck, struct pagemap *pm)
{
	struct pagemap *up = NULL;
	size_t notes = 0;

	for (struct runs r = runs_of(ck->im); runs_next(&r) && notes < NOTES_MAX;) {
		uint64_t end = r.run.vaddr + r.run.pages * pm->page, at;

		if (!(r.run.flags & PE_PARENT))
			continue;
		up = up ? up : pagemap_parent(pm);
		if (!up)
			return;
		at = first_lacking(up, r.run.vaddr, end);
		if (at >= end)
			continue;
		CHECK_NOTE(ck, SEV_ERROR, "parent-pages", r.span,
			   "the page 0x%" PRIx64 " should be in the parent, which does not have it",
			   at);
		notes++;
	}
}

/* ---- the pages file ---- */

/* Page sizes that a pagemap's pages file may be made of: the set's, or if nothing says it any. */
static bool size_fits(const struct check *ck, uint64_t pages, uint64_t bytes)
{
	if (set_image_first(ck->set, "MM"))
		return false;
	for (uint64_t size = 4096; size <= 65536; size *= 4)
		if (pages * size == bytes)
			return true;
	return false;
}

/* What of the file nobody reads. What is missing was noted when the pagemap was read. */
static void check_surplus(const struct check *ck, const struct pagemap *pm)
{
	uint64_t size = pm->pages ? image_size(pm->pages) : 0;

	if (size > pm->present && !size_fits(ck, pm->present / pm->page, size))
		problem_note(ck->problems, SEV_ERROR, "pages-size", pm->pages->item,
			     (struct span){ pm->present, size - pm->present },
			     "%s says %" PRIu64 " bytes of pages; %" PRIu64 " more follow",
			     ck->im->item->name, pm->present, size - pm->present);
}

void check_pagemap(const struct check *ck)
{
	struct pagemap *pm;

	if (!ck->set->folder) {
		check_entries(ck, 4096);
		return;
	}
	pm = pagemap_open(ck->im);
	if (!check_entries(ck, pm->page))
		return;
	check_process_pages(ck, pm);
	check_parent(ck, pm);
	check_surplus(ck, pm);
}
