/* ui: fields light their bytes, bytes find their field, in every image of a real set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "formats.h"
#include "ui/app.h"

static struct app app;

static int start(void **state)
{
	static const struct ui_options options = { .ascii = true };
	struct call all = { .count = 1 };
	struct model *m;
	struct err *err = model_open("tests/real/tree", formats, NULL, &m);

	(void)state;
	if (err) {
		err_free(err);
		return 0; /* not in the repository's folder */
	}
	model_index(m);
	err = app_init(&app, m, &options);
	if (err)
		return -1;
	canvas_resize(&app.canvas, 80, 24);
	app_show_node(&app, (struct node){ m->root, NODE_SELF });
	app_tick(&app);
	app_draw(&app);
	app_act(&app, ACT_OPEN_ALL, &all);
	return 0;
}

static int stop(void **state)
{
	struct model *m = app.model;

	(void)state;
	if (m) {
		app_fini(&app);
		model_close(m);
	}
	return 0;
}

static bool covers(struct span s, uint64_t offset)
{
	return span_has(s, offset);
}

/* The lit bytes, as the rows draw them. */
static bool lit(uint64_t offset)
{
	struct rows *rows = app.hex.pane.rows;
	size_t line = rows_hex_line(rows, offset);
	int column = rows_hex_column(rows, offset, false), x = 0;
	struct row row;

	arena_reset(&app.frame);
	rows_line(rows, line, &app.frame, &row);
	for (int i = 0; i < row.count; i++) {
		int width = text_width(row.cells[i].text);

		if (column >= x && column < x + width)
			return row.cells[i].role == ROLE_BYTES_FIELD;
		x += width;
	}
	return false;
}

static void fields_of_a_row(size_t *seen)
{
	struct list *l = &app.fields;

	for (size_t n = 0; n < rows_count(l->pane.rows); n++) {
		struct field *f;

		rows_fold(l->pane.rows, n, true, false);
		list_go(l, n);
		app_moved_fields(&app);
		f = rows_fields_at(l->pane.rows, n);
		if (!f || f->span.length == 0)
			continue;
		assert_int_equal(app.hex.cursor, f->span.offset);
		assert_true(lit(f->span.offset));
		assert_true(lit(f->span.offset + f->span.length - 1));
		(*seen)++;
	}
}

static void every_field_lights_its_bytes(void **state)
{
	struct rows *tree = app.tree.pane.rows;
	size_t seen = 0;

	(void)state;
	assert_non_null(app.model);
	assert_true(rows_count(tree) > 300);
	for (size_t n = 0; n < rows_count(tree); n++) {
		list_go(&app.tree, n);
		app_moved_tree(&app);
		arena_reset(&app.scratch);
		arena_reset(&app.frame);
		fields_of_a_row(&seen);
	}
	assert_true(seen > 5000);
}

static void bytes_of_an_item(struct item *it, size_t *seen, size_t *heads)
{
	uint64_t size = it->size < 4096 ? it->size : 4096;

	app_go(&app, &(struct place){ .node = { it, NODE_SELF }, .offset = UINT64_MAX });
	for (uint64_t at = 0; at < size; at++) {
		const struct field *f;

		arena_reset(&app.scratch);
		hex_go(&app.hex, at);
		app_moved_bytes(&app);
		assert_ptr_equal(app.node.item, it);
		assert_int_equal(app.hex.cursor, at);
		f = app_field(&app);
		if ((f && !covers(f->span, at)) || !lit(at))
			print_error("%s @0x%llx: %s\n", it->path, (unsigned long long)at,
				    f ? f->name : "no field");
		if (f)
			assert_true(covers(f->span, at));
		else
			(*heads)++;
		assert_true(lit(at));
		(*seen)++;
	}
}

static void every_byte_finds_its_field(void **state)
{
	size_t seen = 0, heads = 0;

	(void)state;
	assert_non_null(app.model);
	for (struct item *it = app.model->root; it; it = item_next(app.model->root, it)) {
		const struct source *src = atomic_load(&it->source);
		struct node shown;

		if (it->alias || !src || source_size(src) == 0)
			continue;
		bytes_of_an_item(it, &seen, &heads);
		/* And the tree went along. */
		shown = rows_tree_node(app.tree.pane.rows, app.tree.cursor);
		assert_ptr_equal(shown.item, it);
		assert_int_equal(shown.at, app.node.at);
	}
	assert_true(seen > 30000);
	/* Only heads of records have no field of their own. */
	print_message("%zu of %zu bytes are heads\n", heads, seen);
	assert_true(heads < seen / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_lights_its_bytes),
		cmocka_unit_test(every_byte_finds_its_field),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
