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
	} else if (text_match(node_label(n, a), needle) >= 0) {
		return true;
	}
	return text_match(node_summary(n, a), needle) >= 0;
}

enum search_end nodes_search(const struct model *m, const struct line_search *s, struct node from,
			     struct node *hit)
{
	enum search_end end = SEARCH_NONE;
	struct arena a;

	arena_init(&a);
	while (s->back ? step_back(m, &from) : step_forward(m, &from)) {
		if (s->stop && s->stop(s->arg)) {
			end = SEARCH_STOPPED;
			*hit = from;
			break;
		}
		/* An alias says what its item says at its own place. */
		if (from.item->alias)
			continue;
		if (node_matches(from, s->needle, &a)) {
			end = SEARCH_HIT;
			*hit = from;
			break;
		}
		arena_reset(&a);
	}
	arena_fini(&a);
	return end;
}
