/* The guest as an item of the tree: what it was at the chosen moment, a row for each vCPU.
 *
 * A stream that was checkpointed holds several moments: shown is the one that the user chose, else
 * the last that was committed, as a failover would. Of others it is the end. The item's source is
 * the file, so that a row's bytes are the structure with the vCPU's registers. */
#include <inttypes.h>
#include <string.h>

#include "base/bound.h"
#include "core/location.h"
#include "xen/guest.h"
#include "xen/hvm.h"
#include "xen/layouts.h"
#include "xen/pv.h"

enum { CS_ARBYTES = 0x378, SS_ARBYTES = 0x38c, CODE_LONG = 1 << 9, CODE_32 = 1 << 10 };

/* ---- which moment ---- */

static void choose(struct guest *g)
{
	const struct xen *x = g->xen;
	size_t committed = memory_snapshots(x->memory);
	uint32_t all = (uint32_t)memory_passes(x->memory);

	/* States may come without a page behind the last pass. */
	if (memory_pass(x->memory) >= all)
		all = memory_pass(x->memory) + 1;
	g->snapshot = x->model->snapshot;
	if (!g->snapshot && x->checkpointed)
		g->snapshot = (uint32_t)committed;
	g->passes = g->snapshot ? memory_snapshot_passes(x->memory, g->snapshot) : all;
}

static void add_rows(struct guest *g)
{
	struct item *it = g->item;
	uint64_t from = UINT64_MAX, to = 0;

	for (size_t i = 0; i < g->vcpu_count; i++) {
		struct span s = g->vcpus[i].registers;

		index_append(it->index, &(struct record){ .offset = s.offset,
							  .length = s.length,
							  .body = (uint32_t)s.length,
							  .aux = g->vcpus[i].id });
		if (s.length && s.offset < from)
			from = s.offset;
		if (s.length && s.offset + s.length > to)
			to = s.offset + s.length;
	}
	if (to > from)
		it->part = (struct span){ from, to - from };
}

static void guest_index(struct item *it, struct job *job)
{
	struct guest *g = it->data;

	xen_walk(g->xen, job);
	choose(g);
	guest_read_vcpus(g);
	add_rows(g);
	if (it->part.length)
		atomic_store(&it->source,
			     source_slice(g->xen->src, (struct span){ 0, source_size(g->xen->src) },
					  source_name(g->xen->src)));
}

struct guest *xen_guest(struct xen *x)
{
	if (x->guest)
		item_index(x->guest->item, true);
	return x->guest;
}

/* ---- words ---- */

static const char *paging_text(const struct paging *p, struct arena *a)
{
	static const char *const modes[] = {
		[PAGING_NONE] = "no paging",  [PAGING_32] = "2 levels",
		[PAGING_PAE] = "3 levels",    [PAGING_4LEVEL] = "4 levels",
		[PAGING_5LEVEL] = "5 levels",
	};

	if (p->mode == PAGING_NONE)
		return modes[p->mode];
	return arena_printf(a, "%s%s, root pfn 0x%" PRIx64, modes[p->mode],
			    p->large_4m ? " with 4M pages" : "", p->root / XEN_PAGE);
}

/* Which code it ran: "64-bit", "real mode". */
static const char *code_text(const struct guest *g, const struct vcpu *v)
{
	uint64_t cs;

	if (!v->hvm)
		return v->wide ? "64-bit" : "32-bit";
	if (!(v->cr0 & 1))
		return "real mode";
	cs = xen_number(g->xen, v->registers.offset + CS_ARBYTES, 4);
	if (v->kernel.mode >= PAGING_4LEVEL && cs & CODE_LONG)
		return "64-bit";
	return cs & CODE_32 ? "32-bit" : "16-bit";
}

/* The ring; of a 64-bit PV guest, all of which runs in ring 3, what Xen says it was. */
static const char *mode_text(const struct guest *g, const struct vcpu *v, struct arena *a)
{
	return arena_printf(a, "%s, %s", code_text(g, v), v->in_user ? "user" : "kernel");
}

/* The ring: of an HVM guest that of the stack, of a PV guest that of the code. */
static unsigned ring_of(const struct guest *g, const struct vcpu *v)
{
	uint64_t cs = 0;

	if (v->hvm)
		return xen_number(g->xen, v->registers.offset + SS_ARBYTES, 4) >> 5 & 3;
	vcpu_register(g, v, "cs", &cs);
	return cs & 3;
}

static const char *vcpu_summary(const struct guest *g, const struct vcpu *v, struct arena *a)
{
	if (!v->registers.length)
		return "down: no registers";
	return arena_printf(a, "%s at rip 0x%" PRIx64 ", rsp 0x%" PRIx64 ", %s", mode_text(g, v, a),
			    v->rip, v->rsp, paging_text(v->in_user ? &v->user : &v->kernel, a));
}

static unsigned width_of(const struct guest *g)
{
	for (size_t i = 0; i < g->vcpu_count; i++)
		if (!g->vcpus[i].hvm && g->vcpus[i].registers.length)
			return g->vcpus[i].wide ? 64 : 32;
	return g->xen->guest_width * 8;
}

static const char *memory_text(const struct guest *g, struct arena *a)
{
	const struct page_view *v = memory_view(g->xen->memory, g->passes);

	return arena_printf(a, "%" PRIu64 " pages, %s", v->pages,
			    text_size(v->pages * XEN_PAGE, a));
}

static const char *guest_summary(struct item *it, uint64_t at, struct arena *a)
{
	struct guest *g = it->data;
	const char *snapshot;

	if (!item_ready(it))
		return "";
	if (at < g->vcpu_count)
		return vcpu_summary(g, &g->vcpus[at], a);
	if (at != NODE_SELF)
		return "";
	snapshot = g->snapshot ? arena_printf(a, ", snapshot %" PRIu32, g->snapshot) : "";
	return arena_printf(a, "%s%s, %zu vCPU%s, %s%s", guest_type_name(xen_guest_type(g->xen)),
			    width_of(g) ? arena_printf(a, " %u-bit", width_of(g)) : "",
			    g->vcpu_count, g->vcpu_count == 1 ? "" : "s", memory_text(g, a),
			    snapshot);
}

/* ---- fields of a vCPU ---- */

static struct field *number(struct field *parent, struct arena *a, const char *name, uint64_t v,
			    enum show show)
{
	return field_uint(parent, a, name, v, show, (struct span){ 0, 0 });
}

/* How registers are shown that are neither addresses nor plain numbers. */
static const struct {
	const char *name;
	enum show show;
	const struct value_name *names;
} register_shows[] = {
	{ "rflags", SHOW_FLAGS, names_rflags },
	{ "eflags", SHOW_FLAGS, names_rflags },
	{ "cr0", SHOW_FLAGS, names_cr0 },
	{ "cr4", SHOW_FLAGS, names_cr4 },
	{ "efer", SHOW_FLAGS, names_efer },
	{ "dr6", SHOW_FLAGS, names_dr6 },
	{ "cs", SHOW_HEX, NULL },
	{ "ds", SHOW_HEX, NULL },
	{ "es", SHOW_HEX, NULL },
	{ "fs", SHOW_HEX, NULL },
	{ "gs", SHOW_HEX, NULL },
	{ "ss", SHOW_HEX, NULL },
	{ "tr", SHOW_HEX, NULL },
	{ "ldtr", SHOW_HEX, NULL },
	{ "kernel_ss", SHOW_HEX, NULL },
	{ "star", SHOW_HEX, NULL },
	{ "sfmask", SHOW_HEX, NULL },
	{ "sysenter_cs", SHOW_HEX, NULL },
	{ "dr7", SHOW_HEX, NULL },
	{ "cr3", SHOW_HEX, NULL },
	{ "cr1", SHOW_HEX, NULL },
};

static void add_root_note(const struct vcpu *v, struct field *f, const char *name, struct arena *a)
{
	bool user = !strcmp(name, "cr1");
	const struct paging *p = user ? &v->user : &v->kernel;

	if ((user && !v->has_user) || (!user && strcmp(name, "cr3")) || p->mode == PAGING_NONE)
		return;
	f->note = arena_printf(a, "%s: %s", user ? "user mode" : "page tables", paging_text(p, a));
	f->ref = xen_ref_pfn(p->root / XEN_PAGE);
}

static void add_register(const struct vcpu *v, struct field *root, const char *name, uint64_t value,
			 struct arena *a)
{
	struct field *f = number(root, a, name, value, SHOW_ADDRESS);
	size_t i = 0;

	while (i < ARRAY_LEN(register_shows) && strcmp(register_shows[i].name, name))
		i++;
	if (i < ARRAY_LEN(register_shows)) {
		f->show = register_shows[i].show;
		f->names = register_shows[i].names;
	} else if (value) {
		f->ref = xen_ref_va(value, v->id);
	}
	add_root_note(v, f, name, a);
}

/* The structure in the file, member by member: it covers the row's bytes. */
static void add_context(const struct guest *g, const struct vcpu *v, struct field *root,
			struct arena *a)
{
	const struct xen *x = g->xen;
	struct field *group = field_add(root, a, FIELD_GROUP, v->hvm ? "CPU" : "vcpu_guest_context",
					v->registers);
	struct cursor c = xen_cursor(x, v->registers);
	struct xrec r = { .layer = v->cpu->layer,
			  .n = v->cpu->row,
			  .r = index_at(v->cpu->layer->item->index, v->cpu->row),
			  .body = source_view(x->src, v->registers.offset, v->registers.length),
			  .at = v->registers.offset };

	group->expanded = true;
	group->note = node_path((struct node){ v->cpu->layer->item, v->cpu->row }, a);
	if (v->hvm)
		shape_fields(x, group, hvm_cpu_shape(v->registers.length), &c, a);
	else
		pv_context_fields(&r, group, &c, a);
}

static struct field *vcpu_fields(const struct guest *g, const struct vcpu *v, struct arena *a)
{
	const char *title = arena_printf(a, "vcpu%" PRIu32, v->id), *name;
	struct field *root = field_add(NULL, a, FIELD_GROUP, title, v->registers);
	struct field *f;
	uint64_t value;

	root->expanded = true;
	root->owner = g->item;
	root->note = v->registers.length ? NULL : "down: the stream has no registers of it";
	if (!v->registers.length)
		return root;
	field_derived(root, a, "mode", mode_text(g, v, a));
	number(root, a, "cpl", ring_of(g, v), SHOW_DEC);
	f = field_derived(root, a, "paging", paging_text(&v->kernel, a));
	if (v->kernel.mode != PAGING_NONE)
		f->ref = xen_ref_pfn(v->kernel.root / XEN_PAGE);
	if (v->has_user) {
		f = field_derived(root, a, "user_paging", paging_text(&v->user, a));
		f->ref = xen_ref_pfn(v->user.root / XEN_PAGE);
	}
	for (size_t n = 0; vcpu_register_at(g, v, n, &name, &value); n++)
		add_register(v, root, name, value, a);
	add_context(g, v, root, a);
	return root;
}

/* ---- fields of the guest ---- */

/* First and last record of a pass, and what it sent. */
static const char *pass_text(const struct guest *g, uint32_t pass, struct arena *a)
{
	const struct memory *m = g->xen->memory;
	size_t first, end = memory_pass_runs(m, pass, &first);
	uint64_t pages = 0, others = 0;
	struct strbuf s;

	strbuf_init(&s, a);
	for (size_t i = first; i < end; i++) {
		const struct page_run *r = memory_run(m, i);

		*(r->offset == NO_BODY ? &others : &pages) += r->count;
	}
	strbuf_addf(&s, "%" PRIu64 " pages", pages);
	if (others)
		strbuf_addf(&s, ", %" PRIu64 " without bytes", others);
	if (first < end)
		strbuf_addf(&s, ", records %" PRIu32 " to %" PRIu32, memory_run(m, first)->record,
			    memory_run(m, end - 1)->record);
	if (memory_pass_flags(m, pass) & PASS_VERIFY)
		strbuf_add(&s, ", compared only");
	return s.text;
}

/* Snapshot whose last pass it is, counted from 1; 0: none. */
static size_t snapshot_ending(const struct memory *m, uint32_t pass)
{
	size_t n = memory_snapshots(m);
	size_t at = 1 + BOUND(i, n, memory_snapshot_passes(m, (uint32_t)i + 1) <= pass);
	return at <= n && memory_snapshot_passes(m, (uint32_t)at) == pass + 1 ? at : 0;
}

static void expand_passes(struct field *group, struct arena *a)
{
	const struct item *it = group->owner;
	struct guest *g = it->data;
	const struct memory *m = g->xen->memory;
	uint32_t room = field_room(group);

	for (uint32_t p = 0; p < memory_passes_sent(m); p++) {
		size_t first, snapshot = snapshot_ending(m, p);
		struct field *f;

		if (p == room) {
			field_derived(group, a, "more", "")->trouble =
				"there are more passes than are shown";
			return;
		}
		f = field_derived(
			group, a, "pass",
			snapshot ? arena_printf(a, "%s; snapshot %zu", pass_text(g, p, a), snapshot)
				 : pass_text(g, p, a));
		f->at = p + 1;
		if (memory_pass_runs(m, p, &first) > first)
			f->ref = (struct ref){ .kind = XREF_RECORD,
					       .id = memory_run(m, first)->record };
	}
}

static const struct field_ops passes_ops = { .expand = expand_passes };

/* Of a PV guest: the page that vCPU 0's rdx names. */
static void add_start_info(struct guest *g, struct field *root, struct arena *a)
{
	const struct vcpu *v = g->vcpu_count ? &g->vcpus[0] : NULL;
	const struct page_view *view = memory_view(g->xen->memory, g->passes);
	const struct page_run *run;
	struct field *f;
	uint64_t pfn;
	struct span page;

	if (!v || v->hvm || v->id || !vcpu_register(g, v, v->wide ? "rdx" : "edx", &pfn))
		return;
	run = page_view_find(view, pfn, NULL);
	f = field_add(root, a, FIELD_GROUP, "start_info", (struct span){ 0, 0 });
	f->expanded = true;
	f->note = arena_printf(a, "pfn 0x%" PRIx64, pfn);
	f->ref = xen_ref_pfn(pfn);
	if (!run || run->offset == NO_BODY || run->made)
		return;
	page = span_clip((struct span){ run->offset + (pfn - run->pfn) * XEN_PAGE, XEN_PAGE },
			 source_size(g->xen->src));
	start_info_fields(g->xen, g->xen->src, page, f, a);
}

static struct field *guest_fields(struct item *it, uint64_t at, struct arena *a)
{
	struct guest *g = it->data;
	const struct memory *m = g->xen->memory;
	const struct page_view *view;
	struct field *root, *f;

	if (at != NODE_SELF)
		return at < g->vcpu_count ? vcpu_fields(g, &g->vcpus[at], a) : NULL;
	view = memory_view(g->xen->memory, g->passes);
	root = field_add(NULL, a, FIELD_GROUP, it->name, (struct span){ 0, 0 });
	root->expanded = true;
	root->owner = it;
	field_derived(root, a, "type", guest_type_name(xen_guest_type(g->xen)));
	if (width_of(g))
		number(root, a, "width", width_of(g), SHOW_DEC);
	number(root, a, "vcpus", g->vcpu_count, SHOW_DEC);
	number(root, a, "memory", view->pages * XEN_PAGE, SHOW_SIZE);
	number(root, a, "pages", view->pages, SHOW_DEC);
	number(root, a, "frames", view->pfns, SHOW_DEC)->note = "of any type";
	if (g->xen->checkpointed) {
		number(root, a, "snapshots", memory_snapshots(m), SHOW_DEC);
		number(root, a, "snapshot", g->snapshot, SHOW_DEC)->note = "shown";
	}
	f = field_add(root, a, FIELD_GROUP, "passes", (struct span){ 0, 0 });
	f->ops = &passes_ops;
	f->owner = it;
	f->note = arena_printf(a, "%zu", memory_passes_sent(m));
	add_start_info(g, root, a);
	return root;
}

/* ---- rows ---- */

static const char *guest_label(struct item *it, uint64_t at, struct arena *a)
{
	const struct guest *g = it->data;

	return at < g->vcpu_count ? arena_printf(a, "vcpu%" PRIu32, g->vcpus[at].id) : NULL;
}

static uint64_t guest_lookup(struct item *it, const char *label)
{
	const struct guest *g = it->data;
	uint64_t id;

	if (strncmp(label, "vcpu", 4) || !location_number(label + 4, &id))
		return NODE_SELF;
	for (size_t i = 0; i < g->vcpu_count; i++)
		if (g->vcpus[i].id == id)
			return i;
	return NODE_SELF;
}

static const char *guest_kind(struct item *it, uint64_t at, struct arena *a)
{
	(void)a;
	return at == NODE_SELF ? it->kind : "vcpu";
}

/* To the record that has the registers. */
static bool guest_target(struct item *it, uint64_t at, struct place *out)
{
	const struct guest *g = it->data;
	const struct vcpu *v = at < g->vcpu_count ? &g->vcpus[at] : NULL;

	if (!v || !v->cpu)
		return false;
	*out = (struct place){ { v->cpu->layer->item, v->cpu->row },
			       v->registers.length ? v->registers.offset : UINT64_MAX,
			       NULL };
	return true;
}

static void guest_json_head(struct item *it, uint64_t at, struct json *j)
{
	const struct guest *g = it->data;
	const struct vcpu *v = at < g->vcpu_count ? &g->vcpus[at] : NULL;

	if (!v)
		return;
	json_key_uint(j, "vcpu", v->id);
	json_key_str(j, "layer", layer_name(v->cpu->layer->kind));
	json_key_uint(j, "record", v->cpu->row);
	json_key_uint(j, "offset", v->registers.offset);
	json_key_uint(j, "length", v->registers.length);
}

static const struct item_ops guest_ops = {
	.index = guest_index,
	.fields = guest_fields,
	.summary = guest_summary,
	.label = guest_label,
	.kind = guest_kind,
	.lookup = guest_lookup,
	.follow = xen_follow,
	.target = guest_target,
	.json_head = guest_json_head,
};

struct item *guest_add_item(struct xen *x)
{
	struct guest *g = ARENA_NEW(&x->model->arena, struct guest);
	struct item *it = item_add(x->model, x->model->root, &guest_ops, "guest", "guest");

	g->xen = x;
	g->item = it;
	arena_init(&g->arena);
	it->data = g;
	it->index = it->list = index_new();
	it->open_first = true;
	x->guest = g;
	return it;
}
