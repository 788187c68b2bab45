/* Bump allocation. Everything taken from an arena lives until the arena is reset, rewound below
 * it, or finished; single pieces are never freed.
 *
 * Three arenas cover nearly all: the model's (until close), a selection's (decoded fields, until
 * the cursor leaves the record), a frame's (the text of one redraw). Not thread-safe: an arena
 * belongs to one thread at a time. Memory that cannot be had ends the program with a message and
 * exit status 2: sizes from images are bounded before they come here. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena_block;

struct arena {
	struct arena_block *top; /* newest block; NULL when empty */
	size_t held;             /* bytes of all blocks, for tests and limits */
};

struct arena_mark {
	struct arena_block *top;
	size_t used;
};

void arena_init(struct arena *a);
void arena_fini(struct arena *a);

/* Forgets everything, keeps one block for the next round. O(blocks). */
void arena_reset(struct arena *a);

/* A mark taken now; rewinding to it forgets what was allocated since. Marks nest. */
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

/* `size` bytes aligned to 16; zeroed. Never NULL. */
void *arena_alloc(struct arena *a, size_t size);
/* `n * size` with overflow check. */
void *arena_array(struct arena *a, size_t n, size_t size);
void *arena_dup(struct arena *a, const void *from, size_t size);
char *arena_strdup(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
