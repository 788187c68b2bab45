/* Messages as JSON, value for value what `crit decode` and `crit decode --pretty` print, except
 * where crit refuses (a required field missing, an enum's value without a name): then what is there
 * is printed.
 *
 * Members come in the order of their numbers. CRIU writes fields in that order, too: then they are
 * written as they are read, and nothing is allocated. Of a message in another order, or with a
 * single field twice, each field is looked for in turn. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/text.h"
#include "criu/wire.h"

enum {
	DEPTH_MAX = 32,
	KEY_ROOM = 256,
	FIELDS_FEW = 64,
	WIRES_FEW = 24,
};

struct emit {
	struct json *j;
	struct arena *a;
	enum json_style style;
	int depth;
	bool hex; /* a message further out is marked so */
};

static void emit_members(struct emit *e, const struct message *type, struct bytes msg);

/* Writes the key of a member of the open object. What json_key does, with the key made ready. */
static void emit_key(struct emit *e, const struct message_field *f)
{
	static const char blanks[] = "                                "
				     "                                "
				     "                                "
				     "                                ";
	struct json *j = e->j;
	struct out *o = j->out;
	size_t indent = (size_t)j->indent * (size_t)j->depth;
	uint64_t bit = UINT64_C(1) << (j->depth & 63);
	char *p;

	if (f->key_length > KEY_ROOM || indent >= sizeof(blanks) || j->depth >= 64) {
		json_key(j, f->name);
		return;
	}
	if (OUT_ROOM - o->len < KEY_ROOM + sizeof(blanks) + 4)
		out_flush(o);
	p = o->buf + o->len;
	if (j->some & bit) {
		*p++ = ',';
		if (!j->indent)
			*p++ = ' ';
	}
	if (j->indent) {
		*p++ = '\n';
		memcpy(p, blanks, indent);
		p += indent;
	}
	memcpy(p, f->key, f->key_length);
	o->len = (size_t)(p + f->key_length - o->buf);
	j->some |= bit;
	j->keyed = true;
}

/* base64 in lines of 76, each with its end, as Python's base64.encodebytes has it. */
static void emit_base64(struct emit *e, struct bytes b)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct out *o = e->j->out;
	char line[80];

	json_raw(e->j, "\"", 1);
	while (b.len) {
		size_t n = b.len < 57 ? b.len : 57;
		char *p = line;

		for (size_t i = 0; i < n; i += 3) {
			uint32_t v = (uint32_t)b.at[i] << 16;

			if (i + 1 < n)
				v |= (uint32_t)b.at[i + 1] << 8;
			if (i + 2 < n)
				v |= b.at[i + 2];
			*p++ = digits[v >> 18];
			*p++ = digits[v >> 12 & 63];
			*p++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
			*p++ = i + 2 < n ? digits[v & 63] : '=';
		}
		*p++ = '\\';
		*p++ = 'n';
		out_add(o, line, (size_t)(p - line));
		b.at += n;
		b.len -= n;
	}
	out_add(o, "\"", 1);
}

/* Quoted-printable, as Python's quopri.encodestring writes it: lines of at most 76 columns, blanks
 * quoted only at the end of a line. If the first line ends in CRLF, all do. */
struct quoted {
	struct strbuf s;
	struct bytes b;
	size_t column;
	bool crlf;
};

static bool qp_escapes(const struct quoted *q, size_t i)
{
	const uint8_t *at = q->b.at;
	bool last = i + 1 == q->b.len;
	uint8_t c = at[i];

	if (c > 126 || c == '=')
		return true;
	if (c == '.' && !q->column) /* a lone dot ends a mail */
		return last || at[i + 1] == '\n' || at[i + 1] == '\r' || !at[i + 1];
	if (c == ' ' || c == '\t')
		return last;
	return c < 33 && c != '\r' && c != '\n';
}

static void qp_end_line(struct quoted *q)
{
	char last = q->s.len ? q->s.text[q->s.len - 1] : 0;

	q->column = 0;
	if (last == ' ' || last == '\t') {
		q->s.text[--q->s.len] = 0;
		strbuf_addf(&q->s, "=%02X", (unsigned)last);
	}
	strbuf_add(&q->s, q->crlf ? "\r\n" : "\n");
}

static void qp_soft_break(struct quoted *q)
{
	strbuf_add(&q->s, q->crlf ? "=\r\n" : "=\n");
	q->column = 0;
}

static void emit_quoted(struct emit *e, struct bytes b)
{
	struct arena_mark mark = arena_mark(e->a);
	struct quoted q = { .b = b };
	const uint8_t *line = b.len ? memchr(b.at, '\n', b.len) : NULL;

	q.crlf = line && line > b.at && line[-1] == '\r';
	strbuf_init(&q.s, e->a);
	for (size_t i = 0; i < b.len;) {
		uint8_t c = b.at[i];
		bool pair = c == '\r' && i + 1 < b.len && b.at[i + 1] == '\n';

		if (qp_escapes(&q, i)) {
			if (q.column + 3 >= 76)
				qp_soft_break(&q);
			strbuf_addf(&q.s, "=%02X", c);
			q.column += 3;
			i++;
		} else if (c == '\n' || pair) {
			qp_end_line(&q);
			i += pair ? 2 : 1;
		} else {
			if (i + 1 != b.len && b.at[i + 1] != '\n' && q.column + 1 >= 76)
				qp_soft_break(&q);
			q.column++;
			strbuf_addn(&q.s, (const char *)&c, 1);
			i++;
		}
	}
	json_text(e->j, (struct bytes){ (const uint8_t *)q.s.text, q.s.len });
	arena_rewind(e->a, mark);
}

/* What Python's repr says of bytes: b'...', in double quotes if that saves escapes. */
static void emit_repr(struct emit *e, struct bytes b)
{
	struct arena_mark mark = arena_mark(e->a);
	char quote = memchr(b.at, '\'', b.len) && !memchr(b.at, '"', b.len) ? '"' : '\'';
	struct strbuf s;

	strbuf_init(&s, e->a);
	strbuf_addf(&s, "b%c", quote);
	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.at[i];
		const char *known = c ? strchr("\tt\nn\rr", c) : NULL;

		if (c == (uint8_t)quote || c == '\\')
			strbuf_addf(&s, "\\%c", c);
		else if (known && c < ' ')
			strbuf_addf(&s, "\\%c", known[1]);
		else if (c < ' ' || c >= 0x7f)
			strbuf_addf(&s, "\\x%02x", c);
		else
			strbuf_addn(&s, (const char *)&c, 1);
	}
	strbuf_addf(&s, "%c", quote);
	json_text(e->j, (struct bytes){ (const uint8_t *)s.text, s.len });
	arena_rewind(e->a, mark);
}

static void emit_float(struct emit *e, enum proto_type type, uint64_t raw)
{
	char text[40];
	float single;
	double v;

	if (type == TYPE_FLOAT) {
		memcpy(&single, &(uint32_t){ (uint32_t)raw }, sizeof(single));
		v = single;
	} else {
		memcpy(&v, &raw, sizeof(v));
	}
	if (v != v || v - v != 0) {
		/* No number in JSON; Python's own words for them would not be JSON either. */
		json_str(e->j, v != v ? "NaN" : v < 0 ? "-Infinity" : "Infinity");
		return;
	}
	snprintf(text, sizeof(text), "%.15g", v);
	if (strtod(text, NULL) != v)
		snprintf(text, sizeof(text), "%.17g", v);
	json_raw(e->j, text, strlen(text));
}

static const char *name_of(const struct value_name *names, uint64_t v)
{
	for (; names && names->name; names++)
		if (names->value == v)
			return names->name;
	return NULL;
}

/* "A | B | 0x400"; "" for none. */
static void emit_flags(struct emit *e, const struct value_name *names, uint64_t v)
{
	struct out *o = e->j->out;
	bool some = false;

	json_raw(e->j, "\"", 1);
	for (; names->name; names++) {
		if (!(v & names->value))
			continue;
		if (some)
			out_add(o, " | ", 3);
		out_str(o, names->name);
		v &= ~names->value;
		some = true;
	}
	if (v) {
		if (some)
			out_add(o, " | ", 3);
		out_hex(o, v);
	}
	out_add(o, "\"", 1);
}

static void emit_dev(struct emit *e, bool odev, uint64_t v)
{
	uint64_t major = odev ? (v >> 8 & 0xfff) | (v >> 32 & 0xfffff000) : v >> 20;
	uint64_t minor = odev ? (v & 0xff) | (v >> 12 & 0xffffff00) : v & 0xfffff;
	struct out *o = e->j->out;

	json_raw(e->j, "\"", 1);
	out_uint(o, major);
	out_add(o, ":", 1);
	out_uint(o, minor);
	out_add(o, "\"", 1);
}

static void emit_plain(struct emit *e, bool negative, uint64_t v)
{
	struct json *j = e->j;

	if (negative) {
		json_int(j, (int64_t)v);
	} else if (j->keyed) {
		j->keyed = false;
		out_uint(j->out, v);
	} else {
		json_uint(j, v);
	}
}

static void emit_hex(struct emit *e, bool negative, uint64_t v)
{
	struct out *o = e->j->out;

	json_raw(e->j, negative ? "\"-" : "\"", negative ? 2 : 1);
	out_hex(o, negative ? 0 - v : v);
	out_add(o, "\"", 1);
}

static void emit_number(struct emit *e, const struct message_field *f, uint64_t raw)
{
	uint64_t v = wire_value(f->type, raw);
	bool negative = wire_signed(f->type) && v >> 63;
	const char *name;

	switch (f->type) {
	case TYPE_BOOL:
		json_bool(e->j, v);
		return;
	case TYPE_ENUM:
		name = name_of(f->values, v);
		if (name)
			json_str(e->j, name);
		else
			json_int(e->j, (int64_t)v);
		return;
	case TYPE_DOUBLE:
	case TYPE_FLOAT:
		emit_float(e, f->type, v);
		return;
	default:
		break;
	}
	if (e->style == JSON_PLAIN) {
		emit_plain(e, negative, v);
	} else if (f->hex || e->hex) {
		emit_hex(e, negative, v);
	} else if (f->dev) {
		emit_dev(e, f->odev, v);
	} else if (f->flags && f->crit && !negative) {
		emit_flags(e, f->crit, v);
	} else {
		name = f->dict ? name_of(f->crit, v) : NULL;
		if (name)
			json_str(e->j, name);
		else
			emit_plain(e, negative, v);
	}
}

static void emit_bytes(struct emit *e, const struct message_field *f, struct bytes b)
{
	if (f->type == TYPE_STRING && !text_valid_utf8(b))
		emit_repr(e, b);
	else if (f->type == TYPE_STRING)
		json_text(e->j, b);
	else if (f->conv)
		emit_quoted(e, b);
	else
		emit_base64(e, b);
}

static void emit_object(struct emit *e, const struct message_field *f, struct bytes msg)
{
	struct emit inner = *e;

	inner.depth++;
	inner.hex |= f->hex;
	json_object(e->j);
	if (inner.depth < DEPTH_MAX)
		emit_members(&inner, f->message, msg);
	json_end_object(e->j);
}

static inline bool is_packed(const struct message_field *f, const struct wire *w)
{
	return w->type == WIRE_BYTES && f->wire != WIRE_BYTES;
}

/* Is `w` a value of `f`? What lies there as another type than the schema's is no better than
 * unknown. */
static inline bool is_value(const struct message_field *f, const struct wire *w)
{
	if (is_packed(f, w))
		return f->label == LABEL_REPEATED && w->bytes.len;
	return (uint8_t)w->type == f->wire;
}

static bool next_packed(struct cursor *c, enum wire_type type, uint64_t *v)
{
	if (!cursor_left(c))
		return false;
	*v = type == WIRE_VARINT ? cursor_varint(c)
	     : type == WIRE_64   ? cursor_u64(c)
				 : cursor_u32(c);
	return !c->spent;
}

static void emit_value(struct emit *e, const struct message_field *f, const struct wire *w)
{
	if (f->type == TYPE_MESSAGE) {
		emit_object(e, f, w->bytes);
	} else if (w->type == WIRE_BYTES && !is_packed(f, w)) {
		emit_bytes(e, f, w->bytes);
	} else if (w->type != WIRE_BYTES) {
		emit_number(e, f, w->value);
	} else {
		struct cursor c = cursor_over(w->bytes, 0);
		uint64_t v;

		while (next_packed(&c, (enum wire_type)f->wire, &v))
			emit_number(e, f, v);
	}
}

/* As Python's ipaddress has it: the longest run of zero groups left out, no dots in mapped IPv4. */
static void emit_ip6(struct emit *e, const uint64_t words[static 4])
{
	size_t best = 8, longest = 1, len = 0;
	uint16_t group[8];
	char text[48];

	for (size_t i = 0; i < 8; i++) {
		uint32_t word = (uint32_t)words[i / 2] >> (i % 2 * 16);

		group[i] = (uint16_t)((word & 255) << 8 | (word >> 8 & 255));
	}
	for (size_t i = 0; i < 8; i++) {
		size_t n = 0;

		while (i + n < 8 && !group[i + n])
			n++;
		if (n > longest) {
			best = i;
			longest = n;
		}
	}
	for (size_t i = 0; i < 8; i++) {
		if (i >= best && i < best + longest) {
			if (i == best)
				len += (size_t)snprintf(text + len, sizeof(text) - len, "::");
			continue;
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%x",
					i && i != best + longest ? ":" : "", group[i]);
	}
	json_raw(e->j, "\"", 1);
	out_add(e->j->out, text, len);
	out_add(e->j->out, "\"", 1);
}

/* The address as text in place of its words; false if their number is none of an address. */
static bool emit_ip(struct emit *e, const struct message_field *f, struct bytes msg)
{
	uint64_t words[4] = { 0 };
	size_t n = wire_uints(msg, f->number, words, ARRAY_LEN(words));
	char text[16];

	if (n == 4) {
		emit_ip6(e, words);
	} else if (n == 1) {
		snprintf(text, sizeof(text), "%u.%u.%u.%u", (unsigned)(words[0] & 255),
			 (unsigned)(words[0] >> 8 & 255), (unsigned)(words[0] >> 16 & 255),
			 (unsigned)(words[0] >> 24 & 255));
		json_str(e->j, text);
	}
	return n == 1 || n == 4;
}

/* The array of all values of `f` from the cursor on. If `run`, it ends before the next known field.
 */
static void emit_array(struct emit *e, const struct message *type, const struct message_field *f,
		       struct cursor *c, struct bytes msg, bool run)
{
	struct cursor before = *c;
	bool silent = false;
	struct wire w;

	json_array(e->j);
	if (f->ipadd && e->style == JSON_PRETTY)
		silent = emit_ip(e, f, msg);
	while (wire_next(c, &w)) {
		if (w.number == f->number) {
			if (!silent && is_value(f, &w))
				emit_value(e, f, &w);
		} else if (run) {
			const struct message_field *other = message_field(type, w.number);

			if (other && is_value(other, &w)) {
				*c = before;
				break;
			}
		}
		before = *c;
	}
	json_end_array(e->j);
}

static inline const struct message_field *known_field(const struct message *type, uint32_t number)
{
	return number < ARRAY_LEN(type->direct) ? type->direct[number]
						: message_field(type, number);
}

/* What a first look at a message finds. */
struct survey {
	uint8_t *seen; /* by index in the message type: is it there? */
	bool ordered;  /* in the order of numbers, each single field once */
	bool few;      /* ordered, no repeated field, and all are kept in `wires` */
	uint32_t count;
	const struct message_field *fields[WIRES_FEW];
	struct wire wires[WIRES_FEW];
};

static void survey(struct survey *s, const struct message *type, struct bytes msg)
{
	struct cursor c = cursor_over(msg, 0);
	uint32_t last = 0;

	s->ordered = true;
	s->few = true;
	s->count = 0;
	for (;;) {
		uint32_t slot = s->count < WIRES_FEW ? s->count : 0;
		struct wire *w = &s->wires[slot];
		const struct message_field *f;

		if (!wire_next(&c, w))
			break;
		f = known_field(type, w->number);
		if (!f || !is_value(f, w)) {
			/* The first slot is overwritten once there are too many. */
			s->few = s->few && s->count < WIRES_FEW;
			continue;
		}
		if (f->index < last || (s->seen[f->index] && f->label != LABEL_REPEATED))
			s->ordered = false;
		s->few = s->few && s->count < WIRES_FEW && f->label != LABEL_REPEATED;
		last = f->index;
		s->seen[f->index] = 1;
		s->fields[slot] = f;
		s->count++;
	}
	s->few = s->few && s->ordered;
}

static void emit_ordered(struct emit *e, const struct message *type, struct bytes msg)
{
	struct cursor c = cursor_over(msg, 0), before = c;
	struct wire w;

	while (wire_next(&c, &w)) {
		const struct message_field *f = message_field(type, w.number);

		if (f && is_value(f, &w)) {
			emit_key(e, f);
			if (f->label == LABEL_REPEATED) {
				c = before;
				emit_array(e, type, f, &c, msg, true);
			} else {
				emit_value(e, f, &w);
			}
		}
		before = c;
	}
}

/* A field that need not be repeated, yet may be there more than once: the last value counts;
 * messages are merged, which is what reading one behind the other does. */
static void emit_single(struct emit *e, const struct message_field *f, struct bytes msg)
{
	struct cursor c = cursor_over(msg, 0);
	size_t total = 0, count = 0;
	struct wire w, last = { 0 };
	uint8_t *merged;

	while (wire_next(&c, &w)) {
		if (w.number == f->number && is_value(f, &w)) {
			last = w;
			total += w.bytes.len;
			count++;
		}
	}
	if (f->type != TYPE_MESSAGE || count < 2) {
		emit_value(e, f, &last);
		return;
	}
	merged = arena_array(e->a, total + 1, 1);
	c = cursor_over(msg, 0);
	for (total = 0; wire_next(&c, &w);) {
		if (w.number == f->number && is_value(f, &w) && w.bytes.len) {
			memcpy(merged + total, w.bytes.at, w.bytes.len);
			total += w.bytes.len;
		}
	}
	emit_object(e, f, (struct bytes){ merged, total });
}

static void emit_unordered(struct emit *e, const struct message *type, struct bytes msg,
			   const uint8_t *seen)
{
	for (uint32_t i = 0; i < type->count; i++) {
		const struct message_field *f = &type->fields[i];
		struct cursor c = cursor_over(msg, 0);

		if (!seen[i])
			continue;
		emit_key(e, f);
		if (f->label == LABEL_REPEATED)
			emit_array(e, type, f, &c, msg, false);
		else
			emit_single(e, f, msg);
	}
}

static void emit_members(struct emit *e, const struct message *type, struct bytes msg)
{
	struct arena_mark mark = arena_mark(e->a);
	uint8_t seen[FIELDS_FEW];
	struct survey s; /* not cleared: it is large, and this is done a million times */

	s.seen = seen;
	if (type->count > FIELDS_FEW)
		s.seen = arena_array(e->a, type->count, 1);
	else
		memset(seen, 0, type->count);
	survey(&s, type, msg);
	if (s.few) {
		for (uint32_t i = 0; i < s.count; i++) {
			emit_key(e, s.fields[i]);
			emit_value(e, s.fields[i], &s.wires[i]);
		}
	} else if (s.ordered) {
		emit_ordered(e, type, msg);
	} else {
		emit_unordered(e, type, msg, s.seen);
	}
	arena_rewind(e->a, mark);
}

void json_members(struct json *j, const struct message *type, struct bytes msg,
		  enum json_style style, struct arena *a)
{
	struct emit e = { .j = j, .a = a, .style = style };

	emit_members(&e, type, msg);
}

void json_message(struct json *j, const struct message *type, struct bytes msg,
		  enum json_style style, struct arena *a)
{
	json_object(j);
	json_members(j, type, msg, style, a);
	json_end_object(j);
}
