/* Flat lists: the problems of a model, and lines that somebody writes (help, messages, results). */
#ifndef VIEW_ROWS_FOUND_H
#define VIEW_ROWS_FOUND_H

#include "core/problem.h"
#include "view/rows.h"

/* The problems of `m` as they come in; row.node is where, row.span its bytes. */
struct rows *rows_problems_new(struct model *m);
/* NULL past the end. */
const struct problem *rows_problems_at(struct rows *r, size_t n);

/* An empty list of lines. */
struct rows *rows_lines_new(void);
/* Adds a line. `text` is copied. */
void rows_lines_add(struct rows *r, enum role role, const char *text);
/* Adds a line of two cells, the first padded to `width`. */
void rows_lines_pair(struct rows *r, enum role role, int width, const char *left,
		     enum role right_role, const char *right);
/* Adds a line that stands for a node and bytes of it. */
void rows_lines_node(struct rows *r, enum role role, const char *text, struct node node,
		     struct span span);
void rows_lines_clear(struct rows *r);

#endif
