/* core/model and core/item, over a tiny format of our own: bids, paths, rows, the worker, closing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/format.h"
#include "core/model.h"

static _Atomic int indexed, finished, checked;

struct data {
	unsigned rows;
	long delay; /* ms that indexing takes */
};

static void fake_index(struct item *it, struct job *job)
{
	const struct data *d = it->data;

	atomic_fetch_add(&indexed, 1);
	if (d->delay)
		nanosleep(&(struct timespec){ .tv_nsec = d->delay * 1000000 }, NULL);
	atomic_store(&it->source, source_memory(bytes_of("0123456789abcdefghij"), it->name));
	it->index = it->list = index_new();
	for (unsigned i = 0; i < d->rows; i++) {
		index_append(it->list, &(struct record){ .offset = 4 + 2 * i, .length = 2 });
		if (!job_step(job, 2))
			return;
	}
	problem_note(it->model->problems, SEV_NOTE, "seen", it, (struct span){ 0, 0 }, "was read");
}

static struct field *fake_fields(struct item *it, uint64_t at, struct arena *a)
{
	struct field *f =
		field_add(NULL, a, FIELD_GROUP, it->name, node_span((struct node){ it, at }));

	field_uint(f, a, "start", at, SHOW_HEX, f->span);
	return f;
}

static const char *vma_label(struct item *it, uint64_t at, struct arena *a)
{
	(void)it;
	return arena_printf(a, "vmas[%u]", (unsigned)at);
}

static uint64_t vma_lookup(struct item *it, const char *label)
{
	unsigned n;
	char end;

	(void)it;
	return sscanf(label, "vmas[%u%c%c", &n, &end, &end) == 2 && end == ']' ? n : NODE_SELF;
}

static void fake_fini(struct item *it)
{
	(void)it;
	atomic_fetch_add(&finished, 1);
}

static void fake_check(struct item *it)
{
	(void)it;
	checked++;
}

static bool fake_follow(struct item *it, struct ref ref, struct place *out)
{
	out->node = (struct node){ it, ref.id };
	return ref.id < 100;
}

static const struct item_ops array_ops = {
	.index = fake_index,
	.fields = fake_fields,
	.follow = fake_follow,
	.check = fake_check,
	.fini = fake_fini,
};

static const struct item_ops parts_ops = {
	.index = fake_index,
	.fields = fake_fields,
	.label = vma_label,
	.lookup = vma_lookup,
	.fini = fake_fini,
};

static struct item *add(struct model *m, struct item *parent, const struct item_ops *ops,
			const char *name, unsigned rows, long delay)
{
	struct item *it = item_add(m, parent, ops, name, "fake");
	struct data *d = ARENA_NEW(&m->arena, struct data);

	*d = (struct data){ rows, delay };
	it->data = d;
	return it;
}

static bool fake_locate(struct model *m, const char *word, struct place *out)
{
	if (strcmp(word, "pid:7") && strcmp(word, "va:0x10@7"))
		return false;
	out->node = (struct node){ m->root->first, NODE_SELF };
	out->path = word[0] == 'v' ? "start" : NULL;
	return true;
}

static int no_bid(const struct input *in)
{
	(void)in;
	return 0;
}

static int fake_bid(const struct input *in)
{
	if (in->folder)
		return folder_find(in->folder, "fake.img") ? 8 : 0;
	return bytes_equal(source_view(in->source, 0, 4), bytes_of("FAKE")) ? 32 : 0;
}

static int weak_bid(const struct input *in)
{
	return fake_bid(in) ? 1 : 0;
}

static struct err *refuse(struct model *m, struct input *in)
{
	(void)m;
	folder_close(in->folder);
	source_close(in->source);
	return err_new(ERR_FORMAT, "refused");
}

static struct err *fake_open(struct model *m, struct input *in)
{
	struct item *group;

	folder_close(in->folder);
	source_close(in->source);
	item_add(m, NULL, NULL, "root", "directory");
	add(m, m->root, &parts_ops, "mm-7.img", 3, 0);
	add(m, m->root, &array_ops, "pagemap-7.img", 8, 20);
	add(m, m->root, &array_ops, "pagemap-7.img[1]", 1, 0); /* a name that looks like a row */
	group = item_add(m, m->root, NULL, "checkpoint", "directory");
	add(m, group, &array_ops, "files.img", 5, 0);
	item_alias(group, m->root->first);
	m->locate = fake_locate;
	return NULL;
}

static const struct format no_format = {
	.name = "none", .summary = "never", .bid = no_bid, .open = refuse
};
static const struct format weak_format = {
	.name = "weak", .summary = "weak", .bid = weak_bid, .open = refuse
};
static const struct format fake_format = {
	.name = "fake", .summary = "fake set", .bid = fake_bid, .open = fake_open
};
static const struct format *const formats[] = { &no_format, &weak_format, &fake_format, NULL };
static const struct format *const refusing[] = { &weak_format, NULL };

static char dir[] = "/tmp/model.XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[128];

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

static int fill(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	put("fake.img", "FAKE and more");
	put("other.img", "else");
	return 0;
}

static int clear(void **state)
{
	(void)state;
	unlink(in_dir("fake.img"));
	unlink(in_dir("other.img"));
	return rmdir(dir);
}

static struct model *open_fake(bool worker)
{
	struct model *m;

	assert_null(model_open(in_dir("fake.img"), formats, NULL, &m));
	assert_ptr_equal(m->format, &fake_format);
	if (worker) {
		m->worker = worker_open();
		assert_non_null(m->worker);
	}
	return m;
}

static void refused(const char *path, const struct format *const *with, enum err_code code,
		    const char *text)
{
	struct model *m;
	struct err *err = model_open(path, with, NULL, &m);

	assert_non_null(err);
	assert_null(m);
	assert_int_equal(err->code, code);
	if (!strstr(err->text, text))
		fail_msg("\"%s\" is not in \"%s\"", text, err->text);
	err_free(err);
}

static void the_best_bid_opens(void **state)
{
	struct model *m;

	(void)state;
	assert_null(model_open(dir, formats, &(struct model_options){ .no_magic = true }, &m));
	assert_ptr_equal(m->format, &fake_format);
	assert_true(m->options.no_magic);
	assert_string_equal(m->name, dir);
	model_closep(&m);
	assert_null(m);
	model_close(NULL);
	refused(in_dir("other.img"), formats, ERR_FORMAT, "not a format that is known");
	assert_int_equal(mkdir(in_dir("empty"), 0700), 0);
	refused(in_dir("empty"), formats, ERR_FORMAT, "no images that are known in it");
	rmdir(in_dir("empty"));
	refused(in_dir("absent"), formats, ERR_ABSENT, "absent: No such file");
	refused("/dev/null", formats, ERR_IO, "not a regular file");
	refused(in_dir("fake.img"), refusing, ERR_FORMAT, "refused");
}

static void nobody_elses_file_says_whose(void **state)
{
	(void)state;
	put("shut.img", "FAKE");
	chmod(in_dir("shut.img"), 0);
	chmod(dir, 0755);
	/* Root opens everything: be nobody for a moment. */
	if (getuid() == 0 && seteuid(65534))
		skip();
	refused(in_dir("shut.img"), formats, ERR_IO, "mode 0000");
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	unlink(in_dir("shut.img"));
}

static void standard_input(void **state)
{
	int fds[2], before = dup(STDIN_FILENO);
	struct model *m;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "FAKE", 4), 4);
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	assert_null(model_open("-", formats, NULL, &m));
	assert_ptr_equal(m->format, &fake_format);
	model_close(m);
	dup2(before, STDIN_FILENO);
	close(before);
}

struct find_case {
	const char *path;
	const char *item; /* NULL: an error */
	uint64_t at;
	const char *field; /* or the words of the error */
};

static const struct find_case find_cases[] = {
	{ "", "", NODE_SELF, "" },
	{ "mm-7.img", "mm-7.img", NODE_SELF, "" },
	{ "mm-7.img/", "mm-7.img", NODE_SELF, "" },
	{ "mm-7.img/vmas[2]", "mm-7.img", 2, "" },
	{ "mm-7.img/vmas[2]/start", "mm-7.img", 2, "start" },
	{ "mm-7.img/vmas[2]/a/b", "mm-7.img", 2, "a/b" },
	{ "mm-7.img/vmas[3]", "mm-7.img", NODE_SELF,
	  "vmas[3]" }, /* no such row: a field, perhaps */
	{ "mm-7.img/exe_file_id", "mm-7.img", NODE_SELF, "exe_file_id" },
	{ "pagemap-7.img[5]", "pagemap-7.img", 5, "" },
	{ "pagemap-7.img[5]/vaddr", "pagemap-7.img", 5, "vaddr" },
	{ "pagemap-7.img[1]", "pagemap-7.img[1]", NODE_SELF, "" }, /* the longest name wins */
	{ "pagemap-7.img[1][0]", "pagemap-7.img[1]", 0, "" },
	{ "pagemap-7.img[8]", NULL, 0, "pagemap-7.img has no [8]: 8 entries" },
	{ "pagemap-7.img[]", NULL, 0, "has no []" },
	{ "pagemap-7.img[x]", NULL, 0, "has no [x]" },
	{ "pagemap-7.img[99999999999999999999]", NULL, 0, "has no" },
	{ "pagemap-7.img[-1]", NULL, 0, "has no" },
	{ "checkpoint", "checkpoint", NODE_SELF, "" },
	{ "checkpoint/files.img[3]", "checkpoint/files.img", 3, "" },
	{ "checkpoint/files.img[3]/id", "checkpoint/files.img", 3, "id" },
	{ "files.img", NULL, 0, "files.img: no such entry in" },
	{ "mm-7.imgx", NULL, 0, "no such entry" },
	{ "mm-7.im", NULL, 0, "no such entry" },
	{ "pid:7", "mm-7.img", NODE_SELF, "" },
	{ "pid:7/vmas[1]/start", "mm-7.img", 1, "start" },
	{ "va:0x10@7", "mm-7.img", NODE_SELF, "start" },
	{ "pid:8", NULL, 0, "no such entry" },
	{ "\033", NULL, 0, "\\x1b: no such entry" },
};

static void paths_are_found(void **state)
{
	struct model *m = open_fake(false);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(find_cases); i++) {
		const struct find_case *t = &find_cases[i];
		const char *field;
		struct node n;
		struct err *err = model_find(m, t->path, &n, &field);

		if (!t->item) {
			assert_non_null(err);
			assert_int_equal(err->code, ERR_ABSENT);
			if (!strstr(err->text, t->field))
				fail_msg("\"%s\" is not in \"%s\"", t->field, err->text);
			err_free(err);
			continue;
		}
		if (err)
			fail_msg("%s: %s", t->path, err->text);
		assert_string_equal(n.item->path, t->item);
		assert_int_equal(n.at, t->at);
		assert_string_equal(field, t->field);
	}
	model_close(m);
}

static void only_what_is_asked_for_is_indexed(void **state)
{
	struct model *m = open_fake(false);
	const char *field;
	struct node n;

	(void)state;
	indexed = finished = checked = 0;
	assert_false(model_ready(m));
	assert_null(model_find(m, "mm-7.img", &n, &field));
	assert_int_equal(indexed, 0);
	assert_null(model_find(m, "mm-7.img/vmas[0]", &n, &field));
	assert_int_equal(indexed, 1);
	item_index(n.item, true);
	assert_int_equal(indexed, 1);
	model_index(m);
	assert_true(model_ready(m));
	assert_int_equal(indexed, 4);
	model_check(m);
	assert_int_equal(checked, 3);
	assert_int_equal(problems_count(m->problems), 4);
	model_close(m);
	assert_int_equal(finished, 4);
}

static void nodes_answer_with_defaults(void **state)
{
	struct model *m = open_fake(false);
	struct item *mm = m->root->first, *pagemap = mm->next, *group = m->root->last;
	struct item *alias = group->last;
	struct node self = { pagemap, NODE_SELF }, row = { pagemap, 2 };
	struct place place;
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_int_equal(node_span(self).length, 0);
	/* Looking at its fields indexes it, for there is no worker to do so. */
	assert_string_equal(node_fields(row, &a)->name, "pagemap-7.img");
	assert_true(item_ready(pagemap));
	assert_int_equal(node_span(self).length, 20);
	assert_int_equal(node_span(row).offset, 8);
	assert_int_equal(node_span(row).length, 2);
	assert_int_equal(node_span((struct node){ pagemap, 1000 }).length, 0);
	assert_string_equal(node_label(row, &a), "[2]");
	assert_string_equal(node_path(row, &a), "pagemap-7.img[2]");
	assert_string_equal(node_path((struct node){ mm, 1 }, &a), "mm-7.img/vmas[1]");
	assert_string_equal(node_summary(row, &a), "");
	assert_string_equal(node_kind(row, &a), "");
	assert_string_equal(node_kind(self, &a), "fake");
	assert_int_equal(item_rows(pagemap), 8);
	assert_int_equal(item_rows(group), 0);
	assert_false(node_target(row, &place));
	assert_non_null(node_fields((struct node){ group, NODE_SELF }, &a));
	assert_string_equal(node_summary((struct node){ group, NODE_SELF }, &a), "");

	assert_int_equal(node_at_offset(pagemap, 3).at, NODE_SELF);
	assert_int_equal(node_at_offset(pagemap, 4).at, 0);
	assert_int_equal(node_at_offset(pagemap, 19).at, 7);
	assert_int_equal(node_at_offset(pagemap, 20).at, NODE_SELF);
	assert_int_equal(node_at_offset(group, 0).at, NODE_SELF);

	assert_true(model_follow(self, (struct ref){ 1, 5, 0 }, &place));
	assert_int_equal(place.node.at, 5);
	assert_false(model_follow(self, (struct ref){ 1, 500, 0 }, &place));
	assert_false(model_follow(self, (struct ref){ 0, 5, 0 }, &place));

	assert_ptr_equal(item_real(alias), mm);
	assert_string_equal(node_path((struct node){ alias, NODE_SELF }, &a), "mm-7.img");
	item_index(alias, true);
	assert_true(item_ready(mm));
	assert_int_equal(item_rows(alias), 3);
	arena_fini(&a);
	model_close(m);
}

static void the_tree_is_walked_in_order(void **state)
{
	static const char *const names[] = { "root",          "mm-7.img",
					     "pagemap-7.img", "pagemap-7.img[1]",
					     "checkpoint",    "files.img",
					     "mm-7.img" };
	struct model *m = open_fake(false);
	size_t n = 0;

	(void)state;
	for (struct item *it = m->root; it; it = item_next(m->root, it))
		assert_string_equal(it->name, names[n++]);
	assert_int_equal(n, ARRAY_LEN(names));
	n = 0;
	for (struct item *it = m->root->last; it; it = item_next(m->root->last, it))
		n++;
	assert_int_equal(n, 3);
	model_close(m);
}

static void the_worker_indexes_while_we_look(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		struct model *m = open_fake(true);
		struct item *pagemap = m->root->first->next;
		struct arena a;

		arena_init(&a);
		indexed = 0;
		model_index(m);
		item_index(pagemap, false); /* to the front of the queue */
		/* Whether the worker or we come first: it is indexed once, and there. */
		if (round % 2) {
			item_index(pagemap, true);
			assert_true(item_ready(pagemap));
			assert_int_equal(item_rows(pagemap), 8);
		} else {
			assert_non_null(node_fields((struct node){ pagemap, NODE_SELF }, &a));
		}
		if (round % 4 < 2) {
			worker_wait(m->worker);
			assert_true(model_ready(m));
			assert_int_equal(indexed, 4);
		}
		arena_fini(&a);
		model_close(m); /* in the midst of it, else */
	}
}

static void *index_it(void *arg)
{
	item_index(arg, true);
	return (void *)(uintptr_t)item_rows(arg);
}

static void many_may_wait_for_one(void **state)
{
	struct model *m = open_fake(true);
	struct item *pagemap = m->root->first->next;
	pthread_t threads[4];

	(void)state;
	indexed = 0;
	model_index(m);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, index_it, pagemap), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		void *rows;

		pthread_join(threads[i], &rows);
		assert_int_equal((uintptr_t)rows, 8);
	}
	worker_wait(m->worker);
	assert_int_equal(indexed, 4);
	model_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_bid_opens),
		cmocka_unit_test(nobody_elses_file_says_whose),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(paths_are_found),
		cmocka_unit_test(only_what_is_asked_for_is_indexed),
		cmocka_unit_test(nodes_answer_with_defaults),
		cmocka_unit_test(the_tree_is_walked_in_order),
		cmocka_unit_test(the_worker_indexes_while_we_look),
		cmocka_unit_test(many_may_wait_for_one),
	};

	return cmocka_run_group_tests_name("model", tests, fill, clear);
}
