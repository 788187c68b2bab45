/* What a user reads who asks, or who mistyped. */
#include <ctype.h>
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

/* Arguments that have a grammar of their own. */
static const struct {
	const char *name, *help;
} words[] = {
	{ "PATH",
	  "as tree prints it: mm-7.img, mm-7.img/vmas[2]/start, pagemap-7.img[12], pid:7,\n"
	  "checkpoint/files.img[3] in an archive; of a Xen stream xl, libxl[2], libxc[13]" },
	{ "LOCATION",
	  "va:0x7ffd61a5c2f0@7, reg:rsp@7, heap@7, stack@7, env@7, vma:2@7, pid:7,\n"
	  "off:0x2f1@mm-7.img, rec:13@files.img, a PATH; of a guest pfn:0x1000, pa:0x1000000,\n"
	  "va:0xffffffff81000000@vcpu0, reg:rip@vcpu0" },
	{ "LENGTH", "a number of bytes, with K, M or G behind it if wished" },
	{ "PATTERN", "text, or x:de ad ?? b0, re:EXPRESSION, u8: u16: u32: u64:NUMBER,\n"
		     "ptr:START-END; i: and utf16: may stand in front" },
	{ "WHAT",
	  "a PATH, a LOCATION, pid:7, of a guest also guest, pass:2, vcpu0; if not said, all\n"
	  "images as JSON" },
};

/* The lines of a help behind the first stand below it. */
static void help_word(const char *name, const char *help, struct out *o)
{
	for (const char *line = help; line; name = "") {
		const char *end = strchr(line, '\n');

		out_printf(o, "  %-9s %.*s\n", name, end ? (int)(end - line) : (int)strlen(line),
			   line);
		line = end ? end + 1 : NULL;
	}
}

static void help_words(const struct verb *v, struct out *o)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strstr(v->args, words[i].name))
			continue;
		out_str(o, any ? "" : "\n");
		help_word(words[i].name, words[i].help, o);
		any = true;
	}
}

static void help_verb(const struct verb *v, struct out *o)
{
	out_printf(o, "Usage: cryoscope %s [OPTIONS] %s\n\n%c%s.\n", v->name, v->args,
		   toupper((unsigned char)*v->help), v->help + 1);
	help_words(v, o);
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
		"Looks at frozen processes and frozen machines. SOURCE is a directory of CRIU images,\n"
		"one image, a container checkpoint (archive or directory), a Xen save file or\n"
		"migration stream; - is standard input, FILE#2 the second snapshot in a file.\n"
		"Nothing is ever written to it.\n\nVerbs:\n");
	for (const struct verb *v = verbs; v->name; v++) {
		char left[40];

		snprintf(left, sizeof(left), "%s %s", v->name, v->args);
		out_printf(o, "  %-31s %s\n", left, v->help);
	}
	help_options(VERB_ALL, o);
	out_str(o,
		"\nExit status: 0 done; 1 check found problems, diff differences, find nothing; 2 wrong\n"
		"use, cannot open or write; 3 the input is damaged, what could be read was printed;\n"
		"4 part of the answer is missing. Of a verb: cryoscope VERB --help. The manual: man\n"
		"cryoscope.\n");
}
