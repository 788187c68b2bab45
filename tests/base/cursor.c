/* base/cursor: integers of both orders, clipping, and spending for good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/attr.h"
#include "base/cursor.h"

static const uint8_t ten[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

static void integers_in_both_orders(void **state)
{
	struct bytes b = { ten, sizeof(ten) };
	struct cursor c = cursor_over(b, 100);

	(void)state;
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_u16(&c), 0x0302);
	assert_int_equal(cursor_offset(&c), 103);
	assert_int_equal(cursor_u32(&c), 0x07060504);
	assert_int_equal(cursor_left(&c), 3);
	assert_false(c.spent);

	c = cursor_over(b, 0);
	c.big = true;
	assert_int_equal(cursor_u16(&c), 0x0102);
	assert_int_equal(cursor_u64(&c), 0x030405060708090a);
	assert_int_equal(cursor_left(&c), 0);
	assert_false(c.spent);
	assert_int_equal(le64_at(ten), 0x0807060504030201);
}

static void past_the_end_is_zero_and_stays_so(void **state)
{
	struct cursor c = cursor_over((struct bytes){ ten, 3 }, 0);

	(void)state;
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.spent);
	/* Three bytes were left, but the structure is broken from there on. */
	assert_int_equal(cursor_u8(&c), 0);
	assert_int_equal(cursor_varint(&c), 0);
	assert_int_equal(cursor_bytes(&c, 1).len, 0);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_offset(&c), 3);
}

static void lengths_from_outside_are_clipped(void **state)
{
	struct cursor c = cursor_over((struct bytes){ ten, sizeof(ten) }, 50), sub;

	(void)state;
	sub = cursor_sub(&c, 4);
	assert_int_equal(cursor_left(&sub), 4);
	assert_int_equal(cursor_offset(&sub), 50);
	assert_int_equal(cursor_offset(&c), 54);
	sub = cursor_sub(&c, UINT64_MAX);
	assert_int_equal(cursor_left(&sub), 6);
	assert_int_equal(cursor_offset(&sub), 54);
	assert_false(sub.spent);
	assert_true(c.spent);

	c = cursor_over((struct bytes){ ten, sizeof(ten) }, 0);
	assert_int_equal(cursor_bytes(&c, UINT64_MAX).len, 0);
	assert_true(c.spent);
	c = cursor_over((struct bytes){ ten, sizeof(ten) }, 0);
	cursor_skip(&c, 10);
	assert_false(c.spent);
	cursor_skip(&c, 1);
	assert_true(c.spent);
}

static void nothing_at_all(void **state)
{
	struct cursor c = cursor_over((struct bytes){ NULL, 0 }, 0);

	(void)state;
	assert_int_equal(cursor_bytes(&c, 0).len, 0);
	assert_false(c.spent);
	assert_int_equal(cursor_u8(&c), 0);
	assert_true(c.spent);
}

struct varint_case {
	const char *bytes;
	size_t len;
	uint64_t v;
	size_t used;
	bool spent;
};

#define VARINT(s, v, used, spent)                                                                  \
	{                                                                                          \
		s, sizeof(s) - 1, v, used, spent                                                   \
	}

static void varints(void **state)
{
	static const struct varint_case cases[] = {
		VARINT("\x00", 0, 1, false),
		VARINT("\x7f\x01", 127, 1, false),
		VARINT("\x96\x01", 150, 2, false),
		VARINT("\x80\x80\x00", 0, 3, false),
		VARINT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", UINT64_MAX, 10, false),
		/* Bits beyond the 64th are dropped. */
		VARINT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", UINT64_MAX, 10, false),
		VARINT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 0, 11, true),
		VARINT("\x80", 0, 1, true),
		VARINT("", 0, 0, true),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes b = { (const uint8_t *)cases[i].bytes, cases[i].len };
		struct cursor c = cursor_over(b, 0);

		assert_int_equal(cursor_varint(&c), cases[i].v);
		assert_int_equal(cursor_offset(&c), cases[i].used);
		assert_int_equal(c.spent, cases[i].spent);
	}
}

static void varints_round_trip(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		for (int d = -1; d <= 1; d++) {
			uint64_t v = (UINT64_C(1) << bit) + (uint64_t)(int64_t)d, left = v;
			uint8_t buf[10];
			size_t n = 0;
			struct cursor c;

			do {
				buf[n++] = (uint8_t)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
				left >>= 7;
			} while (left);
			c = cursor_over((struct bytes){ buf, n }, 0);
			assert_int_equal(cursor_varint(&c), v);
			assert_int_equal(cursor_left(&c), 0);
			assert_false(c.spent);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_in_both_orders),
		cmocka_unit_test(past_the_end_is_zero_and_stays_so),
		cmocka_unit_test(lengths_from_outside_are_clipped),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(varints),
		cmocka_unit_test(varints_round_trip),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
