/* The grid. A wide character takes two cells: the second has width 0. Overwriting either half
 * blanks the other, so that no half stays behind. */
#include "ui/canvas.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

#define SIDE_MAX 1000

void canvas_init(struct canvas *cv, struct arena *frame, bool ascii)
{
	memset(cv, 0, sizeof(*cv));
	cv->arena = frame;
	cv->ascii = ascii;
	cv->cursor_x = cv->cursor_y = -1;
}

void canvas_fini(struct canvas *cv)
{
	free(cv->cells);
	cv->cells = NULL;
	cv->w = cv->h = 0;
}

static int clamp(int v, int low, int high)
{
	if (v > high)
		v = high;
	return v < low ? low : v;
}

void canvas_resize(struct canvas *cv, int w, int h)
{
	free(cv->cells);
	cv->w = clamp(w, 1, SIDE_MAX);
	cv->h = clamp(h, 1, SIDE_MAX);
	cv->cells = heap_zeroed((size_t)cv->w * (size_t)cv->h, sizeof(*cv->cells));
	canvas_clear(cv);
}

void canvas_clear(struct canvas *cv)
{
	struct area all = { 0, 0, cv->w, cv->h };

	cv->clip = all;
	cv->cursor_x = cv->cursor_y = -1;
	for (int i = 0; i < cv->w * cv->h; i++)
		cv->cells[i] = (struct glyph){ ' ', ROLE_NORMAL, 1 };
}

struct area area_inside(struct area a)
{
	struct area in = { a.x + 1, a.y + 1, a.w - 2, a.h - 2 };

	if (in.w < 0)
		in.w = 0;
	if (in.h < 0)
		in.h = 0;
	return in;
}

bool area_empty(struct area a)
{
	return a.w <= 0 || a.h <= 0;
}

static struct area area_cut(struct area a, struct area by)
{
	int right = a.x + a.w < by.x + by.w ? a.x + a.w : by.x + by.w;
	int below = a.y + a.h < by.y + by.h ? a.y + a.h : by.y + by.h;

	if (a.x < by.x)
		a.x = by.x;
	if (a.y < by.y)
		a.y = by.y;
	a.w = right > a.x ? right - a.x : 0;
	a.h = below > a.y ? below - a.y : 0;
	return a;
}

struct area canvas_clip(struct canvas *cv, struct area a)
{
	struct area all = { 0, 0, cv->w, cv->h };
	struct area before = cv->clip;

	cv->clip = area_cut(a, all);
	return before;
}

static bool inside(const struct canvas *cv, int x, int y)
{
	return x >= cv->clip.x && x < cv->clip.x + cv->clip.w && y >= cv->clip.y &&
	       y < cv->clip.y + cv->clip.h;
}

/* Blanks the other half of a wide character of which (x, y) is one. */
static void split_wide(struct canvas *cv, int x, int y)
{
	struct glyph *g = &cv->cells[y * cv->w + x];

	if (g->width == 0 && x > 0)
		g[-1] = (struct glyph){ ' ', g->role, 1 };
	if (g->width == 2 && x + 1 < cv->w)
		g[1] = (struct glyph){ ' ', g->role, 1 };
}

static void set(struct canvas *cv, int x, int y, enum role role, uint32_t cp, int width)
{
	if (!inside(cv, x, y))
		return;
	if (width == 2 && !inside(cv, x + 1, y)) {
		cp = ' ';
		width = 1;
	}
	split_wide(cv, x, y);
	cv->cells[y * cv->w + x] = (struct glyph){ cp, (uint8_t)role, (uint8_t)width };
	if (width == 2) {
		split_wide(cv, x + 1, y);
		cv->cells[y * cv->w + x + 1] = (struct glyph){ 0, (uint8_t)role, 0 };
	}
}

void canvas_fill(struct canvas *cv, struct area a, enum role role, uint32_t cp)
{
	a = area_cut(a, cv->clip);
	for (int y = a.y; y < a.y + a.h; y++)
		for (int x = a.x; x < a.x + a.w; x++)
			set(cv, x, y, role, cp, 1);
}

/* What is not printable never gets here through text_clean; should it, it becomes '?'. */
static uint32_t safe(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? '?' : cp;
}

static int put(struct canvas *cv, int x, int y, enum role role, const char *text, int end)
{
	struct bytes b = bytes_of(text);

	while (b.len > 0) {
		uint32_t cp;
		size_t n = text_decode(b, &cp);
		int width;

		if (n == 0) {
			n = 1;
			cp = '?';
		}
		cp = safe(cp);
		width = text_cp_width(cp);
		if (width > 0) {
			if (x + width > end)
				break;
			set(cv, x, y, role, cp, width);
			x += width;
		}
		b.at += n;
		b.len -= n;
	}
	return x;
}

static const char *spelt(struct canvas *cv, const char *text)
{
	return cv->ascii ? text_ascii(text, cv->arena) : text;
}

int canvas_put(struct canvas *cv, int x, int y, enum role role, const char *text)
{
	return put(cv, x, y, role, spelt(cv, text), INT32_MAX);
}

int canvas_put_cut(struct canvas *cv, int x, int y, enum role role, const char *text, int room)
{
	if (room <= 0)
		return x;
	text = spelt(cv, text);
	if (text_width(text) <= room)
		return put(cv, x, y, role, text, x + room);
	x = put(cv, x, y, role, text, x + room - 1);
	set(cv, x, y, role, cv->ascii ? '~' : 0x2026, 1);
	return x + 1;
}

void canvas_tint(struct canvas *cv, struct area a, enum role role)
{
	a = area_cut(a, cv->clip);
	for (int y = a.y; y < a.y + a.h; y++)
		for (int x = a.x; x < a.x + a.w; x++)
			cv->cells[y * cv->w + x].role = (uint8_t)role;
}

void canvas_box(struct canvas *cv, struct area a, enum role role)
{
	static const uint32_t line[] = { 0x2500, 0x2502, 0x250c, 0x2510, 0x2514, 0x2518 };
	static const uint32_t plain[] = { '-', '|', '+', '+', '+', '+' };
	const uint32_t *c = cv->ascii ? plain : line;
	int right = a.x + a.w - 1, below = a.y + a.h - 1;

	if (a.w < 2 || a.h < 2)
		return;
	canvas_fill(cv, (struct area){ a.x, a.y, a.w, 1 }, role, c[0]);
	canvas_fill(cv, (struct area){ a.x, below, a.w, 1 }, role, c[0]);
	canvas_fill(cv, (struct area){ a.x, a.y, 1, a.h }, role, c[1]);
	canvas_fill(cv, (struct area){ right, a.y, 1, a.h }, role, c[1]);
	set(cv, a.x, a.y, role, c[2], 1);
	set(cv, right, a.y, role, c[3], 1);
	set(cv, a.x, below, role, c[4], 1);
	set(cv, right, below, role, c[5], 1);
}

void canvas_cursor(struct canvas *cv, int x, int y)
{
	if (!inside(cv, x, y))
		return;
	cv->cursor_x = x;
	cv->cursor_y = y;
}

int glyph_utf8(uint32_t cp, char buf[5])
{
	int n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	if (n == 1) {
		buf[0] = (char)cp;
	} else {
		for (int i = n - 1; i > 0; i--, cp >>= 6)
			buf[i] = (char)(0x80 | (cp & 0x3f));
		buf[0] = (char)(((0xf00u >> n) | cp) & 0xff);
	}
	buf[n] = 0;
	return n;
}

void canvas_dump(const struct canvas *cv, struct out *o)
{
	for (int y = 0; y < cv->h; y++) {
		const struct glyph *row = &cv->cells[(ptrdiff_t)y * cv->w];
		int end = cv->w;

		while (end > 0 && row[end - 1].cp == ' ')
			end--;
		for (int x = 0; x < end; x++) {
			char buf[5];

			if (row[x].width > 0)
				out_add(o, buf, (size_t)glyph_utf8(row[x].cp, buf));
		}
		out_add(o, "\n", 1);
	}
}

void canvas_dump_roles(const struct canvas *cv, struct out *o)
{
	for (int y = 0; y < cv->h; y++) {
		for (int x = 0; x < cv->w; x++) {
			int role = cv->cells[y * cv->w + x].role;
			char letter = (char)(role < 26 ? 'a' + role : 'A' + role - 26);

			out_add(o, role == ROLE_NORMAL ? "." : &letter, 1);
		}
		out_add(o, "\n", 1);
	}
}
