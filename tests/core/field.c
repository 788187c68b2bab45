/* core/field: paths, finding, layouts, and the walk that covers every byte once, whatever the
 * decoder made of hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/field.h"

/* core, as a decoder makes it:
 *
 *	0 1 2     4       8  9 10  12   14
 *	|hd |mtype|  gap  |tag|vma0 |vma1|
 */
static void expand_vmas(struct field *f, struct arena *a)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct field *vma =
			field_add(f, a, FIELD_GROUP, "vmas", (struct span){ 10 + 2 * i, 2 });

		vma->at = i;
		field_uint(vma, a, "start", 0x1000 * i, SHOW_HEX, (struct span){ 10 + 2 * i, 2 });
	}
}

static const struct field_ops vmas_ops = { .expand = expand_vmas };

static struct field *sample(struct arena *a)
{
	struct field *root = field_add(NULL, a, FIELD_GROUP, "core", (struct span){ 0, 14 });
	struct field *group;

	root->value = (struct span){ 2, 12 };
	field_uint(root, a, "mtype", 1, SHOW_DEC, (struct span){ 2, 2 });
	field_derived(root, a, "pid", "7");
	group = field_add(root, a, FIELD_GROUP, "mm", (struct span){ 8, 6 });
	group->value = (struct span){ 10, 4 };
	group->ops = &vmas_ops;
	return root;
}

static void structure_has_a_value_too(void **state)
{
	struct field *f;
	struct arena a;

	(void)state;
	arena_init(&a);
	f = field_add(NULL, &a, FIELD_FRAME, "magic", (struct span){ 0, 4 });
	f->u = 0x54564319;
	assert_string_equal(field_value(f, 0, &a), "1414939417");
	f->show = SHOW_HEX;
	assert_string_equal(field_value(f, 0, &a), "0x54564319");
	f->show = SHOW_BYTES;
	f->bytes = (struct bytes){ (const uint8_t *)"\x0a\x05", 2 };
	assert_string_equal(field_value(f, 0, &a), "0a05");
	f->bytes.len = 0;
	assert_string_equal(field_value(f, 0, &a), "");
	arena_fini(&a);
}

static void children_by_name_and_path(void **state)
{
	struct field *root, *f;
	struct arena a;

	(void)state;
	arena_init(&a);
	root = sample(&a);
	f = field_at_path(root, &a, "mm/vmas[1]/start");
	assert_non_null(f);
	assert_int_equal(f->u, 0x1000);
	assert_string_equal(field_path(f, &a), "mm/vmas[1]/start");
	assert_string_equal(field_label(f->parent, &a), "vmas[1]");
	assert_ptr_equal(field_at_path(root, &a, "mm/vmas[1]"), f->parent);
	assert_ptr_equal(field_at_path(root, &a, "mm/vmas[1]/"), f->parent);
	assert_ptr_equal(field_at_path(root, &a, ""), root);
	assert_int_equal(field_at_path(root, &a, "mm")->count, 2);
	/* Expanding again makes no more of them. */
	field_children(field_at_path(root, &a, "mm"), &a);
	assert_int_equal(field_at_path(root, &a, "mm")->count, 2);
	assert_string_equal(field_value(field_child(root, &a, "pid"), 0, &a), "7");
	static const char *const absent[] = {
		"vmas",
		"mm/vmas[2]",
		"mm/vmas[",
		"mm/vmas[]",
		"mm/vmas[x]",
		"mm/[0]",
		"mm/vmas[99999999999999999999]",
		"mm/vmas[4294967295]",
		"mtype[0]",
		"mtype/x",
		"/",
	};
	for (size_t i = 0; i < ARRAY_LEN(absent); i++)
		assert_null(field_at_path(root, &a, absent[i]));
	arena_fini(&a);
}

static void the_deepest_field_of_a_byte(void **state)
{
	static const char *const at[] = { "",
					  "",
					  "mtype",
					  "mtype",
					  "",
					  "",
					  "",
					  "",
					  "mm",
					  "mm",
					  "mm/vmas[0]/start",
					  "mm/vmas[0]/start",
					  "mm/vmas[1]/start",
					  "mm/vmas[1]/start" };
	struct field *root;
	struct arena a;

	(void)state;
	arena_init(&a);
	root = sample(&a);
	for (uint64_t i = 0; i < ARRAY_LEN(at); i++)
		assert_string_equal(field_path(field_find(root, &a, i), &a), at[i]);
	assert_null(field_find(root, &a, 14));
	assert_null(field_find(root, &a, UINT64_MAX));
	arena_fini(&a);
}

static bool write_down(const struct field *leaf, const char *path, void *arg)
{
	char *to = arg;

	sprintf(to + strlen(to), "%s %u+%u\n", path, (unsigned)leaf->span.offset,
		(unsigned)leaf->span.length);
	return true;
}

static void a_walk_names_every_byte(void **state)
{
	struct field *root;
	struct arena a;
	char text[1024];

	(void)state;
	arena_init(&a);
	root = sample(&a);
	for (int round = 0; round < 2; round++) {
		*text = 0;
		assert_true(field_walk(root, &a, write_down, text));
		assert_string_equal(text, "header 0+2\nmtype 2+2\ngap 4+4\nmm/tag 8+2\n"
					  "mm/vmas[0]/start 10+2\nmm/vmas[1]/start 12+2\n");
		/* What the walk expanded is gone again. */
		assert_false(root->last->expanded);
		assert_null(root->last->first);
	}
	arena_fini(&a);
}

/* A decoder gone wild: children anywhere, of any length, in any order, over each other. */
static void expand_wild(struct field *f, struct arena *a)
{
	uint64_t seed = (uintptr_t)f->schema;
	unsigned n = (unsigned)(seed % 7);

	for (unsigned i = 0; i < n; i++) {
		struct span span;
		struct field *c;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		span.offset = seed >> 40 & 0xff;
		span.length = seed >> 32 & 0x3f;
		if (!(seed >> 56 & 31))
			span = (struct span){ seed, ~seed };
		c = field_add(f, a, seed >> 60 & 1 ? FIELD_GROUP : FIELD_UINT, "x", span);
		c->at = i;
		c->ops = f->ops;
		c->schema = (const void *)(uintptr_t)(seed >> 3);
		if (seed >> 61 & 1)
			c->value = (struct span){ seed >> 16 & 0xff, seed >> 24 & 0xff };
	}
}

static const struct field_ops wild_ops = { .expand = expand_wild };

struct cover {
	uint64_t at;
	unsigned calls, stop_at;
};

static bool next_run(const struct field *leaf, const char *path, void *arg)
{
	struct cover *c = arg;

	assert_true(leaf->span.length > 0);
	assert_int_equal(leaf->span.offset, c->at);
	assert_true(leaf->type != FIELD_GROUP);
	assert_true(*path != 0);
	if (leaf->value.length) {
		assert_true(leaf->value.offset >= leaf->span.offset);
		assert_true(leaf->value.offset + leaf->value.length <=
			    leaf->span.offset + leaf->span.length);
	}
	c->at += leaf->span.length;
	return ++c->calls != c->stop_at;
}

static void every_byte_once_in_any_tree(void **state)
{
	struct arena a;
	size_t held;

	(void)state;
	arena_init(&a);
	srand(11);
	for (int round = 0; round < 3000; round++) {
		struct cover c = { .at = (uint64_t)rand() % 50 };
		struct field *root = field_add(NULL, &a, FIELD_GROUP, "root",
					       (struct span){ c.at, (uint64_t)rand() % 300 });

		root->ops = &wild_ops;
		root->schema = (const void *)(uintptr_t)((uint64_t)rand() << 20 | (uint64_t)rand());
		if (rand() % 4 == 0) { /* some of it is expanded already, and must survive */
			field_children(root, &a);
			if (root->first)
				field_children(root->first, &a);
		}
		assert_true(field_walk(root, &a, next_run, &c));
		assert_int_equal(c.at, root->span.offset + root->span.length);
		if (c.calls > 1) {
			struct cover half = { .at = root->span.offset, .stop_at = c.calls / 2 };

			assert_false(field_walk(root, &a, next_run, &half));
			assert_int_equal(half.calls, c.calls / 2);
		}
		held = a.held;
		assert_true(held <= 256 * 1024);
		for (uint64_t offset = 0; offset < 400; offset += 7) {
			struct field *f = field_find(root, &a, offset);

			assert_int_equal(f != NULL, span_has(root->span, offset));
			if (f)
				assert_true(span_has(f->span, offset));
		}
		arena_reset(&a);
	}
	arena_fini(&a);
}

static void expand_deeper(struct field *f, struct arena *a)
{
	struct field *c = field_add(f, a, FIELD_GROUP, "deeper", f->span);

	c->ops = f->ops;
}

static const struct field_ops deeper_ops = { .expand = expand_deeper };

static void endless_nesting_ends(void **state)
{
	struct cover c = { 0 };
	struct field *root;
	struct arena a;

	(void)state;
	arena_init(&a);
	root = field_add(NULL, &a, FIELD_GROUP, "root", (struct span){ 0, 100 });
	root->ops = &deeper_ops;
	assert_true(field_walk(root, &a, next_run, &c));
	assert_int_equal(c.at, 100);
	assert_int_equal(c.calls, 1);
	assert_non_null(field_find(root, &a, 5));
	arena_fini(&a);
}

static void expand_many(struct field *f, struct arena *a)
{
	for (uint32_t i = 0; i < 1000; i++) {
		struct field *c = field_add(f, a, FIELD_GROUP, "part",
					    (struct span){ f->span.offset + i * 100, 100 });

		c->at = i;
		c->ops = f->parent ? NULL : f->ops;
	}
}

static const struct field_ops many_ops = { .expand = expand_many };

static void a_walk_holds_one_subtree(void **state)
{
	struct cover c = { 0 };
	struct field *root;
	struct arena a;

	(void)state;
	arena_init(&a);
	root = field_add(NULL, &a, FIELD_GROUP, "root", (struct span){ 0, 100000 });
	root->ops = &many_ops;
	assert_true(field_walk(root, &a, next_run, &c));
	assert_int_equal(c.at, 100000);
	/* A million grandchildren would be more than 200 MB. */
	assert_true(a.held < 2 << 20);
	arena_fini(&a);
}

static void layouts_are_rows(void **state)
{
	static const struct value_name modes[] = { { 1, "native", ARCH_ALL }, { 0 } };
	static const struct layout rows[] = {
		{ .name = "mode", .width = 2, .show = SHOW_ENUM, .names = modes },
		{ .name = "count", .width = 4 },
		{ .name = "pad", .width = 1, .show = SHOW_ZERO },
		{ .name = "name", .width = 5, .show = SHOW_TEXT },
		{ .name = "mac", .width = 6, .show = SHOW_MAC },
		{ .name = "late", .width = 8 },
		{ 0 },
	};
	static const uint8_t raw[] = "\1\0\4\3\2\1\7comm\n\xaa\xbb\xcc\xdd\xee\xff\0\0";
	struct cursor c = cursor_over((struct bytes){ raw, 20 }, 100);
	struct field *root;
	struct arena a;

	(void)state;
	arena_init(&a);
	root = field_add(NULL, &a, FIELD_GROUP, "r", (struct span){ 100, 20 });
	field_layout(root, &a, rows, &c, (struct value_env){ 0 });
	assert_true(c.spent);
	assert_int_equal(root->count, 5);
	assert_string_equal(field_value(field_child(root, &a, "mode"), 0, &a), "1  native");
	assert_string_equal(field_value(field_child(root, &a, "count"), 0, &a), "16909060");
	assert_non_null(field_child(root, &a, "pad")->trouble);
	assert_string_equal(field_value(field_child(root, &a, "name"), 0, &a), "comm\\n");
	assert_string_equal(field_value(field_child(root, &a, "mac"), 0, &a), "aa:bb:cc:dd:ee:ff");
	assert_int_equal(field_child(root, &a, "mac")->span.offset, 112);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structure_has_a_value_too),
		cmocka_unit_test(children_by_name_and_path),
		cmocka_unit_test(the_deepest_field_of_a_byte),
		cmocka_unit_test(a_walk_names_every_byte),
		cmocka_unit_test(every_byte_once_in_any_tree),
		cmocka_unit_test(endless_nesting_ends),
		cmocka_unit_test(a_walk_holds_one_subtree),
		cmocka_unit_test(layouts_are_rows),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
