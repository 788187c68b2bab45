/* What is laid out is where a cursor reads it, in both orders and widths; nothing beyond its room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "base/pack.h"

static void reads_back(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (int big = 0; big < 2; big++) {
		struct pack p = pack_of(&a, 64);
		struct cursor c;

		p.big = big;
		pack_u8(&p, 0x12);
		pack_u16(&p, 0x3456);
		pack_u32(&p, 0x789abcde);
		pack_u64(&p, UINT64_C(0x0123456789abcdef));
		pack_field(&p, (struct bytes){ (const uint8_t *)"name", 4 }, 8);
		pack_to(&p, 40);
		assert_int_equal(p.len, 40);
		assert_false(p.spent);
		c = cursor_over(pack_bytes(&p), 0);
		c.big = big;
		assert_int_equal(cursor_u8(&c), 0x12);
		assert_int_equal(cursor_u16(&c), 0x3456);
		assert_int_equal(cursor_u32(&c), 0x789abcde);
		assert_true(cursor_u64(&c) == UINT64_C(0x0123456789abcdef));
		assert_memory_equal(c.at, "name\0\0\0\0", 8);
		assert_int_equal(p.at[39], 0);
	}
	arena_fini(&a);
}

static void words_are_as_wide_as_told(void **state)
{
	static const uint8_t expected[] = { 0x88, 0x77, 0x66, 0x55, 0x88, 0x77,
					    0x66, 0x55, 0x44, 0x33, 0x22, 0x11 };
	struct pack p;
	struct arena a;

	(void)state;
	arena_init(&a);
	p = pack_of(&a, 12);
	p.wide = false;
	pack_word(&p, UINT64_C(0x1122334455667788));
	p.wide = true;
	pack_word(&p, UINT64_C(0x1122334455667788));
	assert_int_equal(p.len, sizeof(expected));
	assert_memory_equal(p.at, expected, sizeof(expected));
	arena_fini(&a);
}

static void stops_at_its_room(void **state)
{
	struct pack p;
	struct arena a;

	(void)state;
	arena_init(&a);
	p = pack_of(&a, 6);
	pack_u32(&p, 1);
	pack_u32(&p, 2);
	assert_true(p.spent);
	assert_int_equal(p.len, 4);
	pack_u16(&p, 3);
	assert_int_equal(p.len, 6);
	pack_to(&p, 3);
	assert_int_equal(p.len, 6);
	p = pack_of(&a, 3);
	pack_field(&p, (struct bytes){ (const uint8_t *)"longer", 6 }, 3);
	assert_memory_equal(p.at, "lon", 3);
	assert_false(p.spent);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back),
		cmocka_unit_test(words_are_as_wide_as_told),
		cmocka_unit_test(stops_at_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
