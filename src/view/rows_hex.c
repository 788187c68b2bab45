/* Bytes as rows. A line is made of runs: neighbouring bytes of one role become one cell, so that a
 * canvas draws a handful of them. Columns, for a width of 16 and addresses of 8 digits:
 *
 *	0         10                      34                       59
 *	000002e0  40 ff ff ff ff ff ff ff  ff ff 01 48 00 50 00 72  @..........H.P.r
 *
 * A second blank parts groups of eight. */
#include "view/rows_hex.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

#define GROUP 8
#define WIDEST 32
#define LOW_DIGITS UINT64_C(0xffffffffffff)

struct hex_rows {
	struct rows rows;
	const struct source *source;
	const struct aspace *space; /* instead of a source: offsets are addresses */
	struct span window;
	uint64_t shift; /* of a page: what is added to offsets for the addresses shown */
	unsigned width;
	bool low; /* of long addresses only the lower 12 digits */
	int gap;  /* blanks behind address and digits */
	struct span mark, selection, match;
	uint64_t cursor;
	struct hex_rows *peer; /* to compare with, so much further on: */
	uint64_t peer_shift;
	bool may_cut, cut; /* addresses to four digits */
};

static struct hex_rows *hex_of(const struct rows *r)
{
	return (struct hex_rows *)r;
}

/* Where the first line begins: pages do with their first byte, wherever in a file that is. */
static uint64_t hex_base(const struct hex_rows *h)
{
	if (h->shift)
		return h->window.offset;
	return h->window.offset - h->window.offset % h->width;
}

static uint64_t hex_end(const struct hex_rows *h)
{
	return h->window.offset + h->window.length;
}

static int address_digits(const struct hex_rows *h)
{
	uint64_t end = hex_end(h) + h->shift;

	if (h->cut)
		return 4;
	return end <= 0x100000000 ? 8 : end <= 0x1000000000000 || h->low ? 12 : 16;
}

/* Columns from the row's left to the hex digits, and to the characters. */
static int hex_left(const struct hex_rows *h)
{
	return address_digits(h) + h->gap;
}

static int text_left(const struct hex_rows *h)
{
	return hex_left(h) + (int)(3 * h->width - 1 + (h->width / GROUP - 1)) + h->gap;
}

static size_t hex_count(struct rows *r)
{
	struct hex_rows *h = hex_of(r);

	if ((!h->source && !h->space) || !h->window.length)
		return 0;
	return (size_t)((hex_end(h) - hex_base(h) + h->width - 1) / h->width);
}

/* What a byte of a line is: its value, -1 if the source has none, -2 outside the window. */
enum { BYTE_ABSENT = -1, BYTE_OUTSIDE = -2 };

/* The bytes of a line, and which of them there are. */
struct line_bytes {
	uint8_t at[WIDEST];
	uint32_t there;   /* bit i: byte i */
	uint32_t differs; /* from the peer's */
};

static void read_source(const struct hex_rows *h, uint64_t line, struct line_bytes *out)
{
	size_t n = source_read(h->source, line, out->at, h->width);

	out->there = n < 32 ? (1u << n) - 1 : UINT32_MAX;
}

/* Extent by extent: a line may straddle several. */
static void read_space(const struct hex_rows *h, uint64_t line, struct line_bytes *out)
{
	struct extent x;

	for (unsigned i = 0, n; i < h->width; i += n) {
		uint64_t at = line + i, left;

		if (at < line)
			break;
		aspace_at(h->space, at, &x);
		left = x.end - at;
		n = left && left < h->width - i ? (unsigned)left : h->width - i;
		if (aspace_read(h->space, at, out->at + i, n, NULL) == n)
			for (unsigned b = i; b < i + n; b++)
				out->there |= 1u << b;
	}
}

static void read_side(const struct hex_rows *h, uint64_t line, struct line_bytes *out)
{
	*out = (struct line_bytes){ 0 };
	if (h->space)
		read_space(h, line, out);
	else if (h->source)
		read_source(h, line, out);
}

static void read_line(const struct hex_rows *h, uint64_t line, struct line_bytes *out)
{
	struct line_bytes other;
	struct hex_rows peer;

	read_side(h, line, out);
	if (!h->peer)
		return;
	peer = *h->peer;
	peer.width = h->width;
	read_side(&peer, line + h->peer_shift, &other);
	for (unsigned i = 0; i < h->width; i++)
		if (out->there & other.there & 1u << i && out->at[i] != other.at[i])
			out->differs |= 1u << i;
}

static int byte_at(const struct hex_rows *h, const struct line_bytes *have, uint64_t line,
		   unsigned i)
{
	uint64_t at = line + i;

	if (at < h->window.offset || at >= hex_end(h))
		return BYTE_OUTSIDE;
	return have->there & 1u << i ? have->at[i] : BYTE_ABSENT;
}

static enum role byte_role(const struct hex_rows *h, uint64_t at, int byte, bool differs)
{
	if (byte == BYTE_OUTSIDE)
		return ROLE_NORMAL;
	if (at == h->cursor)
		return ROLE_CURSOR;
	if (span_has(h->selection, at))
		return ROLE_SELECTION;
	if (span_has(h->match, at))
		return ROLE_MATCH_CURRENT;
	if (differs)
		return ROLE_CHANGED;
	if (span_has(h->mark, at))
		return ROLE_BYTES_FIELD;
	if (byte == BYTE_ABSENT)
		return ROLE_ABSENT;
	return byte ? ROLE_BYTES : ROLE_BYTES_ZERO;
}

static void put_hex(struct strbuf *s, int byte)
{
	if (byte >= 0)
		strbuf_addf(s, "%02x", (unsigned)byte);
	else
		strbuf_add(s, byte == BYTE_ABSENT ? "--" : "  ");
}

static void put_character(struct strbuf *s, int byte)
{
	char c[2] = { byte >= 0x20 && byte < 0x7f ? (char)byte : '.', '\0' };

	strbuf_add(s, byte == BYTE_OUTSIDE ? " " : byte == BYTE_ABSENT ? "-" : c);
}

/* Blanks before byte i. Between two bytes of one lit run they belong to it. */
static const char *blanks_before(unsigned i, bool differs)
{
	if (differs)
		return !i ? "" : i % GROUP ? "~" : " ~";
	return !i ? "" : i % GROUP ? " " : "  ";
}

static bool role_is_plain(enum role role)
{
	return role == ROLE_BYTES || role == ROLE_BYTES_ZERO || role == ROLE_NORMAL ||
	       role == ROLE_ABSENT;
}

/* One half of a line: the hex digits or the characters. */
static void put_half(const struct hex_rows *h, const struct line_bytes *have, uint64_t line,
		     bool characters, struct arena *a, struct row *out)
{
	enum role run = ROLE_NORMAL;
	struct strbuf s;

	strbuf_init(&s, a);
	for (unsigned i = 0; i < h->width; i++) {
		int byte = byte_at(h, have, line, i);
		bool differs = have->differs & 1u << i;
		enum role role = byte_role(h, line + i, byte, differs);
		const char *blanks = characters ? "" : blanks_before(i, differs);

		if (i && role != run) {
			/* A lit run ends with its last digit; otherwise blanks go with it. */
			if (role_is_plain(run)) {
				strbuf_add(&s, blanks);
				blanks = "";
			}
			row_cell(out, run, 0, s.text);
			strbuf_init(&s, a);
			if (*blanks && !role_is_plain(role)) {
				row_cell(out, ROLE_NORMAL, 0, blanks);
				blanks = "";
			}
		}
		run = role;
		strbuf_add(&s, blanks);
		if (characters)
			put_character(&s, byte);
		else
			put_hex(&s, byte);
	}
	row_cell(out, run, 0, s.text);
}

/* Which of an address's bits are. */
static uint64_t shown_digits(const struct hex_rows *h)
{
	return h->cut ? 0xffff : h->low ? LOW_DIGITS : UINT64_MAX;
}

static void hex_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct hex_rows *h = hex_of(r);
	uint64_t line = rows_hex_offset(r, n);
	struct line_bytes have;

	if (n >= hex_count(r))
		return;
	read_line(h, line, &have);
	row_cell(out, ROLE_ADDRESS, 0,
		 arena_printf(a, "%0*" PRIx64 "%c%*s", address_digits(h),
			      (line + h->shift) & shown_digits(h), have.differs ? '~' : ' ',
			      h->gap - 1, ""));
	put_half(h, &have, line, false, a, out);
	row_cell(out, ROLE_NORMAL, 0, h->gap == 2 ? "  " : " ");
	put_half(h, &have, line, true, a, out);
	out->span = (struct span){ line, h->width };
}

static void hex_fini(struct rows *r)
{
	free(r);
}

static const struct rows_ops hex_ops = {
	.count = hex_count,
	.line = hex_line,
	.fini = hex_fini,
};

struct rows *rows_hex_new(void)
{
	struct hex_rows *h = heap_zeroed(1, sizeof(*h));

	h->rows.ops = &hex_ops;
	h->width = 16;
	h->gap = 2;
	h->cursor = UINT64_MAX;
	return &h->rows;
}

void rows_hex_set(struct rows *r, const struct source *src, struct span window)
{
	struct hex_rows *h = hex_of(r);

	if (window.length > UINT64_MAX - window.offset)
		window.length = UINT64_MAX - window.offset;
	h->source = src;
	h->space = NULL;
	h->window = window;
	h->shift = 0;
	h->mark = h->selection = h->match = (struct span){ 0, 0 };
	h->cursor = UINT64_MAX;
}

void rows_hex_set_space(struct rows *r, const struct aspace *as, struct span window)
{
	rows_hex_set(r, NULL, window);
	hex_of(r)->space = as;
}

void rows_hex_set_page(struct rows *r, const struct source *src, struct span window, uint64_t addr)
{
	rows_hex_set(r, src, window);
	hex_of(r)->shift = addr - window.offset;
}

void rows_hex_set_width(struct rows *r, unsigned width)
{
	hex_of(r)->width = width >= WIDEST ? WIDEST : width >= 16 ? 16 : GROUP;
}

unsigned rows_hex_width(const struct rows *r)
{
	return hex_of(r)->width;
}

/* Whether lines as wide as `h` says fit; sets its gap and, rather than halve the line, leaves out
 * digits of long addresses. */
static bool fits(struct hex_rows *h, int columns)
{
	for (int low = 0; low < (h->width == 16 ? 2 : 1); low++)
		for (h->gap = 2; h->gap > 0; h->gap--) {
			h->low = low;
			if (text_left(h) + (int)h->width <= columns)
				return true;
		}
	h->low = false;
	h->gap = 1;
	return false;
}

unsigned rows_hex_fit(const struct rows *r, int columns)
{
	struct hex_rows h = *hex_of(r);

	for (h.width = WIDEST; h.width > GROUP; h.width /= 2)
		if (fits(&h, columns))
			return h.width;
	return h.width;
}

void rows_hex_set_columns(struct rows *r, int columns)
{
	struct hex_rows *h = hex_of(r);

	h->cut = false;
	h->width = rows_hex_fit(r, columns);
	fits(h, columns);
	h->cut = h->may_cut && text_left(h) + (int)h->width > columns;
}

void rows_hex_peer(struct rows *r, struct rows *peer, uint64_t shift)
{
	hex_of(r)->peer = peer ? hex_of(peer) : NULL;
	hex_of(r)->peer_shift = shift;
}

void rows_hex_short(struct rows *r, bool may)
{
	hex_of(r)->may_cut = may;
}

void rows_hex_mark(struct rows *r, struct span field)
{
	hex_of(r)->mark = field;
}

void rows_hex_select(struct rows *r, struct span selection)
{
	hex_of(r)->selection = selection;
}

void rows_hex_cursor(struct rows *r, uint64_t offset)
{
	hex_of(r)->cursor = offset;
}

void rows_hex_match(struct rows *r, struct span match)
{
	hex_of(r)->match = match;
}

size_t rows_hex_line(const struct rows *r, uint64_t offset)
{
	const struct hex_rows *h = hex_of(r);

	if (!h->window.length || offset < h->window.offset)
		return 0;
	if (offset >= hex_end(h))
		offset = hex_end(h) - 1;
	return (size_t)((offset - hex_base(h)) / h->width);
}

uint64_t rows_hex_offset(const struct rows *r, size_t n)
{
	return hex_base(hex_of(r)) + (uint64_t)n * hex_of(r)->width;
}

int rows_hex_column(const struct rows *r, uint64_t offset, bool character)
{
	const struct hex_rows *h = hex_of(r);
	int i = (int)((offset - hex_base(h)) % h->width);

	return character ? text_left(h) + i : hex_left(h) + 3 * i + i / GROUP;
}

bool rows_hex_hit(const struct rows *r, size_t n, int x, uint64_t *offset)
{
	const struct hex_rows *h = hex_of(r);
	uint64_t line = rows_hex_offset(r, n);

	for (unsigned i = 0; i < h->width; i++) {
		int hex = rows_hex_column(r, line + i, false);

		if ((x < hex || x > hex + 1) && x != rows_hex_column(r, line + i, true))
			continue;
		if (line + i < h->window.offset || line + i >= hex_end(h))
			return false;
		*offset = line + i;
		return true;
	}
	return false;
}

int rows_hex_columns(const struct rows *r)
{
	return text_left(hex_of(r)) + (int)hex_of(r)->width;
}
