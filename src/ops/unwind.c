/* Back-traces, what they begin with: the threads and their registers, out of the notes that a core
 * of the process would have, by DWARF's numbers for them. Where frames lead is unwind_dw.c's, which
 * files they are looked up in unwind_modules.c's. */
#include <stdlib.h>
#include <string.h>

#include "ops/unwind_parts.h"

enum { NT_PRSTATUS = 1, EM_386 = 3, EM_X86_64 = 62, EM_AARCH64 = 183 };

/* ax dx cx bx si di bp sp 8-15 ip, of user_regs_struct */
static const uint8_t x86_64_from[] = { 10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16 };
/* ax cx dx bx sp bp si di ip */
static const uint8_t i386_from[] = { 6, 1, 2, 0, 15, 5, 3, 4, 12 };
static const uint8_t aarch64_from[] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
					11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
					22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };

static const struct machine machines[] = {
	{ false, EM_X86_64, 8, 32, 112, ARRAY_LEN(x86_64_from), x86_64_from, 7, 16 },
	{ false, EM_386, 4, 24, 72, ARRAY_LEN(i386_from), i386_from, 4, 12 },
	{ true, EM_AARCH64, 8, 32, 112, ARRAY_LEN(aarch64_from), aarch64_from, 31, 32 },
};

static const struct machine *machine_of(uint16_t e_machine)
{
	for (size_t i = 0; i < ARRAY_LEN(machines); i++)
		if (machines[i].machine == e_machine)
			return &machines[i];
	return NULL;
}

static uint64_t register_at(const struct machine *m, struct bytes note, unsigned place)
{
	const uint8_t *at = note.at + m->regs_at + (size_t)place * m->word;

	return m->word == 8 ? le64_at(at) : le32_at(at);
}

/* Names come in the order of the threads, so that the search begins where it will end. */
static const char *name_of(const struct dump *d, uint32_t tid, size_t from)
{
	for (size_t i = 0; i < d->name_count; i++) {
		const struct dump_name *n = &d->names[(from + i) % d->name_count];

		if (n->tid == tid)
			return n->comm;
	}
	return NULL;
}

static void take_thread(struct unwind *u, const struct dump *d, struct bytes note)
{
	const struct machine *m = u->machine;
	struct thread_state *t = &u->threads[u->thread_count];

	/* All registers lie before the last word of the note. */
	if (note.len < m->regs_at + (size_t)(m->dwarf + 2) * m->word)
		return;
	t->tid = le32_at(note.at + m->tid_at);
	t->comm = name_of(d, t->tid, u->thread_count);
	for (unsigned i = 0; i < m->dwarf; i++)
		t->regs[i] = register_at(m, note, m->from[i]);
	t->pc = register_at(m, note, m->pc);
	u->thread_count++;
}

static void take_threads(struct unwind *u, const struct dump *d)
{
	u->threads = arena_array(&u->arena, d->note_count + 1, sizeof(*u->threads));
	for (size_t i = 0; i < d->note_count; i++)
		if (d->notes[i].type == NT_PRSTATUS && !strcmp(d->notes[i].name, "CORE"))
			take_thread(u, d, d->notes[i].desc);
}

static struct err *prepare(struct unwind *u)
{
	const char *why = "its format does not say what its registers are";
	const struct dump *d = NULL;

	if (u->as->kind != ASPACE_PROCESS)
		return err_new(ERR_USAGE, "back-traces are of processes, not of guests");
	if (u->model->dump)
		d = u->model->dump(u->as, "elf-core", &u->arena, &why);
	if (!d)
		return err_new(ERR_USAGE, "%s: no back-trace: %s", u->as->name, why);
	u->machine = machine_of(d->machine);
	if (!u->machine)
		return err_new(ERR_USAGE, "%s: no back-trace: not of this machine", u->as->name);
	u->lacks = d->lacks;
	take_threads(u, d);
	aspace_settle(u->as);
	unwind_find_modules(u, d);
	return unwind_engine_open(u);
}

struct err *unwind_open(struct model *m, const struct aspace *as, const char *root,
			struct unwind **out)
{
	struct unwind *u;
	struct err *err;

	*out = NULL;
	if (!unwind_built())
		return err_new(ERR_USAGE, "back-traces are not built in: libdw was not there");
	u = calloc(1, sizeof(*u));
	if (!u)
		return err_new(ERR_LIMIT, "no memory for a back-trace");
	u->model = m;
	u->as = as;
	u->root = root;
	arena_init(&u->arena);
	err = prepare(u);
	if (err)
		unwind_close(u);
	else
		*out = u;
	return err;
}

void unwind_close(struct unwind *u)
{
	if (!u)
		return;
	unwind_engine_close(u);
	unwind_close_modules(u);
	arena_fini(&u->arena);
	free(u);
}

void unwind_closep(struct unwind **u)
{
	unwind_close(*u);
}

size_t unwind_count(const struct unwind *u)
{
	return u->thread_count;
}

uint32_t unwind_tid(const struct unwind *u, size_t n)
{
	return u->threads[n].tid;
}

const char *unwind_lacks(const struct unwind *u)
{
	return u->lacks;
}

struct unwind_trace unwind_thread(struct unwind *u, size_t n, struct job *job, struct arena *a)
{
	struct unwind_trace t = { .tid = u->threads[n].tid, .comm = u->threads[n].comm };

	unwind_engine_run(u, n, &t, job, a);
	return t;
}
