/* One libmagic handle for the process: its tables are several megabytes and cost 10 ms to load. The
 * flags keep it from what it does beyond matching: unpacking, forking, parsing whole containers. */
#include "core/magic.h"

#include <magic.h>
#include <string.h>

#include "base/attr.h"
#include "base/text.h"

enum { LOOK_MAX = 65536 };

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

	if (libmagic.handle || libmagic.failed)
		return libmagic.handle;
	libmagic.handle = magic_open(flags);
	for (size_t i = 0; libmagic.handle && i < ARRAY_LEN(limits); i++)
		magic_setparam(libmagic.handle, limits[i].what, &limits[i].limit);
	if (libmagic.handle && magic_load(libmagic.handle, NULL)) {
		magic_close(libmagic.handle);
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
	text = magic_buffer(libmagic.handle, b.at, b.len < LOOK_MAX ? b.len : LOOK_MAX);
	if (!text || !strcmp(text, "data"))
		return NULL;
	return text_clean_str(text, a);
}

void magic_fini(void)
{
	if (libmagic.handle)
		magic_close(libmagic.handle);
	libmagic.handle = NULL;
	libmagic.failed = false;
}
