/* What Xen would refuse in a PV vCPU's records; what concerns frames of the guest is for those who
 * know them. */
#include <inttypes.h>

#include "xen/pv.h"

enum { GDT_MOST = 7168, LDT_MOST = 8192, EXTENDED_LEAST = 32, EXTENDED_MOST = 128 };

static bool is_canonical(uint64_t v)
{
	return v >> 47 == 0 || v >> 47 == UINT64_MAX >> 47;
}

static uint64_t number(const struct xrec *r, uint64_t at, unsigned width)
{
	return xen_number(r->layer->xen, r->at + at, width);
}

static void check_addresses(const struct xrec *r)
{
	static const struct {
		uint16_t at;
		const char *name;
	} rows[] = {
		{ 0x208 + 0x80, "rip" },
		{ 0x208 + 0x98, "rsp" },
		{ 0x1370, "kernel_sp" },
		{ 0x12d0, "ldt_base" },
		{ 0x13f8, "event_callback_eip" },
		{ 0x1400, "failsafe_callback_eip" },
		{ 0x1408, "syscall_callback_eip" },
		{ 0x1418, "fs_base" },
		{ 0x1420, "gs_base_kernel" },
		{ 0x1428, "gs_base_user" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!is_canonical(number(r, rows[i].at, 8)))
			XREC_NOTE(r, SEV_ERROR, "vcpu", rows[i].at, 8,
				  "%s is no canonical address: 0x%" PRIx64, rows[i].name,
				  number(r, rows[i].at, 8));
	for (uint64_t n = 0; n < 256; n++)
		if (!is_canonical(number(r, 0x2d0 + 16 * n + 8, 8)))
			XREC_NOTE(r, SEV_ERROR, "vcpu", 0x2d0 + 16 * n, 16,
				  "the handler of trap %" PRIu64
				  " is no canonical address: 0x%" PRIx64,
				  n, number(r, 0x2d0 + 16 * n + 8, 8));
	for (uint64_t n = 6; n < 8; n++)
		if (number(r, 0x13b8 + 8 * n, 8) >> 32)
			XREC_NOTE(r, SEV_ERROR, "vcpu", 0x13b8 + 8 * n, 8,
				  "DR%" PRIu64 " has more than 32 bits", n);
}

void pv_context_check(const struct xrec *r)
{
	bool wide = r->body.len == PV_CONTEXT_64;
	unsigned width = wide ? 8 : 4;
	uint64_t gdt = wide ? 0x1360 : 0xa90, ldt = wide ? 0x12d0 : 0xa48;
	uint32_t guest = pv_width(r->layer->xen);

	if (!r->body.len)
		return;
	if (!wide && r->body.len != PV_CONTEXT_32) {
		XREC_NOTE(r, SEV_ERROR, "vcpu", 0, r->body.len,
			  "a vCPU's context has %zu bytes, not %u or %u", r->body.len,
			  PV_CONTEXT_64, PV_CONTEXT_32);
		return;
	}
	if (guest && guest != width)
		XREC_NOTE(r, SEV_ERROR, "vcpu", 0, r->body.len,
			  "a context of %u bits in a guest of %u", width * 8, guest * 8);
	if (number(r, gdt, width) > GDT_MOST)
		XREC_NOTE(r, SEV_ERROR, "vcpu", gdt, width, "gdt_ents is %" PRIu64 ", above %u",
			  number(r, gdt, width), (unsigned)GDT_MOST);
	if (number(r, ldt, width) % XEN_PAGE)
		XREC_NOTE(r, SEV_ERROR, "vcpu", ldt, width,
			  "ldt_base 0x%" PRIx64 " is not at a page's start", number(r, ldt, width));
	if (number(r, ldt + width, width) > LDT_MOST)
		XREC_NOTE(r, SEV_ERROR, "vcpu", ldt + width, width,
			  "ldt_ents is %" PRIu64 ", above %u", number(r, ldt + width, width),
			  (unsigned)LDT_MOST);
	if (wide)
		check_addresses(r);
	else if (number(r, 0x204 + 0x28, 4) >> 17 & 1)
		XREC_NOTE(r, SEV_ERROR, "vcpu", 0x204 + 0x28, 4, "eflags has VM set");
}

void pv_extended_check(const struct xrec *r)
{
	if (!r->body.len)
		return;
	if (r->body.len > EXTENDED_MOST)
		XREC_NOTE(r, SEV_ERROR, "vcpu", 0, r->body.len,
			  "an extended context has %zu bytes, above %u", r->body.len,
			  (unsigned)EXTENDED_MOST);
	if (r->body.len < 8 || number(r, 4, 4) < EXTENDED_LEAST) {
		XREC_NOTE(r, SEV_ERROR, "vcpu", 0, r->body.len,
			  "an extended context of less than %u bytes", (unsigned)EXTENDED_LEAST);
		return;
	}
	for (uint64_t at = 8; at < 24 && r->body.len >= 24; at += 8)
		if (!is_canonical(number(r, at, 8)))
			XREC_NOTE(r, SEV_ERROR, "vcpu", at, 8,
				  "%s is no canonical address: 0x%" PRIx64,
				  at == 8 ? "syscall32_callback_eip" : "sysenter_callback_eip",
				  number(r, at, 8));
}

void pv_xsave_check(const struct xrec *r)
{
	uint64_t xcr0 = number(r, 0, 8), accum = number(r, 8, 8), need;

	if (!r->body.len)
		return;
	if (r->body.len < 16) {
		XREC_NOTE(r, SEV_ERROR, "xsave", 0, r->body.len,
			  "XSAVE state has %zu bytes, less than 16", r->body.len);
		return;
	}
	xsave_area_check(r, 16, r->body.len - 16, xcr0, accum);
	need = 16 + xsave_area_size(r->layer->xen, accum);
	if (r->body.len != 16 && r->body.len != need)
		XREC_NOTE(r, SEV_ERROR, "xsave", 0, r->body.len,
			  "XSAVE state has %zu bytes, but xcr0_accum 0x%" PRIx64 " needs %" PRIu64,
			  r->body.len, accum, need);
}

/* The MSRs that Xen takes for a PV vCPU. */
static bool is_restored(uint32_t index)
{
	static const uint32_t known[] = { 0x48,       0x140,      0xc0000103, 0xc0011019,
					  0xc001101a, 0xc001101b, 0xc0011027 };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i] == index)
			return true;
	return false;
}

void pv_msrs_check(const struct xrec *r)
{
	if (r->body.len % 16)
		XREC_NOTE(r, SEV_ERROR, "vcpu", 0, r->body.len,
			  "a list of MSRs has %zu bytes, no multiple of 16", r->body.len);
	for (uint64_t at = 0; at + 16 <= r->body.len; at += 16) {
		uint32_t index = (uint32_t)number(r, at, 4);

		if (number(r, at + 4, 4))
			XREC_NOTE(r, SEV_ERROR, "vcpu", at + 4, 4,
				  "reserved bytes of MSR 0x%x are not 0", index);
		if (!is_restored(index))
			XREC_NOTE(r, SEV_ERROR, "vcpu", at, 4,
				  "MSR 0x%x is none that Xen restores for a PV guest", index);
	}
}
