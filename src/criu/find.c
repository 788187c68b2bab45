/* Finding things in a set: records of an image, images by number, processes, namespaces. All is
 * read from what set.c and pstree.c filled in while opening. */
#include <string.h>

#include "criu/set.h"

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
		struct ns_node **more =
			arena_array(&set->model->arena, room, sizeof(struct ns_node *));

		if (ix->node_count)
			memcpy(more, ix->nodes, ix->node_count * sizeof(struct ns_node *));
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

	if (set->page_size)
		return set->page_size;
	for (struct image *im = set_image_first(set, "MM"); im && !size; im = im->next_same) {
		struct bytes mm;

		if (image_first(im, &mm))
			size = auxv_page_size(mm);
	}
	/* Anything else is damage: a page is a power of two between 4 KiB and 1 MiB. */
	if (size < 4096 || size > 1u << 20 || (size & (size - 1)))
		size = 4096;
	set->page_size = size;
	return size;
}

/* ---- made while opening ---- */

static size_t kind_count(void)
{
	size_t n = 0;

	while (image_kinds[n].name)
		n++;
	return n;
}

struct criu_set *item_set(const struct item *it)
{
	if (it->ops == &image_ops)
		return ((const struct image *)it->data)->set;
	if (it->ops == &process_ops)
		return ((const struct process *)it->data)->set;
	if (it->ops == &namespace_ops)
		return ((const struct ns_node *)it->data)->set;
	return it->ops == &group_ops ? ((const struct group *)it->data)->set : NULL;
}

/* Both in natural order of names: of two files with one number the first is the one found. */
void set_index_images(struct criu_set *set)
{
	struct set_index *ix = set->index;

	ix->first_of_kind =
		arena_array(&set->model->arena, kind_count() + 1, sizeof(struct image *));
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
