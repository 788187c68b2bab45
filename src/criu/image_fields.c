/* The fields and rows of an image.
 *
 * Of an image that is one message the item itself has all fields, and elements of some repeated
 * field of it may be rows, too; of all others the item has the header, and each record is a row.
 * Either way the item's fields and its rows' together cover the file, but for a tail that is no
 * record. */
#include <string.h>

#include "criu/criu.h"
#include "criu/image.h"
#include "criu/summary.h"

void image_add_frame(struct image *im, struct field *parent, struct arena *a, const char *name,
		     struct span span)
{
	struct field *f = field_add(parent, a, FIELD_FRAME, name, span);

	f->show = SHOW_BYTES;
	f->bytes = image_bytes(im, span);
}

struct field *image_add_bytes(struct image *im, struct field *parent, struct arena *a,
			      const char *name, struct span span)
{
	struct field *f;

	if (!span.length)
		return NULL;
	f = field_add(parent, a, FIELD_BYTES, name, span);
	f->show = SHOW_BYTES;
	f->bytes = image_bytes(im, span);
	return f;
}

/* A magic, and whose it is. */
static void add_magic(struct field *root, struct arena *a, const char *name, uint32_t at,
		      uint32_t magic, const char *whose)
{
	struct field *f = field_uint(root, a, name, magic, SHOW_HEX, (struct span){ at, 4 });

	f->note = whose;
}

struct payload {
	struct image *im;
	struct record record;
};

static void payload_expand(struct field *f, struct arena *a)
{
	const struct payload *p = f->schema;

	p->im->as->extra->fields(p->im, &p->record, f, a);
}

static const struct field_ops payload_ops = { .expand = payload_expand };

static void add_payload(struct image *im, const struct record *r, struct field *parent,
			struct arena *a)
{
	struct payload *p;
	struct field *f;

	if (!im->as || !im->as->extra || !image_extra(r).length)
		return;
	p = ARENA_NEW(a, struct payload);
	*p = (struct payload){ im, *r };
	f = field_add(parent, a, FIELD_GROUP, "extra", image_extra(r));
	f->ops = &payload_ops;
	f->schema = p;
	f->owner = im->item;
}

/* The length, then what the message holds, directly below `root`. */
static void fill_record(struct image *im, const struct record *r, struct field *root,
			struct arena *a)
{
	image_add_frame(im, root, a, "size", (struct span){ r->offset, r->head });
	if (image_type(im, r)) {
		field_children(root, a);
	} else if (r->body) {
		struct span all = { r->offset + r->head, r->length - r->head };

		image_add_bytes(im, root, a, "bytes", im->as->extra ? image_body(r) : all);
	}
	if (r->flags & RECORD_CUT)
		root->trouble = "the file ends inside it";
	add_payload(im, r, root, a);
}

/* A group for a record that spans `span`: the record, or the whole file when it is the only one. */
static struct field *record_group(struct image *im, const struct record *r, struct field *parent,
				  struct span span, struct arena *a)
{
	const struct message *type = image_type(im, r);

	if (type)
		return wire_group(parent, a, type->name, type, image_message(im, r), span,
				  image_body(r), im->env, im->item);
	return field_add(parent, a, FIELD_GROUP, "record", span);
}

static struct field *old_page_fields(struct image *im, const struct record *r, struct arena *a)
{
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, "page", (struct span){ r->offset, r->length });
	struct bytes b = image_bytes(im, (struct span){ r->offset, 8 });

	if (r->head == 8 && b.len == 8)
		field_uint(root, a, "vaddr", le64_at(b.at), SHOW_ADDRESS,
			   (struct span){ r->offset, 8 });
	image_add_bytes(im, root, a, "page", image_body(r));
	return root;
}

static struct field *part_fields(struct image *im, const struct record *r, struct arena *a)
{
	const struct message_field *mf = im->message ? message_field(im->message, r->kind) : NULL;
	struct span span = { r->offset, r->length };
	struct field *root;

	if (!mf || !mf->message)
		return field_add(NULL, a, FIELD_GROUP, "part", span);
	root = wire_group(NULL, a, mf->name, mf->message, image_message(im, r), span, image_body(r),
			  im->env, im->item);
	root->at = r->aux;
	return root;
}

static struct field *row_fields(struct image *im, const struct record *r, struct arena *a)
{
	const struct raw_kind *raw = image_raw(im);
	struct span span = { r->offset, r->length };
	struct field *root;

	if (!image_has_rows(im))
		return part_fields(im, r, a);
	if (raw) {
		root = field_add(NULL, a, FIELD_GROUP, "record", span);
		raw->fields(im, r, root, a);
		return root;
	}
	if (im->as->shape == SHAPE_OLD_PAGES)
		return old_page_fields(im, r, a);
	root = record_group(im, r, NULL, span, a);
	fill_record(im, r, root, a);
	return root;
}

static void add_facts(struct image *im, struct field *root, struct arena *a)
{
	const struct image_kind *kind = im->as;
	size_t rows = image_has_rows(im) ? item_rows(im->item) : 0;
	const char *version = "raw";

	if (kind && kind->shape == SHAPE_SIZED)
		version = "length and message";
	else if (kind && kind->shape == SHAPE_OLD_PAGES)
		version = "pages with addresses (until 0.4)";
	else if (im->lead)
		version = im->big ? "1.1, big-endian" : "1.1";
	else if (kind && kind->shape != SHAPE_RAW)
		version = im->big ? "without lead word, big-endian" : "without lead word";
	field_derived(root, a, "kind", kind ? kind->name : im->plain ? im->item->kind : "unknown");
	field_derived(root, a, "layout", version);
	if (rows)
		field_derived(root, a, "entries", arena_printf(a, "%zu", rows));
}

static void add_header(struct image *im, struct field *root, struct arena *a)
{
	uint32_t at = 0;

	if (im->lead) {
		add_magic(root, a, "lead magic", 0, im->lead,
			  im->lead == MAGIC_COMMON ? "common" : "service");
		at = 4;
	}
	if (im->head >= at + 4)
		add_magic(root, a, "magic", at, im->magic, im->as ? im->as->name : NULL);
}

static struct field *self_fields(struct image *im, struct arena *a)
{
	const struct raw_kind *raw = image_raw(im);
	bool rows = image_has_rows(im);
	struct span whole = { 0, rows ? im->head : image_size(im) };
	struct record r;
	bool one = !rows && !raw && image_single(im, &r);
	struct field *root = one ? record_group(im, &r, NULL, whole, a)
				 : field_add(NULL, a, FIELD_GROUP, "image", whole);
	uint64_t at, n = 1;

	add_facts(im, root, a);
	add_header(im, root, a);
	if (raw && !rows) {
		r = (struct record){ .offset = im->head, .length = image_size(im) - im->head };
		raw->fields(im, &r, root, a);
	}
	if (!one)
		return root;
	fill_record(im, &r, root, a);
	/* What should not be there: at most one record, then gaps. */
	for (at = r.offset + r.length; im->as->shape != SHAPE_SIZED && n < 2; n++)
		if (image_step_open(im, &at, n, &r, false)) {
			struct field *more =
				record_group(im, &r, root, (struct span){ r.offset, r.length }, a);

			fill_record(im, &r, more, a);
			more->trouble = "a second message in an image of one";
		}
	return root;
}

static const struct record *image_row(const struct item *it, uint64_t at)
{
	return it->list ? index_at(it->list, at) : NULL;
}

static struct field *image_fields(struct item *it, uint64_t at, struct arena *a)
{
	struct image *im = it->data;
	const struct record *r;

	image_open(im);
	if (at == NODE_SELF)
		return self_fields(im, a);
	r = image_row(it, at);
	return r ? row_fields(im, r, a)
		 : field_add(NULL, a, FIELD_GROUP, "record", (struct span){ 0, 0 });
}

/* ---- rows ---- */

static const char *image_summary(struct item *it, uint64_t at, struct arena *a)
{
	struct image *im = it->data;
	const struct raw_kind *raw;
	const struct record *r;

	image_open(im);
	if (at == NODE_SELF)
		return summary_image(im, a);
	r = image_row(it, at);
	if (!r)
		return "";
	raw = image_raw(im);
	if (raw)
		return raw->summary ? raw->summary(im, r, a) : "";
	if (!image_has_rows(im)) {
		const struct message_field *mf =
			im->message ? message_field(im->message, r->kind) : NULL;

		return mf && mf->message ? summary_message(im, mf->message, image_message(im, r), a)
					 : "";
	}
	if (im->as->shape == SHAPE_OLD_PAGES) {
		struct bytes b = image_bytes(im, (struct span){ r->offset, 8 });

		return b.len == 8 ? arena_printf(a, "0x%llx", (unsigned long long)le64_at(b.at))
				  : "";
	}
	if (!image_type(im, r))
		return "";
	return (im->as->summary ? im->as->summary : summary_record)(im, r, image_message(im, r), a);
}

static const char *image_label(struct item *it, uint64_t at, struct arena *a)
{
	struct image *im = it->data;
	const struct message_field *mf;
	const struct record *r = image_row(it, at);

	if (!r || image_has_rows(im))
		return arena_printf(a, "[%llu]", (unsigned long long)at);
	mf = im->message ? message_field(im->message, r->kind) : NULL;
	return arena_printf(a, "%s[%u]", mf ? mf->name : "part", r->aux);
}

static const char *image_kind_name(struct item *it, uint64_t at, struct arena *a)
{
	struct image *im = it->data;
	const struct message_field *mf;
	const struct raw_kind *raw;
	const struct record *r = image_row(it, at);
	const struct message *type;

	(void)a;
	if (at == NODE_SELF || !r)
		return it->kind;
	if (!image_has_rows(im)) {
		mf = im->message ? message_field(im->message, r->kind) : NULL;
		return mf && mf->message ? mf->message->name : "part";
	}
	raw = image_raw(im);
	if (raw)
		return raw->kind ? raw->kind(im, r) : "raw";
	type = image_type(im, r);
	return type ? type->name : "page";
}

/* The digits between brackets at the end of a label. */
static bool label_number(const char *at, uint64_t *out)
{
	uint64_t v = 0;

	if (*at++ != '[' || *at == ']')
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*at - '0'), &v))
			return false;
	*out = v;
	return at[0] == ']' && !at[1];
}

static uint64_t image_lookup(struct item *it, const char *label)
{
	struct image *im = it->data;
	size_t name = strcspn(label, "["), count = item_rows(it);
	const struct message_field *mf;
	uint64_t n;

	image_open(im);
	if (!label_number(label + name, &n))
		return NODE_SELF;
	if (image_has_rows(im))
		return !name && n < count ? n : NODE_SELF;
	for (size_t i = 0; i < count; i++) {
		const struct record *r = index_at(it->list, i);

		mf = im->message ? message_field(im->message, r->kind) : NULL;
		if (r->aux == n && mf && strlen(mf->name) == name &&
		    !strncmp(mf->name, label, name))
			return i;
	}
	return NODE_SELF;
}

const struct item_ops image_ops = {
	.index = image_index,
	.fields = image_fields,
	.summary = image_summary,
	.label = image_label,
	.kind = image_kind_name,
	.lookup = image_lookup,
	.follow = criu_follow,
	.target = criu_target,
	.json = image_json,
	.kept = ghost_kept,
	.kept_part = ghost_part,
	.check = criu_check_image,
};
