/* What is wrong with an HVM context: what Xen would refuse is an error, what it would not mind and
 * is odd all the same is less. Xen takes an entry that is shorter than it knows only of those types
 * that have grown (HVM_EXTEND), and reads the rest as zeros; so do the checks. */
#include <inttypes.h>

#include "base/text.h"
#include "xen/hvm.h"

/* A number of an entry's body; 0 if the entry ends before it. */
static uint64_t member(const struct xrec *r, struct span body, uint64_t at, unsigned width)
{
	if (at > body.length || width > body.length - at)
		return 0;
	return xen_number(r->layer->xen, body.offset + at, width);
}

/* Notes about bytes [at, at + length) of an entry's body. */
#define NOTE(r, severity, body, at, length, ...)                                                   \
	XEN_NOTE((r)->layer, severity, "hvm-context",                                              \
		 ((struct span){ (body).offset + (at), length }), __VA_ARGS__)

void hvm_check_header(const struct xrec *r, struct span body)
{
	struct cpuid_leaf leaf;
	uint32_t cpuid = (uint32_t)member(r, body, 16, 4);

	if (member(r, body, 0, 4) != HVM_MAGIC)
		NOTE(r, SEV_ERROR, body, 0, 4, "HEADER has magic 0x%" PRIx64 ", not 0x%x",
		     member(r, body, 0, 4), HVM_MAGIC);
	if (member(r, body, 4, 4) != 1)
		NOTE(r, SEV_ERROR, body, 4, 4, "HEADER has version %" PRIu64 ", not 1",
		     member(r, body, 4, 4));
	if (cpuid_leaf(r->layer->xen, 1, 0, &leaf) && (leaf.a ^ cpuid) & ~15u)
		NOTE(r, SEV_WARNING, body, 16, 4,
		     "saved on a processor with CPUID signature 0x%x, but the policy has 0x%x",
		     cpuid, leaf.a);
}

/* Bits that CR0 may have: PE MP EM TS ET NE WP AM NW CD PG. */
#define CR0_KNOWN UINT64_C(0xe005003f)
/* SCE LME LMA NXE SVME LMSLE FFXSE, and AIBRSE. */
#define EFER_KNOWN UINT64_C(0x207d01)

static void check_control(const struct xrec *r, struct span body)
{
	uint64_t cr0 = member(r, body, 0x290, 8), cr3 = member(r, body, 0x2a0, 8);
	uint64_t efer = member(r, body, 0x3e0, 8);
	bool pg = cr0 >> 31 & 1, lme = efer >> 8 & 1, lma = efer >> 10 & 1;
	struct cpuid_leaf leaf;

	if (cr0 & ~CR0_KNOWN)
		NOTE(r, SEV_ERROR, body, 0x290, 8, "CR0 0x%" PRIx64 " has reserved bits set", cr0);
	if (!(cr0 >> 4 & 1))
		NOTE(r, SEV_ERROR, body, 0x290, 8, "CR0 0x%" PRIx64 " has ET clear", cr0);
	if (pg && !(cr0 & 1))
		NOTE(r, SEV_ERROR, body, 0x290, 8, "CR0 0x%" PRIx64 " has PG without PE", cr0);
	if (efer & ~EFER_KNOWN)
		NOTE(r, SEV_ERROR, body, 0x3e0, 8, "EFER 0x%" PRIx64 " has unknown bits", efer);
	if (lma && (!lme || !pg))
		NOTE(r, SEV_ERROR, body, 0x3e0, 8, "EFER 0x%" PRIx64 " has LMA without %s", efer,
		     lme ? "CR0.PG" : "LME");
	if (cpuid_leaf(r->layer->xen, 0x80000008, 0, &leaf) && (leaf.a & 0xff) >= 32 &&
	    (leaf.a & 0xff) < 64 && (cr3 & ~(UINT64_C(1) << 63)) >> (leaf.a & 0xff))
		NOTE(r, SEV_ERROR, body, 0x2a0, 8, "CR3 0x%" PRIx64 " has more than %u bits", cr3,
		     leaf.a & 0xff);
}

void hvm_check_cpu(const struct xrec *r, struct span body)
{
	uint64_t flags = member(r, body, 0x400, 4);

	check_control(r, body);
	if (member(r, body, 0x2d0, 8) >> 32)
		NOTE(r, SEV_ERROR, body, 0x2d0, 8, "DR6 has more than 32 bits");
	if (member(r, body, 0x2d8, 8) >> 32)
		NOTE(r, SEV_ERROR, body, 0x2d8, 8, "DR7 has more than 32 bits");
	if (body.length != HVM_CPU_OLDEST && member(r, body, 0x3e8, 8) >> 32)
		NOTE(r, SEV_ERROR, body, 0x3e8, 8, "TSC_AUX has more than 32 bits");
	if (flags & ~UINT64_C(1))
		NOTE(r, SEV_ERROR, body, 0x400, 4, "CPU flags 0x%" PRIx64 " are not known", flags);
	if (member(r, body, 0x404, 4))
		NOTE(r, SEV_ERROR, body, 0x404, 4, "pad0 of CPU is not 0");
}

void hvm_check_pic(const struct xrec *r, struct span body)
{
	uint64_t instance = xen_number(r->layer->xen, body.offset - 6, 2);
	bool master = member(r, body, 5, 1) & 0x40;

	if (instance > 1)
		NOTE(r, SEV_ERROR, body, 0, 8, "there is no PIC %" PRIu64, instance);
	else if (master != !instance)
		NOTE(r, SEV_ERROR, body, 5, 1, "PIC %" PRIu64 " has is_master %d", instance,
		     master);
	if (member(r, body, 7, 1) > 1)
		NOTE(r, SEV_ERROR, body, 7, 1, "int_output of a PIC is %" PRIu64,
		     member(r, body, 7, 1));
	else if (member(r, body, 7, 1) && member(r, body, 4, 1) & 15)
		NOTE(r, SEV_ERROR, body, 7, 1, "int_output is set while a PIC is initialised");
}

void hvm_check_lapic(const struct xrec *r, struct span body)
{
	uint64_t base = member(r, body, 0, 8);

	if ((base & 0xc00) == 0x400)
		NOTE(r, SEV_ERROR, body, 0, 8,
		     "APIC_BASE 0x%" PRIx64 " has x2APIC on, but the APIC off", base);
}

void hvm_check_pci_link(const struct xrec *r, struct span body)
{
	for (uint64_t i = 0; i < 4; i++)
		if (member(r, body, i, 1) >= 16)
			NOTE(r, SEV_ERROR, body, i, 1, "PCI link %c goes to GSI %" PRIu64,
			     'A' + (int)i, member(r, body, i, 1));
	if (member(r, body, 4, 4))
		NOTE(r, SEV_ERROR, body, 4, 4, "pad0 of PCI_LINK is not 0");
}

/* Limits of a PIT channel's members. */
static const struct limit {
	const char *name;
	uint8_t at, width;
	uint32_t most;
} pit_limits[] = {
	{ "count", 0, 4, 0x10000 },  { "count_latched", 6, 1, 4 }, { "read_state", 9, 1, 4 },
	{ "write_state", 10, 1, 4 }, { "rw_mode", 12, 1, 3 },      { "bcd", 14, 1, 1 },
	{ "gate", 15, 1, 1 },
};

void hvm_check_pit(const struct xrec *r, struct span body)
{
	for (unsigned ch = 0; ch < 3; ch++) {
		for (size_t i = 0; i < ARRAY_LEN(pit_limits); i++) {
			const struct limit *l = &pit_limits[i];
			uint64_t at = 16 * ch + l->at, v = member(r, body, at, l->width);

			if (v > l->most)
				NOTE(r, SEV_ERROR, body, at, l->width,
				     "%s of PIT channel %u is %" PRIu64 ", above %u", l->name, ch,
				     v, l->most);
		}
		if (ch < 2 && !member(r, body, 16 * ch + 15, 1))
			NOTE(r, SEV_ERROR, body, 16 * ch + 15, 1, "the gate of PIT channel %u is 0",
			     ch);
	}
	if (member(r, body, 0x30, 4) > 1)
		NOTE(r, SEV_ERROR, body, 0x30, 4, "speaker_data_on of the PIT is not 0 or 1");
	if (member(r, body, 0x34, 4))
		NOTE(r, SEV_ERROR, body, 0x34, 4, "pad0 of PIT is not 0");
}

void hvm_check_mtrr(const struct xrec *r, struct span body)
{
	uint64_t count = member(r, body, 0xe0, 8) & 0xff;

	if (count > 8)
		NOTE(r, SEV_ERROR, body, 0xe0, 8, "MTRRcap counts %" PRIu64 " variable ranges",
		     count);
}

void hvm_check_viridian_vcpu(const struct xrec *r, struct span body)
{
	for (uint64_t i = 9; i < 16; i++)
		if (member(r, body, i, 1)) {
			NOTE(r, SEV_ERROR, body, 9, 7, "_pad of VIRIDIAN_VCPU is not 0");
			return;
		}
}

static bool is_zero(const struct xen *x, uint64_t from, uint64_t to)
{
	struct bytes b = source_view(x->src, from, to - from);

	for (size_t i = 0; i < b.len; i++)
		if (b.at[i])
			return false;
	return true;
}

void hvm_check_xsave(const struct xrec *r, struct span body)
{
	uint64_t accum = member(r, body, 16, 8);
	uint64_t need = 24 + xsave_area_size(r->layer->xen, accum);

	if (body.length < 24 + XSAVE_LEAST) {
		NOTE(r, SEV_WARNING, body, 0, body.length,
		     "CPU_XSAVE has %" PRIu64 " bytes: too few for any state, taken as empty",
		     body.length);
		return;
	}
	xsave_area_check(r, body.offset - r->at + 24, body.length - 24, member(r, body, 8, 8),
			 accum);
	if (body.length < need)
		NOTE(r, SEV_ERROR, body, 0, body.length,
		     "CPU_XSAVE has %" PRIu64 " bytes, but xcr0_accum 0x%" PRIx64 " needs %" PRIu64,
		     body.length, accum, need);
	else if (!is_zero(r->layer->xen, body.offset + need, body.offset + body.length))
		NOTE(r, SEV_ERROR, body, need, body.length - need,
		     "CPU_XSAVE is longer than xcr0_accum 0x%" PRIx64
		     " needs, and the rest is not zero",
		     accum);
}

/* The MSRs that Xen takes from an entry. */
static bool is_restored(uint32_t index)
{
	static const uint32_t known[] = {
		0x48,       0x140,      0x6e1,      0xd90,      0xda0,
		0xc001011f, 0xc0011019, 0xc001101a, 0xc001101b, 0xc0011027,
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i] == index)
			return true;
	return false;
}

void hvm_check_msrs(const struct xrec *r, struct span body)
{
	uint64_t count = member(r, body, 0, 4);

	if (!count)
		NOTE(r, SEV_ERROR, body, 0, 4, "CPU_MSR without an MSR");
	for (uint64_t at = 8; body.length >= 16 && at <= body.length - 16 && count--; at += 16) {
		uint32_t index = (uint32_t)member(r, body, at, 4);

		if (member(r, body, at + 4, 4))
			NOTE(r, SEV_ERROR, body, at + 4, 4, "_rsvd of MSR 0x%x is not 0", index);
		if (!is_restored(index))
			NOTE(r, SEV_ERROR, body, at, 4, "MSR 0x%x is none that Xen restores",
			     index);
	}
}

/* ---- entries ---- */

/* Lengths that Xen takes: of what has grown any up to the newest, of others the one there is. */
static void check_length(const struct xrec *r, const struct hvm_step *s,
			 const struct hvm_kind *kind)
{
	struct span at = { s->at, s->next - s->at };
	uint32_t newest = kind->lengths[0];

	if (s->type == HVM_CPU_MSR) {
		if (s->body.length >= 8 &&
		    s->length != 8 + 16 * xen_number(r->layer->xen, s->body.offset, 4))
			XEN_NOTE(r->layer, SEV_ERROR, "hvm-context", at,
				 s->resumed ? "CPU_MSR claims %u bytes, but has those of %" PRIu64
					      " MSRs: a mistake of Xen 4.5 to 4.9"
					    : "CPU_MSR has %u bytes, but counts %" PRIu64 " MSRs",
				 s->length, xen_number(r->layer->xen, s->body.offset, 4));
		return;
	}
	if (kind->flags & HVM_VARIES)
		return;
	if (s->length > newest || (s->length < newest && !(kind->flags & HVM_EXTEND))) {
		XEN_NOTE(r->layer, SEV_ERROR, "hvm-context", at, "%s has %u bytes, not %u",
			 kind->name, s->length, newest);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(kind->lengths); i++)
		if (kind->lengths[i] && s->length == kind->lengths[i])
			return;
	XEN_NOTE(r->layer, SEV_NOTE, "hvm-context", at, "%s has %u bytes, as no version of Xen had",
		 kind->name, s->length);
}

static void check_entry(const struct xrec *r, const struct hvm_step *s)
{
	const struct hvm_kind *kind = hvm_kind(s->type);
	struct span at = { s->at, s->next - s->at };

	if (s->cut)
		XEN_NOTE(r->layer, SEV_ERROR, "hvm-context", at,
			 "entry of type %u claims %u bytes, but only %" PRIu64 " are there",
			 s->type, s->length, s->body.length);
	if (!kind) {
		XEN_NOTE(r->layer, SEV_ERROR, "hvm-context", at, "unknown entry type %u", s->type);
		return;
	}
	if (!s->cut)
		check_length(r, s, kind);
	if (kind->check && !s->cut)
		kind->check(r, s->body);
}

void hvm_context_check(const struct xrec *r)
{
	struct span context = { r->at, r->body.len };
	struct hvm_step s = { 0 };
	uint64_t entries = 0;

	if (!context.length) {
		XREC_NOTE(r, SEV_ERROR, "hvm-context", 0, 0, "the HVM context is empty");
		return;
	}
	while (hvm_next(r->layer->xen, context, &s)) {
		if (!entries++ && (s.type != HVM_HEADER || s.length != 24))
			XEN_NOTE(r->layer, SEV_ERROR, "hvm-context",
				 ((struct span){ s.at, HVM_DESCRIPTOR }),
				 "the first entry is not a HEADER of 24 bytes");
		if (!s.last)
			check_entry(r, &s);
		else if (s.length)
			XEN_NOTE(r->layer, SEV_NOTE, "hvm-context",
				 ((struct span){ s.at, HVM_DESCRIPTOR }), "END has a length of %u",
				 s.length);
	}
	if (!s.last)
		XREC_NOTE(r, SEV_ERROR, "hvm-context", context.length, 0,
			  "the HVM context has no END");
}
