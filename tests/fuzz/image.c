/* A whole file: the first line is its name, by which kinds without magic are told; the rest its
 * bytes. */
#include <string.h>

#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size < 100 ? size : 100) : NULL;
	char name[100] = "x";

	if (end && end > data && *data != '.') {
		size_t n = (size_t)(end - data);

		memcpy(name, data, n);
		name[n] = 0;
		data += n + 1;
		size -= n + 1;
		if (strlen(name) != n || strchr(name, '/'))
			return 0;
	}
	decode_bytes(name, NULL, 0, data, size);
	return 0;
}
