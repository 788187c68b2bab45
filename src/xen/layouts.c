/* Structures as tables of members, and what their numbers mean.
 *
 * A structure inside a structure is a group that is decoded when somebody opens it: its table is
 * the field's schema, the stream its owner, its bytes those of its span. */
#include "xen/layouts.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static uint64_t number_of(struct cursor *c, unsigned width)
{
	return width == 1   ? cursor_u8(c)
	       : width == 2 ? cursor_u16(c)
	       : width == 4 ? cursor_u32(c)
			    : cursor_u64(c);
}

static void shape_expand(struct field *f, struct arena *a)
{
	const struct xen *x = f->owner;
	struct cursor c = xen_bytes(x, f->value);

	shape_fields(x, f, f->schema, &c, a);
}

static const struct field_ops shape_ops = { .expand = shape_expand };

struct cursor xen_bytes(const struct xen *x, struct span span)
{
	struct cursor c = source_cursor(x->src, span);

	c.big = x->big;
	return c;
}

uint64_t xen_number(const struct xen *x, uint64_t offset, unsigned width)
{
	struct cursor c = xen_bytes(x, (struct span){ offset, width });

	return number_of(&c, width);
}

bool xen_walked(const struct xen *x)
{
	return atomic_load_explicit(&x->walked, memory_order_acquire);
}

static bool is_number(const struct shape *row)
{
	return row->show != SHOW_BYTES && row->show != SHOW_TEXT &&
	       (row->width == 1 || row->width == 2 || row->width == 4 || row->width == 8);
}

static bool all_zero(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.at[i])
			return false;
	return true;
}

/* Text ends at its first NUL; what is behind belongs to the member all the same. */
static struct bytes text_of(struct bytes b)
{
	const uint8_t *end = b.len ? memchr(b.at, 0, b.len) : NULL;

	return (struct bytes){ b.at, end ? (size_t)(end - b.at) : b.len };
}

static struct field *shape_field(const struct xen *x, struct field *parent, const struct shape *row,
				 struct cursor *c, struct arena *a)
{
	struct span span = { cursor_offset(c), row->width };
	struct field *f;
	struct bytes raw;

	if (row->of) {
		cursor_skip(c, row->width);
		f = field_add(parent, a, FIELD_GROUP, row->name, span);
		f->ops = &shape_ops;
		f->schema = row->of;
		f->owner = x;
		return f;
	}
	if (is_number(row)) {
		f = field_uint(parent, a, row->name, number_of(c, row->width), row->show, span);
		f->names = row->names;
		if (row->show == SHOW_ZERO && f->u)
			f->trouble = "should be zero";
		return f;
	}
	raw = cursor_bytes(c, row->width);
	if (row->show == SHOW_TEXT)
		return field_text(parent, a, row->name, text_of(raw), span);
	f = field_add(parent, a, FIELD_BYTES, row->name, span);
	f->show = SHOW_BYTES;
	f->bytes = raw;
	if (row->show == SHOW_ZERO && !all_zero(raw))
		f->trouble = "should be zero";
	return f;
}

uint32_t shape_vcpu(const struct field *f)
{
	for (const struct field *g = f->parent; g; g = g->parent) {
		const struct field *c = g->first;
		unsigned id;

		for (unsigned n = 0; c && n < 4; n++, c = c->next)
			if (!strcmp(c->name, "vcpu_id") || !strcmp(c->name, "instance"))
				return (uint32_t)c->u;
		if (!g->parent && sscanf(g->name, "vcpu%u", &id) == 1)
			return id;
	}
	return VCPU_UNKNOWN;
}

/* A number that may be a virtual address: canonical, and not in the first page. */
static void add_address(struct field *f)
{
	uint64_t top = f->u >> 47;
	uint32_t vcpu;

	if (f->u < XEN_PAGE || (top && top != UINT64_MAX >> 47))
		return;
	vcpu = shape_vcpu(f);
	f->ref = xen_ref_va(f->u, vcpu == VCPU_UNKNOWN ? 0 : vcpu);
}

bool shape_fields(const struct xen *x, struct field *parent, const struct shape *shape,
		  struct cursor *c, struct arena *a)
{
	for (; shape->name; shape++) {
		for (uint32_t i = 0; i < (shape->count ? shape->count : 1u); i++) {
			struct field *f;

			if (cursor_left(c) < shape->width)
				return false;
			f = shape_field(x, parent, shape, c, a);
			if (shape->count)
				f->at = i;
			if (f->type == FIELD_UINT && f->show == SHOW_ADDRESS)
				add_address(f);
			if (shape->more)
				shape->more(x, f, a);
		}
	}
	return true;
}

struct field *shape_group(const struct xen *x, struct field *parent, const char *name,
			  const struct shape *shape, struct cursor *c, struct arena *a)
{
	uint64_t size = shape_size(shape), left = cursor_left(c);
	struct span span = { cursor_offset(c), size < left ? size : left };
	struct field *f = field_add(parent, a, FIELD_GROUP, name, span);

	f->ops = &shape_ops;
	f->schema = shape;
	f->owner = x;
	cursor_skip(c, span.length);
	return f;
}

uint64_t shape_size(const struct shape *shape)
{
	uint64_t size = 0;

	for (; shape->name; shape++)
		size += (uint64_t)shape->width * (shape->count ? shape->count : 1u);
	return size;
}

/* ---- meanings that several structures share ---- */

void more_signed(const struct xen *x, struct field *f, struct arena *a)
{
	unsigned gone = 64 - 8 * (unsigned)f->span.length;

	(void)x;
	(void)a;
	f->type = FIELD_INT;
	f->s = (int64_t)(f->u << gone) >> gone;
}

/* "3, 9, 12": numbers of the bits that are set, runs as "16-31". */
const char *bits_text(struct bytes b, uint32_t first, struct arena *a)
{
	uint64_t count = (uint64_t)b.len * 8;
	struct strbuf s;

	strbuf_init(&s, a);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t end = i;

		if (!(b.at[i / 8] >> i % 8 & 1))
			continue;
		while (end + 1 < count && b.at[(end + 1) / 8] >> (end + 1) % 8 & 1)
			end++;
		strbuf_addf(&s, "%s%" PRIu64, s.len ? ", " : "", first + i);
		if (end > i)
			strbuf_addf(&s, "-%" PRIu64, first + end);
		i = end;
	}
	return s.text;
}

void more_bits(const struct xen *x, struct field *f, struct arena *a)
{
	uint8_t raw[8];

	(void)x;
	for (unsigned i = 0; i < 8; i++)
		raw[i] = (uint8_t)(f->u >> 8 * i);
	if (f->u)
		f->note =
			bits_text((struct bytes){ raw, sizeof(raw) },
				  f->at == FIELD_ONE ? 0 : f->at * 8 * (uint32_t)f->span.length, a);
}

void more_pfn(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	(void)a;
	f->ref = xen_ref_pfn(f->u);
}

/* An address of the guest's physical memory. */
void more_gpa(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	(void)a;
	f->ref = f->u ? xen_ref_pfn(f->u / XEN_PAGE) : (struct ref){ 0 };
}
