/* xen/pv: contexts of both widths, extended ones of all versions, MSRs, shared_info, start_info. */
#include "blob.h"
#include "xen/pv.h"

static struct blob blob;

static void begin(size_t length)
{
	memset(&blob, 0, sizeof(blob));
	blob_zeros(&blob, length);
}

static void context_64(void)
{
	begin(PV_CONTEXT_64);
	blob_set(&blob, 0x200, 0x25, 8);
	blob_set(&blob, 0x208 + 0x60, 0x4a00, 8);
	blob_set(&blob, 0x208 + 0x80, UINT64_C(0xffffffff81a442b5), 8);
	blob_set(&blob, 0x208 + 0x88, 0xe033, 2);
	blob_set(&blob, 0x208 + 0x98, UINT64_C(0xffffc90040083e30), 8);
	blob_set(&blob, 0x2d0 + 16 * 14, 14, 1);
	blob_set(&blob, 0x2d0 + 16 * 14 + 1, 4, 1);
	blob_set(&blob, 0x2d0 + 16 * 14 + 2, 0xe033, 2);
	blob_set(&blob, 0x2d0 + 16 * 14 + 8, UINT64_C(0xffffffff81c00b30), 8);
	blob_set(&blob, 0x12e0, 0x5a0b, 8);
	blob_set(&blob, 0x1360, 16, 8);
	blob_set(&blob, 0x1378, 0x80050033, 8);
	blob_set(&blob, 0x1380, 0x4d4f001, 8);
	blob_set(&blob, 0x1390, 0x4b8c000, 8);
	blob_set(&blob, 0x13b8 + 56, 0x400, 8);
}

static void test_64(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	context_64();
	bench_open(&t, &blob);
	root = bench_fields(&t, pv_context_fields);
	assert_int_equal(assert_covered(&t, root), 0);
	assert_value(&t, root, "user_regs/rip", "0xffffffff81a442b5");
	assert_value(&t, root, "flags", "0x25  VGCF_i387_valid|VGCF_in_kernel|VGCF_online");
	assert_note(&t, root, "trap_ctxt[14]", "#PF  0xe033:0xffffffff81c00b30");
	assert_note(&t, root, "trap_ctxt[13]", "not set");
	assert_value(&t, root, "trap_ctxt[14]/flags", "0x4  mask_events");
	assert_note(&t, root, "ctrlreg[1]", "page tables of user mode: PFN 0x4d4f");
	assert_note(&t, root, "ctrlreg[3]", "page tables: PFN 0x4b8c");
	assert_value(&t, root, "ctrlreg[0]", "0x80050033  PE|MP|ET|NE|WP|AM|PG");
	assert_note(&t, root, "user_regs/rdx", "of vCPU 0: PFN of start_info");
	assert_int_equal(field_must(&t, root, "gdt_frames[0]")->ref.kind, XREF_PFN);
	assert_int_equal(field_must(&t, root, "gdt_frames[0]")->ref.id, 0x5a0b);
	assert_int_equal(field_must(&t, root, "ctrlreg[3]")->ref.id, 0x4b8c);
	assert_int_equal(field_must(&t, root, "user_regs/rip")->ref.kind, XREF_VA);
	assert_int_equal(field_must(&t, root, "user_regs/cs")->ref.kind, XREF_NONE);
	assert_string_equal(pv_context_summary(&t.r, &t.a),
			    "rip 0xffffffff81a442b5, rsp 0xffffc90040083e30, in kernel");
	pv_context_check(&t.r);
	assert_no_problems(&t);
	bench_close(&t);
}

/* A number before the context, or the row's name, says whose it is. */
static void test_whose(void **state)
{
	struct field *root, *id;
	struct cursor c;
	struct bench t;

	(void)state;
	context_64();
	bench_open(&t, &blob);
	root = bench_fields(&t, pv_context_fields);
	root->name = "vcpu3";
	assert_null(field_must(&t, root, "user_regs/rdx")->note);
	assert_int_equal(field_must(&t, root, "user_regs/rip")->ref.more, 3);

	root = field_add(NULL, &t.a, FIELD_GROUP, "record", (struct span){ BLOB_AT, blob.len });
	root->expanded = true;
	id = field_uint(root, &t.a, "vcpu_id", 0, SHOW_DEC, (struct span){ 0, 0 });
	c = xen_bytes(&t.xen, root->span);
	pv_context_fields(&t.r, root, &c, &t.a);
	assert_note(&t, root, "user_regs/rdx", "PFN of start_info");
	id->u = 1;
	assert_int_equal(shape_vcpu(field_must(&t, root, "user_regs/rip")), 1);
	bench_close(&t);
}

static void test_32(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	begin(PV_CONTEXT_32);
	blob_set(&blob, 0x204 + 0x20, 0xc001113d, 4);
	blob_set(&blob, 0x204 + 0x24, 0xe019, 2);
	blob_set(&blob, 0x204 + 0x2c, 0xc001ffc0, 4);
	blob_set(&blob, 0x248 + 8 * 3 + 4, 0xc0010000, 4);
	blob_set(&blob, 0xa9c + 12, 0x12345abc, 4);
	bench_open(&t, &blob);
	root = bench_fields(&t, pv_context_fields);
	assert_int_equal(assert_covered(&t, root), 0);
	assert_value(&t, root, "user_regs/eip", "0x00000000c001113d");
	assert_note(&t, root, "user_regs/cs", "ring 1");
	assert_note(&t, root, "trap_ctxt[3]", "#BP  0x0:0xc0010000");
	/* The low twelve bits are the frame's bits 20 to 31. */
	assert_note(&t, root, "ctrlreg[3]", "page tables, folded: PFN 0xabc12345");
	assert_string_equal(pv_context_summary(&t.r, &t.a),
			    "eip 0xc001113d, esp 0xc001ffc0, in user mode");
	pv_context_check(&t.r);
	assert_no_problems(&t);
	bench_close(&t);
}

static void test_refused(void **state)
{
	struct bench t;

	(void)state;
	context_64();
	blob_set(&blob, 0x208 + 0x80, UINT64_C(0x8000000000000000), 8);
	blob_set(&blob, 0x2d0 + 16 * 5 + 8, UINT64_C(0x0001000000000000), 8);
	blob_set(&blob, 0x12d0, 0x1001, 8);
	blob_set(&blob, 0x12d8, 8193, 8);
	blob_set(&blob, 0x1360, 7169, 8);
	blob_set(&blob, 0x13b8 + 48, UINT64_C(1) << 40, 8);
	bench_open(&t, &blob);
	t.xen.guest_width = 4;
	pv_context_check(&t.r);
	assert_true(has_problem(&t, "rip is no canonical address"));
	assert_true(has_problem(&t, "handler of trap 5"));
	assert_true(has_problem(&t, "ldt_base 0x1001"));
	assert_true(has_problem(&t, "ldt_ents is 8193"));
	assert_true(has_problem(&t, "gdt_ents is 7169"));
	assert_true(has_problem(&t, "DR6 has more"));
	assert_true(has_problem(&t, "context of 64 bits in a guest of 32"));
	bench_close(&t);

	begin(PV_CONTEXT_64 - 8);
	bench_open(&t, &blob);
	pv_context_check(&t.r);
	assert_true(has_problem(&t, "5160 bytes, not 5168 or 2800"));
	assert_covered(&t, bench_fields(&t, pv_context_fields));
	bench_close(&t);
}

/* As the senders of all versions cut it; legacy streams fill it up to 128 bytes. */
static void test_extended(void **state)
{
	static const struct {
		uint32_t size, sent;
		const char *last, *not ;
	} rows[] = {
		{ 32, 32, "_pad", "vmce.caps" },
		{ 40, 40, "vmce.caps", "vmce.mci_ctl2_bank0" },
		{ 56, 56, "vmce.mci_ctl2_bank1", "vmce.mcg_ext_ctl" },
		{ 64, 64, "vmce.mcg_ext_ctl", NULL },
		{ 40, 128, "vmce.caps", "vmce.mci_ctl2_bank0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct field *root;
		struct bench t;

		begin(rows[i].sent);
		blob_set(&blob, 0, 1, 4);
		blob_set(&blob, 4, rows[i].size, 4);
		blob_set(&blob, 0x10, UINT64_C(0xffffffff81c01000), 8);
		bench_open(&t, &blob);
		root = bench_fields(&t, pv_extended_fields);
		assert_int_equal(assert_covered(&t, root), rows[i].sent - rows[i].size);
		field_must(&t, root, rows[i].last);
		if (rows[i].not )
			assert_null(field_at_path(root, &t.a, rows[i].not ));
		assert_string_equal(pv_extended_summary(&t.r, &t.a),
				    "syscall32 0x0, sysenter 0xffffffff81c01000");
		pv_extended_check(&t.r);
		assert_no_problems(&t);
		bench_close(&t);
	}
}

static void test_msrs(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	begin(0);
	blob_put(&blob, 0x48, 8);
	blob_put(&blob, 1, 8);
	blob_put(&blob, 0xc0000103, 8);
	blob_put(&blob, 7, 8);
	blob_put(&blob, UINT64_C(0x100000080), 8);
	blob_put(&blob, 0, 8);
	bench_open(&t, &blob);
	root = bench_fields(&t, pv_msrs_fields);
	assert_int_equal(assert_covered(&t, root), 0);
	assert_note(&t, root, "msr[1]", "TSC_AUX 0x7");
	pv_msrs_check(&t.r);
	assert_int_equal(problems_count(t.model.problems), 2);
	assert_true(has_problem(&t, "reserved bytes of MSR 0x80"));
	assert_true(has_problem(&t, "MSR 0x80 is none"));
	bench_close(&t);
}

static void test_shared_info(void **state)
{
	(void)state;
	for (uint32_t width = 4; width <= 8; width += 4) {
		bool wide = width == 8;
		size_t map = wide ? 512 : 128;
		struct field *root;
		struct bench t;

		begin(XEN_PAGE);
		blob_set(&blob, 64, 1, 1);
		blob_set(&blob, 64 + 32 + 8, 1000, 8);
		blob_set(&blob, 64 + 32 + 28, 0xff, 1);
		blob_set(&blob, 0x800 + width * 2, 0x21, width); /* third word */
		memset(blob.at + 0x800 + map, 0xff, map);
		blob_set(&blob, 0x800 + map, 0xf0, 1);
		blob_set(&blob, wide ? 0xc04 : 0x904, 1795288419, 4);
		blob_set(&blob, wide ? 0xc10 : 0x90c, 24576, width);
		bench_open(&t, &blob);
		t.xen.guest_width = width;
		root = bench_fields(&t, shared_info_fields);
		assert_int_equal(assert_covered(&t, root), XEN_PAGE - (wide ? 3136 : 2344));
		assert_note(&t, root, "vcpu_info[1]", "event pending");
		assert_value(&t, root, "vcpu_info[1]/time/tsc_timestamp", "1000");
		assert_value(&t, root, "vcpu_info[1]/time/tsc_shift", "-1");
		assert_value(&t, root, "pending_ports", wide ? "128, 133" : "64, 69");
		assert_value(&t, root, "unmasked_ports", "0-3");
		assert_note(&t, root, "evtchn_pending[2]", wide ? "128, 133" : "64, 69");
		assert_value(&t, root, "wc_sec", "1795288419  2026-11-21 19:13:39 UTC");
		assert_string_equal(shared_info_summary(&t.r, &t.a),
				    wide ? "24576 frames, events pending: 128, 133"
					 : "24576 frames, events pending: 64, 69");
		shared_info_check(&t.r);
		assert_no_problems(&t);
		bench_close(&t);
	}
}

static void test_start_info(void **state)
{
	(void)state;
	for (unsigned wide = 0; wide < 2; wide++) {
		const char *magic = wide ? "xen-3.0-x86_64" : "xen-3.0-x86_32p";
		struct span page = { BLOB_AT, XEN_PAGE };
		struct field *root;
		struct bench t;

		begin(XEN_PAGE);
		memcpy(blob.at, magic, strlen(magic));
		blob_set(&blob, wide ? 0x38 : 0x2c, 0x4a01, wide ? 8 : 4);
		blob_set(&blob, wide ? 0x48 : 0x34, 0x4a02, wide ? 8 : 4);
		memcpy(blob.at + (wide ? 0x80 : 0x50), "quiet\033[2J", 9);
		bench_open(&t, &blob);
		root = field_add(NULL, &t.a, FIELD_GROUP, "start_info", page);
		root->expanded = true;
		start_info_fields(&t.xen, t.xen.src, page, root, &t.a);
		assert_covered(&t, root);
		assert_value(&t, root, "magic", magic);
		assert_value(&t, root, "cmd_line", "quiet\\x1b[2J");
		assert_int_equal(field_must(&t, root, "store_mfn")->ref.id, 0x4a01);
		assert_int_equal(field_must(&t, root, "console.domU.mfn")->u, 0x4a02);
		bench_close(&t);
	}
}

static void all_of(struct bench *t)
{
	static const struct {
		blob_fields fields;
		const char *(*summary)(const struct xrec *, struct arena *);
		void (*check)(const struct xrec *);
	} rows[] = {
		{ pv_context_fields, pv_context_summary, pv_context_check },
		{ pv_extended_fields, pv_extended_summary, pv_extended_check },
		{ pv_msrs_fields, pv_msrs_summary, pv_msrs_check },
		{ shared_info_fields, shared_info_summary, shared_info_check },
	};

	/* Each decoder at some lengths, all of them together at each. */
	size_t i = t->r.body.len % ARRAY_LEN(rows);

	assert_covered(t, bench_fields(t, rows[i].fields));
	rows[i].summary(&t->r, &t->a);
	rows[i].check(&t->r);
}

static void test_cut(void **state)
{
	(void)state;
	context_64();
	cut_everywhere(&blob, all_of);
	damage_often(&blob, 2000, all_of);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_64),          cmocka_unit_test(test_whose),
		cmocka_unit_test(test_32),          cmocka_unit_test(test_refused),
		cmocka_unit_test(test_extended),    cmocka_unit_test(test_msrs),
		cmocka_unit_test(test_shared_info), cmocka_unit_test(test_start_info),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
