/* Export: things taken out of a source into a file of the user's.
 *
 * A file is written under a temporary name beside its own, mode 0600, and renamed when all of it is
 * there: never half a file under the final name, never over one that is there unless told, nothing
 * left behind when it fails or is stopped. */
#ifndef OPS_EXPORT_H
#define OPS_EXPORT_H

#include "base/out.h"
#include "core/aspace.h"
#include "core/dump.h"

/* ---- a file being written ---- */

struct sink;

/* `size`: bytes it will take at most, checked against what is free (0: not known). "-" is standard
 * output. Fails if `path` exists and not `force`. */
MUST_USE struct err *sink_open(const char *path, bool force, uint64_t size, struct sink **out);
/* Errors are kept: the first one is what sink_commit returns. */
void sink_write(struct sink *s, struct bytes b);
/* Bytes of zeros: a hole where the file system has holes. */
void sink_skip(struct sink *s, uint64_t n);
/* Bytes that lie in a file: by copy_file_range or the like where that works. */
void sink_copy(struct sink *s, const struct source *src, struct span span);
/* The same; with `sparse`, pages of zeros become holes. `job` (may be NULL) may stop it. */
void sink_store(struct sink *s, const struct source *src, struct span span, bool sparse,
		const struct job *job);
uint64_t sink_at(const struct sink *s);
/* The size of the file so far, with what was written as text; of a pipe as sink_at. */
uint64_t sink_size(struct sink *s);
bool sink_failed(const struct sink *s);
/* As struct out, for what is written as text. Flushed by sink_commit. */
struct out *sink_out(struct sink *s);
/* Makes it the file. In any case `s` is gone afterwards. */
MUST_USE struct err *sink_commit(struct sink *s);
void sink_abort(struct sink *s);
/* SHA-256 of what was written so far, read back. False: of a pipe there is none; or `job` was
 * stopped. */
bool sink_digest(struct sink *s, uint8_t digest[32], const struct job *job);

/* ---- what and how ---- */

enum export_holes {
	HOLES_ZERO, /* what is not there is zeros; so says the file's size */
	HOLES_SKIP, /* left out: the bytes that are there, one after the other */
};

/* What is to be written. One of: a node (a field of it; a stretch of its file), a memory (a stretch
 * of it). */
struct export_what {
	struct model *model;
	struct node node;
	const char *field; /* path in the node's fields; NULL */
	struct span bytes; /* of the node's file, whatever stands there; length 0: the node's own */
	struct aspace *space;
	uint64_t start, end; /* addresses; 0, 0: all of it */
};

struct export_options {
	enum export_holes holes;
	bool sparse; /* zeros become holes of the file */
	bool pretty;
	const char *root; /* --root DIR: where mapped files are; NULL */
};

/* What was left out, for the message and the exit status. */
struct export_result {
	uint64_t bytes, absent; /* written; of memory: bytes that were not there */
	const char *why;        /* of the first stretch that was not there; NULL */
	char lacks[200];        /* what else should be in it and is not; "" */
	char sha256[65];        /* of the file, in hex, if provenance was asked for; "" */
};

struct exporter {
	const char *name;    /* "raw" */
	const char *summary; /* "bytes as they are" */
	const char *suffix;  /* ".bin" */
	bool memory;         /* of memories only */
	/* True if it can write that. */
	bool (*fits)(const struct export_what *);
	/* Upper bound of the file's size; 0: not known. */
	uint64_t (*size)(const struct export_what *, const struct export_options *);
	/* `job` counts bytes and may stop it. */
	struct err *(*run)(const struct export_what *, const struct export_options *, struct sink *,
			   struct job *, struct export_result *);
};

extern const struct exporter export_elf_core, export_lime, export_xen_core, export_kept,
	export_regions;

/* raw, json, hex: any node; elf-core, lime, xen-core, raw: memory, whose regions are csv; file:
 * what keeps one. */
extern const struct exporter *const exporters[]; /* NULL at the end */
const struct exporter *exporter_named(const char *name);

/* The one that somebody means who says none: a core of what is spread over all addresses, JSON of
 * a tree of images, else raw. */
const struct exporter *export_usual(const struct export_what *what);

/* A name for the file: of what it is, and by libmagic of what is in it. In the arena; no path. */
const char *export_name(const struct export_what *what, const struct exporter *e, struct arena *a);

/* ---- a file made of it ---- */

struct export_file {
	struct export_what what;
	const struct exporter *exporter;
	struct export_options options;
	const char *path; /* "-": standard output */
	bool force;       /* over a file that is there */
	bool provenance;  /* also FILE.provenance.json: where it is from, hashes, time, version */
	struct export_result result;
	struct sink *sink, *note;
};

/* Refuses what can be told before: a file that is there, a folder that is closed, no room. */
MUST_USE struct err *export_open(struct export_file *f);
/* Writes what was opened, and closes it in any case. ERR_CANCELLED if `job` was stopped; of what
 * failed there is no file. Any thread, if no other asks things of the model meanwhile. */
MUST_USE struct err *export_write(struct export_file *f, struct job *job);
/* Keys of an object: what was written, in which format, and what is missing. Of the model's owner. */
void export_tell(const struct export_file *f, struct json *j);

#endif
