/* While a packed archive is opened: how far it is, on a terminal's last line. A thread of its own
 * looks at the job five times a second, and says nothing before half a second has passed. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

#define STEP_MS 200
#define QUIET_STEPS 2

struct progress {
	struct job job;
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool done;
};

static struct timespec in_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += ms * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000L;
	t.tv_nsec %= 1000000000L;
	return t;
}

static void *watch(void *arg)
{
	struct progress *p = arg;
	bool said = false;

	pthread_mutex_lock(&p->lock);
	for (int n = 0; !p->done; n++) {
		struct timespec until = in_ms(STEP_MS);
		uint64_t total = atomic_load(&p->job.total), now = atomic_load(&p->job.done);

		if (n > QUIET_STEPS && total && now <= total) {
			fprintf(stderr, "\runpacking: %3u%%",
				(unsigned)((double)now / (double)total * 100));
			said = true;
		}
		pthread_cond_timedwait(&p->over, &p->lock, &until);
	}
	if (said)
		fputs("\r                \r", stderr);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct err *open_watched(const char *path, const struct format *const *formats,
			 struct model_options *options, struct model **out)
{
	struct progress p = { .lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER };
	pthread_t thread;
	struct err *err;

	job_init(&p.job, "unpack", 0);
	options->opening = &p.job;
	if (!isatty(STDERR_FILENO) || pthread_create(&thread, NULL, watch, &p))
		return model_open(path, formats, options, out);
	err = model_open(path, formats, options, out);
	pthread_mutex_lock(&p.lock);
	p.done = true;
	pthread_cond_signal(&p.over);
	pthread_mutex_unlock(&p.lock);
	pthread_join(thread, NULL);
	return err;
}
