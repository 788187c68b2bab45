/* Summary lines: which words for which message, and what whole images say. The words themselves are
 * in say_*.c by what the message is about; of the files in files.img, in files.c. */
#include "criu/summary.h"

#include <ctype.h>
#include <string.h>

#include "criu/image.h"
#include "criu/names.h"
#include "criu/say.h"

/* ---- helpers of say.h ---- */

uint64_t line_uint(const struct line *y, uint32_t field)
{
	return uint_of(y->msg, field);
}

int64_t line_int(const struct line *y, uint32_t field)
{
	int64_t v = 0;

	wire_int(y->msg, field, &v);
	return v;
}

struct bytes line_bytes(struct bytes msg, uint32_t field)
{
	struct bytes b = { NULL, 0 };

	wire_bytes(msg, field, &b);
	return b;
}

void line_text(struct line *y, struct bytes msg, uint32_t field)
{
	strbuf_clean(&y->s, line_bytes(msg, field));
}

void line_named(struct line *y, const char *group, uint64_t v, const char *prefix)
{
	const char *name = named(y->set, group, v);
	size_t skip = strlen(prefix);

	if (!name)
		strbuf_addf(&y->s, "%llu", (unsigned long long)v);
	else
		strbuf_add(&y->s, strncmp(name, prefix, skip) ? name : name + skip);
}

void line_value(struct line *y, const char *message, const char *field, uint64_t v)
{
	const char *name = named_value(y->set, message, field, v);

	if (name)
		strbuf_add(&y->s, name);
	else
		strbuf_addf(&y->s, "%llu", (unsigned long long)v);
}

void line_small(struct line *y, const char *name)
{
	for (name = name ? name : "?"; *name; name++) {
		char c = (char)tolower((unsigned char)*name);

		strbuf_addn(&y->s, &c, 1);
	}
}

void line_count(struct line *y, uint64_t n, const char *one, const char *many)
{
	strbuf_addf(&y->s, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

void line_size(struct line *y, uint64_t bytes)
{
	strbuf_add(&y->s, text_size(bytes, y->s.arena));
}

uint64_t line_parts(struct bytes msg, uint32_t field)
{
	uint64_t n = 0;

	for (struct parts p = parts_of(msg, field); parts_next(&p);)
		n++;
	return n;
}

struct value_env line_env(const struct line *y)
{
	return y->im->env;
}

/* ---- finding the words ---- */

static const struct say_row *const tables[] = {
	lines_of_memory, lines_of_files, lines_of_tasks, lines_of_namespaces, lines_of_others,
};

/* The long lists' messages come first. */
static const struct say_row *row_of_type(const char *type)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct say_row *r = tables[t]; r->type; r++)
			if (!strcmp(r->type, type))
				return r;
	return NULL;
}

static const char *say(struct image *im, const struct message *type, const struct record *r,
		       struct bytes msg, struct arena *a)
{
	struct line y = { .im = im, .set = im->set, .record = r, .msg = msg };
	const struct say_row *row;
	uint32_t file;

	if (!type)
		return "";
	row = row_of_type(type->name);
	if (row) {
		strbuf_init(&y.s, a);
		row->say(&y);
		return y.s.text;
	}
	/* The per-type messages of files, in the images of their own that they once had. */
	file = im->kind && r ? file_type_of_kind(im->kind->name) : 0;
	return file ? file_text(im->set, file, (uint32_t)uint_of(msg, 1), msg, a) : "";
}

const char *summary_message(struct image *im, const struct message *type, struct bytes msg,
			    struct arena *a)
{
	return say(im, type, NULL, msg, a);
}

const char *summary_record(struct image *im, const struct record *r, struct bytes msg,
			   struct arena *a)
{
	return say(im, image_type(im, r), r, msg, a);
}

/* ---- whole images ---- */

/* What the rows of an image are called. Without a word for one, an only row speaks for its image.
 */
static const struct {
	const char *kind, *one, *many;
} counted[] = {
	{ "PSTREE", "process", "processes" }, { "FDINFO", "fd", "fd" },
	{ "FILES", "file", "files" },         { "MNTS", "mount", "mounts" },
	{ "NETDEV", "device", "devices" },    { "VMAS", "VMA", "VMA" },
	{ "FILE_LOCKS", "lock", "locks" },    { "MEMFD_INODE", "memfd", "memfds" },
	{ "SK_QUEUES", "packet", "packets" }, { "REMAP_FPATH", "remap", "remaps" },
	{ "IFADDR", "address", "addresses" }, { "ROUTE", "route", "routes" },
	{ "ROUTE6", "route", "routes" },      { "RULE", "rule", "rules" },
	{ "IPTABLES", "line", "lines" },      { "IP6TABLES", "line", "lines" },
	{ "NFTABLES", "line", "lines" },      { "tar", "member", "members" },
	{ "PIPES_DATA", NULL, "pipes" },      { "FIFO_DATA", NULL, "fifos" },
	{ "TTY_INFO", NULL, "terminals" },    { "TTY_DATA", NULL, "terminals" },
	{ "IPCNS_SHM", NULL, "segments" },    { "IPCNS_SEM", NULL, "sets" },
	{ "IPCNS_MSG", NULL, "queues" },
};

static const char *count_text(struct image *im, struct arena *a)
{
	uint64_t n = item_rows(im->item);
	const char *one = NULL, *many = "entries";

	for (size_t i = 0; i < ARRAY_LEN(counted); i++)
		if (!strcmp(counted[i].kind, im->kind ? im->kind->name : im->item->kind)) {
			one = counted[i].one;
			many = counted[i].many;
		}
	if (n == 1 && !one && im->as && im->as->shape == SHAPE_ARRAY)
		return node_summary((struct node){ im->item, 0 }, a);
	return arena_printf(a, "%llu %s", (unsigned long long)n,
			    n > 1 || !n ? many
			    : one       ? one
					: "entry");
}

/* What a shared segment is to those who map it: "/memfd:x", "SysV key 0x43520001". Shared anonymous
 * memory comes as a memfd named /dev/zero. */
static const char *segment_name(struct criu_set *set, uint32_t id, struct arena *a)
{
	enum { ENOUGH = 4096 };
	struct bytes shm, desc, name;

	for (struct walk w = walk_over(set_image_first(set, "MEMFD_INODE"));
	     walk_next(&w) && w.row < ENOUGH;)
		if (uint_of(w.msg, 5) == id && wire_bytes(w.msg, 1, &name))
			return bytes_equal(name, bytes_of("/dev/zero"))
				       ? "shared anonymous memory"
				       : arena_printf(a, "/memfd:%s", text_clean(name, a));
	if (shm_by_id(set, id, &shm) && wire_bytes(shm, 1, &desc))
		return arena_printf(a, "SysV key 0x%llx", (unsigned long long)uint_of(desc, 1));
	return NULL;
}

/* Pages of all entries, if those are few enough to be counted at every look. */
static const char *pages_text(struct image *im, struct arena *a)
{
	enum { ENOUGH = 4096 };
	uint64_t entries = item_rows(im->item);
	struct page_counts n;
	const char *name;
	struct strbuf s;

	entries -= entries > 0; /* the head */
	if (entries > ENOUGH)
		return arena_printf(a, "%llu entries", (unsigned long long)entries);
	n = pagemap_counts(im);
	strbuf_init(&s, a);
	strbuf_addf(&s, "%llu %s here", (unsigned long long)n.present,
		    n.present == 1 ? "page" : "pages");
	if (n.parent)
		strbuf_addf(&s, ", %llu in parent", (unsigned long long)n.parent);
	if (n.lazy)
		strbuf_addf(&s, ", %llu lazy", (unsigned long long)n.lazy);
	name = image_is(im, "SHMEM_PAGEMAP") ? segment_name(im->set, (uint32_t)im->number, a)
					     : NULL;
	if (name)
		strbuf_addf(&s, "  %s", name);
	return s.text;
}

/* The ghost file's path, for its number says nothing. */
static const char *ghost_text(struct image *im, struct bytes msg, struct arena *a)
{
	const char *what = say(im, im->message, NULL, msg, a);
	struct bytes remap;

	if (!ghost_of(im->set, (uint32_t)im->number, &remap))
		return what;
	return arena_printf(a, "%s  %s", what,
			    file_summary(im->set, 1, (uint32_t)uint_of(remap, 1), a));
}

const char *summary_image(struct image *im, struct arena *a)
{
	struct record r;

	image_open(im);
	if (image_raw(im) && image_has_rows(im) && item_ready(im->item))
		return count_text(im, a);
	if (!im->as || im->as->shape == SHAPE_RAW || im->as->shape == SHAPE_OLD_PAGES)
		return text_size(im->item->size, a);
	if (im->as->shape == SHAPE_GHOST && image_single(im, &r))
		return ghost_text(im, image_message(im, &r), a);
	if (im->as->shape == SHAPE_ARRAY || im->as->shape == SHAPE_HEAD) {
		if (!item_ready(im->item))
			return text_size(im->item->size, a);
		return im->as->shape == SHAPE_HEAD ? pages_text(im, a) : count_text(im, a);
	}
	if (!im->message || !image_single(im, &r))
		return text_size(im->item->size, a);
	return say(im, im->message, NULL, image_message(im, &r), a);
}
