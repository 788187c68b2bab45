/* What may be meant by what stands in the jump box so far: the words that a LOCATION begins with,
 * registers and regions of the memory at hand, other memories that have the address, marks, paths
 * of the tree. All begin with what was typed; Tab takes one after the other. Made at each key, not
 * at each frame. */
#include "ui/app.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "view/rows_inspect.h"
#include "view/rows_registers.h"

#define SPACES_MOST 64     /* memories looked into for an address */
#define GUEST_REGISTERS 64 /* of a vCPU */
#define ITEMS_MOST 200000

struct offer {
	struct app *app;
	struct suggestions *to;
	const char *stem;
	size_t len;
	struct aspace *as; /* the memory at hand; NULL: none, or its regions are not known */
};

static bool begins(const struct offer *o, const char *word)
{
	return !strncmp(word, o->stem, o->len);
}

/* Whether what was typed begins with a word. */
static bool after(const struct offer *o, const char *word)
{
	return !strncmp(o->stem, word, strlen(word));
}

static bool full(const struct offer *o)
{
	return o->to->count == SUGGESTIONS_MAX;
}

static void add(struct offer *o, const char *text, const char *about)
{
	if (full(o) || !begins(o, text) || !text[o->len] || strlen(text) >= PROMPT_ROOM)
		return;
	o->to->list[o->to->count++] = (struct suggestion){ text, about };
}

/* "rw-p [heap]+0x10" */
static const char *about_address(struct offer *o, struct aspace *as, uint64_t addr)
{
	struct arena *a = &o->to->arena;
	const struct region *r = aspace_region(as, addr);

	uint64_t pa;

	if (as->kind != ASPACE_PROCESS && as->ops->physical && as->ops->physical(as, addr, &pa))
		return arena_printf(a, "pfn 0x%" PRIx64, pa / as->page);
	return r ? arena_printf(a, "%s %s", r->prot, region_place(as, addr, a)) : "not mapped";
}

static const char *about_anchor(struct offer *o, const char *word)
{
	struct model *m = o->app->model;
	struct arena *a = &o->to->arena;
	const char *why = NULL;
	uint64_t addr;

	if (!o->as || !m->anchor || !m->anchor(o->as, "", word, &addr, &why))
		return "";
	return arena_printf(a, "0x%" PRIx64 "  %s", addr, about_address(o, o->as, addr));
}

/* ---- words ---- */

/* What the model has no use for is not offered. */
static bool useful(const struct offer *o, const struct location_word *w)
{
	const struct model *m = o->app->model;

	if (w->kind == LOC_FRAME || w->kind == LOC_PHYSICAL)
		return m->frames;
	/* A guest has no heap that anyone knew of. */
	if (w->kind == LOC_ANCHOR && !w->usage && m->frames)
		return !strcmp(w->text, "stack");
	if (w->kind == LOC_ADDRESS || w->kind == LOC_ANCHOR)
		return m->aspace;
	return true;
}

static void add_words(struct offer *o)
{
	struct location_word w;

	for (size_t n = 0; location_word(n, &w); n++)
		if (useful(o, &w) && begins(o, w.text))
			add(o, w.text, w.usage ? w.usage : about_anchor(o, w.text));
}

static void add_marks(struct offer *o)
{
	struct arena *a = &o->to->arena;

	if (!after(o, "mark:"))
		return;
	for (int i = 0; i < MARKS; i++) {
		const struct spot *s = &o->app->marks[i];

		if (!s->set)
			continue;
		add(o, arena_printf(a, "mark:%c", 'a' + i),
		    s->space       ? arena_printf(a, "%s 0x%" PRIx64, s->space->name, s->offset)
		    : s->node.item ? node_path(s->node, a)
				   : "");
	}
}

/* ---- the memory at hand ---- */

/* As app.registers, but of any memory. */
static const struct anchor *registers_of(struct offer *o, size_t *count)
{
	struct model *m = o->app->model;
	struct anchor *all;

	*count = o->app->register_count;
	if (o->as == o->app->space)
		return o->app->registers;
	*count = m->registers ? m->registers(o->as, NULL, 0) : 0;
	if (!*count || *count > REGISTERS_MOST)
		*count = 0;
	all = arena_array(&o->to->arena, *count + 1, sizeof(*all));
	if (*count)
		*count = m->registers(o->as, all, *count);
	return all;
}

/* Of the first thread by their names, of the others with '@'. */
static void add_guest_registers(struct offer *o)
{
	struct arena *a = &o->to->arena;
	struct space_step at = { 0 };
	uint64_t pa;

	for (int n = 0; n < SPACES_MOST && !full(o) && model_spaces(o->app->model, &at); n++) {
		const struct aspace *as = at.as;
		struct anchor all[GUEST_REGISTERS];
		size_t count = o->app->model->registers
				       ? o->app->model->registers(as, all, GUEST_REGISTERS)
				       : 0;

		for (size_t i = 0; i < count && i < GUEST_REGISTERS; i++) {
			const char *text = arena_printf(a, "%s@%s", all[i].word, as->who);

			if (!begins(o, text))
				continue;
			add(o, text,
			    arena_printf(
				    a, "0x%" PRIx64 "  %s", all[i].addr,
				    !as->ops->physical(as, all[i].addr, &pa)
					    ? "not mapped"
					    : arena_printf(a, "pfn 0x%" PRIx64, pa / as->page)));
		}
	}
}

static void add_registers(struct offer *o)
{
	struct arena *a = &o->to->arena;
	const struct anchor *all;
	size_t count;

	if (o->app->model->frames && o->app->indexed && after(o, "reg:")) {
		add_guest_registers(o);
		return;
	}
	if (!o->as || !after(o, "reg:"))
		return;
	all = registers_of(o, &count);
	for (size_t i = 0; i < count && !full(o); i++) {
		const char *text = all[i].word;

		/* One of an array has no name in a LOCATION. */
		if (strchr(text, '['))
			continue;
		if (all[i].who != all[0].who || strchr(o->stem, '@'))
			text = arena_printf(a, "%s@%" PRIu64, text, all[i].who);
		if (begins(o, text))
			add(o, text,
			    arena_printf(a, "0x%" PRIx64 "  %s", all[i].addr,
					 about_address(o, o->as, all[i].addr)));
	}
}

static void add_regions(struct offer *o)
{
	struct arena *a = &o->to->arena;

	if (!o->as || !after(o, "vma:"))
		return;
	for (size_t i = 0; i < o->as->region_count && !full(o); i++) {
		const struct region *r = &o->as->regions[i];
		const char *text = arena_printf(a, "vma:%zu", i);

		if (begins(o, text))
			add(o, text,
			    arena_printf(a, "%" PRIx64 "-%" PRIx64 " %s %s", r->start, r->end,
					 r->prot, *r->name ? r->name : "anon"));
	}
}

/* ---- other memories ---- */

/* "0x7ffd61a5c2f0@19", "heap@19": whose it may be, too. */
static void add_owners(struct offer *o)
{
	struct app *app = o->app;
	struct arena *a = &o->to->arena;
	const char *trouble;
	struct location loc = location_parse(o->stem, a, &trouble);
	size_t base = strcspn(o->stem, "@"), seen = 0;
	bool anchor = loc.kind == LOC_ANCHOR && strchr(o->stem, '@');
	struct space_step at = { 0 };

	if (!app->indexed || (loc.kind != LOC_ADDRESS && !anchor))
		return;
	while (seen++ < SPACES_MOST && !full(o) && model_spaces(app->model, &at)) {
		const char *text = arena_printf(a, "%.*s@%s", (int)base, o->stem, at.as->who);

		/* Of the memory at hand it is read already. */
		if ((!anchor && at.as == o->as) || !*at.as->who ||
		    (!anchor && !app_memory_has(at.as, loc.number)))
			continue;
		add(o, text,
		    anchor ? at.as->name
			   : arena_printf(a, "%s  %s", at.as->name,
					  about_address(o, at.as, loc.number)));
	}
}

/* ---- paths ---- */

static const char *about_item(struct offer *o, struct item *it)
{
	const char *name = it->title ? it->title + strspn(it->title, " ") : it->kind;

	return arena_printf(&o->to->arena, "%s  %s", name ? name : "",
			    node_summary((struct node){ it, NODE_SELF }, &o->to->arena));
}

/* Paths that begin with `part`, behind `front` ("off:0x10@", or nothing). */
static void add_paths(struct offer *o, const char *front, const char *part)
{
	struct item *root = o->app->model->root;
	size_t len = strlen(part), n = 0;

	for (struct item *it = item_next(root, root); it && n++ < ITEMS_MOST && !full(o);
	     it = item_next(root, it)) {
		if (it->alias || !it->path || strncmp(it->path, part, len) != 0)
			continue;
		add(o, *front ? arena_printf(&o->to->arena, "%s%s", front, it->path) : it->path,
		    about_item(o, it));
	}
}

static void add_files(struct offer *o)
{
	const char *sign = strchr(o->stem, '@');
	const char *front;

	if (!sign)
		add_paths(o, "", o->stem);
	if (!sign || (!after(o, "off:") && !after(o, "rec:")))
		return;
	front = arena_printf(&o->to->arena, "%.*s", (int)(sign + 1 - o->stem), o->stem);
	add_paths(o, front, sign + 1);
}

void app_suggest(struct app *app)
{
	struct suggestions *to = &app->suggestions;
	struct offer o = { .app = app, .to = to };

	arena_reset(&to->arena);
	to->count = 0;
	if (app->prompt.kind == PROMPT_DIFF)
		app_diff_suggest(app);
	if (app->prompt.kind != PROMPT_JUMP || !app->prompt.len)
		return;
	o.stem = arena_strdup(&to->arena, app->prompt.text);
	o.len = strlen(o.stem);
	o.as = app->indexed ? app_space_here(app) : NULL;
	if (o.as && !aspace_is_mapped(o.as))
		o.as = NULL;
	add_words(&o);
	add_marks(&o);
	add_registers(&o);
	add_regions(&o);
	add_owners(&o);
	add_files(&o);
}

const char *app_suggestion_word(void *arg, size_t n)
{
	const struct app *app = arg;

	return n < app->suggestions.count ? app->suggestions.list[n].text : NULL;
}
