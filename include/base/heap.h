/* Memory that outlives arenas or grows in place: from malloc, given back by free. As with arenas,
 * what cannot be had ends the program with a message and exit status 2: sizes from images are
 * bounded before they come here. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>

/* `at`, unless it is NULL: then the program ends. */
void *heap_must(void *at);
/* `n * size` bytes of zeros, with overflow check. Never NULL. */
void *heap_zeroed(size_t n, size_t size);
/* An array of `count` elements with room for one more: as it is, or doubled. *room: elements that
 * fit, 0 at first. */
void *heap_grow(void *array, size_t count, size_t *room, size_t size);

#endif
