/* Lines of a diff in words, without their place among others. */
#ifndef VIEW_DIFF_ROW_H
#define VIEW_DIFF_ROW_H

#include "ops/diff.h"
#include "view/rows.h"

/* Cells of change `n`; of a page of it. `swapped`: as if B were A. */
void diff_change_cells(const struct diff *d, size_t n, bool swapped, struct arena *a,
		       struct row *out);
void diff_page_cells(const struct diff *d, size_t n, size_t page, bool swapped, struct arena *a,
		     struct row *out);

#endif
