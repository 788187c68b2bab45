/* An address space made by hand, for the tests of rows over memory:
 *
 *	1000- 5000  r-xp  /bin/prog   page 1 present, the rest the file's
 *	5000- 9000  rw-p  [heap]      present, parent, lazy, zero
 *	20000-21000 rwxp  anon        present
 *	30000-230000 ---p anon        absent
 *
 * Bytes of a page that is there count up from its number; the first eight are a pointer to 5010. */
#ifndef TESTS_VIEW_FAKE_SPACE_H
#define TESTS_VIEW_FAKE_SPACE_H

#include <string.h>

#include "core/aspace.h"

static const struct region fake_regions[] = {
	{ 0x1000,
	  0x5000,
	  "r-xp",
	  "file",
	  "/bin/prog",
	  "/bin/prog",
	  0,
	  REGION_READ | REGION_EXEC | REGION_FILE,
	  { NULL, 0 } },
	{ 0x5000,
	  0x9000,
	  "rw-p",
	  "heap",
	  "[heap]",
	  NULL,
	  0,
	  REGION_READ | REGION_WRITE,
	  { NULL, 1 } },
	{ 0x20000,
	  0x21000,
	  "rwxp",
	  "anon",
	  "",
	  NULL,
	  0,
	  REGION_READ | REGION_WRITE | REGION_EXEC,
	  { NULL, 2 } },
	{ 0x100030000, 0x100230000, "---p", "anon", "", NULL, 0, 0, { NULL, 3 } },
};

static const struct {
	uint64_t start, end;
	enum page_state state;
} fake_extents[] = {
	{ 0, 0x1000, PAGE_UNMAPPED },
	{ 0x1000, 0x2000, PAGE_FILE },
	{ 0x2000, 0x3000, PAGE_PRESENT },
	{ 0x3000, 0x5000, PAGE_FILE },
	{ 0x5000, 0x6000, PAGE_PRESENT },
	{ 0x6000, 0x7000, PAGE_PARENT },
	{ 0x7000, 0x8000, PAGE_LAZY },
	{ 0x8000, 0x9000, PAGE_ZERO },
	{ 0x9000, 0x20000, PAGE_UNMAPPED },
	{ 0x20000, 0x21000, PAGE_PRESENT },
	{ 0x21000, 0x100030000, PAGE_UNMAPPED },
	{ 0x100030000, 0x100230000, PAGE_ABSENT },
	{ 0x100230000, UINT64_MAX, PAGE_UNMAPPED },
};

static uint8_t fake_page[4096];
static struct source *fake_source;

static inline void fake_at(const struct aspace *as, uint64_t addr, struct extent *x)
{
	const struct region *r = aspace_region(as, addr);
	size_t i = 0;

	while (i + 1 < sizeof(fake_extents) / sizeof(*fake_extents) && fake_extents[i].end <= addr)
		i++;
	*x = (struct extent){ .start = fake_extents[i].start,
			      .end = fake_extents[i].end,
			      .state = fake_extents[i].state,
			      .region = r ? (size_t)(r - as->regions) : SIZE_MAX };
	if (x->state == PAGE_PRESENT || x->state == PAGE_PARENT)
		x->source = fake_source;
}

static const struct aspace_ops fake_space_ops = { .at = fake_at };

static const struct aspace fake_space = {
	.ops = &fake_space_ops,
	.unit = "VA",
	.name = "pid 7",
	.who = "7",
	.page = 4096,
	.regions = fake_regions,
	.region_count = 4,
};

static inline void fake_space_open(void)
{
	for (size_t i = 0; i < sizeof(fake_page); i++)
		fake_page[i] = (uint8_t)i;
	memcpy(fake_page, "\x10\x50\0\0\0\0\0\0", 8);
	memcpy(fake_page + 16, "hello\0", 6);
	fake_source = source_memory((struct bytes){ fake_page, sizeof(fake_page) }, "pages-1.img");
}

#endif
