/* The keys are part of the promise to scripts: what is added goes into the columns, too. */
#include "view/lines_json.h"

const char *const problem_columns[] = { "severity", "path", "offset", "rule", "text", NULL };

const char *const rule_columns[] = { "rule", "severity", "what", "source", NULL };

const char *const hit_columns[] = { "pid",   "vcpu",    "va",     "pfn",    "page_offset",
				    "image", "path",    "offset", "length", "region",
				    "match", "context", "mapped", NULL };

const char *const tree_columns[] = { "path", "kind", "offset", "length", "summary", NULL };

void problem_json(const struct problem *p, const char *whole, struct out *o)
{
	struct json j;

	json_init(&j, o, 0);
	json_object(&j);
	json_key_str(&j, "severity", severity_name(p->severity));
	json_key_str(&j, "path", p->path && *p->path ? p->path : whole);
	json_key_uint(&j, "offset", p->span.offset);
	json_key_str(&j, "rule", p->rule);
	json_key_str(&j, "text", p->text);
	json_end_object(&j);
	out_str(o, "\n");
}

void rule_json(const struct rule *r, struct out *o)
{
	struct json j;

	json_init(&j, o, 0);
	json_object(&j);
	json_key_str(&j, "rule", r->id);
	json_key_str(&j, "severity", severity_name(r->severity));
	json_key_str(&j, "what", r->what);
	json_key_str(&j, "source", r->source);
	json_end_object(&j);
	out_str(o, "\n");
}
