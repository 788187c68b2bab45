/* xen/ptwalk: addresses of known page tables in each mode translate as the manuals say, and each
 * way a table can be wrong ends the walk with a step that says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "xen/guest.h"

/* Tables by hand: entries at addresses; what is not listed is zero, what is beyond is not there. */
struct entry {
	uint64_t pa, value;
};

struct tables {
	const struct entry *entries; /* ended by pa 0 */
	uint64_t end;                /* guest-physical memory that is there */
};

static bool read_tables(void *arg, uint64_t pa, void *to, unsigned len)
{
	const struct tables *t = arg;
	uint64_t value = 0;

	if (pa + len > t->end)
		return false;
	for (const struct entry *e = t->entries; e->pa; e++)
		if (e->pa == pa)
			value = e->value;
	for (unsigned i = 0; i < len; i++)
		((uint8_t *)to)[i] = (uint8_t)(value >> 8 * i);
	return true;
}

static struct pt_result walk(const struct paging *p, const struct entry *entries, uint64_t va)
{
	struct tables t = { entries, 0x10000 };
	struct pt_result r;

	pt_walk(p, read_tables, &t, va, &r);
	assert_int_equal(r.mapped, r.end == PT_END_MAPPED);
	assert_int_equal(r.mapped, r.trouble == NULL);
	if (r.size && r.start <= UINT64_MAX - (r.size - 1))
		assert_true(va >= r.start && va - r.start < r.size);
	if (r.count && r.end != PT_END_ADDRESS)
		assert_true(r.steps[r.count - 1].trouble == r.trouble);
	return r;
}

static void maps(const struct paging *p, const struct entry *entries, uint64_t va, uint64_t pa,
		 uint64_t size, unsigned flags)
{
	struct pt_result r = walk(p, entries, va);

	assert_true(r.mapped);
	assert_true(r.pa == pa);
	assert_true(r.size == size);
	assert_true(r.start == (va & ~(size - 1)));
	assert_int_equal(r.flags, flags);
}

/* The walk ends after `steps` steps, for a reason in which `word` occurs. */
static struct pt_result ends(const struct paging *p, const struct entry *entries, uint64_t va,
			     enum pt_end end, unsigned steps, const char *word)
{
	struct pt_result r = walk(p, entries, va);

	assert_false(r.mapped);
	assert_int_equal(r.end, end);
	assert_int_equal(r.count, steps);
	if (!strstr(r.trouble, word))
		fail_msg("\"%s\" does not say \"%s\"", r.trouble, word);
	return r;
}

#define KB4 UINT64_C(0x1000)
#define MB2 UINT64_C(0x200000)
#define MB4 UINT64_C(0x400000)
#define GB1 UINT64_C(0x40000000)
#define NX UINT64_C(0x8000000000000000)
enum { R = REGION_READ, W = REGION_WRITE, X = REGION_EXEC, U = PT_USER };

/* ---- 4 levels ---- */

static const struct paging four = { .mode = PAGING_4LEVEL, .root = 0x1000, .nx = true };

static const struct entry four_tables[] = {
	{ 0x1000 + 8 * 0, 0x2067 },             /* L4[0] */
	{ 0x1000 + 8 * 511, 0x2063 | NX },      /* L4[511]: the same L3, kernel, not executable */
	{ 0x1000 + 8 * 3, 0x2067 | 0x80 },      /* PS where none may be */
	{ 0x1000 + 8 * 4, 0xf0000067 },         /* a table that is not there */
	{ 0x2000 + 8 * 0, 0x3067 },             /* L3[0] */
	{ 0x2000 + 8 * 1, 0x7c0000000 | 0xe7 }, /* 1G */
	{ 0x2000 + 8 * 2, 0x7c0002000 | 0xe7 }, /* 1G with a reserved bit */
	{ 0x2000 + 8 * 510, 0x3063 },           /* the same L2 */
	{ 0x3000 + 8 * 0, 0x4067 },             /* L2[0] */
	{ 0x3000 + 8 * 1, 0x600000 | 0xe5 },    /* 2M, read-only */
	{ 0x3000 + 8 * 2, 0x600000 | 0x10e5 },  /* 2M with PAT */
	{ 0x3000 + 8 * 3, 0x600000 | 0x20e5 },  /* 2M with a reserved bit */
	{ 0x4000 + 8 * 0, 0xabcd000 | 0x67 },   /* L1[0] */
	{ 0x4000 + 8 * 1, 0xabcd000 | 0x65 | NX },
	{ 0x4000 + 8 * 2, 0xabcd000 | 0xe3 },           /* bit 7 is PAT here */
	{ 0x4000 + 8 * 3, 0xabcd000 | 0x66 },           /* not present, other bits set */
	{ 0x4000 + 8 * 4, UINT64_C(0x8000000abcd067) }, /* a bit that software may use */
	{ 0, 0 },
};

static void test_4level(void **state)
{
	struct pt_result r;

	(void)state;
	maps(&four, four_tables, 0x123, 0xabcd123, KB4, R | W | X | U);
	maps(&four, four_tables, 0x1fff, 0xabcdfff, KB4, R | U);
	maps(&four, four_tables, 0x2000, 0xabcd000, KB4, R | W | X);
	maps(&four, four_tables, 0x4567, 0xabcd567, KB4, R | W | X | U);
	maps(&four, four_tables, 0x345678, 0x745678, MB2, R | X | U);
	maps(&four, four_tables, 0x400000, 0x600000, MB2, R | X | U);
	maps(&four, four_tables, 0x52345678, UINT64_C(0x7d2345678), GB1, R | W | X | U);
	/* In the upper half, by the same tables: rights are what all levels allow. */
	maps(&four, four_tables, UINT64_C(0xffffff8000000123), 0xabcd123, KB4, R | W);
	maps(&four, four_tables, UINT64_C(0xffffffff80000123), 0xabcd123, KB4, R | W);
	maps(&four, four_tables, UINT64_C(0xffffff8052345678), UINT64_C(0x7d2345678), GB1, R | W);
	r = walk(&four, four_tables, 0x345678);
	assert_int_equal(r.count, 3);
	assert_int_equal(r.steps[0].level, 4);
	assert_int_equal(r.steps[0].table, 0x1000);
	assert_int_equal(r.steps[0].index, 0);
	assert_int_equal(r.steps[0].entry, 0x2067);
	assert_int_equal(r.steps[2].level, 2);
	assert_int_equal(r.steps[2].table, 0x3000);
	assert_int_equal(r.steps[2].index, 1);
	assert_int_equal(r.steps[2].entry, 0x6000e5);
}

static void test_4level_troubles(void **state)
{
	struct paging p = four;
	struct pt_result r;

	(void)state;
	r = ends(&four, four_tables, 0x3000, PT_END_NONE, 4, "not present");
	assert_int_equal(r.size, KB4);
	assert_int_equal(r.start, 0x3000);
	r = ends(&four, four_tables, 0x8123456, PT_END_NONE, 3, "not present");
	assert_int_equal(r.size, MB2);
	assert_int_equal(r.start, 0x8000000);
	r = ends(&four, four_tables, 5 * GB1, PT_END_NONE, 2, "not present");
	assert_int_equal(r.size, GB1);
	r = ends(&four, four_tables, UINT64_C(0x8123456789) * 5, PT_END_NONE, 1, "not present");
	assert_int_equal(r.size, 512 * GB1);
	r = ends(&four, four_tables, UINT64_C(0x18000000000), PT_END_BAD, 1, "bit 7");
	assert_int_equal(r.size, 512 * GB1);
	r = ends(&four, four_tables, UINT64_C(0x20000000123), PT_END_NO_TABLE, 2, "not in the");
	assert_int_equal(r.steps[1].table, 0xf0000000);
	assert_int_equal(r.steps[1].level, 3);
	assert_int_equal(r.size, 512 * GB1);
	assert_int_equal(r.start, UINT64_C(0x20000000000));
	ends(&four, four_tables, 2 * GB1, PT_END_BAD, 2, "large page");
	ends(&four, four_tables, 3 * MB2, PT_END_BAD, 3, "large page");
	r = ends(&four, four_tables, UINT64_C(0x800000000000), PT_END_ADDRESS, 0, "canonical");
	assert_true(r.start == UINT64_C(0x800000000000));
	assert_true(r.start + r.size == UINT64_C(0xffff800000000000));
	ends(&four, four_tables, UINT64_C(0xffff7fffffffffff), PT_END_ADDRESS, 0, "canonical");
	p.root = 0xf0000000;
	r = ends(&p, four_tables, 0, PT_END_NO_TABLE, 1, "not in the stream");
	assert_true(r.start == 0 && r.size == UINT64_C(1) << 47);
	r = ends(&p, four_tables, UINT64_MAX, PT_END_NO_TABLE, 1, "not in the stream");
	assert_true(r.start == UINT64_C(0xffff800000000000));
	p = four;
	p.physbits = 36;
	maps(&p, four_tables, 0x123, 0xabcd123, KB4, R | W | X | U);
	p.physbits = 34;
	ends(&p, four_tables, GB1, PT_END_BAD, 2, "address bits");
	p = four;
	p.nx = false;
	ends(&p, four_tables, 0x1000, PT_END_BAD, 4, "bit 63");
	ends(&p, four_tables, UINT64_MAX, PT_END_BAD, 1, "bit 63");
}

/* ---- 5 levels ---- */

static const struct paging five = { .mode = PAGING_5LEVEL, .root = 0x8000, .nx = true };

static const struct entry five_tables[] = {
	{ 0x8000 + 8 * 1, 0x1067 }, /* L5[1] */
	{ 0x8000 + 8 * 511, 0x1067 },
	{ 0x1000 + 8 * 0, 0x2067 },
	{ 0x2000 + 8 * 0, 0x3067 },
	{ 0x3000 + 8 * 0, 0x4067 },
	{ 0x4000 + 8 * 7, 0xdef067 },
	{ 0x8000 + 8 * 2, 0xe7 },
	{ 0, 0 },
};

static void test_5level(void **state)
{
	struct pt_result r;

	(void)state;
	maps(&five, five_tables, UINT64_C(0x1000000007abc), 0xdefabc, KB4, R | W | X | U);
	maps(&five, five_tables, UINT64_C(0xffff000000007abc), 0xdefabc, KB4, R | W | X | U);
	r = walk(&five, five_tables, UINT64_C(0x1000000007abc));
	assert_int_equal(r.count, 5);
	assert_int_equal(r.steps[0].level, 5);
	assert_int_equal(r.steps[4].level, 1);
	assert_int_equal(r.steps[4].index, 7);
	r = ends(&five, five_tables, 0, PT_END_NONE, 1, "not present");
	assert_true(r.size == UINT64_C(1) << 48);
	ends(&five, five_tables, UINT64_C(0x2000000000000), PT_END_BAD, 1, "bit 7");
	/* 48 bits are no border any more, 57 are. */
	ends(&five, five_tables, UINT64_C(0x800000000000), PT_END_NONE, 1, "not present");
	ends(&five, five_tables, UINT64_C(0x100000000000000), PT_END_ADDRESS, 0, "canonical");
	ends(&five, five_tables, UINT64_C(0xfeffffffffffffff), PT_END_ADDRESS, 0, "canonical");
}

/* ---- PAE ---- */

/* An HVM guest's root lies where CR3 says, to 32 bytes. */
static const struct paging pae = { .mode = PAGING_PAE, .root = 0x1fe0, .nx = true };

static const struct entry pae_tables[] = {
	{ 0x1fe0 + 8 * 0, 0x2001 },
	{ 0x1fe0 + 8 * 1, 0x2001 | 2 }, /* RW is reserved here */
	{ 0x1fe0 + 8 * 3, 0x3001 },
	{ 0x2000 + 8 * 0, 0x4067 },
	{ 0x2000 + 8 * 1, UINT64_C(0x123400000) | 0xe3 },
	{ 0x3000 + 8 * 511, 0x4063 },
	{ 0x4000 + 8 * 511, UINT64_C(0x3abcd5000) | 0x67 | NX },
	{ 0x4000 + 8 * 1, UINT64_C(0x0010000000005067) },
	{ 0, 0 },
};

static void test_pae(void **state)
{
	struct paging p = pae;
	struct pt_result r;

	(void)state;
	maps(&pae, pae_tables, 0x1ff123, UINT64_C(0x3abcd5123), KB4, R | W | U);
	maps(&pae, pae_tables, 0xffffffff, UINT64_C(0x3abcd5fff), KB4, R | W);
	maps(&pae, pae_tables, 0x212345, UINT64_C(0x123412345), MB2, R | W | X);
	r = ends(&pae, pae_tables, 0x80000000, PT_END_NONE, 1, "not present");
	assert_int_equal(r.size, GB1);
	assert_int_equal(r.steps[0].table, 0x1fe0);
	assert_int_equal(r.steps[0].index, 2);
	ends(&pae, pae_tables, 0x40000000, PT_END_BAD, 1, "reserved");
	ends(&pae, pae_tables, 0x1000, PT_END_BAD, 3, "52 to 62");
	r = ends(&pae, pae_tables, UINT64_C(0x100000000), PT_END_ADDRESS, 3, "32 bits");
	assert_true(r.start == UINT64_C(0x100000000) && r.start + r.size == 0);
	r = ends(&pae, pae_tables, UINT64_C(0xffffffff80000000), PT_END_ADDRESS, 1, "32 bits");
	assert_string_equal(r.steps[0].trouble, "not present");
	p.nx = false;
	ends(&p, pae_tables, 0xffffffff, PT_END_BAD, 3, "bit 63");
}

/* A PV guest's are the first four of a page, its entries those of four levels, never large. */
static void test_pv(void **state)
{
	static const struct entry tables[] = {
		{ 0x1000 + 8 * 3, 0x2027 },
		{ 0x2000 + 8 * 1, 0x3067 },
		{ 0x2000 + 8 * 2, 0x4000e7 },
		{ 0x3000 + 8 * 5, UINT64_C(0x0010000000123067) },
		{ 0x1000 + 8 * 256, 0 },
		{ 0x1000 + 8 * 511, 0x2067 },
		{ 0, 0 },
	};
	const struct paging narrow = { .mode = PAGING_PAE, .root = 0x1000, .nx = true, .pv = true };
	struct paging wide = narrow;

	(void)state;
	maps(&narrow, tables, 0xc0205abc, 0x123abc, KB4, R | W | X | U);
	ends(&narrow, tables, 0xc0400000, PT_END_BAD, 2, "large page");
	ends(&narrow, tables, 0, PT_END_NONE, 1, "not present");
	wide.mode = PAGING_4LEVEL;
	/* L4[511] -> 0x2000 as L3, [1] -> 0x3000 as L2, [5] -> 0x123000, which is not there. */
	ends(&wide, tables, UINT64_C(0xffffff8040a00000), PT_END_NO_TABLE, 4, "not in the");
}

/* Bit 52 of a 64-bit PV guest's page says that it is its kernel's. */
static void test_pv_kernel(void **state)
{
	static const struct entry tables[] = {
		{ 0x1000, 0x2067 },
		{ 0x2000, 0x3067 },
		{ 0x3000, 0x4067 },
		{ 0x4000, UINT64_C(0x0010000000123067) },
		{ 0x4008, UINT64_C(0x0000000000123067) },
		{ 0, 0 },
	};
	const struct paging pv = { .mode = PAGING_4LEVEL, .root = 0x1000, .nx = true, .pv = true };

	(void)state;
	maps(&pv, tables, 0, 0x123000, KB4, R | W | X);
	maps(&pv, tables, 0x1000, 0x123000, KB4, R | W | X | U);
	maps(&four, tables, 0, 0x123000, KB4, R | W | X | U);
}

/* ---- 2 levels ---- */

static void test_32bit(void **state)
{
	static const struct entry tables[] = {
		{ 0x1000 + 4 * 0, 0x2067 },
		{ 0x1000 + 4 * 1, 0x00c000e7 },            /* PS: 4M; a table without CR4.PSE */
		{ 0x1000 + 4 * 2, 0x004000e7 | 0x1fe000 }, /* PSE-36: bits 32 to 39 */
		{ 0x1000 + 4 * 3, 0x006000e7 },            /* bit 21 is reserved */
		{ 0x1000 + 4 * 1023, 0x2063 },
		{ 0x2000 + 4 * 1023, 0xabcde065 },
		{ 0, 0 },
	};
	const struct paging plain = { .mode = PAGING_32, .root = 0x1000 };
	struct paging pse = plain;
	struct pt_result r;

	(void)state;
	pse.large_4m = true;
	pse.physbits = 40;
	maps(&pse, tables, 0x3ff123, 0xabcde123, KB4, R | X | U);
	maps(&pse, tables, 0xffffffff, 0xabcdefff, KB4, R | X);
	maps(&pse, tables, 0x412345, 0xc12345, MB4, R | W | X | U);
	maps(&pse, tables, 0x812345, UINT64_C(0xff00412345), MB4, R | W | X | U);
	ends(&pse, tables, 0xc00000, PT_END_BAD, 1, "large page");
	r = ends(&pse, tables, 0x1000, PT_END_NONE, 2, "not present");
	assert_int_equal(r.size, KB4);
	r = ends(&pse, tables, 0x10000000, PT_END_NONE, 1, "not present");
	assert_int_equal(r.size, MB4);
	ends(&pse, tables, UINT64_C(0x1003ff000), PT_END_ADDRESS, 2, "32 bits");
	pse.physbits = 36;
	ends(&pse, tables, 0x812345, PT_END_BAD, 1, "large page");
	/* Without PSE bit 7 means nothing. */
	ends(&plain, tables, 0x412345, PT_END_NO_TABLE, 2, "not in the stream");
}

static void test_none(void **state)
{
	const struct paging p = { .mode = PAGING_NONE };
	struct pt_result r;

	(void)state;
	r = walk(&p, four_tables, 0x12345678);
	assert_true(r.mapped);
	assert_int_equal(r.pa, 0x12345678);
	assert_int_equal(r.count, 0);
	ends(&p, four_tables, UINT64_C(0x100000000), PT_END_ADDRESS, 0, "32 bits");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_4level), cmocka_unit_test(test_4level_troubles),
		cmocka_unit_test(test_5level), cmocka_unit_test(test_pae),
		cmocka_unit_test(test_pv),     cmocka_unit_test(test_pv_kernel),
		cmocka_unit_test(test_32bit),  cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
