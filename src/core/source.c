/* Where bytes come from. A file of up to one page is read; a larger one is mapped, and its mapping
 * registered in fault.c, for it can fault when somebody else cuts the file short. A large one keeps
 * its descriptor, too, so that a scan may read instead of faulting page after page in; unless there
 * are many: the number of a descriptor tells how many are in use. */
#include "core/source.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/bound.h"
#include "base/text.h"
#include "core/fault.h"

enum {
	READ_MAX = 4096,      /* a file up to this is read, not mapped */
	ADVISE_MIN = 1 << 20, /* below, hints cost more than they save */
	KEPT_BELOW = 256,     /* descriptors of large files; most systems allow 1,024 */
	SPOOL_STEP = 1 << 18,
	HOLES_MAX = 1 << 20, /* of a sparse file; what lies behind the last is taken for data */
};

struct source {
	char *name;
	const uint8_t *data;
	uint64_t size;
	struct fault_slot *slot; /* of a mapping, else NULL */
	int fd;                  /* of a large mapped file, else -1 */
	uint8_t *owned;          /* bytes that were read, else NULL */
	const struct source *of; /* what a slice is cut from, else NULL */
	uint64_t of_offset;
	dev_t device; /* of a file, with `inode`; 0, 0: none */
	ino_t inode;
	struct span *holes; /* ascending; of a sparse file, else NULL */
	size_t hole_count;
};

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
	text_clean_into(raw, src->name, room);
	src->fd = -1;
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

static void keep_descriptor(struct source *src, int fd)
{
	if (src->size < ADVISE_MIN)
		return;
	src->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (src->fd >= KEPT_BELOW) {
		close(src->fd);
		src->fd = -1;
	}
}

static struct err *map_whole(struct source *src, int fd, uint64_t size)
{
	void *at;

	if (size > SIZE_MAX / 2)
		return err_new(ERR_LIMIT, "%s is too large", src->name);
	at = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return err_io(errno, "cannot map %s", src->name);
	src->slot = fault_watch(at, size);
	if (!src->slot) {
		munmap(at, (size_t)size);
		return err_new(ERR_LIMIT, "cannot map %s: too many files are open", src->name);
	}
	src->data = at;
	src->size = size;
	keep_descriptor(src, fd);
	return NULL;
}

static struct err *source_fill(struct source *src, int fd, uint64_t size)
{
	return size <= READ_MAX ? read_whole(src, fd, (size_t)size) : map_whole(src, fd, size);
}

/* Notes the holes of a sparse file while its descriptor is at hand. */
static void find_holes(struct source *src, int fd, const struct stat *st)
{
	off_t data = 0, hole, size = st->st_size;
	size_t room = 0;

	if ((uint64_t)st->st_blocks * 512 >= (uint64_t)size)
		return;
	while (src->hole_count < HOLES_MAX && (hole = lseek(fd, data, SEEK_HOLE)) >= 0 &&
	       hole < size) {
		data = lseek(fd, hole, SEEK_DATA);
		if (data < 0)
			data = size;
		if (src->hole_count == room) {
			struct span *more =
				realloc(src->holes, (room ? room * 2 : 16) * sizeof(*more));

			if (!more)
				return;
			src->holes = more;
			room = room ? room * 2 : 16;
		}
		src->holes[src->hole_count++] =
			(struct span){ (uint64_t)hole, (uint64_t)(data - hole) };
		if (data >= size)
			return;
	}
}

static const struct source *source_base(const struct source *src, uint64_t *at)
{
	for (; src->of; src = src->of)
		*at += src->of_offset;
	return src;
}

bool source_hole(const struct source *src, uint64_t offset, struct span *hole)
{
	uint64_t base = 0, end;
	size_t at;
	bool found;

	src = source_base(src, &base);
	offset += base;
	at = BOUND(i, src->hole_count, src->holes[i].offset + src->holes[i].length <= offset);
	found = at < src->hole_count && src->holes[at].offset <= offset;
	if (found) {
		*hole = src->holes[at];
	} else {
		hole->offset = at ? src->holes[at - 1].offset + src->holes[at - 1].length : 0;
		end = at < src->hole_count ? src->holes[at].offset : UINT64_MAX;
		hole->length = end - hole->offset;
	}
	if (hole->offset < base) {
		hole->length -= base - hole->offset;
		hole->offset = base;
	}
	hole->offset -= base;
	return found;
}

uint64_t source_copy(const struct source *src, struct span span, int fd)
{
	uint64_t at = span.offset, done = 0;
	off_t from;

	src = source_base(src, &at);
	from = (off_t)at;
	while (src->fd >= 0 && done < span.length) {
		ssize_t n = copy_file_range(src->fd, &from, fd, NULL, span.length - done, 0);

		if (n <= 0)
			break;
		done += (uint64_t)n;
	}
	return done;
}

bool source_same(const struct source *src, uint64_t at, const struct source *other,
		 uint64_t other_at)
{
	src = source_base(src, &at);
	other = source_base(other, &other_at);
	if (at != other_at)
		return false;
	return src == other ||
	       (src->inode && src->inode == other->inode && src->device == other->device);
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
		find_holes(src, fd, &st);
		src->device = st.st_dev;
		src->inode = st.st_ino;
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

struct err *source_temporary(const char *name, int *fd)
{
	*fd = temporary_file();
	return *fd < 0 ? err_io(errno, "cannot make a temporary file for %s", name) : NULL;
}

struct err *source_put(int fd, struct bytes b, uint64_t offset, const char *name)
{
	while (b.len) {
		ssize_t n = pwrite(fd, b.at, b.len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_io(errno, "cannot keep %s in a temporary file", name);
		b.at += n;
		b.len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return NULL;
}

struct err *source_map(int fd, const char *name, struct source **out)
{
	struct source *src;
	struct err *err;
	struct stat st;

	*out = NULL;
	if (fstat(fd, &st) || lseek(fd, 0, SEEK_SET) < 0)
		return err_io(errno, "cannot read %s", name);
	src = source_new(name);
	err = source_fill(src, fd, (uint64_t)st.st_size);
	if (err)
		source_close(src);
	else
		*out = src;
	return err;
}

struct err *source_spool(int fd, const char *name, uint64_t limit, struct source **out)
{
	char *buf = NULL;
	uint64_t size = 0;
	struct err *err;
	int to;

	*out = NULL;
	err = source_temporary(name, &to);
	if (err)
		return err;
	buf = malloc(SPOOL_STEP);
	err = buf ? spool(fd, to, name, limit, buf, &size) : err_io(ENOMEM, "reading %s", name);
	free(buf);
	if (!err)
		err = source_map(to, name, out);
	close(to);
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
		fault_forget(src->slot);
		munmap((void *)(uintptr_t)src->data, (size_t)src->size);
	}
	if (src->fd >= 0)
		close(src->fd);
	free(src->holes);
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

/* read(2) until there is no more; what could not be had is zeros, as in the mapping. */
static void fetch(const struct source *src, uint64_t offset, uint8_t *to, size_t len)
{
	while (len) {
		ssize_t n = pread(src->fd, to, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fault_note(src->slot, offset);
			memset(to, 0, len);
			return;
		}
		to += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
}

size_t source_fetch(const struct source *src, uint64_t offset, void *buf, size_t len)
{
	struct span span = { offset, len };
	const struct source *map = mapping_of(src, &span);

	if (!map || map->fd < 0)
		return source_read(src, offset, buf, len);
	fetch(map, span.offset, buf, (size_t)span.length);
	return (size_t)span.length;
}

/* What of a mapping's file is in memory; fewer bytes if the system does not know, either. */
static size_t fetch_now(const struct source *src, uint64_t offset, uint8_t *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct iovec v = { to + done, len - done };
		ssize_t n = preadv2(src->fd, &v, 1, (off_t)(offset + done), RWF_NOWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

size_t source_fetch_now(const struct source *src, uint64_t offset, void *buf, size_t len)
{
	struct span span = { offset, len };
	const struct source *map = mapping_of(src, &span);

	if (!map || map->fd < 0)
		return source_read(src, offset, buf, len);
	return fetch_now(map, span.offset, buf, (size_t)span.length);
}

bool source_fetches(const struct source *src)
{
	struct span none = { 0, 0 };
	const struct source *map = mapping_of(src, &none);

	return map && map->fd >= 0;
}

struct cursor source_cursor(const struct source *src, struct span span)
{
	span = span_clip(span, src->size);
	return cursor_over(source_view(src, span.offset, span.length), span.offset);
}

static void advise(const struct source *src, struct span span, int advice)
{
	uintptr_t start, end;

	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	src = mapping_of(src, &span);
	if (!src || src->size < ADVISE_MIN || !span.length)
		return;
	start = (uintptr_t)src->data + span.offset;
	end = start + span.length;
	start &= ~(page - 1);
	/* A page begun is begun by the next span, too: it goes when that one goes. The last page of
	 * the file has no next. */
	if (span.offset + span.length < src->size)
		end &= ~(page - 1);
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

void source_expect(const struct source *src, struct span span)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start, end;

	src = mapping_of(src, &span);
	if (!src || !span.length)
		return;
	start = (uintptr_t)src->data + span.offset;
	end = (start + span.length + page - 1) & ~(page - 1);
	start &= ~(page - 1);
	madvise((void *)start, end - start, MADV_WILLNEED);
}

void source_measure(const struct source *src)
{
	struct span none = { 0, 0 };
	const struct source *map = mapping_of(src, &none);
	struct stat st;

	if (map && map->fd >= 0 && !fstat(map->fd, &st) && (uint64_t)st.st_size < map->size)
		fault_note(map->slot, (uint64_t)st.st_size);
}

bool source_lost(const struct source *src, uint64_t *offset)
{
	struct span all = { 0, src->size };
	const struct source *map = mapping_of(src, &all);
	uint64_t lost = map ? fault_lowest(map->slot) : FAULT_NONE;

	/* Everything behind the lowest lost byte counts as lost: files shrink at their end. */
	if (lost == FAULT_NONE || lost >= all.offset + all.length)
		return false;
	if (offset)
		*offset = lost > all.offset ? lost - all.offset : 0;
	return true;
}
