/* What legacy rows say: the functions of legacy_kinds. */
#ifndef XEN_LEGACY_ROWS_H
#define XEN_LEGACY_ROWS_H

#include "xen/records.h"

/* The signatures of struct xen_kind. */
#define XEN_FIELDS(name)                                                                           \
	void name(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
#define XEN_SUMMARY(name) const char *name(const struct xrec *r, struct arena *a)
#define XEN_CHECK(name) void name(const struct xrec *r)

#define LEGACY_ROW(row)                                                                            \
	XEN_FIELDS(legacy_##row##_fields);                                                         \
	XEN_SUMMARY(legacy_##row##_summary)

/* legacy_rows.c: chunks */
XEN_FIELDS(legacy_marker_fields);
LEGACY_ROW(p2m_size);
LEGACY_ROW(extended_info);
LEGACY_ROW(p2m_frames);
LEGACY_ROW(batch);
XEN_CHECK(legacy_batch_check);
LEGACY_ROW(param);
LEGACY_ROW(vcpu_info);
XEN_CHECK(legacy_vcpu_info_check);
LEGACY_ROW(tsc_info);
XEN_CHECK(legacy_tsc_info_check);
LEGACY_ROW(tmem);
LEGACY_ROW(tmem_extra);
LEGACY_ROW(compressed);
LEGACY_ROW(toolstack);
XEN_CHECK(legacy_toolstack_check);

/* legacy_tail.c: what follows a body */
LEGACY_ROW(unmapped);
LEGACY_ROW(context);
XEN_CHECK(legacy_context_check);
LEGACY_ROW(extended);
XEN_CHECK(legacy_extended_check);
LEGACY_ROW(xsave);
XEN_CHECK(legacy_xsave_check);
LEGACY_ROW(shared_info);
XEN_CHECK(legacy_shared_info_check);
LEGACY_ROW(magic_pfns);
LEGACY_ROW(hvm_context);
XEN_CHECK(legacy_hvm_context_check);
LEGACY_ROW(device_model);
XEN_CHECK(legacy_device_model_check);

/* The chunk's id, which is before the body: a child of `root`. */
void legacy_add_id(const struct xrec *r, struct field *root, struct arena *a);
/* A number of `width` bytes that `c` has next; NULL if it has no such many. */
struct field *legacy_add_number(struct field *root, struct cursor *c, struct arena *a,
				const char *name, uint32_t width, enum show show);
/* All that is left, as PFNs of a word each: name[0], name[1] .. */
void legacy_add_pfns(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a,
		     const char *name);

#endif
