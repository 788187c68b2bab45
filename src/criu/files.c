/* What a descriptor file is, in a line: one function for each type of files.img's entries, in the
 * words of /proc/PID/fd, ss and lsof where they have some. */
#include <ctype.h>
#include <string.h>

#include "criu/names.h"
#include "criu/set.h"

struct say {
	struct criu_set *set;
	uint32_t id;
	struct bytes msg;
	struct strbuf s;
};

/* A name from a table without its prefix and in small letters: "SOCK_STREAM" is "stream"; unknown
 * numbers as numbers. */
static void say_named(struct say *y, const char *group, uint64_t v, const char *prefix)
{
	const char *name = named(y->set, group, v);
	size_t skip = strlen(prefix);

	if (!name) {
		strbuf_addf(&y->s, "%llu", (unsigned long long)v);
		return;
	}
	if (!strncmp(name, prefix, skip))
		name += skip;
	for (; *name; name++) {
		char c = (char)tolower((unsigned char)*name);

		strbuf_addn(&y->s, &c, 1);
	}
}

static void say_field(struct say *y, struct bytes msg, uint32_t number)
{
	struct bytes b = { NULL, 0 };

	wire_bytes(msg, number, &b);
	strbuf_clean(&y->s, b);
}

/* The path of a REG file; true if it has one. */
static bool say_path(struct say *y, uint32_t reg_id)
{
	struct bytes reg, name;

	if (!file_message(y->set, 1, reg_id, &reg) || !wire_bytes(reg, 6, &name))
		return false;
	strbuf_clean(&y->s, name);
	return true;
}

static void say_reg(struct say *y)
{
	struct bytes remap;

	say_field(y, y->msg, 6);
	if (file_remap(y->set, y->id, &remap))
		strbuf_add(&y->s, " (deleted)");
}

static void say_bytes(struct say *y, bool fifo, uint32_t pipe_id)
{
	struct bytes data;
	uint64_t n;

	if (pipe_data(y->set, fifo, pipe_id, &data) && wire_uint(data, 2, &n) && n)
		strbuf_addf(&y->s, " with %llu bytes", (unsigned long long)n);
}

static void say_pipe(struct say *y)
{
	uint32_t id = (uint32_t)uint_of(y->msg, 2);

	strbuf_addf(&y->s, "pipe:[%u]", id);
	say_bytes(y, false, id);
}

static void say_fifo(struct say *y)
{
	if (!say_path(y, (uint32_t)uint_of(y->msg, 3)))
		strbuf_add(&y->s, "fifo");
	say_bytes(y, true, (uint32_t)uint_of(y->msg, 2));
}

enum { AF_INET_ = 2, AF_INET6_ = 10, SOCK_RAW_ = 3, PROTO_TCP = 6 };
enum { TCP_ESTABLISHED_ = 1, TCP_CLOSE_ = 7, TCP_LISTEN_ = 10 };

static void say_address(struct say *y, uint32_t field, uint64_t family, uint64_t port)
{
	uint64_t wide[4] = { 0 };
	uint32_t words[4];
	size_t n = family == AF_INET6_ ? 4 : 1; /* old releases wrote four for IPv4, too */

	wire_uints(y->msg, field, wide, 4);
	for (int i = 0; i < 4; i++)
		words[i] = (uint32_t)wide[i];
	strbuf_addf(&y->s, family == AF_INET6_ ? "[%s]:%llu" : "%s:%llu",
		    value_ip(words, n, y->s.arena), (unsigned long long)port);
}

/* "tcp 127.0.0.1:80 -> 1.2.3.4:99 ESTABLISHED" */
static void say_inet(struct say *y)
{
	uint64_t family = uint_of(y->msg, 3), proto = uint_of(y->msg, 5);
	uint64_t state = uint_of(y->msg, 6), to = uint_of(y->msg, 8);
	struct bytes ifname;
	const char *name;

	if (uint_of(y->msg, 4) == SOCK_RAW_)
		strbuf_add(&y->s, "raw ");
	say_named(y, "sk.proto", proto, "");
	if (family != AF_INET_ && family != AF_INET6_)
		strbuf_addf(&y->s, " family %llu", (unsigned long long)family);
	strbuf_add(&y->s, " ");
	say_address(y, 11, family, uint_of(y->msg, 7));
	if (to || state == TCP_ESTABLISHED_) {
		strbuf_add(&y->s, " -> ");
		say_address(y, 12, family, to);
	}
	name = named(y->set, "sk.state", state);
	/* A socket without connections is always "closed": not worth saying. */
	if (name && (proto == PROTO_TCP || state != TCP_CLOSE_))
		strbuf_addf(&y->s, " %s", name);
	if (wire_bytes(y->msg, 17, &ifname) && ifname.len) {
		strbuf_add(&y->s, " on ");
		strbuf_clean(&y->s, ifname);
	}
}

/* The name of a unix socket, or its inode. A leading NUL is written as '@'. */
static void say_unix_name(struct say *y, struct bytes sk, uint32_t ino)
{
	struct bytes name = { NULL, 0 };

	wire_bytes(sk, 11, &name);
	if (!name.len) {
		strbuf_addf(&y->s, "[%u]", ino);
		return;
	}
	if (!name.at[0]) {
		strbuf_add(&y->s, "@");
		name.at++;
		name.len--;
	} else if (!name.at[name.len - 1]) {
		name.len--; /* the NUL that ends a path */
	}
	strbuf_clean(&y->s, name);
}

/* "unix stream /run/x <-> [1234]" */
static void say_unix(struct say *y)
{
	uint32_t peer = (uint32_t)uint_of(y->msg, 8);
	struct bytes other = { NULL, 0 };

	strbuf_add(&y->s, "unix ");
	say_named(y, "sk.type", uint_of(y->msg, 3), "SOCK_");
	strbuf_add(&y->s, " ");
	say_unix_name(y, y->msg, (uint32_t)uint_of(y->msg, 2));
	if (uint_of(y->msg, 4) == TCP_LISTEN_)
		strbuf_add(&y->s, " LISTEN");
	if (peer) {
		unix_by_inode(y->set, peer, &other);
		strbuf_add(&y->s, " <-> ");
		say_unix_name(y, other, peer);
	}
}

static void say_eventfd(struct say *y)
{
	strbuf_addf(&y->s, "eventfd %llu", (unsigned long long)uint_of(y->msg, 4));
}

static size_t count_parts(struct bytes msg, uint32_t number)
{
	size_t n = 0;

	for (struct parts p = parts_of(msg, number); parts_next(&p);)
		n++;
	return n;
}

static void say_epoll(struct say *y)
{
	size_t n = count_parts(y->msg, 4);

	strbuf_addf(&y->s, "epoll %zu fd%s", n, n == 1 ? "" : "s");
}

/* "2 watches /a, /b": some of the paths, where known. A mark's file handle lies one message deeper
 * than a watch's. */
static void say_watches(struct say *y, uint32_t field, const char *one, const char *many,
			bool deeper)
{
	size_t n = count_parts(y->msg, field), shown = 0;

	strbuf_addf(&y->s, "%zu %s", n, n == 1 ? one : many);
	for (struct parts p = parts_of(y->msg, field); shown < 3 && parts_next(&p);) {
		struct bytes fh, path;
		bool found =
			deeper ? wire_message(p.msg, &fh, 7, 2, 0) : wire_message(p.msg, &fh, 7, 0);

		if (!found || !wire_bytes(fh, 4, &path))
			continue;
		strbuf_add(&y->s, shown++ ? ", " : " ");
		strbuf_clean(&y->s, path);
	}
}

static void say_inotify(struct say *y)
{
	strbuf_add(&y->s, "inotify ");
	say_watches(y, 5, "watch", "watches", false);
}

static void say_fanotify(struct say *y)
{
	strbuf_add(&y->s, "fanotify ");
	say_watches(y, 6, "mark", "marks", true);
}

static void say_signalfd(struct say *y)
{
	uint64_t mask = uint_of(y->msg, 4);
	struct value_env env = { .arch = y->set->march ? 1u << (y->set->march & 31) : 0 };
	int shown = 0;

	strbuf_add(&y->s, "signalfd");
	for (unsigned n = 1; n <= 64 && shown < 6; n++)
		if (mask >> (n - 1) & 1) {
			strbuf_addf(&y->s, " %s", value_signal(n, env, y->s.arena));
			shown++;
		}
	if (shown == 6)
		strbuf_add(&y->s, " ...");
}

static void say_packet(struct say *y)
{
	uint64_t type = uint_of(y->msg, 2), proto = uint_of(y->msg, 3);

	strbuf_add(&y->s, "packet ");
	say_named(y, "sk.type", type, "SOCK_");
	/* The field holds htons() of the protocol. */
	proto = __builtin_bswap16((uint16_t)proto);
	if (named(y->set, "eth.protocol", proto)) {
		strbuf_add(&y->s, " ");
		say_named(y, "eth.protocol", proto, "ETH_P_");
	} else {
		strbuf_addf(&y->s, " 0x%04llx", (unsigned long long)proto);
	}
	if (uint_of(y->msg, 5))
		strbuf_addf(&y->s, " on interface %llu", (unsigned long long)uint_of(y->msg, 5));
}

/* "/dev/pts/3 (pty 3 slave)" */
static void say_tty(struct say *y)
{
	uint32_t info_id = (uint32_t)uint_of(y->msg, 2);
	struct bytes info, pty;
	bool path = say_path(y, (uint32_t)uint_of(y->msg, 6));
	const char *type = NULL;

	if (!path)
		strbuf_add(&y->s, "tty");
	if (!tty_info(y->set, info_id, &info))
		return;
	if (wire_bytes(info, 12, &pty)) {
		strbuf_addf(&y->s, " (pty %llu %s)", (unsigned long long)uint_of(pty, 1),
			    info_id & 1 ? "master" : "slave");
		return;
	}
	type = named_value(y->set, "tty_info_entry", "type", uint_of(info, 2));
	if (type)
		strbuf_addf(&y->s, " (%s)", type);
}

static void say_netlink(struct say *y)
{
	strbuf_add(&y->s, "netlink ");
	say_named(y, "netlink.protocol", uint_of(y->msg, 3), "NETLINK_");
	if (uint_of(y->msg, 7))
		strbuf_addf(&y->s, " port %llu", (unsigned long long)uint_of(y->msg, 7));
}

static void say_ns(struct say *y)
{
	uint64_t id = uint_of(y->msg, 2), cflag = uint_of(y->msg, 3);

	for (int t = 0; t < NS_TYPES; t++)
		if (ns_kinds[t].cflag == cflag) {
			strbuf_addf(&y->s, "%s namespace %llu%s", ns_kinds[t].word,
				    (unsigned long long)id,
				    y->set->root_ns[t] == id && id ? " (the dumper's)" : "");
			return;
		}
	strbuf_addf(&y->s, "namespace %llu", (unsigned long long)id);
}

static void say_tun(struct say *y)
{
	strbuf_add(&y->s, "tun ");
	say_field(y, y->msg, 2);
	if (uint_of(y->msg, 3))
		strbuf_add(&y->s, " detached");
}

static void say_ext(struct say *y)
{
	strbuf_addf(&y->s, "external file %u", y->id);
}

/* A span of time from fields with seconds and nanoseconds, which may be anything. */
static const char *span_text(struct bytes msg, uint32_t sec, uint32_t nsec, struct arena *a)
{
	uint64_t ns;

	if (__builtin_mul_overflow(uint_of(msg, sec), UINT64_C(1000000000), &ns) ||
	    __builtin_add_overflow(ns, uint_of(msg, nsec), &ns))
		return "ever";
	return value_span(ns, a);
}

static void say_timerfd(struct say *y)
{
	bool armed = uint_of(y->msg, 7) || uint_of(y->msg, 8);

	strbuf_add(&y->s, "timerfd ");
	say_named(y, "timerfd.clock", uint_of(y->msg, 4), "CLOCK_");
	if (!armed)
		strbuf_add(&y->s, " disarmed");
	else
		strbuf_addf(&y->s, " in %s", span_text(y->msg, 7, 8, y->s.arena));
	if (uint_of(y->msg, 9) || uint_of(y->msg, 10))
		strbuf_addf(&y->s, " every %s", span_text(y->msg, 9, 10, y->s.arena));
}

/* As /proc shows it. Shared anonymous memory comes as a memfd named /dev/zero. */
static void say_memfd(struct say *y)
{
	struct bytes inode, name = { NULL, 0 };

	if (!memfd_inode(y->set, (uint32_t)uint_of(y->msg, 5), &inode)) {
		strbuf_add(&y->s, "memfd");
		return;
	}
	wire_bytes(inode, 1, &name);
	if (!name.len || name.at[0] != '/')
		strbuf_add(&y->s, "/memfd:");
	strbuf_clean(&y->s, name);
	strbuf_add(&y->s, " (deleted)");
}

static void say_bpfmap(struct say *y)
{
	strbuf_add(&y->s, "bpf map ");
	say_field(y, y->msg, 13);
	strbuf_add(&y->s, " ");
	say_named(y, "bpf.map_type", uint_of(y->msg, 5), "BPF_MAP_TYPE_");
}

static void say_pidfd(struct say *y)
{
	uint32_t pid = (uint32_t)uint_of(y->msg, 4);
	struct process *p = set_process(y->set, pid);

	if (pid == UINT32_MAX)
		strbuf_add(&y->s, "pidfd of a process that is gone");
	else
		strbuf_addf(&y->s, "pidfd %u%s%s", pid, p ? " " : "", p ? process_name(p) : "");
}

static void (*const sayers[])(struct say *) = {
	[1] = say_reg,      [2] = say_pipe,    [3] = say_fifo,    [4] = say_inet,
	[5] = say_unix,     [6] = say_eventfd, [7] = say_epoll,   [8] = say_inotify,
	[9] = say_signalfd, [10] = say_packet, [11] = say_tty,    [12] = say_fanotify,
	[13] = say_netlink, [14] = say_ns,     [15] = say_tun,    [16] = say_ext,
	[17] = say_timerfd, [18] = say_memfd,  [19] = say_bpfmap, [20] = say_pidfd,
};

const char *file_text(struct criu_set *set, uint32_t type, uint32_t id, struct bytes msg,
		      struct arena *a)
{
	struct say y = { .set = set, .id = id, .msg = msg };
	const char *name = file_type_name(type);

	if (type >= ARRAY_LEN(sayers) || !sayers[type])
		return arena_printf(a, "file %u of unknown type %u", id, type);
	if (!msg.len)
		return arena_printf(a, "%s %u, empty", name, id);
	strbuf_init(&y.s, a);
	sayers[type](&y);
	return y.s.text;
}

const char *file_summary(struct criu_set *set, uint32_t type, uint32_t id, struct arena *a)
{
	const char *name = file_type_name(type);
	struct bytes msg;

	if (file_message(set, type, id, &msg))
		return file_text(set, type, id, msg, a);
	if (!name)
		return arena_printf(a, "file %u of unknown type %u", id, type);
	return arena_printf(a, "%s file %u, not in this set", name, id);
}
