/* Bytes beside bytes. */
#include <string.h>

#include "ops/diff_parts.h"

enum { STEP = 64 }; /* so many at once: compilers make vectors of that */

static uint8_t step_differs(const uint8_t *a, const uint8_t *b)
{
	uint8_t n = 0;

	for (int i = 0; i < STEP; i++)
		n += a[i] != b[i];
	return n;
}

uint64_t bytes_that_differ(const uint8_t *a, const uint8_t *b, uint64_t len)
{
	static const uint8_t zeros[STEP];
	uint64_t n = 0, at = 0;

	for (; len - at >= STEP; at += STEP)
		n += step_differs(a + at, b ? b + at : zeros);
	for (; at < len; at++)
		n += a[at] != (b ? b[at] : 0);
	return n;
}

bool bytes_all_zero(const uint8_t *p, uint64_t len)
{
	return !len || (!p[0] && !memcmp(p, p + 1, len - 1));
}

uint64_t bytes_still_there(const struct source *src, uint64_t at, uint64_t len, bool ask)
{
	uint64_t lost;

	if (ask)
		source_measure(src);
	if (!source_lost(src, &lost) || (lost > at && lost - at >= len))
		return len;
	return lost > at ? lost - at : 0;
}
