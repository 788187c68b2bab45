/* check: every problem, and the rules behind them. */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "core/rule.h"
#include "view/lines_json.h"

static const enum role severity_roles[] = {
	[SEV_NOTE] = ROLE_NOTE,
	[SEV_WARNING] = ROLE_WARNING,
	[SEV_ERROR] = ROLE_ERROR,
};

static void check_text(struct session *s, const struct problem *p)
{
	struct printer *pr = &s->print;

	print_column(pr, severity_roles[p->severity], 7, severity_name(p->severity));
	print_column(pr, ROLE_FIELD, 0, p->path && *p->path ? p->path : s->model->name);
	print_column(pr, ROLE_ADDRESS, 0, arena_printf(&pr->arena, "0x%" PRIx64, p->span.offset));
	print_text(pr, ROLE_NORMAL, p->text);
	print_text(pr, ROLE_DIM, arena_printf(&pr->arena, "  [%s]", p->rule));
	print_newline(pr);
}

/* Of --severity's choices. */
static const enum severity severities[] = { SEV_WARNING, SEV_ERROR, SEV_NOTE };

int verb_check(struct session *s)
{
	struct problems *ps = s->model->problems;
	size_t listed, total = 0;

	model_index(s->model);
	model_check(s->model);
	note_lost(s->model);
	listed = problems_count(ps);
	for (size_t n = 0; n < listed && !s->out->errnum; n++) {
		const struct problem *p = problems_at(ps, n);

		/* Of the level that was asked for; if none was, all. */
		if (s->cli->severity && p->severity < severities[s->cli->severity])
			continue;
		if (s->cli->json)
			problem_json(p, s->model->root->name, s->out);
		else
			check_text(s, p);
	}
	for (int sev = SEV_NOTE; sev <= SEV_ERROR; sev++)
		total += problems_total(ps, (enum severity)sev);
	if (total > listed)
		print_error(s->cli, "%s: %zu more problems are not listed", s->model->name,
			    total - listed);
	return problems_worst(ps, NULL) >= (int)severities[s->cli->severity] ? EXIT_FOUND
									     : EXIT_FINE;
}

/* ---- rules ---- */

static void rule_text(const struct rule *r, struct out *o)
{
	out_printf(o, "%s  (%s)\n  %s\n  From: %s.\n", r->id, severity_name(r->severity), r->what,
		   r->source);
}

/* Those of a table that have the name, or all. */
static size_t explain_from(const struct cli *cli, const struct rule *rules, struct out *o)
{
	bool all = !strcmp(cli->explain, "all");
	size_t n = 0;

	for (const struct rule *r = rules; r && r->id; r++)
		if (all || !strcmp(r->id, cli->explain)) {
			(cli->json ? rule_json : rule_text)(r, o);
			n++;
		}
	return n;
}

static bool seen_before(const struct format *const *first, const struct format *const *at)
{
	for (; first != at; first++)
		if ((*first)->rules == (*at)->rules)
			return true;
	return false;
}

int explain_rule(const struct cli *cli, const struct format *const *formats, struct out *o)
{
	size_t n = explain_from(cli, core_rules, o);

	for (const struct format *const *f = formats; *f; f++)
		if (!seen_before(formats, f))
			n += explain_from(cli, (*f)->rules, o);
	if (n)
		return EXIT_FINE;
	print_error(cli, "there is no rule %s; --explain all lists them", cli->explain);
	return EXIT_WRONG;
}
