/* Which of the opened sources one stands in. What there is one of for each of them (its tree and
 * its problems, as one left them, the place in the tree) is the app's own while one stands there;
 * that of the others waits here. All else in the browser knows one model, the app's.
 *
 * A place says by itself which model it is of, a node by its item, a memory by its owner: whoever
 * goes there stands in it from then on. In a diff one stands in the side that has the keys. */
#include "ui/app.h"

#include <stdlib.h>

#include "base/heap.h"

struct stand {
	struct model *model;
	struct list tree, problems;
	struct node node;
	size_t problem;
	bool indexed, stopped;
	int percent;
};

struct stands {
	struct stand all[STANDS_MOST]; /* the lists of the one at `at` are the app's */
	size_t count, at;
};

static struct err *make_list(struct app *app, struct list *l, const char *name, struct rows *rows,
			     bool folds)
{
	struct err *err = list_init(l, name, rows, folds);

	l->pane.needle = app->needle;
	l->stop = app_stop;
	l->stop_arg = app;
	return err;
}

static struct err *make(struct app *app, struct stand *s, struct model *m)
{
	struct err *err = make_list(app, &s->tree, "Images", rows_tree_new(m), true);

	if (!err)
		err = make_list(app, &s->problems, "Problems", rows_problems_new(m), false);
	s->problems.pane.empty = "(no problems)";
	s->model = m;
	s->node = (struct node){ m->root, NODE_SELF };
	s->problem = SIZE_MAX;
	s->indexed = model_ready(m);
	s->percent = s->indexed ? 100 : 0;
	return err;
}

static void save(const struct app *app, struct stand *s)
{
	*s = (struct stand){
		.model = app->model,
		.tree = app->tree,
		.problems = app->problems,
		.node = app->node,
		.problem = app->problem,
		.indexed = app->indexed,
		.stopped = app->stopped,
		.percent = app->percent,
	};
}

static void load(struct app *app, const struct stand *s)
{
	app->model = s->model;
	app->tree = s->tree;
	app->problems = s->problems;
	app->node = s->node;
	app->problem = s->problem;
	app->indexed = s->indexed;
	app->stopped = s->stopped;
	app->percent = s->percent;
}

struct err *app_stand_init(struct app *app, struct model *m)
{
	struct err *err;

	app->first = m;
	app->stands = heap_zeroed(1, sizeof(*app->stands));
	err = make(app, &app->stands->all[app->stands->count++], m);
	load(app, &app->stands->all[0]);
	return err;
}

void app_stand_fini(struct app *app)
{
	struct stands *all = app->stands;

	if (!all)
		return;
	save(app, &all->all[all->at]);
	for (size_t i = 0; i < all->count; i++) {
		list_fini(&all->all[i].tree);
		list_fini(&all->all[i].problems);
	}
	free(all);
	app->stands = NULL;
}

/* NULL: there are too many. */
static struct stand *stand_of(struct app *app, struct model *m)
{
	struct stands *all = app->stands;
	struct err *err;
	size_t i = 0;

	while (i < all->count && all->all[i].model != m)
		i++;
	if (i < all->count)
		return &all->all[i];
	if (i == STANDS_MOST)
		return NULL;
	err = make(app, &all->all[i], m);
	if (err) {
		list_fini(&all->all[i].tree);
		list_fini(&all->all[i].problems);
		err_free(err);
		return NULL;
	}
	all->count++;
	return &all->all[i];
}

bool app_stand(struct app *app, struct model *m)
{
	struct stands *all = app->stands;
	struct stand *to = m == app->model ? NULL : stand_of(app, m);

	if (m == app->model)
		return true;
	if (!to)
		return false;
	save(app, &all->all[all->at]);
	all->at = (size_t)(to - all->all);
	load(app, to);
	app_show_node(app, app->node);
	return true;
}

const char *app_stand_text(struct app *app)
{
	size_t known = 1 + app_diff_models(app), at = app->stands->at;

	return arena_printf(&app->frame, "%zu/%zu", at + 1, known);
}
