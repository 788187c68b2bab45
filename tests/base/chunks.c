/* base/chunks: elements never move, and a reader sees only whole ones; run under TSan, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <pthread.h>
#include <cmocka.h>

#include "base/chunks.h"

struct element {
	uint64_t n;
	uint32_t inverse;
	char text[12];
};

static void append(struct chunks *c, uint64_t n)
{
	struct element *e = chunks_next(c);

	assert_non_null(e);
	e->n = n;
	e->inverse = (uint32_t)~n;
	chunks_publish(c);
}

static void elements_never_move(void **state)
{
	enum { MANY = 100000 };
	const struct element *early[MANY / 1000];
	struct chunks c;

	(void)state;
	chunks_init(&c, sizeof(struct element), SIZE_MAX);
	assert_int_equal(chunks_count(&c), 0);
	assert_null(chunks_at(&c, 0));
	for (uint64_t n = 0; n < MANY; n++) {
		append(&c, n);
		if (n % 1000 == 0)
			early[n / 1000] = chunks_at(&c, n);
	}
	assert_int_equal(chunks_count(&c), MANY);
	assert_null(chunks_at(&c, MANY));
	assert_null(chunks_at(&c, SIZE_MAX));
	for (uint64_t n = 0; n < MANY; n++) {
		const struct element *e = chunks_at(&c, n);

		assert_int_equal(e->n, n);
		if (n % 1000 == 0)
			assert_ptr_equal(e, early[n / 1000]);
	}
	chunks_fini(&c);
	assert_int_equal(chunks_count(&c), 0);
	append(&c, 7);
	assert_int_equal(((const struct element *)chunks_at(&c, 0))->n, 7);
	chunks_fini(&c);
}

/* What is not published is not there, and its room is zeros. */
static void an_element_counts_once_published(void **state)
{
	static const char zeros[sizeof(struct element)];
	struct chunks c;
	void *room;

	(void)state;
	chunks_init(&c, sizeof(struct element), 30);
	for (uint64_t n = 0; n < 30; n++) {
		room = chunks_next(&c);
		assert_memory_equal(room, zeros, sizeof(zeros));
		assert_ptr_equal(chunks_next(&c), room);
		assert_null(chunks_at(&c, n));
		append(&c, n);
		assert_ptr_equal(chunks_at(&c, n), room);
	}
	assert_null(chunks_next(&c));
	assert_int_equal(chunks_count(&c), 30);
	chunks_fini(&c);
}

static void *append_many(void *arg)
{
	for (uint64_t n = 0; n < 200000; n++)
		append(arg, n);
	return NULL;
}

static void a_reader_sees_whole_elements(void **state)
{
	struct chunks c;
	pthread_t writer;

	(void)state;
	chunks_init(&c, sizeof(struct element), SIZE_MAX);
	assert_int_equal(pthread_create(&writer, NULL, append_many, &c), 0);
	for (size_t count = 0; count < 200000;) {
		const struct element *e;

		count = chunks_count(&c);
		e = count ? chunks_at(&c, count - 1) : NULL;
		if (!e)
			continue;
		assert_int_equal(e->n, count - 1);
		assert_int_equal(e->inverse, (uint32_t) ~(count - 1));
	}
	pthread_join(writer, NULL);
	chunks_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_never_move),
		cmocka_unit_test(an_element_counts_once_published),
		cmocka_unit_test(a_reader_sees_whole_elements),
	};

	return cmocka_run_group_tests_name("chunks", tests, NULL, NULL);
}
