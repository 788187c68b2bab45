/* What the files of unwind*.c share. */
#ifndef OPS_UNWIND_PARTS_H
#define OPS_UNWIND_PARTS_H

#include "ops/unwind.h"

/* A mapped file that has code, or the kernel's own code in the process (vDSO). */
struct module {
	uint64_t start, end;   /* of all its regions; what lies between is its own or nobody's */
	struct bytes raw;      /* its path as stored; empty: the kernel's */
	const char *name;      /* cleaned, without folders; NULL until unwind_name_module */
	const char *path;      /* cleaned; NULL: the kernel's, or as above */
	struct bytes build_id; /* of what was mapped; empty: not known */
	bool looked;           /* its bytes were looked for: */
	struct source *source; /* they are here; NULL: */
	const char *why;       /* cleaned */
	const char *note;      /* about bytes that are here; NULL */
	void *engine;          /* unwind_dw.c's */
};

/* The registers of a thread, by their DWARF numbers. */
struct thread_state {
	uint32_t tid;
	const char *comm;
	uint64_t regs[33];
	uint64_t pc;
};

/* A machine's general registers: where NT_PRSTATUS has them, and their DWARF numbers. */
struct machine {
	bool links;       /* calls leave the return address in a register */
	uint16_t machine; /* e_machine */
	unsigned word;    /* bytes */
	unsigned tid_at, regs_at;
	unsigned dwarf;      /* registers with numbers from 0 on */
	const uint8_t *from; /* the place among NT_PRSTATUS's of each */
	unsigned sp, pc;     /* DWARF's number; the place of pc among NT_PRSTATUS's */
};

struct unwind {
	struct model *model;
	const struct aspace *as;
	struct arena arena;
	const char *root; /* NULL: this system */
	const struct machine *machine;
	struct module *modules; /* ascending, not overlapping */
	size_t module_count;
	struct thread_state *threads;
	size_t thread_count;
	const char *lacks;
	void *engine; /* unwind_dw.c's; NULL until the first trace */
};

/* unwind_modules.c */
void unwind_find_modules(struct unwind *u, const struct dump *d);
void unwind_close_modules(struct unwind *u);
/* Makes name and path, once: most modules have no frame. */
void unwind_name_module(struct unwind *u, struct module *m);
struct module *unwind_module_at(const struct unwind *u, uint64_t addr);
/* Its bytes, looked for once; NULL: m->why. */
struct source *unwind_module_source(struct unwind *u, struct module *m);
/* A descriptor, the caller's, of the file with the debugging information of that build-id below the
 * root; -1: there is none. */
int unwind_debug_file(const struct unwind *u, struct bytes build_id);
/* The build-id in the notes of an ELF file of which `b` are the first bytes; false: none. */
bool elf_build_id(struct bytes b, struct bytes *id);
/* Copies `len` bytes from `addr`: of the images or, of pages that are a file's, of that file.
 * False: *why says what is not there; in the arena. */
bool unwind_read(struct unwind *u, uint64_t addr, void *to, size_t len, const char **why,
		 struct arena *a);

/* unwind_dw.c */
struct err *unwind_engine_open(struct unwind *u);
void unwind_engine_close(struct unwind *u);
void unwind_engine_run(struct unwind *u, size_t thread, struct unwind_trace *t, struct job *job,
		       struct arena *a);

#endif
