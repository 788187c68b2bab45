/* ops/unwind: the build-id of an ELF file, whatever its headers claim. Traces are compared with
 * gdb's in tests/criu/bt.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "ops/unwind_parts.h"

static const uint8_t wanted[] = { 0xde, 0xad, 0xbe, 0xef, 0x55 };

/* A header, two program headers, of which the second is one of notes: the first another's, of a
 * length that is no whole word. */
static struct bytes make_elf(struct arena *a, bool wide)
{
	struct pack p = pack_of(a, 512);
	size_t entry = wide ? 56 : 32, head = wide ? 64 : 52;

	p.wide = wide;
	pack_field(&p, bytes_of("\177ELF"), 4);
	pack_u8(&p, wide ? 2 : 1);
	pack_u8(&p, 1);
	pack_to(&p, wide ? 32 : 28);
	pack_word(&p, head);
	pack_to(&p, wide ? 54 : 42);
	pack_u16(&p, (uint16_t)entry);
	pack_u16(&p, 2);
	pack_to(&p, head + entry);
	pack_u32(&p, 4);
	if (wide)
		pack_u32(&p, 4);
	pack_word(&p, 256);
	pack_word(&p, 0);
	pack_word(&p, 0);
	pack_word(&p, 44);
	pack_to(&p, 256);
	pack_u32(&p, 4);
	pack_u32(&p, 3);
	pack_u32(&p, 1);
	pack_field(&p, bytes_of("abc"), 4);
	pack_field(&p, bytes_of("xyz"), 4);
	pack_u32(&p, 4);
	pack_u32(&p, sizeof(wanted));
	pack_u32(&p, 3);
	pack_field(&p, bytes_of("GNU"), 4);
	pack_field(&p, (struct bytes){ wanted, sizeof(wanted) }, 8);
	return pack_bytes(&p);
}

static void finds_id(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (int wide = 0; wide < 2; wide++) {
		struct bytes id, elf = make_elf(&a, wide);

		assert_true(elf_build_id(elf, &id));
		assert_int_equal(id.len, sizeof(wanted));
		assert_memory_equal(id.at, wanted, sizeof(wanted));
	}
	arena_fini(&a);
}

/* Every length, every byte: an id within the bytes, or none. In a copy of just that size, so that a
 * sanitizer sees who looks beyond. */
static void survives_damage(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (int wide = 0; wide < 2; wide++) {
		struct bytes elf = make_elf(&a, wide), id;

		for (size_t len = 0; len <= elf.len; len++) {
			uint8_t *cut = malloc(len ? len : 1);

			memcpy(cut, elf.at, len);
			if (elf_build_id((struct bytes){ cut, len }, &id))
				assert_true(id.at >= cut && id.at + id.len <= cut + len);
			for (size_t i = 0; i < len && len == elf.len; i++)
				for (unsigned v = 0; v < 256; v += 51) {
					uint8_t kept = cut[i];

					cut[i] = (uint8_t)v;
					if (elf_build_id((struct bytes){ cut, len }, &id))
						assert_true(id.at >= cut &&
							    id.at + id.len <= cut + len);
					cut[i] = kept;
				}
			free(cut);
		}
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_id),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
