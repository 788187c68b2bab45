/* The vCPUs of a guest at a snapshot: which there are, their registers, how they translate.
 *
 *	PV      each VCPU_BASIC record has one; the last of a vCPU counts
 *	HVM     the last HVM_CONTEXT has an entry CPU for each that was up; of one that was down it
 *	        has the others only (LAPIC, MTRR ..): such a vCPU has no registers */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "xen/hvm.h"
#include "xen/pv.h"
#include "xen/state.h"

#define VCPUS_MOST 8192u /* Xen has no more in any guest */

/* ---- registers ---- */

struct reg {
	const char *name;
	uint16_t at, width;
};

/* hvm_hw_cpu; the members listed lie alike in all versions. */
static const struct reg hvm_regs[] = {
	{ "rax", 0x200, 8 },          { "rbx", 0x208, 8 },
	{ "rcx", 0x210, 8 },          { "rdx", 0x218, 8 },
	{ "rsi", 0x228, 8 },          { "rdi", 0x230, 8 },
	{ "rbp", 0x220, 8 },          { "rsp", 0x238, 8 },
	{ "r8", 0x240, 8 },           { "r9", 0x248, 8 },
	{ "r10", 0x250, 8 },          { "r11", 0x258, 8 },
	{ "r12", 0x260, 8 },          { "r13", 0x268, 8 },
	{ "r14", 0x270, 8 },          { "r15", 0x278, 8 },
	{ "rip", 0x280, 8 },          { "rflags", 0x288, 8 },
	{ "cr0", 0x290, 8 },          { "cr2", 0x298, 8 },
	{ "cr3", 0x2a0, 8 },          { "cr4", 0x2a8, 8 },
	{ "efer", 0x3e0, 8 },         { "dr0", 0x2b0, 8 },
	{ "dr1", 0x2b8, 8 },          { "dr2", 0x2c0, 8 },
	{ "dr3", 0x2c8, 8 },          { "dr6", 0x2d0, 8 },
	{ "dr7", 0x2d8, 8 },          { "cs", 0x2e0, 4 },
	{ "ds", 0x2e4, 4 },           { "es", 0x2e8, 4 },
	{ "fs", 0x2ec, 4 },           { "gs", 0x2f0, 4 },
	{ "ss", 0x2f4, 4 },           { "tr", 0x2f8, 4 },
	{ "ldtr", 0x2fc, 4 },         { "cs_base", 0x328, 8 },
	{ "ds_base", 0x330, 8 },      { "es_base", 0x338, 8 },
	{ "fs_base", 0x340, 8 },      { "gs_base", 0x348, 8 },
	{ "ss_base", 0x350, 8 },      { "tr_base", 0x358, 8 },
	{ "ldtr_base", 0x360, 8 },    { "idtr_base", 0x368, 8 },
	{ "gdtr_base", 0x370, 8 },    { "sysenter_cs", 0x398, 8 },
	{ "sysenter_esp", 0x3a0, 8 }, { "sysenter_eip", 0x3a8, 8 },
	{ "shadow_gs", 0x3b0, 8 },    { "lstar", 0x3c0, 8 },
	{ "star", 0x3c8, 8 },         { "cstar", 0x3d0, 8 },
	{ "sfmask", 0x3d8, 8 },       { NULL, 0, 0 },
};

#define USER_64(at) (0x208 + (at))
static const struct reg pv_regs_64[] = {
	{ "rax", USER_64(0x50), 8 },
	{ "rbx", USER_64(0x28), 8 },
	{ "rcx", USER_64(0x58), 8 },
	{ "rdx", USER_64(0x60), 8 },
	{ "rsi", USER_64(0x68), 8 },
	{ "rdi", USER_64(0x70), 8 },
	{ "rbp", USER_64(0x20), 8 },
	{ "rsp", USER_64(0x98), 8 },
	{ "r8", USER_64(0x48), 8 },
	{ "r9", USER_64(0x40), 8 },
	{ "r10", USER_64(0x38), 8 },
	{ "r11", USER_64(0x30), 8 },
	{ "r12", USER_64(0x18), 8 },
	{ "r13", USER_64(0x10), 8 },
	{ "r14", USER_64(0x08), 8 },
	{ "r15", USER_64(0x00), 8 },
	{ "rip", USER_64(0x80), 8 },
	{ "rflags", USER_64(0x90), 8 },
	{ "cr0", 0x1378, 8 },
	{ "cr1", 0x1380, 8 },
	{ "cr2", 0x1388, 8 },
	{ "cr3", 0x1390, 8 },
	{ "cr4", 0x1398, 8 },
	{ "dr0", 0x13b8, 8 },
	{ "dr1", 0x13c0, 8 },
	{ "dr2", 0x13c8, 8 },
	{ "dr3", 0x13d0, 8 },
	{ "dr6", 0x13e8, 8 },
	{ "dr7", 0x13f0, 8 },
	{ "cs", USER_64(0x88), 2 },
	{ "ds", USER_64(0xb0), 2 },
	{ "es", USER_64(0xa8), 2 },
	{ "fs", USER_64(0xb8), 2 },
	{ "gs", USER_64(0xc0), 2 },
	{ "ss", USER_64(0xa0), 2 },
	{ "fs_base", 0x1418, 8 },
	{ "gs_base_kernel", 0x1420, 8 },
	{ "gs_base_user", 0x1428, 8 },
	{ "kernel_ss", 0x1368, 8 },
	{ "kernel_sp", 0x1370, 8 },
	{ "ldt_base", 0x12d0, 8 },
	{ "event_callback", 0x13f8, 8 },
	{ "failsafe_callback", 0x1400, 8 },
	{ "syscall_callback", 0x1408, 8 },
	{ NULL, 0, 0 },
};

#define USER_32(at) (0x204 + (at))
static const struct reg pv_regs_32[] = {
	{ "eax", USER_32(0x18), 4 },
	{ "ebx", USER_32(0x00), 4 },
	{ "ecx", USER_32(0x04), 4 },
	{ "edx", USER_32(0x08), 4 },
	{ "esi", USER_32(0x0c), 4 },
	{ "edi", USER_32(0x10), 4 },
	{ "ebp", USER_32(0x14), 4 },
	{ "esp", USER_32(0x2c), 4 },
	{ "eip", USER_32(0x20), 4 },
	{ "eflags", USER_32(0x28), 4 },
	{ "cr0", 0xa9c, 4 },
	{ "cr1", 0xaa0, 4 },
	{ "cr2", 0xaa4, 4 },
	{ "cr3", 0xaa8, 4 },
	{ "cr4", 0xaac, 4 },
	{ "dr0", 0xabc, 4 },
	{ "dr1", 0xac0, 4 },
	{ "dr2", 0xac4, 4 },
	{ "dr3", 0xac8, 4 },
	{ "dr6", 0xad4, 4 },
	{ "dr7", 0xad8, 4 },
	{ "cs", USER_32(0x24), 2 },
	{ "ds", USER_32(0x38), 2 },
	{ "es", USER_32(0x34), 2 },
	{ "fs", USER_32(0x3c), 2 },
	{ "gs", USER_32(0x40), 2 },
	{ "ss", USER_32(0x30), 2 },
	{ "kernel_ss", 0xa94, 4 },
	{ "kernel_sp", 0xa98, 4 },
	{ "ldt_base", 0xa48, 4 },
	{ "event_callback", 0xae0, 4 },
	{ "failsafe_callback", 0xae8, 4 },
	{ NULL, 0, 0 },
};

static const struct reg *regs_of(const struct vcpu *v)
{
	return v->hvm ? hvm_regs : v->wide ? pv_regs_64 : pv_regs_32;
}

/* False: the structure in the file ends before it. */
static bool reg_value(const struct xen *x, const struct vcpu *v, const struct reg *reg,
		      uint64_t *value)
{
	if ((uint64_t)reg->at + reg->width > v->registers.length)
		return false;
	*value = xen_number(x, v->registers.offset + reg->at, reg->width);
	return true;
}

static uint64_t reg_named(const struct xen *x, const struct vcpu *v, const char *name)
{
	uint64_t value = 0;

	for (const struct reg *reg = regs_of(v); reg->name; reg++)
		if (!strcmp(reg->name, name))
			return reg_value(x, v, reg, &value) ? value : 0;
	return 0;
}

bool vcpu_register(const struct guest *g, const struct vcpu *v, const char *name, uint64_t *value)
{
	bool narrow = v->wide && name[0] == 'e' && strlen(name) == 3;

	for (const struct reg *reg = regs_of(v); reg->name; reg++) {
		if (!strcmp(reg->name, name))
			return reg_value(g->xen, v, reg, value);
		/* "eip" of a vCPU with rip is its lower half; "rip" of one with eip is eip. */
		if ((narrow && reg->name[0] == 'r' && !strcmp(reg->name + 1, name + 1)) ||
		    (!v->wide && name[0] == 'r' && reg->name[0] == 'e' &&
		     !strcmp(reg->name + 1, name + 1))) {
			if (!reg_value(g->xen, v, reg, value))
				return false;
			*value = (uint32_t)*value;
			return true;
		}
	}
	return false;
}

bool vcpu_register_at(const struct guest *g, const struct vcpu *v, size_t n, const char **name,
		      uint64_t *value)
{
	const struct reg *regs = regs_of(v);
	size_t count = 0;

	while (regs[count].name)
		count++;
	if (n >= count || !reg_value(g->xen, v, &regs[n], value))
		return false;
	*name = regs[n].name;
	return true;
}

/* ---- how they translate ---- */

#define CR0_PG (UINT64_C(1) << 31)
#define CR4_PSE (UINT64_C(1) << 4)
#define CR4_PAE (UINT64_C(1) << 5)
#define CR4_LA57 (UINT64_C(1) << 12)
#define EFER_LMA (UINT64_C(1) << 10)
#define EFER_NXE (UINT64_C(1) << 11)
#define FRAME_BITS UINT64_C(0xffffffffff000) /* 12 to 51 */

/* Bits of an address in a page-table entry, as the policy says; else all that there can be. */
static uint8_t physbits_of(const struct xen *x)
{
	struct cpuid_leaf leaf;

	if (cpuid_leaf(x, 0x80000008, 0, &leaf) && (leaf.a & 0xff) >= 32 && (leaf.a & 0xff) <= 52)
		return (uint8_t)(leaf.a & 0xff);
	return 52;
}

static struct paging hvm_paging(const struct xen *x, const struct vcpu *v)
{
	struct paging p = { .physbits = physbits_of(x), .nx = v->efer & EFER_NXE };

	if (!(v->cr0 & CR0_PG)) {
		p.mode = PAGING_NONE;
	} else if (v->efer & EFER_LMA) {
		p.mode = v->cr4 & CR4_LA57 ? PAGING_5LEVEL : PAGING_4LEVEL;
		p.root = v->cr3 & FRAME_BITS & ((UINT64_C(1) << p.physbits) - 1);
	} else if (v->cr4 & CR4_PAE) {
		p.mode = PAGING_PAE;
		p.root = v->cr3 & 0xffffffe0; /* aligned to 32 bytes, not to a page */
	} else {
		p.mode = PAGING_32;
		p.root = v->cr3 & 0xfffff000;
		p.large_4m = v->cr4 & CR4_PSE;
	}
	return p;
}

static struct paging pv_paging(uint64_t cr3, bool wide)
{
	return (struct paging){
		.mode = wide ? PAGING_4LEVEL : PAGING_PAE,
		.root = pv_root_pfn(cr3, wide ? 8 : 4) * XEN_PAGE & FRAME_BITS,
		.nx = true,
		.pv = true,
		.physbits = 52,
	};
}

static void read_common(const struct xen *x, struct vcpu *v)
{
	bool wide = v->hvm || v->wide;

	v->rip = reg_named(x, v, wide ? "rip" : "eip");
	v->rsp = reg_named(x, v, wide ? "rsp" : "esp");
	v->rflags = reg_named(x, v, wide ? "rflags" : "eflags");
	v->cr0 = reg_named(x, v, "cr0");
	v->cr2 = reg_named(x, v, "cr2");
	v->cr3 = reg_named(x, v, "cr3");
	v->cr4 = reg_named(x, v, "cr4");
	v->efer = reg_named(x, v, "efer");
}

static struct vcpu read_pv(const struct xen *x, const struct state *st)
{
	bool wide = pv_context_width(x, st->span.length) == 8;
	struct vcpu v = { .id = st->vcpu, .wide = wide, .cpu = st, .registers = st->span };
	uint64_t user;

	read_common(x, &v);
	v.kernel = v.user = pv_paging(v.cr3, wide);
	user = reg_named(x, &v, "cr1");
	if (wide && user & 1) {
		v.has_user = true;
		v.user = pv_paging(user & ~UINT64_C(1), true);
	}
	/* VGCF_in_kernel; a 32-bit guest's rings are told by its selectors. */
	v.in_user = wide ? !(xen_number(x, st->span.offset + 0x200, 8) & 4)
			 : (reg_named(x, &v, "cs") & 3) == 3;
	return v;
}

static struct vcpu read_hvm(const struct xen *x, const struct state *st, uint32_t id,
			    struct span body)
{
	struct vcpu v = { .id = id, .hvm = true, .wide = true, .cpu = st, .registers = body };

	read_common(x, &v);
	v.kernel = v.user = hvm_paging(x, &v);
	/* The privilege is that of the stack segment. */
	v.in_user = body.length >= 0x390 && (xen_number(x, body.offset + 0x38c, 4) >> 5 & 3) == 3;
	return v;
}

/* ---- which there are ---- */

/* A vCPU found: where it was, and in what order, so that the last of several is told. */
struct found {
	uint32_t id;
	size_t order;
	const struct state *st;
	struct span body; /* HVM: of its CPU entry; length 0: it was down */
};

struct found_list {
	struct found *at;
	size_t count, room;
};

static void found_add(struct found_list *l, struct found f)
{
	l->at = heap_grow(l->at, l->count, &l->room, sizeof(*l->at));
	f.order = l->count;
	l->at[l->count++] = f;
}

/* By vCPU; the one that counts first: with registers before those without, the last of several. */
static int by_id(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->order > y->order ? -1 : x->order < y->order;
}

/* States that came while no page had been sent yet belong to the whole. */
static bool is_shown(const struct guest *g, const struct state *st)
{
	return st->pass < g->passes || !g->passes;
}

static void find_pv(const struct guest *g, struct found_list *l)
{
	for (size_t n = 0; n < states_count(g->xen->states); n++) {
		const struct state *st = states_at(g->xen->states, n);

		if (st->kind == STATE_VCPU_BASIC && is_shown(g, st) && st->span.length)
			found_add(l, (struct found){ .id = st->vcpu, .st = st, .body = st->span });
	}
}

static const struct state *last_context(const struct guest *g)
{
	const struct state *last = NULL;

	for (size_t n = 0; n < states_count(g->xen->states); n++) {
		const struct state *st = states_at(g->xen->states, n);

		if (st->kind == STATE_HVM_CONTEXT && is_shown(g, st))
			last = st;
	}
	return last;
}

/* The first CPU entry of a vCPU counts; one that has others only is down. */
static void find_hvm(const struct guest *g, struct found_list *l)
{
	const struct state *st = last_context(g);
	uint64_t entries = 0;

	for (struct hvm_step s = { 0 };
	     st && entries++ < FIELD_CHILDREN && hvm_next(g->xen, st->span, &s);) {
		const struct hvm_kind *kind = hvm_kind(s.type);

		if (kind && kind->flags & HVM_PER_VCPU)
			found_add(l,
				  (struct found){
					  .id = s.instance,
					  .st = st,
					  .body = s.type == HVM_CPU ? s.body : (struct span){ 0 },
				  });
	}
}

/* Of the entries of one vCPU, [from, to), sorted: the one whose registers count. */
static const struct found *choose(const struct found *from, const struct found *to)
{
	const struct found *best = from;

	for (const struct found *f = from; f < to; f++) {
		bool first = f->st == best->st && f->order < best->order;

		if (f->body.length &&
		    (!best->body.length || (f->st->kind == STATE_HVM_CONTEXT && first)))
			best = f;
	}
	return best;
}

void guest_read_vcpus(struct guest *g)
{
	struct found_list l = { 0 };
	struct xen *x = g->xen;

	g->vcpus = NULL;
	g->vcpu_count = 0;
	if (!x->states)
		return;
	find_pv(g, &l);
	if (!l.count)
		find_hvm(g, &l);
	if (!l.count)
		return;
	qsort(l.at, l.count, sizeof(*l.at), by_id);
	g->vcpus = arena_array(&g->arena, l.count < VCPUS_MOST ? l.count : VCPUS_MOST,
			       sizeof(*g->vcpus));
	for (size_t i = 0, end; i < l.count && g->vcpu_count < VCPUS_MOST; i = end) {
		const struct found *f;

		for (end = i; end < l.count && l.at[end].id == l.at[i].id;)
			end++;
		f = choose(l.at + i, l.at + end);
		g->vcpus[g->vcpu_count++] = f->st->kind == STATE_HVM_CONTEXT
						    ? read_hvm(x, f->st, f->id, f->body)
						    : read_pv(x, f->st);
	}
	free(l.at);
}
