/* The kernel says with SIGBUS that mapped bytes are no longer there, to whichever thread looked. So
 * every mapping stands in a table that the signal handler can read without a lock:
 *
 *	chunks[] -> 1,024 slots each: start, end, lowest lost offset
 *
 * Chunks are made when needed and never freed; a slot is claimed and given back under a lock, and
 * holds start = end = 0 while it is free. This table, its lock and the handler's past are the one
 * state that belongs to the process and not to a model: a process has one handler for SIGBUS. */
#include "core/fault.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SLOTS = 1024, CHUNKS = 1024 };

struct fault_slot {
	_Atomic uintptr_t start, end;
	_Atomic uint64_t lost; /* lowest offset that faulted */
};

static struct {
	_Atomic(struct fault_slot *) chunks[CHUNKS];
	pthread_mutex_t lock;
	size_t used;              /* slots ever claimed */
	struct fault_slot **free; /* given back; room for `free_room` */
	size_t free_count, free_room;
	struct sigaction before;
	uintptr_t page;
} maps = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* In the signal handler: loads of atomics, mmap and sigaction only. */
static struct fault_slot *slot_at(uintptr_t address)
{
	for (size_t i = 0; i < CHUNKS; i++) {
		struct fault_slot *chunk =
			atomic_load_explicit(&maps.chunks[i], memory_order_acquire);

		if (!chunk)
			return NULL;
		for (size_t k = 0; k < SLOTS; k++)
			if (address >= atomic_load(&chunk[k].start) &&
			    address < atomic_load(&chunk[k].end))
				return &chunk[k];
	}
	return NULL;
}

void fault_note(struct fault_slot *slot, uint64_t offset)
{
	uint64_t lowest = atomic_load(&slot->lost);

	while (offset < lowest && !atomic_compare_exchange_weak(&slot->lost, &lowest, offset))
		;
}

/* By the bare system call: the C library's wrapper is not among the functions that a signal handler
 * may call, and the thread sanitizer would take the new page for a write that races with the
 * readers. */
static bool map_zeros(uintptr_t page)
{
#ifdef SYS_mmap
	return syscall(SYS_mmap, page, maps.page, PROT_READ,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == (long)page;
#else
	return mmap((void *)page, maps.page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		    0) != MAP_FAILED;
#endif
}

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	int keep_errno = errno;
	uintptr_t page = (uintptr_t)info->si_addr & ~(maps.page - 1);
	struct fault_slot *slot = info->si_code > 0 ? slot_at((uintptr_t)info->si_addr) : NULL;

	(void)context;
	if (slot && map_zeros(page)) {
		fault_note(slot, page - atomic_load(&slot->start));
	} else {
		/* Not ours: let it be what it was. The access is tried again and faults again. */
		sigaction(sig, &maps.before, NULL);
		if (info->si_code <= 0)
			raise(sig);
	}
	errno = keep_errno;
}

/* With the lock held, at every mapping: somebody (a test harness, a library) may have put a handler
 * of his own over ours meanwhile, and then that is the one to fall back on. */
static void handle_faults(void)
{
	struct sigaction act = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO }, now;

	if (sigaction(SIGBUS, NULL, &now) || now.sa_sigaction == on_sigbus)
		return;
	maps.page = (uintptr_t)sysconf(_SC_PAGESIZE);
	maps.before = now;
	sigemptyset(&act.sa_mask);
	sigaction(SIGBUS, &act, NULL);
}

static struct fault_slot *new_slot(void)
{
	size_t chunk = maps.used / SLOTS;
	struct fault_slot *slots;

	if (chunk == CHUNKS)
		return NULL;
	slots = atomic_load(&maps.chunks[chunk]);
	if (!slots) {
		slots = calloc(SLOTS, sizeof(*slots));
		if (!slots)
			return NULL;
		atomic_store_explicit(&maps.chunks[chunk], slots, memory_order_release);
	}
	return &slots[maps.used++ % SLOTS];
}

struct fault_slot *fault_watch(const void *start, uint64_t size)
{
	struct fault_slot *slot;

	pthread_mutex_lock(&maps.lock);
	handle_faults();
	slot = maps.free_count ? maps.free[--maps.free_count] : new_slot();
	pthread_mutex_unlock(&maps.lock);
	if (!slot)
		return NULL;
	atomic_store(&slot->lost, FAULT_NONE);
	atomic_store(&slot->end, (uintptr_t)start + size);
	atomic_store(&slot->start, (uintptr_t)start);
	return slot;
}

void fault_forget(struct fault_slot *slot)
{
	struct fault_slot **grown;

	atomic_store(&slot->end, 0);
	atomic_store(&slot->start, 0);
	pthread_mutex_lock(&maps.lock);
	if (maps.free_count == maps.free_room) {
		grown = realloc(maps.free, (maps.free_room * 2 + 64) * sizeof(struct fault_slot *));
		if (grown) {
			maps.free = grown;
			maps.free_room = maps.free_room * 2 + 64;
		}
	}
	if (maps.free_count < maps.free_room)
		maps.free[maps.free_count++] = slot;
	pthread_mutex_unlock(&maps.lock);
}

uint64_t fault_lowest(const struct fault_slot *slot)
{
	return atomic_load(&slot->lost);
}
