/* criu/image: headers of every version and order, shapes, damage; fields and rows that cover the
 * file; JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "criu/image.h"
#include "one.h"

#define SELF NODE_SELF
#define FS_MESSAGE 8, 5, 16, 6, 24, 18 /* cwd_id 5, root_id 6, umask 022 */
#define COMMON 0x19, 0x43, 0x56, 0x54
#define FS 0x12, 0x39, 0x40, 0x51

static struct one open_bytes(const char *name, const uint8_t *b, size_t n)
{
	return one_open(name, b, n);
}

#define OPEN(name, ...)                                                                            \
	open_bytes(name, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void check_fs(struct one *o, const char *layout)
{
	assert_string_equal(one_value(o, SELF, "kind"), "FS");
	assert_string_equal(one_value(o, SELF, "layout"), layout);
	assert_int_equal(one_field(o, SELF, "cwd_id")->u, 5);
	assert_int_equal(one_field(o, SELF, "root_id")->u, 6);
	assert_int_equal(problems_count(o->m->problems), 0);
	assert_int_equal(one_covered(o), node_span((struct node){ o->m->root, SELF }).length);
	assert_string_equal(one_json(o, SELF), "{\"magic\": \"FS\", \"entries\": "
					       "[{\"cwd_id\": 5, \"root_id\": 6, \"umask\": 18}]}");
	one_close(o);
}

static void the_first_word_tells_the_version(void **state)
{
	struct one o = OPEN("fs-1.img", COMMON, FS, 6, 0, 0, 0, FS_MESSAGE);

	(void)state;
	check_fs(&o, "1.1");
	o = OPEN("fs-1.img", FS, 6, 0, 0, 0, FS_MESSAGE);
	check_fs(&o, "without lead word");
	o = OPEN("fs-1.img", 0x54, 0x56, 0x43, 0x19, 0x51, 0x40, 0x39, 0x12, 0, 0, 0, 6,
		 FS_MESSAGE);
	check_fs(&o, "1.1, big-endian");
	/* The name says nothing: the magic does. */
	o = OPEN("some-file", COMMON, FS, 6, 0, 0, 0, FS_MESSAGE);
	check_fs(&o, "1.1");
}

static void an_empty_message_is_a_record(void **state)
{
	struct one o = OPEN("seccomp.img", COMMON, 0x49, 0x30, 0x41, 0x64, 0, 0, 0, 0);

	(void)state;
	assert_int_equal(problems_count(o.m->problems), 0);
	assert_int_equal(one_covered(&o), 12);
	assert_string_equal(one_json(&o, SELF), "{\"magic\": \"SECCOMP\", \"entries\": [{}]}");
	one_close(&o);
	/* And so is none: an array may be empty. */
	o = OPEN("pstree.img", COMMON, 0x30, 0x30, 0x27, 0x50);
	assert_int_equal(problems_count(o.m->problems), 0);
	assert_int_equal(item_rows(o.m->root), 0);
	assert_string_equal(one_json(&o, SELF), "{\"magic\": \"PSTREE\", \"entries\": []}");
	one_close(&o);
}

/* A directory with one image that cannot be what its name says. */
static struct model *open_in_set(struct dir *d, const char *name, const uint8_t *b, size_t n)
{
	*d = dir_make();
	add_inventory(d);
	file_write(d, name, b, n);
	return open_set(d->path);
}

static void a_magic_of_another_kind_decides(void **state)
{
	static const uint8_t bytes[] = { COMMON, FS, 6, 0, 0, 0, FS_MESSAGE };
	struct dir d;
	struct model *m = open_in_set(&d, "ids-1.img", bytes, sizeof(bytes));
	struct node n = node_at(m, "ids-1.img");
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_int_equal(problems_of(m, "magic"), 1);
	assert_non_null(field_child(node_fields(n, &a), &a, "cwd_id"));
	arena_fini(&a);
	model_close(m);
	dir_drop(&d);
}

static void an_unknown_magic_leaves_the_bytes(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 6, 0, 0, 0, FS_MESSAGE };
	struct dir d;
	struct model *m = open_in_set(&d, "ids-1.img", bytes, sizeof(bytes));
	struct field *f;
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_int_equal(problems_of(m, "magic"), 1);
	f = field_child(node_fields(node_at(m, "ids-1.img"), &a), &a, "bytes");
	assert_non_null(f);
	assert_int_equal(f->span.length, sizeof(bytes));
	arena_fini(&a);
	model_close(m);
	dir_drop(&d);
}

static void short_headers_are_problems(void **state)
{
	static const uint8_t bytes[] = { COMMON, FS };
	struct dir d;

	(void)state;
	for (size_t n = 0; n < sizeof(bytes); n++) {
		struct model *m = open_in_set(&d, "fs-1.img", bytes, n);

		assert_int_equal(problems_of(m, "truncated-header") + problems_of(m, "magic"), 1);
		model_close(m);
		dir_drop(&d);
	}
}

/* Alone, a name must do where not even a magic is left. */
static void cut_images_alone_are_images(void **state)
{
	static const uint8_t bytes[] = { COMMON, FS };

	(void)state;
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct one o = open_bytes("fs-1.img", bytes, n);

		assert_string_equal(o.m->format->name, "criu-image");
		assert_string_equal(o.m->root->kind, "FS");
		item_index(o.m->root, true);
		assert_int_equal(problems_count(o.m->problems), 1);
		assert_int_equal(problems_of(o.m, "truncated-header"), n < 8);
		one_close(&o);
	}
}

static void a_message_must_follow_the_header(void **state)
{
	struct one o = OPEN("fs-1.img", COMMON, FS);

	(void)state;
	item_index(o.m->root, true);
	assert_int_equal(problems_count(o.m->problems), 1);
	assert_string_equal(problems_at(o.m->problems, 0)->rule, "no-record");
	assert_int_equal(problems_at(o.m->problems, 0)->span.offset, 8);
	one_close(&o);
	o = OPEN("pagemap-1.img", 0x25, 0x40, 0x08, 0x56); /* the head is missing */
	item_index(o.m->root, true);
	assert_int_equal(problems_of(o.m, "no-record"), 1);
	one_close(&o);
	o = OPEN("files.img", COMMON, 0x38, 0x31, 0x30, 0x56); /* a list */
	item_index(o.m->root, true);
	assert_int_equal(problems_count(o.m->problems), 0);
	one_close(&o);
	o = open_bytes("pages-1.img", (const uint8_t *)"", 0);
	item_index(o.m->root, true);
	assert_int_equal(problems_count(o.m->problems), 0);
	one_close(&o);
}

static void a_magic_decides_for_one_alone_too(void **state)
{
	struct one o = OPEN("fs-1.img", COMMON, 0x30, 0x30, 0x27, 0x50, 2, 0, 0, 0, 8, 1, 2, 0, 0,
			    0, 8, 2);

	(void)state;
	item_index(o.m->root, true);
	assert_int_equal(problems_of(o.m, "magic"), 1);
	assert_string_equal(one_value(&o, SELF, "kind"), "PSTREE");
	assert_int_equal(item_rows(o.m->root), 2);
	assert_string_equal(one_value(&o, 1, "pid"), "2");
	one_close(&o);
}

static void lengths_are_clipped(void **state)
{
	struct one o = OPEN("pstree.img", COMMON, 0x30, 0x30, 0x27, 0x50, 2, 0, 0, 0, 8, 1, 0xff,
			    0xff, 0xff, 0x7f, 8, 2);
	const struct record *r = index_at(o.m->root->list, 1);

	(void)state;
	assert_int_equal(item_rows(o.m->root), 2);
	assert_int_equal(r->length, 6);
	assert_int_equal(r->body, 2);
	assert_true(r->flags & RECORD_CUT && r->flags & RECORD_DAMAGED);
	assert_int_equal(problems_of(o.m, "record-length"), 1);
	assert_int_equal(one_field(&o, 1, "pid")->u, 2);
	assert_non_null(node_fields((struct node){ o.m->root, 1 }, &o.a)->trouble);
	assert_int_equal(one_covered(&o), 20);
	one_close(&o);
}

static void a_tail_is_no_record(void **state)
{
	struct one o = OPEN("pstree.img", COMMON, 0x30, 0x30, 0x27, 0x50, 2, 0, 0, 0, 8, 1, 9, 9);

	(void)state;
	assert_int_equal(item_rows(o.m->root), 1);
	assert_int_equal(problems_of(o.m, "record-length"), 1);
	assert_int_equal(one_covered(&o), 14);
	one_close(&o);
}

static void a_second_message_shows_as_such(void **state)
{
	struct one o =
		OPEN("fs-1.img", COMMON, FS, 6, 0, 0, 0, FS_MESSAGE, 6, 0, 0, 0, FS_MESSAGE, 1, 2);

	(void)state;
	assert_int_equal(problems_of(o.m, "extra-record"), 1);
	assert_int_equal(one_field(&o, SELF, "fs_entry/cwd_id")->u, 5);
	assert_int_equal(one_covered(&o), 30);
	one_close(&o);
}

/* A file larger than it was filled must not become a million records. */
static void zeros_are_not_records_without_end(void **state)
{
	static uint8_t bytes[1 << 20] = { COMMON, 0x30, 0x30, 0x27, 0x50, 2, 0, 0, 0, 8, 1 };
	struct one o = one_open("pstree.img", bytes, sizeof(bytes));

	(void)state;
	assert_true(item_rows(o.m->root) < 2000);
	assert_true(problems_of(o.m, "record-length") == 1);
	one_close(&o);
}

static void a_huge_message_is_bytes(void **state)
{
	size_t size = 12 + (65u << 20);
	uint8_t *bytes = calloc(1, size);
	static const uint8_t head[] = { COMMON, FS, 0, 0, 0x10, 0x04 };
	struct one o;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, head, sizeof(head));
	o = one_open("fs-1.img", bytes, size);
	free(bytes);
	assert_int_equal(problems_of(o.m, "record-size"), 1);
	assert_int_equal(one_field(&o, SELF, "bytes")->span.length, 65u << 20);
	assert_int_equal(one_covered(&o), size);
	one_close(&o);
}

static void messages_are_checked(void **state)
{
	/* cwd_id as eight bytes; root_id missing; then an overlong varint. */
	struct one o = OPEN("fs-1.img", COMMON, FS, 9, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8);

	(void)state;
	assert_int_equal(problems_of(o.m, "wire-type"), 1);
	assert_int_equal(problems_of(o.m, "missing-field"), 1);
	one_close(&o);
	o = OPEN("fs-1.img", COMMON, FS, 8, 0, 0, 0, 8, 5, 16, 6, 0xff, 0xff, 0xff, 0xff);
	assert_int_equal(problems_of(o.m, "message"), 1);
	assert_int_equal(one_covered(&o), 20);
	one_close(&o);
	o = OPEN("fs-1.img", COMMON, FS, 7, 0, 0, 0, 8, 5, 16, 6, 0x98, 6, 1);
	assert_int_equal(problems_of(o.m, "unknown-field"), 1);
	one_close(&o);
}

static void parts_are_rows(void **state)
{
	struct model *m = open_set("tests/real/tree");
	struct item *it = item_at(m, "mm-3375.img");
	struct node n = node_at(m, "mm-3375.img/vmas[2]");
	const struct record *r;
	struct arena a;

	(void)state;
	arena_init(&a);
	assert_ptr_equal(n.item, it);
	assert_int_equal(n.at, 2);
	assert_string_equal(node_label(n, &a), "vmas[2]");
	assert_string_equal(node_kind(n, &a), "vma_entry");
	assert_string_equal(node_path(n, &a), "mm-3375.img/vmas[2]");
	r = index_at(it->list, 2);
	assert_int_equal(r->kind, 14);
	assert_int_equal(r->aux, 2);
	/* The part's own fields, and the same by the way of the whole message. */
	assert_int_equal(
		field_child(node_fields(n, &a), &a, "start")->span.offset,
		field_at_path(node_fields((struct node){ it, SELF }, &a), &a, "vmas[2]/start")
			->span.offset);
	arena_fini(&a);
	model_close(m);
}

/* Four million elements of two bytes would be rows of 128 MiB. */
static void parts_are_bounded(void **state)
{
	enum { PARTS = 2100000 };
	static const uint8_t head[] = { COMMON, 0x20, 0x28, 0x49, 0x57 };
	uint32_t len = PARTS * 2;
	uint8_t *bytes = malloc(12 + len);
	struct one o;

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, head, 8);
	memcpy(bytes + 8, &len, 4);
	for (size_t n = 0; n < PARTS; n++)
		memcpy(bytes + 12 + 2 * n, (const uint8_t[]){ 14 << 3 | 2, 0 }, 2);
	o = one_open("mm-1.img", bytes, 12 + len);
	free(bytes);
	assert_int_equal(item_rows(o.m->root), 2000000);
	assert_int_equal(problems_of(o.m, "too-many"), 1);
	one_close(&o);
}

static void heads_precede_entries(void **state)
{
	struct one o = one_fixture("criu/pagemap-1.img");

	(void)state;
	assert_int_equal(item_rows(o.m->root), 7);
	assert_string_equal(node_kind((struct node){ o.m->root, 0 }, &o.a), "pagemap_head");
	assert_string_equal(node_kind((struct node){ o.m->root, 6 }, &o.a), "pagemap_entry");
	assert_int_equal(one_field(&o, 0, "pages_id")->u, 1);
	assert_int_equal(one_field(&o, 1, "vaddr")->u, 0x400000);
	assert_int_equal(o.m->root->ops->lookup(o.m->root, "[6]"), 6);
	assert_true(o.m->root->ops->lookup(o.m->root, "[7]") == SELF);
	assert_true(o.m->root->ops->lookup(o.m->root, "vmas[0]") == SELF);
	assert_true(o.m->root->ops->lookup(o.m->root, "[18446744073709551616]") == SELF);
	assert_string_equal(one_json(&o, 0), "{\"pages_id\": 1}");
	one_close(&o);
}

static void plugin_files_have_a_size_before_them(void **state)
{
	struct one o = OPEN("amdgpu-dmabuf_3.img", 2, 0, 0, 0, 0, 0, 0, 0, 8, 7);

	(void)state;
	assert_int_equal(one_field(&o, SELF, "gem_handle")->u, 7);
	assert_int_equal(problems_count(o.m->problems), 0);
	assert_int_equal(one_covered(&o), 10);
	one_close(&o);
	o = OPEN("amdgpu-dmabuf_3.img", 200, 0, 0, 0, 0, 0, 0, 0, 8, 7);
	assert_int_equal(problems_of(o.m, "record-length"), 1);
	one_close(&o);
	/* Of contents the size is not kept up, and no reason to complain. */
	o = OPEN("amdgpu-pages-3-0001.img", 200, 0, 0, 0, 0, 0, 0, 0, 8, 7, 9);
	assert_int_equal(problems_count(o.m->problems), 0);
	assert_int_equal(one_field(&o, SELF, "bytes")->span.length, 3);
	one_close(&o);
}

static void old_pages_are_told_from_pages(void **state)
{
	static uint8_t bytes[4 + 2 * 4104] = { 0x25, 0x40, 0x08, 0x56, 0, 0x10 };
	static uint8_t head[] = { COMMON, 0x25, 0x40, 0x08, 0x56, 2, 0, 0, 0, 8, 1 };
	struct one o = one_open("pages-7.img", bytes, sizeof(bytes));
	struct dir d;
	struct model *m;

	(void)state;
	assert_int_equal(item_rows(o.m->root), 2);
	assert_int_equal(one_field(&o, 0, "vaddr")->u, 0x1000);
	assert_int_equal(one_covered(&o), sizeof(bytes));
	one_close(&o);
	/* The same bytes, but not a whole number of pages. */
	o = one_open("pages-7.img", bytes, sizeof(bytes) - 1);
	assert_int_equal(item_rows(o.m->root), 0);
	one_close(&o);
	/* Or explained by a pagemap: then they are pages that happen to begin so. */
	m = open_in_set(&d, "pages-7.img", bytes, sizeof(bytes));
	assert_int_equal(item_rows(item_at(m, "pages-7.img")), 2);
	model_close(m);
	file_write(&d, "pagemap-7.img", head, sizeof(head));
	m = open_set(d.path);
	assert_int_equal(item_rows(item_at(m, "pages-7.img")), 0);
	model_close(m);
	dir_drop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_word_tells_the_version),
		cmocka_unit_test(an_empty_message_is_a_record),
		cmocka_unit_test(a_magic_of_another_kind_decides),
		cmocka_unit_test(an_unknown_magic_leaves_the_bytes),
		cmocka_unit_test(short_headers_are_problems),
		cmocka_unit_test(cut_images_alone_are_images),
		cmocka_unit_test(a_message_must_follow_the_header),
		cmocka_unit_test(a_magic_decides_for_one_alone_too),
		cmocka_unit_test(lengths_are_clipped),
		cmocka_unit_test(a_tail_is_no_record),
		cmocka_unit_test(a_second_message_shows_as_such),
		cmocka_unit_test(zeros_are_not_records_without_end),
		cmocka_unit_test(a_huge_message_is_bytes),
		cmocka_unit_test(messages_are_checked),
		cmocka_unit_test(parts_are_rows),
		cmocka_unit_test(parts_are_bounded),
		cmocka_unit_test(heads_precede_entries),
		cmocka_unit_test(plugin_files_have_a_size_before_them),
		cmocka_unit_test(old_pages_are_told_from_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
