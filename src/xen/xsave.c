/* Floating-point and vector state, as FXSAVE and XSAVE write it.
 *
 *	0      512     576
 *	| legacy | header | YMM_Hi128 | ... each component where CPUID 0xd.n says |
 *
 * Only the standard form is ever sent: a component's place does not depend on which others are
 * there. Where a stream has no CPUID policy, Intel's places are taken: parts without MPX (AMD's)
 * put what follows it elsewhere. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "xen/layouts.h"

/* ---- the legacy region ---- */

static const struct value_name fsw_bits[] = {
	{ 0x01, "IE", ARCH_ALL },  { 0x02, "DE", ARCH_ALL },
	{ 0x04, "ZE", ARCH_ALL },  { 0x08, "OE", ARCH_ALL },
	{ 0x10, "UE", ARCH_ALL },  { 0x20, "PE", ARCH_ALL },
	{ 0x40, "SF", ARCH_ALL },  { 0x80, "ES", ARCH_ALL },
	{ 0x100, "C0", ARCH_ALL }, { 0x200, "C1", ARCH_ALL },
	{ 0x400, "C2", ARCH_ALL }, { 0x4000, "C3", ARCH_ALL },
	{ 0x8000, "B", ARCH_ALL }, { 0, NULL, 0 },
};

static const struct value_name fcw_bits[] = {
	{ 0x01, "IM", ARCH_ALL }, { 0x02, "DM", ARCH_ALL }, { 0x04, "ZM", ARCH_ALL },
	{ 0x08, "OM", ARCH_ALL }, { 0x10, "UM", ARCH_ALL }, { 0x20, "PM", ARCH_ALL },
	{ 0, NULL, 0 },
};

static void more_fcw(const struct xen *x, struct field *f, struct arena *a)
{
	static const char *const precision[] = { "24", "reserved", "53", "64" };
	static const char *const rounding[] = { "nearest", "down", "up", "to zero" };

	(void)x;
	f->note = arena_printf(a, "%s; precision %s, rounding %s",
			       value_flags(fcw_bits, f->u & 0x3f, f->env, "|", a),
			       precision[f->u >> 8 & 3], rounding[f->u >> 10 & 3]);
}

static void more_fsw(const struct xen *x, struct field *f, struct arena *a)
{
	uint64_t bits = f->u & ~UINT64_C(0x3800);

	(void)x;
	f->note = arena_printf(a, "TOP %u%s%s", (unsigned)(f->u >> 11 & 7), bits ? "  " : "",
			       bits ? value_flags(fsw_bits, bits, f->env, "|", a) : "");
}

static void more_ftw(const struct xen *x, struct field *f, struct arena *a)
{
	more_bits(x, f, a);
	f->note = f->note ? arena_printf(a, "in use: %s", f->note) : "all empty";
}

/* An 80-bit number: 64 bits with the leading one, 15 of exponent, the sign. */
static const char *float80(const uint8_t *at, struct arena *a)
{
	uint64_t mantissa = le64_at(at);
	unsigned top = le16_at(at + 8), exponent = top & 0x7fff;
	const char *sign = top & 0x8000 ? "-" : "";
	long double v;

	if (exponent == 0x7fff)
		return mantissa << 1 ? "NaN" : arena_printf(a, "%sinfinity", sign);
	if (exponent && !(mantissa >> 63))
		return "not a number the x87 knows";
	v = ldexpl((long double)mantissa, (int)(exponent ? exponent : 1) - 16383 - 63);
	return arena_printf(a, "%s%.19Lg", sign, v);
}

/* ST(i) is physical register TOP + i, and the tags are those of physical registers. */
static void more_st(const struct xen *x, struct field *f, struct arena *a)
{
	uint64_t first = f->span.offset - 16 * (uint64_t)f->at - 0x20;
	unsigned top = (unsigned)(xen_number(x, first + 2, 2) >> 11 & 7);
	unsigned tags = (unsigned)xen_number(x, first + 4, 1);
	bool used = tags >> ((top + f->at) & 7) & 1;

	if (f->bytes.len < 10)
		return;
	f->note = used ? float80(f->bytes.at, a) : "empty";
}

/* Vector registers: their bytes are in memory's order; as a number the last comes first. */
static void more_vector(const struct xen *x, struct field *f, struct arena *a)
{
	struct strbuf s;
	size_t n = f->bytes.len;

	(void)x;
	while (n && !f->bytes.at[n - 1])
		n--;
	if (!n) {
		f->note = "0";
		return;
	}
	strbuf_init(&s, a);
	strbuf_addf(&s, "0x%x", f->bytes.at[n - 1]);
	while (--n)
		strbuf_addf(&s, "%02x", f->bytes.at[n - 1]);
	f->note = s.text;
}

const struct shape fxsave_shape[] = {
	{ "fcw", 2, .show = SHOW_HEX, .more = more_fcw },
	{ "fsw", 2, .show = SHOW_HEX, .more = more_fsw },
	{ "ftw", 1, .show = SHOW_HEX, .more = more_ftw },
	{ "res0", 1, .show = SHOW_HEX },
	{ "fop", 2, .show = SHOW_HEX },
	{ "fip", 8, .show = SHOW_ADDRESS },
	{ "fdp", 8, .show = SHOW_ADDRESS },
	{ "mxcsr", 4, .show = SHOW_FLAGS, .names = names_mxcsr },
	{ "mxcsr_mask", 4, .show = SHOW_HEX },
	{ "st", 16, 8, .show = SHOW_BYTES, .more = more_st },
	{ "xmm", 16, 16, .show = SHOW_BYTES, .more = more_vector },
	{ "res1", 96, .show = SHOW_BYTES },
	{ 0 },
};

/* ---- components ---- */

static const struct shape ymm_shape[] = {
	{ "ymm_hi", 16, 16, .show = SHOW_BYTES, .more = more_vector },
	{ 0 },
};
static const struct shape bndregs_shape[] = {
	{ "bnd", 16, 4, .show = SHOW_BYTES, .more = more_vector },
	{ 0 },
};
static const struct shape bndcsr_shape[] = {
	{ "bndcfgu", 8, .show = SHOW_ADDRESS },
	{ "bndstatus", 8, .show = SHOW_ADDRESS },
	{ 0 },
};
static const struct shape opmask_shape[] = {
	{ "k", 8, 8, .show = SHOW_HEX },
	{ 0 },
};
static const struct shape zmm_shape[] = {
	{ "zmm_hi", 32, 16, .show = SHOW_BYTES, .more = more_vector },
	{ 0 },
};
static const struct shape hi_zmm_shape[] = {
	{ "zmm", 64, 16, .show = SHOW_BYTES, .more = more_vector },
	{ 0 },
};
static const struct shape pkru_shape[] = {
	{ "pkru", 4, .show = SHOW_HEX },
	{ "reserved", 4, .show = SHOW_ZERO },
	{ 0 },
};
static const struct shape tile_cfg_shape[] = {
	{ "palette", 1, .show = SHOW_DEC },    { "start_row", 1, .show = SHOW_DEC },
	{ "reserved", 14, .show = SHOW_ZERO }, { "colsb", 2, 16, .show = SHOW_DEC },
	{ "rows", 1, 16, .show = SHOW_DEC },   { 0 },
};
static const struct shape tile_data_shape[] = {
	{ "tmm", 1024, 8, .show = SHOW_BYTES },
	{ 0 },
};

/* By number of the bit in XCR0; place and size as Intel has them. */
static const struct component {
	uint32_t bit, offset, size;
	const char *name;
	const struct shape *shape;
} components[] = {
	{ 2, 576, 256, "YMM_Hi128", ymm_shape },
	{ 3, 960, 64, "BNDREGS", bndregs_shape },
	{ 4, 1024, 64, "BNDCSR", bndcsr_shape },
	{ 5, 1088, 64, "OPMASK", opmask_shape },
	{ 6, 1152, 512, "ZMM_Hi256", zmm_shape },
	{ 7, 1664, 1024, "Hi16_ZMM", hi_zmm_shape },
	{ 9, 2688, 8, "PKRU", pkru_shape },
	{ 17, 2752, 64, "TILECFG", tile_cfg_shape },
	{ 18, 2816, 8192, "TILEDATA", tile_data_shape },
};

static const struct component *component_of(uint32_t bit)
{
	for (size_t i = 0; i < ARRAY_LEN(components); i++)
		if (components[i].bit == bit)
			return &components[i];
	return NULL;
}

/* Where component `bit` lies: as the stream's policy says, else as Intel's parts have it. False:
 * nobody knows. */
static bool component_at(const struct xen *x, uint32_t bit, struct span *out, bool *sure)
{
	const struct component *known = component_of(bit);
	struct cpuid_leaf leaf;

	*sure = cpuid_leaf(x, 0xd, bit, &leaf) && leaf.a && leaf.b >= XSAVE_LEAST;
	if (*sure)
		*out = (struct span){ leaf.b, leaf.a };
	else if (known)
		*out = (struct span){ known->offset, known->size };
	return *sure || known;
}

static bool is_after(const struct span *a, const struct span *b)
{
	return a->offset > b->offset;
}

/* The components that an area for `accum` has, by offset; how many. */
static size_t components_of(const struct xen *x, uint64_t accum, uint32_t bits[static 62],
			    struct span spans[static 62], bool *sure)
{
	size_t n = 0;

	*sure = true;
	for (uint32_t bit = 2; bit < 62; bit++) {
		bool known;
		struct span at;
		size_t i;

		if (!(accum >> bit & 1) || !component_at(x, bit, &at, &known))
			continue;
		*sure &= known || bit == 2;
		for (i = n++; i && is_after(&spans[i - 1], &at); i--) {
			spans[i] = spans[i - 1];
			bits[i] = bits[i - 1];
		}
		spans[i] = at;
		bits[i] = bit;
	}
	return n;
}

uint64_t xsave_area_size(const struct xen *x, uint64_t accum)
{
	uint64_t size = XSAVE_LEAST;
	struct span spans[62];
	uint32_t bits[62];
	bool sure;
	size_t n = components_of(x, accum, bits, spans, &sure);

	if (n)
		size = spans[n - 1].offset + spans[n - 1].length;
	return size;
}

static const struct shape header_shape[] = {
	{ "fpu_sse", XSAVE_LEGACY, .of = fxsave_shape },
	{ "xstate_bv", 8, .show = SHOW_FLAGS, .names = names_xcr0 },
	{ "xcomp_bv", 8, .show = SHOW_ZERO },
	{ "reserved", 48, .show = SHOW_ZERO },
	{ 0 },
};

static void add_component(const struct xen *x, struct field *parent, uint32_t bit, struct span at,
			  struct cursor *c, bool present, struct arena *a)
{
	const struct component *known = component_of(bit);
	struct cursor part;
	struct field *f;

	part = cursor_sub(c, at.length);
	if (known && at.length >= shape_size(known->shape)) {
		f = shape_group(x, parent, known->name, known->shape, &part, a);
		f->span = f->value = at;
	} else {
		f = field_add(parent, a, FIELD_BYTES,
			      known ? known->name : arena_printf(a, "component %u", bit), at);
		f->show = SHOW_BYTES;
		f->bytes = (struct bytes){ part.first, cursor_left(&part) };
	}
	if (!present)
		f->note = "in its initial state";
}

void xsave_area_fields(const struct xen *x, struct field *parent, uint64_t accum, struct cursor *c,
		       struct arena *a)
{
	uint64_t start = cursor_offset(c), length = cursor_left(c), present, end = XSAVE_LEAST;
	struct span spans[62];
	uint32_t bits[62];
	bool sure;
	size_t n;

	if (!shape_fields(x, parent, header_shape, c, a))
		return;
	present = xen_number(x, start + XSAVE_LEGACY, 8);
	n = components_of(x, accum, bits, spans, &sure);
	for (size_t i = 0; i < n; i++) {
		struct span at = spans[i];

		if (at.offset < end || at.offset > length || at.length > length - at.offset)
			continue;
		cursor_skip(c, at.offset - end);
		end = at.offset + at.length;
		at.offset += start;
		add_component(x, parent, bits[i], at, c, present >> bits[i] & 1, a);
	}
	if (!sure)
		field_derived(parent, a, "layout",
			      "as Intel's processors have it: the stream has no CPUID policy that "
			      "says where components lie");
}

/* ---- what Xen refuses ---- */

/* XCR0 must have x87, and of what builds on something else that, too. */
static const char *xcr0_trouble(uint64_t v)
{
	static const struct {
		uint64_t some, need;
		const char *text;
	} rules[] = {
		{ UINT64_MAX, 1, "without x87" },
		{ 1 << 2, 1 << 1, "with YMM, but without SSE" },
		{ 1 << 3, 1 << 4, "with BNDREGS, but without BNDCSR" },
		{ 1 << 4, 1 << 3, "with BNDCSR, but without BNDREGS" },
		{ 7 << 5, 7 << 5 | 1 << 2, "with a part of AVX-512 only" },
		{ 1 << 17, 1 << 18, "with TILECFG, but without TILEDATA" },
		{ 1 << 18, 1 << 17, "with TILEDATA, but without TILECFG" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if ((v & rules[i].some) && (v & rules[i].need) != rules[i].need)
			return rules[i].text;
	return NULL;
}

static void check_header(const struct xrec *r, uint64_t at, uint64_t accum)
{
	const struct xen *x = r->layer->xen;
	uint64_t xstate_bv = xen_number(x, r->at + at + XSAVE_LEGACY, 8);

	if (xstate_bv & ~accum)
		XREC_NOTE(r, SEV_ERROR, "xsave", at + XSAVE_LEGACY, 8,
			  "xstate_bv 0x%" PRIx64 " has components that xcr0_accum 0x%" PRIx64
			  " has not",
			  xstate_bv, accum);
	if (xen_number(x, r->at + at + XSAVE_LEGACY + 8, 8))
		XREC_NOTE(r, SEV_ERROR, "xsave", at + XSAVE_LEGACY + 8, 8,
			  "xcomp_bv is not 0: the compacted form is never sent");
	for (uint64_t i = 16; i < 64; i += 8)
		if (xen_number(x, r->at + at + XSAVE_LEGACY + i, 8)) {
			XREC_NOTE(r, SEV_ERROR, "xsave", at + XSAVE_LEGACY + 16, 48,
				  "reserved bytes of the XSAVE header are not 0");
			return;
		}
}

void xsave_area_check(const struct xrec *r, uint64_t at, uint64_t length, uint64_t xcr0,
		      uint64_t accum)
{
	const char *trouble = xcr0_trouble(xcr0);

	if (trouble && (xcr0 || accum))
		XREC_NOTE(r, SEV_ERROR, "xsave", at - 16, 8, "xcr0 0x%" PRIx64 " %s", xcr0,
			  trouble);
	trouble = xcr0_trouble(accum);
	if (trouble && accum)
		XREC_NOTE(r, SEV_ERROR, "xsave", at - 8, 8, "xcr0_accum 0x%" PRIx64 " %s", accum,
			  trouble);
	if (xcr0 & ~accum)
		XREC_NOTE(r, SEV_ERROR, "xsave", at - 16, 16,
			  "xcr0 0x%" PRIx64 " has features that xcr0_accum 0x%" PRIx64 " has not",
			  xcr0, accum);
	if (length >= XSAVE_LEAST)
		check_header(r, at, accum);
}
