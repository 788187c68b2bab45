/* SHA-256 (FIPS 180-4), for provenance: some 300 MB a second. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t h[8];
	uint64_t length; /* bytes so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *at, size_t n);
/* Ends it: no more may be added. */
void sha256_end(struct sha256 *s, uint8_t digest[32]);
/* 64 digits and a NUL. */
void sha256_text(const uint8_t digest[32], char text[65]);

#endif
