/* Rules of single messages: numbers and combinations that no kernel has and no restore takes.
 *
 * A rule is a row: message, field, and the range or the bits that are possible. What compares
 * several fields is a function. What a newer kernel might add (socket options, flags of files,
 * kinds of descriptors) has no rule here: it would be new, not wrong. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "criu/check.h"

enum { MIPS = 6 };
enum { SIGNALS = 64, NSEC = 999999999, USEC = 999999 };

struct span field_span(const struct checked *m, uint32_t number)
{
	struct span span = { m->origin, m->msg.len };
	struct cursor c = cursor_over(m->msg, m->origin);
	struct wire w;

	while (wire_next(&c, &w))
		if (w.number == number)
			span = w.span;
	return span;
}

/* ---- one field ---- */

/* Signals 9 and 19 cannot be blocked; on MIPS they are others. */
static bool not_mips(const struct check *ck, struct bytes msg)
{
	(void)msg;
	return ck->set->march != MIPS;
}

static bool is_stopped(const struct check *ck, struct bytes msg)
{
	enum { STOPPED = 3 };

	(void)ck;
	return uint_of(msg, 1) == STOPPED;
}

/* A dump's inventory; a pre-dump's says 0, and a set of images before v1.1 was told by its words.
 */
static bool of_dump(const struct check *ck, struct bytes msg)
{
	(void)msg;
	return set_image_first(ck->set, "PSTREE");
}

#define NO_KILL_STOP ~(UINT64_C(1) << 8 | UINT64_C(1) << 18)

const struct value_rule value_rules[] = {
	/* processes and threads */
	{ "inventory_entry", 1, 1, 2, 0, "a version of images", of_dump },
	{ "inventory_entry", 6, 0, 2, 0, "a security module", NULL },
	{ "inventory_entry", 9, 0, 2, 0, "a way of reading memory", NULL },
	{ "inventory_entry", 11, 0, 2, 0, "a way of locking the network", NULL },
	{ "pstree_entry", 1, 1, 1 << 22, 0, "a pid", NULL },
	{ "pstree_entry", 2, 0, 1 << 22, 0, "a pid", NULL },
	{ "core_entry", 1, 1, 8, 0, "a machine", NULL },
	{ "task_core_entry", 1, 1, 3, 0, "a state of a process", NULL },
	{ "task_core_entry", 2, 0, 0xffff, 0, "an exit status", NULL },
	{ "task_core_entry", 5, 0, 0, NO_KILL_STOP, "blocked signals", not_mips },
	{ "task_core_entry", 14, -1000, 1000, 0, "an adjustment of the OOM score", NULL },
	{ "task_core_entry", 21, 1, SIGNALS, 0, "a signal", is_stopped },
	{ "thread_core_entry", 3, -20, 19, 0, "a nice value", NULL },
	{ "thread_core_entry", 4, 0, 0, 0x40000007, "a scheduling policy", NULL },
	{ "thread_core_entry", 5, 0, 99, 0, "a real-time priority", NULL },
	{ "thread_core_entry", 6, 0, 0, NO_KILL_STOP, "blocked signals", not_mips },
	{ "thread_core_entry", 8, 0, 128, 0, "a signal", NULL },
	{ "thread_core_entry", 11, 0, 2, 0, "a seccomp mode", NULL },
	{ "itimer_entry", 2, 0, USEC, 0, "a number of microseconds", NULL },
	{ "itimer_entry", 4, 0, USEC, 0, "a number of microseconds", NULL },
	{ "posix_timer_entry", 3, 0, 128, 0, "a signal", NULL },
	{ "posix_timer_entry", 4, 0, 0, 7, "a way of telling a timer", NULL },
	{ "posix_timer_entry", 8, 0, NSEC, 0, "a number of nanoseconds", NULL },
	{ "posix_timer_entry", 10, 0, NSEC, 0, "a number of nanoseconds", NULL },
	{ "user_x86_regs_entry", 28, 1, 2, 0, "a mode of registers", NULL },
	{ "fs_entry", 3, 0, 0, 0777, "a umask", NULL },
	/* memory */
	{ "mm_entry", 15, 0, 2, 0, "a state of being dumpable", NULL },
	{ "vma_entry", 5, 0, 0, 0x300003f, "a protection", NULL },
	{ "pagemap_head", 1, 1, UINT32_MAX, 0, "a number of a pages file", NULL },
	{ "memfd_inode_entry", 6, 0, 0, 0x3f, "seals", NULL },
	/* files */
	{ "fdinfo_entry", 2, 0, 1, 0, "the flags of a descriptor", NULL },
	{ "fdinfo_entry", 4, 0, INT32_MAX, 0, "a descriptor", NULL },
	{ "fown_entry", 3, 0, 128, 0, "a signal", NULL },
	{ "fown_entry", 4, 0, 3, 0, "a type of pid", NULL },
	{ "reg_file_entry", 3, 0, INT64_MAX, 0, "a position in a file", NULL },
	{ "reg_file_entry", 8, 0, INT64_MAX, 0, "the size of a file", NULL },
	{ "remap_file_path_entry", 3, 0, 2, 0, "a way of remapping", NULL },
	{ "inet_sk_entry", 6, 1, 13, 0, "a state of a socket", NULL },
	{ "inet_sk_entry", 7, 0, UINT16_MAX, 0, "a port", NULL },
	{ "inet_sk_entry", 8, 0, UINT16_MAX, 0, "a port", NULL },
	{ "inet_sk_entry", 19, 0, 3, 0, "a way of shutting down", NULL },
	{ "unix_sk_entry", 3, 1, 5, 0, "a type of socket", NULL },
	{ "unix_sk_entry", 4, 1, 12, 0, "a state of a socket", NULL },
	{ "unix_sk_entry", 12, 0, 3, 0, "a way of shutting down", NULL },
	{ "sk_opts_entry", 4, 0, USEC, 0, "a number of microseconds", NULL },
	{ "sk_opts_entry", 6, 0, USEC, 0, "a number of microseconds", NULL },
	{ "timerfd_entry", 4, 0, 15, 0, "a clock", NULL },
	{ "timerfd_entry", 8, 0, NSEC, 0, "a number of nanoseconds", NULL },
	{ "timerfd_entry", 10, 0, NSEC, 0, "a number of nanoseconds", NULL },
	{ "tty_info_entry", 2, 1, 6, 0, "a type of terminal", NULL },
	{ "winsize_entry", 1, 0, UINT16_MAX, 0, "a number of rows", NULL },
	{ "winsize_entry", 2, 0, UINT16_MAX, 0, "a number of columns", NULL },
	{ "file_lock_entry", 1, 0, 0, 0x2f, "a kind of lock", NULL },
	{ "timespec", 2, 0, NSEC, 0, "a number of nanoseconds", NULL },
	{ "timeval", 2, 0, USEC, 0, "a number of microseconds", NULL },
	{ "ipc_desc_entry", 6, 0, 0, 07777, "a mode", NULL },
	{ "tcp_stream_entry", 6, 0, 14, 0, "a scale of windows", NULL },
	{ "tcp_stream_entry", 8, 0, 14, 0, "a scale of windows", NULL },
	{ 0 },
};

static bool is_possible(const struct value_rule *rule, bool has_sign, uint64_t value)
{
	if (rule->bits)
		return !(value & ~rule->bits);
	if (has_sign)
		return (int64_t)value >= rule->least && (int64_t)value <= rule->most;
	return value >= (uint64_t)rule->least && value <= (uint64_t)rule->most;
}

void check_value(const struct check *ck, const struct value_rule *rule, const struct checked *m,
		 const struct message_field *f, const struct wire *w)
{
	bool has_sign = wire_signed(f->type);
	uint64_t value = wire_value(f->type, w->value);

	if (is_possible(rule, has_sign, value) || (rule->when && !rule->when(ck, m->msg)))
		return;
	if (rule->bits)
		CHECK_NOTE(ck, SEV_ERROR, "impossible-value", w->span,
			   "%s.%s is 0x%" PRIx64 ": not %s", m->type->name, f->name, value,
			   rule->what);
	else if (has_sign)
		CHECK_NOTE(ck, SEV_ERROR, "impossible-value", w->span,
			   "%s.%s is %" PRId64 ": not %s", m->type->name, f->name, (int64_t)value,
			   rule->what);
	else
		CHECK_NOTE(ck, SEV_ERROR, "impossible-value", w->span,
			   "%s.%s is %" PRIu64 ": not %s", m->type->name, f->name, value,
			   rule->what);
}

/* ---- several fields ---- */

/* setrlimit(2) refuses more than the most. */
static void check_rlimit(const struct check *ck, const struct checked *m)
{
	uint64_t cur = uint_of(m->msg, 1), max = uint_of(m->msg, 2);

	if (cur > max)
		CHECK_NOTE(ck, SEV_ERROR, "rlimit", field_span(m, 1),
			   "a limit of %" PRIu64 " above its maximum, %" PRIu64, cur, max);
}

static void check_count(const struct check *ck, const struct checked *m, uint32_t field,
			size_t most, size_t unit)
{
	const struct message_field *f = message_field(m->type, field);
	struct cursor c = cursor_over(m->msg, m->origin);
	bool nested = f && f->message;
	size_t n = 0;
	struct wire w;

	if (nested)
		while (wire_next(&c, &w))
			n += w.number == field;
	else
		n = wire_uints(m->msg, field, NULL, 0);
	if (f && (n > most || n % unit))
		CHECK_NOTE(ck, SEV_ERROR, "count", field_span(m, field), "%zu of %s.%s, not %zu", n,
			   m->type->name, f->name, most);
}

/* One for each signal but 9 and 19; before v3.1 they were elsewhere. */
static void check_task(const struct check *ck, const struct checked *m)
{
	enum { TASK_SIGACTIONS = 15, ACTIONS = SIGNALS - 2 };

	if (ck->set->march != MIPS)
		check_count(ck, m, TASK_SIGACTIONS, ACTIONS, ACTIONS);
}

static void check_rlimits(const struct check *ck, const struct checked *m)
{
	enum { LIMITS = 16 };

	check_count(ck, m, 1, LIMITS, 1);
}

static void check_x86_fpregs(const struct check *ck, const struct checked *m)
{
	check_count(ck, m, 9, 32, 32);
	check_count(ck, m, 10, 64, 64);
}

static void check_aarch64_regs(const struct check *ck, const struct checked *m)
{
	check_count(ck, m, 1, 31, 31);
}

/* The kernel's struct, 128 bytes, begins with the signal's number. */
static void check_siginfo(const struct check *ck, const struct checked *m)
{
	enum { SIGINFO = 128, MOST = 128 };
	struct bytes b = { NULL, 0 };
	struct cursor c;
	uint32_t signo;

	wire_bytes(m->msg, 1, &b);
	c = cursor_over(b, 0);
	c.big = ck->im->big;
	signo = cursor_u32(&c);
	if (b.len != SIGINFO)
		CHECK_NOTE(ck, SEV_ERROR, "siginfo", field_span(m, 1),
			   "a siginfo of %zu bytes, not of %d", b.len, SIGINFO);
	else if (!signo || signo > MOST)
		CHECK_NOTE(ck, SEV_ERROR, "siginfo", field_span(m, 1), "%" PRIu32 " is no signal",
			   signo);
}

/* As prctl(PR_SET_MM_MAP) has it. */
static void check_mm(const struct check *ck, const struct checked *m)
{
	static const struct {
		uint32_t from, to;
	} pairs[] = { { 1, 2 }, { 3, 4 }, { 6, 7 }, { 8, 9 }, { 10, 11 } };

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		uint64_t from, to;

		if (wire_uint(m->msg, pairs[i].from, &from) &&
		    wire_uint(m->msg, pairs[i].to, &to) && from > to)
			CHECK_NOTE(ck, SEV_ERROR, "mm-order", field_span(m, pairs[i].to),
				   "%s is 0x%" PRIx64 ", before %s, 0x%" PRIx64,
				   message_field(m->type, pairs[i].to)->name, to,
				   message_field(m->type, pairs[i].from)->name, from);
	}
}

/* What kind of memory it is says the status, and the flags must agree. */
static void check_vma(const struct check *ck, const struct checked *m)
{
	enum { SHARED = 1, PRIVATE = 2, SHARED_VALIDATE = 3, DROPPABLE = 8, TYPE = 15 };
	enum { OF_PRIVATE = 0x40 | 0x200, OF_SHARED = 0x80 | 0x100, GUARD = 0x10000 };
	enum { SOCKET = 0x800, PLUGIN = 0x8000000 };
	uint64_t flags = uint_of(m->msg, 6), status = uint_of(m->msg, 7);
	uint64_t kind = status & (OF_PRIVATE | OF_SHARED), type = flags & TYPE;
	bool shared = type == SHARED || type == SHARED_VALIDATE;

	if (status & (GUARD | SOCKET | PLUGIN))
		return;
	if (kind & (kind - 1))
		CHECK_NOTE(ck, SEV_ERROR, "vma-flags", field_span(m, 7),
			   "the status 0x%" PRIx64 " is of several kinds of memory", status);
	else if (!shared && type != PRIVATE && type != DROPPABLE)
		CHECK_NOTE(ck, SEV_ERROR, "vma-flags", field_span(m, 6),
			   "the flags 0x%" PRIx64 " are neither shared nor private", flags);
	else if ((kind & OF_SHARED && !shared) || (kind & OF_PRIVATE && shared))
		CHECK_NOTE(ck, SEV_ERROR, "vma-flags", field_span(m, 6),
			   "the flags 0x%" PRIx64 " say %s, the status 0x%" PRIx64 " does not",
			   flags, shared ? "shared" : "private", status);
}

/* More than a pipe holds. */
static void check_pipe_data(const struct check *ck, const struct checked *m)
{
	uint64_t bytes = uint_of(m->msg, 2), size;

	if (wire_uint(m->msg, 3, &size) && size && bytes > size)
		CHECK_NOTE(ck, SEV_ERROR, "pipe-size", field_span(m, 2),
			   "%" PRIu64 " bytes in a pipe of %" PRIu64, bytes, size);
}

/* 4 bytes or 16; old releases wrote 16 of either family. */
static void check_inet(const struct check *ck, const struct checked *m)
{
	enum { INET = 2, INET6 = 10, WORDS = 4 };
	uint64_t family = uint_of(m->msg, 3);

	if (family != INET && family != INET6) {
		CHECK_NOTE(ck, SEV_ERROR, "impossible-value", field_span(m, 3),
			   "inet_sk_entry.family is %" PRIu64 ": not a family of addresses",
			   family);
		return;
	}
	for (uint32_t field = 11; field <= 12; field++) {
		size_t n = wire_uints(m->msg, field, NULL, 0);

		if (n != WORDS && (n != 1 || family == INET6))
			CHECK_NOTE(ck, SEV_ERROR, "count", field_span(m, field),
				   "an address of %zu words", n);
	}
}

/* Unsent bytes are part of the send queue. */
static void check_tcp_stream(const struct check *ck, const struct checked *m)
{
	uint64_t queued = uint_of(m->msg, 3), unsent = uint_of(m->msg, 12);

	if (unsent > queued)
		CHECK_NOTE(ck, SEV_ERROR, "tcp-queue", field_span(m, 12),
			   "%" PRIu64 " bytes unsent of %" PRIu64 " in the queue", unsent, queued);
}

/* Of struct sock_filter, 8 bytes each; the kernel takes no more of them. */
static void check_filter(const struct check *ck, const struct checked *m)
{
	enum { INSTRUCTION = 8, MOST = 4096 };
	struct bytes program = { NULL, 0 };

	wire_bytes(m->msg, 1, &program);
	if (!program.len || program.len % INSTRUCTION || program.len / INSTRUCTION > MOST)
		CHECK_NOTE(ck, SEV_ERROR, "seccomp-filter", field_span(m, 1),
			   "a filter of %zu bytes: not 1 to %d instructions of %d", program.len,
			   MOST, INSTRUCTION);
}

struct chained {
	struct span span;
	uint64_t next;
	size_t way; /* on which it was met first; 0: on none */
};

/* From each filter along the chain, until one that was met before: on the same way, that is a ring.
 * O(filters); more than any system has are not looked at. */
static void check_filters(const struct check *ck, const struct checked *m)
{
	struct chained *filters;
	enum { FILTERS_MOST = 1 << 20 };
	size_t n = 0;

	for (struct parts p = parts_of(m->msg, 1); parts_next(&p);)
		n++;
	if (n > FILTERS_MOST)
		return;
	filters = heap_zeroed(n + 1, sizeof(*filters));
	for (struct parts p = parts_of(m->msg, 1); parts_next(&p);) {
		filters[p.at].span = (struct span){ m->origin + p.span.offset, p.span.length };
		if (!wire_uint(p.msg, 2, &filters[p.at].next))
			filters[p.at].next = UINT64_MAX;
	}
	for (size_t way = 1; way <= n; way++) {
		uint64_t at = way - 1;

		for (; at < n && !filters[at].way; at = filters[at].next)
			filters[at].way = way;
		if (at < n && filters[at].way == way)
			CHECK_NOTE(ck, SEV_ERROR, "seccomp-ring", filters[at].span,
				   "filter %" PRIu64 " is called after itself", at);
	}
	free(filters);
}

const struct message_rule message_rules[] = {
	{ "rlimit_entry", check_rlimit },
	{ "task_core_entry", check_task },
	{ "task_rlimits_entry", check_rlimits },
	{ "user_x86_fpregs_entry", check_x86_fpregs },
	{ "user_aarch64_regs_entry", check_aarch64_regs },
	{ "siginfo_entry", check_siginfo },
	{ "mm_entry", check_mm },
	{ "vma_entry", check_vma },
	{ "pipe_data_entry", check_pipe_data },
	{ "inet_sk_entry", check_inet },
	{ "tcp_stream_entry", check_tcp_stream },
	{ "seccomp_filter", check_filter },
	{ "seccomp_entry", check_filters },
	{ NULL, NULL },
};
