/* The verbs, and what all of them have around their work: opening, writing, telling of damage. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/heap.h"
#include "cli/cli.h"
#include "view/lines_json.h"

#define MAX_TOLD 20 /* problems told on standard error; `check` lists them all */

const struct verb verbs[] = {
	{ "info", VERB_INFO, "SOURCE", 1, 1, "what it is: kind, versions, processes, problems",
	  "What SOURCE is: its kind, who wrote it, processes and threads, or the guest, sizes, how many\n"
	  "problems were found.",
	  verb_info },
	{ "tree", VERB_TREE, "SOURCE [PATH]", 1, 2, "images, entries and records, one a line",
	  "The tree of images and entries, or of layers and records (below PATH), one a line: PATH,\n"
	  "kind, offset, length and a summary.",
	  verb_tree },
	{ "show", VERB_SHOW, "SOURCE [PATH]", 1, 2, "decoded fields; --json as crit decode",
	  "Decoded fields of an image, an entry, a record or, if PATH goes on, a single field.\n"
	  "Of a set without PATH: what\n.Cm info\nprints.",
	  verb_show },
	{ "maps", VERB_MAPS, "SOURCE", 1, 1, "memory regions, with pages here and elsewhere",
	  "The memory regions of each process, or of the one that\n.Fl -pid\nnames, with counts of "
	  "pages: in these\nimages, in a parent, lazy, absent.\nOf a guest its frames, or what the vCPU or "
	  "pass maps that\n.Fl -pid\nnames.",
	  verb_maps },
	{ "where", VERB_WHERE, "SOURCE LOCATION", 2, 2, "an address in all its names",
	  "One address in all its names: region, state, image file and offset, snapshot level, and\n"
	  "the steps by which it was found; of a guest frame, record and pass, and the page tables on\n"
	  "the way.\n.Ql vcpu0\nmaps what the root maps that the vCPU used when it was saved; where it "
	  "has two (PV of\n64 bits),\n.Ql vcpu0k\nis its kernel's and\n.Ql vcpu0u\nits user mode's.",
	  verb_where },
	{ "read", VERB_READ, "SOURCE LOCATION [LENGTH]", 2, 3, "bytes, as hex or --raw",
	  "Bytes at a location: of an entry all of them, else 256 unless LENGTH is given (with K, M or\n"
	  "G if wished).",
	  verb_read },
	{ "find", VERB_FIND, "SOURCE PATTERN [PATH]", 2, 3,
	  "where text, bytes, a value or a match is",
	  "Where PATTERN is in the memory of the guest, of all processes, of the one that\n.Fl -pid\nnames, or in the\n"
	  "file or process PATH.\nSee\n.Sx PATTERNS .",
	  verb_find },
	{ "diff", VERB_DIFF, "A B", 2, 2, "what differs between two snapshots",
	  "What differs between two snapshots: processes, threads, descriptors and regions by identity,\n"
	  "fields by name, memory page by page; of guests vCPUs, records, HVM entries, parameters, and\n"
	  "memory frame by frame.\nA page is changed if both sides have its bytes, new or gone if one "
	  "has.\nPages that were never touched are zeros.\nPages whose bytes are not here (lazy, of a "
	  "missing parent)\ncannot be compared: they are counted.\nTwo snapshots of one stream are\n"
	  "FILE#1 and FILE#2.\nThe exit status is 0 if nothing differs, 1 if something does, more is "
	  "trouble; two\narchitectures, or kinds of guest, are refused.",
	  verb_diff },
	{ "export", VERB_EXPORT, "SOURCE [WHAT] [LENGTH]", 1, 3,
	  "write something to a file: bytes, JSON, a core",
	  "Writes WHAT to the file that\n.Fl o\nnames: an image, an entry or a field (a PATH), a region "
	  "or a stretch of memory (a\nLOCATION), the memory of a process ( pid:7 ) or of a guest: its "
	  "frames ( guest ), the same\nas a pass left them ( pass:2 ), what a vCPU maps ( vcpu0 ); "
	  "LENGTH bytes of a file\nfrom an offset on ( off:0x2f1@mm-7.img ); without WHAT all images as "
	  "JSON.",
	  verb_export },
	{ "bt", VERB_BT, "SOURCE", 1, 1, "back-traces: who called whom, of each thread",
	  "The frames of each thread's stack, the innermost first: of all processes, or of the process\n"
	  "or thread that\n.Fl -pid\nnames.\nCode, unwind data and symbols are those of the mapped "
	  "files of this system, or below\n.Fl -root ;\na file with another build-id than was "
	  "mapped is not used.\nThe last line says why there are no more frames; unless that is "
	  "the end of the\nstack, the exit status is 4.",
	  verb_bt },
	{ "check", VERB_CHECK, "SOURCE", 1, 1, "every problem, with file and offset",
	  "Reads everything and lists each problem found: severity, path, offset, text, rule.",
	  verb_check },
	{ 0 },
};

const struct verb *verb_named(const char *name)
{
	for (const struct verb *v = verbs; v->name; v++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}

const char *verb_name_at(size_t n)
{
	return verbs[n].name;
}

int session_failed(struct session *s, struct err *err)
{
	print_error(s->cli, "%s", err->text);
	err_free(err);
	return EXIT_WRONG;
}

bool cli_model_options(const struct cli *cli, struct model_options *out, int *status)
{
	*out = (struct model_options){ .schema = cli->schema,
				       .parent = cli->parent,
				       .root = cli->root,
				       .no_magic = cli->no_magic };
	if (!cli->spool_limit || parse_length(cli->spool_limit, &out->spool_max))
		return true;
	*status = cli_wrong(cli, "'%s' is no size: a number, with K, M or G behind it",
			    cli->spool_limit);
	return false;
}

int cli_open_failed(const struct cli *cli, struct err *err)
{
	const char *near = cli->verb || err->code != ERR_ABSENT || verb_named(cli->args[0])
				   ? NULL
				   : nearest_word(cli->args[0], verb_name_at);
	int status;

	if (near)
		print_error(cli, "%s; did you mean the verb %s?", err->text, near);
	else
		print_error(cli, "%s", err->text);
	/* Bytes that nobody knows are the input's fault, not the user's. */
	status = err->code == ERR_FORMAT ? EXIT_DAMAGED : EXIT_WRONG;
	err_free(err);
	return status;
}

int cli_open(const struct cli *cli, const struct format *const *formats, struct model **out)
{
	struct model_options options;
	struct err *err;
	int status;

	if (!cli_model_options(cli, &options, &status))
		return status;
	if (cli->width && strcmp(cli->width, "32") != 0 && strcmp(cli->width, "64") != 0)
		return cli_wrong(cli, "--width is 32 or 64, not '%s'", cli->width);
	options.width = !cli->width ? 0 : *cli->width == '3' ? 4 : 8;
	err = open_watched(cli->args[0], formats, &options, out);
	if (err)
		return cli_open_failed(cli, err);
	if (cli->verbose)
		print_error(cli, "%s: %s", (*out)->name, (*out)->format->summary);
	return EXIT_FINE;
}

/* ---- damage ---- */

/* Files that became shorter while we looked. */
void note_lost(struct model *m)
{
	for (struct item *it = m->root; it; it = item_next(m->root, it)) {
		struct source *src = it->alias ? NULL : atomic_load(&it->source);
		uint64_t at;

		if (src && source_lost(src, &at))
			problem_note(m->problems, SEV_ERROR, "shrunk", it,
				     (struct span){ at, source_size(src) - at },
				     "the file became shorter while it was read: zeros from here");
	}
}

static void tell_problem(const struct cli *cli, const struct model *m, const struct problem *p)
{
	bool inner = p->path && *p->path;

	print_error(cli, "%s%s%s: 0x%" PRIx64 ": %s: %s", m->name, inner ? ": " : "",
		    inner ? p->path : "", p->span.offset, severity_name(p->severity), p->text);
}

void cli_tell_problems(const struct cli *cli, const struct model *m)
{
	enum severity least = cli->verbose ? SEV_NOTE : SEV_WARNING;
	const struct problem *p;
	size_t told = 0, more = 0;

	for (size_t n = 0; (p = problems_at(m->problems, n)); n++) {
		if (p->severity < least)
			continue;
		if (told == MAX_TOLD && !cli->verbose) {
			more++;
			continue;
		}
		tell_problem(cli, m, p);
		told++;
	}
	if (more)
		print_error(cli, "%s: %zu more problems; 'cryoscope check' lists all", m->name,
			    more);
}

/* ---- a verb's life ---- */

/* The columns of the verbs whose --csv is made of their --json; NULL: it is not. */
static const char *const *columns_of(const struct cli *cli)
{
	static const struct {
		unsigned verb;
		const char *const *columns;
	} lists[] = { { VERB_TREE, tree_columns },
		      { VERB_MAPS, region_columns },
		      { VERB_FIND, hit_columns },
		      { VERB_CHECK, problem_columns } };

	if (cli->csv && cli->explain)
		return rule_columns;
	for (size_t n = 0; cli->csv && n < ARRAY_LEN(lists); n++)
		if (lists[n].verb == cli->verb->bit)
			return lists[n].columns;
	return NULL;
}

static int finish(struct session *s, int status)
{
	int errnum;

	note_lost(s->model);
	errnum = out_flush(s->out);
	if (errnum) {
		/* A reader that has enough (`| head`) is nothing to speak of. */
		if (errnum != EPIPE)
			print_error(s->cli, "cannot write: %s", strerror(errnum));
		return EXIT_WRONG;
	}
	if (s->cli->verb->bit == VERB_CHECK)
		return status;
	if (!s->cli->quiet)
		cli_tell_problems(s->cli, s->model);
	if (status == EXIT_FINE && problems_worst(s->model->problems, NULL) >= SEV_ERROR)
		return EXIT_DAMAGED;
	if (status == EXIT_FINE && s->partly)
		return EXIT_PARTLY;
	return status;
}

/* Standard output, on the way to which JSON becomes CSV if that was asked for. */
static struct out *begin_csv(const struct cli *cli, struct out *to, struct csv *csv)
{
	const char *const *columns = columns_of(cli);
	struct out *o;

	if (!columns)
		return to;
	csv_init(csv, to, columns);
	o = heap_must(malloc(sizeof(*o)));
	out_init_take(o, csv_take, csv);
	return o;
}

static void end_csv(struct out *o, struct out *to, struct csv *csv)
{
	if (o != to) {
		out_flush(o);
		csv_fini(csv);
		free(o);
	}
	out_flush(to);
}

/* Runs the verb over what is open. */
static int run_verb(struct session *s)
{
	struct out *to = s->out;
	struct csv csv;
	int status;

	s->out = begin_csv(s->cli, to, &csv);
	print_init(&s->print, s->out, s->cli);
	json_init(&s->json, s->out, s->cli->pretty ? 4 : 0);
	arena_init(&s->arena);
	status = finish(s, s->cli->verb->run(s));
	arena_fini(&s->arena);
	print_fini(&s->print);
	end_csv(s->out, to, &csv);
	s->out = to;
	return status;
}

int cli_run(const struct cli *cli, const struct format *const *formats)
{
	struct session s = { .cli = cli, .formats = formats, .out = malloc(sizeof(*s.out)) };
	int status = EXIT_WRONG;

	if (!s.out)
		return EXIT_WRONG;
	out_init(s.out, 1);
	if (cli->complete) {
		status = docs_complete(cli, formats, s.out);
		out_flush(s.out);
	} else if (cli->explain) {
		struct csv csv;
		struct out *o = begin_csv(cli, s.out, &csv);

		status = explain_rule(cli, formats, o);
		end_csv(o, s.out, &csv);
	} else if (!(status = cli_open(cli, formats, &s.model))) {
		status = run_verb(&s);
		model_close(s.model);
	}
	free(s.out);
	return status;
}

/* ---- info ---- */

static void print_info_fields(struct session *s)
{
	struct field *root = s->model->info ? s->model->info(s->model, &s->arena) : NULL;

	if (root)
		show_fields(s, (struct node){ s->model->root, NODE_SELF }, root, 0);
}

int verb_info(struct session *s)
{
	struct model *m = s->model;

	model_index(m);
	model_check(m);
	if (!s->cli->json) {
		print_info_fields(s);
		return EXIT_FINE;
	}
	json_object(&s->json);
	if (m->info_json)
		m->info_json(m, &s->json);
	json_end_object(&s->json);
	out_str(s->out, "\n");
	return EXIT_FINE;
}

/* ---- tree ---- */

static void tree_json(struct session *s, struct node n, const char *summary)
{
	struct span span = node_span(n);
	struct json *j = &s->json;

	json_init(j, s->out, 0);
	json_object(j);
	json_key_str(j, "path", node_path(n, &s->arena));
	json_key_str(j, "kind", node_kind(n, &s->arena));
	json_key_uint(j, "offset", span.offset);
	json_key_uint(j, "length", span.length);
	json_key_str(j, "summary", summary);
	json_end_object(j);
	out_str(s->out, "\n");
}

static void tree_text(struct session *s, struct node n, const char *summary)
{
	struct printer *p = &s->print;
	struct span span = node_span(n);
	const char *path = node_path(n, &s->arena);
	const char *offset = "-", *length = "-";

	if (span.length || n.at != NODE_SELF || atomic_load(&item_real(n.item)->source)) {
		offset = arena_printf(&s->arena, "0x%" PRIx64, span.offset);
		length = arena_printf(&s->arena, "%" PRIu64, span.length);
	}
	print_column(p, ROLE_FIELD, 26, *path ? path : ".");
	print_column(p, ROLE_NOTE, 16, node_kind(n, &s->arena));
	print_column(p, ROLE_ADDRESS, -8, offset);
	print_column(p, ROLE_ADDRESS, -8, length);
	print_text(p, ROLE_NORMAL, summary);
	print_newline(p);
}

/* A line. False: nobody reads any more. */
static bool tree_node(struct session *s, struct node n)
{
	const char *summary = node_summary(n, &s->arena);
	const char *title = n.at == NODE_SELF ? item_real(n.item)->title : NULL;

	/* What the tree pane shows in place of a name says something that the path does not. */
	if (title)
		summary = arena_printf(&s->arena, "%s%s%s", title, *summary ? "  " : "", summary);
	if (s->cli->json)
		tree_json(s, n, summary);
	else
		tree_text(s, n, summary);
	arena_reset(&s->arena);
	return !s->out->errnum;
}

static bool tree_item(struct session *s, struct item *it)
{
	if (it->alias)
		return true;
	item_index(it, true);
	if (!tree_node(s, (struct node){ it, NODE_SELF }))
		return false;
	for (size_t n = 0; n < item_rows(it); n++)
		if (!tree_node(s, (struct node){ it, n }))
			return false;
	return true;
}

int verb_tree(struct session *s)
{
	struct node n = { s->model->root, NODE_SELF };
	const char *field = "";

	if (s->cli->count > 1) {
		struct err *err = model_find(s->model, s->cli->args[1], &n, &field);

		if (err)
			return session_failed(s, err);
	}
	if (*field) {
		print_error(s->cli, "%s: fields are not in the tree: see 'cryoscope show'",
			    s->cli->args[1]);
		return EXIT_WRONG;
	}
	if (n.at != NODE_SELF) {
		tree_node(s, n);
		return EXIT_FINE;
	}
	n.item = item_real(n.item);
	for (struct item *it = n.item; it; it = item_next(n.item, it))
		if (!tree_item(s, it))
			break;
	return EXIT_FINE;
}
