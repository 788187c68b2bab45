/* xen/hvm: every type of entry in every length it ever had, the length that Xen 4.5 to 4.9 got
 * wrong, and what Xen would refuse. */
#include "blob.h"
#include "xen/hvm.h"

static struct blob blob;

static void begin(void)
{
	memset(&blob, 0, sizeof(blob));
}

static void entry(unsigned type, unsigned instance, size_t length)
{
	blob_put(&blob, type, 2);
	blob_put(&blob, instance, 2);
	blob_put(&blob, length, 4);
}

static void header(void)
{
	entry(HVM_HEADER, 0, 24);
	blob_put(&blob, HVM_MAGIC, 4);
	blob_put(&blob, 1, 4);
	blob_put(&blob, UINT64_MAX, 8);
	blob_put(&blob, 0x00800f12, 4);
	blob_put(&blob, 2300000, 4);
}

/* An entry of `length` bytes, each of them its place. */
static size_t counted(unsigned type, unsigned instance, size_t length)
{
	size_t at;

	entry(type, instance, length);
	at = blob.len;
	for (size_t i = 0; i < length; i++)
		blob_put(&blob, i & 0xff, 1);
	return at;
}

static void end(void)
{
	entry(HVM_END, 0, 0);
}

/* Lengths by version, and the last member that each has. */
static const struct version {
	unsigned type;
	size_t length;
	const char *name, *last, *not ;
} versions[] = {
	{ HVM_CPU, 1016, "CPU", "error_code", "msr_tsc_aux" },
	{ HVM_CPU, 1024, "CPU", "error_code", "flags" },
	{ HVM_CPU, 1032, "CPU", "pad0", NULL },
	{ HVM_LAPIC, 16, "LAPIC", "timer_divisor", "tdt_msr" },
	{ HVM_LAPIC, 24, "LAPIC", "tdt_msr", "pending_esr" },
	{ HVM_LAPIC, 32, "LAPIC", "pending_esr", NULL },
	{ HVM_RTC, 16, "RTC", "cmos_index", "rtc_offset" },
	{ HVM_RTC, 24, "RTC", "rtc_offset", NULL },
	{ HVM_VIRIDIAN_DOMAIN, 16, "VIRIDIAN_DOMAIN", "guest_os_id", "time_ref_count" },
	{ HVM_VIRIDIAN_DOMAIN, 24, "VIRIDIAN_DOMAIN", "time_ref_count", "reference_tsc" },
	{ HVM_VIRIDIAN_DOMAIN, 32, "VIRIDIAN_DOMAIN", "reference_tsc", NULL },
	{ HVM_VIRIDIAN_VCPU, 8, "VIRIDIAN_VCPU", "vp_assist_msr", "apic_assist_pending" },
	{ HVM_VIRIDIAN_VCPU, 16, "VIRIDIAN_VCPU", "apic_assist_pending", "simp_msr" },
	{ HVM_VIRIDIAN_VCPU, 216, "VIRIDIAN_VCPU", "stimer_count_msr[3]", NULL },
	{ HVM_VMCE_VCPU, 8, "VMCE_VCPU", "caps", "mci_ctl2_bank0" },
	{ HVM_VMCE_VCPU, 24, "VMCE_VCPU", "mci_ctl2_bank1", "mcg_ext_ctl" },
	{ HVM_VMCE_VCPU, 32, "VMCE_VCPU", "mcg_ext_ctl", NULL },
	{ HVM_PIC, 8, "PIC", "int_output", NULL },
	{ HVM_IOAPIC, 400, "IOAPIC", "redirtbl[47]", "redirtbl[48]" },
	{ HVM_LAPIC_REGS, 1024, "LAPIC_REGS", "0x3d0", NULL },
	{ HVM_PCI_IRQ, 16, "PCI_IRQ", "pad[1]", NULL },
	{ HVM_ISA_IRQ, 8, "ISA_IRQ", "pad[0]", NULL },
	{ HVM_PCI_LINK, 8, "PCI_LINK", "route[3]", NULL },
	{ HVM_PIT, 56, "PIT", "channels[2]/gate", "channels[3]" },
	{ HVM_HPET, 1048, "HPET", "period[2]", NULL },
	{ HVM_PMTIMER, 8, "PMTIMER", "pm1a_en", NULL },
	{ HVM_MTRR, 240, "MTRR", "msr_mtrr_def_type", NULL },
	{ HVM_TSC_ADJUST, 8, "TSC_ADJUST", "tsc_adjust", NULL },
};

static const char *path_of(const struct version *v, const char *member, char to[static 80])
{
	snprintf(to, 80, "%s[%u]/%s", v->name, v->type == HVM_PIC ? 1 : 0, member);
	return to;
}

static void test_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		const struct version *v = &versions[i];
		struct field *root;
		struct bench t;
		char path[80];

		begin();
		header();
		counted(v->type, v->type == HVM_PIC, v->length);
		end();
		bench_open(&t, &blob);
		root = bench_fields(&t, hvm_context_fields);
		assert_int_equal(assert_covered(&t, root), 0);
		field_must(&t, root, path_of(v, v->last, path));
		if (v->not )
			assert_null(field_at_path(root, &t.a, path_of(v, v->not, path)));
		hvm_context_check(&t.r);
		assert_false(has_problem(&t, "bytes, not"));
		assert_false(has_problem(&t, "no version"));
		bench_close(&t);
	}
}

/* The oldest CPU lacks a member in the middle. */
static void test_oldest_cpu(void **state)
{
	struct field *root;
	struct bench t;
	size_t at;

	(void)state;
	for (unsigned old = 0; old < 2; old++) {
		begin();
		header();
		at = counted(HVM_CPU, 3, old ? 1016 : 1024);
		blob_set(&blob, at + (old ? 0x3e8 : 0x3f0), 123456789, 8);
		blob_set(&blob, at + (old ? 0x3f0 : 0x3f8), 0x80000b0e, 4);
		blob_set(&blob, at + (old ? 0x3f4 : 0x3fc), 0x10, 4);
		end();
		bench_open(&t, &blob);
		root = bench_fields(&t, hvm_context_fields);
		assert_value(&t, root, "CPU[3]/tsc", "123456789");
		assert_note(&t, root, "CPU[3]/pending_event",
			    "hardware exception, vector 0xe #PF, error code");
		assert_value(&t, root, "CPU[3]/error_code", "0x10");
		bench_close(&t);
	}
}

static void test_lengths_that_never_were(void **state)
{
	struct bench t;

	(void)state;
	begin();
	header();
	counted(HVM_LAPIC, 0, 20);
	counted(HVM_LAPIC, 1, 40);
	counted(HVM_IOAPIC, 0, 392);
	counted(22, 0, 12);
	end();
	bench_open(&t, &blob);
	hvm_context_check(&t.r);
	assert_true(has_problem(&t, "LAPIC has 20 bytes, as no version of Xen had"));
	assert_true(has_problem(&t, "LAPIC has 40 bytes, not 32"));
	assert_true(has_problem(&t, "IOAPIC has 392 bytes, not 400"));
	assert_true(has_problem(&t, "unknown entry type 22"));
	assert_int_equal(assert_covered(&t, bench_fields(&t, hvm_context_fields)), 8 + 4);
	bench_close(&t);
}

static void msr(uint32_t index, uint64_t value)
{
	blob_put(&blob, index, 4);
	blob_put(&blob, 0, 4);
	blob_put(&blob, value, 8);
}

/* Two vCPUs with one MSR each, whose entries claim room for three. */
static void test_msr_length(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	for (unsigned wrong = 0; wrong < 2; wrong++) {
		begin();
		header();
		for (unsigned vcpu = 0; vcpu < 2; vcpu++) {
			entry(HVM_CPU_MSR, vcpu, wrong ? 8 + 3 * 16 : 8 + 16);
			blob_put(&blob, 1, 4);
			blob_put(&blob, 0, 4);
			msr(0xd90, 0x1000 + vcpu);
		}
		end();
		bench_open(&t, &blob);
		root = bench_fields(&t, hvm_context_fields);
		assert_int_equal(assert_covered(&t, root), 0);
		for (unsigned vcpu = 0; vcpu < 2; vcpu++) {
			char path[60];

			snprintf(path, sizeof(path), "CPU_MSR[%u]/msr[0]/value", vcpu);
			assert_int_equal(field_must(&t, root, path)->u, 0x1000 + vcpu);
			snprintf(path, sizeof(path), "CPU_MSR[%u]/msr[1]", vcpu);
			assert_null(field_at_path(root, &t.a, path));
			snprintf(path, sizeof(path), "CPU_MSR[%u]", vcpu);
			assert_int_equal(!!field_must(&t, root, path)->trouble, wrong);
		}
		field_must(&t, root, "END");
		hvm_context_check(&t.r);
		assert_int_equal(problems_count(t.model.problems), wrong ? 2 : 0);
		assert_true(!wrong || has_problem(&t, "claims 56 bytes, but has those of 1 MSRs"));
		bench_close(&t);
	}
}

/* More MSRs claimed than there is a descriptor behind: the length is believed. */
static void test_msr_length_right(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	begin();
	header();
	entry(HVM_CPU_MSR, 0, 8 + 32);
	blob_put(&blob, 1, 4);
	blob_put(&blob, 0, 4);
	msr(0xd90, 1);
	msr(0xffffffff, UINT64_MAX);
	end();
	bench_open(&t, &blob);
	root = bench_fields(&t, hvm_context_fields);
	field_must(&t, root, "CPU_MSR[0]/msr[1]");
	hvm_context_check(&t.r);
	assert_true(has_problem(&t, "CPU_MSR has 40 bytes, but counts 1 MSRs"));
	bench_close(&t);
}

static void test_meanings(void **state)
{
	struct field *root;
	struct bench t;
	size_t at;

	(void)state;
	begin();
	header();
	entry(HVM_CPU, 0, 1032);
	at = blob.len;
	blob_zeros(&blob, 1032);
	blob_set(&blob, at + 0x288, 0x202, 8);
	blob_set(&blob, at + 0x290, 0x80050033, 8);
	blob_set(&blob, at + 0x2a8, 0x1506f0, 8);
	blob_set(&blob, at + 0x3e0, 0xd01, 8);
	blob_set(&blob, at + 0x378, 0xa9b, 4);
	blob_set(&blob, at + 0x37c, 0xc0f3, 4); /* as VMX packs it */
	blob_set(&blob, at + 0x390, 0x8b, 4);
	blob_set(&blob, at + 0x2d8, 0x000d0402, 8);
	entry(HVM_PIC, 0, 8);
	blob_put(&blob, UINT64_C(0x0024440030ff0012), 8);
	entry(HVM_IOAPIC, 0, 400);
	at = blob.len;
	blob_zeros(&blob, 400);
	blob_set(&blob, at + 16 + 8 * 9, UINT64_C(0x010000000000a921), 8);
	entry(HVM_LAPIC_REGS, 0, 1024);
	at = blob.len;
	blob_zeros(&blob, 1024);
	blob_set(&blob, at + 0x1f0, 0x80000001, 4);
	blob_set(&blob, at + 0x320, 0x000100ec, 4);
	entry(HVM_PCI_IRQ, 0, 16);
	blob_put(&blob, 0x12, 8);
	blob_put(&blob, UINT64_C(1) << 63, 8);
	end();
	bench_open(&t, &blob);
	root = bench_fields(&t, hvm_context_fields);
	assert_note(&t, root, "HEADER/cpuid", "family 23, model 1, stepping 2");
	assert_value(&t, root, "CPU[0]/cr0", "0x80050033  PE|MP|ET|NE|WP|AM|PG");
	assert_value(&t, root, "CPU[0]/msr_efer", "0xd01  SCE|LME|LMA|NXE");
	assert_note(&t, root, "CPU[0]/cs_arbytes", "execute/read accessed, DPL 0");
	assert_note(&t, root, "CPU[0]/ds_arbytes", "read/write accessed, DPL 3, packed as in VMX");
	assert_note(&t, root, "CPU[0]/tr_arbytes", "TSS busy, DPL 0");
	assert_note(&t, root, "CPU[0]/es_arbytes", "not usable");
	assert_note(&t, root, "CPU[0]/dr7", "0: write 4");
	assert_note(&t, root, "PIC[0]/irr", "1, 4");
	assert_value(&t, root, "PIC[0]/irq_base", "0x30");
	assert_value(&t, root, "PIC[0]/is_master", "true");
	assert_value(&t, root, "PIC[0]/auto_eoi", "true");
	assert_value(&t, root, "PIC[0]/elcr", "0x24");
	assert_note(&t, root, "IOAPIC[0]/redirtbl[9]",
		    "vector 0x21, lowest priority, logical 0x1, level, active low");
	assert_note(&t, root, "LAPIC_REGS[0]/TMR7", "224, 255");
	assert_note(&t, root, "PCI_IRQ[0]/pad[0]", "00 INTB, 01 INTA");
	assert_note(&t, root, "PCI_IRQ[0]/pad[1]", "1f INTD");
	assert_string_equal(hvm_context_summary(&t.r, &t.a), "6 entries, 1 vCPU");
	hvm_context_check(&t.r);
	assert_no_problems(&t);
	bench_close(&t);
}

static void test_refused(void **state)
{
	struct bench t;
	size_t at;

	(void)state;
	begin();
	entry(HVM_CPU, 0, 1032);
	at = blob.len;
	blob_zeros(&blob, 1032);
	blob_set(&blob, at + 0x290, 0x80000000, 8);
	blob_set(&blob, at + 0x3e0, 0x400, 8);
	blob_set(&blob, at + 0x2d0, UINT64_C(1) << 32, 8);
	blob_set(&blob, at + 0x400, 2, 4);
	blob_set(&blob, at + 0x404, 1, 4);
	entry(HVM_PIC, 2, 8);
	blob_zeros(&blob, 8);
	entry(HVM_LAPIC, 0, 32);
	blob_put(&blob, 0x400, 8);
	blob_zeros(&blob, 24);
	entry(HVM_PCI_LINK, 0, 8);
	blob_put(&blob, 0x1000, 8);
	entry(HVM_PIT, 0, 56);
	at = blob.len;
	blob_zeros(&blob, 56);
	blob_set(&blob, at, 0x10001, 4);
	blob_set(&blob, at + 16 + 15, 1, 1);
	entry(HVM_MTRR, 0, 240);
	at = blob.len;
	blob_zeros(&blob, 240);
	blob_set(&blob, at + 0xe0, 9, 8);
	entry(HVM_CPU_XSAVE, 0, 16);
	blob_zeros(&blob, 16);
	bench_open(&t, &blob);
	hvm_context_check(&t.r);
	assert_true(has_problem(&t, "first entry is not a HEADER"));
	assert_true(has_problem(&t, "ET clear"));
	assert_true(has_problem(&t, "PG without PE"));
	assert_true(has_problem(&t, "LMA without LME"));
	assert_true(has_problem(&t, "DR6"));
	assert_true(has_problem(&t, "CPU flags 0x2"));
	assert_true(has_problem(&t, "pad0 of CPU"));
	assert_true(has_problem(&t, "there is no PIC 2"));
	assert_true(has_problem(&t, "x2APIC on, but the APIC off"));
	assert_true(has_problem(&t, "PCI link B goes to GSI 16"));
	assert_true(has_problem(&t, "count of PIT channel 0 is 65537"));
	assert_true(has_problem(&t, "gate of PIT channel 0"));
	assert_false(has_problem(&t, "gate of PIT channel 1"));
	assert_true(has_problem(&t, "9 variable ranges"));
	assert_true(has_problem(&t, "too few for any state"));
	assert_true(has_problem(&t, "no END"));
	bench_close(&t);
}

/* Behind END a record may have anything: it is a gap. An entry that claims more than there is has
 * what there is. */
static void test_slack_and_cut(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	begin();
	header();
	end();
	blob_zeros(&blob, 30);
	bench_open(&t, &blob);
	root = bench_fields(&t, hvm_context_fields);
	assert_int_equal(assert_covered(&t, root), 30);
	hvm_context_check(&t.r);
	assert_no_problems(&t);
	bench_close(&t);

	begin();
	header();
	entry(HVM_PIT, 0, UINT32_MAX);
	blob_zeros(&blob, 20);
	bench_open(&t, &blob);
	root = bench_fields(&t, hvm_context_fields);
	assert_covered(&t, root);
	assert_non_null(field_must(&t, root, "PIT[0]")->trouble);
	field_must(&t, root, "PIT[0]/channels[0]/gate");
	assert_null(field_at_path(root, &t.a, "PIT[0]/channels[1]"));
	hvm_context_check(&t.r);
	assert_true(has_problem(&t, "claims 4294967295 bytes, but only 20 are there"));
	bench_close(&t);
}

static void test_big_endian(void **state)
{
	struct field *root;
	struct bench t;

	(void)state;
	begin();
	blob.big = true;
	header();
	entry(HVM_TSC_ADJUST, 1, 8);
	blob_put(&blob, (uint64_t)-5, 8);
	end();
	bench_open(&t, &blob);
	root = bench_fields(&t, hvm_context_fields);
	assert_value(&t, root, "TSC_ADJUST[1]/tsc_adjust", "-5");
	assert_value(&t, root, "HEADER/magic", "0x54381286");
	bench_close(&t);
}

static void test_entry(void **state)
{
	struct span body;
	struct bench t;
	size_t at;

	(void)state;
	begin();
	header();
	counted(HVM_LAPIC, 0, 24);
	at = counted(HVM_LAPIC, 1, 24);
	end();
	counted(HVM_LAPIC, 2, 24);
	bench_open(&t, &blob);
	assert_true(hvm_entry(&t.xen, (struct span){ BLOB_AT, blob.len }, HVM_LAPIC, 1, &body));
	assert_int_equal(body.offset, BLOB_AT + at);
	assert_int_equal(body.length, 24);
	assert_false(hvm_entry(&t.xen, (struct span){ BLOB_AT, blob.len }, HVM_LAPIC, 2, &body));
	assert_false(hvm_entry(&t.xen, (struct span){ BLOB_AT, blob.len }, HVM_CPU, 0, &body));
	bench_close(&t);
}

static void all_of(struct bench *t)
{
	assert_covered(t, bench_fields(t, hvm_context_fields));
	hvm_context_summary(&t->r, &t->a);
	hvm_context_check(&t->r);
}

/* Every type, cut at every byte. */
static void test_cut(void **state)
{
	(void)state;
	begin();
	header();
	for (unsigned type = HVM_PIC; type <= HVM_CPU_MSR; type++) {
		const struct hvm_kind *kind = hvm_kind(type);

		if (type == HVM_CPU_MSR) {
			entry(type, 0, 100);
			blob_put(&blob, 1, 8);
			msr(0xd90, 1);
		} else if (kind && type != HVM_LAPIC_REGS && type != HVM_HPET) {
			counted(type, 0, type == HVM_CPU_XSAVE ? 24 + 832 : kind->lengths[0]);
		}
	}
	counted(33, 0, 5);
	end();
	cut_everywhere(&blob, all_of);
	damage_often(&blob, 3000, all_of);
	begin();
	counted(HVM_CPU, 0, 1032);
	cut_everywhere(&blob, all_of);
	damage_often(&blob, 2000, all_of);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_oldest_cpu),
		cmocka_unit_test(test_lengths_that_never_were),
		cmocka_unit_test(test_msr_length),
		cmocka_unit_test(test_msr_length_right),
		cmocka_unit_test(test_meanings),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_slack_and_cut),
		cmocka_unit_test(test_big_endian),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
