/* Rules of headers, of framing and of order: what no record shows by itself. What one does is
 * beside its decoder; what only the guest as a whole shows, in check_guest.c.
 *
 * Errors are what Xen's restore refuses, or what its own verifier fails at; warnings what the
 * specification forbids and restore takes; notes what is odd. Where writers are known to differ
 * from the specification nothing is said: HVM_PARAMS behind HVM_CONTEXT, HVM_PARAMS twice, a
 * checkpointed stream without END. */
#include <string.h>

#include "xen/config.h"
#include "xen/memory.h"
#include "xen/state.h"
#include "xen/wrap.h"

#define PASSED_BYTES (16u << 20) /* that are looked at, then given back */

/* Numbers in a text are `a`, then `b`. */
static const struct {
	const char *id;
	enum severity severity;
	const char *text;
} rules[RULES] = {
	[RULE_HEADER_CUT] = { "header-cut", SEV_ERROR,
			      "the file ends inside the header, of which %llu bytes are there" },
	[RULE_XL_ORDER] = { "xl-byte-order", SEV_ERROR,
			    "the byte order is given as 0x%08llx, not as 0x01020304" },
	[RULE_XL_FLAGS] = { "xl-flags", SEV_ERROR, "unknown mandatory flags: 0x%llx" },
	[RULE_XL_OPTIONAL] = { "xl-flags", SEV_NOTE, "unknown optional flags: 0x%llx" },
	[RULE_XL_LENGTH] = { "xl-length", SEV_ERROR,
			     "optional data of %llu bytes cannot hold a config of %llu" },
	[RULE_XL_MORE] = { "xl-length", SEV_NOTE, "%llu bytes of optional data follow the config" },
	[RULE_CONFIG_NONE] = { "config", SEV_NOTE, "a JSON config is promised, and none is there" },
	[RULE_CONFIG_NUL] = { "config", SEV_NOTE, "no NUL ends the config" },
	[RULE_CONFIG_JSON] = { "config", SEV_NOTE, "the config is no JSON, or not all of it" },
	[RULE_LIBXL_IDENT] = { "libxl-header", SEV_ERROR,
			       "begins with 0x%016llx, not with \"LibxlFmt\"" },
	[RULE_LIBXL_VERSION] = { "libxl-header", SEV_ERROR, "version %llu, not 2" },
	[RULE_LIBXL_OPTIONS] = { "libxl-header", SEV_WARNING, "unknown options: 0x%llx" },
	[RULE_LIBXC_MARKER] = { "libxc-header", SEV_ERROR,
				"the marker is 0x%016llx, not all ones" },
	[RULE_LIBXC_ID] = { "libxc-header", SEV_ERROR, "the id is 0x%08llx, not \"XENF\"" },
	[RULE_LIBXC_VERSION] = { "libxc-header", SEV_ERROR, "version %llu, neither 2 nor 3" },
	[RULE_LIBXC_OPTIONS] = { "libxc-header", SEV_WARNING, "unknown options: 0x%llx" },
	[RULE_BIG] = { "big-endian", SEV_ERROR,
		       "a big-endian stream, which no toolstack reads or writes" },
	[RULE_RESERVED] = { "reserved", SEV_WARNING, "reserved bytes of the header are 0x%llx" },
	[RULE_DOMAIN_TYPE] = { "domain-type", SEV_ERROR,
			       "a domain of type %llu, neither PV nor HVM" },
	[RULE_DOMAIN_CONFIG] = { "domain-type", SEV_ERROR,
				 "the config's domain is of another type than the stream's" },
	[RULE_PAGE_SHIFT] = { "page-shift", SEV_ERROR, "pages of 2^%llu bytes, not of 2^12" },
	[RULE_XEN_VERSION] = { "xen-version", SEV_NOTE,
			       "written by Xen %llu.%llu, which there is not" },
	[RULE_NO_LIBXC] = { "no-libxc", SEV_NOTE, "no libxc stream is in it" },
	[RULE_SECOND_LAYER] = { "second-stream", SEV_ERROR,
				"another stream begins within this one; it is not read" },
	[RULE_CUT_HEADER] = { "cut-header", SEV_ERROR,
			      "%llu bytes at the end are too few for the header of a record" },
	[RULE_CUT_BODY] = { "record-length", SEV_ERROR,
			    "a body of %llu bytes, but only %llu are left" },
	[RULE_CUT_PADDING] = { "record-length", SEV_ERROR,
			       "the file ends in the padding behind the body" },
	[RULE_NO_END] = { "no-end", SEV_ERROR, "the file ends before the END record" },
	[RULE_TAIL] = { "cut-tail", SEV_NOTE,
			"the file ends in a checkpoint that was not completed" },
	[RULE_TRAILING] = { "trailing", SEV_NOTE, "%llu bytes behind the end of the stream" },
	[RULE_LENGTH] = { "record-length", SEV_ERROR,
			  "a body of %llu bytes, above the 128 MiB that restore takes" },
	[RULE_UNKNOWN] = { "unknown-record", SEV_ERROR, "no record has the type 0x%08llx" },
	[RULE_UNKNOWN_OPTIONAL] = { "unknown-record", SEV_WARNING,
				    "an optional record of unknown type 0x%08llx" },
	[RULE_NOT_EMPTY] = { "not-empty", SEV_ERROR, "a body of %llu bytes; it should have none" },
	[RULE_PADDING] = { "padding", SEV_WARNING, "the padding is not zero" },
	[RULE_NEVER] = { "forbidden-record", SEV_ERROR, "restore refuses this record anywhere" },
	[RULE_ONLY_PV] = { "guest-kind", SEV_ERROR, "a record of PV guests in an HVM stream" },
	[RULE_ONLY_HVM] = { "guest-kind", SEV_ERROR, "a record of HVM guests in a PV stream" },
	[RULE_ONLY_V3] = { "version", SEV_ERROR, "not in version 2 of the format" },
	[RULE_PV_INFO_TWICE] = { "order", SEV_ERROR, "X86_PV_INFO a second time" },
	[RULE_PV_INFO_NONE] = { "order", SEV_ERROR, "no X86_PV_INFO came before" },
	[RULE_STATIC_TWICE] = { "order", SEV_ERROR, "STATIC_DATA_END a second time" },
	[RULE_STATIC_NONE] = { "order", SEV_ERROR, "no STATIC_DATA_END came before" },
	[RULE_POLICY_LATE] = { "order", SEV_WARNING,
			       "a policy behind STATIC_DATA_END, which is not applied" },
	[RULE_VERIFY_TWICE] = { "order", SEV_NOTE, "VERIFY a second time" },
	[RULE_CHECKPOINT_END] = { "order", SEV_ERROR, "CHECKPOINT_END without CHECKPOINT" },
	[RULE_EMULATOR_EARLY] = { "order", SEV_NOTE, "state of an emulator before the memory" },
	[RULE_EMULATOR_NOT_HVM] = { "guest-kind", SEV_ERROR,
				    "state of an emulator, which only HVM guests have" },
	[RULE_END_EARLY] = { "order", SEV_NOTE, "END comes before any LIBXC_CONTEXT" },
	[RULE_EMULATOR_NONE] = { "no-emulator", SEV_NOTE,
				 "an HVM guest without the state of its emulator" },
	[RULE_VCPU_NONE] = { "vcpu", SEV_ERROR, "vCPU 0 has no X86_PV_VCPU_BASIC" },
	[RULE_VCPU_EXTENDED] = { "vcpu", SEV_NOTE, "vCPU %llu has no X86_PV_VCPU_EXTENDED" },
	[RULE_VCPU_MANY] = { "vcpu", SEV_ERROR, "vCPU %llu of a domain with %llu" },
	[RULE_VCPU_COUNT] = { "vcpu", SEV_NOTE, "%llu vCPUs of a domain with %llu" },
	[RULE_ROOT_NONE] = { "page-table-root", SEV_ERROR,
			     "vCPU %llu: its page-table root, PFN 0x%llx, is not in memory" },
	[RULE_ROOT_TYPE] = { "page-table-root", SEV_ERROR,
			     "vCPU %llu: its page-table root, PFN 0x%llx, is of another type" },
	[RULE_ROOT_ABSENT] = { "page-table-root", SEV_WARNING,
			       "vCPU %llu: its page-table root, PFN 0x%llx, is not in memory" },
	[RULE_VERIFY_DIFFERS] = { "verify", SEV_WARNING,
				  "pages that differ from what was sent before: %llu, the first is PFN "
				  "0x%llx" },
	[RULE_GONE] = { "page-gone", SEV_NOTE,
			"pages that were sent and later said to be nowhere: %llu, the first is PFN 0x%llx" },
};

void xen_rule_note(const struct layer *layer, enum xen_rule rule, struct span span, uint64_t a,
		   uint64_t b)
{
	enum severity severity = rules[rule].severity;

	/* Where a sender that loops for ever broke off is no damage. */
	if (memory_snapshots(layer->xen->memory) &&
	    (rule == RULE_CUT_HEADER || rule == RULE_CUT_BODY || rule == RULE_CUT_PADDING ||
	     rule == RULE_NO_END))
		severity = SEV_NOTE;
	XEN_NOTE(layer, severity, rules[rule].id, span, rules[rule].text, (unsigned long long)a,
		 (unsigned long long)b);
}

/* ---- headers ---- */

/* A cursor over a layer's header from `at` on; notes if it has not `length` bytes. */
static struct cursor header_at(const struct layer *layer, uint64_t at, uint64_t length, bool big)
{
	struct span rest = layer->header;
	struct cursor c;

	if (rest.length < length)
		xen_rule_note(layer, RULE_HEADER_CUT, rest, rest.length, 0);
	rest.offset += at < rest.length ? at : rest.length;
	rest.length -= at < rest.length ? at : rest.length;
	c = source_cursor(layer->xen->src, rest);
	c.big = big;
	return c;
}

static struct span part_of(const struct layer *layer, uint64_t at, uint64_t length)
{
	return (struct span){ layer->header.offset + at, length };
}

/* The length of the text that the config should have, NUL and all. */
static void check_config(const struct layer *layer, uint64_t at, uint64_t length)
{
	const struct xen *x = layer->xen;
	struct bytes last = source_view(x->src, at + length - 1, 1);

	if (last.len && last.at[0])
		xen_rule_note(layer, RULE_CONFIG_NUL, (struct span){ at + length - 1, 1 }, 0, 0);
	if (x->config && config_is_damaged(x->config))
		xen_rule_note(layer, RULE_CONFIG_JSON, x->config->text, 0, 0);
}

static void check_xl(const struct layer *layer)
{
	enum { XL_HEADER = 48, JSON = 1, KNOWN = 3 };
	bool big = false;
	struct cursor c = header_at(layer, 32, XL_HEADER, big);
	uint32_t order = cursor_u32(&c), mandatory, optional, more, text = 0;

	if (order == 0x04030201)
		c.big = true;
	else if (order != 0x01020304)
		xen_rule_note(layer, RULE_XL_ORDER, part_of(layer, 32, 4), order, 0);
	mandatory = cursor_u32(&c);
	optional = cursor_u32(&c);
	more = cursor_u32(&c);
	if (c.spent)
		return;
	if (more >= 4)
		text = cursor_u32(&c);
	if (mandatory & ~(uint32_t)KNOWN)
		xen_rule_note(layer, RULE_XL_FLAGS, part_of(layer, 36, 4),
			      mandatory & ~(uint32_t)KNOWN, 0);
	if (optional)
		xen_rule_note(layer, RULE_XL_OPTIONAL, part_of(layer, 40, 4), optional, 0);
	if (layer->header.length < (uint64_t)XL_HEADER + more)
		xen_rule_note(layer, RULE_HEADER_CUT, layer->header, layer->header.length, 0);
	if (more && (more < 4 || text > more - 4))
		xen_rule_note(layer, RULE_XL_LENGTH, part_of(layer, 44, 4), more, text);
	else if (more && text < more - 4)
		xen_rule_note(layer, RULE_XL_MORE,
			      part_of(layer, (uint64_t)XL_HEADER + 4 + text, more - 4 - text),
			      more - 4 - text, 0);
	if (mandatory & JSON && !text)
		xen_rule_note(layer, RULE_CONFIG_NONE, part_of(layer, 44, 4), 0, 0);
	if (text && text <= more - 4)
		check_config(layer, XL_HEADER + 4, text);
}

static void check_libxl(const struct layer *layer)
{
	struct cursor c = header_at(layer, 0, LIBXL_HEADER, true);
	uint64_t ident = cursor_u64(&c);
	uint32_t version = cursor_u32(&c), options = cursor_u32(&c);

	if (c.spent)
		return;
	if (ident != UINT64_C(0x4c6962786c466d74))
		xen_rule_note(layer, RULE_LIBXL_IDENT, part_of(layer, 0, 8), ident, 0);
	if (version != 2)
		xen_rule_note(layer, RULE_LIBXL_VERSION, part_of(layer, 8, 4), version, 0);
	if (options & 1)
		xen_rule_note(layer, RULE_BIG, part_of(layer, 12, 4), 0, 0);
	if (options & ~UINT32_C(3))
		xen_rule_note(layer, RULE_LIBXL_OPTIONS, part_of(layer, 12, 4),
			      options & ~UINT32_C(3), 0);
}

static void check_domain_header(const struct layer *layer, struct cursor *c)
{
	struct xen *x = layer->xen;
	uint32_t type = cursor_u32(c), shift = cursor_u16(c), reserved = cursor_u16(c);
	uint32_t major = cursor_u32(c), minor = cursor_u32(c);
	const char *said = x->config ? x->config->type : NULL;

	if (c->spent)
		return;
	if (type != 1 && type != 2)
		xen_rule_note(layer, RULE_DOMAIN_TYPE, part_of(layer, 24, 4), type, 0);
	else if (said && (type == 1) != !strcmp(said, "pv"))
		xen_rule_note(layer, RULE_DOMAIN_CONFIG, part_of(layer, 24, 4), 0, 0);
	if (shift != 12)
		xen_rule_note(layer, RULE_PAGE_SHIFT, part_of(layer, 28, 2), shift, 0);
	if (reserved)
		xen_rule_note(layer, RULE_RESERVED, part_of(layer, 30, 2), reserved, 0);
	if (!major && (minor != 1 || x->version == 2))
		xen_rule_note(layer, RULE_XEN_VERSION, part_of(layer, 32, 8), major, minor);
}

static void check_libxc(const struct layer *layer)
{
	struct cursor c = header_at(layer, 0, LIBXC_HEADER, true);
	uint64_t marker = cursor_u64(&c);
	uint32_t id = cursor_u32(&c), version = cursor_u32(&c);
	uint32_t options = cursor_u16(&c), first = cursor_u16(&c), second = cursor_u32(&c);

	if (c.spent)
		return;
	if (marker != UINT64_MAX)
		xen_rule_note(layer, RULE_LIBXC_MARKER, part_of(layer, 0, 8), marker, 0);
	if (id != 0x58454e46)
		xen_rule_note(layer, RULE_LIBXC_ID, part_of(layer, 8, 4), id, 0);
	if (version != 2 && version != 3)
		xen_rule_note(layer, RULE_LIBXC_VERSION, part_of(layer, 12, 4), version, 0);
	if (options & 1)
		xen_rule_note(layer, RULE_BIG, part_of(layer, 16, 2), 0, 0);
	if (options & ~1u)
		xen_rule_note(layer, RULE_LIBXC_OPTIONS, part_of(layer, 16, 2), options & ~1u, 0);
	if (first)
		xen_rule_note(layer, RULE_RESERVED, part_of(layer, 18, 2), first, 0);
	if (second)
		xen_rule_note(layer, RULE_RESERVED, part_of(layer, 20, 4), second, 0);
	c.big = layer->xen->big;
	check_domain_header(layer, &c);
}

static void (*const check_header[LAYER_KINDS])(const struct layer *) = {
	[LAYER_XL] = check_xl,
	[LAYER_LIBXL] = check_libxl,
	[LAYER_LIBXC] = check_libxc,
};

/* ---- records ---- */

static void check_unknown(const struct xrec *xr)
{
	bool optional = xr->layer->kind == LAYER_LIBXC && xr->r->aux & REC_OPTIONAL;

	xen_rule_note(xr->layer, optional ? RULE_UNKNOWN_OPTIONAL : RULE_UNKNOWN,
		      (struct span){ xr->r->offset, xr->r->head }, xr->r->aux, 0);
}

static void check_padding(const struct xrec *xr)
{
	struct span span = xrec_padding(xr->r);
	struct bytes b = source_view(xr->layer->xen->src, span.offset, span.length);

	for (size_t n = 0; n < b.len && n < 7; n++)
		if (b.at[n]) {
			xen_rule_note(xr->layer, RULE_PADDING, span, 0, 0);
			return;
		}
}

/* What the kind itself says of where it may be. */
static void check_kind(const struct xrec *xr)
{
	const struct xen *x = xr->layer->xen;
	unsigned flags = xr->kind->flags;
	struct span span = { xr->r->offset, xr->r->head };

	if (flags & KIND_EMPTY && xr->r->body)
		xen_rule_note(xr->layer, RULE_NOT_EMPTY, span, xr->r->body, 0);
	if (flags & KIND_NEVER)
		xen_rule_note(xr->layer, RULE_NEVER, span, 0, 0);
	if (xr->layer->kind != LAYER_LIBXC)
		return;
	if (flags & KIND_PV && x->domain_type == 2)
		xen_rule_note(xr->layer, RULE_ONLY_PV, span, 0, 0);
	if (flags & KIND_HVM && x->domain_type == 1)
		xen_rule_note(xr->layer, RULE_ONLY_HVM, span, 0, 0);
	if (flags & KIND_V3 && x->version == 2)
		xen_rule_note(xr->layer, RULE_ONLY_V3, span, 0, 0);
}

static void check_record(const struct xrec *xr)
{
	bool streams = xr->layer->kind == LAYER_LIBXC || xr->layer->kind == LAYER_LIBXL;

	if (xrec_is_trailing(xr->r))
		return;
	if (xr->layer->kind == LAYER_LIBXC && xr->r->body > XEN_RECORD_MAX)
		xen_rule_note(xr->layer, RULE_LENGTH, (struct span){ xr->r->offset, xr->r->head },
			      xr->r->body, 0);
	if (streams)
		check_padding(xr);
	if (xr->kind) {
		check_kind(xr);
		if (xr->kind->check)
			xr->kind->check(xr);
	} else if (xr->layer->kind != LAYER_LEGACY) {
		check_unknown(xr);
	}
}

/* ---- order ---- */

/* What has come so far. */
struct order {
	const struct layer *layer;
	bool pv_info, static_end, static_said, verify;
	bool libxc, checkpoint, emulator; /* of libxl */
};

static void order_static(struct order *o, struct span span)
{
	if (o->layer->xen->version == 3 && !o->static_end && !o->static_said) {
		xen_rule_note(o->layer, RULE_STATIC_NONE, span, 0, 0);
		o->static_said = true;
	}
}

static void order_pv(struct order *o, struct span span)
{
	if (!o->pv_info)
		xen_rule_note(o->layer, RULE_PV_INFO_NONE, span, 0, 0);
}

static void order_libxc(struct order *o, uint32_t type, struct span span)
{
	switch (type) {
	case REC_PV_INFO:
		if (o->pv_info)
			xen_rule_note(o->layer, RULE_PV_INFO_TWICE, span, 0, 0);
		o->pv_info = true;
		break;
	case REC_STATIC_DATA_END:
		if (o->static_end)
			xen_rule_note(o->layer, RULE_STATIC_TWICE, span, 0, 0);
		o->static_end = true;
		break;
	case REC_CPUID_POLICY:
	case REC_MSR_POLICY:
		if (o->static_end)
			xen_rule_note(o->layer, RULE_POLICY_LATE, span, 0, 0);
		break;
	case REC_PAGE_DATA:
		order_static(o, span);
		break;
	case REC_P2M_FRAMES:
		order_static(o, span);
		order_pv(o, span);
		break;
	case REC_SHARED_INFO:
		order_pv(o, span);
		break;
	case REC_VERIFY:
		if (o->verify)
			xen_rule_note(o->layer, RULE_VERIFY_TWICE, span, 0, 0);
		o->verify = true;
		break;
	default:
		break;
	}
}

static void order_emulator(struct order *o, struct span span)
{
	const struct xen_config *config = o->layer->xen->config;

	o->emulator = true;
	if (!o->libxc)
		xen_rule_note(o->layer, RULE_EMULATOR_EARLY, span, 0, 0);
	if (o->layer->xen->domain_type == 1 ||
	    (config && config->type && strcmp(config->type, "hvm") != 0))
		xen_rule_note(o->layer, RULE_EMULATOR_NOT_HVM, span, 0, 0);
}

static void order_libxl(struct order *o, uint32_t type, struct span span)
{
	switch (type) {
	case XL_LIBXC_CONTEXT:
		o->libxc = true;
		break;
	case XL_EMULATOR_CONTEXT:
	case XL_EMULATOR_XENSTORE_DATA:
		order_emulator(o, span);
		break;
	case XL_CHECKPOINT_END:
		if (!o->layer->xen->checkpointed)
			xen_rule_note(o->layer, RULE_CHECKPOINT_END, span, 0, 0);
		break;
	case XL_END:
		if (!o->libxc)
			xen_rule_note(o->layer, RULE_END_EARLY, span, 0, 0);
		break;
	default:
		break;
	}
}

static void end_libxl(const struct order *o)
{
	const struct xen *x = o->layer->xen;
	const char *type = x->config ? x->config->type : NULL;

	if (!o->libxc)
		xen_rule_note(o->layer, RULE_NO_LIBXC, o->layer->header, 0, 0);
	if (x->ended && !o->emulator && type && !strcmp(type, "hvm"))
		xen_rule_note(o->layer, RULE_EMULATOR_NONE, o->layer->header, 0, 0);
}

static void check_order(const struct layer *layer)
{
	const struct index *ix = layer->item->index;
	struct order o = { .layer = layer };

	for (size_t n = 0; n < index_count(ix); n++) {
		const struct record *r = index_at(ix, n);
		struct span span = { r->offset, r->head };

		if (xrec_is_trailing(r))
			break;
		if (layer->kind == LAYER_LIBXC)
			order_libxc(&o, r->aux, span);
		else
			order_libxl(&o, r->aux, span);
	}
	if (layer->kind == LAYER_LIBXL)
		end_libxl(&o);
}

/* ---- all of it ---- */

void xen_check_layer(struct item *it)
{
	struct layer *layer = it->data;
	uint64_t passed = 0;
	bool looked = false;

	if (check_header[layer->kind])
		check_header[layer->kind](layer);
	if (layer->kind == LAYER_LIBXC || layer->kind == LAYER_LIBXL)
		check_order(layer);
	for (size_t n = 0; n < index_count(it->index); n++) {
		struct xrec xr = xrec_at(layer, n);

		check_record(&xr);
		looked |= !(xr.r->flags & RECORD_SOUND);
		if (xr.r->offset > passed && xr.r->offset - passed >= PASSED_BYTES) {
			if (looked)
				source_release(layer->xen->src,
					       (struct span){ passed, xr.r->offset - passed });
			passed = xr.r->offset;
			looked = false;
		}
	}
}

/* Bytes behind an END are somebody else's; behind damage, nobody knows whose. */
static void check_trailing(const struct xen *x)
{
	const struct layer *outer = &x->layers[0];
	size_t count = index_count(outer->item->index);
	const struct record *r = count ? index_at(outer->item->index, count - 1) : NULL;

	if (r && xrec_is_trailing(r) && x->ended)
		xen_rule_note(outer, RULE_TRAILING, (struct span){ r->offset, r->length },
			      r->length, 0);
}

void xen_check(struct xen *x)
{
	xen_walk(x, NULL);
	if (!x->layer_count)
		return;
	check_trailing(x);
	xen_check_guest(x);
}
