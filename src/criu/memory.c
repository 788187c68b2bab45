/* The entries of pagemaps, as they are read; and what an address, a region or an entry leads to.
 * Where bytes are is pagemap.c's to say. */
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

bool to_pages(struct image *pagemap, uint64_t row, struct place *out)
{
	const struct record *r = index_at(pagemap->item->list, row);
	struct pagemap *pm = pagemap_open(pagemap);
	struct extent x = { .end = UINT64_MAX };
	const struct run *run;
	struct gap gap;
	uint64_t va;

	if (!r)
		return false;
	va = page_run_of(image_message(pagemap, r)).vaddr;
	run = pagemap_find(pm, va, &gap);
	/* Of entries that overlap one has the address. */
	if (!run || run->entry != row || !pagemap_resolve(pm, va, &x) || !x.source)
		return false;
	*out = place_item(x.image);
	out->offset = x.offset + (va - x.start);
	return true;
}

bool find_run(struct image *pagemap, uint64_t start, uint64_t end, uint64_t *row)
{
	struct pagemap *pm = pagemap_open(pagemap);
	const struct run *run;
	struct gap gap;

	run = pagemap_find(pm, start, &gap);
	if (!run && gap.end < end)
		run = pagemap_find(pm, gap.end, &gap);
	if (run)
		*row = run->entry;
	return run != NULL;
}

/* A virtual address: its VMA; where a VMA itself begins, its bytes, if they are in the images. */
bool to_address(struct criu_set *set, struct process *p, struct item *from, uint64_t va,
		struct place *out)
{
	const struct aspace *as = p ? process_space(set, p) : NULL;
	const struct region *r = as ? aspace_region(as, va) : NULL;
	struct extent x = { 0 };

	/* mm_brk and the like are ends: the first address behind. */
	if (as && !r && va)
		r = aspace_region(as, va - 1);
	if (!r)
		return false;
	if (p->mm && p->mm->item == from && va == r->start)
		aspace_at(as, va, &x);
	*out = (struct place){ .node = r->node, .offset = UINT64_MAX };
	if (!x.source)
		return true;
	*out = place_item(x.image);
	out->offset = x.offset + (va - x.start);
	return true;
}
