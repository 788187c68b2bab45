/* xen/walk, xen/scout, xen/batch: streams large enough that a second thread goes ahead, against
 * what was put into them. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats.h"
#include "xen/batch.h"
#include "xen/memory.h"
#include "xen/scout.h"
#include "xen/xen.h"

enum { ROWS = 2000, LIBXC_HEADERS = 40, TSC = 24 };

/* A stream under construction, and what is to be found in it: offsets of records, and for each its
 * entries one by one. */
struct made {
	uint8_t *at;
	size_t len, room;
	bool big;
	uint64_t offset[ROWS];
	uint32_t type[ROWS];
	size_t rows;
	uint64_t *entries; /* of all PAGE_DATAs */
	uint32_t *row;     /* of each entry */
	size_t count;
};

static struct made made;
static char path[] = "/tmp/walk.XXXXXX";

static void put(unsigned width, uint64_t v)
{
	assert_true(made.len + width <= made.room);
	for (unsigned n = 0; n < width; n++)
		made.at[made.len++] = (uint8_t)(v >> 8 * (made.big ? width - 1 - n : n));
}

static void put_zeros(size_t n)
{
	assert_true(made.len + n <= made.room);
	memset(made.at + made.len, 0, n);
	made.len += n;
}

static void put_text(const char *text, size_t len)
{
	assert_true(made.len + len <= made.room);
	memcpy(made.at + made.len, text, len);
	made.len += len;
}

/* libxc's headers, of an HVM guest, behind `prefix` bytes of a libvirt header if there are any. */
static void begin(size_t prefix, bool big)
{
	made.len = made.rows = made.count = 0;
	made.big = false;
	if (prefix) {
		put_text("libvirt-xml\n \0 \r", 16);
		put(4, 2);
		put(4, prefix);
		put_zeros(40 + prefix);
		put_text("LibxlFmt\0\0\0\2\0\0\0\0", 16);
		put(8, 1);
	}
	made.big = true;
	put(8, UINT64_MAX);
	put(4, 0x58454e46);
	put(4, 3);
	put(2, big);
	put_zeros(6);
	made.big = big;
	put(4, 2);
	put(2, 12);
	put(2, 0);
	put(4, 4);
	put(4, 17);
}

static void put_head(uint32_t type, uint32_t body)
{
	assert_true(made.rows < ROWS);
	made.offset[made.rows] = made.len;
	made.type[made.rows++] = type;
	put(4, type);
	put(4, body);
}

static void put_record(uint32_t type, uint32_t body)
{
	put_head(type, body);
	put_zeros((body + 7) / 8 * 8);
}

/* A PAGE_DATA of entries that each has a page, but for XTAB's. */
static void put_batch(const uint64_t *entries, uint32_t count)
{
	uint32_t pages = 0;

	for (uint32_t n = 0; n < count; n++)
		pages += entries[n] >> 60 != PFINFO_XTAB;
	put_head(REC_PAGE_DATA, 8 + 8 * count + pages * XEN_PAGE);
	put(4, count);
	put(4, 0);
	for (uint32_t n = 0; n < count; n++) {
		made.entries[made.count] = entries[n];
		made.row[made.count++] = (uint32_t)made.rows - 1;
		put(8, entries[n]);
	}
	for (uint32_t n = 0; n < pages; n++)
		put_zeros(XEN_PAGE);
}

static void put_plain(uint64_t pfn, uint32_t count)
{
	uint64_t entries[BATCH_MOST];

	for (uint32_t n = 0; n < count; n++)
		entries[n] = pfn + n;
	put_batch(entries, count);
}

/* The layer's END, and that of the layer around it. */
static void end(size_t prefix)
{
	put_record(REC_END, 0);
	if (prefix)
		put(8, 0);
}

/* ---- what is found ---- */

static struct model *open_made(void)
{
	struct model *m;
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, made.at, made.len), made.len);
	close(fd);
	assert_null(model_open(path, formats, NULL, &m));
	return m;
}

static void assert_records(struct xen *x, size_t rows)
{
	struct index *ix = xen_layer(x, LAYER_LIBXC)->item->index;

	assert_int_equal(index_count(ix), rows);
	for (size_t n = 0; n < rows; n++) {
		assert_int_equal(index_at(ix, n)->offset, made.offset[n]);
		assert_int_equal(index_at(ix, n)->aux, made.type[n]);
		assert_string_equal(libxc_kinds[index_at(ix, n)->kind].name,
				    libxc_kinds[kind_row(libxc_kinds, made.type[n])].name);
	}
}

/* Entry after entry; bodies lie behind the array in their order. */
static void assert_pages(const struct memory *m)
{
	size_t at = 0;
	uint64_t body = 0;

	for (size_t n = 0; n < memory_run_count(m); n++) {
		const struct page_run *run = memory_run(m, n);

		for (uint32_t k = 0; k < run->count; k++, at++) {
			uint64_t entry = made.entries[at], count = 1;

			if (!at || made.row[at] != made.row[at - 1]) {
				while (at + count < made.count &&
				       made.row[at + count] == made.row[at])
					count++;
				body = made.offset[made.row[at]] + BATCH_HEAD + 8 * count;
			}
			assert_int_equal(run->record, made.row[at]);
			assert_int_equal(run->pfn + k, entry & ((UINT64_C(1) << 52) - 1));
			assert_int_equal(run->type, entry >> 60);
			if (run->type == PFINFO_XTAB) {
				assert_int_equal(run->offset, NO_BODY);
				continue;
			}
			assert_int_equal(run->offset + (uint64_t)k * XEN_PAGE, body);
			body += XEN_PAGE;
		}
	}
	assert_int_equal(at, made.count);
}

/* Walks, and finds what was made. Returns how many records were found sound. */
static size_t assert_found(void)
{
	struct model *m = open_made();
	struct xen *x = m->data;
	size_t sound = 0;

	xen_walk(x, NULL);
	assert_records(x, made.rows);
	assert_pages(x->memory);
	assert_true(x->ended);
	for (size_t n = 0; n < made.rows; n++)
		sound += index_at(xen_layer(x, LAYER_LIBXC)->item->index, n)->flags & RECORD_SOUND
				 ? 1
				 : 0;
	model_close(m);
	return sound;
}

/* ---- streams ---- */

static void batches_that_are_alike(void **state)
{
	(void)state;
	begin(0, false);
	put_record(REC_STATIC_DATA_END, 0);
	for (uint64_t n = 0; n < 1000; n++)
		put_plain(3 * n, 3);
	end(0);
	assert_int_equal(assert_found(), 1000);
}

/* Wherever the second thread was sent to, no batch begins there. */
static void batches_of_odd_sizes(void **state)
{
	(void)state;
	for (size_t prefix = 0; prefix < 8; prefix += 3) {
		begin(prefix, false);
		for (uint64_t n = 0, pfn = 0; n < 400; n++) {
			uint32_t count = n < 40 ? 33 : 1 + (uint32_t)(n * n % 37);

			put_plain(pfn, count);
			pfn += count;
			if (n % 50 == 49)
				put_record(REC_TSC_INFO, TSC - (uint32_t)n % 3);
		}
		end(prefix);
		assert_int_equal(assert_found(), 400);
	}
}

/* A head that is a little off from there on. */
static void batches_that_move(void **state)
{
	(void)state;
	begin(5, false);
	for (uint64_t n = 0; n < 900; n++) {
		put_plain(n, 1);
		if (n == 200 || n == 600)
			put_record(REC_TSC_INFO, TSC);
	}
	end(5);
	assert_int_equal(assert_found(), 900);
}

/* Among batches of one size: entries without pages, of other types, in other orders. */
static void batches_that_are_not_plain(void **state)
{
	static const uint64_t odd[][4] = {
		{ 7, 8, 9, 11 },
		{ 9, 8, 7, 6 },
		{ 7, 8, UINT64_C(9) | UINT64_C(1) << 60, 10 },
		{ UINT64_C(4) << 60 | 7, UINT64_C(4) << 60 | 8, UINT64_C(4) << 60 | 9,
		  UINT64_C(4) << 60 | 10 },
		{ (UINT64_C(1) << 52) - 1, 0, 1, 2 },
	};
	const uint64_t none[] = { 5, UINT64_C(15) << 60 | 6, 7 };
	size_t plain = 0;

	(void)state;
	begin(0, false);
	for (uint64_t n = 0; n < 1000; n++) {
		if (n % 97 == 96)
			put_batch(odd[n / 97 % ARRAY_LEN(odd)], 4);
		else if (n == 700)
			put_batch(none, 3);
		else
			plain++, put_plain(4 * n, 4);
	}
	end(0);
	assert_int_equal(assert_found(), plain);
}

/* Large blocks of entries are compared at once: one that differs is found wherever it is. */
static void every_entry_counts(void **state)
{
	struct batch b;
	uint8_t bytes[BATCH_HEAD + 8 * 100];

	(void)state;
	begin(0, false);
	put_plain(1000, 100);
	memcpy(bytes, made.at + LIBXC_HEADERS, sizeof(bytes));
	for (size_t n = 0; n <= 800; n++) {
		struct bytes all = { bytes, sizeof(bytes) };
		bool plain;

		if (n < 800)
			bytes[BATCH_HEAD + n] ^= 0x10;
		plain = batch_is_plain(all, 0, made.len, false, &b);
		assert_int_equal(plain, n == 800);
		if (n < 800)
			bytes[BATCH_HEAD + n] ^= 0x10;
	}
	assert_int_equal(b.pfn, 1000);
	assert_int_equal(b.count, 100);
	/* Not if the file ends before it does; nor with anything in the reserved word. */
	assert_false(
		batch_is_plain((struct bytes){ bytes, sizeof(bytes) }, 41, made.len, false, &b));
	bytes[12] = 1;
	assert_false(
		batch_is_plain((struct bytes){ bytes, sizeof(bytes) }, 0, made.len, false, &b));
}

/* The second half is one record, full of what looks like batches just where they are looked for. */
static void batches_within_a_record(void **state)
{
	size_t at, rows, count;

	(void)state;
	begin(0, false);
	for (uint64_t n = 0; n < 400; n++)
		put_plain(n, 1);
	at = made.len;
	put_head(REC_TOOLSTACK, (uint32_t)(600 * batch_length(1) - 8));
	put_zeros(batch_length(1) - 8);
	rows = made.rows;
	count = made.count;
	for (uint64_t n = 1; n < 600; n++)
		put_plain(n, 1);
	assert_int_equal(made.len - at, 600 * batch_length(1));
	made.rows = rows;
	made.count = count;
	end(0);
	assert_int_equal(assert_found(), 400);
}

static void big_endian(void **state)
{
	(void)state;
	begin(0, true);
	for (uint64_t n = 0; n < 500; n++)
		put_plain(2 * n, 2);
	end(0);
	assert_int_equal(assert_found(), 500);
}

/* What the file no longer has reads as zeros, which are an END. */
static void a_file_that_shrinks(void **state)
{
	struct model *m;
	struct xen *x;
	size_t kept = 0;
	uint64_t lost;

	(void)state;
	begin(0, false);
	for (uint64_t n = 0; n < 1000; n++)
		put_plain(n, 1);
	end(0);
	m = open_made();
	x = m->data;
	assert_int_equal(truncate(path, (off_t)(made.len / 4096 * 4096 * 3 / 4)), 0);
	xen_walk(x, NULL);
	assert_true(source_lost(x->src, &lost));
	while (made.offset[kept] + BATCH_HEAD + 8 <= made.len / 4096 * 4096 * 3 / 4)
		kept++;
	assert_in_range(index_count(xen_layer(x, LAYER_LIBXC)->item->index), kept, kept + 2);
	for (size_t n = 0; n < kept; n++)
		assert_int_equal(memory_run(x->memory, n)->pfn, n);
	model_close(m);
}

/* Stopped in the first step: the thread that was sent is called back, and nothing is sealed away.
 */
static void a_walk_that_is_stopped(void **state)
{
	struct model *m;
	struct xen *x;
	struct job job;

	(void)state;
	begin(0, false);
	for (uint64_t n = 0; n < 1900; n++)
		put_plain(n, 1);
	end(0);
	m = open_made();
	x = m->data;
	job_init(&job, "index", 0);
	atomic_store(&job.cancel, true);
	xen_walk(x, &job);
	assert_in_range(index_count(xen_layer(x, LAYER_LIBXC)->item->index), 16, 1000);
	model_close(m);
}

/* ---- the scout alone ---- */

static void a_scout_sees_what_is_there(void **state)
{
	struct batch like = { 0, 0, 1 }, b;
	struct source *src;
	struct scout *s;

	(void)state;
	begin(0, false);
	for (uint64_t n = 0; n < 300; n++) {
		uint64_t odd = UINT64_C(1) << 60 | n;

		if (n == 150)
			put_batch(&odd, 1);
		else
			put_plain(n, 1);
	}
	src = source_memory((struct bytes){ made.at, made.len }, "made");
	s = scout_send(src, made.offset[100], 120, &like, false);
	assert_non_null(s);
	assert_false(scout_saw(s, made.offset[99], &b));
	assert_false(scout_is_done(s, made.offset[99]));
	for (size_t n = 100; n < 221; n++) {
		assert_int_equal(scout_saw(s, made.offset[n], &b), n != 150);
		assert_true(n == 150 || b.pfn == n);
		assert_false(scout_saw(s, made.offset[n] + 8, &b));
	}
	assert_true(scout_is_done(s, made.offset[221]));
	assert_false(scout_saw(s, made.offset[221], &b));
	scout_free(s);
	s = scout_send(src, made.offset[100] + 8, 120, &like, false); /* nothing begins there */
	assert_false(scout_saw(s, made.offset[150], &b));
	assert_true(scout_is_done(s, made.offset[101]));
	scout_free(s);
	source_close(src);
}

static int setup(void **state)
{
	(void)state;
	made.room = 64 << 20;
	made.at = malloc(made.room);
	made.entries = malloc(sizeof(*made.entries) << 16);
	made.row = malloc(sizeof(*made.row) << 16);
	close(mkstemp(path));
	return made.at && made.entries && made.row ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(made.at);
	free(made.entries);
	free(made.row);
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches_that_are_alike),
		cmocka_unit_test(batches_of_odd_sizes),
		cmocka_unit_test(batches_that_move),
		cmocka_unit_test(batches_that_are_not_plain),
		cmocka_unit_test(every_entry_counts),
		cmocka_unit_test(batches_within_a_record),
		cmocka_unit_test(big_endian),
		cmocka_unit_test(a_file_that_shrinks),
		cmocka_unit_test(a_walk_that_is_stopped),
		cmocka_unit_test(a_scout_sees_what_is_there),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
