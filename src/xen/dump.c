/* A guest as a core file.
 *
 * "xen-core", as `xl dump-core` writes it, in the order of the file:
 *
 *	.note.Xen          magic, counts; the hypervisor's version; 0.1, the format's
 *	.xen_prstatus      a vcpu_guest_context of 64 bits for each vCPU, whatever the guest's width
 *	.xen_shared_info   PV only
 *	.xen_pages         at a page of the file, by ascending PFN
 *	.xen_p2m           PV: PFN and machine frame of each page
 *	.xen_pfn           others: its PFN
 *
 * A stream has no machine frames: they were replaced by PFNs in page tables and CR3. So the machine
 * frame of each page is said to be its PFN, which fits those. What the stream left alone are the
 * guest's own P2M tables, which hold frames of the host that saved; readers may walk those, so they
 * are rewritten to say the same (replace). A 32-bit PV guest's context lies in the first 2800 bytes
 * of its place; of HVM guests there is none, and one is made of the CPU entry, as Xen does when
 * asked for it.
 *
 * "elf-core" has the registers as Linux has those of threads: the vCPU's number + 1 is its id.
 *
 * Registers belong to a moment: of a pass that no snapshot ends with there are none. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bound.h"
#include "base/pack.h"
#include "core/dump.h"
#include "core/location.h"
#include "xen/guest.h"
#include "xen/layouts.h"
#include "xen/pv.h"

enum {
	EM_386 = 3,
	EM_X86_64 = 62,
	SHT_PROGBITS = 1,
	SHT_NOTE = 7,
};

/* What is known of the guest when its memory was as the space has it. */
struct moment {
	struct guest *g;
	uint32_t passes;
	const struct vcpu *vcpus;
	size_t count; /* those with registers and those without */
	size_t up;
	bool pv, narrow; /* `narrow`: a PV guest of 32 bits */
	struct arena *arena;
};

/* ---- which moment ---- */

static uint32_t passes_of(const struct guest *g, const struct aspace *as)
{
	uint64_t pass;

	if (as->kind == ASPACE_FRAMES && !strncmp(as->who, "pass:", 5) &&
	    location_number(as->who + 5, &pass))
		return (uint32_t)pass;
	return g->passes;
}

/* True if a snapshot ends with this pass. */
static bool ends_snapshot(const struct memory *m, uint32_t passes)
{
	for (uint32_t n = 1; n <= memory_snapshots(m); n++)
		if (memory_snapshot_passes(m, n) == passes)
			return true;
	return false;
}

/* The guest as it was then; its vCPUs are in the arena that is freed with moment_fini. */
static void read_guest(struct moment *m, const struct guest *g)
{
	*m->g = (struct guest){ .xen = g->xen, .passes = m->passes, .item = g->item };
	arena_init(&m->g->arena);
	if (m->passes == g->passes || ends_snapshot(g->xen->memory, m->passes))
		guest_read_vcpus(m->g);
}

static void moment_init(struct moment *m, const struct guest *g, const struct aspace *as,
			struct arena *a)
{
	enum guest_type type = xen_guest_type(g->xen);

	*m = (struct moment){ .g = ARENA_NEW(a, struct guest), .arena = a };
	m->passes = passes_of(g, as);
	read_guest(m, g);
	m->vcpus = m->g->vcpus;
	m->count = m->g->vcpu_count;
	for (size_t i = 0; i < m->count; i++)
		m->up += m->vcpus[i].registers.length != 0;
	m->pv = type == GUEST_PV || (type == GUEST_UNKNOWN && m->count && !m->vcpus[0].hvm);
	m->narrow = m->pv && (m->up ? !m->vcpus[0].wide : g->xen->guest_width == 4);
}

static void moment_fini(struct moment *m)
{
	arena_fini(&m->g->arena);
}

static const char *what_lacks(const struct moment *m, const struct guest *g)
{
	if (m->up)
		return NULL;
	if (m->passes != g->passes && !ends_snapshot(g->xen->memory, m->passes))
		return "the stream has no registers of that moment";
	return "the stream has no registers of any vCPU";
}

static uint64_t value_of(const struct moment *m, const struct vcpu *v, const char *name)
{
	uint64_t value;

	return vcpu_register(m->g, v, name, &value) ? value : 0;
}

/* Bytes of the file; what it no longer has is missing at the end. */
static struct bytes file_bytes(const struct guest *g, struct span span)
{
	return source_view(g->xen->src, span.offset, span.length);
}

/* ---- a vCPU's context ---- */

#define HVM_FPU 512u
#define HVM_SS_ARBYTES 0x38c
#define HVM_FLAGS 0x400 /* since Xen 4.7 */

enum { VGCF_I387_VALID = 1, VGCF_ONLINE = 1 << 5 };

/* Registers of a CPU entry, and where vcpu_guest_context has them. */
static const struct place_of {
	const char *name;
	uint16_t at, width;
} context_places[] = {
	{ "r15", 0x208, 8 },  { "r14", 0x210, 8 },    { "r13", 0x218, 8 },     { "r12", 0x220, 8 },
	{ "rbp", 0x228, 8 },  { "rbx", 0x230, 8 },    { "r11", 0x238, 8 },     { "r10", 0x240, 8 },
	{ "r9", 0x248, 8 },   { "r8", 0x250, 8 },     { "rax", 0x258, 8 },     { "rcx", 0x260, 8 },
	{ "rdx", 0x268, 8 },  { "rsi", 0x270, 8 },    { "rdi", 0x278, 8 },     { "rip", 0x288, 8 },
	{ "cs", 0x290, 2 },   { "rflags", 0x298, 8 }, { "rsp", 0x2a0, 8 },     { "ss", 0x2a8, 2 },
	{ "es", 0x2b0, 2 },   { "ds", 0x2b8, 2 },     { "fs", 0x2c0, 2 },      { "gs", 0x2c8, 2 },
	{ "cr0", 0x1378, 8 }, { "cr2", 0x1388, 8 },   { "cr3", 0x1390, 8 },    { "cr4", 0x1398, 8 },
	{ "dr0", 0x13b8, 8 }, { "dr1", 0x13c0, 8 },   { "dr2", 0x13c8, 8 },    { "dr3", 0x13d0, 8 },
	{ "dr6", 0x13e8, 8 }, { "dr7", 0x13f0, 8 },   { "fs_base", 0x1418, 8 }
};
enum { CONTEXT_FLAGS = 0x200, CONTEXT_GS_KERNEL = 0x1420, CONTEXT_GS_USER = 0x1428 };

static void put(uint8_t *context, uint64_t at, uint64_t value, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		context[at + i] = (uint8_t)(value >> 8 * i);
}

/* GS of the kernel is the one in use in ring 0, else the other. */
static void put_gs(const struct moment *m, const struct vcpu *v, uint8_t *context)
{
	uint64_t ss = xen_number(m->g->xen, v->registers.offset + HVM_SS_ARBYTES, 4);
	uint64_t used = value_of(m, v, "gs_base"), shadow = value_of(m, v, "shadow_gs");
	bool ring0 = !(ss >> 5 & 3);

	put(context, CONTEXT_GS_KERNEL, ring0 ? used : shadow, 8);
	put(context, CONTEXT_GS_USER, ring0 ? shadow : used, 8);
}

static bool has_fpu(const struct moment *m, const struct vcpu *v)
{
	uint64_t at = v->hvm ? HVM_FLAGS : CONTEXT_FLAGS;

	if (v->registers.length < HVM_FPU)
		return false;
	if (v->hvm && v->registers.length < HVM_FLAGS + 4)
		return true;
	return xen_number(m->g->xen, v->registers.offset + at, 4) & 1;
}

static void put_hvm(const struct moment *m, const struct vcpu *v, uint8_t *context)
{
	struct bytes fpu = file_bytes(m->g, (struct span){ v->registers.offset, HVM_FPU });
	uint64_t flags = VGCF_ONLINE;

	if (has_fpu(m, v)) {
		memcpy(context, fpu.at, fpu.len);
		flags |= VGCF_I387_VALID;
	}
	put(context, CONTEXT_FLAGS, flags, 8);
	for (size_t i = 0; i < ARRAY_LEN(context_places); i++) {
		const struct place_of *p = &context_places[i];

		put(context, p->at, value_of(m, v, p->name), p->width);
	}
	put_gs(m, v, context);
}

/* One behind the other, of those that were up. */
static struct bytes contexts(const struct moment *m)
{
	uint8_t *all = arena_array(m->arena, m->up + 1, PV_CONTEXT_64), *at = all;

	for (size_t i = 0; i < m->count; i++) {
		const struct vcpu *v = &m->vcpus[i];
		struct bytes b = file_bytes(m->g, v->registers);

		if (!v->registers.length)
			continue;
		if (v->hvm)
			put_hvm(m, v, at);
		else if (b.len)
			memcpy(at, b.at, b.len < PV_CONTEXT_64 ? b.len : PV_CONTEXT_64);
		at += PV_CONTEXT_64;
	}
	return (struct bytes){ all, (size_t)(at - all) };
}

/* ---- .note.Xen ---- */

enum {
	NOTE_NONE = 0x2000000,
	NOTE_HEADER,
	NOTE_XEN_VERSION,
	NOTE_FORMAT_VERSION,

	NOTE_HEAD = 16, /* with the name */
	HEADER_SIZE = 32,
	VERSION_SIZE = 1280,
	VERSION_PLATFORM = 0x4f0,
	FORMAT_SIZE = 8,
	NOTES_SIZE = 4 * NOTE_HEAD + HEADER_SIZE + VERSION_SIZE + FORMAT_SIZE,
	NOTES_PAGES = 2 * NOTE_HEAD + 16, /* where the number of pages is */
};
#define MAGIC_PV 0xf00febedu
#define MAGIC_HVM 0xf00febeeu
#define XEN_SPACE_64 UINT64_C(0xffff800000000000)
#define XEN_SPACE_32 0xf5800000u

static void note_head(struct pack *p, uint32_t type, uint32_t size)
{
	pack_u32(p, 4);
	pack_u32(p, size);
	pack_u32(p, type);
	pack_field(p, bytes_of("Xen"), 4);
}

/* Strings about the hypervisor that saved are in no stream: they are empty. */
static void note_version(const struct moment *m, struct pack *p)
{
	const struct xen *x = m->g->xen;
	size_t start = p->len;

	/* 0.n is the converter of old streams. */
	pack_u64(p, x->xen_major);
	pack_u64(p, x->xen_major ? x->xen_minor : 0);
	pack_to(p, start + VERSION_PLATFORM);
	if (m->narrow)
		pack_u32(p, XEN_SPACE_32);
	else
		pack_u64(p, XEN_SPACE_64);
	pack_u64(p, XEN_PAGE);
	pack_to(p, start + VERSION_SIZE);
}

/* The number of pages is filled in by who counts them. */
static struct bytes xen_notes(const struct moment *m)
{
	struct pack p = pack_of(m->arena, NOTES_SIZE);

	note_head(&p, NOTE_NONE, 0);
	note_head(&p, NOTE_HEADER, HEADER_SIZE);
	pack_u64(&p, m->pv ? MAGIC_PV : MAGIC_HVM);
	pack_u64(&p, m->up);
	pack_u64(&p, 0);
	pack_u64(&p, XEN_PAGE);
	note_head(&p, NOTE_XEN_VERSION, VERSION_SIZE);
	note_version(m, &p);
	note_head(&p, NOTE_FORMAT_VERSION, FORMAT_SIZE);
	pack_u64(&p, 1);
	return pack_bytes(&p);
}

/* ---- the guest's own P2M ---- */

/* A page of it, and the first PFN that it has an entry for. */
struct p2m_page {
	uint64_t pfn, first;
};

struct p2m {
	const struct aspace *frames;
	struct p2m_page *pages; /* by PFN */
	size_t count;
	unsigned width; /* of an entry */
};

static int by_pfn(const void *a, const void *b)
{
	const struct p2m_page *x = a, *y = b;

	if (x->pfn != y->pfn)
		return x->pfn < y->pfn ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* The list of the pages: libxc's record has {first, last PFN} and eight bytes a page, a legacy
 * stream words of the toolstack. */
static struct p2m *find_p2m(const struct moment *m, const struct aspace *frames)
{
	struct xen *x = m->g->xen;
	const struct state *st = states_last(x->states, STATE_P2M_FRAMES, 0, UINT32_MAX);
	struct p2m *p = ARENA_NEW(m->arena, struct p2m);
	bool legacy = st && st->layer->kind == LAYER_LEGACY;
	unsigned width = legacy && x->word == 4 ? 4 : 8;
	uint64_t first = 0, per, n;
	struct cursor c;

	*p = (struct p2m){ .frames = frames, .width = m->narrow ? 4 : 8 };
	if (!st)
		return p;
	per = XEN_PAGE / p->width;
	c = xen_cursor(x, st->span);
	if (!legacy) {
		first = cursor_u32(&c) / per * per;
		cursor_u32(&c);
	}
	n = cursor_left(&c) / width;
	p->pages = arena_array(m->arena, n + 1, sizeof(*p->pages));
	for (uint64_t i = 0; i < n; i++) {
		uint64_t pfn = width == 4 ? cursor_u32(&c) : cursor_u64(&c);

		p->pages[p->count++] = (struct p2m_page){ pfn, first + i * per };
	}
	qsort(p->pages, p->count, sizeof(*p->pages), by_pfn);
	return p;
}

static const struct p2m_page *p2m_page(const struct p2m *p, uint64_t pfn)
{
	size_t at = BOUND(i, p->count, p->pages[i].pfn < pfn);

	return at < p->count && p->pages[at].pfn == pfn ? &p->pages[at] : NULL;
}

/* A page of the P2M as if machine frames were PFNs; all ones: there is no such page. */
static bool replace_p2m(const struct dump *d, uint64_t addr, uint8_t *page)
{
	const struct p2m *p = d->data;
	const struct p2m_page *found = p2m_page(p, addr / XEN_PAGE);
	struct extent x = { 0 };

	if (!found)
		return false;
	for (uint64_t i = 0; i < XEN_PAGE / p->width; i++) {
		uint64_t at = (found->first + i) * XEN_PAGE;

		if (!i || at >= x.end)
			aspace_at(p->frames, at, &x);
		put(page, i * p->width, x.source ? found->first + i : UINT64_MAX, p->width);
	}
	return true;
}

/* ---- "xen-core" ---- */

static void add(struct dump *d, struct dump_section *all, struct dump_section s)
{
	all[d->section_count++] = s;
	d->sections = all;
}

static void add_shared_info(struct dump *d, struct dump_section *all, const struct moment *m)
{
	const struct state *st = states_last(m->g->xen->states, STATE_SHARED_INFO, 0, m->passes);
	struct pack p;

	if (!m->pv || !m->up || !st)
		return;
	p = pack_of(m->arena, XEN_PAGE);
	pack_field(&p, file_bytes(m->g, span_clip(st->span, source_size(m->g->xen->src))),
		   XEN_PAGE);
	add(d, all,
	    (struct dump_section){ .name = ".xen_shared_info",
				   .type = SHT_PROGBITS,
				   .align = 8,
				   .entsize = XEN_PAGE,
				   .bytes = pack_bytes(&p) });
}

static void add_sections(struct dump *d, const struct moment *m)
{
	enum { SECTIONS = 5 };
	struct dump_section *all = arena_array(m->arena, SECTIONS, sizeof(*all));

	add(d, all,
	    (struct dump_section){ .name = ".note.Xen",
				   .type = SHT_NOTE,
				   .bytes = xen_notes(m),
				   .count_at = NOTES_PAGES });
	add(d, all,
	    (struct dump_section){ .name = ".xen_prstatus",
				   .type = SHT_PROGBITS,
				   .align = 8,
				   .entsize = PV_CONTEXT_64,
				   .bytes = contexts(m) });
	add_shared_info(d, all, m);
	add(d, all,
	    (struct dump_section){ .name = ".xen_pages",
				   .type = SHT_PROGBITS,
				   .align = XEN_PAGE,
				   .entsize = XEN_PAGE,
				   .content = DUMP_PAGES });
	add(d, all,
	    (struct dump_section){ .name = m->pv ? ".xen_p2m" : ".xen_pfn",
				   .type = SHT_PROGBITS,
				   .align = 8,
				   .entsize = m->pv ? 16 : 8,
				   .content = m->pv ? DUMP_PAIRS : DUMP_FRAMES });
}

static void make_xen_core(struct dump *d, const struct moment *m)
{
	d->wide = true;
	d->abi_version = 1;
	add_sections(d, m);
	if (m->pv) {
		d->data = find_p2m(m, d->space);
		d->replace = replace_p2m;
	}
}

/* ---- "elf-core" ---- */

enum { NT_PRSTATUS = 1, NT_FPREGSET = 2, NT_PRXFPREG = 0x46e62b7f };

/* Linux' user_regs_struct; NULL: the number of a system call, and there is none. */
static const char *const registers_64[] = {
	"r15",    "r14", "r13", "r12",     "rbp",     "rbx", "r11", "r10", "r9",
	"r8",     "rax", "rcx", "rdx",     "rsi",     "rdi", NULL,  "rip", "cs",
	"rflags", "rsp", "ss",  "fs_base", "gs_base", "ds",  "es",  "fs",  "gs",
};
static const char *const registers_32[] = {
	"ebx", "ecx", "edx", "esi", "edi", "ebp",    "eax", "ds", "es",
	"fs",  "gs",  NULL,  "eip", "cs",  "eflags", "esp", "ss",
};

/* Of a PV guest the base in use is one of two. */
static uint64_t thread_register(const struct moment *m, const struct vcpu *v, const char *name)
{
	if (!name)
		return UINT64_MAX;
	if (!strcmp(name, "gs_base") && !v->hvm)
		name = v->in_user ? "gs_base_user" : "gs_base_kernel";
	return value_of(m, v, name);
}

/* elf_prstatus: who, then times that nobody knows, then registers. */
static struct bytes prstatus(const struct moment *m, const struct vcpu *v)
{
	const char *const *names = m->narrow ? registers_32 : registers_64;
	size_t count = m->narrow ? ARRAY_LEN(registers_32) : ARRAY_LEN(registers_64);
	struct pack p = pack_of(m->arena, m->narrow ? 144 : 336);

	p.wide = !m->narrow;
	pack_to(&p, m->narrow ? 24 : 32);
	pack_u32(&p, v->id + 1);
	pack_to(&p, m->narrow ? 72 : 112);
	for (size_t i = 0; i < count; i++)
		pack_word(&p, thread_register(m, v, names[i]));
	pack_u32(&p, has_fpu(m, v));
	pack_to(&p, p.room);
	return pack_bytes(&p);
}

static void add_thread(struct dump *d, struct dump_note *notes, const struct moment *m,
		       const struct vcpu *v)
{
	struct bytes fpu = file_bytes(m->g, (struct span){ v->registers.offset, HVM_FPU });

	notes[d->note_count++] = (struct dump_note){ "CORE", NT_PRSTATUS, prstatus(m, v) };
	if (!has_fpu(m, v) || fpu.len < HVM_FPU)
		return;
	notes[d->note_count++] = m->narrow ? (struct dump_note){ "LINUX", NT_PRXFPREG, fpu }
					   : (struct dump_note){ "CORE", NT_FPREGSET, fpu };
}

/* True of the vCPU whose page tables make the space: it comes first, for that is the one which a
 * debugger looks at. */
static bool is_owner(const struct aspace *as, const struct vcpu *v)
{
	char *end;

	return as->kind == ASPACE_VCPU && !strncmp(as->who, "vcpu", 4) &&
	       strtoul(as->who + 4, &end, 10) == v->id;
}

static void make_elf_core(struct dump *d, const struct moment *m)
{
	struct dump_note *notes = arena_array(m->arena, 2 * m->up + 1, sizeof(*notes));

	d->wide = !m->narrow;
	d->notes = notes;
	for (unsigned others = 0; others < 2; others++)
		for (size_t i = 0; i < m->count; i++)
			if (m->vcpus[i].registers.length &&
			    is_owner(d->space, &m->vcpus[i]) != others)
				add_thread(d, notes, m, &m->vcpus[i]);
}

/* ---- the hook ---- */

const struct dump *guest_dump(const struct aspace *as, const char *form, struct arena *a,
			      const char **why)
{
	bool sections = !strcmp(form, "xen-core");
	struct guest *g = as->item ? as->item->data : NULL;
	struct dump *d = ARENA_NEW(a, struct dump);
	struct moment m;

	if (!g || (!sections && strcmp(form, "elf-core") != 0) ||
	    (sections && as->kind != ASPACE_FRAMES)) {
		*why = "that is a form for all of a guest's memory, by frame";
		return NULL;
	}
	moment_init(&m, g, as, a);
	d->machine = m.narrow ? EM_386 : EM_X86_64;
	d->space = (struct aspace *)(uintptr_t)as;
	d->lacks = what_lacks(&m, g);
	if (sections)
		make_xen_core(d, &m);
	else
		make_elf_core(d, &m);
	moment_fini(&m);
	return d;
}
