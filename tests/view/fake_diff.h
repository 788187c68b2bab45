/* Two snapshots made by hand, for the tests of rows over a diff:
 *
 *	process 7  alpha       uid 0 -> 1000; "id" 5 -> 6 by nature; memory
 *	  fd 3                 position 10 -> 20
 *	  fd 4                 only in B
 *	process 8  same        nothing differs
 *	process 9  gone        only in A
 *
 *	1000-5000  r-xp  prog   page 2000: one byte differs
 *	5000-9000  rw-p  heap   in B to a000: pages 5000 (three bytes), 8000 (all of them) differ,
 *	                        9000 is new
 */
#ifndef TESTS_VIEW_FAKE_DIFF_H
#define TESTS_VIEW_FAKE_DIFF_H

#include <string.h>

#include "core/aspace.h"
#include "core/model.h"
#include "core/thing.h"
#include "ops/diff.h"

#define FAKE_FIRST 0x1000u
#define FAKE_BYTES 0x9000u

struct fake_side {
	struct model model;
	struct aspace space;
	struct region regions[2];
	struct source *source;
	struct item *record;
	uint8_t bytes[FAKE_BYTES];
	bool is_b;
};

struct fake_pair {
	struct fake_side sides[2];
	struct diff *diff;
};

static inline struct fake_side *fake_side(const struct model *m)
{
	return (struct fake_side *)(uintptr_t)m;
}

/* ---- memory ---- */

static inline void fake_side_at(const struct aspace *as, uint64_t addr, struct extent *x)
{
	const struct region *r = aspace_region(as, addr);
	const struct fake_side *s = as->item->model->data;

	*x = (struct extent){ .state = PAGE_UNMAPPED, .region = SIZE_MAX, .end = UINT64_MAX };
	if (r) {
		*x = (struct extent){ .start = r->start,
				      .end = r->end,
				      .state = PAGE_PRESENT,
				      .region = (size_t)(r - as->regions),
				      .source = s->source,
				      .offset = r->start - FAKE_FIRST,
				      .image = as->item };
		return;
	}
	x->start = addr < FAKE_FIRST ? 0 : as->regions[1].end;
	if (addr < FAKE_FIRST)
		x->end = FAKE_FIRST;
}

static const struct aspace_ops fake_side_ops = { .at = fake_side_at };

/* ---- things ---- */

static inline bool fake_things_below(struct fake_side *s, bool (*fn)(const struct thing *, void *),
				     void *arg)
{
	struct node n = { s->record, NODE_SELF };
	struct thing three = { .kind = "fd", .key = "3", .title = "/tmp/log", .number = 3 };
	struct thing four = { .kind = "fd", .key = "4", .title = "/tmp/new", .number = 4 };

	three.node = four.node = n;
	return fn(&three, arg) && (!s->is_b || fn(&four, arg));
}

static inline void fake_things(struct model *m, const struct thing *parent,
			       bool (*fn)(const struct thing *, void *), void *arg, struct arena *a)
{
	struct fake_side *s = fake_side(m);
	struct node n = { s->record, NODE_SELF };
	struct thing alpha = { .kind = "process",
			       .key = "7",
			       .title = "alpha",
			       .number = 7,
			       .node = n,
			       .space = &s->space };
	struct thing same = {
		.kind = "process", .key = "8", .title = "same", .number = 8, .node = n
	};
	struct thing gone = {
		.kind = "process", .key = "9", .title = "gone", .number = 9, .node = n
	};

	(void)a;
	if (!parent) {
		if (fn(&alpha, arg) && fn(&same, arg) && !s->is_b)
			fn(&gone, arg);
	} else if (!strcmp(parent->key, "7") && !strcmp(parent->kind, "process")) {
		fake_things_below(s, fn, arg);
	}
}

static inline struct field *fake_thing_fields(struct model *m, const struct thing *t,
					      struct arena *a)
{
	bool is_b = fake_side(m)->is_b;
	struct span none = { 0, 0 };
	struct field *root = field_add(NULL, a, FIELD_GROUP, "thing", none);

	if (!strcmp(t->kind, "fd")) {
		field_uint(root, a, "position", is_b ? 20 : 10, SHOW_DEC, none);
		return root;
	}
	if (t->number == 7) {
		field_uint(root, a, "uid", is_b ? 1000 : 0, SHOW_DEC, none);
		field_uint(root, a, "id", is_b ? 6 : 5, SHOW_DEC, none)->loose = true;
	}
	return root;
}

/* ---- the record that all of them stand for ---- */

static inline struct field *fake_record_fields(struct item *it, uint64_t at, struct arena *a)
{
	bool is_b = fake_side(it->model)->is_b;
	struct span none = { 0, 0 };
	struct field *root = field_add(NULL, a, FIELD_GROUP, "entry", none), *group;

	(void)at;
	field_text(root, a, "comm", bytes_of("alpha"), none);
	group = field_add(root, a, FIELD_GROUP, "creds", none);
	field_uint(group, a, "uid", is_b ? 1000 : 0, SHOW_DEC, none);
	if (!is_b)
		field_uint(root, a, "old", 1, SHOW_DEC, none);
	field_text(root, a, "exe", bytes_of(is_b ? "/usr/lib/x/second" : "/usr/lib/x/first"), none);
	return root;
}

static const struct item_ops fake_record_ops = { .fields = fake_record_fields };

/* ---- making them ---- */

static inline void fake_side_open(struct fake_side *s, bool is_b)
{
	struct model *m = &s->model;

	s->is_b = is_b;
	arena_init(&m->arena);
	m->name = is_b ? "b" : "a";
	m->data = s;
	m->things = fake_things;
	m->thing_fields = fake_thing_fields;
	m->problems = problems_new();
	m->root = item_add(m, NULL, &fake_record_ops, "root", "directory");
	s->record = item_add(m, m->root, &fake_record_ops, "record", "image");
	for (size_t i = 0; i < FAKE_BYTES; i++)
		s->bytes[i] = (uint8_t)(i * 7 + i / 4096);
	if (is_b) {
		s->bytes[0x1010] ^= 1;
		memset(s->bytes + 0x4100, 0x55, 3);
		for (size_t i = 0x7000; i < 0x8000; i++)
			s->bytes[i] ^= 0xff;
	}
	s->source = source_memory((struct bytes){ s->bytes, FAKE_BYTES }, "pages-1.img");
	s->regions[0] = (struct region){ .start = 0x1000,
					 .end = 0x5000,
					 .prot = "r-xp",
					 .kind = "file",
					 .name = "prog",
					 .flags = REGION_READ | REGION_EXEC };
	s->regions[1] = (struct region){ .start = 0x5000,
					 .end = is_b ? 0xa000 : 0x9000,
					 .prot = "rw-p",
					 .kind = "heap",
					 .name = "[heap]",
					 .flags = REGION_READ | REGION_WRITE };
	s->space = (struct aspace){ .ops = &fake_side_ops,
				    .unit = "VA",
				    .name = "pid 7",
				    .who = "7",
				    .page = 4096,
				    .regions = s->regions,
				    .region_count = 2,
				    .item = s->record };
}

static inline void fake_side_close(struct fake_side *s)
{
	source_close(s->source);
	problems_free(s->model.problems);
	arena_fini(&s->model.arena);
}

/* NULL: it could not be opened. Things are compared, memory not yet. */
static inline struct fake_pair *fake_pair_open(void)
{
	struct fake_pair *p = calloc(1, sizeof(*p));
	struct diff_spec spec = { .jobs = 1 };
	struct err *err;

	fake_side_open(&p->sides[0], false);
	fake_side_open(&p->sides[1], true);
	err = diff_open(&p->sides[0].model, &p->sides[1].model, &spec, &p->diff);
	if (err)
		return NULL;
	while (diff_things(p->diff))
		;
	return p;
}

static inline void fake_pair_read(struct fake_pair *p)
{
	struct job job;

	job_init(&job, "compare", 0);
	diff_memory(p->diff, &job);
}

/* As C-c does it before the first page. */
static inline void fake_pair_stop(struct fake_pair *p)
{
	struct job job;

	job_init(&job, "compare", 0);
	atomic_store(&job.cancel, true);
	diff_memory(p->diff, &job);
}

static inline void fake_pair_close(struct fake_pair *p)
{
	diff_close(p->diff);
	fake_side_close(&p->sides[0]);
	fake_side_close(&p->sides[1]);
	free(p);
}

#endif
