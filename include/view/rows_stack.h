/* Back-traces as rows: a heading for each thread, which folds; below it its frames, and why there
 * are no more of them. A worker may add threads while they are looked at. */
#ifndef VIEW_ROWS_STACK_H
#define VIEW_ROWS_STACK_H

#include "ops/unwind.h"
#include "view/rows.h"

struct rows *rows_stack_new(void);
/* Empty again, with room for `threads` traces. Nobody may be adding. */
void rows_stack_clear(struct rows *r, size_t threads);
/* What the trace points to is borrowed. By any thread, one at a time; beyond the room: dropped. */
void rows_stack_add(struct rows *r, const struct unwind_trace *t);
/* A last line behind all threads; cleaned, borrowed. NULL: none. */
void rows_stack_end(struct rows *r, const char *text);
/* Threads added so far. */
size_t rows_stack_threads(struct rows *r);
size_t rows_stack_frames(struct rows *r);
/* Columns for a line; from STACK_WIDE on it has stack pointers and sizes, and files' paths. */
#define STACK_WIDE 110
void rows_stack_room(struct rows *r, int columns);

/* What a line stands for. */
struct stack_line {
	size_t thread;                    /* SIZE_MAX: the last line, of none */
	const struct unwind_trace *trace; /* NULL: of none */
	const struct unwind_frame *frame; /* NULL: the heading, or the reason why it ends */
	bool heading;
	struct span stack; /* of a frame: the addresses up to the next frame; empty: not known */
	const char *text;  /* of the reason, the last line; else NULL */
};
/* False past the end. */
bool rows_stack_at(struct rows *r, size_t n, struct stack_line *out);
/* The line of a thread's frame that has an address of its stack; if none does, of the innermost, or
 * of its heading. */
size_t rows_stack_line(struct rows *r, size_t thread, uint64_t addr);

#endif
