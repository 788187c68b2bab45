/* The lines are our own writer's (out.h): no blanks but behind ':' and ',', no escapes in keys.
 * What is not so ends a line early, and does no harm. */
#include "base/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/text.h"

static bool is_at(struct bytes b, char c)
{
	return b.len && b.at[0] == (uint8_t)c;
}

static void skip(struct bytes *b, size_t n)
{
	n = n < b->len ? n : b->len;
	b->at += n;
	b->len -= n;
}

/* A string with its quotes. */
static size_t string_length(struct bytes b)
{
	size_t n = 1;

	while (n < b.len && b.at[n] != '"')
		n += b.at[n] == '\\' ? 2 : 1;
	return n < b.len ? n + 1 : b.len;
}

/* A value up to the comma or the bracket that ends what it is in. */
static size_t value_length(struct bytes b)
{
	size_t depth = 0, n = 0;

	while (n < b.len) {
		char c = (char)b.at[n];

		if (!depth && (c == ',' || c == '}' || c == ']'))
			return n;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		n += c == '"' ? string_length((struct bytes){ b.at + n, b.len - n }) : 1;
	}
	return b.len;
}

static unsigned unit_at(const uint8_t *at)
{
	unsigned v = 0;

	for (unsigned i = 0; i < 4; i++) {
		unsigned c = at[i] | 32u;

		v = v << 4 | (c >= 'a' ? c - 'a' + 10 : c - '0');
	}
	return v & 0xffff;
}

/* The character that a "\u...." stands for, of a pair for both; how many bytes it took. */
static size_t escaped(struct bytes b, uint32_t *cp)
{
	unsigned low;

	*cp = b.len < 6 ? 0xfffd : unit_at(b.at + 2);
	if (*cp >> 10 != 0xd800 >> 10 || b.len < 12)
		return 6;
	low = unit_at(b.at + 8);
	*cp = 0x10000 + ((*cp & 0x3ff) << 10) + (low & 0x3ff);
	return 12;
}

static size_t encode(uint32_t cp, uint8_t to[static 4])
{
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	static const uint8_t leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i; i--, cp >>= 6)
		to[i] = (uint8_t)(0x80 | (cp & 0x3f));
	to[0] = (uint8_t)(leads[n] | cp);
	return n;
}

static void add_char(struct out *o, const char *at, size_t n)
{
	out_add(o, at, n);
	if (n == 1 && *at == '"')
		out_add(o, at, n);
}

/* All of it are characters of `set`, and there are some. */
static bool is_of(struct bytes text, const char *set)
{
	for (size_t i = 0; i < text.len; i++)
		if (!memchr(set, text.at[i], strlen(set)))
			return false;
	return text.len > 0;
}

/* Neither numbers nor the permissions of a region ("---p", which calculate nothing). */
static bool is_formula(struct bytes text)
{
	return text.len && memchr("=+-@", text.at[0], 4) && !is_of(text, "+-.0123456789") &&
	       !(text.len == 4 && is_of(text, "-rwxspu"));
}

static void add_quoted(struct out *o, const char *text)
{
	for (; *text; text++)
		add_char(o, text, 1);
}

void csv_text(struct out *o, const char *text, const char *more)
{
	out_str(o, is_formula(bytes_of(text)) ? "\"'" : "\"");
	add_quoted(o, text);
	if (more) {
		out_str(o, " ");
		add_quoted(o, more);
	}
	out_str(o, "\"");
}

/* The text of a string, quotes doubled. */
static void add_text(struct out *o, struct bytes b)
{
	while (b.len) {
		size_t n = is_at(b, '\\') ? 2 : 1;
		uint8_t text[4];
		uint32_t cp;

		if (n == 2 && b.len > 1 && b.at[1] == 'u') {
			struct bytes c = { text, 0 };

			n = escaped(b, &cp);
			c.len = encode(cp, text);
			if (text_needs_clean(c))
				out_add(o, (const char *)b.at, n < b.len ? n : b.len);
			else
				add_char(o, (const char *)text, c.len);
		} else if (n == 2 && b.len > 1 && (b.at[1] == '"' || b.at[1] == '\\')) {
			add_char(o, (const char *)b.at + 1, 1);
		} else {
			out_add(o, (const char *)b.at, n < b.len ? n : b.len);
		}
		skip(&b, n);
	}
}

static void add_value(struct out *o, struct bytes v)
{
	bool string = is_at(v, '"') && v.len > 1, whole;

	if (!v.len || bytes_equal(v, bytes_of("null")))
		return;
	whole = string || is_at(v, '{') || is_at(v, '[');
	if (!whole) {
		out_add(o, (const char *)v.at, v.len);
		return;
	}
	if (string)
		v = (struct bytes){ v.at + 1, v.len - 2 };
	whole = string && !memchr(v.at, '"', v.len) && !memchr(v.at, ',', v.len) &&
		!memchr(v.at, '\\', v.len);
	if (!whole)
		out_add(o, "\"", 1);
	if (string && is_formula(v))
		out_str(o, "'");
	if (string)
		add_text(o, v);
	else
		for (size_t i = 0; i < v.len; i++)
			add_char(o, (const char *)v.at + i, 1);
	if (!whole)
		out_add(o, "\"", 1);
}

static size_t column_of(const struct csv *c, struct bytes key)
{
	size_t n = 0;

	while (n < CSV_COLUMNS && c->columns[n] && !bytes_equal(bytes_of(c->columns[n]), key))
		n++;
	return n;
}

static void convert(struct csv *c, struct bytes b)
{
	struct bytes values[CSV_COLUMNS + 1] = { { NULL, 0 } };

	if (!is_at(b, '{'))
		return;
	skip(&b, 1);
	while (b.len > 1 && is_at(b, '"')) {
		size_t n = string_length(b),
		       column = column_of(c, (struct bytes){ b.at + 1, n - 2 });

		skip(&b, n + 2);
		n = value_length(b);
		values[column] = (struct bytes){ b.at, n };
		skip(&b, n + 2);
	}
	for (size_t n = 0; n < CSV_COLUMNS && c->columns[n]; n++) {
		out_add(c->to, ",", n > 0);
		add_value(c->to, values[n]);
	}
	out_add(c->to, "\n", 1);
}

int csv_take(void *csv, const char *text, size_t n)
{
	struct csv *c = csv;

	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t part = end ? (size_t)(end - text) : n;

		if (c->len + part > c->room) {
			c->room = 2 * (c->len + part);
			c->line = heap_must(realloc(c->line, c->room));
		}
		if (part)
			memcpy(c->line + c->len, text, part);
		c->len += part;
		if (!end)
			break;
		if (c->len)
			convert(c, (struct bytes){ (const uint8_t *)c->line, c->len });
		c->len = 0;
		text += part + 1;
		n -= part + 1;
	}
	return out_flush(c->to);
}

void csv_init(struct csv *c, struct out *to, const char *const *columns)
{
	*c = (struct csv){ .to = to, .columns = columns };
	for (size_t n = 0; columns[n]; n++) {
		out_add(to, ",", n > 0);
		out_str(to, columns[n]);
	}
	out_add(to, "\n", 1);
}

void csv_fini(struct csv *c)
{
	free(c->line);
}
