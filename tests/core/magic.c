/* core/magic: known bytes are named, unknown ones are not, and 64 KiB is all it looks at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/magic.h"

static void known_and_unknown(void **state)
{
	static const char gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
	uint8_t *big = calloc(1, 1 << 20);
	const char *text;
	struct arena a;

	(void)state;
	assert_non_null(big);
	arena_init(&a);
	text = magic_of((struct bytes){ (const uint8_t *)gzip, sizeof(gzip) - 1 }, &a);
	if (!text) {
		magic_fini();
		free(big);
		skip(); /* no magic database on this machine */
	}
	assert_non_null(strstr(text, "gzip"));
	assert_null(magic_of((struct bytes){ NULL, 0 }, &a));
	assert_null(magic_of((struct bytes){ (const uint8_t *)"\0\1\2\x80\xfd\3", 6 }, &a));
	/* A tar header behind the first 64 KiB of zeros is not looked at. */
	memcpy(big + 65536 + 257, "ustar", 5);
	text = magic_of((struct bytes){ big, 1 << 20 }, &a);
	assert_true(!text || !strstr(text, "tar"));
	text = magic_of((struct bytes){ (const uint8_t *)"#!/bin/sh\necho\n", 15 }, &a);
	assert_non_null(text);
	assert_false(text_needs_clean(bytes_of(text)));
	magic_fini();
	magic_fini();
	arena_fini(&a);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_and_unknown) };

	return cmocka_run_group_tests_name("magic", tests, NULL, NULL);
}
