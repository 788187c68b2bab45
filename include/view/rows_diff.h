/* The changes between two snapshots as a list: things with what differs in them, folded; below a
 * memory its pages, one a line.
 *
 *	~ process 7  ledger-api                        1,244
 *	    ~ [heap]  end 560b2e15d000 -> 560b2e165000
 *	    ~ pages  17 changed, 19 new, 17 gone
 *	        ~ 560b2e0c1000  1 byte  [heap]
 *	    + fd 24  TCP 10.0.3.9:41220 > 198.51.100.7:443
 *
 * What a diff has found is taken over by rows_diff_refresh, which costs O(changes); a line costs
 * O(log changes), whatever the number of pages. */
#ifndef VIEW_ROWS_DIFF_H
#define VIEW_ROWS_DIFF_H

#include "ops/diff.h"
#include "view/rows.h"

#define DIFF_NO_PAGE SIZE_MAX

/* A change, or one of the pages of a DIFF_MEMORY. */
struct diff_spot {
	uint32_t change; /* DIFF_TOP: nothing */
	size_t page;     /* DIFF_NO_PAGE: the change itself */
};

struct rows *rows_diff_new(void);
/* `d` is borrowed; NULL: nothing. Folds are forgotten. */
void rows_diff_set(struct rows *r, const struct diff *d);
void rows_diff_refresh(struct rows *r);

/* What is hidden: equal things and what differs by nature; all but pages. */
void rows_diff_hide_equal(struct rows *r, bool hide);
void rows_diff_only_pages(struct rows *r, bool only);
/* B is shown as if it were A. */
void rows_diff_swap(struct rows *r, bool swapped);
/* How many lines are hidden as equal, and how many changes differ only by nature. */
size_t rows_diff_hidden(const struct rows *r);
size_t rows_diff_loose(const struct rows *r);

/* False past the end. */
bool rows_diff_at(const struct rows *r, size_t n, struct diff_spot *out);
/* The line of a spot, or of what it is folded into; with `open` all above it is opened. rows_count
 * if it is hidden. */
size_t rows_diff_line(struct rows *r, struct diff_spot spot, bool open);
/* The next difference after a spot, or before it: a field, a region, a thing that is new or gone, a
 * page. False: there is none, and *out is as it was. */
bool rows_diff_step(const struct rows *r, struct diff_spot from, bool back, struct diff_spot *out);
/* "17 of 1244": how many differences there are up to a spot, with it, and in all. */
uint64_t rows_diff_ordinal(const struct rows *r, struct diff_spot spot, uint64_t *total);

/* Whether it is a difference by itself, as rows_diff_step finds them. */
bool rows_diff_is_one(const struct rows *r, struct diff_spot spot);

/* As the eye has it after a swap. */
enum diff_how diff_how_seen(enum diff_how how, bool swapped);
enum role diff_how_role(enum diff_how how);
/* "17 changed, 19 new, 17 gone"; "none" */
const char *diff_tally_text(const struct memory_tally *t, bool swapped, struct arena *a);

#endif
