/* Problems: what is wrong with the data. Append-only; written by any thread, listed by `check` and
 * the problems view, counted in the title. */
#ifndef CORE_PROBLEM_H
#define CORE_PROBLEM_H

#include <stdint.h>

#include "base/attr.h"
#include "core/source.h"

struct arena;
struct item;

enum severity { SEV_NOTE, SEV_WARNING, SEV_ERROR };

struct problem {
	enum severity severity;
	const char *rule;        /* static id: "record-length", "magic", "dangling-id" */
	const struct item *item; /* where; NULL: the whole input */
	struct span span;        /* in the item's source */
	const char *path;        /* cleaned: the item's path, or more exact */
	char *text;              /* cleaned, one sentence */
};

struct problems;

struct problems *problems_new(void);
void problems_free(struct problems *ps);

/* Notes one. At most 100,000 are kept; beyond that only counted. Thread-safe. What was noted
 * before, word for word, by the same rule at the same item and offset, is not noted again: a record
 * may be decoded many times. */
void problem_note(struct problems *ps, enum severity severity, const char *rule,
		  const struct item *item, struct span span, const char *fmt, ...) PRINTF(6, 7);

size_t problems_count(const struct problems *ps);
/* Pointers stay valid until problems_free. NULL past the end. */
const struct problem *problems_at(const struct problems *ps, size_t n);
/* The worst so far among those of `item` (NULL: all). -1: none. */
int problems_worst(const struct problems *ps, const struct item *item);
size_t problems_total(const struct problems *ps, enum severity severity);
/* Errors and warnings: what a `check` counts. */
size_t problems_serious(const struct problems *ps);
/* "2 errors, 1 warning"; "none". Notes only where there are any. */
const char *problems_summary(const struct problems *ps, struct arena *a);
const char *severity_name(enum severity s);

#endif
