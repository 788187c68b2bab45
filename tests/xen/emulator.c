/* xen/emulator: xenstore's keys, QEMU's sections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "rec.h"

static struct body b;

static void begin(uint32_t id)
{
	b.len = 0;
	b.big = false;
	put(&b, 4, id);
	put(&b, 4, 0);
}

static void text(const char *s, size_t len)
{
	put_bytes(&b, s, len);
}

static const char keys[] = "physmap/1f800000/start_addr\0f0000000\0"
			   "physmap/1f800000/name\0vga.vram";

static void xenstore_pairs(void **state)
{
	struct rec t;

	(void)state;
	begin(0);
	text(keys, sizeof(keys));
	rec_open(&t, LAYER_LIBXL, XL_EMULATOR_XENSTORE_DATA, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_string_equal(rec_value(&t, "emulator_id"), "0  UNKNOWN");
	assert_string_equal(rec_value(&t, "pair[0]/key"), "physmap/1f800000/start_addr");
	assert_string_equal(rec_value(&t, "pair[1]/value"), "vga.vram");
	assert_string_equal(rec_value(&t, "pair[1]"), "physmap/1f800000/name = vga.vram");
	assert_string_equal(rec_summary(&t), "2 keys: physmap/1f800000/start_addr = f0000000 ...");
	assert_string_equal(rec_check(&t), "");
	rec_close(&t);
}

static void xenstore_says(const char *expected)
{
	struct rec t;

	rec_open(&t, LAYER_LIBXL, XL_EMULATOR_XENSTORE_DATA, &b);
	rec_fields(&t);
	rec_summary(&t);
	assert_string_equal(rec_check(&t), expected);
	rec_close(&t);
}

static void xenstore_damage(void **state)
{
	(void)state;
	begin(2);
	text(keys, sizeof(keys) - 1);
	xenstore_says("E:emulator E:emulator");
	begin(2);
	text("key", 4);
	xenstore_says("E:emulator");
	begin(3);
	text("key\0", 5);
	xenstore_says("E:emulator");
	begin(2);
	xenstore_says("");
	b.len = 7;
	xenstore_says("E:emulator");
}

static void hostile_keys_are_cleaned(void **state)
{
	struct rec t;

	(void)state;
	begin(2);
	text("a\x1b[2J\0b\n", 9);
	rec_open(&t, LAYER_LIBXL, XL_EMULATOR_XENSTORE_DATA, &b);
	rec_fields(&t);
	assert_string_equal(rec_value(&t, "pair[0]"), "a\\x1b[2J = b\\n");
	assert_string_equal(rec_summary(&t), "1 key: a\\x1b[2J = b\\n");
	rec_close(&t);
}

static void big(unsigned width, uint64_t v)
{
	b.big = true;
	put(&b, width, v);
	b.big = false;
}

static void section(uint32_t id, const char *name, uint32_t instance, uint32_t version)
{
	put(&b, 1, 4);
	big(4, id);
	put(&b, 1, strlen(name));
	text(name, strlen(name));
	big(4, instance);
	big(4, version);
}

/* Data may hold a byte 4 anywhere: it takes more to be a section. */
static void qemu_sections(void **state)
{
	struct rec t;

	(void)state;
	begin(2);
	text("QEVM", 4);
	big(4, 3);
	section(0, "timer", 0, 2);
	text("\4\4\4\0\0\0\1\2 4\4", 11);
	section(7, "0000:00:01.0/PIIX3", 1, 3);
	text("\0\0\0\4", 4);
	put(&b, 1, 0);
	rec_open(&t, LAYER_LIBXL, XL_EMULATOR_CONTEXT, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_string_equal(rec_value(&t, "emulator_id"), "2  QEMU_UPSTREAM");
	assert_int_equal(rec_field(&t, "version")->u, 3);
	assert_string_equal(rec_value(&t, "section[0]/name"), "timer");
	assert_int_equal(rec_field(&t, "section[0]/version_id")->u, 2);
	assert_int_equal(rec_field(&t, "section[0]/data")->span.length, 11);
	assert_string_equal(rec_value(&t, "section[1]"),
			    "0000:00:01.0/PIIX3  instance 1  version 3  4 bytes");
	assert_int_equal(rec_field(&t, "end")->span.length, 1);
	assert_string_equal(rec_summary(&t),
			    "QEMU_UPSTREAM, 75 bytes, QEMU state version 3, 2 sections");
	assert_string_equal(rec_check(&t), "");
	rec_close(&t);
}

static void qemu_with_a_machine_and_footers(void **state)
{
	struct rec t;

	(void)state;
	begin(2);
	text("QEVM", 4);
	big(4, 3);
	put(&b, 1, 7);
	big(4, 5);
	text("xenfv", 5);
	section(3, "ps2kbd", 0, 3);
	text("data", 4);
	put(&b, 1, 0x7e);
	big(4, 3);
	put(&b, 1, 0);
	rec_open(&t, LAYER_LIBXL, XL_EMULATOR_CONTEXT, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_string_equal(rec_value(&t, "machine"), "xenfv");
	assert_int_equal(rec_field(&t, "section[0]/data")->span.length, 4);
	assert_int_equal(rec_field(&t, "section[0]/footer_id")->u, 3);
	rec_close(&t);
}

/* Any prefix of it decodes, and every byte of it has a place. */
static void cut_anywhere(void **state)
{
	struct body all;

	(void)state;
	begin(2);
	text("QEVM", 4);
	big(4, 3);
	section(0, "timer", 0, 2);
	text("12345", 5);
	section(1, "apic", 0, 3);
	put(&b, 1, 0);
	all = b;
	for (size_t len = 0; len <= all.len; len++) {
		struct rec t;

		b.len = len;
		rec_open(&t, LAYER_LIBXL, XL_EMULATOR_CONTEXT, &b);
		rec_fields(&t);
		rec_summary(&t);
		rec_check(&t);
		rec_close(&t);
	}
}

static void what_is_not_qemu_is_bytes(void **state)
{
	struct rec t;

	(void)state;
	begin(1);
	text("something else", 14);
	rec_open(&t, LAYER_LIBXL, XL_EMULATOR_CONTEXT, &b);
	assert_int_equal(rec_fields(&t), 0);
	assert_int_equal(rec_field(&t, "data")->span.length, 14);
	assert_string_equal(rec_summary(&t), "QEMU_TRADITIONAL, 14 bytes");
	assert_string_equal(rec_check(&t), "");
	rec_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xenstore_pairs),
		cmocka_unit_test(xenstore_damage),
		cmocka_unit_test(hostile_keys_are_cleaned),
		cmocka_unit_test(qemu_sections),
		cmocka_unit_test(qemu_with_a_machine_and_footers),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(what_is_not_qemu_is_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
