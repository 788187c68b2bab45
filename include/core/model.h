/* A model: one opened input. Its tree, problems, arenas. Several may be open at once.
 *
 * Owned and written by one thread; see base/job.h for what the worker may do. */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/job.h"
#include "core/item.h"
#include "core/problem.h"
#include "core/ref.h"

struct anchor;
struct aspace;
struct dump;
struct format;
struct path_table;
struct thing;

struct model_options {
	const char *schema; /* --schema FILE, or NULL */
	const char *parent; /* --parent DIR, or NULL */
	const char *root;   /* --root DIR, or NULL */
	bool no_magic;      /* never ask libmagic */
	unsigned width; /* --width: bytes of the saving toolstack's word (4, 8); 0: by evidence */
	uint64_t spool_max;  /* bytes that may be unpacked to a temporary file; 0: the default */
	struct job *opening; /* progress and cancelling of unpacking, or NULL; until it is open */
};

struct model {
	struct arena arena;
	struct model_options options;
	const char *name;  /* as given by the user, cleaned */
	uint32_t snapshot; /* FILE#N: which of several, counted from 1; 0: the latest. A format that
			    * has no snapshots refuses others than 0. */
	const struct format *format;
	struct item *root;
	struct problems *problems;
	struct worker *worker;    /* NULL: index in the caller's thread; closed by model_close */
	struct path_table *paths; /* items by path, made by the first model_find */
	void *data;               /* the format's */
	void (*fini)(struct model *);
	/* Fills `j`, inside an open object, with what `info --json` says; and the same as fields.
	 */
	void (*info_json)(struct model *, struct json *j);
	struct field *(*info)(struct model *, struct arena *);
	/* A place by the format's own words: "pid:7". False: unknown. */
	bool (*locate)(struct model *, const char *word, struct place *);
	/* The memory of `who` ("7", of a process or thread; "": the only one there is). NULL: none,
	 * and *why says so. Lives as long as the model. */
	struct aspace *(*aspace)(struct model *, const char *who, const char **why);
	/* The memory number `n`, NULL past the last: of a guest its frames, then what each vCPU
	 * maps. They live as long as the model. Missing: model_spaces asks aspace_of of each
	 * process. */
	struct aspace *(*space)(struct model *, size_t n);
	/* Guest-physical memory: `who` as behind '@': "" the latest, "pass:2" as that pass left it.
	 * NULL: none, and *why. Missing: there are no frames here. */
	struct aspace *(*frames)(struct model *, const char *who, const char **why);
	/* Of a source in which several layers lie: the node that has the byte at `offset`, and the
	 * stretch of bytes around it that are that node's own. False past the end. */
	bool (*part)(struct model *, uint64_t offset, struct node *out, struct span *span);
	/* The memory that an item belongs to: a process, or one of its images. NULL: none. */
	struct aspace *(*aspace_of)(struct item *);
	/* An address that the memory's owner names: "reg:rsp", "heap", "vma:2"; `who` as above, to
	 * tell threads. False: *why. */
	bool (*anchor)(const struct aspace *, const char *who, const char *word, uint64_t *addr,
		       const char **why);
	/* For comparing: core/thing.h. Calls `fn` for each thing below `parent`. Missing: cannot.
	 */
	void (*things)(struct model *, const struct thing *parent,
		       bool (*fn)(const struct thing *, void *arg), void *arg, struct arena *);
	/* What of a thing is compared, as a tree of fields: by name, of repeated ones by name and
	 * position or, if they have one, by `note`. NULL: nothing. */
	struct field *(*thing_fields)(struct model *, const struct thing *, struct arena *);
	/* What its things are made for, in words: "X86_64 with pages of 4096 bytes", "a PV guest".
	 * Models of different ones are not compared. Lives as long as the model; "": not known. */
	const char *(*machine)(struct model *);
	/* What a core file needs besides memory: `form` is "elf-core" or "xen-core". NULL: *why. */
	const struct dump *(*dump)(const struct aspace *, const char *form, struct arena *,
				   const char **why);
	/* The kind of reference whose id is an address of the memory its item belongs to. 0: none.
	 */
	uint16_t address_ref;
	/* The registers of all threads, the first `max` of them into `out`, which may be NULL; how
	 * many there are. Words live as long as the model. */
	size_t (*registers)(const struct aspace *, struct anchor *out, size_t max);
};

/* Opens `path` ("-": standard input, spooled) with the best bidder of `formats` (NULL-terminated).
 */
MUST_USE struct err *model_open(const char *path, const struct format *const *formats,
				const struct model_options *options, struct model **out);
/* NULL-safe; stops the worker first. */
void model_close(struct model *m);
void model_closep(struct model **m);

/* Indexes everything: through the worker if there is one, else here and now. */
void model_index(struct model *m);
/* True when every item is ready. */
bool model_ready(const struct model *m);

/* The node of a PATH ("mm-7.img/vmas[2]/start"); the rest that names a field goes to *field ("" if
 * none, borrowed from `path`). Indexes what it must. */
MUST_USE struct err *model_find(struct model *m, const char *path, struct node *out,
				const char **field);

/* Where `ref`, held by a field of `n`, leads. False: nowhere. */
bool model_follow(struct node n, struct ref ref, struct place *out);

/* Steps over all memories of a model, a value on the caller's stack, {0} at first:
 *
 *	for (struct space_step at = { 0 }; model_spaces(m, &at);)
 *		use(at.as);
 */
struct space_step {
	struct aspace *as;
	struct item *item;
	size_t n;
};
bool model_spaces(struct model *m, struct space_step *at);

/* Runs every item's check, once. */
void model_check(struct model *m);

#endif
