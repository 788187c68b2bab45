/* Unpacking, by libarchive's filters and by nothing else of it. A filter that libarchive would hand
 * to another program is not used: nothing is ever run. Blocks of zeros become holes of the
 * temporary file, so that a bomb of zeros costs no disk before the limit stops it. */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"
#include "core/archive.h"
#include "core/item.h"
#include "core/libarchive.h"

#define GIVE_BACK (16u << 20) /* bytes read before their pages are given back */
#define HOLE_BLOCK 4096u

struct packing {
	const char *name;
	const char *magic;
	uint8_t len;
	int filter; /* libarchive's number */
};

static const struct packing packings[] = {
	{ "gzip", "\x1f\x8b\x08", 3, ARCHIVE_FILTER_GZIP },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, ARCHIVE_FILTER_ZSTD },
	{ "xz", "\xfd\x37\x7a\x58\x5a\x00", 6, ARCHIVE_FILTER_XZ },
	{ "bzip2", "BZh", 3, ARCHIVE_FILTER_BZIP2 },
	{ "lz4", "\x04\x22\x4d\x18", 4, ARCHIVE_FILTER_LZ4 },
};

static const struct packing *packing_of(const struct source *src)
{
	struct bytes b = source_view(src, 0, 8);

	for (size_t n = 0; n < ARRAY_LEN(packings); n++)
		if (b.len >= packings[n].len && !memcmp(b.at, packings[n].magic, packings[n].len))
			return &packings[n];
	return NULL;
}

const char *archive_packing(const struct source *src)
{
	const struct packing *p = packing_of(src);

	if (p)
		return p->name;
	return tar_is_header(source_view(src, 0, TAR_BLOCK)) ? "tar" : NULL;
}

/* ---- reading ---- */

struct reader {
	const struct libarchive *lib;
	struct archive *archive;
};

static struct err *reader_open(const struct source *src, struct reader *out)
{
	const struct packing *p = packing_of(src);
	struct bytes all = source_view(src, 0, UINT64_MAX);
	const struct libarchive *lib;
	struct archive_entry *entry;
	struct archive *r;
	struct err *err = libarchive_load(&lib);

	*out = (struct reader){ lib, NULL };
	if (err)
		return err_under(err, "cannot unpack %s", source_name(src));
	r = lib->archive_read_new();
	if (!r)
		return err_io(ENOMEM, "cannot unpack %s", source_name(src));
	if (!p || lib->archive_read_support_filter_by_code(r, p->filter) != ARCHIVE_OK)
		err = err_new(ERR_FORMAT, "%s: cannot unpack %s here", source_name(src),
			      p ? p->name : "what it is packed with");
	/* A filter that does not take to the bytes is left out, and they would pass as they are. */
	lib->archive_read_support_format_raw(r);
	lib->archive_read_support_format_empty(r);
	if (!err && (lib->archive_read_open_memory(r, all.at, all.len) != ARCHIVE_OK ||
		     lib->archive_read_next_header(r, &entry) != ARCHIVE_OK ||
		     lib->archive_filter_code(r, 0) == ARCHIVE_FILTER_NONE))
		err = err_new(ERR_FORMAT, "%s: %s", source_name(src),
			      lib->archive_error_string(r) ? lib->archive_error_string(r)
							   : "nothing can be unpacked");
	if (err)
		lib->archive_read_free(r);
	else
		out->archive = r;
	return err;
}

size_t archive_peek(const struct source *src, uint8_t *to, size_t len)
{
	struct reader r;
	struct err *err;
	la_ssize_t n;

	if (!packing_of(src))
		return source_read(src, 0, to, len);
	err = reader_open(src, &r);
	if (err) {
		err_free(err);
		return 0;
	}
	n = r.lib->archive_read_data(r.archive, to, len);
	r.lib->archive_read_free(r.archive);
	return n > 0 ? (size_t)n : 0;
}

bool archive_is_tar(const struct source *src)
{
	uint8_t block[TAR_BLOCK];

	return tar_is_header((struct bytes){ block, archive_peek(src, block, sizeof(block)) });
}

/* ---- writing ---- */

struct unpacking {
	const struct source *src;
	const struct archive_options *options;
	struct reader reader;
	int fd;
	uint64_t max, free; /* bytes that may be, and can be, written */
	uint64_t size, read;
	uint64_t given_back;
};

static bool is_zero(const uint8_t *at, size_t len)
{
	return !len || (!at[0] && !memcmp(at, at + 1, len - 1));
}

/* Writes what is not zero; the file is given its length at the end. */
static struct err *write_block(struct unpacking *u, const uint8_t *at, size_t len, uint64_t offset)
{
	struct err *err = NULL;

	while (!err && len) {
		size_t n = HOLE_BLOCK - (size_t)(offset % HOLE_BLOCK);

		n = n < len ? n : len;
		if (!is_zero(at, n)) {
			/* As many blocks at once as are not zero. */
			while (n < len &&
			       !is_zero(at + n, len - n < HOLE_BLOCK ? len - n : HOLE_BLOCK))
				n += len - n < HOLE_BLOCK ? len - n : HOLE_BLOCK;
			err = source_put(u->fd, (struct bytes){ at, n }, offset,
					 source_name(u->src));
		}
		at += n;
		len -= n;
		offset += n;
	}
	return err;
}

static struct err *check_limits(const struct unpacking *u)
{
	struct err *err = NULL;
	struct arena a;

	if (u->size <= u->max && u->size <= u->free)
		return NULL;
	arena_init(&a);
	if (u->size > u->max)
		err = err_new(ERR_LIMIT, "%s unpacks to more than %s; --spool-limit allows more",
			      source_name(u->src), text_size(u->max, &a));
	else
		err = err_new(ERR_LIMIT,
			      "%s unpacks to more than the %s that are free for temporary files; "
			      "TMPDIR names another place",
			      source_name(u->src), text_size(u->free, &a));
	arena_fini(&a);
	return err;
}

/* Counts what was read of the packed file. */
static struct err *report(struct unpacking *u)
{
	uint64_t read = (uint64_t)u->reader.lib->archive_filter_bytes(u->reader.archive, -1);

	if (read - u->given_back >= GIVE_BACK) {
		source_release(u->src, (struct span){ u->given_back, read - u->given_back });
		u->given_back = read;
	}
	if (u->options->job && !job_step(u->options->job, read - u->read))
		return err_new(ERR_CANCELLED, "unpacking %s was stopped", source_name(u->src));
	u->read = read;
	return NULL;
}

static struct err *note_damage(const struct unpacking *u)
{
	const char *why = u->reader.lib->archive_error_string(u->reader.archive);

	if (!u->size)
		return err_new(ERR_FORMAT, "%s: %s", source_name(u->src),
			       why ? why : "cannot be unpacked");
	if (u->options->problems)
		problem_note(u->options->problems, SEV_ERROR, "unpack", u->options->item,
			     (struct span){ u->size, 0 },
			     "only the first %llu bytes of %s can be unpacked: %s",
			     (unsigned long long)u->size, source_name(u->src),
			     why ? why : "the rest is damaged");
	return NULL;
}

static struct err *unpack_all(struct unpacking *u)
{
	struct err *err = NULL;

	while (!err) {
		la_int64_t offset;
		const void *at;
		size_t len;
		int rc = u->reader.lib->archive_read_data_block(u->reader.archive, &at, &len,
								&offset);

		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
			err = note_damage(u);
			break;
		}
		u->size = (uint64_t)offset + len;
		err = check_limits(u);
		if (!err)
			err = write_block(u, at, len, (uint64_t)offset);
		if (!err)
			err = report(u);
	}
	if (!err && ftruncate(u->fd, (off_t)u->size))
		err = err_io(errno, "cannot keep %s in a temporary file", source_name(u->src));
	return err;
}

static uint64_t free_bytes(int fd)
{
	struct statvfs st;

	return fstatvfs(fd, &st) ? UINT64_MAX : (uint64_t)st.f_bavail * st.f_frsize;
}

/* "a.tar.gz" unpacked is still called so: messages name the file that the user knows. */
struct err *archive_unpack(const struct source *src, const struct archive_options *options,
			   struct source **out)
{
	static const struct archive_options none = { 0 };
	struct unpacking u = { .src = src, .options = options ? options : &none };
	struct err *err;

	*out = NULL;
	err = source_temporary(source_name(src), &u.fd);
	if (err)
		return err;
	u.max = u.options->spool_max ? u.options->spool_max : ARCHIVE_SPOOL_MAX;
	u.free = free_bytes(u.fd);
	if (u.options->job)
		atomic_store(&u.options->job->total, source_size(src));
	err = reader_open(src, &u.reader);
	if (!err) {
		err = unpack_all(&u);
		u.reader.lib->archive_read_free(u.reader.archive);
	}
	if (!err)
		err = source_map(u.fd, source_name(src), out);
	close(u.fd);
	return err;
}
