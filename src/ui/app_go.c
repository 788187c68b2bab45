/* Places: following references, coming back, marks, problems, the jump box. */
#include "ui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spot app_spot(struct app *app)
{
	struct spot s = { .set = true,
			  .focus = app->arrangement.focus,
			  .node = app->node,
			  .offset = app->hex.cursor };
	const char *path =
		rows_fields_path(app->fields.pane.rows, app->fields.cursor, &app->scratch);

	snprintf(s.field, sizeof(s.field), "%s", path ? path : "");
	return s;
}

/* Shows a node in the tree view, opening what hides it. False: the tree has no such row. */
static bool go_node(struct app *app, struct node n)
{
	struct list *tree = &app->tree;
	size_t line;

	app->view = VIEW_TREE;
	app->arrangement.wide_main = app->arrangement.main_alone = false;
	app->helping = false;
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

void app_go_spot(struct app *app, const struct spot *spot)
{
	if (!spot->set || !go_node(app, spot->node))
		return;
	app->arrangement.focus = spot->focus;
	if (*spot->field)
		go_field(app, spot->field);
	if (spot->offset != app->hex.cursor && spot->focus == SLOT_BYTES) {
		hex_go(&app->hex, spot->offset);
		app_moved_bytes(app);
	}
}

void app_track_push(struct app *app)
{
	struct track *t = &app->track;

	app->before = app_spot(app);
	t->count = t->at;
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
	t->at -= count < t->at ? count : t->at;
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

/* ---- the jump box ---- */

/* A number, decimal or 0x; *rest behind it. False: none. */
static bool number(const char *text, uint64_t *v, const char **rest)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*v = strtoull(text, &end, 0);
	*rest = end;
	return end != text;
}

static bool lead(struct place *out, struct node n, uint64_t offset)
{
	*out = (struct place){ .node = n, .offset = offset };
	return true;
}

static bool file_named(struct app *app, const char *path, struct node *n, struct arena *a,
		       const char **says)
{
	const char *field = "";
	struct err *err;

	if (!*path) {
		*n = app->node;
		return true;
	}
	err = model_find(app->model, path, n, &field);
	if (err)
		*says = arena_strdup(a, err->text);
	err_free(err);
	return !err;
}

static bool to_offset(struct app *app, struct node n, uint64_t offset, struct place *out,
		      const char **says, struct arena *a)
{
	struct item *it = n.item ? item_real(n.item) : NULL;
	const struct source *src;

	if (it)
		item_index(it, true);
	src = it ? atomic_load(&it->source) : NULL;
	if (!src) {
		*says = it ? arena_printf(a, "%s has no bytes of its own", it->name)
			   : "no file chosen";
		return false;
	}
	if (offset >= source_size(src)) {
		*says = arena_printf(a, "offset 0x%llx is behind the end of %s (0x%llx bytes)",
				     (unsigned long long)offset, it->name,
				     (unsigned long long)source_size(src));
		return false;
	}
	(void)app;
	*says = arena_printf(a, "offset 0x%llx of %s", (unsigned long long)offset, it->name);
	return lead(out, node_at_offset(it, offset), offset);
}

static bool locate_offset(struct app *app, const char *text, struct place *out, const char **says,
			  struct arena *a)
{
	struct node n;
	uint64_t v;

	if (!number(text, &v, &text) || (*text && *text != '@')) {
		*says = "off:NUMBER or off:NUMBER@FILE";
		return false;
	}
	return file_named(app, *text ? text + 1 : text, &n, a, says) &&
	       to_offset(app, n, v, out, says, a);
}

static bool locate_record(struct app *app, const char *text, struct place *out, const char **says,
			  struct arena *a)
{
	struct item *it = app->node.item;
	uint64_t v;

	if (!number(text, &v, &text) || *text) {
		*says = "rec:NUMBER, counted from 0";
		return false;
	}
	if (!it || v >= item_rows(it)) {
		*says = arena_printf(a, "%s has %zu records", it ? it->name : "nothing",
				     it ? item_rows(it) : 0);
		return false;
	}
	*says = arena_printf(a, "record %llu of %s", (unsigned long long)v, it->name);
	return lead(out, (struct node){ it, v }, UINT64_MAX);
}

/* "+0x10", "-16" from the byte cursor, "50%" of the file. */
static bool locate_relative(struct app *app, const char *text, struct place *out, const char **says,
			    struct arena *a)
{
	char sign = *text == '+' || *text == '-' ? *text++ : 0;
	uint64_t v, at = app->hex.cursor;

	if (!number(text, &v, &text) || (sign ? *text != 0 : strcmp(text, "%") != 0)) {
		*says = "+BYTES, -BYTES or PERCENT%";
		return false;
	}
	if (!sign)
		at = v >= 100 ? (app->hex.size ? app->hex.size - 1 : 0)
			      : app->hex.size / 100 * v + app->hex.size % 100 * v / 100;
	else if (sign == '+')
		at = v > UINT64_MAX - at ? UINT64_MAX : at + v;
	else
		at -= v < at ? v : at;
	return to_offset(app, app->node, at, out, says, a);
}

static bool is_relative(const char *text)
{
	size_t n = strlen(text);

	return *text == '+' || *text == '-' ||
	       (n > 1 && text[n - 1] == '%' && strspn(text, "0123456789") == n - 1);
}

static bool locate_mark(struct app *app, const char *text, struct place *out, const char **says)
{
	const struct spot *s;

	if (*text < 'a' || *text > 'z' || text[1] || !app->marks[*text - 'a'].set) {
		*says = "mark:a to mark:z, if it is set";
		return false;
	}
	s = &app->marks[*text - 'a'];
	*says = "a mark";
	return lead(out, s->node, s->focus == SLOT_BYTES ? s->offset : UINT64_MAX);
}

/* A PATH, or one of the format's own words ("pid:7"). */
static bool locate_path(struct app *app, const char *text, bool really, struct place *out,
			const char **says, struct arena *a)
{
	const char *field = "";
	struct err *err;
	struct node n;

	*says = "a path: Enter looks";
	if (!really && !app->indexed)
		return false;
	err = model_find(app->model, text, &n, &field);
	if (err) {
		*says = arena_strdup(a, err->text);
		err_free(err);
		return false;
	}
	*says = *field ? arena_printf(a, "field %s of %s", field, node_path(n, a))
		       : arena_printf(a, "%s %s", node_kind(n, a), node_path(n, a));
	lead(out, n, UINT64_MAX);
	out->path = *field ? arena_strdup(a, field) : NULL;
	return true;
}

bool app_locate(struct app *app, const char *text, bool really, struct place *out,
		const char **says, struct arena *a)
{
	*says = "off:OFFSET[@FILE]  rec:N  pid:N  +N  -N  N%  mark:a  or a PATH";
	if (!*text)
		return false;
	if (strncmp(text, "off:", 4) == 0)
		return locate_offset(app, text + 4, out, says, a);
	if (strncmp(text, "rec:", 4) == 0)
		return locate_record(app, text + 4, out, says, a);
	if (strncmp(text, "mark:", 5) == 0)
		return locate_mark(app, text + 5, out, says);
	if (is_relative(text))
		return locate_relative(app, text, out, says, a);
	return locate_path(app, text, really, out, says, a);
}

bool app_jump(struct app *app, const char *text)
{
	const char *says;
	struct place to;

	if (!app_locate(app, text, true, &to, &says, &app->scratch)) {
		app_say(app, ROLE_WARNING, "%s", says);
		return false;
	}
	app_go(app, &to);
	/* Whoever names an offset wants to see that byte. */
	if (to.offset != UINT64_MAX)
		app->arrangement.focus = SLOT_BYTES;
	else if (to.path)
		app->arrangement.focus = SLOT_FIELDS;
	else
		app->arrangement.focus = SLOT_MAIN;
	return true;
}
