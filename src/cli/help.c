/* What a user reads who asks, or who mistyped. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* ---- words that were meant ---- */

#define WORD_MAX 32

/* Letters to change, add, drop or swap with the next, between two words. */
static size_t word_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), d[WORD_MAX + 1][WORD_MAX + 1];

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m];
}

const char *nearest_word(const char *word, const char *(*word_at)(size_t n))
{
	size_t len = strlen(word), least = len < 4 ? 2 : 3;
	const char *best = NULL, *w;

	if (len < 2)
		return NULL;
	for (size_t n = 0; (w = word_at(n)); n++) {
		size_t d = word_distance(word, w);

		/* "off" stands for "offsets". */
		if (len > 2 && !strncmp(w, word, len))
			d = 1;
		if (d < least) {
			least = d;
			best = w;
		}
	}
	return best;
}

/* ---- help ---- */

static void help_option(const struct option_doc *op, struct out *o)
{
	char left[48];

	snprintf(left, sizeof(left), "%c%c%s --%s%s%s", op->letter ? '-' : ' ',
		 op->letter ? op->letter : ' ', op->letter ? "," : " ", op->name,
		 op->arg ? " " : "", op->arg ? op->arg : "");
	out_printf(o, "  %-23s %s\n", left, op->help);
}

static void help_options(unsigned bit, struct out *o)
{
	struct option_doc op;

	out_str(o, "\nOptions:\n");
	for (size_t n = 0; option_doc(n, &op); n++)
		if (op.verbs & bit)
			help_option(&op, o);
}

static void help_verb(const struct verb *v, struct out *o)
{
	out_printf(o, "Usage: cryoscope %s [OPTIONS] %s\n\nPrints %s.\n", v->name, v->args,
		   v->help);
	help_options(v->bit, o);
}

void cli_help(const struct cli *cli, struct out *o)
{
	if (cli->verb) {
		help_verb(cli->verb, o);
		return;
	}
	out_str(o,
		"Usage: cryoscope [OPTIONS] SOURCE           browse it\n"
		"       cryoscope [OPTIONS] A B              browse what differs between two\n"
		"       cryoscope VERB [OPTIONS] SOURCE ...  print a part of it\n\n"
		"Looks at frozen processes: SOURCE is a directory of CRIU images, one image, or - "
		"for\nan image on standard input. Nothing is ever written to it.\n\nVerbs:\n");
	for (const struct verb *v = verbs; v->name; v++) {
		char left[40];

		snprintf(left, sizeof(left), "%s %s", v->name, v->args);
		out_printf(o, "  %-31s %s\n", left, v->help);
	}
	help_options(VERB_ALL, o);
	out_str(o,
		"\nExit status: 0 done; 1 check found problems, find nothing; 2 wrong use, cannot open\n"
		"or write; 3 the input is damaged, what could be read was printed; 4 part of the\n"
		"answer is missing. The manual: man cryoscope.\n");
}
