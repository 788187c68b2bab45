/* xen/records, xen/params: short records by hand, as the specifications draw them, and what
 * validity says of wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "rec.h"

static struct body b;

static void begin(void)
{
	b.len = 0;
	b.big = false;
}

/* Checks the body at hand as a record of libxc. */
static void check_says(uint32_t type, const char *expected)
{
	struct rec t;

	rec_open(&t, LAYER_LIBXC, type, &b);
	assert_string_equal(rec_check(&t), expected);
	rec_close(&t);
}

static void pv_info(void **state)
{
	struct rec t;

	(void)state;
	begin();
	put(&b, 1, 4);
	put(&b, 1, 3);
	put(&b, 6, 0);
	rec_open(&t, LAYER_LIBXC, REC_PV_INFO, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_int_equal(rec_field(&t, "guest_width")->u, 4);
	assert_int_equal(rec_field(&t, "pt_levels")->u, 3);
	assert_string_equal(rec_summary(&t), "32-bit guest, 3 levels");
	assert_string_equal(rec_check(&t), "");
	rec_close(&t);
	b.at[1] = 4;
	check_says(REC_PV_INFO, "E:pv-info");
	b.at[0] = 8;
	check_says(REC_PV_INFO, "");
	b.at[7] = 1;
	check_says(REC_PV_INFO, "E:reserved");
	b.len = 7;
	check_says(REC_PV_INFO, "E:pv-info");
	b.len = 0;
	check_says(REC_PV_INFO, "E:pv-info");
}

static void put_tsc(uint32_t mode, uint32_t reserved)
{
	begin();
	put(&b, 4, mode);
	put(&b, 4, 2300000);
	put(&b, 8, 91989405646);
	put(&b, 4, 1);
	put(&b, 4, reserved);
}

static void tsc_info(void **state)
{
	struct rec t;

	(void)state;
	put_tsc(0, 0);
	rec_open(&t, LAYER_LIBXC, REC_TSC_INFO, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_string_equal(rec_value(&t, "mode"), "0  default");
	assert_int_equal(rec_field(&t, "nsec")->u, 91989405646);
	assert_string_equal(rec_summary(&t), "mode 0, 2300000 kHz, 1 min 31 s");
	assert_string_equal(rec_check(&t), "");
	rec_close(&t);
	put_tsc(2, 7);
	check_says(REC_TSC_INFO, "W:reserved");
	put_tsc(3, 0);
	check_says(REC_TSC_INFO, "E:tsc-info");
	put_tsc(4, 0);
	check_says(REC_TSC_INFO, "E:tsc-info");
	put_tsc(0, 0);
	put(&b, 8, 0);
	check_says(REC_TSC_INFO, "E:tsc-info");
	b.len = 20;
	check_says(REC_TSC_INFO, "E:tsc-info");
}

static void tsc_mode_3_was_fine_until_4_11(void **state)
{
	struct rec t;

	(void)state;
	put_tsc(3, 0);
	rec_open(&t, LAYER_LIBXC, REC_TSC_INFO, &b);
	t.xen.xen_minor = 11;
	assert_string_equal(rec_check(&t), "N:tsc-info");
	rec_close(&t);
}

static void big_endian(void **state)
{
	struct rec t;

	(void)state;
	begin();
	b.big = true;
	put(&b, 4, 1);
	put(&b, 4, 2300000);
	put(&b, 8, 5);
	put(&b, 8, 0);
	rec_open(&t, LAYER_LIBXC, REC_TSC_INFO, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_int_equal(rec_field(&t, "khz")->u, 2300000);
	assert_string_equal(rec_summary(&t), "mode 1, 2300000 kHz, 5 ns");
	rec_close(&t);
}

/* A guest of 64 bits has 512 entries a page, so 0..0x3ff are two. */
static void p2m_frames(void **state)
{
	struct rec t;

	(void)state;
	begin();
	put(&b, 4, 0);
	put(&b, 4, 0x3ff);
	put(&b, 8, 0x21);
	put(&b, 8, 0x22);
	rec_open(&t, LAYER_LIBXC, REC_P2M_FRAMES, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_int_equal(rec_field(&t, "p2m_pfn[1]")->u, 0x22);
	assert_string_equal(rec_field(&t, "p2m_pfn[1]")->note, "for 0x200..0x3ff");
	assert_int_equal(rec_field(&t, "p2m_pfn[0]")->ref.kind, XREF_PFN);
	assert_string_equal(rec_summary(&t), "0x0..0x3ff, 2 frames");
	rec_close(&t);
}

static void p2m_frames_of_wrong_number(void **state)
{
	(void)state;
	begin();
	put(&b, 4, 0);
	put(&b, 4, 0x400);
	check_says(REC_P2M_FRAMES, "E:p2m-frames");
	begin();
	put(&b, 4, 5);
	put(&b, 4, 4);
	check_says(REC_P2M_FRAMES, "E:p2m-frames");
	begin();
	put(&b, 4, 0);
	check_says(REC_P2M_FRAMES, "E:p2m-frames");
}

static void vcpu_heads(void **state)
{
	struct rec t;

	(void)state;
	begin();
	put(&b, 4, 3);
	put(&b, 4, 0);
	rec_open(&t, LAYER_LIBXC, REC_VCPU_EXTENDED, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_int_equal(rec_field(&t, "vcpu_id")->u, 3);
	assert_string_equal(rec_summary(&t), "vcpu3 0 bytes");
	/* Written by mistake, passed over on restore. */
	assert_string_equal(rec_check(&t), "W:vcpu");
	rec_close(&t);
	b.len = 7;
	check_says(REC_VCPU_BASIC, "E:vcpu");
	check_says(REC_VCPU_XSAVE, "E:vcpu");
	check_says(REC_VCPU_MSRS, "E:vcpu");
}

static void put_param(uint64_t index, uint64_t value)
{
	put(&b, 8, index);
	put(&b, 8, value);
}

static void params_by_name(void **state)
{
	struct rec t;

	(void)state;
	begin();
	put(&b, 4, 5);
	put(&b, 4, 0);
	put_param(1, 0xfeffc);
	put_param(12, 0xfeffe000);
	put_param(9, 0x23);
	put_param(37, UINT64_C(0x2080fc000000));
	put_param(10, 1);
	rec_open(&t, LAYER_LIBXC, REC_HVM_PARAMS, &b);
	t.xen.domain_type = 2;
	assert_int_equal(rec_fields(&t), 0);
	assert_string_equal(rec_value(&t, "param[0]/index"), "1  HVM_PARAM_STORE_PFN");
	assert_int_equal(rec_field(&t, "param[0]/value")->u, 0xfeffc);
	assert_int_equal(rec_field(&t, "param[0]/value")->ref.id, 0xfeffc);
	/* An address leads to its frame. */
	assert_int_equal(rec_field(&t, "param[1]/value")->ref.id, 0xfeffe);
	assert_string_equal(rec_value(&t, "param[2]/value"),
			    "0x23  HVMPV_base_freq|HVMPV_no_freq|HVMPV_apic_assist");
	assert_string_equal(rec_field(&t, "param[3]/value")->note, "8320 bytes at 0xfc000000");
	assert_string_equal(rec_value(&t, "param[4]/value"), "1  HVMPTM_no_delay_for_missed_ticks");
	assert_string_equal(rec_summary(&t), "5 params: STORE_PFN 0xfeffc, IDENT_PT 0xfeffe000, "
					     "VIRIDIAN 0x23 ...");
	assert_string_equal(rec_check(&t), "");
	rec_close(&t);
}

static void params_that_are_wrong(void **state)
{
	(void)state;
	begin();
	put(&b, 4, 0);
	put(&b, 4, 0);
	check_says(REC_HVM_PARAMS, "W:hvm-params");
	b.len = 6;
	check_says(REC_HVM_PARAMS, "E:hvm-params");
	begin();
	put(&b, 4, 1);
	put(&b, 4, 9);
	put_param(39, 1);
	check_says(REC_HVM_PARAMS, "W:reserved E:hvm-params");
	begin();
	put(&b, 4, 0x10000000);
	put(&b, 4, 0);
	put_param(1, 1);
	check_says(REC_HVM_PARAMS, "E:hvm-params");
}

static void lists_of_dirty_pfns(void **state)
{
	struct rec t;

	(void)state;
	begin();
	put(&b, 8, 0);
	put(&b, 8, 0x123);
	rec_open(&t, LAYER_LIBXC, REC_DIRTY_PFN_LIST, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_int_equal(rec_field(&t, "pfn[1]")->u, 0x123);
	assert_string_equal(rec_check(&t), "N:dirty-pfn-list");
	rec_close(&t);
	b.len = 13;
	rec_open(&t, LAYER_LIBXC, REC_DIRTY_PFN_LIST, &b);
	assert_int_equal(rec_fields(&t), 5);
	assert_string_equal(rec_check(&t), "E:dirty-pfn-list");
	rec_close(&t);
}

static void checkpoint_states(void **state)
{
	struct rec t;

	(void)state;
	begin();
	put(&b, 4, 2);
	rec_open(&t, LAYER_LIBXL, XL_CHECKPOINT_STATE, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_string_equal(rec_summary(&t), "2  CHECKPOINT_SVM_READY");
	assert_string_equal(rec_check(&t), "");
	rec_close(&t);
	b.at[0] = 4;
	rec_open(&t, LAYER_LIBXL, XL_CHECKPOINT_STATE, &b);
	assert_string_equal(rec_check(&t), "W:checkpoint-state");
	rec_close(&t);
}

/* What is cut off by the file's end has no size to complain about. */
static void cut_records_have_no_size(void **state)
{
	static const uint32_t types[] = { REC_PV_INFO,   REC_P2M_FRAMES,    REC_VCPU_BASIC,
					  REC_TSC_INFO,  REC_HVM_PARAMS,    REC_SHARED_INFO,
					  REC_PAGE_DATA, REC_DIRTY_PFN_LIST };

	(void)state;
	for (size_t n = 0; n < sizeof(types) / sizeof(types[0]); n++)
		for (size_t len = 0; len < 8; len++) {
			struct rec t;

			begin();
			put(&b, 8, 8 | 4 << 8);
			b.len = len;
			rec_open(&t, LAYER_LIBXC, types[n], &b);
			t.record.flags |= RECORD_CUT;
			rec_fields(&t);
			rec_summary(&t);
			rec_check(&t);
			if (problems_total(t.model.problems, SEV_ERROR))
				fail_msg("type %u, %zu bytes: %s", types[n], len,
					 problems_at(t.model.problems, 0)->text);
			rec_close(&t);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pv_info),
		cmocka_unit_test(tsc_info),
		cmocka_unit_test(tsc_mode_3_was_fine_until_4_11),
		cmocka_unit_test(big_endian),
		cmocka_unit_test(p2m_frames),
		cmocka_unit_test(p2m_frames_of_wrong_number),
		cmocka_unit_test(vcpu_heads),
		cmocka_unit_test(params_by_name),
		cmocka_unit_test(params_that_are_wrong),
		cmocka_unit_test(lists_of_dirty_pfns),
		cmocka_unit_test(checkpoint_states),
		cmocka_unit_test(cut_records_have_no_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
