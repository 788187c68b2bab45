/* Files of container engines, by name: criu-image sets lie beside them in an archive, and Docker
 * puts two of them among the images. */
#include "criu/engine.h"

#include <string.h>

static const struct {
	const char *name; /* '*' stands for anything, in front only */
	const char *word;
	const struct raw_kind *raw;
} files[] = {
	{ "config.dump", "json", &raw_json },    { "spec.dump", "json", &raw_json },
	{ "network.status", "json", &raw_json }, { "bind.mounts", "json", &raw_json },
	{ "deleted.files", "json", &raw_json },  { "status", "json", &raw_json },
	{ "status.dump", "json", &raw_json },    { "pod.dump", "json", &raw_json },
	{ "pod.options", "json", &raw_json },    { "oci-layout", "json", &raw_json },
	{ "*.json", "json", &raw_json },         { "*.tar", "tar", &raw_members },
};

static bool matches(const char *pattern, const char *name)
{
	size_t want = strlen(pattern), len = strlen(name);

	if (*pattern != '*')
		return !strcmp(pattern, name);
	return len >= want && !strcmp(name + len - want + 1, pattern + 1);
}

const struct raw_kind *engine_file(const char *name, const char **word)
{
	for (size_t n = 0; n < ARRAY_LEN(files); n++)
		if (matches(files[n].name, name)) {
			*word = files[n].word;
			return files[n].raw;
		}
	return NULL;
}
