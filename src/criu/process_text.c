/* What a process's memory says of it: the command line, the environment, the auxiliary vector.
 *
 *	arg_start          arg_end env_start                      env_end
 *	"/bin/sh\0-c\0ls\0"       "HOME=/root\0PATH=/bin\0"
 *
 * As in /proc/PID/cmdline: a process that wrote over the last NUL gave itself a title, which may go
 * on into the environment and ends at the first NUL. Pages that are not here read as zeros; then
 * that is said. */
#include <string.h>

#include "criu/names.h"
#include "criu/process.h"

#define MOST_BYTES (2u << 20)
#define MOST_STRINGS 65536u

enum { MM_ARG = 8, MM_ENV = 10, MM_AUXV = 13 };

/* A range of memory, copied. */
struct text {
	uint64_t start, end; /* as the mm has it */
	struct bytes b;      /* what was read of it; zeros where nothing is */
	uint64_t there;      /* how many of them are in the images */
	struct extent missing;
};

static struct text text_at(struct aspace *as, uint64_t start, uint64_t end, struct arena *a)
{
	uint64_t len = end > start ? end - start : 0;
	struct text x = { .start = start, .end = end };
	uint8_t *copy;

	len = len < MOST_BYTES ? len : MOST_BYTES;
	copy = arena_alloc(a, len + 1);
	x.there = aspace_read(as, start, copy, len, &x.missing);
	x.b = (struct bytes){ copy, len };
	return x;
}

static const char *trouble_of(const struct text *x, struct arena *a)
{
	const struct extent *m = &x->missing;

	if (x->there < x->b.len)
		return arena_printf(a, "%llu of %zu bytes are not here: %s%s%s",
				    (unsigned long long)(x->b.len - x->there), x->b.len,
				    page_state_name(m->state), m->why ? ", " : "",
				    m->why ? m->why : "");
	if (x->b.len < x->end - x->start)
		return arena_printf(a, "only the first %s are shown", text_size(x->b.len, a));
	return NULL;
}

/* The next NUL-terminated string of `b` from *at. */
static bool next_string(struct bytes b, size_t *at, struct bytes *out)
{
	const uint8_t *nul;

	if (*at >= b.len)
		return false;
	*out = (struct bytes){ b.at + *at, b.len - *at };
	nul = memchr(out->at, 0, out->len);
	if (nul)
		out->len = (size_t)(nul - out->at);
	*at += out->len + 1;
	return true;
}

/* A field for each string. */
static void add_strings(struct field *group, const struct text *x, const char *name, bool title,
			struct arena *a)
{
	struct bytes s;
	size_t n = 0;

	for (size_t at = 0, from = 0; n < MOST_STRINGS && next_string(x->b, &at, &s); from = at) {
		struct field *f;

		if (!s.len && x->there < x->b.len)
			continue; /* not here, more likely than empty */
		f = field_text(group, a, name, s, (struct span){ 0, 0 });
		f->show = SHOW_TEXT;
		fact_refer(fact_nth(f, n++), REF_ADDRESS, x->start + from, 0);
		if (title)
			break;
	}
	if (n == MOST_STRINGS)
		group->trouble = "there are more: not all are shown";
}

/* The strings in one line. */
static const char *joined(const struct text *x, bool title, struct arena *a)
{
	enum { ENOUGH = 256 };
	struct strbuf line;
	struct bytes s;

	strbuf_init(&line, a);
	for (size_t at = 0; line.len < ENOUGH && next_string(x->b, &at, &s);) {
		s.len = s.len < ENOUGH ? s.len : ENOUGH;
		if (at > s.len + 1 && line.len)
			strbuf_add(&line, " ");
		strbuf_clean(&line, s);
		if (title)
			break;
	}
	return line.text;
}

/* The arguments; *title: they are one text that the process wrote over them. */
static bool read_arguments(struct criu_set *set, struct process *p, struct bytes mm, struct text *x,
			   bool *title, struct arena *a)
{
	struct aspace *as = process_space(set, p);
	uint64_t start = uint_of(mm, MM_ARG), end = uint_of(mm, MM_ARG + 1);
	uint64_t env_end = uint_of(mm, MM_ENV + 1);

	*x = text_at(as, start, end, a);
	if (!x->b.len)
		return false;
	*title = x->there == x->b.len && x->b.len == end - start && x->b.at[x->b.len - 1];
	if (*title && env_end > end && uint_of(mm, MM_ENV) == end)
		*x = text_at(as, start, env_end, a);
	return true;
}

static void add_arguments(struct field *root, const struct task *t, struct arena *a)
{
	struct field *group;
	struct text x;
	bool title;

	if (!read_arguments(t->set, t->p, t->mm, &x, &title, a))
		return;
	group = fact_group(root, a, "command line");
	group->note = joined(&x, title, a);
	group->trouble = trouble_of(&x, a);
	fact_refer(group, REF_ADDRESS, x.start, 0);
	add_strings(group, &x, "argument", title, a);
}

static void add_environment(struct field *root, const struct task *t, struct arena *a)
{
	struct aspace *as = process_space(t->set, t->p);
	struct text x = text_at(as, uint_of(t->mm, MM_ENV), uint_of(t->mm, MM_ENV + 1), a);
	struct field *group;

	if (!x.b.len)
		return;
	group = fact_group(root, a, "environment");
	group->trouble = trouble_of(&x, a);
	fact_refer(group, REF_ADDRESS, x.start, 0);
	add_strings(group, &x, "variable", false, a);
	group->note = arena_printf(a, "%u", group->count);
}

/* ---- the auxiliary vector ---- */

/* Values that are addresses. */
static const uint8_t auxv_pointers[] = { 3, 7, 9, 15, 24, 25, 31, 32, 33 };

static bool is_pointer(uint64_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(auxv_pointers); i++)
		if (auxv_pointers[i] == type)
			return true;
	return false;
}

/* A text that a value points to: the executable's name, the platform. */
static const char *pointed_text(const struct task *t, uint64_t type, uint64_t v, struct arena *a)
{
	enum { BASE_PLATFORM = 24, PLATFORM = 15, EXECFN = 31, MOST = 4096 };
	struct extent missing;
	struct bytes s;
	uint8_t *buf;
	size_t at = 0;

	if (type != BASE_PLATFORM && type != PLATFORM && type != EXECFN)
		return NULL;
	buf = arena_alloc(a, MOST);
	aspace_read(process_space(t->set, t->p), v, buf, MOST, &missing);
	next_string((struct bytes){ buf, MOST }, &at, &s);
	return s.len ? text_clean(s, a) : NULL;
}

static void add_aux(struct field *group, const struct task *t, uint64_t type, uint64_t v,
		    struct arena *a)
{
	const char *name = named(t->set, "auxv", type); /* AT_... */
	struct field *f;

	f = fact_number(group, a,
			name ? name + 3 : arena_printf(a, "%llu", (unsigned long long)type), v);
	if (is_pointer(type) && v) {
		f->show = SHOW_ADDRESS;
		fact_refer(f, REF_ADDRESS, v, 0);
		f->note = pointed_text(t, type, v, a);
	} else if (type == 16 || type == 26) {
		f->show = SHOW_HEX;
	}
}

/* Of 64-bit tasks types and values alternate; 32-bit tasks have both in one element, the value
 * above: their second element is no value but a pair. */
static bool is_paired(const uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i += 2)
		if (v[i] > UINT32_MAX)
			return true;
	return false;
}

static void add_auxv(struct field *root, const struct task *t, struct arena *a)
{
	enum { MOST = 256 };
	uint64_t v[MOST];
	size_t n = wire_uints(t->mm, MM_AUXV, v, MOST);
	struct field *group;
	bool paired;

	n = n < MOST ? n : MOST;
	if (!n)
		return;
	group = fact_group(root, a, "auxv");
	paired = is_paired(v, n);
	for (size_t i = 0; i < n; i += paired ? 1 : 2) {
		uint64_t type = paired ? (uint32_t)v[i] : v[i];

		if (!type) /* AT_NULL ends it */
			break;
		if (paired || i + 1 < n)
			add_aux(group, t, type, paired ? v[i] >> 32 : v[i + 1], a);
	}
	group->note = arena_printf(a, "%u", group->count);
}

/* ---- all of it ---- */

void task_add_text(struct field *root, const struct task *t, struct arena *a)
{
	if (!t->mm.len)
		return;
	add_arguments(root, t, a);
	add_environment(root, t, a);
	add_auxv(root, t, a);
}

void task_json_cmdline(struct criu_set *set, struct process *p, struct json *j)
{
	struct bytes mm, s;
	struct arena a;
	struct text x;
	bool title;
	size_t n = 0;

	arena_init(&a);
	if (!p->mm || !image_first(p->mm, &mm) || !read_arguments(set, p, mm, &x, &title, &a) ||
	    !x.there) {
		json_null(j);
		arena_fini(&a);
		return;
	}
	json_array(j);
	for (size_t at = 0; n++ < MOST_STRINGS && next_string(x.b, &at, &s);) {
		json_text(j, s);
		if (title)
			break;
	}
	json_end_array(j);
	arena_fini(&a);
}
