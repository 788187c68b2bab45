/* What all rows share: cells, the text of a row, and searching line by line. */
#include "view/rows.h"

#include <string.h>

static const char *const role_names[ROLE_COUNT] = {
	[ROLE_NORMAL] = "normal",
	[ROLE_DIM] = "dim",
	[ROLE_TITLE] = "title",
	[ROLE_BORDER] = "border",
	[ROLE_BORDER_FOCUS] = "border-focus",
	[ROLE_STATUS] = "status",
	[ROLE_HINT] = "hint",
	[ROLE_HINT_KEY] = "hint-key",
	[ROLE_SELECTION] = "selection",
	[ROLE_SELECTION_BLUR] = "selection-blur",
	[ROLE_CURSOR] = "cursor",
	[ROLE_FIELD] = "field",
	[ROLE_ADDRESS] = "address",
	[ROLE_VALUE] = "value",
	[ROLE_NOTE] = "note",
	[ROLE_LINK] = "link",
	[ROLE_BYTES] = "bytes",
	[ROLE_BYTES_ZERO] = "bytes-zero",
	[ROLE_BYTES_FIELD] = "bytes-field",
	[ROLE_TEXT] = "text",
	[ROLE_ESCAPE] = "escape",
	[ROLE_ABSENT] = "absent",
	[ROLE_MATCH] = "match",
	[ROLE_MATCH_CURRENT] = "match-current",
	[ROLE_WARNING] = "warning",
	[ROLE_ERROR] = "error",
	[ROLE_GAP] = "gap",
	[ROLE_CHANGED] = "changed",
	[ROLE_ADDED] = "added",
	[ROLE_REMOVED] = "removed",
	[ROLE_PAGE_PRESENT] = "page-present",
	[ROLE_PAGE_PARENT] = "page-parent",
	[ROLE_PAGE_ABSENT] = "page-absent",
};

const char *role_name(enum role r)
{
	return (unsigned)r < ROLE_COUNT ? role_names[r] : "normal";
}

void row_cell(struct row *r, enum role role, int width, const char *text)
{
	if (r->count < ROW_CELLS)
		r->cells[r->count++] = (struct cell){ text, role, width };
}

static void add_padding(struct strbuf *s, int columns)
{
	if (columns > 0)
		strbuf_addf(s, "%*s", columns, "");
}

const char *row_text(const struct row *r, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	for (int i = 0; i < r->count; i++) {
		const struct cell *c = &r->cells[i];
		int pad =
			c->width ? (c->width < 0 ? -c->width : c->width) - text_width(c->text) : 0;

		if (c->width < 0)
			add_padding(&s, pad);
		strbuf_add(&s, c->text);
		if (c->width > 0)
			add_padding(&s, pad);
	}
	while (s.len && s.text[s.len - 1] == ' ')
		s.text[--s.len] = '\0';
	return s.text;
}

size_t rows_count(struct rows *r)
{
	return r->ops->count(r);
}

static void row_clear(struct row *out)
{
	out->count = 0;
	out->depth = 0;
	out->fold = -1;
	out->mark = 0;
	out->span = (struct span){ 0, 0 };
	out->node = (struct node){ NULL, NODE_SELF };
	out->field = NULL;
}

void rows_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	row_clear(out);
	r->ops->line(r, n, a, out);
}

bool rows_heading(struct rows *r, struct arena *a, struct row *out)
{
	row_clear(out);
	return r->ops->heading && r->ops->heading(r, a, out);
}

bool rows_fold(struct rows *r, size_t n, bool open, bool all)
{
	return r->ops->fold && r->ops->fold(r, n, open, all);
}

size_t rows_up(struct rows *r, size_t n)
{
	return r->ops->up ? r->ops->up(r, n) : n;
}

bool rows_reveal(struct rows *r, size_t n, const char *needle)
{
	return r->ops->reveal && r->ops->reveal(r, n, needle);
}

void rows_free(struct rows *r)
{
	if (r)
		r->ops->fini(r);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool has_capital(const char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			return true;
	return false;
}

static const char *find_any_case(const char *text, const char *needle)
{
	for (; *text; text++) {
		size_t i = 0;

		while (needle[i] && lower(text[i]) == needle[i])
			i++;
		if (!needle[i])
			return text;
	}
	return NULL;
}

long text_match(const char *text, const char *needle)
{
	const char *at;

	if (!*needle)
		return -1;
	at = has_capital(needle) ? strstr(text, needle) : find_any_case(text, needle);
	return at ? at - text : -1;
}

static bool line_contains(struct rows *r, size_t n, const char *needle, struct arena *a)
{
	struct row row;

	rows_line(r, n, a, &row);
	return text_match(row_text(&row, a), needle) >= 0;
}

enum search_end rows_search(struct rows *r, const struct line_search *s, size_t from, size_t *hit)
{
	enum search_end end = SEARCH_NONE;
	struct arena a;

	arena_init(&a);
	for (size_t n = from; end == SEARCH_NONE && n < rows_count(r); arena_reset(&a)) {
		size_t count = rows_count(r);

		*hit = n;
		/* What is below a line comes after it, and so before it on the way back. */
		if (s->stop && s->stop(s->arg))
			end = SEARCH_STOPPED;
		else if (s->back && s->open && rows_reveal(r, n, s->needle))
			n += rows_count(r) - count;
		else if (line_contains(r, n, s->needle, &a))
			end = SEARCH_HIT;
		else if (s->back)
			n--;
		else if (!s->open || !rows_reveal(r, n, s->needle))
			n++;
	}
	arena_fini(&a);
	return end;
}

enum search_end rows_pass(struct rows *r, const struct line_search *s, size_t from, size_t *hit)
{
	enum search_end end = SEARCH_NONE;
	struct arena a;

	if (!r->ops->passes)
		return rows_search(r, s, from, hit);
	arena_init(&a);
	for (size_t n = from; end == SEARCH_NONE && n < rows_count(r); n++) {
		*hit = n;
		if (s->stop && s->stop(s->arg))
			end = SEARCH_STOPPED;
		else if (r->ops->passes(r, n, s->needle, &a))
			end = SEARCH_HIT;
		arena_reset(&a);
	}
	arena_fini(&a);
	return end;
}
