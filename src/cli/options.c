/* Options: one table, from which comes all: parsing, help, the manual, completion. An option is
 * refused where it would mean nothing. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "cli/cli.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_CHOICE };

struct option_row {
	char letter;
	const char *name;
	const char *arg; /* NULL: takes none */
	enum option_kind kind;
	size_t offset; /* in struct cli: of a bool, a const char *, an int */
	unsigned verbs;
	const char *help;  /* a line; NULL: hidden */
	const char *about; /* for the manual, mdoc; NULL: the line */
	const char *const *choices;
};

static const char *const hole_choices[] = { "zero", "skip", NULL };
static const char *const severity_choices[] = { "warning", "error", "note", NULL };
static const char *const color_choices[] = { "auto", "always", "never", NULL };

#define VERB_JSON                                                                                  \
	(VERB_INFO | VERB_TREE | VERB_SHOW | VERB_READ | VERB_CHECK | VERB_MAPS | VERB_WHERE |     \
	 VERB_FIND | VERB_DIFF | VERB_BT | VERB_EXPORT)
#define AT(member) offsetof(struct cli, member)

static const struct option_row options[] = {
	{ 'g', "go", "LOCATION", OPTION_TEXT, AT(go), VERB_BROWSE,
	  "start at this place: off:0x2f1@mm-7.img, rec:13, pid:7, a PATH",
	  "Start at this place instead of the top.\nSee\n.Sx LOCATIONS .", NULL },
	{ 0, "json", NULL, OPTION_FLAG, AT(json), VERB_JSON, "print JSON",
	  "Print JSON instead of text.\nSee\n.Sx JSON .\nOf\n.Cm export ,\nwhose file is in the form that\n"
	  ".Fl -format\nnames, an object that says what was written.",
	  NULL },
	{ 0, "csv", NULL, OPTION_FLAG, AT(csv),
	  VERB_TREE | VERB_MAPS | VERB_FIND | VERB_DIFF | VERB_CHECK,
	  "print CSV: a line of names, then one for each object of --json",
	  "Print values with commas between instead of text, quoted as RFC 4180 has it; the first line "
	  "names the columns,\nwhich are the keys of\n.Fl -json ;\nof\n.Cm diff\nchange, kind, pid, of, "
	  "what, a, b, bytes.\nText that a spreadsheet would take for a formula has an apostrophe before it.",
	  NULL },
	{ 0, "pretty", NULL, OPTION_FLAG, AT(pretty), VERB_SHOW | VERB_EXPORT,
	  "JSON as `crit decode --pretty` has it, indented; implies --json",
	  "Print JSON with addresses, flags and the like as text, as\n.Ql crit decode --pretty\n"
	  "does, and indented.\nOf\n.Cm show\nimplies\n.Fl -json .",
	  NULL },
	{ 0, "offsets", NULL, OPTION_FLAG, AT(offsets), VERB_SHOW,
	  "list where each field's bytes are; all bytes are listed once",
	  "List the fields by their place in the file: path, name, offset, length and value.\n"
	  "Every byte belongs to exactly one line; what no field explains is a gap.",
	  NULL },
	{ 0, "raw", NULL, OPTION_FLAG, AT(raw), VERB_READ, "write the bytes themselves", NULL,
	  NULL },
	{ 0, "pid", "WHO", OPTION_TEXT, AT(pid), VERB_MAPS | VERB_FIND | VERB_BT,
	  "of this process, vCPU or pass only: 7, vcpu0, vcpu0u, pass:2", NULL, NULL },
	{ 0, "mapped", NULL, OPTION_FLAG, AT(mapped), VERB_WHERE | VERB_FIND,
	  "of a guest: also where the vCPUs' page tables map it", NULL, NULL },
	{ 'x', "hex", NULL, OPTION_FLAG, AT(hex), VERB_FIND, "the pattern is hex: de ad ?? b?",
	  NULL, NULL },
	{ 'e', "regex", NULL, OPTION_FLAG, AT(regex), VERB_FIND,
	  "the pattern is a Perl regular expression", NULL, NULL },
	{ 'i', "ignore-case", NULL, OPTION_FLAG, AT(nocase), VERB_FIND,
	  "letters of either case (ASCII)", NULL, NULL },
	{ 0, "utf16", NULL, OPTION_FLAG, AT(utf16), VERB_FIND, "text as UTF-16LE, too", NULL,
	  NULL },
	{ 0, "aligned", NULL, OPTION_FLAG, AT(aligned), VERB_FIND,
	  "integers only at multiples of their width", NULL, NULL },
	{ 0, "perm", "PERM", OPTION_TEXT, AT(perm), VERB_FIND,
	  "in regions with these permissions: rw, x, rw~x, ~s",
	  "Search only regions with these permissions, letters of\n.Ql rwxsp ;\nletters behind\n.Ql ~\n"
	  "are those a region must not have.",
	  NULL },
	{ 0, "state", "STATE", OPTION_TEXT, AT(state), VERB_FIND,
	  "in pages that are present, or in a parent",
	  "Search only pages in this state:\n.Cm present\n(in these images) or\n.Cm parent .",
	  NULL },
	{ 0, "kind", "KIND", OPTION_TEXT, AT(kind), VERB_FIND,
	  "in regions of a kind: heap, stack, anon, file, shmem, ...", NULL, NULL },
	{ 0, "name", "TEXT", OPTION_TEXT, AT(region), VERB_FIND,
	  "in regions with this in their name", NULL, NULL },
	{ 'C', "context", "BYTES", OPTION_TEXT, AT(context), VERB_FIND,
	  "bytes to show around a match", NULL, NULL },
	{ 'm', "max", "N", OPTION_TEXT, AT(max), VERB_FIND, "stop after N matches", NULL, NULL },
	{ 0, "summary", NULL, OPTION_FLAG, AT(summary), VERB_DIFF, "one screen of counts", NULL,
	  NULL },
	{ 0, "fields", NULL, OPTION_FLAG, AT(fields), VERB_DIFF,
	  "only what is not memory: processes, descriptors, fields, regions", NULL, NULL },
	{ 0, "pages", NULL, OPTION_FLAG, AT(pages), VERB_DIFF, "only pages, one a line", NULL,
	  NULL },
	{ 0, "all", NULL, OPTION_FLAG, AT(all), VERB_DIFF,
	  "fields, too, that differ by nature: ids that renumber, times", NULL, NULL },
	{ 0, "moved", NULL, OPTION_FLAG, AT(moved), VERB_DIFF,
	  "look for pages that went to another address", NULL, NULL },
	{ 0, "ignore", "NAMES", OPTION_TEXT, AT(ignore), VERB_DIFF,
	  "leave out fields and kinds of these names, comma between", NULL, NULL },
	{ 0, "of", "WHO[,WHO]", OPTION_TEXT, AT(of), VERB_DIFF,
	  "only the memory of WHO in both, or of two: 7, 7,9, vcpu0, pass:1,pass:2", NULL, NULL },
	{ 'j', "jobs", "N", OPTION_TEXT, AT(jobs), VERB_FIND | VERB_DIFF,
	  "threads; as many as there are cores if not said", NULL, NULL },
	{ 0, "explain", "RULE", OPTION_TEXT, AT(explain), VERB_CHECK,
	  "say what a rule is about; of all: --explain all", NULL, NULL },
	{ 0, "severity", "LEVEL", OPTION_CHOICE, AT(severity), VERB_CHECK,
	  "count from this level on: warning (usual), error or note", NULL, severity_choices },
	{ 'o', "output", "FILE", OPTION_TEXT, AT(output), VERB_EXPORT,
	  "the file to write; - is standard output",
	  "Write to\n.Ar FILE ,\nwhich must not be there;\n.Ql -\nis standard output.", NULL },
	{ 'f', "format", "FORMAT", OPTION_TEXT, AT(format), VERB_EXPORT,
	  "raw, hex, json, elf-core, lime, xen-core, file, csv",
	  "Write it as\n.Ar FORMAT .\nOf a ghost file,\n.Cm file\nis what the process had open, with its "
	  "holes;\nof a memory,\n.Cm csv\nis a list of its regions.\nWhat is usual is elf-core of a process, json of a tree of "
	  "images, else raw.\nA core has no pages of mapped files but those that the images have:\n"
	  "a debugger takes them from the files, which it finds by\n.Ql set sysroot .\n"
	  "Of a guest, lime and xen-core are what tools for the memory of machines read; an elf-core,\n"
	  "for gdb, has frames at their guest-physical addresses, or with\n.Ql vcpu0\nmemory at the "
	  "addresses that the guest uses; raw has each page where its address is.",
	  NULL },
	{ 0, "force", NULL, OPTION_FLAG, AT(force), VERB_EXPORT, "write over a file that is there",
	  NULL, NULL },
	{ 0, "holes", "HOW", OPTION_CHOICE, AT(holes), VERB_EXPORT,
	  "zero: what is not there becomes zeros; skip: is left out", NULL, hole_choices },
	{ 0, "sparse", NULL, OPTION_FLAG, AT(sparse), VERB_EXPORT,
	  "zeros take no room: the file gets holes", NULL, NULL },
	{ 0, "provenance", NULL, OPTION_FLAG, AT(provenance), VERB_EXPORT,
	  "also write FILE.provenance.json: where it is from, SHA-256, time", NULL, NULL },
	{ 0, "root", "DIR", OPTION_TEXT, AT(root), VERB_EXPORT | VERB_BT | VERB_BROWSE,
	  "where the files are that processes had mapped",
	  "Of export: fill a core's pages of mapped files from those below\n.Ar DIR\nwhose build-id is the one "
	  "that was mapped.\nFiles that are not there or are others are left out and named.\n"
	  "Of back-traces: look for code and symbols there instead of on this system.",
	  NULL },
	{ 0, "parent", "DIR", OPTION_TEXT, AT(parent), VERB_ALL,
	  "the set before this one, instead of where its link parent leads",
	  "Take the pages that are in a parent from the image set in\n.Ar DIR ,\ninstead of where "
	  "the link\n.Pa parent\nleads.",
	  NULL },
	{ 0, "schema", "FILE", OPTION_TEXT, AT(schema), VERB_ALL,
	  "messages of a newer CRIU, made with `protoc -o FILE`",
	  "Know the messages of a newer CRIU, too:\n.Ar FILE\nis a descriptor set, made from its "
	  ".proto files with\n.Ql protoc -o FILE images/*.proto .",
	  NULL },
	{ 0, "width", "BITS", OPTION_TEXT, AT(width), VERB_ALL,
	  "of the toolstack that saved a legacy Xen stream: 32 or 64",
	  "The word of the toolstack that saved a legacy Xen stream, 32 or 64 bits: by evidence if not "
	  "said.",
	  NULL },
	{ 0, "spool-limit", "SIZE", OPTION_TEXT, AT(spool_limit), VERB_ALL,
	  "unpack at most this much to a temporary file; 64G if not said",
	  "Unpack at most\n.Ar SIZE\n(with K, M or G if wished) to a temporary file: 64G if not said, "
	  "and never more\nthan is free in\n.Ev TMPDIR .",
	  NULL },
	{ 0, "no-magic", NULL, OPTION_FLAG, AT(no_magic), VERB_ALL,
	  "do not ask libmagic what raw data is", NULL, NULL },
	{ 0, "color", "WHEN", OPTION_CHOICE, AT(color), VERB_ALL,
	  "auto, always or never; auto obeys NO_COLOR",
	  "Use colours:\n.Cm auto\n(on a terminal, unless\n.Ev NO_COLOR\nis set),\n.Cm always\nor\n"
	  ".Cm never .",
	  color_choices },
	{ 0, "theme", "NAME", OPTION_TEXT, AT(theme), VERB_BROWSE,
	  "colours of the browser: a theme's name, or a file",
	  "Take the browser's colours from a theme: its name, or a file if there is a slash in it.",
	  NULL },
	{ 0, "ascii", NULL, OPTION_FLAG, AT(ascii), VERB_ALL,
	  "only ASCII, even where the locale is UTF-8", NULL, NULL },
	{ 0, "script", "FILE", OPTION_TEXT, AT(script), VERB_BROWSE,
	  "press the keys in FILE and print the screen: for tests",
	  "Press the keys that\n.Ar FILE\nnames, without a terminal, and print the screen at the "
	  "end: for tests.\n.Ql -\nis standard input.",
	  NULL },
	{ 0, "size", "WxH", OPTION_TEXT, AT(size), VERB_BROWSE,
	  "the screen of a script, 80x24 if not said", NULL, NULL },
	{ 'q', "quiet", NULL, OPTION_FLAG, AT(quiet), VERB_JSON,
	  "say nothing of damage on standard error",
	  "Say nothing of damage on standard error; the exit status tells.", NULL },
	{ 'v', "verbose", NULL, OPTION_FLAG, AT(verbose), VERB_JSON,
	  "say on standard error what was opened, and mere notes, too", NULL, NULL },
	{ 'h', "help", NULL, OPTION_FLAG, AT(help), VERB_ALL, "print this; of a verb, its own",
	  "Print a summary of usage; after a verb, of that verb.", NULL },
	{ 'V', "version", NULL, OPTION_FLAG, AT(version), VERB_ALL, "print the version", NULL,
	  NULL },
	{ 0, "dump-docs", "PART", OPTION_TEXT, AT(dump), VERB_ALL, NULL, NULL, NULL },
	{ 0, "complete", "WHAT", OPTION_TEXT, AT(complete), VERB_ALL, NULL, NULL, NULL },
};

bool option_doc(size_t n, struct option_doc *out)
{
	const struct option_row *o;

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		o = &options[i];
		if (!o->help || n--)
			continue;
		*out = (struct option_doc){ o->letter, o->name,  o->arg,    o->help,
					    o->about,  o->verbs, o->choices };
		return true;
	}
	return false;
}

/* ---- mistakes ---- */

#define WORD_MAX 32
#define CHOICES_MAX 64

static const char *option_name_at(size_t n)
{
	struct option_doc o;

	return option_doc(n, &o) ? o.name : NULL;
}

int cli_wrong(const struct cli *cli, const char *fmt, ...)
{
	struct arena a;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	arena_init(&a);
	fprintf(stderr, "cryoscope: %s\nTry 'cryoscope %s%s--help'.\n",
		text_ascii(text_clean_str(text, &a), &a), cli->verb ? cli->verb->name : "",
		cli->verb ? " " : "");
	arena_fini(&a);
	return EXIT_WRONG;
}

static bool unknown_option(const struct cli *cli, const char *name, int len)
{
	char word[WORD_MAX + 1];
	const char *near = NULL;

	if (len <= WORD_MAX) {
		memcpy(word, name, (size_t)len);
		word[len] = '\0';
		near = nearest_word(word, option_name_at);
	}
	if (near)
		cli_wrong(cli, "unknown option --%.*s; did you mean --%s?", len, name, near);
	else
		cli_wrong(cli, "unknown option --%.*s", len, name);
	return false;
}

/* ---- parsing ---- */

static const struct option_row *option_named(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strlen(options[i].name) == len && !memcmp(options[i].name, name, len))
			return &options[i];
	return NULL;
}

static const struct option_row *option_lettered(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

/* "auto, always or never" */
static const char *choices_text(const char *const *choices, char text[CHOICES_MAX])
{
	size_t len = 0;

	for (int i = 0; choices[i] && len < CHOICES_MAX; i++)
		len += (size_t)snprintf(text + len, CHOICES_MAX - len, "%s%s",
					!i               ? ""
					: choices[i + 1] ? ", "
							 : " or ",
					choices[i]);
	return text;
}

static bool set_choice(struct cli *cli, const struct option_row *o, const char *value)
{
	char text[CHOICES_MAX];

	for (int i = 0; o->choices[i]; i++)
		if (!strcmp(o->choices[i], value)) {
			*(int *)((char *)cli + o->offset) = i;
			return true;
		}
	cli_wrong(cli, "--%s is %s, not '%s'", o->name, choices_text(o->choices, text), value);
	return false;
}

/* `value` is NULL for options without one. */
static bool set_option(struct cli *cli, const struct option_row *o, const char *value)
{
	void *at = (char *)cli + o->offset;

	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return true;
	case OPTION_TEXT:
		*(const char **)at = value;
		return true;
	default:
		return set_choice(cli, o, value);
	}
}

struct args {
	char **at; /* the next one; NULL-terminated */
	unsigned seen[ARRAY_LEN(options)];
};

static bool take_option(struct cli *cli, const struct option_row *o, const char *value,
			struct args *args)
{
	if (o->arg && !value)
		value = *args->at ? *args->at++ : NULL;
	if (o->arg && !value) {
		cli_wrong(cli, "--%s needs its %s", o->name, o->arg);
		return false;
	}
	args->seen[o - options]++;
	return set_option(cli, o, value);
}

static bool parse_long(struct cli *cli, const char *word, struct args *args)
{
	size_t len = strcspn(word, "=");
	const struct option_row *o = option_named(word, len);
	const char *value = word[len] ? word + len + 1 : NULL;

	if (!o)
		return unknown_option(cli, word, (int)len);
	if (value && !o->arg) {
		cli_wrong(cli, "--%s takes no value", o->name);
		return false;
	}
	return take_option(cli, o, value, args);
}

/* "-qv", "-gpid:7", "-g" and then its value. */
static bool parse_short(struct cli *cli, const char *word, struct args *args)
{
	for (; *word; word++) {
		const struct option_row *o = option_lettered(*word);

		if (!o) {
			cli_wrong(cli, "unknown option -%c", *word);
			return false;
		}
		if (o->arg)
			return take_option(cli, o, word[1] ? word + 1 : NULL, args);
		if (!take_option(cli, o, NULL, args))
			return false;
	}
	return true;
}

static bool take_argument(struct cli *cli, const char *word, bool may_be_verb)
{
	if (may_be_verb && !cli->verb && !cli->count) {
		cli->verb = verb_named(word);
		if (cli->verb)
			return true;
	}
	if (cli->count < (int)ARRAY_LEN(cli->args))
		cli->args[cli->count] = word;
	cli->count++;
	return true;
}

static bool parse_words(struct cli *cli, struct args *args)
{
	bool options_end = false;

	while (*args->at) {
		const char *word = *args->at++;
		bool good;

		if (options_end || word[0] != '-' || !word[1])
			good = take_argument(cli, word, !options_end);
		else if (!strcmp(word, "--"))
			good = options_end = true;
		else if (word[1] == '-')
			good = parse_long(cli, word + 2, args);
		else
			good = parse_short(cli, word + 1, args);
		if (!good)
			return false;
	}
	return true;
}

/* Options that mean nothing to this verb, and too few or too many arguments. */
static bool fits_verb(const struct cli *cli, const struct args *args)
{
	unsigned bit = cli->verb ? cli->verb->bit : VERB_BROWSE;
	const char *who = cli->verb ? cli->verb->name : "the browser";
	int most = cli->verb ? cli->verb->at_most : 2;

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (args->seen[i] && !(options[i].verbs & bit)) {
			cli_wrong(cli, "%s has no use for --%s", who, options[i].name);
			return false;
		}
	if (cli->explain)
		return true;
	if (cli->count < (cli->verb ? cli->verb->at_least : 1)) {
		if (cli->count)
			cli_wrong(cli, "%s needs %s", who, cli->verb->args);
		else
			cli_wrong(
				cli,
				"nothing to open: name an image set, an image, a checkpoint or a stream");
		return false;
	}
	if (cli->count > most) {
		const char *near = cli->verb ? NULL : nearest_word(cli->args[0], verb_name_at);

		if (near) {
			cli_wrong(cli, "unknown verb '%s'; did you mean %s?", cli->args[0], near);
			return false;
		}
		cli_wrong(cli, "too many arguments: '%s'",
			  most < (int)ARRAY_LEN(cli->args) ? cli->args[most] : "...");
		return false;
	}
	return true;
}

static int print_and_flush(const struct cli *cli, void (*fn)(const struct cli *, struct out *))
{
	struct out *o = malloc(sizeof(*o));
	int errnum;

	if (!o)
		return EXIT_WRONG;
	out_init(o, 1);
	fn(cli, o);
	errnum = out_flush(o);
	free(o);
	if (errnum && errnum != EPIPE)
		print_error(cli, "cannot write: %s", strerror(errnum));
	return errnum ? EXIT_WRONG : EXIT_FINE;
}

static void print_version(const struct cli *cli, struct out *o)
{
	(void)cli;
	out_str(o, "cryoscope " CRYOSCOPE_VERSION "\n");
}

bool cli_parse(struct cli *cli, int argc, char **argv, int *status)
{
	struct args args = { .at = argv + (argc > 0) };

	memset(cli, 0, sizeof(*cli));
	*status = EXIT_WRONG;
	if (!parse_words(cli, &args))
		return false;
	if (cli->help || cli->version) {
		*status = print_and_flush(cli, cli->help ? cli_help : print_version);
		return false;
	}
	if (cli->dump || cli->complete)
		return true;
	/* Of an export, --pretty is about the file. */
	cli->json |= cli->csv || (cli->pretty && cli->verb && cli->verb->bit == VERB_SHOW);
	return fits_verb(cli, &args);
}
