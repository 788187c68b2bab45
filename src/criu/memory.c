/* From addresses to areas, pagemap runs and bytes. An area is an element of mm-PID.img; a run of
 * pages is a row of pagemap-PID.img; only runs that are present take room in pages-N.img, so that a
 * run's place there is the sum of those before it. */
#include "criu/image.h"
#include "criu/pagemap.h"
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

/* ---- the entries of a pagemap ---- */

/* The next varint; false if it ends nowhere or is longer than any number. */
static inline bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *v)
{
	const uint8_t *p = *at;
	uint64_t sum = 0;

	for (unsigned shift = 0; p < end && shift < 63; shift += 7) {
		uint8_t byte = *p++;

		sum |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*at = p;
			*v = sum;
			return true;
		}
	}
	return false;
}

/* An entry of nothing but the known fields, as CRIU writes it, in one pass. False: it is to be read
 * with more care. */
static bool plain_run(struct bytes msg, struct page_run *run)
{
	enum { VADDR = 1, OLD_PAGES, IN_PARENT, FLAGS, PAGES, FIELDS };
	const uint8_t *at = msg.at, *end = msg.at + msg.len;
	uint64_t v[FIELDS] = { 0 };
	unsigned seen = 0;

	while (at < end) {
		unsigned field = *at >> 3;

		if (*at++ & 7 || !field || field >= FIELDS || !read_varint(&at, end, &v[field]))
			return false;
		seen |= 1u << field;
	}
	run->vaddr = v[VADDR];
	run->pages = seen & 1u << PAGES ? v[PAGES] : v[OLD_PAGES];
	run->flags = PE_PRESENT;
	if (v[IN_PARENT])
		run->flags = PE_PARENT;
	else if (seen & 1u << FLAGS)
		run->flags = (uint32_t)v[FLAGS];
	return true;
}

struct runs runs_of(struct image *im)
{
	struct runs r = { .walk = walk_over(im) };

	/* The head; and behind it the file is open. */
	if (!walk_next(&r.walk) || im->big || image_raw(im))
		return r;
	r.all = image_bytes(im, (struct span){ 0, image_size(im) });
	return r;
}

/* Records as they should be, without asking the kind of image each time. */
static bool next_plain(struct runs *r)
{
	enum { USUAL = 64 };
	uint64_t at = r->walk.at, left = r->all.len > at ? r->all.len - at : 0;
	struct bytes msg;
	uint32_t len;

	if (left < 4)
		return false;
	len = le32_at(r->all.at + at);
	if (!len || len > USUAL || len > left - 4)
		return false;
	msg = (struct bytes){ r->all.at + at + 4, len };
	if (!plain_run(msg, &r->run))
		return false;
	r->row = r->walk.next++;
	r->span = (struct span){ at, 4 + len };
	r->walk.at = at + 4 + len;
	return true;
}

bool runs_next(struct runs *r)
{
	if (!r->walk.next)
		return false;
	if (!next_plain(r)) {
		if (!walk_next(&r->walk))
			return false;
		r->run = page_run_of(r->walk.msg);
		r->row = r->walk.row;
		r->span = (struct span){ r->walk.record.offset, r->walk.record.length };
	}
	image_passed(r->walk.im, r->walk.at, &r->passed);
	return true;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

struct page_counts pagemap_counts(struct image *pagemap)
{
	struct page_counts n = { 0 };

	for (struct runs r = runs_of(pagemap); runs_next(&r);) {
		n.entries++;
		if (r.run.flags & PE_PRESENT)
			n.present = plus(n.present, r.run.pages);
		else if (r.run.flags & PE_PARENT)
			n.parent = plus(n.parent, r.run.pages);
		else if (r.run.flags & PE_LAZY)
			n.lazy = plus(n.lazy, r.run.pages);
	}
	return n;
}

/* ---- from runs to bytes ---- */

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
	for (struct runs r = runs_of(pagemap); runs_next(&r);) {
		uint64_t most = (UINT64_MAX - offset) / size;

		if (r.row == row) {
			*out = place_item(pages->item);
			out->offset = plus(offset, skip);
			return (r.run.flags & PE_PRESENT) && out->offset < pages->item->size;
		}
		if (r.run.flags & PE_PRESENT)
			offset += (r.run.pages < most ? r.run.pages : most) * size;
	}
	return false;
}

/* The row of a pagemap that covers any of [start, end); false: none. */
bool find_run(struct image *pagemap, uint64_t start, uint64_t end, uint64_t *row, uint64_t *vaddr)
{
	uint64_t size = set_page_size(pagemap->set);

	for (struct runs r = runs_of(pagemap); runs_next(&r);)
		if (r.run.vaddr < end && r.run.pages &&
		    (r.run.vaddr >= start || (start - r.run.vaddr) / size < r.run.pages)) {
			*row = r.row;
			*vaddr = r.run.vaddr;
			return true;
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
