/* Pages of a guest, as a stream sends them: runs, passes, and which body of a PFN counts.
 *
 * A run is a stretch of neighbouring PFNs that one record sends, of one type, their bodies one
 * behind the other. A pass is a stretch of runs whose PFNs ascend: a PFN not above the one before
 * it begins the next, as do CHECKPOINT and VERIFY. Within a pass runs are thus sorted and disjoint.
 * Between two CHECKPOINTs there is one pass at least, even if nothing was sent.
 *
 *	pass 1   [0------------------------)[-------)     first sending, all of memory
 *	pass 2      [--)   [-)      [---)                 what was written meanwhile
 *	pass 3      [-)             [-)
 *	          the last that has a PFN says what the page is
 *
 * Which one is last is worked out by overlaying passes, two by two: O(runs log passes). Written by
 * the walk's thread; read by anyone once it is sealed. */
#ifndef XEN_MEMORY_H
#define XEN_MEMORY_H

#include "xen/xen.h"

enum page_type { /* XEN_DOMCTL_PFINFO_*, bits 60-63 of a PAGE_DATA entry */
		 PFINFO_NOTAB = 0,
		 PFINFO_BROKEN = 13,
		 PFINFO_XALLOC = 14,
		 PFINFO_XTAB = 15,
};
/* True if a page of that type has bytes in the stream. */
bool page_type_has_data(unsigned type);

#define NO_BODY UINT64_MAX

struct page_run {
	uint64_t pfn;
	uint64_t offset; /* of the first body; NO_BODY */
	uint32_t count;
	uint32_t record; /* row of the layer that has PAGE_DATA */
	uint32_t pass;   /* counted from 0 */
	uint8_t type;    /* enum page_type */
	bool made;       /* offset is in memory_made(), not in the file */
};

enum pass_flags {
	PASS_VERIFY = 1, /* sent to be compared, never stored */
};

struct memory *memory_new(void);
void memory_free(struct memory *m);

/* ---- the walk's ---- */

/* One entry of a PAGE_DATA; neighbours become one run. */
void memory_add(struct memory *m, uint64_t pfn, unsigned type, uint64_t offset, uint32_t record,
		bool made);
/* `count` entries at once, at least one: neighbours of one type, their bodies one behind the other.
 */
void memory_add_run(struct memory *m, uint64_t pfn, uint32_t count, unsigned type, uint64_t offset,
		    uint32_t record, bool made);
/* From here on a new pass; `verify`: to be compared only. */
void memory_new_pass(struct memory *m, bool verify);
/* All before belongs to a snapshot: CHECKPOINT. It is committed once memory_commit says so. */
void memory_snapshot(struct memory *m);
void memory_commit(struct memory *m);
/* The pass, counted from 0, to which a record that comes now belongs: for state.pass. What comes
 * behind VERIFY counts with the pass before it, what comes between a snapshot and its commit with
 * the snapshot. */
uint32_t memory_pass(const struct memory *m);
/* Nothing more will come. `made`: bytes that the walk unpacked, or NULL; owned from now on. */
void memory_seal(struct memory *m, struct source *made);

/* ---- after that ---- */

size_t memory_run_count(const struct memory *m);
const struct page_run *memory_run(const struct memory *m, size_t n);
/* The first run that record `n` sends; NULL: it sends none. O(log runs). */
const struct page_run *memory_run_of(const struct memory *m, uint64_t n);
struct source *memory_made(const struct memory *m);

size_t memory_passes(const struct memory *m); /* up to the last that is not VERIFY's */
/* All of them: memory_run(m, n)->pass is below this. */
size_t memory_passes_sent(const struct memory *m);
/* Runs of a pass: [*first, result). */
size_t memory_pass_runs(const struct memory *m, uint32_t pass, size_t *first);
size_t memory_snapshots(const struct memory *m); /* committed ones */
/* Passes that make up snapshot `n`, counted from 1: [0, result). 0: no such one. */
uint32_t memory_snapshot_passes(const struct memory *m, uint32_t n);
unsigned memory_pass_flags(const struct memory *m, uint32_t pass);

/* What memory is after the passes [0, passes): sorted, disjoint runs. Made on first use, in the
 * owner's thread; lives as long as `m`. A PFN that was sent with bytes, later without (XTAB,
 * BROKEN), is there without. */
struct page_view {
	const struct page_run *runs;
	size_t count;
	uint64_t pages; /* that have bytes */
	uint64_t pfns;  /* of any type */
};
const struct page_view *memory_view(struct memory *m, uint32_t passes);
/* The same of bodies alone: the last one of each PFN, whatever was sent for it later. */
const struct page_view *memory_bodies(struct memory *m, uint32_t passes);
/* Index of the first run that ends after `pfn`; count if none. O(log runs). */
size_t page_view_after(const struct page_view *v, uint64_t pfn);
/* The run of a view that has `pfn`, or NULL; *next (may be NULL): the first PFN above `pfn` at
 * which a run begins, UINT64_MAX if none. O(log runs). */
const struct page_run *page_view_find(const struct page_view *v, uint64_t pfn, uint64_t *next);

/* All runs that hold `pfn`, the oldest first; how many, of which at most `max` in `out`. VERIFY's
 * too. O(passes log runs). */
size_t memory_history(const struct memory *m, uint64_t pfn, const struct page_run **out,
		      size_t max);

#endif
