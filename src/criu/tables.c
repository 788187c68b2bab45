/* Tables from ids to records. Each is built when it is first asked for, by one walk over the images
 * that hold it, and kept until the set is closed. Numbers that name a file (pages-3.img) need none:
 * set_image finds them. Owner's thread only. */
#include <stdlib.h>
#include <string.h>

#include "criu/names.h"
#include "criu/refs.h"

struct table {
	bool built;
	struct idmap map;
	struct table_row *rows;
	size_t count, room;
};

struct set_tables {
	struct table tables[TABLE_COUNT];
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

/* By type and id of what stands for an unlinked file. */
static void add_stand_ins(struct criu_set *set, struct table *t)
{
	struct image *im = set_image_first(set, "REMAP_FPATH");

	for (struct walk w = walk_over(im); walk_next(&w);)
		table_add(t, (struct table_row){ im, uint_of(w.msg, 3) << 32 | uint_of(w.msg, 2),
						 w.row, w.msg });
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

static uint64_t device_key(uint64_t ns, uint32_t index)
{
	return ns << 32 | index;
}

static void add_devices(struct criu_set *set, struct table *t)
{
	for (struct image *im = set_image_first(set, "NETDEV"); im; im = im->next_same)
		for (struct walk w = walk_over(im); walk_next(&w);)
			table_add(t,
				  (struct table_row){
					  im, device_key(im->number, (uint32_t)uint_of(w.msg, 2)),
					  w.row, w.msg });
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
	case TABLE_STAND_INS:
		add_stand_ins(set, t);
		break;
	case TABLE_CGROUPS:
		add_cgroups(set, t);
		break;
	case TABLE_DEVICES:
		add_devices(set, t);
		break;
	default:
		add_records(set, t, &table_specs[id]);
	}
	return t;
}

const struct table_row *table_find(struct criu_set *set, enum table_id id, uint64_t key)
{
	const struct table *t = table_of(set, id);
	uint32_t at;

	return idmap_get(&t->map, key, &at) ? &t->rows[at] : NULL;
}

const struct table_row *find_file(struct criu_set *set, uint32_t type, uint32_t id)
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

bool shm_by_id(struct criu_set *set, uint32_t id, struct bytes *msg)
{
	return message_in(set, TABLE_SHM, id, msg);
}

bool net_device(struct criu_set *set, uint64_t ns, uint32_t index, struct bytes *msg)
{
	return message_in(set, TABLE_DEVICES, device_key(ns, index), msg);
}

bool ghost_of(struct criu_set *set, uint32_t ghost_id, struct bytes *msg)
{
	enum { REMAP_GHOST = 1 };

	return message_in(set, TABLE_STAND_INS, (uint64_t)REMAP_GHOST << 32 | ghost_id, msg);
}

bool file_remap(struct criu_set *set, uint32_t reg_id, struct bytes *msg)
{
	return message_in(set, TABLE_REMAPS, reg_id, msg);
}

/* ---- names of numbers ---- */

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
