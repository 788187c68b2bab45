/* Rows and cells on standard output. Roles become plain SGR sequences of the terminal's own 16
 * colours; a file or a pipe gets none. */
#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"

/* NULL: as it is. */
static const char *const role_sgr[ROLE_COUNT] = {
	[ROLE_DIM] = "2",        [ROLE_TITLE] = "1",       [ROLE_FIELD] = "36",
	[ROLE_ADDRESS] = "33",   [ROLE_NOTE] = "32",       [ROLE_LINK] = "34",
	[ROLE_BYTES_ZERO] = "2", [ROLE_BYTES_FIELD] = "7", [ROLE_ABSENT] = "2",
	[ROLE_WARNING] = "33",   [ROLE_ERROR] = "31",      [ROLE_GAP] = "35",
	[ROLE_SELECTION] = "7",  [ROLE_CURSOR] = "7",      [ROLE_MATCH_CURRENT] = "7",
};

static bool want_color(const struct cli *cli)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (cli->color != COLOR_AUTO)
		return cli->color == COLOR_ALWAYS;
	return isatty(1) && !(no && *no) && term && *term && strcmp(term, "dumb");
}

static bool want_ascii(const struct cli *cli)
{
	return cli->ascii || strcmp(nl_langinfo(CODESET), "UTF-8");
}

void print_init(struct printer *p, struct out *o, const struct cli *cli)
{
	p->out = o;
	p->color = !cli->json && want_color(cli);
	p->ascii = want_ascii(cli);
	arena_init(&p->arena);
}

void print_fini(struct printer *p)
{
	arena_fini(&p->arena);
}

void print_text(struct printer *p, enum role role, const char *text)
{
	const char *sgr = p->color && *text ? role_sgr[role] : NULL;

	if (p->ascii)
		text = text_ascii(text, &p->arena);
	if (sgr)
		out_printf(p->out, "\x1b[%sm", sgr);
	out_str(p->out, text);
	if (sgr)
		out_str(p->out, "\x1b[m");
}

static void print_blanks(struct printer *p, int n)
{
	static const char blanks[] = "                                ";

	for (; n > 0; n -= (int)sizeof(blanks) - 1)
		out_add(p->out, blanks, n < (int)sizeof(blanks) ? (size_t)n : sizeof(blanks) - 1);
}

static int padding(struct printer *p, int width, const char *text)
{
	if (p->ascii)
		text = text_ascii(text, &p->arena);
	return (width < 0 ? -width : width) - text_width(text);
}

static void print_padded(struct printer *p, enum role role, int width, const char *text)
{
	int blanks = width ? padding(p, width, text) : 0;

	if (width < 0)
		print_blanks(p, blanks);
	print_text(p, role, text);
	if (width > 0)
		print_blanks(p, blanks);
}

void print_column(struct printer *p, enum role role, int width, const char *text)
{
	print_padded(p, role, width, text);
	print_blanks(p, 2);
}

void print_cells(struct printer *p, const struct row *row)
{
	print_blanks(p, 2 * row->depth);
	for (int i = 0; i < row->count; i++) {
		const struct cell *c = &row->cells[i];
		bool last = i + 1 == row->count;

		print_padded(p, c->role, last && c->width > 0 ? 0 : c->width, c->text);
	}
}

void print_newline(struct printer *p)
{
	out_add(p->out, "\n", 1);
	arena_reset(&p->arena);
}

void print_line(struct printer *p, const char *name, const char *text)
{
	print_column(p, ROLE_FIELD, 8, name);
	print_text(p, ROLE_NORMAL, text);
	print_newline(p);
}

void print_error(const struct cli *cli, const char *fmt, ...)
{
	struct arena a;
	const char *text;
	char raw[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	arena_init(&a);
	/* Cleaned a second time it stays the same, but for a code point cut at the end. */
	text = text_needs_clean(bytes_of(raw)) ? text_clean_str(raw, &a) : raw;
	fprintf(stderr, "cryoscope: %s\n", want_ascii(cli) ? text_ascii(text, &a) : text);
	arena_fini(&a);
}
