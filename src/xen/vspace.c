/* A guest's memory by virtual address, as one root of page tables maps it.
 *
 *	address -> pt_walk -> frame -> the frames' extent -> bytes
 *
 * One address is walked when it is asked for; nothing is kept. An extent is as large as what the
 * walk's last table says alike: neighbouring pages with neighbouring frames and equal rights, or
 * entries that are not present, cut to where the frames' extent has its borders.
 *
 * The regions are found by sweeping all tables once. Tables may refer to themselves (systems do it
 * on purpose, to have their tables in sight; hostile ones do it everywhere), so that there is no
 * end but a bound: so many tables are entered as the guest has pages, some times over. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "xen/guest.h"
#include "xen/pieces.h"

#define REGIONS_MOST (1u << 20)
#define VISITS_PER_PAGE 8
#define VISITS_LEAST 4096

struct vspace {
	struct aspace as; /* first: the ops' argument */
	struct xen *x;
	struct aspace *frames;
	struct paging paging;
	struct region *regions; /* owned; the space's once it is mapped */
	size_t count, room;
	struct vspace *twin; /* the same tables: has the pieces of both; else NULL */
	pthread_mutex_t reversing;
	atomic_bool reversed; /* the pieces are all there, and sorted */
	struct pieces pieces;
};

static uint64_t end_of(uint64_t start, uint64_t size)
{
	return size > UINT64_MAX - start ? UINT64_MAX : start + size;
}

/* ---- one address ---- */

static bool read_table(void *arg, uint64_t pa, void *to, unsigned len)
{
	const struct vspace *vs = arg;
	struct bytes page = pfnspace_page(vs->frames, pa / XEN_PAGE);

	if (page.len < pa % XEN_PAGE + len)
		return false;
	memcpy(to, page.at + pa % XEN_PAGE, len);
	return true;
}

static void walk(const struct vspace *vs, uint64_t va, struct pt_result *out)
{
	pt_walk(&vs->paging, read_table, (void *)(uintptr_t)vs, va, out);
}

static uint64_t entry_at(struct bytes table, uint64_t pa, unsigned width, uint64_t n)
{
	uint64_t at = pa % XEN_PAGE + n * width;

	if (at + width > table.len)
		return 0;
	return width == 8 ? le64_at(table.at + at) : le32_at(table.at + at);
}

/* A slot of a PV guest's root that Xen keeps for itself, and clears when it saves. */
static bool is_xens(const struct paging *p, unsigned level, uint64_t index)
{
	return p->pv && p->mode == PAGING_4LEVEL && level == 4 && index >= 256 && index < 272;
}

/* True if entry `n` of the table of `step` says for its part what the step's says for its own. */
static bool is_alike(const struct vspace *vs, struct bytes table, const struct pt_step *step,
		     const struct pt_entry *e, uint64_t n)
{
	const struct paging *p = &vs->paging;
	uint64_t reach = pt_reach(p, step->level);
	struct pt_entry other;

	pt_decode(p, step->level, entry_at(table, step->table, pt_width(p), n), &other);
	if (other.kind != e->kind)
		return false;
	if (e->kind == PT_NONE)
		return is_xens(p, step->level, n) == is_xens(p, step->level, step->index);
	return e->kind == PT_PAGE && other.flags == e->flags &&
	       other.pa - e->pa == (n - step->index) * reach;
}

/* Widens a page or hole to its neighbours in the last table that say the same. The halves of the
 * root's table lie apart: what is between them is no address. */
static void widen(const struct vspace *vs, struct pt_result *r)
{
	const struct paging *p = &vs->paging;
	const struct pt_step *step = r->count ? &r->steps[r->count - 1] : NULL;
	uint64_t low, high, reach, from = 0, to;
	struct bytes table;
	struct pt_entry e;

	if (!step || (r->end != PT_END_MAPPED && r->end != PT_END_NONE))
		return;
	table = pfnspace_page(vs->frames, step->table / XEN_PAGE);
	pt_decode(p, step->level, step->entry, &e);
	reach = pt_reach(p, step->level);
	low = high = step->index;
	to = pt_entries(p, step->level);
	if (step->level >= 4 && step->level == pt_levels(p)) {
		from = step->index < to / 2 ? 0 : to / 2;
		to = from + to / 2;
	}
	while (low > from && is_alike(vs, table, step, &e, low - 1))
		low--;
	while (high + 1 < to && is_alike(vs, table, step, &e, high + 1))
		high++;
	r->start -= (step->index - low) * reach;
	r->size = (high - low + 1) * reach;
}

/* Why nothing is at an address, by the level that says so. */
static const char *const whys_none[] = {
	"",
	"not mapped: its level 1 entry is not present",
	"not mapped: its level 2 entry is not present",
	"not mapped: its level 3 entry is not present",
	"not mapped: its level 4 entry is not present",
	"not mapped: its level 5 entry is not present",
};
static const char *const whys_bad[] = {
	"",
	"not mapped: its level 1 entry is malformed",
	"not mapped: its level 2 entry is malformed",
	"not mapped: its level 3 entry is malformed",
	"not mapped: its level 4 entry is malformed",
	"not mapped: its level 5 entry is malformed",
};
static const char *const whys_no_table[] = {
	"",
	"the level 1 table that would map it is not in the stream",
	"the level 2 table that would map it is not in the stream",
	"the level 3 table that would map it is not in the stream",
	"the level 4 table that would map it is not in the stream",
	"the level 5 table that would map it is not in the stream",
};

static const char *why_unmapped(const struct vspace *vs, const struct pt_result *r)
{
	const struct pt_step *step = r->count ? &r->steps[r->count - 1] : NULL;

	if (!step || r->end == PT_END_ADDRESS)
		return r->trouble;
	if (r->end == PT_END_NONE)
		return is_xens(&vs->paging, step->level, step->index)
			       ? "not mapped: Xen keeps this part for itself"
			       : whys_none[step->level];
	return r->end == PT_END_BAD ? whys_bad[step->level] : whys_no_table[step->level];
}

/* Cuts a mapped range to the frames' extent at its page, and takes over what that says. */
static void take_frames(const struct vspace *vs, uint64_t va, const struct pt_result *r,
			struct extent *x)
{
	uint64_t before = va - r->start, after = r->size - before;
	struct extent f;

	aspace_at(vs->frames, r->pa, &f);
	if (r->pa - f.start < before)
		before = r->pa - f.start;
	if (f.end - r->pa < after && f.end != UINT64_MAX)
		after = f.end - r->pa;
	x->start = va - before;
	x->end = end_of(va, after);
	x->state = f.state;
	x->lost = f.lost;
	x->why = f.why;
	x->source = f.source;
	x->offset = f.offset + (r->pa - before - f.start);
	x->image = f.image;
	x->entry = f.entry;
	if (f.state == PAGE_UNMAPPED) {
		x->state = PAGE_ABSENT;
		x->why = "mapped, but no pass has its frame";
	}
}

static void space_at(const struct aspace *as, uint64_t va, struct extent *x)
{
	const struct vspace *vs = (const struct vspace *)as;
	const struct region *region = aspace_is_mapped(as) ? aspace_region(as, va) : NULL;
	struct pt_result r;

	walk(vs, va, &r);
	widen(vs, &r);
	*x = (struct extent){ .region = region ? (size_t)(region - as->regions) : SIZE_MAX };
	if (r.mapped) {
		take_frames(vs, va, &r, x);
		return;
	}
	x->start = r.start;
	x->end = end_of(r.start, r.size);
	x->state = r.end == PT_END_NO_TABLE ? PAGE_ABSENT : PAGE_UNMAPPED;
	x->why = why_unmapped(vs, &r);
}

static bool space_physical(const struct aspace *as, uint64_t va, uint64_t *pa)
{
	struct pt_result r;

	walk((const struct vspace *)as, va, &r);
	*pa = r.pa;
	return r.mapped;
}

/* ---- the walk, told ---- */

/* Names of an entry's bits. What is PS in a large page's is PAT in a small one's; what Xen uses of
 * those free for software has no name of the manuals'. */
static const char *flags_text(const struct paging *p, const struct pt_step *s, struct arena *a)
{
	uint64_t address = UINT64_C(0x000ffffffffff000), kernel = UINT64_C(1) << 52;
	uint64_t bits = s->entry & ~address;
	bool xens = p->pv && p->mode == PAGING_4LEVEL && s->level == 1 && bits & kernel;
	const char *text;

	if (pt_width(p) == 4)
		bits &= 0xfff;
	if (s->level == 1 && bits & 0x80)
		bits = (bits & ~UINT64_C(0x80)) | 0x1000;
	text = value_flags(names_pte, xens ? bits & ~kernel : bits, (struct value_env){ 0 }, "|",
			   a);
	return xens ? arena_printf(a, "%s|GUEST_KERNEL", text) : text;
}

static size_t space_steps(const struct aspace *as, uint64_t va, struct aspace_step *out, size_t max,
			  struct arena *a)
{
	const struct vspace *vs = (const struct vspace *)as;
	struct pt_result r;

	walk(vs, va, &r);
	for (size_t i = 0; i < r.count && i < max; i++) {
		const struct pt_step *s = &r.steps[i];

		out[i] = (struct aspace_step){ .level = s->level,
					       .table = s->table / XEN_PAGE,
					       .index = s->index,
					       .entry = s->entry,
					       .flags = flags_text(&vs->paging, s, a),
					       .trouble = s->trouble };
	}
	return r.count;
}

/* A line for each level, then what the frames say of the page. */
static size_t space_trail(const struct aspace *as, uint64_t va, const char **out, size_t max,
			  struct arena *a)
{
	const struct vspace *vs = (const struct vspace *)as;
	struct aspace_step steps[5];
	size_t n = space_steps(as, va, steps, ARRAY_LEN(steps), a);
	uint64_t pa;

	for (size_t i = 0; i < n && i < max; i++) {
		const struct aspace_step *s = &steps[i];

		out[i] = arena_printf(
			a, "level %u: pfn 0x%" PRIx64 "[%" PRIu64 "] 0x%" PRIx64 " %s%s%s",
			s->level, s->table, s->index, s->entry, s->flags, s->trouble ? ": " : "",
			s->trouble ? s->trouble : "");
	}
	if (n >= max)
		return max;
	if (space_physical(as, va, &pa))
		n += vs->frames->ops->trail(vs->frames, pa, out + n, max - n, a);
	return n;
}

static size_t space_versions(const struct aspace *as, uint64_t va, struct aspace_version *out,
			     size_t max, struct arena *a)
{
	const struct vspace *vs = (const struct vspace *)as;
	uint64_t pa;

	if (!space_physical(as, va, &pa))
		return 0;
	return vs->frames->ops->versions(vs->frames, pa, out, max, a);
}

/* ---- all tables, once ---- */

struct sweep {
	struct vspace *vs;
	struct job *job; /* NULL: none */
	uint64_t visits, most;
	bool over; /* stopped, or at its bound */
	/* Takes a mapped page; false: no more. */
	bool (*page)(struct sweep *, uint64_t va, const struct pt_entry *, uint64_t size);
	uint64_t missing, malformed; /* tables; entries */
	struct pt_step first_missing, first_malformed;
};

static void sweep_table(struct sweep *sw, unsigned level, uint64_t table, uint64_t va,
			unsigned flags);

static void sweep_entry(struct sweep *sw, const struct pt_step *step, uint64_t va, unsigned flags)
{
	struct pt_entry e;

	pt_decode(&sw->vs->paging, step->level, step->entry, &e);
	e.flags &= flags;
	switch (e.kind) {
	case PT_NONE:
		break;
	case PT_BAD:
		if (!sw->malformed++) {
			sw->first_malformed = *step;
			sw->first_malformed.trouble = e.trouble;
		}
		break;
	case PT_TABLE:
		sweep_table(sw, step->level - 1, e.pa, va, e.flags);
		break;
	case PT_PAGE:
		if (!sw->page(sw, va, &e, pt_reach(&sw->vs->paging, step->level)))
			sw->over = true;
		break;
	}
}

/* The address that entry `n` of the root's table begins: the upper half is at the top. */
static uint64_t root_address(const struct paging *p, unsigned level, uint64_t n)
{
	uint64_t va = n * pt_reach(p, level), span = pt_reach(p, level) * pt_entries(p, level);

	return level >= 4 && n >= pt_entries(p, level) / 2 ? va - span : va;
}

static void sweep_table(struct sweep *sw, unsigned level, uint64_t table, uint64_t va,
			unsigned flags)
{
	const struct paging *p = &sw->vs->paging;
	struct bytes page = pfnspace_page(sw->vs->frames, table / XEN_PAGE);
	struct pt_step step = { .level = level, .table = table };
	unsigned width = pt_width(p), count = pt_entries(p, level);
	bool root = level == pt_levels(p);

	if (sw->visits++ >= sw->most || (sw->job && !job_step(sw->job, 1)))
		sw->over = true;
	if (!page.len && !sw->missing++)
		sw->first_missing = step;
	for (; page.len && step.index < count && !sw->over; step.index++) {
		step.entry = entry_at(page, table, width, step.index);
		if (step.entry & 1)
			sweep_entry(sw, &step,
				    root ? root_address(p, level, step.index)
					 : va + step.index * pt_reach(p, level),
				    flags);
	}
}

static void sweep(struct sweep *sw)
{
	const struct paging *p = &sw->vs->paging;
	unsigned all = REGION_READ | REGION_WRITE | REGION_EXEC | PT_USER;
	uint64_t align = p->mode == PAGING_PAE ? 32 : XEN_PAGE;

	sw->most = VISITS_LEAST + VISITS_PER_PAGE * pfnspace_pages(sw->vs->frames);
	if (p->mode == PAGING_NONE)
		sw->page(sw, 0, &(struct pt_entry){ .kind = PT_PAGE, .flags = all },
			 UINT64_C(1) << 32);
	else
		sweep_table(sw, pt_levels(p), p->root & ~(align - 1), 0, all);
}

/* ---- regions ---- */

static const char *kind_of(uint64_t size)
{
	switch (size) {
	case 4096:
		return "4K";
	case 2u << 20:
		return "2M";
	case 4u << 20:
		return "4M";
	case 1u << 30:
		return "1G";
	default:
		return "flat";
	}
}

static bool add_region(struct sweep *sw, uint64_t va, const struct pt_entry *e, uint64_t size)
{
	struct vspace *vs = sw->vs;
	struct region *last = vs->count ? &vs->regions[vs->count - 1] : NULL;
	bool user = e->flags & PT_USER;
	struct region r = { .start = va,
			    .end = end_of(va, size),
			    .flags = e->flags & ~PT_USER,
			    .kind = kind_of(size),
			    .name = user ? "user" : "kernel",
			    .prot = { 'r', e->flags & REGION_WRITE ? 'w' : '-',
				      e->flags & REGION_EXEC ? 'x' : '-', user ? 'u' : 's' } };

	if (last && last->end == va && last->kind == r.kind && !strcmp(last->prot, r.prot)) {
		last->end = r.end;
		return true;
	}
	if (vs->count == REGIONS_MOST)
		return false;
	vs->regions = heap_grow(vs->regions, vs->count, &vs->room, sizeof(r));
	vs->regions[vs->count++] = r;
	return true;
}

static void note(const struct vspace *vs, enum severity severity, const char *text)
{
	problem_note(vs->x->model->problems, severity, "page-table", vs->as.item,
		     (struct span){ 0, 0 }, "%s: %s", vs->as.name, text);
}

static bool was_stopped(const struct job *job)
{
	return job && atomic_load(&job->cancel);
}

/* One sentence for all of a kind: a hurt table may have hundreds. */
static void note_troubles(const struct sweep *sw)
{
	const struct pt_step *m = &sw->first_missing, *b = &sw->first_malformed;
	char text[256];

	if (sw->missing) {
		snprintf(text, sizeof(text),
			 "%" PRIu64
			 " page tables are not in the stream, the first one pfn 0x%" PRIx64
			 " of level %u",
			 sw->missing, m->table / XEN_PAGE, m->level);
		note(sw->vs, SEV_WARNING, text);
	}
	if (sw->malformed) {
		snprintf(text, sizeof(text),
			 "%" PRIu64
			 " entries of page tables are malformed, the first one entry %" PRIu64
			 " of pfn 0x%" PRIx64 ", level %u: %s",
			 sw->malformed, b->index, b->table / XEN_PAGE, b->level, b->trouble);
		note(sw->vs, SEV_WARNING, text);
	}
	if (sw->over && !was_stopped(sw->job))
		note(sw->vs, SEV_WARNING,
		     "the page tables refer to each other without end: not all that they map is "
		     "listed");
}

static void space_map(struct aspace *as, struct job *job)
{
	struct vspace *vs = (struct vspace *)as;
	struct sweep sw = { .vs = vs, .job = job, .page = add_region };

	sweep(&sw);
	as->regions = vs->regions;
	as->region_count = vs->count;
	note_troubles(&sw);
}

/* ---- which addresses map a frame ---- */

static bool add_piece(struct sweep *sw, uint64_t va, const struct pt_entry *e, uint64_t size)
{
	return pieces_add(&sw->vs->pieces, va, e->pa, size);
}

/* Under the lock. */
static void reverse(struct vspace *vs, struct job *job)
{
	struct sweep sw = { .vs = vs, .job = job, .page = add_piece };

	sweep(&sw);
	if (was_stopped(job) || !pieces_sort(&vs->pieces, job)) {
		pieces_fini(&vs->pieces);
		return;
	}
	atomic_store_explicit(&vs->reversed, true, memory_order_release);
}

static bool is_reversed(const struct vspace *vs)
{
	return atomic_load_explicit(&vs->reversed, memory_order_acquire);
}

static bool space_reverse(struct aspace *as, struct job *job)
{
	struct vspace *vs = (struct vspace *)as;

	if (vs->twin)
		vs = vs->twin;
	pthread_mutex_lock(&vs->reversing);
	if (!is_reversed(vs))
		reverse(vs, job);
	pthread_mutex_unlock(&vs->reversing);
	return is_reversed(vs);
}

static size_t space_mappers(const struct aspace *as, uint64_t pa, uint64_t *out, size_t max)
{
	const struct vspace *vs = (const struct vspace *)as;

	if (vs->twin)
		vs = vs->twin;
	return is_reversed(vs) ? pieces_find(&vs->pieces, pa, out, max) : 0;
}

bool vspace_share(struct aspace *as, struct aspace *other)
{
	struct vspace *vs = (struct vspace *)as, *twin = (struct vspace *)other;
	const struct paging *p = &vs->paging, *q = &twin->paging;

	if (vs == twin || vs->frames != twin->frames || p->mode != q->mode || p->root != q->root ||
	    p->large_4m != q->large_4m || p->nx != q->nx || p->pv != q->pv ||
	    p->physbits != q->physbits)
		return false;
	vs->twin = twin->twin ? twin->twin : twin;
	return true;
}

static void space_fini(struct aspace *as)
{
	struct vspace *vs = (struct vspace *)as;

	free(vs->regions);
	pieces_fini(&vs->pieces);
	pthread_mutex_destroy(&vs->reversing);
}

static const struct aspace_ops vspace_ops = {
	.at = space_at,
	.trail = space_trail,
	.steps = space_steps,
	.physical = space_physical,
	.reverse = space_reverse,
	.mappers = space_mappers,
	.versions = space_versions,
	.map = space_map,
	.fini = space_fini,
};

struct aspace *vspace_new(struct xen *x, struct aspace *frames, struct paging p, const char *name,
			  const char *who)
{
	struct vspace *vs = ARENA_NEW(&x->model->arena, struct vspace);

	vs->x = x;
	vs->frames = frames;
	vs->paging = p;
	pthread_mutex_init(&vs->reversing, NULL);
	vs->as = (struct aspace){ .ops = &vspace_ops,
				  .kind = ASPACE_VCPU,
				  .unit = "VA",
				  .name = name,
				  .who = who,
				  .page = XEN_PAGE,
				  .item = frames->item };
	return &vs->as;
}
