/* The registers of all threads: a list over the memory they point into. */
#include "ui/app.h"

#include <inttypes.h>

#include "view/rows_registers.h"

static const struct anchor *register_here(struct app *app)
{
	return rows_registers_at(app->regs.pane.rows, app->regs.cursor);
}

/* The memory it points into: of a guest's frames that of its vCPU. */
static struct aspace *space_here(struct app *app)
{
	size_t line = app->regs.cursor;

	return app->register_spaces && line < app->register_count ? app->register_spaces[line]
								  : app->space;
}

/* The bytes it points to; nothing if there are none. In frames, those of the frame. */
void app_registers_moved(struct app *app)
{
	const struct anchor *reg = register_here(app);
	const struct aspace *as = space_here(app);
	uint64_t at = reg ? reg->addr : 0;
	bool there = reg;

	if (reg && as != app->space)
		there = as->ops->physical && as->ops->physical(as, reg->addr, &at);
	if (there && app_memory_show(app, app->space, at))
		return;
	app_memory_blank(app);
}

void app_registers_go(struct app *app, struct aspace *as, size_t line)
{
	app_memory_take(app, as);
	app_view(app, VIEW_REGISTERS);
	list_go(&app->regs, line);
	app_registers_moved(app);
}

/* The stack pointer of the thread at hand; the first register if it has none. */
static size_t line_of(const struct app *app, uint64_t addr)
{
	for (size_t i = 0; i < app->register_count; i++)
		if (app->registers[i].addr == addr)
			return i;
	return 0;
}

void app_registers_view(struct app *app)
{
	struct aspace *as = app_space_any(app);
	uint64_t at = app->memory.size && as == app->space ? app->memory.cursor : UINT64_MAX;

	if (!as) {
		app_say(app, ROLE_HINT, "no process here has memory");
		return;
	}
	app_over(app);
	app_registers_go(app, as, 0);
	list_go(&app->regs, line_of(app, at));
	app_registers_moved(app);
	if (!app->register_count)
		app_say(app, ROLE_HINT, "no registers are known of %s", as->name);
}

void app_registers_follow(struct app *app)
{
	const struct anchor *reg = register_here(app);

	if (!reg)
		return;
	if (!app_memory_has(space_here(app), reg->addr)) {
		app_say(app, ROLE_HINT, "0x%" PRIx64 " is not mapped", reg->addr);
		return;
	}
	app_track_push(app);
	app_memory_go(app, space_here(app), reg->addr, false);
}

const char *app_registers_value(struct app *app)
{
	const struct anchor *reg = register_here(app);

	return reg ? arena_printf(&app->scratch, "0x%" PRIx64, reg->addr) : "";
}

const char *app_registers_title(struct app *app)
{
	struct arena *a = &app->frame;
	size_t threads = 0, odd = 0;

	if (!app->space)
		return "";
	for (size_t i = 0; i < app->register_count; i++) {
		const struct aspace *as = rows_registers_space(app->regs.pane.rows, i);

		threads += !i || app->registers[i].who != app->registers[i - 1].who;
		odd += anchor_trouble(as, app->registers, app->register_count, i) != NULL;
	}
	return arena_printf(
		a, "%s  %zu %s%s%s", app->space->name, threads,
		app->space->kind == ASPACE_PROCESS ? "thread" : "vCPU", threads == 1 ? "" : "s",
		odd ? arena_printf(a, "  !%zu stack pointer%s astray", odd, odd == 1 ? "" : "s")
		    : "");
}

/* "reg:sp@3385  0x7ffd61a5b8a0  !outside [stack]" */
const char *app_registers_status(struct app *app)
{
	struct arena *a = &app->frame;
	const struct anchor *reg = register_here(app);
	const char *trouble, *place;

	if (!reg)
		return "";
	trouble = anchor_trouble(space_here(app), app->registers, app->register_count,
				 (size_t)(reg - app->registers));
	place = app_memory_has(space_here(app), reg->addr)
			? app_memory_status(app)
			: arena_printf(a, "0x%" PRIx64, reg->addr);
	return arena_printf(a, "%s@%s%" PRIu64 "  %s%s%s", reg->word,
			    app->space->kind == ASPACE_PROCESS ? "" : "vcpu", reg->who,
			    trouble ? trouble : "", trouble ? "  " : "", place);
}
