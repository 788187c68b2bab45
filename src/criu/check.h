/* What the files of the checks share. A rule of one message is a row or a function in
 * check_values.c; of what one image refers to in another, a row in check.c; of memory, in
 * check_memory.c; of the process tree and of files that should be there, in check_set.c. Each notes
 * the bytes at fault: the field, else the record. */
#ifndef CRIU_CHECK_H
#define CRIU_CHECK_H

#include "criu/image.h"
#include "criu/set.h"

struct check {
	struct criu_set *set;
	struct image *im;
	struct problems *problems;
};

/* A message of the image at hand: its type, its bytes, and where in the file they lie. */
struct checked {
	const struct message *type;
	struct bytes msg;
	uint64_t origin;
};

#define CHECK_NOTE(ck, severity, rule, span, ...)                                                  \
	problem_note((ck)->problems, severity, rule, (ck)->im->item, span, __VA_ARGS__)

/* The bytes of the last field `number` of a message, tag and all; of the whole message if it has
 * none. */
struct span field_span(const struct checked *m, uint32_t number);

/* check_values.c: what is impossible whatever the other images say. Both tables end with message
 * NULL. */
struct value_rule {
	const char *message;
	uint32_t field;
	/* From `least` to `most`; or, if `bits` is not 0, no others than these bits. */
	int64_t least, most;
	uint64_t bits;
	const char *what; /* "a nice value" */
	/* When it holds. NULL: always. */
	bool (*when)(const struct check *, struct bytes msg);
};
extern const struct value_rule value_rules[];
void check_value(const struct check *ck, const struct value_rule *rule, const struct checked *m,
		 const struct message_field *f, const struct wire *w);

/* Of several fields of one message. */
struct message_rule {
	const char *message;
	void (*check)(const struct check *, const struct checked *);
};
extern const struct message_rule message_rules[];

/* check_memory.c */
void check_pagemap(const struct check *ck);
void check_vmas(const struct check *ck);

#endif
