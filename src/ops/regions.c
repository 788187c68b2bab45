/* The keys are part of the promise to scripts: what is added goes into the columns, too. */
#include "ops/regions.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/heap.h"
#include "ops/export.h"

const char *const region_columns[] = { "pid",    "vcpu", "root",   "start", "end",     "prot",
				       "kind",   "type", "file",   "name",  "pgoff",   "present",
				       "parent", "lazy", "absent", "zero",  "in_file", NULL };

/* "vcpu0u" is vCPU 0 with one of its roots, "root:0x5104" no vCPU's. */
void json_who(struct json *j, const struct aspace *as)
{
	const char *digits = strncmp(as->who, "vcpu", 4) ? "" : as->who + 4;
	uint64_t n = 0;

	if (as->kind == ASPACE_PROCESS) {
		json_key(j, "pid");
		json_raw(j, as->who, strlen(as->who));
		return;
	}
	if (as->kind != ASPACE_VCPU)
		return;
	if (*digits < '0' || *digits > '9') {
		json_key_str(j, "root", as->who);
		return;
	}
	for (; *digits >= '0' && *digits <= '9'; digits++)
		n = n * 10 + (uint64_t)(*digits - '0');
	json_key_uint(j, "vcpu", n);
	if (as->root)
		json_key_str(j, "root", as->root);
}

static void process_region(struct json *j, const struct region *r, const struct page_tally *t)
{
	uint64_t absent = t->pages[PAGE_ZERO] + t->pages[PAGE_FILE] + t->pages[PAGE_ABSENT];

	json_key_str(j, "prot", r->prot);
	json_key_str(j, "kind", r->kind);
	json_key_str(j, "file", r->file ? r->file : *r->name == '/' ? r->name : NULL);
	json_key_str(j, "name", r->name);
	json_key_uint(j, "pgoff", r->pgoff);
	json_key_uint(j, "present", t->pages[PAGE_PRESENT]);
	json_key_uint(j, "parent", t->pages[PAGE_PARENT]);
	json_key_uint(j, "lazy", t->pages[PAGE_LAZY]);
	json_key_uint(j, "absent", absent);
	json_key_uint(j, "zero", t->pages[PAGE_ZERO]);
	json_key_uint(j, "in_file", t->pages[PAGE_FILE]);
}

static void guest_region(struct json *j, bool frames, const struct region *r,
			 const struct page_tally *t)
{
	if (frames) {
		json_key_str(j, "type", r->kind);
	} else {
		json_key_str(j, "prot", r->prot);
		json_key_str(j, "kind", r->kind);
	}
	json_key_uint(j, "present", t->pages[PAGE_PRESENT]);
	json_key_uint(j, "absent", t->pages[PAGE_ABSENT]);
}

void region_json(const struct aspace *as, const struct region *r, const struct page_tally *t,
		 struct out *o)
{
	bool frames = as->kind == ASPACE_FRAMES;
	uint64_t unit = frames ? as->page : 1;
	struct json j;

	json_init(&j, o, 0);
	json_object(&j);
	json_who(&j, as);
	json_key_hex(&j, "start", r->start / unit);
	json_key_hex(&j, "end", r->end / unit);
	if (as->kind == ASPACE_PROCESS)
		process_region(&j, r, t);
	else
		guest_region(&j, frames, r, t);
	json_end_object(&j);
	out_str(o, "\n");
}

/* ---- as a file ---- */

static bool regions_fit(const struct export_what *w)
{
	return w->space && w->end <= w->start;
}

static struct err *regions_run(const struct export_what *w, const struct export_options *o,
			       struct sink *s, struct job *job, struct export_result *result)
{
	const struct aspace *as = w->space;
	struct out *lines = heap_must(malloc(sizeof(*lines)));
	struct csv csv;

	(void)o;
	(void)result;
	csv_init(&csv, sink_out(s), region_columns);
	out_init_take(lines, csv_take, &csv);
	for (size_t n = 0; n < as->region_count && !sink_failed(s) && job_step(job, 0); n++) {
		const struct region *r = &as->regions[n];
		struct page_tally t = aspace_count(as, r->start, r->end);

		region_json(as, r, &t, lines);
	}
	out_flush(lines);
	csv_fini(&csv);
	free(lines);
	return NULL;
}

const struct exporter export_regions = {
	.name = "csv",
	.summary = "a list of its regions",
	.suffix = ".csv",
	.memory = true,
	.fits = regions_fit,
	.run = regions_run,
};
