/* What follows the magic words of a PIPES_DATA image: records with their payloads. */
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_kind("PIPES_DATA", data, size);
	return 0;
}
