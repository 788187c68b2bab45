/* The loop: wait for keys, signals and the worker; act; draw. Everything a key does goes through
 * app_key, so that a script is the same as a person. */
#include "ui/app.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/heap.h"
#include "view/rows_hits.h"
#include "view/rows_inspect.h"
#include "view/rows_regions.h"
#include "view/rows_registers.h"
#include "view/rows_stack.h"

#define KEYS_A_TURN 64 /* before the next frame */

int64_t app_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Names in it are clean already; what a user typed may not be. */
void app_say(struct app *app, enum role role, const char *fmt, ...)
{
	char text[sizeof(app->message)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(app->message, sizeof(app->message), "%s", text_clean_str(text, &app->scratch));
	app->message_role = role;
}

bool app_stop(void *arg)
{
	struct app *app = arg;

	return app->term && term_interrupted(app->term);
}

struct list *app_main_list(struct app *app)
{
	struct list *const lists[] = {
		[VIEW_TREE] = &app->tree,         [VIEW_MEMORY] = &app->regions,
		[VIEW_PROBLEMS] = &app->problems, [VIEW_INFO] = &app->info,
		[VIEW_HITS] = &app->hits,         [VIEW_REGISTERS] = &app->regs,
		[VIEW_STACK] = &app->stack,       [VIEW_PAGES] = NULL,
		[VIEW_DIFF] = app_diff_list(app),
	};

	return lists[app->view];
}

struct pane *app_slot_pane(struct app *app, enum slot slot)
{
	bool memory = app_shows_memory(app);

	if (app->view == VIEW_DIFF)
		return app_diff_pane(app, slot);
	if (slot == SLOT_BYTES)
		return memory ? &app->memory.pane : &app->hex.pane;
	if (slot == SLOT_FIELDS)
		return memory ? &app->inspector.pane : &app->fields.pane;
	return app->view == VIEW_PAGES ? &app->map.pane : &app_main_list(app)->pane;
}

struct pane *app_pane(struct app *app)
{
	return app->helping ? &app->help.pane : app_slot_pane(app, app->arrangement.focus);
}

/* ---- prompts ---- */

/* "120", "search text", "page-down": a line of the `:` prompt. */
static void run_command(struct app *app, const char *line)
{
	char name[64];
	size_t n = strcspn(line, " ");
	const char *rest = line + n + strspn(line + n, " ");
	struct call call = { .count = 1 };
	enum action action;

	if (strspn(line, "0123456789") == strlen(line)) {
		call = (struct call){ true, (uint32_t)strtoul(line, NULL, 10), 0 };
		app_act(app, ACT_FIRST, &call);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(n < 63 ? n : 63), line);
	action = action_by_name(name);
	call.letter = (uint32_t)(unsigned char)*rest;
	if (action == ACT_SEARCH && *rest)
		app_prompt_done(app, PROMPT_SEARCH, rest);
	else if (action == ACT_FIND_ALL && *rest)
		app_prompt_done(app, PROMPT_FIND_ALL, rest);
	else if (action == ACT_FILTER)
		app_prompt_done(app, PROMPT_FILTER, rest);
	else if (action == ACT_JUMP && *rest)
		app_prompt_done(app, PROMPT_JUMP, rest);
	else if (action == ACT_DIFF_WITH && *rest)
		app_prompt_done(app, PROMPT_DIFF, rest);
	else if (action == ACT_WRITE && *rest)
		app_prompt_done(app, PROMPT_WRITE, rest);
	else if (action != ACT_NONE)
		app_act(app, action, &call);
	else
		app_say(app, ROLE_WARNING, "no command \"%s\"; Tab shows what there is", name);
}

static void run_search(struct app *app, const char *text)
{
	struct call once = { .count = 1 };

	if (*text && app_find_bytes(app)) {
		app_find_start(app, text, false);
		return;
	}
	if (*text)
		snprintf(app->needle, sizeof(app->needle), "%s", text);
	app_act(app, ACT_SEARCH_NEXT, &once);
}

static void run_find_all(struct app *app, const char *text)
{
	if (*text)
		app_find_start(app, text, true);
}

static void run_filter(struct app *app, const char *text)
{
	struct list *l = pane_list(app_pane(app));

	if (!l)
		return;
	list_filter(l, text);
	if (!app->helping)
		app_moved(app, app->arrangement.focus);
}

static void run_jump(struct app *app, const char *text)
{
	if (*text)
		app_jump(app, text);
}

static void run_write(struct app *app, const char *text)
{
	if (*text)
		app_write(app, text);
}

static void run_diff(struct app *app, const char *text)
{
	if (*text)
		app_diff_start(app, text);
}

void app_prompt_done(struct app *app, enum prompt_kind kind, const char *text)
{
	static void (*const runs[PROMPT_COUNT])(struct app *, const char *) = {
		[PROMPT_COMMAND] = run_command,   [PROMPT_SEARCH] = run_search,
		[PROMPT_FIND_ALL] = run_find_all, [PROMPT_FILTER] = run_filter,
		[PROMPT_JUMP] = run_jump,         [PROMPT_WRITE] = run_write,
		[PROMPT_DIFF] = run_diff,
	};

	if (runs[kind] && (*text || kind != PROMPT_COMMAND))
		runs[kind](app, text);
}

static void prompt_step(struct app *app, uint32_t key)
{
	struct prompt *p = &app->prompt;
	enum prompt_kind kind = p->kind;
	enum prompt_result done;
	char text[PROMPT_ROOM];

	if (kind == PROMPT_QUIT) {
		p->kind = PROMPT_NONE;
		app->quit = key == 'y' || key == 'Y' || key == K_ENTER;
		return;
	}
	done = prompt_key(p, key,
			  kind == PROMPT_COMMAND                       ? app_action_word
			  : kind == PROMPT_JUMP || kind == PROMPT_DIFF ? app_suggestion_word
			  : app_find_asks(app)                         ? app_find_word
								       : NULL,
			  app);
	if (!p->completing)
		app_suggest(app);
	if (done != PROMPT_DONE)
		return;
	memcpy(text, p->text, p->len + 1);
	p->kind = PROMPT_NONE;
	app_prompt_done(app, kind, text);
}

/* ---- keys ---- */

const struct keymap *app_view_keymap(const struct app *app)
{
	return app->view == VIEW_DIFF && !app->helping ? app_diff_keymap(app) : &app->keymap;
}

void app_key(struct app *app, uint32_t key)
{
	const struct keymap *maps[3] = { &app_pane(app)->keymap, app_view_keymap(app),
					 &app->keymap };
	struct key_hit hit;
	struct call call;

	arena_reset(&app->scratch);
	app->message[0] = 0;
	if (app_export_is_open(app)) {
		app_export_key(app, key);
		return;
	}
	if (app->prompt.kind != PROMPT_NONE) {
		prompt_step(app, key);
		return;
	}
	if (keymap_feed(maps, ARRAY_LEN(maps), &app->keys, key, &hit) != KEY_HIT)
		return;
	if (hit.action != ACT_CANCEL)
		app->cancelled = 0;
	call = (struct call){ hit.counted, hit.count, hit.letter };
	app_act(app, hit.action, &call);
}

/* ---- the worker ---- */

static int index_percent(struct app *app)
{
	uint64_t total = 0, done = 0;
	struct item *root = app->model->root;

	for (struct item *it = root; it; it = item_next(root, it)) {
		uint64_t size = it->size + 1;

		if (it->alias)
			continue;
		total += size;
		if (item_ready(it)) {
			done += size;
		} else if (it->state == ITEM_RUNNING) {
			uint64_t part = atomic_load(&it->job.done);

			done += part < size ? part : size;
		}
	}
	return total ? (int)((double)done * 100.0 / (double)total) : 100;
}

void app_tick(struct app *app)
{
	app_find_tick(app);
	app_diff_tick(app);
	app_map_tick(app);
	app_stack_tick(app);
	app_memory_tick(app);
	app_export_tick(app);
	if (app->indexed)
		return;
	app->indexed = model_ready(app->model);
	if (!app->stopped)
		app->percent = app->indexed ? 100 : index_percent(app);
	list_refresh(&app->tree);
	app_tree_settle(app);
	if (app->indexed && *app->go) {
		app_jump(app, app->go);
		app->go[0] = 0;
	}
}

/* ---- beginning and end ---- */

static struct err *lists_init(struct app *app)
{
	struct {
		struct list *list;
		const char *name;
		struct rows *rows;
		bool folds;
	} lists[] = {
		{ &app->fields, "Fields", rows_fields_new(), true },
		{ &app->info, "Information", rows_fields_new(), true },
		{ &app->help, "Help", rows_lines_new(), false },
		{ &app->regions, "Address space", rows_regions_new(), false },
		{ &app->inspector, "Inspector", rows_inspect_new(), false },
		{ &app->regs, "Registers", rows_registers_new(), false },
		{ &app->stack, "Stack", rows_stack_new(), true },
		{ &app->hits, "Hits", rows_hits_new(), false },
	};
	struct err *err = NULL;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct err *one =
			list_init(lists[i].list, lists[i].name, lists[i].rows, lists[i].folds);

		if (err)
			err_free(one);
		else
			err = one;
		lists[i].list->pane.needle = app->needle;
		lists[i].list->stop = app_stop;
		lists[i].list->stop_arg = app;
	}
	app->fields.pane.empty = "(no fields)";
	app->hits.pane.empty = "(nothing found)";
	app->regs.pane.empty = "(no registers)";
	app->stack.pane.empty = "(walking the stacks)";
	app->finder = app_find_new(app->hits.pane.rows);
	app->sampler = app_entropy_new();
	app->mapper = app_map_new();
	app->tracer = app_stack_new(app->stack.pane.rows);
	rows_regions_entropy(app->regions.pane.rows, app_entropy(app));
	app->regions.pane.empty = "(nothing is mapped)";
	return err;
}

struct err *app_init(struct app *app, struct model *m, const struct ui_options *opt)
{
	struct err *err;

	memset(app, 0, sizeof(*app));
	app->options = opt;
	arena_init(&app->frame);
	arena_init(&app->scratch);
	arena_init(&app->suggestions.arena);
	prompt_init(&app->prompt);
	canvas_init(&app->canvas, &app->frame, opt->ascii || !term_utf8());
	err = app_stand_init(app, m);
	if (!err)
		err = lists_init(app);
	if (err)
		return err;
	err = hex_init(&app->hex, "Bytes");
	if (!err)
		err = hex_init(&app->memory, "Memory");
	if (!err)
		err = map_init(&app->map, "Page map", app_entropy(app));
	if (!err)
		err = app_diff_init(app);
	app_export_init(app);
	return err ? err : keymap_build(&app->keymap, app_keys);
}

void app_fini(struct app *app)
{
	struct list *lists[] = { &app->fields,    &app->info, &app->help,  &app->regions,
				 &app->inspector, &app->regs, &app->stack, &app->hits };

	/* Who may still read a source, before those that were opened beside the first are closed.
	 */
	app_find_free(app->finder);
	app_export_fini(app);
	app_map_free(app->mapper);
	app_stack_free(app->tracer);
	app_entropy_free(app->sampler);
	app_stand_fini(app);
	app_diff_fini(app);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		list_fini(lists[i]);
	hex_fini(&app->hex);
	hex_fini(&app->memory);
	map_fini(&app->map);
	free(app->registers);
	free(app->register_spaces);
	prompt_fini(&app->prompt);
	canvas_fini(&app->canvas);
	arena_fini(&app->frame);
	arena_fini(&app->scratch);
	arena_fini(&app->suggestions.arena);
}

/* ---- the terminal's loop ---- */

struct err *app_choose_theme(struct term *term, const struct ui_options *opt)
{
	const char *no_color = getenv("NO_COLOR");
	bool plain = opt->color == UI_COLOR_NEVER ||
		     (opt->color == UI_COLOR_AUTO && no_color && *no_color);
	struct theme theme;
	struct err *err = NULL;

	if (plain || term_colors(term) == 0)
		theme_builtin("mono", &theme);
	else
		err = theme_load(opt->theme ? opt->theme : "default", &theme);
	if (!err)
		term_set_theme(term, &theme);
	return err;
}

static void app_resize(struct app *app)
{
	int w, h;

	term_size(app->term, &w, &h);
	canvas_resize(&app->canvas, w, h);
}

static void show(struct app *app)
{
	app_draw(app);
	app_watch_loss(app);
	if (*app->message)
		app_draw(app);
	term_show(app->term, &app->canvas);
}

static void take_signals(struct app *app)
{
	int seen = term_signals(app->term);

	if (seen & TERM_STOP)
		term_suspend(app->term);
	if (seen)
		app_resize(app);
}

static void take_keys(struct app *app)
{
	for (int i = 0; i < KEYS_A_TURN && !app->quit; i++) {
		bool gone = false;
		uint32_t key = term_key(app->term, &gone);

		if (gone)
			app->quit = true;
		if (key == K_NONE)
			break;
		app_key(app, key);
	}
}

/* Waits for something to happen; with more to count, only looks. */
static void wait_for_it(struct app *app, bool busy)
{
	struct worker *w = app->first->worker;
	struct pollfd fds[9] = {
		{ .fd = term_key_fd(app->term), .events = POLLIN },
		{ .fd = term_signal_fd(app->term), .events = POLLIN },
		{ .fd = w ? worker_wake_fd(w) : -1, .events = POLLIN },
		{ .fd = app_find_fd(app), .events = POLLIN },
		{ .fd = app_entropy_fd(app), .events = POLLIN },
		{ .fd = app_diff_fd(app), .events = POLLIN },
		{ .fd = app_map_fd(app), .events = POLLIN },
		{ .fd = app_export_fd(app), .events = POLLIN },
		{ .fd = app_stack_fd(app), .events = POLLIN },
	};

	/* Wake-ups come 20 times a second at most; the last one may have been before the end. */
	if (poll(fds, ARRAY_LEN(fds),
		 busy                                                                  ? 0
		 : (w && worker_busy(w)) || app_diff_busy(app) || app_export_busy(app) ? 250
										       : -1) < 0 &&
	    errno != EINTR)
		app->quit = true;
	if (w && fds[2].revents)
		worker_drain(w);
	if (fds[3].revents)
		app_find_drain(app);
	if (fds[4].revents)
		app_entropy_drain(app);
	if (fds[5].revents)
		app_diff_drain(app);
	if (fds[6].revents)
		app_map_drain(app);
	if (fds[7].revents)
		app_export_drain(app);
	if (fds[8].revents)
		app_stack_drain(app);
}

/* --go: at once if its file alone will do, else when all is indexed. */
static void go_at_start(struct app *app)
{
	if (app_jump(app, app->options->go))
		return;
	app->message[0] = 0;
	snprintf(app->go, sizeof(app->go), "%s", app->options->go);
}

static void loop(struct app *app)
{
	struct model *m = app->model;

	app_resize(app);
	app_show_node(app, (struct node){ m->root, NODE_SELF });
	show(app);
	model_index(m);
	if (app->options->second)
		app_diff_start(app, app->options->second);
	if (app->options->go)
		go_at_start(app);
	while (!app->quit) {
		take_signals(app);
		app_tick(app);
		take_keys(app);
		if (app->quit)
			break;
		show(app);
		if (app_entropy_work(app))
			show(app);
		wait_for_it(app, app_diff_work(app) || app_memory_work(app));
	}
}

/* Says what to do instead. Takes `err` over. */
static struct err *need_terminal(struct err *err)
{
	struct err *more = err_new(
		err->code, "%s; `cryoscope info' and `cryoscope tree' do without", err->text);

	err_free(err);
	return more;
}

static struct err *run_terminal(struct app *app)
{
	struct model *m = app->model;
	struct err *err = term_open(&app->term);

	if (err)
		return need_terminal(err);
	err = app_choose_theme(app->term, app->options);
	if (!err) {
		m->worker = worker_open();
		loop(app);
		worker_close(m->worker);
		m->worker = NULL;
	}
	term_close(app->term);
	app->term = NULL;
	return err;
}

int ui_run(struct model *m, const struct ui_options *opt)
{
	struct app *app = heap_zeroed(1, sizeof(*app));
	struct err *err;
	int status = 0;

	err = app_init(app, m, opt);
	if (!err && opt->script)
		status = app_script(app, opt->script);
	else if (!err)
		err = run_terminal(app);
	if (err) {
		fprintf(stderr, "cryoscope: %s\n", err->text);
		err_free(err);
		status = 2;
	}
	app_fini(app);
	free(app);
	return status;
}
