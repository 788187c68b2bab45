/* What a stream can be compared by: hooks of the model. See core/thing.h. */
#ifndef XEN_THINGS_H
#define XEN_THINGS_H

#include "core/thing.h"

void xen_things(struct model *m, const struct thing *parent,
		bool (*fn)(const struct thing *, void *arg), void *arg, struct arena *a);
struct field *xen_thing_fields(struct model *m, const struct thing *t, struct arena *a);
const char *xen_machine(struct model *m);

#endif
