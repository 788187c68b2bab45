/* Errors are made rarely and carry their whole text, so that nothing has to outlive them. The text
 * is cleaned piece by piece as it is put in: names come from outside. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Serves when not even an error can be allocated; never written to, never freed. */
static const struct err no_memory = { .code = ERR_LIMIT, .text = "out of memory" };

static PRINTF(3, 0) void format_clean(char *to, size_t room, const char *fmt, va_list ap)
{
	char raw[2048];
	int n = vsnprintf(raw, sizeof(raw), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= sizeof(raw))
		len = sizeof(raw) - 1;
	text_clean_into((struct bytes){ (const uint8_t *)raw, len }, to, room);
}

static struct err *err_blank(enum err_code code, int errnum)
{
	struct err *err = calloc(1, sizeof(*err));

	if (!err)
		return (struct err *)(uintptr_t)&no_memory;
	err->code = code;
	err->errnum = errnum;
	return err;
}

struct err *err_new(enum err_code code, const char *fmt, ...)
{
	struct err *err = err_blank(code, 0);
	va_list ap;

	if (err == &no_memory)
		return err;
	va_start(ap, fmt);
	format_clean(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return err;
}

/* Appends as much of `more` as fits, cut between code points. */
static void append(struct err *err, const char *more)
{
	size_t len = strlen(err->text);

	text_clean_into(bytes_of(more), err->text + len, sizeof(err->text) - len);
}

struct err *err_io(int errnum, const char *fmt, ...)
{
	struct err *err = err_blank(errnum == ENOENT ? ERR_ABSENT : ERR_IO, errnum);
	char reason[128];
	va_list ap;

	if (err == &no_memory)
		return err;
	va_start(ap, fmt);
	format_clean(err->text, sizeof(err->text) - 130, fmt, ap);
	va_end(ap);
	append(err, ": ");
	append(err, strerror_r(errnum, reason, sizeof(reason)));
	return err;
}

struct err *err_under(struct err *err, const char *fmt, ...)
{
	char was[sizeof(err->text)];
	va_list ap;

	if (!err || err == &no_memory)
		return err;
	memcpy(was, err->text, sizeof(was));
	va_start(ap, fmt);
	format_clean(err->text, sizeof(err->text) / 2, fmt, ap);
	va_end(ap);
	append(err, ": ");
	append(err, was);
	return err;
}

void err_free(struct err *err)
{
	if (err != &no_memory)
		free(err);
}

void err_freep(struct err **err)
{
	err_free(*err);
	*err = NULL;
}
