/* What only the guest as a whole shows: vCPUs without registers, roots of page tables that are not
 * there, pages that were sent and went, pages that differ when they are sent to be compared. */
#include <string.h>

#include "xen/config.h"
#include "xen/guest.h"
#include "xen/wrap.h"

#define PAGE_TABLE_LEVELS 7u /* of a page's type; the other bit says that it is pinned */

/* The layer that memory and vCPUs are in. */
static struct layer *inner_layer(struct xen *x)
{
	struct layer *libxc = xen_layer(x, LAYER_LIBXC);

	return libxc ? libxc : xen_layer(x, LAYER_LEGACY);
}

static struct span row_span(const struct layer *layer, uint64_t row)
{
	const struct record *r = index_at(layer->item->index, row);

	return r ? (struct span){ r->offset, r->length } : layer->header;
}

/* ---- vCPUs ---- */

static void check_pv_vcpus(struct xen *x, const struct layer *layer)
{
	uint64_t most = x->config ? x->config->max_vcpus : 0;

	if (!states_last(x->states, STATE_VCPU_BASIC, 0, UINT32_MAX))
		xen_rule_note(layer, RULE_VCPU_NONE, layer->header, 0, 0);
	for (size_t n = 0; n < states_count(x->states); n++) {
		const struct state *st = states_at(x->states, n);

		if (st->kind != STATE_VCPU_BASIC ||
		    st != states_last(x->states, STATE_VCPU_BASIC, st->vcpu, UINT32_MAX))
			continue;
		if (most && st->vcpu >= most)
			xen_rule_note(layer, RULE_VCPU_MANY, row_span(layer, st->row), st->vcpu,
				      most);
		if (layer->kind == LAYER_LIBXC &&
		    !states_last(x->states, STATE_VCPU_EXTENDED, st->vcpu, UINT32_MAX))
			xen_rule_note(layer, RULE_VCPU_EXTENDED, row_span(layer, st->row), st->vcpu,
				      0);
	}
}

static void check_root(struct xen *x, const struct layer *layer, const struct vcpu *v,
		       const struct paging *p)
{
	const struct page_view *view = memory_view(x->memory, UINT32_MAX);
	const struct page_run *run;
	unsigned levels = p->mode == PAGING_4LEVEL ? 4 : 3;
	uint64_t pfn = p->root / XEN_PAGE;

	if (p->mode == PAGING_NONE || !view)
		return;
	run = page_view_find(view, pfn, NULL);
	if (!run || run->offset == NO_BODY)
		xen_rule_note(layer, p->pv ? RULE_ROOT_NONE : RULE_ROOT_ABSENT, v->registers, v->id,
			      pfn);
	else if (p->pv && (run->type & PAGE_TABLE_LEVELS) != levels)
		xen_rule_note(layer, RULE_ROOT_TYPE, v->registers, v->id, pfn);
}

static void check_vcpus(struct xen *x, const struct layer *layer)
{
	struct guest *g = xen_guest(x);

	if (x->domain_type == 1)
		check_pv_vcpus(x, layer);
	if (!g)
		return;
	if (x->domain_type == 2 && x->config && x->config->max_vcpus &&
	    g->vcpu_count > x->config->max_vcpus)
		xen_rule_note(layer, RULE_VCPU_COUNT, layer->header, g->vcpu_count,
			      x->config->max_vcpus);
	for (size_t n = 0; n < g->vcpu_count; n++) {
		const struct vcpu *v = &g->vcpus[n];

		check_root(x, layer, v, &v->kernel);
		if (v->has_user)
			check_root(x, layer, v, &v->user);
	}
}

/* ---- pages ---- */

static const struct source *source_of(const struct xen *x, const struct page_run *run)
{
	return run->made ? memory_made(x->memory) : x->src;
}

static void expect_bodies(const struct xen *x, const struct page_run *run)
{
	if (run->offset != NO_BODY)
		source_expect(source_of(x, run),
			      (struct span){ run->offset, (uint64_t)run->count * XEN_PAGE });
}

static const uint8_t *body_of(const struct xen *x, const struct page_run *run, uint64_t pfn)
{
	struct bytes b = { NULL, 0 };

	if (run->offset != NO_BODY)
		b = source_view(source_of(x, run), run->offset + (pfn - run->pfn) * XEN_PAGE,
				XEN_PAGE);
	return b.len == XEN_PAGE ? b.at : NULL;
}

/* How many pages of a run that was sent to be compared differ; *first: the first of them. */
static uint64_t differing(const struct xen *x, const struct page_view *view,
			  const struct page_run *run, uint64_t *first)
{
	const struct page_run *old = NULL;
	uint64_t count = 0;

	expect_bodies(x, run);
	for (uint64_t pfn = run->pfn; pfn - run->pfn < run->count; pfn++) {
		const struct page_run *now = page_view_find(view, pfn, NULL);
		const uint8_t *a, *b;

		if (now && now != old)
			expect_bodies(x, now);
		old = now;
		a = body_of(x, run, pfn);
		b = old ? body_of(x, old, pfn) : NULL;
		if (a == b || (a && b && !memcmp(a, b, XEN_PAGE)))
			continue;
		if (!count++)
			*first = pfn;
	}
	return count;
}

static void check_verify(struct xen *x, const struct layer *layer)
{
	const struct page_view *view = memory_bodies(x->memory, UINT32_MAX);
	uint64_t count = 0, first = 0, row = 0;

	for (size_t n = 0; view && n < memory_run_count(x->memory); n++) {
		const struct page_run *run = memory_run(x->memory, n);
		uint64_t more, at = 0;

		if (!(memory_pass_flags(x->memory, run->pass) & PASS_VERIFY))
			continue;
		more = differing(x, view, run, &at);
		if (more && !count) {
			first = at;
			row = run->record;
		}
		count += more;
	}
	if (count)
		xen_rule_note(layer, RULE_VERIFY_DIFFERS, row_span(layer, row), count, first);
}

/* PFNs that have a body among those of all passes, and none in the end: both lists ascend. */
static void check_gone(struct xen *x, const struct layer *layer)
{
	const struct page_view *end = memory_view(x->memory, UINT32_MAX);
	const struct page_view *bodies = memory_bodies(x->memory, UINT32_MAX);
	uint64_t count = 0, first = 0, row = 0;

	if (!end || !bodies || memory_passes(x->memory) < 2)
		return;
	for (size_t i = 0, k = 0; i < end->count && k < bodies->count;) {
		const struct page_run *a = &end->runs[i], *b = &bodies->runs[k];
		uint64_t a_end = a->pfn + a->count, b_end = b->pfn + b->count;
		uint64_t from = a->pfn > b->pfn ? a->pfn : b->pfn;
		uint64_t to = a_end < b_end ? a_end : b_end;

		if (a->offset == NO_BODY && from < to) {
			if (!count) {
				first = from;
				row = a->record;
			}
			count += to - from;
		}
		i += a_end <= b_end;
		k += b_end <= a_end;
	}
	if (count)
		xen_rule_note(layer, RULE_GONE, row_span(layer, row), count, first);
}

void xen_check_guest(struct xen *x)
{
	struct layer *layer = inner_layer(x);

	if (!layer)
		return;
	check_verify(x, layer);
	check_gone(x, layer);
	/* Of a stream that is cut, what is missing is behind the cut. */
	if (x->ended || memory_snapshots(x->memory))
		check_vcpus(x, layer);
}
