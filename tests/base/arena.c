/* base/arena: alignment, zeroing, marks, and what is given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"

static bool all_zero(const uint8_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i])
			return false;
	return true;
}

static void pieces_are_aligned_zeroed_and_apart(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, 4096, 5000, 300000, 1, 7 };
	uint8_t *at[ARRAY_LEN(sizes)];
	struct arena a;

	(void)state;
	arena_init(&a);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			at[i] = arena_alloc(&a, sizes[i]);
			assert_non_null(at[i]);
			assert_int_equal((uintptr_t)at[i] % 16, 0);
			assert_true(all_zero(at[i], sizes[i]));
			memset(at[i], (int)i + 1, sizes[i]);
		}
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(at[i][k], i + 1);
		arena_reset(&a);
		/* The huge piece's block is not kept for ever. */
		assert_true(a.held <= 256 * 1024);
	}
	arena_fini(&a);
	assert_int_equal(a.held, 0);
}

static void a_mark_forgets_what_came_after(void **state)
{
	struct arena a;
	struct arena_mark outer, inner;
	char *kept;
	size_t held;

	(void)state;
	arena_init(&a);
	kept = arena_strdup(&a, "kept");
	outer = arena_mark(&a);
	held = a.held;
	for (int round = 0; round < 100; round++) {
		arena_alloc(&a, 100000);
		inner = arena_mark(&a);
		memset(arena_alloc(&a, 1000000), 0xaa, 1000000);
		arena_rewind(&a, inner);
		assert_true(a.held < 600000);
		arena_rewind(&a, outer);
		assert_int_equal(a.held, held);
	}
	assert_string_equal(kept, "kept");
	assert_true(all_zero(arena_alloc(&a, 64), 64));
	arena_fini(&a);
}

static void a_mark_of_an_empty_arena_empties_it(void **state)
{
	struct arena a;
	struct arena_mark empty;

	(void)state;
	arena_init(&a);
	empty = arena_mark(&a);
	arena_alloc(&a, 1000000);
	arena_rewind(&a, empty);
	assert_true(a.held <= 256 * 1024);
	arena_rewind(&a, empty);
	arena_fini(&a);
}

static void printed_text_of_any_length(void **state)
{
	struct arena a;
	char *text;

	(void)state;
	arena_init(&a);
	assert_string_equal(arena_printf(&a, "%s-%d", "core", 7), "core-7");
	for (int n = 250; n < 260; n++) {
		text = arena_printf(&a, "%*d", n, 1);
		assert_int_equal(strlen(text), n);
		assert_int_equal(text[n - 1], '1');
	}
	assert_int_equal(strlen(arena_printf(&a, "%10000d", 1)), 10000);
	assert_memory_equal(arena_dup(&a, "a\0b", 3), "a\0b", 3);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_aligned_zeroed_and_apart),
		cmocka_unit_test(a_mark_forgets_what_came_after),
		cmocka_unit_test(a_mark_of_an_empty_arena_empties_it),
		cmocka_unit_test(printed_text_of_any_length),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
