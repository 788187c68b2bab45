/* The regions of an address space as a list: range, permissions, size, pages by state, name with
 * what is remarkable, a strip of the page map where there is room.
 *
 * Counting the pages of a region takes a step for each extent in it, so it is done piece by piece
 * (rows_regions_work) and kept; what is not counted yet shows an ellipsis. */
#ifndef VIEW_ROWS_REGIONS_H
#define VIEW_ROWS_REGIONS_H

#include "core/aspace.h"
#include "view/entropy.h"
#include "view/rows.h"

enum region_column {
	REGION_ADDRESS,
	REGION_PERM,
	REGION_SIZE,
	REGION_PRESENT,
	REGION_PARENT,
	REGION_LAZY,
	REGION_ABSENT,
	REGION_NAME,
	REGION_COLUMNS
};

struct rows *rows_regions_new(void);
/* `as` is borrowed; NULL: nothing. Notes and counts are forgotten, the order is that of addresses.
 */
void rows_regions_set(struct rows *r, const struct aspace *as);
/* How many columns there are to fill. From REGIONS_WIDE on each state has its own. */
#define REGIONS_WIDE 120
/* From here on also the entropy of a page in each quarter; `e` is borrowed, NULL: never. */
#define REGIONS_ENTROPY 140
void rows_regions_room(struct rows *r, int columns);
void rows_regions_entropy(struct rows *r, struct entropy *e);
/* A word about the region that holds `addr`: "stack tid 9". `text` is copied. */
void rows_regions_note(struct rows *r, uint64_t addr, const char *text);

/* NULL past the end. */
const struct region *rows_regions_at(struct rows *r, size_t n);
/* The line of the region that holds `addr`, else of the next one; rows_count if there is none. */
size_t rows_regions_line(struct rows *r, uint64_t addr);
/* Pages of line n as far as they are counted. True: all of them are. */
bool rows_regions_tally(struct rows *r, size_t n, struct page_tally *out);

/* Counts on in the lines [first, first + lines), at most `steps` steps. True: something is left. */
bool rows_regions_work(struct rows *r, size_t first, size_t lines, unsigned steps);

/* Orders the lines by a column: sizes and counts from the largest. Counts everything it needs;
 * `stop` is as in struct line_search: true leaves the order as it was and returns false. */
bool rows_regions_sort(struct rows *r, enum region_column by, bool (*stop)(void *), void *arg);
enum region_column rows_regions_sorted(const struct rows *r);
const char *region_column_name(enum region_column c);

/* Bytes and regions, for titles: "32 regions, 212K in the images". Only as far as it is counted. */
struct page_tally rows_regions_total(struct rows *r, bool *all);

#endif
