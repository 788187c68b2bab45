/* The back-traces of a process's threads: a list over the memory of their stacks. A worker walks
 * them, one thread after the other, and the list shows what is there; it reads what sources and
 * spaces anyone may read hold, and files of the system. What else there is to know of a process is
 * asked for before it begins. */
#include "ui/app.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "ops/unwind.h"
#include "view/rows_registers.h"
#include "view/rows_stack.h"

#define HELD_MOST ((size_t)256 << 20) /* bytes of traces */

struct tracer {
	struct worker *worker; /* NULL: none yet, or a script: then here and now */
	struct job job;
	struct rows *rows;     /* the list's */
	struct unwind *unwind; /* NULL: nothing was asked for yet */
	struct aspace *space;  /* whose it is */
	struct arena arena;    /* of the traces; the worker's while it runs */
	bool running;
	atomic_bool done;
	size_t seen; /* threads that the list was told of */
	/* Where the cursor goes as soon as that is there, unless someone moves it. */
	size_t thread; /* SIZE_MAX: nowhere */
	uint64_t addr; /* of its stack */
	size_t line;   /* or to this line; SIZE_MAX: to none */
};

struct tracer *app_stack_new(struct rows *rows)
{
	struct tracer *t = heap_zeroed(1, sizeof(*t));

	t->rows = rows;
	t->thread = t->line = SIZE_MAX;
	arena_init(&t->arena);
	return t;
}

/* Ends the one that runs; what it found stays. */
static void halt(struct tracer *t)
{
	if (!t->running)
		return;
	atomic_store(&t->job.cancel, true);
	if (t->worker)
		worker_wait(t->worker);
	t->running = false;
}

void app_stack_free(struct tracer *t)
{
	if (!t)
		return;
	halt(t);
	worker_close(t->worker);
	unwind_close(t->unwind);
	arena_fini(&t->arena);
	free(t);
}

int app_stack_fd(const struct app *app)
{
	return app->tracer->worker ? worker_wake_fd(app->tracer->worker) : -1;
}

void app_stack_drain(struct app *app)
{
	if (app->tracer->worker)
		worker_drain(app->tracer->worker);
}

/* ---- walking ---- */

static void run(void *arg, struct job *job)
{
	struct tracer *t = arg;
	bool on = true;

	for (size_t n = 0; on && n < unwind_count(t->unwind); n++) {
		struct unwind_trace trace = unwind_thread(t->unwind, n, job, &t->arena);

		rows_stack_add(t->rows, &trace);
		on = job_step(job, 1) && t->arena.held < HELD_MOST;
	}
	atomic_store(&t->done, true);
	if (t->worker)
		worker_wake(t->worker);
}

static bool complete(const struct tracer *t)
{
	return t->unwind && rows_stack_threads(t->rows) == unwind_count(t->unwind) &&
	       !atomic_load(&t->job.cancel);
}

/* Has the traces of `as` made, unless they are or soon will be. False: there are none to be had,
 * and it was said why. */
static bool want(struct app *app, struct aspace *as)
{
	struct tracer *t = app->tracer;
	struct model *m = as->item->model;
	struct unwind *u;
	struct err *err;

	if (t->space == as && (t->running || complete(t)))
		return true;
	if (as->kind != ASPACE_PROCESS) {
		app_say(app, ROLE_HINT,
			"a guest's vCPUs have no back-traces: t shows their registers");
		return false;
	}
	err = unwind_open(m, as, m->options.root, &u);
	if (err) {
		app_say(app, ROLE_WARNING, "%s", err->text);
		err_free(err);
		return false;
	}
	halt(t);
	list_filter(&app->stack, NULL);
	rows_stack_clear(t->rows, unwind_count(u));
	app->stack.cursor = app->stack.top = 0;
	unwind_close(t->unwind);
	arena_reset(&t->arena);
	t->unwind = u;
	t->space = as;
	t->seen = 0;
	t->running = true;
	atomic_store(&t->done, false);
	job_init(&t->job, "back-traces", unwind_count(u));
	if (app->term && !t->worker)
		t->worker = worker_open();
	if (t->worker)
		worker_submit(t->worker, &t->job, run, t, true);
	else
		run(t, &t->job);
	return true;
}

bool app_stack_cancel(struct app *app)
{
	if (!app->tracer->running)
		return false;
	atomic_store(&app->tracer->job.cancel, true);
	return true;
}

/* ---- where to stand ---- */

static bool line_here(struct app *app, struct stack_line *out)
{
	return rows_stack_at(app->stack.pane.rows, app->stack.cursor, out);
}

/* The stack at hand: of a frame its own, of a heading that of the innermost one. */
static const struct unwind_frame *frame_here(struct app *app)
{
	struct stack_line l;

	if (!line_here(app, &l) || !l.trace || !l.trace->count)
		return NULL;
	return l.frame ? l.frame : &l.trace->frames[l.heading ? 0 : l.trace->count - 1];
}

void app_stack_moved(struct app *app)
{
	const struct unwind_frame *f = frame_here(app);
	struct stack_line l;

	line_here(app, &l);
	if (!f || !f->sp || !app_memory_show(app, app->space, f->sp))
		app_memory_blank(app);
	hex_light(&app->memory, l.stack);
}

/* The number of the thread that is called so; if there is none, 0. */
static size_t thread_called(const struct unwind *u, uint64_t tid)
{
	for (size_t n = 0; n < unwind_count(u); n++)
		if (unwind_tid(u, n) == tid)
			return n;
	return 0;
}

/* The thread whose stack has an address: the stack pointer next below it, in the same region. */
static uint64_t owner_of(const struct app *app, uint64_t addr)
{
	const struct region *r = aspace_region(app->space, addr);
	const struct anchor *best = NULL;

	for (size_t i = 0; r && i < app->register_count; i++) {
		const struct anchor *reg = &app->registers[i];

		if (reg->stack && reg->addr >= r->start && reg->addr <= addr &&
		    (!best || reg->addr > best->addr))
			best = reg;
	}
	return best ? best->who : UINT64_MAX;
}

/* The number in a name: images of a thread are called by it. */
static uint64_t number_in(const char *name)
{
	name += strcspn(name, "0123456789");
	return strtoull(name, NULL, 10);
}

/* Whose trace was meant by where one stands. */
static void aim(struct app *app, struct aspace *as, uint64_t *tid, uint64_t *addr)
{
	const struct anchor *reg = rows_registers_at(app->regs.pane.rows, app->regs.cursor);

	*tid = *addr = UINT64_MAX;
	if (app->view == VIEW_TREE && app->node.item) {
		*tid = number_in(item_real(app->node.item)->name);
	} else if (as == app->space && app->view == VIEW_REGISTERS && reg) {
		*tid = reg->who;
	} else if (as == app->space && app_in_memory(app) && app->memory.size) {
		*addr = app->view == VIEW_PAGES ? app->map.cursor : app->memory.cursor;
		*tid = owner_of(app, *addr);
	}
}

/* As soon as it is there. */
static void settle(struct app *app)
{
	struct tracer *t = app->tracer;
	size_t threads = rows_stack_threads(t->rows);

	if (t->thread < threads)
		list_go(&app->stack, rows_stack_line(t->rows, t->thread, t->addr));
	else if (t->line < rows_count(t->rows))
		list_go(&app->stack, t->line);
	else
		return;
	t->thread = t->line = SIZE_MAX;
}

static void finish(struct app *app)
{
	struct tracer *t = app->tracer;
	const char *lacks = unwind_lacks(t->unwind);

	if (t->worker)
		worker_wait(t->worker);
	t->running = false;
	if (!complete(t)) {
		lacks = arena_printf(&t->arena, "%s after %zu of %zu threads%s",
				     atomic_load(&t->job.cancel) ? "stopped" : "no room", t->seen,
				     unwind_count(t->unwind),
				     atomic_load(&t->job.cancel) ? "" : "; `bt' prints them all");
		app_say(app, ROLE_WARNING, "back-traces: %s", lacks);
	}
	rows_stack_end(t->rows, lacks);
}

void app_stack_tick(struct app *app)
{
	struct tracer *t = app->tracer;
	bool done = atomic_load(&t->done);
	size_t threads = rows_stack_threads(t->rows);

	if (!t->running || (!done && threads == t->seen))
		return;
	t->seen = threads;
	if (done)
		finish(app);
	/* Filtering reads every line again: once is enough. */
	if (done || !app->stack.filter)
		list_refresh(&app->stack);
	if (app->stack.cursor)
		t->thread = t->line = SIZE_MAX;
	settle(app);
	/* The first lines, or the one that was waited for. */
	if (app->view == VIEW_STACK && app->arrangement.focus == SLOT_MAIN)
		app_stack_moved(app);
}

/* ---- the view ---- */

static void show(struct app *app, struct aspace *as)
{
	app_memory_take(app, as);
	app_view(app, VIEW_STACK);
	settle(app);
	app_stack_tick(app);
	app_stack_moved(app);
}

void app_stack_go(struct app *app, struct aspace *as, size_t line)
{
	if (!want(app, as))
		return;
	app->tracer->thread = SIZE_MAX;
	app->tracer->line = line;
	show(app, as);
}

void app_stack_view(struct app *app)
{
	struct aspace *as = app_space_any(app);
	struct tracer *t = app->tracer;
	uint64_t tid, addr;

	if (!as) {
		app_say(app, ROLE_HINT, "no process here has memory");
		return;
	}
	aim(app, as, &tid, &addr);
	if (!want(app, as))
		return;
	app_over(app);
	t->line = SIZE_MAX;
	t->thread = thread_called(t->unwind, tid);
	t->addr = addr;
	show(app, as);
}

/* ---- going on ---- */

static void go(struct app *app, uint64_t addr, const char *what)
{
	if (!addr || !app_memory_has(app->space, addr)) {
		app_say(app, ROLE_HINT, "%s 0x%" PRIx64 " is not mapped", what, addr);
		return;
	}
	app_track_push(app);
	app_memory_go(app, app->space, addr, false);
}

void app_stack_follow(struct app *app)
{
	const struct unwind_frame *f = frame_here(app);
	struct call once = { .count = 1 };
	struct list *l = &app->stack;
	struct stack_line line;
	struct row row;

	if (!line_here(app, &line))
		return;
	if (line.heading) {
		rows_line(l->pane.rows, l->cursor, &app->scratch, &row);
		l->pane.class->act(&l->pane, row.fold ? ACT_FOLD_CLOSE : ACT_FOLD_OPEN, &once);
	} else if (f) {
		go(app, f->sp, "the stack pointer");
		hex_light(&app->memory, line.stack);
	} else {
		app_say(app, ROLE_HINT, "nothing to follow here");
	}
}

void app_stack_code(struct app *app)
{
	const struct unwind_frame *f = app->view == VIEW_STACK ? frame_here(app) : NULL;

	if (f)
		go(app, f->pc, "the program counter");
	else
		app_say(app, ROLE_HINT, "that is for a frame of a stack: B shows them");
}

/* ---- words ---- */

const char *app_stack_value(struct app *app)
{
	const struct unwind_frame *f = frame_here(app);

	return f ? arena_printf(&app->scratch, "0x%" PRIx64, f->pc) : "";
}

/* "pid 3383  2 of 4 threads, 5 frames" */
const char *app_stack_title(struct app *app)
{
	const struct tracer *t = app->tracer;
	size_t threads = rows_stack_threads(t->rows), frames = rows_stack_frames(t->rows);
	struct arena *a = &app->frame;

	if (!t->unwind)
		return "";
	return arena_printf(a, "%s  %zu%s thread%s, %zu frame%s", t->space->name, threads,
			    complete(t) ? "" : arena_printf(a, " of %zu", unwind_count(t->unwind)),
			    threads == 1 && complete(t) ? "" : "s", frames, frames == 1 ? "" : "s");
}

/* "#1 of thread 3386  stack 0x7f57f9773de0  anon+0x3bde0  pages-6.img+0xede0"; or why there are no
 * more. */
const char *app_stack_status(struct app *app)
{
	const struct unwind_frame *f = frame_here(app);
	struct arena *a = &app->frame;
	struct stack_line l;

	if (!line_here(app, &l))
		return app->tracer->running ? "walking the stacks" : "";
	if (l.text)
		return l.text;
	if (!f || !f->sp || !app_memory_has(app->space, f->sp))
		return arena_printf(a, "thread %" PRIu32 "  the stack is not mapped", l.trace->tid);
	return arena_printf(a, "sp of #%td  %s", f - l.trace->frames, app_memory_status(app));
}

const char *app_stack_progress(struct app *app)
{
	const struct tracer *t = app->tracer;

	return t->running ? arena_printf(&app->frame, "back-traces %zu/%zu ",
					 rows_stack_threads(t->rows), unwind_count(t->unwind))
			  : "";
}
