/* A file of up to one page is read; a larger one is mapped. A mapping can fault when somebody else
 * cuts the file short, and the kernel says so with SIGBUS, to whichever thread looked. So every
 * mapping stands in a table that the signal handler can read without a lock:
 *
 *	chunks[] -> 1,024 slots each: start, end, lowest lost offset
 *
 * Chunks are made when needed and never freed; a slot is claimed and given back under a lock, and
 * holds start = end = 0 while it is free. This table, its lock and the handler's past are the state
 * that belongs to the process and not to a model: a process has one handler for SIGBUS. */
#include "core/source.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

enum {
	SLOTS = 1024,
	CHUNKS = 1024,
	READ_MAX = 4096,      /* a file up to this is read, not mapped */
	ADVISE_MIN = 1 << 20, /* below, hints cost more than they save */
	SPOOL_STEP = 1 << 18,
};

#define NOT_LOST UINT64_MAX

struct slot {
	_Atomic uintptr_t start, end;
	_Atomic uint64_t lost; /* lowest offset that faulted */
};

static struct {
	_Atomic(struct slot *) chunks[CHUNKS];
	pthread_mutex_t lock;
	size_t used;        /* slots ever claimed */
	struct slot **free; /* given back; room for `used` */
	size_t free_count, free_room;
	struct sigaction before;
	uintptr_t page;
} maps = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct source {
	char *name;
	const uint8_t *data;
	uint64_t size;
	struct slot *slot;       /* of a mapping, else NULL */
	uint8_t *owned;          /* bytes that were read, else NULL */
	const struct source *of; /* what a slice is cut from, else NULL */
	uint64_t of_offset;
};

/* In the signal handler: loads of atomics, mmap and sigaction only. */
static struct slot *slot_at(uintptr_t address)
{
	for (size_t i = 0; i < CHUNKS; i++) {
		struct slot *chunk = atomic_load_explicit(&maps.chunks[i], memory_order_acquire);

		if (!chunk)
			return NULL;
		for (size_t k = 0; k < SLOTS; k++)
			if (address >= atomic_load(&chunk[k].start) &&
			    address < atomic_load(&chunk[k].end))
				return &chunk[k];
	}
	return NULL;
}

static void note_lost(struct slot *slot, uint64_t offset)
{
	uint64_t lowest = atomic_load(&slot->lost);

	while (offset < lowest && !atomic_compare_exchange_weak(&slot->lost, &lowest, offset))
		;
}

/* By the bare system call: the C library's wrapper is not among the functions that a signal handler
 * may call, and the thread sanitizer would take the new page for a write that races with the
 * readers. */
static bool map_zeros(uintptr_t page)
{
#ifdef SYS_mmap
	return syscall(SYS_mmap, page, maps.page, PROT_READ,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == (long)page;
#else
	return mmap((void *)page, maps.page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		    0) != MAP_FAILED;
#endif
}

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	int keep_errno = errno;
	uintptr_t page = (uintptr_t)info->si_addr & ~(maps.page - 1);
	struct slot *slot = info->si_code > 0 ? slot_at((uintptr_t)info->si_addr) : NULL;

	(void)context;
	if (slot && map_zeros(page)) {
		note_lost(slot, page - atomic_load(&slot->start));
	} else {
		/* Not ours: let it be what it was. The access is tried again and faults again. */
		sigaction(sig, &maps.before, NULL);
		if (info->si_code <= 0)
			raise(sig);
	}
	errno = keep_errno;
}

/* With the lock held, at every mapping: somebody (a test harness, a library) may have put a handler
 * of his own over ours meanwhile, and then that is the one to fall back on. */
static void handle_faults(void)
{
	struct sigaction act = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO }, now;

	if (sigaction(SIGBUS, NULL, &now) || now.sa_sigaction == on_sigbus)
		return;
	maps.page = (uintptr_t)sysconf(_SC_PAGESIZE);
	maps.before = now;
	sigemptyset(&act.sa_mask);
	sigaction(SIGBUS, &act, NULL);
}

static struct slot *new_slot(void)
{
	size_t chunk = maps.used / SLOTS;
	struct slot *slots;

	if (chunk == CHUNKS)
		return NULL;
	slots = atomic_load(&maps.chunks[chunk]);
	if (!slots) {
		slots = calloc(SLOTS, sizeof(*slots));
		if (!slots)
			return NULL;
		atomic_store_explicit(&maps.chunks[chunk], slots, memory_order_release);
	}
	return &slots[maps.used++ % SLOTS];
}

static struct slot *slot_claim(const void *start, uint64_t size)
{
	struct slot *slot;

	pthread_mutex_lock(&maps.lock);
	handle_faults();
	slot = maps.free_count ? maps.free[--maps.free_count] : new_slot();
	pthread_mutex_unlock(&maps.lock);
	if (!slot)
		return NULL;
	atomic_store(&slot->lost, NOT_LOST);
	atomic_store(&slot->end, (uintptr_t)start + size);
	atomic_store(&slot->start, (uintptr_t)start);
	return slot;
}

/* Before the mapping goes, so that nobody else's fault at that address is taken for ours. */
static void slot_release(struct slot *slot)
{
	struct slot **grown;

	atomic_store(&slot->end, 0);
	atomic_store(&slot->start, 0);
	pthread_mutex_lock(&maps.lock);
	if (maps.free_count == maps.free_room) {
		grown = realloc(maps.free, (maps.free_room * 2 + 64) * sizeof(struct slot *));
		if (grown) {
			maps.free = grown;
			maps.free_room = maps.free_room * 2 + 64;
		}
	}
	if (maps.free_count < maps.free_room)
		maps.free[maps.free_count++] = slot;
	pthread_mutex_unlock(&maps.lock);
}

struct span span_clip(struct span span, uint64_t size)
{
	if (span.offset > size)
		span.offset = size;
	if (span.length > size - span.offset)
		span.length = size - span.offset;
	return span;
}

bool span_has(struct span span, uint64_t offset)
{
	return offset >= span.offset && offset - span.offset < span.length;
}

static struct source *source_new(const char *name)
{
	struct bytes raw = bytes_of(name);
	size_t room = raw.len * 4 + 1; /* an escape of one byte is four */
	struct source *src = calloc(1, sizeof(*src));

	if (src)
		src->name = malloc(room);
	if (!src || !src->name) {
		free(src);
		fputs("cryoscope: out of memory\n", stderr);
		exit(2);
	}
	room = text_clean_into(raw, src->name, room);
	return src;
}

static struct err *read_whole(struct source *src, int fd, size_t size)
{
	src->owned = malloc(size ? size : 1);
	if (!src->owned)
		return err_io(ENOMEM, "cannot read %s", src->name);
	while (src->size < size) {
		ssize_t n = read(fd, src->owned + src->size, size - src->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_io(errno, "cannot read %s", src->name);
		if (n == 0)
			break;
		src->size += (uint64_t)n;
	}
	src->data = src->owned;
	return NULL;
}

static struct err *map_whole(struct source *src, int fd, uint64_t size)
{
	void *at;

	if (size > SIZE_MAX / 2)
		return err_new(ERR_LIMIT, "%s is too large", src->name);
	at = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return err_io(errno, "cannot map %s", src->name);
	src->slot = slot_claim(at, size);
	if (!src->slot) {
		munmap(at, (size_t)size);
		return err_new(ERR_LIMIT, "cannot map %s: too many files are open", src->name);
	}
	src->data = at;
	src->size = size;
	return NULL;
}

static struct err *source_fill(struct source *src, int fd, uint64_t size)
{
	return size <= READ_MAX ? read_whole(src, fd, (size_t)size) : map_whole(src, fd, size);
}

static const char *owner_name(uid_t uid, char *buf, size_t room)
{
	struct passwd pw, *found = NULL;
	char text[4096];

	if (!getpwuid_r(uid, &pw, text, sizeof(text), &found) && found)
		snprintf(buf, room, "%s", found->pw_name);
	else
		snprintf(buf, room, "user %u", (unsigned)uid);
	return buf;
}

struct err *source_open_err(int errnum, int dirfd, const char *name)
{
	char owner[64];
	struct stat st;

	if (errnum == ELOOP)
		return err_new(ERR_IO, "%s is a symbolic link", name);
	if (errnum == EACCES && !fstatat(dirfd, name, &st, 0))
		return err_io(errnum, "cannot open %s (owned by %s, mode %04o)", name,
			      owner_name(st.st_uid, owner, sizeof(owner)),
			      (unsigned)st.st_mode & 07777);
	return err_io(errnum, "cannot open %s", name);
}

struct err *source_open(int dirfd, const char *name, bool follow, struct source **out)
{
	/* O_NONBLOCK: the open of a fifo would wait for a writer. */
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);
	struct source *src = NULL;
	struct err *err;
	struct stat st;
	int fd;

	*out = NULL;
	fd = openat(dirfd, name, flags);
	if (fd < 0)
		return source_open_err(errno, dirfd, name);
	if (fstat(fd, &st)) {
		err = err_io(errno, "cannot open %s", name);
	} else if (!S_ISREG(st.st_mode)) {
		err = err_new(ERR_IO, "%s is not a regular file", name);
	} else {
		src = source_new(name);
		err = source_fill(src, fd, (uint64_t)st.st_size);
	}
	close(fd);
	if (err)
		source_close(src);
	else
		*out = src;
	return err;
}

static int temporary_file(void)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (fd >= 0)
		return fd;
	if (snprintf(path, sizeof(path), "%s/cryoscope.XXXXXX", dir) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static bool write_whole(int fd, const char *at, size_t n)
{
	while (n) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

/* Copies to the end; *size gets the bytes. */
static struct err *spool(int from, int to, const char *name, uint64_t limit, char *buf,
			 uint64_t *size)
{
	for (;;) {
		ssize_t n = read(from, buf, SPOOL_STEP);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_io(errno, "cannot read %s", name);
		if (n == 0)
			return NULL;
		if ((uint64_t)n > limit - *size)
			return err_new(ERR_LIMIT, "%s is longer than %llu bytes", name,
				       (unsigned long long)limit);
		if (!write_whole(to, buf, (size_t)n))
			return err_io(errno, "cannot keep %s in a temporary file", name);
		*size += (uint64_t)n;
	}
}

struct err *source_spool(int fd, const char *name, uint64_t limit, struct source **out)
{
	int to = temporary_file();
	struct source *src = NULL;
	char *buf = NULL;
	uint64_t size = 0;
	struct err *err;

	*out = NULL;
	if (to < 0)
		return err_io(errno, "cannot make a temporary file for %s", name);
	buf = malloc(SPOOL_STEP);
	err = buf ? spool(fd, to, name, limit, buf, &size) : err_io(ENOMEM, "reading %s", name);
	free(buf);
	if (!err && lseek(to, 0, SEEK_SET) < 0)
		err = err_io(errno, "cannot read %s", name);
	if (!err) {
		src = source_new(name);
		err = source_fill(src, to, size);
	}
	close(to);
	if (err)
		source_close(src);
	else
		*out = src;
	return err;
}

struct source *source_slice(struct source *of, struct span span, const char *name)
{
	struct source *src = source_new(name);

	span = span_clip(span, of->size);
	src->data = span.length ? of->data + span.offset : NULL;
	src->size = span.length;
	src->of = of;
	src->of_offset = span.offset;
	return src;
}

struct source *source_memory(struct bytes b, const char *name)
{
	struct source *src = source_new(name);

	src->data = b.at;
	src->size = b.len;
	return src;
}

void source_close(struct source *src)
{
	if (!src)
		return;
	if (src->slot) {
		slot_release(src->slot);
		munmap((void *)(uintptr_t)src->data, (size_t)src->size);
	}
	free(src->owned);
	free(src->name);
	free(src);
}

void source_closep(struct source **src)
{
	source_close(*src);
	*src = NULL;
}

const char *source_name(const struct source *src)
{
	return src->name;
}

uint64_t source_size(const struct source *src)
{
	return src->size;
}

struct bytes source_view(const struct source *src, uint64_t offset, uint64_t len)
{
	struct span span = span_clip((struct span){ offset, len }, src->size);

	if (!span.length)
		return (struct bytes){ (const uint8_t *)"", 0 };
	return (struct bytes){ src->data + span.offset, (size_t)span.length };
}

size_t source_read(const struct source *src, uint64_t offset, void *buf, size_t len)
{
	struct bytes b = source_view(src, offset, len);

	if (b.len)
		memcpy(buf, b.at, b.len);
	return b.len;
}

struct cursor source_cursor(const struct source *src, struct span span)
{
	span = span_clip(span, src->size);
	return cursor_over(source_view(src, span.offset, span.length), span.offset);
}

/* The mapping that `span` of `src` lies in, through slices; `span` is moved along. NULL: none. */
static const struct source *mapping_of(const struct source *src, struct span *span)
{
	*span = span_clip(*span, src->size);
	while (src->of) {
		span->offset += src->of_offset;
		src = src->of;
	}
	return src->slot ? src : NULL;
}

static void advise(const struct source *src, struct span span, int advice)
{
	uintptr_t start, end;

	src = mapping_of(src, &span);
	if (!src || src->size < ADVISE_MIN || !span.length)
		return;
	start = (uintptr_t)src->data + span.offset;
	end = start + span.length;
	start &= ~(maps.page - 1);
	/* A page begun is begun by the next span, too: it goes when that one goes. The last page of
	 * the file has no next. */
	if (span.offset + span.length < src->size)
		end &= ~(maps.page - 1);
	if (start < end)
		madvise((void *)start, end - start, advice);
}

void source_advise(const struct source *src, enum source_use use)
{
	static const int advices[] = {
		[SOURCE_BROWSE] = MADV_RANDOM, [SOURCE_SCAN] = MADV_SEQUENTIAL
	};

	advise(src, (struct span){ 0, src->size }, advices[use]);
}

void source_release(const struct source *src, struct span span)
{
	advise(src, span, MADV_DONTNEED);
}

bool source_lost(const struct source *src, uint64_t *offset)
{
	struct span all = { 0, src->size };
	const struct source *map = mapping_of(src, &all);
	uint64_t lost = map ? atomic_load(&map->slot->lost) : NOT_LOST;

	/* Everything behind the lowest lost byte counts as lost: files shrink at their end. */
	if (lost == NOT_LOST || lost >= all.offset + all.length)
		return false;
	if (offset)
		*offset = lost > all.offset ? lost - all.offset : 0;
	return true;
}
