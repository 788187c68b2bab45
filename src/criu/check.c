/* Rules that span messages and images: what one refers to, another must have.
 *
 * A rule is a row: the message and field that hold an id, what it refers to, and when it must lead
 * somewhere. Absence is normal in many cases (criu's writers make no empty files, a namespace of
 * the dumper's has no images, a shared segment never touched has no pages): those are the `needed`
 * functions. Sizes, magics, lengths and the like of a single image were checked when it was
 * indexed. */
#include <stdlib.h>
#include <string.h>

#include "criu/image.h"
#include "criu/pagemap.h"
#include "criu/set.h"

#define MAX_DEPTH 16

struct check {
	struct criu_set *set;
	struct image *im;
	struct problems *problems;
};

struct link_rule {
	const char *message;
	uint32_t field;
	enum criu_ref ref;
	uint64_t more; /* the reference's second key, unless `needed` finds it */
	enum severity severity;
	/* Whether `id` in this message must lead somewhere. NULL: always. */
	bool (*needed)(const struct check *, struct bytes msg, uint64_t id, uint64_t *more);
	const char *what; /* "the executable" */
};

enum { FD_REG = 1, FD_UNIXSK = 5 };

/* ---- when an id must lead somewhere ---- */

static bool need_nonzero(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)ck;
	(void)msg;
	(void)more;
	return id != 0;
}

static bool need_typed(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)ck;
	(void)id;
	*more = uint_of(msg, 3);
	return true;
}

/* Of mappings only those of files and sockets: shared memory without pages has no image. */
static bool need_vma(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)ck;
	(void)id;
	*more = uint_of(msg, 7);
	return (*more & (0x40 | 0x80 | 0x800)) && !(*more & 0x8000000);
}

/* The dead process of a /proc file is nowhere. */
static bool need_remap(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)ck;
	(void)id;
	*more = uint_of(msg, 3);
	return *more <= 1;
}

/* Of a namespace type: its images exist unless it is the dumper's own. */
static bool ns_needed(const struct check *ck, enum ns_type type, uint64_t id)
{
	return id && ck->set->has_inventory && ck->set->ns_per_id && id != ck->set->root_ns[type];
}

static bool need_uts(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)msg;
	(void)more;
	return ns_needed(ck, NS_UTS, id);
}

static bool need_ipc(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)msg;
	(void)more;
	return ns_needed(ck, NS_IPC, id);
}

static bool need_user(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)msg;
	(void)more;
	return ns_needed(ck, NS_USER, id);
}

/* CRIU's own set is not among the sets, and with cgroups ignored there is no image. */
static bool need_cgroup(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	struct bytes inventory;

	(void)msg;
	(void)more;
	if (!id || !set_image_first(ck->set, "CGROUP"))
		return false;
	return !image_first(set_image_first(ck->set, "INVENTORY"), &inventory) ||
	       uint_of(inventory, 5) != id;
}

static bool need_filter(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	enum { SECCOMP_FILTER = 2 };

	(void)ck;
	(void)id;
	(void)more;
	return uint_of(msg, 11) == SECCOMP_FILTER;
}

/* A connection's queues, unless connections were closed at the dump. */
static bool need_stream(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	enum { TCP = 6, ESTABLISHED = 1 };
	struct bytes inventory;

	(void)id;
	(void)more;
	if (uint_of(msg, 5) != TCP || uint_of(msg, 6) != ESTABLISHED)
		return false;
	return !image_first(set_image_first(ck->set, "INVENTORY"), &inventory) ||
	       !uint_of(inventory, 10);
}

/* Only sets with a mount namespace of their own have mount points. */
static bool need_mount(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)msg;
	(void)more;
	return set_image_first(ck->set, "MNTS") && id && (uint32_t)id != UINT32_MAX &&
	       id != UINT64_MAX;
}

static const struct link_rule rules[] = {
	{ "fdinfo_entry", 1, REF_FILE, 0, SEV_ERROR, need_typed, "file" },
	{ "mm_entry", 12, REF_REG, 0, SEV_ERROR, need_nonzero, "the executable, file" },
	{ "fs_entry", 1, REF_REG, 0, SEV_ERROR, NULL, "the working directory, file" },
	{ "fs_entry", 2, REF_REG, 0, SEV_ERROR, NULL, "the root, file" },
	{ "vma_entry", 4, REF_VMA_SHM, 0, SEV_ERROR, need_vma, "the mapped file" },
	{ "remap_file_path_entry", 1, REF_REG, 0, SEV_ERROR, NULL, "the unlinked file" },
	{ "remap_file_path_entry", 2, REF_GHOST, 0, SEV_ERROR, need_remap, "what stands for it," },
	{ "fifo_entry", 3, REF_REG, 0, SEV_ERROR, need_nonzero, "the path, file" },
	{ "tty_file_entry", 6, REF_REG, 0, SEV_ERROR, need_nonzero, "the path, file" },
	{ "tty_file_entry", 2, REF_TTY_INFO, 0, SEV_ERROR, NULL, "terminal" },
	{ "tty_data_entry", 1, REF_TTY_INFO, 0, SEV_ERROR, NULL, "terminal" },
	{ "memfd_file_entry", 5, REF_MEMFD, 0, SEV_ERROR, NULL, "memfd" },
	{ "unix_sk_entry", 8, REF_UNIX_INO, 0, SEV_WARNING, need_nonzero, "the peer, inode" },
	{ "sk_packet_entry", 1, REF_UNIX_ID, 0, SEV_ERROR, NULL, "the receiver, socket" },
	{ "scm_entry", 2, REF_FILE, 0, SEV_ERROR, NULL, "a passed file" },
	{ "task_kobj_ids_entry", 8, REF_UTS_NS, 0, SEV_WARNING, need_uts, "uts namespace" },
	{ "task_kobj_ids_entry", 7, REF_IPC_NS, 0, SEV_WARNING, need_ipc, "ipc namespace" },
	{ "task_kobj_ids_entry", 10, REF_USER_NS, 0, SEV_WARNING, need_user, "user namespace" },
	{ "task_core_entry", 9, REF_CGROUP_SET, 0, SEV_WARNING, need_cgroup, "cgroup set" },
	{ "thread_core_entry", 16, REF_CGROUP_SET, 0, SEV_WARNING, need_cgroup, "cgroup set" },
	{ "thread_core_entry", 12, REF_SECCOMP, 0, SEV_ERROR, need_filter, "seccomp filter" },
	{ "seccomp_filter", 2, REF_SECCOMP, 0, SEV_ERROR, NULL, "the next filter," },
	{ "inet_sk_entry", 2, REF_TCP_STREAM, 0, SEV_WARNING, need_stream, "the queues of inode" },
	{ "reg_file_entry", 7, REF_MNT, 0, SEV_WARNING, need_mount, "mount" },
	{ "pstree_entry", 2, REF_PID, 0, SEV_WARNING, need_nonzero, "the parent, pid" },
};

#define RULES ARRAY_LEN(rules)

/* The rules' messages as the schema has them, so that comparing is cheap. */
struct rule_types {
	const struct message *type[RULES];
};

static struct rule_types rule_types(const struct schema *schema)
{
	struct rule_types t;

	for (size_t i = 0; i < RULES; i++)
		t.type[i] = schema_message(schema, rules[i].message);
	return t;
}

static void apply(const struct check *ck, const struct link_rule *rule, struct bytes msg,
		  const struct message *type, const struct wire *w)
{
	const struct message_field *f = message_field(type, rule->field);
	uint64_t id = w->value, more = rule->more;
	struct ref ref;
	struct place to;

	if (f && (f->type == TYPE_SINT32 || f->type == TYPE_SINT64))
		id = id >> 1 ^ -(id & 1);
	if (rule->needed && !rule->needed(ck, msg, id, &more))
		return;
	ref = (struct ref){ .kind = (uint16_t)rule->ref, .id = id, .more = more };
	if (!criu_follow(ck->im->item, ref, &to))
		problem_note(ck->problems, rule->severity, "dangling-id", ck->im->item, w->span,
			     "%s.%s: %s %llu is not in this set", type->name, f ? f->name : "?",
			     rule->what, (unsigned long long)id);
}

static void walk_message(const struct check *ck, const struct rule_types *types,
			 const struct message *type, struct bytes msg, uint64_t origin, int depth)
{
	struct cursor c = cursor_over(msg, origin);
	struct wire w;

	while (wire_next(&c, &w)) {
		const struct message_field *f = message_field(type, w.number);

		if (f && f->message && w.type == WIRE_BYTES && depth < MAX_DEPTH)
			walk_message(ck, types, f->message, w.bytes, w.body.offset, depth + 1);
		if (w.type == WIRE_BYTES)
			continue;
		for (size_t i = 0; i < RULES; i++)
			if (types->type[i] == type && rules[i].field == w.number)
				apply(ck, &rules[i], msg, type, &w);
	}
}

static struct span record_span(const struct walk *w)
{
	return (struct span){ w->record.offset, w->record.length };
}

static void check_references(const struct check *ck)
{
	struct rule_types types = rule_types(ck->set->schema);

	for (struct walk w = walk_over(ck->im); walk_next(&w);) {
		const struct message *type = image_type(ck->im, &w.record);

		if (type)
			walk_message(ck, &types, type, w.msg, w.record.offset + w.record.head, 0);
	}
}

/* ---- files.img ---- */

static void check_entry(const struct check *ck, const struct walk *w, struct idmap *seen)
{
	uint32_t id, type, others = 0;
	struct bytes msg;
	const struct message *entry = ck->im->message;
	struct cursor c = cursor_over(w->msg, 0);
	struct wire wire;

	type = file_entry_split(w->msg, &id, &msg);
	if (!file_entry_field(type)) {
		problem_note(ck->problems, SEV_ERROR, "unknown-type", ck->im->item, record_span(w),
			     "file %u is of the unknown type %u", id, type);
		return;
	}
	if (!idmap_add(seen, (uint64_t)type << 32 | id, (uint32_t)w->row))
		problem_note(ck->problems, SEV_ERROR, "duplicate-id", ck->im->item, record_span(w),
			     "there is another %s file %u", file_type_name(type), id);
	while (wire_next(&c, &wire))
		others += wire.number > 2 && wire.number != file_entry_field(type) && entry &&
			  message_field(entry, wire.number);
	if (others)
		problem_note(ck->problems, SEV_WARNING, "file-type", ck->im->item, record_span(w),
			     "%s file %u holds what belongs to another type", file_type_name(type),
			     id);
	if (!msg.at)
		problem_note(ck->problems, SEV_ERROR, "file-type", ck->im->item, record_span(w),
			     "%s file %u does not hold its message", file_type_name(type), id);
	else if (uint_of(msg, 1) != id)
		problem_note(ck->problems, SEV_WARNING, "file-id", ck->im->item, record_span(w),
			     "%s file %u calls itself %llu inside", file_type_name(type), id,
			     (unsigned long long)uint_of(msg, 1));
}

static void check_files(const struct check *ck)
{
	struct idmap seen;

	idmap_init(&seen);
	for (struct walk w = walk_over(ck->im); walk_next(&w);)
		check_entry(ck, &w, &seen);
	idmap_fini(&seen);
}

/* Images whose records have a number that must not come twice. */
static const struct unique_row {
	const char *kind;
	uint32_t field;
	const char *what;
} uniques[] = {
	{ "FDINFO", 4, "descriptor" },         { "MNTS", 2, "mount" },
	{ "TTY_INFO", 1, "terminal" },         { "MEMFD_INODE", 7, "memfd" },
	{ "PIPES_DATA", 1, "pipe" },           { "FIFO_DATA", 1, "pipe" },
	{ "REMAP_FPATH", 1, "unlinked file" }, { "NETDEV", 2, "interface" },
};

static void check_unique(const struct check *ck, const struct unique_row *row)
{
	struct idmap seen;

	idmap_init(&seen);
	for (struct walk w = walk_over(ck->im); walk_next(&w);) {
		uint64_t v;

		if (wire_uint(w.msg, row->field, &v) && !idmap_add(&seen, v, 0))
			problem_note(ck->problems, SEV_ERROR, "duplicate-id", ck->im->item,
				     record_span(&w), "there is another %s %llu", row->what,
				     (unsigned long long)v);
	}
	idmap_fini(&seen);
}

/* ---- memory ---- */

/* Page sizes that a pagemap's pages file may be made of: the set's, or if nothing says it any. */
static bool size_fits(const struct check *ck, uint64_t pages, uint64_t bytes)
{
	if (pages * set_page_size(ck->set) == bytes)
		return true;
	if (set_image_first(ck->set, "MM"))
		return false;
	for (uint64_t size = 4096; size <= 65536; size *= 4)
		if (pages * size == bytes)
			return true;
	return false;
}

static void check_pages(const struct check *ck, uint64_t present)
{
	struct bytes head;
	struct image *pages;
	uint64_t id, want;

	if (!image_first(ck->im, &head) || !wire_uint(head, 1, &id))
		return;
	pages = set_image(ck->set, "PAGES", id);
	if (!pages) {
		if (present)
			problem_note(ck->problems, SEV_WARNING, "missing-pages", ck->im->item,
				     (struct span){ 0, 0 },
				     "pages-%llu.img with %llu pages is not here",
				     (unsigned long long)id, (unsigned long long)present);
		return;
	}
	if (__builtin_mul_overflow(present, set_page_size(ck->set), &want))
		want = UINT64_MAX;
	if (!size_fits(ck, present, pages->item->size))
		problem_note(ck->problems, SEV_ERROR, "pages-size", pages->item,
			     (struct span){ 0, 0 },
			     "%s says %llu pages, %llu bytes; there are %llu bytes",
			     ck->im->item->name, (unsigned long long)present,
			     (unsigned long long)want, (unsigned long long)pages->item->size);
}

static void check_pagemap(const struct check *ck)
{
	uint64_t present = 0, parent = 0, end = 0, size = set_page_size(ck->set);

	for (struct runs r = runs_of(ck->im); runs_next(&r);) {
		uint64_t length;

		if (r.run.vaddr < end)
			problem_note(ck->problems, SEV_ERROR, "pagemap-order", ck->im->item, r.span,
				     "0x%llx lies before the end of the last run",
				     (unsigned long long)r.run.vaddr);
		if (__builtin_mul_overflow(r.run.pages, size, &length) ||
		    __builtin_add_overflow(r.run.vaddr, length, &end)) {
			pagemap_note_range(ck->im, &r);
			return;
		}
		if (r.run.flags & PE_PRESENT)
			present += r.run.pages;
		else if (r.run.flags & PE_PARENT)
			parent += r.run.pages;
	}
	if (!ck->set->folder)
		return;
	check_pages(ck, present);
	pagemap_note_parent(ck->im, parent);
}

/* VMAs ascend and do not overlap, but for the guard regions, which come last. */
static void check_vmas(const struct check *ck)
{
	enum { STATUS_GUARD = 0x10000 };
	struct record r;
	struct bytes mm;
	uint64_t last = 0, origin;

	if (!image_single(ck->im, &r))
		return;
	mm = image_message(ck->im, &r);
	origin = r.offset + r.head;
	for (struct parts p = parts_of(mm, 14); parts_next(&p);) {
		uint64_t start = uint_of(p.msg, 1), end = uint_of(p.msg, 2);
		struct span span = { origin + p.span.offset, p.span.length };

		if (uint_of(p.msg, 7) & STATUS_GUARD)
			continue;
		if (end <= start)
			problem_note(ck->problems, SEV_ERROR, "vma-range", ck->im->item, span,
				     "vmas[%u] ends at 0x%llx, before it starts", p.at,
				     (unsigned long long)end);
		else if (start < last)
			problem_note(ck->problems, SEV_ERROR, "vma-order", ck->im->item, span,
				     "vmas[%u] starts at 0x%llx, inside the one before", p.at,
				     (unsigned long long)start);
		last = end > last ? end : last;
	}
}

/* ---- by image ---- */

void criu_check_image(struct item *it)
{
	struct image *im = it->data;
	struct check ck = { .set = im->set, .im = im, .problems = it->model->problems };

	if (!im->as || !im->message)
		return;
	if (im->as->shape == SHAPE_HEAD) {
		check_pagemap(&ck);
		return;
	}
	/* Alone an image has nothing to refer to. */
	if (im->set->folder)
		check_references(&ck);
	if (!strcmp(im->as->name, "FILES"))
		check_files(&ck);
	if (!strcmp(im->as->name, "MM"))
		check_vmas(&ck);
	for (size_t i = 0; i < ARRAY_LEN(uniques); i++)
		if (!strcmp(uniques[i].kind, im->as->name))
			check_unique(&ck, &uniques[i]);
}

/* ---- the set ---- */

static void miss(struct criu_set *set, const struct process *p, enum severity severity,
		 const char *kind, uint32_t number)
{
	problem_note(set->model->problems, severity, "missing-image", p->item,
		     (struct span){ 0, 0 }, "process %u %s has no %s-%u.img", p->pid,
		     process_name(p), kind, number);
}

static void check_process(struct criu_set *set, const struct process *p)
{
	enum { DEAD = 2, LAST = 3 };

	if (!p->core) {
		miss(set, p, SEV_ERROR, "core", p->pid);
		return;
	}
	if (!p->state || p->state > LAST)
		problem_note(set->model->problems, SEV_ERROR, "task-state", p->core->item,
			     (struct span){ 0, 0 }, "process %u is in the unknown state %u", p->pid,
			     p->state);
	if (p->state == DEAD)
		return;
	if (!p->mm)
		miss(set, p, SEV_ERROR, "mm", p->pid);
	if (!p->fs)
		miss(set, p, SEV_ERROR, "fs", p->pid);
	if (!p->pagemap)
		miss(set, p, SEV_ERROR, "pagemap", p->pid);
	/* Since v0.4. */
	if (!p->ids && set->ns_per_id)
		miss(set, p, SEV_ERROR, "ids", p->pid);
	for (size_t i = 0; i < p->thread_count; i++)
		if (!set_image(set, "CORE", p->threads[i]))
			miss(set, p, SEV_ERROR, "core", p->threads[i]);
}

/* The image of a pagemap tells whose pages a pages file has. */
static void check_owners(struct criu_set *set)
{
	static const char *const kinds[] = { "PAGEMAP", "SHMEM_PAGEMAP" };
	struct idmap owners;

	idmap_init(&owners);
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (struct image *im = set_image_first(set, kinds[k]); im; im = im->next_same) {
			struct bytes head;
			uint64_t id;

			if (!image_first(im, &head) || !wire_uint(head, 1, &id))
				continue;
			if (!idmap_add(&owners, id, 0))
				problem_note(set->model->problems, SEV_ERROR, "shared-pages",
					     im->item, (struct span){ 0, 0 },
					     "another pagemap has pages-%llu.img, too",
					     (unsigned long long)id);
		}
	for (struct image *im = set_image_first(set, "PAGES"); im; im = im->next_same) {
		uint32_t none;

		if (im->as == im->kind && !idmap_get(&owners, im->number, &none))
			problem_note(set->model->problems, SEV_NOTE, "unused-pages", im->item,
				     (struct span){ 0, 0 }, "no pagemap names it");
	}
	idmap_fini(&owners);
}

void criu_check_set(struct item *root)
{
	struct group *g = root->data;
	struct criu_set *set = g->set;

	if (g->role != ROLE_SET)
		return;
	/* `criu cpuinfo dump` leaves a directory with nothing but cpuinfo.img. */
	if (!set->has_inventory && (set->process_count || set_image_first(set, "PAGEMAP")))
		problem_note(set->model->problems, SEV_ERROR, "missing-image", root,
			     (struct span){ 0, 0 }, "there is no inventory.img that can be read");
	if (!set->pre_dump && !set_image_first(set, "PSTREE"))
		problem_note(set->model->problems, SEV_ERROR, "missing-image", root,
			     (struct span){ 0, 0 }, "there is no pstree.img");
	for (size_t i = 0; !set->pre_dump && i < set->process_count; i++)
		check_process(set, &set->processes[i]);
	check_owners(set);
}
