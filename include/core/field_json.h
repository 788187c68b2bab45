/* Fields and nodes as JSON: by their own words, where the format has no JSON of its own. */
#ifndef CORE_FIELD_JSON_H
#define CORE_FIELD_JSON_H

#include "base/out.h"
#include "core/item.h"

/* A field; as a `list`, with the siblings of its name. With `pretty` numbers that have names or
 * units as they are shown. */
void field_json(struct json *j, struct field *f, bool list, struct arena *a, bool pretty);
/* The value alone. */
void field_value_json(struct json *j, const struct field *f, struct arena *a, bool pretty);
/* A node, as `show --json` prints it: the format's JSON, or head and fields, or fields. */
void node_json(struct json *j, struct node n, struct arena *a, enum json_style style);

#endif
