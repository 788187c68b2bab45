/* The keys are part of the promise to scripts: what is added here goes into the manual. */
#include "view/diff_json.h"

#include <string.h>

#include "base/attr.h"

static void begin_json(struct json *j, struct out *o, const char *kind, enum diff_how how,
		       uint64_t pid)
{
	json_init(j, o, 0);
	json_object(j);
	json_key_str(j, "kind", kind);
	json_key_str(j, "change", diff_how_name(how));
	if (pid != UINT64_MAX)
		json_key_uint(j, "pid", pid);
}

static void end_json(struct json *j)
{
	json_end_object(j);
	out_str(j->out, "\n");
}

static void page_json(const struct change *c, const struct page_change *page, struct out *o)
{
	const struct aspace *as = c->space_b ? c->space_b : c->space_a;
	struct json json, *j = &json;
	bool frames = as->kind == ASPACE_FRAMES;

	begin_json(j, o, frames ? "pfn" : "page", (enum diff_how)page->how, c->pid);
	if (frames)
		json_key_hex(j, "pfn", page->addr / as->page);
	else
		json_key_hex(j, "va", page->addr);
	if (as->kind == ASPACE_VCPU)
		json_who(j, as);
	json_key_uint(j, "bytes", page->bytes);
	if (page->moved)
		json_key_hex(j, frames ? "moved_from_pfn" : "moved_from",
			     frames ? page->other / as->page : page->other);
	end_json(j);
}

void diff_pages_json(const struct diff *d, size_t n, struct out *o)
{
	const struct change *c = diff_at(d, n);

	for (size_t i = 0; i < diff_pages(d, n) && !o->errnum; i++)
		page_json(c, diff_page(d, n, i), o);
}

static bool is_number_of(const struct change *c, const char *kind)
{
	return c->number != UINT64_MAX && !strcmp(c->kind, kind);
}

void diff_change_json(const struct diff *d, const struct change *c, struct out *o)
{
	static const char *const numbered[] = { "thread", "fd", "vcpu" };
	const struct change *over = diff_at(d, c->parent);
	struct json json, *j = &json;

	begin_json(j, o, c->kind, diff_how_of(c), c->pid);
	for (size_t n = 0; n < ARRAY_LEN(numbered); n++)
		if (is_number_of(c, numbered[n]))
			json_key_uint(j, n ? numbered[n] : "tid", c->number);
	if (c->what == DIFF_FIELD) {
		json_key_str(j, "path", c->key);
		if (over) {
			json_key_str(j, "of", over->kind);
			json_key_str(j, "key", over->key);
			if (is_number_of(over, "fd"))
				json_key_uint(j, "fd", over->number);
			if (is_number_of(over, "thread"))
				json_key_uint(j, "tid", over->number);
		}
	} else if (c->what == DIFF_VMA) {
		json_key_hex(j, "va", c->number);
		json_key_str(j, "name", c->title);
	} else {
		json_key_str(j, "path", c->key);
		json_key_str(j, "title", c->title);
	}
	if (c->what == DIFF_FIELD || c->what == DIFF_VMA) {
		json_key_str(j, "a", c->a);
		json_key_str(j, "b", c->b);
	}
	if (c->loose)
		json_key_str(j, "note", "differs by nature");
	end_json(j);
}
