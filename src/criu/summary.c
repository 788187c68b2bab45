/* Summary lines: a function for each message worth one, found by the message's name. What the
 * descriptor files of files.img say is in files.c. */
#include "criu/summary.h"

#include <ctype.h>
#include <string.h>

#include "criu/image.h"
#include "criu/names.h"
#include "criu/set.h"

/* A line in the making. */
struct line {
	struct image *im;
	struct criu_set *set;
	const struct record *record; /* NULL: a part, or a message inside another */
	struct bytes msg;
	struct strbuf s;
};

static uint64_t number(const struct line *y, uint32_t field)
{
	return uint_of(y->msg, field);
}

static int64_t signed_number(const struct line *y, uint32_t field)
{
	int64_t v = 0;

	wire_int(y->msg, field, &v);
	return v;
}

static struct bytes inner(struct bytes msg, uint32_t field)
{
	struct bytes b = { NULL, 0 };

	wire_bytes(msg, field, &b);
	return b;
}

static void add_text(struct line *y, struct bytes msg, uint32_t field)
{
	strbuf_clean(&y->s, inner(msg, field));
}

/* A number's name, or the number. */
static void add_named(struct line *y, const char *group, uint64_t v, const char *prefix)
{
	const char *name = named(y->set, group, v);
	size_t skip = strlen(prefix);

	if (!name)
		strbuf_addf(&y->s, "%llu", (unsigned long long)v);
	else
		strbuf_add(&y->s, strncmp(name, prefix, skip) ? name : name + skip);
}

/* The same by what the schema says of a field. */
static void add_value(struct line *y, const char *message, const char *field, uint64_t v)
{
	const char *name = named_value(y->set, message, field, v);

	if (name)
		strbuf_add(&y->s, name);
	else
		strbuf_addf(&y->s, "%llu", (unsigned long long)v);
}

/* A name from a schema in small letters; "?" for none. */
static void add_small(struct line *y, const char *name)
{
	for (name = name ? name : "?"; *name; name++) {
		char c = (char)tolower((unsigned char)*name);

		strbuf_addn(&y->s, &c, 1);
	}
}

static void add_count(struct line *y, uint64_t n, const char *one, const char *many)
{
	strbuf_addf(&y->s, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

static void add_size(struct line *y, uint64_t bytes)
{
	strbuf_add(&y->s, text_size(bytes, y->s.arena));
}

static uint64_t count_parts(struct bytes msg, uint32_t field)
{
	uint64_t n = 0;

	for (struct parts p = parts_of(msg, field); parts_next(&p);)
		n++;
	return n;
}

static struct value_env env_of(const struct line *y)
{
	return y->im->env;
}

/* ---- memory ---- */

enum {
	STATUS_STACK = 0x2,
	STATUS_VSYSCALL = 0x4,
	STATUS_VDSO = 0x8,
	STATUS_HEAP = 0x20,
	STATUS_FILE = 0x40 | 0x80,
	STATUS_ANON_SHARED = 0x100,
	STATUS_SYSVIPC = 0x400,
	STATUS_SOCKET = 0x800,
	STATUS_VVAR = 0x1000,
	STATUS_AIORING = 0x2000,
	STATUS_MEMFD = 0x4000,
	STATUS_SHSTK = 0x8000,
	STATUS_GUARD = 0x10000,
	STATUS_PLUGIN = 0x8000000,
};

/* First match wins: what a mapping is for comes before what it is made of. */
static const struct vma_sort {
	uint32_t status; /* all of these bits, or with STATUS_FILE any */
	const char *kind, *name;
} vma_sorts[] = {
	{ STATUS_GUARD, "guard", "[guard]" },
	{ STATUS_VSYSCALL, "vsyscall", "[vsyscall]" },
	{ STATUS_VDSO, "vdso", "[vdso]" },
	{ STATUS_VVAR, "vvar", "[vvar]" },
	{ STATUS_HEAP, "heap", "[heap]" },
	{ STATUS_STACK, "stack", "[stack]" },
	{ STATUS_AIORING, "aio", "/[aio] (deleted)" },
	{ STATUS_PLUGIN, "plugin", NULL },
	{ STATUS_SOCKET, "socket", NULL },
	{ STATUS_MEMFD, "memfd", NULL },
	{ STATUS_FILE, "file", NULL },
	{ STATUS_SYSVIPC | STATUS_ANON_SHARED, "sysv", NULL },
	{ STATUS_ANON_SHARED, "shmem", "/dev/zero (deleted)" },
	{ STATUS_SHSTK, "shadow stack", "" },
};

static const struct vma_sort stack_sort = { 0, "stack", "[stack]" };

/* The first of a field's values: those of an mm_entry that are asked for here come before its VMAs,
 * so that a listing of all does not read all each time. */
static uint64_t early(struct bytes msg, uint32_t field)
{
	struct cursor c = cursor_over(msg, 0);
	struct wire w;

	while (wire_next(&c, &w) && w.number <= field)
		if (w.number == field)
			return w.value;
	return 0;
}

/* The initial stack is no special area to CRIU: it is where the mm says it starts. */
static bool is_stack(struct image *im, struct bytes vma)
{
	const struct process *p = image_process(im);
	struct image *mm = image_is(im, "MM") || !p ? im : p->mm;
	struct bytes msg;
	uint64_t at;

	if (!mm || !image_is(mm, "MM") || !image_first(mm, &msg))
		return false;
	at = early(msg, 5);
	return at >= uint_of(vma, 1) && at < uint_of(vma, 2);
}

static const struct vma_sort *vma_sort(struct image *im, struct bytes vma)
{
	uint64_t status = uint_of(vma, 7);

	for (size_t i = 0; i < ARRAY_LEN(vma_sorts); i++) {
		uint32_t want = vma_sorts[i].status;

		if (want == STATUS_FILE ? status & want : (status & want) == want)
			return &vma_sorts[i];
	}
	return is_stack(im, vma) ? &stack_sort : NULL;
}

const char *vma_kind(struct image *im, struct bytes vma)
{
	const struct vma_sort *sort = vma_sort(im, vma);

	return sort ? sort->kind : "anon";
}

void vma_perms(struct bytes vma, char *out)
{
	uint64_t prot = uint_of(vma, 5);

	out[0] = prot & 1 ? 'r' : '-';
	out[1] = prot & 2 ? 'w' : '-';
	out[2] = prot & 4 ? 'x' : '-';
	out[3] = uint_of(vma, 6) & 1 ? 's' : 'p';
	out[4] = '\0';
}

/* "/SYSV00abcdef (deleted)": the key is known if the segment's namespace is in the set. */
static const char *sysv_name(struct criu_set *set, uint64_t id, struct arena *a)
{
	for (struct image *im = set_image_first(set, "IPCNS_SHM"); im; im = im->next_same)
		for (struct walk w = walk_over(im); walk_next(&w);) {
			struct bytes desc = inner(w.msg, 1);

			if (uint_of(desc, 7) == id)
				return arena_printf(a, "/SYSV%08x (deleted)",
						    (unsigned)uint_of(desc, 1));
		}
	return arena_printf(a, "SysV shared memory %llu", (unsigned long long)id);
}

const char *vma_name(struct image *im, struct bytes vma, struct arena *a)
{
	const struct vma_sort *sort = vma_sort(im, vma);
	struct criu_set *set = im->set;
	uint32_t id = (uint32_t)uint_of(vma, 4);

	if (!sort)
		return "";
	if (sort->name)
		return sort->name;
	switch (sort->status) {
	case STATUS_PLUGIN:
		return file_summary(set, 16, id, a);
	case STATUS_SOCKET:
		return file_summary(set, 10, id, a);
	case STATUS_MEMFD:
		return file_summary(set, 18, id, a);
	case STATUS_FILE:
		return file_summary(set, 1, id, a);
	default:
		return sysv_name(set, id, a);
	}
}

/* "rw-p  132K [heap]" */
static void say_vma(struct line *y)
{
	uint64_t start = number(y, 1), end = number(y, 2);
	char perms[5];
	const char *name = vma_name(y->im, y->msg, y->s.arena);

	vma_perms(y->msg, perms);
	strbuf_addf(&y->s, "%s ", perms);
	if (end >= start)
		strbuf_addf(&y->s, "%6s", text_size(end - start, y->s.arena));
	else
		strbuf_add(&y->s, "ends before it starts");
	strbuf_addf(&y->s, " %s", *name ? name : "anon");
}

static void say_pagemap(struct line *y)
{
	struct page_run run = page_run_of(y->msg);

	strbuf_addf(&y->s, "0x%llx ", (unsigned long long)run.vaddr);
	add_count(y, run.pages, "page", "pages");
	strbuf_add(&y->s, run.flags & PE_PRESENT ? " present" : "");
	strbuf_add(&y->s, run.flags & PE_PARENT ? " in parent" : "");
	if (run.flags & PE_LAZY)
		strbuf_add(&y->s, run.flags & PE_PRESENT ? ", lazy" : " lazy, not here");
}

static void say_pagemap_head(struct line *y)
{
	strbuf_addf(&y->s, "pages-%llu.img", (unsigned long long)number(y, 1));
}

static void say_mm(struct line *y)
{
	add_count(y, count_parts(y->msg, 14), "VMA", "VMA");
	strbuf_addf(&y->s, "  %s", file_summary(y->set, 1, (uint32_t)number(y, 12), y->s.arena));
}

static void say_aio(struct line *y)
{
	strbuf_addf(&y->s, "aio ring at 0x%llx, %llu requests", (unsigned long long)number(y, 1),
		    (unsigned long long)number(y, 2));
}

/* "cryo-memfd 20.0K", and how it may no longer change */
static void say_memfd_inode(struct line *y)
{
	const struct value_name *seals = names_group("memfd.seals");

	add_text(y, y->msg, 1);
	strbuf_add(&y->s, " ");
	add_size(y, number(y, 4));
	if (number(y, 6) && seals)
		strbuf_addf(&y->s, " %s",
			    value_flags(seals, number(y, 6), env_of(y), "|", y->s.arena));
}

/* ---- processes ---- */

static void say_pstree(struct line *y)
{
	struct process *p = set_process(y->set, (uint32_t)number(y, 1));

	strbuf_addf(&y->s, "pid %llu", (unsigned long long)number(y, 1));
	if (p)
		strbuf_addf(&y->s, " %s", process_name(p));
	strbuf_addf(&y->s, ", parent %llu", (unsigned long long)number(y, 2));
	if (p && p->thread_count > 1) {
		strbuf_add(&y->s, ", ");
		add_count(y, p->thread_count, "thread", "threads");
	}
	if (p && p->state == 2)
		strbuf_add(&y->s, ", dead");
}

static void add_exit(struct line *y, uint64_t status)
{
	if (status & 0x7f)
		strbuf_addf(&y->s, " by %s", value_signal(status & 0x7f, env_of(y), y->s.arena));
	else
		strbuf_addf(&y->s, " with %llu", (unsigned long long)(status >> 8 & 0xff));
}

/* The leader's core says what became of the process; a thread's only its name. */
static void say_core(struct line *y)
{
	struct bytes tc = inner(y->msg, 3), thread = inner(y->msg, 5), comm;
	static const char *const states[] = { "", "alive", "dead", "stopped" };
	uint64_t state = uint_of(tc, 1);

	if (wire_bytes(thread, 13, &comm) || wire_bytes(tc, 6, &comm))
		strbuf_clean(&y->s, comm);
	if (tc.len)
		strbuf_addf(&y->s, ", %s", state < ARRAY_LEN(states) ? states[state] : "?");
	if (state == 2)
		add_exit(y, uint_of(tc, 2));
}

static void say_ids(struct line *y)
{
	strbuf_addf(&y->s, "files %llu", (unsigned long long)number(y, 2));
	for (int t = 0; t < NS_TYPES; t++) {
		uint64_t id = number(y, ns_kinds[t].field);

		if (id && id != y->set->root_ns[t])
			strbuf_addf(&y->s, ", %s %llu", ns_kinds[t].word, (unsigned long long)id);
	}
}

static void say_fs(struct line *y)
{
	uint64_t umask;

	strbuf_addf(&y->s, "cwd %s", file_summary(y->set, 1, (uint32_t)number(y, 1), y->s.arena));
	strbuf_addf(&y->s, ", root %s",
		    file_summary(y->set, 1, (uint32_t)number(y, 2), y->s.arena));
	if (wire_uint(y->msg, 3, &umask))
		strbuf_addf(&y->s, ", umask %04llo", (unsigned long long)umask);
}

static void say_creds(struct line *y)
{
	strbuf_addf(&y->s, "uid %llu gid %llu", (unsigned long long)number(y, 1),
		    (unsigned long long)number(y, 2));
	if (number(y, 3) != number(y, 1))
		strbuf_addf(&y->s, " euid %llu", (unsigned long long)number(y, 3));
	if (inner(y->msg, 15).len) {
		strbuf_add(&y->s, " ");
		add_text(y, y->msg, 15);
	}
}

/* Handlers are stored for all signals but SIGKILL and SIGSTOP. */
static uint64_t signal_of_row(uint64_t row)
{
	return row < 8 ? row + 1 : row < 17 ? row + 2 : row + 3;
}

static uint64_t row_of(const struct line *y)
{
	return y->record && y->im->item->list ? index_find(y->im->item->list, y->record->offset)
					      : 0;
}

static void say_sigaction(struct line *y)
{
	uint64_t handler = number(y, 1);

	strbuf_addf(&y->s, "%s ", value_signal(signal_of_row(row_of(y)), env_of(y), y->s.arena));
	if (handler < 2)
		strbuf_add(&y->s, handler ? "ignored" : "default");
	else
		strbuf_addf(&y->s, "0x%llx", (unsigned long long)handler);
}

static void say_siginfo(struct line *y)
{
	struct bytes info = inner(y->msg, 1);

	if (info.len >= 12)
		strbuf_addf(&y->s, "%s code %d",
			    value_signal(le32_at(info.at), env_of(y), y->s.arena),
			    (int)le32_at(info.at + 8));
}

static void add_limit(struct line *y, uint64_t v)
{
	if (v == UINT64_MAX)
		strbuf_add(&y->s, "unlimited");
	else
		strbuf_addf(&y->s, "%llu", (unsigned long long)v);
}

static void say_rlimit(struct line *y)
{
	if (y->record) {
		add_named(y, "rlimit", row_of(y), "RLIMIT_");
		strbuf_add(&y->s, " ");
	}
	add_limit(y, number(y, 1));
	strbuf_add(&y->s, " of ");
	add_limit(y, number(y, 2));
}

static const char *time_text(struct line *y, uint32_t sec, uint32_t part, uint64_t unit)
{
	uint64_t ns, more;

	if (__builtin_mul_overflow(number(y, sec), UINT64_C(1000000000), &ns) ||
	    __builtin_mul_overflow(number(y, part), unit, &more) ||
	    __builtin_add_overflow(ns, more, &ns))
		return "ever";
	return value_span(ns, y->s.arena);
}

static void say_itimer(struct line *y)
{
	static const char *const names[] = { "real ", "virtual ", "prof " };
	uint64_t row = y->record ? row_of(y) : UINT64_MAX;

	strbuf_add(&y->s, row < ARRAY_LEN(names) ? names[row] : "");
	if (!number(y, 3) && !number(y, 4))
		strbuf_add(&y->s, "disarmed");
	else
		strbuf_addf(&y->s, "in %s", time_text(y, 3, 4, 1000));
	if (number(y, 1) || number(y, 2))
		strbuf_addf(&y->s, " every %s", time_text(y, 1, 2, 1000));
}

static void say_posix_timer(struct line *y)
{
	/* CPU clocks of a process or thread are negative numbers. */
	if (number(y, 2) >> 31)
		strbuf_addf(&y->s, "cpu clock %d", (int)(uint32_t)number(y, 2));
	else
		add_named(y, "timerfd.clock", number(y, 2), "CLOCK_");
	strbuf_addf(&y->s, " %s", value_signal(number(y, 3), env_of(y), y->s.arena));
	if (!number(y, 9) && !number(y, 10))
		strbuf_add(&y->s, " disarmed");
	else
		strbuf_addf(&y->s, " in %s", time_text(y, 9, 10, 1));
	if (number(y, 7) || number(y, 8))
		strbuf_addf(&y->s, " every %s", time_text(y, 7, 8, 1));
}

static void say_filter(struct line *y)
{
	uint64_t prev;

	add_count(y, inner(y->msg, 1).len / 8, "instruction", "instructions");
	if (wire_uint(y->msg, 2, &prev))
		strbuf_addf(&y->s, ", then filter %llu", (unsigned long long)prev);
}

static void say_seccomp(struct line *y)
{
	add_count(y, count_parts(y->msg, 1), "filter", "filters");
}

/* ---- files ---- */

static void say_fdinfo(struct line *y)
{
	strbuf_addf(
		&y->s, "%llu -> %s", (unsigned long long)number(y, 4),
		file_summary(y->set, (uint32_t)number(y, 3), (uint32_t)number(y, 1), y->s.arena));
	if (number(y, 2) & 1)
		strbuf_add(&y->s, "  close-on-exec");
}

static void say_file(struct line *y)
{
	uint32_t id, type;
	struct bytes msg;
	const char *name;

	type = file_entry_split(y->msg, &id, &msg);
	name = file_type_name(type);
	strbuf_addf(&y->s, "%s %u  %s", name ? name : "?", id,
		    file_text(y->set, type, id, msg, y->s.arena));
}

static void say_remap(struct line *y)
{
	static const char *const words[] = { "linked as", "ghost file", "process" };
	uint64_t type = number(y, 3), id = number(y, 2);
	const char *path = file_summary(y->set, 1, (uint32_t)number(y, 1), y->s.arena);

	strbuf_addf(&y->s, "%s: ", path);
	if (!type && !(id >> 31))
		strbuf_addf(&y->s, "linked as %s",
			    file_summary(y->set, 1, (uint32_t)id, y->s.arena));
	else
		strbuf_addf(&y->s, "%s %llx", type < 3 ? words[type ? type : 1] : "?",
			    (unsigned long long)(id & 0x7fffffff));
}

static void say_ghost(struct line *y)
{
	strbuf_addf(&y->s, "%s", value_mode((uint32_t)number(y, 3), y->s.arena));
	if (number(y, 10)) {
		strbuf_add(&y->s, " ");
		add_size(y, number(y, 10));
	}
	if (inner(y->msg, 11).len) {
		strbuf_add(&y->s, " -> ");
		add_text(y, y->msg, 11);
	}
}

static void say_chunk(struct line *y)
{
	add_count(y, number(y, 1), "byte", "bytes");
	strbuf_addf(&y->s, " at %llu", (unsigned long long)number(y, 2));
}

static void say_pipe_data(struct line *y)
{
	strbuf_addf(&y->s, "pipe:[%llu] ", (unsigned long long)number(y, 1));
	add_count(y, number(y, 2), "byte", "bytes");
	if (number(y, 3))
		strbuf_addf(&y->s, " of %llu", (unsigned long long)number(y, 3));
}

static void say_packet(struct line *y)
{
	uint64_t fds = 0;

	add_count(y, number(y, 2), "byte", "bytes");
	strbuf_addf(&y->s, " for %s", file_summary(y->set, 5, (uint32_t)number(y, 1), y->s.arena));
	for (struct parts p = parts_of(y->msg, 4); parts_next(&p);)
		fds += wire_uints(p.msg, 2, NULL, 0);
	if (fds) {
		strbuf_add(&y->s, ", with ");
		add_count(y, fds, "descriptor", "descriptors");
	}
}

static void say_tcp(struct line *y)
{
	strbuf_addf(&y->s, "%llu bytes in, %llu out", (unsigned long long)number(y, 1),
		    (unsigned long long)number(y, 3));
	if (number(y, 12))
		strbuf_addf(&y->s, " (%llu unsent)", (unsigned long long)number(y, 12));
	strbuf_addf(&y->s, ", mss %llu", (unsigned long long)number(y, 7));
}

static void say_tty_info(struct line *y)
{
	struct bytes pty, size;
	uint64_t id = number(y, 1);

	strbuf_addf(&y->s, "%llu: ", (unsigned long long)id);
	if (wire_bytes(y->msg, 12, &pty))
		strbuf_addf(&y->s, "pty %llu %s", (unsigned long long)uint_of(pty, 1),
			    id & 1 ? "master" : "slave");
	else
		add_value(y, "tty_info_entry", "type", number(y, 2));
	if (wire_bytes(y->msg, 11, &size))
		strbuf_addf(&y->s, " %llux%llu", (unsigned long long)uint_of(size, 2),
			    (unsigned long long)uint_of(size, 1));
	if (number(y, 6))
		strbuf_addf(&y->s, ", session %llu", (unsigned long long)number(y, 6));
}

static void say_tty_data(struct line *y)
{
	strbuf_addf(&y->s, "tty %llu: ", (unsigned long long)number(y, 1));
	add_count(y, inner(y->msg, 2).len, "byte", "bytes");
}

/* "FLOCK write, pid 7 fd 3, 0 to the end" */
static void say_lock(struct line *y)
{
	static const char *const types[] = { "read", "write", "unlock" };
	uint64_t type = number(y, 2);
	int64_t len = signed_number(y, 6);

	add_named(y, "lock.kind", number(y, 1), "FL_");
	strbuf_addf(&y->s, " %s", (type & 3) < 3 ? types[type & 3] : "?");
	if (type & 4)
		strbuf_add(&y->s, " (breaking)");
	strbuf_addf(&y->s, ", pid %lld fd %lld, %lld to ", (long long)signed_number(y, 3),
		    (long long)signed_number(y, 4), (long long)signed_number(y, 5));
	if (len)
		strbuf_addf(&y->s, "%llu", (unsigned long long)(number(y, 5) + (uint64_t)len - 1));
	else
		strbuf_add(&y->s, "the end");
}

static void say_irmap(struct line *y)
{
	strbuf_addf(&y->s, "inode %llu ", (unsigned long long)number(y, 2));
	add_text(y, y->msg, 3);
}

static void say_bpf_data(struct line *y)
{
	strbuf_addf(&y->s, "map %llu: ", (unsigned long long)number(y, 1));
	add_count(y, number(y, 4), "element", "elements");
}

static void say_tfd(struct line *y)
{
	strbuf_addf(&y->s, "fd %llu", (unsigned long long)number(y, 2));
}

static void say_watch(struct line *y)
{
	struct bytes fh = inner(y->msg, 7);

	strbuf_addf(&y->s, "watch %llu inode %llu ", (unsigned long long)number(y, 6),
		    (unsigned long long)number(y, 2));
	add_text(y, fh, 4);
}

static void say_mark(struct line *y)
{
	struct bytes inode = inner(y->msg, 7), mount = inner(y->msg, 8);

	if (inode.len) {
		strbuf_addf(&y->s, "inode %llu ", (unsigned long long)uint_of(inode, 1));
		add_text(y, inner(inode, 2), 4);
	} else {
		strbuf_addf(&y->s, "mount %llu ", (unsigned long long)uint_of(mount, 1));
		add_text(y, mount, 2);
	}
}

/* ---- namespaces ---- */

enum { MS_RDONLY_ = 1 };

/* "tmpfs on /dev ro, from none", as findmnt: the part of the source that is mounted in brackets. */
static void say_mount(struct line *y)
{
	struct bytes fsname = inner(y->msg, 14), source = inner(y->msg, 8), root = inner(y->msg, 6);

	if (fsname.len)
		strbuf_clean(&y->s, fsname);
	else
		add_small(y, named_value(y->set, "mnt_entry", "fstype", number(y, 1)));
	strbuf_add(&y->s, " on ");
	add_text(y, y->msg, 7);
	strbuf_add(&y->s, number(y, 5) & MS_RDONLY_ ? " ro" : " rw");
	if (source.len) {
		strbuf_add(&y->s, ", from ");
		strbuf_clean(&y->s, source);
	}
	if (root.len > 1) {
		strbuf_add(&y->s, "[");
		strbuf_clean(&y->s, root);
		strbuf_add(&y->s, "]");
	}
	if (number(y, 13))
		strbuf_add(&y->s, ", external");
	if (number(y, 16))
		strbuf_add(&y->s, ", deleted");
}

static void say_netdev(struct line *y)
{
	uint64_t flags = number(y, 4);

	strbuf_addf(&y->s, "%llu ", (unsigned long long)number(y, 2));
	add_text(y, y->msg, 5);
	strbuf_add(&y->s, " ");
	add_small(y, named_value(y->set, "net_device_entry", "type", number(y, 1)));
	strbuf_addf(&y->s, " %s mtu %llu", flags & 1 ? "up" : "down",
		    (unsigned long long)number(y, 3));
	if (inner(y->msg, 7).len == 6) {
		struct bytes mac = inner(y->msg, 7);

		strbuf_addf(&y->s, " %02x:%02x:%02x:%02x:%02x:%02x", mac.at[0], mac.at[1],
			    mac.at[2], mac.at[3], mac.at[4], mac.at[5]);
	}
}

static void say_netns(struct line *y)
{
	if (inner(y->msg, 8).len) {
		strbuf_add(&y->s, "external ");
		add_text(y, y->msg, 8);
	} else if (count_parts(y->msg, 7)) {
		strbuf_add(&y->s, "knows ");
		add_count(y, count_parts(y->msg, 7), "namespace", "namespaces");
	}
}

static void say_uts(struct line *y)
{
	add_text(y, y->msg, 1);
	if (inner(y->msg, 2).len) {
		strbuf_add(&y->s, " domain ");
		add_text(y, y->msg, 2);
	}
}

static void say_extent(struct line *y)
{
	strbuf_addf(&y->s, "%llu -> %llu, %llu ids", (unsigned long long)number(y, 1),
		    (unsigned long long)number(y, 2), (unsigned long long)number(y, 3));
}

static void say_userns(struct line *y)
{
	add_count(y, count_parts(y->msg, 1), "uid range", "uid ranges");
	strbuf_add(&y->s, ", ");
	add_count(y, count_parts(y->msg, 2), "gid range", "gid ranges");
}

static void say_timens(struct line *y)
{
	struct bytes t = inner(y->msg, 2);

	strbuf_addf(&y->s, "booted %llu.%09llu s before", (unsigned long long)uint_of(t, 1),
		    (unsigned long long)uint_of(t, 2));
}

static void say_pidns(struct line *y)
{
	strbuf_add(&y->s, "external ");
	add_text(y, y->msg, 1);
}

static void add_ipc(struct line *y)
{
	struct bytes desc = inner(y->msg, 1);

	strbuf_addf(&y->s, "id %llu key 0x%llx ", (unsigned long long)uint_of(desc, 7),
		    (unsigned long long)uint_of(desc, 1));
}

static void say_shm(struct line *y)
{
	add_ipc(y);
	add_size(y, number(y, 2));
}

static void say_sem(struct line *y)
{
	add_ipc(y);
	add_count(y, number(y, 2), "semaphore", "semaphores");
}

static void say_msg(struct line *y)
{
	add_ipc(y);
	add_count(y, number(y, 3), "message", "messages");
	strbuf_addf(&y->s, ", %llu bytes", (unsigned long long)number(y, 2));
}

/* "set 2: cpu:/a memory:/b" */
static void say_cgroup_set(struct line *y)
{
	strbuf_addf(&y->s, "set %llu:", (unsigned long long)number(y, 1));
	for (struct parts p = parts_of(y->msg, 2); parts_next(&p) && p.at < 16;) {
		strbuf_add(&y->s, " ");
		add_text(y, p.msg, 1);
		strbuf_add(&y->s, ":");
		add_text(y, p.msg, 2);
	}
}

static void say_controller(struct line *y)
{
	for (struct parts p = parts_of(y->msg, 1); parts_next(&p) && p.at < 16;) {
		strbuf_add(&y->s, p.at ? "," : "");
		strbuf_clean(&y->s, p.msg);
	}
	strbuf_add(&y->s, y->s.len ? " " : "unified ");
	add_count(y, count_parts(y->msg, 2), "directory", "directories");
}

static void say_cgroup(struct line *y)
{
	add_count(y, count_parts(y->msg, 1), "set", "sets");
	strbuf_add(&y->s, ", ");
	add_count(y, count_parts(y->msg, 2), "controller", "controllers");
}

/* ---- the rest ---- */

static void say_inventory(struct line *y)
{
	uint64_t version = number(y, 1), lsm = number(y, 6);

	if (version)
		strbuf_addf(&y->s, "images v1.%llu", (unsigned long long)(version - 1));
	else
		strbuf_add(&y->s, "pre-dump");
	if (lsm) {
		strbuf_add(&y->s, ", ");
		add_value(y, "inventory_entry", "lsmtype", lsm);
	}
	if (number(y, 8))
		strbuf_addf(&y->s, ", %.2f s after boot", (double)number(y, 8) / 1e6);
}

static void say_stats(struct line *y)
{
	struct bytes dump = inner(y->msg, 1), restore = inner(y->msg, 2);

	if (dump.len)
		strbuf_addf(&y->s, "dump: %llu pages written, frozen for %llu us",
			    (unsigned long long)uint_of(dump, 7),
			    (unsigned long long)uint_of(dump, 2));
	if (restore.len)
		strbuf_addf(&y->s, "restore: %llu pages in %llu us",
			    (unsigned long long)uint_of(restore, 5),
			    (unsigned long long)uint_of(restore, 4));
}

static void say_x86(struct line *y)
{
	add_text(y, y->msg, 7);
	strbuf_addf(&y->s, " family %llu model %llu", (unsigned long long)number(y, 2),
		    (unsigned long long)number(y, 3));
}

static void say_named_thing(struct line *y)
{
	add_text(y, y->msg, 1);
}

static void say_binfmt(struct line *y)
{
	add_text(y, y->msg, 1);
	strbuf_add(&y->s, " by ");
	add_text(y, y->msg, 3);
	strbuf_add(&y->s, number(y, 2) ? "" : ", off");
}

static void say_autofs(struct line *y)
{
	strbuf_addf(&y->s, "served by process group %lld", (long long)signed_number(y, 2));
}

static const struct summary_row {
	const char *type;
	void (*say)(struct line *);
} rows[] = {
	/* The long lists first. */
	{ "pagemap_entry", say_pagemap },
	{ "vma_entry", say_vma },
	{ "fdinfo_entry", say_fdinfo },
	{ "file_entry", say_file },
	{ "pagemap_head", say_pagemap_head },
	{ "mm_entry", say_mm },
	{ "aio_ring_entry", say_aio },
	{ "memfd_inode_entry", say_memfd_inode },
	{ "pstree_entry", say_pstree },
	{ "core_entry", say_core },
	{ "task_kobj_ids_entry", say_ids },
	{ "fs_entry", say_fs },
	{ "creds_entry", say_creds },
	{ "sa_entry", say_sigaction },
	{ "siginfo_entry", say_siginfo },
	{ "rlimit_entry", say_rlimit },
	{ "itimer_entry", say_itimer },
	{ "posix_timer_entry", say_posix_timer },
	{ "seccomp_filter", say_filter },
	{ "seccomp_entry", say_seccomp },
	{ "remap_file_path_entry", say_remap },
	{ "ghost_file_entry", say_ghost },
	{ "ghost_chunk_entry", say_chunk },
	{ "pipe_data_entry", say_pipe_data },
	{ "sk_packet_entry", say_packet },
	{ "tcp_stream_entry", say_tcp },
	{ "tty_info_entry", say_tty_info },
	{ "tty_data_entry", say_tty_data },
	{ "file_lock_entry", say_lock },
	{ "irmap_cache_entry", say_irmap },
	{ "bpfmap_data_entry", say_bpf_data },
	{ "eventpoll_tfd_entry", say_tfd },
	{ "inotify_wd_entry", say_watch },
	{ "fanotify_mark_entry", say_mark },
	{ "mnt_entry", say_mount },
	{ "net_device_entry", say_netdev },
	{ "netns_entry", say_netns },
	{ "utsns_entry", say_uts },
	{ "uid_gid_extent", say_extent },
	{ "userns_entry", say_userns },
	{ "timens_entry", say_timens },
	{ "pidns_entry", say_pidns },
	{ "ipc_shm_entry", say_shm },
	{ "ipc_sem_entry", say_sem },
	{ "ipc_msg_entry", say_msg },
	{ "cg_set_entry", say_cgroup_set },
	{ "cg_controller_entry", say_controller },
	{ "cgroup_entry", say_cgroup },
	{ "inventory_entry", say_inventory },
	{ "stats_entry", say_stats },
	{ "cpuinfo_x86_entry", say_x86 },
	{ "aa_namespace", say_named_thing },
	{ "aa_policy", say_named_thing },
	{ "binfmt_misc_entry", say_binfmt },
	{ "autofs_entry", say_autofs },
};

static const char *say(struct image *im, const struct message *type, const struct record *r,
		       struct bytes msg, struct arena *a)
{
	struct line y = { .im = im, .set = im->set, .record = r, .msg = msg };
	uint32_t file;

	if (!type)
		return "";
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!strcmp(rows[i].type, type->name)) {
			strbuf_init(&y.s, a);
			rows[i].say(&y);
			return y.s.text;
		}
	/* The per-type messages of files, in the images of their own that they once had. */
	file = im->kind && r ? file_type_of_kind(im->kind->name) : 0;
	return file ? file_text(im->set, file, (uint32_t)uint_of(msg, 1), msg, a) : "";
}

const char *summary_message(struct image *im, const struct message *type, struct bytes msg,
			    struct arena *a)
{
	return say(im, type, NULL, msg, a);
}

const char *summary_record(struct image *im, const struct record *r, struct bytes msg,
			   struct arena *a)
{
	return say(im, image_type(im, r), r, msg, a);
}

/* ---- whole images ---- */

/* What the rows of an image are called. */
static const struct {
	const char *kind, *one, *many;
} counted[] = {
	{ "PSTREE", "process", "processes" }, { "FDINFO", "fd", "fd" },
	{ "FILES", "file", "files" },         { "MNTS", "mount", "mounts" },
	{ "NETDEV", "device", "devices" },    { "VMAS", "VMA", "VMA" },
	{ "FILE_LOCKS", "lock", "locks" },    { "MEMFD_INODE", "memfd", "memfds" },
	{ "SK_QUEUES", "packet", "packets" }, { "REMAP_FPATH", "remap", "remaps" },
	{ "IFADDR", "address", "addresses" }, { "ROUTE", "route", "routes" },
	{ "ROUTE6", "route", "routes" },      { "RULE", "rule", "rules" },
	{ "IPTABLES", "line", "lines" },      { "IP6TABLES", "line", "lines" },
	{ "NFTABLES", "line", "lines" },
};

static const char *count_text(const struct image *im, struct arena *a)
{
	uint64_t n = item_rows(im->item);
	const char *one = "entry", *many = "entries";

	if (im->as->shape == SHAPE_HEAD && n)
		n--; /* the head */
	for (size_t i = 0; i < ARRAY_LEN(counted); i++)
		if (im->kind && !strcmp(counted[i].kind, im->kind->name)) {
			one = counted[i].one;
			many = counted[i].many;
		}
	return arena_printf(a, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

/* The ghost file's path, for its number says nothing. */
static const char *ghost_text(struct image *im, struct bytes msg, struct arena *a)
{
	const char *what = say(im, im->message, NULL, msg, a);

	for (struct walk w = walk_over(set_image_first(im->set, "REMAP_FPATH")); walk_next(&w);)
		if (uint_of(w.msg, 3) == 1 && uint_of(w.msg, 2) == im->number)
			return arena_printf(
				a, "%s  %s", what,
				file_summary(im->set, 1, (uint32_t)uint_of(w.msg, 1), a));
	return what;
}

const char *summary_image(struct image *im, struct arena *a)
{
	struct record r;

	image_open(im);
	if (im->as && im->as->shape == SHAPE_RAW && image_has_rows(im) && item_ready(im->item))
		return count_text(im, a);
	if (!im->as || im->as->shape == SHAPE_RAW || im->as->shape == SHAPE_OLD_PAGES)
		return text_size(im->item->size, a);
	if (im->as->shape == SHAPE_GHOST && image_single(im, &r))
		return ghost_text(im, image_message(im, &r), a);
	if (im->as->shape == SHAPE_ARRAY || im->as->shape == SHAPE_HEAD)
		return item_ready(im->item) ? count_text(im, a) : text_size(im->item->size, a);
	if (!im->message || !image_single(im, &r))
		return text_size(im->item->size, a);
	return say(im, im->message, NULL, image_message(im, &r), a);
}
