/* Contexts of PV vCPUs, in the width of the guest. */
#ifndef XEN_PV_H
#define XEN_PV_H

#include "xen/layouts.h"

#define PV_CONTEXT_64 5168u
#define PV_CONTEXT_32 2800u

/* 4, 8; 0: nothing says so (yet). */
uint32_t pv_width(const struct xen *x);
/* 4, 8: of a context of `length` bytes. */
uint32_t pv_context_width(const struct xen *x, uint64_t length);
/* The PFN of the root table that CR3 (ctrlreg[3], ctrlreg[1]) names. */
uint64_t pv_root_pfn(uint64_t cr3, uint32_t width);

#endif
