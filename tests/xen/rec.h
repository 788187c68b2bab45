/* One record in memory, decoded by its kind: for tests of what is in a body. */
#ifndef TESTS_XEN_REC_H
#define TESTS_XEN_REC_H

#include <string.h>

#include "xen/memory.h"
#include "xen/records.h"
#include "xen/state.h"

#define REC_AT 1001u /* where the body lies: no multiple of anything */

struct rec {
	struct model model;
	struct item item;
	struct xen xen;
	struct layer layer;
	struct record record;
	struct xrec r;
	struct arena a;
	struct field *root;
	uint8_t *file;
};

/* A body under construction, in a fixed room. */
struct body {
	uint8_t at[1 << 17];
	size_t len;
	bool big;
};

static inline void put(struct body *b, unsigned width, uint64_t v)
{
	for (unsigned n = 0; n < width; n++)
		b->at[b->len++] = (uint8_t)(v >> 8 * (b->big ? width - 1 - n : n));
}

static inline void put_bytes(struct body *b, const void *from, size_t len)
{
	memcpy(b->at + b->len, from, len);
	b->len += len;
}

static inline void put_page(struct body *b, uint8_t first)
{
	memset(b->at + b->len, 0, XEN_PAGE);
	b->at[b->len] = first;
	b->len += XEN_PAGE;
}

/* Opens it as record 7 of a PV guest's stream of 64 bits. */
static inline void rec_open(struct rec *t, enum layer_kind layer, uint32_t type,
			    const struct body *b)
{
	const struct xen_kind *table = layer_kinds(layer);

	*t = (struct rec){ 0 };
	arena_init(&t->a);
	t->model.problems = problems_new();
	t->model.data = &t->xen;
	t->item = (struct item){ .model = &t->model,
				 .name = layer_name(layer),
				 .path = layer_name(layer),
				 .data = &t->layer };
	t->xen = (struct xen){ .model = &t->model,
			       .version = 3,
			       .domain_type = 1,
			       .xen_major = 4,
			       .xen_minor = 17,
			       .guest_width = 8,
			       .big = b->big,
			       .memory = memory_new(),
			       .states = states_new() };
	t->layer = (struct layer){ .xen = &t->xen, .kind = layer, .item = &t->item };
	t->record = (struct record){ .offset = REC_AT - 8,
				     .length = 8 + b->len,
				     .body = (uint32_t)b->len,
				     .head = 8,
				     .kind = kind_row(table, type),
				     .aux = type };
	t->file = calloc(1, REC_AT + b->len);
	memcpy(t->file + REC_AT, b->at, b->len);
	t->xen.src = source_memory((struct bytes){ t->file, REC_AT + b->len }, "stream");
	t->r = (struct xrec){ .layer = &t->layer,
			      .n = 7,
			      .r = &t->record,
			      .body = { t->file + REC_AT, b->len },
			      .at = REC_AT,
			      .kind = &table[t->record.kind] };
}

static inline void rec_close(struct rec *t)
{
	problems_free(t->model.problems);
	memory_free(t->xen.memory);
	states_free(t->xen.states);
	source_close(t->xen.src);
	arena_fini(&t->a);
	free(t->file);
}

struct rec_cover {
	uint64_t at;
	uint64_t gaps;
};

static inline bool rec_leaf(const struct field *f, const char *path, void *arg)
{
	struct rec_cover *c = arg;

	(void)path;
	assert_int_equal(f->span.offset, c->at);
	c->at += f->span.length;
	if (f->type == FIELD_GAP)
		c->gaps += f->span.length;
	return true;
}

/* Makes the fields; they must cover the body once. Returns how many bytes of it are gaps. */
static inline uint64_t rec_fields(struct rec *t)
{
	struct cursor c = xrec_cursor(&t->r);
	struct rec_cover cover = { .at = REC_AT };

	t->root = field_add(NULL, &t->a, FIELD_GROUP, t->r.kind->name,
			    (struct span){ REC_AT, t->r.body.len });
	t->root->expanded = true;
	t->r.kind->fields(&t->r, t->root, &c, &t->a);
	field_walk(t->root, &t->a, rec_leaf, &cover);
	assert_int_equal(cover.at, REC_AT + t->r.body.len);
	return cover.gaps;
}

static inline struct field *rec_field(struct rec *t, const char *path)
{
	struct field *f = field_at_path(t->root, &t->a, path);

	if (!f)
		fail_msg("no field %s", path);
	return f;
}

static inline const char *rec_value(struct rec *t, const char *path)
{
	return field_value(rec_field(t, path), 0, &t->a);
}

static inline const char *rec_summary(struct rec *t)
{
	return t->r.kind->summary(&t->r, &t->a);
}

/* Checks it: "rule" for one problem, "rule rule" for more, in the order found; "" for none. */
static inline const char *rec_check(struct rec *t)
{
	struct strbuf s;
	const struct problem *p;

	t->r.kind->check(&t->r);
	strbuf_init(&s, &t->a);
	strbuf_add(&s, "");
	for (size_t n = 0; (p = problems_at(t->model.problems, n)); n++)
		strbuf_addf(&s, "%s%c:%s", n ? " " : "", "NWE"[p->severity], p -> rule);
	return s.text;
}

#endif
