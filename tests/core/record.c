/* core/record: records never move, and a reader sees only whole ones; run under TSan, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <cmocka.h>

#include "core/record.h"

static struct record nth(uint64_t n)
{
	return (struct record){
		.offset = n * 10, .length = n % 10 + 1, .body = (uint32_t)n, .aux = (uint32_t)~n
	};
}

static void records_never_move(void **state)
{
	enum { MANY = 100000 };
	struct index *ix = index_new();
	const struct record *early[100];

	(void)state;
	assert_int_equal(sizeof(struct record), 40 - 8);
	assert_int_equal(index_count(ix), 0);
	assert_null(index_at(ix, 0));
	for (uint64_t n = 0; n < MANY; n++) {
		struct record r = nth(n);

		index_append(ix, &r);
		if (n < 100)
			early[n] = index_at(ix, n);
	}
	assert_int_equal(index_count(ix), MANY);
	assert_null(index_at(ix, MANY));
	assert_null(index_at(ix, SIZE_MAX));
	for (uint64_t n = 0; n < MANY; n++) {
		assert_int_equal(index_at(ix, n)->offset, n * 10);
		assert_int_equal(index_at(ix, n)->body, n);
		if (n < 100)
			assert_ptr_equal(early[n], index_at(ix, n));
	}
	index_free(ix);
	index_free(NULL);
	assert_int_equal(index_count(NULL), 0);
}

static void found_by_offset(void **state)
{
	struct index *ix = index_new();

	(void)state;
	assert_int_equal(index_find(ix, 0), 0);
	for (uint64_t n = 1; n <= 1000; n++) {
		struct record r = nth(n);

		index_append(ix, &r);
	}
	/* The n-th covers [10 n, 10 n + n % 10 + 1): holes between them. */
	for (uint64_t offset = 0; offset < 10100; offset++) {
		uint64_t n = offset / 10;
		bool held = n >= 1 && n <= 1000 && offset - n * 10 < n % 10 + 1;

		assert_int_equal(index_find(ix, offset), held ? n - 1 : 1000);
	}
	assert_int_equal(index_find(ix, UINT64_MAX), 1000);
	index_free(ix);
}

static void *append_many(void *arg)
{
	for (uint64_t n = 0; n < 200000; n++) {
		struct record r = nth(n);

		index_append(arg, &r);
	}
	return NULL;
}

static void a_reader_sees_whole_records(void **state)
{
	struct index *ix = index_new();
	pthread_t writer;
	size_t count = 0;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, append_many, ix), 0);
	while (count < 200000) {
		const struct record *r;

		count = index_count(ix);
		if (!count)
			continue;
		r = index_at(ix, count - 1);
		assert_int_equal(r->offset, (count - 1) * 10);
		assert_int_equal(r->aux, (uint32_t) ~(count - 1));
		assert_true(index_find(ix, r->offset) == count - 1);
	}
	pthread_join(writer, NULL);
	index_free(ix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_never_move),
		cmocka_unit_test(found_by_offset),
		cmocka_unit_test(a_reader_sees_whole_records),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
