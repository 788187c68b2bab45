/* Where ids lead.
 *
 * CRIU's images are held together by numbers of about ten different spaces (descriptor files by
 * type and id, pipes by pipe_id, unix peers by inode, memfds by inode_id, mounts by mnt_id, ...).
 * A table from each is built when it is first asked for, by one walk over the images that hold it.
 * Numbers that name a file (pages-3.img, ghost-file-a.img) need no table: set_image finds them.
 *
 * Owner's thread only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "criu/image.h"
#include "criu/names.h"
#include "criu/set.h"

enum table_id {
	TABLE_FILES, /* key: type << 32 | id */
	TABLE_UNIX,  /* by inode */
	TABLE_PIPES,
	TABLE_FIFOS,
	TABLE_TTYS,
	TABLE_TTY_DATA,
	TABLE_PACKETS,
	TABLE_MEMFDS,
	TABLE_MAPS,
	TABLE_MOUNTS,
	TABLE_REMAPS,
	TABLE_SHM,
	TABLE_CGROUPS,
	TABLE_COUNT
};

struct table_row {
	struct image *im;
	uint64_t key;
	uint64_t row;     /* of its records; of TABLE_CGROUPS: position among the sets */
	struct bytes msg; /* in the source's mapping */
};

struct table {
	bool built;
	struct idmap map;
	struct table_row *rows;
	size_t count, room;
};

struct set_tables {
	struct table tables[TABLE_COUNT];
	uint64_t page_size; /* 0: not yet asked */
};

/* Tables whose key is one number of each record. */
static const struct table_spec {
	const char *kind;
	uint32_t field; /* of the key */
	uint32_t inner; /* of the message that has the key, if it is not the record's own */
} table_specs[TABLE_COUNT] = {
	[TABLE_PIPES] = { "PIPES_DATA", 1, 0 },   [TABLE_FIFOS] = { "FIFO_DATA", 1, 0 },
	[TABLE_TTYS] = { "TTY_INFO", 1, 0 },      [TABLE_TTY_DATA] = { "TTY_DATA", 1, 0 },
	[TABLE_PACKETS] = { "SK_QUEUES", 1, 0 },  [TABLE_MEMFDS] = { "MEMFD_INODE", 7, 0 },
	[TABLE_MAPS] = { "BPFMAP_DATA", 1, 0 },   [TABLE_MOUNTS] = { "MNTS", 2, 0 },
	[TABLE_REMAPS] = { "REMAP_FPATH", 1, 0 }, [TABLE_SHM] = { "IPCNS_SHM", 7, 1 },
};

/* Types of descriptor files, by fd_types: the field of file_entry that holds such a one, and the
 * image that did before files.img. */
static const struct file_type {
	const char *name;
	uint32_t field;
	const char *old_kind;
} file_types[] = {
	[1] = { "REG", 3, "REG_FILES" },
	[2] = { "PIPE", 18, "PIPES" },
	[3] = { "FIFO", 17, "FIFO" },
	[4] = { "INETSK", 4, "INETSK" },
	[5] = { "UNIXSK", 16, "UNIXSK" },
	[6] = { "EVENTFD", 8, "EVENTFD_FILE" },
	[7] = { "EVENTPOLL", 9, "EVENTPOLL_FILE" },
	[8] = { "INOTIFY", 13, "INOTIFY_FILE" },
	[9] = { "SIGNALFD", 10, "SIGNALFD" },
	[10] = { "PACKETSK", 6, "PACKETSK" },
	[11] = { "TTY", 19, "TTY_FILES" },
	[12] = { "FANOTIFY", 14, "FANOTIFY_FILE" },
	[13] = { "NETLINKSK", 7, "NETLINK_SK" },
	[14] = { "NS", 5, "NS_FILES" },
	[15] = { "TUNF", 11, "TUNFILE" },
	[16] = { "EXT", 15, "EXT_FILES" },
	[17] = { "TIMERFD", 12, "TIMERFD" },
	[18] = { "MEMFD", 20, NULL },
	[19] = { "BPFMAP", 21, "BPFMAP_FILE" },
	[20] = { "PIDFD", 22, "PIDFD" },
};

enum { T_REG = 1, T_INETSK = 4, T_UNIXSK = 5, T_PACKETSK = 10, T_EXT = 16, T_MEMFD = 18 };

/* vma_entry.status */
enum {
	VMA_FILE = 0x40 | 0x80,
	VMA_ANON_SHARED = 0x100,
	VMA_SYSVIPC = 0x400,
	VMA_SOCKET = 0x800,
	VMA_MEMFD = 0x4000,
	VMA_PLUGIN = 0x8000000,
};

const char *file_type_name(uint32_t type)
{
	return type < ARRAY_LEN(file_types) ? file_types[type].name : NULL;
}

uint32_t file_entry_field(uint32_t type)
{
	return type < ARRAY_LEN(file_types) ? file_types[type].field : 0;
}

uint32_t file_type_of_kind(const char *kind_name)
{
	for (uint32_t t = 1; t < ARRAY_LEN(file_types); t++)
		if (file_types[t].old_kind && !strcmp(file_types[t].old_kind, kind_name))
			return t;
	return 0;
}

uint32_t file_entry_split(struct bytes entry, uint32_t *id, struct bytes *msg)
{
	uint32_t type = (uint32_t)uint_of(entry, 1), field = file_entry_field(type);

	*id = (uint32_t)uint_of(entry, 2);
	*msg = (struct bytes){ NULL, 0 };
	if (field)
		wire_bytes(entry, field, msg);
	return type;
}

/* ---- tables ---- */

static struct set_tables *tables_of(struct criu_set *set)
{
	if (!set->tables) {
		set->tables = calloc(1, sizeof(*set->tables));
		if (!set->tables)
			abort();
		for (int i = 0; i < TABLE_COUNT; i++)
			idmap_init(&set->tables->tables[i].map);
	}
	return set->tables;
}

void tables_free(struct set_tables *t)
{
	if (!t)
		return;
	for (int i = 0; i < TABLE_COUNT; i++) {
		idmap_fini(&t->tables[i].map);
		free(t->tables[i].rows);
	}
	free(t);
}

/* The first of several with one key is the one found: packets of one socket keep their order. */
static void table_add(struct table *t, struct table_row row)
{
	if (t->count == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		struct table_row *more = reallocarray(t->rows, room, sizeof(*more));

		if (!more)
			return;
		t->rows = more;
		t->room = room;
	}
	if (t->count < UINT32_MAX && idmap_add(&t->map, row.key, (uint32_t)t->count))
		t->rows[t->count++] = row;
}

static void add_records(struct criu_set *set, struct table *t, const struct table_spec *spec)
{
	for (struct image *im = set_image_first(set, spec->kind); im; im = im->next_same)
		for (struct walk w = walk_over(im); walk_next(&w);) {
			struct bytes msg = w.msg;
			uint64_t key;

			if (spec->inner && !wire_bytes(msg, spec->inner, &msg))
				continue;
			if (wire_uint(msg, spec->field, &key))
				table_add(t, (struct table_row){ im, key, w.row, w.msg });
		}
}

static uint64_t file_key(uint32_t type, uint32_t id)
{
	return (uint64_t)type << 32 | id;
}

static void add_files(struct criu_set *set, struct table *t)
{
	for (struct walk w = walk_over(set_image_first(set, "FILES")); walk_next(&w);) {
		struct bytes msg;
		uint32_t id, type = file_entry_split(w.msg, &id, &msg);

		table_add(t, (struct table_row){ w.im, file_key(type, id), w.row, msg });
	}
	for (uint32_t type = 1; type < ARRAY_LEN(file_types); type++) {
		const char *kind = file_types[type].old_kind;
		struct image *im = kind ? set_image_first(set, kind) : NULL;

		for (struct walk w = walk_over(im); walk_next(&w);)
			table_add(t, (struct table_row){
					     im, file_key(type, (uint32_t)uint_of(w.msg, 1)), w.row,
					     w.msg });
	}
}

static struct table *table_of(struct criu_set *set, enum table_id id);

static void add_unix(struct criu_set *set, struct table *t)
{
	const struct table *files = table_of(set, TABLE_FILES);

	for (size_t i = 0; i < files->count; i++) {
		struct table_row row = files->rows[i];

		if (row.key >> 32 != T_UNIXSK)
			continue;
		row.key = uint_of(row.msg, 2);
		table_add(t, row);
	}
}

static void add_cgroups(struct criu_set *set, struct table *t)
{
	struct image *im = set_image_first(set, "CGROUP");
	struct bytes msg;

	if (!image_first(im, &msg))
		return;
	for (struct parts p = parts_of(msg, 1); parts_next(&p);)
		table_add(t, (struct table_row){ im, uint_of(p.msg, 1), p.at, p.msg });
}

static struct table *table_of(struct criu_set *set, enum table_id id)
{
	struct table *t = &tables_of(set)->tables[id];

	if (t->built)
		return t;
	t->built = true;
	switch (id) {
	case TABLE_FILES:
		add_files(set, t);
		break;
	case TABLE_UNIX:
		add_unix(set, t);
		break;
	case TABLE_CGROUPS:
		add_cgroups(set, t);
		break;
	default:
		add_records(set, t, &table_specs[id]);
	}
	return t;
}

static const struct table_row *table_find(struct criu_set *set, enum table_id id, uint64_t key)
{
	const struct table *t = table_of(set, id);
	uint32_t at;

	return idmap_get(&t->map, key, &at) ? &t->rows[at] : NULL;
}

static const struct table_row *find_file(struct criu_set *set, uint32_t type, uint32_t id)
{
	return table_find(set, TABLE_FILES, file_key(type, id));
}

bool file_lookup(struct criu_set *set, uint32_t type, uint32_t id, struct image **im,
		 uint64_t *record)
{
	const struct table_row *r = find_file(set, type, id);

	if (!r)
		return false;
	*im = r->im;
	*record = r->row;
	return true;
}

bool file_message(struct criu_set *set, uint32_t type, uint32_t id, struct bytes *msg)
{
	const struct table_row *r = find_file(set, type, id);

	if (r)
		*msg = r->msg;
	return r != NULL;
}

static bool message_in(struct criu_set *set, enum table_id id, uint64_t key, struct bytes *msg)
{
	const struct table_row *r = table_find(set, id, key);

	if (r)
		*msg = r->msg;
	return r != NULL;
}

bool unix_by_inode(struct criu_set *set, uint32_t ino, struct bytes *msg)
{
	return message_in(set, TABLE_UNIX, ino, msg);
}

bool pipe_data(struct criu_set *set, bool fifo, uint32_t pipe_id, struct bytes *msg)
{
	return message_in(set, fifo ? TABLE_FIFOS : TABLE_PIPES, pipe_id, msg);
}

bool tty_info(struct criu_set *set, uint32_t id, struct bytes *msg)
{
	return message_in(set, TABLE_TTYS, id, msg);
}

bool memfd_inode(struct criu_set *set, uint32_t id, struct bytes *msg)
{
	return message_in(set, TABLE_MEMFDS, id, msg);
}

bool mount_by_id(struct criu_set *set, uint32_t id, struct bytes *msg)
{
	return message_in(set, TABLE_MOUNTS, id, msg);
}

bool cgroup_set(struct criu_set *set, uint32_t id, struct bytes *msg)
{
	return message_in(set, TABLE_CGROUPS, id, msg);
}

bool file_remap(struct criu_set *set, uint32_t reg_id, struct bytes *msg)
{
	return message_in(set, TABLE_REMAPS, reg_id, msg);
}

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
static struct place place_element(struct image *im, const char *field, uint64_t n)
{
	char label[48];

	snprintf(label, sizeof(label), "%s[%llu]", field, (unsigned long long)n);
	return place_part(im, label);
}

static bool to_image(struct image *im, struct place *out)
{
	if (!im || !im->item)
		return false;
	*out = place_item(im->item);
	return true;
}

static bool to_row(const struct table_row *r, struct place *out)
{
	if (!r)
		return false;
	*out = place_row(r->im, r->row);
	return true;
}

static bool to_process(struct criu_set *set, uint64_t pid, struct place *out)
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

	if (!ns || !ns->item || id > UINT32_MAX)
		return false;
	*out = place_item(ns->item);
	return true;
}

/* By type and id; a reference that does not know the type takes the first that has the id. */
static bool to_file(struct criu_set *set, uint64_t type, uint64_t id, struct place *out)
{
	if (id > UINT32_MAX)
		return false;
	if (type)
		return type <= UINT32_MAX &&
		       to_row(find_file(set, (uint32_t)type, (uint32_t)id), out);
	for (uint32_t t = 1; t < ARRAY_LEN(file_types); t++)
		if (to_row(find_file(set, t, (uint32_t)id), out))
			return true;
	return false;
}

/* ---- memory ---- */

struct page_run page_run_of(struct bytes entry)
{
	struct page_run run = { .vaddr = uint_of(entry, 1), .flags = PE_PRESENT };
	uint64_t v;

	/* Since v4.2 the count is 64-bit, in field 5; before, 32-bit in field 2. */
	if (!wire_uint(entry, 5, &run.pages))
		run.pages = uint_of(entry, 2);
	if (uint_of(entry, 3)) /* in_parent, until v3.4 */
		run.flags = PE_PARENT;
	else if (wire_uint(entry, 4, &v))
		run.flags = (uint32_t)v;
	return run;
}

struct page_counts pagemap_counts(struct image *pagemap)
{
	struct page_counts n = { 0 };

	for (struct walk w = walk_over(pagemap); walk_next(&w);) {
		struct page_run run;

		if (!w.row) /* the head */
			continue;
		run = page_run_of(w.msg);
		n.entries++;
		if (run.flags & PE_PRESENT)
			n.present += run.pages;
		else if (run.flags & PE_PARENT)
			n.parent += run.pages;
		else if (run.flags & PE_LAZY)
			n.lazy += run.pages;
	}
	return n;
}

static uint64_t page_size(struct criu_set *set)
{
	struct set_tables *t = tables_of(set);

	if (!t->page_size)
		t->page_size = set_page_size(set);
	return t->page_size;
}

static struct image *pages_of_head(struct criu_set *set, struct image *pagemap)
{
	struct bytes head;
	uint64_t id;

	if (!image_first(pagemap, &head) || !wire_uint(head, 1, &id))
		return NULL;
	return set_image(set, "PAGES", id);
}

/* Where row `row` of a pagemap has its bytes, `skip` bytes into the run: only runs that are present
 * take room in the pages file. */
static bool to_pages(struct image *pagemap, uint64_t row, uint64_t skip, struct place *out)
{
	struct criu_set *set = pagemap->set;
	struct image *pages = pages_of_head(set, pagemap);
	uint64_t offset = 0, size = page_size(set);

	if (!pages)
		return false;
	for (struct walk w = walk_over(pagemap); walk_next(&w);) {
		struct page_run run = page_run_of(w.msg);

		if (w.row == row) {
			*out = place_item(pages->item);
			out->offset = offset + skip;
			return (run.flags & PE_PRESENT) && out->offset < pages->item->size;
		}
		if (w.row && run.flags & PE_PRESENT)
			offset += run.pages * size;
	}
	return false;
}

/* The row of a pagemap that covers any of [start, end); false: none. */
static bool find_run(struct image *pagemap, uint64_t start, uint64_t end, uint64_t *row,
		     uint64_t *vaddr)
{
	uint64_t size = page_size(pagemap->set);

	for (struct walk w = walk_over(pagemap); walk_next(&w);) {
		struct page_run run = page_run_of(w.msg);

		if (w.row && run.vaddr < end && run.pages &&
		    (run.vaddr >= start || (start - run.vaddr) / size < run.pages)) {
			*row = w.row;
			*vaddr = run.vaddr;
			return true;
		}
	}
	return false;
}

/* The VMA that holds `va`: by field vmas of an mm image, or in the image of its own that it had
 * until v1.1. */
static bool to_vma(struct process *p, uint64_t va, struct place *out, uint64_t *start)
{
	struct bytes mm;

	if (!p->mm || !image_first(p->mm, &mm))
		return false;
	for (struct parts v = parts_of(mm, 14); parts_next(&v);) {
		*start = uint_of(v.msg, 1);
		if (va >= *start && va < uint_of(v.msg, 2)) {
			*out = place_element(p->mm, "vmas", v.at);
			return true;
		}
	}
	return false;
}

static bool to_old_vma(struct criu_set *set, struct process *p, uint64_t va, struct place *out)
{
	struct image *im = set_image(set, "VMAS", p->pid);

	for (struct walk w = walk_over(im); walk_next(&w);)
		if (va >= uint_of(w.msg, 1) && va < uint_of(w.msg, 2)) {
			*out = place_row(im, w.row);
			return true;
		}
	return false;
}

/* A virtual address: its VMA; where a VMA itself begins, its bytes, if they are in the images. */
static bool to_address(struct criu_set *set, struct process *p, struct item *from, uint64_t va,
		       struct place *out)
{
	uint64_t start = 0, row, vaddr;
	bool found;

	if (!p)
		return false;
	found = to_vma(p, va, out, &start);
	if (!found)
		return to_old_vma(set, p, va, out);
	if (p->mm->item == from && va == start && p->pagemap &&
	    find_run(p->pagemap, va, va + 1, &row, &vaddr)) {
		struct place bytes;

		if (to_pages(p->pagemap, row, va - vaddr, &bytes))
			*out = bytes;
	}
	return true;
}

/* A segment of SysV shared memory, or of anonymous memory that processes share. */
static bool to_shmem(struct criu_set *set, uint64_t id, struct place *out)
{
	return to_image(set_image(set, "SHMEM_PAGEMAP", id), out);
}

static bool to_vma_shm(struct criu_set *set, uint64_t status, uint64_t id, struct place *out)
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

static bool to_remap(struct criu_set *set, uint64_t type, uint64_t id, struct place *out)
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

static bool to_seccomp(struct criu_set *set, uint64_t n, struct place *out)
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

static bool to_device(struct criu_set *set, uint64_t dev, struct place *out)
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
	if (it->ops == &process_ops)
		return it->data;
	return it->ops == &image_ops ? image_process(it->data) : NULL;
}

bool criu_follow(struct item *from, struct ref ref, struct place *out)
{
	struct criu_set *set = from->model->data;
	enum criu_ref kind = ref.kind < REF_COUNT ? (enum criu_ref)ref.kind : REF_NONE;

	from = item_real(from);
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

/* ---- where a row leads ---- */

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
	return criu_follow(set->model->root, ref, out);
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
	uint64_t at, vaddr;

	(void)row;
	if (to_vma_shm(im->set, uint_of(vma, 7), uint_of(vma, 4), out))
		return true;
	if (!p || !p->pagemap ||
	    !find_run(p->pagemap, uint_of(vma, 1), uint_of(vma, 2), &at, &vaddr))
		return false;
	*out = place_row(p->pagemap, at);
	return true;
}

static bool target_pagemap(struct image *im, uint64_t row, struct bytes msg, struct place *out)
{
	(void)msg;
	return row ? to_pages(im, row, 0, out) : to_image(pages_of_head(im->set, im), out);
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

const char *named(struct criu_set *set, const char *group, uint64_t v)
{
	const struct value_name *names = names_group(group);
	struct value_env env = { .arch = set->march ? 1u << (set->march & 31) : 0 };

	return names ? value_name(names, v, env) : NULL;
}

const char *named_value(struct criu_set *set, const char *message, const char *field, uint64_t v)
{
	const struct message *m = schema_message(set->schema, message);
	const struct message_field *f = m ? message_field_named(m, field) : NULL;
	const struct value_name *names = f ? (f->names ? f->names : f->values) : NULL;
	struct value_env env = { .arch = set->march ? 1u << (set->march & 31) : 0 };

	return names ? value_name(names, v, env) : NULL;
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
