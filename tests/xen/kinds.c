/* xen/kinds: the tables against a list of what the specifications have, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "rec.h"

/* What stands in a file's column for each flag. */
static const struct {
	const char *word;
	unsigned flag;
} words[] = {
	{ "empty", KIND_EMPTY }, { "pv", KIND_PV }, { "hvm", KIND_HVM },
	{ "never", KIND_NEVER }, { "v3", KIND_V3 },
};

static unsigned flags_of(const char *column)
{
	unsigned flags = 0;

	for (size_t n = 0; n < sizeof(words) / sizeof(words[0]); n++)
		if (strstr(column, words[n].word))
			flags |= words[n].flag;
	return flags;
}

static const struct xen_kind *table_named(const char *layer)
{
	for (enum layer_kind kind = 0; kind < LAYER_KINDS; kind++)
		if (!strcmp(layer_name(kind), layer))
			return layer_kinds(kind);
	return NULL;
}

static size_t rows_of(const struct xen_kind *table)
{
	size_t n = 0;

	while (table[n].name)
		n++;
	return n;
}

/* tests/fixtures/xen-kinds.tsv: layer, type, name, flags. */
static void tables_are_complete(void **state)
{
	FILE *f = fopen("tests/fixtures/xen-kinds.tsv", "r");
	char line[200], layer[32], name[64], flags[64];
	size_t listed = 0;
	unsigned type;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		const struct xen_kind *table;
		uint16_t row;

		if (*line == '#')
			continue;
		assert_int_equal(sscanf(line, "%31s %x %63s %63s", layer, &type, name, flags), 4);
		table = table_named(layer);
		assert_non_null(table);
		row = kind_row(table, type);
		if (row == KIND_UNKNOWN)
			fail_msg("no row for %s", name);
		assert_string_equal(table[row].name, name);
		assert_int_equal(table[row].type, type);
		assert_int_equal(table[row].flags, flags_of(flags));
		listed++;
	}
	fclose(f);
	assert_int_equal(listed, rows_of(libxc_kinds) + rows_of(libxl_kinds) + rows_of(xapi_kinds));
}

static void what_is_not_there_has_no_row(void **state)
{
	(void)state;
	assert_int_equal(kind_row(libxc_kinds, 0x13), KIND_UNKNOWN);
	assert_int_equal(kind_row(libxc_kinds, 0x80000001), KIND_UNKNOWN);
	assert_int_equal(kind_row(libxl_kinds, 6), KIND_UNKNOWN);
	assert_int_equal(kind_row(xapi_kinds, 0), KIND_UNKNOWN);
	assert_int_equal(kind_row(NULL, 0), KIND_UNKNOWN);
}

/* An empty record has nothing to show; every other one has fields, and libxc's and libxl's a check
 * unless restore refuses the record anyway. */
static void rows_hold_together(void **state)
{
	static const struct xen_kind *const tables[] = { libxc_kinds, libxl_kinds };

	(void)state;
	for (size_t n = 0; n < 2; n++)
		for (const struct xen_kind *k = tables[n]; k->name; k++) {
			bool empty = k->flags & KIND_EMPTY;

			if (empty == (k->fields != NULL))
				fail_msg("%s: fields", k->name);
			if (!empty && k->type != REC_TOOLSTACK && !k->check)
				fail_msg("%s: check", k->name);
			assert_false(k->flags & KIND_PV && k->flags & KIND_HVM);
		}
}

/* Every kind, fed anything up to a few bytes: no read outside, every byte in one place. */
static void short_bodies_of_all_kinds(void **state)
{
	static const enum layer_kind layers[] = { LAYER_LIBXC, LAYER_LIBXL, LAYER_XAPI };
	static struct body b;

	(void)state;
	for (size_t n = 0; n < 3; n++)
		for (const struct xen_kind *k = layer_kinds(layers[n]); k->name; k++)
			for (unsigned fill = 0; fill < 512; fill += 51)
				for (size_t len = 0; len < 70; len++) {
					struct rec t;

					memset(b.at, fill & 0xff, 70);
					b.len = len;
					b.big = fill > 255;
					rec_open(&t, layers[n], k->type, &b);
					if (k->fields)
						rec_fields(&t);
					if (k->summary)
						assert_non_null(rec_summary(&t));
					if (k->check)
						rec_check(&t);
					rec_close(&t);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_complete),
		cmocka_unit_test(what_is_not_there_has_no_row),
		cmocka_unit_test(rows_hold_together),
		cmocka_unit_test(short_bodies_of_all_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
