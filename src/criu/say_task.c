/* Lines for what belongs to one process: its memory, its state, its timers and signals. */
#include <inttypes.h>
#include <string.h>

#include "criu/names.h"
#include "criu/say.h"
#include "criu/special.h"
#include "criu/summary.h"

/* ---- memory ---- */

/* What is behind the last slash, unless the first is the last: "libc.so.6", "/memfd:x". */
static const char *short_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return *name == '/' && slash > name && slash[1] ? slash + 1 : name;
}

/* "rw-p 132K [heap]  0x1c3f000-0x1c60000", "r-xp 1.3M libc.so.6  0x...-0x...  /usr/lib/libc.so.6":
 * first what tells them apart where there is little room. */
static void say_vma(struct line *y)
{
	uint64_t start = line_uint(y, 1), end = line_uint(y, 2);
	char perms[5];
	const char *name = vma_name(y->im, y->msg, y->s.arena), *brief = short_name(name);

	vma_perms(y->msg, perms);
	strbuf_addf(&y->s, "%s %s %s", perms,
		    end < start ? "ends before it starts" : text_size(end - start, y->s.arena),
		    *brief ? brief : "anon");
	strbuf_addf(&y->s, "  0x%" PRIx64 "-0x%" PRIx64, start, end);
	if (brief != name)
		strbuf_addf(&y->s, "  %s", name);
}

static void say_pagemap(struct line *y)
{
	struct page_run run = page_run_of(y->msg);

	strbuf_addf(&y->s, "0x%llx ", (unsigned long long)run.vaddr);
	line_count(y, run.pages, "page", "pages");
	strbuf_add(&y->s, run.flags & PE_PRESENT ? " present" : "");
	strbuf_add(&y->s, run.flags & PE_PARENT ? " in parent" : "");
	if (run.flags & PE_LAZY)
		strbuf_add(&y->s, run.flags & PE_PRESENT ? ", lazy" : " lazy, not here");
}

static void say_pagemap_head(struct line *y)
{
	strbuf_addf(&y->s, "pages-%llu.img", (unsigned long long)line_uint(y, 1));
}

static void say_mm(struct line *y)
{
	line_count(y, line_parts(y->msg, 14), "VMA", "VMA");
	strbuf_addf(&y->s, "  %s", file_summary(y->set, 1, (uint32_t)line_uint(y, 12), y->s.arena));
}

static void say_aio(struct line *y)
{
	strbuf_addf(&y->s, "aio ring at 0x%llx, %llu requests", (unsigned long long)line_uint(y, 1),
		    (unsigned long long)line_uint(y, 2));
}

/* "cryo-memfd 20.0K", and how it may no longer change */
static void say_memfd_inode(struct line *y)
{
	const struct value_name *seals = names_group("memfd.seals");

	line_text(y, y->msg, 1);
	strbuf_add(&y->s, " ");
	line_size(y, line_uint(y, 4));
	if (line_uint(y, 6) && seals)
		strbuf_addf(&y->s, " %s",
			    value_flags(seals, line_uint(y, 6), line_env(y), "|", y->s.arena));
}

/* ---- processes ---- */

static void say_pstree(struct line *y)
{
	struct process *p = set_process(y->set, (uint32_t)line_uint(y, 1));

	strbuf_addf(&y->s, "pid %llu", (unsigned long long)line_uint(y, 1));
	if (p)
		strbuf_addf(&y->s, " %s", process_name(p));
	strbuf_addf(&y->s, ", parent %llu", (unsigned long long)line_uint(y, 2));
	if (p && p->thread_count > 1) {
		strbuf_add(&y->s, ", ");
		line_count(y, p->thread_count, "thread", "threads");
	}
	if (p && p->state == 2)
		strbuf_add(&y->s, ", dead");
}

static void add_exit(struct line *y, uint64_t status)
{
	if (status & 0x7f)
		strbuf_addf(&y->s, " by %s", value_signal(status & 0x7f, line_env(y), y->s.arena));
	else
		strbuf_addf(&y->s, " with %llu", (unsigned long long)(status >> 8 & 0xff));
}

/* The leader's core says what became of the process; a thread's only its name. */
static void say_core(struct line *y)
{
	struct bytes tc = line_bytes(y->msg, 3), thread = line_bytes(y->msg, 5), comm;
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
	strbuf_addf(&y->s, "files %llu", (unsigned long long)line_uint(y, 2));
	for (int t = 0; t < NS_TYPES; t++) {
		uint64_t id = line_uint(y, ns_kinds[t].field);

		if (id && id != y->set->root_ns[t])
			strbuf_addf(&y->s, ", %s %llu", ns_kinds[t].word, (unsigned long long)id);
	}
}

static void say_fs(struct line *y)
{
	uint64_t umask;

	strbuf_addf(&y->s, "cwd %s",
		    file_summary(y->set, 1, (uint32_t)line_uint(y, 1), y->s.arena));
	strbuf_addf(&y->s, ", root %s",
		    file_summary(y->set, 1, (uint32_t)line_uint(y, 2), y->s.arena));
	if (wire_uint(y->msg, 3, &umask))
		strbuf_addf(&y->s, ", umask %04llo", (unsigned long long)umask);
}

static void say_creds(struct line *y)
{
	strbuf_addf(&y->s, "uid %llu gid %llu", (unsigned long long)line_uint(y, 1),
		    (unsigned long long)line_uint(y, 2));
	if (line_uint(y, 3) != line_uint(y, 1))
		strbuf_addf(&y->s, " euid %llu", (unsigned long long)line_uint(y, 3));
	if (line_bytes(y->msg, 15).len) {
		strbuf_add(&y->s, " ");
		line_text(y, y->msg, 15);
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
	uint64_t handler = line_uint(y, 1);

	strbuf_addf(&y->s, "%s ", value_signal(signal_of_row(row_of(y)), line_env(y), y->s.arena));
	if (handler < 2)
		strbuf_add(&y->s, handler ? "ignored" : "default");
	else
		strbuf_addf(&y->s, "0x%llx", (unsigned long long)handler);
}

static void say_siginfo(struct line *y)
{
	struct bytes info = line_bytes(y->msg, 1);

	if (info.len >= 12)
		strbuf_addf(&y->s, "%s code %d",
			    value_signal(le32_at(info.at), line_env(y), y->s.arena),
			    (int)le32_at(info.at + 8));
}

static void add_limit(struct line *y, uint64_t v, bool bytes)
{
	if (v == UINT64_MAX)
		strbuf_add(&y->s, "unlimited");
	else if (bytes && v >= 1024)
		line_size(y, v);
	else
		strbuf_addf(&y->s, "%llu", (unsigned long long)v);
}

bool rlimit_counts_bytes(const char *name)
{
	static const char *const names[] = { "FSIZE", "DATA",    "STACK", "CORE",
					     "RSS",   "MEMLOCK", "AS",    "MSGQUEUE" };

	for (size_t i = 0; name && i < ARRAY_LEN(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void say_rlimit(struct line *y)
{
	const char *name = y->record ? named(y->set, "rlimit", row_of(y)) : NULL;
	bool bytes;

	if (name && !strncmp(name, "RLIMIT_", 7))
		name += 7;
	bytes = rlimit_counts_bytes(name);
	if (y->record) {
		line_named(y, "rlimit", row_of(y), "RLIMIT_");
		strbuf_add(&y->s, " ");
	}
	add_limit(y, line_uint(y, 1), bytes);
	strbuf_add(&y->s, " of ");
	add_limit(y, line_uint(y, 2), bytes);
}

static const char *time_text(struct line *y, uint32_t sec, uint32_t part, uint64_t unit)
{
	uint64_t ns, more;

	if (__builtin_mul_overflow(line_uint(y, sec), UINT64_C(1000000000), &ns) ||
	    __builtin_mul_overflow(line_uint(y, part), unit, &more) ||
	    __builtin_add_overflow(ns, more, &ns))
		return "ever";
	return value_span(ns, y->s.arena);
}

static void say_itimer(struct line *y)
{
	static const char *const names[] = { "real ", "virtual ", "prof " };
	uint64_t row = y->record ? row_of(y) : UINT64_MAX;

	strbuf_add(&y->s, row < ARRAY_LEN(names) ? names[row] : "");
	if (!line_uint(y, 3) && !line_uint(y, 4))
		strbuf_add(&y->s, "disarmed");
	else
		strbuf_addf(&y->s, "in %s", time_text(y, 3, 4, 1000));
	if (line_uint(y, 1) || line_uint(y, 2))
		strbuf_addf(&y->s, " every %s", time_text(y, 1, 2, 1000));
}

static void say_posix_timer(struct line *y)
{
	const char *clock = clock_text((uint32_t)line_uint(y, 2), y->s.arena);

	if (clock)
		strbuf_add(&y->s, clock);
	else
		line_named(y, "timerfd.clock", line_uint(y, 2), "CLOCK_");
	strbuf_addf(&y->s, " %s", value_signal(line_uint(y, 3), line_env(y), y->s.arena));
	if (!line_uint(y, 9) && !line_uint(y, 10))
		strbuf_add(&y->s, " disarmed");
	else
		strbuf_addf(&y->s, " in %s", time_text(y, 9, 10, 1));
	if (line_uint(y, 7) || line_uint(y, 8))
		strbuf_addf(&y->s, " every %s", time_text(y, 7, 8, 1));
}

static void say_filter(struct line *y)
{
	uint64_t prev;

	line_count(y, line_bytes(y->msg, 1).len / 8, "instruction", "instructions");
	if (wire_uint(y->msg, 2, &prev))
		strbuf_addf(&y->s, ", then filter %llu", (unsigned long long)prev);
}

static void say_seccomp(struct line *y)
{
	line_count(y, line_parts(y->msg, 1), "filter", "filters");
}

const struct say_row lines_of_memory[] = {
	{ "pagemap_entry", say_pagemap },
	{ "vma_entry", say_vma },
	{ "pagemap_head", say_pagemap_head },
	{ "mm_entry", say_mm },
	{ "aio_ring_entry", say_aio },
	{ "memfd_inode_entry", say_memfd_inode },
	{ NULL, NULL },
};

const struct say_row lines_of_tasks[] = {
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
	{ NULL, NULL },
};
