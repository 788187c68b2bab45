/* xen/pages: PAGE_DATA by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "rec.h"

static struct body b;

static void begin(uint32_t count)
{
	b.len = 0;
	b.big = false;
	put(&b, 4, count);
	put(&b, 4, 0);
}

static void entry(uint64_t type, uint64_t pfn)
{
	put(&b, 8, type << 60 | pfn);
}

/* Checks it as a record of an HVM guest, which has no bound. */
static void check_says(const char *expected)
{
	struct rec t;

	rec_open(&t, LAYER_LIBXC, REC_PAGE_DATA, &b);
	t.xen.domain_type = 2;
	assert_string_equal(rec_check(&t), expected);
	rec_fields(&t);
	rec_close(&t);
}

/* The third entry has no page: the fourth's is the third page. */
static void entries_and_their_pages(void **state)
{
	struct rec t;
	uint64_t pages = REC_AT + 8 + 4 * 8;

	(void)state;
	begin(4);
	entry(0, 0x10);
	entry(1, 0x11);
	entry(15, 0x12);
	entry(12, UINT64_C(0xfffffffffffff));
	put_page(&b, 'a');
	put_page(&b, 'b');
	put_page(&b, 0);
	rec_open(&t, LAYER_LIBXC, REC_PAGE_DATA, &b);
	t.xen.domain_type = 2;
	assert_int_equal(rec_fields(&t), 0);
	assert_int_equal(rec_field(&t, "count")->u, 4);
	assert_string_equal(rec_value(&t, "pfn[0]"), "0x10  NOTAB  data @0x411");
	assert_string_equal(rec_value(&t, "pfn[2]"), "0x12  XTAB");
	assert_int_equal(rec_field(&t, "pfn[3]/pfn")->u, UINT64_C(0xfffffffffffff));
	assert_string_equal(rec_value(&t, "pfn[3]/type"), "L4TAB_PIN");
	assert_int_equal(rec_field(&t, "pfn[3]/data")->u, pages + 2 * XEN_PAGE);
	assert_string_equal(rec_field(&t, "pfn[3]/data")->note, "zeros");
	assert_null(rec_field(&t, "pfn[1]/data")->note);
	assert_null(field_at_path(t.root, &t.a, "pfn[2]/data"));
	assert_int_equal(rec_field(&t, "page[1]")->bytes.at[0], 'b');
	assert_string_equal(rec_field(&t, "page[1]")->note, "pfn 0x11  L1TAB");
	assert_int_equal(rec_field(&t, "page[2]")->span.offset, pages + 2 * XEN_PAGE);
	assert_null(field_at_path(t.root, &t.a, "page[3]"));
	assert_string_equal(rec_value(&t, "pages with data"), "3");
	assert_string_equal(rec_value(&t, "without data"), "1");
	assert_string_equal(rec_summary(&t),
			    "4 pfn 0x10..0xfffffffffffff NOTAB 1, L1TAB 1, L4TAB_PIN 1, XTAB 1");
	assert_string_equal(rec_check(&t), "");
	rec_close(&t);
}

static void every_type(void **state)
{
	static const struct {
		unsigned type;
		const char *name;
		bool page, valid;
	} types[] = {
		{ 0, "NOTAB", true, true },      { 1, "L1TAB", true, true },
		{ 2, "L2TAB", true, true },      { 3, "L3TAB", true, true },
		{ 4, "L4TAB", true, true },      { 5, "type 5", false, false },
		{ 6, "type 6", false, false },   { 7, "type 7", false, false },
		{ 8, "type 8", false, false },   { 9, "L1TAB_PIN", true, true },
		{ 10, "L2TAB_PIN", true, true }, { 11, "L3TAB_PIN", true, true },
		{ 12, "L4TAB_PIN", true, true }, { 13, "BROKEN", false, true },
		{ 14, "XALLOC", false, true },   { 15, "XTAB", false, true },
	};

	(void)state;
	for (size_t n = 0; n < sizeof(types) / sizeof(types[0]); n++) {
		struct rec t;

		begin(1);
		entry(types[n].type, 0x77);
		if (types[n].page)
			put_page(&b, 1);
		rec_open(&t, LAYER_LIBXC, REC_PAGE_DATA, &b);
		t.xen.domain_type = 2;
		assert_int_equal(rec_fields(&t), 0);
		assert_string_equal(rec_value(&t, "pfn[0]/type"), types[n].name);
		assert_string_equal(rec_check(&t), types[n].valid ? "" : "E:page-type");
		rec_close(&t);
	}
}

static void sizes_that_do_not_fit(void **state)
{
	(void)state;
	begin(0);
	check_says("E:page-count");
	b.len = 5;
	check_says("E:page-size");
	/* Far more entries than bytes. */
	begin(0x40000000);
	entry(15, 1);
	check_says("N:page-count E:page-count");
	begin(2);
	entry(0, 1);
	entry(0, 2);
	put_page(&b, 1);
	check_says("E:page-size");
	begin(1);
	entry(0, 1);
	put_page(&b, 1);
	put_page(&b, 2);
	check_says("E:page-size");
}

static void bytes_of_no_entry_are_shown(void **state)
{
	struct rec t;

	(void)state;
	begin(2);
	entry(0, 1);
	entry(0, 2);
	put_page(&b, 1);
	put(&b, 4, 7);
	rec_open(&t, LAYER_LIBXC, REC_PAGE_DATA, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_int_equal(rec_field(&t, "page[1]")->span.length, 4);
	assert_string_equal(rec_field(&t, "pfn[1]")->trouble, "the record ends inside its page");
	rec_close(&t);
	begin(1);
	entry(15, 1);
	put(&b, 8, 7);
	rec_open(&t, LAYER_LIBXC, REC_PAGE_DATA, &b);
	assert_int_equal(rec_fields(&t), 8);
	assert_string_equal(rec_field(&t, "more")->trouble, "no entry has these bytes");
	rec_close(&t);
}

static void entries_that_are_odd(void **state)
{
	(void)state;
	begin(1);
	entry(15, UINT64_C(1) << 52);
	check_says("E:reserved");
	begin(1);
	b.at[4] = 1;
	entry(15, 1);
	check_says("W:reserved");
	begin(3);
	entry(15, 3);
	entry(15, 2);
	entry(15, 4);
	check_says("N:page-order");
	begin(3);
	entry(15, 3);
	entry(15, 2);
	entry(15, 3);
	check_says("N:page-order N:page-repeated");
	begin(1025);
	for (uint64_t n = 0; n < 1025; n++)
		entry(15, n);
	check_says("N:page-count");
}

/* A PV guest's last PFN is what its P2M says: without one, 0. */
static void a_pv_guest_has_a_last_pfn(void **state)
{
	struct rec t;
	struct state st = { .kind = STATE_P2M_FRAMES };

	(void)state;
	begin(1);
	entry(15, 0x3ff);
	put(&b, 4, 0); /* the P2M's record, as if it lay here */
	put(&b, 4, 0x3fe);
	rec_open(&t, LAYER_LIBXC, REC_PAGE_DATA, &b);
	t.r.body.len -= 8;
	assert_string_equal(rec_check(&t), "E:page-bound");
	rec_close(&t);
	for (unsigned last = 0x3fe; last <= 0x3ff; last++) {
		b.at[b.len - 4] = (uint8_t)last;
		rec_open(&t, LAYER_LIBXC, REC_PAGE_DATA, &b);
		t.r.body.len -= 8;
		st.layer = &t.layer;
		st.row = 6;
		st.span = (struct span){ REC_AT + b.len - 8, 8 };
		states_add(t.xen.states, &st);
		assert_string_equal(rec_check(&t), last == 0x3ff ? "" : "E:page-bound");
		rec_close(&t);
	}
}

static void slot(uint64_t page, unsigned n, uint64_t pte)
{
	size_t len = b.len;

	b.len = page + 8 * n;
	put(&b, 8, pte);
	b.len = len;
}

/* One table of the given type and width; PFNs up to 0xff. */
static void check_table(unsigned type, uint32_t width, unsigned n, uint64_t pte,
			const char *expected)
{
	struct rec t;
	struct state st = { .kind = STATE_P2M_FRAMES };

	begin(1);
	entry(type, 1);
	put_page(&b, 0);
	slot(16, n, pte);
	put(&b, 4, 0);
	put(&b, 4, 0xff);
	rec_open(&t, LAYER_LIBXC, REC_PAGE_DATA, &b);
	t.r.body.len -= 8;
	t.xen.guest_width = width;
	st.layer = &t.layer;
	st.span = (struct span){ REC_AT + b.len - 8, 8 };
	states_add(t.xen.states, &st);
	assert_string_equal(rec_check(&t), expected);
	rec_close(&t);
}

static void page_tables_of_a_pv_guest(void **state)
{
	(void)state;
	check_table(1, 8, 511, 0xff067, "");
	check_table(1, 8, 511, 0x100067, "E:page-table");
	check_table(1, 8, 511, 0x100066, "");                   /* not present */
	check_table(1, 8, 3, UINT64_C(0x80100000000ff0e7), ""); /* PAT, NX, a bit of the guest's */
	check_table(2, 8, 0, 0xe7, "N:page-table");
	check_table(12, 8, 255, 0x67, "");
	check_table(12, 8, 256, 0x67, "N:page-table");
	check_table(12, 8, 271, 0x1, "N:page-table");
	check_table(12, 8, 272, 0x67, "");
	check_table(3, 4, 4, 0x1, "N:page-table");
	check_table(3, 8, 4, 0x1, "");
	check_table(4, 4, 0, 0, "E:page-type");
	check_table(0, 8, 0, UINT64_MAX, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_and_their_pages),
		cmocka_unit_test(every_type),
		cmocka_unit_test(sizes_that_do_not_fit),
		cmocka_unit_test(bytes_of_no_entry_are_shown),
		cmocka_unit_test(entries_that_are_odd),
		cmocka_unit_test(a_pv_guest_has_a_last_pfn),
		cmocka_unit_test(page_tables_of_a_pv_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
