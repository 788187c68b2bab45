/* How values look: one function a notation, in a table by enum show. A number is shown with its
 * meaning two blanks behind it: "0x22  MAP_PRIVATE|MAP_ANON"; the view may colour the two apart. */
#include "core/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "base/text.h"

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
	return n->negative ? arena_printf(a, "%" PRId64, (int64_t)n->v) : text_uint(n->v, a);
}

static const char *show_hex(const struct number *n, struct arena *a)
{
	return text_hex(bits_of(n), 1, a);
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
	return text_hex(n->v, 16, a);
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
		return show_dec(n, a); /* longer than 584 years */
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
	enum { FEW = 6 };
	uint64_t v = bits_of(n), first = (uint64_t)n->nth * 32, all = 0;
	const char *lead = "  ";
	struct strbuf s;

	for (unsigned bit = 0; bit < 64 && first + bit < ARRAY_LEN(capabilities); bit++)
		all |= UINT64_C(1) << bit;
	strbuf_init(&s, a);
	strbuf_addf(&s, "0x%" PRIx64, v);
	if (v && (v == all || v == (uint32_t)all)) {
		strbuf_add(&s, "  all");
		return s.text;
	}
	/* Few are missing, or an older kernel had fewer. */
	if (v >> 32 && !(v & ~all) && __builtin_popcountll(all & ~v) <= FEW) {
		lead = "  all but ";
		v = all & ~v;
	}
	for (unsigned bit = 0, some = 0; bit < 64; bit++) {
		if (!(v >> bit & 1))
			continue;
		strbuf_add(&s, some++ ? "|" : lead);
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
