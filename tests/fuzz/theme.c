/* A theme file: whatever is in it, an error is one clean line. */
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "ui/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct theme theme;
	struct err *err;

	if (!theme_builtin("default", &theme))
		abort();
	err = theme_parse((struct bytes){ data, size }, "fuzzed", &theme);
	if (err && !decode_printable(err->text))
		abort();
	err_free(err);
	return 0;
}
