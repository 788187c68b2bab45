/* Arrays of entries: bits 63 to 60 are the page's type, 59 to 52 zero, the others its PFN. */
#include "xen/batch.h"

#include <string.h>

#include "base/cursor.h"
#include "xen/memory.h"

#define MACHINE_BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#define PFN_MASK ((UINT64_C(1) << 52) - 1)
#define BLOCK 32u /* entries that are compared at once */

uint64_t batch_entry(struct bytes entries, uint64_t n, bool big)
{
	uint64_t v;

	memcpy(&v, entries.at + 8 * n, sizeof(v));
	return big != MACHINE_BIG ? __builtin_bswap64(v) : v;
}

/* What any processor compares at once. */
typedef uint64_t pair __attribute__((vector_size(16)));

static pair pair_at(const uint8_t *at)
{
	pair v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/* True if the BLOCK entries from `n` on, which are in this machine's byte order, count up from `v`.
 */
static bool block_follows(struct bytes entries, uint64_t n, uint64_t v)
{
	pair one = { v, v + 1 }, two = { v + 2, v + 3 }, differ = { 0 };

	for (uint64_t i = n; i < n + BLOCK; i += 4, one += 4, two += 4) {
		differ |= one ^ pair_at(entries.at + 8 * i);
		differ |= two ^ pair_at(entries.at + 8 * i + 16);
	}
	return !(differ[0] | differ[1]) && ((v + BLOCK - 1) & PFN_MASK) >= BLOCK;
}

uint64_t batch_run(struct bytes entries, uint64_t n, uint64_t count, bool big)
{
	uint64_t first = batch_entry(entries, n, big), length = 1;

	while (big == MACHINE_BIG && n + length + BLOCK <= count &&
	       block_follows(entries, n + length, first + length))
		length += BLOCK;
	while (n + length < count && batch_entry(entries, n + length, big) == first + length &&
	       (first + length) & PFN_MASK)
		length++;
	return length;
}

uint64_t batch_length(uint64_t count)
{
	return BATCH_HEAD + count * (8 + XEN_PAGE);
}

struct head {
	uint32_t type, body, count, reserved;
};

static struct head head_of(const uint8_t *at, bool big)
{
	struct cursor c = cursor_over((struct bytes){ at, BATCH_HEAD }, 0);
	struct head h;

	c.big = big;
	h.type = cursor_u32(&c);
	h.body = cursor_u32(&c);
	h.count = cursor_u32(&c);
	h.reserved = cursor_u32(&c);
	return h;
}

size_t batch_head(const uint8_t *head, bool big)
{
	struct head h = head_of(head, big);

	return h.type == REC_PAGE_DATA && h.count <= BATCH_MOST ? BATCH_HEAD + (size_t)8 * h.count
								: 0;
}

bool batch_is_plain(struct bytes b, uint64_t offset, uint64_t size, bool big, struct batch *out)
{
	struct bytes entries;
	struct head h;

	if (b.len < BATCH_HEAD || batch_head(b.at, big) != b.len)
		return false;
	h = head_of(b.at, big);
	if (!h.count || h.reserved || h.body + UINT64_C(8) != batch_length(h.count) ||
	    offset > size || size - offset < batch_length(h.count))
		return false;
	entries = (struct bytes){ b.at + BATCH_HEAD, b.len - BATCH_HEAD };
	*out = (struct batch){ offset, batch_entry(entries, 0, big), h.count };
	return out->pfn <= PFN_MASK && batch_run(entries, 0, h.count, big) == h.count;
}
