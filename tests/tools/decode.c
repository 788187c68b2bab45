/* See decode.h. Files of fuzz targets lie in /dev/shm: a write and an open cost 20 us there. */
#include "decode.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "core/aspace.h"
#include "criu/criu.h"
#include "formats.h"

struct cover {
	struct node node;
	struct arena *arena;
	uint64_t next;
	const char *trouble;
};

/* Ranges of what turns, hides or joins text; beside text.c's own table on purpose. */
static bool turns_text(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
	       cp == 0x061c || (cp >= 0xd800 && cp < 0xe000) || (cp & 0xfffe) == 0xfffe;
}

bool decode_printable(const char *s)
{
	struct bytes b = { (const uint8_t *)s, strlen(s) };

	while (b.len) {
		uint32_t cp;
		size_t n = text_decode(b, &cp);

		if (!n || turns_text(cp))
			return false;
		b.at += n;
		b.len -= n;
	}
	return true;
}

static bool take_leaf(const struct field *leaf, const char *path, void *arg)
{
	struct cover *c = arg;
	struct place place;

	if (!decode_printable(field_value(leaf, 80, c->arena)) || !decode_printable(path) ||
	    (leaf->note && !decode_printable(leaf->note)) ||
	    (leaf->trouble && !decode_printable(leaf->trouble)))
		c->trouble = "a field's text is not clean";
	if (leaf->ref.kind)
		model_follow(c->node, leaf->ref, &place);
	if (!leaf->span.length)
		return true;
	if (leaf->span.offset != c->next)
		c->trouble = "bytes not covered exactly once";
	c->next = leaf->span.offset + leaf->span.length;
	return true;
}

static const char *walk_node(struct node n, struct arena *a)
{
	struct arena_mark mark = arena_mark(a);
	struct field *root = node_fields(n, a);
	struct cover c = { .node = n, .arena = a, .next = root->span.offset };

	field_walk(root, a, take_leaf, &c);
	if (root->span.length && c.next != root->span.offset + root->span.length)
		c.trouble = "bytes not covered exactly once";
	if (!decode_printable(node_summary(n, a)) || !decode_printable(node_label(n, a)) ||
	    !decode_printable(node_kind(n, a)) || !decode_printable(node_path(n, a)))
		c.trouble = "a node's text is not clean";
	arena_rewind(a, mark);
	return c.trouble;
}

static const char *walk_json(struct item *it, struct out *o)
{
	const char *trouble = NULL;

	for (int style = JSON_PLAIN; it->ops->json && style <= JSON_PRETTY; style++) {
		struct json j;

		json_init(&j, o, 0);
		it->ops->json(it, NODE_SELF, &j, (enum json_style)style);
		if (j.depth)
			trouble = "JSON not closed";
	}
	return trouble;
}

static void walk_item(struct item *it, struct arena *a, struct out *o, complain_fn complain,
		      void *arg)
{
	const char *trouble = walk_node((struct node){ it, NODE_SELF }, a), *t;
	size_t rows = item_rows(it);
	struct place place;

	for (size_t n = 0; n < rows; n++) {
		t = walk_node((struct node){ it, n }, a);
		trouble = t ? t : trouble;
		node_target((struct node){ it, n }, &place);
	}
	t = walk_json(it, o);
	trouble = t ? t : trouble;
	if (trouble)
		complain(arg, trouble);
}

static const char *check_problems(const struct model *m)
{
	const char *trouble = NULL;

	for (size_t n = 0; n < problems_count(m->problems); n++) {
		const struct problem *p = problems_at(m->problems, n);

		/* The path of a lone image is empty: its name says where. */
		if (!p->path || (!*p->path && (!p->item || !*p->item->name)))
			trouble = "a problem that names no file";
		else if (!decode_printable(p->path) || !decode_printable(p->text))
			trouble = "a problem's text is not clean";
	}
	return trouble;
}

/* ---- memory ---- */

#define EXTENTS_MOST 300
#define STEPS_MOST 8

/* `deep`: also what has to be worked out for all of memory. */
static void ask_space(struct aspace *as, uint64_t addr, bool deep, struct arena *a)
{
	struct arena_mark mark = arena_mark(a);
	struct aspace_version versions[STEPS_MOST];
	struct aspace_step steps[STEPS_MOST];
	const char *lines[STEPS_MOST];
	uint64_t pa, mappers[STEPS_MOST];
	uint8_t bytes[64];

	aspace_read(as, addr, bytes, sizeof(bytes), NULL);
	if (as->ops->trail)
		as->ops->trail(as, addr, lines, STEPS_MOST, a);
	if (as->ops->steps)
		as->ops->steps(as, addr, steps, STEPS_MOST, a);
	if (as->ops->physical && as->ops->physical(as, addr, &pa) && deep &&
	    aspace_reverse(as, NULL))
		as->ops->mappers(as, pa, mappers, STEPS_MOST);
	if (as->ops->versions)
		as->ops->versions(as, addr, versions, STEPS_MOST, a);
	arena_rewind(a, mark);
}

/* Extents follow each other, and those with bytes have them in a source. */
static const char *walk_space(struct aspace *as, struct arena *a)
{
	const char *trouble = NULL;
	uint64_t end = 0;
	unsigned n = 0;

	aspace_map(as, NULL);
	for (struct extent x = { 0 }; n < EXTENTS_MOST && aspace_next(as, &x); n++) {
		if (x.start != end || x.end <= x.start)
			trouble = "extents that do not follow each other";
		if ((x.state == PAGE_PRESENT || x.state == PAGE_PARENT) && !x.source)
			trouble = "an extent that is there and has no source";
		if (x.why && !decode_printable(x.why))
			trouble = "an extent's text is not clean";
		end = x.end;
		ask_space(as, x.start, n < STEPS_MOST, a);
	}
	for (size_t i = 1; i < as->region_count && !trouble; i++)
		if (as->regions[i].start < as->regions[i - 1].start)
			trouble = "regions that do not ascend";
	return trouble;
}

static void walk_spaces(struct model *m, struct arena *a, complain_fn complain, void *arg)
{
	struct aspace *last = NULL;

	for (struct space_step at = { 0 }; model_spaces(m, &at);) {
		const char *trouble = walk_space(at.as, a);

		if (trouble)
			complain(arg, trouble);
		last = at.as;
	}
	if (last && m->registers)
		m->registers(last, NULL, 0);
}

/* Each byte of a file of several layers is some node's, once. */
static void walk_parts(struct model *m, complain_fn complain, void *arg)
{
	struct source *src = atomic_load(&m->root->source);
	uint64_t at = 0;
	struct span span;
	struct node n;

	if (!m->part || !src)
		return;
	while (m->part(m, at, &n, &span) && span.length && span.offset == at)
		at += span.length;
	if (at != source_size(src))
		complain(arg, "a byte of the file is no node's, or of two");
}

void decode_model(struct model *m, const char *only, complain_fn complain, void *arg)
{
	struct out *sink = malloc(sizeof(*sink));
	const char *trouble;
	struct arena a;
	struct json j;

	if (!sink)
		abort();
	out_init(sink, -1);
	arena_init(&a);
	model_index(m);
	for (struct item *it = m->root; it; it = item_next(m->root, it)) {
		if (it->alias)
			continue;
		item_index(it, true);
		if (!only || !strcmp(it->name, only))
			walk_item(it, &a, sink, complain, arg);
		else
			node_summary((struct node){ it, NODE_SELF }, &a);
		arena_reset(&a);
	}
	model_check(m);
	walk_parts(m, complain, arg);
	if (!only)
		walk_spaces(m, &a, complain, arg);
	if (m->info_json) {
		json_init(&j, sink, 0);
		json_object(&j);
		m->info_json(m, &j);
		json_end_object(&j);
	}
	if (m->info)
		m->info(m, &a);
	trouble = check_problems(m);
	if (trouble)
		complain(arg, trouble);
	arena_fini(&a);
	free(sink);
}

static void give_up(void *arg, const char *why)
{
	(void)arg;
	fprintf(stderr, "%s\n", why);
	abort();
}

static int folder_fd(const char **path)
{
	static char folder[64];
	static int fd = -1;

	if (fd < 0) {
		snprintf(folder, sizeof(folder), "%s/decode.XXXXXX",
			 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
		if (!mkdtemp(folder))
			abort();
		fd = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	}
	*path = folder;
	return fd;
}

void decode_bytes(const char *name, const void *head, size_t head_len, const uint8_t *data,
		  size_t size)
{
	const struct model_options options = { .no_magic = true };
	const char *folder;
	int at = folder_fd(&folder);
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char path[400];
	struct model *m;
	struct err *err;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (fd < 0 || write(fd, head, head_len) != (ssize_t)head_len ||
	    write(fd, data, size) != (ssize_t)size || close(fd))
		abort();
	err = model_open(path, formats, &options, &m);
	if (err) {
		if (!decode_printable(err->text))
			give_up(NULL, "an error's text is not clean");
		err_free(err);
	} else {
		decode_model(m, NULL, give_up, NULL);
		model_close(m);
	}
	unlinkat(at, name, 0);
	/* Made again for the next one; so that a killed run leaves at most an empty folder. */
}

void decode_kind(const char *kind, const uint8_t *data, size_t size)
{
	const struct image_kind *k = image_kinds;
	uint8_t head[8];

	while (k->name && strcmp(k->name, kind))
		k++;
	if (!k->name)
		abort();
	for (int i = 0; i < 4; i++) {
		head[i] = (uint8_t)(k->lead >> 8 * i);
		head[4 + i] = (uint8_t)(k->magic >> 8 * i);
	}
	decode_bytes("fuzzed.img", head, sizeof(head), data, size);
}
