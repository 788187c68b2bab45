/* core/folder: natural order, kinds of members, links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/folder.h"

static char dir[] = "/tmp/folder.XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *content)
{
	FILE *f = fopen(in_dir(name), "w");

	assert_non_null(f);
	fputs(content, f);
	fclose(f);
}

static const char *const files[] = { "core-9.img", "core-10.img", "core-100.img", "a-01",
				     "a-1",        "stats-dump",  "\033[2J",      "inventory.img" };

static int fill(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		put(files[i], files[i]);
	if (mkdir(in_dir("sub"), 0700) || symlink("sub", in_dir("parent")) ||
	    symlink("inventory.img", in_dir("alias.img")) || mkfifo(in_dir("fifo"), 0600))
		return -1;
	put("sub/inner.img", "inner");
	return 0;
}

static int clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		unlink(in_dir(files[i]));
	unlink(in_dir("sub/inner.img"));
	rmdir(in_dir("sub"));
	unlink(in_dir("parent"));
	unlink(in_dir("alias.img"));
	unlink(in_dir("fifo"));
	return rmdir(dir);
}

static void names_order_by_the_value_of_their_digits(void **state)
{
	/* Ascending. */
	static const char *const names[] = {
		"",
		"0",
		"00",
		"1",
		"01",
		"2",
		"10",
		"99999999999999999999998",
		"99999999999999999999999",
		"a",
		"a-01b",
		"a-1c",
		"a-01d",
		"a1",
		"a2b3",
		"a2b10",
		"a10b1",
		"core-9",
		"core-10",
		"core-9x",
	};

	(void)state;
	assert_true(name_compare("core-9.img", "core-10.img") < 0);
	assert_true(name_compare("core-10.img", "core-9.img") > 0);
	assert_int_equal(name_compare("core-7", "core-7"), 0);
	assert_true(name_compare("a-01", "a-1") != 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (size_t k = 0; k < ARRAY_LEN(names); k++) {
			int there = name_compare(names[i], names[k]);
			int back = name_compare(names[k], names[i]);

			assert_int_equal(there == 0, i == k);
			assert_int_equal(there<0, back> 0);
			/* Transitive through any third. */
			for (size_t m = 0; m < ARRAY_LEN(names); m++)
				if (there < 0 && name_compare(names[k], names[m]) < 0)
					assert_true(name_compare(names[i], names[m]) < 0);
		}
}

static void a_directory_is_listed_with_kinds(void **state)
{
	static const struct {
		const char *name;
		enum member_kind kind;
		uint64_t size;
	} expected[] = {
		{ "inventory.img", MEMBER_FILE, 13 }, { "sub", MEMBER_FOLDER, 0 },
		{ "parent", MEMBER_LINK, 0 },         { "alias.img", MEMBER_LINK, 0 },
		{ "fifo", MEMBER_OTHER, 0 },          { "\033[2J", MEMBER_FILE, 4 },
	};
	struct folder *f;

	(void)state;
	assert_null(folder_open_path(dir, &f));
	assert_int_equal(f->count, ARRAY_LEN(files) + 4);
	for (size_t i = 1; i < f->count; i++)
		assert_true(name_compare(f->members[i - 1].name, f->members[i].name) < 0);
	for (size_t i = 0; i < f->count; i++)
		assert_ptr_equal(folder_find(f, f->members[i].name), &f->members[i]);
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		const struct member *m = folder_find(f, expected[i].name);

		assert_non_null(m);
		assert_int_equal(m->kind, expected[i].kind);
		assert_int_equal(m->size, expected[i].size);
	}
	assert_string_equal(folder_find(f, "parent")->target, "sub");
	assert_null(folder_find(f, "core-1.img"));
	assert_null(folder_find(f, ""));
	folder_close(f);
	folder_close(NULL);
}

static void members_open_below_it(void **state)
{
	struct folder *f, *sub;
	struct source *src;
	struct err *err;

	(void)state;
	assert_null(folder_open_path(dir, &f));
	assert_null(folder_source(f, folder_find(f, "core-9.img"), &src));
	assert_int_equal(source_size(src), 10);
	source_close(src);

	err = folder_source(f, folder_find(f, "alias.img"), &src);
	assert_non_null(err);
	assert_null(src);
	err_free(err);
	err = folder_source(f, folder_find(f, "fifo"), &src);
	assert_non_null(err);
	err_free(err);
	err = folder_enter(f, folder_find(f, "alias.img"), &sub);
	assert_non_null(err);
	assert_null(sub);
	err_free(err);

	assert_null(folder_enter(f, folder_find(f, "parent"), &sub));
	assert_int_equal(sub->count, 1);
	assert_string_equal(sub->members[0].name, "inner.img");
	assert_non_null(strstr(sub->path, "/parent"));
	assert_null(folder_source(sub, &sub->members[0], &src));
	assert_int_equal(source_size(src), 5);
	source_close(src);
	folder_close(sub);
	folder_close(f);
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct folder *f;
	struct err *err;

	(void)state;
	err = folder_open_path("/no/such/place", &f);
	assert_int_equal(err->code, ERR_ABSENT);
	assert_non_null(strstr(err->text, "/no/such/place: No such file or directory"));
	err_free(err);
	err = folder_open_path(in_dir("inventory.img"), &f);
	assert_non_null(strstr(err->text, "is not a directory"));
	err_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_order_by_the_value_of_their_digits),
		cmocka_unit_test(a_directory_is_listed_with_kinds),
		cmocka_unit_test(members_open_below_it),
		cmocka_unit_test(what_cannot_be_opened_says_why),
	};

	return cmocka_run_group_tests_name("folder", tests, fill, clear);
}
