/* Lines for descriptors, files and what is queued in them. The files themselves: files.c. */
#include "criu/say.h"

static void say_fdinfo(struct line *y)
{
	strbuf_addf(&y->s, "%llu -> %s", (unsigned long long)line_uint(y, 4),
		    file_summary(y->set, (uint32_t)line_uint(y, 3), (uint32_t)line_uint(y, 1),
				 y->s.arena));
	if (line_uint(y, 2) & 1)
		strbuf_add(&y->s, "  close-on-exec");
}

static void say_file(struct line *y)
{
	uint32_t id, type;
	struct bytes msg;
	const char *name;

	type = file_entry_split(y->msg, &id, &msg);
	name = file_type_name(type);
	strbuf_addf(&y->s, "%s %u  %s", name ? name : "?", id,
		    file_text(y->set, type, id, msg, y->s.arena));
}

static void say_remap(struct line *y)
{
	static const char *const words[] = { "linked as", "ghost file", "process" };
	uint64_t type = line_uint(y, 3), id = line_uint(y, 2);
	const char *path = file_summary(y->set, 1, (uint32_t)line_uint(y, 1), y->s.arena);

	strbuf_addf(&y->s, "%s: ", path);
	if (!type && !(id >> 31))
		strbuf_addf(&y->s, "linked as %s",
			    file_summary(y->set, 1, (uint32_t)id, y->s.arena));
	else
		strbuf_addf(&y->s, "%s %llx", type < 3 ? words[type ? type : 1] : "?",
			    (unsigned long long)(id & 0x7fffffff));
}

static void say_ghost(struct line *y)
{
	strbuf_addf(&y->s, "%s", value_mode((uint32_t)line_uint(y, 3), y->s.arena));
	if (line_uint(y, 10)) {
		strbuf_add(&y->s, " ");
		line_size(y, line_uint(y, 10));
	}
	if (line_bytes(y->msg, 11).len) {
		strbuf_add(&y->s, " -> ");
		line_text(y, y->msg, 11);
	}
}

static void say_chunk(struct line *y)
{
	line_count(y, line_uint(y, 1), "byte", "bytes");
	strbuf_addf(&y->s, " at %llu", (unsigned long long)line_uint(y, 2));
}

static void say_pipe_data(struct line *y)
{
	strbuf_addf(&y->s, "pipe:[%llu] ", (unsigned long long)line_uint(y, 1));
	line_count(y, line_uint(y, 2), "byte", "bytes");
	if (line_uint(y, 3))
		strbuf_addf(&y->s, " of %llu", (unsigned long long)line_uint(y, 3));
}

static void say_packet(struct line *y)
{
	uint64_t fds = 0;

	line_count(y, line_uint(y, 2), "byte", "bytes");
	strbuf_addf(&y->s, " for %s",
		    file_summary(y->set, 5, (uint32_t)line_uint(y, 1), y->s.arena));
	for (struct parts p = parts_of(y->msg, 4); parts_next(&p);)
		fds += wire_uints(p.msg, 2, NULL, 0);
	if (fds) {
		strbuf_add(&y->s, ", with ");
		line_count(y, fds, "descriptor", "descriptors");
	}
}

static void say_tcp(struct line *y)
{
	strbuf_addf(&y->s, "%llu bytes in, %llu out", (unsigned long long)line_uint(y, 1),
		    (unsigned long long)line_uint(y, 3));
	if (line_uint(y, 12))
		strbuf_addf(&y->s, " (%llu unsent)", (unsigned long long)line_uint(y, 12));
	strbuf_addf(&y->s, ", mss %llu", (unsigned long long)line_uint(y, 7));
}

static void say_tty_info(struct line *y)
{
	struct bytes pty, size;
	uint64_t id = line_uint(y, 1);

	strbuf_addf(&y->s, "%llu: ", (unsigned long long)id);
	if (wire_bytes(y->msg, 12, &pty))
		strbuf_addf(&y->s, "pty %llu %s", (unsigned long long)uint_of(pty, 1),
			    id & 1 ? "master" : "slave");
	else
		line_value(y, "tty_info_entry", "type", line_uint(y, 2));
	if (wire_bytes(y->msg, 11, &size))
		strbuf_addf(&y->s, " %llux%llu", (unsigned long long)uint_of(size, 2),
			    (unsigned long long)uint_of(size, 1));
	if (line_uint(y, 6))
		strbuf_addf(&y->s, ", session %llu", (unsigned long long)line_uint(y, 6));
}

static void say_tty_data(struct line *y)
{
	strbuf_addf(&y->s, "tty %llu: ", (unsigned long long)line_uint(y, 1));
	line_count(y, line_bytes(y->msg, 2).len, "byte", "bytes");
}

/* "FLOCK write, pid 7 fd 3, 0 to the end" */
static void say_lock(struct line *y)
{
	static const char *const types[] = { "read", "write", "unlock" };
	uint64_t type = line_uint(y, 2);
	int64_t len = line_int(y, 6);

	line_named(y, "lock.kind", line_uint(y, 1), "FL_");
	strbuf_addf(&y->s, " %s", (type & 3) < 3 ? types[type & 3] : "?");
	if (type & 4)
		strbuf_add(&y->s, " (breaking)");
	strbuf_addf(&y->s, ", pid %lld fd %lld, %lld to ", (long long)line_int(y, 3),
		    (long long)line_int(y, 4), (long long)line_int(y, 5));
	if (len)
		strbuf_addf(&y->s, "%llu",
			    (unsigned long long)(line_uint(y, 5) + (uint64_t)len - 1));
	else
		strbuf_add(&y->s, "the end");
}

static void say_irmap(struct line *y)
{
	strbuf_addf(&y->s, "inode %llu ", (unsigned long long)line_uint(y, 2));
	line_text(y, y->msg, 3);
}

static void say_bpf_data(struct line *y)
{
	strbuf_addf(&y->s, "map %llu: ", (unsigned long long)line_uint(y, 1));
	line_count(y, line_uint(y, 4), "element", "elements");
}

static void say_tfd(struct line *y)
{
	strbuf_addf(&y->s, "fd %llu", (unsigned long long)line_uint(y, 2));
}

static void say_watch(struct line *y)
{
	struct bytes fh = line_bytes(y->msg, 7);

	strbuf_addf(&y->s, "watch %llu inode %llu ", (unsigned long long)line_uint(y, 6),
		    (unsigned long long)line_uint(y, 2));
	line_text(y, fh, 4);
}

static void say_mark(struct line *y)
{
	struct bytes inode = line_bytes(y->msg, 7), mount = line_bytes(y->msg, 8);

	if (inode.len) {
		strbuf_addf(&y->s, "inode %llu ", (unsigned long long)uint_of(inode, 1));
		line_text(y, line_bytes(inode, 2), 4);
	} else {
		strbuf_addf(&y->s, "mount %llu ", (unsigned long long)uint_of(mount, 1));
		line_text(y, mount, 2);
	}
}

const struct say_row lines_of_files[] = {
	{ "fdinfo_entry", say_fdinfo },
	{ "file_entry", say_file },
	{ "remap_file_path_entry", say_remap },
	{ "ghost_file_entry", say_ghost },
	{ "ghost_chunk_entry", say_chunk },
	{ "pipe_data_entry", say_pipe_data },
	{ "sk_packet_entry", say_packet },
	{ "tcp_stream_entry", say_tcp },
	{ "tty_info_entry", say_tty_info },
	{ "tty_data_entry", say_tty_data },
	{ "file_lock_entry", say_lock },
	{ "irmap_cache_entry", say_irmap },
	{ "bpfmap_data_entry", say_bpf_data },
	{ "eventpoll_tfd_entry", say_tfd },
	{ "inotify_wd_entry", say_watch },
	{ "fanotify_mark_entry", say_mark },
	{ NULL, NULL },
};
