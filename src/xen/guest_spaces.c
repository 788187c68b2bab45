/* The address spaces of a guest, by the names that people give them, and the addresses that its
 * registers name.
 *
 *	""          frames: as the chosen snapshot has them    guest_frames
 *	pass:2      as that pass left them
 *	vcpu0       what the root maps that the vCPU used      guest_aspace
 *	vcpu0u      of a 64-bit PV guest with two roots: what that of its user mode maps
 *	vcpu0k      what that of its kernel maps
 *	root:0x5104 what the table in that frame maps, walked as vCPU 0 would
 *
 * A vCPU of a 64-bit PV guest uses its user root, ctrlreg[1], while VGCF_in_kernel is clear: then
 * vcpu0u is another name of vcpu0, else vcpu0k is.
 *
 * Each is made when it is first asked for, in the model's arena, and lives as long as the model. In
 * the browser nothing is made until the stream has been walked: who asks earlier is told so. */
#include <inttypes.h>
#include <string.h>

#include "core/location.h"
#include "xen/guest.h"

struct guest_space {
	struct aspace *as;
	const struct vcpu *vcpu; /* NULL: of a root by number, or frames */
	struct guest_space *next;
};

void guest_free(struct guest *g)
{
	if (!g)
		return;
	for (struct guest_space *s = g->spaces; s; s = s->next)
		if (s->as->ops->fini)
			s->as->ops->fini(s->as);
	arena_fini(&g->arena);
}

/* The guest, once it is known without waiting. */
static struct guest *guest_now(struct model *m, const char **why)
{
	struct xen *x = m->data;

	if (m->worker && !atomic_load_explicit(&x->walked, memory_order_acquire)) {
		*why = "the stream is still being read";
		return NULL;
	}
	return xen_guest(x);
}

/* ---- made so far ---- */

static struct guest_space *find_space(const struct guest *g, enum aspace_kind kind, const char *who)
{
	struct guest_space *s = g->spaces;

	while (s && (s->as->kind != kind || strcmp(s->as->who, who)))
		s = s->next;
	return s;
}

static struct aspace *keep(struct guest *g, struct aspace *as, const struct vcpu *v)
{
	struct guest_space *s = ARENA_NEW(&g->xen->model->arena, struct guest_space);

	as->item = g->item;
	*s = (struct guest_space){ .as = as, .vcpu = v, .next = g->spaces };
	g->spaces = s;
	return as;
}

static const struct vcpu *vcpu_of_space(const struct guest *g, const struct aspace *as)
{
	for (const struct guest_space *s = g->spaces; s; s = s->next)
		if (s->as == as)
			return s->vcpu;
	return NULL;
}

/* ---- frames ---- */

static struct aspace *frames_of(struct guest *g)
{
	if (!g->frames)
		g->frames = keep(g, pfnspace_new(g->xen, g->passes, "memory", ""), NULL);
	return g->frames;
}

struct aspace *guest_frames(struct model *m, const char *who, const char **why)
{
	struct arena *a = &m->arena;
	struct guest *g = guest_now(m, why);
	const struct guest_space *s;
	uint64_t pass, count;
	const char *name;

	if (!g || !*who)
		return g ? frames_of(g) : NULL;
	count = memory_passes(g->xen->memory);
	if (strncmp(who, "pass:", 5) || !location_number(who + 5, &pass)) {
		*why = arena_printf(a, "%s is no state of the frames: say pass:NUMBER",
				    text_clean_str(who, a));
		return NULL;
	}
	if (!pass || pass > count) {
		*why = arena_printf(a, "there is no pass %" PRIu64 ": there are %" PRIu64, pass,
				    count);
		return NULL;
	}
	name = arena_printf(a, "pass:%" PRIu64, pass);
	s = find_space(g, ASPACE_FRAMES, name);
	if (s)
		return s->as;
	return keep(g,
		    pfnspace_new(g->xen, (uint32_t)pass,
				 arena_printf(a, "memory after pass %" PRIu64, pass), name),
		    NULL);
}

/* ---- what a root maps ---- */

/* vCPUs that run the same program, or are idle, have one root. */
static void share_tables(struct guest *g, struct aspace *as)
{
	for (const struct guest_space *s = g->spaces; s; s = s->next)
		if (s->as->kind == ASPACE_VCPU && vspace_share(as, s->as))
			return;
}

/* True if `v` used its user root when it was saved. */
static bool uses_user_root(const struct vcpu *v)
{
	return v->has_user && v->in_user;
}

static struct aspace *vcpu_space(struct guest *g, const struct vcpu *v, bool user)
{
	struct arena *a = &g->xen->model->arena;
	bool other = user != uses_user_root(v);
	const char *root = user ? "user" : "kernel";
	const char *who = arena_printf(a, "vcpu%" PRIu32 "%.*s", v->id, other, root);
	const struct guest_space *s = find_space(g, ASPACE_VCPU, who);
	const char *name = user || other ? arena_printf(a, "vcpu%" PRIu32 " %s", v->id, root) : who;
	struct aspace *as;

	if (s)
		return s->as;
	as = vspace_new(g->xen, frames_of(g), user ? v->user : v->kernel, name, who);
	as->root = v->has_user ? root : NULL;
	share_tables(g, as);
	return keep(g, as, v);
}

static bool is_up(const struct vcpu *v)
{
	return v->registers.length;
}

static struct aspace *root_space(struct guest *g, uint64_t pfn)
{
	struct arena *a = &g->xen->model->arena;
	struct paging p = { .mode = PAGING_4LEVEL, .nx = true };
	const char *who = arena_printf(a, "root:0x%" PRIx64, pfn);
	const struct guest_space *s = find_space(g, ASPACE_VCPU, who);

	if (s)
		return s->as;
	for (size_t i = 0; i < g->vcpu_count; i++)
		if (is_up(&g->vcpus[i])) {
			p = g->vcpus[i].kernel;
			break;
		}
	p.root = pfn * XEN_PAGE;
	return keep(
		g,
		vspace_new(g->xen, frames_of(g), p, arena_printf(a, "root 0x%" PRIx64, pfn), who),
		NULL);
}

/* "vcpus 0, 1 and 7"; of many the first. */
static const char *vcpu_list(const struct guest *g, struct arena *a)
{
	enum { SHOWN = 16 };
	struct strbuf s;
	size_t n = 0;

	strbuf_init(&s, a);
	for (size_t i = 0; i < g->vcpu_count; i++)
		if (is_up(&g->vcpus[i]) && n++ < SHOWN)
			strbuf_addf(&s, "%svcpu%" PRIu32, s.len ? ", " : "", g->vcpus[i].id);
	if (n > SHOWN)
		strbuf_add(&s, ", ...");
	return s.len ? s.text : "none";
}

static struct aspace *only_vcpu(struct guest *g, const char **why)
{
	struct arena *a = &g->xen->model->arena;
	const struct vcpu *only = NULL;

	for (size_t i = 0; i < g->vcpu_count; i++) {
		if (is_up(&g->vcpus[i]) && only) {
			*why = arena_printf(a,
					    "there are several vCPUs (%s): say whose address it is",
					    vcpu_list(g, a));
			return NULL;
		}
		if (is_up(&g->vcpus[i]))
			only = &g->vcpus[i];
	}
	if (only)
		return vcpu_space(g, only, uses_user_root(only));
	*why = "the stream has no vCPU whose page tables could be walked";
	return NULL;
}

/* "vcpu0", "vcpu0u", "0". *root: 'u', 'k', or 0 for the one that it used. */
static const struct vcpu *vcpu_named(const struct guest *g, const char *who, char *root)
{
	char digits[24];
	size_t len;
	uint64_t id;

	*root = '\0';
	if (!strncmp(who, "vcpu", 4))
		who += 4;
	len = strlen(who);
	if (!len || len >= sizeof(digits))
		return NULL;
	memcpy(digits, who, len + 1);
	if (digits[len - 1] == 'u' || digits[len - 1] == 'k') {
		*root = digits[len - 1];
		digits[len - 1] = '\0';
	}
	if (!location_number(digits, &id))
		return NULL;
	for (size_t i = 0; i < g->vcpu_count; i++)
		if (g->vcpus[i].id == id)
			return &g->vcpus[i];
	return NULL;
}

struct aspace *guest_aspace(struct model *m, const char *who, const char **why)
{
	struct arena *a = &m->arena;
	struct guest *g = guest_now(m, why);
	const struct vcpu *v;
	uint64_t pfn;
	char root;

	if (!g || !*who)
		return g ? only_vcpu(g, why) : NULL;
	if (!strncmp(who, "root:", 5)) {
		*why = "root:NUMBER takes the PFN of a table";
		return location_number(who + 5, &pfn) && !(pfn >> 40) ? root_space(g, pfn) : NULL;
	}
	v = vcpu_named(g, who, &root);
	if (!v) {
		*why = arena_printf(a, "there is no %s here: there are %s", text_clean_str(who, a),
				    vcpu_list(g, a));
		return NULL;
	}
	if (!is_up(v)) {
		*why = arena_printf(
			a, "vcpu%" PRIu32 " was down: the stream has no registers of it", v->id);
		return NULL;
	}
	if (root && !v->has_user) {
		*why = arena_printf(a,
				    "vcpu%" PRIu32
				    " has no root of its own for user space: say vcpu%" PRIu32,
				    v->id, v->id);
		return NULL;
	}
	return vcpu_space(g, v, root ? root == 'u' : uses_user_root(v));
}

struct aspace *guest_space(struct model *m, size_t n)
{
	const char *why;
	struct guest *g = guest_now(m, &why);

	if (!g)
		return NULL;
	if (!n--)
		return frames_of(g);
	for (size_t i = 0; i < g->vcpu_count; i++) {
		const struct vcpu *v = &g->vcpus[i];

		if (!is_up(v))
			continue;
		if (!n--)
			return vcpu_space(g, v, uses_user_root(v));
		if (v->has_user && !n--)
			return vcpu_space(g, v, !uses_user_root(v));
	}
	return NULL;
}

struct aspace *guest_aspace_of(struct item *it)
{
	struct xen *x = it->model->data;
	const struct layer *layer = it->ops == &layer_ops ? it->data : NULL;
	const char *why;
	struct guest *g;

	if (!(layer && (layer->kind == LAYER_LIBXC || layer->kind == LAYER_LEGACY)) &&
	    !(x->guest && x->guest->item == it))
		return NULL;
	g = guest_now(it->model, &why);
	return g ? frames_of(g) : NULL;
}

/* ---- addresses that registers name ---- */

/* Names without a width, and the registers that have them in one guest or another. */
static const struct {
	const char *word, *name;
} register_words[] = {
	{ "sp", "rsp" },          { "pc", "rip" },        { "ip", "rip" },
	{ "flags", "rflags" },    { "idt", "idtr_base" }, { "gdt", "gdtr_base" },
	{ "ldt", "ldt_base" },    { "ldt", "ldtr_base" }, { "gs_base", "gs_base_kernel" },
	{ "gs_base", "gs_base" }, { "tss", "tr_base" },
};

static bool find_register(const struct guest *g, const struct vcpu *v, const char *name,
			  uint64_t *value)
{
	if (vcpu_register(g, v, name, value))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(register_words); i++)
		if (!strcmp(register_words[i].word, name) &&
		    vcpu_register(g, v, register_words[i].name, value))
			return true;
	return false;
}

/* Whose registers are meant: the one behind '@', else the space's. */
static const struct vcpu *vcpu_meant(const struct guest *g, const struct aspace *as,
				     const char *who)
{
	char root;
	const struct vcpu *v = *who ? vcpu_named(g, who, &root) : NULL;

	return v ? v : vcpu_of_space(g, as);
}

static bool region_address(const struct aspace *as, const char *text, uint64_t *addr,
			   const char **why, struct arena *a)
{
	uint64_t n;

	aspace_map((struct aspace *)(uintptr_t)as, NULL);
	*why = arena_printf(a, "there are %zu ranges, counted from 0", as->region_count);
	if (!location_number(text, &n) || n >= as->region_count)
		return false;
	*addr = as->regions[n].start;
	return true;
}

bool guest_anchor(const struct aspace *as, const char *who, const char *word, uint64_t *addr,
		  const char **why)
{
	struct model *m = as->item ? as->item->model : NULL;
	struct guest *g = m ? guest_now(m, why) : NULL;
	const struct vcpu *v;
	const char *name;

	if (!g)
		return false;
	if (!strncmp(word, "vma:", 4))
		return region_address(as, word + 4, addr, why, &m->arena);
	*why = "a guest's stream does not say";
	if (strncmp(word, "reg:", 4) && strcmp(word, "stack"))
		return false;
	name = *word == 'r' ? word + 4 : "rsp";
	v = as->kind == ASPACE_VCPU ? vcpu_meant(g, as, who) : NULL;
	if (!v) {
		*why = arena_printf(&m->arena, "say whose register it is, as in reg:rip@vcpu0");
		return false;
	}
	*why = arena_printf(&m->arena, "vcpu%" PRIu32 " has no register %s", v->id,
			    text_clean_str(name, &m->arena));
	return find_register(g, v, name, addr);
}

/* Registers that hold addresses, or may. The stack pointer comes first. */
static const char *const address_registers[] = {
	"rsp",
	"rip",
	"rbp",
	"rax",
	"rbx",
	"rcx",
	"rdx",
	"rsi",
	"rdi",
	"r8",
	"r9",
	"r10",
	"r11",
	"r12",
	"r13",
	"r14",
	"r15",
	"esp",
	"eip",
	"ebp",
	"eax",
	"ebx",
	"ecx",
	"edx",
	"esi",
	"edi",
	"cr2",
	"fs_base",
	"gs_base",
	"gs_base_kernel",
	"gs_base_user",
	"shadow_gs",
	"kernel_sp",
	"event_callback",
	"failsafe_callback",
	"syscall_callback",
	"idtr_base",
	"gdtr_base",
	"tr_base",
	"ldtr_base",
	"ldt_base",
	"lstar",
	"cstar",
	"sysenter_esp",
	"sysenter_eip",
};

size_t guest_registers(const struct aspace *as, struct anchor *out, size_t max)
{
	struct model *m = as->item ? as->item->model : NULL;
	const char *why, *name;
	struct guest *g = m ? guest_now(m, &why) : NULL;
	const struct vcpu *v = g ? vcpu_of_space(g, as) : NULL;
	size_t n = 0;
	uint64_t value;

	for (size_t i = 0; v && i < ARRAY_LEN(address_registers); i++)
		for (size_t k = 0; vcpu_register_at(g, v, k, &name, &value); k++) {
			if (strcmp(name, address_registers[i]) || !value)
				continue;
			if (n++ < max)
				out[n - 1] = (struct anchor){
					.word = arena_printf(&m->arena, "reg:%s", name),
					.who = v->id,
					.addr = value,
					.stack = !strcmp(name, "rsp") || !strcmp(name, "esp"),
				};
		}
	return n;
}

bool guest_locate(struct model *m, const char *word, struct place *out)
{
	const char *why;
	struct guest *g = strncmp(word, "vcpu:", 5) ? NULL : guest_now(m, &why);
	uint64_t id;

	if (!g || !location_number(word + 5, &id))
		return false;
	for (size_t i = 0; i < g->vcpu_count; i++)
		if (g->vcpus[i].id == id) {
			*out = (struct place){ { g->item, i }, UINT64_MAX, NULL };
			return true;
		}
	return false;
}
