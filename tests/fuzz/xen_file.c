/* A whole file: any of the wrappers with what is in them. */
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_bytes("fuzzed.xl", NULL, 0, data, size);
	return 0;
}
