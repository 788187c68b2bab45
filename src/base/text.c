/* Cleaning is one loop over pieces: a piece is a code point that may be shown, or a code point or
 * byte that must be spelt out. It runs twice: first to see whether anything needs spelling (for
 * then backslashes are doubled, too), then to write. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/unicode.h"

/* More marks than this on one base are no language but a way to draw over other lines. */
enum { MARKS_MAX = 4, ESCAPE_ROOM = 12 };

size_t text_decode(struct bytes b, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len;
	uint32_t v;

	if (!b.len)
		return 0;
	v = b.at[0];
	if (v < 0x80) {
		*cp = v;
		return 1;
	}
	len = v >= 0xf0 ? 4 : v >= 0xe0 ? 3 : 2;
	if (v < 0xc2 || v > 0xf4 || b.len < len)
		return 0;
	v &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++) {
		if ((b.at[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (b.at[i] & 0x3f);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*cp = v;
	return len;
}

bool text_valid_utf8(struct bytes b)
{
	uint32_t cp;

	while (b.len) {
		size_t n = text_decode(b, &cp);

		if (!n)
			return false;
		b.at += n;
		b.len -= n;
	}
	return true;
}

int text_cp_width(uint32_t cp)
{
	static const int columns[] = { [CP_NARROW] = 1, [CP_WIDE] = 2 };

	if (cp >= 0x20 && cp < 0x7f)
		return 1;
	return columns[cp_class(cp)];
}

/* One piece at the front of `b`: its length in bytes; `show` if it may be written as it is. `marks`
 * counts combining marks since the last base; a mark without a base is not shown. */
struct piece {
	size_t len;
	uint32_t cp; /* or the byte, if it is not valid */
	bool valid, show;
};

static struct piece next_piece(struct bytes b, unsigned *marks)
{
	struct piece p = { 0 };

	p.len = text_decode(b, &p.cp);
	p.valid = p.len != 0;
	if (!p.valid) {
		p.len = 1;
		p.cp = b.at[0];
		*marks = MARKS_MAX;
		return p;
	}
	if (p.cp >= 0x20 && p.cp < 0x7f) {
		p.show = true;
		*marks = 0;
		return p;
	}
	switch (cp_class(p.cp)) {
	case CP_HIDDEN:
		*marks = MARKS_MAX;
		break;
	case CP_ZERO:
		p.show = (*marks)++ < MARKS_MAX;
		break;
	default:
		p.show = true;
		*marks = 0;
	}
	return p;
}

static size_t spell(const struct piece *p, char to[static ESCAPE_ROOM])
{
	static const char letters[0x20] = { ['\n'] = 'n', ['\t'] = 't', ['\r'] = 'r' };
	int n;

	if (p->valid && p->cp < 0x20 && letters[p->cp])
		n = snprintf(to, ESCAPE_ROOM, "\\%c", letters[p->cp]);
	else if (!p->valid || p->cp < 0x80)
		n = snprintf(to, ESCAPE_ROOM, "\\x%02x", p->cp);
	else
		n = snprintf(to, ESCAPE_ROOM, "\\u{%x}", p->cp);
	return (size_t)n;
}

/* Length of the leading run of printable ASCII. */
static size_t plain_run(struct bytes b)
{
	size_t n = 0;

	while (n < b.len && b.at[n] >= 0x20 && b.at[n] < 0x7f)
		n++;
	return n;
}

static struct bytes past(struct bytes b, size_t n)
{
	return (struct bytes){ b.at + n, b.len - n };
}

bool text_needs_clean(struct bytes b)
{
	unsigned marks = MARKS_MAX;

	while (b.len) {
		size_t plain = plain_run(b);
		struct piece p;

		if (plain) {
			marks = 0;
			b = past(b, plain);
			continue;
		}
		p = next_piece(b, &marks);
		if (!p.show)
			return true;
		b = past(b, p.len);
	}
	return false;
}

typedef bool (*emit_fn)(void *to, const char *text, size_t n);

/* Hands the cleaned text over in pieces; none is split. Stops when `emit` says false. */
static void clean_to(struct bytes b, emit_fn emit, void *to)
{
	bool spelling = text_needs_clean(b);
	unsigned marks = MARKS_MAX;

	while (b.len) {
		struct piece p = next_piece(b, &marks);
		char escape[ESCAPE_ROOM];
		bool ok;

		if (!p.show)
			ok = emit(to, escape, spell(&p, escape));
		else if (spelling && p.cp == '\\')
			ok = emit(to, "\\\\", 2);
		else
			ok = emit(to, (const char *)b.at, p.len);
		if (!ok)
			return;
		b = past(b, p.len);
	}
}

static bool emit_strbuf(void *to, const char *text, size_t n)
{
	strbuf_addn(to, text, n);
	return true;
}

void strbuf_clean(struct strbuf *s, struct bytes b)
{
	if (text_needs_clean(b))
		clean_to(b, emit_strbuf, s);
	else
		strbuf_addn(s, (const char *)b.at, b.len);
}

const char *text_clean(struct bytes b, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	strbuf_clean(&s, b);
	return s.text;
}

const char *text_clean_str(const char *s, struct arena *a)
{
	return text_clean(bytes_of(s), a);
}

struct room {
	char *at;
	size_t left, len;
};

static bool emit_room(void *to, const char *text, size_t n)
{
	struct room *r = to;

	if (n >= r->left)
		return false;
	memcpy(r->at + r->len, text, n);
	r->len += n;
	r->left -= n;
	return true;
}

size_t text_clean_into(struct bytes b, char *to, size_t room)
{
	struct room r = { to, room, 0 };

	if (!room)
		return 0;
	clean_to(b, emit_room, &r);
	to[r.len] = 0;
	return r.len;
}

const char *text_uint(uint64_t v, struct arena *a)
{
	char digits[20];
	size_t at = sizeof(digits);
	char *text;

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	text = arena_alloc(a, sizeof(digits) - at + 1);
	return memcpy(text, digits + at, sizeof(digits) - at);
}

const char *text_hex(uint64_t v, int least, struct arena *a)
{
	char digits[18];
	size_t at = sizeof(digits);
	char *text;

	do {
		digits[--at] = "0123456789abcdef"[v & 15];
		v >>= 4;
		least--;
	} while (at > 2 && (v || least > 0));
	digits[--at] = 'x';
	digits[--at] = '0';
	text = arena_alloc(a, sizeof(digits) - at + 1);
	return memcpy(text, digits + at, sizeof(digits) - at);
}

int text_width(const char *s)
{
	struct bytes b;
	int width = 0;

	for (; *s >= 0x20 && *s < 0x7f; s++)
		width++;
	b = bytes_of(s);

	while (b.len) {
		uint32_t cp = 0;
		size_t n = text_decode(b, &cp);

		width += n ? text_cp_width(cp) : 1;
		b = past(b, n ? n : 1);
	}
	return width;
}

/* Drawing and punctuation that ASCII has a look-alike for, column for column. */
static const struct {
	uint32_t first, last;
	char like;
} look_alikes[] = {
	{ 0x2010, 0x2015, '-' }, /* dashes */
	{ 0x2018, 0x2019, '\'' }, { 0x201c, 0x201d, '"' },
	{ 0x2022, 0x2022, '*' }, /* bullet */
	{ 0x2026, 0x2026, '~' }, /* ellipsis */
	{ 0x2190, 0x2190, '<' },  { 0x2191, 0x2191, '^' },
	{ 0x2192, 0x2192, '>' },  { 0x2193, 0x2193, 'v' },
	{ 0x2500, 0x2501, '-' },  { 0x2502, 0x2503, '|' },
	{ 0x2504, 0x2505, '-' },  { 0x2506, 0x2507, '|' },
	{ 0x2508, 0x2509, '-' },  { 0x250a, 0x250b, '|' },
	{ 0x250c, 0x254b, '+' }, /* corners and crossings */
	{ 0x254c, 0x254d, '-' },  { 0x254e, 0x254f, '|' },
	{ 0x2550, 0x2550, '=' },  { 0x2551, 0x2551, '|' },
	{ 0x2552, 0x256c, '+' },  { 0x256d, 0x2570, '+' },
	{ 0x2574, 0x257f, '-' },  { 0x2580, 0x2590, '#' },
	{ 0x2591, 0x2593, ':' }, /* blocks, shades */
	{ 0x25a0, 0x25a0, '#' },  { 0x25b2, 0x25b5, '^' },
	{ 0x25b6, 0x25bb, '>' },  { 0x25bc, 0x25bf, 'v' },
	{ 0x25c0, 0x25c5, '<' },  { 0x25cf, 0x25cf, '*' },
	{ 0x00b7, 0x00b7, '.' },  { 0x00d7, 0x00d7, 'x' },
};

static char look_alike(uint32_t cp)
{
	for (size_t i = 0; i < ARRAY_LEN(look_alikes); i++)
		if (cp >= look_alikes[i].first && cp <= look_alikes[i].last)
			return look_alikes[i].like;
	return 0;
}

const char *text_ascii(const char *s, struct arena *a)
{
	struct bytes b = bytes_of(s);
	struct strbuf out;

	if (plain_run(b) == b.len)
		return s;
	strbuf_init(&out, a);
	while (b.len) {
		uint32_t cp = 0;
		size_t n = text_decode(b, &cp);
		char like = n ? look_alike(cp) : 0;

		if (!n)
			strbuf_addf(&out, "\\x%02x", b.at[0]);
		else if (like)
			strbuf_addn(&out, &like, 1);
		else if (cp < 0x80)
			strbuf_addn(&out, (const char *)b.at, n);
		else
			strbuf_addf(&out, "\\u{%x}", cp);
		b = past(b, n ? n : 1);
	}
	return out.text;
}

struct bytes bytes_of(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

void strbuf_init(struct strbuf *s, struct arena *a)
{
	*s = (struct strbuf){ .arena = a, .text = arena_alloc(a, 16), .room = 16 };
}

static void make_room(struct strbuf *s, size_t more)
{
	size_t need = s->len + more + 1;
	char *text;

	if (need <= s->room)
		return;
	if (need < s->room * 2)
		need = s->room * 2;
	text = arena_alloc(s->arena, need);
	memcpy(text, s->text, s->len + 1);
	s->text = text;
	s->room = need;
}

void strbuf_addn(struct strbuf *s, const char *text, size_t n)
{
	if (!n)
		return;
	make_room(s, n);
	memcpy(s->text + s->len, text, n);
	s->len += n;
	s->text[s->len] = 0;
}

void strbuf_add(struct strbuf *s, const char *text)
{
	strbuf_addn(s, text, strlen(text));
}

void strbuf_addf(struct strbuf *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->text + s->len, s->room - s->len, fmt, ap);
	va_end(ap);
	if (n < 0) {
		s->text[s->len] = 0;
		return;
	}
	if ((size_t)n >= s->room - s->len) {
		make_room(s, (size_t)n);
		va_start(ap, fmt);
		vsnprintf(s->text + s->len, s->room - s->len, fmt, ap);
		va_end(ap);
	}
	s->len += (size_t)n;
}

const char *text_size(uint64_t bytes, struct arena *a)
{
	static const char units[] = "KMGTPE";
	const uint64_t unit = 1024; /* `bytes` counts 1,024ths of units[u] */
	size_t u = 0;

	if (bytes < 1024)
		return arena_printf(a, "%u", (unsigned)bytes);
	while (u + 1 < sizeof(units) - 1 && bytes >= unit * 1024) {
		bytes /= 1024;
		u++;
	}
	if (bytes < unit * 10 || (bytes % unit && bytes < unit * 1000))
		return arena_printf(a, "%u.%u%c", (unsigned)(bytes / 1024),
				    (unsigned)(bytes % 1024 * 10 / 1024), units[u]);
	return arena_printf(a, "%u%c", (unsigned)(bytes / 1024), units[u]);
}
