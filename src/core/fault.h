/* Mappings that must survive their file being cut short: a fault within one reads as zeros and is
 * noted. For source.c only. */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include <stdint.h>

#define FAULT_NONE UINT64_MAX

struct fault_slot;

/* From now on; before the first read. NULL: a million are watched already. */
struct fault_slot *fault_watch(const void *start, uint64_t size);
/* Before it is unmapped, so that nobody else's fault at that address is taken for it. */
void fault_forget(struct fault_slot *slot);
/* Somebody found out otherwise that bytes from `offset` on are missing. */
void fault_note(struct fault_slot *slot, uint64_t offset);
/* Lowest offset that was found missing; FAULT_NONE: none. */
uint64_t fault_lowest(const struct fault_slot *slot);

#endif
