/* xen/vcpu: which vCPUs a guest has at a snapshot, their registers, how they translate. */
#include "blob.h"
#include "xen/hvm.h"
#include "xen/pv.h"

static struct blob blob;
static struct bench t;
static struct guest guest;

static size_t begin_at(size_t length)
{
	size_t at = blob.len;

	blob_zeros(&blob, length);
	return at;
}

static void state_add(enum state_kind kind, uint32_t vcpu, uint32_t pass, size_t at, size_t length)
{
	struct state st = { .kind = kind, .vcpu = vcpu, .pass = pass };

	st.span = (struct span){ BLOB_AT + at, length };
	states_add(t.xen.states, &st);
}

static void read_guest(uint32_t passes)
{
	arena_fini(&guest.arena);
	guest = (struct guest){ .xen = &t.xen, .passes = passes };
	guest_read_vcpus(&guest);
}

static uint64_t reg(size_t n, const char *name)
{
	uint64_t v = 0xdead;

	assert_true(n < guest.vcpu_count);
	if (!vcpu_register(&guest, &guest.vcpus[n], name, &v))
		fail_msg("no register %s", name);
	return v;
}

static void test_pv_64(void **state)
{
	size_t old, at, one;

	(void)state;
	memset(&blob, 0, sizeof(blob));
	old = begin_at(PV_CONTEXT_64);
	one = begin_at(PV_CONTEXT_64);
	at = begin_at(PV_CONTEXT_64);
	blob_set(&blob, old + 0x208 + 0x80, 0x1111, 8);
	blob_set(&blob, at + 0x200, 4, 8);
	blob_set(&blob, at + 0x208 + 0x80, UINT64_C(0xffffffff81a442b5), 8);
	blob_set(&blob, at + 0x208 + 0x50, UINT64_C(0x1122334455667788), 8);
	blob_set(&blob, at + 0x1380, 0x4d4f001, 8);
	blob_set(&blob, at + 0x1388, 0x4c53a8, 8);
	blob_set(&blob, at + 0x1390, 0x4b8c000, 8);
	blob_set(&blob, one + 0x1390, 0x5104000, 8);
	bench_open(&t, &blob);
	state_add(STATE_VCPU_BASIC, 0, 0, old, PV_CONTEXT_64);
	state_add(STATE_VCPU_BASIC, 1, 0, one, PV_CONTEXT_64);
	state_add(STATE_VCPU_BASIC, 0, 1, at, PV_CONTEXT_64);
	read_guest(2);
	assert_int_equal(guest.vcpu_count, 2);
	assert_int_equal(guest.vcpus[0].id, 0);
	assert_int_equal(guest.vcpus[1].id, 1);
	assert_int_equal(guest.vcpus[0].rip, 0xffffffff81a442b5);
	assert_int_equal(guest.vcpus[0].kernel.mode, PAGING_4LEVEL);
	assert_int_equal(guest.vcpus[0].kernel.root, 0x4b8c000);
	assert_true(guest.vcpus[0].kernel.pv && guest.vcpus[0].has_user);
	assert_int_equal(guest.vcpus[0].user.root, 0x4d4f000);
	assert_false(guest.vcpus[0].in_user);
	assert_false(guest.vcpus[1].has_user);
	assert_true(guest.vcpus[1].in_user);
	assert_int_equal(reg(0, "cr2"), 0x4c53a8);
	assert_int_equal(reg(0, "cr1"), 0x4d4f001);
	assert_int_equal(reg(0, "rax"), 0x1122334455667788);
	assert_int_equal(reg(0, "eax"), 0x55667788);
	assert_false(vcpu_register(&guest, &guest.vcpus[0], "efer", &(uint64_t){ 0 }));
	assert_false(vcpu_register(&guest, &guest.vcpus[0], "nonsense", &(uint64_t){ 0 }));
	/* An earlier snapshot has the earlier context. */
	read_guest(1);
	assert_int_equal(guest.vcpu_count, 2);
	assert_int_equal(guest.vcpus[0].rip, 0x1111);
	arena_fini(&guest.arena);
	bench_close(&t);
}

static void test_pv_32(void **state)
{
	size_t at;

	(void)state;
	memset(&blob, 0, sizeof(blob));
	at = begin_at(PV_CONTEXT_32);
	blob_set(&blob, at + 0x204 + 0x20, 0xc001113d, 4);
	blob_set(&blob, at + 0x204 + 0x24, 0xe019, 2);
	blob_set(&blob, at + 0xa9c + 12, 0x12345abc, 4);
	bench_open(&t, &blob);
	state_add(STATE_VCPU_BASIC, 0, 0, at, PV_CONTEXT_32);
	read_guest(1);
	assert_false(guest.vcpus[0].wide || guest.vcpus[0].has_user || guest.vcpus[0].in_user);
	assert_int_equal(guest.vcpus[0].kernel.mode, PAGING_PAE);
	assert_int_equal(guest.vcpus[0].kernel.root, UINT64_C(0xabc12345000));
	assert_int_equal(guest.vcpus[0].cr3, 0x12345abc);
	assert_int_equal(reg(0, "eip"), 0xc001113d);
	assert_int_equal(reg(0, "rip"), 0xc001113d);
	assert_int_equal(reg(0, "cs"), 0xe019);
	arena_fini(&guest.arena);
	bench_close(&t);
}

static size_t entry(unsigned type, unsigned instance, size_t length)
{
	size_t at;

	blob_put(&blob, type, 2);
	blob_put(&blob, instance, 2);
	blob_put(&blob, length, 4);
	at = blob.len;
	blob_zeros(&blob, length);
	return at;
}

static void cpu(unsigned instance, uint64_t cr0, uint64_t cr3, uint64_t cr4, uint64_t efer,
		size_t length)
{
	size_t at = entry(HVM_CPU, instance, length);

	blob_set(&blob, at + 0x290, cr0, 8);
	blob_set(&blob, at + 0x2a0, cr3, 8);
	blob_set(&blob, at + 0x2a8, cr4, 8);
	blob_set(&blob, at + 0x3e0, efer, 8);
	blob_set(&blob, at + 0x280, 0x1000 + instance, 8);
}

/* Each mode of translation, in entries of each length; vCPU 6 was down. */
static void test_hvm(void **state)
{
	static const struct {
		enum paging_mode mode;
		uint64_t root;
		bool nx, large;
	} want[] = {
		{ PAGING_NONE, 0, false, false },
		{ PAGING_32, 0x101000, false, true },
		{ PAGING_32, 0x101000, false, false },
		{ PAGING_PAE, 0x1010e0, true, false },
		{ PAGING_4LEVEL, 0x62d4000, true, false },
		{ PAGING_5LEVEL, 0x62d4000, false, false },
	};
	static const uint32_t leaf[6] = { 0x80000008, UINT32_MAX, 0x3028, 0, 0, 0 };
	size_t policy;

	(void)state;
	memset(&blob, 0, sizeof(blob));
	for (unsigned i = 0; i < 6; i++)
		blob_put(&blob, leaf[i], 4);
	policy = blob.len;
	entry(HVM_HEADER, 0, 24);
	cpu(0, 0x11, 0x5000, 0, 0, 1032);
	cpu(1, 0x80000011, 0x101fff, 0x10, 0, 1024);
	cpu(2, 0x80000011, 0x101fff, 0, 0, 1016);
	cpu(3, 0x80000011, UINT64_C(0xff001010ff), 0x20, 0x800, 1032);
	cpu(4, 0x80000011, UINT64_C(0xff000062d4123), 0x20, 0xd00, 1032);
	cpu(5, 0x80000011, 0x62d4000, 0x1020, 0x500, 1032);
	cpu(5, 0x11, 0, 0, 0, 1032);
	for (unsigned i = 0; i < 7; i++)
		entry(HVM_LAPIC, i, 24);
	entry(HVM_END, 0, 0);
	bench_open(&t, &blob);
	state_add(STATE_CPUID_POLICY, 0, 0, 0, policy);
	state_add(STATE_HVM_CONTEXT, 0, 0, policy, blob.len - policy);
	read_guest(1);
	assert_int_equal(guest.vcpu_count, 7);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct vcpu *v = &guest.vcpus[i];

		assert_true(v->hvm && v->wide);
		assert_int_equal(v->id, i);
		assert_int_equal(v->rip, 0x1000 + i);
		assert_int_equal(v->kernel.mode, want[i].mode);
		assert_int_equal(v->kernel.root, want[i].root);
		assert_int_equal(v->kernel.nx, want[i].nx);
		assert_int_equal(v->kernel.large_4m, want[i].large);
		assert_int_equal(v->kernel.physbits, 40);
		assert_false(v->kernel.pv);
	}
	assert_int_equal(guest.vcpus[6].id, 6);
	assert_int_equal(guest.vcpus[6].registers.length, 0);
	assert_false(vcpu_register(&guest, &guest.vcpus[6], "rip", &(uint64_t){ 0 }));
	arena_fini(&guest.arena);
	bench_close(&t);
}

/* All registers are listed once, each with the value that its name gives. */
static void test_listing(void **state)
{
	const char *name;
	size_t n = 0;
	uint64_t v;

	(void)state;
	memset(&blob, 0, sizeof(blob));
	entry(HVM_HEADER, 0, 24);
	cpu(0, 0x11, 0x5000, 0, 0, 1032);
	for (size_t i = 40; i < blob.len; i++)
		blob.at[i] = (uint8_t)(i * 7);
	bench_open(&t, &blob);
	state_add(STATE_HVM_CONTEXT, 0, 0, 0, blob.len);
	read_guest(1);
	for (; vcpu_register_at(&guest, &guest.vcpus[0], n, &name, &v); n++)
		assert_int_equal(reg(0, name), v);
	assert_int_equal(n, 55);
	arena_fini(&guest.arena);
	bench_close(&t);
}

static void nothing(struct bench *bench)
{
	struct state st = { .kind = STATE_HVM_CONTEXT };
	struct guest g = { .xen = &bench->xen, .passes = 1 };

	st.span = (struct span){ BLOB_AT, bench->r.body.len };
	states_add(bench->xen.states, &st);
	st.kind = STATE_VCPU_BASIC;
	guest_read_vcpus(&g);
	if (bench->r.body.len % 2)
		states_add(bench->xen.states, &st);
	guest_read_vcpus(&g);
	for (size_t n = 0; n < g.vcpu_count; n++) {
		const char *name;
		uint64_t v;

		for (size_t i = 0; vcpu_register_at(&g, &g.vcpus[n], i, &name, &v); i++)
			assert_non_null(name);
	}
	arena_fini(&g.arena);
}

static void test_cut(void **state)
{
	(void)state;
	memset(&blob, 0, sizeof(blob));
	entry(HVM_HEADER, 0, 24);
	cpu(0, 0x80000011, 0x62d4000, 0x1020, 0x500, 1032);
	cpu(1, 0x80000011, 0x62d4000, 0x1020, 0x500, 1016);
	entry(HVM_LAPIC, 2, 24);
	cut_everywhere(&blob, nothing);
	damage_often(&blob, 2000, nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pv_64), cmocka_unit_test(test_pv_32),
		cmocka_unit_test(test_hvm),   cmocka_unit_test(test_listing),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
