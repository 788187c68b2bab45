/* What the export dialog has to offer: of memory what is selected, the page, the region; of the
 * tree the field, the entry, the image; the bytes selected in a file; and all of a memory. */
#include "ui/app_export.h"

#include <inttypes.h>

static void offer(struct exporting *x, struct export_what what, const char *location,
		  const char *label)
{
	if (x->offer_count < WHATS)
		x->offers[x->offer_count++] = (struct offer){ what, label, location };
}

/* ---- of a memory ---- */

static const char *address_of(const struct aspace *as, uint64_t addr, struct arena *a)
{
	if (as->kind == ASPACE_FRAMES)
		return arena_printf(a, "pa:0x%" PRIx64 "%s%s", addr, *as->who ? "@" : "", as->who);
	return arena_printf(a, "va:0x%" PRIx64 "@%s", addr, as->who);
}

static void offer_stretch(struct exporting *x, struct aspace *as, uint64_t start, uint64_t end,
			  const char *label)
{
	struct arena *a = &x->arena;
	struct export_what what = { .model = as->item->model,
				    .node = { as->item, NODE_SELF },
				    .space = as,
				    .start = start,
				    .end = end };

	offer(x, what, arena_printf(a, "%s 0x%" PRIx64, address_of(as, start, a), end - start),
	      arena_printf(a, "%s  0x%" PRIx64 "  %s", label, start, text_size(end - start, a)));
}

static void offer_place(struct app *app, struct exporting *x)
{
	uint64_t at = app->view == VIEW_PAGES ? app->map.cursor : app->memory.cursor;
	struct span chosen = hex_selection(&app->memory);
	struct aspace *as = app->space;
	const struct region *r = as && aspace_is_mapped(as) ? aspace_region(as, at) : NULL;
	bool bytes = app->arrangement.focus == SLOT_BYTES || app->view == VIEW_PAGES;

	if (!r)
		return;
	if (chosen.length)
		offer_stretch(x, as, chosen.offset, chosen.offset + chosen.length,
			      "the selected bytes");
	if (bytes)
		offer_stretch(x, as, at - at % as->page, at - at % as->page + as->page, "the page");
	offer_stretch(x, as, r->start, r->end,
		      arena_printf(&x->arena, "region %s", *r->name ? r->name : "anon"));
}

static void offer_memory(struct exporting *x, struct aspace *as)
{
	struct export_what what = { .model = as->item->model,
				    .node = { as->item, NODE_SELF },
				    .space = as };

	offer(x, what, node_path(what.node, &x->arena),
	      as->kind == ASPACE_FRAMES ? "all memory of the guest"
					: arena_printf(&x->arena, "all memory of %s", as->name));
}

/* ---- of a file ---- */

/* Whose bytes are shown: of what lies over the tree (hits, problems) it may be another's. */
static struct item *item_of_bytes(struct app *app)
{
	struct item *root = app->model->root;

	for (struct item *it = app->node.item; it; it = NULL)
		if (atomic_load(&item_real(it)->source) == app->hex.source)
			return item_real(it);
	for (struct item *it = root; it; it = item_next(root, it))
		if (!it->alias && atomic_load(&it->source) == app->hex.source)
			return it;
	return NULL;
}

static void offer_selected(struct app *app, struct exporting *x)
{
	struct arena *a = &x->arena;
	struct span span = hex_selection(&app->hex);
	struct item *it = span.length && app->hex.source ? item_of_bytes(app) : NULL;
	struct export_what what = { .model = app->model, .node = { it, NODE_SELF }, .bytes = span };

	if (!it)
		return;
	offer(x, what,
	      arena_printf(a, "off:0x%" PRIx64 "%s%s 0x%" PRIx64, span.offset, *it->path ? "@" : "",
			   it->path, span.length),
	      arena_printf(a, "the selected bytes  0x%" PRIx64 "  %s", span.offset,
			   text_size(span.length, a)));
}

/* What follows a message: a pipe's data, a packet, both queues of a connection. */
static void offer_payloads(struct app *app, struct exporting *x, struct export_what what)
{
	struct arena *a = &x->arena, *brief = &app->scratch;
	struct field *extra = field_at_path(node_fields(what.node, brief), brief, "extra");
	const struct field *f = extra ? field_children(extra, brief) : NULL;

	for (; f; f = f->next) {
		if (!f->span.length || f->type == FIELD_GROUP)
			continue;
		what.field = arena_printf(a, "extra/%s", f->name);
		offer(x, what, arena_printf(a, "%s/%s", node_path(what.node, a), what.field),
		      arena_printf(a, "its %s  %s", f->name, text_size(f->span.length, a)));
	}
}

static void offer_node(struct app *app, struct exporting *x)
{
	struct arena *a = &x->arena;
	struct export_what what = { .model = app->model, .node = app->node };
	const char *path = rows_fields_path(app->fields.pane.rows, app->fields.cursor, a);

	what.node.item = item_real(what.node.item);
	if (app->arrangement.focus != SLOT_MAIN && app_field(app) && path && *path) {
		what.field = arena_strdup(a, path);
		offer(x, what, arena_printf(a, "%s/%s", node_path(what.node, a), path),
		      arena_printf(a, "field %s", path));
		what.field = NULL;
	}
	offer(x, what, node_path(what.node, a),
	      arena_printf(a, "%s %s", node_kind(what.node, a), node_label(what.node, a)));
	offer_payloads(app, x, what);
	if (what.node.at != NODE_SELF) {
		what.node.at = NODE_SELF;
		offer(x, what, node_path(what.node, a),
		      arena_printf(a, "all of %s", what.node.item->name));
	}
}

void export_offer_all(struct app *app, struct exporting *x)
{
	bool memory = app_shows_memory(app) || app_in_memory(app);
	struct aspace *as;

	x->offer_count = 0;
	if (memory)
		offer_place(app, x);
	else
		offer_selected(app, x);
	if (!memory && app->node.item && item_ready(item_real(app->node.item)))
		offer_node(app, x);
	as = app_space_here(app);
	if (as && aspace_is_mapped(as))
		offer_memory(x, as);
}
