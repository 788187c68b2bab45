/* What follows the magic words of a TCP_STREAM image: records with their payloads. */
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_kind("TCP_STREAM", data, size);
	return 0;
}
