/* ops/search_literal: what is said to be in every match is, by the word of the library that
 * matches; and of common expressions it is what a person would say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "ops/search_parts.h"

static void texts_of_common_expressions(void **state)
{
	static const struct sample {
		const char *expression, *text;
		bool leads;
	} samples[] = {
		{ "hunter2", "hunter2", true },
		{ "NEEDLE-[0-9]+", "NEEDLE-", true },
		{ "user=(\\w+);? *from", "user=", true },
		{ "id=(\\w+);? *from", "from", false },
		{ "(a|b)cd", "cd", false },
		{ "(a[)|]b|c\\)|d)ef", "ef", false },
		{ "ab|cd", "", false },
		{ "(ab)|cd", "", false },
		{ "abc?d", "ab", true },
		{ "abc*d", "ab", true },
		{ "abc{0,3}de", "ab", true },
		{ "xabc+de", "xabc", true },
		{ "ab++cde", "cde", false },
		{ "ab*?cde", "cde", false },
		{ "[]|a]bc", "bc", false },
		{ "[^]|a]bc", "bc", false },
		{ "[[:alpha:]|]bc", "bc", false },
		{ "[[:x]a|b[:]]cd", "", false },
		{ "[\\]|]bc", "bc", false },
		{ "https?://[^/]+\\.onion", ".onion", false },
		{ "a\\.b\\[c", "a.b[c", true },
		{ "\\x41\\x00\\x7f", "A", true },
		{ "\\x4", "", false },
		{ "ab\\x{263a}cde", "cde", false },
		{ "\\d+ab", "ab", false },
		{ "^ab$", "ab", false },
		{ "(?i)abc", "", false },
		{ "ab(?i)cde", "", false },
		{ "ab(?i:x)cde", "", false },
		{ "ab(?=cde)", "ab", true },
		{ "ab(?!cde|f)g", "ab", true },
		{ "(?<=xyz)ab", "ab", false },
		{ "ab(?#cde)", "", false },
		{ "(?<n>ab)\\k<n>cd", "", false },
		{ "(a)\\1b", "", false },
		{ "ab(*ACCEPT)cde", "", false },
		{ "ab\\Qc|d\\E", "", false },
		{ "ab\\p{L}cde", "", false },
		{ "a(", "", false },
		{ "a)b", "", false },
		{ "ab\\", "", false },
		{ "[ab", "", false },
		{ "", "", false },
		{ ".*", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		struct literal l;

		literal_of(&l, s->expression, 0);
		if (l.len != strlen(s->text) && !strstr(s->expression, "x00"))
			print_message("%s: '%.*s'\n", s->expression, (int)l.len, (char *)l.bytes);
		if (strstr(s->expression, "x00")) {
			assert_int_equal(l.len, 3);
			assert_memory_equal(l.bytes, "A\0\x7f", 3);
			continue;
		}
		assert_int_equal(l.len, strlen(s->text));
		assert_memory_equal(l.bytes, s->text, l.len);
		assert_int_equal(l.leads, s->leads);
	}
}

static void characters_are_dropped_whole(void **state)
{
	static const char half[] = "\xc3\xa9?";
	char expression[80];
	struct literal l;

	(void)state;
	literal_of(&l, "ab\xc3\xa9?", PCRE2_UTF);
	assert_int_equal(l.len, 2);
	literal_of(&l, "\xc3\xa9t\xc3\xa9+", PCRE2_UTF);
	assert_int_equal(l.len, 5);
	literal_of(&l, "ab\\xe9", PCRE2_UTF);
	assert_int_equal(l.len, 2);
	literal_of(&l, "ab\\xe9", 0);
	assert_int_equal(l.len, 3);
	/* One that would not fit. */
	for (size_t n = 60; n < 70; n++) {
		memset(expression, 'a', n);
		memcpy(expression + n, half, sizeof(half));
		literal_of(&l, expression, PCRE2_UTF);
		assert_true(l.len <= n && l.len >= 32);
		for (size_t i = 0; i < l.len; i++)
			assert_int_equal(l.bytes[i], 'a');
	}
}

/* ---- at random ---- */

static unsigned seed = 1;

static unsigned any(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

/* Odds and ends of expressions, one behind the other: many of them are none. */
static void make_expression(char *out, size_t room)
{
	static const char *const parts[] = {
		"{b}",  "[^b]",      "\\d",     ".",      "a",     "b",
		"c",    "a",         "b",       "c",      "|",     "(",
		"(?:",  "(?=",       "(?!",     "(?<=",   ")",     ")",
		"*",    "+",         "?",       "{2}",    "{0,1}", "{",
		"}",    "[ab]",      "[^c]",    "[]a|]",  "[[:x]", "[[:lower:]c]",
		"\\w",  "\\x61",     "\\x{62}", "\\b",    "\\1",   "\\Qa|b",
		"\\E",  "(?i)",      "(?i:",    "^",      "$",     ".",
		"\\K",  "(*COMMIT)", "(?>",     "]",      "[",     "(?|",
		"\\\\", "(?#a)",     "(?<n>",   "\\k<n>", "(?1)",  "(?(1)",
		"\\.",  "\\[",       "[\\]|]",  "[a[:]",
	};

	*out = '\0';
	for (unsigned n = 1 + any(7); n; n--) {
		const char *part = parts[any(ARRAY_LEN(parts))];

		if (strlen(out) + strlen(part) + 1 < room)
			strcat(out, part);
	}
}

static bool has_text(const uint8_t *at, size_t len, const struct literal *l)
{
	return memmem(at, len, l->bytes, l->len) != NULL;
}

/* True if the text stands at `from` or behind bytes that may come before it. */
static bool is_bounded(const uint8_t *at, size_t len, const struct literal *l)
{
	for (; len >= l->len; at++, len--) {
		if (!memcmp(at, l->bytes, l->len))
			return true;
		if (!(l->before[*at / 8] >> *at % 8 & 1))
			return false;
	}
	return false;
}

static void every_match_has_the_text(void **state)
{
	pcre2_match_data *match = pcre2_match_data_create(8, NULL);
	size_t compiled = 0, known = 0, matches = 0;

	(void)state;
	for (int round = 0; round < 60000; round++) {
		char expression[128], subject[40];
		struct literal l;
		PCRE2_SIZE where;
		pcre2_code *code;
		int err;

		make_expression(expression, sizeof(expression));
		code = pcre2_compile((PCRE2_SPTR)expression, strlen(expression), PCRE2_MULTILINE,
				     &err, &where, NULL);
		literal_of(&l, expression, 0);
		if (!code)
			continue;
		compiled++;
		known += l.len > 0;
		for (int n = 0; n < 12 && l.len; n++) {
			const PCRE2_SIZE *range = pcre2_get_ovector_pointer(match);

			for (size_t i = 0; i < sizeof(subject); i++)
				subject[i] = "aabbcC.[\\]|x"[any(12)];
			if (pcre2_match(code, (PCRE2_SPTR)subject, sizeof(subject), 0, 0, match,
					NULL) < 1)
				continue;
			matches++;
			/* What stands before \K and behind the end is looked at, too. */
			if (!has_text((uint8_t *)subject, sizeof(subject), &l))
				print_message("%s: not '%.*s'\n", expression, (int)l.len, l.bytes);
			assert_true(has_text((uint8_t *)subject, sizeof(subject), &l));
			if (l.bounded && !strstr(expression, "\\K"))
				assert_true(is_bounded((uint8_t *)subject + range[0],
						       sizeof(subject) - range[0], &l));
			if (l.leads && !strstr(expression, "\\K")) {
				assert_true(sizeof(subject) - range[0] >= l.len);
				assert_memory_equal(subject + range[0], l.bytes, l.len);
			} else if (!strstr(expression, "\\K") && !strstr(expression, "(?")) {
				assert_true(has_text((uint8_t *)subject + range[0],
						     range[1] - range[0], &l));
			}
		}
		pcre2_code_free(code);
	}
	assert_true(compiled > 10000 && known > 3000 && matches > 10000);
	pcre2_match_data_free(match);
}

/* ---- the search as a whole ---- */

enum { BYTES = 700, MOST = BYTES };

struct hits {
	size_t count, at[MOST], length[MOST];
};

static bool keep(void *arg, const struct search_hit *h)
{
	struct hits *hits = arg;

	assert_true(hits->count < MOST);
	hits->at[hits->count] = h->offset;
	hits->length[hits->count++] = h->length;
	return true;
}

static void search_for(const char *expression, bool nocase, struct item *it, struct hits *hits)
{
	char pattern[160] = "re:";
	struct search_spec spec = { .pattern = pattern, .item = it, .nocase = nocase };
	struct search_sink sink = { .hit = keep, .arg = hits };
	struct search *s;
	struct job job;

	strcat(pattern, expression);
	hits->count = 0;
	job_init(&job, "search", 0);
	assert_null(search_open(NULL, &spec, &s));
	search_run(s, &sink, &job);
	search_close(s);
}

/* As the search does, without looking for a text first. */
static void match_all(pcre2_code *code, const uint8_t *bytes, struct hits *hits)
{
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	const PCRE2_SIZE *range = pcre2_get_ovector_pointer(match);
	size_t from = 0;

	hits->count = 0;
	while (from < BYTES &&
	       pcre2_match(code, bytes, BYTES, from, PCRE2_NOTEMPTY, match, NULL) >= 0) {
		if (range[0] < range[1] && range[0] >= from) {
			hits->at[hits->count] = range[0];
			hits->length[hits->count++] = range[1] - range[0];
		}
		from = range[1] > from ? range[1] : from + 1;
	}
	pcre2_match_data_free(match);
}

static void the_search_finds_what_the_library_does(void **state)
{
	static struct hits got, want;
	uint8_t bytes[BYTES];
	struct source *src = source_memory((struct bytes){ bytes, BYTES }, "bytes");
	struct item it = { .name = "bytes", .path = "bytes", .kind = "raw" };
	size_t searches = 0, found = 0, texts = 0;

	(void)state;
	atomic_init(&it.source, src);
	atomic_init(&it.state, ITEM_READY);
	for (int round = 0; round < 30000; round++) {
		bool nocase = any(4) == 0;
		char expression[128];
		struct literal l;
		PCRE2_SIZE where;
		pcre2_code *code;
		int err;

		make_expression(expression, sizeof(expression));
		code = pcre2_compile((PCRE2_SPTR)expression, strlen(expression),
				     PCRE2_MULTILINE | (nocase ? PCRE2_CASELESS : 0), &err, &where,
				     NULL);
		literal_of(&l, expression, 0);
		if (!code || strstr(expression, "\\K") || !*expression) {
			pcre2_code_free(code);
			continue;
		}
		for (size_t i = 0; i < BYTES; i++)
			bytes[i] = (uint8_t) "aabbcC.[\\]|x{}1\n"[any(17)];
		match_all(code, bytes, &want);
		search_for(expression, nocase, &it, &got);
		if (got.count != want.count)
			print_message("%s: %zu, not %zu\n", expression, got.count, want.count);
		assert_int_equal(got.count, want.count);
		assert_memory_equal(got.at, want.at, got.count * sizeof(got.at[0]));
		assert_memory_equal(got.length, want.length, got.count * sizeof(got.at[0]));
		searches++;
		found += got.count;
		texts += l.bounded && !l.leads && got.count;
		pcre2_code_free(code);
	}
	assert_true(searches > 5000 && found > 100000 && texts > 100);
	source_close(src);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_common_expressions),
		cmocka_unit_test(characters_are_dropped_whole),
		cmocka_unit_test(every_match_has_the_text),
		cmocka_unit_test(the_search_finds_what_the_library_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
