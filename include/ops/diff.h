/* Differences between two snapshots: things by identity, their fields by name, their memory page by
 * page. Made for a person who asks "what happened between the two", and for scripts.
 *
 * The result is a tree of changes, filled while it is computed; changed pages hang below the change
 * of their memory as a list of their own, 24 bytes each. Reading one or the other is allowed at any
 * time up to the count that is published.
 *
 *	~ process 7 ledger-api
 *	    ~ vma 01c3f000      end 01c60000 -> 01c81000
 *	    ~ memory            1,207 pages changed, 33 new, 4 gone
 *	    + fd 24             TCP 10.0.3.9:41220 > 198.51.100.7:443
 *
 * Pages are equal without a look if both are stored in the same place (same file, same offset), are
 * both zeros, or are both left to the same mapped file. A page that only lies elsewhere (here, in a
 * parent) with the same bytes is equal. */
#ifndef OPS_DIFF_H
#define OPS_DIFF_H

#include "core/aspace.h"
#include "core/thing.h"

enum diff_how {
	DIFF_EQUAL,
	DIFF_CHANGED,
	DIFF_ADDED,   /* only in B */
	DIFF_REMOVED, /* only in A */
};
const char *diff_how_name(enum diff_how how); /* "added", ... as JSON has it */
char diff_how_mark(enum diff_how how);        /* '+' '-' '~' '=' */

enum diff_kind {
	DIFF_THING,  /* kind and key are the thing's */
	DIFF_FIELD,  /* of the thing above */
	DIFF_VMA,    /* a region */
	DIFF_MEMORY, /* all pages of a space: has page changes */
};

#define DIFF_TOP UINT32_MAX

/* Things that are on both sides are always listed, also if equal; fields and regions only if they
 * differ. A thing or memory that is DIFF_EQUAL by itself counts as changed if `below` says so: ask
 * diff_how_of. */
struct change {
	enum diff_kind what;
	enum diff_how how;
	uint32_t parent;   /* change above it; DIFF_TOP */
	bool loose;        /* differs by nature: renumbered ids, times */
	const char *kind;  /* "process", "field", "vma", "memory" */
	const char *key;   /* "7"; of a field its path; of a VMA its start */
	const char *title; /* cleaned */
	uint64_t number;   /* as in struct thing; of a VMA its start (in B if it is there) */
	uint64_t pid;      /* number of the process it belongs to; UINT64_MAX: none */
	const char *a, *b; /* values of a field, "start-end prot name" of a VMA; NULL: not there */
	struct node node_a, node_b;       /* where to look; item NULL: nowhere */
	struct aspace *space_a, *space_b; /* of VMA and MEMORY */
	_Atomic uint32_t below;           /* changes (not equal ones) anywhere below it */
};

struct page_change {
	uint64_t addr;          /* in B's space, the same in A's unless `moved` */
	_Atomic uint64_t other; /* with moved: where the same bytes are in A */
	uint32_t bytes;         /* that differ; of added and removed pages the page's size */
	uint8_t how;            /* enum diff_how */
	atomic_bool
		moved; /* it has bytes that A had elsewhere: known last, after it is published */
};

struct memory_tally {
	uint64_t changed, added, removed, moved; /* pages */
	uint64_t bytes;                          /* that differ in changed pages */
	uint64_t compared, skipped;              /* pages that were read; equal without a look */
	uint64_t unknown;                        /* not in the images on one side: cannot be said */
	uint64_t stopped;                        /* not looked at, because the job was stopped */
};

struct diff_spec {
	bool no_fields, no_memory;
	bool content;       /* look for moved pages by content hash */
	const char *ignore; /* names of fields and kinds, comma between; NULL */
	unsigned jobs;      /* threads for memory; 0: as many as there are cores */
	/* Instead of all: these two memories only. */
	struct aspace *space_a, *space_b;
};

struct diff;

/* Both models must outlive it. Refuses what cannot be compared with a clear error. */
MUST_USE struct err *diff_open(struct model *a, struct model *b, const struct diff_spec *spec,
			       struct diff **out);
void diff_close(struct diff *d);

/* Compares things, fields and regions: in the thread that owns the models, a piece (of some
 * milliseconds) at a time; true while there is more to do. */
bool diff_things(struct diff *d);
/* After that compares memory, in any thread. `job` counts bytes and may stop it. */
void diff_memory(struct diff *d, struct job *job);
bool diff_done(const struct diff *d);

enum diff_how diff_how_of(const struct change *c);

size_t diff_count(const struct diff *d);
/* Never moves; NULL past the end. */
const struct change *diff_at(const struct diff *d, size_t n);
/* Of a DIFF_MEMORY change: its pages, ascending by address once it is done. */
size_t diff_pages(const struct diff *d, size_t change);
const struct page_change *diff_page(const struct diff *d, size_t change, size_t n);
struct memory_tally diff_tally(const struct diff *d, size_t change);
/* The first page change at or above `addr`; diff_pages if none. O(log n). */
size_t diff_page_find(const struct diff *d, size_t change, uint64_t addr);
/* Bytes that diff_memory has to compare. */
uint64_t diff_total(const struct diff *d);
/* True if nothing differs that matters. */
bool diff_equal(const struct diff *d);

#endif
