/* Runs, passes and views: random streams against an array with one slot a PFN, and the costs that
 * hostile ones must not exceed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "xen/memory.h"
#include "xen/state.h"

/* ---- the same by brute force ---- */

enum { PFNS = 300 };

struct slot {
	bool sent;
	uint64_t offset; /* NO_BODY */
	unsigned type;
	uint32_t record, pass;
};

static uint64_t seed = 88172645463325252u;

static uint32_t pick(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % n;
}

static const unsigned types[] = { 0, 0, 0, 0, 1, 2, 9, 13, 14, 15, 15, 5 };

/* A stream as a sender would make it, or as nobody would: passes that ascend with holes, pages out
 * of order now and then. `after` has memory as each pass left it, 64 of them at most. */
static struct memory *random_stream(struct slot after[64][PFNS], size_t *passes)
{
	struct memory *m = memory_new();
	struct slot now[PFNS] = { 0 };
	uint64_t offset = 1000, last = 0;
	size_t n = 0;
	bool first = true;

	for (unsigned i = 0; i < 40; i++) {
		uint64_t pfn = pick(PFNS);
		unsigned type = types[pick(ARRAY_LEN(types))];

		for (unsigned k = pick(60); k && pfn < PFNS && n < 60; k--) {
			bool body = page_type_has_data(type);

			if (first || pfn <= last) {
				if (!first)
					memcpy(after[n - 1], now, sizeof(now));
				n++;
			}
			memory_add(m, pfn, type, offset, i, false);
			now[pfn] = (struct slot){ true, body ? offset : NO_BODY, type, i,
						  (uint32_t)n - 1 };
			offset += body ? XEN_PAGE : 0;
			first = false;
			last = pfn;
			pfn += pick(4) ? 1 : 1 + pick(9);
			type = pick(5) ? type : types[pick(ARRAY_LEN(types))];
		}
	}
	if (n)
		memcpy(after[n - 1], now, sizeof(now));
	memory_seal(m, NULL);
	*passes = n;
	return m;
}

static void check_slot(const struct page_run *r, uint64_t pfn, const struct slot *s)
{
	assert_int_equal(r != NULL, s->sent);
	if (!r)
		return;
	assert_int_equal(r->type, s->type);
	assert_int_equal(r->record, s->record);
	assert_int_equal(r->pass, s->pass);
	if (s->offset == NO_BODY)
		assert_true(r->offset == NO_BODY);
	else
		assert_true(r->offset + (pfn - r->pfn) * XEN_PAGE == s->offset);
}

static void check_view(const struct page_view *v, const struct slot *slots)
{
	uint64_t pages = 0, pfns = 0, next;

	for (size_t i = 1; i < v->count; i++)
		assert_true(v->runs[i - 1].pfn + v->runs[i - 1].count <= v->runs[i].pfn);
	for (uint64_t pfn = 0; pfn < PFNS; pfn++) {
		const struct page_run *r = page_view_find(v, pfn, &next);

		check_slot(r, pfn, &slots[pfn]);
		assert_true(next > pfn);
		assert_true(next == UINT64_MAX || slots[next].sent);
		if (!r && next != UINT64_MAX)
			for (uint64_t p = pfn; p < next; p++)
				assert_false(slots[p].sent);
		pfns += slots[pfn].sent;
		pages += slots[pfn].sent && slots[pfn].offset != NO_BODY;
	}
	assert_int_equal(v->pages, pages);
	assert_int_equal(v->pfns, pfns);
}

static void test_random(void **state)
{
	static struct slot after[64][PFNS];

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		size_t passes;
		struct memory *m = random_stream(after, &passes);

		assert_int_equal(memory_passes(m), passes);
		for (uint32_t p = 1; p <= passes; p++)
			check_view(memory_view(m, p), after[p - 1]);
		for (uint64_t pfn = 0; passes && pfn < PFNS; pfn++) {
			const struct page_run *all[64];
			struct slot bodies = { 0 };
			size_t n = memory_history(m, pfn, all, 64), want = 0;

			for (uint32_t p = 0; p < passes; p++) {
				const struct slot *s = &after[p][pfn];

				if (!s->sent || s->pass != p)
					continue;
				check_slot(all[want++], pfn, s);
				if (s->offset != NO_BODY)
					bodies = *s;
			}
			assert_int_equal(n, want);
			check_slot(page_view_find(memory_bodies(m, (uint32_t)passes), pfn, NULL),
				   pfn, &bodies);
		}
		memory_free(m);
	}
}

/* ---- passes, VERIFY, snapshots ---- */

static void add(struct memory *m, uint64_t pfn, uint64_t offset)
{
	memory_add(m, pfn, PFINFO_NOTAB, offset, 7, false);
}

static void test_verify(void **state)
{
	struct memory *m = memory_new();
	const struct page_run *all[4];

	(void)state;
	assert_int_equal(memory_pass(m), 0);
	add(m, 5, 0);
	add(m, 6, 4096);
	add(m, 5, 8192);
	assert_int_equal(memory_pass(m), 1);
	memory_new_pass(m, true);
	assert_int_equal(memory_pass(m), 1);
	add(m, 5, 12288);
	add(m, 6, 16384);
	add(m, 5, 20480);
	assert_int_equal(memory_pass(m), 1);
	memory_seal(m, NULL);
	assert_int_equal(memory_passes(m), 2);
	assert_int_equal(memory_passes_sent(m), 4);
	assert_int_equal(memory_pass_flags(m, 1), 0);
	assert_int_equal(memory_pass_flags(m, 2), PASS_VERIFY);
	assert_int_equal(memory_pass_flags(m, 3), PASS_VERIFY);
	assert_int_equal(page_view_find(memory_view(m, 99), 5, NULL)->offset, 8192);
	assert_int_equal(page_view_find(memory_view(m, 2), 6, NULL)->offset, 4096);
	assert_int_equal(page_view_find(memory_view(m, 1), 5, NULL)->offset, 0);
	assert_int_equal(memory_history(m, 5, all, 4), 4);
	assert_int_equal(all[3]->offset, 20480);
	assert_int_equal(memory_snapshots(m), 0);
	memory_free(m);
}

static void test_snapshots(void **state)
{
	struct memory *m = memory_new();
	size_t first;

	(void)state;
	add(m, 1, 0);
	add(m, 2, 4096);
	add(m, 1, 8192);
	memory_snapshot(m);
	assert_int_equal(memory_pass(m), 1); /* an emulator's state, before the commit */
	memory_commit(m);
	assert_int_equal(memory_pass(m), 2);
	add(m, 9, 12288); /* above all before it, but behind a checkpoint */
	memory_snapshot(m);
	memory_commit(m);
	memory_snapshot(m); /* nothing was sent */
	memory_commit(m);
	assert_int_equal(memory_pass(m), 4);
	add(m, 1, 16384);
	memory_snapshot(m); /* torn */
	memory_seal(m, NULL);
	assert_int_equal(memory_snapshots(m), 3);
	assert_int_equal(memory_snapshot_passes(m, 0), 0);
	assert_int_equal(memory_snapshot_passes(m, 1), 2);
	assert_int_equal(memory_snapshot_passes(m, 2), 3);
	assert_int_equal(memory_snapshot_passes(m, 3), 4);
	assert_int_equal(memory_snapshot_passes(m, 4), 0);
	assert_int_equal(memory_passes(m), 5);
	assert_int_equal(memory_pass_runs(m, 3, &first), 3);
	assert_int_equal(first, 3);
	assert_int_equal(page_view_find(memory_view(m, 4), 1, NULL)->offset, 8192);
	assert_int_equal(page_view_find(memory_view(m, 5), 1, NULL)->offset, 16384);
	memory_free(m);
}

static void test_empty(void **state)
{
	struct memory *m = memory_new();
	uint64_t next;

	(void)state;
	memory_seal(m, NULL);
	assert_int_equal(memory_passes(m), 0);
	assert_int_equal(memory_view(m, 1)->count, 0);
	assert_null(page_view_find(memory_view(m, 0), 0, &next));
	assert_true(next == UINT64_MAX);
	assert_int_equal(memory_history(m, 0, NULL, 0), 0);
	assert_null(memory_run(m, 0));
	memory_free(m);
}

/* ---- what hostile and large streams cost ---- */

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* 25 million pages in order: a run a record. */
static void test_large(void **state)
{
	struct memory *m = memory_new();

	(void)state;
	for (uint64_t pfn = 0; pfn < 25000000; pfn++)
		memory_add(m, pfn, 0, pfn * XEN_PAGE, (uint32_t)(pfn / 1024), false);
	memory_seal(m, NULL);
	assert_int_equal(memory_run_count(m), (25000000 + 1023) / 1024);
	assert_ptr_equal(memory_view(m, 1)->runs, memory_run(m, 0));
	assert_int_equal(memory_view(m, 1)->pages, 25000000);
	memory_free(m);
}

/* A million passes, each of one page that lies below or inside what was sent before. */
static void test_many_passes(void **state)
{
	enum { N = 1000000 };
	struct memory *m = memory_new();
	double start = seconds();

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		memory_add(m, N - i, 0, (uint64_t)i * XEN_PAGE, i, false);
	memory_seal(m, NULL);
	assert_int_equal(memory_passes(m), N);
	assert_int_equal(memory_view(m, N)->count, N);
	assert_int_equal(memory_view(m, N)->pages, N);
	assert_int_equal(memory_view(m, 1)->count, 1);
	memory_free(m);
	m = memory_new();
	for (uint32_t i = 0; i < N / 2; i++) { /* long runs with single pages cut out of them */
		memory_add(m, 0, 0, (uint64_t)i * 3 * XEN_PAGE, i, false);
		memory_add(m, 1, 0, (uint64_t)(i * 3 + 1) * XEN_PAGE, i, false);
		memory_add(m, i % 1000, 15, NO_BODY, i, false);
	}
	memory_seal(m, NULL);
	assert_true(memory_view(m, UINT32_MAX)->count <= 1000);
	memory_free(m);
	assert_true(seconds() - start < 20);
}

/* ---- state records ---- */

static void test_states(void **state)
{
	struct states *s = states_new();

	(void)state;
	assert_null(states_last(s, STATE_TSC_INFO, 0, 1));
	for (uint32_t pass = 0; pass < 50; pass++)
		for (uint32_t vcpu = 0; vcpu < 100; vcpu++)
			states_add(s, &(struct state){ .kind = STATE_VCPU_BASIC,
						       .vcpu = vcpu,
						       .pass = pass,
						       .row = pass * 100 + vcpu });
	assert_int_equal(states_count(s), 5000);
	assert_int_equal(states_at(s, 4999)->row, 4999);
	assert_null(states_at(s, 5000));
	for (uint32_t pass = 1; pass < 60; pass++)
		for (uint32_t vcpu = 0; vcpu < 100; vcpu++)
			assert_int_equal(states_last(s, STATE_VCPU_BASIC, vcpu, pass)->row,
					 (pass > 50 ? 49 : pass - 1) * 100 + vcpu);
	assert_null(states_last(s, STATE_VCPU_BASIC, 0, 0));
	assert_null(states_last(s, STATE_VCPU_BASIC, 100, 50));
	assert_null(states_last(s, STATE_VCPU_XSAVE, 0, 50));
	states_free(s);
	states_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),    cmocka_unit_test(test_verify),
		cmocka_unit_test(test_snapshots), cmocka_unit_test(test_empty),
		cmocka_unit_test(test_large),     cmocka_unit_test(test_many_passes),
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
