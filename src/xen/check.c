/* Rules over several records, and those of every record. */
#include "xen/wrap.h"

void xen_check_layer(struct item *it)
{
	struct layer *layer = it->data;

	for (size_t n = 0; n < index_count(it->index); n++) {
		struct xrec xr = xrec_at(layer, n);

		if (xr.kind && xr.kind->check)
			xr.kind->check(&xr);
	}
}

void xen_check(struct xen *x)
{
	xen_walk(x, NULL);
}
