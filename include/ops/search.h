/* Search: bytes in the memory of processes, or in files.
 *
 * What is searched are the bytes that are stored: pages here or in a parent. Neighbouring pages
 * count as neighbours by address, wherever they lie in files, and so do pages of zeros beside them;
 * but a match has at least one stored byte, and gigabytes of zeros are never walked. An image page
 * that several places map is scanned once and reported for each.
 *
 * Matches of all but regular expressions may overlap: every place where the pattern is, is one. A
 * regular expression's do not, within a stretch that is stored in one piece; where two pieces meet
 * it is tried again on both together, so there two matches may share bytes. One that crosses such
 * a border is found if no more than SEARCH_REACH bytes of it lie on either side.
 *
 * Patterns (a word in front chooses):
 *
 *	hunter2               text, its UTF-8 bytes          text:...   the same, whatever it is
 *	x:de ad ?? b?         hex, ? is any digit            re:...     Perl's regular expression
 *	u16:.. u32:.. u64:..  an integer, little-endian      u32be:..   big-endian
 *	ptr:START-END         aligned values in [START, END) ptr32:..   of four bytes
 *
 * and before all that, as often as wished:
 *
 *	i:...                 letters of either case         utf16:..   text as UTF-16LE, too */
#ifndef OPS_SEARCH_H
#define OPS_SEARCH_H

#include "core/aspace.h"
#include "core/model.h"

#define SEARCH_REACH 4096

/* The n-th word that may stand in front of a pattern, "re:", for completion; NULL past the last. */
const char *search_word(size_t n);

struct search_spec {
	const char *pattern;
	bool utf16;   /* text: as UTF-16LE, too */
	bool nocase;  /* text, regex: ASCII letters of either case */
	bool aligned; /* integers: only at multiples of their width */
	/* Which memory; NULL: all processes. */
	struct aspace *space;
	/* Instead of memory: the files of this item and below it. */
	struct item *item;
	struct span span;   /* of that one file; length 0: all of it */
	const char *perm;   /* letters of "rwxsp" a region must have; behind '~': must not */
	const char *kind;   /* of regions: exactly */
	const char *name;   /* of regions: contains */
	const char *states; /* "present", "parent"; NULL: both, and zeros beside them */
	unsigned jobs;      /* threads; 0: as many as there are cores */
	uint64_t max;       /* hits; 0: all */
};

/* A match. Order: by file and offset, then by process; after those the matches that cross borders,
 * by process and address. The same whatever the number of threads. */
struct search_hit {
	struct aspace *space; /* NULL: in a file */
	uint64_t va;          /* if `space` */
	uint64_t length;
	const struct region *region; /* NULL: none */
	struct item *image;          /* that has the first byte; NULL: it is a zero nobody stored */
	uint64_t offset;             /* in it */
};

/* All are called in the thread that runs the search. */
struct search_sink {
	/* False: enough. */
	bool (*hit)(void *arg, const struct search_hit *);
	/* Optional: some five times a second. */
	void (*tick)(void *arg, const struct job *);
	void *arg;
};

struct search_result {
	uint64_t hits;
	uint64_t gave_up; /* stretches of 2 MiB at most where a regular expression took too long */
	bool stopped;     /* by the job or the sink, or `max` was reached */
};

/* Pages of the regions searched that hold bytes somewhere, but not here. */
struct search_gap {
	uint64_t pages;
	enum page_state state; /* PAGE_LAZY, PAGE_ABSENT */
	const char *why; /* as of struct extent; NULL: the state says it all, or of many kinds */
};

struct search;

/* Understands the pattern and finds out where to look. In the model's thread. Borrows the model,
 * nothing of the spec. Errors say what is wrong with the pattern, to a person. */
MUST_USE struct err *search_open(struct model *m, const struct search_spec *spec,
				 struct search **out);
/* The same over address spaces that the caller has. */
MUST_USE struct err *search_open_spaces(struct aspace *const *spaces, size_t count,
					const struct search_spec *spec, struct search **out);
void search_close(struct search *s);
void search_closep(struct search **s);

/* Bytes to scan. */
uint64_t search_total(const struct search *s);
/* What cannot be searched, a row for each reason: borrowed. Known once it is open. */
size_t search_gaps(const struct search *s, const struct search_gap **out);
/* Runs it: in any thread, as long as the model is open. `job` counts bytes and may stop it. */
struct search_result search_run(struct search *s, const struct search_sink *sink, struct job *job);

#endif
