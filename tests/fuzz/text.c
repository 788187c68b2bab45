/* Whatever the bytes, cleaned text is printable. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool ascii(const char *s)
{
	for (; *s; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	struct arena a;
	const char *clean;
	char cut[16];

	arena_init(&a);
	clean = text_clean(b, &a);
	if (!decode_printable(clean) || text_width(clean) < 0)
		abort();
	if (!text_needs_clean(b) && (strlen(clean) != size || (size && memcmp(clean, data, size))))
		abort();
	if (!ascii(text_ascii(clean, &a)))
		abort();
	if (text_clean_into(b, cut, sizeof(cut)) >= sizeof(cut) || !decode_printable(cut))
		abort();
	arena_fini(&a);
	return 0;
}
