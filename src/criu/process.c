/* The fields of a process: what /proc/PID would have said, gathered from its images. References
 * lead to where it was found. */
#include <string.h>

#include "criu/process.h"
#include "criu/summary.h"

struct task task_of(struct item *it)
{
	struct task t = { .p = it->data };

	t.set = t.p->set;
	if (t.p->core && image_first(t.p->core, &t.core)) {
		wire_message(t.core, &t.tc, 3, 0);
		wire_message(t.core, &t.thread, 5, 0);
		wire_message(t.thread, &t.creds, 10, 0);
	}
	/* Before v2.0 credentials had an image of their own. */
	if (!t.creds.len)
		image_first(set_image(t.set, "CREDS", t.p->pid), &t.creds);
	if (t.p->mm)
		image_first(t.p->mm, &t.mm);
	if (t.p->fs)
		image_first(t.p->fs, &t.fs);
	return t;
}

static void add_pid(struct field *parent, struct arena *a, const char *name, uint32_t pid,
		    struct criu_set *set)
{
	struct field *f = fact_number(parent, a, name, pid);
	struct process *p = set_process(set, pid);

	if (!pid)
		return;
	fact_refer(f, REF_PID, pid, 0);
	f->note = p ? process_name(p) : "not in this set";
}

static void add_file(struct field *root, const struct task *t, struct arena *a, const char *name,
		     struct bytes msg, uint32_t number)
{
	struct field *f;
	uint64_t id;

	if (!wire_uint(msg, number, &id))
		return;
	f = field_derived(root, a, name, file_summary(t->set, 1, (uint32_t)id, a));
	fact_refer(f, REF_REG, id, 0);
}

/* A number of a message, if it is there, shown as the schema has it. */
static struct field *add_value(struct field *parent, const struct task *t, struct arena *a,
			       const char *name, const char *type, struct bytes msg, uint32_t field)
{
	const struct message *m = schema_message(t->set->schema, type);
	struct value_env env = { 0 };
	uint64_t v;

	if (!wire_uint(msg, field, &v))
		return NULL;
	if (t->p->core)
		env = t->p->core->env;
	return fact_of(parent, a, name, m ? message_field(m, field) : NULL, v, env);
}

static void add_groups(struct field *group, const struct task *t, struct arena *a)
{
	enum { MOST = 65536 }; /* the kernel's own limit */
	size_t n = wire_uints(t->creds, 14, NULL, 0);
	uint64_t *ids;

	n = n < MOST ? n : MOST;
	ids = arena_array(a, n + 1, sizeof(*ids));
	wire_uints(t->creds, 14, ids, n);
	for (size_t i = 0; i < n; i++)
		fact_nth(fact_number(group, a, "group", ids[i]), i);
}

/* Until v3.9 one filter held for all threads. */
static void add_seccomp(struct field *root, const struct task *t, struct arena *a)
{
	uint64_t mode, filter = 0;
	struct field *f;

	if (wire_uint(t->thread, 11, &mode)) {
		f = add_value(root, t, a, "seccomp", "thread_core_entry", t->thread, 11);
		filter = uint_of(t->thread, 12);
	} else if (wire_uint(t->tc, 11, &mode)) {
		f = add_value(root, t, a, "seccomp", "task_core_entry", t->tc, 11);
		filter = uint_of(t->tc, 12);
	} else {
		return;
	}
	if (mode == 2) {
		fact_refer(f, REF_SECCOMP, filter, 0);
		f->note = arena_printf(a, "filter %u", (unsigned)filter);
	}
}

static void add_security(struct field *root, const struct task *t, struct arena *a)
{
	struct bytes label;

	add_value(root, t, a, "securebits", "creds_entry", t->creds, 13);
	add_value(root, t, a, "no new privs", "creds_entry", t->creds, 18);
	if (wire_bytes(t->creds, 15, &label))
		field_text(root, a, "LSM profile", label, (struct span){ 0, 0 });
	add_seccomp(root, t, a);
}

/* What is seldom asked, and rarely not the usual. */
static void add_rest(struct field *root, const struct task *t, struct arena *a)
{
	struct field *f;
	int64_t score;

	f = add_value(root, t, a, "login uid", "task_core_entry", t->tc, 13);
	if (f && f->u == UINT32_MAX)
		f->note = "not set";
	if (wire_int(t->tc, 14, &score))
		field_derived(root, a, "oom score", arena_printf(a, "%lld", (long long)score));
	add_value(root, t, a, "child subreaper", "task_core_entry", t->tc, 18);
	add_value(root, t, a, "dumpable", "mm_entry", t->mm, 15);
}

static void add_identity(struct field *root, const struct task *t, struct arena *a)
{
	static const struct {
		const char *name;
		uint32_t uid, gid;
	} sets[] = {
		{ "real", 1, 2 },
		{ "effective", 3, 4 },
		{ "saved", 5, 6 },
		{ "file system", 7, 8 },
	};
	static const struct {
		const char *name;
		uint32_t field;
	} caps[] = {
		{ "effective", 11 }, { "permitted", 10 }, { "inheritable", 9 },
		{ "bounding", 12 },  { "ambient", 19 },
	};
	struct field *group, *f;

	if (!t->creds.len)
		return;
	group = fact_group(root, a, "credentials");
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		field_derived(group, a, sets[i].name,
			      arena_printf(a, "uid %u gid %u",
					   (unsigned)uint_of(t->creds, sets[i].uid),
					   (unsigned)uint_of(t->creds, sets[i].gid)));
	add_groups(group, t, a);
	group = fact_group(root, a, "capabilities");
	for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
		uint64_t words[2] = { 0, 0 };

		wire_uints(t->creds, caps[i].field, words, 2);
		f = fact_number(group, a, caps[i].name,
				(uint32_t)words[0] | (uint64_t)(uint32_t)words[1] << 32);
		f->show = SHOW_CAPS;
	}
	add_security(root, t, a);
}

static void add_namespaces(struct field *root, const struct task *t, struct arena *a)
{
	struct field *group = NULL;

	for (int n = 0; n < NS_TYPES; n++) {
		struct ns_node *ns =
			t->p->ns[n] ? set_namespace(t->set, (enum ns_type)n, t->p->ns[n]) : NULL;
		struct field *f;

		if (!ns)
			continue;
		if (!group)
			group = fact_group(root, a, "namespaces");
		f = fact_number(group, a, ns_kinds[n].word, t->p->ns[n]);
		if (ns->item)
			fact_refer(f, ns_kinds[n].ref, ns->id, 0);
		else if (t->set->root_ns[n] == ns->id)
			f->note = "the dumper's own";
		else
			f->note = "without image";
	}
}

static void add_cgroups(struct field *root, const struct task *t, struct arena *a)
{
	struct field *group, *f;
	struct bytes set;
	uint64_t id;

	if (!wire_uint(t->tc, 9, &id) && !wire_uint(t->thread, 16, &id))
		return;
	group = fact_group(root, a, "cgroups");
	group->note = arena_printf(a, "set %llu", (unsigned long long)id);
	if (!cgroup_set(t->set, (uint32_t)id, &set))
		return;
	fact_refer(group, REF_CGROUP_SET, id, 0);
	for (struct parts p = parts_of(set, 2); parts_next(&p);) {
		struct bytes name = { NULL, 0 }, path = { NULL, 0 };

		wire_bytes(p.msg, 1, &name);
		wire_bytes(p.msg, 2, &path);
		f = field_text(group, a, name.len ? text_clean(name, a) : "unified", path,
			       (struct span){ 0, 0 });
		f->show = SHOW_TEXT;
	}
}

static const char *limit_text(uint64_t v, bool size, struct arena *a)
{
	if (v == UINT64_MAX)
		return "unlimited";
	return size ? text_size(v, a) : arena_printf(a, "%llu", (unsigned long long)v);
}

static void add_limits(struct field *root, const struct task *t, struct arena *a)
{
	struct field *group = NULL, *f;
	struct bytes limits;

	if (!wire_message(t->tc, &limits, 8, 0))
		return;
	for (struct parts p = parts_of(limits, 1); parts_next(&p);) {
		const char *name = named(t->set, "rlimit", p.at);
		uint64_t cur = uint_of(p.msg, 1), max = uint_of(p.msg, 2);

		if (!group)
			group = fact_group(root, a, "limits");
		if (name && !strncmp(name, "RLIMIT_", 7))
			name += 7;
		f = field_derived(group, a, name ? name : arena_printf(a, "%u", p.at),
				  arena_printf(a, "%s of %s", limit_text(cur, false, a),
					       limit_text(max, false, a)));
		if (rlimit_counts_bytes(name) && (cur + 1 > 1024 || max + 1 > 1024))
			f->note = arena_printf(a, "%s of %s", limit_text(cur, true, a),
					       limit_text(max, true, a));
	}
}

static void add_range(struct field *group, struct arena *a, const char *name, uint64_t start,
		      uint64_t end)
{
	struct field *f;

	if (!start)
		return;
	f = field_uint(group, a, name, start, SHOW_ADDRESS, (struct span){ 0, 0 });
	fact_refer(f, REF_ADDRESS, start, 0);
	if (end > start)
		f->note = arena_printf(a, "%s", text_size(end - start, a));
}

/* Since v1.2 they are in the mm image; before, in one of their own. */
static size_t count_vmas(const struct task *t)
{
	size_t n = 0;

	for (struct parts p = parts_of(t->mm, 14); parts_next(&p);)
		n++;
	if (!n)
		for (struct walk w = walk_over(set_image(t->set, "VMAS", t->p->pid));
		     walk_next(&w);)
			n++;
	return n;
}

/* Where the parts of the memory begin that have a name, and how much of it is in the images. */
static void add_memory(struct field *root, const struct task *t, struct arena *a)
{
	static const struct {
		const char *name;
		uint32_t start, end;
	} ranges[] = {
		{ "code", 1, 2 },  { "data", 3, 4 },      { "heap", 6, 7 },
		{ "stack", 5, 0 }, { "arguments", 8, 9 }, { "environment", 10, 11 },
	};
	struct field *group = fact_group(root, a, "memory");
	struct page_counts n;

	if (t->mm.len) {
		fact_number(group, a, "VMAs", count_vmas(t));
		for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
			add_range(group, a, ranges[i].name, uint_of(t->mm, ranges[i].start),
				  ranges[i].end ? uint_of(t->mm, ranges[i].end) : 0);
	}
	if (!t->p->pagemap)
		return;
	n = pagemap_counts(t->p->pagemap);
	fact_number(group, a, "pages here", n.present);
	fact_number(group, a, "pages in parent", n.parent);
	fact_number(group, a, "pages lazy", n.lazy);
}

static const char *state_text(const struct task *t, struct arena *a)
{
	const char *name = process_state_name(t->p);
	uint64_t status = uint_of(t->tc, 2);

	if (!name)
		return arena_printf(a, "%u, unknown", t->p->state);
	if (t->p->state != 2)
		return name;
	if (status & 0x7f)
		return arena_printf(a, "%s by %s", name,
				    value_signal(status & 0x7f, t->p->core->env, a));
	return arena_printf(a, "%s with %u", name, (unsigned)(status >> 8 & 0xff));
}

static struct field *process_fields(struct item *it, uint64_t at, struct arena *a)
{
	struct task t = task_of(it);
	struct field *root = fact_root(a, "process"), *f;

	(void)at;
	f = t.p->comm ? field_text(root, a, "comm", t.p->raw_comm, (struct span){ 0, 0 })
		      : field_derived(root, a, "comm", process_name(t.p));
	if (t.p->core)
		fact_refer(f, REF_TID, t.p->pid, 0);
	fact_number(root, a, "pid", t.p->pid);
	if (t.p->record != NODE_SELF) {
		add_pid(root, a, "parent", t.p->ppid, t.set);
		add_pid(root, a, "process group", t.p->pgid, t.set);
		add_pid(root, a, "session", t.p->sid, t.set);
	}
	if (t.p->core)
		field_derived(root, a, "state", state_text(&t, a));
	add_file(root, &t, a, "executable", t.mm, 12);
	add_file(root, &t, a, "working directory", t.fs, 1);
	add_file(root, &t, a, "root", t.fs, 2);
	if (t.fs.len) {
		f = fact_number(root, a, "umask", uint_of(t.fs, 3));
		f->show = SHOW_OCTAL;
	}
	task_add_text(root, &t, a);
	task_add_threads(root, &t, a);
	task_add_descriptors(root, &t, a);
	add_memory(root, &t, a);
	add_identity(root, &t, a);
	add_namespaces(root, &t, a);
	add_cgroups(root, &t, a);
	task_add_signals(root, &t, a);
	task_add_timers(root, &t, a);
	add_limits(root, &t, a);
	add_rest(root, &t, a);
	return root;
}

static void separate(struct strbuf *s)
{
	if (s->len)
		strbuf_add(s, ", ");
}

/* What is not the usual, then what is. */
static const char *process_summary(struct item *it, uint64_t at, struct arena *a)
{
	struct task t = task_of(it);
	struct strbuf s;
	uint64_t uid;

	(void)at;
	strbuf_init(&s, a);
	if (t.p->state > 1)
		strbuf_add(&s, state_text(&t, a));
	if (t.p->thread_count > 1) {
		separate(&s);
		strbuf_addf(&s, "%zu thr", t.p->thread_count);
	}
	if (t.mm.len) {
		separate(&s);
		strbuf_addf(&s, "%zu VMA", count_vmas(&t));
	}
	if (wire_uint(t.creds, 1, &uid)) {
		separate(&s);
		strbuf_addf(&s, "uid %u", (unsigned)uid);
	}
	if (wire_uint(t.mm, 12, &uid)) {
		separate(&s);
		strbuf_add(&s, file_summary(t.set, 1, (uint32_t)uid, a));
	}
	if (!t.p->core) {
		separate(&s);
		strbuf_add(&s, t.set->pre_dump ? "memory only" : "no core image");
	}
	return s.text;
}

const struct item_ops process_ops = {
	.fields = process_fields,
	.summary = process_summary,
	.follow = criu_follow,
};
