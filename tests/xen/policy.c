/* xen/policy: leaves by name and feature, MSRs, what Xen would refuse. */
#include "blob.h"

static struct blob blob;

static void leaf(uint32_t n, uint32_t sub, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	blob_put(&blob, n, 4);
	blob_put(&blob, sub, 4);
	blob_put(&blob, a, 4);
	blob_put(&blob, b, 4);
	blob_put(&blob, c, 4);
	blob_put(&blob, d, 4);
}

static uint32_t word(const char *text)
{
	return (uint32_t)(uint8_t)text[0] | (uint32_t)(uint8_t)text[1] << 8 |
	       (uint32_t)(uint8_t)text[2] << 16 | (uint32_t)(uint8_t)text[3] << 24;
}

#define NONE UINT32_MAX

static void example(void)
{
	memset(&blob, 0, sizeof(blob));
	leaf(0, NONE, 0xd, word("Auth"), word("cAMD"), word("enti"));
	leaf(1, NONE, 0x800f12, 0, 0x80000001, 0x00000201);
	leaf(7, 0, 0, 0x20, 0, 0);
	leaf(0xd, 2, 256, 576, 0, 0);
	leaf(0x80000002, NONE, word("  A "), word("pro\x1b"), word("cess"), word("or, "));
	leaf(0x80000003, NONE, word("much"), word(" too"), word(" goo"), word("d\0zz"));
	leaf(0x80000004, NONE, 0, 0, 0, 0);
	leaf(0x80000008, NONE, 0x3030, 0, 0, 0);
	leaf(0x12345678, 9, 1, 2, 3, 4);
}

static void test_cpuid(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	example();
	bench_open(&t, &blob);
	root = bench_fields(&t, cpuid_policy_fields);
	assert_int_equal(assert_covered(&t, root), 0);
	assert_value(&t, root, "vendor", "AuthenticAMD");
	/* An escape in it reaches nobody. */
	assert_value(&t, root, "brand", "A pro\\x1bcessor, much too good");
	assert_note(&t, root, "leaf[0]",
		    "0x00000000  max basic leaf, vendor: AuthenticAMD, leaves to 0xd");
	assert_value(&t, root, "leaf[1]/edx", "0x201  FPU|APIC");
	assert_value(&t, root, "leaf[1]/ecx", "0x80000001  SSE3|HYPERVISOR");
	assert_value(&t, root, "leaf[1]/eax", "0x800f12");
	assert_value(&t, root, "leaf[2]/ebx", "0x20  AVX2");
	assert_note(&t, root, "leaf[3]", "0x0000000d.2  XSAVE: component 2: 256 bytes at 576");
	assert_value(&t, root, "leaf[8]/edx", "0x4");
	assert_string_equal(cpuid_policy_summary(&t.r, &t.a),
			    "9 leaves, A pro\\x1bcessor, much too good");
	cpuid_policy_check(&t.r);
	assert_int_equal(problems_count(t.model.problems), 1);
	assert_true(has_problem(&t, "leaf 0x12345678 has no subleaves"));
	bench_close(&t);
}

static void test_lookup(void **state)
{
	struct state st = { .kind = STATE_CPUID_POLICY };
	struct cpuid_leaf l;
	struct bench t;

	(void)state;
	example();
	bench_open(&t, &blob);
	assert_false(cpuid_leaf(&t.xen, 1, 0, &l));
	st.span = (struct span){ BLOB_AT, blob.len };
	states_add(t.xen.states, &st);
	assert_true(cpuid_leaf(&t.xen, 1, 0, &l));
	assert_int_equal(l.a, 0x800f12);
	assert_true(cpuid_leaf(&t.xen, 0xd, 2, &l));
	assert_int_equal(l.b, 576);
	assert_false(cpuid_leaf(&t.xen, 0xd, 3, &l));
	/* While the walk goes on there is no telling. */
	t.xen.walked = false;
	assert_false(cpuid_leaf(&t.xen, 1, 0, &l));
	bench_close(&t);
}

static void msr(uint32_t index, uint32_t flags, uint64_t value)
{
	blob_put(&blob, index, 4);
	blob_put(&blob, flags, 4);
	blob_put(&blob, value, 8);
}

static void test_msrs(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	memset(&blob, 0, sizeof(blob));
	msr(0xce, 0, 0x80000000);
	msr(0x10a, 0, 0x3);
	msr(0x777, 1, 0x9);
	blob_zeros(&blob, 3);
	bench_open(&t, &blob);
	root = bench_fields(&t, msr_policy_fields);
	assert_int_equal(assert_covered(&t, root), 3);
	assert_note(&t, root, "msr[0]", "PLATFORM_INFO 0x80000000");
	assert_value(&t, root, "msr[0]/value", "0x80000000  CPUID_FAULTING");
	assert_value(&t, root, "msr[1]/value", "0x3  RDCL_NO|EIBRS");
	assert_note(&t, root, "msr[2]", "0x777 0x9");
	assert_string_equal(msr_policy_summary(&t.r, &t.a),
			    "PLATFORM_INFO 0x80000000, ARCH_CAPABILITIES 0x3, 0x777 0x9");
	msr_policy_check(&t.r);
	assert_true(has_problem(&t, "51 bytes, which is no number"));
	assert_true(has_problem(&t, "flags of MSR 0x777"));
	assert_true(has_problem(&t, "MSR 0x777 is none"));
	bench_close(&t);
}

static void all_of(struct bench *t)
{
	assert_covered(t, bench_fields(t, cpuid_policy_fields));
	assert_covered(t, bench_fields(t, msr_policy_fields));
	cpuid_policy_summary(&t->r, &t->a);
	msr_policy_summary(&t->r, &t->a);
	cpuid_policy_check(&t->r);
	msr_policy_check(&t->r);
}

static void test_cut(void **state)
{
	(void)state;
	example();
	cut_everywhere(&blob, all_of);
	damage_often(&blob, 2000, all_of);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpuid),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_msrs),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
