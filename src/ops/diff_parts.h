/* What the files of the diff share. */
#ifndef OPS_DIFF_PARTS_H
#define OPS_DIFF_PARTS_H

#include <pthread.h>

#include "base/chunks.h"
#include "base/text.h"
#include "ops/diff.h"

/* What is on the two sides of a stretch of addresses. */
enum side { SIDE_NONE, SIDE_BYTES, SIDE_ZEROS, SIDE_UNKNOWN };

/* Pages to be looked at; those that are equal without a look are not kept. */
struct segment {
	uint64_t addr, at_a, at_b; /* address; offsets in the sources */
	uint32_t pages;
	uint32_t bytes; /* of a page that was compared at once: how many differ, */
	uint16_t a, b;  /* which source; NO_SOURCE */
	uint8_t side_a, side_b;
	uint8_t how; /* and this. Of all others DIFF_EQUAL */
};
#define NO_SOURCE UINT16_MAX

#define PAGES_MOST (1u << 30) /* changes of pages that are kept, of one memory */

/* The memory of a pair. */
struct pair_memory {
	uint32_t change;
	struct aspace *a, *b; /* one may be NULL */
	uint64_t page;        /* bytes */
	struct segment *segments;
	size_t count, room;
	struct chunks pages;       /* of struct page_change */
	struct memory_tally tally; /* of what was not looked at; the rest is added as it is done */
	pthread_mutex_t lock;
};

/* A pair of things that waits. */
struct todo {
	uint32_t parent;
	bool has_a, has_b;
	struct thing a, b;
	uint64_t pid;
};

struct diff {
	struct model *a, *b;
	struct diff_spec spec;
	struct arena arena;   /* texts of changes */
	struct arena scratch; /* fields of one pair */
	struct chunks changes;
	struct todo *todos; /* a stack */
	size_t todo_count, todo_room;
	struct pair_memory *memories;
	size_t memory_count, memory_room;
	struct source **source_list; /* of segments, by number */
	size_t source_count, source_room;
	_Atomic uint64_t differing;
	_Atomic bool memory_done;
	bool begun;
	/* The last of `memories`, while its address spaces are being laid side by side. */
	struct side_walk {
		struct extent a, b; /* where it is */
		uint64_t at;
		bool active;
	} walk;
};

/* Below, each file uses those above it only.
 *
 * diff_bytes.c: how many bytes differ; `b` NULL: are not zero. */
uint64_t bytes_that_differ(const uint8_t *a, const uint8_t *b, uint64_t len);
bool bytes_all_zero(const uint8_t *p, uint64_t len);
/* How many of [at, at + len) the file of `src` still has, once they were looked at: those behind
 * read as zeros, which says nothing. `ask`: the system, too, for a file may end within a page. */
uint64_t bytes_still_there(const struct source *src, uint64_t at, uint64_t len, bool ask);

/* diff_changes.c: the next change; filled by the caller, then counted. */
struct change *diff_new(struct diff *d, uint32_t parent, enum diff_kind what, enum diff_how how);
/* Counts it: for all above it, too, if it differs and matters. Returns its number. */
uint32_t diff_publish(struct diff *d, struct change *c);
/* One more difference below change `n`, and all above that. */
void diff_count_up(struct diff *d, uint32_t n);
/* True if `name` is one of the words that are not to be looked at. */
bool diff_ignored(const struct diff *d, const char *name);
const char *diff_text(struct diff *d, const char *text);

/* diff_fields.c: differences of two trees of fields, below `parent`. */
void diff_compare_fields(struct diff *d, uint32_t parent, uint64_t pid, struct field *a,
			 struct field *b, const struct thing *ta, const struct thing *tb);
/* diff_regions.c */
void diff_compare_regions(struct diff *d, uint32_t parent, uint64_t pid, struct aspace *a,
			  struct aspace *b);

/* diff_sides.c: prepares a pair; then, a piece at a time, lays them side by side. */
void diff_begin_memory(struct diff *d, uint32_t change, struct aspace *a, struct aspace *b);
/* False: done. */
bool diff_walk_memory(struct diff *d);
void diff_memory_fini(struct pair_memory *m);
/* The bytes of the page at `addr` on one side, as a segment has them: into `buf` if they are not at
 * hand. NULL: that side has none. */
const uint8_t *diff_page_bytes(const struct diff *d, const struct pair_memory *m, uint64_t addr,
			       bool in_b, uint8_t *buf);

/* diff_moved.c: marks pages of B whose bytes A had elsewhere, among those that differ. */
void diff_find_moved(struct diff *d, struct job *job);

#endif
