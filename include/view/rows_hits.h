/* The hits of a search as rows: number, process, address, region, context; on wide screens the file
 * and the offset in it, too, and a note; "=" stands before hits whose bytes are those of another.
 * Hits in files: number, offset, file, context.
 *
 * One thread adds hits while another reads: the list only grows, and its length is published last.
 * Emptying it is for when no search runs. */
#ifndef VIEW_ROWS_HITS_H
#define VIEW_ROWS_HITS_H

#include "view/rows.h"

#include "ops/search.h"

#define HITS_MOST (1u << 20) /* of 48 bytes each */

struct rows *rows_hits_new(void);
/* `files`: the next hits are places in files. */
void rows_hits_clear(struct rows *r, bool files);
/* From the thread that searches. False: no more room. */
bool rows_hits_add(struct rows *r, const struct search_hit *h);
/* From any thread. False: past the end. */
bool rows_hits_at(struct rows *r, size_t n, struct search_hit *out);
/* How many hits are at the place of hit n, with it, and the first of them: bytes that several
 * processes map are stored once. */
size_t rows_hits_sharing(struct rows *r, size_t n, size_t *first);
/* "per process: 7: 5   19: 2", in the arena; from the reader's thread. Costs what has come since
 * the last time. */
const char *rows_hits_tally(struct rows *r, struct arena *a);
/* Hits are of two sources that are compared: which one is said, too. NULL: they are not. */
void rows_hits_sides(struct rows *r, const struct model *a, const struct model *b);
/* Columns for a line. */
void rows_hits_room(struct rows *r, int columns);

#endif
