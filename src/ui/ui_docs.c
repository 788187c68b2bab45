/* Keys and actions as parts of the manual, mdoc, straight from their tables. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ui/app.h"
#include "ui/ui.h"
#include "view/rows_found.h"

/* A name of a key as an argument: what mdoc takes for punctuation or an escape is hidden from it.
 */
static void put_key(struct out *o, const char *name)
{
	out_str(o, "\\&");
	for (; *name; name++)
		if (*name == '\\')
			out_str(o, "\\e");
		else if (*name == '-')
			out_str(o, "\\-");
		else
			out_add(o, name, 1);
	out_str(o, "\\&");
}

static void put_sentence(struct out *o, const char *help)
{
	out_printf(o, "%c%s.\n", toupper((unsigned char)*help), help + 1);
}

static void dump_bind(const struct key_bind *bind, struct out *o)
{
	for (int i = 0; i < BIND_KEYS && bind->keys[i]; i++) {
		char words[64];
		char *save = NULL;

		out_str(o, i ? " , " : ".It ");
		snprintf(words, sizeof(words), "%s", bind->keys[i]);
		for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
			out_str(o, w == words ? "Ic " : " ");
			put_key(o, w);
		}
	}
	out_str(o, "\n");
	put_sentence(o, action_infos[bind->action].help);
}

static void dump_keys(const struct key_bind *binds, struct out *o)
{
	out_str(o, ".Bl -tag -width Ds -compact\n");
	for (; binds->keys[0]; binds++)
		dump_bind(binds, o);
	out_str(o, ".El\n");
}

static void dump_everywhere(struct out *o)
{
	dump_keys(app_keys, o);
}

static void dump_list(struct out *o)
{
	struct list l;
	struct err *err = list_init(&l, "", rows_lines_new(), false);

	err_free(err);
	dump_keys(l.pane.class->keys, o);
	list_fini(&l);
}

static void dump_hex(struct out *o)
{
	struct hex h;
	struct err *err = hex_init(&h, "");

	err_free(err);
	dump_keys(h.pane.class->keys, o);
	hex_fini(&h);
}

static void dump_diff(struct out *o)
{
	dump_keys(app_diff_keys, o);
}

static void dump_actions(struct out *o)
{
	out_str(o, ".Bl -tag -width Ds -compact\n");
	for (int i = ACT_NONE + 1; i < ACT_COUNT; i++)
		if (action_infos[i].name) {
			out_printf(o, ".It Ic %s\n", action_infos[i].name);
			put_sentence(o, action_infos[i].help);
		}
	out_str(o, ".El\n");
}

static const struct {
	const char *name;
	void (*dump)(struct out *);
} parts[] = {
	{ "keys", dump_everywhere }, { "keys-list", dump_list },  { "keys-bytes", dump_hex },
	{ "keys-diff", dump_diff },  { "actions", dump_actions },
};

bool ui_docs(const char *part, struct out *o)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!strcmp(parts[i].name, part)) {
			parts[i].dump(o);
			return true;
		}
	return false;
}
