/* An index is a list of records that may be read while it grows. */
#include "core/record.h"

#include <stdlib.h>

#include "base/bound.h"
#include "base/chunks.h"
#include "base/heap.h"

struct index {
	struct chunks records;
};

struct index *index_new(void)
{
	struct index *ix = heap_zeroed(1, sizeof(*ix));

	chunks_init(&ix->records, sizeof(struct record), SIZE_MAX);
	return ix;
}

void index_free(struct index *ix)
{
	if (!ix)
		return;
	chunks_fini(&ix->records);
	free(ix);
}

void index_append(struct index *ix, const struct record *r)
{
	struct record *to = chunks_next(&ix->records);

	if (!to)
		return;
	*to = *r;
	chunks_publish(&ix->records);
}

size_t index_count(const struct index *ix)
{
	return ix ? chunks_count(&ix->records) : 0;
}

const struct record *index_at(const struct index *ix, size_t n)
{
	return ix ? chunks_at(&ix->records, n) : NULL;
}

size_t index_find(const struct index *ix, uint64_t offset)
{
	size_t count = index_count(ix);
	size_t behind = BOUND(i, count, index_at(ix, i)->offset <= offset);
	const struct record *r;

	/* The one before the first that begins behind it is the only candidate. */
	if (!behind)
		return count;
	r = index_at(ix, behind - 1);
	return offset - r->offset < r->length ? behind - 1 : count;
}
