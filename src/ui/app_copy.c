/* Copying, by OSC 52: the terminal takes it, even over ssh. Multiplexers need it wrapped. Nothing
 * is ever read back. What is copied was cleaned, or is hex of ours. */
#include "ui/app.h"

#include <stdlib.h>
#include <string.h>

#include "view/rows_pages.h"

#define COPY_MAX 75000 /* bytes: terminals stop at about 100,000 in base64 */
#define HEX_MAX 32768  /* bytes shown as hex */

static const char *base64(struct bytes b, struct arena *a)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = arena_alloc(a, (b.len + 2) / 3 * 4 + 1), *to = text;

	for (size_t i = 0; i < b.len; i += 3) {
		size_t left = b.len - i;
		uint32_t v = (uint32_t)b.at[i] << 16;

		v |= left > 1 ? (uint32_t)b.at[i + 1] << 8 : 0;
		v |= left > 2 ? b.at[i + 2] : 0;
		*to++ = digits[v >> 18];
		*to++ = digits[v >> 12 & 63];
		*to++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*to++ = left > 2 ? digits[v & 63] : '=';
	}
	*to = 0;
	return text;
}

/* screen passes at most 768 bytes of one such sequence. */
static void wrap_screen(struct strbuf *s, const char *seq)
{
	size_t len = strlen(seq);

	for (size_t at = 0; at < len; at += 700) {
		strbuf_add(s, "\033P");
		strbuf_addn(s, seq + at, len - at < 700 ? len - at : 700);
		strbuf_add(s, "\033\\");
	}
}

/* tmux takes the bare sequence if told so, else passes a wrapped one through if told that. */
static void wrap_tmux(struct strbuf *s, const char *seq)
{
	strbuf_add(s, seq);
	strbuf_add(s, "\033Ptmux;\033");
	strbuf_add(s, seq);
	strbuf_add(s, "\033\\");
}

static void copy(struct app *app, const char *what, const char *text)
{
	struct arena *a = &app->scratch;
	const char *kind = getenv("TERM"), *seq;
	size_t len = strlen(text);
	struct strbuf s;

	if (len == 0) {
		app_say(app, ROLE_HINT, "no %s here", what);
		return;
	}
	if (len > COPY_MAX) {
		app_say(app, ROLE_WARNING, "%zu bytes: more than a terminal takes", len);
		return;
	}
	app_say(app, ROLE_HINT, "copied %s: %.60s%s", what, text, len > 60 ? " ..." : "");
	if (!app->term)
		return;
	seq = arena_printf(a, "\033]52;c;%s\007", base64(bytes_of(text), a));
	strbuf_init(&s, a);
	if (getenv("TMUX"))
		wrap_tmux(&s, seq);
	else if (getenv("STY") || (kind && strncmp(kind, "screen", 6) == 0))
		wrap_screen(&s, seq);
	else
		strbuf_add(&s, seq);
	term_send(app->term, s.text, s.len);
}

/* The bytes that the focused pane has lit. */
static struct span span_here(struct app *app)
{
	const struct field *f = app_field(app);

	if (app->arrangement.focus != SLOT_MAIN && f && f->span.length > 0)
		return f->span;
	return app->node.item ? node_span(app->node) : (struct span){ 0, 0 };
}

/* What was selected byte by byte in the pane that has the keys. */
static struct span selection_here(struct app *app)
{
	struct pane *p = app_pane(app);

	return p == &app->hex.pane || p == &app->memory.pane ? hex_selection((struct hex *)p)
							     : (struct span){ 0, 0 };
}

/* Of memory; without a selection the byte under the cursor. Bytes that are nowhere end it. */
static const char *memory_hex(struct app *app, struct span span)
{
	struct strbuf s;
	uint8_t *bytes;

	if (!app->space || span.length > HEX_MAX || !app->memory.size)
		return "";
	if (!span.length)
		span = (struct span){ app->memory.cursor, 1 };
	bytes = arena_alloc(&app->scratch, span.length);
	if (aspace_read(app->space, span.offset, bytes, span.length, NULL) < span.length)
		return "";
	strbuf_init(&s, &app->scratch);
	for (uint64_t i = 0; i < span.length; i++)
		strbuf_addf(&s, "%02x", bytes[i]);
	return s.text;
}

static const char *address_here(struct app *app)
{
	if (!app->space || (!app_shows_memory(app) && app->view != VIEW_PAGES))
		return "";
	if (app->view == VIEW_REGISTERS && app->arrangement.focus == SLOT_MAIN)
		return app_registers_value(app);
	return arena_printf(&app->scratch, "0x%llx",
			    (unsigned long long)(app->view == VIEW_PAGES ? app->map.cursor
									 : app->memory.cursor));
}

static const char *hex_here(struct app *app)
{
	struct span span = span_here(app), chosen = selection_here(app);
	struct strbuf s;
	struct bytes b;

	if (chosen.length)
		span = chosen;
	if (app_shows_memory(app))
		return memory_hex(app, chosen);
	strbuf_init(&s, &app->scratch);
	if (!app->hex.source || span.length > HEX_MAX)
		return "";
	b = source_view(app->hex.source, span.offset, span.length);
	for (size_t i = 0; i < b.len; i++)
		strbuf_addf(&s, "%02x", b.at[i]);
	return s.len ? s.text : "";
}

static const char *row_here(struct app *app)
{
	struct pane *p = app->view == VIEW_DIFF && app_pane(app)->class->framed ? app_diff_side(app)
										: app_pane(app);
	const struct list *l = pane_list(p);
	size_t line = l                     ? l->cursor
		      : p == &app->map.pane ? rows_pages_line(p->rows, app->map.cursor)
					    : rows_hex_line(p->rows, ((struct hex *)p)->cursor);
	struct row row;

	if (rows_count(p->rows) == 0)
		return "";
	rows_line(p->rows, line, &app->scratch, &row);
	return row_text(&row, &app->scratch);
}

static const char *value_here(struct app *app)
{
	const struct field *f = app_field(app);

	if (app->view == VIEW_REGISTERS)
		return app_registers_value(app);
	if (app->view == VIEW_STACK)
		return app_stack_value(app);
	if (app->arrangement.focus == SLOT_MAIN)
		return app->node.item ? node_summary(app->node, &app->scratch) : "";
	return f ? field_value(f, COPY_MAX, &app->scratch) : "";
}

static const char *offset_here(struct app *app)
{
	struct span span = span_here(app);

	if (app->arrangement.focus == SLOT_BYTES && app->hex.size > 0)
		span = (struct span){ app->hex.cursor, 1 };
	return span.length ? arena_printf(&app->scratch, "0x%llx", (unsigned long long)span.offset)
			   : "";
}

static const char *path_here(struct app *app)
{
	struct arena *a = &app->scratch;
	const char *path = app->node.item ? node_path(app->node, a) : "";
	const char *field;

	if (app->arrangement.focus == SLOT_MAIN)
		return path;
	field = rows_fields_path(app->fields.pane.rows, app->fields.cursor, a);
	return *field ? arena_printf(a, "%s/%s", path, field) : path;
}

void app_copy(struct app *app, enum action what)
{
	switch (what) {
	case ACT_COPY_ROW:
		copy(app, "line", row_here(app));
		break;
	case ACT_COPY_VALUE:
		copy(app, "value", value_here(app));
		break;
	case ACT_COPY_OFFSET:
		copy(app, "offset", offset_here(app));
		break;
	case ACT_COPY_ADDRESS:
		copy(app, "address", address_here(app));
		break;
	case ACT_COPY_HEX:
		copy(app, "bytes", hex_here(app));
		break;
	default:
		copy(app, "path", path_here(app));
	}
}
