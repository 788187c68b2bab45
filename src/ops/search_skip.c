/* The inner loops of a search: places where a needle's two rarest bytes both are, or where words
 * lie in a range.
 *
 * Two bytes at a fixed distance are compared for 128 starts at once. That is faster than memory
 * gives new bytes, does not depend on what the bytes are, and wildcards and letters of either case
 * cost one more instruction each; memmem takes twice as long. Processors with AVX2 do it in 32 byte
 * registers, which the program finds out when it runs; all others with the compiler's own vectors,
 * SSE2, NEON or plain words. The processor is told a page in advance what comes next: by itself it
 * looks no further than the page's end. */
#include <string.h>

#include "ops/search_parts.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
	BLOCK = 128,  /* starts looked at in one go */
	AHEAD = 4096, /* bytes */
	LINE = 64,
};

static bool both_at(const struct needle *n, const uint8_t *at)
{
	return (at[n->one] & n->mask[n->one]) == n->want[n->one] &&
	       (at[n->two] & n->mask[n->two]) == n->want[n->two];
}

/* The last starts, fewer than a block. */
static const uint8_t *skip_bytes(const struct needle *n, const uint8_t *at, const uint8_t *end)
{
	while (at < end && !both_at(n, at))
		at++;
	return at;
}

/* ---- any processor ---- */

typedef uint8_t lane __attribute__((vector_size(16)));

static lane lane_of(uint8_t byte)
{
	return (lane){ 0 } + byte;
}

static lane lane_at(const uint8_t *at)
{
	lane v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static bool lane_any(lane v)
{
	uint64_t half[2];

	memcpy(half, &v, sizeof(half));
	return half[0] | half[1];
}

static const uint8_t *skip_plain(const struct needle *n, const uint8_t *at, const uint8_t *end)
{
	const lane want = lane_of(n->want[n->one]), mask = lane_of(n->mask[n->one]);
	const lane want2 = lane_of(n->want[n->two]), mask2 = lane_of(n->mask[n->two]);

	for (; end - at >= BLOCK; at += BLOCK) {
		lane any = { 0 };

		for (size_t i = 0; i < BLOCK; i += sizeof(lane))
			any |= (lane)((lane_at(at + n->one + i) & mask) == want) &
			       (lane)((lane_at(at + n->two + i) & mask2) == want2);
		if (lane_any(any)) {
			const uint8_t *found = skip_bytes(n, at, at + BLOCK);

			if (found < at + BLOCK)
				return found;
		}
	}
	return skip_bytes(n, at, end);
}

/* ---- AVX2 ---- */

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

/* What `n` wants at `which`, with its mask, in registers. */
struct wanted {
	__m256i want, mask;
	size_t at;
};

AVX2 static inline struct wanted wanted(const struct needle *n, size_t which)
{
	return (struct wanted){ _mm256_set1_epi8((char)n->want[which]),
				_mm256_set1_epi8((char)n->mask[which]), which };
}

/* Of 32 starts, those where that byte is. */
AVX2 static inline __m256i has(struct wanted w, const uint8_t *at)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(at + w.at));

	return _mm256_cmpeq_epi8(_mm256_and_si256(v, w.mask), w.want);
}

AVX2 static const uint8_t *skip_avx2(const struct needle *n, const uint8_t *at, const uint8_t *end)
{
	struct wanted one = wanted(n, n->one), two = wanted(n, n->two);

	for (; end - at >= BLOCK; at += BLOCK) {
		uintptr_t next = (uintptr_t)at + AHEAD;
		__m256i a = _mm256_and_si256(has(one, at), has(two, at));
		__m256i b = _mm256_and_si256(has(one, at + 32), has(two, at + 32));
		__m256i c = _mm256_and_si256(has(one, at + 64), has(two, at + 64));
		__m256i d = _mm256_and_si256(has(one, at + 96), has(two, at + 96));
		__m256i any = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));

		/* Nothing happens if that is no memory. */
		_mm_prefetch((const void *)next, _MM_HINT_T0);
		_mm_prefetch((const void *)(next + LINE), _MM_HINT_T0);
		if (!_mm256_testz_si256(any, any)) {
			uint64_t low = (uint32_t)_mm256_movemask_epi8(a) |
				       (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
			uint64_t high = (uint32_t)_mm256_movemask_epi8(c) |
					(uint64_t)(uint32_t)_mm256_movemask_epi8(d) << 32;

			return low ? at + __builtin_ctzll(low) : at + 64 + __builtin_ctzll(high);
		}
	}
	return skip_bytes(n, at, end);
}

/* Of 32 bytes of words of eight: all bits of those that lie outside of the range. Signed comparison
 * is all there is: `turn` makes it unsigned. */
AVX2 static inline __m256i outside(const uint8_t *at, __m256i first, __m256i most, __m256i turn)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)at);

	return _mm256_cmpgt_epi64(_mm256_xor_si256(_mm256_sub_epi64(v, first), turn), most);
}

AVX2 static const uint8_t *skip_words_avx2(const uint8_t *at, const uint8_t *end, uint64_t first,
					   uint64_t most)
{
	const __m256i turn = _mm256_set1_epi64x(INT64_MIN);
	const __m256i low = _mm256_set1_epi64x((int64_t)first);
	const __m256i high = _mm256_xor_si256(_mm256_set1_epi64x((int64_t)most), turn);

	for (; end - at >= BLOCK; at += BLOCK) {
		uintptr_t next = (uintptr_t)at + AHEAD;
		__m256i all = _mm256_and_si256(_mm256_and_si256(outside(at, low, high, turn),
								outside(at + 32, low, high, turn)),
					       _mm256_and_si256(outside(at + 64, low, high, turn),
								outside(at + 96, low, high, turn)));

		_mm_prefetch((const void *)next, _MM_HINT_T0);
		_mm_prefetch((const void *)(next + LINE), _MM_HINT_T0);
		if (_mm256_movemask_epi8(all) != -1)
			return at;
	}
	return at;
}
#endif

const uint8_t *skip_words(const uint8_t *at, const uint8_t *end, uint64_t first, uint64_t most)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return skip_words_avx2(at, end, first, most);
#endif
	(void)end;
	(void)first;
	(void)most;
	return at;
}

skip_starts *skip_plainly(void)
{
	return skip_plain;
}

skip_starts *skip_best(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return skip_avx2;
#endif
	return skip_plain;
}
