/* A small model made by hand, for the tests of rows:
 *
 *	root           open at first
 *	  alpha        3 rows, [1] damaged
 *	  group
 *	    beta       a million rows
 *	    gamma      none
 *	  all
 *	    alpha      an alias
 */
#ifndef TESTS_VIEW_FAKE_H
#define TESTS_VIEW_FAKE_H

#include <stdlib.h>
#include <string.h>

#include "core/model.h"

#define BETA_ROWS 1000000

struct fake {
	struct model model;
	struct item *root, *alpha, *group, *beta, *gamma, *all, *alias;
};

static inline void fake_index(struct item *it, struct job *job)
{
	size_t rows = !strcmp(it->name, "alpha") ? 3 : !strcmp(it->name, "beta") ? BETA_ROWS : 0;

	(void)job;
	for (size_t i = 0; i < rows; i++) {
		struct record r = { .offset = 8 + 4 * i, .length = 4 };

		r.flags = rows == 3 && i == 1 ? RECORD_DAMAGED : 0;
		index_append(it->list, &r);
	}
}

static inline const char *fake_summary(struct item *it, uint64_t at, struct arena *a)
{
	if (at == NODE_SELF)
		return it->list && item_ready(it) ? arena_printf(a, "%zu rows", item_rows(it)) : "";
	return arena_printf(a, "%s number %llu", at % 2 ? "odd" : "Even", (unsigned long long)at);
}

static inline struct field *fake_fields(struct item *it, uint64_t at, struct arena *a)
{
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, "entry", (struct span){ 8 + 4 * at, 4 });

	(void)it;
	field_uint(root, a, "value", at, SHOW_DEC, (struct span){ 8 + 4 * at, 4 });
	return root;
}

static const struct item_ops fake_ops = {
	.index = fake_index,
	.summary = fake_summary,
	.fields = fake_fields,
};
static const struct item_ops fake_group_ops = { 0 };

static inline struct item *fake_image(struct fake *f, struct item *parent, const char *name)
{
	struct item *it = item_add(&f->model, parent, &fake_ops, name, "image");

	it->index = it->list = index_new();
	return it;
}

static inline struct fake *fake_open(void)
{
	struct fake *f = calloc(1, sizeof(*f));
	struct model *m = &f->model;

	arena_init(&m->arena);
	m->name = "fake";
	m->problems = problems_new();
	f->root = item_add(m, NULL, &fake_group_ops, "root", "directory");
	f->root->open_first = true;
	f->alpha = fake_image(f, f->root, "alpha");
	f->group = item_add(m, f->root, &fake_group_ops, "group", "group");
	f->beta = fake_image(f, f->group, "beta");
	f->gamma = fake_image(f, f->group, "gamma");
	f->all = item_add(m, f->root, &fake_group_ops, "all", "group");
	f->alias = item_alias(f->all, f->alpha);
	return f;
}

static inline void fake_close(struct fake *f)
{
	for (struct item *it = f->root; it; it = item_next(f->root, it))
		if (!it->alias)
			index_free(it->index);
	problems_free(f->model.problems);
	if (f->model.paths)
		abort();
	arena_fini(&f->model.arena);
	free(f);
}

#endif
