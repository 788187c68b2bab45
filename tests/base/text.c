/* base/text: nothing hostile gets through, and the usual text stays as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/attr.h"
#include "base/text.h"

struct clean_case {
	const char *raw;
	size_t len;
	const char *clean;
};

#define CLEAN(raw, clean)                                                                          \
	{                                                                                          \
		raw, sizeof(raw) - 1, clean                                                        \
	}

static const struct clean_case clean_cases[] = {
	CLEAN("", ""),
	CLEAN("bash", "bash"),
	CLEAN("C:\\dir", "C:\\dir"), /* nothing else to escape: as it is */
	CLEAN("C:\\dir\n", "C:\\\\dir\\n"),
	CLEAN("a\tb\r\n", "a\\tb\\r\\n"),
	CLEAN("\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m"),
	CLEAN("\033]0;title\007", "\\x1b]0;title\\x07"),
	CLEAN("nul\0tail", "nul\\x00tail"),
	CLEAN("del\x7f", "del\\x7f"),
	CLEAN("\xc2\x9b"
	      "31m",
	      "\\u{9b}31m"), /* C1: a one-byte CSI to some terminals */
	CLEAN("\x9b"
	      "31m",
	      "\\x9b31m"),
	CLEAN("caf\xc3\xa9", "caf\xc3\xa9"),
	CLEAN("\xe2\x80\xae"
	      "gnp.exe",
	      "\\u{202e}gnp.exe"),
	CLEAN("\xe2\x81\xa6"
	      "isolate\xe2\x81\xa9",
	      "\\u{2066}isolate\\u{2069}"),
	CLEAN("\xd8\x9c", "\\u{61c}"),
	CLEAN("a\xe2\x80\x8b"
	      "b",
	      "a\\u{200b}b"),
	CLEAN("a\xe2\x80\x8d"
	      "b",
	      "a\\u{200d}b"),
	CLEAN("a\xe2\x81\xa0"
	      "b",
	      "a\\u{2060}b"),
	CLEAN("\xef\xbb\xbf"
	      "bom",
	      "\\u{feff}bom"),
	CLEAN("soft\xc2\xad", "soft\\u{ad}"),
	CLEAN("\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}"),
	CLEAN("\xee\x80\x80", "\\u{e000}"), /* private use */
	CLEAN("\xef\xbf\xbe", "\\u{fffe}"), /* no character */
	CLEAN("\xef\xb7\x90", "\\u{fdd0}"),
	CLEAN("\xf3\xa0\x81\x81", "\\u{e0041}"), /* a tag */
	CLEAN("\xef\xb8\x8f", "\\u{fe0f}"),      /* a variation selector */
	CLEAN("\xf3\xa0\x84\x80", "\\u{e0100}"),
	CLEAN("\xf1\x80\x80\x80", "\\u{40000}"),  /* an empty plane */
	CLEAN("\xe3\x85\xa4", "\\u{3164}"),       /* a filler that looks like nothing */
	CLEAN("\xed\xa0\x80", "\\xed\\xa0\\x80"), /* a surrogate */
	CLEAN("\xc0\x80", "\\xc0\\x80"),          /* overlong */
	CLEAN("\xe0\x80\xaf", "\\xe0\\x80\\xaf"),
	CLEAN("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"), /* past the last code point */
	CLEAN("\xff\xfe", "\\xff\\xfe"),
	CLEAN("cut \xe2\x82", "cut \\xe2\\x82"),
	CLEAN("\xe2\x28\xa1", "\\xe2(\\xa1"),
	CLEAN("e\xcc\x81", "e\xcc\x81"), /* one mark on its base */
	CLEAN("\xcc\x81"
	      "e",
	      "\\u{301}e"),                 /* a mark on nothing */
	CLEAN("\n\xcc\x81", "\\n\\u{301}"), /* nor on an escape */
	CLEAN("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
	      "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u{301}\\u{301}"),
	CLEAN("\xe6\xbc\xa2\xe5\xad\x97", "\xe6\xbc\xa2\xe5\xad\x97"),
	CLEAN("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"),
};

static void hostile_text_is_spelt_out(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(clean_cases); i++) {
		const struct clean_case *t = &clean_cases[i];
		struct bytes raw = { (const uint8_t *)t->raw, t->len };
		bool same = strlen(t->clean) == t->len && !memcmp(t->clean, t->raw, t->len);
		char buf[128];

		assert_string_equal(text_clean(raw, &a), t->clean);
		assert_int_equal(text_needs_clean(raw), !same);
		assert_int_equal(text_clean_into(raw, buf, sizeof(buf)), strlen(t->clean));
		assert_string_equal(buf, t->clean);
		/* What is clean stays: cleaning twice is cleaning once. */
		assert_string_equal(text_clean_str(t->clean, &a), t->clean);
	}
	arena_fini(&a);
}

static size_t encode(uint32_t cp, uint8_t to[static 4])
{
	if (cp < 0x80) {
		to[0] = (uint8_t)cp;
		return 1;
	}
	if (cp < 0x800) {
		to[0] = (uint8_t)(0xc0 | cp >> 6);
		to[1] = (uint8_t)(0x80 | (cp & 63));
		return 2;
	}
	if (cp < 0x10000) {
		to[0] = (uint8_t)(0xe0 | cp >> 12);
		to[1] = (uint8_t)(0x80 | (cp >> 6 & 63));
		to[2] = (uint8_t)(0x80 | (cp & 63));
		return 3;
	}
	to[0] = (uint8_t)(0xf0 | cp >> 18);
	to[1] = (uint8_t)(0x80 | (cp >> 12 & 63));
	to[2] = (uint8_t)(0x80 | (cp >> 6 & 63));
	to[3] = (uint8_t)(0x80 | (cp & 63));
	return 4;
}

/* What must never reach a terminal, said independently of the table that decides. */
static bool forbidden(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || cp == 0x61c ||
	       (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || (cp >= 0xd800 && cp <= 0xf8ff) ||
	       (cp >= 0xfdd0 && cp <= 0xfdef) || (cp >= 0xfe00 && cp <= 0xfe0f) || cp == 0xfeff ||
	       (cp & 0xfffe) == 0xfffe || cp >= 0x40000;
}

static void every_code_point(void **state)
{
	struct arena a;
	unsigned shown = 0;

	(void)state;
	arena_init(&a);
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		uint8_t raw[5] = { 'x' };
		struct bytes b = { raw, 1 + encode(cp, raw + 1) };
		const char *clean = text_clean(b, &a);
		bool kept = strlen(clean) == b.len && !memcmp(clean, raw, b.len);
		int width = text_width(clean);
		uint32_t back = 0;

		if (cp < 0xd800 || cp > 0xdfff) {
			assert_int_equal(text_decode((struct bytes){ raw + 1, b.len - 1 }, &back),
					 b.len - 1);
			assert_int_equal(back, cp);
		} else {
			assert_int_equal(text_decode((struct bytes){ raw + 1, 3 }, &back), 0);
		}
		if (forbidden(cp))
			assert_false(kept);
		if (kept) {
			shown++;
			assert_in_range(width, 1, 3);
			assert_int_equal(width, 1 + text_cp_width(cp));
		} else {
			for (const char *p = clean; *p; p++)
				assert_in_range((unsigned char)*p, 0x20, 0x7e);
			assert_int_equal(width, strlen(clean));
		}
		assert_true(text_valid_utf8(bytes_of(clean)));
		arena_reset(&a);
	}
	/* Unicode 14 has 144,697 characters; nearly all of them are printable. */
	assert_in_range(shown, 140000, 145000);
	arena_fini(&a);
}

static void random_bytes_come_out_clean(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	srand(7);
	for (int round = 0; round < 20000; round++) {
		uint8_t raw[48];
		struct bytes b = { raw, (size_t)(rand() % 49) };
		char small[20];
		const char *clean;

		for (size_t i = 0; i < b.len; i++)
			raw[i] = (uint8_t)(rand() % 3 ? rand() : 0x80 | (rand() & 0x3f));
		clean = text_clean(b, &a);
		assert_true(text_valid_utf8(bytes_of(clean)));
		assert_false(text_needs_clean(bytes_of(clean)));
		assert_true(text_clean_into(b, small, sizeof(small)) < sizeof(small));
		assert_true(text_valid_utf8(bytes_of(small)));
		assert_memory_equal(small, clean, strlen(small));
		arena_reset(&a);
	}
	arena_fini(&a);
}

static void columns(void **state)
{
	(void)state;
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("abc\xe6\xbc\xa2"
				    "d"),
			 6);
	assert_int_equal(text_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width("\xf0\x9f\x98\x80"), 2);
	assert_int_equal(text_width("\xe2\x94\x80\xe2\x94\x82"), 2);
	assert_int_equal(text_cp_width(0), 0);
	assert_int_equal(text_cp_width(0x110000), 0);
}

static void ascii_look_alikes(void **state)
{
	static const char *const pairs[][2] = {
		{ "plain", "plain" },
		{ "\xe2\x94\x8c\xe2\x94\x80\xe2\x94\x90\xe2\x94\x82", "+-+|" },
		{ "\xe2\x96\xb6 \xe2\x96\xbc \xe2\x96\xb8 \xe2\x96\xbe", "> v > v" },
		{ "caf\xc3\xa9\xe2\x80\xa6", "caf\\u{e9}~" },
	};
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		assert_string_equal(text_ascii(pairs[i][0], &a), pairs[i][1]);
	arena_fini(&a);
}

static void sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 1023, "1023" },
		{ 4096, "4.0K" },
		{ 9 * 1024, "9.0K" },
		{ 132 * 1024, "132K" },
		{ 1023 * 1024 + 512, "1023K" },
		{ 1024 * 1024, "1.0M" },
		{ UINT64_C(580386816), "553.5M" },
		{ UINT64_C(16) << 30, "16G" },
		{ UINT64_MAX, "15.9E" },
	};
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(text_size(cases[i].bytes, &a), cases[i].text);
	for (uint64_t n = 1; n; n *= 3) {
		assert_in_range(strlen(text_size(n, &a)), 1, 6);
		if (n > UINT64_MAX / 3)
			break;
	}
	arena_fini(&a);
}

static void building(void **state)
{
	struct strbuf s;
	struct arena a;

	(void)state;
	arena_init(&a);
	strbuf_init(&s, &a);
	assert_string_equal(s.text, "");
	for (int i = 0; i < 1000; i++)
		strbuf_addf(&s, "%d,", i);
	assert_int_equal(s.len, 3890);
	assert_memory_equal(s.text, "0,1,2,", 6);
	assert_string_equal(s.text + s.len - 8, "998,999,");
	strbuf_init(&s, &a);
	strbuf_add(&s, "<");
	strbuf_clean(&s, (struct bytes){ (const uint8_t *)"\\\n", 2 });
	strbuf_addn(&s, ">tail", 1);
	assert_string_equal(s.text, "<\\\\\\n>");
	arena_fini(&a);
}

static void numbers_are_digits(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_string_equal(text_uint(0, &a), "0");
	assert_string_equal(text_uint(1090, &a), "1090");
	assert_string_equal(text_uint(UINT64_MAX, &a), "18446744073709551615");
	assert_string_equal(text_hex(0, 1, &a), "0x0");
	assert_string_equal(text_hex(0x10ab, 1, &a), "0x10ab");
	assert_string_equal(text_hex(0x10ab, 16, &a), "0x00000000000010ab");
	assert_string_equal(text_hex(UINT64_MAX, 99, &a), "0xffffffffffffffff");
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_digits),
		cmocka_unit_test(hostile_text_is_spelt_out),
		cmocka_unit_test(every_code_point),
		cmocka_unit_test(random_bytes_come_out_clean),
		cmocka_unit_test(columns),
		cmocka_unit_test(ascii_look_alikes),
		cmocka_unit_test(sizes),
		cmocka_unit_test(building),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
