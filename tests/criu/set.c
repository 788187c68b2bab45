/* criu/set and criu/pstree: the tree that a directory becomes, honest or hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "sets.h"

#define REAL "tests/real/"

/* ---- real sets ---- */

static size_t files_in(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	size_t n = 0;

	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void each_file_has_one_place(void **state)
{
	static const char *const sets[] = { REAL "tree", REAL "ns-tree", REAL "zombie",
					    REAL "lazy" };

	(void)state;
	for (size_t s = 0; s < ARRAY_LEN(sets); s++) {
		struct model *m = open_set(sets[s]);
		size_t real = 0, aliases = 0;

		for (struct item *it = m->root; it; it = item_next(m->root, it)) {
			if (it->alias)
				aliases += !strcmp(it->parent->path, "all");
			else
				real += it->ops == &image_ops;
		}
		assert_int_equal(real, files_in(sets[s]));
		assert_int_equal(aliases, files_in(sets[s]));
		model_close(m);
	}
}

static void processes_hold_their_images(void **state)
{
	struct model *m = open_set(REAL "tree");
	struct criu_set *set = m->data;

	(void)state;
	assert_int_equal(set->process_count, 5);
	assert_string_equal(item_at(m, "pid:3375")->title, "3375 tree-root");
	assert_string_equal(item_at(m, "pid:3383")->title, " 3383 tree-mt");
	assert_string_equal(item_at(m, "pid:3388")->title, "  3388 tree-tty");
	assert_int_equal(set_process(set, 3383)->thread_count, 4);
	assert_ptr_equal(item_at(m, "core-3385.img")->parent, item_at(m, "pid:3383"));
	assert_string_equal(item_at(m, "core-3385.img")->title, "thread 3385");
	assert_ptr_equal(item_at(m, "fdinfo-3.img")->parent, item_at(m, "pid:3382"));
	assert_ptr_equal(item_at(m, "pages-5.img")->parent, item_at(m, "pid:3382"));
	assert_ptr_equal(item_at(m, "files.img")->parent, item_at(m, "shared"));
	/* Pages of shared memory stand behind what names them. */
	assert_ptr_equal(item_at(m, "pagemap-shmem-356.img")->next, item_at(m, "pages-1.img"));
	model_close(m);
}

static void threads_lead_to_their_process(void **state)
{
	struct model *m = open_set(REAL "tree");
	struct place p;

	(void)state;
	assert_true(m->locate(m, "pid:3386", &p));
	assert_ptr_equal(p.node.item, item_at(m, "pid:3383"));
	assert_false(m->locate(m, "pid:1", &p));
	assert_false(m->locate(m, "pid:", &p));
	assert_false(m->locate(m, "pid:3386x", &p));
	assert_false(m->locate(m, "pid:99999999999999999999", &p));
	model_close(m);
}

static void zombies_have_only_a_core(void **state)
{
	struct model *m = open_set(REAL "zombie");
	struct process *p = set_process(m->data, 3473);

	(void)state;
	assert_int_equal(p->state, 2);
	assert_int_equal(p->thread_count, 1);
	assert_int_equal(p->threads[0], 3473);
	assert_null(p->item->first->next);
	assert_int_equal(problems_count(m->problems), 0);
	model_close(m);
}

static void namespaces_hold_images_and_processes(void **state)
{
	struct model *m = open_set(REAL "ns-tree");
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_ptr_equal(item_at(m, "ifaddr-10.img")->parent, item_at(m, "ns:net:10"));
	assert_ptr_equal(item_at(m, "ipcns-sem-11.img")->parent, item_at(m, "ns:ipc:11"));
	assert_ptr_equal(item_at(m, "tmpfs-dev-44.tar.gz.img")->parent, item_at(m, "ns:mnt:13"));
	assert_string_equal(node_summary(node_at(m, "ns:uts:12"), &a),
			    "pid 1 tree-root, 2 tree-net, 3 tree-mt, and 2 more");
	assert_string_equal(node_summary(node_at(m, "ns:time:0"), &a), "the host's");
	arena_fini(&a);
	model_close(m);
}

/* ---- made sets ---- */

static void a_shared_table_shows_twice(void **state)
{
	struct dir d = dir_make();
	struct msg fd = { 0 };
	struct model *m;
	struct item *second;

	(void)state;
	add_inventory(&d);
	for (uint32_t pid = 7; pid <= 8; pid++) {
		add_task(&d, pid, pid == 8 ? 7 : 0, pid);
		add_core(&d, pid, 1, "twin");
		add_ids(&d, pid, 5, 0);
	}
	put_uint(put_uint(put_uint(put_uint(&fd, 1, 1), 2, 0), 3, 1), 4, 0);
	image_add(&d, "fdinfo-5.img", &fd);
	m = open_set(d.path);
	assert_ptr_equal(item_at(m, "fdinfo-5.img")->parent, item_at(m, "pid:7"));
	for (second = item_at(m, "pid:8")->first; second->next;)
		second = second->next;
	assert_ptr_equal(second->alias, item_at(m, "fdinfo-5.img"));
	model_close(m);
	dir_drop(&d);
}

static void rings_of_parents_end(void **state)
{
	struct dir d = dir_make();
	struct criu_set *set;
	struct model *m;

	(void)state;
	add_inventory(&d);
	add_task(&d, 1, 3, 1);
	add_task(&d, 2, 1, 2);
	add_task(&d, 3, 2, 3);
	add_task(&d, 4, 4, 4);
	add_task(&d, 9, 8, 9); /* before its parent */
	add_task(&d, 8, 0, 8);
	add_task(&d, 2, 0, 2); /* again */
	m = open_set(d.path);
	set = m->data;
	assert_int_equal(set->process_count, 7);
	for (size_t i = 0; i < set->process_count; i++)
		assert_in_range(set->processes[i].depth, 0, 3);
	assert_int_equal(set_process(set, 9)->depth, 1);
	assert_int_equal(problems_of(m, "duplicate-pid"), 1);
	assert_non_null(item_at(m, "pid:2"));
	assert_non_null(item_at(m, "pid:2#6"));
	model_close(m);
	dir_drop(&d);
}

/* A level is titled by the link that leads to it, as it stands there. */
static void levels_are_called_as_their_links(void **state)
{
	struct dir first = dir_make(), second = dir_make(), third = dir_make();
	char target[600];
	struct model *m;

	(void)state;
	add_inventory(&first);
	add_inventory(&second);
	add_inventory(&third);
	snprintf(target, sizeof(target), "..%s", strrchr(second.path, '/'));
	assert_int_equal(symlink(target, dir_path(&third, "parent")), 0);
	assert_int_equal(symlink(first.path, dir_path(&second, "parent")), 0);
	m = open_set(third.path);
	assert_string_equal(item_at(m, "parents/1")->title + 3, target);
	assert_string_equal(item_at(m, "parents/2")->title + 3, first.path);
	assert_non_null(item_at(m, "parents/2/inventory.img"));
	model_close(m);
	dir_drop(&third);
	dir_drop(&second);
	dir_drop(&first);
}

static void files_keep_their_names(void **state)
{
	struct dir d = dir_make();
	struct model *m;

	(void)state;
	add_inventory(&d);
	add_task(&d, 7, 0, 7);
	add_core(&d, 7, 1, "x");
	file_write(&d, "pid:7", "text", 4);
	file_write(&d, "shared", "text", 4);
	file_write(&d, "a\nb", "1", 1);
	file_write(&d, "a\\nb", "2", 1);
	m = open_set(d.path);
	assert_string_equal(item_at(m, "pid:7")->kind, "raw");
	assert_string_equal(item_at(m, "=pid:7")->kind, "process");
	assert_string_equal(item_at(m, "shared")->kind, "raw");
	/* Cleaned, the first would be the second. */
	assert_string_equal(item_at(m, "a\\nb")->name, "a\\nb");
	assert_non_null(item_at(m, "=a\\nb"));
	model_close(m);
	dir_drop(&d);
}

static void a_predump_has_processes_from_pagemaps(void **state)
{
	struct dir d = dir_make();
	struct msg head = { 0 }, run = { 0 }, inventory = { 0 };
	struct criu_set *set;
	struct model *m;

	(void)state;
	put_uint(&inventory, 1, 0);
	image_add(&d, "inventory.img", &inventory);
	put_uint(&head, 1, 1);
	image_add(&d, "pagemap-149.img", &head);
	put_uint(put_uint(&run, 1, 0x1000), 2, 1);
	put_uint(&run, 4, 4);
	image_add(&d, "pagemap-149.img", &run);
	file_write(&d, "pages-1.img", (uint8_t[4096]){ 1 }, 4096);
	m = open_set(d.path);
	set = m->data;
	assert_true(set->pre_dump);
	assert_int_equal(set->process_count, 1);
	assert_string_equal(item_at(m, "pid:149")->title, "149");
	assert_ptr_equal(item_at(m, "pages-1.img")->parent, item_at(m, "pid:149"));
	model_check(m);
	assert_int_equal(problems_count(m->problems), 0);
	model_close(m);
	dir_drop(&d);
}

static void without_pstree_the_cores_do(void **state)
{
	struct dir d = dir_make();
	struct model *m;

	(void)state;
	dir_copy(&d, REAL "tree");
	unlink(dir_path(&d, "pstree.img"));
	m = open_set(d.path);
	assert_int_equal(((struct criu_set *)m->data)->process_count, 5);
	assert_string_equal(item_at(m, "pid:3383")->title, "3383 tree-mt");
	assert_non_null(item_at(m, "core-3385.img"));
	model_check(m);
	assert_true(problems_of(m, "missing-image") >= 1);
	model_close(m);
	dir_drop(&d);
}

/* One look each, no walks within walks: a hundred thousand open in well under the limit. */
static void many_processes_open_at_once(void **state)
{
	enum { MANY = 100000 };
	struct dir d = dir_make();
	struct timespec from, to;
	struct model *m;
	FILE *f;

	(void)state;
	add_inventory(&d);
	add_task(&d, 1, 0, 1);
	f = fopen(dir_path(&d, "pstree.img"), "ab");
	for (uint32_t pid = 2; pid <= MANY; pid++) {
		struct msg t = { 0 };
		uint32_t len;

		put_uint(put_uint(put_uint(&t, 1, pid), 2, pid - 1), 3, 1);
		put_uint(put_uint(&t, 4, 1), 5, pid);
		len = (uint32_t)t.len;
		fwrite(&len, 4, 1, f);
		fwrite(t.at, 1, t.len, f);
	}
	fclose(f);
	clock_gettime(CLOCK_MONOTONIC, &from);
	m = open_set(d.path);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(((struct criu_set *)m->data)->process_count, MANY);
	assert_int_equal(set_process(m->data, MANY)->depth, MANY - 1);
	assert_true(to.tv_sec - from.tv_sec < 20);
	model_close(m);
	dir_drop(&d);
}

/* ---- telling what it is ---- */

static const char *kind_of(const char *path)
{
	struct model *m = open_set(path);
	const char *name = m ? m->format->name : NULL;

	model_close(m);
	return name;
}

static void evidence_decides(void **state)
{
	static uint8_t buf[65536];
	struct dir d = dir_make();
	size_t n = file_read(REAL "tree/fs-3375.img", buf, sizeof(buf));

	(void)state;
	assert_string_equal(kind_of(REAL "tree"), "criu");
	assert_string_equal(kind_of(REAL "tree/fs-3375.img"), "criu-image");
	assert_string_equal(kind_of(REAL "tree/inventory.img"), "criu-image");
	assert_string_equal(kind_of(REAL "tree/pages-1.img"), "criu-image");
	/* A magic needs no name, a name alone is nothing. */
	file_write(&d, "saved.bin", buf, n);
	assert_string_equal(kind_of(dir_path(&d, "saved.bin")), "criu-image");
	file_write(&d, "core-7.img", "no image at all", 15);
	assert_null(kind_of(dir_path(&d, "core-7.img")));
	assert_null(kind_of(d.path));
	file_write(&d, "mm-7.img", buf, n);
	assert_string_equal(kind_of(d.path), "criu");
	dir_drop(&d);
}

static void alone_an_image_is_the_root(void **state)
{
	struct model *m = open_set(REAL "tree/files.img");
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_string_equal(m->root->kind, "FILES");
	assert_int_equal(item_rows(m->root), 87);
	assert_string_equal(node_summary((struct node){ m->root, 1 }, &a),
			    "REG 2  /srv/cryo/work/run/tree/mapped.bin");
	model_check(m);
	assert_int_equal(problems_count(m->problems), 0);
	arena_fini(&a);
	model_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_has_one_place),
		cmocka_unit_test(processes_hold_their_images),
		cmocka_unit_test(threads_lead_to_their_process),
		cmocka_unit_test(zombies_have_only_a_core),
		cmocka_unit_test(namespaces_hold_images_and_processes),
		cmocka_unit_test(a_shared_table_shows_twice),
		cmocka_unit_test(rings_of_parents_end),
		cmocka_unit_test(levels_are_called_as_their_links),
		cmocka_unit_test(files_keep_their_names),
		cmocka_unit_test(a_predump_has_processes_from_pagemaps),
		cmocka_unit_test(without_pstree_the_cores_do),
		cmocka_unit_test(many_processes_open_at_once),
		cmocka_unit_test(evidence_decides),
		cmocka_unit_test(alone_an_image_is_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
