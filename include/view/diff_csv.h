/* Changes as CSV (RFC 4180), for tables: a line each, below one that names the columns.
 *
 *	change,kind,pid,of,what,a,b,bytes
 *	changed,field,7,fd 3,position,10,20,
 *	added,fd,7,process 7,4,,/tmp/new,
 *	changed,page,7,,0x5000,,,3
 *
 * Text of an image that a spreadsheet would take for a formula has an apostrophe before it. */
#ifndef VIEW_DIFF_CSV_H
#define VIEW_DIFF_CSV_H

#include "base/out.h"
#include "ops/diff.h"

void diff_csv_head(struct out *o);
void diff_change_csv(const struct diff *d, const struct change *c, struct out *o);
/* All pages of memory change `n`. A page that moved: `a` is where it was. */
void diff_pages_csv(const struct diff *d, size_t n, struct out *o);

#endif
