/* What follows the magic words of a SK_QUEUES image: records with their payloads. */
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_kind("SK_QUEUES", data, size);
	return 0;
}
