/* Whether bytes read as a legacy stream: it has neither magic nor version.
 *
 *	W p2m_size     W ff..    u32 total  "vcpu" ..      PV
 *	W p2m_size     i32 chunk ..                        HVM
 *
 * With W = 8 the upper half of p2m_size is zero; with W = 4 what stands there is part of what comes
 * next, which is never zero in a stream that has any page. The block "vcpu" with one of two sizes
 * proves a PV stream. An HVM stream proves itself by chunk after chunk that could be one: each is
 * worth so many points, a first that could not be ends it. */
#include <string.h>

#include "xen/legacy.h"

#define PFN_LIMIT (UINT64_C(1) << 28) /* entries have no room for more */
#define BLOCKS_MAX 16                 /* of extended-info, until "vcpu" was met */
#define STEPS_MAX 12
#define ENOUGH 40 /* points, which are bits of evidence, about */

static bool read_word(const struct source *src, uint64_t at, uint32_t word, uint64_t *v)
{
	struct bytes b = source_view(src, at, word);

	if (b.len < word)
		return false;
	*v = word == 8 ? le64_at(b.at) : le32_at(b.at);
	return true;
}

static bool all_ones(const struct source *src, uint64_t at, uint32_t word)
{
	uint64_t v;

	return read_word(src, at, word, &v) && v == (word == 8 ? UINT64_MAX : UINT32_MAX);
}

/* Blocks of extended-info, from behind the marker on. */
static bool probe_pv(const struct source *src, uint64_t at)
{
	uint64_t total, size, left;

	if (!read_word(src, at, 4, &total))
		return false;
	at += 4;
	left = total;
	for (unsigned n = 0; n < BLOCKS_MAX && left >= 8; n++) {
		struct bytes b = source_view(src, at, 8);

		if (b.len < 8)
			return false;
		size = le32_at(b.at + 4);
		if (size > left - 8)
			return false;
		if (!memcmp(b.at, "vcpu", 4))
			return size == legacy_context_size(4) || size == legacy_context_size(8);
		at += 8 + size;
		left -= 8 + size;
	}
	return false;
}

/* Senders go upwards, so that PFNs of a batch ascend; HVM pages have no type but "nothing". */
static bool batch_points(const struct source *src, uint64_t at, uint32_t word, uint64_t p2m_size,
			 unsigned *points)
{
	struct legacy_entries e = legacy_entries(src, at, word, false);
	uint64_t last = 0;
	unsigned count = 0;

	if (!e.left || e.left > LEGACY_BATCH_MAX)
		return false;
	while (legacy_next(&e)) {
		bool lost = e.raw == LEGACY_PFN_LOST;

		if (e.raw > UINT32_MAX || (e.type && e.type < 13))
			return false;
		if (!lost && (e.pfn >= p2m_size || (count && e.pfn <= last)))
			return false;
		if (!lost)
			last = e.pfn;
		count++;
	}
	*points += count < 4 ? 4 * count : count < 24 ? 16 + count : ENOUGH;
	return true;
}

static bool probe_hvm(const struct source *src, uint64_t at, uint32_t word, uint64_t p2m_size)
{
	unsigned points = 0;

	for (unsigned n = 0; n < STEPS_MAX && points < ENOUGH; n++) {
		uint64_t v, length;
		int32_t id;

		if (!read_word(src, at, 4, &v))
			return false;
		id = (int32_t)(uint32_t)v;
		if (id == LEGACY_END || id < LEGACY_LOWEST || id > LEGACY_BATCH_MAX)
			return id == LEGACY_END && points >= ENOUGH / 2;
		if (id > 0 && !batch_points(src, at, word, p2m_size, &points))
			return false;
		if (id < 0)
			points += 20;
		if (!legacy_measure(src, at, word, false, &length))
			return points >= ENOUGH;
		at += length;
	}
	return points >= ENOUGH;
}

bool legacy_probe(const struct source *src, uint64_t at, uint32_t *word, enum guest_type *type)
{
	struct bytes b = source_view(src, at, 8);
	uint64_t p2m_size;

	if (b.len < 8)
		return false;
	if (!*word)
		*word = le32_at(b.at + 4) ? 4 : 8;
	if (!read_word(src, at, *word, &p2m_size) || !p2m_size || p2m_size > PFN_LIMIT)
		return false;
	if (all_ones(src, at + *word, *word)) {
		*type = GUEST_PV;
		return probe_pv(src, at + *word * 2);
	}
	*type = GUEST_HVM;
	return probe_hvm(src, at + *word, *word, p2m_size);
}
