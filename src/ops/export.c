/* What can be written as it is: bytes, hex, JSON. Cores have files of their own. */
#include "ops/export_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/field_json.h"
#include "core/model.h"

#define PIECE (1u << 18)
#define STEP (UINT64_C(64) << 20)     /* bytes between two looks at the job */
#define FLAT_MOST (UINT64_C(1) << 43) /* a file with holes that is larger helps nobody */

/* ---- what it is ---- */

struct source *export_source(const struct export_what *w)
{
	return w->node.item ? atomic_load(&item_real(w->node.item)->source) : NULL;
}

bool export_bytes(const struct export_what *w, struct arena *a, struct span *out)
{
	const struct source *src = export_source(w);
	const struct field *f;

	*out = node_span(w->node);
	if (w->bytes.length) {
		*out = src ? span_clip(w->bytes, source_size(src)) : w->bytes;
		return src && out->length;
	}
	if (!w->field)
		return src;
	f = field_at_path(node_fields(w->node, a), a, w->field);
	if (!f || !f->span.length)
		return false;
	*out = f->type != FIELD_GROUP && f->value.length ? f->value : f->span;
	return src;
}

static bool fits_bytes(const struct export_what *w)
{
	struct arena a;
	struct span span;
	bool fits;

	arena_init(&a);
	fits = w->space || export_bytes(w, &a, &span);
	arena_fini(&a);
	return fits;
}

struct span export_stretch(const struct export_what *w)
{
	const struct aspace *as = w->space;
	uint64_t start = w->start, end = w->end;

	if (end <= start) {
		if (!as->region_count)
			return (struct span){ 0, 0 };
		/* Of frames from the first on, so that a byte's place is its address. */
		start = as->kind == ASPACE_FRAMES ? 0 : as->regions[0].start;
		end = as->regions[as->region_count - 1].end;
	}
	return (struct span){ start, end - start + (end == UINT64_MAX && start) };
}

uint64_t export_extent(const struct export_what *w, struct span all, uint64_t done,
		       struct extent *x)
{
	uint64_t at = all.offset + done, left = all.length - done, n;

	if (!left)
		return 0;
	aspace_at(w->space, at, x);
	n = x->end - at + (x->end == UINT64_MAX && at);
	return n < left ? n : left;
}

static bool is_there(const struct extent *x)
{
	return x->state == PAGE_PRESENT || x->state == PAGE_PARENT || x->state == PAGE_ZERO;
}

/* True if somebody misses it. A whole memory has the holes between its regions, and a machine
 * frames at which it has no memory: of those only what was lost with a part of the file. */
static bool is_missed(const struct export_what *w, const struct extent *x)
{
	if (is_there(x))
		return false;
	if (w->end > w->start)
		return true;
	return w->space->kind == ASPACE_FRAMES ? x->lost : x->state != PAGE_UNMAPPED;
}

static void tell_missed(const struct extent *x, uint64_t length, struct export_result *result)
{
	result->absent += length;
	if (!result->why)
		result->why = x->why ? x->why : page_state_name(x->state);
}

/* ---- raw ---- */

bool export_store(struct sink *s, const struct source *src, struct span span, bool sparse,
		  struct job *job)
{
	for (uint64_t done = 0, step; done < span.length && !sink_failed(s); done += step) {
		step = span.length - done < STEP ? span.length - done : STEP;
		sink_store(s, src, (struct span){ span.offset + done, step }, sparse, job);
		if (!job_step(job, step))
			return false;
	}
	return !sink_failed(s);
}

/* What was asked for of a file, and lies behind its end. */
static void tell_cut(const struct export_what *w, struct span span, struct export_result *result)
{
	if (w->bytes.length <= span.length)
		return;
	result->absent = w->bytes.length - span.length;
	result->why = "the file ends before";
}

static void raw_extent(const struct export_what *w, const struct export_options *o, struct sink *s,
		       struct job *job, const struct extent *x, struct span at,
		       struct export_result *result)
{
	uint64_t before = sink_at(s);

	if (is_there(x) && x->source) {
		struct span span = { x->offset + (at.offset - x->start), at.length };

		sink_store(s, x->source, span, o->sparse, job);
		/* A file that ends early. */
		if (sink_at(s) - before < at.length)
			sink_skip(s, at.length - (sink_at(s) - before));
		return;
	}
	if (is_missed(w, x))
		tell_missed(x, at.length, result);
	if (o->holes == HOLES_ZERO || x->state == PAGE_ZERO)
		sink_skip(s, at.length);
}

static void raw_space(const struct export_what *w, const struct export_options *o, struct sink *s,
		      struct job *job, struct export_result *result)
{
	struct span all = export_stretch(w);
	struct extent x;

	for (uint64_t done = 0, n; (n = export_extent(w, all, done, &x)) && !sink_failed(s);) {
		/* In steps, so that it can be stopped. */
		if (n > STEP && x.source)
			n = STEP;
		raw_extent(w, o, s, job, &x, (struct span){ all.offset + done, n }, result);
		if (!job_step(job, n))
			return;
		done += n;
	}
}

static struct err *raw_run(const struct export_what *w, const struct export_options *o,
			   struct sink *s, struct job *job, struct export_result *result)
{
	struct arena a;
	struct span span;

	if (w->space && o->holes == HOLES_ZERO && export_stretch(w).length > FLAT_MOST)
		return err_new(ERR_USAGE,
			       "%s is spread over %" PRIu64
			       " TiB: --holes skip leaves out what lies "
			       "between",
			       w->space->name, export_stretch(w).length >> 40);
	if (w->space) {
		raw_space(w, o, s, job, result);
		return NULL;
	}
	arena_init(&a);
	if (export_bytes(w, &a, &span))
		export_store(s, export_source(w), span, o->sparse, job);
	tell_cut(w, span, result);
	arena_fini(&a);
	return NULL;
}

static uint64_t raw_size(const struct export_what *w, const struct export_options *o)
{
	struct arena a;
	struct span span = { 0, 0 };
	uint64_t size = 0;
	struct extent x;

	if (!w->space) {
		arena_init(&a);
		export_bytes(w, &a, &span);
		arena_fini(&a);
		return span.length;
	}
	/* Holes take no room: only what is stored counts. */
	span = export_stretch(w);
	for (uint64_t done = 0, n; (n = export_extent(w, span, done, &x)); done += n)
		size += x.source ? n : 0;
	(void)o;
	return size;
}

/* ---- hex ---- */

#define ROW 16u

/* `there`: a bit for each byte that is. */
static void hex_line(struct out *o, uint64_t at, const uint8_t *b, unsigned n, unsigned there)
{
	static const char digits[] = "0123456789abcdef";
	char line[96];
	unsigned len = (unsigned)snprintf(line, sizeof(line), "%012" PRIx64 " ", at);

	for (unsigned i = 0; i < ROW; i++) {
		bool have = i < n && there >> i & 1;

		line[len++] = ' ';
		line[len++] = i >= n ? ' ' : have ? digits[b[i] >> 4] : '-';
		line[len++] = i >= n ? ' ' : have ? digits[b[i] & 15] : '-';
	}
	line[len++] = ' ';
	line[len++] = ' ';
	for (unsigned i = 0; i < n; i++)
		line[len++] = !(there >> i & 1)            ? ' '
			      : b[i] >= ' ' && b[i] < 0x7f ? (char)b[i]
							   : '.';
	line[len++] = '\n';
	out_add(o, line, len);
}

static void hex_bytes(struct sink *s, uint64_t at, struct bytes b, bool there)
{
	for (uint64_t n = 0; n < b.len; n += ROW)
		hex_line(sink_out(s), at + n, b.at + n,
			 b.len - n < ROW ? (unsigned)(b.len - n) : ROW, there ? ~0u : 0);
}

static void hex_space(const struct export_what *w, struct sink *s, struct job *job,
		      struct export_result *result)
{
	struct span all = export_stretch(w);
	uint8_t buf[4096];
	struct extent x;

	for (uint64_t done = 0, n; (n = export_extent(w, all, done, &x)) && !sink_failed(s);
	     done += n) {
		uint64_t at = all.offset + done;

		if (!is_there(&x)) {
			if (is_missed(w, &x))
				tell_missed(&x, n, result);
			out_printf(sink_out(s), "%012" PRIx64 "  -- %" PRIu64 " bytes: %s\n", at, n,
				   page_state_name(x.state));
			continue;
		}
		n = n < sizeof(buf) ? n : sizeof(buf);
		aspace_read(w->space, at, buf, n, NULL);
		hex_bytes(s, at, (struct bytes){ buf, n }, true);
		if (!job_step(job, n))
			return;
	}
}

static struct err *hex_run(const struct export_what *w, const struct export_options *o,
			   struct sink *s, struct job *job, struct export_result *result)
{
	struct arena a;
	struct span span;

	(void)o;
	if (w->space) {
		hex_space(w, s, job, result);
		return NULL;
	}
	arena_init(&a);
	if (export_bytes(w, &a, &span))
		for (uint64_t done = 0; done < span.length && !sink_failed(s); done += PIECE) {
			uint64_t n = span.length - done < PIECE ? span.length - done : PIECE;

			hex_bytes(s, span.offset + done,
				  source_view(export_source(w), span.offset + done, n), true);
			if (!job_step(job, n))
				break;
		}
	tell_cut(w, span, result);
	arena_fini(&a);
	return NULL;
}

/* ---- JSON ---- */

static bool fits_json(const struct export_what *w)
{
	return w->node.item && !w->space && !w->bytes.length;
}

/* Every image below the root, or with `rows` every record: an object of paths. */
static void json_tree(const struct export_what *w, struct json *j, struct arena *a,
		      enum json_style style, struct job *job)
{
	struct item *root = w->node.item;

	json_object(j);
	for (struct item *it = root; it && !j->out->errnum; it = item_next(root, it)) {
		if (it->alias)
			continue;
		item_index(it, true);
		if (!atomic_load(&it->source))
			continue;
		json_key(j, *it->path ? it->path : it->name);
		node_json(j, (struct node){ it, NODE_SELF }, a, style);
		arena_reset(a);
		if (!job_step(job, it->size))
			break;
	}
	json_end_object(j);
}

static struct err *json_run(const struct export_what *w, const struct export_options *o,
			    struct sink *s, struct job *job, struct export_result *result)
{
	enum json_style style = o->pretty ? JSON_PRETTY : JSON_PLAIN;
	struct item *it = item_real(w->node.item);
	struct json j;
	struct arena a;

	(void)result;
	arena_init(&a);
	json_init(&j, sink_out(s), o->pretty ? 4 : 0);
	if (w->node.at == NODE_SELF && it->first && !w->field)
		json_tree(w, &j, &a, style, job);
	else if (!w->field)
		node_json(&j, w->node, &a, style);
	else
		field_json(&j, field_at_path(node_fields(w->node, &a), &a, w->field), false, &a,
			   o->pretty);
	out_str(sink_out(s), "\n");
	arena_fini(&a);
	return NULL;
}

static const struct exporter export_raw = {
	.name = "raw",
	.summary = "bytes as they are",
	.suffix = ".bin",
	.fits = fits_bytes,
	.size = raw_size,
	.run = raw_run,
};

static const struct exporter export_hex = {
	.name = "hex",
	.summary = "hex and text, to be read",
	.suffix = ".hex",
	.fits = fits_bytes,
	.run = hex_run,
};

static const struct exporter export_json = {
	.name = "json",
	.summary = "decoded, as show --json has it",
	.suffix = ".json",
	.fits = fits_json,
	.run = json_run,
};

const struct exporter *const exporters[] = {
	&export_raw,      &export_json,     &export_hex,
	&export_elf_core, &export_xen_core, &export_lime,
	&export_kept,     &export_regions,  NULL,
};

const struct exporter *exporter_named(const char *name)
{
	for (const struct exporter *const *e = exporters; *e; e++)
		if (!strcmp((*e)->name, name))
			return *e;
	return NULL;
}

const struct exporter *export_usual(const struct export_what *w)
{
	bool tree = w->node.at == NODE_SELF && w->node.item->first && !w->space && !w->bytes.length;
	/* What is spread over all addresses makes no file of bytes. */
	bool spread = w->space ? w->space->kind != ASPACE_FRAMES && w->end <= w->start
			       : !w->field && !strcmp(w->node.item->kind, "process");

	return spread ? &export_elf_core : exporter_named(tree ? "json" : "raw");
}
