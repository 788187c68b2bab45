/* criu/wire, criu/special: every byte of a message has its field, whatever the message is made of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "criu/criu.h"
#include "criu/wire.h"
#include "pb.h"

enum { ORIGIN = 1000 };

static struct arena arena;
static const struct schema *schema;

static struct field *group_of(const char *type, struct bytes msg)
{
	const struct message *m = schema_message(schema, type);
	struct span span = { ORIGIN, msg.len };

	assert_non_null(m);
	return wire_group(NULL, &arena, type, m, msg, span, span, (struct value_env){ 1u << 1 },
			  NULL);
}

static struct field *field_of(struct field *group, const char *path)
{
	struct field *f = field_at_path(group, &arena, path);

	if (!f)
		fail_msg("no field %s", path);
	return f;
}

static void assert_shown(struct field *group, const char *path, const char *text)
{
	assert_string_equal(field_value(field_of(group, path), 200, &arena), text);
}

static void assert_note(struct field *group, const char *path, const char *note)
{
	struct field *f = field_of(group, path);

	assert_non_null(f->note);
	assert_string_equal(f->note, note);
}

struct cover {
	uint64_t next;
	size_t leaves;
};

static bool covers(const struct field *leaf, const char *path, void *arg)
{
	struct cover *c = arg;

	if (leaf->span.offset != c->next || !leaf->span.length)
		fail_msg("%s: bytes %llu+%llu, but %llu is next", path,
			 (unsigned long long)leaf->span.offset,
			 (unsigned long long)leaf->span.length, (unsigned long long)c->next);
	c->next += leaf->span.length;
	c->leaves++;
	return true;
}

/* Each byte of the group once. */
static size_t assert_covered(struct field *group, size_t len)
{
	struct cover c = { ORIGIN, 0 };

	assert_true(field_walk(group, &arena, covers, &c));
	assert_int_equal(c.next, ORIGIN + len);
	return c.leaves;
}

static void steps_over_each_wire_type(void **state)
{
	struct pb p = { .len = 0 };
	struct cursor c;
	struct wire w;

	(void)state;
	pb_uint(&p, 1, 300);
	pb_fixed64(&p, 2, 0x1122334455667788);
	pb_str(&p, 16, "ab");
	pb_fixed32(&p, 4, 0xdeadbeef);
	c = cursor_over(pb_done(&p), ORIGIN);
	assert_true(wire_next(&c, &w));
	assert_int_equal(w.number, 1);
	assert_int_equal(w.value, 300);
	assert_int_equal(w.span.offset, ORIGIN);
	assert_int_equal(w.span.length, 3);
	assert_int_equal(w.body.offset, ORIGIN + 1);
	assert_int_equal(w.body.length, 2);
	assert_true(wire_next(&c, &w));
	assert_true(w.value == 0x1122334455667788 && w.type == WIRE_64 && w.body.length == 8);
	assert_true(wire_next(&c, &w));
	assert_int_equal(w.number, 16);
	assert_int_equal(w.span.length, 5); /* two of tag, one of length */
	assert_int_equal(w.body.offset, w.span.offset + 3);
	assert_memory_equal(w.bytes.at, "ab", 2);
	assert_true(wire_next(&c, &w));
	assert_int_equal(w.value, 0xdeadbeef);
	assert_false(wire_next(&c, &w));
	assert_int_equal(cursor_left(&c), 0);
}

static void stops_before_nonsense(void **state)
{
	static const struct {
		const char *raw;
		size_t len;
	} bad[] = {
		{ "\x0b\x08", 2 },         /* a group starts */
		{ "\x0c", 1 },             /* a group ends */
		{ "\x0e\x01", 2 },         /* type 6 */
		{ "\x0f\x01", 2 },         /* type 7 */
		{ "\x00\x01", 2 },         /* number 0 */
		{ "\x08", 1 },             /* cut before the value */
		{ "\x08\x80", 2 },         /* cut in it */
		{ "\x80", 1 },             /* cut in the tag */
		{ "\x09\x01\x02\x03", 4 }, /* four of eight bytes */
		{ "\x0d\x01\x02", 3 },
		{ "\x0a\x05"
		  "abcd",
		  6 },
		{ "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },     /* 2^64 - 1 bytes */
		{ "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12 }, /* eleven bytes */
		{ "\x88\x80\x80\x80\x80\x01\x01", 7 },                      /* number of 35 bits */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct bytes b = { (const uint8_t *)bad[i].raw, bad[i].len };
		struct cursor c = cursor_over(b, 0);
		struct field *group;
		struct wire w;

		assert_false(wire_next(&c, &w));
		assert_int_equal(cursor_left(&c), b.len);
		group = group_of("rlimit_entry", b);
		assert_covered(group, b.len);
		assert_non_null(field_of(group, "rest")->trouble);
	}
}

static void overlong_varints_are_values(void **state)
{
	/* 5 in three bytes, and a number of ten. */
	static const uint8_t raw[] = { 0x08, 0x85, 0x80, 0x00, 0x10, 0xff, 0xff, 0xff,
				       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 };
	struct bytes b = { raw, sizeof(raw) };
	struct field *group;
	uint64_t v = 0;

	(void)state;
	assert_true(wire_uint(b, 1, &v));
	assert_int_equal(v, 5);
	assert_true(wire_uint(b, 2, &v));
	assert_true(v == UINT64_MAX);
	group = group_of("rlimit_entry", b);
	assert_int_equal(field_of(group, "cur")->span.length, 4);
	assert_note(group, "max", "unlimited");
	assert_covered(group, b.len);
}

static void the_last_value_counts(void **state)
{
	struct pb p = { .len = 0 }, inner = { .len = 0 }, deeper = { .len = 0 };
	uint64_t u = 7, list[4];
	int64_t s = 7;
	struct bytes b;

	(void)state;
	pb_uint(&p, 1, 1);
	pb_uint(&p, 1, 2);
	pb_uint(&p, 2, (uint64_t)-3);
	pb_sint(&p, 3, -5);
	pb_uint(&deeper, 9, 99);
	pb_sub(&inner, 8, &deeper);
	pb_str(&p, 4, "first");
	pb_sub(&p, 4, &inner);
	pb_uint(&p, 5, 10);
	pb_bytes(&p, 5, "\x0b\x0c\x0d", 3);
	pb_uint(&p, 5, 14);
	assert_true(wire_uint(pb_done(&p), 1, &u));
	assert_int_equal(u, 2);
	assert_true(wire_int(pb_done(&p), 2, &s));
	assert_int_equal(s, -3);
	assert_true(wire_sint(pb_done(&p), 3, &s));
	assert_int_equal(s, -5);
	assert_false(wire_uint(pb_done(&p), 77, &u));
	assert_false(wire_uint(pb_done(&p), 4, &u));
	assert_int_equal(u, 2);
	assert_true(wire_message(pb_done(&p), &b, 4, 8, 0));
	assert_true(wire_uint(b, 9, &u));
	assert_int_equal(u, 99);
	assert_false(wire_message(pb_done(&p), &b, 4, 9, 0));
	assert_int_equal(wire_uints(pb_done(&p), 5, list, 4), 5);
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(list[i], 10 + i);
}

static void values_are_those_of_the_type(void **state)
{
	struct pb p = { .len = 0 }, adj = { .len = 0 };
	struct field *group;

	(void)state;
	pb_uint(&p, 1, 0x7f0000001000); /* vma.start */
	pb_uint(&p, 2, 0x7f0000003000);
	pb_uint(&p, 3, 0);
	pb_uint(&p, 4, 17);
	pb_uint(&p, 5, 5);
	pb_uint(&p, 6, 0x22);
	pb_uint(&p, 7, 0x41);
	pb_sint(&p, 8, -1);
	pb_uint(&p, 9, 1 << 14);
	group = group_of("vma_entry", pb_done(&p));
	assert_null(group->trouble);
	assert_shown(group, "fd", "-1");
	assert_shown(group, "prot", "0x5  PROT_READ|PROT_EXEC");
	assert_shown(group, "flags", "0x22  MAP_PRIVATE|MAP_ANONYMOUS");
	assert_shown(group, "madv", "0x4000  MADV_HUGEPAGE");
	assert_note(group, "end", "8.0K");
	assert_int_equal(field_of(group, "shmid")->ref.kind, REF_VMA_SHM);
	assert_int_equal(field_of(group, "shmid")->ref.id, 17);
	assert_int_equal(field_of(group, "shmid")->ref.more, 0x41);
	assert_covered(group, p.len);

	pb_uint(&adj, 14, (uint64_t)-1000); /* task_core.oom_score_adj */
	pb_uint(&adj, 2, 9);
	pb_uint(&adj, 3, 440000);
	pb_uint(&adj, 5, 1 << 14 | 1);
	pb_uint(&adj, 13, UINT64_C(0x100000001)); /* a uint32 */
	group = group_of("task_core_entry", pb_done(&adj));
	assert_shown(group, "oom_score_adj", "-1000");
	assert_shown(group, "exit_code", "0x9  SIGKILL");
	assert_note(group, "personality", "0x440000 ADDR_NO_RANDOMIZE|READ_IMPLIES_EXEC");
	assert_shown(group, "loginuid", "1");
	assert_non_null(field_of(group, "loginuid")->trouble);
	assert_non_null(group->trouble);
	assert_string_equal(group->trouble, "missing: task_state flags comm");
}

static void unknown_and_misplaced_are_shown(void **state)
{
	struct pb p = { .len = 0 };
	struct field *group, *f;

	(void)state;
	pb_uint(&p, 1, 1);
	pb_uint(&p, 2, 2);
	pb_uint(&p, 99, 5);
	pb_str(&p, 100, "new");
	pb_fixed32(&p, 101, 6);
	pb_str(&p, 2, "text"); /* max is a number */
	group = group_of("rlimit_entry", pb_done(&p));
	assert_null(group->trouble);
	f = field_of(group, "field 99");
	assert_int_equal(f->u, 5);
	assert_string_equal(f->note, "unknown, varint");
	assert_int_equal(field_of(group, "field 100")->type, FIELD_BYTES);
	assert_string_equal(field_of(group, "field 100")->note, "unknown, bytes");
	assert_string_equal(field_of(group, "field 101")->note, "unknown, 32 bits");
	assert_string_equal(group->last->trouble, "stored as bytes");
	assert_covered(group, p.len);
}

static void packed_runs_are_elements(void **state)
{
	struct pb p = { .len = 0 };
	struct field *group;

	(void)state;
	for (uint32_t i = 1; i < 5; i++)
		pb_uint(&p, i, i);
	pb_uint(&p, 5, 7);
	pb_bytes(&p, 5, "\x08\xac\x02\x0a", 4);
	pb_bytes(&p, 5, "", 0);
	pb_bytes(&p, 5, "\x0b\x80", 2);
	group = group_of("pstree_entry", pb_done(&p));
	assert_covered(group, p.len);
	assert_shown(group, "threads[0]", "7");
	assert_shown(group, "threads[1]", "8");
	assert_shown(group, "threads[2]", "300");
	assert_shown(group, "threads[3]", "10");
	assert_shown(group, "threads[4]", "11");
	assert_int_equal(field_of(group, "threads[2]")->span.length, 2);
	assert_int_equal(field_of(group, "threads[1]")->span.length, 3); /* tag, length, value */
	assert_int_equal(field_of(group, "threads[3]")->ref.kind, REF_TID);
	assert_int_equal(group->last->type, FIELD_GAP);
}

static void nesting_is_bounded(void **state)
{
	struct pb p = { .len = 0 };
	struct field *group;

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct pb outer = { .len = 0 };

		pb_str(&outer, 1, "d");
		pb_sub(&outer, 2, &p); /* cgroup_dir_entry.children */
		p = outer;
	}
	group = group_of("cgroup_dir_entry", pb_done(&p));
	assert_covered(group, p.len);
	for (int i = 0; group && group->type == FIELD_GROUP && i < 300; i++)
		group = field_child(group, &arena, "children[0]");
	assert_non_null(group);
	assert_string_equal(group->trouble, "nested too deep");
}

static void references_know_their_companions(void **state)
{
	struct pb p = { .len = 0 };
	struct field *f;

	(void)state;
	pb_uint(&p, 1, 12);
	pb_uint(&p, 2, 1);
	pb_uint(&p, 3, 5);
	pb_uint(&p, 4, 3);
	f = field_of(group_of("fdinfo_entry", pb_done(&p)), "id");
	assert_true(f->ref.kind == REF_FILE && f->ref.id == 12 && f->ref.more == 5);

	p.len = 0;
	pb_uint(&p, 1, 3);
	pb_uint(&p, 2, 0x80000007); /* no remap_type: bit 31 tells */
	f = field_of(group_of("remap_file_path_entry", pb_done(&p)), "remap_id");
	assert_true(f->ref.kind == REF_GHOST && f->ref.id == 7 && f->ref.more == 1);
	pb_uint(&p, 3, 0);
	f = field_of(group_of("remap_file_path_entry", pb_done(&p)), "remap_id");
	assert_true(f->ref.id == 0x80000007 && f->ref.more == 0);

	p.len = 0;
	pb_uint(&p, 1, 100);
	pb_uint(&p, 2, 0); /* no parent */
	assert_int_equal(field_of(group_of("pstree_entry", pb_done(&p)), "ppid")->ref.kind, 0);
	assert_int_equal(field_of(group_of("pstree_entry", pb_done(&p)), "pid")->ref.kind, REF_PID);

	p.len = 0;
	pb_sint(&p, 7, -1);
	assert_int_equal(field_of(group_of("reg_file_entry", pb_done(&p)), "mnt_id")->ref.kind, 0);
	p.len = 0;
	pb_uint(&p, 2, 0); /* terminals count from 0 */
	assert_int_equal(field_of(group_of("tty_file_entry", pb_done(&p)), "tty_info_id")->ref.kind,
			 REF_TTY_INFO);
}

static void positions_have_names(void **state)
{
	struct pb p = { .len = 0 }, limits = { .len = 0 };

	(void)state;
	for (uint64_t i = 0; i < 8; i++) {
		p.len = 0;
		pb_uint(&p, 1, i);
		pb_uint(&p, 2, i);
		pb_sub(&limits, 1, &p);
	}
	assert_note(group_of("task_rlimits_entry", pb_done(&limits)), "rlimits[7]",
		    "RLIMIT_NOFILE");
	p.len = 0;
	for (uint64_t i = 0; i < 62; i++)
		pb_bytes(&p, 15, "", 0);
	assert_note(group_of("task_core_entry", pb_done(&p)), "sigactions[8]", "SIGUSR1");
	assert_note(group_of("task_core_entry", pb_done(&p)), "sigactions[61]", "SIGRTMAX");
}

static void addresses_are_one(void **state)
{
	struct pb p = { .len = 0 };
	struct field *group;

	(void)state;
	pb_uint(&p, 11, 0x0100007f);
	pb_uint(&p, 12, 0xb80d0120);
	pb_uint(&p, 12, 0);
	pb_uint(&p, 12, 0);
	pb_uint(&p, 12, 0x01000000);
	group = group_of("inet_sk_entry", pb_done(&p));
	assert_shown(group, "src_addr[0]", "127.0.0.1");
	assert_note(group, "dst_addr[0]", "2001:db8::1");
	assert_null(field_of(group, "dst_addr[3]")->note);
}

static void auxv_comes_in_pairs(void **state)
{
	struct pb p = { .len = 0 };
	struct field *group;

	(void)state;
	pb_uint(&p, 13, 33);
	pb_uint(&p, 13, 0x7fff12345000);
	pb_uint(&p, 13, 6);
	pb_uint(&p, 13, 4096);
	group = group_of("mm_entry", pb_done(&p));
	assert_note(group, "mm_saved_auxv[0]", "AT_SYSINFO_EHDR");
	assert_note(group, "mm_saved_auxv[2]", "AT_PAGESZ");
	assert_null(field_of(group, "mm_saved_auxv[3]")->note);
	p.len = 0;
	pb_uint(&p, 13, UINT64_C(0xf7f0100000000020));
	pb_uint(&p, 13, UINT64_C(0x100000000006));
	group = group_of("mm_entry", pb_done(&p));
	assert_note(group, "mm_saved_auxv[0]", "AT_SYSINFO 0xf7f01000");
	assert_note(group, "mm_saved_auxv[1]", "AT_PAGESZ 0x1000");
}

static void filters_are_instructions(void **state)
{
	/* Load the number; 999 is answered with errno 5; the rest is allowed; half an instruction.
	 */
	static const uint8_t program[] = {
		0x20, 0, 0, 0, 0, 0, 0,    0, 0x15, 0, 0, 1, 0xe7, 3,    0,    0, 0x06, 0,
		0,    0, 5, 0, 5, 0, 0x06, 0, 0,    0, 0, 0, 0xff, 0x7f, 0x06, 0, 0,    0,
	};
	struct pb p = { .len = 0 };
	struct field *group;

	(void)state;
	pb_bytes(&p, 1, program, sizeof(program));
	group = group_of("seccomp_filter", pb_done(&p));
	assert_covered(group, p.len);
	assert_note(group, "filter", "4 instructions");
	assert_note(group, "filter/instruction[0]", "ld nr");
	assert_note(group, "filter/instruction[1]", "jeq #0x3e7, +0, +1");
	assert_note(group, "filter/instruction[2]", "ret ERRNO 5");
	assert_note(group, "filter/instruction[3]", "ret ALLOW");
	assert_non_null(field_of(group, "filter")->trouble);

	p.len = 0;
	pb_fixed64(&p, 16, UINT64_C(0x000600000000ffff));
	assert_note(group_of("sk_opts_entry", pb_done(&p)), "so_filter[0]", "ret #0xffff");
}

static void siginfo_is_taken_apart(void **state)
{
	uint8_t raw[128] = {
		10, [8] = 0xff, 0xff, 0xff, 0xff, [16] = 4, [24] = 0x78, 0x56, 0x34, 0x12
	};
	struct pb p = { .len = 0 };
	struct field *group;

	(void)state;
	pb_bytes(&p, 1, raw, sizeof(raw));
	group = group_of("siginfo_entry", pb_done(&p));
	assert_covered(group, p.len);
	assert_shown(group, "siginfo/si_signo", "10  SIGUSR1");
	assert_shown(group, "siginfo/si_code", "-1  SI_QUEUE");
	assert_shown(group, "siginfo/si_pid", "4");
	assert_shown(group, "siginfo/si_value", "0x12345678");
	p.len = 0;
	pb_bytes(&p, 1, raw, 20);
	group = group_of("siginfo_entry", pb_done(&p));
	assert_covered(group, p.len);
	assert_non_null(field_of(group, "siginfo")->trouble);
}

/* Registers are in hexadecimal because the message that holds them is. */
static void hexadecimal_is_inherited(void **state)
{
	struct pb p = { .len = 0 }, regs = { .len = 0 };
	struct field *group;

	(void)state;
	pb_uint(&regs, 1, 255);
	pb_uint(&regs, 28, 1);
	pb_sub(&p, 2, &regs);
	group = group_of("thread_info_x86", pb_done(&p));
	assert_shown(group, "gpregs/r15", "0xff");
	assert_shown(group, "gpregs/mode", "1  NATIVE");
}

/* A message of random fields, some of them right. */
static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void random_message(struct pb *p, const struct message *type, uint32_t *seed, int depth)
{
	uint32_t fields = next_random(seed) % 12;

	for (uint32_t i = 0; i < fields && type->count && p->len < 2000; i++) {
		const struct message_field *f = &type->fields[next_random(seed) % type->count];
		uint32_t r = next_random(seed);
		uint64_t v = (uint64_t)r << (r % 33);
		struct pb inner = { .len = 0 };

		switch (r % 16 ? wire_type_of(f->type) : r >> 8 & 3) {
		case WIRE_VARINT:
			pb_uint(p, f->number, v);
			break;
		case WIRE_64:
			pb_fixed64(p, f->number, v);
			break;
		case WIRE_32:
			pb_fixed32(p, f->number, r);
			break;
		default:
			if (f->type == TYPE_MESSAGE && depth < 6)
				random_message(&inner, f->message, seed, depth + 1);
			else
				pb_raw(&inner, &seed, r % sizeof(seed));
			pb_sub(p, f->number, &inner);
			break;
		}
	}
}

static void any_message_is_covered(void **state)
{
	uint32_t seed = 20;

	(void)state;
	for (size_t i = 0; i < schema_count(schema); i++) {
		const struct message *type = schema_at(schema, i);

		for (int round = 0; round < 20; round++) {
			struct arena_mark mark = arena_mark(&arena);
			struct pb p = { .len = 0 };

			random_message(&p, type, &seed, 0);
			assert_covered(group_of(type->name, pb_done(&p)), p.len);
			/* Damaged, and cut. */
			for (int k = 0; k < 4 && p.len; k++)
				p.buf[next_random(&seed) % p.len] ^= 1u << next_random(&seed) % 8;
			assert_covered(group_of(type->name, pb_done(&p)), p.len);
			p.len -= p.len ? next_random(&seed) % p.len : 0;
			assert_covered(group_of(type->name, pb_done(&p)), p.len);
			arena_rewind(&arena, mark);
		}
	}
}

/* Children of `group`, which but for the last are no gaps; the last one is, and says why. */
static uint32_t count_to_gap(struct field *group)
{
	for (struct field *f = field_children(group, &arena); f; f = f->next) {
		if (f->next)
			assert_true(f->type != FIELD_GAP);
		else
			assert_true(f->type == FIELD_GAP && strstr(f->trouble, "too many"));
	}
	return group->count;
}

static void what_a_message_costs_is_bounded(void **state)
{
	enum { SIZE = 8 << 20 };
	struct arena_mark mark = arena_mark(&arena);
	uint8_t *raw = malloc(SIZE);
	struct field *group, *inner;
	size_t held = arena.held;

	(void)state;
	/* Fields of two bytes: unknown ones, then as packed numbers of one byte each. */
	memset(raw, 0x78, SIZE);
	group = group_of("core_entry", (struct bytes){ raw, SIZE });
	assert_int_equal(count_to_gap(group), FIELD_CHILDREN + 1);
	assert_int_equal(group->last->span.length, SIZE - FIELD_CHILDREN * 2);
	assert_true(arena.held - held < 48 << 20);
	assert_int_equal(assert_covered(group, SIZE), FIELD_CHILDREN + 1);
	arena_rewind(&arena, mark);

	raw[0] = 13 << 3 | WIRE_BYTES; /* mm_saved_auxv */
	memcpy(raw + 1, "\xfb\xff\xff\x03", 4);
	group = group_of("mm_entry", (struct bytes){ raw, SIZE });
	assert_int_equal(count_to_gap(group), FIELD_CHILDREN + 1);
	assert_true(arena.held - held < 64 << 20);
	assert_covered(group, SIZE);
	arena_rewind(&arena, mark);

	/* What is around a group counts; a few thousand it may have all the same. */
	memset(raw, 0x78, SIZE);
	raw[300000] = 3 << 3 | WIRE_BYTES;
	memcpy(raw + 300001, "\x80\x80\x80\x01", 4);
	group = group_of("core_entry", (struct bytes){ raw, SIZE });
	inner = field_of(group, "tc");
	assert_int_equal(count_to_gap(inner), 4096 + 1);
	group->count = 150000;
	inner->first = inner->last = NULL;
	inner->expanded = false;
	inner->count = 0;
	assert_int_equal(count_to_gap(inner), FIELD_CHILDREN - 150000 + 1);
	arena_rewind(&arena, mark);
	free(raw);
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	schema = schema_builtin(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_over_each_wire_type),
		cmocka_unit_test(stops_before_nonsense),
		cmocka_unit_test(overlong_varints_are_values),
		cmocka_unit_test(the_last_value_counts),
		cmocka_unit_test(values_are_those_of_the_type),
		cmocka_unit_test(unknown_and_misplaced_are_shown),
		cmocka_unit_test(packed_runs_are_elements),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(references_know_their_companions),
		cmocka_unit_test(positions_have_names),
		cmocka_unit_test(addresses_are_one),
		cmocka_unit_test(auxv_comes_in_pairs),
		cmocka_unit_test(filters_are_instructions),
		cmocka_unit_test(siginfo_is_taken_apart),
		cmocka_unit_test(hexadecimal_is_inherited),
		cmocka_unit_test(any_message_is_covered),
		cmocka_unit_test(what_a_message_costs_is_bounded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
