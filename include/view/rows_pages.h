/* Page maps: every cell stands for some pages and says by one character how they are kept.
 *
 *	#  p  l   half of them or more are present, in a parent, lazy
 *	+         some are, but fewer
 *	0  f  .   none: zeros, the mapped file's, absent
 *	1 to 5    a guest's page tables of that level are among them
 *
 * A cell costs a few dozen steps, whatever it stands for: what has more pieces is probed. */
#ifndef VIEW_ROWS_PAGES_H
#define VIEW_ROWS_PAGES_H

#include "core/aspace.h"
#include "view/entropy.h"
#include "view/rows.h"

struct page_cell {
	char mark;
	enum role role;
};

/* The pages of [start, end). */
struct page_cell page_cell_of(const struct aspace *as, uint64_t start, uint64_t end);

/* Adds a strip of `cells` cells at most for [start, end), one a page at least. */
void row_pages(struct row *out, const struct aspace *as, uint64_t start, uint64_t end, int cells,
	       struct arena *a);

/* The regions of a space one after the other, each beginning a line: address, cells. */
struct rows *rows_pages_new(void);
/* `as` is borrowed; NULL: nothing. */
void rows_pages_set(struct rows *r, const struct aspace *as);
/* Cells a line, and how many pages a cell stands for: 1 << shift. */
void rows_pages_shape(struct rows *r, unsigned cells, unsigned shift);
/* Cells of stored pages show the entropy of the first; NULL: how pages are kept. Borrowed. */
void rows_pages_entropy(struct rows *r, struct entropy *e);
/* Cells that hold pages of memory change `change` that differ say so instead: ~ + -. NULL: none. */
struct diff;
void rows_pages_diff(struct rows *r, const struct diff *d, size_t change);
/* The cell the cursor stands on: that of an address. UINT64_MAX: none. */
void rows_pages_cursor(struct rows *r, uint64_t addr);

#define PAGES_LEFT 14 /* columns before the first cell */

/* The line of an address, the nearest if no region has it. */
size_t rows_pages_line(struct rows *r, uint64_t addr);
/* The first address of cell `cell` of line n, cut to the line's own. */
uint64_t rows_pages_address(struct rows *r, size_t n, unsigned cell);
/* Which cell of its line an address is in. */
unsigned rows_pages_cell(struct rows *r, uint64_t addr);

#endif
