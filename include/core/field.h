/* Fields: a decoded record as a tree in which every byte has its place.
 *
 * A field knows its bytes (`span`, and within it `value`: without tag and length), its value, how
 * to show it and what it refers to. Groups get their children on demand through field_children, so
 * that one record with 60,000 parts costs only what is looked at. Bytes of a group that no child
 * covers are shown by field_walk as gaps: nothing in a file is invisible. Fields live in the arena
 * they were made in. */
#ifndef CORE_FIELD_H
#define CORE_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/ref.h"
#include "core/source.h"
#include "core/value.h"

enum field_type {
	FIELD_GROUP, /* has children; may have a value text of its own in `note` */
	FIELD_UINT,
	FIELD_INT,
	FIELD_FLOAT, /* `u` holds the bits of a double */
	FIELD_TEXT,  /* `bytes`: should be text */
	FIELD_BYTES,
	FIELD_GAP,   /* bytes nobody explains */
	FIELD_FRAME, /* tags, lengths, magics: structure; hidden in the pane, listed by --offsets; a
			number in `u`, or if shown as bytes `bytes` */
};

#define FIELD_ONE UINT32_MAX

/* Children of one group, and of all groups around it together: what a hostile record may cost in
 * memory is then about 35 MiB, whatever its size. No real one has a tenth of it. */
#define FIELD_CHILDREN 200000u

struct field;

struct field_ops {
	/* Makes the children, once; linked with field_add. */
	void (*expand)(struct field *f, struct arena *a);
};

struct field {
	const char *name;         /* the schema's or specification's; of unknown ones "field 99" */
	uint32_t at;              /* position in a repeated field; FIELD_ONE if not repeated */
	enum field_type type : 8; /* bits: there may be many fields */
	enum show show : 8;
	bool expanded;
	bool loose; /* differs between snapshots by nature: an id that renumbers, a time */
	struct value_env env;
	uint32_t count; /* of children made so far */
	const struct value_name *names;
	struct span span;  /* all bytes, in the item's source; length 0: derived, no bytes */
	struct span value; /* the value's own, inside span */
	union {
		uint64_t u;
		int64_t s;
		struct bytes bytes; /* borrowed from the source */
	};
	const char *note;    /* cleaned text behind the value, or NULL */
	const char *trouble; /* cleaned text: what is wrong with it, or NULL */
	struct ref ref;      /* what it points to; REF_NONE */
	struct field *parent, *first, *last, *next;
	const struct field_ops *ops;
	const void *schema; /* for ops: the message type */
	const void *owner;  /* for ops: the decoder's context (item) */
};

/* How many children `group` may have, by FIELD_CHILDREN: asked once, before they are made. Never
 * less than some thousands. What is beyond is for one gap with `trouble`. */
uint32_t field_room(const struct field *group);

/* A new child at the end of `parent` (NULL: a root). */
struct field *field_add(struct field *parent, struct arena *a, enum field_type type,
			const char *name, struct span span);
/* Shortcuts for what decoders make most. */
struct field *field_uint(struct field *parent, struct arena *a, const char *name, uint64_t v,
			 enum show show, struct span span);
struct field *field_text(struct field *parent, struct arena *a, const char *name, struct bytes b,
			 struct span span);
/* A derived field: text without bytes. `text` must be cleaned and live in `a`. */
struct field *field_derived(struct field *parent, struct arena *a, const char *name,
			    const char *text);

/* First child; makes the children if they are not yet there. */
struct field *field_children(struct field *f, struct arena *a);
/* By "name", "name[3]"; NULL if there is none. */
struct field *field_child(struct field *f, struct arena *a, const char *name);
/* By a path "gpregs/ip", "vmas[2]/start". */
struct field *field_at_path(struct field *f, struct arena *a, const char *path);
/* "vmas[2]" */
const char *field_label(const struct field *f, struct arena *a);
/* "thread_info/gpregs/ip", from below the root. */
const char *field_path(const struct field *f, struct arena *a);

/* The deepest field whose bytes hold `offset`; the root at least if its span holds it; else NULL.
 */
struct field *field_find(struct field *root, struct arena *a, uint64_t offset);

/* Value as shown: "0x3  PROT_READ|PROT_WRITE"; of a group its note, or "". Other notes, and
 * trouble, are not in it. Cleaned. At most about `room` columns are worth making; 0: all of it. */
const char *field_value(const struct field *f, size_t room, struct arena *a);

/* Calls `fn` once for each run of bytes of root->span, in file order, without overlap or hole:
 * leaves as they are, uncovered bytes as FIELD_FRAME (before a group's value) or FIELD_GAP fields
 * made for the occasion. The arena is rewound after each subtree of the root, so that the cost in
 * memory is that of one. False from `fn` stops. */
typedef bool (*field_fn)(const struct field *leaf, const char *path, void *arg);
bool field_walk(struct field *root, struct arena *a, field_fn fn, void *arg);

/* A fixed binary layout as rows: decoded in order by field_layout. Ends with name NULL. */
struct layout {
	const char *name;
	uint8_t width; /* bytes: 1, 2, 4, 8; other widths are FIELD_BYTES of that length */
	enum show show;
	const struct value_name *names;
};
/* Adds the rows' fields to `parent`, reading `c`; rows past the end are left out and `c` is spent.
 */
void field_layout(struct field *parent, struct arena *a, const struct layout *rows,
		  struct cursor *c, struct value_env env);

#endif
