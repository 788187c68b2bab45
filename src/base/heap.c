/* Nobody could go on without the memory; what was being written has no name yet and is gone. */
#include "base/heap.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_ROOM 64

void *heap_must(void *at)
{
	if (!at) {
		fputs("cryoscope: out of memory\n", stderr);
		exit(2);
	}
	return at;
}

void *heap_zeroed(size_t n, size_t size)
{
	return heap_must(calloc(n, size));
}

void *heap_grow(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? *room * 2 : FIRST_ROOM;
	return heap_must(reallocarray(array, *room, size));
}
