/* LiME and dump-core of a memory made up here: pages of zeros, lost ones, the last page there is;
 * and of a format whose sections are whatever this test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "core/model.h"
#include "ops/export.h"

enum { PAGE = 4096, PIECES = 7 };
#define LAST_PAGE (UINT64_MAX - PAGE + 1)

/* Pages 1 to 3 with bytes, 3 being of another piece; 4 is zeros; 6 is lost, 7 was never there; and
 * the last. Its bytes are the page's number. */
static const struct piece {
	uint64_t start, end;
	enum page_state state;
	bool lost;
} pieces[PIECES] = {
	{ 1 * PAGE, 3 * PAGE, PAGE_PRESENT, false },
	{ 3 * PAGE, 4 * PAGE, PAGE_PRESENT, false },
	{ 4 * PAGE, 5 * PAGE, PAGE_ZERO, false },
	{ 6 * PAGE, 7 * PAGE, PAGE_ABSENT, true },
	{ 7 * PAGE, 8 * PAGE, PAGE_ABSENT, false },
	{ 9 * PAGE, 10 * PAGE, PAGE_PRESENT, false },
	{ LAST_PAGE, UINT64_MAX, PAGE_PRESENT, false },
};

static struct source *bytes_of_pages;
static bool with_last; /* the last page is in some tests only */

static void fake_at(const struct aspace *as, uint64_t addr, struct extent *x)
{
	size_t count = with_last ? PIECES : PIECES - 1;
	uint64_t before = 0;

	(void)as;
	for (size_t i = 0; i < count; i++) {
		const struct piece *p = &pieces[i];

		if (addr < p->start) {
			*x = (struct extent){ .start = before, .end = p->start };
			return;
		}
		if (addr < p->end || p->end == UINT64_MAX) {
			*x = (struct extent){ .start = p->start,
					      .end = p->end,
					      .state = p->state,
					      .lost = p->lost,
					      .why = p->lost ? "it was lost" : NULL };
			x->source = p->state == PAGE_PRESENT ? bytes_of_pages : NULL;
			x->offset = p->end == UINT64_MAX ? 15 * PAGE : p->start;
			return;
		}
		before = p->end;
	}
	*x = (struct extent){ .start = before, .end = UINT64_MAX };
}

static const struct aspace_ops fake_ops = { .at = fake_at };

/* ---- a format ---- */

static bool replaces(const struct dump *d, uint64_t addr, uint8_t *page)
{
	(void)d;
	if (addr != 2 * PAGE)
		return false;
	memset(page, 'R', PAGE);
	return true;
}

static const struct dump *fake_dump(const struct aspace *as, const char *form, struct arena *a,
				    const char **why)
{
	static const uint8_t head[] = "count:--------.";
	static const struct dump_section sections[] = {
		{ .name = ".head", .type = 7, .bytes = { head, 15 }, .count_at = 6 },
		{ .name = ".pages", .type = 1, .align = PAGE, .content = DUMP_PAGES },
		{ .name = ".pairs", .type = 1, .align = 8, .entsize = 16, .content = DUMP_PAIRS },
		{ .name = ".frames", .type = 1, .align = 8, .entsize = 8, .content = DUMP_FRAMES },
	};
	struct dump *d = ARENA_NEW(a, struct dump);

	*why = "it may not";
	if ((strcmp(form, "xen-core") != 0 && strcmp(form, "elf-core") != 0) || as->page != PAGE)
		return NULL;
	*d = (struct dump){ .machine = 62,
			    .wide = true,
			    .abi_version = 1,
			    .sections = sections,
			    .section_count = ARRAY_LEN(sections),
			    .space = (struct aspace *)(uintptr_t)as,
			    .lacks = "half of it",
			    .replace = replaces };
	return d;
}

/* ---- writing ---- */

struct made {
	struct model model;
	struct region region;
	struct aspace as;
	struct export_what what;
	struct export_result result;
	uint8_t *bytes;
	size_t len;
};

static void setup(struct made *m)
{
	*m = (struct made){ .model = { .name = "made up", .dump = fake_dump } };
	m->region = (struct region){ .start = PAGE, .end = with_last ? UINT64_MAX : 10 * PAGE };
	m->as = (struct aspace){ .ops = &fake_ops,
				 .kind = ASPACE_FRAMES,
				 .name = "memory",
				 .who = "",
				 .page = PAGE,
				 .regions = &m->region,
				 .region_count = 1 };
	m->what = (struct export_what){ .model = &m->model, .space = &m->as };
}

/* Writes to a file and reads it back; the size that was said before is an upper bound. */
static void run(struct made *m, const struct exporter *e)
{
	static const struct export_options options = { .sparse = true };
	char path[] = "/tmp/export-guest-XXXXXX";
	uint64_t said = e->size(&m->what, &options);
	struct sink *s;
	struct job job;
	FILE *f;

	close(mkstemp(path));
	assert_true(e->fits(&m->what));
	job_init(&job, "test", 0);
	assert_null(sink_open(path, true, said, &s));
	assert_null(e->run(&m->what, &options, s, &job, &m->result));
	assert_null(sink_commit(s));
	f = fopen(path, "rb");
	assert_non_null(f);
	free(m->bytes);
	m->bytes = malloc(said + 1);
	m->len = fread(m->bytes, 1, said + 1, f);
	fclose(f);
	unlink(path);
	assert_int_equal(m->len, said);
}

static bool page_is(const uint8_t *at, int byte)
{
	return at[0] == byte && !memcmp(at, at + 1, PAGE - 1);
}

/* ---- tests ---- */

static void check_range(const uint8_t *at, uint64_t first, uint64_t last)
{
	assert_int_equal(le32_at(at), 0x4c694d45);
	assert_int_equal(le32_at(at + 4), 1);
	assert_int_equal(le64_at(at + 8), first);
	assert_int_equal(le64_at(at + 16), last);
	assert_int_equal(le64_at(at + 24), 0);
}

/* Neighbours are one range, zeros are bytes, and what is lost is counted once. */
static void test_lime(void **state)
{
	struct made m;

	(void)state;
	setup(&m);
	run(&m, &export_lime);
	assert_int_equal(m.len, 2 * 32 + 5 * PAGE);
	check_range(m.bytes, PAGE, 5 * PAGE - 1);
	for (int n = 1; n < 5; n++)
		assert_true(page_is(m.bytes + 32 + (n - 1) * PAGE, n == 4 ? 0 : n));
	check_range(m.bytes + 32 + 4 * PAGE, 9 * PAGE, 10 * PAGE - 1);
	assert_true(page_is(m.bytes + 64 + 4 * PAGE, 9));
	assert_int_equal(m.result.absent, PAGE);
	assert_string_equal(m.result.why, "it was lost");
	free(m.bytes);
}

/* Of what was asked for by name all that is not there is missed. */
static void test_stretch(void **state)
{
	struct made m;

	(void)state;
	setup(&m);
	m.what.start = 3 * PAGE + 16;
	m.what.end = 10 * PAGE - 16;
	run(&m, &export_lime);
	assert_int_equal(m.len, 2 * 32 + 2 * PAGE - 16 + PAGE - 16);
	check_range(m.bytes, 3 * PAGE + 16, 5 * PAGE - 1);
	check_range(m.bytes + 32 + 2 * PAGE - 16, 9 * PAGE, 10 * PAGE - 17);
	assert_int_equal(m.result.absent, 4 * PAGE);
	free(m.bytes);
}

static void check_section(const uint8_t *header, uint64_t offset, uint64_t size)
{
	assert_int_equal(le64_at(header + 24), offset);
	assert_int_equal(le64_at(header + 32), size);
}

static void test_xen_core(void **state)
{
	static const uint64_t frames[] = { 1, 2, 3, 4, 9 };
	static const char names[] = "\0.shstrtab\0.head\0.pages\0.pairs\0.frames";
	const uint8_t *h, *at;
	struct made m;

	(void)state;
	setup(&m);
	run(&m, &export_xen_core);
	h = m.bytes + 64;
	assert_memory_equal(m.bytes, "\177ELF\2\1\1\0\1", 9);
	assert_int_equal(le16_at(m.bytes + 60), 6);
	check_section(h + 2 * 64, 64 + 6 * 64, 15);
	check_section(h + 3 * 64, PAGE, 5 * PAGE);
	check_section(h + 4 * 64, 6 * PAGE, 5 * 16);
	check_section(h + 5 * 64, 6 * PAGE + 80, 5 * 8);
	check_section(h + 1 * 64, 6 * PAGE + 120, sizeof(names));
	assert_memory_equal(m.bytes + 64 + 6 * 64, "count:\5\0\0\0\0\0\0\0.", 15);
	at = m.bytes + PAGE;
	for (size_t i = 0; i < 5; i++) {
		int byte = frames[i] == 2 ? 'R' : frames[i] == 4 ? 0 : (int)frames[i];

		assert_true(page_is(at + i * PAGE, byte));
		assert_int_equal(le64_at(at + 5 * PAGE + 16 * i), frames[i]);
		assert_int_equal(le64_at(at + 5 * PAGE + 16 * i + 8), frames[i]);
		assert_int_equal(le64_at(at + 5 * PAGE + 80 + 8 * i), frames[i]);
	}
	assert_memory_equal(at + 5 * PAGE + 120, names, sizeof(names));
	assert_string_equal(m.result.lacks, "half of it");
	assert_int_equal(m.result.absent, PAGE);
	free(m.bytes);
}

/* A page that ends at 2^64 is one. */
static void test_last_page(void **state)
{
	struct made m;

	(void)state;
	with_last = true;
	setup(&m);
	run(&m, &export_lime);
	check_range(m.bytes + m.len - PAGE - 32, LAST_PAGE, UINT64_MAX);
	assert_true(page_is(m.bytes + m.len - PAGE, 15));
	run(&m, &export_xen_core);
	assert_int_equal(le64_at(m.bytes + 64 + 6 * 64 + 6), 6);
	assert_int_equal(le64_at(m.bytes + 7 * PAGE + 80), LAST_PAGE / PAGE);
	assert_int_equal(le64_at(m.bytes + 7 * PAGE + 88), LAST_PAGE / PAGE);
	assert_true(page_is(m.bytes + 6 * PAGE, 15));
	free(m.bytes);
	with_last = false;
}

/* What a format refuses, and a memory without a page. */
/* The same as bytes and as an ELF core, whose second program header is the page's. */
static void test_last_page_elsewhere(void **state)
{
	enum { HEADER = 64, ENTRY = 56 };
	const uint8_t *load;
	struct made m;

	(void)state;
	with_last = true;
	setup(&m);
	m.what.start = LAST_PAGE + 1;
	m.what.end = UINT64_MAX;
	run(&m, exporter_named("raw"));
	assert_int_equal(m.len, PAGE - 1);
	m.what.start = LAST_PAGE;
	run(&m, exporter_named("raw"));
	assert_int_equal(m.len, PAGE);
	assert_true(page_is(m.bytes, 15));
	run(&m, &export_elf_core);
	load = m.bytes + HEADER + ENTRY;
	assert_int_equal(le64_at(load + 16), LAST_PAGE);
	assert_int_equal(le64_at(load + 32), PAGE);
	assert_int_equal(le64_at(load + 40), PAGE);
	assert_true(page_is(m.bytes + le64_at(load + 8), 15));
	with_last = false;
	free(m.bytes);
}

static void test_refused(void **state)
{
	static const struct export_options options = { 0 };
	struct made m;
	struct job job;
	struct sink *s;
	struct err *err;

	(void)state;
	setup(&m);
	job_init(&job, "test", 0);
	assert_null(sink_open("/tmp/export-guest-none", true, 0, &s));
	m.what.start = 7 * PAGE;
	m.what.end = 8 * PAGE;
	assert_int_equal(export_xen_core.size(&m.what, &options), 0);
	err = export_xen_core.run(&m.what, &options, s, &job, &m.result);
	assert_non_null(err);
	err_free(err);
	err = export_lime.run(&m.what, &options, s, &job, &m.result);
	assert_non_null(err);
	err_free(err);
	m.as.page = 512;
	err = export_xen_core.run(&m.what, &options, s, &job, &m.result);
	assert_non_null(err);
	assert_non_null(strstr(err->text, "it may not"));
	err_free(err);
	sink_abort(s);
	m.as.kind = ASPACE_PROCESS;
	assert_false(export_lime.fits(&m.what));
	assert_false(export_xen_core.fits(&m.what));
}

int main(void)
{
	static uint8_t pages[16 * PAGE];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lime),
		cmocka_unit_test(test_stretch),
		cmocka_unit_test(test_xen_core),
		cmocka_unit_test(test_last_page),
		cmocka_unit_test(test_last_page_elsewhere),
		cmocka_unit_test(test_refused),
	};
	int failed;

	for (size_t i = 0; i < sizeof(pages); i++)
		pages[i] = (uint8_t)(i / PAGE);
	bytes_of_pages = source_memory((struct bytes){ pages, sizeof(pages) }, "pages");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	source_close(bytes_of_pages);
	return failed;
}
