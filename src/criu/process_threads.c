/* Threads of a process with their registers, its signals, its timers. Threads expand when they are
 * looked at: a process may have a million. */
#include <string.h>

#include "criu/process.h"
#include "criu/refs.h"
#include "criu/summary.h"

#define MOST_SIGNALS 4096u /* queued ones that are listed */

enum { CORE_TC = 3, CORE_THREAD = 5 };

/* What thread_core_entry says, by field. Addresses lead into the memory. */
static const struct thread_row {
	const char *name;
	uint32_t field;
} thread_rows[] = {
	{ "scheduling", 4 },   { "real-time priority", 5 }, { "blocked signals", 6 },
	{ "death signal", 8 }, { "robust futex list", 1 },
};

/* ---- queued signals ---- */

/* Since v1.3 in the core, before in images of their own. */
static void add_queue(struct field *parent, struct criu_set *set, struct image *core,
		      struct bytes queue, struct image *old, struct arena *a)
{
	const struct message *type = schema_message(set->schema, "siginfo_entry");
	size_t n = 0;

	for (struct parts p = parts_of(queue, 1); n < MOST_SIGNALS && parts_next(&p);)
		fact_nth(field_derived(parent, a, "pending", summary_message(core, type, p.msg, a)),
			 n++);
	for (struct walk w = walk_over(old); n < MOST_SIGNALS && walk_next(&w);)
		fact_nth(field_derived(parent, a, "pending", summary_message(old, type, w.msg, a)),
			 n++);
}

/* ---- threads ---- */

static struct bytes message_of(struct bytes msg, uint32_t field)
{
	struct bytes b = { NULL, 0 };

	wire_bytes(msg, field, &b);
	return b;
}

/* The thread's own name; before v3.0 only the leader has one. */
static bool raw_comm(struct bytes core, struct bytes *comm)
{
	return wire_bytes(message_of(core, CORE_THREAD), 13, comm) ||
	       wire_bytes(message_of(core, CORE_TC), 6, comm);
}

static const char *comm_of(struct image *core, struct arena *a)
{
	struct bytes msg, comm;

	return image_first(core, &msg) && raw_comm(msg, &comm) ? text_clean(comm, a) : NULL;
}

/* A register; if it points into memory, that is a place to go. */
static void add_register(struct field *group, struct aspace *as, const struct message_field *mf,
			 uint64_t v, size_t nth, struct arena *a)
{
	struct field *f = fact_number(group, a, mf->name, v);
	const struct region *r = aspace_region(as, v);

	f->show = SHOW_ADDRESS;
	if (mf->label == LABEL_REPEATED)
		fact_nth(f, nth);
	if (!r)
		return;
	fact_refer(f, REF_ADDRESS, v, 0);
	f->note = *r->name ? r->name : "anon";
}

static void add_registers(struct field *root, struct process *p, struct image *core,
			  struct arena *a)
{
	enum { MOST = 64 };
	struct aspace *as = process_space(core->set, p);
	const struct message *type;
	struct field *group;
	struct bytes regs;
	uint64_t v[MOST];

	if (!core_registers(core, &type, &regs))
		return;
	group = fact_group(root, a, "registers");
	for (uint32_t i = 0; i < type->count; i++) {
		const struct message_field *mf = &type->fields[i];
		size_t n = mf->type == TYPE_MESSAGE ? 0 : wire_uints(regs, mf->number, v, MOST);

		if (mf->type == TYPE_ENUM && n) {
			fact_of(group, a, mf->name, mf, v[0], core->env);
			continue;
		}
		for (size_t k = 0; k < n && k < MOST; k++)
			add_register(group, as, mf, v[k], k, a);
	}
}

static void add_thread_rows(struct field *root, struct image *core, struct bytes thread,
			    struct arena *a)
{
	const struct message *type = schema_message(core->set->schema, "thread_core_entry");
	int64_t nice;

	for (size_t i = 0; i < ARRAY_LEN(thread_rows); i++) {
		const struct thread_row *row = &thread_rows[i];
		const struct message_field *mf = type ? message_field(type, row->field) : NULL;
		struct field *f;
		uint64_t v;

		if (!wire_uint(thread, row->field, &v))
			continue;
		f = fact_of(root, a, row->name, mf, v, core->env);
		if (mf && mf->ref && v)
			fact_refer(f, (enum criu_ref)mf->ref, v, 0);
		if (row->field == 4 && wire_sint(thread, 3, &nice))
			field_derived(root, a, "nice", arena_printf(a, "%lld", (long long)nice));
	}
}

/* `owner`: its core; `schema`: its process. */
static void expand_thread(struct field *f, struct arena *a)
{
	struct image *core = (struct image *)(uintptr_t)f->owner;
	struct process *p = (struct process *)(uintptr_t)f->schema;
	struct bytes msg, thread;
	struct bytes comm;

	fact_refer(fact_number(f, a, "tid", core->number), REF_TID, core->number, 0);
	if (!image_first(core, &msg))
		return;
	if (raw_comm(msg, &comm))
		field_text(f, a, "comm", comm, (struct span){ 0, 0 });
	thread = message_of(msg, CORE_THREAD);
	add_thread_rows(f, core, thread, a);
	add_queue(f, core->set, core, message_of(thread, 9),
		  set_image(core->set, "PSIGNAL", core->number), a);
	add_registers(f, p, core, a);
}

static const struct field_ops thread_ops = { .expand = expand_thread };

static void expand_threads(struct field *group, struct arena *a)
{
	struct process *p = (struct process *)(uintptr_t)group->schema;
	struct criu_set *set = (struct criu_set *)(uintptr_t)group->owner;

	for (size_t i = 0; i < p->thread_count; i++) {
		struct image *core = set_image(set, "CORE", p->threads[i]);
		struct field *f;

		if (!core) {
			f = fact_nth(fact_number(group, a, "thread", p->threads[i]), i);
			f->note = "no core image";
			continue;
		}
		f = field_add(group, a, FIELD_GROUP, "thread", (struct span){ 0, 0 });
		fact_refer(fact_nth(f, i), REF_TID, p->threads[i], 0);
		f->note = comm_of(core, a);
		f->note = arena_printf(a, "%u%s%s", p->threads[i], f->note ? "  " : "",
				       f->note ? f->note : "");
		f->ops = &thread_ops;
		f->owner = core;
		f->schema = p;
	}
}

static const struct field_ops threads_ops = { .expand = expand_threads };

void task_add_threads(struct field *root, const struct task *t, struct arena *a)
{
	struct field *group = field_add(root, a, FIELD_GROUP, "threads", (struct span){ 0, 0 });

	group->note = arena_printf(a, "%zu", t->p->thread_count);
	group->ops = &threads_ops;
	group->owner = t->set;
	group->schema = t->p;
}

/* ---- signals ---- */

/* Handlers are stored for all signals but SIGKILL and SIGSTOP. */
static unsigned signal_of(size_t nth)
{
	return (unsigned)(nth < 8 ? nth + 1 : nth < 17 ? nth + 2 : nth + 3);
}

struct masks {
	uint64_t ignored, caught;
	size_t count;
};

static void take_action(struct masks *m, struct bytes action)
{
	uint64_t handler = uint_of(action, 1), bit;
	unsigned number = signal_of(m->count++);

	if (number > 64)
		return;
	bit = UINT64_C(1) << (number - 1);
	if (handler == 1)
		m->ignored |= bit;
	else if (handler)
		m->caught |= bit;
}

static void add_mask(struct field *group, const struct task *t, const char *name, uint64_t mask,
		     struct arena *a)
{
	struct field *f = fact_number(group, a, name, mask);

	f->show = SHOW_SIGSET;
	f->env = t->p->core->env;
}

void task_add_signals(struct field *root, const struct task *t, struct arena *a)
{
	struct masks m = { 0 };
	struct field *group;
	uint64_t v;

	if (!t->tc.len)
		return;
	for (struct parts p = parts_of(t->tc, 15); parts_next(&p);)
		take_action(&m, p.msg);
	if (!m.count) /* until v3.0 */
		for (struct walk w = walk_over(set_image(t->set, "SIGACT", t->p->pid));
		     walk_next(&w);)
			take_action(&m, w.msg);
	group = fact_group(root, a, "signals");
	if (wire_uint(t->tc, 5, &v))
		add_mask(group, t, "blocked", v, a);
	add_mask(group, t, "ignored", m.ignored, a);
	add_mask(group, t, "caught", m.caught, a);
	add_queue(group, t->set, t->p->core, message_of(t->tc, 10),
		  set_image(t->set, "SIGNAL", t->p->pid), a);
}

/* ---- timers ---- */

static void add_timer(struct field *group, struct image *im, const char *type, const char *name,
		      struct bytes msg, size_t nth, struct arena *a)
{
	const struct message *m;
	struct field *f;

	if (!im)
		return;
	m = schema_message(im->set->schema, type);
	f = field_derived(group, a, name, summary_message(im, m, msg, a));
	if (nth != SIZE_MAX)
		fact_nth(f, nth);
}

void task_add_timers(struct field *root, const struct task *t, struct arena *a)
{
	enum { MOST = 4096 };
	static const char *const names[] = { "real", "virtual", "profiling" };
	struct bytes timers = message_of(t->tc, 7), msg;
	struct image *old = set_image(t->set, "ITIMERS", t->p->pid);
	struct image *old_posix = set_image(t->set, "POSIX_TIMERS", t->p->pid);
	struct field *group;
	size_t n = 0;

	if (!timers.len && !old && !old_posix)
		return;
	group = fact_group(root, a, "timers");
	for (uint32_t i = 0; i < ARRAY_LEN(names); i++)
		if (wire_bytes(timers, i + 1, &msg))
			add_timer(group, t->p->core, "itimer_entry", names[i], msg, SIZE_MAX, a);
	for (struct walk w = walk_over(old); walk_next(&w) && w.row < ARRAY_LEN(names);)
		add_timer(group, old, "itimer_entry", names[w.row], w.msg, SIZE_MAX, a);
	for (struct parts p = parts_of(timers, 4); n < MOST && parts_next(&p);)
		add_timer(group, t->p->core, "posix_timer_entry", "posix", p.msg, n++, a);
	for (struct walk w = walk_over(old_posix); n < MOST && walk_next(&w);)
		add_timer(group, old_posix, "posix_timer_entry", "posix", w.msg, n++, a);
}
