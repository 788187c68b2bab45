/* The tree of an archive: nodes in an array, the root first.
 *
 *	node: name, parent, member of the tar (none for a folder made for its members' sake)
 *
 * While it is built, a hash table leads from (parent, name) to the node that has that name now. The
 * children of a node are chained; a folder that is entered gets them sorted. The tree is made once,
 * and shared by all folders that were entered from it: the last one to close frees it. */
#include "core/archive.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/text.h"
#include "core/item.h"

#define NODES_MAX 2000000u
#define DEPTH_MAX 256u
#define LINKS_MAX 40 /* as many as the system follows */
#define NONE UINT32_MAX

struct entry {
	const char *name;
	uint32_t parent, first, next; /* NONE: none */
	uint32_t member;              /* in members[]; NONE */
	uint32_t same;                /* of a hard link: the node whose bytes it has; else NONE */
	uint32_t earlier;             /* how many of that name came before it */
	enum member_kind kind;
};

struct tree {
	_Atomic unsigned users;
	struct source *src;
	struct archive_options options;
	struct entry *nodes;
	size_t count, room;
	struct tar_member *members;
	size_t member_count, member_room;
	uint32_t *slots; /* while it is built; room is a power of two */
	size_t slot_room;
	uint64_t seed;
	bool full;
	struct arena arena; /* names */
};

struct archive_folder {
	struct folder folder;
	struct tree *tree;
	uint32_t node;
	uint32_t *nodes; /* of the members, in their order */
};

#define NOTE(t, severity, rule, span, ...)                                                         \
	do {                                                                                       \
		if ((t)->options.problems)                                                         \
			problem_note((t)->options.problems, severity, rule, (t)->options.item,     \
				     span, __VA_ARGS__);                                           \
	} while (0)

/* ---- names ---- */

static uint64_t hash_name(const struct tree *t, uint32_t parent, const char *name, size_t len)
{
	uint64_t h = t->seed ^ parent;

	for (size_t n = 0; n < len; n++) {
		h = (h ^ (unsigned char)name[n]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h ^ h >> 32;
}

/* The slot of that child, or the free one where it would go. */
static uint32_t *slot_of(const struct tree *t, uint32_t parent, const char *name, size_t len)
{
	size_t at = hash_name(t, parent, name, len) & (t->slot_room - 1);

	for (; t->slots[at] != NONE; at = (at + 1) & (t->slot_room - 1)) {
		const struct entry *node = &t->nodes[t->slots[at]];

		if (node->parent == parent && !strncmp(node->name, name, len) && !node->name[len])
			break;
	}
	return &t->slots[at];
}

static void widen_slots(struct tree *t)
{
	t->slot_room *= 2;
	free(t->slots);
	t->slots = heap_must(malloc(t->slot_room * sizeof(*t->slots)));
	memset(t->slots, 0xff, t->slot_room * sizeof(*t->slots));
	for (uint32_t n = 1; n < t->count; n++) {
		const char *name = t->nodes[n].name;

		*slot_of(t, t->nodes[n].parent, name, strlen(name)) = n;
	}
}

static uint32_t child_named(const struct tree *t, uint32_t parent, const char *name, size_t len)
{
	return *slot_of(t, parent, name, len);
}

/* A new child, last of its name. */
static uint32_t add_node(struct tree *t, uint32_t parent, const char *name, size_t len)
{
	struct entry *node;
	char *copy;

	if (t->count * 2 >= t->slot_room)
		widen_slots(t);
	t->nodes = heap_grow(t->nodes, t->count, &t->room, sizeof(*t->nodes));
	copy = arena_alloc(&t->arena, len + 1);
	memcpy(copy, name, len);
	node = &t->nodes[t->count];
	*node = (struct entry){ .name = copy, .parent = parent, .first = NONE, .next = NONE };
	node->member = node->same = NONE;
	node->kind = MEMBER_FOLDER;
	*slot_of(t, parent, copy, len) = (uint32_t)t->count;
	if (t->count) {
		node->next = t->nodes[parent].first;
		t->nodes[parent].first = (uint32_t)t->count;
	}
	return (uint32_t)t->count++;
}

/* Gives the name of node `n` away: it is "name#1" from now on, or the next that is free. */
static void rename_earlier(struct tree *t, uint32_t n, uint32_t later)
{
	struct entry *node = &t->nodes[n];
	uint32_t k = node->earlier;
	const char *name;
	uint32_t *slot;

	do {
		name = arena_printf(&t->arena, "%s#%u", node->name, ++k);
		slot = slot_of(t, node->parent, name, strlen(name));
	} while (*slot != NONE);
	*slot_of(t, node->parent, node->name, strlen(node->name)) = later;
	node->name = name;
	*slot_of(t, node->parent, name, strlen(name)) = n;
	t->nodes[later].earlier = k;
}

/* ---- building ---- */

/* The parts of a path in turn; empty ones and "." are none. */
static bool next_part(const char **path, const char **part, size_t *len)
{
	do {
		while (**path == '/')
			++*path;
		*part = *path;
		*len = strcspn(*path, "/");
		*path += *len;
	} while (*len == 1 && **part == '.');
	return *len != 0;
}

static bool is_up(const char *part, size_t len)
{
	return len == 2 && part[0] == '.' && part[1] == '.';
}

static size_t count_parts(const char *path, bool *up)
{
	const char *part;
	size_t len, n = 0;

	*up = false;
	while (next_part(&path, &part, &len)) {
		*up |= is_up(part, len);
		n++;
	}
	return n;
}

/* The node of a path that is there; NONE. */
static uint32_t find_path(const struct tree *t, const char *path)
{
	uint32_t n = 0;
	const char *part;
	size_t len;

	while (n != NONE && next_part(&path, &part, &len))
		n = child_named(t, n, part, len);
	return n;
}

/* The folder of that name below `parent`, made if need be. What has the name and is no folder makes
 * room: a link to a folder is not followed, because nothing says that the members should be there.
 */
static uint32_t folder_below(struct tree *t, uint32_t parent, const char *name, size_t len)
{
	uint32_t old = child_named(t, parent, name, len), n;

	if (old != NONE && t->nodes[old].kind == MEMBER_FOLDER)
		return old;
	n = add_node(t, parent, name, len);
	if (old != NONE)
		rename_earlier(t, old, n);
	return n;
}

static uint32_t member_below(struct tree *t, uint32_t parent, const char *name, size_t len,
			     bool folder)
{
	uint32_t old = child_named(t, parent, name, len), n;

	if (folder)
		return folder_below(t, parent, name, len);
	n = add_node(t, parent, name, len);
	if (old != NONE)
		rename_earlier(t, old, n);
	return n;
}

/* The node for a member's path; NONE if it is the archive's own folder, or too deep. */
static uint32_t place_path(struct tree *t, const struct tar_member *m)
{
	const char *path = m->path, *part;
	size_t len, parts;
	uint32_t n = 0;
	bool up;

	parts = count_parts(path, &up);
	if (*path == '/')
		NOTE(t, SEV_WARNING, "tar-name", m->header, "an absolute name: %s", path);
	if (up)
		NOTE(t, SEV_WARNING, "tar-name", m->header, "a name that leads outward: %s", path);
	if (parts > DEPTH_MAX) {
		NOTE(t, SEV_ERROR, "tar-name", m->header,
		     "a name of %zu parts, of which %u are too many: not shown", parts,
		     (unsigned)(parts - DEPTH_MAX));
		return NONE;
	}
	for (size_t i = 1; next_part(&path, &part, &len); i++)
		n = i < parts ? folder_below(t, n, part, len)
			      : member_below(t, n, part, len, m->type == TAR_FOLDER);
	return n ? n : NONE;
}

static uint32_t keep_member(struct tree *t, const struct tar_member *m)
{
	struct tar_member *kept;

	t->members = heap_grow(t->members, t->member_count, &t->member_room, sizeof(*t->members));
	kept = &t->members[t->member_count];
	*kept = *m;
	kept->path = arena_strdup(&t->arena, m->path);
	kept->link = *m->link ? arena_strdup(&t->arena, m->link) : "";
	return (uint32_t)t->member_count++;
}

static bool leads_outward(const struct tar_member *m)
{
	const char *path = m->path, *part;
	ptrdiff_t depth = -1;
	size_t len;

	if (*m->link == '/')
		return true;
	while (next_part(&path, &part, &len))
		depth += is_up(part, len) ? -1 : 1;
	for (path = m->link; next_part(&path, &part, &len);) {
		depth += is_up(part, len) ? -1 : 1;
		if (depth < 0)
			return true;
	}
	return false;
}

/* A hard link has the bytes of what it names, if that came before; else it is a name only. */
static void take_hard_link(struct tree *t, struct entry *node, const struct tar_member *m,
			   uint32_t self)
{
	uint32_t to = find_path(t, m->link);

	if (m->data.length) { /* pax: they are here once more */
		node->kind = MEMBER_FILE;
		return;
	}
	while (to != NONE && t->nodes[to].same != NONE)
		to = t->nodes[to].same;
	if (to != NONE && to != self && t->nodes[to].kind == MEMBER_FILE) {
		node->kind = MEMBER_FILE;
		node->same = to;
		return;
	}
	node->kind = MEMBER_LINK;
	NOTE(t, SEV_WARNING, "tar-link", m->header, "%s is a second name of %s, which is not there",
	     m->path, m->link);
}

static void take_kind(struct tree *t, uint32_t n, const struct tar_member *m)
{
	struct entry *node = &t->nodes[n];

	switch (m->type) {
	case TAR_FILE:
		node->kind = MEMBER_FILE;
		break;
	case TAR_HARD:
		take_hard_link(t, node, m, n);
		break;
	case TAR_LINK:
		node->kind = MEMBER_LINK;
		break;
	case TAR_FOLDER:
		node->kind = MEMBER_FOLDER;
		break;
	default:
		node->kind = MEMBER_OTHER;
		break;
	}
	if (m->type == TAR_LINK && leads_outward(m))
		NOTE(t, SEV_NOTE, "tar-link", m->header, "%s leads out of the archive, to %s",
		     m->path, m->link);
}

static void take_member(struct tree *t, const struct tar_member *m)
{
	uint32_t n = place_path(t, m);

	if (n == NONE)
		return;
	take_kind(t, n, m);
	t->nodes[n].member = keep_member(t, m);
}

static void build(struct tree *t)
{
	struct arena scratch;
	struct tar_walk w;
	struct tar_member m;

	arena_init(&scratch);
	w = tar_walk_over(t->src, &scratch);
	w.problems = t->options.problems;
	w.item = t->options.item;
	while (tar_next(&w, &m)) {
		if (t->member_count >= ARCHIVE_MEMBERS_MAX || t->count >= NODES_MAX) {
			NOTE(t, SEV_ERROR, "tar-members", m.header,
			     "more than %u members: the rest is not shown", ARCHIVE_MEMBERS_MAX);
			break;
		}
		take_member(t, &m);
		arena_reset(&scratch);
	}
	arena_fini(&scratch);
}

static void tree_leave(struct tree *t)
{
	if (atomic_fetch_sub(&t->users, 1) != 1)
		return;
	arena_fini(&t->arena);
	free(t->nodes);
	free(t->members);
	free(t->slots);
	free(t);
}

/* ---- folders ---- */

static const struct folder_ops archive_ops;

static const struct tar_member *member_of(const struct tree *t, uint32_t n)
{
	const struct entry *node = &t->nodes[n];

	if (node->same != NONE)
		node = &t->nodes[node->same];
	return node->member == NONE ? NULL : &t->members[node->member];
}

/* A member and its node, to be sorted together. */
struct pair {
	struct member member;
	uint32_t node;
};

static int compare_pairs(const void *a, const void *b)
{
	return name_compare(((const struct pair *)a)->member.name,
			    ((const struct pair *)b)->member.name);
}

static struct member describe(const struct tree *t, uint32_t n)
{
	const struct entry *node = &t->nodes[n];
	const struct tar_member *m = member_of(t, n);
	struct member out = { .name = node->name, .kind = node->kind };

	if (m && node->kind == MEMBER_FILE)
		out.size = m->size;
	if (node->kind == MEMBER_LINK)
		out.target = m ? m->link : "";
	return out;
}

static void fill(struct archive_folder *f)
{
	const struct tree *t = f->tree;
	size_t count = 0, i = 0;
	struct pair *pairs;

	for (uint32_t n = t->nodes[f->node].first; n != NONE; n = t->nodes[n].next)
		count++;
	pairs = heap_zeroed(count + 1, sizeof(*pairs));
	f->folder.members = heap_zeroed(count + 1, sizeof(struct member));
	f->nodes = heap_zeroed(count + 1, sizeof(*f->nodes));
	for (uint32_t n = t->nodes[f->node].first; n != NONE; n = t->nodes[n].next)
		pairs[i++] = (struct pair){ describe(t, n), n };
	qsort(pairs, count, sizeof(*pairs), compare_pairs);
	for (i = 0; i < count; i++) {
		f->folder.members[i] = pairs[i].member;
		f->nodes[i] = pairs[i].node;
	}
	f->folder.count = count;
	free(pairs);
}

static struct folder *folder_of(struct tree *t, uint32_t node, const char *path)
{
	struct archive_folder *f = heap_zeroed(1, sizeof(*f));

	atomic_fetch_add(&t->users, 1);
	f->tree = t;
	f->node = node;
	f->folder.ops = &archive_ops;
	f->folder.id = (struct folder_id){ (uint64_t)(uintptr_t)t, node };
	arena_init(&f->folder.arena);
	f->folder.path = text_clean_str(path, &f->folder.arena);
	fill(f);
	return &f->folder;
}

/* "a.tar/checkpoint": from the name of the source on. */
static const char *node_path_text(const struct tree *t, uint32_t n, struct arena *a)
{
	const char *path = source_name(t->src);
	uint32_t chain[DEPTH_MAX];
	size_t depth = 0;

	for (; n; n = t->nodes[n].parent)
		chain[depth++] = n;
	while (depth)
		path = arena_printf(a, "%s/%s", path, t->nodes[chain[--depth]].name);
	return path;
}

/* Follows a path from the folder `n`, links and all, without ever leaving the archive. NONE: it
 * leads nowhere. */
static uint32_t resolve(const struct tree *t, uint32_t n, const char *path, int *links)
{
	const char *part;
	size_t len;

	if (*path == '/')
		return NONE;
	while (n != NONE && next_part(&path, &part, &len)) {
		const struct tar_member *m;

		/* The folder above, also where members are called so. */
		if (is_up(part, len)) {
			n = n ? t->nodes[n].parent : NONE;
			continue;
		}
		n = child_named(t, n, part, len);
		if (n == NONE || t->nodes[n].kind != MEMBER_LINK)
			continue;
		m = member_of(t, n);
		n = m && ++*links <= LINKS_MAX ? resolve(t, t->nodes[n].parent, m->link, links)
					       : NONE;
	}
	return n;
}

static uint32_t node_of(const struct folder *folder, const struct member *m)
{
	const struct archive_folder *f = (const struct archive_folder *)folder;

	return f->nodes[m - folder->members];
}

static struct err *archive_enter(struct folder *folder, const struct member *m, struct folder **out)
{
	struct tree *t = ((struct archive_folder *)folder)->tree;
	uint32_t n = node_of(folder, m);
	struct arena a;
	int links = 0;

	if (t->nodes[n].kind == MEMBER_LINK)
		n = resolve(t, t->nodes[n].parent, member_of(t, n)->link, &links);
	if (n == NONE)
		return err_new(ERR_ABSENT, "%s/%s leads to %s, which is not in the archive",
			       folder->path, m->name, m->target);
	if (t->nodes[n].kind != MEMBER_FOLDER)
		return err_new(ERR_IO, "%s/%s is not a directory", folder->path, m->name);
	arena_init(&a);
	*out = folder_of(t, n, node_path_text(t, n, &a));
	arena_fini(&a);
	return NULL;
}

static struct err *archive_enter_path(struct folder *folder, const char *path, struct folder **out)
{
	struct archive_folder *f = (struct archive_folder *)folder;
	struct arena a;
	int links = 0;
	uint32_t n = resolve(f->tree, f->node, path, &links);

	if (n == NONE || f->tree->nodes[n].kind != MEMBER_FOLDER)
		return err_new(ERR_ABSENT, "%s/%s is not in the archive", folder->path, path);
	arena_init(&a);
	*out = folder_of(f->tree, n, node_path_text(f->tree, n, &a));
	arena_fini(&a);
	return NULL;
}

/* ---- sparse members ---- */

/* Data and holes, in a file of holes and data. */
static struct err *compose(const struct tree *t, const struct tar_member *m, const char *name,
			   int fd)
{
	struct tar_extent *map;
	struct err *err = NULL;
	struct span data;
	struct arena a;
	size_t count;

	if (m->size > INT64_MAX || ftruncate(fd, (off_t)m->size))
		return err_new(ERR_LIMIT, "%s: a file of %llu bytes, with holes, is too large",
			       name, (unsigned long long)m->size);
	arena_init(&a);
	count = tar_map(t->src, m, &a, &map, &data);
	for (size_t i = 0; !err && i < count; i++) {
		err = source_put(fd, source_view(t->src, data.offset, map[i].length), map[i].offset,
				 name);
		data.offset += map[i].length;
	}
	arena_fini(&a);
	return err;
}

static struct err *open_sparse(const struct tree *t, const struct tar_member *m, const char *name,
			       struct source **out)
{
	uint64_t max = t->options.spool_max ? t->options.spool_max : ARCHIVE_SPOOL_MAX;
	struct err *err;
	int fd;

	if (m->data.length > max)
		return err_new(ERR_LIMIT, "%s: more than %llu bytes to be spooled", name,
			       (unsigned long long)max);
	err = source_temporary(name, &fd);
	if (err)
		return err;
	err = compose(t, m, name, fd);
	if (!err)
		err = source_map(fd, name, out);
	close(fd);
	return err;
}

static struct err *archive_source(struct folder *folder, const struct member *m,
				  struct source **out)
{
	const struct tree *t = ((struct archive_folder *)folder)->tree;
	const struct tar_member *tm = member_of(t, node_of(folder, m));

	if (!tm)
		return err_new(ERR_ABSENT, "%s has no bytes", m->name);
	if (tm->sparse != TAR_SOLID)
		return open_sparse(t, tm, m->name, out);
	*out = source_slice(t->src, tm->data, m->name);
	return NULL;
}

static void archive_fini(struct folder *folder)
{
	struct archive_folder *f = (struct archive_folder *)folder;

	tree_leave(f->tree);
	free(f->nodes);
	free(folder->members);
}

const struct tar_member *archive_member(const struct folder *f, const struct member *m)
{
	return member_of(((const struct archive_folder *)f)->tree, node_of(f, m));
}

struct err *archive_open(struct source *src, const struct archive_options *options,
			 struct folder **out)
{
	struct tree *t;

	*out = NULL;
	if (!tar_is_header(source_view(src, 0, TAR_BLOCK)))
		return err_new(ERR_FORMAT, "%s is not a tar archive", source_name(src));
	t = heap_zeroed(1, sizeof(*t));
	t->src = src;
	if (options)
		t->options = *options;
	t->seed = (uint64_t)(uintptr_t)t * UINT64_C(0x2545f4914f6cdd1d);
	t->slot_room = 32;
	atomic_init(&t->users, 1);
	arena_init(&t->arena);
	widen_slots(t);
	add_node(t, NONE, "", 0);
	build(t);
	*out = folder_of(t, 0, source_name(src));
	tree_leave(t);
	return NULL;
}

static const struct folder_ops archive_ops = {
	.open = archive_source,
	.enter = archive_enter,
	.enter_path = archive_enter_path,
	.fini = archive_fini,
};
