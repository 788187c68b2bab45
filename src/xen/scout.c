/* The scout takes only what is in memory: a disk would rather be read from front to back. */
#include "xen/scout.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/job.h"

#define ODD_MOST 64u /* batches in a row that are not plain, or not in memory: the end */

struct scout {
	pthread_t thread;
	const struct source *src;
	uint64_t start, like; /* where it was sent; bytes of a batch */
	size_t want;          /* bytes of head and array */
	bool big;
	bool back; /* the thread has ended */
	_Atomic bool stop;
	struct batch *found; /* room for `most` */
	size_t count, most, next;
};

static void *go(void *arg)
{
	struct scout *s = arg;
	uint64_t at = s->start, size = source_size(s->src);
	uint8_t bytes[BATCH_HEAD + 8 * BATCH_MOST];
	unsigned odd = 0;

	while (s->count < s->most && odd < ODD_MOST && at < size && !atomic_load(&s->stop)) {
		size_t got = source_fetch_now(s->src, at, bytes, s->want);

		odd++;
		if (got == s->want && batch_is_plain((struct bytes){ bytes, got }, at, size, s->big,
						     &s->found[s->count])) {
			s->count++;
			odd = 0;
		}
		at += s->like;
	}
	return NULL;
}

struct scout *scout_send(const struct source *src, uint64_t at, size_t most,
			 const struct batch *like, bool big)
{
	struct scout *s = heap_zeroed(1, sizeof(*s));

	s->src = src;
	s->start = at;
	s->like = batch_length(like->count);
	s->want = BATCH_HEAD + (size_t)8 * like->count;
	s->big = big;
	s->most = most;
	s->found = heap_must(calloc(most, sizeof(*s->found)));
	if (!job_thread(&s->thread, go, s))
		return s;
	free(s->found);
	free(s);
	return NULL;
}

static void wait_for(struct scout *s)
{
	if (!s->back)
		pthread_join(s->thread, NULL);
	s->back = true;
}

bool scout_saw(struct scout *s, uint64_t offset, struct batch *out)
{
	if (offset < s->start)
		return false;
	wait_for(s);
	while (s->next < s->count && s->found[s->next].offset < offset)
		s->next++;
	if (s->next == s->count || s->found[s->next].offset != offset)
		return false;
	*out = s->found[s->next];
	return true;
}

bool scout_is_done(const struct scout *s, uint64_t offset)
{
	return s->back && (!s->count || s->found[s->count - 1].offset < offset);
}

void scout_free(struct scout *s)
{
	if (!s)
		return;
	atomic_store(&s->stop, true);
	wait_for(s);
	free(s->found);
	free(s);
}
