/* The search itself: segments to threads, matches to places, borders between places.
 *
 *	threads   scan task 3        scan task 4        scan task 5     tasks: 64 MiB of segments
 *	              │ found            │ found            │ found     slots: bounded
 *	              ▼                  ▼                  ▼
 *	caller    drains slot 3, then slot 4, then slot 5 ...  ──► places that have it ──► sink
 *
 * So hits come in the order of the files whatever the threads do, the first at once, and memory
 * stays bounded however many there are: a thread whose slot is full waits for its turn. */
#include "ops/search.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bound.h"
#include "ops/search_parts.h"

#define TASK_SIZE (64u << 20)
#define SLOT_ROOM 4096u /* matches a thread may be ahead in one task */
#define MAX_JOBS 64u
#define STEP_EVERY 4096u          /* borders between looks at the cancel flag */
#define RELEASE_BYTES (16u << 20) /* over which borders are before their pages are given back */
#define AROUND (64u << 10)        /* bytes beside them that are mapped, too */

struct task {
	uint32_t first, end; /* segments */
	uint64_t bytes;
};

struct search {
	struct pattern pattern;
	struct ground ground;
	struct task *tasks;
	uint32_t task_count;
	uint64_t max;
	unsigned jobs;
};

/* A match in a file; whose memory that is comes later. */
struct match {
	uint64_t offset, length;
	uint32_t image;
};

/* ---- opening ---- */

static struct err *check_spec(const struct search_spec *spec)
{
	if (spec->states && strcmp(spec->states, "present") && strcmp(spec->states, "parent"))
		return err_new(ERR_USAGE, "'%s' is no state of stored pages: present or parent",
			       spec->states);
	if (spec->perm && spec->perm[strspn(spec->perm, "rwxsp-~")])
		return err_new(ERR_USAGE,
			       "'%s' are no permissions: letters of rwxsp, behind ~ those that "
			       "must not be",
			       spec->perm);
	return NULL;
}

static struct err *make_tasks(struct search *s)
{
	const struct ground *g = &s->ground;
	struct task *t = NULL;

	s->tasks = calloc(g->segment_count + 1, sizeof(*t));
	if (!s->tasks)
		return err_new(ERR_LIMIT, "not enough memory to search");
	for (uint32_t i = 0; i < g->segment_count; i++) {
		if (!t || t->bytes + g->segments[i].length > TASK_SIZE) {
			t = &s->tasks[s->task_count++];
			t->first = i;
		}
		t->end = i + 1;
		t->bytes += g->segments[i].length;
	}
	return NULL;
}

static struct err *search_new(const struct search_spec *spec, struct search **out)
{
	struct search *s;
	struct err *err;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	*out = NULL;
	err = check_spec(spec);
	if (err)
		return err;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_new(ERR_LIMIT, "not enough memory to search");
	s->max = spec->max;
	s->jobs = spec->jobs ? spec->jobs : cores > 0 ? (unsigned)cores : 1;
	if (s->jobs > MAX_JOBS)
		s->jobs = MAX_JOBS;
	err = pattern_parse(&s->pattern, spec);
	if (err)
		search_closep(&s);
	*out = s;
	return err;
}

static struct err *settle(struct search **s, struct err *err)
{
	if (!err)
		err = ground_settle(&(*s)->ground);
	if (!err)
		err = make_tasks(*s);
	if (err)
		search_closep(s);
	return err;
}

struct err *search_open_spaces(struct aspace *const *spaces, size_t count,
			       const struct search_spec *spec, struct search **out)
{
	struct err *err = search_new(spec, out);

	if (err || !*out)
		return err;
	for (size_t i = 0; !err && i < count; i++)
		err = ground_add_space(&(*out)->ground, spaces[i], spec);
	return settle(out, err);
}

static struct err *add_all_spaces(struct search *s, struct model *m, const struct search_spec *spec)
{
	struct err *err = NULL;

	for (struct item *it = m->root; it && !err; it = item_next(m->root, it)) {
		struct aspace *as = it->alias || !m->aspace_of ? NULL : m->aspace_of(it);

		if (as && as->item == it)
			err = ground_add_space(&s->ground, as, spec);
	}
	return err;
}

static struct err *add_files(struct search *s, const struct search_spec *spec)
{
	struct span span = spec->span.length ? spec->span : (struct span){ 0, UINT64_MAX };
	struct item *top = item_real(spec->item);
	struct err *err = NULL;

	for (struct item *it = top; it && !err; it = item_next(top, it)) {
		struct source *src;

		if (it->alias)
			continue;
		item_index(it, true);
		src = atomic_load(&it->source);
		if (src)
			err = ground_add_file(&s->ground, it, src, span);
		if (spec->span.length)
			break;
	}
	return err;
}

struct err *search_open(struct model *m, const struct search_spec *spec, struct search **out)
{
	struct err *err = search_new(spec, out);

	if (err || !*out)
		return err;
	if (spec->item)
		err = add_files(*out, spec);
	else if (spec->space)
		err = ground_add_space(&(*out)->ground, spec->space, spec);
	else
		err = add_all_spaces(*out, m, spec);
	return settle(out, err);
}

void search_close(struct search *s)
{
	if (!s)
		return;
	pattern_fini(&s->pattern);
	ground_fini(&s->ground);
	free(s->tasks);
	free(s);
}

void search_closep(struct search **s)
{
	search_close(*s);
	*s = NULL;
}

uint64_t search_total(const struct search *s)
{
	return s->ground.total;
}

size_t search_gaps(const struct search *s, const struct search_gap **out)
{
	*out = s->ground.gaps;
	return s->ground.gap_count;
}

/* ---- scanning ---- */

/* What a scan of one segment passes on. */
struct sift {
	const struct segment *seg;
	uint64_t origin; /* in the segment, of the piece */
	bool (*take)(void *arg, const struct match *);
	void *arg;
};

static bool sift_match(void *arg, uint64_t at, uint64_t len)
{
	const struct sift *f = arg;
	struct match m = { f->seg->offset + f->origin + at, len, f->seg->image };

	return f->take(f->arg, &m);
}

/* Moves *from to where an expression's leading text is, within a small piece, or behind that piece.
 */
static bool find_lead(struct scanner *sc, const struct source *src, struct span all, uint64_t *from,
		      uint64_t ahead)
{
	struct span look = { all.offset + *from, PIECE + LITERAL_MAX };
	struct bytes b =
		window_view(&sc->window, src, span_clip(look, all.offset + all.length), ahead);
	size_t at = scan_lead(sc, b, PIECE);

	*from += at < PIECE ? at : PIECE;
	return at < PIECE;
}

/* In pieces, each with as much of the next as a match may reach into. An expression is shown some
 * of what comes before, too: it may look behind, and only what begins there is a beginning. */
static bool scan_segment(const struct search *s, struct scanner *sc, const struct segment *seg,
			 uint64_t ahead, struct sift *f, const struct job *job)
{
	struct source *src = s->ground.images[seg->image].source;
	struct span all = span_clip((struct span){ seg->offset, seg->length }, source_size(src));
	bool regex = s->pattern.kind == PATTERN_REGEX;
	uint64_t piece = regex ? PIECE_REGEX : PIECE, reach = s->pattern.reach, from = 0;

	f->seg = seg;
	while (from < all.length) {
		uint64_t below, end;
		struct bytes b;
		size_t at;

		if (atomic_load_explicit(&job->cancel, memory_order_relaxed))
			return false;
		if (s->pattern.leads && !find_lead(sc, src, all, &from, ahead))
			continue;
		below = all.length - from > piece ? from + piece : all.length;
		end = all.length - below > reach ? below + reach : all.length;
		f->origin = !regex ? from : from > SEARCH_REACH ? from - SEARCH_REACH : 0;
		b = window_view(&sc->window, src,
				(struct span){ all.offset + f->origin, end - f->origin }, ahead);
		at = (size_t)(from - f->origin);
		if (!scan(sc, b, &at, (size_t)(below - f->origin), sift_match, f))
			return false;
		from = f->origin + at;
	}
	return true;
}

/* The segment behind those that follow segment `n` without a gap. */
static uint32_t run_end(const struct ground *g, uint32_t n, uint32_t end)
{
	const struct segment *seg = g->segments;

	while (++n < end && seg[n].image == seg[n - 1].image &&
	       seg[n].offset == seg[n - 1].offset + seg[n - 1].length)
		;
	return n;
}

static bool scan_task(const struct search *s, struct scanner *sc, const struct task *t,
		      bool (*take)(void *, const struct match *), void *arg, const struct job *job)
{
	const struct segment *seg = s->ground.segments;
	struct sift f = { .take = take, .arg = arg };
	uint32_t end = t->first;
	uint64_t ahead = 0;

	for (uint32_t i = t->first; i < t->end; i++) {
		if (i == end) {
			end = run_end(&s->ground, i, t->end);
			ahead = seg[end - 1].offset + seg[end - 1].length;
		}
		if (!scan_segment(s, sc, &seg[i], ahead, &f, job))
			return false;
	}
	return true;
}

/* ---- reporting ---- */

struct run {
	struct search *s;
	const struct search_sink *sink;
	struct job *job;
	struct search_result result;
	uint64_t length; /* of the match being reported */
	int64_t ticked;  /* ms */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void tick(struct run *r)
{
	int64_t now = now_ms();

	if (!r->sink->tick || now - r->ticked < 200)
		return;
	r->ticked = now;
	r->sink->tick(r->sink->arg, r->job);
}

static bool report(struct run *r, const struct stretch *p, uint64_t va, uint64_t length)
{
	const struct ground *g = &r->s->ground;
	struct search_hit h = { .va = va, .length = length, .image = g->images[p->image].item };

	if (va % r->s->pattern.align)
		return true;
	h.offset = p->image ? p->offset + (va - p->va) : 0;
	if (p->space != NO_SPACE) {
		h.space = g->spaces[p->space];
		h.region = aspace_region(h.space, va);
	}
	r->result.hits++;
	if (r->sink->hit(r->sink->arg, &h) && (!r->s->max || r->result.hits < r->s->max))
		return true;
	r->result.stopped = true;
	return false;
}

static bool report_place(void *arg, const struct stretch *p, uint64_t va)
{
	struct run *r = arg;

	return report(r, p, va, r->length);
}

static bool report_match(void *arg, const struct match *m)
{
	struct run *r = arg;

	r->length = m->length;
	return ground_places(&r->s->ground, m->image, m->offset, m->length, report_place, r);
}

/* False: the job was stopped. */
static bool step(struct run *r, uint64_t bytes)
{
	tick(r);
	if (job_step(r->job, bytes))
		return true;
	r->result.stopped = true;
	return false;
}

/* ---- threads ---- */

struct slot {
	struct match *matches; /* SLOT_ROOM */
	uint32_t count;
	bool done;
};

struct pool {
	struct search *s;
	struct job *job;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slots; /* task t has slot t % slot_count */
	uint32_t slot_count;
	uint32_t next, head; /* task to be begun, to be drained */
	bool stop;
	uint64_t gave_up;
};

struct give {
	struct pool *pool;
	struct slot *slot;
};

static bool give_match(void *arg, const struct match *m)
{
	struct give *to = arg;
	struct pool *p = to->pool;
	bool stop;

	pthread_mutex_lock(&p->lock);
	while (to->slot->count == SLOT_ROOM && !p->stop)
		pthread_cond_wait(&p->changed, &p->lock);
	stop = p->stop;
	if (!stop) {
		to->slot->matches[to->slot->count++] = *m;
		if (to->slot->count == 1)
			pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return !stop;
}

/* The next task, once there is a slot for it; UINT32_MAX: no more. Holds the lock. */
static uint32_t begin_task(struct pool *p)
{
	while (!p->stop && p->next < p->s->task_count && p->next - p->head >= p->slot_count)
		pthread_cond_wait(&p->changed, &p->lock);
	return p->stop || p->next >= p->s->task_count ? UINT32_MAX : p->next++;
}

static void *pool_thread(void *arg)
{
	struct pool *p = arg;
	struct scanner sc;
	uint32_t n;

	scanner_init(&sc, &p->s->pattern, p->s->ground.odd);
	pthread_mutex_lock(&p->lock);
	while ((n = begin_task(p)) != UINT32_MAX) {
		struct give to = { p, &p->slots[n % p->slot_count] };

		pthread_mutex_unlock(&p->lock);
		scan_task(p->s, &sc, &p->s->tasks[n], give_match, &to, p->job);
		pthread_mutex_lock(&p->lock);
		to.slot->done = true;
		pthread_cond_broadcast(&p->changed);
	}
	p->gave_up += sc.gave_up;
	pthread_mutex_unlock(&p->lock);
	scanner_fini(&sc);
	return NULL;
}

/* Waits until the slot has something or its task is done, a fifth of a second at most at a time. */
static void wait_for_slot(struct pool *p, struct run *r, const struct slot *slot)
{
	while (!slot->count && !slot->done) {
		struct timespec t;

		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_nsec += 200000000;
		if (t.tv_nsec >= 1000000000) {
			t.tv_nsec -= 1000000000;
			t.tv_sec++;
		}
		if (pthread_cond_timedwait(&p->changed, &p->lock, &t) == ETIMEDOUT) {
			pthread_mutex_unlock(&p->lock);
			tick(r);
			pthread_mutex_lock(&p->lock);
		}
	}
}

/* Reports task by task. Holds the lock between reports. */
static void drain(struct pool *p, struct run *r, struct match *spare)
{
	bool more = true;

	pthread_mutex_lock(&p->lock);
	while (more && p->head < p->s->task_count) {
		struct slot *slot = &p->slots[p->head % p->slot_count];
		struct match *full = slot->matches;
		uint32_t count;

		wait_for_slot(p, r, slot);
		count = slot->count;
		if (!count) {
			uint64_t bytes = p->s->tasks[p->head].bytes;

			slot->done = false;
			p->head++;
			pthread_cond_broadcast(&p->changed);
			pthread_mutex_unlock(&p->lock);
			more = step(r, bytes);
			pthread_mutex_lock(&p->lock);
			continue;
		}
		slot->matches = spare;
		slot->count = 0;
		spare = full;
		pthread_cond_broadcast(&p->changed);
		pthread_mutex_unlock(&p->lock);
		for (uint32_t i = 0; i < count && more; i++)
			more = report_match(r, &full[i]);
		tick(r);
		pthread_mutex_lock(&p->lock);
	}
	p->stop = true;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

/* The keyboard's signals are for the caller; faults must stay deliverable. */
static unsigned start_threads(struct pool *p, pthread_t *threads, unsigned count)
{
	static const int faults[] = { SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
	sigset_t mask, before;
	unsigned n = 0;

	sigfillset(&mask);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		sigdelset(&mask, faults[i]);
	pthread_sigmask(SIG_SETMASK, &mask, &before);
	while (n < count && !pthread_create(&threads[n], NULL, pool_thread, p))
		n++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

/* Slots of one block of matches; the one behind them is what the caller drains into, and it moves
 * from slot to slot. */
static bool run_pool(struct run *r, unsigned jobs)
{
	struct pool p = { .s = r->s, .job = r->job, .slot_count = 2 * jobs };
	struct slot slots[2 * MAX_JOBS] = { 0 };
	struct match *block = calloc((size_t)(p.slot_count + 1) * SLOT_ROOM, sizeof(*block));
	pthread_t threads[MAX_JOBS];
	unsigned started;

	if (!block)
		return false;
	p.slots = slots;
	for (uint32_t i = 0; i < p.slot_count; i++)
		slots[i].matches = block + (size_t)i * SLOT_ROOM;
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.changed, NULL);
	started = start_threads(&p, threads, jobs);
	if (started)
		drain(&p, r, block + (size_t)p.slot_count * SLOT_ROOM);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	r->result.gave_up += p.gave_up;
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	free(block);
	return started > 0;
}

static void run_here(struct run *r)
{
	struct search *s = r->s;
	struct scanner sc;
	bool more = true;

	scanner_init(&sc, &s->pattern, s->ground.odd);
	for (uint32_t i = 0; i < s->task_count && more; i++) {
		more = scan_task(s, &sc, &s->tasks[i], report_match, r, r->job);
		more &= step(r, s->tasks[i].bytes);
	}
	r->result.gave_up += sc.gave_up;
	scanner_fini(&sc);
}

/* ---- borders ---- */

/* Matches across borders, each told at the first border it crosses. */
struct edge {
	struct run *r;
	struct scanner sc;
	uint8_t *buf; /* twice the reach */
	uint32_t n;   /* the place that has `border` */
	uint64_t border, previous, lo;
	uint32_t looked; /* borders */
	struct source *src;
	uint64_t from, to; /* of `src`: where they were since pages were given back */
};

static bool edge_match(void *arg, uint64_t at, uint64_t len)
{
	struct edge *e = arg;
	const struct ground *g = &e->r->s->ground;
	uint64_t va = e->lo + at;
	uint32_t n;

	if (va >= e->border)
		return false;
	if (va + len <= e->border || va < e->previous)
		return true;
	n = ground_find(g, e->n, va);
	return report(e->r, &g->places[n], va, len);
}

/* The pages of the borders that were looked at. */
static void give_back(struct edge *e)
{
	uint64_t from = e->from < AROUND ? 0 : e->from - AROUND;

	if (e->src)
		source_release(e->src, (struct span){ from, e->to + AROUND - from });
	e->src = NULL;
}

static void note_looked(struct edge *e, uint64_t border)
{
	const struct ground *g = &e->r->s->ground;
	const struct stretch *p = &g->places[e->n];
	struct source *src = g->images[p->image].source;
	uint64_t at = p->offset + (border - p->va);

	if (!src)
		return;
	if (src != e->src || at < e->from || at - e->from >= RELEASE_BYTES) {
		give_back(e);
		e->src = src;
		e->from = at;
	}
	e->to = at;
}

static bool look_at_border(struct edge *e, uint64_t border)
{
	const struct ground *g = &e->r->s->ground;
	size_t reach = e->r->s->pattern.reach, from = 0, len;

	e->border = border;
	len = ground_read(g, e->n, border, reach, reach, e->buf, &e->lo);
	scan(&e->sc, (struct bytes){ e->buf, len }, &from, (size_t)(border - e->lo), edge_match, e);
	e->previous = border;
	note_looked(e, border);
	if (++e->looked % STEP_EVERY == 0 && !step(e->r, 0))
		return false;
	return !e->r->result.stopped;
}

/* The first segment of an image that begins behind `offset`. */
static uint32_t segment_behind(const struct ground *g, uint32_t image, uint64_t offset)
{
	uint32_t first = g->images[image].segment, n = g->images[image].segment_end - first;
	const struct segment *s = g->segments + first;

	return first + (uint32_t)BOUND(i, n, s[i].offset <= offset);
}

/* Where a place begins next to its neighbour, and where segments meet within it. */
static bool borders_of_place(struct edge *e, uint32_t n)
{
	const struct ground *g = &e->r->s->ground;
	const struct stretch *p = &g->places[n];
	bool more = true;

	e->n = n;
	if (n && p[-1].space == p->space && p[-1].va + p[-1].length == p->va)
		more = look_at_border(e, p->va);
	else
		e->previous = p->va;
	if (!p->image)
		return more;
	for (uint32_t i = segment_behind(g, p->image, p->offset);
	     more && i < g->images[p->image].segment_end &&
	     g->segments[i].offset < p->offset + p->length;
	     i++)
		more = look_at_border(e, p->va + (g->segments[i].offset - p->offset));
	return more;
}

static void run_borders(struct run *r)
{
	struct edge e = { .r = r };

	if (!r->s->pattern.reach)
		return;
	e.buf = malloc(2 * r->s->pattern.reach);
	if (!e.buf)
		return;
	/* The window begins anywhere: pointers are looked for at every byte of it. */
	scanner_init(&e.sc, &r->s->pattern, true);
	for (uint32_t n = 0; n < r->s->ground.count; n++)
		if (!borders_of_place(&e, n))
			break;
	r->result.gave_up += e.sc.gave_up;
	give_back(&e);
	scanner_fini(&e.sc);
	free(e.buf);
}

/* ---- all ---- */

static void advise_all(const struct search *s, enum source_use use)
{
	for (uint32_t i = 1; i < s->ground.image_count; i++)
		source_advise(s->ground.images[i].source, use);
}

struct search_result search_run(struct search *s, const struct search_sink *sink, struct job *job)
{
	struct run r = { .s = s, .sink = sink, .job = job, .ticked = now_ms() };
	unsigned jobs = s->task_count < s->jobs ? s->task_count : s->jobs;

	atomic_store(&job->total, s->ground.total);
	advise_all(s, SOURCE_SCAN);
	if (jobs < 2 || !run_pool(&r, jobs))
		run_here(&r);
	if (!r.result.stopped)
		run_borders(&r);
	advise_all(s, SOURCE_BROWSE);
	return r.result;
}
