/* One image file: header, records, and their fields.
 *
 *	v1.1        u32 lead  u32 magic  records       lead 0x54564319, or 0x55105940 (service)
 *	v1.0        u32 magic  records                 and inventory.img of every version
 *	amdgpu      u64 size  message                  to the end of the file
 *	raw         as raw.c and netlink.c know it
 *
 *	record      u32 length  message  payload       payload: extra.c, its size is in the message
 *
 * Which of the first two it is, only the first word tells: the inventory's img_version is 0 in
 * every pre-dump. Sets from s390 have all these words big-endian, so that byte order, too, is
 * told by the first word. There is no count and no trailer: the end of the file ends the records.
 *
 * What cannot be right is clipped, noted, and what is left shows as a gap. */
#include <sched.h>
#include <string.h>

#include "criu/criu.h"
#include "criu/image.h"
#include "criu/summary.h"

#define OLD_PAGE 4096u          /* v0.1 to v0.4 knew no other */
#define STEP_BYTES (64u << 10)  /* between looks at the cancel flag */
#define PASSED_BYTES (4u << 20) /* read at a time before pages are given back */
#define DEPTH_MAX 32            /* of nested messages */
#define MAX_PARTS 4             /* repeated fields of one message that are rows */
#define EMPTY_RUN 4096          /* bytes of zeros that are taken for empty records, at most */

/* ---- bytes ---- */

static struct source *image_source(const struct image *im)
{
	return atomic_load(&im->item->source);
}

uint64_t image_size(const struct image *im)
{
	const struct source *src = image_source(im);

	return src ? source_size(src) : 0;
}

struct bytes image_bytes(const struct image *im, struct span span)
{
	const struct source *src = image_source(im);

	return src ? source_view(src, span.offset, span.length) : (struct bytes){ 0 };
}

static uint32_t word_of(const uint8_t *at, bool big)
{
	uint32_t v = le32_at(at);

	return big ? __builtin_bswap32(v) : v;
}

uint32_t image_u32(const struct image *im, uint64_t at)
{
	struct bytes b = image_bytes(im, (struct span){ at, 4 });

	return b.len == 4 ? word_of(b.at, im->big) : 0;
}

struct span image_body(const struct record *r)
{
	return (struct span){ r->offset + r->head, r->body };
}

struct span image_extra(const struct record *r)
{
	uint64_t used = (uint64_t)r->head + r->body;

	return (struct span){ r->offset + used, r->length - used };
}

struct bytes image_message(const struct image *im, const struct record *r)
{
	return image_bytes(im, image_body(r));
}

const struct message *image_type(const struct image *im, const struct record *r)
{
	if (r->body > MESSAGE_MAX)
		return NULL;
	return r->kind ? im->entry : im->message;
}

void image_passed(const struct image *im, uint64_t at, uint64_t *passed)
{
	if (at - *passed < PASSED_BYTES)
		return;
	source_release(image_source(im), (struct span){ *passed, at - *passed });
	*passed = at;
}

#define NOTE(im, severity, rule, span, ...)                                                        \
	problem_note((im)->item->model->problems, severity, rule, (im)->item, span, __VA_ARGS__)

/* ---- the header ---- */

const struct raw_kind *image_raw(const struct image *im)
{
	if (!im->as)
		return &raw_unknown;
	return im->as->shape == SHAPE_RAW ? im->as->raw : NULL;
}

static void open_source(struct image *im)
{
	struct source *src = NULL;
	struct err *err;

	if (image_source(im) || !im->member || !im->set->folder)
		return;
	err = folder_source(im->set->folder, im->member, &src);
	if (err) {
		NOTE(im, SEV_ERROR, "open", ((struct span){ 0, 0 }), "%s", err->text);
		err_free(err);
		return;
	}
	atomic_store(&im->item->source, src);
}

static const char *file_name(const struct image *im)
{
	const char *path = im->member ? im->member->name : im->item->name;
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* pages-N.img of v0.1 to v0.4 begins with the pagemap's magic, and so may any page: it is an old
 * one only if it divides into addresses with pages and no pagemap-N.img explains it. */
static const struct image_kind *old_pages(const struct image *im)
{
	const struct image_kind *old = kind_by_magic(im->magic, file_name(im));
	uint64_t size = image_size(im);

	if (!old || old->shape != SHAPE_OLD_PAGES || (size - 4) % (8 + OLD_PAGE))
		return NULL;
	return set_image(im->set, "PAGEMAP", im->number) ? NULL : old;
}

static void open_raw(struct image *im)
{
	const struct raw_kind *raw = im->kind->raw;
	const struct image_kind *old = NULL;

	im->magic = image_u32(im, 0);
	if (im->kind->key == KEY_PAGES && im->magic)
		old = old_pages(im);
	if (old) {
		im->as = old;
		im->head = 4;
	} else if (raw->magic && image_size(im)) {
		if (im->magic == __builtin_bswap32(raw->magic)) {
			im->magic = raw->magic;
			im->big = true;
		}
		im->head = image_size(im) < 4 ? 0 : 4;
		if (im->magic != raw->magic)
			NOTE(im, SEV_ERROR, "magic", ((struct span){ 0, im->head }),
			     "begins with 0x%08x, not with 0x%08x", im->magic, raw->magic);
	}
}

/* Words are the machine's that dumped: one of the two orders makes sense. */
static bool read_words(struct image *im)
{
	uint32_t first = image_u32(im, 0), swapped = __builtin_bswap32(first);
	const char *name = file_name(im);

	im->big = swapped == MAGIC_COMMON || swapped == MAGIC_SERVICE ||
		  (im->kind && im->kind->magic == swapped) ||
		  (!kind_by_magic(first, name) && kind_by_magic(swapped, name));
	im->magic = im->big ? swapped : first;
	if (im->magic == MAGIC_COMMON || im->magic == MAGIC_SERVICE) {
		im->lead = im->magic;
		im->magic = image_u32(im, 4);
		im->head = 8;
	} else {
		im->head = 4;
	}
	return image_size(im) >= im->head;
}

/* The magic is not the one that the name promises, or the name promises nothing. */
static void take_magic_for_it(struct image *im)
{
	const struct image_kind *other = kind_by_magic(im->magic, file_name(im));
	struct span at = { im->head - 4, 4 };

	if (im->kind && other)
		NOTE(im, SEV_ERROR, "magic", at, "the magic 0x%08x is that of %s, not of %s",
		     im->magic, other->name, im->kind->name);
	else if (im->kind)
		NOTE(im, SEV_ERROR, "magic", at, "unknown magic 0x%08x, not 0x%08x of %s",
		     im->magic, im->kind->magic, im->kind->name);
	else if (!other && im->lead)
		NOTE(im, SEV_WARNING, "magic", at, "an image of an unknown kind, magic 0x%08x",
		     im->magic);
	/* With an intact lead word it is an image, and then the name is evidence enough. */
	im->as = other ? other : im->lead ? im->kind : NULL;
	if (!im->as)
		im->head = 0;
}

static void open_words(struct image *im)
{
	uint64_t size = image_size(im);

	if (!read_words(im)) {
		im->head = (uint32_t)size;
		if (!im->kind && !im->lead)
			im->head = 0;
		else
			NOTE(im, SEV_ERROR, "truncated-header", ((struct span){ 0, size }),
			     "%llu bytes are too few for the header of an image",
			     (unsigned long long)size);
		return;
	}
	if (!im->kind || im->magic != im->kind->magic)
		take_magic_for_it(im);
	if (im->as && im->lead && im->lead != im->as->lead)
		NOTE(im, SEV_WARNING, "lead-magic", ((struct span){ 0, 4 }),
		     "%s has the lead word 0x%08x, expected 0x%08x", im->as->name, im->lead,
		     im->as->lead ? im->as->lead : im->as->magic);
}

static void open_header(struct image *im)
{
	struct record r;

	im->as = im->kind;
	if (!image_source(im))
		return;
	if (im->kind && im->kind->shape == SHAPE_RAW)
		open_raw(im);
	else if (!im->kind || im->kind->shape != SHAPE_SIZED)
		open_words(im);
	if (im->as && im->as->message)
		im->message = schema_message(im->set->schema, im->as->message);
	if (im->as && im->as->entry)
		im->entry = schema_message(im->set->schema, im->as->entry);
	if (im->as && im->as->shape == SHAPE_GHOST && image_single(im, &r)) {
		uint64_t chunks = 0;

		wire_uint(image_message(im, &r), 9, &chunks);
		im->chunked = chunks;
	}
}

enum { OPEN_NOT_YET, OPEN_RUNNING, OPEN_DONE };

void image_open(struct image *im)
{
	int was = OPEN_NOT_YET;

	if (atomic_load_explicit(&im->opened, memory_order_acquire) == OPEN_DONE)
		return;
	if (atomic_compare_exchange_strong(&im->opened, &was, OPEN_RUNNING)) {
		open_source(im);
		open_header(im);
		atomic_store(&im->opened, OPEN_DONE);
	}
	while (atomic_load(&im->opened) != OPEN_DONE)
		sched_yield();
}

/* ---- messages that are not what the schema says ---- */

static bool wire_fits(const struct message_field *f, enum wire_type type)
{
	bool packed = f->label == LABEL_REPEATED && type == WIRE_BYTES;

	return packed || wire_type_of(f->type) == type;
}

static bool check_required(struct image *im, const struct message *type, uint64_t seen,
			   struct span span)
{
	bool good = true;

	for (uint32_t n = 0; n < type->count; n++) {
		const struct message_field *f = &type->fields[n];

		if (f->label != LABEL_REQUIRED || f->number > 63 || seen & UINT64_C(1) << f->number)
			continue;
		NOTE(im, SEV_WARNING, "missing-field", span, "%s lacks its required field %s",
		     type->name, f->name);
		good = false;
	}
	return good;
}

/* Reads a message through by its type. False: something was wrong and noted. */
static bool check_message(struct image *im, const struct message *type, struct bytes msg,
			  uint64_t origin, int depth)
{
	struct cursor c = cursor_over(msg, origin);
	bool good = true;
	uint64_t seen = 0;
	struct wire w;

	while (wire_next(&c, &w)) {
		const struct message_field *f =
			w.number < 32 ? type->direct[w.number] : message_field(type, w.number);

		if (w.number < 64)
			seen |= UINT64_C(1) << w.number;
		if (!f) {
			NOTE(im, SEV_NOTE, "unknown-field", w.span, "%s has an unknown field %u",
			     type->name, w.number);
		} else if (!wire_fits(f, w.type)) {
			NOTE(im, SEV_WARNING, "wire-type", w.span,
			     "%s.%s is written as wire type %d", type->name, f->name, w.type);
			good = false;
		} else if (f->message && depth < DEPTH_MAX) {
			good &= check_message(im, f->message, w.bytes, w.body.offset, depth + 1);
		}
	}
	if (cursor_left(&c)) {
		NOTE(im, SEV_ERROR, "message",
		     ((struct span){ cursor_offset(&c), cursor_left(&c) }),
		     "%s cannot be read on: %zu of its bytes are no field", type->name,
		     cursor_left(&c));
		return false;
	}
	return check_required(im, type, seen, (struct span){ origin, msg.len }) && good;
}

/* ---- records ---- */

static uint64_t walk_start(const struct image *im, uint64_t at)
{
	return at < im->head ? im->head : at;
}

static bool step_old_pages(struct image *im, uint64_t *at, struct record *out, bool note)
{
	uint64_t left;

	*at = walk_start(im, *at);
	left = image_size(im) - *at;
	if (!left)
		return false;
	*out = (struct record){
		.offset = *at, .head = 8, .body = OLD_PAGE, .length = 8 + OLD_PAGE
	};
	if (left < out->length) {
		out->length = left;
		out->head = left < 8 ? (uint16_t)left : 8;
		out->body = (uint32_t)(left - out->head);
		out->flags = RECORD_CUT | RECORD_DAMAGED;
		if (note)
			NOTE(im, SEV_ERROR, "record-length", ((struct span){ *at, left }),
			     "the last page has %u of %u bytes", out->body, OLD_PAGE);
	}
	*at += out->length;
	return true;
}

/* u64 length, then all the rest. Of contents without a message the length is not kept up by the
 * plugin: the file's size is what counts. */
static bool step_sized(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	uint64_t size = image_size(im), said, have;
	struct bytes b = image_bytes(im, (struct span){ 0, 8 });

	if (n || (!size && !im->as->message))
		return false;
	if (b.len < 8) {
		if (note)
			NOTE(im, SEV_ERROR, "truncated-header", ((struct span){ 0, size }),
			     "%llu bytes are too few for a length", (unsigned long long)size);
		return false;
	}
	said = le64_at(b.at);
	have = size - 8;
	*out = (struct record){ .head = 8 };
	if (im->as->message && said != have) {
		out->flags = RECORD_DAMAGED | (said > have ? RECORD_CUT : 0);
		if (note)
			NOTE(im, SEV_ERROR, "record-length", ((struct span){ 0, 8 }),
			     "the message has %llu bytes by its length, the file %llu",
			     (unsigned long long)said, (unsigned long long)have);
		have = said < have ? said : have;
	}
	out->length = 8 + have;
	out->body = have > UINT32_MAX ? UINT32_MAX : (uint32_t)have;
	*at = out->length;
	return true;
}

/* True in the midst of zeros that are no records, though each four of them look like an empty one:
 * a file that was made larger than it was filled. */
static bool step_in_zeros(const struct image *im, uint64_t at)
{
	struct bytes b;

	if (at < im->head + EMPTY_RUN)
		return false;
	b = image_bytes(im, (struct span){ at - EMPTY_RUN, EMPTY_RUN });
	for (size_t n = 0; n < b.len; n++)
		if (b.at[n])
			return false;
	return true;
}

/* The payload behind the message, clipped. */
static void step_extra(struct image *im, struct record *out, uint64_t left, bool note)
{
	uint64_t want = im->as->extra->measure(im, out, left);

	if (want > left) {
		struct span at = { out->offset + out->length, left };

		out->flags |= RECORD_CUT | RECORD_DAMAGED;
		if (note)
			NOTE(im, SEV_ERROR, "extra-length", at,
			     "%llu bytes should follow the message, %llu do",
			     (unsigned long long)want, (unsigned long long)left);
		want = left;
	}
	out->length += want;
}

/* What the shape allows: true if no record may stand at `n`. */
static bool step_over(const struct image *im, uint64_t n)
{
	if (im->as->shape == SHAPE_SINGLE)
		return n > 1;
	return im->as->shape == SHAPE_GHOST && !im->chunked && n > 0;
}

static bool step_message(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	uint64_t size = image_size(im), left, len;
	struct bytes b;

	*at = walk_start(im, *at);
	left = size - *at;
	if (!left || *at > size || step_over(im, n))
		return false;
	b = image_bytes(im, (struct span){ *at, 4 });
	if (b.len < 4) {
		if (note)
			NOTE(im, SEV_ERROR, "record-length", ((struct span){ *at, left }),
			     "%zu bytes at the end are too few for a record", b.len);
		return false;
	}
	len = word_of(b.at, im->big);
	left -= 4;
	if (!len && step_in_zeros(im, *at)) {
		if (note)
			NOTE(im, SEV_ERROR, "record-length", ((struct span){ *at, left + 4 }),
			     "nothing but zeros where records should be");
		return false;
	}
	*out = (struct record){ .offset = *at, .head = 4 };
	out->kind = im->entry && n;
	if (len > left) {
		out->flags = RECORD_CUT | RECORD_DAMAGED;
		if (note)
			NOTE(im, SEV_ERROR, "record-length", ((struct span){ *at, 4 }),
			     "a message of %llu bytes, but only %llu are left",
			     (unsigned long long)len, (unsigned long long)left);
		len = left;
	}
	out->body = (uint32_t)len;
	out->length = 4 + len;
	left -= len;
	if (len > MESSAGE_MAX) {
		out->flags |= RECORD_DAMAGED;
		if (note)
			NOTE(im, SEV_ERROR, "record-size", ((struct span){ *at, 4 }),
			     "a message of %llu bytes is too long to be decoded",
			     (unsigned long long)len);
	} else if (im->as->extra && !(out->flags & RECORD_CUT)) {
		step_extra(im, out, left, note);
	}
	if (im->as->shape == SHAPE_SINGLE && n && note)
		NOTE(im, SEV_ERROR, "extra-record", ((struct span){ *at, size - *at }),
		     "%s holds one message; %llu more bytes follow", im->as->name,
		     (unsigned long long)(size - *at));
	*at += out->length;
	return true;
}

static bool step_any(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	const struct raw_kind *raw = image_raw(im);

	if (raw) {
		if (raw->step) {
			*at = walk_start(im, *at);
			return *at < image_size(im) && raw->step(im, at, n, out, note);
		}
		*out = (struct record){ .offset = im->head, .length = image_size(im) - im->head };
		*at = image_size(im);
		return !n && out->length;
	}
	switch (im->as->shape) {
	case SHAPE_OLD_PAGES:
		return step_old_pages(im, at, out, note);
	case SHAPE_SIZED:
		return step_sized(im, at, n, out, note);
	default:
		return step_message(im, at, n, out, note);
	}
}

bool image_step(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	const struct message *type;

	image_open(im);
	if (!image_source(im) || !step_any(im, at, n, out, note))
		return false;
	if (!note || out->flags & RECORD_DAMAGED || image_raw(im))
		return true;
	type = image_type(im, out);
	if (type && !check_message(im, type, image_message(im, out), image_body(out).offset, 0))
		out->flags |= RECORD_DAMAGED;
	return true;
}

bool image_single(struct image *im, struct record *out)
{
	uint64_t at = 0;

	return image_source(im) && step_any(im, &at, 0, out, false);
}

/* ---- the index ---- */

static bool shape_is_array(const struct image *im, const struct image_kind *kind)
{
	switch (kind->shape) {
	case SHAPE_ARRAY:
	case SHAPE_HEAD:
	case SHAPE_OLD_PAGES:
		return true;
	case SHAPE_GHOST:
		return im->chunked;
	case SHAPE_RAW:
		return kind->raw->rows;
	default:
		return false;
	}
}

bool image_has_rows(const struct image *im)
{
	return im->item->list && im->as && shape_is_array(im, im->as);
}

void image_attach(struct image *im)
{
	const struct image_kind *kind = im->kind;
	struct item *it = im->item;

	if (it->index)
		return;
	it->index = index_new();
	/* What the name leaves open has a list of its own, to be filled or left empty. */
	if (kind && shape_is_array(im, kind))
		it->list = it->index;
	else if (!kind || kind->parts || kind->shape == SHAPE_GHOST || kind->key == KEY_PAGES)
		it->list = index_new();
}

/* The repeated fields that a kind's `parts` names. */
static size_t parts_of_kind(const struct image *im, const struct message_field *out[MAX_PARTS])
{
	const char *at = im->as && im->message ? im->as->parts : NULL;
	size_t count = 0;
	char name[64];

	while (at && *at && count < MAX_PARTS) {
		size_t n = strcspn(at, ",");

		if (n < sizeof(name)) {
			memcpy(name, at, n);
			name[n] = '\0';
			out[count] = message_field_named(im->message, name);
			count += out[count] && out[count]->message;
		}
		at += n + (at[n] == ',');
	}
	return count;
}

/* Makes rows of the elements, in the order of the file. */
static void index_parts(struct image *im, struct job *job)
{
	const struct message_field *fields[MAX_PARTS];
	size_t count = parts_of_kind(im, fields);
	uint32_t seen[MAX_PARTS] = { 0 };
	uint64_t passed = 0;
	struct record r;
	struct cursor c;
	struct wire w;

	if (!count || !image_single(im, &r) || !image_type(im, &r))
		return;
	c = source_cursor(image_source(im), image_body(&r));
	while (wire_next(&c, &w)) {
		for (size_t n = 0; n < count; n++) {
			if (fields[n]->number != w.number || w.type != WIRE_BYTES)
				continue;
			r = (struct record){
				.offset = w.span.offset,
				.length = w.span.length,
				.head = (uint16_t)(w.body.offset - w.span.offset),
				.body = (uint32_t)w.body.length,
				.kind = (uint16_t)w.number,
				.aux = seen[n]++,
			};
			index_append(im->item->list, &r);
		}
		image_passed(im, cursor_offset(&c), &passed);
		if (!job_step(job, 0))
			return;
	}
}

static void image_index(struct item *it, struct job *job)
{
	struct image *im = it->data;
	uint64_t at = 0, told = 0, passed = 0;
	bool copy, go_on = true;
	struct record r;

	image_attach(im);
	image_open(im);
	if (!image_source(im))
		return;
	atomic_store(&job->total, image_size(im));
	source_advise(image_source(im), SOURCE_SCAN);
	copy = image_has_rows(im) && it->list != it->index;
	for (uint64_t n = 0; go_on && image_step(im, &at, n, &r, true); n++) {
		index_append(it->index, &r);
		if (copy)
			index_append(it->list, &r);
		image_passed(im, at, &passed);
		if (at - told >= STEP_BYTES) {
			go_on = job_step(job, at - told);
			told = at;
		}
	}
	if (go_on && it->list && it->list != it->index && !copy)
		index_parts(im, job);
	source_advise(image_source(im), SOURCE_BROWSE);
}

/* ---- fields ---- */

void image_add_frame(struct image *im, struct field *parent, struct arena *a, const char *name,
		     struct span span)
{
	struct field *f = field_add(parent, a, FIELD_FRAME, name, span);

	f->show = SHOW_BYTES;
	f->bytes = image_bytes(im, span);
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
		bool alone = !im->as->extra;
		struct field *f =
			field_add(root, a, FIELD_BYTES, "bytes", alone ? all : image_body(r));

		f->bytes = image_bytes(im, f->span);
		f->show = SHOW_BYTES;
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
	struct field *f;

	if (r->head == 8 && b.len == 8)
		field_uint(root, a, "vaddr", le64_at(b.at), SHOW_ADDRESS,
			   (struct span){ r->offset, 8 });
	if (r->body) {
		f = field_add(root, a, FIELD_BYTES, "page", image_body(r));
		f->bytes = image_message(im, r);
		f->show = SHOW_BYTES;
	}
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
	field_derived(root, a, "kind", kind ? kind->name : "unknown");
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
		if (step_any(im, &at, n, &r, false)) {
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
	.check = criu_check_image,
};
