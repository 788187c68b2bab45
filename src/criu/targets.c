/* Where a row leads when it is opened: a descriptor to its file, a file to what is behind it, an
 * area to what it maps, a pagemap run to its bytes. */
#include <string.h>

#include "criu/image.h"
#include "criu/refs.h"

/* What a descriptor file has behind it. `msg`: its per-type message. */
static bool behind_file(struct criu_set *set, uint32_t type, uint32_t id, struct bytes msg,
			struct place *out)
{
	static const struct {
		enum criu_ref ref;
		uint32_t field;
	} behind[] = {
		[2] = { REF_PIPE_DATA, 2 }, [3] = { REF_FIFO_DATA, 2 }, [4] = { REF_TCP_STREAM, 2 },
		[5] = { REF_UNIX_INO, 8 },  [11] = { REF_TTY_INFO, 2 }, [14] = { REF_NS_FILE, 2 },
		[16] = { REF_EXT, 1 },      [18] = { REF_MEMFD, 5 },    [19] = { REF_BPFMAP, 8 },
		[20] = { REF_PID, 4 },
	};
	struct ref ref = { 0 };
	struct bytes remap;

	if (type == T_REG && file_remap(set, id, &remap))
		return to_remap(set, uint_of(remap, 3), uint_of(remap, 2), out);
	if (type >= ARRAY_LEN(behind) || !behind[type].ref)
		return false;
	ref.kind = (uint16_t)behind[type].ref;
	ref.id = uint_of(msg, behind[type].field);
	if (type == 14)
		ref.more = uint_of(msg, 3);
	if (type == T_UNIXSK && !ref.id)
		return false;
	return set_follow(set, NULL, ref, out);
}

static bool target_fdinfo(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)row;
	return to_file(im->set, uint_of(msg, 3), uint_of(msg, 1), out);
}

static bool target_file(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	uint32_t id, type = file_type_of_kind(im->kind->name);
	struct bytes inner = msg;

	(void)row;
	if (type)
		id = (uint32_t)uint_of(msg, 1);
	else
		type = file_entry_split(msg, &id, &inner);
	return behind_file(im->set, type, id, inner, out);
}

static bool target_pstree(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)row;
	return to_process(im->set, uint_of(msg, 1), out);
}

/* A mapping's file; else where its first page is. */
static bool target_vma(struct image *im, uint64_t row, struct bytes vma, struct place *out)
{
	struct process *p = image_process(im);
	uint64_t at;

	(void)row;
	if (to_vma_shm(im->set, uint_of(vma, 7), uint_of(vma, 4), out))
		return true;
	if (!p || !p->pagemap || !find_run(p->pagemap, uint_of(vma, 1), uint_of(vma, 2), &at))
		return false;
	*out = place_row(p->pagemap, at);
	return true;
}

static bool target_pagemap(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)msg;
	return row ? to_pages(im, row, out) : to_image(pages_of_head(im->set, im), out);
}

static bool target_mount(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)row;
	return to_device(im->set, uint_of(msg, 3), out) ||
	       to_image(set_image(im->set, "TMPFS_IMG", uint_of(msg, 2)), out) ||
	       to_row(table_find(im->set, TABLE_MOUNTS, uint_of(msg, 4)), out);
}

static bool target_remap(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)row;
	return to_remap(im->set, uint_of(msg, 3), uint_of(msg, 2), out);
}

static bool target_packet(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)row;
	return to_file(im->set, T_UNIXSK, uint_of(msg, 1), out);
}

static bool target_memfd(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)row;
	return to_shmem(im->set, uint_of(msg, 5), out);
}

static bool target_shm(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	struct bytes desc;

	(void)row;
	return wire_bytes(msg, 1, &desc) && to_shmem(im->set, uint_of(desc, 7), out);
}

static bool target_tty_data(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)row;
	return to_row(table_find(im->set, TABLE_TTYS, uint_of(msg, 1)), out);
}

static bool target_tty_info(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)row;
	return to_row(table_find(im->set, TABLE_TTY_DATA, uint_of(msg, 1)), out);
}

/* A lock's descriptor: the row of its owner's table. */
static bool target_lock(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	struct process *p = set_process(im->set, (uint32_t)uint_of(msg, 3));

	(void)row;
	if (!p)
		return false;
	for (struct walk w = walk_over(p->fdinfo); walk_next(&w);)
		if (uint_of(w.msg, 4) == uint_of(msg, 4)) {
			*out = place_row(p->fdinfo, w.row);
			return true;
		}
	return false;
}

static bool target_filter(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	uint64_t prev;

	(void)row;
	return wire_uint(msg, 2, &prev) && to_seccomp(im->set, prev, out);
}

/* By the type of the row's message. */
static const struct {
	const char *type;
	bool (*to)(struct image *, uint64_t row, struct bytes msg, struct place *);
} targets[] = {
	{ "fdinfo_entry", target_fdinfo },     { "file_entry", target_file },
	{ "pstree_entry", target_pstree },     { "vma_entry", target_vma },
	{ "pagemap_entry", target_pagemap },   { "pagemap_head", target_pagemap },
	{ "mnt_entry", target_mount },         { "remap_file_path_entry", target_remap },
	{ "sk_packet_entry", target_packet },  { "memfd_inode_entry", target_memfd },
	{ "ipc_shm_entry", target_shm },       { "tty_data_entry", target_tty_data },
	{ "tty_info_entry", target_tty_info }, { "file_lock_entry", target_lock },
	{ "seccomp_filter", target_filter },
};

/* The type of a row: a record's, or of a single message's part its field's. */
static const struct message *row_type(const struct image *im, const struct record *r)
{
	const struct message_field *part;

	if (image_has_rows(im))
		return image_type(im, r);
	part = im->message ? message_field(im->message, r->kind) : NULL;
	return part ? part->message : NULL;
}

bool criu_target(struct item *from, uint64_t at, struct place *out)
{
	struct image *im;
	const struct record *r;
	const struct message *type;

	from = item_real(from);
	if (from->ops != &image_ops || !from->list)
		return false;
	im = from->data;
	r = index_at(from->list, (size_t)at);
	type = r && at != NODE_SELF ? row_type(im, r) : NULL;
	if (!type || !im->kind)
		return false;
	if (file_type_of_kind(im->kind->name))
		return target_file(im, at, image_message(im, r), out);
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (!strcmp(targets[i].type, type->name))
			return targets[i].to(im, at, image_message(im, r), out);
	return false;
}
