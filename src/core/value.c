/* One function a notation, in a table by enum show. A number is shown with its meaning two blanks
 * behind it: "0x22  MAP_PRIVATE|MAP_ANON"; the view may colour the two apart. */
#include "core/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "base/text.h"

/* The machine as the formats number it in value_name.arch: 1u << CRIU's mtype. Only the one whose
 * signals are numbered otherwise matters here. */
#define ON_MIPS (1u << 6)
#define NOT_MIPS (ARCH_ALL & ~ON_MIPS)

static const struct value_name signals[] = {
	{ 1, "SIGHUP", ARCH_ALL },     { 2, "SIGINT", ARCH_ALL },     { 3, "SIGQUIT", ARCH_ALL },
	{ 4, "SIGILL", ARCH_ALL },     { 5, "SIGTRAP", ARCH_ALL },    { 6, "SIGABRT", ARCH_ALL },
	{ 7, "SIGBUS", NOT_MIPS },     { 8, "SIGFPE", ARCH_ALL },     { 9, "SIGKILL", ARCH_ALL },
	{ 10, "SIGUSR1", NOT_MIPS },   { 11, "SIGSEGV", ARCH_ALL },   { 12, "SIGUSR2", NOT_MIPS },
	{ 13, "SIGPIPE", ARCH_ALL },   { 14, "SIGALRM", ARCH_ALL },   { 15, "SIGTERM", ARCH_ALL },
	{ 16, "SIGSTKFLT", NOT_MIPS }, { 17, "SIGCHLD", NOT_MIPS },   { 18, "SIGCONT", NOT_MIPS },
	{ 19, "SIGSTOP", NOT_MIPS },   { 20, "SIGTSTP", NOT_MIPS },   { 21, "SIGTTIN", NOT_MIPS },
	{ 22, "SIGTTOU", NOT_MIPS },   { 23, "SIGURG", NOT_MIPS },    { 24, "SIGXCPU", NOT_MIPS },
	{ 25, "SIGXFSZ", NOT_MIPS },   { 26, "SIGVTALRM", NOT_MIPS }, { 27, "SIGPROF", NOT_MIPS },
	{ 28, "SIGWINCH", NOT_MIPS },  { 29, "SIGIO", NOT_MIPS },     { 30, "SIGPWR", NOT_MIPS },
	{ 31, "SIGSYS", NOT_MIPS },    { 7, "SIGEMT", ON_MIPS },      { 10, "SIGBUS", ON_MIPS },
	{ 12, "SIGSYS", ON_MIPS },     { 16, "SIGUSR1", ON_MIPS },    { 17, "SIGUSR2", ON_MIPS },
	{ 18, "SIGCHLD", ON_MIPS },    { 19, "SIGPWR", ON_MIPS },     { 20, "SIGWINCH", ON_MIPS },
	{ 21, "SIGURG", ON_MIPS },     { 22, "SIGIO", ON_MIPS },      { 23, "SIGSTOP", ON_MIPS },
	{ 24, "SIGTSTP", ON_MIPS },    { 25, "SIGCONT", ON_MIPS },    { 26, "SIGTTIN", ON_MIPS },
	{ 27, "SIGTTOU", ON_MIPS },    { 28, "SIGVTALRM", ON_MIPS },  { 29, "SIGPROF", ON_MIPS },
	{ 30, "SIGXCPU", ON_MIPS },    { 31, "SIGXFSZ", ON_MIPS },    { 0, NULL, 0 },
};

/* As glibc and kill(1) count them: 32 and 33 are the thread library's own. */
enum { SIGNAL_RT_FIRST = 34, SIGNAL_RT_LAST = 64, SIGNAL_RT_LAST_MIPS = 127 };

/* By number, as in linux/capability.h. */
static const char *const capabilities[] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

static bool row_holds(const struct value_name *row, struct value_env env)
{
	return row->arch == ARCH_ALL || (row->arch & env.arch);
}

const char *value_name(const struct value_name *names, uint64_t v, struct value_env env)
{
	for (; names && names->name; names++)
		if (names->value == v && row_holds(names, env))
			return names->name;
	return NULL;
}

const char *value_flags(const struct value_name *names, uint64_t v, struct value_env env,
			const char *sep, struct arena *a)
{
	const char *none = value_name(names, 0, env);
	struct strbuf s;

	if (!v)
		return none ? none : "0";
	strbuf_init(&s, a);
	for (; names && names->name; names++) {
		if (!names->value || (v & names->value) != names->value || !row_holds(names, env))
			continue;
		strbuf_addf(&s, "%s%s", s.len ? sep : "", names->name);
		v &= ~names->value;
	}
	if (v)
		strbuf_addf(&s, "%s0x%" PRIx64, s.len ? sep : "", v);
	return s.text;
}

const char *value_mode(uint32_t mode, struct arena *a)
{
	static const char kinds[] = "?pc?d?b?-?l?s???";
	char text[] = "?rwxrwxrwx";

	text[0] = kinds[mode >> 12 & 15];
	for (unsigned bit = 0; bit < 9; bit++)
		if (!(mode & 0400u >> bit))
			text[1 + bit] = '-';
	if (mode & 04000)
		text[3] = text[3] == 'x' ? 's' : 'S';
	if (mode & 02000)
		text[6] = text[6] == 'x' ? 's' : 'S';
	if (mode & 01000)
		text[9] = text[9] == 'x' ? 't' : 'T';
	return arena_strdup(a, text);
}

/* The longest run of zero groups, at least two: what "::" stands for. */
static size_t zero_run(const uint16_t group[static 8], size_t *len)
{
	size_t best = 8;

	*len = 1;
	for (size_t i = 0; i < 8; i++) {
		size_t n = 0;

		while (i + n < 8 && !group[i + n])
			n++;
		if (n > *len) {
			best = i;
			*len = n;
		}
	}
	return best;
}

/* RFC 5952; IPv4-mapped addresses keep their dots. */
static const char *ipv6(const uint8_t *at, struct arena *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint16_t group[8];
	size_t run, len;
	struct strbuf s;

	if (!memcmp(at, mapped, sizeof(mapped)))
		return arena_printf(a, "::ffff:%u.%u.%u.%u", at[12], at[13], at[14], at[15]);
	for (size_t i = 0; i < 8; i++)
		group[i] = (uint16_t)(at[2 * i] << 8 | at[2 * i + 1]);
	run = zero_run(group, &len);
	strbuf_init(&s, a);
	for (size_t i = 0; i < 8; i++) {
		if (i == run) {
			strbuf_add(&s, "::");
			i += len - 1;
			continue;
		}
		strbuf_addf(&s, "%s%x", i && s.text[s.len - 1] != ':' ? ":" : "", group[i]);
	}
	return s.text;
}

const char *value_ip_bytes(struct bytes b, struct arena *a)
{
	if (b.len == 4)
		return arena_printf(a, "%u.%u.%u.%u", b.at[0], b.at[1], b.at[2], b.at[3]);
	if (b.len == 16)
		return ipv6(b.at, a);
	return value_bytes(SHOW_BYTES, b, 64, a);
}

const char *value_ip(const uint32_t *words, size_t n, struct arena *a)
{
	uint8_t raw[16];

	if (n > 4)
		n = 4;
	for (size_t i = 0; i < 4 * n; i++)
		raw[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
	return value_ip_bytes((struct bytes){ raw, n == 4 ? 16 : n ? 4 : 0 }, a);
}

const char *value_signal(uint64_t n, struct value_env env, struct arena *a)
{
	const char *name = value_name(signals, n, env);
	uint64_t last = env.arch & ON_MIPS ? SIGNAL_RT_LAST_MIPS : SIGNAL_RT_LAST;

	if (name)
		return name;
	if (n == SIGNAL_RT_FIRST)
		return "SIGRTMIN";
	if (n > SIGNAL_RT_FIRST && n <= last)
		return arena_printf(a, "SIGRTMIN+%u", (unsigned)(n - SIGNAL_RT_FIRST));
	return arena_printf(a, "%" PRIu64, n);
}

/* `v` of `scale` parts to the unit, with at most three digits behind the point, none of them a
 * trailing zero. */
static const char *decimal(uint64_t v, uint64_t scale, const char *unit, struct arena *a)
{
	unsigned part = (unsigned)(v % scale * 1000 / scale);
	char digits[8];
	size_t n;

	if (!part)
		return arena_printf(a, "%" PRIu64 " %s", v / scale, unit);
	n = (size_t)snprintf(digits, sizeof(digits), "%03u", part);
	while (digits[n - 1] == '0')
		digits[--n] = 0;
	return arena_printf(a, "%" PRIu64 ".%s %s", v / scale, digits, unit);
}

static const char *long_span(uint64_t seconds, struct arena *a)
{
	unsigned s = (unsigned)(seconds % 60), min = (unsigned)(seconds / 60 % 60);
	unsigned h = (unsigned)(seconds / 3600 % 24);

	if (seconds < 3600)
		return arena_printf(a, "%u min %u s", min, s);
	if (seconds < 86400)
		return arena_printf(a, "%u h %u min", h, min);
	return arena_printf(a, "%" PRIu64 " d %u h", seconds / 86400, h);
}

const char *value_span(uint64_t ns, struct arena *a)
{
	if (ns < 1000)
		return arena_printf(a, ns ? "%u ns" : "%u s", (unsigned)ns);
	if (ns < 1000000)
		return decimal(ns, 1000, "us", a);
	if (ns < 1000000000)
		return decimal(ns, 1000000, "ms", a);
	if (ns < UINT64_C(60000000000))
		return decimal(ns, 1000000000, "s", a);
	return long_span(ns / 1000000000, a);
}

/* A number on its way to text. */
struct number {
	uint64_t v;
	bool negative;
	uint32_t nth;
	const struct value_name *names;
	struct value_env env;
	enum show show;
};

/* Bits of a number: a negative 32-bit one was widened by the decoder, and is narrowed again. */
static uint64_t bits_of(const struct number *n)
{
	return n->negative && (int64_t)n->v >= INT32_MIN ? (uint32_t)n->v : n->v;
}

static const char *show_dec(const struct number *n, struct arena *a)
{
	return n->negative ? arena_printf(a, "%" PRId64, (int64_t)n->v)
			   : arena_printf(a, "%" PRIu64, n->v);
}

static const char *show_hex(const struct number *n, struct arena *a)
{
	return arena_printf(a, "0x%" PRIx64, bits_of(n));
}

static const char *show_flags(const struct number *n, struct arena *a)
{
	uint64_t v = bits_of(n);
	const char *text = value_flags(n->names, v, n->env, "|", a);

	/* "0" or "0x400": no name was found, the number alone says it. */
	if (*text == '0')
		return show_hex(n, a);
	return arena_printf(a, "0x%" PRIx64 "  %s", v, text);
}

static const char *show_enum(const struct number *n, struct arena *a)
{
	const char *name = value_name(n->names, n->v, n->env);

	return name ? arena_printf(a, "%s  %s", show_dec(n, a), name) : show_dec(n, a);
}

static const char *show_bool(const struct number *n, struct arena *a)
{
	return n->v > 1 ? show_dec(n, a) : n->v ? "true" : "false";
}

static const char *show_address(const struct number *n, struct arena *a)
{
	return arena_printf(a, "0x%016" PRIx64, n->v);
}

static const char *show_size(const struct number *n, struct arena *a)
{
	if (n->negative || n->v < 1024)
		return show_dec(n, a);
	return arena_printf(a, "%" PRIu64 "  (%s)", n->v, text_size(n->v, a));
}

static const char *show_dev(const struct number *n, struct arena *a)
{
	return arena_printf(a, "%" PRIu64 ":%u", n->v >> 20, (unsigned)(n->v & 0xfffff));
}

/* glibc's makedev: minor in bits 0-7 and 20-43, major in 8-19 and 44-63. */
static const char *show_odev(const struct number *n, struct arena *a)
{
	uint64_t major = (n->v >> 8 & 0xfff) | (n->v >> 32 & ~UINT64_C(0xfff));
	uint64_t minor = (n->v & 0xff) | (n->v >> 12 & ~UINT64_C(0xff));

	return arena_printf(a, "%u:%u", (unsigned)major, (unsigned)minor);
}

static const char *show_mode(const struct number *n, struct arena *a)
{
	uint64_t v = bits_of(n);

	if (v > 0177777)
		return arena_printf(a, "0%" PRIo64, v);
	return arena_printf(a, "0%" PRIo64 "  %s", v, value_mode((uint32_t)v, a));
}

static const char *show_ip(const struct number *n, struct arena *a)
{
	uint32_t word = (uint32_t)bits_of(n);

	return value_ip(&word, 1, a);
}

static const char *show_signal(const struct number *n, struct arena *a)
{
	const char *name = value_signal(n->v, n->env, a);

	return *name == 'S' ? arena_printf(a, "%s  %s", show_dec(n, a), name) : show_dec(n, a);
}

static const char *show_sigset(const struct number *n, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	strbuf_addf(&s, "0x%" PRIx64, n->v);
	if (n->v == UINT64_MAX)
		strbuf_add(&s, "  all");
	else
		for (unsigned bit = 0, some = 0; bit < 64; bit++)
			if (n->v >> bit & 1)
				strbuf_addf(&s, "%s%s", some++ ? "|" : "  ",
					    value_signal(bit + 1, n->env, a));
	return s.text;
}

static const char *show_span(const struct number *n, struct arena *a)
{
	static const uint64_t unit[] = {
		[SHOW_SECONDS] = 1000000000,
		[SHOW_MSEC] = 1000000,
		[SHOW_USEC] = 1000,
		[SHOW_NSEC] = 1,
	};
	uint64_t ns;

	if (n->negative || !n->v)
		return show_dec(n, a);
	if (__builtin_mul_overflow(n->v, unit[n->show], &ns))
		return n->show == SHOW_SECONDS
			       ? arena_printf(a, "%" PRIu64 "  %s", n->v, long_span(n->v, a))
			       : show_dec(n, a);
	return arena_printf(a, "%" PRIu64 "  %s", n->v, value_span(ns, a));
}

static const char *show_time(const struct number *n, struct arena *a)
{
	time_t when = (time_t)n->v;
	char text[40];
	struct tm tm;

	/* Years of up to four digits; what is beyond is no date but a number. */
	if (n->negative || n->v > UINT64_C(253402300799) || !gmtime_r(&when, &tm))
		return show_dec(n, a);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	return arena_printf(a, "%s  %s", show_dec(n, a), text);
}

/* As wait(2) gives it: low seven bits the signal, 0x80 core, 0x7f stopped, next byte the code. */
static const char *show_status(const struct number *n, struct arena *a)
{
	uint64_t v = bits_of(n);
	unsigned code = (unsigned)(v >> 8 & 0xff), sig = (unsigned)(v & 0x7f);
	const char *text;

	if (v > 0xffff)
		return arena_printf(a, "0x%" PRIx64, v);
	if (v == 0xffff)
		text = "continued";
	else if ((v & 0xff) == 0x7f)
		text = arena_printf(a, "stopped %s", value_signal(code, n->env, a));
	else if (sig)
		text = arena_printf(a, "%s%s", value_signal(sig, n->env, a),
				    v & 0x80 ? " (core dumped)" : "");
	else
		text = arena_printf(a, "exit %u", code);
	return arena_printf(a, "0x%" PRIx64 "  %s", v, text);
}

static const char *show_caps(const struct number *n, struct arena *a)
{
	uint64_t v = bits_of(n), first = (uint64_t)n->nth * 32, all = 0;
	struct strbuf s;

	for (unsigned bit = 0; bit < 64 && first + bit < ARRAY_LEN(capabilities); bit++)
		all |= UINT64_C(1) << bit;
	strbuf_init(&s, a);
	strbuf_addf(&s, "0x%" PRIx64, v);
	if (v && (v == all || v == (uint32_t)all)) {
		strbuf_add(&s, "  all");
		return s.text;
	}
	for (unsigned bit = 0, some = 0; bit < 64; bit++) {
		if (!(v >> bit & 1))
			continue;
		strbuf_add(&s, some++ ? "|" : "  ");
		if (all >> bit & 1)
			strbuf_add(&s, capabilities[first + bit]);
		else
			strbuf_addf(&s, "%" PRIu64, first + bit);
	}
	return s.text;
}

static const char *show_octal(const struct number *n, struct arena *a)
{
	return arena_printf(a, "0%" PRIo64, bits_of(n));
}

static const char *show_zero(const struct number *n, struct arena *a)
{
	return n->v ? show_hex(n, a) : "0";
}

static const char *(*const number_shows[])(const struct number *, struct arena *) = {
	[SHOW_DEC] = show_dec,       [SHOW_HEX] = show_hex,         [SHOW_FLAGS] = show_flags,
	[SHOW_ENUM] = show_enum,     [SHOW_BOOL] = show_bool,       [SHOW_TEXT] = show_dec,
	[SHOW_BYTES] = show_hex,     [SHOW_ADDRESS] = show_address, [SHOW_SIZE] = show_size,
	[SHOW_DEV] = show_dev,       [SHOW_ODEV] = show_odev,       [SHOW_MODE] = show_mode,
	[SHOW_IP] = show_ip,         [SHOW_PORT] = show_dec,        [SHOW_SIGNAL] = show_signal,
	[SHOW_SIGSET] = show_sigset, [SHOW_SECONDS] = show_span,    [SHOW_MSEC] = show_span,
	[SHOW_USEC] = show_span,     [SHOW_NSEC] = show_span,       [SHOW_TIME] = show_time,
	[SHOW_STATUS] = show_status, [SHOW_UNIX_NAME] = show_dec,   [SHOW_CAPS] = show_caps,
	[SHOW_OCTAL] = show_octal,   [SHOW_ZERO] = show_zero,       [SHOW_MAC] = show_hex,
};

const char *value_number(enum show show, const struct value_name *names, struct value_env env,
			 uint64_t v, bool negative, uint32_t nth, struct arena *a)
{
	struct number n = {
		.v = v,
		.negative = negative,
		.nth = nth,
		.names = names,
		.env = env,
		.show = show,
	};

	if ((size_t)show >= ARRAY_LEN(number_shows))
		return show_dec(&n, a);
	return number_shows[show](&n, a);
}

/* How many bytes of hex are worth making when nothing limits them. */
enum { HEX_MAX = 4096 };

static void add_hex(struct strbuf *s, struct bytes b, const char *sep)
{
	for (size_t i = 0; i < b.len; i++)
		strbuf_addf(s, "%s%02x", i ? sep : "", b.at[i]);
}

static const char *show_raw(struct bytes b, size_t room, struct arena *a)
{
	size_t most = room ? room / 2 : HEX_MAX;
	struct strbuf s;

	if (most > HEX_MAX)
		most = HEX_MAX;
	strbuf_init(&s, a);
	if (b.len <= most) {
		add_hex(&s, b, "");
		return s.text;
	}
	/* Room for "... 4096 bytes" behind; eight bytes at least, whatever the room. */
	most = most > 8 + 8 ? most - 8 : 8;
	if (most < b.len) {
		add_hex(&s, (struct bytes){ b.at, most }, "");
		strbuf_add(&s, "\u2026 ");
	} else {
		add_hex(&s, b, "");
		strbuf_add(&s, "  ");
	}
	strbuf_addf(&s, "%zu bytes", b.len);
	return s.text;
}

/* Cleaned, from the first bytes only if there are many more than the room holds. */
static void add_text(struct strbuf *s, struct bytes b, size_t room)
{
	size_t most = b.len;

	if (room && most / 4 > room)
		most = room * 4;
	/* Not within a code point, which has three bytes behind its first at most. */
	for (int back = 0; back < 3 && most && most < b.len && (b.at[most] & 0xc0) == 0x80; back++)
		most--;
	strbuf_clean(s, (struct bytes){ b.at, most });
	if (most < b.len)
		strbuf_add(s, "\u2026");
}

static const char *show_text(struct bytes b, size_t room, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	add_text(&s, b, room);
	return s.text;
}

static const char *show_unix_name(struct bytes b, size_t room, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	if (b.len && !b.at[0]) {
		strbuf_add(&s, "@");
		b.at++;
		b.len--;
	} else {
		while (b.len && !b.at[b.len - 1])
			b.len--;
	}
	add_text(&s, b, room);
	return s.text;
}

static const char *show_mac(struct bytes b, size_t room, struct arena *a)
{
	struct strbuf s;

	if (b.len > 32)
		return show_raw(b, room, a);
	strbuf_init(&s, a);
	add_hex(&s, b, ":");
	return s.text;
}

static const char *show_zeros(struct bytes b, size_t room, struct arena *a)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.at[i])
			return show_raw(b, room, a);
	return arena_printf(a, "%zu zero bytes", b.len);
}

const char *value_bytes(enum show show, struct bytes b, size_t room, struct arena *a)
{
	switch (show) {
	case SHOW_TEXT:
		return show_text(b, room, a);
	case SHOW_UNIX_NAME:
		return show_unix_name(b, room, a);
	case SHOW_MAC:
		return show_mac(b, room, a);
	case SHOW_ZERO:
		return show_zeros(b, room, a);
	case SHOW_IP:
		return b.len == 4 || b.len == 16 ? value_ip_bytes(b, a) : show_raw(b, room, a);
	default:
		return show_raw(b, room, a);
	}
}
