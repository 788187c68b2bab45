/* Fields, summaries and checks of the records of all layers: what the tables of kinds.c are made
 * of, and the references that fields of this folder hold.
 *
 * All have the signatures of struct xen_kind. Blobs of the hypervisor's own structures are in
 * layouts.h; the table of legacy chunks, legacy_kinds, is with what knows them, in legacy.h. */
#ifndef XEN_RECORDS_H
#define XEN_RECORDS_H

#include "xen/xen.h"

/* ---- references ---- */

/* Values of ref.kind in this folder; ref.id and ref.more as said here. */
enum xen_ref {
	XREF_NONE,
	XREF_PFN,    /* id: a PFN: the body it has in the end; more: 0 */
	XREF_VA,     /* id: a guest-virtual address; more: the vCPU whose root maps it */
	XREF_RECORD, /* id: row of the layer that has the memory; more: offset there, 0: none */
};

/* Where `ref` of a field of `it` leads, given that the walk is done. False: nowhere. */
bool xen_follow(struct item *it, struct ref ref, struct place *out);

/* The reference of a PFN. */
static inline struct ref xen_ref_pfn(uint64_t pfn)
{
	return (struct ref){ .kind = XREF_PFN, .id = pfn };
}

static inline struct ref xen_ref_va(uint64_t va, uint32_t vcpu)
{
	return (struct ref){ .kind = XREF_VA, .id = va, .more = vcpu };
}

/* ---- helpers for decoders ---- */

/* Cursor over the body, in the stream's byte order. */
struct cursor xrec_cursor(const struct xrec *r);
/* `r` without the first `head` bytes of its body: the payload behind a head. */
struct xrec xrec_payload(const struct xrec *r, size_t head);
/* The bytes of the body, clipped to it: what to give a problem. */
struct span xrec_span(const struct xrec *r, uint64_t at, uint64_t length);
/* A field for the next `length` bytes, clipped; NULL if there are none. */
struct field *xrec_add_bytes(struct field *root, struct cursor *c, struct arena *a,
			     const char *name, uint64_t length);
/* Notes a problem of the record: `rule` static; the span is bytes of its body. */
#define XREC_NOTE(r, severity, rule, at, length, ...)                                              \
	XEN_NOTE((r)->layer, severity, rule, xrec_span(r, at, length), __VA_ARGS__)
/* True if the file ends inside it: then its size says nothing. */
bool xrec_is_cut(const struct xrec *r);
/* True, and notes "reserved" if not all of the body's bytes [at, at + length) are zero. */
bool xrec_check_zero(const struct xrec *r, enum severity severity, uint64_t at, uint64_t length,
		     const char *what);

/* ---- records.c ---- */

void pv_info_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *pv_info_summary(const struct xrec *r, struct arena *a);
void pv_info_check(const struct xrec *r);
void p2m_frames_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *p2m_frames_summary(const struct xrec *r, struct arena *a);
void p2m_frames_check(const struct xrec *r);
/* VCPU_*: a head with the vCPU, then the payload, which layouts.h knows. */
void vcpu_basic_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *vcpu_basic_summary(const struct xrec *r, struct arena *a);
void vcpu_basic_check(const struct xrec *r);
void vcpu_extended_fields(const struct xrec *r, struct field *root, struct cursor *c,
			  struct arena *a);
const char *vcpu_extended_summary(const struct xrec *r, struct arena *a);
void vcpu_extended_check(const struct xrec *r);
void vcpu_xsave_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *vcpu_xsave_summary(const struct xrec *r, struct arena *a);
void vcpu_xsave_check(const struct xrec *r);
void vcpu_msrs_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *vcpu_msrs_summary(const struct xrec *r, struct arena *a);
void vcpu_msrs_check(const struct xrec *r);
void shared_info_record_check(const struct xrec *r);
void tsc_info_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *tsc_info_summary(const struct xrec *r, struct arena *a);
void tsc_info_check(const struct xrec *r);
void toolstack_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
void dirty_pfn_list_fields(const struct xrec *r, struct field *root, struct cursor *c,
			   struct arena *a);
const char *dirty_pfn_list_summary(const struct xrec *r, struct arena *a);
void dirty_pfn_list_check(const struct xrec *r);
void checkpoint_state_fields(const struct xrec *r, struct field *root, struct cursor *c,
			     struct arena *a);
const char *checkpoint_state_summary(const struct xrec *r, struct arena *a);
void checkpoint_state_check(const struct xrec *r);
const char *verify_summary(const struct xrec *r, struct arena *a);
const char *checkpoint_summary(const struct xrec *r, struct arena *a);
const char *checkpoint_end_summary(const struct xrec *r, struct arena *a);
const char *libxc_context_summary(const struct xrec *r, struct arena *a);
void xapi_text_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *xapi_text_summary(const struct xrec *r, struct arena *a);
void xapi_blob_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);

/* ---- params.c ---- */

void hvm_params_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *hvm_params_summary(const struct xrec *r, struct arena *a);
void hvm_params_check(const struct xrec *r);
/* A parameter's name ("HVM_PARAM_STORE_PFN"; "param 40"): in `a` or static. */
const char *hvm_param_name(uint64_t index, struct arena *a);
/* Gives a field with the value of parameter `index` its notation, meaning and reference. */
void hvm_param_value(struct field *f, uint64_t index, struct arena *a);

/* ---- pages.c ---- */

void page_data_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *page_data_summary(const struct xrec *r, struct arena *a);
void page_data_check(const struct xrec *r);
/* The page that has the byte at `offset` of the file, or whose entry has it; UINT64_MAX: the first.
 * False: none. */
bool page_data_page(const struct xrec *r, uint64_t offset, struct page_body *out);
/* An entry of PAGE_DATA taken apart. */
static inline uint64_t page_entry_pfn(uint64_t entry)
{
	return entry & UINT64_C(0x000fffffffffffff);
}

static inline unsigned page_entry_type(uint64_t entry)
{
	return (unsigned)(entry >> 60);
}

/* "NOTAB", "L1TAB_PIN"; "type 5" of those that are none. In `a` or static. */
const char *page_type_name(unsigned type, struct arena *a);

/* ---- names.c: those that xen.h has not ---- */

extern const struct value_name names_viridian[], names_timer_mode[];

/* ---- emulator.c ---- */

void emulator_xenstore_fields(const struct xrec *r, struct field *root, struct cursor *c,
			      struct arena *a);
const char *emulator_xenstore_summary(const struct xrec *r, struct arena *a);
void emulator_xenstore_check(const struct xrec *r);
void emulator_context_fields(const struct xrec *r, struct field *root, struct cursor *c,
			     struct arena *a);
const char *emulator_context_summary(const struct xrec *r, struct arena *a);
void emulator_context_check(const struct xrec *r);
/* QEMU's saved state by itself, as legacy streams and XAPI have it: from "QEVM" on. They look at
 * nothing but r->body, r->at and r->layer. */
void qemu_state_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *qemu_state_summary(const struct xrec *r, struct arena *a);
void qemu_state_check(const struct xrec *r);

#endif
