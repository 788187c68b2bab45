/* Comparing: a second source is opened and indexed by a worker of its own; then things are compared
 * in this thread, some milliseconds between two keys, and memory by the worker again. The list of
 * changes fills meanwhile. Without a terminal all of it is done at once.
 *
 *	DIFF_OPENS -> DIFF_INDEXES -> DIFF_COMPARES -> DIFF_READS -> DIFF_ENDED */
#include "ui/app_diff.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

#define SLICE 8           /* ms of comparing between two keys */
#define COUNT_STEPS 20000 /* extents of a region counted between two: some ms */
#define REFRESH 100       /* ms between two looks at what was found */
#define FILES_MOST 50000

/* ---- the worker ---- */

static void open_it(void *arg, struct job *job)
{
	struct app *app = arg;
	struct differ *d = app->differ;

	d->err = app->options->open(app->options->open_arg, d->path, job, &d->opened);
	atomic_store(&d->done, true);
}

static void read_memory(void *arg, struct job *job)
{
	struct differ *d = arg;

	diff_memory(d->diff, job);
	atomic_store(&d->done, true);
}

/* Ends what runs. */
static void halt(struct differ *d)
{
	atomic_store(&d->job.cancel, true);
	if (d->worker) {
		worker_cancel(d->worker);
		worker_wait(d->worker);
	}
	if (d->opened && d->phase == DIFF_OPENS)
		model_close(d->opened);
	d->opened = NULL;
	err_free(d->err);
	d->err = NULL;
	if (d->phase != DIFF_NOTHING)
		d->phase = d->diff ? DIFF_ENDED : DIFF_NOTHING;
}

/* ---- phases ---- */

static void failed(struct app *app, struct err *err)
{
	struct differ *d = app->differ;

	app_say(app, ROLE_ERROR, "%s", err->text);
	err_free(err);
	d->phase = d->diff ? DIFF_ENDED : DIFF_NOTHING;
	if (!d->diff && app->view == VIEW_DIFF)
		app_view(app, VIEW_TREE);
}

static struct aspace *memory_named(struct model *m, const char *who, const char **why)
{
	*why = "there is no memory in it";
	if (!strncmp(who, "pass:", 5) || !*who)
		return m->frames ? m->frames(m, who, why) : NULL;
	return m->aspace ? m->aspace(m, who, why) : NULL;
}

/* Of what is not made of things, or where it was asked for: two memories. */
static struct err *aim(const struct match *m, struct diff_spec *spec)
{
	struct aspace **const spaces[2] = { &spec->space_a, &spec->space_b };
	struct model *const *of = m->models;
	const char *why;

	if (!*m->who[0] && !*m->who[1] && of[0]->things && of[1]->things)
		return NULL;
	if (!*m->who[0] && (!of[0]->frames || !of[1]->frames))
		return NULL;
	for (int i = 0; i < 2; i++) {
		*spaces[i] = memory_named(of[i], m->who[i], &why);
		if (!*spaces[i])
			return err_new(ERR_ABSENT, "%s: %s", of[i]->name, why);
	}
	return NULL;
}

static void begin(struct app *app)
{
	struct differ *d = app->differ;
	struct diff_spec spec = { .content = d->content };
	struct diff *diff = NULL;
	struct err *err = aim(&d->asked, &spec);

	if (!err)
		err = diff_open(d->asked.models[0], d->asked.models[1], &spec, &diff);
	if (err) {
		failed(app, err);
		return;
	}
	rows_diff_set(d->changes.pane.rows, NULL);
	rows_pair_set(d->pairs.pane.rows, NULL, d->spot, false);
	diff_close(d->diff);
	d->diff = diff;
	d->shown = d->asked;
	d->number++;
	d->stopped = false;
	d->phase = DIFF_COMPARES;
	app_diff_fresh(app);
}

static void index_it(struct app *app)
{
	struct differ *d = app->differ;
	struct model *m = d->asked.models[1];

	d->phase = DIFF_INDEXES;
	if (m == app->first || model_ready(m))
		return;
	m->worker = d->worker;
	model_index(m);
}

static void take_opened(struct app *app)
{
	struct differ *d = app->differ;
	struct err *err = d->err;

	d->err = NULL;
	if (err) {
		failed(app, err);
		return;
	}
	d->asked.models[1] = d->kept[d->kept_count++] = d->opened;
	d->opened = NULL;
	index_it(app);
}

/* Goes to the address that was asked for with the comparison: once there are bytes, and at the end,
 * when it is known whether its page differs. */
static void go_wanted(struct app *app)
{
	struct differ *d = app->differ;
	const char *why;
	const struct aspace *as;

	if (d->wanted == UINT64_MAX)
		return;
	as = memory_named(d->shown.models[1], d->shown.who[1], &why);
	if (as && differ_show_address(app, as, d->wanted) && differ_page(d))
		differ_show(app);
}

static void read_it(struct app *app)
{
	struct differ *d = app->differ;

	d->phase = DIFF_READS;
	atomic_store(&d->done, false);
	job_init(&d->job, "compare", diff_total(d->diff));
	if (d->worker)
		worker_submit(d->worker, &d->job, read_memory, d, true);
	else
		read_memory(d, &d->job);
	app_diff_refresh(app);
	go_wanted(app);
}

static bool knows_all(const struct diff *d)
{
	for (size_t n = 0; n < diff_count(d); n++)
		if (diff_tally(d, n).unknown)
			return false;
	return true;
}

static void ended(struct app *app)
{
	struct differ *d = app->differ;

	d->phase = DIFF_ENDED;
	app_diff_refresh(app);
	go_wanted(app);
	if (app->view == VIEW_DIFF && !*app->message && diff_equal(d->diff) && !d->stopped)
		app_say(app, ROLE_HINT, "nothing differs%s",
			knows_all(d->diff) ? "" : " in what is here");
}

void app_diff_tick(struct app *app)
{
	struct differ *d = app->differ;

	if (d->phase == DIFF_OPENS && atomic_load(&d->done))
		take_opened(app);
	if (d->phase == DIFF_INDEXES && model_ready(d->asked.models[0]) &&
	    model_ready(d->asked.models[1]))
		begin(app);
	if (d->phase == DIFF_READS && atomic_load(&d->done))
		ended(app);
	else if (d->phase >= DIFF_COMPARES && d->phase < DIFF_ENDED &&
		 app_now() - d->refreshed >= REFRESH)
		app_diff_refresh(app);
}

bool app_diff_work(struct app *app)
{
	struct differ *d = app->differ;
	int64_t until = app_now() + SLICE;

	if (d->phase != DIFF_COMPARES)
		return app->view == VIEW_DIFF && rows_pair_work(d->pairs.pane.rows, COUNT_STEPS);
	while (diff_things(d->diff))
		if (app_now() >= until)
			return true;
	read_it(app);
	return true;
}

/* Without a worker: all of it. */
static void finish_here(struct app *app)
{
	struct differ *d = app->differ;

	while (d->phase != DIFF_ENDED && d->phase != DIFF_NOTHING) {
		app_diff_tick(app);
		app_diff_work(app);
	}
}

/* ---- beginning ---- */

/* "@9", "@7,9", "@pass:1,pass:2": memories of the source that is open. */
static bool take_memories(struct app *app, const char *text)
{
	struct match *m = &app->differ->asked;
	struct aspace *as = app_space_here(app);
	const char *comma = strchr(text, ',');
	int len = (int)(comma ? comma - text : 0);

	if (*text != '@')
		return false;
	if (comma)
		snprintf(m->who[0], sizeof(m->who[0]), "%.*s", len - 1, text + 1);
	else
		snprintf(m->who[0], sizeof(m->who[0]), "%s", as ? as->who : "");
	snprintf(m->who[1], sizeof(m->who[1]), "%s", comma ? comma + 1 : text + 1);
	m->models[1] = app->model;
	return true;
}

static const char *in_home(const char *path, struct arena *a)
{
	const char *home = getenv("HOME");

	return path[0] == '~' && path[1] == '/' && home ? arena_printf(a, "%s%s", home, path + 1)
							: path;
}

static void open_other(struct app *app, const char *path)
{
	struct differ *d = app->differ;

	snprintf(d->path, sizeof(d->path), "%s", in_home(path, &app->scratch));
	atomic_store(&d->done, false);
	job_init(&d->job, "open", 0);
	d->phase = DIFF_OPENS;
	if (d->worker)
		worker_submit(d->worker, &d->job, open_it, app, true);
	else
		open_it(app, &d->job);
}

void app_diff_start(struct app *app, const char *text)
{
	app_diff_start_at(app, text, UINT64_MAX);
}

void app_diff_start_at(struct app *app, const char *text, uint64_t addr)
{
	struct differ *d = app->differ;

	if (!app->options->open || d->kept_count == DIFF_MODELS) {
		app_say(app, ROLE_WARNING, "no more sources can be opened");
		return;
	}
	halt(d);
	if (app->term && !d->worker)
		d->worker = worker_open();
	d->wanted = addr;
	d->asked = (struct match){ .models = { app->model, NULL } };
	if (take_memories(app, text))
		index_it(app);
	else
		open_other(app, text);
	if (app->view != VIEW_DIFF)
		app_track_push(app);
	app_view(app, VIEW_DIFF);
	if (!d->worker)
		finish_here(app);
}

void app_diff_content(struct app *app)
{
	struct differ *d = app->differ;

	if (!d->diff || app_diff_busy(app))
		return;
	d->content = !d->content;
	d->asked = d->shown;
	d->phase = DIFF_INDEXES;
	app_say(app, ROLE_HINT, "%s",
		d->content ? "new pages that are old ones elsewhere are told apart"
			   : "by address alone");
	if (!d->worker)
		finish_here(app);
}

bool app_diff_cancel(struct app *app)
{
	struct differ *d = app->differ;

	if (d->phase == DIFF_NOTHING || d->phase == DIFF_ENDED)
		return false;
	d->percent = app_diff_percent(app);
	halt(d);
	d->stopped = true;
	app_diff_refresh(app);
	app_say(app, ROLE_WARNING, "comparing was stopped at %d%%: there may be more", d->percent);
	if (!d->diff && app->view == VIEW_DIFF)
		app_view(app, VIEW_TREE);
	return true;
}

const char *differ_phase_text(const struct differ *d)
{
	static const char *const words[] = {
		[DIFF_NOTHING] = "nothing to compare with: d asks",
		[DIFF_OPENS] = "opening the other source",
		[DIFF_INDEXES] = "indexing the other source",
		[DIFF_COMPARES] = "comparing",
		[DIFF_READS] = "comparing memory",
		[DIFF_ENDED] = "",
	};

	return words[d->phase];
}

bool app_diff_is_home(const struct app *app)
{
	return app_diff_any(app) && (app->options->second || app->model != app->first);
}

size_t app_diff_models(const struct app *app)
{
	return app->differ->kept_count;
}

int app_diff_percent(const struct app *app)
{
	const struct differ *d = app->differ;
	uint64_t total = atomic_load(&d->job.total), done = atomic_load(&d->job.done);

	if (d->stopped && d->phase == DIFF_ENDED)
		return d->percent;
	return d->phase != DIFF_READS ? 0 : total ? (int)((double)done * 100 / (double)total) : 100;
}

int app_diff_fd(const struct app *app)
{
	return app->differ->worker ? worker_wake_fd(app->differ->worker) : -1;
}

void app_diff_drain(struct app *app)
{
	if (app->differ->worker)
		worker_drain(app->differ->worker);
}

bool app_diff_any(const struct app *app)
{
	return app->differ->phase != DIFF_NOTHING;
}

bool app_diff_busy(const struct app *app)
{
	return app->differ->phase != DIFF_NOTHING && app->differ->phase != DIFF_ENDED;
}

/* ---- what to compare with: names of files ---- */

static int by_name(const void *a, const void *b)
{
	const struct suggestion *x = a, *y = b;

	return strcmp(x->text, y->text);
}

/* Names in the folder of what is typed that go on as it does; those that a prompt cannot hold are
 * left out. */
void app_diff_suggest(struct app *app)
{
	struct suggestions *to = &app->suggestions;
	const char *text = app->prompt.text, *slash = strrchr(text, '/');
	const char *front =
		slash ? arena_printf(&to->arena, "%.*s", (int)(slash + 1 - text), text) : "";
	const char *part = slash ? slash + 1 : text;
	DIR *dir = opendir(*front ? in_home(front, &to->arena) : ".");
	struct dirent *e;

	for (size_t n = 0;
	     dir && n < FILES_MOST && to->count < SUGGESTIONS_MAX && (e = readdir(dir)) != NULL;
	     n++) {
		bool dots = e->d_name[0] == '.' && *part != '.';

		if (dots || strncmp(e->d_name, part, strlen(part)) != 0 ||
		    text_needs_clean(bytes_of(e->d_name)))
			continue;
		to->list[to->count++] =
			(struct suggestion){ arena_printf(&to->arena, "%s%s%s", front, e->d_name,
							  e->d_type == DT_DIR ? "/" : ""),
					     "" };
	}
	if (dir)
		closedir(dir);
	qsort(to->list, to->count, sizeof(to->list[0]), by_name);
}

void app_diff_ask(struct app *app)
{
	const char *name = app->model->name, *slash = strrchr(name, '/');
	char folder[PROMPT_ROOM];

	/* Snapshots mostly lie beside each other. */
	while (slash && !slash[1] && slash > name)
		do
			slash--;
		while (slash > name && *slash != '/');
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash + 1 - name) : 0, name);
	prompt_open(&app->prompt, PROMPT_DIFF, folder);
	app_suggest(app);
}

/* ---- beginning and end ---- */

struct err *app_diff_init(struct app *app)
{
	struct differ *d = heap_zeroed(1, sizeof(*d));
	struct err *err;

	app->differ = d;
	d->spot = (struct diff_spot){ DIFF_TOP, DIFF_NO_PAGE };
	err = list_init(&d->changes, "Changes", rows_diff_new(), true);
	if (!err)
		err = list_init(&d->pairs, "Fields A | B", rows_pair_new(), false);
	if (!err)
		err = twin_init(&d->twin);
	if (!err)
		err = map_init(&d->map, "Page map of changes", NULL);
	if (!err)
		err = keymap_build(&d->keymap, app_diff_keys);
	for (int i = 0; i < 2; i++) {
		struct list *l = i ? &d->pairs : &d->changes;

		l->pane.needle = app->needle;
		l->stop = app_stop;
		l->stop_arg = app;
	}
	return err;
}

void app_diff_fini(struct app *app)
{
	struct differ *d = app->differ;

	if (!d)
		return;
	halt(d);
	list_fini(&d->changes);
	list_fini(&d->pairs);
	twin_fini(&d->twin);
	map_fini(&d->map);
	diff_close(d->diff);
	for (size_t i = 0; i < d->kept_count; i++) {
		d->kept[i]->worker = NULL; /* it is ours */
		model_close(d->kept[i]);
	}
	worker_close(d->worker);
	free(d);
	app->differ = NULL;
}
