/* What exporters share. */
#ifndef OPS_EXPORT_PARTS_H
#define OPS_EXPORT_PARTS_H

#include "ops/export.h"

/* The file that a node lies in; NULL: none. */
struct source *export_source(const struct export_what *w);
/* The bytes of what is no memory: of a field with a value of its own that value, of a stretch what
 * of it is in the file. False: it has none. */
bool export_bytes(const struct export_what *w, struct arena *a, struct span *out);
/* What of a memory is to be written: all that is mapped if nothing was said. Lengths are whole, up
 * to 2^64, which an extent's end cannot say. */
struct span export_stretch(const struct export_what *w);
/* The extent that has byte `done` of such a stretch, and how many of its bytes from there on; 0:
 * there is none. */
uint64_t export_extent(const struct export_what *w, struct span all, uint64_t done,
		       struct extent *x);
/* Bytes of a source as they are, in steps between which `job` may stop it. False: stopped. */
bool export_store(struct sink *s, const struct source *src, struct span span, bool sparse,
		  struct job *job);

/* The file of the frozen system that a node keeps. False: none. */
bool export_keeps(const struct export_what *w, struct kept *out, struct arena *a);

/* Fills `note` with where `f` is from, and the result's hash. False: `job` was stopped. */
bool export_provenance(struct export_file *f, struct sink *note, struct job *job);

#endif
