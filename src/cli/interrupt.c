/* Ctrl-C while a job runs: it ends the job, not the program; what was done stands. */
#include <signal.h>

#include "cli/cli.h"

/* The job that the signal stops. A second one ends the program. */
static struct job *_Atomic interrupted;

static void on_interrupt(int signum)
{
	struct job *job = atomic_load(&interrupted);

	(void)signum;
	if (job)
		atomic_store(&job->cancel, true);
}

void catch_interrupt(struct job *job)
{
	struct sigaction sa = { .sa_handler = on_interrupt,
				.sa_flags = SA_RESTART | (int)SA_RESETHAND };

	atomic_store(&interrupted, job);
	sigaction(SIGINT, job ? &sa : &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
}
