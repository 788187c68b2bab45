/* Page tables of a guest: registers and a few sparse pages come from the input, a stream is made of
 * them, and all that its vCPU maps is walked.
 *
 *	u8 mode | u64 cr3 | pages: u8 pfn, u8 type, u8 n, n times { u16 index, u64 entry }
 *
 * mode: 1 PV, 2 HVM unpaged, 3 two levels, 4 with PSE, 5 PAE, 6 four levels, 7 five */
#include "decode.h"
#include "xen.h"

#define CONTEXT 5168u
#define CPU 1032u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t take(const uint8_t **at, const uint8_t *end, unsigned width)
{
	uint64_t v = 0;

	for (unsigned n = 0; n < width && *at < end; n++)
		v |= (uint64_t) * (*at)++ << 8 * n;
	return v;
}

static void set(uint8_t *to, size_t at, uint64_t v)
{
	for (unsigned n = 0; n < 8; n++)
		to[at + n] = (uint8_t)(v >> 8 * n);
}

/* PAGE_DATA of one page. Returns where the input goes on. */
static const uint8_t *put_page(struct stream *s, const uint8_t *at, const uint8_t *end)
{
	uint8_t body[16 + 4096] = { 1 };
	uint64_t pfn = take(&at, end, 1), type = take(&at, end, 1) & 15, n = take(&at, end, 1);

	set(body, 8, pfn | type << 60);
	while (n--) {
		uint64_t index = take(&at, end, 2) & 511;

		set(body, 16 + index * 8, take(&at, end, 8));
	}
	put_record(s, 1, body, type < 13 && (type < 5 || type > 8) ? sizeof(body) : 16);
	return at;
}

static void put_hvm(struct stream *s, unsigned mode, uint64_t cr3)
{
	static const struct {
		uint64_t cr0, cr4, efer;
	} modes[] = {
		{ 0x11, 0, 0 },
		{ 0x80000011, 0, 0 },
		{ 0x80000011, 0x10, 0 },
		{ 0x80000011, 0x20, 0x800 },
		{ 0x80000011, 0x20, 0xd00 },
		{ 0x80000011, 0x1020, 0xd00 },
	};
	uint8_t body[32 + 8 + CPU + 8] = { 1, 0, 0, 0, 24, 0, 0, 0, 0x86, 0x12, 0x38, 0x54, 1 };
	uint8_t *cpu = body + 40;

	memcpy(body + 32, "\2\0\0\0\10\4\0\0", 8);
	set(cpu, 0x280, 0x1000);
	set(cpu, 0x290, modes[mode].cr0);
	set(cpu, 0x2a0, cr3);
	set(cpu, 0x2a8, modes[mode].cr4);
	set(cpu, 0x3e0, modes[mode].efer);
	put_record(s, 9, body, sizeof(body));
}

static void put_pv(struct stream *s, uint64_t cr3)
{
	uint8_t body[8 + CONTEXT] = { 0 };

	set(body, 8 + 0x200, 4);
	set(body, 8 + 0x1378 + 3 * 8, cr3);
	set(body, 8 + 0x1378 + 1 * 8, cr3 | 1);
	put_record(s, 4, body, sizeof(body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t pv_info[8] = { 8, 4 }, frames[16] = { 0, 0, 0, 0, 255 };
	const uint8_t *at = data, *end = data + size;
	unsigned mode = (unsigned)take(&at, end, 1) % 7 + 1;
	uint64_t cr3 = take(&at, end, 8);
	struct stream s = { 0 };

	put_libxc(&s, 2, mode == 1 ? 1 : 2);
	if (mode == 1) {
		put_record(&s, 2, pv_info, sizeof(pv_info));
		put_record(&s, 3, frames, sizeof(frames));
	}
	for (unsigned n = 0; n < 16 && at < end; n++)
		at = put_page(&s, at, end);
	if (mode == 1)
		put_pv(&s, cr3);
	else
		put_hvm(&s, mode - 2, cr3);
	put_record(&s, 0, NULL, 0);
	decode_bytes("fuzzed.libxc", NULL, 0, s.at, s.len);
	free(s.at);
	return 0;
}
