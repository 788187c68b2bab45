/* The time before there is a model: unpacking an archive may take minutes. It is opened in a
 * thread; if that takes longer than a blink, a frame says how far it is, and keys are heard. */
#include "ui/app.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/heap.h"

#define BLINK 150 /* ms that pass unseen */
#define LOOK 200  /* ms between two looks at the count */

struct opening {
	const struct ui_source *from;
	struct worker *worker;
	struct job job;
	struct model *model;
	struct err *err;
	atomic_bool done;
	struct term *term;
	struct canvas canvas;
	struct arena frame;
	bool stopped;
};

static void open_it(void *arg, struct job *job)
{
	struct opening *o = arg;

	o->err = o->from->open(o->from->arg, job, &o->model);
	atomic_store(&o->done, true);
}

/* Until it is done, keys or signals come (with a terminal), or the time is over. */
static void wait_a_while(struct opening *o, int ms)
{
	struct pollfd fds[3] = {
		{ .fd = worker_wake_fd(o->worker), .events = POLLIN },
		{ .fd = o->term ? term_key_fd(o->term) : -1, .events = POLLIN },
		{ .fd = o->term ? term_signal_fd(o->term) : -1, .events = POLLIN },
	};

	if (poll(fds, ARRAY_LEN(fds), ms) > 0 && fds[0].revents)
		worker_drain(o->worker);
}

/* ---- the frame ---- */

static const char *progress(struct opening *o)
{
	uint64_t total = atomic_load(&o->job.total), done = atomic_load(&o->job.done);

	if (o->stopped)
		return "stopping; C-c once more leaves at once";
	if (!total || done > total)
		return "opening";
	return arena_printf(&o->frame, "unpacking %u%%  %s of %s",
			    (unsigned)((double)done * 100 / (double)total),
			    text_size(done, &o->frame), text_size(total, &o->frame));
}

static void draw(struct opening *o)
{
	struct canvas *cv = &o->canvas;
	struct area line = { 0, 0, cv->w, 1 };
	int x;

	arena_reset(&o->frame);
	canvas_clear(cv);
	canvas_fill(cv, line, ROLE_TITLE, ' ');
	x = canvas_put(cv, 0, 0, ROLE_TITLE, " cryoscope  ");
	canvas_put_cut(cv, x, 0, ROLE_TITLE, text_clean_str(o->from->name, &o->frame), cv->w - x);
	if (cv->h > 4) {
		canvas_box(cv, (struct area){ 0, 1, cv->w, cv->h - 3 }, ROLE_BORDER_FOCUS);
		canvas_put(cv, 2, 2, ROLE_DIM, "(not there yet)");
	}
	line.y = cv->h - 2;
	canvas_fill(cv, line, ROLE_STATUS, ' ');
	canvas_put_cut(cv, 2, line.y, ROLE_STATUS, progress(o), cv->w - 2);
	x = canvas_put(cv, 1, cv->h - 1, ROLE_HINT_KEY, "q");
	canvas_put(cv, x, cv->h - 1, ROLE_HINT, " Stop and leave");
	term_show(o->term, cv);
}

static void fit(struct opening *o)
{
	int w, h;

	term_size(o->term, &w, &h);
	canvas_resize(&o->canvas, w, h);
}

/* ---- keys ---- */

static void stop(struct opening *o, bool at_once)
{
	/* The thread hangs in a read that does not come back: nothing else ends it. */
	if (o->stopped && at_once) {
		term_close(o->term);
		_exit(2);
	}
	o->stopped = true;
	atomic_store(&o->job.cancel, true);
}

static void take_keys(struct opening *o)
{
	bool gone = false;
	uint32_t key;

	while ((key = term_key(o->term, &gone)) != K_NONE)
		if (key == K_CTRL('c') || key == 'q' || key == 'Q' || key == K_F1 + 9)
			stop(o, key == K_CTRL('c'));
		else if (key == K_CTRL('z'))
			term_suspend(o->term);
	if (gone)
		stop(o, true);
}

static void take_signals(struct opening *o)
{
	int seen = term_signals(o->term);

	if (seen & TERM_STOP)
		term_suspend(o->term);
	if (seen)
		fit(o);
}

static struct err *show(struct opening *o, const struct ui_options *opt)
{
	struct err *err = term_open(&o->term);

	if (err)
		return err;
	err = app_choose_theme(o->term, opt);
	arena_init(&o->frame);
	canvas_init(&o->canvas, &o->frame, opt->ascii || !term_utf8());
	fit(o);
	while (!err && !atomic_load(&o->done)) {
		take_signals(o);
		draw(o);
		wait_a_while(o, LOOK);
		take_keys(o);
	}
	canvas_fini(&o->canvas);
	arena_fini(&o->frame);
	return err;
}

struct err *ui_open(const struct ui_source *from, const struct ui_options *opt, struct model **out)
{
	struct opening *o = heap_zeroed(1, sizeof(*o));
	int64_t until = app_now() + BLINK;
	struct err *err = NULL;

	o->from = from;
	job_init(&o->job, "unpack", 0);
	o->worker = worker_open();
	if (!o->worker) {
		open_it(o, &o->job);
	} else {
		worker_submit(o->worker, &o->job, open_it, o, true);
		for (int64_t left = BLINK; left > 0 && !atomic_load(&o->done);
		     left = until - app_now())
			wait_a_while(o, (int)left);
		if (!atomic_load(&o->done))
			err = show(o, opt);
		if (err)
			atomic_store(&o->job.cancel, true);
		worker_wait(o->worker);
		worker_close(o->worker);
		term_close(o->term);
	}
	/* It was through before it could be stopped: who wanted to leave leaves. */
	if (!o->err && !err && o->stopped)
		err = err_new(ERR_CANCELLED, "opening was stopped");
	if (err) {
		model_close(o->model);
		o->model = NULL;
		err_free(o->err);
		o->err = NULL;
	}
	*out = o->model;
	err = err ? err : o->err;
	free(o);
	return err;
}
