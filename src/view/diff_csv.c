/* The columns are part of the promise to scripts, as the keys of JSON are. */
#include "view/diff_csv.h"

#include <inttypes.h>

#include "base/csv.h"

void diff_csv_head(struct out *o)
{
	out_str(o, "change,kind,pid,of,what,a,b,bytes\n");
}

/* A comma and a column: "fd 3" of two words, of which the second may be NULL. */
static void put(struct out *o, const char *text, const char *more)
{
	out_str(o, ",");
	if (text && *text)
		csv_text(o, text, more);
}

static void begin(struct out *o, enum diff_how how, const char *kind, uint64_t pid)
{
	out_printf(o, "%s,%s,", diff_how_name(how), kind);
	if (pid != UINT64_MAX)
		out_printf(o, "%" PRIu64, pid);
}

void diff_change_csv(const struct diff *d, const struct change *c, struct out *o)
{
	const struct change *over = diff_at(d, c->parent);
	bool thing = c->what == DIFF_THING;

	begin(o, diff_how_of(c), c->kind, c->pid);
	put(o, over ? over->kind : NULL, over ? over->key : NULL);
	if (c->what == DIFF_VMA)
		out_printf(o, ",0x%" PRIx64, c->number);
	else
		put(o, c->key, NULL);
	put(o, !thing ? c->a : c->how != DIFF_ADDED ? c->title : NULL, NULL);
	put(o, !thing ? c->b : c->how != DIFF_REMOVED ? c->title : NULL, NULL);
	out_str(o, ",\n");
}

void diff_pages_csv(const struct diff *d, size_t n, struct out *o)
{
	const struct change *c = diff_at(d, n);
	const struct aspace *as = c->space_b ? c->space_b : c->space_a;
	bool frames = as->kind == ASPACE_FRAMES;
	uint64_t unit = frames ? as->page : 1;

	for (size_t i = 0; i < diff_pages(d, n) && !o->errnum; i++) {
		const struct page_change *page = diff_page(d, n, i);

		begin(o, (enum diff_how)page->how, frames ? "pfn" : "page", c->pid);
		out_printf(o, ",%s,0x%" PRIx64 ",", as->kind == ASPACE_VCPU ? as->who : "",
			   page->addr / unit);
		if (page->moved)
			out_printf(o, "0x%" PRIx64, page->other / unit);
		out_printf(o, ",,%" PRIu32 "\n", page->bytes);
	}
}
