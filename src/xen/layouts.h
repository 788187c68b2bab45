/* What the hypervisor's own structures look like: the state of processors and platform that a
 * stream carries, decoded into fields.
 *
 * Nothing here knows how a blob is wrapped: libxc records, legacy tails and pages of the guest hold
 * the same ones. Functions that get a cursor decode what it has left, in its byte order; what they
 * leave shows as a gap. None of them fails: a blob that ends early has fewer fields. */
#ifndef XEN_LAYOUTS_H
#define XEN_LAYOUTS_H

#include "xen/guest.h"
#include "xen/records.h"

/* A member of a fixed structure. Tables end with name NULL; members follow each other without
 * holes. Those shown as SHOW_ADDRESS refer to where they point, if they look like pointers. */
struct shape {
	const char *name;
	uint16_t width;     /* bytes: 1, 2, 4, 8 are numbers; others, SHOW_BYTES, SHOW_TEXT bytes */
	uint16_t count;     /* of an array; 0: it is none */
	enum show show : 8; /* of numbers */
	const struct value_name *names;
	const struct shape *of; /* it is a structure itself, of `width` bytes: its members */
	/* Adds what it means: note, trouble, children. */
	void (*more)(const struct xen *x, struct field *f, struct arena *a);
};

/* Adds fields for the members, as far as there are bytes; false if `c` ended inside them. `c` reads
 * x->src: structures inside are decoded from there when they are opened. */
bool shape_fields(const struct xen *x, struct field *parent, const struct shape *shape,
		  struct cursor *c, struct arena *a);
/* The same as a group `name` of `parent`. */
struct field *shape_group(const struct xen *x, struct field *parent, const char *name,
			  const struct shape *shape, struct cursor *c, struct arena *a);
/* Bytes of one structure. */
uint64_t shape_size(const struct shape *shape);
#define VCPU_UNKNOWN UINT32_MAX
/* The vCPU that a field is about: by a number before it ("vcpu_id", "instance"), or by the name of
 * the row ("vcpu1"). */
uint32_t shape_vcpu(const struct field *f);
/* A cursor over bytes of the stream, in its byte order. */
struct cursor xen_bytes(const struct xen *x, struct span span);
/* A number of the stream at `offset`; 0 where it ends. */
uint64_t xen_number(const struct xen *x, uint64_t offset, unsigned width);

/* For shape.more. */
void more_signed(const struct xen *x, struct field *f, struct arena *a);
void more_bits(const struct xen *x, struct field *f, struct arena *a); /* "3, 9, 16-31" */
void more_pfn(const struct xen *x, struct field *f, struct arena *a);
void more_gpa(const struct xen *x, struct field *f, struct arena *a);
void more_dr6(const struct xen *x, struct field *f, struct arena *a);
void more_debugreg(const struct xen *x, struct field *f, struct arena *a); /* DR[f->at] */
/* Numbers of the bits that are set, the first of them called `first`. */
const char *bits_text(struct bytes b, uint32_t first, struct arena *a);

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
/* start_info, in the page of a PV guest that vCPU 0's rdx names: `page` of `src`, which fields'
 * spans are offsets in. */
void start_info_fields(const struct xen *x, const struct source *src, struct span page,
		       struct field *parent, struct arena *a);

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
extern const struct shape fxsave_shape[];

#define XSAVE_LEGACY 512u
#define XSAVE_LEAST 576u /* legacy region and header */
/* What XSAVE wrote in its standard form, as the rest of `c`; `accum`: features it has room for. */
void xsave_area_fields(const struct xen *x, struct field *parent, uint64_t accum, struct cursor *c,
		       struct arena *a);
/* Bytes of an area for the features `accum`. */
uint64_t xsave_area_size(const struct xen *x, uint64_t accum);
/* Notes what Xen would refuse in an area that lies at `at` of r's body, whose last bytes it is. */
void xsave_area_check(const struct xrec *r, uint64_t at, uint64_t length, uint64_t xcr0,
		      uint64_t accum);

/* ---- policy.c: for others ---- */

/* "family 23, model 1, stepping 2" of CPUID leaf 1's EAX. */
const char *cpuid_signature(uint32_t eax, struct arena *a);
/* A list of {index, reserved, value}: fields, one group an MSR. */
void msr_list_fields(const struct xen *x, struct field *parent, struct cursor *c, struct arena *a);
/* True once the walk is done: then states and guest_width are there to read. */
bool xen_walked(const struct xen *x);

#endif
