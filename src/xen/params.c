/* HVM_PARAMS: numbers that Xen keeps for an HVM guest, by name and with what they mean.
 *
 *	u32 count | u32 reserved | { u64 index, u64 value } * count
 *
 * Only those that are not zero are sent. A record may come again: later values win. */
#include <inttypes.h>

#include "base/attr.h"
#include "base/text.h"
#include "xen/records.h"

#define HEAD 8u
#define ENTRY 16u
#define PARAM_COUNT 39u /* of the newest Xen */

enum refers { TO_NOTHING, TO_FRAME, TO_ADDRESS };

static const struct value_name acpi_ioports[] = {
	{ 0, "PM1A 0x1f40, TMR 0x1f48", ARCH_ALL },
	{ 1, "PM1A 0xb000, TMR 0xb008", ARCH_ALL },
	{ 0, NULL, 0 },
};

static const struct value_name altp2m[] = {
	{ 0, "disabled", ARCH_ALL }, { 1, "mixed", ARCH_ALL }, { 2, "external", ARCH_ALL },
	{ 3, "limited", ARCH_ALL },  { 0, NULL, 0 },
};

static const struct value_name mca_cap[] = {
	{ 1, "LMCE", ARCH_ALL },
	{ 0, NULL, 0 },
};

/* Bits 56 to 63: how events are delivered; the rest says where. */
static const char *callback_note(uint64_t v, struct arena *a)
{
	static const char *const ways[] = { "GSI", "PCI INTx", "vector" };
	uint64_t way = v >> 56;

	return way < ARRAY_LEN(ways)
		       ? arena_printf(a, "%s 0x%" PRIx64, ways[way], v & ((UINT64_C(1) << 56) - 1))
		       : "";
}

static const char *tss_note(uint64_t v, struct arena *a)
{
	return arena_printf(a, "%u bytes at 0x%x", (uint32_t)(v >> 32), (uint32_t)v);
}

/* What the values are; those without a row are plain numbers. */
static const struct meaning {
	uint8_t index;
	enum show show : 8;
	enum refers refers : 8;
	const struct value_name *names;
	const char *(*note)(uint64_t v, struct arena *);
} meanings[] = {
	{ 0, .show = SHOW_HEX, .note = callback_note },
	{ 1, .show = SHOW_ADDRESS, .refers = TO_FRAME },
	{ 5, .show = SHOW_ADDRESS, .refers = TO_FRAME },
	{ 6, .show = SHOW_ADDRESS, .refers = TO_FRAME },
	{ 9, .show = SHOW_FLAGS, .names = names_viridian },
	{ 10, .show = SHOW_ENUM, .names = names_timer_mode },
	{ 11, .show = SHOW_BOOL },
	{ 12, .show = SHOW_ADDRESS, .refers = TO_ADDRESS },
	{ 15, .show = SHOW_ADDRESS, .refers = TO_ADDRESS },
	{ 16, .show = SHOW_BOOL },
	{ 17, .show = SHOW_ADDRESS, .refers = TO_FRAME },
	{ 19, .show = SHOW_ENUM, .names = acpi_ioports },
	{ 27, .show = SHOW_ADDRESS, .refers = TO_FRAME },
	{ 28, .show = SHOW_ADDRESS, .refers = TO_FRAME },
	{ 29, .show = SHOW_ADDRESS, .refers = TO_FRAME },
	{ 32, .show = SHOW_ADDRESS, .refers = TO_FRAME },
	{ 33, .show = SHOW_HEX },
	{ 34, .show = SHOW_ADDRESS, .refers = TO_ADDRESS },
	{ 35, .show = SHOW_ENUM, .names = altp2m },
	{ 36, .show = SHOW_DEC },
	{ 37, .show = SHOW_HEX, .note = tss_note },
	{ 38, .show = SHOW_FLAGS, .names = mca_cap },
};

static const struct meaning *meaning_of(uint64_t index)
{
	static const struct meaning plain = { .show = SHOW_HEX };

	for (size_t n = 0; n < ARRAY_LEN(meanings); n++)
		if (meanings[n].index == index)
			return &meanings[n];
	return &plain;
}

const char *hvm_param_name(uint64_t index, struct arena *a)
{
	const char *name = value_name(names_hvm_param, index, (struct value_env){ 0 });

	return name ? name : arena_printf(a, "param %" PRIu64, index);
}

void hvm_param_value(struct field *f, uint64_t index, struct arena *a)
{
	const struct meaning *m = meaning_of(index);

	f->show = m->show;
	f->names = m->names;
	f->note = m->note ? m->note(f->u, a) : NULL;
	if (m->refers != TO_NOTHING)
		f->ref = xen_ref_pfn(m->refers == TO_FRAME ? f->u : f->u / XEN_PAGE);
}

static void add_param(struct field *root, struct arena *a, uint32_t n, struct cursor *c)
{
	struct span span = { cursor_offset(c), ENTRY };
	struct field *group = field_add(root, a, FIELD_GROUP, "param", span), *f;
	uint64_t index = cursor_u64(c), value = cursor_u64(c);

	group->at = n;
	group->expanded = true;
	f = field_uint(group, a, "index", index, SHOW_ENUM, (struct span){ span.offset, 8 });
	f->names = names_hvm_param;
	f = field_uint(group, a, "value", value, SHOW_HEX, (struct span){ span.offset + 8, 8 });
	hvm_param_value(f, index, a);
	group->note = arena_printf(a, "%s  0x%" PRIx64, hvm_param_name(index, a), value);
}

void hvm_params_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	static const struct layout rows[] = {
		{ "count", 4, SHOW_DEC, NULL },
		{ "reserved", 4, SHOW_ZERO, NULL },
		{ 0 },
	};
	struct cursor at = *c;
	uint32_t count = cursor_u32(&at), room = field_room(root) / 3;

	(void)r;
	field_layout(root, a, rows, c, root->env);
	if (root->last && count > cursor_left(c) / ENTRY)
		field_child(root, a, "count")->trouble = "more than the record holds";
	for (uint32_t n = 0; n < count && n < room && cursor_left(c) >= ENTRY; n++)
		add_param(root, a, n, c);
}

/* "8 params: STORE_PFN 0xfeffc, IOREQ_PFN 0xfeffd ..." */
const char *hvm_params_summary(const struct xrec *r, struct arena *a)
{
	static const size_t prefix = sizeof("HVM_PARAM_") - 1;
	struct cursor c = xrec_cursor(r);
	uint32_t count = cursor_u32(&c);
	struct strbuf s;

	cursor_u32(&c);
	if (c.spent)
		return "";
	strbuf_init(&s, a);
	strbuf_addf(&s, "%u param%s", count, count == 1 ? "" : "s");
	for (uint32_t n = 0; n < count && cursor_left(&c) >= ENTRY; n++) {
		uint64_t index = cursor_u64(&c), value = cursor_u64(&c);
		const char *name = value_name(names_hvm_param, index, (struct value_env){ 0 });

		if (n == 3) {
			strbuf_add(&s, " ...");
			break;
		}
		strbuf_addf(&s, "%s%s 0x%" PRIx64, n ? ", " : ": ",
			    name ? name + prefix : hvm_param_name(index, a), value);
	}
	return s.text;
}

void hvm_params_check(const struct xrec *r)
{
	struct cursor c = xrec_cursor(r);
	uint64_t count = cursor_u32(&c), need;

	cursor_u32(&c);
	if (c.spent) {
		if (!xrec_is_cut(r))
			XREC_NOTE(r, SEV_ERROR, "hvm-params", 0, r->body.len,
				  "a body of %zu bytes is too short for a count", r->body.len);
		return;
	}
	xrec_check_zero(r, SEV_WARNING, 4, 4, "the reserved word");
	need = HEAD + ENTRY * count;
	if (r->body.len != need && !xrec_is_cut(r))
		XREC_NOTE(r, SEV_ERROR, "hvm-params", 0, 4,
			  "%" PRIu64 " parameters are %" PRIu64 " bytes; the body has %zu", count,
			  need, r->body.len);
	if (!count)
		XREC_NOTE(r, SEV_WARNING, "hvm-params", 0, 4, "there is no parameter in it");
	for (uint64_t at = HEAD; count-- && cursor_left(&c) >= ENTRY; at += ENTRY) {
		uint64_t index = cursor_u64(&c);

		cursor_u64(&c);
		if (index >= PARAM_COUNT)
			XREC_NOTE(r, SEV_ERROR, "hvm-params", at, 8,
				  "there is no parameter %" PRIu64, index);
	}
}
