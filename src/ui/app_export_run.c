/* An export under way. Stretches of memory are written by a worker while one looks on. All else may
 * ask of the model what only its owner's thread may: then the worker has it alone, and this thread
 * waits, with an eye on C-c. */
#include "ui/app_export.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LOOK 100 /* ms between two looks at the count */

static void run(void *arg, struct job *job)
{
	struct exporting *x = arg;

	x->err = export_write(&x->file, job);
	atomic_store(&x->done, true);
}

/* Reads pages and nothing else of the model. */
static bool only_memory(const struct exporting *x)
{
	return x->file.what.space &&
	       (!strcmp(x->file.exporter->name, "raw") || !strcmp(x->file.exporter->name, "lime"));
}

static int percent(const struct exporting *x)
{
	uint64_t total = atomic_load(&x->job.total), done = atomic_load(&x->job.done);

	return total && done < total ? (int)((double)done * 100 / (double)total) : 0;
}

/* The model is the worker's: nothing of it is drawn. */
static void wait_for_it(struct app *app, struct exporting *x)
{
	while (!atomic_load(&x->done)) {
		struct pollfd fds[2] = {
			{ .fd = term_key_fd(app->term), .events = POLLIN },
			{ .fd = worker_wake_fd(x->worker), .events = POLLIN },
		};
		struct canvas *cv = &app->canvas;
		struct area line = { 0, cv->h - 1, cv->w, 1 };

		poll(fds, ARRAY_LEN(fds), LOOK);
		worker_drain(x->worker);
		if (term_interrupted(app->term))
			atomic_store(&x->job.cancel, true);
		if (cv->h < 2)
			continue;
		canvas_fill(cv, line, ROLE_HINT, ' ');
		canvas_put(cv, 1, line.y, ROLE_HINT,
			   arena_printf(&app->frame, "writing %d%%  C-c stops", percent(x)));
		term_show(app->term, cv);
	}
}

static const char *in_home(const char *path, struct arena *a)
{
	const char *home = getenv("HOME");

	return path[0] == '~' && path[1] == '/' && home ? arena_printf(a, "%s%s", home, path + 1)
							: path;
}

static void say_error(struct app *app, struct exporting *x)
{
	bool stopped = x->err->code == ERR_CANCELLED;

	app_say(app, stopped ? ROLE_WARNING : ROLE_ERROR, "%s%s%s", stopped ? x->path : "",
		stopped ? ": " : "", x->err->text);
	err_free(x->err);
	x->err = NULL;
}

struct export_options export_options_of(const struct exporting *x)
{
	bool wanted[TICKS] = { false };

	for (size_t i = 0; i < x->tick_count; i++)
		wanted[x->shown[i]] = x->ticks[x->shown[i]];
	return (struct export_options){ .holes = wanted[TICK_SKIP] ? HOLES_SKIP : HOLES_ZERO,
					.sparse = wanted[TICK_SPARSE],
					.pretty = wanted[TICK_PRETTY],
					.root = x->offers[x->offer].what.model->options.root };
}

bool export_start(struct app *app, struct exporting *x)
{
	struct export_file *f = &x->file;
	uint64_t size;

	snprintf(x->path, sizeof(x->path), "%s", in_home(x->prompt.text, &x->arena));
	*f = (struct export_file){ .what = x->offers[x->offer].what,
				   .exporter = x->formats[x->format],
				   .options = export_options_of(x),
				   .path = x->path,
				   .force = x->ticks[TICK_FORCE],
				   .provenance = x->ticks[TICK_PROVENANCE] };
	x->err = export_open(f);
	if (x->err) {
		say_error(app, x);
		return false;
	}
	x->open = false;
	x->running = true;
	atomic_store(&x->done, false);
	size = f->exporter->size ? f->exporter->size(&f->what, &f->options) : 0;
	job_init(&x->job, "export", size);
	if (app->term && !x->worker)
		x->worker = worker_open();
	if (!x->worker)
		run(x, &x->job);
	else
		worker_submit(x->worker, &x->job, run, x, true);
	if (x->worker && !only_memory(x))
		wait_for_it(app, x);
	app_export_tick(app);
	return true;
}

static void say_done(struct app *app, const struct exporting *x)
{
	const struct export_result *r = &x->file.result;
	struct arena *a = &app->scratch;
	const char *bytes = text_uint(r->bytes, a);

	if (r->absent)
		app_say(app, ROLE_WARNING, "%s bytes written to %s; %s were not there: %s", bytes,
			x->path, text_uint(r->absent, a), r->why ? r->why : "absent");
	else if (*r->lacks)
		app_say(app, ROLE_WARNING, "%s bytes written to %s; %s", bytes, x->path, r->lacks);
	else
		app_say(app, ROLE_HINT, "%s bytes written to %s", bytes, x->path);
}

void app_export_tick(struct app *app)
{
	struct exporting *x = app->exporting;

	if (!x->running || !atomic_load(&x->done))
		return;
	x->running = false;
	if (x->err)
		say_error(app, x);
	else
		say_done(app, x);
}

bool app_export_cancel(struct app *app)
{
	struct exporting *x = app->exporting;

	if (!x->running)
		return false;
	atomic_store(&x->job.cancel, true);
	if (x->worker)
		worker_wait(x->worker);
	app_export_tick(app);
	return true;
}

bool app_export_busy(const struct app *app)
{
	return app->exporting->running;
}

int app_export_fd(const struct app *app)
{
	return app->exporting->worker ? worker_wake_fd(app->exporting->worker) : -1;
}

void app_export_drain(struct app *app)
{
	if (app->exporting->worker)
		worker_drain(app->exporting->worker);
}

const char *app_export_progress(struct app *app)
{
	const struct exporting *x = app->exporting;

	return x->running ? arena_printf(&app->frame, "export %d%% ", percent(x)) : "";
}
