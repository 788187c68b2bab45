/* xen/pfnspace, xen/vspace: what each frame is and why it may be absent; what tables map, both
 * ways; that extents follow each other without gap or overlap; that hostile tables end. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "guestmem.h"

#define NX UINT64_C(0x8000000000000000)

static const struct paging four = { .mode = PAGING_4LEVEL, .nx = true, .root = 0x1000 };

static uint64_t seed = 88172645463325252u;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- frames ---- */

static struct extent at(const struct aspace *as, uint64_t addr)
{
	struct extent x;

	aspace_at(as, addr, &x);
	assert_true(x.start <= addr && (addr < x.end || x.end == UINT64_MAX));
	return x;
}

static void says(const struct extent *x, const char *word)
{
	assert_non_null(x->why);
	if (!strstr(x->why, word))
		fail_msg("\"%s\" does not say \"%s\"", x->why, word);
}

static void test_frames(void **state)
{
	struct rig *g = rig_new();
	struct aspace *as, *first;
	struct aspace_version v[8];
	struct arena a;
	const char *lines[8];
	struct extent x;
	uint64_t pa;

	(void)state;
	arena_init(&a);
	rig_page(g, 2, 0)[0] = 11; /* pass 1 */
	rig_page(g, 3, 0)[0] = 12;
	rig_page(g, 4, 0)[0] = 13;
	rig_none(g, 5, PFINFO_XTAB);
	rig_none(g, 6, PFINFO_XTAB);
	rig_none(g, 7, PFINFO_BROKEN);
	rig_none(g, 8, PFINFO_XALLOC);
	rig_none(g, 9, 5);
	rig_page(g, 10, 1)[0] = 14;
	rig_page(g, (UINT64_C(1) << 52) - 1, 0)[0] = 15;
	rig_page(g, 2, 0)[0] = 21; /* pass 2 */
	rig_none(g, 3, PFINFO_XTAB);
	rig_page(g, 5, 4)[0] = 22;
	rig_page(g, 11, 0); /* beyond the end of the file */
	memory_new_pass(g->x.memory, true);
	rig_page(g, 2, 0)[0] = 31;
	rig_seal(g, (g->used - 2) * XEN_PAGE);
	as = pfnspace_new(&g->x, UINT32_MAX, "memory", "");

	x = at(as, 0x1fff);
	assert_int_equal(x.state, PAGE_UNMAPPED);
	assert_true(x.start == 0 && x.end == 0x2000);
	x = at(as, 0x2010);
	assert_int_equal(x.state, PAGE_PRESENT);
	assert_int_equal(source_view(x.source, x.offset, 1).at[0], 21);
	x = at(as, 0x3000);
	assert_int_equal(x.state, PAGE_ABSENT);
	assert_true(x.start == 0x3000 && x.end == 0x4000);
	says(&x, "XTAB");
	says(&x, "an older body is in pass 1");
	x = at(as, 0x5000);
	assert_int_equal(source_view(x.source, x.offset, 1).at[0], 22);
	x = at(as, 0x6000);
	says(&x, "XTAB");
	assert_null(strstr(x.why, "older"));
	x = at(as, 0x7000);
	says(&x, "BROKEN");
	x = at(as, 0x8000);
	says(&x, "XALLOC");
	x = at(as, 0x9000);
	says(&x, "no type of page");
	assert_false(x.lost);
	x = at(as, 0xb000);
	assert_int_equal(x.state, PAGE_ABSENT);
	assert_true(x.lost);
	says(&x, "file ends");
	x = at(as, 0xc000);
	assert_int_equal(x.state, PAGE_UNMAPPED);
	assert_true(x.start == 0xc000 && x.end == UINT64_C(0xfffffffffffff000));
	x = at(as, UINT64_MAX);
	assert_int_equal(x.state, PAGE_PRESENT);
	assert_true(x.end == UINT64_MAX);

	assert_int_equal(as->ops->versions(as, 0x2000, v, 8, &a), 3);
	assert_int_equal(v[0].pass, 1);
	assert_false(v[0].current);
	assert_true(v[1].current && !v[1].note);
	assert_string_equal(v[1].type, "NOTAB");
	assert_string_equal(v[2].note, "compared only");
	assert_int_equal(v[2].pass, 3);
	assert_int_equal(as->ops->versions(as, 0x3000, v, 8, &a), 2);
	assert_true(v[1].current && !v[1].source);
	assert_string_equal(v[1].type, "XTAB");
	assert_int_equal(source_view(v[0].source, v[0].offset, 1).at[0], 12);
	assert_int_equal(as->ops->versions(as, 0xb000, v, 8, &a), 1);
	assert_string_equal(v[0].note, "cut off by the end of the file");
	assert_int_equal(as->ops->versions(as, 0, v, 8, &a), 0);
	assert_int_equal(as->ops->versions(as, 0x2000, v, 1, &a), 3);
	assert_int_equal(as->ops->trail(as, 0x2000, lines, 2, &a), 2);
	assert_true(as->ops->physical(as, 0x2345, &pa) && pa == 0x2345);

	first = pfnspace_new(&g->x, 1, "memory after pass 1", "pass:1");
	x = at(first, 0x2000);
	assert_int_equal(source_view(x.source, x.offset, 1).at[0], 11);
	assert_int_equal(at(first, 0xb000).state, PAGE_UNMAPPED);
	/* 2..4 NOTAB, 5..6 XTAB, BROKEN, XALLOC, type 5, L1TAB, the last frame. */
	assert_int_equal(first->region_count, 7);
	assert_string_equal(first->regions[0].kind, "NOTAB");
	assert_true(first->regions[0].end == 0x5000);
	assert_string_equal(first->regions[1].kind, "XTAB");
	assert_string_equal(first->regions[5].kind, "L1TAB");
	assert_int_equal(aspace_count(first, 0, 0x10000).pages[PAGE_PRESENT], 4);
	arena_fini(&a);
	rig_free(g);
}

static void test_not_committed(void **state)
{
	struct rig *g = rig_new();
	struct aspace *as;
	struct aspace_version v[2];
	struct arena a;

	(void)state;
	arena_init(&a);
	rig_page(g, 2, 0);
	memory_snapshot(g->x.memory);
	memory_commit(g->x.memory);
	rig_page(g, 2, 0);
	rig_seal(g, sizeof(g->bytes));
	g->x.checkpointed = true;
	as = pfnspace_new(&g->x, memory_snapshot_passes(g->x.memory, 1), "memory", "");
	assert_int_equal(as->ops->versions(as, 0x2000, v, 2, &a), 2);
	assert_true(v[0].current && !v[0].note);
	assert_string_equal(v[1].note, "not committed");
	assert_int_equal(at(as, 0x2000).offset, 0);
	arena_fini(&a);
	rig_free(g);
}

/* ---- a small address space by hand ---- */

/* 1 L4, 2 L3, 3 L2, 4 L1; frames 16 to 31 are pages of memory. */
static struct rig *small_guest(void)
{
	struct rig *g = rig_new();
	uint8_t *l4 = rig_page(g, 1, 4), *l3 = rig_page(g, 2, 3), *l2 = rig_page(g, 3, 2);
	uint8_t *l1 = rig_page(g, 4, 1);

	for (uint64_t pfn = 16; pfn < 32; pfn++)
		memset(rig_page(g, pfn, 0), (int)pfn, XEN_PAGE);
	rig_none(g, 32, PFINFO_XTAB);
	put_64(l4, 0, 0x2067);
	put_64(l4, 256, 0x2063); /* once more, for the kernel */
	put_64(l3, 0, 0x3067);
	put_64(l2, 0, 0x4067);
	put_64(l2, 1, 0xe7 | NX); /* 2M: frames 0 to 511 */
	put_64(l2, 5, 0x77067);   /* a table that is not there */
	put_64(l2, 6, 0x2000e7);  /* malformed: no, a page of frames nobody has */
	put_64(l2, 7, 0x2020e7);  /* malformed */
	for (unsigned i = 0; i < 8; i++)
		put_64(l1, i, (16 + i) << 12 | 0x67);
	put_64(l1, 8, 16 << 12 | 0x65);
	put_64(l1, 9, 20 << 12 | 0x65);
	put_64(l1, 10, 32 << 12 | 0x67);
	rig_seal(g, g->used * XEN_PAGE);
	return g;
}

static struct aspace *small_space(struct rig *g)
{
	return vspace_new(&g->x, pfnspace_new(&g->x, 1, "memory", ""), four, "vcpu0", "vcpu0");
}

static void test_extents(void **state)
{
	struct rig *g = small_guest();
	struct aspace *as = small_space(g);
	struct extent x;
	uint64_t pa;

	(void)state;
	x = at(as, 0x2345); /* eight pages with neighbouring frames */
	assert_int_equal(x.state, PAGE_PRESENT);
	assert_true(x.start == 0 && x.end == 0x8000);
	assert_int_equal(source_view(x.source, x.offset + 0x2345, 1).at[0], 18);
	x = at(as, 0x8000);
	assert_true(x.start == 0x8000 && x.end == 0x9000);
	x = at(as, 0xa000);
	assert_int_equal(x.state, PAGE_ABSENT);
	says(&x, "XTAB");
	x = at(as, 0xb000);
	assert_int_equal(x.state, PAGE_UNMAPPED);
	assert_true(x.start == 0xb000 && x.end == 0x200000);
	says(&x, "level 1");
	x = at(as, 0x212345); /* in the 2M page, cut to the frames that are there */
	assert_true(x.start == 0x210000 && x.end == 0x220000);
	assert_int_equal(source_view(x.source, x.offset, 1).at[0], 16);
	x = at(as, 0x230000);
	assert_int_equal(x.state, PAGE_ABSENT);
	says(&x, "no pass has its frame");
	x = at(as, 0x400000);
	assert_true(x.start == 0x400000 && x.end == 0xa00000);
	says(&x, "level 2");
	x = at(as, 0xa00000);
	assert_int_equal(x.state, PAGE_ABSENT);
	says(&x, "level 1 table");
	assert_true(x.start == 0xa00000 && x.end == 0xc00000);
	x = at(as, 0xe00000);
	says(&x, "malformed");
	x = at(as, UINT64_C(0x8000000000));
	says(&x, "level 4");
	assert_true(x.end == UINT64_C(0x800000000000));
	x = at(as, UINT64_C(0x800000000000));
	assert_true(x.end == UINT64_C(0xffff800000000000));
	says(&x, "canonical");
	x = at(as, UINT64_MAX);
	assert_true(x.end == UINT64_MAX && x.start == UINT64_C(0xffff808000000000));
	assert_true(as->ops->physical(as, UINT64_C(0xffff800000003456), &pa) && pa == 0x13456);
	assert_false(as->ops->physical(as, 0xb000, &pa));
	as->ops->fini(as);
	rig_free(g);
}

static void test_steps(void **state)
{
	struct rig *g = small_guest();
	struct aspace *as = small_space(g);
	struct aspace_step s[8];
	const char *lines[8];
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_int_equal(as->ops->steps(as, 0x3456, s, 8, &a), 4);
	assert_int_equal(s[0].level, 4);
	assert_int_equal(s[0].table, 1);
	assert_int_equal(s[3].table, 4);
	assert_int_equal(s[3].index, 3);
	assert_int_equal(s[3].entry, 0x13067);
	assert_string_equal(s[3].flags, "P|RW|US|A|D");
	assert_null(s[3].trouble);
	assert_int_equal(as->ops->steps(as, 0xa00000, s, 8, &a), 4);
	assert_int_equal(s[3].table, 0x77);
	assert_string_equal(s[3].trouble, "the table is not in the stream");
	assert_int_equal(as->ops->steps(as, 0xe00000, s, 2, &a), 3);
	assert_int_equal(as->ops->steps(as, 0xe00000, s, 8, &a), 3);
	assert_non_null(strstr(s[2].trouble, "reserved"));
	assert_int_equal(as->ops->trail(as, 0x3456, lines, 8, &a), 5);
	assert_string_equal(lines[3], "level 1: pfn 0x4[3] 0x13067 P|RW|US|A|D");
	assert_int_equal(as->ops->trail(as, 0x3456, lines, 3, &a), 3);
	arena_fini(&a);
	as->ops->fini(as);
	rig_free(g);
}

struct want {
	uint64_t start, end;
	const char *prot, *kind, *name;
};

static void regions_are(const struct aspace *as, const struct want *want, size_t n)
{
	for (size_t i = 0; i < n && i < as->region_count; i++) {
		assert_true(as->regions[i].start == want[i].start);
		assert_true(as->regions[i].end == want[i].end);
		assert_string_equal(as->regions[i].prot, want[i].prot);
		assert_string_equal(as->regions[i].kind, want[i].kind);
		assert_string_equal(as->regions[i].name, want[i].name);
	}
	assert_int_equal(as->region_count, n);
}

#define UPPER UINT64_C(0xffff800000000000)

static void test_map(void **state)
{
	static const struct want want[] = {
		{ 0, 0x8000, "rwxu", "4K", "user" },
		{ 0x8000, 0xa000, "r-xu", "4K", "user" },
		{ 0xa000, 0xb000, "rwxu", "4K", "user" },
		{ 0x200000, 0x400000, "rw-u", "2M", "user" },
		{ 0xc00000, 0xe00000, "rwxu", "2M", "user" },
		{ UPPER, UPPER + 0x8000, "rwxs", "4K", "kernel" },
		{ UPPER + 0x8000, UPPER + 0xa000, "r-xs", "4K", "kernel" },
		{ UPPER + 0xa000, UPPER + 0xb000, "rwxs", "4K", "kernel" },
		{ UPPER + 0x200000, UPPER + 0x400000, "rw-s", "2M", "kernel" },
		{ UPPER + 0xc00000, UPPER + 0xe00000, "rwxs", "2M", "kernel" },
	};
	struct rig *g = small_guest();
	struct aspace *as = small_space(g);
	uint64_t va[16];
	struct job job;

	(void)state;
	assert_false(aspace_is_mapped(as));
	assert_true(at(as, 0).region == SIZE_MAX);
	aspace_map(as, NULL);
	assert_true(aspace_is_mapped(as));
	regions_are(as, want, ARRAY_LEN(want));
	assert_int_equal(at(as, 0x8000).region, 1);
	assert_int_equal(at(as, UPPER + 0x9000).region, 6);
	/* A missing table, and a malformed entry, each in one sentence. */
	assert_int_equal(problems_count(g->model.problems), 2);

	/* Nothing is known of frames until the tables were read to the end. */
	job_init(&job, "page tables", 0);
	atomic_store(&job.cancel, true);
	assert_int_equal(as->ops->mappers(as, 0x10123, va, 16), 0);
	assert_false(aspace_reverse(as, &job));
	assert_int_equal(as->ops->mappers(as, 0x10123, va, 16), 0);
	assert_true(aspace_reverse(as, NULL));
	assert_true(aspace_reverse(as, &job));

	/* Frame 16: pages 0 and 8, the 2M page; the same again for the kernel. */
	assert_int_equal(as->ops->mappers(as, 0x10123, va, 16), 6);
	for (size_t i = 0; i < 6; i++) {
		uint64_t pa;

		assert_true(as->ops->physical(as, va[i], &pa) && pa == 0x10123);
		for (size_t k = 0; k < i; k++)
			assert_true(va[k] != va[i]);
	}
	assert_int_equal(as->ops->mappers(as, 0x10123, va, 2), 6);
	assert_int_equal(as->ops->mappers(as, 0x1f000, va, 16), 2);
	assert_int_equal(as->ops->mappers(as, 0x300000, va, 16), 2);
	assert_int_equal(as->ops->mappers(as, 0x400000, va, 16), 0);
	as->ops->fini(as);
	rig_free(g);
}

/* ---- whatever the tables say ---- */

/* Frames 0 to 23 are tables full of random entries that often lead to each other; some frames are
 * not there. */
static struct rig *random_guest(enum paging_mode mode)
{
	struct rig *g = rig_new();
	unsigned width = mode == PAGING_32 ? 4 : 8;
	uint64_t holes = draw(1u << 24);

	for (uint64_t pfn = 0; pfn < 40; pfn++) {
		uint8_t *page;

		if (pfn > 1 && pfn < 24 && holes >> pfn & 1 && draw(3) == 0)
			continue;
		if (draw(12) == 0 && pfn > 1) {
			rig_none(g, pfn, PFINFO_XTAB);
			continue;
		}
		page = rig_page(g, pfn, 0);
		for (unsigned i = 0; pfn < 24 && i < XEN_PAGE / width; i++) {
			uint64_t e = draw(48) << 12 | draw(4096);

			if (draw(4))
				e = i && draw(2) ? (width == 8 ? le64_at(page + 8 * i - 8)
							       : le32_at(page + 4 * i - 4)) +
							   0x1000
						 : 0;
			if (width == 8 && !draw(50))
				e |= draw(1u << 12) << 52;
			if (width == 8)
				put_64(page, i, e);
			else
				put_32(page, i, (uint32_t)e);
		}
	}
	rig_seal(g, draw(4) ? g->used * XEN_PAGE : draw(g->used * XEN_PAGE));
	return g;
}

static bool read_page(void *arg, uint64_t pa, void *to, unsigned len)
{
	struct extent missing;

	return aspace_read(arg, pa, to, len, &missing) == len;
}

/* What is at one address by the plain way: one walk, one read. */
static void check_address(const struct aspace *as, struct aspace *frames, const struct paging *p,
			  uint64_t va)
{
	struct extent x, f;
	struct pt_result r;
	uint64_t pa = 0;

	x = at(as, va);
	pt_walk(p, read_page, frames, va, &r);
	assert_int_equal(as->ops->physical(as, va, &pa), r.mapped);
	if (!r.mapped) {
		assert_true(x.state == (r.end == PT_END_NO_TABLE ? PAGE_ABSENT : PAGE_UNMAPPED));
		assert_non_null(x.why);
		assert_null(x.source);
		return;
	}
	assert_true(pa == r.pa);
	f = at(frames, pa);
	assert_int_equal(x.state == PAGE_PRESENT, f.state == PAGE_PRESENT);
	assert_int_not_equal(x.state, PAGE_UNMAPPED);
	if (x.state == PAGE_PRESENT)
		assert_true(x.source == f.source &&
			    x.offset + (va - x.start) == f.offset + (pa - f.start));
}

/* Extents touch, and each is the same from both of its ends. */
static void check_extents(const struct aspace *as, struct aspace *frames, const struct paging *p,
			  uint64_t from)
{
	uint64_t addr = from, last = 0;

	for (unsigned i = 0; i < 400; i++) {
		struct extent x = at(as, addr), same;

		if (i)
			assert_true(x.start == addr && x.start == last);
		same = at(as, x.end == UINT64_MAX ? UINT64_MAX : x.end - 1);
		assert_true(same.start == x.start && same.end == x.end && same.state == x.state);
		check_address(as, frames, p, x.start + draw(x.end - x.start));
		if (x.end == UINT64_MAX)
			break;
		addr = last = x.end;
	}
}

/* Regions ascend, do not overlap, and hold what is mapped. */
static void check_regions(struct aspace *as, const struct problems *problems)
{
	uint64_t end = 0, pa;
	bool all = true;

	aspace_map(as, NULL);
	for (size_t i = 0; i < problems_count(problems); i++)
		all &= !strstr(problems_at(problems, i)->text, "without end");
	for (size_t i = 0; i < as->region_count; i++) {
		const struct region *r = &as->regions[i];

		assert_true(r->start >= end && r->end > r->start);
		if (i < 64 || draw(64) == 0)
			assert_true(as->ops->physical(as, r->start + draw(r->end - r->start), &pa));
		if (i && i < 64 && r->start > end)
			assert_false(as->ops->physical(as, r->start - 1, &pa));
		end = r->end;
	}
	for (unsigned i = 0; all && i < 100; i++) {
		uint64_t va = draw(2) ? draw(UINT64_C(1) << 33) : 0 - draw(UINT64_C(1) << 33);

		assert_int_equal(as->ops->physical(as, va, &pa), aspace_region(as, va) != NULL);
	}
}

static void check_mappers(const struct aspace *as)
{
	for (unsigned i = 0; i < 20; i++) {
		uint64_t pa = draw(48 * XEN_PAGE), va[32], back;
		size_t n = as->ops->mappers(as, pa, va, 32);

		for (size_t k = 0; k < n && k < 32; k++)
			assert_true(as->ops->physical(as, va[k], &back) && back == pa);
	}
}

static void test_random(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		enum paging_mode mode = (enum paging_mode)(round % 5);
		struct rig *g = random_guest(mode);
		struct aspace *frames = pfnspace_new(&g->x, 1, "memory", ""), *as;
		struct paging p = { .mode = mode,
				    .root = draw(2) ? 0 : 0x1000,
				    .nx = draw(2),
				    .pv = mode >= PAGING_PAE && draw(3) == 0,
				    .large_4m = draw(2),
				    .physbits = draw(2) ? 0 : 36 };

		as = vspace_new(&g->x, frames, p, "vcpu0", "vcpu0");
		check_extents(as, frames, &p, 0);
		check_extents(as, frames, &p, 0 - draw(UINT64_C(1) << 40));
		check_extents(as, frames, &p, draw(UINT64_C(1) << 32));
		check_regions(as, g->model.problems);
		assert_true(aspace_reverse(as, NULL));
		check_mappers(as);
		as->ops->fini(as);
		rig_free(g);
	}
}

/* ---- tables without end ---- */

static void test_self_reference(void **state)
{
	struct rig *g = rig_new();
	uint8_t *page = rig_page(g, 1, 4);
	struct aspace *as;
	double start = seconds();
	uint64_t va[4];

	(void)state;
	for (unsigned i = 0; i < 512; i++)
		put_64(page, i, 0x1067 | (uint64_t)(i & 1) << 63);
	rig_seal(g, XEN_PAGE);
	as = small_space(g);
	aspace_map(as, NULL);
	assert_true(as->region_count > 0);
	assert_int_equal(problems_count(g->model.problems), 1);
	assert_non_null(strstr(problems_at(g->model.problems, 0)->text, "without end"));
	assert_true(aspace_reverse(as, NULL));
	assert_true(as->ops->mappers(as, 0x1000, va, 4) > 4);
	assert_true(seconds() - start < 5);
	as->ops->fini(as);
	rig_free(g);
}

/* One slot of the root that leads to the root: systems do that to have their tables in sight, and
 * all of it is listed. */
static void test_own_tables_in_sight(void **state)
{
	struct rig *g = small_guest();
	struct aspace *as = small_space(g);
	uint64_t pa;

	(void)state;
	put_64(g->bytes, 510, 0x1063);
	aspace_map(as, NULL);
	for (size_t i = 0; i < problems_count(g->model.problems); i++)
		assert_null(strstr(problems_at(g->model.problems, i)->text, "without end"));
	assert_true(as->ops->physical(as, UINT64_C(0xffffff7fbfdfe000), &pa) && pa == 0x1000);
	assert_non_null(aspace_region(as, UINT64_C(0xffffff7fbfdfe000)));
	as->ops->fini(as);
	rig_free(g);
}

static void test_stopped(void **state)
{
	struct rig *g = small_guest();
	struct aspace *as = small_space(g);
	struct job job;

	(void)state;
	job_init(&job, "map", 0);
	atomic_store(&job.cancel, true);
	aspace_map(as, &job);
	assert_true(aspace_is_mapped(as));
	assert_int_equal(as->region_count, 0);
	assert_int_equal(problems_count(g->model.problems), 0);
	as->ops->fini(as);
	rig_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_not_committed),
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_self_reference),
		cmocka_unit_test(test_own_tables_in_sight),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
