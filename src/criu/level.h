/* A set among its snapshots: parents back in time, and a newer one beside it. */
#ifndef CRIU_LEVEL_H
#define CRIU_LEVEL_H

#include "criu/set.h"

/* Opens the chain of parents. Reads directories, no images. */
void levels_open(struct criu_set *set);

/* One snapshot back; NULL: none, and *why says it in words. */
struct criu_set *set_up(struct criu_set *set, const char **why);

/* How many directories back the chain of `parent` links reaches; *missing: the first that cannot be
 * opened, cleaned, or NULL. */
size_t set_parents(struct criu_set *set, const char **missing);

/* The set beside this one whose parent this is: what deduplication punched out here is there. NULL
 * if none is found. Looks once, at most at 256 directories. */
struct criu_set *set_newer(struct criu_set *set);

#endif
