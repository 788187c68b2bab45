/* Where ids lead.
 *
 * CRIU's images are held together by numbers of about ten different spaces (descriptor files by
 * type and id, pipes by pipe_id, unix peers by inode, memfds by inode_id, mounts by mnt_id, ...).
 * What the numbers of fields mean, proto/ says; here is where each kind of them goes. */
#include <stdio.h>
#include <string.h>

#include "criu/refs.h"

/* ---- places ---- */

struct place place_item(struct item *it)
{
	return (struct place){ .node = { it, NODE_SELF }, .offset = UINT64_MAX };
}

struct place place_row(struct image *im, uint64_t row)
{
	item_index(im->item, true);
	return (struct place){ .node = { im->item, row }, .offset = UINT64_MAX };
}

struct place place_part(struct image *im, const char *label)
{
	struct place p = place_item(im->item);
	uint64_t row = NODE_SELF;

	item_index(im->item, true);
	if (im->item->ops->lookup)
		row = im->item->ops->lookup(im->item, label);
	p.node.at = row;
	if (row == NODE_SELF)
		p.path = arena_strdup(&im->set->model->arena, label);
	return p;
}

/* The same for element `n` of a repeated field. The label outlives the call in the arena only if
 * the place needs it. */
struct place place_element(struct image *im, const char *field, uint64_t n)
{
	char label[48];

	snprintf(label, sizeof(label), "%s[%llu]", field, (unsigned long long)n);
	return place_part(im, label);
}

bool to_image(struct image *im, struct place *out)
{
	if (!im || !im->item)
		return false;
	*out = place_item(im->item);
	return true;
}

bool to_row(const struct table_row *r, struct place *out)
{
	if (!r)
		return false;
	*out = place_row(r->im, r->row);
	return true;
}

bool to_process(struct criu_set *set, uint64_t pid, struct place *out)
{
	struct process *p = pid <= UINT32_MAX ? set_process(set, (uint32_t)pid) : NULL;

	if (!p || !p->item)
		return false;
	*out = place_item(p->item);
	return true;
}

static bool to_namespace(struct criu_set *set, enum ns_type type, uint64_t id, struct place *out)
{
	struct ns_node *ns = set_namespace(set, type, (uint32_t)id);

	/* Until ns_per_id (v0.8) the images were numbered by the root task's pid. */
	if ((!ns || !ns->item) && !set->ns_per_id && set->process_count)
		ns = set_namespace(set, type, set->processes[0].pid);
	if (!ns || !ns->item || id > UINT32_MAX)
		return false;
	*out = place_item(ns->item);
	return true;
}

/* By type and id; a reference that does not know the type takes the first that has the id. */
bool to_file(struct criu_set *set, uint64_t type, uint64_t id, struct place *out)
{
	if (id > UINT32_MAX)
		return false;
	if (type)
		return type <= UINT32_MAX &&
		       to_row(find_file(set, (uint32_t)type, (uint32_t)id), out);
	for (uint32_t t = 1; file_type_name(t); t++)
		if (to_row(find_file(set, t, (uint32_t)id), out))
			return true;
	return false;
}

/* A segment of SysV shared memory, or of anonymous memory that processes share. */
bool to_shmem(struct criu_set *set, uint64_t id, struct place *out)
{
	return to_image(set_image(set, "SHMEM_PAGEMAP", id), out);
}

bool to_vma_shm(struct criu_set *set, uint64_t status, uint64_t id, struct place *out)
{
	if (status & VMA_PLUGIN)
		return to_file(set, T_EXT, id, out);
	if (status & VMA_FILE)
		return to_file(set, status & VMA_MEMFD ? T_MEMFD : T_REG, id, out);
	if (status & VMA_SOCKET)
		return to_file(set, T_PACKETSK, id, out);
	if (status & VMA_ANON_SHARED)
		return to_shmem(set, id, out) ||
		       ((status & VMA_SYSVIPC) && to_row(table_find(set, TABLE_SHM, id), out));
	return false;
}

/* ---- following ---- */

enum { REMAP_LINKED, REMAP_GHOST, REMAP_PROCFS };

bool to_remap(struct criu_set *set, uint64_t type, uint64_t id, struct place *out)
{
	switch (type) {
	case REMAP_LINKED:
		/* Without a type (old sets) bit 31 says ghost. */
		if (!(id >> 31 & 1))
			return to_file(set, T_REG, id, out);
		id &= 0x7fffffff;
		/* fallthrough */
	case REMAP_GHOST:
		return to_image(set_image(set, "GHOST_FILE", id), out) ||
		       to_image(set_image(set, "GHOST_FILE", id & 0x7fffffff), out);
	case REMAP_PROCFS:
		return to_process(set, id, out);
	default:
		return false;
	}
}

static bool to_plugin(struct criu_set *set, uint64_t id, struct place *out)
{
	static const char *const kinds[] = { "AMDGPU_KFD", "AMDGPU_RENDERD", "AMDGPU_DMABUF" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (to_image(set_image(set, kinds[i], id), out))
			return true;
	return false;
}

static bool to_ns_file(struct criu_set *set, uint64_t cflag, uint64_t id, struct place *out)
{
	for (int t = 0; t < NS_TYPES; t++)
		if (!cflag || ns_kinds[t].cflag == cflag)
			if (to_namespace(set, (enum ns_type)t, id, out))
				return true;
	return false;
}

bool to_seccomp(struct criu_set *set, uint64_t n, struct place *out)
{
	struct image *im = set_image_first(set, "SECCOMP");
	struct bytes msg;

	if (!im || !image_first(im, &msg))
		return false;
	for (struct parts p = parts_of(msg, 1); parts_next(&p);)
		if (p.at == n) {
			*out = place_element(im, "seccomp_filters", n);
			return true;
		}
	return false;
}

static bool to_cgroup(struct criu_set *set, uint64_t id, struct place *out)
{
	const struct table_row *r = table_find(set, TABLE_CGROUPS, id);

	if (!r)
		return false;
	*out = place_element(r->im, "sets", r->row);
	return true;
}

bool to_device(struct criu_set *set, uint64_t dev, struct place *out)
{
	return to_image(set_image(set, "TMPFS_DEV", dev), out) ||
	       to_image(set_image(set, "AUTOFS", dev), out);
}

/* References that a table resolves by id alone. */
static const enum table_id ref_tables[REF_COUNT] = {
	[REF_PIPE_DATA] = TABLE_PIPES, [REF_FIFO_DATA] = TABLE_FIFOS,  [REF_TTY_INFO] = TABLE_TTYS,
	[REF_UNIX_INO] = TABLE_UNIX,   [REF_SK_QUEUE] = TABLE_PACKETS, [REF_MEMFD] = TABLE_MEMFDS,
	[REF_BPFMAP] = TABLE_MAPS,     [REF_MNT] = TABLE_MOUNTS,
};

/* References that a file's number resolves. */
static const char *const ref_images[REF_COUNT] = {
	[REF_TID] = "CORE",
	[REF_FILES_ID] = "FDINFO",
	[REF_PAGES] = "PAGES",
	[REF_SHMEM] = "SHMEM_PAGEMAP",
	[REF_TCP_STREAM] = "TCP_STREAM",
};

static bool to_ns_of_ref(struct criu_set *set, enum criu_ref kind, uint64_t id, struct place *out)
{
	for (int t = 0; t < NS_TYPES; t++)
		if (ns_kinds[t].ref == kind && kind != REF_NONE)
			return to_namespace(set, (enum ns_type)t, id, out);
	return false;
}

static struct process *process_of_item(struct item *it)
{
	if (it && it->ops == &process_ops)
		return it->data;
	return it && it->ops == &image_ops ? image_process(it->data) : NULL;
}

bool set_follow(struct criu_set *set, struct item *from, struct ref ref, struct place *out)
{
	enum criu_ref kind = ref.kind < REF_COUNT ? (enum criu_ref)ref.kind : REF_NONE;

	if (ref_tables[kind])
		return to_row(table_find(set, ref_tables[kind], ref.id), out);
	if (ref_images[kind])
		return to_image(set_image(set, ref_images[kind], ref.id), out);
	switch (kind) {
	case REF_FILE:
		return to_file(set, ref.more, ref.id, out);
	case REF_REG:
		return to_file(set, T_REG, ref.id, out);
	case REF_UNIX_ID:
		return to_file(set, T_UNIXSK, ref.id, out);
	case REF_PID:
		return to_process(set, ref.id, out);
	case REF_VMA_SHM:
		return to_vma_shm(set, ref.more, ref.id, out);
	case REF_GHOST:
		return to_remap(set, ref.more, ref.id, out);
	case REF_MNT_ROOT_DEV:
		return to_device(set, ref.id, out);
	case REF_CGROUP_SET:
		return to_cgroup(set, ref.id, out);
	case REF_SECCOMP:
		return to_seccomp(set, ref.id, out);
	case REF_EXT:
		return to_plugin(set, ref.id, out);
	case REF_NS_FILE:
		return to_ns_file(set, ref.more, ref.id, out);
	case REF_ADDRESS:
		return to_address(set, process_of_item(from), from, ref.id, out);
	default:
		return to_ns_of_ref(set, kind, ref.id, out);
	}
}

bool criu_follow(struct item *from, struct ref ref, struct place *out)
{
	struct item *real = item_real(from);
	struct criu_set *set = item_set(real);

	return set && set_follow(set, real, ref, out);
}

/* ---- the words of proto/ ---- */

static const char *const ref_words[REF_COUNT] = {
	[REF_FILE] = "file",
	[REF_REG] = "reg",
	[REF_PID] = "pid",
	[REF_TID] = "tid",
	[REF_FILES_ID] = "files_id",
	[REF_PAGES] = "pages",
	[REF_SHMEM] = "shmem",
	[REF_VMA_SHM] = "vma_shm",
	[REF_UTS_NS] = "uts_ns",
	[REF_IPC_NS] = "ipc_ns",
	[REF_NET_NS] = "net_ns",
	[REF_MNT_NS] = "mnt_ns",
	[REF_USER_NS] = "user_ns",
	[REF_TIME_NS] = "time_ns",
	[REF_PID_NS] = "pid_ns",
	[REF_GHOST] = "ghost",
	[REF_PIPE_DATA] = "pipe_data",
	[REF_FIFO_DATA] = "fifo_data",
	[REF_TTY_INFO] = "tty_info",
	[REF_UNIX_INO] = "unix_ino",
	[REF_UNIX_ID] = "unix_id",
	[REF_SK_QUEUE] = "sk_queue",
	[REF_TCP_STREAM] = "tcp_stream",
	[REF_MEMFD] = "memfd",
	[REF_BPFMAP] = "bpfmap",
	[REF_MNT] = "mnt",
	[REF_MNT_ROOT_DEV] = "mnt_root_dev",
	[REF_CGROUP_SET] = "cgroup_set",
	[REF_SECCOMP] = "seccomp",
	[REF_EXT] = "ext",
	[REF_NS_FILE] = "ns_file",
	[REF_ADDRESS] = "address",
};

enum criu_ref ref_kind(const char *word)
{
	for (int k = 1; k < REF_COUNT; k++)
		if (ref_words[k] && !strcmp(ref_words[k], word))
			return (enum criu_ref)k;
	return REF_NONE;
}

const char *ref_word(enum criu_ref kind)
{
	return kind < REF_COUNT ? ref_words[kind] : NULL;
}
