/* The export dialog: what is at hand, as which kind of file, where to.
 *
 *	+- Export -------------------------------------------------------+
 *	|  What    (*) region [heap]  0x560b2e05c000  1.0M               |
 *	|          ( ) memory of pid 7                                   |
 *	|  Format  (*) raw        bytes as they are                      |
 *	|          ( ) elf-core   for a debugger                         |
 *	|  Options [ ] leave out what is not there   [ ] sparse file     |
 *	|  ...                                                           |
 *	|  File    pid_7-560b2e05c000.bin                                |
 *	+------------- Tab next  Space choose  Enter write  Esc leave ---+ */
#include "ui/app_export.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/text.h"

#define BOX_W 100
#define BOX_LEAST 72
#define MARGIN 4
#define COMMAND_LINES 2

struct tick_row {
	const char *text;
	const char *option;
	const char *formats; /* those it means something for; NULL: all */
};

static const struct tick_row ticks[TICKS] = {
	[TICK_SKIP] = { "leave out what is not there", "--holes skip", "raw" },
	[TICK_SPARSE] = { "sparse file: zeros take no room", "--sparse",
			  "raw elf-core xen-core lime" },
	[TICK_PRETTY] = { "with names for numbers, indented", "--pretty", "json" },
	[TICK_PROVENANCE] = { "also FILE.provenance.json", "--provenance", NULL },
	[TICK_FORCE] = { "write over a file that is there", "--force", NULL },
};

static size_t line_count(const struct exporting *x)
{
	return x->offer_count + x->format_count + x->tick_count + 1;
}

static bool at_file(const struct exporting *x)
{
	return x->line == line_count(x) - 1;
}

/* ---- how ---- */

static void suggest_name(struct exporting *x)
{
	if (x->told)
		return;
	prompt_open(&x->prompt, PROMPT_WRITE,
		    export_name(&x->offers[x->offer].what, x->formats[x->format], &x->arena));
}

static void take_format(struct exporting *x)
{
	const char *name = x->formats[x->format]->name;

	x->tick_count = 0;
	for (enum tick t = 0; t < TICKS; t++)
		if ((!ticks[t].formats || strstr(ticks[t].formats, name)) &&
		    (t != TICK_SKIP || x->offers[x->offer].what.space))
			x->shown[x->tick_count++] = t;
	suggest_name(x);
}

static void find_formats(struct exporting *x)
{
	const struct export_what *what = &x->offers[x->offer].what;
	const struct exporter *wanted = x->picked ? x->formats[x->format] : export_usual(what);

	x->format_count = x->format = 0;
	for (const struct exporter *const *e = exporters; *e && x->format_count < FORMATS; e++) {
		if (!(*e)->fits(what))
			continue;
		if (*e == wanted)
			x->format = x->format_count;
		x->formats[x->format_count++] = *e;
	}
	if (x->format_count)
		take_format(x);
}

void app_export_open(struct app *app)
{
	struct exporting *x = app->exporting;

	if (x->running) {
		app_say(app, ROLE_WARNING, "one export runs already: C-c stops it");
		return;
	}
	arena_reset(&x->arena);
	export_offer_all(app, x);
	x->offer = x->format_count = 0;
	x->told = x->picked = false;
	x->ticks[TICK_FORCE] = false;
	if (x->offer_count)
		find_formats(x);
	x->open = x->format_count;
	x->line = line_count(x) - 1;
	if (!x->open)
		app_say(app, ROLE_HINT, "nothing here that could be written to a file");
}

bool app_export_is_open(const struct app *app)
{
	return app->exporting->open;
}

/* ---- keys ---- */

static void choose(struct exporting *x)
{
	size_t n = x->line;

	if (n < x->offer_count) {
		x->offer = n;
		find_formats(x);
		return;
	}
	n -= x->offer_count;
	if (n < x->format_count) {
		x->format = n;
		x->picked = true;
		take_format(x);
		return;
	}
	n -= x->format_count;
	if (n < x->tick_count)
		x->ticks[x->shown[n]] = !x->ticks[x->shown[n]];
}

static void move(struct exporting *x, bool down)
{
	size_t count = line_count(x);

	x->line = (x->line + (down ? 1 : count - 1)) % count;
}

/* In the file's name all but a few keys are text. */
void app_export_key(struct app *app, uint32_t key)
{
	struct exporting *x = app->exporting;

	if (key == K_ENTER) {
		if (x->prompt.len)
			export_start(app, x);
	} else if (key == K_ESC || key == K_CTRL('c') || key == K_CTRL('g')) {
		x->open = false;
	} else if (key == K_TAB || key == K_DOWN) {
		move(x, true);
	} else if (key == K_SHIFT_TAB || key == K_UP) {
		move(x, false);
	} else if (!at_file(x)) {
		if (key == ' ')
			choose(x);
		else if (key == 'j' || key == 'k')
			move(x, key == 'j');
		else if (key == 'q')
			x->open = false;
	} else if (key != K_BACKSPACE || x->prompt.len) {
		x->told = true;
		prompt_key(&x->prompt, key, NULL, NULL);
	}
}

/* ---- the box ---- */

struct pen {
	struct app *app;
	struct area in;
	int y;
	size_t line; /* of the dialog that comes next */
};

static void put_choice(struct pen *p, const char *name, const char *sign, const char *text)
{
	struct canvas *cv = &p->app->canvas;
	bool here = p->line++ == p->app->exporting->line;
	enum role role = here ? ROLE_SELECTION : ROLE_NORMAL;
	int x = p->in.x + 10;

	canvas_put(cv, p->in.x + 2, p->in.y + p->y, ROLE_FIELD, name);
	if (here) {
		canvas_put(cv, x - 1, p->in.y + p->y, ROLE_SELECTION, "*");
		canvas_cursor(cv, x, p->in.y + p->y);
	}
	x = canvas_put(cv, x, p->in.y + p->y, role, sign);
	canvas_put_cut(cv, x, p->in.y + p->y, role, text, p->in.x + p->in.w - x - 1);
	p->y++;
}

static void put_note(struct pen *p, enum role role, const char *text)
{
	canvas_put_cut(&p->app->canvas, p->in.x + 2, p->in.y + p->y++, role, text, p->in.w - 4);
}

static void put_file(struct pen *p)
{
	struct exporting *x = p->app->exporting;
	struct canvas *cv = &p->app->canvas;
	struct area line = { p->in.x + 10, p->in.y + p->y++, p->in.w - 12, 1 };

	canvas_put(cv, p->in.x + 2, line.y, ROLE_FIELD, "File");
	if (at_file(x)) {
		canvas_put(cv, line.x - 1, line.y, ROLE_SELECTION, "*");
		prompt_draw_text(&x->prompt, cv, line, ROLE_VALUE);
	} else {
		canvas_put_cut(cv, line.x, line.y, ROLE_VALUE, x->prompt.text, line.w);
	}
}

/* Over as many lines as it takes, at most COMMAND_LINES, broken at blanks. */
static void put_command(struct pen *p, const char *text)
{
	struct arena *a = &p->app->frame;
	int width = p->in.w - 4;

	for (int n = 1; *text; n++) {
		size_t len = strlen(text), cut = len;

		if (n < COMMAND_LINES && text_width(text) > width)
			for (cut = (size_t)width; cut && text[cut] != ' '; cut--)
				continue;
		cut = cut ? cut : len;
		put_note(p, ROLE_DIM, arena_printf(a, "%.*s", (int)cut, text));
		text += cut + (text[cut] == ' ');
		if (n == COMMAND_LINES)
			break;
	}
}

static const char *command_line(struct app *app)
{
	const struct exporting *x = app->exporting;
	const struct offer *o = &x->offers[x->offer];
	struct strbuf s;

	strbuf_init(&s, &app->frame);
	strbuf_addf(&s, "same as: cryoscope export %s %s -f %s", o->what.model->name, o->location,
		    x->formats[x->format]->name);
	for (size_t i = 0; i < x->tick_count; i++)
		if (x->ticks[x->shown[i]])
			strbuf_addf(&s, " %s", ticks[x->shown[i]].option);
	strbuf_addf(&s, " -o %s", text_clean_str(x->prompt.text, &app->frame));
	return s.text;
}

static void put_notes(struct pen *p)
{
	const struct exporting *x = p->app->exporting;
	const struct exporter *e = x->formats[x->format];
	const struct export_what *what = &x->offers[x->offer].what;
	struct export_options o = export_options_of(x);
	uint64_t size = e->size ? e->size(what, &o) : 0;
	struct arena *a = &p->app->frame;

	put_note(p, ROLE_NORMAL,
		 !size      ? "mode 0600"
		 : size < 2 ? "at most 1 byte, mode 0600"
			    : arena_printf(a, "at most %s bytes, mode 0600", text_uint(size, a)));
	if (what->space)
		put_note(p, ROLE_WARNING, "! contains memory: may hold secrets");
	put_command(p, command_line(p->app));
}

static void put_all(struct pen *p)
{
	struct exporting *x = p->app->exporting;
	struct arena *a = &p->app->frame;

	for (size_t i = 0; i < x->offer_count; i++)
		put_choice(p, i ? "" : "What", i == x->offer ? "(*) " : "( ) ", x->offers[i].label);
	for (size_t i = 0; i < x->format_count; i++)
		put_choice(p, i ? "" : "Format", i == x->format ? "(*) " : "( ) ",
			   arena_printf(a, "%-9s %s", x->formats[i]->name, x->formats[i]->summary));
	for (size_t i = 0; i < x->tick_count; i++)
		put_choice(p, i ? "" : "Options", x->ticks[x->shown[i]] ? "[x] " : "[ ] ",
			   ticks[x->shown[i]].text);
	put_file(p);
	put_notes(p);
}

/* Some of what is behind stays in sight, if there is room. */
static int box_width(int screen)
{
	int w = screen - 2 * MARGIN;

	return w > BOX_W ? BOX_W : w >= BOX_LEAST ? w : screen - 2;
}

void app_export_draw(struct app *app)
{
	struct exporting *x = app->exporting;
	struct canvas *cv = &app->canvas;
	int h = (int)line_count(x) + 2 + COMMAND_LINES + 2, w = box_width(cv->w);
	struct area a = { (cv->w - w) / 2, cv->h > h + 2 ? (cv->h - h) / 2 : 1, w, h }, before;
	struct pen p = { .app = app, .in = area_inside(a) };
	const char *foot = " Tab next  Space choose  Enter write  Esc leave ";

	canvas_fill(cv, a, ROLE_NORMAL, ' ');
	canvas_box(cv, a, ROLE_BORDER_FOCUS);
	canvas_put(cv, a.x + 2, a.y, ROLE_BORDER_FOCUS, " Export ");
	canvas_put(cv, a.x + a.w - 2 - text_width(foot), a.y + a.h - 1, ROLE_BORDER_FOCUS, foot);
	before = canvas_clip(cv, p.in);
	put_all(&p);
	canvas_clip(cv, before);
}

/* ---- beginning and end ---- */

void app_export_init(struct app *app)
{
	struct exporting *x = heap_zeroed(1, sizeof(*x));

	arena_init(&x->arena);
	prompt_init(&x->prompt);
	app->exporting = x;
}

void app_export_fini(struct app *app)
{
	struct exporting *x = app->exporting;

	if (!x)
		return;
	if (x->running) {
		atomic_store(&x->job.cancel, true);
		worker_wait(x->worker);
		err_free(x->err);
	}
	worker_close(x->worker);
	prompt_fini(&x->prompt);
	arena_fini(&x->arena);
	free(x);
	app->exporting = NULL;
}
