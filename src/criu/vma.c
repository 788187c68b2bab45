/* What a mapping is, by its status bits, and its name as the kernel would show it. */
#include "criu/image.h"
#include "criu/set.h"
#include "criu/summary.h"

enum {
	STATUS_STACK = 0x2,
	STATUS_VSYSCALL = 0x4,
	STATUS_VDSO = 0x8,
	STATUS_HEAP = 0x20,
	STATUS_FILE = 0x40 | 0x80,
	STATUS_ANON_SHARED = 0x100,
	STATUS_SYSVIPC = 0x400,
	STATUS_SOCKET = 0x800,
	STATUS_VVAR = 0x1000,
	STATUS_AIORING = 0x2000,
	STATUS_MEMFD = 0x4000,
	STATUS_SHSTK = 0x8000,
	STATUS_GUARD = 0x10000,
	STATUS_PLUGIN = 0x8000000,
};

/* First match wins: what a mapping is for comes before what it is made of. */
static const struct vma_sort {
	uint32_t status; /* all of these bits, or with STATUS_FILE any */
	const char *kind, *name;
} vma_sorts[] = {
	{ STATUS_GUARD, "guard", "[guard]" },
	{ STATUS_VSYSCALL, "vsyscall", "[vsyscall]" },
	{ STATUS_VDSO, "vdso", "[vdso]" },
	{ STATUS_VVAR, "vvar", "[vvar]" },
	{ STATUS_HEAP, "heap", "[heap]" },
	{ STATUS_STACK, "stack", "[stack]" },
	{ STATUS_AIORING, "aio", "/[aio] (deleted)" },
	{ STATUS_PLUGIN, "plugin", NULL },
	{ STATUS_SOCKET, "socket", NULL },
	{ STATUS_MEMFD, "memfd", NULL },
	{ STATUS_FILE, "file", NULL },
	{ STATUS_SYSVIPC | STATUS_ANON_SHARED, "sysv", NULL },
	{ STATUS_ANON_SHARED, "shmem", "/dev/zero (deleted)" },
	{ STATUS_SHSTK, "shadow stack", "" },
};

static const struct vma_sort stack_sort = { 0, "stack", "[stack]" };

/* The first of a field's values: those of an mm_entry that are asked for here come before its VMAs,
 * so that a listing of all does not read all each time. */
static uint64_t early(struct bytes msg, uint32_t field)
{
	struct cursor c = cursor_over(msg, 0);
	struct wire w;

	while (wire_next(&c, &w) && w.number <= field)
		if (w.number == field)
			return w.value;
	return 0;
}

/* The initial stack is no special area to CRIU: it is where the mm says it starts. */
static bool is_stack(struct image *im, struct bytes vma)
{
	const struct process *p = image_process(im);
	struct image *mm = image_is(im, "MM") || !p ? im : p->mm;
	struct bytes msg;
	uint64_t at;

	if (!mm || !image_is(mm, "MM") || !image_first(mm, &msg))
		return false;
	at = early(msg, 5);
	return at >= uint_of(vma, 1) && at < uint_of(vma, 2);
}

static const struct vma_sort *vma_sort(struct image *im, struct bytes vma)
{
	uint64_t status = uint_of(vma, 7);

	for (size_t i = 0; i < ARRAY_LEN(vma_sorts); i++) {
		uint32_t want = vma_sorts[i].status;

		if (want == STATUS_FILE ? status & want : (status & want) == want)
			return &vma_sorts[i];
	}
	return is_stack(im, vma) ? &stack_sort : NULL;
}

const char *vma_kind(struct image *im, struct bytes vma)
{
	const struct vma_sort *sort = vma_sort(im, vma);

	return sort ? sort->kind : "anon";
}

void vma_perms(struct bytes vma, char *out)
{
	uint64_t prot = uint_of(vma, 5);

	out[0] = prot & 1 ? 'r' : '-';
	out[1] = prot & 2 ? 'w' : '-';
	out[2] = prot & 4 ? 'x' : '-';
	out[3] = uint_of(vma, 6) & 1 ? 's' : 'p';
	out[4] = '\0';
}

/* "/SYSV00abcdef (deleted)": the key is known if the segment's namespace is in the set. */
static const char *sysv_name(struct criu_set *set, uint32_t id, struct arena *a)
{
	struct bytes shm, desc;

	if (shm_by_id(set, id, &shm) && wire_bytes(shm, 1, &desc))
		return arena_printf(a, "/SYSV%08x (deleted)", (unsigned)uint_of(desc, 1));
	return arena_printf(a, "SysV shared memory %u", id);
}

const char *vma_name(struct image *im, struct bytes vma, struct arena *a)
{
	const struct vma_sort *sort = vma_sort(im, vma);
	struct criu_set *set = im->set;
	uint32_t id = (uint32_t)uint_of(vma, 4);

	if (!sort)
		return "";
	if (sort->name)
		return sort->name;
	switch (sort->status) {
	case STATUS_PLUGIN:
		return file_summary(set, 16, id, a);
	case STATUS_SOCKET:
		return file_summary(set, 10, id, a);
	case STATUS_MEMFD:
		return file_summary(set, 18, id, a);
	case STATUS_FILE:
		return file_summary(set, 1, id, a);
	default:
		return sysv_name(set, id, a);
	}
}
