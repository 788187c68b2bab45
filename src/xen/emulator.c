/* What the device model left: its keys in xenstore, its own saved state.
 *
 *	EMULATOR_*              u32 id | u32 index | payload
 *	..._XENSTORE_DATA       key NUL value NUL key NUL value NUL ...
 *	..._CONTEXT, of QEMU    be32 "QEVM" | be32 3 | [u8 7, be32 n, char[n]: machine] |
 *	                        sections | u8 0
 *	section                 u8 4 | be32 section id | u8 n | char[n] name | be32 instance |
 *	                        be32 version | the device's data | [u8 0x7e | be32 section id]
 *
 * QEMU's own numbers are big-endian whatever the stream is. The data of a section has no length:
 * only the device's code knows where it ends. So the next section is looked for by what its header
 * looks like, and that is a guess, which says so. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "xen/records.h"

#define HEAD 8u
#define QEMU_HEAD 8u
#define QEMU_VERSION 3u
#define SECTION_FULL 4
#define SECTION_MACHINE 7
#define SECTION_FOOTER 0x7e
#define FOOTER_BYTES 5u
#define NAME_LEAST 2u       /* bytes of a name that is taken for one */
#define NUMBER_MOST 0xffffu /* of ids, instances, versions that are taken for some */
#define SCAN_MOST (64u << 20)
#define SUMMARY_ROOM 60

static const uint8_t qemu_magic[4] = { 'Q', 'E', 'V', 'M' };

static struct xrec payload(const struct xrec *r)
{
	return xrec_payload(r, HEAD);
}

static void add_head(struct field *root, struct cursor *c, struct arena *a)
{
	static const struct layout rows[] = {
		{ "emulator_id", 4, SHOW_ENUM, names_emulator },
		{ "index", 4, SHOW_DEC, NULL },
		{ 0 },
	};

	field_layout(root, a, rows, c, root->env);
}

/* False, and notes it, if there is no head. */
static bool check_head(const struct xrec *r)
{
	struct cursor c = xrec_cursor(r);
	uint32_t id = cursor_u32(&c);

	cursor_u32(&c);
	if (c.spent) {
		if (!xrec_is_cut(r))
			XREC_NOTE(r, SEV_ERROR, "emulator", 0, r->body.len,
				  "a body of %zu bytes is too short for its head", r->body.len);
		return false;
	}
	if (!value_name(names_emulator, id, (struct value_env){ 0 }))
		XREC_NOTE(r, SEV_ERROR, "emulator", 0, 4, "there is no emulator %u", id);
	return true;
}

/* ---- EMULATOR_XENSTORE_DATA ---- */

/* The next string of a list, without its NUL; *ended: it has one. */
static struct bytes next_string(struct cursor *c, bool *ended)
{
	const uint8_t *nul = memchr(c->at, 0, cursor_left(c));
	struct bytes b;

	*ended = nul;
	if (!nul)
		return cursor_bytes(c, cursor_left(c));
	b = cursor_bytes(c, (uint64_t)(nul - c->at));
	cursor_skip(c, 1);
	return b;
}

static struct field *add_string(struct field *group, struct arena *a, const char *name,
				struct cursor *c)
{
	uint64_t at = cursor_offset(c);
	bool ended;
	struct bytes b = next_string(c, &ended);
	struct field *f = field_text(group, a, name, b, (struct span){ at, cursor_offset(c) - at });

	f->value = (struct span){ at, b.len };
	if (!ended)
		f->trouble = "no NUL behind it";
	return f;
}

static void add_pair(struct field *root, struct arena *a, uint32_t n, struct cursor *c)
{
	uint64_t at = cursor_offset(c);
	struct field *group = field_add(root, a, FIELD_GROUP, "pair", (struct span){ at, 0 });
	struct field *key, *value = NULL;

	group->at = n;
	group->expanded = true;
	key = add_string(group, a, "key", c);
	if (cursor_left(c))
		value = add_string(group, a, "value", c);
	else
		group->trouble = "a key without a value";
	group->span.length = cursor_offset(c) - at;
	group->value = group->span;
	group->note = arena_printf(a, "%s = %s", text_clean(key->bytes, a),
				   value ? text_clean(value->bytes, a) : "");
}

void emulator_xenstore_fields(const struct xrec *r, struct field *root, struct cursor *c,
			      struct arena *a)
{
	uint32_t room = field_room(root) / 3;

	(void)r;
	add_head(root, c, a);
	for (uint32_t n = 0; cursor_left(c) && n < room; n++)
		add_pair(root, a, n, c);
}

static size_t count_strings(struct bytes b)
{
	size_t n = 0;

	for (size_t i = 0; i < b.len; i++)
		n += !b.at[i];
	return n;
}

const char *emulator_xenstore_summary(const struct xrec *r, struct arena *a)
{
	struct xrec inner = payload(r);
	struct cursor c = xrec_cursor(&inner);
	size_t pairs = count_strings(inner.body) / 2;
	bool ended;
	const char *key, *value;

	if (!pairs)
		return "no keys";
	key = value_bytes(SHOW_TEXT, next_string(&c, &ended), SUMMARY_ROOM, a);
	value = value_bytes(SHOW_TEXT, next_string(&c, &ended), SUMMARY_ROOM, a);
	return arena_printf(a, "%zu key%s: %s = %s%s", pairs, pairs == 1 ? "" : "s", key, value,
			    pairs > 1 ? " ..." : "");
}

void emulator_xenstore_check(const struct xrec *r)
{
	struct xrec inner = payload(r);
	size_t len = inner.body.len, strings;

	if (!check_head(r) || xrec_is_cut(r) || !len)
		return;
	if (inner.body.at[len - 1])
		XREC_NOTE(&inner, SEV_ERROR, "emulator", len - 1, 1,
			  "the last string does not end with NUL");
	strings = count_strings(inner.body);
	if (strings % 2)
		XREC_NOTE(&inner, SEV_ERROR, "emulator", 0, len,
			  "%zu strings are not keys and values in pairs", strings);
}

/* ---- QEMU's state ---- */

struct section {
	uint64_t at; /* in the blob */
	uint32_t id, instance, version;
	struct bytes name;
	uint64_t data; /* in the blob: where the device's begins */
};

static bool is_name(struct bytes b)
{
	if (b.len < NAME_LEAST)
		return false;
	for (size_t n = 0; n < b.len; n++)
		if (b.at[n] <= ' ' || b.at[n] > '~')
			return false;
	return true;
}

/* What stands at `at`, if it looks like the header of a section. */
static bool section_at(struct bytes blob, uint64_t at, struct section *s)
{
	struct cursor c = cursor_over(blob, 0);

	c.big = true;
	cursor_skip(&c, at);
	if (cursor_u8(&c) != SECTION_FULL)
		return false;
	s->at = at;
	s->id = cursor_u32(&c);
	s->name = cursor_bytes(&c, cursor_u8(&c));
	s->instance = cursor_u32(&c);
	s->version = cursor_u32(&c);
	s->data = cursor_offset(&c);
	return !c.spent && is_name(s->name) && s->id <= NUMBER_MOST && s->instance <= NUMBER_MOST &&
	       s->version <= NUMBER_MOST;
}

/* The first of them from `at` on. False: none. */
static bool section_next(struct bytes blob, uint64_t at, struct section *s)
{
	uint64_t end = blob.len < SCAN_MOST ? blob.len : SCAN_MOST;

	while (at < end) {
		const uint8_t *mark = memchr(blob.at + at, SECTION_FULL, (size_t)(end - at));

		if (!mark)
			return false;
		at = (uint64_t)(mark - blob.at);
		if (section_at(blob, at, s))
			return true;
		at++;
	}
	return false;
}

static bool is_qemu(struct bytes blob)
{
	return blob.len >= QEMU_HEAD && !memcmp(blob.at, qemu_magic, sizeof(qemu_magic));
}

static struct cursor blob_cursor(const struct xrec *r, uint64_t from, uint64_t to)
{
	struct cursor c = xrec_cursor(r);

	c.big = true;
	cursor_skip(&c, from);
	return cursor_sub(&c, to - from);
}

static void add_text(struct field *group, struct arena *a, const char *name, struct cursor *c,
		     uint64_t len)
{
	struct span span = { cursor_offset(c), len };

	field_text(group, a, name, cursor_bytes(c, len), span);
}

/* The mark and the id once more behind the data, if they are. */
static uint64_t footer_bytes(const struct xrec *r, const struct section *s, uint64_t end)
{
	struct cursor c;

	if (end - s->data < FOOTER_BYTES)
		return 0;
	c = blob_cursor(r, end - FOOTER_BYTES, end);
	return cursor_u8(&c) == SECTION_FOOTER && cursor_u32(&c) == s->id ? FOOTER_BYTES : 0;
}

static void add_section(struct field *root, struct arena *a, const struct xrec *r, uint32_t n,
			const struct section *s, uint64_t end)
{
	static const struct layout head[] = {
		{ "type", 1, SHOW_DEC, NULL },
		{ "section_id", 4, SHOW_DEC, NULL },
		{ 0 },
	};
	static const struct layout tail[] = {
		{ "instance_id", 4, SHOW_DEC, NULL },
		{ "version_id", 4, SHOW_DEC, NULL },
		{ 0 },
	};
	static const struct layout foot[] = {
		{ "footer", 1, SHOW_HEX, NULL },
		{ "footer_id", 4, SHOW_DEC, NULL },
		{ 0 },
	};
	struct span span = { r->at + s->at, end - s->at };
	struct field *group = field_add(root, a, FIELD_GROUP, "section", span), *f;
	uint64_t footer = footer_bytes(r, s, end);
	struct cursor c = blob_cursor(r, s->at, end), data;

	group->at = n;
	group->expanded = true;
	group->note = arena_printf(a, "%s  instance %u  version %u  %" PRIu64 " bytes",
				   text_clean(s->name, a), s->instance, s->version, end - s->data);
	field_layout(group, a, head, &c, group->env);
	f = field_add(group, a, FIELD_FRAME, "name_len", (struct span){ cursor_offset(&c), 1 });
	f->u = cursor_u8(&c);
	add_text(group, a, "name", &c, s->name.len);
	field_layout(group, a, tail, &c, group->env);
	data = cursor_sub(&c, cursor_left(&c) - footer);
	f = xrec_add_bytes(group, &data, a, "data", UINT64_MAX);
	if (f)
		f->note = "its end is a guess: QEMU writes no length";
	if (footer)
		field_layout(group, a, foot, &c, group->env);
}

/* The name of the machine, which newer QEMUs write first. Returns where it ends. */
static uint64_t add_machine(struct field *root, struct arena *a, const struct xrec *r, uint64_t at)
{
	struct cursor c = blob_cursor(r, at, r->body.len);
	struct span span = { cursor_offset(&c), 5 };
	uint32_t len;
	struct field *f;

	if (cursor_u8(&c) != SECTION_MACHINE)
		return at;
	len = cursor_u32(&c);
	if (c.spent || len > cursor_left(&c))
		return at;
	f = field_add(root, a, FIELD_FRAME, "configuration", span);
	f->show = SHOW_BYTES;
	f->bytes = (struct bytes){ r->body.at + at, 5 };
	add_text(root, a, "machine", &c, len);
	return at + 5 + len;
}

/* All but the last byte, which ends the state, belong to some section; what is before the first one
 * is nobody's. */
static uint32_t add_sections(struct field *root, struct arena *a, const struct xrec *r, uint64_t at)
{
	uint32_t room = field_room(root) / 10, n = 0;
	uint64_t end = r->body.len;
	struct section s, next;
	bool more = section_next(r->body, at, &s);
	struct cursor before = blob_cursor(r, at, more ? s.at : end);

	xrec_add_bytes(root, &before, a, "data", UINT64_MAX);
	if (end && !r->body.at[end - 1])
		end--;
	while (more && n < room) {
		more = section_next(r->body, s.data, &next);
		add_section(root, a, r, n++, &s, more ? next.at : end > s.data ? end : s.data);
		s = next;
	}
	if (n && end < r->body.len)
		field_add(root, a, FIELD_FRAME, "end", (struct span){ r->at + end, 1 });
	return n;
}

void qemu_state_fields(const struct xrec *r, struct field *root, struct cursor *c, struct arena *a)
{
	static const struct layout rows[] = {
		{ "magic", 4, SHOW_TEXT, NULL },
		{ "version", 4, SHOW_DEC, NULL },
		{ 0 },
	};
	struct cursor head;
	uint32_t found;

	if (!is_qemu(r->body)) {
		xrec_add_bytes(root, c, a, "data", UINT64_MAX);
		return;
	}
	head = blob_cursor(r, 0, QEMU_HEAD);
	field_layout(root, a, rows, &head, root->env);
	found = add_sections(root, a, r, add_machine(root, a, r, QEMU_HEAD));
	field_derived(root, a, "sections",
		      arena_printf(a, "%u, told by what their headers look like", found));
}

const char *qemu_state_summary(const struct xrec *r, struct arena *a)
{
	struct cursor c = blob_cursor(r, 4, 8);
	struct section s = { 0 };
	uint32_t found = 0;

	if (!is_qemu(r->body))
		return arena_printf(a, "%zu bytes", r->body.len);
	for (uint64_t at = QEMU_HEAD; section_next(r->body, at, &s); at = s.data)
		found++;
	return arena_printf(a, "%zu bytes, QEMU state version %u, %u sections", r->body.len,
			    cursor_u32(&c), found);
}

void qemu_state_check(const struct xrec *r)
{
	struct cursor c = blob_cursor(r, 4, 8);
	uint32_t version = cursor_u32(&c);

	if (!is_qemu(r->body))
		XREC_NOTE(r, SEV_WARNING, "emulator", 0, 4,
			  "does not begin with \"QEVM\": no state of QEMU");
	else if (version != QEMU_VERSION)
		XREC_NOTE(r, SEV_NOTE, "emulator", 4, 4, "QEMU state of version %u", version);
}

/* ---- EMULATOR_CONTEXT ---- */

void emulator_context_fields(const struct xrec *r, struct field *root, struct cursor *c,
			     struct arena *a)
{
	struct xrec inner = payload(r);

	add_head(root, c, a);
	if (inner.body.len)
		qemu_state_fields(&inner, root, c, a);
}

const char *emulator_context_summary(const struct xrec *r, struct arena *a)
{
	struct xrec inner = payload(r);
	struct cursor c = xrec_cursor(r);
	uint32_t id = cursor_u32(&c);
	const char *name = value_name(names_emulator, id, (struct value_env){ 0 });

	if (c.spent)
		return "";
	if (!name)
		name = arena_printf(a, "emulator %u", id);
	return arena_printf(a, "%s, %s", name, qemu_state_summary(&inner, a));
}

/* What is inside is nobody's business but the emulator's: restore hands it on. */
void emulator_context_check(const struct xrec *r)
{
	if (check_head(r) && r->body.len == HEAD && !xrec_is_cut(r))
		XREC_NOTE(r, SEV_NOTE, "emulator", 0, HEAD, "the emulator saved nothing");
}
