/* A directory of images as a tree.
 *
 *	root                    the directory
 *	  inventory.img
 *	  pstree.img
 *	  pid:7                 a process: core, threads' cores, ids, mm, fs, pagemap, pages, fdinfo
 *	  shared                files.img and what else belongs to no one process
 *	  namespaces            a node each, holding its images
 *	  other                 what is no image: logs, links, folders
 *	  all                   every file in order of names, as aliases
 *
 * Each file is a real item once. Opening reads inventory and pstree, and of each process core, ids
 * and the pagemap's head: enough to name and place things; all else waits to be looked at. */
#include <stdlib.h>
#include <string.h>

#include "criu/set.h"

#define MAX_STRANGE 1000 /* images of unknown names that are opened for their kind's sake */
#define BID_LOOKS 16     /* images whose magic is read to tell a set without inventory */

const struct ns_kind ns_kinds[NS_TYPES] = {
	[NS_UTS] = { "uts", 8, 0x04000000, KEY_NS_UTS, REF_UTS_NS },
	[NS_IPC] = { "ipc", 7, 0x08000000, KEY_NS_IPC, REF_IPC_NS },
	[NS_NET] = { "net", 6, 0x40000000, KEY_NS_NET, REF_NET_NS },
	[NS_MNT] = { "mnt", 9, 0x00020000, KEY_NS_MNT, REF_MNT_NS },
	[NS_USER] = { "user", 10, 0x10000000, KEY_NS_USER, REF_USER_NS },
	[NS_TIME] = { "time", 12, 0x00000080, KEY_NS_TIME, REF_TIME_NS },
	[NS_PID] = { "pid", 5, 0x20000000, KEY_NS_PID, REF_PID_NS },
	[NS_CGROUP] = { "cgroup", 11, 0x02000000, KEY_NONE, REF_NONE },
};

/* ---- walking images ---- */

struct walk walk_over(struct image *im)
{
	return (struct walk){ .im = im };
}

bool walk_next(struct walk *w)
{
	if (!w->im || !image_step(w->im, &w->at, w->next, &w->record, false))
		return false;
	w->row = w->next++;
	w->msg = image_message(w->im, &w->record);
	return true;
}

bool image_first(struct image *im, struct bytes *msg)
{
	struct walk w = walk_over(im);

	if (!walk_next(&w))
		return false;
	*msg = w.msg;
	return true;
}

bool image_is(const struct image *im, const char *kind_name)
{
	return im && im->kind && !strcmp(im->kind->name, kind_name);
}

struct parts parts_of(struct bytes msg, uint32_t number)
{
	return (struct parts){ .c = cursor_over(msg, 0), .number = number };
}

bool parts_next(struct parts *p)
{
	struct wire w;

	while (wire_next(&p->c, &w))
		if (w.number == p->number && w.type == WIRE_BYTES) {
			p->at = p->next++;
			p->msg = w.bytes;
			p->span = w.span;
			return true;
		}
	return false;
}

/* ---- finding images, processes, namespaces ---- */

static uint64_t kind_key(const struct image_kind *kind, uint64_t number)
{
	return (number << 8) ^ (number >> 56) ^ (uint64_t)(kind - image_kinds);
}

static const struct image_kind *kind_named(const char *name)
{
	for (const struct image_kind *k = image_kinds; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

struct image *set_image(struct criu_set *set, const char *kind_name, uint64_t number)
{
	const struct image_kind *kind = kind_named(kind_name);
	struct image *im;
	uint32_t at;

	if (!kind || !idmap_get(&set->index->images, kind_key(kind, number), &at))
		return NULL;
	im = &set->images[at];
	return im->kind == kind && im->number == number ? im : NULL;
}

struct image *set_image_first(struct criu_set *set, const char *kind_name)
{
	const struct image_kind *kind = kind_named(kind_name);

	return kind ? set->index->first_of_kind[kind - image_kinds] : NULL;
}

struct process *set_process(struct criu_set *set, uint32_t pid)
{
	uint32_t at;

	return idmap_get(&set->index->pids, pid, &at) ? &set->processes[at] : NULL;
}

struct process *set_process_of_tid(struct criu_set *set, uint32_t tid)
{
	uint32_t at;

	return idmap_get(&set->index->tids, tid, &at) ? &set->processes[at] : NULL;
}

struct process *image_process(const struct image *im)
{
	return im->owner;
}

static uint64_t space_key(enum ns_type type, uint32_t id)
{
	return (uint64_t)type << 32 | id;
}

struct ns_node *set_namespace(struct criu_set *set, enum ns_type type, uint32_t id)
{
	uint32_t at;

	return idmap_get(&set->index->spaces, space_key(type, id), &at) ? set->index->nodes[at]
									: NULL;
}

struct ns_node *set_add_namespace(struct criu_set *set, enum ns_type type, uint32_t id)
{
	struct set_index *ix = set->index;
	struct ns_node *ns = set_namespace(set, type, id);

	if (ns)
		return ns;
	if (ix->node_count == ix->node_room) {
		size_t room = ix->node_room ? ix->node_room * 2 : 16;
		struct ns_node **more = arena_array(&set->model->arena, room, sizeof(*more));

		if (ix->node_count)
			memcpy(more, ix->nodes, ix->node_count * sizeof(*more));
		ix->nodes = more;
		ix->node_room = room;
	}
	ns = ARENA_NEW(&set->model->arena, struct ns_node);
	*ns = (struct ns_node){ .set = set, .type = type, .id = id };
	idmap_add(&ix->spaces, space_key(type, id), (uint32_t)ix->node_count);
	ix->nodes[ix->node_count++] = ns;
	return ns;
}

/* AT_PAGESZ of an auxiliary vector. Of 64-bit tasks types and values alternate; 32-bit tasks have
 * both in one element, the value above. */
static uint64_t auxv_page_size(struct bytes mm)
{
	enum { AT_PAGESZ = 6, MAX_AUXV = 128 };
	uint64_t v[MAX_AUXV];
	size_t n = wire_uints(mm, 13, v, MAX_AUXV);

	if (n > MAX_AUXV)
		n = MAX_AUXV;
	for (size_t i = 0; i + 1 < n; i += 2)
		if (v[i] == AT_PAGESZ && v[i + 1] <= 1u << 20)
			return v[i + 1];
	for (size_t i = 0; i < n; i++)
		if ((uint32_t)v[i] == AT_PAGESZ && v[i] >> 32)
			return v[i] >> 32;
	return 0;
}

uint64_t set_page_size(struct criu_set *set)
{
	uint64_t size = 0;

	for (struct image *im = set_image_first(set, "MM"); im && !size; im = im->next_same) {
		struct bytes mm;

		if (image_first(im, &mm))
			size = auxv_page_size(mm);
	}
	/* Anything else is damage: a page is a power of two between 4 KiB and 1 MiB. */
	if (size < 4096 || size > 1u << 20 || (size & (size - 1)))
		size = 4096;
	return size;
}

/* ---- the tree ---- */

/* A path no file of the folder has: files keep their names. */
static const char *free_path(struct criu_set *set, const char *want)
{
	struct arena *a = &set->model->arena;

	while (set->folder && folder_find(set->folder, want))
		want = arena_printf(a, "=%s", want);
	return arena_strdup(a, want);
}

static struct item *add_item(struct criu_set *set, struct item *parent, const struct item_ops *ops,
			     const char *path, const char *kind, void *data)
{
	const char *unique = free_path(set, path);
	struct item *it = item_add(set->model, parent, ops, unique, kind);

	it->path = unique;
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

	return strcmp(clean, name) ? free_path(set, clean) : clean;
}

/* Puts an item that has no parent yet below `parent`, last. */
static void attach(struct item *parent, struct item *it)
{
	it->parent = parent;
	if (parent->last)
		parent->last->next = it;
	else
		parent->first = it;
	parent->last = it;
}

/* The item of an image, in no tree yet: images are looked into before their place is known. */
static void make_item(struct image *im)
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
	attach(parent, im->item);
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

static void add_member(struct criu_set *set, struct item *parent, const struct member *m)
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
			add_member(set, group, m);
	}
	for (size_t i = 0; i < set->image_count; i++)
		place(group, &set->images[i], NULL);
}

static void add_all(struct criu_set *set, struct item *group)
{
	for (size_t i = 0; i < set->image_count; i++)
		item_alias(group, set->images[i].item);
}

static void build_tree(struct criu_set *set, struct item *root)
{
	struct item *groups[] = {
		add_group(set, "shared", ROLE_SHARED),
		add_group(set, "namespaces", ROLE_NAMESPACES),
		add_group(set, "other", ROLE_OTHER),
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
	add_all(set, groups[3]);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (groups[i]->first)
			attach(root, groups[i]);
}

/* ---- opening ---- */

/* The last part of a path; of "a/b/" it is "b/", so that a title never is empty. */
static const char *base_name(const char *path)
{
	const char *base = path;

	for (const char *p = path; *p; p++)
		if (*p == '/' && p[1])
			base = p + 1;
	return base;
}

static bool named_image(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strcmp(name + n - 4, ".img");
}

/* What its name says; an image of no known name is looked into for its magic. */
static void image_of_member(struct criu_set *set, struct image *im, const struct member *m)
{
	*im = (struct image){ .set = set, .member = m };
	im->kind = kind_by_name(m->name, &im->number);
	make_item(im);
	if (im->kind || !named_image(m->name) || set->strange_count++ >= MAX_STRANGE)
		return;
	image_open(im);
	if (im->as)
		im->item->kind = im->as->name;
}

static void take_images(struct criu_set *set)
{
	struct folder *f = set->folder;
	size_t n = 0;

	for (size_t i = 0; i < f->count; i++)
		n += f->members[i].kind == MEMBER_FILE;
	set->images = arena_array(&set->model->arena, n + 1, sizeof(*set->images));
	for (size_t i = 0; i < f->count; i++)
		if (f->members[i].kind == MEMBER_FILE)
			image_of_member(set, &set->images[set->image_count++], &f->members[i]);
}

static size_t kind_count(void)
{
	size_t n = 0;

	while (image_kinds[n].name)
		n++;
	return n;
}

/* Chains of the same kind and the map of numbers; both in natural order of names. */
static void index_images(struct criu_set *set)
{
	struct set_index *ix = set->index;

	ix->first_of_kind =
		arena_array(&set->model->arena, kind_count() + 1, sizeof(*ix->first_of_kind));
	for (size_t i = set->image_count; i-- > 0;) {
		struct image *im = &set->images[i];
		struct image **first;

		if (!im->kind)
			continue;
		first = &ix->first_of_kind[im->kind - image_kinds];
		im->next_same = *first;
		*first = im;
	}
	for (size_t i = 0; i < set->image_count; i++)
		if (set->images[i].kind)
			idmap_add(&ix->images, kind_key(set->images[i].kind, set->images[i].number),
				  (uint32_t)i);
}

static void read_inventory(struct criu_set *set)
{
	struct bytes msg, ids;

	if (!image_first(set_image_first(set, "INVENTORY"), &msg))
		return;
	set->has_inventory = true;
	set->img_version = (uint32_t)uint_of(msg, 1);
	set->ns_per_id = uint_of(msg, 4) != 0;
	if (wire_message(msg, &ids, 3, 0))
		for (int t = 0; t < NS_TYPES; t++)
			set->root_ns[t] = (uint32_t)uint_of(ids, ns_kinds[t].field);
}

static void set_machine(struct criu_set *set)
{
	struct value_env env = { .arch = set->march ? 1u << (set->march & 31) : 0 };

	for (size_t i = 0; i < set->image_count; i++)
		set->images[i].env = env;
}

static void set_fini(struct model *m)
{
	struct criu_set *set = m->data;

	if (!set)
		return;
	tables_free(set->tables);
	idmap_fini(&set->index->images);
	idmap_fini(&set->index->pids);
	idmap_fini(&set->index->tids);
	idmap_fini(&set->index->spaces);
	folder_close(set->folder);
	m->data = NULL;
}

static bool set_locate(struct model *m, const char *word, struct place *out)
{
	struct criu_set *set = m->data;
	struct process *p;
	char *end;
	unsigned long pid;

	if (strncmp(word, "pid:", 4))
		return false;
	pid = strtoul(word + 4, &end, 10);
	if (end == word + 4 || *end || pid > UINT32_MAX)
		return false;
	p = set_process_of_tid(set, (uint32_t)pid);
	if (!p || !p->item)
		return false;
	*out = place_item(p->item);
	return true;
}

/* Takes the folder over, if there is one. */
static struct err *set_new(struct model *m, struct folder *folder, struct criu_set **out)
{
	struct criu_set *set = ARENA_NEW(&m->arena, struct criu_set);

	set->model = m;
	set->folder = folder;
	set->index = ARENA_NEW(&m->arena, struct set_index);
	idmap_init(&set->index->images);
	idmap_init(&set->index->pids);
	idmap_init(&set->index->tids);
	idmap_init(&set->index->spaces);
	m->data = set;
	m->fini = set_fini;
	m->info_json = info_json;
	m->info = info_fields;
	m->locate = set_locate;
	*out = set;
	if (m->options.schema)
		return schema_load(m->options.schema, &m->arena, &set->schema);
	set->schema = schema_builtin(&m->arena);
	return NULL;
}

static struct item *set_root(struct criu_set *set)
{
	struct model *m = set->model;
	struct group *g = ARENA_NEW(&m->arena, struct group);

	*g = (struct group){ .set = set, .role = ROLE_SET };
	m->root = item_add(m, NULL, &group_ops, base_name(m->name), "directory");
	m->root->data = g;
	m->root->open_first = true;
	return m->root;
}

static struct err *set_open(struct model *m, struct input *in)
{
	struct folder *folder = in->folder;
	struct criu_set *set;
	struct err *err;

	in->folder = NULL;
	err = set_new(m, folder, &set);
	if (err)
		return err;
	take_images(set);
	index_images(set);
	read_inventory(set);
	set->pre_dump = !set_image_first(set, "PSTREE") && !set_image_first(set, "CORE");
	pstree_read(set);
	set_machine(set);
	build_tree(set, set_root(set));
	return NULL;
}

/* ---- evidence ---- */

/* The kind that the first words of a file say; NULL if they say none. *bits: how much they say. */
static const struct image_kind *kind_of_bytes(struct bytes b, const char *name, int *bits)
{
	struct cursor c = cursor_over(b, 0);
	uint32_t word[2], swapped[2];

	*bits = 0;
	word[0] = cursor_u32(&c);
	word[1] = cursor_u32(&c);
	for (int i = 0; i < 2; i++)
		swapped[i] = __builtin_bswap32(word[i]);
	for (int i = 0; i < 2; i++) {
		const uint32_t *w = i ? swapped : word;
		const struct image_kind *kind;
		bool lead = w[0] == MAGIC_COMMON || w[0] == MAGIC_SERVICE;

		if (!w[0])
			continue;
		kind = kind_by_magic(lead ? w[1] : w[0], name);
		if (kind || lead) {
			*bits = (lead ? 32 : 0) + (kind ? 32 : 0);
			return kind;
		}
	}
	return NULL;
}

static const struct image_kind *kind_of_member(struct folder *f, const struct member *m, int *bits)
{
	CLEANUP(source_closep) struct source *src = NULL;
	CLEANUP(err_freep) struct err *err = folder_source(f, m, &src);

	*bits = 0;
	return err ? NULL : kind_of_bytes(source_view(src, 0, 8), m->name, bits);
}

static int set_bid(const struct input *in)
{
	const struct member *inventory;
	int bits, best = 0, looks = 0;

	if (!in->folder)
		return 0;
	inventory = folder_find(in->folder, "inventory.img");
	if (inventory && kind_of_member(in->folder, inventory, &bits) && bits)
		return 64 + bits;
	for (size_t i = 0; i < in->folder->count && looks < BID_LOOKS; i++) {
		const struct member *m = &in->folder->members[i];
		uint64_t number;
		const struct image_kind *kind = kind_by_name(m->name, &number);

		if (m->kind != MEMBER_FILE || !kind || !kind->magic)
			continue;
		looks++;
		if (kind_of_member(in->folder, m, &bits) && bits > best)
			best = bits;
	}
	/* Damage may have hit the inventory: its name and others' magics are evidence enough. */
	return best ? best : inventory ? 8 : 0;
}

static int image_bid(const struct input *in)
{
	const char *name = base_name(in->name);
	const struct image_kind *kind;
	uint64_t number;
	int bits;

	if (!in->source)
		return 0;
	kind = kind_by_name(name, &number);
	kind_of_bytes(source_view(in->source, 0, 8), name, &bits);
	if (bits)
		return bits;
	return kind && !kind->magic ? 4 : 0;
}

/* The kind of an image that is alone: by its magic. A raw kind's bytes may look like anything:
 * there the name decides. */
static void kind_alone(struct image *im, const char *name, const struct source *src)
{
	const struct image_kind *by_magic;
	int bits;

	im->kind = kind_by_name(name, &im->number);
	by_magic = kind_of_bytes(source_view(src, 0, 8), name, &bits);
	if (by_magic && (!im->kind || (im->kind->magic && im->kind->magic != by_magic->magic)))
		im->kind = by_magic;
}

static struct err *image_open_alone(struct model *m, struct input *in)
{
	const char *name = base_name(in->name);
	struct source *src = in->source;
	struct criu_set *set;
	struct image *im;
	struct err *err;

	in->source = NULL;
	err = set_new(m, NULL, &set);
	if (err) {
		source_close(src);
		return err;
	}
	im = set->images = ARENA_NEW(&m->arena, struct image);
	set->image_count = 1;
	im->set = set;
	kind_alone(im, name, src);
	m->root = item_add(m, NULL, &image_ops, name, im->kind ? im->kind->name : "raw");
	m->root->size = source_size(src);
	m->root->data = im;
	m->root->open_first = true;
	im->item = m->root;
	image_attach(im);
	atomic_store(&m->root->source, src);
	index_images(set);
	pstree_read(set);
	set_machine(set);
	return NULL;
}

const struct format criu_set_format = {
	.name = "criu",
	.summary = "CRIU image set",
	.bid = set_bid,
	.open = set_open,
};

const struct format criu_image_format = {
	.name = "criu-image",
	.summary = "CRIU image",
	.bid = image_bid,
	.open = image_open_alone,
};
