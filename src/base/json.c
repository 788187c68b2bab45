/* JSON as Python's json.dumps writes it (ensure_ascii, the default separators, and `indent`), so
 * that output can be compared with crit's as text, too. */
#include "base/out.h"

#include <string.h>

#include "base/text.h"

enum { LEVELS = 64 };

void json_init(struct json *j, struct out *o, int indent)
{
	*j = (struct json){ .out = o, .indent = indent };
}

/* Levels beyond the last share its bit; whoever nests that deep has bounded it before. */
static uint64_t level_bit(const struct json *j)
{
	unsigned level = (unsigned)j->depth;

	return UINT64_C(1) << (level < LEVELS ? level : LEVELS - 1);
}

static void new_line(struct json *j)
{
	static const char blanks[] =
		"\n                                                               ";
	size_t n = (size_t)j->indent * (size_t)j->depth;

	out_add(j->out, blanks, 1 + (n < 63 ? n : 63));
	for (; n > 63; n -= n - 63 < 63 ? n - 63 : 63)
		out_add(j->out, blanks + 1, n - 63 < 63 ? n - 63 : 63);
}

/* What goes between the last value and the next: nothing after a key. */
static void before_value(struct json *j)
{
	uint64_t bit = level_bit(j);

	if (j->keyed) {
		j->keyed = false;
		return;
	}
	if (!j->depth)
		return;
	if (j->some & bit)
		out_add(j->out, ", ", j->indent ? 1 : 2);
	j->some |= bit;
	if (j->indent)
		new_line(j);
}

static void open_level(struct json *j, char c)
{
	before_value(j);
	out_add(j->out, &c, 1);
	j->depth++;
	j->some &= ~level_bit(j);
}

static void close_level(struct json *j, char c)
{
	bool some = j->some & level_bit(j);

	if (j->depth)
		j->depth--;
	if (some && j->indent)
		new_line(j);
	out_add(j->out, &c, 1);
	j->keyed = false;
	/* A level beyond the last has cleared the bit it shares with its parent. */
	if (j->depth)
		j->some |= level_bit(j);
}

void json_object(struct json *j)
{
	open_level(j, '{');
}

void json_array(struct json *j)
{
	open_level(j, '[');
}

void json_end_object(struct json *j)
{
	close_level(j, '}');
}

void json_end_array(struct json *j)
{
	close_level(j, ']');
}

static void add_unit(struct out *o, uint32_t unit)
{
	char text[] = "\\u0000";

	for (size_t i = 5; i > 1; i--, unit >>= 4)
		text[i] = "0123456789abcdef"[unit & 15];
	out_add(o, text, 6);
}

/* One code point that cannot stand as it is. */
static void add_escaped(struct out *o, uint32_t cp)
{
	static const char letters[128] = {
		['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',  ['\b'] = 'b',
		['\f'] = 'f', ['"'] = '"',  ['\\'] = '\\',
	};

	if (cp < 128 && letters[cp]) {
		out_add(o, (const char[]){ '\\', letters[cp] }, 2);
	} else if (cp < 0x10000) {
		add_unit(o, cp);
	} else {
		add_unit(o, 0xd800 + ((cp - 0x10000) >> 10));
		add_unit(o, 0xdc00 + (cp & 0x3ff));
	}
}

static bool stands(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void add_quoted(struct out *o, struct bytes b)
{
	out_add(o, "\"", 1);
	while (b.len) {
		size_t n = 0;
		uint32_t cp = 0;

		while (n < b.len && stands(b.at[n]))
			n++;
		if (n) {
			out_add(o, (const char *)b.at, n);
		} else {
			n = text_decode(b, &cp);
			add_escaped(o, n ? cp : 0xfffd);
			n = n ? n : 1;
		}
		b.at += n;
		b.len -= n;
	}
	out_add(o, "\"", 1);
}

void json_key(struct json *j, const char *key)
{
	before_value(j);
	add_quoted(j->out, bytes_of(key));
	out_add(j->out, ": ", 2);
	j->keyed = true;
}

void json_uint(struct json *j, uint64_t v)
{
	before_value(j);
	out_uint(j->out, v);
}

void json_int(struct json *j, int64_t v)
{
	before_value(j);
	if (v < 0)
		out_add(j->out, "-", 1);
	out_uint(j->out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void json_bool(struct json *j, bool v)
{
	before_value(j);
	out_str(j->out, v ? "true" : "false");
}

void json_null(struct json *j)
{
	before_value(j);
	out_str(j->out, "null");
}

void json_hex(struct json *j, uint64_t v)
{
	before_value(j);
	out_add(j->out, "\"", 1);
	out_hex(j->out, v);
	out_add(j->out, "\"", 1);
}

void json_str(struct json *j, const char *s)
{
	json_text(j, bytes_of(s));
}

void json_text(struct json *j, struct bytes b)
{
	before_value(j);
	add_quoted(j->out, b);
}

void json_bytes(struct json *j, struct bytes b)
{
	static const char digits[] = "0123456789abcdef";
	char chunk[512];
	size_t n = 0;

	before_value(j);
	out_add(j->out, "\"", 1);
	for (size_t i = 0; i < b.len; i++) {
		chunk[n++] = digits[b.at[i] >> 4];
		chunk[n++] = digits[b.at[i] & 15];
		if (n == sizeof(chunk)) {
			out_add(j->out, chunk, n);
			n = 0;
		}
	}
	out_add(j->out, chunk, n);
	out_add(j->out, "\"", 1);
}

static void base64_group(const uint8_t *at, size_t n, char to[static 4])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v = (uint32_t)at[0] << 16;

	if (n > 1)
		v |= (uint32_t)at[1] << 8;
	if (n > 2)
		v |= at[2];
	for (size_t i = 0; i < 4; i++)
		to[i] = i <= n ? alphabet[v >> (18 - 6 * i) & 63] : '=';
}

void json_base64(struct json *j, struct bytes b)
{
	char chunk[512];
	size_t n = 0;

	before_value(j);
	out_add(j->out, "\"", 1);
	for (size_t i = 0; i < b.len; i += 3) {
		base64_group(b.at + i, b.len - i < 3 ? b.len - i : 3, chunk + n);
		n += 4;
		if (n == sizeof(chunk)) {
			out_add(j->out, chunk, n);
			n = 0;
		}
	}
	out_add(j->out, chunk, n);
	out_add(j->out, "\"", 1);
}

void json_raw(struct json *j, const char *text, size_t n)
{
	before_value(j);
	out_add(j->out, text, n);
}

void json_key_str(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text)
		json_str(j, text);
	else
		json_null(j);
}

void json_key_uint(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_uint(j, v);
}

void json_key_hex(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_hex(j, v);
}
