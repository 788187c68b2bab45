/* Back-traces: who called whom, of each thread of a process as it was when it was frozen.
 *
 * Registers and memory are the images'; code, unwind data and symbols are those of the files that
 * were mapped. A file is used only if its build-id is the one that was mapped; if that is not
 * known, only if the caller named the folder, and the frames say so. Nothing is ever asked of a
 * network.
 *
 * A trace costs what its frames cost: files are opened when a frame first lies in them. Needs libdw
 * at build time. */
#ifndef OPS_UNWIND_H
#define OPS_UNWIND_H

#include "core/dump.h"
#include "core/model.h"

#define UNWIND_FRAMES 256 /* of a thread; what is beyond is not walked */

struct unwind_frame {
	uint64_t pc;        /* where it goes on: of all but the innermost the return address */
	uint64_t sp;        /* its stack pointer; 0: not known */
	const char *symbol; /* cleaned; NULL: none is known */
	uint64_t offset;    /* of pc in the symbol */
	const char *module; /* file's name without folders, or the region's; cleaned; NULL: none */
	const char *path;   /* of the file; cleaned; NULL: it is none */
	uint64_t module_offset; /* of pc from where the module begins */
	bool by_pointer;        /* found by a frame pointer, for want of unwind data: a guess */
	const char *note;       /* what to know of it; NULL */
};

struct unwind_trace {
	uint32_t tid;
	const char *comm; /* cleaned; NULL: not known */
	const struct unwind_frame *frames;
	size_t count;
	const char *stopped;    /* why there are no more; cleaned */
	const char *reasons[2]; /* the same in parts; the second one may be NULL */
	bool whole;             /* the end of the stack was reached */
};

struct unwind;

/* False: built without libdw; unwind_open then fails. */
bool unwind_built(void);

/* Of a process's memory, by the model's owner. `root`: where the files that it had mapped are;
 * NULL: this system's own. The model must outlive it. */
MUST_USE struct err *unwind_open(struct model *m, const struct aspace *as, const char *root,
				 struct unwind **out);
/* NULL-safe. */
void unwind_close(struct unwind *u);
void unwind_closep(struct unwind **u);

/* Threads whose registers are in the images, in their order. */
size_t unwind_count(const struct unwind *u);
uint32_t unwind_tid(const struct unwind *u, size_t n);
/* Why there are fewer than the process had; NULL: there are not. */
const char *unwind_lacks(const struct unwind *u);
/* The trace of thread `n`, made anew each time; its frames and reasons live in the arena, names as
 * long as `u`. `job` (NULL: none) may stop it between two frames. In any thread, one at a time. */
struct unwind_trace unwind_thread(struct unwind *u, size_t n, struct job *job, struct arena *a);

#endif
