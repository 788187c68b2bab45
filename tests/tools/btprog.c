/* For bt.py: threads in known places, then `stop_here`. Some frames are through libc (qsort, a
 * signal handler), some wait in it. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME __attribute__((noinline, noclone))

static int ready[2];
static volatile int sink;

FRAME void stop_here(void)
{
	sink++;
}

FRAME int wait_in_read(int fd)
{
	char c;
	int n;

	if (write(ready[1], "x", 1) != 1)
		abort();
	n = (int)read(fd, &c, 1);
	return n + sink;
}

FRAME int reader(int fd)
{
	return wait_in_read(fd) + 1;
}

FRAME int recursion(int depth, int fd)
{
	volatile char room[64];

	memset((void *)room, depth, sizeof(room));
	return (depth ? recursion(depth - 1, fd) : reader(fd)) + room[3];
}

static void *read_thread(void *arg)
{
	int *fds = arg;

	sink += recursion(5, fds[0]);
	return NULL;
}

static int never[2];

FRAME void on_signal(int number)
{
	sink += reader(never[0]) + number;
}

FRAME void interrupted(void)
{
	raise(SIGUSR1);
	sink++;
}

static void *signal_thread(void *arg)
{
	(void)arg;
	interrupted();
	sink++;
	return NULL;
}

FRAME int compare(const void *a, const void *b)
{
	stop_here();
	return *(const int *)a - *(const int *)b;
}

FRAME void sorted(void)
{
	int v[] = { 2, 1 };

	qsort(v, 2, sizeof(*v), compare);
	sink += v[0];
}

FRAME void outer(void)
{
	sorted();
	sink++;
}

int main(void)
{
	pthread_t threads[2];
	char c;

	if (pipe(never) || pipe(ready))
		return 1;
	signal(SIGUSR1, on_signal);
	pthread_create(&threads[0], NULL, read_thread, never);
	pthread_create(&threads[1], NULL, signal_thread, NULL);
	for (int i = 0; i < 2; i++)
		if (read(ready[0], &c, 1) != 1)
			return 1;
	usleep(200000);
	outer();
	return sink == 77;
}
