/* Items: the nodes of the tree. A set, an image, a process, a group.
 *
 * Items are made by the model's owner thread while opening and live until close. Under an item come
 * child items, then the rows of its `list`: the records of an array image, or the parts (VMAs,
 * cgroup sets) of a single record. Rows are not items: they are nodes {item, n}, so a million of
 * them cost 32 bytes each. */
#ifndef CORE_ITEM_H
#define CORE_ITEM_H

#include <stdatomic.h>

#include "base/job.h"
#include "base/out.h"
#include "base/text.h"
#include "core/field.h"
#include "core/record.h"
#include "core/ref.h"

struct model;

enum item_state { ITEM_NEW, ITEM_RUNNING, ITEM_READY };

/* How JSON is wanted: as `crit decode`, or as `crit decode --pretty`. */
enum json_style { JSON_PLAIN, JSON_PRETTY };

/* The bytes of a page of memory as a row has them. */
struct page_body {
	uint64_t addr;    /* guest-physical */
	struct span span; /* in the item's source; may be cut short */
};

/* A file of the frozen system that an item has the content of. */
struct kept {
	const char *name; /* its path, cleaned; "": not known */
	uint64_t size;    /* as the images say: with holes it may be anything */
};

/* What an item can do. Missing members mean "nothing to do". All but index run in the owner's
 * thread. */
struct item_ops {
	/* Opens the source and fills index and list. Runs once, in the worker or in the caller.
	 * Notes problems; never fails: what cannot be read is an item without records and a
	 * problem. Must not wait for another item's: two that wait for each other never end. */
	void (*index)(struct item *, struct job *);
	/* Fields of the item itself (at = NODE_SELF: its header, derived facts, and for a single
	 * record all of it) or of a row. Never NULL. */
	struct field *(*fields)(struct item *, uint64_t at, struct arena *);
	/* One line that says what a person would ask; cleaned. May be "". */
	const char *(*summary)(struct item *, uint64_t at, struct arena *);
	/* Row's name in a path: "[12]", "vmas[2]". Missing: "[n]". */
	const char *(*label)(struct item *, uint64_t at, struct arena *);
	/* Row's kind: "pagemap_entry", "PAGE_DATA". */
	const char *(*kind)(struct item *, uint64_t at, struct arena *);
	/* The row of that name, as `label` writes it; NODE_SELF if none. Missing: parses "[n]". */
	uint64_t (*lookup)(struct item *, const char *label);
	/* Resolves a reference that one of its fields holds. False: dangling. */
	bool (*follow)(struct item *, struct ref, struct place *);
	/* Where a row of its list leads when opened (an fd to its file). False: nowhere. */
	bool (*target)(struct item *, uint64_t at, struct place *);
	/* Streams the JSON object of the image, or of one entry. Needs no index. */
	void (*json)(struct item *, uint64_t at, struct json *, enum json_style);
	/* Instead of `json`: members that go before "fields" in an object that is open. */
	void (*json_head)(struct item *, uint64_t at, struct json *);
	/* Of a row that sends pages: the page that the byte at `offset` of the source is in, or
	 * that it announces; UINT64_MAX: the row's first one. False: none. O(pages of the row). */
	bool (*page)(struct item *, uint64_t at, uint64_t offset, struct page_body *out);
	/* Which sending of memory a row belongs to, counted from 1; 0: none, or not known yet. *of:
	 * how many there are. */
	uint32_t (*pass)(struct item *, uint64_t at, uint32_t *of);
	/* The file that it keeps; indexes it. False: none. */
	bool (*kept)(struct item *, struct kept *out, struct arena *);
	/* Stretch `n` of that file: its bytes from *at on are `span` of the item's source; holes
	 * are between them. As damaged images have them: in any order, of any size. False: past
	 * the last. */
	bool (*kept_part)(struct item *, uint64_t n, uint64_t *at, struct span *span);
	/* Cross-checks once everything is indexed; notes problems. */
	void (*check)(struct item *);
	void (*fini)(struct item *);
};

struct item {
	const struct item_ops *ops;
	struct model *model;
	struct item *parent, *first, *last, *next;
	struct item *alias; /* shows another item at a second place in the tree; else NULL */
	const char *name;   /* file name or label, cleaned; in paths */
	const char *title;  /* what the tree shows instead of the name, or NULL */
	const char *kind;   /* "directory", "process", "PAGEMAP", "raw" */
	const char *path;   /* unique; what PATH on the command line says; cleaned */
	_Atomic(struct source *) source; /* opened by index; NULL before, or if there is no file */
	struct index *index;             /* top-level records; NULL if it has no file */
	struct index *list;              /* rows under it: == index, or the parts; NULL: none */
	uint64_t size;                   /* of the file, as listed */
	struct span part;                /* the stretch of its source that is its; length 0: all */
	_Atomic int state;               /* enum item_state */
	struct job job;                  /* of its indexing */
	bool rows_are_records; /* of a stream: offset, type and length say what they are */
	bool open_first;       /* unfolded when the tree is first shown */
	void *data;            /* the format's */
};

/* A new child at the end of `parent` (NULL: the model's root); in the model's arena. `name` is
 * cleaned and copied. `path` is made of the names from below the root; a format may set another
 * before opening ends. Its source and index belong to the model, which closes them. */
struct item *item_add(struct model *m, struct item *parent, const struct item_ops *ops,
		      const char *name, const char *kind);
struct item *item_alias(struct item *parent, struct item *of);
/* Closes its source and its indexes: model_close does so for all that is in the tree, a format for
 * what it keeps beside it. */
void item_close(struct item *it);

/* Indexes it unless that is done or under way. With `wait`, returns only when it is ready.
 * Thread-safe. */
void item_index(struct item *it, bool wait);
bool item_ready(const struct item *it);

/* The item behind an alias, else itself. */
struct item *item_real(struct item *it);

/* Next in depth-first order below `root`, aliases not entered; NULL at the end. Start with it =
 * root. */
struct item *item_next(const struct item *root, struct item *it);

/* Of a node: uniform access over the ops, with the defaults filled in. */
struct field *node_fields(struct node n, struct arena *a);
const char *node_summary(struct node n, struct arena *a);
const char *node_label(struct node n, struct arena *a); /* "mm-7.img", "[12]", "vmas[2]" */
const char *node_kind(struct node n, struct arena *a);
const char *node_path(struct node n, struct arena *a); /* "mm-7.img/vmas[2]", "pagemap-7.img[12]" */
/* item_ops.page and .pass of a row; false and 0 where there is no such thing. */
bool node_page(struct node n, uint64_t offset, struct page_body *out);
uint32_t node_pass(struct node n, uint32_t *of);
struct span node_span(struct node n);    /* all its bytes in its source; length 0: none */
size_t item_rows(const struct item *it); /* rows of its list so far */
bool node_target(struct node n, struct place *out);
/* The row whose bytes hold `offset`, or the item itself. */
struct node node_at_offset(struct item *it, uint64_t offset);

#endif
