/* What follows the magic words of a IPCNS_SHM image: records with their payloads. */
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_kind("IPCNS_SHM", data, size);
	return 0;
}
