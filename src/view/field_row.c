/* One field as a row: name, value, note, what is wrong with it, where it leads. */
#include <string.h>

#include "core/model.h"
#include "view/rows_fields.h"

#define VALUE_ROOM 400  /* columns of a value worth making */
#define SUMMARY_ROOM 40 /* of a closed group's first values */
#define TEXT_ROOM 60    /* of bytes that can be read */
#define READABLE_MIN 4  /* bytes; fewer are letters by chance */

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

/* What a person would ask of the place: a process's name, else its line in the tree. */
static const char *place_text(struct place place, struct arena *a)
{
	const struct item *it = item_real(place.node.item);

	if (place.node.at != NODE_SELF)
		return node_summary(place.node, a);
	if (it->title)
		return it->title + strspn(it->title, " ");
	return item_ready(it) ? node_summary(place.node, a) : "";
}

/* With `name`, says what is there, too. */
static const char *link_text(struct place place, bool name, struct arena *a)
{
	const char *path = node_path(place.node, a), *text;

	if (place.path && *place.path)
		return arena_printf(a, "  -> %s/%s", path, place.path);
	if (place.offset != UINT64_MAX)
		return arena_printf(a, "  -> %s @0x%llx", path, (unsigned long long)place.offset);
	text = name ? place_text(place, a) : "";
	return arena_printf(a, "  -> %s%s%s", path, *text ? "  " : "", text);
}

/* An area's own start lies in the area: nothing to go to. */
static bool leads_back(struct node n, struct place place)
{
	return place.node.item == item_real(n.item) && place.node.at == n.at &&
	       place.offset == UINT64_MAX && !place.path;
}

/* True if the bytes are text, as what waits in a pipe often is. */
static bool is_readable(const struct field *f)
{
	if (f->type != FIELD_BYTES || f->show != SHOW_BYTES || f->bytes.len < READABLE_MIN)
		return false;
	for (size_t i = 0; i < f->bytes.len && i < VALUE_ROOM; i++) {
		uint8_t c = f->bytes.at[i];

		if ((c < ' ' || c > '~') && c != '\n' && c != '\t')
			return false;
	}
	return true;
}

static const char *readable_text(const struct field *f, struct arena *a)
{
	bool cut = f->bytes.len > TEXT_ROOM;
	struct bytes head = { f->bytes.at, cut ? TEXT_ROOM : f->bytes.len };

	return arena_printf(a, "\"%s\"%s  ", value_bytes(SHOW_TEXT, head, 0, a), cut ? "..." : "");
}

static void put_value(struct node n, struct field *f, bool open, struct arena *fields,
		      struct arena *a, struct row *out)
{
	const char *value = f->type != FIELD_GROUP ? field_value(f, VALUE_ROOM, a)
			    : open                 ? ""
						   : group_text(f, fields, a);
	struct place place;

	if (is_readable(f))
		row_cell(out, ROLE_TEXT, 0, readable_text(f, a));
	if (*value)
		row_cell(out, value_role(f), 0, value);
	if (f->note && *f->note)
		row_cell(out, ROLE_NOTE, 0, arena_printf(a, "%s%s", *value ? "  " : "", f->note));
	if (f->trouble)
		row_cell(out, ROLE_ERROR, 0, arena_printf(a, "  ! %s", f->trouble));
	if (f->ref.kind && n.item && model_follow(n, f->ref, &place) && !leads_back(n, place))
		row_cell(out, ROLE_LINK, 0, link_text(place, f->span.length != 0, a));
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
