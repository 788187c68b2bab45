/* Searching bytes: in the process or the file at hand, or in all processes. The search runs in a
 * worker of its own, so that nothing else has to wait for it; without a terminal, at once. It adds
 * to the list of hits, which is what n, N, Enter and the view of hits go through. */
#include "ui/app.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "ops/search.h"
#include "view/rows_hits.h"

#define BOTH_MOST 512

struct finder {
	struct worker *worker; /* NULL: searches run in the caller's thread */
	struct job job;
	struct search *search; /* NULL: nothing was searched yet */
	struct rows *hits;     /* the list's */
	struct search_result result;
	atomic_bool done;               /* `result` is there */
	bool reported;                  /* and was told */
	bool arrived;                   /* the first hit was gone to */
	struct item *item;              /* where: a file, */
	struct aspace *space;           /* a process, or, if neither, all of them */
	struct aspace *both[BOTH_MOST]; /* memories of both sides of a diff; how many: */
	size_t both_count;
	enum view view; /* when it began */
	size_t current; /* the hit last gone to */
	char pattern[PROMPT_ROOM];
};

/* ---- the search ---- */

static bool on_hit(void *arg, const struct search_hit *h)
{
	struct finder *f = arg;
	bool room = rows_hits_add(f->hits, h);

	if (f->worker && room && rows_count(f->hits) == 1)
		worker_wake(f->worker);
	return room;
}

static void run(void *arg, struct job *job)
{
	struct finder *f = arg;
	struct search_sink sink = { .hit = on_hit, .arg = f };

	f->result = search_run(f->search, &sink, job);
	atomic_store(&f->done, true);
}

static bool running(const struct finder *f)
{
	return f->search && !f->reported;
}

/* Ends the one that runs; what it found stays. */
static void halt(struct finder *f)
{
	if (!running(f))
		return;
	atomic_store(&f->job.cancel, true);
	if (f->worker)
		worker_wait(f->worker);
	f->reported = true;
}

struct finder *app_find_new(struct rows *hits)
{
	struct finder *f = heap_zeroed(1, sizeof(*f));

	f->hits = hits;
	return f;
}

void app_find_free(struct finder *f)
{
	if (!f)
		return;
	halt(f);
	worker_close(f->worker);
	search_close(f->search);
	free(f);
}

int app_find_fd(const struct app *app)
{
	return app->finder->worker ? worker_wake_fd(app->finder->worker) : -1;
}

void app_find_drain(struct app *app)
{
	if (app->finder->worker)
		worker_drain(app->finder->worker);
}

/* ---- where ---- */

bool app_find_bytes(const struct app *app)
{
	return !app->helping && (app->view == VIEW_HITS || app->view == VIEW_PAGES ||
				 app->arrangement.focus == SLOT_BYTES);
}

bool app_find_asks(const struct app *app)
{
	return app->prompt.kind == PROMPT_FIND_ALL ||
	       (app->prompt.kind == PROMPT_SEARCH && app_find_bytes(app));
}

const char *app_find_word(void *app, size_t n)
{
	(void)app;
	return search_word(n);
}

/* "text, or with i: re: ... in front", to show in an empty prompt; the rarest are left out. */
const char *app_find_words(struct app *app)
{
	struct strbuf s;
	const char *word;

	strbuf_init(&s, &app->frame);
	strbuf_add(&s, "text, or with");
	for (size_t n = 0; (word = search_word(n)) != NULL; n++)
		if (strcmp(word, "text:") != 0 && !strstr(word, "be:"))
			strbuf_addf(&s, " %s", word);
	strbuf_add(&s, " in front");
	return s.text;
}

/* The file whose bytes are shown; NULL: none that is a file's. */
static struct item *file_here(struct app *app)
{
	const struct problem *p = problems_at(app->model->problems, app->problems.cursor);
	struct item *it = app->node.item;

	/* As in the rows of problems: their const is only a promise of theirs. */
	if (app->view == VIEW_PROBLEMS)
		it = p ? (struct item *)p->item : NULL;
	it = it ? item_real(it) : NULL;
	return it && app->hex.size && atomic_load(&it->source) == app->hex.source ? it : NULL;
}

/* In the view of hits a new search is for the same place. */
static bool aim(struct app *app, bool all)
{
	struct finder *f = app->finder;
	bool memory = app_shows_memory(app) || app->view == VIEW_PAGES;

	if (app->view == VIEW_HITS && !all)
		return f->search;
	f->both_count = app->view == VIEW_DIFF ? app_diff_spaces(app, all, f->both, BOTH_MOST) : 0;
	f->space = f->both_count && !all ? f->both[0] : !all && memory ? app->space : NULL;
	f->item = all || f->both_count     ? NULL
		  : app->view == VIEW_DIFF ? app_diff_file(app)
		  : !memory                ? file_here(app)
					   : NULL;
	if (f->space && !aspace_is_mapped(f->space)) {
		app_say(app, ROLE_HINT, "the page tables of %s are still being read",
			f->space->name);
		return false;
	}
	if (all || f->space || f->item)
		return true;
	app_say(app, ROLE_HINT, "no bytes to search here");
	return false;
}

static struct err *open_search(struct app *app, struct search **out)
{
	struct finder *f = app->finder;
	struct search_spec spec = {
		.pattern = f->pattern,
		.space = f->space,
		.item = f->item,
		.max = HITS_MOST,
	};

	if (f->item)
		spec.span = (struct span){ 0, source_size(atomic_load(&f->item->source)) };
	if (f->both_count)
		return search_open_spaces(f->both, f->both_count, &spec, out);
	return search_open(app->model, &spec, out);
}

void app_find_start(struct app *app, const char *text, bool all)
{
	struct finder *f = app->finder;
	struct search *s = NULL;
	struct err *err;

	halt(f);
	if (!aim(app, all))
		return;
	snprintf(f->pattern, sizeof(f->pattern), "%s", text);
	err = open_search(app, &s);
	if (err) {
		app_say(app, ROLE_WARNING, "%s", err->text);
		err_free(err);
		return;
	}
	search_close(f->search);
	f->search = s;
	list_filter(&app->hits, NULL);
	rows_hits_clear(f->hits, f->item);
	app->hits.cursor = app->hits.top = f->current = 0;
	f->arrived = f->reported = false;
	f->view = app->view;
	atomic_store(&f->done, false);
	job_init(&f->job, "search", search_total(s));
	if (app->term && !f->worker)
		f->worker = worker_open();
	if (f->worker)
		worker_submit(f->worker, &f->job, run, f, true);
	else
		run(f, &f->job);
	app_find_tick(app);
}

static int percent(const struct finder *f)
{
	uint64_t total = atomic_load(&f->job.total), done = atomic_load(&f->job.done);

	return total ? (int)((double)done * 100.0 / (double)total) : 0;
}

bool app_find_cancel(struct app *app)
{
	struct finder *f = app->finder;

	if (!running(f))
		return false;
	halt(f);
	app_say(app, ROLE_WARNING, "search stopped at %d%%: %zu hits so far", percent(f),
		rows_count(f->hits));
	return true;
}

/* ---- showing a hit ---- */

static const char *count_text(struct finder *f, struct arena *a)
{
	size_t n = rows_count(f->hits);

	return arena_printf(a, "%zu%s", n, running(f) || f->result.stopped ? "+" : "");
}

static void light(struct app *app, const struct search_hit *h)
{
	struct span match = { h->space ? h->va : h->offset, h->length };

	rows_hex_match((h->space ? &app->memory : &app->hex)->pane.rows, match);
}

/* In the panes beside the list. */
void app_find_moved(struct app *app)
{
	struct finder *f = app->finder;
	const struct source *src;
	struct search_hit h;

	if (!rows_hits_at(f->hits, app->hits.cursor, &h))
		return;
	f->current = app->hits.cursor;
	app->arrangement.memory = h.space;
	if (h.space) {
		app_memory_show(app, h.space, h.va);
	} else {
		src = atomic_load(&h.image->source);
		if (src != app->hex.source)
			hex_set(&app->hex, src, h.image->name);
		hex_go(&app->hex, h.offset);
	}
	light(app, &h);
}

/* Where it lives: the memory, or the file. */
static void go_hit(struct app *app, const struct search_hit *h)
{
	struct place to = { .node = { h->image, NODE_SELF }, .offset = h->offset };
	bool here = app->view == VIEW_TREE && h->image && !h->space &&
		    atomic_load(&h->image->source) == app->hex.source;

	if (app->view == VIEW_DIFF && !h->space &&
	    app_diff_show_file(app, h->image, (struct span){ h->offset, h->length }))
		return;
	if (app->view == VIEW_DIFF && app_diff_show(app, h->space, h->va)) {
		app->arrangement.focus = SLOT_BYTES;
		rows_hex_match(app_diff_side(app)->rows, (struct span){ h->va, h->length });
		return;
	}
	if (h->space) {
		app_memory_go(app, h->space, h->va, false);
	} else if (here) {
		hex_go(&app->hex, h->offset);
		app_moved_bytes(app);
	} else {
		app->arrangement.focus = SLOT_BYTES;
		app_go(app, &to);
	}
	app->arrangement.focus = SLOT_BYTES;
	light(app, h);
}

static void go_number(struct app *app, size_t n)
{
	struct finder *f = app->finder;
	struct search_hit h;

	if (!rows_hits_at(f->hits, n, &h))
		return;
	f->current = n;
	list_go(&app->hits, n);
	if (app->view == VIEW_HITS)
		app_find_moved(app);
	else
		go_hit(app, &h);
	app_say(app, ROLE_HINT, "hit %zu/%s; L lists them", n + 1, count_text(f, &app->scratch));
}

void app_find_step(struct app *app, bool back, uint32_t count)
{
	struct finder *f = app->finder;
	size_t n = rows_count(f->hits), by;

	if (!f->search)
		app_say(app, ROLE_HINT, "nothing to search for yet: / asks");
	else if (!n)
		app_say(app, ROLE_WARNING, "%s: %s", f->pattern,
			running(f) ? "not found so far" : "not found");
	if (!n)
		return;
	by = count % n;
	go_number(app, (f->current + (back ? n - by : by)) % n);
}

/* ---- news ---- */

static void report(struct app *app)
{
	struct finder *f = app->finder;
	size_t n = rows_count(f->hits);

	f->reported = true;
	if (!n)
		app_say(app, ROLE_WARNING, "%s: not found", f->pattern);
	else
		app_say(app, ROLE_HINT, "hit %zu/%s; L lists them%s", f->current + 1,
			count_text(f, &app->scratch),
			f->result.gave_up ? "; the expression took too long in places" : "");
}

void app_find_tick(struct app *app)
{
	struct finder *f = app->finder;
	bool done = atomic_load(&f->done);

	if (!running(f))
		return;
	/* Filtering reads every line again: once is enough. */
	if (done || !app->hits.filter)
		list_refresh(&app->hits);
	if (!f->arrived && rows_count(f->hits)) {
		f->arrived = true;
		/* Whoever went elsewhere in the meantime stays there. */
		if (app->view == f->view && app_find_bytes(app)) {
			if (app->view != VIEW_HITS)
				app_track_push(app);
			go_number(app, 0);
		}
	}
	if (done)
		report(app);
}

/* ---- the view ---- */

void app_find_go(struct app *app, size_t line)
{
	app_view(app, VIEW_HITS);
	list_go(&app->hits, line);
	app_find_moved(app);
}

void app_find_view(struct app *app)
{
	struct finder *f = app->finder;

	if (!f->search) {
		app_say(app, ROLE_HINT, "nothing was searched yet: / in bytes asks");
		return;
	}
	app_over(app);
	app_find_go(app, f->current);
}

void app_find_follow(struct app *app)
{
	struct search_hit h;

	if (!rows_hits_at(app->finder->hits, app->hits.cursor, &h))
		return;
	app_track_push(app);
	go_hit(app, &h);
}

const char *app_find_title(struct app *app)
{
	struct finder *f = app->finder;
	struct arena *a = &app->frame;

	return arena_printf(a, "%s  %s in %s", count_text(f, a), text_clean_str(f->pattern, a),
			    f->item              ? f->item->name
			    : f->space           ? f->space->name
			    : app->model->frames ? "all memories"
						 : "all processes");
}

/* "hit 2/7  pid 7 0xc0003a2018  pages-2.img+0x9c018" */
const char *app_find_status(struct app *app)
{
	struct finder *f = app->finder;
	struct arena *a = &app->frame;
	struct search_hit h;
	const char *place;
	size_t shared, first;
	uint64_t pa;

	if (!rows_hits_at(f->hits, app->hits.cursor, &h))
		return running(f) ? "searching" : "not found";
	place = h.image ? arena_printf(a, "  %s+0x%" PRIx64, h.image->name, h.offset) : "  zeros";
	if (h.space && h.space->kind != ASPACE_PROCESS && h.space->ops->physical &&
	    h.space->ops->physical(h.space, h.va, &pa)) {
		const char *maps = app_space_mappers(app, pa, a);

		place = arena_printf(a, "  pfn 0x%" PRIx64 "+0x%" PRIx64 "%s%s", pa / h.space->page,
				     pa % h.space->page,
				     *maps && h.space->kind == ASPACE_FRAMES ? "  " : "",
				     h.space->kind == ASPACE_FRAMES ? maps : "");
	}
	shared = rows_hits_sharing(f->hits, app->hits.cursor, &first);
	if (shared > 1)
		place = arena_printf(a, "%s  same: %zu-%zu", place, first + 1, first + shared);
	return arena_printf(a, "hit %zu/%s%s%s", app->hits.cursor + 1, count_text(f, a),
			    h.space ? arena_printf(a, "  %s 0x%" PRIx64, h.space->name, h.va) : "",
			    place);
}

const char *app_find_progress(struct app *app)
{
	struct finder *f = app->finder;

	return running(f) ? arena_printf(&app->frame, "search %d%%, %zu hits ", percent(f),
					 rows_count(f->hits))
			  : "";
}

bool app_find_any(const struct app *app)
{
	return app->finder->search && rows_count(app->finder->hits);
}
