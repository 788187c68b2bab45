/* criu/refs: each kind of id leads where it should, or nowhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sets.h"

#define REAL "tests/real/"

/* The path of the place that a reference held by `from` leads to; "" if nowhere. */
static const char *follow(struct model *m, const char *from, enum criu_ref kind, uint64_t id,
			  uint64_t more)
{
	static char text[300];
	struct ref ref = { .kind = (uint16_t)kind, .id = id, .more = more };
	struct place p;
	struct arena a;

	text[0] = '\0';
	arena_init(&a);
	if (model_follow(node_at(m, from), ref, &p))
		snprintf(text, sizeof(text), p.offset == UINT64_MAX ? "%s" : "%s+0x%llx",
			 node_path(p.node, &a), (unsigned long long)p.offset);
	arena_fini(&a);
	return text;
}

/* The same for opening a row. */
static const char *target(struct model *m, const char *row)
{
	static char text[300];
	struct place p;
	struct arena a;

	text[0] = '\0';
	arena_init(&a);
	if (node_target(node_at(m, row), &p))
		snprintf(text, sizeof(text), p.offset == UINT64_MAX ? "%s" : "%s+0x%llx",
			 node_path(p.node, &a), (unsigned long long)p.offset);
	arena_fini(&a);
	return text;
}

static void every_kind_of_id(void **state)
{
	static const struct {
		enum criu_ref kind;
		uint64_t id, more;
		const char *to;
	} rows[] = {
		{ REF_FILE, 30, 1, "files.img[27]" },
		{ REF_FILE, 30, 2, "" }, /* a REG file, no pipe */
		{ REF_FILE, 13, 4, "files.img[12]" },
		{ REF_FILE, 13, 0, "files.img[12]" }, /* type unknown: whatever has the id */
		{ REF_FILE, UINT64_C(0x10000000d), 4, "" },
		{ REF_REG, 6, 0, "files.img[5]" },
		{ REF_REG, 1, 0, "" }, /* 1 is a memfd */
		{ REF_PID, 3382, 0, "pid:3382" },
		{ REF_PID, 3385, 0, "" }, /* a thread is no process */
		{ REF_TID, 3385, 0, "core-3385.img" },
		{ REF_FILES_ID, 4, 0, "fdinfo-4.img" },
		{ REF_PAGES, 8, 0, "pages-8.img" },
		{ REF_SHMEM, 357, 0, "pagemap-shmem-357.img" },
		{ REF_VMA_SHM, 6, 0x41, "files.img[5]" },
		{ REF_VMA_SHM, 1, 0x4081, "files.img[0]" },
		{ REF_VMA_SHM, 357, 0x101, "pagemap-shmem-357.img" },
		{ REF_VMA_SHM, 6, 0x201, "" }, /* private anonymous memory */
		{ REF_TIME_NS, 0, 0, "ns:time:0" },
		{ REF_NET_NS, 10, 0, "" },
		{ REF_GHOST, 2, 1, "ghost-file-2.img" },
		{ REF_GHOST, 33, 0, "files.img[29]" },
		{ REF_GHOST, 0x80000003, 0, "ghost-file-3.img" }, /* before remap_type */
		{ REF_GHOST, 3382, 2, "pid:3382" },
		{ REF_PIPE_DATA, 291861, 0, "pipes-data.img[1]" },
		{ REF_FIFO_DATA, 1188598, 0, "fifo-data.img[0]" },
		{ REF_TTY_INFO, 1, 0, "tty-info.img[0]" },
		{ REF_UNIX_INO, 291845, 0, "files.img[64]" },
		{ REF_UNIX_ID, 15, 0, "files.img[68]" },
		{ REF_SK_QUEUE, 18, 0, "sk-queues.img[1]" }, /* the first of three */
		{ REF_TCP_STREAM, 291865, 0, "tcp-stream-47419.img" },
		{ REF_MEMFD, 2, 0, "memfd.img[1]" },
		{ REF_SECCOMP, 0, 0, "seccomp.img/seccomp_filters[0]" },
		{ REF_SECCOMP, 1, 0, "" },
		{ REF_CGROUP_SET, 1, 0, "" },
		{ REF_MNT, 1, 0, "" },
		{ REF_COUNT, 1, 0, "" },
		{ REF_NONE, 1, 0, "" },
	};
	struct model *m = open_set(REAL "tree");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(
			follow(m, "fdinfo-2.img", rows[i].kind, rows[i].id, rows[i].more),
			rows[i].to);
	model_close(m);
}

static void namespaces_and_mounts(void **state)
{
	struct model *m = open_set(REAL "ns-tree");

	(void)state;
	assert_string_equal(follow(m, "ids-1.img", REF_NET_NS, 10, 0), "ns:net:10");
	assert_string_equal(follow(m, "ids-1.img", REF_UTS_NS, 12, 0), "ns:uts:12");
	assert_string_equal(follow(m, "ids-1.img", REF_UTS_NS, 10, 0), "");
	assert_string_equal(follow(m, "files.img", REF_NS_FILE, 13, 0x20000), "ns:mnt:13");
	assert_string_equal(follow(m, "files.img", REF_NS_FILE, 13, 0x40000000), "");
	assert_string_equal(follow(m, "mountpoints-13.img", REF_MNT_ROOT_DEV, 44, 0),
			    "tmpfs-dev-44.tar.gz.img");
	assert_string_equal(target(m, "mountpoints-13.img[4]"), "tmpfs-dev-44.tar.gz.img");
	assert_string_equal(target(m, "ipcns-shm-11.img[1]"), "pagemap-shmem-1.img");
	/* A segment by its ipc id: the pages if it has some. */
	assert_string_equal(follow(m, "mm-1.img", REF_VMA_SHM, 0, 0x501), "pagemap-shmem-0.img");
	model_close(m);
}

static void rows_lead_on(void **state)
{
	static const struct {
		const char *row, *to;
	} rows[] = {
		{ "pstree.img[2]", "pid:3383" },
		{ "fdinfo-2.img[34]", "files.img[42]" },
		{ "files.img[42]", "tcp-stream-47419.img" },
		{ "files.img[27]", "ghost-file-1.img" },
		{ "files.img[30]", "files.img[29]" },
		{ "files.img[56]", "pid:3382" },
		{ "files.img[63]", "files.img[64]" },
		{ "files.img[1]", "" },
		{ "mm-3375.img/vmas[19]", "files.img[5]" },
		{ "mm-3375.img/vmas[2]", "pagemap-3375.img[2]" },
		{ "mm-3375.img/vmas[35]", "" },
		{ "pagemap-3375.img[0]", "pages-4.img" },
		{ "pagemap-3375.img[11]", "pages-4.img+0xc000" },
		{ "filelocks.img[2]", "fdinfo-2.img[31]" },
		{ "sk-queues.img[4]", "files.img[63]" },
		{ "memfd.img[0]", "pagemap-shmem-356.img" },
		{ "remap-fpath.img[3]", "ghost-file-3.img" },
		{ "tty-data.img[0]", "tty-info.img[1]" },
	};
	struct model *m = open_set(REAL "tree");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(target(m, rows[i].row), rows[i].to);
	model_close(m);
}

/* From a process to the memory that holds its environment. */
static void addresses_lead_to_areas(void **state)
{
	struct model *m = open_set(REAL "tree");
	struct arena a;
	struct field *root, *env;
	struct place p;

	(void)state;
	arena_init(&a);
	root = node_fields(node_at(m, "pid:3375"), &a);
	env = field_at_path(root, &a, "memory/environment");
	assert_non_null(env);
	assert_true(model_follow(node_at(m, "pid:3375"), env->ref, &p));
	assert_string_equal(node_path(p.node, &a), "mm-3375.img/vmas[42]");
	assert_non_null(strstr(node_summary(p.node, &a), "[stack]"));
	/* Where an area itself begins, its bytes. */
	assert_string_equal(follow(m, "mm-3375.img", REF_ADDRESS, 0x120000000000, 0),
			    "pages-4.img+0x1000");
	assert_string_equal(follow(m, "core-3375.img", REF_ADDRESS, 0x120000000000, 0),
			    "mm-3375.img/vmas[2]");
	assert_string_equal(follow(m, "core-3375.img", REF_ADDRESS, 1, 0), "");
	/* An end belongs to what it ends. */
	assert_string_equal(follow(m, "mm-3375.img", REF_ADDRESS, 0x120000004000, 0),
			    "mm-3375.img/vmas[2]");
	/* A thread's core belongs to its process. */
	assert_string_equal(follow(m, "core-3385.img", REF_ADDRESS, 0xffffffffff600000, 0),
			    "mm-3383.img/vmas[31]");
	assert_string_equal(follow(m, "files.img", REF_ADDRESS, 0x120000000000, 0), "");
	arena_fini(&a);
	model_close(m);
}

static void only_present_runs_take_room(void **state)
{
	struct model *m = open_set(REAL "lazy");

	(void)state;
	/* Runs that are lazy only have no bytes to go to. */
	for (size_t i = 1; i < item_rows(item_at(m, "pagemap-874.img")); i++) {
		char row[40];
		struct arena a;
		bool lazy;

		arena_init(&a);
		snprintf(row, sizeof(row), "pagemap-874.img[%zu]", i);
		lazy = strstr(node_summary(node_at(m, row), &a), "not here") != NULL;
		assert_int_equal(*target(m, row) != '\0', !lazy);
		arena_fini(&a);
	}
	model_close(m);
}

/* Before v3.4: an image for each type of file. */
static void old_images_of_files(void **state)
{
	struct dir d = dir_make();
	struct msg reg = { 0 }, pipe = { 0 }, fd = { 0 };
	struct model *m;
	struct arena a;

	(void)state;
	arena_init(&a);
	add_inventory(&d);
	add_task(&d, 7, 0, 7);
	add_core(&d, 7, 1, "old");
	add_ids(&d, 7, 3, 0);
	put_uint(put_uint(put_uint(&reg, 1, 5), 2, 0), 3, 0);
	put_text(&reg, 6, "/bin/old");
	image_add(&d, "reg-files.img", &reg);
	put_uint(put_uint(put_uint(&pipe, 1, 5), 2, 900), 3, 0);
	image_add(&d, "pipes.img", &pipe);
	put_uint(put_uint(put_uint(put_uint(&fd, 1, 5), 2, 0), 3, 2), 4, 0);
	image_add(&d, "fdinfo-3.img", &fd);
	m = open_set(d.path);
	assert_string_equal(target(m, "fdinfo-3.img[0]"), "pipes.img[0]");
	assert_string_equal(follow(m, "fdinfo-3.img", REF_REG, 5, 0), "reg-files.img[0]");
	assert_string_equal(node_summary(node_at(m, "fdinfo-3.img[0]"), &a), "0 -> pipe:[900]");
	assert_string_equal(file_summary(m->data, 1, 5, &a), "/bin/old");
	assert_string_equal(file_summary(m->data, 1, 6, &a), "REG file 6, not in this set");
	model_check(m);
	assert_int_equal(problems_of(m, "dangling-id"), 0);
	arena_fini(&a);
	model_close(m);
	dir_drop(&d);
}

static void words_of_references(void **state)
{
	(void)state;
	for (int k = 1; k < REF_COUNT; k++)
		assert_int_equal(ref_kind(ref_word((enum criu_ref)k)), k);
	assert_int_equal(ref_kind("nothing"), REF_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_id),
		cmocka_unit_test(namespaces_and_mounts),
		cmocka_unit_test(rows_lead_on),
		cmocka_unit_test(addresses_lead_to_areas),
		cmocka_unit_test(only_present_runs_take_room),
		cmocka_unit_test(old_images_of_files),
		cmocka_unit_test(words_of_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
