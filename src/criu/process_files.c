/* Open descriptors: where they lead, where in it they stand, and what waits behind them: bytes in a
 * pipe, in a connection's queues, datagrams of a unix socket. Each expands when it is looked at. */
#include <string.h>

#include "criu/process.h"
#include "criu/refs.h"

/* What is told of each type of file: fields of its message. */
static const struct file_row {
	uint32_t type, field;
	const char *name;
} file_rows[] = {
	{ 1, 3, "position" },     { 1, 2, "flags" },     { 1, 8, "size" },
	{ 1, 10, "mode" },        { 2, 3, "flags" },     { 2, 2, "pipe" },
	{ 3, 2, "pipe" },         { 4, 3, "family" },    { 4, 4, "type" },
	{ 4, 5, "protocol" },     { 4, 6, "state" },     { 4, 9, "flags" },
	{ 4, 10, "backlog" },     { 5, 3, "type" },      { 5, 4, "state" },
	{ 5, 2, "inode" },        { 5, 8, "peer" },      { 5, 5, "flags" },
	{ 5, 7, "backlog" },      { 6, 4, "counter" },   { 6, 2, "flags" },
	{ 9, 4, "signals" },      { 9, 2, "flags" },     { 10, 2, "type" },
	{ 10, 3, "protocol" },    { 10, 4, "flags" },    { 11, 2, "terminal" },
	{ 11, 3, "flags" },       { 13, 3, "protocol" }, { 13, 4, "state" },
	{ 13, 7, "port id" },     { 13, 6, "flags" },    { 17, 4, "clock" },
	{ 17, 5, "expirations" }, { 17, 2, "flags" },    { 18, 3, "position" },
	{ 18, 2, "flags" },       { 20, 4, "pid" },
};

/* The message types of file_rows, by file type. */
static const char *const file_messages[] = {
	[1] = "reg_file_entry",    [2] = "pipe_entry",         [3] = "fifo_entry",
	[4] = "inet_sk_entry",     [5] = "unix_sk_entry",      [6] = "eventfd_file_entry",
	[9] = "signalfd_entry",    [10] = "packet_sock_entry", [11] = "tty_file_entry",
	[13] = "netlink_sk_entry", [17] = "timerfd_entry",     [18] = "memfd_file_entry",
	[20] = "pidfd_entry",
};

static void add_rows(struct field *f, struct image *im, uint32_t type, struct bytes msg,
		     struct arena *a)
{
	const struct message *m;

	if (type >= ARRAY_LEN(file_messages) || !file_messages[type])
		return;
	m = schema_message(im->set->schema, file_messages[type]);
	for (size_t i = 0; m && i < ARRAY_LEN(file_rows); i++) {
		const struct file_row *row = &file_rows[i];
		const struct message_field *mf = message_field(m, row->field);
		struct field *child;
		uint64_t v;

		if (row->type != type || !wire_uint(msg, row->field, &v))
			continue;
		child = fact_of(f, a, row->name, mf, v, im->env);
		if (mf && mf->ref && v)
			fact_refer(child, (enum criu_ref)mf->ref, v, 0);
	}
}

/* ---- addresses ---- */

static void add_end(struct field *f, const char *name, struct bytes sk, uint32_t address,
		    uint32_t port, struct arena *a)
{
	enum { INET6 = 10 };
	bool six = uint_of(sk, 3) == INET6;
	uint64_t wide[4] = { 0 };
	uint32_t words[4];

	wire_uints(sk, address, wide, 4);
	for (int i = 0; i < 4; i++)
		words[i] = (uint32_t)wide[i];
	field_derived(f, a, name,
		      arena_printf(a, six ? "[%s]:%u" : "%s:%u", value_ip(words, six ? 4 : 1, a),
				   (unsigned)uint_of(sk, port)));
}

/* ---- what waits ---- */

static void add_waiting(struct field *f, const char *name, uint64_t bytes, enum criu_ref ref,
			uint64_t id, struct arena *a)
{
	struct field *child = fact_number(f, a, name, bytes);

	child->show = SHOW_SIZE;
	fact_refer(child, ref, id, 0);
}

static void add_pipe(struct field *f, struct criu_set *set, bool fifo, struct bytes msg,
		     struct arena *a)
{
	uint32_t id = (uint32_t)uint_of(msg, 2);
	struct bytes data;

	if (pipe_data(set, fifo, id, &data))
		add_waiting(f, "bytes waiting", uint_of(data, 2),
			    fifo ? REF_FIFO_DATA : REF_PIPE_DATA, id, a);
}

/* A connection's queues are in a file of its inode's number. */
static void add_inet(struct field *f, struct criu_set *set, struct bytes msg, struct arena *a)
{
	uint64_t ino = uint_of(msg, 2);
	struct bytes stream;

	add_end(f, "local", msg, 11, 7, a);
	if (uint_of(msg, 8))
		add_end(f, "remote", msg, 12, 8, a);
	if (!image_first(set_image(set, "TCP_STREAM", ino), &stream))
		return;
	add_waiting(f, "received, not read", uint_of(stream, 1), REF_TCP_STREAM, ino, a);
	add_waiting(f, "sent, not acknowledged", uint_of(stream, 3), REF_TCP_STREAM, ino, a);
}

static void add_unix(struct field *f, struct criu_set *set, uint32_t id, struct bytes msg,
		     struct arena *a)
{
	uint64_t packets = 0, bytes = 0;
	struct bytes name;
	struct field *child;

	if (wire_bytes(msg, 11, &name) && name.len) {
		child = field_text(f, a, "name", name, (struct span){ 0, 0 });
		child->show = SHOW_UNIX_NAME;
	}
	for (struct walk w = walk_over(set_image_first(set, "SK_QUEUES")); walk_next(&w);)
		if (uint_of(w.msg, 1) == id) {
			packets++;
			bytes += uint_of(w.msg, 2);
		}
	if (!packets)
		return;
	fact_refer(fact_number(f, a, "packets waiting", packets), REF_SK_QUEUE, id, 0);
	add_waiting(f, "bytes waiting", bytes, REF_SK_QUEUE, id, a);
}

/* ---- descriptors ---- */

/* `owner`: the fdinfo image; the reference: its file. */
static void expand_descriptor(struct field *f, struct arena *a)
{
	enum { PIPE = 2, FIFO = 3 };
	struct image *im = (struct image *)(uintptr_t)f->owner;
	uint32_t id = (uint32_t)f->ref.id, type = (uint32_t)f->ref.more;
	struct bytes entry = { f->schema, f->value.length }, msg;
	const char *name = file_type_name(type);

	fact_number(f, a, "fd", uint_of(entry, 4));
	field_derived(f, a, "file type", name ? name : arena_printf(a, "%u", type));
	field_derived(f, a, "target", file_summary(im->set, type, id, a));
	if (uint_of(entry, 2) & 1)
		field_derived(f, a, "descriptor flags", "FD_CLOEXEC");
	if (!file_message(im->set, type, id, &msg)) {
		f->trouble = "its file is not in these images";
		return;
	}
	if (type == T_INETSK)
		add_inet(f, im->set, msg, a);
	else if (type == T_UNIXSK)
		add_unix(f, im->set, id, msg, a);
	else if (type == PIPE || type == FIFO)
		add_pipe(f, im->set, type == FIFO, msg, a);
	add_rows(f, im, type, msg, a);
}

static const struct field_ops descriptor_ops = { .expand = expand_descriptor };

static void expand_descriptors(struct field *group, struct arena *a)
{
	struct image *im = (struct image *)(uintptr_t)group->owner;

	for (struct walk w = walk_over(im); walk_next(&w);) {
		uint32_t id = (uint32_t)uint_of(w.msg, 1), type = (uint32_t)uint_of(w.msg, 3);
		struct field *f =
			field_add(group, a, FIELD_GROUP, "descriptor", (struct span){ 0, 0 });

		fact_refer(fact_nth(f, w.row), REF_FILE, id, type);
		f->note = arena_printf(a, "%u  %s", (unsigned)uint_of(w.msg, 4),
				       file_summary(im->set, type, id, a));
		f->ops = &descriptor_ops;
		f->owner = im;
		/* The entry itself, in the source's mapping. */
		f->schema = w.msg.at;
		f->value.length = w.msg.len;
	}
}

static const struct field_ops descriptors_ops = { .expand = expand_descriptors };

void task_add_descriptors(struct field *root, const struct task *t, struct arena *a)
{
	struct field *group;
	size_t n = 0;

	if (!t->p->fdinfo)
		return;
	for (struct walk w = walk_over(t->p->fdinfo); walk_next(&w);)
		n++;
	group = field_add(root, a, FIELD_GROUP, "descriptors", (struct span){ 0, 0 });
	group->note = arena_printf(a, "%zu", n);
	fact_refer(group, REF_FILES_ID, t->p->fdinfo->number, 0);
	group->ops = &descriptors_ops;
	group->owner = t->p->fdinfo;
}
