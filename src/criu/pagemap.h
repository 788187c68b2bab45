/* Pagemaps as sorted runs, and how a page is found along the chain of snapshots. */
#ifndef CRIU_PAGEMAP_H
#define CRIU_PAGEMAP_H

#include "core/aspace.h"
#include "criu/set.h"

/* memory.c: the entries of a pagemap, one after the other, without its head; 30 M a second or more.
 *
 *	for (struct runs r = runs_of(im); runs_next(&r);)
 *		use(r.run, r.row);
 */
struct runs {
	struct walk walk;
	struct bytes all; /* the file, if it is of this machine's byte order */
	uint64_t row, passed;
	struct page_run run;
	struct span span; /* of the entry's record */
};

struct runs runs_of(struct image *im); /* `im` may be NULL: none */
bool runs_next(struct runs *r);

/* One entry of a pagemap: 32 bytes. Addresses of a shared segment count from its start. */
struct run {
	uint64_t start, end; /* bytes */
	uint64_t offset;     /* of `start` in the pages file; only with PE_PRESENT */
	uint32_t entry;      /* row in the image */
	uint32_t flags;      /* PE_* */
};

/* The index of one pagemap image; opened once, kept until the model closes. */
struct pagemap {
	struct image *im;
	struct image *pages; /* NULL: the file its head names is not there */
	struct run *runs;    /* ascending, not overlapping */
	size_t count;
	uint64_t page;        /* bytes a page */
	uint64_t present;     /* bytes that the pages file should have */
	const char *no_pages; /* what to say if `pages` is NULL */
	bool looked_up;       /* `up` was looked for */
	struct pagemap *up;   /* of the same id one snapshot back */
	const char *no_up;    /* why there is none */
	bool looked_newer;
	struct pagemap *newer; /* of the same id in the snapshot beside this one that is newer */
	struct pagemap *next;  /* of all of the set */
};

/* The pagemap of a PAGEMAP or SHMEM_PAGEMAP image; NULL for NULL. Reads it at the first call: 30 M
 * entries a second. Notes what is wrong with it. */
struct pagemap *pagemap_open(struct image *im);
/* Notes that an entry goes beyond the last address. */
void pagemap_note_range(struct image *im, const struct runs *e);
/* Notes that an entry begins before the end of the last one. */
void pagemap_note_order(struct image *im, const struct runs *e);
/* The pagemap of the same name one snapshot back; NULL: none. */
struct pagemap *pagemap_parent(struct pagemap *pm);
void pagemaps_free(struct criu_set *set);

/* The run that holds `addr`; NULL if it is in a gap between runs, which *gap then is. */
struct gap {
	uint64_t start, end;
};
const struct run *pagemap_find(const struct pagemap *pm, uint64_t addr, struct gap *gap);

/* Where the bytes of `addr` (in the pagemap's own count) are, in *x: state, level, source, offset,
 * and [start, end) narrowed to where that holds. False: this pagemap does not mention it, and
 * [start, end) is narrowed to the gap. x->start <= addr < x->end must hold before. */
bool pagemap_resolve(struct pagemap *pm, uint64_t addr, struct extent *x);

/* The same as steps for people: one line for each level asked. */
size_t pagemap_trail(struct pagemap *pm, uint64_t addr, const char **out, size_t max,
		     struct arena *a);

#endif
