/* Buffered output to a file descriptor, and a streaming JSON writer over it.
 *
 * Writing fails silently into `errnum`; whoever finishes asks once. Nothing is kept but one buffer
 * of 64 KiB, so any amount may be streamed. */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cursor.h"

#define OUT_ROOM 65536

struct out {
	int fd; /* -1: bytes are counted and dropped */
	/* Takes them instead of the descriptor, and returns an errno or 0; NULL. */
	int (*take)(void *arg, const char *text, size_t n);
	void *arg;
	int errnum; /* errno of the first failed write, else 0 */
	size_t len;
	char buf[OUT_ROOM];
};

void out_init(struct out *o, int fd);
/* Bytes go to `take`. */
void out_init_take(struct out *o, int (*take)(void *arg, const char *text, size_t n), void *arg);
void out_add(struct out *o, const char *text, size_t n);
void out_str(struct out *o, const char *text);
void out_printf(struct out *o, const char *fmt, ...) PRINTF(2, 3);
void out_uint(struct out *o, uint64_t v);
/* Lower-case hex without leading zeros, "0x" in front. */
void out_hex(struct out *o, uint64_t v);
/* Writes what is buffered. Returns errnum: 0 if all went well so far. */
int out_flush(struct out *o);

/* A JSON value on its way out. Keys and values are written in order; commas, newlines and
 * indentation are the writer's business. Depth is at most 64. */
struct json {
	struct out *out;
	int indent; /* spaces a level; 0: all on one line */
	int depth;
	uint64_t some; /* bit d: level d has a member already */
	bool keyed;    /* a key was just written */
};

void json_init(struct json *j, struct out *o, int indent);
void json_object(struct json *j);
void json_array(struct json *j);
void json_end_object(struct json *j);
void json_end_array(struct json *j);
void json_key(struct json *j, const char *key);
void json_uint(struct json *j, uint64_t v);
void json_int(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
/* "0x..." as a string. */
void json_hex(struct json *j, uint64_t v);
/* A C string. Invalid UTF-8 becomes U+FFFD; controls, quotes and DEL are escaped; all beyond ASCII
 * is written as \uXXXX, so the result is plain ASCII and safe on a terminal. */
void json_str(struct json *j, const char *s);
void json_text(struct json *j, struct bytes b);
/* Bytes as lower-case hex digits in a string. */
void json_bytes(struct json *j, struct bytes b);
void json_base64(struct json *j, struct bytes b);
/* A key and its value; of a string NULL is null. */
void json_key_str(struct json *j, const char *key, const char *text);
void json_key_uint(struct json *j, const char *key, uint64_t v);
void json_key_hex(struct json *j, const char *key, uint64_t v);
/* Text that is JSON already (a literal number, for instance). */
void json_raw(struct json *j, const char *text, size_t n);

#endif
