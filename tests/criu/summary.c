/* criu/summary, files, facts, info: what a person is told of rows, images, processes, sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sets.h"

#include "criu/summary.h"

#define REAL "tests/real/"

struct expect {
	const char *path, *summary;
};

static void check_lines(const char *set, const struct expect *rows, size_t n)
{
	struct model *m = open_set(set);
	struct arena a;

	arena_init(&a);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(node_summary(node_at(m, rows[i].path), &a), rows[i].summary);
	arena_fini(&a);
	model_close(m);
}

static void rows_of_the_tree_set(void **state)
{
	static const struct expect rows[] = {
		{ "pstree.img[2]", "pid 3383 tree-mt, parent 3375, 4 threads" },
		{ "mm-3375.img/vmas[0]",
		  "rw-s 20K /memfd:cryo-memfd (deleted)  0x110000000000-0x110000005000" },
		{ "mm-3375.img/vmas[11]", "---p 4.0G anon  0x130000100000-0x130100100000" },
		{ "mm-3375.img/vmas[14]",
		  "rw-p 24K mapped.bin  0x150000010000-0x150000016000  /srv/cryo/work/run/tree/mapped.bin" },
		{ "mm-3375.img/vmas[25]",
		  "rw-s 4.0K /[aio] (deleted)  0x7f57f97f9000-0x7f57f97fa000" },
		{ "mm-3375.img/vmas[42]", "rw-p 132K [stack]  0x7ffcd4c10000-0x7ffcd4c31000" },
		{ "mm-3375.img/vmas[43]",
		  "--xp 4.0K [vsyscall]  0xffffffffff600000-0xffffffffff601000" },
		{ "mm-3375.img/aios[0]", "aio ring at 0x7f57f97f9000, 62 requests" },
		{ "pagemap-3375.img[1]", "0x110000014000 1 page present" },
		{ "pagemap-3375.img[2]", "0x120000000000 1 page present, lazy" },
		{ "fdinfo-2.img[7]", "7 -> pipe:[291847] with 777 bytes" },
		{ "fdinfo-2.img[17]", "17 -> /srv/cryo/work/run/tree/bytes-\\xff\\xfe\\x01.bin" },
		{ "fdinfo-2.img[21]", "21 -> /srv/cryo/work/run/tree/ghost.txt (deleted)" },
		{ "fdinfo-2.img[34]", "34 -> tcp 127.0.0.1:32835 -> 127.0.0.1:37064 ESTABLISHED" },
		{ "fdinfo-2.img[35]", "35 -> unix seqpacket @cryo-seq LISTEN" },
		{ "fdinfo-2.img[38]", "38 -> tcp [::1]:33367 LISTEN" },
		{ "fdinfo-2.img[40]", "40 -> eventfd 7" },
		{ "fdinfo-2.img[41]", "41 -> signalfd SIGUSR2 SIGRTMIN+3  close-on-exec" },
		{ "fdinfo-2.img[45]", "45 -> epoll 1 fd" },
		{ "fdinfo-2.img[48]", "48 -> pidfd 3382 tree-net  close-on-exec" },
		{ "files.img[63]", "UNIXSK 66  unix stream [291846] <-> [291845]" },
		{ "files.img[70]", "NETLINKSK 71  netlink route port 3382" },
		{ "files.img[71]", "PACKETSK 72  packet raw 0x88b5 on interface 1" },
		{ "files.img[82]", "TTY 82  /dev/ptmx (pty 0 master)" },
		{ "filelocks.img[1]", "POSIX write, pid 3375 fd 30, 10 to 29" },
		{ "sk-queues.img[4]",
		  "13 bytes for unix stream [291846] <-> [291845], with 1 descriptor" },
		{ "memfd.img[0]", "cryo-memfd 20K F_SEAL_SHRINK" },
		{ "tty-info.img[0]", "1: pty 0 master 111x33, session 3388" },
	};

	(void)state;
	check_lines(REAL "tree", rows, ARRAY_LEN(rows));
}

static void images_of_the_tree_set(void **state)
{
	static const struct expect rows[] = {
		{ "", "CRIU image set, 5 processes, 63 files, 958.6K" },
		{ "inventory.img", "images v1.1" },
		{ "pstree.img", "5 processes" },
		{ "pid:3383", "4 thr, 32 VMA, uid 0, /srv/cryo/work/tree" },
		{ "core-3375.img", "tree-root, alive" },
		{ "core-3385.img", "mt-2" },
		{ "mm-3375.img", "44 VMA  /srv/cryo/work/tree" },
		{ "fs-3387.img", "cwd /srv/cryo/work/run/tree/jail/sub, root "
				 "/srv/cryo/work/run/tree/jail, umask 0027" },
		{ "pagemap-3375.img", "53 pages here" }, /* 217088 bytes of pages-4.img */
		{ "pagemap-shmem-355.img", "2 pages here  shared anonymous memory" },
		{ "pagemap-shmem-356.img", "2 pages here  /memfd:cryo-memfd" },
		{ "tty-data.img", "tty 0: 17 bytes" },
		{ "pages-4.img", "212K" },
		{ "fdinfo-2.img", "52 fd" },
		{ "files.img", "87 files" },
		{ "ghost-file-1.img",
		  "-rw-r----- 97.6K  /srv/cryo/work/run/tree/ghost.txt (deleted)" },
		{ "tcp-stream-47419.img", "3000 bytes in, 24528 out (24528 unsent), mss 65495" },
	};

	(void)state;
	check_lines(REAL "tree", rows, ARRAY_LEN(rows));
}

static void namespaces_and_zombies(void **state)
{
	static const struct expect ns[] = {
		{ "mountpoints-13.img[2]", "tmpfs on /bind ro, from rootfs[/data]" },
		{ "netdev-10.img[3]", "4 br0 bridge up mtu 1500 6e:78:fa:11:08:94" },
		{ "ipcns-shm-11.img[0]", "id 0 key 0x43520001 24K" },
		{ "ipcns-msg-11.img[0]", "id 0 key 0x43520003 3 messages, 16384 bytes" },
		{ "utsns-12.img", "cryohost domain cryo.example" },
		{ "ids-1.img", "files 2, uts 12, ipc 11, net 10, mnt 13, pid 9" },
		{ "route6-10.img[0]", "unicast fd77::/64 dev veth0 table main" },
		{ "ifaddr-10.img[6]", "fd77::1/64 dev veth0 scope global" },
		{ "netns-10.img", "146 settings, IPv4 forwarding off, IPv6 forwarding off" },
		{ "pagemap-shmem-0.img", "1 page here  SysV key 0x43520001" },
	};
	static const struct expect zombies[] = {
		{ "pid:3473", "dead with 42" },
		{ "pid:3474", "dead by SIGUSR1" },
		{ "core-3488.img", "z(odd) \\n), alive" },
		{ "pstree.img[9]", "pid 3488 z(odd) \\n), parent 3469" },
	};

	(void)state;
	check_lines(REAL "ns-tree", ns, ARRAY_LEN(ns));
	check_lines(REAL "zombie", zombies, ARRAY_LEN(zombies));
}

/* ---- facts of a process ---- */

static const char *fact(struct model *m, const char *node, const char *path, struct arena *a)
{
	struct field *f = field_at_path(node_fields(node_at(m, node), a), a, path);

	return f ? field_value(f, 200, a) : "?";
}

static void facts_of_a_process(void **state)
{
	struct model *m = open_set(REAL "ns-tree");
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_string_equal(fact(m, "pid:3", "comm", &a), "tree-mt");
	assert_string_equal(fact(m, "pid:3", "state", &a), "alive");
	assert_string_equal(fact(m, "pid:3", "executable", &a), "/bin/tree");
	assert_non_null(strstr(fact(m, "pid:3", "namespaces/net", &a), "10"));
	assert_non_null(strstr(fact(m, "pid:3", "threads/thread[1]", &a), "5"));
	assert_string_equal(fact(m, "pid:3", "credentials/effective", &a), "uid 0 gid 0");
	assert_string_equal(fact(m, "pid:3", "capabilities/effective", &a),
			    "0x1fffeffffff  all but SYS_RESOURCE");
	assert_string_equal(fact(m, "pid:3", "capabilities/inheritable", &a), "0x0");
	assert_non_null(strstr(fact(m, "pid:3", "capabilities/bounding", &a), "0x1fffeffffff"));
	assert_non_null(strstr(fact(m, "pid:3", "memory/pages here", &a), "40"));
	assert_non_null(strstr(fact(m, "pid:3", "descriptors", &a), "6"));
	arena_fini(&a);
	model_close(m);
}

/* ---- areas ---- */

static const char *perms_of(uint32_t prot, uint32_t flags)
{
	static char perms[5];
	struct msg vma = { 0 };

	put_uint(put_uint(&vma, 5, prot), 6, flags);
	vma_perms((struct bytes){ vma.at, vma.len }, perms);
	return perms;
}

static void permissions(void **state)
{
	(void)state;
	assert_string_equal(perms_of(0, 2), "---p");
	assert_string_equal(perms_of(7, 1), "rwxs");
	assert_string_equal(perms_of(1, 0x22), "r--p");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_the_tree_set),
		cmocka_unit_test(images_of_the_tree_set),
		cmocka_unit_test(namespaces_and_zombies),
		cmocka_unit_test(facts_of_a_process),
		cmocka_unit_test(permissions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
