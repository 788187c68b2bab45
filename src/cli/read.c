/* read: bytes at a LOCATION.
 *
 *	off:0x2f1@mm-7.img   from that offset of an image; without @ of the only one
 *	rec:13@files.img     a row of its list
 *	PATH                 an image, an entry, a field */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "view/rows_hex.h"

#define USUAL_LENGTH 256

struct target {
	struct item *item;
	struct span span; /* as asked for; not clipped */
};

/* A number with 0x, 0 or nothing in front. False: none. *end: what follows. */
static bool parse_number(const char *text, uint64_t *v, const char **end)
{
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*v = strtoull(text, &stop, 0);
	*end = stop;
	return !errno;
}

/* "256", "0x100", "4K" */
static bool parse_length(const char *text, uint64_t *v)
{
	static const char units[] = "KMGT";
	const char *end, *unit;

	if (!parse_number(text, v, &end))
		return false;
	if (!*end)
		return true;
	unit = end[1] ? NULL : strchr(units, *end);
	if (!unit || *v >> (54 - 10 * (unit - units)))
		return false;
	*v <<= 10 * (unit - units + 1);
	return true;
}

static struct err *bad_location(const char *text)
{
	return err_new(ERR_USAGE,
		       "'%s' is no location: off:0x2f1@FILE, rec:13@FILE, or a PATH of the tree",
		       text);
}

/* The item behind "@": of a single image it may be left out. */
static struct err *item_at(struct session *s, const char *text, struct item **out)
{
	struct node n = { s->model->root, NODE_SELF };
	const char *field = "";
	struct err *err;

	if (*text == '@') {
		err = model_find(s->model, text + 1, &n, &field);
		if (err)
			return err;
		if (n.at != NODE_SELF || *field)
			return err_new(ERR_USAGE, "%s is no file", text + 1);
	} else if (s->model->root->first) {
		return err_new(ERR_USAGE, "%s has many files: say which, as in off:0x0@FILE",
			       s->model->name);
	}
	*out = item_real(n.item);
	item_index(*out, true);
	return NULL;
}

static struct err *locate_offset(struct session *s, const char *text, struct target *out)
{
	const char *end;
	struct err *err;
	uint64_t v;

	if (!parse_number(text + 4, &v, &end) || (*end && *end != '@'))
		return bad_location(text);
	err = item_at(s, end, &out->item);
	out->span = (struct span){ v, USUAL_LENGTH };
	return err;
}

static struct err *locate_record(struct session *s, const char *text, struct target *out)
{
	const char *end;
	struct err *err;
	uint64_t v;

	if (!parse_number(text + 4, &v, &end) || (*end && *end != '@'))
		return bad_location(text);
	err = item_at(s, end, &out->item);
	if (err)
		return err;
	if (v >= item_rows(out->item))
		return err_new(ERR_ABSENT, "%s: no record %" PRIu64 ": there are %zu",
			       *out->item->path ? out->item->path : s->model->name, v,
			       item_rows(out->item));
	out->span = node_span((struct node){ out->item, v });
	return NULL;
}

static struct err *locate_path(struct session *s, const char *text, struct target *out)
{
	const char *field = "";
	struct node n;
	struct field *f;
	struct err *err = model_find(s->model, text, &n, &field);

	if (err)
		return err;
	out->item = item_real(n.item);
	item_index(out->item, true);
	out->span = node_span(n);
	if (!*field)
		return NULL;
	f = field_at_path(node_fields(n, &s->arena), &s->arena, field);
	if (!f)
		return err_new(ERR_ABSENT, "%s: no field %s", s->model->name, field);
	if (!f->span.length)
		return err_new(ERR_USAGE, "%s is derived: it has no bytes", field);
	out->span = f->span;
	return NULL;
}

static struct err *locate(struct session *s, const char *text, struct target *out)
{
	if (!strncmp(text, "off:", 4))
		return locate_offset(s, text, out);
	if (!strncmp(text, "rec:", 4))
		return locate_record(s, text, out);
	return locate_path(s, text, out);
}

/* ---- printing ---- */

static void read_raw(struct session *s, const struct source *src, struct span span)
{
	struct bytes b = source_view(src, span.offset, span.length);

	out_add(s->out, (const char *)b.at, b.len);
}

static void read_json(struct session *s, const struct item *it, const struct source *src,
		      struct span span)
{
	struct json *j = &s->json;

	json_object(j);
	json_key(j, "image");
	json_str(j, *it->path ? it->path : it->name);
	json_key(j, "offset");
	json_uint(j, span.offset);
	json_key(j, "length");
	json_uint(j, span.length);
	json_key(j, "bytes");
	json_bytes(j, source_view(src, span.offset, span.length));
	json_end_object(j);
	out_str(s->out, "\n");
}

static void read_text(struct session *s, const struct source *src, struct span span)
{
	struct rows *rows = rows_hex_new();
	struct row row;

	rows_hex_set(rows, src, span);
	for (size_t n = 0; n < rows_count(rows) && !s->out->errnum; n++) {
		rows_line(rows, n, &s->print.arena, &row);
		print_cells(&s->print, &row);
		print_newline(&s->print);
	}
	rows_free(rows);
}

int verb_read(struct session *s)
{
	struct target t = { .item = s->model->root };
	const struct source *src;
	struct span have;
	struct err *err = locate(s, s->cli->args[1], &t);

	if (err)
		return session_failed(s, err);
	if (s->cli->count > 2 && !parse_length(s->cli->args[2], &t.span.length))
		return cli_wrong(s->cli, "'%s' is no length", s->cli->args[2]);
	src = atomic_load(&t.item->source);
	if (!src) {
		print_error(s->cli, "%s has no bytes of its own", s->cli->args[1]);
		return EXIT_WRONG;
	}
	have = span_clip(t.span, source_size(src));
	/* Only a length that was asked for can be missed. */
	if (!have.length || (s->cli->count > 2 && have.length < t.span.length)) {
		s->partly = t.span.length > 0;
		if (s->partly)
			print_error(s->cli,
				    "%s: the file ends at 0x%" PRIx64 ": %" PRIu64 " of %" PRIu64
				    " bytes are there",
				    s->cli->args[1], source_size(src), have.length, t.span.length);
	}
	if (s->cli->raw)
		read_raw(s, src, have);
	else if (s->cli->json)
		read_json(s, t.item, src, have);
	else
		read_text(s, src, have);
	return EXIT_FINE;
}
