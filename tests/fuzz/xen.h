/* What fuzz targets of Xen streams put together. */
#ifndef FUZZ_XEN_H
#define FUZZ_XEN_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED __attribute__((unused))

struct stream {
	uint8_t *at;
	size_t len, room;
};

static UNUSED void put(struct stream *s, const void *bytes, size_t n)
{
	if (s->room - s->len < n) {
		s->room = (s->len + n) * 2;
		s->at = realloc(s->at, s->room);
		if (!s->at)
			abort();
	}
	if (n)
		memcpy(s->at + s->len, bytes, n);
	s->len += n;
}

static UNUSED void put_number(struct stream *s, uint64_t v, unsigned width)
{
	uint8_t bytes[8];

	for (unsigned n = 0; n < width; n++)
		bytes[n] = (uint8_t)(v >> 8 * n);
	put(s, bytes, width);
}

/* Image and domain header. */
static UNUSED void put_libxc(struct stream *s, unsigned version, unsigned type)
{
	static const uint8_t marker[] = {
		255, 255, 255, 255, 255, 255, 255, 255, 'X', 'E', 'N', 'F'
	};
	uint8_t rest[12] = { 0, 0, 0, (uint8_t)version };

	put(s, marker, sizeof(marker));
	put(s, rest, sizeof(rest));
	put_number(s, type, 4);
	put_number(s, 12, 4);
	put_number(s, 4, 4);
	put_number(s, 17, 4);
}

static UNUSED void put_record(struct stream *s, uint32_t type, const void *body, size_t n)
{
	static const uint8_t zeros[8];

	put_number(s, type, 4);
	put_number(s, n, 4);
	put(s, body, n);
	put(s, zeros, -n & 7);
}

#endif
