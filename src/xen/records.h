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

#define XEN_FIELDS(name)                                                                           \
	void name(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
#define XEN_SUMMARY(name) const char *name(const struct xrec *r, struct arena *a)
#define XEN_CHECK(name) void name(const struct xrec *r)

/* Cursor over the body, in the stream's byte order. */
struct cursor xrec_cursor(const struct xrec *r);
/* `r` without the first `head` bytes of its body: the payload behind a head. */
struct xrec xrec_payload(const struct xrec *r, size_t head);
/* The bytes of the body, clipped to it: what to give a problem. */
struct span xrec_span(const struct xrec *r, uint64_t at, uint64_t length);
/* Notes a problem of the record: `rule` static; the span is bytes of its body. */
#define XREC_NOTE(r, severity, rule, at, length, ...)                                              \
	XEN_NOTE((r)->layer, severity, rule, xrec_span(r, at, length), __VA_ARGS__)
/* True, and notes "reserved" if not all of the body's bytes [at, at + length) are zero. */
bool xrec_check_zero(const struct xrec *r, uint64_t at, uint64_t length, const char *what);

/* ---- pages.c ---- */

XEN_FIELDS(page_data_fields);
XEN_SUMMARY(page_data_summary);
XEN_CHECK(page_data_check);

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

XEN_FIELDS(emulator_xenstore_fields);
XEN_SUMMARY(emulator_xenstore_summary);
XEN_CHECK(emulator_xenstore_check);
XEN_FIELDS(emulator_context_fields);
XEN_SUMMARY(emulator_context_summary);
XEN_CHECK(emulator_context_check);
/* QEMU's saved state by itself, as legacy streams and XAPI have it: from "QEVM" on. */
XEN_FIELDS(qemu_state_fields);
XEN_SUMMARY(qemu_state_summary);
XEN_CHECK(qemu_state_check);

#endif
