/* A spent cursor stands at its end: so every later read fails by the same test as the first. */
#include "base/cursor.h"

struct cursor cursor_over(struct bytes b, uint64_t origin)
{
	return (struct cursor){
		.at = b.at,
		.end = b.len ? b.at + b.len : b.at,
		.first = b.at,
		.origin = origin,
	};
}

uint16_t le16_at(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t le32_at(const uint8_t *at)
{
	return (uint32_t)le16_at(at) | (uint32_t)le16_at(at + 2) << 16;
}

uint64_t le64_at(const uint8_t *at)
{
	return (uint64_t)le32_at(at) | (uint64_t)le32_at(at + 4) << 32;
}

static void spend(struct cursor *c)
{
	c->at = c->end;
	c->spent = true;
}

static const uint8_t *take(struct cursor *c, size_t n)
{
	const uint8_t *at = c->at;

	if (cursor_left(c) < n) {
		spend(c);
		return NULL;
	}
	c->at += n;
	return at;
}

uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *at = take(c, 1);

	return at ? *at : 0;
}

uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *at = take(c, 2);

	if (!at)
		return 0;
	return c->big ? __builtin_bswap16(le16_at(at)) : le16_at(at);
}

uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *at = take(c, 4);

	if (!at)
		return 0;
	return c->big ? __builtin_bswap32(le32_at(at)) : le32_at(at);
}

uint64_t cursor_u64(struct cursor *c)
{
	const uint8_t *at = take(c, 8);

	if (!at)
		return 0;
	return c->big ? __builtin_bswap64(le64_at(at)) : le64_at(at);
}

struct bytes cursor_bytes(struct cursor *c, uint64_t n)
{
	const uint8_t *at;

	if (n > cursor_left(c)) {
		spend(c);
		return (struct bytes){ c->end, 0 };
	}
	at = c->at;
	if (n)
		c->at += n;
	return (struct bytes){ at, (size_t)n };
}

void cursor_skip(struct cursor *c, uint64_t n)
{
	cursor_bytes(c, n);
}

struct cursor cursor_sub(struct cursor *c, uint64_t n)
{
	size_t left = cursor_left(c);
	uint64_t origin = cursor_offset(c);
	struct bytes b = { c->at, n > left ? left : (size_t)n };
	struct cursor sub = cursor_over(b, origin);

	sub.big = c->big;
	if (n > left)
		spend(c);
	else if (n)
		c->at += n;
	return sub;
}

uint64_t cursor_varint_slow(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 70 && c->at < c->end; shift += 7) {
		uint8_t byte = *c->at++;

		/* The tenth byte has one bit to give; the rest is dropped, as every decoder does.
		 */
		if (shift < 64)
			v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	spend(c);
	return 0;
}
