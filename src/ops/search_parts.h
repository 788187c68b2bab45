/* The parts of a search: what to find (pattern), where (ground), and finding it in bytes (scan). */
#ifndef OPS_SEARCH_PARTS_H
#define OPS_SEARCH_PARTS_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/window.h"
#include "ops/search.h"

/* ---- search_pattern.c ---- */

#define PATTERN_MAX 4096 /* bytes of a text, of hex */
#define NEEDLES 2

enum pattern_kind { PATTERN_BYTES, PATTERN_POINTER, PATTERN_REGEX };

/* Matches where (byte & mask) == want. */
struct needle {
	uint8_t *want, *mask;
	size_t len;
	size_t one, two; /* its rarest bytes */
};

struct pattern {
	enum pattern_kind kind;
	/* Of an expression: a text that every match has, if one is known. */
	struct needle needles[NEEDLES];
	size_t count;
	bool leads;           /* it is what a match begins with, */
	bool bounded;         /* or some of these come first: */
	uint8_t before[32];   /* a bit for each byte */
	uint64_t first, last; /* pointers: inclusive */
	unsigned width;       /* of a pointer or integer; 1 */
	unsigned align;       /* of the address; 1: any */
	size_t reach;         /* bytes beside a border that a match across it may have */
	pcre2_code *code;
	struct arena arena;
};

MUST_USE struct err *pattern_parse(struct pattern *p, const struct search_spec *spec);
void pattern_fini(struct pattern *p);

/* ---- search_literal.c ---- */

#define LITERAL_MAX 64

/* A text that every match of an expression has; len 0: none is known. */
struct literal {
	uint8_t bytes[LITERAL_MAX];
	size_t len;
	bool leads;   /* matches begin with it, */
	bool bounded; /* or with some of these: */
	uint8_t before[32];
	bool open; /* of which there may be any number */
};

/* `options`: that the expression is compiled with. */
void literal_of(struct literal *out, const char *expression, uint32_t options);

/* ---- search_skip.c ---- */

/* The first of the starts [at, end) where both of a needle's rarest bytes are; `end`: none. All
 * bytes of a needle at each of the starts must be readable. */
typedef const uint8_t *skip_starts(const struct needle *n, const uint8_t *at, const uint8_t *end);

/* The fastest on this processor, and the one that is the same everywhere. */
skip_starts *skip_best(void);
skip_starts *skip_plainly(void);

/* Words of eight bytes, one behind the other from `at` on: passes some of those whose value is not
 * in [first, first + most], none that is. No further than `end`. */
const uint8_t *skip_words(const uint8_t *at, const uint8_t *end, uint64_t first, uint64_t most);

/* ---- search_scan.c ---- */

/* Scanned between two looks at whether to stop. What an expression matches may be longer. */
#define PIECE (256u << 10)
#define PIECE_REGEX (1u << 20)

/* What one thread needs to look for a pattern. */
struct scanner {
	const struct pattern *p;
	struct window window;
	skip_starts *skip;
	size_t step; /* between pointers: their alignment, or 1 */
	pcre2_match_data *match;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	uint64_t gave_up;
};

void scanner_init(struct scanner *sc, const struct pattern *p, bool odd);
void scanner_fini(struct scanner *sc);

/* The first start below `below` of the text that an expression's matches begin with; else `below`.
 */
size_t scan_lead(const struct scanner *sc, struct bytes b, size_t below);

/* Takes a match at `at`. False: enough. */
typedef bool scan_found(void *arg, uint64_t at, uint64_t len);

/* Calls `found` for matches within `b` that begin in [*from, below), ascending. *from moves to
 * where the next call goes on. False: `found` had enough. */
bool scan(struct scanner *sc, struct bytes b, size_t *from, size_t below, scan_found *found,
	  void *arg);

/* ---- search_ground.c ---- */

/* A stretch of addresses stored in one piece, or of zeros beside one: 32 bytes. In files
 * `space` is NO_SPACE and `va` the offset. */
struct stretch {
	uint64_t va, length, offset;
	uint32_t space, image; /* indices; image 0: zeros */
};
#define NO_SPACE UINT32_MAX

/* Bytes of a file that the same places have: scanned in one go, 64 MiB at most. */
struct segment {
	uint64_t offset, length;
	uint32_t image;
};

struct ground_image {
	struct source *source;
	struct item *item;
	uint32_t order, order_end;     /* its places in `order` */
	uint32_t segment, segment_end; /* its segments */
};

#define GAP_KINDS 8

struct ground {
	struct search_gap gaps[GAP_KINDS]; /* the last also has what is of no other kind */
	uint32_t gap_count;
	struct aspace **spaces;
	uint32_t space_count;
	struct ground_image *images; /* [0]: zeros */
	uint32_t image_count, image_room;
	struct stretch *places; /* by space and address */
	uint32_t count, room;
	uint32_t *order; /* stored places by image and offset */
	uint64_t *ends;  /* of order[i]: the highest end below it in a balanced tree */
	struct segment *segments;
	uint32_t segment_count;
	uint64_t total;
	bool odd; /* something begins at an address or an offset that is no multiple of 8 */
};

MUST_USE struct err *ground_add_space(struct ground *g, struct aspace *as,
				      const struct search_spec *spec);
MUST_USE struct err *ground_add_file(struct ground *g, struct item *it, struct source *src,
				     struct span span);
/* Once all is added. */
MUST_USE struct err *ground_settle(struct ground *g);
void ground_fini(struct ground *g);

/* Calls `fn` for each place that has [offset, offset + len) of an image. False: `fn` had enough. */
bool ground_places(const struct ground *g, uint32_t image, uint64_t offset, uint64_t len,
		   bool (*fn)(void *arg, const struct stretch *, uint64_t va), void *arg);
/* Copies what neighbours `va`, a byte of places[n], in [va - before, va + after) without a gap; *lo
 * is where it begins. Returns how many bytes. */
size_t ground_read(const struct ground *g, uint32_t n, uint64_t va, size_t before, size_t after,
		   uint8_t *buf, uint64_t *lo);
/* The place that has `va`, from places[n] on or before it. */
uint32_t ground_find(const struct ground *g, uint32_t n, uint64_t va);

#endif
