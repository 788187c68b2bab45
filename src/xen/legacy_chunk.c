/* Chunks of a legacy stream: how long they are, what a batch lists.
 *
 *	i32 id         below 0: as the table says; 0: end of the body
 *	i32 n > 0      a batch: W entry[n], then a page for each entry that has one
 *
 * W is the word of the toolstack that saved, 4 or 8 bytes. An entry has the page's type in bits 28
 * to 31 and its PFN below; what is above is zero. */
#include "xen/legacy.h"

#include <string.h>

#define FAR (UINT64_C(1) << 62) /* lengths are cut here: no file is as long, no sum wraps */
#define TMEM_OID 24u
#define TMEM_POOL 28u /* id, flags, n_pages, uuid */

/* Bytes of a chunk, its id among them; 0: they depend. */
static const uint8_t fixed[] = {
	[-LEGACY_VERIFY] = 4,
	[3] = 16,
	[4] = 16,
	[-LEGACY_TSC_INFO] = 24,
	[8] = 16,
	[-LEGACY_LAST_CHECKPOINT] = 4,
	[10] = 16,
	[11] = 16,
	[-LEGACY_ENABLE_COMPRESSION] = 4,
	[14] = 16,
	[15] = 16,
	[16] = 16,
	[17] = 16,
	[19] = 16,
	[20] = 16,
	[21] = 16,
};

uint32_t legacy_context_size(uint32_t width)
{
	return width == 8 ? 5168 : width == 4 ? 2800 : 0;
}

uint16_t legacy_head(int32_t type)
{
	return type < LEGACY_P2M_SIZE || type == LEGACY_HVM_CONTEXT ? 4 : 0;
}

uint32_t legacy_param_index(int32_t id)
{
	static const uint8_t params[] = {
		[3] = 12,  [4] = 15,  [8] = 17,  [10] = 19, [11] = 9,  [14] = 34,
		[15] = 27, [16] = 28, [17] = 29, [19] = 32, [20] = 33, [21] = 36,
	};

	return id < 0 && id >= LEGACY_LOWEST && params[-id] ? params[-id] : UINT32_MAX;
}

static bool starts(struct bytes b, const char *word)
{
	return b.len >= LEGACY_SIGNATURE && !memcmp(b.at, word, LEGACY_SIGNATURE);
}

uint64_t legacy_model_head(struct bytes b)
{
	if (starts(b, "DeviceModelRecord0002") || starts(b, "RemusDeviceModelState"))
		return LEGACY_SIGNATURE + 4;
	if (!starts(b, "QemuDeviceModelRecord"))
		return 0;
	return b.len > LEGACY_SIGNATURE && b.at[LEGACY_SIGNATURE] == '\n' ? LEGACY_SIGNATURE + 5
									  : LEGACY_SIGNATURE;
}

uint64_t legacy_model_length(struct bytes b)
{
	struct cursor c = cursor_over(b, 0);
	uint64_t head = legacy_model_head(b);

	c.big = head == LEGACY_SIGNATURE + 5;
	cursor_skip(&c, head - 4);
	return cursor_u32(&c);
}

static bool number(const struct source *src, uint64_t at, uint32_t width, uint64_t *v)
{
	struct bytes b = source_view(src, at, width);

	if (b.len < width)
		return false;
	*v = width == 8 ? le64_at(b.at) : le32_at(b.at);
	return true;
}

struct legacy_entries legacy_entries(const struct source *src, uint64_t at, uint32_t word,
				     bool packed)
{
	struct legacy_entries e = { .word = word, .packed = packed };
	uint64_t count = 0;

	number(src, at, 4, &count);
	e.c = source_cursor(src, (struct span){ at + 4, count * word });
	e.left = (uint32_t)(cursor_left(&e.c) / word);
	e.next = at + 4 + count * word;
	return e;
}

bool legacy_next(struct legacy_entries *e)
{
	if (!e->left)
		return false;
	e->left--;
	e->raw = e->word == 8 ? cursor_u64(&e->c) : cursor_u32(&e->c);
	e->type = (unsigned)(e->raw >> 28 & 0xf);
	e->pfn = e->raw & 0x0fffffff;
	e->body = UINT64_MAX;
	if (legacy_has_page(e->type) && !e->packed) {
		e->body = e->next;
		e->next += XEN_PAGE;
	}
	return true;
}

static bool measure_batch(const struct source *src, uint64_t at, uint32_t count, uint32_t word,
			  bool packed, uint64_t *length)
{
	struct legacy_entries e = legacy_entries(src, at, word, packed);

	if (e.left < count)
		return false;
	while (legacy_next(&e))
		;
	*length = e.next - at;
	return true;
}

/* Pools, each with the pages it has; page sizes are in the pool's flags. */
static bool measure_tmem(const struct source *src, uint64_t at, uint64_t *length)
{
	uint64_t end = at + 4 + 28, id, flags, pages, oid;

	while (number(src, end, 4, &id) && id != UINT32_MAX) {
		if (!number(src, end + 4, 4, &flags) || !number(src, end + 8, 4, &pages))
			return false;
		end += TMEM_POOL;
		for (; pages && number(src, end, 8, &oid); pages--) {
			if (oid == UINT64_MAX) {
				end += TMEM_OID;
				break;
			}
			end += TMEM_OID + 4 + (UINT64_C(1) << (12 + (flags >> 4 & 0xf)));
		}
	}
	*length = end + 4 - at;
	return true;
}

static bool measure_tmem_extra(const struct source *src, uint64_t at, uint64_t *length)
{
	uint64_t end = at + 4, pool;

	while (number(src, end, 4, &pool) && pool != UINT32_MAX)
		end += 4 + TMEM_OID + 4;
	*length = end + 4 - at;
	return true;
}

bool legacy_measure(const struct source *src, uint64_t at, uint32_t word, bool packed,
		    uint64_t *length)
{
	uint64_t v;
	int32_t id;

	if (!number(src, at, 4, &v))
		return false;
	id = (int32_t)(uint32_t)v;
	*length = 4;
	if (id > 0)
		return measure_batch(src, at, (uint32_t)id, word, packed, length);
	if (id < LEGACY_LOWEST)
		return false;
	if (id == LEGACY_END)
		return true;
	if (fixed[-id]) {
		*length = fixed[-id];
		return true;
	}
	if (id == LEGACY_TMEM)
		return measure_tmem(src, at, length);
	if (id == LEGACY_TMEM_EXTRA)
		return measure_tmem_extra(src, at, length);
	if (!number(src, at + 4, id == LEGACY_COMPRESSED ? word : 4, &v))
		return false;
	if (v > FAR)
		v = FAR;
	if (id == LEGACY_COMPRESSED)
		*length = 4 + word + v;
	else if (id == LEGACY_TOOLSTACK)
		*length = 8 + v;
	else if (v > LEGACY_VCPU_MAX) /* LEGACY_VCPU_INFO */
		return false;
	else
		*length = 8 + 8 * (v / 64 + 1);
	return true;
}
