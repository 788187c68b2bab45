/* base/job: order, urgency, progress, cancelling; run under the thread sanitizer, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/attr.h"
#include "base/job.h"

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static bool readable(int fd, int timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout) == 1;
}

struct log {
	atomic_bool hold;
	_Atomic int count;
	int order[16];
};

struct entry {
	struct log *log;
	int id;
};

static void note(void *arg, struct job *job)
{
	struct entry *e = arg;

	while (atomic_load(&e->log->hold))
		sleep_ms(1);
	e->log->order[atomic_fetch_add(&e->log->count, 1)] = e->id;
	job_step(job, 1);
}

static void urgent_jobs_come_first(void **state)
{
	struct worker *w = worker_open();
	struct log log = { .hold = true };
	struct entry entries[5];
	struct job jobs[5];

	(void)state;
	assert_non_null(w);
	assert_false(worker_busy(w));
	for (int i = 0; i < 5; i++) {
		entries[i] = (struct entry){ &log, i };
		job_init(&jobs[i], "test", 1);
		worker_submit(w, &jobs[i], note, &entries[i], i >= 3);
		if (i == 0)
			while (!worker_current(w))
				sleep_ms(1);
	}
	assert_true(worker_busy(w));
	assert_ptr_equal(worker_current(w), &jobs[0]);
	atomic_store(&log.hold, false);
	worker_wait(w);
	assert_false(worker_busy(w));
	assert_null(worker_current(w));
	assert_int_equal(log.count, 5);
	for (int i = 0; i < 5; i++) {
		static const int expected[] = { 0, 4, 3, 1, 2 };

		assert_int_equal(log.order[i], expected[i]);
		assert_int_equal(jobs[i].done, 1);
	}
	assert_true(readable(worker_wake_fd(w), 1000));
	worker_drain(w);
	assert_false(readable(worker_wake_fd(w), 0));
	worker_close(w);
}

static void until_cancelled(void *arg, struct job *job)
{
	_Atomic int *stopped = arg;

	while (job_step(job, 1))
		;
	atomic_fetch_add(stopped, 1);
}

static void a_running_job_pokes_and_can_be_stopped(void **state)
{
	struct worker *w = worker_open();
	_Atomic int stopped = 0;
	struct job jobs[2];
	int pokes = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		job_init(&jobs[i], "spin", 100);
		worker_submit(w, &jobs[i], until_cancelled, &stopped, false);
	}
	for (int i = 0; i < 30; i++) {
		sleep_ms(10);
		if (readable(worker_wake_fd(w), 0)) {
			worker_drain(w);
			pokes++;
		}
	}
	/* 300 ms: at most one in 50, give or take a slow machine. */
	assert_in_range(pokes, 1, 20);
	assert_true(atomic_load(&jobs[0].done) > 0);
	worker_cancel(w); /* drops the second, which never runs */
	worker_wait(w);
	assert_int_equal(stopped, 1);
	assert_int_equal(jobs[1].done, 0);
	worker_close(w);
}

static void closing_stops_what_runs(void **state)
{
	struct worker *w = worker_open();
	_Atomic int stopped = 0;
	struct job job;

	(void)state;
	job_init(&job, "spin", 0);
	worker_submit(w, &job, until_cancelled, &stopped, false);
	while (!worker_current(w))
		sleep_ms(1);
	worker_close(w);
	assert_int_equal(stopped, 1);
	worker_close(NULL);
}

static void count_up(void *arg, struct job *job)
{
	int *n = arg;

	(void)job;
	++*n;
}

static void many_small_jobs(void **state)
{
	struct worker *w = worker_open();
	struct job job;
	int n = 0, pokes = 0;

	(void)state;
	job_init(&job, "small", 0);
	for (int i = 0; i < 10000; i++) {
		worker_submit(w, &job, count_up, &n, i % 3 == 0);
		if (readable(worker_wake_fd(w), 0)) {
			worker_drain(w);
			pokes++;
		}
	}
	worker_wait(w);
	assert_int_equal(n, 10000);
	worker_close(w);
}

static void without_a_worker_steps_only_count(void **state)
{
	struct job job;

	(void)state;
	job_init(&job, "here", 10);
	assert_true(job_step(&job, 4));
	assert_true(job_step(&job, 6));
	assert_int_equal(job.done, 10);
	atomic_store(&job.cancel, true);
	assert_false(job_step(&job, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urgent_jobs_come_first),
		cmocka_unit_test(a_running_job_pokes_and_can_be_stopped),
		cmocka_unit_test(closing_stops_what_runs),
		cmocka_unit_test(many_small_jobs),
		cmocka_unit_test(without_a_worker_steps_only_count),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
