/* Bytes, and a bounded reader over them.
 *
 * Reading past the end yields 0 and sets `spent`; from then on every read yields 0. So a decoder
 * reads a whole structure straight through and asks once, at the end. Integers are assembled from
 * bytes, never read through cast pointers. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes of unknown content. Data of an image is always this, never `char *`. */
struct bytes {
	const uint8_t *at;
	size_t len;
};

struct cursor {
	const uint8_t *at, *end;
	const uint8_t *first;
	uint64_t origin; /* offset of `first` in its source */
	bool big;        /* byte order of the stream, not of this machine */
	bool spent;      /* some read ran past `end` */
};

struct cursor cursor_over(struct bytes b, uint64_t origin);

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* Offset in the source of the next byte. */
static inline uint64_t cursor_offset(const struct cursor *c)
{
	return c->origin + (uint64_t)(c->at - c->first);
}

uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);

/* Little-endian integers at a place already known to hold them. */
uint16_t le16_at(const uint8_t *at);
uint32_t le32_at(const uint8_t *at);
uint64_t le64_at(const uint8_t *at);

/* The next `n` bytes; when fewer are left: empty, and the cursor is spent. */
struct bytes cursor_bytes(struct cursor *c, uint64_t n);
void cursor_skip(struct cursor *c, uint64_t n);

/* A cursor over the next `n` bytes (clipped to what is left; clipping spends `c`, not the result).
 */
struct cursor cursor_sub(struct cursor *c, uint64_t n);

/* A protobuf varint: at most ten bytes, little groups of seven bits. An overlong or cut one spends.
 */
uint64_t cursor_varint_slow(struct cursor *c);

static inline uint64_t cursor_varint(struct cursor *c)
{
	if (c->at < c->end && *c->at < 0x80)
		return *c->at++;
	return cursor_varint_slow(c);
}

#endif
