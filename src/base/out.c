/* One buffer, written when full. Numbers are formatted here, for printf would take most of the time
 * of a long listing. */
#include "base/out.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void out_init(struct out *o, int fd)
{
	o->fd = fd;
	o->take = NULL;
	o->errnum = 0;
	o->len = 0;
}

void out_init_take(struct out *o, int (*take)(void *arg, const char *text, size_t n), void *arg)
{
	out_init(o, -1);
	o->take = take;
	o->arg = arg;
}

static void write_all(struct out *o, const char *at, size_t n)
{
	if (o->take && n && !o->errnum)
		o->errnum = o->take(o->arg, at, n);
	while (n && o->fd >= 0 && !o->errnum) {
		ssize_t done = write(o->fd, at, n);

		if (done >= 0) {
			at += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = o->fd, .events = POLLOUT }, 1, -1);
		} else if (errno != EINTR) {
			o->errnum = errno;
		}
	}
}

int out_flush(struct out *o)
{
	write_all(o, o->buf, o->len);
	o->len = 0;
	return o->errnum;
}

void out_add(struct out *o, const char *text, size_t n)
{
	if (n > OUT_ROOM - o->len) {
		out_flush(o);
		if (n >= OUT_ROOM) {
			write_all(o, text, n);
			return;
		}
	}
	if (n)
		memcpy(o->buf + o->len, text, n);
	o->len += n;
}

void out_str(struct out *o, const char *text)
{
	out_add(o, text, strlen(text));
}

void out_printf(struct out *o, const char *fmt, ...)
{
	char small[512], *large;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n < sizeof(small)) {
		out_add(o, small, (size_t)n);
		return;
	}
	va_start(ap, fmt);
	n = vasprintf(&large, fmt, ap);
	va_end(ap);
	if (n < 0) {
		o->errnum = o->errnum ? o->errnum : ENOMEM;
		return;
	}
	out_add(o, large, (size_t)n);
	free(large);
}

void out_uint(struct out *o, uint64_t v)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char digits[20];
	size_t at = sizeof(digits);

	while (v >= 100) {
		at -= 2;
		memcpy(digits + at, pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		at -= 2;
		memcpy(digits + at, pairs + v * 2, 2);
	} else {
		digits[--at] = (char)('0' + v);
	}
	out_add(o, digits + at, sizeof(digits) - at);
}

void out_hex(struct out *o, uint64_t v)
{
	char digits[18];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v);
	digits[--at] = 'x';
	digits[--at] = '0';
	out_add(o, digits + at, sizeof(digits) - at);
}
