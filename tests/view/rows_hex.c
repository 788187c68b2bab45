/* view/rows_hex: text, columns, runs of roles, windows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "view/rows_hex.h"

static struct arena arena;
static struct source *source;

static int setup(void **state)
{
	static const char text[] = "The quick \x1b[31m\0\xff brown fox jumps over it";

	arena_init(&arena);
	source = source_memory((struct bytes){ (const uint8_t *)text, 40 }, "bytes");
	*state = rows_hex_new();
	rows_hex_set(*state, source, (struct span){ 0, 40 });
	return 0;
}

static int teardown(void **state)
{
	rows_free(*state);
	source_close(source);
	arena_fini(&arena);
	return 0;
}

static const char *line(struct rows *r, size_t n)
{
	struct row row;

	rows_line(r, n, &arena, &row);
	return row_text(&row, &arena);
}

/* The line with the runs of a role in braces. */
static const char *lit(struct rows *r, size_t n, enum role role)
{
	struct strbuf s;
	struct row row;

	strbuf_init(&s, &arena);
	rows_line(r, n, &arena, &row);
	for (int i = 0; i < row.count; i++)
		strbuf_addf(&s, row.cells[i].role == role ? "{%s}" : "%s", row.cells[i].text);
	return s.text;
}

static void test_text(void **state)
{
	struct rows *r = *state;

	assert_int_equal(rows_count(r), 3);
	assert_string_equal(
		line(r, 0),
		"00000000  54 68 65 20 71 75 69 63  6b 20 1b 5b 33 31 6d 00  The quick .[31m.");
	assert_string_equal(line(r, 2),
			    "00000020  73 20 6f 76 65 72 20 69                           s over i");
	assert_string_equal(line(r, 3), "");
}

static void test_widths(void **state)
{
	struct rows *r = *state;

	assert_int_equal(rows_hex_fit(r, 78), 16);
	assert_int_equal(rows_hex_fit(r, 73), 8);
	assert_int_equal(rows_hex_fit(r, 10), 8);
	assert_int_equal(rows_hex_fit(r, 158), 32);
	rows_hex_set_width(r, 8);
	assert_int_equal(rows_count(r), 5);
	assert_string_equal(line(r, 1), "00000008  6b 20 1b 5b 33 31 6d 00  k .[31m.");
	rows_hex_set_width(r, 32);
	assert_int_equal(rows_count(r), 2);
	assert_int_equal(strlen(line(r, 0)), rows_hex_columns(r));
}

static void test_roles(void **state)
{
	struct rows *r = *state;

	rows_hex_mark(r, (struct span){ 6, 4 });
	assert_string_equal(
		lit(r, 0, ROLE_BYTES_FIELD),
		"00000000  54 68 65 20 71 75 {69 63  6b 20} 1b 5b 33 31 6d 00  The qu{ick }.[31m.");
	/* A mark over the line's end goes on in the next. */
	rows_hex_mark(r, (struct span){ 14, 4 });
	assert_string_equal(
		lit(r, 0, ROLE_BYTES_FIELD),
		"00000000  54 68 65 20 71 75 69 63  6b 20 1b 5b 33 31 {6d 00}  The quick .[31{m.}");
	assert_string_equal(
		lit(r, 1, ROLE_BYTES_FIELD),
		"00000010  {ff 20} 62 72 6f 77 6e 20  66 6f 78 20 6a 75 6d 70  {. }brown fox jump");
	rows_hex_cursor(r, 15);
	assert_string_equal(
		lit(r, 0, ROLE_CURSOR),
		"00000000  54 68 65 20 71 75 69 63  6b 20 1b 5b 33 31 6d {00}  The quick .[31m{.}");
	rows_hex_mark(r, (struct span){ 0, 0 });
	assert_string_equal(
		lit(r, 0, ROLE_BYTES_FIELD),
		"00000000  54 68 65 20 71 75 69 63  6b 20 1b 5b 33 31 6d 00  The quick .[31m.");
}

/* As many runs as there can be. */
static void test_every_byte_its_run(void **state)
{
	struct rows *r = *state;
	static uint8_t bytes[64];
	struct source *src = source_memory((struct bytes){ bytes, sizeof(bytes) }, "stripes");

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 2 ? 0x41 : 0;
	rows_hex_set(r, src, (struct span){ 0, 64 });
	rows_hex_set_width(r, 32);
	rows_hex_mark(r, (struct span){ 3, 1 });
	rows_hex_select(r, (struct span){ 9, 2 });
	rows_hex_match(r, (struct span){ 20, 3 });
	rows_hex_cursor(r, 30);
	assert_int_equal(strlen(line(r, 0)), rows_hex_columns(r));
	rows_hex_set(r, NULL, (struct span){ 0, 0 });
	assert_int_equal(rows_count(r), 0);
	source_close(src);
}

static void test_window(void **state)
{
	struct rows *r = *state;

	/* It begins within a line and ends beyond the source. */
	rows_hex_set(r, source, (struct span){ 5, 38 });
	assert_int_equal(rows_count(r), 3);
	assert_string_equal(
		line(r, 0),
		"00000000                 75 69 63  6b 20 1b 5b 33 31 6d 00       uick .[31m.");
	assert_string_equal(
		line(r, 2),
		"00000020  73 20 6f 76 65 72 20 69  -- -- --                 s over i---");
	assert_string_equal(
		lit(r, 2, ROLE_ABSENT),
		"00000020  73 20 6f 76 65 72 20 69  {-- -- -- }                s over i{---}     ");
	assert_int_equal(rows_hex_line(r, 0), 0);
	assert_int_equal(rows_hex_line(r, 33), 2);
	assert_int_equal(rows_hex_line(r, UINT64_MAX), 2);
}

static void test_columns(void **state)
{
	struct rows *r = *state;
	uint64_t offset;

	for (unsigned width = 8; width <= 32; width *= 2) {
		rows_hex_set_width(r, width);
		for (uint64_t i = 0; i < 40; i++) {
			size_t n = rows_hex_line(r, i);
			const char *text = line(r, n);
			int x = rows_hex_column(r, i, false);
			struct bytes b = source_view(source, i, 1);
			char digits[3] = { text[x], text[x + 1], 0 };

			assert_int_equal(strtoul(digits, NULL, 16), *b.at);
			assert_true(rows_hex_hit(r, n, x + 1, &offset));
			assert_int_equal(offset, i);
			x = rows_hex_column(r, i, true);
			/* Blanks at the end of a text are dropped. */
			assert_int_equal(text[x] ? text[x] : ' ',
					 *b.at < 0x20 || *b.at > 0x7e ? '.' : *b.at);
			assert_true(rows_hex_hit(r, n, x, &offset));
			assert_int_equal(offset, i);
		}
	}
	rows_hex_set_width(r, 16);
	assert_false(rows_hex_hit(r, 0, 0, &offset));
	assert_false(rows_hex_hit(r, 2, rows_hex_column(r, 40, false), &offset));
}

/* Offsets beyond 4 GiB take more digits; the end of all offsets is no trap. */
static void test_far(void **state)
{
	struct rows *r = *state;

	rows_hex_set(r, source, (struct span){ 0x1000000000, 16 });
	assert_int_equal(strncmp(line(r, 0), "001000000000  -- --", 19), 0);
	rows_hex_set(r, source, (struct span){ UINT64_MAX - 20, UINT64_MAX });
	assert_int_equal(rows_count(r), 2);
	assert_int_equal(strncmp(line(r, 1), "fffffffffffffff0  --", 20), 0);
}

/* A page begins a line wherever it lies in its file, and counts from its own address. */
static void test_page(void **state)
{
	struct rows *r = *state;
	uint64_t offset;

	rows_hex_set_page(r, source, (struct span){ 5, 20 }, 0x1000);
	assert_int_equal(rows_count(r), 2);
	assert_int_equal(strncmp(line(r, 0), "00001000  75 69 63 6b", 21), 0);
	assert_int_equal(strncmp(line(r, 1), "00001010  ", 10), 0);
	assert_int_equal(rows_hex_line(r, 5), 0);
	assert_int_equal(rows_hex_line(r, 21), 1);
	assert_int_equal(rows_hex_offset(r, 1), 21);
	assert_true(rows_hex_hit(r, 0, rows_hex_column(r, 7, false), &offset));
	assert_int_equal(offset, 7);
	/* Elsewhere again as any bytes. */
	rows_hex_set(r, source, (struct span){ 0, 40 });
	assert_int_equal(strncmp(line(r, 1), "00000010  ", 10), 0);
}

/* Long addresses lose their first digits before lines have 8 bytes. */
static void test_low_digits(void **state)
{
	struct rows *r = *state;

	rows_hex_set_page(r, source, (struct span){ 5, 20 }, UINT64_C(0xffffffff81000000));
	rows_hex_set_columns(r, 120);
	assert_int_equal(strncmp(line(r, 0), "ffffffff81000000  75", 20), 0);
	rows_hex_set_columns(r, 78);
	assert_int_equal(rows_hex_width(r), 16);
	assert_int_equal(strncmp(line(r, 0), "ffff81000000 75", 15), 0);
	assert_true(rows_hex_columns(r) <= 78);
	rows_hex_set_columns(r, 60);
	assert_int_equal(rows_hex_width(r), 8);
	assert_int_equal(strncmp(line(r, 0), "ffffffff81000000  75", 20), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_widths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_roles, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_byte_its_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window, setup, teardown),
		cmocka_unit_test_setup_teardown(test_columns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_far, setup, teardown),
		cmocka_unit_test_setup_teardown(test_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_low_digits, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
