/* The global keys, and what actions do that no pane takes. One table of functions: a key, a line at
 * the `:` prompt and a script all end here. */
#include "ui/app.h"

#include <string.h>

const struct key_bind app_keys[] = {
	{ { "F1", "?" }, ACT_HELP },
	{ { ":" }, ACT_COMMAND },
	{ { "Tab" }, ACT_PANE_NEXT },
	{ { "S-Tab" }, ACT_PANE_PREV },
	{ { "C-w h", "C-w Left" }, ACT_PANE_LEFT },
	{ { "C-w j", "C-w Down" }, ACT_PANE_DOWN },
	{ { "C-w k", "C-w Up" }, ACT_PANE_UP },
	{ { "C-w l", "C-w Right" }, ACT_PANE_RIGHT },
	{ { "\\" }, ACT_ZOOM },
	{ { "|" }, ACT_LAYOUT },
	{ { "+" }, ACT_GROW },
	{ { "-" }, ACT_SHRINK },
	{ { "T" }, ACT_VIEW_TREE },
	{ { "A" }, ACT_VIEW_MEMORY },
	{ { "p" }, ACT_VIEW_PAGES },
	{ { "t" }, ACT_VIEW_REGISTERS },
	{ { "B" }, ACT_VIEW_STACK },
	{ { "D" }, ACT_VIEW_DIFF },
	{ { "d" }, ACT_DIFF_WITH },
	{ { "L" }, ACT_VIEW_HITS },
	{ { "P" }, ACT_VIEW_PROBLEMS },
	{ { "I" }, ACT_VIEW_INFO },
	{ { "=" }, ACT_VERSIONS },
	{ { "%" }, ACT_OTHER },
	{ { "i" }, ACT_INSPECTOR },
	{ { "<" }, ACT_LITTLE },
	{ { ">" }, ACT_BIG },
	{ { "s" }, ACT_SPACE_NEXT },
	{ { "S" }, ACT_SPACE_PREV },
	{ { "o" }, ACT_SORT },
	{ { "@", "C-g", "F5" }, ACT_JUMP },
	{ { "Enter", "C-]" }, ACT_FOLLOW },
	{ { "r" }, ACT_RECORD },
	{ { "c" }, ACT_CODE },
	{ { "C-o", "Backspace", "A-Left" }, ACT_BACK },
	{ { "A-Right" }, ACT_FORWARD },
	{ { "e" }, ACT_PROBLEM_NEXT },
	{ { "E" }, ACT_PROBLEM_PREV },
	{ { "m a-z" }, ACT_MARK_SET },
	{ { "' a-z" }, ACT_MARK_GO },
	{ { "' '" }, ACT_MARK_BACK },
	{ { "y y" }, ACT_COPY_ROW },
	{ { "y v" }, ACT_COPY_VALUE },
	{ { "y o" }, ACT_COPY_OFFSET },
	{ { "y a" }, ACT_COPY_ADDRESS },
	{ { "y h" }, ACT_COPY_HEX },
	{ { "y p" }, ACT_COPY_PATH },
	{ { "x", "F8" }, ACT_EXPORT },
	{ { "C-l" }, ACT_REPAINT },
	{ { "C-c" }, ACT_CANCEL },
	{ { "C-z" }, ACT_SUSPEND },
	{ { "Esc" }, ACT_ESCAPE },
	{ { "q" }, ACT_CLOSE },
	{ { "Q", "F10", "Z Z" }, ACT_QUIT },
	{ { NULL }, ACT_NONE },
};

typedef void (*act_fn)(struct app *, const struct call *);

/* ---- panes ---- */

static void act_pane_next(struct app *app, const struct call *c)
{
	(void)c;
	if (app_diff_cross(app, false))
		return;
	app->arrangement.focus = layout_cycle(&app->arrangement, &app->places, 1);
}

static void act_pane_prev(struct app *app, const struct call *c)
{
	(void)c;
	if (app_diff_cross(app, true))
		return;
	app->arrangement.focus = layout_cycle(&app->arrangement, &app->places, -1);
}

static void act_pane_left(struct app *app, const struct call *c)
{
	(void)c;
	app->arrangement.focus = layout_toward(&app->places, app->arrangement.focus, -1, 0);
}

static void act_pane_right(struct app *app, const struct call *c)
{
	(void)c;
	app->arrangement.focus = layout_toward(&app->places, app->arrangement.focus, 1, 0);
}

static void act_pane_up(struct app *app, const struct call *c)
{
	(void)c;
	app->arrangement.focus = layout_toward(&app->places, app->arrangement.focus, 0, -1);
}

static void act_pane_down(struct app *app, const struct call *c)
{
	(void)c;
	app->arrangement.focus = layout_toward(&app->places, app->arrangement.focus, 0, 1);
}

static void act_zoom(struct app *app, const struct call *c)
{
	(void)c;
	app->arrangement.zoomed = !app->arrangement.zoomed;
}

static void act_layout(struct app *app, const struct call *c)
{
	static const char *const names[LAYOUT_COUNT] = {
		[LAYOUT_THREE] = "three panes",
		[LAYOUT_MAIN_BYTES] = "tree and bytes",
		[LAYOUT_FIELDS_BYTES] = "fields and bytes",
		[LAYOUT_ONE] = "one pane; Tab shows the next",
	};
	struct arrangement *arr = &app->arrangement;

	(void)c;
	arr->zoomed = false;
	arr->mode = (arr->mode + 1) % LAYOUT_COUNT;
	if (!layout_shows(arr, arr->focus))
		arr->focus = arr->focus == SLOT_MAIN ? SLOT_FIELDS : SLOT_MAIN;
	app_say(app, ROLE_HINT, "%s", names[arr->mode]);
}

static int within(int v, int most)
{
	return v > most ? most : v < -most ? -most : v;
}

static void resize(struct app *app, int by)
{
	struct arrangement *arr = &app->arrangement;
	int steps = by * (arr->focus == SLOT_FIELDS ? -1 : 1);

	if (arr->focus == SLOT_BYTES)
		arr->bytes_shift = within(arr->bytes_shift + by, app->canvas.h);
	else
		arr->main_shift = within(arr->main_shift + steps * 2, app->canvas.w);
}

static void act_grow(struct app *app, const struct call *c)
{
	resize(app, c->count < 100 ? (int)c->count : 100);
}

static void act_shrink(struct app *app, const struct call *c)
{
	resize(app, c->count < 100 ? -(int)c->count : -100);
}

/* ---- views ---- */

void app_view(struct app *app, enum view view)
{
	struct arrangement *arr = &app->arrangement;

	app->view = view;
	app->helping = false;
	arr->zoomed = false;
	arr->wide_list = view == VIEW_DIFF;
	arr->wide_main = view != VIEW_TREE && view != VIEW_DIFF;
	arr->main_alone = view == VIEW_INFO || view == VIEW_PAGES;
	arr->memory = view == VIEW_MEMORY || view == VIEW_REGISTERS || view == VIEW_STACK ||
		      (view == VIEW_HITS && arr->memory);
	arr->focus = SLOT_MAIN;
	if (view == VIEW_TREE)
		app_show_node(app, rows_tree_node(app->tree.pane.rows, app->tree.cursor));
	else if (view == VIEW_PROBLEMS)
		app_moved(app, SLOT_MAIN);
}

static void act_view_tree(struct app *app, const struct call *c)
{
	(void)c;
	if (app->view == VIEW_DIFF)
		app_diff_leave(app);
	else
		app_view(app, VIEW_TREE);
}

static void act_view_memory(struct app *app, const struct call *c)
{
	(void)c;
	app_memory_open(app, false);
}

static void act_view_pages(struct app *app, const struct call *c)
{
	(void)c;
	if (app->view == VIEW_DIFF)
		app_diff_map(app);
	else
		app_memory_open(app, true);
}

static void act_view_diff(struct app *app, const struct call *c)
{
	(void)c;
	if (!app_diff_any(app)) {
		app_diff_ask(app);
	} else if (app->view != VIEW_DIFF) {
		app_track_push(app);
		app_view(app, VIEW_DIFF);
	}
}

static void act_diff_with(struct app *app, const struct call *c)
{
	(void)c;
	app_diff_ask(app);
}

static void act_versions(struct app *app, const struct call *c)
{
	(void)c;
	app_versions(app);
}

static void act_other(struct app *app, const struct call *c)
{
	(void)c;
	app_diff_other(app);
}

static bool needs_diff(struct app *app)
{
	if (app->view != VIEW_DIFF)
		app_say(app, ROLE_HINT, "that is for the diff view: D shows it");
	return app->view == VIEW_DIFF;
}

static void act_diff_next(struct app *app, const struct call *c)
{
	if (needs_diff(app))
		app_diff_step(app, false, c->count);
}

static void act_diff_prev(struct app *app, const struct call *c)
{
	if (needs_diff(app))
		app_diff_step(app, true, c->count);
}

static void act_diff_equal(struct app *app, const struct call *c)
{
	(void)c;
	if (needs_diff(app))
		app_diff_switch(app, ACT_DIFF_EQUAL);
}

static void act_diff_pages(struct app *app, const struct call *c)
{
	(void)c;
	if (needs_diff(app))
		app_diff_switch(app, ACT_DIFF_PAGES);
}

static void act_diff_swap(struct app *app, const struct call *c)
{
	(void)c;
	if (needs_diff(app))
		app_diff_switch(app, ACT_DIFF_SWAP);
}

static void act_diff_lock(struct app *app, const struct call *c)
{
	(void)c;
	if (needs_diff(app))
		app_diff_switch(app, ACT_DIFF_LOCK);
}

static void act_diff_content(struct app *app, const struct call *c)
{
	(void)c;
	if (needs_diff(app))
		app_diff_content(app);
}

static bool needs_memory(struct app *app, bool good)
{
	if (!good)
		app_say(app, ROLE_HINT, "that is for the memory view: A shows it");
	return good;
}

static void act_inspector(struct app *app, const struct call *c)
{
	struct arrangement *arr = &app->arrangement;
	bool shown = !area_empty(app->places.slots[SLOT_FIELDS]);

	(void)c;
	if (!needs_memory(app, app_shows_memory(app)))
		return;
	arr->aside = shown ? ASIDE_HIDDEN : ASIDE_SHOWN;
	if (shown && arr->focus == SLOT_FIELDS)
		arr->focus = SLOT_BYTES;
}

static void byte_order(struct app *app, bool big)
{
	if (!needs_memory(app, app_shows_memory(app)))
		return;
	app->big = big;
	app_memory_moved(app, SLOT_BYTES);
	app_say(app, ROLE_HINT, "%s-endian", big ? "big" : "little");
}

static void act_little(struct app *app, const struct call *c)
{
	(void)c;
	byte_order(app, false);
}

static void act_big(struct app *app, const struct call *c)
{
	(void)c;
	byte_order(app, true);
}

static void act_sort(struct app *app, const struct call *c)
{
	if (needs_memory(app, app->view == VIEW_MEMORY))
		app_memory_sort(app, c->count);
}

static void act_space_next(struct app *app, const struct call *c)
{
	if (needs_memory(app, app->space && app_in_memory(app)))
		app_space_step(app, false, c->count);
}

static void act_space_prev(struct app *app, const struct call *c)
{
	if (needs_memory(app, app->space && app_in_memory(app)))
		app_space_step(app, true, c->count);
}

static void act_record(struct app *app, const struct call *c)
{
	(void)c;
	if (needs_memory(app, app->space && app_in_memory(app)))
		app_memory_record(app);
}

static void act_view_registers(struct app *app, const struct call *c)
{
	(void)c;
	app_registers_view(app);
}

static void act_view_stack(struct app *app, const struct call *c)
{
	(void)c;
	app_stack_view(app);
}

static void act_code(struct app *app, const struct call *c)
{
	(void)c;
	app_stack_code(app);
}

static void act_view_hits(struct app *app, const struct call *c)
{
	(void)c;
	app_find_view(app);
}

static void act_view_problems(struct app *app, const struct call *c)
{
	(void)c;
	app_over(app);
	app_view(app, VIEW_PROBLEMS);
}

static struct field *make_info(void *arg, struct arena *a)
{
	struct model *m = arg;
	struct field *f = m->info ? m->info(m, a) : NULL;

	return f ? f : field_add(NULL, a, FIELD_GROUP, "no information", (struct span){ 0, 0 });
}

void app_info_fill(struct app *app)
{
	rows_fields_set_made(app->info.pane.rows, make_info, app->model);
	list_refresh(&app->info);
}

static void act_view_info(struct app *app, const struct call *c)
{
	(void)c;
	app_over(app);
	app_view(app, VIEW_INFO);
	app_info_fill(app);
}

static void act_help(struct app *app, const struct call *c)
{
	(void)c;
	app->helping = !app->helping;
	if (app->helping)
		app_help_fill(app);
}

/* The tree that all began with. */
static void go_home(struct app *app)
{
	app_stand(app, app->first);
	app_view(app, VIEW_TREE);
}

static void act_close(struct app *app, const struct call *c)
{
	(void)c;
	if (app->helping)
		app->helping = false;
	else if (app_lies_over(app->view))
		app_over_close(app);
	else if (app->view == VIEW_PAGES)
		app_memory_open(app, false);
	else if (app->view == VIEW_DIFF && app_diff_unmap(app))
		;
	else if (app->view == VIEW_DIFF && app->options->second)
		app->quit = true;
	else if (app->view != VIEW_TREE && app->view != VIEW_DIFF)
		app_view(app, VIEW_TREE);
	else if (app->view == VIEW_DIFF)
		go_home(app);
	else if (app_diff_is_home(app))
		app_view(app, VIEW_DIFF);
	else
		app->quit = true;
}

static void act_escape(struct app *app, const struct call *c)
{
	struct list *list = app_main_list(app);

	(void)c;
	if (app->helping)
		app->helping = false;
	else if (list && list->filter)
		list_filter(list, NULL);
	else if (app->fields.filter)
		list_filter(&app->fields, NULL);
	else if (*app->needle)
		*app->needle = 0;
	else if (app->arrangement.zoomed)
		app->arrangement.zoomed = false;
	else if (app_lies_over(app->view))
		app_over_close(app);
	else if (app->view == VIEW_DIFF && (app_diff_unmap(app) || app->options->second ||
					    app->arrangement.focus != SLOT_MAIN))
		app->arrangement.focus = SLOT_MAIN;
	else if (app->view == VIEW_DIFF)
		go_home(app);
	else if (app->view != VIEW_TREE)
		app_view(app, VIEW_TREE);
	else
		app->arrangement.focus = SLOT_MAIN;
}

static void act_quit(struct app *app, const struct call *c)
{
	(void)c;
	app->quit = true;
}

/* ---- finding ---- */

static struct list *focused_list(struct app *app)
{
	return pane_list(app_pane(app));
}

static void act_search(struct app *app, const struct call *c)
{
	(void)c;
	if (focused_list(app) || app_find_bytes(app))
		prompt_open(&app->prompt, PROMPT_SEARCH, "");
}

static void act_find_all(struct app *app, const struct call *c)
{
	(void)c;
	prompt_open(&app->prompt, PROMPT_FIND_ALL, "");
}

static void act_filter(struct app *app, const struct call *c)
{
	struct list *l = focused_list(app);

	(void)c;
	if (l)
		prompt_open(&app->prompt, PROMPT_FILTER, l->filter ? l->filter : "");
}

static void act_jump(struct app *app, const struct call *c)
{
	(void)c;
	prompt_open(&app->prompt, PROMPT_JUMP, "");
	app_suggest(app);
}

static void act_command(struct app *app, const struct call *c)
{
	(void)c;
	prompt_open(&app->prompt, PROMPT_COMMAND, "");
}

/* The whole tree, folded or not; round the end if need be. */
static enum search_end search_tree(struct app *app, bool back, struct node *hit, bool *round)
{
	struct line_search s = { app->needle,        back, app->tree.stop,
				 app->tree.stop_arg, true, NODES_ALL };
	struct node from = rows_tree_node(app->tree.pane.rows, app->tree.cursor);

	return nodes_search_round(app->model, &s, from, hit, round);
}

static bool search_once(struct app *app, struct list *l, bool back)
{
	struct place to = { .offset = UINT64_MAX };
	enum search_end end;
	bool round = false;
	size_t line = 0;

	end = l == &app->tree ? search_tree(app, back, &to.node, &round)
			      : list_search(l, app->needle, back, &line, &round);
	if (end != SEARCH_HIT) {
		app_say(app, ROLE_WARNING, "%s: %s", app->needle,
			end == SEARCH_STOPPED ? "search stopped"
			: app->indexed        ? "not found"
					      : "not found so far: the index is not complete");
		return false;
	}
	if (round)
		app_say(app, ROLE_HINT, "went round the %s", back ? "beginning" : "end");
	if (l == &app->tree)
		app_go(app, &to);
	else
		list_go(l, line);
	if (l == &app->fields)
		app_moved_fields(app);
	if (l == &app->regions || l == &app->regs || l == &app->stack)
		app_moved(app, SLOT_MAIN);
	if (app->view == VIEW_DIFF)
		app_diff_moved(app, app->arrangement.focus);
	return true;
}

static void search(struct app *app, bool back, uint32_t count)
{
	struct list *l = focused_list(app);

	if (app_find_bytes(app)) {
		app_find_step(app, back, count);
		return;
	}
	if (!l)
		return;
	if (!*app->needle) {
		app_say(app, ROLE_HINT, "nothing to search for yet: / asks");
		return;
	}
	while (count-- > 0)
		if (!search_once(app, l, back))
			break;
}

static void act_search_next(struct app *app, const struct call *c)
{
	search(app, false, c->count);
}

static void act_search_prev(struct app *app, const struct call *c)
{
	search(app, true, c->count);
}

/* The value of a field, the name of anything else. */
static const char *value_here(struct app *app, struct list *l)
{
	struct row row;

	if (l == &app->fields) {
		const struct field *f = rows_fields_at(l->pane.rows, l->cursor);

		return f ? field_value(f, 200, &app->scratch) : "";
	}
	rows_line(l->pane.rows, l->cursor, &app->scratch, &row);
	return row.count > 0 ? row.cells[0].text : "";
}

static void act_search_value(struct app *app, const struct call *c)
{
	struct list *l = focused_list(app);
	const char *value;
	size_t n;

	if (!l)
		return;
	value = value_here(app, l);
	/* "0x3  PROT_READ": the number is the value. */
	n = strstr(value, "  ") ? (size_t)(strstr(value, "  ") - value) : strlen(value);
	if (n == 0 || n >= sizeof(app->needle))
		return;
	memcpy(app->needle, value, n);
	app->needle[n] = 0;
	search(app, false, c->count);
}

/* ---- going ---- */

static void act_follow(struct app *app, const struct call *c)
{
	(void)c;
	if (!app->helping)
		app_follow(app);
}

static void act_back(struct app *app, const struct call *c)
{
	app_back(app, c->count);
}

static void act_forward(struct app *app, const struct call *c)
{
	app_forward(app, c->count);
}

static void act_problem_next(struct app *app, const struct call *c)
{
	app_problem_step(app, false, c->count);
}

static void act_problem_prev(struct app *app, const struct call *c)
{
	app_problem_step(app, true, c->count);
}

static void act_mark_set(struct app *app, const struct call *c)
{
	if (c->letter < 'a' || c->letter > 'z')
		return;
	app->marks[c->letter - 'a'] = app_spot(app);
	app_say(app, ROLE_HINT, "mark %c set", (char)c->letter);
}

static void go_marked(struct app *app, const struct spot *spot, const char *missing)
{
	struct spot to = *spot;

	if (!to.set) {
		app_say(app, ROLE_HINT, "%s", missing);
		return;
	}
	app_track_push(app);
	app_go_spot(app, &to);
}

static void act_mark_go(struct app *app, const struct call *c)
{
	if (c->letter >= 'a' && c->letter <= 'z')
		go_marked(app, &app->marks[c->letter - 'a'], "this mark is not set");
}

static void act_mark_back(struct app *app, const struct call *c)
{
	(void)c;
	go_marked(app, &app->before, "no jump yet");
}

/* The next field that is no group, from the bytes' side. */
static void field_step(struct app *app, bool back, uint32_t count)
{
	struct call once = { .count = 1 };

	if (app->view != VIEW_TREE)
		return;
	for (; count > 0; count--) {
		size_t before = app->fields.cursor;

		app->fields.pane.class->act(&app->fields.pane, back ? ACT_UP : ACT_DOWN, &once);
		if (app->fields.cursor == before)
			break;
	}
	app_moved_fields(app);
}

static void act_field_next(struct app *app, const struct call *c)
{
	field_step(app, false, c->count);
}

static void act_field_prev(struct app *app, const struct call *c)
{
	field_step(app, true, c->count);
}

/* ---- copying, the program ---- */

static void act_copy_row(struct app *app, const struct call *c)
{
	(void)c;
	app_copy(app, ACT_COPY_ROW);
}

static void act_copy_value(struct app *app, const struct call *c)
{
	(void)c;
	app_copy(app, ACT_COPY_VALUE);
}

static void act_copy_offset(struct app *app, const struct call *c)
{
	(void)c;
	app_copy(app, ACT_COPY_OFFSET);
}

static void act_copy_address(struct app *app, const struct call *c)
{
	(void)c;
	app_copy(app, ACT_COPY_ADDRESS);
}

static void act_copy_hex(struct app *app, const struct call *c)
{
	(void)c;
	app_copy(app, ACT_COPY_HEX);
}

static void act_copy_path(struct app *app, const struct call *c)
{
	(void)c;
	app_copy(app, ACT_COPY_PATH);
}

static void act_write(struct app *app, const struct call *c)
{
	(void)c;
	prompt_open(&app->prompt, PROMPT_WRITE, "");
}

/* Lists that are no part of a source are written as lists; what lies in the bytes below a hit or a
 * problem is of the source. */
static void act_export(struct app *app, const struct call *c)
{
	bool bytes = app->arrangement.focus == SLOT_BYTES;

	if (app->view == VIEW_DIFF || (app_lies_over(app->view) && !bytes))
		act_write(app, c);
	else
		app_export_open(app);
}

static void act_cancel(struct app *app, const struct call *c)
{
	int64_t now = app_now();

	(void)c;
	if (app->cancelled && now - app->cancelled < 1000) {
		prompt_open(&app->prompt, PROMPT_QUIT, "");
		return;
	}
	app->cancelled = now;
	if (app_find_cancel(app) || app_map_cancel(app) || app_stack_cancel(app) ||
	    app_export_cancel(app) || app_diff_cancel(app))
		return;
	if (app->first->worker && worker_busy(app->first->worker)) {
		worker_cancel(app->first->worker);
		app->stopped = true;
		app_say(app, ROLE_WARNING, "index stopped at %d%%", app->percent);
	} else {
		app_say(app, ROLE_HINT, "nothing runs; q quits");
	}
}

static void act_repaint(struct app *app, const struct call *c)
{
	(void)c;
	if (app->term)
		term_repaint(app->term);
}

static void act_suspend(struct app *app, const struct call *c)
{
	(void)c;
	if (app->term)
		term_suspend(app->term);
}

static const act_fn app_acts[ACT_COUNT] = {
	[ACT_FIELD_NEXT] = act_field_next,
	[ACT_FIELD_PREV] = act_field_prev,
	[ACT_FOLLOW] = act_follow,
	[ACT_BACK] = act_back,
	[ACT_FORWARD] = act_forward,
	[ACT_SEARCH] = act_search,
	[ACT_SEARCH_NEXT] = act_search_next,
	[ACT_SEARCH_PREV] = act_search_prev,
	[ACT_SEARCH_VALUE] = act_search_value,
	[ACT_FIND_ALL] = act_find_all,
	[ACT_FILTER] = act_filter,
	[ACT_JUMP] = act_jump,
	[ACT_PROBLEM_NEXT] = act_problem_next,
	[ACT_PROBLEM_PREV] = act_problem_prev,
	[ACT_MARK_SET] = act_mark_set,
	[ACT_MARK_GO] = act_mark_go,
	[ACT_MARK_BACK] = act_mark_back,
	[ACT_VIEW_TREE] = act_view_tree,
	[ACT_VIEW_MEMORY] = act_view_memory,
	[ACT_VIEW_PAGES] = act_view_pages,
	[ACT_INSPECTOR] = act_inspector,
	[ACT_LITTLE] = act_little,
	[ACT_BIG] = act_big,
	[ACT_SORT] = act_sort,
	[ACT_SPACE_NEXT] = act_space_next,
	[ACT_SPACE_PREV] = act_space_prev,
	[ACT_RECORD] = act_record,
	[ACT_VIEW_REGISTERS] = act_view_registers,
	[ACT_VIEW_STACK] = act_view_stack,
	[ACT_CODE] = act_code,
	[ACT_VIEW_HITS] = act_view_hits,
	[ACT_VIEW_DIFF] = act_view_diff,
	[ACT_DIFF_WITH] = act_diff_with,
	[ACT_VERSIONS] = act_versions,
	[ACT_OTHER] = act_other,
	[ACT_DIFF_NEXT] = act_diff_next,
	[ACT_DIFF_PREV] = act_diff_prev,
	[ACT_DIFF_EQUAL] = act_diff_equal,
	[ACT_DIFF_PAGES] = act_diff_pages,
	[ACT_DIFF_SWAP] = act_diff_swap,
	[ACT_DIFF_LOCK] = act_diff_lock,
	[ACT_DIFF_CONTENT] = act_diff_content,
	[ACT_VIEW_PROBLEMS] = act_view_problems,
	[ACT_VIEW_INFO] = act_view_info,
	[ACT_HELP] = act_help,
	[ACT_PANE_NEXT] = act_pane_next,
	[ACT_PANE_PREV] = act_pane_prev,
	[ACT_PANE_LEFT] = act_pane_left,
	[ACT_PANE_DOWN] = act_pane_down,
	[ACT_PANE_UP] = act_pane_up,
	[ACT_PANE_RIGHT] = act_pane_right,
	[ACT_ZOOM] = act_zoom,
	[ACT_LAYOUT] = act_layout,
	[ACT_GROW] = act_grow,
	[ACT_SHRINK] = act_shrink,
	[ACT_COPY_ROW] = act_copy_row,
	[ACT_COPY_VALUE] = act_copy_value,
	[ACT_COPY_OFFSET] = act_copy_offset,
	[ACT_COPY_ADDRESS] = act_copy_address,
	[ACT_COPY_HEX] = act_copy_hex,
	[ACT_COPY_PATH] = act_copy_path,
	[ACT_WRITE] = act_write,
	[ACT_EXPORT] = act_export,
	[ACT_COMMAND] = act_command,
	[ACT_CANCEL] = act_cancel,
	[ACT_ESCAPE] = act_escape,
	[ACT_REPAINT] = act_repaint,
	[ACT_SUSPEND] = act_suspend,
	[ACT_CLOSE] = act_close,
	[ACT_QUIT] = act_quit,
};

/* What the help does not close for. */
static bool helps(enum action action)
{
	static const enum action some[] = {
		ACT_SEARCH, ACT_SEARCH_NEXT, ACT_SEARCH_PREV, ACT_SEARCH_VALUE,
		ACT_FILTER, ACT_HELP,        ACT_REPAINT,     ACT_SUSPEND,
		ACT_CANCEL, ACT_ESCAPE,      ACT_CLOSE,       ACT_FOLLOW,
	};

	for (size_t i = 0; i < ARRAY_LEN(some); i++)
		if (some[i] == action)
			return true;
	return false;
}

/* The pane first; then what concerns them all. */
void app_act(struct app *app, enum action action, const struct call *call)
{
	struct pane *p = app_pane(app);

	arena_reset(&app->scratch);
	if (p->class->act(p, action, call)) {
		if (!app->helping)
			app_moved(app, app->arrangement.focus);
	} else if (app_acts[action]) {
		if (app->helping && !helps(action))
			app->helping = false;
		app_acts[action](app, call);
	}
}

const char *app_action_word(void *arg, size_t n)
{
	(void)arg;
	return n + 1 < ACT_COUNT ? action_infos[n + 1].name : NULL;
}
