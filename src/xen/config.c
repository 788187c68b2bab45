/* What is around a stream says of the domain, read where it lies: xl's JSON, libvirt's XML, xend's
 * and xenopsd's S-expressions, and the lines that xl took before it wrote JSON.
 *
 * Only JSON is taken apart. Of the others the few facts are picked out by what stands around them,
 *
 *	<name>web</name>    (name web)    name = "web"
 *
 * the first of each; a parser of XML would be more to attack than all the rest of this folder. */
#include <stdlib.h>
#include <string.h>

#include "core/jsondoc.h"
#include "xen/config.h"
#include "xen/wrap.h"

#define LOOK_BYTES (1u << 20) /* of a text in which facts are looked for */
#define DOC_BYTES (16u << 20)

static struct bytes config_bytes(const struct xen_config *config, uint64_t most)
{
	uint64_t len = config->text.length < most ? config->text.length : most;

	return source_view(config->layer->xen->src, config->text.offset, len);
}

static struct xen_config *config_new(struct layer *layer, struct span text)
{
	struct xen_config *config = ARENA_NEW(&layer->xen->model->arena, struct xen_config);

	config->layer = layer;
	config->text = text;
	return config;
}

/* A number, as far as there are digits; 0 if there are none. */
static uint64_t number_of(const char *text)
{
	return text && *text >= '0' && *text <= '9' ? strtoull(text, NULL, 10) : 0;
}

/* "hvm", "pv", "pvh" of the words for them; NULL. */
static const char *type_of(const char *word)
{
	static const struct {
		const char *word, *type;
	} types[] = {
		{ "pv", "pv" },  { "hvm", "hvm" },    { "pvh", "pvh" },    { "linux", "pv" },
		{ "xen", "pv" }, { "generic", "pv" }, { "xenpvh", "pvh" },
	};

	for (size_t n = 0; word && n < ARRAY_LEN(types); n++)
		if (!strcmp(word, types[n].word))
			return types[n].type;
	return NULL;
}

/* ---- JSON ---- */

struct xen_config *config_json(struct layer *layer, struct span text)
{
	struct xen_config *config = config_new(layer, text);
	struct arena *a = &layer->xen->model->arena;
	struct doc_value root = doc_root(config_bytes(config, DOC_BYTES));
	struct doc_value name = doc_find(root, "c_info", "name", NULL);
	struct doc_value uuid = doc_find(root, "c_info", "uuid", NULL);
	struct doc_value type = doc_find(root, "c_info", "type", NULL);
	struct doc_value vcpus = doc_find(root, "b_info", "max_vcpus", NULL);
	struct doc_value memory = doc_find(root, "b_info", "max_memkb", NULL);

	config->json = true;
	config->name = doc_text(&name, a);
	config->uuid = doc_text(&uuid, a);
	config->type = type_of(doc_text(&type, a));
	config->max_vcpus = number_of(doc_text(&vcpus, a));
	config->memory_kb = number_of(doc_text(&memory, a));
	return config;
}

/* ---- texts ---- */

/* What stands between `open` and the first byte of `close`, without blanks and quotes around it;
 * NULL: nowhere. */
static const char *between(struct bytes b, const char *open, const char *close, struct arena *a)
{
	const uint8_t *at = memmem(b.at, b.len, open, strlen(open)), *end;

	if (!at)
		return NULL;
	at += strlen(open);
	for (end = at; end < b.at + b.len && !strchr(close, *end); end++)
		;
	while (at < end && strchr(" \t=\"'", *at))
		at++;
	while (at < end && strchr(" \t\r\"'", end[-1]))
		end--;
	return at < end ? text_clean((struct bytes){ at, (size_t)(end - at) }, a) : NULL;
}

struct xen_config *config_xml(struct layer *layer, struct span text)
{
	struct xen_config *config = config_new(layer, text);
	struct arena *a = &layer->xen->model->arena;
	struct bytes b = config_bytes(config, LOOK_BYTES);
	const char *os = between(b, "<type", "<", a);

	config->name = between(b, "<name>", "<", a);
	config->uuid = between(b, "<uuid>", "<", a);
	/* <type arch='x86_64' machine='xenfv'>hvm</type> */
	if (os && strchr(os, '>'))
		config->type = type_of(strchr(os, '>') + 1);
	config->max_vcpus = number_of(between(b, "<vcpu>", "<", a));
	config->memory_kb = number_of(between(b, "<memory unit='KiB'>", "<", a));
	return config;
}

struct xen_config *config_sxp(struct layer *layer, struct span text)
{
	struct xen_config *config = config_new(layer, text);
	struct arena *a = &layer->xen->model->arena;
	struct bytes b = config_bytes(config, LOOK_BYTES);

	config->name = between(b, "(name ", "()", a);
	config->uuid = between(b, "(uuid ", "()", a);
	config->type = type_of(between(b, "(image (", " ()", a));
	config->max_vcpus = number_of(between(b, "(vcpus ", "()", a));
	config->memory_kb = number_of(between(b, "(memory ", "()", a)) << 10;
	return config;
}

struct xen_config *config_text(struct layer *layer, struct span text)
{
	struct xen_config *config = config_new(layer, text);
	struct arena *a = &layer->xen->model->arena;
	struct bytes b = config_bytes(config, LOOK_BYTES);
	const char *type = between(b, "type", "\n", a);

	config->name = between(b, "name", "\n", a);
	config->uuid = between(b, "uuid", "\n", a);
	config->type = type_of(type ? type : between(b, "builder", "\n", a));
	config->max_vcpus = number_of(between(b, "vcpus", "\n", a));
	config->memory_kb = number_of(between(b, "memory", "\n", a)) << 10;
	return config;
}

bool config_is_damaged(const struct xen_config *config)
{
	return config->json && config->text.length <= DOC_BYTES &&
	       !doc_is_whole(config_bytes(config, DOC_BYTES));
}

/* ---- fields ---- */

/* A field a line, each with its newline; what is beyond the room shows as a gap. */
static void add_lines(const struct xen_config *config, struct field *parent, struct arena *a)
{
	struct bytes b = config_bytes(config, UINT64_MAX);
	uint64_t at = config->text.offset;
	uint32_t room = field_room(parent);

	for (uint32_t n = 0; n < room && b.len; n++) {
		const uint8_t *end = memchr(b.at, '\n', b.len);
		size_t len = end ? (size_t)(end - b.at) : b.len;
		size_t all = end ? len + 1 : len;
		struct field *f = field_text(parent, a, "line", (struct bytes){ b.at, len },
					     (struct span){ at, all });

		f->at = n;
		f->show = SHOW_TEXT;
		b.at += all;
		b.len -= all;
		at += all;
	}
}

void config_fields(const struct xen_config *config, struct field *parent, struct arena *a)
{
	parent->expanded = true;
	if (config->json)
		doc_fields(parent, config_bytes(config, UINT64_MAX), a);
	else
		add_lines(config, parent, a);
}
