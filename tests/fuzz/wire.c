/* A message: the first line is its type's name, the rest its bytes. Decoded to fields, which must
 * cover it, and to JSON. */
#include <stdlib.h>
#include <string.h>

#include "criu/criu.h"
#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(const struct field *leaf, const char *path, void *arg)
{
	uint64_t *next = arg;

	if (leaf->span.length) {
		if (leaf->span.offset != *next)
			abort();
		*next += leaf->span.length;
	}
	if (!decode_printable(path))
		abort();
	return true;
}

static void json_of(const struct message *type, struct bytes msg, enum json_style style,
		    struct arena *a)
{
	static struct out o;
	struct json j;

	out_init(&o, -1);
	json_init(&j, &o, 1);
	json_message(&j, type, msg, style, a);
	if (j.depth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size < 60 ? size : 60) : NULL;
	struct arena keep, a;
	const struct message *type;
	char name[60] = "";
	struct bytes msg;
	struct span span;
	uint64_t next = 0;

	if (!end)
		return 0;
	memcpy(name, data, (size_t)(end - data));
	msg.at = end + 1;
	msg.len = size - (size_t)(end + 1 - data);
	span = (struct span){ 0, msg.len };

	arena_init(&keep);
	arena_init(&a);
	type = schema_message(schema_builtin(&keep), name);
	if (type) {
		struct field *root = wire_group(NULL, &a, name, type, msg, span, span,
						(struct value_env){ 0 }, NULL);

		field_walk(root, &a, take, &next);
		if (next != msg.len)
			abort();
		json_of(type, msg, JSON_PLAIN, &a);
		json_of(type, msg, JSON_PRETTY, &a);
	}
	arena_fini(&a);
	arena_fini(&keep);
	return 0;
}
