/* The fields of one node as rows: names, values, notes, links; groups fold. Decoded anew for each
 * node; what the user opened is remembered by path, so that the next record of a kind shows the
 * same parts. */
#ifndef VIEW_ROWS_FIELDS_H
#define VIEW_ROWS_FIELDS_H

#include "view/rows.h"

/* The row of one field of node `n`: name padded to `name_width`, value, note, trouble, link. A
 * group that is not `open` shows its first values, for which it is decoded into `fields`. */
void field_row(struct node n, struct field *f, int depth, int name_width, bool open,
	       struct arena *fields, struct arena *a, struct row *out);

/* True if there is something to open, as far as can be told without decoding it. */
bool field_has_children(const struct field *f);

/* More than this many siblings of one name that follow each other are a run: one line, closed at
 * first. */
#define FIELD_RUN 8
/* The run that begins with `f`, made in `a`, and its last element; NULL, and `f`, if none does. It
 * is a group with a note ("44 x"), the bytes of all its elements, and no children: the elements are
 * those of its parent from field_run_first on. */
struct field *field_run(struct field *f, struct arena *a, struct field **last);
bool field_is_run(const struct field *f);
struct field *field_run_first(const struct field *run);
/* The run that holds `f`; NULL: none. O(siblings). */
struct field *field_run_of(const struct field *f, struct arena *a);

struct rows *rows_fields_new(void);
/* Shows `n` (n.item NULL: nothing). Fields shown before are gone. */
void rows_fields_set(struct rows *r, struct node n);
/* Shows fields that the caller made in `a`'s stead: an overview without a node of its own. `make`
 * is called with the arena they shall live in. */
void rows_fields_set_made(struct rows *r, struct field *(*make)(void *arg, struct arena *),
			  void *arg);
/* Tags, lengths and magics are lines of their own, too. Off at first. */
void rows_fields_frames(struct rows *r, bool on);

/* NULL if there is none. Valid until the next rows_fields_set. */
struct field *rows_fields_root(struct rows *r);
struct node rows_fields_node(struct rows *r);
/* The field of line n; NULL on a section's heading and past the end. */
struct field *rows_fields_at(struct rows *r, size_t n);
/* The line of the deepest field whose bytes hold `offset`, opening what is above it; rows_count if
 * no field does. */
size_t rows_fields_find(struct rows *r, uint64_t offset);
/* The line of the field at "thread_info/gpregs/ip", opening what is above it; of a run without a
 * position ("vmas") its own line. rows_count if there is none. */
size_t rows_fields_go(struct rows *r, const char *path);
/* "thread_info/gpregs/ip" of line n; "" on a heading. */
const char *rows_fields_path(struct rows *r, size_t n, struct arena *a);
/* Where the field of line n leads. False: nowhere. */
bool rows_fields_follow(struct rows *r, size_t n, struct place *out);

#endif
