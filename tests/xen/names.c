/* xen/names: the tables against a list of what Xen's headers and the processors' manuals have, and
 * how values read with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/attr.h"
#include "xen/records.h"

#define TABLE(name)                                                                                \
	{                                                                                          \
#name, names_##name                                                                \
	}

static const struct {
	const char *name;
	const struct value_name *names;
} tables[] = {
	TABLE(page_type),
	TABLE(domain_type),
	TABLE(libxl_option),
	TABLE(libxc_option),
	TABLE(xl_flag),
	TABLE(emulator),
	TABLE(checkpoint_state),
	TABLE(tsc_mode),
	TABLE(hvm_param),
	TABLE(viridian),
	TABLE(timer_mode),
	TABLE(msr),
	TABLE(xapi_header),
	TABLE(cpuid_leaf),
	TABLE(rflags),
	TABLE(cr0),
	TABLE(cr4),
	TABLE(efer),
	TABLE(xcr0),
	TABLE(dr6),
	TABLE(mxcsr),
	TABLE(apic_base),
	TABLE(pte),
	TABLE(vgcf),
	TABLE(vm_assist),
	TABLE(sif),
	TABLE(pvclock),
	TABLE(segment),
	TABLE(ti),
	TABLE(lapic_disabled),
	TABLE(event_type),
	TABLE(exception),
	TABLE(lapic_reg),
	TABLE(virq),
};

static const struct value_name *table_named(const char *name)
{
	for (size_t n = 0; n < ARRAY_LEN(tables); n++)
		if (!strcmp(tables[n].name, name))
			return tables[n].names;
	return NULL;
}

/* tests/fixtures/xen-names.tsv: table, value, name. */
static void tables_are_complete(void **state)
{
	FILE *f = fopen("tests/fixtures/xen-names.tsv", "r");
	char line[200], table[64], name[100];
	unsigned long long value;
	size_t listed = 0, rows = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		const struct value_name *names;
		const char *found;

		if (*line == '#')
			continue;
		assert_int_equal(sscanf(line, "%63s %llx %99[^\n]", table, &value, name), 3);
		names = table_named(table);
		if (!names)
			fail_msg("no table %s", table);
		found = value_name(names, value, (struct value_env){ 0 });
		if (!found || strcmp(found, name))
			fail_msg("%s 0x%llx is %s, not %s", table, value, name, found);
		listed++;
	}
	fclose(f);
	for (size_t n = 0; n < ARRAY_LEN(tables); n++)
		for (const struct value_name *row = tables[n].names; row->name; row++)
			rows++;
	assert_int_equal(rows, listed);
}

static void fields_of_several_bits_read_as_numbers(void **state)
{
	static const struct {
		const struct value_name *names;
		uint64_t value;
		const char *text;
	} cases[] = {
		{ names_rflags, 0x202, "R1|IF" },
		{ names_rflags, 0x3246, "R1|PF|ZF|IF|IOPL=3" },
		{ names_rflags, 0x1002, "R1|IOPL=1" },
		{ names_cr0, 0x80050033, "PE|MP|ET|NE|WP|AM|PG" },
		{ names_cr4, 0x660, "PAE|MCE|OSFXSR|OSXMMEXCPT" },
		{ names_efer, 0xd01, "SCE|LME|LMA|NXE" },
		{ names_mxcsr, 0x1f80, "IM|DM|ZM|OM|UM|PM" },
		{ names_mxcsr, 0x7f80, "IM|DM|ZM|OM|UM|PM|RC=3" },
		{ names_segment, 0xa9b, "type=0xb|S|P|L|G" },
		{ names_segment, 0xcf3, "type=0x3|S|DPL3|P|DB|G" },
		{ names_segment, 0x08b, "type=0xb|P" },
		{ names_pte, UINT64_C(0x8000000000000067), "P|RW|US|A|D|NX" },
		{ names_pte, UINT64_C(0x7800000000000001), "P|PK=15" },
		{ names_pte, UINT64_C(0x1000000000000001), "P|PK=2" },
		{ names_apic_base, 0xfee00900, "BSP|EN|0xfee00000" },
		{ names_ti, 7, "ring3|mask_events" },
		{ names_vgcf, 37, "VGCF_i387_valid|VGCF_in_kernel|VGCF_online" },
	};
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t n = 0; n < ARRAY_LEN(cases); n++)
		assert_string_equal(value_flags(cases[n].names, cases[n].value,
						(struct value_env){ 0 }, "|", &a),
				    cases[n].text);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_complete),
		cmocka_unit_test(fields_of_several_bits_read_as_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
