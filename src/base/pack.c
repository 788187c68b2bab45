/* Integers are put together byte by byte, so that neither the order nor the alignment of this
 * machine matters. */
#include "base/pack.h"

#include <string.h>

struct pack pack_of(struct arena *a, size_t room)
{
	return (struct pack){ .at = arena_alloc(a, room), .room = room, .wide = true };
}

/* Room for `n` more bytes; NULL: there is none. */
static uint8_t *take(struct pack *p, size_t n)
{
	uint8_t *at = p->at + p->len;

	if (n > p->room - p->len) {
		p->spent = true;
		return NULL;
	}
	p->len += n;
	return at;
}

static void put(struct pack *p, uint64_t v, unsigned n)
{
	uint8_t *at = take(p, n);

	for (unsigned i = 0; at && i < n; i++)
		at[p->big ? n - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

void pack_u8(struct pack *p, uint8_t v)
{
	put(p, v, 1);
}

void pack_u16(struct pack *p, uint16_t v)
{
	put(p, v, 2);
}

void pack_u32(struct pack *p, uint32_t v)
{
	put(p, v, 4);
}

void pack_u64(struct pack *p, uint64_t v)
{
	put(p, v, 8);
}

void pack_word(struct pack *p, uint64_t v)
{
	put(p, v, p->wide ? 8 : 4);
}

void pack_field(struct pack *p, struct bytes b, size_t size)
{
	uint8_t *at = take(p, size);

	if (at && b.len)
		memcpy(at, b.at, b.len < size ? b.len : size);
}

void pack_to(struct pack *p, size_t to)
{
	if (to > p->len)
		take(p, to - p->len);
}
