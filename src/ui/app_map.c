/* Finding the regions of memories that do not know them from the start: what a guest's page tables
 * map. All tables are read for that, so a worker does it, one memory after the other; until it is
 * done the memory shows bytes at addresses, but no list.
 *
 * Of frames one wants to know which addresses map them: for that the same worker turns the tables
 * of all vCPUs round. */
#include "ui/app.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

#define WANTED_MOST 64

struct wish {
	struct aspace *as;
	bool round; /* who maps a frame, too */
};

struct mapper {
	struct worker *worker; /* NULL: none yet, or a script: then here and now */
	struct job job;
	struct wish queue[WANTED_MOST]; /* the first one is under way */
	size_t count;
	struct wish done[WANTED_MOST];
	size_t done_count;
	atomic_bool ready; /* of the one under way */
};

struct mapper *app_map_new(void)
{
	return heap_zeroed(1, sizeof(struct mapper));
}

void app_map_free(struct mapper *m)
{
	if (!m)
		return;
	atomic_store(&m->job.cancel, true);
	worker_close(m->worker);
	free(m);
}

int app_map_fd(const struct app *app)
{
	return app->mapper->worker ? worker_wake_fd(app->mapper->worker) : -1;
}

void app_map_drain(struct app *app)
{
	if (app->mapper->worker)
		worker_drain(app->mapper->worker);
}

static void run(void *arg, struct job *job)
{
	struct mapper *m = arg;
	struct wish *w = &m->queue[0];

	aspace_map(w->as, job);
	if (w->round && !atomic_load(&job->cancel))
		aspace_reverse(w->as, job);
	atomic_store(&m->ready, true);
	if (m->worker)
		worker_wake(m->worker);
}

static void start(struct app *app)
{
	struct mapper *m = app->mapper;

	job_init(&m->job, "page tables", 0);
	atomic_store(&m->ready, false);
	if (app->term && !m->worker)
		m->worker = worker_open();
	if (m->worker)
		worker_submit(m->worker, &m->job, run, m, true);
	else
		run(m, &m->job);
}

static bool listed(const struct wish *list, size_t count, struct wish w)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].as == w.as && list[i].round >= w.round)
			return true;
	return false;
}

static void want(struct app *app, struct wish w)
{
	struct mapper *m = app->mapper;

	if (!w.as->ops->map || m->count == WANTED_MOST || listed(m->queue, m->count, w) ||
	    listed(m->done, m->done_count, w))
		return;
	m->queue[m->count++] = w;
	if (m->count == 1)
		start(app);
	app_map_tick(app);
}

void app_map_want(struct app *app, struct aspace *as)
{
	if (!aspace_is_mapped(as))
		want(app, (struct wish){ as, false });
}

void app_map_want_round(struct app *app)
{
	struct space_step at = { 0 };

	for (int n = 0; n < WANTED_MOST / 2 && model_spaces(app->model, &at); n++)
		want(app, (struct wish){ at.as, true });
}

size_t app_map_of(struct app *app, const struct aspace *as, uint64_t pa, uint64_t *out, size_t max)
{
	struct mapper *m = app->mapper;
	struct wish w = { (struct aspace *)(uintptr_t)as, true };

	return as->ops->mappers && listed(m->done, m->done_count, w)
		       ? as->ops->mappers(as, pa, out, max)
		       : 0;
}

void app_map_tick(struct app *app)
{
	struct mapper *m = app->mapper;

	while (m->count && atomic_load(&m->ready)) {
		struct wish w = m->queue[0];
		bool stopped = atomic_load(&m->job.cancel);

		if (m->worker)
			worker_wait(m->worker);
		m->count--;
		memmove(m->queue, m->queue + 1, m->count * sizeof(m->queue[0]));
		if (!stopped && m->done_count < WANTED_MOST)
			m->done[m->done_count++] = w;
		if (stopped) {
			m->count = 0;
			app_say(app, ROLE_WARNING,
				w.round ? "stopped at %s, %zu ranges: who maps a frame is known in part"
					: "reading page tables was stopped: %s shows %zu ranges so "
					  "far",
				w.as->name, w.as->region_count);
		}
		app_memory_mapped(app, w.as);
		atomic_store(&m->ready, false);
		if (m->count)
			start(app);
	}
}

bool app_map_cancel(struct app *app)
{
	struct mapper *m = app->mapper;

	if (!m->count)
		return false;
	atomic_store(&m->job.cancel, true);
	return true;
}

const char *app_map_progress(struct app *app)
{
	struct mapper *m = app->mapper;

	return m->count ? arena_printf(&app->frame, "%llu page tables read ",
				       (unsigned long long)atomic_load(&m->job.done))
			: "";
}
