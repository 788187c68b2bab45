/* An ELF core of a memory.
 *
 *	ELF header | program headers | notes | padding to a page | bytes, segment after segment
 *
 * A PT_LOAD is a stretch of one region whose pages are known: p_filesz reaches to the last page
 * with bytes, what follows up to p_memsz is zeros. Zeros between bytes are a hole of the file if
 * they are few, else the segment ends there and another begins. All else is in no segment, for a
 * debugger would show it as zeros: pages of a mapped file that no image has, which it takes from
 * the file that NT_FILE names; what was lost with a parent, left with the dumping side, or is never
 * dumped.
 *
 * More than 65534 headers are counted in section header 0 (PN_XNUM), which then is the only one.
 *
 * The extents are stepped through twice, first for the headers. Nothing is kept but 32 bytes a
 * segment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "base/text.h"
#include "core/model.h"
#include "ops/export.h"
#include "ops/mapped.h"

#define GAP (UINT64_C(1) << 20)   /* zeros that do not end a segment */
#define STEP (UINT64_C(64) << 20) /* bytes copied between two looks at the job */
#define SEGMENTS_MOST (1u << 26)

enum { PT_LOAD = 1, PT_NOTE = 4, PN_XNUM = 0xffff, PF_EXEC = 1, PF_WRITE = 2, PF_READ = 4 };

struct segment {
	uint64_t start, size; /* in memory */
	uint64_t stored;      /* bytes in the file */
	uint32_t flags;       /* PF_ */
};

struct core {
	const struct export_what *what;
	const struct dump *dump;
	struct segment *segments;
	size_t count, room;
	struct export_result result;
	struct mapped *mapped; /* what regions map, if it is to be filled in; NULL */
	uint64_t notes;        /* bytes of all of them */
	uint64_t data;         /* where the first segment's bytes begin */
	uint64_t size;         /* of the whole file */
	uint64_t bytes;        /* of pages, without holes */
	struct err *err;
};

/* ---- segments ---- */

enum content { CONTENT_NONE, CONTENT_BYTES, CONTENT_ZEROS };

static enum content content_of(const struct extent *x)
{
	static const enum content contents[PAGE_STATES] = {
		[PAGE_PRESENT] = CONTENT_BYTES,
		[PAGE_PARENT] = CONTENT_BYTES,
		[PAGE_ZERO] = CONTENT_ZEROS,
	};

	if (contents[x->state] == CONTENT_BYTES && !x->source)
		return CONTENT_NONE;
	return contents[x->state];
}

static uint32_t flags_of(const struct aspace *as, size_t region)
{
	uint32_t of, flags = 0;

	if (region >= as->region_count || as->kind == ASPACE_FRAMES)
		return PF_READ | PF_WRITE | PF_EXEC;
	of = as->regions[region].flags;
	flags |= of & REGION_READ ? PF_READ : 0;
	flags |= of & REGION_WRITE ? PF_WRITE : 0;
	flags |= of & REGION_EXEC ? PF_EXEC : 0;
	return flags;
}

static uint64_t round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

/* Turns pages that only a mapped file has into that file's, if it is here: up to the page in which
 * it ends. */
static void fill_in(const struct core *c, struct extent *x)
{
	const struct region *r = &c->what->space->regions[x->region];
	struct source *src = mapped_source(c->mapped, r);
	uint64_t page = c->what->space->page, at = r->pgoff + (x->start - r->start);
	uint64_t end = src ? round_up(source_size(src), page) : 0;

	if (at >= end)
		return;
	x->state = PAGE_PRESENT;
	x->source = src;
	x->offset = at;
	if (x->end - x->start > end - at)
		x->end = x->start + (end - at);
}

static void core_at(const struct core *c, uint64_t addr, struct extent *x)
{
	aspace_at(c->what->space, addr, x);
	if (!c->mapped || x->state != PAGE_FILE || x->region >= c->what->space->region_count)
		return;
	/* As much of it as is asked for: the file may end before. */
	x->start = addr;
	fill_in(c, x);
}

/* Bytes of [start, end): an end of UINT64_MAX stands for 2^64, which is no number of 64 bits. */
static uint64_t length_of(uint64_t start, uint64_t end)
{
	return end - start + (end == UINT64_MAX);
}

/* A new one behind the others; NULL: there are too many. */
static struct segment *push(struct core *c)
{
	if (c->count == c->room) {
		size_t room = c->room ? c->room * 2 : 256;
		struct segment *more =
			room > SEGMENTS_MOST ? NULL : realloc(c->segments, room * sizeof(*more));

		if (!more) {
			c->err = err_new(ERR_LIMIT, "%s is in too many pieces for a core",
					 c->what->space->name);
			return NULL;
		}
		c->segments = more;
		c->room = room;
	}
	c->segments[c->count] = (struct segment){ 0 };
	return &c->segments[c->count++];
}

/* True if what begins at `start` within `border` may follow in `s`, which lies in `of`. */
static bool continues(const struct segment *s, size_t of, size_t border, const struct extent *x,
		      uint64_t start)
{
	if (s->start + s->size != start || of != border)
		return false;
	return content_of(x) != CONTENT_BYTES || s->size - s->stored <= GAP;
}

/* What a segment does not reach across: types of frames are not borders. */
static size_t border_of(const struct aspace *as, const struct extent *x)
{
	return as->kind == ASPACE_FRAMES ? 0 : x->region;
}

/* Adds [start, end) of an extent; *of is the region of the last segment. */
static void take(struct core *c, const struct extent *x, uint64_t start, uint64_t end, size_t *of)
{
	enum content content = content_of(x);
	size_t border = border_of(c->what->space, x);
	struct segment *s = c->count ? &c->segments[c->count - 1] : NULL;

	if (content == CONTENT_NONE)
		return;
	if (!s || !continues(s, *of, border, x, start)) {
		s = push(c);
		if (!s)
			return;
		s->start = start;
		s->flags = flags_of(c->what->space, x->region);
		*of = border;
	}
	s->size = start - s->start + length_of(start, end);
	if (content != CONTENT_BYTES)
		return;
	s->stored = s->size;
	c->bytes += length_of(start, end);
}

/* Bytes that ought to be somewhere: not those that no dump ever has. */
static void note_absent(struct core *c, const struct extent *x, uint64_t length)
{
	bool meant = x->state == PAGE_LAZY || (x->state == PAGE_ABSENT && x->lost);

	if (!meant)
		return;
	c->result.absent += length;
	if (!c->result.why)
		c->result.why = x->why ? x->why : page_state_name(x->state);
}

/* The part of [*start, *end) that the core's addresses can say. */
static bool clip(struct core *c, const struct extent *x, uint64_t start, uint64_t *end)
{
	const uint64_t most = UINT64_C(1) << 32;

	if (c->dump->wide || *end <= most)
		return true;
	if (content_of(x) == CONTENT_BYTES) {
		c->result.absent += length_of(start < most ? most : start, *end);
		c->result.why = "it lies beyond what a 32-bit core can address";
	}
	*end = most;
	return start < most;
}

static void plan_segments(struct core *c, struct job *job)
{
	const struct aspace *as = c->what->space;
	uint64_t first = c->what->start, last = c->what->end;
	size_t of = SIZE_MAX;

	if (last <= first) {
		first = as->region_count ? as->regions[0].start : 0;
		last = as->region_count ? as->regions[as->region_count - 1].end : 0;
	}
	for (uint64_t at = first; at < last && !c->err;) {
		struct extent x;
		uint64_t end, cut;

		core_at(c, at, &x);
		end = cut = x.end < last ? x.end : last;
		if (end <= at)
			break;
		if (clip(c, &x, at, &cut)) {
			note_absent(c, &x, length_of(at, cut));
			take(c, &x, at, cut, &of);
		}
		at = end;
		if (job && !job_step(job, 0))
			break;
	}
}

/* ---- sizes ---- */

static uint64_t note_size(const struct dump_note *n)
{
	return 12 + round_up(strlen(n->name) + 1, 4) + round_up(n->desc.len, 4);
}

static uint64_t header_size(const struct dump *d)
{
	return d->wide ? 64 : 52;
}

static uint64_t entry_size(const struct dump *d)
{
	return d->wide ? 56 : 32;
}

/* Program headers: one of the notes, one a segment. */
static uint64_t entry_count(const struct core *c)
{
	return (uint64_t)c->count + 1;
}

static bool many_entries(const struct core *c)
{
	return entry_count(c) >= PN_XNUM;
}

static uint64_t sections_at(const struct core *c)
{
	return header_size(c->dump) + entry_count(c) * entry_size(c->dump);
}

static uint64_t notes_at(const struct core *c)
{
	return sections_at(c) + (!many_entries(c) ? 0 : c->dump->wide ? 64 : 40);
}

/* Pages lie at pages of the file, which lets file systems share their blocks. */
static uint64_t page_of(const struct core *c)
{
	uint64_t page = c->what->space->page;

	return page >= 512 && page <= 65536 ? page : 4096;
}

static void plan_sizes(struct core *c)
{
	for (size_t i = 0; i < c->dump->note_count; i++)
		c->notes += note_size(&c->dump->notes[i]);
	c->data = round_up(notes_at(c) + c->notes, page_of(c));
	c->size = c->data;
	for (size_t i = 0; i < c->count; i++) {
		if (c->segments[i].stored > INT64_MAX - c->size - page_of(c)) {
			c->err = err_new(ERR_LIMIT, "%s is larger than a file can be",
					 c->what->space->name);
			return;
		}
		c->size = round_up(c->size + c->segments[i].stored, page_of(c));
	}
	if (!c->dump->wide && c->size > UINT32_MAX)
		c->err = err_new(ERR_LIMIT, "%s has more bytes than a 32-bit core can hold",
				 c->what->space->name);
}

static void core_fini(struct core *c)
{
	mapped_close(c->mapped);
	free(c->segments);
}

/* What the format lacks comes first: whole threads are more than pages that are elsewhere, too. */
static void say_lacks(struct core *c)
{
	const char *why = c->dump->lacks;
	size_t refused = 0;

	if (!why && c->mapped)
		refused = mapped_refused(c->mapped, &why);
	if (refused > 1)
		snprintf(c->result.lacks, sizeof(c->result.lacks),
			 "%zu mapped files are not filled in: %s", refused, why);
	else if (why && *why)
		snprintf(c->result.lacks, sizeof(c->result.lacks), "%s", why);
}

static struct err *core_plan(struct core *c, const struct export_what *w, const char *root,
			     struct job *job, struct arena *a)
{
	const char *why = NULL;

	*c = (struct core){ .what = w };
	c->dump = w->model->dump(w->space, "elf-core", a, &why);
	if (!c->dump)
		return err_new(ERR_USAGE, "%s: no core can be made: %s", w->space->name,
			       why ? why : "its format does not say what belongs into one");
	if (root && w->space->kind == ASPACE_PROCESS)
		c->mapped = mapped_open(root, c->dump);
	plan_segments(c, job);
	if (!c->err)
		plan_sizes(c);
	say_lacks(c);
	return c->err;
}

/* ---- writing ---- */

static void flush(struct sink *s, struct pack *p)
{
	sink_write(s, pack_bytes(p));
	memset(p->at, 0, p->len);
	p->len = 0;
}

static void write_header(const struct core *c, struct sink *s, struct pack *p)
{
	enum { ET_CORE = 4, EV_CURRENT = 1 };
	const struct dump *d = c->dump;
	bool many = many_entries(c);

	pack_field(p, bytes_of("\177ELF"), 4);
	pack_u8(p, d->wide ? 2 : 1);
	pack_u8(p, d->big ? 2 : 1);
	pack_u8(p, EV_CURRENT);
	pack_u8(p, 0);
	pack_u8(p, d->abi_version);
	pack_to(p, 16);
	pack_u16(p, ET_CORE);
	pack_u16(p, d->machine);
	pack_u32(p, EV_CURRENT);
	pack_word(p, 0);
	pack_word(p, header_size(d));
	pack_word(p, many ? sections_at(c) : 0);
	pack_u32(p, 0);
	pack_u16(p, (uint16_t)header_size(d));
	pack_u16(p, (uint16_t)entry_size(d));
	pack_u16(p, many ? PN_XNUM : (uint16_t)entry_count(c));
	pack_u16(p, !many ? 0 : d->wide ? 64 : 40);
	pack_u16(p, many);
	pack_u16(p, 0);
	flush(s, p);
}

struct entry {
	uint32_t type, flags;
	uint64_t offset, address, physical, in_file, in_memory, align;
};

static void write_entry(struct sink *s, struct pack *p, const struct entry *e)
{
	pack_u32(p, e->type);
	if (p->wide)
		pack_u32(p, e->flags);
	pack_word(p, e->offset);
	pack_word(p, e->address);
	pack_word(p, e->physical);
	pack_word(p, e->in_file);
	pack_word(p, e->in_memory);
	if (!p->wide)
		pack_u32(p, e->flags);
	pack_word(p, e->align);
	flush(s, p);
}

static void write_entries(const struct core *c, struct sink *s, struct pack *p)
{
	bool frames = c->what->space->kind == ASPACE_FRAMES;
	uint64_t at = c->data, page = page_of(c);
	struct entry e = {
		.type = PT_NOTE, .offset = notes_at(c), .in_file = c->notes, .align = 4
	};

	write_entry(s, p, &e);
	for (size_t i = 0; i < c->count; i++) {
		const struct segment *g = &c->segments[i];

		e = (struct entry){ .type = PT_LOAD,
				    .flags = g->flags,
				    .offset = at,
				    .address = g->start,
				    .physical = frames ? g->start : 0,
				    .in_file = g->stored,
				    .in_memory = g->size,
				    .align = g->start % page ? 1 : page };
		write_entry(s, p, &e);
		at = round_up(at + g->stored, page);
	}
}

/* The section header that has the count of program headers. */
static void write_count(const struct core *c, struct sink *s, struct pack *p)
{
	if (!many_entries(c))
		return;
	pack_u32(p, 0);
	pack_u32(p, 0);
	for (unsigned i = 0; i < 3; i++)
		pack_word(p, 0);
	pack_word(p, 1);
	pack_u32(p, 0);
	pack_u32(p, (uint32_t)entry_count(c));
	pack_word(p, 0);
	pack_word(p, 0);
	flush(s, p);
}

static void write_notes(const struct core *c, struct sink *s, struct pack *p)
{
	static const uint8_t zeros[4];

	for (size_t i = 0; i < c->dump->note_count; i++) {
		const struct dump_note *n = &c->dump->notes[i];
		size_t name = strlen(n->name) + 1;

		pack_u32(p, (uint32_t)name);
		pack_u32(p, (uint32_t)n->desc.len);
		pack_u32(p, n->type);
		pack_field(p, bytes_of(n->name), round_up(name, 4));
		flush(s, p);
		sink_write(s, n->desc);
		sink_write(s, (struct bytes){ zeros, round_up(n->desc.len, 4) - n->desc.len });
	}
}

/* A stretch of one extent. False: stopped. */
static bool write_stretch(const struct extent *x, const struct export_options *o, struct sink *s,
			  uint64_t at, uint64_t length, struct job *job)
{
	for (uint64_t step; length && !sink_failed(s); at += step, length -= step) {
		uint64_t before = sink_at(s);

		step = length < STEP || content_of(x) != CONTENT_BYTES ? length : STEP;
		if (content_of(x) == CONTENT_BYTES)
			sink_store(s, x->source, (struct span){ x->offset + (at - x->start), step },
				   o->sparse, job);
		sink_skip(s, step - (sink_at(s) - before));
		if (!job_step(job, step))
			return false;
	}
	return true;
}

static bool write_segment(const struct core *c, const struct export_options *o, struct sink *s,
			  const struct segment *g, struct job *job)
{
	for (uint64_t done = 0, n; done < g->stored; done += n) {
		uint64_t at = g->start + done;
		struct extent x;

		core_at(c, at, &x);
		n = x.end > at ? length_of(at, x.end) : 0;
		n = n < g->stored - done ? n : g->stored - done;
		if (!n || !write_stretch(&x, o, s, at, n, job))
			return false;
	}
	sink_skip(s, round_up(sink_at(s), page_of(c)) - sink_at(s));
	return !sink_failed(s);
}

static void write_core(const struct core *c, const struct export_options *o, struct sink *s,
		       struct job *job, struct arena *a)
{
	struct pack p = pack_of(a, 256);

	p.wide = c->dump->wide;
	p.big = c->dump->big;
	write_header(c, s, &p);
	write_entries(c, s, &p);
	write_count(c, s, &p);
	write_notes(c, s, &p);
	sink_skip(s, c->data - sink_at(s));
	for (size_t i = 0; i < c->count; i++)
		if (!write_segment(c, o, s, &c->segments[i], job))
			return;
}

/* ---- the exporter ---- */

static bool core_fits(const struct export_what *w)
{
	return w->space && w->model->dump;
}

static uint64_t core_size(const struct export_what *w, const struct export_options *o)
{
	struct arena a;
	struct core c;
	uint64_t size;

	arena_init(&a);
	err_free(core_plan(&c, w, o->root, NULL, &a));
	size = c.data + c.bytes;
	core_fini(&c);
	arena_fini(&a);
	return size;
}

static struct err *core_run(const struct export_what *w, const struct export_options *o,
			    struct sink *s, struct job *job, struct export_result *result)
{
	struct arena a;
	struct core c;
	struct err *err;

	arena_init(&a);
	err = core_plan(&c, w, o->root, job, &a);
	if (!err) {
		atomic_store(&job->total, c.size);
		write_core(&c, o, s, job, &a);
	}
	if (!err && c.mapped && mapped_lost(c.mapped))
		err = err_new(ERR_IO, "a file below %s became shorter while it was read",
			      text_clean_str(o->root, &a));
	*result = c.result;
	core_fini(&c);
	arena_fini(&a);
	return err;
}

const struct exporter export_elf_core = {
	.name = "elf-core",
	.summary = "an ELF core, for debuggers",
	.suffix = ".core",
	.memory = true,
	.fits = core_fits,
	.size = core_size,
	.run = core_run,
};
