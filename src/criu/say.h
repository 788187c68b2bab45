/* What the files that word summaries share: a line in the making, and its helpers.
 *
 * Each of those files ends with a table of rows, message name and function; summary.c looks there.
 */
#ifndef CRIU_SAY_H
#define CRIU_SAY_H

#include "criu/set.h"

/* A line in the making. */
struct line {
	struct image *im;
	struct criu_set *set;
	const struct record *record; /* NULL: a part, or a message inside another */
	struct bytes msg;
	struct strbuf s;
};

/* A number of the line's own message; 0 if it is not there. */
uint64_t line_uint(const struct line *y, uint32_t field);
int64_t line_int(const struct line *y, uint32_t field);
/* A message or bytes inside another; empty if not there. */
struct bytes line_bytes(struct bytes msg, uint32_t field);
/* Cleaned text of a field of `msg`. */
void line_text(struct line *y, struct bytes msg, uint32_t field);
/* A number's name, or the number. */
void line_named(struct line *y, const char *group, uint64_t v, const char *prefix);
/* The same by what the schema says of a field. */
void line_value(struct line *y, const char *message, const char *field, uint64_t v);
/* A name from a schema in small letters; "?" for none. */
void line_small(struct line *y, const char *name);
void line_count(struct line *y, uint64_t n, const char *one, const char *many);
void line_size(struct line *y, uint64_t bytes);
/* How many there are of a repeated message. */
uint64_t line_parts(struct bytes msg, uint32_t field);
struct value_env line_env(const struct line *y);

struct say_row {
	const char *type; /* the message's name */
	void (*say)(struct line *);
};

/* Each ends with type NULL. */
extern const struct say_row lines_of_memory[], lines_of_tasks[], lines_of_files[],
	lines_of_namespaces[], lines_of_others[];

#endif
