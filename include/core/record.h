/* Records and their append-only index.
 *
 * 32 bytes a record. One writer appends; any thread may read up to index_count, which is published
 * after the record is complete. Records never move. */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/source.h"

struct record {
	uint64_t offset; /* of its first byte, the header's, in the item's source */
	uint64_t length; /* of all its bytes: header, body, payload, padding */
	uint32_t body;   /* bytes of the body after the header */
	uint16_t head;   /* bytes of the header */
	uint16_t kind;   /* meaning is the format's: which message, which record type */
	uint32_t aux;    /* the format's: a count, an ordinal, a type */
	uint32_t flags;
};

enum record_flags {
	RECORD_DAMAGED = 1u << 0, /* a problem was noted for it */
	RECORD_CUT = 1u << 1,     /* the file ends inside it */
	RECORD_SOUND = 1u << 2,   /* what a check of it alone asks was seen when it was indexed */
};

struct index;

struct index *index_new(void);
void index_free(struct index *ix);
void index_append(struct index *ix, const struct record *r);
size_t index_count(const struct index *ix);
/* NULL past the end. O(1). */
const struct record *index_at(const struct index *ix, size_t n);
/* The record that holds `offset`, given that offsets ascend; index_count if none. O(log n). */
size_t index_find(const struct index *ix, uint64_t offset);

#endif
