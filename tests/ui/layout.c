/* ui/layout: every size has its arrangement, without overlap or hole. */
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

#include "ui/layout.h"

static struct places place(const struct arrangement *arr, int w, int h)
{
	struct places out;

	layout_place(arr, w, h, &out);
	return out;
}

static void assert_area(struct area a, int x, int y, int w, int h)
{
	assert_int_equal(a.x, x);
	assert_int_equal(a.y, y);
	assert_int_equal(a.w, w);
	assert_int_equal(a.h, h);
}

static void as_drawn_at_80x24(void **state)
{
	struct arrangement arr = { .mode = LAYOUT_THREE };
	struct places at = place(&arr, 80, 24);

	(void)state;
	assert_area(at.title, 0, 0, 80, 1);
	assert_area(at.slots[SLOT_MAIN], 0, 1, 30, 13);
	assert_area(at.slots[SLOT_FIELDS], 30, 1, 50, 13);
	assert_area(at.slots[SLOT_BYTES], 0, 14, 80, 8);
	assert_area(at.status, 0, 22, 80, 1);
	assert_area(at.hint, 0, 23, 80, 1);
}

static void as_drawn_at_160x50(void **state)
{
	struct arrangement arr = { .mode = LAYOUT_THREE };
	struct places at = place(&arr, 160, 50);

	(void)state;
	assert_area(at.slots[SLOT_MAIN], 0, 1, 45, 30);
	assert_area(at.slots[SLOT_FIELDS], 45, 1, 115, 30);
	assert_area(at.slots[SLOT_BYTES], 0, 31, 160, 17);
}

static void small_screens_show_one_pane(void **state)
{
	struct arrangement arr = { .focus = SLOT_FIELDS };
	struct places at = place(&arr, 40, 10);

	(void)state;
	assert_area(at.slots[SLOT_FIELDS], 0, 1, 40, 7);
	assert_true(area_empty(at.slots[SLOT_MAIN]));
	assert_true(area_empty(at.slots[SLOT_BYTES]));
	assert_false(at.tiny);
	assert_true(place(&arr, 19, 24).tiny);
	assert_true(place(&arr, 80, 4).tiny);
	assert_false(place(&arr, 20, 5).tiny);
}

/* In every mode, size and shift: what is shown covers all between title and status once. */
static void nothing_overlaps(void **state)
{
	(void)state;
	for (int mode = 0; mode < LAYOUT_COUNT; mode++)
		for (int focus = 0; focus < SLOT_COUNT; focus++)
			for (int shift = -300; shift <= 300; shift += 100)
				for (int w = 20; w < 200; w += 9)
					for (int h = 5; h < 70; h += 4) {
						struct arrangement arr = {
							.mode = (enum layout_mode)mode,
							.focus = (enum slot)focus,
							.main_shift = shift,
							.bytes_shift = shift,
						};
						struct places at = place(&arr, w, h);
						int covered = 0;

						for (int s = 0; s < SLOT_COUNT; s++) {
							struct area a = at.slots[s];

							if (area_empty(a))
								continue;
							assert_true(a.x >= 0 && a.x + a.w <= w);
							assert_true(a.y >= 1 && a.y + a.h <= h - 2);
							covered += a.w * a.h;
						}
						assert_int_equal(covered, w * (h - 3));
						assert_false(area_empty(at.slots[focus]));
					}
}

static void goes_round_and_by_direction(void **state)
{
	struct arrangement arr = { .mode = LAYOUT_THREE };
	struct places at = place(&arr, 80, 24);

	(void)state;
	assert_int_equal(layout_cycle(&arr, &at, 1), SLOT_FIELDS);
	assert_int_equal(layout_cycle(&arr, &at, -1), SLOT_BYTES);
	arr.focus = SLOT_BYTES;
	assert_int_equal(layout_cycle(&arr, &at, 1), SLOT_MAIN);
	arr.focus = SLOT_MAIN;
	assert_int_equal(layout_toward(&at, SLOT_MAIN, 1, 0), SLOT_FIELDS);
	assert_int_equal(layout_toward(&at, SLOT_FIELDS, -1, 0), SLOT_MAIN);
	assert_int_equal(layout_toward(&at, SLOT_FIELDS, 0, 1), SLOT_BYTES);
	assert_int_equal(layout_toward(&at, SLOT_BYTES, 0, -1), SLOT_MAIN);
	assert_int_equal(layout_toward(&at, SLOT_BYTES, 1, 0), SLOT_BYTES);
	assert_int_equal(layout_toward(&at, SLOT_MAIN, -1, 0), SLOT_MAIN);
	arr.mode = LAYOUT_MAIN_BYTES;
	at = place(&arr, 80, 24);
	assert_int_equal(layout_cycle(&arr, &at, 1), SLOT_BYTES);
	/* One at a time: all have their turn, whatever the mode, but in views without fields. */
	at = place(&arr, 40, 10);
	assert_int_equal(layout_cycle(&arr, &at, 1), SLOT_FIELDS);
	arr.wide_main = true;
	assert_int_equal(layout_cycle(&arr, &at, 1), SLOT_BYTES);
	arr.main_alone = true;
	assert_int_equal(layout_cycle(&arr, &at, 1), SLOT_MAIN);
	/* Of memory: the regions, their bytes, what the bytes are. */
	arr = (struct arrangement){ .memory = true };
	at = place(&arr, 160, 50);
	assert_int_equal(layout_cycle(&arr, &at, 1), SLOT_BYTES);
	assert_int_equal(layout_cycle(&arr, &at, -1), SLOT_FIELDS);
	arr.focus = SLOT_BYTES;
	assert_int_equal(layout_cycle(&arr, &at, 1), SLOT_FIELDS);
}

static void zoom_and_views(void **state)
{
	struct arrangement arr = { .focus = SLOT_BYTES, .zoomed = true };
	struct places at = place(&arr, 80, 24);

	(void)state;
	assert_area(at.slots[SLOT_BYTES], 0, 1, 80, 21);
	arr = (struct arrangement){ .wide_main = true };
	at = place(&arr, 80, 24);
	assert_area(at.slots[SLOT_MAIN], 0, 1, 80, 13);
	assert_area(at.slots[SLOT_BYTES], 0, 14, 80, 8);
	arr.main_alone = true;
	at = place(&arr, 80, 24);
	assert_area(at.slots[SLOT_MAIN], 0, 1, 80, 21);
}

/* A table of records has all of a narrow screen until the fields are the focus; Tab leads there. */
static void records_take_the_width(void **state)
{
	struct arrangement arr = { .records = true };
	struct places at = place(&arr, 80, 24);

	(void)state;
	assert_area(at.slots[SLOT_MAIN], 0, 1, 80, 13);
	assert_true(area_empty(at.slots[SLOT_FIELDS]));
	assert_int_equal(layout_cycle(&arr, &at, 1), SLOT_FIELDS);
	arr.focus = SLOT_FIELDS;
	at = place(&arr, 80, 24);
	assert_area(at.slots[SLOT_MAIN], 0, 1, 30, 13);
	assert_area(at.slots[SLOT_FIELDS], 30, 1, 50, 13);
	arr.focus = SLOT_MAIN;
	at = place(&arr, 160, 50);
	assert_int_equal(at.slots[SLOT_MAIN].w, 90);
	assert_int_equal(at.slots[SLOT_FIELDS].w, 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_drawn_at_80x24),           cmocka_unit_test(as_drawn_at_160x50),
		cmocka_unit_test(small_screens_show_one_pane), cmocka_unit_test(nothing_overlaps),
		cmocka_unit_test(goes_round_and_by_direction), cmocka_unit_test(zoom_and_views),
		cmocka_unit_test(records_take_the_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
