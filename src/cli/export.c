/* export: something of a source into a file. Nothing is left behind that is not whole. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "core/location.h"
#include "ops/export.h"

/* ---- what ---- */

static struct err *whole_memory(struct aspace *as, struct export_what *w)
{
	w->space = as;
	aspace_map(as, NULL);
	return NULL;
}

/* A region stands for all of itself; an address for its page, unless a length says more. */
static struct err *stretch_at(struct session *s, const struct location *loc, struct export_what *w)
{
	const struct region *r;
	struct err *err = location_address(s->model, loc, NULL, &w->space, &w->start);
	uint64_t length = 0;

	if (err)
		return err;
	aspace_map(w->space, NULL);
	if (s->cli->count > 2 && !parse_length(s->cli->args[2], &length))
		return err_new(ERR_USAGE, "'%s' is no length", s->cli->args[2]);
	r = loc->kind == LOC_ANCHOR ? aspace_region(w->space, w->start) : NULL;
	if (length) {
		w->end = w->start + length < w->start ? UINT64_MAX : w->start + length;
	} else if (r) {
		w->start = r->start;
		w->end = r->end;
	} else {
		w->start -= w->start % w->space->page;
		w->end = w->start + w->space->page;
	}
	return NULL;
}

/* A process or a guest is its memory, if the format is one of memories or has no other. */
static struct aspace *memory_of(struct session *s, struct node n)
{
	struct model *m = s->model;
	struct item *it = item_real(n.item);
	struct aspace *as;

	if (n.at != NODE_SELF || !m->aspace_of)
		return NULL;
	as = m->aspace_of(it);
	return as && as->item == it ? as : NULL;
}

/* A memory by the word that stands behind '@' elsewhere: pass:2, vcpu0. */
static struct err *memory_named(struct session *s, const char *text, struct export_what *w)
{
	struct model *m = s->model;
	const char *why = NULL;
	struct aspace *as = m->frames(m, text, &why);

	if (!as && strncmp(text, "pass:", 5) != 0)
		as = m->aspace(m, text, &why);
	return as ? whole_memory(as, w) : err_new(ERR_ABSENT, "%s", why);
}

static bool is_memory_word(const char *text)
{
	return !strncmp(text, "pass:", 5) || !strncmp(text, "vcpu", 4) ||
	       !strncmp(text, "root:", 5);
}

static struct err *node_named(struct session *s, const char *text, struct export_what *w)
{
	const char *field = "";
	struct aspace *as;
	struct err *err;

	if (s->model->frames && is_memory_word(text))
		return memory_named(s, text, w);
	err = model_find(s->model, text, &w->node, &field);
	if (err)
		return err;
	w->node.item = item_real(w->node.item);
	item_index(w->node.item, true);
	if (*field && !field_at_path(node_fields(w->node, &s->arena), &s->arena, field))
		return err_new(ERR_ABSENT, "%s: no field %s", s->model->name, field);
	w->field = *field ? field : NULL;
	as = w->field ? NULL : memory_of(s, w->node);
	return as ? whole_memory(as, w) : NULL;
}

static struct err *find_what(struct session *s, struct export_what *w)
{
	const char *trouble, *text = s->cli->count > 1 ? s->cli->args[1] : "";
	struct location loc = location_parse(text, &s->arena, &trouble);

	w->model = s->model;
	w->node = (struct node){ s->model->root, NODE_SELF };
	if (trouble)
		return err_new(ERR_USAGE, "'%s' is no location: %s", text, trouble);
	switch (loc.kind) {
	case LOC_ADDRESS:
	case LOC_ANCHOR:
	case LOC_FRAME:
	case LOC_PHYSICAL:
		return stretch_at(s, &loc, w);
	case LOC_RECORD: {
		struct item *it;
		struct err *err = location_item(s, loc.at, &it);

		w->node = (struct node){ it, loc.number };
		return err || loc.number < item_rows(it)
			       ? err
			       : err_new(ERR_ABSENT, "no record %" PRIu64, loc.number);
	}
	case LOC_PATH:
		return node_named(s, text, w);
	default:
		return err_new(ERR_USAGE, "%s: a PATH, or a place in a memory", text);
	}
}

/* ---- how ---- */

static const struct exporter *usual(const struct export_what *w)
{
	bool tree = w->node.at == NODE_SELF && w->node.item->first && !w->space;
	/* What is spread over all addresses makes no file of bytes. */
	bool spread = w->space ? w->space->kind != ASPACE_FRAMES && w->end <= w->start
			       : !w->field && !strcmp(w->node.item->kind, "process");

	return spread ? &export_elf_core : exporter_named(tree ? "json" : "raw");
}

/* Of a guest's file as a whole, a form of memories takes the guest's. */
static struct err *choose(struct session *s, struct export_what *w, const struct exporter **out)
{
	const char *why;
	const char *name = s->cli->format;

	*out = name ? exporter_named(name) : usual(w);
	if (!*out) {
		struct strbuf all;

		strbuf_init(&all, &s->arena);
		for (const struct exporter *const *e = exporters; *e; e++) {
			strbuf_add(&all, e == exporters ? "" : ", ");
			strbuf_add(&all, (*e)->name);
		}
		return err_new(ERR_USAGE, "'%s' is no format: %s", name, all.text);
	}
	if ((*out)->memory && !w->space && w->node.item == s->model->root && s->model->frames)
		w->space = s->model->frames(s->model, "", &why);
	if ((*out)->memory && !w->space)
		return err_new(ERR_ABSENT, "%s has no memory here to write as %s",
			       s->cli->count > 1 ? s->cli->args[1] : s->model->name, (*out)->name);
	if (!(*out)->fits(w))
		return err_new(ERR_USAGE, "%s: this cannot be written as %s",
			       s->cli->count > 1 ? s->cli->args[1] : s->model->name, (*out)->name);
	return NULL;
}

/* A file that became shorter while it was read: what was written is not what it was. */
static struct err *check_sources(struct model *m)
{
	for (struct item *it = m->root; it; it = item_next(m->root, it)) {
		struct source *src = it->alias ? NULL : atomic_load(&it->source);
		uint64_t at;

		if (src && source_lost(src, &at))
			return err_new(ERR_IO,
				       "%s became shorter while it was read: nothing is written",
				       source_name(src));
	}
	return NULL;
}

static struct err *write_to(struct session *s, const struct exporter *e,
			    const struct export_what *w, const char *path,
			    struct export_result *result)
{
	const struct cli *cli = s->cli;
	struct export_options o = { .holes = (enum export_holes)cli->holes,
				    .sparse = cli->sparse,
				    .pretty = cli->pretty,
				    .root = cli->root };
	uint8_t digest[32];
	bool summed = false;
	struct sink *sink;
	struct job job;
	struct err *err = sink_open(path, cli->force, e->size ? e->size(w, &o) : 0, &sink);

	if (err)
		return err;
	job_init(&job, "export", 0);
	catch_interrupt(&job);
	err = e->run(w, &o, sink, &job, result);
	catch_interrupt(NULL);
	if (!err && atomic_load(&job.cancel))
		err = err_new(ERR_IO, "stopped: nothing is written");
	if (!err)
		err = check_sources(s->model);
	if (err) {
		sink_abort(sink);
		return err;
	}
	result->bytes = sink_size(sink);
	if (cli->provenance)
		summed = sink_digest(sink, digest);
	err = sink_commit(sink);
	if (!err && summed)
		err = export_provenance(path, w, e, digest, result->bytes, cli->force);
	return err;
}

int verb_export(struct session *s)
{
	struct export_result result = { 0 };
	struct export_what w = { 0 };
	const struct exporter *e = NULL;
	const char *path = s->cli->output;
	struct err *err = find_what(s, &w);

	if (!err)
		err = choose(s, &w, &e);
	if (!err && !path)
		err = err_new(ERR_USAGE,
			      "-o FILE says where to write: -o %s, or -o - for standard output",
			      export_name(&w, e, &s->arena));
	if (!err)
		err = write_to(s, e, &w, path, &result);
	if (err)
		return session_failed(s, err);
	if (*result.lacks) {
		s->partly = true;
		if (!s->cli->quiet)
			print_error(s->cli, "%s", result.lacks);
	}
	if (result.absent) {
		s->partly = true;
		if (!s->cli->quiet)
			print_error(s->cli, "%" PRIu64 " bytes are not there: %s", result.absent,
				    result.why);
	}
	return EXIT_FINE;
}
