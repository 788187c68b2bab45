/* The registers of all threads of a process as places to go: thread, name, value, and what it
 * points to. A stack pointer says whether it points where a stack may be. */
#ifndef VIEW_ROWS_REGISTERS_H
#define VIEW_ROWS_REGISTERS_H

#include "base/out.h"
#include "core/aspace.h"
#include "view/rows.h"

struct rows *rows_registers_new(void);
/* All are borrowed; `as` NULL: nothing. `spaces`: whose each is, NULL: of `as`. */
void rows_registers_set(struct rows *r, const struct aspace *as, const struct anchor *registers,
			struct aspace *const *spaces, size_t count);
/* Columns for a line; from REGISTERS_WIDE on it says where the bytes are, too. */
#define REGISTERS_WIDE 110
void rows_registers_room(struct rows *r, int columns);
/* The memory that register n points into. */
const struct aspace *rows_registers_space(struct rows *r, size_t n);
/* NULL past the end. */
const struct anchor *rows_registers_at(struct rows *r, size_t n);
/* Register n as an object in a line: whose, name, value and what that points to. Keys are also the
 * columns. */
void rows_registers_json(struct rows *r, size_t n, struct out *o, struct arena *a);
extern const char *const register_columns[]; /* NULL at the end */

/* What is wrong with a stack pointer: it is not mapped, or not into memory that can be a stack, or,
 * of the first thread, not into the process's own. NULL: nothing, or it is none. */
const char *anchor_trouble(const struct aspace *as, const struct anchor *registers, size_t count,
			   size_t n);
/* "sp" of "reg:sp" */
const char *anchor_name(const struct anchor *reg);

#endif
