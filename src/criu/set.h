/* Shared by the files that see a set as a whole: set, pstree, facts, refs, info, check. */
#ifndef CRIU_SET_H
#define CRIU_SET_H

#include "criu/criu.h"
#include "criu/idmap.h"

/* A number in a message is 64 bits wide here, whatever its field. */
static inline uint64_t uint_of(struct bytes msg, uint32_t number)
{
	uint64_t v = 0;

	wire_uint(msg, number, &v);
	return v;
}

/* The records of an image, one after the other: a value on the caller's stack.
 *
 *	for (struct walk w = walk_over(im); walk_next(&w);)
 *		use(w.msg, w.row);
 */
struct walk {
	struct image *im;
	uint64_t at, row, next;
	struct record record;
	struct bytes msg;
};

struct walk walk_over(struct image *im); /* `im` may be NULL: no records */
bool walk_next(struct walk *w);
/* The first record's message; false if there is none. */
bool image_first(struct image *im, struct bytes *msg);
bool image_is(const struct image *im, const char *kind_name);

/* The occurrences of one length-delimited field in a message: a repeated message's elements. */
struct parts {
	struct cursor c;
	uint32_t number, at; /* `at`: position of `msg` among them */
	uint32_t next;
	struct bytes msg;
	struct span span; /* by the cursor's origin: 0 is the message's first byte */
};

struct parts parts_of(struct bytes msg, uint32_t number);
bool parts_next(struct parts *p);

struct ns_kind {
	const char *word;   /* "mnt" */
	uint32_t field;     /* in task_kobj_ids_entry */
	uint64_t cflag;     /* CLONE_NEW* */
	enum image_key key; /* of its images' names; KEY_NONE: has none */
	enum criu_ref ref;  /* REF_NONE: nothing to follow */
};
extern const struct ns_kind ns_kinds[NS_TYPES];

/* A namespace that has images, or processes of its own. */
struct ns_node {
	struct criu_set *set;
	enum ns_type type;
	uint32_t id;
	struct item *item;            /* NULL: no image, so no place in the tree */
	struct process *first, *last; /* chained by next_in_ns[type] */
	size_t count;
};

/* Other nodes of the tree that are no images. */
enum node_role {
	ROLE_SET,
	ROLE_SHARED,
	ROLE_NAMESPACES,
	ROLE_OTHER,
	ROLE_PARENTS,
	ROLE_LEVEL, /* an earlier snapshot, holding its images */
	ROLE_ALL,
	ROLE_MEMBER,
	ROLE_FOLDER /* of an archive, no set */
};
struct group {
	struct criu_set *set;
	enum node_role role;
	const struct member *member; /* ROLE_MEMBER: a link, a folder, a socket */
	const char *about;           /* of an archive's root: whose checkpoint it is; or NULL */
};

struct set_index {
	struct idmap images;    /* by kind and number */
	struct idmap pids;      /* to processes[] */
	struct idmap tids;      /* to processes[]: of each thread, leaders included */
	struct idmap spaces;    /* by type and id, to nodes[] */
	struct ns_node **nodes; /* in the model's arena, in the order they were met */
	size_t node_count, node_room;
	struct image **first_of_kind; /* by the kind's place in image_kinds[] */
};

/* NULL if no process lives in it and it has no image. */
struct ns_node *set_namespace(struct criu_set *set, enum ns_type type, uint32_t id);
/* The same, made if need be. Only while opening. */
struct ns_node *set_add_namespace(struct criu_set *set, enum ns_type type, uint32_t id);
struct process *set_process_of_tid(struct criu_set *set, uint32_t tid);
/* Bytes of a page: from the auxiliary vector of any process, or the machine's usual. */
uint64_t set_page_size(struct criu_set *set);

/* The chains of images of one kind, and the map from numbers to images. Once, while opening. */
void set_index_images(struct criu_set *set);

/* set.c: an older or newer set beside `of`: its images, without processes. Takes `f` over; lives as
 * long as the model. */
struct criu_set *set_level(struct criu_set *of, struct folder *f);

/* The last part of a path; of "a/b/" it is "b/", so that a title never is empty. */
const char *set_base_name(const char *path);

/* tree.c */
/* Puts an item that has no parent yet below `parent`, last. */
void tree_attach(struct item *parent, struct item *it);
/* The item of an image, in no tree yet: images are looked into before their place is known. */
void tree_make_item(struct image *im);
/* Gives every image and other member of the folder its place below `root`. */
void tree_build(struct criu_set *set, struct item *root);
/* Of a folder that is no set: files, then links and what else there is; folders are left out. */
void tree_list(struct criu_set *set, struct item *folder);

/* pstree.c: fills set->processes, links each one's images. */
void pstree_read(struct criu_set *set);
const char *process_state_name(const struct process *p);
/* Its comm, or "?". */
const char *process_name(const struct process *p);

/* anchors.c: the model's aspace, aspace_of, anchor, registers. */
struct anchor;
struct aspace *anchor_space(struct model *m, const char *who, const char **why);
/* The same of one set. */
struct aspace *set_space(struct criu_set *set, const char *who, const char **why);
struct aspace *anchor_space_of(struct item *it);
bool anchor_address(const struct aspace *as, const char *who, const char *word, uint64_t *addr,
		    const char **why);
size_t anchor_registers(const struct aspace *as, struct anchor *out, size_t max);

/* groups.c: what nodes that are no images say. */
extern const struct item_ops process_ops;   /* data: struct process */
extern const struct item_ops namespace_ops; /* data: struct ns_node */
extern const struct item_ops group_ops;     /* data: struct group */

/* set.c: one of several sets in a model. The folder is the set's from then on; a prefix of its
 * paths ends in '/', or is "". */
struct criu_set *set_open_below(struct item *at, struct folder *folder, const char *prefix,
				const struct schema *schema);
/* The same of a folder that is no set: its files, which tree_list gives their places. */
struct criu_set *set_list_below(struct item *at, struct folder *folder, const char *prefix,
				const struct schema *schema);
/* The item `at` for one of these. */
struct item *set_folder_item(struct model *m, struct item *parent, const char *name);
/* A member that is no file, as a leaf of the tree. */
void tree_add_member(struct criu_set *set, struct item *parent, const struct member *m);
void set_close(struct criu_set *set);
/* The user's schema, or the embedded one. */
MUST_USE struct err *set_schema(struct model *m, const struct schema **out);
/* Bits of evidence that a folder is a set. */
int set_evidence(struct folder *folder);
/* "pid:7" */
bool set_place(struct criu_set *set, const char *word, struct place *out);
/* find.c: the set that an item belongs to; NULL: none */
struct criu_set *item_set(const struct item *it);

/* info.c */
void info_json(struct model *m, struct json *j);
struct field *info_fields(struct model *m, struct arena *a);
void set_info_json(struct criu_set *set, struct json *j);
struct field *set_info_fields(struct criu_set *set, struct arena *a);
/* Counts of pages in a pagemap image. */
struct page_counts {
	uint64_t present, parent, lazy, entries;
};
struct page_counts pagemap_counts(struct image *pagemap);
/* Of a pagemap_entry: {vaddr, pages, flags}, old and new ways of saying so made one. */
struct page_run {
	uint64_t vaddr, pages;
	uint32_t flags; /* PE_* */
};
#define PE_PARENT 1u
#define PE_LAZY 2u
#define PE_PRESENT 4u
struct page_run page_run_of(struct bytes entry);

/* refs.c: */
/* criu_follow for a field that is in no item. */
bool set_follow(struct criu_set *set, struct item *from, struct ref ref, struct place *out);
/* The per-type message (reg_file_entry, ...) of a file id. False: none. */
bool file_message(struct criu_set *set, uint32_t type, uint32_t id, struct bytes *msg);
/* The type and per-type message inside a file_entry; `msg` empty if it lacks that. */
uint32_t file_entry_split(struct bytes entry, uint32_t *id, struct bytes *msg);
/* Messages by their ids. False: none. */
bool unix_by_inode(struct criu_set *set, uint32_t ino, struct bytes *msg);
bool pipe_data(struct criu_set *set, bool fifo, uint32_t pipe_id, struct bytes *msg);
bool tty_info(struct criu_set *set, uint32_t id, struct bytes *msg);
bool memfd_inode(struct criu_set *set, uint32_t id, struct bytes *msg);
bool mount_by_id(struct criu_set *set, uint32_t id, struct bytes *msg);
bool cgroup_set(struct criu_set *set, uint32_t id, struct bytes *msg);
bool shm_by_id(struct criu_set *set, uint32_t id, struct bytes *msg);
/* A network device by its index, in the namespace whose images have that number. */
bool net_device(struct criu_set *set, uint64_t ns, uint32_t index, struct bytes *msg);
/* The remap_file_path_entry that a ghost file is for. */
bool ghost_of(struct criu_set *set, uint32_t ghost_id, struct bytes *msg);
/* The remap_file_path_entry of an unlinked REG file. */
bool file_remap(struct criu_set *set, uint32_t reg_id, struct bytes *msg);
/* Text for a per-type message. */
const char *file_text(struct criu_set *set, uint32_t type, uint32_t id, struct bytes msg,
		      struct arena *a);
/* fd_types value by the kind of an old per-type image ("REG_FILES"); 0: none such. */
uint32_t file_type_of_kind(const char *kind_name);
/* The per-type message's field number in file_entry; 0: unknown type. */
uint32_t file_entry_field(uint32_t type);
const char *file_type_name(uint32_t type);
/* A part of a single-record image, as a row if its list has it, else as a field's path. */
struct place place_part(struct image *im, const char *label);
struct place place_row(struct image *im, uint64_t row);
struct place place_item(struct item *it);
/* Name of a number in one of the groups of names; NULL if unknown. */
const char *named(struct criu_set *set, const char *group, uint64_t v);
/* The same by what the schema says of a field. */
const char *named_value(struct criu_set *set, const char *message, const char *field, uint64_t v);

/* container.c: the set that a model shows, or within an archive the one that is the container's.
 * NULL: there is none. */
struct criu_set *set_of_model(const struct model *m);

/* dump.c: the model's hook for cores. */
const struct dump *set_dump(const struct aspace *as, const char *form, struct arena *a,
			    const char **why);

/* things.c: the model's hooks for comparing. */
void set_things(struct model *m, const struct thing *parent,
		bool (*fn)(const struct thing *, void *arg), void *arg, struct arena *a);
struct field *set_thing_fields(struct model *m, const struct thing *t, struct arena *a);
const char *set_machine_text(struct model *m);

#endif
