/* Chunks of a legacy stream, decoded: what comes before the bodies and what is in them.
 *
 * Names are those of the structures in Xen's sources where there are any. Numbers are
 * little-endian, words as wide as the saving toolstack's. */
#include "xen/legacy_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "xen/layouts.h"
#include "xen/legacy.h"

static uint32_t word_of(const struct xrec *r)
{
	return r->layer->xen->word == 4 ? 4 : 8;
}

/* ---- pieces ---- */

void legacy_add_id(const struct xrec *r, struct field *root, struct arena *a)
{
	struct span span = { r->r->offset, r->r->head };
	struct field *f;

	if (span.length != 4)
		return;
	f = field_add(root, a, FIELD_FRAME, "id", span);
	f->u = r->r->aux;
	f->show = SHOW_HEX;
	f->note = arena_printf(a, "%d", (int32_t)r->r->aux);
}

struct field *legacy_add_number(struct field *root, struct cursor *c, struct arena *a,
				const char *name, uint32_t width, enum show show)
{
	struct span span = { cursor_offset(c), width };

	if (cursor_left(c) < width)
		return NULL;
	return field_uint(root, a, name, width == 8 ? cursor_u64(c) : cursor_u32(c), show, span);
}

void legacy_add_pfns(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a,
		     const char *name)
{
	uint32_t word = word_of(r), room = field_room(root);

	for (uint32_t n = 0; n < room && cursor_left(c) >= word; n++) {
		struct field *f = legacy_add_number(root, c, a, name, word, SHOW_ADDRESS);

		f->at = n;
		f->ref = xen_ref_pfn(f->u);
	}
}

/* ---- what comes first ---- */

XEN_FIELDS(legacy_marker_fields)
{
	(void)c;
	legacy_add_id(r, root, a);
}

XEN_FIELDS(legacy_p2m_size_fields)
{
	legacy_add_number(root, c, a, "p2m_size", word_of(r), SHOW_HEX);
}

XEN_SUMMARY(legacy_p2m_size_summary)
{
	struct cursor c = xrec_cursor(r);
	uint64_t v = word_of(r) == 8 ? cursor_u64(&c) : cursor_u32(&c);

	return arena_printf(a, "0x%llx PFNs, words of %u bytes", (unsigned long long)v, word_of(r));
}

static void frame(struct field *root, struct cursor *c, struct arena *a, const char *name,
		  uint32_t width, enum show show)
{
	struct field *f = legacy_add_number(root, c, a, name, width, show);

	if (f)
		f->type = FIELD_FRAME;
}

/* A block of extended-info: id, size, bytes. */
static void add_block(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	struct span span = { cursor_offset(c), 8 };
	struct bytes id = { c->at, 4 };
	uint64_t size = le32_at(c->at + 4);
	const char *name = text_clean(id, a);
	struct field *group, *f;

	if (size > cursor_left(c) - 8)
		size = cursor_left(c) - 8;
	span.length += size;
	group = field_add(root, a, FIELD_GROUP, name, span);
	group->expanded = true;
	f = field_text(group, a, "id", id, (struct span){ span.offset, 4 });
	f->type = FIELD_FRAME;
	f->show = SHOW_BYTES;
	cursor_skip(c, 4);
	frame(group, c, a, "size", 4, SHOW_DEC);
	if (!strcmp(name, "vcpu") && r->layer->xen->guest_width) {
		struct xrec inner = xrec_payload(r, (size_t)(cursor_offset(c) - r->at));
		struct cursor sub = cursor_sub(c, size);

		inner.body.len = (size_t)size < inner.body.len ? (size_t)size : inner.body.len;
		group->note = "vCPU 0 before its frames were translated";
		pv_context_fields(&inner, group, &sub, a);
	} else if (!strcmp(name, "xcnt") && size == 4) {
		legacy_add_number(group, c, a, "xsave_size", 4, SHOW_DEC);
	} else {
		xrec_add_bytes(group, c, a, "bytes", size);
	}
}

XEN_FIELDS(legacy_extended_info_fields)
{
	uint32_t room = field_room(root);

	frame(root, c, a, "marker", word_of(r), SHOW_HEX);
	legacy_add_number(root, c, a, "total", 4, SHOW_DEC);
	for (uint32_t n = 0; n < room && cursor_left(c) >= 8; n++)
		add_block(r, root, c, a);
}

XEN_SUMMARY(legacy_extended_info_summary)
{
	struct strbuf s;
	struct cursor c = xrec_cursor(r);

	strbuf_init(&s, a);
	if (r->layer->xen->guest_width)
		strbuf_addf(&s, "%u-bit guest;", r->layer->xen->guest_width * 8);
	cursor_skip(&c, word_of(r) + 4);
	for (unsigned n = 0; n < 8 && cursor_left(&c) >= 8; n++) {
		strbuf_add(&s, *s.text ? " " : "");
		strbuf_clean(&s, cursor_bytes(&c, 4));
		cursor_skip(&c, cursor_u32(&c));
	}
	return s.text;
}

XEN_FIELDS(legacy_p2m_frames_fields)
{
	legacy_add_pfns(r, root, c, a, "p2m_pfn");
}

XEN_SUMMARY(legacy_p2m_frames_summary)
{
	return arena_printf(a, "%zu frames", r->body.len / word_of(r));
}

/* ---- batches ---- */

static struct legacy_entries entries_of(const struct xrec *r)
{
	return legacy_entries(r->layer->xen->src, r->r->offset, word_of(r),
			      r->r->flags & LEGACY_ROW_PACKED);
}

/* An entry taken apart, when it is opened: as those of PAGE_DATA are. */
static void entry_expand(struct field *group, struct arena *a)
{
	const struct legacy_entries *e = group->schema;
	struct field *f;

	field_uint(group, a, "entry", e->raw, SHOW_ADDRESS, group->span);
	f = field_uint(group, a, "pfn", e->pfn, SHOW_ADDRESS, (struct span){ 0, 0 });
	f->ref = xen_ref_pfn(e->pfn);
	field_derived(group, a, "type", page_type_name(e->type, a));
	if (e->body != UINT64_MAX)
		field_uint(group, a, "data", e->body, SHOW_HEX, (struct span){ 0, 0 });
}

static const struct field_ops entry_ops = { .expand = entry_expand };

static void add_entry(struct field *root, struct cursor *c, struct arena *a,
		      const struct legacy_entries *e, uint32_t n)
{
	struct span span = { cursor_offset(c), e->word };
	struct field *f;

	if (cursor_left(c) < e->word)
		return;
	cursor_skip(c, e->word);
	f = field_add(root, a, FIELD_GROUP, "pfn", span);
	f->at = n;
	f->ops = &entry_ops;
	f->schema = arena_dup(a, e, sizeof(*e));
	f->note = arena_printf(a, "0x%llx  %s", (unsigned long long)e->pfn,
			       page_type_name(e->type, a));
	if (e->raw > UINT32_MAX)
		f->trouble = "bits above 31";
	else if (e->type >= 5 && e->type <= 8)
		f->trouble = "no type of page";
}

XEN_FIELDS(legacy_batch_fields)
{
	uint32_t n = 0, room;

	if (r->r->head == 4)
		field_uint(root, a, "count", r->r->aux, SHOW_DEC, (struct span){ r->r->offset, 4 });
	room = field_room(root) / 6; /* an entry opens to four fields */
	for (struct legacy_entries e = entries_of(r); n < room && legacy_next(&e);)
		add_entry(root, c, a, &e, n++);
	n = 0;
	for (struct legacy_entries e = entries_of(r); n < room && legacy_next(&e); n++) {
		struct field *f;

		if (e.body == UINT64_MAX)
			continue;
		f = xrec_add_bytes(root, c, a, "page", XEN_PAGE);
		if (!f)
			break;
		f->at = n;
		f->note = arena_printf(a, "pfn 0x%llx", (unsigned long long)e.pfn);
	}
}

XEN_SUMMARY(legacy_batch_summary)
{
	uint64_t low = UINT64_MAX, high = 0;
	uint32_t pages = 0, count = 0;

	for (struct legacy_entries e = entries_of(r); legacy_next(&e); count++) {
		if (e.raw == LEGACY_PFN_LOST)
			continue;
		low = e.pfn < low ? e.pfn : low;
		high = e.pfn > high ? e.pfn : high;
		pages += legacy_has_page(e.type);
	}
	if (low > high)
		return arena_printf(a, "%u entries", count);
	return arena_printf(a, "%u pages%s, pfn 0x%llx to 0x%llx", pages,
			    r->r->flags & LEGACY_ROW_PACKED ? ", packed" : "",
			    (unsigned long long)low, (unsigned long long)high);
}

static int by_pfn(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

XEN_CHECK(legacy_batch_check)
{
	uint64_t pfns[LEGACY_BATCH_MAX];
	size_t n = 0;

	for (struct legacy_entries e = entries_of(r); n < ARRAY_LEN(pfns) && legacy_next(&e);) {
		uint64_t at = cursor_offset(&e.c) - e.word - r->at;

		if (e.raw == LEGACY_PFN_LOST)
			continue;
		if (e.raw > UINT32_MAX)
			XREC_NOTE(r, SEV_ERROR, "legacy-batch", at, e.word,
				  "an entry 0x%llx with bits above 31", (unsigned long long)e.raw);
		if (e.type >= 5 && e.type <= 8)
			XREC_NOTE(r, SEV_ERROR, "page-type", at, e.word,
				  "pfn 0x%llx of type %u, which is none", (unsigned long long)e.pfn,
				  e.type);
		pfns[n++] = e.pfn;
	}
	qsort(pfns, n, sizeof(*pfns), by_pfn);
	for (size_t i = 1; i < n; i++)
		if (pfns[i] == pfns[i - 1]) {
			XREC_NOTE(r, SEV_ERROR, "legacy-batch", 0, r->body.len,
				  "pfn 0x%llx twice in one batch", (unsigned long long)pfns[i]);
			break;
		}
}

/* ---- what the guest is like ---- */

XEN_FIELDS(legacy_param_fields)
{
	struct field *f;

	legacy_add_id(r, root, a);
	legacy_add_number(root, c, a, "pad", 4, SHOW_ZERO);
	f = legacy_add_number(root, c, a, "data", 8, SHOW_HEX);
	if (f)
		hvm_param_value(f, legacy_param_index((int32_t)r->r->aux), a);
}

XEN_SUMMARY(legacy_param_summary)
{
	struct cursor c = xrec_cursor(r);
	uint32_t index = legacy_param_index((int32_t)r->r->aux);

	cursor_skip(&c, 4);
	return arena_printf(a, "%s 0x%llx", hvm_param_name(index, a),
			    (unsigned long long)cursor_u64(&c));
}

XEN_FIELDS(legacy_vcpu_info_fields)
{
	uint32_t room = field_room(root);

	legacy_add_id(r, root, a);
	legacy_add_number(root, c, a, "max_vcpu_id", 4, SHOW_DEC);
	for (uint32_t n = 0; n < room && cursor_left(c) >= 8; n++)
		legacy_add_number(root, c, a, "vcpumap", 8, SHOW_HEX)->at = n;
}

XEN_SUMMARY(legacy_vcpu_info_summary)
{
	struct cursor c = xrec_cursor(r);
	uint32_t max = cursor_u32(&c), online = 0;

	while (cursor_left(&c) >= 8)
		online += (uint32_t)__builtin_popcountll(cursor_u64(&c));
	return arena_printf(a, "%u online, the highest may be %u", online, max);
}

XEN_CHECK(legacy_vcpu_info_check)
{
	struct cursor c = xrec_cursor(r);
	uint32_t max = cursor_u32(&c);

	if (max > LEGACY_VCPU_MAX)
		XREC_NOTE(r, SEV_ERROR, "legacy-vcpu", 0, 4,
			  "a highest vCPU of %u: restore takes %d", max, LEGACY_VCPU_MAX);
}

static const struct layout tsc_layout[] = {
	{ .name = "mode", .width = 4, .show = SHOW_ENUM, .names = names_tsc_mode },
	{ .name = "nsec", .width = 8, .show = SHOW_NSEC },
	{ .name = "khz", .width = 4 },
	{ .name = "incarnation", .width = 4 },
	{ 0 },
};

XEN_FIELDS(legacy_tsc_info_fields)
{
	legacy_add_id(r, root, a);
	field_layout(root, a, tsc_layout, c, (struct value_env){ 0 });
}

XEN_SUMMARY(legacy_tsc_info_summary)
{
	struct cursor c = xrec_cursor(r);
	uint32_t mode = cursor_u32(&c);
	uint64_t nsec = cursor_u64(&c);
	uint32_t khz = cursor_u32(&c);

	return arena_printf(a, "mode %u, %u kHz, %llu ns, incarnation %u", mode, khz,
			    (unsigned long long)nsec, cursor_u32(&c));
}

XEN_CHECK(legacy_tsc_info_check)
{
	struct cursor c = xrec_cursor(r);
	uint32_t mode = cursor_u32(&c);

	if (mode > 3)
		XREC_NOTE(r, SEV_ERROR, "tsc-mode", 0, 4, "TSC mode %u, which is none", mode);
}

/* ---- transcendent memory ---- */

static const struct layout tmem_layout[] = {
	{ .name = "version", .width = 4 },
	{ .name = "max_pools", .width = 4 },
	{ .name = "end_of_head", .width = 4, .show = SHOW_HEX },
	{ .name = "flags", .width = 4, .show = SHOW_HEX },
	{ .name = "weight", .width = 4 },
	{ .name = "cap", .width = 4 },
	{ .name = "end_of_values", .width = 4, .show = SHOW_HEX },
	{ 0 },
};

static const struct layout tmem_pool_layout[] = {
	{ .name = "id", .width = 4 },
	{ .name = "flags", .width = 4, .show = SHOW_HEX },
	{ .name = "n_pages", .width = 4 },
	{ .name = "uuid", .width = 16, .show = SHOW_BYTES },
	{ 0 },
};

static struct field *add_group(struct field *parent, struct cursor *c, struct arena *a,
			       const char *name, uint32_t n)
{
	struct field *f =
		field_add(parent, a, FIELD_GROUP, name, (struct span){ cursor_offset(c), 0 });

	f->at = n;
	f->expanded = true;
	return f;
}

static void end_group(struct field *f, const struct cursor *c)
{
	f->span.length = cursor_offset(c) - f->span.offset;
}

static bool at_mark(const struct cursor *c, size_t width)
{
	static const uint8_t ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

	return cursor_left(c) >= width && !memcmp(c->at, ones, width);
}

/* A page of a pool: object id, index, bytes; an object of all ones ends the pool early. False: it
 * was that, or nothing is left. */
static bool tmem_page(struct field *pool, struct cursor *c, struct arena *a, uint64_t size,
		      uint32_t n)
{
	bool mark = at_mark(c, 8);
	struct field *f = add_group(pool, c, a, "page", n);

	xrec_add_bytes(f, c, a, "oid", 24);
	if (!mark) {
		legacy_add_number(f, c, a, "index", 4, SHOW_DEC);
		xrec_add_bytes(f, c, a, "bytes", size);
	}
	end_group(f, c);
	return !mark && cursor_left(c);
}

static void tmem_pool(struct field *root, struct cursor *c, struct arena *a, uint32_t n)
{
	struct field *f = add_group(root, c, a, "pool", n);
	uint32_t flags = le32_at(c->at + 4), pages = le32_at(c->at + 8), room = field_room(f);

	field_layout(f, a, tmem_pool_layout, c, (struct value_env){ 0 });
	for (uint32_t i = 0; i < pages && i < room && cursor_left(c); i++)
		if (!tmem_page(f, c, a, UINT64_C(1) << (12 + (flags >> 4 & 0xf)), i))
			break;
	end_group(f, c);
}

XEN_FIELDS(legacy_tmem_fields)
{
	uint32_t room = field_room(root) / 4;

	legacy_add_id(r, root, a);
	field_layout(root, a, tmem_layout, c, (struct value_env){ 0 });
	for (uint32_t n = 0; n < room && cursor_left(c) >= 28 && !at_mark(c, 4); n++)
		tmem_pool(root, c, a, n);
	if (at_mark(c, 4))
		frame(root, c, a, "end", 4, SHOW_HEX);
}

XEN_SUMMARY(legacy_tmem_summary)
{
	struct cursor c = xrec_cursor(r);
	uint32_t version = cursor_u32(&c);

	return arena_printf(a, "version %u, at most %u pools", version, cursor_u32(&c));
}

XEN_FIELDS(legacy_tmem_extra_fields)
{
	uint32_t room = field_room(root) / 4;

	legacy_add_id(r, root, a);
	for (uint32_t n = 0; n < room && cursor_left(c) >= 32 && !at_mark(c, 4); n++) {
		struct field *f = add_group(root, c, a, "page", n);

		legacy_add_number(f, c, a, "pool", 4, SHOW_DEC);
		xrec_add_bytes(f, c, a, "oid", 24);
		legacy_add_number(f, c, a, "index", 4, SHOW_DEC);
		end_group(f, c);
	}
	if (at_mark(c, 4))
		frame(root, c, a, "end", 4, SHOW_HEX);
}

XEN_SUMMARY(legacy_tmem_extra_summary)
{
	return arena_printf(a, "%zu pages that are gone", r->body.len / 32);
}

/* ---- bytes of others ---- */

XEN_FIELDS(legacy_compressed_fields)
{
	legacy_add_id(r, root, a);
	legacy_add_number(root, c, a, "size", word_of(r), SHOW_SIZE);
	xrec_add_bytes(root, c, a, "bytes", UINT64_MAX);
}

XEN_SUMMARY(legacy_compressed_summary)
{
	return arena_printf(a, "%s of packed pages",
			    text_size(r->body.len > word_of(r) ? r->body.len - word_of(r) : 0, a));
}

/* An entry of what libxl keeps of QEMU's memory; 64-bit senders leave four bytes more behind the
 * name. */
static void add_physmap(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a,
			uint32_t n)
{
	static const struct layout layout[] = {
		{ .name = "phys_offset", .width = 8, .show = SHOW_ADDRESS },
		{ .name = "start_addr", .width = 8, .show = SHOW_ADDRESS },
		{ .name = "size", .width = 8, .show = SHOW_HEX },
		{ .name = "namelen", .width = 4 },
		{ 0 },
	};
	struct field *group = add_group(root, c, a, "physmap", n), *f;
	uint64_t len = cursor_left(c) >= 28 ? le32_at(c->at + 24) : 0;
	struct span span;
	struct bytes b;

	field_layout(group, a, layout, c, (struct value_env){ 0 });
	if (len > cursor_left(c))
		len = cursor_left(c);
	span = (struct span){ cursor_offset(c), len };
	b = cursor_bytes(c, len);
	if (len) {
		if (!b.at[len - 1])
			b.len--;
		f = field_text(group, a, "name", b, span);
		f->value = (struct span){ span.offset, b.len };
	}
	if (word_of(r) == 8)
		xrec_add_bytes(group, c, a, "slack", 4);
	end_group(group, c);
}

XEN_FIELDS(legacy_toolstack_fields)
{
	uint32_t room = field_room(root) / 8, count;
	struct field *f;

	legacy_add_id(r, root, a);
	legacy_add_number(root, c, a, "len", 4, SHOW_DEC);
	legacy_add_number(root, c, a, "version", 4, SHOW_DEC);
	f = legacy_add_number(root, c, a, "count", 4, SHOW_DEC);
	count = f ? (uint32_t)f->u : 0;
	for (uint32_t n = 0; n < count && n < room && cursor_left(c) >= 28; n++)
		add_physmap(r, root, c, a, n);
}

XEN_SUMMARY(legacy_toolstack_summary)
{
	struct cursor c = xrec_cursor(r);
	uint32_t version;

	cursor_skip(&c, 4);
	version = cursor_u32(&c);
	return arena_printf(a, "version %u, %u stretches of device memory", version,
			    cursor_u32(&c));
}

XEN_CHECK(legacy_toolstack_check)
{
	struct cursor c = xrec_cursor(r);
	uint32_t version, count;

	cursor_skip(&c, 4);
	version = cursor_u32(&c);
	count = cursor_u32(&c);
	if (version != 1) {
		XREC_NOTE(r, SEV_ERROR, "legacy-toolstack", 4, 4, "version %u, not 1", version);
		return;
	}
	for (uint32_t n = 0; n < count && !c.spent; n++) {
		uint64_t at = cursor_offset(&c) - r->at;
		struct bytes name;

		cursor_skip(&c, 24);
		name = cursor_bytes(&c, cursor_u32(&c));
		if (c.spent || !name.len || name.at[name.len - 1])
			XREC_NOTE(r, SEV_ERROR, "legacy-toolstack", at, 28,
				  "entry %u has no name that ends with a NUL", n);
		cursor_skip(&c, word_of(r) == 8 ? 4 : 0);
	}
}
