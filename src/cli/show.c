/* show: fields as text, as JSON, and as a list that covers every byte. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "core/field_json.h"
#include "view/rows_fields.h"

#define MAX_DEPTH 64
#define NAME_MAX 28
#define VALUE_BYTES 65536 /* bytes of a value in the list of offsets; longer ones are null */

/* ---- text ---- */

static int longest_name(struct field *f, struct arena *a)
{
	int longest = 8;

	for (struct field *c = field_children(f, a); c; c = c->next) {
		int width = c->type == FIELD_FRAME ? 0 : text_width(field_label(c, a));

		if (width > longest)
			longest = width;
	}
	return longest < NAME_MAX ? longest : NAME_MAX;
}

/* "  @0x8+16" */
static const char *span_text(struct span span, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	strbuf_add(&s, "  @");
	strbuf_add(&s, text_hex(span.offset, 1, a));
	strbuf_add(&s, "+");
	strbuf_add(&s, text_uint(span.length, a));
	return s.text;
}

static void show_line(struct session *s, struct node n, struct field *f, int depth, int name_width)
{
	struct printer *p = &s->print;
	struct row row = { 0 };

	field_row(n, f, depth, name_width, true, &s->arena, &p->arena, &row);
	print_cells(p, &row);
	if (f->span.length)
		print_text(p, ROLE_DIM, span_text(f->span, &p->arena));
	print_newline(p);
}

/* A field and all below it. The arena is rewound behind a group, so that a message with a million
 * parts needs the room of one. */
static void show_one(struct session *s, struct node n, struct field *f, int depth, int name_width)
{
	struct arena_mark mark = arena_mark(&s->arena);
	struct field copy = *f;

	show_line(s, n, f, depth, name_width);
	if (f->type != FIELD_GROUP || depth >= MAX_DEPTH)
		return;
	/* The copy's children go with the mark; those of the field itself stay. */
	show_fields(s, n, f->expanded ? f : &copy, depth + 1);
	if (!f->expanded)
		arena_rewind(&s->arena, mark);
}

/* All fields below `f`; of a run its one line: whoever wants its elements names it. */
void show_fields(struct session *s, struct node n, struct field *f, int depth)
{
	int name_width = longest_name(f, &s->arena);
	struct field *run, *last;

	for (struct field *c = field_children(f, &s->arena); c && !s->out->errnum; c = last->next) {
		run = field_run(c, &s->arena, &last);
		if (run)
			show_line(s, n, run, depth, name_width);
		else if (c->type != FIELD_FRAME)
			show_one(s, n, c, depth, name_width);
	}
}

static void show_row(struct session *s, struct node n)
{
	struct printer *p = &s->print;
	struct span span = node_span(n);
	const char *summary = node_summary(n, &s->arena);

	print_text(p, ROLE_TITLE, node_label(n, &s->arena));
	if (*summary)
		print_text(p, ROLE_NOTE, arena_printf(&s->arena, "  %s", summary));
	print_text(p, ROLE_DIM, span_text(span, &s->arena));
	print_newline(p);
	show_fields(s, n, node_fields(n, &s->arena), 1);
	arena_reset(&s->arena);
}

/* True if the rows of an item are its records, false if they are parts of its one record. */
static bool rows_are_records(const struct item *it)
{
	const struct record *row = index_at(it->list, 0), *record = index_at(it->index, 0);

	return row && record && row->offset == record->offset &&
	       index_count(it->list) == index_count(it->index);
}

static int show_text(struct session *s, struct node n)
{
	struct item *it = item_real(n.item);

	show_fields(s, n, node_fields(n, &s->arena), 0);
	arena_reset(&s->arena);
	if (n.at != NODE_SELF || !rows_are_records(it))
		return EXIT_FINE;
	for (size_t i = 0; i < item_rows(it) && !s->out->errnum; i++)
		show_row(s, (struct node){ it, i });
	return EXIT_FINE;
}

/* ---- one field ---- */

/* True if `path` names a list as a whole: "vmas", not "vmas[0]". */
static bool is_list(const struct field *f, const char *path)
{
	return f->at != FIELD_ONE && path[strlen(path) - 1] != ']';
}

static void show_list(struct session *s, struct node n, struct field *f)
{
	int name_width = longest_name(f->parent, &s->arena);

	for (struct field *c = f; c && !s->out->errnum; c = c->next)
		if (c->at != FIELD_ONE && !strcmp(c->name, f->name))
			show_one(s, n, c, 0, name_width);
}

static void show_group(struct session *s, struct node n, struct field *f)
{
	if (f->note && *f->note) {
		print_text(&s->print, ROLE_NOTE, f->note);
		print_newline(&s->print);
	}
	show_fields(s, n, f, 0);
}

static int show_field(struct session *s, struct node n, const char *path)
{
	struct field *f = field_at_path(node_fields(n, &s->arena), &s->arena, path);

	if (!f) {
		const char *in = node_path(n, &s->arena);

		print_error(s->cli, "%s: no field %s%s%s", s->model->name, path, *in ? " in " : "",
			    in);
		return EXIT_WRONG;
	}
	if (s->cli->json) {
		field_json(&s->json, f, is_list(f, path), &s->arena, s->cli->pretty);
		out_str(s->out, "\n");
	} else if (is_list(f, path)) {
		show_list(s, n, f);
	} else if (f->type == FIELD_GROUP) {
		show_group(s, n, f);
	} else {
		print_text(&s->print, ROLE_NORMAL, field_value(f, SIZE_MAX / 8, &s->arena));
		print_newline(&s->print);
	}
	return EXIT_FINE;
}

/* ---- the list of offsets ---- */

struct cover {
	struct session *s;
	const struct source *source;
	const char *prefix; /* path of the node, with "/" behind unless empty */
	struct span range;  /* where the present fields may be listed */
	uint64_t at;        /* everything before is listed */
};

static void cover_json(struct cover *c, const struct field *f, const char *path, struct span span,
		       bool whole)
{
	struct json *j = &c->s->json;

	json_object(j);
	json_key_str(j, "path", path);
	json_key_str(j, "name", f->name);
	json_key_uint(j, "offset", span.offset);
	json_key_uint(j, "length", span.length);
	json_key(j, "value");
	if (whole && span.length <= VALUE_BYTES)
		field_value_json(j, f, &c->s->print.arena, c->s->cli->pretty);
	else
		json_null(j);
	json_end_object(j);
	arena_reset(&c->s->print.arena);
}

static void cover_text(struct cover *c, const struct field *f, const char *path, struct span span,
		       bool whole)
{
	struct printer *p = &c->s->print;

	print_column(p, ROLE_ADDRESS, -8, text_hex(span.offset, 1, &p->arena));
	print_column(p, ROLE_ADDRESS, -8, text_uint(span.length, &p->arena));
	print_column(p, f->type == FIELD_GAP ? ROLE_GAP : ROLE_FIELD, 30, path);
	if (whole)
		print_text(p, ROLE_NORMAL, field_value(f, 64, &p->arena));
	print_newline(p);
}

static void cover_one(struct cover *c, const struct field *f, const char *path, struct span span,
		      bool whole)
{
	struct field bare = *f;
	const char *full;

	/* The walk's own fields, between those of the decoder, come without their bytes. */
	if ((f->type == FIELD_FRAME || f->type == FIELD_GAP) && f->show == SHOW_BYTES &&
	    !f->bytes.len) {
		bare.bytes = source_view(c->source, span.offset, span.length);
		f = &bare;
	}
	full = arena_printf(&c->s->print.arena, "%s%s", c->prefix, path);
	if (c->s->cli->json)
		cover_json(c, f, full, span, whole);
	else
		cover_text(c, f, full, span, whole);
	c->at = span.offset + span.length;
}

/* Bytes up to `to` that nobody claimed. */
static void cover_gap(struct cover *c, uint64_t to)
{
	struct field gap = { .name = "gap", .at = FIELD_ONE, .type = FIELD_GAP };

	if (to <= c->at)
		return;
	gap.show = SHOW_BYTES;
	gap.span = gap.value = (struct span){ c->at, to - c->at };
	gap.bytes = source_view(c->source, gap.span.offset, gap.span.length);
	cover_one(c, &gap, "gap", gap.span, true);
}

/* Lists a leaf as far as it lies in the range and is not listed yet. */
static bool cover_leaf(const struct field *f, const char *path, void *arg)
{
	struct cover *c = arg;
	uint64_t from = f->span.offset, to = from + f->span.length;
	uint64_t end = c->range.offset + c->range.length;
	bool whole;

	if (from >= end)
		return false;
	if (to > end)
		to = end;
	if (from < c->at)
		from = c->at;
	if (from >= to)
		return true;
	cover_gap(c, from);
	whole = to - from == f->span.length;
	if (!whole && (f->type == FIELD_GAP || f->type == FIELD_BYTES))
		cover_gap(c, to);
	else
		cover_one(c, f, path, (struct span){ from, to - from }, whole);
	return !c->s->out->errnum;
}

/* Lists [c->at, end) by the fields of `n`. */
static void cover_node(struct cover *c, struct node n, uint64_t end)
{
	struct arena *a = &c->s->arena;
	const char *path = node_path(n, a);

	if (end <= c->at)
		return;
	c->range = (struct span){ c->at, end - c->at };
	c->prefix = *path ? arena_printf(a, "%s/", path) : "";
	field_walk(node_fields(n, a), a, cover_leaf, c);
	if (!c->s->out->errnum)
		cover_gap(c, end);
	arena_reset(a);
}

static void cover_item(struct cover *c, struct item *it)
{
	struct node self = { it, NODE_SELF };
	uint64_t size = node_span(self).length;

	if (rows_are_records(it))
		for (size_t n = 0; n < item_rows(it) && !c->s->out->errnum; n++) {
			struct node row = { it, n };
			struct span span = node_span(row);

			/* The header, and what lies between records. */
			if (span.offset > c->at)
				cover_node(c, self, span.offset);
			cover_node(c, row, span.offset + span.length);
		}
	if (!c->s->out->errnum)
		cover_node(c, self, size);
}

static int show_offsets(struct session *s, struct node n)
{
	struct item *it = item_real(n.item);
	struct cover c = { .s = s, .prefix = "" };
	struct span span;

	item_index(it, true);
	c.source = atomic_load(&it->source);
	span = node_span(n);
	if (!c.source) {
		print_error(s->cli, "%s has no bytes of its own",
			    *it->path ? it->path : s->model->name);
		return EXIT_WRONG;
	}
	if (s->cli->json)
		json_array(&s->json);
	c.at = span.offset;
	if (n.at == NODE_SELF)
		cover_item(&c, it);
	else
		cover_node(&c, n, span.offset + span.length);
	if (s->cli->json) {
		json_end_array(&s->json);
		out_str(s->out, "\n");
	}
	return EXIT_FINE;
}

/* All of a source in which several layers lie, each stretch by the fields of its own node. */
static int cover_parts(struct session *s)
{
	struct model *m = s->model;
	struct cover c = { .s = s, .source = atomic_load(&m->root->source), .prefix = "" };
	struct node n;
	struct span span;

	model_index(m);
	if (s->cli->json)
		json_array(&s->json);
	while (!s->out->errnum && m->part(m, c.at, &n, &span)) {
		uint64_t end = span.offset + span.length;

		if (end <= c.at)
			break;
		cover_node(&c, n, end);
	}
	if (s->cli->json) {
		json_end_array(&s->json);
		out_str(s->out, "\n");
	}
	return EXIT_FINE;
}

/* ---- show ---- */

static int show_json(struct session *s, struct node n)
{
	node_json(&s->json, n, &s->arena, s->cli->pretty ? JSON_PRETTY : JSON_PLAIN);
	out_str(s->out, "\n");
	return EXIT_FINE;
}

int verb_show(struct session *s)
{
	struct node n = { s->model->root, NODE_SELF };
	const char *field = "";

	if (s->cli->count > 1) {
		struct err *err = model_find(s->model, s->cli->args[1], &n, &field);

		if (err)
			return session_failed(s, err);
	} else if (s->model->part && s->cli->offsets) {
		return cover_parts(s);
	} else if (s->model->root->first) {
		return verb_info(s);
	}
	if (*field && s->cli->offsets) {
		print_error(s->cli, "%s: --offsets lists an image or an entry", s->cli->args[1]);
		return EXIT_WRONG;
	}
	if (*field)
		return show_field(s, n, field);
	if (s->cli->offsets)
		return show_offsets(s, n);
	return s->cli->json ? show_json(s, n) : show_text(s, n);
}
