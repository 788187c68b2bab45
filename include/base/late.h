/* Libraries that are loaded when they are first needed: those that few commands want, and that
 * bring others along until the program takes longer to start than to answer.
 *
 * A module that uses one lists the functions that it calls, and calls them through a struct of
 * pointers that has their names and, by __typeof__, the header's types:
 *
 *	#define CALLS(X) X(magic_open) X(magic_close)
 *	static struct { CALLS(LATE_MEMBER) } lib;
 *	static const char *const names[] = { CALLS(LATE_NAME) };
 *	static struct late late = { "libmagic.so.1", names, ARRAY_LEN(names), &lib };
 *
 *	err = late_load(&late);  ->  lib.magic_open(flags) */
#ifndef BASE_LATE_H
#define BASE_LATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define LATE_MEMBER(name) __typeof__(name) *name;
#define LATE_NAME(name) #name,

struct late {
	const char *library; /* with the version of its interface, as the headers have it */
	const char *const *names;
	size_t count;
	void *calls; /* a struct of `count` pointers to functions, in the order of the names */
	_Atomic bool ready;
};

/* Loads the library, once; it stays. ERR_ABSENT: it, or one of the functions, is not to be had.
 * Thread-safe; after the first time a look at one number. */
MUST_USE struct err *late_load(struct late *late);

#endif
