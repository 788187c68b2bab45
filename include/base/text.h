/* Text: making hostile bytes printable, measuring it, building it.
 *
 * Whatever comes from an image reaches a screen or a terminal only as the result of text_clean:
 * valid UTF-8 in which every control, escape, bidi, zero-width, unassigned and invalid piece is
 * spelt as `\n`, `\t`, `\x1b`, `\u{202e}`. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cursor.h"

/* Printable text of `b`. A backslash in `b` is doubled only if `b` needed some other escape, so
 * that the usual text reads as it is and escapes stay unambiguous. O(len). */
const char *text_clean(struct bytes b, struct arena *a);
const char *text_clean_str(const char *s, struct arena *a);
/* The same into the caller's buffer of `room` bytes, terminated, cut between two pieces if it is
 * too long. Returns the length. */
size_t text_clean_into(struct bytes b, char *to, size_t room);
/* True if text_clean had to change something. */
bool text_needs_clean(struct bytes b);

/* One code point of the UTF-8 at `b`: its length (1–4) and value in *cp; 0 if invalid there. */
size_t text_decode(struct bytes b, uint32_t *cp);
bool text_valid_utf8(struct bytes b);
/* Columns a code point takes on a terminal: 0, 1 or 2. Own table: independent of the locale. */
int text_cp_width(uint32_t cp);
/* Columns of cleaned text. */
int text_width(const char *s);
/* Cleaned text with everything outside ASCII spelt as `\u{e9}`: for terminals and locales without
 * UTF-8. Box drawing and triangles become + - | > v. */
const char *text_ascii(const char *s, struct arena *a);

struct bytes bytes_of(const char *s);
bool bytes_equal(struct bytes a, struct bytes b);

/* A string under construction, in an arena. `text` is always terminated and valid until the next
 * append. */
struct strbuf {
	struct arena *arena;
	char *text;
	size_t len, room;
};

void strbuf_init(struct strbuf *s, struct arena *a);
void strbuf_add(struct strbuf *s, const char *text);
void strbuf_addn(struct strbuf *s, const char *text, size_t n);
void strbuf_addf(struct strbuf *s, const char *fmt, ...) PRINTF(2, 3);
/* Appends cleaned bytes. */
void strbuf_clean(struct strbuf *s, struct bytes b);

/* A number in decimal; in hexadecimal with "0x" and at least `least` digits: many times as fast as
 * printf, for lists of millions. */
const char *text_uint(uint64_t v, struct arena *a);
const char *text_hex(uint64_t v, int least, struct arena *a);

/* "4.0K", "132K", "553.5M": at most six columns. */
const char *text_size(uint64_t bytes, struct arena *a);

#endif
