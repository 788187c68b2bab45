/* PAGE_DATA as the walk sees it: its head and its PFN array, and no page.
 *
 *	u32 type | u32 body | u32 count | u32 reserved | u64 entry[count] | pages
 *
 * Nearly all of a stream is plain: neighbouring frames of no special type, each with its page. Of
 *such a batch three numbers are all there is to know. */
#ifndef XEN_BATCH_H
#define XEN_BATCH_H

#include "core/source.h"

#define BATCH_HEAD 16u
#define BATCH_MOST 1024u /* entries that Xen writes */

struct batch {
	uint64_t offset; /* of the record */
	uint64_t pfn;    /* of its first page; the others follow */
	uint32_t count;
};

/* Entry `n` of an array. */
uint64_t batch_entry(struct bytes entries, uint64_t n, bool big);
/* How many of `count` entries, from `n` on, are of neighbouring frames and one type. */
uint64_t batch_run(struct bytes entries, uint64_t n, uint64_t count, bool big);

/* All bytes of a record that sends `count` pages. */
uint64_t batch_length(uint64_t count);
/* Bytes of head and array, by the BATCH_HEAD bytes at `head`; 0: it is no PAGE_DATA, or has more
 * entries than Xen writes. */
size_t batch_head(const uint8_t *head, bool big);
/* True if the record at `offset`, whose head and array these are, is plain, all of it lies in a
 * file of `size` bytes, and nothing about it is to be objected to. */
bool batch_is_plain(struct bytes b, uint64_t offset, uint64_t size, bool big, struct batch *out);

#endif
