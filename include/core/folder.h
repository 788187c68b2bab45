/* A folder: a flat list of named members that can be opened as sources. Today a directory on disk;
 * an archive's folder implements the same ops. Names are raw bytes from outside: clean before
 * showing. */
#ifndef CORE_FOLDER_H
#define CORE_FOLDER_H

#include "base/arena.h"
#include "core/source.h"

enum member_kind { MEMBER_FILE, MEMBER_FOLDER, MEMBER_LINK, MEMBER_OTHER };

struct member {
	const char *name; /* as stored; NUL-terminated, no slash */
	enum member_kind kind;
	uint64_t size;      /* of a file */
	const char *target; /* of a link, as stored; else NULL */
};

struct folder;

struct folder_ops {
	struct err *(*open)(struct folder *, const struct member *, struct source **out);
	struct err *(*enter)(struct folder *, const struct member *, struct folder **out);
	/* A path from here, links and ".." and all: of an archive never out of it. */
	struct err *(*enter_path)(struct folder *, const char *path, struct folder **out);
	void (*fini)(struct folder *);
};

struct folder {
	const struct folder_ops *ops;
	const char *path; /* as the user gave it, cleaned */
	struct member
		*members; /* sorted: runs of digits by value, so that core-9 precedes core-10 */
	size_t count;
	struct folder_id { /* the same folder has the same, however one came there */
		uint64_t of, at;
	} id;
	struct arena arena; /* owns the lines above */
};

/* Reads a directory. At most 1,000,000 members. */
MUST_USE struct err *folder_open_path(const char *path, struct folder **out);
void folder_close(struct folder *f);

/* The member of that exact name, or NULL. O(log n). */
const struct member *folder_find(const struct folder *f, const char *name);
/* Opens a file member. Symlinks to files elsewhere are not followed. */
MUST_USE struct err *folder_source(struct folder *f, const struct member *m, struct source **out);
/* Opens a member that is a folder, or a link to one. */
MUST_USE struct err *folder_enter(struct folder *f, const struct member *m, struct folder **out);

/* Opens the folder at a path that starts here: "../yesterday". */
MUST_USE struct err *folder_enter_path(struct folder *f, const char *path, struct folder **out);

/* Natural order of names: digit runs compare as numbers. */
int name_compare(const char *a, const char *b);

#endif
