/* An image as crit's JSON object: {"magic": NAME, "entries": [...]}, so that `crit encode` makes
 * the file again and scripts can change tools.
 *
 * Streams: one record after the other, without an index; what is behind is given back. Where crit
 * is wrong (ipcns-shm) or knows nothing (raw files, plugins', old pages) the values are right and
 * the form is the same. Raw files have "magic": null, and "kind" and "size" beside it. */
#include "criu/criu.h"
#include "criu/image.h"

/* Kinds that share a magic have one name in crit. */
static const char *magic_name(const struct image_kind *kind)
{
	for (const struct image_kind *k = image_kinds; k->name && kind->lead; k++)
		if (k->magic == kind->magic)
			return k->name;
	return kind->name;
}

/* Each record of such a kind has the key, even if nothing follows; only the head of a ghost file in
 * chunks has not. */
static bool has_extra(const struct image *im, const struct record *r)
{
	return im->as->extra && (r->kind || im->as->shape != SHAPE_GHOST || !im->chunked);
}

static void record_json(struct image *im, const struct record *r, struct json *j,
			enum json_style style, struct arena *a)
{
	const struct message *type = image_type(im, r);

	json_object(j);
	if (im->as->shape == SHAPE_OLD_PAGES) {
		struct bytes b = image_bytes(im, (struct span){ r->offset, 8 });

		json_key_hex(j, "vaddr", b.len == 8 ? le64_at(b.at) : 0);
		json_key_uint(j, "size", r->body);
	} else if (type) {
		json_members(j, type, image_message(im, r), style, a);
	} else if (im->as->message && r->body) {
		json_key(j, "bytes");
		image_json_bytes(im, image_body(r), j);
	} else {
		json_key_uint(j, "size", r->length - r->head);
	}
	if (has_extra(im, r)) {
		json_key(j, "extra");
		im->as->extra->json(im, r, j, style, a);
	}
	json_end_object(j);
}

static void raw_json(struct image *im, const struct raw_kind *raw, const struct record *r,
		     struct json *j, struct arena *a)
{
	if (raw->json)
		raw->json(im, r, j, a);
	else
		json_uint(j, r->length);
}

static void row_json(struct image *im, uint64_t at, struct json *j, enum json_style style,
		     struct arena *a)
{
	const struct record *r = im->item->list ? index_at(im->item->list, at) : NULL;
	const struct raw_kind *raw = image_raw(im);
	const struct message_field *mf;

	if (!r) {
		json_null(j);
	} else if (raw) {
		raw_json(im, raw, r, j, a);
	} else if (image_has_rows(im)) {
		record_json(im, r, j, style, a);
	} else {
		mf = im->message ? message_field(im->message, r->kind) : NULL;
		if (mf && mf->message)
			json_message(j, mf->message, image_message(im, r), style, a);
		else
			json_null(j);
	}
}

static void entries_json(struct image *im, struct json *j, enum json_style style, struct arena *a)
{
	const struct raw_kind *raw = image_raw(im);
	bool note = !item_ready(im->item);
	uint64_t at = 0, passed = 0;
	struct record r;

	if (raw && raw->entries) {
		raw->entries(im, j, a);
		return;
	}
	for (uint64_t n = 0; image_step(im, &at, n, &r, note); n++) {
		struct arena_mark mark = arena_mark(a);

		if (!raw)
			record_json(im, &r, j, style, a);
		else if (raw->json)
			raw->json(im, &r, j, a);
		arena_rewind(a, mark);
		image_passed(im, at, &passed);
	}
}

void image_json(struct item *it, uint64_t at, struct json *j, enum json_style style)
{
	struct image *im = it->data;
	struct arena a;

	image_open(im);
	arena_init(&a);
	if (at != NODE_SELF) {
		row_json(im, at, j, style, &a);
		arena_fini(&a);
		return;
	}
	json_object(j);
	json_key(j, "magic");
	if (image_raw(im) || im->as->shape == SHAPE_SIZED) {
		json_null(j);
		json_key_str(j, "kind",
			     im->as      ? im->as->name
			     : im->plain ? im->item->kind
					 : "unknown");
		json_key_uint(j, "size", image_size(im));
	} else {
		json_str(j, magic_name(im->as));
	}
	json_key(j, "entries");
	json_array(j);
	entries_json(im, j, style, &a);
	json_end_array(j);
	json_end_object(j);
	arena_fini(&a);
}
