/* Layers as items of the tree: what their rows, their fields and their JSON are.
 *
 * A row is a record: its header, its body by the kind's table, its padding. Rows of the outermost
 * layer end with what lies behind the stream, if anything does. The fields of the item itself are
 * those of the layer's header (wrap.c). Headers, rows, and gaps where neither is, cover the file:
 * xen_part says which of them has a byte. */
#include <string.h>

#include "base/bound.h"
#include "xen/config.h"
#include "xen/guest.h"
#include "xen/records.h"
#include "xen/wrap.h"

struct layer *xen_layer(struct xen *x, enum layer_kind kind)
{
	for (size_t n = 0; n < x->layer_count; n++)
		if (x->layers[n].kind == kind)
			return &x->layers[n];
	return NULL;
}

struct layer *xen_add_layer(struct xen *x, enum layer_kind kind, struct span header)
{
	struct layer *layer;
	struct item *it;

	if (x->layer_count == ARRAY_LEN(x->layers))
		return NULL;
	layer = &x->layers[x->layer_count++];
	it = item_add(x->model, x->model->root, &layer_ops, layer_name(kind), layer_name(kind));
	*layer = (struct layer){ .xen = x, .kind = kind, .item = it, .header = header };
	it->data = layer;
	it->index = it->list = index_new();
	it->part = header;
	it->size = source_size(x->src);
	it->rows_are_records = true;
	it->open_first = kind == LAYER_LIBXC || kind == LAYER_LEGACY;
	atomic_store(&it->source,
		     source_slice(x->src, (struct span){ 0, it->size }, source_name(x->src)));
	return layer;
}

struct cursor xen_cursor(const struct xen *x, struct span span)
{
	struct cursor c = source_cursor(x->src, span);

	c.big = x->big;
	return c;
}

struct xrec xrec_at(struct layer *layer, uint64_t n)
{
	const struct xen_kind *table = layer_kinds(layer->kind);
	struct xrec xr = { .layer = layer, .n = n, .r = index_at(layer->item->index, n) };

	if (!xr.r)
		return xr;
	xr.at = xr.r->offset + xr.r->head;
	xr.body = source_view(layer->xen->src, xr.at, xr.r->body);
	if (table && xr.r->kind != KIND_UNKNOWN)
		xr.kind = &table[xr.r->kind];
	return xr;
}

bool xrec_is_trailing(const struct record *r)
{
	return r->aux == TYPE_TRAILING && !r->head;
}

struct span xrec_padding(const struct record *r)
{
	uint64_t used = (uint64_t)r->head + r->body;

	return (struct span){ r->offset + used, r->length - used };
}

static const char *record_name(const struct xrec *xr, struct arena *a)
{
	if (!xr->r)
		return "";
	if (xrec_is_trailing(xr->r))
		return "trailing";
	return xr->kind ? xr->kind->name : arena_printf(a, "unknown 0x%x", xr->r->aux);
}

/* ---- fields ---- */

static void add_bytes(const struct xrec *xr, struct field *root, struct arena *a, const char *name,
		      struct span span)
{
	struct field *f = field_add(root, a, FIELD_BYTES, name, span);

	f->show = SHOW_BYTES;
	f->bytes = source_view(xr->layer->xen->src, span.offset, span.length);
}

/* Type and length, as wide as the layer has them. */
static void add_head(const struct xrec *xr, struct field *root, struct arena *a)
{
	static const char *const names[] = { "record_type", "body_length" };
	uint16_t width = xr->r->head / 2;
	struct cursor c = xen_cursor(xr->layer->xen, (struct span){ xr->r->offset, xr->r->head });

	if (width != 4 && width != 8)
		return;
	c.big &= width == 4;
	for (unsigned n = 0; n < 2; n++) {
		struct span span = { cursor_offset(&c), width };
		struct field *f = field_add(root, a, FIELD_FRAME, names[n], span);

		f->u = width == 4 ? cursor_u32(&c) : cursor_u64(&c);
		f->show = n ? SHOW_DEC : SHOW_HEX;
	}
}

static void add_padding(const struct xrec *xr, struct field *root, struct arena *a)
{
	struct span span = xrec_padding(xr->r);
	struct field *f;

	if (!span.length || span.length > 7)
		return;
	f = field_add(root, a, FIELD_FRAME, "padding", span);
	f->show = SHOW_BYTES;
	f->bytes = source_view(xr->layer->xen->src, span.offset, span.length);
	for (size_t n = 0; n < f->bytes.len; n++)
		if (f->bytes.at[n])
			f->trouble = "not zero";
}

static struct field *row_fields(const struct xrec *xr, struct arena *a)
{
	struct span span = { xr->r->offset, xr->r->length };
	struct span body = { xr->at, xr->r->body };
	struct field *root = field_add(NULL, a, FIELD_GROUP, record_name(xr, a), span);
	struct cursor c;

	root->expanded = true;
	root->owner = xr->layer->item;
	if (xrec_is_trailing(xr->r)) {
		add_bytes(xr, root, a, "bytes", span);
		return root;
	}
	add_head(xr, root, a);
	if (xr->kind && xr->kind->fields) {
		c = xen_cursor(xr->layer->xen, body);
		xr->kind->fields(xr, root, &c, a);
	} else if (body.length) {
		add_bytes(xr, root, a, "body", body);
	}
	add_padding(xr, root, a);
	if (xr->r->flags & RECORD_CUT)
		root->trouble = "the file ends inside it";
	return root;
}

static struct field *layer_fields(struct item *it, uint64_t at, struct arena *a)
{
	struct layer *layer = it->data;
	struct xrec xr;

	if (at == NODE_SELF)
		return wrap_fields(layer, a);
	xr = xrec_at(layer, at);
	return xr.r ? row_fields(&xr, a) : NULL;
}

/* ---- rows ---- */

static const char *layer_summary(struct item *it, uint64_t at, struct arena *a)
{
	struct layer *layer = it->data;
	struct xrec xr;

	if (at == NODE_SELF)
		return wrap_summary(layer, a);
	xr = xrec_at(layer, at);
	if (!xr.r)
		return "";
	if (xrec_is_trailing(xr.r))
		return arena_printf(a, "%llu bytes behind the end",
				    (unsigned long long)xr.r->length);
	return xr.kind && xr.kind->summary ? xr.kind->summary(&xr, a) : "";
}

static const char *layer_kind_name(struct item *it, uint64_t at, struct arena *a)
{
	struct xrec xr;

	if (at == NODE_SELF)
		return it->kind;
	xr = xrec_at(it->data, at);
	return record_name(&xr, a);
}

static void layer_json_head(struct item *it, uint64_t at, struct json *j)
{
	const struct layer *layer = it->data;
	struct arena a;
	struct xrec xr;

	json_key_str(j, "layer", layer_name(layer->kind));
	if (at == NODE_SELF) {
		json_key_uint(j, "offset", layer->header.offset);
		json_key_uint(j, "length", layer->header.length);
		return;
	}
	xr = xrec_at(it->data, at);
	if (!xr.r)
		return;
	arena_init(&a);
	json_key_uint(j, "record", at);
	json_key_str(j, "type", record_name(&xr, &a));
	json_key_uint(j, "offset", xr.r->offset);
	json_key_uint(j, "length", xr.r->length < xr.r->body ? xr.r->length : xr.r->body);
	arena_fini(&a);
}

static void layer_index(struct item *it, struct job *job)
{
	const struct layer *layer = it->data;

	xen_walk(layer->xen, job);
}

/* ---- pages ---- */

/* Of a legacy batch, by the runs that the walk made of it; pages that came packed are in no file.
 */
static bool batch_page(const struct xen *x, uint64_t at, uint64_t offset, struct page_body *out)
{
	const struct page_run *run;
	size_t i;

	if (!atomic_load_explicit(&x->walked, memory_order_acquire))
		return false;
	run = memory_run_of(x->memory, at);
	i = run ? (size_t)(run - memory_run(x->memory, 0)) : 0;
	for (; run && run->record == at; run = memory_run(x->memory, ++i)) {
		struct span all = { run->offset, (uint64_t)run->count * XEN_PAGE };
		uint64_t n = offset == UINT64_MAX ? 0 : (offset - run->offset) / XEN_PAGE;

		if (run->offset == NO_BODY || run->made ||
		    (offset != UINT64_MAX && !span_has(all, offset)))
			continue;
		*out = (struct page_body){ (run->pfn + n) * XEN_PAGE,
					   span_clip((struct span){ all.offset + n * XEN_PAGE,
								    XEN_PAGE },
						     source_size(x->src)) };
		return true;
	}
	return false;
}

static bool layer_page(struct item *it, uint64_t at, uint64_t offset, struct page_body *out)
{
	const struct layer *layer = it->data;
	struct xrec xr = xrec_at(it->data, at);

	if (layer->kind == LAYER_LEGACY)
		return batch_page(layer->xen, at, offset, out);
	return xr.kind && xr.kind->fields == page_data_fields && page_data_page(&xr, offset, out);
}

static uint32_t layer_pass(struct item *it, uint64_t at, uint32_t *of)
{
	const struct layer *layer = it->data;
	const struct xen *x = layer->xen;
	const struct page_run *run;

	if ((layer->kind != LAYER_LIBXC && layer->kind != LAYER_LEGACY) ||
	    !atomic_load_explicit(&x->walked, memory_order_acquire))
		return 0;
	*of = (uint32_t)memory_passes_sent(x->memory);
	run = memory_run_of(x->memory, at);
	return run ? run->pass + 1 : 0;
}

const struct item_ops layer_ops = {
	.index = layer_index,
	.fields = layer_fields,
	.summary = layer_summary,
	.kind = layer_kind_name,
	.json_head = layer_json_head,
	.page = layer_page,
	.pass = layer_pass,
	.follow = xen_follow,
	.check = xen_check_layer,
};

/* ---- which node has a byte ---- */

/* The first record that begins behind `offset`. */
static uint64_t next_record(const struct index *ix, uint64_t offset)
{
	size_t at = BOUND(i, index_count(ix), index_at(ix, i)->offset <= offset);

	return at < index_count(ix) ? index_at(ix, at)->offset : UINT64_MAX;
}

static bool layer_part(const struct layer *layer, uint64_t offset, struct node *out,
		       struct span *span, uint64_t *next)
{
	const struct index *ix = layer->item->index;
	size_t n = index_find(ix, offset);
	uint64_t after = next_record(ix, offset);

	*out = (struct node){ layer->item, NODE_SELF };
	*span = layer->header;
	if (span_has(layer->header, offset))
		return true;
	if (n < index_count(ix)) {
		out->at = n;
		*span = (struct span){ index_at(ix, n)->offset, index_at(ix, n)->length };
		return true;
	}
	if (layer->header.offset > offset && layer->header.offset < after)
		after = layer->header.offset;
	if (after < *next)
		*next = after;
	return false;
}

bool xen_part(struct model *m, uint64_t offset, struct node *out, struct span *span)
{
	const struct xen *x = m->data;
	uint64_t next = source_size(x->src);

	if (offset >= next)
		return false;
	for (size_t n = 0; n < x->layer_count; n++)
		if (layer_part(&x->layers[n], offset, out, span, &next))
			return true;
	*out = (struct node){ m->root, NODE_SELF };
	*span = (struct span){ offset, next - offset };
	return true;
}
