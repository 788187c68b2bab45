/* core/location: what each text is, by its looks alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/location.h"

static const struct row {
	const char *text;
	enum location_kind kind;
	uint64_t number;
	const char *word, *at; /* NULL: no matter */
} rows[] = {
	{ "va:0x7f00@7", LOC_ADDRESS, 0x7f00, NULL, "7" },
	{ "va:4096", LOC_ADDRESS, 4096, NULL, "" },
	{ "0x10", LOC_ADDRESS, 16, NULL, "" },
	{ "010", LOC_ADDRESS, 10, NULL, "" },
	{ "0x10@12", LOC_ADDRESS, 16, NULL, "12" },
	{ "0xffffffffffffffff", LOC_ADDRESS, UINT64_MAX, NULL, "" },
	{ "0x1ffffffffffffffff", LOC_PATH, 0, "0x1ffffffffffffffff", NULL },
	{ "reg:rsp@7", LOC_ANCHOR, 0, "reg:rsp", "7" },
	{ "vma:2@7", LOC_ANCHOR, 0, "vma:2", "7" },
	{ "heap@7", LOC_ANCHOR, 0, "heap", "7" },
	{ "stack", LOC_ANCHOR, 0, "stack", "" },
	{ "heaps", LOC_PATH, 0, "heaps", NULL },
	{ "off:0x2f1@mm-7.img", LOC_OFFSET, 0x2f1, NULL, "mm-7.img" },
	{ "rec:13@files.img", LOC_RECORD, 13, NULL, "files.img" },
	{ "mark:a", LOC_MARK, 0, "a", NULL },
	{ "+0x10", LOC_FORWARD, 16, NULL, NULL },
	{ "-16", LOC_BACKWARD, 16, NULL, NULL },
	{ "50%", LOC_PERCENT, 50, NULL, NULL },
	{ "101%", LOC_PATH, 0, "101%", NULL },
	{ "%", LOC_PATH, 0, "%", NULL },
	{ "pid:7", LOC_PATH, 0, "pid:7", NULL },
	{ "mm-7.img/vmas[2]/start", LOC_PATH, 0, "mm-7.img/vmas[2]/start", NULL },
	{ "", LOC_PATH, 0, "", NULL },
};

static void texts_have_kinds(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *trouble;
		struct location loc = location_parse(rows[i].text, &a, &trouble);

		assert_null(trouble);
		assert_int_equal(loc.kind, rows[i].kind);
		if (rows[i].number)
			assert_int_equal(loc.number, rows[i].number);
		if (rows[i].word)
			assert_string_equal(loc.word, rows[i].word);
		if (rows[i].at)
			assert_string_equal(loc.at, rows[i].at);
	}
	arena_fini(&a);
}

static void mistakes_are_told(void **state)
{
	static const char *const wrong[] = { "va:",      "va:x@7", "off:x@a", "off:", "rec:-1",
					     "rec:1x@a", "reg:",   "vma:@7",  "mark:" };
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		const char *trouble;
		struct location loc = location_parse(wrong[i], &a, &trouble);

		assert_non_null(trouble);
		assert_int_equal(loc.kind, LOC_PATH);
		location_parse(wrong[i], &a, NULL);
	}
	arena_fini(&a);
}

/* Every word that is offered is one that parsing knows, with a number behind those that want
 * one. */
static void words_are_understood(void **state)
{
	struct location_word w;
	struct arena a;
	size_t n = 0;

	(void)state;
	arena_init(&a);
	for (; location_word(n, &w); n++) {
		const char *trouble;
		struct location loc = location_parse(
			w.usage ? arena_printf(&a, "%s1", w.text) : w.text, &a, &trouble);

		assert_null(trouble);
		assert_int_equal(loc.kind, w.kind);
	}
	assert_in_range(n, 10, 100);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_understood),
		cmocka_unit_test(texts_have_kinds),
		cmocka_unit_test(mistakes_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
