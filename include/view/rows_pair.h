/* What is on the two sides of one change: names, values in A, values in B; what differs is marked.
 *
 *	           A          B
 *	~ end      ..15d000   ..165000
 *	  prot     rw-p       rw-p
 *
 * Of a thing what differs comes first, then the fields of its record on either side. */
#ifndef VIEW_ROWS_PAIR_H
#define VIEW_ROWS_PAIR_H

#include "view/rows_diff.h"

struct rows *rows_pair_new(void);
/* Decodes what it must: some milliseconds. `d` is borrowed; NULL: nothing. */
void rows_pair_set(struct rows *r, const struct diff *d, struct diff_spot spot, bool swapped);
/* Goes on counting the pages of a region that was too large to be counted at once: `steps` extents of
 * each side at most. True if it did: lines may have changed. */
bool rows_pair_work(struct rows *r, unsigned steps);
/* Columns for a line. */
void rows_pair_room(struct rows *r, int columns);
/* How many lines differ. */
size_t rows_pair_differ(const struct rows *r);
/* The line of the field of that name among those that differ; 0 if there is none. */
size_t rows_pair_line(struct rows *r, const char *name);
/* "end  560b2e15d000 -> 560b2e165000": line n in full; of a heading its text. */
const char *rows_pair_text(struct rows *r, size_t n, struct arena *a);

#endif
