/* The worker takes tasks from the front of one queue; urgent ones are put there. Everything of the
 * queue is under one lock; what the screen polls between redraws is atomic. */
#include "base/job.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { POKE_EVERY = 50 /* ms */ };

struct task {
	struct task *next;
	struct job *job;
	void (*fn)(void *arg, struct job *job);
	void *arg;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a task was added, or ended, or the worker is to end */
	struct task *first, *last;
	struct job *running; /* the job of the task being run */
	bool busy, ending;
	int wake_fd;
	_Atomic int64_t poked; /* ms of the last wake-up for progress, whichever job's */
};

void job_init(struct job *job, const char *what, uint64_t total)
{
	job->what = what;
	atomic_init(&job->cancel, false);
	atomic_init(&job->done, 0);
	atomic_init(&job->total, total);
	job->worker = NULL;
	job->poked = 0;
}

/* Milliseconds of a clock that is read in a few nanoseconds and is exact to a few ms. */
static int64_t coarse_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Each job keeps its own time, and the first step of each finds it due; the worker's decides. */
static void poke(struct worker *w, int64_t now)
{
	if (now - atomic_load_explicit(&w->poked, memory_order_relaxed) < POKE_EVERY)
		return;
	atomic_store_explicit(&w->poked, now, memory_order_relaxed);
	worker_wake(w);
}

bool job_step(struct job *job, uint64_t n)
{
	int64_t now;

	atomic_fetch_add_explicit(&job->done, n, memory_order_relaxed);
	if (job->worker) {
		now = coarse_ms();
		if (now - job->poked >= POKE_EVERY) {
			job->poked = now;
			poke(job->worker, now);
		}
	}
	return !atomic_load_explicit(&job->cancel, memory_order_relaxed);
}

static struct task *next_task(struct worker *w)
{
	struct task *t;

	while (!w->first && !w->ending)
		pthread_cond_wait(&w->changed, &w->lock);
	if (w->ending)
		return NULL;
	t = w->first;
	w->first = t->next;
	if (!w->first)
		w->last = NULL;
	return t;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct task *t;

	pthread_mutex_lock(&w->lock);
	while ((t = next_task(w))) {
		w->running = t->job;
		w->busy = true;
		pthread_mutex_unlock(&w->lock);
		t->fn(t->arg, t->job);
		free(t);
		pthread_mutex_lock(&w->lock);
		w->running = NULL;
		w->busy = false;
		/* A thousand small tasks are not a thousand redraws: the end of the queue is one.
		 */
		if (!w->first)
			worker_wake(w);
		pthread_cond_broadcast(&w->changed);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int job_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	static const int faults[] = { SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
	sigset_t mask, before;
	int rc;

	sigfillset(&mask);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		sigdelset(&mask, faults[i]);
	pthread_sigmask(SIG_SETMASK, &mask, &before);
	rc = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

struct worker *worker_open(void)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->wake_fd < 0) {
		free(w);
		return NULL;
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	if (job_thread(&w->thread, worker_main, w)) {
		close(w->wake_fd);
		free(w);
		return NULL;
	}
	return w;
}

/* With the lock held. */
static void drop_queue(struct worker *w)
{
	while (w->first) {
		struct task *t = w->first;

		w->first = t->next;
		free(t);
	}
	w->last = NULL;
}

static void cancel_all(struct worker *w, bool end)
{
	pthread_mutex_lock(&w->lock);
	drop_queue(w);
	if (w->running)
		atomic_store(&w->running->cancel, true);
	w->ending |= end;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

void worker_close(struct worker *w)
{
	if (!w)
		return;
	cancel_all(w, true);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	close(w->wake_fd);
	free(w);
}

void worker_submit(struct worker *w, struct job *job, void (*fn)(void *arg, struct job *job),
		   void *arg, bool urgent)
{
	struct task *t = calloc(1, sizeof(*t));

	if (!t) {
		fn(arg, job); /* no memory to wait with: do it now */
		return;
	}
	*t = (struct task){ .job = job, .fn = fn, .arg = arg };
	/* A job queued a second time, to hurry it, may be running: then it is set already. */
	if (job->worker != w)
		job->worker = w;
	pthread_mutex_lock(&w->lock);
	if (urgent || !w->first) {
		t->next = w->first;
		w->first = t;
		if (!t->next)
			w->last = t;
	} else {
		w->last->next = t;
		w->last = t;
	}
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

int worker_wake_fd(const struct worker *w)
{
	return w->wake_fd;
}

void worker_drain(struct worker *w)
{
	eventfd_t n;

	(void)!eventfd_read(w->wake_fd, &n);
}

void worker_wake(struct worker *w)
{
	(void)!eventfd_write(w->wake_fd, 1);
}

/* Locks for a look: the lock is no part of what callers see as the worker's value. */
static pthread_mutex_t *lock_of(const struct worker *w)
{
	return &((struct worker *)(uintptr_t)w)->lock;
}

bool worker_busy(const struct worker *w)
{
	bool busy;

	pthread_mutex_lock(lock_of(w));
	busy = w->busy || w->first;
	pthread_mutex_unlock(lock_of(w));
	return busy;
}

const struct job *worker_current(const struct worker *w)
{
	const struct job *job;

	pthread_mutex_lock(lock_of(w));
	job = w->running;
	pthread_mutex_unlock(lock_of(w));
	return job;
}

void worker_cancel(struct worker *w)
{
	cancel_all(w, false);
}

void worker_wait(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->busy || w->first)
		pthread_cond_wait(&w->changed, &w->lock);
	pthread_mutex_unlock(&w->lock);
}
