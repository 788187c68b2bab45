/* find: where a pattern is, in the memory of processes or in a file.
 *
 * The first hit is written at once, later ones at least ten times a second. Ctrl-C ends the search,
 * not the program: what was found stands, and the exit status tells whether anything was, or that
 * bytes are missing that it might have been in. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "core/location.h"
#include "ops/search.h"
#include "view/hit.h"

#define CONTEXT_MOST 4096u /* bytes on either side */
#define CONTEXT_USUAL 16u
#define MATCH_TEXT 48u  /* bytes of a match on a line */
#define SLOW_AFTER 1000 /* ms until progress is worth a line */

struct finding {
	struct session *s;
	uint64_t context;
	int64_t begun, flushed; /* ms */
	bool progress;          /* to a terminal */
	bool shown;             /* a line of progress stands there */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- a hit ---- */

static void hit_text(struct finding *f, const struct search_hit *h)
{
	uint64_t shown = h->length < MATCH_TEXT ? h->length : MATCH_TEXT;
	uint64_t at = h->space ? h->va : h->offset, before = at < f->context ? at : f->context;
	struct bytes all = hit_bytes(h, f->context, shown, f->context, &f->s->arena), match;
	struct printer *p = &f->s->print;
	struct arena *a = &f->s->arena;

	if (before > all.len)
		before = all.len;
	match = (struct bytes){ all.at + before,
				all.len - before < shown ? all.len - before : shown };
	if (h->space) {
		print_column(p, ROLE_VALUE, -6, hit_whose(h));
		print_column(p, ROLE_ADDRESS, 14,
			     h->space->kind == ASPACE_FRAMES
				     ? arena_printf(a, "pfn:0x%" PRIx64 "+0x%03" PRIx64,
						    h->va / h->space->page, h->va % h->space->page)
				     : arena_printf(a, "0x%" PRIx64, h->va));
		print_column(p, ROLE_NORMAL, 18, hit_region(h));
	}
	if (f->s->cli->mapped)
		print_column(p, ROLE_ADDRESS, 24, hit_mapped(h, a));
	print_column(p, ROLE_ADDRESS, h->space ? 26 : 0,
		     h->image ? arena_printf(a, "%s+0x%" PRIx64,
					     *h->image->path ? h->image->path : h->image->name,
					     h->offset)
			      : "zeros");
	print_text(p, ROLE_DIM, hit_readable((struct bytes){ all.at, before }, a));
	print_text(p, ROLE_MATCH_CURRENT, hit_readable(match, a));
	print_text(
		p, ROLE_DIM,
		hit_readable((struct bytes){ match.at + match.len, all.len - before - match.len },
			     a));
	print_newline(p);
}

static void erase_progress(struct finding *f)
{
	if (f->shown)
		fputs("\r\x1b[K", stderr);
	f->shown = false;
}

static bool on_hit(void *arg, const struct search_hit *h)
{
	struct finding *f = arg;
	struct arena_mark mark = arena_mark(&f->s->arena);
	int64_t now = now_ms();

	erase_progress(f);
	if (f->s->cli->json)
		hit_json(h, f->s->cli->context ? f->context : UINT64_MAX, f->s->out, &f->s->arena);
	else
		hit_text(f, h);
	arena_rewind(&f->s->arena, mark);
	if (now - f->flushed >= 100) {
		out_flush(f->s->out);
		f->flushed = now;
	}
	return !f->s->out->errnum;
}

static void on_tick(void *arg, const struct job *job)
{
	struct finding *f = arg;
	uint64_t done = atomic_load(&job->done), total = atomic_load(&job->total);
	int64_t took = now_ms() - f->begun;

	out_flush(f->s->out);
	if (!f->progress || took < SLOW_AFTER || !total)
		return;
	fprintf(stderr, "\r\x1b[Ksearching: %" PRIu64 " %%, %.1f GB/s", done * 100 / total,
		(double)done / 1e6 / (double)took);
	f->shown = true;
}

/* ---- what was asked for ---- */

static bool number_option(struct session *s, const char *name, const char *text, uint64_t most,
			  uint64_t *v)
{
	if (!text || (location_number(text, v) && *v <= most))
		return true;
	cli_wrong(s->cli, "--%s is a number up to %" PRIu64 ", not '%s'", name, most, text);
	return false;
}

/* Text, unless -x or -e, or a word in front as in the browser's prompt, says otherwise. */
static const char *pattern_text(struct session *s)
{
	const char *text = s->cli->args[1];

	if (s->cli->hex)
		return arena_printf(&s->arena, "x:%s", text);
	return s->cli->regex ? arena_printf(&s->arena, "re:%s", text) : text;
}

/* PATH: a process has memory, everything else bytes. */
static struct err *aim_at_path(struct session *s, const char *path, struct search_spec *spec)
{
	const char *field = "";
	struct node n;
	struct err *err = model_find(s->model, *path == '@' ? path + 1 : path, &n, &field);

	if (err)
		return err;
	if (*field)
		return err_new(ERR_USAGE, "%s: a field is too little to search in", path);
	n.item = item_real(n.item);
	item_index(n.item, true);
	if (n.at == NODE_SELF && !atomic_load(&n.item->source) && s->model->aspace_of)
		spec->space = s->model->aspace_of(n.item);
	if (spec->space)
		return NULL;
	spec->item = n.item;
	if (n.at != NODE_SELF)
		spec->span = node_span(n);
	return NULL;
}

static struct err *aim(struct session *s, struct search_spec *spec)
{
	struct model *m = s->model;
	const char *why = NULL;

	if (s->cli->count > 2)
		return aim_at_path(s, s->cli->args[2], spec);
	/* Of a guest the frames, unless a vCPU's own view is asked for. */
	if (s->cli->pid || m->frames) {
		spec->space = memory_of_who(m, s->cli->pid ? s->cli->pid : "", &why);
		if (!spec->space)
			return err_new(ERR_ABSENT, "%s", why);
		aspace_map(spec->space, NULL);
		for (struct space_step at = { 0 }; s->cli->mapped && model_spaces(m, &at);)
			aspace_reverse(at.as, NULL);
		return NULL;
	}
	/* A single image has no memory: it is searched itself. */
	if (!m->aspace || !m->root->first)
		spec->item = m->root;
	return NULL;
}

/* What nobody could search: then "nothing found" says less, and so does what was found. */
static void tell_gaps(struct session *s, const struct search *search)
{
	const struct search_gap *gaps;
	size_t count = search_gaps(search, &gaps);
	uint64_t pages = 0;
	struct strbuf b;

	if (!count)
		return;
	s->partly = true;
	if (s->cli->quiet)
		return;
	strbuf_init(&b, &s->arena);
	for (size_t i = 0; i < count; i++) {
		const struct search_gap *g = &gaps[i];

		pages += g->pages;
		strbuf_addf(&b, "%s%" PRIu64 " %s%s%s%s", i ? ", " : "", g->pages,
			    page_state_name(g->state), g->why ? " (" : "", g->why ? g->why : "",
			    g->why ? ")" : "");
	}
	print_error(s->cli, "%" PRIu64 " page%s could not be searched: %s", pages,
		    pages == 1 ? "" : "s", b.text);
}

static int run(struct session *s, struct search *search, struct finding *f)
{
	struct search_sink sink = { on_hit, on_tick, f };
	struct search_result result;
	struct job job;

	job_init(&job, "search", search_total(search));
	catch_interrupt(&job);
	f->begun = now_ms();
	result = search_run(search, &sink, &job);
	catch_interrupt(NULL);
	erase_progress(f);
	if (atomic_load(&job.cancel))
		print_error(s->cli, "stopped after %" PRIu64 " of %" PRIu64 " bytes",
			    atomic_load(&job.done), search_total(search));
	if (result.gave_up) {
		s->partly = true;
		print_error(s->cli,
			    "the expression took too long in %" PRIu64
			    " places: there may be more matches",
			    result.gave_up);
	}
	tell_gaps(s, search);
	if (s->cli->verbose)
		print_error(s->cli, "%" PRIu64 " hits in %" PRIu64 " bytes", result.hits,
			    search_total(search));
	return result.hits || s->partly ? EXIT_FINE : EXIT_FOUND;
}

int verb_find(struct session *s)
{
	const struct cli *cli = s->cli;
	struct search_spec spec = {
		.pattern = pattern_text(s),
		.utf16 = cli->utf16,
		.nocase = cli->nocase,
		.aligned = cli->aligned,
		.perm = cli->perm,
		.kind = cli->kind,
		.name = cli->region,
		.states = cli->state,
	};
	struct finding f = { .s = s, .context = cli->json ? 0 : CONTEXT_USUAL };
	uint64_t jobs = 0;
	struct search *search = NULL;
	struct err *err;
	int status;

	if (!number_option(s, "context", cli->context, CONTEXT_MOST, &f.context) ||
	    !number_option(s, "max", cli->max, UINT64_MAX, &spec.max) ||
	    !number_option(s, "jobs", cli->jobs, 64, &jobs))
		return EXIT_WRONG;
	if (cli->hex && cli->regex)
		return cli_wrong(cli, "a pattern is hex or an expression, not both");
	spec.jobs = (unsigned)jobs;
	f.progress = isatty(2) && !cli->quiet;
	err = aim(s, &spec);
	if (!err)
		err = search_open(s->model, &spec, &search);
	if (err)
		return session_failed(s, err);
	status = run(s, search, &f);
	search_close(search);
	return status;
}
