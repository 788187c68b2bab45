/* Opening, finding, closing. A PATH names an item by the longest item path that begins it, then a
 * row of it, then a field:
 *
 *	checkpoint/mm-7.img /vmas[2] /start
 *	item                row      field
 *
 * Items are found by a hash of their paths, made at the first question. */
#include "core/model.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/format.h"

#define SPOOL_LIMIT (UINT64_C(64) << 30)

struct path_table {
	struct item **slots; /* open addressing; room is a power of two */
	size_t room;
};

/* Cuts "#N" off the name of a file that is not there under the whole name: one of its snapshots. */
static uint32_t cut_snapshot(const char *path, char *bare, size_t room)
{
	const char *sign = strrchr(path, '#');
	struct stat st;
	uint64_t n = 0;

	if (!sign || !sign[1] || strlen(path) >= room || !stat(path, &st))
		return 0;
	for (const char *c = sign + 1; *c; c++) {
		if (*c < '0' || *c > '9' || n > UINT32_MAX / 10 - 1)
			return 0;
		n = n * 10 + (uint64_t)(*c - '0');
	}
	memcpy(bare, path, (size_t)(sign - path));
	bare[sign - path] = '\0';
	return stat(bare, &st) ? 0 : (uint32_t)n;
}

static struct err *open_input(const char *path, uint64_t limit, struct input *in,
			      uint32_t *snapshot)
{
	char bare[PATH_MAX];
	struct stat st;

	*snapshot = 0;
	if (!strcmp(path, "-"))
		return source_spool(STDIN_FILENO, "standard input", limit, &in->source);
	*snapshot = cut_snapshot(path, bare, sizeof(bare));
	if (*snapshot)
		path = bare;
	if (stat(path, &st))
		return source_open_err(errno, AT_FDCWD, path);
	if (S_ISDIR(st.st_mode))
		return folder_open_path(path, &in->folder);
	return source_open(AT_FDCWD, path, true, &in->source);
}

static void close_input(struct input *in)
{
	folder_close(in->folder);
	source_close(in->source);
}

static const struct format *best_format(const struct format *const *formats, const struct input *in)
{
	const struct format *best = NULL;
	int most = 0;

	for (; *formats; formats++) {
		int bits = (*formats)->bid(in);

		if (bits > most) {
			most = bits;
			best = *formats;
		}
	}
	return best;
}

static const char *copy(struct arena *a, const char *text)
{
	return text ? arena_strdup(a, text) : NULL;
}

static struct model *model_new(const char *path, const struct model_options *options)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	arena_init(&m->arena);
	m->name = text_clean_str(path, &m->arena);
	m->problems = problems_new();
	if (options) {
		m->options = *options;
		m->options.schema = copy(&m->arena, options->schema);
		m->options.parent = copy(&m->arena, options->parent);
		m->options.root = copy(&m->arena, options->root);
	}
	return m;
}

struct err *model_open(const char *path, const struct format *const *formats,
		       const struct model_options *options, struct model **out)
{
	const struct format *format;
	struct input in = { .name = path };
	struct model *m;
	struct err *err;
	uint32_t snapshot;

	*out = NULL;
	err = open_input(path, options && options->spool_max ? options->spool_max : SPOOL_LIMIT,
			 &in, &snapshot);
	if (err)
		return err;
	format = best_format(formats, &in);
	if (!format) {
		err = err_new(ERR_FORMAT,
			      in.folder ? "%s: no images that are known in it"
			      : in.source && !source_size(in.source)
				      ? "%s: an empty file"
				      : "%s: not a format that is known",
			      path);
		close_input(&in);
		return err;
	}
	if (snapshot && !format->snapshots) {
		close_input(&in);
		return err_new(ERR_ABSENT, "%s: %s has no snapshots to choose from", path,
			       format->summary);
	}
	m = model_new(path, options);
	if (!m) {
		close_input(&in);
		return err_io(ENOMEM, "cannot open %s", path);
	}
	m->format = format;
	m->snapshot = snapshot;
	in.name = m->name;
	err = format->open(m, &in);
	m->options.opening = NULL;
	if (!err && !m->root)
		err = err_new(ERR_FORMAT, "%s: nothing in it can be shown", path);
	if (err)
		model_close(m);
	else
		*out = m;
	return err;
}

void model_close(struct model *m)
{
	if (!m)
		return;
	worker_close(m->worker);
	m->worker = NULL;
	if (m->root)
		for (struct item *it = m->root; it; it = item_next(m->root, it))
			item_close(it);
	if (m->fini)
		m->fini(m);
	if (m->paths)
		free(m->paths->slots);
	free(m->paths);
	problems_free(m->problems);
	arena_fini(&m->arena);
	free(m);
}

void model_closep(struct model **m)
{
	model_close(*m);
	*m = NULL;
}

static void index_in_turn(void *arg, struct job *job)
{
	(void)job;
	item_index(arg, true);
}

void model_index(struct model *m)
{
	for (struct item *it = m->root; it; it = item_next(m->root, it)) {
		if (it->alias || item_ready(it))
			continue;
		if (m->worker)
			worker_submit(m->worker, &it->job, index_in_turn, it, false);
		else
			item_index(it, true);
	}
}

bool model_ready(const struct model *m)
{
	for (struct item *it = m->root; it; it = item_next(m->root, it))
		if (!item_ready(it))
			return false;
	return true;
}

static uint64_t hash_path(const char *path, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)path[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

/* The slot of the item of that path, or the free one where it would go. */
static struct item **path_slot(const struct path_table *t, const char *path, size_t len)
{
	size_t at = hash_path(path, len) & (t->room - 1);

	while (t->slots[at] &&
	       (strncmp(t->slots[at]->path, path, len) != 0 || t->slots[at]->path[len]))
		at = (at + 1) & (t->room - 1);
	return &t->slots[at];
}

static const struct path_table *paths_of(struct model *m)
{
	struct path_table *t = m->paths;
	size_t count = 0;

	if (t)
		return t;
	for (struct item *it = m->root; it; it = item_next(m->root, it))
		count++;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	for (t->room = 16; t->room < count * 2; t->room *= 2)
		;
	t->slots = calloc(t->room, sizeof(struct item *));
	if (!t->slots) {
		free(t);
		return NULL;
	}
	for (struct item *it = m->root; it; it = item_next(m->root, it)) {
		struct item **slot = path_slot(t, it->path, strlen(it->path));

		if (!it->alias && !*slot)
			*slot = it;
	}
	m->paths = t;
	return t;
}

/* The item whose path is the longest beginning of `path` that ends before '/', '[' or the end. */
static struct item *longest_item(struct model *m, const char *path, const char **rest)
{
	const struct path_table *t = paths_of(m);

	for (size_t len = strlen(path); t && len; len--) {
		struct item *it;

		if (path[len] && path[len] != '/' && path[len] != '[')
			continue;
		it = *path_slot(t, path, len);
		if (it) {
			*rest = path + len;
			return it;
		}
	}
	return NULL;
}

/* The place by a word of the format's: "pid:7", "pid:7/...". */
static bool locate_word(struct model *m, const char *path, struct place *out, const char **rest)
{
	size_t len = strcspn(path, "/[");
	struct arena a;
	bool found;

	if (!m->locate || !memchr(path, ':', len))
		return false;
	arena_init(&a);
	*out = (struct place){ .offset = UINT64_MAX };
	found = m->locate(m, arena_printf(&a, "%.*s", (int)len, path), out);
	arena_fini(&a);
	*rest = path + len;
	return found;
}

/* "[12]" and nothing else. */
static uint64_t parse_row(const char *label)
{
	uint64_t n;
	char *end;

	if (label[0] != '[' || !isdigit((unsigned char)label[1]))
		return NODE_SELF;
	errno = 0;
	n = strtoull(label + 1, &end, 10);
	return errno || strcmp(end, "]") != 0 ? NODE_SELF : n;
}

static uint64_t lookup_row(struct item *it, const char *label)
{
	uint64_t n = it->ops && it->ops->lookup ? it->ops->lookup(it, label) : parse_row(label);

	return n < item_rows(it) ? n : NODE_SELF;
}

static struct err *no_row(struct item *it, const char *rest)
{
	size_t rows = item_rows(it);

	return err_new(ERR_ABSENT, "%s has no %s: %zu %s", it->path, rest, rows,
		       rows == 1 ? "entry" : "entries");
}

/* Splits "[12]/vaddr", "/vmas[2]/start" or "/comm" into a row of `it` and what is left for fields.
 */
static struct err *find_row(struct item *it, const char *rest, struct node *out, const char **field)
{
	bool own = *rest == '['; /* "[12]": can only be a row */
	size_t len;
	struct arena a;

	rest += *rest == '/';
	if (!*rest)
		return NULL;
	len = strcspn(rest, "/");
	item_index(it, true);
	arena_init(&a);
	out->at = lookup_row(it, arena_printf(&a, "%.*s", (int)len, rest));
	arena_fini(&a);
	if (out->at != NODE_SELF)
		rest += len + (rest[len] == '/');
	else if (own)
		return no_row(it, rest);
	*field = rest;
	return NULL;
}

/* An address as lists of regions print it: "7ffd61a5c2f0", "7ffd61a5c2f0@7". */
static bool is_bare_hex(const char *text)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF");

	return n >= 8 && (!text[n] || text[n] == '@');
}

struct err *model_find(struct model *m, const char *path, struct node *out, const char **field)
{
	struct place place;
	const char *rest;
	struct item *it;

	*out = (struct node){ m->root, NODE_SELF };
	*field = "";
	if (!*path)
		return NULL;
	it = longest_item(m, path, &rest);
	if (it) {
		out->item = it;
		return find_row(it, rest, out, field);
	}
	if (locate_word(m, path, &place, &rest)) {
		*out = place.node;
		if (*rest && out->at == NODE_SELF)
			return find_row(item_real(out->item), rest, out, field);
		*field = *rest == '/' ? rest + 1 : place.path ? place.path : "";
		return NULL;
	}
	/* A single image is the root: "[12]", "vmas[2]/start", with or without its name in front.
	 */
	if (!m->root->first) {
		size_t n = strlen(m->root->name);

		if (n && !strncmp(path, m->root->name, n) && strchr("/[", path[n]))
			path += n;
		return find_row(m->root, path, out, field);
	}
	return err_new(ERR_ABSENT, "%s: no such entry in %s%s", path, m->name,
		       is_bare_hex(path) ? "; addresses begin with 0x" : "");
}

bool model_follow(struct node n, struct ref ref, struct place *out)
{
	struct item *it = item_real(n.item);

	*out = (struct place){ .offset = UINT64_MAX };
	return ref.kind && it->ops && it->ops->follow && it->ops->follow(it, ref, out);
}

/* The next process of the tree that has memory. */
static bool next_process(struct model *m, struct space_step *at)
{
	struct item *it = at->item ? item_next(m->root, at->item) : m->root;

	for (; it; it = item_next(m->root, it)) {
		at->item = it;
		at->as = it->alias || strcmp(it->kind, "process") != 0 ? NULL : m->aspace_of(it);
		if (at->as)
			return true;
	}
	return false;
}

bool model_spaces(struct model *m, struct space_step *at)
{
	if (m->space) {
		at->as = m->space(m, at->n++);
		return at->as;
	}
	return m->aspace_of && next_process(m, at);
}

void model_check(struct model *m)
{
	for (struct item *it = m->root; it; it = item_next(m->root, it))
		if (!it->alias && it->ops && it->ops->check)
			it->ops->check(it);
}
