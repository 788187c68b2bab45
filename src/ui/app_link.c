/* Three panes, one selection. The tree says the node; the fields are decoded from it; the bytes are
 * those of its file. Moving in one moves the others:
 *
 *   tree   -> fields of the node, its bytes lit
 *   fields -> the field's bytes lit, the byte cursor on the first
 *   bytes  -> the deepest field that has the byte; if it is in another record, the tree's row too
 *
 * The arrows never run in circles: each of the functions sets the others' cursors directly. */
#include "ui/app.h"

#include <string.h>

#include "base/bound.h"

static const struct source *node_source(struct node n)
{
	return n.item ? atomic_load(&n.item->source) : NULL;
}

static const char *no_bytes(struct app *app, struct node n)
{
	if (!n.item)
		return "(nothing chosen)";
	if (!item_ready(n.item))
		return app->indexed ? "(not read)" : "(being read ...)";
	if (node_source(n))
		return "(the file is empty)";
	return "(no bytes of its own: what is below it has)";
}

const struct field *app_field(struct app *app)
{
	return app->fields.nowhere ? NULL
				   : rows_fields_at(app->fields.pane.rows, app->fields.cursor);
}

static void show_frames(struct app *app, bool on)
{
	if (app->frames != on)
		rows_fields_frames(app->fields.pane.rows, on);
	app->frames = on;
}

/* The page that the byte at `offset` of the node is in or announces, else all of the source. True:
 * a page. */
static bool show_page(struct app *app, uint64_t offset)
{
	struct page_body page;

	if (!app->hex.source || !node_page(app->node, offset, &page)) {
		hex_whole(&app->hex);
		return false;
	}
	hex_page(&app->hex, page.span, page.addr);
	return true;
}

void app_show_node(struct app *app, struct node n)
{
	const struct source *src = node_source(n);

	if (n.item)
		item_index(n.item, false);
	app->node = n;
	app->node_ready = n.item && item_ready(n.item);
	show_frames(app, false);
	rows_fields_set(app->fields.pane.rows, n);
	app->fields.nowhere = false;
	app->fields.cursor = 0;
	app->fields.top = 0;
	list_refresh(&app->fields);
	if (src != app->hex.source)
		hex_set(&app->hex, src, n.item ? n.item->name : "");
	app->hex.pane.empty = no_bytes(app, n);
	hex_show(&app->hex, n.item && src ? node_span(n) : (struct span){ 0, 0 });
	show_page(app, UINT64_MAX);
}

void app_moved_tree(struct app *app)
{
	struct node n = rows_tree_node(app->tree.pane.rows, app->tree.cursor);

	if (n.item == app->node.item && n.at == app->node.at &&
	    app->node_ready == (n.item && item_ready(n.item)))
		return;
	app_show_node(app, n);
}

void app_moved_fields(struct app *app)
{
	const struct field *f = app_field(app);

	if (f && f->span.length > 0 && show_page(app, f->span.offset) &&
	    !span_has((struct span){ app->hex.first, app->hex.size }, f->span.offset))
		hex_show(&app->hex, (struct span){ 0, 0 });
	else if (f && f->span.length > 0)
		hex_show(&app->hex, f->span);
	else
		hex_light(&app->hex, (struct span){ 0, 0 });
}

/* The row of the tree, and the fields, of the record that holds the byte under the cursor. */
static void enter_record(struct app *app, struct node n)
{
	uint64_t offset = app->hex.cursor;
	size_t line = rows_tree_reveal(app->tree.pane.rows, n, app->tree.cursor);

	if (line < rows_count(app->tree.pane.rows)) {
		app->tree.cursor = line;
		list_refresh(&app->tree);
	}
	app_show_node(app, n);
	hex_go(&app->hex, offset);
}

/* The line of the field that has the byte. Tags and lengths are only listed when one is asked for:
 * here. */
static size_t line_of_byte(struct app *app)
{
	struct rows *rows = app->fields.pane.rows;
	size_t line = rows_fields_find(rows, app->hex.cursor);

	if (line < rows_count(rows) || app->frames)
		return line;
	show_frames(app, true);
	return rows_fields_find(rows, app->hex.cursor);
}

/* Cuts `run` down to what lies between the parts of it, given that `offset` is in none. */
static void run_beside(struct span *run, struct span part, uint64_t offset)
{
	uint64_t end = run->offset + run->length, part_end = part.offset + part.length;

	if (part.length == 0)
		return;
	if (part.offset > offset && part.offset < end)
		end = part.offset;
	if (part_end <= offset && part_end > run->offset)
		run->offset = part_end;
	run->length = end - run->offset;
}

/* The records on both sides of `offset`; they ascend. */
static void run_beside_rows(struct span *run, const struct index *list, uint64_t offset)
{
	size_t at = BOUND(i, index_count(list), index_at(list, i)->offset <= offset);
	const struct record *r = index_at(list, at);

	if (r)
		run_beside(run, (struct span){ r->offset, r->length }, offset);
	r = at > 0 ? index_at(list, at - 1) : NULL;
	if (r)
		run_beside(run, (struct span){ r->offset, r->length }, offset);
}

/* The bytes around the cursor that no field has: a record's head, or what no record has. */
static struct span bare_run(struct app *app)
{
	struct span run = span_clip(node_span(app->node), app->hex.size);
	struct field *root = rows_fields_root(app->fields.pane.rows);

	for (const struct field *f = root ? root->first : NULL; f; f = f->next)
		run_beside(&run, f->span, app->hex.cursor);
	if (app->node.at == NODE_SELF && app->node.item->list)
		run_beside_rows(&run, app->node.item->list, app->hex.cursor);
	return run;
}

/* Where the cursor is: an entry that announces a page is not in it. */
static void show_page_here(struct app *app)
{
	struct page_body page;

	if (node_page(app->node, app->hex.cursor, &page) && span_has(page.span, app->hex.cursor))
		hex_page(&app->hex, page.span, page.addr);
	else
		hex_whole(&app->hex);
}

void app_moved_bytes(struct app *app)
{
	const struct field *f;
	struct node n;
	size_t line;

	if (app->hex.size == 0)
		return;
	n = node_at_offset(app->node.item, app->hex.cursor);
	if (n.item != app->node.item || n.at != app->node.at)
		enter_record(app, n);
	show_page_here(app);
	line = line_of_byte(app);
	app->fields.nowhere = line >= rows_count(app->fields.pane.rows);
	if (!app->fields.nowhere)
		app->fields.cursor = line;
	list_refresh(&app->fields);
	f = app_field(app);
	hex_light(&app->hex, f ? f->span : bare_run(app));
}

/* The bytes that a problem is about; the fields stay as they are. */
static void moved_problems(struct app *app)
{
	const struct problem *p = problems_at(app->model->problems, app->problems.cursor);
	const struct source *src = p && p->item ? atomic_load(&p->item->source) : NULL;

	if (src != app->hex.source)
		hex_set(&app->hex, src, src ? p->item->name : "");
	app->hex.pane.empty = "(no bytes)";
	if (src)
		hex_show(&app->hex, p->span);
}

void app_moved(struct app *app, enum slot slot)
{
	if (app->view == VIEW_DIFF)
		app_diff_moved(app, slot);
	if (app->view == VIEW_PROBLEMS && slot == SLOT_MAIN)
		moved_problems(app);
	if (app->view == VIEW_HITS && slot == SLOT_MAIN)
		app_find_moved(app);
	else if (app->view == VIEW_REGISTERS && slot == SLOT_MAIN)
		app_registers_moved(app);
	else if (app->view == VIEW_STACK && slot == SLOT_MAIN)
		app_stack_moved(app);
	else if (app_shows_memory(app))
		app_memory_moved(app, slot);
	if (app->view != VIEW_TREE)
		return;
	if (slot == SLOT_MAIN)
		app_moved_tree(app);
	else if (slot == SLOT_FIELDS)
		app_moved_fields(app);
	else
		app_moved_bytes(app);
}

/* Shows it again: now all of it is known. Where one stood in it stays. */
static void node_became_ready(struct app *app)
{
	const struct source *src = app->hex.source;
	size_t line = app->fields.cursor, top = app->fields.top, hex_top = app->hex.top;
	uint64_t offset = app->hex.cursor;

	app_show_node(app, app->node);
	app->fields.top = top;
	list_go(&app->fields, line);
	if (src && src == app->hex.source) {
		hex_go(&app->hex, offset);
		app->hex.top = hex_top;
		if (app->arrangement.focus != SLOT_MAIN)
			app_moved_bytes(app);
	}
}

void app_tree_settle(struct app *app)
{
	struct rows *rows = app->tree.pane.rows;
	struct node here = rows_tree_node(rows, app->tree.cursor);
	size_t line;

	if (here.item != app->node.item || here.at != app->node.at) {
		line = rows_tree_line(rows, app->node, app->tree.cursor);
		if (line < rows_count(rows)) {
			size_t shift = list_position(&app->tree, app->tree.cursor);

			/* Keep it at the same height on the screen. */
			shift -= app->tree.top < shift ? app->tree.top : shift;
			app->tree.cursor = line;
			app->tree.top = line > shift ? line - shift : 0;
		}
	}
	if (app->node.item && !app->node_ready && item_ready(app->node.item))
		node_became_ready(app);
}

static bool loss_said(const struct app *app, const struct item *it)
{
	for (size_t i = 0; i < app->lost_count; i++)
		if (app->lost[i] == it)
			return true;
	return app->lost_count == LOST_MAX;
}

void app_watch_loss(struct app *app)
{
	struct item *it = app->node.item;
	const struct source *src = node_source(app->node);
	uint64_t offset;

	if (!src || !source_lost(src, &offset) || loss_said(app, it))
		return;
	app->lost[app->lost_count++] = it;
	problem_note(app->model->problems, SEV_ERROR, "shrunk", it,
		     (struct span){ offset, source_size(src) - offset },
		     "the file became shorter while it was open; zeros are shown from 0x%llx on",
		     (unsigned long long)offset);
	app_say(app, ROLE_ERROR, "%s became shorter while open: zeros from 0x%llx on", it->name,
		(unsigned long long)offset);
}
