/* Which addresses map a frame: pieces of memory, each so many bytes from an address on that are
 * those of so many from a guest-physical one on. They are added in any order, sorted once, and then
 * asked. 32 bytes a piece, up to 2^24 of them; while they are sorted, twice that. */
#ifndef XEN_PIECES_H
#define XEN_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/job.h"

struct piece {
	uint64_t pa, va, length;
	uint64_t most; /* the highest end in the part of the array this is the middle of */
};

struct pieces {
	struct piece *at; /* owned */
	size_t count, room;
};

void pieces_fini(struct pieces *p);
/* Widens the last piece, if this continues it. False: there are too many. */
bool pieces_add(struct pieces *p, uint64_t va, uint64_t pa, uint64_t length);
/* Then pieces_find may be asked. False: stopped by `job` (NULL: none); they are in no order. */
bool pieces_sort(struct pieces *p, struct job *job);
/* The addresses that map `pa`, at most `max` of them; how many there are. O(log n) and as many. */
size_t pieces_find(const struct pieces *p, uint64_t pa, uint64_t *out, size_t max);

#endif
