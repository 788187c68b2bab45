/* What the files that make notes of a core share. */
#ifndef CRIU_DUMP_H
#define CRIU_DUMP_H

#include "base/pack.h"
#include "core/dump.h"
#include "criu/process.h"

/* A thread and the messages that are about it. */
struct dump_thread {
	struct process *process;
	uint32_t tid;
	struct bytes tc, thread, info; /* task_core, thread_core, thread_info of its machine */
};

/* How a kernel lays out what it says of a thread. */
struct dump_abi {
	uint32_t march;   /* enum march */
	bool compat;      /* 32-bit tasks of a 64-bit machine */
	uint16_t machine; /* e_machine */
	bool wide;
	uint32_t info; /* core_entry's field of its thread_info */
	/* The general registers, as in elf_prstatus. */
	void (*registers)(const struct dump_thread *, struct pack *);
	/* The notes that follow NT_PRSTATUS: at most DUMP_EXTRA of them; how many. */
	size_t (*notes)(const struct dump_thread *, struct dump_note *out, struct arena *);
};
#define DUMP_EXTRA 4

/* By the task's own core; NULL: a machine whose cores are not known here. `core` may be empty: then
 * by `march`, and if that is 0 the machine that most sets are of. */
const struct dump_abi *dump_abi_of(uint32_t march, struct bytes core);
struct dump_thread dump_thread_of(const struct dump_abi *abi, struct process *p, uint32_t tid,
				  struct bytes core);
/* False: it has no general registers. */
bool dump_has_registers(const struct dump_thread *t);
/* NT_PRSTATUS, then what the machine has besides. How many notes. */
size_t dump_thread_notes(const struct dump_abi *abi, const struct dump_thread *t,
			 struct dump_note *out, struct arena *a);
/* The first of the siginfos queued for the thread, or for its process if it is the leader. */
bool dump_queued(const struct dump_thread *t, struct bytes *siginfo);
/* The signal that stopped the process; 0: none did. */
uint32_t dump_stopped_by(const struct process *p);

#endif
