/* core/value: every notation, and what hostile numbers make of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/value.h"

#define X86                                                                                        \
	{                                                                                          \
		1u << 1                                                                            \
	}
#define MIPS                                                                                       \
	{                                                                                          \
		1u << 6                                                                            \
	}

static const struct value_name map_flags[] = {
	{ 3, "MAP_SHARED_VALIDATE", ARCH_ALL }, { 1, "MAP_SHARED", ARCH_ALL },
	{ 2, "MAP_PRIVATE", ARCH_ALL },         { 0x20, "MAP_ANON", ARCH_ALL & ~(1u << 6) },
	{ 0x800, "MAP_ANON", 1u << 6 },         { 0 },
};

static const struct value_name states[] = {
	{ 0, "NONE", ARCH_ALL },
	{ 3, "STOPPED", ARCH_ALL },
	{ (uint64_t)-1, "ERROR", ARCH_ALL },
	{ 0 },
};

struct number_case {
	enum show show;
	const struct value_name *names;
	struct value_env env;
	uint64_t v;
	uint32_t nth;
	const char *text;
};

static const struct number_case number_cases[] = {
	{ SHOW_DEC, NULL, { 0 }, UINT64_MAX, 0, "18446744073709551615" },
	{ SHOW_HEX, NULL, { 0 }, 0x22, 0, "0x22" },
	{ SHOW_HEX, NULL, { 0 }, 0, 0, "0x0" },
	{ SHOW_FLAGS, map_flags, X86, 0x22, 0, "0x22  MAP_PRIVATE|MAP_ANON" },
	{ SHOW_FLAGS, map_flags, X86, 0x23, 0, "0x23  MAP_SHARED_VALIDATE|MAP_ANON" },
	{ SHOW_FLAGS, map_flags, MIPS, 0x822, 0, "0x822  MAP_PRIVATE|MAP_ANON|0x20" },
	{ SHOW_FLAGS, map_flags, { 0 }, 0x22, 0, "0x22  MAP_PRIVATE|0x20" },
	{ SHOW_FLAGS, map_flags, X86, 0x400, 0, "0x400" },
	{ SHOW_FLAGS, map_flags, X86, 0, 0, "0x0" },
	{ SHOW_FLAGS, states, X86, 0, 0, "0x0  NONE" },
	{ SHOW_FLAGS, NULL, X86, 5, 0, "0x5" },
	{ SHOW_ENUM, states, X86, 3, 0, "3  STOPPED" },
	{ SHOW_ENUM, states, X86, 4, 0, "4" },
	{ SHOW_ENUM, NULL, X86, 4, 0, "4" },
	{ SHOW_BOOL, NULL, X86, 1, 0, "true" },
	{ SHOW_BOOL, NULL, X86, 0, 0, "false" },
	{ SHOW_BOOL, NULL, X86, 2, 0, "2" },
	{ SHOW_ADDRESS, NULL, X86, 0x1c3f000, 0, "0x0000000001c3f000" },
	{ SHOW_SIZE, NULL, X86, 135168, 0, "135168  (132K)" },
	{ SHOW_SIZE, NULL, X86, 100, 0, "100" },
	{ SHOW_DEV, NULL, X86, 43, 0, "0:43" },
	{ SHOW_DEV, NULL, X86, 8 << 20 | 1, 0, "8:1" },
	{ SHOW_ODEV, NULL, X86, 0x801, 0, "8:1" },
	{ SHOW_ODEV, NULL, X86, 0x8800, 0, "136:0" },
	{ SHOW_ODEV, NULL, X86, 0x12345678, 0, "1110:74616" },
	{ SHOW_MODE, NULL, X86, 0100644, 0, "0100644  -rw-r--r--" },
	{ SHOW_MODE, NULL, X86, 041777, 0, "041777  drwxrwxrwt" },
	{ SHOW_MODE, NULL, X86, 0104755, 0, "0104755  -rwsr-xr-x" },
	{ SHOW_MODE, NULL, X86, 0142640, 0, "0142640  srw-r-S---" },
	{ SHOW_MODE, NULL, X86, 0xffffffff, 0, "037777777777" },
	{ SHOW_IP, NULL, X86, 0x0100007f, 0, "127.0.0.1" },
	{ SHOW_PORT, NULL, X86, 8080, 0, "8080" },
	{ SHOW_SIGNAL, NULL, X86, 15, 0, "15  SIGTERM" },
	{ SHOW_SIGNAL, NULL, X86, 17, 0, "17  SIGCHLD" },
	{ SHOW_SIGNAL, NULL, MIPS, 17, 0, "17  SIGUSR2" },
	{ SHOW_SIGNAL, NULL, { 0 }, 17, 0, "17" },
	{ SHOW_SIGNAL, NULL, X86, 34, 0, "34  SIGRTMIN" },
	{ SHOW_SIGNAL, NULL, X86, 64, 0, "64  SIGRTMIN+30" },
	{ SHOW_SIGNAL, NULL, X86, 65, 0, "65" },
	{ SHOW_SIGNAL, NULL, X86, 0, 0, "0" },
	{ SHOW_SIGSET, NULL, X86, 0x4000, 0, "0x4000  SIGTERM" },
	{ SHOW_SIGSET, NULL, X86, 0x10004, 0, "0x10004  SIGQUIT|SIGCHLD" },
	{ SHOW_SIGSET, NULL, X86, 0, 0, "0x0" },
	{ SHOW_SIGSET, NULL, X86, UINT64_MAX, 0, "0xffffffffffffffff  all" },
	{ SHOW_SECONDS, NULL, X86, 90, 0, "90  1 min 30 s" },
	{ SHOW_SECONDS, NULL, X86, UINT64_MAX, 0, "18446744073709551615" },
	{ SHOW_MSEC, NULL, X86, 1500, 0, "1500  1.5 s" },
	{ SHOW_USEC, NULL, X86, 250, 0, "250  250 us" },
	{ SHOW_NSEC, NULL, X86, 1234567, 0, "1234567  1.234 ms" },
	{ SHOW_NSEC, NULL, X86, 0, 0, "0" },
	{ SHOW_TIME, NULL, X86, 1700000000, 0, "1700000000  2023-11-14 22:13:20 UTC" },
	{ SHOW_TIME, NULL, X86, UINT64_MAX, 0, "18446744073709551615" },
	{ SHOW_STATUS, NULL, X86, 0x300, 0, "0x300  exit 3" },
	{ SHOW_STATUS, NULL, X86, 0, 0, "0x0  exit 0" },
	{ SHOW_STATUS, NULL, X86, 9, 0, "0x9  SIGKILL" },
	{ SHOW_STATUS, NULL, X86, 0x8b, 0, "0x8b  SIGSEGV (core dumped)" },
	{ SHOW_STATUS, NULL, X86, 0x137f, 0, "0x137f  stopped SIGSTOP" },
	{ SHOW_STATUS, NULL, X86, 0xffff, 0, "0xffff  continued" },
	{ SHOW_STATUS, NULL, X86, 0x12345, 0, "0x12345" },
	{ SHOW_CAPS, NULL, X86, 0x21, 0, "0x21  CHOWN|KILL" },
	{ SHOW_CAPS, NULL, X86, 0x300, 1, "0x300  CHECKPOINT_RESTORE|41" },
	{ SHOW_CAPS, NULL, X86, 0xffffffff, 0, "0xffffffff  all" },
	{ SHOW_CAPS, NULL, X86, 0x1ff, 1, "0x1ff  all" },
	{ SHOW_CAPS, NULL, X86, 1, UINT32_MAX - 1, "0x1  137438953408" },
	{ SHOW_OCTAL, NULL, X86, 0644, 0, "0644" },
	{ SHOW_ZERO, NULL, X86, 0, 0, "0" },
	{ SHOW_ZERO, NULL, X86, 16, 0, "0x10" },
};

static void numbers_in_every_notation(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(number_cases); i++) {
		const struct number_case *t = &number_cases[i];

		assert_string_equal(
			value_number(t->show, t->names, t->env, t->v, false, t->nth, &a), t->text);
	}
	arena_fini(&a);
}

static void negative_numbers(void **state)
{
	struct arena a;
	struct value_env env = X86;

	(void)state;
	arena_init(&a);
	assert_string_equal(value_number(SHOW_DEC, NULL, env, (uint64_t)-5, true, 0, &a), "-5");
	assert_string_equal(value_number(SHOW_ENUM, states, env, (uint64_t)-1, true, 0, &a),
			    "-1  ERROR");
	/* A 32-bit word that the wire widened. */
	assert_string_equal(value_number(SHOW_HEX, NULL, env, (uint64_t)-1, true, 0, &a),
			    "0xffffffff");
	assert_string_equal(value_number(SHOW_HEX, NULL, env, (uint64_t)INT64_MIN, true, 0, &a),
			    "0x8000000000000000");
	assert_string_equal(value_number(SHOW_SECONDS, NULL, env, (uint64_t)-1, true, 0, &a), "-1");
	assert_string_equal(value_number(SHOW_TIME, NULL, env, (uint64_t)-1, true, 0, &a), "-1");
	arena_fini(&a);
}

static void no_number_breaks_a_notation(void **state)
{
	static const struct value_env envs[] = { { 0 }, X86, MIPS };
	struct arena a;

	(void)state;
	arena_init(&a);
	for (int show = SHOW_DEC; show <= SHOW_MAC + 1; show++)
		for (unsigned bit = 0; bit < 64; bit++)
			for (size_t e = 0; e < ARRAY_LEN(envs); e++)
				for (int d = -1; d <= 1; d++) {
					uint64_t v = (UINT64_C(1) << bit) + (uint64_t)(int64_t)d;
					const char *text;

					text = value_number((enum show)show, map_flags, envs[e], v,
							    (int64_t)v < 0 && bit & 1, bit, &a);
					assert_true(*text != 0);
					assert_false(text_needs_clean(bytes_of(text)));
					arena_reset(&a);
				}
	arena_fini(&a);
}

struct bytes_case {
	enum show show;
	const char *raw;
	size_t len;
	size_t room;
	const char *text;
};

#define RAW(show, raw, room, text)                                                                 \
	{                                                                                          \
		show, raw, sizeof(raw) - 1, room, text                                             \
	}
#define TEN "0123456789"

static const struct bytes_case bytes_cases[] = {
	RAW(SHOW_TEXT, "comm\033", 0, "comm\\x1b"),
	RAW(SHOW_TEXT, "", 0, ""),
	RAW(SHOW_TEXT, TEN TEN TEN TEN, 5, TEN TEN "\u2026"),
	RAW(SHOW_BYTES, "\1\2\xff", 0, "0102ff"),
	RAW(SHOW_BYTES, "", 0, ""),
	RAW(SHOW_BYTES, TEN TEN, 0, "3031323334353637383930313233343536373839"),
	RAW(SHOW_BYTES, TEN TEN, 20, "3031323334353637\u2026 20 bytes"),
	RAW(SHOW_UNIX_NAME, "\0abstract", 0, "@abstract"),
	RAW(SHOW_UNIX_NAME, "\0with\0nul", 0, "@with\\x00nul"),
	RAW(SHOW_UNIX_NAME, "/run/sock\0", 0, "/run/sock"),
	RAW(SHOW_UNIX_NAME, "", 0, ""),
	RAW(SHOW_MAC, "\x02\x42\xac\x11\0\x02", 0, "02:42:ac:11:00:02"),
	RAW(SHOW_IP, "\x7f\0\0\1", 0, "127.0.0.1"),
	RAW(SHOW_IP, "\x7f\0\0", 0, "7f0000"),
	RAW(SHOW_IP, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 0, "::1"),
	RAW(SHOW_IP, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 0, "::"),
	RAW(SHOW_IP, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0", 0, "2001:db8::"),
	RAW(SHOW_IP, "\x20\x01\x0d\xb8\0\0\0\1\0\0\0\0\0\0\0\1", 0, "2001:db8:0:1::1"),
	RAW(SHOW_IP, "\xfe\x80\0\0\0\0\0\0\1\2\3\4\5\6\7\x08", 0, "fe80::102:304:506:708"),
	RAW(SHOW_IP, "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\x08", 0, "1:2:3:4:5:6:7:8"),
	/* One zero group alone is no run. */
	RAW(SHOW_IP, "\0\1\0\2\0\3\0\0\0\5\0\6\0\7\0\x08", 0, "1:2:3:0:5:6:7:8"),
	RAW(SHOW_IP, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1", 0, "::ffff:10.0.0.1"),
	RAW(SHOW_ZERO, "\0\0\0", 0, "3 zero bytes"),
	RAW(SHOW_ZERO, "\0\1", 0, "0001"),
};

static void bytes_in_every_notation(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(bytes_cases); i++) {
		const struct bytes_case *t = &bytes_cases[i];
		struct bytes b = { (const uint8_t *)t->raw, t->len };

		assert_string_equal(value_bytes(t->show, b, t->room, &a), t->text);
	}
	arena_fini(&a);
}

static void long_bytes_cost_only_what_is_shown(void **state)
{
	uint8_t *big = calloc(1, 64 << 20);
	struct bytes b = { big, 64 << 20 };
	struct arena a;

	(void)state;
	assert_non_null(big);
	arena_init(&a);
	for (int show = SHOW_DEC; show <= SHOW_MAC; show++) {
		const char *text;

		if (show == SHOW_ZERO)
			continue;
		text = value_bytes((enum show)show, b, 100, &a);
		assert_true(strlen(text) < 4 * 400 + 20);
		assert_true(a.held < 1 << 20);
	}
	assert_non_null(strstr(value_bytes(SHOW_BYTES, b, 0, &a), "67108864 bytes"));
	/* A cut never falls within a code point. */
	for (size_t i = 0; i + 3 <= 3000; i += 3)
		memcpy(big + i, "\xe6\xbc\xa2", 3);
	for (size_t room = 1; room < 100; room++)
		assert_null(strchr(value_bytes(SHOW_TEXT, (struct bytes){ big, 3000 }, room, &a),
				   '\\'));
	arena_fini(&a);
	free(big);
}

static void addresses_as_words(void **state)
{
	static const uint32_t v6[] = { 0xb80d0120, 0, 0, 0x01000000 };
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_string_equal(value_ip(v6, 4, &a), "2001:db8::1");
	assert_string_equal(value_ip((const uint32_t[]){ 0x0100000a }, 1, &a), "10.0.0.1");
	assert_string_equal(value_ip(v6, 0, &a), "");
	assert_string_equal(value_ip(v6, SIZE_MAX, &a), "2001:db8::1");
	arena_fini(&a);
}

static void spans_of_time(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0 s" },
		{ 999, "999 ns" },
		{ 1500, "1.5 us" },
		{ 2000000, "2 ms" },
		{ 1050000000, "1.05 s" },
		{ UINT64_C(59999000000), "59.999 s" },
		{ UINT64_C(60000000000), "1 min 0 s" },
		{ UINT64_C(3600000000000), "1 h 0 min" },
		{ UINT64_C(90000000000000), "1 d 1 h" },
	};
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(value_span(cases[i].ns, &a), cases[i].text);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_in_every_notation),
		cmocka_unit_test(negative_numbers),
		cmocka_unit_test(no_number_breaks_a_notation),
		cmocka_unit_test(bytes_in_every_notation),
		cmocka_unit_test(long_bytes_cost_only_what_is_shown),
		cmocka_unit_test(addresses_as_words),
		cmocka_unit_test(spans_of_time),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
