/* Bisection, against going from one to the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bound.h"

static size_t first_not_below(const int *v, size_t n, int limit)
{
	size_t i = 0;

	while (i < n && v[i] < limit)
		i++;
	return i;
}

static void is_what_a_walk_finds(void **state)
{
	static const int v[] = { -3, 0, 0, 0, 1, 4, 4, 9, 9, 9, 9, 12 };

	(void)state;
	for (size_t n = 0; n <= ARRAY_LEN(v); n++)
		for (int limit = -4; limit < 14; limit++)
			assert_int_equal(BOUND(i, n, v[i] < limit), first_not_below(v, n, limit));
}

/* What is asked is in the range, and few are: a list may be expensive to look at, or huge. */
static void asks_few(void **state)
{
	const size_t count = SIZE_MAX - 1;
	unsigned asked = 0;

	(void)state;
	assert_int_equal(BOUND(i, count, (assert_true(i < count), asked++, i < 77)), 77);
	assert_true(asked <= 64);
	assert_int_equal(BOUND(i, count, i < count), count);
	assert_int_equal(BOUND(i, 0, (fail(), true)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_what_a_walk_finds),
		cmocka_unit_test(asks_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
