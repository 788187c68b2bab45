/* diff: what differs between two snapshots: as a tree, as one screen, or a change a line in JSON.
 *
 * Exit status as cmp's: 0 equal, 1 different, more is trouble. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "core/format.h"
#include "core/location.h"
#include "ops/diff.h"
#include "view/diff_csv.h"
#include "view/diff_json.h"

struct printing {
	struct session *s;
	struct model *b;
	struct diff *d;
};

/* ---- JSON ---- */

static bool wants_fields(const struct cli *cli)
{
	return cli->fields || !cli->pages;
}

static bool wants_pages(const struct cli *cli)
{
	return cli->pages || !cli->fields;
}

static bool is_told(const struct cli *cli, const struct change *c)
{
	if (c->what == DIFF_MEMORY || (c->loose && !cli->all))
		return false;
	return diff_how_of(c) != DIFF_EQUAL && wants_fields(cli);
}

/* Or as CSV. */
static void print_json(struct printing *p)
{
	bool csv = p->s->cli->csv;
	const struct change *c;

	if (csv)
		diff_csv_head(p->s->out);
	for (size_t n = 0; (c = diff_at(p->d, n)) && !p->s->out->errnum; n++) {
		struct arena_mark mark = arena_mark(&p->s->arena);

		if (c->what == DIFF_MEMORY && wants_pages(p->s->cli))
			(csv ? diff_pages_csv : diff_pages_json)(p->d, n, p->s->out);
		else if (is_told(p->s->cli, c))
			(csv ? diff_change_csv : diff_change_json)(p->d, c, p->s->out);
		arena_rewind(&p->s->arena, mark);
	}
}

/* ---- text ---- */

static void mark(struct printing *p, int depth, enum diff_how how)
{
	char text[3] = { diff_how_mark(how), ' ', '\0' };
	enum role role = how == DIFF_ADDED     ? ROLE_ADDED
			 : how == DIFF_REMOVED ? ROLE_REMOVED
			 : how == DIFF_CHANGED ? ROLE_CHANGED
					       : ROLE_DIM;

	for (int n = 0; n < depth; n++)
		print_text(&p->s->print, ROLE_NORMAL, "  ");
	print_text(&p->s->print, role, text);
}

static int depth_of(const struct diff *d, const struct change *c)
{
	int depth = 0;

	for (; c->parent != DIFF_TOP; depth++)
		c = diff_at(d, c->parent);
	return depth;
}

static const char *tally_text(const struct memory_tally *t, struct arena *a)
{
	const struct {
		uint64_t n;
		const char *what;
	} parts[] = { { t->changed, "changed" },
		      { t->added, "new" },
		      { t->removed, "gone" },
		      { t->moved, "of them moved" },
		      { t->unknown, "not in the images" },
		      { t->stopped, "not looked at" } };
	struct strbuf s;

	strbuf_init(&s, a);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!parts[i].n)
			continue;
		strbuf_add(&s, s.text && *s.text ? ", " : "");
		strbuf_add(&s, text_uint(parts[i].n, a));
		strbuf_add(&s, " ");
		strbuf_add(&s, parts[i].what);
	}
	return s.text ? s.text : "none";
}

static uint64_t pages_of(const struct memory_tally *t)
{
	return t->changed + t->added + t->removed + t->unknown + t->stopped;
}

/* True if there is something to say of a memory. */
static bool has_pages(const struct printing *p, size_t n)
{
	struct memory_tally t = diff_tally(p->d, n);

	return wants_pages(p->s->cli) && pages_of(&t);
}

static void memory_line(struct printing *p, size_t n, const struct change *c, int depth)
{
	struct memory_tally t = diff_tally(p->d, n);
	struct arena *a = &p->s->arena;

	mark(p, depth, diff_how_of(c));
	print_text(&p->s->print, ROLE_FIELD, "pages ");
	print_text(&p->s->print, ROLE_NORMAL, tally_text(&t, a));
	if (t.bytes)
		print_text(&p->s->print, ROLE_DIM,
			   arena_printf(a, "  %s bytes differ", text_uint(t.bytes, a)));
	print_newline(&p->s->print);
}

static void page_line(struct printing *p, const struct change *c, const struct page_change *page,
		      int depth)
{
	const struct aspace *as = c->space_b ? c->space_b : c->space_a;
	const struct region *r = aspace_region(as, page->addr);
	struct arena *a = &p->s->arena;
	bool frames = as->kind == ASPACE_FRAMES;

	mark(p, depth, (enum diff_how)page->how);
	print_text(&p->s->print, ROLE_ADDRESS,
		   arena_printf(a, "%s0x%" PRIx64 " ", frames ? "pfn " : "",
				frames ? page->addr / as->page : page->addr));
	if (page->how == DIFF_CHANGED)
		print_text(&p->s->print, ROLE_NORMAL,
			   arena_printf(a, "%" PRIu32 " bytes ", page->bytes));
	if (page->moved)
		print_text(&p->s->print, ROLE_NOTE,
			   arena_printf(a, "as was at 0x%" PRIx64 " ", page->other));
	if (r && !frames)
		print_text(&p->s->print, ROLE_DIM, *r->name ? r->name : r->kind);
	print_newline(&p->s->print);
}

static void pages_text(struct printing *p, size_t n, const struct change *c, int depth)
{
	for (size_t i = 0; i < diff_pages(p->d, n) && !p->s->out->errnum; i++) {
		struct arena_mark at = arena_mark(&p->s->arena);

		page_line(p, c, diff_page(p->d, n, i), depth);
		arena_rewind(&p->s->arena, at);
	}
}

static void change_line(struct printing *p, const struct change *c, int depth)
{
	struct printer *out = &p->s->print;
	struct arena *a = &p->s->arena;

	mark(p, depth, diff_how_of(c));
	if (c->what == DIFF_FIELD) {
		print_text(out, ROLE_FIELD, arena_printf(a, "%s  ", c->key));
		print_text(out, ROLE_NORMAL,
			   arena_printf(a, "%s -> %s", c->a ? c->a : "(none)",
					c->b ? c->b : "(none)"));
	} else if (c->what == DIFF_VMA) {
		print_text(out, ROLE_NORMAL,
			   c->a && c->b ? arena_printf(a, "%s -> %s", c->a, c->b)
			   : c->b       ? c->b
					: c->a);
	} else {
		print_text(out, ROLE_TITLE, arena_printf(a, "%s %s", c->kind, c->key));
		if (strcmp(c->title, c->key) != 0)
			print_text(out, ROLE_NORMAL, arena_printf(a, "  %s", c->title));
	}
	if (c->loose)
		print_text(out, ROLE_DIM, "  (differs by nature)");
	print_newline(out);
}

/* Things above a change that differs by nature are not told for their own sake. `last`: the last
 * change that was told; what it is below of was told before it. */
static void print_above(struct printing *p, const struct change *c, size_t last)
{
	const struct change *over = diff_at(p->d, c->parent);

	if (!over || (last != SIZE_MAX && c->parent <= last))
		return;
	print_above(p, over, last);
	change_line(p, over, depth_of(p->d, over));
}

static void print_tree(struct printing *p)
{
	const struct cli *cli = p->s->cli;
	const struct change *c;
	size_t last = SIZE_MAX;
	uint64_t loose = 0;

	for (size_t n = 0; (c = diff_at(p->d, n)) && !p->s->out->errnum; n++) {
		struct arena_mark at = arena_mark(&p->s->arena);
		int depth = depth_of(p->d, c);

		loose += c->loose && c->what == DIFF_FIELD;
		if (c->what == DIFF_MEMORY && has_pages(p, n)) {
			print_above(p, c, last);
			memory_line(p, n, c, depth);
			if (cli->pages)
				pages_text(p, n, c, depth + 1);
			last = n;
		} else if (is_told(cli, c)) {
			print_above(p, c, last);
			change_line(p, c, depth);
			last = n;
		}
		arena_rewind(&p->s->arena, at);
	}
	if (loose && !cli->all && !cli->quiet)
		print_error(cli, "%" PRIu64 " fields that differ by nature are not shown: --all",
			    loose);
}

/* ---- one screen ---- */

struct kind_count {
	const char *kind;
	uint64_t added, removed, changed;
};

static void count_kind(struct kind_count *kinds, size_t room, const struct change *c)
{
	size_t n = 0;

	while (n < room && kinds[n].kind && strcmp(kinds[n].kind, c->kind) != 0)
		n++;
	if (n == room)
		return;
	kinds[n].kind = c->kind;
	kinds[n].added += diff_how_of(c) == DIFF_ADDED;
	kinds[n].removed += diff_how_of(c) == DIFF_REMOVED;
	kinds[n].changed += diff_how_of(c) == DIFF_CHANGED;
}

static void summary_line(struct printing *p, const char *what, const char *text)
{
	print_column(&p->s->print, ROLE_FIELD, 12, what);
	print_text(&p->s->print, ROLE_NORMAL, text);
	print_newline(&p->s->print);
}

static void count_line(struct printing *p, const char *what, uint64_t changed, uint64_t added,
		       uint64_t removed, const char *more)
{
	struct arena *a = &p->s->arena;

	summary_line(p, what,
		     arena_printf(a, "%12s%12s%12s%s", text_uint(changed, a), text_uint(added, a),
				  text_uint(removed, a), more));
}

static void print_kinds(struct printing *p)
{
	enum { KINDS = 24 };
	struct kind_count kinds[KINDS] = { 0 };
	const struct change *c;

	for (size_t n = 0; (c = diff_at(p->d, n)); n++)
		if (c->what != DIFF_MEMORY && !c->loose && diff_how_of(c) != DIFF_EQUAL)
			count_kind(kinds, KINDS, c);
	for (size_t n = 0; n < KINDS && kinds[n].kind; n++)
		count_line(p, kinds[n].kind, kinds[n].changed, kinds[n].added, kinds[n].removed,
			   "");
}

/* Whose memory it is: "7 ledger-api". */
static const char *memory_owner(const struct printing *p, const struct change *c)
{
	const struct change *over = diff_at(p->d, c->parent);

	if (!over || c->pid == UINT64_MAX)
		return c->key;
	return arena_printf(&p->s->arena, "%s %s", over->key, over->title);
}

/* Memories with the most pages that differ, the first `room` of them; returns how many there are.
 */
static size_t busiest(const struct printing *p, size_t *top, size_t room)
{
	const struct change *c;
	size_t count = 0, kept = 0;

	for (size_t n = 0; (c = diff_at(p->d, n)); n++) {
		struct memory_tally t = diff_tally(p->d, n);
		size_t at = kept;

		if (c->what != DIFF_MEMORY || !pages_of(&t))
			continue;
		count++;
		for (; at; at--) {
			struct memory_tally other = diff_tally(p->d, top[at - 1]);

			if (pages_of(&other) >= pages_of(&t))
				break;
			if (at < room)
				top[at] = top[at - 1];
		}
		if (at < room)
			top[at] = n;
		kept += kept < room;
	}
	return count;
}

static void print_memories(struct printing *p)
{
	enum { MEMORIES = 10 };
	struct arena *a = &p->s->arena;
	size_t top[MEMORIES], count = busiest(p, top, MEMORIES);

	if (count)
		print_newline(&p->s->print);
	for (size_t n = 0; n < count && n < MEMORIES; n++) {
		struct memory_tally t = diff_tally(p->d, top[n]);

		summary_line(p, n ? "" : "pages of",
			     arena_printf(a, "%s: %s", memory_owner(p, diff_at(p->d, top[n])),
					  tally_text(&t, a)));
	}
	if (count > MEMORIES)
		summary_line(p, "", arena_printf(a, "and %zu more", count - MEMORIES));
}

static void print_totals(struct printing *p)
{
	struct arena *a = &p->s->arena;
	struct memory_tally sum = { 0 };

	for (size_t n = 0; n < diff_count(p->d); n++) {
		struct memory_tally t = diff_tally(p->d, n);

		sum.changed += t.changed;
		sum.added += t.added;
		sum.removed += t.removed;
		sum.bytes += t.bytes;
	}
	if (sum.changed || sum.added || sum.removed)
		count_line(p, "page", sum.changed, sum.added, sum.removed,
			   sum.bytes ? arena_printf(a, "   %s bytes differ in those changed",
						    text_uint(sum.bytes, a))
				     : "");
}

static void print_summary(struct printing *p)
{
	struct arena *a = &p->s->arena;

	summary_line(p, "A", p->s->model->name);
	summary_line(p, "B", p->b->name);
	print_newline(&p->s->print);
	if (diff_equal(p->d)) {
		summary_line(p, "",
			     busiest(p, NULL, 0) ? "nothing differs in what is here"
						 : "nothing differs");
	} else {
		summary_line(p, "", arena_printf(a, "%12s%12s%12s", "changed", "new", "gone"));
		print_kinds(p);
		print_totals(p);
	}
	print_memories(p);
}

/* ---- what is asked for ---- */

/* --of WHO, --of WHO,WHO: these two memories only. */
static struct err *aim_at_memories(struct session *s, struct model *b, struct diff_spec *spec)
{
	const char *of = s->cli->of, *comma = strchr(of, ','), *why;
	const char *first = comma ? arena_printf(&s->arena, "%.*s", (int)(comma - of), of) : of;

	spec->space_a = memory_of_who(s->model, first, &why);
	if (!spec->space_a)
		return err_new(ERR_ABSENT, "%s: %s", s->model->name, why);
	spec->space_b = memory_of_who(b, comma ? comma + 1 : of, &why);
	if (!spec->space_b)
		return err_new(ERR_ABSENT, "%s: %s", b->name, why);
	return NULL;
}

static bool tell_unknown(struct printing *p)
{
	uint64_t unknown = 0, stopped = 0;

	for (size_t n = 0; n < diff_count(p->d); n++) {
		unknown += diff_tally(p->d, n).unknown;
		stopped += diff_tally(p->d, n).stopped;
	}
	if (stopped)
		print_error(p->s->cli, "stopped: %" PRIu64 " pages were not looked at", stopped);
	if (unknown)
		print_error(p->s->cli,
			    "%" PRIu64 " pages could not be compared: their bytes are not here",
			    unknown);
	return unknown || stopped;
}

/* Of pages alone if nothing else was asked for. */
static bool is_equal(const struct printing *p)
{
	if (wants_fields(p->s->cli))
		return diff_equal(p->d);
	for (size_t n = 0; n < diff_count(p->d); n++)
		if (diff_pages(p->d, n))
			return false;
	return true;
}

static int run(struct session *s, struct model *b, struct diff_spec *spec)
{
	struct printing p = { .s = s, .b = b };
	struct err *err = s->cli->of ? aim_at_memories(s, b, spec) : NULL;
	struct job job;
	int status;

	if (!err)
		err = diff_open(s->model, b, spec, &p.d);
	if (err)
		return session_failed(s, err);
	while (diff_things(p.d))
		;
	job_init(&job, "compare", diff_total(p.d));
	catch_interrupt(&job);
	diff_memory(p.d, &job);
	catch_interrupt(NULL);
	if (s->cli->json)
		print_json(&p);
	else if (s->cli->summary)
		print_summary(&p);
	else
		print_tree(&p);
	if (!spec->no_memory)
		s->partly |= tell_unknown(&p);
	status = is_equal(&p) ? EXIT_FINE : EXIT_FOUND;
	diff_close(p.d);
	return status;
}

int verb_diff(struct session *s)
{
	const struct cli *cli = s->cli;
	struct diff_spec spec = { .no_fields = cli->pages && !cli->fields,
				  .no_memory = cli->fields && !cli->pages,
				  .content = cli->moved,
				  .ignore = cli->ignore };
	struct cli other = *cli;
	uint64_t jobs = 0;
	struct model *b;
	int status;

	if (cli->jobs && (!location_number(cli->jobs, &jobs) || jobs > 64))
		return cli_wrong(cli, "--jobs is a number up to 64, not '%s'", cli->jobs);
	spec.jobs = (unsigned)jobs;
	other.args[0] = cli->args[1];
	status = cli_open(&other, s->formats, &b);
	if (status)
		return status;
	model_index(s->model);
	model_index(b);
	status = run(s, b, &spec);
	note_lost(b);
	if (status == EXIT_FINE && problems_worst(b->problems, NULL) >= SEV_ERROR)
		status = EXIT_DAMAGED;
	if (!cli->quiet)
		cli_tell_problems(&other, b);
	model_close(b);
	return status;
}
