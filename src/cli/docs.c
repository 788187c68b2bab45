/* What the manual and the shells' completions are made of, straight from the tables. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* ---- the manual, mdoc ---- */

/* Text as mdoc: lines of macros as they are, others filled to 78 columns. */
static void doc_text(const char *text, struct out *o)
{
	size_t column = 0;

	while (*text) {
		size_t line = strcspn(text, "\n"), word = strcspn(text, " \n");

		if (!column && *text == '.') {
			out_add(o, text, line);
			word = line;
		} else {
			if (column && column + 1 + word > 78) {
				out_str(o, "\n");
				column = 0;
			}
			out_str(o, column ? " " : "");
			out_add(o, text, word);
			column += word + (column > 0);
		}
		text += word;
		if (*text == '\n') {
			out_str(o, "\n");
			column = 0;
		}
		text += *text != '\0';
	}
	out_str(o, "\n");
}

/* A line of help as a sentence. */
static void doc_sentence(const char *help, struct out *o)
{
	char text[256];

	snprintf(text, sizeof(text), "%c%s.", toupper((unsigned char)*help), help + 1);
	doc_text(text, o);
}

static void doc_option(const struct option_doc *d, struct out *o)
{
	out_str(o, ".It ");
	if (d->letter)
		out_printf(o, "Fl %c , ", d->letter);
	out_printf(o, "Fl -%s", d->name);
	if (d->arg)
		out_printf(o, " Ar %s", d->arg);
	out_str(o, "\n");
	if (d->about)
		doc_text(d->about, o);
	else
		doc_sentence(d->help, o);
}

static void dump_options(struct out *o)
{
	struct option_doc d;

	for (size_t n = 0; option_doc(n, &d); n++)
		doc_option(&d, o);
}

/* "SOURCE [PATH]" as arguments of .It */
static void doc_args(const char *args, struct out *o)
{
	for (const char *at = args; *at;) {
		size_t len = strcspn(at, " ");

		if (*at == '[')
			out_printf(o, " Op Ar %.*s", (int)len - 2, at + 1);
		else
			out_printf(o, " Ar %.*s", (int)len, at);
		at += len + (at[len] == ' ');
	}
}

static void dump_verbs(struct out *o)
{
	for (const struct verb *v = verbs; v->name; v++) {
		out_printf(o, ".It Cm %s", v->name);
		doc_args(v->args, o);
		out_str(o, "\n");
		doc_text(v->about, o);
	}
}

static const struct doc_part {
	const char *name;
	void (*dump)(struct out *);
} doc_parts[] = {
	{ "options", dump_options },
	{ "verbs", dump_verbs },
};

int docs_dump(const char *part, struct out *o)
{
	for (size_t i = 0; i < ARRAY_LEN(doc_parts); i++)
		if (!strcmp(doc_parts[i].name, part)) {
			doc_parts[i].dump(o);
			return EXIT_FINE;
		}
	return EXIT_WRONG;
}

/* ---- words for a shell: "word<TAB>help" a line ---- */

/* Options: "--schema<TAB>FILE<TAB>help"; choices of one as "--color=auto". */
static void complete_options(unsigned bit, struct out *o)
{
	struct option_doc d;

	for (size_t n = 0; option_doc(n, &d); n++) {
		if (!(d.verbs & bit))
			continue;
		for (int i = 0; d.choices && d.choices[i]; i++)
			out_printf(o, "--%s=%s\t%s\n", d.name, d.choices[i], d.help);
		if (!d.choices)
			out_printf(o, "--%s%s\t%s\n", d.name, d.arg ? "=" : "", d.help);
		if (d.letter)
			out_printf(o, "-%c\t%s\n", d.letter, d.help);
	}
}

static void complete_verbs(struct out *o)
{
	for (const struct verb *v = verbs; v->name; v++)
		out_printf(o, "%s\t%s\n", v->name, v->help);
}

/* Items by their paths; rows only of the one whose name is typed to its end. */
static void complete_paths(struct model *m, const char *typed, struct out *o)
{
	size_t len = strlen(typed);
	struct arena a;

	arena_init(&a);
	for (struct item *it = m->root; it; it = item_next(m->root, it)) {
		size_t own = strlen(it->path);

		if (it->alias)
			continue;
		if (own && !strncmp(it->path, typed, len))
			out_printf(o, "%s\t%s\n", it->path, it->kind);
		if (own > len || strncmp(it->path, typed, own) || !(typed[own] || own == len))
			continue;
		if (typed[own] && typed[own] != '[' && typed[own] != '/')
			continue;
		item_index(it, true);
		for (size_t n = 0; n < item_rows(it) && n < 1000; n++) {
			struct node row = { it, n };
			const char *path = node_path(row, &a);

			if (!strncmp(path, typed, len))
				out_printf(o, "%s\t%s\n", path, node_summary(row, &a));
			arena_reset(&a);
		}
	}
	arena_fini(&a);
}

int docs_complete(const struct cli *cli, const struct format *const *formats, struct out *o)
{
	const char *what = cli->complete;
	struct model *m = NULL;
	struct err *err;

	if (!strcmp(what, "verbs")) {
		complete_verbs(o);
		return EXIT_FINE;
	}
	if (!strcmp(what, "options")) {
		complete_options(cli->verb ? cli->verb->bit : VERB_BROWSE, o);
		return EXIT_FINE;
	}
	if (strcmp(what, "paths") || cli->count < 1)
		return EXIT_WRONG;
	err = model_open(cli->args[0], formats, &(struct model_options){ .no_magic = true }, &m);
	if (err) {
		err_free(err);
		return EXIT_WRONG;
	}
	complete_paths(m, cli->count > 1 ? cli->args[1] : "", o);
	model_close(m);
	return EXIT_FINE;
}
