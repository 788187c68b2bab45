/* Records of libxc, behind headers that are right. The first byte: version and kind of guest. */
#include "decode.h"
#include "xen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream s = { 0 };

	if (!size)
		return 0;
	put_libxc(&s, 2 + (*data & 1), 1 + (*data >> 1 & 1));
	decode_bytes("fuzzed.libxc", s.at, s.len, data + 1, size - 1);
	free(s.at);
	return 0;
}
