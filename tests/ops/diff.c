/* ops/diff: memories made of whatever extents a test wants, and files that shrink meanwhile. What
 * must come out is counted here a byte at a time, from the same extents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "ops/diff.h"

enum { PAGE = 4096, TOP = 64 };

/* A space of extents, unmapped between them. */
struct space {
	struct aspace as;
	const struct extent *at;
	size_t count;
};

static void space_at(const struct aspace *as, uint64_t addr, struct extent *out)
{
	const struct space *s = (const struct space *)as;
	uint64_t start = 0;
	size_t lo = 0, hi = s->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->at[mid].end <= addr && s->at[mid].end != UINT64_MAX)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < s->count && s->at[lo].start <= addr) {
		*out = s->at[lo];
		return;
	}
	if (lo)
		start = s->at[lo - 1].end;
	*out = (struct extent){ .start = start,
				.end = lo < s->count ? s->at[lo].start : UINT64_MAX,
				.state = PAGE_UNMAPPED };
}

static const struct aspace_ops space_ops = { .at = space_at };

static struct space space_of(const struct extent *at, size_t count)
{
	return (struct space){ .as = { .ops = &space_ops, .name = "space", .page = PAGE },
			       .at = at,
			       .count = count };
}

static struct diff *open_diff(struct space *a, struct space *b, unsigned jobs)
{
	struct diff_spec spec = { .space_a = &a->as, .space_b = &b->as, .jobs = jobs };
	struct diff *d;

	assert_null(diff_open(NULL, NULL, &spec, &d));
	while (diff_things(d))
		;
	return d;
}

/* The one memory of a comparison. */
static size_t memory_in(const struct diff *d)
{
	assert_int_equal(diff_count(d), 1);
	assert_int_equal(diff_at(d, 0)->what, DIFF_MEMORY);
	return 0;
}

static struct source *bytes_source(uint64_t len, unsigned seed)
{
	uint8_t *bytes = malloc(len);

	for (uint64_t n = 0; n < len; n++) {
		seed = seed * 1103515245 + 12345;
		bytes[n] = (uint8_t)(seed >> 16);
	}
	return source_memory((struct bytes){ bytes, len }, "bytes");
}

static void close_bytes(struct source *src)
{
	free((void *)(uintptr_t)source_view(src, 0, 1).at);
	source_close(src);
}

/* ---- borders ---- */

/* What one byte is: its value, -1 for zeros that were never written, -2 for nothing, -3 unknown. */
static int byte_of(const struct space *s, uint64_t addr)
{
	struct extent x;

	space_at(&s->as, addr, &x);
	switch (x.state) {
	case PAGE_PRESENT:
		return source_view(x.source, x.offset + (addr - x.start), 1).at[0];
	case PAGE_ZERO:
		return -1;
	case PAGE_LAZY:
		return -3;
	default:
		return -2;
	}
}

struct expected {
	enum diff_how how;
	uint32_t bytes;
	bool unknown;
};

static struct expected expect(const struct space *a, const struct space *b, uint64_t page)
{
	struct expected e = { DIFF_EQUAL, 0, false };
	bool in_a = false, in_b = false;

	for (uint64_t at = page; at < page + PAGE; at++) {
		int x = byte_of(a, at), y = byte_of(b, at);

		if (x == -3 || y == -3) {
			e.unknown = true;
			continue;
		}
		in_a |= x >= 0 && (y >= 0 || y == -2 || x);
		in_b |= y >= 0 && (x >= 0 || x == -2 || y);
		if (x < 0 && y < 0)
			continue;
		e.bytes += x == -2 || y == -2 || (x < 0 ? 0 : x) != (y < 0 ? 0 : y);
	}
	if (!e.bytes)
		return e;
	e.unknown = false;
	e.how = in_a && in_b ? DIFF_CHANGED : in_b ? DIFF_ADDED : DIFF_REMOVED;
	if (e.how != DIFF_CHANGED)
		e.bytes = PAGE;
	return e;
}

/* Extents whose borders are anywhere. */
static size_t cut_randomly(struct extent *at, struct source *src, unsigned *seed)
{
	static const enum page_state states[] = { PAGE_PRESENT, PAGE_PRESENT, PAGE_PRESENT,
						  PAGE_ZERO,    PAGE_LAZY,    PAGE_UNMAPPED };
	uint64_t addr = 0;
	size_t n = 0;

	for (; n < TOP && addr < 40 * PAGE; n++) {
		uint64_t len = rand_r(seed) % 4 ? 1 + (uint64_t)rand_r(seed) % (3 * PAGE)
						: PAGE * (1 + (uint64_t)rand_r(seed) % 4);
		struct extent x = { .start = addr, .end = addr + len };

		x.state = states[rand_r(seed) % ARRAY_LEN(states)];
		if (x.state == PAGE_PRESENT) {
			x.source = src;
			x.offset = addr;
		}
		addr = x.end;
		at[n] = x;
	}
	return n;
}

static void each_page_counts_once(void **state)
{
	struct source *a = bytes_source(60 * PAGE, 1), *b = bytes_source(60 * PAGE, 1);
	uint8_t *bytes = (uint8_t *)(uintptr_t)source_view(b, 0, 1).at;
	unsigned seed = 7;

	(void)state;
	for (int n = 0; n < 60; n++)
		bytes[rand_r(&seed) % (60 * PAGE)] ^= 1;
	memset(bytes + 20 * PAGE, 0, 3 * PAGE);
	for (int round = 0; round < 200; round++) {
		struct extent in_a[TOP], in_b[TOP];
		struct space sa = space_of(in_a, cut_randomly(in_a, a, &seed));
		struct space sb = space_of(in_b, cut_randomly(in_b, b, &seed));
		struct diff *d = open_diff(&sa, &sb, 1 + round % 2);
		size_t memory = memory_in(d), seen = 0;
		uint64_t unknown = 0;

		diff_memory(d, NULL);
		for (uint64_t at = 0; at < 60 * PAGE; at += PAGE) {
			struct expected e = expect(&sa, &sb, at);
			const struct page_change *p = diff_page(d, memory, seen);

			unknown += e.unknown;
			if (e.how == DIFF_EQUAL) {
				assert_true(!p || p->addr > at);
				continue;
			}
			assert_non_null(p);
			assert_int_equal(p->addr, at);
			assert_int_equal(p->how, e.how);
			assert_int_equal(p->bytes, e.bytes);
			seen++;
		}
		assert_int_equal(diff_pages(d, memory), seen);
		assert_int_equal(diff_tally(d, memory).unknown, unknown);
		diff_close(d);
	}
	close_bytes(a);
	close_bytes(b);
}

static void the_last_page_of_all_is_compared(void **state)
{
	struct source *a = bytes_source(4 * PAGE, 1), *b = bytes_source(4 * PAGE, 2);
	const struct extent in_a = { .start = UINT64_MAX - 2 * PAGE + 1,
				     .end = UINT64_MAX,
				     .state = PAGE_PRESENT,
				     .source = a };
	struct extent in_b = in_a;
	struct space sa = space_of(&in_a, 1), sb = space_of(&in_b, 1);
	struct diff *d;

	(void)state;
	in_b.source = b;
	d = open_diff(&sa, &sb, 1);
	diff_memory(d, NULL);
	assert_int_equal(diff_pages(d, memory_in(d)), 2);
	assert_int_equal(diff_page(d, 0, 1)->addr, UINT64_MAX - PAGE + 1);
	assert_int_equal(diff_page_find(d, 0, UINT64_MAX - PAGE + 1), 1);
	assert_int_equal(diff_page_find(d, 0, UINT64_MAX), 2);
	diff_close(d);
	close_bytes(a);
	close_bytes(b);
}

/* Runs of one page each, a page apart, from the end of the file to its beginning. */
static void a_hundred_thousand_runs(void **state)
{
	enum { RUNS = 100000, PAGES = 500 };
	struct source *a = bytes_source(PAGES * PAGE, 1), *b = bytes_source(PAGES * PAGE, 1);
	uint8_t *bytes = (uint8_t *)(uintptr_t)source_view(b, 0, 1).at;
	struct extent *in_a = calloc(RUNS, sizeof(*in_a)), *in_b = calloc(RUNS, sizeof(*in_b));
	struct space sa = space_of(in_a, RUNS), sb = space_of(in_b, RUNS);
	struct diff *d;

	(void)state;
	bytes[17 * PAGE + 5] ^= 0x40;
	for (uint64_t n = 0; n < RUNS; n++) {
		in_a[n] = (struct extent){ .start = n * 2 * PAGE,
					   .end = (n * 2 + 1) * PAGE,
					   .state = PAGE_PRESENT,
					   .source = a,
					   .offset = (PAGES - 1 - n % PAGES) * PAGE };
		in_b[n] = in_a[n];
		in_b[n].source = b;
	}
	d = open_diff(&sa, &sb, 2);
	diff_memory(d, NULL);
	assert_int_equal(diff_pages(d, memory_in(d)), RUNS / PAGES);
	assert_int_equal(diff_tally(d, 0).compared, RUNS);
	for (size_t n = 0; n < RUNS / PAGES; n++) {
		assert_int_equal(diff_page(d, 0, n)->bytes, 1);
		assert_int_equal(diff_page(d, 0, n)->addr, (n * PAGES + PAGES - 1 - 17) * 2 * PAGE);
	}
	diff_close(d);
	free(in_a);
	free(in_b);
	close_bytes(a);
	close_bytes(b);
}

/* ---- files ---- */

enum { FILE_PAGES = 3000 };

static struct source *file_source(int *fd, uint64_t changed)
{
	char path[] = "/tmp/diff.XXXXXX";
	uint8_t page[PAGE];
	struct source *src;

	*fd = mkstemp(path);
	assert_true(*fd >= 0);
	for (uint64_t n = 0; n < FILE_PAGES; n++) {
		memset(page, (int)(n % 255) + 1, PAGE);
		page[99] ^= n == changed ? 0x80 : 0;
		assert_int_equal(write(*fd, page, PAGE), PAGE);
	}
	assert_null(source_open(AT_FDCWD, path, false, &src));
	unlink(path);
	return src;
}

/* What was cut off is not known; neither is the page in which the file now ends. */
static void what_a_file_lost_is_unknown(void **state)
{
	static const uint64_t cuts[] = { 0, 1000 * PAGE, 1000 * PAGE + 10, 2048 * PAGE - 1 };

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(cuts); n++)
		for (unsigned cut_a = 0; cut_a < 2; cut_a++) {
			struct extent xa = { .end = FILE_PAGES * PAGE, .state = PAGE_PRESENT }, xb;
			struct space sa = space_of(&xa, 1), sb = space_of(&xb, 1);
			uint64_t whole = cuts[n] / PAGE;
			struct memory_tally t;
			struct diff *d;
			int fd_a, fd_b;

			xa.source = file_source(&fd_a, UINT64_MAX);
			xb = xa;
			xb.source = file_source(&fd_b, 5);
			d = open_diff(&sa, &sb, 1 + cut_a);
			assert_int_equal(ftruncate(cut_a ? fd_a : fd_b, (off_t)cuts[n]), 0);
			diff_memory(d, NULL);
			t = diff_tally(d, memory_in(d));
			assert_int_equal(t.unknown, FILE_PAGES - whole);
			assert_int_equal(t.compared, whole);
			assert_int_equal(t.changed, whole > 5);
			assert_int_equal(diff_pages(d, 0), whole > 5);
			diff_close(d);
			source_close(xa.source);
			source_close(xb.source);
			close(fd_a);
			close(fd_b);
		}
}

static void what_was_not_looked_at_is_told(void **state)
{
	struct extent xa = { .end = FILE_PAGES * PAGE, .state = PAGE_PRESENT }, xb;
	struct space sa = space_of(&xa, 1), sb = space_of(&xb, 1);
	struct memory_tally t;
	struct diff *d;
	struct job job;
	int fd_a, fd_b;

	(void)state;
	xa.source = file_source(&fd_a, UINT64_MAX);
	xb = xa;
	xb.source = file_source(&fd_b, 5);
	d = open_diff(&sa, &sb, 2);
	job_init(&job, "compare", diff_total(d));
	atomic_store(&job.cancel, true);
	diff_memory(d, &job);
	t = diff_tally(d, memory_in(d));
	assert_int_equal(t.stopped, FILE_PAGES);
	assert_int_equal(t.compared + t.unknown + t.changed, 0);
	assert_true(diff_done(d));
	diff_close(d);
	source_close(xa.source);
	source_close(xb.source);
	close(fd_a);
	close(fd_b);
}

/* ---- while it is filled ---- */

static void *look_on(void *arg)
{
	struct diff *d = arg;
	uint64_t seen = 0;

	while (!diff_done(d)) {
		size_t n = diff_pages(d, 0);

		for (size_t i = n > 64 ? n - 64 : 0; i < n; i++) {
			const struct page_change *p = diff_page(d, 0, i);

			seen += p->bytes + (p->moved ? p->other : p->addr);
		}
		seen += diff_tally(d, 0).changed + (uint64_t)diff_equal(d);
	}
	return seen ? d : NULL;
}

static void moved_pages_are_found_while_one_looks_on(void **state)
{
	enum { PAGES = 2000 };
	struct source *a = bytes_source(PAGES * PAGE, 1);
	struct extent in_a = { .end = PAGES * PAGE, .state = PAGE_PRESENT, .source = a };
	struct extent in_b[2] = { { .start = 0, .end = PAGE }, in_a };
	struct space sa = space_of(&in_a, 1), sb = space_of(in_b, 2);
	struct diff_spec spec = {
		.space_a = &sa.as, .space_b = &sb.as, .jobs = 2, .content = true
	};
	pthread_t viewer;
	struct diff *d;

	(void)state;
	/* All of it one page higher. */
	in_b[1].start = PAGE;
	in_b[1].end = (PAGES + 1) * PAGE;
	assert_null(diff_open(NULL, NULL, &spec, &d));
	while (diff_things(d))
		;
	assert_int_equal(pthread_create(&viewer, NULL, look_on, d), 0);
	diff_memory(d, NULL);
	pthread_join(viewer, NULL);
	assert_int_equal(diff_tally(d, memory_in(d)).moved, PAGES);
	for (size_t n = 1; n < diff_pages(d, 0); n++) {
		assert_true(diff_page(d, 0, n)->moved);
		assert_int_equal(diff_page(d, 0, n)->other, diff_page(d, 0, n)->addr - PAGE);
	}
	diff_close(d);
	close_bytes(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_counts_once),
		cmocka_unit_test(the_last_page_of_all_is_compared),
		cmocka_unit_test(a_hundred_thousand_runs),
		cmocka_unit_test(what_a_file_lost_is_unknown),
		cmocka_unit_test(what_was_not_looked_at_is_told),
		cmocka_unit_test(moved_pages_are_found_while_one_looks_on),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
