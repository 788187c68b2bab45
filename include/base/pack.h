/* Bytes being laid out for a binary format: the other direction of a cursor.
 *
 * The room is fixed from the start; what does not fit is dropped and sets `spent`, so that a
 * structure is written straight through and its size is right or seen to be wrong. */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/arena.h"
#include "base/cursor.h"

struct pack {
	uint8_t *at; /* first byte; zeroed up to `room` */
	size_t len, room;
	bool big;   /* byte order of what is written */
	bool wide;  /* pack_word writes 8 bytes, else 4 */
	bool spent; /* something did not fit */
};

/* Room for `room` bytes, little-endian and wide. */
struct pack pack_of(struct arena *a, size_t room);
void pack_u8(struct pack *p, uint8_t v);
void pack_u16(struct pack *p, uint16_t v);
void pack_u32(struct pack *p, uint32_t v);
void pack_u64(struct pack *p, uint64_t v);
/* A `long` of the machine. */
void pack_word(struct pack *p, uint64_t v);
/* `b` in a field of `size` bytes, zeros behind it; cut if it is longer. */
void pack_field(struct pack *p, struct bytes b, size_t size);
/* Zeros up to offset `to`; nothing if it is behind that. */
void pack_to(struct pack *p, size_t to);
static inline struct bytes pack_bytes(const struct pack *p)
{
	return (struct bytes){ p->at, p->len };
}

#endif
