/* What follows the magic words of a IPCNS_SEM image: records with their payloads. */
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_kind("IPCNS_SEM", data, size);
	return 0;
}
