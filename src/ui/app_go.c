/* Places: following references, coming back, marks, problems, the jump box. */
#include "ui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spot app_spot(struct app *app)
{
	struct list *l = app_main_list(app);
	struct spot s = { .set = true,
			  .view = app->view,
			  .focus = app->arrangement.focus,
			  .node = app->node,
			  .offset = app->hex.cursor };
	const char *path;

	if (app_in_memory(app)) {
		s.space = app->space;
		s.offset = app->view == VIEW_PAGES ? app->map.cursor : app->memory.cursor;
	}
	if (app_lies_over(app->view) && l)
		s.line = l->cursor;
	if (app->view == VIEW_DIFF)
		app_diff_spot(app, &s);
	if (app->view == VIEW_TREE) {
		path = rows_fields_path(app->fields.pane.rows, app->fields.cursor, &app->scratch);
		snprintf(s.field, sizeof(s.field), "%s", path ? path : "");
	}
	return s;
}

static bool same_spot(const struct spot *a, const struct spot *b)
{
	bool bytes = a->focus == SLOT_BYTES || b->focus == SLOT_BYTES || a->space;

	return a->view == b->view && a->node.item == b->node.item && a->node.at == b->node.at &&
	       a->space == b->space && a->line == b->line && a->change == b->change &&
	       a->in_b == b->in_b && !strcmp(a->field, b->field) &&
	       (!bytes || a->offset == b->offset);
}

/* Shows a node in the tree view, opening what hides it. False: the tree has no such row. */
static bool go_node(struct app *app, struct node n)
{
	struct list *tree = &app->tree;
	enum slot focus = app->arrangement.focus;
	size_t line;

	if (!app_stand(app, n.item->model))
		return false;
	if (app->view != VIEW_TREE)
		app_view(app, VIEW_TREE);
	else
		app->helping = false;
	app->arrangement.focus = focus;
	if (n.at != NODE_SELF)
		item_index(n.item, true);
	line = rows_tree_reveal(tree->pane.rows, n, tree->cursor);
	if (line >= rows_count(tree->pane.rows))
		return false;
	if (tree->filter)
		list_filter(tree, NULL);
	list_go(tree, line);
	app_show_node(app, rows_tree_node(tree->pane.rows, line));
	return true;
}

static void go_field(struct app *app, const char *path)
{
	size_t line = rows_fields_go(app->fields.pane.rows, path);

	if (line >= rows_count(app->fields.pane.rows))
		return;
	list_refresh(&app->fields);
	list_go(&app->fields, line);
	if (app->arrangement.focus != SLOT_MAIN)
		app_moved_fields(app);
}

static void go_tree_spot(struct app *app, const struct spot *spot)
{
	if (!go_node(app, spot->node))
		return;
	app->arrangement.focus = spot->focus;
	if (*spot->field)
		go_field(app, spot->field);
	if (spot->offset != app->hex.cursor && spot->focus == SLOT_BYTES) {
		hex_go(&app->hex, spot->offset);
		app_moved_bytes(app);
	}
}

void app_go_spot(struct app *app, const struct spot *spot)
{
	const struct item *of = spot->space ? spot->space->item : spot->node.item;

	if (!spot->set || (of && !app_stand(app, of->model)))
		return;
	switch (spot->view) {
	case VIEW_TREE:
		go_tree_spot(app, spot);
		return;
	case VIEW_MEMORY:
	case VIEW_PAGES:
		app_memory_go(app, spot->space, spot->offset, spot->view == VIEW_PAGES);
		break;
	case VIEW_REGISTERS:
		app_registers_go(app, spot->space, spot->line);
		break;
	case VIEW_STACK:
		app_stack_go(app, spot->space, spot->line);
		break;
	case VIEW_DIFF:
		app_diff_go(app, spot);
		break;
	case VIEW_HITS:
		app_find_go(app, spot->line);
		break;
	default:
		app_view(app, spot->view);
		if (spot->view == VIEW_INFO)
			app_info_fill(app);
		list_go(app_main_list(app), spot->line);
		app_moved(app, SLOT_MAIN);
	}
	app->arrangement.focus = spot->focus;
}

void app_track_push(struct app *app)
{
	struct track *t = &app->track;

	app->before = app_spot(app);
	t->count = t->at;
	if (t->count > 0 && same_spot(&t->spots[t->count - 1], &app->before))
		return;
	if (t->count == TRACK_MAX) {
		memmove(t->spots, t->spots + 1, (TRACK_MAX - 1) * sizeof(t->spots[0]));
		t->count--;
	}
	t->spots[t->count++] = app->before;
	t->at = t->count;
}

void app_back(struct app *app, uint32_t count)
{
	struct track *t = &app->track;
	struct spot here = app_spot(app), to;

	if (t->at == 0) {
		app_say(app, ROLE_HINT, "this is where you came in");
		return;
	}
	/* The end of the way, too, must be there to come forward to. */
	if (t->at == t->count && t->count < TRACK_MAX)
		t->spots[t->count++] = here;
	else if (t->at < t->count)
		t->spots[t->at] = here;
	/* A list that was closed again leaves the spot under it behind: no step. */
	for (; count > 0 && t->at > 0; count--)
		do
			t->at--;
		while (t->at > 0 && same_spot(&t->spots[t->at], &here));
	to = t->spots[t->at];
	app_go_spot(app, &to);
}

void app_forward(struct app *app, uint32_t count)
{
	struct track *t = &app->track;
	struct spot to;
	size_t left;

	if (t->at + 1 >= t->count) {
		app_say(app, ROLE_HINT, "nothing lies ahead");
		return;
	}
	t->spots[t->at] = app_spot(app);
	left = t->count - 1 - t->at;
	t->at += count < left ? count : left;
	to = t->spots[t->at];
	app_go_spot(app, &to);
}

void app_go(struct app *app, const struct place *place)
{
	if (!place->node.item)
		return;
	app_track_push(app);
	if (!go_node(app, place->node)) {
		app_say(app, ROLE_WARNING, "%s is not in the tree",
			node_path(place->node, &app->scratch));
		return;
	}
	if (app->arrangement.focus == SLOT_BYTES && place->offset == UINT64_MAX)
		app->arrangement.focus = SLOT_FIELDS;
	if (place->path) {
		app->arrangement.focus = SLOT_FIELDS;
		go_field(app, place->path);
	}
	if (place->offset != UINT64_MAX) {
		hex_go(&app->hex, place->offset);
		app_moved_bytes(app);
	}
}

/* ---- lists that lie over the rest ---- */

bool app_lies_over(enum view view)
{
	return view == VIEW_HITS || view == VIEW_REGISTERS || view == VIEW_STACK ||
	       view == VIEW_PROBLEMS || view == VIEW_INFO;
}

void app_over(struct app *app)
{
	if (app_lies_over(app->view))
		return;
	app->from = app_spot(app);
	app_track_push(app);
}

void app_over_close(struct app *app)
{
	struct spot from = app->from;

	app_view(app, VIEW_TREE);
	app_go_spot(app, &from);
}

/* ---- following ---- */

static bool follow_tree(struct app *app, struct place *to)
{
	return node_target(app->node, to);
}

static void open_or_enter(struct app *app, struct list *l)
{
	struct call once = { .count = 1 };
	struct row row;

	rows_line(l->pane.rows, l->cursor, &app->scratch, &row);
	if (row.fold >= 0)
		l->pane.class->act(&l->pane, row.fold ? ACT_FOLD_CLOSE : ACT_FOLD_OPEN, &once);
	else if (l == &app->tree)
		app->arrangement.focus = SLOT_FIELDS;
	else
		app_say(app, ROLE_HINT, "nothing to follow here");
}

/* A field's reference that leads nowhere is worth a word. */
static bool dangles(struct app *app)
{
	const struct field *f = app_field(app);

	if (!f || f->ref.kind == 0)
		return false;
	app_say(app, ROLE_WARNING, "%s refers to %llu (0x%llx), which is not in these images",
		field_label(f, &app->scratch), (unsigned long long)f->ref.id,
		(unsigned long long)f->ref.id);
	return true;
}

void app_follow(struct app *app)
{
	enum slot focus = app->arrangement.focus;
	struct place to = { .offset = UINT64_MAX };

	if (app->view == VIEW_DIFF) {
		app_diff_follow(app);
		return;
	}
	if (app_in_memory(app)) {
		app_memory_follow(app);
		return;
	}
	if (focus == SLOT_FIELDS && app_memory_follow_field(app, app_field(app)))
		return;
	if (app->view == VIEW_HITS) {
		app_find_follow(app);
		return;
	}
	if (app->view == VIEW_PROBLEMS && focus == SLOT_MAIN) {
		app_problem_open(app, app->problems.cursor);
		return;
	}
	if (app->view == VIEW_INFO && focus == SLOT_MAIN) {
		if (rows_fields_follow(app->info.pane.rows, app->info.cursor, &to))
			app_go(app, &to);
		else
			open_or_enter(app, &app->info);
		return;
	}
	if (focus == SLOT_MAIN ? follow_tree(app, &to)
			       : rows_fields_follow(app->fields.pane.rows, app->fields.cursor, &to))
		app_go(app, &to);
	else if (focus == SLOT_MAIN || !dangles(app))
		open_or_enter(app, focus == SLOT_MAIN ? &app->tree : &app->fields);
}

/* ---- problems ---- */

void app_problem_open(struct app *app, size_t n)
{
	const struct problem *p = problems_at(app->model->problems, n);
	struct place to = { .offset = UINT64_MAX };

	if (!p)
		return;
	app->problem = n;
	list_go(&app->problems, n);
	app_say(app, p->severity == SEV_ERROR ? ROLE_ERROR : ROLE_WARNING, "%s %zu/%zu: %s",
		severity_name(p->severity), n + 1, problems_count(app->model->problems), p->text);
	if (!p->item)
		return;
	/* The tree belongs to this thread; the problem only promises not to change it. */
	to.node.item = item_real((struct item *)(uintptr_t)p->item);
	to.node.at = NODE_SELF;
	item_index(to.node.item, true);
	if (p->span.length > 0 || p->span.offset > 0) {
		to.node = node_at_offset(to.node.item, p->span.offset);
		to.offset = p->span.offset;
	}
	app_go(app, &to);
}

void app_problem_step(struct app *app, bool back, uint32_t count)
{
	size_t all = problems_count(app->model->problems);
	size_t n = app->problem;

	if (all == 0) {
		app_say(app, ROLE_HINT, "no problems%s", app->indexed ? "" : " so far");
		return;
	}
	for (; count > 0; count--)
		n = back ? (n == 0 || n >= all ? all - 1 : n - 1) : n + 1 < all ? n + 1 : 0;
	app_problem_open(app, n);
}
