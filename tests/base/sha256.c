/* The vectors of FIPS 180-4 and NIST's: in one piece and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/sha256.h"

static const struct vector {
	const char *text, *digest;
} vectors[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
	  "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
};

static void check(struct sha256 *s, const char *want)
{
	uint8_t digest[32];
	char text[65];

	sha256_end(s, digest);
	sha256_text(digest, text);
	assert_string_equal(text, want);
}

static void test_vectors(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(vectors) / sizeof(*vectors); n++) {
		struct sha256 s;

		sha256_init(&s);
		sha256_add(&s, vectors[n].text, strlen(vectors[n].text));
		check(&s, vectors[n].digest);
		sha256_init(&s);
		for (const char *c = vectors[n].text; *c; c++)
			sha256_add(&s, c, 1);
		check(&s, vectors[n].digest);
	}
}

static void test_million(void **state)
{
	char block[1000];
	struct sha256 s;

	(void)state;
	memset(block, 'a', sizeof(block));
	sha256_init(&s);
	for (int n = 0; n < 1000; n++)
		sha256_add(&s, block, sizeof(block));
	check(&s, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
