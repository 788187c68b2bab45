/* Formats: who can open this, by evidence. */
#ifndef CORE_FORMAT_H
#define CORE_FORMAT_H

#include "core/folder.h"
#include "core/model.h"
#include "core/rule.h"

/* What is to be opened: a folder, or one source. Exactly one is set. */
struct input {
	const char *name; /* as the user gave it, cleaned */
	struct folder *folder;
	struct source *source;
};

struct format {
	const char *name;         /* "criu": value of `kind` in info --json */
	const char *summary;      /* "CRIU image set" */
	const struct rule *rules; /* what it checks; ended by id NULL */
	bool snapshots;           /* one file may hold several: FILE#N chooses */
	/* How many bits of evidence speak for it; 0: not mine. Looks only, cheap. */
	int (*bid)(const struct input *);
	/* Builds the tree below model->root. The input's folder or source is its own from the call
	 * on, also if it fails: model->fini, once set, runs in either case. An err only if nothing
	 * can be shown; damage is problems. */
	struct err *(*open)(struct model *, struct input *);
};

#endif
