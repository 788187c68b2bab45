/* The process as a person asks: what the files of process*.c share. */
#ifndef CRIU_PROCESS_H
#define CRIU_PROCESS_H

#include "core/aspace.h"
#include "criu/set.h"

/* The messages of a process that its facts come from; empty where there is none. */
struct task {
	struct process *p;
	struct criu_set *set;
	struct bytes core, tc, thread, creds, mm, fs;
};

/* facts.c: fields without bytes of their own. */
struct field *fact_root(struct arena *a, const char *name);
struct field *fact_group(struct field *parent, struct arena *a, const char *name);
struct field *fact_number(struct field *parent, struct arena *a, const char *name, uint64_t v);
/* A number shown as the schema says of one of its fields; `mf` may be NULL. */
struct field *fact_of(struct field *parent, struct arena *a, const char *name,
		      const struct message_field *mf, uint64_t v, struct value_env env);
/* Makes it the n-th of its name. */
struct field *fact_nth(struct field *f, size_t n);
void fact_refer(struct field *f, enum criu_ref kind, uint64_t id, uint64_t more);

/* process.c */
struct task task_of(struct item *it);

/* process_text.c: what the process's own memory says. */
void task_add_text(struct field *root, const struct task *t, struct arena *a);
/* "cmdline" of info --json: strings, or null if it is not here. */
void task_json_cmdline(struct criu_set *set, struct process *p, struct json *j);

/* process_threads.c: threads with their registers; signals; timers. */
void task_add_threads(struct field *root, const struct task *t, struct arena *a);
void task_add_signals(struct field *root, const struct task *t, struct arena *a);
void task_add_timers(struct field *root, const struct task *t, struct arena *a);

/* process_files.c: descriptors and what is behind them. */
void task_add_descriptors(struct field *root, const struct task *t, struct arena *a);

/* anchors.c: the general registers of the thread whose core this is. False: there are none. */
bool core_registers(struct image *core, const struct message **type, struct bytes *regs);

#endif
