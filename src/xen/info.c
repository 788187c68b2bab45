/* What a stream is, in a page: for `info`, as JSON and as fields.
 *
 * PVH guests are HVM ones to the stream; what tells them is the config around it or, without one,
 * that the platform has no interrupt controllers of a PC. Xen's that wrote legacy streams had none.
 */
#include <string.h>

#include "core/format.h"
#include "xen/config.h"
#include "xen/guest.h"
#include "xen/wrap.h"

enum { HVM_PIC = 3, HVM_IOAPIC = 4 }; /* entries of HVM_CONTEXT */

const char *guest_type_name(enum guest_type t)
{
	static const char *const names[] = {
		[GUEST_UNKNOWN] = "unknown",
		[GUEST_PV] = "PV",
		[GUEST_HVM] = "HVM",
		[GUEST_PVH] = "PVH",
	};

	return names[t];
}

/* True of a platform without a PC's interrupt controllers; known once the walk is done. */
static bool lacks_pc(const struct xen *x)
{
	const struct state *context;
	struct span body;

	if (!atomic_load_explicit(&x->walked, memory_order_acquire))
		return false;
	context = states_last(x->states, STATE_HVM_CONTEXT, 0, UINT32_MAX);
	return context && !hvm_entry(x, context->span, HVM_PIC, 0, &body) &&
	       !hvm_entry(x, context->span, HVM_IOAPIC, 0, &body);
}

enum guest_type xen_guest_type(struct xen *x)
{
	const char *said = x->config ? x->config->type : NULL;

	if (x->domain_type == 1)
		return GUEST_PV;
	if (x->domain_type != 2)
		return GUEST_UNKNOWN;
	if (said)
		return strcmp(said, "pvh") ? GUEST_HVM : GUEST_PVH;
	return x->xen_major && lacks_pc(x) ? GUEST_PVH : GUEST_HVM;
}

/* ---- what is known ---- */

struct facts {
	enum guest_type type;
	uint64_t vcpus, pages;
	size_t passes, snapshots;
};

static struct facts facts_of(struct xen *x)
{
	const struct guest *g = xen_guest(x);
	const struct page_view *view;
	struct facts f = { 0 };

	xen_walk(x, NULL);
	f.type = xen_guest_type(x);
	f.vcpus = g && g->vcpu_count ? g->vcpu_count : x->config ? x->config->max_vcpus : 0;
	f.passes = memory_passes(x->memory);
	f.snapshots = memory_snapshots(x->memory);
	view = memory_view(x->memory, g ? g->passes : UINT32_MAX);
	f.pages = view->pages;
	return f;
}

/* ---- JSON ---- */

void xen_info_json(struct model *m, struct json *j)
{
	struct xen *x = m->data;
	struct facts f = facts_of(x);
	struct arena a;

	arena_init(&a);
	json_key_str(j, "kind", m->format->name);
	json_key_uint(j, "problems", problems_serious(m->problems));
	json_key_str(j, "name", x->config ? x->config->name : NULL);
	json_key_str(j, "uuid", x->config ? x->config->uuid : NULL);
	json_key_uint(j, "bytes", source_size(x->src));
	json_key(j, "layers");
	json_array(j);
	for (size_t n = 0; n < x->layer_count; n++)
		json_str(j, layer_name(x->layers[n].kind));
	json_end_array(j);
	json_key(j, "guest");
	json_object(j);
	json_key_str(j, "type", guest_type_name(f.type));
	json_key(j, "width");
	if (x->guest_width)
		json_uint(j, x->guest_width);
	else
		json_null(j);
	json_key_uint(j, "vcpus", f.vcpus);
	json_key_str(j, "xen_version",
		     x->version ? arena_printf(&a, "%u.%u", x->xen_major, x->xen_minor) : NULL);
	json_key_uint(j, "page_size", XEN_PAGE);
	json_key_uint(j, "pages", f.pages);
	json_key_uint(j, "passes", f.passes);
	json_key_uint(j, "snapshots", f.snapshots);
	json_end_object(j);
	arena_fini(&a);
}

/* ---- fields ---- */

static void text_field(struct field *root, struct arena *a, const char *name, const char *text)
{
	if (text)
		field_derived(root, a, name, text);
}

static const char *guest_text(const struct xen *x, const struct facts *f, struct arena *a)
{
	const char *name = guest_type_name(f->type);

	return x->guest_width ? arena_printf(a, "%s, %u bits", name, x->guest_width * 8) : name;
}

static const char *version_text(const struct xen *x, struct arena *a)
{
	if (!x->version)
		return "4.5 or before";
	if (!x->xen_major)
		return arena_printf(a, "not known: converted from a legacy stream, version %u.%u",
				    x->xen_major, x->xen_minor);
	return arena_printf(a, "%u.%u", x->xen_major, x->xen_minor);
}

static const char *memory_text(const struct xen *x, const struct facts *f, struct arena *a)
{
	const char *text = arena_printf(a, "%llu pages, %s", (unsigned long long)f->pages,
					text_size(f->pages * XEN_PAGE, a));

	if (x->config && x->config->memory_kb)
		text = arena_printf(a, "%s of %s", text, text_size(x->config->memory_kb << 10, a));
	return text;
}

static const char *snapshots_text(const struct xen *x, const struct facts *f, struct arena *a)
{
	const struct guest *g = x->guest;

	if (!f->snapshots)
		return NULL;
	return arena_printf(a, "%zu, number %u is shown", f->snapshots,
			    g && g->snapshot ? g->snapshot : (unsigned)f->snapshots);
}

static const char *layer_text(const struct layer *layer, struct arena *a)
{
	const struct xen *x = layer->xen;
	size_t rows = index_count(layer->item->index);
	const char *text = arena_printf(a, "at 0x%llx, %zu records",
					(unsigned long long)layer->header.offset, rows);

	if (layer->kind == LAYER_LIBXC)
		return arena_printf(a, "%s, version %u%s", text, x->version,
				    x->big ? ", big-endian" : "");
	return layer_kinds(layer->kind) ? text
					: arena_printf(a, "at 0x%llx, %llu bytes",
						       (unsigned long long)layer->header.offset,
						       (unsigned long long)layer->header.length);
}

static void add_layers(const struct xen *x, struct field *root, struct arena *a)
{
	struct field *group = field_add(root, a, FIELD_GROUP, "layers", (struct span){ 0, 0 });

	group->expanded = true;
	for (size_t n = 0; n < x->layer_count; n++)
		field_derived(group, a, layer_name(x->layers[n].kind),
			      layer_text(&x->layers[n], a));
}

struct field *xen_info_fields(struct model *m, struct arena *a)
{
	struct xen *x = m->data;
	struct facts f = facts_of(x);
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, m->format->summary, (struct span){ 0, 0 });

	root->expanded = true;
	text_field(root, a, "domain", x->config ? x->config->name : NULL);
	text_field(root, a, "uuid", x->config ? x->config->uuid : NULL);
	text_field(root, a, "guest", guest_text(x, &f, a));
	text_field(root, a, "vcpus", arena_printf(a, "%llu", (unsigned long long)f.vcpus));
	text_field(root, a, "memory", memory_text(x, &f, a));
	text_field(root, a, "passes", arena_printf(a, "%zu", f.passes));
	text_field(root, a, "snapshots", snapshots_text(x, &f, a));
	text_field(root, a, "xen", version_text(x, a));
	text_field(root, a, "file", text_size(source_size(x->src), a));
	add_layers(x, root, a);
	text_field(root, a, "problems", problems_summary(m->problems, a));
	return root;
}
