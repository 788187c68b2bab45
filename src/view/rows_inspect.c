/* The inspector. All lines are made when the address is set: there are thirty. */
#include "view/rows_inspect.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/heap.h"
#include "core/model.h"
#include "view/entropy.h"

#define NAME_WIDTH 9
#define TEXT_MOST 256 /* bytes read of text */
#define STEPS_MOST 16
#define VCPUS_MOST 16 /* whose tables are asked where a pointer leads */

struct fact {
	enum role role;
	const char *name, *value;
	bool leads;
	struct inspected to;
};

struct inspect_rows {
	struct rows rows;
	struct arena arena;
	struct fact *facts;
	size_t count, room;
};

/* What is looked at. */
struct look {
	struct inspect_rows *in;
	const struct aspace *as;
	uint64_t addr;
	bool big;
	uint8_t bytes[TEXT_MOST];
	size_t have; /* bytes from the first on that are there */
};

static void add(struct inspect_rows *in, enum role role, const char *name, const char *value)
{
	in->facts = heap_grow(in->facts, in->count, &in->room, sizeof(*in->facts));
	in->facts[in->count++] = (struct fact){ .role = role, .name = name, .value = value };
}

/* The line added last leads there. */
static void leads(struct inspect_rows *in, struct inspected to)
{
	in->facts[in->count - 1].leads = true;
	in->facts[in->count - 1].to = to;
}

/* ---- bytes ---- */

static uint64_t number_at(const uint8_t *at, unsigned width, bool big)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < width; i++)
		v = v << 8 | at[big ? i : width - 1 - i];
	return v;
}

/* How many of `want` bytes are there before the first that is not. */
static size_t read_ahead(const struct aspace *as, uint64_t addr, uint8_t *to, size_t want)
{
	struct extent missing;
	uint64_t there;

	if (addr + want < addr)
		want = (size_t)(0 - addr);
	there = aspace_read(as, addr, to, want, &missing);
	if (missing.start != missing.end)
		return missing.start > addr ? (size_t)(missing.start - addr) : 0;
	return (size_t)there;
}

bool aspace_pointer(const struct aspace *as, uint64_t addr, unsigned width, bool big, uint64_t *to)
{
	uint8_t bytes[8];

	if (width > 8 || read_ahead(as, addr, bytes, width) < width)
		return false;
	*to = number_at(bytes, width, big);
	return true;
}

unsigned aspace_pointer_width(const struct aspace *as)
{
	size_t n = aspace_is_mapped(as) ? as->region_count : 0;

	return n && as->kind != ASPACE_FRAMES && as->regions[n - 1].end <= UINT64_C(0x100000000)
		       ? 4
		       : 8;
}

const char *region_place(const struct aspace *as, uint64_t addr, struct arena *a)
{
	const struct region *r = aspace_region(as, addr);
	const char *name, *slash;

	if (!r)
		return NULL;
	slash = r->file ? strrchr(r->name, '/') : NULL;
	name = !*r->name ? "anon" : slash && slash[1] ? slash + 1 : r->name;
	return arena_printf(a, "%s+0x%" PRIx64, name, addr - r->start);
}

const char *extent_place(const struct aspace *as, const struct extent *x, uint64_t addr,
			 struct arena *a)
{
	const struct region *r = aspace_region(as, addr);

	if (x->source && x->image)
		return arena_printf(
			a, "%s+0x%" PRIx64 "%s", x->image->name, x->offset + (addr - x->start),
			x->level ? arena_printf(a, " (level %" PRIu32 ")", x->level) : "");
	if (x->state == PAGE_FILE && r && r->file)
		return arena_printf(a, "%s+0x%" PRIx64, r->file, r->pgoff + (addr - r->start));
	return "";
}

/* ---- as a number ---- */

static void add_integers(const struct look *k, struct arena *a)
{
	for (unsigned width = 1; width <= 8; width *= 2) {
		const char *order = width == 1 ? "" : k->big ? " be" : " le";
		const char *u = arena_printf(a, "u%u%s", width * 8, order);
		const char *i = arena_printf(a, "i%u%s", width * 8, order);
		unsigned shift = 64 - width * 8;
		uint64_t v;

		if (k->have < width) {
			add(k->in, ROLE_ABSENT, u, "-");
			add(k->in, ROLE_ABSENT, i, "-");
			continue;
		}
		v = number_at(k->bytes, width, k->big);
		add(k->in, ROLE_VALUE, u, arena_printf(a, "%" PRIu64 "  0x%" PRIx64, v, v));
		add(k->in, (int64_t)(v << shift) < 0 ? ROLE_VALUE : ROLE_DIM, i,
		    arena_printf(a, "%" PRId64, (int64_t)(v << shift) >> shift));
	}
}

static const char *float_text(double v, int digits, struct arena *a)
{
	return isnan(v) ? "NaN" : arena_printf(a, "%.*g", digits, v);
}

static void add_floats(const struct look *k, struct arena *a)
{
	uint32_t u32;
	uint64_t u64;
	float f32;
	double f64;

	if (k->have >= 4) {
		u32 = (uint32_t)number_at(k->bytes, 4, k->big);
		memcpy(&f32, &u32, sizeof(f32));
		add(k->in, ROLE_VALUE, "f32", float_text((double)f32, 7, a));
	}
	if (k->have >= 8) {
		u64 = number_at(k->bytes, 8, k->big);
		memcpy(&f64, &u64, sizeof(f64));
		add(k->in, ROLE_VALUE, "f64", float_text(f64, 15, a));
	}
}

/* A time since 1970, if it is one that people have lived in: 1980 to 2100. */
static void add_time(const struct look *k, unsigned width, const char *name, struct arena *a)
{
	char text[64];
	struct tm tm;
	uint64_t v;
	time_t t;

	if (k->have < width)
		return;
	v = number_at(k->bytes, width, k->big);
	t = (time_t)v;
	if (v < 315532800 || v > UINT64_C(4102444800) || !gmtime_r(&t, &tm)) {
		add(k->in, ROLE_DIM, name, "-");
		return;
	}
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	add(k->in, ROLE_VALUE, name, arena_strdup(a, text));
}

static void add_text(const struct look *k, struct arena *a)
{
	const uint8_t *end = memchr(k->bytes, 0, k->have);
	struct bytes b = { k->bytes, end ? (size_t)(end - k->bytes) : k->have };
	size_t fine = 0;

	while (fine < b.len) {
		struct bytes left = { b.at + fine, b.len - fine };
		uint32_t cp;
		size_t n = text_decode(left, &cp);

		if (!n || cp < ' ' || cp == 0x7f)
			break;
		fine += n;
	}
	b.len = fine;
	add(k->in, fine ? ROLE_TEXT : ROLE_DIM, "text",
	    fine ? arena_printf(a, "\"%s\"", text_clean(b, a)) : "-");
}

const struct aspace *aspace_pointed(const struct aspace *as, uint64_t to)
{
	struct space_step step = { 0 };
	uint64_t pa;

	if (as->kind == ASPACE_PROCESS)
		return aspace_region(as, to) ? as : NULL;
	if (as->kind == ASPACE_VCPU)
		return as->ops->physical(as, to, &pa) ? as : NULL;
	for (int n = 0; as->item && n < VCPUS_MOST && model_spaces(as->item->model, &step); n++)
		if (step.as->kind == ASPACE_VCPU && step.as->ops->physical(step.as, to, &pa))
			return step.as;
	return NULL;
}

/* What is in a guest's memory points to where vCPUs map it. */
static void add_guest_pointer(const struct look *k, uint64_t to, struct arena *a)
{
	const struct aspace *into = aspace_pointed(k->as, to);
	uint64_t pa;

	if (!into || !into->ops->physical(into, to, &pa)) {
		add(k->in, ROLE_DIM, "pointer", "not mapped");
		return;
	}
	add(k->in, ROLE_LINK, "pointer",
	    arena_printf(a, "-> %s pfn 0x%" PRIx64 "+0x%" PRIx64, into->who, pa / into->page,
			 pa % into->page));
}

static void add_pointer(const struct look *k, struct arena *a)
{
	unsigned width = aspace_pointer_width(k->as);
	const struct region *r;
	uint64_t to;

	if (k->have < width)
		return;
	to = number_at(k->bytes, width, k->big);
	if (k->as->kind != ASPACE_PROCESS) {
		add_guest_pointer(k, to, a);
		return;
	}
	r = aspace_region(k->as, to);
	add(k->in, r ? ROLE_LINK : ROLE_DIM, "pointer",
	    r ? arena_printf(a, "-> %s %s", r->prot, region_place(k->as, to, a)) : "not mapped");
}

/* ---- a guest's page ---- */

#define LEVELS_MOST 8
#define VERSIONS_MOST 32

static void add_frame(const struct look *k, struct arena *a)
{
	uint64_t pa;

	if (k->as->kind == ASPACE_PROCESS || !k->as->ops->physical ||
	    !k->as->ops->physical(k->as, k->addr, &pa))
		return;
	add(k->in, ROLE_VALUE, "pfn",
	    arena_printf(a, "0x%" PRIx64 "+0x%" PRIx64, pa / k->as->page, pa % k->as->page));
	if (k->as->kind == ASPACE_VCPU)
		leads(k->in, (struct inspected){ .pa = pa });
}

/* The way through the page tables. Enter goes to the table's entry. */
static void add_steps(const struct look *k, struct arena *a)
{
	struct aspace_step steps[LEVELS_MOST];
	size_t n = k->as->ops->steps(k->as, k->addr, steps, LEVELS_MOST, a);

	for (size_t i = 0; i < n && i < LEVELS_MOST; i++) {
		const struct aspace_step *s = &steps[i];
		/* Two levels are those of entries of 32 bits. */
		unsigned width = steps[0].level == 2 ? 4 : 8;

		add(k->in, s->trouble ? ROLE_WARNING : ROLE_LINK,
		    arena_printf(a, "level %u", s->level),
		    arena_printf(a, "pfn 0x%" PRIx64 "[%" PRIu64 "] %s", s->table, s->index,
				 s->flags));
		leads(k->in, (struct inspected){ .pa = s->table * k->as->page + s->index * width });
		add(k->in, s->trouble ? ROLE_WARNING : ROLE_DIM, "",
		    arena_printf(a, "0x%" PRIx64 "%s%s", s->entry, s->trouble ? " " : "",
				 s->trouble ? s->trouble : ""));
		leads(k->in, (struct inspected){ .pa = s->table * k->as->page + s->index * width });
	}
}

static struct bytes version_bytes(const struct look *k, const struct aspace_version *v)
{
	return v->source ? source_view(v->source, v->offset, k->as->page)
			 : (struct bytes){ NULL, 0 };
}

/* "12 bytes differ: +0x10 +0x3f8 ..." */
static const char *difference(struct bytes was, struct bytes is, struct arena *a)
{
	size_t n = was.len < is.len ? was.len : is.len, differ = 0, runs = 0;
	struct strbuf s;

	strbuf_init(&s, a);
	strbuf_add(&s, "");
	for (size_t i = 0; i < n; i++) {
		if (was.at[i] == is.at[i])
			continue;
		if ((!i || was.at[i - 1] == is.at[i - 1]) && runs++ < 4)
			strbuf_addf(&s, " +0x%zx", i);
		differ++;
	}
	if (!differ)
		return "the same bytes";
	return arena_printf(a, "%zu differ:%s%s", differ, s.text, runs > 4 ? " ..." : "");
}

/* All that was sent for the page, and how each body differs from the one before. Enter goes to the
 * record. */
static void add_versions(const struct look *k, struct arena *a)
{
	struct aspace_version all[VERSIONS_MOST];
	size_t n = k->as->ops->versions(k->as, k->addr, all, VERSIONS_MOST, a);
	struct bytes before = { NULL, 0 };

	for (size_t i = 0; i < n && i < VERSIONS_MOST; i++) {
		const struct aspace_version *v = &all[i];
		struct bytes now = version_bytes(k, v);
		struct place to = { v->entry, v->source ? v->offset : UINT64_MAX, NULL };

		if (before.len && now.len)
			add(k->in, ROLE_NOTE, "", difference(before, now, a));
		if (now.len)
			before = now;
		add(k->in, v->current ? ROLE_LINK : ROLE_DIM,
		    arena_printf(a, "pass %" PRIu32, v->pass),
		    arena_printf(a, "%s%s %s%s%s", v->current && n > 1 ? "*" : "",
				 v->entry.item ? node_path(v->entry, a) : "", v->type,
				 v->note ? ", " : "", v->note ? v->note : ""));
		if (v->entry.item)
			leads(k->in, (struct inspected){ .place = to });
	}
	if (n > VERSIONS_MOST)
		add(k->in, ROLE_DIM, "", arena_printf(a, "and %zu more", n - VERSIONS_MOST));
}

/* ---- where it is kept ---- */

static void add_entropy(const struct look *k, const struct extent *x, uint64_t page,
			struct arena *a)
{
	uint64_t from = page > x->start ? page : x->start;
	uint64_t len = x->end - from < k->as->page ? x->end - from : k->as->page;
	unsigned tenths = entropy_of(source_view(x->source, x->offset + (from - x->start), len));

	add(k->in, ROLE_NORMAL, "entropy",
	    arena_printf(a, "%u.%u bits a byte", tenths / 10, tenths % 10));
}

static void add_page(const struct look *k, struct arena *a)
{
	struct inspect_rows *in = k->in;
	const struct region *r = aspace_region(k->as, k->addr);
	uint64_t page = k->addr - k->addr % k->as->page;
	const char *steps[STEPS_MOST], *place;
	size_t n = 0;
	struct extent x;

	aspace_at(k->as, k->addr, &x);
	add(in, ROLE_NORMAL, "", "");
	add_frame(k, a);
	if (r)
		add(in, ROLE_NORMAL, k->as->kind == ASPACE_FRAMES ? "type" : "region",
		    arena_printf(a, "%s%s%s", r->prot, *r->prot ? " " : "",
				 *r->name ? r->name : "anon"));
	add(in, ROLE_NORMAL, "page",
	    arena_printf(a, "0x%" PRIx64 "  %s", page, page_state_name(x.state)));
	place = extent_place(k->as, &x, page > x.start ? page : x.start, a);
	if (*place)
		add(in, ROLE_NORMAL, x.source ? "image" : "file", place);
	if (x.source)
		add_entropy(k, &x, page, a);
	if (x.entry.item && !k->as->ops->versions)
		add(in, ROLE_NORMAL, "entry", node_path(x.entry, a));
	if (x.why)
		add(in, ROLE_NOTE, "why", x.why);
	if (k->as->ops->steps)
		add_steps(k, a);
	if (k->as->ops->versions)
		add_versions(k, a);
	else if (k->as->ops->trail)
		n = k->as->ops->trail(k->as, k->addr, steps, STEPS_MOST, a);
	for (size_t i = 0; i < n; i++)
		add(in, ROLE_DIM, i ? "" : "steps", steps[i]);
}

/* ---- rows ---- */

static size_t inspect_count(struct rows *r)
{
	return ((struct inspect_rows *)r)->count;
}

static void inspect_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct inspect_rows *in = (struct inspect_rows *)r;

	(void)a;
	if (n >= in->count)
		return;
	out->node = in->facts[n].to.place.node;
	row_cell(out, ROLE_FIELD, NAME_WIDTH, in->facts[n].name);
	row_cell(out, in->facts[n].role, 0, in->facts[n].value);
}

bool rows_inspect_at(struct rows *r, size_t n, struct inspected *out)
{
	struct inspect_rows *in = (struct inspect_rows *)r;

	if (n >= in->count || !in->facts[n].leads)
		return false;
	*out = in->facts[n].to;
	return true;
}

static void inspect_fini(struct rows *r)
{
	struct inspect_rows *in = (struct inspect_rows *)r;

	arena_fini(&in->arena);
	free(in->facts);
	free(in);
}

static const struct rows_ops inspect_ops = {
	.count = inspect_count,
	.line = inspect_line,
	.fini = inspect_fini,
};

struct rows *rows_inspect_new(void)
{
	struct inspect_rows *in = heap_zeroed(1, sizeof(*in));

	in->rows.ops = &inspect_ops;
	arena_init(&in->arena);
	return &in->rows;
}

void rows_inspect_set(struct rows *r, const struct aspace *as, uint64_t addr, bool big)
{
	struct inspect_rows *in = (struct inspect_rows *)r;
	struct arena *a = &in->arena;
	struct look k = { .in = in, .as = as, .addr = addr, .big = big };

	in->count = 0;
	arena_reset(a);
	if (!as)
		return;
	k.have = read_ahead(as, addr, k.bytes, sizeof(k.bytes));
	add_integers(&k, a);
	add_floats(&k, a);
	add_time(&k, 4, "time 32", a);
	add_time(&k, 8, "time 64", a);
	add_text(&k, a);
	add_pointer(&k, a);
	add_page(&k, a);
}

void rows_inspect_add(struct rows *r, const char *name, const char *value)
{
	struct inspect_rows *in = (struct inspect_rows *)r;

	add(in, ROLE_NOTE, arena_strdup(&in->arena, name), arena_strdup(&in->arena, value));
}
