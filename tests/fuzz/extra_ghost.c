/* What follows the magic words of a GHOST_FILE image: records with their payloads. */
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_kind("GHOST_FILE", data, size);
	return 0;
}
