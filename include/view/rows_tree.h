/* The tree of a model as rows: items, and under an open one its children, then the rows of its
 * list. Which ones are open belongs to the rows.
 *
 * A line costs O(log visible items), whatever the number of rows; folding costs O(visible items).
 * Aliases show the rows of what they stand for, not its children. A row of the tree names the real
 * node, never an alias. */
#ifndef VIEW_ROWS_TREE_H
#define VIEW_ROWS_TREE_H

#include "view/rows.h"

/* `m` must outlive it. The root is line 0, open. */
struct rows *rows_tree_new(struct model *m);

/* Columns for a line: from TREE_RECORDS on records of a stream are a table. */
#define TREE_RECORDS 60
void rows_tree_room(struct rows *r, int columns);

/* The node of line n; the root's past the end. */
struct node rows_tree_node(struct rows *r, size_t n);
/* The item as the line shows it: an alias where rows_tree_node gives what it stands for. */
struct item *rows_tree_item(struct rows *r, size_t n);
/* The line that shows `n`, of several the one nearest to line `near`; rows_count if it is folded
 * away. */
size_t rows_tree_line(struct rows *r, struct node n, size_t near);
/* Opens what is above `n` and returns its line. If a visible line shows it already, that (the
 * nearest to `near`) is it. */
size_t rows_tree_reveal(struct rows *r, struct node n, size_t near);

/* The next node after `from` (before it, if s->back), in depth-first order through the whole tree,
 * folded or not, whose label, name or summary contains the needle. Does not wrap. Rows of items not
 * indexed yet are not seen. On SEARCH_STOPPED *hit is where to go on. */
enum search_end rows_tree_search(struct rows *r, const struct line_search *s, struct node from,
				 struct node *hit);
/* The same without rows. `from.item` NULL: from the very end, back. */
enum search_end nodes_search(const struct model *m, const struct line_search *s, struct node from,
			     struct node *hit);
/* What a person looks for is rather a process than a record that mentions it: first all items, then
 * all rows, round and round; *round: it had to begin anew. If no item contains the needle, rows
 * come in the order of the tree. s->only does not count. */
enum search_end nodes_search_round(const struct model *m, const struct line_search *s,
				   struct node from, struct node *hit, bool *round);

#endif
