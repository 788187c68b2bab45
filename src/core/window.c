/* Reading or mapping.
 *
 *	page cache in pieces of 2 MiB   one fault maps all of it: nothing is copied, and nothing is
 *	                                faster; a file that was read from front to back lies so
 *	in smaller ones                 a fault for every 64 KiB at best, and a table entry for each
 *	                                page: read(2) takes half as long, into a buffer that is used
 *	                                again before it leaves the processor's cache
 *
 * Nobody tells which it is, but the faults that the thread had can be counted. What was mapped is
 * given back in large steps: each makes all processors forget where it was. */
#include "core/window.h"

#include <stdlib.h>
#include <sys/resource.h>

enum {
	COUNT_EVERY = 2 << 20, /* bytes; so many have a fault or two if they come in large pieces */
	FAULTS_FEW = 8,        /* in so many */
	READ_FIRST = 4 << 20,  /* bytes, then the mapping is tried again; twice as many each time */
	READ_MOST = 64 << 20,  /* that it was no better, up to these */
	READ_AHEAD = 256 << 10, /* bytes at least, if the scan goes on: less is many system calls */
	RELEASE_EVERY = 4 << 20, /* bytes: what a scan adds to the resident set */
	AROUND = 64 << 10,       /* bytes beside what was looked at that a fault maps, too */
	ALIGN = 4096,            /* of the buffer: copies to whole pages are quicker */
};

static long faults_now(void)
{
	struct rusage r;

	if (getrusage(RUSAGE_THREAD, &r))
		return 0;
	return r.ru_minflt + r.ru_majflt;
}

void window_init(struct window *w, size_t room)
{
	*w = (struct window){ .room = (room + ALIGN - 1) / ALIGN * ALIGN };
	w->faults = faults_now();
}

static void give_back(struct window *w)
{
	uint64_t before = w->mapped.offset < AROUND ? w->mapped.offset : AROUND;

	if (w->mapped.length)
		source_release(w->src, (struct span){ w->mapped.offset - before,
						      before + w->mapped.length + AROUND });
	w->mapped.length = 0;
}

void window_fini(struct window *w)
{
	give_back(w);
	free(w->buf);
}

/* The faults of what was seen in the mapping: many? */
static void judge(struct window *w)
{
	long faults = faults_now();

	if (faults - w->faults <= FAULTS_FEW)
		w->patience = 0;
	else if (w->patience < READ_MOST)
		w->patience = w->patience ? 2 * w->patience : READ_FIRST;
	w->to_read = w->patience;
	w->faults = faults;
	w->seen = 0;
}

static struct bytes look(struct window *w, struct span span)
{
	uint64_t end = span.offset + span.length, known = w->mapped.offset + w->mapped.length;

	/* Views overlap a little, and go on. */
	if (w->mapped.length >= RELEASE_EVERY || span.offset < w->mapped.offset ||
	    span.offset > known) {
		give_back(w);
		w->mapped.offset = known = span.offset;
	}
	if (end > known) {
		w->seen += end - known;
		w->mapped.length = end - w->mapped.offset;
	}
	return source_view(w->src, span.offset, span.length);
}

static struct bytes fetch(struct window *w, struct span span, uint64_t ahead)
{
	uint64_t n = span.length;

	if (n < READ_AHEAD && ahead > span.offset + n)
		n = ahead - span.offset < READ_AHEAD ? ahead - span.offset : READ_AHEAD;
	if (n > w->room)
		n = w->room;
	give_back(w);
	w->held.offset = span.offset;
	w->held.length = source_fetch(w->src, span.offset, w->buf, (size_t)n);
	w->to_read -= w->held.length < w->to_read ? w->held.length : w->to_read;
	if (!w->to_read)
		w->faults = faults_now();
	return (struct bytes){ w->buf, (size_t)span.length };
}

/* Whether to read: there is something to read from, and to. */
static bool may_fetch(struct window *w)
{
	if (!w->to_read || !source_fetches(w->src))
		return false;
	if (!w->buf)
		w->buf = aligned_alloc(ALIGN, w->room);
	return w->buf != NULL;
}

static bool is_held(const struct window *w, struct span span)
{
	return span.offset >= w->held.offset &&
	       span.offset + span.length <= w->held.offset + w->held.length;
}

struct bytes window_view(struct window *w, const struct source *src, struct span span,
			 uint64_t ahead)
{
	span = span_clip(span, source_size(src));
	if (src != w->src) {
		give_back(w);
		w->held.length = 0;
		w->src = src;
	}
	if (w->held.length && is_held(w, span))
		return (struct bytes){ w->buf + (span.offset - w->held.offset),
				       (size_t)span.length };
	if (w->seen >= COUNT_EVERY)
		judge(w);
	return span.length <= w->room && may_fetch(w) ? fetch(w, span, ahead) : look(w, span);
}
