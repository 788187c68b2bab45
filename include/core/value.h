/* How a field's value is shown: kinds of notation, tables of names, and the text that results. */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cursor.h"

enum show {
	SHOW_DEC, /* plain number */
	SHOW_HEX,
	SHOW_FLAGS, /* hex, then names of the bits */
	SHOW_ENUM,  /* number, then its name */
	SHOW_BOOL,
	SHOW_TEXT,    /* bytes that are text */
	SHOW_BYTES,   /* bytes as hex, cut when long */
	SHOW_ADDRESS, /* a virtual address: hex, 16 digits */
	SHOW_SIZE,    /* number, then "132K" */
	SHOW_DEV,     /* kernel-internal device number, major:minor of 12:20 bits */
	SHOW_ODEV,    /* makedev() as user space has it */
	SHOW_MODE,    /* st_mode: octal, then "-rw-r--r--" */
	SHOW_IP,      /* one or four words of address bytes in network order */
	SHOW_PORT,
	SHOW_SIGNAL, /* number, then SIGTERM */
	SHOW_SIGSET, /* 64-bit mask, then names */
	SHOW_SECONDS,
	SHOW_MSEC,
	SHOW_USEC,
	SHOW_NSEC,      /* spans of time */
	SHOW_TIME,      /* seconds since 1970 */
	SHOW_STATUS,    /* wait status: "exit 3", "SIGKILL" */
	SHOW_UNIX_NAME, /* socket name; a leading NUL is abstract: "@name" */
	SHOW_CAPS,      /* capability bits, word by word */
	SHOW_OCTAL,
	SHOW_ZERO, /* padding that must be zero */
	SHOW_MAC,  /* link-layer address */
};

/* Names of numbers. `arch` is a bit set of machines (1u << mtype; ARCH_ALL) for which the row
 * holds; meaning of the numbers is the format's. Tables end with name NULL. */
#define ARCH_ALL 0xffffffffu
struct value_name {
	uint64_t value;
	const char *name;
	uint32_t arch;
};

/* What decides between the rows: the machine that wrote the data. */
struct value_env {
	uint32_t arch; /* one bit of value_name.arch; 0: unknown, only ARCH_ALL rows count */
};

/* Name of an enum value, or NULL. */
const char *value_name(const struct value_name *names, uint64_t v, struct value_env env);
/* "A|B|0x400": names of the bits of `v`, in table order, `sep` between; unknown bits as hex; "0"
 * for none. */
const char *value_flags(const struct value_name *names, uint64_t v, struct value_env env,
			const char *sep, struct arena *a);

/* A number as `show` has it: "0x22  MAP_PRIVATE|MAP_ANON". `negative`: it is a signed one below
 * zero. `nth`: its position if it is one of several words of one thing (SHOW_CAPS), else 0. */
const char *value_number(enum show show, const struct value_name *names, struct value_env env,
			 uint64_t v, bool negative, uint32_t nth, struct arena *a);
/* Bytes as `show` has them; text is cleaned, what is long is cut to about `room` columns (0: not
 * cut). */
const char *value_bytes(enum show show, struct bytes b, size_t room, struct arena *a);

/* Text of single kinds, for summaries. */
const char *value_mode(uint32_t mode, struct arena *a);
const char *value_ip(const uint32_t *words, size_t n, struct arena *a);
const char *value_ip_bytes(struct bytes b, struct arena *a); /* 4 or 16 bytes; else "" */
const char *value_signal(uint64_t n, struct value_env env, struct arena *a);
const char *value_span(uint64_t ns, struct arena *a);

#endif
