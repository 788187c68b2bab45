/* Rules of images: each message goes through the rows that are for it. Here: what one refers to,
 * another must have.
 *
 * A rule is a row: the message and field that hold an id, what it refers to, and when it must lead
 * somewhere. Absence is normal in many cases (criu's writers make no empty files, a namespace of
 * the dumper's has no images, a shared segment never touched has no pages): those are the `needed`
 * functions. Sizes, magics, lengths and the like of a single image were checked when it was
 * indexed. */
#include <stdlib.h>
#include <string.h>

#include "base/bound.h"
#include "criu/check.h"

#define MAX_DEPTH 16

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

static bool need_mnt_ns(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)msg;
	(void)more;
	return ns_needed(ck, NS_MNT, id);
}

/* An empty network namespace may have none at all; one with interfaces has the rest, too. */
static bool need_net_ns(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)msg;
	(void)more;
	return ns_needed(ck, NS_NET, id) && set_image(ck->set, "NETDEV", id);
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

/* Of an earlier snapshot the processes are not looked at. */
static bool need_parent(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)msg;
	(void)more;
	return id && !ck->set->of;
}

/* Only sets with a mount namespace of their own have mount points. */
static bool need_mount(const struct check *ck, struct bytes msg, uint64_t id, uint64_t *more)
{
	(void)msg;
	(void)more;
	return set_image_first(ck->set, "MNTS") && id && (uint32_t)id != UINT32_MAX &&
	       id != UINT64_MAX;
}

static const struct link_rule link_rules[] = {
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
	{ "task_kobj_ids_entry", 9, REF_MNT_NS, 0, SEV_WARNING, need_mnt_ns, "mount namespace" },
	{ "task_kobj_ids_entry", 6, REF_NET_NS, 0, SEV_WARNING, need_net_ns, "network namespace" },
	{ "task_kobj_ids_entry", 10, REF_USER_NS, 0, SEV_WARNING, need_user, "user namespace" },
	{ "task_core_entry", 9, REF_CGROUP_SET, 0, SEV_WARNING, need_cgroup, "cgroup set" },
	{ "thread_core_entry", 16, REF_CGROUP_SET, 0, SEV_WARNING, need_cgroup, "cgroup set" },
	{ "thread_core_entry", 12, REF_SECCOMP, 0, SEV_ERROR, need_filter, "seccomp filter" },
	{ "seccomp_filter", 2, REF_SECCOMP, 0, SEV_ERROR, NULL, "the next filter," },
	{ "inet_sk_entry", 2, REF_TCP_STREAM, 0, SEV_WARNING, need_stream, "the queues of inode" },
	{ "reg_file_entry", 7, REF_MNT, 0, SEV_WARNING, need_mount, "mount" },
	{ "pstree_entry", 2, REF_PID, 0, SEV_WARNING, need_parent, "the parent, pid" },
};

/* ---- rules by message ---- */

/* One rule of one of the tables, by what it is for: `field` is 0 if it is for the message. */
struct check_row {
	const struct message *type;
	uint32_t field;
	const struct link_rule *link;
	const struct value_rule *value;
	const struct message_rule *message;
};

/* All of them in the order of their types, so that a message finds its own by bisection. */
struct check_rows {
	struct check_row *at;
	size_t count;
};

static int by_type(const void *a, const void *b)
{
	const struct check_row *x = a, *y = b;
	uintptr_t left = (uintptr_t)x->type, right = (uintptr_t)y->type;

	return left < right ? -1 : left > right;
}

static void add_row(struct check_rows *rows, const struct schema *schema, const char *message,
		    struct check_row row)
{
	row.type = schema_message(schema, message);
	if (row.type)
		rows->at[rows->count++] = row;
}

/* Made for the first image that is checked. */
static const struct check_rows *rows_of(struct criu_set *set)
{
	const struct schema *schema = set->schema;
	size_t most = ARRAY_LEN(link_rules);
	struct check_rows *rows;

	if (set->check_rows)
		return set->check_rows;
	for (const struct value_rule *r = value_rules; r->message; r++)
		most++;
	for (const struct message_rule *r = message_rules; r->message; r++)
		most++;
	rows = ARENA_NEW(&set->model->arena, struct check_rows);
	rows->count = 0;
	rows->at = arena_array(&set->model->arena, most, sizeof(*rows->at));
	for (size_t i = 0; i < ARRAY_LEN(link_rules); i++)
		add_row(rows, schema, link_rules[i].message,
			(struct check_row){ .field = link_rules[i].field, .link = &link_rules[i] });
	for (const struct value_rule *r = value_rules; r->message; r++)
		add_row(rows, schema, r->message,
			(struct check_row){ .field = r->field, .value = r });
	for (const struct message_rule *r = message_rules; r->message; r++)
		add_row(rows, schema, r->message, (struct check_row){ .message = r });
	qsort(rows->at, rows->count, sizeof(*rows->at), by_type);
	set->check_rows = rows;
	return rows;
}

/* The first row of a type, or where it would be. */
static size_t first_row(const struct check_rows *rows, const struct message *type)
{
	return BOUND(i, rows->count, (uintptr_t)rows->at[i].type < (uintptr_t)type);
}

static void apply_link(const struct check *ck, const struct link_rule *rule,
		       const struct checked *m, const struct message_field *f, const struct wire *w)
{
	uint64_t id = w->value, more = rule->more;
	struct ref ref;
	struct place to;

	if (f->type == TYPE_SINT32 || f->type == TYPE_SINT64)
		id = id >> 1 ^ -(id & 1);
	if (rule->needed && !rule->needed(ck, m->msg, id, &more))
		return;
	ref = (struct ref){ .kind = (uint16_t)rule->ref, .id = id, .more = more };
	if (!criu_follow(ck->im->item, ref, &to))
		CHECK_NOTE(ck, rule->severity, "dangling-id", w->span,
			   "%s.%s: %s %llu is not in this set", m->type->name, f->name, rule->what,
			   (unsigned long long)id);
}

static void apply(const struct check *ck, const struct check_row *row, const struct checked *m,
		  const struct wire *w)
{
	const struct message_field *f = message_field(m->type, row->field);

	if (!f || w->type != wire_type_of(f->type))
		return;
	if (row->value)
		check_value(ck, row->value, m, f, w);
	/* Alone an image has nothing to refer to. */
	else if (row->link && ck->set->folder)
		apply_link(ck, row->link, m, f, w);
}

static void walk_message(const struct check *ck, const struct check_rows *rows,
			 const struct checked *m, int depth)
{
	size_t first = first_row(rows, m->type), end = first;
	struct cursor c = cursor_over(m->msg, m->origin);
	struct wire w;

	for (; end < rows->count && rows->at[end].type == m->type; end++)
		if (rows->at[end].message)
			rows->at[end].message->check(ck, m);
	while (wire_next(&c, &w)) {
		const struct message_field *f = message_field(m->type, w.number);
		struct checked inner = { f ? f->message : NULL, w.bytes, w.body.offset };

		if (inner.type && w.type == WIRE_BYTES && depth < MAX_DEPTH)
			walk_message(ck, rows, &inner, depth + 1);
		if (w.type == WIRE_BYTES)
			continue;
		for (size_t i = first; i < end; i++)
			if (rows->at[i].field == w.number)
				apply(ck, &rows->at[i], m, &w);
	}
}

static struct span record_span(const struct walk *w)
{
	return (struct span){ w->record.offset, w->record.length };
}

static void check_record(const struct check *ck, const struct walk *w)
{
	struct checked m = { image_type(ck->im, &w->record), w->msg,
			     w->record.offset + w->record.head };

	if (m.type)
		walk_message(ck, rows_of(ck->set), &m, 0);
}

static void check_messages(const struct check *ck)
{
	for (struct walk w = walk_over(ck->im); walk_next(&w);)
		check_record(ck, &w);
}

/* Of a pagemap the head; its entries are for check_memory.c. */
static void check_head(const struct check *ck)
{
	struct walk w = walk_over(ck->im);

	if (walk_next(&w))
		check_record(ck, &w);
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

/* ---- by image ---- */

void criu_check_image(struct item *it)
{
	struct image *im = it->data;
	struct check ck = { .set = im->set, .im = im, .problems = it->model->problems };

	if (!im->as || !im->message)
		return;
	if (im->as->shape == SHAPE_HEAD) {
		check_head(&ck);
		check_pagemap(&ck);
		return;
	}
	check_messages(&ck);
	if (!strcmp(im->as->name, "FILES"))
		check_files(&ck);
	if (!strcmp(im->as->name, "MM"))
		check_vmas(&ck);
	for (size_t i = 0; i < ARRAY_LEN(uniques); i++)
		if (!strcmp(uniques[i].kind, im->as->name))
			check_unique(&ck, &uniques[i]);
}
