/* Messages that are not what the schema says.
 *
 * A decoder shows what it can and skips the rest; here the rest is noted, when an image is read for
 * the first time: bytes that are no field, fields of another wire type, required ones that are not
 * there. Unknown fields are no damage: a newer CRIU wrote them. */
#include "criu/criu.h"
#include "criu/image.h"

#define DEPTH_MAX 32    /* of nested messages */
#define FAULTS_MAX 1000 /* noted for one image: who has more is no better off with a million */
#define UNKNOWNS_MAX 100

/* True while another fault is worth noting; counts it. */
static bool is_worth_noting(struct image *im)
{
	return atomic_fetch_add(&im->faults, 1) < FAULTS_MAX;
}

/* A field that a newer CRIU wrote is in every record: it must not take the place of faults. */
static bool is_news(struct image *im)
{
	return atomic_load(&im->unknowns) < UNKNOWNS_MAX &&
	       atomic_fetch_add(&im->unknowns, 1) < UNKNOWNS_MAX;
}

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
		if (is_worth_noting(im))
			IMAGE_NOTE(im, SEV_WARNING, "missing-field", span,
				   "%s lacks its required field %s", type->name, f->name);
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
			if (is_news(im))
				IMAGE_NOTE(im, SEV_NOTE, "unknown-field", w.span,
					   "%s has an unknown field %u", type->name, w.number);
		} else if (!wire_fits(f, w.type)) {
			if (is_worth_noting(im))
				IMAGE_NOTE(im, SEV_WARNING, "wire-type", w.span,
					   "%s.%s is written as wire type %d", type->name, f->name,
					   w.type);
			good = false;
		} else if (f->message && depth < DEPTH_MAX) {
			good &= check_message(im, f->message, w.bytes, w.body.offset, depth + 1);
		}
	}
	if (cursor_left(&c)) {
		if (is_worth_noting(im))
			IMAGE_NOTE(im, SEV_ERROR, "message",
				   ((struct span){ cursor_offset(&c), cursor_left(&c) }),
				   "%s cannot be read on: %zu of its bytes are no field",
				   type->name, cursor_left(&c));
		return false;
	}
	return check_required(im, type, seen, (struct span){ origin, msg.len }) && good;
}

/* True of the usual small message, known numbers and nothing else: most of a million records are,
 * and so need no second look. */
static bool is_plain(const struct message *type, struct bytes msg)
{
	const uint8_t *at = msg.at, *end = at + msg.len;
	uint32_t seen = 0;

	while (at < end) {
		uint8_t tag = *at++;
		const struct message_field *f = type->direct[tag >> 3];
		const uint8_t *value = at;

		if (tag & 0x87 || !f || wire_type_of(f->type) != WIRE_VARINT)
			return false;
		while (at < end && *at & 0x80)
			at++;
		if (at == end || at - value > 9)
			return false;
		at++;
		seen |= 1u << f->number;
	}
	for (uint32_t n = 0; n < type->count; n++) {
		const struct message_field *f = &type->fields[n];

		if (f->label == LABEL_REQUIRED && (f->number > 31 || !(seen & 1u << f->number)))
			return false;
	}
	return true;
}

bool image_check_message(struct image *im, const struct record *r)
{
	const struct message *type = image_type(im, r);
	struct bytes msg = image_message(im, r);

	if (!type || is_plain(type, msg))
		return true;
	/* Damaged all over: whether this one record is, too, is not worth the time. */
	return atomic_load(&im->faults) < FAULTS_MAX &&
	       check_message(im, type, msg, image_body(r).offset, 0);
}
