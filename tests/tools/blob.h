/* A structure of the hypervisor's, put together byte by byte, and a stream that has nothing else:
 * for tests of what decodes it. */
#ifndef TESTS_BLOB_H
#define TESTS_BLOB_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/problem.h"
#include "xen/layouts.h"
#include "xen/state.h"

#define UNUSED __attribute__((unused))

enum { BLOB_ROOM = 1 << 16, BLOB_AT = 40 }; /* at an odd place of the file, as in life */

struct blob {
	uint8_t at[BLOB_ROOM];
	size_t len;
	bool big;
};

static UNUSED void blob_set(struct blob *b, size_t at, uint64_t v, unsigned width)
{
	assert_true(at + width <= BLOB_ROOM);
	for (unsigned i = 0; i < width; i++)
		b->at[at + (b->big ? width - 1 - i : i)] = (uint8_t)(v >> 8 * i);
	if (b->len < at + width)
		b->len = at + width;
}

static UNUSED void blob_put(struct blob *b, uint64_t v, unsigned width)
{
	blob_set(b, b->len, v, width);
}

static UNUSED void blob_zeros(struct blob *b, size_t n)
{
	assert_true(b->len + n <= BLOB_ROOM);
	memset(b->at + b->len, 0, n);
	b->len += n;
}

/* A stream whose only record's body is the blob, walked already. */
struct bench {
	struct model model;
	struct xen xen;
	struct item item;
	struct layer *layer;
	struct arena a;
	uint8_t *file;
	struct xrec r;
};

static UNUSED void bench_open(struct bench *t, const struct blob *b)
{
	memset(t, 0, sizeof(*t));
	arena_init(&t->a);
	arena_init(&t->model.arena);
	t->model.problems = problems_new();
	/* Of its own size: what reads past it is caught. */
	t->file = malloc(BLOB_AT + b->len);
	assert_non_null(t->file);
	memset(t->file, 0xee, BLOB_AT);
	memcpy(t->file + BLOB_AT, b->at, b->len);
	t->item.path = t->item.name = "libxc";
	t->item.model = &t->model;
	t->xen.model = &t->model;
	t->xen.src = source_memory((struct bytes){ t->file, BLOB_AT + b->len }, "blob");
	t->xen.big = b->big;
	t->xen.states = states_new();
	t->xen.walked = true;
	t->layer = &t->xen.layers[t->xen.layer_count++];
	*t->layer = (struct layer){ .xen = &t->xen, .kind = LAYER_LIBXC, .item = &t->item };
	t->r = (struct xrec){ .layer = t->layer, .at = BLOB_AT };
	t->r.body = source_view(t->xen.src, BLOB_AT, b->len);
}

static UNUSED void bench_close(struct bench *t)
{
	states_free(t->xen.states);
	source_close(t->xen.src);
	problems_free(t->model.problems);
	arena_fini(&t->model.arena);
	arena_fini(&t->a);
	free(t->file);
}

typedef void (*blob_fields)(const struct xrec *, struct field *, struct cursor *, struct arena *);

/* All fields of the blob. */
static UNUSED struct field *bench_fields(struct bench *t, blob_fields fields)
{
	struct span span = { BLOB_AT, t->r.body.len };
	struct field *root = field_add(NULL, &t->a, FIELD_GROUP, "record", span);
	struct cursor c = xen_bytes(&t->xen, span);

	root->expanded = true;
	fields(&t->r, root, &c, &t->a);
	return root;
}

static UNUSED struct field *field_must(struct bench *t, struct field *root, const char *path)
{
	struct field *f = field_at_path(root, &t->a, path);

	if (!f)
		fail_msg("no field %s", path);
	return f;
}

static UNUSED void assert_value(struct bench *t, struct field *root, const char *path,
				const char *text)
{
	assert_string_equal(field_value(field_must(t, root, path), 0, &t->a), text);
}

static UNUSED void assert_note(struct bench *t, struct field *root, const char *path,
			       const char *text)
{
	const struct field *f = field_must(t, root, path);

	assert_non_null(f->note);
	assert_string_equal(f->note, text);
}

struct blob_cover {
	uint64_t next, gaps;
};

static bool blob_leaf(const struct field *leaf, const char *path, void *arg)
{
	struct blob_cover *c = arg;

	(void)path;
	assert_int_equal(leaf->span.offset, c->next);
	assert_true(leaf->span.length > 0);
	c->next += leaf->span.length;
	c->gaps += leaf->type == FIELD_GAP ? leaf->span.length : 0;
	return true;
}

/* Each byte is in one field; returns how many are in gaps. */
static UNUSED uint64_t assert_covered(struct bench *t, struct field *root)
{
	struct blob_cover c = { .next = BLOB_AT };

	assert_true(field_walk(root, &t->a, blob_leaf, &c));
	assert_int_equal(c.next, BLOB_AT + t->r.body.len);
	return c.gaps;
}

/* The text of the problem number `n`; "": there are not so many. */
static UNUSED const char *problem_text(struct bench *t, size_t n)
{
	const struct problem *p = problems_at(t->model.problems, n);

	return p ? p->text : "";
}

static UNUSED bool has_problem(struct bench *t, const char *part)
{
	for (size_t n = 0; n < problems_count(t->model.problems); n++)
		if (strstr(problem_text(t, n), part))
			return true;
	return false;
}

static UNUSED void assert_no_problems(struct bench *t)
{
	assert_string_equal(problem_text(t, 0), "");
}

/* Runs `all` over the blob cut after each of its bytes: for the sanitizers, and for the coverage
 * that must hold of anything. */
static UNUSED void cut_everywhere(const struct blob *whole, void (*all)(struct bench *))
{
	struct blob *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	for (size_t len = 0; len <= whole->len; len++) {
		struct bench t;

		memcpy(b, whole, sizeof(*b));
		b->len = len;
		bench_open(&t, b);
		all(&t);
		bench_close(&t);
	}
	free(b);
}

/* Runs `all` over copies of the blob in which some bytes are others: always the same ones. */
static UNUSED void damage_often(const struct blob *whole, unsigned times,
				void (*all)(struct bench *))
{
	struct blob *b = calloc(1, sizeof(*b));
	uint64_t seed = 88172645463325252u;

	assert_non_null(b);
	while (times--) {
		struct bench t;

		memcpy(b, whole, sizeof(*b));
		for (unsigned n = 0; n < 1 + times % 5; n++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			b->at[(seed >> 8) % b->len] = (uint8_t)(seed % 3 ? seed >> 40 : 0xff);
		}
		bench_open(&t, b);
		all(&t);
		bench_close(&t);
	}
	free(b);
}

#endif
