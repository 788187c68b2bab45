/* Errors of operations: a file that cannot be opened, a wrong option, a cancelled job.
 *
 * A function that may fail returns `struct err *`: NULL is success, anything else is owned by the
 * caller, who returns it, prints it or frees it. Damage in the *data* is never an err: see
 * core/problem.h. The text is one line, already safe to print on a terminal. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

enum err_code {
	ERR_USAGE,     /* the user asked for something that is not so */
	ERR_ABSENT,    /* a named thing does not exist */
	ERR_IO,        /* the operating system refused: errnum says why */
	ERR_FORMAT,    /* nothing we know; nothing could be read of it */
	ERR_LIMIT,     /* a stated bound was reached */
	ERR_CANCELLED, /* the user stopped it */
};

struct err {
	enum err_code code;
	int errnum;     /* errno of ERR_IO, else 0 */
	char text[488]; /* one line, no newline, cleaned */
};

/* A new error. Never returns NULL (a static one serves when memory is out). The formatted text is
 * cleaned: controls and invalid UTF-8 in it become visible escapes. */
struct err *err_new(enum err_code code, const char *fmt, ...) NEVER_NULL PRINTF(2, 3);

/* An ERR_IO (ERR_ABSENT for ENOENT) from `errnum`, with strerror's text appended to the message. */
struct err *err_io(int errnum, const char *fmt, ...) NEVER_NULL PRINTF(2, 3);

/* Prepends context to `err`: "context: text". Returns `err`; NULL stays NULL. */
struct err *err_under(struct err *err, const char *fmt, ...) PRINTF(2, 3);

/* NULL-safe. */
void err_free(struct err *err);
void err_freep(struct err **err);

#endif
