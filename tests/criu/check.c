/* criu/check: sound sets pass, and each rule finds what it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sets.h"

#define REAL "tests/real/"

static void sound_sets_pass(void **state)
{
	static const char *const sets[] = { REAL "tree", REAL "ns-tree", REAL "zombie",
					    REAL "lazy" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		struct model *m = open_set(sets[i]);

		model_check(m);
		assert_int_equal(problems_count(m->problems), 0);
		model_close(m);
	}
}

/* How often `rule` speaks after `change` to a copy of a real set. */
static size_t found(const char *from, void (*change)(const struct dir *), const char *rule)
{
	struct dir d = dir_make();
	struct model *m;
	size_t count;

	dir_copy(&d, from);
	change(&d);
	m = open_set(d.path);
	model_check(m);
	count = problems_of(m, rule);
	model_close(m);
	dir_drop(&d);
	return count;
}

static void drop_mm(const struct dir *d)
{
	unlink(dir_path(d, "mm-3375.img"));
}

static void drop_thread(const struct dir *d)
{
	unlink(dir_path(d, "core-3385.img"));
}

static void drop_pages(const struct dir *d)
{
	unlink(dir_path(d, "pages-4.img"));
}

static void cut_pages(const struct dir *d)
{
	assert_int_equal(truncate(dir_path(d, "pages-4.img"), 8192), 0);
}

static void drop_files(const struct dir *d)
{
	unlink(dir_path(d, "files.img"));
}

static void drop_ghost(const struct dir *d)
{
	unlink(dir_path(d, "ghost-file-2.img"));
}

static void drop_memfds(const struct dir *d)
{
	unlink(dir_path(d, "memfd.img"));
}

static void drop_filters(const struct dir *d)
{
	unlink(dir_path(d, "seccomp.img"));
}

static void drop_queues(const struct dir *d)
{
	unlink(dir_path(d, "tcp-stream-47419.img"));
}

static void drop_uts(const struct dir *d)
{
	unlink(dir_path(d, "utsns-12.img"));
}

static void drop_inventory(const struct dir *d)
{
	unlink(dir_path(d, "inventory.img"));
}

static void drop_pstree(const struct dir *d)
{
	unlink(dir_path(d, "pstree.img"));
}

static void what_is_missing(void **state)
{
	static const struct {
		const char *from;
		void (*change)(const struct dir *);
		const char *rule;
		size_t count;
	} rows[] = {
		{ REAL "tree", drop_mm, "missing-image", 1 },
		{ REAL "tree", drop_thread, "missing-image", 1 },
		{ REAL "tree", drop_inventory, "missing-image", 1 },
		{ REAL "tree", drop_pstree, "missing-image", 1 },
		{ REAL "tree", drop_pages, "missing-pages", 1 },
		{ REAL "tree", cut_pages, "pages-short", 1 },
		{ REAL "tree", drop_ghost, "dangling-id", 1 },
		{ REAL "tree", drop_memfds, "dangling-id", 4 },
		{ REAL "tree", drop_filters, "dangling-id", 1 },
		{ REAL "tree", drop_queues, "dangling-id", 1 },
		{ REAL "ns-tree", drop_uts, "dangling-id", 5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(found(rows[i].from, rows[i].change, rows[i].rule), rows[i].count);
	/* Every descriptor, mapping, working directory dangles then. */
	assert_true(found(REAL "tree", drop_files, "dangling-id") > 100);
}

/* ---- made sets ---- */

static struct dir plain_set(void)
{
	struct dir d = dir_make();

	add_inventory(&d);
	add_task(&d, 7, 0, 7);
	add_core(&d, 7, 1, "x");
	add_ids(&d, 7, 3, 0);
	return d;
}

static size_t problems_in(struct dir *d, const char *rule)
{
	struct model *m = open_set(d->path);
	size_t count;

	model_check(m);
	count = problems_of(m, rule);
	model_close(m);
	return count;
}

/* file_entry { type, id, FIELD { id: inner } } */
static void add_file(const struct dir *d, uint32_t type, uint32_t id, uint32_t field,
		     uint32_t inner)
{
	struct msg entry = { 0 }, file = { 0 };

	put_uint(&file, 1, inner);
	put_uint(put_uint(&entry, 1, type), 2, id);
	if (field)
		put_msg(&entry, field, &file);
	image_add(d, "files.img", &entry);
}

static void entries_of_files(void **state)
{
	struct dir d = plain_set();

	(void)state;
	add_file(&d, 1, 1, 3, 1);
	add_file(&d, 2, 1, 18, 1); /* the same id, but a pipe: that is allowed */
	assert_int_equal(problems_in(&d, "duplicate-id"), 0);
	assert_int_equal(problems_in(&d, "file-type"), 0);
	add_file(&d, 1, 1, 3, 1);
	assert_int_equal(problems_in(&d, "duplicate-id"), 1);
	add_file(&d, 1, 2, 0, 0);  /* lacks its message */
	add_file(&d, 1, 3, 18, 3); /* lacks its own, has another's */
	assert_int_equal(problems_in(&d, "file-type"), 3);
	add_file(&d, 1, 4, 3, 5);
	assert_int_equal(problems_in(&d, "file-id"), 1);
	add_file(&d, 99, 6, 3, 6);
	assert_int_equal(problems_in(&d, "unknown-type"), 1);
	dir_drop(&d);
}

static void add_run(const struct dir *d, uint64_t at, uint64_t pages, uint32_t flags)
{
	struct msg run = { 0 };

	put_uint(put_uint(&run, 1, at), 2, 0);
	put_uint(put_uint(&run, 4, flags), 5, pages);
	image_add(d, "pagemap-7.img", &run);
}

static void runs_of_pages(void **state)
{
	struct dir d = plain_set();
	struct msg head = { 0 };

	(void)state;
	put_uint(&head, 1, 1);
	image_add(&d, "pagemap-7.img", &head);
	add_run(&d, 0x1000, 2, 4);
	add_run(&d, 0x3000, 1, 1);
	add_run(&d, 0x4000, 5, 2);
	file_write(&d, "pages-1.img", (uint8_t[8192]){ 0 }, 8192);
	assert_int_equal(problems_in(&d, "pages-size"), 0);
	assert_int_equal(problems_in(&d, "pagemap-order"), 0);
	/* In a parent, and no parent. */
	assert_int_equal(problems_in(&d, "missing-parent"), 1);
	add_run(&d, 0x2000, 1, 2);
	assert_int_equal(problems_in(&d, "pagemap-order"), 1);
	add_run(&d, 0x10000, UINT64_C(1) << 60, 4);
	assert_int_equal(problems_in(&d, "pagemap-range"), 1);
	file_write(&d, "pages-9.img", "", 0);
	assert_int_equal(problems_in(&d, "unused-pages"), 1);
	dir_drop(&d);
}

static void add_area(struct msg *mm, uint64_t start, uint64_t end, uint32_t status)
{
	struct msg vma = { 0 };

	put_uint(put_uint(put_uint(&vma, 1, start), 2, end), 7, status);
	put_msg(mm, 14, &vma);
}

static void areas_of_memory(void **state)
{
	struct dir d = plain_set();
	struct msg mm = { 0 };

	(void)state;
	add_area(&mm, 0x1000, 0x3000, 0x201);
	add_area(&mm, 0x3000, 0x4000, 0x201);
	add_area(&mm, 0x2000, 0x3000, 0x10000); /* a guard region lies in another area */
	image_add(&d, "mm-7.img", &mm);
	assert_int_equal(problems_in(&d, "vma-order"), 0);
	unlink(dir_path(&d, "mm-7.img"));
	add_area(&mm, 0x3000, 0x5000, 0x201);
	add_area(&mm, 0x6000, 0x6000, 0x201);
	image_add(&d, "mm-7.img", &mm);
	assert_int_equal(problems_in(&d, "vma-order"), 1);
	assert_int_equal(problems_in(&d, "vma-range"), 1);
	dir_drop(&d);
}

static void rings_of_parents(void **state)
{
	struct dir a = plain_set(), b = plain_set();

	(void)state;
	assert_int_equal(symlink(b.path, dir_path(&a, "parent")), 0);
	assert_int_equal(problems_in(&a, "missing-parent"), 0);
	assert_int_equal(symlink(a.path, dir_path(&b, "parent")), 0);
	assert_int_equal(problems_in(&a, "missing-parent"), 0);
	assert_int_equal(problems_in(&a, "parent-cycle"), 1);
	unlink(dir_path(&b, "parent"));
	assert_int_equal(symlink("/nonexistent", dir_path(&b, "parent")), 0);
	assert_int_equal(problems_in(&a, "missing-parent"), 1);
	dir_drop(&a);
	dir_drop(&b);
}

static void twice_the_same_number(void **state)
{
	struct dir d = plain_set();
	struct msg fd = { 0 };

	(void)state;
	add_file(&d, 1, 1, 3, 1);
	put_uint(put_uint(put_uint(put_uint(&fd, 1, 1), 2, 0), 3, 1), 4, 0);
	image_add(&d, "fdinfo-3.img", &fd);
	assert_int_equal(problems_in(&d, "duplicate-id"), 0);
	image_add(&d, "fdinfo-3.img", &fd);
	assert_int_equal(problems_in(&d, "duplicate-id"), 1);
	dir_drop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_sets_pass),       cmocka_unit_test(what_is_missing),
		cmocka_unit_test(entries_of_files),      cmocka_unit_test(runs_of_pages),
		cmocka_unit_test(areas_of_memory),       cmocka_unit_test(rings_of_parents),
		cmocka_unit_test(twice_the_same_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
