/* One libmagic handle for the process: its tables are several megabytes and cost 10 ms to load. The
 * flags keep it from what it does beyond matching: unpacking, forking, parsing whole containers. */
#include "core/magic.h"

#include <magic.h>
#include <string.h>

#include "base/attr.h"
#include "base/late.h"
#include "base/text.h"

enum { LOOK_MAX = 65536 };

#define CALLS(X) X(magic_open) X(magic_setparam) X(magic_load) X(magic_buffer) X(magic_close)

/* See base/late.h. */
static struct {
	CALLS(LATE_MEMBER)
} lib;

static const char *const names[] = { CALLS(LATE_NAME) };

static struct late late = { "libmagic.so.1", names, ARRAY_LEN(names), &lib, false };

/* The one piece of state of this module; see the header for whose thread may touch it. */
static struct {
	magic_t handle;
	bool failed;
} libmagic;

static const struct {
	int what;
	size_t limit;
} limits[] = {
	{ MAGIC_PARAM_BYTES_MAX, LOOK_MAX }, { MAGIC_PARAM_INDIR_MAX, 15 },
	{ MAGIC_PARAM_NAME_MAX, 50 },        { MAGIC_PARAM_ELF_PHNUM_MAX, 128 },
	{ MAGIC_PARAM_ELF_SHNUM_MAX, 128 },  { MAGIC_PARAM_ELF_NOTES_MAX, 32 },
	{ MAGIC_PARAM_REGEX_MAX, 4096 },
};

static bool load(void)
{
	const int flags = MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_TOKENS |
			  MAGIC_NO_CHECK_JSON | MAGIC_NO_CHECK_CSV;
	struct err *err;

	if (libmagic.handle || libmagic.failed)
		return libmagic.handle;
	err = late_load(&late);
	libmagic.handle = err ? NULL : lib.magic_open(flags);
	err_free(err);
	for (size_t i = 0; libmagic.handle && i < ARRAY_LEN(limits); i++)
		lib.magic_setparam(libmagic.handle, limits[i].what, &limits[i].limit);
	if (libmagic.handle && lib.magic_load(libmagic.handle, NULL)) {
		lib.magic_close(libmagic.handle);
		libmagic.handle = NULL;
	}
	libmagic.failed = !libmagic.handle;
	return libmagic.handle;
}

const char *magic_of(struct bytes b, struct arena *a)
{
	const char *text;

	if (!b.len || !load())
		return NULL;
	text = lib.magic_buffer(libmagic.handle, b.at, b.len < LOOK_MAX ? b.len : LOOK_MAX);
	if (!text || !strcmp(text, "data"))
		return NULL;
	return text_clean_str(text, a);
}

void magic_fini(void)
{
	if (libmagic.handle)
		lib.magic_close(libmagic.handle);
	libmagic.handle = NULL;
	libmagic.failed = false;
}
