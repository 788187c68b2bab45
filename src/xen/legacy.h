/* What the legacy files share: types of rows, lengths of chunks, entries of a batch.
 *
 * A legacy stream has no records; its rows are made of what stands there, one for each thing with a
 * name. A row's head is the chunk's id, if it has one; its `aux` is that id as it stands in the
 * file, of what has none a number of ours. */
#ifndef XEN_LEGACY_H
#define XEN_LEGACY_H

#include "xen/xen.h"

#define LEGACY_BATCH_MAX 1024       /* entries; restore refuses more */
#define LEGACY_VCPU_MAX 4095        /* the highest id that restore accepts */
#define LEGACY_PFN_LOST 0xf0000000u /* XTAB without a PFN: a hole that means nothing */
#define LEGACY_SIGNATURE 21         /* bytes of a device model's */

enum legacy_type {
	LEGACY_VERIFY = -1,
	LEGACY_VCPU_INFO = -2,
	LEGACY_TMEM = -5,
	LEGACY_TMEM_EXTRA = -6,
	LEGACY_TSC_INFO = -7,
	LEGACY_LAST_CHECKPOINT = -9,
	LEGACY_COMPRESSED = -12,
	LEGACY_ENABLE_COMPRESSION = -13,
	LEGACY_TOOLSTACK = -18,
	LEGACY_LOWEST = -21,
	LEGACY_END = 0,
	LEGACY_BATCH = 1, /* of a row's kind; in the file the count */
	LEGACY_P2M_SIZE = 0x10000,
	LEGACY_EXTENDED,
	LEGACY_P2M_FRAMES,
	LEGACY_UNMAPPED,
	LEGACY_VCPU_CONTEXT,
	LEGACY_VCPU_EXTENDED,
	LEGACY_VCPU_XSAVE,
	LEGACY_SHARED_INFO,
	LEGACY_MAGIC_PFNS,
	LEGACY_HVM_CONTEXT,
	LEGACY_DEVICE_MODEL,
	LEGACY_TRAILING,
};

/* Bytes of a row's head: the chunk's id, the length of an HVM context. The rest is its body. */
uint16_t legacy_head(int32_t type);
/* The HVM parameter that a chunk sets; UINT32_MAX: none. */
uint32_t legacy_param_index(int32_t id);
/* Bytes of a device model's record before its data, of which `b` are the first ones, up to 26; 0:
 * no known signature. LEGACY_SIGNATURE: no length is said, it goes to the end. */
uint64_t legacy_model_head(struct bytes b);
/* The length it says; `b` has all of the head. */
uint64_t legacy_model_length(struct bytes b);
#define LEGACY_MODEL_HEAD (LEGACY_SIGNATURE + 5) /* the most */

/* The vCPU a row belongs to, in the upper half of its flags. */
#define LEGACY_ROW_VCPU(id) ((uint32_t)(id) << 16)
static inline uint32_t legacy_row_vcpu(const struct record *r)
{
	return r->flags >> 16;
}

/* Bytes of the PV context for a guest's width (4, 8); 0: no such width. */
uint32_t legacy_context_size(uint32_t width);

/* Length of the chunk at `at` by its own numbers, which may reach beyond the source; `packed`:
 * batches are without pages. False: an unknown id, or too little is left to tell. */
bool legacy_measure(const struct source *src, uint64_t at, uint32_t word, bool packed,
		    uint64_t *length);

/* Steps over the entries of a batch that is all there:
 *
 *	for (struct legacy_entries e = legacy_entries(src, at, word, false); legacy_next(&e);)
 *		use(e.pfn, e.type, e.body);
 */
struct legacy_entries {
	struct cursor c;
	uint32_t word, left;
	bool packed;
	uint64_t next;
	/* Of the entry at hand. */
	uint64_t raw, pfn;
	unsigned type;
	uint64_t body; /* offset of its page; UINT64_MAX: none, or packed */
};
struct legacy_entries legacy_entries(const struct source *src, uint64_t at, uint32_t word,
				     bool packed);
bool legacy_next(struct legacy_entries *e);
/* True if the sender has the page's bytes for an entry of that type. */
static inline bool legacy_has_page(unsigned type)
{
	return type < 13;
}

/* A batch's entries are packed if this row is behind ENABLE_COMPRESSION and the tail after it. */
#define LEGACY_ROW_PACKED (1u << 8)

/* ---- legacy_pages.c: pages that come compressed ---- */

struct legacy_packed;

/* From here on pages come packed: what they build on is what the layer's rows have so far. NULL: no
 * memory, no temporary file; a problem was noted. */
struct legacy_packed *legacy_packed_new(struct layer *layer);
void legacy_packed_free(struct legacy_packed *p);
/* An entry of a batch whose page will come. */
void legacy_packed_entry(struct legacy_packed *p, uint64_t pfn, unsigned type, uint32_t row);
/* Bytes of a COMPRESSED_DATA chunk. */
void legacy_packed_bytes(struct legacy_packed *p, struct span span);
/* The body has ended: unpacks its pages and gives them to memory. False: stopped by `job`. */
bool legacy_packed_flush(struct legacy_packed *p, struct job *job);
/* All that was unpacked, or NULL if nothing was; the caller's. */
struct source *legacy_packed_source(struct legacy_packed *p);

#endif
