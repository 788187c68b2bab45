/* Sources: named, sized, random-access bytes that never change while we look.
 *
 * A source is a read-only mapping of a file, a slice of another source, or bytes in memory. All
 * threads may read one at once. A file that shrinks under its mapping reads as zeros there: the
 * SIGBUS is caught, a zero page mapped over the hole, and source_lost tells. Nothing is ever
 * written. */
#ifndef CORE_SOURCE_H
#define CORE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"

struct source;

/* Bytes of a source: half-open [offset, offset + length). */
struct span {
	uint64_t offset, length;
};

/* `span` cut to lie within [0, size). */
struct span span_clip(struct span span, uint64_t size);
bool span_has(struct span span, uint64_t offset);

/* Opens a regular file below directory `dirfd` (AT_FDCWD: the current one) and maps it; follows
 * symlinks of the last component only if `follow`. `name` is raw bytes for the system; it is
 * cleaned for messages. Fails on directories, devices and fifos. Of a large file a descriptor stays
 * open. Empty files are fine. */
MUST_USE struct err *source_open(int dirfd, const char *name, bool follow, struct source **out);
/* Why `name` could not be opened: errnum's text, and for EACCES who owns it and its mode. */
struct err *source_open_err(int errnum, int dirfd, const char *name);
/* Reads a descriptor to its end into an unlinked temporary file ($TMPDIR), and maps that. `limit`
 * bytes at most: more is ERR_LIMIT. */
MUST_USE struct err *source_spool(int fd, const char *name, uint64_t limit, struct source **out);
/* An unlinked temporary file in $TMPDIR for what is made out of `name`: the caller closes it. */
MUST_USE struct err *source_temporary(const char *name, int *fd);
/* Puts bytes there, at `offset`. */
MUST_USE struct err *source_put(int fd, struct bytes b, uint64_t offset, const char *name);
/* Maps what a descriptor has; the caller closes it. */
MUST_USE struct err *source_map(int fd, const char *name, struct source **out);
/* A window on `of`, which must outlive it. Clipped. */
struct source *source_slice(struct source *of, struct span span, const char *name);
/* Bytes that the caller keeps alive. */
struct source *source_memory(struct bytes b, const char *name);
/* NULL-safe. */
void source_close(struct source *src);
void source_closep(struct source **src);

const char *source_name(const struct source *src); /* cleaned */
uint64_t source_size(const struct source *src);

/* Bytes [offset, offset+len) clipped to the source, without a copy; borrowed until it closes. They
 * may fault and read as zeros if the file shrinks, never kill. Look once, use what was seen: the
 * bytes of a file someone is changing may differ at the second look. */
struct bytes source_view(const struct source *src, uint64_t offset, uint64_t len);
/* Copies; returns how many bytes there were. */
size_t source_read(const struct source *src, uint64_t offset, void *buf, size_t len);
/* The same by read(2), where there is a descriptor to read from (of large files): for the first
 * look through gigabytes, which as page faults costs more than the copy. What the file no longer
 * has is zeros, and source_lost tells. */
size_t source_fetch(const struct source *src, uint64_t offset, void *buf, size_t len);
/* The same of what would not have to be waited for: less than there is, perhaps nothing, where the
 * disk has to be read first, or the system cannot tell. */
size_t source_fetch_now(const struct source *src, uint64_t offset, void *buf, size_t len);
/* Copies as much as the system can do by itself (copy_file_range(2)) to a file; the rest, which may
 * be all, is the caller's. Returns how many bytes are done. */
uint64_t source_copy(const struct source *src, struct span span, int fd);
/* True if source_fetch does read. */
bool source_fetches(const struct source *src);
/* True if the bytes from `at` on are those from `other_at` on of the other because both are the
 * same stored bytes: of one file, in one place. A look at two numbers, not at bytes. */
bool source_same(const struct source *src, uint64_t at, const struct source *other,
		 uint64_t other_at);
/* A cursor over a clipped span, its origin the span's offset. */
struct cursor source_cursor(const struct source *src, struct span span);

/* Hints to the kernel: a scan through everything; single looks; bytes done with (given back, so
 * that a long scan does not grow the resident set). */
enum source_use { SOURCE_BROWSE, SOURCE_SCAN };
void source_advise(const struct source *src, enum source_use use);
void source_release(const struct source *src, struct span span);
/* These bytes will be looked at soon: the kernel may fetch them now, while others are looked at.
 * Returns at once. */
void source_expect(const struct source *src, struct span span);

/* True if the file has no blocks at `offset`; *hole is where. False: *hole is the stretch around it
 * that has blocks throughout. A hint only: copies of sparse files make holes of zeros, and zeros of
 * holes. It may reach beyond a slice. O(log holes). */
bool source_hole(const struct source *src, uint64_t offset, struct span *hole);

/* Asks the system how long the file is now, for source_lost: the rest of the page in which a file
 * was cut reads as zeros without a fault. Of large files only. */
void source_measure(const struct source *src);
/* True once some read fell into a part that is no longer there; *offset is the lowest such place.
 */
bool source_lost(const struct source *src, uint64_t *offset);

#endif
