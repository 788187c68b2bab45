/* The kinds of images.
 *
 * One row for every kind of file that CRIU or one of its plugins writes or ever wrote. To add one:
 * a row here, its message in proto/, and if bytes follow the message a handler in extra.c.
 *
 * Several kinds share a magic (both pagemaps; both signal queues; the page files of v0.1 to v0.4,
 * which carry the pagemap's), and two share a name (pages-N.img). The name decides among the
 * first, image.c among the second. Numbers in names are decimal, but those of ghost-file-,
 * tcp-stream- and the last one of amdgpu-pages- are hexadecimal. */
#include <string.h>

#include "criu/criu.h"
#include "criu/image.h"

#define LEAD(kind, file, num, word, first, form, type, ...)                                        \
	{                                                                                          \
		.name = kind, .pattern = file, .key = KEY_##num, .magic = word, .lead = first,     \
		.shape = SHAPE_##form, .message = type, __VA_ARGS__                                \
	}
#define SINGLE(kind, file, num, word, ...)                                                         \
	LEAD(kind, file, num, word, MAGIC_COMMON, SINGLE, __VA_ARGS__)
#define ARRAY(kind, file, num, word, ...)                                                          \
	LEAD(kind, file, num, word, MAGIC_COMMON, ARRAY, __VA_ARGS__)
#define HEAD(kind, file, num, word, first, rest)                                                   \
	LEAD(kind, file, num, word, MAGIC_COMMON, HEAD, first, .entry = rest)
#define GHOST(kind, file, num, word, first, rest)                                                  \
	LEAD(kind, file, num, word, MAGIC_COMMON, GHOST, first, .entry = rest,                     \
	     .extra = &extra_ghost)
#define OLD_PAGES(kind, file, num, word)                                                           \
	{                                                                                          \
		.name = kind, .pattern = file, .key = KEY_##num, .magic = word,                    \
		.shape = SHAPE_OLD_PAGES                                                           \
	}
#define SIZED(kind, file, type, ...)                                                               \
	{                                                                                          \
		.name = kind, .pattern = file, .key = KEY_FILE, .shape = SHAPE_SIZED,              \
		.message = type, __VA_ARGS__                                                       \
	}
#define RAW(kind, file, num, decoder)                                                              \
	{                                                                                          \
		.name = kind, .pattern = file, .key = KEY_##num, .shape = SHAPE_RAW,               \
		.raw = decoder                                                                     \
	}

/* In the order of the specification; of kinds that share a magic the first is the one that crit
 * names. */
const struct image_kind image_kinds[] = {
	LEAD("INVENTORY", "inventory.img", NONE, 0x58313116, 0, SINGLE, "inventory_entry"),
	ARRAY("PSTREE", "pstree.img", NONE, 0x50273030, "pstree_entry"),
	ARRAY("FILES", "files.img", NONE, 0x56303138, "file_entry"),
	SINGLE("SECCOMP", "seccomp.img", NONE, 0x64413049, "seccomp_entry",
	       .parts = "seccomp_filters"),
	ARRAY("REMAP_FPATH", "remap-fpath.img", NONE, 0x59133954, "remap_file_path_entry"),
	ARRAY("FILE_LOCKS", "filelocks.img", NONE, 0x54323616, "file_lock_entry"),
	ARRAY("FILE_LOCKS_OLD", "filelocks-%d.img", PID, 0x54323616, "file_lock_entry"),
	SINGLE("CGROUP", "cgroup.img", NONE, 0x59383330, "cgroup_entry",
	       .parts = "sets,controllers"),
	SINGLE("APPARMOR", "apparmor.img", NONE, 0x59423047, "apparmor_entry",
	       .parts = "namespaces"),
	SINGLE("CPUINFO", "cpuinfo.img", NONE, 0x61404013, "cpuinfo_entry",
	       .parts = "x86_entry,ppc64_entry,s390_entry"),
	ARRAY("MEMFD_INODE", "memfd.img", NONE, 0x48453499, "memfd_inode_entry"),
	ARRAY("BINFMT_MISC", "binfmt-misc.img", NONE, 0x67343323, "binfmt_misc_entry"),
	ARRAY("BINFMT_MISC_OLD", "binfmt-misc-%u.img", DEV, 0x67343323, "binfmt_misc_entry"),
	ARRAY("TTY_INFO", "tty-info.img", NONE, 0x59453036, "tty_info_entry"),
	ARRAY("TTY_DATA", "tty-data.img", NONE, 0x59413026, "tty_data_entry"),
	ARRAY("PIPES_DATA", "pipes-data.img", NONE, 0x56453709, "pipe_data_entry",
	      .extra = &extra_pipe),
	ARRAY("FIFO_DATA", "fifo-data.img", NONE, 0x59333054, "pipe_data_entry",
	      .extra = &extra_pipe),
	ARRAY("SK_QUEUES", "sk-queues.img", NONE, 0x56264026, "sk_packet_entry",
	      .extra = &extra_packet),
	ARRAY("BPFMAP_DATA", "bpfmap-data.img", NONE, 0x64324033, "bpfmap_data_entry",
	      .extra = &extra_bpfmap),
	SINGLE("CORE", "core-%u.img", TID, 0x55053847, "core_entry"),
	SINGLE("IDS", "ids-%u.img", PID, 0x54432030, "task_kobj_ids_entry"),
	SINGLE("MM", "mm-%u.img", PID, 0x57492820, "mm_entry", .parts = "vmas,aios"),
	SINGLE("FS", "fs-%u.img", PID, 0x51403912, "fs_entry"),
	ARRAY("FDINFO", "fdinfo-%u.img", FILES, 0x56213732, "fdinfo_entry"),
	HEAD("PAGEMAP", "pagemap-%lu.img", PID, 0x56084025, "pagemap_head", "pagemap_entry"),
	HEAD("SHMEM_PAGEMAP", "pagemap-shmem-%lu.img", SHMEM, 0x56084025, "pagemap_head",
	     "pagemap_entry"),
	RAW("PAGES", "pages-%u.img", PAGES, &raw_pages),
	GHOST("GHOST_FILE", "ghost-file-%x.img", GHOST, 0x52583605, "ghost_file_entry",
	      "ghost_chunk_entry"),
	SINGLE("TCP_STREAM", "tcp-stream-%x.img", TCP, 0x51465506, "tcp_stream_entry",
	       .extra = &extra_tcp),
	SINGLE("UTSNS", "utsns-%u.img", NS_UTS, 0x54473203, "utsns_entry"),
	ARRAY("MNTS", "mountpoints-%u.img", NS_MNT, 0x55563928, "mnt_entry"),
	SINGLE("USERNS", "userns-%u.img", NS_USER, 0x55474906, "userns_entry",
	       .parts = "uid_map,gid_map"),
	SINGLE("TIMENS", "timens-%u.img", NS_TIME, 0x43114433, "timens_entry"),
	SINGLE("PIDNS", "pidns-%u.img", NS_PID, 0x61157326, "pidns_entry"),
	SINGLE("IPC_VAR", "ipcns-var-%u.img", NS_IPC, 0x53115007, "ipc_var_entry"),
	ARRAY("IPCNS_SHM", "ipcns-shm-%u.img", NS_IPC, 0x46283044, "ipc_shm_entry",
	      .extra = &extra_shm),
	ARRAY("IPCNS_MSG", "ipcns-msg-%u.img", NS_IPC, 0x55453737, "ipc_msg_entry",
	      .extra = &extra_msg),
	ARRAY("IPCNS_SEM", "ipcns-sem-%u.img", NS_IPC, 0x59573019, "ipc_sem_entry",
	      .extra = &extra_sem),
	ARRAY("NETDEV", "netdev-%u.img", NS_NET, 0x57373951, "net_device_entry"),
	SINGLE("NETNS", "netns-%u.img", NS_NET, 0x55933752, "netns_entry"),
	RAW("IFADDR", "ifaddr-%u.img", NS_NET, &raw_ifaddr),
	RAW("ROUTE", "route-%u.img", NS_NET, &raw_route),
	RAW("ROUTE6", "route6-%u.img", NS_NET, &raw_route),
	RAW("RULE", "rule-%u.img", NS_NET, &raw_rule),
	RAW("IPTABLES", "iptables-%u.img", NS_NET, &raw_text),
	RAW("IP6TABLES", "ip6tables-%u.img", NS_NET, &raw_text),
	RAW("NFTABLES", "nftables-%u.img", NS_NET, &raw_text),
	RAW("NETNF_CT", "netns-ct-%u.img", NS_NET, &raw_ct),
	RAW("NETNF_EXP", "netns-exp-%u.img", NS_NET, &raw_ct),
	RAW("TMPFS_DEV", "tmpfs-dev-%u.tar.gz.img", DEV, &raw_tar),
	RAW("TMPFS_IMG", "tmpfs-%u.tar.gz.img", MNT, &raw_tar),
	SINGLE("AUTOFS", "autofs-%u.img", DEV, 0x49353943, "autofs_entry"),
	LEAD("STATS", "stats-%s", WORD, 0x57093306, MAGIC_SERVICE, SINGLE, "stats_entry"),
	LEAD("IRMAP_CACHE", "irmap-cache", NONE, 0x57004059, MAGIC_SERVICE, ARRAY,
	     "irmap_cache_entry"),

	/* One file per type of descriptor: until v3.3; now sub-messages in files.img. */
	ARRAY("REG_FILES", "reg-files.img", NONE, 0x50363636, "reg_file_entry"),
	ARRAY("EXT_FILES", "ext-files.img", NONE, 0x59255641, "ext_file_entry"),
	ARRAY("NS_FILES", "ns-files.img", NONE, 0x61394011, "ns_file_entry"),
	ARRAY("EVENTFD_FILE", "eventfd.img", NONE, 0x44523722, "eventfd_file_entry"),
	ARRAY("EVENTPOLL_FILE", "eventpoll.img", NONE, 0x45023858, "eventpoll_file_entry"),
	ARRAY("SIGNALFD", "signalfd.img", NONE, 0x57323820, "signalfd_entry"),
	ARRAY("TIMERFD", "timerfd.img", NONE, 0x50493712, "timerfd_entry"),
	ARRAY("INOTIFY_FILE", "inotify.img", NONE, 0x48424431, "inotify_file_entry"),
	ARRAY("FANOTIFY_FILE", "fanotify.img", NONE, 0x55096122, "fanotify_file_entry"),
	ARRAY("PIPES", "pipes.img", NONE, 0x56513555, "pipe_entry"),
	ARRAY("FIFO", "fifo.img", NONE, 0x58364939, "fifo_entry"),
	ARRAY("UNIXSK", "unixsk.img", NONE, 0x54373943, "unix_sk_entry"),
	ARRAY("INETSK", "inetsk.img", NONE, 0x56443851, "inet_sk_entry"),
	ARRAY("PACKETSK", "packetsk.img", NONE, 0x60454618, "packet_sock_entry"),
	ARRAY("NETLINK_SK", "netlinksk.img", NONE, 0x58005614, "netlink_sk_entry"),
	ARRAY("TTY_FILES", "tty.img", NONE, 0x59433025, "tty_file_entry"),
	ARRAY("TUNFILE", "tunfile.img", NONE, 0x57143751, "tunfile_entry"),
	ARRAY("BPFMAP_FILE", "bpfmap-file.img", NONE, 0x57506142, "bpfmap_file_entry"),
	ARRAY("PIDFD", "pidfd.img", NONE, 0x54435556, "pidfd_entry"),

	/* Older still: what is now inside other messages. */
	ARRAY("EVENTPOLL_TFD", "eventpoll-tfd.img", NONE, 0x44433746, "eventpoll_tfd_entry"),
	ARRAY("INOTIFY_WD", "inotify-wd.img", NONE, 0x54562009, "inotify_wd_entry"),
	ARRAY("FANOTIFY_MARK", "fanotify-mark.img", NONE, 0x56506035, "fanotify_mark_entry"),
	ARRAY("VMAS", "vmas-%u.img", PID, 0x54123737, "vma_entry"),
	ARRAY("SIGACT", "sigacts-%u.img", PID, 0x55344201, "sa_entry"),
	ARRAY("ITIMERS", "itimers-%u.img", PID, 0x57464056, "itimer_entry"),
	ARRAY("POSIX_TIMERS", "posix-timers-%u.img", PID, 0x52603957, "posix_timer_entry"),
	SINGLE("CREDS", "creds-%u.img", PID, 0x54023547, "creds_entry"),
	ARRAY("RLIMIT", "rlimit-%u.img", PID, 0x57113925, "rlimit_entry"),
	ARRAY("SIGNAL", "signal-s-%u.img", PID, 0x59255647, "siginfo_entry"),
	ARRAY("PSIGNAL", "signal-p-%u.img", TID, 0x59255647, "siginfo_entry"),

	/* v0.1 to v0.4: pages that say where they belong. PAGES has the same names: see image.c. */
	OLD_PAGES("PAGES_OLD", "pages-%d.img", PID, 0x56084025),
	OLD_PAGES("SHM_PAGES_OLD", "pages-shmem-%ld.img", SHMEM, 0x56084025),

	/* Plugins. */
	SIZED("AMDGPU_KFD", "amdgpu-kfd-%d.img", "criu_kfd", .parts = "device_entries,bo_entries"),
	SIZED("AMDGPU_RENDERD", "amdgpu-renderD-%d.img", "criu_render_node", .parts = "bo_entries"),
	SIZED("AMDGPU_DMABUF", "amdgpu-dmabuf_%d.img", "criu_dmabuf_node"),
	SIZED("AMDGPU_PAGES", "amdgpu-pages-%d-%04x.img", NULL),
	SIZED("AMDGPU_DRM_PAGES", "amdgpu-drm-pages-%d-%d-%04x.img", NULL),
	{ 0 },
};

static bool digit_value(char c, unsigned base, unsigned *v)
{
	if (c >= '0' && c <= '9')
		*v = (unsigned)(c - '0');
	else if (c >= 'a' && c <= 'f' && base == 16)
		*v = (unsigned)(c - 'a') + 10;
	else
		return false;
	return true;
}

/* Reads digits at *at. False: none, fewer than `least`, or more than 64 bits hold. */
static bool match_number(const char **at, unsigned base, size_t least, uint64_t *out)
{
	const char *from = *at;
	uint64_t v = 0;
	unsigned d;

	for (; digit_value(**at, base, &d); (*at)++)
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)d, &v))
			return false;
	*out = v;
	return *at > from && (size_t)(*at - from) >= least;
}

/* The two words that a %s stands for. */
static bool match_word(const char **at, uint64_t *out)
{
	static const char *const words[] = { "dump", "restore" };

	for (size_t n = 0; n < ARRAY_LEN(words); n++)
		if (!strncmp(*at, words[n], strlen(words[n]))) {
			*at += strlen(words[n]);
			*out = n;
			return true;
		}
	return false;
}

/* What is behind a '%': flags and lengths of printf are passed over, "04" says how many digits. */
static bool match_spec(const char **pattern, const char **at, uint64_t *out)
{
	size_t least = 1;

	for (; **pattern == 'l' || (**pattern >= '0' && **pattern <= '9'); (*pattern)++)
		if (**pattern != 'l')
			least = (size_t)(**pattern - '0');
	switch (*(*pattern)++) {
	case 's':
		return match_word(at, out);
	case 'x':
		return match_number(at, 16, least, out);
	default:
		return match_number(at, 10, least, out);
	}
}

static bool match_pattern(const char *pattern, const char *file, uint64_t *number)
{
	uint64_t v, first = 0;
	bool some = false;

	while (*pattern) {
		if (*pattern != '%') {
			if (*pattern++ != *file++)
				return false;
			continue;
		}
		pattern++;
		if (!match_spec(&pattern, &file, &v))
			return false;
		if (!some)
			first = v;
		some = true;
	}
	if (*file)
		return false;
	*number = first;
	return true;
}

const struct image_kind *kind_by_name(const char *file, uint64_t *number)
{
	uint64_t n;

	for (const struct image_kind *k = image_kinds; k->name; k++)
		if (match_pattern(k->pattern, file, &n)) {
			if (number)
				*number = n;
			return k;
		}
	return NULL;
}

/* How much of a pattern's beginning a name has: 0 unless it has all that precedes the number. */
static size_t match_prefix(const char *pattern, const char *file)
{
	size_t n = strcspn(pattern, "%");

	return strncmp(pattern, file, n) ? 0 : n;
}

const struct image_kind *kind_by_magic(uint32_t magic, const char *file)
{
	const struct image_kind *found = NULL;
	size_t best = 0;

	for (const struct image_kind *k = image_kinds; k->name; k++) {
		size_t n;

		if (!magic || k->magic != magic)
			continue;
		n = file ? match_prefix(k->pattern, file) : 0;
		if (!found || n > best) {
			found = k;
			best = n;
		}
	}
	return found;
}
