/* LOCATION: how people name a place, on the command line and in the jump box alike.
 *
 *	va:0x7ffd61a5c2f0@7   0x7ffd61a5c2f0       virtual address
 *	reg:rsp@7  heap@7  stack@7  env@7  exe@7   an address the process itself names
 *	vma:2@7                                    a region, by its number
 *	va:0xffffffff81000000@vcpu0  va:0x1000@root:0x5104   walked from a guest's page tables
 *	pfn:0x1000  pa:0x1000000  pfn:0x1000@pass:2 a guest's frame, guest-physical address
 *	off:0x2f1@mm-7.img    rec:13@files.img     in a file; a row of a list
 *	pid:7   mm-7.img/vmas[2]/start             a node of the tree: a PATH
 *	+0x10   -0x10   50%                        from where one stands
 *
 * Parsing looks at the text only; resolving asks the model. */
#ifndef CORE_LOCATION_H
#define CORE_LOCATION_H

#include "core/aspace.h"
#include "core/model.h"

enum location_kind {
	LOC_PATH,     /* anything else: `word` */
	LOC_ADDRESS,  /* va:N, N */
	LOC_ANCHOR,   /* reg:NAME, heap, stack, env, ...: `word` without what follows @ */
	LOC_FRAME,    /* pfn:N */
	LOC_PHYSICAL, /* pa:N */
	LOC_OFFSET,   /* off:N */
	LOC_RECORD,   /* rec:N */
	LOC_FORWARD,  /* +N */
	LOC_BACKWARD, /* -N */
	LOC_PERCENT,  /* N% */
	LOC_MARK,     /* mark:a */
};

struct location {
	enum location_kind kind;
	uint64_t number;
	const char *word; /* PATH, ANCHOR, MARK: text; lives in the arena given */
	const char *at;   /* behind '@'; "" if there is none */
};

/* Parses. Never fails: what is nothing else is a PATH; *trouble (may be NULL) says what is wrong
 * with a text that began like one of the other forms, NULL if nothing is. */
struct location location_parse(const char *text, struct arena *a, const char **trouble);

/* A word that a LOCATION may be or begin with, for completion. */
struct location_word {
	const char *text; /* "va:", "heap" */
	enum location_kind kind;
	const char *usage; /* "va:ADDRESS, va:ADDRESS@PID"; NULL: the word is all of it */
};
/* The n-th of them; false past the last. */
bool location_word(size_t n, struct location_word *out);

/* A number with 0x, 0 or nothing in front, nothing behind. */
bool location_number(const char *text, uint64_t *v);

/* The address that a LOC_ADDRESS, LOC_ANCHOR, LOC_FRAME or LOC_PHYSICAL names. `here` (may be NULL)
 * serves when the location does not say whose. Errors say what is missing. */
MUST_USE struct err *location_address(struct model *m, const struct location *loc,
				      struct aspace *here, struct aspace **as, uint64_t *addr);

#endif
