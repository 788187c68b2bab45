/* The address space of a process: what its mm says is mapped, its pagemap and its parents' say is
 * saved, and shared segments hold for several.
 *
 *	address ─► VMA ─► own pagemap ── has it ──► pages file, parent, lazy
 *	                       │
 *	                    has not
 *	                       ▼
 *	        anonymous      zeros: never touched
 *	        memfd, shmem,  the segment's own pagemap, by offset; what that lacks is zeros
 *	          SysV
 *	        file           the mapped file's bytes, which no image has
 *	        vvar, device,  never dumped
 *	          guard
 *
 * A private mapping of a memfd goes through both: its own copies first. A pre-dump has no mm: there
 * the pagemap's runs are all that is known of what was mapped. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "criu/image.h"
#include "criu/pagemap.h"
#include "criu/refs.h"
#include "criu/summary.h"

enum {
	STATUS_FILE_PRIVATE = 0x40,
	STATUS_FILE_SHARED = 0x80,
	STATUS_ANON_SHARED = 0x100,
	STATUS_SYSVIPC = 0x400,
	STATUS_MEMFD = 0x4000,
	STATUS_GUARD = 0x10000,
	STATUS_PLUGIN = 0x8000000,
	FLAG_DROPPABLE = 8,
	FLAG_TYPE = 15,
	FILE_MEMFD = 18,
};

/* What lies under a region where the process's own pagemap has nothing. */
struct backing {
	enum page_state state; /* of what nobody has saved */
	const char *why;       /* with PAGE_ABSENT */
	bool lost;             /* with PAGE_ABSENT: an image is missing, else nobody ever has it */
	bool segment;          /* shared memory: */
	struct pagemap *shmem; /* its pagemap; NULL: nothing of it was saved */
	uint64_t shift;        /* address - shift is the offset in the segment */
	struct node kept;      /* or the record that its bytes follow; item NULL: none */
	struct span bytes;
};

struct procspace {
	struct aspace as; /* first: the ops' argument */
	struct criu_set *set;
	struct process *process;
	struct pagemap *pm;
	struct region *regions;
	struct backing *backings;
	struct region *guards; /* ranges inside regions that fault */
	size_t guard_count;
};

/* ---- what is under a region ---- */

static struct backing never(const char *why)
{
	return (struct backing){ .state = PAGE_ABSENT, .why = why };
}

static struct backing missing(const char *why)
{
	return (struct backing){ .state = PAGE_ABSENT, .why = why, .lost = true };
}

/* The segment `id`: an image of it exists unless all of it is zeros. */
static struct backing of_segment(struct criu_set *set, uint64_t id, const struct region *r)
{
	struct backing b = { .state = PAGE_ZERO, .segment = true };

	b.shmem = pagemap_open(set_image(set, "SHMEM_PAGEMAP", id));
	b.shift = r->start - r->pgoff;
	return b;
}

/* The bytes of a SysV segment follow its record unless they are in pagemaps. */
static struct backing of_sysv(struct criu_set *set, uint64_t id, const struct region *r)
{
	struct backing b = of_segment(set, id, r);
	const struct table_row *row = table_find(set, TABLE_SHM, id);
	const struct record *rec;

	if (!row || b.shmem || uint_of(row->msg, 3))
		return b;
	item_index(row->im->item, true);
	rec = index_at(row->im->item->list, row->row);
	if (!rec)
		return b;
	b.kept = (struct node){ row->im->item, row->row };
	b.bytes = image_extra(rec);
	if (b.bytes.length > uint_of(row->msg, 2))
		b.bytes.length = uint_of(row->msg, 2);
	b.bytes = span_clip(b.bytes, image_size(row->im));
	return b;
}

static struct backing of_memfd(struct criu_set *set, uint64_t file_id, const struct region *r)
{
	struct bytes file, inode;

	if (!file_message(set, FILE_MEMFD, (uint32_t)file_id, &file) ||
	    !memfd_inode(set, (uint32_t)uint_of(file, 5), &inode))
		return missing("its memfd is not in these images");
	return of_segment(set, uint_of(inode, 5), r);
}

/* A private mapping of /dev/zero is anonymous memory to the kernel. Not every release
 * told modes. */
static bool is_dev_zero(struct criu_set *set, uint64_t file_id)
{
	enum { FILE_REG = 1, KIND = 0170000, CHARACTER = 0020000 };
	struct bytes file, name;
	uint64_t mode;

	return file_message(set, FILE_REG, (uint32_t)file_id, &file) &&
	       wire_bytes(file, 6, &name) && bytes_equal(name, bytes_of("/dev/zero")) &&
	       (!wire_uint(file, 10, &mode) || (mode & KIND) == CHARACTER);
}

static struct backing backing_of(struct procspace *ps, struct bytes vma, const struct region *r)
{
	uint64_t status = uint_of(vma, 7), id = uint_of(vma, 4);
	bool file = status & (STATUS_FILE_PRIVATE | STATUS_FILE_SHARED);

	if (status & STATUS_PLUGIN)
		return never("device memory: a plugin of CRIU keeps it");
	if (file && status & STATUS_MEMFD)
		return of_memfd(ps->set, id, r);
	if (file && (status & STATUS_FILE_SHARED || !is_dev_zero(ps->set, id)))
		return (struct backing){ .state = PAGE_FILE };
	if (status & STATUS_ANON_SHARED)
		return status & STATUS_SYSVIPC ? of_sysv(ps->set, id, r)
					       : of_segment(ps->set, id, r);
	if (!strcmp(r->kind, "vvar") || !strcmp(r->kind, "vsyscall") || !strcmp(r->kind, "vdso"))
		return never("the kernel's own page: it is there anew in every kernel");
	if (!strcmp(r->kind, "socket"))
		return never("a packet socket's ring: never dumped");
	if ((uint_of(vma, 6) & FLAG_TYPE) == FLAG_DROPPABLE)
		return never("droppable memory: never dumped");
	if (!ps->pm)
		return missing("the process has no pagemap in these images");
	return (struct backing){ .state = PAGE_ZERO };
}

/* ---- regions ---- */

static uint32_t region_flags(struct bytes vma)
{
	uint64_t prot = uint_of(vma, 5), status = uint_of(vma, 7);
	uint32_t flags = prot & (REGION_READ | REGION_WRITE | REGION_EXEC);

	if (uint_of(vma, 6) & 1)
		flags |= REGION_SHARED;
	if (status & STATUS_GUARD)
		flags |= REGION_GUARD;
	if (status & (STATUS_FILE_PRIVATE | STATUS_FILE_SHARED) && !(status & STATUS_MEMFD))
		flags |= REGION_FILE;
	return flags;
}

static struct region region_of(struct procspace *ps, struct image *im, struct bytes vma,
			       uint64_t row)
{
	struct arena *a = &ps->set->model->arena;
	struct region r = { .start = uint_of(vma, 1),
			    .end = uint_of(vma, 2),
			    .pgoff = uint_of(vma, 3),
			    .flags = region_flags(vma),
			    .node = { im->item, row } };

	vma_perms(vma, r.prot);
	r.kind = vma_kind(im, vma);
	r.name = vma_name(im, vma, a);
	if (r.flags & REGION_FILE)
		r.file = r.name;
	return r;
}

/* Cuts off what begins before `from`; false if nothing is left. */
static bool cut_front(struct region *r, uint64_t from)
{
	if (r->start < from) {
		r->pgoff += from - r->start;
		r->start = from;
	}
	return r->start < r->end;
}

static void note_region(struct procspace *ps, const struct region *r, const char *rule,
			const char *what)
{
	problem_note(ps->set->model->problems, SEV_ERROR, rule, r->node.item, node_span(r->node),
		     "VMA 0x%" PRIx64 "-0x%" PRIx64 " %s", r->start, r->end, what);
}

/* Guards lie within other regions, and apart from each other. */
static void take_guard(struct procspace *ps, struct region *r)
{
	if (cut_front(r, ps->guard_count ? ps->guards[ps->guard_count - 1].end : 0))
		ps->guards[ps->guard_count++] = *r;
}

/* Takes a region that begins behind the ones before it; what of it overlaps them is cut off. */
static void take_region(struct procspace *ps, struct image *im, struct bytes vma, uint64_t row)
{
	struct region r = region_of(ps, im, vma, row);
	uint64_t from = ps->as.region_count ? ps->regions[ps->as.region_count - 1].end : 0;
	bool wraps = r.start < r.end && r.pgoff > UINT64_MAX - (r.end - r.start);
	struct backing *b = &ps->backings[ps->as.region_count];

	if (r.flags & REGION_GUARD) {
		take_guard(ps, &r);
		return;
	}
	if (r.start >= r.end)
		note_region(ps, &r, "vma-range", "ends before it starts");
	else if (r.start < from)
		note_region(ps, &r, "vma-order", "overlaps the one before");
	if (!cut_front(&r, from))
		return;
	*b = backing_of(ps, vma, &r);
	if (wraps && b->segment) {
		note_region(ps, &r, "vma-range", "lies at an offset that no file can have");
		*b = never("its offset in the shared memory is impossible");
	}
	ps->regions[ps->as.region_count++] = r;
}

struct vma_ref {
	struct bytes msg;
	uint64_t start, row;
};

static int by_start(const void *a, const void *b)
{
	const struct vma_ref *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* The row of an mm's list that shows vmas[n]. */
static uint64_t row_of_vma(struct image *mm, uint32_t n)
{
	const struct record *r = index_at(mm->item->list, n);
	char label[32];

	if (r && r->aux == n && r->kind == 14)
		return n;
	snprintf(label, sizeof(label), "vmas[%" PRIu32 "]", n);
	return image_ops.lookup(mm->item, label);
}

struct vma_refs {
	struct vma_ref *at;
	size_t count, room;
};

static void push(struct vma_refs *refs, struct bytes msg, uint64_t row)
{
	if (refs->count == refs->room) {
		size_t room = refs->room ? refs->room * 2 : 64;
		struct vma_ref *more = realloc(refs->at, room * sizeof(*more));

		if (!more)
			return;
		refs->at = more;
		refs->room = room;
	}
	refs->at[refs->count++] = (struct vma_ref){ msg, uint_of(msg, 1), row };
}

/* The VMAs of a process, in the mm or, before v1.2, in an image of their own: returned. */
static struct image *collect(struct procspace *ps, struct vma_refs *refs)
{
	struct image *mm = ps->process->mm, *old;
	struct bytes msg;

	if (mm && image_first(mm, &msg)) {
		item_index(mm->item, true);
		for (struct parts p = parts_of(msg, 14); parts_next(&p);)
			push(refs, p.msg, row_of_vma(mm, p.at));
	}
	if (refs->count)
		return mm;
	old = set_image(ps->set, "VMAS", ps->process->pid);
	for (struct walk w = walk_over(old); walk_next(&w);)
		push(refs, w.msg, w.row);
	return old;
}

static void room_for(struct procspace *ps, size_t n)
{
	struct arena *a = &ps->set->model->arena;

	ps->regions = arena_array(a, n + 1, sizeof(*ps->regions));
	ps->backings = arena_array(a, n + 1, sizeof(*ps->backings));
	ps->guards = arena_array(a, n + 1, sizeof(*ps->guards));
	ps->as.regions = ps->regions;
}

/* Of a pre-dump: stretches without a gap stand for the regions nobody recorded. */
static void regions_of_runs(struct procspace *ps)
{
	size_t n = 0;

	for (size_t i = 0; ps->pm && i < ps->pm->count; i++)
		n += !i || ps->pm->runs[i].start != ps->pm->runs[i - 1].end;
	room_for(ps, n);
	for (size_t i = 0; ps->pm && i < ps->pm->count; i++) {
		const struct run *run = &ps->pm->runs[i];
		struct region *last = ps->regions + ps->as.region_count;

		if (ps->as.region_count && last[-1].end == run->start) {
			last[-1].end = run->end;
			continue;
		}
		*last = (struct region){ .start = run->start,
					 .end = run->end,
					 .prot = "????",
					 .kind = "unknown",
					 .name = "not recorded",
					 .node = { ps->pm->im->item, run->entry } };
		ps->as.region_count++;
	}
}

static void read_regions(struct procspace *ps)
{
	struct vma_refs refs = { 0 };
	struct image *im = collect(ps, &refs);

	if (!refs.count && !ps->process->mm)
		regions_of_runs(ps);
	if (!refs.count)
		return;
	/* Guards trail the list; else it is sorted but for damage. */
	qsort(refs.at, refs.count, sizeof(*refs.at), by_start);
	room_for(ps, refs.count);
	for (size_t i = 0; i < refs.count; i++)
		take_region(ps, im, refs.at[i].msg, refs.at[i].row);
	free(refs.at);
}

/* ---- extents ---- */

/* Between regions, and beyond the last. */
static void unmapped(const struct procspace *ps, uint64_t addr, struct extent *x)
{
	size_t n = ps->as.region_count, i = region_after(ps->regions, n, addr);

	*x = (struct extent){ .state = PAGE_UNMAPPED,
			      .start = i ? ps->regions[i - 1].end : 0,
			      .end = i < n ? ps->regions[i].start : UINT64_MAX,
			      .region = SIZE_MAX };
}

/* In a segment whose bytes follow its record; beyond them zeros. */
static void of_record(const struct backing *b, uint64_t addr, struct extent *x)
{
	uint64_t offset = addr - b->shift, length = b->bytes.length;

	if (offset >= length) {
		x->state = PAGE_ZERO;
		if (addr - x->start > offset - length)
			x->start = addr - (offset - length);
		return;
	}
	if (x->end - addr > length - offset)
		x->end = addr + (length - offset);
	x->state = PAGE_PRESENT;
	x->source = atomic_load(&b->kept.item->source);
	x->offset = b->bytes.offset + (x->start - b->shift);
	x->image = b->kept.item;
	x->entry = b->kept;
}

/* In a segment: the same question to its own pagemap, in its own count. */
static void of_shared(const struct backing *b, uint64_t addr, struct extent *x)
{
	struct extent in = *x;
	bool found;

	in.start = x->start - b->shift;
	in.end = x->end - b->shift;
	if (b->kept.item) {
		of_record(b, addr, x);
		return;
	}
	if (!b->shmem) {
		x->state = PAGE_ZERO;
		return;
	}
	found = pagemap_resolve(b->shmem, addr - b->shift, &in);
	in.start += b->shift;
	in.end += b->shift;
	*x = in;
	if (!found)
		x->state = PAGE_ZERO;
}

/* Cuts `x` at guards; true if `addr` lies in one. */
static bool in_guard(const struct procspace *ps, uint64_t addr, struct extent *x)
{
	size_t i = region_after(ps->guards, ps->guard_count, addr);
	const struct region *g = &ps->guards[i];

	if (i && g[-1].end > x->start)
		x->start = g[-1].end;
	if (i == ps->guard_count)
		return false;
	if (g->start > addr) {
		x->end = g->start < x->end ? g->start : x->end;
		return false;
	}
	x->start = g->start > x->start ? g->start : x->start;
	x->end = g->end < x->end ? g->end : x->end;
	return true;
}

static void space_at(const struct aspace *as, uint64_t addr, struct extent *x)
{
	const struct procspace *ps = (const struct procspace *)as;
	const struct region *r = aspace_region(as, addr);
	const struct backing *b;

	if (!r) {
		unmapped(ps, addr, x);
		return;
	}
	b = &ps->backings[r - ps->regions];
	*x = (struct extent){ .start = r->start, .end = r->end, .region = r - ps->regions };
	if (in_guard(ps, addr, x)) {
		x->state = PAGE_ABSENT;
		x->why = "a guard region: touching it faults";
		return;
	}
	if (ps->pm && pagemap_resolve(ps->pm, addr, x))
		return;
	if (b->segment) {
		of_shared(b, addr, x);
		return;
	}
	x->state = b->state;
	x->why = b->why;
	x->lost = b->lost;
}

static size_t space_trail(const struct aspace *as, uint64_t addr, const char **out, size_t max,
			  struct arena *a)
{
	const struct procspace *ps = (const struct procspace *)as;
	const struct region *r = aspace_region(as, addr);
	struct gap gap;
	const struct backing *b;

	if (!r)
		return 0;
	if (ps->pm && pagemap_find(ps->pm, addr, &gap))
		return pagemap_trail(ps->pm, addr, out, max, a);
	b = &ps->backings[r - ps->regions];
	return b->shmem ? pagemap_trail(b->shmem, addr - b->shift, out, max, a) : 0;
}

static void open_parents(struct pagemap *pm)
{
	while (pm)
		pm = pagemap_parent(pm);
}

static void space_settle(const struct aspace *as)
{
	const struct procspace *ps = (const struct procspace *)as;

	open_parents(ps->pm);
	for (size_t i = 0; i < as->region_count; i++)
		open_parents(ps->backings[i].shmem);
}

static const struct aspace_ops procspace_ops = {
	.at = space_at,
	.settle = space_settle,
	.trail = space_trail,
};

struct aspace *process_space(struct criu_set *set, struct process *p)
{
	struct arena *a = &set->model->arena;
	struct procspace *ps;

	if (p->space)
		return p->space;
	ps = ARENA_NEW(a, struct procspace);
	ps->set = set;
	ps->process = p;
	ps->pm = pagemap_open(p->pagemap);
	ps->as = (struct aspace){ .ops = &procspace_ops,
				  .kind = ASPACE_PROCESS,
				  .unit = "VA",
				  .who = arena_printf(a, "%" PRIu32, p->pid),
				  .name = arena_printf(a, "pid %" PRIu32, p->pid),
				  .page = ps->pm ? ps->pm->page : set_page_size(set),
				  .item = p->item };
	read_regions(ps);
	p->space = &ps->as;
	return p->space;
}
