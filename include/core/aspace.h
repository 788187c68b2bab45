/* Address spaces: which bytes are at an address, and if they are not, why not.
 *
 * An address space is a sequence of extents over [0, 2^64), stepped by address: what is mapped
 * nowhere is an extent, too. Addresses are bytes, half-open. An extent says what the memory is and,
 * if its bytes are in a file, in which, and where. Nothing is assembled in advance: a step costs
 * O(log runs). */
#ifndef CORE_ASPACE_H
#define CORE_ASPACE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/job.h"
#include "core/item.h"

enum page_state {
	PAGE_UNMAPPED, /* no region has it */
	PAGE_PRESENT,  /* bytes are here */
	PAGE_PARENT,   /* bytes are in an earlier snapshot, found there */
	PAGE_LAZY,     /* bytes were left with the dumping side */
	PAGE_ZERO,     /* never touched: reads as zeros */
	PAGE_FILE,     /* the mapped file's bytes, which are not in the images */
	PAGE_ABSENT,   /* bytes should be somewhere and are not, or never are dumped: `why` */
	PAGE_STATES
};
/* "present", "parent", ...: as JSON and the panes say it. */
const char *page_state_name(enum page_state s);
/* '#' present, 'p' parent, 'l' lazy, '0' zero, 'f' file, '.' absent, ' ' unmapped: never colour
 * alone. */
char page_state_mark(enum page_state s);

/* A stretch of addresses of one kind, within one region. */
struct extent {
	uint64_t start, end;
	enum page_state state;
	bool lost;             /* ABSENT because a parent or a file of its bytes is not here */
	uint32_t level;        /* snapshots back: 0 this set, 1 its parent, ... */
	size_t region;         /* index of the region; SIZE_MAX: none */
	struct source *source; /* of PRESENT and PARENT: the bytes of `start` are at `offset` */
	uint64_t offset;
	struct item *image; /* the file they are in */
	struct node entry;  /* what says so: a pagemap entry; item NULL: nothing */
	const char *why;    /* static or as old as the model; NULL if the state says it all */
};

/* A region as the system that dumped it knew it: a VMA. */
struct region {
	uint64_t start, end;
	char prot[5];     /* "rw-p" as in /proc */
	const char *kind; /* "heap", "stack", "vdso", "anon", "file", "shmem", "memfd", ... */
	const char *name; /* cleaned: path, "[heap]", "anon" */
	const char *file; /* cleaned path of the mapped file, or NULL */
	uint64_t pgoff;   /* offset in it, in bytes */
	uint32_t flags;   /* enum region_flags */
	struct node node; /* its record */
};

enum region_flags {
	REGION_READ = 1,
	REGION_WRITE = 2,
	REGION_EXEC = 4,
	REGION_SHARED = 8,
	REGION_FILE = 16, /* private or shared mapping of a real file */
	REGION_GUARD = 32,
};

struct aspace;

enum aspace_kind {
	ASPACE_PROCESS, /* virtual memory of a process */
	ASPACE_FRAMES, /* guest-physical memory: the address of a frame is its PFN times the page */
	ASPACE_VCPU,   /* virtual memory of a guest as a root of page tables maps it */
};

/* A step of a walk through page tables. */
struct aspace_step {
	unsigned level;      /* 5 to 1; the root's table first */
	uint64_t table;      /* PFN of the table */
	uint64_t index;      /* of the entry in it */
	uint64_t entry;      /* as it stands there */
	const char *flags;   /* "P|RW|US", cleaned */
	const char *trouble; /* why the walk ends here; NULL: it goes on, or this maps the page */
};

/* One of the bodies that were sent for a page, the oldest first. */
struct aspace_version {
	uint32_t pass;         /* counted from 1 */
	struct node entry;     /* the record that has it */
	struct source *source; /* NULL: sent without bytes */
	uint64_t offset;
	const char *type; /* "NOTAB", "XTAB" */
	const char *note; /* "compared only", "not committed"; NULL */
	bool current;     /* the one that the space shows */
	bool compared;    /* only: it was never a state of memory */
};

struct aspace_ops {
	/* The extent that holds `addr`. Always fills *out: beyond the last region one that ends at
	 * UINT64_MAX. */
	void (*at)(const struct aspace *, uint64_t addr, struct extent *out);
	/* Optional: the steps by which the bytes at `addr` were found, a line each, cleaned. */
	size_t (*trail)(const struct aspace *, uint64_t addr, const char **out, size_t max,
			struct arena *);
	/* Optional: the walk that found `addr`, as data. How many steps, at most `max`. */
	size_t (*steps)(const struct aspace *, uint64_t addr, struct aspace_step *out, size_t max,
			struct arena *);
	/* Optional: where in guest-physical memory `addr` is. False: nowhere. */
	bool (*physical)(const struct aspace *, uint64_t addr, uint64_t *pa);
	/* Optional: see aspace_reverse. */
	bool (*reverse)(struct aspace *, struct job *);
	/* Optional: the addresses at which it maps guest-physical `pa`, at most `max`. How many
	 * there are; none before aspace_reverse. */
	size_t (*mappers)(const struct aspace *, uint64_t pa, uint64_t *out, size_t max);
	/* Optional: all bodies of the page at `addr`, at most `max`; how many there are. */
	size_t (*versions)(const struct aspace *, uint64_t addr, struct aspace_version *out,
			   size_t max, struct arena *);
	/* Optional: looks up what `at` else does when it first comes there: earlier snapshots. */
	void (*settle)(const struct aspace *);
	/* Optional: finds the regions and stores them in the space. Called once, in any thread. */
	void (*map)(struct aspace *, struct job *);
	void (*fini)(struct aspace *);
};

struct aspace {
	const struct aspace_ops *ops;
	enum aspace_kind kind;
	const char *unit;             /* "VA", "PFN" */
	const char *name;             /* "pid 7", "vcpu0", "memory"; cleaned */
	const char *who;              /* behind '@' in a LOCATION: "7", "vcpu0", "pass:2"; "" */
	const char *root;             /* of a vCPU with two: "kernel", "user"; else NULL */
	uint64_t page;                /* bytes a page */
	const struct region *regions; /* ascending, not overlapping but for guards at the end */
	size_t region_count;
	struct item *item;  /* the process, the guest */
	_Atomic int mapped; /* of a space with ops->map: 0 not yet, 1 under way, 2 done */
};

/* Finds the regions of a space that does not know them from the start, once; a second caller waits.
 * Costs what the space says (of page tables: all of them are read); `job` (NULL: none) counts and
 * may stop it: then the regions are those found so far. Thread-safe. */
void aspace_map(struct aspace *as, struct job *job);
/* Finds out, once, at which addresses each frame is mapped: then ops->mappers knows. Reads all page
 * tables; `job` (NULL: none) counts them and may stop it: then false, and nothing is known. False,
 * too, of a space that has none. Thread-safe; a second caller waits. */
bool aspace_reverse(struct aspace *as, struct job *job);
/* False until the regions are there: `regions` must not be looked at before. */
bool aspace_is_mapped(const struct aspace *as);

/* By the model's owner, before any other thread asks for what is at an address. Opens earlier
 * snapshots, if there are any and they were not looked at yet. */
void aspace_settle(const struct aspace *as);

void aspace_at(const struct aspace *as, uint64_t addr, struct extent *out);
/* Steps on: true and the extent that begins where `x` ends; false past the last region. Start with
 * `*x = {0}`. Unmapped extents are included. */
bool aspace_next(const struct aspace *as, struct extent *x);

/* The region that holds `addr`: NULL if none, or none is known yet. O(log n). */
const struct region *aspace_region(const struct aspace *as, uint64_t addr);
/* The first of `n` ascending regions that ends after `addr`; n if none. O(log n). */
size_t region_after(const struct region *r, size_t n, uint64_t addr);

/* Copies `len` bytes from `addr`. Bytes that are not there read as zeros. Returns how many *were*
 * there (ZERO pages are: they are zeros); *missing (may be NULL): the first extent that was not,
 * state PAGE_UNMAPPED with start == end if all were. */
uint64_t aspace_read(const struct aspace *as, uint64_t addr, void *buf, uint64_t len,
		     struct extent *missing);

/* Pages of each state in [start, end). */
struct page_tally {
	uint64_t pages[PAGE_STATES];
	uint64_t lost; /* among the ABSENT ones those whose file or parent is not here */
};
struct page_tally aspace_count(const struct aspace *as, uint64_t start, uint64_t end);

/* The same a piece at a time: `at` is where it has come to. Begin with at == start; once at == end
 * the tally is whole. Each call asks for `steps` extents at most. */
struct page_count {
	uint64_t start, at, end;
	struct page_tally tally;
};
void aspace_count_on(const struct aspace *as, struct page_count *c, unsigned steps);

/* An address that the memory's owner names: a register of a thread. */
struct anchor {
	const char *word; /* as a LOCATION has it, without '@': "reg:sp" */
	uint64_t who;     /* whose: the thread */
	uint64_t addr;
	bool stack; /* the thread's stack pointer */
};

#endif
