/* Names of numbers, and the texts of single kinds that summaries want, too. */
#include "core/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
	return b.len == 16 ? ipv6(b.at, a) : "";
}

const char *value_ip(const uint32_t *words, size_t n, struct arena *a)
{
	uint8_t raw[16] = { 0 };

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
	while (n > 1 && digits[n - 1] == '0')
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
