/* The tree as rows.
 *
 * Visible lines are a vector of runs: a run is one line for an item, or all rows of an open item's
 * list at once. Line n is found by bisection over the runs' first lines; a million rows are one
 * run. Folding rebuilds the vector. While a worker fills lists, rows_count sees which grew and
 * moves the runs behind them.
 *
 *	run  start  lines
 *	 0     0       1    ledger-api/
 *	 1     1       1      mm-7.img
 *	 2     2     142        [0] .. [141]
 *	 3   144       1      pagemap-7.img
 *
 * Which items are open is kept in a hash set of those whose state differs from item->open_first. */
#include "view/rows_tree.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "core/model.h"

#define MAX_DEPTH 64 /* of items; deeper ones are not shown opened */

struct run {
	struct item *item; /* as it stands in the tree: may be an alias */
	size_t start, lines;
	size_t parent; /* run of the line it hangs under; itself for the root */
	int depth;
	bool rows; /* lines are rows of the item's list */
	bool open;
};

struct tree_rows {
	struct rows rows;
	struct model *model;
	struct run *runs;
	size_t count, room;
	const struct item **flipped; /* hash set, open addressing; NULL: free */
	size_t flips, slots;
	bool stale, growing;
	int columns; /* for a line */
};

static struct tree_rows *tree_of(struct rows *r)
{
	return (struct tree_rows *)r;
}

/* ---- which items are open ---- */

static size_t slot_of(const struct tree_rows *t, const struct item *it)
{
	size_t at = ((uintptr_t)it >> 4) * 0x9e3779b97f4a7c15u >> 20 & (t->slots - 1);

	while (t->flipped[at] && t->flipped[at] != it)
		at = (at + 1) & (t->slots - 1);
	return at;
}

static void grow_set(struct tree_rows *t)
{
	const struct item **old = t->flipped;
	size_t slots = t->slots;

	t->slots = slots ? slots * 2 : 64;
	t->flipped = heap_zeroed(t->slots, sizeof(*t->flipped));
	for (size_t i = 0; i < slots; i++)
		if (old[i])
			t->flipped[slot_of(t, old[i])] = old[i];
	free(old);
}

static bool is_flipped(const struct tree_rows *t, const struct item *it)
{
	return t->slots && t->flipped[slot_of(t, it)];
}

/* Takes an item out; what followed it in its cluster is put in again. */
static void unflip(struct tree_rows *t, const struct item *it)
{
	size_t at = slot_of(t, it);

	t->flipped[at] = NULL;
	t->flips--;
	for (size_t i = (at + 1) & (t->slots - 1); t->flipped[i]; i = (i + 1) & (t->slots - 1)) {
		const struct item *moved = t->flipped[i];

		t->flipped[i] = NULL;
		t->flipped[slot_of(t, moved)] = moved;
	}
}

static bool is_open(const struct tree_rows *t, const struct item *it)
{
	return it->open_first != is_flipped(t, it);
}

static void set_open(struct tree_rows *t, struct item *it, bool open)
{
	if (is_open(t, it) == open)
		return;
	if (is_flipped(t, it)) {
		unflip(t, it);
	} else {
		if ((t->flips + 1) * 2 > t->slots)
			grow_set(t);
		t->flipped[slot_of(t, it)] = it;
		t->flips++;
	}
	t->stale = true;
	/* What is opened is looked at: its rows first. */
	if (open)
		item_index(item_real(it), !t->model->worker);
}

/* ---- runs ---- */

static struct run *add_run(struct tree_rows *t, struct item *it, size_t parent, int depth)
{
	struct run *run;

	t->runs = heap_grow(t->runs, t->count, &t->room, sizeof(*t->runs));
	run = &t->runs[t->count++];
	*run = (struct run){ .item = it, .lines = 1, .parent = parent, .depth = depth };
	return run;
}

/* Runs of `it` and what is open below; steps through siblings, recurs for depth only. */
static void add_item(struct tree_rows *t, struct item *it, size_t parent, int depth)
{
	size_t self = t->count;
	struct run *run = add_run(t, it, parent, depth);

	run->open = is_open(t, it) && depth < MAX_DEPTH;
	if (!run->open)
		return;
	if (!it->alias)
		for (struct item *child = it->first; child; child = child->next)
			add_item(t, child, self, depth + 1);
	run = add_run(t, it, self, depth + 1);
	run->rows = true;
	run->lines = 0;
}

/* Sets the runs' starts from the lists' present lengths. */
static void place_runs(struct tree_rows *t)
{
	size_t start = 0;

	t->growing = false;
	for (size_t i = 0; i < t->count; i++) {
		struct run *run = &t->runs[i];

		if (run->rows) {
			struct item *real = item_real(run->item);

			t->growing |= !item_ready(real);
			run->lines = item_rows(real);
		}
		run->start = start;
		start += run->lines;
	}
}

static void refresh(struct tree_rows *t)
{
	if (t->stale) {
		t->stale = false;
		t->count = 0;
		add_item(t, t->model->root, 0, 0);
	} else if (!t->growing) {
		return;
	}
	place_runs(t);
}

static size_t total_lines(const struct tree_rows *t)
{
	const struct run *last = &t->runs[t->count - 1];

	return last->start + last->lines;
}

/* The run that has line n, which there is. */
static struct run *run_at(const struct tree_rows *t, size_t n)
{
	size_t low = 0, high = t->count;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (t->runs[mid].start <= n)
			low = mid;
		else
			high = mid;
	}
	/* Empty runs share their start with the one behind, which bisection finds. */
	return &t->runs[low];
}

static struct run *run_of_line(struct rows *r, size_t n)
{
	struct tree_rows *t = tree_of(r);

	if (t->stale)
		refresh(t);
	return n < total_lines(t) ? run_at(t, n) : NULL;
}

/* ---- a line ---- */

/* -1 if nothing is below. An image that is not read yet may have rows: it shows as closed. */
static int fold_of(const struct run *run)
{
	struct item *real = item_real(run->item);

	if (run->item->first || item_rows(real))
		return run->open;
	return item_ready(real) || !real->index || run->open ? -1 : 0;
}

static char mark_of(const struct tree_rows *t, const struct item *it)
{
	return problems_worst(t->model->problems, it) >= SEV_WARNING ? '!' : 0;
}

static void put_label(struct row *out, enum role role, const char *label, const char *summary,
		      const char *between, struct arena *a)
{
	row_cell(out, role, 0, label);
	if (summary && *summary)
		row_cell(out, ROLE_NOTE, 0, arena_printf(a, "%s%s", between, summary));
}

/* ---- records ---- */

/* Columns of a table of records, from its left: number, offset, type, length, pass, what it is. */
#define NUMBER_WIDTH 6
#define OFFSET_WIDTH 11
#define TYPE_WIDTH 24
#define LENGTH_WIDTH 9
#define PASS_WIDTH 5
#define ROOMY 88 /* columns from which on they are as wide */

static bool as_table(const struct tree_rows *t, const struct item *it)
{
	return it->rows_are_records && t->columns >= TREE_RECORDS;
}

/* What stays of a column. */
static int tight(const struct tree_rows *t, int wide, int narrow)
{
	return t->columns < ROOMY ? narrow : wide;
}

/* Whether memory was sent more than once in any of the records in sight: then all have a column. */
static bool in_passes(const struct tree_rows *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct run *run = &t->runs[i];
		struct item *it = item_real(run->item);
		uint32_t of;

		if (!run->rows || !run->lines || !it->rows_are_records)
			continue;
		node_pass((struct node){ it, 0 }, &of);
		if (of > 1)
			return true;
	}
	return false;
}

/* "   13     1009090  PAGE_DATA                 4202504  1024 pfn 0x1000.." */
static void table_cells(const struct tree_rows *t, const char *const texts[6], bool heading,
			struct row *out)
{
	const struct {
		enum role role;
		int width;
	} columns[6] = {
		{ ROLE_DIM, -tight(t, NUMBER_WIDTH, 5) },
		{ ROLE_ADDRESS, -tight(t, OFFSET_WIDTH, 9) },
		{ ROLE_FIELD, tight(t, TYPE_WIDTH, 20) },
		{ ROLE_VALUE, -tight(t, LENGTH_WIDTH, 8) },
		{ ROLE_VALUE, -PASS_WIDTH },
		{ ROLE_NOTE, 0 },
	};

	for (int i = 0; i < 6; i++) {
		if (!texts[i])
			continue;
		/* Two blanks part text from what stands left of it. */
		if (columns[i].width >= 0)
			row_cell(out, ROLE_NORMAL, i == 5 ? 1 : 2, "");
		row_cell(out, heading ? ROLE_DIM : columns[i].role, columns[i].width, texts[i]);
	}
}

static void record_cells(const struct tree_rows *t, const struct record *rec, struct node n,
			 struct arena *a, struct row *out)
{
	uint32_t of, pass = node_pass(n, &of);
	const char *texts[6] = {
		arena_printf(a, "%" PRIu64, n.at),
		rec ? arena_printf(a, "%" PRIx64, rec->offset) : "",
		node_kind(n, a),
		rec ? arena_printf(a, "%" PRIu32, rec->body) : "",
		!in_passes(t) ? NULL
		: pass        ? arena_printf(a, "%" PRIu32, pass)
			      : "",
		node_summary(n, a),
	};

	table_cells(t, texts, false, out);
}

static bool tree_heading(struct rows *r, struct arena *a, struct row *out)
{
	const struct tree_rows *t = tree_of(r);
	const char *texts[6] = { "#", "OFFSET", "TYPE", "LENGTH", NULL, "INFO" };

	(void)a;
	if (in_passes(t))
		texts[4] = "PASS";
	for (size_t i = 0; i < t->count; i++) {
		if (!t->runs[i].rows || !t->runs[i].lines ||
		    !as_table(t, item_real(t->runs[i].item)))
			continue;
		out->depth = t->runs[i].depth;
		table_cells(t, texts, true, out);
		return true;
	}
	return false;
}

/* "[3]" of "vmas[3]": the rest is the same in all lines around it, and the pane is narrow. */
static const char *short_label(struct node n, struct arena *a)
{
	const char *label = node_label(n, a), *bracket = strchr(label, '[');

	return bracket ? bracket : label;
}

/* A record without contents is what its type says. */
static const char *row_note(struct node n, struct arena *a)
{
	if (!n.item->rows_are_records)
		return node_summary(n, a);
	return arena_printf(a, "%s  %s", node_kind(n, a), node_summary(n, a));
}

static void tree_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct tree_rows *t = tree_of(r);
	struct run *run = run_of_line(r, n);
	struct item *real;

	if (!run)
		return;
	real = item_real(run->item);
	out->depth = run->depth;
	if (run->rows) {
		const struct record *rec;

		out->node = (struct node){ real, n - run->start };
		rec = index_at(real->list, (size_t)out->node.at);
		out->mark = rec && rec->flags & (RECORD_DAMAGED | RECORD_CUT) ? '!' : 0;
		if (as_table(t, real))
			record_cells(t, rec, out->node, a, out);
		else
			put_label(out, ROLE_NORMAL, short_label(out->node, a),
				  row_note(out->node, a), " ", a);
	} else {
		out->node = (struct node){ real, NODE_SELF };
		out->fold = fold_of(run);
		out->mark = mark_of(t, real);
		put_label(out, run->item->alias ? ROLE_LINK : ROLE_NORMAL,
			  real->title ? real->title : real->name, node_summary(out->node, a), "  ",
			  a);
	}
	out->span = node_span(out->node);
}

static size_t tree_count(struct rows *r)
{
	struct tree_rows *t = tree_of(r);

	refresh(t);
	return total_lines(t);
}

/* ---- folding ---- */

static void set_open_below(struct tree_rows *t, struct item *top, bool open)
{
	set_open(t, top, open);
	for (struct item *it = item_next(top, top); it; it = item_next(top, it))
		if (!it->alias && (it->first || it->list || it->index))
			set_open(t, it, open);
}

static bool tree_fold(struct rows *r, size_t n, bool open, bool all)
{
	struct run *run = run_of_line(r, n);

	if (!run || run->rows || (fold_of(run) < 0 && !all))
		return false;
	if (all && !run->item->alias)
		set_open_below(tree_of(r), run->item, open);
	else
		set_open(tree_of(r), run->item, open);
	refresh(tree_of(r));
	return true;
}

static size_t tree_up(struct rows *r, size_t n)
{
	struct run *run = run_of_line(r, n);

	return run ? tree_of(r)->runs[run->parent].start : n;
}

static void tree_fini(struct rows *r)
{
	struct tree_rows *t = tree_of(r);

	free(t->runs);
	free(t->flipped);
	free(t);
}

/* ---- lines and nodes ---- */

struct node rows_tree_node(struct rows *r, size_t n)
{
	struct run *run = run_of_line(r, n);

	if (!run)
		return (struct node){ tree_of(r)->model->root, NODE_SELF };
	return (struct node){ item_real(run->item), run->rows ? n - run->start : NODE_SELF };
}

struct item *rows_tree_item(struct rows *r, size_t n)
{
	struct run *run = run_of_line(r, n);

	return run ? run->item : tree_of(r)->model->root;
}

static size_t distance(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

size_t rows_tree_line(struct rows *r, struct node n, size_t near)
{
	struct tree_rows *t = tree_of(r);
	size_t count = tree_count(r);
	size_t best = count;
	struct item *real;

	if (!n.item)
		return count;
	real = item_real(n.item);
	for (size_t i = 0; i < t->count; i++) {
		const struct run *run = &t->runs[i];
		size_t line = run->start;

		if (run->rows != (n.at != NODE_SELF) || item_real(run->item) != real)
			continue;
		if (run->rows) {
			if (n.at >= run->lines)
				continue;
			line += (size_t)n.at;
		}
		if (best == count || distance(line, near) < distance(best, near))
			best = line;
	}
	return best;
}

size_t rows_tree_reveal(struct rows *r, struct node n, size_t near)
{
	struct tree_rows *t = tree_of(r);
	size_t line = rows_tree_line(r, n, near);
	struct item *real;

	if (!n.item || line < total_lines(t))
		return line;
	real = item_real(n.item);
	if (n.at != NODE_SELF) {
		item_index(real, true);
		set_open(t, real, true);
	}
	for (struct item *up = real->parent; up; up = up->parent)
		set_open(t, up, true);
	return rows_tree_line(r, n, near);
}

enum search_end rows_tree_search(struct rows *r, const struct line_search *s, struct node from,
				 struct node *hit)
{
	return nodes_search(tree_of(r)->model, s, from, hit);
}

static const struct rows_ops tree_ops = {
	.count = tree_count,
	.line = tree_line,
	.heading = tree_heading,
	.fold = tree_fold,
	.up = tree_up,
	.fini = tree_fini,
};

void rows_tree_room(struct rows *r, int columns)
{
	tree_of(r)->columns = columns;
}

struct rows *rows_tree_new(struct model *m)
{
	struct tree_rows *t = heap_zeroed(1, sizeof(*t));

	t->rows.ops = &tree_ops;
	t->model = m;
	t->stale = true;
	set_open(t, m->root, true);
	refresh(t);
	return &t->rows;
}
