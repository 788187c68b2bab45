/* What the hypervisor's own structures look like: the state of processors and platform that a
 * stream carries, decoded into fields.
 *
 * Nothing here knows how a blob is wrapped: libxc records, legacy tails and pages of the guest hold
 * the same ones. Functions that get a cursor decode what it has left, in its byte order; what they
 * leave shows as a gap. None of them fails: a blob that ends early has fewer fields. */
#ifndef XEN_LAYOUTS_H
#define XEN_LAYOUTS_H

#include "xen/guest.h"

/* A member of a fixed structure. Tables end with name NULL; members follow each other without
 * holes. */
struct shape {
	const char *name;
	uint16_t width;     /* bytes: 1, 2, 4, 8 are numbers, others and SHOW_BYTES bytes */
	uint16_t count;     /* of an array; 0: it is none */
	enum show show : 8; /* of numbers */
	const struct value_name *names;
	const struct shape *of; /* it is a structure itself, of `width` bytes: its members */
	/* Adds what it means: note, trouble, children. */
	void (*more)(const struct xen *x, struct field *f, struct arena *a);
};

/* Adds fields for the members, as far as there are bytes; false if `c` ended inside them. */
bool shape_fields(const struct xen *x, struct field *parent, const struct shape *shape,
		  struct cursor *c, struct arena *a);
/* The same as a group `name` of `parent`. */
struct field *shape_group(const struct xen *x, struct field *parent, const char *name,
			  const struct shape *shape, struct cursor *c, struct arena *a);
/* Bytes of one structure. */
uint64_t shape_size(const struct shape *shape);

/* ---- functions for the rows of kinds.c, and for legacy tails ----
 *
 * They look at nothing but r->body, r->at and r->layer: a blob within something else is given as an
 * xrec of which these are the blob's. Of VCPU_* the body is what follows vcpu_id and its padding.
 */

/* hvm.c */
void hvm_context_fields(const struct xrec *r, struct field *root, struct cursor *c,
			struct arena *a);
const char *hvm_context_summary(const struct xrec *r, struct arena *a);
void hvm_context_check(const struct xrec *r);

/* pv.c: VCPU_BASIC; VCPU_EXTENDED; VCPU_XSAVE; VCPU_MSRS; SHARED_INFO */
void pv_context_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *pv_context_summary(const struct xrec *r, struct arena *a);
void pv_context_check(const struct xrec *r);
void pv_extended_fields(const struct xrec *r, struct field *root, struct cursor *c,
			struct arena *a);
const char *pv_extended_summary(const struct xrec *r, struct arena *a);
void pv_extended_check(const struct xrec *r);
void pv_xsave_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *pv_xsave_summary(const struct xrec *r, struct arena *a);
void pv_xsave_check(const struct xrec *r);
void pv_msrs_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *pv_msrs_summary(const struct xrec *r, struct arena *a);
void pv_msrs_check(const struct xrec *r);
void shared_info_fields(const struct xrec *r, struct field *root, struct cursor *c,
			struct arena *a);
const char *shared_info_summary(const struct xrec *r, struct arena *a);
void shared_info_check(const struct xrec *r);
/* The page of a PV guest that vCPU 0's rdx names; its spans are offsets in `page`'s source. */
void start_info_fields(struct xen *x, struct span page, struct field *parent, struct arena *a);

/* policy.c */
void cpuid_policy_fields(const struct xrec *r, struct field *root, struct cursor *c,
			 struct arena *a);
const char *cpuid_policy_summary(const struct xrec *r, struct arena *a);
void cpuid_policy_check(const struct xrec *r);
void msr_policy_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a);
const char *msr_policy_summary(const struct xrec *r, struct arena *a);
void msr_policy_check(const struct xrec *r);

struct cpuid_leaf {
	uint32_t leaf, subleaf; /* subleaf UINT32_MAX: the leaf has none */
	uint32_t a, b, c, d;
};
/* A leaf of the stream's X86_CPUID_POLICY. False: it has none, or there is no policy. `subleaf`: 0
 * for a leaf without. */
bool cpuid_leaf(const struct xen *x, uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out);

/* ---- xsave.c ---- */

/* 512 bytes as FXSAVE writes them. */
void fxsave_fields(const struct xen *x, struct field *parent, struct cursor *c, struct arena *a);
/* An XSAVE area in the standard form: legacy region, header, components. */
void xsave_area_fields(const struct xen *x, struct field *parent, struct cursor *c,
		       struct arena *a);
/* Bytes of an area for the features in `xcr0`. */
uint64_t xsave_area_size(const struct xen *x, uint64_t xcr0);

#endif
