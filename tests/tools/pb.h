/* Writing protobuf by hand, for tests. */
#ifndef TESTS_TOOLS_PB_H
#define TESTS_TOOLS_PB_H

#include <assert.h>
#include <string.h>

#include "base/cursor.h"

struct pb {
	uint8_t buf[16384];
	size_t len;
};

static inline void pb_raw(struct pb *p, const void *at, size_t n)
{
	assert(n <= sizeof(p->buf) - p->len);
	if (n)
		memcpy(p->buf + p->len, at, n);
	p->len += n;
}

static inline void pb_varint(struct pb *p, uint64_t v)
{
	uint8_t byte;

	do {
		byte = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		pb_raw(p, &byte, 1);
		v >>= 7;
	} while (v);
}

static inline void pb_tag(struct pb *p, uint32_t number, unsigned type)
{
	pb_varint(p, (uint64_t)number << 3 | type);
}

static inline void pb_uint(struct pb *p, uint32_t number, uint64_t v)
{
	pb_tag(p, number, 0);
	pb_varint(p, v);
}

static inline void pb_sint(struct pb *p, uint32_t number, int64_t v)
{
	pb_uint(p, number, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

static inline void pb_little(struct pb *p, uint64_t v, size_t width)
{
	for (size_t i = 0; i < width; i++, v >>= 8)
		pb_raw(p, &(uint8_t){ (uint8_t)v }, 1);
}

static inline void pb_fixed64(struct pb *p, uint32_t number, uint64_t v)
{
	pb_tag(p, number, 1);
	pb_little(p, v, 8);
}

static inline void pb_fixed32(struct pb *p, uint32_t number, uint32_t v)
{
	pb_tag(p, number, 5);
	pb_little(p, v, 4);
}

static inline void pb_bytes(struct pb *p, uint32_t number, const void *at, size_t n)
{
	pb_tag(p, number, 2);
	pb_varint(p, n);
	pb_raw(p, at, n);
}

static inline void pb_str(struct pb *p, uint32_t number, const char *s)
{
	pb_bytes(p, number, s, strlen(s));
}

static inline void pb_sub(struct pb *p, uint32_t number, const struct pb *inner)
{
	pb_bytes(p, number, inner->buf, inner->len);
}

static inline struct bytes pb_done(const struct pb *p)
{
	return (struct bytes){ p->buf, p->len };
}

#endif
