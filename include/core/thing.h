/* Things: what a person names when asked what is in a snapshot: a process, a thread, an open file,
 * a vCPU. A thing is known by what it is, not by where images keep it or which number a dump gave
 * it, so that two snapshots can be compared.
 *
 *	process 7            fields: comm, state, credentials, command line ...; memory
 *	  thread 9           registers, signal mask
 *	  fd 3               what it is open on, position, flags
 *	mount /proc          type, options
 *
 * A format that can be compared gives two hooks of the model: `things` and `thing_fields`. */
#ifndef CORE_THING_H
#define CORE_THING_H

#include "core/model.h"

struct thing {
	const char *kind;  /* static: "process", "thread", "fd", "file", "mount", "namespace",
			    * "cgroup", "guest", "vcpu", "record", "param", "config" */
	const char *key;   /* among things of its kind in one place: equal in two snapshots if it is
			    * the same thing; cleaned */
	const char *title; /* cleaned: "ledger-api", "TCP 10.0.3.9:41220 > 198.51.100.7:443" */
	uint64_t number;   /* pid, tid, fd, vCPU: the key as a number; UINT64_MAX: it is none */
	uint64_t since;    /* when it began, in whatever unit: two with one key and other times are
			    * two things; 0: not known */
	struct node node;  /* where it stands in the tree; item NULL: nowhere */
	struct aspace *space; /* its memory, compared page by page; NULL: none */
	void *data;           /* the format's */
	uint64_t more;        /* the format's */
};

/* Called for each child of `parent` (NULL: the snapshot itself), in an order that is the same for
 * equal snapshots. Texts live in the arena given to things. False stops. */
typedef bool (*thing_fn)(const struct thing *, void *arg);

/* True if the models can be compared with things: both of one family. */
bool things_comparable(const struct model *a, const struct model *b, const char **why);

#endif
