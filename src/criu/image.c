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

#define OLD_PAGE 4096u          /* v0.1 to v0.4 knew no other */
#define STEP_BYTES (64u << 10)  /* between looks at the cancel flag */
#define PASSED_BYTES (4u << 20) /* read at a time before pages are given back */
#define MAX_PARTS 4             /* repeated fields of one message that are rows */
#define PARTS_MAX 2000000u      /* of those rows: elements may be as short as two bytes */
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

/* ---- the header ---- */

const struct raw_kind *image_raw(const struct image *im)
{
	if (!im->as)
		return im->plain ? im->plain : &raw_unknown;
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
		IMAGE_NOTE(im, SEV_ERROR, "open", ((struct span){ 0, 0 }), "%s", err->text);
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
			IMAGE_NOTE(im, SEV_ERROR, "magic", ((struct span){ 0, im->head }),
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
		IMAGE_NOTE(im, SEV_ERROR, "magic", at, "the magic 0x%08x is that of %s, not of %s",
			   im->magic, other->name, im->kind->name);
	else if (im->kind)
		IMAGE_NOTE(im, SEV_ERROR, "magic", at, "unknown magic 0x%08x, not 0x%08x of %s",
			   im->magic, im->kind->magic, im->kind->name);
	else if (!other && im->lead)
		IMAGE_NOTE(im, SEV_WARNING, "magic", at,
			   "an image of an unknown kind, magic 0x%08x", im->magic);
	/* With an intact lead word it is an image, and then the name is evidence enough. */
	im->as = other ? other : im->lead ? im->kind : NULL;
	if (!im->as && !im->lead)
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
			IMAGE_NOTE(im, SEV_ERROR, "truncated-header", ((struct span){ 0, size }),
				   "%llu bytes are too few for the header of an image",
				   (unsigned long long)size);
		return;
	}
	if (!im->kind || im->magic != im->kind->magic)
		take_magic_for_it(im);
	if (im->as && im->lead && im->lead != im->as->lead)
		IMAGE_NOTE(im, SEV_WARNING, "lead-magic", ((struct span){ 0, 4 }),
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
			IMAGE_NOTE(im, SEV_ERROR, "record-length", ((struct span){ *at, left }),
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
			IMAGE_NOTE(im, SEV_ERROR, "truncated-header", ((struct span){ 0, size }),
				   "%llu bytes are too few for a length", (unsigned long long)size);
		return false;
	}
	said = le64_at(b.at);
	have = size - 8;
	*out = (struct record){ .head = 8 };
	if (im->as->message && said != have) {
		out->flags = RECORD_DAMAGED | (said > have ? RECORD_CUT : 0);
		if (note)
			IMAGE_NOTE(im, SEV_ERROR, "record-length", ((struct span){ 0, 8 }),
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
			IMAGE_NOTE(im, SEV_ERROR, "extra-length", at,
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

/* The file ends where its first record should be. Only a list may be empty: whoever dumps writes
 * the message of an image that has one together with its header. */
static void note_no_record(struct image *im)
{
	struct span here = { im->head, 0 };

	if (im->as->shape != SHAPE_ARRAY && image_size(im) == (im->lead ? 8 : 4))
		IMAGE_NOTE(im, SEV_ERROR, "no-record", here,
			   "the file ends after the header: no %s is in it", im->as->message);
}

static bool step_message(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	uint64_t size = image_size(im), left, len;
	struct bytes b;

	*at = walk_start(im, *at);
	left = size - *at;
	if (!n && note)
		note_no_record(im);
	if (!left || *at > size || step_over(im, n))
		return false;
	b = image_bytes(im, (struct span){ *at, 4 });
	if (b.len < 4) {
		if (note)
			IMAGE_NOTE(im, SEV_ERROR, "record-length", ((struct span){ *at, left }),
				   "%zu bytes at the end are too few for a record", b.len);
		return false;
	}
	len = word_of(b.at, im->big);
	left -= 4;
	if (!len && step_in_zeros(im, *at)) {
		if (note)
			IMAGE_NOTE(im, SEV_ERROR, "record-length", ((struct span){ *at, left + 4 }),
				   "nothing but zeros where records should be");
		return false;
	}
	*out = (struct record){ .offset = *at, .head = 4 };
	out->kind = im->entry && n;
	if (len > left) {
		out->flags = RECORD_CUT | RECORD_DAMAGED;
		if (note)
			IMAGE_NOTE(im, SEV_ERROR, "record-length", ((struct span){ *at, 4 }),
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
			IMAGE_NOTE(im, SEV_ERROR, "record-size", ((struct span){ *at, 4 }),
				   "a message of %llu bytes is too long to be decoded",
				   (unsigned long long)len);
	} else if (im->as->extra && !(out->flags & RECORD_CUT)) {
		step_extra(im, out, left, note);
	}
	if (im->as->shape == SHAPE_SINGLE && n && note)
		IMAGE_NOTE(im, SEV_ERROR, "extra-record", ((struct span){ *at, size - *at }),
			   "%s holds one message; %llu more bytes follow", im->as->name,
			   (unsigned long long)(size - *at));
	*at += out->length;
	return true;
}

bool image_step_open(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
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
	image_open(im);
	if (!image_source(im) || !image_step_open(im, at, n, out, note))
		return false;
	if (!note || out->flags & RECORD_DAMAGED || image_raw(im))
		return true;
	if (!image_check_message(im, out))
		out->flags |= RECORD_DAMAGED;
	return true;
}

bool image_single(struct image *im, struct record *out)
{
	uint64_t at = 0;

	return image_source(im) && image_step_open(im, &at, 0, out, false);
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
	if (!im->as)
		return im->item->list && im->plain && im->plain->rows;
	return im->item->list && shape_is_array(im, im->as);
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
	const struct message_field *fields[MAX_PARTS] = { NULL };
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
			if (!fields[n] || fields[n]->number != w.number || w.type != WIRE_BYTES)
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
		if (index_count(im->item->list) < PARTS_MAX)
			continue;
		IMAGE_NOTE(im, SEV_WARNING, "too-many",
			   ((struct span){ cursor_offset(&c), cursor_left(&c) }),
			   "more than %u elements: the rest is not listed", PARTS_MAX);
		return;
	}
}

void image_index(struct item *it, struct job *job)
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
