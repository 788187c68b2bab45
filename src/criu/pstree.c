/* Processes of a set, and which images are theirs.
 *
 * pstree.img has one entry a task: pid, ppid, pgid, sid, threads. Of a zombie the list of threads
 * is one number that was never written: whether a task is one says core-PID.img (tc.task_state 2),
 * and then nothing but that image exists. A pre-dump has no pstree.img: there each pagemap-PID.img
 * stands for a process. If the file is missing from a full dump, the core images with a `tc` do. */
#include <stdlib.h>
#include <string.h>

#include "criu/set.h"

#define MAX_THREADS (1u << 22) /* of a whole set: the kernel's own limit of pids */
#define MAX_LOOKS 20000        /* images opened for titles before the first frame */

enum { TASK_ALIVE = 1, TASK_DEAD, TASK_STOPPED };

const char *process_state_name(const struct process *p)
{
	static const char *const names[] = { NULL, "alive", "dead", "stopped" };

	return p->state < ARRAY_LEN(names) ? names[p->state] : NULL;
}

const char *process_name(const struct process *p)
{
	return p->comm ? p->comm : "?";
}

/* Valid tids of a pstree entry. */
static void take_threads(struct criu_set *set, struct process *p, struct bytes msg, size_t *total)
{
	size_t n = wire_uints(msg, 5, NULL, 0);
	struct arena_mark mark;
	uint64_t *wide;
	uint32_t *tids;

	if (n > MAX_THREADS - *total)
		n = MAX_THREADS - *total;
	*total += n;
	tids = arena_array(&set->model->arena, n + 1, sizeof(*tids));
	mark = arena_mark(&set->model->arena);
	wide = arena_array(&set->model->arena, n + 1, sizeof(*wide));
	wire_uints(msg, 5, wide, n);
	for (size_t i = 0; i < n; i++)
		tids[i] = (uint32_t)wide[i];
	arena_rewind(&set->model->arena, mark);
	p->threads = tids;
	p->thread_count = n;
}

static void take_entry(struct criu_set *set, struct process *p, const struct walk *w, size_t *total)
{
	*p = (struct process){ .set = set,
			       .record = w->row,
			       .span = { w->record.offset, w->record.length } };
	p->pid = (uint32_t)uint_of(w->msg, 1);
	p->ppid = (uint32_t)uint_of(w->msg, 2);
	p->pgid = (uint32_t)uint_of(w->msg, 3);
	p->sid = (uint32_t)uint_of(w->msg, 4);
	take_threads(set, p, w->msg, total);
}

static void read_entries(struct criu_set *set, struct image *pstree)
{
	size_t count = 0, total = 0;

	for (struct walk w = walk_over(pstree); walk_next(&w);)
		count++;
	set->processes = arena_array(&set->model->arena, count + 1, sizeof(*set->processes));
	for (struct walk w = walk_over(pstree); set->process_count < count && walk_next(&w);)
		take_entry(set, &set->processes[set->process_count++], &w, &total);
}

/* One process for each image of `kind`, for want of pstree.img. */
static void stand_in(struct criu_set *set, const char *kind)
{
	size_t count = 0;

	for (struct image *im = set_image_first(set, kind); im; im = im->next_same)
		count++;
	set->processes = arena_array(&set->model->arena, count + 1, sizeof(*set->processes));
	for (struct image *im = set_image_first(set, kind); im; im = im->next_same) {
		struct process *p = &set->processes[set->process_count];
		struct bytes msg, tc;

		if (!strcmp(kind, "CORE") &&
		    (!image_first(im, &msg) || !wire_message(msg, &tc, 3, 0)))
			continue; /* a thread, no leader */
		*p = (struct process){ .set = set,
				       .pid = (uint32_t)im->number,
				       .record = NODE_SELF };
		set->process_count++;
	}
}

/* Depth of each in the tree of parents, whatever order they come in. Each process is pushed once,
 * so that hostile chains and rings cost no more than honest ones. */
static void find_depths(struct criu_set *set)
{
	enum { UNSEEN = UINT32_MAX, PUSHED = UINT32_MAX - 1 };
	size_t n = set->process_count, top = 0;
	struct process **stack = calloc(n + 1, sizeof(struct process *));

	for (size_t i = 0; stack && i < n; i++)
		set->processes[i].depth = UNSEEN;
	for (size_t i = 0; stack && i < n; i++) {
		struct process *p = &set->processes[i];
		uint32_t depth = 0;

		for (; p && p->depth == UNSEEN; p = set_process(set, p->ppid)) {
			p->depth = PUSHED;
			stack[top++] = p;
		}
		if (p && p->depth != PUSHED)
			depth = p->depth + 1;
		while (top)
			stack[--top]->depth = depth++;
	}
	free(stack);
}

static void index_pids(struct criu_set *set, struct item *pstree)
{
	for (size_t i = 0; i < set->process_count; i++) {
		struct process *p = &set->processes[i];

		if (!idmap_add(&set->index->pids, p->pid, (uint32_t)i))
			problem_note(set->model->problems, SEV_ERROR, "duplicate-pid", pstree,
				     p->span, "pid %u is there twice", p->pid);
	}
}

static void take_comm(struct criu_set *set, struct process *p, struct bytes comm)
{
	p->raw_comm = comm;
	p->comm = text_clean(comm, &set->model->arena);
}

static void read_core(struct criu_set *set, struct process *p)
{
	struct bytes msg, tc, thread, comm;

	if (!p->core || !image_first(p->core, &msg))
		return;
	if (!set->march)
		set->march = (uint32_t)uint_of(msg, 1);
	if (wire_message(msg, &tc, 3, 0)) {
		p->state = (uint32_t)uint_of(tc, 1);
		if (wire_bytes(tc, 6, &comm))
			take_comm(set, p, comm);
	}
	/* The thread's own name is the authoritative one: older releases copy it, newer write
	 * both. */
	if (wire_message(msg, &thread, 5, 0) && wire_bytes(thread, 13, &comm))
		take_comm(set, p, comm);
}

/* Object ids: from ids-PID.img, in the oldest sets from the core itself. */
static bool read_ids(struct process *p, struct bytes *ids)
{
	struct bytes core;

	if (p->ids && image_first(p->ids, ids))
		return true;
	return p->core && image_first(p->core, &core) && wire_message(core, ids, 4, 0);
}

static void enter_namespaces(struct criu_set *set, struct process *p, struct bytes ids)
{
	for (int t = 0; t < NS_TYPES; t++) {
		struct ns_node *ns;

		p->ns[t] = (uint32_t)uint_of(ids, ns_kinds[t].field);
		if (!p->ns[t])
			continue;
		ns = set_add_namespace(set, (enum ns_type)t, p->ns[t]);
		if (ns->last)
			ns->last->next_in_ns[t] = p;
		else
			ns->first = p;
		ns->last = p;
		ns->count++;
	}
}

/* The pages a pagemap's head names. */
static struct image *pages_of(struct criu_set *set, struct image *pagemap)
{
	struct bytes head;
	uint64_t id;

	if (!pagemap || !image_first(pagemap, &head) || !wire_uint(head, 1, &id))
		return NULL;
	return set_image(set, "PAGES", id);
}

static void drop_garbage(struct criu_set *set, struct process *p)
{
	uint32_t *own;

	if (p->state != TASK_DEAD && p->thread_count)
		return;
	own = ARENA_NEW(&set->model->arena, uint32_t);
	*own = p->pid;
	p->threads = own;
	p->thread_count = 1;
}

static void link_images(struct criu_set *set, struct process *p)
{
	p->core = set_image(set, "CORE", p->pid);
	p->mm = set_image(set, "MM", p->pid);
	p->ids = set_image(set, "IDS", p->pid);
	p->fs = set_image(set, "FS", p->pid);
	p->pagemap = set_image(set, "PAGEMAP", p->pid);
}

/* What takes a look inside the process's images. */
static void look_into(struct criu_set *set, struct process *p)
{
	struct image *fd_by_pid;
	struct bytes ids;

	read_core(set, p);
	if (p->state != TASK_DEAD) {
		p->pages = pages_of(set, p->pagemap);
		if (read_ids(p, &ids)) {
			p->files_id = (uint32_t)uint_of(ids, 2);
			enter_namespaces(set, p, ids);
		}
		/* Before files_id (v0.4) the number in fdinfo's name was the pid. */
		fd_by_pid = p->files_id ? NULL : set_image(set, "FDINFO", p->pid);
		p->fdinfo = p->files_id ? set_image(set, "FDINFO", p->files_id) : fd_by_pid;
	}
}

static void index_tids(struct criu_set *set)
{
	/* Leaders first: a thread's number never hides a process. */
	for (size_t i = 0; i < set->process_count; i++)
		idmap_add(&set->index->tids, set->processes[i].pid, (uint32_t)i);
	for (size_t i = 0; i < set->process_count; i++)
		for (size_t t = 0; t < set->processes[i].thread_count; t++)
			idmap_add(&set->index->tids, set->processes[i].threads[t], (uint32_t)i);
}

void pstree_read(struct criu_set *set)
{
	struct image *pstree = set_image_first(set, "PSTREE");

	if (pstree)
		read_entries(set, pstree);
	else
		stand_in(set, set->pre_dump ? "PAGEMAP" : "CORE");
	index_pids(set, pstree ? pstree->item : NULL);
	find_depths(set);
	for (size_t i = 0; i < set->process_count; i++) {
		struct process *p = &set->processes[i];

		link_images(set, p);
		if (i < MAX_LOOKS)
			look_into(set, p);
		drop_garbage(set, p);
	}
	index_tids(set);
}
