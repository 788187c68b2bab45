/* What a PV guest's vCPUs and its shared page are like, in the guest's own width.
 *
 * The toolstack has replaced machine frames by the guest's own numbers (PFNs) where the restoring
 * side needs them: in CR3, CR1 and the GDT's frames of a context, in vCPU 0's rdx. All other frame
 * numbers (the P2M's roots in shared_info) are still those of the host that saved. CR3 of 32-bit
 * guests is folded: its low 12 bits are the frame's bits 20 to 31. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "xen/layouts.h"
#include "xen/pv.h"
#include "xen/state.h"

/* ---- which width ---- */

/* The width that an X86_PV_INFO among the first records says; they may be read while the walk goes
 * on. */
static uint32_t width_in_index(const struct xen *x)
{
	for (size_t l = 0; l < x->layer_count; l++) {
		const struct layer *layer = &x->layers[l];

		if (layer->kind != LAYER_LIBXC || !layer->item || !layer->item->index)
			continue;
		for (size_t n = 0; n < 8; n++) {
			const struct record *r = index_at(layer->item->index, n);

			if (r && r->aux == REC_PV_INFO)
				return (uint32_t)xen_number(x, r->offset + r->head, 1);
		}
	}
	return 0;
}

uint32_t pv_width(const struct xen *x)
{
	uint32_t width = xen_walked(x) ? x->guest_width : width_in_index(x);

	return width == 4 || width == 8 ? width : 0;
}

uint32_t pv_context_width(const struct xen *x, uint64_t length)
{
	uint32_t width = pv_width(x);

	if (length == PV_CONTEXT_32 || length == PV_CONTEXT_64)
		return length == PV_CONTEXT_32 ? 4 : 8;
	return width ? width : length < PV_CONTEXT_64 ? 4 : 8;
}

uint64_t pv_root_pfn(uint64_t cr3, uint32_t width)
{
	if (width == 8)
		return cr3 >> 12;
	return (uint32_t)(cr3 >> 12 & 0xfffff) | (uint32_t)(cr3 << 20);
}

/* ---- vcpu_guest_context ---- */

static void more_ctrlreg(const struct xen *x, struct field *f, struct arena *a)
{
	uint32_t width = (uint32_t)f->span.length;
	uint64_t pfn = pv_root_pfn(f->u, width);

	(void)x;
	switch (f->at) {
	case 0:
		f->show = SHOW_FLAGS;
		f->names = names_cr0;
		break;
	case 1:
		if (!(f->u & 1))
			break;
		f->note = arena_printf(a, "page tables of user mode: PFN 0x%" PRIx64, pfn);
		f->ref = xen_ref_pfn(pfn);
		break;
	case 2:
		f->note = f->u ? "CR2: the address of the last page fault" : "CR2";
		break;
	case 3:
		f->note = arena_printf(a, "page tables%s: PFN 0x%" PRIx64,
				       width == 4 ? ", folded" : "", pfn);
		f->ref = xen_ref_pfn(pfn);
		break;
	case 4:
		f->show = SHOW_FLAGS;
		f->names = names_cr4;
		break;
	default:
		f->note = "not used";
	}
}

static void more_gdt_frame(const struct xen *x, struct field *f, struct arena *a)
{
	f->ref = (struct ref){ 0 };
	if (f->u)
		more_pfn(x, f, a);
}

/* vCPU 0 was suspended in the call that hands over its start_info. */
static void more_rdx(const struct xen *x, struct field *f, struct arena *a)
{
	uint32_t vcpu = shape_vcpu(f);

	if (vcpu && vcpu != VCPU_UNKNOWN)
		return;
	more_pfn(x, f, a);
	f->note = vcpu ? "of vCPU 0: PFN of start_info" : "PFN of start_info";
}

static void more_cs(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	f->note = arena_printf(a, "ring %u", (unsigned)(f->u & 3));
}

#define REG64(id)                                                                                  \
	{                                                                                          \
		id, 8, .show = SHOW_ADDRESS                                                        \
	}
#define REG32(id)                                                                                  \
	{                                                                                          \
		id, 4, .show = SHOW_ADDRESS                                                        \
	}
#define SELECTOR(id, pad)                                                                          \
	{ id, 2, .show = SHOW_HEX },                                                               \
	{                                                                                          \
		"_pad_" id, pad, .show = SHOW_BYTES                                                \
	}

static const struct shape user_regs_64[] = {
	REG64("r15"),
	REG64("r14"),
	REG64("r13"),
	REG64("r12"),
	REG64("rbp"),
	REG64("rbx"),
	REG64("r11"),
	REG64("r10"),
	REG64("r9"),
	REG64("r8"),
	REG64("rax"),
	REG64("rcx"),
	{ "rdx", 8, .show = SHOW_ADDRESS, .more = more_rdx },
	REG64("rsi"),
	REG64("rdi"),
	{ "error_code", 4, .show = SHOW_HEX },
	{ "entry_vector", 4, .show = SHOW_HEX },
	REG64("rip"),
	{ "cs", 2, .show = SHOW_HEX, .more = more_cs },
	{ "_pad_cs", 2, .show = SHOW_BYTES },
	{ "saved_upcall_mask", 1, .show = SHOW_BOOL },
	{ "_pad_mask", 3, .show = SHOW_BYTES },
	{ "rflags", 8, .show = SHOW_FLAGS, .names = names_rflags },
	REG64("rsp"),
	SELECTOR("ss", 6),
	SELECTOR("es", 6),
	SELECTOR("ds", 6),
	SELECTOR("fs", 6),
	SELECTOR("gs", 6),
	{ 0 },
};

static const struct shape user_regs_32[] = {
	REG32("ebx"),
	REG32("ecx"),
	{ "edx", 4, .show = SHOW_ADDRESS, .more = more_rdx },
	REG32("esi"),
	REG32("edi"),
	REG32("ebp"),
	REG32("eax"),
	{ "error_code", 2, .show = SHOW_HEX },
	{ "entry_vector", 2, .show = SHOW_HEX },
	REG32("eip"),
	{ "cs", 2, .show = SHOW_HEX, .more = more_cs },
	{ "saved_upcall_mask", 1, .show = SHOW_BOOL },
	{ "_pad_cs", 1, .show = SHOW_BYTES },
	{ "eflags", 4, .show = SHOW_FLAGS, .names = names_rflags },
	REG32("esp"),
	SELECTOR("ss", 2),
	SELECTOR("es", 2),
	SELECTOR("ds", 2),
	SELECTOR("fs", 2),
	SELECTOR("gs", 2),
	{ 0 },
};

static const struct shape trap_64[] = {
	{ "vector", 1, .show = SHOW_DEC },
	{ "flags", 1, .show = SHOW_FLAGS, .names = names_ti },
	{ "cs", 2, .show = SHOW_HEX },
	{ "_pad", 4, .show = SHOW_BYTES },
	REG64("address"),
	{ 0 },
};

static const struct shape trap_32[] = {
	{ "vector", 1, .show = SHOW_DEC },
	{ "flags", 1, .show = SHOW_FLAGS, .names = names_ti },
	{ "cs", 2, .show = SHOW_HEX },
	REG32("address"),
	{ 0 },
};

/* A slot of the virtual IDT: "#PF  0xe033:0xffffffff81c00b30". */
static void more_trap(const struct xen *x, struct field *f, struct arena *a)
{
	unsigned width = f->span.length == 16 ? 8 : 4;
	uint64_t address = xen_number(x, f->span.offset + width, width);
	const char *name = value_name(names_exception, f->at, (struct value_env){ ARCH_ALL });

	if (address)
		f->note = arena_printf(a, "%s%s0x%x:0x%" PRIx64, name ? name : "", name ? "  " : "",
				       (unsigned)xen_number(x, f->span.offset + 2, 2), address);
	else
		f->note = "not set";
}

static const struct shape context_64[] = {
	{ "fpu_ctxt", 512, .of = fxsave_shape },
	{ "flags", 8, .show = SHOW_FLAGS, .names = names_vgcf },
	{ "user_regs", 200, .of = user_regs_64 },
	{ "trap_ctxt", 16, 256, .of = trap_64, .more = more_trap },
	REG64("ldt_base"),
	{ "ldt_ents", 8, .show = SHOW_DEC },
	{ "gdt_frames", 8, 16, .show = SHOW_ADDRESS, .more = more_gdt_frame },
	{ "gdt_ents", 8, .show = SHOW_DEC },
	{ "kernel_ss", 8, .show = SHOW_HEX },
	REG64("kernel_sp"),
	{ "ctrlreg", 8, 8, .show = SHOW_ADDRESS, .more = more_ctrlreg },
	{ "debugreg", 8, 8, .show = SHOW_ADDRESS, .more = more_debugreg },
	REG64("event_callback_eip"),
	REG64("failsafe_callback_eip"),
	REG64("syscall_callback_eip"),
	{ "vm_assist", 8, .show = SHOW_FLAGS, .names = names_vm_assist },
	REG64("fs_base"),
	REG64("gs_base_kernel"),
	REG64("gs_base_user"),
	{ 0 },
};

static const struct shape context_32[] = {
	{ "fpu_ctxt", 512, .of = fxsave_shape },
	{ "flags", 4, .show = SHOW_FLAGS, .names = names_vgcf },
	{ "user_regs", 68, .of = user_regs_32 },
	{ "trap_ctxt", 8, 256, .of = trap_32, .more = more_trap },
	REG32("ldt_base"),
	{ "ldt_ents", 4, .show = SHOW_DEC },
	{ "gdt_frames", 4, 16, .show = SHOW_ADDRESS, .more = more_gdt_frame },
	{ "gdt_ents", 4, .show = SHOW_DEC },
	{ "kernel_ss", 4, .show = SHOW_HEX },
	REG32("kernel_sp"),
	{ "ctrlreg", 4, 8, .show = SHOW_ADDRESS, .more = more_ctrlreg },
	{ "debugreg", 4, 8, .show = SHOW_ADDRESS, .more = more_debugreg },
	{ "event_callback_cs", 4, .show = SHOW_HEX },
	REG32("event_callback_eip"),
	{ "failsafe_callback_cs", 4, .show = SHOW_HEX },
	REG32("failsafe_callback_eip"),
	{ "vm_assist", 4, .show = SHOW_FLAGS, .names = names_vm_assist },
	{ 0 },
};

void pv_context_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	const struct xen *x = r->layer->xen;
	bool wide = pv_context_width(x, cursor_left(c)) == 8;

	shape_fields(x, root, wide ? context_64 : context_32, c, a);
}

const char *pv_context_summary(const struct xrec *r, struct arena *a)
{
	const struct xen *x = r->layer->xen;
	uint32_t width = pv_context_width(x, r->body.len);
	bool kernel = xen_number(x, r->at + 0x200, 4) & 4;

	if (r->body.len < (width == 8 ? PV_CONTEXT_64 : PV_CONTEXT_32))
		return "";
	if (width == 8)
		return arena_printf(a, "rip 0x%" PRIx64 ", rsp 0x%" PRIx64 ", %s",
				    xen_number(x, r->at + 0x208 + 0x80, 8),
				    xen_number(x, r->at + 0x208 + 0x98, 8),
				    kernel ? "in kernel" : "in user mode");
	return arena_printf(a, "eip 0x%" PRIx64 ", esp 0x%" PRIx64 ", %s",
			    xen_number(x, r->at + 0x204 + 0x20, 4),
			    xen_number(x, r->at + 0x204 + 0x2c, 4),
			    kernel ? "in kernel" : "in user mode");
}

/* ---- ext_vcpucontext, XSAVE, MSRs ---- */

static const struct shape extended_shape[] = {
	{ "vcpu", 4, .show = SHOW_DEC },
	{ "size", 4, .show = SHOW_DEC },
	REG64("syscall32_callback_eip"),
	REG64("sysenter_callback_eip"),
	{ "syscall32_callback_cs", 2, .show = SHOW_HEX },
	{ "sysenter_callback_cs", 2, .show = SHOW_HEX },
	{ "syscall32_disables_events", 1, .show = SHOW_BOOL },
	{ "sysenter_disables_events", 1, .show = SHOW_BOOL },
	{ "_pad", 2, .show = SHOW_BYTES },
	{ "vmce.caps", 8, .show = SHOW_HEX },
	{ "vmce.mci_ctl2_bank0", 8, .show = SHOW_HEX },
	{ "vmce.mci_ctl2_bank1", 8, .show = SHOW_HEX },
	{ "vmce.mcg_ext_ctl", 8, .show = SHOW_HEX },
	{ 0 },
};

/* Members that the sender knew: it cut the structure at its own size; legacy streams fill it up to
 * 128 bytes. */
void pv_extended_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	const struct xen *x = r->layer->xen;
	uint64_t size = cursor_left(c) >= 8 ? xen_number(x, cursor_offset(c) + 4, 4) : 8;
	struct cursor known = cursor_sub(c, size < 8                ? cursor_left(c)
					    : size < cursor_left(c) ? size
								    : cursor_left(c));

	shape_fields(x, root, extended_shape, &known, a);
}

const char *pv_extended_summary(const struct xrec *r, struct arena *a)
{
	const struct xen *x = r->layer->xen;
	uint64_t syscall = xen_number(x, r->at + 8, 8), sysenter = xen_number(x, r->at + 16, 8);

	if (r->body.len < 24 || !(syscall | sysenter))
		return "";
	return arena_printf(a, "syscall32 0x%" PRIx64 ", sysenter 0x%" PRIx64, syscall, sysenter);
}

static const struct shape xsave_shape[] = {
	{ "xcr0", 8, .show = SHOW_FLAGS, .names = names_xcr0 },
	{ "xcr0_accum", 8, .show = SHOW_FLAGS, .names = names_xcr0 },
	{ 0 },
};

void pv_xsave_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	const struct xen *x = r->layer->xen;
	uint64_t at = cursor_offset(c);

	if (shape_fields(x, root, xsave_shape, c, a) && cursor_left(c) >= XSAVE_LEAST)
		xsave_area_fields(x, root, xen_number(x, at + 8, 8), c, a);
}

const char *pv_xsave_summary(const struct xrec *r, struct arena *a)
{
	if (r->body.len < 16)
		return "";
	if (r->body.len == 16)
		return "no state";
	return arena_printf(a, "xcr0 %s",
			    value_flags(names_xcr0, xen_number(r->layer->xen, r->at, 8),
					(struct value_env){ ARCH_ALL }, "|", a));
}

void pv_msrs_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	msr_list_fields(r->layer->xen, root, c, a);
}

const char *pv_msrs_summary(const struct xrec *r, struct arena *a)
{
	return msr_policy_summary(r, a);
}
