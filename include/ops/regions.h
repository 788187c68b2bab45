/* Regions of a memory as lines: as `maps --json` and `maps --csv` print them, the browser writes
 * them and `export -f csv` does. */
#ifndef OPS_REGIONS_H
#define OPS_REGIONS_H

#include "base/out.h"
#include "core/aspace.h"

/* A line: a region of a process, or a range of a guest's memory, and its pages. */
void region_json(const struct aspace *as, const struct region *r, const struct page_tally *t,
		 struct out *o);
/* Its keys; NULL at the end. */
extern const char *const region_columns[];

/* Whose memory: "pid": 7, or "vcpu": 0 and, if it is not the usual one, "root". */
void json_who(struct json *j, const struct aspace *as);

#endif
