/* The schema: messages, fields and how to show them, read at start from the embedded descriptor set
 * that was compiled from proto/, or from the user's (--schema FILE, made with `protoc -o`).
 * Immutable once loaded. */
#ifndef CRIU_SCHEMA_H
#define CRIU_SCHEMA_H

#include "base/arena.h"
#include "base/err.h"
#include "core/value.h"

enum field_label { LABEL_OPTIONAL = 1, LABEL_REQUIRED, LABEL_REPEATED };

/* Numbers as in descriptor.proto. */
enum proto_type {
	TYPE_DOUBLE = 1,
	TYPE_FLOAT,
	TYPE_INT64,
	TYPE_UINT64,
	TYPE_INT32,
	TYPE_FIXED64,
	TYPE_FIXED32,
	TYPE_BOOL,
	TYPE_STRING,
	TYPE_GROUP,
	TYPE_MESSAGE,
	TYPE_BYTES,
	TYPE_UINT32,
	TYPE_ENUM,
	TYPE_SFIXED32,
	TYPE_SFIXED64,
	TYPE_SINT32,
	TYPE_SINT64,
};

struct message;

struct message_field {
	uint32_t number;
	const char *name;
	enum field_label label;
	enum proto_type type;
	bool packed;
	const struct message *message;   /* TYPE_MESSAGE */
	const struct value_name *values; /* TYPE_ENUM: its values */
	/* CRIU's own hints, option 1018: what crit --pretty goes by. */
	bool hex, dev, odev, ipadd;
	const char *flags, *dict, *conv; /* NULL if absent */
	/* Ours: how the panes show it and what it refers to. */
	enum show show;
	const struct value_name *names; /* for SHOW_ENUM, SHOW_FLAGS */
	uint16_t ref;                   /* enum criu_ref, 0: none */
	bool index_names;               /* repeated: `names` are the names of the positions */
	/* Made ready for json.c. */
	const struct value_name
		*crit;   /* crit's own map for `flags` or `dict`; NULL if it has none */
	const char *key; /* "\"vaddr\": " */
	uint32_t key_length;
	uint32_t index;        /* in message.fields */
	uint8_t wire;          /* enum wire_type */
	const char *initial;   /* default, as text; NULL: none */
	const char *type_name; /* of a message or an enum */
	const char *group;     /* word in the option `names`; NULL: none */
};

struct message {
	const char *name;
	const struct message_field *fields; /* by number, ascending */
	uint32_t count;
	const struct message_field *direct[32]; /* fields numbered below 32; else search */
};

/* "size" for SHOW_SIZE: the word that proto/ uses. */
const char *show_word(enum show show);

struct schema;

/* The embedded one. Cannot fail short of a broken build. */
const struct schema *schema_builtin(struct arena *a);
/* The user's, on top of the embedded one: messages of the same name are replaced, hints of ours are
 * kept for fields of the same message, name and number. Errors name the file. */
MUST_USE struct err *schema_load(const char *file, struct arena *a, const struct schema **out);

/* NULL if there is no such message. */
const struct message *schema_message(const struct schema *s, const char *name);
size_t schema_count(const struct schema *s);
const struct message *schema_at(const struct schema *s, size_t n);
/* The n-th enum and its name; NULL past the last. */
const struct value_name *schema_enum_at(const struct schema *s, size_t n, const char **name);

const struct message_field *message_field(const struct message *m, uint32_t number);
const struct message_field *message_field_named(const struct message *m, const char *name);

#endif
