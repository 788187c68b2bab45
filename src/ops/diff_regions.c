/* Regions of two memories, by address.
 *
 * Neighbours that are alike and go on in one another are one to begin with, so that it does not
 * matter how a dump cuts them. Then both are cut where either has a border:
 *
 *	A   [ rw- heap           )          [ r-- lib  )[ rw- lib )
 *	B   [ rw- heap                 )    [ r-- lib             )    [ new )
 *	       equal              added       equal       changed        added
 *
 * and a piece that only one side has, next to a region that both have and of which it is the
 * continuation, is that region's growth: one change, not two. What is gone in one place and new,
 * just as long and just the same, in one other has moved. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "ops/diff_parts.h"

/* A region, or several that are one. */
struct stretch {
	uint64_t start, end;
	const struct region *r; /* the first of them */
};

struct stretches {
	struct stretch *at;
	size_t count;
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* What a region is, but for where it lies and what may be done with it. */
static bool same_thing(const struct region *a, const struct region *b)
{
	return same_text(a->kind, b->kind) && same_text(a->name, b->name) &&
	       same_text(a->file, b->file);
}

/* Where in its file the byte at address 0 would be: equal for pieces of one mapping. */
static uint64_t slide(const struct region *r)
{
	return r->file ? r->pgoff - r->start : 0;
}

static bool same_rights(const struct region *a, const struct region *b)
{
	return !strcmp(a->prot, b->prot) && a->flags == b->flags;
}

static bool alike(const struct region *a, const struct region *b)
{
	return same_thing(a, b) && same_rights(a, b) && slide(a) == slide(b);
}

static struct stretches stretches_of(const struct aspace *as)
{
	struct stretches s = { heap_zeroed(as->region_count + 1, sizeof(struct stretch)), 0 };
	uint64_t end = 0;

	for (size_t n = 0; n < as->region_count; n++) {
		const struct region *r = &as->regions[n];
		struct stretch *last = s.count ? &s.at[s.count - 1] : NULL;

		/* Guards stand at the end and lie within others: their pages are compared. */
		if (r->flags & REGION_GUARD || r->end <= r->start || r->start < end)
			continue;
		end = r->end;
		if (last && last->end == r->start && alike(last->r, r))
			last->end = r->end;
		else
			s.at[s.count++] = (struct stretch){ r->start, r->end, r };
	}
	return s;
}

/* A piece of the common cut: at least one side is there. */
struct piece {
	uint64_t start, end;
	const struct stretch *a, *b;
	enum diff_how how;
	uint64_t other; /* of a piece that moved: where it was in A */
	bool moved, told;
};

struct pieces {
	struct piece *at;
	size_t count, room;
};

static void add_piece(struct pieces *p, struct piece new)
{
	struct piece *last = p->count ? &p->at[p->count - 1] : NULL;

	if (last && last->end == new.start && last->a == new.a && last->b == new.b) {
		last->end = new.end;
		return;
	}
	p->at = heap_grow(p->at, p->count, &p->room, sizeof(*p->at));
	p->at[p->count++] = new;
}

static enum diff_how how_of(const struct stretch *a, const struct stretch *b)
{
	if (!a || !b)
		return a ? DIFF_REMOVED : DIFF_ADDED;
	return alike(a->r, b->r) ? DIFF_EQUAL : DIFF_CHANGED;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Cuts both where either has a border. */
static struct pieces cut(const struct stretches *a, const struct stretches *b)
{
	struct pieces p = { 0 };
	size_t i = 0, j = 0;
	uint64_t at = 0;

	while (i < a->count || j < b->count) {
		const struct stretch *sa = i < a->count ? &a->at[i] : NULL;
		const struct stretch *sb = j < b->count ? &b->at[j] : NULL;
		bool in_a, in_b;
		uint64_t to;

		if (sa && at < sa->start && (!sb || at < sb->start))
			at = sb ? least(sa->start, sb->start) : sa->start;
		else if (!sa && at < sb->start)
			at = sb->start;
		in_a = sa && sa->start <= at;
		in_b = sb && sb->start <= at;
		to = UINT64_MAX;
		if (sa)
			to = in_a ? sa->end : sa->start;
		if (sb)
			to = least(to, in_b ? sb->end : sb->start);
		if (in_a || in_b)
			add_piece(&p, (struct piece){
					      .start = at,
					      .end = to,
					      .a = in_a ? sa : NULL,
					      .b = in_b ? sb : NULL,
					      .how = how_of(in_a ? sa : NULL, in_b ? sb : NULL) });
		at = to;
		i += sa && at >= sa->end;
		j += sb && at >= sb->end;
	}
	return p;
}

/* What disappears in one place and appears in exactly one other. */
static void find_moves(struct pieces *p)
{
	for (size_t n = 0; n < p->count; n++) {
		struct piece *gone = &p->at[n], *found = NULL;
		size_t fits = 0;

		if (gone->how != DIFF_REMOVED || gone->start != gone->a->start ||
		    gone->end != gone->a->end)
			continue;
		for (size_t m = 0; m < p->count && fits < 2; m++) {
			struct piece *new = &p->at[m];

			if (new->how != DIFF_ADDED || new->moved || new->start != new->b->start ||
			    new->end - new->start != gone->end - gone->start ||
			    new->end != new->b->end || !same_thing(gone->a->r, new->b->r) ||
			    !same_rights(gone->a->r, new->b->r) ||
			    gone->a->r->pgoff != new->b->r->pgoff)
				continue;
			found = new;
			fits++;
		}
		/* Anonymous memory of one size is no evidence. */
		if (fits != 1 || (!gone->a->r->file && !strcmp(gone->a->r->kind, "anon")))
			continue;
		found->moved = true;
		found->other = gone->start;
		found->a = gone->a;
		found->how = DIFF_CHANGED;
		gone->told = true;
	}
}

static const char *stretch_text(struct diff *d, uint64_t start, uint64_t end,
				const struct region *r)
{
	return arena_printf(&d->arena, "%08" PRIx64 "-%08" PRIx64 " %s %s", start, end, r->prot,
			    *r->name ? r->name : r->kind);
}

struct telling {
	struct diff *d;
	uint32_t parent;
	uint64_t pid;
	struct aspace *a, *b;
};

/* One change: [start, end) of one side or both, NULL where there is none. */
static void tell(struct telling *t, enum diff_how how, const struct stretch *a, struct stretch in_a,
		 const struct stretch *b, struct stretch in_b)
{
	struct change *c = diff_new(t->d, t->parent, DIFF_VMA, how);
	const struct region *r = b ? b->r : a->r;

	c->kind = "vma";
	c->number = b ? in_b.start : in_a.start;
	c->key = arena_printf(&t->d->arena, "0x%" PRIx64, c->number);
	c->title = diff_text(t->d, *r->name ? r->name : r->kind);
	c->pid = t->pid;
	c->space_a = t->a;
	c->space_b = t->b;
	if (a) {
		c->a = stretch_text(t->d, in_a.start, in_a.end, a->r);
		c->node_a = a->r->node;
	}
	if (b) {
		c->b = stretch_text(t->d, in_b.start, in_b.end, b->r);
		c->node_b = b->r->node;
	}
	diff_publish(t->d, c);
}

static bool continues(const struct piece *p, const struct piece *q)
{
	return p->end == q->start && (p->a == q->a || p->b == q->b) && p->a && p->b &&
	       p->how == DIFF_EQUAL;
}

/* Borders of a region that both sides have, on either: where it grew or shrank. */
static void tell_growth(struct telling *t, struct pieces *p, size_t n)
{
	struct piece *both = &p->at[n], *before = n ? both - 1 : NULL,
		     *after = n + 1 < p->count ? both + 1 : NULL;
	struct stretch in_a = { both->start, both->end, NULL }, in_b = in_a;

	if (before && !before->told && before->end == both->start &&
	    ((before->how == DIFF_ADDED && before->b == both->b) ||
	     (before->how == DIFF_REMOVED && before->a == both->a))) {
		(before->how == DIFF_ADDED ? &in_b : &in_a)->start = before->start;
		before->told = true;
	}
	if (after && continues(both, after) &&
	    (after->how == DIFF_ADDED || after->how == DIFF_REMOVED)) {
		(after->how == DIFF_ADDED ? &in_b : &in_a)->end = after->end;
		after->told = true;
	}
	if (in_a.start != in_b.start || in_a.end != in_b.end)
		tell(t, DIFF_CHANGED, both->a, in_a, both->b, in_b);
}

static void tell_piece(struct telling *t, const struct piece *p)
{
	struct stretch here = { p->start, p->end, NULL };
	struct stretch was = { p->other, p->other + (p->end - p->start), NULL };

	if (!p->told && p->how != DIFF_EQUAL)
		tell(t, p->how, p->a, p->moved ? was : here, p->b, here);
}

/* A snapshot of memory alone, before the real one, does not say what its regions are. */
static bool is_recorded(const struct aspace *as)
{
	return !as->region_count || as->regions[0].prot[0] != '?';
}

void diff_compare_regions(struct diff *d, uint32_t parent, uint64_t pid, struct aspace *a,
			  struct aspace *b)
{
	struct telling t = { d, parent, pid, a, b };
	struct stretches sa, sb;
	struct pieces p;

	if (!is_recorded(a) || !is_recorded(b))
		return;
	sa = stretches_of(a);
	sb = stretches_of(b);
	p = cut(&sa, &sb);
	if (p.count < 4096) /* pairs of pieces: a hostile pair of maps must not take long */
		find_moves(&p);
	for (size_t n = 0; n < p.count; n++)
		if (p.at[n].how == DIFF_EQUAL)
			tell_growth(&t, &p, n);
	for (size_t n = 0; n < p.count; n++)
		tell_piece(&t, &p.at[n]);
	free(p.at);
	free(sa.at);
	free(sb.at);
}
