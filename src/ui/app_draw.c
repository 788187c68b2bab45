/* One frame, drawn whole each time: the terminal sends only what differs. */
#include "ui/app.h"

#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "view/rows_hits.h"
#include "view/rows_regions.h"
#include "view/rows_registers.h"
#include "view/rows_stack.h"

#define CRUMBS_MAX 32
#define PAGE_BITS 12 /* of a guest's frame */
#define MESSAGE_LINES 4
#define KEYS_WIDTH 27 /* columns of the keys in the help */

/* ---- the title ---- */

/* Names from the root down to the shown node. */
static size_t crumbs(struct app *app, const char **out)
{
	const struct item *path[CRUMBS_MAX];
	size_t n = 0, depth = 0;

	if (app->view == VIEW_DIFF) {
		out[n++] = arena_printf(&app->frame, "diff  %s", app_diff_title(app));
		return n;
	}
	if (app->view != VIEW_TREE) {
		const struct item *it = app->space ? app->space->item : NULL;

		out[n++] = (it && app_in_memory(app) ? it->model : app->model)->root->name;
		if (it && app_in_memory(app)) {
			out[n] = it->title ? it->title : it->name;
			out[n] += strspn(out[n], " ");
			n++;
		}
		out[n++] = app_slot_pane(app, SLOT_MAIN)->name;
		return n;
	}
	for (const struct item *it = app->node.item; it && depth < CRUMBS_MAX - 2; it = it->parent)
		path[depth++] = it;
	while (depth > 0) {
		const struct item *it = path[--depth];

		/* Titles are indented by who is whose child. */
		out[n] = it->title ? it->title : it->name;
		out[n] += strspn(out[n], " ");
		n++;
	}
	if (n == 0)
		out[n++] = app->model->name;
	if (app->node.item && app->node.at != NODE_SELF)
		out[n++] = node_label(app->node, &app->frame);
	return n;
}

static const char *joined(struct app *app, const char *const *words, size_t n, bool cut)
{
	struct strbuf s;

	strbuf_init(&s, &app->frame);
	if (cut)
		strbuf_add(&s, "...");
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&s, "%s%s", i > 0 || cut ? " : " : "", words[i]);
	return s.text;
}

/* "B  tuesday.tar": of two sources that are compared, which one this is. */
static const char *with_letter(struct app *app, const char *text)
{
	char letter = app->view == VIEW_DIFF ? 0 : app_diff_letter(app);

	return letter ? arena_printf(&app->frame, "%c  %s", letter, text) : text;
}

static void draw_title(struct app *app)
{
	struct area a = app->places.title;
	const char *at = app->view == VIEW_DIFF ? "A|B" : app_stand_text(app);
	size_t troubles = problems_count(app->model->problems), n, from = 0;
	const char *words[CRUMBS_MAX], *text;
	const char *right = arena_printf(&app->frame, "RO  %s ", at);
	int room, x;

	if (troubles)
		right = arena_printf(&app->frame, "%zu problem%s  RO  %s ", troubles,
				     troubles == 1 ? "" : "s", at);
	room = a.w - text_width(right) - 14;
	n = crumbs(app, words);
	words[0] = with_letter(app, words[0]);
	text = joined(app, words, n, false);
	while (text_width(text) > room && n - from > 1) {
		from++;
		text = with_letter(app, joined(app, words + from, n - from, true));
	}
	canvas_fill(&app->canvas, a, ROLE_TITLE, ' ');
	x = canvas_put(&app->canvas, a.x, a.y, ROLE_TITLE, " cryoscope  ");
	canvas_put_cut(&app->canvas, x, a.y, ROLE_TITLE, text, room);
	canvas_put(&app->canvas, a.x + a.w - text_width(right), a.y,
		   troubles ? ROLE_WARNING : ROLE_TITLE, right);
}

/* ---- panes ---- */

/* What the fields belong to: "vma_entry  rw-p 132K [heap]". */
static const char *fields_title(struct app *app)
{
	const char *summary = node_summary(app->node, &app->frame);

	return arena_printf(&app->frame, "%s%s%s", node_kind(app->node, &app->frame),
			    *summary ? "  " : "", summary);
}

static const char *pane_title(struct app *app, struct pane *p)
{
	const struct list *l = pane_list(p);
	const char *filter = l ? l->filter : NULL;
	const char *name = p->name;

	if (p == &app->fields.pane && app->node.item)
		name = arena_printf(&app->frame, "%s  %s", name, fields_title(app));
	if (p == &app->tree.pane && app->arrangement.records && app->node.item)
		name = arena_printf(&app->frame, "Records  %s", app->node.item->name);
	if (p == &app->hex.pane && app->hex.paged)
		name = arena_printf(&app->frame, "Page  pfn 0x%llx  @0x%llx",
				    (unsigned long long)(app->hex.addr >> PAGE_BITS),
				    (unsigned long long)app->hex.first);
	else if (p == &app->hex.pane && app->hex.source)
		name = arena_printf(&app->frame, "%s  %s", name, app->hex.file);
	if (p == &app->regions.pane || p == &app->map.pane)
		name = arena_printf(&app->frame, "%s  %s", name, app_memory_title(app));
	if (p == &app->map.pane && app->map.entropy)
		name = arena_printf(&app->frame, "%s  entropy", name);
	if (p == &app->regs.pane)
		name = arena_printf(&app->frame, "%s  %s", name, app_registers_title(app));
	if (p == &app->stack.pane)
		name = arena_printf(&app->frame, "%s  %s", name, app_stack_title(app));
	if (p == &app->hits.pane)
		name = arena_printf(&app->frame, "%s  %s", name, app_find_title(app));
	if (p == &app->memory.pane && app->memory.size)
		name = arena_printf(&app->frame, "%s  0x%llx", name,
				    (unsigned long long)app->memory.cursor);
	if (p == app_diff_pane(app, SLOT_MAIN))
		name = arena_printf(&app->frame, "%s%s", name, app_diff_list_title(app));
	if (filter)
		name = arena_printf(&app->frame, "%s  & %s", name,
				    text_clean_str(filter, &app->frame));
	return arena_printf(&app->frame, " %s ", name);
}

/* Whose hits they are, below the list. Returns the lines it took. */
static int draw_tally(struct app *app, struct area in)
{
	const char *text = rows_hits_tally(app->hits.pane.rows, &app->frame);

	if (in.h < 5 || !*text)
		return 0;
	canvas_put_cut(&app->canvas, in.x + 1, in.y + in.h - 1, ROLE_NOTE, text, in.w - 1);
	return 1;
}

static void draw_framed(struct app *app, struct pane *p, struct area a, bool focused)
{
	enum role role = focused ? ROLE_BORDER_FOCUS : ROLE_BORDER;
	struct area before, in = area_inside(a);
	const char *place;

	if (area_empty(a))
		return;
	canvas_fill(&app->canvas, a, ROLE_NORMAL, ' ');
	if (p->class->framed) {
		p->class->draw(p, &app->canvas, a, focused);
		return;
	}
	canvas_box(&app->canvas, a, role);
	canvas_put_cut(&app->canvas, a.x + 2, a.y, role, pane_title(app, p), a.w - 4);
	if (p == &app->hits.pane)
		in.h -= draw_tally(app, in);
	if (p == &app_diff_changes(app)->pane)
		in.h -= app_diff_table(app, in);
	before = canvas_clip(&app->canvas, in);
	p->class->draw(p, &app->canvas, in, focused);
	canvas_clip(&app->canvas, before);
	place = p->class->place(p, &app->frame);
	if (*place && text_width(place) + 6 <= a.w) {
		place = arena_printf(&app->frame, " %s ", place);
		canvas_put(&app->canvas, a.x + a.w - 2 - text_width(place), a.y + a.h - 1, role,
			   place);
	}
}

static void draw_panes(struct app *app)
{
	bool keys = !app->helping && app->prompt.kind == PROMPT_NONE;

	for (int s = 0; s < SLOT_COUNT; s++) {
		bool focused = keys && app->arrangement.focus == (enum slot)s;

		draw_framed(app, app_slot_pane(app, (enum slot)s), app->places.slots[s], focused);
	}
}

/* ---- the status line ---- */

static const char *span_text(struct app *app, struct span span)
{
	return span.length
		       ? arena_printf(&app->frame, "@0x%llx+%llu", (unsigned long long)span.offset,
				      (unsigned long long)span.length)
		       : "";
}

static const char *status_field(struct app *app)
{
	struct arena *a = &app->frame;
	const struct field *f = app_field(app);
	const char *path;

	if (!f)
		return node_path(app->node, a);
	path = rows_fields_path(app->fields.pane.rows, app->fields.cursor, a);
	return arena_printf(a, "%s  %s %s", *path ? path : f->name, app->node.item->name,
			    span_text(app, f->span));
}

/* "pfn 0x1000+0x10" */
static const char *page_text(struct app *app)
{
	const struct hex *h = &app->hex;

	return arena_printf(&app->frame, "pfn 0x%llx+0x%llx",
			    (unsigned long long)(h->addr >> PAGE_BITS),
			    (unsigned long long)(h->cursor - h->first));
}

static const char *status_byte(struct app *app)
{
	struct arena *a = &app->frame;
	struct bytes b = source_view(app->hex.source, app->hex.cursor, 1);
	const struct field *f = app_field(app);
	bool has = f && span_has(f->span, app->hex.cursor);
	const char *path = has ? rows_fields_path(app->fields.pane.rows, app->fields.cursor, a)
			       : arena_printf(a, "(head of %s)", node_label(app->node, a));
	unsigned v = b.len ? *b.at : 0;

	return arena_printf(
		a, "%s  @0x%llx = 0x%02x %u  %s", app->hex.paged ? page_text(app) : app->hex.file,
		(unsigned long long)app->hex.cursor, v, v, app->view == VIEW_TREE ? path : "");
}

/* The sentence in full, or as much of it as there is room for. */
static const char *status_problem(struct app *app)
{
	const struct problem *p = problems_at(app->model->problems, app->problems.cursor);

	return p ? arena_printf(&app->frame, "%s: %s", p->rule, p->text) : "";
}

/* "vmas[8]  rw-p 132K [heap]  mm-7.img @0x1f5+31"; "rec 13  @0x1009090+4202512  pass 1/3 ..." */
static const char *status_node(struct app *app)
{
	struct arena *a = &app->frame;
	bool record = app->node.at != NODE_SELF && app->node.item->rows_are_records;
	const char *span = span_text(app, node_span(app->node));
	uint32_t of, pass = node_pass(app->node, &of);
	const char *parts[] = {
		record ? arena_printf(a, "rec %llu", (unsigned long long)app->node.at)
		       : node_label(app->node, a),
		record ? span : "",
		pass && of > 1 ? arena_printf(a, "pass %u/%u", (unsigned)pass, (unsigned)of) : "",
		node_summary(app->node, a),
		app->node.at == NODE_SELF || record ? "" : app->node.item->name,
		record ? "" : span,
	};
	struct strbuf s;

	strbuf_init(&s, a);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (*parts[i])
			strbuf_addf(&s, "%s%s", s.len ? "  " : "", parts[i]);
	return s.text;
}

static const char *status_left(struct app *app)
{
	struct arena *a = &app->frame;
	enum slot focus = app->arrangement.focus;

	if (app->prompt.kind == PROMPT_JUMP && *app->prompt.text) {
		struct goal goal;

		app_locate(app, app->prompt.text, false, &goal, a);
		return goal.says;
	}
	if (app->view == VIEW_DIFF)
		return app_diff_status(app);
	if (app->view == VIEW_HITS)
		return app_find_status(app);
	if (app->view == VIEW_REGISTERS && focus == SLOT_MAIN)
		return app_registers_status(app);
	if (app->view == VIEW_STACK && focus == SLOT_MAIN)
		return app_stack_status(app);
	if (app_in_memory(app))
		return app_memory_status(app);
	if (focus == SLOT_BYTES && app->hex.size > 0)
		return status_byte(app);
	if (app->view == VIEW_PROBLEMS)
		return status_problem(app);
	if (!app->node.item || app->view == VIEW_INFO)
		return app->model->name;
	if (focus == SLOT_FIELDS)
		return status_field(app);
	return status_node(app);
}

static const char *status_right(struct app *app)
{
	struct arena *a = &app->frame;
	char waits[64];
	const char *index = "", *place = "";

	key_state_text(&app->keys, waits);
	if (app_in_memory(app))
		place = arena_printf(a, "%s ", app_memory_state(app));
	if (app->view == VIEW_DIFF)
		place = app_diff_state(app);
	else if (app_diff_busy(app))
		place = arena_printf(a, "%s%s", app_diff_state(app), place);
	/* Where room is short, only news: it is not done yet. */
	if (app->percent < 100 || (!*place && app->canvas.w >= LAYOUT_MIN_W))
		index = arena_printf(a, "index %s%d%% ", app->stopped ? "stopped at " : "",
				     app->percent);
	if (app->view == VIEW_TREE && app->node.item && app->node.at != NODE_SELF)
		place = arena_printf(a, "%llu/%zu  ", (unsigned long long)app->node.at + 1,
				     item_rows(app->node.item));
	return arena_printf(a, "%s%s%s%s%s%s%s%s", waits, *waits ? "  " : "",
			    app_find_progress(app), app_map_progress(app), app_export_progress(app),
			    app_stack_progress(app), place, index);
}

static void draw_status(struct app *app)
{
	struct area a = app->places.status;
	const char *right = status_right(app);
	int x = a.x + a.w - text_width(right);

	canvas_fill(&app->canvas, a, ROLE_STATUS, ' ');
	canvas_put_cut(&app->canvas, a.x + 2, a.y, ROLE_STATUS, status_left(app), x - a.x - 4);
	canvas_put(&app->canvas, x, a.y, ROLE_STATUS, right);
}

/* ---- the hint line ---- */

/* What is worth saying, the most needed first: narrow screens get only the first ones. */
static const enum action hinted_diff[] = {
	ACT_DIFF_NEXT, ACT_DIFF_PREV, ACT_DIFF_EQUAL, ACT_DIFF_SWAP, ACT_DIFF_PAGES,
	ACT_EXPORT,    ACT_HELP,      ACT_CLOSE,      ACT_JUMP,      ACT_VIEW_PAGES,
	ACT_FOLLOW,    ACT_PANE_NEXT, ACT_OTHER,      ACT_VIEW_TREE,
};

static const enum action hinted[] = {
	ACT_HELP,      ACT_OTHER,     ACT_SEARCH,         ACT_JUMP,       ACT_PANE_NEXT,
	ACT_FOLLOW,    ACT_BACK,      ACT_VIEW_MEMORY,    ACT_CLOSE,      ACT_VIEW_PROBLEMS,
	ACT_VIEW_INFO, ACT_VIEW_HITS, ACT_VIEW_REGISTERS, ACT_VIEW_STACK, ACT_EXPORT,
	ACT_FILTER,    ACT_ZOOM,      ACT_LAYOUT,         ACT_COMMAND,
};

static const char *first_key(struct app *app, enum action action, char buf[64])
{
	const char *key = keymap_first(&app_pane(app)->keymap, action, buf);

	if (!key)
		key = keymap_first(app_view_keymap(app), action, buf);
	return key ? key : keymap_first(&app->keymap, action, buf);
}

static bool hint_applies(struct app *app, enum action action)
{
	if (app->helping)
		return action == ACT_HELP || action == ACT_SEARCH || action == ACT_FILTER ||
		       action == ACT_CLOSE;
	if (action == ACT_VIEW_MEMORY)
		return app->model->aspace_of && app->view != VIEW_MEMORY &&
		       (!app_diff_letter(app) || app->canvas.w >= LAYOUT_WIDE_W);
	if (action == ACT_OTHER)
		return app_diff_letter(app) || app->view == VIEW_DIFF;
	if (action == ACT_VIEW_HITS)
		return app_find_any(app) && app->view != VIEW_HITS;
	if (action == ACT_EXPORT)
		return app->view == VIEW_HITS || app->view == VIEW_DIFF;
	if (action == ACT_VIEW_REGISTERS)
		return app->view == VIEW_MEMORY || app->view == VIEW_PAGES ||
		       app->view == VIEW_STACK;
	if (action == ACT_VIEW_STACK)
		return (app->view == VIEW_MEMORY || app->view == VIEW_REGISTERS) && app->space &&
		       app->space->kind == ASPACE_PROCESS;
	return action != ACT_VIEW_PROBLEMS || app->view != VIEW_PROBLEMS;
}

static const char *hint_word(struct app *app, enum action action)
{
	if (action == ACT_CLOSE &&
	    (app->helping || app->view != VIEW_TREE || app_diff_is_home(app)))
		return "Close";
	if (action == ACT_EXPORT && app->view == VIEW_DIFF)
		return "Report";
	if (action == ACT_EXPORT && app_lies_over(app->view))
		return "Write";
	return action_infos[action].hint;
}

static void draw_hints(struct app *app)
{
	struct area a = app->places.hint;
	bool diff = app->view == VIEW_DIFF && !app->helping;
	const enum action *list = diff ? hinted_diff : hinted;
	size_t count = diff ? ARRAY_LEN(hinted_diff) : ARRAY_LEN(hinted);
	int x = a.x + 1;

	for (size_t i = 0; i < count; i++) {
		char buf[64];
		const char *key = first_key(app, list[i], buf);
		const char *word = hint_word(app, list[i]);

		if (!key || !hint_applies(app, list[i]))
			continue;
		if (x + text_width(key) + 1 + text_width(word) > a.x + a.w)
			break;
		x = canvas_put(&app->canvas, x, a.y, ROLE_HINT_KEY, key);
		x = canvas_put(&app->canvas, x + 1, a.y, ROLE_HINT, word) + 2;
	}
}

/* While nothing is typed yet, what may be. */
static void draw_prompt(struct app *app, struct area a)
{
	int x = prompt_draw(&app->prompt, &app->canvas, a.y, a.w);

	if (app_find_asks(app) && !app->prompt.len)
		canvas_put_cut(&app->canvas, x + 2, a.y, ROLE_DIM, app_find_words(app),
			       a.x + a.w - x - 2);
}

/* As much of `text` as fits, up to a blank; all of it if there is none. */
static size_t fitting(struct app *app, const char *text, int room)
{
	size_t fits = strlen(text);

	if (text_width(text) <= room)
		return fits;
	for (const char *at = strchr(text, ' '); at; at = strchr(at + 1, ' ')) {
		size_t n = (size_t)(at - text);

		if (text_width(arena_printf(&app->frame, "%.*s", (int)n, text)) > room)
			break;
		fits = n;
	}
	return fits;
}

/* What is too long for one line has those above, too: that of the status first. */
static void draw_message(struct app *app, struct area a)
{
	const char *lines[MESSAGE_LINES], *text = app->message;
	int n = 0;

	while (n < MESSAGE_LINES - 1 && *text) {
		size_t len = fitting(app, text, a.w - 2);

		lines[n++] = arena_printf(&app->frame, "%.*s", (int)len, text);
		text += len + strspn(text + len, " ");
	}
	if (*text)
		lines[n++] = text;
	for (int i = 0; i < n && n - i <= app->canvas.h; i++) {
		struct area line = { a.x, a.y - (n - 1 - i), a.w, 1 };

		if (i < n - 1)
			canvas_fill(&app->canvas, line, app->message_role, ' ');
		canvas_put_cut(&app->canvas, line.x + 1, line.y, app->message_role, lines[i],
			       line.w - 1);
	}
}

static void draw_bottom(struct app *app)
{
	struct area a = app->places.hint;

	if (app_jump_draw(app))
		draw_hints(app);
	else if (app->prompt.kind != PROMPT_NONE)
		draw_prompt(app, a);
	else if (*app->message)
		draw_message(app, a);
	else
		draw_hints(app);
}

/* ---- the help ---- */

static void help_group(struct app *app, const struct keymap *km, enum action_group g, bool *some)
{
	struct rows *rows = app->help.pane.rows;

	for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
		char keys[80];

		if (action_infos[act].group != g)
			continue;
		keymap_all(km, (enum action)act, keys, sizeof(keys));
		if (!*keys)
			continue;
		if (!*some)
			rows_lines_add(rows, ROLE_TITLE, action_group_name(g));
		*some = true;
		rows_lines_pair(rows, ROLE_HINT_KEY, KEYS_WIDTH,
				arena_printf(&app->scratch, "  %s", keys), ROLE_NORMAL,
				action_infos[act].help);
	}
}

static void help_signs(struct rows *rows)
{
	static const char *const signs[][2] = {
		{ "  *", "the selected line" },
		{ "  !", "something is wrong with it, or with what is below" },
		{ "  \u25b8 \u25be", "closed, open" },
		{ "  ->", "Enter goes there" },
		{ "  --", "a byte that is not there" },
		{ "  # p l", "pages of memory that are here, in a parent, lazy; + a few of them" },
		{ "  0 to 8", "entropy in bits a byte: text has 5, what is packed or encrypted 8" },
		{ "  0 f .", "pages of zeros, of the mapped file, absent" },
		{ "  1 to 5", "a guest's page tables of that level" },
		{ "  =", "hits that are the same bytes of a file, mapped several times" },
		{ "  !rwx !anon exec", "memory that can be run, where there should be none" },
		{ "  !sp  !in no stack", "a stack pointer that is not where its stack is" },
		{ "  !patched", "pages of a mapped program that are not the file's" },
	};

	rows_lines_add(rows, ROLE_NORMAL, "");
	rows_lines_add(rows, ROLE_TITLE, "SIGNS");
	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		rows_lines_pair(rows, ROLE_HINT_KEY, KEYS_WIDTH, signs[i][0], ROLE_NORMAL,
				signs[i][1]);
	rows_lines_add(rows, ROLE_NORMAL, "");
	rows_lines_add(rows, ROLE_DIM,
		       "cryoscope " CRYOSCOPE_VERSION
		       ". Digits before a key are a count. Nothing is ever written.");
}

/* From the live tables, the focused pane's own keys first in each group. */
void app_help_fill(struct app *app)
{
	const struct pane *p = app_slot_pane(app, app->arrangement.focus);
	struct rows *rows = app->help.pane.rows;

	rows_lines_clear(rows);
	rows_lines_add(
		rows, ROLE_DIM,
		arena_printf(&app->scratch, "Keys in the pane \"%s\", and everywhere", p->name));
	for (int g = 0; g < GROUP_COUNT; g++) {
		bool some = false;

		rows_lines_add(rows, ROLE_NORMAL, "");
		help_group(app, &p->keymap, (enum action_group)g, &some);
		if (app->view == VIEW_DIFF)
			help_group(app, app_diff_keymap(app), (enum action_group)g, &some);
		help_group(app, &app->keymap, (enum action_group)g, &some);
	}
	help_signs(rows);
	app->help.cursor = app->help.top = 0;
}

static void draw_help(struct app *app)
{
	struct area a = { 2, 1, app->canvas.w - 4, app->canvas.h - 3 };

	if (a.w > 90) {
		a.x += (a.w - 90) / 2;
		a.w = 90;
	}
	draw_framed(app, &app->help.pane, a, app->prompt.kind == PROMPT_NONE);
}

void app_draw(struct app *app)
{
	struct canvas *cv = &app->canvas;

	arena_reset(&app->frame);
	app_entropy_begin(app);
	canvas_clear(cv);
	app->arrangement.records = app->view == VIEW_TREE && app->node.item &&
				   app->node.at != NODE_SELF && app->node.item->rows_are_records;
	layout_place(&app->arrangement, cv->w, cv->h, &app->places);
	rows_tree_room(app->tree.pane.rows, app->places.slots[SLOT_MAIN].w - 2);
	rows_hits_room(app->hits.pane.rows, app->places.slots[SLOT_MAIN].w - 4);
	rows_registers_room(app->regs.pane.rows, app->places.slots[SLOT_MAIN].w - 4);
	rows_stack_room(app->stack.pane.rows, app->places.slots[SLOT_MAIN].w - 4);
	rows_regions_room(app->regions.pane.rows, app->places.slots[SLOT_MAIN].w - 2);
	app_diff_begin_frame(app);
	if (app->places.tiny) {
		canvas_put(cv, 0, 0, ROLE_WARNING, "window too small");
		return;
	}
	draw_title(app);
	draw_panes(app);
	draw_status(app);
	draw_bottom(app);
	if (app->helping)
		draw_help(app);
	if (app_export_is_open(app))
		app_export_draw(app);
}
