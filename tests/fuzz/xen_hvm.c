/* A body of HVM_CONTEXT, in a stream around it. */
#include "decode.h"
#include "xen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream s = { 0 };

	put_libxc(&s, 3, 2);
	put_record(&s, 0x9, data, size);
	put_record(&s, 0, NULL, 0);
	decode_bytes("fuzzed.libxc", NULL, 0, s.at, s.len);
	free(s.at);
	return 0;
}
