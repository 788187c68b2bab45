/* Protobuf's wire format: fields one after the other, each a varint tag (number << 3 | type), then
 *
 *   0 varint   1 eight bytes   2 varint length and bytes   5 four bytes
 *
 * Types 3 and 4 (groups) occur nowhere in CRIU and end the reading like any other nonsense: how
 * long such a thing is cannot be told, so the rest of the message is a gap. */
#include "criu/wire.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "criu/criu.h"
#include "criu/special.h"

enum { DEPTH_MAX = 32 };

/* Reads a varint; NULL if it is overlong or cut. With pointers alone: everything that is decoded
 * comes through here. */
static inline const uint8_t *varint(const uint8_t *at, const uint8_t *end, uint64_t *v)
{
	uint64_t sum;
	unsigned shift;

	if (at == end)
		return NULL;
	sum = *at++;
	if (sum < 0x80) {
		*v = sum;
		return at;
	}
	sum &= 0x7f;
	for (shift = 7; shift < 70 && at < end; shift += 7) {
		uint64_t byte = *at++;

		/* The tenth byte has one bit to give. */
		sum |= (byte & 0x7f) << (shift & 63);
		if (byte < 0x80) {
			*v = sum;
			return at;
		}
	}
	return NULL;
}

bool wire_next(struct cursor *c, struct wire *out)
{
	const uint8_t *start = c->at, *end = c->end, *at, *body;
	uint64_t tag, v = 0;

	at = varint(start, end, &tag);
	if (!at || tag >> 32 || tag < 8)
		return false;
	body = at;
	switch (tag & 7) {
	case WIRE_VARINT:
		at = varint(at, end, &v);
		break;
	case WIRE_64:
		if (end - at < 8)
			return false;
		v = le64_at(at);
		at += 8;
		break;
	case WIRE_32:
		if (end - at < 4)
			return false;
		v = le32_at(at);
		at += 4;
		break;
	case WIRE_BYTES:
		body = at = varint(at, end, &v);
		if (!at || v > (uint64_t)(end - at))
			return false;
		at += v;
		break;
	default:
		return false;
	}
	if (!at)
		return false;
	out->number = (uint32_t)(tag >> 3);
	out->type = (enum wire_type)(tag & 7);
	out->value = v;
	out->bytes = (struct bytes){ body, out->type == WIRE_BYTES ? (size_t)v : 0 };
	out->span.offset = c->origin + (uint64_t)(start - c->first);
	out->span.length = (uint64_t)(at - start);
	out->body.offset = out->span.offset + (uint64_t)(body - start);
	out->body.length = (uint64_t)(at - body);
	c->at = at;
	return true;
}

/* The last field `number` of one of the types in `types` (bits). */
static bool last_of(struct bytes msg, uint32_t number, unsigned types, struct wire *out)
{
	struct cursor c = cursor_over(msg, 0);
	struct wire w;
	bool found = false;

	while (wire_next(&c, &w)) {
		if (w.number == number && types >> w.type & 1) {
			*out = w;
			found = true;
		}
	}
	return found;
}

enum { NUMBERS = 1 << WIRE_VARINT | 1 << WIRE_64 | 1 << WIRE_32 };

bool wire_uint(struct bytes msg, uint32_t number, uint64_t *v)
{
	struct wire w;

	if (!last_of(msg, number, NUMBERS, &w))
		return false;
	*v = w.value;
	return true;
}

bool wire_int(struct bytes msg, uint32_t number, int64_t *v)
{
	struct wire w;

	if (!last_of(msg, number, NUMBERS, &w))
		return false;
	*v = w.type == WIRE_32 ? (int32_t)(uint32_t)w.value : (int64_t)w.value;
	return true;
}

bool wire_sint(struct bytes msg, uint32_t number, int64_t *v)
{
	struct wire w;

	if (!last_of(msg, number, 1 << WIRE_VARINT, &w))
		return false;
	*v = wire_zigzag(w.value);
	return true;
}

bool wire_bytes(struct bytes msg, uint32_t number, struct bytes *b)
{
	struct wire w;

	if (!last_of(msg, number, 1 << WIRE_BYTES, &w))
		return false;
	*b = w.bytes;
	return true;
}

bool wire_message(struct bytes msg, struct bytes *out, ...)
{
	bool found = true;
	va_list ap;
	int number;

	va_start(ap, out);
	while (found && (number = va_arg(ap, int)) != 0)
		found = wire_bytes(msg, (uint32_t)number, &msg);
	va_end(ap);
	if (found)
		*out = msg;
	return found;
}

size_t wire_uints(struct bytes msg, uint32_t number, uint64_t *out, size_t max)
{
	struct cursor c = cursor_over(msg, 0);
	struct wire w;
	size_t n = 0;

	while (wire_next(&c, &w)) {
		struct cursor run;

		if (w.number != number)
			continue;
		if (w.type != WIRE_BYTES) {
			if (n < max)
				out[n] = w.value;
			n++;
			continue;
		}
		run = cursor_over(w.bytes, 0);
		while (cursor_left(&run)) {
			uint64_t v = cursor_varint(&run);

			if (run.spent)
				break;
			if (n < max)
				out[n] = v;
			n++;
		}
	}
	return n;
}

enum wire_type wire_type_of(enum proto_type type)
{
	static const uint8_t types[] = {
		[TYPE_DOUBLE] = WIRE_64,     [TYPE_FLOAT] = WIRE_32,
		[TYPE_INT64] = WIRE_VARINT,  [TYPE_UINT64] = WIRE_VARINT,
		[TYPE_INT32] = WIRE_VARINT,  [TYPE_FIXED64] = WIRE_64,
		[TYPE_FIXED32] = WIRE_32,    [TYPE_BOOL] = WIRE_VARINT,
		[TYPE_STRING] = WIRE_BYTES,  [TYPE_GROUP] = WIRE_BYTES,
		[TYPE_MESSAGE] = WIRE_BYTES, [TYPE_BYTES] = WIRE_BYTES,
		[TYPE_UINT32] = WIRE_VARINT, [TYPE_ENUM] = WIRE_VARINT,
		[TYPE_SFIXED32] = WIRE_32,   [TYPE_SFIXED64] = WIRE_64,
		[TYPE_SINT32] = WIRE_VARINT, [TYPE_SINT64] = WIRE_VARINT,
	};

	return (enum wire_type)types[type];
}

bool wire_signed(enum proto_type type)
{
	return type == TYPE_INT64 || type == TYPE_INT32 || type == TYPE_ENUM ||
	       type == TYPE_SFIXED32 || type == TYPE_SFIXED64 || type == TYPE_SINT32 ||
	       type == TYPE_SINT64;
}

uint64_t wire_value(enum proto_type type, uint64_t v)
{
	switch (type) {
	case TYPE_UINT32:
	case TYPE_FIXED32:
		return (uint32_t)v;
	case TYPE_INT32:
	case TYPE_SFIXED32:
	case TYPE_ENUM:
		return (uint64_t)(int64_t)(int32_t)(uint32_t)v;
	case TYPE_SINT32:
		return (uint64_t)(int64_t)(int32_t)wire_zigzag((uint32_t)v);
	case TYPE_SINT64:
		return (uint64_t)wire_zigzag(v);
	case TYPE_BOOL:
		return v != 0;
	default:
		return v;
	}
}

/* Fields. */

static int depth_of(const struct field *f)
{
	int depth = 0;

	for (; f && depth <= DEPTH_MAX; f = f->parent)
		depth++;
	return depth;
}

/* The missing required fields of a message, or NULL. */
static const char *missing(const struct message *type, struct bytes msg, struct arena *a)
{
	struct cursor c = cursor_over(msg, 0);
	struct arena_mark mark = arena_mark(a);
	bool *seen = arena_array(a, type->count + 1, sizeof(bool));
	struct strbuf s;
	bool some = false;
	struct wire w;

	while (wire_next(&c, &w)) {
		const struct message_field *f = message_field(type, w.number);

		if (f && w.type == f->wire)
			seen[f->index] = true;
	}
	for (uint32_t i = 0; i < type->count && !some; i++)
		some = type->fields[i].label == LABEL_REQUIRED && !seen[i];
	if (!some) {
		arena_rewind(a, mark);
		return NULL;
	}
	strbuf_init(&s, a);
	strbuf_add(&s, "missing:");
	for (uint32_t i = 0; i < type->count; i++)
		if (type->fields[i].label == LABEL_REQUIRED && !seen[i])
			strbuf_addf(&s, " %s", type->fields[i].name);
	return s.text;
}

static void expand(struct field *group, struct arena *a);

static const struct field_ops message_ops = { .expand = expand };

struct field *wire_group(struct field *parent, struct arena *a, const char *name,
			 const struct message *type, struct bytes msg, struct span span,
			 struct span body, struct value_env env, const void *owner)
{
	struct field *f = field_add(parent, a, FIELD_GROUP, name, span);

	f->value = body;
	f->bytes = msg;
	f->env = env;
	f->owner = owner;
	f->schema = type;
	f->ops = &message_ops;
	f->trouble = missing(type, msg, a);
	return f;
}

/* What expanding one message needs. */
struct decode {
	struct field *group;
	const struct message *type;
	struct arena *a;
	uint32_t *seen; /* of each field of `type`: how many so far */
	uint32_t room;  /* for children of the group */
	bool hex;       /* numbers without a notation of their own in hexadecimal */
	struct special_set special;
	bool asked; /* for the companion; there is at most one in a message */
	bool beside;
	uint64_t more;
};

static void add_unknown(struct decode *d, const struct wire *w, const struct message_field *known)
{
	static const char *const unknown[] = { [WIRE_VARINT] = "unknown, varint",
					       [WIRE_64] = "unknown, 64 bits",
					       [WIRE_BYTES] = "unknown, bytes",
					       [WIRE_32] = "unknown, 32 bits" };
	static const char *const stored_as[] = { [WIRE_VARINT] = "stored as varint",
						 [WIRE_64] = "stored as 64 bits",
						 [WIRE_BYTES] = "stored as bytes",
						 [WIRE_32] = "stored as 32 bits" };
	const char *name = known ? known->name : arena_printf(d->a, "field %u", w->number);
	bool number = w->type != WIRE_BYTES;
	struct field *f =
		field_add(d->group, d->a, number ? FIELD_UINT : FIELD_BYTES, name, w->span);

	f->value = w->body;
	if (number) {
		f->u = w->value;
		f->show = w->type == WIRE_VARINT ? SHOW_DEC : SHOW_HEX;
	} else {
		f->bytes = w->bytes;
		f->show = SHOW_BYTES;
	}
	if (known)
		f->trouble = stored_as[w->type];
	else
		f->note = unknown[w->type];
}

/* What a reference needs besides the id: the value of a field beside it. */
static const struct {
	const char *message, *field, *beside;
} companions[] = {
	{ "fdinfo_entry", "id", "type" },
	{ "vma_entry", "shmid", "status" },
	{ "remap_file_path_entry", "remap_id", "remap_type" },
	{ "ns_file_entry", "ns_id", "ns_cflag" },
};

/* Ids that count from 1: 0 says that there is none. */
static bool zero_is_none(uint16_t kind)
{
	switch (kind) {
	case REF_TTY_INFO:
	case REF_SECCOMP:
	case REF_SHMEM:
	case REF_VMA_SHM:
	case REF_TIME_NS:
	case REF_MNT_ROOT_DEV:
	case REF_PIPE_DATA:
	case REF_FIFO_DATA:
		return false;
	default:
		return true;
	}
}

/* Looks for the companion of field `mf`, once for a message. */
static void find_companion(struct decode *d, const struct message_field *mf)
{
	if (d->asked)
		return;
	d->asked = true;
	for (size_t i = 0; i < ARRAY_LEN(companions); i++) {
		const struct message_field *other;

		if (strcmp(companions[i].field, mf->name) != 0 ||
		    strcmp(companions[i].message, d->type->name) != 0)
			continue;
		other = message_field_named(d->type, companions[i].beside);
		d->beside = other && wire_uint(d->group->bytes, other->number, &d->more);
	}
}

static void set_ref(struct decode *d, struct field *f, const struct message_field *mf)
{
	uint64_t id = f->u, more = 0;

	if ((f->type == FIELD_INT && f->s < 0) || (!id && zero_is_none(mf->ref)))
		return;
	switch (mf->ref) {
	case REF_FILE:
	case REF_VMA_SHM:
	case REF_NS_FILE:
	case REF_GHOST:
		find_companion(d, mf);
		more = d->more;
		break;
	default:
		break;
	}
	/* Until v1.6 there was no remap_type: bit 31 of the id said that it is a ghost file. */
	if (mf->ref == REF_GHOST && !d->beside) {
		more = id >> 31 & 1;
		id &= 0x7fffffff;
	}
	f->ref = (struct ref){ mf->ref, id, more };
}

/* One word of an address. More than one: the first says what they are together. */
static void set_ip(struct decode *d, struct field *f, const struct message_field *mf)
{
	uint64_t raw[4];
	uint32_t words[4];
	size_t n;

	if (f->at) {
		f->show = SHOW_HEX;
		return;
	}
	n = wire_uints(d->group->bytes, mf->number, raw, 4);
	if (n <= 1)
		return;
	f->show = SHOW_HEX;
	for (size_t i = 0; i < 4 && n == 4; i++)
		words[i] = (uint32_t)raw[i];
	if (n == 4)
		f->note = value_ip(words, 4, d->a);
}

static void set_number(struct field *f, const struct message_field *mf, uint64_t raw)
{
	float single;
	double v;

	switch (mf->type) {
	case TYPE_FLOAT:
		memcpy(&single, &(uint32_t){ (uint32_t)raw }, sizeof(single));
		v = single;
		memcpy(&f->u, &v, sizeof(v));
		return;
	case TYPE_UINT32:
		if (raw >> 32)
			f->trouble = "more than 32 bits";
		break;
	case TYPE_INT32:
	case TYPE_ENUM:
		if ((uint64_t)(int64_t)(int32_t)(uint32_t)raw != raw && raw >> 32)
			f->trouble = "more than 32 bits";
		break;
	default:
		break;
	}
	f->u = wire_value(mf->type, raw);
}

/* One number of field `mf`, whose bytes are at `span` and `value`. */
static void add_number(struct decode *d, const struct message_field *mf, uint64_t raw,
		       struct span span, struct span value)
{
	enum field_type type = mf->type == TYPE_DOUBLE || mf->type == TYPE_FLOAT ? FIELD_FLOAT
			       : wire_signed(mf->type)                           ? FIELD_INT
										 : FIELD_UINT;
	struct field *f = field_add(d->group, d->a, type, mf->name, span);

	f->value = value;
	f->show = mf->show == SHOW_DEC && d->hex ? SHOW_HEX : mf->show;
	set_number(f, mf, raw);
	if (mf->label == LABEL_REPEATED)
		f->at = d->seen[mf->index];
	if (mf->index_names)
		f->note = value_name(mf->names, f->at, f->env);
	else
		f->names = mf->names;
	if (mf->ref)
		set_ref(d, f, mf);
	if (mf->show == SHOW_IP && mf->label == LABEL_REPEATED)
		set_ip(d, f, mf);
	if (mf->label == LABEL_REPEATED || !d->seen[mf->index])
		special_apply(&d->special, f, mf, d->group->bytes, d->a);
	d->seen[mf->index]++;
}

#define TOO_MANY "too many fields: not decoded from here on"

/* Bytes from `start` to `end` that are no fields, or none that are made. */
static void add_gap(struct decode *d, const char *name, uint64_t start, uint64_t end,
		    const char *why)
{
	struct span span = { start, end - start };
	struct field *gap = field_add(d->group, d->a, FIELD_GAP, name, span);

	gap->bytes = (struct bytes){ d->group->bytes.at + (start - d->group->value.offset),
				     (size_t)span.length };
	gap->show = SHOW_BYTES;
	gap->trouble = why;
}

/* A run of numbers without tags. The first one has the run's tag and length in its span. */
static void add_packed(struct decode *d, const struct message_field *mf, const struct wire *w)
{
	struct cursor c = cursor_over(w->bytes, w->body.offset);
	uint64_t start = w->span.offset, end = start + w->span.length;
	enum wire_type type = (enum wire_type)mf->wire;

	if (!w->bytes.len) {
		field_add(d->group, d->a, FIELD_FRAME, mf->name, w->span)->show = SHOW_BYTES;
		return;
	}
	while (cursor_left(&c)) {
		struct span value = { cursor_offset(&c), 0 };
		uint64_t v;

		if (d->group->count >= d->room)
			break;
		v = type == WIRE_VARINT ? cursor_varint(&c)
		    : type == WIRE_64   ? cursor_u64(&c)
					: cursor_u32(&c);
		if (c.spent)
			break;
		value.length = cursor_offset(&c) - value.offset;
		add_number(d, mf, v, (struct span){ start, cursor_offset(&c) - start }, value);
		start = cursor_offset(&c);
	}
	if (start < end)
		add_gap(d, mf->name, start, end, c.spent ? "cut" : TOO_MANY);
}

static void add_message(struct decode *d, const struct message_field *mf, const struct wire *w)
{
	struct field *f;

	if (depth_of(d->group) >= DEPTH_MAX) {
		f = field_add(d->group, d->a, FIELD_BYTES, mf->name, w->span);
		f->value = w->body;
		f->bytes = w->bytes;
		f->show = SHOW_BYTES;
		f->trouble = "nested too deep";
	} else {
		f = wire_group(d->group, d->a, mf->name, mf->message, w->bytes, w->span, w->body,
			       d->group->env, d->group->owner);
		f->show = mf->show == SHOW_HEX || d->hex ? SHOW_HEX : SHOW_DEC;
	}
	if (mf->label == LABEL_REPEATED)
		f->at = d->seen[mf->index];
	if (mf->index_names)
		f->note = value_name(mf->names, f->at, f->env);
	d->seen[mf->index]++;
}

static void add_bytes(struct decode *d, const struct message_field *mf, const struct wire *w)
{
	struct field *f =
		field_add(d->group, d->a, mf->type == TYPE_STRING ? FIELD_TEXT : FIELD_BYTES,
			  mf->name, w->span);

	f->value = w->body;
	f->bytes = w->bytes;
	f->show = mf->show;
	if (mf->label == LABEL_REPEATED)
		f->at = d->seen[mf->index];
	if (mf->label == LABEL_REPEATED || !d->seen[mf->index])
		special_apply(&d->special, f, mf, d->group->bytes, d->a);
	d->seen[mf->index]++;
}

static void add_field(struct decode *d, const struct wire *w)
{
	const struct message_field *mf = message_field(d->type, w->number);
	enum wire_type type = mf ? (enum wire_type)mf->wire : WIRE_VARINT;

	if (!mf)
		add_unknown(d, w, NULL);
	else if (w->type != type && w->type == WIRE_BYTES && mf->label == LABEL_REPEATED)
		add_packed(d, mf, w);
	else if (w->type != type)
		add_unknown(d, w, mf);
	else if (mf->type == TYPE_MESSAGE)
		add_message(d, mf, w);
	else if (type == WIRE_BYTES)
		add_bytes(d, mf, w);
	else
		add_number(d, mf, w->value, w->span, w->body);
}

static void expand(struct field *group, struct arena *a)
{
	const struct message *type = group->schema;
	struct cursor c = cursor_over(group->bytes, group->value.offset);
	struct decode d = { .group = group, .type = type, .a = a };
	struct wire w;

	d.hex = group->show == SHOW_HEX;
	d.seen = arena_array(a, type->count + 1, sizeof(*d.seen));
	special_find(&d.special, type);
	d.room = field_room(group);
	while (group->count < d.room && wire_next(&c, &w))
		add_field(&d, &w);
	if (cursor_left(&c))
		add_gap(&d, "rest", cursor_offset(&c), cursor_offset(&c) + cursor_left(&c),
			group->count < d.room ? "no field starts here" : TOO_MANY);
}
