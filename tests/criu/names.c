/* criu/names: tables are well made, and differ by architecture where the kernel does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "criu/names.h"

static const struct value_env none = { 0 }, x86 = { 1u << 1 }, arm64 = { 1u << 3 },
			      s390 = { 1u << 5 }, mips = { 1u << 6 };

static struct arena arena;

static const char *flags(const char *group, uint64_t v, struct value_env env)
{
	const struct value_name *names = names_group(group);

	assert_non_null(names);
	return value_flags(names, v, env, "|", &arena);
}

static const char *name(const char *group, uint64_t v, struct value_env env)
{
	const struct value_name *names = names_group(group);

	assert_non_null(names);
	return value_name(names, v, env);
}

static void flags_depend_on_the_machine(void **state)
{
	(void)state;
	assert_string_equal(flags("open.flags", 0x8002, x86), "O_RDWR|O_LARGEFILE");
	assert_string_equal(flags("open.flags", 0x20002, arm64), "O_RDWR|O_LARGEFILE");
	assert_string_equal(flags("open.flags", 0x4000, arm64), "O_DIRECTORY");
	assert_string_equal(flags("open.flags", 0x4000, x86), "O_DIRECT");
	assert_string_equal(flags("open.flags", 0x2000, mips), "O_LARGEFILE");
	assert_string_equal(flags("mmap.flags", 0x802, mips), "MAP_PRIVATE|MAP_ANONYMOUS");
	/* Of an unknown machine only what holds for all. */
	assert_string_equal(flags("open.flags", 0x8002, none), "O_RDWR|0x8000");
	assert_string_equal(name("sk.type", 1, x86), "SOCK_STREAM");
	assert_string_equal(name("sk.type", 2, mips), "SOCK_STREAM");
	assert_string_equal(name("rlimit", 7, x86), "RLIMIT_NOFILE");
	assert_string_equal(name("rlimit", 5, mips), "RLIMIT_NOFILE");
	/* htons(ETH_P_ALL) */
	assert_string_equal(name("eth.protocol", 0x0300, x86), "ETH_P_ALL");
	assert_string_equal(name("eth.protocol", 0x0003, s390), "ETH_P_ALL");
	assert_null(name("eth.protocol", 0x0003, x86));
}

static void wide_masks_come_first(void **state)
{
	(void)state;
	assert_string_equal(flags("open.flags", 0x101001, x86), "O_SYNC|O_WRONLY");
	assert_string_equal(flags("open.flags", 0x1001, x86), "O_WRONLY|O_DSYNC");
	assert_string_equal(flags("open.flags", 0, x86), "O_RDONLY");
	assert_string_equal(flags("mmap.prot", 0, x86), "PROT_NONE");
	assert_string_equal(flags("mmap.flags", 0x3, x86), "MAP_SHARED_VALIDATE");
	assert_string_equal(flags("mmap.flags", 21u << 26 | 0x40022, x86),
			    "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_HUGE_2MB");
	assert_string_equal(flags("mmap.flags", 30u << 26 | 0x40022, x86),
			    "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_HUGE_1GB");
	assert_string_equal(flags("tty.c_cflag", 0x4bf, x86), "B38400|CS8|CREAD|HUPCL");
	assert_string_equal(flags("tty.c_cflag", 0x1002 | 0x20, x86), "B115200|CS7");
}

static void signals_of_actions_skip_kill_and_stop(void **state)
{
	(void)state;
	assert_string_equal(name("sigaction.index", 0, x86), "SIGHUP");
	assert_string_equal(name("sigaction.index", 7, x86), "SIGFPE");
	assert_string_equal(name("sigaction.index", 8, x86), "SIGUSR1");
	assert_string_equal(name("sigaction.index", 16, x86), "SIGCONT");
	assert_string_equal(name("sigaction.index", 17, x86), "SIGTSTP");
	assert_string_equal(name("sigaction.index", 31, x86), "SIGRTMIN");
	assert_string_equal(name("sigaction.index", 61, x86), "SIGRTMAX");
	assert_null(name("sigaction.index", 62, x86));
}

/* Crit's maps are shorter than ours; --pretty must not know more than crit does. */
static void crits_maps_are_crits(void **state)
{
	(void)state;
	assert_null(value_name(crit_flags("mmap.prot"), 8, x86));
	assert_string_equal(value_name(crit_flags("mmap.flags"), 0x20, x86), "MAP_ANON");
	assert_null(value_name(crit_flags("mmap.flags"), 0x40000, x86));
	assert_null(value_name(crit_flags("mmap.status"), 0x10000, x86));
	assert_null(value_name(crit_flags("rfile.flags"), 0x200000, x86));
	assert_string_equal(value_name(crit_dict("gen", "task_state"), 3, x86), "Zombie");
	assert_null(value_name(crit_dict("gen", "task_state"), 2, x86));
	assert_string_equal(value_name(crit_dict("sk", "proto"), 6, x86), "TCP");
	assert_null(value_name(crit_dict("sk", "proto"), 1, x86));
	assert_null(crit_dict("sk", "flags"));
	assert_null(crit_flags("no.such"));
	assert_null(names_group("no.such"));
	assert_string_equal(name("task.state", 2, x86), "DEAD");
}

/* A row that another one hides for every machine would never be seen. */
static void no_row_hides_another(void **state)
{
	static const char *const groups[] = {
		"bpf.map_type", "epoll.events", "fanotify.mask", "inotify.mask",    "mmap.flags",
		"mmap.status",  "mount.flags",  "net.iff",       "open.flags",      "pmap.flags",
		"sched.policy", "sk.family",    "sk.proto",      "sk.state",        "sk.type",
		"task.flags",   "tty.c_cflag",  "tty.c_lflag",   "sigaction.index", "net.conf4",
		"net.conf6",    "auxv",         "timerfd.clock", "namespace.cflag", "eth.protocol",
	};

	(void)state;
	for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
		const struct value_name *rows = names_group(groups[g]);

		assert_non_null(rows);
		for (size_t i = 0; rows[i].name; i++)
			for (size_t k = 0; k < i; k++)
				if (rows[i].value == rows[k].value && rows[i].arch & rows[k].arch)
					fail_msg("%s: %s hides %s", groups[g], rows[k].name,
						 rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_depend_on_the_machine),
		cmocka_unit_test(wide_masks_come_first),
		cmocka_unit_test(signals_of_actions_skip_kill_and_stop),
		cmocka_unit_test(crits_maps_are_crits),
		cmocka_unit_test(no_row_hides_another),
	};
	int failed;

	arena_init(&arena);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&arena);
	return failed;
}
