/* A reference: what a field points to, as the format counts it. Resolved by model_follow. */
#ifndef CORE_REF_H
#define CORE_REF_H

#include <stdint.h>

struct item;

struct ref {
	uint16_t kind; /* 0: none; the rest are the format's own (criu: enum criu_ref) */
	uint64_t id;
	uint64_t more; /* a second key: a type, a pid */
};

#define NODE_SELF UINT64_MAX

/* A place in the tree: an item itself (at = NODE_SELF) or a row of its list. A value. */
struct node {
	struct item *item;
	uint64_t at;
};

/* Where a reference leads: a node, and if it is more exact than that, bytes inside. */
struct place {
	struct node node;
	uint64_t offset;  /* in the item's source; UINT64_MAX: no matter */
	const char *path; /* of the field in the node's fields, or NULL */
};

#endif
