/* Regions as rows, and the words that filter them:
 *
 *	perm~w  perm=rw-p  kind=heap  name~libc  mark~rwx  present>0  size>1M  start>=0x7f0000000000
 *
 * Words combine; one without a sign is looked for in all that the line says. */
#include "view/rows_regions.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bound.h"
#include "base/heap.h"
#include "view/rows_pages.h"

/* What was counted of a region: up to `at`. */
struct count {
	struct page_tally tally;
	uint64_t at;
};

struct note {
	uint64_t addr;
	const char *text;
	struct note *next;
};

struct region_rows {
	struct rows rows;
	const struct aspace *as;
	size_t count; /* of its regions; 0 until they are found */
	int columns;
	struct entropy *entropy; /* NULL: not shown */
	enum region_column by;
	size_t *order;        /* line to region; owned */
	size_t *line;         /* region to line; owned */
	struct count *counts; /* of each region; owned */
	struct arena arena;   /* of the notes */
	struct note *notes;
};

static struct region_rows *regions_of(const struct rows *r)
{
	return (struct region_rows *)r;
}

/* ---- counting ---- */

static bool counted(const struct region_rows *g, size_t i)
{
	return g->counts[i].at >= g->as->regions[i].end;
}

/* Returns the steps left. */
static unsigned count_on(struct region_rows *g, size_t i, unsigned steps)
{
	const struct region *region = &g->as->regions[i];
	struct count *c = &g->counts[i];
	struct extent x;

	while (c->at < region->end && steps) {
		uint64_t to;

		aspace_at(g->as, c->at, &x);
		to = x.end < region->end ? x.end : region->end;
		steps--;
		if (to <= c->at)
			to = region->end;
		else
			c->tally.pages[x.state] += (to - c->at + g->as->page - 1) / g->as->page;
		c->at = to;
	}
	return steps;
}

/* All of a region, asking now and then whether to stop. */
static bool count_through(struct region_rows *g, size_t i, bool (*stop)(void *), void *arg)
{
	while (!counted(g, i)) {
		if (stop && stop(arg))
			return false;
		count_on(g, i, 4096);
	}
	return true;
}

static uint64_t in_images(const struct page_tally *t)
{
	return t->pages[PAGE_PRESENT] + t->pages[PAGE_PARENT];
}

static uint64_t not_there(const struct page_tally *t)
{
	return t->pages[PAGE_ZERO] + t->pages[PAGE_FILE] + t->pages[PAGE_ABSENT];
}

/* ---- what is remarkable ---- */

static bool of_the_kernel(const struct region *r)
{
	return !strcmp(r->kind, "vdso") || !strcmp(r->kind, "vvar") || !strcmp(r->kind, "vsyscall");
}

static void mark_add(struct strbuf *s, const char *text)
{
	strbuf_addf(s, "%s%s", s->len ? " " : "", text);
}

/* "!rwx !anon exec stack tid 9" */
static const char *marks_of(const struct region_rows *g, size_t i, struct arena *a)
{
	const struct region *r = &g->as->regions[i];
	const struct page_tally *t = &g->counts[i].tally;
	struct strbuf s;

	strbuf_init(&s, a);
	strbuf_add(&s, "");
	if (r->flags & REGION_EXEC && r->flags & REGION_WRITE)
		mark_add(&s, "!rwx");
	/* A guest's tables do not say where a page comes from. */
	if (r->flags & REGION_EXEC && !(r->flags & REGION_FILE) && !of_the_kernel(r) &&
	    g->as->kind == ASPACE_PROCESS)
		mark_add(&s, "!anon exec");
	if (r->flags & REGION_EXEC && r->flags & REGION_FILE &&
	    in_images(t) + t->pages[PAGE_LAZY] > 0)
		mark_add(&s, "!patched");
	for (const struct note *n = g->notes; n; n = n->next)
		if (n->addr >= r->start && n->addr < r->end)
			mark_add(&s, n->text);
	return s.text;
}

/* ---- lines ---- */

static size_t region_count(struct rows *r)
{
	return regions_of(r)->count;
}

/* Of frames by PFN: the list is of those. */
static const char *range_text(const struct region_rows *g, const struct region *r, struct arena *a)
{
	if (g->as->kind == ASPACE_FRAMES)
		return arena_printf(a, "%" PRIx64 "-%" PRIx64 "  ", r->start / g->as->page,
				    r->end / g->as->page);
	return arena_printf(a, "%08" PRIx64 "-%08" PRIx64 "  ", r->start, r->end);
}

/* The last part of a mapped file's path: the directories are the same for most. */
static const char *short_name(const struct region *r)
{
	const char *slash = r->file ? strrchr(r->name, '/') : NULL;

	return !*r->name ? "anon" : slash && slash[1] ? slash + 1 : r->name;
}

/* As much of cleaned text as fits, with an ellipsis if that is not all. */
static const char *cut_text(const char *text, int room, struct arena *a)
{
	struct bytes left = bytes_of(text);
	int width = 0;

	if (text_width(text) <= room)
		return text;
	while (left.len) {
		uint32_t cp;
		size_t n = text_decode(left, &cp);

		if (!n || width + text_cp_width(cp) > room - 1)
			break;
		width += text_cp_width(cp);
		left.at += n;
		left.len -= n;
	}
	return arena_printf(a, "%.*s\u2026", (int)((const char *)left.at - text), text);
}

/* Columns of the wide form, from the left. */
#define ENTROPY_DIGITS 4
#define ENTROPY_WIDTH (2 + ENTROPY_DIGITS)
#define NAME_WIDE 36
#define STRIP_MOST 64

/* The widest range of addresses: kernel's are longer, and last. A process has one of them at most,
 * which on narrow screens stands out by that. */
static int range_width(const struct region_rows *g)
{
	const struct region *last = g->count ? &g->as->regions[g->count - 1] : NULL;
	bool wide = g->columns >= REGIONS_WIDE || (g->as && g->as->kind == ASPACE_VCPU);

	return wide && last && last->end > UINT64_C(0x1000000000000) ? 35 : 27;
}

static void put_count(struct row *out, const struct region_rows *g, size_t i, uint64_t n, int width,
		      struct arena *a)
{
	const char *text = n ? arena_printf(a, "%" PRIu64, n) : "-";

	row_cell(out, ROLE_VALUE, -width, counted(g, i) ? text : "\u2026");
}

static bool shows_entropy(const struct region_rows *g)
{
	return g->entropy && g->columns >= REGIONS_ENTROPY;
}

/* A digit for each quarter, or for each page of less than four. */
static void put_entropy(struct row *out, const struct region_rows *g, size_t i, struct arena *a)
{
	const struct region *r = &g->as->regions[i];
	uint64_t pages = (r->end - r->start + g->as->page - 1) / g->as->page, at = r->start;
	uint64_t digits = pages < ENTROPY_DIGITS ? pages : ENTROPY_DIGITS;

	row_cell(out, ROLE_NORMAL, 2, "");
	for (uint64_t n = 0; n < digits; n++) {
		uint64_t to = r->start + pages * (n + 1) / digits * g->as->page;
		unsigned tenths;

		to = n + 1 == digits || to > r->end ? r->end : to;
		tenths = entropy_look(g->entropy, g->as, at, to);
		row_cell(out, entropy_role(tenths), 1,
			 arena_printf(a, "%c", entropy_digit(tenths)));
		at = to;
	}
	row_cell(out, ROLE_NORMAL, ENTROPY_DIGITS - (int)digits, "");
}

static void put_counts(struct row *out, const struct region_rows *g, size_t i, struct arena *a)
{
	const struct page_tally *t = &g->counts[i].tally;

	if (g->columns < REGIONS_WIDE) {
		put_count(out, g, i, in_images(t), 8, a);
		return;
	}
	put_count(out, g, i, t->pages[PAGE_PRESENT], 9, a);
	put_count(out, g, i, t->pages[PAGE_PARENT], 8, a);
	put_count(out, g, i, t->pages[PAGE_LAZY], 8, a);
	put_count(out, g, i, not_there(t), 9, a);
	if (shows_entropy(g))
		put_entropy(out, g, i, a);
}

static void put_name(struct row *out, const struct region_rows *g, size_t i, struct arena *a)
{
	const struct region *r = &g->as->regions[i];
	const char *marks = marks_of(g, i, a), *name = short_name(r);
	int room = g->columns < REGIONS_WIDE ? 200 : NAME_WIDE;
	int left = *marks ? room - text_width(marks) - 1 : room;

	name = cut_text(name, left > 8 ? left : 8, a);
	row_cell(out, ROLE_NORMAL, 0, "  ");
	row_cell(out, ROLE_NORMAL, 0, name);
	if (*marks) {
		row_cell(out, ROLE_NORMAL, 0, " ");
		row_cell(out, *marks == '!' ? ROLE_WARNING : ROLE_NOTE, 0, marks);
	}
	room -= text_width(name) + (*marks ? text_width(marks) + 1 : 0);
	if (g->columns >= REGIONS_WIDE && room > 0)
		row_cell(out, ROLE_NORMAL, room, "");
}

static int strip_room(const struct region_rows *g)
{
	/* A column for the sign of the selection, a blank, the numbers. */
	int room = g->columns - 2 - range_width(g) - 5 - 7 - 34 - 2 - NAME_WIDE - 2;

	if (shows_entropy(g))
		room -= ENTROPY_WIDTH;
	return room > STRIP_MOST ? STRIP_MOST : room;
}

static bool has_pages(const struct region_rows *g, size_t i)
{
	const struct page_tally *t = &g->counts[i].tally;

	return !counted(g, i) || in_images(t) || t->pages[PAGE_LAZY];
}

static void region_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct region_rows *g = regions_of(r);
	const struct region *region = rows_regions_at(r, n);
	size_t i;

	if (!region)
		return;
	i = g->order[n];
	row_cell(out, ROLE_ADDRESS, range_width(g), range_text(g, region, a));
	row_cell(out,
		 region->flags & REGION_EXEC && region->flags & REGION_WRITE ? ROLE_WARNING
									     : ROLE_NORMAL,
		 5, region->prot);
	row_cell(out, ROLE_VALUE, -7, text_size(region->end - region->start, a));
	put_counts(out, g, i, a);
	put_name(out, g, i, a);
	if (g->columns >= REGIONS_WIDE && has_pages(g, i)) {
		row_cell(out, ROLE_NORMAL, 0, "  ");
		row_pages(out, g->as, region->start, region->end, strip_room(g), a);
	}
	out->node = region->node;
	out->span = (struct span){ region->start, region->end - region->start };
}

static void put_head(struct row *out, const struct region_rows *g, enum region_column c, int width,
		     const char *text)
{
	row_cell(out, g->by == c && c != REGION_ADDRESS ? ROLE_FIELD : ROLE_DIM, width, text);
}

static bool region_heading(struct rows *r, struct arena *a, struct row *out)
{
	struct region_rows *g = regions_of(r);
	bool wide = g->columns >= REGIONS_WIDE;

	(void)a;
	if (!g->as)
		return false;
	put_head(out, g, REGION_ADDRESS, range_width(g),
		 g->as->kind == ASPACE_FRAMES ? "PFN-END" : "START-END");
	put_head(out, g, REGION_PERM, 5, g->as->kind == ASPACE_FRAMES ? "" : "PERM");
	put_head(out, g, REGION_SIZE, -7, "SIZE");
	put_head(out, g, REGION_PRESENT, wide ? -9 : -8, wide ? "PRESENT" : "PAGES");
	if (wide) {
		put_head(out, g, REGION_PARENT, -8, "PARENT");
		put_head(out, g, REGION_LAZY, -8, "LAZY");
		put_head(out, g, REGION_ABSENT, -9, "ABSENT");
	}
	if (shows_entropy(g))
		row_cell(out, ROLE_DIM, ENTROPY_WIDTH, "  ENTR");
	row_cell(out, ROLE_DIM, 0, "  ");
	put_head(out, g, REGION_NAME, wide ? NAME_WIDE + 2 : 0,
		 g->as->kind == ASPACE_FRAMES ? "TYPE" : "NAME");
	if (wide)
		row_cell(out, ROLE_DIM, 0,
			 g->as->kind == ASPACE_PROCESS ? "MAP  # present  + some  p parent  l lazy"
						       : "MAP  # present  + some  1-5 page tables");
	return true;
}

/* ---- filter ---- */

static const struct column_info {
	const char *name;
	bool number;
} column_infos[REGION_COLUMNS] = {
	[REGION_ADDRESS] = { "address", false },
	[REGION_PERM] = { "permissions", false },
	[REGION_SIZE] = { "size", true },
	[REGION_PRESENT] = { "present pages", true },
	[REGION_PARENT] = { "parent's pages", true },
	[REGION_LAZY] = { "lazy pages", true },
	[REGION_ABSENT] = { "absent pages", true },
	[REGION_NAME] = { "name", false },
};

const char *region_column_name(enum region_column c)
{
	return c < REGION_COLUMNS ? column_infos[c].name : "?";
}

enum term_name {
	TERM_PERM,
	TERM_KIND,
	TERM_NAME,
	TERM_TYPE,
	TERM_MARK,
	TERM_SIZE,
	TERM_START,
	TERM_END,
	TERM_PAGES,
	TERM_PRESENT,
	TERM_PARENT,
	TERM_LAZY,
	TERM_ZERO,
	TERM_FILE,
	TERM_ABSENT,
	TERM_COUNT
};

/* From `number` on they are numbers; from `pages` on pages must have been counted. */
static const char *const term_names[TERM_COUNT] = {
	[TERM_PERM] = "perm",       [TERM_KIND] = "kind",     [TERM_NAME] = "name",
	[TERM_TYPE] = "type",       [TERM_MARK] = "mark",     [TERM_SIZE] = "size",
	[TERM_START] = "start",     [TERM_END] = "end",       [TERM_PAGES] = "pages",
	[TERM_PRESENT] = "present", [TERM_PARENT] = "parent", [TERM_LAZY] = "lazy",
	[TERM_ZERO] = "zero",       [TERM_FILE] = "file",     [TERM_ABSENT] = "absent",
};

static bool parse_number(const char *text, size_t len, uint64_t *v)
{
	static const char units[] = "KMGT";
	char digits[32];
	const char *unit;
	char *end;

	if (!len || len >= sizeof(digits) || *text < '0' || *text > '9')
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	*v = strtoull(digits, &end, 0);
	unit = *end ? strchr(units, *end >= 'a' ? *end - 32 : *end) : NULL;
	if (unit && !end[1]) {
		*v <<= 10 * (unit - units + 1);
		return true;
	}
	return !*end;
}

static uint64_t term_number(struct region_rows *g, size_t i, enum term_name name)
{
	const struct region *r = &g->as->regions[i];
	const struct page_tally *t = &g->counts[i].tally;

	switch (name) {
	case TERM_SIZE:
		return r->end - r->start;
	case TERM_START:
		return r->start;
	case TERM_END:
		return r->end;
	case TERM_PAGES:
		return in_images(t);
	case TERM_PRESENT:
		return t->pages[PAGE_PRESENT];
	case TERM_PARENT:
		return t->pages[PAGE_PARENT];
	case TERM_LAZY:
		return t->pages[PAGE_LAZY];
	case TERM_ZERO:
		return t->pages[PAGE_ZERO];
	case TERM_FILE:
		return t->pages[PAGE_FILE];
	default:
		return not_there(t);
	}
}

static const char *term_text(struct region_rows *g, size_t i, enum term_name name, struct arena *a)
{
	const struct region *r = &g->as->regions[i];

	return name == TERM_PERM                        ? r->prot
	       : name == TERM_KIND                      ? r->kind
	       : name == TERM_NAME || name == TERM_TYPE ? (*r->name ? r->name : "anon")
							: marks_of(g, i, a);
}

static bool compare(const char *sign, uint64_t a, uint64_t b)
{
	bool same = sign[1] == '=' && a == b;

	return *sign == '>'   ? a > b || same
	       : *sign == '<' ? a < b || same
	       : *sign == '!' ? a != b
			      : a == b;
}

/* "rx" in "r-xp": each of the letters. */
static bool has_letters(const char *perm, const char *letters)
{
	for (; *letters; letters++)
		if (!strchr(perm, *letters))
			return false;
	return true;
}

static bool text_passes(enum term_name name, const char *sign, const char *text, const char *value)
{
	bool same = !strcmp(text, value);

	if (*sign == '=')
		return same;
	if (sign[0] == '!' && sign[1] == '=')
		return !same;
	return name == TERM_PERM ? has_letters(text, value) : text_match(text, value) >= 0;
}

static bool word_anywhere(struct region_rows *g, size_t i, const char *word, struct arena *a)
{
	const struct region *r = &g->as->regions[i];
	const char *texts[] = { range_text(g, r, a), r->prot, r->kind, *r->name ? r->name : "anon",
				marks_of(g, i, a) };

	for (size_t n = 0; n < ARRAY_LEN(texts); n++)
		if (text_match(texts[n], word) >= 0)
			return true;
	return false;
}

static bool word_passes(struct region_rows *g, size_t i, const char *word, struct arena *a)
{
	size_t n = strcspn(word, "~=!<>");
	const char *sign = word + n, *value = sign + strspn(sign, "~=!<>");
	enum term_name name = 0;
	uint64_t v;

	while (name < TERM_COUNT &&
	       (strlen(term_names[name]) != n || strncmp(term_names[name], word, n) != 0))
		name++;
	if (!*sign || name == TERM_COUNT)
		return word_anywhere(g, i, word, a);
	/* Half typed: nothing is kept out yet. */
	if (!*value)
		return true;
	if (name == TERM_MARK || name >= TERM_PAGES)
		count_through(g, i, NULL, NULL);
	if (name < TERM_SIZE)
		return text_passes(name, sign, term_text(g, i, name, a), value);
	return parse_number(value, strlen(value), &v) && compare(sign, term_number(g, i, name), v);
}

static bool region_passes(struct rows *r, size_t n, const char *filter, struct arena *a)
{
	struct region_rows *g = regions_of(r);
	char *save = NULL, *words = arena_strdup(a, filter);

	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		if (!word_passes(g, g->order[n], w, a))
			return false;
	return true;
}

/* ---- order ---- */

struct key {
	uint64_t number;
	const char *text;
	size_t region;
};

static int by_key(const void *x, const void *y)
{
	const struct key *a = x, *b = y;
	int c = a->text ? strcmp(a->text, b->text) : 0;

	if (c)
		return c;
	if (a->number != b->number)
		return a->number > b->number ? -1 : 1;
	return a->region < b->region ? -1 : a->region > b->region;
}

static struct key key_of(const struct region_rows *g, size_t i, enum region_column by)
{
	const struct region *r = &g->as->regions[i];
	const struct page_tally *t = &g->counts[i].tally;
	const uint64_t numbers[REGION_COLUMNS] = {
		[REGION_SIZE] = r->end - r->start,
		[REGION_PRESENT] =
			g->columns < REGIONS_WIDE ? in_images(t) : t->pages[PAGE_PRESENT],
		[REGION_PARENT] = t->pages[PAGE_PARENT],
		[REGION_LAZY] = t->pages[PAGE_LAZY],
		[REGION_ABSENT] = not_there(t),
	};

	return (struct key){ numbers[by],
			     by == REGION_NAME   ? short_name(r)
			     : by == REGION_PERM ? r->prot
						 : NULL,
			     i };
}

bool rows_regions_sort(struct rows *r, enum region_column by, bool (*stop)(void *), void *arg)
{
	struct region_rows *g = regions_of(r);
	size_t n = region_count(r);
	struct key *keys;

	if (by >= REGION_PRESENT && by <= REGION_ABSENT)
		for (size_t i = 0; i < n; i++)
			if (!count_through(g, i, stop, arg))
				return false;
	keys = heap_zeroed(n + 1, sizeof(*keys));
	for (size_t i = 0; i < n; i++)
		keys[i] = key_of(g, i, by);
	qsort(keys, n, sizeof(*keys), by_key);
	for (size_t i = 0; i < n; i++) {
		g->order[i] = keys[i].region;
		g->line[keys[i].region] = i;
	}
	free(keys);
	g->by = by;
	return true;
}

enum region_column rows_regions_sorted(const struct rows *r)
{
	return regions_of(r)->by;
}

/* ---- making, asking ---- */

static void let_go(struct region_rows *g)
{
	free(g->order);
	free(g->line);
	free(g->counts);
	g->order = g->line = NULL;
	g->counts = NULL;
}

static void region_fini(struct rows *r)
{
	struct region_rows *g = regions_of(r);

	let_go(g);
	arena_fini(&g->arena);
	free(g);
}

static const struct rows_ops region_ops = {
	.count = region_count,
	.line = region_line,
	.heading = region_heading,
	.passes = region_passes,
	.fini = region_fini,
};

struct rows *rows_regions_new(void)
{
	struct region_rows *g = heap_zeroed(1, sizeof(*g));

	g->rows.ops = &region_ops;
	g->columns = 80;
	arena_init(&g->arena);
	return &g->rows;
}

void rows_regions_set(struct rows *r, const struct aspace *as)
{
	struct region_rows *g = regions_of(r);
	size_t n = as && aspace_is_mapped(as) ? as->region_count : 0;

	let_go(g);
	g->count = n;
	arena_reset(&g->arena);
	g->notes = NULL;
	g->as = as;
	g->by = REGION_ADDRESS;
	g->order = heap_zeroed(n + 1, sizeof(*g->order));
	g->line = heap_zeroed(n + 1, sizeof(*g->line));
	g->counts = heap_zeroed(n + 1, sizeof(*g->counts));
	for (size_t i = 0; i < n; i++) {
		g->order[i] = g->line[i] = i;
		g->counts[i].at = as->regions[i].start;
	}
}

void rows_regions_entropy(struct rows *r, struct entropy *e)
{
	regions_of(r)->entropy = e;
}

void rows_regions_room(struct rows *r, int columns)
{
	regions_of(r)->columns = columns;
}

void rows_regions_note(struct rows *r, uint64_t addr, const char *text)
{
	struct region_rows *g = regions_of(r);
	struct note *n = ARENA_NEW(&g->arena, struct note), **at = &g->notes;

	*n = (struct note){ addr, arena_strdup(&g->arena, text), NULL };
	while (*at)
		at = &(*at)->next;
	*at = n;
}

const struct region *rows_regions_at(struct rows *r, size_t n)
{
	struct region_rows *g = regions_of(r);

	return n < region_count(r) ? &g->as->regions[g->order[n]] : NULL;
}

size_t rows_regions_line(struct rows *r, uint64_t addr)
{
	struct region_rows *g = regions_of(r);
	size_t at = BOUND(i, region_count(r), g->as->regions[i].end <= addr);

	return at < region_count(r) ? g->line[at] : region_count(r);
}

bool rows_regions_tally(struct rows *r, size_t n, struct page_tally *out)
{
	struct region_rows *g = regions_of(r);

	*out = (struct page_tally){ 0 };
	if (n >= region_count(r))
		return true;
	*out = g->counts[g->order[n]].tally;
	return counted(g, g->order[n]);
}

bool rows_regions_work(struct rows *r, size_t first, size_t lines, unsigned steps)
{
	struct region_rows *g = regions_of(r);
	size_t count = region_count(r);

	for (size_t n = first; n < count && n - first < lines; n++) {
		steps = count_on(g, g->order[n], steps);
		if (!counted(g, g->order[n]))
			return true;
	}
	return false;
}

struct page_tally rows_regions_total(struct rows *r, bool *all)
{
	struct region_rows *g = regions_of(r);
	struct page_tally sum = { 0 };

	*all = true;
	for (size_t i = 0; i < region_count(r); i++) {
		*all = *all && counted(g, i);
		for (int s = 0; s < PAGE_STATES; s++)
			sum.pages[s] += g->counts[i].tally.pages[s];
	}
	return sum;
}
