/* Fields as JSON by their own words: for what has no JSON of its format's, and for single values.
 *
 * Addresses are strings "0x...", bytes hex strings, other numbers numbers. With --pretty, numbers
 * that have names or units are written as they are shown. */
#include <math.h>
#include <string.h>

#include "core/field_json.h"

#define MAX_DEPTH 48 /* the writer's levels, less what is open already */

static bool is_plain(const struct field *f)
{
	return f->show == SHOW_DEC || f->show == SHOW_ZERO;
}

static void float_json(struct json *j, const struct field *f, struct arena *a)
{
	const char *text = field_value(f, 64, a);
	double d;

	memcpy(&d, &f->u, sizeof(d));
	if (isfinite(d))
		json_raw(j, text, strlen(text));
	else
		json_str(j, text);
}

void field_value_json(struct json *j, const struct field *f, struct arena *a, bool pretty)
{
	if (pretty && (f->type == FIELD_UINT || f->type == FIELD_INT) && !is_plain(f)) {
		json_str(j, field_value(f, 4096, a));
		return;
	}
	switch (f->type) {
	case FIELD_UINT:
		if (f->show == SHOW_ADDRESS)
			json_hex(j, f->u);
		else
			json_uint(j, f->u);
		return;
	case FIELD_INT:
		json_int(j, f->s);
		return;
	case FIELD_FLOAT:
		float_json(j, f, a);
		return;
	case FIELD_TEXT:
		json_text(j, f->bytes);
		return;
	case FIELD_GROUP:
		json_str(j, f->note ? f->note : "");
		return;
	case FIELD_FRAME:
		/* A word of the container's has a number, a tag only bytes. */
		if (f->show != SHOW_BYTES) {
			json_uint(j, f->u);
			return;
		}
		break;
	default:
		break;
	}
	json_bytes(j, f->bytes);
}

static void any_json(struct json *j, struct field *f, struct arena *a, bool pretty, int depth);

/* All elements of the list that `f` begins. */
static void list_json(struct json *j, struct field *f, struct arena *a, bool pretty, int depth)
{
	json_array(j);
	for (struct field *c = f; c; c = c->next)
		if (c->at != FIELD_ONE && !strcmp(c->name, f->name))
			any_json(j, c, a, pretty, depth);
	json_end_array(j);
}

/* Lists of a group that were written. A list need not begin with 0: of the entries of an HVM
 * context the position is the vCPU. */
struct lists {
	const char *names[32];
	size_t count;
};

static bool list_begins(struct lists *l, const struct field *f)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->names[i], f->name))
			return false;
	if (l->count == ARRAY_LEN(l->names))
		return !f->at;
	l->names[l->count++] = f->name;
	return true;
}

static void group_json(struct json *j, struct field *f, struct arena *a, bool pretty, int depth)
{
	struct lists lists = { .count = 0 };

	json_object(j);
	for (struct field *c = field_children(f, a); c; c = c->next) {
		bool list = c->at != FIELD_ONE;

		if (c->type == FIELD_FRAME || (list && !list_begins(&lists, c)))
			continue;
		json_key(j, c->name);
		if (list)
			list_json(j, c, a, pretty, depth);
		else
			any_json(j, c, a, pretty, depth);
	}
	json_end_object(j);
}

static void any_json(struct json *j, struct field *f, struct arena *a, bool pretty, int depth)
{
	struct arena_mark mark = arena_mark(a);
	struct field copy = *f;

	if (f->type != FIELD_GROUP || depth >= MAX_DEPTH) {
		field_value_json(j, f, a, pretty);
	} else if (f->expanded) {
		group_json(j, f, a, pretty, depth + 2);
		return;
	} else {
		group_json(j, &copy, a, pretty, depth + 2);
	}
	arena_rewind(a, mark);
}

void field_json(struct json *j, struct field *f, bool list, struct arena *a, bool pretty)
{
	if (list)
		list_json(j, f, a, pretty, 0);
	else
		any_json(j, f, a, pretty, 0);
}

void node_json(struct json *j, struct node n, struct arena *a, enum json_style style)
{
	struct item *it = item_real(n.item);
	bool pretty = style == JSON_PRETTY;

	if (it->ops && it->ops->json) {
		it->ops->json(it, n.at, j, style);
	} else if (it->ops && it->ops->json_head) {
		json_object(j);
		it->ops->json_head(it, n.at, j);
		json_key(j, "fields");
		field_json(j, node_fields(n, a), false, a, pretty);
		json_end_object(j);
	} else {
		field_json(j, node_fields(n, a), false, a, pretty);
	}
}
