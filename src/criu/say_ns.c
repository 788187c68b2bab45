/* Lines for what namespaces and control groups hold, and for images that belong to nobody. */
#include <string.h>

#include "criu/names.h"
#include "criu/say.h"

/* ---- namespaces ---- */

enum { MS_RDONLY_ = 1 };

/* "tmpfs on /dev ro, from none", as findmnt: the part of the source that is mounted in brackets. */
static void say_mount(struct line *y)
{
	struct bytes fsname = line_bytes(y->msg, 14), source = line_bytes(y->msg, 8),
		     root = line_bytes(y->msg, 6);

	if (fsname.len)
		strbuf_clean(&y->s, fsname);
	else
		line_small(y, named_value(y->set, "mnt_entry", "fstype", line_uint(y, 1)));
	strbuf_add(&y->s, " on ");
	line_text(y, y->msg, 7);
	strbuf_add(&y->s, line_uint(y, 5) & MS_RDONLY_ ? " ro" : " rw");
	if (source.len) {
		strbuf_add(&y->s, ", from ");
		strbuf_clean(&y->s, source);
	}
	if (root.len > 1) {
		strbuf_add(&y->s, "[");
		strbuf_clean(&y->s, root);
		strbuf_add(&y->s, "]");
	}
	if (line_uint(y, 13))
		strbuf_add(&y->s, ", external");
	if (line_uint(y, 16))
		strbuf_add(&y->s, ", deleted");
}

static void say_netdev(struct line *y)
{
	uint64_t flags = line_uint(y, 4);

	strbuf_addf(&y->s, "%llu ", (unsigned long long)line_uint(y, 2));
	line_text(y, y->msg, 5);
	strbuf_add(&y->s, " ");
	line_small(y, named_value(y->set, "net_device_entry", "type", line_uint(y, 1)));
	strbuf_addf(&y->s, " %s mtu %llu", flags & 1 ? "up" : "down",
		    (unsigned long long)line_uint(y, 3));
	if (line_bytes(y->msg, 7).len == 6) {
		struct bytes mac = line_bytes(y->msg, 7);

		strbuf_addf(&y->s, " %02x:%02x:%02x:%02x:%02x:%02x", mac.at[0], mac.at[1],
			    mac.at[2], mac.at[3], mac.at[4], mac.at[5]);
	}
}

/* "IPv4 forwarding on", by the settings of all devices together; nothing if they do not say. */
static void add_forwarding(struct line *y, const char *group, uint32_t field, const char *what)
{
	const struct value_name *names = names_group(group);
	uint64_t on;

	for (struct parts p = parts_of(y->msg, field); names && parts_next(&p) && p.at < 256;) {
		const char *name = value_name(names, p.at, line_env(y));

		if (name && !strcmp(name, "forwarding") && wire_uint(p.msg, 2, &on))
			strbuf_addf(&y->s, ", %s forwarding %s", what, on ? "on" : "off");
	}
}

static void say_netns(struct line *y)
{
	uint64_t settings = 0;

	if (line_bytes(y->msg, 8).len) {
		strbuf_add(&y->s, "external ");
		line_text(y, y->msg, 8);
		return;
	}
	for (uint32_t field = 3; field <= 10; field++)
		settings += field == 7 || field == 8 ? 0 : line_parts(y->msg, field);
	settings += wire_uints(y->msg, 1, NULL, 0) + wire_uints(y->msg, 2, NULL, 0);
	line_count(y, settings, "setting", "settings");
	add_forwarding(y, "net.conf4", 4, "IPv4");
	add_forwarding(y, "net.conf6", 6, "IPv6");
	if (line_parts(y->msg, 7)) {
		strbuf_add(&y->s, ", knows ");
		line_count(y, line_parts(y->msg, 7), "namespace", "namespaces");
	}
}

static void say_uts(struct line *y)
{
	line_text(y, y->msg, 1);
	if (line_bytes(y->msg, 2).len) {
		strbuf_add(&y->s, " domain ");
		line_text(y, y->msg, 2);
	}
}

static void say_extent(struct line *y)
{
	strbuf_addf(&y->s, "%llu -> %llu, %llu ids", (unsigned long long)line_uint(y, 1),
		    (unsigned long long)line_uint(y, 2), (unsigned long long)line_uint(y, 3));
}

static void say_userns(struct line *y)
{
	line_count(y, line_parts(y->msg, 1), "uid range", "uid ranges");
	strbuf_add(&y->s, ", ");
	line_count(y, line_parts(y->msg, 2), "gid range", "gid ranges");
}

static void say_timens(struct line *y)
{
	struct bytes t = line_bytes(y->msg, 2);

	strbuf_addf(&y->s, "booted %llu.%09llu s before", (unsigned long long)uint_of(t, 1),
		    (unsigned long long)uint_of(t, 2));
}

static void say_pidns(struct line *y)
{
	strbuf_add(&y->s, "external ");
	line_text(y, y->msg, 1);
}

static void add_ipc(struct line *y)
{
	struct bytes desc = line_bytes(y->msg, 1);

	strbuf_addf(&y->s, "id %llu key 0x%llx ", (unsigned long long)uint_of(desc, 7),
		    (unsigned long long)uint_of(desc, 1));
}

static void say_shm(struct line *y)
{
	add_ipc(y);
	line_size(y, line_uint(y, 2));
}

static void say_sem(struct line *y)
{
	add_ipc(y);
	line_count(y, line_uint(y, 2), "semaphore", "semaphores");
}

static void say_msg(struct line *y)
{
	add_ipc(y);
	line_count(y, line_uint(y, 3), "message", "messages");
	strbuf_addf(&y->s, ", %llu bytes", (unsigned long long)line_uint(y, 2));
}

/* "set 2: cpu:/a memory:/b" */
static void say_cgroup_set(struct line *y)
{
	strbuf_addf(&y->s, "set %llu:", (unsigned long long)line_uint(y, 1));
	for (struct parts p = parts_of(y->msg, 2); parts_next(&p) && p.at < 16;) {
		strbuf_add(&y->s, " ");
		line_text(y, p.msg, 1);
		strbuf_add(&y->s, ":");
		line_text(y, p.msg, 2);
	}
}

static void say_controller(struct line *y)
{
	for (struct parts p = parts_of(y->msg, 1); parts_next(&p) && p.at < 16;) {
		strbuf_add(&y->s, p.at ? "," : "");
		strbuf_clean(&y->s, p.msg);
	}
	strbuf_add(&y->s, y->s.len ? " " : "unified ");
	line_count(y, line_parts(y->msg, 2), "directory", "directories");
}

static void say_cgroup(struct line *y)
{
	line_count(y, line_parts(y->msg, 1), "set", "sets");
	strbuf_add(&y->s, ", ");
	line_count(y, line_parts(y->msg, 2), "controller", "controllers");
}

/* ---- the rest ---- */

static void say_inventory(struct line *y)
{
	uint64_t version = line_uint(y, 1), lsm = line_uint(y, 6);

	if (version)
		strbuf_addf(&y->s, "images v1.%llu", (unsigned long long)(version - 1));
	else
		strbuf_add(&y->s, "pre-dump");
	if (lsm) {
		strbuf_add(&y->s, ", ");
		line_value(y, "inventory_entry", "lsmtype", lsm);
	}
	if (line_uint(y, 8))
		strbuf_addf(&y->s, ", %.2f s after boot", (double)line_uint(y, 8) / 1e6);
}

static void say_stats(struct line *y)
{
	struct bytes dump = line_bytes(y->msg, 1), restore = line_bytes(y->msg, 2);

	if (dump.len)
		strbuf_addf(&y->s, "dump: %llu pages written, frozen for %llu us",
			    (unsigned long long)uint_of(dump, 7),
			    (unsigned long long)uint_of(dump, 2));
	if (restore.len)
		strbuf_addf(&y->s, "restore: %llu pages in %llu us",
			    (unsigned long long)uint_of(restore, 5),
			    (unsigned long long)uint_of(restore, 4));
}

static void say_x86(struct line *y)
{
	line_text(y, y->msg, 7);
	strbuf_addf(&y->s, " family %llu model %llu", (unsigned long long)line_uint(y, 2),
		    (unsigned long long)line_uint(y, 3));
}

static void say_named_thing(struct line *y)
{
	line_text(y, y->msg, 1);
}

static void say_binfmt(struct line *y)
{
	line_text(y, y->msg, 1);
	strbuf_add(&y->s, " by ");
	line_text(y, y->msg, 3);
	strbuf_add(&y->s, line_uint(y, 2) ? "" : ", off");
}

static void say_autofs(struct line *y)
{
	strbuf_addf(&y->s, "served by process group %lld", (long long)line_int(y, 2));
}

const struct say_row lines_of_namespaces[] = {
	{ "mnt_entry", say_mount },
	{ "net_device_entry", say_netdev },
	{ "netns_entry", say_netns },
	{ "utsns_entry", say_uts },
	{ "uid_gid_extent", say_extent },
	{ "userns_entry", say_userns },
	{ "timens_entry", say_timens },
	{ "pidns_entry", say_pidns },
	{ "ipc_shm_entry", say_shm },
	{ "ipc_sem_entry", say_sem },
	{ "ipc_msg_entry", say_msg },
	{ "cg_set_entry", say_cgroup_set },
	{ "cg_controller_entry", say_controller },
	{ "cgroup_entry", say_cgroup },
	{ NULL, NULL },
};

const struct say_row lines_of_others[] = {
	{ "inventory_entry", say_inventory }, { "stats_entry", say_stats },
	{ "cpuinfo_x86_entry", say_x86 },     { "aa_namespace", say_named_thing },
	{ "aa_policy", say_named_thing },     { "binfmt_misc_entry", say_binfmt },
	{ "autofs_entry", say_autofs },       { NULL, NULL },
};
