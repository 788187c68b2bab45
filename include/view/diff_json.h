/* Changes as JSON, an object a line: as `diff --json` prints them, and the browser writes them. */
#ifndef VIEW_DIFF_JSON_H
#define VIEW_DIFF_JSON_H

#include "base/out.h"
#include "ops/diff.h"
#include "ops/regions.h"

void diff_change_json(const struct diff *d, const struct change *c, struct out *o);
/* All pages of memory change `n`. */
void diff_pages_json(const struct diff *d, size_t n, struct out *o);

#endif
