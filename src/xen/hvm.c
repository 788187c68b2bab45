/* HVM_CONTEXT: what the hypervisor keeps of an HVM or PVH guest's processors and platform.
 *
 *	| type 1 | 0 | 24 | HEADER | type 2 | vCPU 0 | 1032 | CPU | ... | type 0 | 0 | 0 | slack
 *
 * Entries are packed. Senders from Xen 4.5 to 4.9 wrote a CPU_MSR entry as long as it might have
 * become, but only the MSRs there were: the next descriptor lies inside the length that it claims.
 * So a CPU_MSR whose length is not that of its count is followed there, if what is found there
 * reads as a descriptor. */
#include "xen/hvm.h"

#include <inttypes.h>

#include "base/text.h"

static struct span clip_to(struct span span, uint64_t end)
{
	return (struct span){ span.offset, span.offset >= end                ? 0
					   : span.length > end - span.offset ? end - span.offset
									     : span.length };
}

/* Read at once: a file may change between two looks. */
struct descriptor {
	uint16_t type, instance;
	uint32_t length;
};

static struct descriptor descriptor_at(const struct xen *x, uint64_t at)
{
	struct cursor c = xen_bytes(x, (struct span){ at, HVM_DESCRIPTOR });
	struct descriptor d;

	d.type = cursor_u16(&c);
	d.instance = cursor_u16(&c);
	d.length = cursor_u32(&c);
	return d;
}

/* True if what lies at `at` reads as a descriptor: END, or a known type of one of its lengths. */
static bool is_descriptor(const struct xen *x, uint64_t at, uint64_t end)
{
	struct descriptor d = descriptor_at(x, at);
	const struct hvm_kind *kind = hvm_kind(d.type);

	if (at > end || end - at < HVM_DESCRIPTOR)
		return false;
	if (d.type == HVM_END)
		return !d.length && !d.instance;
	if (!kind)
		return false;
	/* Of another such entry the length may again be too long: it need not fit. */
	if (kind->flags & HVM_VARIES)
		return d.length >= kind->lengths[0] &&
		       (d.type == HVM_CPU_MSR || d.length <= end - at - HVM_DESCRIPTOR);
	for (size_t i = 0; i < ARRAY_LEN(kind->lengths); i++)
		if (kind->lengths[i] && d.length == kind->lengths[i])
			return true;
	return false;
}

/* A CPU_MSR whose length is not that of its count: the sender's mistake, if a descriptor lies where
 * the count ends. */
static void resume_msrs(const struct xen *x, uint64_t end, struct hvm_step *s)
{
	uint64_t start = s->at + HVM_DESCRIPTOR, length;

	if (end - start < 8)
		return;
	length = 8 + 16 * xen_number(x, start, 4);
	if (length >= s->length || length > end - start || !is_descriptor(x, start + length, end))
		return;
	s->body = (struct span){ start, length };
	s->next = start + length;
	s->cut = false;
	s->resumed = true;
}

bool hvm_next(const struct xen *x, struct span context, struct hvm_step *s)
{
	uint64_t end;
	struct descriptor d;

	context = clip_to(context, source_size(x->src));
	end = context.offset + context.length;
	if (s->last || s->cut)
		return false;
	s->at = s->next ? s->next : context.offset;
	s->next = s->at;
	if (s->at >= end || end - s->at < HVM_DESCRIPTOR)
		return false;
	d = descriptor_at(x, s->at);
	s->type = d.type;
	s->instance = d.instance;
	s->length = d.length;
	s->last = d.type == HVM_END;
	s->resumed = false;
	s->body = clip_to((struct span){ s->at + HVM_DESCRIPTOR, s->length }, end);
	s->cut = s->body.length < s->length;
	s->next = s->body.offset + s->body.length;
	if (d.type == HVM_CPU_MSR)
		resume_msrs(x, end, s);
	return true;
}

bool hvm_entry(const struct xen *x, struct span context, uint32_t type, uint32_t instance,
	       struct span *body)
{
	for (struct hvm_step s = { 0 }; hvm_next(x, context, &s);)
		if (s.type == type && s.instance == instance && !s.last) {
			*body = s.body;
			return true;
		}
	return false;
}

/* ---- fields ---- */

static const struct value_name typecodes[] = {
	{ 0, "END", ARCH_ALL },        { 1, "HEADER", ARCH_ALL },
	{ 2, "CPU", ARCH_ALL },        { 3, "PIC", ARCH_ALL },
	{ 4, "IOAPIC", ARCH_ALL },     { 5, "LAPIC", ARCH_ALL },
	{ 6, "LAPIC_REGS", ARCH_ALL }, { 7, "PCI_IRQ", ARCH_ALL },
	{ 8, "ISA_IRQ", ARCH_ALL },    { 9, "PCI_LINK", ARCH_ALL },
	{ 10, "PIT", ARCH_ALL },       { 11, "RTC", ARCH_ALL },
	{ 12, "HPET", ARCH_ALL },      { 13, "PMTIMER", ARCH_ALL },
	{ 14, "MTRR", ARCH_ALL },      { 15, "VIRIDIAN_DOMAIN", ARCH_ALL },
	{ 16, "CPU_XSAVE", ARCH_ALL }, { 17, "VIRIDIAN_VCPU", ARCH_ALL },
	{ 18, "VMCE_VCPU", ARCH_ALL }, { 19, "TSC_ADJUST", ARCH_ALL },
	{ 20, "CPU_MSR", ARCH_ALL },   { 0, NULL, 0 },
};

static const struct shape descriptor_shape[] = {
	{ "typecode", 2, .show = SHOW_ENUM, .names = typecodes },
	{ "instance", 2, .show = SHOW_DEC },
	{ "length", 4, .show = SHOW_DEC },
	{ 0 },
};

static void entry_expand(struct field *f, struct arena *a)
{
	const struct xen *x = f->owner;
	const struct hvm_kind *kind = f->schema;
	struct cursor c = xen_bytes(x, (struct span){ f->span.offset, HVM_DESCRIPTOR });

	shape_fields(x, f, descriptor_shape, &c, a);
	for (struct field *d = f->first; d; d = d->next)
		if (d->name != descriptor_shape[1].name)
			d->type = FIELD_FRAME;
	c = xen_bytes(x, f->value);
	if (!kind) {
		f = field_add(f, a, FIELD_BYTES, "data", f->value);
		f->show = SHOW_BYTES;
		f->bytes = (struct bytes){ c.at, cursor_left(&c) };
	} else if (kind->fields) {
		kind->fields(x, f, &c, a);
	} else {
		shape_fields(x, f, kind->shape, &c, a);
	}
}

static const struct field_ops entry_ops = { .expand = entry_expand };

static const char *entry_note(const struct xen *x, const struct hvm_step *s, struct arena *a)
{
	const struct hvm_kind *kind = hvm_kind(s->type);
	const char *note = kind && kind->note ? kind->note(x, s->body, a) : NULL;
	struct strbuf text;

	strbuf_init(&text, a);
	if (!kind || kind->flags & HVM_PER_VCPU)
		strbuf_addf(&text, kind ? "vCPU %u" : "instance %u", s->instance);
	if (note)
		strbuf_addf(&text, "%s%s", text.len ? ", " : "", note);
	if (!note)
		strbuf_addf(&text, "%s%" PRIu64 " bytes", text.len ? ", " : "", s->body.length);
	return text.text;
}

static void add_end(const struct xen *x, struct field *root, const struct hvm_step *s,
		    struct arena *a)
{
	struct cursor c = xen_bytes(x, (struct span){ s->at, HVM_DESCRIPTOR });
	struct field *f = shape_group(x, root, "END", descriptor_shape, &c, a);

	if (s->length)
		f->trouble = "should have no body";
}

static void add_entry(const struct xen *x, struct field *root, const struct hvm_step *s,
		      struct arena *a)
{
	const struct hvm_kind *kind = hvm_kind(s->type);
	struct field *f = field_add(root, a, FIELD_GROUP,
				    kind ? kind->name : arena_printf(a, "type %u", s->type),
				    (struct span){ s->at, s->next - s->at });

	f->value = s->body;
	f->at = s->instance;
	f->ops = &entry_ops;
	f->schema = kind;
	f->owner = x;
	f->note = entry_note(x, s, a);
	if (s->resumed)
		f->trouble = arena_printf(a,
					  "claims %u bytes, but the next entry begins after "
					  "%" PRIu64,
					  s->length, s->body.length);
	else if (s->cut)
		f->trouble = arena_printf(a, "claims %u bytes, but only %" PRIu64 " are there",
					  s->length, s->body.length);
}

void hvm_context_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	const struct xen *x = r->layer->xen;
	struct span context = { cursor_offset(c), cursor_left(c) };
	uint32_t room = field_room(root);

	for (struct hvm_step s = { 0 }; hvm_next(x, context, &s);) {
		if (!room--) {
			struct span rest = { s.at, context.offset + context.length - s.at };

			field_add(root, a, FIELD_GAP, "entries", rest)->trouble =
				"more entries than are worth listing";
			return;
		}
		if (s.last)
			add_end(x, root, &s, a);
		else
			add_entry(x, root, &s, a);
		cursor_skip(c, s.next - cursor_offset(c));
	}
}

const char *hvm_context_summary(const struct xrec *r, struct arena *a)
{
	const struct xen *x = r->layer->xen;
	uint64_t entries = 0, cpus = 0;

	for (struct hvm_step s = { 0 };
	     hvm_next(x, (struct span){ r->at, r->body.len }, &s) && entries < FIELD_CHILDREN;) {
		entries += !s.last;
		cpus += s.type == HVM_CPU;
	}
	return arena_printf(a, "%" PRIu64 " entries, %" PRIu64 " vCPU%s", entries, cpus,
			    cpus == 1 ? "" : "s");
}
