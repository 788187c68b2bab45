/* Two bodies of one page of a guest, side by side: those that two passes sent. The diff view of the
 * frames as these passes left them shows it, standing on that page; the other pages that were sent
 * between them are its list.
 *
 * Which two: the body that one stands on, a line of the inspector or of the fields or the record
 * itself, and the next; else the last two. */
#include "ui/app_diff.h"

#include <inttypes.h>

#include "view/rows_fields.h"
#include "view/rows_inspect.h"

#define VERSIONS_MOST 256

/* The page that one stands on; false: on none of a guest. */
static bool page_at(struct app *app, struct aspace **as, uint64_t *addr)
{
	*as = app->space;
	*addr = app->view == VIEW_PAGES ? app->map.cursor : app->memory.cursor;
	if (app->view == VIEW_DIFF)
		*as = app_diff_space(app, addr);
	else if (!app_in_memory(app))
		*addr = app_memory_page_here(app, as);
	else if (app->view != VIEW_PAGES && !app->memory.size)
		*addr = UINT64_MAX;
	return *as && *addr != UINT64_MAX && (*as)->ops->versions && (*as)->ops->physical;
}

/* The record of the body that is chosen. */
static struct node record_here(struct app *app)
{
	struct inspected to = { 0 };
	struct place place = { 0 };

	if (app_in_memory(app))
		return app->arrangement.focus == SLOT_FIELDS &&
				       rows_inspect_at(app->inspector.pane.rows,
						       app->inspector.cursor, &to)
			       ? to.place.node
			       : place.node;
	if (app->arrangement.focus == SLOT_FIELDS &&
	    rows_fields_follow(app->fields.pane.rows, app->fields.cursor, &place))
		return place.node;
	return app->node;
}

/* Bodies that are a state of memory, and have bytes. */
static size_t keep_bodies(struct aspace_version *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].source && !v[i].compared)
			v[kept++] = v[i];
	return kept;
}

/* The first of the two. */
static size_t choose(const struct aspace_version *v, size_t n, struct node at)
{
	size_t i = 0;

	while (i < n && (v[i].entry.item != at.item || v[i].entry.at != at.at))
		i++;
	return i + 1 < n ? i : n - 2;
}

void app_versions(struct app *app)
{
	struct aspace_version v[VERSIONS_MOST];
	struct aspace *as;
	uint64_t addr, pa;
	size_t n, i;

	if (!page_at(app, &as, &addr) || !as->ops->physical(as, addr, &pa)) {
		app_say(app, ROLE_HINT,
			"that is for a page of a guest that was sent several times");
		return;
	}
	n = as->ops->versions(as, addr, v, VERSIONS_MOST, &app->scratch);
	n = keep_bodies(v, n < VERSIONS_MOST ? n : VERSIONS_MOST);
	if (n < 2) {
		app_say(app, ROLE_HINT, "pfn 0x%" PRIx64 " has %s", pa / as->page,
			n ? "one body only; what was sent to be compared is none" : "no bytes");
		return;
	}
	i = choose(v, n, record_here(app));
	app_diff_start_at(app,
			  arena_printf(&app->scratch, "@pass:%" PRIu32 ",pass:%" PRIu32, v[i].pass,
				       v[i + 1].pass),
			  pa);
}
