/* From addresses to areas, pagemap runs and bytes. An area is an element of mm-PID.img; a run of
 * pages is a row of pagemap-PID.img; only runs that are present take room in pages-N.img, so that a
 * run's place there is the sum of those before it. */
#include "criu/refs.h"

struct page_run page_run_of(struct bytes entry)
{
	struct page_run run = { .vaddr = uint_of(entry, 1), .flags = PE_PRESENT };
	uint64_t v;

	/* Since v4.2 the count is 64-bit, in field 5; before, 32-bit in field 2. */
	if (!wire_uint(entry, 5, &run.pages))
		run.pages = uint_of(entry, 2);
	if (uint_of(entry, 3)) /* in_parent, until v3.4 */
		run.flags = PE_PARENT;
	else if (wire_uint(entry, 4, &v))
		run.flags = (uint32_t)v;
	return run;
}

struct page_counts pagemap_counts(struct image *pagemap)
{
	struct page_counts n = { 0 };

	for (struct walk w = walk_over(pagemap); walk_next(&w);) {
		struct page_run run;

		if (!w.row) /* the head */
			continue;
		run = page_run_of(w.msg);
		n.entries++;
		if (run.flags & PE_PRESENT)
			n.present += run.pages;
		else if (run.flags & PE_PARENT)
			n.parent += run.pages;
		else if (run.flags & PE_LAZY)
			n.lazy += run.pages;
	}
	return n;
}

struct image *pages_of_head(struct criu_set *set, struct image *pagemap)
{
	struct bytes head;
	uint64_t id;

	if (!image_first(pagemap, &head) || !wire_uint(head, 1, &id))
		return NULL;
	return set_image(set, "PAGES", id);
}

/* Where row `row` of a pagemap has its bytes, `skip` bytes into the run: only runs that are present
 * take room in the pages file. */
bool to_pages(struct image *pagemap, uint64_t row, uint64_t skip, struct place *out)
{
	struct criu_set *set = pagemap->set;
	struct image *pages = pages_of_head(set, pagemap);
	uint64_t offset = 0, size = set_page_size(set);

	if (!pages)
		return false;
	for (struct walk w = walk_over(pagemap); walk_next(&w);) {
		struct page_run run = page_run_of(w.msg);

		if (w.row == row) {
			*out = place_item(pages->item);
			out->offset = offset + skip;
			return (run.flags & PE_PRESENT) && out->offset < pages->item->size;
		}
		if (w.row && run.flags & PE_PRESENT)
			offset += run.pages * size;
	}
	return false;
}

/* The row of a pagemap that covers any of [start, end); false: none. */
bool find_run(struct image *pagemap, uint64_t start, uint64_t end, uint64_t *row, uint64_t *vaddr)
{
	uint64_t size = set_page_size(pagemap->set);

	for (struct walk w = walk_over(pagemap); walk_next(&w);) {
		struct page_run run = page_run_of(w.msg);

		if (w.row && run.vaddr < end && run.pages &&
		    (run.vaddr >= start || (start - run.vaddr) / size < run.pages)) {
			*row = w.row;
			*vaddr = run.vaddr;
			return true;
		}
	}
	return false;
}

/* The VMA that holds `va`: by field vmas of an mm image, or in the image of its own that it had
 * until v1.1. */
static bool to_vma(struct process *p, uint64_t va, struct place *out, uint64_t *start)
{
	struct bytes mm;

	if (!p->mm || !image_first(p->mm, &mm))
		return false;
	for (struct parts v = parts_of(mm, 14); parts_next(&v);) {
		*start = uint_of(v.msg, 1);
		if (va >= *start && va < uint_of(v.msg, 2)) {
			*out = place_element(p->mm, "vmas", v.at);
			return true;
		}
	}
	return false;
}

static bool to_old_vma(struct criu_set *set, struct process *p, uint64_t va, struct place *out)
{
	struct image *im = set_image(set, "VMAS", p->pid);

	for (struct walk w = walk_over(im); walk_next(&w);)
		if (va >= uint_of(w.msg, 1) && va < uint_of(w.msg, 2)) {
			*out = place_row(im, w.row);
			return true;
		}
	return false;
}

/* A virtual address: its VMA; where a VMA itself begins, its bytes, if they are in the images. */
bool to_address(struct criu_set *set, struct process *p, struct item *from, uint64_t va,
		struct place *out)
{
	uint64_t start = 0, row, vaddr;
	bool found;

	if (!p)
		return false;
	/* mm_brk and the like are ends: the first address behind. */
	found = to_vma(p, va, out, &start) || (va && to_vma(p, va - 1, out, &start));
	if (!found)
		return to_old_vma(set, p, va, out);
	if (p->mm->item == from && va == start && p->pagemap &&
	    find_run(p->pagemap, va, va + 1, &row, &vaddr)) {
		struct place bytes;

		if (to_pages(p->pagemap, row, va - vaddr, &bytes))
			*out = bytes;
	}
	return true;
}
