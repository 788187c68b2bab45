/* Files that are whole or not there.
 *
 * Where the file system can, a file without a name (O_TMPFILE), which gets one when all of it is
 * written: of an export that is killed nothing remains. Elsewhere a name of its own beside the
 * final one, removed when it fails. Without `force` the name is given by link(2), which never
 * replaces. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/sha256.h"
#include "base/text.h"
#include "ops/export.h"

#define ZEROS 65536u

struct sink {
	struct out out;
	char *path; /* as given; NULL: standard output */
	char *temp; /* its name as long as it is no other's; NULL: it has none */
	uint64_t at;
	bool force, seeks;
	int errnum;
};

static char *join(const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b) + 1;
	char *text = heap_must(malloc(n));

	snprintf(text, n, "%s%s", a, b);
	return text;
}

/* The folder that `path` lies in. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = join(slash ? path : ".", "");

	if (slash)
		folder[slash == path ? 1 : slash - path] = '\0';
	return folder;
}

static struct err *check_room(const char *folder, const char *path, uint64_t size)
{
	struct statvfs st;
	uint64_t room;

	if (!size || statvfs(folder, &st))
		return NULL;
	room = (uint64_t)st.f_bavail * st.f_frsize;
	if (size <= room)
		return NULL;
	return err_new(ERR_LIMIT, "%s: %" PRIu64 " bytes to write, and %" PRIu64 " are free", path,
		       size, room);
}

static struct err *open_temp(struct sink *s, const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 &&
	    (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT || errno == EINVAL)) {
		s->temp = join(s->path, ".XXXXXX");
		fd = mkostemp(s->temp, O_CLOEXEC);
	}
	if (fd < 0)
		return err_io(errno, "cannot write %s", s->path);
	out_init(&s->out, fd);
	s->seeks = true;
	return NULL;
}

static struct err *open_file(struct sink *s, const char *path, uint64_t size)
{
	char *folder = folder_of(path);
	struct stat st;
	struct err *err;

	s->path = join(path, "");
	if (!lstat(path, &st) && !s->force)
		err = err_new(ERR_USAGE, "%s is there already: --force writes over it", path);
	else if (!lstat(path, &st) && !S_ISREG(st.st_mode))
		err = err_new(ERR_USAGE, "%s is no regular file", path);
	else
		err = check_room(folder, path, size);
	if (!err)
		err = open_temp(s, folder);
	free(folder);
	return err;
}

static void sink_free(struct sink *s)
{
	if (s->path && s->out.fd >= 0)
		close(s->out.fd);
	free(s->path);
	free(s->temp);
	free(s);
}

struct err *sink_open(const char *path, bool force, uint64_t size, struct sink **out)
{
	struct sink *s = heap_zeroed(1, sizeof(*s));
	struct err *err = NULL;

	*out = NULL;
	s->force = force;
	out_init(&s->out, strcmp(path, "-") != 0 ? -1 : STDOUT_FILENO);
	if (s->out.fd < 0)
		err = open_file(s, path, size);
	if (err)
		sink_free(s);
	else
		*out = s;
	return err;
}

/* ---- writing ---- */

void sink_write(struct sink *s, struct bytes b)
{
	if (sink_failed(s))
		return;
	out_add(&s->out, (const char *)b.at, b.len);
	s->at += b.len;
}

void sink_skip(struct sink *s, uint64_t n)
{
	static const uint8_t zeros[ZEROS];

	if (sink_failed(s) || !n)
		return;
	if (s->seeks) {
		out_flush(&s->out);
		if (n > INT64_MAX - s->at || lseek(s->out.fd, (off_t)n, SEEK_CUR) < 0)
			s->errnum = n > INT64_MAX - s->at ? EFBIG : errno;
		s->at += n;
		return;
	}
	while (n && !sink_failed(s)) {
		uint64_t piece = n < ZEROS ? n : ZEROS;

		sink_write(s, (struct bytes){ zeros, piece });
		n -= piece;
	}
}

void sink_copy(struct sink *s, const struct source *src, struct span span)
{
	enum { PIECE = 1 << 18 };
	uint8_t *buf;

	if (sink_failed(s))
		return;
	span = span_clip(span, source_size(src));
	if (s->seeks && !out_flush(&s->out)) {
		uint64_t done = source_copy(src, span, s->out.fd);

		s->at += done;
		span.offset += done;
		span.length -= done;
	}
	buf = span.length ? heap_must(malloc(PIECE)) : NULL;
	while (span.length && !sink_failed(s)) {
		uint64_t n = span.length < PIECE ? span.length : PIECE;

		n = source_fetch(src, span.offset, buf, n);
		if (!n)
			break;
		sink_write(s, (struct bytes){ buf, n });
		span.offset += n;
		span.length -= n;
	}
	free(buf);
}

static bool is_zero(const uint8_t *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

void sink_store(struct sink *s, const struct source *src, struct span span, bool sparse,
		const struct job *job)
{
	enum { PIECE = 1 << 18, PAGE = 4096 };
	uint8_t *buf;

	if (!sparse) {
		sink_copy(s, src, span);
		return;
	}
	buf = heap_must(malloc(PIECE));
	for (uint64_t done = 0; done < span.length && !sink_failed(s);) {
		uint64_t n = span.length - done < PIECE ? span.length - done : PIECE;

		memset(buf, 0, n);
		source_fetch(src, span.offset + done, buf, n);
		for (uint64_t at = 0; at < n; at += PAGE) {
			uint64_t page = n - at < PAGE ? n - at : PAGE;

			if (is_zero(buf + at, page))
				sink_skip(s, page);
			else
				sink_write(s, (struct bytes){ buf + at, page });
		}
		done += n;
		if (job && atomic_load(&job->cancel))
			break;
	}
	free(buf);
}

uint64_t sink_at(const struct sink *s)
{
	return s->at;
}

uint64_t sink_size(struct sink *s)
{
	off_t at = s->seeks && !out_flush(&s->out) ? lseek(s->out.fd, 0, SEEK_CUR) : -1;

	return at < 0 ? s->at : (uint64_t)at;
}

bool sink_failed(const struct sink *s)
{
	return s->errnum || s->out.errnum;
}

struct out *sink_out(struct sink *s)
{
	return &s->out;
}

/* ---- the end ---- */

bool sink_digest(struct sink *s, uint8_t digest[32], const struct job *job)
{
	enum { PIECE = 1 << 16 };
	uint8_t buf[PIECE];
	struct sha256 sum;
	ssize_t n;
	off_t at = 0;

	if (!s->path || out_flush(&s->out))
		return false;
	sha256_init(&sum);
	while ((n = pread(s->out.fd, buf, PIECE, at)) > 0 && !atomic_load(&job->cancel)) {
		sha256_add(&sum, buf, (size_t)n);
		at += n;
	}
	sha256_end(&sum, digest);
	return !n;
}

/* Gives the file a name that nobody has: 0, or errno. */
static int link_as(const struct sink *s, const char *name)
{
	char fd[64];

	if (s->temp)
		return link(s->temp, name) ? errno : 0;
	snprintf(fd, sizeof(fd), "/proc/self/fd/%d", s->out.fd);
	return linkat(AT_FDCWD, fd, AT_FDCWD, name, AT_SYMLINK_FOLLOW) ? errno : 0;
}

/* Over what is there: under a name of its own first, for only rename(2) replaces. */
static int replace(struct sink *s)
{
	char suffix[32];
	int errnum;

	if (!s->temp) {
		snprintf(suffix, sizeof(suffix), ".%ld.new", (long)getpid());
		s->temp = join(s->path, suffix);
		/* link_as would take it for the file's name. */
		char *name = s->temp;

		s->temp = NULL;
		errnum = link_as(s, name);
		s->temp = name;
		if (errnum) {
			free(s->temp);
			s->temp = NULL;
			return errnum;
		}
	}
	if (rename(s->temp, s->path))
		return errno;
	free(s->temp);
	s->temp = NULL;
	return 0;
}

static int settle(struct sink *s)
{
	off_t end;

	if (!s->path)
		return 0;
	/* Zeros at the end that were skipped. */
	end = lseek(s->out.fd, 0, SEEK_CUR);
	if (end < 0 || ftruncate(s->out.fd, end))
		return errno;
	return s->force ? replace(s) : link_as(s, s->path);
}

struct err *sink_commit(struct sink *s)
{
	int errnum = out_flush(&s->out);
	struct err *err = NULL;

	if (s->errnum)
		errnum = s->errnum;
	if (!errnum)
		errnum = settle(s);
	if (errnum == EEXIST)
		err = err_new(ERR_USAGE, "%s came to be meanwhile: it is left as it is", s->path);
	else if (errnum)
		err = err_io(errnum, "cannot write %s", s->path ? s->path : "standard output");
	sink_abort(s);
	return err;
}

void sink_abort(struct sink *s)
{
	if (!s)
		return;
	if (s->temp)
		unlink(s->temp);
	sink_free(s);
}
