/* Records whose bodies are short: what they say, and what may be wrong with them.
 *
 * Bodies are as the libxc and libxl stream specifications draw them. A body that is shorter than
 * its numbers claim has fewer fields; one that is longer shows the rest as a gap. Errors are
 * what restore or Xen's own verifier refuses, warnings what they object to and take, notes what is
 * odd. Of a record that the file cuts, sizes are not looked at. */
#include <inttypes.h>

#include "base/attr.h"
#include "base/text.h"
#include "xen/guest.h"
#include "xen/layouts.h"
#include "xen/records.h"

#define VCPU_HEAD 8u
#define TSC_BYTES 24u
#define VALUE_COLUMNS 60 /* of a text in a summary */

/* ---- helpers ---- */

struct cursor xrec_cursor(const struct xrec *r)
{
	struct cursor c = cursor_over(r->body, r->at);

	c.big = r->layer->xen->big;
	return c;
}

struct xrec xrec_payload(const struct xrec *r, size_t head)
{
	struct xrec inner = *r;
	size_t skip = head < r->body.len ? head : r->body.len;

	if (!skip)
		return inner;
	inner.at += skip;
	inner.body = (struct bytes){ r->body.at + skip, r->body.len - skip };
	return inner;
}

struct span xrec_span(const struct xrec *r, uint64_t at, uint64_t length)
{
	struct span span = span_clip((struct span){ at, length }, r->body.len);

	span.offset += r->at;
	return span;
}

struct field *xrec_add_bytes(struct field *root, struct cursor *c, struct arena *a,
			     const char *name, uint64_t length)
{
	struct span span = { cursor_offset(c), length < cursor_left(c) ? length : cursor_left(c) };
	struct field *f;

	if (!span.length)
		return NULL;
	f = field_add(root, a, FIELD_BYTES, name, span);
	f->show = SHOW_BYTES;
	f->bytes = cursor_bytes(c, span.length);
	return f;
}

bool xrec_is_cut(const struct xrec *r)
{
	return r->r && r->r->flags & RECORD_CUT;
}

bool xrec_check_zero(const struct xrec *r, enum severity severity, uint64_t at, uint64_t length,
		     const char *what)
{
	struct span span = span_clip((struct span){ at, length }, r->body.len);

	for (uint64_t n = span.offset; n < span.offset + span.length; n++)
		if (r->body.at[n]) {
			XREC_NOTE(r, severity, "reserved", at, length, "%s should be zero", what);
			return true;
		}
	return false;
}

/* Notes a body that is not `size` bytes long; false if it is too short to look into. */
static bool check_size(const struct xrec *r, const char *rule, size_t size)
{
	if (xrec_is_cut(r))
		return r->body.len >= size;
	if (r->body.len != size)
		XREC_NOTE(r, SEV_ERROR, rule, 0, r->body.len, "a body of %zu bytes instead of %zu",
			  r->body.len, size);
	return r->body.len >= size;
}

static void layout(struct field *root, struct arena *a, const struct layout *rows, struct cursor *c)
{
	field_layout(root, a, rows, c, root->env);
}

/* What is left, as one field. */
static void rest(struct field *root, struct arena *a, const char *name, struct cursor *c)
{
	struct span span = { cursor_offset(c), cursor_left(c) };
	struct field *f;

	if (!span.length)
		return;
	f = field_add(root, a, FIELD_BYTES, name, span);
	f->show = SHOW_BYTES;
	f->bytes = cursor_bytes(c, span.length);
}

/* What is left, as PFNs; `note` says something of number `n`, or is NULL. */
static void pfn_list(struct field *root, struct arena *a, const char *name, struct cursor *c,
		     const char *(*note)(const struct xrec *, uint64_t n, struct arena *),
		     const struct xrec *r)
{
	uint32_t room = field_room(root);
	struct field *f;

	for (uint32_t n = 0; cursor_left(c) >= 8; n++) {
		struct span span = { cursor_offset(c), 8 };

		if (n == room) {
			f = field_add(root, a, FIELD_GAP, "more",
				      (struct span){ cursor_offset(c), cursor_left(c) });
			f->trouble = "too many to list";
			return;
		}
		f = field_uint(root, a, name, cursor_u64(c), SHOW_ADDRESS, span);
		f->at = n;
		f->ref = xen_ref_pfn(f->u);
		f->note = note ? note(r, n, a) : NULL;
	}
}

/* ---- X86_PV_INFO ---- */

void pv_info_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	static const struct layout rows[] = {
		{ "guest_width", 1, SHOW_DEC, NULL },
		{ "pt_levels", 1, SHOW_DEC, NULL },
		{ "reserved", 6, SHOW_BYTES, NULL },
		{ 0 },
	};

	(void)r;
	layout(root, a, rows, c);
}

const char *pv_info_summary(const struct xrec *r, struct arena *a)
{
	struct cursor c = xrec_cursor(r);
	unsigned width = cursor_u8(&c), levels = cursor_u8(&c);

	return c.spent ? "" : arena_printf(a, "%u-bit guest, %u levels", 8 * width, levels);
}

void pv_info_check(const struct xrec *r)
{
	struct cursor c = xrec_cursor(r);
	unsigned width = cursor_u8(&c), levels = cursor_u8(&c);

	if (!check_size(r, "pv-info", 8))
		return;
	if (!(width == 4 && levels == 3) && !(width == 8 && levels == 4))
		XREC_NOTE(r, SEV_ERROR, "pv-info", 0, 2,
			  "no guest has words of %u bytes and %u levels of page tables", width,
			  levels);
	xrec_check_zero(r, SEV_ERROR, 2, 6, "the reserved bytes");
}

/* ---- X86_PV_P2M_FRAMES ---- */

static uint64_t frames_per_page(const struct xen *x)
{
	return x->guest_width == 4 ? 1024 : 512;
}

static const char *frame_note(const struct xrec *r, uint64_t n, struct arena *a)
{
	struct cursor c = xrec_cursor(r);
	uint64_t fpp = frames_per_page(r->layer->xen), first = (cursor_u32(&c) / fpp + n) * fpp;

	return arena_printf(a, "for 0x%" PRIx64 "..0x%" PRIx64, first, first + fpp - 1);
}

void p2m_frames_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	static const struct layout rows[] = {
		{ "start_pfn", 4, SHOW_ADDRESS, NULL },
		{ "end_pfn", 4, SHOW_ADDRESS, NULL },
		{ 0 },
	};

	layout(root, a, rows, c);
	pfn_list(root, a, "p2m_pfn", c, r->layer->xen->guest_width ? frame_note : NULL, r);
}

const char *p2m_frames_summary(const struct xrec *r, struct arena *a)
{
	struct cursor c = xrec_cursor(r);
	uint32_t start = cursor_u32(&c), end = cursor_u32(&c);

	if (c.spent)
		return "";
	return arena_printf(a, "0x%x..0x%x, %zu frames", start, end, cursor_left(&c) / 8);
}

/* Each page of the P2M must be an ordinary one that was sent. */
static void check_frames(const struct xrec *r, struct cursor *c)
{
	struct xen *x = r->layer->xen;
	const struct guest *g = xen_guest(x);
	const struct page_view *v = g ? memory_view(x->memory, g->passes) : NULL;

	for (uint64_t n = 0; v && cursor_left(c) >= 8; n++) {
		uint64_t pfn = cursor_u64(c), at = 8 + 8 * n;
		const struct page_run *run = page_view_find(v, pfn, NULL);

		if (!run)
			XREC_NOTE(r, SEV_ERROR, "p2m-frames", at, 8,
				  "page %" PRIu64 " of the P2M, PFN 0x%" PRIx64 ", is not here", n,
				  pfn);
		else if (run->type != PFINFO_NOTAB)
			XREC_NOTE(r, SEV_ERROR, "p2m-frames", at, 8,
				  "page %" PRIu64 " of the P2M, PFN 0x%" PRIx64
				  ", is no ordinary page (type %u)",
				  n, pfn, run->type);
	}
}

void p2m_frames_check(const struct xrec *r)
{
	struct xen *x = r->layer->xen;
	struct cursor c = xrec_cursor(r);
	uint64_t start = cursor_u32(&c), end = cursor_u32(&c), fpp = frames_per_page(x), count;

	if (c.spent) {
		check_size(r, "p2m-frames", 8);
		return;
	}
	count = end / fpp - start / fpp + 1;
	if (start > end)
		XREC_NOTE(r, SEV_ERROR, "p2m-frames", 0, 8,
			  "begins at 0x%" PRIx64 " and ends before, at 0x%" PRIx64, start, end);
	else if (!x->guest_width && r->body.len % 8 && !xrec_is_cut(r))
		XREC_NOTE(r, SEV_ERROR, "p2m-frames", 0, r->body.len,
			  "%zu bytes are no whole number of frames", r->body.len);
	else if (x->guest_width && r->body.len != 8 + 8 * count && !xrec_is_cut(r))
		XREC_NOTE(r, SEV_ERROR, "p2m-frames", 0, r->body.len,
			  "a body of %zu bytes; 0x%" PRIx64 "..0x%" PRIx64 " are %" PRIu64
			  " frames, so %" PRIu64 " bytes",
			  r->body.len, start, end, count, 8 + 8 * count);
	check_frames(r, &c);
}

/* ---- X86_PV_VCPU_* ---- */

typedef void (*fields_fn)(const struct xrec *, struct field *, struct cursor *, struct arena *);

static void vcpu_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a,
			fields_fn payload_fields)
{
	static const struct layout rows[] = {
		{ "vcpu_id", 4, SHOW_DEC, NULL },
		{ "reserved", 4, SHOW_ZERO, NULL },
		{ 0 },
	};
	struct xrec inner = xrec_payload(r, VCPU_HEAD);

	layout(root, a, rows, c);
	if (inner.body.len)
		payload_fields(&inner, root, c, a);
}

static const char *vcpu_summary(const struct xrec *r, struct arena *a,
				const char *(*payload_summary)(const struct xrec *, struct arena *))
{
	struct cursor c = xrec_cursor(r);
	uint32_t id = cursor_u32(&c);
	struct xrec inner = xrec_payload(r, VCPU_HEAD);
	const char *text;

	if (c.spent)
		return "";
	text = inner.body.len ? payload_summary(&inner, a) : "";
	return arena_printf(a, "vcpu%u %zu bytes%s%s", id, inner.body.len, *text ? ", " : "", text);
}

/* No payload at all was written by mistake, and is passed over on restore. */
static void vcpu_check(const struct xrec *r, void (*payload_check)(const struct xrec *))
{
	struct xrec inner = xrec_payload(r, VCPU_HEAD);

	if (r->body.len < VCPU_HEAD) {
		check_size(r, "vcpu", VCPU_HEAD);
		return;
	}
	xrec_check_zero(r, SEV_WARNING, 4, 4, "the reserved word");
	if (xrec_is_cut(r))
		return;
	if (inner.body.len)
		payload_check(&inner);
	else
		XREC_NOTE(r, SEV_WARNING, "vcpu", 0, VCPU_HEAD,
			  "nothing follows the vCPU's number");
}

#define VCPU_RECORD(kind, payload)                                                                 \
	void vcpu_##kind##_fields(const struct xrec *r, struct field *root, struct cursor *c,      \
				  struct arena *a)                                                 \
	{                                                                                          \
		vcpu_fields(r, root, c, a, payload##_fields);                                      \
	}                                                                                          \
	const char *vcpu_##kind##_summary(const struct xrec *r, struct arena *a)                   \
	{                                                                                          \
		return vcpu_summary(r, a, payload##_summary);                                      \
	}                                                                                          \
	void vcpu_##kind##_check(const struct xrec *r)                                             \
	{                                                                                          \
		vcpu_check(r, payload##_check);                                                    \
	}

VCPU_RECORD(basic, pv_context)
VCPU_RECORD(extended, pv_extended)
VCPU_RECORD(xsave, pv_xsave)
VCPU_RECORD(msrs, pv_msrs)

/* ---- SHARED_INFO ---- */

void shared_info_record_check(const struct xrec *r)
{
	if (check_size(r, "shared-info", XEN_PAGE))
		shared_info_check(r);
}

/* ---- X86_TSC_INFO ---- */

void tsc_info_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	static const struct layout rows[] = {
		{ "mode", 4, SHOW_ENUM, names_tsc_mode }, { "khz", 4, SHOW_DEC, NULL },
		{ "nsec", 8, SHOW_NSEC, NULL },           { "incarnation", 4, SHOW_DEC, NULL },
		{ "reserved", 4, SHOW_ZERO, NULL },       { 0 },
	};

	(void)r;
	layout(root, a, rows, c);
}

const char *tsc_info_summary(const struct xrec *r, struct arena *a)
{
	struct cursor c = xrec_cursor(r);
	uint32_t mode = cursor_u32(&c), khz = cursor_u32(&c);
	uint64_t nsec = cursor_u64(&c);

	return c.spent ? ""
		       : arena_printf(a, "mode %u, %u kHz, %s", mode, khz, value_span(nsec, a));
}

void tsc_info_check(const struct xrec *r)
{
	const struct xen *x = r->layer->xen;
	struct cursor c = xrec_cursor(r);
	uint32_t mode = cursor_u32(&c);
	bool until_411 = x->xen_major < 4 || (x->xen_major == 4 && x->xen_minor <= 11);

	if (!check_size(r, "tsc-info", TSC_BYTES))
		return;
	xrec_check_zero(r, SEV_WARNING, 20, 4, "the reserved word");
	if (mode > 3)
		XREC_NOTE(r, SEV_ERROR, "tsc-info", 0, 4, "there is no TSC mode %u", mode);
	else if (mode == 3)
		XREC_NOTE(r, until_411 ? SEV_NOTE : SEV_ERROR, "tsc-info", 0, 4,
			  "TSC mode 3 (PVRDTSCP) is refused since Xen 4.12");
}

/* ---- TOOLSTACK, CHECKPOINT_DIRTY_PFN_LIST ---- */

void toolstack_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	(void)r;
	rest(root, a, "data", c);
}

/* Senders of 64 bits since Xen 4.16 write eight zero bytes more between header and PFNs, which then
 * are the first "PFN", and push the last one out of the body. */
void dirty_pfn_list_fields(const struct xrec *r, struct field *root, struct cursor *c,
			   struct arena *a)
{
	(void)r;
	pfn_list(root, a, "pfn", c, NULL, NULL);
	if (root->last && root->last->at != FIELD_ONE && cursor_left(c))
		root->last->trouble = "bytes follow that are no PFN";
}

static bool has_wide_head(const struct xrec *r)
{
	struct cursor c = xrec_cursor(r);
	uint64_t first = cursor_u64(&c), second = cursor_u64(&c);

	return !c.spent && !first && second;
}

const char *dirty_pfn_list_summary(const struct xrec *r, struct arena *a)
{
	return arena_printf(a, "%zu pfn%s", r->body.len / 8,
			    has_wide_head(r) ? ", the first may be padding of the header" : "");
}

void dirty_pfn_list_check(const struct xrec *r)
{
	if (r->body.len % 8 && !xrec_is_cut(r))
		XREC_NOTE(r, SEV_ERROR, "dirty-pfn-list", 0, r->body.len,
			  "%zu bytes are no whole number of PFNs", r->body.len);
	if (has_wide_head(r))
		XREC_NOTE(r, SEV_NOTE, "dirty-pfn-list", 0, 8,
			  "the first eight bytes are zero, as senders since Xen 4.16 have them by "
			  "mistake");
}

/* ---- records without a body ---- */

const char *verify_summary(const struct xrec *r, struct arena *a)
{
	(void)r, (void)a;
	return "pages from here on are compared, not stored";
}

const char *checkpoint_summary(const struct xrec *r, struct arena *a)
{
	(void)r, (void)a;
	return "what came before is one snapshot";
}

const char *checkpoint_end_summary(const struct xrec *r, struct arena *a)
{
	(void)r, (void)a;
	return "the snapshot is committed";
}

const char *libxc_context_summary(const struct xrec *r, struct arena *a)
{
	(void)r, (void)a;
	return "the libxc stream follows";
}

/* ---- CHECKPOINT_STATE ---- */

void checkpoint_state_fields(const struct xrec *r, struct field *root, struct cursor *c,
			     struct arena *a)
{
	static const struct layout rows[] = {
		{ "control_id", 4, SHOW_ENUM, names_checkpoint_state },
		{ 0 },
	};

	(void)r;
	layout(root, a, rows, c);
}

const char *checkpoint_state_summary(const struct xrec *r, struct arena *a)
{
	struct cursor c = xrec_cursor(r);
	uint32_t id = cursor_u32(&c);

	return c.spent ? ""
		       : value_number(SHOW_ENUM, names_checkpoint_state, (struct value_env){ 0 },
				      id, false, 0, a);
}

/* The specification draws eight bytes, all senders write four. */
void checkpoint_state_check(const struct xrec *r)
{
	struct cursor c = xrec_cursor(r);
	uint32_t id = cursor_u32(&c);

	if (c.spent)
		check_size(r, "checkpoint-state", 4);
	else if (!value_name(names_checkpoint_state, id, (struct value_env){ 0 }))
		XREC_NOTE(r, SEV_WARNING, "checkpoint-state", 0, 4, "there is no control id %u",
			  id);
}

/* ---- frames of XAPI ---- */

void xapi_text_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	struct span span = { cursor_offset(c), cursor_left(c) };

	(void)r;
	if (span.length)
		field_text(root, a, "text", cursor_bytes(c, span.length), span);
}

const char *xapi_text_summary(const struct xrec *r, struct arena *a)
{
	return value_bytes(SHOW_TEXT, r->body, VALUE_COLUMNS, a);
}

void xapi_blob_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	(void)r;
	rest(root, a, "data", c);
}
