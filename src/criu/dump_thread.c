/* A thread in a core file: NT_PRSTATUS and the notes of its machine, as the kernel lays them out.
 *
 *	elf_prstatus     12  siginfo: signo, code, errno
 *	                  4  current signal, padding
 *	               2 L   pending, blocked signals         L: a long of the machine
 *	                 16  pid, ppid, pgrp, sid
 *	               8 L   user, system time, the children's: in no image
 *	                  ?  general registers
 *	                  4  whether there is a floating point state; padded to L
 *
 * Everything is written by offset and width here, for the core may be of another machine than the
 * one this runs on. Registers stay as they are stored: of a thread in a system call that will be
 * restarted CRIU has stored the state in which it restarts. */
#include <string.h>

#include "criu/dump.h"

enum {
	NT_PRSTATUS = 1,
	NT_FPREGSET = 2,
	NT_PRXFPREG = 0x46e62b7f,
	NT_386_TLS = 0x200,
	NT_X86_XSTATE = 0x202,
	NT_ARM_TLS = 0x401,
	EM_386 = 3,
	EM_X86_64 = 62,
	EM_AARCH64 = 183,
};

static struct bytes message_of(struct bytes msg, uint32_t field)
{
	struct bytes b = { NULL, 0 };

	wire_bytes(msg, field, &b);
	return b;
}

/* `count` numbers of a repeated field, zeros for those that are not there. */
static void put_list(struct pack *p, struct bytes msg, uint32_t field, size_t count, bool wide)
{
	enum { MOST = 128 };
	uint64_t v[MOST] = { 0 };

	wire_uints(msg, field, v, count < MOST ? count : MOST);
	for (size_t i = 0; i < count && i < MOST; i++) {
		if (wide)
			pack_u64(p, v[i]);
		else
			pack_u32(p, (uint32_t)v[i]);
	}
}

/* ---- x86 ---- */

enum { X86_GPREGS = 2, X86_FPREGS = 3, X86_TLS = 4, X86_FPREGS_XSAVE = 13 };

/* user_x86_regs_entry has the fields of user_regs_struct in its order. */
static void x86_64_registers(const struct dump_thread *t, struct pack *p)
{
	struct bytes regs = message_of(t->info, X86_GPREGS);

	for (uint32_t field = 1; field <= 27; field++)
		pack_u64(p, uint_of(regs, field));
}

static void i386_registers(const struct dump_thread *t, struct pack *p)
{
	/* bx cx dx si di bp ax ds es fs gs orig_ax ip cs flags sp ss */
	static const uint8_t fields[] = { 6,  12, 13, 14, 15, 5,  11, 24, 25,
					  26, 27, 16, 17, 18, 19, 20, 21 };
	struct bytes regs = message_of(t->info, X86_GPREGS);

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		pack_u32(p, (uint32_t)uint_of(regs, fields[i]));
}

#define FXSAVE 512

static void put_fxsave(struct pack *p, struct bytes fp)
{
	for (uint32_t field = 1; field <= 4; field++)
		pack_u16(p, (uint16_t)uint_of(fp, field));
	pack_u64(p, uint_of(fp, 5));
	pack_u64(p, uint_of(fp, 6));
	pack_u32(p, (uint32_t)uint_of(fp, 7));
	pack_u32(p, (uint32_t)uint_of(fp, 8));
	put_list(p, fp, 9, 32, false);
	put_list(p, fp, 10, 64, false);
	put_list(p, fp, 11, 24, false);
}

/* What XSAVE keeps behind the header, where Intel's processors have it, and CRIU with them. */
static const struct xsave_part {
	uint32_t field; /* of user_x86_xsave_entry */
	uint32_t at, count;
	bool wide;
	uint64_t bits; /* of XCR0 */
} xsave_parts[] = {
	{ 2, 576, 64, false, 0x4 },   /* upper halves of ymm0 to 15 */
	{ 3, 960, 8, true, 0x8 },     /* MPX: bounds */
	{ 4, 1024, 2, true, 0x10 },   /* their control and status */
	{ 5, 1088, 8, true, 0xe0 },   /* AVX-512: k0 to 7 */
	{ 6, 1152, 64, true, 0xe0 },  /* upper halves of zmm0 to 15 */
	{ 7, 1664, 128, true, 0xe0 }, /* zmm16 to 31 */
	{ 8, 2688, 2, false, 0x200 }, /* protection keys */
};

#define XSAVE_KNOWN UINT64_C(0x2ff)
#define XSAVE_MOST 2696
#define XSAVE_XCR0 464 /* in the part of the FXSAVE area that is the system's */

/* A debugger tells the layout by XCR0 and the size. XCR0 itself is not stored: it had the parts
 * that are. */
static uint64_t xcr0_of(struct bytes xsave)
{
	uint64_t bits = 3 | (uint_of(xsave, 1) & XSAVE_KNOWN);

	for (size_t i = 0; i < ARRAY_LEN(xsave_parts); i++)
		if (wire_uints(xsave, xsave_parts[i].field, NULL, 0))
			bits |= xsave_parts[i].bits;
	return bits;
}

static struct bytes make_xsave(struct bytes fp, struct bytes xsave, struct arena *a)
{
	struct pack p = pack_of(a, XSAVE_MOST), xcr0;
	uint64_t bits = xcr0_of(xsave);
	size_t end = 576;

	put_fxsave(&p, fp);
	xcr0 = p;
	xcr0.len = XSAVE_XCR0;
	pack_u64(&xcr0, bits);
	pack_u64(&p, uint_of(xsave, 1) & XSAVE_KNOWN);
	for (size_t i = 0; i < ARRAY_LEN(xsave_parts); i++) {
		const struct xsave_part *part = &xsave_parts[i];

		if (!(bits & part->bits))
			continue;
		pack_to(&p, part->at);
		put_list(&p, xsave, part->field, part->count, part->wide);
		/* Of MPX's second part 16 bytes are used of 64. */
		end = part->field == 4 ? part->at + 64 : p.len;
	}
	pack_to(&p, end);
	return pack_bytes(&p);
}

static size_t xsave_note(struct bytes fp, struct dump_note *out, struct arena *a)
{
	struct bytes xsave;

	if (!wire_bytes(fp, X86_FPREGS_XSAVE, &xsave))
		return 0;
	*out = (struct dump_note){ "LINUX", NT_X86_XSTATE, make_xsave(fp, xsave, a) };
	return 1;
}

static struct bytes make_fxsave(struct bytes fp, struct arena *a)
{
	struct pack p = pack_of(a, FXSAVE);

	put_fxsave(&p, fp);
	return pack_bytes(&p);
}

static size_t x86_64_notes(const struct dump_thread *t, struct dump_note *out, struct arena *a)
{
	struct bytes fp;

	if (!wire_bytes(t->info, X86_FPREGS, &fp))
		return 0;
	out[0] = (struct dump_note){ "CORE", NT_FPREGSET, make_fxsave(fp, a) };
	return 1 + xsave_note(fp, out + 1, a);
}

/* The tag of a register whose abridged tag says that it is in use: 0 valid, 1 zero, 2 special. */
static unsigned full_tag(const uint8_t *st)
{
	uint64_t mantissa = le64_at(st);
	unsigned exponent = le16_at(st + 8) & 0x7fff;

	if (exponent == 0x7fff)
		return 2;
	if (!exponent)
		return mantissa ? 2 : 1;
	return mantissa >> 63 ? 0 : 2;
}

/* FXSAVE keeps a bit a register, FSAVE two; registers are counted from the top of the stack there,
 * tags are not. */
static uint32_t full_tags(const uint8_t *fx)
{
	unsigned top = le16_at(fx + 2) >> 11 & 7, in_use = fx[4];
	uint32_t tags = 0;

	for (unsigned i = 0; i < 8; i++) {
		const uint8_t *st = fx + 32 + 16 * ((i - top) & 7);

		tags |= (in_use >> i & 1 ? full_tag(st) : 3u) << 2 * i;
	}
	return tags;
}

/* user_i387_struct of 32 bits. Selectors of the last instruction and operand are not kept in 64-bit
 * mode: the kernel puts cs and ds there. */
static struct bytes make_fsave(struct bytes fx, struct bytes regs, struct arena *a)
{
	struct pack p = pack_of(a, 108);

	pack_u32(&p, 0xffff0000 | le16_at(fx.at));
	pack_u32(&p, 0xffff0000 | le16_at(fx.at + 2));
	pack_u32(&p, 0xffff0000 | full_tags(fx.at));
	pack_u32(&p, le32_at(fx.at + 8));
	pack_u32(&p, (uint32_t)(uint_of(regs, 18) & 0xffff) | (uint32_t)le16_at(fx.at + 6) << 16);
	pack_u32(&p, le32_at(fx.at + 16));
	pack_u32(&p, 0xffff0000 | (uint32_t)(uint_of(regs, 24) & 0xffff));
	for (unsigned i = 0; i < 8; i++)
		pack_field(&p, (struct bytes){ fx.at + 32 + (size_t)16 * i, 10 }, 10);
	return pack_bytes(&p);
}

/* The descriptors of thread-local storage: user_desc. */
static size_t tls_note(const struct dump_thread *t, struct dump_note *out, struct arena *a)
{
	struct pack p = pack_of(a, 3 * 16);

	for (struct parts d = parts_of(t->info, X86_TLS); p.len < p.room && parts_next(&d);) {
		/* seg_32bit, contents (2 bits), read_exec_only, limit_in_pages,
		 * seg_not_present, usable */
		static const uint8_t fields[] = { 4, 6, 5, 7, 8, 9, 10 };
		uint32_t flags = 0;

		for (unsigned i = 0; i < ARRAY_LEN(fields); i++)
			flags |= (uint32_t)(uint_of(d.msg, fields[i]) != 0) << i;
		for (uint32_t field = 1; field <= 3; field++)
			pack_u32(&p, (uint32_t)uint_of(d.msg, field));
		pack_u32(&p, flags);
	}
	*out = (struct dump_note){ "LINUX", NT_386_TLS, pack_bytes(&p) };
	return p.len != 0;
}

static size_t i386_notes(const struct dump_thread *t, struct dump_note *out, struct arena *a)
{
	struct bytes fp, fx;
	size_t n;

	if (!wire_bytes(t->info, X86_FPREGS, &fp))
		return tls_note(t, out, a);
	fx = make_fxsave(fp, a);
	out[0] = (struct dump_note){ "CORE", NT_FPREGSET,
				     make_fsave(fx, message_of(t->info, X86_GPREGS), a) };
	out[1] = (struct dump_note){ "LINUX", NT_PRXFPREG, fx };
	n = 2 + xsave_note(fp, out + 2, a);
	return n + tls_note(t, out + n, a);
}

/* ---- AArch64 ---- */

enum { ARM64_TLS = 2, ARM64_GPREGS = 3, ARM64_FPSIMD = 4 };

static void arm64_registers(const struct dump_thread *t, struct pack *p)
{
	struct bytes regs = message_of(t->info, ARM64_GPREGS);

	put_list(p, regs, 1, 31, true);
	for (uint32_t field = 2; field <= 4; field++) /* sp, pc, pstate */
		pack_u64(p, uint_of(regs, field));
}

static size_t arm64_notes(const struct dump_thread *t, struct dump_note *out, struct arena *a)
{
	struct pack fp = pack_of(a, 528), tls = pack_of(a, 8);
	struct bytes simd;
	size_t n = 0;

	if (wire_bytes(t->info, ARM64_FPSIMD, &simd)) {
		put_list(&fp, simd, 1, 64, true);
		pack_u32(&fp, (uint32_t)uint_of(simd, 2));
		pack_u32(&fp, (uint32_t)uint_of(simd, 3));
		pack_to(&fp, fp.room);
		out[n++] = (struct dump_note){ "CORE", NT_FPREGSET, pack_bytes(&fp) };
	}
	pack_u64(&tls, uint_of(t->info, ARM64_TLS));
	out[n++] = (struct dump_note){ "LINUX", NT_ARM_TLS, pack_bytes(&tls) };
	return n;
}

/* ---- any machine ---- */

enum { MARCH_X86_64 = 1, MARCH_AARCH64 = 3 };

static const struct dump_abi abis[] = {
	{ .march = MARCH_X86_64,
	  .machine = EM_X86_64,
	  .wide = true,
	  .info = 2,
	  .registers = x86_64_registers,
	  .notes = x86_64_notes },
	{ .march = MARCH_X86_64,
	  .compat = true,
	  .machine = EM_386,
	  .info = 2,
	  .registers = i386_registers,
	  .notes = i386_notes },
	{ .march = MARCH_AARCH64,
	  .machine = EM_AARCH64,
	  .wide = true,
	  .info = 8,
	  .registers = arm64_registers,
	  .notes = arm64_notes },
};

static bool is_compat(struct bytes core)
{
	struct bytes regs;

	return wire_message(core, &regs, 2, X86_GPREGS, 0) && uint_of(regs, 28) == 2;
}

const struct dump_abi *dump_abi_of(uint32_t march, struct bytes core)
{
	uint64_t own = march ? march : MARCH_X86_64;
	bool compat;

	wire_uint(core, 1, &own);
	compat = own == MARCH_X86_64 && is_compat(core);
	for (size_t i = 0; i < ARRAY_LEN(abis); i++)
		if (abis[i].march == own && abis[i].compat == compat)
			return &abis[i];
	return NULL;
}

struct dump_thread dump_thread_of(const struct dump_abi *abi, struct process *p, uint32_t tid,
				  struct bytes core)
{
	return (struct dump_thread){ .process = p,
				     .tid = tid,
				     .tc = message_of(core, 3),
				     .thread = message_of(core, 5),
				     .info = message_of(core, abi->info) };
}

bool dump_has_registers(const struct dump_thread *t)
{
	return t->info.len;
}

static struct bytes queue_of(const struct dump_thread *t)
{
	return message_of(t->thread, 9);
}

bool dump_queued(const struct dump_thread *t, struct bytes *siginfo)
{
	struct parts p = parts_of(queue_of(t), 1);
	struct bytes shared = message_of(t->tc, 10);

	if (parts_next(&p))
		return wire_bytes(p.msg, 1, siginfo);
	p = parts_of(shared, 1);
	return parts_next(&p) && wire_bytes(p.msg, 1, siginfo);
}

uint32_t dump_stopped_by(const struct process *p)
{
	enum { TASK_STOPPED = 3, SIGNAL_STOP = 19 };
	uint64_t signal = SIGNAL_STOP;
	struct bytes core;

	if (p->state != TASK_STOPPED || !p->core || !image_first(p->core, &core))
		return 0;
	wire_uint(message_of(core, 3), 21, &signal);
	return (uint32_t)signal;
}

/* The thread's own pending signals, a bit each. */
static uint64_t pending_of(const struct dump_thread *t)
{
	uint64_t mask = 0;

	for (struct parts p = parts_of(queue_of(t), 1); parts_next(&p);) {
		struct bytes info;
		uint32_t number;

		if (!wire_bytes(p.msg, 1, &info) || info.len < 4)
			continue;
		number = le32_at(info.at);
		if (number >= 1 && number <= 64)
			mask |= UINT64_C(1) << (number - 1);
	}
	return mask;
}

static uint64_t blocked_of(const struct dump_thread *t)
{
	uint64_t mask = uint_of(t->tc, 5);

	wire_uint(t->thread, 6, &mask);
	return mask;
}

static struct bytes make_prstatus(const struct dump_abi *abi, const struct dump_thread *t,
				  bool has_fp, struct arena *a)
{
	enum { MOST = 512 };
	struct pack p = pack_of(a, MOST);
	uint32_t signal = dump_stopped_by(t->process);

	p.wide = abi->wide;
	pack_u32(&p, signal);
	pack_to(&p, 12);
	pack_u16(&p, (uint16_t)signal);
	pack_to(&p, 16);
	pack_word(&p, pending_of(t));
	pack_word(&p, blocked_of(t));
	pack_u32(&p, t->tid);
	pack_u32(&p, t->process->ppid);
	pack_u32(&p, t->process->pgid);
	pack_u32(&p, t->process->sid);
	for (unsigned i = 0; i < 8; i++)
		pack_word(&p, 0);
	abi->registers(t, &p);
	pack_u32(&p, has_fp);
	if (abi->wide)
		pack_u32(&p, 0);
	return pack_bytes(&p);
}

size_t dump_thread_notes(const struct dump_abi *abi, const struct dump_thread *t,
			 struct dump_note *out, struct arena *a)
{
	size_t n = abi->notes(t, out + 1, a);
	bool has_fp = false;

	for (size_t i = 1; i <= n; i++)
		has_fp |= out[i].type == NT_FPREGSET;
	out[0] = (struct dump_note){ "CORE", NT_PRSTATUS, make_prstatus(abi, t, has_fp, a) };
	return n + 1;
}
