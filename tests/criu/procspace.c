/* criu/procspace, criu/pagemap: whatever VMAs and pagemaps say, the extents of an address space
 * follow each other without gap or overlap, and reading in pieces is reading byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/aspace.h"
#include "sets.h"

#define PID 7u
#define ROUNDS 150
#define PAGE UINT64_C(4096)

static uint64_t seed = 88172645463325252u;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* Mostly near each other, so that they overlap; some at the ends of the space. */
static uint64_t draw_address(void)
{
	static const uint64_t ends[] = { 0,
					 1,
					 PAGE - 1,
					 UINT64_MAX,
					 UINT64_MAX - PAGE,
					 UINT64_C(1) << 63,
					 UINT64_MAX - 3 * PAGE + 1 };

	if (!draw(12))
		return ends[draw(ARRAY_LEN(ends))];
	return 0x10000 + draw(40) * PAGE + (draw(10) ? 0 : draw(PAGE));
}

static uint64_t draw_pages(void)
{
	if (!draw(15))
		return draw(2) ? UINT64_MAX : UINT64_C(1) << (40 + draw(24));
	return draw(8);
}

static void add_vma(struct msg *mm)
{
	static const uint64_t statuses[] = { 0x201, 0x41, 0x101, 0x81, 0x10201, 0x4041, 0x1001 };
	uint64_t start = draw_address(), end = draw(20) ? start + draw(9) * PAGE : draw_address();
	struct msg vma = { 0 };

	put_uint(&vma, 1, start);
	put_uint(&vma, 2, end);
	put_uint(&vma, 3, draw(4) ? draw(6) * PAGE : draw_address());
	put_uint(&vma, 4, 1);
	put_uint(&vma, 5, draw(8));
	put_uint(&vma, 6, 1 + draw(2));
	put_uint(&vma, 7, statuses[draw(ARRAY_LEN(statuses))]);
	put_uint(&vma, 8, 0);
	put_msg(mm, 14, &vma);
}

static void add_mm(const struct dir *d)
{
	struct msg mm = { 0 };

	for (uint32_t field = 1; field <= 12; field++)
		put_uint(&mm, field, field == 12 ? 0 : 0x10000);
	for (uint64_t n = draw(25); n > 0; n--)
		add_vma(&mm);
	image_add(d, "mm-7.img", &mm);
}

static void add_pagemap(const struct dir *d, const char *name, uint64_t pages_id)
{
	struct msg head = { 0 };
	bool sorted = draw(2);
	uint64_t at = 0;

	put_uint(&head, 1, pages_id);
	image_add(d, name, &head);
	for (uint64_t n = draw(20); n > 0; n--) {
		struct msg entry = { 0 };
		uint64_t pages = draw_pages();

		at = sorted ? at + draw(4) * PAGE : draw_address();
		put_uint(&entry, 1, sorted ? 0x10000 + at : at);
		put_uint(&entry, draw(2) ? 5 : 2, pages);
		if (draw(4))
			put_uint(&entry, 4, draw(8));
		image_add(d, name, &entry);
		at += sorted && pages < 100 ? pages * PAGE : 0;
	}
}

static void add_pages(const struct dir *d, const char *name)
{
	static uint8_t bytes[40 * 4096];
	size_t n = (size_t)draw(sizeof(bytes));

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(i >> 4 ^ i * 7);
	if (draw(6))
		file_write(d, name, bytes, n);
}

static struct dir hostile_set(void)
{
	struct dir d = dir_make();

	add_inventory(&d);
	add_task(&d, PID, 0, PID);
	add_core(&d, PID, 1, "hostile");
	add_ids(&d, PID, 1, 1);
	add_mm(&d);
	add_pagemap(&d, "pagemap-7.img", 1);
	add_pagemap(&d, "pagemap-shmem-1.img", 2);
	add_pages(&d, "pages-1.img");
	add_pages(&d, "pages-2.img");
	return d;
}

static struct aspace *space_of(struct model *m)
{
	const char *why = NULL;
	struct aspace *as = m->aspace(m, "7", &why);

	assert_non_null(as);
	return as;
}

static void check_regions(const struct aspace *as)
{
	uint64_t last = 0;

	for (size_t i = 0; i < as->region_count; i++) {
		assert_true(as->regions[i].start >= last);
		assert_true(as->regions[i].end > as->regions[i].start);
		last = as->regions[i].end;
	}
}

static void check_extent(const struct aspace *as, const struct extent *x)
{
	const uint64_t inside[] = { x->start, x->end - 1, x->start + (x->end - x->start) / 2 };

	if (x->source) {
		assert_true(x->state == PAGE_PRESENT || x->state == PAGE_PARENT);
		assert_true(x->offset + (x->end - x->start) <= source_size(x->source));
	}
	for (size_t i = 0; i < ARRAY_LEN(inside); i++) {
		struct extent y;

		aspace_at(as, inside[i], &y);
		assert_true(y.start <= inside[i] && inside[i] < y.end);
		assert_int_equal(y.state, x->state);
		/* Wherever one asks, the byte is the same. */
		if (x->source)
			assert_int_equal(y.offset - y.start, x->offset - x->start);
	}
}

/* One after the other, each where the last one ends. */
static void check_extents(const struct aspace *as)
{
	enum { MOST = 5000 };
	struct extent x = { 0 };
	uint64_t at = 0;
	size_t n = 0;

	while (aspace_next(as, &x)) {
		assert_true(x.start <= at && at < x.end);
		assert_true(n++ < MOST);
		check_extent(as, &x);
		at = x.end;
	}
}

/* A stretch at once is its bytes one at a time. */
static void check_bytes(const struct aspace *as, uint64_t start)
{
	enum { LENGTH = 3 * 4096 + 100, STEP = 61 };
	static uint8_t all[LENGTH];
	uint64_t there = aspace_read(as, start, all, LENGTH, NULL);

	assert_true(there <= LENGTH);
	for (size_t i = 0; i < LENGTH && start + i >= start; i += STEP) {
		uint8_t one = 0xff;

		aspace_read(as, start + i, &one, 1, NULL);
		assert_int_equal(one, all[i]);
	}
}

static void extents_follow_each_other(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct dir d = hostile_set();
		struct model *m = open_set(d.path);
		struct aspace *as = space_of(m);

		check_regions(as);
		check_extents(as);
		for (int i = 0; i < 8; i++)
			check_bytes(as, draw_address());
		model_close(m);
		dir_drop(&d);
	}
}

/* ---- damage by name ---- */

struct part {
	uint64_t start, pages;
};

/* A process with these VMAs and entries, all PRESENT, and a pages file of `have` pages. */
static struct dir damaged_set(const struct part *vmas, const struct part *runs, uint64_t have)
{
	static const uint8_t bytes[16 * 4096] = { 1 };
	struct msg mm = { 0 }, head = { 0 };
	struct dir d = dir_make();

	add_inventory(&d);
	add_task(&d, PID, 0, PID);
	add_core(&d, PID, 1, "damaged");
	for (uint32_t field = 1; field <= 12; field++)
		put_uint(&mm, field, 0x10000);
	for (; vmas->pages; vmas++) {
		struct msg vma = { 0 };
		const uint64_t values[] = {
			vmas->start, vmas->start + vmas->pages * PAGE, 0, 0, 3, 0x22, 0x201, 1
		};

		for (uint32_t i = 0; i < ARRAY_LEN(values); i++)
			put_uint(&vma, i + 1, values[i]);
		put_msg(&mm, 14, &vma);
	}
	image_add(&d, "mm-7.img", &mm);
	put_uint(&head, 1, 1);
	image_add(&d, "pagemap-7.img", &head);
	for (; runs->pages; runs++) {
		struct msg entry = { 0 };

		put_uint(put_uint(put_uint(&entry, 1, runs->start), 5, runs->pages), 4, 4);
		image_add(&d, "pagemap-7.img", &entry);
	}
	if (have)
		file_write(&d, "pages-1.img", bytes, have * PAGE);
	return d;
}

static const struct damage {
	const char *rule;
	struct part vmas[4], runs[4];
	uint64_t have;
	uint64_t fine, gone; /* addresses that are there, and that are not; 0: none */
} damages[] = {
	{ "missing-pages", { { 0x10000, 8 } }, { { 0x10000, 2 } }, 0, 0, 0x10000 },
	{ "pages-short", { { 0x10000, 8 } }, { { 0x10000, 4 } }, 2, 0x11000, 0x12000 },
	{ "pagemap-order", { { 0x10000, 8 } }, { { 0x12000, 1 }, { 0x10000, 1 } }, 2, 0x10000, 0 },
	{ "pagemap-order", { { 0x10000, 8 } }, { { 0x10000, 2 }, { 0x11000, 2 } }, 4, 0x12000, 0 },
	{ "pagemap-range", { { 0x10000, 8 } }, { { 0x10000, UINT64_MAX } }, 2, 0x11000, 0x12000 },
	{ "pagemap-range",
	  { { 0x10000, 8 } },
	  { { 0x10000, 1 }, { UINT64_MAX - 2 * PAGE, 9 } },
	  1,
	  0x10000,
	  0 },
	{ "vma-order", { { 0x10000, 4 }, { 0x12000, 4 } }, { { 0x10000, 6 } }, 6, 0x15000, 0 },
	{ "vma-range",
	  { { 0x20000, UINT64_MAX }, { 0x30000, 1 } },
	  { { 0x30000, 1 } },
	  1,
	  0x30000,
	  0 },
};

static void damage_has_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		const struct damage *t = &damages[i];
		struct dir d = damaged_set(t->vmas, t->runs, t->have);
		struct model *m = open_set(d.path);
		struct aspace *as = space_of(m);
		struct extent x;

		assert_int_equal(problems_of(m, t->rule), 1);
		if (t->fine) {
			aspace_at(as, t->fine, &x);
			assert_int_equal(x.state, PAGE_PRESENT);
		}
		if (t->gone) {
			aspace_at(as, t->gone, &x);
			assert_int_equal(x.state, PAGE_ABSENT);
			assert_non_null(x.why);
		}
		model_close(m);
		dir_drop(&d);
	}
}

/* ---- SysV segments ---- */

enum { SEGMENT = 5000 }; /* bytes: one page and some */

/* A process that maps three pages of a segment, whose content is in its own record. */
static struct dir sysv_set(const uint8_t *content)
{
	const uint64_t values[] = { 0x10000, 0x13000, 0, 77, 3, 0x1, 0x501, UINT64_MAX };
	struct msg mm = { 0 }, vma = { 0 }, head = { 0 }, shm = { 0 }, desc = { 0 };
	struct dir d = dir_make();
	FILE *f;

	add_inventory(&d);
	add_task(&d, PID, 0, PID);
	add_core(&d, PID, 1, "sysv");
	for (uint32_t field = 1; field <= 12; field++)
		put_uint(&mm, field, 0x10000);
	for (uint32_t i = 0; i < ARRAY_LEN(values); i++)
		put_uint(&vma, i + 1, values[i]);
	put_msg(&mm, 14, &vma);
	image_add(&d, "mm-7.img", &mm);
	put_uint(&head, 1, 1);
	image_add(&d, "pagemap-7.img", &head);
	for (uint32_t field = 1; field <= 7; field++)
		put_uint(&desc, field, field == 7 ? 77 : field);
	put_uint(put_msg(&shm, 1, &desc), 2, SEGMENT);
	image_add(&d, "ipcns-shm-9.img", &shm);
	f = fopen(dir_path(&d, "ipcns-shm-9.img"), "ab");
	assert_non_null(f);
	assert_int_equal(fwrite(content, 1, SEGMENT, f), SEGMENT);
	fclose(f);
	return d;
}

static void a_segment_in_its_record(void **state)
{
	uint8_t content[SEGMENT], got[3 * 4096], want[3 * 4096] = { 0 };
	struct page_tally t;
	struct aspace *as;
	struct extent x;
	struct model *m;
	struct dir d;

	(void)state;
	for (size_t i = 0; i < SEGMENT; i++)
		content[i] = (uint8_t)(i * 7 + 1);
	memcpy(want, content, SEGMENT);
	d = sysv_set(content);
	m = open_set(d.path);
	as = space_of(m);
	assert_int_equal(problems_count(m->problems), 0);
	assert_int_equal(aspace_read(as, 0x10000, got, sizeof(got), NULL), sizeof(got));
	assert_memory_equal(got, want, sizeof(got));
	check_extents(as);
	aspace_at(as, 0x10000 + 4096, &x);
	assert_string_equal(x.image->name, "ipcns-shm-9.img");
	assert_int_equal(x.end, 0x10000 + SEGMENT);
	t = aspace_count(as, 0x10000, 0x13000);
	assert_int_equal(t.pages[PAGE_PRESENT], 2);
	assert_int_equal(t.pages[PAGE_ZERO], 1);
	model_close(m);
	dir_drop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damage_has_a_name),
		cmocka_unit_test(extents_follow_each_other),
		cmocka_unit_test(a_segment_in_its_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
