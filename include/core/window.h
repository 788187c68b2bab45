/* A window that moves over sources, from front to back: bytes for scans through gigabytes.
 *
 * It shows a mapping as it is where the kernel maps it in large pieces, and else reads into a
 * buffer that stays in the processor's cache. Which of the two is cheaper depends on how the file
 * got into the page cache, and differs twofold either way: so it counts page faults, and tries
 * again now and then. One thread has one window. */
#ifndef CORE_WINDOW_H
#define CORE_WINDOW_H

#include "core/source.h"

struct window {
	uint8_t *buf;
	size_t room;
	const struct source *src; /* that was looked at last */
	struct span held;         /* of it, in `buf` */
	struct span mapped;       /* of it, seen in the mapping and not given back */
	uint64_t seen;            /* bytes, since faults were counted */
	long faults;              /* of this thread, then */
	uint64_t to_read;         /* bytes before the mapping is tried again, */
	uint64_t patience;        /* of so many; 0: the mapping is good */
};

/* `room`: bytes that most views have; longer ones are of the mapping. */
void window_init(struct window *w, size_t room);
/* Gives back what it had mapped. */
void window_fini(struct window *w);

/* Bytes of `span`, clipped, until the next call. `ahead`: the scan goes on to there. */
struct bytes window_view(struct window *w, const struct source *src, struct span span,
			 uint64_t ahead);

#endif
