/* PAGE_DATA: which pages a record sends, and their bytes.
 *
 *	u32 count | u32 reserved | u64 entry[count] | a page for each entry that has one
 *
 *	entry:  63..60 type   59..52 zero   51..0 PFN
 *
 * Types 0 to 4 and 9 to 12 have a page of 4096 bytes, in the order of the entries; XTAB, XALLOC and
 * BROKEN have none; the others are no types. Writers cut a record every 1024 PFNs. Summaries look
 * at what the walk kept of the entries, and fields at no page: 4 MiB from a disk for a line would
 * be felt. Only who opens an entry has its page read. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/text.h"
#include "xen/guest.h"
#include "xen/records.h"

#define HEAD 8u
#define ENTRY 8u
#define COUNT_MOST 1024u     /* that Xen writes */
#define SORT_MOST 65536u     /* entries that are compared with each other */
#define HISTORY_MOST 64u     /* bodies of one PFN, as fields */
#define HISTORY_COST 200000u /* entries times passes: looked up for one line */
#define PTE_FRAME UINT64_C(0x000ffffffffff000)
#define PTE_PRESENT 1u
#define PTE_LARGE 0x80u
#define ENTRY_RESERVED UINT64_C(0x0ff0000000000000)

enum { TYPES = 16, PINNED = 8 };

const char *page_type_name(unsigned type, struct arena *a)
{
	const char *name = value_name(names_page_type, type, (struct value_env){ 0 });

	return name ? name : arena_printf(a, "type %u", type);
}

/* Level of the page table that a page of that type is; 0: none. */
static unsigned table_level(unsigned type)
{
	unsigned level = type & ~(unsigned)PINNED;

	return page_type_has_data(type) && level <= 4 ? level : 0;
}

static bool is_type(unsigned type)
{
	return page_type_has_data(type) || type >= PFINFO_BROKEN;
}

/* ---- stepping over entries ---- */

/* An entry, and where its page is. */
struct entry {
	uint64_t n, raw, pfn;
	uint64_t at;   /* of the entry, in the body */
	uint64_t page; /* in the body, by the numbers in the record: may be past its end */
	unsigned type;
	bool data; /* it has a page */
};

struct entries {
	struct cursor c;
	uint64_t count; /* as the record says */
	uint64_t left;  /* of those that are there */
	uint64_t next;  /* where the next page is */
	bool whole;     /* all that are counted are there */
	struct entry e;
};

static struct entries entries_of(const struct xrec *r)
{
	struct entries es = { .c = xrec_cursor(r) };

	es.count = cursor_u32(&es.c);
	cursor_u32(&es.c);
	es.left = cursor_left(&es.c) / ENTRY;
	es.whole = es.left >= es.count && !es.c.spent;
	if (es.left > es.count)
		es.left = es.count;
	es.next = HEAD + ENTRY * es.count;
	return es;
}

static bool entries_next(struct entries *es)
{
	struct entry *e = &es->e;

	if (!es->left)
		return false;
	es->left--;
	e->at = cursor_offset(&es->c) - es->c.origin;
	e->n = (e->at - HEAD) / ENTRY;
	e->raw = cursor_u64(&es->c);
	e->pfn = page_entry_pfn(e->raw);
	e->type = page_entry_type(e->raw);
	e->data = page_type_has_data(e->type);
	e->page = es->next;
	if (e->data)
		es->next += XEN_PAGE;
	return true;
}

/* ---- what a record has, all in all ---- */

/* The memory, if all of it was read; NULL before. */
static struct memory *known_memory(const struct xen *x)
{
	return atomic_load_explicit(&x->walked, memory_order_acquire) ? x->memory : NULL;
}

struct tally {
	uint64_t count, pages; /* entries; those with a page */
	uint64_t low, high;
	uint64_t of[TYPES];
	unsigned types; /* different ones */
};

static void tally_add(struct tally *t, unsigned type, uint64_t pfn, uint64_t count)
{
	t->types += !t->of[type];
	t->of[type] += count;
	t->count += count;
	if (page_type_has_data(type))
		t->pages += count;
	if (pfn < t->low)
		t->low = pfn;
	if (pfn + count - 1 > t->high)
		t->high = pfn + count - 1;
}

/* As the walk found it, once it is done: a list of all records need not read them again. Else by
 * its entries. */
static struct tally tally(const struct xrec *r)
{
	const struct memory *m = known_memory(r->layer->xen);
	const struct page_run *run = m ? memory_run_of(m, r->n) : NULL;
	struct tally t = { .low = UINT64_MAX };
	size_t n;

	if (run) {
		n = (size_t)(run - memory_run(m, 0));
		for (; run && run->record == r->n; run = memory_run(m, ++n))
			tally_add(&t, run->type, run->pfn, run->count);
		return t;
	}
	for (struct entries es = entries_of(r); entries_next(&es);)
		tally_add(&t, es.e.type, es.e.pfn, 1);
	return t;
}

/* "NOTAB 1019, L1TAB 2": the most frequent first. */
static const char *types_text(const struct tally *t, struct arena *a)
{
	uint64_t left[TYPES];
	struct strbuf s;

	memcpy(left, t->of, sizeof(left));
	strbuf_init(&s, a);
	for (unsigned n = 0; n < t->types; n++) {
		unsigned most = 0;

		for (unsigned type = 1; type < TYPES; type++)
			if (left[type] > left[most])
				most = type;
		strbuf_addf(&s, "%s%s", n ? ", " : "", page_type_name(most, a));
		if (t->types > 1)
			strbuf_addf(&s, " %" PRIu64, left[most]);
		left[most] = 0;
	}
	return s.text ? s.text : "";
}

const char *page_data_summary(const struct xrec *r, struct arena *a)
{
	struct tally t = tally(r);

	if (!t.count)
		return "no pfn";
	if (t.count == 1)
		return arena_printf(a, "1 pfn 0x%" PRIx64 " %s", t.low, types_text(&t, a));
	return arena_printf(a, "%" PRIu64 " pfn 0x%" PRIx64 "..0x%" PRIx64 " %s", t.count, t.low,
			    t.high, types_text(&t, a));
}

bool page_data_page(const struct xrec *r, uint64_t offset, struct page_body *out)
{
	for (struct entries es = entries_of(r); entries_next(&es);) {
		struct span entry = { r->at + es.e.at, ENTRY };
		struct span in = span_clip((struct span){ es.e.page, XEN_PAGE }, r->body.len);
		struct span page = { r->at + in.offset, in.length };

		if (!es.e.data || !page.length || es.e.pfn > UINT64_MAX / XEN_PAGE)
			continue;
		if (offset != UINT64_MAX && !span_has(entry, offset) && !span_has(page, offset))
			continue;
		*out = (struct page_body){ es.e.pfn * XEN_PAGE, page };
		return true;
	}
	return false;
}

/* ---- one entry ---- */

/* What the fields of an entry need when they are opened; in the arena of the fields. */
struct opened {
	const struct xrec *r;
	struct entry e;
	uint64_t have; /* bytes of its page that are there */
};

static bool is_zeros(struct bytes b)
{
	for (size_t n = 0; n < b.len; n++)
		if (b.at[n])
			return false;
	return true;
}

/* The bytes of a PFN in a run of the history; empty if it has none. */
static struct bytes run_page(const struct xen *x, const struct page_run *run, uint64_t pfn)
{
	struct source *src = run->made ? memory_made(x->memory) : x->src;

	if (run->offset == NO_BODY || !src)
		return (struct bytes){ NULL, 0 };
	return source_view(src, run->offset + (pfn - run->pfn) * XEN_PAGE, XEN_PAGE);
}

static unsigned bytes_that_differ(struct bytes x, struct bytes y)
{
	unsigned differ = 0;

	for (size_t n = 0; n < x.len && n < y.len; n++)
		differ += x.at[n] != y.at[n];
	return differ;
}

/* How a body differs from the last one before it. */
static const char *change_text(struct bytes before, struct bytes now, struct arena *a)
{
	unsigned differ;

	if (!before.len || !now.len)
		return "";
	differ = bytes_that_differ(before, now);
	return differ ? arena_printf(a, ", %u bytes differ", differ) : ", the same bytes";
}

/* What is to be said of a body that the guest as shown does not have. */
static const char *version_note(struct xen *x, const struct page_run *run)
{
	const struct guest *g = xen_guest(x);

	if (memory_pass_flags(x->memory, run->pass) & PASS_VERIFY)
		return ", compared only";
	return g && run->pass >= g->passes ? ", behind the snapshot shown" : "";
}

static void add_version(struct field *list, struct arena *a, const struct opened *o, uint32_t n,
			const struct page_run *run, struct bytes before)
{
	struct layer *layer = o->r->layer;
	struct xen *x = layer->xen;
	struct bytes now = run_page(x, run, o->e.pfn);
	struct field *f;

	f = field_derived(list, a, "body", "");
	f->at = n;
	f->bytes = bytes_of(arena_printf(a, "%s[%u] %s, pass %u%s%s", layer->item->name,
					 run->record, page_type_name(run->type, a), run->pass + 1,
					 version_note(x, run), change_text(before, now, a)));
	if (run->record != o->r->n)
		f->ref = (struct ref){ XREF_RECORD, run->record,
				       run->made || !now.len
					       ? 0
					       : run->offset + (o->e.pfn - run->pfn) * XEN_PAGE };
}

/* All that was sent for the PFN, if it was sent more than once. */
static void add_history(struct field *group, struct arena *a, const struct opened *o)
{
	const struct xen *x = o->r->layer->xen;
	const struct memory *m = known_memory(x);
	const struct page_run *runs[HISTORY_MOST];
	size_t count = m ? memory_history(m, o->e.pfn, runs, HISTORY_MOST) : 0;
	struct bytes before = { NULL, 0 };
	struct field *list;

	if (count < 2)
		return;
	list = field_add(group, a, FIELD_GROUP, "history", (struct span){ 0, 0 });
	list->expanded = true;
	list->note = arena_printf(a, "sent %zu times", count);
	for (size_t n = 0; n < count && n < HISTORY_MOST; n++) {
		struct bytes now = run_page(x, runs[n], o->e.pfn);

		add_version(list, a, o, (uint32_t)n, runs[n], before);
		if (now.len)
			before = now;
	}
}

static void add_page_place(struct field *group, struct arena *a, const struct opened *o)
{
	struct field *f;

	if (!o->e.data)
		return;
	f = field_uint(group, a, "data", o->r->at + o->e.page, SHOW_HEX, (struct span){ 0, 0 });
	if (!o->have) {
		f->trouble = "the record ends before it";
		return;
	}
	f->ref = (struct ref){ XREF_RECORD, o->r->n, f->u };
	if (is_zeros((struct bytes){ o->r->body.at + o->e.page, o->have }))
		f->note = "zeros";
}

static void entry_expand(struct field *group, struct arena *a)
{
	const struct opened *o = group->schema;
	struct field *f;

	f = field_uint(group, a, "entry", o->e.raw, SHOW_ADDRESS, group->span);
	if (o->e.raw & ENTRY_RESERVED)
		f->trouble = "bits 52 to 59 should be zero";
	f = field_uint(group, a, "pfn", o->e.pfn, SHOW_ADDRESS, (struct span){ 0, 0 });
	f->ref = xen_ref_pfn(o->e.pfn);
	f = field_derived(group, a, "type", page_type_name(o->e.type, a));
	if (!is_type(o->e.type))
		f->trouble = "no type of a page";
	add_page_place(group, a, o);
	add_history(group, a, o);
}

static const struct field_ops entry_ops = { .expand = entry_expand };

/* Bytes of the entry's page that the body has. */
static uint64_t page_have(const struct xrec *r, const struct entry *e)
{
	return e->data ? span_clip((struct span){ e->page, XEN_PAGE }, r->body.len).length : 0;
}

static void add_entry(struct field *root, struct arena *a, const struct xrec *r,
		      const struct entry *e)
{
	struct field *f =
		field_add(root, a, FIELD_GROUP, "pfn", (struct span){ r->at + e->at, ENTRY });
	struct opened *o = ARENA_NEW(a, struct opened);

	*o = (struct opened){ r, *e, page_have(r, e) };
	f->at = (uint32_t)e->n;
	f->ops = &entry_ops;
	f->schema = o;
	if (e->data)
		f->note = arena_printf(a, "0x%" PRIx64 "  %s  data @0x%" PRIx64, e->pfn,
				       page_type_name(e->type, a), r->at + e->page);
	else
		f->note = arena_printf(a, "0x%" PRIx64 "  %s", e->pfn, page_type_name(e->type, a));
	if (!is_type(e->type))
		f->trouble = "no type of a page";
	else if (e->raw & ENTRY_RESERVED)
		f->trouble = "bits 52 to 59 should be zero";
	else if (e->data && o->have < XEN_PAGE)
		f->trouble = o->have ? "the record ends inside its page" : "its page is not here";
}

static void add_page(struct field *root, struct arena *a, const struct xrec *r,
		     const struct entry *e, uint32_t n)
{
	struct span in = span_clip((struct span){ e->page, XEN_PAGE }, r->body.len);
	struct field *f;

	if (!in.length)
		return;
	f = field_add(root, a, FIELD_BYTES, "page", (struct span){ r->at + in.offset, in.length });
	f->at = n;
	f->show = SHOW_BYTES;
	f->bytes = (struct bytes){ r->body.at + in.offset, in.length };
	f->note = arena_printf(a, "pfn 0x%" PRIx64 "  %s", e->pfn, page_type_name(e->type, a));
	if (in.length < XEN_PAGE)
		f->trouble = "the record ends inside it";
}

/* ---- the record ---- */

/* The last record that stores the PFN; VERIFY's do not. */
static uint32_t last_record(const struct memory *m, uint64_t pfn)
{
	const struct page_run *runs[HISTORY_MOST];
	size_t n = memory_history(m, pfn, runs, HISTORY_MOST);

	for (n = n < HISTORY_MOST ? n : HISTORY_MOST; n; n--)
		if (!(memory_pass_flags(m, runs[n - 1]->pass) & PASS_VERIFY))
			return runs[n - 1]->record;
	return 0;
}

/* How many of its PFNs were sent again behind it, and the last record that did. */
static void add_rewrites(struct field *root, struct arena *a, const struct xrec *r, uint64_t count)
{
	const struct xen *x = r->layer->xen;
	const struct memory *m = known_memory(x);
	uint64_t again = 0;
	uint32_t last = 0;

	if (!m || count * (memory_passes(m) + 1) > HISTORY_COST)
		return;
	for (struct entries es = entries_of(r); entries_next(&es);) {
		uint32_t record = last_record(m, es.e.pfn);

		again += record > r->n;
		if (record > last)
			last = record;
	}
	if (again)
		field_derived(root, a, "sent again",
			      arena_printf(a, "%" PRIu64 " of its pfns, last in %s[%u]", again,
					   r->layer->item->name, last));
}

static void add_facts(struct field *root, struct arena *a, const struct xrec *r)
{
	struct tally t = tally(r);

	field_derived(root, a, "types", types_text(&t, a));
	field_derived(root, a, "pages with data", arena_printf(a, "%" PRIu64, t.pages));
	if (t.count > t.pages)
		field_derived(root, a, "without data",
			      arena_printf(a, "%" PRIu64, t.count - t.pages));
	add_rewrites(root, a, r, t.count);
}

static void add_more(struct field *root, struct arena *a, const struct xrec *r, uint64_t from,
		     uint64_t to, const char *trouble)
{
	struct span in = from < to ? span_clip((struct span){ from, to - from }, r->body.len)
				   : (struct span){ 0, 0 };
	struct field *f;

	if (!in.length)
		return;
	f = field_add(root, a, FIELD_GAP, "more", (struct span){ r->at + in.offset, in.length });
	f->show = SHOW_BYTES;
	f->bytes = (struct bytes){ r->body.at + in.offset, in.length };
	f->trouble = trouble;
}

static void add_entries(struct field *root, struct arena *a, const struct xrec *r, uint32_t room)
{
	struct entries es = entries_of(r);
	uint64_t end = HEAD + ENTRY * es.left;

	for (uint32_t n = 0; n < room && entries_next(&es); n++)
		add_entry(root, a, r, &es.e);
	if (es.left)
		add_more(root, a, r, end - ENTRY * es.left, end, "too many entries to list");
}

static void add_pages(struct field *root, struct arena *a, const struct xrec *r, uint32_t room)
{
	struct entries es = entries_of(r);
	uint32_t n = 0;
	uint64_t at;

	while (n < room && entries_next(&es))
		if (es.e.data)
			add_page(root, a, r, &es.e, n++);
	at = es.next;
	while (entries_next(&es))
		;
	add_more(root, a, r, at, es.next, "too many pages to list");
	if (es.whole)
		add_more(root, a, r, es.next, r->body.len, "no entry has these bytes");
}

void page_data_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	static const struct layout rows[] = {
		{ "count", 4, SHOW_DEC, NULL },
		{ "reserved", 4, SHOW_ZERO, NULL },
		{ 0 },
	};
	struct xrec *kept = arena_dup(a, r, sizeof(*r));
	uint32_t room = field_room(root) / 6; /* entries are opened to some four fields */
	struct field *count;

	add_facts(root, a, kept);
	field_layout(root, a, rows, c, root->env);
	count = field_child(root, a, "count");
	if (count && !entries_of(r).whole)
		count->trouble = "more than the record holds";
	add_entries(root, a, kept, room);
	add_pages(root, a, kept, room);
}

/* ---- checks ---- */

/* The last PFN of a PV guest, by the P2M records before this one; false: it has no bound. */
static bool last_pfn(const struct xrec *r, uint64_t *last)
{
	const struct xen *x = r->layer->xen;
	const struct state *st;

	if (x->domain_type != 1)
		return false;
	*last = 0;
	for (size_t n = 0; (st = states_at(x->states, n)); n++) {
		struct cursor c;
		uint64_t end;

		if (st->kind != STATE_P2M_FRAMES || st->layer != r->layer || st->row > r->n)
			continue;
		c = xen_cursor(x, st->span);
		cursor_u32(&c);
		end = cursor_u32(&c);
		if (end > *last)
			*last = end;
	}
	return true;
}

static void check_lengths(const struct xrec *r, const struct entries *es, uint64_t need)
{
	if (xrec_is_cut(r))
		return;
	if (!es->whole)
		XREC_NOTE(r, SEV_ERROR, "page-count", 0, 4,
			  "%" PRIu64 " entries do not fit into a body of %zu bytes", es->count,
			  r->body.len);
	else if (r->body.len != need)
		XREC_NOTE(r, SEV_ERROR, "page-size", 0, 4,
			  "its entries and their pages are %" PRIu64 " bytes; the body has %zu",
			  need, r->body.len);
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Of a record whose PFNs do not ascend: whether one of them is there twice. */
static void check_repeats(const struct xrec *r, uint64_t count)
{
	uint64_t *pfns, n = 0;

	if (count > SORT_MOST)
		return;
	pfns = calloc(count, sizeof(*pfns));
	if (!pfns)
		return;
	for (struct entries es = entries_of(r); entries_next(&es);)
		pfns[n++] = es.e.pfn;
	qsort(pfns, count, sizeof(*pfns), by_number);
	for (n = 1; n < count; n++)
		if (pfns[n] == pfns[n - 1]) {
			XREC_NOTE(r, SEV_NOTE, "page-repeated", 0, HEAD,
				  "pfn 0x%" PRIx64 " is in it more than once", pfns[n]);
			break;
		}
	free(pfns);
}

/* What a record's entries show, one problem of a sort each. */
struct findings {
	uint64_t seen, falls; /* entries; those not above the one before */
	uint64_t before;
	bool reserved, type, bound;
};

static void check_entry(const struct xrec *r, const struct entry *e, bool bounded, uint64_t last,
			struct findings *f)
{
	f->falls += f->seen && e->pfn <= f->before;
	f->before = e->pfn;
	f->seen++;
	if (!is_type(e->type) && !f->type) {
		f->type = true;
		XREC_NOTE(r, SEV_ERROR, "page-type", e->at, ENTRY,
			  "pfn[%" PRIu64 "] has type %u, which is none", e->n, e->type);
	}
	if (e->raw & ENTRY_RESERVED && !f->reserved) {
		f->reserved = true;
		XREC_NOTE(r, SEV_ERROR, "reserved", e->at, ENTRY,
			  "pfn[%" PRIu64 "] has reserved bits: 0x%016" PRIx64, e->n, e->raw);
	}
	if (bounded && e->pfn > last && !f->bound) {
		f->bound = true;
		XREC_NOTE(r, SEV_ERROR, "page-bound", e->at, ENTRY,
			  "pfn[%" PRIu64 "] is 0x%" PRIx64 ", the guest's last one 0x%" PRIx64,
			  e->n, e->pfn, last);
	}
}

/* True if slot `n` of a table is the hypervisor's, and so sent as zero. */
static bool is_xen_slot(unsigned level, uint32_t width, unsigned n)
{
	if (width == 4)
		return level == 3 && n >= 4;
	return level == 4 && n >= 256 && n < 272;
}

struct table_findings {
	bool beyond, large, xen;
};

static void check_slot(const struct xrec *r, const struct entry *e, unsigned n, uint64_t pte,
		       uint64_t last, struct table_findings *f)
{
	unsigned level = table_level(e->type);
	uint64_t at = e->page + 8 * n;

	if (is_xen_slot(level, r->layer->xen->guest_width, n)) {
		if (pte && !f->xen)
			XREC_NOTE(r, SEV_NOTE, "page-table", at, 8,
				  "slot %u of the L%u table 0x%" PRIx64
				  " is Xen's own, and not zero",
				  n, level, e->pfn);
		f->xen |= pte != 0;
		return;
	}
	if (!(pte & PTE_PRESENT))
		return;
	if ((pte & PTE_FRAME) / XEN_PAGE > last && !f->beyond) {
		f->beyond = true;
		XREC_NOTE(r, SEV_ERROR, "page-table", at, 8,
			  "slot %u of the L%u table 0x%" PRIx64 " leads to pfn 0x%" PRIx64
			  ", beyond the last one",
			  n, level, e->pfn, (uint64_t)((pte & PTE_FRAME) / XEN_PAGE));
	}
	if (level > 1 && pte & PTE_LARGE && !f->large) {
		f->large = true;
		XREC_NOTE(r, SEV_NOTE, "page-table", at, 8,
			  "slot %u of the L%u table 0x%" PRIx64 " maps a large page", n, level,
			  e->pfn);
	}
}

/* A page table of a PV guest: senders turn its frames into PFNs, which restore turns back. */
static void check_table(const struct xrec *r, const struct entry *e, uint64_t last)
{
	unsigned level = table_level(e->type);
	struct table_findings f = { 0 };
	struct xrec page = xrec_payload(r, e->page);
	struct cursor c;

	if (level == 4 && r->layer->xen->guest_width == 4)
		XREC_NOTE(r, SEV_ERROR, "page-type", e->at, ENTRY,
			  "pfn[%" PRIu64 "] is an L4 table in a guest of 32 bits", e->n);
	if (page_have(r, e) < XEN_PAGE)
		return;
	c = xrec_cursor(&page);
	for (unsigned n = 0; n < XEN_PAGE / 8; n++)
		check_slot(r, e, n, cursor_u64(&c), last, &f);
}

static void check_entries(const struct xrec *r, bool bounded, uint64_t last)
{
	struct entries es = entries_of(r);
	struct entries first = es;
	struct findings f = { 0 };

	if (r->body.len < HEAD && !xrec_is_cut(r)) {
		XREC_NOTE(r, SEV_ERROR, "page-size", 0, r->body.len,
			  "a body of %zu bytes is too short for a count", r->body.len);
		return;
	}
	xrec_check_zero(r, SEV_WARNING, 4, 4, "the reserved word");
	if (!es.count && r->body.len >= 4)
		XREC_NOTE(r, SEV_ERROR, "page-count", 0, 4, "there is no pfn in it");
	else if (es.count > COUNT_MOST)
		XREC_NOTE(r, SEV_NOTE, "page-count", 0, 4,
			  "%" PRIu64 " entries; Xen never writes more than %u", es.count,
			  COUNT_MOST);
	while (entries_next(&es)) {
		check_entry(r, &es.e, bounded, last, &f);
		if (bounded && table_level(es.e.type))
			check_table(r, &es.e, last);
	}
	check_lengths(r, &first, es.next);
	if (!f.falls)
		return;
	XREC_NOTE(r, SEV_NOTE, "page-order", 0, HEAD, "%" PRIu64 " of its pfns do not ascend",
		  f.falls);
	check_repeats(r, f.seen);
}

/* What was found sound when it was indexed is not read again: it may be all of a large file. */
void page_data_check(const struct xrec *r)
{
	uint64_t last = 0;
	bool bounded = last_pfn(r, &last);

	if (bounded || !(r->r->flags & RECORD_SOUND))
		check_entries(r, bounded, last);
}
