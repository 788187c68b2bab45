/* A second thread for the walk: it goes through the second half of what is left, as long as batches
 * are where they are expected, while the walk goes through the first. What it brings back counts
 * only when the walk, from record to record, arrives exactly there; so it can be wrong, but not do
 * wrong. */
#ifndef XEN_SCOUT_H
#define XEN_SCOUT_H

#include "xen/batch.h"

struct scout;

/* Sends one to `at`, for `most` batches at most, that of `like` being what they look like. NULL: no
 * thread is to be had. `src` must outlive it. */
struct scout *scout_send(const struct source *src, uint64_t at, size_t most,
			 const struct batch *like, bool big);
/* True if there is a plain batch at `offset`: *out. Offsets ascend from call to call; once they are
 * where it was sent, it is waited for. */
bool scout_saw(struct scout *s, uint64_t offset, struct batch *out);
/* True if offsets from `offset` on are not worth asking for. */
bool scout_is_done(const struct scout *s, uint64_t offset);
/* Calls it back, wherever it is. NULL-safe. */
void scout_free(struct scout *s);

#endif
