/* One line that says what a person would ask of a message, a record or a whole image. All results
 * are cleaned text in the arena, never NULL, "" if there is nothing to say. Owner's thread only:
 * names are resolved through the tables of refs.c. */
#ifndef CRIU_SUMMARY_H
#define CRIU_SUMMARY_H

#include "criu/criu.h"

/* Of a message of a known type, wherever it lies: a record, or a part (a VMA of an mm image). */
const char *summary_message(struct image *im, const struct message *type, struct bytes msg,
			    struct arena *a);
/* Of a record: the type follows from its place in the image. Fits the `summary` column of kinds.c;
 * a kind without one means this, too. */
const char *summary_record(struct image *im, const struct record *r, struct bytes msg,
			   struct arena *a);
/* Of the image as a whole (NODE_SELF): "142 VMA", "23 fd", "553.5M". Opens it if need be. */
const char *summary_image(struct image *im, struct arena *a);

/* Name of a mapping as /proc/PID/maps would have it: a path, "[heap]", "/memfd:x (deleted)"; "" for
 * anonymous memory. `vma`: a vma_entry of `im`. */
const char *vma_name(struct image *im, struct bytes vma, struct arena *a);
/* "heap", "stack", "vdso", "anon", "file", "shmem", "memfd", ...: static. */
const char *vma_kind(struct image *im, struct bytes vma);
/* "rw-p", as /proc has it. `out` has room for 5. */
void vma_perms(struct bytes vma, char *out);

/* Whether a limit, "STACK", is one of bytes. */
bool rlimit_counts_bytes(const char *name);

#endif
