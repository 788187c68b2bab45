/* What can be written as it is: bytes, hex, JSON. Cores have files of their own. */
#include "ops/export.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/sha256.h"
#include "base/text.h"
#include "base/version.h"
#include "core/field_json.h"
#include "core/magic.h"
#include "core/model.h"

#define PIECE (1u << 18)
#define FLAT_MOST (UINT64_C(1) << 43)   /* a file with holes that is larger helps nobody */
#define HASHED_MOST (UINT64_C(4) << 30) /* a source that is larger is not hashed */

/* ---- what it is ---- */

static struct source *source_of(const struct export_what *w)
{
	return w->node.item ? atomic_load(&item_real(w->node.item)->source) : NULL;
}

/* The bytes of a node, or of a field of it: of one with a value of its own that value. */
static bool bytes_of_node(const struct export_what *w, struct arena *a, struct span *out)
{
	const struct field *f;

	*out = node_span(w->node);
	if (!w->field)
		return source_of(w);
	f = field_at_path(node_fields(w->node, a), a, w->field);
	if (!f || !f->span.length)
		return false;
	*out = f->type != FIELD_GROUP && f->value.length ? f->value : f->span;
	return source_of(w);
}

static bool fits_bytes(const struct export_what *w)
{
	struct arena a;
	struct span span;
	bool fits;

	arena_init(&a);
	fits = w->space || bytes_of_node(w, &a, &span);
	arena_fini(&a);
	return fits;
}

/* [start, end) of a memory: all that is mapped if nothing was said. Of frames from the first on,
 * so that a byte's place is its address. */
static struct span stretch_of(const struct export_what *w)
{
	const struct aspace *as = w->space;
	uint64_t start;

	if (w->end > w->start)
		return (struct span){ w->start, w->end - w->start };
	if (!as->region_count)
		return (struct span){ 0, 0 };
	start = as->kind == ASPACE_FRAMES ? 0 : as->regions[0].start;
	return (struct span){ start, as->regions[as->region_count - 1].end - start };
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

/* ---- raw ---- */

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
	if (is_missed(w, x)) {
		result->absent += at.length;
		if (!result->why)
			result->why = x->why ? x->why : page_state_name(x->state);
	}
	if (o->holes == HOLES_ZERO || x->state == PAGE_ZERO)
		sink_skip(s, at.length);
}

static void raw_space(const struct export_what *w, const struct export_options *o, struct sink *s,
		      struct job *job, struct export_result *result)
{
	struct span all = stretch_of(w);
	uint64_t end = all.offset + all.length;
	struct extent x;

	for (uint64_t at = all.offset; at < end && !sink_failed(s); at = x.end) {
		uint64_t to, step;

		aspace_at(w->space, at, &x);
		to = x.end < end ? x.end : end;
		if (to <= at)
			break;
		/* In steps, so that it can be stopped. */
		for (; at < to && !sink_failed(s); at += step) {
			step = to - at < (UINT64_C(64) << 20) || !x.source ? to - at
									   : UINT64_C(64) << 20;
			raw_extent(w, o, s, job, &x, (struct span){ at, step }, result);
			if (!job_step(job, step))
				return;
		}
	}
}

static struct err *raw_run(const struct export_what *w, const struct export_options *o,
			   struct sink *s, struct job *job, struct export_result *result)
{
	struct arena a;
	struct span span;

	if (w->space && o->holes == HOLES_ZERO && stretch_of(w).length > FLAT_MOST)
		return err_new(ERR_USAGE,
			       "%s is spread over %" PRIu64
			       " TiB: --holes skip leaves out what lies "
			       "between",
			       w->space->name, stretch_of(w).length >> 40);
	if (w->space) {
		raw_space(w, o, s, job, result);
		return NULL;
	}
	arena_init(&a);
	if (bytes_of_node(w, &a, &span))
		sink_store(s, source_of(w), span, o->sparse, job);
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
		bytes_of_node(w, &a, &span);
		arena_fini(&a);
		return span.length;
	}
	/* Holes take no room: only what is stored counts. */
	span = stretch_of(w);
	for (uint64_t at = span.offset; at < span.offset + span.length; at = x.end) {
		uint64_t end = span.offset + span.length;

		aspace_at(w->space, at, &x);
		if (x.end <= at)
			break;
		if (x.source)
			size += (x.end < end ? x.end : end) - at;
	}
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
	struct span all = stretch_of(w);
	uint64_t end = all.offset + all.length;
	uint8_t buf[4096];
	struct extent x;

	for (uint64_t at = all.offset; at < end && !sink_failed(s);) {
		uint64_t to;

		aspace_at(w->space, at, &x);
		to = x.end < end ? x.end : end;
		if (to <= at)
			break;
		if (!is_there(&x)) {
			if (is_missed(w, &x)) {
				result->absent += to - at;
				result->why = result->why ? result->why
					      : x.why     ? x.why
							  : page_state_name(x.state);
			}
			out_printf(sink_out(s), "%012" PRIx64 "  -- %" PRIu64 " bytes: %s\n", at,
				   to - at, page_state_name(x.state));
			at = to;
			continue;
		}
		if (to - at > sizeof(buf))
			to = at + sizeof(buf);
		aspace_read(w->space, at, buf, to - at, NULL);
		hex_bytes(s, at, (struct bytes){ buf, to - at }, true);
		if (!job_step(job, to - at))
			return;
		at = to;
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
	if (bytes_of_node(w, &a, &span))
		for (uint64_t done = 0; done < span.length && !sink_failed(s); done += PIECE) {
			uint64_t n = span.length - done < PIECE ? span.length - done : PIECE;

			hex_bytes(s, span.offset + done,
				  source_view(source_of(w), span.offset + done, n), true);
			if (!job_step(job, n))
				break;
		}
	arena_fini(&a);
	return NULL;
}

/* ---- JSON ---- */

static bool fits_json(const struct export_what *w)
{
	return w->node.item && !w->space;
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
	&export_raw,      &export_json, &export_hex, &export_elf_core,
	&export_xen_core, &export_lime, NULL,
};

const struct exporter *exporter_named(const char *name)
{
	for (const struct exporter *const *e = exporters; *e; e++)
		if (!strcmp((*e)->name, name))
			return *e;
	return NULL;
}

/* ---- names, provenance ---- */

/* Letters and digits of a text that was cleaned; anything else becomes one '-'. */
static const char *file_word(const char *text, struct arena *a)
{
	struct strbuf s;
	bool dash = true; /* none in front */

	strbuf_init(&s, a);
	for (; *text; text++) {
		bool good = strchr(
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._", *text);

		if (good)
			strbuf_addn(&s, text, 1);
		else if (!dash)
			strbuf_add(&s, "-");
		dash = !good;
	}
	return s.text ? s.text : "export";
}

/* What libmagic says, as a suffix: of the few kinds that payloads are. */
static const char *suffix_of(const struct export_what *w, const struct exporter *e, struct arena *a)
{
	static const struct {
		const char *says, *suffix;
	} known[] = { { "ELF", ".elf" },   { "gzip", ".gz" },   { "Zstandard", ".zst" },
		      { "tar", ".tar" },   { "ASCII", ".txt" }, { "UTF-8", ".txt" },
		      { "JSON", ".json" }, { "PNG", ".png" },   { "XML", ".xml" },
		      { "SQLite", ".db" } };
	const struct source *src = source_of(w);
	const char *says = NULL;
	struct span span;

	if (strcmp(e->name, "raw") != 0 || w->space || !w->field || !src ||
	    !bytes_of_node(w, a, &span))
		return e->suffix;
	if (!w->model->options.no_magic)
		says = magic_of(source_view(src, span.offset, span.length), a);
	for (size_t n = 0; says && n < ARRAY_LEN(known); n++)
		if (strstr(says, known[n].says))
			return known[n].suffix;
	return e->suffix;
}

const char *export_name(const struct export_what *w, const struct exporter *e, struct arena *a)
{
	const char *what;

	if (w->space && w->end > w->start)
		what = arena_printf(a, "%s-%" PRIx64, w->space->name, w->start);
	else if (w->space)
		what = w->space->name;
	else if (w->field)
		what = arena_printf(a, "%s-%s", node_path(w->node, a), w->field);
	else
		what = *node_path(w->node, a) ? node_path(w->node, a) : w->node.item->name;
	return arena_printf(a, "%s%s", file_word(what, a), suffix_of(w, e, a));
}

static void json_source(struct json *j, const struct export_what *w)
{
	const struct source *src = atomic_load(&w->model->root->source);
	struct sha256 sum;
	uint8_t digest[32];
	char text[65];

	json_key_str(j, "source", w->model->name);
	if (!src || source_size(src) > HASHED_MOST)
		return;
	sha256_init(&sum);
	for (uint64_t at = 0; at < source_size(src); at += PIECE) {
		struct bytes b = source_view(src, at, PIECE);

		sha256_add(&sum, b.at, b.len);
	}
	sha256_end(&sum, digest);
	sha256_text(digest, text);
	json_key_str(j, "source_sha256", text);
}

static void json_location(struct json *j, const struct export_what *w, struct arena *a)
{
	if (!w->space) {
		json_key_str(j, "path", node_path(w->node, a));
		if (w->field)
			json_key_str(j, "field", w->field);
		return;
	}
	json_key_str(j, "memory", w->space->name);
	if (w->end <= w->start)
		return;
	json_key(j, "start");
	json_hex(j, w->start);
	json_key(j, "end");
	json_hex(j, w->end);
}

struct err *export_provenance(const char *path, const struct export_what *w,
			      const struct exporter *e, const uint8_t digest[32], uint64_t size,
			      bool force)
{
	struct sink *s;
	struct arena a;
	struct json j;
	struct err *err;
	time_t now = time(NULL);
	struct tm tm;
	char text[80];

	arena_init(&a);
	err = sink_open(arena_printf(&a, "%s.provenance.json", path), force, 0, &s);
	if (err) {
		arena_fini(&a);
		return err;
	}
	json_init(&j, sink_out(s), 4);
	json_object(&j);
	json_source(&j, w);
	json_location(&j, w, &a);
	json_key_str(&j, "format", e->name);
	json_key(&j, "size");
	json_uint(&j, size);
	sha256_text(digest, text);
	json_key_str(&j, "sha256", text);
	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_key_str(&j, "written", text);
	json_key_str(&j, "tool", "cryoscope " CRYOSCOPE_VERSION);
	json_end_object(&j);
	out_str(sink_out(s), "\n");
	arena_fini(&a);
	return sink_commit(s);
}
