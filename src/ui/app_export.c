/* The export dialog: what is at hand, as which kind of file, where to.
 *
 *	+- Export -------------------------------------------------------+
 *	|  What    (*) region [heap]  0x560b2e05c000  1.0M               |
 *	|          ( ) memory of pid 7                                   |
 *	|  Format  (*) raw        bytes as they are                      |
 *	|          ( ) elf-core   for a debugger                         |
 *	|  Options [ ] leave out what is not there   [ ] sparse file     |
 *	|  ...                                                           |
 *	|  File    pid_7-560b2e05c000.bin                                |
 *	+------------- Tab next  Space choose  Enter write  Esc leave ---+
 *
 * Stretches of memory are written by a worker while one looks on. All else may ask of the model
 *what only its owner's thread may: then the worker has it alone, and this thread waits, with an eye
 *on C-c. */
#include "ui/app.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "ops/export.h"

#define WHATS 8
#define FORMATS 8
#define BOX_W 72
#define LOOK 100 /* ms between two looks at the count */

enum tick { TICK_SKIP, TICK_SPARSE, TICK_PROVENANCE, TICK_FORCE, TICKS };

static const struct {
	const char *text;
	const char *option;
} ticks[TICKS] = {
	[TICK_SKIP] = { "leave out what is not there", "--holes skip" },
	[TICK_SPARSE] = { "sparse file: zeros take no room", "--sparse" },
	[TICK_PROVENANCE] = { "also FILE.provenance.json", "--provenance" },
	[TICK_FORCE] = { "write over a file that is there", "--force" },
};

struct offer {
	struct export_what what;
	const char *label;
	const char *location; /* as `export` on the command line takes it */
};

struct exporting {
	bool open, running;
	bool told;          /* another name was typed: none is suggested any more */
	struct arena arena; /* of offers and of what is written */
	struct offer offers[WHATS];
	const struct exporter *formats[FORMATS];
	size_t offer_count, format_count, offer, format;
	size_t line; /* of the dialog: offers, formats, ticks, the file */
	bool ticks[TICKS];
	struct prompt file;

	struct worker *worker;
	struct job job;
	atomic_bool done;
	struct sink *sink;
	struct export_what what;
	const struct exporter *exporter;
	struct export_options options;
	struct export_result result;
	struct err *err;
	char path[PROMPT_ROOM];
};

static size_t line_count(const struct exporting *x)
{
	return x->offer_count + x->format_count + TICKS + 1;
}

static bool at_file(const struct exporting *x)
{
	return x->line == line_count(x) - 1;
}

/* ---- what is at hand ---- */

static void offer(struct exporting *x, struct export_what what, const char *location,
		  const char *label)
{
	if (x->offer_count < WHATS)
		x->offers[x->offer_count++] = (struct offer){ what, label, location };
}

static const char *address_of(const struct aspace *as, uint64_t addr, struct arena *a)
{
	if (as->kind == ASPACE_FRAMES)
		return arena_printf(a, "pa:0x%" PRIx64 "%s%s", addr, *as->who ? "@" : "", as->who);
	return arena_printf(a, "va:0x%" PRIx64 "@%s", addr, as->who);
}

static void offer_stretch(struct app *app, struct exporting *x, struct aspace *as, uint64_t start,
			  uint64_t end, const char *label)
{
	struct arena *a = &x->arena;
	struct export_what what = { .model = as->item->model,
				    .node = { as->item, NODE_SELF },
				    .space = as,
				    .start = start,
				    .end = end };

	(void)app;
	offer(x, what, arena_printf(a, "%s 0x%" PRIx64, address_of(as, start, a), end - start),
	      arena_printf(a, "%s  0x%" PRIx64 "  %s", label, start, text_size(end - start, a)));
}

/* Where one stands in memory: what is selected, the region, the page. */
static void offer_place(struct app *app, struct exporting *x)
{
	uint64_t at = app->view == VIEW_PAGES ? app->map.cursor : app->memory.cursor;
	struct span chosen = hex_selection(&app->memory);
	struct aspace *as = app->space;
	const struct region *r = as && aspace_is_mapped(as) ? aspace_region(as, at) : NULL;
	bool bytes = app->arrangement.focus == SLOT_BYTES || app->view == VIEW_PAGES;

	if (!r)
		return;
	if (chosen.length)
		offer_stretch(app, x, as, chosen.offset, chosen.offset + chosen.length,
			      "the selected bytes");
	if (bytes)
		offer_stretch(app, x, as, at - at % as->page, at - at % as->page + as->page,
			      "the page");
	offer_stretch(app, x, as, r->start, r->end,
		      arena_printf(&x->arena, "region %s", *r->name ? r->name : "anon"));
}

static void offer_memory(struct exporting *x, struct aspace *as)
{
	struct export_what what = { .model = as->item->model,
				    .node = { as->item, NODE_SELF },
				    .space = as };

	offer(x, what, node_path(what.node, &x->arena),
	      arena_printf(&x->arena, "all memory of %s", as->name));
}

static void offer_node(struct app *app, struct exporting *x)
{
	struct arena *a = &x->arena;
	struct export_what what = { .model = app->model, .node = app->node };
	const char *path = rows_fields_path(app->fields.pane.rows, app->fields.cursor, a);

	what.node.item = item_real(what.node.item);
	if (app->arrangement.focus != SLOT_MAIN && app_field(app) && path && *path) {
		what.field = arena_strdup(a, path);
		offer(x, what, arena_printf(a, "%s/%s", node_path(what.node, a), path),
		      arena_printf(a, "field %s", path));
		what.field = NULL;
	}
	offer(x, what, node_path(what.node, a),
	      arena_printf(a, "%s %s", node_kind(what.node, a), node_label(what.node, a)));
	if (what.node.at != NODE_SELF) {
		what.node.at = NODE_SELF;
		offer(x, what, node_path(what.node, a),
		      arena_printf(a, "all of %s", what.node.item->name));
	}
}

static void offer_all(struct app *app, struct exporting *x)
{
	struct aspace *as;

	x->offer_count = 0;
	if (app_shows_memory(app) || app_in_memory(app))
		offer_place(app, x);
	else if (app->node.item && item_ready(item_real(app->node.item)))
		offer_node(app, x);
	as = app_space_here(app);
	if (as && aspace_is_mapped(as))
		offer_memory(x, as);
}

/* ---- how ---- */

static void suggest_name(struct exporting *x)
{
	if (x->told || !x->format_count)
		return;
	prompt_open(&x->file, PROMPT_WRITE,
		    export_name(&x->offers[x->offer].what, x->formats[x->format], &x->arena));
}

static void find_formats(struct exporting *x)
{
	const struct exporter *before = x->format_count ? x->formats[x->format] : NULL;

	x->format_count = x->format = 0;
	for (const struct exporter *const *e = exporters; *e && x->format_count < FORMATS; e++) {
		if (!(*e)->fits(&x->offers[x->offer].what))
			continue;
		if (*e == before)
			x->format = x->format_count;
		x->formats[x->format_count++] = *e;
	}
	suggest_name(x);
}

void app_export_open(struct app *app)
{
	struct exporting *x = app->exporting;

	if (x->running) {
		app_say(app, ROLE_WARNING, "one export runs already: C-c stops it");
		return;
	}
	arena_reset(&x->arena);
	offer_all(app, x);
	x->offer = x->format_count = 0;
	x->told = false;
	x->ticks[TICK_FORCE] = false;
	if (x->offer_count)
		find_formats(x);
	x->open = x->format_count;
	x->line = line_count(x) - 1;
	if (!x->open)
		app_say(app, ROLE_HINT, "nothing here that could be written to a file");
}

bool app_export_is_open(const struct app *app)
{
	return app->exporting->open;
}

static struct export_options options_of(const struct exporting *x)
{
	return (struct export_options){ .holes = x->ticks[TICK_SKIP] ? HOLES_SKIP : HOLES_ZERO,
					.sparse = x->ticks[TICK_SPARSE] };
}

/* ---- writing ---- */

static struct err *shrunk(struct model *m)
{
	for (struct item *it = m->root; it; it = item_next(m->root, it)) {
		struct source *src = it->alias ? NULL : atomic_load(&it->source);
		uint64_t at;

		if (src && source_lost(src, &at))
			return err_new(ERR_IO, "%s became shorter while it was read",
				       source_name(src));
	}
	return NULL;
}

static struct err *write_it(struct exporting *x, struct job *job)
{
	uint8_t digest[32];
	bool summed = false;
	struct err *err = x->exporter->run(&x->what, &x->options, x->sink, job, &x->result);

	if (!err && atomic_load(&job->cancel))
		err = err_new(ERR_CANCELLED, "stopped");
	if (!err)
		err = shrunk(x->what.model);
	if (err) {
		sink_abort(x->sink);
		return err;
	}
	x->result.bytes = sink_size(x->sink);
	if (x->ticks[TICK_PROVENANCE])
		summed = sink_digest(x->sink, digest);
	err = sink_commit(x->sink);
	if (!err && summed)
		err = export_provenance(x->path, &x->what, x->exporter, digest, x->result.bytes,
					x->ticks[TICK_FORCE]);
	return err;
}

static void run(void *arg, struct job *job)
{
	struct exporting *x = arg;

	x->err = write_it(x, job);
	atomic_store(&x->done, true);
}

/* Reads pages and nothing else of the model. */
static bool only_memory(const struct exporting *x)
{
	return x->what.space &&
	       (!strcmp(x->exporter->name, "raw") || !strcmp(x->exporter->name, "lime"));
}

static int percent(const struct exporting *x)
{
	uint64_t total = atomic_load(&x->job.total), done = atomic_load(&x->job.done);

	return total && done < total ? (int)((double)done * 100 / (double)total) : 0;
}

/* The model is the worker's: nothing of it is drawn. */
static void wait_for_it(struct app *app, struct exporting *x)
{
	while (!atomic_load(&x->done)) {
		struct pollfd fds[2] = {
			{ .fd = term_key_fd(app->term), .events = POLLIN },
			{ .fd = worker_wake_fd(x->worker), .events = POLLIN },
		};
		struct canvas *cv = &app->canvas;
		struct area line = { 0, cv->h - 1, cv->w, 1 };

		poll(fds, ARRAY_LEN(fds), LOOK);
		worker_drain(x->worker);
		if (term_interrupted(app->term))
			atomic_store(&x->job.cancel, true);
		if (cv->h < 2)
			continue;
		canvas_fill(cv, line, ROLE_HINT, ' ');
		canvas_put(cv, 1, line.y, ROLE_HINT,
			   arena_printf(&app->frame, "writing %d%%  C-c stops", percent(x)));
		term_show(app->term, cv);
	}
}

static const char *in_home(const char *path, struct arena *a)
{
	const char *home = getenv("HOME");

	return path[0] == '~' && path[1] == '/' && home ? arena_printf(a, "%s%s", home, path + 1)
							: path;
}

static void start(struct app *app)
{
	struct exporting *x = app->exporting;
	struct err *err;

	x->what = x->offers[x->offer].what;
	x->exporter = x->formats[x->format];
	x->options = options_of(x);
	x->result = (struct export_result){ 0 };
	snprintf(x->path, sizeof(x->path), "%s", in_home(x->file.text, &x->arena));
	err = sink_open(x->path, x->ticks[TICK_FORCE],
			x->exporter->size ? x->exporter->size(&x->what, &x->options) : 0, &x->sink);
	if (err) {
		app_say(app, ROLE_ERROR, "%s", err->text);
		err_free(err);
		return;
	}
	x->open = false;
	x->running = true;
	atomic_store(&x->done, false);
	job_init(&x->job, "export",
		 x->exporter->size ? x->exporter->size(&x->what, &x->options) : 0);
	if (app->term && !x->worker)
		x->worker = worker_open();
	if (!x->worker)
		run(x, &x->job);
	else
		worker_submit(x->worker, &x->job, run, x, true);
	if (x->worker && !only_memory(x))
		wait_for_it(app, x);
	app_export_tick(app);
}

void app_export_tick(struct app *app)
{
	struct exporting *x = app->exporting;
	struct arena *a = &app->scratch;

	if (!x->running || !atomic_load(&x->done))
		return;
	x->running = false;
	if (x->err)
		app_say(app, x->err->code == ERR_CANCELLED ? ROLE_WARNING : ROLE_ERROR,
			"%s: nothing is written: %s", x->path, x->err->text);
	else if (x->result.absent)
		app_say(app, ROLE_WARNING, "%s bytes written to %s; %s were not there: %s",
			text_uint(x->result.bytes, a), x->path, text_uint(x->result.absent, a),
			x->result.why ? x->result.why : "absent");
	else
		app_say(app, ROLE_HINT, "%s bytes written to %s", text_uint(x->result.bytes, a),
			x->path);
	err_free(x->err);
	x->err = NULL;
}

bool app_export_cancel(struct app *app)
{
	struct exporting *x = app->exporting;

	if (!x->running)
		return false;
	atomic_store(&x->job.cancel, true);
	if (x->worker)
		worker_wait(x->worker);
	app_export_tick(app);
	return true;
}

bool app_export_busy(const struct app *app)
{
	return app->exporting->running;
}

int app_export_fd(const struct app *app)
{
	return app->exporting->worker ? worker_wake_fd(app->exporting->worker) : -1;
}

void app_export_drain(struct app *app)
{
	if (app->exporting->worker)
		worker_drain(app->exporting->worker);
}

const char *app_export_progress(struct app *app)
{
	const struct exporting *x = app->exporting;

	return x->running ? arena_printf(&app->frame, "export %d%% ", percent(x)) : "";
}

/* ---- keys ---- */

static void choose(struct exporting *x)
{
	size_t n = x->line;

	if (n < x->offer_count) {
		x->offer = n;
		find_formats(x);
		return;
	}
	n -= x->offer_count;
	if (n < x->format_count) {
		x->format = n;
		suggest_name(x);
		return;
	}
	n -= x->format_count;
	if (n < TICKS)
		x->ticks[n] = !x->ticks[n];
}

static void move(struct exporting *x, bool down)
{
	size_t count = line_count(x);

	x->line = (x->line + (down ? 1 : count - 1)) % count;
}

/* In the file's name all but a few keys are text. */
void app_export_key(struct app *app, uint32_t key)
{
	struct exporting *x = app->exporting;

	if (key == K_ENTER) {
		if (x->file.len)
			start(app);
	} else if (key == K_ESC || key == K_CTRL('c') || key == K_CTRL('g')) {
		x->open = false;
	} else if (key == K_TAB || key == K_DOWN) {
		move(x, true);
	} else if (key == K_SHIFT_TAB || key == K_UP) {
		move(x, false);
	} else if (!at_file(x)) {
		if (key == ' ')
			choose(x);
		else if (key == 'j' || key == 'k')
			move(x, key == 'j');
		else if (key == 'q')
			x->open = false;
	} else if (key != K_BACKSPACE || x->file.len) {
		x->told = true;
		prompt_key(&x->file, key, NULL, NULL);
	}
}

/* ---- the box ---- */

struct pen {
	struct app *app;
	struct area in;
	int y;
	size_t line; /* of the dialog that comes next */
};

static void put_choice(struct pen *p, const char *name, const char *sign, const char *text)
{
	struct canvas *cv = &p->app->canvas;
	bool here = p->line++ == p->app->exporting->line;
	enum role role = here ? ROLE_SELECTION : ROLE_NORMAL;
	int x = p->in.x + 10;

	canvas_put(cv, p->in.x + 2, p->in.y + p->y, ROLE_FIELD, name);
	if (here) {
		canvas_put(cv, x - 1, p->in.y + p->y, ROLE_SELECTION, "*");
		canvas_cursor(cv, x, p->in.y + p->y);
	}
	x = canvas_put(cv, x, p->in.y + p->y, role, sign);
	canvas_put_cut(cv, x, p->in.y + p->y, role, text, p->in.x + p->in.w - x - 1);
	p->y++;
}

static void put_note(struct pen *p, enum role role, const char *text)
{
	canvas_put_cut(&p->app->canvas, p->in.x + 2, p->in.y + p->y++, role, text, p->in.w - 4);
}

static void put_file(struct pen *p)
{
	struct exporting *x = p->app->exporting;
	struct canvas *cv = &p->app->canvas;
	struct area line = { p->in.x + 10, p->in.y + p->y++, p->in.w - 12, 1 };

	canvas_put(cv, p->in.x + 2, line.y, ROLE_FIELD, "File");
	if (at_file(x)) {
		canvas_put(cv, line.x - 1, line.y, ROLE_SELECTION, "*");
		prompt_draw_text(&x->file, cv, line, ROLE_VALUE);
	} else {
		canvas_put_cut(cv, line.x, line.y, ROLE_VALUE, x->file.text, line.w);
	}
}

static const char *command_line(struct app *app)
{
	const struct exporting *x = app->exporting;
	const struct offer *o = &x->offers[x->offer];
	struct strbuf s;

	strbuf_init(&s, &app->frame);
	strbuf_addf(&s, "same as: cryoscope export %s %s -f %s", o->what.model->name, o->location,
		    x->formats[x->format]->name);
	for (int i = 0; i < TICKS; i++)
		if (x->ticks[i])
			strbuf_addf(&s, " %s", ticks[i].option);
	strbuf_addf(&s, " -o %s", text_clean_str(x->file.text, &app->frame));
	return s.text;
}

static void put_notes(struct pen *p)
{
	const struct exporting *x = p->app->exporting;
	const struct exporter *e = x->formats[x->format];
	const struct export_what *what = &x->offers[x->offer].what;
	struct export_options o = options_of(x);
	uint64_t size = e->size ? e->size(what, &o) : 0;
	struct arena *a = &p->app->frame;

	put_note(p, ROLE_NORMAL,
		 size ? arena_printf(a, "at most %s bytes, mode 0600", text_uint(size, a))
		      : "mode 0600");
	if (what->space)
		put_note(p, ROLE_WARNING, "! contains memory: may hold secrets");
	put_note(p, ROLE_DIM, command_line(p->app));
}

static void put_all(struct pen *p)
{
	struct exporting *x = p->app->exporting;
	struct arena *a = &p->app->frame;

	for (size_t i = 0; i < x->offer_count; i++)
		put_choice(p, i ? "" : "What", i == x->offer ? "(*) " : "( ) ", x->offers[i].label);
	for (size_t i = 0; i < x->format_count; i++)
		put_choice(p, i ? "" : "Format", i == x->format ? "(*) " : "( ) ",
			   arena_printf(a, "%-9s %s", x->formats[i]->name, x->formats[i]->summary));
	for (int i = 0; i < TICKS; i++)
		put_choice(p, i ? "" : "Options", x->ticks[i] ? "[x] " : "[ ] ", ticks[i].text);
	put_file(p);
	put_notes(p);
}

void app_export_draw(struct app *app)
{
	struct exporting *x = app->exporting;
	struct canvas *cv = &app->canvas;
	int h = (int)line_count(x) + 3 + 2, w = cv->w >= BOX_W + 4 ? BOX_W : cv->w - 2;
	struct area a = { (cv->w - w) / 2, cv->h > h + 2 ? (cv->h - h) / 2 : 1, w, h }, before;
	struct pen p = { .app = app, .in = area_inside(a) };
	const char *foot = " Tab next  Space choose  Enter write  Esc leave ";

	canvas_fill(cv, a, ROLE_NORMAL, ' ');
	canvas_box(cv, a, ROLE_BORDER_FOCUS);
	canvas_put(cv, a.x + 2, a.y, ROLE_BORDER_FOCUS, " Export ");
	canvas_put(cv, a.x + a.w - 2 - text_width(foot), a.y + a.h - 1, ROLE_BORDER_FOCUS, foot);
	before = canvas_clip(cv, p.in);
	put_all(&p);
	canvas_clip(cv, before);
}

/* ---- beginning and end ---- */

void app_export_init(struct app *app)
{
	struct exporting *x = heap_zeroed(1, sizeof(*x));

	arena_init(&x->arena);
	prompt_init(&x->file);
	app->exporting = x;
}

void app_export_fini(struct app *app)
{
	struct exporting *x = app->exporting;

	if (!x)
		return;
	if (x->running) {
		atomic_store(&x->job.cancel, true);
		worker_wait(x->worker);
		err_free(x->err);
	}
	worker_close(x->worker);
	prompt_fini(&x->file);
	arena_fini(&x->arena);
	free(x);
	app->exporting = NULL;
}
