/* A directory of images as a tree.
 *
 *	root                    the directory
 *	  inventory.img
 *	  pstree.img
 *	  pid:7                 a process: core, threads' cores, ids, mm, fs, pagemap, pages, fdinfo
 *	  shared                files.img and what else belongs to no one process
 *	  namespaces            a node each, holding its images
 *	  other                 what is no image: logs, links, folders
 *	  parents               earlier snapshots, a node each, holding their images
 *	  all                   every file in order of names, as aliases
 *
 * Each file is a real item once. Opening reads inventory and pstree, and of each process core, ids
 * and the pagemap's head: enough to name and place things; all else waits to be looked at. */
#include <string.h>

#include "criu/set.h"

/* A path no file of the folder has: files keep their names. */
static const char *free_path(struct criu_set *set, const char *want)
{
	struct arena *a = &set->model->arena;

	while (set->folder && folder_find(set->folder, want))
		want = arena_printf(a, "=%s", want);
	return arena_strdup(a, want);
}

static const char *prefixed(struct criu_set *set, const char *path)
{
	if (!*set->prefix)
		return path;
	return arena_printf(&set->model->arena, "%s%s", set->prefix, path);
}

static struct item *add_item(struct criu_set *set, struct item *parent, const struct item_ops *ops,
			     const char *path, const char *kind, void *data)
{
	const char *unique = free_path(set, path);
	struct item *it = item_add(set->model, parent, ops, unique, kind);

	it->path = prefixed(set, unique);
	it->data = data;
	return it;
}

/* A group that is in no tree yet: it gets its place if something is in it. */
static struct item *add_group(struct criu_set *set, const char *name, enum node_role role)
{
	struct group *g = ARENA_NEW(&set->model->arena, struct group);

	*g = (struct group){ .set = set, .role = role };
	return add_item(set, NULL, &group_ops, name, "group", g);
}

/* Escaping may make two names alike; then the second is told apart by a suffix. */
static const char *file_path(struct criu_set *set, const char *name)
{
	struct arena *a = &set->model->arena;
	const char *clean = text_clean_str(name, a);

	return prefixed(set, strcmp(clean, name) != 0 ? free_path(set, clean) : clean);
}

void tree_attach(struct item *parent, struct item *it)
{
	it->parent = parent;
	if (parent->last)
		parent->last->next = it;
	else
		parent->first = it;
	parent->last = it;
}

void tree_make_item(struct image *im)
{
	struct item *it = item_add(im->set->model, NULL, &image_ops, im->member->name,
				   im->kind ? im->kind->name : "raw");

	it->path = file_path(im->set, im->member->name);
	it->size = im->member->size;
	it->data = im;
	im->item = it;
	image_attach(im);
}

/* Gives an image its place, its only one. NULL-safe. */
static bool place(struct item *parent, struct image *im, struct process *owner)
{
	if (!im || im->item->parent)
		return false;
	tree_attach(parent, im->item);
	im->owner = owner;
	return true;
}

/* "  7 sh": indented by its depth among the processes. */
static const char *process_title(struct criu_set *set, const struct process *p)
{
	enum { MAX_INDENT = 12 };
	int indent = (int)(p->depth < MAX_INDENT ? p->depth : MAX_INDENT);

	return arena_printf(&set->model->arena, "%*s%u%s%s", indent, "", p->pid, p->comm ? " " : "",
			    p->comm ? p->comm : "");
}

static void add_threads(struct criu_set *set, struct process *p)
{
	for (size_t i = 0; i < p->thread_count; i++) {
		struct image *im = set_image(set, "CORE", p->threads[i]);

		if (p->threads[i] != p->pid && place(p->item, im, p))
			im->item->title =
				arena_printf(&set->model->arena, "thread %u", p->threads[i]);
	}
}

static void add_process(struct criu_set *set, struct item *root, struct process *p)
{
	const char *path = arena_printf(&set->model->arena, "pid:%u", p->pid);

	if (set_process(set, p->pid) != p) /* the second of that number */
		path = arena_printf(&set->model->arena, "%s#%zu", path,
				    (size_t)(p - set->processes));
	p->item = add_item(set, root, &process_ops, path, "process", p);
	p->item->title = process_title(set, p);
	place(p->item, p->core, p);
	add_threads(set, p);
	place(p->item, p->ids, p);
	place(p->item, p->mm, p);
	place(p->item, p->fs, p);
	place(p->item, p->pagemap, p);
	place(p->item, p->pages, p);
	/* Who shares a table of descriptors with an earlier process sees it as an alias. */
	if (p->fdinfo && !place(p->item, p->fdinfo, p))
		item_alias(p->item, p->fdinfo->item);
}

/* Images of the older releases that a process has besides: sigacts, creds, vmas, ... */
static void add_per_task(struct criu_set *set)
{
	for (size_t i = 0; i < set->image_count; i++) {
		struct image *im = &set->images[i];
		struct process *p = NULL;

		if (!im->kind || im->item->parent)
			continue;
		if (im->kind->key == KEY_PID)
			p = set_process(set, (uint32_t)im->number);
		else if (im->kind->key == KEY_TID && !image_is(im, "CORE"))
			p = set_process_of_tid(set, (uint32_t)im->number);
		if (p)
			place(p->item, im, p);
	}
}

static bool ns_of_key(enum image_key key, enum ns_type *type)
{
	for (int t = 0; t < NS_TYPES; t++)
		if (key != KEY_NONE && ns_kinds[t].key == key) {
			*type = (enum ns_type)t;
			return true;
		}
	return false;
}

static struct item *namespace_item(struct criu_set *set, struct item *group, struct image *im,
				   enum ns_type type)
{
	struct ns_node *ns = set_add_namespace(set, type, (uint32_t)im->number);
	const char *word = ns_kinds[type].word;
	struct arena *a = &set->model->arena;

	if (ns->item)
		return ns->item;
	ns->item = add_item(set, group, &namespace_ops, arena_printf(a, "ns:%s:%u", word, ns->id),
			    "namespace", ns);
	ns->item->title = arena_printf(a, "%s %u", word, ns->id);
	return ns->item;
}

/* The namespace nodes with their images. The contents of file systems belong to the mount
 * namespace if there is but one. */
static void add_namespaces(struct criu_set *set, struct item *group)
{
	struct item *mnt = NULL;
	size_t mnt_count = 0;

	for (size_t i = 0; i < set->image_count; i++) {
		struct image *im = &set->images[i];
		enum ns_type type;
		struct item *it;

		if (!im->kind || im->item->parent || !ns_of_key(im->kind->key, &type))
			continue;
		it = namespace_item(set, group, im, type);
		place(it, im, NULL);
		if (type == NS_MNT && it != mnt) {
			mnt = it;
			mnt_count++;
		}
	}
	for (size_t i = 0; mnt_count == 1 && i < set->image_count; i++) {
		struct image *im = &set->images[i];

		if (im->kind && (im->kind->key == KEY_DEV || im->kind->key == KEY_MNT))
			place(mnt, im, NULL);
	}
}

/* The pages that a pagemap-shmem names, right behind it. */
static void place_shmem(struct item *group, struct image *im)
{
	struct bytes head;
	uint64_t id;

	place(group, im, NULL);
	if (image_is(im, "SHMEM_PAGEMAP") && image_first(im, &head) && wire_uint(head, 1, &id))
		place(group, set_image(im->set, "PAGES", id), NULL);
}

static void add_shared(struct criu_set *set, struct item *group)
{
	place(group, set_image_first(set, "FILES"), NULL);
	/* Pages wait for the pagemaps that name them. */
	for (size_t i = 0; i < set->image_count; i++) {
		struct image *im = &set->images[i];

		if (im->kind && !im->item->parent && !image_is(im, "PAGES"))
			place_shmem(group, im);
	}
	for (size_t i = 0; i < set->image_count; i++)
		if (set->images[i].kind)
			place(group, &set->images[i], NULL);
}

static const char *member_word(const struct member *m)
{
	switch (m->kind) {
	case MEMBER_FOLDER:
		return "folder";
	case MEMBER_LINK:
		return "link";
	default:
		return "special";
	}
}

void tree_add_member(struct criu_set *set, struct item *parent, const struct member *m)
{
	struct group *g = ARENA_NEW(&set->model->arena, struct group);
	struct item *it = item_add(set->model, parent, &group_ops, m->name, member_word(m));

	*g = (struct group){ .set = set, .role = ROLE_MEMBER, .member = m };
	it->path = file_path(set, m->name);
	it->data = g;
}

static void add_other(struct criu_set *set, struct item *group)
{
	for (size_t i = 0; i < set->folder->count; i++) {
		const struct member *m = &set->folder->members[i];

		if (m->kind != MEMBER_FILE)
			tree_add_member(set, group, m);
	}
	for (size_t i = 0; i < set->image_count; i++)
		place(group, &set->images[i], NULL);
}

static void add_all(struct criu_set *set, struct item *group)
{
	for (size_t i = 0; i < set->image_count; i++)
		item_alias(group, set->images[i].item);
}

/* An earlier snapshot: its files, by their names. */
static void add_level(struct criu_set *set, struct item *group)
{
	struct arena *a = &set->model->arena;
	struct group *g = ARENA_NEW(a, struct group);
	struct item *it = item_add(set->model, group, &group_ops, arena_printf(a, "%u", set->level),
				   "parent");

	*g = (struct group){ .set = set, .role = ROLE_LEVEL };
	it->data = g;
	it->title = arena_printf(a, "%u  %s", set->level, set->via);
	for (size_t i = 0; i < set->image_count; i++) {
		struct image *im = &set->images[i];

		im->item->path = arena_printf(a, "%s/%s", it->path, im->item->name);
		place(it, im, NULL);
	}
}

void tree_list(struct criu_set *set, struct item *folder)
{
	for (size_t i = 0; i < set->image_count; i++)
		place(folder, &set->images[i], NULL);
	for (size_t i = 0; i < set->folder->count; i++)
		if (set->folder->members[i].kind == MEMBER_LINK ||
		    set->folder->members[i].kind == MEMBER_OTHER)
			tree_add_member(set, folder, &set->folder->members[i]);
}

void tree_build(struct criu_set *set, struct item *root)
{
	struct item *groups[] = {
		add_group(set, "shared", ROLE_SHARED),
		add_group(set, "namespaces", ROLE_NAMESPACES),
		add_group(set, "other", ROLE_OTHER),
		add_group(set, "parents", ROLE_PARENTS),
		add_group(set, "all", ROLE_ALL),
	};

	place(root, set_image_first(set, "INVENTORY"), NULL);
	place(root, set_image_first(set, "PSTREE"), NULL);
	for (size_t i = 0; i < set->process_count; i++)
		add_process(set, root, &set->processes[i]);
	add_per_task(set);
	add_namespaces(set, groups[1]);
	add_shared(set, groups[0]);
	add_other(set, groups[2]);
	for (struct criu_set *up = set->up; up; up = up->up)
		add_level(up, groups[3]);
	add_all(set, groups[4]);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (groups[i]->first)
			tree_attach(root, groups[i]);
}
