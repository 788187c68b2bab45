/* A guest's memory in where, maps and find: frames, the walks that lead to them, what was sent for
 * them, and which addresses map them. */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "core/aspace.h"
#include "view/lines_json.h"

#define MAX_STEPS 8
#define MAX_VERSIONS 256
#define MAX_MAPPERS 1024

/* ---- where ---- */

/* All that is known of a place in a guest's memory. */
struct place_in_guest {
	struct aspace *as;
	uint64_t addr, pa;
	bool is_physical;
	struct extent x;
	struct aspace_step steps[MAX_STEPS];
	size_t step_count;
	struct aspace_version versions[MAX_VERSIONS];
	size_t version_count;
	const struct aspace_version *current;
};

static void look(struct session *s, struct aspace *as, uint64_t addr, struct place_in_guest *p)
{
	const struct aspace_ops *ops = as->ops;

	*p = (struct place_in_guest){ .as = as, .addr = addr };
	aspace_at(as, addr, &p->x);
	p->is_physical = ops->physical && ops->physical(as, addr, &p->pa);
	if (ops->steps)
		p->step_count = ops->steps(as, addr, p->steps, MAX_STEPS, &s->arena);
	if (ops->versions)
		p->version_count = ops->versions(as, addr, p->versions, MAX_VERSIONS, &s->arena);
	if (p->version_count > MAX_VERSIONS)
		p->version_count = MAX_VERSIONS;
	for (size_t n = 0; n < p->version_count; n++)
		if (p->versions[n].current)
			p->current = &p->versions[n];
}

static void version_json(struct json *j, const struct place_in_guest *p,
			 const struct aspace_version *v, struct arena *a)
{
	json_object(j);
	json_key_uint(j, "pass", v->pass);
	json_key_uint(j, "record", v->entry.at);
	json_key_str(j, "path", node_path(v->entry, a));
	json_key_str(j, "type", v->type);
	json_key(j, "offset");
	if (v->source)
		json_uint(j, v->offset + p->pa % p->as->page);
	else
		json_null(j);
	json_key(j, "current");
	json_bool(j, v->current);
	if (v->note)
		json_key_str(j, "note", v->note);
	json_end_object(j);
}

static void steps_json(struct json *j, const struct place_in_guest *p)
{
	json_key(j, "steps");
	json_array(j);
	for (size_t n = 0; n < p->step_count; n++) {
		const struct aspace_step *step = &p->steps[n];

		json_object(j);
		json_key_uint(j, "level", step->level);
		json_key_hex(j, "pfn", step->table);
		json_key_uint(j, "index", step->index);
		json_key_hex(j, "entry", step->entry);
		json_key_str(j, "flags", step->flags);
		if (step->trouble)
			json_key_str(j, "trouble", step->trouble);
		json_end_object(j);
	}
	json_end_array(j);
}

/* Calls `fn` for each address that a vCPU's root maps `pa` at. Reads all page tables; C-c stops
 * that, and what is known by then stands. */
static void each_mapper(struct session *s, uint64_t pa,
			void (*fn)(struct session *, const struct aspace *, uint64_t va))
{
	struct job job;

	job_init(&job, "page tables", 0);
	catch_interrupt(&job);
	for (struct space_step at = { 0 };
	     !atomic_load(&job.cancel) && model_spaces(s->model, &at);) {
		uint64_t va[MAX_MAPPERS];
		size_t n = 0;

		if (at.as->kind == ASPACE_VCPU && aspace_reverse(at.as, &job))
			n = at.as->ops->mappers(at.as, pa, va, MAX_MAPPERS);
		for (size_t i = 0; i < n && i < MAX_MAPPERS; i++)
			fn(s, at.as, va[i]);
		if (n > MAX_MAPPERS)
			print_error(s->cli, "%s maps it at %zu more addresses", at.as->who,
				    n - MAX_MAPPERS);
	}
	catch_interrupt(NULL);
	if (!atomic_load(&job.cancel))
		return;
	s->partly = true;
	print_error(s->cli, "stopped after %" PRIu64 " page tables: there may be more addresses",
		    atomic_load(&job.done));
}

static void mapper_json(struct session *s, const struct aspace *as, uint64_t va)
{
	json_object(&s->json);
	json_who(&s->json, as);
	json_key_hex(&s->json, "va", va);
	json_end_object(&s->json);
}

static void mappers_json(struct session *s, uint64_t pa)
{
	json_key(&s->json, "mapped");
	json_array(&s->json);
	each_mapper(s, pa, mapper_json);
	json_end_array(&s->json);
}

static void found_json(struct session *s, const struct place_in_guest *p)
{
	struct json *j = &s->json;

	json_object(j);
	if (p->as->kind == ASPACE_VCPU)
		json_key_hex(j, "va", p->addr);
	json_who(j, p->as);
	json_key(j, "pa");
	if (p->is_physical)
		json_hex(j, p->pa);
	else
		json_null(j);
	json_key(j, "pfn");
	if (p->is_physical)
		json_hex(j, p->pa / p->as->page);
	else
		json_null(j);
	json_key_str(j, "type", p->current ? p->current->type : NULL);
	json_key_str(j, "state", page_state_name(p->x.state));
	json_key(j, "record");
	if (p->current)
		json_uint(j, p->current->entry.at);
	else
		json_null(j);
	json_key_str(j, "path", p->current ? node_path(p->current->entry, &s->arena) : NULL);
	json_key(j, "pass");
	if (p->current)
		json_uint(j, p->current->pass);
	else
		json_null(j);
	json_key(j, "offset");
	if (p->x.source)
		json_uint(j, p->x.offset + (p->addr - p->x.start));
	else
		json_null(j);
	if (p->x.why)
		json_key_str(j, "why", p->x.why);
	steps_json(j, p);
	json_key(j, "versions");
	json_array(j);
	for (size_t n = 0; n < p->version_count; n++)
		version_json(j, p, &p->versions[n], &s->arena);
	json_end_array(j);
	if (s->cli->mapped && p->as->kind == ASPACE_FRAMES)
		mappers_json(s, p->pa);
	json_end_object(j);
	out_str(s->out, "\n");
}

static void mapper_line(struct session *s, const struct aspace *as, uint64_t va)
{
	print_line(&s->print, "mapped", arena_printf(&s->arena, "0x%" PRIx64 "@%s", va, as->who));
}

static void found_text(struct session *s, const struct place_in_guest *p)
{
	struct arena *a = &s->arena;
	const char *trail[MAX_STEPS + MAX_VERSIONS];
	size_t n = 0;

	if (p->as->kind == ASPACE_VCPU)
		print_line(&s->print, "va",
			   arena_printf(a, "0x%" PRIx64 " of %s%s%s%s", p->addr, p->as->who,
					p->as->root ? ", by its " : "",
					p->as->root ? p->as->root : "",
					p->as->root ? " root" : ""));
	if (p->is_physical)
		print_line(&s->print, "pa",
			   arena_printf(a, "0x%" PRIx64 ", pfn 0x%" PRIx64 "%s%s", p->pa,
					p->pa / p->as->page, p->current ? " " : "",
					p->current ? p->current->type : ""));
	print_line(&s->print, "state",
		   arena_printf(a, "%s%s%s", page_state_name(p->x.state), p->x.why ? ": " : "",
				p->x.why ? p->x.why : ""));
	if (p->x.source)
		print_line(&s->print, "image",
			   arena_printf(a, "%s + 0x%" PRIx64, p->x.image->path,
					p->x.offset + (p->addr - p->x.start)));
	if (p->as->ops->trail)
		n = p->as->ops->trail(p->as, p->addr, trail, ARRAY_LEN(trail), a);
	for (size_t i = 0; i < n && i < ARRAY_LEN(trail); i++)
		print_line(&s->print, i ? "" : "steps", trail[i]);
	if (s->cli->mapped && p->as->kind == ASPACE_FRAMES)
		each_mapper(s, p->pa, mapper_line);
}

enum page_state guest_where(struct session *s, struct aspace *as, uint64_t addr)
{
	struct place_in_guest p;

	look(s, as, addr, &p);
	if (s->cli->json)
		found_json(s, &p);
	else
		found_text(s, &p);
	return p.x.state;
}

/* ---- maps ---- */

static void range_text(struct session *s, const struct aspace *as, const struct region *r,
		       const struct page_tally *t)
{
	struct printer *p = &s->print;
	struct arena *a = &s->arena;
	bool frames = as->kind == ASPACE_FRAMES;
	uint64_t unit = frames ? as->page : 1;

	print_column(p, ROLE_ADDRESS, frames ? 21 : 33,
		     arena_printf(a, "%08" PRIx64 "-%08" PRIx64, r->start / unit, r->end / unit));
	if (!frames)
		print_column(p, ROLE_VALUE, 4, r->prot);
	print_column(p, ROLE_VALUE, -7, text_size(r->end - r->start, a));
	print_column(p, ROLE_VALUE, -9,
		     t->pages[PAGE_PRESENT] ? text_uint(t->pages[PAGE_PRESENT], a) : "-");
	print_column(p, ROLE_VALUE, -9,
		     t->pages[PAGE_ABSENT] ? text_uint(t->pages[PAGE_ABSENT], a) : "-");
	print_text(p, ROLE_NORMAL, r->kind);
	print_newline(p);
}

void guest_maps(struct session *s, struct aspace *as)
{
	bool frames = as->kind == ASPACE_FRAMES;
	struct printer *p = &s->print;
	struct job job;

	job_init(&job, "map", 0);
	catch_interrupt(&job);
	aspace_map(as, &job);
	catch_interrupt(NULL);
	if (!s->cli->json) {
		print_column(p, ROLE_TITLE, frames ? 21 : 33,
			     frames ? arena_printf(&s->arena, "%s (PFN)", as->name) : as->name);
		if (!frames)
			print_column(p, ROLE_TITLE, 4, "");
		print_column(p, ROLE_TITLE, -7, "size");
		print_column(p, ROLE_TITLE, -9, "present");
		print_column(p, ROLE_TITLE, -9, "absent");
		print_text(p, ROLE_TITLE, frames ? "type" : "pages of");
		print_newline(p);
	}
	for (size_t n = 0; n < as->region_count && !s->out->errnum; n++) {
		const struct region *r = &as->regions[n];
		struct page_tally t = aspace_count(as, r->start, r->end);
		struct arena_mark mark = arena_mark(&s->arena);

		if (s->cli->json)
			region_json(as, r, &t, s->out);
		else
			range_text(s, as, r, &t);
		arena_rewind(&s->arena, mark);
	}
}

/* ---- whose memory ---- */

struct aspace *memory_of_who(struct model *m, const char *who, const char **why)
{
	*why = "there is no memory in it";
	if (m->frames && (!*who || !strncmp(who, "pass:", 5)))
		return m->frames(m, who, why);
	return m->aspace ? m->aspace(m, who, why) : NULL;
}
