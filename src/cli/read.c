/* read: bytes at a LOCATION, of a file or of a process's memory. */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "core/location.h"
#include "view/rows_hex.h"

#define USUAL_LENGTH 256

/* Where to read: bytes of a file, or of a process's memory. */
struct target {
	struct item *item;
	struct aspace *space; /* then span.offset is an address */
	struct span span;     /* as asked for; not clipped */
};

/* "256", "0x100", "4K" */
bool parse_length(const char *text, uint64_t *v)
{
	static const char units[] = "KMGT";
	char digits[32];
	size_t n = strlen(text);
	const char *unit;

	if (location_number(text, v))
		return true;
	if (n < 2 || n > sizeof(digits))
		return false;
	memcpy(digits, text, n - 1);
	digits[n - 1] = '\0';
	unit = strchr(units, text[n - 1]);
	if (!unit || !location_number(digits, v) || *v >> (54 - 10 * (unit - units)))
		return false;
	*v <<= 10 * (unit - units + 1);
	return true;
}

struct err *location_item(struct session *s, const char *at, struct item **out)
{
	struct node n = { s->model->root, NODE_SELF };
	const char *field = "";
	struct err *err;

	if (*at) {
		err = model_find(s->model, at, &n, &field);
		if (err)
			return err;
		if (n.at != NODE_SELF || *field)
			return err_new(ERR_USAGE, "%s is no file", at);
	} else if (s->model->root->first) {
		return err_new(ERR_USAGE, "%s has many files: say which, with @FILE behind it",
			       s->model->name);
	}
	*out = item_real(n.item);
	item_index(*out, true);
	return NULL;
}

/* The layer of a stream that has most of it. */
static struct item *most_records(struct item *root)
{
	struct item *best = NULL;

	for (struct item *it = root; it; it = item_next(root, it)) {
		item_index(it, true);
		if (it->rows_are_records && (!best || item_rows(it) > item_rows(best)))
			best = it;
	}
	return best;
}

/* Layers count from where the root's file begins: the one with a record there, else the innermost.
 */
static struct item *layer_at(struct item *root, uint64_t offset)
{
	struct item *best = root;

	for (struct item *it = root; it; it = item_next(root, it)) {
		item_index(it, true);
		if (node_at_offset(it, offset).at != NODE_SELF)
			return it;
		if (span_has(node_span((struct node){ it, NODE_SELF }), offset))
			best = it;
	}
	return best;
}

struct err *location_file(struct session *s, const struct location *loc, struct item **out)
{
	struct item *root = s->model->root;

	bool layers = s->model->frames != NULL, offset = loc->kind == LOC_OFFSET;

	if (*loc->at || !root->first || !atomic_load(&root->source) || !(layers || offset))
		return location_item(s, loc->at, out);
	*out = !layers ? root : offset ? layer_at(root, loc->number) : most_records(root);
	return NULL;
}

static struct err *locate_offset(struct session *s, const struct location *loc, struct target *out)
{
	out->span = (struct span){ loc->number, USUAL_LENGTH };
	return location_file(s, loc, &out->item);
}

static struct err *locate_record(struct session *s, const struct location *loc, struct target *out)
{
	struct err *err = location_file(s, loc, &out->item);

	if (err)
		return err;
	if (loc->number >= item_rows(out->item))
		return err_new(ERR_ABSENT, "%s: no record %" PRIu64 ": there are %zu",
			       *out->item->path ? out->item->path : s->model->name, loc->number,
			       item_rows(out->item));
	out->span = node_span((struct node){ out->item, loc->number });
	return NULL;
}

static struct err *locate_address(struct session *s, const struct location *loc, struct target *out)
{
	out->span.length = USUAL_LENGTH;
	return location_address(s->model, loc, NULL, &out->space, &out->span.offset);
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
	const char *trouble;
	struct location loc = location_parse(text, &s->arena, &trouble);

	if (trouble)
		return err_new(ERR_USAGE, "'%s' is no location: %s", text, trouble);
	switch (loc.kind) {
	case LOC_OFFSET:
		return locate_offset(s, &loc, out);
	case LOC_RECORD:
		return locate_record(s, &loc, out);
	case LOC_ADDRESS:
	case LOC_ANCHOR:
	case LOC_FRAME:
	case LOC_PHYSICAL:
		return locate_address(s, &loc, out);
	case LOC_PATH:
		return locate_path(s, text, out);
	default:
		return err_new(ERR_USAGE, "%s: there is no place here to count from", text);
	}
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
	json_key_str(j, "image", *it->path ? it->path : it->name);
	json_key_uint(j, "offset", span.offset);
	json_key_uint(j, "length", span.length);
	json_key(j, "bytes");
	json_bytes(j, source_view(src, span.offset, span.length));
	json_end_object(j);
	out_str(s->out, "\n");
}

static void print_rows(struct session *s, struct rows *rows)
{
	struct row row;

	for (size_t n = 0; n < rows_count(rows) && !s->out->errnum; n++) {
		rows_line(rows, n, &s->print.arena, &row);
		print_cells(&s->print, &row);
		print_newline(&s->print);
	}
	rows_free(rows);
}

static void read_text(struct session *s, const struct source *src, struct span span)
{
	struct rows *rows = rows_hex_new();

	rows_hex_set(rows, src, span);
	print_rows(s, rows);
}

static int read_file(struct session *s, struct target *t)
{
	const struct source *src = atomic_load(&t->item->source);
	struct span have;

	if (!src) {
		print_error(s->cli, "%s has no bytes of its own", s->cli->args[1]);
		return EXIT_WRONG;
	}
	have = span_clip(t->span, source_size(src));
	/* Only a length that was asked for can be missed. */
	if (!have.length || (s->cli->count > 2 && have.length < t->span.length)) {
		s->partly = t->span.length > 0;
		if (s->partly)
			print_error(s->cli,
				    "%s: the file ends at 0x%" PRIx64 ": %" PRIu64 " of %" PRIu64
				    " bytes are there",
				    s->cli->args[1], source_size(src), have.length, t->span.length);
	}
	if (s->cli->raw)
		read_raw(s, src, have);
	else if (s->cli->json)
		read_json(s, t->item, src, have);
	else
		read_text(s, src, have);
	return EXIT_FINE;
}

/* ---- memory ---- */

/* Says once for each stretch what is not there. */
static void tell_missing(struct session *s, const struct extent *x, uint64_t from, uint64_t to)
{
	print_error(s->cli, "0x%" PRIx64 "-0x%" PRIx64 ": %s%s%s", from, to,
		    page_state_name(x->state), x->why ? ": " : "", x->why ? x->why : "");
}

static void tell_all_missing(struct session *s, const struct aspace *as, struct span span)
{
	enum { MOST = 20 };
	uint64_t end = span.offset + span.length;
	struct extent x;
	size_t told = 0;

	for (uint64_t at = span.offset; at < end; at = x.end) {
		uint64_t to;

		aspace_at(as, at, &x);
		to = x.end < end ? x.end : end;
		if (x.state != PAGE_PRESENT && x.state != PAGE_PARENT && x.state != PAGE_ZERO) {
			s->partly = true;
			if (told++ < MOST && !s->cli->quiet)
				tell_missing(s, &x, at, to);
		}
		if (x.end <= at)
			break;
	}
	if (told > MOST && !s->cli->quiet)
		print_error(s->cli, "and %zu more stretches that are not there", told - MOST);
}

/* In pieces, so that any length takes the same memory. */
static void read_space_raw(struct session *s, const struct aspace *as, struct span span)
{
	enum { PIECE = 1 << 16 };
	char *buf = arena_alloc(&s->arena, PIECE);

	for (uint64_t done = 0; done < span.length && !s->out->errnum;) {
		uint64_t n = span.length - done < PIECE ? span.length - done : PIECE;

		aspace_read(as, span.offset + done, buf, n, NULL);
		out_add(s->out, buf, n);
		done += n;
	}
}

static void read_space_json(struct session *s, const struct aspace *as, struct span span)
{
	enum { MOST = 16 << 20 };
	struct json *j = &s->json;
	uint64_t n = span.length < MOST ? span.length : MOST;
	uint8_t *buf = arena_alloc(&s->arena, n + 1);

	aspace_read(as, span.offset, buf, n, NULL);
	json_object(j);
	json_key_hex(j, "va", span.offset);
	json_key_uint(j, "length", n);
	json_key(j, "bytes");
	json_bytes(j, (struct bytes){ buf, n });
	json_end_object(j);
	out_str(s->out, "\n");
	s->partly |= n < span.length;
}

static int read_memory(struct session *s, struct target *t)
{
	struct rows *rows;

	if (t->span.length > UINT64_MAX - t->span.offset)
		t->span.length = UINT64_MAX - t->span.offset;
	tell_all_missing(s, t->space, t->span);
	if (s->cli->raw) {
		read_space_raw(s, t->space, t->span);
	} else if (s->cli->json) {
		read_space_json(s, t->space, t->span);
	} else {
		rows = rows_hex_new();
		rows_hex_set_space(rows, t->space, t->span);
		print_rows(s, rows);
	}
	return EXIT_FINE;
}

int verb_read(struct session *s)
{
	struct target t = { .item = s->model->root };
	struct err *err = locate(s, s->cli->args[1], &t);

	if (err)
		return session_failed(s, err);
	if (s->cli->count > 2 && !parse_length(s->cli->args[2], &t.span.length))
		return cli_wrong(s->cli, "'%s' is no length", s->cli->args[2]);
	return t.space ? read_memory(s, &t) : read_file(s, &t);
}
