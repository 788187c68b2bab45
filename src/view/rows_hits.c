/* Hits. They lie in chunks that never move, so a reader needs no lock: it looks only at what the
 * count, stored with release, says is there. */
#include "view/rows_hits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define CHUNK 4096u
#define WIDE 110    /* columns from which on there is room for the file */
#define BEFORE 12   /* bytes of context in front of a match */
#define SHOWN 160u  /* bytes looked at for a line, at most */
#define NUMBER_W -5 /* of a hit */

struct hit_rows {
	struct rows rows;
	struct search_hit *chunks[HITS_MOST / CHUNK];
	_Atomic size_t count;
	bool files;
	int columns;
};

static struct hit_rows *hits_of(struct rows *r)
{
	return (struct hit_rows *)r;
}

static size_t hits_count(struct rows *r)
{
	return atomic_load_explicit(&hits_of(r)->count, memory_order_acquire);
}

bool rows_hits_add(struct rows *r, const struct search_hit *h)
{
	struct hit_rows *l = hits_of(r);
	size_t n = atomic_load_explicit(&l->count, memory_order_relaxed);
	struct search_hit **chunk;

	if (n >= HITS_MOST)
		return false;
	chunk = &l->chunks[n / CHUNK];
	if (!*chunk)
		*chunk = calloc(CHUNK, sizeof(**chunk));
	if (!*chunk)
		return false;
	(*chunk)[n % CHUNK] = *h;
	atomic_store_explicit(&l->count, n + 1, memory_order_release);
	return true;
}

bool rows_hits_at(struct rows *r, size_t n, struct search_hit *out)
{
	if (n >= hits_count(r))
		return false;
	*out = hits_of(r)->chunks[n / CHUNK][n % CHUNK];
	return true;
}

/* ---- context ---- */

/* Readable characters as they are, anything else a dot. */
static const char *readable(struct bytes b, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	while (b.len) {
		uint32_t cp;
		size_t n = text_decode(b, &cp);
		bool good = n && !text_needs_clean((struct bytes){ b.at, n });

		strbuf_addn(&s, good ? (const char *)b.at : ".", good ? n : 1);
		b.at += good ? n : 1;
		b.len -= good ? n : 1;
	}
	return s.text ? s.text : "";
}

/* The bytes of [from, from + n) around a hit, as far as they are there. */
static struct bytes bytes_around(const struct search_hit *h, uint64_t from, size_t n,
				 struct arena *a)
{
	uint8_t *buf;

	if (!h->space)
		return source_view(atomic_load(&h->image->source), from, n);
	buf = arena_alloc(a, n);
	aspace_read(h->space, from, buf, n, NULL);
	return (struct bytes){ buf, n };
}

static void context_cells(const struct search_hit *h, int room, struct arena *a, struct row *out)
{
	uint64_t at = h->space ? h->va : h->offset, from = at < BEFORE ? 0 : at - BEFORE;
	size_t before = (size_t)(at - from), want, match;
	struct bytes b;

	if (room <= 0)
		return;
	want = (size_t)room < SHOWN ? (size_t)room : SHOWN;
	if (from > UINT64_MAX - want)
		want = (size_t)(UINT64_MAX - from);
	b = bytes_around(h, from, want, a);
	before = before < b.len ? before : b.len;
	match = h->length < b.len - before ? (size_t)h->length : b.len - before;
	row_cell(out, ROLE_DIM, 0, readable((struct bytes){ b.at, before }, a));
	row_cell(out, ROLE_MATCH, 0, readable((struct bytes){ b.at + before, match }, a));
	row_cell(out, ROLE_DIM, 0,
		 readable((struct bytes){ b.at + before + match, b.len - before - match }, a));
}

/* ---- lines ---- */

static const char *region_text(const struct search_hit *h)
{
	const char *text = h->region ? *h->region->name ? h->region->name : h->region->kind : "-";
	const char *slash = strrchr(text, '/');

	return slash && slash[1] ? slash + 1 : text;
}

static const char *pid_text(const struct aspace *as)
{
	return strncmp(as->name, "pid ", 4) ? as->name : as->name + 4;
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
	row_cell(out, ROLE_VALUE, -6, pid_text(h->space));
	row_cell(out, ROLE_ADDRESS, 0, arena_printf(a, "  %-13" PRIx64 " ", h->va));
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

	if (!rows_hits_at(r, n, &h))
		return;
	row_cell(out, ROLE_DIM, NUMBER_W, arena_printf(a, "%zu", n + 1));
	if (h.space) {
		memory_cells(l, &h, a, out);
	} else {
		row_cell(out, ROLE_ADDRESS, -12, arena_printf(a, "%" PRIx64, h.offset));
		row_cell(out, ROLE_NORMAL, 2, "");
		cell_cut(out, ROLE_FIELD, 20, h.image->name, a);
		used = 40;
	}
	context_cells(&h, l->columns - used, a, out);
	out->span = (struct span){ h.offset, h.length };
}

static bool hits_heading(struct rows *r, struct arena *a, struct row *out)
{
	const struct hit_rows *l = hits_of(r);

	(void)a;
	row_cell(out, ROLE_DIM, NUMBER_W, "#");
	if (l->files) {
		row_cell(out, ROLE_DIM, -12, "OFFSET");
		row_cell(out, ROLE_DIM, 2, "");
		row_cell(out, ROLE_DIM, 20, "FILE");
	} else {
		row_cell(out, ROLE_DIM, -6, "PID");
		row_cell(out, ROLE_DIM, 16, "  ADDRESS");
		if (l->columns >= WIDE) {
			row_cell(out, ROLE_DIM, 19, "FILE");
			row_cell(out, ROLE_DIM, -10, "OFFSET");
			row_cell(out, ROLE_DIM, 2, "");
		}
		row_cell(out, ROLE_DIM, l->columns >= WIDE ? 24 : 15, "REGION");
	}
	row_cell(out, ROLE_DIM, 0, "CONTEXT");
	return true;
}

void rows_hits_room(struct rows *r, int columns)
{
	hits_of(r)->columns = columns;
}

void rows_hits_clear(struct rows *r, bool files)
{
	atomic_store(&hits_of(r)->count, 0);
	hits_of(r)->files = files;
}

static void hits_fini(struct rows *r)
{
	struct hit_rows *l = hits_of(r);

	for (size_t i = 0; i < ARRAY_LEN(l->chunks); i++)
		free(l->chunks[i]);
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
	struct hit_rows *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	l->rows.ops = &hit_ops;
	l->columns = 74;
	return &l->rows;
}
