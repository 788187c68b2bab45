/* FILE.provenance.json: what a file was made of, so that another can make it again and compare.
 *
 * The source is named as it was on the command line. If it is one file, that is hashed; of a set
 * the files whose bytes were used are: those of the memory's pages, parents' ones included, or the
 * image in question. So much is hashed and no more: beyond it a file's size has to do. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/heap.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/version.h"
#include "core/model.h"
#include "ops/export_parts.h"

#define HASHED_MOST (UINT64_C(4) << 30) /* bytes of all files together */
#define FILES_MOST 4096u
#define PIECE (1u << 18)

struct told {
	struct json json;
	struct job *job;
	uint64_t room; /* bytes that may still be hashed */
	const struct source *files[FILES_MOST];
	size_t count;
};

/* Its SHA-256 under `key`, unless it is too large. */
static void tell_hash(struct told *t, const char *key, const struct source *src)
{
	struct sha256 sum;
	uint8_t digest[32];
	char text[65];

	if (source_size(src) > t->room)
		return;
	t->room -= source_size(src);
	sha256_init(&sum);
	for (uint64_t at = 0; at < source_size(src); at += PIECE) {
		struct bytes b = source_view(src, at, PIECE);

		sha256_add(&sum, b.at, b.len);
		if (atomic_load(&t->job->cancel))
			return;
	}
	sha256_end(&sum, digest);
	sha256_text(digest, text);
	json_key_str(&t->json, key, text);
}

static void tell_file(struct told *t, const struct source *src)
{
	for (size_t n = 0; n < t->count; n++)
		if (t->files[n] == src)
			return;
	if (!src || t->count == FILES_MOST)
		return;
	t->files[t->count++] = src;
	json_object(&t->json);
	json_key_str(&t->json, "file", source_name(src));
	json_key_uint(&t->json, "size", source_size(src));
	tell_hash(t, "sha256", src);
	json_end_object(&t->json);
}

static void tell_files(struct told *t, const struct export_what *w)
{
	struct span all = w->space ? export_stretch(w) : (struct span){ 0, 0 };
	struct item *root = w->node.item;
	struct extent x;

	for (uint64_t done = 0, n; w->space && (n = export_extent(w, all, done, &x)); done += n)
		tell_file(t, x.source);
	if (w->space)
		return;
	tell_file(t, export_source(w));
	for (struct item *it = root; w->node.at == NODE_SELF && it; it = item_next(root, it))
		tell_file(t, it->alias ? NULL : atomic_load(&it->source));
}

static void tell_source(struct told *t, const struct export_what *w)
{
	const struct source *src = atomic_load(&w->model->root->source);

	json_key_str(&t->json, "source", w->model->name);
	if (src) {
		tell_hash(t, "source_sha256", src);
		return;
	}
	json_key(&t->json, "files");
	json_array(&t->json);
	tell_files(t, w);
	json_end_array(&t->json);
}

static void tell_location(struct json *j, const struct export_what *w, struct arena *a)
{
	struct span span;

	if (!w->space) {
		json_key_str(j, "path", node_path(w->node, a));
		if (w->field)
			json_key_str(j, "field", w->field);
		if (export_bytes(w, a, &span)) {
			json_key_uint(j, "offset", span.offset);
			json_key_uint(j, "length", span.length);
		}
		return;
	}
	json_key_str(j, "memory", w->space->name);
	if (w->end <= w->start)
		return;
	json_key_hex(j, "start", w->start);
	json_key_hex(j, "end", w->end);
}

void export_tell(const struct export_file *f, struct json *j)
{
	const struct export_result *r = &f->result;
	struct arena a;

	arena_init(&a);
	tell_location(j, &f->what, &a);
	arena_fini(&a);
	json_key_str(j, "format", f->exporter->name);
	json_key_str(j, "holes", f->options.holes == HOLES_SKIP ? "skip" : "zero");
	json_key_uint(j, "size", r->bytes);
	json_key_uint(j, "absent", r->absent);
	json_key_str(j, "why", r->absent ? r->why : NULL);
	json_key_str(j, "lacks", *r->lacks ? r->lacks : NULL);
	json_key_str(j, "sha256", *r->sha256 ? r->sha256 : NULL);
}

static void tell_made(struct json *j)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[80];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_key_str(j, "written", text);
	json_key_str(j, "tool", "cryoscope " CRYOSCOPE_VERSION);
}

bool export_provenance(struct export_file *f, struct sink *note, struct job *job)
{
	struct told *t = heap_zeroed(1, sizeof(*t));
	uint8_t digest[32];

	t->job = job;
	t->room = HASHED_MOST;
	json_init(&t->json, sink_out(note), 4);
	json_object(&t->json);
	tell_source(t, &f->what);
	if (sink_digest(f->sink, digest, job))
		sha256_text(digest, f->result.sha256);
	export_tell(f, &t->json);
	tell_made(&t->json);
	json_end_object(&t->json);
	out_str(sink_out(note), "\n");
	free(t);
	return !atomic_load(&job->cancel);
}
