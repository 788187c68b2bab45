/* What a stream is made of, for comparing: the guest with its memory, its vCPUs, and the records
 * that are state at the moment shown: the last of each kind (and vCPU) of the snapshot.
 *
 *	guest                  frames; type, width, size, start_info
 *	  vcpu 0               registers, and what else its context has
 *	record X86_TSC_INFO    records of all layers by type, in libxc, libxl and legacy words
 *	record libxc           the headers of a layer
 *	config xl              keys of the domain's configuration
 *
 * Records that are pages, or only say how the stream goes on, are none. Where a list's order says
 * nothing its entries are found by what they are about: parameters and MSRs by index, CPUID leaves
 * by leaf and subleaf, HVM entries by type and instance (which their fields are named by already),
 * xenstore's keys by key, QEMU's sections by name and instance. */
#include <inttypes.h>
#include <string.h>

#include "core/thing.h"
#include "xen/config.h"
#include "xen/guest.h"
#include "xen/records.h"
#include "xen/things.h"

/* Records that one looks at by themselves: no guest has a tenth of it; a file made to hurt may have
 * millions. */
#define RECORDS_MOST 4096u
#define MARK_DEPTH 4

typedef bool (*tell_fn)(const struct thing *, void *arg);

struct telling {
	struct xen *x;
	struct guest *g;
	tell_fn fn;
	void *arg;
	struct arena *a;
	uint64_t told;
};

/* ---- guest and vCPUs ---- */

static bool tell_guest(struct telling *t)
{
	struct item *it = t->g->item;
	const char *why;
	struct thing thing = { .kind = "guest",
			       .key = "guest",
			       .title = t->x->config && t->x->config->name ? t->x->config->name
									   : "guest",
			       .number = UINT64_MAX,
			       .node = { it, NODE_SELF },
			       .space = guest_frames(t->x->model, "", &why),
			       .data = t->g };

	return t->fn(&thing, t->arg);
}

static void tell_vcpus(struct telling *t)
{
	for (size_t n = 0; n < t->g->vcpu_count; n++) {
		uint32_t id = t->g->vcpus[n].id;
		struct thing thing = { .kind = "vcpu",
				       .key = arena_printf(t->a, "%" PRIu32, id),
				       .title = arena_printf(t->a, "vcpu%" PRIu32, id),
				       .number = id,
				       .node = { t->g->item, n },
				       .data = t->g };

		if (!t->fn(&thing, t->arg))
			return;
	}
}

/* ---- records ---- */

/* Pages, the frame of the stream, and what is told elsewhere. */
static bool is_state(const struct layer *layer, const struct record *r)
{
	static const char *const others[] = {
		"END",
		"PAGE_DATA",
		"STATIC_DATA_END",
		"VERIFY",
		"CHECKPOINT",
		"LIBXC_CONTEXT",
		"CHECKPOINT_END",
		"CHECKPOINT_STATE",
		"page batch",
		"LAST_CHECKPOINT",
		"end of body",
		"ENABLE_VERIFY_MODE",
		"ENABLE_COMPRESSION",
		"COMPRESSED_DATA",
		"Libxc",
		"Libxl",
		"Libxc_legacy",
		"End_of_image",
		"DIRTY_PFN_LIST",
		"CHECKPOINT_DIRTY_PFN_LIST",
	};
	const struct xen_kind *kinds = layer_kinds(layer->kind);

	if (r->kind == KIND_UNKNOWN || !kinds)
		return r->aux != TYPE_TRAILING;
	for (size_t n = 0; n < ARRAY_LEN(others); n++)
		if (!strcmp(kinds[r->kind].name, others[n]))
			return false;
	return true;
}

static bool has_registers(const struct guest *g, uint32_t vcpu)
{
	for (size_t n = 0; n < g->vcpu_count; n++)
		if (g->vcpus[n].id == vcpu)
			return g->vcpus[n].registers.length;
	return false;
}

/* True of a state that a later one replaced, or that is told with its vCPU. */
static bool is_passed_over(const struct telling *t, const struct state *s)
{
	return states_last(t->x->states, s->kind, s->vcpu, t->g->passes) != s ||
	       (s->kind == STATE_VCPU_BASIC && has_registers(t->g, s->vcpu));
}

static bool of_vcpu(const struct state *s)
{
	return s && s->kind >= STATE_VCPU_BASIC && s->kind <= STATE_VCPU_MSRS;
}

static bool tell_record(struct telling *t, struct layer *layer, uint64_t row, const struct state *s)
{
	struct node node = { layer->item, row };
	const char *kind = text_clean_str(node_kind(node, t->a), t->a);
	struct thing thing = { .kind = "record",
			       .key = of_vcpu(s)
					      ? arena_printf(t->a, "%s vcpu%" PRIu32, kind, s->vcpu)
					      : kind,
			       .number = of_vcpu(s) ? s->vcpu : UINT64_MAX,
			       .node = node };

	thing.title = thing.key;
	return t->fn(&thing, t->arg);
}

static void tell_more(struct telling *t, struct layer *layer)
{
	struct thing thing = { .kind = "record",
			       .key = arena_printf(t->a, "%s: more than %u", layer->item->name,
						   RECORDS_MOST),
			       .title = "further records are not compared",
			       .number = UINT64_MAX,
			       .node = { layer->item, NODE_SELF },
			       .more = RECORDS_MOST };

	t->fn(&thing, t->arg);
}

/* States of a layer come in the order of its rows: both are walked side by side. */
static bool tell_records(struct telling *t, struct layer *layer)
{
	size_t rows = index_count(layer->item->index), states = states_count(t->x->states), at = 0;

	for (size_t row = 0; row < rows; row++) {
		const struct record *r = index_at(layer->item->index, row);
		const struct state *s = NULL;
		bool over = false;

		for (; at < states; at++) {
			const struct state *one = states_at(t->x->states, at);

			if (one->layer == layer && one->row > row)
				break;
			if (one->layer != layer || one->row != row)
				continue;
			s = one;
			over |= is_passed_over(t, one);
		}
		if (over || !is_state(layer, r))
			continue;
		if (t->told++ == RECORDS_MOST) {
			tell_more(t, layer);
			return true;
		}
		if (!tell_record(t, layer, row, s))
			return false;
	}
	return true;
}

/* The headers of a layer; of a wrapper all it says. */
static bool tell_layer(struct telling *t, struct layer *layer)
{
	bool config = t->x->config && t->x->config->layer == layer;
	struct thing thing = { .kind = config ? "config" : "record",
			       .key = layer->item->name,
			       .title = layer->item->name,
			       .number = UINT64_MAX,
			       .node = { layer->item, NODE_SELF } };

	return t->fn(&thing, t->arg);
}

static void tell_stream(struct telling *t)
{
	if (!tell_guest(t))
		return;
	for (size_t n = 0; n < t->x->layer_count; n++) {
		struct layer *layer = &t->x->layers[n];

		if (!tell_layer(t, layer))
			return;
		if (layer_kinds(layer->kind) && !tell_records(t, layer))
			return;
	}
}

void xen_things(struct model *m, const struct thing *parent, tell_fn fn, void *arg, struct arena *a)
{
	struct xen *x = m->data;
	struct telling t = { .x = x, .g = xen_guest(x), .fn = fn, .arg = arg, .a = a };

	xen_walk(x, NULL);
	if (!t.g)
		return;
	if (!parent)
		tell_stream(&t);
	else if (!strcmp(parent->kind, "guest"))
		tell_vcpus(&t);
}

const char *xen_machine(struct model *m)
{
	enum guest_type type = xen_guest_type(m->data);

	/* HVM and PVH are one to the stream. */
	return type == GUEST_PV ? "a PV guest" : type == GUEST_UNKNOWN ? "" : "an HVM guest";
}

/* ---- fields ---- */

/* What changes from save to save without anything having happened: clocks, numbers of the host. */
static const char *const loose_names[] = {
	"tsc",
	"nsec",
	"wc_version",
	"wc_sec",
	"wc_nsec",
	"wc_sec_hi",
	"tsc_timestamp",
	"system_time",
	"shared_info",
	"arch.p2m_cr3",
	"tmr_val",
	"mc64",
	"tdt_msr",
	"arch.pfn_to_mfn_frame_list_list",
	"count_load_time",
	"timer current count",
	NULL,
};

/* Of the guest: how the stream sent it; which pages there are is told page by page. */
static const char *const loose_of_guest[] = {
	"passes", "pages", "frames", "memory", "snapshot", "snapshots", NULL,
};

static bool is_one_of(const char *const *names, const struct field *f)
{
	while (*names && strcmp(*names, f->name) != 0)
		names++;
	return *names;
}

/* Clocks: of the RTC's memory seconds, minutes, hours and the date; QEMU's own. */
static bool is_clock(const struct field *f)
{
	if (!strcmp(f->name, "cmos_data"))
		return f->at < 10 && f->at != 1 && f->at != 3 && f->at != 5;
	return !strncmp(f->name, "section timer", strlen("section timer"));
}

static void mark_loose(struct field *group, struct arena *a, int depth)
{
	for (struct field *f = field_children(group, a); f; f = f->next) {
		f->loose |= is_one_of(loose_names, f) || is_clock(f);
		if (f->type == FIELD_GROUP && depth < MARK_DEPTH)
			mark_loose(f, a, depth + 1);
	}
}

/* Entries of lists that are known by what they are about, and the field that says so. */
static const struct list {
	const char *name, *key, *second;
} lists[] = {
	{ "param", "index", NULL }, { "leaf", "leaf", "subleaf" },        { "msr", "index", NULL },
	{ "pair", "key", NULL },    { "section", "name", "instance_id" },
};

static const char *key_text(const struct field *f, struct arena *a)
{
	if (f->type == FIELD_TEXT || f->type == FIELD_BYTES)
		return text_clean(f->bytes, a);
	return arena_printf(a, "0x%" PRIx64, f->u);
}

/* "param[3]" becomes "STORE_PFN", "leaf[9]" "leaf 0x7.0x1". */
static void name_entry(struct field *f, const struct list *list, struct arena *a)
{
	const struct field *key = field_child(f, a, list->key);
	const struct field *second = list->second ? field_child(f, a, list->second) : NULL;

	if (!key)
		return;
	if (!strcmp(list->name, "param"))
		f->name = hvm_param_name(key->u, a);
	else if (second && second->u != UINT32_MAX)
		f->name =
			arena_printf(a, "%s %s.%" PRIu64, list->name, key_text(key, a), second->u);
	else
		f->name = arena_printf(a, "%s %s", list->name, key_text(key, a));
	f->at = FIELD_ONE;
}

static void name_entries(struct field *group, struct arena *a, int depth)
{
	for (struct field *f = field_children(group, a); f; f = f->next) {
		for (size_t n = 0; f->type == FIELD_GROUP && n < ARRAY_LEN(lists); n++)
			if (!strcmp(f->name, lists[n].name)) {
				name_entry(f, &lists[n], a);
				break;
			}
		if (f->type == FIELD_GROUP && !depth)
			name_entries(f, a, depth + 1);
	}
}

/* Takes children out of a group: those for which `is` holds. */
static void drop(struct field *group, bool (*is)(const struct field *, const void *),
		 const void *arg)
{
	struct field *kept = NULL, **link = &group->first;

	for (struct field *f = group->first; f; f = f->next) {
		if (is(f, arg))
			continue;
		*link = f;
		link = &f->next;
		kept = f;
	}
	*link = NULL;
	group->last = kept;
}

/* Entries of an HVM context that are vCPUs. */
static bool is_cpu(const struct field *f, const void *g)
{
	return !strcmp(f->name, "CPU") && has_registers(g, f->at);
}

/* True if `f`, a member of the context, is one of the registers that are listed before it. */
static bool is_register(const struct field *f, const void *root)
{
	static const char *const arrays[] = { "ctrlreg", "debugreg" };
	const char *name = f->name;

	for (size_t n = 0; n < ARRAY_LEN(arrays); n++)
		if (!strcmp(name, arrays[n]))
			return true;
	name += strncmp(name, "msr_", 4) ? 0 : 4;
	for (const struct field *r = ((const struct field *)root)->first; r; r = r->next) {
		size_t len = strlen(r->name);

		if (r->type != FIELD_GROUP && !strncmp(name, r->name, len) &&
		    (!name[len] || !strcmp(name + len, "_sel") || !strcmp(name + len, "_eip")))
			return true;
	}
	return false;
}

static struct field *vcpu_facts(const struct thing *t, struct arena *a)
{
	struct field *root = node_fields(t->node, a);

	for (struct field *f = field_children(root, a); f; f = f->next) {
		struct field *regs;

		if (f->type != FIELD_GROUP)
			continue;
		field_children(f, a);
		regs = field_child(f, a, "user_regs");
		if (regs) {
			field_children(regs, a);
			drop(regs, is_register, root);
		}
		drop(f, is_register, root);
	}
	mark_loose(root, a, 0);
	return root;
}

struct field *xen_thing_fields(struct model *m, const struct thing *t, struct arena *a)
{
	struct field *root;

	if (t->more)
		return NULL;
	if (!strcmp(t->kind, "vcpu"))
		return vcpu_facts(t, a);
	root = node_fields(t->node, a);
	field_children(root, a);
	drop(root, is_cpu, xen_guest(m->data));
	name_entries(root, a, 0);
	mark_loose(root, a, 0);
	for (struct field *f = root->first; f && !strcmp(t->kind, "guest"); f = f->next)
		f->loose |= is_one_of(loose_of_guest, f);
	return root;
}
