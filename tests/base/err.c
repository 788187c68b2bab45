/* base/err: what an error says, and that it can say it on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/text.h"

static void the_text_is_cleaned_and_chained(void **state)
{
	struct err *err = err_new(ERR_USAGE, "no option %s", "--\033[2J");

	(void)state;
	assert_int_equal(err->code, ERR_USAGE);
	assert_string_equal(err->text, "no option --\\x1b[2J");
	err = err_under(err, "reading\n%s", "args");
	assert_string_equal(err->text, "reading\\nargs: no option --\\x1b[2J");
	err_freep(&err);
	assert_null(err);
	assert_null(err_under(NULL, "nothing"));
	err_free(NULL);
}

static void the_system_says_why(void **state)
{
	struct err *err = err_io(EACCES, "cannot open %s", "x");

	(void)state;
	assert_int_equal(err->code, ERR_IO);
	assert_int_equal(err->errnum, EACCES);
	assert_string_equal(err->text, "cannot open x: Permission denied");
	err_free(err);
	err = err_io(ENOENT, "cannot open %s", "x");
	assert_int_equal(err->code, ERR_ABSENT);
	err_free(err);
}

static void a_long_text_is_cut_between_code_points(void **state)
{
	char name[4000];
	struct err *err;

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(name); i += 3)
		memcpy(name + i, "\xe6\xbc\xa2", 4);
	err = err_io(ENOENT, "cannot open %s", name);
	assert_true(strlen(err->text) < sizeof(err->text));
	assert_true(text_valid_utf8(bytes_of(err->text)));
	assert_non_null(strstr(err->text, "No such file"));
	for (int i = 0; i < 10; i++)
		err = err_under(err, "%s", name);
	assert_true(text_valid_utf8(bytes_of(err->text)));
	err_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_cleaned_and_chained),
		cmocka_unit_test(the_system_says_why),
		cmocka_unit_test(a_long_text_is_cut_between_code_points),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
