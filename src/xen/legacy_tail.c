/* Tails of a legacy stream, decoded: the hypervisor's own structures, as layouts.h knows them, and
 * the device model's record. */
#include "base/text.h"
#include "xen/layouts.h"
#include "xen/legacy.h"
#include "xen/legacy_rows.h"

/* Of a row that the file cuts off, that is said already. */
static bool is_cut(const struct xrec *r)
{
	return r->r->flags & RECORD_CUT;
}

/* "vCPU 1: " before what layouts.h says of a blob. */
static const char *of_vcpu(const struct xrec *r, const char *text, struct arena *a)
{
	return arena_printf(a, *text ? "vcpu %u: %s" : "vcpu %u%s", legacy_row_vcpu(r->r), text);
}

XEN_FIELDS(legacy_unmapped_fields)
{
	legacy_add_number(root, c, a, "nr_unmapped", 4, SHOW_DEC);
	legacy_add_pfns(r, root, c, a, "unmapped");
}

XEN_SUMMARY(legacy_unmapped_summary)
{
	struct cursor c = xrec_cursor(r);

	return arena_printf(a, "%u pages never sent", cursor_u32(&c));
}

/* ---- vCPUs ---- */

XEN_FIELDS(legacy_context_fields)
{
	pv_context_fields(r, root, c, a);
}

XEN_SUMMARY(legacy_context_summary)
{
	return of_vcpu(r, pv_context_summary(r, a), a);
}

XEN_CHECK(legacy_context_check)
{
	if (!is_cut(r))
		pv_context_check(r);
}

XEN_FIELDS(legacy_extended_fields)
{
	pv_extended_fields(r, root, c, a);
}

XEN_SUMMARY(legacy_extended_summary)
{
	return of_vcpu(r, pv_extended_summary(r, a), a);
}

XEN_CHECK(legacy_extended_check)
{
	if (!is_cut(r))
		pv_extended_check(r);
}

#define XSAVE_HEAD 16u /* mask, size: the blob of a record begins behind them */

XEN_FIELDS(legacy_xsave_fields)
{
	struct xrec inner = xrec_payload(r, XSAVE_HEAD);

	legacy_add_number(root, c, a, "mask", 8, SHOW_HEX);
	legacy_add_number(root, c, a, "size", 8, SHOW_DEC);
	if (cursor_left(c))
		pv_xsave_fields(&inner, root, c, a);
}

XEN_SUMMARY(legacy_xsave_summary)
{
	struct xrec inner = xrec_payload(r, XSAVE_HEAD);

	return of_vcpu(r, pv_xsave_summary(&inner, a), a);
}

XEN_CHECK(legacy_xsave_check)
{
	struct xrec inner = xrec_payload(r, XSAVE_HEAD);

	if (!is_cut(r))
		pv_xsave_check(&inner);
}

XEN_FIELDS(legacy_shared_info_fields)
{
	shared_info_fields(r, root, c, a);
}

XEN_SUMMARY(legacy_shared_info_summary)
{
	return shared_info_summary(r, a);
}

XEN_CHECK(legacy_shared_info_check)
{
	if (!is_cut(r))
		shared_info_check(r);
}

/* ---- HVM ---- */

XEN_FIELDS(legacy_magic_pfns_fields)
{
	static const struct {
		const char *name;
		uint32_t index;
	} params[] = { { "ioreq_pfn", 5 }, { "bufioreq_pfn", 6 }, { "store_pfn", 1 } };

	(void)r;
	for (size_t n = 0; n < ARRAY_LEN(params); n++) {
		struct field *f = legacy_add_number(root, c, a, params[n].name, 8, SHOW_HEX);

		if (f)
			hvm_param_value(f, params[n].index, a);
	}
}

XEN_SUMMARY(legacy_magic_pfns_summary)
{
	struct cursor c = xrec_cursor(r);
	unsigned long long ioreq = cursor_u64(&c), bufioreq = cursor_u64(&c);

	return arena_printf(a, "ioreq 0x%llx, bufioreq 0x%llx, store 0x%llx", ioreq, bufioreq,
			    (unsigned long long)cursor_u64(&c));
}

XEN_FIELDS(legacy_hvm_context_fields)
{
	if (r->r->head == 4) {
		struct cursor head = xen_cursor(r->layer->xen, (struct span){ r->r->offset, 4 });

		legacy_add_number(root, &head, a, "ctx_len", 4, SHOW_DEC);
	}
	hvm_context_fields(r, root, c, a);
}

XEN_SUMMARY(legacy_hvm_context_summary)
{
	return hvm_context_summary(r, a);
}

XEN_CHECK(legacy_hvm_context_check)
{
	if (!is_cut(r))
		hvm_context_check(r);
}

/* ---- the device model ---- */

static uint64_t model_head(const struct xrec *r)
{
	return legacy_model_head((struct bytes){
		r->body.at, r->body.len < LEGACY_MODEL_HEAD ? r->body.len : LEGACY_MODEL_HEAD });
}

XEN_FIELDS(legacy_device_model_fields)
{
	uint64_t head = model_head(r);
	struct span span = { cursor_offset(c), LEGACY_SIGNATURE };
	struct xrec inner = xrec_payload(r, (size_t)head);

	if (!head || cursor_left(c) < LEGACY_SIGNATURE) {
		xrec_add_bytes(root, c, a, "bytes", UINT64_MAX);
		return;
	}
	span.length = head == LEGACY_MODEL_HEAD ? LEGACY_SIGNATURE + 1 : LEGACY_SIGNATURE;
	field_text(root, a, "signature", cursor_bytes(c, span.length), span);
	if (head > LEGACY_SIGNATURE) {
		c->big = head == LEGACY_MODEL_HEAD;
		legacy_add_number(root, c, a, "len", 4, SHOW_DEC);
	}
	if (cursor_left(c))
		qemu_state_fields(&inner, root, c, a);
}

XEN_SUMMARY(legacy_device_model_summary)
{
	struct xrec inner = xrec_payload(r, (size_t)model_head(r));
	const char *text = qemu_state_summary(&inner, a);

	return *text ? text : arena_printf(a, "%s of state", text_size(inner.body.len, a));
}

XEN_CHECK(legacy_device_model_check)
{
	struct xrec inner = xrec_payload(r, (size_t)model_head(r));

	if (!is_cut(r))
		qemu_state_check(&inner);
}
