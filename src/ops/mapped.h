/* The files that a process had mapped, found again below a directory (--root DIR).
 *
 * A file stands for pages that no image has only if it is the same build: its NT_GNU_BUILD_ID is
 * what the images say, or what the first page of the mapping says where the images have that page.
 * A file without any is never taken. Links below the directory lead nowhere out of it. */
#ifndef OPS_MAPPED_H
#define OPS_MAPPED_H

#include "core/aspace.h"
#include "core/dump.h"
#include "core/source.h"

struct mapped;

/* Opens nothing yet. `dump` (its space is whose regions they are) must outlive it. */
struct mapped *mapped_open(const char *root, const struct dump *dump);
/* NULL-safe. */
void mapped_close(struct mapped *m);
/* The file of a region; NULL: none that may stand for it. Asked again, the answer is the same. */
struct source *mapped_source(struct mapped *m, const struct region *r);
/* How many files were asked for and are not taken; why the first one is not, "" if all are. */
size_t mapped_refused(const struct mapped *m, const char **why);
/* True if one of the files became shorter while it was read. */
bool mapped_lost(const struct mapped *m);

#endif
