/* Types of records, a table a layer. Numbers of the layers collide: 1 is PAGE_DATA in libxc and
 * LIBXC_CONTEXT in libxl. Tables ascend by type. */
#include "xen/layouts.h"
#include "xen/records.h"

/* Of what has all three functions, by the name they share. */
#define ALL(name) name##_fields, name##_summary, name##_check

const struct xen_kind libxc_kinds[] = {
	{ REC_END, "END", .flags = KIND_EMPTY },
	{ REC_PAGE_DATA, "PAGE_DATA", ALL(page_data), 0 },
	{ REC_PV_INFO, "X86_PV_INFO", ALL(pv_info), KIND_PV },
	{ REC_P2M_FRAMES, "X86_PV_P2M_FRAMES", ALL(p2m_frames), KIND_PV },
	{ REC_VCPU_BASIC, "X86_PV_VCPU_BASIC", ALL(vcpu_basic), KIND_PV },
	{ REC_VCPU_EXTENDED, "X86_PV_VCPU_EXTENDED", ALL(vcpu_extended), KIND_PV },
	{ REC_VCPU_XSAVE, "X86_PV_VCPU_XSAVE", ALL(vcpu_xsave), KIND_PV },
	{ REC_SHARED_INFO, "SHARED_INFO", shared_info_fields, shared_info_summary,
	  shared_info_record_check, KIND_PV },
	{ REC_TSC_INFO, "X86_TSC_INFO", ALL(tsc_info), 0 },
	{ REC_HVM_CONTEXT, "HVM_CONTEXT", ALL(hvm_context), KIND_HVM },
	{ REC_HVM_PARAMS, "HVM_PARAMS", ALL(hvm_params), KIND_HVM },
	{ REC_TOOLSTACK, "TOOLSTACK", .fields = toolstack_fields, .flags = KIND_NEVER },
	{ REC_VCPU_MSRS, "X86_PV_VCPU_MSRS", ALL(vcpu_msrs), KIND_PV },
	{ REC_VERIFY, "VERIFY", .summary = verify_summary, .flags = KIND_EMPTY },
	{ REC_CHECKPOINT, "CHECKPOINT", .summary = checkpoint_summary, .flags = KIND_EMPTY },
	{ REC_DIRTY_PFN_LIST, "CHECKPOINT_DIRTY_PFN_LIST", ALL(dirty_pfn_list), KIND_NEVER },
	{ REC_STATIC_DATA_END, "STATIC_DATA_END", .flags = KIND_EMPTY | KIND_V3 },
	{ REC_CPUID_POLICY, "X86_CPUID_POLICY", ALL(cpuid_policy), KIND_V3 },
	{ REC_MSR_POLICY, "X86_MSR_POLICY", ALL(msr_policy), KIND_V3 },
	{ .name = NULL },
};

const struct xen_kind libxl_kinds[] = {
	{ XL_END, "END", .flags = KIND_EMPTY },
	{ XL_LIBXC_CONTEXT, "LIBXC_CONTEXT", .summary = libxc_context_summary,
	  .flags = KIND_EMPTY },
	{ XL_EMULATOR_XENSTORE_DATA, "EMULATOR_XENSTORE_DATA", ALL(emulator_xenstore), KIND_HVM },
	{ XL_EMULATOR_CONTEXT, "EMULATOR_CONTEXT", ALL(emulator_context), KIND_HVM },
	{ XL_CHECKPOINT_END, "CHECKPOINT_END", .summary = checkpoint_end_summary,
	  .flags = KIND_EMPTY },
	{ XL_CHECKPOINT_STATE, "CHECKPOINT_STATE", ALL(checkpoint_state), 0 },
	{ .name = NULL },
};

/* xenopsd's frames: what they hold is a layer of its own, or a program's that nobody here knows. */
const struct xen_kind xapi_kinds[] = {
	{ 0x000f, "Xenops", .fields = xapi_text_fields, .summary = xapi_text_summary },
	{ 0x00f0, "Libxc", .summary = libxc_context_summary },
	{ 0x00f1, "Libxl", .flags = 0 },
	{ 0x00f2, "Libxc_legacy", .flags = 0 },
	{ 0x0f00, "Qemu_trad", ALL(qemu_state), 0 },
	{ 0x0f01, "Qemu_xen", ALL(qemu_state), 0 },
	{ 0x0f10, "Demu", .fields = xapi_blob_fields },
	{ 0x0f11, "Varstored", .fields = xapi_blob_fields },
	{ 0x0f12, "Swtpm0", .fields = xapi_blob_fields },
	{ 0x0f13, "Swtpm", .fields = xapi_blob_fields },
	{ 0xffff, "End_of_image", .flags = 0 },
	{ .name = NULL },
};

static const struct {
	const char *name;
	const struct xen_kind *kinds;
} layers[LAYER_KINDS] = {
	[LAYER_XL] = { "xl", NULL },
	[LAYER_LIBVIRT] = { "libvirt", NULL },
	[LAYER_XAPI] = { "xapi", xapi_kinds },
	[LAYER_XEND] = { "xend", NULL },
	[LAYER_LIBXL] = { "libxl", libxl_kinds },
	[LAYER_LIBXC] = { "libxc", libxc_kinds },
	[LAYER_LEGACY] = { "legacy", legacy_kinds },
};

const struct xen_kind *layer_kinds(enum layer_kind kind)
{
	return layers[kind].kinds;
}

const char *layer_name(enum layer_kind kind)
{
	return layers[kind].name;
}

/* Few rows, the most frequent type among the first of them: no search is faster. */
uint16_t kind_row(const struct xen_kind *table, uint32_t type)
{
	for (uint16_t row = 0; table && table[row].name; row++)
		if (table[row].type == type)
			return row;
	return KIND_UNKNOWN;
}
