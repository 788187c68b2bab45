/* References of fields: to the page that has a PFN, to guest-virtual addresses, to records.
 *
 * A PFN leads to the body that it has in the end, and where it has none to the entry that says so.
 * What a page of a legacy stream was compressed to is in no file: then to the record. */
#include <stdio.h>

#include "xen/guest.h"
#include "xen/records.h"

/* The layer that has the pages. */
static struct layer *memory_layer(struct xen *x)
{
	struct layer *layer = xen_layer(x, LAYER_LIBXC);

	return layer ? layer : xen_layer(x, LAYER_LEGACY);
}

static bool to_record(struct xen *x, uint64_t row, uint64_t offset, struct place *out)
{
	struct layer *layer = memory_layer(x);

	if (!layer || !index_at(layer->item->index, row))
		return false;
	*out = (struct place){ { layer->item, row }, offset ? offset : UINT64_MAX, NULL };
	return true;
}

static bool to_pfn(struct xen *x, uint64_t pfn, struct place *out)
{
	const struct guest *g = xen_guest(x);
	const struct page_view *v = g ? memory_view(x->memory, g->passes) : NULL;
	const struct page_run *run = v ? page_view_find(v, pfn, NULL) : NULL;

	if (!run)
		return false;
	if (run->offset == NO_BODY || run->made)
		return to_record(x, run->record, 0, out);
	return to_record(x, run->record, run->offset + (pfn - run->pfn) * XEN_PAGE, out);
}

static bool to_address(struct xen *x, uint64_t va, const char *who, struct place *out)
{
	const char *why;
	struct aspace *as = guest_aspace(x->model, who, &why);
	struct extent e;

	if (!as)
		return false;
	aspace_at(as, va, &e);
	if (e.state != PAGE_PRESENT || !e.entry.item)
		return false;
	*out = (struct place){ e.entry, e.offset + (va - e.start), NULL };
	if (e.source != x->src && e.image != e.entry.item)
		out->offset = UINT64_MAX;
	return true;
}

/* A vCPU that was in user mode knows addresses of its kernel, too, which its user root need not
 * map, and the other way round. */
static bool to_vcpu_address(struct xen *x, uint64_t va, uint64_t vcpu, struct place *out)
{
	static const char *const roots[] = { "", "k", "u" };
	char who[24];

	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		snprintf(who, sizeof(who), "vcpu%u%s", (unsigned)vcpu, roots[i]);
		if (to_address(x, va, who, out))
			return true;
	}
	return false;
}

bool xen_follow(struct item *it, struct ref ref, struct place *out)
{
	struct xen *x = it->model->data;

	if (!atomic_load_explicit(&x->walked, memory_order_acquire))
		return false;
	switch (ref.kind) {
	case XREF_PFN:
		return to_pfn(x, ref.id, out);
	case XREF_VA:
		return to_vcpu_address(x, ref.id, ref.more, out);
	case XREF_RECORD:
		return to_record(x, ref.id, ref.more, out);
	default:
		return false;
	}
}
