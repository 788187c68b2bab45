/* Legacy streams, put together byte by byte: what rows come of them, what the guest's memory and
 * state are told, what is said of damage. */
#include "xen/legacy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xen/memory.h"
#include "xen/state.h"

/* ---- streams ---- */

struct stream {
	uint32_t word;
	size_t len;
	uint8_t at[1 << 20];
};

static struct stream *stream_new(uint32_t word)
{
	struct stream *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->word = word;
	return s;
}

static void put(struct stream *s, uint64_t v, unsigned width)
{
	for (unsigned n = 0; n < width; n++)
		s->at[s->len++] = (uint8_t)(v >> 8 * n);
}

static void put32(struct stream *s, uint64_t v)
{
	put(s, v, 4);
}

static void put_word(struct stream *s, uint64_t v)
{
	put(s, v, s->word);
}

static void put_text(struct stream *s, const char *text)
{
	memcpy(s->at + s->len, text, strlen(text));
	s->len += strlen(text);
}

static void put_fill(struct stream *s, uint8_t byte, size_t n)
{
	memset(s->at + s->len, byte, n);
	s->len += n;
}

/* Header and extended-info of a PV guest; `flags`: 1 "extv", 2 "xcnt" with an area of 16 bytes. */
static void put_pv(struct stream *s, uint64_t p2m_size, unsigned width, unsigned flags)
{
	size_t context = width == 8 ? 5168 : 2800;
	uint64_t frames = (p2m_size + 4096 / width - 1) / (4096 / width);

	put_word(s, p2m_size);
	put_word(s, UINT64_MAX);
	put32(s, 8 + context + (flags & 1 ? 8 : 0) + (flags & 2 ? 12 : 0));
	put_text(s, "vcpu");
	put32(s, context);
	put_fill(s, 0, context);
	if (flags & 1) {
		put_text(s, "extv");
		put32(s, 0);
	}
	if (flags & 2) {
		put_text(s, "xcnt");
		put32(s, 4);
		put32(s, 32);
	}
	for (uint64_t n = 0; n < frames; n++)
		put_word(s, n);
}

/* A batch of pages that ascend from `pfn`, each full of the byte `fill`. */
static void put_batch(struct stream *s, uint64_t pfn, unsigned count, uint8_t fill)
{
	put32(s, count);
	for (unsigned n = 0; n < count; n++)
		put_word(s, pfn + n);
	put_fill(s, fill, (size_t)count * 4096);
}

static void put_vcpu_info(struct stream *s, uint32_t max, uint64_t map)
{
	put32(s, (uint32_t)LEGACY_VCPU_INFO);
	put32(s, max);
	put(s, map, 8);
}

static void put_id(struct stream *s, int32_t id)
{
	put32(s, (uint32_t)id);
}

static void put_param(struct stream *s, int32_t id, uint64_t v)
{
	put_id(s, id);
	put32(s, 0);
	put(s, v, 8);
}

/* A PV tail of `vcpus` vCPUs. */
static void put_pv_tail(struct stream *s, unsigned width, unsigned flags, unsigned vcpus)
{
	put32(s, 0);
	while (vcpus--) {
		put_fill(s, 0xc0, width == 8 ? 5168 : 2800);
		put_fill(s, 0xe0, flags & 1 ? 128 : 0);
		if (flags & 2) {
			put(s, 3, 8);
			put(s, 16, 8);
			put_fill(s, 0, 16);
		}
	}
	put_fill(s, 0x51, 4096);
}

static void put_hvm_tail(struct stream *s)
{
	put(s, 0xfeffd, 8);
	put(s, 0xfeffb, 8);
	put(s, 0xfeffc, 8);
	put32(s, 8);
	put_fill(s, 0, 8);
}

/* ---- what comes of them ---- */

struct read {
	struct model m;
	struct xen x;
	struct layer *layer;
	uint64_t end;
};

static struct read *read_stream(struct stream *s)
{
	struct read *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	arena_init(&r->m.arena);
	r->m.problems = problems_new();
	r->m.root = item_add(&r->m, NULL, &layer_ops, "root", "test");
	r->x.model = &r->m;
	r->x.src = source_memory((struct bytes){ s->at, s->len }, "test");
	r->x.memory = memory_new();
	r->x.states = states_new();
	r->x.layer_count = 1;
	r->layer = &r->x.layers[0];
	r->layer->xen = &r->x;
	r->layer->kind = LAYER_LEGACY;
	r->layer->item = item_add(&r->m, r->m.root, &layer_ops, "legacy", "legacy");
	r->layer->item->index = r->layer->item->list = index_new();
	r->end = legacy_walk(r->layer, 0, NULL);
	return r;
}

static void read_free(struct read *r)
{
	memory_seal(r->x.memory, r->x.made);
	memory_free(r->x.memory);
	states_free(r->x.states);
	source_close(r->x.src);
	index_free(r->layer->item->index);
	problems_free(r->m.problems);
	arena_fini(&r->m.arena);
	free(r);
}

/* The rows in one line: name+length; those that are cut with a '!'. */
static const char *rows(const struct read *r)
{
	static char text[4096];
	size_t len = 0;

	for (size_t n = 0; n < index_count(r->layer->item->index); n++) {
		const struct record *rec = index_at(r->layer->item->index, n);
		const char *name =
			rec->kind == KIND_UNKNOWN ? "trailing" : legacy_kinds[rec->kind].name;

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s+%llu%s",
					n ? ", " : "", name, (unsigned long long)rec->length,
					rec->flags & RECORD_CUT ? "!" : "");
	}
	return text;
}

/* Rules of the problems above a note, each once, in the order they came. */
static const char *rules(const struct read *r)
{
	static char text[1024];

	*text = '\0';
	for (size_t n = 0; n < problems_count(r->m.problems); n++) {
		const struct problem *p = problems_at(r->m.problems, n);

		if (p->severity > SEV_NOTE && !strstr(text, p->rule))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? " " : "", p->rule);
	}
	return text;
}

static void assert_whole(const struct read *r, const struct stream *s)
{
	uint64_t at = 0;

	for (size_t n = 0; n < index_count(r->layer->item->index); n++) {
		const struct record *rec = index_at(r->layer->item->index, n);

		assert_int_equal(rec->offset, at);
		at += rec->length;
	}
	assert_int_equal(at, s->len);
	assert_int_equal(r->end, s->len);
}

static void assert_read(struct stream *s, const char *want_rows, const char *want_rules)
{
	struct read *r = read_stream(s);

	assert_string_equal(rows(r), want_rows);
	assert_string_equal(rules(r), want_rules);
	assert_whole(r, s);
	read_free(r);
	free(s);
}

/* ---- whole streams ---- */

static void pv_of_both_words(void **state)
{
	(void)state;
	for (uint32_t word = 4; word <= 8; word += 4) {
		struct stream *s = stream_new(word);
		char want[400];

		put_pv(s, 0x400, 8, 3);
		put_vcpu_info(s, 1, 3);
		put_batch(s, 0x10, 2, 0x11);
		put_id(s, LEGACY_LAST_CHECKPOINT);
		put_id(s, LEGACY_END);
		put_pv_tail(s, 8, 3, 2);
		snprintf(
			want, sizeof(want),
			"p2m_size+%u, extended-info+%u, p2m_frames+%u, VCPU_INFO+16, page batch+%u, "
			"LAST_CHECKPOINT+4, end of body+4, unmapped+4, vcpu context+5168, "
			"vcpu extended+128, vcpu xsave+32, vcpu context+5168, vcpu extended+128, "
			"vcpu xsave+32, shared_info+4096",
			word, word + 4 + 8 + 5168 + 8 + 12, 2 * word, 4 + 2 * word + 8192);
		assert_read(s, want, "");
	}
}

static void hvm_with_each_signature(void **state)
{
	static const struct {
		const char *text;
		size_t head; /* of the record */
	} signatures[] = {
		{ "DeviceModelRecord0002\4\0\0\0QEVM", 25 },
		{ "RemusDeviceModelState\4\0\0\0QEVM", 25 },
		{ "QemuDeviceModelRecordQEVM", 21 },
		{ "QemuDeviceModelRecord\n\0\0\0\4QEVM", 26 },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(signatures); n++) {
		struct stream *s = stream_new(8);
		char want[300];

		put_word(s, 0xff000);
		put_vcpu_info(s, 0, 1);
		put_batch(s, 0, 1, 0);
		put_param(s, -3, 0xfeffe000);
		put_id(s, LEGACY_LAST_CHECKPOINT);
		put_id(s, LEGACY_END);
		put_hvm_tail(s);
		memcpy(s->at + s->len, signatures[n].text, signatures[n].head + 4);
		s->len += signatures[n].head + 4;
		snprintf(want, sizeof(want),
			 "p2m_size+8, VCPU_INFO+16, page batch+4108, HVM_IDENT_PT+16, "
			 "LAST_CHECKPOINT+4, end of body+4, magic PFNs+24, HVM context+12, "
			 "device model+%zu",
			 signatures[n].head + 4);
		assert_read(s, want, "");
	}
}

static void behind_the_end(void **state)
{
	struct stream *s = stream_new(4);

	(void)state;
	put_pv(s, 0x100, 4, 0);
	put_batch(s, 0, 1, 0);
	put_id(s, LEGACY_LAST_CHECKPOINT);
	put_id(s, LEGACY_END);
	put_pv_tail(s, 4, 0, 1);
	put_text(s, "domain is yours");
	assert_read(s,
		    "p2m_size+4, extended-info+2816, p2m_frames+4, page batch+4104, "
		    "LAST_CHECKPOINT+4, end of body+4, unmapped+4, vcpu context+2800, "
		    "shared_info+4096, trailing+15",
		    "trailing");
}

static void without_last_checkpoint(void **state)
{
	struct stream *s = stream_new(8);
	struct read *r;

	(void)state;
	put_pv(s, 0x100, 8, 0);
	put_batch(s, 0, 1, 0);
	put_id(s, LEGACY_END);
	put_pv_tail(s, 8, 0, 1);
	r = read_stream(s);
	assert_true(r->x.ended);
	assert_false(r->x.checkpointed);
	assert_string_equal(rules(r), "");
	assert_whole(r, s);
	read_free(r);
	free(s);
}

/* ---- what the guest is told to be ---- */

/* PFN and first byte of each page after `passes` passes: "0x10:11 0x11:--". */
static const char *pages(struct read *r, uint32_t passes)
{
	static char text[2048];
	size_t len = 0;
	const struct page_view *v;

	memory_seal(r->x.memory, r->x.made);
	v = memory_view(r->x.memory, passes);
	*text = '\0';
	for (size_t n = 0; n < v->count; n++)
		for (uint64_t i = 0; i < v->runs[n].count; i++) {
			const struct page_run *run = &v->runs[n];
			char byte[3] = "--";

			if (run->offset != NO_BODY)
				snprintf(byte, sizeof(byte), "%02x",
					 *source_view(run->made ? r->x.made : r->x.src,
						      run->offset + i * XEN_PAGE, 1)
						  .at);
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s0x%llx:%s",
						len ? " " : "", (unsigned long long)run->pfn + i,
						byte);
		}
	return text;
}

static void assert_state(const struct read *r, enum state_kind kind, uint32_t vcpu, uint64_t offset,
			 uint64_t length)
{
	const struct state *st = states_last(r->x.states, kind, vcpu, UINT32_MAX);

	assert_non_null(st);
	assert_int_equal(st->span.offset, offset);
	assert_int_equal(st->span.length, length);
}

static void state_of_a_pv_guest(void **state)
{
	struct stream *s = stream_new(8);
	struct read *r;
	size_t tsc, tail;

	(void)state;
	put_pv(s, 0x200, 4, 3);
	put_vcpu_info(s, 2, 5); /* the second is down */
	tsc = s->len;
	put_id(s, LEGACY_TSC_INFO);
	put_fill(s, 1, 20);
	put_id(s, LEGACY_LAST_CHECKPOINT);
	put_id(s, LEGACY_END);
	tail = s->len + 4;
	put_pv_tail(s, 4, 3, 2);
	r = read_stream(s);
	assert_int_equal(r->x.guest_width, 4);
	assert_int_equal(r->x.word, 8);
	assert_int_equal(r->x.domain_type, 1);
	assert_state(r, STATE_TSC_INFO, 0, tsc + 4, 20);
	assert_state(r, STATE_VCPU_BASIC, 0, tail, 2800);
	assert_state(r, STATE_VCPU_EXTENDED, 0, tail + 2800, 128);
	assert_state(r, STATE_VCPU_XSAVE, 0, tail + 2928 + 16, 16);
	assert_null(states_last(r->x.states, STATE_VCPU_BASIC, 1, UINT32_MAX));
	assert_state(r, STATE_VCPU_BASIC, 2, tail + 2960, 2800);
	assert_state(r, STATE_SHARED_INFO, 0, tail + 2 * 2960, 4096);
	read_free(r);
	free(s);
}

static void types_of_pages(void **state)
{
	struct stream *s = stream_new(4);
	struct read *r;

	(void)state;
	put_pv(s, 0x100, 8, 0);
	put32(s, 6);
	put32(s, 0x90000001); /* L1TAB, pinned */
	put32(s, 0xd0000002); /* BROKEN */
	put32(s, 0xe0000003); /* XALLOC */
	put32(s, 0xf0000004); /* XTAB */
	put32(s, LEGACY_PFN_LOST);
	put32(s, 0x00000006);
	put_fill(s, 0xaa, 4096);
	put_fill(s, 0xbb, 4096);
	put_id(s, LEGACY_VERIFY);
	put_batch(s, 6, 1, 0xcc);
	put_id(s, LEGACY_END);
	put_pv_tail(s, 8, 0, 1);
	r = read_stream(s);
	assert_string_equal(pages(r, UINT32_MAX), "0x1:aa 0x2:-- 0x3:-- 0x4:-- 0x6:bb");
	assert_int_equal(memory_view(r->x.memory, 1)->runs[0].type, 9);
	assert_string_equal(rules(r), "");
	assert_whole(r, s);
	read_free(r);
	free(s);
}

static void checkpoints(void **state)
{
	struct stream *s = stream_new(8);
	struct read *r;

	(void)state;
	put_pv(s, 0x200, 8, 0);
	for (uint8_t n = 1; n <= 3; n++) {
		put_batch(s, n == 1 ? 1 : 2, n == 1 ? 4 : 2, n);
		put_id(s, LEGACY_END);
		put_pv_tail(s, 8, 0, 1);
	}
	s->len -= 100; /* the third is torn */
	r = read_stream(s);
	assert_true(r->x.checkpointed);
	assert_int_equal(memory_snapshots(r->x.memory), 2);
	assert_string_equal(pages(r, memory_snapshot_passes(r->x.memory, 1)),
			    "0x1:01 0x2:01 0x3:01 0x4:01");
	assert_string_equal(pages(r, memory_snapshot_passes(r->x.memory, 2)),
			    "0x1:01 0x2:02 0x3:02 0x4:01");
	assert_string_equal(rules(r), ""); /* a torn tail is how they end */
	assert_whole(r, s);
	read_free(r);
	free(s);
}

/* ---- packed pages ---- */

/* A first body with two pages, which announces compression. */
static struct stream *packed_stream(void)
{
	struct stream *s = stream_new(8);

	put_pv(s, 0x200, 8, 0);
	put_batch(s, 1, 2, 0x11);
	put_id(s, LEGACY_ENABLE_COMPRESSION);
	put_id(s, LEGACY_END);
	put_pv_tail(s, 8, 0, 1);
	return s;
}

static void put_packed(struct stream *s, const void *bytes, size_t n)
{
	put_id(s, LEGACY_COMPRESSED);
	put_word(s, n);
	memcpy(s->at + s->len, bytes, n);
	s->len += n;
}

/* 4096 bytes as runs: 4 literal ones, the others as they were. */
static size_t runs_of_page(uint8_t *to, uint8_t fill)
{
	size_t n = 0, left = 4092;

	to[n++] = 1;
	memset(to + n, fill, 4);
	n += 4;
	for (; left; left -= (to[n - 1] & 0x7f) * 4u)
		to[n++] = (uint8_t)(0x80 | (left / 4 > 127 ? 127 : left / 4));
	return n;
}

static void packed_pages(void **state)
{
	struct stream *s = packed_stream();
	uint8_t bytes[5000] = { 0x80 };
	struct read *r;
	size_t n = 4097;

	(void)state;
	put32(s, 4);
	for (unsigned pfn = 1; pfn <= 4; pfn++)
		put_word(s, pfn | (pfn == 4 ? 0xf0000000u : 0));
	memset(bytes + 1, 0x22, 4096);
	n += runs_of_page(bytes + n, 0x33);
	bytes[n++] = 0x00;
	put_packed(s, bytes, 4000); /* a page may lie in two chunks */
	put_packed(s, bytes + 4000, n - 4000);
	put_id(s, LEGACY_LAST_CHECKPOINT);
	put_id(s, LEGACY_END);
	put_pv_tail(s, 8, 0, 1);
	r = read_stream(s);
	assert_string_equal(rules(r), "");
	assert_string_equal(pages(r, UINT32_MAX), "0x1:22 0x2:33 0x3:00 0x4:--");
	n = XEN_PAGE; /* of what was made: PFN 2 */
	assert_int_equal(source_view(r->x.made, n + 3, 1).at[0], 0x33);
	assert_int_equal(source_view(r->x.made, n + 4, 1).at[0], 0x11);
	assert_int_equal(source_view(r->x.made, n + 4095, 1).at[0], 0x11);
	assert_string_equal(pages(r, memory_snapshot_passes(r->x.memory, 1)), "0x1:11 0x2:11");
	assert_whole(r, s);
	read_free(r);
	free(s);
}

static void packed_pages_as_they_were(void **state)
{
	struct stream *s = packed_stream();
	struct read *r;

	(void)state;
	put32(s, 1);
	put_word(s, 2);
	put_packed(s, "", 1);
	put_id(s, LEGACY_LAST_CHECKPOINT);
	put_id(s, LEGACY_END);
	put_pv_tail(s, 8, 0, 1);
	r = read_stream(s);
	assert_null(r->x.made); /* it is where it was */
	assert_string_equal(pages(r, UINT32_MAX), "0x1:11 0x2:11");
	assert_string_equal(rules(r), "");
	read_free(r);
	free(s);
}

static void packed_nonsense(void **state)
{
	static const uint8_t bad[][3] = { { 0x81, 0x80 }, { 0x01, 1, 2 }, { 0xff, 0xff, 0xff } };

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(bad); n++) {
		struct stream *s = packed_stream();
		struct read *r;

		put32(s, 2);
		put_word(s, 1);
		put_word(s, 2);
		put_packed(s, bad[n], sizeof(bad[n]));
		put_id(s, LEGACY_LAST_CHECKPOINT);
		put_id(s, LEGACY_END);
		put_pv_tail(s, 8, 0, 1);
		r = read_stream(s);
		assert_string_equal(pages(r, UINT32_MAX), "0x1:-- 0x2:--");
		assert_string_equal(rules(r), "legacy-compressed");
		read_free(r);
		free(s);
	}
}

/* ---- damage ---- */

static void unknown_chunk(void **state)
{
	struct stream *s = stream_new(8);

	(void)state;
	put_pv(s, 0x200, 8, 0);
	put_batch(s, 0, 1, 0);
	put_id(s, -22);
	put_fill(s, 7, 100);
	assert_read(s,
		    "p2m_size+8, extended-info+5188, p2m_frames+8, page batch+4108, trailing+104",
		    "legacy-form");
}

static void batch_too_large(void **state)
{
	struct stream *s = stream_new(4);

	(void)state;
	put_pv(s, 0x1000, 4, 0);
	put32(s, 1025);
	for (unsigned n = 0; n < 1025; n++)
		put_word(s, 0xf0000000u | n);
	put_id(s, LEGACY_END);
	put_pv_tail(s, 4, 0, 1);
	assert_read(s,
		    "p2m_size+4, extended-info+2816, p2m_frames+16, page batch+4104, "
		    "end of body+4, unmapped+4, vcpu context+2800, shared_info+4096",
		    "legacy-batch");
}

/* Whatever is cut off, the rows cover what is left, and something is said. */
static void cut_everywhere(void **state)
{
	struct stream *s = stream_new(8);
	size_t whole;

	(void)state;
	put_pv(s, 0x200, 8, 3);
	put_vcpu_info(s, 0, 1);
	put_batch(s, 1, 1, 0x11);
	put_param(s, -21, 1);
	put_id(s, LEGACY_LAST_CHECKPOINT);
	put_id(s, LEGACY_END);
	put_pv_tail(s, 8, 3, 1);
	whole = s->len;
	for (s->len = 1; s->len < whole; s->len += s->len % 97 ? 1 : 31) {
		struct read *r = read_stream(s);

		assert_whole(r, s);
		assert_string_not_equal(rules(r), "");
		read_free(r);
	}
	free(s);
}

/* ---- what is one ---- */

static bool probed(const struct stream *s, uint32_t word, enum guest_type type)
{
	struct source *src = source_memory((struct bytes){ s->at, s->len }, "test");
	enum guest_type got = GUEST_UNKNOWN;
	uint32_t found = 0;
	bool is = legacy_probe(src, 0, &found, &got);

	source_close(src);
	return is && found == word && got == type;
}

static void told_by_evidence(void **state)
{
	(void)state;
	for (uint32_t word = 4; word <= 8; word += 4) {
		struct stream *s = stream_new(word);

		put_pv(s, 0x200, word == 4 ? 8 : 4, 0);
		assert_true(probed(s, word, GUEST_PV));
		s->len = 0;
		put_word(s, 0xff000);
		put_vcpu_info(s, 0, 1);
		put_batch(s, 0, 16, 0);
		assert_true(probed(s, word, GUEST_HVM));
		s->len = 0;
		put_word(s, 0xff000);
		put_batch(s, 0, 100, 0);
		assert_true(probed(s, word, GUEST_HVM));
		free(s);
	}
}

static void not_one(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"\1\0\0\0",
		"#!/bin/sh\necho 1\n",
		"\177ELF\2\1\1\0\0\0\0\0\0\0\0\0",
		"Xen saved domain, xl format\n \0 \r",
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(texts); n++) {
		struct stream s = { .len = n == 5 ? 32 : strlen(texts[n]) };

		memcpy(s.at, texts[n], s.len);
		assert_false(probed(&s, 4, GUEST_PV) || probed(&s, 8, GUEST_PV) ||
			     probed(&s, 4, GUEST_HVM) || probed(&s, 8, GUEST_HVM));
	}
}

/* Zeros, ascending words, random small numbers: what binary files are full of. */
static void not_one_of_numbers(void **state)
{
	struct stream *s = stream_new(8);

	(void)state;
	for (unsigned step = 0; step < 4; step++) {
		s->len = 0;
		for (unsigned n = 1; n < 2000; n++)
			put(s, step == 3 ? n * 7919u % 1021 : n * step, step == 2 ? 8 : 4);
		assert_false(probed(s, 4, GUEST_HVM) || probed(s, 8, GUEST_HVM));
	}
	free(s);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(pv_of_both_words),
	cmocka_unit_test(hvm_with_each_signature),
	cmocka_unit_test(behind_the_end),
	cmocka_unit_test(without_last_checkpoint),
	cmocka_unit_test(state_of_a_pv_guest),
	cmocka_unit_test(types_of_pages),
	cmocka_unit_test(checkpoints),
	cmocka_unit_test(packed_pages),
	cmocka_unit_test(packed_pages_as_they_were),
	cmocka_unit_test(packed_nonsense),
	cmocka_unit_test(unknown_chunk),
	cmocka_unit_test(batch_too_large),
	cmocka_unit_test(cut_everywhere),
	cmocka_unit_test(told_by_evidence),
	cmocka_unit_test(not_one),
	cmocka_unit_test(not_one_of_numbers),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
