/* Scripts of keys, for tests: no terminal, no worker, the canvas as text on standard output.
 *
 *	# a comment
 *	j j Enter        keys by name, blanks between
 *	/ "heap" Enter   text in quotes is typed as it is
 *	@screen          the screen as text
 *	@roles           the same, a letter for each cell's role
 *	@size 40x10      another screen size
 *
 * The screen is written once more at the end unless the last line was one of those. */
#include "ui/app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"

struct script {
	struct app *app;
	struct out out;
	unsigned line;
	bool shown; /* nothing happened since the last screen */
};

/* "80x24" */
static bool parse_size(const char *text, int *w, int *h)
{
	char *end;
	unsigned long columns = strtoul(text, &end, 10), rows;

	if (*end != 'x')
		return false;
	rows = strtoul(end + 1, &end, 10);
	if (*end || columns < 1 || columns > 1000 || rows < 1 || rows > 1000)
		return false;
	*w = (int)columns;
	*h = (int)rows;
	return true;
}

static void screen(struct script *s, bool roles)
{
	while (app_memory_work(s->app) || app_diff_work(s->app))
		;
	do
		app_draw(s->app);
	while (app_entropy_work(s->app));
	app_watch_loss(s->app);
	if (roles)
		canvas_dump_roles(&s->app->canvas, &s->out);
	else
		canvas_dump(&s->app->canvas, &s->out);
	s->shown = true;
}

static bool complain(const struct script *s, const char *what, const char *text)
{
	fprintf(stderr, "cryoscope: script, line %u: %s: %s\n", s->line, what, text);
	return false;
}

static void press(struct script *s, uint32_t key)
{
	s->shown = false;
	if (s->app->quit)
		return;
	app_key(s->app, key);
	/* Panes learn their size by being drawn, as they would between two keys. */
	app_draw(s->app);
}

/* "text" up to the closing quote. Returns what is behind it. */
static const char *type_text(struct script *s, const char *at)
{
	struct bytes b = bytes_of(at);

	while (b.len > 0 && *b.at != '"') {
		uint32_t cp;
		size_t n = text_decode(b, &cp);

		if (n == 0)
			break;
		press(s, cp);
		b.at += n;
		b.len -= n;
	}
	return (const char *)b.at + (b.len > 0);
}

static bool run_directive(struct script *s, const char *text)
{
	int w, h;

	if (strcmp(text, "@screen") == 0 || strcmp(text, "@roles") == 0) {
		screen(s, text[1] == 'r');
		return true;
	}
	if (strncmp(text, "@size ", 6) != 0 || !parse_size(text + 6, &w, &h))
		return complain(s, "no such directive", text);
	canvas_resize(&s->app->canvas, w, h);
	app_draw(s->app);
	s->shown = false;
	return true;
}

static bool run_line(struct script *s, char *text)
{
	const char *at = text;

	text[strcspn(text, "\r\n")] = 0;
	at += strspn(at, " \t");
	if (!*at || (*at == '#' && (at[1] == ' ' || !at[1])))
		return true;
	if (*at == '@' && at[1] && at[1] != ' ')
		return run_directive(s, at);
	while (*at) {
		size_t n = strcspn(at, " \t");
		uint32_t key = key_parse(at, n);

		if (*at == '"' && n > 1) {
			at = type_text(s, at + 1);
		} else if (key == K_NONE || key == K_LETTER) {
			return complain(s, "no such key", at);
		} else {
			press(s, key);
			at += n;
		}
		at += strspn(at, " \t");
	}
	return true;
}

static bool run_file(struct script *s, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	bool ok = true;

	if (!f) {
		fprintf(stderr, "cryoscope: %s: %s\n", path, strerror(errno));
		return false;
	}
	while (ok && getline(&line, &room, f) >= 0) {
		s->line++;
		ok = run_line(s, line);
	}
	free(line);
	if (f != stdin)
		fclose(f);
	return ok;
}

static bool start(struct script *s, const char *size)
{
	struct app *app = s->app;
	int w = 80, h = 24;

	if (size && !parse_size(size, &w, &h)) {
		fprintf(stderr, "cryoscope: --size takes COLUMNSxROWS, like 80x24, not %s\n", size);
		return false;
	}
	canvas_resize(&app->canvas, w, h);
	model_index(app->model);
	app_show_node(app, (struct node){ app->model->root, NODE_SELF });
	app_tick(app);
	app_draw(app);
	if (app->options->second)
		app_diff_start(app, app->options->second);
	if (app->options->go)
		app_jump(app, app->options->go);
	return true;
}

int app_script(struct app *app, const char *path)
{
	struct script *s = heap_zeroed(1, sizeof(*s));
	bool ok;

	s->app = app;
	out_init(&s->out, STDOUT_FILENO);
	ok = start(s, app->options->size) && run_file(s, path);
	if (ok && !s->shown)
		screen(s, false);
	ok = out_flush(&s->out) == 0 && ok;
	free(s);
	return ok ? 0 : 2;
}
