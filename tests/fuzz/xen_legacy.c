/* A legacy stream behind a beginning that makes it one. The first byte: word, kind and width of the
 * guest, what its vCPUs have; the rest the chunks. */
#include "decode.h"
#include "xen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_extended(struct stream *s, unsigned word, unsigned flags)
{
	uint32_t context = flags & 4 ? 2800 : 5168;
	uint8_t *zeros = calloc(1, context);

	if (!zeros)
		abort();
	put_number(s, UINT64_MAX, word);
	put_number(s, 8 + context + 8 + (flags & 8 ? 12 : 0), 4);
	put(s, "vcpu", 4);
	put_number(s, context, 4);
	put(s, zeros, context);
	put(s, "extv\0\0\0\0", 8);
	if (flags & 8) {
		put(s, "xcnt\4\0\0\0", 8);
		put_number(s, 32, 4);
	}
	free(zeros);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream s = { 0 };
	unsigned word, flags;

	if (!size)
		return 0;
	flags = *data;
	word = flags & 1 ? 4 : 8;
	put_number(&s, 0x400, word);
	if (flags & 2) {
		put_extended(&s, word, flags);
		/* The P2M's frames: one or two. */
		put_number(&s, 0, word);
		if (!(flags & 4))
			put_number(&s, 1, word);
	} else {
		static const uint8_t vcpu_info[16] = { 0xfe, 0xff, 0xff, 0xff };

		put(&s, vcpu_info, sizeof(vcpu_info));
		put(&s, vcpu_info, sizeof(vcpu_info));
	}
	decode_bytes("fuzzed.img", s.at, s.len, data + 1, size - 1);
	free(s.at);
	return 0;
}
