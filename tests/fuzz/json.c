/* Whatever the bytes, a JSON string of them is printable ASCII and ends where it should. */
#include <stdlib.h>
#include <string.h>

#include "base/out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One string, closed, with known escapes only. */
static bool one_string(const char *s, size_t n)
{
	if (n < 2 || s[0] != '"' || s[n - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < n; i++) {
		if (s[i] < 0x20 || s[i] > 0x7e || s[i] == '"')
			return false;
		if (s[i] != '\\')
			continue;
		i++;
		if (i + 1 >= n || !strchr("\"\\/bfnrtu", s[i]))
			return false;
		if (s[i] == 'u') {
			if (i + 5 >= n || strspn(s + i + 1, "0123456789abcdefABCDEF") < 4)
				return false;
			i += 4;
		}
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct out o;
	struct json j;

	if (size > OUT_ROOM / 16)
		size = OUT_ROOM / 16;
	out_init(&o, -1);
	json_init(&j, &o, 0);
	json_text(&j, (struct bytes){ data, size });
	if (!one_string(o.buf, o.len))
		abort();

	out_init(&o, -1);
	json_init(&j, &o, 0);
	json_bytes(&j, (struct bytes){ data, size });
	if (!one_string(o.buf, o.len) || o.len != 2 * size + 2)
		abort();

	out_init(&o, -1);
	json_init(&j, &o, 0);
	json_base64(&j, (struct bytes){ data, size });
	if (!one_string(o.buf, o.len))
		abort();
	return 0;
}
