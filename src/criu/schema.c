/* Reads descriptor sets: what `protoc -o` makes of .proto files, itself in protobuf
 * (google/protobuf/descriptor.proto). protobuf-c unpacks one into its descriptor structs, in an
 * arena; options that those do not know it keeps as they are, and wire.c reads them:
 *
 *   FieldOptions  1018 CRIU_Opts, 51018 Cryo_Opts (proto/opts.proto)
 *
 * A user may bring a set along. It is at most 1 MiB, what is unpacked of it has a bound, and since
 * unpacking goes as deep as messages are nested, that is looked at before.
 *
 * Two passes: first the names of all messages and enums are collected, a later set's replacing an
 * earlier one's; then fields are made, which refer to them. */
#include "criu/schema.h"

#include <fcntl.h>
#include <google/protobuf/descriptor.pb-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/bound.h"
#include "base/text.h"
#include "core/source.h"
#include "criu/criu.h"
#include "criu/names.h"
#include "criu/schema_set.h"

enum {
	OPTION_CRIU = 1018,
	OPTION_CRYO = 51018,
	NESTING_MAX = 16,
	SET_MAX = 1 << 20,       /* CRIU's own is 50 KiB */
	UNPACKED_MAX = 32 << 20, /* CRIU's own takes less than 1 MiB */
};

/* Shorter names for what protoc made. */
typedef Google__Protobuf__FileDescriptorSet set_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__FieldDescriptorProto field_proto;
typedef Google__Protobuf__FieldOptions option_proto;
typedef Google__Protobuf__EnumDescriptorProto enum_proto;

/* A message or an enum that a set declares. */
struct decl {
	const char *name;            /* full, with package and what it is nested in */
	const message_proto *body;   /* NULL: an enum */
	const message_proto *before; /* of the declaration that this one replaces; NULL: none */
	const enum_proto *enumeration;
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

/* Names go into keys of JSON and onto the screen as they are. */
static bool is_identifier(const char *s)
{
	for (; *s; s++)
		if (*s != '_' && (*s < '0' || *s > '9') && (*s < 'a' || *s > 'z') &&
		    (*s < 'A' || *s > 'Z'))
			return false;
	return true;
}

/* protobuf-c's memory: an arena, up to a bound. */

struct pool {
	ProtobufCAllocator allocator;
	struct arena *arena;
	size_t left;
};

static void *pool_alloc(void *at, size_t size)
{
	struct pool *p = at;

	if (size > p->left)
		return NULL;
	p->left -= size;
	return arena_alloc(p->arena, size);
}

static void pool_free(void *at, void *piece)
{
	(void)at;
	(void)piece;
}

/* What is wrong with how messages are nested: files are field 1 of a set, messages 4 of a file, and
 * those nested in them 3. NULL: they are not too deep, and nothing hides from wire.c. */
static const char *bad_nesting(struct bytes set, int depth)
{
	static const uint32_t down[] = { 1, 4, 3 };
	uint32_t number = down[depth < 2 ? depth : 2];
	struct cursor c = cursor_over(set, 0);
	const char *bad = NULL;
	struct wire w;

	if (depth > NESTING_MAX)
		return "messages nested too deep";
	while (!bad && wire_next(&c, &w))
		if (w.number == number && w.type == WIRE_BYTES)
			bad = bad_nesting(w.bytes, depth + 1);
	return bad || !cursor_left(&c) ? bad : "not a descriptor set, or cut";
}

/* NULL: ld->trouble says why. */
static const set_proto *unpack(struct loader *ld, struct bytes set)
{
	struct pool *pool = ARENA_NEW(ld->arena, struct pool);
	const set_proto *out;

	*pool = (struct pool){ { pool_alloc, pool_free, pool }, ld->arena, UNPACKED_MAX };
	ld->trouble = bad_nesting(set, 0);
	if (ld->trouble)
		return NULL;
	out = google__protobuf__file_descriptor_set__unpack(&pool->allocator, set.len, set.at);
	if (!out || out->base.n_unknown_fields)
		ld->trouble = "not a descriptor set, or too large a one";
	return ld->trouble ? NULL : out;
}

/* Pass 1: declarations. */

static struct decl *declare(struct loader *ld, const char *scope, const char *name)
{
	struct decl *d = ARENA_NEW(ld->arena, struct decl);

	if (!name || !*name || !is_identifier(name)) {
		ld->trouble = "a message without a proper name";
		name = "?";
	}
	d->name = *scope ? arena_printf(ld->arena, "%s.%s", scope, name) : name;
	d->next = ld->first;
	ld->first = d;
	ld->count++;
	return d;
}

static void declare_enums(struct loader *ld, const char *scope, enum_proto *const *enums,
			  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct decl *d = declare(ld, scope, enums[i]->name);

		d->enumeration = enums[i];
		d->is_enum = true;
	}
}

static void declare_messages(struct loader *ld, const char *scope, message_proto *const *messages,
			     size_t count)
{
	for (size_t i = 0; i < count && !ld->trouble; i++) {
		const message_proto *m = messages[i];
		struct decl *d = declare(ld, scope, m->name);

		d->body = m;
		declare_messages(ld, d->name, m->nested_type, m->n_nested_type);
		declare_enums(ld, d->name, m->enum_type, m->n_enum_type);
	}
}

static void declare_set(struct loader *ld, struct bytes bytes)
{
	const set_proto *set = unpack(ld, bytes);

	for (size_t i = 0; set && i < set->n_file && !ld->trouble; i++) {
		const Google__Protobuf__FileDescriptorProto *f = set->file[i];
		const char *package = f->package ? text_clean_str(f->package, ld->arena) : "";

		declare_messages(ld, package, f->message_type, f->n_message_type);
		declare_enums(ld, package, f->enum_type, f->n_enum_type);
	}
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
		else if (!last->before && !last->is_enum)
			last->before = all[i]->body;
	}
}

/* Pass 2: what they hold. */

static void load_enum(struct loader *ld, struct decl *d)
{
	const enum_proto *e = d->enumeration;

	d->values = arena_array(ld->arena, e->n_value + 1, sizeof(*d->values));
	for (size_t i = 0; i < e->n_value; i++) {
		const char *name = e->value[i]->name;
		uint64_t v = e->value[i]->has_number ? (uint64_t)(int64_t)e->value[i]->number : 0;

		name = name ? text_clean_str(name, ld->arena) : "?";
		d->values[i] = (struct value_name){ v, name, ARCH_ALL };
	}
}

/* The options of the field of that number and name in a message's declaration; NULL: none. */
static const option_proto *options_of(const message_proto *m, uint32_t number, const char *name)
{
	for (size_t i = 0; i < m->n_field; i++) {
		const field_proto *f = m->field[i];

		if (f->has_number && (uint32_t)f->number == number && f->name &&
		    strcmp(f->name, name) == 0)
			return f->options;
	}
	return NULL;
}

static bool flag_at(struct bytes msg, uint32_t number)
{
	uint64_t v = 0;

	return wire_uint(msg, number, &v) && v;
}

/* The next of the pieces of option `number`: protoc writes `(criu).dev = true, (criu).odev = true`
 * as two pieces of one message. *n: 0 at first. */
static bool next_piece(const option_proto *options, size_t *n, uint32_t number, struct bytes *piece)
{
	while (options && *n < options->base.n_unknown_fields) {
		const ProtobufCMessageUnknownField *u = &options->base.unknown_fields[(*n)++];
		struct cursor c = cursor_over((struct bytes){ u->data, u->len }, 0);

		if (u->tag != number || u->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
			continue;
		*piece = cursor_bytes(&c, cursor_varint(&c));
		return true;
	}
	return false;
}

static void take_text(struct loader *ld, struct bytes msg, uint32_t number, const char **text)
{
	struct bytes b;

	if (wire_bytes(msg, number, &b))
		*text = text_clean(b, ld->arena);
}

static void load_criu_options(struct loader *ld, struct message_field *f,
			      const option_proto *options)
{
	struct bytes o;
	size_t n = 0;

	while (next_piece(options, &n, OPTION_CRIU, &o)) {
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
			      const option_proto *options)
{
	const char *show = NULL, *names = NULL, *ref = NULL;
	struct bytes o;
	size_t n = 0;

	while (next_piece(options, &n, OPTION_CRYO, &o)) {
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

static const char *load_type(const struct schema *s, struct message_field *f, const char *word)
{
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
			      struct message_field *f, const field_proto *body)
{
	const option_proto *options = body->options;
	int label = (int)body->label, type = (int)body->type;
	const char *wrong;

	f->name = body->name ? text_clean_str(body->name, ld->arena) : NULL;
	f->number = body->has_number ? (uint32_t)body->number : 0;
	f->label = LABEL_OPTIONAL;
	if (body->has_label && label >= LABEL_OPTIONAL && label <= LABEL_REPEATED)
		f->label = (enum field_label)label;
	if (body->has_type && type >= TYPE_DOUBLE && type <= TYPE_SINT64)
		f->type = (enum proto_type)type;
	if (!f->name || !*f->name || !is_identifier(f->name) || !f->number || f->number >> 29)
		return "without a proper name or number";
	wrong = load_type(s, f, body->type_name);
	if (wrong)
		return wrong;
	f->wire = (uint8_t)wire_type_of(f->type);
	if (body->default_value)
		f->initial = text_clean_str(body->default_value, ld->arena);
	f->key = arena_printf(ld->arena, "\"%s\": ", f->name);
	f->key_length = (uint32_t)strlen(f->key);
	f->packed = options && options->has_packed && options->packed;
	load_criu_options(ld, f, options);
	default_show(f);
	if (d->before)
		load_cryo_options(ld, s, f, options_of(d->before, f->number, f->name));
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
	const message_proto *body = d->body;
	struct message *m = d->message;
	struct message_field *fields =
		arena_array(ld->arena, body->n_field + 1, sizeof(struct message_field));

	for (size_t i = 0; i < body->n_field && !ld->trouble; i++) {
		const char *wrong = load_field(ld, s, d, &fields[m->count], body->field[i]);

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
	return ld.trouble ? err_new(ERR_USAGE, "%s: %s", file, ld.trouble) : NULL;
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
	size_t at;

	if (number < ARRAY_LEN(m->direct))
		return m->direct[number];
	at = BOUND(i, m->count, m->fields[i].number < number);
	return at < m->count && m->fields[at].number == number ? &m->fields[at] : NULL;
}

const struct message_field *message_field_named(const struct message *m, const char *name)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (strcmp(m->fields[i].name, name) == 0)
			return &m->fields[i];
	return NULL;
}
