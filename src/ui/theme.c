/* Parsing by hand: a line, a '=', words. A theme comes from the user's own folder, but may be
 * handed around, so it is read like any other foreign text: bounded, and never trusted. */
#include "ui/theme.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/text.h"

#define THEME_MAX 65536 /* bytes of a theme file */

static const char *const color_names[] = {
	"black",        "red",           "green",       "yellow",         "blue",
	"magenta",      "cyan",          "white",       "bright-black",   "bright-red",
	"bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
	"bright-white",
};

static const struct {
	const char *name;
	enum style_attr attr;
} attr_names[] = {
	{ "bold", STYLE_BOLD },       { "dim", STYLE_DIM },       { "underline", STYLE_UNDERLINE },
	{ "reverse", STYLE_REVERSE }, { "italic", STYLE_ITALIC },
};

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, BRIGHT_BLACK, USUAL = COLOR_USUAL };

/* themes/default.theme and mono.theme say the same, with reasons; a test compares them. */
static const struct style default_roles[ROLE_COUNT] = {
	[ROLE_NORMAL] = { USUAL, USUAL, 0 },
	[ROLE_DIM] = { BRIGHT_BLACK, USUAL, 0 },
	[ROLE_TITLE] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_BORDER] = { BRIGHT_BLACK, USUAL, 0 },
	[ROLE_BORDER_FOCUS] = { CYAN, USUAL, STYLE_BOLD },
	[ROLE_STATUS] = { USUAL, USUAL, STYLE_REVERSE },
	[ROLE_HINT] = { USUAL, USUAL, 0 },
	[ROLE_HINT_KEY] = { CYAN, USUAL, STYLE_BOLD },
	[ROLE_SELECTION] = { USUAL, USUAL, STYLE_REVERSE },
	[ROLE_SELECTION_BLUR] = { USUAL, USUAL, STYLE_BOLD | STYLE_UNDERLINE },
	[ROLE_CURSOR] = { BLACK, YELLOW, 0 },
	[ROLE_FIELD] = { CYAN, USUAL, 0 },
	[ROLE_ADDRESS] = { BRIGHT_BLACK, USUAL, 0 },
	[ROLE_VALUE] = { USUAL, USUAL, 0 },
	[ROLE_NOTE] = { GREEN, USUAL, 0 },
	[ROLE_LINK] = { CYAN, USUAL, STYLE_UNDERLINE },
	[ROLE_BYTES] = { USUAL, USUAL, 0 },
	[ROLE_BYTES_ZERO] = { BRIGHT_BLACK, USUAL, 0 },
	[ROLE_BYTES_FIELD] = { BLACK, CYAN, 0 },
	[ROLE_TEXT] = { USUAL, USUAL, 0 },
	[ROLE_ESCAPE] = { USUAL, USUAL, STYLE_REVERSE },
	[ROLE_ABSENT] = { BRIGHT_BLACK, USUAL, 0 },
	[ROLE_MATCH] = { YELLOW, USUAL, STYLE_BOLD },
	[ROLE_MATCH_CURRENT] = { BLACK, YELLOW, 0 },
	[ROLE_WARNING] = { YELLOW, USUAL, STYLE_BOLD },
	[ROLE_ERROR] = { RED, USUAL, STYLE_BOLD },
	[ROLE_GAP] = { MAGENTA, USUAL, 0 },
	[ROLE_CHANGED] = { YELLOW, USUAL, 0 },
	[ROLE_ADDED] = { GREEN, USUAL, 0 },
	[ROLE_REMOVED] = { RED, USUAL, 0 },
	[ROLE_PAGE_PRESENT] = { GREEN, USUAL, 0 },
	[ROLE_PAGE_PARENT] = { CYAN, USUAL, 0 },
	[ROLE_PAGE_ABSENT] = { BRIGHT_BLACK, USUAL, 0 },
};

static const struct style mono_roles[ROLE_COUNT] = {
	[ROLE_NORMAL] = { USUAL, USUAL, 0 },
	[ROLE_DIM] = { USUAL, USUAL, STYLE_DIM },
	[ROLE_TITLE] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_BORDER] = { USUAL, USUAL, 0 },
	[ROLE_BORDER_FOCUS] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_STATUS] = { USUAL, USUAL, STYLE_REVERSE },
	[ROLE_HINT] = { USUAL, USUAL, 0 },
	[ROLE_HINT_KEY] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_SELECTION] = { USUAL, USUAL, STYLE_REVERSE },
	[ROLE_SELECTION_BLUR] = { USUAL, USUAL, STYLE_BOLD | STYLE_UNDERLINE },
	[ROLE_CURSOR] = { USUAL, USUAL, STYLE_REVERSE | STYLE_BOLD },
	[ROLE_FIELD] = { USUAL, USUAL, 0 },
	[ROLE_ADDRESS] = { USUAL, USUAL, STYLE_DIM },
	[ROLE_VALUE] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_NOTE] = { USUAL, USUAL, 0 },
	[ROLE_LINK] = { USUAL, USUAL, STYLE_UNDERLINE },
	[ROLE_BYTES] = { USUAL, USUAL, 0 },
	[ROLE_BYTES_ZERO] = { USUAL, USUAL, STYLE_DIM },
	[ROLE_BYTES_FIELD] = { USUAL, USUAL, STYLE_UNDERLINE | STYLE_BOLD },
	[ROLE_TEXT] = { USUAL, USUAL, 0 },
	[ROLE_ESCAPE] = { USUAL, USUAL, STYLE_REVERSE },
	[ROLE_ABSENT] = { USUAL, USUAL, STYLE_DIM },
	[ROLE_MATCH] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_MATCH_CURRENT] = { USUAL, USUAL, STYLE_BOLD | STYLE_REVERSE },
	[ROLE_WARNING] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_ERROR] = { USUAL, USUAL, STYLE_BOLD | STYLE_REVERSE },
	[ROLE_GAP] = { USUAL, USUAL, STYLE_DIM },
	[ROLE_CHANGED] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_ADDED] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_REMOVED] = { USUAL, USUAL, STYLE_DIM },
	[ROLE_PAGE_PRESENT] = { USUAL, USUAL, STYLE_BOLD },
	[ROLE_PAGE_PARENT] = { USUAL, USUAL, 0 },
	[ROLE_PAGE_ABSENT] = { USUAL, USUAL, STYLE_DIM },
};

static const struct {
	const char *name;
	const struct style *roles;
} builtin[] = { { "default", default_roles }, { "mono", mono_roles } };

bool theme_builtin(const char *name, struct theme *out)
{
	for (size_t i = 0; i < ARRAY_LEN(builtin); i++) {
		if (strcmp(builtin[i].name, name) != 0)
			continue;
		memcpy(out->roles, builtin[i].roles, sizeof(out->roles));
		return true;
	}
	return false;
}

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of `line`; empty at its end. */
static struct bytes word_next(struct bytes *line)
{
	struct bytes word;

	while (line->len > 0 && blank(*line->at)) {
		line->at++;
		line->len--;
	}
	word.at = line->at;
	while (line->len > 0 && !blank(*line->at)) {
		line->at++;
		line->len--;
	}
	word.len = (size_t)(line->at - word.at);
	return word;
}

static bool word_is(struct bytes word, const char *name)
{
	return bytes_equal(word, bytes_of(name));
}

static bool parse_color(struct bytes word, int16_t *out)
{
	unsigned n = 0;

	if (word_is(word, "default")) {
		*out = COLOR_USUAL;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(color_names); i++) {
		if (word_is(word, color_names[i])) {
			*out = (int16_t)i;
			return true;
		}
	}
	if (word.len == 0 || word.len > 3)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
		n = n * 10 + (word.at[i] - '0');
	}
	*out = (int16_t)n;
	return n <= 255;
}

static bool parse_attr(struct bytes word, uint8_t *attrs)
{
	for (size_t i = 0; i < ARRAY_LEN(attr_names); i++) {
		if (word_is(word, attr_names[i].name)) {
			*attrs |= (uint8_t)attr_names[i].attr;
			return true;
		}
	}
	return false;
}

/* What a line may be blamed with; NULL when it is fine. The culprit goes to *bad. */
static const char *parse_style(struct bytes rest, struct style *out, struct bytes *bad)
{
	struct style s = { 0, 0, 0 };

	*bad = word_next(&rest);
	if (!parse_color(*bad, &s.fg))
		return "no such foreground colour";
	*bad = word_next(&rest);
	if (!parse_color(*bad, &s.bg))
		return "no such background colour";
	for (*bad = word_next(&rest); bad->len > 0 && *bad->at != '#'; *bad = word_next(&rest))
		if (!parse_attr(*bad, &s.attrs))
			return "no such attribute";
	*out = s;
	return NULL;
}

static const char *parse_line(struct bytes line, struct theme *t, struct bytes *bad)
{
	struct bytes role = word_next(&line), equals;

	*bad = role;
	if (role.len == 0 || *role.at == '#')
		return NULL;
	equals = word_next(&line);
	if (!word_is(equals, "="))
		return "expected `role = fg bg attributes', not";
	for (int r = 0; r < ROLE_COUNT; r++)
		if (word_is(role, role_name((enum role)r)))
			return parse_style(line, &t->roles[r], bad);
	return "no such role";
}

static struct err *line_err(const char *name, unsigned number, const char *what, struct bytes bad)
{
	int shown = bad.len < 60 ? (int)bad.len : 60;

	return err_new(ERR_USAGE, "%s:%u: %s: %.*s", name, number, what, shown,
		       (const char *)bad.at);
}

struct err *theme_parse(struct bytes text, const char *name, struct theme *t)
{
	unsigned number = 0;

	while (text.len > 0) {
		const uint8_t *end = memchr(text.at, '\n', text.len);
		struct bytes line = { text.at, end ? (size_t)(end - text.at) : text.len };
		struct bytes bad;
		const char *what;

		number++;
		what = parse_line(line, t, &bad);
		if (what)
			return line_err(name, number, what, bad);
		text.at += line.len + (end != NULL);
		text.len -= line.len + (end != NULL);
	}
	return NULL;
}

/* Reads all of `fd`, closes it. */
static struct err *theme_read(int fd, const char *path, struct theme *t)
{
	uint8_t *text = heap_must(malloc(THEME_MAX));
	struct err *err = NULL;
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < THEME_MAX) {
		n = read(fd, text + len, THEME_MAX - len);
		if (n > 0)
			len += (size_t)n;
	}
	if (n < 0)
		err = err_io(errno, "reading theme %s", path);
	else if (len == THEME_MAX)
		err = err_new(ERR_LIMIT, "%s: a theme is shorter than 64 KiB", path);
	else
		err = theme_parse((struct bytes){ text, len }, path, t);
	free(text);
	close(fd);
	return err;
}

/* Tries "DIR/BELOW/NAME.theme". True: it is there, and *err says how reading went. */
static bool theme_try(const char *dir, const char *below, const char *name, struct theme *t,
		      struct err **err)
{
	char path[4096];
	int fd, n;

	if (!dir || !*dir)
		return false;
	n = snprintf(path, sizeof(path), "%s/%s/%s.theme", dir, below, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	*err = theme_read(fd, path, t);
	return true;
}

static struct err *theme_load_file(const char *path, struct theme *t)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_io(errno, "opening theme %s", path);
	return theme_read(fd, path, t);
}

struct err *theme_load(const char *name, struct theme *t)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	struct err *err = NULL;

	theme_builtin("default", t);
	if (strchr(name, '/'))
		return theme_load_file(name, t);
	if (config && *config == '/') {
		if (theme_try(config, "cryoscope/themes", name, t, &err))
			return err;
	} else if (theme_try(getenv("HOME"), ".config/cryoscope/themes", name, t, &err)) {
		return err;
	}
	if (theme_try(DATADIR, "themes", name, t, &err))
		return err;
	if (theme_builtin(name, t))
		return NULL;
	return err_new(ERR_ABSENT, "no theme \"%s\": neither built in nor in %s/themes", name,
		       DATADIR);
}

static void reduce_fg(struct style *s, int colors)
{
	if (s->fg < colors)
		return;
	if (s->fg == BRIGHT_BLACK)
		s->attrs |= STYLE_DIM;
	else if (s->fg < 16)
		s->attrs |= STYLE_BOLD;
	s->fg = s->fg > BRIGHT_BLACK && s->fg < 16 && s->fg - 8 < colors ? s->fg - 8 : COLOR_USUAL;
}

struct style style_reduce(struct style s, int colors)
{
	reduce_fg(&s, colors);
	if (s.bg >= colors) {
		/* Without its background a lit place must still stand out. */
		s.attrs |= STYLE_REVERSE;
		s.bg = COLOR_USUAL;
	}
	return s;
}
