/* The walk: from the first record to the last, through all layers.
 *
 *	libxl  LIBXC_CONTEXT -> libxc          END -> what is around libxl
 *	       CHECKPOINT_END -> libxc, on the spot: no headers again
 *	libxc  END, CHECKPOINT -> what is around libxc; if nothing is, CHECKPOINT goes on
 *	xapi   Libxc, Libxl, Libxc_legacy -> that layer; End_of_image
 *
 * Type numbers of the layers collide: only this state tells them apart. Heads are looked at and the
 * PFN arrays of PAGE_DATA, never a page: 8 KiB in 4 MiB. Of a file that is not in the page cache,
 * each of these looks would be a round trip to the disk; but batches are alike, so where the next
 * ones are is known well before they are needed, and they are asked for in advance:
 *
 *	[h pfns|pages ....][h pfns|pages ....][h pfns|pages ....]
 *	 ^ at     stride     ^ expected         ^ expected
 *
 * Each look is one read(2) of as many bytes as the last batch's head had, which costs a third of
 * what the faults of a mapping do, and leaves nothing mapped. It says, too, whether the disk had to
 * be waited for; while it has not, nothing is asked for in advance, and a scout (scout.h) goes
 * through the second half of the file.
 *
 * A length that is not true ends the walk: there is nothing to look for what might follow. */
#include <string.h>

#include "xen/memory.h"
#include "xen/scout.h"
#include "xen/state.h"
#include "xen/wrap.h"

#define STEP_BYTES (1u << 20) /* between looks at the cancel flag */
#define PFN_MASK ((UINT64_C(1) << 52) - 1)
#define AHEAD 64         /* batches that are expected */
#define AHEAD_LEAST 64   /* batches after one that was slow; then it is tried without, */
#define AHEAD_MOST 1024  /* and each time that was wrong, for twice as many */
#define ALIKE 16         /* batches; then a scout is sent */
#define SCOUTED_LEAST 64 /* batches; for fewer a thread is not worth it */
#define SCOUTED_MOST 65536

enum {
	LOOK_LEAST = 64, /* bytes: some small records */
	LOOK_MOST = BATCH_HEAD + 8 * BATCH_MOST,
};

struct walker {
	struct xen *x;
	struct job *job;
	struct layer *layer; /* whose record comes next; NULL: none does */
	uint64_t at, size;
	uint64_t told;
	uint64_t committed;     /* where the last complete checkpoint ends */
	uint64_t stride, ahead; /* bytes of a batch; up to where they are expected */
	unsigned slow, slower; /* batches more that are expected; after the next one that is slow */
	struct scout *scout;   /* NULL: none is out */
	uint32_t alike, enough; /* batches of one size; so many before a scout is sent */
	struct span seen;       /* what is in `bytes` */
	size_t wanted;          /* bytes of the last batch's head */
	uint8_t bytes[LOOK_MOST];
	bool broken; /* what follows cannot be told */
};

/* ---- looking ahead ---- */

static void expect_batches(struct walker *w, uint64_t offset, uint64_t length, uint64_t head)
{
	uint64_t end = offset + length;

	if (length != w->stride) {
		w->stride = length;
		w->ahead = end;
		return;
	}
	if (!w->slow)
		return;
	w->slow--;
	if (w->ahead < end)
		w->ahead = end;
	while (w->ahead < w->size && w->ahead - end < AHEAD * w->stride) {
		source_expect(w->x->src, (struct span){ w->ahead, head });
		w->ahead += w->stride;
	}
}

/* Reads what is at `offset`; `w->slow` if that took waiting for. */
static void read_ahead(struct walker *w, uint64_t offset, size_t want)
{
	struct span span = span_clip((struct span){ offset, want }, w->size);

	if (source_fetch_now(w->x->src, offset, w->bytes, want) < span.length) {
		source_fetch(w->x->src, offset, w->bytes, want);
		w->slow = w->slower;
		w->slower = w->slower < AHEAD_MOST ? 2 * w->slower : AHEAD_MOST;
	}
	w->seen = span;
}

/* A cursor over `span`, or what the file has of it. What is too long for a look is mapped. */
static struct cursor look(struct walker *w, struct span span)
{
	struct cursor c;
	size_t want;

	span = span_clip(span, w->size);
	if (span.length > LOOK_MOST)
		return xen_cursor(w->x, span);
	if (span.offset < w->seen.offset ||
	    span.offset + span.length > w->seen.offset + w->seen.length) {
		want = w->wanted > span.length ? w->wanted : (size_t)span.length;
		read_ahead(w, span.offset, want);
	}
	c = cursor_over((struct bytes){ w->bytes + (span.offset - w->seen.offset), span.length },
			span.offset);
	c.big = w->x->big;
	return c;
}

static bool pass_on(struct walker *w)
{
	if (!w->job || w->at - w->told < STEP_BYTES)
		return true;
	if (!job_step(w->job, w->at - w->told))
		return false;
	w->told = w->at;
	return true;
}

/* ---- what memory and guest are made of ---- */

/* One PAGE_DATA: entries, each with its body if its type has one. A body that is not all there is
 * none. */
static void take_pages(struct walker *w, struct record *r, uint32_t row)
{
	uint64_t from = r->offset + r->head, end = from + r->body, at;
	struct cursor c = look(w, (struct span){ from, r->body < 8 ? r->body : 8 });
	uint64_t count = cursor_u32(&c);
	struct bytes b;

	cursor_u32(&c); /* reserved */
	if (c.spent)
		return;
	at = from + 8 + 8 * count;
	if (count > (r->body - 8) / 8)
		count = (r->body - 8) / 8;
	c = look(w, (struct span){ from + 8, 8 * count });
	b = cursor_bytes(&c, 8 * count);
	for (uint64_t n = 0, run; n < count; n += run) {
		uint64_t entry = batch_entry(b, n, c.big), offset = NO_BODY, here;
		unsigned type = (unsigned)(entry >> 60);

		run = batch_run(b, n, count, c.big);
		if (page_type_has_data(type)) {
			here = at < end ? (end - at) / XEN_PAGE : 0;
			if (here && run > here)
				run = here;
			offset = here ? at : NO_BODY;
			at += run * XEN_PAGE;
		}
		memory_add_run(w->x->memory, entry & PFN_MASK, (uint32_t)run, type, offset, row,
			       false);
	}
	w->wanted = count <= BATCH_MOST ? BATCH_HEAD + 8 * count : LOOK_LEAST;
	expect_batches(w, r->offset, r->length, BATCH_HEAD + 8 * count);
}

static void add_plain(struct walker *w, const struct batch *b)
{
	struct index *ix = w->layer->item->index;
	uint64_t length = batch_length(b->count);
	struct record r = { .offset = b->offset,
			    .length = length,
			    .body = (uint32_t)(length - 8),
			    .head = 8,
			    .kind = kind_row(libxc_kinds, REC_PAGE_DATA),
			    .aux = REC_PAGE_DATA,
			    .flags = RECORD_SOUND };

	memory_add_run(w->x->memory, b->pfn, b->count, PFINFO_NOTAB,
		       b->offset + BATCH_HEAD + UINT64_C(8) * b->count, (uint32_t)index_count(ix),
		       false);
	index_append(ix, &r);
	w->at += length;
}

/* Another pair of eyes for the second half of what is left, if it looks as if all of it were in
 * memory, and like this batch. */
static void send_scout(struct walker *w, const struct batch *b)
{
	uint64_t length = batch_length(b->count);
	uint64_t half = (w->size - b->offset) / length / 2;

	w->alike = w->stride == length ? w->alike + 1 : 0;
	if (w->scout || w->slow || w->alike < w->enough || half < SCOUTED_LEAST)
		return;
	if (half > SCOUTED_MOST)
		half = SCOUTED_MOST;
	w->scout = scout_send(w->x->src, b->offset + half * length, half, b, w->x->big);
	w->enough *= 2;
}

/* The batch at `w->at` if it is plain: as a scout saw it, or by a look of one's own. */
static bool find_plain(struct walker *w, struct batch *b)
{
	struct cursor c;
	size_t head;

	if (w->scout && scout_saw(w->scout, w->at, b))
		return true;
	c = look(w, (struct span){ w->at, BATCH_HEAD });
	head = cursor_left(&c) == BATCH_HEAD ? batch_head(c.at, c.big) : 0;
	c = look(w, (struct span){ w->at, head });
	if (!head ||
	    !batch_is_plain((struct bytes){ c.at, cursor_left(&c) }, w->at, w->size, c.big, b))
		return false;
	w->wanted = head;
	send_scout(w, b);
	expect_batches(w, b->offset, batch_length(b->count), head);
	return true;
}

/* What nearly all of a stream is, without detours. */
static bool take_plain(struct walker *w)
{
	struct batch b;

	if (w->layer->kind != LAYER_LIBXC || !find_plain(w, &b))
		return false;
	add_plain(w, &b);
	if (w->scout && scout_is_done(w->scout, w->at)) {
		scout_free(w->scout);
		w->scout = NULL;
	}
	return true;
}

/* Which records are kept as state; `skip`: bytes of the body before the payload. */
static const struct {
	enum layer_kind layer;
	uint32_t type;
	enum state_kind kind;
	uint8_t skip;
} state_records[] = {
	{ LAYER_LIBXC, REC_PV_INFO, STATE_PV_INFO, 0 },
	{ LAYER_LIBXC, REC_P2M_FRAMES, STATE_P2M_FRAMES, 0 },
	{ LAYER_LIBXC, REC_VCPU_BASIC, STATE_VCPU_BASIC, 8 },
	{ LAYER_LIBXC, REC_VCPU_EXTENDED, STATE_VCPU_EXTENDED, 8 },
	{ LAYER_LIBXC, REC_VCPU_XSAVE, STATE_VCPU_XSAVE, 8 },
	{ LAYER_LIBXC, REC_VCPU_MSRS, STATE_VCPU_MSRS, 8 },
	{ LAYER_LIBXC, REC_SHARED_INFO, STATE_SHARED_INFO, 0 },
	{ LAYER_LIBXC, REC_TSC_INFO, STATE_TSC_INFO, 0 },
	{ LAYER_LIBXC, REC_HVM_CONTEXT, STATE_HVM_CONTEXT, 0 },
	{ LAYER_LIBXC, REC_HVM_PARAMS, STATE_HVM_PARAMS, 0 },
	{ LAYER_LIBXC, REC_CPUID_POLICY, STATE_CPUID_POLICY, 0 },
	{ LAYER_LIBXC, REC_MSR_POLICY, STATE_MSR_POLICY, 0 },
	{ LAYER_LIBXL, XL_EMULATOR_XENSTORE_DATA, STATE_XENSTORE, 0 },
	{ LAYER_LIBXL, XL_EMULATOR_CONTEXT, STATE_EMULATOR, 0 },
};

static void take_state(struct walker *w, const struct record *r, uint64_t row)
{
	struct state st = { .layer = w->layer, .row = row };
	struct cursor c = xen_cursor(w->x, (struct span){ r->offset + r->head, r->body });

	for (size_t n = 0; n < ARRAY_LEN(state_records); n++) {
		if (state_records[n].layer != w->layer->kind || state_records[n].type != r->aux)
			continue;
		st.kind = state_records[n].kind;
		if (state_records[n].skip) {
			st.vcpu = cursor_u32(&c);
			cursor_u32(&c);
			if (c.spent)
				return;
		}
		st.pass = memory_pass(w->x->memory);
		st.span = (struct span){ cursor_offset(&c), cursor_left(&c) };
		states_add(w->x->states, &st);
		if (st.kind == STATE_PV_INFO && !w->x->guest_width)
			w->x->guest_width = cursor_u8(&c);
		return;
	}
}

/* ---- from layer to layer ---- */

/* The layer around libxc or libxl that goes on when it ends; NULL: none. */
static struct layer *outer_layer(struct walker *w)
{
	struct layer *outer = NULL;

	if (w->layer->kind == LAYER_LIBXC)
		outer = xen_layer(w->x, LAYER_LIBXL);
	return outer ? outer : xen_layer(w->x, LAYER_XAPI);
}

/* Into a layer whose header must be here; where it is was found when the file was opened. */
static void enter(struct walker *w, enum layer_kind kind, struct span span)
{
	struct layer *layer = xen_layer(w->x, kind);

	if (!layer || layer->header.offset != w->at) {
		xen_rule_note(w->layer, RULE_SECOND_LAYER, span, 0, 0);
		w->broken = true;
		return;
	}
	w->layer = layer;
	w->at += layer->header.length;
	if (kind == LAYER_LEGACY) {
		w->at = legacy_walk(layer, layer->header.offset, w->job);
		w->layer = xen_layer(w->x, LAYER_XAPI);
	}
}

static void leave(struct walker *w)
{
	struct layer *outer = outer_layer(w);

	w->layer = outer;
	w->x->ended |= !outer;
}

static void commit(struct walker *w)
{
	memory_commit(w->x->memory);
	w->committed = w->at;
}

static void checkpoint(struct walker *w)
{
	struct layer *libxl = xen_layer(w->x, LAYER_LIBXL);

	w->x->checkpointed = true;
	memory_snapshot(w->x->memory);
	if (libxl)
		w->layer = libxl;
	else
		commit(w);
	memory_new_pass(w->x->memory, false);
}

static void after_libxc(struct walker *w, struct record *r, uint64_t row)
{
	switch (r->aux) {
	case REC_PAGE_DATA:
		take_pages(w, r, (uint32_t)row);
		break;
	case REC_VERIFY:
		memory_new_pass(w->x->memory, true);
		break;
	case REC_CHECKPOINT:
		checkpoint(w);
		break;
	case REC_END:
		leave(w);
		break;
	default:
		take_state(w, r, row);
		break;
	}
}

static void after_libxl(struct walker *w, struct record *r, uint64_t row)
{
	struct layer *libxc = xen_layer(w->x, LAYER_LIBXC);

	switch (r->aux) {
	case XL_LIBXC_CONTEXT:
		enter(w, LAYER_LIBXC, (struct span){ r->offset, r->length });
		break;
	case XL_CHECKPOINT_END:
		commit(w);
		if (libxc)
			w->layer = libxc;
		break;
	case XL_END:
		leave(w);
		break;
	default:
		take_state(w, r, row);
		break;
	}
}

static void after_xapi(struct walker *w, struct record *r, uint64_t row)
{
	struct span span = { r->offset, r->length };

	(void)row;
	switch (r->aux) {
	case XAPI_LIBXC:
		enter(w, LAYER_LIBXC, span);
		break;
	case XAPI_LIBXL:
		enter(w, LAYER_LIBXL, span);
		break;
	case XAPI_LIBXC_LEGACY:
		enter(w, LAYER_LEGACY, span);
		break;
	case XAPI_END:
		w->layer = NULL;
		w->x->ended = true;
		break;
	default:
		break;
	}
}

static void (*const after[LAYER_KINDS])(struct walker *, struct record *, uint64_t row) = {
	[LAYER_LIBXC] = after_libxc,
	[LAYER_LIBXL] = after_libxl,
	[LAYER_XAPI] = after_xapi,
};

/* ---- records ---- */

/* The header at `at`; false if it is not all there. *body: as it says. */
static bool read_head(struct walker *w, struct record *r, uint64_t *body)
{
	bool wide = w->layer->kind == LAYER_XAPI;
	uint16_t head = wide ? 16 : 8;
	struct cursor c = look(w, (struct span){ w->at, head });
	uint64_t type;

	c.big &= !wide;
	type = wide ? cursor_u64(&c) : cursor_u32(&c);
	*body = wide ? cursor_u64(&c) : cursor_u32(&c);
	*r = (struct record){ .offset = w->at, .head = head, .aux = (uint32_t)type };
	r->kind = type > UINT32_MAX ? KIND_UNKNOWN
				    : kind_row(layer_kinds(w->layer->kind), (uint32_t)type);
	if (!c.spent)
		return true;
	xen_rule_note(w->layer, RULE_CUT_HEADER, (struct span){ w->at, w->size - w->at },
		      w->size - w->at, 0);
	w->broken = true;
	return false;
}

/* Body and padding, clipped to the file. */
static void measure(struct walker *w, struct record *r, uint64_t body)
{
	uint64_t left = w->size - w->at - r->head;
	uint64_t padded = w->layer->kind == LAYER_XAPI ? body : (body + 7) & ~UINT64_C(7);
	struct span span = { r->offset, r->head };

	if (body > left) {
		xen_rule_note(w->layer, RULE_CUT_BODY, span, body, left);
		r->flags = RECORD_CUT | RECORD_DAMAGED;
		w->broken = true;
	} else if (padded > left) {
		xen_rule_note(w->layer, RULE_CUT_PADDING, span, 0, 0);
		r->flags = RECORD_CUT | RECORD_DAMAGED;
		w->broken = true;
	}
	if (body > left)
		body = left;
	if (padded > left)
		padded = left;
	r->body = body > UINT32_MAX ? UINT32_MAX : (uint32_t)body;
	r->length = r->head + padded;
}

static bool step(struct walker *w)
{
	struct layer *layer = w->layer;
	uint64_t body, row = index_count(layer->item->index);
	struct record r;

	if (take_plain(w))
		return pass_on(w);
	if (!read_head(w, &r, &body))
		return false;
	measure(w, &r, body);
	w->at += r.length;
	if (!(r.flags & RECORD_CUT) || r.aux == REC_PAGE_DATA)
		after[layer->kind](w, &r, row);
	index_append(layer->item->index, &r);
	return !w->broken && pass_on(w);
}

/* What no record is, as a last row of the outermost layer. */
static void add_trailing(struct walker *w)
{
	uint64_t left = w->size - w->at;
	struct record r = { .offset = w->at, .kind = KIND_UNKNOWN, .aux = TYPE_TRAILING };

	if (!left || !w->x->layer_count)
		return;
	r.length = left;
	r.body = left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
	index_append(w->x->layers[0].item->index, &r);
}

/* A sender of checkpoints is never done: what it was at when the stream broke does not count. */
static void note_no_end(struct walker *w)
{
	struct xen *x = w->x;
	struct span rest = { w->committed, w->size - w->committed };

	if (x->ended || !w->layer)
		return;
	if (!w->committed && !w->broken)
		xen_rule_note(w->layer, RULE_NO_END, (struct span){ w->at, 0 }, 0, 0);
	else if (w->committed && rest.length)
		xen_rule_note(w->layer, RULE_TAIL, rest, 0, 0);
}

static bool is_stopped(const struct walker *w)
{
	return w->job && atomic_load(&w->job->cancel);
}

static void run(struct walker *w)
{
	struct layer *legacy = xen_layer(w->x, LAYER_LEGACY);

	if (w->layer && w->layer == legacy) {
		w->at = legacy_walk(legacy, w->at, w->job);
		w->layer = NULL;
	}
	while (w->layer && w->at < w->size)
		if (!step(w))
			break;
	scout_free(w->scout);
	if (is_stopped(w))
		return;
	note_no_end(w);
	add_trailing(w);
}

/* Records begin behind a header: that of the innermost layer which has them there. */
static void start(struct walker *w)
{
	struct xen *x = w->x;

	for (size_t n = 0; n < x->layer_count; n++) {
		struct layer *layer = &x->layers[n];

		if (layer_kinds(layer->kind) &&
		    layer->header.offset + layer->header.length == x->records_at)
			w->layer = layer;
	}
	w->at = w->told = x->records_at;
}

void xen_walk(struct xen *x, struct job *job)
{
	struct walker w = { .x = x,
			    .job = job,
			    .size = source_size(x->src),
			    .wanted = LOOK_LEAST,
			    .slower = AHEAD_LEAST,
			    .enough = ALIKE };

	if (atomic_load_explicit(&x->walked, memory_order_acquire))
		return;
	pthread_mutex_lock(&x->walking);
	if (!atomic_load(&x->walked)) {
		if (job)
			atomic_store(&job->total, w.size);
		source_advise(x->src, SOURCE_BROWSE);
		start(&w);
		run(&w);
		memory_seal(x->memory, x->made);
		atomic_store_explicit(&x->walked, true, memory_order_release);
	}
	pthread_mutex_unlock(&x->walking);
}
