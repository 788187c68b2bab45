/* base/late: the C library's mathematics, which is everywhere, loaded by name. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/late.h"

#define CALLS(X) X(cos) X(ldexp)

struct calls {
	CALLS(LATE_MEMBER)
};

static void calls_by_their_names(void **state)
{
	static const char *const names[] = { CALLS(LATE_NAME) };
	struct calls calls = { 0 };
	struct late late = { "libm.so.6", names, ARRAY_LEN(names), &calls, false };

	(void)state;
	assert_null(late_load(&late));
	assert_true(calls.cos(0) == 1);
	assert_true(calls.ldexp(3, 2) == 12);
	calls.cos = NULL;
	assert_null(late_load(&late)); /* once is enough */
	assert_null(calls.cos);
}

static void assert_absent(struct late *late)
{
	for (int n = 0; n < 2; n++) {
		struct err *err = late_load(late);

		assert_non_null(err);
		assert_int_equal(err->code, ERR_ABSENT);
		assert_non_null(strstr(err->text, "no_such"));
		err_free(err);
	}
	assert_false(late->ready);
}

static void says_what_is_not_there(void **state)
{
	static const char *const names[] = { "cos", "no_such_function" };
	void *calls[2];
	struct late library = { "libno_such.so.1", names, 1, calls, false };
	struct late function = { "libm.so.6", names, 2, calls, false };

	(void)state;
	assert_absent(&library);
	assert_absent(&function);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_by_their_names),
		cmocka_unit_test(says_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
