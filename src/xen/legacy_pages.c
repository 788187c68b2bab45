/* Pages that a legacy stream has packed, as Remus sends them.
 *
 * Behind ENABLE_COMPRESSION and its tail, batches list pages without their bytes; these come in
 * COMPRESSED_DATA, all chunks of a body in one row, a page for each entry that has one, in order:
 *
 *	0x00               the page is as it was
 *	0x80 byte[4096]    a whole page
 *	else runs until 4096 bytes are covered:
 *	  0nnnnnnn         4*n bytes follow
 *	  1nnnnnnn         4*n bytes are as they were
 *
 * What was is the page's newest body before: in the file, or made here. Pages that are as they were
 * refer to it again; others are written to an unlinked temporary file, of at most
 * model->options.spool_max bytes (ARCHIVE_SPOOL_MAX by itself). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bound.h"
#include "core/archive.h"
#include "xen/legacy.h"
#include "xen/memory.h"

#define MADE_BIT (UINT64_C(1) << 63) /* of an offset: in the temporary file */
#define NOWHERE UINT64_MAX           /* it never came */
#define FLUSH_STEP 256u              /* pages between two looks at the job */

/* Where the newest body of a page is. */
struct known {
	uint64_t pfn, where;
};

struct waiting {
	uint64_t pfn;
	uint32_t row;
	uint8_t type;
};

struct legacy_packed {
	struct layer *layer;
	struct known *known; /* sorted by PFN, each once */
	size_t known_count, known_room;
	struct waiting *waiting;
	size_t waiting_count, waiting_room;
	struct span *parts; /* of the body's packed bytes */
	size_t part_count, part_room;
	int fd;
	uint64_t size, limit; /* of the temporary file */
	bool short_of_memory;
};

static bool make_room(struct legacy_packed *p, void *array, size_t count, size_t *room, size_t size)
{
	void **at = array, *more;
	size_t want = *room ? *room * 2 : 64;

	if (count < *room)
		return true;
	more = reallocarray(*at, want, size);
	if (!more) {
		p->short_of_memory = true;
		return false;
	}
	*at = more;
	*room = want;
	return true;
}

static bool add_known(struct legacy_packed *p, uint64_t pfn, uint64_t where)
{
	if (!make_room(p, &p->known, p->known_count, &p->known_room, sizeof(*p->known)))
		return false;
	p->known[p->known_count++] = (struct known){ pfn, where };
	return true;
}

/* Sorts what was added, the newest of each PFN last, and keeps that. `where` of what was added
 * later need not be greater, so that the place in the array decides: a merge sort by PFN. */
static bool sort_known(struct legacy_packed *p)
{
	size_t n = p->known_count, out = 0;
	struct known *from = p->known, *to, *spare;

	if (!n)
		return true;
	spare = to = reallocarray(NULL, n, sizeof(*to));
	if (!spare)
		return false;
	for (size_t run = 1; run < n; run *= 2) {
		struct known *swap = from;

		for (size_t at = 0; at < n; at += run * 2) {
			size_t a = at, b = at + run, end = b + run < n ? b + run : n;

			for (size_t i = at; i < end; i++)
				to[i] = b >= end || (a < at + run && from[a].pfn <= from[b].pfn)
						? from[a++]
						: from[b++];
		}
		from = to;
		to = swap;
	}
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || from[i].pfn != from[i + 1].pfn)
			p->known[out++] = from[i];
	p->known_count = out;
	free(spare);
	return true;
}

/* Bodies of the rows so far, but for those that were only to be compared. */
static bool read_rows(struct legacy_packed *p)
{
	const struct index *ix = p->layer->item->index;
	const struct source *src = p->layer->xen->src;
	uint16_t batch = kind_row(legacy_kinds, LEGACY_BATCH);
	bool verify = false;

	for (size_t n = 0; n < index_count(ix); n++) {
		const struct record *r = index_at(ix, n);

		if (r->kind == kind_row(legacy_kinds, (uint32_t)LEGACY_VERIFY))
			verify = true;
		else if (r->kind == kind_row(legacy_kinds, LEGACY_END))
			verify = false;
		if (r->kind != batch || verify)
			continue;
		for (struct legacy_entries e =
			     legacy_entries(src, r->offset, p->layer->xen->word, false);
		     legacy_next(&e);)
			if (legacy_has_page(e.type) && !add_known(p, e.pfn, e.body))
				return false;
	}
	return sort_known(p);
}

/* Among the first `count`. */
static struct known *find_known(struct legacy_packed *p, size_t count, uint64_t pfn)
{
	size_t at = BOUND(i, count, p->known[i].pfn < pfn);

	return at < count && p->known[at].pfn == pfn ? &p->known[at] : NULL;
}

#define NOTE(p, span, ...) XEN_NOTE((p)->layer, SEV_ERROR, "legacy-compressed", span, __VA_ARGS__)

struct legacy_packed *legacy_packed_new(struct layer *layer)
{
	const struct model_options *o = &layer->xen->model->options;
	struct legacy_packed *p = calloc(1, sizeof(*p));
	struct err *err = NULL;

	if (!p)
		return NULL;
	*p = (struct legacy_packed){
		.layer = layer,
		.fd = -1,
		.limit = o->spool_max ? o->spool_max : ARCHIVE_SPOOL_MAX,
	};
	err = source_temporary(source_name(layer->xen->src), &p->fd);
	if (err)
		NOTE(p, ((struct span){ 0, 0 }), "its packed pages stay packed: %s", err->text);
	err_free(err);
	if (!read_rows(p))
		p->short_of_memory = true;
	return p;
}

void legacy_packed_free(struct legacy_packed *p)
{
	if (!p)
		return;
	if (p->fd >= 0)
		close(p->fd);
	free(p->known);
	free(p->waiting);
	free(p->parts);
	free(p);
}

void legacy_packed_entry(struct legacy_packed *p, uint64_t pfn, unsigned type, uint32_t row)
{
	if (make_room(p, &p->waiting, p->waiting_count, &p->waiting_room, sizeof(*p->waiting)))
		p->waiting[p->waiting_count++] =
			(struct waiting){ .pfn = pfn, .row = row, .type = (uint8_t)type };
}

void legacy_packed_bytes(struct legacy_packed *p, struct span span)
{
	if (make_room(p, &p->parts, p->part_count, &p->part_room, sizeof(*p->parts)))
		p->parts[p->part_count++] = span;
}

/* ---- unpacking ---- */

/* The packed bytes of a body, from part to part. */
struct feed {
	const struct legacy_packed *p;
	size_t next;
	struct cursor c;
};

static bool feed_ready(struct feed *f)
{
	while (!cursor_left(&f->c)) {
		if (f->next == f->p->part_count)
			return false;
		f->c = source_cursor(f->p->layer->xen->src, f->p->parts[f->next++]);
	}
	return true;
}

static bool feed_copy(struct feed *f, uint8_t *to, size_t n)
{
	while (n) {
		struct bytes b;

		if (!feed_ready(f))
			return false;
		b = cursor_bytes(&f->c, cursor_left(&f->c) < n ? cursor_left(&f->c) : n);
		memcpy(to, b.at, b.len);
		to += b.len;
		n -= b.len;
	}
	return true;
}

enum unpacked { PAGE_SAME, PAGE_NEW, PAGE_BROKEN };

/* Runs that cover the page; `page` has what was. */
static enum unpacked unpack_runs(struct feed *f, uint8_t op, uint8_t *page)
{
	size_t at = 0;

	for (;;) {
		size_t n = (size_t)(op & 0x7f) * 4;

		if (!n || n > XEN_PAGE - at || (!(op & 0x80) && !feed_copy(f, page + at, n)))
			return PAGE_BROKEN;
		at += n;
		if (at == XEN_PAGE)
			return PAGE_NEW;
		if (!feed_copy(f, &op, 1))
			return PAGE_BROKEN;
	}
}

static enum unpacked unpack_page(struct feed *f, uint8_t *page)
{
	uint8_t op;

	if (!feed_copy(f, &op, 1))
		return PAGE_BROKEN;
	if (op == 0x00)
		return PAGE_SAME;
	if (op == 0x80)
		return feed_copy(f, page, XEN_PAGE) ? PAGE_NEW : PAGE_BROKEN;
	return unpack_runs(f, op, page);
}

/* What the page was; zeros if it never came. */
static void old_page(const struct legacy_packed *p, const struct known *k, uint8_t *page)
{
	memset(page, 0, XEN_PAGE);
	if (!k || k->where == NOWHERE)
		return;
	if (!(k->where & MADE_BIT))
		source_read(p->layer->xen->src, k->where, page, XEN_PAGE);
	else if (pread(p->fd, page, XEN_PAGE, (off_t)(k->where & ~MADE_BIT)) < 0)
		memset(page, 0, XEN_PAGE);
}

/* Puts a page into the temporary file; NOWHERE: there is no room. */
static uint64_t put_page(struct legacy_packed *p, const uint8_t *page)
{
	struct err *err;

	if (p->fd < 0 || p->limit < XEN_PAGE || p->size > p->limit - XEN_PAGE)
		return NOWHERE;
	err = source_put(p->fd, (struct bytes){ page, XEN_PAGE }, p->size,
			 source_name(p->layer->xen->src));
	if (err) {
		err_free(err);
		return NOWHERE;
	}
	p->size += XEN_PAGE;
	return (p->size - XEN_PAGE) | MADE_BIT;
}

/* One entry; false: what follows in the feed makes no sense any more. *lost: there was no room. */
static bool unpack_entry(struct legacy_packed *p, struct feed *f, const struct waiting *w,
			 bool *lost)
{
	struct memory *m = p->layer->xen->memory;
	struct known *k = find_known(p, p->known_count, w->pfn);
	uint64_t where = k ? k->where : NOWHERE;
	uint8_t page[XEN_PAGE];
	enum unpacked got;

	old_page(p, k, page);
	got = unpack_page(f, page);
	if (got == PAGE_NEW || (got == PAGE_SAME && where == NOWHERE))
		where = put_page(p, page);
	if (got == PAGE_BROKEN || where == NOWHERE) {
		*lost |= got != PAGE_BROKEN;
		memory_add(m, w->pfn, w->type, NO_BODY, w->row, false);
		return got != PAGE_BROKEN;
	}
	memory_add(m, w->pfn, w->type, where & ~MADE_BIT, w->row, where & MADE_BIT);
	if (k)
		k->where = where;
	return true;
}

/* A place for each page that will come. */
static void know_waiting(struct legacy_packed *p)
{
	size_t before = p->known_count;

	for (size_t n = 0; n < p->waiting_count; n++)
		if (!find_known(p, before, p->waiting[n].pfn) &&
		    !add_known(p, p->waiting[n].pfn, NOWHERE))
			return;
	if (p->known_count > before && !sort_known(p))
		p->short_of_memory = true;
}

static struct span packed_span(const struct legacy_packed *p)
{
	struct span last;

	if (!p->part_count)
		return (struct span){ 0, 0 };
	last = p->parts[p->part_count - 1];
	return (struct span){ p->parts[0].offset, last.offset + last.length - p->parts[0].offset };
}

bool legacy_packed_flush(struct legacy_packed *p, struct job *job)
{
	struct feed f = { .p = p };
	bool whole = true, lost = false, going = true;
	size_t n;

	know_waiting(p);
	for (n = 0; n < p->waiting_count && going && whole; n++) {
		whole = unpack_entry(p, &f, &p->waiting[n], &lost);
		if (n % FLUSH_STEP == 0 && job)
			going = job_step(job, 0);
	}
	if (!whole) {
		NOTE(p, packed_span(p),
		     "its packed bytes make no sense at page %zu of %zu: the rest is not there", n,
		     p->waiting_count);
		for (; n < p->waiting_count; n++)
			memory_add(p->layer->xen->memory, p->waiting[n].pfn, p->waiting[n].type,
				   NO_BODY, p->waiting[n].row, false);
	} else if (going && feed_ready(&f)) {
		NOTE(p, packed_span(p), "more packed bytes than the pages of the body take");
	}
	if (lost)
		NOTE(p, packed_span(p), "no room for all pages: %llu bytes are unpacked",
		     (unsigned long long)p->size);
	if (p->short_of_memory)
		NOTE(p, packed_span(p), "not enough memory to unpack all pages");
	p->waiting_count = p->part_count = 0;
	return going;
}

struct source *legacy_packed_source(struct legacy_packed *p)
{
	struct source *made = NULL;
	struct err *err;

	if (!p->size)
		return NULL;
	err = source_map(p->fd, "unpacked pages", &made);
	if (err)
		NOTE(p, ((struct span){ 0, 0 }), "its unpacked pages cannot be read: %s",
		     err->text);
	err_free(err);
	return made;
}
