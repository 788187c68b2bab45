/* A map from 64-bit keys to 32-bit values: ids in images to rows of tables. Heap-owned; grows as
 * needed; O(1). The hash is seeded at random, so that a file cannot choose its collisions. */
#ifndef CRIU_IDMAP_H
#define CRIU_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idmap {
	struct idmap_slot *slots;
	size_t room, count;
	uint64_t seed;
};

void idmap_init(struct idmap *m);
void idmap_fini(struct idmap *m);
/* False, and nothing changed, if the key is there already. */
bool idmap_add(struct idmap *m, uint64_t key, uint32_t value);
/* False if absent: *value untouched. */
bool idmap_get(const struct idmap *m, uint64_t key, uint32_t *value);

#endif
