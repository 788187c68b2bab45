/* Dumps of netlink messages: what `ip addr save`, `ip route save`, `ip rule save` wrote, and the
 * conntrack tables.
 *
 *	file        u32 magic (not netns-ct, -exp)  messages
 *	message     u32 length  u16 type  u16 flags  u32 seq  u32 pid | head | attributes
 *	head        by type: ifaddrmsg, rtmsg, fib_rule_hdr, ifinfomsg; of conntrack nfgenmsg
 *	attribute   u16 length  u16 type | value, to a multiple of 4
 *
 * Lengths include their own header. ip aligns messages to 4; CRIU writes conntrack's one right
 * behind the other. Numbers are in the byte order of the machine that dumped, conntrack's values in
 * network order. See rtnetlink(7), and the kernel's public headers for the numbers. */
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/text.h"
#include "criu/criu.h"
#include "criu/image.h"
#include "criu/netlink.h"
#include "criu/set.h"

#define FIELDS_MAX 65536u /* of one message; what is beyond is one field */
#define DEPTH_MAX 8
#define HEADER 16u

/* ---- attributes on the wire ---- */

struct attr_at {
	uint16_t type;
	bool net_order;  /* the type says so */
	struct span all; /* header, value, padding */
	struct span value;
	struct bytes bytes;
};

/* Steps to the next attribute. False at the end, and at what is none: then bytes are left. */
static bool attr_next(struct cursor *c, struct attr_at *out)
{
	struct cursor start = *c;
	uint64_t from = cursor_offset(c);
	uint16_t len = cursor_u16(c), type = cursor_u16(c);
	size_t pad;

	if (c->spent || len < 4 || len > cursor_left(&start)) {
		*c = start;
		return false;
	}
	out->type = type & NLA_TYPE_MASK;
	out->net_order = type & NLA_F_NET_BYTEORDER;
	out->value = (struct span){ from + 4, len - 4u };
	out->bytes = cursor_bytes(c, len - 4u);
	pad = (4 - len % 4) % 4;
	cursor_skip(c, pad < cursor_left(c) ? pad : cursor_left(c));
	out->all = (struct span){ from, cursor_offset(c) - from };
	return true;
}

/* ---- messages ---- */

/* Notes what of a message is no attribute. */
static void check_attrs(struct image *im, struct record *r)
{
	const struct message_kind *kind = netlink_kind(r->kind);
	struct cursor c = source_cursor(atomic_load(&im->item->source), image_body(r));
	struct attr_at at;

	if (!kind || r->flags & RECORD_CUT)
		return;
	c.big = im->big;
	for (const struct layout *l = kind->head; l->name; l++)
		cursor_skip(&c, l->width);
	while (attr_next(&c, &at))
		;
	if (!cursor_left(&c) && !c.spent)
		return;
	r->flags |= RECORD_DAMAGED;
	IMAGE_NOTE(im, SEV_WARNING, "netlink-attribute",
		   ((struct span){ cursor_offset(&c), cursor_left(&c) }),
		   "%zu bytes of a message are no attributes", cursor_left(&c));
}

static bool next_message(struct image *im, uint64_t *at, struct record *out, uint64_t align,
			 bool note)
{
	uint64_t left = image_size(im) - *at, len, all;
	struct cursor c =
		source_cursor(atomic_load(&im->item->source), (struct span){ *at, HEADER });

	c.big = im->big;
	len = cursor_u32(&c);
	if (left < HEADER || len < HEADER) {
		if (note)
			IMAGE_NOTE(im, SEV_ERROR, "netlink-length", ((struct span){ *at, left }),
				   "no message of at least %u bytes: %llu by its length, %llu left",
				   HEADER, (unsigned long long)len, (unsigned long long)left);
		return false;
	}
	*out = (struct record){ .offset = *at, .head = HEADER };
	out->kind = cursor_u16(&c);
	if (len > left) {
		out->flags = RECORD_CUT | RECORD_DAMAGED;
		if (note)
			IMAGE_NOTE(im, SEV_ERROR, "netlink-length", ((struct span){ *at, 4 }),
				   "a message of %llu bytes, but only %llu are left",
				   (unsigned long long)len, (unsigned long long)left);
		len = left;
	}
	all = (len + align - 1) / align * align;
	out->body = (uint32_t)(len - HEADER);
	out->length = all < left ? all : left;
	*at += out->length;
	if (note)
		check_attrs(im, out);
	return true;
}

static bool aligned_step(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	(void)n;
	return next_message(im, at, out, 4, note);
}

static bool packed_step(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	(void)n;
	return next_message(im, at, out, 1, note);
}

static const char *message_kind_name(struct image *im, const struct record *r)
{
	const char *name = value_name(netlink_types, r->kind, im->env);

	return name ? name : "nlmsg";
}

/* ---- attributes ---- */

/* A message being turned into fields. */
struct decode {
	struct image *im;
	struct arena *arena;
	uint32_t made; /* of FIELDS_MAX */
};

static const struct attr *attr_of(const struct attr *attrs, uint16_t type)
{
	for (; attrs && attrs->name; attrs++)
		if (attrs->type == type)
			return attrs;
	return NULL;
}

static struct field *add_rest(struct field *parent, struct decode *d, const char *name,
			      struct span span)
{
	struct field *f;

	if (!span.length)
		return NULL;
	f = field_add(parent, d->arena, FIELD_BYTES, name, span);
	f->show = SHOW_BYTES;
	f->bytes = image_bytes(d->im, span);
	return f;
}

static void add_attrs(struct field *parent, struct decode *d, const struct attr *attrs,
		      struct cursor *c, int depth);

/* The next hops of a multipath route: u16 length, u8 flags, u8 hops, u32 index, attributes. */
static void add_nexthops(struct field *parent, struct decode *d, const struct attr *attrs,
			 struct cursor *c, int depth)
{
	static const struct layout head[] = {
		{ "rtnh_len", 2, SHOW_DEC, NULL },
		{ "rtnh_flags", 1, SHOW_FLAGS, netlink_route_flags },
		{ "rtnh_hops", 1, SHOW_DEC, NULL },
		{ "rtnh_ifindex", 4, SHOW_DEC, NULL },
		{ 0 },
	};

	for (uint32_t n = 0; cursor_left(c) >= 8 && d->made < FIELDS_MAX; n++) {
		struct cursor peek = *c, one;
		uint16_t len = cursor_u16(&peek);
		uint64_t all = (len + 3u) / 4u * 4u;
		struct field *g;

		if (len < 8 || len > cursor_left(c))
			break;
		all = all < cursor_left(c) ? all : cursor_left(c);
		g = field_add(parent, d->arena, FIELD_GROUP, "nexthop",
			      (struct span){ cursor_offset(c), all });
		g->at = n;
		d->made += 5;
		one = cursor_sub(c, all);
		field_layout(g, d->arena, head, &one, d->im->env);
		add_attrs(g, d, attrs, &one, depth + 1);
	}
	add_rest(parent, d, "bytes", (struct span){ cursor_offset(c), cursor_left(c) });
}

static void add_group(struct field *g, struct decode *d, const struct attr *known,
		      const struct attr_at *at, int depth)
{
	struct cursor c = cursor_over(at->bytes, at->value.offset);

	image_add_frame(d->im, g, d->arena, "attribute",
			(struct span){ at->all.offset, at->value.offset - at->all.offset });
	c.big = d->im->big;
	if (known->form == NESTED)
		add_attrs(g, d, known->nested, &c, depth + 1);
	else if (known->form == NEXTHOPS)
		add_nexthops(g, d, known->nested, &c, depth + 1);
	else
		field_layout(g, d->arena, known->layout, &c, d->im->env);
	if (known->form == STRUCT)
		add_rest(g, d, "bytes", (struct span){ cursor_offset(&c), cursor_left(&c) });
}

/* A number, if the value has its width. */
static bool add_number(struct field *f, const struct attr *known, const struct attr_at *at,
		       bool big)
{
	static const uint8_t widths[] = { [U8] = 1, [U16] = 2, [U32] = 4, [U64] = 8 };
	unsigned form = known->form & ~NET_ORDER;
	struct cursor c = cursor_over(at->bytes, at->value.offset);

	if (form < U8 || form > U64 || at->bytes.len != widths[form])
		return false;
	c.big = big || known->form & NET_ORDER || at->net_order;
	f->type = FIELD_UINT;
	f->show = known->show;
	f->names = known->names;
	f->u = form == U8    ? cursor_u8(&c)
	       : form == U16 ? cursor_u16(&c)
	       : form == U32 ? cursor_u32(&c)
			     : cursor_u64(&c);
	return true;
}

static void add_attr(struct field *parent, struct decode *d, const struct attr *attrs,
		     const struct attr_at *at, int depth)
{
	const struct attr *known = attr_of(attrs, at->type);
	unsigned form = known ? known->form & ~NET_ORDER : BYTES;
	struct field *f;

	d->made++;
	if (form >= NESTED && depth < DEPTH_MAX) {
		f = field_add(parent, d->arena, FIELD_GROUP, known->name, at->all);
		f->value = at->value;
		add_group(f, d, known, at, depth);
		return;
	}
	f = field_add(parent, d->arena, FIELD_BYTES,
		      known ? known->name : arena_printf(d->arena, "attribute %u", at->type),
		      at->all);
	f->value = at->value;
	f->bytes = at->bytes;
	f->show = form == ADDRESS ? SHOW_IP : form == MAC ? SHOW_MAC : SHOW_BYTES;
	if (form == TEXT) {
		f->type = FIELD_TEXT;
		f->show = SHOW_TEXT;
		if (f->bytes.len && !f->bytes.at[f->bytes.len - 1])
			f->bytes.len--;
	} else if (known && !add_number(f, known, at, d->im->big) && form >= U8 && form <= U64) {
		f->trouble = "not of the width it should have";
	}
}

static void add_attrs(struct field *parent, struct decode *d, const struct attr *attrs,
		      struct cursor *c, int depth)
{
	struct attr_at at;
	struct field *rest;

	while (d->made < FIELDS_MAX && attr_next(c, &at))
		add_attr(parent, d, attrs, &at, depth);
	rest = add_rest(parent, d, "bytes", (struct span){ cursor_offset(c), cursor_left(c) });
	if (rest)
		rest->trouble = d->made < FIELDS_MAX ? "no attribute" : "too many attributes";
}

static void message_fields(struct image *im, const struct record *r, struct field *root,
			   struct arena *a)
{
	struct source *src = atomic_load(&im->item->source);
	struct cursor c =
		source_cursor(src, (struct span){ r->offset, HEADER + (uint64_t)r->body });
	const struct message_kind *kind = netlink_kind(r->kind);
	struct decode d = { .im = im, .arena = a };
	uint64_t end = r->offset + HEADER + r->body;

	c.big = im->big;
	field_layout(root, a, netlink_head, &c, im->env);
	if (kind) {
		field_layout(root, a, kind->head, &c, im->env);
		add_attrs(root, &d, kind->attrs, &c, 0);
	} else {
		add_rest(root, &d, "bytes", (struct span){ cursor_offset(&c), cursor_left(&c) });
	}
	add_rest(root, &d, "padding", (struct span){ end, r->offset + r->length - end });
	if (r->flags & RECORD_CUT)
		root->trouble = "the file ends inside it";
}

/* ---- JSON: the fields, as numbers and texts ---- */

static void field_json(const struct field *f, struct json *j, struct arena *a)
{
	if (f->type == FIELD_GROUP) {
		json_object(j);
		for (const struct field *c = f->first; c; c = c->next) {
			if (c->type == FIELD_FRAME)
				continue;
			json_key(j, field_label(c, a));
			field_json(c, j, a);
		}
		json_end_object(j);
	} else if (f->type == FIELD_UINT) {
		json_uint(j, f->u);
	} else if (f->type == FIELD_TEXT) {
		json_text(j, f->bytes);
	} else if (f->show == SHOW_IP || f->show == SHOW_MAC) {
		json_str(j, field_value(f, 0, a));
	} else {
		json_bytes(j, f->bytes);
	}
}

static void message_json(struct image *im, const struct record *r, struct json *j, struct arena *a)
{
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, "message", (struct span){ r->offset, r->length });
	const struct field *f;

	message_fields(im, r, root, a);
	json_object(j);
	json_key_str(j, "type", message_kind_name(im, r));
	for (f = root->first; f; f = f->next) {
		json_key(j, field_label(f, a));
		field_json(f, j, a);
	}
	json_end_object(j);
}

/* ---- summaries ---- */

/* The text of a field at a path; NULL: it is not there. */
static const char *text_at(struct field *root, const char *path, struct arena *a)
{
	struct field *f = field_at_path(root, a, path);

	if (!f)
		return NULL;
	if (f->type == FIELD_UINT) {
		const char *name = f->names ? value_name(f->names, f->u, f->env) : NULL;

		return name ? name : arena_printf(a, "%llu", (unsigned long long)f->u);
	}
	return field_value(f, 64, a);
}

/* Appends " WORD TEXT" if the field is there. */
static void say(struct strbuf *s, struct field *root, const char *word, const char *path,
		struct arena *a)
{
	const char *text = text_at(root, path, a);

	if (text)
		strbuf_addf(s, "%s%s%s%s", s->len ? " " : "", word, *word ? " " : "", text);
}

/* " dev NAME", by the index at `path`, if the namespace's devices are in the set. */
static void say_device(struct image *im, struct strbuf *s, struct field *root, const char *path,
		       struct arena *a)
{
	const struct field *f = field_at_path(root, a, path);
	struct bytes dev, name;

	if (!f || f->type != FIELD_UINT || !net_device(im->set, im->number, (uint32_t)f->u, &dev) ||
	    !wire_bytes(dev, 5, &name)) {
		say(s, root, "dev", path, a);
		return;
	}
	strbuf_add(s, s->len ? " dev " : "dev ");
	strbuf_clean(s, name);
}

/* An address with the length of its prefix, or what it means that there is none. */
static void say_prefix(struct strbuf *s, struct field *root, const char *path, const char *len,
		       const char *none, struct arena *a)
{
	const char *to = text_at(root, path, a), *bits = text_at(root, len, a);

	strbuf_addf(s, "%s%s%s", to ? to : none, to && bits ? "/" : "", to && bits ? bits : "");
}

static void say_tuple(struct strbuf *s, struct field *root, const char *tuple, struct arena *a)
{
	static const char *const parts[] = {
		"IP/CTA_IP_V4_SRC", "IP/CTA_IP_V6_SRC", "PROTO/CTA_PROTO_SRC_PORT",
		"IP/CTA_IP_V4_DST", "IP/CTA_IP_V6_DST", "PROTO/CTA_PROTO_DST_PORT"
	};
	static const char *const before[] = { " ", " ", ":", " -> ", " -> ", ":" };
	const char *text =
		text_at(root, arena_printf(a, "%s/CTA_TUPLE_PROTO/CTA_PROTO_NUM", tuple), a);

	strbuf_add(s, text ? text : "?");
	for (size_t n = 0; n < ARRAY_LEN(parts); n++) {
		text = text_at(root, arena_printf(a, "%s/CTA_TUPLE_%s", tuple, parts[n]), a);
		if (text)
			strbuf_addf(s, "%s%s", before[n], text);
	}
}

static const char *message_summary(struct image *im, const struct record *r, struct arena *a)
{
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, "message", (struct span){ r->offset, r->length });
	struct strbuf s;

	message_fields(im, r, root, a);
	strbuf_init(&s, a);
	switch (r->kind) {
	case RTM_NEWADDR:
		say_prefix(&s, root,
			   field_child(root, a, "IFA_LOCAL") ? "IFA_LOCAL" : "IFA_ADDRESS",
			   "ifa_prefixlen", "?", a);
		if (field_child(root, a, "IFA_LABEL"))
			say(&s, root, "dev", "IFA_LABEL", a);
		else
			say_device(im, &s, root, "ifa_index", a);
		say(&s, root, "scope", "ifa_scope", a);
		break;
	case RTM_NEWROUTE:
		say(&s, root, "", "rtm_type", a);
		strbuf_add(&s, " ");
		say_prefix(&s, root, "RTA_DST", "rtm_dst_len", "default", a);
		say(&s, root, "via", "RTA_GATEWAY", a);
		say_device(im, &s, root, "RTA_OIF", a);
		say(&s, root, "src", "RTA_PREFSRC", a);
		say(&s, root, "table",
		    field_child(root, a, "RTA_TABLE") ? "RTA_TABLE" : "rtm_table", a);
		break;
	case RTM_NEWRULE:
		say(&s, root, "", "FRA_PRIORITY", a);
		strbuf_add(&s, s.len ? " from " : "from ");
		say_prefix(&s, root, "FRA_SRC", "src_len", "all", a);
		if (field_child(root, a, "FRA_DST")) {
			strbuf_add(&s, " to ");
			say_prefix(&s, root, "FRA_DST", "dst_len", "all", a);
		}
		say(&s, root, "fwmark", "FRA_FWMARK", a);
		say(&s, root, "lookup", field_child(root, a, "FRA_TABLE") ? "FRA_TABLE" : "table",
		    a);
		break;
	case RTM_NEWLINK:
		say(&s, root, "", "IFLA_IFNAME", a);
		break;
	case 0x100:
		say_tuple(&s, root, "CTA_TUPLE_ORIG", a);
		say(&s, root, "", "CTA_PROTOINFO/CTA_PROTOINFO_TCP/CTA_PROTOINFO_TCP_STATE", a);
		say(&s, root, "timeout", "CTA_TIMEOUT", a);
		break;
	case 0x200:
		say_tuple(&s, root, "CTA_EXPECT_TUPLE", a);
		say(&s, root, "helper", "CTA_EXPECT_HELP_NAME", a);
		break;
	}
	return s.text ? s.text : "";
}

#define DUMP(word, walk)                                                                           \
	{                                                                                          \
		.magic = word, .rows = true, .step = walk, .kind = message_kind_name,              \
		.summary = message_summary, .fields = message_fields, .json = message_json         \
	}

const struct raw_kind raw_ifaddr = DUMP(0x47361222, aligned_step);
const struct raw_kind raw_route = DUMP(0x45311224, aligned_step);
const struct raw_kind raw_rule = DUMP(0x71706986, aligned_step);
const struct raw_kind raw_ct = DUMP(0, packed_step);
