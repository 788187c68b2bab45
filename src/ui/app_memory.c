/* The memory of a process: its regions, the bytes at an address, the inspector; and the page map.
 * The list follows the bytes, the bytes follow the list:
 *
 *   regions -> the bytes of the region, at the first that is kept
 *   bytes   -> the region that has the byte; the inspector */
#include "ui/app.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "view/entropy.h"
#include "view/rows_inspect.h"
#include "view/rows_pages.h"
#include "view/rows_regions.h"
#include "view/rows_registers.h"

#define FIRST_STEPS 256  /* looking for a region's first byte that is kept */
#define WORK_STEPS 20000 /* extents counted between two looks at the keys: some 10 ms */

/* ---- whose memory ---- */

struct aspace *app_space_here(struct app *app)
{
	bool diff = app->view == VIEW_DIFF;
	struct node n = diff ? app_diff_node(app) : app->node;
	struct model *m = n.item ? n.item->model : app->model;
	struct aspace *as = diff ? app_diff_space(app, NULL) : NULL;
	struct item *it = n.item;
	const char *why;

	if (app_in_memory(app) || app_shows_memory(app))
		return app->space;
	if (!as && it && n.at != NODE_SELF && !it->rows_are_records && m->space)
		as = m->aspace(m, node_label(n, &app->scratch), &why);
	for (; m->aspace_of && it && !as; it = it->parent)
		as = m->aspace_of(item_real(it));
	return as;
}

/* Of the first process that has any. */
static struct aspace *first_space(struct app *app)
{
	struct model *m = app->model;
	struct aspace *as = NULL;

	for (struct item *it = m->root; m->aspace_of && it && !as; it = item_next(m->root, it))
		as = it->alias ? NULL : m->aspace_of(it);
	return as;
}

struct aspace *app_space_any(struct app *app)
{
	struct aspace *as = app_space_here(app);

	if (!as && app->space && app->space->item->model == app->model)
		as = app->space;
	return as ? as : first_space(app);
}

bool app_shows_memory(const struct app *app)
{
	return app->view == VIEW_MEMORY || app->view == VIEW_REGISTERS || app->view == VIEW_STACK ||
	       (app->view == VIEW_HITS && app->arrangement.memory);
}

bool app_in_memory(const struct app *app)
{
	return app->view == VIEW_MEMORY || app->view == VIEW_PAGES || app->view == VIEW_REGISTERS ||
	       app->view == VIEW_STACK;
}

/* ---- showing ---- */

static void take_registers(struct app *app, struct aspace *as)
{
	free(app->registers);
	free(app->register_spaces);
	app->register_count = app_space_registers(app, as, &app->registers, &app->register_spaces);
}

/* What stands before a number of whose it is. */
static const char *who_word(const struct aspace *as)
{
	return as->kind == ASPACE_PROCESS ? "tid " : "vcpu";
}

static void note_stacks(struct app *app, struct aspace *as)
{
	for (size_t i = 0; i < app->register_count; i++) {
		const struct anchor *reg = &app->registers[i];
		const struct region *r = reg->stack ? aspace_region(as, reg->addr) : NULL;
		bool odd = r && anchor_trouble(as, app->registers, app->register_count, i);

		if (r)
			rows_regions_note(app->regions.pane.rows, reg->addr,
					  arena_printf(&app->scratch, "%s %s%" PRIu64,
						       odd ? "!sp of" : "stack", who_word(as),
						       reg->who));
	}
}

static void set_regions(struct app *app)
{
	rows_regions_set(app->regions.pane.rows, app->space);
	map_set(&app->map, app->space);
	app->regions.pane.empty = aspace_is_mapped(app->space)
					  ? "(nothing is mapped)"
					  : "(being read: what the page tables map)";
	if (app->space->kind != ASPACE_FRAMES)
		note_stacks(app, app->space);
}

static void set_space(struct app *app, struct aspace *as)
{
	app->space = as;
	list_filter(&app->regions, NULL);
	app->regions.cursor = app->regions.top = 0;
	hex_set_space(&app->memory, as);
	take_registers(app, as);
	rows_registers_set(app->regs.pane.rows, as, app->registers, app->register_spaces,
			   app->register_count);
	list_filter(&app->regs, NULL);
	app->regs.cursor = app->regs.top = 0;
	set_regions(app);
	app_map_want(app, as);
	if (as->kind == ASPACE_FRAMES)
		app_map_want_round(app);
}

bool app_memory_has(const struct aspace *as, uint64_t addr)
{
	struct extent x;

	if (aspace_is_mapped(as))
		return aspace_region(as, addr);
	aspace_at(as, addr, &x);
	return x.state != PAGE_UNMAPPED;
}

void app_memory_take(struct app *app, struct aspace *as)
{
	app_stand(app, as->item->model);
	if (as != app->space)
		set_space(app, as);
}

/* The first byte of a region that is in some image; its start if none is soon found. */
static uint64_t first_kept(const struct aspace *as, const struct region *r)
{
	uint64_t at = r->start;
	struct extent x;

	for (int i = 0; i < FIRST_STEPS && at < r->end; i++) {
		aspace_at(as, at, &x);
		if (x.state == PAGE_PRESENT || x.state == PAGE_PARENT)
			return at;
		if (x.end <= at)
			break;
		at = x.end;
	}
	return r->start;
}

/* Where vCPUs have a byte of the frames, an address a line: "@vcpu0  0xffffffff81000000". */
static void inspect_mappers(struct app *app, uint64_t pa)
{
	struct arena *a = &app->scratch;
	char *save = NULL, *all = arena_strdup(a, app_space_mappers(app, pa, a));

	for (char *one = strtok_r(all, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		size_t n;

		one += strspn(one, " ");
		n = strcspn(one, " ");
		rows_inspect_add(app->inspector.pane.rows, arena_printf(a, "@%.*s", (int)n, one),
				 one + n + strspn(one + n, " "));
	}
}

static void inspect(struct app *app)
{
	struct rows *rows = app->inspector.pane.rows;
	uint64_t addr = app->memory.cursor, page = addr - addr % app->space->page;
	struct arena *a = &app->scratch;

	rows_inspect_set(rows, app->memory.size ? app->space : NULL, addr, app->big);
	if (app->memory.size && app->space->kind == ASPACE_FRAMES)
		inspect_mappers(app, addr);
	for (size_t i = 0; app->memory.size && i < app->register_count; i++) {
		const struct anchor *reg = &app->registers[i];

		if (app->register_spaces && app->register_spaces[i] != app->space)
			continue;
		if (reg->addr >= page && reg->addr - page < app->space->page)
			rows_inspect_add(
				rows, arena_printf(a, "%s%" PRIu64, who_word(app->space), reg->who),
				arena_printf(a, "%s 0x%" PRIx64, anchor_name(reg), reg->addr));
	}
	list_refresh(&app->inspector);
}

void app_memory_blank(struct app *app)
{
	hex_set_space(&app->memory, app->space);
	app->memory.pane.empty = "(not mapped)";
	inspect(app);
}

void app_memory_mapped(struct app *app, struct aspace *as)
{
	bool bytes = app->memory.size;
	uint64_t at = app->memory.cursor;

	if (app->space && app->space->kind == ASPACE_FRAMES && app->memory.size)
		inspect(app);
	if (as != app->space)
		return;
	set_regions(app);
	list_refresh(&app->regions);
	app->memory.size = 0;
	if (bytes && hex_go_address(&app->memory, at))
		app_memory_moved(app, SLOT_BYTES);
	else if (app->view == VIEW_MEMORY)
		app_memory_moved(app, SLOT_MAIN);
	if (app->view == VIEW_REGISTERS)
		app_registers_moved(app);
}

static void moved_regions(struct app *app)
{
	const struct region *r = rows_regions_at(app->regions.pane.rows, app->regions.cursor);

	app->regions.nowhere = false;
	if (r &&
	    (!app->memory.size || app->memory.cursor < r->start || app->memory.cursor >= r->end))
		hex_go_address(&app->memory, first_kept(app->space, r));
}

static void moved_bytes(struct app *app)
{
	size_t line = rows_regions_line(app->regions.pane.rows, app->memory.cursor);

	list_go(&app->regions, line);
	/* A filter may hide it. */
	app->regions.nowhere = app->regions.cursor != line;
}

void app_memory_moved(struct app *app, enum slot slot)
{
	if (!app->space)
		return;
	if (slot == SLOT_MAIN)
		moved_regions(app);
	else if (slot == SLOT_BYTES)
		moved_bytes(app);
	inspect(app);
}

bool app_memory_show(struct app *app, struct aspace *as, uint64_t addr)
{
	app_memory_take(app, as);
	if (!hex_go_address(&app->memory, addr))
		return false;
	app_memory_moved(app, SLOT_BYTES);
	return true;
}

bool app_memory_go(struct app *app, struct aspace *as, uint64_t addr, bool map)
{
	bool fresh = as != app->space || !app->memory.size;
	enum slot focus = SLOT_BYTES;

	if (addr != UINT64_MAX && !app_memory_has(as, addr))
		return false;
	app_memory_take(app, as);
	app_view(app, map ? VIEW_PAGES : VIEW_MEMORY);
	hex_light(&app->memory, (struct span){ 0, 0 });
	if (addr == UINT64_MAX && fresh) {
		addr = app_space_start(app);
		focus = SLOT_MAIN;
	}
	if (map && addr != UINT64_MAX)
		map_go(&app->map, addr);
	if (map)
		return true;
	if (addr == UINT64_MAX) {
		app_memory_moved(app, SLOT_MAIN);
		return true;
	}
	hex_go_address(&app->memory, addr);
	app_memory_moved(app, SLOT_BYTES);
	app->arrangement.focus = focus;
	return true;
}

/* The stream is still being read: what it shows comes when that is done. */
static void await(struct app *app)
{
	app_track_push(app);
	app_view(app, VIEW_MEMORY);
	app->regions.pane.empty = "(the stream is still being read: memory is shown when all of it "
				  "is known)";
	app->memory.pane.empty = "";
}

void app_memory_tick(struct app *app)
{
	struct model *m = app->model;
	const char *why;
	struct aspace *as;

	if (app->view != VIEW_MEMORY || app->space || !m->frames)
		return;
	as = m->frames(m, "", &why);
	if (as)
		app_memory_go(app, as, UINT64_MAX, false);
}

uint64_t app_memory_page_here(struct app *app, struct aspace **as)
{
	struct model *m = app->model;
	struct aspace *frames;
	const char *why;
	uint64_t addr = app->hex.addr + (app->hex.cursor - app->hex.first);

	if (app->view != VIEW_TREE || !app->hex.paged || !m->frames)
		return UINT64_MAX;
	frames = m->frames(m, "", &why);
	if (!frames || !app_memory_has(frames, addr))
		return UINT64_MAX;
	*as = frames;
	return addr;
}

void app_memory_open(struct app *app, bool map)
{
	struct aspace *as = app_space_any(app);
	uint64_t addr = UINT64_MAX, at;

	if (!as && app->model->frames && !app->indexed) {
		await(app);
		return;
	}
	if (!as || (aspace_is_mapped(as) && !as->region_count)) {
		app_say(app, ROLE_HINT, "%s",
			as ? "nothing is mapped there" : "nothing here has memory");
		return;
	}
	if (app->view != VIEW_PAGES && as == app->space && app->memory.size)
		addr = app->memory.cursor;
	if (app->view == VIEW_PAGES)
		addr = app->map.cursor;
	if (app->view == VIEW_DIFF && app_diff_space(app, &at) == as && at != UINT64_MAX &&
	    app_memory_has(as, at))
		addr = at;
	if (app->view == VIEW_TREE && app_memory_page_here(app, &as) != UINT64_MAX)
		addr = app_memory_page_here(app, &as);
	app_track_push(app);
	app_memory_go(app, as, addr, map && aspace_is_mapped(as));
	app->arrangement.focus = SLOT_MAIN;
}

bool app_memory_work(struct app *app)
{
	struct list *l = &app->regions;
	struct rows *rows = l->pane.rows;
	bool all;

	if (app->view != VIEW_MEMORY && app->view != VIEW_PAGES)
		return false;
	rows_regions_total(rows, &all);
	if (all)
		return false;
	if (l->filter || !rows_regions_work(rows, l->top, (size_t)l->pane.height, WORK_STEPS))
		rows_regions_work(rows, 0, SIZE_MAX, WORK_STEPS);
	return true;
}

/* ---- going on ---- */

static void follow_pointer(struct app *app)
{
	unsigned width = aspace_pointer_width(app->space);
	const struct aspace *into;
	uint64_t to;

	if (!aspace_pointer(app->space, app->memory.cursor, width, app->big, &to)) {
		app_say(app, ROLE_HINT, "no bytes to follow here");
		return;
	}
	into = aspace_pointed(app->space, to);
	if (!into || !app_memory_has(into, to)) {
		app_say(app, ROLE_HINT, "0x%" PRIx64 " is not mapped: no pointer", to);
		return;
	}
	app_track_push(app);
	/* Found through its model, which this thread owns. */
	app_memory_go(app, (struct aspace *)(uintptr_t)into, to, false);
}

/* A line of the inspector: a body of the page goes to its record, a step to its table. */
static bool follow_inspected(struct app *app)
{
	struct model *m = app->model;
	struct inspected to;
	struct aspace *frames;
	const char *why;

	if (!rows_inspect_at(app->inspector.pane.rows, app->inspector.cursor, &to))
		return false;
	if (to.place.node.item) {
		app_go(app, &to.place);
		return true;
	}
	frames = m->frames ? m->frames(m, "", &why) : NULL;
	if (!frames || !app_memory_has(frames, to.pa))
		return false;
	app_track_push(app);
	return app_memory_go(app, frames, to.pa, false);
}

void app_memory_follow(struct app *app)
{
	if (app->view == VIEW_PAGES) {
		app_track_push(app);
		app_memory_go(app, app->space, app->map.cursor, false);
	} else if (app->arrangement.focus == SLOT_FIELDS && follow_inspected(app)) {
		return;
	} else if (app->view == VIEW_REGISTERS && app->arrangement.focus == SLOT_MAIN) {
		app_registers_follow(app);
	} else if (app->view == VIEW_STACK && app->arrangement.focus == SLOT_MAIN) {
		app_stack_follow(app);
	} else if (app->arrangement.focus == SLOT_MAIN) {
		app->arrangement.focus = SLOT_BYTES;
	} else if (app->memory.size) {
		follow_pointer(app);
	}
}

bool app_memory_follow_field(struct app *app, const struct field *f)
{
	bool address = f && f->ref.kind && f->ref.kind == app->model->address_ref;
	struct aspace *as = address && app->view == VIEW_TREE ? app_space_here(app) : NULL;

	if (!as || !app_memory_has(as, f->ref.id))
		return false;
	app_track_push(app);
	return app_memory_go(app, as, f->ref.id, false);
}

void app_memory_record(struct app *app)
{
	uint64_t addr = app->view == VIEW_PAGES ? app->map.cursor : app->memory.cursor;
	const struct region *r = aspace_region(app->space, addr);
	struct place to = { .offset = UINT64_MAX };
	struct extent x;

	aspace_at(app->space, addr, &x);
	if (r)
		to.node = r->node;
	if (app->arrangement.focus != SLOT_MAIN && x.entry.item)
		to.node = x.entry;
	if (!to.node.item) {
		app_say(app, ROLE_HINT, "no record says anything of it");
		return;
	}
	app_go(app, &to);
	app->arrangement.focus = SLOT_MAIN;
}

void app_memory_sort(struct app *app, uint32_t count)
{
	struct list *l = &app->regions;
	struct rows *rows = l->pane.rows;
	const struct region *r = rows_regions_at(rows, l->cursor);
	enum region_column by = (rows_regions_sorted(rows) + count) % REGION_COLUMNS;

	if (!rows_regions_sort(rows, by, app_stop, app)) {
		app_say(app, ROLE_WARNING, "counting was stopped");
		return;
	}
	app_say(app, ROLE_HINT, "by %s", region_column_name(by));
	list_refresh(l);
	if (r)
		list_go(l, rows_regions_line(rows, r->start));
}

/* ---- words ---- */

const char *app_memory_title(struct app *app)
{
	struct arena *a = &app->frame;
	enum region_column by;
	struct page_tally t;
	uint64_t kept;
	bool all;

	if (!app->space)
		return "";
	if (!aspace_is_mapped(app->space))
		return app->space->name;
	t = rows_regions_total(app->regions.pane.rows, &all);
	kept = (t.pages[PAGE_PRESENT] + t.pages[PAGE_PARENT]) * app->space->page;
	by = rows_regions_sorted(app->regions.pane.rows);
	return arena_printf(
		a, "%s  %zu %s  %s%s %s%s%s", app->space->name, app->space->region_count,
		app->space->kind == ASPACE_PROCESS ? "regions" : "ranges", text_size(kept, a),
		all ? "" : "\u2026", app->space->kind == ASPACE_VCPU ? "mapped" : "in the images",
		by ? "  by " : "", by ? region_column_name(by) : "");
}

/* Of the page at an address: "  4.7 b/B": bits a byte */
static const char *entropy_text(struct app *app, uint64_t addr)
{
	uint64_t page = addr - addr % app->space->page;
	unsigned tenths = entropy_look(app_entropy(app), app->space, page, page + app->space->page);

	return tenths <= 80 ? arena_printf(&app->frame, "  %u.%u b/B", tenths / 10, tenths % 10)
			    : "";
}

/* "pfn 0x2a10+0x123 L4TAB": of a guest's byte */
static const char *frame_text(struct app *app, uint64_t addr)
{
	const struct aspace *as = app->space;
	const struct region *r = aspace_region(as, addr);
	uint64_t pa;

	if (!as->ops->physical || !as->ops->physical(as, addr, &pa))
		return "not mapped";
	return arena_printf(&app->frame, "pfn 0x%" PRIx64 "+0x%" PRIx64 " %s", pa / as->page,
			    pa % as->page,
			    !r                          ? ""
			    : as->kind == ASPACE_FRAMES ? r->name
							: r->prot);
}

/* "0x7ffd61a5c2f0  [stack]+0x202f0  pages-2.img+0x21f2f0" */
const char *app_memory_status(struct app *app)
{
	struct arena *a = &app->frame;
	uint64_t addr = app->view == VIEW_PAGES ? app->map.cursor : app->memory.cursor;
	struct span chosen = hex_selection(&app->memory);
	const char *region, *place;
	struct extent x;

	if (!app->space || (app->view != VIEW_PAGES && !app->memory.size))
		return "";
	aspace_at(app->space, addr, &x);
	region = app->space->kind == ASPACE_PROCESS ? region_place(app->space, addr, a)
						    : frame_text(app, addr);
	place = extent_place(app->space, &x, addr, a);
	return arena_printf(
		a, "0x%" PRIx64 "%s  %s  %s%s%s%s", addr,
		app->view == VIEW_PAGES && app->map.entropy ? entropy_text(app, addr) : "",
		region ? region : "", place, *place && x.why ? "  " : "", x.why ? x.why : "",
		chosen.length ? arena_printf(a, "  %" PRIu64 " selected", chosen.length) : "");
}

const char *app_memory_state(struct app *app)
{
	uint64_t addr = app->view == VIEW_PAGES ? app->map.cursor : app->memory.cursor;
	struct extent x;

	if (!app->space || (app->view != VIEW_PAGES && !app->memory.size))
		return "";
	aspace_at(app->space, addr, &x);
	return page_state_name(x.state);
}
