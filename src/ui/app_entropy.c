/* Entropy on the screen: what a frame has asked for is computed by a worker of its own, so that a
 * slow disk holds nothing up; without a terminal at once. */
#include "ui/app.h"

#include <stdlib.h>

#include "base/heap.h"
#include "view/entropy.h"

struct sampler {
	struct entropy *entropy;
	struct worker *worker; /* NULL: none yet */
	struct job job;
};

struct sampler *app_entropy_new(void)
{
	struct sampler *s = heap_zeroed(1, sizeof(*s));

	s->entropy = entropy_new();
	return s;
}

void app_entropy_free(struct sampler *s)
{
	if (!s)
		return;
	worker_close(s->worker);
	entropy_free(s->entropy);
	free(s);
}

struct entropy *app_entropy(struct app *app)
{
	return app->sampler->entropy;
}

int app_entropy_fd(const struct app *app)
{
	return app->sampler->worker ? worker_wake_fd(app->sampler->worker) : -1;
}

void app_entropy_drain(struct app *app)
{
	if (app->sampler->worker)
		worker_drain(app->sampler->worker);
}

void app_entropy_begin(struct app *app)
{
	entropy_take(app->sampler->entropy);
	entropy_begin(app->sampler->entropy);
}

bool app_entropy_work(struct app *app)
{
	struct sampler *s = app->sampler;

	if (!entropy_batch(s->entropy))
		return false;
	job_init(&s->job, "entropy", 0);
	if (app->term && !s->worker)
		s->worker = worker_open();
	if (!s->worker) {
		entropy_run(s->entropy, &s->job);
		return true;
	}
	worker_submit(s->worker, &s->job, entropy_run, s->entropy, false);
	return false;
}
