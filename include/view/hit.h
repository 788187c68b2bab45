/* A hit of a search in words: as JSON, as `find --json` prints it and the browser writes it, and
 * the parts that both show in lines. */
#ifndef VIEW_HIT_H
#define VIEW_HIT_H

#include "base/out.h"
#include "ops/search.h"

#define HIT_SHOWN 4096u /* bytes of a match in JSON */

/* Bytes [-before, length + after) of a hit, as far as they are there; those of memory are copied
 * into `a`. */
struct bytes hit_bytes(const struct search_hit *h, uint64_t before, uint64_t length, uint64_t after,
		       struct arena *a);
/* Readable characters as they are, anything else a dot. */
const char *hit_readable(struct bytes b, struct arena *a);
/* "7": whose memory */
const char *hit_whose(const struct search_hit *h);
/* "0xffff888000001000@vcpu0": where vCPUs map a hit in a guest's frames, as far as their tables are
 * read; "-" if nowhere. */
const char *hit_mapped(const struct search_hit *h, struct arena *a);
/* "[heap]", "/usr/lib/libc.so.6", "anon"; "-" if no region has it */
const char *hit_region(const struct search_hit *h);
/* One line, with its end. `context`: bytes on either side; UINT64_MAX: none. */
void hit_json(const struct search_hit *h, uint64_t context, struct out *o, struct arena *a);

#endif
