/* criu/json: messages as crit prints them. Whole images are compared in tests/criu/crit-equal.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "criu/wire.h"
#include "pb.h"

static struct arena arena;
static const struct schema *schema;

/* The JSON of a message, in the arena. */
static const char *json_of(const char *type, const struct pb *p, enum json_style style, int indent)
{
	int fd = memfd_create("json", 0);
	struct out *o = calloc(1, sizeof(*o));
	struct json j;
	off_t size;
	char *text;

	assert_true(fd >= 0);
	assert_non_null(o);
	assert_non_null(schema_message(schema, type));
	out_init(o, fd);
	json_init(&j, o, indent);
	json_message(&j, schema_message(schema, type), pb_done(p), style, &arena);
	assert_int_equal(out_flush(o), 0);
	assert_int_equal(j.depth, 0);
	size = lseek(fd, 0, SEEK_END);
	text = arena_alloc(&arena, (size_t)size + 1);
	assert_int_equal(pread(fd, text, (size_t)size, 0), size);
	close(fd);
	free(o);
	return text;
}

static void assert_json(const char *type, const struct pb *p, const char *plain, const char *pretty)
{
	assert_string_equal(json_of(type, p, JSON_PLAIN, 0), plain);
	assert_string_equal(json_of(type, p, JSON_PRETTY, 0), pretty);
}

static void numbers(void **state)
{
	struct pb p = { .len = 0 };

	(void)state;
	pb_uint(&p, 1, 0x7f0000001000);
	pb_uint(&p, 2, UINT64_MAX);
	pb_uint(&p, 3, 4096);
	pb_uint(&p, 5, 3);
	pb_uint(&p, 6, 0x40022);
	pb_uint(&p, 7, 0);
	pb_sint(&p, 8, -1);
	assert_json("vma_entry", &p,
		    "{\"start\": 139637976731648, \"end\": 18446744073709551615, \"pgoff\": 4096, "
		    "\"prot\": 3, \"flags\": 262178, \"status\": 0, \"fd\": -1}",
		    "{\"start\": \"0x7f0000001000\", \"end\": \"0xffffffffffffffff\", "
		    "\"pgoff\": 4096, \"prot\": \"PROT_READ | PROT_WRITE\", "
		    "\"flags\": \"MAP_PRIVATE | MAP_ANON | 0x40000\", \"status\": \"\", "
		    "\"fd\": -1}");
	p.len = 0;
	pb_uint(&p, 6, (uint64_t)INT64_MIN);   /* file_lock.len */
	pb_uint(&p, 3, (uint64_t)-2);          /* pid, an int32 */
	pb_uint(&p, 1, UINT64_C(0x100000007)); /* flag: cut to 32 bits, as every decoder does */
	assert_json("file_lock_entry", &p,
		    "{\"flag\": 7, \"pid\": -2, \"len\": -9223372036854775808}",
		    "{\"flag\": 7, \"pid\": -2, \"len\": -9223372036854775808}");
}

static void enums_bools_and_dicts(void **state)
{
	struct pb p = { .len = 0 };

	(void)state;
	pb_uint(&p, 2, 1);
	pb_uint(&p, 6, 1);
	assert_json("inventory_entry", &p, "{\"fdinfo_per_id\": true, \"lsmtype\": \"SELINUX\"}",
		    "{\"fdinfo_per_id\": true, \"lsmtype\": \"SELINUX\"}");
	p.len = 0;
	pb_uint(&p, 6, 77); /* crit has no name and no output for it */
	assert_json("inventory_entry", &p, "{\"lsmtype\": 77}", "{\"lsmtype\": 77}");
	p.len = 0;
	pb_uint(&p, 1, 3);
	assert_json("task_core_entry", &p, "{\"task_state\": 3}", "{\"task_state\": \"Zombie\"}");
	p.len = 0;
	pb_uint(&p, 1, 2);
	assert_json("task_core_entry", &p, "{\"task_state\": 2}", "{\"task_state\": 2}");
}

static void devices(void **state)
{
	struct pb p = { .len = 0 };

	(void)state;
	pb_uint(&p, 4, 266338304);
	pb_uint(&p, 6, 259);
	assert_json("ghost_file_entry", &p, "{\"dev\": 266338304, \"rdev\": 259}",
		    "{\"dev\": \"254:0\", \"rdev\": \"1:3\"}");
	p.len = 0;
	pb_uint(&p, 6, 0xabc12345);
	assert_json("ghost_file_entry", &p, "{\"rdev\": 2881561413}", "{\"rdev\": \"291:703557\"}");
}

static void addresses(void **state)
{
	struct pb p = { .len = 0 };

	(void)state;
	pb_uint(&p, 11, 0x0100007f);
	for (int i = 0; i < 4; i++)
		pb_uint(&p, 12, i == 3 ? 0x01000000 : 0);
	assert_json("inet_sk_entry", &p,
		    "{\"src_addr\": [16777343], \"dst_addr\": [0, 0, 0, 16777216]}",
		    "{\"src_addr\": [\"127.0.0.1\"], \"dst_addr\": [\"::1\"]}");
	p.len = 0;
	pb_uint(&p, 11, 0xb80d0120);
	pb_uint(&p, 11, 0);
	pb_uint(&p, 11, 0x01000000);
	pb_uint(&p, 11, 0);
	/* Of two runs of zeros the longer is left out. */
	assert_json("inet_sk_entry", &p, "{\"src_addr\": [3087860000, 0, 16777216, 0]}",
		    "{\"src_addr\": [\"2001:db8::1:0:0\"]}");
	p.len = 0;
	pb_uint(&p, 11, 0);
	pb_uint(&p, 11, 0);
	pb_uint(&p, 11, 0xffff0000);
	pb_uint(&p, 11, 0x04030201);
	assert_json("inet_sk_entry", &p, "{\"src_addr\": [0, 0, 4294901760, 67305985]}",
		    "{\"src_addr\": [\"::ffff:102:304\"]}");
	p.len = 0;
	pb_uint(&p, 11, 1);
	pb_uint(&p, 11, 2); /* crit stops at such */
	assert_json("inet_sk_entry", &p, "{\"src_addr\": [1, 2]}", "{\"src_addr\": [1, 2]}");
}

static void texts(void **state)
{
	static const struct {
		const char *raw, *json;
	} cases[] = {
		{ "bash", "\"bash\"" },
		{ "", "\"\"" },
		{ "a\"b\\\n\033[31m\177", "\"a\\\"b\\\\\\n\\u001b[31m\\u007f\"" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", "\"\\u00e9\\ud83d\\ude00\"" },
		/* Not UTF-8: what Python's repr says of the bytes. */
		{ "\xff\xfe\x80raw", "\"b'\\\\xff\\\\xfe\\\\x80raw'\"" },
		{ "it's\xff", "\"b\\\"it's\\\\xff\\\"\"" },
		{ "'\"\\\xff\n\t\r\001", "\"b'\\\\'\\\"\\\\\\\\\\\\xff\\\\n\\\\t\\\\r\\\\x01'\"" },
		{ "\xed\xa0\x80", "\"b'\\\\xed\\\\xa0\\\\x80'\"" }, /* half a surrogate pair */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pb p = { .len = 0 };
		const char *want = arena_printf(&arena, "{\"comm\": %s}", cases[i].json);

		pb_str(&p, 6, cases[i].raw);
		assert_json("task_core_entry", &p, want, want);
	}
}

static void bytes_in_base64(void **state)
{
	struct pb p = { .len = 0 };
	uint8_t raw[58] = { 0 };

	(void)state;
	pb_bytes(&p, 7, "\x00\xff\x10\x83", 4);
	assert_json("net_device_entry", &p, "{\"address\": \"AP8Qgw==\\n\"}",
		    "{\"address\": \"AP8Qgw==\\n\"}");
	p.len = 0;
	pb_bytes(&p, 7, "", 0);
	assert_json("net_device_entry", &p, "{\"address\": \"\"}", "{\"address\": \"\"}");
	p.len = 0;
	pb_bytes(&p, 7, raw, 57);
	assert_string_equal(
		json_of("net_device_entry", &p, JSON_PLAIN, 0),
		"{\"address\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAA\\n\"}");
	p.len = 0;
	pb_bytes(&p, 7, raw, 58);
	assert_string_equal(
		json_of("net_device_entry", &p, JSON_PLAIN, 0),
		"{\"address\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAA\\nAA==\\n\"}");
}

/* The expected texts are those of Python's quopri.encodestring. */
static void socket_names(void **state)
{
	static const struct {
		const char *raw;
		size_t len;
		const char *json;
	} cases[] = {
		{ "st.sock", 8, "\"st.sock=00\"" },
		{ "\0abs\0\xff\xfe\"\\\n name", 15, "\"=00abs=00=FF=FE\\\"\\\\\\n name\"" },
		{ "a=b~\177 \t", 7, "\"a=3Db~=7F =09\"" },
		{ "x \ny\t\n", 6, "\"x=20\\ny=09\\n\"" },
		{ ".", 1, "\"=2E\"" },
		{ "..", 2, "\"..\"" },
		{ "a\r\nb\nc", 6, "\"a\\r\\nb\\r\\nc\"" },
	};
	struct pb p = { .len = 0 };
	char longest[80];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *want = arena_printf(&arena, "{\"name\": %s}", cases[i].json);

		p.len = 0;
		pb_bytes(&p, 11, cases[i].raw, cases[i].len);
		assert_json("unix_sk_entry", &p, want, want);
	}
	memset(longest, 'a', sizeof(longest));
	p.len = 0;
	pb_bytes(&p, 11, longest, 77);
	assert_string_equal(
		json_of("unix_sk_entry", &p, JSON_PLAIN, 0),
		"{\"name\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaa=\\naa\"}");
}

static void hex_is_inherited(void **state)
{
	struct pb p = { .len = 0 }, regs = { .len = 0 };

	(void)state;
	pb_uint(&regs, 1, 255);
	pb_uint(&regs, 28, 2);
	pb_uint(&p, 1, 0);
	pb_sub(&p, 2, &regs);
	assert_json(
		"thread_info_x86", &p,
		"{\"clear_tid_addr\": 0, \"gpregs\": {\"r15\": 255, \"mode\": \"COMPAT\"}}",
		"{\"clear_tid_addr\": \"0x0\", \"gpregs\": {\"r15\": \"0xff\", \"mode\": \"COMPAT\"}}");
}

/* Order on the wire does not matter; the last single value counts; messages are merged; elements
 * that lie apart belong together; what is unknown or misplaced is left out, as crit does. */
static void any_order(void **state)
{
	struct pb p = { .len = 0 }, half = { .len = 0 }, other = { .len = 0 };

	(void)state;
	pb_uint(&p, 5, 9);
	pb_uint(&p, 3, 3);
	pb_uint(&p, 5, 8);
	pb_uint(&p, 99, 1);
	pb_str(&p, 2, "misplaced");
	pb_uint(&p, 1, 1);
	pb_bytes(&p, 5, "\x07\x06", 2);
	pb_uint(&p, 1, 11);
	assert_json("pstree_entry", &p, "{\"pid\": 11, \"pgid\": 3, \"threads\": [9, 8, 7, 6]}",
		    "{\"pid\": 11, \"pgid\": 3, \"threads\": [9, 8, 7, 6]}");

	p.len = 0;
	pb_uint(&p, 1, 1);
	pb_uint(&half, 1, 5);
	pb_uint(&other, 2, 6);
	pb_sub(&p, 5, &half);
	pb_sub(&p, 5, &other); /* reg_file.fown, in two parts */
	assert_json("reg_file_entry", &p, "{\"id\": 1, \"fown\": {\"uid\": 5, \"euid\": 6}}",
		    "{\"id\": 1, \"fown\": {\"uid\": 5, \"euid\": 6}}");

	/* An unknown field between two elements does not end the array. */
	p.len = 0;
	pb_uint(&p, 5, 1);
	pb_uint(&p, 99, 0);
	pb_uint(&p, 5, 2);
	assert_json("pstree_entry", &p, "{\"threads\": [1, 2]}", "{\"threads\": [1, 2]}");
	p.len = 0;
	assert_json("pstree_entry", &p, "{}", "{}");
}

static void many_fields(void **state)
{
	struct pb p = { .len = 0 };
	struct strbuf s;

	(void)state;
	strbuf_init(&s, &arena);
	strbuf_add(&s, "{\"vregs\": [");
	for (uint64_t i = 0; i < 64; i++) {
		pb_uint(&p, 1, i);
		strbuf_addf(&s, "%s%d", i ? ", " : "", (int)i);
	}
	pb_uint(&p, 2, 5);
	strbuf_add(&s, "], \"fpsr\": 5}");
	assert_json("user_aarch64_fpsimd_context_entry", &p, s.text, s.text);

	/* More single fields than are kept from the first look. */
	p.len = 0;
	strbuf_init(&s, &arena);
	for (uint32_t i = 1; i <= 27; i++)
		pb_uint(&p, i, i);
	assert_non_null(strstr(json_of("user_x86_regs_entry", &p, JSON_PLAIN, 0),
			       "\"r15\": 1, \"r14\": 2, "));
	assert_non_null(strstr(json_of("user_x86_regs_entry", &p, JSON_PLAIN, 0), "\"gs\": 27}"));
}

static void indentation(void **state)
{
	struct pb p = { .len = 0 }, inner = { .len = 0 };

	(void)state;
	pb_uint(&inner, 1, 1);
	pb_uint(&p, 5, 1);
	pb_uint(&p, 5, 2);
	assert_string_equal(json_of("pstree_entry", &p, JSON_PRETTY, 4),
			    "{\n    \"threads\": [\n        1,\n        2\n    ]\n}");
	p.len = 0;
	pb_uint(&p, 1, 1);
	pb_sub(&p, 5, &inner);
	assert_string_equal(json_of("reg_file_entry", &p, JSON_PRETTY, 4),
			    "{\n    \"id\": 1,\n    \"fown\": {\n        \"uid\": 1\n    }\n}");
}

static void depth_is_bounded(void **state)
{
	struct pb p = { .len = 0 };
	const char *text;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct pb outer = { .len = 0 };

		pb_sub(&outer, 2, &p);
		p = outer;
	}
	text = json_of("cgroup_dir_entry", &p, JSON_PLAIN, 0);
	assert_true(strlen(text) < 2000);
	assert_non_null(strstr(text, "{\"children\": [{\"children\": [{"));
}

/* Damage yields JSON, whatever it says. The nesting is checked, and that nothing raw gets out. */
static void assert_sane(const char *text)
{
	int depth = 0;
	bool quoted = false;

	for (const char *p = text; *p; p++) {
		assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
		if (quoted && *p == '\\') {
			p++;
			continue;
		}
		if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '{' || *p == '['))
			depth++;
		else if (!quoted && (*p == '}' || *p == ']'))
			depth--;
		assert_true(depth > 0 || !p[1]);
	}
	assert_false(quoted);
	assert_int_equal(depth, 0);
}

static void damage_does_no_harm(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (size_t i = 0; i < schema_count(schema); i++) {
		const char *type = schema_at(schema, i)->name;

		for (int round = 0; round < 20; round++) {
			struct arena_mark mark = arena_mark(&arena);
			struct pb p = { .len = 0 };

			for (int k = 0; k < 60; k++) {
				seed = seed * 1103515245 + 12345;
				pb_raw(&p,
				       &(uint8_t){ (uint8_t)(seed >> 16 & (k % 2 ? 0x8f : 0x7a)) },
				       1);
			}
			assert_sane(json_of(type, &p, JSON_PLAIN, 0));
			assert_sane(json_of(type, &p, JSON_PRETTY, 0));
			arena_rewind(&arena, mark);
		}
	}
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	schema = schema_builtin(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(enums_bools_and_dicts),
		cmocka_unit_test(devices),
		cmocka_unit_test(addresses),
		cmocka_unit_test(texts),
		cmocka_unit_test(bytes_in_base64),
		cmocka_unit_test(socket_names),
		cmocka_unit_test(hex_is_inherited),
		cmocka_unit_test(any_order),
		cmocka_unit_test(many_fields),
		cmocka_unit_test(indentation),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(damage_does_no_harm),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
