/* Weak definitions of what the headers of this folder promise and no file has yet: each gives way
 * to the real one. */
#include "xen/config.h"
#include "xen/guest.h"

#define WEAK __attribute__((weak))
#define WEAK_FORMAT(id) WEAK const struct format id = { .name = #id }

WEAK_FORMAT(xen_xl_format);
WEAK_FORMAT(xen_libxl_format);
WEAK_FORMAT(xen_libxc_format);
WEAK_FORMAT(xen_libvirt_format);
WEAK_FORMAT(xen_xapi_format);
WEAK_FORMAT(xen_xend_format);
WEAK_FORMAT(xen_legacy_format);

WEAK const struct xen_kind libxc_kinds[1] = { { 0 } };
WEAK const struct xen_kind libxl_kinds[1] = { { 0 } };
WEAK const struct xen_kind legacy_kinds[1] = { { 0 } };
WEAK const struct xen_kind xapi_kinds[1] = { { 0 } };

#define WEAK_NAMES(id) WEAK const struct value_name id[1] = { { 0 } }
WEAK_NAMES(names_page_type);
WEAK_NAMES(names_domain_type);
WEAK_NAMES(names_libxl_option);
WEAK_NAMES(names_libxc_option);
WEAK_NAMES(names_xl_flag);
WEAK_NAMES(names_emulator);
WEAK_NAMES(names_checkpoint_state);
WEAK_NAMES(names_tsc_mode);
WEAK_NAMES(names_hvm_param);
WEAK_NAMES(names_msr);
WEAK_NAMES(names_xapi_header);
WEAK_NAMES(names_cpuid_leaf);
WEAK_NAMES(names_rflags);
WEAK_NAMES(names_cr0);
WEAK_NAMES(names_cr4);
WEAK_NAMES(names_efer);
WEAK_NAMES(names_dr6);
WEAK_NAMES(names_mxcsr);
WEAK_NAMES(names_xcr0);
WEAK_NAMES(names_segment);
WEAK_NAMES(names_vgcf);
WEAK_NAMES(names_vm_assist);
WEAK_NAMES(names_sif);
WEAK_NAMES(names_apic_base);
WEAK_NAMES(names_event_type);
WEAK_NAMES(names_exception);
WEAK_NAMES(names_pte);
WEAK_NAMES(names_lapic_reg);
WEAK_NAMES(names_virq);
WEAK_NAMES(names_ti);
WEAK_NAMES(names_lapic_disabled);
WEAK_NAMES(names_pvclock);
WEAK const struct item_ops layer_ops = { 0 };

#define WEAK_FN(decl, value)                                                                       \
	WEAK decl                                                                                  \
	{                                                                                          \
		return value;                                                                      \
	}
#define NOTHING

#pragma GCC diagnostic ignored "-Wunused-parameter"
WEAK_FN(const struct xen_kind *layer_kinds(enum layer_kind kind), NULL)
WEAK_FN(uint16_t kind_row(const struct xen_kind *table, uint32_t type), KIND_UNKNOWN)
WEAK_FN(const char *layer_name(enum layer_kind kind), "")
WEAK_FN(struct layer *xen_layer(struct xen *x, enum layer_kind kind), NULL)
WEAK_FN(struct layer *xen_add_layer(struct xen *x, enum layer_kind k, struct span header), NULL)
WEAK_FN(struct xrec xrec_at(struct layer *layer, uint64_t n), (struct xrec){ 0 })
WEAK_FN(struct cursor xen_cursor(const struct xen *x, struct span span), (struct cursor){ 0 })
WEAK_FN(void xen_walk(struct xen *x, struct job *job), NOTHING)
WEAK_FN(uint64_t legacy_walk(struct layer *layer, uint64_t at, struct job *job), at)
WEAK_FN(bool legacy_probe(const struct source *src, uint64_t at, uint32_t *word,
			  enum guest_type *type),
	false)
WEAK_FN(void xen_check(struct xen *x), NOTHING)
WEAK_FN(void xen_info_json(struct model *m, struct json *j), NOTHING)
WEAK_FN(struct field *xen_info_fields(struct model *m, struct arena *a), NULL)
WEAK_FN(enum guest_type xen_guest_type(struct xen *x), GUEST_UNKNOWN)
WEAK_FN(const char *guest_type_name(enum guest_type t), "")
WEAK_FN(struct xen_config *config_json(struct layer *layer, struct span text), NULL)
WEAK_FN(struct xen_config *config_xml(struct layer *layer, struct span text), NULL)
WEAK_FN(struct xen_config *config_sxp(struct layer *layer, struct span text), NULL)
WEAK_FN(void config_fields(const struct xen_config *config, struct field *parent, struct arena *a),
	NOTHING)
