/* What the files of this folder share: kinds of images, a set, an image, references. */
#ifndef CRIU_CRIU_H
#define CRIU_CRIU_H

#include "core/folder.h"
#include "core/format.h"
#include "core/model.h"
#include "criu/schema.h"
#include "criu/wire.h"

extern const struct format criu_set_format;     /* a directory */
extern const struct format criu_image_format;   /* one image file */
extern const struct format criu_archive_format; /* sets within archives and directories */
extern const struct rule criu_rules[];

#define MAGIC_COMMON 0x54564319u  /* leads every v1.1 image but inventory.img */
#define MAGIC_SERVICE 0x55105940u /* leads stats-* and irmap-cache */

/* How the records of a kind follow each other. */
enum image_shape {
	SHAPE_SINGLE, /* one message */
	SHAPE_ARRAY,
	SHAPE_HEAD,      /* a head message, then an array of another */
	SHAPE_GHOST,     /* a head, then chunks or content */
	SHAPE_SIZED,     /* u64 length, then one message to the end (amdgpu) */
	SHAPE_RAW,       /* no CRIU header: raw.c decodes as far as the format goes */
	SHAPE_OLD_PAGES, /* magic, then {u64 vaddr, page}* */
};

/* What the number in a file name counts. */
enum image_key {
	KEY_NONE,
	KEY_PID,
	KEY_TID,
	KEY_FILES,
	KEY_PAGES,
	KEY_SHMEM,
	KEY_GHOST,
	KEY_TCP,
	KEY_NS_UTS,
	KEY_NS_IPC,
	KEY_NS_NET,
	KEY_NS_MNT,
	KEY_NS_USER,
	KEY_NS_TIME,
	KEY_NS_PID,
	KEY_DEV,
	KEY_MNT,
	KEY_FILE,
	KEY_WORD
};

struct image;
struct extra_kind; /* extra.c: how a payload after the message is measured, shown and written as
		      JSON */
struct raw_kind;   /* raw.c */

/* One row of the table in kinds.c: everything that is particular to a kind of image. */
struct image_kind {
	const char *name;    /* crit's: "FILES", "PAGEMAP"; "IFADDR" for raw ones */
	const char *pattern; /* file name: "core-%u.img", "ghost-file-%x.img" */
	enum image_key key;
	uint32_t magic; /* 0: none */
	uint32_t lead;  /* MAGIC_COMMON, MAGIC_SERVICE, or 0 */
	enum image_shape shape;
	const char *message; /* of each record; of SHAPE_HEAD and SHAPE_GHOST: the first one's */
	const char *entry;   /* of the records after the head, else NULL */
	const struct extra_kind *extra;
	const struct raw_kind *raw;
	const char *parts; /* single: repeated fields whose elements are rows in the tree, comma
			      between; or NULL */
	/* Line that says what a person would ask of a record. `msg`: its message. NULL: "". */
	const char *(*summary)(struct image *, const struct record *, struct bytes msg,
			       struct arena *);
};

/* Ends with name NULL. */
extern const struct image_kind image_kinds[];
/* By file name alone; *number gets the key. NULL: no image of CRIU's. */
const struct image_kind *kind_by_name(const char *file, uint64_t *number);
/* By the magic word; where several share it (pagemaps, signals) `file` decides. */
const struct image_kind *kind_by_magic(uint32_t magic, const char *file);

/* The decoded side of an item that is an image file. */
struct image {
	struct item *item;
	struct criu_set *set;
	const struct image_kind *kind; /* NULL: a file of no known kind */
	const struct member *member;   /* where to open it; NULL: the source is there already */
	uint64_t number;               /* in its name: pid, id */
	uint32_t lead, magic;          /* as found, 0 if absent */
	uint32_t head;                 /* bytes before the first record */
	bool big;                      /* big-endian magics and lengths (s390) */
	bool chunked;                  /* ghost file in chunks */
	const struct message *message, *entry;
	struct value_env env;    /* of the machine that dumped */
	struct image *next_same; /* chain of images of the same kind */
	struct process *owner;   /* below which it stands in the tree, or NULL */
	struct pagemap *pagemap; /* pagemap.c: what was read of it, if it is one */
	_Atomic int opened;      /* image.c: 0 not yet, 1 being opened, 2 done */
	/* image.c, once opened: the kind it is decoded as. Other than `kind`, the name's, when the
	 * magic says so; NULL: as a file of no known kind. */
	const struct image_kind *as;
	const struct raw_kind *plain;      /* of a file of no known kind; NULL: as bytes */
	_Atomic uint32_t faults, unknowns; /* image_check.c: found in messages so far */
};

extern const struct item_ops image_ops;

/* Records of an image, one after the other, without an index: *at starts at 0. False at the end or
 * where nothing more can be read; problems are noted if `note`. */
bool image_step(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note);
/* The message of a record; clipped, never fails. */
struct bytes image_message(const struct image *im, const struct record *r);
/* Opens the source and reads the header, once. Thread-safe. */
void image_open(struct image *im);
/* Gives im->item its index and list. Whoever makes the item does so, in the owner's thread and
 * after `kind` is set, so that other threads find them there. */
void image_attach(struct image *im);

/* Things that fields refer to. proto/ names them in the `ref` option, without REF_ and in lower
 * case. */
enum criu_ref {
	REF_NONE,
	REF_FILE, /* id; more = fd_types value: entry of files.img, or of the old per-type images */
	REF_REG,  /* id of a REG file: exe, cwd, root, ... */
	REF_PID,  /* the process */
	REF_TID,  /* core-<tid>.img */
	REF_FILES_ID, /* fdinfo-<id>.img */
	REF_PAGES,    /* pages-<id>.img */
	REF_SHMEM,    /* pagemap-shmem-<id>.img */
	REF_VMA_SHM,  /* vma.shmid: meaning by status, which is `more` */
	REF_UTS_NS,
	REF_IPC_NS,
	REF_NET_NS,
	REF_MNT_NS,
	REF_USER_NS,
	REF_TIME_NS,
	REF_PID_NS,
	REF_GHOST,        /* remap_id; more = remap_type */
	REF_PIPE_DATA,    /* pipe_id in pipes-data.img */
	REF_FIFO_DATA,    /* pipe_id in fifo-data.img */
	REF_TTY_INFO,     /* tty-info.img */
	REF_UNIX_INO,     /* unix socket by inode */
	REF_UNIX_ID,      /* unix socket by file id */
	REF_SK_QUEUE,     /* packets queued for a unix socket's file id */
	REF_TCP_STREAM,   /* tcp-stream-<ino hex>.img */
	REF_MEMFD,        /* memfd.img inode_id */
	REF_BPFMAP,       /* bpfmap-data.img map_id */
	REF_MNT,          /* mountpoint by mnt_id */
	REF_MNT_ROOT_DEV, /* tmpfs-dev-N, autofs-N */
	REF_CGROUP_SET,   /* cgroup.img sets[].id */
	REF_SECCOMP,      /* seccomp.img filter by index */
	REF_EXT,          /* plugin files of an ext_file */
	REF_NS_FILE,      /* namespace of an open ns file; more = CLONE_NEW* flag */
	REF_ADDRESS,      /* virtual address of the process whose image this is */
	REF_COUNT
};
/* The enum value of a `ref` option's word; REF_NONE if unknown. */
enum criu_ref ref_kind(const char *word);
const char *ref_word(enum criu_ref kind);

/* Types of namespaces; ns_kinds[] in set.h says the rest. */
enum ns_type { NS_UTS, NS_IPC, NS_NET, NS_MNT, NS_USER, NS_TIME, NS_PID, NS_CGROUP, NS_TYPES };

/* A process (task) of the set, from pstree.img. */
struct process {
	struct criu_set *set;
	uint32_t pid, ppid, pgid, sid;
	uint32_t depth;          /* in the process tree */
	const uint32_t *threads; /* valid tids; for a zombie only its own */
	size_t thread_count;
	uint64_t record;  /* in pstree.img */
	struct span span; /* of that record */
	struct item *item;
	struct image *core, *mm, *ids, *fs, *pagemap;
	const char *comm; /* cleaned; NULL if unknown */
	struct bytes raw_comm;
	uint32_t state; /* task_state: 1 alive, 2 dead, 3 stopped; 0 unknown */
	struct image *fdinfo, *pages;
	uint32_t files_id;                    /* 0: unknown */
	uint32_t ns[NS_TYPES];                /* namespace ids, 0: unknown */
	struct process *next_in_ns[NS_TYPES]; /* the next one in the same namespace */
	struct aspace *space;                 /* procspace.c: made at the first call */
};

struct aspace;
struct pagemap;
struct set_tables; /* refs.c: hash tables from ids to records, made on first use */

struct criu_set {
	struct model *model;
	struct folder *folder; /* NULL for a single image */
	const char *prefix;    /* of all paths: "checkpoint/" in an archive, else "" */
	const struct schema *schema;
	struct image *images; /* in natural order of their names */
	size_t image_count;
	struct process *processes; /* in pstree order */
	size_t process_count;
	uint32_t img_version; /* inventory's, 0 in a pre-dump */
	bool has_inventory, pre_dump;
	uint32_t march; /* enum march of the first core; 0 unknown */
	struct set_tables *tables;
	struct item *item;          /* of its folder, if it is one of several */
	struct set_index *index;    /* set.c: from numbers to images, from pids to processes */
	uint32_t root_ns[NS_TYPES]; /* the dumper's own: namespaces without images; 0 unknown */
	size_t strange_count;       /* images of no known name */
	uint64_t page_size;         /* set_page_size asked already; else 0 */
	bool ns_per_id;             /* numbers of namespace images are namespace ids, not pids */
	uint32_t level;             /* snapshots back from the one that was opened */
	struct criu_set *up;        /* level.c: one snapshot back; NULL: none */
	struct criu_set *newer;     /* level.c: found beside it, when it was asked for */
	struct criu_set *of;        /* the set that was opened; NULL: this one */
	const char *via;            /* the `parent` that leads here, as it stands there; cleaned */
	const char *no_up, *cut;    /* why there is no more; the parent that is missing */
	bool looked_newer;
	struct pagemap *pagemaps;      /* pagemap.c: those read so far */
	struct check_rows *check_rows; /* check.c: its rules, once something was checked */
};

struct image *set_image(struct criu_set *set, const char *kind_name, uint64_t number);
/* The only one of a kind, or the first. */
struct image *set_image_first(struct criu_set *set, const char *kind_name);
struct process *set_process(struct criu_set *set, uint32_t pid);
/* Its memory; lives as long as the model. Never NULL. */
struct aspace *process_space(struct criu_set *set, struct process *p);
/* The process an image belongs to (by its key), or NULL. */
struct process *image_process(const struct image *im);

/* refs.c */
bool criu_follow(struct item *from, struct ref ref, struct place *out);
bool criu_target(struct item *from, uint64_t at, struct place *out);
void tables_free(struct set_tables *t);
/* Says what a file id is: a path, socket addresses, "pipe:[123]"; cleaned. Never NULL. */
const char *file_summary(struct criu_set *set, uint32_t type, uint32_t id, struct arena *a);
/* The message of a files.img entry (file_entry or old per-type message), and its record. False:
 * none. */
bool file_lookup(struct criu_set *set, uint32_t type, uint32_t id, struct image **im,
		 uint64_t *record);

/* check.c: what is wrong with an image, by itself and with the others in view. */
void criu_check_image(struct item *it);
/* check_set.c: what is wrong with the processes, and what files are missing. */
void criu_check_set(struct item *root);

#endif
