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

/* Of a file from an offset on: so many bytes, or all that follow. */
static struct err *bytes_at(struct session *s, const struct location *loc, struct export_what *w)
{
	struct item *it;
	struct err *err = location_item(s, loc->at, &it);
	const struct source *src = err ? NULL : atomic_load(&it->source);
	uint64_t size = src ? source_size(src) : 0;

	if (err)
		return err;
	if (loc->number >= size)
		return err_new(ERR_ABSENT, "%s ends at 0x%" PRIx64, *it->path ? it->path : it->name,
			       size);
	w->node = (struct node){ it, NODE_SELF };
	w->bytes = (struct span){ loc->number, size - loc->number };
	if (s->cli->count > 2 &&
	    (!parse_length(s->cli->args[2], &w->bytes.length) || !w->bytes.length))
		return err_new(ERR_USAGE, "'%s' is no length", s->cli->args[2]);
	return NULL;
}

static bool has_length(enum location_kind kind)
{
	return kind == LOC_ADDRESS || kind == LOC_ANCHOR || kind == LOC_FRAME ||
	       kind == LOC_PHYSICAL || kind == LOC_OFFSET;
}

static struct err *find_what(struct session *s, struct export_what *w)
{
	const char *trouble, *text = s->cli->count > 1 ? s->cli->args[1] : "";
	struct location loc = location_parse(text, &s->arena, &trouble);

	w->model = s->model;
	w->node = (struct node){ s->model->root, NODE_SELF };
	if (trouble)
		return err_new(ERR_USAGE, "'%s' is no location: %s", text, trouble);
	if (s->cli->count > 2 && !has_length(loc.kind))
		return err_new(
			ERR_USAGE,
			"%s is written as a whole: a length goes with an address or off:", text);
	switch (loc.kind) {
	case LOC_ADDRESS:
	case LOC_ANCHOR:
	case LOC_FRAME:
	case LOC_PHYSICAL:
		return stretch_at(s, &loc, w);
	case LOC_OFFSET:
		return bytes_at(s, &loc, w);
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
		return err_new(ERR_USAGE, "%s: a PATH, a place in a memory, or off:", text);
	}
}

/* ---- how ---- */

/* Of a guest's file as a whole, a form of memories takes the guest's. */
static struct err *choose(struct session *s, struct export_what *w, const struct exporter **out)
{
	const char *why;
	const char *name = s->cli->format;

	*out = name ? exporter_named(name) : export_usual(w);
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

static struct err *write_to(struct export_file *f)
{
	struct err *err = export_open(f);
	struct job job;

	if (err)
		return err;
	job_init(&job, "export", 0);
	catch_interrupt(&job);
	err = export_write(f, &job);
	catch_interrupt(NULL);
	return err;
}

static void print_result(struct session *s, const struct export_file *f)
{
	json_object(&s->json);
	json_key_str(&s->json, "file", f->path);
	export_tell(f, &s->json);
	json_end_object(&s->json);
	out_str(s->out, "\n");
}

static void tell_result(struct session *s, const struct export_result *r)
{
	s->partly |= *r->lacks || r->absent;
	if (s->cli->quiet)
		return;
	if (*r->lacks)
		print_error(s->cli, "%s", r->lacks);
	if (r->absent)
		print_error(s->cli, "%" PRIu64 " bytes are not there: %s", r->absent, r->why);
}

int verb_export(struct session *s)
{
	const struct cli *cli = s->cli;
	struct export_file f = { .path = cli->output,
				 .force = cli->force,
				 .provenance = cli->provenance,
				 .options = { .holes = (enum export_holes)cli->holes,
					      .sparse = cli->sparse,
					      .pretty = cli->pretty,
					      .root = cli->root } };
	struct err *err = find_what(s, &f.what);

	if (!err)
		err = choose(s, &f.what, &f.exporter);
	if (!err && !f.path)
		err = err_new(ERR_USAGE,
			      "-o FILE says where to write: -o %s, or -o - for standard output",
			      export_name(&f.what, f.exporter, &s->arena));
	if (!err && cli->json && !strcmp(f.path, "-"))
		err = err_new(ERR_USAGE, "--json says on standard output what was written: -o FILE "
					 "says where to write");
	if (!err)
		err = write_to(&f);
	if (err)
		return session_failed(s, err);
	tell_result(s, &f.result);
	if (cli->json)
		print_result(s, &f);
	return EXIT_FINE;
}
