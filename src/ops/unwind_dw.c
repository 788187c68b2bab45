/* Back-traces by libdw (elfutils): the one file that knows it.
 *
 * It is told which modules lie where, and asks: find_elf for the bytes of one when a frame lies in
 * it, memory_read for the stack, set_registers for the innermost frame. For each frame it tries the
 * module's unwind data (.eh_frame, .debug_frame), then the frame pointer. All are bytes that
 * someone may have made: so frames are counted, must go up the stack, and must lie in code.
 *
 * libdw says that it stopped, seldom why; what it could not read, and whether the module has its
 * bytes here, is remembered on the way and tells. Debugging information comes from local files of
 * the same build-id only: the standard callbacks, which may ask a network, are not used. */
#include "ops/unwind_parts.h"

#ifdef HAVE_LIBDW

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define MODULES_MOST 4096 /* libdw looks through all of them for each one it is told of */

struct engine {
	struct unwind *u;
	Dwfl *dwfl;
	Elf *machine; /* a bare header, which says whose registers they are */
	uint8_t head[64];
	/* of the trace under way */
	struct thread_state *thread;
	struct unwind_trace *trace;
	struct unwind_frame frames[UNWIND_FRAMES];
	struct arena *arena;
	struct job *job;    /* NULL: nobody stops it */
	const char *unread; /* what could not be read since the last frame; before that */
	const char *unread_before;
	bool by_pointer; /* the last frame has no unwind data: the next is by frame pointer */
};

/* ---- what libdw asks ---- */

static int find_elf(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
		    char **file_name, Elf **elf)
{
	struct module *m = *userdata;
	struct engine *e = m ? m->engine : NULL;
	struct source *src = e ? unwind_module_source(e->u, m) : NULL;
	struct bytes b = { NULL, 0 };

	(void)mod;
	(void)name;
	(void)base;
	(void)file_name;
	if (src)
		b = source_view(src, 0, source_size(src));
	/* libelf reads it only, whatever its prototype says. */
	*elf = b.len ? elf_memory((char *)(uintptr_t)b.at, b.len) : NULL;
	return -1;
}

/* A descriptor for libdw to keep. */
static int find_debuginfo(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
			  const char *file, const char *link, GElf_Word crc, char **out)
{
	struct module *m = *userdata;
	struct engine *e = m ? m->engine : NULL;
	const unsigned char *bits;
	GElf_Addr at;
	int len = dwfl_module_build_id(mod, &bits, &at);

	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)out;
	return len > 0 && e ? unwind_debug_file(e->u, (struct bytes){ bits, (size_t)len }) : -1;
}

/* Of relocatable objects only, which no process maps. */
static int section_address(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
			   const char *section, GElf_Word index, const GElf_Shdr *header,
			   Dwarf_Addr *out)
{
	(void)mod;
	(void)userdata;
	(void)name;
	(void)base;
	(void)section;
	(void)index;
	(void)header;
	*out = (Dwarf_Addr)-1;
	return 0;
}

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread)
{
	struct engine *e = arg;

	(void)dwfl;
	if (*thread)
		return 0;
	*thread = e;
	return 1;
}

static bool memory_read(Dwfl *dwfl, Dwarf_Addr addr, Dwarf_Word *result, void *arg)
{
	struct engine *e = arg;
	unsigned word = e->u->machine->word;
	uint8_t b[8];

	(void)dwfl;
	if (!unwind_read(e->u, addr, b, word, &e->unread, e->arena)) {
		/* A frame pointer of 0 is the end of a chain. */
		if (e->by_pointer && addr < e->u->as->page)
			e->unread = NULL;
		return false;
	}
	*result = word == 8 ? le64_at(b) : le32_at(b);
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	struct engine *e = arg;
	Dwarf_Word regs[ARRAY_LEN(e->thread->regs)];

	for (unsigned i = 0; i < e->u->machine->dwarf; i++)
		regs[i] = e->thread->regs[i];
	if (!dwfl_thread_state_registers(thread, 0, e->u->machine->dwarf, regs))
		return false;
	dwfl_thread_state_register_pc(thread, e->thread->pc);
	return true;
}

static const Dwfl_Callbacks file_callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = find_debuginfo,
	.section_address = section_address,
};

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.memory_read = memory_read,
	.set_initial_registers = set_registers,
};

/* ---- frames ---- */

/* True if unwind data say how to leave the function at `pc`. */
static bool has_cfi(Dwfl_Module *mod, Dwarf_Addr pc)
{
	Dwarf_CFI *(*const kinds[])(Dwfl_Module *, Dwarf_Addr *) = { dwfl_module_eh_cfi,
								     dwfl_module_dwarf_cfi };

	for (size_t i = 0; mod && i < ARRAY_LEN(kinds); i++) {
		Dwarf_Addr bias;
		Dwarf_CFI *cfi = kinds[i](mod, &bias);
		Dwarf_Frame *frame;

		if (!cfi || dwarf_cfi_addrframe(cfi, pc - bias, &frame))
			continue;
		free(frame);
		return true;
	}
	return false;
}

static void name_symbol(struct engine *e, struct unwind_frame *f, Dwfl_Module *mod, Dwarf_Addr at)
{
	GElf_Off offset;
	GElf_Sym sym;
	const char *name = dwfl_module_addrinfo(mod, at, &offset, &sym, NULL, NULL, NULL);

	if (!name || !*name)
		return;
	f->symbol = text_clean_str(name, e->arena);
	f->offset = offset + (f->pc - at);
}

/* Anonymous memory has no name. */
static const char *region_name(const struct region *r)
{
	return *r->name ? r->name : r->kind;
}

/* A return address belongs to the call before it: `at` is in that. */
static void name_frame(struct engine *e, struct unwind_frame *f, Dwarf_Addr at)
{
	struct module *m = unwind_module_at(e->u, at);
	const struct region *r = aspace_region(e->u->as, at);

	if (m) {
		unwind_name_module(e->u, m);
		f->module = m->name;
		f->path = m->path;
		f->module_offset = f->pc - m->start;
		if (unwind_module_source(e->u, m))
			name_symbol(e, f, dwfl_addrmodule(e->dwfl, at), at);
		f->note = m->note;
	} else if (r) {
		f->module = region_name(r);
		f->path = r->file;
		f->module_offset = f->pc - r->start + (r->file ? r->pgoff : 0);
	}
}

static int stop(struct engine *e, const char *why)
{
	e->trace->stopped = why;
	return DWARF_CB_ABORT;
}

/* What was not so of a frame that is to follow; NULL: it may. */
static const char *suspect(const struct engine *e, const struct unwind_frame *f, Dwarf_Addr at)
{
	const struct unwind_frame *last = &e->frames[e->trace->count - 1];
	const struct region *r = aspace_region(e->u->as, at);

	if (!r || !(r->flags & REGION_EXEC))
		return arena_printf(e->arena, "the next return address, 0x%" PRIx64 ", is %s",
				    f->pc, r ? "in no code" : "in no memory");
	if (f->sp && last->sp && (f->sp < last->sp || (f->sp == last->sp && f->pc == last->pc)))
		return "the next frame is not further up the stack";
	return NULL;
}

/* Without unwind data libdw takes the link register for the second frame, which the innermost
 * function may also have saved where the third is looked for. */
static bool comes_twice(const struct engine *e, Dwarf_Addr pc)
{
	return e->u->machine->links && e->trace->count == 2 && e->by_pointer &&
	       e->frames[1].pc == pc && e->frames[1].by_pointer;
}

static int take_frame(Dwfl_Frame *state, void *arg)
{
	struct engine *e = arg;
	struct unwind_frame f = { 0 };
	Dwarf_Addr pc, at;
	Dwarf_Word sp;
	bool exact;

	if (e->job && atomic_load(&e->job->cancel))
		return DWARF_CB_ABORT;
	/* The next step looks at the next frame already, for `exact`. */
	e->unread_before = e->unread;
	e->unread = NULL;
	if (!dwfl_frame_pc(state, &pc, &exact))
		return stop(e, "the program counter is not known");
	at = exact || !pc ? pc : pc - 1;
	f.pc = pc;
	/* Made of a frame pointer of 0 it is no stack pointer. */
	if (!dwfl_frame_reg(state, e->u->machine->sp, &sp) && sp >= e->u->as->page)
		f.sp = sp;
	if (e->trace->count) {
		const char *why = suspect(e, &f, at);

		if (why)
			return stop(e, why);
	}
	if (comes_twice(e, pc))
		return DWARF_CB_OK;
	if (e->trace->count == UNWIND_FRAMES)
		return stop(e, "so many frames are enough");
	name_frame(e, &f, at);
	f.by_pointer = e->by_pointer;
	e->frames[e->trace->count++] = f;
	e->by_pointer = !has_cfi(dwfl_addrmodule(e->dwfl, at), at);
	return DWARF_CB_OK;
}

/* ---- the end ---- */

static const char *no_data(struct engine *e, uint64_t pc)
{
	struct module *m = unwind_module_at(e->u, pc);
	const struct region *r = aspace_region(e->u->as, pc);

	if (m)
		unwind_name_module(e->u, m);
	if (m && !unwind_module_source(e->u, m))
		return arena_printf(e->arena, "no unwind data of %s: %s",
				    m->path ? m->path : m->name, m->why);
	if (m)
		return arena_printf(e->arena, "%s has no unwind data for this place", m->name);
	if (r)
		return arena_printf(e->arena, "%s is no program's file: no unwind data",
				    region_name(r));
	return "the program counter is in no memory";
}

/* What libdw did not say: it stopped for want of unwind data, and what came of the frame pointer.
 */
static void say_pointer(struct engine *e)
{
	struct unwind_trace *t = e->trace;
	const char *unread = e->unread ? e->unread : e->unread_before;
	const char *why = t->stopped ? t->stopped
			  : unread   ? unread
				     : "it leads no further up the stack";

	t->reasons[0] = no_data(e, e->frames[t->count - 1].pc - (t->count > 1));
	t->reasons[1] = arena_printf(e->arena, "by frame pointer: %s", why);
	t->stopped = arena_printf(e->arena, "%s; %s", t->reasons[0], t->reasons[1]);
}

static void say_end(struct engine *e, int status)
{
	struct unwind_trace *t = e->trace;

	if (e->job && atomic_load(&e->job->cancel)) {
		t->stopped = "stopped";
	} else if (e->by_pointer && t->count) {
		say_pointer(e);
	} else if (!t->stopped && e->unread) {
		t->stopped = e->unread;
	} else if (!t->stopped && !status) {
		t->stopped = "end of the stack";
		t->whole = true;
	} else if (!t->stopped) {
		t->stopped = text_clean_str(dwfl_errmsg(-1), e->arena);
	}
	if (!t->reasons[0])
		t->reasons[0] = t->stopped;
}

void unwind_engine_run(struct unwind *u, size_t thread, struct unwind_trace *t, struct job *job,
		       struct arena *a)
{
	struct engine *e = u->engine;
	int status;

	e->thread = &u->threads[thread];
	e->trace = t;
	e->arena = a;
	e->job = job;
	e->unread = e->unread_before = NULL;
	e->by_pointer = false;
	status = dwfl_getthread_frames(e->dwfl, 1, take_frame, e);
	say_end(e, status);
	t->frames = arena_dup(a, e->frames, t->count * sizeof(*e->frames));
}

/* ---- setting up ---- */

/* The header of an ELF file of the machine, which is all that libdw wants to see of it. */
static Elf *make_machine(struct engine *e)
{
	const struct machine *m = e->u->machine;

	memcpy(e->head, "\177ELF", 4);
	e->head[4] = m->word == 8 ? 2 : 1;
	e->head[5] = e->head[6] = 1;
	e->head[16] = 4; /* ET_CORE */
	e->head[18] = (uint8_t)m->machine;
	e->head[20] = 1;
	e->head[m->word == 8 ? 52 : 40] = m->word == 8 ? 64 : 52;
	return elf_memory((char *)e->head, m->word == 8 ? 64 : 52);
}

static bool report(struct engine *e)
{
	dwfl_report_begin(e->dwfl);
	for (size_t i = 0; i < e->u->module_count; i++) {
		struct module *m = &e->u->modules[i];
		Dwfl_Module *mod;
		void **userdata;

		if (i >= MODULES_MOST) {
			m->looked = true;
			m->why = "too many files are mapped";
			continue;
		}
		mod = dwfl_report_module(e->dwfl, "", m->start, m->end);
		if (!mod)
			return false;
		dwfl_module_info(mod, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
		m->engine = e;
		*userdata = m;
	}
	return !dwfl_report_end(e->dwfl, NULL, NULL);
}

bool unwind_built(void)
{
	return true;
}

struct err *unwind_engine_open(struct unwind *u)
{
	struct engine *e = calloc(1, sizeof(*e));

	u->engine = e;
	if (!e)
		return err_new(ERR_LIMIT, "no memory for a back-trace");
	e->u = u;
	elf_version(EV_CURRENT);
	e->machine = make_machine(e);
	e->dwfl = e->machine ? dwfl_begin(&file_callbacks) : NULL;
	if (!e->dwfl || !report(e) ||
	    !dwfl_attach_state(e->dwfl, e->machine, 1, &thread_callbacks, e))
		return err_new(ERR_IO, "libdw cannot begin: %s", dwfl_errmsg(-1));
	return NULL;
}

void unwind_engine_close(struct unwind *u)
{
	struct engine *e = u->engine;

	if (!e)
		return;
	if (e->dwfl)
		dwfl_end(e->dwfl);
	elf_end(e->machine);
	free(e);
}

#else

bool unwind_built(void)
{
	return false;
}

struct err *unwind_engine_open(struct unwind *u)
{
	(void)u;
	return NULL;
}

void unwind_engine_close(struct unwind *u)
{
	(void)u;
}

void unwind_engine_run(struct unwind *u, size_t thread, struct unwind_trace *t, struct job *job,
		       struct arena *a)
{
	(void)u;
	(void)thread;
	(void)t;
	(void)job;
	(void)a;
}

#endif
