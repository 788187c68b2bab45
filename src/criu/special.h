/* Fields whose meaning no table can say: packed pairs, raw kernel structures, programs. wire.c asks
 * for them when it expands a message. */
#ifndef CRIU_SPECIAL_H
#define CRIU_SPECIAL_H

#include "core/field.h"
#include "criu/schema.h"

enum { SPECIAL_MAX = 4 };

struct special_set;

/* A rule for one field. `msg` is the message that `f` is part of; it may be read through only once
 * in a message, that is at the field's first element. */
struct special {
	const char *message, *field;
	enum field_type type; /* what the rule reads: of another type it is left alone */
	void (*apply)(struct field *f, struct bytes msg, struct special_set *set, struct arena *a);
};

/* What a clock's number means that is no constant's: "CPU time of process 7". NULL: it is one's. */
const char *clock_text(uint32_t id, struct arena *a);

/* The rules for one message. */
struct special_set {
	const struct special *rules[SPECIAL_MAX];
	uint32_t numbers[SPECIAL_MAX];
	int count;
	uint64_t state; /* a rule's own, from one element to the next */
};

void special_find(struct special_set *set, const struct message *type);
/* Adds a note, or makes a group of it, if there is a rule for field `mf`. */
void special_apply(struct special_set *set, struct field *f, const struct message_field *mf,
		   struct bytes msg, struct arena *a);

#endif
