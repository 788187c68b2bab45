/* The command line: one table of options, one table of verbs, and what they print. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/out.h"
#include "core/aspace.h"
#include "core/format.h"
#include "core/model.h"
#include "view/diff_json.h"
#include "view/rows.h"

/* product.md's exit statuses. */
enum exit_status {
	EXIT_FINE = 0,
	EXIT_FOUND = 1,   /* check found problems; find found nothing */
	EXIT_WRONG = 2,   /* wrong use; cannot open; cannot write */
	EXIT_DAMAGED = 3, /* what could be read was printed */
	EXIT_PARTLY = 4,  /* part of the answer is missing */
};

enum cli_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct verb;

/* What the command line said. Strings are argv's. */
struct cli {
	const struct verb *verb; /* NULL: browse */
	const char *args[3];     /* SOURCE and what the verb takes besides */
	int count;
	const char *pid, *go, *parent, *schema, *theme, *size, *script, *spool_limit, *width;
	const char *dump, *complete; /* hidden: parts of the manual, words for a shell */
	int color;                   /* enum cli_color */
	const char *context, *max, *jobs, *perm, *state, *kind, *region; /* of find */
	bool hex, regex, nocase, utf16, aligned, mapped;
	const char *ignore, *of; /* of diff */
	bool summary, fields, pages, all, moved;
	const char *output, *format, *root; /* of export; root: of bt, too */
	int holes;                          /* enum export_holes */
	bool force, sparse, provenance;
	const char *explain; /* of check */
	int severity;        /* of check: index in its choices */
	bool ascii, json, csv, pretty, offsets, raw, no_magic, quiet, verbose, help, version;
};

/* Reads argv. False: stop with *status, all is said. */
bool cli_parse(struct cli *cli, int argc, char **argv, int *status);
/* Runs a verb over `formats`. Returns the exit status. */
int cli_run(const struct cli *cli, const struct format *const *formats);
/* Opens the source with the options that concern it. On failure says why and returns an exit
 * status. */
int cli_open(const struct cli *cli, const struct format *const *formats, struct model **out);
/* The parts of it, for who opens otherwise: the options; false: wrong use, with *status. And what
 * is said on failure, which frees `err`. */
bool cli_model_options(const struct cli *cli, struct model_options *out, int *status);
int cli_open_failed(const struct cli *cli, struct err *err);

/* unpack.c: model_open; on a terminal says how far unpacking is. */
struct err *open_watched(const char *path, const struct format *const *formats,
			 struct model_options *options, struct model **out);
/* read.c: a number with K, M or G behind it, if wished. */
bool parse_length(const char *text, uint64_t *v);

/* options.c */
#define VERB_BROWSE (1u << 0)
#define VERB_INFO (1u << 1)
#define VERB_TREE (1u << 2)
#define VERB_SHOW (1u << 3)
#define VERB_READ (1u << 4)
#define VERB_CHECK (1u << 5)
#define VERB_MAPS (1u << 6)
#define VERB_WHERE (1u << 7)
#define VERB_FIND (1u << 8)
#define VERB_DIFF (1u << 9)
#define VERB_EXPORT (1u << 10)
#define VERB_BT (1u << 11)
#define VERB_ALL 0xffffffffu

void cli_help(const struct cli *cli, struct out *o);
/* Two lines on standard error: what is wrong, and where help is. Returns EXIT_WRONG. */
int cli_wrong(const struct cli *cli, const char *fmt, ...) PRINTF(2, 3);

/* docs.c: `--dump-docs PART` and `--complete WHAT`. */
int docs_dump(const char *part, struct out *o);
int docs_complete(const struct cli *cli, const struct format *const *formats, struct out *o);

/* Printing of rows. */
struct printer {
	struct out *out;
	bool color; /* SGR sequences for roles */
	bool ascii;
	struct arena arena; /* of one line */
};

void print_init(struct printer *p, struct out *o, const struct cli *cli);
void print_fini(struct printer *p);
void print_text(struct printer *p, enum role role, const char *text);
/* Padded to `width` columns (negative: on the left), followed by two blanks. */
void print_column(struct printer *p, enum role role, int width, const char *text);
/* Cells of a row, indented by its depth; no newline. */
void print_cells(struct printer *p, const struct row *row);
void print_newline(struct printer *p);
/* A line of its own: a name of up to 8 columns, and what it is. */
void print_line(struct printer *p, const char *name, const char *text);
/* "cryoscope: text" on standard error. */
void print_error(const struct cli *cli, const char *fmt, ...) PRINTF(2, 3);

/* The work of the verbs. */
struct location;

struct session {
	const struct cli *cli;
	const struct format *const *formats; /* for a second source */
	struct model *model;
	struct out *out;
	struct printer print;
	struct json json;
	struct arena arena;
	bool partly; /* something asked for is not there */
};

/* The worst problems of an input, on standard error. */
void cli_tell_problems(const struct cli *cli, const struct model *m);

struct verb {
	const char *name;
	unsigned bit;
	const char *args;      /* "SOURCE [PATH]" */
	int at_least, at_most; /* arguments */
	const char *help;      /* a line */
	const char *about;     /* a paragraph, for the manual */
	/* Prints. Returns an exit status; damage found on the way is seen to by the caller. */
	int (*run)(struct session *);
};

/* Ends with name NULL. */
extern const struct verb verbs[];
const struct verb *verb_named(const char *name);
const char *verb_name_at(size_t n); /* NULL past the end */

int verb_info(struct session *);
int verb_tree(struct session *);
int verb_show(struct session *);
int verb_read(struct session *);
int verb_check(struct session *);
/* commands.c: notes the files that became shorter while we looked. */
void note_lost(struct model *m);
/* check.c: `check --explain RULE`, which needs no source. Returns an exit status. */
int explain_rule(const struct cli *cli, const struct format *const *formats, struct out *o);
int verb_maps(struct session *);
int verb_where(struct session *);
int verb_find(struct session *);
int verb_diff(struct session *);
int verb_export(struct session *);
int verb_bt(struct session *);
/* read.c: the item that an offset or a record's number is of. Without "@" it is that of a single
 * image; of a file of layers the layer that has the offset, or most records. */
MUST_USE struct err *location_file(struct session *s, const struct location *loc,
				   struct item **out);
/* The item behind "@", indexed; of a single image it may be left out. */
MUST_USE struct err *location_item(struct session *s, const char *at, struct item **out);
/* Fields below `f` as lines of text; a run (view/rows_fields.h) is one line. */
void show_fields(struct session *s, struct node n, struct field *f, int depth);
/* Says what an err says, frees it. Returns EXIT_WRONG. */
int session_failed(struct session *s, struct err *err);

/* guest.c: places in a guest's memory, in all their names; says the state. */
enum page_state guest_where(struct session *s, struct aspace *as, uint64_t addr);
/* Its ranges. */
void guest_maps(struct session *s, struct aspace *as);
/* The memory that a user names: "7", "vcpu0"; of a guest "" and "pass:2", too: its frames. */
struct aspace *memory_of_who(struct model *m, const char *who, const char **why);

/* interrupt.c: Ctrl-C stops `job` (NULL: ends the program again); a second one ends it anyway. */
void catch_interrupt(struct job *job);

/* The word nearest to a mistyped one; NULL if none is near. */
const char *nearest_word(const char *word, const char *(*word_at)(size_t n));

/* A visible row of the option table, for the documents. */
struct option_doc {
	char letter; /* 0: none */
	const char *name, *arg, *help, *about;
	unsigned verbs;
	const char *const *choices; /* NULL-terminated, or NULL */
};
bool option_doc(size_t n, struct option_doc *out);

#endif
