/* Headers: of what is around a stream, of libxl, of libxc. Opening reads them, and makes the
 * layers.
 *
 *	xl        32 magic, u32 byte order, mandatory and optional flags, length of optional data
 *	          [u32 length, config with NUL]                   in the order that is told
 *	libvirt   16 magic, u32 version, u32 length of XML with NUL, 10 u32 unused, XML
 *	xapi      15 magic; frames {u64 type, u64 length}, or a legacy stream
 *	xend      16 magic, be32 length, S-expression
 *	libxl     be64 "LibxlFmt", be32 version, be32 options
 *	libxc     be64 ~0, be32 "XENF", be32 version, be16 options, 6 reserved
 *	          u32 type, u16 page shift, u16 reserved, u32 major, u32 minor    in stream order
 *
 * A layer's header may be cut or wrong: what is there of it is shown, and the walk begins where it
 * should end. libxc within libxl or xapi is found by the few records in front of it. */
#include <string.h>

#include "xen/config.h"
#include "xen/guest.h"
#include "xen/records.h"
#include "xen/things.h"
#include "xen/wrap.h"

#define LOOKS 4096 /* records in front of the first libxc stream */

struct magic {
	const char *text;
	size_t len;
};

#define MAGIC(text) ((struct magic){ text, sizeof(text) - 1 })
#define XL_MAGIC MAGIC("Xen saved domain, xl format\n \0 \r")
#define LIBVIRT_MAGIC MAGIC("libvirt-xml\n \0 \r")
#define XAPI_MAGIC MAGIC("XenSavedDomv2-\n")
#define XAPI_OLD_MAGIC MAGIC("XenSavedDomain\n")
#define XEND_MAGIC MAGIC("LinuxGuestRecord")
#define LIBXL_MAGIC MAGIC("LibxlFmt")
#define LIBXC_MAGIC MAGIC("\xff\xff\xff\xff\xff\xff\xff\xffXENF")

#define XL_HEADER 48u
#define LIBVIRT_HEADER 64u
#define XEND_HEADER 20u
#define XL_JSON 1u
#define XL_STREAM_V2 2u

static bool begins(const struct source *src, uint64_t at, struct magic magic)
{
	struct bytes b = source_view(src, at, magic.len);

	return b.len == magic.len && !memcmp(b.at, magic.text, magic.len);
}

/* Bits of evidence. */
static int bid_magic(const struct input *in, struct magic magic)
{
	return in->source && begins(in->source, 0, magic) ? (int)magic.len * 8 : 0;
}

/* ---- layers ---- */

static struct span here(const struct xen *x, uint64_t at, uint64_t length)
{
	return span_clip((struct span){ at, length }, source_size(x->src));
}

static struct layer *open_libxc(struct xen *x, uint64_t at)
{
	struct layer *layer = xen_add_layer(x, LAYER_LIBXC, here(x, at, LIBXC_HEADER));
	struct cursor c = source_cursor(x->src, layer->header);

	c.big = true;
	cursor_skip(&c, 12);
	x->version = cursor_u32(&c);
	x->big = cursor_u16(&c) & 1;
	cursor_skip(&c, 6);
	c.big = x->big;
	x->domain_type = cursor_u32(&c);
	cursor_skip(&c, 4);
	x->xen_major = cursor_u32(&c);
	x->xen_minor = cursor_u32(&c);
	return layer;
}

static void open_legacy(struct xen *x, uint64_t at)
{
	enum guest_type type = GUEST_UNKNOWN;
	uint32_t word = x->model->options.width;

	xen_add_layer(x, LAYER_LEGACY, here(x, at, 0));
	legacy_probe(x->src, at, &word, &type);
	x->word = word;
	x->domain_type = type == GUEST_PV ? 1 : type == GUEST_HVM ? 2 : 0;
}

/* The libxc stream behind the first LIBXC_CONTEXT. */
static void find_libxc(struct xen *x, uint64_t at)
{
	for (unsigned n = 0; n < LOOKS; n++) {
		struct cursor c = xen_cursor(x, (struct span){ at, 8 });
		uint32_t type = cursor_u32(&c), length = cursor_u32(&c);

		if (c.spent)
			return;
		at += 8 + (((uint64_t)length + 7) & ~UINT64_C(7));
		if (type != XL_LIBXC_CONTEXT)
			continue;
		open_libxc(x, at);
		return;
	}
}

static void open_libxl(struct xen *x, uint64_t at)
{
	struct layer *layer = xen_add_layer(x, LAYER_LIBXL, here(x, at, LIBXL_HEADER));
	struct cursor c = source_cursor(x->src, layer->header);

	c.big = true;
	cursor_skip(&c, 12);
	x->big = cursor_u32(&c) & 1;
	find_libxc(x, at + layer->header.length);
}

/* The byte order that an xl or libvirt header is in: the host's that wrote it. */
static bool xl_is_big(const struct xen *x)
{
	struct cursor c = source_cursor(x->src, (struct span){ 32, 4 });

	return cursor_u32(&c) == 0x04030201;
}

static bool libvirt_is_big(const struct xen *x)
{
	struct cursor c = source_cursor(x->src, (struct span){ 16, 4 });

	return cursor_u32(&c) > 0xffff;
}

/* Without the NUL that ends it. */
static struct span text_span(const struct xen *x, struct span span)
{
	struct bytes b;

	span = span_clip(span, source_size(x->src));
	b = source_view(x->src, span.offset, span.length);
	while (b.len && !b.at[b.len - 1])
		b.len--;
	span.length = b.len;
	return span;
}

static void open_xl_layers(struct xen *x)
{
	struct cursor c = source_cursor(x->src, (struct span){ 36, 16 });
	uint32_t flags, optional, text;
	struct layer *layer;

	c.big = xl_is_big(x);
	flags = cursor_u32(&c);
	cursor_u32(&c);
	optional = cursor_u32(&c);
	text = optional >= 4 ? cursor_u32(&c) : 0;
	if (text > optional - 4)
		text = optional - 4;
	layer = xen_add_layer(x, LAYER_XL, here(x, 0, (uint64_t)XL_HEADER + optional));
	if (text && flags & XL_JSON)
		x->config = config_json(layer, text_span(x, (struct span){ 52, text }));
	else if (text)
		x->config = config_text(layer, text_span(x, (struct span){ 52, text }));
	if (flags & XL_STREAM_V2)
		open_libxl(x, layer->header.length);
	else
		open_legacy(x, layer->header.length);
}

static void open_libvirt_layers(struct xen *x)
{
	struct cursor c = source_cursor(x->src, (struct span){ 16, 8 });
	uint32_t version, text;
	struct layer *layer;

	c.big = libvirt_is_big(x);
	version = cursor_u32(&c);
	text = cursor_u32(&c);
	layer = xen_add_layer(x, LAYER_LIBVIRT, here(x, 0, (uint64_t)LIBVIRT_HEADER + text));
	x->config = config_xml(layer, text_span(x, (struct span){ LIBVIRT_HEADER, text }));
	if (version == 1)
		open_legacy(x, layer->header.length);
	else
		open_libxl(x, layer->header.length);
}

static void open_xend_layers(struct xen *x)
{
	struct cursor c = source_cursor(x->src, (struct span){ 16, 4 });
	struct layer *layer;
	uint32_t text;

	c.big = true;
	text = cursor_u32(&c);
	layer = xen_add_layer(x, LAYER_XEND, here(x, 0, (uint64_t)XEND_HEADER + text));
	x->config = config_sxp(layer, text_span(x, (struct span){ XEND_HEADER, text }));
	open_legacy(x, layer->header.length);
}

/* The first frame that a stream follows; frames in front of it have their lengths. */
static void open_xapi_frames(struct xen *x, struct layer *layer, uint64_t at)
{
	for (unsigned n = 0; n < LOOKS; n++) {
		struct cursor c = source_cursor(x->src, (struct span){ at, 16 });
		uint64_t type = cursor_u64(&c), length = cursor_u64(&c);

		if (c.spent || length > source_size(x->src) - at - 16)
			return;
		at += 16;
		if (type == XAPI_XENOPS && !x->config)
			x->config = config_sxp(layer, text_span(x, (struct span){ at, length }));
		at += length;
		if (type == XAPI_LIBXC)
			open_libxc(x, at);
		else if (type == XAPI_LIBXL)
			open_libxl(x, at);
		else if (type == XAPI_LIBXC_LEGACY)
			open_legacy(x, at);
		if (x->layer_count > 1)
			return;
	}
}

static void open_xapi_layers(struct xen *x)
{
	struct layer *layer = xen_add_layer(x, LAYER_XAPI, here(x, 0, XAPI_MAGIC.len));

	if (begins(x->src, 0, XAPI_OLD_MAGIC))
		open_legacy(x, layer->header.length);
	else
		open_xapi_frames(x, layer, layer->header.length);
}

static void open_libxl_layers(struct xen *x)
{
	open_libxl(x, 0);
}

static void open_libxc_layers(struct xen *x)
{
	open_libxc(x, 0);
}

static void open_legacy_layers(struct xen *x)
{
	open_legacy(x, 0);
}

/* ---- fields ---- */

/* A header as rows: where they begin in the layer's header, and in which byte order. */
static struct cursor header_fields(struct layer *layer, struct field *root, struct arena *a,
				   const struct layout *rows, uint64_t at, bool big)
{
	struct span rest = layer->header;
	struct cursor c;

	rest.offset += at;
	rest.length = rest.length > at ? rest.length - at : 0;
	c = source_cursor(layer->xen->src, rest);
	c.big = big;
	field_layout(root, a, rows, &c, (struct value_env){ .arch = 1 });
	return c;
}

static void add_text(struct layer *layer, struct field *root, struct arena *a, const char *name,
		     struct span span)
{
	struct field *f;

	span = span_clip(span, source_size(layer->xen->src));
	f = field_text(root, a, name, source_view(layer->xen->src, span.offset, span.length), span);
	f->show = SHOW_TEXT;
}

static void add_config(struct layer *layer, struct field *root, struct arena *a)
{
	const struct xen_config *config = layer->xen->config;
	struct field *group;

	if (!config || config->layer != layer || !span_has(layer->header, config->text.offset))
		return;
	group = field_add(root, a, FIELD_GROUP, "config", config->text);
	group->owner = layer->item;
	config_fields(config, group, a);
}

static void xl_fields(struct layer *layer, struct field *root, struct arena *a)
{
	static const struct layout rows[] = {
		{ "byteorder", 4, SHOW_HEX, NULL },
		{ "mandatory_flags", 4, SHOW_FLAGS, names_xl_flag },
		{ "optional_flags", 4, SHOW_HEX, NULL },
		{ "optional_data_len", 4, SHOW_DEC, NULL },
		{ NULL, 0, SHOW_DEC, NULL },
	};
	static const struct layout config[] = {
		{ "config_len", 4, SHOW_DEC, NULL },
		{ NULL, 0, SHOW_DEC, NULL },
	};
	bool big = xl_is_big(layer->xen);

	add_text(layer, root, a, "magic", here(layer->xen, 0, 32));
	header_fields(layer, root, a, rows, 32, big);
	if (layer->header.length >= XL_HEADER + 4)
		header_fields(layer, root, a, config, XL_HEADER, big);
	add_config(layer, root, a);
}

static void libvirt_fields(struct layer *layer, struct field *root, struct arena *a)
{
	static const struct layout rows[] = {
		{ "version", 4, SHOW_DEC, NULL },
		{ "xmlLen", 4, SHOW_DEC, NULL },
		{ "unused", 40, SHOW_BYTES, NULL },
		{ NULL, 0, SHOW_DEC, NULL },
	};

	add_text(layer, root, a, "magic", here(layer->xen, 0, 16));
	header_fields(layer, root, a, rows, 16, libvirt_is_big(layer->xen));
	add_config(layer, root, a);
}

static void xapi_fields(struct layer *layer, struct field *root, struct arena *a)
{
	add_text(layer, root, a, "signature", layer->header);
}

static void xend_fields(struct layer *layer, struct field *root, struct arena *a)
{
	static const struct layout rows[] = {
		{ "config_len", 4, SHOW_DEC, NULL },
		{ NULL, 0, SHOW_DEC, NULL },
	};

	add_text(layer, root, a, "signature", here(layer->xen, 0, 16));
	header_fields(layer, root, a, rows, 16, true);
	add_config(layer, root, a);
}

static void libxl_fields(struct layer *layer, struct field *root, struct arena *a)
{
	static const struct layout rows[] = {
		{ "version", 4, SHOW_DEC, NULL },
		{ "options", 4, SHOW_FLAGS, names_libxl_option },
		{ NULL, 0, SHOW_DEC, NULL },
	};

	add_text(layer, root, a, "ident", here(layer->xen, layer->header.offset, 8));
	header_fields(layer, root, a, rows, 8, true);
}

static void libxc_fields(struct layer *layer, struct field *root, struct arena *a)
{
	static const struct layout image[] = {
		{ "marker", 8, SHOW_HEX, NULL },  { "id", 4, SHOW_HEX, NULL },
		{ "version", 4, SHOW_DEC, NULL }, { "options", 2, SHOW_FLAGS, names_libxc_option },
		{ "_res1", 2, SHOW_ZERO, NULL },  { "_res2", 4, SHOW_ZERO, NULL },
		{ NULL, 0, SHOW_DEC, NULL },
	};
	static const struct layout domain[] = {
		{ "type", 4, SHOW_ENUM, names_domain_type },
		{ "page_shift", 2, SHOW_DEC, NULL },
		{ "_res1", 2, SHOW_ZERO, NULL },
		{ "xen_major", 4, SHOW_DEC, NULL },
		{ "xen_minor", 4, SHOW_DEC, NULL },
		{ NULL, 0, SHOW_DEC, NULL },
	};
	struct span first = here(layer->xen, layer->header.offset, 24);
	struct field *group = field_add(root, a, FIELD_GROUP, "image", first);

	group->expanded = true;
	header_fields(layer, group, a, image, 0, true);
	if (layer->header.length <= 24)
		return;
	group = field_add(root, a, FIELD_GROUP, "domain",
			  (struct span){ layer->header.offset + 24, layer->header.length - 24 });
	group->expanded = true;
	header_fields(layer, group, a, domain, 24, layer->xen->big);
}

static void (*const fields_of[LAYER_KINDS])(struct layer *, struct field *, struct arena *) = {
	[LAYER_XL] = xl_fields,     [LAYER_LIBVIRT] = libvirt_fields, [LAYER_XAPI] = xapi_fields,
	[LAYER_XEND] = xend_fields, [LAYER_LIBXL] = libxl_fields,     [LAYER_LIBXC] = libxc_fields,
};

struct field *wrap_fields(struct layer *layer, struct arena *a)
{
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, layer_name(layer->kind), layer->header);

	root->expanded = true;
	root->owner = layer->item;
	if (fields_of[layer->kind])
		fields_of[layer->kind](layer, root, a);
	return root;
}

const char *wrap_summary(struct layer *layer, struct arena *a)
{
	struct xen *x = layer->xen;

	if (x->config && x->config->layer == layer && x->config->name)
		return x->config->name;
	if (layer->kind == LAYER_LIBXC)
		return arena_printf(a, "version %u, %s", x->version,
				    guest_type_name(xen_guest_type(x)));
	return "";
}

/* ---- formats ---- */

static const char *root_summary(struct item *it, uint64_t at, struct arena *a)
{
	(void)at;
	(void)a;
	return it->model->format->summary;
}

/* Bytes that no layer claims: a field_walk lists them as gaps. */
static struct field *root_fields(struct item *it, uint64_t at, struct arena *a)
{
	(void)at;
	return field_add(NULL, a, FIELD_GROUP, it->name, (struct span){ 0, it->size });
}

static void root_check(struct item *it)
{
	xen_check(it->model->data);
}

static const struct item_ops root_ops = {
	.fields = root_fields,
	.summary = root_summary,
	.check = root_check,
};

static void xen_fini(struct model *m)
{
	struct xen *x = m->data;

	guest_free(x->guest);
	memory_free(x->memory);
	states_free(x->states);
	pthread_mutex_destroy(&x->walking);
}

static struct xen *xen_new(struct model *m, struct input *in)
{
	struct xen *x = ARENA_NEW(&m->arena, struct xen);
	struct item *root = item_add(m, NULL, &root_ops, m->name, m->format->name);

	x->model = m;
	x->src = in->source;
	x->memory = memory_new();
	x->states = states_new();
	pthread_mutex_init(&x->walking, NULL);
	atomic_store(&root->source, x->src);
	root->size = source_size(x->src);
	root->data = x;
	root->open_first = true;
	m->data = x;
	m->fini = xen_fini;
	m->part = xen_part;
	m->info_json = xen_info_json;
	m->info = xen_info_fields;
	m->space = guest_space;
	m->aspace = guest_aspace;
	m->frames = guest_frames;
	m->aspace_of = guest_aspace_of;
	m->anchor = guest_anchor;
	m->registers = guest_registers;
	m->locate = guest_locate;
	m->things = xen_things;
	m->thing_fields = xen_thing_fields;
	m->machine = xen_machine;
	m->dump = guest_dump;
	m->address_ref = XREF_VA;
	return x;
}

/* Where the first layer that has records has them. */
static void find_records(struct xen *x)
{
	for (size_t n = 0; n < x->layer_count && !x->records_at; n++)
		if (layer_kinds(x->layers[n].kind))
			x->records_at = x->layers[n].header.offset + x->layers[n].header.length;
}

static struct err *choose_snapshot(struct xen *x)
{
	struct model *m = x->model;
	size_t count;

	if (!m->snapshot)
		return NULL;
	xen_walk(x, m->options.opening);
	count = memory_snapshots(x->memory);
	if (m->snapshot <= count)
		return NULL;
	if (!count)
		return err_new(ERR_ABSENT, "%s has no snapshots to choose from", m->name);
	return err_new(ERR_ABSENT, "%s has %zu snapshot%s, not %u", m->name, count,
		       count == 1 ? "" : "s", m->snapshot);
}

static struct err *open_with(struct model *m, struct input *in, void (*layers)(struct xen *))
{
	struct xen *x = xen_new(m, in);

	layers(x);
	find_records(x);
	guest_add_item(x);
	return choose_snapshot(x);
}

static int xapi_bid(const struct input *in)
{
	int bits = bid_magic(in, XAPI_MAGIC);

	return bits ? bits : bid_magic(in, XAPI_OLD_MAGIC);
}

/* The marker alone is evidence, less of it. */
static int libxc_bid(const struct input *in)
{
	int bits = bid_magic(in, LIBXC_MAGIC);

	return bits ? bits : bid_magic(in, (struct magic){ LIBXC_MAGIC.text, 8 });
}

static int legacy_bid(const struct input *in)
{
	enum guest_type type;
	uint32_t word = 0;

	return in->source && legacy_probe(in->source, 0, &word, &type) ? 3 : 0;
}

#define BID(id, magic)                                                                             \
	static int id##_bid(const struct input *in)                                                \
	{                                                                                          \
		return bid_magic(in, magic);                                                       \
	}
BID(xl, XL_MAGIC)
BID(libvirt, LIBVIRT_MAGIC)
BID(xend, XEND_MAGIC)
BID(libxl, LIBXL_MAGIC)

#define FORMAT(id, name_, summary_)                                                                \
	static struct err *id##_open(struct model *m, struct input *in)                            \
	{                                                                                          \
		return open_with(m, in, open_##id##_layers);                                       \
	}                                                                                          \
	const struct format xen_##id##_format = {                                                  \
		.name = name_,                                                                     \
		.summary = summary_,                                                               \
		.rules = xen_rules,                                                                \
		.snapshots = true,                                                                 \
		.bid = id##_bid,                                                                   \
		.open = id##_open,                                                                 \
	}
FORMAT(xl, "xen-xl", "Xen domain saved by xl");
FORMAT(libvirt, "xen-libvirt", "Xen domain saved by libvirt");
FORMAT(xapi, "xen-xapi", "Xen domain suspended by XAPI");
FORMAT(xend, "xen-legacy", "Xen domain saved by xend");
FORMAT(libxl, "xen-libxl", "Xen libxl migration stream");
FORMAT(libxc, "xen-libxc", "Xen libxc migration stream");
FORMAT(legacy, "xen-legacy", "Xen legacy migration stream");
