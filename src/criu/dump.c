/* A process as the notes of an ELF core, in the kernel's order:
 *
 *	NT_PRSTATUS of the leader
 *	NT_PRPSINFO, NT_SIGINFO, NT_AUXV, NT_FILE
 *	NT_FPREGSET and the like of the leader
 *	NT_PRSTATUS, NT_FPREGSET and the like of each other thread
 *
 * What no image says is 0: times, above all. Of a pre-dump there are no threads at all. */
#include "criu/dump.h"

#include <inttypes.h>
#include <string.h>

#include "criu/image.h"

enum {
	NT_PRPSINFO = 3,
	NT_AUXV = 6,
	NT_SIGINFO = 0x53494749,
	NT_FILE = 0x46494c45,
	FILE_REG = 1,
	PATH_MOST = 4096,      /* bytes of a path: the kernel has no longer ones */
	FILES_MOST = 16 << 20, /* of NT_FILE: the kernel itself stops at four million */
};

/* The notes under construction. */
struct notes {
	struct arena *arena;
	struct process *process;
	const struct dump_abi *abi;
	const struct aspace *space;
	struct dump_note *at;
	size_t count;
	size_t bare; /* threads without registers */
	struct dump_file *files;
	size_t file_count;
	struct dump_name *names;
	size_t name_count;
};

static void add(struct notes *n, uint32_t type, struct bytes desc)
{
	n->at[n->count++] = (struct dump_note){ "CORE", type, desc };
}

/* ---- the process ---- */

/* Its arguments as ps shows them, from where they lie in its memory. */
static struct bytes arguments(const struct notes *n, struct bytes mm)
{
	enum { MOST = 79 };
	uint8_t *text = arena_alloc(n->arena, MOST + 1);
	uint64_t start = uint_of(mm, 8), end = uint_of(mm, 9);
	size_t len = end <= start ? 0 : end - start < MOST ? end - start : MOST;

	aspace_read(n->space, start, text, len, NULL);
	for (size_t i = 0; i + 1 < len; i++)
		if (!text[i])
			text[i] = ' ';
	return (struct bytes){ text, len };
}

static struct bytes credentials(struct process *p, struct bytes thread)
{
	struct bytes creds = { NULL, 0 };

	/* Before v2.0 they had an image of their own. */
	if (!wire_bytes(thread, 10, &creds))
		image_first(set_image(p->set, "CREDS", p->pid), &creds);
	return creds;
}

/* elf_prpsinfo: of 64 bits 136 bytes, of 32 with 16-bit ids 124. */
static void add_psinfo(struct notes *n, const struct dump_thread *t, struct bytes mm)
{
	enum { STATE_RUNNING = 0, STATE_STOPPED = 3 };
	struct pack p = pack_of(n->arena, n->abi->wide ? 136 : 124);
	bool stopped = dump_stopped_by(n->process);
	struct bytes creds = credentials(n->process, t->thread);
	struct bytes comm = n->process->raw_comm;
	int64_t nice = 0;

	p.wide = n->abi->wide;
	wire_sint(t->thread, 3, &nice);
	pack_u8(&p, stopped ? STATE_STOPPED : STATE_RUNNING);
	pack_u8(&p, stopped ? 'T' : 'R');
	pack_u8(&p, 0);
	pack_u8(&p, (uint8_t)nice);
	if (p.wide)
		pack_u32(&p, 0);
	pack_word(&p, uint_of(t->tc, 4));
	for (uint32_t field = 1; field <= 2; field++) {
		if (p.wide)
			pack_u32(&p, (uint32_t)uint_of(creds, field));
		else
			pack_u16(&p, (uint16_t)uint_of(creds, field));
	}
	pack_u32(&p, n->process->pid);
	pack_u32(&p, n->process->ppid);
	pack_u32(&p, n->process->pgid);
	pack_u32(&p, n->process->sid);
	if (comm.len > 15)
		comm.len = 15;
	pack_field(&p, comm, 16);
	pack_field(&p, arguments(n, mm), 80);
	add(n, NT_PRPSINFO, pack_bytes(&p));
}

/* What stopped it, or the first signal that waits. Nothing else is known of a live task. */
static void add_siginfo(struct notes *n, const struct dump_thread *t)
{
	enum { SIZE = 128 };
	struct pack p = pack_of(n->arena, SIZE);
	uint32_t signal = dump_stopped_by(n->process);
	struct bytes queued;

	if (signal)
		pack_u32(&p, signal);
	else if (dump_queued(t, &queued))
		pack_field(&p, queued, SIZE);
	else
		return;
	pack_to(&p, SIZE);
	add(n, NT_SIGINFO, pack_bytes(&p));
}

/* Up to AT_NULL and with it. Of 32-bit tasks an element is a pair, which comes to the same bytes.
 */
static void add_auxv(struct notes *n, struct bytes mm)
{
	enum { MOST = 1024, FIELD = 13 };
	uint64_t v[MOST];
	size_t count = wire_uints(mm, FIELD, v, MOST), pair = n->abi->wide ? 2 : 1;
	struct pack p;

	count = count < MOST ? count : MOST;
	p = pack_of(n->arena, count * 8);
	for (size_t i = 0; i + pair <= count; i += pair) {
		pack_u64(&p, v[i]);
		if (pair == 2)
			pack_u64(&p, v[i + 1]);
		if (!(pair == 2 ? v[i] : (uint32_t)v[i]))
			break;
	}
	if (p.len)
		add(n, NT_AUXV, pack_bytes(&p));
}

/* Words as they were made of the id's bytes, the first one's the lowest. Since v3.15. */
static struct bytes build_id_of(struct notes *n, struct bytes file)
{
	enum { MOST = 16, FIELD = 11 };
	uint64_t v[MOST];
	size_t count = wire_uints(file, FIELD, v, MOST);
	struct pack p;

	if (!count || count > MOST)
		return (struct bytes){ NULL, 0 };
	p = pack_of(n->arena, count * 4);
	for (size_t i = 0; i < count; i++)
		pack_u32(&p, (uint32_t)v[i]);
	return pack_bytes(&p);
}

/* The path of a mapped file as the kernel has it, uncleaned; empty: none. And its build-id. */
static struct bytes mapped_path(struct notes *n, const struct region *r, struct bytes *build_id)
{
	static const struct bytes none = { NULL, 0 };
	struct image *im = r->node.item->data;
	const struct record *rec = index_at(r->node.item->list, r->node.at);
	struct bytes file, name, remap;
	const uint8_t *zero;
	uint32_t id;

	if (!rec)
		return none;
	id = (uint32_t)uint_of(image_message(im, rec), 4);
	if (!file_message(n->process->set, FILE_REG, id, &file) || !wire_bytes(file, 6, &name) ||
	    !name.len)
		return none;
	zero = memchr(name.at, 0, name.len);
	if (zero)
		name.len = (size_t)(zero - name.at);
	if (name.len > PATH_MOST)
		name.len = PATH_MOST;
	*build_id = build_id_of(n, file);
	if (!file_remap(n->process->set, id, &remap))
		return name;
	return bytes_of(
		arena_printf(n->arena, "%.*s (deleted)", (int)name.len, (const char *)name.at));
}

/* count, page size; start, end, offset in pages of each; then the paths. Of more than a core may
 * hold the first. */
static void add_files(struct notes *n)
{
	const struct aspace *as = n->space;
	struct bytes *paths = arena_array(n->arena, as->region_count + 1, sizeof(*paths));
	size_t word = n->abi->wide ? 8 : 4, size = 2 * word, count = 0;
	struct pack p;

	n->files = arena_array(n->arena, as->region_count + 1, sizeof(*n->files));
	for (size_t i = 0; i < as->region_count && size < FILES_MOST; i++) {
		const struct region *r = &as->regions[i];
		struct bytes id = { NULL, 0 };

		if (r->file)
			paths[i] = mapped_path(n, r, &id);
		if (!paths[i].len)
			continue;
		n->files[n->file_count++] =
			(struct dump_file){ r->start, r->end, r->pgoff, paths[i], id };
		count++;
		size += 3 * word + paths[i].len + 1;
	}
	if (!count)
		return;
	p = pack_of(n->arena, size);
	p.wide = n->abi->wide;
	pack_word(&p, count);
	pack_word(&p, as->page);
	for (size_t i = 0; i < as->region_count; i++) {
		if (!paths[i].len)
			continue;
		pack_word(&p, as->regions[i].start);
		pack_word(&p, as->regions[i].end);
		pack_word(&p, as->regions[i].pgoff / as->page);
	}
	for (size_t i = 0; i < as->region_count; i++)
		if (paths[i].len)
			pack_field(&p, paths[i], paths[i].len + 1);
	add(n, NT_FILE, pack_bytes(&p));
}

static void add_process(struct notes *n, const struct dump_thread *leader)
{
	struct bytes mm = { NULL, 0 };

	if (n->process->mm)
		image_first(n->process->mm, &mm);
	add_psinfo(n, leader, mm);
	add_siginfo(n, leader);
	add_auxv(n, mm);
	add_files(n);
}

/* ---- threads ---- */

static bool core_of(struct process *p, uint32_t tid, struct bytes *core)
{
	*core = (struct bytes){ NULL, 0 };
	return image_first(set_image(p->set, "CORE", tid), core);
}

/* Its own name; before v3.0 only the leader has one. */
static void add_name(struct notes *n, const struct dump_thread *t)
{
	struct bytes comm;

	if (!wire_bytes(t->thread, 13, &comm) && !wire_bytes(t->tc, 6, &comm))
		return;
	n->names[n->name_count++] = (struct dump_name){ t->tid, text_clean(comm, n->arena) };
}

/* The process's own notes stand between the leader's first and its others. */
static void add_leader(struct notes *n, struct bytes core)
{
	struct dump_thread t = dump_thread_of(n->abi, n->process, n->process->pid, core);
	struct dump_note own[1 + DUMP_EXTRA];
	size_t count = 0;

	add_name(n, &t);
	if (dump_has_registers(&t)) {
		count = dump_thread_notes(n->abi, &t, own, n->arena);
		n->at[n->count++] = own[0];
	} else {
		n->bare++;
	}
	add_process(n, &t);
	for (size_t i = 1; i < count; i++)
		n->at[n->count++] = own[i];
}

static void add_thread(struct notes *n, uint32_t tid)
{
	struct dump_thread t;
	struct bytes core;

	if (tid == n->process->pid)
		return;
	core_of(n->process, tid, &core);
	t = dump_thread_of(n->abi, n->process, tid, core);
	add_name(n, &t);
	if (dump_has_registers(&t))
		n->count += dump_thread_notes(n->abi, &t, n->at + n->count, n->arena);
	else
		n->bare++;
}

static const char *what_lacks(const struct notes *n)
{
	if (n->process->set->pre_dump)
		return "a pre-dump has no registers";
	if (!n->bare)
		return NULL;
	return arena_printf(n->arena, "%zu of %zu threads have no registers in these images",
			    n->bare, n->process->thread_count);
}

static struct dump *make_dump(const struct aspace *as, struct process *p,
			      const struct dump_abi *abi, struct bytes core, struct arena *a)
{
	enum { OF_PROCESS = 4 };
	/* Each thread's core is an image; a list that repeats them makes the core no longer. */
	size_t threads =
		p->thread_count < p->set->image_count ? p->thread_count : p->set->image_count;
	struct notes n = { .arena = a, .process = p, .abi = abi, .space = as };
	struct dump *d = ARENA_NEW(a, struct dump);

	n.at = arena_array(a, OF_PROCESS + (threads + 1) * (1 + DUMP_EXTRA), sizeof(*n.at));
	n.names = arena_array(a, threads + 1, sizeof(*n.names));
	add_leader(&n, core);
	for (size_t i = 0; i < threads; i++)
		add_thread(&n, p->threads[i]);
	*d = (struct dump){ .machine = abi->machine,
			    .wide = abi->wide,
			    .notes = n.at,
			    .note_count = n.count,
			    .space = (struct aspace *)(uintptr_t)as,
			    .files = n.files,
			    .file_count = n.file_count,
			    .names = n.names,
			    .name_count = n.name_count,
			    .lacks = what_lacks(&n) };
	return d;
}

const struct dump *set_dump(const struct aspace *as, const char *form, struct arena *a,
			    const char **why)
{
	struct process *p = as->item ? as->item->data : NULL;
	const struct dump_abi *abi;
	struct bytes core;

	if (strcmp(form, "elf-core") != 0 || as->kind != ASPACE_PROCESS || !p) {
		*why = "that is a form for guests";
		return NULL;
	}
	core_of(p, p->pid, &core);
	abi = dump_abi_of(p->set->march, core);
	if (!abi) {
		*why = "only of x86-64, i386 and AArch64 processes are the layouts of a core known";
		return NULL;
	}
	return make_dump(as, p, abi, core, a);
}
