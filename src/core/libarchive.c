/* The pointers to libarchive's functions. Its interface has had this version since 3.0. */
#include "core/libarchive.h"

struct err *libarchive_load(const struct libarchive **out)
{
	static const char *const names[] = { LIBARCHIVE_CALLS(LATE_NAME) };
	static struct libarchive calls;
	static struct late late = { "libarchive.so.13", names, ARRAY_LEN(names), &calls, false };

	*out = &calls;
	return late_load(&late);
}
