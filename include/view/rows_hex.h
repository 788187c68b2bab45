/* Bytes as rows: address, hex, characters.
 *
 *   000002e0  40 ff ff ff ff ff ff ff  ff ff 01 48 00 50 00 72  @..........H.P.r
 *
 * A window of a source is shown, usually all of it. Bytes of the window that the source has not
 * are `--`. Lines begin at multiples of the width. */
#ifndef VIEW_ROWS_HEX_H
#define VIEW_ROWS_HEX_H

#include "core/aspace.h"
#include "view/rows.h"

struct rows *rows_hex_new(void);
/* `src` is borrowed; NULL: nothing to show. Marks are cleared, the width stays. */
void rows_hex_set(struct rows *r, const struct source *src, struct span window);
/* A page of memory that lies at `window`: addresses count from `addr`, and lines begin with its
 * first byte. */
void rows_hex_set_page(struct rows *r, const struct source *src, struct span window, uint64_t addr);
/* The same of an address space: offsets are addresses. Bytes that are nowhere are `--`. */
void rows_hex_set_space(struct rows *r, const struct aspace *as, struct span window);
/* Bytes a line: 8, 16 or 32. */
void rows_hex_set_width(struct rows *r, unsigned width);
unsigned rows_hex_width(const struct rows *r);
/* The widest line that fits `columns`: 8 if none does. */
unsigned rows_hex_fit(const struct rows *r, int columns);
/* Takes the widest line that fits; one blank parts address, digits and characters if two make it
 * too long, and long addresses lose their upper digits (a title has to say them) before a line has
 * 8 bytes only. */
void rows_hex_set_columns(struct rows *r, int columns);

/* Bytes of the chosen field: ROLE_BYTES_FIELD. Length 0: none. */
void rows_hex_mark(struct rows *r, struct span field);
/* Selected bytes: ROLE_SELECTION. Length 0: none. */
void rows_hex_select(struct rows *r, struct span selection);
/* The byte the cursor stands on: ROLE_CURSOR. UINT64_MAX: none. */
void rows_hex_cursor(struct rows *r, uint64_t offset);
/* Hits of a search. Length 0: none. */
void rows_hex_match(struct rows *r, struct span match);

/* Compares with the bytes of another, `shift` further on: those that differ are ROLE_CHANGED with a
 * `~` before them, and so begins their line behind its address. Borrowed; NULL: with nothing. Never
 * forgotten by rows_hex_set. */
void rows_hex_peer(struct rows *r, struct rows *peer, uint64_t shift);
/* Where not even 8 bytes a line fit, addresses are cut to their last four digits. Off at first. */
void rows_hex_short(struct rows *r, bool may);

/* The line that has `offset`, the nearest if it is outside. */
size_t rows_hex_line(const struct rows *r, uint64_t offset);
/* The offset of line n's first column; it may lie before the window's first byte. */
uint64_t rows_hex_offset(const struct rows *r, size_t n);
/* Column of the byte's first hex digit, or of its character, from the left of the row. */
int rows_hex_column(const struct rows *r, uint64_t offset, bool character);
/* The byte shown at column `x` of line `n`; false if there is none. */
bool rows_hex_hit(const struct rows *r, size_t n, int x, uint64_t *offset);
/* Columns a full line takes. */
int rows_hex_columns(const struct rows *r);

#endif
