/* A guest made of pages by hand: what tests of frames and page tables stand on. */
#ifndef TESTS_XEN_GUESTMEM_H
#define TESTS_XEN_GUESTMEM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xen/guest.h"

enum { RIG_PAGES = 64 };

struct rig {
	struct model model;
	struct xen x;
	uint8_t bytes[RIG_PAGES * XEN_PAGE]; /* of the "file": body n is at n * XEN_PAGE */
	size_t used;
};

static struct rig *rig_new(void)
{
	struct rig *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	arena_init(&g->model.arena);
	g->model.problems = problems_new();
	g->x.model = &g->model;
	g->x.memory = memory_new();
	g->model.data = &g->x;
	return g;
}

static void rig_free(struct rig *g)
{
	memory_free(g->x.memory);
	source_close(g->x.src);
	problems_free(g->model.problems);
	arena_fini(&g->model.arena);
	free(g);
}

/* A page with bytes; they may be filled until the rig is sealed, and after. */
static uint8_t *rig_page(struct rig *g, uint64_t pfn, unsigned type)
{
	uint8_t *page = g->bytes + g->used * XEN_PAGE;

	assert_true(g->used < RIG_PAGES);
	memory_add(g->x.memory, pfn, type, g->used++ * XEN_PAGE, 0, false);
	return page;
}

/* An entry of a type that has none. */
static inline void rig_none(struct rig *g, uint64_t pfn, unsigned type)
{
	memory_add(g->x.memory, pfn, type, NO_BODY, 0, false);
}

static void put_64(uint8_t *page, unsigned index, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		page[index * 8 + i] = (uint8_t)(value >> 8 * i);
}

static inline void put_32(uint8_t *page, unsigned index, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		page[index * 4 + i] = (uint8_t)(value >> 8 * i);
}

static void rig_seal(struct rig *g, size_t bytes)
{
	g->x.src = source_memory((struct bytes){ g->bytes, bytes }, "rig");
	memory_seal(g->x.memory, NULL);
}

#endif
