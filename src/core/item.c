/* Items, and nodes over them. An item is indexed by whoever claims it first, by a compare-and-swap
 * of its state; others who need it sleep on that very word (a futex) until it says ITEM_READY. */
#include "core/item.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/model.h"

struct item *item_add(struct model *m, struct item *parent, const struct item_ops *ops,
		      const char *name, const char *kind)
{
	struct item *it = ARENA_NEW(&m->arena, struct item);

	it->ops = ops;
	it->model = m;
	it->name = text_clean_str(name, &m->arena);
	it->kind = kind;
	it->parent = parent;
	atomic_init(&it->source, NULL);
	atomic_init(&it->state, ITEM_NEW);
	job_init(&it->job, "index", 0);
	if (!parent) {
		it->path = "";
		if (!m->root)
			m->root = it;
		return it;
	}
	it->path =
		*parent->path ? arena_printf(&m->arena, "%s/%s", parent->path, it->name) : it->name;
	if (parent->last)
		parent->last->next = it;
	else
		parent->first = it;
	parent->last = it;
	return it;
}

struct item *item_alias(struct item *parent, struct item *of)
{
	struct item *real = item_real(of);
	struct item *it = item_add(real->model, parent, real->ops, "", real->kind);

	it->name = real->name;
	it->title = real->title;
	it->path = real->path;
	it->size = real->size;
	it->alias = real;
	return it;
}

struct item *item_real(struct item *it)
{
	return it->alias ? it->alias : it;
}

void item_close(struct item *it)
{
	if (it->alias)
		return;
	if (it->ops && it->ops->fini)
		it->ops->fini(it);
	source_close(atomic_load(&it->source));
	if (it->list != it->index)
		index_free(it->list);
	index_free(it->index);
}

bool item_ready(const struct item *it)
{
	const struct item *real = it->alias ? it->alias : it;

	return !real->ops || !real->ops->index ||
	       atomic_load_explicit(&real->state, memory_order_acquire) == ITEM_READY;
}

static void run_index(struct item *it)
{
	it->ops->index(it, &it->job);
	atomic_store_explicit(&it->state, ITEM_READY, memory_order_release);
	syscall(SYS_futex, &it->state, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* True if the caller is the one to index it. */
static bool claim(struct item *it)
{
	int state = ITEM_NEW;

	return atomic_compare_exchange_strong(&it->state, &state, ITEM_RUNNING);
}

static void index_task(void *arg, struct job *job)
{
	struct item *it = arg;

	(void)job;
	if (claim(it))
		run_index(it);
}

static void wait_ready(struct item *it)
{
	while (atomic_load_explicit(&it->state, memory_order_acquire) == ITEM_RUNNING)
		syscall(SYS_futex, &it->state, FUTEX_WAIT_PRIVATE, ITEM_RUNNING, NULL, NULL, 0);
}

void item_index(struct item *it, bool wait)
{
	it = item_real(it);
	if (item_ready(it))
		return;
	if (!wait && it->model->worker) {
		if (atomic_load_explicit(&it->state, memory_order_relaxed) == ITEM_NEW)
			worker_submit(it->model->worker, &it->job, index_task, it, true);
		return;
	}
	if (claim(it))
		run_index(it);
	else if (wait)
		wait_ready(it);
}

struct item *item_next(const struct item *root, struct item *it)
{
	if (!it->alias && it->first)
		return it->first;
	while (it != root && !it->next)
		it = it->parent;
	return it == root ? NULL : it->next;
}

static const struct record *row_of(struct node n)
{
	return n.at == NODE_SELF ? NULL : index_at(item_real(n.item)->list, n.at);
}

/* What stands in for an item that is still being read, or that has nothing to say. */
static struct field *no_fields(struct item *it, struct arena *a, const char *note)
{
	struct field *f = field_add(NULL, a, FIELD_GROUP, it->name,
				    node_span((struct node){ it, NODE_SELF }));

	f->note = note;
	f->expanded = true;
	return f;
}

struct field *node_fields(struct node n, struct arena *a)
{
	struct item *it = item_real(n.item);
	struct field *f;

	if (!item_ready(it))
		item_index(it, !it->model->worker);
	if (!item_ready(it))
		return no_fields(it, a, "being read");
	if (!it->ops || !it->ops->fields)
		return no_fields(it, a, NULL);
	f = it->ops->fields(it, n.at, a);
	return f ? f : no_fields(it, a, NULL);
}

const char *node_summary(struct node n, struct arena *a)
{
	struct item *it = item_real(n.item);
	const char *text = it->ops && it->ops->summary ? it->ops->summary(it, n.at, a) : NULL;

	return text ? text : "";
}

const char *node_label(struct node n, struct arena *a)
{
	struct item *it = item_real(n.item);
	const char *text = NULL;

	if (n.at == NODE_SELF)
		return it->name;
	if (it->ops && it->ops->label)
		text = it->ops->label(it, n.at, a);
	return text ? text : arena_printf(a, "[%llu]", (unsigned long long)n.at);
}

const char *node_kind(struct node n, struct arena *a)
{
	struct item *it = item_real(n.item);
	const char *text = NULL;

	if (n.at == NODE_SELF)
		return it->kind ? it->kind : "";
	if (it->ops && it->ops->kind)
		text = it->ops->kind(it, n.at, a);
	return text ? text : "";
}

const char *node_path(struct node n, struct arena *a)
{
	const struct item *it = item_real(n.item);
	const char *label;

	if (n.at == NODE_SELF)
		return it->path;
	label = node_label(n, a);
	if (!*it->path)
		return label;
	return arena_printf(a, *label == '[' ? "%s%s" : "%s/%s", it->path, label);
}

bool node_page(struct node n, uint64_t offset, struct page_body *out)
{
	struct item *it = item_real(n.item);

	return it && n.at != NODE_SELF && it->ops && it->ops->page &&
	       it->ops->page(it, n.at, offset, out) && out->span.length;
}

uint32_t node_pass(struct node n, uint32_t *of)
{
	struct item *it = item_real(n.item);

	*of = 0;
	return it && n.at != NODE_SELF && it->ops && it->ops->pass ? it->ops->pass(it, n.at, of)
								   : 0;
}

struct span node_span(struct node n)
{
	struct item *it = item_real(n.item);
	struct source *src = atomic_load_explicit(&it->source, memory_order_acquire);
	const struct record *r = row_of(n);

	if (n.at == NODE_SELF && it->part.length)
		return it->part;
	if (n.at == NODE_SELF)
		return (struct span){ 0, src ? source_size(src) : 0 };
	if (!r)
		return (struct span){ 0, 0 };
	return src ? span_clip((struct span){ r->offset, r->length }, source_size(src))
		   : (struct span){ r->offset, r->length };
}

size_t item_rows(const struct item *it)
{
	const struct item *real = it->alias ? it->alias : it;

	return index_count(real->list);
}

bool node_target(struct node n, struct place *out)
{
	struct item *it = item_real(n.item);

	return it->ops && it->ops->target && it->ops->target(it, n.at, out);
}

struct node node_at_offset(struct item *it, uint64_t offset)
{
	struct item *real = item_real(it);
	size_t n = index_find(real->list, offset);

	return (struct node){ it, n < index_count(real->list) ? n : NODE_SELF };
}
