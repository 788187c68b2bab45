/* Memory of a guest for tools that look into machines.
 *
 *	lime       {magic, version, first, last address} and the bytes, range after range
 *	xen-core   ELF header | section headers | sections | names of the sections
 *
 * A xen-core has no program headers; what its sections are the format says (core/dump.h), but for
 * the two that any file has: none, and the names, which are in the order of the sections, for there
 * are readers that count them. Pages without bytes are in neither: who reads one finds that the
 * machine has no memory there.
 *
 * Extents are stepped through once to count, then once for each section that depends on them.
 * Nothing is kept. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "core/model.h"
#include "ops/export.h"

#define STEP (UINT64_C(64) << 20) /* bytes copied between two looks at the job */

/* ---- the stretches that have bytes ---- */

struct stretch {
	const struct aspace *as;
	uint64_t first, last; /* what was asked for */
	uint64_t at, end;     /* the stretch; its bytes are those of `extent` from there on */
	uint64_t length;      /* one more than `end` can say of what reaches up to 2^64 */
	struct extent extent;
	uint64_t lost; /* bytes so far that should be there and are not */
	const char *why;
};

/* Frames begin at 0. `whole`: pages of which but a part was asked for count as a whole. */
static struct stretch stretches(const struct export_what *w, bool whole)
{
	const struct aspace *as = w->space;
	struct stretch s = { .as = as, .first = w->start, .last = w->end };

	if (s.last <= s.first) {
		s.first = 0;
		s.last = as->region_count ? as->regions[as->region_count - 1].end : 0;
	}
	if (whole) {
		uint64_t part = s.last % as->page;

		s.first -= s.first % as->page;
		if (part && s.last <= UINT64_MAX - as->page)
			s.last += as->page - part;
	}
	s.end = s.first;
	return s;
}

/* True of what nobody left out on purpose: a whole memory may have holes, a part that someone asks
 * for is to be there. */
static bool is_missed(const struct export_what *w, const struct extent *x)
{
	return x->lost || w->end > w->start;
}

/* The next one. False: there is none. */
static bool next_stretch(struct stretch *s, const struct export_what *w)
{
	while (s->end < s->last) {
		struct extent *x = &s->extent;

		s->at = s->end;
		aspace_at(s->as, s->at, x);
		s->end = x->end < s->last ? x->end : s->last;
		if (s->end <= s->at)
			return false;
		s->length = s->end - s->at + (s->end == UINT64_MAX);
		if (x->source || x->state == PAGE_ZERO)
			return true;
		if (!is_missed(w, x))
			continue;
		s->lost += s->length;
		if (!s->why)
			s->why = x->why ? x->why : page_state_name(x->state);
	}
	return false;
}

/* Writes `length` bytes of the stretch from its byte `from` on. False: stopped. */
static bool write_stretch(const struct stretch *st, uint64_t from, uint64_t length,
			  const struct export_options *o, struct sink *s, struct job *job)
{
	const struct extent *x = &st->extent;
	uint64_t offset = x->offset + (st->at - x->start) + from;

	for (uint64_t step; length && !sink_failed(s); offset += step, length -= step) {
		uint64_t before = sink_at(s);

		step = length < STEP || !x->source ? length : STEP;
		if (x->source)
			sink_store(s, x->source, (struct span){ offset, step }, o->sparse, job);
		/* Zeros; and what a file that ends early has no more. */
		sink_skip(s, step - (sink_at(s) - before));
		if (!job_step(job, step))
			return false;
	}
	return !sink_failed(s);
}

static void tell(const struct stretch *s, struct export_result *result)
{
	result->absent = s->lost;
	result->why = s->why;
}

static bool is_frames(const struct export_what *w)
{
	return w->space && w->space->kind == ASPACE_FRAMES;
}

static struct err *no_memory(const struct export_what *w)
{
	return err_new(ERR_ABSENT, "%s: there is no page with bytes to write", w->space->name);
}

/* ---- lime ---- */

enum { LIME_MAGIC = 0x4c694d45, LIME_VERSION = 1, LIME_HEADER = 32 };

/* Steps to the next range of neighbouring stretches; `s` stands behind it then. */
static bool next_range(struct stretch *s, const struct export_what *w, struct span *range)
{
	struct stretch ahead;

	if (!next_stretch(s, w))
		return false;
	*range = (struct span){ s->at, s->length };
	for (ahead = *s; next_stretch(&ahead, w) && ahead.at == s->end; *s = ahead)
		range->length += ahead.length;
	return true;
}

static uint64_t lime_size(const struct export_what *w, const struct export_options *o)
{
	struct stretch s = stretches(w, false);
	uint64_t size = 0;

	(void)o;
	for (struct span range; next_range(&s, w, &range);)
		size += LIME_HEADER + range.length;
	return size;
}

static void lime_header(struct sink *s, struct span range, struct arena *a)
{
	struct pack p = pack_of(a, LIME_HEADER);

	pack_u32(&p, LIME_MAGIC);
	pack_u32(&p, LIME_VERSION);
	pack_u64(&p, range.offset);
	pack_u64(&p, range.offset + range.length - 1);
	pack_to(&p, LIME_HEADER);
	sink_write(s, pack_bytes(&p));
}

static struct err *lime_run(const struct export_what *w, const struct export_options *o,
			    struct sink *s, struct job *job, struct export_result *result)
{
	struct stretch ahead = stretches(w, false), at = ahead;
	struct arena a;

	arena_init(&a);
	for (struct span range; next_range(&ahead, w, &range); arena_reset(&a)) {
		lime_header(s, range, &a);
		for (uint64_t left = range.length; left && next_stretch(&at, w); left -= at.length)
			if (!write_stretch(&at, 0, at.length, o, s, job))
				break;
		if (sink_failed(s) || atomic_load(&job->cancel))
			break;
	}
	arena_fini(&a);
	tell(&ahead, result);
	return sink_at(s) ? NULL : no_memory(w);
}

/* ---- xen-core: where everything goes ---- */

enum { EHDR = 64, SHDR = 64, SHT_STRTAB = 3, NAMES_SECTION = 1, FIRST_SECTION = 2 };

struct plan {
	const struct export_what *what;
	const struct export_options *options;
	const struct dump *dump;
	uint64_t pages;
	uint64_t *offsets; /* of the dump's sections */
	struct bytes names;
	uint64_t names_at, size;
};

static uint64_t round_up(uint64_t v, uint64_t to)
{
	return to > 1 ? (v + to - 1) / to * to : v;
}

static uint64_t section_size(const struct plan *p, const struct dump_section *s)
{
	uint64_t page = p->what->space->page;
	const uint64_t sizes[] = {
		[DUMP_BYTES] = s->bytes.len,
		[DUMP_PAGES] = p->pages * page,
		[DUMP_FRAMES] = p->pages * 8,
		[DUMP_PAIRS] = p->pages * 16,
	};

	return sizes[s->content];
}

/* "", ".shstrtab", then those of the sections, as their headers come. */
static struct bytes section_names(const struct dump *d, struct arena *a)
{
	size_t size = 1 + sizeof(".shstrtab");
	struct pack p;

	for (size_t i = 0; i < d->section_count; i++)
		size += strlen(d->sections[i].name) + 1;
	p = pack_of(a, size);
	pack_u8(&p, 0);
	pack_field(&p, bytes_of(".shstrtab"), sizeof(".shstrtab"));
	for (size_t i = 0; i < d->section_count; i++)
		pack_field(&p, bytes_of(d->sections[i].name), strlen(d->sections[i].name) + 1);
	return pack_bytes(&p);
}

static uint64_t count_pages(const struct export_what *w)
{
	struct stretch s = stretches(w, true);
	uint64_t pages = 0;

	while (next_stretch(&s, w))
		pages += s.length / w->space->page;
	return pages;
}

static struct err *make_plan(struct plan *p, const struct export_what *w,
			     const struct export_options *o, struct arena *a)
{
	const char *why = NULL;
	uint64_t at;

	*p = (struct plan){ .what = w, .options = o };
	p->dump = w->model->dump(w->space, "xen-core", a, &why);
	if (!p->dump)
		return err_new(ERR_USAGE, "%s: %s", w->space->name, why ? why : "no such core");
	p->offsets = arena_array(a, p->dump->section_count, sizeof(*p->offsets));
	p->pages = count_pages(w);
	if (!p->pages)
		return no_memory(w);
	if (p->pages > INT64_MAX / 2 / w->space->page)
		return err_new(ERR_LIMIT, "%s is larger than a file can be", w->space->name);
	p->names = section_names(p->dump, a);
	at = EHDR + SHDR * (FIRST_SECTION + (uint64_t)p->dump->section_count);
	for (size_t i = 0; i < p->dump->section_count; i++) {
		const struct dump_section *s = &p->dump->sections[i];

		p->offsets[i] = round_up(at, s->align);
		at = p->offsets[i] + section_size(p, s);
	}
	p->names_at = at;
	p->size = at + p->names.len;
	return NULL;
}

/* ---- xen-core: headers ---- */

static void pack_ehdr(const struct plan *p, struct pack *k)
{
	enum { ET_CORE = 4, EV_CURRENT = 1, PHDR = 56 };
	const struct dump *d = p->dump;

	pack_field(k, bytes_of("\177ELF\2\1\1"), 8);
	pack_u8(k, d->abi_version);
	pack_to(k, 16);
	pack_u16(k, ET_CORE);
	pack_u16(k, d->machine);
	pack_u32(k, EV_CURRENT);
	pack_u64(k, 0);
	pack_u64(k, 0);
	pack_u64(k, EHDR);
	pack_u32(k, 0);
	pack_u16(k, EHDR);
	pack_u16(k, PHDR);
	pack_u16(k, 0);
	pack_u16(k, SHDR);
	pack_u16(k, (uint16_t)(FIRST_SECTION + d->section_count));
	pack_u16(k, NAMES_SECTION);
}

struct shdr {
	uint32_t name, type;
	uint64_t offset, size, align, entsize;
};

static void pack_shdr(struct pack *k, const struct shdr *s)
{
	pack_u32(k, s->name);
	pack_u32(k, s->type);
	pack_u64(k, 0);
	pack_u64(k, 0);
	pack_u64(k, s->offset);
	pack_u64(k, s->size);
	pack_u64(k, 0);
	pack_u64(k, s->align);
	pack_u64(k, s->entsize);
}

static void write_headers(const struct plan *p, struct sink *s, struct arena *a)
{
	const struct dump *d = p->dump;
	uint32_t name = 1 + sizeof(".shstrtab");
	struct pack k = pack_of(a, EHDR + SHDR * (FIRST_SECTION + d->section_count));

	pack_ehdr(p, &k);
	pack_shdr(&k, &(struct shdr){ 0 });
	pack_shdr(&k, &(struct shdr){ .name = 1,
				      .type = SHT_STRTAB,
				      .offset = p->names_at,
				      .size = p->names.len });
	for (size_t i = 0; i < d->section_count; i++) {
		const struct dump_section *of = &d->sections[i];

		pack_shdr(&k, &(struct shdr){ .name = name,
					      .type = of->type,
					      .offset = p->offsets[i],
					      .size = section_size(p, of),
					      .align = of->align,
					      .entsize = of->entsize });
		name += (uint32_t)strlen(of->name) + 1;
	}
	sink_write(s, pack_bytes(&k));
}

/* ---- xen-core: sections ---- */

static void write_bytes(const struct plan *p, const struct dump_section *of, struct sink *s,
			struct arena *a)
{
	struct pack count = pack_of(a, 8);
	struct bytes b = of->bytes;

	if (!of->count_at || of->count_at > b.len || b.len - of->count_at < 8) {
		sink_write(s, b);
		return;
	}
	pack_u64(&count, p->pages);
	sink_write(s, (struct bytes){ b.at, of->count_at });
	sink_write(s, pack_bytes(&count));
	sink_write(s, (struct bytes){ b.at + of->count_at + 8, b.len - of->count_at - 8 });
}

/* Pages of a stretch, of which the dump may say something else than the memory. */
static bool write_replaced(const struct plan *p, const struct stretch *st, struct sink *s,
			   struct job *job, uint8_t *page)
{
	uint64_t size = p->what->space->page, from = 0;

	for (uint64_t at = 0; at < st->length; at += size) {
		if (!p->dump->replace(p->dump, st->at + at, page))
			continue;
		if (!write_stretch(st, from, at - from, p->options, s, job))
			return false;
		sink_write(s, (struct bytes){ page, size });
		from = at + size;
	}
	return write_stretch(st, from, st->length - from, p->options, s, job);
}

static void write_pages(const struct plan *p, struct sink *s, struct job *job, struct arena *a,
			struct export_result *result)
{
	struct stretch st = stretches(p->what, true);
	uint8_t *page = arena_alloc(a, p->what->space->page);
	bool going = true;

	while (going && next_stretch(&st, p->what))
		going = p->dump->replace ? write_replaced(p, &st, s, job, page)
					 : write_stretch(&st, 0, st.length, p->options, s, job);
	tell(&st, result);
}

/* The frame number of each page, `times` in a row. */
static void write_frames(const struct plan *p, struct sink *s, unsigned times, struct arena *a)
{
	enum { ROOM = 65536 };
	struct stretch st = stretches(p->what, true);
	uint64_t page = p->what->space->page;
	struct pack k = pack_of(a, ROOM);

	while (!sink_failed(s) && next_stretch(&st, p->what))
		for (uint64_t at = 0; at < st.length; at += page) {
			for (unsigned i = 0; i < times; i++)
				pack_u64(&k, (st.at + at) / page);
			if (k.len < ROOM)
				continue;
			sink_write(s, pack_bytes(&k));
			k.len = 0;
		}
	sink_write(s, pack_bytes(&k));
}

static void write_section(const struct plan *p, const struct dump_section *of, struct sink *s,
			  struct job *job, struct arena *a, struct export_result *result)
{
	switch (of->content) {
	case DUMP_BYTES:
		write_bytes(p, of, s, a);
		break;
	case DUMP_PAGES:
		write_pages(p, s, job, a, result);
		break;
	case DUMP_FRAMES:
		write_frames(p, s, 1, a);
		break;
	case DUMP_PAIRS:
		write_frames(p, s, 2, a);
		break;
	}
}

static uint64_t core_size(const struct export_what *w, const struct export_options *o)
{
	struct arena a;
	struct plan p;

	arena_init(&a);
	err_free(make_plan(&p, w, o, &a));
	arena_fini(&a);
	return p.size;
}

static struct err *core_run(const struct export_what *w, const struct export_options *o,
			    struct sink *s, struct job *job, struct export_result *result)
{
	struct arena a;
	struct plan p;
	struct err *err;

	arena_init(&a);
	err = make_plan(&p, w, o, &a);
	if (!err) {
		atomic_store(&job->total, p.pages * w->space->page);
		write_headers(&p, s, &a);
		for (size_t i = 0; i < p.dump->section_count && !atomic_load(&job->cancel); i++) {
			sink_skip(s, p.offsets[i] - sink_at(s));
			write_section(&p, &p.dump->sections[i], s, job, &a, result);
		}
		sink_write(s, p.names);
		if (p.dump->lacks)
			snprintf(result->lacks, sizeof(result->lacks), "%s", p.dump->lacks);
	}
	arena_fini(&a);
	return err;
}

static bool core_fits(const struct export_what *w)
{
	return is_frames(w) && w->model->dump;
}

const struct exporter export_lime = {
	.name = "lime",
	.summary = "a guest's memory, as LiME writes it",
	.suffix = ".lime",
	.memory = true,
	.fits = is_frames,
	.size = lime_size,
	.run = lime_run,
};

const struct exporter export_xen_core = {
	.name = "xen-core",
	.summary = "a guest, as Xen dumps one: for crash and others",
	.suffix = ".core",
	.memory = true,
	.fits = core_fits,
	.size = core_size,
	.run = core_run,
};
