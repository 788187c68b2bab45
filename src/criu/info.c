/* What a set is, in a page: for `info`, as JSON and as fields.
 *
 * Images do not say which CRIU wrote them. What was added in which release does: the earliest
 * release that could have written what is there is the evidence given. */
#include <string.h>

#include "core/format.h"
#include "criu/level.h"
#include "criu/process.h"

/* ---- evidence of the release ---- */

/* The first release of a kind of image. */
static const struct {
	const char *kind, *release;
} kind_releases[] = {
	{ "BPFMAP_DATA", "3.15" }, { "PIDNS", "3.15" },  { "APPARMOR", "3.16" },
	{ "MEMFD_INODE", "3.14" }, { "TIMENS", "3.14" }, { "NFTABLES", "3.14" },
	{ "FILES", "3.4" },        { "SECCOMP", "1.8" }, { "NETNS", "1.6" },
	{ "USERNS", "1.4" },       { "CGROUP", "1.3" },  { "IRMAP_CACHE", "1.2" },
	{ "IDS", "0.4" },
};

static bool newer(const char *a, const char *b)
{
	return name_compare(a, b) > 0;
}

static void at_least(const char **best, const char *release)
{
	if (!*best || newer(release, *best))
		*best = release;
}

static bool has_field(struct image *im, uint64_t row, uint32_t field)
{
	for (struct walk w = walk_over(im); walk_next(&w) && w.row <= row;) {
		struct cursor c = cursor_over(w.msg, 0);
		struct wire wire;

		while (w.row == row && wire_next(&c, &wire))
			if (wire.number == field)
				return true;
	}
	return false;
}

static bool has_row(struct image *im, uint64_t row)
{
	for (struct walk w = walk_over(im); walk_next(&w);)
		if (w.row == row)
			return true;
	return false;
}

/* Fields and since when they are written. `always`: not to have it means an older release. */
static const struct {
	const char *kind;
	uint32_t row, field;
	const char *release;
	bool always;
} field_releases[] = {
	{ "PAGEMAP", 1, 5, "4.2", true },      { "PAGEMAP", 1, 4, "3.5", true },
	{ "INVENTORY", 0, 14, "4.2", false },  { "INVENTORY", 0, 13, "4.1", false },
	{ "INVENTORY", 0, 12, "4.1", false },  { "INVENTORY", 0, 11, "3.16", false },
	{ "INVENTORY", 0, 10, "3.15", false }, { "INVENTORY", 0, 9, "3.14", false },
	{ "INVENTORY", 0, 8, "3.10", false },  { "INVENTORY", 0, 6, "1.6", false },
	{ "MEMFD_INODE", 0, 9, "3.19", true }, { "MEMFD_INODE", 0, 8, "3.17", false },
};

/* ">= 3.19, < 4.2"; NULL if nothing tells. */
static const char *criu_version(struct criu_set *set, struct arena *a)
{
	const char *low = NULL, *high = NULL;

	for (size_t i = 0; i < ARRAY_LEN(kind_releases); i++)
		if (set_image_first(set, kind_releases[i].kind))
			at_least(&low, kind_releases[i].release);
	for (size_t i = 0; i < ARRAY_LEN(field_releases); i++) {
		struct image *im = set_image_first(set, field_releases[i].kind);
		const char *release = field_releases[i].release;

		if (!has_row(im, field_releases[i].row))
			continue;
		if (has_field(im, field_releases[i].row, field_releases[i].field))
			at_least(&low, release);
		else if (field_releases[i].always && (!high || newer(high, release)))
			high = release;
	}
	/* Contradictions are the work of an editor: say nothing of the upper end. */
	if (low && high && newer(high, low))
		return arena_printf(a, ">= %s, < %s", low, high);
	if (low)
		return arena_printf(a, ">= %s", low);
	return high ? arena_printf(a, "< %s", high) : NULL;
}

/* ---- what is known of the set ---- */

struct facts {
	const char *version, *arch, *lsm, *missing;
	size_t parents;
	struct bytes inventory;
	uint64_t bytes;
};

static const char *lsm_name(struct criu_set *set, uint64_t lsm)
{
	return lsm ? named_value(set, "inventory_entry", "lsmtype", lsm) : NULL;
}

static struct facts facts_of(struct criu_set *set, struct arena *a)
{
	struct facts f = { 0 };

	f.version = criu_version(set, a);
	f.arch = set->march ? named_value(set, "core_entry", "mtype", set->march) : NULL;
	f.parents = set_parents(set, &f.missing);
	if (image_first(set_image_first(set, "INVENTORY"), &f.inventory))
		f.lsm = lsm_name(set, uint_of(f.inventory, 6));
	for (size_t i = 0; i < set->image_count; i++)
		f.bytes += set->images[i].item->size;
	return f;
}

/* An image by itself; NULL: a set. */
static struct image *image_alone(const struct criu_set *set)
{
	return set->model->format == &criu_image_format ? &set->images[0] : NULL;
}

static void known_uint(struct json *j, const char *key, bool known, uint64_t v)
{
	json_key(j, key);
	if (known)
		json_uint(j, v);
	else
		json_null(j);
}

/* Of an image by itself its name has the pid, and standard input has no name. */
static bool pid_known(const struct process *p)
{
	return p->pid || p->record != NODE_SELF;
}

static void json_threads(struct json *j, const struct process *p)
{
	json_key(j, "threads");
	if (!pid_known(p)) {
		json_null(j);
		return;
	}
	json_array(j);
	for (size_t i = 0; i < p->thread_count; i++)
		json_uint(j, p->threads[i]);
	json_end_array(j);
}

static void json_process(struct json *j, struct criu_set *set, struct process *p)
{
	struct page_counts n = p->pagemap ? pagemap_counts(p->pagemap) : (struct page_counts){ 0 };
	bool counted = p->pagemap || !image_alone(set);

	json_object(j);
	known_uint(j, "pid", pid_known(p), p->pid);
	known_uint(j, "ppid", p->record != NODE_SELF, p->ppid);
	json_key(j, "comm");
	if (p->comm)
		json_text(j, p->raw_comm);
	else
		json_null(j);
	json_key(j, "cmdline");
	task_json_cmdline(set, p, j);
	json_key_str(j, "state", process_state_name(p));
	json_threads(j, p);
	known_uint(j, "pages_present", counted, n.present);
	known_uint(j, "pages_parent", counted, n.parent);
	known_uint(j, "pages_lazy", counted, n.lazy);
	json_end_object(j);
}

/* "FILES, 87 files" */
static const char *image_text(const struct image *im, struct arena *a)
{
	const char *said = node_summary((struct node){ im->item, NODE_SELF }, a);

	return *said ? arena_printf(a, "%s, %s", im->item->kind, said) : im->item->kind;
}

void info_json(struct model *m, struct json *j)
{
	json_key_str(j, "kind", m->format->name);
	json_key_uint(j, "problems", problems_serious(m->problems));
	if (image_alone(m->data))
		json_key_str(j, "image", image_alone(m->data)->item->kind);
	set_info_json(m->data, j);
}

void set_info_json(struct criu_set *set, struct json *j)
{
	struct arena a;
	struct facts f;
	uint64_t uptime = 0;
	bool dated;

	arena_init(&a);
	f = facts_of(set, &a);
	dated = wire_uint(f.inventory, 8, &uptime);
	json_key_str(j, "criu_version", f.version);
	known_uint(j, "image_version", set->has_inventory, set->img_version);
	json_key(j, "pre_dump");
	json_bool(j, set->pre_dump);
	json_key_str(j, "arch", f.arch);
	json_key_uint(j, "page_size", set_page_size(set));
	json_key_str(j, "lsm", f.lsm);
	known_uint(j, "dump_uptime", dated, uptime);
	known_uint(j, "parents", !image_alone(set), f.parents);
	json_key_str(j, "missing_parent", f.missing);
	json_key_uint(j, "files", set->image_count);
	json_key_uint(j, "bytes", f.bytes);
	json_key(j, "processes");
	json_array(j);
	for (size_t i = 0; i < set->process_count; i++)
		json_process(j, set, &set->processes[i]);
	json_end_array(j);
	arena_fini(&a);
}

static void text_field(struct field *root, struct arena *a, const char *name, const char *text)
{
	if (text)
		field_derived(root, a, name, text);
}

static void process_line(struct field *group, struct criu_set *set, const struct process *p,
			 struct arena *a)
{
	const char *state = process_state_name(p);
	struct field *f = field_derived(group, a, "pid", "");
	const char *text = process_name(p);

	if (pid_known(p))
		text = arena_printf(a, "%u %s", p->pid, text);
	if (p->record != NODE_SELF)
		text = arena_printf(a, "%s, parent %u", text, p->ppid);
	text = arena_printf(a, "%s, %s", text, state ? state : "state unknown");
	if (pid_known(p))
		text = arena_printf(a, "%s, %zu thread%s", text, p->thread_count,
				    p->thread_count == 1 ? "" : "s");
	if (p->pagemap) {
		struct page_counts n = pagemap_counts(p->pagemap);
		uint64_t size = set_page_size(set);

		text = arena_printf(a, "%s, %s in %llu pages", text, text_size(n.present * size, a),
				    (unsigned long long)n.present);
		if (n.parent)
			text = arena_printf(a, "%s, %llu in parent", text,
					    (unsigned long long)n.parent);
		if (n.lazy)
			text = arena_printf(a, "%s, %llu lazy", text, (unsigned long long)n.lazy);
	}
	f->bytes = bytes_of(text);
	fact_refer(fact_nth(f, group->count - 1), REF_PID, p->pid, 0);
}

static const char *uptime_text(uint64_t us, struct arena *a)
{
	return us ? arena_printf(a, "%.2f s after boot", (double)us / 1e6) : NULL;
}

static const char *parents_text(const struct facts *f, struct arena *a)
{
	if (f->missing)
		return arena_printf(a, "%zu, then %s is missing", f->parents, f->missing);
	return arena_printf(a, "%zu", f->parents);
}

struct field *info_fields(struct model *m, struct arena *a)
{
	struct field *root = set_info_fields(m->data, a);

	root->name = m->format->summary;
	text_field(root, a, "problems", problems_summary(m->problems, a));
	return root;
}

struct field *set_info_fields(struct criu_set *set, struct arena *a)
{
	struct facts f = facts_of(set, a);
	struct field *root = fact_root(a, criu_set_format.summary), *group;
	const struct image *im = image_alone(set);

	if (im)
		text_field(root, a, "image", image_text(im, a));
	text_field(root, a, "written by", f.version ? arena_printf(a, "CRIU %s", f.version) : NULL);
	text_field(root, a, "images",
		   set->img_version ? arena_printf(a, "version 1.%u", set->img_version - 1)
		   : set->pre_dump  ? "of a pre-dump"
				    : NULL);
	text_field(root, a, "machine", f.arch);
	text_field(root, a, "security module", f.lsm);
	text_field(root, a, "dumped", uptime_text(uint_of(f.inventory, 8), a));
	if (!im)
		text_field(root, a, "parents", parents_text(&f, a));
	text_field(root, a, im ? "size" : "files",
		   im ? text_size(f.bytes, a)
		      : arena_printf(a, "%zu, %s", set->image_count, text_size(f.bytes, a)));
	if (im && !set->process_count)
		return root;
	group = fact_group(root, a, "processes");
	group->note = arena_printf(a, "%zu", set->process_count);
	for (size_t i = 0; i < set->process_count; i++)
		process_line(group, set, &set->processes[i], a);
	return root;
}
