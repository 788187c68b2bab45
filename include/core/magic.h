/* libmagic behind one function. It is a parser of hostile data, so it sees at most 64 KiB, only of
 * what a person looks at, and never when switched off. Loaded at first use (about 10 ms). */
#ifndef CORE_MAGIC_H
#define CORE_MAGIC_H

#include "base/arena.h"
#include "base/cursor.h"

/* "gzip compressed data, ...", cleaned; NULL if it cannot tell or is off. Owner's thread only. */
const char *magic_of(struct bytes b, struct arena *a);
/* Frees libmagic's tables. */
void magic_fini(void);

#endif
