/* The entries of an HVM context: {u16 type, u16 instance, u32 length}, then `length` bytes, one
 * behind the other, up to type 0. */
#ifndef XEN_HVM_H
#define XEN_HVM_H

#include "xen/layouts.h"

enum hvm_type {
	HVM_END = 0,
	HVM_HEADER = 1,
	HVM_CPU = 2,
	HVM_PIC = 3,
	HVM_IOAPIC = 4,
	HVM_LAPIC = 5,
	HVM_LAPIC_REGS = 6,
	HVM_PCI_IRQ = 7,
	HVM_ISA_IRQ = 8,
	HVM_PCI_LINK = 9,
	HVM_PIT = 10,
	HVM_RTC = 11,
	HVM_HPET = 12,
	HVM_PMTIMER = 13,
	HVM_MTRR = 14,
	HVM_VIRIDIAN_DOMAIN = 15,
	HVM_CPU_XSAVE = 16,
	HVM_VIRIDIAN_VCPU = 17,
	HVM_VMCE_VCPU = 18,
	HVM_TSC_ADJUST = 19,
	HVM_CPU_MSR = 20,
};

#define HVM_DESCRIPTOR 8u
#define HVM_MAGIC 0x54381286u
#define HVM_CPU_OLDEST 1016u /* length of a CPU entry without msr_tsc_aux: before Xen 3.4 */

enum hvm_kind_flags {
	HVM_PER_VCPU = 1, /* instance is a vCPU */
	HVM_EXTEND = 2,   /* older, shorter ones are accepted, the rest taken as 0 */
	HVM_VARIES = 4,   /* the length is not fixed: lengths[0] is the least */
};

/* One type of entry. */
struct hvm_kind {
	const char *name;
	const struct shape *shape;
	uint16_t lengths[3]; /* of all versions, the newest first; 0: no more */
	unsigned flags;
	/* Instead of the shape. */
	void (*fields)(const struct xen *x, struct field *f, struct cursor *c, struct arena *a);
	/* What a list of entries says of it; NULL: nothing. */
	const char *(*note)(const struct xen *x, struct span body, struct arena *a);
	/* Notes what Xen would refuse. `body` is whole, or zero-extended in the mind. */
	void (*check)(const struct xrec *r, struct span body);
};

/* NULL: an unknown type. END is none. */
const struct hvm_kind *hvm_kind(uint32_t type);
/* The table of a CPU entry of `length` bytes. */
const struct shape *hvm_cpu_shape(uint64_t length);

/* An entry. {0} before the first. */
struct hvm_step {
	uint64_t next; /* offset of what follows it */
	uint64_t at;   /* of its descriptor */
	uint16_t type, instance;
	uint32_t length;  /* as its descriptor says */
	struct span body; /* as it is: clipped, and cut where the next one really begins */
	bool cut;         /* the context ends inside it */
	bool resumed;     /* its length was wrong, but the next entry could be found */
	bool last;        /* END */
};
/* Steps to the next entry; END is one. False: the context ends; s->next is where. */
bool hvm_next(const struct xen *x, struct span context, struct hvm_step *s);

/* hvm_check.c: by type of entry, for the table. */
void hvm_check_header(const struct xrec *r, struct span body);
void hvm_check_cpu(const struct xrec *r, struct span body);
void hvm_check_pic(const struct xrec *r, struct span body);
void hvm_check_lapic(const struct xrec *r, struct span body);
void hvm_check_pci_link(const struct xrec *r, struct span body);
void hvm_check_pit(const struct xrec *r, struct span body);
void hvm_check_mtrr(const struct xrec *r, struct span body);
void hvm_check_xsave(const struct xrec *r, struct span body);
void hvm_check_viridian_vcpu(const struct xrec *r, struct span body);
void hvm_check_msrs(const struct xrec *r, struct span body);

#endif
