/* One worker thread with a queue of jobs.
 *
 * Sources are immutable after opening; an index and the problems are append-only and published
 * atomically; all else in a model is written by the thread that owns the model. A job polls its
 * cancel flag at every step and pokes the wake-up descriptor at most 20 times a second. The command
 * line runs the same functions without a worker. */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct worker;

/* Progress and cancellation of one piece of work; owned by whoever started it. */
struct job {
	const char *what; /* "index": shown in the status line; static */
	atomic_bool cancel;
	_Atomic uint64_t done, total; /* in bytes, or in things, as `what` implies */
	struct worker *worker;        /* NULL: runs in the caller's thread */
	int64_t poked;                /* ms of the last wake-up; the worker's own */
};

void job_init(struct job *job, const char *what, uint64_t total);

/* Called by the work at every step: adds `n` to `done`, wakes the screen when due. False: stop. */
bool job_step(struct job *job, uint64_t n);

/* pthread_create for work: the keyboard's signals are for the main thread; faults stay deliverable
 * to this one. */
MUST_USE int job_thread(pthread_t *thread, void *(*run)(void *), void *arg);

/* A worker thread. On failure to start one: NULL, and the caller runs its jobs itself. */
struct worker *worker_open(void);
/* Cancels, joins, frees. NULL-safe. */
void worker_close(struct worker *w);

/* Queues fn(arg, job); `urgent` puts it in front. The job struct must outlive the run. */
void worker_submit(struct worker *w, struct job *job, void (*fn)(void *arg, struct job *job),
		   void *arg, bool urgent);
/* The descriptor that becomes readable when something is worth a redraw; worker_drain empties it.
 */
int worker_wake_fd(const struct worker *w);
void worker_drain(struct worker *w);
void worker_wake(struct worker *w);
/* True while a job is queued or running. */
bool worker_busy(const struct worker *w);
/* The job now running, for the status line; NULL if none. Valid until that job's owner frees it. */
const struct job *worker_current(const struct worker *w);
/* Asks the running job to stop, drops the queue. Returns at once. */
void worker_cancel(struct worker *w);
/* Blocks until the queue is empty. */
void worker_wait(struct worker *w);

#endif
