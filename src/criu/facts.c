/* Facts: fields without bytes of their own, gathered from several images; references lead to where
 * they were found. */
#include "criu/process.h"

struct field *fact_root(struct arena *a, const char *name)
{
	struct field *f = field_add(NULL, a, FIELD_GROUP, name, (struct span){ 0, 0 });

	f->expanded = true;
	return f;
}

struct field *fact_group(struct field *parent, struct arena *a, const char *name)
{
	struct field *f = field_add(parent, a, FIELD_GROUP, name, (struct span){ 0, 0 });

	f->expanded = true;
	return f;
}

struct field *fact_nth(struct field *f, size_t n)
{
	f->at = (uint32_t)n;
	return f;
}

struct field *fact_number(struct field *parent, struct arena *a, const char *name, uint64_t v)
{
	return field_uint(parent, a, name, v, SHOW_DEC, (struct span){ 0, 0 });
}

void fact_refer(struct field *f, enum criu_ref kind, uint64_t id, uint64_t more)
{
	f->ref = (struct ref){ .kind = (uint16_t)kind, .id = id, .more = more };
}

struct field *fact_of(struct field *parent, struct arena *a, const char *name,
		      const struct message_field *mf, uint64_t v, struct value_env env)
{
	struct field *f = fact_number(parent, a, name, v);

	f->env = env;
	if (mf) {
		f->show = mf->show;
		f->names = mf->names;
	}
	return f;
}
