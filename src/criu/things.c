/* What a set is made of, for comparing: processes with their threads and descriptors, and what they
 * share: mounts, name spaces, and the images that are the state of such things.
 *
 * A process is its pid and where its program's stack began, which differs for every program that is
 * started: a pid that was used again, or a process that became another program, is another one. The
 * fields are those that the process shows to people (process.c): descriptors by what they are open
 * on, and not by CRIU's ids, which count anew in every dump.
 *
 *	process 7
 *	  thread 9       registers, signal mask, ...
 *	  fd 3           what it is open on, position, flags
 *	image utsns      the single messages of name spaces, by kind */
#include <inttypes.h>
#include <string.h>

#include "core/thing.h"
#include "criu/process.h"
#include "criu/set.h"

enum { MM_START_CODE = 1, MM_START_STACK = 5, MM_ARG_START = 8 };

static uint64_t started(struct process *p)
{
	static const uint32_t parts[] = { MM_START_CODE, MM_START_STACK, MM_ARG_START };
	uint64_t h = 0, v;
	struct bytes mm;

	if (!p->mm || !image_first(p->mm, &mm))
		return 0;
	for (size_t n = 0; n < ARRAY_LEN(parts); n++)
		if (wire_uint(mm, parts[n], &v))
			h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h;
}

/* ---- processes ---- */

static bool tell_process(struct process *p, bool (*fn)(const struct thing *, void *arg), void *arg,
			 struct arena *a)
{
	struct thing t = { .kind = "process",
			   .key = arena_printf(a, "%" PRIu32, p->pid),
			   .title = process_name(p),
			   .number = p->pid,
			   .since = started(p),
			   .node = { p->item, NODE_SELF },
			   .data = p };

	if (p->mm || p->pagemap)
		t.space = process_space(p->set, p);
	return fn(&t, arg);
}

/* A list among the facts of a process: "threads", "descriptors". */
static struct field *fact_list(struct process *p, const char *name, struct arena *a)
{
	struct field *root = node_fields((struct node){ p->item, NODE_SELF }, a);

	return field_child(root, a, name);
}

/* Threads and descriptors: the name of the list, of its elements, and of the number in them. */
static const struct part {
	const char *kind, *list, *number;
} parts[] = {
	{ "thread", "threads", "tid" },
	{ "fd", "descriptors", "fd" },
};

static const struct part *part_of(const char *kind)
{
	for (size_t n = 0; n < ARRAY_LEN(parts); n++)
		if (!strcmp(parts[n].kind, kind))
			return &parts[n];
	return NULL;
}

static bool tell_part(struct process *p, const struct part *part, struct field *f, uint64_t nth,
		      bool (*fn)(const struct thing *, void *arg), void *arg, struct arena *a)
{
	struct field *number = field_child(f, a, part->number);
	struct thing t = { .kind = part->kind, .node = { p->item, NODE_SELF }, .data = p };
	struct place to;

	/* The file that is open, the thread's image. */
	if (model_follow(t.node, f->ref, &to))
		t.node = to.node;
	if (!number)
		return true;
	t.number = number->u;
	t.key = arena_printf(a, "%" PRIu64, t.number);
	t.title = f->note ? f->note + strspn(f->note, "0123456789 ") : t.key;
	t.more = nth;
	return fn(&t, arg);
}

static void tell_parts(struct process *p, const struct part *part,
		       bool (*fn)(const struct thing *, void *arg), void *arg)
{
	struct arena a;
	struct field *list;
	uint64_t nth = 0;

	arena_init(&a);
	list = fact_list(p, part->list, &a);
	for (struct field *f = list ? field_children(list, &a) : NULL; f; f = f->next) {
		struct arena_mark mark = arena_mark(&a);
		bool expanded = f->expanded;
		struct field copy = *f;

		if (!tell_part(p, part, expanded ? f : &copy, nth++, fn, arg, &a))
			break;
		if (!expanded)
			arena_rewind(&a, mark);
	}
	arena_fini(&a);
}

/* ---- what processes share ---- */

/* Kinds of images of which a set has one for each name space or socket, and what of their contents
 * is of interest; those whose entries processes refer to are theirs. */
static const char *const state_kinds[] = {
	"UTSNS", "IPC_VAR", "IPCNS_SHM", "IPCNS_MSG", "IPCNS_SEM", "NETNS",      "NETDEV",
	"MNTS",  "USERNS",  "TIMENS",    "CGROUP",    "SECCOMP",   "FILE_LOCKS", "TCP_STREAM",
};

static bool is_state(const struct image *im)
{
	for (size_t n = 0; im->kind && n < ARRAY_LEN(state_kinds); n++)
		if (!strcmp(im->kind->name, state_kinds[n]))
			return true;
	return false;
}

/* Says nothing but what time it was. */
static bool is_clock(const struct image *im)
{
	return im->kind && !strcmp(im->kind->name, "TIMENS");
}

static bool tell_image(struct image *im, bool (*fn)(const struct thing *, void *arg), void *arg)
{
	struct thing t = { .kind = "image",
			   .key = im->set->folder ? im->item->name : im->item->kind,
			   .title = im->item->name,
			   .number = UINT64_MAX,
			   .node = { im->item, NODE_SELF },
			   .data = im };

	return fn(&t, arg);
}

/* The entries of an image with rows. */
static void tell_entries(struct image *im, bool (*fn)(const struct thing *, void *arg), void *arg,
			 struct arena *a)
{
	struct item *it = im->item;

	item_index(it, true);
	for (size_t n = 0; n < item_rows(it); n++) {
		struct node node = { it, n };
		struct thing t = { .kind = "entry",
				   .key = node_label(node, a),
				   .title = node_summary(node, a),
				   .number = UINT64_MAX,
				   .node = node,
				   .data = im };

		if (!fn(&t, arg))
			return;
	}
}

static void tell_set(struct criu_set *set, bool (*fn)(const struct thing *, void *arg), void *arg,
		     struct arena *a)
{
	for (size_t n = 0; n < set->process_count; n++)
		if (set->processes[n].item && !tell_process(&set->processes[n], fn, arg, a))
			return;
	for (size_t n = 0; n < set->image_count; n++)
		if ((!set->folder || is_state(&set->images[n])) &&
		    !tell_image(&set->images[n], fn, arg))
			return;
}

void set_things(struct model *m, const struct thing *parent,
		bool (*fn)(const struct thing *, void *arg), void *arg, struct arena *a)
{
	if (!parent) {
		struct criu_set *set = set_of_model(m);

		if (set)
			tell_set(set, fn, arg, a);
		return;
	}
	if (!strcmp(parent->kind, "process"))
		for (size_t n = 0; n < ARRAY_LEN(parts); n++)
			tell_parts(parent->data, &parts[n], fn, arg);
	else if (!strcmp(parent->kind, "image"))
		tell_entries(parent->data, fn, arg, a);
}

const char *set_machine_text(struct model *m)
{
	struct criu_set *set = set_of_model(m);
	const char *arch;

	if (set && !set->folder)
		return "a single image";
	arch = set && set->march ? named_value(set, "core_entry", "mtype", set->march) : NULL;

	return arch ? arena_printf(&m->arena, "%s with pages of %" PRIu64 " bytes", arch,
				   set_page_size(set))
		    : "";
}

/* ---- their fields ---- */

/* Takes a field out of the list of its siblings. */
static void drop(struct field *root, const char *name)
{
	struct field *before = NULL;

	for (struct field *f = root->first; f; before = f, f = f->next) {
		if (strcmp(f->name, name) != 0)
			continue;
		if (before)
			before->next = f->next;
		else
			root->first = f->next;
		if (root->last == f)
			root->last = before;
		return;
	}
}

/* What changes from dump to dump without anything having happened: numbers that the kernel or CRIU
 * gives, clocks, how much of the memory was kept. */
static const char *const loose_names[] = {
	"pipe",       "inode", "peer",           "memory", "timers", "id",
	"pages here", "ino",   "shmem_pages_id", "sk_id",  "mnt_id", "parent_mnt_id",
};

static void mark_loose(struct field *group)
{
	for (struct field *f = group->first; f; f = f->next)
		for (size_t n = 0; n < ARRAY_LEN(loose_names); n++)
			f->loose |= !strcmp(f->name, loose_names[n]);
}

static struct field *process_facts(struct process *p, struct arena *a)
{
	struct field *root = node_fields((struct node){ p->item, NODE_SELF }, a);

	field_children(root, a);
	for (size_t n = 0; n < ARRAY_LEN(parts); n++)
		drop(root, parts[n].list);
	mark_loose(root);
	return root;
}

/* "pipe:[290645]": the target is a number's. */
static void mark_target(struct field *f, struct arena *a)
{
	struct field *target = field_child(f, a, "target");
	const char *text;

	if (!target)
		return;
	text = field_value(target, 0, a);
	if (strchr(text, '[') && *text != '/' && strncmp(text, "tcp", 3) && strncmp(text, "udp", 3))
		target->loose = true;
}

static struct field *part_facts(const struct thing *t, const struct part *part, struct arena *a)
{
	struct field *f = fact_list(t->data, part->list, a);

	f = f ? field_children(f, a) : NULL;
	for (uint64_t n = 0; f && n < t->more; n++)
		f = f->next;
	if (!f)
		return NULL;
	field_children(f, a);
	drop(f, part->number);
	mark_loose(f);
	mark_target(f, a);
	return f;
}

struct field *set_thing_fields(struct model *m, const struct thing *t, struct arena *a)
{
	const struct part *part = part_of(t->kind);
	struct field *f;

	(void)m;
	if (part)
		return part_facts(t, part, a);
	if (!strcmp(t->kind, "process"))
		return process_facts(t->data, a);
	if (t->node.at == NODE_SELF && item_rows(t->node.item))
		return NULL;
	f = node_fields(t->node, a);
	field_children(f, a);
	mark_loose(f);
	f->loose = is_clock(t->data);
	return f;
}
