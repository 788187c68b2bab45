/* Names of numbers, from the kernel's and libc's public headers, by architecture where they differ;
 * and the shorter lists that crit has.
 *
 * Masks of several bits stand before the rows they contain, for value_flags takes the first that
 * fits (O_SYNC before O_DSYNC, CS8 before CS7). The row with value 0 is the name of "no bits". */
#include "criu/names.h"

#include <string.h>

/* Bits of value_name.arch: 1 << mtype of core_entry. */
#define X86 (1u << 1)
#define ARM (1u << 2)
#define AARCH64 (1u << 3)
#define PPC64 (1u << 4)
#define S390 (1u << 5)
#define MIPS (1u << 6)
#define LOONGARCH64 (1u << 7)
#define RISCV64 (1u << 8)
#define ALL ARCH_ALL
#define KNOWN (X86 | ARM | AARCH64 | PPC64 | S390 | MIPS | LOONGARCH64 | RISCV64)
#define GENERIC (X86 | S390 | LOONGARCH64 | RISCV64) /* as asm-generic has them */
#define ARMS (ARM | AARCH64)
#define NO_MIPS (KNOWN & ~MIPS)
#define NO_S390 (KNOWN & ~S390) /* little-endian */
#define TTY (KNOWN & ~MIPS & ~PPC64)

static const struct value_name auxv[] = {
	{ 0, "AT_NULL", ALL },
	{ 1, "AT_IGNORE", ALL },
	{ 2, "AT_EXECFD", ALL },
	{ 3, "AT_PHDR", ALL },
	{ 4, "AT_PHENT", ALL },
	{ 5, "AT_PHNUM", ALL },
	{ 6, "AT_PAGESZ", ALL },
	{ 7, "AT_BASE", ALL },
	{ 8, "AT_FLAGS", ALL },
	{ 9, "AT_ENTRY", ALL },
	{ 10, "AT_NOTELF", ALL },
	{ 11, "AT_UID", ALL },
	{ 12, "AT_EUID", ALL },
	{ 13, "AT_GID", ALL },
	{ 14, "AT_EGID", ALL },
	{ 15, "AT_PLATFORM", ALL },
	{ 16, "AT_HWCAP", ALL },
	{ 17, "AT_CLKTCK", ALL },
	{ 18, "AT_FPUCW", ALL },
	{ 19, "AT_DCACHEBSIZE", ALL },
	{ 20, "AT_ICACHEBSIZE", ALL },
	{ 21, "AT_UCACHEBSIZE", ALL },
	{ 23, "AT_SECURE", ALL },
	{ 24, "AT_BASE_PLATFORM", ALL },
	{ 25, "AT_RANDOM", ALL },
	{ 26, "AT_HWCAP2", ALL },
	{ 27, "AT_RSEQ_FEATURE_SIZE", ALL },
	{ 28, "AT_RSEQ_ALIGN", ALL },
	{ 31, "AT_EXECFN", ALL },
	{ 32, "AT_SYSINFO", ALL },
	{ 33, "AT_SYSINFO_EHDR", ALL },
	{ 34, "AT_L1I_CACHESHAPE", ALL },
	{ 35, "AT_L1D_CACHESHAPE", ALL },
	{ 36, "AT_L2_CACHESHAPE", ALL },
	{ 37, "AT_L3_CACHESHAPE", ALL },
	{ 51, "AT_MINSIGSTKSZ", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name bpf_map_flags[] = {
	{ 0x1, "BPF_F_NO_PREALLOC", ALL },   { 0x2, "BPF_F_NO_COMMON_LRU", ALL },
	{ 0x4, "BPF_F_NUMA_NODE", ALL },     { 0x8, "BPF_F_RDONLY", ALL },
	{ 0x10, "BPF_F_WRONLY", ALL },       { 0x20, "BPF_F_STACK_BUILD_ID", ALL },
	{ 0x40, "BPF_F_ZERO_SEED", ALL },    { 0x80, "BPF_F_RDONLY_PROG", ALL },
	{ 0x100, "BPF_F_WRONLY_PROG", ALL }, { 0x200, "BPF_F_CLONE", ALL },
	{ 0x400, "BPF_F_MMAPABLE", ALL },    { 0x800, "BPF_F_PRESERVE_ELEMS", ALL },
	{ 0x1000, "BPF_F_INNER_MAP", ALL },  { 0, NULL, 0 },
};

static const struct value_name bpf_map_type[] = {
	{ 0, "BPF_MAP_TYPE_UNSPEC", ALL },
	{ 1, "BPF_MAP_TYPE_HASH", ALL },
	{ 2, "BPF_MAP_TYPE_ARRAY", ALL },
	{ 3, "BPF_MAP_TYPE_PROG_ARRAY", ALL },
	{ 4, "BPF_MAP_TYPE_PERF_EVENT_ARRAY", ALL },
	{ 5, "BPF_MAP_TYPE_PERCPU_HASH", ALL },
	{ 6, "BPF_MAP_TYPE_PERCPU_ARRAY", ALL },
	{ 7, "BPF_MAP_TYPE_STACK_TRACE", ALL },
	{ 8, "BPF_MAP_TYPE_CGROUP_ARRAY", ALL },
	{ 9, "BPF_MAP_TYPE_LRU_HASH", ALL },
	{ 10, "BPF_MAP_TYPE_LRU_PERCPU_HASH", ALL },
	{ 11, "BPF_MAP_TYPE_LPM_TRIE", ALL },
	{ 12, "BPF_MAP_TYPE_ARRAY_OF_MAPS", ALL },
	{ 13, "BPF_MAP_TYPE_HASH_OF_MAPS", ALL },
	{ 14, "BPF_MAP_TYPE_DEVMAP", ALL },
	{ 15, "BPF_MAP_TYPE_SOCKMAP", ALL },
	{ 16, "BPF_MAP_TYPE_CPUMAP", ALL },
	{ 17, "BPF_MAP_TYPE_XSKMAP", ALL },
	{ 18, "BPF_MAP_TYPE_SOCKHASH", ALL },
	{ 19, "BPF_MAP_TYPE_CGROUP_STORAGE", ALL },
	{ 20, "BPF_MAP_TYPE_REUSEPORT_SOCKARRAY", ALL },
	{ 21, "BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE", ALL },
	{ 22, "BPF_MAP_TYPE_QUEUE", ALL },
	{ 23, "BPF_MAP_TYPE_STACK", ALL },
	{ 24, "BPF_MAP_TYPE_SK_STORAGE", ALL },
	{ 25, "BPF_MAP_TYPE_DEVMAP_HASH", ALL },
	{ 26, "BPF_MAP_TYPE_STRUCT_OPS", ALL },
	{ 27, "BPF_MAP_TYPE_RINGBUF", ALL },
	{ 28, "BPF_MAP_TYPE_INODE_STORAGE", ALL },
	{ 29, "BPF_MAP_TYPE_TASK_STORAGE", ALL },
	{ 30, "BPF_MAP_TYPE_BLOOM_FILTER", ALL },
	{ 31, "BPF_MAP_TYPE_USER_RINGBUF", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name cet[] = {
	{ 0x1, "SH_STK_EN", X86 },
	{ 0x2, "WR_SHSTK_EN", X86 },
	{ 0, NULL, 0 },
};

static const struct value_name cpuinfo_x86_word[] = {
	{ 0, "CPUID_1_EDX", ALL },        { 1, "CPUID_80000001_EDX", ALL },
	{ 2, "CPUID_80860001_EDX", ALL }, { 3, "CPUID_LNX_1", ALL },
	{ 4, "CPUID_1_ECX", ALL },        { 5, "CPUID_C0000001_EDX", ALL },
	{ 6, "CPUID_80000001_ECX", ALL }, { 7, "CPUID_LNX_2", ALL },
	{ 8, "CPUID_LNX_3", ALL },        { 9, "CPUID_7_0_EBX", ALL },
	{ 10, "CPUID_D_1_EAX", ALL },     { 11, "CPUID_7_0_ECX", ALL },
	{ 12, "CPUID_F_1_EDX", ALL },     { 13, "CPUID_80000008_EBX", ALL },
	{ 14, "CPUID_6_EAX", ALL },       { 15, "CPUID_8000000A_EDX", ALL },
	{ 16, "CPUID_F_0_EDX", ALL },     { 17, "CPUID_80000007_EBX", ALL },
	{ 18, "CPUID_7_0_EDX", ALL },     { 0, NULL, 0 },
};

static const struct value_name epoll_events[] = {
	{ 0x1, "EPOLLIN", ALL },
	{ 0x2, "EPOLLPRI", ALL },
	{ 0x4, "EPOLLOUT", ALL },
	{ 0x8, "EPOLLERR", ALL },
	{ 0x10, "EPOLLHUP", ALL },
	{ 0x20, "EPOLLNVAL", ALL },
	{ 0x40, "EPOLLRDNORM", ALL },
	{ 0x80, "EPOLLRDBAND", ALL },
	{ 0x100, "EPOLLWRNORM", ALL },
	{ 0x200, "EPOLLWRBAND", ALL },
	{ 0x400, "EPOLLMSG", ALL },
	{ 0x2000, "EPOLLRDHUP", ALL },
	{ 0x10000000, "EPOLLEXCLUSIVE", ALL },
	{ 0x20000000, "EPOLLWAKEUP", ALL },
	{ 0x40000000, "EPOLLONESHOT", ALL },
	{ 0x80000000, "EPOLLET", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name eth_protocol[] = {
	{ 0, "none", ALL },
	{ 768, "ETH_P_ALL", NO_S390 },
	{ 8, "ETH_P_IP", NO_S390 },
	{ 1544, "ETH_P_ARP", NO_S390 },
	{ 129, "ETH_P_8021Q", NO_S390 },
	{ 56710, "ETH_P_IPV6", NO_S390 },
	{ 36488, "ETH_P_PAE", NO_S390 },
	{ 52360, "ETH_P_LLDP", NO_S390 },
	{ 3, "ETH_P_ALL", S390 },
	{ 2048, "ETH_P_IP", S390 },
	{ 2054, "ETH_P_ARP", S390 },
	{ 33024, "ETH_P_8021Q", S390 },
	{ 34525, "ETH_P_IPV6", S390 },
	{ 34958, "ETH_P_PAE", S390 },
	{ 35020, "ETH_P_LLDP", S390 },
	{ 0, NULL, 0 },
};

static const struct value_name fanotify_init[] = {
	{ 0x1, "FAN_CLOEXEC", ALL },
	{ 0x2, "FAN_NONBLOCK", ALL },
	{ 0x4, "FAN_CLASS_CONTENT", ALL },
	{ 0x8, "FAN_CLASS_PRE_CONTENT", ALL },
	{ 0x10, "FAN_UNLIMITED_QUEUE", ALL },
	{ 0x20, "FAN_UNLIMITED_MARKS", ALL },
	{ 0x40, "FAN_ENABLE_AUDIT", ALL },
	{ 0x80, "FAN_REPORT_PIDFD", ALL },
	{ 0x100, "FAN_REPORT_TID", ALL },
	{ 0x200, "FAN_REPORT_FID", ALL },
	{ 0x400, "FAN_REPORT_DIR_FID", ALL },
	{ 0x800, "FAN_REPORT_NAME", ALL },
	{ 0x1000, "FAN_REPORT_TARGET_FID", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name fanotify_mark[] = {
	{ 0x1, "FAN_MARK_ADD", ALL },
	{ 0x2, "FAN_MARK_REMOVE", ALL },
	{ 0x4, "FAN_MARK_DONT_FOLLOW", ALL },
	{ 0x8, "FAN_MARK_ONLYDIR", ALL },
	{ 0x10, "FAN_MARK_MOUNT", ALL },
	{ 0x20, "FAN_MARK_IGNORED_MASK", ALL },
	{ 0x40, "FAN_MARK_IGNORED_SURV_MODIFY", ALL },
	{ 0x80, "FAN_MARK_FLUSH", ALL },
	{ 0x100, "FAN_MARK_FILESYSTEM", ALL },
	{ 0x200, "FAN_MARK_EVICTABLE", ALL },
	{ 0x400, "FAN_MARK_IGNORE", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name fanotify_mask[] = {
	{ 0x1, "FAN_ACCESS", ALL },
	{ 0x2, "FAN_MODIFY", ALL },
	{ 0x4, "FAN_ATTRIB", ALL },
	{ 0x8, "FAN_CLOSE_WRITE", ALL },
	{ 0x10, "FAN_CLOSE_NOWRITE", ALL },
	{ 0x20, "FAN_OPEN", ALL },
	{ 0x40, "FAN_MOVED_FROM", ALL },
	{ 0x80, "FAN_MOVED_TO", ALL },
	{ 0x100, "FAN_CREATE", ALL },
	{ 0x200, "FAN_DELETE", ALL },
	{ 0x400, "FAN_DELETE_SELF", ALL },
	{ 0x800, "FAN_MOVE_SELF", ALL },
	{ 0x1000, "FAN_OPEN_EXEC", ALL },
	{ 0x4000, "FAN_Q_OVERFLOW", ALL },
	{ 0x8000, "FAN_FS_ERROR", ALL },
	{ 0x10000, "FAN_OPEN_PERM", ALL },
	{ 0x20000, "FAN_ACCESS_PERM", ALL },
	{ 0x40000, "FAN_OPEN_EXEC_PERM", ALL },
	{ 0x8000000, "FAN_EVENT_ON_CHILD", ALL },
	{ 0x10000000, "FAN_RENAME", ALL },
	{ 0x40000000, "FAN_ONDIR", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name fd_flags[] = {
	{ 0x1, "FD_CLOEXEC", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name fown_pid_type[] = {
	{ 0, "F_OWNER_TID", ALL },
	{ 1, "F_OWNER_PID", ALL },
	{ 2, "F_OWNER_PGRP", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name inotify_mask[] = {
	{ 0x1, "IN_ACCESS", ALL },
	{ 0x2, "IN_MODIFY", ALL },
	{ 0x4, "IN_ATTRIB", ALL },
	{ 0x8, "IN_CLOSE_WRITE", ALL },
	{ 0x10, "IN_CLOSE_NOWRITE", ALL },
	{ 0x20, "IN_OPEN", ALL },
	{ 0x40, "IN_MOVED_FROM", ALL },
	{ 0x80, "IN_MOVED_TO", ALL },
	{ 0x100, "IN_CREATE", ALL },
	{ 0x200, "IN_DELETE", ALL },
	{ 0x400, "IN_DELETE_SELF", ALL },
	{ 0x800, "IN_MOVE_SELF", ALL },
	{ 0x2000, "IN_UNMOUNT", ALL },
	{ 0x4000, "IN_Q_OVERFLOW", ALL },
	{ 0x8000, "IN_IGNORED", ALL },
	{ 0x1000000, "IN_ONLYDIR", ALL },
	{ 0x2000000, "IN_DONT_FOLLOW", ALL },
	{ 0x4000000, "IN_EXCL_UNLINK", ALL },
	{ 0x20000000, "IN_MASK_ADD", ALL },
	{ 0x40000000, "IN_ISDIR", ALL },
	{ 0x80000000, "IN_ONESHOT", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name inventory_netlock[] = {
	{ 0, "iptables", ALL },
	{ 1, "nftables", ALL },
	{ 2, "skip", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name inventory_predump[] = {
	{ 1, "splice", ALL },
	{ 2, "read", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name ipc_sem_ctls[] = {
	{ 0, "SEMMSL", ALL }, { 1, "SEMMNS", ALL }, { 2, "SEMOPM", ALL },
	{ 3, "SEMMNI", ALL }, { 0, NULL, 0 },
};

static const struct value_name lock_kind[] = {
	{ 0x1, "FL_POSIX", ALL }, { 0x2, "FL_FLOCK", ALL }, { 0x4, "FL_OFD", ALL },
	{ 0x8, "FL_LEASE", ALL }, { 0, NULL, 0 },
};

static const struct value_name lock_type[] = {
	{ 0, "F_RDLCK", ALL },
	{ 1, "F_WRLCK", ALL },
	{ 2, "F_UNLCK", ALL },
	{ 4, "F_RDLCK|LEASE_BREAKING", ALL },
	{ 5, "F_WRLCK|LEASE_BREAKING", ALL },
	{ 6, "F_UNLCK|LEASE_BREAKING", ALL },
	{ 32, "LOCK_MAND", ALL },
	{ 96, "LOCK_MAND|LOCK_READ", ALL },
	{ 160, "LOCK_MAND|LOCK_WRITE", ALL },
	{ 224, "LOCK_MAND|LOCK_RW", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name macvlan_flags[] = {
	{ 0x1, "MACVLAN_FLAG_NOPROMISC", ALL },
	{ 0x2, "MACVLAN_FLAG_NODST", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name macvlan_mode[] = {
	{ 1, "PRIVATE", ALL },  { 2, "VEPA", ALL },    { 4, "BRIDGE", ALL },
	{ 8, "PASSTHRU", ALL }, { 16, "SOURCE", ALL }, { 0, NULL, 0 },
};

static const struct value_name madvise[] = {
	{ 0x1, "MADV_NORMAL", ALL },         { 0x2, "MADV_RANDOM", ALL },
	{ 0x4, "MADV_SEQUENTIAL", ALL },     { 0x8, "MADV_WILLNEED", ALL },
	{ 0x10, "MADV_DONTNEED", ALL },      { 0x100, "MADV_FREE", ALL },
	{ 0x200, "MADV_REMOVE", ALL },       { 0x400, "MADV_DONTFORK", ALL },
	{ 0x800, "MADV_DOFORK", ALL },       { 0x1000, "MADV_MERGEABLE", ALL },
	{ 0x2000, "MADV_UNMERGEABLE", ALL }, { 0x4000, "MADV_HUGEPAGE", ALL },
	{ 0x8000, "MADV_NOHUGEPAGE", ALL },  { 0x10000, "MADV_DONTDUMP", ALL },
	{ 0x20000, "MADV_DODUMP", ALL },     { 0x40000, "MADV_WIPEONFORK", ALL },
	{ 0x80000, "MADV_KEEPONFORK", ALL }, { 0x100000, "MADV_COLD", ALL },
	{ 0x200000, "MADV_PAGEOUT", ALL },   { 0, NULL, 0 },
};

static const struct value_name membarrier[] = {
	{ 0x4, "REGISTER_GLOBAL_EXPEDITED", ALL },
	{ 0x10, "REGISTER_PRIVATE_EXPEDITED", ALL },
	{ 0x40, "REGISTER_PRIVATE_EXPEDITED_SYNC_CORE", ALL },
	{ 0x100, "REGISTER_PRIVATE_EXPEDITED_RSEQ", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name memfd_seals[] = {
	{ 0x1, "F_SEAL_SEAL", ALL },
	{ 0x2, "F_SEAL_SHRINK", ALL },
	{ 0x4, "F_SEAL_GROW", ALL },
	{ 0x8, "F_SEAL_WRITE", ALL },
	{ 0x10, "F_SEAL_FUTURE_WRITE", ALL },
	{ 0x20, "F_SEAL_EXEC", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name mm_dumpable[] = {
	{ 0, "SUID_DUMP_DISABLE", ALL },
	{ 1, "SUID_DUMP_USER", ALL },
	{ 2, "SUID_DUMP_ROOT", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name mmap_flags[] = {
	{ 0x3, "MAP_SHARED_VALIDATE", NO_MIPS },
	{ 0x1, "MAP_SHARED", NO_MIPS },
	{ 0x2, "MAP_PRIVATE", NO_MIPS },
	{ 0x10, "MAP_FIXED", NO_MIPS },
	{ 0x20, "MAP_ANONYMOUS", NO_MIPS },
	{ 0x100, "MAP_GROWSDOWN", NO_MIPS },
	{ 0x800, "MAP_DENYWRITE", NO_MIPS },
	{ 0x1000, "MAP_EXECUTABLE", NO_MIPS },
	{ 0x2000, "MAP_LOCKED", NO_MIPS },
	{ 0x4000, "MAP_NORESERVE", NO_MIPS },
	{ 0x8000, "MAP_POPULATE", NO_MIPS },
	{ 0x10000, "MAP_NONBLOCK", NO_MIPS },
	{ 0x20000, "MAP_STACK", NO_MIPS },
	{ 0x40000, "MAP_HUGETLB", NO_MIPS },
	{ 0x80000, "MAP_SYNC", NO_MIPS },
	{ 0x100000, "MAP_FIXED_NOREPLACE", NO_MIPS },
	{ 0x8, "MAP_DROPPABLE", ALL },
	{ 0x1, "MAP_SHARED", MIPS },
	{ 0x2, "MAP_PRIVATE", MIPS },
	{ 0x10, "MAP_FIXED", MIPS },
	{ 0x400, "MAP_NORESERVE", MIPS },
	{ 0x800, "MAP_ANONYMOUS", MIPS },
	{ 0x1000, "MAP_GROWSDOWN", MIPS },
	{ 0x8000, "MAP_LOCKED", MIPS },
	{ 0x10000, "MAP_POPULATE", MIPS },
	{ 0x40000, "MAP_STACK", MIPS },
	{ 0x80000, "MAP_HUGETLB", MIPS },
	{ 0x7c000000, "MAP_HUGE_2GB", ALL },
	{ 0x5c000000, "MAP_HUGE_8MB", ALL },
	{ 0x74000000, "MAP_HUGE_512MB", ALL },
	{ 0x78000000, "MAP_HUGE_1GB", ALL },
	{ 0x4c000000, "MAP_HUGE_512KB", ALL },
	{ 0x54000000, "MAP_HUGE_2MB", ALL },
	{ 0x64000000, "MAP_HUGE_32MB", ALL },
	{ 0x70000000, "MAP_HUGE_256MB", ALL },
	{ 0x50000000, "MAP_HUGE_1MB", ALL },
	{ 0x60000000, "MAP_HUGE_16MB", ALL },
	{ 0x88000000, "MAP_HUGE_16GB", ALL },
	{ 0x40000000, "MAP_HUGE_64KB", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name mmap_huge[] = {
	{ 0x7c000000, "MAP_HUGE_2GB", ALL },
	{ 0x5c000000, "MAP_HUGE_8MB", ALL },
	{ 0x74000000, "MAP_HUGE_512MB", ALL },
	{ 0x78000000, "MAP_HUGE_1GB", ALL },
	{ 0x4c000000, "MAP_HUGE_512KB", ALL },
	{ 0x54000000, "MAP_HUGE_2MB", ALL },
	{ 0x64000000, "MAP_HUGE_32MB", ALL },
	{ 0x70000000, "MAP_HUGE_256MB", ALL },
	{ 0x50000000, "MAP_HUGE_1MB", ALL },
	{ 0x60000000, "MAP_HUGE_16MB", ALL },
	{ 0x88000000, "MAP_HUGE_16GB", ALL },
	{ 0x40000000, "MAP_HUGE_64KB", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name mmap_prot[] = {
	{ 0x0, "PROT_NONE", ALL },          { 0x1, "PROT_READ", ALL },
	{ 0x2, "PROT_WRITE", ALL },         { 0x4, "PROT_EXEC", ALL },
	{ 0x8, "PROT_SEM", ALL },           { 0x1000000, "PROT_GROWSDOWN", ALL },
	{ 0x2000000, "PROT_GROWSUP", ALL }, { 0x10, "PROT_BTI", AARCH64 },
	{ 0x20, "PROT_MTE", AARCH64 },      { 0, NULL, 0 },
};

static const struct value_name mmap_status[] = {
	{ 0x1, "VMA_AREA_REGULAR", ALL },         { 0x2, "VMA_AREA_STACK", ALL },
	{ 0x4, "VMA_AREA_VSYSCALL", ALL },        { 0x8, "VMA_AREA_VDSO", ALL },
	{ 0x10, "VMA_FORCE_READ", ALL },          { 0x20, "VMA_AREA_HEAP", ALL },
	{ 0x40, "VMA_FILE_PRIVATE", ALL },        { 0x80, "VMA_FILE_SHARED", ALL },
	{ 0x100, "VMA_ANON_SHARED", ALL },        { 0x200, "VMA_ANON_PRIVATE", ALL },
	{ 0x400, "VMA_AREA_SYSVIPC", ALL },       { 0x800, "VMA_AREA_SOCKET", ALL },
	{ 0x1000, "VMA_AREA_VVAR", ALL },         { 0x2000, "VMA_AREA_AIORING", ALL },
	{ 0x4000, "VMA_AREA_MEMFD", ALL },        { 0x8000, "VMA_AREA_SHSTK", ALL },
	{ 0x10000, "VMA_AREA_GUARD", ALL },       { 0x20000, "VMA_AREA_UPROBES", ALL },
	{ 0x8000000, "VMA_EXT_PLUGIN", ALL },     { 0x10000000, "VMA_CLOSE", ALL },
	{ 0x20000000, "VMA_NO_PROT_WRITE", ALL }, { 0x40000000, "VMA_PREMMAPED", ALL },
	{ 0x80000000, "VMA_UNSUPP", ALL },        { 0, NULL, 0 },
};

static const struct value_name mount_flags[] = {
	{ 0x1, "MS_RDONLY", ALL },         { 0x2, "MS_NOSUID", ALL },
	{ 0x4, "MS_NODEV", ALL },          { 0x8, "MS_NOEXEC", ALL },
	{ 0x10, "MS_SYNCHRONOUS", ALL },   { 0x20, "MS_REMOUNT", ALL },
	{ 0x40, "MS_MANDLOCK", ALL },      { 0x80, "MS_DIRSYNC", ALL },
	{ 0x100, "MS_NOSYMFOLLOW", ALL },  { 0x400, "MS_NOATIME", ALL },
	{ 0x800, "MS_NODIRATIME", ALL },   { 0x1000, "MS_BIND", ALL },
	{ 0x2000, "MS_MOVE", ALL },        { 0x4000, "MS_REC", ALL },
	{ 0x8000, "MS_SILENT", ALL },      { 0x10000, "MS_POSIXACL", ALL },
	{ 0x20000, "MS_UNBINDABLE", ALL }, { 0x40000, "MS_PRIVATE", ALL },
	{ 0x80000, "MS_SLAVE", ALL },      { 0x100000, "MS_SHARED", ALL },
	{ 0x200000, "MS_RELATIME", ALL },  { 0x400000, "MS_KERNMOUNT", ALL },
	{ 0x800000, "MS_I_VERSION", ALL }, { 0x1000000, "MS_STRICTATIME", ALL },
	{ 0x2000000, "MS_LAZYTIME", ALL }, { 0, NULL, 0 },
};

static const struct value_name namespace_cflag[] = {
	{ 0x80, "CLONE_NEWTIME", ALL },
	{ 0x20000, "CLONE_NEWNS", ALL },
	{ 0x2000000, "CLONE_NEWCGROUP", ALL },
	{ 0x4000000, "CLONE_NEWUTS", ALL },
	{ 0x8000000, "CLONE_NEWIPC", ALL },
	{ 0x10000000, "CLONE_NEWUSER", ALL },
	{ 0x20000000, "CLONE_NEWPID", ALL },
	{ 0x40000000, "CLONE_NEWNET", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name net_conf4[] = {
	{ 0, "accept_local", ALL },
	{ 1, "accept_redirects", ALL },
	{ 2, "accept_source_route", ALL },
	{ 3, "arp_accept", ALL },
	{ 4, "arp_announce", ALL },
	{ 5, "arp_filter", ALL },
	{ 6, "arp_ignore", ALL },
	{ 7, "arp_notify", ALL },
	{ 8, "bootp_relay", ALL },
	{ 9, "disable_policy", ALL },
	{ 10, "disable_xfrm", ALL },
	{ 11, "force_igmp_version", ALL },
	{ 12, "forwarding", ALL },
	{ 13, "igmpv2_unsolicited_report_interval", ALL },
	{ 14, "igmpv3_unsolicited_report_interval", ALL },
	{ 15, "log_martians", ALL },
	{ 16, "medium_id", ALL },
	{ 17, "promote_secondaries", ALL },
	{ 18, "proxy_arp", ALL },
	{ 19, "proxy_arp_pvlan", ALL },
	{ 20, "route_localnet", ALL },
	{ 21, "rp_filter", ALL },
	{ 22, "secure_redirects", ALL },
	{ 23, "send_redirects", ALL },
	{ 24, "shared_media", ALL },
	{ 25, "src_valid_mark", ALL },
	{ 26, "tag", ALL },
	{ 27, "ignore_routes_with_linkdown", ALL },
	{ 28, "drop_gratuitous_arp", ALL },
	{ 29, "drop_unicast_in_l2_multicast", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name net_conf6[] = {
	{ 0, "accept_dad", ALL },
	{ 1, "accept_ra", ALL },
	{ 2, "accept_ra_defrtr", ALL },
	{ 3, "accept_ra_from_local", ALL },
	{ 4, "accept_ra_min_hop_limit", ALL },
	{ 5, "accept_ra_mtu", ALL },
	{ 6, "accept_ra_pinfo", ALL },
	{ 7, "accept_ra_rt_info_max_plen", ALL },
	{ 8, "accept_ra_rtr_pref", ALL },
	{ 9, "accept_redirects", ALL },
	{ 10, "accept_source_route", ALL },
	{ 11, "autoconf", ALL },
	{ 12, "dad_transmits", ALL },
	{ 13, "disable_ipv6", ALL },
	{ 14, "drop_unicast_in_l2_multicast", ALL },
	{ 15, "drop_unsolicited_na", ALL },
	{ 16, "force_mld_version", ALL },
	{ 17, "force_tllao", ALL },
	{ 18, "forwarding", ALL },
	{ 19, "hop_limit", ALL },
	{ 20, "ignore_routes_with_linkdown", ALL },
	{ 21, "keep_addr_on_down", ALL },
	{ 22, "max_addresses", ALL },
	{ 23, "max_desync_factor", ALL },
	{ 24, "mldv1_unsolicited_report_interval", ALL },
	{ 25, "mldv2_unsolicited_report_interval", ALL },
	{ 26, "mtu", ALL },
	{ 27, "ndisc_notify", ALL },
	{ 28, "optimistic_dad", ALL },
	{ 29, "proxy_ndp", ALL },
	{ 30, "regen_max_retry", ALL },
	{ 31, "router_probe_interval", ALL },
	{ 32, "router_solicitation_delay", ALL },
	{ 33, "router_solicitation_interval", ALL },
	{ 34, "router_solicitations", ALL },
	{ 35, "stable_secret", ALL },
	{ 36, "suppress_frag_ndisc", ALL },
	{ 37, "temp_prefered_lft", ALL },
	{ 38, "temp_valid_lft", ALL },
	{ 39, "use_oif_addrs_only", ALL },
	{ 40, "use_optimistic", ALL },
	{ 41, "use_tempaddr", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name net_iff[] = {
	{ 0x1, "IFF_UP", ALL },           { 0x2, "IFF_BROADCAST", ALL },
	{ 0x4, "IFF_DEBUG", ALL },        { 0x8, "IFF_LOOPBACK", ALL },
	{ 0x10, "IFF_POINTOPOINT", ALL }, { 0x20, "IFF_NOTRAILERS", ALL },
	{ 0x40, "IFF_RUNNING", ALL },     { 0x80, "IFF_NOARP", ALL },
	{ 0x100, "IFF_PROMISC", ALL },    { 0x200, "IFF_ALLMULTI", ALL },
	{ 0x400, "IFF_MASTER", ALL },     { 0x800, "IFF_SLAVE", ALL },
	{ 0x1000, "IFF_MULTICAST", ALL }, { 0x2000, "IFF_PORTSEL", ALL },
	{ 0x4000, "IFF_AUTOMEDIA", ALL }, { 0x8000, "IFF_DYNAMIC", ALL },
	{ 0x10000, "IFF_LOWER_UP", ALL }, { 0x20000, "IFF_DORMANT", ALL },
	{ 0x40000, "IFF_ECHO", ALL },     { 0, NULL, 0 },
};

static const struct value_name net_ipv4_sysctl[] = {
	{ 0, "ping_group_range", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name net_unix_conf[] = {
	{ 0, "max_dgram_qlen", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name netlink_protocol[] = {
	{ 0, "NETLINK_ROUTE", ALL },
	{ 2, "NETLINK_USERSOCK", ALL },
	{ 3, "NETLINK_FIREWALL", ALL },
	{ 4, "NETLINK_SOCK_DIAG", ALL },
	{ 5, "NETLINK_NFLOG", ALL },
	{ 6, "NETLINK_XFRM", ALL },
	{ 7, "NETLINK_SELINUX", ALL },
	{ 8, "NETLINK_ISCSI", ALL },
	{ 9, "NETLINK_AUDIT", ALL },
	{ 10, "NETLINK_FIB_LOOKUP", ALL },
	{ 11, "NETLINK_CONNECTOR", ALL },
	{ 12, "NETLINK_NETFILTER", ALL },
	{ 13, "NETLINK_IP6_FW", ALL },
	{ 14, "NETLINK_DNRTMSG", ALL },
	{ 15, "NETLINK_KOBJECT_UEVENT", ALL },
	{ 16, "NETLINK_GENERIC", ALL },
	{ 18, "NETLINK_SCSITRANSPORT", ALL },
	{ 19, "NETLINK_ECRYPTFS", ALL },
	{ 20, "NETLINK_RDMA", ALL },
	{ 21, "NETLINK_CRYPTO", ALL },
	{ 22, "NETLINK_SMC", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name open_flags[] = {
	{ 0x0, "O_RDONLY", ALL },
	{ 0x101000, "O_SYNC", NO_MIPS },
	{ 0x4010, "O_SYNC", MIPS },
	{ 0x410000, "O_TMPFILE", GENERIC },
	{ 0x404000, "O_TMPFILE", ARMS | PPC64 },
	{ 0x410000, "O_TMPFILE", MIPS },
	{ 0x1, "O_WRONLY", ALL },
	{ 0x2, "O_RDWR", ALL },
	{ 0x40, "O_CREAT", NO_MIPS },
	{ 0x80, "O_EXCL", NO_MIPS },
	{ 0x100, "O_NOCTTY", NO_MIPS },
	{ 0x200, "O_TRUNC", NO_MIPS },
	{ 0x400, "O_APPEND", NO_MIPS },
	{ 0x800, "O_NONBLOCK", NO_MIPS },
	{ 0x1000, "O_DSYNC", NO_MIPS },
	{ 0x2000, "FASYNC", NO_MIPS },
	{ 0x4000, "O_DIRECT", GENERIC },
	{ 0x8000, "O_LARGEFILE", GENERIC },
	{ 0x10000, "O_DIRECTORY", GENERIC },
	{ 0x20000, "O_NOFOLLOW", GENERIC },
	{ 0x40000, "O_NOATIME", NO_MIPS },
	{ 0x80000, "O_CLOEXEC", NO_MIPS },
	{ 0x100000, "__O_SYNC", NO_MIPS },
	{ 0x200000, "O_PATH", NO_MIPS },
	{ 0x400000, "__O_TMPFILE", NO_MIPS },
	{ 0x4000, "O_DIRECTORY", ARMS },
	{ 0x8000, "O_NOFOLLOW", ARMS },
	{ 0x10000, "O_DIRECT", ARMS },
	{ 0x20000, "O_LARGEFILE", ARMS },
	{ 0x4000, "O_DIRECTORY", PPC64 },
	{ 0x8000, "O_NOFOLLOW", PPC64 },
	{ 0x10000, "O_LARGEFILE", PPC64 },
	{ 0x20000, "O_DIRECT", PPC64 },
	{ 0x8, "O_APPEND", MIPS },
	{ 0x10, "O_DSYNC", MIPS },
	{ 0x80, "O_NONBLOCK", MIPS },
	{ 0x100, "O_CREAT", MIPS },
	{ 0x200, "O_TRUNC", MIPS },
	{ 0x400, "O_EXCL", MIPS },
	{ 0x800, "O_NOCTTY", MIPS },
	{ 0x1000, "FASYNC", MIPS },
	{ 0x2000, "O_LARGEFILE", MIPS },
	{ 0x4000, "__O_SYNC", MIPS },
	{ 0x8000, "O_DIRECT", MIPS },
	{ 0x10000, "O_DIRECTORY", MIPS },
	{ 0x20000, "O_NOFOLLOW", MIPS },
	{ 0x40000, "O_NOATIME", MIPS },
	{ 0x80000, "O_CLOEXEC", MIPS },
	{ 0x200000, "O_PATH", MIPS },
	{ 0x400000, "__O_TMPFILE", MIPS },
	{ 0, NULL, 0 },
};

static const struct value_name pac[] = {
	{ 0x1, "PR_PAC_APIAKEY", AARCH64 },  { 0x2, "PR_PAC_APIBKEY", AARCH64 },
	{ 0x4, "PR_PAC_APDAKEY", AARCH64 },  { 0x8, "PR_PAC_APDBKEY", AARCH64 },
	{ 0x10, "PR_PAC_APGAKEY", AARCH64 }, { 0, NULL, 0 },
};

static const struct value_name packet_mclist[] = {
	{ 0, "PACKET_MR_MULTICAST", ALL },
	{ 1, "PACKET_MR_PROMISC", ALL },
	{ 2, "PACKET_MR_ALLMULTI", ALL },
	{ 3, "PACKET_MR_UNICAST", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name packet_version[] = {
	{ 0, "TPACKET_V1", ALL },
	{ 1, "TPACKET_V2", ALL },
	{ 2, "TPACKET_V3", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name personality[] = {
	{ 0x20000, "UNAME26", ALL },
	{ 0x40000, "ADDR_NO_RANDOMIZE", ALL },
	{ 0x80000, "FDPIC_FUNCPTRS", ALL },
	{ 0x100000, "MMAP_PAGE_ZERO", ALL },
	{ 0x200000, "ADDR_COMPAT_LAYOUT", ALL },
	{ 0x400000, "READ_IMPLIES_EXEC", ALL },
	{ 0x800000, "ADDR_LIMIT_32BIT", ALL },
	{ 0x1000000, "SHORT_INODE", ALL },
	{ 0x2000000, "WHOLE_SECONDS", ALL },
	{ 0x4000000, "STICKY_TIMEOUTS", ALL },
	{ 0x8000000, "ADDR_LIMIT_3GB", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name pidfd_flags[] = {
	{ 0x800, "PIDFD_NONBLOCK", ALL },
	{ 0x80, "PIDFD_THREAD", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name pmap_flags[] = {
	{ 0x1, "PE_PARENT", ALL },
	{ 0x2, "PE_LAZY", ALL },
	{ 0x4, "PE_PRESENT", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name rlimit[] = {
	{ 0, "RLIMIT_CPU", ALL },         { 1, "RLIMIT_FSIZE", ALL },
	{ 2, "RLIMIT_DATA", ALL },        { 3, "RLIMIT_STACK", ALL },
	{ 4, "RLIMIT_CORE", ALL },        { 5, "RLIMIT_RSS", NO_MIPS },
	{ 6, "RLIMIT_NPROC", NO_MIPS },   { 7, "RLIMIT_NOFILE", NO_MIPS },
	{ 8, "RLIMIT_MEMLOCK", NO_MIPS }, { 9, "RLIMIT_AS", NO_MIPS },
	{ 10, "RLIMIT_LOCKS", ALL },      { 11, "RLIMIT_SIGPENDING", ALL },
	{ 12, "RLIMIT_MSGQUEUE", ALL },   { 13, "RLIMIT_NICE", ALL },
	{ 14, "RLIMIT_RTPRIO", ALL },     { 15, "RLIMIT_RTTIME", ALL },
	{ 5, "RLIMIT_NOFILE", MIPS },     { 6, "RLIMIT_AS", MIPS },
	{ 7, "RLIMIT_RSS", MIPS },        { 8, "RLIMIT_NPROC", MIPS },
	{ 9, "RLIMIT_MEMLOCK", MIPS },    { 0, NULL, 0 },
};

static const struct value_name sched_policy[] = {
	{ 0, "SCHED_OTHER", ALL },
	{ 1, "SCHED_FIFO", ALL },
	{ 2, "SCHED_RR", ALL },
	{ 3, "SCHED_BATCH", ALL },
	{ 5, "SCHED_IDLE", ALL },
	{ 6, "SCHED_DEADLINE", ALL },
	{ 7, "SCHED_EXT", ALL },
	{ 1073741824, "SCHED_OTHER|RESET_ON_FORK", ALL },
	{ 1073741825, "SCHED_FIFO|RESET_ON_FORK", ALL },
	{ 1073741826, "SCHED_RR|RESET_ON_FORK", ALL },
	{ 1073741827, "SCHED_BATCH|RESET_ON_FORK", ALL },
	{ 1073741829, "SCHED_IDLE|RESET_ON_FORK", ALL },
	{ 1073741830, "SCHED_DEADLINE|RESET_ON_FORK", ALL },
	{ 1073741831, "SCHED_EXT|RESET_ON_FORK", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name scm_type[] = {
	{ 1, "SCM_RIGHTS", ALL },
	{ 2, "SCM_CREDENTIALS", ALL },
	{ 3, "SCM_SECURITY", ALL },
	{ 4, "SCM_PIDFD", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name seccomp_filter_flags[] = {
	{ 0x1, "SECCOMP_FILTER_FLAG_TSYNC", ALL },
	{ 0x2, "SECCOMP_FILTER_FLAG_LOG", ALL },
	{ 0x4, "SECCOMP_FILTER_FLAG_SPEC_ALLOW", ALL },
	{ 0x8, "SECCOMP_FILTER_FLAG_NEW_LISTENER", ALL },
	{ 0x10, "SECCOMP_FILTER_FLAG_TSYNC_ESRCH", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name securebits[] = {
	{ 0x1, "SECBIT_NOROOT", ALL },
	{ 0x2, "SECBIT_NOROOT_LOCKED", ALL },
	{ 0x4, "SECBIT_NO_SETUID_FIXUP", ALL },
	{ 0x8, "SECBIT_NO_SETUID_FIXUP_LOCKED", ALL },
	{ 0x10, "SECBIT_KEEP_CAPS", ALL },
	{ 0x20, "SECBIT_KEEP_CAPS_LOCKED", ALL },
	{ 0x40, "SECBIT_NO_CAP_AMBIENT_RAISE", ALL },
	{ 0x80, "SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name si_code[] = {
	{ 0, "SI_USER", ALL },
	{ 128, "SI_KERNEL", ALL },
	{ (uint64_t)-1, "SI_QUEUE", ALL },
	{ (uint64_t)-2, "SI_TIMER", ALL },
	{ (uint64_t)-3, "SI_MESGQ", ALL },
	{ (uint64_t)-4, "SI_ASYNCIO", ALL },
	{ (uint64_t)-5, "SI_SIGIO", ALL },
	{ (uint64_t)-6, "SI_TKILL", ALL },
	{ (uint64_t)-7, "SI_DETHREAD", ALL },
	{ (uint64_t)-60, "SI_ASYNCNL", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name sigaction_flags[] = {
	{ 0x1, "SA_NOCLDSTOP", NO_MIPS },
	{ 0x2, "SA_NOCLDWAIT", NO_MIPS },
	{ 0x4, "SA_SIGINFO", NO_MIPS },
	{ 0x8000000, "SA_ONSTACK", NO_MIPS },
	{ 0x10000000, "SA_RESTART", NO_MIPS },
	{ 0x40000000, "SA_NODEFER", NO_MIPS },
	{ 0x80000000, "SA_RESETHAND", NO_MIPS },
	{ 0x4000000, "SA_RESTORER", NO_MIPS },
	{ 0x400, "SA_UNSUPPORTED", ALL },
	{ 0x800, "SA_EXPOSE_TAGBITS", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name sigaction_index[] = {
	{ 0, "SIGHUP", ALL },         { 1, "SIGINT", ALL },
	{ 2, "SIGQUIT", ALL },        { 3, "SIGILL", ALL },
	{ 4, "SIGTRAP", ALL },        { 5, "SIGABRT", NO_MIPS },
	{ 6, "SIGBUS", NO_MIPS },     { 7, "SIGFPE", ALL },
	{ 8, "SIGUSR1", NO_MIPS },    { 9, "SIGSEGV", ALL },
	{ 10, "SIGUSR2", NO_MIPS },   { 11, "SIGPIPE", ALL },
	{ 12, "SIGALRM", ALL },       { 13, "SIGTERM", ALL },
	{ 14, "SIGSTKFLT", NO_MIPS }, { 15, "SIGCHLD", NO_MIPS },
	{ 16, "SIGCONT", NO_MIPS },   { 17, "SIGTSTP", NO_MIPS },
	{ 18, "SIGTTIN", NO_MIPS },   { 19, "SIGTTOU", NO_MIPS },
	{ 20, "SIGURG", NO_MIPS },    { 21, "SIGXCPU", NO_MIPS },
	{ 22, "SIGXFSZ", NO_MIPS },   { 23, "SIGVTALRM", NO_MIPS },
	{ 24, "SIGPROF", NO_MIPS },   { 25, "SIGWINCH", NO_MIPS },
	{ 26, "SIGIO", NO_MIPS },     { 27, "SIGPWR", NO_MIPS },
	{ 28, "SIGSYS", NO_MIPS },    { 29, "SIG32", ALL },
	{ 30, "SIG33", ALL },         { 31, "SIGRTMIN", ALL },
	{ 32, "SIGRTMIN+1", ALL },    { 33, "SIGRTMIN+2", ALL },
	{ 34, "SIGRTMIN+3", ALL },    { 35, "SIGRTMIN+4", ALL },
	{ 36, "SIGRTMIN+5", ALL },    { 37, "SIGRTMIN+6", ALL },
	{ 38, "SIGRTMIN+7", ALL },    { 39, "SIGRTMIN+8", ALL },
	{ 40, "SIGRTMIN+9", ALL },    { 41, "SIGRTMIN+10", ALL },
	{ 42, "SIGRTMIN+11", ALL },   { 43, "SIGRTMIN+12", ALL },
	{ 44, "SIGRTMIN+13", ALL },   { 45, "SIGRTMIN+14", ALL },
	{ 46, "SIGRTMIN+15", ALL },   { 47, "SIGRTMIN+16", ALL },
	{ 48, "SIGRTMIN+17", ALL },   { 49, "SIGRTMIN+18", ALL },
	{ 50, "SIGRTMIN+19", ALL },   { 51, "SIGRTMIN+20", ALL },
	{ 52, "SIGRTMIN+21", ALL },   { 53, "SIGRTMIN+22", ALL },
	{ 54, "SIGRTMIN+23", ALL },   { 55, "SIGRTMIN+24", ALL },
	{ 56, "SIGRTMIN+25", ALL },   { 57, "SIGRTMIN+26", ALL },
	{ 58, "SIGRTMIN+27", ALL },   { 59, "SIGRTMIN+28", ALL },
	{ 60, "SIGRTMIN+29", ALL },   { 61, "SIGRTMAX", ALL },
	{ 5, "SIGIOT", MIPS },        { 6, "SIGEMT", MIPS },
	{ 8, "SIGBUS", MIPS },        { 10, "SIGSYS", MIPS },
	{ 14, "SIGUSR1", MIPS },      { 15, "SIGUSR2", MIPS },
	{ 16, "SIGCHLD", MIPS },      { 17, "SIGPWR", MIPS },
	{ 18, "SIGWINCH", MIPS },     { 19, "SIGURG", MIPS },
	{ 20, "SIGIO", MIPS },        { 21, "SIGTSTP", MIPS },
	{ 22, "SIGCONT", MIPS },      { 23, "SIGTTIN", MIPS },
	{ 24, "SIGTTOU", MIPS },      { 25, "SIGVTALRM", MIPS },
	{ 26, "SIGPROF", MIPS },      { 27, "SIGXCPU", MIPS },
	{ 28, "SIGXFSZ", MIPS },      { 0, NULL, 0 },
};

static const struct value_name sigaltstack[] = {
	{ 0x1, "SS_ONSTACK", ALL },
	{ 0x2, "SS_DISABLE", ALL },
	{ 0x80000000, "SS_AUTODISARM", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name sigev[] = {
	{ 0, "SIGEV_SIGNAL", ALL },    { 1, "SIGEV_NONE", ALL }, { 2, "SIGEV_THREAD", ALL },
	{ 4, "SIGEV_THREAD_ID", ALL }, { 0, NULL, 0 },
};

static const struct value_name sit_flags[] = {
	{ 0x1, "SIT_ISATAP", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name sk_buf_lock[] = {
	{ 0x1, "SOCK_SNDBUF_LOCK", ALL },
	{ 0x2, "SOCK_RCVBUF_LOCK", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name sk_family[] = {
	{ 0, "AF_UNSPEC", ALL },   { 1, "AF_UNIX", ALL },
	{ 2, "AF_INET", ALL },     { 10, "AF_INET6", ALL },
	{ 16, "AF_NETLINK", ALL }, { 17, "AF_PACKET", ALL },
	{ 40, "AF_VSOCK", ALL },   { 0, NULL, 0 },
};

static const struct value_name sk_proto[] = {
	{ 0, "IP", ALL },      { 1, "ICMP", ALL },   { 2, "IGMP", ALL },      { 4, "IPIP", ALL },
	{ 6, "TCP", ALL },     { 17, "UDP", ALL },   { 41, "IPV6", ALL },     { 47, "GRE", ALL },
	{ 50, "ESP", ALL },    { 51, "AH", ALL },    { 58, "ICMPV6", ALL },   { 89, "OSPF", ALL },
	{ 103, "PIM", ALL },   { 132, "SCTP", ALL }, { 136, "UDPLITE", ALL }, { 255, "RAW", ALL },
	{ 262, "MPTCP", ALL }, { 0, NULL, 0 },
};

static const struct value_name sk_state[] = {
	{ 1, "ESTABLISHED", ALL },
	{ 2, "SYN_SENT", ALL },
	{ 3, "SYN_RECV", ALL },
	{ 4, "FIN_WAIT1", ALL },
	{ 5, "FIN_WAIT2", ALL },
	{ 6, "TIME_WAIT", ALL },
	{ 7, "CLOSE", ALL },
	{ 8, "CLOSE_WAIT", ALL },
	{ 9, "LAST_ACK", ALL },
	{ 10, "LISTEN", ALL },
	{ 11, "CLOSING", ALL },
	{ 12, "NEW_SYN_RECV", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name sk_type[] = {
	{ 1, "SOCK_STREAM", NO_MIPS },
	{ 2, "SOCK_DGRAM", NO_MIPS },
	{ 3, "SOCK_RAW", NO_MIPS },
	{ 4, "SOCK_RDM", NO_MIPS },
	{ 5, "SOCK_SEQPACKET", NO_MIPS },
	{ 6, "SOCK_DCCP", NO_MIPS },
	{ 10, "SOCK_PACKET", NO_MIPS },
	{ 2, "SOCK_STREAM", MIPS },
	{ 1, "SOCK_DGRAM", MIPS },
	{ 3, "SOCK_RAW", MIPS },
	{ 4, "SOCK_RDM", MIPS },
	{ 5, "SOCK_SEQPACKET", MIPS },
	{ 0, NULL, 0 },
};

static const struct value_name task_flags[] = {
	{ 0x1, "PF_VCPU", ALL },
	{ 0x2, "PF_IDLE", ALL },
	{ 0x4, "PF_EXITING", ALL },
	{ 0x8, "PF_POSTCOREDUMP", ALL },
	{ 0x10, "PF_IO_WORKER", ALL },
	{ 0x20, "PF_WQ_WORKER", ALL },
	{ 0x40, "PF_FORKNOEXEC", ALL },
	{ 0x80, "PF_MCE_PROCESS", ALL },
	{ 0x100, "PF_SUPERPRIV", ALL },
	{ 0x200, "PF_DUMPCORE", ALL },
	{ 0x400, "PF_SIGNALED", ALL },
	{ 0x800, "PF_MEMALLOC", ALL },
	{ 0x1000, "PF_NPROC_EXCEEDED", ALL },
	{ 0x2000, "PF_USED_MATH", ALL },
	{ 0x4000, "PF_USER_WORKER", ALL },
	{ 0x8000, "PF_NOFREEZE", ALL },
	{ 0x20000, "PF_KSWAPD", ALL },
	{ 0x40000, "PF_MEMALLOC_NOFS", ALL },
	{ 0x80000, "PF_MEMALLOC_NOIO", ALL },
	{ 0x100000, "PF_LOCAL_THROTTLE", ALL },
	{ 0x200000, "PF_KTHREAD", ALL },
	{ 0x400000, "PF_RANDOMIZE", ALL },
	{ 0x4000000, "PF_NO_SETAFFINITY", ALL },
	{ 0x8000000, "PF_MCE_EARLY", ALL },
	{ 0x10000000, "PF_MEMALLOC_PIN", ALL },
	{ 0x80000000, "PF_SUSPEND_TASK", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name task_state[] = {
	{ 1, "ALIVE", ALL },  { 2, "DEAD", ALL },   { 3, "STOPPED", ALL }, { 4, "HELPER", ALL },
	{ 5, "THREAD", ALL }, { 6, "ZOMBIE", ALL }, { 0, NULL, 0 },
};

static const struct value_name tcp_options[] = {
	{ 0x1, "TCPI_OPT_TIMESTAMPS", ALL },
	{ 0x2, "TCPI_OPT_SACK", ALL },
	{ 0x4, "TCPI_OPT_WSCALE", ALL },
	{ 0x8, "TCPI_OPT_ECN", ALL },
	{ 0x10, "TCPI_OPT_ECN_SEEN", ALL },
	{ 0x20, "TCPI_OPT_SYN_DATA", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name timerfd_clock[] = {
	{ 0, "CLOCK_REALTIME", ALL },
	{ 1, "CLOCK_MONOTONIC", ALL },
	{ 2, "CLOCK_PROCESS_CPUTIME_ID", ALL },
	{ 3, "CLOCK_THREAD_CPUTIME_ID", ALL },
	{ 4, "CLOCK_MONOTONIC_RAW", ALL },
	{ 5, "CLOCK_REALTIME_COARSE", ALL },
	{ 6, "CLOCK_MONOTONIC_COARSE", ALL },
	{ 7, "CLOCK_BOOTTIME", ALL },
	{ 8, "CLOCK_REALTIME_ALARM", ALL },
	{ 9, "CLOCK_BOOTTIME_ALARM", ALL },
	{ 11, "CLOCK_TAI", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name timerfd_settime[] = {
	{ 0x1, "TFD_TIMER_ABSTIME", ALL },
	{ 0x2, "TFD_TIMER_CANCEL_ON_SET", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name tty_c_cc[] = {
	{ 0, "VINTR", TTY },     { 1, "VQUIT", TTY },     { 2, "VERASE", TTY },
	{ 3, "VKILL", TTY },     { 4, "VEOF", TTY },      { 5, "VTIME", TTY },
	{ 6, "VMIN", TTY },      { 7, "VSWTC", TTY },     { 8, "VSTART", TTY },
	{ 9, "VSTOP", TTY },     { 10, "VSUSP", TTY },    { 11, "VEOL", TTY },
	{ 12, "VREPRINT", TTY }, { 13, "VDISCARD", TTY }, { 14, "VWERASE", TTY },
	{ 15, "VLNEXT", TTY },   { 16, "VEOL2", TTY },    { 0, NULL, 0 },
};

static const struct value_name tty_c_cflag[] = {
	{ 0x100f, "B4000000", TTY },   { 0xf, "B38400", TTY },         { 0x1007, "B921600", TTY },
	{ 0x100b, "B2000000", TTY },   { 0x100d, "B3000000", TTY },    { 0x100e, "B3500000", TTY },
	{ 0x7, "B300", TTY },          { 0xb, "B2400", TTY },          { 0xd, "B9600", TTY },
	{ 0xe, "B19200", TTY },        { 0x1003, "B230400", TTY },     { 0x1005, "B500000", TTY },
	{ 0x1006, "B576000", TTY },    { 0x1009, "B1152000", TTY },    { 0x100a, "B1500000", TTY },
	{ 0x100c, "B2500000", TTY },   { 0x3, "B110", TTY },           { 0x5, "B150", TTY },
	{ 0x6, "B200", TTY },          { 0x9, "B1200", TTY },          { 0xa, "B1800", TTY },
	{ 0xc, "B4800", TTY },         { 0x1001, "B57600", TTY },      { 0x1002, "B115200", TTY },
	{ 0x1004, "B460800", TTY },    { 0x1008, "B1000000", TTY },    { 0x1, "B50", TTY },
	{ 0x2, "B75", TTY },           { 0x4, "B134", TTY },           { 0x8, "B600", TTY },
	{ 0x30, "CS8", TTY },          { 0x20, "CS7", TTY },           { 0x10, "CS6", TTY },
	{ 0x40, "CSTOPB", TTY },       { 0x80, "CREAD", TTY },         { 0x100, "PARENB", TTY },
	{ 0x200, "PARODD", TTY },      { 0x400, "HUPCL", TTY },        { 0x800, "CLOCAL", TTY },
	{ 0x40000000, "CMSPAR", TTY }, { 0x80000000, "CRTSCTS", TTY }, { 0, NULL, 0 },
};

static const struct value_name tty_c_iflag[] = {
	{ 0x1, "IGNBRK", TTY },   { 0x2, "BRKINT", TTY },     { 0x4, "IGNPAR", TTY },
	{ 0x8, "PARMRK", TTY },   { 0x10, "INPCK", TTY },     { 0x20, "ISTRIP", TTY },
	{ 0x40, "INLCR", TTY },   { 0x80, "IGNCR", TTY },     { 0x100, "ICRNL", TTY },
	{ 0x200, "IUCLC", TTY },  { 0x400, "IXON", TTY },     { 0x800, "IXANY", TTY },
	{ 0x1000, "IXOFF", TTY }, { 0x2000, "IMAXBEL", TTY }, { 0x4000, "IUTF8", TTY },
	{ 0, NULL, 0 },
};

static const struct value_name tty_c_lflag[] = {
	{ 0x1, "ISIG", TTY },
	{ 0x2, "ICANON", TTY },
	{ 0x4, "XCASE", TTY },
	{ 0x8, "ECHO", TTY },
	{ 0x10, "ECHOE", TTY },
	{ 0x20, "ECHOK", TTY },
	{ 0x40, "ECHONL", TTY },
	{ 0x80, "NOFLSH", TTY },
	{ 0x100, "TOSTOP", TTY },
	{ 0x200, "ECHOCTL", TTY },
	{ 0x400, "ECHOPRT", TTY },
	{ 0x800, "ECHOKE", TTY },
	{ 0x1000, "FLUSHO", TTY },
	{ 0x4000, "PENDIN", TTY },
	{ 0x8000, "IEXTEN", TTY },
	{ 0x10000, "EXTPROC", TTY },
	{ 0, NULL, 0 },
};

static const struct value_name tty_c_oflag[] = {
	{ 0x1, "OPOST", TTY },   { 0x2, "OLCUC", TTY },  { 0x4, "ONLCR", TTY },
	{ 0x8, "OCRNL", TTY },   { 0x10, "ONOCR", TTY }, { 0x20, "ONLRET", TTY },
	{ 0x40, "OFILL", TTY },  { 0x80, "OFDEL", TTY }, { 0x1800, "XTABS", TTY },
	{ 0x1000, "TAB2", TTY }, { 0x800, "TAB1", TTY }, { 0x600, "CR3", TTY },
	{ 0x400, "CR2", TTY },   { 0x200, "CR1", TTY },  { 0x100, "NL1", TTY },
	{ 0x2000, "BS1", TTY },  { 0x4000, "VT1", TTY }, { 0x8000, "FF1", TTY },
	{ 0, NULL, 0 },
};

static const struct value_name tty_line[] = {
	{ 0, "N_TTY", ALL },   { 1, "N_SLIP", ALL }, { 2, "N_MOUSE", ALL },    { 3, "N_PPP", ALL },
	{ 13, "N_HDLC", ALL }, { 15, "N_HCI", ALL }, { 21, "N_GSM0710", ALL }, { 0, NULL, 0 },
};

static const struct value_name tun_flags[] = {
	{ 0x1, "IFF_TUN", ALL },
	{ 0x2, "IFF_TAP", ALL },
	{ 0x100, "IFF_MULTI_QUEUE", ALL },
	{ 0x200, "IFF_ATTACH_QUEUE", ALL },
	{ 0x400, "IFF_DETACH_QUEUE", ALL },
	{ 0x800, "IFF_PERSIST", ALL },
	{ 0x1000, "IFF_NO_PI", ALL },
	{ 0x2000, "IFF_ONE_QUEUE", ALL },
	{ 0x4000, "IFF_VNET_HDR", ALL },
	{ 0x8000, "IFF_TUN_EXCL", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name tunnel_encap[] = {
	{ 0, "NONE", ALL }, { 1, "FOU", ALL }, { 2, "GUE", ALL },
	{ 3, "MPLS", ALL }, { 0, NULL, 0 },
};

static const struct value_name tunnel_encap_flags[] = {
	{ 0x1, "CSUM", ALL },
	{ 0x2, "CSUM6", ALL },
	{ 0x4, "REMCSUM", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name unix_uflags[] = {
	{ 0x1, "USK_EXTERN", ALL },
	{ 0x2, "USK_SERVICE", ALL },
	{ 0x4, "USK_CALLBACK", ALL },
	{ 0x8, "USK_INHERIT", ALL },
	{ 0, NULL, 0 },
};

static const struct {
	const char *name;
	const struct value_name *names;
} groups[] = {
	{ "auxv", auxv },
	{ "bpf.map_flags", bpf_map_flags },
	{ "bpf.map_type", bpf_map_type },
	{ "cet", cet },
	{ "cpuinfo.x86.word", cpuinfo_x86_word },
	{ "epoll.events", epoll_events },
	{ "eth.protocol", eth_protocol },
	{ "fanotify.init", fanotify_init },
	{ "fanotify.mark", fanotify_mark },
	{ "fanotify.mask", fanotify_mask },
	{ "fd.flags", fd_flags },
	{ "fown.pid_type", fown_pid_type },
	{ "inotify.mask", inotify_mask },
	{ "inventory.netlock", inventory_netlock },
	{ "inventory.predump", inventory_predump },
	{ "ipc.sem_ctls", ipc_sem_ctls },
	{ "lock.kind", lock_kind },
	{ "lock.type", lock_type },
	{ "macvlan.flags", macvlan_flags },
	{ "macvlan.mode", macvlan_mode },
	{ "madvise", madvise },
	{ "membarrier", membarrier },
	{ "memfd.seals", memfd_seals },
	{ "mm.dumpable", mm_dumpable },
	{ "mmap.flags", mmap_flags },
	{ "mmap.huge", mmap_huge },
	{ "mmap.prot", mmap_prot },
	{ "mmap.status", mmap_status },
	{ "mount.flags", mount_flags },
	{ "namespace.cflag", namespace_cflag },
	{ "net.conf4", net_conf4 },
	{ "net.conf6", net_conf6 },
	{ "net.iff", net_iff },
	{ "net.ipv4_sysctl", net_ipv4_sysctl },
	{ "net.unix_conf", net_unix_conf },
	{ "netlink.protocol", netlink_protocol },
	{ "open.flags", open_flags },
	{ "pac", pac },
	{ "packet.mclist", packet_mclist },
	{ "packet.version", packet_version },
	{ "personality", personality },
	{ "pidfd.flags", pidfd_flags },
	{ "pmap.flags", pmap_flags },
	{ "rlimit", rlimit },
	{ "sched.policy", sched_policy },
	{ "scm.type", scm_type },
	{ "seccomp.filter.flags", seccomp_filter_flags },
	{ "securebits", securebits },
	{ "si_code", si_code },
	{ "sigaction.flags", sigaction_flags },
	{ "sigaction.index", sigaction_index },
	{ "sigaltstack", sigaltstack },
	{ "sigev", sigev },
	{ "sit.flags", sit_flags },
	{ "sk.buf_lock", sk_buf_lock },
	{ "sk.family", sk_family },
	{ "sk.proto", sk_proto },
	{ "sk.state", sk_state },
	{ "sk.type", sk_type },
	{ "task.flags", task_flags },
	{ "task.state", task_state },
	{ "tcp.options", tcp_options },
	{ "timerfd.clock", timerfd_clock },
	{ "timerfd.settime", timerfd_settime },
	{ "tty.c_cc", tty_c_cc },
	{ "tty.c_cflag", tty_c_cflag },
	{ "tty.c_iflag", tty_c_iflag },
	{ "tty.c_lflag", tty_c_lflag },
	{ "tty.c_oflag", tty_c_oflag },
	{ "tty.line", tty_line },
	{ "tun.flags", tun_flags },
	{ "tunnel.encap", tunnel_encap },
	{ "tunnel.encap.flags", tunnel_encap_flags },
	{ "unix.uflags", unix_uflags },
};

const struct value_name *names_group(const char *group)
{
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (strcmp(groups[i].name, group) == 0)
			return groups[i].names;
	return NULL;
}

static const struct value_name crit_mmap_prot[] = {
	{ 0x1, "PROT_READ", ALL },
	{ 0x2, "PROT_WRITE", ALL },
	{ 0x4, "PROT_EXEC", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name crit_mmap_flags[] = {
	{ 0x1, "MAP_SHARED", ALL },
	{ 0x2, "MAP_PRIVATE", ALL },
	{ 0x20, "MAP_ANON", ALL },
	{ 0x100, "MAP_GROWSDOWN", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name crit_mmap_status[] = {
	{ 0x1, "VMA_AREA_REGULAR", ALL },    { 0x2, "VMA_AREA_STACK", ALL },
	{ 0x4, "VMA_AREA_VSYSCALL", ALL },   { 0x8, "VMA_AREA_VDSO", ALL },
	{ 0x20, "VMA_AREA_HEAP", ALL },      { 0x40, "VMA_FILE_PRIVATE", ALL },
	{ 0x80, "VMA_FILE_SHARED", ALL },    { 0x100, "VMA_ANON_SHARED", ALL },
	{ 0x200, "VMA_ANON_PRIVATE", ALL },  { 0x400, "VMA_AREA_SYSVIPC", ALL },
	{ 0x800, "VMA_AREA_SOCKET", ALL },   { 0x1000, "VMA_AREA_VVAR", ALL },
	{ 0x2000, "VMA_AREA_AIORING", ALL }, { 0x4000, "VMA_AREA_MEMFD", ALL },
	{ 0x8000, "VMA_AREA_SHSTK", ALL },   { 0x20000, "VMA_AREA_UPROBES", ALL },
	{ 0x80000000, "VMA_UNSUPP", ALL },   { 0, NULL, 0 },
};

static const struct value_name crit_rfile_flags[] = {
	{ 0x1, "O_WRONLY", ALL },
	{ 0x2, "O_RDWR", ALL },
	{ 0x40, "O_CREAT", ALL },
	{ 0x80, "O_EXCL", ALL },
	{ 0x100, "O_NOCTTY", ALL },
	{ 0x200, "O_TRUNC", ALL },
	{ 0x400, "O_APPEND", ALL },
	{ 0x800, "O_NONBLOCK", ALL },
	{ 0x1000, "O_DSYNC", ALL },
	{ 0x2000, "FASYNC", ALL },
	{ 0x4000, "O_DIRECT", ALL },
	{ 0x8000, "O_LARGEFILE", ALL },
	{ 0x10000, "O_DIRECTORY", ALL },
	{ 0x20000, "O_NOFOLLOW", ALL },
	{ 0x40000, "O_NOATIME", ALL },
	{ 0x80000, "O_CLOEXEC", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name crit_pmap_flags[] = {
	{ 0x1, "PE_PARENT", ALL },
	{ 0x2, "PE_LAZY", ALL },
	{ 0x4, "PE_PRESENT", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name crit_seals_flags[] = {
	{ 0x1, "F_SEAL_SEAL", ALL },          { 0x2, "F_SEAL_SHRINK", ALL },
	{ 0x4, "F_SEAL_GROW", ALL },          { 0x8, "F_SEAL_WRITE", ALL },
	{ 0x10, "F_SEAL_FUTURE_WRITE", ALL }, { 0, NULL, 0 },
};

static const struct {
	const char *hint;
	const struct value_name *names;
} crit_maps[] = {
	{ "mmap.prot", crit_mmap_prot },     { "mmap.flags", crit_mmap_flags },
	{ "mmap.status", crit_mmap_status }, { "rfile.flags", crit_rfile_flags },
	{ "pmap.flags", crit_pmap_flags },   { "seals.flags", crit_seals_flags },
};

const struct value_name *crit_flags(const char *hint)
{
	for (size_t i = 0; i < ARRAY_LEN(crit_maps); i++)
		if (strcmp(crit_maps[i].hint, hint) == 0)
			return crit_maps[i].names;
	return NULL;
}

/* Not what the numbers mean: 2 is a dead task, 3 a stopped one. */
static const struct value_name crit_gen_task_state[] = {
	{ 1, "Alive", ALL },
	{ 3, "Zombie", ALL },
	{ 6, "Stopped", ALL },
	{ 0, NULL, 0 },
};

static const struct value_name crit_sk_family[] = {
	{ 1, "UNIX", ALL },     { 2, "INET", ALL },    { 10, "INET6", ALL },
	{ 16, "NETLINK", ALL }, { 17, "PACKET", ALL }, { 0, NULL, 0 },
};

static const struct value_name crit_sk_type[] = {
	{ 1, "STREAM", ALL },    { 2, "DGRAM", ALL },   { 3, "RAW", ALL },
	{ 5, "SEQPACKET", ALL }, { 10, "PACKET", ALL }, { 0, NULL, 0 },
};

static const struct value_name crit_sk_state[] = {
	{ 1, "ESTABLISHED", ALL }, { 2, "SYN_SENT", ALL },   { 3, "SYN_RECV", ALL },
	{ 4, "FIN_WAIT1", ALL },   { 5, "FIN_WAIT2", ALL },  { 6, "TIME_WAIT", ALL },
	{ 7, "CLOSE", ALL },       { 8, "CLOSE_WAIT", ALL }, { 9, "LAST_ACK", ALL },
	{ 10, "LISTEN", ALL },     { 0, NULL, 0 },
};

static const struct value_name crit_sk_proto[] = {
	{ 0, "IP", ALL },        { 6, "TCP", ALL }, { 17, "UDP", ALL },
	{ 136, "UDPLITE", ALL }, { 0, NULL, 0 },
};

static const struct {
	const char *dict, *field;
	const struct value_name *names;
} crit_dicts[] = {
	{ "gen", "task_state", crit_gen_task_state },
	{ "sk", "family", crit_sk_family },
	{ "sk", "type", crit_sk_type },
	{ "sk", "state", crit_sk_state },
	{ "sk", "proto", crit_sk_proto },
};

const struct value_name *crit_dict(const char *dict, const char *field)
{
	for (size_t i = 0; i < ARRAY_LEN(crit_dicts); i++)
		if (strcmp(crit_dicts[i].dict, dict) == 0 &&
		    strcmp(crit_dicts[i].field, field) == 0)
			return crit_dicts[i].names;
	return NULL;
}
