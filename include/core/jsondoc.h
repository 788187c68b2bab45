/* JSON that others wrote (an engine's config.dump, xl's domain config), read where it lies: no
 * copy, no allocation, every value with its place. Tolerant: what is no JSON ends the walk. */
#ifndef CORE_JSONDOC_H
#define CORE_JSONDOC_H

#include "base/out.h"
#include "core/field.h"

enum doc_type { DOC_NONE, DOC_OBJECT, DOC_ARRAY, DOC_STRING, DOC_NUMBER, DOC_WORD };

/* A value; its bytes are at `span` of the document. */
struct doc_value {
	enum doc_type type;
	struct span span; /* quotes, braces and all */
	struct bytes text;
};

/* The value that a document consists of; DOC_NONE if there is none. */
struct doc_value doc_root(struct bytes all);

/* Steps over the members of an object or the elements of an array.
 *
 *	for (struct doc_walk w = doc_walk_over(&value); doc_next(&w);)
 *		use(w.key, w.value);
 */
struct doc_walk {
	struct doc_value of;
	size_t at;            /* in of.text */
	struct doc_value key; /* DOC_NONE in an array */
	struct doc_value value;
	bool broken; /* ended before the closing bracket */
};

struct doc_walk doc_walk_over(const struct doc_value *of);
bool doc_next(struct doc_walk *w);

/* A member by its key, at any depth: doc_find(root, "spec", "process", NULL). The last of a key
 * counts. DOC_NONE if absent. */
struct doc_value doc_find(struct doc_value v, ...) __attribute__((sentinel));
/* The bytes that a string says, in the arena if escapes had to be resolved. */
struct bytes doc_string(const struct doc_value *v, struct arena *a);
/* Cleaned text of a string or number; NULL for anything else. */
const char *doc_text(const struct doc_value *v, struct arena *a);

/* Adds the members of a document to `root`, whose span is the document's: each byte below one of
 * them. Groups are expanded on demand. */
void doc_fields(struct field *root, struct bytes all, struct arena *a);
/* Written anew, so that the result is JSON whatever the document is. */
void doc_write(const struct doc_value *v, struct json *j, struct arena *a);
/* True if all of it is JSON, and nothing else follows; strings are not looked into. */
bool doc_is_whole(struct bytes all);

#endif
