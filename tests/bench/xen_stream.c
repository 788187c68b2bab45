/* Writes a save file of a Xen guest of any size, for tests/bench/bench.py.
 *
 *	xen_stream FILE MIB SEED
 *
 * libxc v3, HVM, 1,024 pages a PAGE_DATA, frames 0..0xeffff and from 0x100000 on, as a PC has them.
 * Pages are one of 1,024 different ones, each eighth zeros, and begin with their PFN. If SEED is
 * not 0, one page of 1,000 has another byte than with 0. At three quarters there are words to find.
 *
 * Four vCPUs: the first two run one program, the others one each. All map the guest's memory by
 * pages of 2 MiB at 0xffff888000000000, and a GiB by pages of 4 KiB, their frames scattered, at
 * 0x7f0000000000: page tables as a system has that has been up for long, and worse. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	BATCH = 1024,
	TABLES = 0x1000, /* PFN of the first page table */
	PROGRAMS = 3,
	VCPUS = 4,
	USER_L1 = 512,             /* a GiB */
	USER_TABLES = 2 + USER_L1, /* levels 3 and 2 have one each */
	CPU_SIZE = 1032,           /* HVM_SAVE_CODE(CPU), Xen 4.17 */
	CPU_RIP = 640,
	CPU_RFLAGS = 648,
	CPU_CR0 = 656,
	CPU_CR3 = 672,
	CPU_CR4 = 680,
	CPU_CS_RIGHTS = 0x378,
	CPU_SS_RIGHTS = 0x38c,
	CPU_EFER = 992,
};

#define NEEDLE "SECRET-1234-abc" /* as bench.py looks for it */

static FILE *out;
static uint64_t pages, seed;
static unsigned char stock[BATCH][PAGE];

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t pfn_of(uint64_t n)
{
	return n < 0xf0000 ? n : n + 0x10000;
}

static void put(const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, out) != len) {
		perror("xen_stream");
		exit(1);
	}
}

static void put_head(uint32_t type, uint32_t length)
{
	put(&type, 4);
	put(&length, 4);
}

/* ---- page tables: roots, the kernel's level 3 and its levels 2, each program's 3, 2, 1s ---- */

static uint64_t kernel_l2s(void)
{
	return (pfn_of(pages - 1) >> 18) + 1;
}

static uint64_t kernel_l3(void)
{
	return TABLES + PROGRAMS;
}

static uint64_t user_tables(unsigned program)
{
	return kernel_l3() + 1 + kernel_l2s() + (uint64_t)program * USER_TABLES;
}

static void fill_user(uint64_t n, unsigned program, uint64_t *e)
{
	uint64_t at = user_tables(program);

	if (n == 0)
		e[0] = (at + 1) * PAGE | 0x67;
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t k = (uint64_t)program << 32 | n << 16 | i;

		if (n == 1)
			e[i] = (at + 2 + i) * PAGE | 0x67;
		if (n >= 2)
			e[i] = pfn_of(mix(k + 1) % pages) * PAGE | 0x67;
	}
}

/* Fills the page if it is a table. */
static int fill_table(uint64_t pfn, uint64_t *e)
{
	if (pfn < TABLES || pfn >= user_tables(PROGRAMS))
		return 0;
	memset(e, 0, PAGE);
	if (pfn < kernel_l3()) {
		e[254] = user_tables((unsigned)(pfn - TABLES)) * PAGE | 0x67;
		e[273] = kernel_l3() * PAGE | 0x63;
	} else if (pfn == kernel_l3()) {
		for (uint64_t i = 0; i < kernel_l2s(); i++)
			e[i] = (kernel_l3() + 1 + i) * PAGE | 0x63;
	} else if (pfn < user_tables(0)) {
		for (uint64_t i = 0; i < 512; i++)
			e[i] = ((pfn - kernel_l3() - 1) << 30) + (i << 21) + 0xe3;
	} else {
		pfn -= user_tables(0);
		fill_user(pfn % USER_TABLES, (unsigned)(pfn / USER_TABLES), e);
	}
	return 1;
}

/* ---- records ---- */

static void fill_page(uint64_t pfn, unsigned char *to)
{
	uint64_t which = mix(pfn);

	if (fill_table(pfn, (uint64_t *)(void *)to))
		return;
	memcpy(to, stock[which % BATCH], PAGE);
	if (which % 8)
		memcpy(to, &pfn, 8);
	if (pfn == pfn_of(pages / 4 * 3))
		memcpy(to + 777, NEEDLE, sizeof(NEEDLE) - 1);
	if (seed && mix(pfn ^ seed << 40) % 1000 == 0)
		to[seed % PAGE] ^= 0x5a;
}

static void put_pages(uint64_t first, uint32_t count)
{
	static union {
		uint64_t words[BATCH * PAGE / 8];
		unsigned char bytes[BATCH * PAGE];
	} bodies;
	uint64_t head[1 + BATCH] = { count };

	for (uint32_t i = 0; i < count; i++) {
		head[1 + i] = pfn_of(first + i);
		fill_page(head[1 + i], &bodies.bytes[(size_t)i * PAGE]);
	}
	put_head(1, 8 + count * (8 + PAGE));
	put(head, 8 * (1 + (size_t)count));
	put(bodies.bytes, (size_t)count * PAGE);
}

static void put_u64(unsigned char *at, uint64_t v)
{
	memcpy(at, &v, 8);
}

static void put_u32(unsigned char *at, uint32_t v)
{
	memcpy(at, &v, 4);
}

static void put_entry(uint16_t type, uint16_t instance, const void *body, uint32_t length)
{
	put(&type, 2);
	put(&instance, 2);
	put(&length, 4);
	put(body, length);
}

static void put_context(void)
{
	unsigned char header[24] = { 0x86, 0x12, 0x38, 0x54, 1 };

	put_head(9, 8 + sizeof(header) + VCPUS * (8 + CPU_SIZE) + 8);
	put_entry(1, 0, header, sizeof(header));
	for (uint16_t n = 0; n < VCPUS; n++) {
		unsigned char cpu[CPU_SIZE] = { 0 };

		put_u64(cpu + CPU_RIP, UINT64_C(0xffff888001000000));
		put_u64(cpu + CPU_RFLAGS, 2);
		put_u64(cpu + CPU_CR0, 0x80050033);
		put_u64(cpu + CPU_CR3, (TABLES + (n ? n - 1u : 0)) * (uint64_t)PAGE);
		put_u64(cpu + CPU_CR4, 0x6f0);
		put_u32(cpu + CPU_CS_RIGHTS, 0xa9b);
		put_u32(cpu + CPU_SS_RIGHTS, 0xc93);
		put_u64(cpu + CPU_EFER, 0xd01);
		put_entry(2, n, cpu, CPU_SIZE);
	}
	put_entry(0, 0, header, 0);
}

static void put_stream(void)
{
	static const unsigned char head[40] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
						'X',  'E',  'N',  'F',  0,    0,    0,    3,
						0,    0,    0,    0,    0,    0,    0,    0,
						2,    0,    0,    0,    12,   0,    0,    0,
						4,    0,    0,    0,    17,   0,    0,    0 };
	static const uint64_t time[3] = { UINT64_C(2300000) << 32, 123456789012, 1 };
	static const uint64_t params[3] = { 1, 1, 0xfefff };

	put(head, sizeof(head));
	put_head(16, 0);
	for (uint64_t n = 0; n < pages; n += BATCH)
		put_pages(n, pages - n < BATCH ? (uint32_t)(pages - n) : BATCH);
	put_head(8, sizeof(time));
	put(time, sizeof(time));
	put_head(10, sizeof(params));
	put(params, sizeof(params));
	put_context();
	put_head(0, 0);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	pages = strtoull(argv[2], NULL, 0) * (1048576 / PAGE);
	seed = strtoull(argv[3], NULL, 0);
	out = fopen(argv[1], "wb");
	if (!out || pages <= TABLES + 2048) {
		fprintf(stderr, "xen_stream: cannot write %s, or it is too small\n", argv[1]);
		return 1;
	}
	for (uint64_t i = 0; i < sizeof(stock) / 8; i++)
		if (i / (PAGE / 8) % 8)
			put_u64(&stock[0][0] + 8 * i, mix(i + 1));
	put_stream();
	if (fclose(out)) {
		perror("xen_stream");
		return 1;
	}
	return 0;
}
