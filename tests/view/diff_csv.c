/* view/diff_csv: quoting, formulas, pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake_diff.h"
#include "view/diff_csv.h"

static char text[4096];

/* What `change` of the diff is as CSV; its pages if it has any. */
static const char *csv(const struct diff *d, const struct change *c, size_t n)
{
	struct out *o = malloc(sizeof(*o));
	FILE *f = tmpfile();
	size_t len;

	assert_non_null(o);
	assert_non_null(f);
	out_init(o, fileno(f));
	if (c->what == DIFF_MEMORY)
		diff_pages_csv(d, n, o);
	else
		diff_change_csv(d, c, o);
	out_flush(o);
	free(o);
	rewind(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	fclose(f);
	return text;
}

static void what_needs_quotes_has_them(void **state)
{
	struct fake_pair *p = fake_pair_open();
	struct change c = { .what = DIFF_FIELD,
			    .how = DIFF_CHANGED,
			    .parent = DIFF_TOP,
			    .kind = "field",
			    .key = "a,b",
			    .pid = UINT64_MAX,
			    .a = "says \"no\"",
			    .b = "=1+2" };

	(void)state;
	assert_non_null(p);
	assert_string_equal(csv(p->diff, &c, 0),
			    "changed,field,,,\"a,b\",\"says \"\"no\"\"\",\"'=1+2\",\n");
	c.a = "-12.5";
	c.b = "-x";
	c.pid = 7;
	assert_string_equal(csv(p->diff, &c, 0), "changed,field,7,,\"a,b\",\"-12.5\",\"'-x\",\n");
	c.a = "";
	c.b = NULL;
	assert_string_equal(csv(p->diff, &c, 0), "changed,field,7,,\"a,b\",,,\n");
	fake_pair_close(p);
}

static void all_of_a_diff(void **state)
{
	static const char want[] =
		"changed,process,7,,\"7\",\"alpha\",\"alpha\",\n"
		"changed,field,7,\"process 7\",\"uid\",\"0\",\"1000\",\n"
		"changed,field,7,\"process 7\",\"id\",\"5\",\"6\",\n"
		"changed,vma,7,\"process 7\",0x5000,\"00005000-00009000 rw-p [heap]\","
		"\"00005000-0000a000 rw-p [heap]\",\n"
		"changed,page,7,,0x2000,,,1\n"
		"changed,page,7,,0x5000,,,3\n"
		"changed,page,7,,0x8000,,,4096\n"
		"added,page,7,,0x9000,,,4096\n"
		"changed,fd,7,\"process 7\",\"3\",\"/tmp/log\",\"/tmp/log\",\n"
		"changed,field,7,\"fd 3\",\"position\",\"10\",\"20\",\n"
		"added,fd,7,\"process 7\",\"4\",,\"/tmp/new\",\n";
	struct fake_pair *p = fake_pair_open();
	const struct change *c;
	char all[4096] = "";

	(void)state;
	assert_non_null(p);
	fake_pair_read(p);
	for (size_t n = 0; (c = diff_at(p->diff, n)); n++)
		if (c->number != 8 && c->number != 9)
			strcat(all, csv(p->diff, c, n));
	assert_string_equal(all, want);
	fake_pair_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_needs_quotes_has_them),
		cmocka_unit_test(all_of_a_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
