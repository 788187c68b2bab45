/* core/problem: noted once, counted always, worst by item; run under TSan, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <pthread.h>
#include <cmocka.h>

#include "core/item.h"
#include "core/problem.h"

static const struct span at7 = { 7, 1 };

static void what_is_noted_is_kept_and_clean(void **state)
{
	struct problems *ps = problems_new();
	struct item a = { .path = "a.img" }, b = { .path = "b.img" };
	const struct problem *first;

	(void)state;
	assert_int_equal(problems_worst(ps, NULL), -1);
	assert_int_equal(problems_worst(ps, &a), -1);
	problem_note(ps, SEV_WARNING, "magic", &a, at7, "strange %s", "\033[2J");
	first = problems_at(ps, 0);
	assert_string_equal(first->text, "strange \\x1b[2J");
	assert_string_equal(first->path, "a.img");
	assert_string_equal(first->rule, "magic");
	assert_int_equal(first->span.offset, 7);
	/* A record decoded again. */
	problem_note(ps, SEV_WARNING, "magic", &a, at7, "strange %s", "\033[2J");
	assert_int_equal(problems_count(ps), 1);
	/* Another place, rule, item or sentence is another problem. */
	problem_note(ps, SEV_WARNING, "magic", &a, (struct span){ 8, 1 }, "strange \\x1b[2J");
	problem_note(ps, SEV_NOTE, "length", &a, at7, "strange");
	problem_note(ps, SEV_ERROR, "magic", &b, at7, "strange");
	problem_note(ps, SEV_NOTE, "whole", NULL, (struct span){ 0, 0 }, "whole");
	assert_int_equal(problems_count(ps), 5);
	assert_int_equal(problems_worst(ps, &a), SEV_WARNING);
	assert_int_equal(problems_worst(ps, &b), SEV_ERROR);
	assert_int_equal(problems_worst(ps, NULL), SEV_ERROR);
	assert_int_equal(problems_total(ps, SEV_NOTE), 2);
	assert_int_equal(problems_total(ps, SEV_WARNING), 2);
	assert_int_equal(problems_total(ps, SEV_ERROR), 1);
	assert_string_equal(problems_at(ps, 4)->path, "");
	assert_null(problems_at(ps, 5));
	assert_ptr_equal(problems_at(ps, 0), first);
	assert_string_equal(severity_name(SEV_ERROR), "error");
	problems_free(ps);
	problems_free(NULL);
}

static void a_flood_is_counted_not_kept(void **state)
{
	struct problems *ps = problems_new();
	static struct item items[100];

	(void)state;
	for (unsigned i = 0; i < 100500; i++)
		problem_note(ps, SEV_NOTE, "flood", &items[i % 100], (struct span){ i, 1 },
			     "number %u", i);
	assert_int_equal(problems_count(ps), 100000);
	assert_int_equal(problems_total(ps, SEV_NOTE), 100500);
	assert_string_equal(problems_at(ps, 99999)->text, "number 99999");
	problem_note(ps, SEV_ERROR, "late", &items[5], at7, "too late to keep");
	assert_int_equal(problems_worst(ps, &items[5]), SEV_ERROR);
	assert_int_equal(problems_worst(ps, &items[6]), SEV_NOTE);
	assert_int_equal(problems_count(ps), 100000);
	problems_free(ps);
}

static void *note_some(void *arg)
{
	for (unsigned i = 0; i < 2000; i++)
		problem_note(arg, SEV_NOTE, "shared", NULL, (struct span){ i, 1 }, "number %u", i);
	return NULL;
}

static void two_threads_note_the_same_once(void **state)
{
	struct problems *ps = problems_new();
	pthread_t other;

	(void)state;
	assert_int_equal(pthread_create(&other, NULL, note_some, ps), 0);
	for (size_t n = 0; n < 2000;) {
		const struct problem *p = problems_at(ps, n);

		if (p)
			assert_int_equal(p->span.offset, n++);
		else
			note_some(ps);
	}
	pthread_join(other, NULL);
	assert_int_equal(problems_count(ps), 2000);
	problems_free(ps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_noted_is_kept_and_clean),
		cmocka_unit_test(a_flood_is_counted_not_kept),
		cmocka_unit_test(two_threads_note_the_same_once),
	};

	return cmocka_run_group_tests_name("problem", tests, NULL, NULL);
}
