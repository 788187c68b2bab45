/* core/window: the same bytes whether read or mapped, from files, slices and memory, whatever
 * happens to the file meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "core/window.h"

enum { SIZE = 12 << 20, ROOM = 256 << 10 };

static char path[] = "/tmp/window.XXXXXX";

static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset ^ offset >> 8 ^ offset >> 16);
}

static struct source *open_file(int *fd)
{
	uint8_t *bytes = malloc(SIZE);
	struct source *src;

	for (uint64_t i = 0; i < SIZE; i++)
		bytes[i] = byte_at(i);
	strcpy(strrchr(path, '.'), ".XXXXXX");
	*fd = mkstemp(path);
	assert_true(*fd >= 0);
	assert_int_equal(write(*fd, bytes, SIZE), SIZE);
	free(bytes);
	assert_null(source_open(AT_FDCWD, path, false, &src));
	unlink(path);
	return src;
}

/* All of it in steps, each overlapping the next; `base`: where the source's first byte is in the
 * file. */
static void walk(struct window *w, const struct source *src, uint64_t base, uint64_t step)
{
	uint64_t size = source_size(src);

	for (uint64_t at = 0; at < size; at += step) {
		struct bytes b = window_view(w, src, (struct span){ at, step + 4096 }, size);

		assert_int_equal(b.len, size - at < step + 4096 ? size - at : step + 4096);
		for (size_t i = 0; i < b.len; i += 61)
			assert_int_equal(b.at[i], byte_at(base + at + i));
		assert_int_equal(b.at[b.len - 1], byte_at(base + at + b.len - 1));
	}
}

static void read_and_mapped_are_the_same(void **state)
{
	static const uint64_t steps[] = { 4096, 5000, 65536, ROOM - 4096, 3 << 20 };
	struct source *src, *slice, *inner;
	struct window w;
	int fd;

	(void)state;
	src = open_file(&fd);
	slice = source_slice(src, (struct span){ 4097, SIZE }, "slice");
	inner = source_slice(slice, (struct span){ 10000, 5 << 20 }, "inner");
	assert_true(source_fetches(src) && source_fetches(inner));
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		for (int reads = 0; reads < 3; reads++) {
			window_init(&w, ROOM);
			/* Never, as the faults have it, always. */
			w.faults = reads ? 0 : INT32_MAX;
			w.to_read = reads == 2 ? UINT64_MAX : 0;
			walk(&w, src, 0, steps[i]);
			walk(&w, slice, 4097, steps[i]);
			walk(&w, inner, 14097, steps[i]);
			walk(&w, src, 0, steps[i]);
			if (reads == 2 && steps[i] < ROOM)
				assert_true(w.held.length && !w.mapped.length);
			window_fini(&w);
		}
	source_close(inner);
	source_close(slice);
	source_close(src);
	close(fd);
}

static void memory_is_looked_at(void **state)
{
	uint8_t *bytes = malloc(SIZE);
	struct window w;
	struct source *src;

	(void)state;
	for (uint64_t i = 0; i < SIZE; i++)
		bytes[i] = byte_at(i);
	src = source_memory((struct bytes){ bytes, SIZE }, "memory");
	assert_false(source_fetches(src));
	window_init(&w, ROOM);
	w.to_read = UINT64_MAX;
	walk(&w, src, 0, 65536);
	assert_ptr_equal(window_view(&w, src, (struct span){ 77, 8 }, 85).at, bytes + 77);
	assert_int_equal(window_view(&w, src, (struct span){ SIZE, 8 }, SIZE).len, 0);
	window_fini(&w);
	source_close(src);
	free(bytes);
}

/* What is cut off reads as zeros, and is told, wherever the window is. */
static void a_shrunken_file_reads_as_zeros(void **state)
{
	uint64_t left = (4 << 20) + 100, lost = 0;
	struct source *src, *slice;
	struct window w;
	struct bytes b;
	int fd;

	(void)state;
	src = open_file(&fd);
	slice = source_slice(src, (struct span){ 1 << 20, SIZE }, "slice");
	window_init(&w, ROOM);
	w.to_read = UINT64_MAX;
	assert_int_equal(ftruncate(fd, (off_t)left), 0);
	b = window_view(&w, src, (struct span){ 0, 65536 }, SIZE);
	assert_int_equal(b.at[65535], byte_at(65535));
	assert_false(source_lost(src, NULL));
	b = window_view(&w, slice, (struct span){ 3 << 20, 65536 }, SIZE);
	assert_int_equal(b.len, 65536);
	assert_int_equal(b.at[99], byte_at(left - 1));
	for (size_t i = 100; i < b.len; i++)
		assert_int_equal(b.at[i], 0);
	assert_true(source_lost(src, &lost));
	assert_int_equal(lost, left);
	assert_true(source_lost(slice, &lost));
	assert_int_equal(lost, left - (1 << 20));
	window_fini(&w);
	source_close(slice);
	source_close(src);
	close(fd);
}

/* With many files open, no more descriptors are kept, and the mapping does. */
static void descriptors_are_few(void **state)
{
	enum { MANY = 400 };
	static struct source *many[MANY];
	size_t kept = 0;
	struct window w;
	int fd;

	(void)state;
	many[0] = open_file(&fd);
	window_init(&w, ROOM);
	w.to_read = UINT64_MAX;
	for (size_t i = 1; i < MANY; i++)
		assert_null(source_map(fd, "again", &many[i]));
	for (size_t i = 0; i < MANY; i++) {
		struct bytes b = window_view(&w, many[i], (struct span){ 7 << 20, 4096 }, SIZE);

		kept += source_fetches(many[i]);
		assert_int_equal(b.at[4095], byte_at((7 << 20) + 4095));
	}
	assert_true(kept > 50 && kept < 256);
	window_fini(&w);
	for (size_t i = 0; i < MANY; i++)
		source_close(many[i]);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_and_mapped_are_the_same),
		cmocka_unit_test(memory_is_looked_at),
		cmocka_unit_test(a_shrunken_file_reads_as_zeros),
		cmocka_unit_test(descriptors_are_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
