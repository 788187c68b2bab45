/* mkimg TEXT IMAGE: makes an image, sound or damaged, from a text that one can review.
 *
 *   # a comment
 *   big                        from here on magics, lengths and integers are big-endian (s390)
 *   image FILES [v1.0]         lead word and magic of that kind; v1.0: the magic alone
 *   record TYPE [length N] { ... }   u32 length and a message; N lies about the length
 *   message TYPE { ... }       the message alone
 *   u8 u16 u32 u64 N ...       integers
 *   hex 00 1122 ...            bytes
 *   text "..."                 bytes; \n \t \\ \" \0 \xNN in it
 *   fill N BYTE                the byte, N times
 *   pad N                      zeros up to a multiple of N counted from the last `mark`
 *   mark                       (the start of the file, at first)
 *   netlink TYPE [length N] { ... }  u32 length, u16 type, then what the braces make; padded to 4
 *   attr TYPE [length N] { ... }     u16 length, u16 type, then the same
 *
 * In a message, as in protobuf's text form:
 *   name: VALUE   name { ... }   name: [V, V]   name: packed [V, V]   name length N { ... }
 *   77: 5   77: "bytes"   77: fixed32 5   77: fixed64 5   77 { ... }      unknown fields
 *   hex 0a05                   bytes as they are
 * Values: numbers (decimal, 0x, negative), true, false, "text", names of enum values. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "criu/criu.h"

struct buffer {
	uint8_t *at;
	size_t len, room;
};

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_MARK };

struct token {
	enum token_kind kind;
	char *text; /* of a string: its bytes */
	size_t len;
	int line;
};

struct maker {
	const char *file, *at;
	int line;
	bool big;
	size_t mark;
	struct token token; /* the next one */
	const struct schema *schema;
	struct arena arena;
};

static _Noreturn void die(const struct maker *m, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: ", m->file, m->token.line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static void put(struct buffer *b, const void *bytes, size_t n)
{
	if (b->len + n > b->room) {
		b->room = (b->len + n) * 2;
		b->at = realloc(b->at, b->room);
		if (!b->at)
			abort();
	}
	if (n)
		memcpy(b->at + b->len, bytes, n);
	b->len += n;
}

static void put_byte(struct buffer *b, uint8_t byte)
{
	put(b, &byte, 1);
}

static void put_int(struct buffer *b, uint64_t v, int width, bool big)
{
	for (int i = 0; i < width; i++)
		put_byte(b, (uint8_t)(v >> 8 * (big ? width - 1 - i : i)));
}

static void put_varint(struct buffer *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		put_byte(b, (uint8_t)(v | 0x80));
	put_byte(b, (uint8_t)v);
}

/* --- tokens --- */

static uint8_t escape(struct maker *m)
{
	char c = *m->at++;

	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'e':
		return 0x1b;
	case '0':
		return 0;
	case 'x': {
		char digits[3] = { m->at[0], m->at[0] ? m->at[1] : 0, 0 };

		if (!isxdigit((unsigned char)digits[0]) || !isxdigit((unsigned char)digits[1]))
			die(m, "\\x needs two hex digits");
		m->at += 2;
		return (uint8_t)strtoul(digits, NULL, 16);
	}
	default:
		return (uint8_t)c;
	}
}

static void advance(struct maker *m)
{
	struct buffer b = { 0 };

	for (;; m->at++) {
		if (*m->at == '#')
			m->at += strcspn(m->at, "\n");
		if (*m->at == '\n')
			m->line++;
		if (!*m->at || !isspace((unsigned char)*m->at))
			break;
	}
	m->token.line = m->line;
	if (!*m->at) {
		m->token.kind = TOKEN_END;
	} else if (*m->at == '"') {
		m->token.kind = TOKEN_STRING;
		for (m->at++; *m->at != '"';) {
			if (!*m->at || *m->at == '\n')
				die(m, "a string without end");
			if (*m->at == '\\') {
				m->at++;
				put_byte(&b, escape(m));
			} else {
				put_byte(&b, (uint8_t)*m->at++);
			}
		}
		m->at++;
	} else if (strchr("{}[]:,", *m->at)) {
		m->token.kind = TOKEN_MARK;
		put_byte(&b, (uint8_t)*m->at++);
	} else {
		size_t n = strcspn(m->at, " \t\n{}[]:,#\"");

		m->token.kind = TOKEN_WORD;
		put(&b, m->at, n);
		m->at += n;
	}
	m->token.len = b.len;
	put_byte(&b, 0);
	m->token.text = arena_dup(&m->arena, b.at, b.len);
	free(b.at);
}

static bool is(const struct maker *m, const char *text)
{
	return (m->token.kind == TOKEN_WORD || m->token.kind == TOKEN_MARK) &&
	       !strcmp(m->token.text, text);
}

static bool accept(struct maker *m, const char *text)
{
	if (!is(m, text))
		return false;
	advance(m);
	return true;
}

static void expect(struct maker *m, const char *text)
{
	if (!accept(m, text))
		die(m, "expected %s, found %s", text,
		    m->token.kind == TOKEN_END ? "the end" : m->token.text);
}

static struct token take(struct maker *m, enum token_kind kind)
{
	struct token t = m->token;

	if (t.kind != kind)
		die(m, "expected a %s", kind == TOKEN_STRING ? "string" : "word");
	advance(m);
	return t;
}

static bool number_of(const char *text, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = text[0] == '-' ? (uint64_t)strtoll(text, &end, 0) : strtoull(text, &end, 0);
	return *text && !*end && !errno;
}

static uint64_t take_number(struct maker *m)
{
	struct token t = take(m, TOKEN_WORD);
	uint64_t v;

	if (!number_of(t.text, &v))
		die(m, "%s is no number", t.text);
	return v;
}

static bool at_number(const struct maker *m)
{
	uint64_t v;

	return m->token.kind == TOKEN_WORD && number_of(m->token.text, &v);
}

static void take_hex(struct maker *m, struct buffer *out)
{
	while (m->token.kind == TOKEN_WORD && m->token.len % 2 == 0 &&
	       strspn(m->token.text, "0123456789abcdefABCDEF") == m->token.len) {
		for (size_t i = 0; i < m->token.len; i += 2) {
			char digits[3] = { m->token.text[i], m->token.text[i + 1], 0 };

			put_byte(out, (uint8_t)strtoul(digits, NULL, 16));
		}
		advance(m);
	}
}

/* --- messages --- */

static void make_body(struct maker *m, const struct message *type, struct buffer *out);

static enum wire_type wire_of(enum proto_type type)
{
	switch (type) {
	case TYPE_DOUBLE:
	case TYPE_FIXED64:
	case TYPE_SFIXED64:
		return WIRE_64;
	case TYPE_FLOAT:
	case TYPE_FIXED32:
	case TYPE_SFIXED32:
		return WIRE_32;
	case TYPE_STRING:
	case TYPE_BYTES:
	case TYPE_MESSAGE:
		return WIRE_BYTES;
	default:
		return WIRE_VARINT;
	}
}

static uint64_t double_bits(const char *text, bool single)
{
	double d = strtod(text, NULL);
	float f = (float)d;
	uint32_t narrow;
	uint64_t wide;

	memcpy(&narrow, &f, sizeof(narrow));
	memcpy(&wide, &d, sizeof(wide));
	return single ? narrow : wide;
}

/* A scalar word as the number that goes on the wire. */
static uint64_t scalar(struct maker *m, const struct message_field *f)
{
	struct token t = take(m, TOKEN_WORD);
	uint64_t v;

	if (f && (f->type == TYPE_DOUBLE || f->type == TYPE_FLOAT))
		return double_bits(t.text, f->type == TYPE_FLOAT);
	if (!strcmp(t.text, "true"))
		return 1;
	if (!strcmp(t.text, "false"))
		return 0;
	if (!number_of(t.text, &v)) {
		const struct value_name *n = f ? f->values : NULL;

		while (n && n->name && strcmp(n->name, t.text))
			n++;
		if (!n || !n->name)
			die(m, "%s is neither a number nor a value of that field", t.text);
		v = n->value;
	}
	if (f && (f->type == TYPE_SINT32 || f->type == TYPE_SINT64))
		v = v << 1 ^ (uint64_t)((int64_t)v >> 63);
	return v;
}

static void put_scalar(struct buffer *out, enum wire_type wire, uint64_t v)
{
	if (wire == WIRE_64)
		put_int(out, v, 8, false);
	else if (wire == WIRE_32)
		put_int(out, v, 4, false);
	else
		put_varint(out, v);
}

static void put_tag(struct buffer *out, uint32_t number, enum wire_type wire)
{
	put_varint(out, (uint64_t)number << 3 | wire);
}

static void put_counted(struct buffer *out, uint32_t number, const struct buffer *body,
			uint64_t length)
{
	put_tag(out, number, WIRE_BYTES);
	put_varint(out, length);
	put(out, body->at, body->len);
}

/* After "name:". */
static void make_value(struct maker *m, uint32_t number, const struct message_field *f,
		       struct buffer *out)
{
	enum wire_type wire = f ? wire_of(f->type) : WIRE_VARINT;

	if (m->token.kind == TOKEN_STRING) {
		struct buffer b = { (uint8_t *)m->token.text, m->token.len, 0 };

		put_counted(out, number, &b, b.len);
		advance(m);
		return;
	}
	if (is(m, "hex")) {
		struct buffer b = { 0 };

		advance(m);
		take_hex(m, &b);
		put_counted(out, number, &b, b.len);
		free(b.at);
		return;
	}
	if (accept(m, "fixed32"))
		wire = WIRE_32;
	else if (accept(m, "fixed64"))
		wire = WIRE_64;
	else if (accept(m, "varint"))
		wire = WIRE_VARINT;
	else if (wire == WIRE_BYTES)
		die(m, "that field takes text or a message");
	put_tag(out, number, wire);
	put_scalar(out, wire, scalar(m, f));
}

static void make_packed(struct maker *m, uint32_t number, const struct message_field *f,
			struct buffer *out)
{
	struct buffer b = { 0 };

	expect(m, "[");
	while (!accept(m, "]")) {
		put_scalar(&b, f ? wire_of(f->type) : WIRE_VARINT, scalar(m, f));
		accept(m, ",");
	}
	put_counted(out, number, &b, b.len);
	free(b.at);
}

static void make_field(struct maker *m, const struct message *type, struct buffer *out)
{
	struct token name = take(m, TOKEN_WORD);
	const struct message_field *f;
	uint64_t number, length = UINT64_MAX;

	if (number_of(name.text, &number)) {
		f = type ? message_field(type, (uint32_t)number) : NULL;
	} else {
		f = type ? message_field_named(type, name.text) : NULL;
		if (!f)
			die(m, "%s has no field %s", type ? type->name : "an unknown message",
			    name.text);
		number = f->number;
	}
	if (accept(m, "length"))
		length = take_number(m);
	if (accept(m, "{")) {
		struct buffer b = { 0 };

		make_body(m, f ? f->message : NULL, &b);
		put_counted(out, (uint32_t)number, &b, length == UINT64_MAX ? b.len : length);
		free(b.at);
		return;
	}
	expect(m, ":");
	if (accept(m, "packed")) {
		make_packed(m, (uint32_t)number, f, out);
	} else if (accept(m, "[")) {
		while (!accept(m, "]")) {
			make_value(m, (uint32_t)number, f, out);
			accept(m, ",");
		}
	} else {
		make_value(m, (uint32_t)number, f, out);
	}
}

/* Up to and with the closing brace. */
static void make_body(struct maker *m, const struct message *type, struct buffer *out)
{
	while (!accept(m, "}")) {
		if (m->token.kind == TOKEN_END)
			die(m, "a brace without end");
		if (accept(m, "hex"))
			take_hex(m, out);
		else
			make_field(m, type, out);
	}
}

/* --- the file --- */

static void make_message(struct maker *m, struct buffer *out, bool counted)
{
	struct token name = take(m, TOKEN_WORD);
	const struct message *type = schema_message(m->schema, name.text);
	struct buffer b = { 0 };
	uint64_t length = UINT64_MAX;

	if (!type && strcmp(name.text, "unknown"))
		die(m, "no message %s", name.text);
	if (accept(m, "length"))
		length = take_number(m);
	expect(m, "{");
	make_body(m, type, &b);
	if (counted)
		put_int(out, length == UINT64_MAX ? b.len : length, 4, m->big);
	put(out, b.at, b.len);
	free(b.at);
}

static void make_image(struct maker *m, struct buffer *out)
{
	struct token name = take(m, TOKEN_WORD);
	const struct image_kind *k = image_kinds;

	while (k->name && strcmp(k->name, name.text))
		k++;
	if (!k->name)
		die(m, "no kind of image is called %s", name.text);
	if (!accept(m, "v1.0") && k->lead)
		put_int(out, k->lead, 4, m->big);
	put_int(out, k->magic, 4, m->big);
}

static void make_piece(struct maker *m, struct buffer *out);

/* A netlink message (head of 16 bytes) or attribute (of 4), padded to 4. */
static void make_netlink(struct maker *m, struct buffer *out, bool attribute)
{
	struct buffer b = { 0 };
	uint64_t type = take_number(m), length = UINT64_MAX;
	size_t head = attribute ? 4 : 16;

	if (accept(m, "length"))
		length = take_number(m);
	expect(m, "{");
	while (!accept(m, "}"))
		make_piece(m, &b);
	if (length == UINT64_MAX)
		length = head + b.len;
	put_int(out, length, attribute ? 2 : 4, m->big);
	put_int(out, type, 2, m->big);
	if (!attribute) {
		put_int(out, 2, 2, m->big); /* NLM_F_MULTI */
		put_int(out, 0, 8, m->big); /* sequence, port */
	}
	put(out, b.at, b.len);
	for (size_t n = b.len; n % 4; n++)
		put_byte(out, 0);
	free(b.at);
}

static void make_pad(struct maker *m, struct buffer *out)
{
	uint64_t to = take_number(m);

	if (!to)
		die(m, "pad to a multiple of nothing");
	while ((out->len - m->mark) % to)
		put_byte(out, 0);
}

static void make_piece(struct maker *m, struct buffer *out)
{
	static const struct {
		const char *word;
		int width;
	} ints[] = { { "u8", 1 }, { "u16", 2 }, { "u32", 4 }, { "u64", 8 } };
	struct token word = take(m, TOKEN_WORD);

	for (size_t i = 0; i < ARRAY_LEN(ints); i++) {
		if (strcmp(word.text, ints[i].word))
			continue;
		while (at_number(m))
			put_int(out, take_number(m), ints[i].width, m->big);
		return;
	}
	if (!strcmp(word.text, "big")) {
		m->big = true;
	} else if (!strcmp(word.text, "image")) {
		make_image(m, out);
	} else if (!strcmp(word.text, "record")) {
		make_message(m, out, true);
	} else if (!strcmp(word.text, "message")) {
		make_message(m, out, false);
	} else if (!strcmp(word.text, "netlink")) {
		make_netlink(m, out, false);
	} else if (!strcmp(word.text, "attr")) {
		make_netlink(m, out, true);
	} else if (!strcmp(word.text, "hex")) {
		take_hex(m, out);
	} else if (!strcmp(word.text, "text")) {
		struct token t = take(m, TOKEN_STRING);

		put(out, t.text, t.len);
	} else if (!strcmp(word.text, "fill")) {
		uint64_t n = take_number(m);
		uint8_t byte = (uint8_t)take_number(m);

		while (n--)
			put_byte(out, byte);
	} else if (!strcmp(word.text, "mark")) {
		m->mark = out->len;
	} else if (!strcmp(word.text, "pad")) {
		make_pad(m, out);
	} else {
		die(m, "what is %s?", word.text);
	}
}

static char *slurp(const char *path)
{
	struct buffer b = { 0 };
	FILE *f = fopen(path, "rb");
	char piece[4096];
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		put(&b, piece, n);
	fclose(f);
	put_byte(&b, 0);
	return (char *)b.at;
}

int main(int argc, char **argv)
{
	struct maker m = { .line = 1 };
	struct buffer out = { 0 };
	char *text;
	FILE *f;

	if (argc != 3) {
		fputs("usage: mkimg TEXT IMAGE\n", stderr);
		return 2;
	}
	arena_init(&m.arena);
	m.schema = schema_builtin(&m.arena);
	m.file = argv[1];
	m.at = text = slurp(argv[1]);
	advance(&m);
	while (m.token.kind != TOKEN_END)
		make_piece(&m, &out);

	f = fopen(argv[2], "wb");
	if (!f || fwrite(out.at, 1, out.len, f) != out.len || fclose(f)) {
		perror(argv[2]);
		return 1;
	}
	free(out.at);
	free(text);
	arena_fini(&m.arena);
	return 0;
}
