/* What the layer around a stream says of the domain: xl's JSON, libvirt's XML, an S-expression. */
#ifndef XEN_CONFIG_H
#define XEN_CONFIG_H

#include "xen/xen.h"

struct xen_config {
	struct layer *layer;
	struct span text; /* without its NUL */
	bool json;
	const char *name; /* of the domain; cleaned; NULL: not said */
	const char *uuid;
	const char *type;   /* "pv", "pvh", "hvm"; NULL */
	uint64_t max_vcpus; /* 0: not said */
	uint64_t memory_kb;
};

/* Reads what of it is needed before anything is shown. Never fails: what does not read as it should
 * is a problem. In the model's arena. */
struct xen_config *config_json(struct layer *layer, struct span text);
struct xen_config *config_xml(struct layer *layer, struct span text);
struct xen_config *config_sxp(struct layer *layer, struct span text);
/* Of the lines "name = value" that xl took before it wrote JSON. */
struct xen_config *config_text(struct layer *layer, struct span text);
/* True if it should be JSON and is not, or not all of it. */
bool config_is_damaged(const struct xen_config *config);
/* Fields of a config below `parent`: keys and values, each with its bytes; JSON as a tree. */
void config_fields(const struct xen_config *config, struct field *parent, struct arena *a);

#endif
