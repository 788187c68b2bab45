/* What is around a stream says of the domain. */
#include "xen/config.h"

static struct xen_config *config_new(struct layer *layer, struct span text)
{
	struct xen_config *config = ARENA_NEW(&layer->xen->model->arena, struct xen_config);

	config->layer = layer;
	config->text = text;
	return config;
}

struct xen_config *config_json(struct layer *layer, struct span text)
{
	return config_new(layer, text);
}

struct xen_config *config_xml(struct layer *layer, struct span text)
{
	return config_new(layer, text);
}

struct xen_config *config_sxp(struct layer *layer, struct span text)
{
	return config_new(layer, text);
}

struct xen_config *config_text(struct layer *layer, struct span text)
{
	return config_new(layer, text);
}

void config_fields(const struct xen_config *config, struct field *parent, struct arena *a)
{
	struct field *f = field_add(parent, a, FIELD_TEXT, "text", config->text);

	f->bytes = source_view(config->layer->xen->src, config->text.offset, config->text.length);
	f->show = SHOW_TEXT;
}
