/* The two sides of a diff: what one stands on, on either of them, and the same place on the other. */
#include "ui/app_diff.h"

#include <inttypes.h>

struct node app_diff_node(struct app *app)
{
	const struct differ *d = app->differ;
	const struct change *c = differ_change(d);
	unsigned side = d->twin.active;
	struct node n = { NULL, NODE_SELF };

	/* A field is its thing's. */
	if (c && c->what == DIFF_FIELD && c->parent != DIFF_TOP)
		c = diff_at(d->diff, c->parent);
	if (!c)
		return n;
	n = side ^ d->swapped ? c->node_b : c->node_a;
	return n.item ? n : c->node_b.item ? c->node_b : c->node_a;
}

struct aspace *app_diff_space(struct app *app, uint64_t *addr)
{
	const struct differ *d = app->differ;
	unsigned side = d->spaces[d->twin.active] ? d->twin.active : !d->twin.active;
	const struct change *c = differ_change(d);

	if (addr)
		*addr = d->spaces[side] ? d->twin.sides[side].cursor : UINT64_MAX;
	if (d->spaces[side])
		return d->spaces[side];
	/* That of the process whose thing it is. */
	for (uint32_t n = d->spot.change; c; n = c->parent, c = diff_at(d->diff, n)) {
		const struct change *m = diff_at(d->diff, differ_memory_below(d, n));

		if (m && d->twin.active ^ d->swapped && m->space_b)
			return m->space_b;
		if (m)
			return m->space_a ? m->space_a : m->space_b;
	}
	return NULL;
}

size_t app_diff_spaces(struct app *app, bool all, struct aspace **out, size_t max)
{
	const struct differ *d = app->differ;
	size_t n = 0;

	for (unsigned i = 0; i < 2; i++) {
		struct space_step at = { 0 };

		if (!all && d->spaces[i])
			out[n++] = d->spaces[i];
		while (all && d->diff && n < max && model_spaces(differ_model(d, i), &at))
			if (aspace_is_mapped(at.as))
				out[n++] = at.as;
		if (differ_model(d, 0) == differ_model(d, 1) && all)
			break;
	}
	return n;
}

struct item *app_diff_file(struct app *app)
{
	const struct differ *d = app->differ;
	struct item *it = d->nodes[d->twin.active].item;

	return it && atomic_load(&it->source) ? it : NULL;
}

uint32_t differ_memory_of(const struct differ *d, const struct aspace *as)
{
	const struct change *c;

	for (uint32_t n = 0; as && (c = diff_at(d->diff, n)) != NULL; n++)
		if (c->what == DIFF_MEMORY && (c->space_a == as || c->space_b == as))
			return n;
	return DIFF_TOP;
}

/* ---- from one to the other ---- */

static struct aspace *across_space(struct app *app, struct model *to, const struct aspace *as)
{
	const struct diff *diff = app->differ->diff;
	uint32_t n = differ_memory_of(app->differ, as);
	const char *why;

	if (n != DIFF_TOP)
		return diff_at(diff, n)->space_a == as ? diff_at(diff, n)->space_b
						       : diff_at(diff, n)->space_a;
	if (as->kind == ASPACE_FRAMES)
		return to->frames ? to->frames(to, as->who, &why) : NULL;
	return to->aspace && to != as->item->model ? to->aspace(to, as->who, &why) : NULL;
}

/* A region is the one at its address. */
static bool across_region(struct app *app, struct model *to, struct node n, struct node *out)
{
	const struct aspace *as =
		n.item && app->model->aspace_of ? app->model->aspace_of(n.item) : NULL;
	const struct aspace *other = as ? across_space(app, to, as) : NULL;

	for (size_t i = 0; other && n.at != NODE_SELF && i < as->region_count; i++) {
		const struct region *r = &as->regions[i], *there;

		if (r->node.item != n.item || r->node.at != n.at)
			continue;
		there = aspace_region(other, r->start);
		if (there)
			*out = there->node;
		return there && there->node.item;
	}
	return false;
}

/* A thing that both have is known to the diff; all else is told by its path, or by that of what it
 * is in. False: not it, but that. */
static bool across_node(struct app *app, struct model *to, struct node n, struct node *out)
{
	const struct differ *d = app->differ;
	const struct change *c;
	struct node from = n;
	bool found = across_region(app, to, n, out), alone = false;

	if (found)
		return true;
	for (size_t i = 0; n.item && (c = diff_at(d->diff, i)) != NULL; i++) {
		bool of_a = c->node_a.item == n.item && c->node_a.at == n.at;
		bool of_b = c->node_b.item == n.item && c->node_b.at == n.at;

		*out = of_a ? c->node_b : c->node_a;
		if ((of_a || of_b) && out->item && out->item->model == to)
			return true;
		alone |= (of_a || of_b) && !out->item && n.at != NODE_SELF;
	}
	if (alone)
		n.at = NODE_SELF;
	while (n.item && n.item->parent && !found) {
		const char *field;
		struct err *err = model_find(to, node_path(n, &app->scratch), out, &field);

		found = !err && !*field;
		err_free(err);
		if (!found && n.at == NODE_SELF)
			n.item = n.item->parent;
		else if (!found)
			n.at = NODE_SELF;
	}
	if (!found)
		*out = (struct node){ to->root, NODE_SELF };
	return n.item == from.item && n.at == from.at;
}

/* In the diff view itself only the keys go there. */
static bool cross(struct app *app)
{
	struct twin *t = &app->differ->twin;
	unsigned before = t->active;

	twin_cross(t);
	differ_stand(app);
	return t->active != before;
}

/* Tab, among the bytes, goes to the other side first. False: it goes on as everywhere. */
bool app_diff_cross(struct app *app, bool back)
{
	return app->view == VIEW_DIFF && app->arrangement.focus == SLOT_BYTES && !app->helping &&
	       app->differ->twin.active != (back ? 0u : 1u) && cross(app);
}

void app_diff_other(struct app *app)
{
	const struct differ *d = app->differ;
	struct spot to = app_spot(app);
	struct model *m;
	bool same = true;

	if (!d->diff) {
		app_say(app, ROLE_HINT, "there is no other side yet: d asks for a source");
		return;
	}
	if (app->view == VIEW_DIFF) {
		if (!cross(app))
			app_say(app, ROLE_HINT, "the other side has no bytes here");
		return;
	}
	m = d->shown.models[app->model == d->shown.models[0]];
	if (to.space)
		to.space = across_space(app, m, to.space);
	if (app_in_memory(app) && !to.space) {
		app_say(app, ROLE_HINT, "the other side has no such memory");
		return;
	}
	if (to.space && !app_lies_over(app->view) && !app_memory_has(to.space, to.offset)) {
		app_say(app, ROLE_HINT, "0x%" PRIx64 " is not mapped on the other side", to.offset);
		return;
	}
	if (!to.space)
		same = across_node(app, m, to.node, &to.node);
	app_track_push(app);
	app_go_spot(app, &to);
	app_say(app, ROLE_HINT, "%s%s", to.space ? to.space->name : app->model->root->name,
		same ? "" : ": it is not there; this is what it would be in");
}
