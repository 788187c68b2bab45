/* A change, or a page, in words: marks, names, both values. */
#include "view/diff_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "view/rows_diff.h"

enum diff_how diff_how_seen(enum diff_how how, bool swapped)
{
	if (!swapped || (how != DIFF_ADDED && how != DIFF_REMOVED))
		return how;
	return how == DIFF_ADDED ? DIFF_REMOVED : DIFF_ADDED;
}

enum role diff_how_role(enum diff_how how)
{
	static const enum role roles[] = {
		[DIFF_EQUAL] = ROLE_DIM,
		[DIFF_CHANGED] = ROLE_CHANGED,
		[DIFF_ADDED] = ROLE_ADDED,
		[DIFF_REMOVED] = ROLE_REMOVED,
	};

	return roles[how];
}

const char *diff_tally_text(const struct memory_tally *t, bool swapped, struct arena *a)
{
	const struct {
		uint64_t n;
		const char *what;
	} parts[] = { { t->changed, "changed" },
		      { swapped ? t->removed : t->added, "new" },
		      { swapped ? t->added : t->removed, "gone" },
		      { t->moved, "of them moved" },
		      { t->unknown, "not known" },
		      { t->stopped, "not looked at" } };
	struct strbuf s;

	strbuf_init(&s, a);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (parts[i].n)
			strbuf_addf(&s, "%s%s %s", s.len ? ", " : "", text_uint(parts[i].n, a),
				    parts[i].what);
	return s.len ? s.text : "none differ";
}

static const char *plural(uint64_t n, const char *what, struct arena *a)
{
	return arena_printf(a, "%s %s%s", text_uint(n, a), what, n == 1 ? "" : "s");
}

/* "start-end prot name" as a change of a region has it. */
struct region_text {
	uint64_t start, end;
	char prot[5];
};

static bool parse_region(const char *text, struct region_text *out)
{
	return text &&
	       sscanf(text, "%" SCNx64 "-%" SCNx64 " %4s", &out->start, &out->end, out->prot) == 3;
}

static const char *moved_text(const char *what, uint64_t a, uint64_t b, struct arena *arena)
{
	return a == b ? "" : arena_printf(arena, "  %s %" PRIx64 " -> %" PRIx64, what, a, b);
}

static const char *region_line(const struct change *c, bool swapped, struct arena *a)
{
	const char *of_a = swapped ? c->b : c->a, *of_b = swapped ? c->a : c->b;
	struct region_text ra, rb;
	bool in_a = parse_region(of_a, &ra), in_b = parse_region(of_b, &rb);
	const char *name = *c->title ? c->title : "anon";

	if (in_a && in_b)
		return arena_printf(a, "%s%s%s%s", name, moved_text("start", ra.start, rb.start, a),
				    moved_text("end", ra.end, rb.end, a),
				    strcmp(ra.prot, rb.prot)
					    ? arena_printf(a, "  %s -> %s  %" PRIx64, ra.prot,
							   rb.prot, rb.start)
					    : "");
	if (in_a)
		rb = ra;
	if (in_a || in_b)
		return arena_printf(a, "%" PRIx64 "  %s %s %s", rb.start, rb.prot,
				    text_size(rb.end - rb.start, a), name);
	return of_b ? of_b : of_a ? of_a : name;
}

static void put_mark(struct row *out, enum diff_how how)
{
	static const char *const marks[] = {
		[DIFF_EQUAL] = "= ",
		[DIFF_CHANGED] = "~ ",
		[DIFF_ADDED] = "+ ",
		[DIFF_REMOVED] = "- ",
	};

	row_cell(out, diff_how_role(how), 0, marks[how]);
}

static void field_line(const struct change *c, bool swapped, struct arena *a, struct row *out)
{
	const char *from = swapped ? c->b : c->a, *to = swapped ? c->a : c->b;

	row_cell(out, c->loose ? ROLE_DIM : ROLE_FIELD, 0, arena_printf(a, "%s  ", c->key));
	row_cell(out, c->loose ? ROLE_DIM : ROLE_VALUE, 0,
		 arena_printf(a, "%s -> %s", from ? from : "(none)", to ? to : "(none)"));
	if (c->loose)
		row_cell(out, ROLE_DIM, 0, "  (by nature)");
}

static void thing_line(const struct change *c, struct arena *a, struct row *out)
{
	uint32_t below = atomic_load_explicit(&c->below, memory_order_relaxed);

	row_cell(out, ROLE_TITLE, 0, arena_printf(a, "%s %s", c->kind, c->key));
	if (strcmp(c->title, c->key) != 0)
		row_cell(out, ROLE_NORMAL, 0, arena_printf(a, "  %s", c->title));
	if (below)
		row_cell(out, ROLE_NOTE, 0,
			 arena_printf(a, "  (%s)", plural(below, "difference", a)));
}

static void memory_line(const struct diff *d, size_t n, bool swapped, struct arena *a,
			struct row *out)
{
	const struct change *c = diff_at(d, n);
	struct memory_tally t = diff_tally(d, n);
	bool done = diff_done(d);

	row_cell(out, ROLE_FIELD, 0,
		 c->parent == DIFF_TOP ? arena_printf(a, "%s  ", c->title) : "pages  ");
	row_cell(out, ROLE_VALUE, 0, diff_tally_text(&t, swapped, a));
	if (t.bytes)
		row_cell(out, ROLE_NOTE, 0, arena_printf(a, "  %s", plural(t.bytes, "byte", a)));
	if (!done)
		row_cell(out, ROLE_NOTE, 0, "\u2026");
}

void diff_change_cells(const struct diff *d, size_t n, bool swapped, struct arena *a,
		       struct row *out)
{
	const struct change *c = diff_at(d, n);

	out->node = c->node_b.item ? c->node_b : c->node_a;
	put_mark(out, diff_how_seen(diff_how_of(c), swapped));
	switch (c->what) {
	case DIFF_THING:
		thing_line(c, a, out);
		break;
	case DIFF_FIELD:
		field_line(c, swapped, a, out);
		break;
	case DIFF_VMA:
		row_cell(out, ROLE_VALUE, 0, region_line(c, swapped, a));
		break;
	case DIFF_MEMORY:
		memory_line(d, n, swapped, a, out);
		break;
	}
}

void diff_page_cells(const struct diff *d, size_t n, size_t page, bool swapped, struct arena *a,
		     struct row *out)
{
	const struct change *c = diff_at(d, n);
	const struct page_change *p = diff_page(d, n, page);
	bool gone = p->how == DIFF_REMOVED;
	const struct aspace *as = (gone && c->space_a) || !c->space_b ? c->space_a : c->space_b;
	const struct region *r = aspace_region(as, p->addr);
	bool frames = as->kind == ASPACE_FRAMES;

	put_mark(out, diff_how_seen((enum diff_how)p->how, swapped));
	row_cell(out, ROLE_ADDRESS, 0,
		 arena_printf(a, frames ? "pfn 0x%" PRIx64 : "%" PRIx64,
			      frames ? p->addr / as->page : p->addr));
	if (p->how == DIFF_CHANGED)
		row_cell(out, ROLE_VALUE, 0, arena_printf(a, "  %s", plural(p->bytes, "byte", a)));
	if (p->moved)
		row_cell(out, ROLE_NOTE, 0, arena_printf(a, "  was at %" PRIx64, p->other));
	if (r && !frames)
		row_cell(out, ROLE_DIM, 0, arena_printf(a, "  %s", *r->name ? r->name : r->kind));
}
