/* The lines are made at once when a change is chosen, into an arena of their own: names and values
 * as text. Only cutting them to columns is left for drawing. */
#include "view/rows_pair.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/heap.h"

#define FIELDS_MOST 4000u /* of a record, on each side */
#define VALUE_MOST 400    /* bytes of a value */
#define NAME_MOST 40      /* columns of a name */
#define BUSY_MOST 4096u   /* regions with differences that are ordered, */
#define BUSY_SHOWN 64u    /* and shown */
#define FIRST_STEPS 4000u /* extents of a region that are counted at once: a millisecond */

struct pair {
	const char *name, *a, *b; /* NULL: not there; both: a heading, or: */
	const char *both;         /* of the two together */
	char mark;
	bool dim;
};

struct pair_rows {
	struct rows rows;
	struct arena arena;
	struct pair *pairs;
	size_t count, room, differ;
	int columns, name_width;
	bool swapped;
	/* Pages of a region on both sides, while they are being counted; end 0: not on that one. */
	const struct aspace *counted[2];
	struct page_count counts[2];
	size_t count_line; /* where they go; SIZE_MAX: nothing is being counted */
};

static struct pair_rows *pair_of(const struct rows *r)
{
	return (struct pair_rows *)r;
}

/* ---- lines ---- */

static struct pair pair_made(const struct pair_rows *p, const char *name, const char *a,
			     const char *b)
{
	struct pair one = {
		.name = name, .a = p->swapped ? b : a, .b = p->swapped ? a : b, .mark = ' '
	};

	if (one.a && one.b)
		one.mark = strcmp(one.a, one.b) ? '~' : ' ';
	else if (one.a || one.b)
		one.mark = one.b ? '+' : '-';
	return one;
}

static struct pair *add(struct pair_rows *p, const char *name, const char *a, const char *b)
{
	p->pairs = heap_grow(p->pairs, p->count, &p->room, sizeof(*p->pairs));
	p->pairs[p->count] = pair_made(p, name, a, b);
	return &p->pairs[p->count++];
}

static void add_number(struct pair_rows *p, const char *name, uint64_t n)
{
	add(p, name, NULL, NULL)->both = text_uint(n, &p->arena);
}

static void count_differing(struct pair_rows *p)
{
	int widest = 4;

	p->differ = 0;
	for (size_t n = 0; n < p->count; n++) {
		int width = text_width(p->pairs[n].name);

		p->differ += p->pairs[n].mark != ' ' && !p->pairs[n].dim;
		if ((p->pairs[n].a || p->pairs[n].b) && width > widest)
			widest = width;
	}
	p->name_width = widest < NAME_MOST ? widest : NAME_MOST;
}

/* ---- fields of a record ---- */

struct leaf {
	const char *path, *value;
	bool loose, taken;
};

struct leaves {
	struct arena *arena;
	struct leaf at[FIELDS_MOST];
	size_t count;
};

static void gather(struct leaves *to, struct field *f, const char *path, int depth)
{
	for (f = field_children(f, to->arena); f && to->count < FIELDS_MOST; f = f->next) {
		const char *name = field_label(f, to->arena);
		const char *full = *path ? arena_printf(to->arena, "%s/%s", path, name) : name;

		if (f->type == FIELD_FRAME)
			continue;
		if (f->type == FIELD_GROUP && depth < 16 && field_children(f, to->arena))
			gather(to, f, full, depth + 1);
		else
			to->at[to->count++] =
				(struct leaf){ full, field_value(f, VALUE_MOST, to->arena),
					       f->loose, false };
	}
}

static struct leaves *leaves_of(struct pair_rows *p, struct node n)
{
	struct leaves *l = heap_zeroed(1, sizeof(*l));

	l->arena = &p->arena;
	if (n.item)
		gather(l, node_fields(n, &p->arena), "", 0);
	return l;
}

/* The leaf of that path, looked for from `from` on: mostly it is the first. */
static struct leaf *same_leaf(struct leaves *l, const char *path, size_t from)
{
	for (size_t i = 0; i < l->count; i++) {
		struct leaf *one = &l->at[(from + i) % l->count];

		if (!one->taken && !strcmp(one->path, path))
			return one;
	}
	return NULL;
}

static void add_gone(struct pair_rows *p, struct leaves *a, size_t *from, size_t to)
{
	for (; *from < to; ++*from)
		if (!a->at[*from].taken)
			add(p, a->at[*from].path, a->at[*from].value, NULL)->dim =
				a->at[*from].loose;
}

static void add_records(struct pair_rows *p, struct node na, struct node nb)
{
	struct leaves *a = leaves_of(p, na), *b = leaves_of(p, nb);
	size_t from = 0;

	if (a->count || b->count)
		add(p, arena_printf(&p->arena, "%s", node_path(nb.item ? nb : na, &p->arena)), NULL,
		    NULL);
	for (size_t n = 0; n < b->count; n++) {
		struct leaf *was = a->count ? same_leaf(a, b->at[n].path, from) : NULL;

		if (was) {
			was->taken = true;
			add_gone(p, a, &from, (size_t)(was - a->at));
		}
		add(p, b->at[n].path, was ? was->value : NULL, b->at[n].value)->dim =
			b->at[n].loose;
	}
	add_gone(p, a, &from, a->count);
	free(a);
	free(b);
}

/* ---- the kinds of changes ---- */

static void add_thing(struct pair_rows *p, const struct diff *d, uint32_t n)
{
	const struct change *c = diff_at(d, n), *below;

	for (size_t i = n + 1;
	     (below = diff_at(d, i)) && below->parent != DIFF_TOP && below->parent >= n; i++) {
		struct pair *one;

		if (below->parent != n || below->what != DIFF_FIELD)
			continue;
		one = add(p, below->key, below->a, below->b);
		one->dim = below->loose;
	}
	add_records(p, c->node_a, c->node_b);
}

/* NULL: the side has no such region. */
static const char *pages_text(const struct page_count *c, struct arena *a)
{
	const uint64_t *pages = c->tally.pages;

	if (!c->end)
		return NULL;
	return c->at < c->end ? "\u2026" : text_uint(pages[PAGE_PRESENT] + pages[PAGE_PARENT], a);
}

bool rows_pair_work(struct rows *r, unsigned steps)
{
	struct pair_rows *p = pair_of(r);
	bool whole = true;

	if (p->count_line == SIZE_MAX)
		return false;
	for (int i = 0; i < 2; i++) {
		if (p->counts[i].at < p->counts[i].end)
			aspace_count_on(p->counted[i], &p->counts[i], steps);
		whole &= p->counts[i].at >= p->counts[i].end;
	}
	p->pairs[p->count_line] = pair_made(p, "pages", pages_text(&p->counts[0], &p->arena),
					    pages_text(&p->counts[1], &p->arena));
	count_differing(p);
	if (whole)
		p->count_line = SIZE_MAX;
	return true;
}

/* A region of a process has as many extents as its pagemap has runs there. */
static void add_pages(struct pair_rows *p, const struct aspace *sa, const struct region *a,
		      const struct aspace *sb, const struct region *b)
{
	const struct region *regions[2] = { a, b };

	for (int i = 0; i < 2; i++) {
		p->counted[i] = i ? sb : sa;
		p->counts[i] = (struct page_count){ 0 };
		if (regions[i])
			p->counts[i] = (struct page_count){ .start = regions[i]->start,
							    .at = regions[i]->start,
							    .end = regions[i]->end };
	}
	p->count_line = p->count;
	add(p, "pages", NULL, NULL);
	rows_pair_work(&p->rows, FIRST_STEPS);
}

/* What is said of a region, a line each. */
static const struct region_word {
	const char *name;
	const char *(*text)(const struct aspace *, const struct region *, struct arena *);
} region_words[];

static const char *word_start(const struct aspace *as, const struct region *r, struct arena *a)
{
	(void)as;
	return arena_printf(a, "0x%" PRIx64, r->start);
}

static const char *word_end(const struct aspace *as, const struct region *r, struct arena *a)
{
	(void)as;
	return arena_printf(a, "0x%" PRIx64, r->end);
}

static const char *word_size(const struct aspace *as, const struct region *r, struct arena *a)
{
	(void)as;
	return text_size(r->end - r->start, a);
}

static const char *word_prot(const struct aspace *as, const struct region *r, struct arena *a)
{
	(void)as;
	(void)a;
	return r->prot;
}

static const char *word_kind(const struct aspace *as, const struct region *r, struct arena *a)
{
	(void)as;
	(void)a;
	return r->kind;
}

static const char *word_name(const struct aspace *as, const struct region *r, struct arena *a)
{
	(void)as;
	(void)a;
	return *r->name ? r->name : "anon";
}

static const char *word_pgoff(const struct aspace *as, const struct region *r, struct arena *a)
{
	(void)as;
	return arena_printf(a, "0x%" PRIx64, r->pgoff);
}

static const struct region_word region_words[] = {
	{ "start", word_start }, { "end", word_end },   { "size", word_size },
	{ "prot", word_prot },   { "kind", word_kind }, { "name", word_name },
	{ "pgoff", word_pgoff },
};

static void add_regions(struct pair_rows *p, const struct aspace *sa, const struct region *a,
			const struct aspace *sb, const struct region *b)
{
	for (size_t i = 0; (a || b) && i < ARRAY_LEN(region_words); i++)
		add(p, region_words[i].name, a ? region_words[i].text(sa, a, &p->arena) : NULL,
		    b ? region_words[i].text(sb, b, &p->arena) : NULL);
}

/* The start of the region in A is in the text that the change has of it. */
static void add_vma(struct pair_rows *p, const struct change *c)
{
	uint64_t in_a = c->a ? strtoull(c->a, NULL, 16) : 0;
	const struct region *a = c->a ? aspace_region(c->space_a, in_a) : NULL;
	const struct region *b = c->b ? aspace_region(c->space_b, c->number) : NULL;

	add_regions(p, c->space_a, a, c->space_b, b);
	add_pages(p, c->space_a, a, c->space_b, b);
	add_records(p, c->node_a, c->node_b);
}

/* How many pages of each region differ, the most first: where the activity is. */
struct busy {
	const struct region *region;
	size_t pages;
};

static int by_pages(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;

	return x->pages != y->pages                  ? (x->pages < y->pages ? 1 : -1)
	       : x->region->start < y->region->start ? -1
						     : 1;
}

static size_t busy_regions(const struct diff *d, size_t n, const struct aspace *as,
			   struct busy *out, size_t room)
{
	size_t count = 0, from = 0;

	for (size_t i = 0; i < as->region_count && count < room; i++) {
		const struct region *r = &as->regions[i];
		size_t to;

		from = diff_page_find(d, n, r->start);
		to = diff_page_find(d, n, r->end);
		if (to > from)
			out[count++] = (struct busy){ r, to - from };
	}
	qsort(out, count, sizeof(*out), by_pages);
	return count;
}

static void add_memory(struct pair_rows *p, const struct diff *d, uint32_t n)
{
	const struct change *c = diff_at(d, n);
	const struct aspace *as = c->space_b ? c->space_b : c->space_a;
	struct memory_tally t = diff_tally(d, n);
	struct busy *busy;
	size_t count;
	const struct {
		const char *name;
		uint64_t n;
	} sums[] = {
		{ "pages changed", t.changed },
		{ "bytes in them that differ", t.bytes },
		{ p->swapped ? "gone" : "new", t.added },
		{ p->swapped ? "new" : "gone", t.removed },
		{ "new, but moved", t.moved },
		{ "compared", t.compared },
		{ "equal without a look", t.skipped },
		{ "not known", t.unknown },
	};

	for (size_t i = 0; i < ARRAY_LEN(sums); i++)
		add_number(p, sums[i].name, sums[i].n);
	if (t.stopped)
		add_number(p, "not looked at", t.stopped);
	if (as->kind == ASPACE_FRAMES || !diff_done(d))
		return;
	busy = arena_alloc(&p->arena, BUSY_MOST * sizeof(*busy));
	count = busy_regions(d, n, as, busy, BUSY_MOST);
	if (count)
		add(p, "pages that differ, by region", NULL, NULL);
	for (size_t i = 0; i < count && i < BUSY_SHOWN; i++)
		add_number(p,
			   arena_printf(&p->arena, "%" PRIx64 " %s", busy[i].region->start,
					*busy[i].region->name ? busy[i].region->name : "anon"),
			   busy[i].pages);
}

static void add_extents(struct pair_rows *p, const struct change *c, const uint64_t addrs[2])
{
	const struct aspace *spaces[2] = { c->space_a, c->space_b };
	const char *state[2] = { NULL, NULL }, *file[2] = { NULL, NULL };
	const char *offset[2] = { NULL, NULL }, *why[2] = { NULL, NULL };

	for (int i = 0; i < 2; i++) {
		struct extent x;

		if (!spaces[i])
			continue;
		aspace_at(spaces[i], addrs[i], &x);
		state[i] = page_state_name(x.state);
		why[i] = x.why;
		if (!x.image)
			continue;
		file[i] = x.image->name;
		offset[i] = arena_printf(&p->arena, "0x%" PRIx64, x.offset + addrs[i] - x.start);
	}
	add(p, "state", state[0], state[1]);
	if (why[0] || why[1])
		add(p, "why", why[0], why[1]);
	if (file[0] || file[1])
		add(p, "file", file[0], file[1])->dim = true;
	if (file[0] || file[1])
		add(p, "offset", offset[0], offset[1])->dim = true;
}

static void add_page(struct pair_rows *p, const struct diff *d, struct diff_spot spot)
{
	const struct change *c = diff_at(d, spot.change);
	const struct page_change *page = diff_page(d, spot.change, spot.page);
	uint64_t addrs[2] = { page->moved ? page->other : page->addr, page->addr };
	struct arena *a = &p->arena;
	const struct aspace *as = c->space_b ? c->space_b : c->space_a;
	uint64_t unit = as->kind == ASPACE_FRAMES ? as->page : 1;

	add(p, as->kind == ASPACE_FRAMES ? "pfn" : "address",
	    arena_printf(a, "0x%" PRIx64, addrs[0] / unit),
	    arena_printf(a, "0x%" PRIx64, addrs[1] / unit));
	if (page->how == DIFF_CHANGED)
		add_number(p, "bytes that differ", page->bytes);
	add_extents(p, c, addrs);
	add_regions(p, c->space_a, c->space_a ? aspace_region(c->space_a, addrs[0]) : NULL,
		    c->space_b, c->space_b ? aspace_region(c->space_b, addrs[1]) : NULL);
}

void rows_pair_set(struct rows *r, const struct diff *d, struct diff_spot spot, bool swapped)
{
	struct pair_rows *p = pair_of(r);
	const struct change *c = d && spot.change != DIFF_TOP ? diff_at(d, spot.change) : NULL;

	arena_reset(&p->arena);
	p->count = 0;
	p->count_line = SIZE_MAX;
	p->swapped = swapped;
	if (!c)
		return;
	if (spot.page != DIFF_NO_PAGE && spot.page < diff_pages(d, spot.change))
		add_page(p, d, spot);
	else if (c->what == DIFF_MEMORY)
		add_memory(p, d, spot.change);
	else if (c->what == DIFF_VMA)
		add_vma(p, c);
	else if (c->what == DIFF_FIELD && c->parent != DIFF_TOP)
		add_thing(p, d, c->parent);
	else
		add_thing(p, d, spot.change);
	count_differing(p);
}

/* ---- columns ---- */

/* `text` in `width` columns: if it is too long, of a number its last digits; of anything else first
 * without what both sides have in common at the beginning. */
static const char *fit(const char *text, const char *other, int width, struct arena *a)
{
	size_t common = 0, len = strlen(text), room = width > 2 ? (size_t)width : 2;
	struct strbuf s;

	if (text_width(text) <= width)
		return text;
	if (text[0] == '0' && text[1] == 'x' && strspn(text + 2, "0123456789abcdef") == len - 2)
		return arena_printf(a, "..%s", text + len - (room - 2));
	while (other && text[common] && text[common] == other[common])
		common++;
	if (common > len - (len > room ? room - 2 : 0))
		common = len > room ? len - (room - 2) : 0;
	while (common > 0 && ((unsigned char)text[common] & 0xc0) == 0x80)
		common--;
	strbuf_init(&s, a);
	strbuf_add(&s, common > 2 ? ".." : "");
	text += common > 2 ? common : 0;
	if (text_width(s.text) + text_width(text) > width)
		width -= 2;
	while (*text && text_width(s.text) < width) {
		uint32_t cp;
		size_t n = text_decode(bytes_of(text), &cp);

		strbuf_addn(&s, text, n ? n : 1);
		text += n ? n : 1;
	}
	if (*text)
		strbuf_add(&s, "..");
	return s.text;
}

struct columns {
	int name, value;
};

static struct columns columns_of(const struct pair_rows *p)
{
	int most = p->columns * 2 / 5;
	struct columns c = { p->name_width < most ? p->name_width : most, 0 };

	c.value = (p->columns - c.name - 5) / 2;
	if (c.value < 4)
		c.value = 4;
	return c;
}

static size_t pair_count(struct rows *r)
{
	return pair_of(r)->count;
}

static enum role mark_role(const struct pair *one)
{
	if (one->dim)
		return ROLE_DIM;
	return one->mark == '~'   ? ROLE_CHANGED
	       : one->mark == '+' ? ROLE_ADDED
	       : one->mark == '-' ? ROLE_REMOVED
				  : ROLE_NORMAL;
}

static void pair_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct pair_rows *p = pair_of(r);
	struct columns c = columns_of(p);
	const struct pair *one;
	enum role role;
	char mark[3];

	if (n >= p->count)
		return;
	one = &p->pairs[n];
	if (one->both) {
		row_cell(out, ROLE_FIELD, 0, arena_printf(a, "  %s  ", one->name));
		row_cell(out, ROLE_VALUE, 0, one->both);
		return;
	}
	if (!one->a && !one->b) {
		row_cell(out, ROLE_TITLE, 0, one->name);
		return;
	}
	role = mark_role(one);
	mark[0] = one->mark;
	mark[1] = ' ';
	mark[2] = '\0';
	row_cell(out, role, 2, arena_strdup(a, mark));
	row_cell(out, one->dim ? ROLE_DIM : ROLE_FIELD, c.name + 1,
		 fit(one->name, NULL, c.name, a));
	row_cell(out, role == ROLE_NORMAL ? ROLE_VALUE : role, c.value + 1,
		 one->a ? fit(one->a, one->b, c.value, a) : "-");
	row_cell(out, role == ROLE_NORMAL ? ROLE_VALUE : role, c.value,
		 one->b ? fit(one->b, one->a, c.value, a) : "-");
}

static bool pair_heading(struct rows *r, struct arena *a, struct row *out)
{
	struct columns c = columns_of(pair_of(r));

	(void)a;
	row_cell(out, ROLE_DIM, c.name + 3, "");
	row_cell(out, ROLE_DIM, c.value + 1, "A");
	row_cell(out, ROLE_DIM, 0, "B");
	return pair_of(r)->count;
}

static void pair_fini(struct rows *r)
{
	arena_fini(&pair_of(r)->arena);
	free(pair_of(r)->pairs);
	free(r);
}

static const struct rows_ops pair_ops = {
	.count = pair_count,
	.line = pair_line,
	.heading = pair_heading,
	.fini = pair_fini,
};

struct rows *rows_pair_new(void)
{
	struct pair_rows *p = heap_zeroed(1, sizeof(*p));

	p->rows.ops = &pair_ops;
	p->columns = 80;
	p->count_line = SIZE_MAX;
	arena_init(&p->arena);
	return &p->rows;
}

void rows_pair_room(struct rows *r, int columns)
{
	pair_of(r)->columns = columns;
}

size_t rows_pair_differ(const struct rows *r)
{
	return pair_of(r)->differ;
}

size_t rows_pair_line(struct rows *r, const char *name)
{
	struct pair_rows *p = pair_of(r);

	for (size_t n = 0; n < p->count; n++)
		if (!strcmp(p->pairs[n].name, name))
			return n;
	return 0;
}

const char *rows_pair_text(struct rows *r, size_t n, struct arena *a)
{
	const struct pair_rows *p = pair_of(r);
	const struct pair *one;

	if (n >= p->count)
		return "";
	one = &p->pairs[n];
	if (one->both)
		return arena_printf(a, "%s  %s", one->name, one->both);
	if (!one->a && !one->b)
		return one->name;
	if (one->mark == ' ')
		return arena_printf(a, "%s  %s", one->name, one->b);
	return arena_printf(a, "%s  %s -> %s", one->name, one->a ? one->a : "(none)",
			    one->b ? one->b : "(none)");
}
