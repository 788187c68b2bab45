/* Pieces in any order, enough for several blocks, against a look at all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xen/pieces.h"

enum { MANY = 200000, PAGES = 5000 };

static uint64_t seed = 1;

static uint64_t draw(uint64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (seed >> 33) % n;
}

/* Addresses ascend, with gaps; frames are anywhere, and some pieces are long. */
static void add_many(struct pieces *p)
{
	uint64_t va = 0x1000;

	for (size_t i = 0; i < MANY; i++) {
		uint64_t length = draw(1000) ? 0x1000 : 0x200000;

		assert_true(pieces_add(p, va, draw(PAGES) * 0x1000, length));
		va += length + 0x1000;
	}
}

static void test_find(void **state)
{
	struct pieces p = { 0 };
	static uint64_t found[MANY];

	(void)state;
	assert_int_equal(pieces_find(&p, 0, found, MANY), 0);
	assert_true(pieces_sort(&p, NULL));
	add_many(&p);
	assert_true(pieces_sort(&p, NULL));
	for (unsigned round = 0; round < 50; round++) {
		uint64_t pa = draw((PAGES + 600) * 0x1000), sum = 0;
		size_t n = pieces_find(&p, pa, found, MANY), want = 0;

		for (size_t i = 0; i < p.count; i++)
			if (p.at[i].pa <= pa && pa - p.at[i].pa < p.at[i].length) {
				want++;
				sum += p.at[i].va + (pa - p.at[i].pa);
			}
		assert_int_equal(n, want);
		for (size_t i = 0; i < n; i++)
			sum -= found[i];
		assert_int_equal(sum, 0);
		found[0] = found[1] = 7;
		assert_int_equal(pieces_find(&p, pa, found, 1), want);
		assert_int_equal(found[1], 7);
	}
	pieces_fini(&p);
	assert_null(p.at);
}

/* What continues in both is one piece; what goes on in one of them only is two. */
static void test_widen(void **state)
{
	struct pieces p = { 0 };
	uint64_t va;

	(void)state;
	assert_true(pieces_add(&p, 0x1000, 0x5000, 0x1000));
	assert_true(pieces_add(&p, 0x2000, 0x6000, 0x1000));
	assert_int_equal(p.count, 1);
	assert_true(pieces_add(&p, 0x3000, 0x8000, 0x1000));
	assert_true(pieces_add(&p, 0x5000, 0x9000, 0x1000));
	assert_int_equal(p.count, 3);
	assert_true(pieces_sort(&p, NULL));
	assert_int_equal(pieces_find(&p, 0x6fff, &va, 1), 1);
	assert_int_equal(va, 0x2fff);
	assert_int_equal(pieces_find(&p, 0x7000, &va, 1), 0);
	pieces_fini(&p);
}

static void test_stopped(void **state)
{
	struct pieces p = { 0 };
	struct job job;

	(void)state;
	add_many(&p);
	job_init(&job, "page tables", 0);
	atomic_store(&job.cancel, true);
	assert_false(pieces_sort(&p, &job));
	pieces_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_widen),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
