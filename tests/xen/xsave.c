/* xen/xsave: the legacy region, components where the policy or Intel says, 80-bit numbers. */
#include "blob.h"

static struct blob blob;

static void pv_head(uint64_t xcr0, uint64_t accum, size_t area)
{
	memset(&blob, 0, sizeof(blob));
	blob_put(&blob, xcr0, 8);
	blob_put(&blob, accum, 8);
	blob_zeros(&blob, area);
}

/* A policy behind the record, as the walk would have found it. */
static void add_policy(struct bench *t, const uint32_t leaves[][6], size_t count, struct blob *file)
{
	size_t at = file->len;
	struct state st = { .kind = STATE_CPUID_POLICY };

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < 6; k++)
			blob_put(file, leaves[i][k], 4);
	st.span = (struct span){ BLOB_AT + at, 24 * count };
	bench_open(t, file);
	t->r.body.len = at;
	states_add(t->xen.states, &st);
}

static void test_legacy(void **state)
{
	static const uint8_t pi[10] = {
		0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40
	};
	static const uint8_t minus_two[10] = { [7] = 0x80, [8] = 0x00, [9] = 0xc0 };
	struct field *root;
	struct bench t;
	size_t at = 16;

	(void)state;
	pv_head(3, 3, 576);
	blob_set(&blob, at, 0x37f, 2);
	blob_set(&blob, at + 2, 7 << 11 | 0x4000, 2); /* TOP 7: ST0 is register 7, ST1 is 0 */
	blob_set(&blob, at + 4, 0x81, 1);
	blob_set(&blob, at + 0x18, 0x1f80, 4);
	memcpy(blob.at + at + 0x20, pi, 10);
	memcpy(blob.at + at + 0x30, minus_two, 10);
	for (unsigned i = 0; i < 16; i++)
		blob_set(&blob, at + 0xa0 + i, i + 1, 1);
	bench_open(&t, &blob);
	root = bench_fields(&t, pv_xsave_fields);
	assert_int_equal(assert_covered(&t, root), 0);
	assert_value(&t, root, "xcr0", "0x3  X87|SSE");
	assert_note(&t, root, "fpu_sse/fcw", "IM|DM|ZM|OM|UM|PM; precision 64, rounding nearest");
	assert_note(&t, root, "fpu_sse/fsw", "TOP 7  C3");
	assert_note(&t, root, "fpu_sse/ftw", "in use: 0, 7");
	assert_note(&t, root, "fpu_sse/st[0]", "3.141592653589793239");
	assert_note(&t, root, "fpu_sse/st[1]", "-2");
	assert_note(&t, root, "fpu_sse/st[2]", "empty");
	assert_value(&t, root, "fpu_sse/mxcsr", "0x1f80  IM|DM|ZM|OM|UM|PM");
	assert_note(&t, root, "fpu_sse/xmm[0]", "0x100f0e0d0c0b0a090807060504030201");
	assert_note(&t, root, "fpu_sse/xmm[15]", "0");
	pv_xsave_check(&t.r);
	assert_no_problems(&t);
	assert_string_equal(pv_xsave_summary(&t.r, &t.a), "xcr0 X87|SSE");
	bench_close(&t);
}

static void test_special_numbers(void **state)
{
	static const struct {
		uint64_t mantissa;
		uint16_t top;
		const char *text;
	} rows[] = {
		{ UINT64_C(1) << 63, 0x7fff, "infinity" },
		{ UINT64_C(1) << 63, 0xffff, "-infinity" },
		{ UINT64_C(3) << 62, 0x7fff, "NaN" },
		{ 0, 0, "0" },
		{ 0, 0x8000, "-0" },
		{ UINT64_C(1) << 63, 0x3fff, "1" },
		{ UINT64_C(1) << 62, 0x3fff, "not a number the x87 knows" },
		{ 1, 0, "3.645199531882474603e-4951" },
	};
	struct field *root;
	struct bench t;

	(void)state;
	pv_head(3, 3, 576);
	blob_set(&blob, 16 + 4, 0xff, 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		blob_set(&blob, 16 + 0x20 + 16 * i, rows[i].mantissa, 8);
		blob_set(&blob, 16 + 0x28 + 16 * i, rows[i].top, 2);
	}
	bench_open(&t, &blob);
	root = bench_fields(&t, pv_xsave_fields);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[40];

		snprintf(path, sizeof(path), "fpu_sse/st[%zu]", i);
		assert_note(&t, root, path, rows[i].text);
	}
	bench_close(&t);
}

/* Without a policy the places are Intel's, and it is said that this is a guess. */
static void test_intel(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	pv_head(0x2e7, 0x2e7, 2696);
	blob_set(&blob, 16 + 512, 0x207, 8);
	blob_set(&blob, 16 + 576, 0x11, 1);
	blob_set(&blob, 16 + 1088 + 8, 0xabc, 8);
	blob_set(&blob, 16 + 2688, 0x55555554, 4);
	bench_open(&t, &blob);
	root = bench_fields(&t, pv_xsave_fields);
	/* The gaps: what MPX has on processors that have it. */
	assert_int_equal(assert_covered(&t, root), 256);
	assert_note(&t, root, "YMM_Hi128/ymm_hi[0]", "0x11");
	assert_value(&t, root, "OPMASK/k[1]", "0xabc");
	assert_value(&t, root, "PKRU/pkru", "0x55555554");
	assert_note(&t, root, "Hi16_ZMM", "in its initial state");
	assert_null(field_must(&t, root, "PKRU")->note);
	field_must(&t, root, "layout");
	assert_int_equal(xsave_area_size(&t.xen, 0x2e7), 2696);
	pv_xsave_check(&t.r);
	assert_no_problems(&t);
	bench_close(&t);
}

/* AMD's part: no MPX, so PKRU lies right behind YMM. */
static void test_policy(void **state)
{
	static const uint32_t leaves[][6] = {
		{ 0xd, 0, 0x207, 840, 840, 0 },
		{ 0xd, 2, 256, 576, 0, 0 },
		{ 0xd, 9, 8, 832, 0, 0 },
	};
	struct field *root;
	struct bench t;

	(void)state;
	pv_head(0x207, 0x207, 840);
	blob_set(&blob, 16 + 512, 0x207, 8);
	blob_set(&blob, 16 + 832, 0x1234, 4);
	add_policy(&t, leaves, ARRAY_LEN(leaves), &blob);
	root = bench_fields(&t, pv_xsave_fields);
	assert_int_equal(assert_covered(&t, root), 0);
	assert_value(&t, root, "PKRU/pkru", "0x1234");
	assert_null(field_at_path(root, &t.a, "layout"));
	assert_int_equal(xsave_area_size(&t.xen, 0x207), 840);
	pv_xsave_check(&t.r);
	assert_no_problems(&t);
	bench_close(&t);
}

static void test_refused(void **state)
{
	struct bench t;

	(void)state;
	pv_head(0xe, 0x6, 832);
	blob_set(&blob, 16 + 512, 0x87, 8);
	blob_set(&blob, 16 + 520, 1, 8);
	blob_set(&blob, 16 + 560, 1, 8);
	bench_open(&t, &blob);
	pv_xsave_check(&t.r);
	assert_true(has_problem(&t, "xcr0 0xe without x87"));
	assert_true(has_problem(&t, "xcr0_accum 0x6 without x87"));
	assert_true(has_problem(&t, "xcr0 0xe has features that"));
	assert_true(has_problem(&t, "xstate_bv 0x87 has components"));
	assert_true(has_problem(&t, "xcomp_bv is not 0"));
	assert_true(has_problem(&t, "reserved bytes of the XSAVE header"));
	bench_close(&t);

	pv_head(7, 7, 900);
	bench_open(&t, &blob);
	pv_xsave_check(&t.r);
	assert_true(has_problem(&t, "has 916 bytes, but xcr0_accum 0x7 needs 848"));
	bench_close(&t);
}

/* Nothing but the head: the vCPU never had such state. */
static void test_no_state(void **state)
{
	struct bench t;

	(void)state;
	pv_head(0, 0, 0);
	bench_open(&t, &blob);
	assert_int_equal(assert_covered(&t, bench_fields(&t, pv_xsave_fields)), 0);
	assert_string_equal(pv_xsave_summary(&t.r, &t.a), "no state");
	pv_xsave_check(&t.r);
	assert_no_problems(&t);
	bench_close(&t);
}

static void all_of(struct bench *t)
{
	assert_covered(t, bench_fields(t, pv_xsave_fields));
	pv_xsave_summary(&t->r, &t->a);
	pv_xsave_check(&t->r);
}

static void test_cut(void **state)
{
	(void)state;
	pv_head(UINT64_MAX, UINT64_MAX, 2900);
	cut_everywhere(&blob, all_of);
	damage_often(&blob, 2000, all_of);
}

/* Sizes and places that a hostile policy gives. */
static void test_absurd_policy(void **state)
{
	static const uint32_t leaves[][6] = {
		{ 0xd, 2, UINT32_MAX, 576, 0, 0 }, { 0xd, 3, 64, UINT32_MAX, 0, 0 },
		{ 0xd, 4, 64, 600, 0, 0 },         { 0xd, 5, 64, 620, 0, 0 },
		{ 0xd, 6, 1, 700, 0, 0 },          { 0xd, 40, 30, 800, 0, 0 },
	};
	struct bench t;

	(void)state;
	pv_head(UINT64_MAX, UINT64_MAX, 900);
	add_policy(&t, leaves, ARRAY_LEN(leaves), &blob);
	all_of(&t);
	field_must(&t, bench_fields(&t, pv_xsave_fields), "component 40");
	bench_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_legacy),  cmocka_unit_test(test_special_numbers),
		cmocka_unit_test(test_intel),   cmocka_unit_test(test_policy),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_no_state),
		cmocka_unit_test(test_cut),     cmocka_unit_test(test_absurd_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
