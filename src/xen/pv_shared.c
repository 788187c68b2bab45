/* shared_info, the page that a PV guest shares with the hypervisor, and start_info, which it was
 * started with. The frame numbers in shared_info are those of the host that saved. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "xen/pv.h"

static void more_mfn(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	(void)a;
	f->ref = (struct ref){ 0 };
	f->note = f->u ? "MFN of the host that saved" : "none";
}

static void more_word_hi(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	(void)a;
	f->note = f->u ? "seconds, upper half" : NULL;
}

static const struct shape time_shape[] = {
	{ "version", 4, .show = SHOW_DEC },
	{ "pad0", 4, .show = SHOW_HEX },
	{ "tsc_timestamp", 8, .show = SHOW_DEC },
	{ "system_time", 8, .show = SHOW_NSEC },
	{ "tsc_to_system_mul", 4, .show = SHOW_HEX },
	{ "tsc_shift", 1, .show = SHOW_DEC, .more = more_signed },
	{ "flags", 1, .show = SHOW_FLAGS, .names = names_pvclock },
	{ "pad1", 2, .show = SHOW_BYTES },
	{ 0 },
};

static const struct shape vcpu_info_64[] = {
	{ "evtchn_upcall_pending", 1, .show = SHOW_BOOL },
	{ "evtchn_upcall_mask", 1, .show = SHOW_BOOL },
	{ "_pad", 6, .show = SHOW_BYTES },
	{ "evtchn_pending_sel", 8, .show = SHOW_HEX, .more = more_bits },
	{ "arch.cr2", 8, .show = SHOW_ADDRESS },
	{ "arch.pad", 8, .show = SHOW_HEX },
	{ "time", 32, .of = time_shape },
	{ 0 },
};

static const struct shape vcpu_info_32[] = {
	{ "evtchn_upcall_pending", 1, .show = SHOW_BOOL },
	{ "evtchn_upcall_mask", 1, .show = SHOW_BOOL },
	{ "_pad", 2, .show = SHOW_BYTES },
	{ "evtchn_pending_sel", 4, .show = SHOW_HEX, .more = more_bits },
	{ "arch.cr2", 4, .show = SHOW_ADDRESS },
	{ "arch.pad", 20, .show = SHOW_BYTES },
	{ "time", 32, .of = time_shape },
	{ 0 },
};

static void more_vcpu_info(const struct xen *x, struct field *f, struct arena *a)
{
	uint64_t flags = xen_number(x, f->span.offset, 2);
	uint64_t clock = xen_number(x, f->span.offset + 32, 4);

	(void)a;
	f->note = flags & 0xff     ? "event pending"
		  : flags & 0xff00 ? "events masked"
		  : clock          ? "in use"
				   : "not in use";
}

static const struct shape shared_64[] = {
	{ "vcpu_info", 64, 32, .of = vcpu_info_64, .more = more_vcpu_info },
	{ "evtchn_pending", 8, 64, .show = SHOW_HEX, .more = more_bits },
	{ "evtchn_mask", 8, 64, .show = SHOW_HEX },
	{ "wc_version", 4, .show = SHOW_DEC },
	{ "wc_sec", 4, .show = SHOW_TIME },
	{ "wc_nsec", 4, .show = SHOW_NSEC },
	{ "wc_sec_hi", 4, .show = SHOW_DEC, .more = more_word_hi },
	{ "arch.max_pfn", 8, .show = SHOW_DEC },
	{ "arch.pfn_to_mfn_frame_list_list", 8, .show = SHOW_ADDRESS, .more = more_mfn },
	{ "arch.nmi_reason", 8, .show = SHOW_HEX },
	{ "arch.p2m_cr3", 8, .show = SHOW_ADDRESS, .more = more_mfn },
	{ "arch.p2m_vaddr", 8, .show = SHOW_ADDRESS },
	{ "arch.p2m_generation", 8, .show = SHOW_DEC },
	{ 0 },
};

static const struct shape shared_32[] = {
	{ "vcpu_info", 64, 32, .of = vcpu_info_32, .more = more_vcpu_info },
	{ "evtchn_pending", 4, 32, .show = SHOW_HEX, .more = more_bits },
	{ "evtchn_mask", 4, 32, .show = SHOW_HEX },
	{ "wc_version", 4, .show = SHOW_DEC },
	{ "wc_sec", 4, .show = SHOW_TIME },
	{ "wc_nsec", 4, .show = SHOW_NSEC },
	{ "arch.max_pfn", 4, .show = SHOW_DEC },
	{ "arch.pfn_to_mfn_frame_list_list", 4, .show = SHOW_ADDRESS, .more = more_mfn },
	{ "arch.nmi_reason", 4, .show = SHOW_HEX },
	{ "arch.p2m_cr3", 4, .show = SHOW_ADDRESS, .more = more_mfn },
	{ "arch.p2m_vaddr", 4, .show = SHOW_ADDRESS },
	{ "arch.p2m_generation", 4, .show = SHOW_DEC },
	{ "arch.wc_sec_hi", 4, .show = SHOW_DEC, .more = more_word_hi },
	{ 0 },
};

enum { EVENTS_AT = 0x800 };

/* Ports whose bit is `set` in one of the two bitmaps. Words are in the stream's order. */
static const char *ports(const struct xen *x, uint64_t at, uint32_t width, bool set,
			 struct arena *a)
{
	uint32_t bytes = width * width * 8;
	uint8_t map[512];

	for (uint32_t i = 0; i < bytes; i++) {
		uint64_t word = xen_number(x, at + i / width * width, width);
		uint8_t part = (uint8_t)(word >> 8 * (i % width));

		map[i] = set ? part : (uint8_t)~part;
	}
	return bits_text((struct bytes){ map, bytes }, 0, a);
}

static const char *or_none(const char *text)
{
	return *text ? text : "none";
}

void shared_info_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	const struct xen *x = r->layer->xen;
	uint64_t at = cursor_offset(c);
	uint32_t width = pv_width(x) == 4 ? 4 : 8, map = width * width * 8;

	if (!shape_fields(x, root, width == 4 ? shared_32 : shared_64, c, a))
		return;
	field_derived(root, a, "pending_ports", or_none(ports(x, at + EVENTS_AT, width, true, a)));
	field_derived(root, a, "unmasked_ports",
		      or_none(ports(x, at + EVENTS_AT + map, width, false, a)));
}

const char *shared_info_summary(const struct xrec *r, struct arena *a)
{
	const struct xen *x = r->layer->xen;
	uint32_t width = pv_width(x) == 4 ? 4 : 8;
	uint64_t max_pfn = xen_number(x, r->at + (width == 4 ? 0x90c : 0xc10), width);

	if (r->body.len < XEN_PAGE)
		return "";
	return arena_printf(a, "%" PRIu64 " frames, events pending: %s", max_pfn,
			    or_none(ports(x, r->at + EVENTS_AT, width, true, a)));
}

void shared_info_check(const struct xrec *r)
{
	if (r->body.len != XEN_PAGE)
		XREC_NOTE(r, SEV_ERROR, "shared-info", 0, r->body.len,
			  "shared_info has %zu bytes, not 4096", r->body.len);
}

/* ---- start_info ---- */

static const struct shape start_64[] = {
	{ "magic", 32, .show = SHOW_TEXT },
	{ "nr_pages", 8, .show = SHOW_DEC },
	{ "shared_info", 8, .show = SHOW_ADDRESS, .more = more_mfn },
	{ "flags", 4, .show = SHOW_FLAGS, .names = names_sif },
	{ "_pad0", 4, .show = SHOW_BYTES },
	{ "store_mfn", 8, .show = SHOW_ADDRESS, .more = more_pfn },
	{ "store_evtchn", 4, .show = SHOW_DEC },
	{ "_pad1", 4, .show = SHOW_BYTES },
	{ "console.domU.mfn", 8, .show = SHOW_ADDRESS, .more = more_pfn },
	{ "console.domU.evtchn", 4, .show = SHOW_DEC },
	{ "_pad2", 4, .show = SHOW_BYTES },
	{ "pt_base", 8, .show = SHOW_ADDRESS },
	{ "nr_pt_frames", 8, .show = SHOW_DEC },
	{ "mfn_list", 8, .show = SHOW_ADDRESS },
	{ "mod_start", 8, .show = SHOW_ADDRESS },
	{ "mod_len", 8, .show = SHOW_SIZE },
	{ "cmd_line", 1024, .show = SHOW_TEXT },
	{ "first_p2m_pfn", 8, .show = SHOW_ADDRESS, .more = more_pfn },
	{ "nr_p2m_frames", 8, .show = SHOW_DEC },
	{ 0 },
};

static const struct shape start_32[] = {
	{ "magic", 32, .show = SHOW_TEXT },
	{ "nr_pages", 4, .show = SHOW_DEC },
	{ "shared_info", 4, .show = SHOW_ADDRESS, .more = more_mfn },
	{ "flags", 4, .show = SHOW_FLAGS, .names = names_sif },
	{ "store_mfn", 4, .show = SHOW_ADDRESS, .more = more_pfn },
	{ "store_evtchn", 4, .show = SHOW_DEC },
	{ "console.domU.mfn", 4, .show = SHOW_ADDRESS, .more = more_pfn },
	{ "console.domU.evtchn", 4, .show = SHOW_DEC },
	{ "pt_base", 4, .show = SHOW_ADDRESS },
	{ "nr_pt_frames", 4, .show = SHOW_DEC },
	{ "mfn_list", 4, .show = SHOW_ADDRESS },
	{ "mod_start", 4, .show = SHOW_ADDRESS },
	{ "mod_len", 4, .show = SHOW_SIZE },
	{ "cmd_line", 1024, .show = SHOW_TEXT },
	{ "first_p2m_pfn", 4, .show = SHOW_ADDRESS, .more = more_pfn },
	{ "nr_p2m_frames", 4, .show = SHOW_DEC },
	{ 0 },
};

/* The magic says the width, too: "xen-3.0-x86_32p". */
static bool is_narrow(const struct xen *x, struct bytes magic)
{
	uint32_t width = pv_width(x);

	return width ? width == 4
		     : magic.len && memmem(magic.at, magic.len, "x86_32", strlen("x86_32"));
}

void start_info_fields(const struct xen *x, const struct source *src, struct span page,
		       struct field *parent, struct arena *a)
{
	struct cursor c = source_cursor(src, page);

	c.big = x->big;
	shape_fields(x, parent,
		     is_narrow(x, source_view(src, page.offset, 32)) ? start_32 : start_64, &c, a);
}
