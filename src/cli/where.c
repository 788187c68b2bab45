/* where and maps: an address in all its names; the regions of a process with counts of pages.
 *
 * Any LOCATION that is an address will do; off:..@FILE of a pages file is turned round: whose
 * memory is it? */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "core/location.h"
#include "view/lines_json.h"

#define MAX_STEPS 64

/* ---- where ---- */

struct found {
	struct aspace *as;
	uint64_t addr;
	struct extent x;
	const struct region *region;
	const char *steps[MAX_STEPS];
	size_t step_count;
};

static void look(struct session *s, struct found *f)
{
	aspace_at(f->as, f->addr, &f->x);
	f->region = aspace_region(f->as, f->addr);
	if (f->as->ops->trail)
		f->step_count = f->as->ops->trail(f->as, f->addr, f->steps, MAX_STEPS, &s->arena);
}

static void vma_json(struct json *j, const struct region *r)
{
	json_key(j, "vma");
	if (!r) {
		json_null(j);
		return;
	}
	json_object(j);
	json_key_hex(j, "start", r->start);
	json_key_hex(j, "end", r->end);
	json_key_str(j, "prot", r->prot);
	json_key_str(j, "kind", r->kind);
	json_key_str(j, "name", r->name);
	json_end_object(j);
}

static void found_json(struct session *s, const struct found *f)
{
	struct json *j = &s->json;

	json_object(j);
	json_key_hex(j, "va", f->addr);
	json_who(j, f->as);
	vma_json(j, f->region);
	json_key_str(j, "state", page_state_name(f->x.state));
	json_key_str(j, "image", f->x.image ? f->x.image->name : NULL);
	json_key(j, "offset");
	if (f->x.source)
		json_uint(j, f->x.offset + (f->addr - f->x.start));
	else
		json_null(j);
	json_key_uint(j, "level", f->x.level);
	if (f->x.image)
		json_key_str(j, "path", f->x.image->path);
	if (f->x.entry.item)
		json_key_str(j, "entry", node_path(f->x.entry, &s->arena));
	if (f->x.state == PAGE_FILE && f->region) {
		json_key_str(j, "file", f->region->file);
		json_key_uint(j, "file_offset", f->region->pgoff + (f->addr - f->region->start));
	}
	if (f->x.why)
		json_key_str(j, "why", f->x.why);
	json_key(j, "steps");
	json_array(j);
	for (size_t i = 0; i < f->step_count; i++)
		json_str(j, f->steps[i]);
	json_end_array(j);
	json_end_object(j);
	out_str(s->out, "\n");
}

static void found_text(struct session *s, const struct found *f)
{
	struct arena *a = &s->arena;
	const struct region *r = f->region;

	print_line(&s->print, "va", arena_printf(a, "0x%" PRIx64 " of %s", f->addr, f->as->name));
	if (r)
		print_line(&s->print, "vma",
			   arena_printf(a, "%" PRIx64 "-%" PRIx64 " %s %s + 0x%" PRIx64, r->start,
					r->end, r->prot, *r->name ? r->name : "anon",
					f->addr - r->start));
	print_line(&s->print, "state",
		   arena_printf(a, "%s%s%s", page_state_name(f->x.state), f->x.why ? ": " : "",
				f->x.why ? f->x.why : ""));
	if (f->x.source)
		print_line(&s->print, "image",
			   arena_printf(a, "%s + 0x%" PRIx64 "%s", f->x.image->path,
					f->x.offset + (f->addr - f->x.start),
					f->x.level ? arena_printf(a, ", level %" PRIu32, f->x.level)
						   : ""));
	if (f->x.state == PAGE_FILE && r && r->file)
		print_line(&s->print, "file",
			   arena_printf(a, "%s + 0x%" PRIx64, r->file,
					r->pgoff + (f->addr - r->start)));
	for (size_t i = 0; i < f->step_count; i++)
		print_line(&s->print, i ? "" : "steps", f->steps[i]);
}

/* Bytes that are somewhere, or are known to be zeros, answer the question. */
static bool is_answer(enum page_state state)
{
	return state == PAGE_PRESENT || state == PAGE_PARENT || state == PAGE_ZERO ||
	       state == PAGE_FILE;
}

static void print_found(struct session *s, const struct found *f)
{
	if (s->cli->json)
		found_json(s, f);
	else
		found_text(s, f);
}

static int where_address(struct session *s, const struct location *loc)
{
	struct found f = { 0 };
	struct err *err = location_address(s->model, loc, NULL, &f.as, &f.addr);

	if (err)
		return session_failed(s, err);
	if (f.as->kind != ASPACE_PROCESS) {
		s->partly |= !is_answer(guest_where(s, f.as, f.addr));
		return EXIT_FINE;
	}
	look(s, &f);
	print_found(s, &f);
	s->partly = !is_answer(f.x.state);
	return EXIT_FINE;
}

/* ---- turned round: whose memory is a byte of a file? ---- */

/* Every address of one process whose byte it is. */
static size_t find_in(struct session *s, struct aspace *as, const struct item *it, uint64_t offset,
		      size_t before)
{
	struct extent x = { 0 };
	size_t n = 0;

	while (aspace_next(as, &x)) {
		struct arena_mark mark = arena_mark(&s->arena);
		struct found f = { .as = as };

		if (!x.source || x.image != it || offset < x.offset ||
		    offset - x.offset >= x.end - x.start)
			continue;
		f.addr = x.start + (offset - x.offset);
		json_init(&s->json, s->out, 0);
		if (before + n++ && !s->cli->json)
			print_newline(&s->print);
		if (as->kind == ASPACE_PROCESS) {
			look(s, &f);
			print_found(s, &f);
		} else {
			guest_where(s, as, f.addr);
		}
		arena_rewind(&s->arena, mark);
	}
	return n;
}

static size_t find_mappers(struct session *s, const struct item *it, uint64_t offset)
{
	size_t n = 0;

	for (struct space_step at = { 0 }; model_spaces(s->model, &at);)
		n += find_in(s, at.as, it, offset, n);
	return n;
}

static void node_json(struct session *s, struct node n, struct span span)
{
	struct json *j = &s->json;

	json_object(j);
	json_key_str(j, "path", node_path(n, &s->arena));
	json_key_str(j, "kind", node_kind(n, &s->arena));
	json_key_str(j, "image", n.item->name);
	json_key_uint(j, "offset", span.offset);
	json_key_uint(j, "length", span.length);
	json_end_object(j);
	out_str(s->out, "\n");
}

/* What is no memory is a record, or a part of one. */
static void print_node(struct session *s, struct node n, uint64_t offset)
{
	struct arena *a = &s->arena;
	struct span span = node_span(n);
	const char *summary;

	if (s->cli->json) {
		node_json(s, n, span);
		return;
	}
	print_line(&s->print, "path", node_path(n, a));
	summary = node_summary(n, a);
	if (*summary)
		print_line(&s->print, "what", summary);
	if (span.length)
		print_line(&s->print, "bytes",
			   arena_printf(a, "%s + 0x%" PRIx64 ", %" PRIu64 " bytes",
					*n.item->path ? n.item->path : n.item->name, span.offset,
					span.length));
	if (offset > span.offset && span_has(span, offset))
		print_line(&s->print, "at",
			   arena_printf(a, "byte %" PRIu64 " of them", offset - span.offset));
}

static int where_offset(struct session *s, const struct location *loc)
{
	struct item *it;
	struct err *err = location_file(s, loc, &it);
	const struct source *src;

	if (err)
		return session_failed(s, err);
	src = atomic_load(&it->source);
	if (!src || loc->number >= source_size(src))
		return session_failed(s, err_new(ERR_ABSENT, "%s ends at 0x%" PRIx64,
						 *it->path ? it->path : it->name,
						 src ? source_size(src) : 0));
	if (!find_mappers(s, it, loc->number))
		print_node(s, node_at_offset(it, loc->number), loc->number);
	return EXIT_FINE;
}

static int where_record(struct session *s, const struct location *loc)
{
	struct item *it;
	struct err *err = location_file(s, loc, &it);

	if (!err && loc->number >= item_rows(it))
		err = err_new(ERR_ABSENT, "%s: no record %" PRIu64 ": there are %zu",
			      *it->path ? it->path : s->model->name, loc->number, item_rows(it));
	if (err)
		return session_failed(s, err);
	print_node(s, (struct node){ it, loc->number }, 0);
	return EXIT_FINE;
}

static int where_path(struct session *s, const char *text)
{
	const char *field = "";
	struct node n;
	struct err *err = model_find(s->model, text, &n, &field);

	if (err)
		return session_failed(s, err);
	n.item = item_real(n.item);
	item_index(n.item, true);
	if (*field && !field_at_path(node_fields(n, &s->arena), &s->arena, field))
		return session_failed(
			s, err_new(ERR_ABSENT, "%s: no field %s", s->model->name, field));
	print_node(s, n, 0);
	return EXIT_FINE;
}

int verb_where(struct session *s)
{
	const char *text = s->cli->args[1], *trouble;
	struct location loc = location_parse(text, &s->arena, &trouble);

	if (trouble)
		return cli_wrong(s->cli, "'%s' is no location: %s", text, trouble);
	switch (loc.kind) {
	case LOC_ADDRESS:
	case LOC_ANCHOR:
	case LOC_FRAME:
	case LOC_PHYSICAL:
		return where_address(s, &loc);
	case LOC_OFFSET:
		return where_offset(s, &loc);
	case LOC_RECORD:
		return where_record(s, &loc);
	case LOC_PATH:
		return where_path(s, text);
	default:
		return cli_wrong(s->cli, "%s: there is no place here to count from", text);
	}
}

/* ---- maps ---- */

static uint64_t pages_absent(const struct page_tally *t)
{
	return t->pages[PAGE_ZERO] + t->pages[PAGE_FILE] + t->pages[PAGE_ABSENT];
}

static void map_text(struct session *s, const struct region *r, const struct page_tally *t)
{
	struct printer *p = &s->print;
	struct arena *a = &s->arena;
	const uint64_t counts[] = { t->pages[PAGE_PRESENT], t->pages[PAGE_PARENT],
				    t->pages[PAGE_LAZY], pages_absent(t) };

	print_column(p, ROLE_ADDRESS, 25,
		     arena_printf(a, "%08" PRIx64 "-%08" PRIx64, r->start, r->end));
	print_column(p, ROLE_VALUE, 4, r->prot);
	print_column(p, ROLE_VALUE, -6, text_size(r->end - r->start, a));
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		print_column(p, ROLE_VALUE, -7,
			     counts[i] ? arena_printf(a, "%" PRIu64, counts[i]) : "-");
	print_text(p, ROLE_NORMAL, *r->name ? r->name : "anon");
	print_newline(p);
}

static void maps_heading(struct session *s, const struct aspace *as)
{
	static const char *const heads[] = { "present", "parent", "lazy", "absent" };
	struct printer *p = &s->print;

	print_column(p, ROLE_TITLE, 25, as->name);
	print_column(p, ROLE_TITLE, 4, "");
	print_column(p, ROLE_TITLE, -6, "size");
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		print_column(p, ROLE_TITLE, -7, heads[i]);
	print_text(p, ROLE_TITLE, "name");
	print_newline(p);
}

static void print_maps(struct session *s, const struct aspace *as)
{
	if (!s->cli->json)
		maps_heading(s, as);
	for (size_t i = 0; i < as->region_count && !s->out->errnum; i++) {
		const struct region *r = &as->regions[i];
		struct page_tally t = aspace_count(as, r->start, r->end);
		struct arena_mark mark = arena_mark(&s->arena);

		s->partly |= t.lost > 0;
		if (s->cli->json)
			region_json(as, r, &t, s->out);
		else
			map_text(s, r, &t);
		arena_rewind(&s->arena, mark);
	}
}

static void print_space(struct session *s, struct aspace *as)
{
	if (as->kind == ASPACE_PROCESS)
		print_maps(s, as);
	else
		guest_maps(s, as);
}

int verb_maps(struct session *s)
{
	struct model *m = s->model;
	struct aspace *as;
	const char *why = NULL;
	size_t n = 0;

	if (!m->aspace) {
		print_error(s->cli, "%s has no memory to look into", m->name);
		return EXIT_WRONG;
	}
	/* Of a guest the frames, unless a vCPU's own view is asked for. */
	if (s->cli->pid || m->frames) {
		as = memory_of_who(m, s->cli->pid ? s->cli->pid : "", &why);
		if (!as) {
			print_error(s->cli, "%s", why);
			return EXIT_WRONG;
		}
		print_space(s, as);
		return EXIT_FINE;
	}
	for (struct space_step at = { 0 }; model_spaces(m, &at);) {
		if (n++ && !s->cli->json)
			print_newline(&s->print);
		print_space(s, at.as);
	}
	if (!n && !m->aspace(m, "", &why))
		print_error(s->cli, "%s: %s", m->name, why);
	return EXIT_FINE;
}
