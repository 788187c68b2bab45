/* base/out: buffering, numbers, failure, and JSON as Python's json.dumps writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/out.h"

/* What was written into an unlinked file so far; the caller frees it. */
static char *written(struct out *o)
{
	off_t len;
	char *text;

	assert_int_equal(out_flush(o), 0);
	len = lseek(o->fd, 0, SEEK_END);
	text = calloc(1, (size_t)len + 1);
	assert_non_null(text);
	assert_int_equal(pread(o->fd, text, (size_t)len, 0), len);
	return text;
}

static struct out *file_out(void)
{
	char name[] = "/tmp/out.XXXXXX";
	struct out *o = malloc(sizeof(*o));

	assert_non_null(o);
	out_init(o, mkstemp(name));
	assert_true(o->fd >= 0);
	unlink(name);
	return o;
}

static void done(struct out *o, const char *expected)
{
	char *text = written(o);

	assert_string_equal(text, expected);
	free(text);
	close(o->fd);
	free(o);
}

static void numbers(void **state)
{
	struct out *o = file_out();
	char expected[8192];
	size_t n = 0;

	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t v = (UINT64_C(1) << bit) - (bit & 1);

		out_uint(o, v);
		out_str(o, " ");
		out_hex(o, v);
		out_str(o, " ");
		n += (size_t)snprintf(expected + n, sizeof(expected) - n, "%llu 0x%llx ",
				      (unsigned long long)v, (unsigned long long)v);
	}
	out_uint(o, UINT64_MAX);
	snprintf(expected + n, sizeof(expected) - n, "%llu", ~0ull);
	done(o, expected);
}

static void more_than_the_buffer(void **state)
{
	struct out *o = file_out();
	char *big = malloc(200001), *text;
	size_t all = 0;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 200000);
	big[200000] = 0;
	for (size_t n = 1; n <= 200000; n *= 7) {
		out_add(o, big, n);
		out_printf(o, "%.*s", (int)n, big);
		all += 2 * n;
	}
	text = written(o);
	assert_int_equal(strlen(text), all);
	assert_int_equal(strspn(text, "x"), all);
	free(text);
	free(big);
	close(o->fd);
	free(o);
}

static void failure_is_kept_until_asked(void **state)
{
	struct out *o = malloc(sizeof(*o));

	(void)state;
	assert_non_null(o);
	out_init(o, open("/dev/full", O_WRONLY));
	assert_true(o->fd >= 0);
	out_str(o, "lost");
	assert_int_equal(o->errnum, 0);
	assert_int_equal(out_flush(o), ENOSPC);
	out_str(o, "dropped");
	assert_int_equal(out_flush(o), ENOSPC);
	close(o->fd);
	out_init(o, -1);
	for (int i = 0; i < 100000; i++)
		out_str(o, "counted");
	assert_int_equal(out_flush(o), 0);
	free(o);
}

static void sample(struct json *j)
{
	static const uint8_t raw[] = { 0, 1, 0xfe, 0xff };

	json_object(j);
	json_key(j, "a");
	json_uint(j, 1);
	json_key(j, "empty");
	json_object(j);
	json_end_object(j);
	json_key(j, "list");
	json_array(j);
	json_int(j, -5);
	json_int(j, INT64_MIN);
	json_bool(j, true);
	json_null(j);
	json_array(j);
	json_end_array(j);
	json_object(j);
	json_key(j, "x");
	json_hex(j, 0xbeef);
	json_end_object(j);
	json_end_array(j);
	json_key(j, "bytes");
	json_bytes(j, (struct bytes){ raw, 4 });
	json_key(j, "raw");
	json_raw(j, "1.5", 3);
	json_end_object(j);
}

/* Both as printed by Python 3.11. */
static void json_on_one_line(void **state)
{
	struct out *o = file_out();
	struct json j;

	(void)state;
	json_init(&j, o, 0);
	sample(&j);
	done(o, "{\"a\": 1, \"empty\": {}, \"list\": [-5, -9223372036854775808, true, null, [], "
		"{\"x\": \"0xbeef\"}], \"bytes\": \"0001feff\", \"raw\": 1.5}");
}

static void json_indented(void **state)
{
	struct out *o = file_out();
	struct json j;

	(void)state;
	json_init(&j, o, 4);
	sample(&j);
	done(o,
	     "{\n    \"a\": 1,\n    \"empty\": {},\n    \"list\": [\n        -5,\n"
	     "        -9223372036854775808,\n        true,\n        null,\n        [],\n        {\n"
	     "            \"x\": \"0xbeef\"\n        }\n    ],\n    \"bytes\": \"0001feff\",\n"
	     "    \"raw\": 1.5\n}");
}

static void json_nested_deep(void **state)
{
	struct out *o = file_out();
	char expected[8192], *p = expected;
	struct json j;

	(void)state;
	json_init(&j, o, 2);
	for (int i = 0; i < 60; i++)
		json_array(&j);
	json_uint(&j, 7);
	for (int i = 0; i < 60; i++)
		json_end_array(&j);
	for (int i = 0; i < 60; i++)
		p += sprintf(p, "[\n%*s", 2 * (i + 1), "");
	p += sprintf(p, "7");
	for (int i = 59; i >= 0; i--)
		p += sprintf(p, "\n%*s]", 2 * i, "");
	done(o, expected);
}

struct str_case {
	const char *raw;
	size_t len;
	const char *json;
};

#define STR(raw, json)                                                                             \
	{                                                                                          \
		raw, sizeof(raw) - 1, json                                                         \
	}

static void strings_are_plain_ascii(void **state)
{
	static const struct str_case cases[] = {
		STR("", "\"\""),
		STR("a/b", "\"a/b\""),
		STR("\"\\", "\"\\\"\\\\\""),
		STR("\n\r\t\b\f", "\"\\n\\r\\t\\b\\f\""),
		STR("\0\x1f\x7f", "\"\\u0000\\u001f\\u007f\""),
		STR("\xc3\xa9\xe2\x80\xae", "\"\\u00e9\\u202e\""),
		STR("\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\""),
		STR("a\xff\xc3", "\"a\\ufffd\\ufffd\""),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct out *o = file_out();
		struct json j;

		json_init(&j, o, 0);
		json_text(&j, (struct bytes){ (const uint8_t *)cases[i].raw, cases[i].len });
		done(o, cases[i].json);
	}
}

static void base64(void **state)
{
	static const char *const expected[] = { "\"\"",        "\"Zg==\"",     "\"Zm8=\"",
						"\"Zm9v\"",    "\"Zm9vYg==\"", "\"Zm9vYmE=\"",
						"\"Zm9vYmFy\"" };

	(void)state;
	for (size_t n = 0; n <= 6; n++) {
		struct out *o = file_out();
		struct json j;

		json_init(&j, o, 0);
		json_base64(&j, (struct bytes){ (const uint8_t *)"foobar", n });
		done(o, expected[n]);
	}
}

static void long_runs_of_bytes(void **state)
{
	uint8_t *raw = calloc(1, 10000);
	char *text;
	struct out *o = file_out();
	struct json j;

	(void)state;
	assert_non_null(raw);
	json_init(&j, o, 0);
	json_bytes(&j, (struct bytes){ raw, 10000 });
	json_base64(&j, (struct bytes){ raw, 9999 });
	text = written(o);
	assert_int_equal(strlen(text), 20002 + 13334);
	assert_int_equal(strspn(text + 1, "0"), 20000);
	assert_int_equal(strspn(text + 20003, "A"), 13332);
	free(text);
	free(raw);
	close(o->fd);
	free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(more_than_the_buffer),
		cmocka_unit_test(failure_is_kept_until_asked),
		cmocka_unit_test(json_on_one_line),
		cmocka_unit_test(json_indented),
		cmocka_unit_test(json_nested_deep),
		cmocka_unit_test(strings_are_plain_ascii),
		cmocka_unit_test(base64),
		cmocka_unit_test(long_runs_of_bytes),
	};

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
