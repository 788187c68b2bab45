/* One image file, written for a test and opened alone or in a directory. */
#ifndef TESTS_ONE_H
#define TESTS_ONE_H

#include "core/magic.h"
#include "sets.h"

/* A model over one file; `a` for what is asked of it. */
struct one {
	struct dir dir;
	struct model *m;
	struct arena a;
};

static UNUSED struct one one_open(const char *name, const void *b, size_t n)
{
	struct one o = { .dir = dir_make() };

	file_write(&o.dir, name, b, n);
	arena_init(&o.a);
	o.m = open_set(dir_path(&o.dir, name));
	return o;
}

/* An image compiled from tests/fixtures. Without them the program ends, saying so. */
static UNUSED struct one one_fixture(const char *path)
{
	const char *base = getenv("FIXTURES");
	struct one o = { .dir = { "" } };
	char full[600];

	snprintf(full, sizeof(full), "%s/%s", base ? base : "build/fixtures", path);
	arena_init(&o.a);
	o.m = open_set(full);
	if (!o.m) {
		fprintf(stderr, "no fixture %s: 'make check' makes them\n", full);
		exit(1);
	}
	return o;
}

static UNUSED void one_close(struct one *o)
{
	model_close(o->m);
	arena_fini(&o->a);
	if (*o->dir.path)
		dir_drop(&o->dir);
}

/* A field of the item itself (row NODE_SELF) or of a row; NULL: none. */
static UNUSED struct field *one_field(struct one *o, uint64_t row, const char *path)
{
	return field_at_path(node_fields((struct node){ o->m->root, row }, &o->a), &o->a, path);
}

/* Its value as shown; "-" if it is not there. */
static UNUSED const char *one_value(struct one *o, uint64_t row, const char *path)
{
	struct field *f = one_field(o, row, path);

	return f ? field_value(f, 0, &o->a) : "-";
}

struct coverage {
	uint64_t next;
	bool whole;
};

static UNUSED bool coverage_leaf(const struct field *leaf, const char *path, void *arg)
{
	struct coverage *c = arg;

	(void)path;
	c->whole &= leaf->span.offset == c->next;
	c->next = leaf->span.offset + leaf->span.length;
	return true;
}

/* How far the item's fields and then its rows' cover the file without hole or overlap. */
static UNUSED uint64_t one_covered(struct one *o)
{
	struct coverage c = { 0, true };
	struct node n = { o->m->root, NODE_SELF };
	uint64_t size = node_span(n).length;

	field_walk(node_fields(n, &o->a), &o->a, coverage_leaf, &c);
	for (size_t i = 0; c.next < size && i < item_rows(n.item); i++) {
		n.at = i;
		field_walk(node_fields(n, &o->a), &o->a, coverage_leaf, &c);
	}
	return c.whole ? c.next : 0;
}

/* The JSON of the image, or of a row. */
static UNUSED const char *one_json(struct one *o, uint64_t row)
{
	static char text[65536];
	struct out *out = calloc(1, sizeof(*out));
	int fd[2];
	ssize_t n;
	struct json j;

	if (!out || pipe(fd))
		abort();
	fcntl(fd[1], F_SETPIPE_SZ, sizeof(text));
	out_init(out, fd[1]);
	json_init(&j, out, 0);
	o->m->root->ops->json(o->m->root, row, &j, JSON_PLAIN);
	out_flush(out);
	free(out);
	close(fd[1]);
	n = read(fd[0], text, sizeof(text) - 1);
	close(fd[0]);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

#endif
