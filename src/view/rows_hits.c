/* Hits. They never move, so that the list is drawn while a search adds to it. */
#include "view/rows_hits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/chunks.h"
#include "base/heap.h"
#include "base/text.h"
#include "view/hit.h"

#define GUEST_ADDRESS 16
#define WIDE 110    /* columns from which on there is room for the file */
#define BEFORE 12   /* bytes of context in front of a match */
#define SHOWN 160u  /* bytes looked at for a line, at most */
#define NUMBER_W -5 /* of a hit */
#define NOTED 136   /* columns from which on there is room for notes */
#define NOTE_W 26
#define SHARED_MOST 1000u /* hits at one place that are counted */
#define TALLIES 1024u
#define TALLY_TEXT 400u /* more than a line has room for */

/* Hits of one process, or in one file. */
struct tally {
	const void *whose; /* space or item; NULL: free */
	const char *name;
	size_t count;
};

struct hit_rows {
	struct rows rows;
	struct chunks hits; /* of struct search_hit */
	bool files;
	bool guests; /* hits are in memories of a guest */
	int columns;
	const struct model *sides[2];     /* A and B; NULL: there is one source */
	struct tally tallies[TALLIES];    /* a hash table, never more than half full */
	struct tally *order[TALLIES / 2]; /* as they came */
	size_t tally_count, others;       /* hits of those for whom there was no room */
	size_t tallied, places;           /* hits counted; different places they are stored at */
};

static struct hit_rows *hits_of(struct rows *r)
{
	return (struct hit_rows *)r;
}

static size_t hits_count(struct rows *r)
{
	return chunks_count(&hits_of(r)->hits);
}

bool rows_hits_add(struct rows *r, const struct search_hit *h)
{
	struct chunks *hits = &hits_of(r)->hits;
	struct search_hit *to = chunks_next(hits);

	if (!to)
		return false;
	*to = *h;
	chunks_publish(hits);
	return true;
}

bool rows_hits_at(struct rows *r, size_t n, struct search_hit *out)
{
	const struct search_hit *h = chunks_at(&hits_of(r)->hits, n);

	if (h)
		*out = *h;
	return h;
}

/* Its addresses are longer, and whose they are is no process. */
static bool of_guest(const struct search_hit *h)
{
	return h->space && h->space->kind != ASPACE_PROCESS;
}

/* ---- context ---- */

/* The bytes around a hit in `room` columns. */
static void context_cells(const struct search_hit *h, int room, struct arena *a, struct row *out)
{
	uint64_t at = h->space ? h->va : h->offset;
	size_t before = at < BEFORE ? (size_t)at : BEFORE, want, match;
	const char *parts[3];
	struct bytes b;

	if (room <= 0)
		return;
	want = (size_t)room < SHOWN ? (size_t)room : SHOWN;
	b = hit_bytes(h, before, want > before ? want - before : 0, 0, a);
	before = before < b.len ? before : b.len;
	match = h->length < b.len - before ? (size_t)h->length : b.len - before;
	parts[0] = hit_readable((struct bytes){ b.at, before }, a);
	parts[1] = hit_readable((struct bytes){ b.at + before, match }, a);
	parts[2] = hit_readable((struct bytes){ b.at + before + match, b.len - before - match }, a);
	for (int i = 0; i < 3; i++) {
		row_cell(out, i == 1 ? ROLE_MATCH : ROLE_DIM, 0, parts[i]);
		room -= text_width(parts[i]);
	}
	if (room > 0)
		row_cell(out, ROLE_NORMAL, room, "");
}

/* ---- the same bytes ---- */

/* Hits at one place of one file follow each other: some processes map it. */
static bool same_place(struct rows *r, const struct search_hit *h, size_t n)
{
	struct search_hit other;

	return h->image && rows_hits_at(r, n, &other) && other.image == h->image &&
	       other.offset == h->offset && other.space != NULL;
}

/* How many hits, with this one, are at its place: of [*first, *first + result). */
static size_t sharing(struct rows *r, const struct search_hit *h, size_t n, size_t *first)
{
	size_t from = n, to = n + 1;

	if (h->space) {
		while (from > 0 && n - from < SHARED_MOST && same_place(r, h, from - 1))
			from--;
		while (to - n < SHARED_MOST && same_place(r, h, to))
			to++;
	}
	*first = from;
	return to - from;
}

size_t rows_hits_sharing(struct rows *r, size_t n, size_t *first)
{
	struct search_hit h;

	*first = n;
	return rows_hits_at(r, n, &h) ? sharing(r, &h, n, first) : 0;
}

/* "same bytes as 2-5", "of a parent, level 2" */
static const char *note_text(struct rows *r, const struct search_hit *h, size_t n, struct arena *a)
{
	size_t first, count = sharing(r, h, n, &first);
	struct extent x = { .level = 0 };

	if (h->space)
		aspace_at(h->space, h->va, &x);
	return arena_printf(
		a, "%s%s%s",
		count > 1 ? arena_printf(a, "same bytes %zu-%zu", first + 1, first + count) : "",
		count > 1 && x.level ? ", " : "",
		x.level ? arena_printf(a, "level %" PRIu32, x.level) : "");
}

/* ---- tallies ---- */

static size_t tally_slot(const struct hit_rows *l, const void *whose)
{
	size_t at = (size_t)((uintptr_t)whose >> 4) * 2654435761u % TALLIES;

	while (l->tallies[at].whose && l->tallies[at].whose != whose)
		at = (at + 1) % TALLIES;
	return at;
}

/* Counts what has come since the last time. */
static void count_on(struct rows *r)
{
	struct hit_rows *l = hits_of(r);
	struct search_hit h, last = { .image = NULL };

	if (l->tallied)
		rows_hits_at(r, l->tallied - 1, &last);
	for (; rows_hits_at(r, l->tallied, &h); l->tallied++) {
		const void *whose = h.space ? (const void *)h.space : h.image;
		struct tally *t = &l->tallies[tally_slot(l, whose)];

		l->places += !h.image || h.image != last.image || h.offset != last.offset;
		last = h;
		l->guests = of_guest(&h);
		if (!t->whose && l->tally_count == TALLIES / 2) {
			l->others++;
			continue;
		}
		if (!t->whose) {
			t->whose = whose;
			t->name = h.space ? hit_whose(&h) : h.image->name;
			l->order[l->tally_count++] = t;
		}
		t->count++;
	}
}

#define WHO_W 5
#define SIDE_W 2 /* "A 3280" */

/* "3280", "A 3280" */
static const char *who_text(const struct hit_rows *l, const struct aspace *as, const char *who,
			    struct arena *a)
{
	for (int i = 0; i < 2; i++)
		if (l->sides[i] && l->sides[i] == as->item->model)
			return arena_printf(a, "%c %s", "AB"[i], who);
	return who;
}

const char *rows_hits_tally(struct rows *r, struct arena *a)
{
	struct hit_rows *l = hits_of(r);
	struct strbuf s;

	count_on(r);
	strbuf_init(&s, a);
	strbuf_add(&s, "");
	if (!l->tallied)
		return s.text;
	if (!l->files && l->places < l->tallied)
		strbuf_addf(&s, "in %zu place%s; ", l->places, l->places == 1 ? "" : "s");
	strbuf_addf(&s, "per %s: ", l->files ? "file" : l->guests ? "memory" : "process");
	for (size_t i = 0; i < l->tally_count && s.len < TALLY_TEXT; i++)
		strbuf_addf(&s, "%s%s: %zu", i ? "   " : "",
			    l->files ? l->order[i]->name
				     : who_text(l, l->order[i]->whose, l->order[i]->name, a),
			    l->order[i]->count);
	if (l->others)
		strbuf_addf(&s, "   others: %zu", l->others);
	return s.text;
}

/* ---- lines ---- */

static const char *region_text(const struct search_hit *h)
{
	const char *text = hit_region(h), *slash = strrchr(text, '/');

	return slash && slash[1] ? slash + 1 : text;
}

/* A cell of `width` columns, one of them blank. */
static void cell_cut(struct row *out, enum role role, int width, const char *text, struct arena *a)
{
	char *cut = arena_strdup(a, text);
	size_t n = strlen(cut);

	while (n && text_width(cut) > width - 1) {
		/* Never half a character. */
		do
			n--;
		while (n && ((unsigned char)cut[n] & 0xc0) == 0x80);
		cut[n] = 0;
	}
	row_cell(out, role, width, cut);
}

static void memory_cells(const struct hit_rows *l, const struct search_hit *h, struct arena *a,
			 struct row *out)
{
	row_cell(out, ROLE_VALUE, -(WHO_W + (l->sides[0] ? SIDE_W : 0)),
		 who_text(l, h->space, *h->space->who ? h->space->who : "pa", a));
	if (h->space->kind == ASPACE_FRAMES)
		row_cell(
			out, ROLE_ADDRESS, 0,
			arena_printf(a, "  %-*s ", GUEST_ADDRESS,
				     arena_printf(a, "%" PRIx64 "+%03" PRIx64,
						  h->va / h->space->page, h->va % h->space->page)));
	else
		row_cell(out, ROLE_ADDRESS, 0,
			 arena_printf(a, "  %-*" PRIx64 " ", of_guest(h) ? GUEST_ADDRESS : 13,
				      h->va));
	if (l->columns >= WIDE) {
		cell_cut(out, ROLE_FIELD, 19, h->image ? h->image->name : "(zeros)", a);
		row_cell(out, ROLE_ADDRESS, -10,
			 h->image ? arena_printf(a, "%" PRIx64, h->offset) : "");
		row_cell(out, ROLE_NORMAL, 2, "");
	}
	cell_cut(out, ROLE_NORMAL, l->columns >= WIDE ? 24 : 15, region_text(h), a);
}

static void hits_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	const struct hit_rows *l = hits_of(r);
	struct search_hit h;
	int used = l->columns >= WIDE ? 85 : 44;
	size_t first;
	bool noted;

	if (!rows_hits_at(r, n, &h))
		return;
	used += (of_guest(&h) ? GUEST_ADDRESS - 13 : 0) + (l->sides[0] && h.space ? SIDE_W : 0);
	row_cell(out, ROLE_DIM, NUMBER_W, arena_printf(a, "%zu", n + 1));
	if (h.space) {
		/* Shared, in one column, whatever the width. */
		row_cell(out, ROLE_NOTE, 1, sharing(r, &h, n, &first) > 1 ? "=" : "");
		memory_cells(l, &h, a, out);
	} else {
		row_cell(out, ROLE_ADDRESS, -12, arena_printf(a, "%" PRIx64, h.offset));
		row_cell(out, ROLE_NORMAL, 2, "");
		cell_cut(out, ROLE_FIELD, 20, h.image->name, a);
		used = 40;
	}
	noted = h.space && l->columns >= NOTED;
	context_cells(&h, l->columns - used - (noted ? NOTE_W : 0), a, out);
	if (noted)
		row_cell(out, ROLE_NOTE, 0, arena_printf(a, "  %s", note_text(r, &h, n, a)));
	out->span = (struct span){ h.offset, h.length };
}

static bool hits_heading(struct rows *r, struct arena *a, struct row *out)
{
	const struct hit_rows *l = hits_of(r);
	struct search_hit h;
	bool guest = rows_hits_at(r, 0, &h) && of_guest(&h);

	(void)a;
	row_cell(out, ROLE_DIM, NUMBER_W, "#");
	if (l->files) {
		row_cell(out, ROLE_DIM, -12, "OFFSET");
		row_cell(out, ROLE_DIM, 2, "");
		row_cell(out, ROLE_DIM, 20, "FILE");
	} else {
		row_cell(out, ROLE_DIM, 1, "");
		row_cell(out, ROLE_DIM, -(WHO_W + (l->sides[0] ? SIDE_W : 0)),
			 guest ? "IN" : "PID");
		row_cell(out, ROLE_DIM, guest ? GUEST_ADDRESS + 3 : 16, "  ADDRESS");
		if (l->columns >= WIDE) {
			row_cell(out, ROLE_DIM, 19, "FILE");
			row_cell(out, ROLE_DIM, -10, "OFFSET");
			row_cell(out, ROLE_DIM, 2, "");
		}
		row_cell(out, ROLE_DIM, l->columns >= WIDE ? 24 : 15, "REGION");
	}
	if (l->files || l->columns < NOTED) {
		row_cell(out, ROLE_DIM, 0, "CONTEXT");
	} else {
		row_cell(out, ROLE_DIM, l->columns - 85 - NOTE_W - (guest ? GUEST_ADDRESS - 13 : 0),
			 "CONTEXT");
		row_cell(out, ROLE_DIM, 0, "  NOTE");
	}
	return true;
}

void rows_hits_room(struct rows *r, int columns)
{
	hits_of(r)->columns = columns;
}

void rows_hits_sides(struct rows *r, const struct model *a, const struct model *b)
{
	struct hit_rows *l = hits_of(r);

	l->sides[0] = a && b && a != b ? a : NULL;
	l->sides[1] = l->sides[0] ? b : NULL;
}

void rows_hits_clear(struct rows *r, bool files)
{
	struct hit_rows *l = hits_of(r);

	chunks_fini(&l->hits);
	l->files = files;
	l->tallied = l->places = l->others = l->tally_count = 0;
	memset(l->tallies, 0, sizeof(l->tallies));
}

static void hits_fini(struct rows *r)
{
	struct hit_rows *l = hits_of(r);

	chunks_fini(&l->hits);
	free(l);
}

static const struct rows_ops hit_ops = {
	.count = hits_count,
	.line = hits_line,
	.heading = hits_heading,
	.fini = hits_fini,
};

struct rows *rows_hits_new(void)
{
	struct hit_rows *l = heap_zeroed(1, sizeof(*l));

	l->rows.ops = &hit_ops;
	chunks_init(&l->hits, sizeof(struct search_hit), HITS_MOST);
	l->columns = 74;
	return &l->rows;
}
