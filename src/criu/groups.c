/* What the nodes say that are no images and no processes: namespaces, groups, links. */
#include <string.h>

#include "criu/level.h"
#include "criu/process.h"

/* ---- namespaces ---- */

static struct field *namespace_fields(struct item *it, uint64_t at, struct arena *a)
{
	const struct ns_node *ns = it->data;
	struct field *root = fact_root(a, "namespace"), *group;

	(void)at;
	field_derived(root, a, "type", ns_kinds[ns->type].word);
	fact_number(root, a, "id", ns->id);
	group = fact_group(root, a, "processes");
	group->note = arena_printf(a, "%zu", ns->count);
	for (const struct process *p = ns->first; p; p = p->next_in_ns[ns->type]) {
		struct field *f = fact_number(group, a, "pid", p->pid);

		f->at = group->count - 1;
		f->note = process_name(p);
		fact_refer(f, REF_PID, p->pid, 0);
	}
	return root;
}

/* "pid 1 sh, 7 worker, and 3 more" */
static const char *namespace_summary(struct item *it, uint64_t at, struct arena *a)
{
	enum { SHOWN = 3 };
	const struct ns_node *ns = it->data;
	const struct process *p = ns->first;
	struct strbuf s;

	(void)at;
	if (!p)
		return ns->id ? "no process of this set" : "the host's";
	strbuf_init(&s, a);
	strbuf_add(&s, "pid ");
	for (int i = 0; p && i < SHOWN; p = p->next_in_ns[ns->type], i++)
		strbuf_addf(&s, "%s%u %s", i ? ", " : "", p->pid, process_name(p));
	if (p)
		strbuf_addf(&s, ", and %zu more", ns->count - SHOWN);
	return s.text;
}

const struct item_ops namespace_ops = {
	.fields = namespace_fields,
	.summary = namespace_summary,
	.follow = criu_follow,
};

/* ---- groups ---- */

static uint64_t files_size(const struct criu_set *set)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < set->image_count; i++)
		sum += set->images[i].item->size;
	return sum;
}

static const char *set_summary(const struct criu_set *set, struct arena *a)
{
	size_t n = set->process_count;
	const char *size = text_size(files_size(set), a);

	if (set->pre_dump)
		return arena_printf(a, "CRIU pre-dump, %zu files, %s", set->image_count, size);
	return arena_printf(a, "CRIU image set, %zu %s, %zu files, %s", n,
			    n == 1 ? "process" : "processes", set->image_count, size);
}

static size_t children_of(const struct item *it)
{
	size_t n = 0;

	for (const struct item *c = it->first; c; c = c->next)
		n++;
	return n;
}

static const char *member_summary(const struct group *g, struct arena *a)
{
	const char *missing = NULL;
	size_t levels;

	if (!g->member->target)
		return "";
	if (strcmp(g->member->name, "parent") != 0)
		return arena_printf(a, "-> %s", text_clean_str(g->member->target, a));
	levels = set_parents(g->set, &missing);
	return arena_printf(a, "-> %s  %s", text_clean_str(g->member->target, a),
			    !levels && missing ? "not there"
					       : arena_printf(a, "%zu level%s%s", levels,
							      levels == 1 ? "" : "s",
							      missing ? ", then missing" : ""));
}

static const char *group_summary(struct item *it, uint64_t at, struct arena *a)
{
	const struct group *g = it->data;
	size_t n;

	(void)at;
	if (g->role == ROLE_SET && g->about)
		return arena_printf(a, "%s; %s", g->about, set_summary(g->set, a));
	if (g->role == ROLE_SET)
		return set_summary(g->set, a);
	if (g->role == ROLE_MEMBER)
		return member_summary(g, a);
	if (g->about)
		return g->about;
	n = children_of(it);
	return arena_printf(a, "%zu", n);
}

static struct field *group_fields(struct item *it, uint64_t at, struct arena *a)
{
	const struct group *g = it->data;
	struct field *root;

	(void)at;
	if (it == it->model->root && it->model->info)
		return it->model->info(it->model, a);
	if (g->role == ROLE_SET)
		return set_info_fields(g->set, a);
	root = fact_root(a, it->name);
	field_derived(root, a, "contents", group_summary(it, NODE_SELF, a));
	return root;
}

const struct item_ops group_ops = {
	.fields = group_fields,
	.summary = group_summary,
	.follow = criu_follow,
	.check = criu_check_set,
};
