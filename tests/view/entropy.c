/* view/entropy: known values, what is computed when, digits of regions and page maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "fake_space.h"
#include "view/entropy.h"
#include "view/rows_pages.h"
#include "view/rows_regions.h"

static unsigned of(const void *bytes, size_t len)
{
	return entropy_of((struct bytes){ bytes, len });
}

static void test_values(void **state)
{
	uint8_t bytes[4096] = { 0 };

	(void)state;
	assert_int_equal(of(bytes, 0), 0);
	assert_int_equal(of(bytes, sizeof(bytes)), 0);
	assert_int_equal(of("abababab", 8), 10);
	assert_int_equal(of("abcdefgh", 8), 30);
	/* 3/4 and 1/4: 0.811 bits. */
	assert_int_equal(of("aaab", 4), 8);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	assert_int_equal(of(bytes, sizeof(bytes)), 80);
	assert_int_equal(entropy_digit(80), '8');
	assert_int_equal(entropy_digit(74), '7');
	assert_int_equal(entropy_digit(75), '8');
	assert_int_equal(entropy_digit(0), '0');
	assert_int_equal(entropy_digit(ENTROPY_NONE), '.');
	assert_int_equal(entropy_digit(ENTROPY_LATER), '?');
}

static void run(struct entropy *e)
{
	struct job job;

	job_init(&job, "entropy", 0);
	entropy_run(e, &job);
}

static void test_on_demand(void **state)
{
	struct entropy *e = entropy_new();
	struct source *usual = fake_source;
	struct job job;

	(void)state;
	assert_false(entropy_batch(e));
	assert_int_equal(entropy_look(e, &fake_space, 0x1000, 0x2000), ENTROPY_NONE);
	assert_int_equal(entropy_look(e, &fake_space, 0x9000, 0x20000), ENTROPY_NONE);
	assert_false(entropy_batch(e));
	/* The first page that is stored stands for all. */
	assert_int_equal(entropy_look(e, &fake_space, 0x1000, 0x5000), ENTROPY_LATER);
	/* What a frame asked for and nobody began is forgotten by the next. */
	entropy_begin(e);
	assert_false(entropy_batch(e));
	assert_int_equal(entropy_look(e, &fake_space, 0x1000, 0x5000), ENTROPY_LATER);
	assert_true(entropy_batch(e));
	assert_false(entropy_take(e));
	assert_int_equal(entropy_look(e, &fake_space, 0x1000, 0x5000), ENTROPY_LATER);
	assert_false(entropy_batch(e));
	run(e);
	assert_true(entropy_take(e));
	assert_false(entropy_take(e));
	assert_int_equal(entropy_look(e, &fake_space, 0x1000, 0x5000), 80);
	/* Stopped: still not known. */
	fake_source = source_memory((struct bytes){ fake_page, sizeof(fake_page) }, "other");
	assert_int_equal(entropy_look(e, &fake_space, 0x5000, 0x6000), ENTROPY_LATER);
	assert_true(entropy_batch(e));
	job_init(&job, "entropy", 0);
	atomic_store(&job.cancel, true);
	entropy_run(e, &job);
	assert_true(entropy_take(e));
	assert_int_equal(entropy_look(e, &fake_space, 0x5000, 0x6000), ENTROPY_LATER);
	source_close(fake_source);
	fake_source = usual;
	entropy_free(e);
}

static const char *line(struct rows *r, size_t n, struct arena *a)
{
	struct row row;

	rows_line(r, n, a, &row);
	return row_text(&row, a);
}

static void test_rows(void **state)
{
	struct entropy *e = entropy_new();
	struct rows *pages = rows_pages_new(), *regions = rows_regions_new();
	struct arena a;

	(void)state;
	arena_init(&a);
	rows_pages_set(pages, &fake_space);
	rows_pages_entropy(pages, e);
	rows_regions_set(regions, &fake_space);
	rows_regions_entropy(regions, e);
	rows_regions_room(regions, 158);
	assert_string_equal(line(pages, 0, &a), "000000001000  f?ff");
	assert_non_null(strstr(line(regions, 1, &a), "  ??..  [heap]"));
	assert_true(entropy_batch(e));
	run(e);
	assert_true(entropy_take(e));
	/* Nearly every byte value as often as the others. */
	assert_string_equal(line(pages, 0, &a), "000000001000  f8ff");
	assert_string_equal(line(pages, 1, &a), "000000005000  88l0");
	assert_non_null(strstr(line(regions, 1, &a), "  88..  [heap]"));
	assert_non_null(strstr(line(regions, 2, &a), "  8     anon"));
	rows_pages_entropy(pages, NULL);
	assert_string_equal(line(pages, 0, &a), "000000001000  f#ff");
	rows_regions_room(regions, 130);
	assert_null(strstr(line(regions, 1, &a), "88.."));
	rows_free(pages);
	rows_free(regions);
	entropy_free(e);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_on_demand),
		cmocka_unit_test(test_rows),
	};

	fake_space_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
