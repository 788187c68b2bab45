/* X86_CPUID_POLICY and X86_MSR_POLICY: what a guest is told that its processor can do; and lists of
 * MSRs, which have the same form wherever they are.
 *
 *	{ u32 leaf, subleaf, eax, ebx, ecx, edx }	subleaf ~0: the leaf has none
 *	{ u32 index, flags, u64 value } */
#include "xen/policy.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "xen/state.h"

enum { LEAF_BYTES = 24, MSR_BYTES = 16 };

static struct cpuid_leaf leaf_read(struct cursor *c)
{
	struct cpuid_leaf l;

	l.leaf = cursor_u32(c);
	l.subleaf = cursor_u32(c);
	l.a = cursor_u32(c);
	l.b = cursor_u32(c);
	l.c = cursor_u32(c);
	l.d = cursor_u32(c);
	return l;
}

static bool leaf_find(struct cursor c, uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out)
{
	while (cursor_left(&c) >= LEAF_BYTES) {
		*out = leaf_read(&c);
		if (out->leaf == leaf &&
		    (out->subleaf == subleaf || (!subleaf && out->subleaf == CPUID_NO_SUBLEAF)))
			return true;
	}
	return false;
}

bool cpuid_leaf(const struct xen *x, uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out)
{
	const struct state *policy;

	if (!xen_walked(x) || !x->states)
		return false;
	policy = states_last(x->states, STATE_CPUID_POLICY, 0, UINT32_MAX);
	return policy && leaf_find(xen_bytes(x, policy->span), leaf, subleaf, out);
}

/* ---- CPUID ---- */

static void put_word(char *to, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (char)(v >> 8 * i);
}

/* Letters that registers hold, cleaned. */
static const char *letters(const uint32_t *words, size_t n, struct arena *a)
{
	char raw[48];
	size_t len;

	for (size_t i = 0; i < n && i < 12; i++)
		put_word(raw + 4 * i, words[i]);
	len = strnlen(raw, 4 * n);
	return text_clean((struct bytes){ (const uint8_t *)raw, len }, a);
}

static const char *vendor_of(const struct cpuid_leaf *l, struct arena *a)
{
	return letters((const uint32_t[]){ l->b, l->d, l->c }, 3, a);
}

/* The three leaves of the brand string; "" if they are not all there. */
static const char *brand_of(struct cursor c, struct arena *a)
{
	uint32_t words[12];
	struct cpuid_leaf l;
	const char *text;

	for (uint32_t i = 0; i < 3; i++) {
		if (!leaf_find(c, 0x80000002 + i, 0, &l))
			return "";
		memcpy(words + (size_t)4 * i, (const uint32_t[]){ l.a, l.b, l.c, l.d }, 16);
	}
	text = letters(words, 12, a);
	return text + strspn(text, " ");
}

const char *cpuid_signature(uint32_t eax, struct arena *a)
{
	unsigned family = eax >> 8 & 15, model = eax >> 4 & 15;

	if (family == 6 || family == 15)
		model |= eax >> 12 & 0xf0;
	if (family == 15)
		family += eax >> 20 & 0xff;
	return arena_printf(a, "family %u, model %u, stepping %u", family, model, eax & 15);
}

/* What a leaf says besides its feature bits; NULL: nothing. */
static const char *leaf_text(const struct cpuid_leaf *l, struct arena *a)
{
	switch (l->leaf) {
	case 0x0:
	case 0x80000000:
		return arena_printf(a, "%s, leaves to 0x%x", vendor_of(l, a), l->a);
	case 0x1:
		return cpuid_signature(l->a, a);
	case 0x80000002:
	case 0x80000003:
	case 0x80000004:
		return arena_printf(a, "\"%s\"",
				    letters((const uint32_t[]){ l->a, l->b, l->c, l->d }, 4, a));
	case 0xd:
		if (l->subleaf == 0)
			return arena_printf(a, "area of %u bytes at most", l->c);
		return l->subleaf < 2 ? NULL
				      : arena_printf(a, "component %u: %u bytes at %u", l->subleaf,
						     l->a, l->b);
	case 0x80000008:
		return arena_printf(a, "physical addresses of %u bits, linear of %u", l->a & 0xff,
				    l->a >> 8 & 0xff);
	case 0x40000000:
	case 0x40000100:
		return arena_printf(a, "leaves to 0x%x", l->a);
	default:
		return NULL;
	}
}

static void more_leaf(const struct xen *x, struct field *f, struct arena *a)
{
	const char *name = value_name(names_cpuid_leaf, f->u, f->env);

	(void)x;
	(void)a;
	f->note = name;
}

static void more_subleaf(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	(void)a;
	if (f->u == CPUID_NO_SUBLEAF)
		f->note = "none";
}

static const struct shape leaf_shape[] = {
	{ "leaf", 4, .show = SHOW_HEX, .more = more_leaf },
	{ "subleaf", 4, .show = SHOW_HEX, .more = more_subleaf },
	{ "eax", 4, .show = SHOW_HEX },
	{ "ebx", 4, .show = SHOW_HEX },
	{ "ecx", 4, .show = SHOW_HEX },
	{ "edx", 4, .show = SHOW_HEX },
	{ 0 },
};

static void leaf_expand(struct field *f, struct arena *a)
{
	const struct xen *x = f->owner;
	struct cursor c = xen_bytes(x, f->span);
	struct cpuid_leaf l = leaf_read(&c);
	unsigned reg = 0;

	c = xen_bytes(x, f->span);
	shape_fields(x, f, leaf_shape, &c, a);
	for (struct field *r = f->first; r; r = r->next) {
		if (strlen(r->name) != 3)
			continue;
		r->names = cpuid_feature_names(l.leaf, l.subleaf, reg++);
		if (r->names)
			r->show = SHOW_FLAGS;
	}
}

static const struct field_ops leaf_ops = { .expand = leaf_expand };

static void add_leaf(const struct xen *x, struct field *root, struct cursor *c, uint32_t at,
		     struct arena *a)
{
	struct span span = { cursor_offset(c), LEAF_BYTES };
	struct field *f = field_add(root, a, FIELD_GROUP, "leaf", span);
	struct cpuid_leaf l = leaf_read(c);
	const char *name = value_name(names_cpuid_leaf, l.leaf, (struct value_env){ ARCH_ALL });
	const char *text = leaf_text(&l, a);
	struct strbuf s;

	f->at = at;
	f->ops = &leaf_ops;
	f->owner = x;
	strbuf_init(&s, a);
	strbuf_addf(&s, "0x%08x", l.leaf);
	if (l.subleaf != CPUID_NO_SUBLEAF)
		strbuf_addf(&s, ".%u", l.subleaf);
	if (name)
		strbuf_addf(&s, "  %s", name);
	if (text)
		strbuf_addf(&s, "%s%s", name ? ": " : "  ", text);
	f->note = s.text;
}

void cpuid_policy_fields(const struct xrec *r, struct field *root, struct cursor *c,
			 struct arena *a)
{
	const struct xen *x = r->layer->xen;
	uint32_t room = field_room(root);
	const char *brand = brand_of(*c, a);
	struct cpuid_leaf first;

	if (leaf_find(*c, 0, 0, &first))
		field_derived(root, a, "vendor", vendor_of(&first, a));
	if (*brand)
		field_derived(root, a, "brand", brand);
	for (uint32_t n = 0; cursor_left(c) >= LEAF_BYTES && n < room; n++)
		add_leaf(x, root, c, n, a);
}

const char *cpuid_policy_summary(const struct xrec *r, struct arena *a)
{
	struct cursor c = xrec_cursor(r);
	const char *brand = brand_of(c, a);
	struct cpuid_leaf first;

	if (!*brand && leaf_find(c, 0, 0, &first))
		brand = vendor_of(&first, a);
	return arena_printf(a, "%zu leaves%s%s", r->body.len / LEAF_BYTES, *brand ? ", " : "",
			    brand);
}

/* The leaves that have subleaves. */
static bool has_subleaves(uint32_t leaf)
{
	return leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd;
}

void cpuid_policy_check(const struct xrec *r)
{
	struct cursor c = xrec_cursor(r);

	if (!r->body.len || r->body.len % LEAF_BYTES)
		XREC_NOTE(r, SEV_ERROR, "cpuid-policy", 0, r->body.len,
			  "the CPUID policy has %zu bytes, which is no number of leaves",
			  r->body.len);
	for (uint64_t at = 0; cursor_left(&c) >= LEAF_BYTES; at += LEAF_BYTES) {
		struct cpuid_leaf l = leaf_read(&c);

		if (!has_subleaves(l.leaf) && l.subleaf != CPUID_NO_SUBLEAF)
			XREC_NOTE(r, SEV_ERROR, "cpuid-policy", at, LEAF_BYTES,
				  "leaf 0x%x has no subleaves, but subleaf %u is here", l.leaf,
				  l.subleaf);
	}
}

/* ---- MSRs ---- */

static void more_msr(const struct xen *x, struct field *f, struct arena *a)
{
	(void)x;
	(void)a;
	f->note = value_name(names_msr, f->u, (struct value_env){ ARCH_ALL });
}

static const struct value_name platform_info[] = {
	{ UINT64_C(1) << 31, "CPUID_FAULTING", ARCH_ALL },
	{ 0, NULL, 0 },
};

/* What the bits of an MSR's value are called; NULL: they have no names. */
static const struct value_name *msr_bits(uint32_t index)
{
	return index == 0xce         ? platform_info
	       : index == 0x10a      ? names_arch_capabilities
	       : index == 0xc0000080 ? names_efer
				     : NULL;
}

static const struct shape msr_shape[] = {
	{ "index", 4, .show = SHOW_HEX, .more = more_msr },
	{ "flags", 4, .show = SHOW_ZERO },
	{ "value", 8, .show = SHOW_HEX },
	{ 0 },
};

void msr_list_fields(const struct xen *x, struct field *parent, struct cursor *c, struct arena *a)
{
	uint32_t room = field_room(parent) / 4;

	for (uint32_t n = 0; cursor_left(c) >= MSR_BYTES && n < room; n++) {
		uint64_t at = cursor_offset(c);
		uint32_t index = (uint32_t)xen_number(x, at, 4);
		const char *name = value_name(names_msr, index, (struct value_env){ ARCH_ALL });
		struct field *f = shape_group(x, parent, "msr", msr_shape, c, a);
		struct cursor inside = xen_bytes(x, f->span);

		f->at = n;
		f->note = arena_printf(a, "%s 0x%" PRIx64,
				       name ? name : arena_printf(a, "0x%x", index),
				       xen_number(x, at + 8, 8));
		f->expanded = true;
		shape_fields(x, f, msr_shape, &inside, a);
		f->last->names = msr_bits(index);
		if (f->last->names)
			f->last->show = SHOW_FLAGS;
	}
}

void msr_policy_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	msr_list_fields(r->layer->xen, root, c, a);
}

const char *msr_policy_summary(const struct xrec *r, struct arena *a)
{
	struct cursor c = xrec_cursor(r);
	struct strbuf s;

	strbuf_init(&s, a);
	for (unsigned n = 0; cursor_left(&c) >= MSR_BYTES && n < 4; n++) {
		uint32_t index = cursor_u32(&c);
		const char *name = value_name(names_msr, index, (struct value_env){ ARCH_ALL });

		cursor_skip(&c, 4);
		strbuf_addf(&s, "%s%s 0x%" PRIx64, n ? ", " : "",
			    name ? name : arena_printf(a, "0x%x", index), cursor_u64(&c));
	}
	strbuf_add(&s, cursor_left(&c) >= MSR_BYTES ? ", ..." : "");
	return s.text;
}

void msr_policy_check(const struct xrec *r)
{
	struct cursor c = xrec_cursor(r);

	if (!r->body.len || r->body.len % MSR_BYTES)
		XREC_NOTE(r, SEV_ERROR, "msr-policy", 0, r->body.len,
			  "the MSR policy has %zu bytes, which is no number of entries",
			  r->body.len);
	for (uint64_t at = 0; cursor_left(&c) >= MSR_BYTES; at += MSR_BYTES) {
		uint32_t index = cursor_u32(&c), flags = cursor_u32(&c);

		cursor_skip(&c, 8);
		if (flags)
			XREC_NOTE(r, SEV_ERROR, "msr-policy", at + 4, 4,
				  "flags of MSR 0x%x are not 0", index);
		if (index != 0xce && index != 0x10a)
			XREC_NOTE(r, SEV_ERROR, "msr-policy", at, 4,
				  "MSR 0x%x is none that Xen takes in a policy", index);
	}
}
