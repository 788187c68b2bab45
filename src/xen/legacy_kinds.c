/* The table of legacy rows: chunks by their ids, and what has none. */
#include "xen/legacy.h"
#include "xen/legacy_rows.h"

#define PARAM(id, name_)                                                                           \
	{                                                                                          \
		(uint32_t)(id), name_, legacy_param_fields, legacy_param_summary, NULL, 0          \
	}
#define ROW(type_, name_, row)                                                                     \
	{                                                                                          \
		(uint32_t)(type_), name_, legacy_##row##_fields, legacy_##row##_summary, NULL, 0   \
	}
#define CHECKED(type_, name_, row)                                                                 \
	{                                                                                          \
		(uint32_t)(type_), name_, legacy_##row##_fields, legacy_##row##_summary,           \
			legacy_##row##_check, 0                                                    \
	}
#define MARKER(type_, name_)                                                                       \
	{                                                                                          \
		(uint32_t)(type_), name_, legacy_marker_fields, NULL, NULL, 0                      \
	}

const struct xen_kind legacy_kinds[] = {
	ROW(LEGACY_P2M_SIZE, "p2m_size", p2m_size),
	ROW(LEGACY_EXTENDED, "extended-info", extended_info),
	ROW(LEGACY_P2M_FRAMES, "p2m_frames", p2m_frames),
	CHECKED(LEGACY_BATCH, "page batch", batch),
	MARKER(LEGACY_END, "end of body"),
	MARKER(LEGACY_VERIFY, "ENABLE_VERIFY_MODE"),
	CHECKED(LEGACY_VCPU_INFO, "VCPU_INFO", vcpu_info),
	PARAM(-3, "HVM_IDENT_PT"),
	PARAM(-4, "HVM_VM86_TSS"),
	ROW(LEGACY_TMEM, "TMEM", tmem),
	ROW(LEGACY_TMEM_EXTRA, "TMEM_EXTRA", tmem_extra),
	CHECKED(LEGACY_TSC_INFO, "TSC_INFO", tsc_info),
	PARAM(-8, "HVM_CONSOLE_PFN"),
	MARKER(LEGACY_LAST_CHECKPOINT, "LAST_CHECKPOINT"),
	PARAM(-10, "HVM_ACPI_IOPORTS_LOCATION"),
	PARAM(-11, "HVM_VIRIDIAN"),
	ROW(LEGACY_COMPRESSED, "COMPRESSED_DATA", compressed),
	MARKER(LEGACY_ENABLE_COMPRESSION, "ENABLE_COMPRESSION"),
	PARAM(-14, "HVM_GENERATION_ID_ADDR"),
	PARAM(-15, "HVM_PAGING_RING_PFN"),
	PARAM(-16, "HVM_MONITOR_RING_PFN"),
	PARAM(-17, "HVM_SHARING_RING_PFN"),
	CHECKED(LEGACY_TOOLSTACK, "TOOLSTACK", toolstack),
	PARAM(-19, "HVM_IOREQ_SERVER_PFN"),
	PARAM(-20, "HVM_NR_IOREQ_SERVER_PAGES"),
	PARAM(-21, "HVM_X87_FIP_WIDTH"),
	ROW(LEGACY_UNMAPPED, "unmapped", unmapped),
	CHECKED(LEGACY_VCPU_CONTEXT, "vcpu context", context),
	CHECKED(LEGACY_VCPU_EXTENDED, "vcpu extended", extended),
	CHECKED(LEGACY_VCPU_XSAVE, "vcpu xsave", xsave),
	CHECKED(LEGACY_SHARED_INFO, "shared_info", shared_info),
	ROW(LEGACY_MAGIC_PFNS, "magic PFNs", magic_pfns),
	CHECKED(LEGACY_HVM_CONTEXT, "HVM context", hvm_context),
	CHECKED(LEGACY_DEVICE_MODEL, "device model", device_model),
	{ 0 },
};
