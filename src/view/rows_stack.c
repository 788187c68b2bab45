/* Back-traces as rows:
 *
 *	  FRAME         PC  FUNCTION, MODULE
 *	▾ thread 3385  mt-2  2 frames
 *	   #0    7f57f98fe827  syscall+0x17  libc.so.6
 *	   #1    55d53746c752  tree+0x4752  (by frame pointer)
 *	   no unwind data of /srv/tree: it is not there
 *	   by frame pointer: it leads no further up the stack
 *	▸ thread 3386  mt-3  1 frame: end of the stack
 *
 * Traces never move, and a reader looks only at as many as the count, stored with release, says are
 * there. Where the lines of each begin is the reader's own: `first` is brought up to date when it
 * asks how many lines there are. */
#include "view/rows_stack.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/text.h"

#define NUMBER_WIDTH 5
#define PC_WIDTH 12
#define BYTES_WIDTH 8

struct stack_rows {
	struct rows rows;
	struct unwind_trace *traces;
	size_t room;
	_Atomic size_t count; /* of traces that are there */
	size_t *first;        /* line of each thread's heading, and one more */
	bool *shut;
	size_t known; /* traces whose lines are counted */
	const char *end;
	int columns;
};

static struct stack_rows *stack_of(struct rows *r)
{
	return (struct stack_rows *)r;
}

/* ---- what there is ---- */

void rows_stack_clear(struct rows *r, size_t threads)
{
	struct stack_rows *s = stack_of(r);

	free(s->traces);
	free(s->first);
	free(s->shut);
	s->traces = heap_zeroed(threads + 1, sizeof(*s->traces));
	s->first = heap_zeroed(threads + 1, sizeof(*s->first));
	s->shut = heap_zeroed(threads + 1, sizeof(*s->shut));
	s->room = threads;
	s->known = 0;
	s->end = NULL;
	atomic_store(&s->count, 0);
}

void rows_stack_add(struct rows *r, const struct unwind_trace *t)
{
	struct stack_rows *s = stack_of(r);
	size_t n = atomic_load_explicit(&s->count, memory_order_relaxed);

	if (n == s->room)
		return;
	s->traces[n] = *t;
	atomic_store_explicit(&s->count, n + 1, memory_order_release);
}

void rows_stack_end(struct rows *r, const char *text)
{
	stack_of(r)->end = text;
}

size_t rows_stack_threads(struct rows *r)
{
	return atomic_load_explicit(&stack_of(r)->count, memory_order_acquire);
}

size_t rows_stack_frames(struct rows *r)
{
	size_t n = 0;

	for (size_t i = rows_stack_threads(r); i > 0; i--)
		n += stack_of(r)->traces[i - 1].count;
	return n;
}

void rows_stack_room(struct rows *r, int columns)
{
	stack_of(r)->columns = columns;
}

/* ---- lines ---- */

/* Its frames, and the one or two reasons why there are no more. */
static size_t below(const struct unwind_trace *t)
{
	return t->count + 1 + (t->reasons[1] != NULL);
}

static void count_from(struct stack_rows *s, size_t thread)
{
	for (size_t i = thread; i < s->known; i++)
		s->first[i + 1] = s->first[i] + 1 + (s->shut[i] ? 0 : below(&s->traces[i]));
}

static size_t stack_count(struct rows *r)
{
	struct stack_rows *s = stack_of(r);
	size_t known = s->known;

	s->known = rows_stack_threads(r);
	count_from(s, known);
	return s->known || s->end ? s->first[s->known] + (s->end != NULL) : 0;
}

/* The thread whose heading is line n or the last before it. */
static size_t thread_at(const struct stack_rows *s, size_t n)
{
	size_t lo = 0, hi = s->known;

	while (lo + 1 < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->first[mid] <= n)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static struct span stack_span(const struct unwind_trace *t, size_t frame)
{
	uint64_t sp = t->frames[frame].sp;
	uint64_t next = frame + 1 < t->count ? t->frames[frame + 1].sp : 0;

	return (struct span){ sp, sp && next > sp ? next - sp : 0 };
}

bool rows_stack_at(struct rows *r, size_t n, struct stack_line *out)
{
	struct stack_rows *s = stack_of(r);
	size_t count = stack_count(r), at;

	*out = (struct stack_line){ .thread = SIZE_MAX };
	if (n >= count)
		return false;
	if (n >= s->first[s->known]) {
		out->text = s->end;
		return true;
	}
	out->thread = thread_at(s, n);
	out->trace = &s->traces[out->thread];
	at = n - s->first[out->thread];
	if (!at) {
		out->heading = true;
	} else if (at <= out->trace->count) {
		out->frame = &out->trace->frames[at - 1];
		out->stack = stack_span(out->trace, at - 1);
	} else {
		out->text = out->trace->reasons[at - out->trace->count - 1];
	}
	return true;
}

size_t rows_stack_line(struct rows *r, size_t thread, uint64_t addr)
{
	struct stack_rows *s = stack_of(r);

	if (!stack_count(r) || thread >= s->known)
		return 0;
	for (size_t i = 0; i < s->traces[thread].count && !s->shut[thread]; i++) {
		struct span at = stack_span(&s->traces[thread], i);

		if (addr == at.offset || span_has(at, addr))
			return s->first[thread] + 1 + i;
	}
	return s->first[thread] + (s->traces[thread].count && !s->shut[thread]);
}

/* ---- text ---- */

static void heading_cells(const struct stack_rows *s, const struct stack_line *l, struct arena *a,
			  struct row *out)
{
	const struct unwind_trace *t = l->trace;
	bool shut = s->shut[l->thread];

	out->fold = !shut;
	row_cell(out, ROLE_FIELD, 0, arena_printf(a, "thread %" PRIu32, t->tid));
	if (t->comm)
		row_cell(out, ROLE_NORMAL, 0, arena_printf(a, "  %s", t->comm));
	row_cell(out, ROLE_DIM, 0,
		 arena_printf(a, "  %zu frame%s%s", t->count, t->count == 1 ? "" : "s",
			      shut ? ": " : ""));
	if (shut)
		row_cell(out, ROLE_NOTE, 0, t->stopped);
}

static void place_cells(const struct stack_rows *s, const struct unwind_frame *f, struct arena *a,
			struct row *out)
{
	const char *module = s->columns >= STACK_WIDE && f->path ? f->path : f->module;

	if (f->symbol)
		row_cell(out, ROLE_VALUE, 0,
			 arena_printf(a, "%s+0x%" PRIx64 "  ", f->symbol, f->offset));
	if (!module)
		row_cell(out, ROLE_NOTE, 0, "??");
	else if (f->symbol)
		row_cell(out, ROLE_NOTE, 0, module);
	else
		row_cell(out, ROLE_NORMAL, 0,
			 arena_printf(a, "%s+0x%" PRIx64, module, f->module_offset));
	if (f->by_pointer)
		row_cell(out, ROLE_NOTE, 0, "  (by frame pointer)");
	if (f->note)
		row_cell(out, ROLE_NOTE, 0, arena_printf(a, "  (%s)", f->note));
}

static void frame_cells(const struct stack_rows *s, const struct stack_line *l, struct arena *a,
			struct row *out)
{
	const struct unwind_frame *f = l->frame;

	row_cell(out, ROLE_NOTE, NUMBER_WIDTH, arena_printf(a, "#%td", f - l->trace->frames));
	row_cell(out, ROLE_ADDRESS, -PC_WIDTH, arena_printf(a, "%" PRIx64, f->pc));
	row_cell(out, ROLE_NORMAL, 2, "");
	if (s->columns >= STACK_WIDE) {
		row_cell(out, ROLE_ADDRESS, -PC_WIDTH,
			 f->sp ? arena_printf(a, "%" PRIx64, f->sp) : "");
		row_cell(out, ROLE_DIM, -BYTES_WIDTH,
			 l->stack.length ? arena_printf(a, "%" PRIu64, l->stack.length) : "");
		row_cell(out, ROLE_NORMAL, 2, "");
	}
	place_cells(s, f, a, out);
	out->span = l->stack;
}

static void stack_text(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct stack_line l;

	if (!rows_stack_at(r, n, &l))
		return;
	out->fold = -1;
	out->depth = l.trace && !l.heading;
	if (l.heading)
		heading_cells(stack_of(r), &l, a, out);
	else if (l.frame)
		frame_cells(stack_of(r), &l, a, out);
	else
		row_cell(out, l.trace && l.trace->whole ? ROLE_DIM : ROLE_WARNING, 0, l.text);
}

static bool stack_heading(struct rows *r, struct arena *a, struct row *out)
{
	(void)a;
	if (!stack_count(r))
		return false;
	out->fold = -1;
	out->depth = 1;
	row_cell(out, ROLE_DIM, NUMBER_WIDTH, "FRAME");
	row_cell(out, ROLE_DIM, -PC_WIDTH, "PC");
	row_cell(out, ROLE_NORMAL, 2, "");
	if (stack_of(r)->columns >= STACK_WIDE) {
		row_cell(out, ROLE_DIM, -PC_WIDTH, "SP");
		row_cell(out, ROLE_DIM, -BYTES_WIDTH, "BYTES");
		row_cell(out, ROLE_NORMAL, 2, "");
	}
	row_cell(out, ROLE_DIM, 0, "FUNCTION  MODULE");
	return true;
}

/* ---- folding ---- */

static bool stack_fold(struct rows *r, size_t n, bool open, bool all)
{
	struct stack_rows *s = stack_of(r);
	struct stack_line l;

	if (!rows_stack_at(r, n, &l) || !l.heading)
		return false;
	for (size_t i = 0; i < s->known; i++)
		if (all || i == l.thread)
			s->shut[i] = !open;
	count_from(s, all ? 0 : l.thread);
	return true;
}

static size_t stack_up(struct rows *r, size_t n)
{
	struct stack_line l;

	return rows_stack_at(r, n, &l) && l.trace ? stack_of(r)->first[l.thread] : n;
}

/* True if a line below the heading would have it. */
static bool has_below(struct rows *r, size_t thread, const char *needle)
{
	struct stack_rows *s = stack_of(r);
	const struct unwind_trace *t = &s->traces[thread];
	bool found = text_match(t->stopped, needle) >= 0;
	struct arena a;

	arena_init(&a);
	for (size_t i = 0; i < t->count && !found; i++) {
		struct stack_line l = { .trace = t, .frame = &t->frames[i] };
		struct row row = { 0 };

		frame_cells(s, &l, &a, &row);
		found = text_match(row_text(&row, &a), needle) >= 0;
		arena_reset(&a);
	}
	arena_fini(&a);
	return found;
}

static bool stack_reveal(struct rows *r, size_t n, const char *needle)
{
	struct stack_line l;

	if (!rows_stack_at(r, n, &l) || !l.heading || !stack_of(r)->shut[l.thread] ||
	    !has_below(r, l.thread, needle))
		return false;
	return stack_fold(r, n, true, false);
}

/* ---- beginning and end ---- */

static void stack_fini(struct rows *r)
{
	struct stack_rows *s = stack_of(r);

	free(s->traces);
	free(s->first);
	free(s->shut);
	free(s);
}

static const struct rows_ops stack_ops = {
	.count = stack_count,
	.line = stack_text,
	.fold = stack_fold,
	.up = stack_up,
	.heading = stack_heading,
	.fini = stack_fini,
	.reveal = stack_reveal,
};

struct rows *rows_stack_new(void)
{
	struct stack_rows *s = heap_zeroed(1, sizeof(*s));

	s->rows.ops = &stack_ops;
	s->columns = 76;
	rows_stack_clear(&s->rows, 0);
	return &s->rows;
}
