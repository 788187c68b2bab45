/* view/rows_pair: the two sides of changes between two snapshots made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fake_diff.h"
#include "view/rows_pair.h"

static struct arena arena;
static struct fake_pair *pair;

static int setup(void **state)
{
	arena_init(&arena);
	pair = fake_pair_open();
	*state = rows_pair_new();
	if (!pair)
		return -1;
	fake_pair_read(pair);
	rows_pair_room(*state, 60);
	return 0;
}

static int teardown(void **state)
{
	rows_free(*state);
	fake_pair_close(pair);
	arena_fini(&arena);
	return 0;
}

static const char *line(struct rows *r, size_t n)
{
	struct row row;

	memset(&row, 0, sizeof(row));
	rows_line(r, n, &arena, &row);
	return row_text(&row, &arena);
}

/* The line that begins with `text`, at or behind `from`. */
static size_t line_of(struct rows *r, const char *text, size_t from)
{
	while (from < rows_count(r) && strncmp(line(r, from), text, strlen(text)) != 0)
		from++;
	assert_true(from < rows_count(r));
	return from;
}

/* The words of a line, one blank between them. */
static const char *words(struct rows *r, size_t n)
{
	char *text = arena_strdup(&arena, line(r, n)), *save = NULL;
	const char *out = "";

	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		out = arena_printf(&arena, "%s%s%s", out, *out ? " " : "", word);
	return out;
}

/* The first change of that kind and key. */
static uint32_t change_of(const char *kind, const char *key)
{
	const struct change *c;
	uint32_t n = 0;

	while ((c = diff_at(pair->diff, n)) &&
	       (strcmp(c->kind, kind) || (key && strcmp(c->key, key))))
		n++;
	assert_non_null(c);
	return n;
}

static void show(struct rows *r, uint32_t change, size_t page, bool swapped)
{
	rows_pair_set(r, pair->diff, (struct diff_spot){ change, page }, swapped);
}

static void check_words(struct rows *r, const char *const *want, size_t count)
{
	for (size_t n = 0; n < count; n++)
		assert_string_equal(words(r, n), want[n]);
	assert_int_equal(rows_count(r), count);
}

/* What differs first, then the record on both sides: what one side lacks is a dash. */
static void a_thing(void **state)
{
	static const char *const want[] = {
		"~ uid 0 1000",
		"~ id 5 6",
		"record",
		"comm alpha alpha",
		"~ creds/uid 0 1000",
		"- old 1 -",
		"~ exe /usr/lib/x/first /usr/lib/x/second",
	};
	struct rows *r = *state;
	struct row head;

	show(r, change_of("process", "7"), DIFF_NO_PAGE, false);
	check_words(r, want, ARRAY_LEN(want));
	assert_int_equal(rows_pair_differ(r), 4);
	assert_true(rows_heading(r, &arena, &head));
	assert_string_equal(rows_pair_text(r, 6, &arena),
			    "exe  /usr/lib/x/first -> /usr/lib/x/second");
	assert_string_equal(rows_pair_text(r, 2, &arena), "record");
	assert_int_equal(rows_pair_line(r, "id"), 1);
	assert_int_equal(rows_pair_line(r, "nothing"), 0);
}

/* A field shows its thing, so that what is beside it is there, too. */
static void a_field(void **state)
{
	struct rows *r = *state;

	show(r, change_of("field", "position"), DIFF_NO_PAGE, false);
	assert_string_equal(words(r, 0), "~ position 10 20");
	assert_string_equal(words(r, 1), "record");
}

static void the_other_way_round(void **state)
{
	struct rows *r = *state;

	show(r, change_of("process", "7"), DIFF_NO_PAGE, true);
	assert_string_equal(words(r, 0), "~ uid 1000 0");
	assert_string_equal(words(r, line_of(r, "+ old", 0)), "+ old - 1");
}

static void a_region(void **state)
{
	static const char *const want[] = {
		"start 0x5000 0x5000", "~ end 0x9000 0xa000", "~ size 16K 20K", "prot rw-p rw-p",
		"kind heap heap",      "name [heap] [heap]",  "pgoff 0x0 0x0",  "~ pages 4 5",
	};

	show(*state, change_of("vma", NULL), DIFF_NO_PAGE, false);
	check_words(*state, want, ARRAY_LEN(want));
}

static void in_pieces(const struct aspace *as, uint64_t addr, struct extent *x)
{
	fake_side_at(as, addr, x);
	if (x->end > addr + 2)
		x->end = addr + 2;
}

/* A region of many runs is counted a little at a time. */
static void a_region_in_pieces(void **state)
{
	static const struct aspace_ops ops = { .at = in_pieces };
	struct rows *r = *state;
	unsigned calls = 0;
	size_t n;

	for (int i = 0; i < 2; i++)
		pair->sides[i].space.ops = &ops;
	show(r, change_of("vma", NULL), DIFF_NO_PAGE, false);
	n = line_of(r, "  pages", 0);
	assert_string_equal(words(r, n), "pages \u2026 \u2026");
	assert_int_equal(rows_pair_differ(r), 2);
	for (; rows_pair_work(r, 1000); calls++)
		assert_true(calls < 8);
	/* 0x5000 bytes, two an extent, of which the first calls had 4,000. */
	assert_int_equal(calls, 7);
	assert_string_equal(words(r, n), "~ pages 4 5");
	assert_int_equal(rows_pair_differ(r), 3);
	assert_false(rows_pair_work(r, 1000));
	/* Elsewhere nothing is counted. */
	show(r, change_of("vma", NULL), DIFF_NO_PAGE, true);
	show(r, change_of("process", "7"), DIFF_NO_PAGE, true);
	assert_false(rows_pair_work(r, 1000));
}

/* Sums, then the regions with the most pages that differ. */
static void a_memory(void **state)
{
	struct rows *r = *state;
	size_t n;

	show(r, change_of("memory", NULL), DIFF_NO_PAGE, false);
	assert_string_equal(words(r, 0), "pages changed 3");
	assert_string_equal(words(r, 1), "bytes in them that differ 4100");
	assert_string_equal(words(r, line_of(r, "  new  ", 0)), "new 1");
	assert_string_equal(words(r, line_of(r, "  gone", 0)), "gone 0");
	n = line_of(r, "pages that differ", 0);
	assert_string_equal(words(r, n + 1), "5000 [heap] 3");
	assert_string_equal(words(r, n + 2), "1000 prog 1");
	assert_int_equal(rows_count(r), n + 3);
	show(r, change_of("memory", NULL), DIFF_NO_PAGE, true);
	assert_string_equal(words(r, line_of(r, "  gone", 0)), "gone 1");
}

static void a_memory_that_was_not_read(void **state)
{
	struct fake_pair *p = fake_pair_open();
	struct rows *r = *state;
	uint32_t n = 0;

	assert_non_null(p);
	fake_pair_stop(p);
	while (diff_at(p->diff, n)->what != DIFF_MEMORY)
		n++;
	rows_pair_set(r, p->diff, (struct diff_spot){ n, DIFF_NO_PAGE }, false);
	assert_string_equal(words(r, line_of(r, "  not looked at", 0)), "not looked at 9");
	fake_pair_close(p);
}

static void a_page(void **state)
{
	struct rows *r = *state;
	uint32_t memory = change_of("memory", NULL);

	show(r, memory, 1, false);
	assert_string_equal(words(r, 0), "address 0x5000 0x5000");
	assert_string_equal(words(r, 1), "bytes that differ 3");
	assert_string_equal(words(r, line_of(r, "  state", 0)), "state present present");
	assert_string_equal(words(r, line_of(r, "  offset", 0)), "offset 0x4000 0x4000");
	/* New: A has no such region. */
	show(r, memory, 3, false);
	assert_string_equal(words(r, line_of(r, "~ state", 0)), "~ state unmapped present");
	assert_string_equal(words(r, line_of(r, "+ prot", 0)), "+ prot - rw-p");
	/* Past the last: the memory. */
	show(r, memory, 4, false);
	assert_string_equal(words(r, 0), "pages changed 3");
}

/* Long values lose what they have in common, numbers their first digits; nothing gets wider. */
static void fits_its_columns(void **state)
{
	struct rows *r = *state;
	size_t exe;

	rows_pair_room(r, 30);
	show(r, change_of("process", "7"), DIFF_NO_PAGE, false);
	exe = line_of(r, "~ exe", 0);
	assert_string_equal(words(r, exe), "~ exe ../first ..second");
	for (size_t n = 0; n < rows_count(r); n++)
		assert_true(text_width(line(r, n)) <= 30);
}

static void nothing(void **state)
{
	struct rows *r = *state;
	struct row head;

	show(r, DIFF_TOP, DIFF_NO_PAGE, false);
	assert_int_equal(rows_count(r), 0);
	assert_false(rows_heading(r, &arena, &head));
	rows_pair_set(r, NULL, (struct diff_spot){ 0, DIFF_NO_PAGE }, false);
	assert_int_equal(rows_count(r), 0);
	assert_string_equal(rows_pair_text(r, 0, &arena), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_thing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_field, setup, teardown),
		cmocka_unit_test_setup_teardown(the_other_way_round, setup, teardown),
		cmocka_unit_test_setup_teardown(a_region, setup, teardown),
		cmocka_unit_test_setup_teardown(a_region_in_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(a_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(a_page, setup, teardown),
		cmocka_unit_test_setup_teardown(a_memory_that_was_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(fits_its_columns, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
