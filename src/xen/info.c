/* What a stream is, in a page. */
#include "core/format.h"
#include "xen/config.h"
#include "xen/guest.h"

enum guest_type xen_guest_type(struct xen *x)
{
	return x->domain_type == 1 ? GUEST_PV : x->domain_type == 2 ? GUEST_HVM : GUEST_UNKNOWN;
}

const char *guest_type_name(enum guest_type t)
{
	static const char *const names[] = {
		[GUEST_UNKNOWN] = "unknown",
		[GUEST_PV] = "PV",
		[GUEST_HVM] = "HVM",
		[GUEST_PVH] = "PVH",
	};

	return names[t];
}

void xen_info_json(struct model *m, struct json *j)
{
	json_key(j, "kind");
	json_str(j, m->format->name);
	json_key(j, "problems");
	json_uint(j, problems_count(m->problems));
}

struct field *xen_info_fields(struct model *m, struct arena *a)
{
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, m->format->summary, (struct span){ 0, 0 });

	root->expanded = true;
	return root;
}
