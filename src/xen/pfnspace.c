/* A guest's memory by frame, as it is after so many passes: extents over a page view.
 *
 *	view      [NOTAB  )[XTAB      )   [NOTAB )      the last entry of each PFN
 *	bodies    [  body    )[body )     [body  )      the last body of each PFN
 *	extents   |present |absent|abs|gap|present
 *	                    has an older body; has none
 *
 * An entry without a body (XTAB, BROKEN) does not erase what an earlier pass sent: a restored guest
 * has the older bytes there. They are not what the guest had when it stopped, so the frame is
 * absent, and the reason names the pass whose body can be had instead. */
#include <inttypes.h>
#include <string.h>

#include "xen/guest.h"

/* Passes whose number is named in a reason; of others it says "earlier". */
#define NAMED_PASSES 4096u

enum lack { LACK_XTAB, LACK_BROKEN, LACK_XALLOC, LACK_INVALID, LACK_CUT, LACKS };

static const char *const lacks[LACKS] = {
	[LACK_XTAB] = "not in the stream: XTAB",
	[LACK_BROKEN] = "not in the stream: BROKEN, its memory had failed",
	[LACK_XALLOC] = "not in the stream: XALLOC, allocated without contents",
	[LACK_INVALID] = "not in the stream: no type of page",
	[LACK_CUT] = "the file ends before its bytes",
};
static const char *const lacks_older[LACKS] = {
	[LACK_XTAB] = "not in the stream: XTAB; an older body is in an earlier pass",
	[LACK_BROKEN] = "not in the stream: BROKEN; an older body is in an earlier pass",
	[LACK_XALLOC] = "not in the stream: XALLOC; an older body is in an earlier pass",
	[LACK_INVALID] = "not in the stream: no type of page; an older body is in an earlier pass",
	[LACK_CUT] = "the file ends before its bytes; an older body is in an earlier pass",
};

static const struct page_view no_bodies;

struct pfnspace {
	struct aspace as; /* first: the ops' argument */
	struct xen *x;
	struct item *layer;
	const struct page_view *view, *bodies;
	uint32_t passes;
	const char *(*older)[LACKS]; /* by pass: reasons that name it; NULL where none is needed */
};

/* ---- pages ---- */

static uint64_t address(uint64_t pfn)
{
	return pfn >> 52 ? UINT64_MAX : pfn * XEN_PAGE;
}

static uint64_t run_end(const struct page_run *r)
{
	return r->pfn + r->count;
}

static struct source *source_of(const struct pfnspace *ps, const struct page_run *r)
{
	return r->made ? memory_made(ps->x->memory) : ps->x->src;
}

/* Pages of a run whose bodies lie wholly within the source. */
static uint64_t bodies_there(const struct pfnspace *ps, const struct page_run *r)
{
	const struct source *src = source_of(ps, r);
	uint64_t size = src ? source_size(src) : 0;

	if (r->offset == NO_BODY || r->offset >= size)
		return 0;
	size = (size - r->offset) / XEN_PAGE;
	return size < r->count ? size : r->count;
}

struct bytes pfnspace_page(const struct aspace *frames, uint64_t pfn)
{
	const struct pfnspace *ps = (const struct pfnspace *)frames;
	const struct page_run *r = page_view_find(ps->view, pfn, NULL);

	if (!r || pfn - r->pfn >= bodies_there(ps, r))
		return (struct bytes){ 0 };
	return source_view(source_of(ps, r), r->offset + (pfn - r->pfn) * XEN_PAGE, XEN_PAGE);
}

uint64_t pfnspace_pages(const struct aspace *frames)
{
	return ((const struct pfnspace *)frames)->view->pages;
}

static enum lack lack_of(const struct page_run *r)
{
	switch (r->type) {
	case PFINFO_XTAB:
		return LACK_XTAB;
	case PFINFO_BROKEN:
		return LACK_BROKEN;
	case PFINFO_XALLOC:
		return LACK_XALLOC;
	default:
		return page_type_has_data(r->type) ? LACK_CUT : LACK_INVALID;
	}
}

static const char *type_name(unsigned type, struct arena *a)
{
	const char *name = value_name(names_page_type, type, (struct value_env){ 0 });

	return name ? name : arena_printf(a, "type %u", type);
}

/* ---- extents ---- */

/* Between runs, and beyond the last. */
static void gap(const struct pfnspace *ps, size_t next, struct extent *x)
{
	const struct page_view *v = ps->view;

	*x = (struct extent){ .state = PAGE_UNMAPPED,
			      .start = next ? address(run_end(&v->runs[next - 1])) : 0,
			      .end = next < v->count ? address(v->runs[next].pfn) : UINT64_MAX,
			      .region = SIZE_MAX,
			      .why = "no pass has this frame" };
}

/* Narrows a frame without bytes to the neighbours that lack them for the same reason. */
static void absent(const struct pfnspace *ps, const struct page_run *r, uint64_t pfn,
		   struct extent *x)
{
	enum lack lack = lack_of(r);
	size_t i = page_view_after(ps->bodies, pfn);
	const struct page_run *body = i < ps->bodies->count ? &ps->bodies->runs[i] : NULL;

	x->state = PAGE_ABSENT;
	x->lost = lack == LACK_CUT;
	x->why = lacks[lack];
	if (body && body->pfn <= pfn) {
		if (address(body->pfn) > x->start)
			x->start = address(body->pfn);
		if (address(run_end(body)) < x->end)
			x->end = address(run_end(body));
		x->why = lacks_older[lack];
		if (ps->older && body->pass < NAMED_PASSES && ps->older[body->pass][lack])
			x->why = ps->older[body->pass][lack];
		return;
	}
	if (i && address(run_end(&ps->bodies->runs[i - 1])) > x->start)
		x->start = address(run_end(&ps->bodies->runs[i - 1]));
	if (body && address(body->pfn) < x->end)
		x->end = address(body->pfn);
}

static void space_at(const struct aspace *as, uint64_t addr, struct extent *x)
{
	const struct pfnspace *ps = (const struct pfnspace *)as;
	uint64_t pfn = addr / XEN_PAGE, there;
	size_t i = page_view_after(ps->view, pfn);
	const struct page_run *r = i < ps->view->count ? &ps->view->runs[i] : NULL;
	const struct region *region;

	if (!r || r->pfn > pfn) {
		gap(ps, i, x);
		return;
	}
	region = aspace_region(as, addr);
	*x = (struct extent){ .start = address(r->pfn),
			      .end = address(run_end(r)),
			      .region = region ? (size_t)(region - as->regions) : SIZE_MAX,
			      .image = ps->layer,
			      .entry = { ps->layer, r->record } };
	there = bodies_there(ps, r);
	if (pfn - r->pfn < there) {
		x->state = PAGE_PRESENT;
		x->source = source_of(ps, r);
		x->offset = r->offset;
		x->end = address(r->pfn + there);
		return;
	}
	x->start = address(r->pfn + there);
	absent(ps, r, pfn, x);
}

static bool space_physical(const struct aspace *as, uint64_t addr, uint64_t *pa)
{
	(void)as;
	*pa = addr;
	return true;
}

/* ---- what was sent for a page ---- */

static const char *note_of(const struct pfnspace *ps, const struct page_run *r, bool there)
{
	const struct memory *m = ps->x->memory;
	size_t snapshots = memory_snapshots(m);

	if (memory_pass_flags(m, r->pass) & PASS_VERIFY)
		return "compared only";
	if (ps->x->checkpointed && r->pass >= memory_snapshot_passes(m, (uint32_t)snapshots))
		return "not committed";
	return there || !page_type_has_data(r->type) ? NULL : "cut off by the end of the file";
}

static struct aspace_version version_of(const struct pfnspace *ps, const struct page_run *r,
					uint64_t pfn, struct arena *a)
{
	const struct page_run *shown = page_view_find(ps->view, pfn, NULL);
	bool there = pfn - r->pfn < bodies_there(ps, r);
	struct aspace_version v = { .pass = r->pass + 1,
				    .entry = { ps->layer, r->record },
				    .type = type_name(r->type, a),
				    .note = note_of(ps, r, there),
				    .current = shown && shown->pass == r->pass,
				    .compared = memory_pass_flags(ps->x->memory, r->pass) &
						PASS_VERIFY };

	if (there) {
		v.source = source_of(ps, r);
		v.offset = r->offset + (pfn - r->pfn) * XEN_PAGE;
	}
	return v;
}

static size_t space_versions(const struct aspace *as, uint64_t addr, struct aspace_version *out,
			     size_t max, struct arena *a)
{
	const struct pfnspace *ps = (const struct pfnspace *)as;
	const struct page_run **runs = arena_array(a, max + 1, sizeof(*runs));
	size_t n = memory_history(ps->x->memory, addr / XEN_PAGE, runs, max);

	for (size_t i = 0; i < n && i < max; i++)
		out[i] = version_of(ps, runs[i], addr / XEN_PAGE, a);
	return n;
}

static size_t space_trail(const struct aspace *as, uint64_t addr, const char **out, size_t max,
			  struct arena *a)
{
	struct aspace_version *all = arena_array(a, max + 1, sizeof(*all));
	size_t n = space_versions(as, addr, all, max, a);

	if (n > max)
		n = max;
	for (size_t i = 0; i < n; i++) {
		const struct aspace_version *v = &all[i];
		const char *where =
			v->entry.item ? arena_printf(a, " in %s", node_path(v->entry, a)) : "";
		const char *at =
			v->source ? arena_printf(a, " at 0x%" PRIx64, v->offset) : ", no bytes";

		out[i] = arena_printf(a, "pass %" PRIu32 ": %s%s%s%s%s%s", v->pass, v->type, where,
				      at, v->note ? ", " : "", v->note ? v->note : "",
				      v->current && n > 1 ? ", shown" : "");
	}
	return n;
}

static const struct aspace_ops pfnspace_ops = {
	.at = space_at,
	.trail = space_trail,
	.physical = space_physical,
	.versions = space_versions,
};

/* ---- making one ---- */

static bool goes_on(const struct page_run *r)
{
	return r[-1].type == r->type && run_end(&r[-1]) == r->pfn;
}

static void make_regions(struct pfnspace *ps)
{
	const struct page_view *v = ps->view;
	struct region *regions, *last;
	size_t n = 0;

	for (size_t i = 0; i < v->count; i++)
		n += !i || !goes_on(&v->runs[i]);
	last = regions = arena_array(&ps->x->model->arena, n + 1, sizeof(*regions));
	for (size_t i = 0; i < v->count; i++) {
		const struct page_run *r = &v->runs[i];

		if (i && goes_on(r)) {
			last[-1].end = address(run_end(r));
			continue;
		}
		*last = (struct region){ .start = address(r->pfn),
					 .end = address(run_end(r)),
					 .kind = type_name(r->type, &ps->x->model->arena),
					 .node = { ps->layer, r->record } };
		last->name = last->kind;
		last++;
	}
	ps->as.regions = regions;
	ps->as.region_count = n;
}

/* The reason for a frame whose last body came in `pass`. */
static void name_pass(struct pfnspace *ps, enum lack lack, uint32_t pass)
{
	static const char tail[] = "an earlier pass";
	struct arena *a = &ps->x->model->arena;
	int head = (int)(strlen(lacks_older[lack]) - strlen(tail));

	if (pass >= NAMED_PASSES || (ps->older && ps->older[pass][lack]))
		return;
	if (!ps->older)
		ps->older = arena_array(a, ps->passes < NAMED_PASSES ? ps->passes : NAMED_PASSES,
					sizeof(*ps->older));
	ps->older[pass][lack] =
		arena_printf(a, "%.*spass %" PRIu32, head, lacks_older[lack], pass + 1);
}

/* Reasons are as old as the model, and made by its owner: before anyone asks. */
static void name_passes(struct pfnspace *ps)
{
	for (size_t i = 0; i < ps->view->count; i++) {
		const struct page_run *r = &ps->view->runs[i];
		size_t k = r->offset == NO_BODY ? page_view_after(ps->bodies, r->pfn)
						: ps->bodies->count;

		for (; k < ps->bodies->count && ps->bodies->runs[k].pfn < run_end(r); k++)
			name_pass(ps, lack_of(r), ps->bodies->runs[k].pass);
	}
}

struct aspace *pfnspace_new(struct xen *x, uint32_t passes, const char *name, const char *who)
{
	struct pfnspace *ps = ARENA_NEW(&x->model->arena, struct pfnspace);
	struct layer *layer = xen_layer(x, LAYER_LIBXC);

	if (!layer)
		layer = xen_layer(x, LAYER_LEGACY);
	ps->x = x;
	ps->layer = layer ? layer->item : NULL;
	ps->view = memory_view(x->memory, passes);
	/* Of one pass nothing is older. */
	ps->bodies = passes > 1 && memory_passes(x->memory) > 1 ? memory_bodies(x->memory, passes)
								: &no_bodies;
	ps->passes = passes;
	ps->as = (struct aspace){ .ops = &pfnspace_ops,
				  .kind = ASPACE_FRAMES,
				  .unit = "PFN",
				  .name = name,
				  .who = who,
				  .page = XEN_PAGE };
	name_passes(ps);
	make_regions(ps);
	return &ps->as;
}
