/* Which memories there are, and going from one to another: those of processes, or of a guest its
 * frames, what each root of page tables maps, and the frames as each pass left them. */
#include "ui/app.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "view/rows_registers.h"

#define SPACES_MOST 4096u
#define MAPPERS_MOST 8 /* addresses of one frame that are told */
#define VCPUS_MOST 64  /* whose tables are asked for a frame */

/* ---- which ---- */

/* How often memory was sent, by what an extent says: 0 if it was once. */
static uint32_t passes_of(struct app *app)
{
	const char *why;
	struct aspace *frames =
		app->model->frames ? app->model->frames(app->model, "", &why) : NULL;
	struct extent x;
	uint32_t of = 0;

	if (!frames || !frames->region_count)
		return 0;
	aspace_at(frames, frames->regions[0].start, &x);
	node_pass(x.entry, &of);
	return of > 1 ? of : 0;
}

static struct aspace *pass_space(struct app *app, uint32_t pass)
{
	const char *why;

	return app->model->frames(app->model, arena_printf(&app->scratch, "pass:%" PRIu32, pass),
				  &why);
}

/* ---- from one to the next ---- */

/* Where the same bytes are in another memory; if that cannot be told, the same address. */
static uint64_t carried(struct app *app, const struct aspace *from, uint64_t at,
			const struct aspace *to)
{
	uint64_t pa = at, va;

	if (from->kind == ASPACE_PROCESS || from->kind == to->kind)
		return at;
	if (to->kind == ASPACE_FRAMES)
		return from->ops->physical && from->ops->physical(from, at, &pa) ? pa : UINT64_MAX;
	return app_map_of(app, to, at, &va, 1) ? va : UINT64_MAX;
}

static void go(struct app *app, struct aspace *to)
{
	bool map = app->view == VIEW_PAGES;
	enum slot focus = app->arrangement.focus;
	uint64_t at = map ? app->map.cursor : app->memory.cursor;
	uint64_t addr = app->memory.size || map ? carried(app, app->space, at, to) : UINT64_MAX;

	if (addr != UINT64_MAX && !app_memory_has(to, addr))
		addr = UINT64_MAX;
	app_track_push(app);
	if (app->view == VIEW_STACK) {
		app_stack_go(app, to, 1);
		return;
	}
	app_memory_go(app, to, addr, map && aspace_is_mapped(to));
	app->arrangement.focus = app->view == VIEW_PAGES ? SLOT_MAIN : focus;
	app_say(app, ROLE_HINT, "%s", to->name);
}

void app_space_step(struct app *app, bool back, uint32_t count)
{
	struct aspace *list[SPACES_MOST];
	struct space_step step = { 0 };
	size_t n = 0, here = 0, all;
	uint32_t passes = passes_of(app);

	while (n < SPACES_MOST && model_spaces(app->model, &step)) {
		if (step.as == app->space)
			here = n;
		list[n++] = step.as;
	}
	all = n + passes;
	if (!strncmp(app->space->who, "pass:", 5))
		here = n + strtoul(app->space->who + 5, NULL, 10) - 1;
	if (all < 2) {
		app_say(app, ROLE_HINT, "there is no other memory");
		return;
	}
	/* Passes that were only compared are no memory: past them. */
	for (size_t tries = 0; tries < all; tries++) {
		size_t by = tries ? 1 : count % all;
		struct aspace *to;

		here = (here + (back ? all - by : by)) % all;
		to = here < n ? list[here] : pass_space(app, (uint32_t)(here - n + 1));
		if (to) {
			go(app, to);
			return;
		}
	}
}

/* ---- registers ---- */

static size_t count_registers(struct app *app, const struct aspace *as)
{
	size_t n = app->model->registers ? app->model->registers(as, NULL, 0) : 0;

	return n > REGISTERS_MOST ? 0 : n;
}

/* Adds those of `as` to the `have` that there are. */
static size_t add_registers(struct app *app, struct aspace *as, struct anchor **registers,
			    struct aspace ***spaces, size_t have)
{
	size_t n = count_registers(app, as);

	if (!n || have + n > REGISTERS_MOST)
		return have;
	*registers = heap_must(reallocarray(*registers, have + n, sizeof(**registers)));
	*spaces = heap_must(reallocarray(*spaces, have + n, sizeof(struct aspace *)));
	n = app->model->registers(as, *registers + have, n);
	for (size_t i = 0; i < n; i++)
		(*spaces)[have + i] = as;
	return have + n;
}

/* What a vCPU's other root maps has the same registers. */
static bool is_second(const struct aspace *as)
{
	size_t n = strlen(as->who);

	return n && (as->who[n - 1] == 'u' || as->who[n - 1] == 'k');
}

size_t app_space_registers(struct app *app, struct aspace *as, struct anchor **registers,
			   struct aspace ***spaces)
{
	struct space_step step = { 0 };
	size_t n = 0;

	*registers = NULL;
	*spaces = NULL;
	if (as->kind != ASPACE_FRAMES)
		return add_registers(app, as, registers, spaces, 0);
	while (model_spaces(app->model, &step))
		if (step.as->kind == ASPACE_VCPU && !is_second(step.as))
			n = add_registers(app, step.as, registers, spaces, n);
	return n;
}

uint64_t app_space_start(struct app *app)
{
	static const char *const names[] = { "rip", "eip", "rsp", "esp" };

	if (app->space->kind != ASPACE_VCPU)
		return UINT64_MAX;
	for (size_t k = 0; k < ARRAY_LEN(names); k++)
		for (size_t i = 0; i < app->register_count; i++)
			if (!strcmp(anchor_name(&app->registers[i]), names[k]) &&
			    app_memory_has(app->space, app->registers[i].addr))
				return app->registers[i].addr;
	return UINT64_MAX;
}

/* ---- who maps a frame ---- */

const char *app_space_mappers(struct app *app, uint64_t pa, struct arena *a)
{
	struct space_step step = { 0 };
	struct strbuf s;

	strbuf_init(&s, a);
	strbuf_add(&s, "");
	for (int n = 0; n < VCPUS_MOST && model_spaces(app->model, &step); n++) {
		uint64_t at[MAPPERS_MOST];
		size_t count = app_map_of(app, step.as, pa, at, MAPPERS_MOST);

		for (size_t i = 0; i < count && i < MAPPERS_MOST; i++)
			strbuf_addf(&s, "%s%s 0x%" PRIx64, s.len ? ", " : "", step.as->who, at[i]);
		if (count > MAPPERS_MOST)
			strbuf_addf(&s, " and %zu more", count - MAPPERS_MOST);
	}
	return s.text;
}
