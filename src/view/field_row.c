/* One field as a row: name, value, note, what is wrong with it, where it leads. */
#include "core/model.h"
#include "view/rows_fields.h"

#define VALUE_ROOM 400  /* columns of a value worth making */
#define SUMMARY_ROOM 40 /* of a closed group's first values */

bool field_has_children(const struct field *f)
{
	return f->type == FIELD_GROUP && (f->first || (!f->expanded && f->ops));
}

/* A closed group shows its first values, so that it need not be opened to be told from others. */
static const char *group_text(struct field *f, struct arena *fields, struct arena *a)
{
	struct strbuf s;

	if (f->note && *f->note)
		return "";
	if (!f->expanded && f->span.length > 4096)
		return "";
	strbuf_init(&s, a);
	for (struct field *c = field_children(f, fields); c; c = c->next) {
		if (c->type == FIELD_FRAME || c->type == FIELD_GROUP)
			continue;
		if (s.len > SUMMARY_ROOM) {
			strbuf_add(&s, " ...");
			break;
		}
		strbuf_addf(&s, "%s%s %s", s.len ? "  " : "", c->name,
			    field_value(c, SUMMARY_ROOM, a));
	}
	return s.text ? s.text : "";
}

static enum role value_role(const struct field *f)
{
	static const enum role roles[] = {
		[FIELD_GROUP] = ROLE_DIM,   [FIELD_UINT] = ROLE_VALUE, [FIELD_INT] = ROLE_VALUE,
		[FIELD_FLOAT] = ROLE_VALUE, [FIELD_TEXT] = ROLE_TEXT,  [FIELD_BYTES] = ROLE_BYTES,
		[FIELD_GAP] = ROLE_GAP,     [FIELD_FRAME] = ROLE_DIM,
	};

	if (f->show == SHOW_ADDRESS)
		return ROLE_ADDRESS;
	return roles[f->type];
}

static const char *link_text(struct place place, struct arena *a)
{
	const char *path = node_path(place.node, a);

	if (place.path && *place.path)
		return arena_printf(a, "  -> %s/%s", path, place.path);
	if (place.offset != UINT64_MAX)
		return arena_printf(a, "  -> %s @0x%llx", path, (unsigned long long)place.offset);
	return arena_printf(a, "  -> %s", path);
}

/* An area's own start lies in the area: nothing to go to. */
static bool leads_back(struct node n, struct place place)
{
	return place.node.item == item_real(n.item) && place.node.at == n.at &&
	       place.offset == UINT64_MAX && !place.path;
}

static void put_value(struct node n, struct field *f, bool open, struct arena *fields,
		      struct arena *a, struct row *out)
{
	const char *value = f->type != FIELD_GROUP ? field_value(f, VALUE_ROOM, a)
			    : open                 ? ""
						   : group_text(f, fields, a);
	struct place place;

	if (*value)
		row_cell(out, value_role(f), 0, value);
	if (f->note && *f->note)
		row_cell(out, ROLE_NOTE, 0, arena_printf(a, "%s%s", *value ? "  " : "", f->note));
	if (f->trouble)
		row_cell(out, ROLE_ERROR, 0, arena_printf(a, "  ! %s", f->trouble));
	if (f->ref.kind && n.item && model_follow(n, f->ref, &place) && !leads_back(n, place))
		row_cell(out, ROLE_LINK, 0, link_text(place, a));
}

void field_row(struct node n, struct field *f, int depth, int name_width, bool open,
	       struct arena *fields, struct arena *a, struct row *out)
{
	out->count = 0;
	out->node = n;
	out->depth = depth;
	out->span = f->span;
	out->field = f;
	out->mark = f->trouble ? '!' : 0;
	out->fold = field_has_children(f) ? open : -1;
	row_cell(out, f->type == FIELD_GAP ? ROLE_GAP : ROLE_FIELD, name_width, field_label(f, a));
	row_cell(out, ROLE_NORMAL, 0, "  ");
	put_value(n, f, open, fields, a, out);
	/* Nothing behind the name: no blanks either. */
	if (out->count == 2) {
		out->cells[0].width = 0;
		out->count = 1;
	}
}
