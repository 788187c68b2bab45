/* A value is skipped by counting brackets outside of strings; what is between them is looked at
 * when somebody steps into it. As fields, members divide the bytes of what they are in, so that
 * commas and blanks belong to the member before them:
 *
 *	{ "a" : 1 ,  "b" : [ ... ] }
 *	  [-------]  [-------------]     spans
 *	        ^          [-------]     values
 */
#include "core/jsondoc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MEMBERS_MAX 100000u /* of one object or array, as fields */
#define DOC_MAX (16u << 20)
#define DEPTH_MAX 48

/* ---- values ---- */

static size_t skip_blanks(struct bytes b, size_t at)
{
	while (at < b.len && memchr(" \t\r\n", b.at[at], 4))
		at++;
	return at;
}

/* Behind the closing quote; b.len if there is none. */
static size_t skip_string(struct bytes b, size_t at)
{
	for (at++; at < b.len; at++) {
		if (b.at[at] == '"')
			return at + 1;
		if (b.at[at] == '\\')
			at++;
	}
	return b.len;
}

static size_t skip_nested(struct bytes b, size_t at)
{
	size_t depth = 0;

	while (at < b.len) {
		uint8_t c = b.at[at];

		if (c == '"') {
			at = skip_string(b, at);
			continue;
		}
		at++;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && !--depth)
			return at;
	}
	return b.len;
}

static bool is_plain(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '+' || c == '.';
}

static struct doc_value value_at(struct bytes b, size_t at, uint64_t origin)
{
	struct doc_value v = { .type = DOC_NONE };
	size_t end = at;

	if (at >= b.len)
		return v;
	switch (b.at[at]) {
	case '{':
		v.type = DOC_OBJECT;
		end = skip_nested(b, at);
		break;
	case '[':
		v.type = DOC_ARRAY;
		end = skip_nested(b, at);
		break;
	case '"':
		v.type = DOC_STRING;
		end = skip_string(b, at);
		break;
	default:
		while (end < b.len && is_plain(b.at[end]))
			end++;
		if (end > at)
			v.type = b.at[at] == '-' || (b.at[at] >= '0' && b.at[at] <= '9')
					 ? DOC_NUMBER
					 : DOC_WORD;
		break;
	}
	v.span = (struct span){ origin + at, end - at };
	v.text = (struct bytes){ b.at + at, end - at };
	return v;
}

struct doc_value doc_root(struct bytes all)
{
	return value_at(all, skip_blanks(all, 0), 0);
}

struct doc_walk doc_walk_over(const struct doc_value *of)
{
	struct doc_walk w = { .of = *of, .at = 1 };

	w.broken = of->type != DOC_OBJECT && of->type != DOC_ARRAY;
	return w;
}

static bool broken(struct doc_walk *w)
{
	w->broken = true;
	return false;
}

bool doc_next(struct doc_walk *w)
{
	struct bytes b = w->of.text;
	bool first = w->value.type == DOC_NONE, object = w->of.type == DOC_OBJECT;
	size_t at;

	if (w->broken)
		return false;
	at = skip_blanks(b, w->at);
	if (at < b.len && b.at[at] == (object ? '}' : ']'))
		return false;
	if (!first) {
		if (at >= b.len || b.at[at] != ',')
			return broken(w);
		at = skip_blanks(b, at + 1);
	}
	if (object) {
		w->key = value_at(b, at, w->of.span.offset);
		if (w->key.type != DOC_STRING)
			return broken(w);
		at = skip_blanks(b, at + w->key.text.len);
		if (at >= b.len || b.at[at] != ':')
			return broken(w);
		at = skip_blanks(b, at + 1);
	}
	w->value = value_at(b, at, w->of.span.offset);
	if (w->value.type == DOC_NONE)
		return broken(w);
	w->at = at + w->value.text.len;
	return true;
}

/* ---- strings ---- */

static struct bytes inside(const struct doc_value *v)
{
	struct bytes b = v->text;

	b.at++;
	b.len--;
	if (b.len && b.at[b.len - 1] == '"')
		b.len--;
	return b;
}

static bool hex4(const uint8_t *at, uint32_t *out)
{
	*out = 0;
	for (int n = 0; n < 4; n++) {
		const char *digits = "0123456789abcdef", *p;

		p = at[n] ? strchr(digits, at[n] | 0x20) : NULL;
		if (!p)
			return false;
		*out = *out << 4 | (uint32_t)(p - digits);
	}
	return true;
}

static size_t put_utf8(uint8_t *to, uint32_t cp)
{
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	if (n == 1) {
		to[0] = (uint8_t)cp;
		return 1;
	}
	for (size_t i = n - 1; i > 0; i--, cp >>= 6)
		to[i] = (uint8_t)(0x80 | (cp & 0x3f));
	to[0] = (uint8_t)(0xf0 << (4 - n) | cp);
	return n;
}

/* A \uXXXX, or two that are a pair, at `at`; its length, 0 if it is none. */
static size_t unicode_escape(struct bytes b, size_t at, uint32_t *cp)
{
	uint32_t low;

	if (b.len - at < 6 || !hex4(b.at + at + 2, cp))
		return 0;
	if (*cp < 0xd800 || *cp > 0xdfff)
		return 6;
	if (*cp < 0xdc00 && b.len - at >= 12 && b.at[at + 6] == '\\' && b.at[at + 7] == 'u' &&
	    hex4(b.at + at + 8, &low) && low >= 0xdc00 && low <= 0xdfff) {
		*cp = 0x10000 + ((*cp - 0xd800) << 10) + (low - 0xdc00);
		return 12;
	}
	*cp = 0xfffd;
	return 6;
}

struct bytes doc_string(const struct doc_value *v, struct arena *a)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	struct bytes b;
	uint8_t *text;
	size_t n = 0;

	if (v->type != DOC_STRING)
		return (struct bytes){ (const uint8_t *)"", 0 };
	b = inside(v);
	if (!b.len || !memchr(b.at, '\\', b.len))
		return b;
	text = arena_alloc(a, b.len + 1); /* no escape is longer than it was */
	for (size_t at = 0; at < b.len;) {
		uint8_t c = b.at[at];
		const char *p;
		uint32_t cp;
		size_t used;

		if (c != '\\' || at + 1 == b.len) {
			text[n++] = c;
			at++;
			continue;
		}
		c = b.at[at + 1];
		used = c == 'u' ? unicode_escape(b, at, &cp) : 0;
		if (used) {
			n += put_utf8(text + n, cp);
			at += used;
			continue;
		}
		p = c ? strchr(from, c) : NULL;
		text[n++] = p ? (uint8_t)to[p - from] : c;
		at += 2;
	}
	return (struct bytes){ text, n };
}

const char *doc_text(const struct doc_value *v, struct arena *a)
{
	if (v->type == DOC_STRING)
		return text_clean(doc_string(v, a), a);
	return v->type == DOC_NUMBER ? text_clean(v->text, a) : NULL;
}

/* The last member whose key says `name`. */
static struct doc_value member_named(const struct doc_value *v, const char *name)
{
	struct doc_value found = { .type = DOC_NONE };
	struct bytes want = bytes_of(name);

	if (v->type != DOC_OBJECT)
		return found;
	for (struct doc_walk w = doc_walk_over(v); doc_next(&w);)
		if (bytes_equal(inside(&w.key), want))
			found = w.value;
	return found;
}

struct doc_value doc_find(struct doc_value v, ...)
{
	const char *name;
	va_list ap;

	va_start(ap, v);
	while ((name = va_arg(ap, const char *)))
		v = member_named(&v, name);
	va_end(ap);
	return v;
}

/* ---- fields ---- */

static void add_members(struct field *f, const struct doc_value *v, struct arena *a);

static void doc_expand(struct field *f, struct arena *a)
{
	add_members(f, f->schema, a);
}

static const struct field_ops doc_ops = { .expand = doc_expand };

static void take_number(struct field *f, const struct doc_value *v)
{
	char text[64], *end;
	size_t len = v->text.len < sizeof(text) - 1 ? v->text.len : sizeof(text) - 1;
	double d;

	memcpy(text, v->text.at, len);
	text[len] = 0;
	errno = 0;
	if (text[0] == '-') {
		f->type = FIELD_INT;
		f->s = strtoll(text, &end, 10);
	} else {
		f->type = FIELD_UINT;
		f->u = strtoull(text, &end, 10);
	}
	if (!*end && !errno && len == v->text.len)
		return;
	errno = 0;
	d = strtod(text, &end);
	if (*end || errno || len < v->text.len) {
		f->type = FIELD_TEXT;
		f->show = SHOW_TEXT;
		f->bytes = v->text;
		return;
	}
	f->type = FIELD_FLOAT;
	memcpy(&f->u, &d, sizeof(d));
}

static void take_value(struct field *f, const struct doc_value *v, struct arena *a)
{
	f->value = v->span;
	switch (v->type) {
	case DOC_OBJECT:
	case DOC_ARRAY:
		f->type = FIELD_GROUP;
		f->ops = &doc_ops;
		f->schema = arena_dup(a, v, sizeof(*v));
		break;
	case DOC_STRING:
		f->show = SHOW_TEXT;
		f->bytes = doc_string(v, a);
		break;
	case DOC_NUMBER:
		take_number(f, v);
		break;
	default:
		f->show = SHOW_TEXT;
		f->bytes = v->text;
		if (bytes_equal(v->text, bytes_of("true")) ||
		    bytes_equal(v->text, bytes_of("false"))) {
			f->type = FIELD_UINT;
			f->show = SHOW_BOOL;
			f->u = v->text.len == 4;
		}
		break;
	}
}

/* Members of `v` below `f`, which they divide among them from the first on. */
static void add_members(struct field *f, const struct doc_value *v, struct arena *a)
{
	uint64_t end = f->span.offset + f->span.length;
	struct field *last = NULL;
	uint32_t n = 0;

	/* An empty one is all frame. */
	f->value = (struct span){ end, 0 };
	for (struct doc_walk w = doc_walk_over(v);; n++) {
		bool more = n < MEMBERS_MAX && doc_next(&w);
		uint64_t start = !more                      ? end
				 : w.key.type == DOC_STRING ? w.key.span.offset
							    : w.value.span.offset;

		if (last)
			last->span.length = start - last->span.offset;
		else
			f->value = (struct span){ start, end - start };
		if (!more) {
			if (w.broken)
				f->trouble = "not JSON from here on";
			else if (n == MEMBERS_MAX)
				f->trouble = "more members than are shown";
			break;
		}
		last = field_add(f, a, FIELD_TEXT,
				 w.key.type == DOC_STRING ? text_clean(doc_string(&w.key, a), a)
							  : "",
				 (struct span){ start, 0 });
		if (v->type == DOC_ARRAY)
			last->at = n;
		take_value(last, &w.value, a);
	}
}

void doc_fields(struct field *root, struct bytes all, struct arena *a)
{
	struct doc_value v = value_at(all, skip_blanks(all, 0), root->span.offset);

	if (all.len > DOC_MAX || (v.type != DOC_OBJECT && v.type != DOC_ARRAY)) {
		struct field *f = field_add(root, a, FIELD_TEXT, "text", root->span);

		f->show = SHOW_TEXT;
		f->bytes = all;
		return;
	}
	add_members(root, &v, a);
}

/* ---- written anew ---- */

static void write_number(const struct doc_value *v, struct json *j)
{
	struct field f = { .type = FIELD_UINT };
	char text[40];
	double d;

	take_number(&f, v);
	switch (f.type) {
	case FIELD_UINT:
		json_uint(j, f.u);
		break;
	case FIELD_INT:
		json_int(j, f.s);
		break;
	case FIELD_FLOAT:
		memcpy(&d, &f.u, sizeof(d));
		json_raw(j, text, (size_t)snprintf(text, sizeof(text), "%.17g", d));
		break;
	default: /* too large, or none at all */
		json_text(j, v->text);
		break;
	}
}

static void write_value(const struct doc_value *v, struct json *j, struct arena *a, int depth);

static void write_members(const struct doc_value *v, struct json *j, struct arena *a, int depth)
{
	for (struct doc_walk w = doc_walk_over(v); doc_next(&w);) {
		if (v->type == DOC_OBJECT)
			json_key(j, doc_text(&w.key, a));
		write_value(&w.value, j, a, depth);
	}
}

static void write_value(const struct doc_value *v, struct json *j, struct arena *a, int depth)
{
	struct arena_mark mark = arena_mark(a);

	switch (depth < DEPTH_MAX ? v->type : DOC_NONE) {
	case DOC_OBJECT:
		json_object(j);
		write_members(v, j, a, depth + 1);
		json_end_object(j);
		break;
	case DOC_ARRAY:
		json_array(j);
		write_members(v, j, a, depth + 1);
		json_end_array(j);
		break;
	case DOC_STRING:
		json_text(j, doc_string(v, a));
		break;
	case DOC_NUMBER:
		write_number(v, j);
		break;
	case DOC_WORD:
		if (bytes_equal(v->text, bytes_of("true")) ||
		    bytes_equal(v->text, bytes_of("false")))
			json_bool(j, v->text.len == 4);
		else
			json_null(j);
		break;
	case DOC_NONE:
		json_null(j);
		break;
	}
	arena_rewind(a, mark);
}

void doc_write(const struct doc_value *v, struct json *j, struct arena *a)
{
	write_value(v, j, a, 0);
}

/* ---- is it JSON? ---- */

static bool whole(const struct doc_value *v, int depth)
{
	struct doc_walk w = doc_walk_over(v);

	if (v->type != DOC_OBJECT && v->type != DOC_ARRAY)
		return v->type != DOC_NONE;
	if (depth == DEPTH_MAX)
		return false;
	while (doc_next(&w))
		if (!whole(&w.value, depth + 1))
			return false;
	return !w.broken;
}

bool doc_is_whole(struct bytes all)
{
	size_t at = skip_blanks(all, 0);
	struct doc_value v = value_at(all, at, 0);

	return whole(&v, 0) && skip_blanks(all, at + v.text.len) == all.len;
}
