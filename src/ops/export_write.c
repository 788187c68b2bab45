/* A file made of something: named, written, and told where it is from. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "core/magic.h"
#include "core/model.h"
#include "ops/export_parts.h"

/* ---- names ---- */

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
	const struct source *src = export_source(w);
	const char *says = NULL;
	struct span span;

	if (strcmp(e->name, "raw") != 0 || w->space || !(w->field || w->bytes.length) || !src ||
	    !export_bytes(w, a, &span))
		return e->suffix;
	if (!w->model->options.no_magic)
		says = magic_of(source_view(src, span.offset, span.length), a);
	for (size_t n = 0; says && n < ARRAY_LEN(known); n++)
		if (strstr(says, known[n].says))
			return known[n].suffix;
	return e->suffix;
}

static const char *node_word(const struct export_what *w, struct arena *a)
{
	const char *path = node_path(w->node, a);

	return *path ? path : w->node.item->name;
}

const char *export_name(const struct export_what *w, const struct exporter *e, struct arena *a)
{
	const char *what;
	struct kept kept;

	if (e == &export_kept && export_keeps(w, &kept, a) && *kept.name) {
		what = strrchr(kept.name, '/');
		return file_word(what ? what + 1 : kept.name, a);
	}
	if (w->space && w->end > w->start)
		what = arena_printf(a, "%s-%" PRIx64, w->space->name, w->start);
	else if (w->space)
		what = w->space->name;
	else if (w->bytes.length)
		what = arena_printf(a, "%s-%" PRIx64, node_word(w, a), w->bytes.offset);
	else if (w->field)
		what = arena_printf(a, "%s-%s", node_path(w->node, a), w->field);
	else
		what = node_word(w, a);
	return arena_printf(a, "%s%s", file_word(what, a), suffix_of(w, e, a));
}

/* ---- writing ---- */

struct err *export_open(struct export_file *f)
{
	const struct exporter *e = f->exporter;
	uint64_t size = e->size ? e->size(&f->what, &f->options) : 0;
	struct err *err;
	struct arena a;

	f->result = (struct export_result){ 0 };
	f->sink = f->note = NULL;
	if (f->provenance && !strcmp(f->path, "-"))
		return err_new(ERR_USAGE, "where it is from is told beside a file, and - is none");
	err = sink_open(f->path, f->force, size, &f->sink);
	if (err || !f->provenance)
		return err;
	arena_init(&a);
	err = sink_open(arena_printf(&a, "%s.provenance.json", f->path), f->force, 0, &f->note);
	arena_fini(&a);
	if (err)
		sink_abort(f->sink);
	return err;
}

/* A file that became shorter while it was read: what was written is not what it was. */
static struct err *check_sources(struct model *m)
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

static struct err *fill(struct export_file *f, struct job *job)
{
	struct err *err = f->exporter->run(&f->what, &f->options, f->sink, job, &f->result);
	bool told = true;

	f->result.bytes = sink_size(f->sink);
	if (!err && !atomic_load(&job->cancel) && f->note && !sink_failed(f->sink))
		told = export_provenance(f, f->note, job);
	if (!err && (!told || atomic_load(&job->cancel)))
		err = err_new(ERR_CANCELLED, "stopped: nothing is written");
	return err ? err : check_sources(f->what.model);
}

struct err *export_write(struct export_file *f, struct job *job)
{
	struct err *err = fill(f, job);

	if (err)
		sink_abort(f->sink);
	else
		err = sink_commit(f->sink);
	if (err)
		sink_abort(f->note);
	else if (f->note)
		err = sink_commit(f->note);
	f->sink = f->note = NULL;
	return err;
}
