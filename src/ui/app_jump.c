/* The jump box: a LOCATION, read while it is typed.
 *
 *	+- Jump to --------------------------------------------------+
 *	|  Where: 0x7ffd61a5c2f0_                                    |
 *	|                                                            |
 *	|  read as:  virtual address of pid 7  (rw-p [stack])        |
 *	|  image:    pages-2.img+0x21f2f0  present                   |
 *	... */
#include "ui/app.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/rows_inspect.h"

static const char *const forms[] = {
	"va:ADDR  off:OFFSET[@FILE]  rec:N[@FILE]  pid:N  vma:N[@PID]",
	"reg:rsp[@TID]  heap  stack  env  exe  mark:a  +N  -N  50%  PATH",
};

static const char *const guest_forms[] = {
	"pfn:N  pa:ADDR  pfn:N@pass:N  va:ADDR@vcpu0  rec:N  off:OFFSET",
	"reg:rip@vcpu0  stack@vcpu0  mark:a  +N  -N  50%  PATH",
};

static bool lead(struct goal *out, struct node n, uint64_t offset)
{
	out->place = (struct place){ .node = n, .offset = offset };
	return true;
}

/* The node that `path` names; "": the one shown. */
static bool file_named(struct app *app, const char *path, struct node *n, struct goal *out,
		       struct arena *a)
{
	const char *field = "";
	struct err *err;

	if (!*path) {
		*n = app->node;
		return true;
	}
	err = model_find(app->model, path, n, &field);
	if (err)
		out->says = arena_strdup(a, err->text);
	err_free(err);
	return !err;
}

static bool to_offset(struct node n, uint64_t offset, struct goal *out, struct arena *a)
{
	struct item *it = n.item ? item_real(n.item) : NULL;
	const struct source *src;

	if (it)
		item_index(it, true);
	src = it ? atomic_load(&it->source) : NULL;
	if (!src) {
		out->says = it ? arena_printf(a, "%s has no bytes of its own", it->name)
			       : "no file chosen";
		return false;
	}
	if (offset >= source_size(src)) {
		out->says = arena_printf(
			a, "offset 0x%" PRIx64 " is behind the end of %s (0x%" PRIx64 " bytes)",
			offset, it->name, source_size(src));
		return false;
	}
	out->says = arena_printf(a, "offset 0x%" PRIx64 " of %s", offset, it->name);
	return lead(out, node_at_offset(it, offset), offset);
}

static bool locate_offset(struct app *app, const struct location *loc, struct goal *out,
			  struct arena *a)
{
	struct node n;

	return file_named(app, loc->at, &n, out, a) && to_offset(n, loc->number, out, a);
}

/* The layer of a stream that has most of it. */
static struct item *most_records(struct app *app)
{
	struct item *best = app->node.item;

	for (struct item *it = app->model->root; it; it = item_next(app->model->root, it))
		if (it->rows_are_records &&
		    (!best || !best->rows_are_records || item_rows(it) > item_rows(best)))
			best = it;
	return best;
}

static bool locate_record(struct app *app, const struct location *loc, struct goal *out,
			  struct arena *a)
{
	struct node n;

	if (!file_named(app, loc->at, &n, out, a))
		return false;
	if (!*loc->at && app->model->frames && !(n.item && n.item->rows_are_records))
		n.item = most_records(app);
	if (n.item && *loc->at)
		item_index(n.item, true);
	if (!n.item || loc->number >= item_rows(n.item)) {
		out->says = arena_printf(a, "%s has %zu records", n.item ? n.item->name : "nothing",
					 n.item ? item_rows(n.item) : 0);
		return false;
	}
	out->says = arena_printf(a, "record %" PRIu64 " of %s", loc->number, n.item->name);
	return lead(out, (struct node){ n.item, loc->number }, UINT64_MAX);
}

/* ---- addresses ---- */

static bool to_address(struct aspace *as, uint64_t addr, const char *what, struct goal *out,
		       struct arena *a)
{
	const struct region *r = aspace_region(as, addr);
	const char *place, *kind;
	struct extent x;
	uint64_t pa;

	if (!app_memory_has(as, addr)) {
		out->says = arena_printf(a, "0x%" PRIx64 " is not mapped in %s", addr, as->name);
		return false;
	}
	aspace_at(as, addr, &x);
	place = extent_place(as, &x, addr, a);
	out->space = as;
	out->addr = addr;
	kind = !r ? ""
		  : arena_printf(a, "%s%s%s", r->prot, *r->prot ? " " : "",
				 *r->name ? r->name : "anon");
	if (as->kind == ASPACE_PROCESS)
		out->says = arena_printf(a, "%s of %s  (%s)", what, as->name, kind);
	else
		out->says =
			arena_printf(a, "%s of %s  %s", what, as->name,
				     as->ops->physical && as->ops->physical(as, addr, &pa)
					     ? arena_printf(a, "pfn 0x%" PRIx64 "+0x%" PRIx64 " %s",
							    pa / as->page, pa % as->page, kind)
					     : "");
	out->more = arena_printf(a, "%s%s%s%s%s", place, *place ? "  " : "",
				 page_state_name(x.state), x.why ? ": " : "", x.why ? x.why : "");
	return true;
}

static bool locate_address(struct app *app, const struct location *loc, struct goal *out,
			   struct arena *a)
{
	struct aspace *as, *here = app_space_here(app);
	struct err *err;
	uint64_t addr;

	/* A number alone is an address of what vCPUs run; of frames, in their own view. */
	if (here && here->kind == ASPACE_FRAMES && !app_in_memory(app))
		here = NULL;
	/* Which range that is, page tables must have told. */
	if (here && !aspace_is_mapped(here) && !*loc->at && loc->kind == LOC_ANCHOR &&
	    !strncmp(loc->word, "vma:", 4)) {
		out->says =
			arena_printf(a, "the page tables of %s are still being read", here->name);
		return false;
	}
	err = location_address(app->model, loc, here, &as, &addr);
	if (err) {
		out->says = arena_strdup(a, err->text);
		err_free(err);
		return false;
	}
	return to_address(as, addr,
			  loc->kind == LOC_ANCHOR     ? arena_printf(a, "%s = 0x%" PRIx64,
								     text_clean_str(loc->word, a), addr)
			  : as->kind == ASPACE_FRAMES ? "guest-physical address"
						      : "virtual address",
			  out, a);
}

/* ---- from where one stands ---- */

uint64_t app_jump_moved(const struct location *loc, uint64_t at, uint64_t first, uint64_t size)
{
	uint64_t n = loc->number;

	if (loc->kind == LOC_FORWARD)
		return n > UINT64_MAX - at ? UINT64_MAX : at + n;
	if (loc->kind == LOC_BACKWARD)
		return at - (n < at ? n : at);
	return n >= 100 ? first + (size ? size - 1 : 0)
			: first + size / 100 * n + size % 100 * n / 100;
}

/* Bytes of the file, or of the region. */
static bool locate_relative(struct app *app, const struct location *loc, struct goal *out,
			    struct arena *a)
{
	uint64_t at = app->view == VIEW_PAGES ? app->map.cursor : app->memory.cursor;
	const struct region *r =
		app->space && app_in_memory(app) ? aspace_region(app->space, at) : NULL;

	if (r)
		return to_address(app->space, app_jump_moved(loc, at, r->start, r->end - r->start),
				  "virtual address", out, a);
	return to_offset(app->node, app_jump_moved(loc, app->hex.cursor, 0, app->hex.size), out, a);
}

static bool locate_mark(struct app *app, const struct location *loc, struct goal *out,
			struct arena *a)
{
	const char *word = loc->word;
	const struct spot *s;

	if (*word < 'a' || *word > 'z' || word[1] || !app->marks[*word - 'a'].set) {
		out->says = "mark:a to mark:z, if it is set";
		return false;
	}
	s = &app->marks[*word - 'a'];
	if (s->space)
		return to_address(s->space, s->offset, "a mark", out, a);
	out->says = "a mark";
	return lead(out, s->node, s->focus == SLOT_BYTES ? s->offset : UINT64_MAX);
}

/* A PATH, or one of the format's own words ("pid:7"). */
static bool locate_path(struct app *app, const char *text, struct goal *out, struct arena *a)
{
	const char *field = "";
	struct err *err;
	struct node n;

	err = model_find(app->model, text, &n, &field);
	if (err) {
		out->says = arena_strdup(a, err->text);
		err_free(err);
		return false;
	}
	out->says = *field ? arena_printf(a, "field %s of %s", field, node_path(n, a))
			   : arena_printf(a, "%s %s", node_kind(n, a), node_path(n, a));
	lead(out, n, UINT64_MAX);
	out->place.path = *field ? arena_strdup(a, field) : NULL;
	return true;
}

bool app_locate(struct app *app, const char *text, bool really, struct goal *out, struct arena *a)
{
	const char *trouble;
	struct location loc;

	*out = (struct goal){ .place = { .offset = UINT64_MAX }, .says = "", .more = "" };
	if (!*text)
		return false;
	loc = location_parse(text, a, &trouble);
	if (trouble) {
		out->says = trouble;
		return false;
	}
	switch (loc.kind) {
	case LOC_OFFSET:
		return locate_offset(app, &loc, out, a);
	case LOC_RECORD:
		return locate_record(app, &loc, out, a);
	case LOC_FORWARD:
	case LOC_BACKWARD:
	case LOC_PERCENT:
		return locate_relative(app, &loc, out, a);
	case LOC_MARK:
		return locate_mark(app, &loc, out, a);
	default:
		break;
	}
	/* The rest looks into files that may still be on their way. */
	if (!really && !app->indexed) {
		out->says =
			loc.kind == LOC_PATH ? "a path: Enter looks" : "an address: Enter looks";
		return false;
	}
	if (loc.kind != LOC_PATH)
		return locate_address(app, &loc, out, a);
	if (locate_path(app, text, out, a))
		return true;
	/* Half typed is not wrong. */
	if (!really && app->suggestions.count)
		out->says = "no place yet: Tab completes";
	return false;
}

static void go_place(struct app *app, const struct place *to)
{
	app_go(app, to);
	/* Whoever names an offset wants to see that byte. */
	if (to->offset != UINT64_MAX)
		app->arrangement.focus = SLOT_BYTES;
	else if (to->path)
		app->arrangement.focus = SLOT_FIELDS;
	else
		app->arrangement.focus = SLOT_MAIN;
}

bool app_jump(struct app *app, const char *text)
{
	bool map = app->view == VIEW_PAGES;
	struct goal goal;

	if (app->view == VIEW_DIFF)
		return app_diff_jump(app, text);
	if (!app_locate(app, text, true, &goal, &app->scratch)) {
		app_say(app, ROLE_WARNING, "%s", goal.says);
		return false;
	}
	if (!goal.space) {
		go_place(app, &goal.place);
		return true;
	}
	app_track_push(app);
	return app_memory_go(app, goal.space, goal.addr, map);
}

/* ---- the box ---- */

#define BOX_H 13
#define BOX_W 68
#define BOX_TALL 20 /* where there is room: suggestions below all else */
#define TALL_FROM 36
#define SUGGESTED 24 /* columns of a suggestion, at least */

/* The last ones first. */
static const char *recent(const struct prompt *p, struct arena *a)
{
	const struct history *h = &p->history[PROMPT_JUMP];
	struct strbuf s;

	strbuf_init(&s, a);
	strbuf_add(&s, "");
	for (size_t i = h->count; i > 0 && h->count - i < 8; i--)
		strbuf_addf(&s, "%s%s", s.len ? "   " : "", text_clean_str(h->lines[i - 1], a));
	return s.text;
}

static void put_line(struct canvas *cv, struct area in, int y, const char *name, enum role role,
		     const char *text)
{
	canvas_put(cv, in.x + 2, in.y + y, ROLE_FIELD, name);
	canvas_put_cut(cv, in.x + 13, in.y + y, role, text, in.w - 15);
}

static void put_forms(struct app *app, struct area in)
{
	struct canvas *cv = &app->canvas;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		canvas_put(cv, in.x + 2, in.y + 6 + (int)i, ROLE_DIM,
			   app->model->frames ? guest_forms[i] : forms[i]);
	put_line(cv, in, 9, "recent:", ROLE_NORMAL, recent(&app->prompt, &app->frame));
}

/* The one that Tab has put there is lit, and in view. */
static void put_suggestions(struct app *app, struct area a)
{
	struct canvas *cv = &app->canvas;
	const struct suggestions *all = &app->suggestions;
	size_t rows = (size_t)a.h, first = 0, at = SIZE_MAX;

	for (size_t i = 0; app->prompt.completing && i < all->count; i++)
		if (!strcmp(all->list[i].text, app->prompt.text))
			at = i;
	if (at != SIZE_MAX && at >= rows)
		first = at - rows + 1;
	for (size_t i = 0; i < rows && first + i < all->count; i++) {
		const struct suggestion *s = &all->list[first + i];
		int y = a.y + (int)i, x;
		bool lit = first + i == at;

		if (lit)
			canvas_put(cv, a.x, y, ROLE_SELECTION, "*");
		x = canvas_put_cut(cv, a.x + 2, y, lit ? ROLE_SELECTION : ROLE_VALUE, s->text,
				   a.w - 2);
		x = x < a.x + 2 + SUGGESTED ? a.x + 2 + SUGGESTED : x + 2;
		canvas_put_cut(cv, x, y, ROLE_DIM, s->about, a.x + a.w - x);
	}
	if (first + rows < all->count)
		canvas_put(cv, a.x + a.w - 3, a.y + a.h, ROLE_DIM, "...");
}

static void draw_box(struct app *app, struct area a)
{
	struct canvas *cv = &app->canvas;
	struct area in = area_inside(a), before;
	struct goal goal;
	bool found = app_locate(app, app->prompt.text, false, &goal, &app->frame);
	bool some = app->suggestions.count, tall = a.h == BOX_TALL;
	const char *foot =
		some ? " Tab completes  Enter go  Esc cancel " : " Enter go  Esc cancel ";

	canvas_fill(cv, a, ROLE_NORMAL, ' ');
	canvas_box(cv, a, ROLE_BORDER_FOCUS);
	canvas_put(cv, a.x + 2, a.y, ROLE_BORDER_FOCUS, " Jump to ");
	canvas_put(cv, a.x + a.w - 2 - text_width(foot), a.y + a.h - 1, ROLE_BORDER_FOCUS, foot);
	before = canvas_clip(cv, in);
	put_line(cv, in, 3, "read as:", found ? ROLE_NORMAL : ROLE_NOTE, goal.says);
	put_line(cv, in, 4, goal.space ? "image:" : "", ROLE_NORMAL, goal.more);
	if (tall || !some)
		put_forms(app, in);
	if (some)
		put_suggestions(app, (struct area){ in.x + 1, in.y + (tall ? 11 : 6), in.w - 2,
						    tall ? 6 : 4 });
	canvas_put(cv, in.x + 2, in.y + 1, ROLE_FIELD, "Where:");
	prompt_draw_text(&app->prompt, cv, (struct area){ in.x + 9, in.y + 1, in.w - 11, 1 },
			 ROLE_VALUE);
	canvas_clip(cv, before);
}

bool app_jump_draw(struct app *app)
{
	int w = app->canvas.w, h = app->canvas.h;
	struct area a = { 0, 0, w >= LAYOUT_WIDE_W ? 92 : BOX_W,
			  h >= TALL_FROM ? BOX_TALL : BOX_H };

	if (app->prompt.kind != PROMPT_JUMP || w < BOX_W + 2 || h < BOX_H + 3)
		return false;
	a.x = (w - a.w) / 2;
	a.y = (h - a.h) / 2;
	draw_box(app, a);
	return true;
}
