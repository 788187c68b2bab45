/* Between the files that make layers: headers, what is around a stream, and rules over records. */
#ifndef XEN_WRAP_H
#define XEN_WRAP_H

#include "xen/xen.h"

#define LIBXL_HEADER 16u
#define LIBXC_HEADER 40u /* of the image, then of the domain */

/* Frames of xapi that code needs by number. */
enum xapi_type {
	XAPI_XENOPS = 0xf,
	XAPI_LIBXC = 0xf0,
	XAPI_LIBXL = 0xf1,
	XAPI_LIBXC_LEGACY = 0xf2,
	XAPI_END = 0xffff,
};

/* wrap.c: fields of a layer's header; never NULL. */
struct field *wrap_fields(struct layer *layer, struct arena *a);
const char *wrap_summary(struct layer *layer, struct arena *a);

/* stream.c: true of the row behind the stream's end, which is no record. */
bool xrec_is_trailing(const struct record *r);
/* What follows the body up to the next record; length 0: nothing. */
struct span xrec_padding(const struct record *r);
/* model->part. */
bool xen_part(struct model *m, uint64_t offset, struct node *out, struct span *span);

/* ---- check.c ---- */

enum xen_rule {
	RULE_HEADER_CUT,
	RULE_XL_ORDER,
	RULE_XL_FLAGS,
	RULE_XL_OPTIONAL,
	RULE_XL_LENGTH,
	RULE_XL_MORE,
	RULE_CONFIG_NONE,
	RULE_CONFIG_NUL,
	RULE_CONFIG_JSON,
	RULE_LIBXL_IDENT,
	RULE_LIBXL_VERSION,
	RULE_LIBXL_OPTIONS,
	RULE_LIBXC_MARKER,
	RULE_LIBXC_ID,
	RULE_LIBXC_VERSION,
	RULE_LIBXC_OPTIONS,
	RULE_BIG,
	RULE_RESERVED,
	RULE_DOMAIN_TYPE,
	RULE_DOMAIN_CONFIG,
	RULE_PAGE_SHIFT,
	RULE_XEN_VERSION,
	RULE_NO_LIBXC,
	RULE_SECOND_LAYER,
	RULE_CUT_HEADER,
	RULE_CUT_BODY,
	RULE_CUT_PADDING,
	RULE_NO_END,
	RULE_TAIL,
	RULE_TRAILING,
	RULE_LENGTH,
	RULE_UNKNOWN,
	RULE_UNKNOWN_OPTIONAL,
	RULE_NOT_EMPTY,
	RULE_PADDING,
	RULE_NEVER,
	RULE_ONLY_PV,
	RULE_ONLY_HVM,
	RULE_ONLY_V3,
	RULE_PV_INFO_TWICE,
	RULE_PV_INFO_NONE,
	RULE_STATIC_TWICE,
	RULE_STATIC_NONE,
	RULE_POLICY_LATE,
	RULE_VERIFY_TWICE,
	RULE_CHECKPOINT_END,
	RULE_EMULATOR_EARLY,
	RULE_EMULATOR_NOT_HVM,
	RULE_END_EARLY,
	RULE_EMULATOR_NONE,
	RULE_VCPU_NONE,
	RULE_VCPU_EXTENDED,
	RULE_VCPU_MANY,
	RULE_VCPU_COUNT,
	RULE_ROOT_NONE,
	RULE_ROOT_TYPE,
	RULE_ROOT_ABSENT,
	RULE_VERIFY_DIFFERS,
	RULE_GONE,
	RULES
};
/* Notes that a rule is broken; `a` and `b`: the numbers that its text has. */
void xen_rule_note(const struct layer *layer, enum xen_rule rule, struct span span, uint64_t a,
		   uint64_t b);
/* item_ops.check of a layer. */
void xen_check_layer(struct item *it);
/* check_guest.c: what the guest as a whole shows: roots of page tables, pages sent twice. */
void xen_check_guest(struct xen *x);

#endif
