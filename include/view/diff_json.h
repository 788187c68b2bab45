/* Changes as JSON, an object a line: as `diff --json` prints them, and the browser writes them. */
#ifndef VIEW_DIFF_JSON_H
#define VIEW_DIFF_JSON_H

#include "base/out.h"
#include "ops/diff.h"

void diff_change_json(const struct diff *d, const struct change *c, struct out *o);
/* Whose memory: "pid": 7, or "vcpu": 0 and, if it is not the usual one, "root". */
void json_who(struct json *j, const struct aspace *as);
/* All pages of memory change `n`. */
void diff_pages_json(const struct diff *d, size_t n, struct out *o);

#endif
