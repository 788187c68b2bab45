/* Archives as folders: a tar is a tree of folders whose members are slices of the tar, where it
 * lies. Compressed ones are unpacked once, into an unlinked temporary file: the only thing that is
 * ever written. A tar within a tar is opened like any other source.
 *
 * Names are names: nothing is looked up on disk, and no link leads out of the archive.
 *
 *	./checkpoint/a       checkpoint/a
 *	/etc/passwd          etc/passwd, noted
 *	../../x              the folders "..", "..", noted
 *	a, and later a       "a" is the later one, "a#1" the earlier
 *	a hard link          the bytes of the member it names
 *	a sparse member      its bytes with its holes: spooled, when it is opened */
#ifndef CORE_ARCHIVE_H
#define CORE_ARCHIVE_H

#include "base/job.h"
#include "core/folder.h"
#include "core/problem.h"
#include "core/tar.h"

#define ARCHIVE_MEMBERS_MAX 1000000u
#define ARCHIVE_SPOOL_MAX (UINT64_C(64) << 30)

struct archive_options {
	struct problems *problems; /* where damage is noted; NULL: nowhere */
	const struct item *item;   /* whose source it is */
	uint64_t spool_max;        /* bytes that may be spooled; 0: ARCHIVE_SPOOL_MAX */
	struct job *job;           /* of unpacking: progress in bytes read; NULL: none */
};

/* What the first bytes are: "tar", "gzip", "zstd", "xz", "bzip2", "lz4"; NULL: none of these. */
const char *archive_packing(const struct source *src);
/* The first bytes, unpacked: how many there are. */
size_t archive_peek(const struct source *src, uint8_t *to, size_t len);
/* True for a tar, and for what is one when unpacked: looks at the first block only. */
bool archive_is_tar(const struct source *src);

/* Unpacks a compressed source into an unlinked file in $TMPDIR. More than options say, or than is
 * free there, is ERR_LIMIT. Of damaged data there is what could be unpacked, and a problem. */
MUST_USE struct err *archive_unpack(const struct source *src, const struct archive_options *options,
				    struct source **out);

/* The outermost folder of a plain tar. `src` must outlive it and all that is entered and opened
 * from it. Sources that were opened outlive the folders they came from. */
MUST_USE struct err *archive_open(struct source *src, const struct archive_options *options,
				  struct folder **out);

/* What the tar says of a member of one of its folders; NULL: a folder without an entry of its own.
 */
const struct tar_member *archive_member(const struct folder *f, const struct member *m);

#endif
