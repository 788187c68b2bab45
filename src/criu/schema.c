/* Reads descriptor sets: what `protoc -o` makes of .proto files, itself in protobuf
 * (google/protobuf/descriptor.proto). It is read with our own wire.c, not with generated structs:
 * that is less code, keeps custom options, which generated structs drop, and bounds the depth of a
 * set that a user brings along.
 *
 *   FileDescriptorSet    1 file*
 *   FileDescriptorProto  2 package, 4 message*, 5 enum*
 *   DescriptorProto      1 name, 2 field*, 3 nested message*, 4 nested enum*
 *   FieldDescriptorProto 1 name, 3 number, 4 label, 5 type, 6 type_name, 7 default, 8 options
 *   FieldOptions         2 packed, 1018 CRIU_Opts, 51018 Cryo_Opts (proto/opts.proto)
 *   EnumDescriptorProto  1 name, 2 value* {1 name, 2 number}
 *
 * Two passes: first the names of all messages and enums are collected, a later set's replacing an
 * earlier one's; then fields are made, which refer to them. */
#include "criu/schema.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/source.h"
#include "criu/criu.h"
#include "criu/names.h"
#include "criu/schema_set.h"

enum {
	OPTION_CRIU = 1018,
	OPTION_CRYO = 51018,
	NESTING_MAX = 16,
	SET_MAX = 1 << 20, /* CRIU's own is 50 KiB */
};

/* A message or an enum that a set declares. */
struct decl {
	const char *name; /* full, with package and what it is nested in */
	struct bytes body;
	struct bytes before; /* body of the declaration that this one replaces; empty if none */
	struct message *message;
	struct value_name *values; /* of an enum */
	bool is_enum;
	struct decl *next;
};

struct schema {
	struct decl **decls; /* by name */
	size_t decl_count;
	const struct message **messages; /* by name */
	size_t message_count;
};

struct loader {
	struct arena *arena;
	struct decl *first;
	size_t count;
	const char *trouble; /* the first thing that cannot be; NULL: all well */
};

static const char *const show_words[] = {
	[SHOW_DEC] = "dec",
	[SHOW_HEX] = "hex",
	[SHOW_FLAGS] = "flags",
	[SHOW_ENUM] = "enum",
	[SHOW_BOOL] = "bool",
	[SHOW_TEXT] = "text",
	[SHOW_BYTES] = "bytes",
	[SHOW_ADDRESS] = "address",
	[SHOW_SIZE] = "size",
	[SHOW_DEV] = "dev",
	[SHOW_ODEV] = "odev",
	[SHOW_MODE] = "mode",
	[SHOW_IP] = "ip",
	[SHOW_PORT] = "port",
	[SHOW_SIGNAL] = "signal",
	[SHOW_SIGSET] = "sigset",
	[SHOW_SECONDS] = "seconds",
	[SHOW_MSEC] = "msec",
	[SHOW_USEC] = "usec",
	[SHOW_NSEC] = "nsec",
	[SHOW_TIME] = "time",
	[SHOW_STATUS] = "status",
	[SHOW_UNIX_NAME] = "unix_name",
	[SHOW_CAPS] = "caps",
	[SHOW_OCTAL] = "octal",
	[SHOW_ZERO] = "zero",
	[SHOW_MAC] = "mac",
};

const char *show_word(enum show show)
{
	return (size_t)show < ARRAY_LEN(show_words) ? show_words[show] : "dec";
}

static bool show_kind(const char *word, enum show *out)
{
	for (size_t i = 0; i < ARRAY_LEN(show_words); i++) {
		if (strcmp(show_words[i], word) == 0) {
			*out = (enum show)i;
			return true;
		}
	}
	return false;
}

static const char *text_at(struct bytes msg, uint32_t number, struct arena *a)
{
	struct bytes b;

	return wire_bytes(msg, number, &b) ? text_clean(b, a) : NULL;
}

/* Names go into keys of JSON and onto the screen as they are. */
static bool is_identifier(const char *s)
{
	for (; *s; s++)
		if (*s != '_' && (*s < '0' || *s > '9') && (*s < 'a' || *s > 'z') &&
		    (*s < 'A' || *s > 'Z'))
			return false;
	return true;
}

/* Pass 1: declarations. */

static void declare(struct loader *ld, const char *scope, struct bytes body, bool is_enum,
		    int depth);

/* Declares what lies in fields `messages` and `enums` of `body`. */
static void declare_all(struct loader *ld, const char *scope, struct bytes body, uint32_t messages,
			uint32_t enums, int depth)
{
	struct cursor c = cursor_over(body, 0);
	struct wire w;

	if (depth > NESTING_MAX) {
		ld->trouble = "messages nested too deep";
		return;
	}
	while (wire_next(&c, &w))
		if (w.type == WIRE_BYTES && (w.number == messages || w.number == enums))
			declare(ld, scope, w.bytes, w.number == enums, depth);
}

static void declare(struct loader *ld, const char *scope, struct bytes body, bool is_enum,
		    int depth)
{
	const char *name = text_at(body, 1, ld->arena);
	struct decl *d = ARENA_NEW(ld->arena, struct decl);

	if (!name || !*name || !is_identifier(name)) {
		ld->trouble = "a message without a proper name";
		return;
	}
	d->name = *scope ? arena_printf(ld->arena, "%s.%s", scope, name) : name;
	d->body = body;
	d->is_enum = is_enum;
	d->next = ld->first;
	ld->first = d;
	ld->count++;
	if (!is_enum)
		declare_all(ld, d->name, body, 3, 4, depth + 1);
}

static void declare_set(struct loader *ld, struct bytes set)
{
	struct cursor c = cursor_over(set, 0);
	struct wire w;

	while (wire_next(&c, &w)) {
		const char *package;

		if (w.number != 1 || w.type != WIRE_BYTES) {
			ld->trouble = "not a descriptor set";
			return;
		}
		package = text_at(w.bytes, 2, ld->arena);
		declare_all(ld, package ? package : "", w.bytes, 4, 5, 0);
	}
	if (cursor_left(&c))
		ld->trouble = "not a descriptor set, or cut";
}

static int by_name(const void *a, const void *b)
{
	const struct decl *x = *(const struct decl *const *)a, *y = *(const struct decl *const *)b;

	return strcmp(x->name, y->name);
}

static const struct decl *find_decl(const struct schema *s, const char *name)
{
	struct decl key = { .name = name }, *at = &key, **found;

	found = bsearch(&at, s->decls, s->decl_count, sizeof(struct decl *), by_name);
	return found ? *found : NULL;
}

/* Sorts the declarations; of two with a name the later one stays. The list has the latest first,
 * and merging keeps that order. */
static void sort_decls(struct loader *ld, struct schema *s)
{
	struct decl **all = arena_array(ld->arena, ld->count + 1, sizeof(struct decl *));
	struct decl **spare = arena_array(ld->arena, ld->count + 1, sizeof(struct decl *));
	size_t n = 0;

	for (struct decl *d = ld->first; d; d = d->next)
		all[n++] = d;
	for (size_t width = 1; width < n; width *= 2) {
		struct decl **swap = all;

		for (size_t lo = 0; lo < n; lo += 2 * width) {
			size_t mid = lo + width < n ? lo + width : n;
			size_t hi = mid + width < n ? mid + width : n;

			for (size_t i = lo, j = mid, k = lo; k < hi; k++) {
				bool left = j >= hi ||
					    (i < mid && strcmp(all[i]->name, all[j]->name) <= 0);

				spare[k] = left ? all[i++] : all[j++];
			}
		}
		all = spare;
		spare = swap;
	}
	s->decls = all;
	for (size_t i = 0; i < n; i++) {
		struct decl *last = s->decl_count ? s->decls[s->decl_count - 1] : NULL;

		if (!last || strcmp(last->name, all[i]->name) != 0)
			s->decls[s->decl_count++] = all[i];
		else if (!last->before.len && last->is_enum == all[i]->is_enum)
			last->before = all[i]->body;
	}
}

/* Pass 2: what they hold. */

static void load_enum(struct loader *ld, struct decl *d)
{
	struct cursor c = cursor_over(d->body, 0);
	struct wire w;
	size_t n = 0;

	while (wire_next(&c, &w))
		n += w.number == 2 && w.type == WIRE_BYTES;
	d->values = arena_array(ld->arena, n + 1, sizeof(*d->values));
	c = cursor_over(d->body, 0);
	for (n = 0; wire_next(&c, &w);) {
		const char *name;
		int64_t v = 0;

		if (w.number != 2 || w.type != WIRE_BYTES)
			continue;
		name = text_at(w.bytes, 1, ld->arena);
		wire_int(w.bytes, 2, &v);
		d->values[n++] = (struct value_name){ (uint64_t)v, name ? name : "?", ARCH_ALL };
	}
}

/* The options of the field of that number and name in a message's declaration. */
static struct bytes options_of(struct bytes message, uint64_t number, const char *name,
			       struct arena *a)
{
	struct cursor c = cursor_over(message, 0);
	struct bytes none = { NULL, 0 }, options = none;
	struct wire w;

	while (wire_next(&c, &w)) {
		struct arena_mark mark = arena_mark(a);
		const char *other;
		uint64_t v = 0;
		bool same;

		if (w.number != 2 || w.type != WIRE_BYTES || !wire_uint(w.bytes, 3, &v) ||
		    v != number)
			continue;
		other = text_at(w.bytes, 1, a);
		same = other && strcmp(other, name) == 0;
		arena_rewind(a, mark);
		if (same)
			return wire_bytes(w.bytes, 8, &options) ? options : none;
	}
	return none;
}

static bool flag_at(struct bytes msg, uint32_t number)
{
	uint64_t v = 0;

	return wire_uint(msg, number, &v) && v;
}

/* protoc writes `(criu).dev = true, (criu).odev = true` as two pieces of one message. */
static bool next_piece(struct cursor *options, uint32_t number, struct bytes *piece)
{
	struct wire w;

	while (wire_next(options, &w)) {
		if (w.number == number && w.type == WIRE_BYTES) {
			*piece = w.bytes;
			return true;
		}
	}
	return false;
}

static void take_text(struct loader *ld, struct bytes msg, uint32_t number, const char **text)
{
	const char *found = text_at(msg, number, ld->arena);

	if (found)
		*text = found;
}

static void load_criu_options(struct loader *ld, struct message_field *f, struct bytes options)
{
	struct cursor c = cursor_over(options, 0);
	struct bytes o;

	while (next_piece(&c, OPTION_CRIU, &o)) {
		f->hex |= flag_at(o, 1);
		f->ipadd |= flag_at(o, 2);
		take_text(ld, o, 3, &f->flags);
		f->dev |= flag_at(o, 4);
		f->odev |= flag_at(o, 5);
		take_text(ld, o, 6, &f->dict);
		take_text(ld, o, 7, &f->conv);
	}
	if (f->flags)
		f->crit = crit_flags(f->flags);
	else if (f->dict)
		f->crit = crit_dict(f->dict, f->name);
}

/* How to show a field of which we know only the type and CRIU's hints. */
static void default_show(struct message_field *f)
{
	static const enum show by_type[] = {
		[TYPE_BOOL] = SHOW_BOOL, [TYPE_STRING] = SHOW_TEXT, [TYPE_BYTES] = SHOW_BYTES,
		[TYPE_ENUM] = SHOW_ENUM, [TYPE_SINT64] = SHOW_DEC,
	};

	f->show = by_type[f->type];
	if (f->hex)
		f->show = SHOW_HEX;
	else if (f->dev || f->odev)
		f->show = f->odev ? SHOW_ODEV : SHOW_DEV;
	else if (f->ipadd)
		f->show = SHOW_IP;
	else if (f->conv && f->type == TYPE_BYTES)
		f->show = SHOW_UNIX_NAME;
	if (f->type == TYPE_ENUM)
		f->names = f->values;
	else if (f->crit)
		f->names = f->crit;
	if (f->names && f->type != TYPE_ENUM)
		f->show = f->flags ? SHOW_FLAGS : SHOW_ENUM;
}

/* A group of names.c, or an enum. */
static const struct value_name *find_names(const struct schema *s, const char *word)
{
	const struct value_name *names = names_group(word);
	const struct decl *d = names ? NULL : find_decl(s, word);

	return d && d->is_enum ? d->values : names;
}

static void load_cryo_options(struct loader *ld, const struct schema *s, struct message_field *f,
			      struct bytes options)
{
	const char *show = NULL, *names = NULL, *ref = NULL;
	struct cursor c = cursor_over(options, 0);
	struct bytes o;

	while (next_piece(&c, OPTION_CRYO, &o)) {
		take_text(ld, o, 1, &show);
		take_text(ld, o, 2, &names);
		take_text(ld, o, 3, &ref);
		f->index_names |= flag_at(o, 4);
	}
	if (show)
		show_kind(show, &f->show);
	if (names) {
		f->group = names;
		f->names = find_names(s, names);
	}
	if (ref)
		f->ref = (uint16_t)ref_kind(ref);
}

static const char *load_type(struct loader *ld, const struct schema *s, struct message_field *f,
			     struct bytes body)
{
	const char *word = text_at(body, 6, ld->arena);
	const struct decl *d = word ? find_decl(s, word + (*word == '.')) : NULL;

	f->type_name = d ? d->name : NULL;
	switch (f->type) {
	case TYPE_MESSAGE:
		if (!d || d->is_enum)
			return "of a message that is not in the set (protoc --include_imports)";
		f->message = d->message;
		return NULL;
	case TYPE_ENUM:
		if (!d || !d->is_enum)
			return "of an enum that is not in the set (protoc --include_imports)";
		f->values = d->values;
		return NULL;
	case TYPE_GROUP:
		return "is a group";
	default:
		return f->type >= TYPE_DOUBLE && f->type <= TYPE_SINT64 ? NULL : "of no known type";
	}
}

/* What is wrong with it, or NULL. */
static const char *load_field(struct loader *ld, const struct schema *s, const struct decl *d,
			      struct message_field *f, struct bytes body)
{
	uint64_t number = 0, label = LABEL_OPTIONAL, type = 0;
	struct bytes options = { NULL, 0 }, before;
	const char *wrong;

	f->name = text_at(body, 1, ld->arena);
	wire_uint(body, 3, &number);
	wire_uint(body, 4, &label);
	wire_uint(body, 5, &type);
	f->number = (uint32_t)number;
	f->label = label <= LABEL_REPEATED ? (enum field_label)label : LABEL_OPTIONAL;
	f->type = type <= TYPE_SINT64 ? (enum proto_type)type : 0;
	if (!f->name || !*f->name || !is_identifier(f->name) || !number || number >> 29)
		return "without a proper name or number";
	wrong = load_type(ld, s, f, body);
	if (wrong)
		return wrong;
	f->wire = (uint8_t)wire_type_of(f->type);
	f->initial = text_at(body, 7, ld->arena);
	f->key = arena_printf(ld->arena, "\"%s\": ", f->name);
	f->key_length = (uint32_t)strlen(f->key);
	wire_bytes(body, 8, &options);
	f->packed = flag_at(options, 2);
	load_criu_options(ld, f, options);
	default_show(f);
	before = d->before.len ? options_of(d->before, number, f->name, ld->arena) : options;
	load_cryo_options(ld, s, f, before);
	if (d->before.len)
		load_cryo_options(ld, s, f, options);
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	const struct message_field *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void load_message(struct loader *ld, const struct schema *s, struct decl *d)
{
	struct message *m = d->message;
	struct message_field *fields;
	struct cursor c = cursor_over(d->body, 0);
	struct wire w;
	size_t n = 0;

	while (wire_next(&c, &w))
		n += w.number == 2 && w.type == WIRE_BYTES;
	fields = arena_array(ld->arena, n + 1, sizeof(*fields));
	c = cursor_over(d->body, 0);
	while (!ld->trouble && wire_next(&c, &w)) {
		const char *wrong;

		if (w.number != 2 || w.type != WIRE_BYTES)
			continue;
		wrong = load_field(ld, s, d, &fields[m->count], w.bytes);
		if (wrong)
			ld->trouble = arena_printf(
				ld->arena, "field %s.%s %s", m->name,
				fields[m->count].name ? fields[m->count].name : "?", wrong);
		m->count++;
	}
	qsort(fields, m->count, sizeof(*fields), by_number);
	m->fields = fields;
	for (uint32_t i = 0; i < m->count; i++) {
		fields[i].index = i;
		if (fields[i].number < ARRAY_LEN(m->direct))
			m->direct[fields[i].number] = &fields[i];
	}
}

static const struct schema *load(struct loader *ld)
{
	struct schema *s = ARENA_NEW(ld->arena, struct schema);

	sort_decls(ld, s);
	s->messages = arena_array(ld->arena, s->decl_count + 1, sizeof(const struct message *));
	for (size_t i = 0; i < s->decl_count; i++) {
		struct decl *d = s->decls[i];

		if (d->is_enum) {
			load_enum(ld, d);
			continue;
		}
		d->message = ARENA_NEW(ld->arena, struct message);
		d->message->name = d->name;
		s->messages[s->message_count++] = d->message;
	}
	for (size_t i = 0; i < s->decl_count; i++)
		if (!s->decls[i]->is_enum)
			load_message(ld, s, s->decls[i]);
	return s;
}

const struct schema *schema_builtin(struct arena *a)
{
	struct loader ld = { .arena = a };

	declare_set(&ld, (struct bytes){ schema_set, schema_set_size });
	return load(&ld);
}

struct err *schema_load(const char *file, struct arena *a, const struct schema **out)
{
	CLEANUP(source_closep) struct source *src = NULL;
	struct loader ld = { .arena = a };
	struct err *err;
	size_t mine;

	err = source_open(AT_FDCWD, file, true, &src);
	if (err)
		return err;
	if (source_size(src) > SET_MAX)
		return err_new(ERR_LIMIT, "%s: a schema is at most 1 MiB", file);
	declare_set(&ld, (struct bytes){ schema_set, schema_set_size });
	mine = ld.count;
	declare_set(&ld, source_view(src, 0, source_size(src)));
	if (!ld.trouble && ld.count == mine)
		ld.trouble = "no messages in it";
	if (!ld.trouble)
		*out = load(&ld);
	return ld.trouble ? err_new(ERR_FORMAT, "%s: %s", file, ld.trouble) : NULL;
}

/* Looking things up. */

static int name_to_message(const void *key, const void *at)
{
	return strcmp(key, (*(const struct message *const *)at)->name);
}

const struct message *schema_message(const struct schema *s, const char *name)
{
	const struct message **found = bsearch(name, s->messages, s->message_count,
					       sizeof(const struct message *), name_to_message);

	return found ? *found : NULL;
}

size_t schema_count(const struct schema *s)
{
	return s->message_count;
}

const struct message *schema_at(const struct schema *s, size_t n)
{
	return n < s->message_count ? s->messages[n] : NULL;
}

const struct value_name *schema_enum_at(const struct schema *s, size_t n, const char **name)
{
	for (size_t i = 0; i < s->decl_count; i++) {
		if (!s->decls[i]->is_enum || n--)
			continue;
		*name = s->decls[i]->name;
		return s->decls[i]->values;
	}
	return NULL;
}

const struct message_field *message_field(const struct message *m, uint32_t number)
{
	size_t lo = 0, hi = m->count;

	if (number < ARRAY_LEN(m->direct))
		return m->direct[number];
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->fields[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < m->count && m->fields[lo].number == number ? &m->fields[lo] : NULL;
}

const struct message_field *message_field_named(const struct message *m, const char *name)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (strcmp(m->fields[i].name, name) == 0)
			return &m->fields[i];
	return NULL;
}
