/* ops/search_skip: both ways to skip against looking at every start, with the last byte that may be
 * read at the end of a page behind which there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/cursor.h"
#include "ops/search_parts.h"

enum { PAGE = 4096, PAGES = 2, LONGEST = 300 };

static unsigned seed = 1;

static unsigned any(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

/* Bytes with an unreadable page before and behind them. */
static uint8_t *make_bytes(void)
{
	size_t size = (PAGES + 2) * PAGE;
	uint8_t *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(at != MAP_FAILED);
	assert_int_equal(mprotect(at, PAGE, PROT_NONE), 0);
	assert_int_equal(mprotect(at + (PAGES + 1) * PAGE, PAGE, PROT_NONE), 0);
	return at + PAGE;
}

static const uint8_t *look(const struct needle *n, const uint8_t *at, const uint8_t *end)
{
	for (; at < end; at++)
		if ((at[n->one] & n->mask[n->one]) == n->want[n->one] &&
		    (at[n->two] & n->mask[n->two]) == n->want[n->two])
			break;
	return at;
}

static void make_needle(struct needle *n, uint8_t *want, uint8_t *mask, unsigned letters)
{
	static const uint8_t masks[] = { 0xff, 0xff, 0xdf, 0xf0, 0x0f, 0 };

	*n = (struct needle){ .want = want, .mask = mask, .len = 1 + any(LONGEST) };
	n->one = any((unsigned)n->len);
	n->two = any((unsigned)n->len);
	for (size_t i = 0; i < n->len; i++) {
		mask[i] = masks[any(sizeof(masks))];
		want[i] = (uint8_t)any(letters) & mask[i];
	}
}

static void as_looking_at_every_start(void **state)
{
	skip_starts *ways[] = { skip_plainly(), skip_best() };
	uint8_t *bytes = make_bytes(), want[LONGEST], mask[LONGEST];
	const uint8_t *limit = bytes + PAGES * PAGE;
	size_t found = 0, none = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		unsigned letters = 2 + any(round % 3 ? 30 : 255);
		const uint8_t *from, *end, *right;
		struct needle n;

		for (size_t i = 0; i < PAGES * PAGE; i++)
			bytes[i] = (uint8_t)any(letters);
		make_needle(&n, want, mask, letters);
		/* The last byte of the needle at the last start is the last of all. */
		end = limit - n.len + 1;
		from = bytes + any((unsigned)(end - bytes) + 1);
		if (any(2))
			end = from + any((unsigned)(end - from) + 1);
		right = look(&n, from, end);
		found += right < end;
		none += right == end;
		for (size_t i = 0; i < ARRAY_LEN(ways); i++)
			assert_ptr_equal(ways[i](&n, from, end), right);
	}
	assert_true(found > 500 && none > 100);
	munmap(bytes - PAGE, (PAGES + 2) * PAGE);
}

/* No word that is passed is in the range; and where none is, most are passed if any are. */
static void words_in_range_are_not_passed(void **state)
{
	uint8_t *bytes = make_bytes();
	const uint8_t *limit = bytes + PAGES * PAGE;
	size_t passed = 0, stopped = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		uint64_t first = round % 2 ? (uint64_t)any(1000) << 48 : any(70000),
			 most = any(300);
		const uint8_t *from = bytes + any(PAGES * PAGE), *at;

		if (round % 7 == 0)
			most = UINT64_MAX - first - any(3);
		for (size_t i = 0; i < PAGES * PAGE; i++)
			bytes[i] = (uint8_t)(any(round % 5 ? 256 : 2) * (i % 8 > 5 || i % 8 < 2));
		at = skip_words(from, limit, first, most);
		assert_true(at >= from && at <= limit && (at - from) % 8 == 0);
		for (const uint8_t *w = from; w < at; w += 8)
			assert_true(le64_at(w) - first > most);
		passed += at > from;
		for (const uint8_t *w = at; w + 8 <= limit && w < at + 128; w += 8)
			stopped += le64_at(w) - first <= most;
	}
	if (skip_best() != skip_plainly())
		assert_true(passed > 100);
	assert_true(stopped > 100);
	munmap(bytes - PAGE, (PAGES + 2) * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_looking_at_every_start),
		cmocka_unit_test(words_in_range_are_not_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
