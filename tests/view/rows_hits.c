/* view/rows_hits: lines at both widths, hits in files, one thread adding while another reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include <pthread.h>

#include "fake_space.h"
#include "view/rows_hits.h"

#define MANY 20000

static struct item file = { .name = "pages-1.img" };

static struct search_hit memory_hit(uint64_t va)
{
	return (struct search_hit){ .space = (struct aspace *)(uintptr_t)&fake_space,
				    .va = va,
				    .length = 5,
				    .region = aspace_region(&fake_space, va),
				    .image = &file,
				    .offset = va & 0xfff };
}

static const char *line(struct rows *r, size_t n, struct arena *a)
{
	struct row row = { 0 };

	rows_line(r, n, a, &row);
	return row_text(&row, a);
}

/* Two processes that map a page, and a hit elsewhere. */
static void test_sharing(void **state)
{
	static struct aspace other;
	struct search_hit h = memory_hit(0x5010), same = h, far = memory_hit(0x5110);
	struct rows *r = rows_hits_new();
	struct arena a;
	size_t first;

	(void)state;
	arena_init(&a);
	other = fake_space;
	other.who = "19";
	same.space = &other;
	rows_hits_clear(r, false);
	assert_string_equal(rows_hits_tally(r, &a), "");
	rows_hits_add(r, &far);
	rows_hits_add(r, &h);
	rows_hits_add(r, &same);
	assert_int_equal(rows_hits_sharing(r, 0, &first), 1);
	assert_int_equal(rows_hits_sharing(r, 1, &first), 2);
	assert_int_equal(first, 1);
	assert_int_equal(rows_hits_sharing(r, 2, &first), 2);
	assert_int_equal(first, 1);
	assert_int_equal(rows_hits_sharing(r, 3, &first), 0);
	rows_hits_room(r, 64);
	assert_int_equal(strncmp(line(r, 0, &a), "    1     7  5110", 17), 0);
	assert_int_equal(strncmp(line(r, 1, &a), "    2=    7  5010", 17), 0);
	assert_int_equal(strncmp(line(r, 2, &a), "    3=   19  5010", 17), 0);
	rows_hits_room(r, 150);
	assert_null(strstr(line(r, 0, &a), "same bytes"));
	assert_non_null(strstr(line(r, 1, &a), "same bytes 2-3"));
	assert_string_equal(rows_hits_tally(r, &a), "in 2 places; per process: 7: 2   19: 1");
	/* Counted on, not anew. */
	rows_hits_add(r, &far);
	assert_string_equal(rows_hits_tally(r, &a), "in 3 places; per process: 7: 3   19: 1");
	rows_hits_clear(r, true);
	assert_string_equal(rows_hits_tally(r, &a), "");
	rows_free(r);
	arena_fini(&a);
}

/* More processes than there is room for: the rest are counted together. */
/* Of two sources that are compared, each hit says which it is of. */
static void test_sides(void **state)
{
	static struct model a, b;
	struct item of_a = { .model = &a }, of_b = { .model = &b };
	struct aspace in_a = fake_space, in_b = fake_space;
	struct search_hit ha = memory_hit(0x5010), hb = ha;
	struct rows *r = rows_hits_new();
	struct arena arena;

	(void)state;
	arena_init(&arena);
	in_a.item = &of_a;
	in_b.item = &of_b;
	ha.space = &in_a;
	hb.space = &in_b;
	hb.offset++;
	rows_hits_clear(r, false);
	rows_hits_add(r, &ha);
	rows_hits_add(r, &hb);
	rows_hits_room(r, 64);
	rows_hits_sides(r, &a, &b);
	assert_int_equal(strncmp(line(r, 0, &arena), "    1     A 7  5010", 19), 0);
	assert_int_equal(strncmp(line(r, 1, &arena), "    2     B 7  5010", 19), 0);
	assert_string_equal(rows_hits_tally(r, &arena), "per process: A 7: 1   B 7: 1");
	/* Swapped; two memories of one source. */
	rows_hits_sides(r, &b, &a);
	assert_int_equal(strncmp(line(r, 0, &arena), "    1     B 7  5010", 19), 0);
	rows_hits_sides(r, &a, &a);
	assert_int_equal(strncmp(line(r, 0, &arena), "    1     7  5010", 17), 0);
	rows_free(r);
	arena_fini(&arena);
}

static void test_many_tallies(void **state)
{
	static struct aspace spaces[600];
	struct rows *r = rows_hits_new();
	struct search_hit h = memory_hit(0x5010);
	struct arena a;

	(void)state;
	arena_init(&a);
	rows_hits_clear(r, false);
	for (size_t i = 0; i < 600; i++) {
		spaces[i] = fake_space;
		h.space = &spaces[i];
		h.offset = i;
		rows_hits_add(r, &h);
	}
	assert_non_null(strstr(rows_hits_tally(r, &a), "others: 88"));
	rows_free(r);
	arena_fini(&a);
}

static void test_memory(void **state)
{
	struct search_hit h = memory_hit(0x5010), zero = memory_hit(0x8000);
	struct rows *r = rows_hits_new();
	struct row head = { 0 };
	struct arena a;

	(void)state;
	arena_init(&a);
	zero.image = NULL;
	rows_hits_clear(r, false);
	assert_true(rows_hits_add(r, &h));
	assert_true(rows_hits_add(r, &zero));
	assert_int_equal(rows_count(r), 2);
	rows_hits_room(r, 44 + 20);
	assert_string_equal(line(r, 0, &a),
			    "    1     7  5010          [heap]         ............hello...");
	rows_hits_room(r, 120);
	assert_non_null(strstr(line(r, 0, &a), "pages-1.img                10  [heap]"));
	assert_non_null(strstr(line(r, 1, &a), "(zeros)"));
	assert_true(rows_heading(r, &a, &head));
	assert_non_null(strstr(row_text(&head, &a), "OFFSET"));
	assert_true(rows_hits_at(r, 1, &h));
	assert_int_equal(h.va, 0x8000);
	assert_false(rows_hits_at(r, 2, &h));
	rows_hits_clear(r, false);
	assert_int_equal(rows_count(r), 0);
	rows_free(r);
	arena_fini(&a);
}

static void test_file(void **state)
{
	struct search_hit h = { .image = &file, .offset = 16, .length = 5 };
	struct rows *r = rows_hits_new();
	struct arena a;

	(void)state;
	arena_init(&a);
	rows_hits_clear(r, true);
	rows_hits_add(r, &h);
	/* A match longer than the file, at its end. */
	h.offset = 4094;
	h.length = UINT64_MAX;
	rows_hits_add(r, &h);
	assert_non_null(strstr(line(r, 0, &a), "10  pages-1.img"));
	assert_non_null(strstr(line(r, 0, &a), "hello"));
	assert_non_null(strstr(line(r, 1, &a), "ffe  pages-1.img"));
	rows_free(r);
	arena_fini(&a);
}

static void *add_many(void *arg)
{
	for (uint64_t i = 0; i < MANY; i++) {
		struct search_hit h = memory_hit(0x5000 + i % 4096);

		h.length = i;
		if (!rows_hits_add(arg, &h))
			return arg;
	}
	return NULL;
}

/* What the count says is there, is whole. */
static void test_growing(void **state)
{
	struct rows *r = rows_hits_new();
	struct search_hit h;
	pthread_t thread;
	void *full;
	size_t n = 0;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, add_many, r), 0);
	while (n < MANY) {
		n = rows_count(r);
		if (!n)
			continue;
		assert_true(rows_hits_at(r, n - 1, &h));
		assert_int_equal(h.length, n - 1);
	}
	pthread_join(thread, &full);
	assert_null(full);
	rows_free(r);
}

static int open_space(void **state)
{
	(void)state;
	fake_space_open();
	atomic_store(&file.source, fake_source);
	return 0;
}

static int close_space(void **state)
{
	(void)state;
	source_close(fake_source);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),       cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_many_tallies), cmocka_unit_test(test_file),
		cmocka_unit_test(test_growing),      cmocka_unit_test(test_sides),
	};

	return cmocka_run_group_tests(tests, open_space, close_space);
}
