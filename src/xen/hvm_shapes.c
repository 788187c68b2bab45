/* The types of entries of an HVM context, each with its members, its lengths in all versions and
 * what its numbers mean.
 *
 * Structures grew at their ends only, so that an older, shorter entry has the first members of the
 * newest; but for CPU, whose oldest form lacks msr_tsc_aux in the middle. */
#include <inttypes.h>

#include "base/text.h"
#include "xen/hvm.h"

/* ---- HEADER ---- */

static void more_changeset(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	(void)a;
	if (f->u == UINT64_MAX)
		f->note = "not known";
}

/* CPUID leaf 1, EAX: family, model, stepping. */
static void more_signature(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	f->note = cpuid_signature((uint32_t)f->u, a);
}

static void more_magic(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	(void)a;
	if (f->u != HVM_MAGIC)
		f->trouble = "should be 0x54381286";
}

static const struct shape header_shape[] = {
	{ "magic", 4, .show = SHOW_HEX, .more = more_magic },
	{ "version", 4, .show = SHOW_DEC },
	{ "changeset", 8, .show = SHOW_HEX, .more = more_changeset },
	{ "cpuid", 4, .show = SHOW_HEX, .more = more_signature },
	{ "gtsc_khz", 4, .show = SHOW_DEC },
	{ 0 },
};

/* ---- CPU ---- */

static const char *const data_types[] = {
	"read-only",      "read-only",      "read/write",      "read/write",
	"read-only down", "read-only down", "read/write down", "read/write down",
};
static const char *const code_types[] = {
	"execute",
	"execute",
	"execute/read",
	"execute/read",
	"execute conforming",
	"execute conforming",
	"execute/read conforming",
	"execute/read conforming",
};
static const char *const system_types[16] = {
	[1] = "TSS 16 available", [2] = "LDT",
	[3] = "TSS 16 busy",      [4] = "call gate 16",
	[5] = "task gate",        [6] = "interrupt gate 16",
	[7] = "trap gate 16",     [9] = "TSS available",
	[11] = "TSS busy",        [12] = "call gate",
	[14] = "interrupt gate",  [15] = "trap gate",
};

static const char *segment_type(uint32_t v)
{
	const char *name;

	if (v & 0x10)
		return (v & 8 ? code_types : data_types)[v & 7];
	name = system_types[v & 15];
	return name ? name : "system";
}

/* The packed form has 12 bits. Old senders on Intel kept VMX's, with AVL to G at bits 12-15. */
static void more_segment(const struct xen *x, struct field *f, struct arena *a)
{
	uint32_t v = (uint32_t)f->u;
	bool unpacked = (v & 0xf000) && !(v & 0x0f00);

	(void)x;
	if (unpacked)
		v = (v & 0xff) | (v >> 4 & 0xf00);
	if (!v)
		f->note = "not usable";
	else
		f->note = arena_printf(a, "%s%s, DPL %u%s%s", segment_type(v),
				       (v & 0x11) == 0x11 ? " accessed" : "", v >> 5 & 3,
				       v & 0x80 ? "" : ", not present",
				       unpacked ? ", packed as in VMX" : "");
}

/* What each of the four breakpoints waits for. */
static void more_dr7(const struct xen *x, struct field *f, struct arena *a)
{
	static const char *const what[] = { "execute", "write", "I/O", "read/write" };
	static const unsigned length[] = { 1, 2, 8, 4 };
	struct strbuf s;

	(void)x;
	strbuf_init(&s, a);
	for (unsigned i = 0; i < 4; i++) {
		unsigned on = (unsigned)(f->u >> 2 * i & 3), how = (unsigned)(f->u >> (16 + 4 * i));

		if (on)
			strbuf_addf(&s, "%s%u: %s %u%s", s.len ? ", " : "", i, what[how & 3],
				    length[how >> 2 & 3], on & 2 ? "" : " local");
	}
	f->note = s.len ? s.text : "none enabled";
}

/* B0 to B3, BD, BS, BT; what is beyond are bits that are 1 unless something happened. */
#define DR6_HAPPENED UINT64_C(0xe00f)

void more_dr6(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	f->note = f->u & DR6_HAPPENED ? value_flags(names_dr6, f->u & DR6_HAPPENED,
						    (struct value_env){ ARCH_ALL }, "|", a)
				      : "nothing happened";
}

void more_debugreg(const struct xen *x, struct field *f, struct arena *a)
{
	if (f->at == 6) {
		f->show = SHOW_HEX;
		more_dr6(x, f, a);
	} else if (f->at == 7) {
		f->show = SHOW_HEX;
		more_dr7(x, f, a);
	}
}

/* Bits 0-7 vector, 8-10 type, 11 there is an error code, 31 valid: as VMX injects them. */
static void more_event(const struct xen *x, struct field *f, struct arena *a)
{
	unsigned vector = (unsigned)(f->u & 0xff), type = (unsigned)(f->u >> 8 & 7);
	const char *kind = value_name(names_event_type, type, f->env);
	const char *name = type == 3 ? value_name(names_exception, vector, f->env) : NULL;

	(void)x;
	if (!(f->u >> 31 & 1))
		f->note = f->u ? "not valid" : "none";
	else
		f->note = arena_printf(a, "%s, vector 0x%x%s%s%s",
				       kind ? kind : arena_printf(a, "type %u", type), vector,
				       name ? " " : "", name ? name : "",
				       f->u >> 11 & 1 ? ", error code" : "");
}

static const struct value_name cpu_flags[] = {
	{ 1, "FPU_INITIALISED", ARCH_ALL },
	{ 0, NULL, 0 },
};

#define REGISTER(id)                                                                               \
	{                                                                                          \
		id, 8, .show = SHOW_ADDRESS                                                        \
	}
#define SELECTOR(id)                                                                               \
	{                                                                                          \
		id, 4, .show = SHOW_HEX                                                            \
	}
#define BASE(id)                                                                                   \
	{                                                                                          \
		id, 8, .show = SHOW_ADDRESS                                                        \
	}
#define LIMIT(id)                                                                                  \
	{                                                                                          \
		id, 4, .show = SHOW_HEX                                                            \
	}
#define ATTRIBUTES(id)                                                                             \
	{                                                                                          \
		id, 4, .show = SHOW_FLAGS, .names = names_segment, .more = more_segment            \
	}
#define FLAGS(id, table)                                                                           \
	{                                                                                          \
		id, 8, .show = SHOW_FLAGS, .names = table                                          \
	}

#define CPU_BEFORE_TSC_AUX                                                                         \
	{ "fpu_regs", 512, .of = fxsave_shape }, REGISTER("rax"), REGISTER("rbx"),                 \
		REGISTER("rcx"), REGISTER("rdx"), REGISTER("rbp"), REGISTER("rsi"),                \
		REGISTER("rdi"), REGISTER("rsp"), REGISTER("r8"), REGISTER("r9"), REGISTER("r10"), \
		REGISTER("r11"), REGISTER("r12"), REGISTER("r13"), REGISTER("r14"),                \
		REGISTER("r15"), REGISTER("rip"), FLAGS("rflags", names_rflags),                   \
		FLAGS("cr0", names_cr0), REGISTER("cr2"),                                          \
		{ "cr3", 8, .show = SHOW_ADDRESS, .more = more_gpa }, FLAGS("cr4", names_cr4),     \
		REGISTER("dr0"), REGISTER("dr1"), REGISTER("dr2"), REGISTER("dr3"),                \
		{ "dr6", 8, .show = SHOW_HEX, .more = more_dr6 },                                  \
		{ "dr7", 8, .show = SHOW_HEX, .more = more_dr7 }, SELECTOR("cs_sel"),              \
		SELECTOR("ds_sel"), SELECTOR("es_sel"), SELECTOR("fs_sel"), SELECTOR("gs_sel"),    \
		SELECTOR("ss_sel"), SELECTOR("tr_sel"), SELECTOR("ldtr_sel"), LIMIT("cs_limit"),   \
		LIMIT("ds_limit"), LIMIT("es_limit"), LIMIT("fs_limit"), LIMIT("gs_limit"),        \
		LIMIT("ss_limit"), LIMIT("tr_limit"), LIMIT("ldtr_limit"), LIMIT("idtr_limit"),    \
		LIMIT("gdtr_limit"), BASE("cs_base"), BASE("ds_base"), BASE("es_base"),            \
		BASE("fs_base"), BASE("gs_base"), BASE("ss_base"), BASE("tr_base"),                \
		BASE("ldtr_base"), BASE("idtr_base"), BASE("gdtr_base"), ATTRIBUTES("cs_arbytes"), \
		ATTRIBUTES("ds_arbytes"), ATTRIBUTES("es_arbytes"), ATTRIBUTES("fs_arbytes"),      \
		ATTRIBUTES("gs_arbytes"), ATTRIBUTES("ss_arbytes"), ATTRIBUTES("tr_arbytes"),      \
		ATTRIBUTES("ldtr_arbytes"), { "sysenter_cs", 8, .show = SHOW_HEX },                \
		REGISTER("sysenter_esp"), REGISTER("sysenter_eip"), REGISTER("shadow_gs"),         \
		{ "msr_flags", 8, .show = SHOW_HEX }, REGISTER("msr_lstar"),                       \
		{ "msr_star", 8, .show = SHOW_HEX }, REGISTER("msr_cstar"),                        \
		FLAGS("msr_syscall_mask", names_rflags), FLAGS("msr_efer", names_efer)

#define CPU_FROM_TSC                                                                               \
	{ "tsc", 8, .show = SHOW_DEC },                                                            \
		{ "pending_event", 4, .show = SHOW_HEX, .more = more_event },                      \
		{ "error_code", 4, .show = SHOW_HEX },                                             \
		{ "flags", 4, .show = SHOW_FLAGS, .names = cpu_flags },                            \
	{                                                                                          \
		"pad0", 4, .show = SHOW_ZERO                                                       \
	}

static const struct shape cpu_shape[] = {
	CPU_BEFORE_TSC_AUX,
	{ "msr_tsc_aux", 8, .show = SHOW_HEX },
	CPU_FROM_TSC,
	{ 0 },
};

static const struct shape oldest_cpu_shape[] = {
	CPU_BEFORE_TSC_AUX,
	CPU_FROM_TSC,
	{ 0 },
};

const struct shape *hvm_cpu_shape(uint64_t length)
{
	return length == HVM_CPU_OLDEST ? oldest_cpu_shape : cpu_shape;
}

static void cpu_fields(const struct xen *x, struct field *f, struct cursor *c, struct arena *a)
{
	shape_fields(x, f, hvm_cpu_shape(f->value.length), c, a);
}

static const char *cpu_note(const struct xen *x, struct span body, struct arena *a)
{
	if (body.length < 0x290)
		return NULL;
	return arena_printf(a, "rip 0x%" PRIx64 ", rsp 0x%" PRIx64,
			    xen_number(x, body.offset + 0x280, 8),
			    xen_number(x, body.offset + 0x238, 8));
}

/* ---- PIC ---- */

/* Two bytes of an 8259 hold several members each: fields of the same byte. */
static const struct bit_row {
	const char *name;
	uint8_t byte, shift, bits;
	enum show show : 8;
} pic_rows[] = {
	{ "irr", 0, 0, 8, SHOW_HEX },
	{ "imr", 1, 0, 8, SHOW_HEX },
	{ "isr", 2, 0, 8, SHOW_HEX },
	{ "irq_base", 3, 0, 8, SHOW_HEX },
	{ "init_state", 4, 0, 4, SHOW_DEC },
	{ "priority_add", 4, 4, 4, SHOW_DEC },
	{ "readsel_isr", 5, 0, 1, SHOW_BOOL },
	{ "poll", 5, 1, 1, SHOW_BOOL },
	{ "auto_eoi", 5, 2, 1, SHOW_BOOL },
	{ "rotate_on_auto_eoi", 5, 3, 1, SHOW_BOOL },
	{ "special_fully_nested_mode", 5, 4, 1, SHOW_BOOL },
	{ "special_mask_mode", 5, 5, 1, SHOW_BOOL },
	{ "is_master", 5, 6, 1, SHOW_BOOL },
	{ "elcr", 6, 0, 8, SHOW_HEX },
	{ "int_output", 7, 0, 8, SHOW_BOOL },
};

static void pic_fields(const struct xen *x, struct field *f, struct cursor *c, struct arena *a)
{
	uint64_t at = cursor_offset(c);
	size_t left = cursor_left(c);

	for (size_t i = 0; i < ARRAY_LEN(pic_rows); i++) {
		const struct bit_row *row = &pic_rows[i];
		uint64_t v;
		struct field *bit;

		if (row->byte >= left)
			return;
		v = (uint64_t)c->at[row->byte] >> row->shift & ((1u << row->bits) - 1);
		bit = field_uint(f, a, row->name, v, row->show, (struct span){ at + row->byte, 1 });
		if (row->bits == 8 && row->show == SHOW_HEX && row->byte != 3)
			more_bits(x, bit, a);
	}
}

static const char *pic_note(const struct xen *x, struct span body, struct arena *a)
{
	if (body.length < 6)
		return NULL;
	return arena_printf(a, "%s, vectors from 0x%02x",
			    xen_number(x, body.offset + 5, 1) & 0x40 ? "master" : "slave",
			    (unsigned)xen_number(x, body.offset + 3, 1));
}

/* ---- IOAPIC, LAPIC ---- */

static const char *const delivery[] = { "fixed", "lowest priority", "SMI",   "mode 3", "NMI",
					"INIT",  "mode 6",          "ExtINT" };

static void more_redirection(const struct xen *x, struct field *f, struct arena *a)
{
	uint64_t v = f->u;

	(void)x;
	f->note = arena_printf(a, "vector 0x%02x, %s, %s 0x%x, %s, %s%s%s%s", (unsigned)(v & 0xff),
			       delivery[v >> 8 & 7], v & 0x800 ? "logical" : "physical",
			       (unsigned)(v >> 56), v & 0x8000 ? "level" : "edge",
			       v & 0x2000 ? "active low" : "active high",
			       v & 0x1000 ? ", pending" : "", v & 0x4000 ? ", remote IRR" : "",
			       v & 0x10000 ? ", masked" : "");
}

static const struct shape ioapic_shape[] = {
	{ "base_address", 8, .show = SHOW_ADDRESS, .more = more_gpa },
	{ "ioregsel", 4, .show = SHOW_HEX },
	{ "id", 4, .show = SHOW_HEX },
	{ "redirtbl", 8, 48, .show = SHOW_HEX, .more = more_redirection },
	{ 0 },
};

static void more_apic_base(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	f->note = arena_printf(
		a, "base 0x%" PRIx64 ", %s", f->u & UINT64_C(0xffffffffff000),
		value_flags(names_apic_base, f->u & 0xd00, (struct value_env){ 0 }, "|", a));
}

static const struct shape lapic_shape[] = {
	{ "apic_base_msr", 8, .show = SHOW_HEX, .more = more_apic_base },
	{ "disabled", 4, .show = SHOW_FLAGS, .names = names_lapic_disabled },
	{ "timer_divisor", 4, .show = SHOW_DEC },
	{ "tdt_msr", 8, .show = SHOW_DEC },
	{ "pending_esr", 4, .show = SHOW_HEX },
	{ "padding", 4, .show = SHOW_HEX },
	{ 0 },
};

static const char *lapic_note(const struct xen *x, struct span body, struct arena *a)
{
	uint64_t disabled = xen_number(x, body.offset + 8, 4);

	(void)a;
	if (body.length < 16)
		return NULL;
	return disabled & 1   ? "disabled by APIC_BASE"
	       : disabled & 2 ? "disabled by SVR"
			      : "enabled";
}

/* A local vector table's entry. */
static const char *lvt_text(uint32_t v, struct arena *a)
{
	return arena_printf(a, "vector 0x%02x, %s%s%s", v & 0xff, delivery[v >> 8 & 7],
			    v & 0x8000 ? ", level" : "", v & 0x10000 ? ", masked" : "");
}

/* What a register of the local APIC's page means; NULL: nothing but its number. */
static const char *lapic_register_text(uint32_t at, uint32_t v, struct arena *a)
{
	uint8_t raw[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };
	static const char *const shorthand[] = { "", ", to itself", ", to all", ", to all others" };

	if (at >= 0x100 && at < 0x280)
		return v ? bits_text((struct bytes){ raw, 4 }, (at & 0x7f) * 2, a) : NULL;
	if (at == 0xf0)
		return arena_printf(a, "vector 0x%02x, %s", v & 0xff,
				    v & 0x100 ? "enabled" : "disabled");
	if (at == 0x30)
		return arena_printf(a, "version 0x%x, %u LVT entries", v & 0xff,
				    (v >> 16 & 0xff) + 1);
	if (at == 0x2f0 || (at >= 0x320 && at <= 0x370))
		return lvt_text(v, a);
	if (at == 0x300)
		return arena_printf(a, "vector 0x%02x, %s%s", v & 0xff, delivery[v >> 8 & 7],
				    shorthand[v >> 18 & 3]);
	return NULL;
}

/* Registers are 32 bits at each 16 bytes. */
static void lapic_regs_fields(const struct xen *x, struct field *f, struct cursor *c,
			      struct arena *a)
{
	static const uint8_t zeros[12];

	(void)x;
	for (uint32_t at = 0; cursor_left(c) >= 16; at += 16) {
		struct span span = { cursor_offset(c), 16 };
		const char *name = value_name(names_lapic_reg, at, (struct value_env){ ARCH_ALL });
		uint32_t v = cursor_u32(c);
		struct bytes rest = cursor_bytes(c, 12);
		struct field *reg = field_uint(f, a, name ? name : arena_printf(a, "0x%03x", at), v,
					       SHOW_HEX, span);

		reg->value.length = 4;
		reg->note = lapic_register_text(at, v, a);
		if (!bytes_equal(rest, (struct bytes){ zeros, sizeof(zeros) }))
			reg->trouble = "bytes behind the register are not zero";
	}
}

/* ---- wires ---- */

/* Bit = device * 4 + INTx, on bus 0. */
static void more_pci_wires(const struct xen *x, struct field *f, struct arena *a)
{
	struct strbuf s;

	(void)x;
	strbuf_init(&s, a);
	for (unsigned bit = 0; bit < 64; bit++)
		if (f->u >> bit & 1)
			strbuf_addf(&s, "%s%02x INT%c", s.len ? ", " : "", f->at * 16 + bit / 4,
				    'A' + (int)(bit % 4));
	f->note = s.len ? s.text : "none asserted";
}

static void more_isa_wires(const struct xen *x, struct field *f, struct arena *a)
{
	more_bits(x, f, a);
	if (!f->note)
		f->note = "none asserted";
}

static const struct shape pci_irq_shape[] = {
	{ "pad", 8, 2, .show = SHOW_HEX, .more = more_pci_wires },
	{ 0 },
};
static const struct shape isa_irq_shape[] = {
	{ "pad", 8, 1, .show = SHOW_HEX, .more = more_isa_wires },
	{ 0 },
};

static void more_route(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	f->note = arena_printf(a, "INT%c#, GSI %u", 'A' + (int)(f->at % 4), (unsigned)f->u);
}

static const struct shape pci_link_shape[] = {
	{ "route", 1, 4, .show = SHOW_DEC, .more = more_route },
	{ "pad0", 4, .show = SHOW_ZERO },
	{ 0 },
};

/* ---- timers ---- */

static void more_pit_mode(const struct xen *x, struct field *f, struct arena *a)
{
	static const char *const modes[] = { "interrupt on count", "one-shot",
					     "rate generator",     "square wave",
					     "software strobe",    "hardware strobe" };

	(void)x;
	(void)a;
	f->note = f->u < ARRAY_LEN(modes) ? modes[f->u] : f->u == 0xff ? "not set" : NULL;
}

static const struct shape pit_channel_shape[] = {
	{ "count", 4, .show = SHOW_HEX },
	{ "latched_count", 2, .show = SHOW_HEX },
	{ "count_latched", 1, .show = SHOW_DEC },
	{ "status_latched", 1, .show = SHOW_BOOL },
	{ "status", 1, .show = SHOW_HEX },
	{ "read_state", 1, .show = SHOW_DEC },
	{ "write_state", 1, .show = SHOW_DEC },
	{ "write_latch", 1, .show = SHOW_HEX },
	{ "rw_mode", 1, .show = SHOW_DEC },
	{ "mode", 1, .show = SHOW_DEC, .more = more_pit_mode },
	{ "bcd", 1, .show = SHOW_BOOL },
	{ "gate", 1, .show = SHOW_BOOL },
	{ 0 },
};

static const struct shape pit_shape[] = {
	{ "channels", 16, 3, .of = pit_channel_shape },
	{ "speaker_data_on", 4, .show = SHOW_BOOL },
	{ "pad0", 4, .show = SHOW_ZERO },
	{ 0 },
};

static void more_cmos(const struct xen *x, struct field *f, struct arena *a)
{
	static const char *const names[] = { "seconds",       "seconds alarm", "minutes",
					     "minutes alarm", "hours",         "hours alarm",
					     "day of week",   "day",           "month",
					     "year",          "register A",    "register B",
					     "register C",    "register D" };

	(void)x;
	(void)a;
	if (f->at < ARRAY_LEN(names))
		f->note = names[f->at];
}

static const struct shape rtc_shape[] = {
	{ "cmos_data", 1, 14, .show = SHOW_HEX, .more = more_cmos },
	{ "cmos_index", 1, .show = SHOW_HEX },
	{ "pad0", 1, .show = SHOW_HEX },
	{ "rtc_offset", 8, .show = SHOW_DEC, .more = more_signed },
	{ 0 },
};

/* The date that registers 0-9 hold, in BCD unless register B's bit 2 says binary. */
static const char *rtc_note(const struct xen *x, struct span body, struct arena *a)
{
	uint8_t cmos[14];
	unsigned v[10];

	if (body.length < sizeof(cmos) ||
	    source_read(x->src, body.offset, cmos, sizeof(cmos)) < sizeof(cmos))
		return NULL;
	for (size_t i = 0; i < 10; i++)
		v[i] = cmos[11] & 4 ? cmos[i] : (cmos[i] >> 4) * 10u + (cmos[i] & 15);
	return arena_printf(a, "%02u-%02u-%02u %02u:%02u:%02u", v[9], v[8], v[7], v[4], v[2], v[0]);
}

static const struct value_name hpet_config[] = {
	{ 1, "enabled", ARCH_ALL },
	{ 2, "legacy routing", ARCH_ALL },
	{ 0, NULL, 0 },
};
static const struct value_name hpet_timer_config[] = {
	{ 0x2, "level", ARCH_ALL },          { 0x4, "interrupt", ARCH_ALL },
	{ 0x8, "periodic", ARCH_ALL },       { 0x10, "periodic capable", ARCH_ALL },
	{ 0x20, "64-bit", ARCH_ALL },        { 0x40, "accumulator", ARCH_ALL },
	{ 0x100, "32-bit mode", ARCH_ALL },  { 0x4000, "FSB", ARCH_ALL },
	{ 0x8000, "FSB capable", ARCH_ALL }, { 0, NULL, 0 },
};

static void more_hpet_config(const struct xen *x, struct field *f, struct arena *a)
{
	uint64_t bits = f->u & 0xc17e;

	(void)x;
	f->note = arena_printf(
		a, "%s%sroute %u of 0x%x",
		bits ? value_flags(hpet_timer_config, bits, (struct value_env){ 0 }, "|", a) : "",
		bits ? ", " : "", (unsigned)(f->u >> 9 & 31), (unsigned)(f->u >> 32));
}

static void more_hpet_capability(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	f->note = arena_printf(a, "%u timers, vendor 0x%04x, tick %" PRIu64 " fs",
			       (unsigned)(f->u >> 8 & 31) + 1, (unsigned)(f->u >> 16 & 0xffff),
			       f->u >> 32);
}

static const struct shape hpet_timer_shape[] = {
	{ "config", 8, .show = SHOW_HEX, .more = more_hpet_config },
	{ "cmp", 8, .show = SHOW_HEX },
	{ "fsb", 8, .show = SHOW_HEX },
	{ "res4", 8, .show = SHOW_HEX },
	{ 0 },
};

static const struct shape hpet_shape[] = {
	{ "capability", 8, .show = SHOW_HEX, .more = more_hpet_capability },
	{ "res0", 8, .show = SHOW_HEX },
	{ "config", 8, .show = SHOW_FLAGS, .names = hpet_config },
	{ "res1", 8, .show = SHOW_HEX },
	{ "isr", 8, .show = SHOW_HEX, .more = more_bits },
	{ "res2", 200, .show = SHOW_BYTES },
	{ "mc64", 8, .show = SHOW_DEC },
	{ "res3", 8, .show = SHOW_HEX },
	{ "timers", 32, 3, .of = hpet_timer_shape },
	{ "res5", 672, .show = SHOW_BYTES },
	{ "period", 8, 3, .show = SHOW_DEC },
	{ 0 },
};

static const struct shape pmtimer_shape[] = {
	{ "tmr_val", 4, .show = SHOW_DEC },
	{ "pm1a_sts", 2, .show = SHOW_HEX },
	{ "pm1a_en", 2, .show = SHOW_HEX },
	{ 0 },
};

static const struct shape tsc_adjust_shape[] = {
	{ "tsc_adjust", 8, .show = SHOW_DEC, .more = more_signed },
	{ 0 },
};

/* ---- MTRR ---- */

static const char *memory_type(unsigned v)
{
	static const char *const names[] = { "UC", "WC", "?", "?", "WT", "WP", "WB", "UC-" };

	return v < ARRAY_LEN(names) ? names[v] : "?";
}

/* Eight types of one byte each. */
static void more_types(const struct xen *x, struct field *f, struct arena *a)
{
	struct strbuf s;

	(void)x;
	strbuf_init(&s, a);
	for (unsigned i = 0; i < 8; i++)
		strbuf_addf(&s, "%s%s", i ? " " : "", memory_type(f->u >> 8 * i & 0xff));
	f->note = s.text;
}

static void more_variable(const struct xen *x, struct field *f, struct arena *a)
{
	const char *kind = f->at % 2 ? f->u & 0x800 ? "on" : "off" : memory_type(f->u & 0xff);

	(void)x;
	f->note = arena_printf(a, "%s %u, %s", f->at % 2 ? "mask" : "base", f->at / 2, kind);
}

static void more_fixed(const struct xen *x, struct field *f, struct arena *a)
{
	static const char *const names[] = {
		"64K from 0",      "16K from 0x80000", "16K from 0xa0000", "4K from 0xc0000",
		"4K from 0xc8000", "4K from 0xd0000",  "4K from 0xd8000",  "4K from 0xe0000",
		"4K from 0xe8000", "4K from 0xf0000",  "4K from 0xf8000",
	};

	more_types(x, f, a);
	if (f->at < ARRAY_LEN(names))
		f->note = arena_printf(a, "%s: %s", names[f->at], f->note);
}

static void more_mtrr_cap(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	f->note = arena_printf(a, "%u variable%s%s", (unsigned)(f->u & 0xff),
			       f->u & 0x100 ? ", fixed" : "", f->u & 0x400 ? ", WC" : "");
}

static void more_mtrr_default(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	f->note = arena_printf(a, "%s%s%s", memory_type(f->u & 0xff),
			       f->u & 0x400 ? ", fixed ranges" : "",
			       f->u & 0x800 ? ", enabled" : ", disabled");
}

static const struct shape mtrr_shape[] = {
	{ "msr_pat_cr", 8, .show = SHOW_HEX, .more = more_types },
	{ "msr_mtrr_var", 8, 16, .show = SHOW_HEX, .more = more_variable },
	{ "msr_mtrr_fixed", 8, 11, .show = SHOW_HEX, .more = more_fixed },
	{ "msr_mtrr_cap", 8, .show = SHOW_HEX, .more = more_mtrr_cap },
	{ "msr_mtrr_def_type", 8, .show = SHOW_HEX, .more = more_mtrr_default },
	{ 0 },
};

/* ---- enlightenments, machine checks ---- */

/* Bit 0 on, bits 12 and up a page. */
static void more_page_msr(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	f->note = arena_printf(a, "%s, GFN 0x%" PRIx64, f->u & 1 ? "on" : "off", f->u >> 12);
	if (f->u >> 12)
		f->ref = xen_ref_pfn(f->u >> 12);
}

static const struct shape viridian_domain_shape[] = {
	{ "hypercall_gpa", 8, .show = SHOW_HEX, .more = more_page_msr },
	{ "guest_os_id", 8, .show = SHOW_HEX },
	{ "time_ref_count", 8, .show = SHOW_DEC },
	{ "reference_tsc", 8, .show = SHOW_HEX, .more = more_page_msr },
	{ 0 },
};

static const struct shape viridian_vcpu_shape[] = {
	{ "vp_assist_msr", 8, .show = SHOW_HEX, .more = more_page_msr },
	{ "apic_assist_pending", 1, .show = SHOW_DEC },
	{ "_pad", 7, .show = SHOW_ZERO },
	{ "simp_msr", 8, .show = SHOW_HEX, .more = more_page_msr },
	{ "sint_msr", 8, 16, .show = SHOW_HEX },
	{ "stimer_config_msr", 8, 4, .show = SHOW_HEX },
	{ "stimer_count_msr", 8, 4, .show = SHOW_DEC },
	{ 0 },
};

static const struct shape vmce_shape[] = {
	{ "caps", 8, .show = SHOW_HEX },
	{ "mci_ctl2_bank0", 8, .show = SHOW_HEX },
	{ "mci_ctl2_bank1", 8, .show = SHOW_HEX },
	{ "mcg_ext_ctl", 8, .show = SHOW_HEX },
	{ 0 },
};

/* ---- CPU_XSAVE, CPU_MSR ---- */

static const struct shape xsave_head_shape[] = {
	{ "xfeature_mask", 8, .show = SHOW_FLAGS, .names = names_xcr0 },
	{ "xcr0", 8, .show = SHOW_FLAGS, .names = names_xcr0 },
	{ "xcr0_accum", 8, .show = SHOW_FLAGS, .names = names_xcr0 },
	{ 0 },
};

static void xsave_fields(const struct xen *x, struct field *f, struct cursor *c, struct arena *a)
{
	uint64_t start = cursor_offset(c);
	struct field *area;
	struct cursor rest;

	if (!shape_fields(x, f, xsave_head_shape, c, a) || !cursor_left(c))
		return;
	if (cursor_left(c) < XSAVE_LEAST) {
		f->trouble = "too short for any state: taken as empty";
		return;
	}
	area = field_add(f, a, FIELD_GROUP, "save_area",
			 (struct span){ cursor_offset(c), cursor_left(c) });
	area->expanded = true;
	rest = cursor_sub(c, cursor_left(c));
	xsave_area_fields(x, area, xen_number(x, start + 16, 8), &rest, a);
}

static const char *xsave_note(const struct xen *x, struct span body, struct arena *a)
{
	if (body.length < 24 + XSAVE_LEAST)
		return "empty";
	return arena_printf(a, "xcr0 %s",
			    value_flags(names_xcr0, xen_number(x, body.offset + 8, 8),
					(struct value_env){ ARCH_ALL }, "|", a));
}

static const struct shape msrs_head_shape[] = {
	{ "count", 4, .show = SHOW_DEC },
	{ "padding", 4, .show = SHOW_HEX },
	{ 0 },
};

static void msrs_fields(const struct xen *x, struct field *f, struct cursor *c, struct arena *a)
{
	if (shape_fields(x, f, msrs_head_shape, c, a))
		msr_list_fields(x, f, c, a);
}

static const char *msrs_note(const struct xen *x, struct span body, struct arena *a)
{
	return body.length < 8 ? NULL
			       : arena_printf(a, "%" PRIu64 " MSRs", xen_number(x, body.offset, 4));
}

/* ---- the table ---- */

static const struct hvm_kind kinds[] = {
	[HVM_HEADER] = {
		.name = "HEADER",
		.shape = header_shape,
		.lengths = { 24 },
		.check = hvm_check_header,
	},
	[HVM_CPU] = {
		.name = "CPU",
		.shape = cpu_shape,
		.lengths = { 1032, 1024, HVM_CPU_OLDEST },
		.flags = HVM_PER_VCPU | HVM_EXTEND,
		.fields = cpu_fields,
		.note = cpu_note,
		.check = hvm_check_cpu,
	},
	[HVM_PIC] = {
		.name = "PIC",
		.lengths = { 8 },
		.fields = pic_fields,
		.note = pic_note,
		.check = hvm_check_pic,
	},
	[HVM_IOAPIC] = { .name = "IOAPIC", .shape = ioapic_shape, .lengths = { 400 } },
	[HVM_LAPIC] = {
		.name = "LAPIC",
		.shape = lapic_shape,
		.lengths = { 32, 24, 16 },
		.flags = HVM_PER_VCPU | HVM_EXTEND,
		.note = lapic_note,
		.check = hvm_check_lapic,
	},
	[HVM_LAPIC_REGS] = {
		.name = "LAPIC_REGS",
		.lengths = { 1024 },
		.flags = HVM_PER_VCPU,
		.fields = lapic_regs_fields,
	},
	[HVM_PCI_IRQ] = { .name = "PCI_IRQ", .shape = pci_irq_shape, .lengths = { 16 } },
	[HVM_ISA_IRQ] = { .name = "ISA_IRQ", .shape = isa_irq_shape, .lengths = { 8 } },
	[HVM_PCI_LINK] = {
		.name = "PCI_LINK",
		.shape = pci_link_shape,
		.lengths = { 8 },
		.check = hvm_check_pci_link,
	},
	[HVM_PIT] = {
		.name = "PIT",
		.shape = pit_shape,
		.lengths = { 56 },
		.check = hvm_check_pit,
	},
	[HVM_RTC] = {
		.name = "RTC",
		.shape = rtc_shape,
		.lengths = { 24, 16 },
		.flags = HVM_EXTEND,
		.note = rtc_note,
	},
	[HVM_HPET] = { .name = "HPET", .shape = hpet_shape, .lengths = { 1048 } },
	[HVM_PMTIMER] = { .name = "PMTIMER", .shape = pmtimer_shape, .lengths = { 8 } },
	[HVM_MTRR] = {
		.name = "MTRR",
		.shape = mtrr_shape,
		.lengths = { 240 },
		.flags = HVM_PER_VCPU,
		.check = hvm_check_mtrr,
	},
	[HVM_VIRIDIAN_DOMAIN] = {
		.name = "VIRIDIAN_DOMAIN",
		.shape = viridian_domain_shape,
		.lengths = { 32, 24, 16 },
		.flags = HVM_EXTEND,
	},
	[HVM_CPU_XSAVE] = {
		.name = "CPU_XSAVE",
		.lengths = { 24 },
		.flags = HVM_PER_VCPU | HVM_VARIES,
		.fields = xsave_fields,
		.note = xsave_note,
		.check = hvm_check_xsave,
	},
	[HVM_VIRIDIAN_VCPU] = {
		.name = "VIRIDIAN_VCPU",
		.shape = viridian_vcpu_shape,
		.lengths = { 216, 16, 8 },
		.flags = HVM_PER_VCPU | HVM_EXTEND,
		.check = hvm_check_viridian_vcpu,
	},
	[HVM_VMCE_VCPU] = {
		.name = "VMCE_VCPU",
		.shape = vmce_shape,
		.lengths = { 32, 24, 8 },
		.flags = HVM_PER_VCPU | HVM_EXTEND,
	},
	[HVM_TSC_ADJUST] = {
		.name = "TSC_ADJUST",
		.shape = tsc_adjust_shape,
		.lengths = { 8 },
		.flags = HVM_PER_VCPU,
	},
	[HVM_CPU_MSR] = {
		.name = "CPU_MSR",
		.lengths = { 8 },
		.flags = HVM_PER_VCPU | HVM_VARIES,
		.fields = msrs_fields,
		.note = msrs_note,
		.check = hvm_check_msrs,
	},
};

const struct hvm_kind *hvm_kind(uint32_t type)
{
	return type < ARRAY_LEN(kinds) && kinds[type].name ? &kinds[type] : NULL;
}
