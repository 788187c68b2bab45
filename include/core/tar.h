/* Tar archives: their members, one after the other, and where the bytes of each lie. Nothing is
 * unpacked, nothing is copied. Names and numbers are what the archive says: hostile, and names are
 * never looked up on disk.
 *
 * Knows v7, ustar, pax and GNU headers: long names, numbers in base 256, sparse files of the old
 * kind, 0.0, 0.1 and 1.0. */
#ifndef CORE_TAR_H
#define CORE_TAR_H

#include "base/arena.h"
#include "core/problem.h"
#include "core/source.h"

#define TAR_BLOCK 512u

enum tar_type {
	TAR_FILE,
	TAR_HARD, /* a second name: `link` is the first */
	TAR_LINK, /* symbolic */
	TAR_FOLDER,
	TAR_CHAR,
	TAR_DISK,
	TAR_FIFO,
	TAR_OTHER, /* volume labels and what nobody knows */
};

enum tar_sparse { TAR_SOLID, TAR_SPARSE_OLD, TAR_SPARSE_PAX, TAR_SPARSE_DATA };

struct tar_member {
	struct span span;   /* all blocks: what goes before the header, header, data, padding */
	struct span header; /* the block itself; in front of it, in `span`: pax and long names */
	struct span data;   /* bytes as stored, clipped to the archive */
	uint64_t size;      /* of the file; of a sparse one with its holes */
	enum tar_type type;
	char flag;        /* as stored: '0', 'x' never */
	const char *path; /* as stored, raw; never NULL */
	const char *link; /* target as stored, raw; "" if none */
	uint32_t mode;    /* with the type's bits, as st_mode */
	uint64_t uid, gid;
	int64_t mtime;
	uint32_t major, minor;  /* of devices */
	enum tar_sparse sparse; /* where its map is */
	struct span pax;        /* records of the pax header that goes before it */
	bool cut;               /* its data is not all there */
};

/* Steps over an archive: a value on the caller's stack.
 *
 *	for (struct tar_walk w = tar_walk_over(src, arena); tar_next(&w, &m);)
 *		use(&m);
 *
 * Strings of a member are in the arena: the caller may rewind it after each. */
struct tar_walk {
	const struct source *src;
	struct arena *arena;
	uint64_t at;               /* where the next header is looked for */
	struct problems *problems; /* where damage is noted; NULL: nowhere */
	const struct item *item;   /* whose source it is */
	bool ended;                /* the end marker was met */
};

struct tar_walk tar_walk_over(const struct source *src, struct arena *a);
/* False at the end, and where nothing can be read on. */
bool tar_next(struct tar_walk *w, struct tar_member *out);

/* True if `b` begins with a header whose checksum is right. */
bool tar_is_header(struct bytes b);

/* A stretch of a sparse file that is not a hole. Its bytes follow those of the one before it in the
 * member's data. */
struct tar_extent {
	uint64_t offset, length; /* in the file */
};

/* The map of a sparse member, in the arena; clipped, ascending. *data: the bytes of the first
 * extent on (a map at the head of the data is left out). */
size_t tar_map(const struct source *src, const struct tar_member *m, struct arena *a,
	       struct tar_extent **out, struct span *data);

#endif
