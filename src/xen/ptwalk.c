/* Page tables of x86, as Intel's and AMD's manuals have them. Nothing here knows of streams: tables
 * are read through a function, and an entry is taken apart by itself, so that who goes through
 * whole tables (vspace.c) and who looks up one address agree.
 *
 *	mode      levels  entry  index bits          pages
 *	32-bit    2       4      10 10               4K, with CR4.PSE 4M
 *	PAE       3       8      2 9 9               4K, 2M
 *	4-level   4       8      9 9 9 9             4K, 2M, 1G
 *	5-level   5       8      9 9 9 9 9           4K, 2M, 1G
 *
 * What the processor would refuse (bits that must be zero) ends a walk with its reason: a table
 * that has such entries is no table, or was hurt. Entries of a PV guest are checked by Xen, which
 * runs it in tables of four levels whatever the guest's width: there bits 52 to 62 are free, bit 52
 * marks pages of a 64-bit guest's kernel (it runs in ring 3, like its user space), and large pages
 * do not exist. */
#include <string.h>

#include "xen/guest.h"

enum {
	P = 1,
	RW = 2,
	US = 4,
	PS = 0x80,
};
#define NX (UINT64_C(1) << 63)
#define PV_KERNEL (UINT64_C(1) << 52)
#define FOUR_GB (UINT64_C(1) << 32)

static const struct mode {
	uint8_t levels, width, bits, root_bits; /* of an index */
	uint8_t address_bits;
} modes[] = {
	[PAGING_NONE] = { 0, 0, 0, 0, 32 },   [PAGING_32] = { 2, 4, 10, 10, 32 },
	[PAGING_PAE] = { 3, 8, 9, 2, 32 },    [PAGING_4LEVEL] = { 4, 8, 9, 9, 48 },
	[PAGING_5LEVEL] = { 5, 8, 9, 9, 57 },
};

/* Bits [from, to). */
static uint64_t bits(unsigned from, unsigned to)
{
	return to > from ? (UINT64_MAX >> (64 - (to - from))) << from : 0;
}

unsigned pt_levels(const struct paging *p)
{
	return modes[p->mode].levels;
}

uint64_t pt_reach(const struct paging *p, unsigned level)
{
	return (uint64_t)XEN_PAGE << (modes[p->mode].bits * (level - 1));
}

unsigned pt_entries(const struct paging *p, unsigned level)
{
	const struct mode *m = &modes[p->mode];

	return 1u << (level == m->levels ? m->root_bits : m->bits);
}

unsigned pt_width(const struct paging *p)
{
	return modes[p->mode].width;
}

/* ---- entries ---- */

static unsigned physbits(const struct paging *p)
{
	return p->physbits && p->physbits < 52 ? p->physbits : 52;
}

/* What is wrong with the bits that mean the same on every level of 8-byte entries. */
static const char *wide_trouble(const struct paging *p, unsigned level, uint64_t e)
{
	if (e & bits(physbits(p), 52))
		return "address bits beyond those the processor has";
	if (p->pv)
		return NULL;
	if (e & NX && (!p->nx || (p->mode == PAGING_PAE && level == 3)))
		return "reserved bit 63 set";
	if (p->mode != PAGING_PAE)
		return NULL;
	if (e & bits(52, 63))
		return "reserved bits among 52 to 62 set";
	return level == 3 && e & (RW | US | bits(5, 9)) ? "reserved bits set" : NULL;
}

/* An entry with PS set, where that means something. */
static void decode_large(const struct paging *p, unsigned level, uint64_t e, struct pt_entry *out)
{
	uint64_t reach = pt_reach(p, level);

	out->kind = PT_PAGE;
	out->pa = e & bits(12, 52) & ~(reach - 1);
	if (p->pv) {
		out->trouble = "a large page, which no PV guest has";
	} else if (level > 3 || (p->mode == PAGING_PAE && level == 3)) {
		out->trouble = "reserved bit 7 (PS) set";
	} else if (pt_width(p) == 8) {
		if (e & bits(13, 52) & (reach - 1))
			out->trouble = "reserved bits below a large page's address set";
	} else {
		/* PSE-36: address bits 32 to 39 are in bits 13 to 20. */
		out->pa = (e & bits(22, 32)) | (e >> 13 & 0xff) << 32;
		if (e & bits(21, 22) || out->pa & bits(physbits(p), 64))
			out->trouble = "reserved bits below a large page's address set";
	}
}

/* What an entry lets do. Of PAE's root entries nothing is asked. */
static unsigned flags_of(const struct paging *p, unsigned level, uint64_t e)
{
	unsigned flags = REGION_READ;

	if (p->mode == PAGING_PAE && level == 3)
		return REGION_READ | REGION_WRITE | REGION_EXEC | PT_USER;
	if (e & RW)
		flags |= REGION_WRITE;
	if (!(pt_width(p) == 8 && e & NX))
		flags |= REGION_EXEC;
	if (e & US && !(p->pv && p->mode != PAGING_PAE && level == 1 && e & PV_KERNEL))
		flags |= PT_USER;
	return flags;
}

void pt_decode(const struct paging *p, unsigned level, uint64_t e, struct pt_entry *out)
{
	*out = (struct pt_entry){ .kind = PT_NONE };
	if (!(e & P))
		return;
	out->kind = level == 1 ? PT_PAGE : PT_TABLE;
	out->pa = e & bits(12, 52);
	out->flags = flags_of(p, level, e);
	if (pt_width(p) == 8)
		out->trouble = wide_trouble(p, level, e);
	if (!out->trouble && level > 1 && e & PS && (pt_width(p) == 8 || p->large_4m))
		decode_large(p, level, e, out);
	if (out->trouble)
		out->kind = PT_BAD;
}

/* ---- walking ---- */

/* True if `va` is no address of the mode: then all of them around it are the hole. */
static bool no_address(const struct paging *p, uint64_t va, struct pt_result *out)
{
	unsigned n = modes[p->mode].address_bits;
	uint64_t half = UINT64_C(1) << (n - 1);

	if (n == 32) {
		out->start = FOUR_GB;
		out->size = 0 - FOUR_GB;
		out->trouble = "addresses have 32 bits here";
		return va >= FOUR_GB;
	}
	out->start = half;
	out->size = 0 - 2 * half;
	out->trouble = "not a canonical address";
	return va >= half && va < 0 - half;
}

/* Sets the page or hole that holds `va` to `reach` bytes: less if not all of them are canonical. */
static void set_range(const struct paging *p, uint64_t va, uint64_t reach, struct pt_result *out)
{
	unsigned n = modes[p->mode].address_bits;

	if (n > 32 && reach > UINT64_C(1) << (n - 1))
		reach = UINT64_C(1) << (n - 1);
	out->size = reach;
	out->start = va & ~(reach - 1);
}

static bool read_entry(const struct paging *p, pt_read read, void *arg, struct pt_step *step)
{
	uint8_t raw[8] = { 0 };
	unsigned width = pt_width(p);

	if (!read(arg, step->table + step->index * width, raw, width))
		return false;
	step->entry = le64_at(raw);
	return true;
}

/* One level; false if the walk ends there. *table is the next one's. */
static bool walk_level(const struct paging *p, pt_read read, void *arg, uint64_t va, unsigned level,
		       uint64_t *table, struct pt_result *out)
{
	struct pt_step *step = &out->steps[out->count++];
	uint64_t reach = pt_reach(p, level);
	struct pt_entry e;

	*step = (struct pt_step){ .level = level, .table = *table };
	step->index = va / reach & (pt_entries(p, level) - 1);
	set_range(p, va, reach, out);
	if (!read_entry(p, read, arg, step)) {
		set_range(p, va, reach * pt_entries(p, level), out);
		out->end = PT_END_NO_TABLE;
		out->trouble = step->trouble = "the table is not in the stream";
		return false;
	}
	pt_decode(p, level, step->entry, &e);
	*table = e.pa;
	if (e.kind == PT_NONE) {
		out->end = PT_END_NONE;
		out->trouble = step->trouble = "not present";
		return false;
	}
	out->flags &= e.flags;
	out->end = e.kind == PT_BAD ? PT_END_BAD : PT_END_MAPPED;
	out->trouble = step->trouble = e.trouble;
	return e.kind == PT_TABLE;
}

/* From the root down. */
static void walk_levels(const struct paging *p, pt_read read, void *arg, uint64_t va,
			struct pt_result *out)
{
	uint64_t align = p->mode == PAGING_PAE ? 32 : XEN_PAGE, table = p->root & ~(align - 1);

	for (unsigned level = pt_levels(p); level; level--)
		if (!walk_level(p, read, arg, va, level, &table, out))
			break;
	out->mapped = out->end == PT_END_MAPPED;
	out->pa = table + (va - out->start);
}

/* Of an address that is none, the steps that its lower 32 bits would take, where it has so many: it
 * may be one that was extended by its sign. */
static void walk_lower(const struct paging *p, pt_read read, void *arg, uint64_t va,
		       struct pt_result *out)
{
	struct pt_result low = { 0 };

	if (modes[p->mode].address_bits != 32)
		return;
	walk_levels(p, read, arg, (uint32_t)va, &low);
	memcpy(out->steps, low.steps, sizeof(low.steps));
	out->count = low.count;
	if (low.mapped && low.count)
		out->steps[low.count - 1].trouble = out->trouble;
}

void pt_walk(const struct paging *p, pt_read read, void *arg, uint64_t va, struct pt_result *out)
{
	memset(out, 0, sizeof(*out));
	if (no_address(p, va, out)) {
		out->end = PT_END_ADDRESS;
		walk_lower(p, read, arg, va, out);
		return;
	}
	out->trouble = NULL;
	out->flags = REGION_READ | REGION_WRITE | REGION_EXEC | PT_USER;
	if (p->mode == PAGING_NONE) {
		set_range(p, va, FOUR_GB, out);
		out->pa = va;
		out->mapped = true;
		return;
	}
	walk_levels(p, read, arg, va, out);
	if (!out->mapped) {
		out->pa = 0;
		out->flags = 0;
	}
}
