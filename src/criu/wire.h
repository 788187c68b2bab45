/* Protobuf on the wire: stepping over it, picking values, and turning a message into fields that
 * know their bytes.
 *
 * Tolerant: whatever cannot be read becomes a gap with `trouble`; unknown fields are kept by
 * number. */
#ifndef CRIU_WIRE_H
#define CRIU_WIRE_H

#include "base/cursor.h"
#include "core/field.h"
#include "core/item.h"
#include "criu/schema.h"

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* One field as it lies there. */
struct wire {
	uint32_t number;
	enum wire_type type;
	uint64_t value;     /* varint, 32 or 64 bits; of WIRE_BYTES the length */
	struct bytes bytes; /* of WIRE_BYTES */
	struct span span;   /* tag and all, by the cursor's origin */
	struct span body;   /* without tag and length */
};

/* Steps to the next field. False at the end, and at what is no field: then the cursor stands before
 * it with cursor_left > 0. */
bool wire_next(struct cursor *c, struct wire *out);

/* Of a type in the schema: how it is stored, whether it has a sign, and its value from what is
 * stored (cut to its width, extended by its sign to 64 bits). */
enum wire_type wire_type_of(enum proto_type type);
bool wire_signed(enum proto_type type);
uint64_t wire_value(enum proto_type type, uint64_t v);

static inline int64_t wire_zigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

/* The last value of field `number` in a message, as protobuf means it. False: not there (*v
 * untouched). */
bool wire_uint(struct bytes msg, uint32_t number, uint64_t *v);
bool wire_int(struct bytes msg, uint32_t number, int64_t *v);  /* int32, int64 */
bool wire_sint(struct bytes msg, uint32_t number, int64_t *v); /* sint32, sint64 */
bool wire_bytes(struct bytes msg, uint32_t number, struct bytes *b);
/* The nested message at a path of numbers ending in 0: wire_message(core, &m, 3, 0). */
bool wire_message(struct bytes msg, struct bytes *out, ...);
/* Repeated numbers, packed or not: up to `max` into `out`; returns how many there are. */
size_t wire_uints(struct bytes msg, uint32_t number, uint64_t *out, size_t max);

/* Makes a group of the message at `span` (its bytes: `msg`) below `parent`, expanded on demand.
 * `owner` goes to every field (the item). `span` includes tag and length if there are any; `body`
 * is the message. Missing required fields are noted in the group's `trouble`. */
struct field *wire_group(struct field *parent, struct arena *a, const char *name,
			 const struct message *type, struct bytes msg, struct span span,
			 struct span body, struct value_env env, const void *owner);

/* The JSON object of a message as crit prints it. `json_message` writes a whole object;
 * `json_members` only the members into an object that is open, so that "extra" can follow. Unknown
 * fields are left out, as crit does. */
void json_message(struct json *j, const struct message *type, struct bytes msg,
		  enum json_style style, struct arena *a);
void json_members(struct json *j, const struct message *type, struct bytes msg,
		  enum json_style style, struct arena *a);

#endif
