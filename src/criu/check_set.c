/* Rules of the set as a whole: its tree of processes, the images that each process must have, and
 * what belongs to nobody. What an entry of pstree.img asks for and is not there is noted at that
 * entry. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "criu/check.h"

enum { TASK_ALIVE = 1, TASK_DEAD, TASK_STOPPED };
enum { PSTREE_PPID = 2, PSTREE_THREADS = 5 };

/* ---- the images of a process ---- */

static void miss(const struct check *ck, const struct process *p, struct span span,
		 const char *kind, uint32_t number)
{
	CHECK_NOTE(ck, SEV_ERROR, "missing-image", span,
		   "process %" PRIu32 " %s has no %s-%" PRIu32 ".img", p->pid, process_name(p),
		   kind, number);
}

/* The element of the list of threads that says `tid`, else the whole entry. */
static struct span thread_span(const struct process *p, struct bytes msg, uint64_t origin,
			       uint32_t tid)
{
	struct cursor c = cursor_over(msg, origin);
	struct wire w;

	while (wire_next(&c, &w))
		if (w.number == PSTREE_THREADS && w.type == WIRE_VARINT && (uint32_t)w.value == tid)
			return w.span;
	return p->span;
}

/* The field of core_entry where the registers of a machine are, by its number; 0: unknown. */
static uint32_t registers_field(uint64_t march)
{
	static const uint8_t fields[] = { 0, 2, 6, 8, 9, 10, 11, 12, 13 };

	return march < ARRAY_LEN(fields) ? fields[march] : 0;
}

/* What a thread's core must hold, and a leader's besides. */
static void check_core(const struct check *ck, struct image *core, bool leader)
{
	enum { MTYPE = 1, TC = 3, THREAD_CORE = 5 };
	struct check of_core = { ck->set, core, ck->problems };
	struct checked m;
	struct record r;
	struct bytes part;
	uint32_t registers;

	if (!image_single(core, &r))
		return;
	m = (struct checked){ core->message, image_message(core, &r), image_body(&r).offset };
	registers = registers_field(uint_of(m.msg, MTYPE));
	if (leader && !wire_message(m.msg, &part, TC, 0))
		CHECK_NOTE(&of_core, SEV_ERROR, "core", field_span(&m, 0),
			   "the core of a process says nothing of the process");
	else if (leader && wire_message(m.msg, &part, TC, 0) && uint_of(part, 1) == TASK_DEAD)
		return;
	/* The oldest releases had none. */
	if (ck->set->ns_per_id && !wire_message(m.msg, &part, THREAD_CORE, 0))
		CHECK_NOTE(&of_core, SEV_ERROR, "core", field_span(&m, 0),
			   "the core says nothing of the thread");
	if (registers && !wire_message(m.msg, &part, registers, 0))
		CHECK_NOTE(&of_core, SEV_ERROR, "core", field_span(&m, MTYPE),
			   "the core has no registers of the machine that it names");
}

static void check_thread(const struct check *ck, const struct process *p, struct bytes msg,
			 uint64_t origin, uint32_t tid)
{
	struct image *core = set_image(ck->set, "CORE", tid);

	if (core)
		check_core(ck, core, tid == p->pid);
	else
		miss(ck, p, thread_span(p, msg, origin, tid), "core", tid);
}

static void check_process(const struct check *ck, const struct process *p, struct bytes msg,
			  uint64_t origin)
{
	if (!p->core) {
		miss(ck, p, p->span, "core", p->pid);
		return;
	}
	if (p->state == TASK_DEAD)
		return;
	if (!p->mm)
		miss(ck, p, p->span, "mm", p->pid);
	if (!p->fs)
		miss(ck, p, p->span, "fs", p->pid);
	if (!p->pagemap && !set_image(ck->set, "PAGES_OLD", p->pid))
		miss(ck, p, p->span, "pagemap", p->pid);
	/* Since v0.4. */
	if (!p->ids && ck->set->ns_per_id)
		miss(ck, p, p->span, "ids", p->pid);
	for (size_t i = 0; i < p->thread_count; i++)
		check_thread(ck, p, msg, origin, p->threads[i]);
}

/* ---- the tree ---- */

static void check_tids(const struct check *ck, const struct process *p, struct bytes msg,
		       uint64_t origin, struct idmap *tids)
{
	bool leads = false;

	for (size_t i = 0; i < p->thread_count; i++) {
		uint32_t tid = p->threads[i];

		leads |= tid == p->pid;
		if (!idmap_add(tids, tid, 0))
			CHECK_NOTE(ck, SEV_ERROR, "duplicate-pid", thread_span(p, msg, origin, tid),
				   "the thread %" PRIu32 " is there twice", tid);
	}
	if (!leads)
		CHECK_NOTE(ck, SEV_ERROR, "pstree-threads", p->span,
			   "process %" PRIu32 " is not among its own threads", p->pid);
}

/* Processes whose parents lead in a ring hang on nothing: noted once a ring, at the entry by which
 * one first gets into it. Each process is gone over twice at most. */
static void check_rings(const struct check *ck)
{
	enum { NEW, ON_THE_WAY, DONE };
	struct criu_set *set = ck->set;
	uint8_t *state = calloc(set->process_count + 1, 1);

	for (size_t i = 0; state && i < set->process_count; i++) {
		struct process *p = &set->processes[i], *first = p;

		while (p && state[p - set->processes] == NEW) {
			state[p - set->processes] = ON_THE_WAY;
			p = p->ppid ? set_process(set, p->ppid) : NULL;
		}
		if (p && state[p - set->processes] == ON_THE_WAY)
			CHECK_NOTE(ck, SEV_ERROR, "pstree-ring", p->span,
				   "process %" PRIu32 " is its own ancestor", p->pid);
		for (p = first; p && state[p - set->processes] == ON_THE_WAY;) {
			state[p - set->processes] = DONE;
			p = p->ppid ? set_process(set, p->ppid) : NULL;
		}
	}
	free(state);
}

static void check_processes(const struct check *ck)
{
	struct criu_set *set = ck->set;
	bool rooted = false;
	struct idmap tids;
	size_t i = 0;

	idmap_init(&tids);
	for (struct walk w = walk_over(ck->im); walk_next(&w) && i < set->process_count; i++) {
		const struct process *p = &set->processes[i];
		struct checked m = { ck->im->message, w.msg, w.record.offset + w.record.head };

		check_process(ck, p, w.msg, m.origin);
		check_tids(ck, p, w.msg, m.origin, &tids);
		if (!p->ppid && rooted)
			CHECK_NOTE(ck, SEV_ERROR, "pstree-root", field_span(&m, PSTREE_PPID),
				   "process %" PRIu32 " is another root", p->pid);
		rooted |= !p->ppid;
	}
	idmap_fini(&tids);
	check_rings(ck);
}

/* ---- numbers that two processes must not share ---- */

/* Memory, working directory and signal handlers: CRIU dumps no processes that share them. */
static void check_ids(struct criu_set *set)
{
	static const uint32_t fields[] = { 1, 3, 4 };

	for (size_t f = 0; f < ARRAY_LEN(fields); f++) {
		struct idmap seen;

		idmap_init(&seen);
		for (struct image *im = set_image_first(set, "IDS"); im; im = im->next_same) {
			struct check ck = { set, im, set->model->problems };
			struct record r;
			struct checked m;
			uint64_t id;

			if (!image_single(im, &r) || !im->message)
				continue;
			m = (struct checked){ im->message, image_message(im, &r),
					      image_body(&r).offset };
			if (wire_uint(m.msg, fields[f], &id) && id && !idmap_add(&seen, id, 0))
				CHECK_NOTE(&ck, SEV_ERROR, "duplicate-id",
					   field_span(&m, fields[f]),
					   "another process has the same %s, %" PRIu64,
					   message_field(im->message, fields[f])->name, id);
		}
		idmap_fini(&seen);
	}
}

/* ---- what belongs to nobody ---- */

/* The image of a pagemap tells whose pages a pages file has. */
static void check_owners(struct criu_set *set)
{
	static const char *const kinds[] = { "PAGEMAP", "SHMEM_PAGEMAP" };
	struct idmap owners;

	idmap_init(&owners);
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (struct image *im = set_image_first(set, kinds[k]); im; im = im->next_same) {
			struct check ck = { set, im, set->model->problems };
			struct record r;
			uint64_t id;

			if (!image_single(im, &r) || !wire_uint(image_message(im, &r), 1, &id))
				continue;
			if (!idmap_add(&owners, id, 0))
				CHECK_NOTE(&ck, SEV_ERROR, "shared-pages", image_body(&r),
					   "another pagemap has pages-%" PRIu64 ".img, too", id);
		}
	for (struct image *im = set_image_first(set, "PAGES"); im; im = im->next_same) {
		uint32_t none;

		if (im->as == im->kind && !idmap_get(&owners, im->number, &none))
			problem_note(set->model->problems, SEV_NOTE, "unused-pages", im->item,
				     (struct span){ 0, 0 }, "no pagemap names it");
	}
	idmap_fini(&owners);
}

/* Images of processes that pstree.img does not have: it lost them, or they are of another dump. */
static void check_strays(struct criu_set *set)
{
	static const char *const kinds[] = { "CORE", "MM", "IDS", "FS", "PAGEMAP" };

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (struct image *im = set_image_first(set, kinds[k]); im; im = im->next_same) {
			uint32_t none, pid = (uint32_t)im->number;

			if (im->as == im->kind && !idmap_get(&set->index->tids, pid, &none))
				problem_note(set->model->problems, SEV_WARNING, "stray-image",
					     im->item, (struct span){ 0, 0 },
					     "no process or thread has the number %" PRIu64,
					     im->number);
		}
	for (struct image *im = set_image_first(set, "GHOST_FILE"); im; im = im->next_same) {
		struct bytes remap;

		if (im->as == im->kind && !ghost_of(set, (uint32_t)im->number, &remap))
			problem_note(set->model->problems, SEV_WARNING, "stray-image", im->item,
				     (struct span){ 0, 0 }, "no unlinked file refers to it");
	}
}

/* Files that only a descriptor can hold, which may be on its way in a socket. */
static bool only_descriptors(uint32_t type)
{
	static const uint8_t types[] = { 2, 6, 7, 8, 9, 12, 13, 17, 20 };

	return type <= UINT8_MAX && memchr(types, (int)type, sizeof(types));
}

static void take_users(struct criu_set *set, struct idmap *used)
{
	for (struct image *im = set_image_first(set, "FDINFO"); im; im = im->next_same)
		for (struct walk w = walk_over(im); walk_next(&w);)
			idmap_add(used, uint_of(w.msg, 1), 0);
	for (struct walk w = walk_over(set_image_first(set, "SK_QUEUES")); walk_next(&w);)
		for (struct parts p = parts_of(w.msg, 4); parts_next(&p);) {
			struct cursor c = cursor_over(p.msg, 0);
			struct wire wire;

			while (wire_next(&c, &wire))
				if (wire.number == 2 && wire.type == WIRE_VARINT)
					idmap_add(used, wire.value, 0);
		}
}

/* More files than descriptors that hold them: an fdinfo image, or entries of one, are lost. */
static void check_unused(struct criu_set *set)
{
	struct image *files = set_image_first(set, "FILES");
	struct check ck = { set, files, set->model->problems };
	struct idmap used;

	if (!files)
		return;
	idmap_init(&used);
	take_users(set, &used);
	for (struct walk w = walk_over(files); walk_next(&w);) {
		struct bytes msg;
		uint32_t id, none, type = file_entry_split(w.msg, &id, &msg);

		if (only_descriptors(type) && !idmap_get(&used, id, &none))
			CHECK_NOTE(&ck, SEV_WARNING, "unused-file",
				   ((struct span){ w.record.offset, w.record.length }),
				   "no descriptor holds %s file %" PRIu32, file_type_name(type),
				   id);
	}
	idmap_fini(&used);
}

/* ---- the set ---- */

/* Time goes on from one snapshot to the next. */
static void check_times(struct criu_set *set)
{
	enum { DUMP_UPTIME = 8 };
	struct image *im = set_image_first(set, "INVENTORY");
	struct check ck = { set, im, set->model->problems };
	struct bytes up;
	struct record r;
	struct checked m;
	uint64_t then, now;

	if (!im || !set->up || !image_single(im, &r) || !im->message ||
	    !image_first(set_image_first(set->up, "INVENTORY"), &up))
		return;
	m = (struct checked){ im->message, image_message(im, &r), image_body(&r).offset };
	if (wire_uint(m.msg, DUMP_UPTIME, &now) && wire_uint(up, DUMP_UPTIME, &then) && then > now)
		CHECK_NOTE(&ck, SEV_WARNING, "parent-time", field_span(&m, DUMP_UPTIME),
			   "the parent was dumped later: %" PRIu64 " us of uptime, here %" PRIu64,
			   then, now);
}

static void lack(struct criu_set *set, const char *file)
{
	problem_note(set->model->problems, SEV_ERROR, "missing-image", set->item,
		     (struct span){ 0, 0 }, "there is no %s that can be read", file);
}

void criu_check_set(struct item *root)
{
	struct group *g = root->data;
	struct criu_set *set = g->set;
	struct image *pstree;
	struct check ck;

	if (g->role != ROLE_SET)
		return;
	pstree = set_image_first(set, "PSTREE");
	ck = (struct check){ set, pstree, set->model->problems };
	/* `criu cpuinfo dump` leaves a directory with nothing but cpuinfo.img. */
	if (!set->has_inventory && (set->process_count || set_image_first(set, "PAGEMAP")))
		lack(set, "inventory.img");
	if (!set->pre_dump && !pstree)
		lack(set, "pstree.img");
	if (pstree) {
		check_processes(&ck);
		check_strays(set);
	}
	check_ids(set);
	check_owners(set);
	check_unused(set);
	check_times(set);
}
