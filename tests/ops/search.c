/* Search, against brute force: address spaces of small pages that lie about in files in any order,
 * shared, beside zeros and holes, are put together byte by byte and every place of them tried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "ops/search.h"

enum { PAGE = 64, PAGES = 48, FILE_PAGES = 40, FILES = 2, SPACES = 3, SIZE = PAGE * PAGES };
#define BASE 0x10000u

/* ---- a space of pages ---- */

struct fake {
	struct aspace as;
	struct region regions[2];
	enum page_state state[PAGES];
	const char *lost[PAGES]; /* why, if absent */
	int file[PAGES], page[PAGES];
	struct source **sources;
};

static void fake_at(const struct aspace *as, uint64_t addr, struct extent *x)
{
	const struct fake *f = (const struct fake *)as;
	size_t n = (addr - BASE) / PAGE;

	*x = (struct extent){ .region = SIZE_MAX };
	if (addr < BASE) {
		x->end = BASE;
		return;
	}
	if (addr >= BASE + SIZE) {
		x->start = BASE + SIZE;
		x->end = UINT64_MAX;
		return;
	}
	x->start = BASE + n * PAGE;
	x->end = x->start + PAGE;
	x->state = f->state[n];
	x->region = n >= PAGES / 2;
	if (x->state == PAGE_PRESENT || x->state == PAGE_PARENT) {
		x->source = f->sources[f->file[n]];
		x->offset = (uint64_t)f->page[n] * PAGE;
	}
	x->why = f->lost[n];
	x->lost = x->state == PAGE_ABSENT && x->why;
}

static const struct aspace_ops fake_ops = { .at = fake_at };

struct world {
	uint8_t bytes[FILES][FILE_PAGES * PAGE];
	struct source *sources[FILES];
	struct fake fakes[SPACES];
	struct aspace *spaces[SPACES];
};

static unsigned seed;

static unsigned any(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static void fill_space(struct fake *f, const struct fake *like)
{
	static const enum page_state states[] = { PAGE_PRESENT, PAGE_PRESENT, PAGE_PRESENT,
						  PAGE_PARENT,  PAGE_ZERO,    PAGE_LAZY };

	for (int n = 0; n < PAGES; n++) {
		bool on = n && any(3);

		f->state[n] = states[any(ARRAY_LEN(states))];
		f->file[n] = on ? f->file[n - 1] : (int)any(FILES);
		f->page[n] = on ? (f->page[n - 1] + 1) % FILE_PAGES : (int)any(FILE_PAGES);
		if (like && any(2)) {
			f->state[n] = like->state[n];
			f->file[n] = like->file[n];
			f->page[n] = like->page[n];
		}
	}
}

static void make_world(struct world *w, const char *alphabet)
{
	size_t letters = strlen(alphabet) + 1; /* zero, too */

	for (int i = 0; i < FILES; i++) {
		for (size_t n = 0; n < sizeof(w->bytes[i]); n++)
			w->bytes[i][n] = (uint8_t)alphabet[any((unsigned)letters)];
		w->sources[i] =
			source_memory((struct bytes){ w->bytes[i], sizeof(w->bytes[i]) }, "file");
	}
	for (int i = 0; i < SPACES; i++) {
		struct fake *f = &w->fakes[i];

		f->as = (struct aspace){ .ops = &fake_ops,
					 .unit = "VA",
					 .name = "pid 1",
					 .page = PAGE,
					 .regions = f->regions,
					 .region_count = 2 };
		f->regions[0] = (struct region){ .start = BASE,
						 .end = BASE + SIZE / 2,
						 .prot = "rw-p",
						 .kind = "heap",
						 .name = "[heap]" };
		f->regions[1] = (struct region){ .start = BASE + SIZE / 2,
						 .end = BASE + SIZE,
						 .prot = "r-xs",
						 .kind = "file",
						 .name = "/lib/one.so" };
		f->sources = w->sources;
		fill_space(f, i ? &w->fakes[0] : NULL);
		w->spaces[i] = &f->as;
	}
}

static void free_world(struct world *w)
{
	for (int i = 0; i < FILES; i++)
		source_close(w->sources[i]);
}

/* ---- hits as a set ---- */

enum { MOST = SPACES * SIZE * 2 };

struct hits {
	size_t count;
	struct one {
		uint64_t space, va, length;
	} at[MOST];
	size_t stop_at;
	struct world *w;
};

static bool keep(void *arg, const struct search_hit *h)
{
	struct hits *hits = arg;
	struct one one = { SPACES, h->va, h->length };

	for (int i = 0; i < SPACES; i++)
		if (h->space == hits->w->spaces[i])
			one.space = (uint64_t)i;
	assert_true(one.space < SPACES && hits->count < MOST);
	hits->at[hits->count++] = one;
	return !hits->stop_at || hits->count < hits->stop_at;
}

static int by_place(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct one));
}

static struct search_result find(struct world *w, const struct search_spec *spec, struct hits *hits)
{
	struct search_sink sink = { .hit = keep, .arg = hits };
	struct search_result result;
	struct search *s;
	struct job job;

	hits->count = 0;
	hits->w = w;
	job_init(&job, "search", 0);
	assert_null(search_open_spaces(w->spaces, SPACES, spec, &s));
	result = search_run(s, &sink, &job);
	assert_int_equal(result.hits, hits->count);
	search_close(s);
	return result;
}

/* ---- brute force ---- */

typedef size_t match_at(const uint8_t *at, size_t len, uint64_t va);

static bool is_stored(const struct fake *f, size_t n)
{
	return f->state[n] == PAGE_PRESENT || f->state[n] == PAGE_PARENT;
}

static void brute(struct world *w, match_at *match, struct hits *hits)
{
	static uint8_t all[SIZE];

	hits->count = 0;
	for (int i = 0; i < SPACES; i++) {
		const struct fake *f = &w->fakes[i];

		aspace_read(&f->as, BASE, all, SIZE, NULL);
		for (size_t at = 0; at < SIZE; at++) {
			size_t end = at / PAGE, n;
			bool stored = false;

			while (end < PAGES && (is_stored(f, end) || f->state[end] == PAGE_ZERO))
				end++;
			if (end * PAGE <= at)
				continue;
			n = match(all + at, end * PAGE - at, BASE + at);
			for (size_t k = 0; k < n; k++)
				stored |= is_stored(f, (at + k) / PAGE);
			if (n && stored)
				hits->at[hits->count++] = (struct one){ (uint64_t)i, BASE + at, n };
		}
	}
}

static bool letter_is(uint8_t byte, char c)
{
	return (byte | 0x20) == c;
}

static size_t match_text(const uint8_t *at, size_t len, uint64_t va)
{
	(void)va;
	return len >= 3 && !memcmp(at, "aba", 3) ? 3 : 0;
}

static size_t match_nocase(const uint8_t *at, size_t len, uint64_t va)
{
	(void)va;
	return len >= 2 && letter_is(at[0], 'b') && letter_is(at[1], 'a') ? 2 : 0;
}

static size_t match_wild(const uint8_t *at, size_t len, uint64_t va)
{
	(void)va;
	return len >= 4 && at[0] == 'a' && at[2] >> 4 == 6 && at[3] == 'b' ? 4 : 0;
}

static size_t match_half(const uint8_t *at, size_t len, uint64_t va)
{
	(void)va;
	return len >= 2 && at[0] >> 4 == 4 && at[1] >> 4 == 6 ? 2 : 0;
}

static size_t match_zeros(const uint8_t *at, size_t len, uint64_t va)
{
	(void)va;
	return len >= 2 && !at[0] && !at[1] ? 2 : 0;
}

static size_t match_aligned(const uint8_t *at, size_t len, uint64_t va)
{
	return va % 2 == 0 && len >= 2 && at[0] == 'a' && at[1] == 'B' ? 2 : 0;
}

static size_t match_pointer(const uint8_t *at, size_t len, uint64_t va)
{
	uint64_t v = len >= 8 ? le64_at(at) : 0;

	return va % 8 == 0 && len >= 8 && v >= 0x4261000000000000 && v < 0x6162000000000000 ? 8 : 0;
}

static size_t match_long(const uint8_t *at, size_t len, uint64_t va)
{
	(void)va;
	if (len < 3 * PAGE || at[0] != 'a' || at[3 * PAGE - 1] != 'b')
		return 0;
	return at[PAGE] == 'a' && at[2 * PAGE] == 'A' ? 3 * PAGE : 0;
}

/* "AB" on both sides of a letter: cannot overlap itself but at the ends, which is no match. */
static size_t match_regex(const uint8_t *at, size_t len, uint64_t va)
{
	(void)va;
	return len >= 3 && at[0] == 'A' && letter_is(at[1], 'b') && at[2] == 'a' ? 3 : 0;
}

static char long_hex[6 * PAGE + 1];

static void make_long(void)
{
	memset(long_hex, '?', sizeof(long_hex) - 1);
	memcpy(long_hex, "61", 2);
	memcpy(long_hex + 2 * PAGE, "61", 2);
	memcpy(long_hex + 4 * PAGE, "41", 2);
	memcpy(long_hex + 6 * PAGE - 2, "62", 2);
}

static const struct sample {
	struct search_spec spec;
	match_at *match;
} samples[] = {
	{ { .pattern = "aba" }, match_text },
	{ { .pattern = "x:61 62 61" }, match_text },
	{ { .pattern = "text:ba", .nocase = true }, match_nocase },
	{ { .pattern = "x:61 ?? 6? 62" }, match_wild },
	{ { .pattern = "x:4?6?" }, match_half },
	{ { .pattern = "u16:0" }, match_zeros },
	{ { .pattern = "u16:0x4261", .aligned = true }, match_aligned },
	{ { .pattern = "u16be:0x6142", .aligned = true }, match_aligned },
	{ { .pattern = "ptr:0x4261000000000000-0x6162000000000000" }, match_pointer },
	{ { .pattern = long_hex + 0 }, match_long },
	{ { .pattern = "re:A[bB]a" }, match_regex },
};

static void compare(struct world *w, const struct sample *sample, struct hits *got,
		    struct hits *want)
{
	struct search_spec spec = sample->spec;
	char hex[sizeof(long_hex) + 2] = "x:";

	if (spec.pattern == long_hex)
		spec.pattern = strcat(hex, long_hex);
	brute(w, sample->match, want);
	for (spec.jobs = 1; spec.jobs < 4; spec.jobs += 2) {
		find(w, &spec, got);
		qsort(got->at, got->count, sizeof(*got->at), by_place);
		qsort(want->at, want->count, sizeof(*want->at), by_place);
		if (got->count != want->count)
			print_message("%.40s, seed %u\n", spec.pattern, seed);
		assert_int_equal(got->count, want->count);
		assert_memory_equal(got->at, want->at, want->count * sizeof(*want->at));
	}
}

static void test_as_brute_force(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct hits *got = calloc(1, sizeof(*got)), *want = calloc(1, sizeof(*want));
	size_t total = 0;

	(void)state;
	make_long();
	for (unsigned n = 0; n < 150; n++) {
		seed = n;
		make_world(w, "aAbB");
		for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
			compare(w, &samples[i], got, want);
			total += want->count;
		}
		free_world(w);
	}
	assert_true(total > 10000);
	free(got);
	free(want);
	free(w);
}

/* ---- a space made by hand ---- */

/* Stored pages 0, 1, 2 of space 0 at pages 5, 3, 9 of file 0; all else is in no region's reach. */
static void by_hand(struct world *w)
{
	static const int pages[] = { 5, 3, 9 };

	make_world(w, "");
	for (int i = 0; i < SPACES; i++)
		for (int n = 0; n < PAGES; n++)
			w->fakes[i].state[n] = PAGE_LAZY;
	for (int n = 0; n < 3; n++) {
		w->fakes[0].state[n] = PAGE_PRESENT;
		w->fakes[0].file[n] = 0;
		w->fakes[0].page[n] = pages[n];
	}
}

static void put(struct world *w, uint64_t va, const char *text)
{
	for (; *text; text++, va++) {
		const struct fake *f = &w->fakes[0];
		size_t n = (va - BASE) / PAGE;

		w->bytes[0][f->page[n] * PAGE + va % PAGE] = (uint8_t)*text;
	}
}

static size_t count_of(struct world *w, struct search_spec spec)
{
	static struct hits hits;

	return find(w, &spec, &hits).hits;
}

static void test_across_borders(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	by_hand(w);
	put(w, BASE + PAGE - 3, "secret-42");
	put(w, BASE + 2 * PAGE - 1, "\xc3\xa9t\xc3\xa9");
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "secret-42" }), 1);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "SECRET", .nocase = true }),
			 1);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "SECRET" }), 0);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "re:sec\\w+-\\d+" }), 1);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "re:[\xc3\xa9]t[\xc3\xa9]" }),
			 1);
	/* With only one of the two pages there is no neighbour. */
	w->fakes[0].state[1] = PAGE_LAZY;
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "secret-42" }), 0);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "sec" }), 1);
	free_world(w);
	free(w);
}

static void test_utf16(void **state)
{
	static const char text[] = "h\0i\0";
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	by_hand(w);
	memcpy(&w->bytes[0][5 * PAGE + 7], text, 4);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "hi" }), 0);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "hi", .utf16 = true }), 1);
	assert_int_equal(
		count_of(w, (struct search_spec){ .pattern = "HI", .utf16 = true, .nocase = true }),
		1);
	/* The same by words in front, in any order; of text that begins so, text: takes them. */
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "utf16:hi" }), 1);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "utf16:HI" }), 0);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "i:utf16:HI" }), 1);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "utf16:i:text:HI" }), 1);
	put(w, BASE + 8, "i:like utf16:this");
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "i:LIKE" }), 1);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "i:re:L.KE UTF" }), 1);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "re:L.KE UTF" }), 0);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "text:i:like" }), 1);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "text:utf16:this" }), 1);
	free_world(w);
	free(w);
}

/* Zeros alone are no hits, but zeros beside stored bytes take part. */
static void test_zeros_beside(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	by_hand(w);
	w->fakes[0].state[3] = PAGE_ZERO;
	w->fakes[0].state[4] = PAGE_ZERO;
	put(w, BASE + 3 * PAGE - 1, "z");
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "x:7a 00 00 00" }), 1);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "x:00 00 7a" }), 1);
	assert_int_equal(
		count_of(w, (struct search_spec){ .pattern = "x:7a 00", .states = "present" }), 0);
	assert_int_equal(count_of(w, (struct search_spec){ .pattern = "re:z\\x00{9}" }), 1);
	free_world(w);
	free(w);
}

static void test_filters(void **state)
{
	static const struct filter {
		struct search_spec spec;
		size_t hits;
	} filters[] = {
		{ { .pattern = "kk" }, 3 },
		{ { .pattern = "kk", .perm = "rw" }, 2 },
		{ { .pattern = "kk", .perm = "x" }, 1 },
		{ { .pattern = "kk", .perm = "r~x" }, 2 },
		{ { .pattern = "kk", .perm = "~s" }, 2 },
		{ { .pattern = "kk", .kind = "heap" }, 2 },
		{ { .pattern = "kk", .name = "one" }, 1 },
		{ { .pattern = "kk", .states = "parent" }, 1 },
		{ { .pattern = "kk", .states = "present" }, 2 },
		{ { .pattern = "kk", .max = 2 }, 2 },
	};
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	by_hand(w);
	w->fakes[0].state[PAGES - 1] = PAGE_PARENT;
	w->fakes[0].file[PAGES - 1] = 0;
	w->fakes[0].page[PAGES - 1] = 20;
	put(w, BASE + 5, "kk");
	put(w, BASE + PAGE, "kk");
	put(w, BASE + SIZE - 9, "kk");
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		assert_int_equal(count_of(w, filters[i].spec), filters[i].hits);
	free_world(w);
	free(w);
}

/* Pages that could not be searched, each kind's in words of the reason. */
static uint64_t gaps_of(struct world *w, struct search_spec spec, size_t *kinds, const char *why)
{
	const struct search_gap *gaps;
	struct search *s;
	uint64_t pages = 0;

	assert_null(search_open_spaces(w->spaces, SPACES, &spec, &s));
	*kinds = search_gaps(s, &gaps);
	for (size_t i = 0; i < *kinds; i++)
		if (!why || (gaps[i].why && !strcmp(gaps[i].why, why)))
			pages += gaps[i].pages;
	search_close(s);
	return pages;
}

static void test_gaps(void **state)
{
	static const char *const whys[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	struct world *w = calloc(1, sizeof(*w));
	struct search_spec all = { .pattern = "kk" }, heap = { .pattern = "kk", .kind = "heap" };
	struct search_spec present = { .pattern = "kk", .states = "present" };
	char gone[] = "gone", gone_too[] = "gone";
	struct fake *f = &w->fakes[1];
	size_t kinds;

	(void)state;
	by_hand(w);
	assert_int_equal(gaps_of(w, all, &kinds, NULL), SPACES * PAGES - 3);
	assert_int_equal(kinds, 1);
	assert_int_equal(gaps_of(w, heap, &kinds, NULL), SPACES * PAGES / 2 - 3);
	assert_int_equal(gaps_of(w, present, &kinds, NULL), 0);
	/* The same words are the same reason; one without a reason was never dumped. */
	for (int n = 0; n < 3; n++)
		f->state[n] = w->fakes[2].state[n] = PAGE_ABSENT;
	f->lost[0] = f->lost[1] = gone;
	w->fakes[2].lost[2] = gone_too;
	assert_int_equal(gaps_of(w, all, &kinds, "gone"), 3);
	assert_int_equal(kinds, 2);
	assert_int_equal(gaps_of(w, all, &kinds, NULL), SPACES * PAGES - 6);
	assert_int_equal(gaps_of(w, present, &kinds, NULL), 3);
	/* However many reasons there are, no page is forgotten. */
	for (size_t n = 0; n < ARRAY_LEN(whys); n++) {
		f->state[n] = PAGE_ABSENT;
		f->lost[n] = whys[n];
	}
	assert_int_equal(gaps_of(w, all, &kinds, NULL), SPACES * PAGES - 5);
	assert_true(kinds > 5 && kinds < ARRAY_LEN(whys));
	assert_int_equal(gaps_of(w, all, &kinds, "3"), 1);
	free_world(w);
	free(w);
}

/* One scan, a report for each that maps it, in an order that threads do not change. */
static void test_shared(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	static struct hits one, three;
	struct search_spec spec = { .pattern = "kk", .jobs = 1 };

	(void)state;
	by_hand(w);
	put(w, BASE + PAGE + 4, "kk");
	w->fakes[2] = w->fakes[0];
	w->fakes[2].as.regions = w->fakes[2].regions;
	w->fakes[1].state[7] = PAGE_PARENT;
	w->fakes[1].file[7] = 0;
	w->fakes[1].page[7] = 3;
	find(w, &spec, &one);
	assert_int_equal(one.count, 3);
	assert_int_equal(one.at[0].va, BASE + PAGE + 4);
	assert_int_equal(one.at[1].va, BASE + 7 * PAGE + 4);
	spec.jobs = 3;
	find(w, &spec, &three);
	assert_memory_equal(one.at, three.at, sizeof(one.at[0]) * 3);
	one.stop_at = 1;
	assert_true(find(w, &spec, &one).stopped);
	assert_int_equal(one.count, 1);
	free_world(w);
	free(w);
}

/* ---- much ---- */

#define STRADDLES (((uint64_t)64 << 20) - 2)

struct counted {
	uint64_t hits, last, straddled;
	struct job *job;
	uint64_t cancel_at;
};

static bool count_hit(void *arg, const struct search_hit *h)
{
	struct counted *c = arg;

	if (h->offset != STRADDLES) { /* comes last */
		assert_true(!c->hits || h->offset > c->last);
		c->last = h->offset;
	}
	c->straddled += h->offset == STRADDLES;
	if (++c->hits == c->cancel_at)
		atomic_store(&c->job->cancel, true);
	return true;
}

static struct search_result find_in_file(struct item *it, const char *pattern, unsigned jobs,
					 struct counted *c)
{
	struct search_spec spec = { .pattern = pattern, .item = it, .jobs = jobs };
	struct search_sink sink = { .hit = count_hit, .arg = c };
	struct search_result result;
	struct search *s;
	struct job job;

	job_init(&job, "search", 0);
	c->job = &job;
	assert_null(search_open(NULL, &spec, &s));
	result = search_run(s, &sink, &job);
	search_close(s);
	return result;
}

/* Three times 64 MiB, so that threads have to wait for each other; ascending all the same. */
static void test_threads_in_order(void **state)
{
	enum { STEP = 4093 };
	size_t size = (size_t)192 << 20;
	uint8_t *bytes = calloc(1, size);
	struct item it = { .name = "big", .path = "big", .kind = "raw" };
	struct source *src = source_memory((struct bytes){ bytes, size }, "big");
	size_t want = 0;

	(void)state;
	for (size_t at = 1; at + 4 < size; at += STEP, want++)
		memcpy(bytes + at, "mark", 4);
	memcpy(bytes + STRADDLES, "mark", 4);
	atomic_init(&it.source, src);
	atomic_init(&it.state, ITEM_READY);
	for (unsigned jobs = 1; jobs < 4; jobs++) {
		struct counted c = { 0 }, few = { .cancel_at = 3 };

		find_in_file(&it, "re:ma[r]k", jobs, &c);
		assert_true(c.hits >= want);
		assert_int_equal(c.straddled, 1);
		find_in_file(&it, "re:mark", jobs, &few);
		assert_true(few.hits < want);
	}
	source_close(src);
	free(bytes);
}

/* Alignment is of the address, wherever the span that is searched begins. */
static void test_unaligned_span(void **state)
{
	enum { SIZE_ODD = 1000 };
	uint8_t bytes[SIZE_ODD] = { [400] = 1, [402] = 2, [808] = 1, [810] = 2 };
	struct source *src = source_memory((struct bytes){ bytes, SIZE_ODD }, "odd");
	struct item it = { .name = "odd", .path = "odd", .kind = "raw" };

	(void)state;
	atomic_init(&it.source, src);
	atomic_init(&it.state, ITEM_READY);
	for (uint64_t start = 385; start <= 401; start++) {
		struct search_spec spec = { .pattern = "ptr:0x20001-0x20002",
					    .item = &it,
					    .span = { start, SIZE_ODD - 60 - start } };
		struct counted c = { 0 };
		struct search_sink sink = { .hit = count_hit, .arg = &c };
		struct search *s;
		struct job job;

		job_init(&job, "search", 0);
		c.job = &job;
		assert_null(search_open(NULL, &spec, &s));
		search_run(s, &sink, &job);
		search_close(s);
		assert_int_equal(c.hits, start <= 400 ? 2 : 1);
	}
	source_close(src);
}

/* ---- patterns that are none ---- */

static void test_bad_patterns(void **state)
{
	static const char *const bad[] = {
		"",      "x:",     "x:d",       "x:zz",      "x:??",  "x:?? ??", "u8:256",
		"u16:x", "u64:",   "ptr:5",     "ptr:9-5",   "ptr:-", "re:(",    "re:[z-a]",
		"text:", "u32:-1", "ptr32:a-b", "u16be:1e9", "re:",
	};

	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_LEN(bad); i++) {
		struct search_spec spec = { .pattern = bad[i] };
		struct search *s;
		struct err *err = search_open_spaces(NULL, 0, &spec, &s);

		if (!err)
			print_message("'%s' was taken\n", bad[i]);
		assert_non_null(err);
		assert_null(s);
		err_free(err);
	}
}

/* An expression that would take for ever gives up, and says so. */
static void test_gives_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	static struct hits hits;
	struct search_spec spec = { .pattern = "re:(a+)+[bc]" };
	struct search_result result;

	(void)state;
	by_hand(w);
	for (int i = 0; i < 3; i++)
		memset(&w->bytes[0][w->fakes[0].page[i] * PAGE], 'a', PAGE);
	result = find(w, &spec, &hits);
	assert_true(result.gave_up > 0);
	assert_int_equal(result.hits, 0);
	free_world(w);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_brute_force), cmocka_unit_test(test_across_borders),
		cmocka_unit_test(test_utf16),          cmocka_unit_test(test_zeros_beside),
		cmocka_unit_test(test_filters),        cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_shared),         cmocka_unit_test(test_threads_in_order),
		cmocka_unit_test(test_unaligned_span), cmocka_unit_test(test_bad_patterns),
		cmocka_unit_test(test_gives_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
