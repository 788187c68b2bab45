/* Searching a whole tree, folded or not: a step from node to node in the order in which an unfolded
 * tree would show them. Children come before rows. */
#include "core/model.h"
#include "view/rows_tree.h"

/* Rows of an alias are looked at where they are at home. */
static size_t own_rows(const struct item *it)
{
	return it->alias ? 0 : item_rows(it);
}

/* The next node of the whole tree in order, folded or not. False at the end. */
static bool step_forward(const struct model *m, struct node *n)
{
	struct item *it = n->item;
	size_t rows = own_rows(it);
	struct item *next;

	if (n->at == NODE_SELF && it->first) {
		n->item = it->first;
		return true;
	}
	/* Rows come after the children, so those of an item with children wait for its last one. */
	if (rows && (n->at == NODE_SELF || n->at + 1 < rows)) {
		n->at = n->at == NODE_SELF ? 0 : n->at + 1;
		return true;
	}
	for (; it && it != m->root; it = it->parent) {
		next = it->next;
		if (next) {
			*n = (struct node){ next, NODE_SELF };
			return true;
		}
		if (it->parent && own_rows(it->parent)) {
			*n = (struct node){ it->parent, 0 };
			return true;
		}
	}
	return false;
}

/* The last node in and below `it`. */
static struct node last_of(struct item *it)
{
	for (;;) {
		size_t rows = own_rows(it);

		if (rows)
			return (struct node){ it, rows - 1 };
		if (!it->last)
			return (struct node){ it, NODE_SELF };
		it = it->last;
	}
}

static struct item *previous_sibling(const struct item *it)
{
	struct item *prev = NULL;

	for (struct item *s = it->parent ? it->parent->first : NULL; s && s != it; s = s->next)
		prev = s;
	return prev;
}

static bool step_back(const struct model *m, struct node *n)
{
	struct item *prev;

	if (n->at != NODE_SELF && n->at > 0) {
		n->at--;
		return true;
	}
	if (n->at == 0) {
		*n = n->item->last ? last_of(n->item->last) : (struct node){ n->item, NODE_SELF };
		return true;
	}
	if (n->item == m->root || !n->item->parent)
		return false;
	prev = previous_sibling(n->item);
	*n = prev ? last_of(prev) : (struct node){ n->item->parent, NODE_SELF };
	return true;
}

static bool node_matches(struct node n, const char *needle, struct arena *a)
{
	if (n.at == NODE_SELF) {
		if (text_match(n.item->name, needle) >= 0)
			return true;
		if (n.item->title && text_match(n.item->title, needle) >= 0)
			return true;
	} else if (text_match(node_label(n, a), needle) >= 0 ||
		   (n.item->rows_are_records && text_match(node_kind(n, a), needle) >= 0)) {
		return true;
	}
	return text_match(node_summary(n, a), needle) >= 0;
}

/* The next node to look at; *from may be NULL's on the way back: behind the last. */
static bool step(const struct model *m, const struct line_search *s, struct node *from)
{
	if (!s->back && s->only == NODES_ITEMS) {
		from->item = item_next(m->root, from->item);
		from->at = NODE_SELF;
		return from->item;
	}
	if (s->back && !from->item) {
		*from = last_of(m->root);
		return true;
	}
	return s->back ? step_back(m, from) : step_forward(m, from);
}

enum search_end nodes_search(const struct model *m, const struct line_search *s, struct node from,
			     struct node *hit)
{
	enum search_end end = SEARCH_NONE;
	struct arena a;

	arena_init(&a);
	while (end == SEARCH_NONE && step(m, s, &from)) {
		bool row = from.at != NODE_SELF;

		*hit = from;
		if (s->stop && s->stop(s->arg))
			end = SEARCH_STOPPED;
		else if (row && s->back && s->only == NODES_ITEMS)
			/* Millions of rows are passed over at once. */
			from.at = 0;
		/* An alias says what its item says at its own place. */
		else if (!from.item->alias && s->only != (row ? NODES_ITEMS : NODES_ROWS) &&
			 node_matches(from, s->needle, &a))
			end = SEARCH_HIT;
		arena_reset(&a);
	}
	arena_fini(&a);
	return end;
}

/* ---- items first ---- */

/* A stretch of the order "items, then rows". */
struct leg {
	enum node_kinds only;
	bool edge;  /* not from where one is, but from the first, or last, node of all */
	bool round; /* on the way there the order began anew */
};

#define LEGS 3

/* From an item, from a row; forward, back. */
static const struct leg legs[2][2][LEGS] = {
	{ { { NODES_ITEMS, false, false },
	    { NODES_ROWS, true, false },
	    { NODES_ITEMS, true, true } },
	  { { NODES_ITEMS, false, false },
	    { NODES_ROWS, true, true },
	    { NODES_ITEMS, true, true } } },
	{ { { NODES_ROWS, false, false }, { NODES_ITEMS, true, true }, { NODES_ROWS, true, true } },
	  { { NODES_ROWS, false, false },
	    { NODES_ITEMS, true, false },
	    { NODES_ROWS, true, true } } },
};

static const struct leg legs_of_rows[LEGS] = { { NODES_ROWS, false, false },
					       { NODES_ROWS, true, true } };

enum search_end nodes_search_round(const struct model *m, const struct line_search *s,
				   struct node from, struct node *hit, bool *round)
{
	struct line_search all = *s, part = *s;
	struct node edge = { s->back ? NULL : m->root, NODE_SELF }, first = { m->root, NODE_SELF };
	const struct leg *way = legs[from.at != NODE_SELF][s->back];
	enum search_end end;

	all.back = false;
	all.only = NODES_ITEMS;
	*round = false;
	end = nodes_search(m, &all, first, hit);
	if (end == SEARCH_NONE)
		way = legs_of_rows;
	if (end == SEARCH_STOPPED)
		return end;
	end = SEARCH_NONE;
	for (size_t i = 0; i < LEGS && way[i].only && end == SEARCH_NONE; i++) {
		part.only = way[i].only;
		*round = way[i].round;
		end = nodes_search(m, &part, way[i].edge ? edge : from, hit);
	}
	return end;
}
