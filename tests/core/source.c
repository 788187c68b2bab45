/* core/source: clipping, slices, spooling, and files that shrink while they are mapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/source.h"

static char dir[] = "/tmp/source.XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* A file of `size` bytes, each the low byte of its offset. */
static void make_file(const char *name, size_t size)
{
	FILE *f = fopen(in_dir(name), "w");

	assert_non_null(f);
	for (size_t i = 0; i < size; i++)
		putc((int)(i & 0xff), f);
	assert_int_equal(fclose(f), 0);
}

static struct source *open_file(const char *name)
{
	struct source *src;

	assert_null(source_open(AT_FDCWD, in_dir(name), false, &src));
	return src;
}

static void views_are_clipped(void **state)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 100000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t size = sizes[i];
		struct source *src;
		struct cursor c;
		uint8_t buf[8];

		make_file("f", size);
		src = open_file("f");
		unlink(in_dir("f"));
		assert_int_equal(source_size(src), size);
		assert_int_equal(source_view(src, 0, UINT64_MAX).len, size);
		assert_int_equal(source_view(src, size, 1).len, 0);
		assert_int_equal(source_view(src, UINT64_MAX, UINT64_MAX).len, 0);
		if (size) {
			assert_int_equal(source_view(src, size - 1, 2).len, 1);
			assert_int_equal(*source_view(src, size - 1, 2).at, (size - 1) & 0xff);
			assert_int_equal(source_read(src, size - 1, buf, sizeof(buf)), 1);
		}
		c = source_cursor(src, (struct span){ 3, UINT64_MAX });
		assert_int_equal(cursor_left(&c), size > 3 ? size - 3 : 0);
		assert_int_equal(cursor_offset(&c), size > 3 ? 3 : size);
		assert_false(source_lost(src, NULL));
		source_close(src);
	}
	source_close(NULL);
}

static void spans(void **state)
{
	struct span s = span_clip((struct span){ 10, UINT64_MAX }, 15);

	(void)state;
	assert_int_equal(s.offset, 10);
	assert_int_equal(s.length, 5);
	s = span_clip((struct span){ UINT64_MAX, 5 }, 15);
	assert_int_equal(s.offset, 15);
	assert_int_equal(s.length, 0);
	assert_true(span_has((struct span){ UINT64_MAX - 1, 5 }, UINT64_MAX));
	assert_true(span_has((struct span){ 5, 1 }, 5));
	assert_false(span_has((struct span){ 5, 1 }, 6));
	assert_false(span_has((struct span){ 5, 1 }, 4));
	assert_false(span_has((struct span){ 5, 0 }, 5));
}

static void slices_lie_within(void **state)
{
	struct source *src, *slice, *inner;

	(void)state;
	make_file("f", 10000);
	src = open_file("f");
	unlink(in_dir("f"));
	slice = source_slice(src, (struct span){ 5000, UINT64_MAX }, "slice");
	assert_int_equal(source_size(slice), 5000);
	inner = source_slice(slice, (struct span){ 10, 20 }, "inner\n");
	assert_string_equal(source_name(inner), "inner\\n");
	assert_int_equal(source_size(inner), 20);
	assert_int_equal(*source_view(inner, 1, 1).at, 5011 & 0xff);
	source_advise(inner, SOURCE_SCAN);
	source_release(inner, (struct span){ 0, 20 });
	assert_int_equal(*source_view(inner, 1, 1).at, 5011 & 0xff);
	source_close(inner);
	source_close(slice);
	source_close(src);
}

/* `text` is expected within the message of the error, which must be there. */
static void refused(struct err *err, const char *text)
{
	assert_non_null(err);
	if (!strstr(err->text, text))
		fail_msg("\"%s\" is not in \"%s\"", text, err->text);
	err_free(err);
}

static void only_regular_files(void **state)
{
	struct source *src;

	(void)state;
	refused(source_open(AT_FDCWD, dir, true, &src), "not a regular file");
	assert_null(src);
	refused(source_open(AT_FDCWD, "/dev/null", true, &src), "not a regular file");
	refused(source_open(AT_FDCWD, in_dir("no\033such"), true, &src),
		"no\\x1bsuch: No such file");
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	refused(source_open(AT_FDCWD, in_dir("fifo"), true, &src), "not a regular file");
	unlink(in_dir("fifo"));

	make_file("target", 10);
	assert_int_equal(symlink("target", in_dir("link")), 0);
	refused(source_open(AT_FDCWD, in_dir("link"), false, &src), "symbolic link");
	assert_null(source_open(AT_FDCWD, in_dir("link"), true, &src));
	assert_int_equal(source_size(src), 10);
	source_close(src);
	unlink(in_dir("link"));
	unlink(in_dir("target"));
}

static void who_may_not_is_told_whose_it_is(void **state)
{
	struct err *err;

	(void)state;
	make_file("secret", 1);
	chmod(in_dir("secret"), 0600);
	err = source_open_err(EACCES, AT_FDCWD, in_dir("secret"));
	assert_non_null(strstr(err->text, getuid() ? "owned by" : "owned by root, mode 0600"));
	assert_non_null(strstr(err->text, "Permission denied"));
	err_free(err);
	unlink(in_dir("secret"));
}

static void a_shrunken_file_reads_as_zeros(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 64 * page;
	struct source *src, *slice;
	uint64_t offset = 0;
	struct bytes b;

	(void)state;
	make_file("f", size);
	src = open_file("f");
	slice = source_slice(src, (struct span){ 8 * page, 8 * page }, "slice");
	b = source_view(src, 0, size);
	assert_int_equal(b.at[10 * page + 5], 5);
	assert_int_equal(truncate(in_dir("f"), (off_t)(4 * page)), 0);
	assert_false(source_lost(src, &offset));
	assert_int_equal(b.at[4 * page - 1], 0xff);
	assert_false(source_lost(src, &offset));
	assert_int_equal(b.at[20 * page + 5], 0);
	assert_true(source_lost(src, &offset));
	assert_int_equal(offset, 20 * page);
	assert_false(source_lost(slice, &offset));
	for (size_t i = 4 * page; i < size; i++)
		assert_int_equal(b.at[i], 0);
	assert_true(source_lost(src, &offset));
	assert_int_equal(offset, 4 * page);
	assert_true(source_lost(slice, &offset));
	assert_int_equal(offset, 0);
	source_close(slice);
	source_close(src);
	unlink(in_dir("f"));
}

static void *sum_of(void *arg)
{
	struct bytes b = source_view(arg, 0, UINT64_MAX);
	uintptr_t sum = 0;

	for (size_t i = 0; i < b.len; i += 512)
		sum += b.at[i];
	return (void *)sum;
}

static void two_threads_may_hit_the_hole(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct source *src;
	pthread_t threads[4];
	uint64_t offset;

	(void)state;
	make_file("f", 256 * page);
	src = open_file("f");
	assert_int_equal(truncate(in_dir("f"), 0), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sum_of, src), 0);
	for (size_t i = 0; i < 4; i++) {
		void *sum;

		pthread_join(threads[i], &sum);
		assert_ptr_equal(sum, NULL);
	}
	assert_true(source_lost(src, &offset));
	assert_int_equal(offset, 0);
	source_close(src);
	unlink(in_dir("f"));
}

/* Not ours: it must still kill, or a bug would look like an image of zeros. */
static void another_fault_still_kills(void **state)
{
	struct source *src;
	int status = 0;
	pid_t pid;

	(void)state;
	make_file("f", 100000);
	src = open_file("f");
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		close(2);
		/* The harness catches it, too: not here. Opening puts ours over the default. */
		signal(SIGBUS, SIG_DFL);
		source_close(open_file("f"));
		raise(SIGBUS);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	source_close(src);
	unlink(in_dir("f"));
}

static void thousands_at_once(void **state)
{
	enum { MANY = 3000 };
	struct source **all = calloc(MANY, sizeof(*all));

	(void)state;
	assert_non_null(all);
	make_file("f", 5000);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++)
			all[i] = open_file("f");
		for (int i = 0; i < MANY; i++) {
			assert_int_equal(*source_view(all[i], 4999, 1).at, 4999 & 0xff);
			source_close(all[i]);
		}
	}
	unlink(in_dir("f"));
	free(all);
}

static void standard_input_is_spooled(void **state)
{
	struct source *src;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "hello, frozen world", 19), 19);
	close(fds[1]);
	assert_null(source_spool(fds[0], "standard input", 1 << 20, &src));
	assert_int_equal(source_size(src), 19);
	assert_memory_equal(source_view(src, 7, 6).at, "frozen", 6);
	source_close(src);
	close(fds[0]);

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "too much", 8), 8);
	close(fds[1]);
	refused(source_spool(fds[0], "standard input", 7, &src), "longer than 7 bytes");
	assert_null(src);
	close(fds[0]);
}

static void given_back_pages_can_be_read_again(void **state)
{
	const size_t size = 4 << 20;
	struct source *src;

	(void)state;
	make_file("f", size);
	src = open_file("f");
	source_advise(src, SOURCE_SCAN);
	for (size_t i = 0; i < size; i += 100000) {
		assert_int_equal(*source_view(src, i, 1).at, i & 0xff);
		source_release(src, (struct span){ i, 100000 });
	}
	source_advise(src, SOURCE_BROWSE);
	assert_int_equal(*source_view(src, 1234, 1).at, 1234 & 0xff);
	source_release(src, (struct span){ 0, UINT64_MAX });
	source_release(src, (struct span){ UINT64_MAX, UINT64_MAX });
	assert_int_equal(*source_view(src, size - 1, 1).at, 0xff);
	source_close(src);
	unlink(in_dir("f"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_are_clipped),
		cmocka_unit_test(spans),
		cmocka_unit_test(slices_lie_within),
		cmocka_unit_test(only_regular_files),
		cmocka_unit_test(who_may_not_is_told_whose_it_is),
		cmocka_unit_test(a_shrunken_file_reads_as_zeros),
		cmocka_unit_test(two_threads_may_hit_the_hole),
		cmocka_unit_test(another_fault_still_kills),
		cmocka_unit_test(thousands_at_once),
		cmocka_unit_test(standard_input_is_spooled),
		cmocka_unit_test(given_back_pages_can_be_read_again),
	};

	return cmocka_run_group_tests_name("source", tests, make_dir, drop_dir);
}
