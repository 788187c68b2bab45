/* The inspector: what the bytes at one address are if they are a number, a time, text, a pointer;
 * and where they are kept. */
#ifndef VIEW_ROWS_INSPECT_H
#define VIEW_ROWS_INSPECT_H

#include "core/aspace.h"
#include "view/rows.h"

struct rows *rows_inspect_new(void);
/* Shows the bytes at `addr`; `as` NULL: nothing. `big`: the byte order of numbers. */
void rows_inspect_set(struct rows *r, const struct aspace *as, uint64_t addr, bool big);
/* Where a line leads: to a record, or to a guest-physical address. */
struct inspected {
	struct place place; /* item NULL: to `pa` */
	uint64_t pa;
};
/* False: nowhere. */
bool rows_inspect_at(struct rows *r, size_t n, struct inspected *out);
/* Adds a line at the end; what is given is copied. */
void rows_inspect_add(struct rows *r, const char *name, const char *value);

/* Bytes of a pointer: 4 if all that is mapped lies below 4 GiB, as of 32-bit tasks. */
unsigned aspace_pointer_width(const struct aspace *as);
/* The pointer of `width` bytes (4, 8) at `addr`. False: its bytes are not there. */
bool aspace_pointer(const struct aspace *as, uint64_t addr, unsigned width, bool big, uint64_t *to);
/* The memory that a pointer found in `as` leads into: itself; of a guest's frames what the first
 * vCPU that has it there maps. NULL: nowhere. */
const struct aspace *aspace_pointed(const struct aspace *as, uint64_t to);
/* "[stack]+0x202f0"; NULL: no region holds it. */
const char *region_place(const struct aspace *as, uint64_t addr, struct arena *a);
/* "pages-2.img+0x21f2f0", "(level 2)" behind it if it is a parent's, "libc.so.6+0x1000" of a mapped
 * file; "" if the bytes are in no file. `x` holds `addr`. */
const char *extent_place(const struct aspace *as, const struct extent *x, uint64_t addr,
			 struct arena *a);

#endif
