/* A list that grows while others read it: elements never move, and a reader sees whole ones only.
 *
 * One thread appends: it takes room for an element, fills it, publishes it. Any thread may read up
 * to the count at any time, without a lock. */
#ifndef BASE_CHUNKS_H
#define BASE_CHUNKS_H

#include <stdatomic.h>
#include <stddef.h>

#define CHUNKS_MOST 40 /* chunks: more than any memory holds */

struct chunks {
	size_t size, most; /* bytes an element; elements at most */
	_Atomic size_t count;
	_Atomic(char *) at[CHUNKS_MOST];
};

void chunks_init(struct chunks *c, size_t size, size_t most);
void chunks_fini(struct chunks *c);

/* Room for one more element, zeroed, not counted yet; the same again until it is published. NULL:
 * there are `most`. */
void *chunks_next(struct chunks *c);
void chunks_publish(struct chunks *c);

size_t chunks_count(const struct chunks *c);
/* NULL past the end. O(1). */
void *chunks_at(const struct chunks *c, size_t n);

#endif
