/* What the nodes say that are no images: processes, namespaces, groups, links. All of it is
 * gathered from several images; references lead to where it was found. */
#include <string.h>

#include "criu/level.h"
#include "criu/set.h"

static struct field *root_field(struct arena *a, const char *name)
{
	return field_add(NULL, a, FIELD_GROUP, name, (struct span){ 0, 0 });
}

static struct field *group_field(struct field *parent, struct arena *a, const char *name)
{
	struct field *f = field_add(parent, a, FIELD_GROUP, name, (struct span){ 0, 0 });

	f->expanded = true;
	return f;
}

static struct field *number_field(struct field *parent, struct arena *a, const char *name,
				  uint64_t v)
{
	return field_uint(parent, a, name, v, SHOW_DEC, (struct span){ 0, 0 });
}

static void refer(struct field *f, enum criu_ref kind, uint64_t id, uint64_t more)
{
	f->ref = (struct ref){ .kind = (uint16_t)kind, .id = id, .more = more };
}

/* ---- processes ---- */

/* The messages of a process that its facts come from; empty where there is none. */
struct task {
	struct process *p;
	struct criu_set *set;
	struct bytes core, tc, thread, creds, mm, fs;
};

static struct task task_of(struct item *it)
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
	struct field *f = number_field(parent, a, name, pid);
	struct process *p = set_process(set, pid);

	if (!pid)
		return;
	refer(f, REF_PID, pid, 0);
	f->note = p ? process_name(p) : "not in this set";
}

static const char *thread_name(struct criu_set *set, uint32_t tid, struct arena *a)
{
	struct bytes core, thread, comm;

	if (image_first(set_image(set, "CORE", tid), &core) && wire_message(core, &thread, 5, 0) &&
	    wire_bytes(thread, 13, &comm))
		return text_clean(comm, a);
	return NULL;
}

static void add_threads(struct field *root, const struct task *t, struct arena *a)
{
	struct field *group = group_field(root, a, "threads");

	group->note = arena_printf(a, "%zu", t->p->thread_count);
	for (size_t i = 0; i < t->p->thread_count; i++) {
		struct field *f = number_field(group, a, "tid", t->p->threads[i]);

		f->at = (uint32_t)i;
		f->note = thread_name(t->set, t->p->threads[i], a);
		refer(f, REF_TID, t->p->threads[i], 0);
	}
}

static void add_file(struct field *root, const struct task *t, struct arena *a, const char *name,
		     struct bytes msg, uint32_t number)
{
	struct field *f;
	uint64_t id;

	if (!wire_uint(msg, number, &id))
		return;
	f = field_derived(root, a, name, file_summary(t->set, 1, (uint32_t)id, a));
	refer(f, REF_REG, id, 0);
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
	struct bytes label;

	if (!t->creds.len)
		return;
	group = group_field(root, a, "credentials");
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		field_derived(group, a, sets[i].name,
			      arena_printf(a, "uid %u gid %u",
					   (unsigned)uint_of(t->creds, sets[i].uid),
					   (unsigned)uint_of(t->creds, sets[i].gid)));
	group = group_field(root, a, "capabilities");
	for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
		uint64_t words[2] = { 0, 0 };

		wire_uints(t->creds, caps[i].field, words, 2);
		f = number_field(group, a, caps[i].name,
				 (uint32_t)words[0] | (uint64_t)(uint32_t)words[1] << 32);
		f->show = SHOW_CAPS;
	}
	if (wire_bytes(t->creds, 15, &label))
		field_text(root, a, "LSM profile", label, (struct span){ 0, 0 });
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
			group = group_field(root, a, "namespaces");
		f = number_field(group, a, ns_kinds[n].word, t->p->ns[n]);
		if (ns->item)
			refer(f, ns_kinds[n].ref, ns->id, 0);
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
	group = group_field(root, a, "cgroups");
	group->note = arena_printf(a, "set %llu", (unsigned long long)id);
	if (!cgroup_set(t->set, (uint32_t)id, &set))
		return;
	refer(group, REF_CGROUP_SET, id, 0);
	for (struct parts p = parts_of(set, 2); parts_next(&p);) {
		struct bytes name = { NULL, 0 }, path = { NULL, 0 };

		wire_bytes(p.msg, 1, &name);
		wire_bytes(p.msg, 2, &path);
		f = field_text(group, a, name.len ? text_clean(name, a) : "unified", path,
			       (struct span){ 0, 0 });
		f->show = SHOW_TEXT;
	}
}

static void add_limits(struct field *root, const struct task *t, struct arena *a)
{
	struct field *group = NULL;
	struct bytes limits;

	if (!wire_message(t->tc, &limits, 8, 0))
		return;
	for (struct parts p = parts_of(limits, 1); parts_next(&p);) {
		const char *name = named(t->set, "rlimit", p.at);
		uint64_t cur = uint_of(p.msg, 1), max = uint_of(p.msg, 2);

		if (!group)
			group = group_field(root, a, "limits");
		if (name && !strncmp(name, "RLIMIT_", 7))
			name += 7;
		field_derived(
			group, a, name ? name : arena_printf(a, "%u", p.at),
			arena_printf(a, "%s of %s",
				     cur == UINT64_MAX
					     ? "unlimited"
					     : arena_printf(a, "%llu", (unsigned long long)cur),
				     max == UINT64_MAX
					     ? "unlimited"
					     : arena_printf(a, "%llu", (unsigned long long)max)));
	}
}

static void add_range(struct field *group, struct arena *a, const char *name, uint64_t start,
		      uint64_t end)
{
	struct field *f;

	if (!start)
		return;
	f = field_uint(group, a, name, start, SHOW_ADDRESS, (struct span){ 0, 0 });
	refer(f, REF_ADDRESS, start, 0);
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
	struct field *group = group_field(root, a, "memory");
	struct page_counts n;

	if (t->mm.len) {
		number_field(group, a, "VMAs", count_vmas(t));
		for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
			add_range(group, a, ranges[i].name, uint_of(t->mm, ranges[i].start),
				  ranges[i].end ? uint_of(t->mm, ranges[i].end) : 0);
	}
	if (!t->p->pagemap)
		return;
	n = pagemap_counts(t->p->pagemap);
	number_field(group, a, "pages here", n.present);
	number_field(group, a, "pages in parent", n.parent);
	number_field(group, a, "pages lazy", n.lazy);
}

static void add_descriptors(struct field *root, const struct task *t, struct arena *a)
{
	size_t n = 0;
	struct field *f;

	if (!t->p->fdinfo)
		return;
	for (struct walk w = walk_over(t->p->fdinfo); walk_next(&w);)
		n++;
	f = number_field(root, a, "descriptors", n);
	refer(f, REF_FILES_ID, t->p->fdinfo->number, 0);
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
	struct field *root = root_field(a, "process"), *f;

	(void)at;
	root->expanded = true;
	f = field_derived(root, a, "comm", process_name(t.p));
	if (t.p->core)
		refer(f, REF_TID, t.p->pid, 0);
	number_field(root, a, "pid", t.p->pid);
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
		f = number_field(root, a, "umask", uint_of(t.fs, 3));
		f->show = SHOW_OCTAL;
	}
	add_threads(root, &t, a);
	add_descriptors(root, &t, a);
	add_memory(root, &t, a);
	add_identity(root, &t, a);
	add_namespaces(root, &t, a);
	add_cgroups(root, &t, a);
	add_limits(root, &t, a);
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

/* ---- namespaces ---- */

static struct field *namespace_fields(struct item *it, uint64_t at, struct arena *a)
{
	const struct ns_node *ns = it->data;
	struct field *root = root_field(a, "namespace"), *group;

	(void)at;
	root->expanded = true;
	field_derived(root, a, "type", ns_kinds[ns->type].word);
	number_field(root, a, "id", ns->id);
	group = group_field(root, a, "processes");
	group->note = arena_printf(a, "%zu", ns->count);
	for (const struct process *p = ns->first; p; p = p->next_in_ns[ns->type]) {
		struct field *f = number_field(group, a, "pid", p->pid);

		f->at = group->count - 1;
		f->note = process_name(p);
		refer(f, REF_PID, p->pid, 0);
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
	if (g->role == ROLE_SET)
		return set_summary(g->set, a);
	if (g->role == ROLE_MEMBER)
		return member_summary(g, a);
	n = children_of(it);
	return arena_printf(a, "%zu", n);
}

static struct field *group_fields(struct item *it, uint64_t at, struct arena *a)
{
	const struct group *g = it->data;
	struct field *root, *info;

	(void)at;
	if (g->role == ROLE_SET) {
		info = set_info_fields(g->set, a);
		return info;
	}
	root = root_field(a, it->name);
	root->expanded = true;
	field_derived(root, a, "contents", group_summary(it, NODE_SELF, a));
	return root;
}

const struct item_ops group_ops = {
	.fields = group_fields,
	.summary = group_summary,
	.follow = criu_follow,
	.check = criu_check_set,
};
