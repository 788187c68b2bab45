/* Page maps. Lines are counted, not made: a region has as many as its pages need, and a sum over
 * the regions before it says which line is its first. Frames of a guest change their type from page
 * to page: there all that touches is one block, and cells say where tables of pages are. */
#include "view/rows_pages.h"
#include "base/bound.h"
#include "base/heap.h"
#include "view/rows_diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Work for one cell: extents stepped through, then places probed in what is left. */
#define CELL_STEPS 32
#define CELL_PROBES 16
#define SHIFT_MAX 24

/* ---- cells ---- */

static void tally_bounded(const struct aspace *as, uint64_t at, uint64_t end,
			  uint64_t bytes[PAGE_STATES])
{
	struct extent x;
	uint64_t step;

	for (int i = 0; i < CELL_STEPS && at < end; i++) {
		uint64_t to;

		aspace_at(as, at, &x);
		to = x.end < end ? x.end : end;
		if (to <= at)
			return;
		bytes[x.state] += to - at;
		at = to;
	}
	step = (end - at) / CELL_PROBES;
	for (int i = 0; i < CELL_PROBES && step; i++) {
		aspace_at(as, at + (uint64_t)i * step, &x);
		bytes[x.state] += step;
	}
}

static enum page_state most_of(const uint64_t bytes[PAGE_STATES], const enum page_state *of,
			       size_t n)
{
	enum page_state best = of[0];

	for (size_t i = 1; i < n; i++)
		if (bytes[of[i]] > bytes[best])
			best = of[i];
	return best;
}

/* Of a guest's frames: the level of a page table in them, "2" of "L2TAB_PIN"; the highest of the
 * first few. 0: there is none. */
static char table_in(const struct aspace *as, uint64_t at, uint64_t end)
{
	size_t i = region_after(as->regions, as->region_count, at);
	char level = 0;

	for (int n = 0; n < CELL_STEPS && i < as->region_count && as->regions[i].start < end;
	     n++, i++) {
		const char *kind = as->regions[i].kind;

		if (kind[0] == 'L' && kind[1] > level && kind[1] <= '9')
			level = kind[1];
	}
	return level;
}

struct page_cell page_cell_of(const struct aspace *as, uint64_t start, uint64_t end)
{
	static const enum page_state kept[] = { PAGE_PRESENT, PAGE_PARENT, PAGE_LAZY };
	static const enum page_state rest[] = { PAGE_ZERO, PAGE_FILE, PAGE_ABSENT, PAGE_UNMAPPED };
	uint64_t bytes[PAGE_STATES] = { 0 };
	enum page_state state;
	struct page_cell cell;
	char table = as->kind == ASPACE_FRAMES ? table_in(as, start, end) : 0;

	if (table)
		return (struct page_cell){ table, ROLE_PAGE_PARENT };
	tally_bounded(as, start, end, bytes);
	state = most_of(bytes, kept, ARRAY_LEN(kept));
	if (!bytes[state]) {
		state = most_of(bytes, rest, ARRAY_LEN(rest));
		return (struct page_cell){ page_state_mark(state), ROLE_PAGE_ABSENT };
	}
	cell.mark = bytes[state] >= (end - start) / 2 ? page_state_mark(state) : '+';
	cell.role = state == PAGE_PRESENT ? ROLE_PAGE_PRESENT : ROLE_PAGE_PARENT;
	return cell;
}

/* Neighbouring cells of one role become one cell of the row. */
struct strip {
	struct row *row;
	struct arena *arena;
	struct strbuf text;
	enum role role;
};

static void strip_begin(struct strip *s, struct row *row, struct arena *a)
{
	s->row = row;
	s->arena = a;
	strbuf_init(&s->text, a);
	s->role = ROLE_NORMAL;
}

static void strip_end(struct strip *s)
{
	if (s->text.len)
		row_cell(s->row, s->role, 0, s->text.text);
	strbuf_init(&s->text, s->arena);
}

static void strip_add(struct strip *s, struct page_cell cell)
{
	char mark[2] = { cell.mark, '\0' };

	if (cell.role != s->role)
		strip_end(s);
	s->role = cell.role;
	strbuf_add(&s->text, mark);
}

void row_pages(struct row *out, const struct aspace *as, uint64_t start, uint64_t end, int cells,
	       struct arena *a)
{
	uint64_t pages = (end - start + as->page - 1) / as->page;
	uint64_t n = cells > 0 ? (uint64_t)cells : 0, at = start;
	struct strip s;

	if (pages < n)
		n = pages;
	strip_begin(&s, out, a);
	for (uint64_t i = 0; i < n; i++) {
		/* Pages are shared out so that the last cell ends with the last page. */
		uint64_t share = pages / n + (i < pages % n), to = at + share * as->page;

		to = to < end && to > at ? to : end;
		strip_add(&s, page_cell_of(as, at, to));
		at = to;
	}
	strip_end(&s);
}

/* ---- rows ---- */

struct page_rows {
	struct rows rows;
	const struct aspace *as;
	unsigned cells, shift;
	uint64_t cursor;
	struct entropy *entropy; /* NULL: not shown */
	const struct diff *diff; /* NULL: none; else of its change */
	size_t change;
	struct span *blocks; /* stretches that begin a line: regions; owned */
	size_t block_count;
	size_t *first; /* of each block its first line, and behind them the count; owned */
};

static struct page_rows *pages_of(struct rows *r)
{
	return (struct page_rows *)r;
}

static uint64_t cell_bytes(const struct page_rows *p)
{
	return p->as->page << p->shift;
}

static uint64_t line_bytes(const struct page_rows *p)
{
	return cell_bytes(p) * p->cells;
}

static uint64_t block_end(const struct span *b)
{
	return b->offset + b->length;
}

static void find_blocks(struct page_rows *p)
{
	size_t n = p->as && aspace_is_mapped(p->as) ? p->as->region_count : 0;

	free(p->blocks);
	p->block_count = 0;
	p->blocks = heap_zeroed(n + 1, sizeof(*p->blocks));
	for (size_t i = 0; i < n; i++) {
		const struct region *r = &p->as->regions[i];
		struct span *last = p->block_count ? &p->blocks[p->block_count - 1] : NULL;

		if (last && p->as->kind == ASPACE_FRAMES && block_end(last) == r->start)
			last->length = r->end - last->offset;
		else
			p->blocks[p->block_count++] = (struct span){ r->start, r->end - r->start };
	}
}

static void count_lines(struct page_rows *p)
{
	size_t lines = 0;

	free(p->first);
	p->first = heap_zeroed(p->block_count + 1, sizeof(*p->first));
	for (size_t i = 0; i < p->block_count; i++) {
		p->first[i] = lines;
		lines += (size_t)((p->blocks[i].length - 1) / line_bytes(p) + 1);
	}
	p->first[p->block_count] = lines;
}

static size_t page_count(struct rows *r)
{
	struct page_rows *p = pages_of(r);

	return p->as ? p->first[p->block_count] : 0;
}

/* The block that line n shows. */
static size_t block_of_line(const struct page_rows *p, size_t n)
{
	return BOUND(i, p->block_count, p->first[i + 1] <= n);
}

/* Twelve columns: the kernel's addresses lose their first digits. */
static const char *line_address(uint64_t addr, struct arena *a)
{
	if (addr >> 48)
		return arena_printf(a, "\u2026%011" PRIx64, addr & UINT64_C(0xfffffffffff));
	return arena_printf(a, "%012" PRIx64, addr);
}

/* Of several pages that differ, one that changed speaks for all. False: none does. */
static bool change_of(const struct page_rows *p, uint64_t start, uint64_t end,
		      struct page_cell *out)
{
	const struct page_change *c = NULL;
	enum diff_how how;

	if (!p->diff || !diff_done(p->diff))
		return false;
	for (size_t n = diff_page_find(p->diff, p->change, start), looked = 0;
	     n < diff_pages(p->diff, p->change) && looked < CELL_PROBES; n++, looked++) {
		const struct page_change *next = diff_page(p->diff, p->change, n);

		if (next->addr >= end)
			break;
		c = next;
		if (c->how == DIFF_CHANGED)
			break;
	}
	if (!c)
		return false;
	how = diff_how_seen((enum diff_how)c->how, false);
	*out = (struct page_cell){ diff_how_mark(how), diff_how_role(how) };
	return true;
}

/* A cell of nothing but zeros is a 0 either way. */
static struct page_cell cell_of(const struct page_rows *p, uint64_t start, uint64_t end)
{
	unsigned tenths = p->entropy ? entropy_look(p->entropy, p->as, start, end) : ENTROPY_NONE;
	struct page_cell cell;

	if (change_of(p, start, end, &cell))
		return cell;
	if (tenths == ENTROPY_NONE)
		return page_cell_of(p->as, start, end);
	return (struct page_cell){ entropy_digit(tenths), entropy_role(tenths) };
}

static void page_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct page_rows *p = pages_of(r);
	uint64_t start, at, end;
	struct strip s;

	if (n >= page_count(r))
		return;
	end = block_end(&p->blocks[block_of_line(p, n)]);
	start = at = rows_pages_address(r, n, 0);
	row_cell(out, ROLE_ADDRESS, PAGES_LEFT, line_address(start, a));
	strip_begin(&s, out, a);
	for (unsigned i = 0; i < p->cells && at < end; i++) {
		uint64_t to = end - at > cell_bytes(p) ? at + cell_bytes(p) : end;
		struct page_cell cell = cell_of(p, at, to);

		if (p->cursor >= at && p->cursor < to)
			cell.role = ROLE_CURSOR;
		strip_add(&s, cell);
		at = to;
	}
	strip_end(&s);
	out->span = (struct span){ start, at - start };
}

static void page_fini(struct rows *r)
{
	free(pages_of(r)->blocks);
	free(pages_of(r)->first);
	free(r);
}

static const struct rows_ops page_ops = {
	.count = page_count,
	.line = page_line,
	.fini = page_fini,
};

struct rows *rows_pages_new(void)
{
	struct page_rows *p = heap_zeroed(1, sizeof(*p));

	p->rows.ops = &page_ops;
	p->cells = 64;
	p->cursor = UINT64_MAX;
	return &p->rows;
}

void rows_pages_set(struct rows *r, const struct aspace *as)
{
	struct page_rows *p = pages_of(r);

	p->as = as;
	p->cursor = UINT64_MAX;
	find_blocks(p);
	count_lines(p);
}

void rows_pages_shape(struct rows *r, unsigned cells, unsigned shift)
{
	struct page_rows *p = pages_of(r);

	cells = cells < 1 ? 1 : cells > 256 ? 256 : cells;
	shift = shift > SHIFT_MAX ? SHIFT_MAX : shift;
	if (cells == p->cells && shift == p->shift)
		return;
	p->cells = cells;
	p->shift = shift;
	count_lines(p);
}

void rows_pages_entropy(struct rows *r, struct entropy *e)
{
	pages_of(r)->entropy = e;
}

void rows_pages_diff(struct rows *r, const struct diff *d, size_t change)
{
	pages_of(r)->diff = d;
	pages_of(r)->change = change;
}

void rows_pages_cursor(struct rows *r, uint64_t addr)
{
	pages_of(r)->cursor = addr;
}

/* The block of `addr`, or the next; the last one if there is none. */
static size_t block_near(const struct page_rows *p, uint64_t addr)
{
	size_t at = BOUND(i, p->block_count, block_end(&p->blocks[i]) <= addr);

	return at < p->block_count ? at : at - 1;
}

size_t rows_pages_line(struct rows *r, uint64_t addr)
{
	struct page_rows *p = pages_of(r);
	const struct span *b;
	size_t i;

	if (!page_count(r))
		return 0;
	i = block_near(p, addr);
	b = &p->blocks[i];
	if (addr < b->offset)
		return p->first[i];
	if (addr >= block_end(b))
		return p->first[i + 1] - 1;
	return p->first[i] + (size_t)((addr - b->offset) / line_bytes(p));
}

uint64_t rows_pages_address(struct rows *r, size_t n, unsigned cell)
{
	struct page_rows *p = pages_of(r);
	uint64_t at, last;
	size_t i;

	if (n >= page_count(r))
		return 0;
	i = block_of_line(p, n);
	at = p->blocks[i].offset + (n - p->first[i]) * line_bytes(p);
	last = (block_end(&p->blocks[i]) - 1 - at) / cell_bytes(p);
	return at + (cell < last ? cell : last) * cell_bytes(p);
}

unsigned rows_pages_cell(struct rows *r, uint64_t addr)
{
	struct page_rows *p = pages_of(r);
	uint64_t first;

	if (!page_count(r))
		return 0;
	first = rows_pages_address(r, rows_pages_line(r, addr), 0);
	return addr < first ? 0 : (unsigned)((addr - first) / cell_bytes(p) % p->cells);
}
