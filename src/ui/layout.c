/* The arrangement, at 80x24 and at 160x50:
 *
 *   title                    1 row
 *   main 3/8 | fields        13 rows     main 9/32 (at least 45) from 120 columns up
 *   bytes                     8 rows     8/21 of what is between title and status
 *   status, hint             2 rows
 *
 * Records of a stream have 9/16, and on narrow screens the full width while the fields are not the
 * focus.
 *
 * Changes between two sources take 9/16 of the width, 7/16 from 120 columns up.
 *
 * Memory has its regions over the full width, 12 rows and 25; below them the bytes, 9 rows and 22,
 * and right of those, from 120 columns up or when asked for, the inspector. */
#include "ui/layout.h"

#define MAIN_MIN 16
#define FIELDS_MIN 20
#define UPPER_MIN 5
#define BYTES_MIN 3
#define ASIDE_WIDE 42   /* columns of the inspector where there is room, */
#define ASIDE_NARROW 31 /* and where it was asked for all the same */

static int clamp(int v, int low, int high)
{
	if (v > high)
		v = high;
	return v < low ? low : v;
}

bool layout_shows(const struct arrangement *st, enum slot slot)
{
	if (st->zoomed || st->mode == LAYOUT_ONE)
		return slot == st->focus;
	if (st->main_alone)
		return slot == SLOT_MAIN;
	if (st->memory)
		return slot != SLOT_FIELDS || st->aside != ASIDE_HIDDEN;
	if (slot == SLOT_MAIN)
		return st->wide_main || st->mode != LAYOUT_FIELDS_BYTES;
	if (slot == SLOT_FIELDS)
		return !st->wide_main && st->mode != LAYOUT_MAIN_BYTES;
	return true;
}

static int main_width(const struct arrangement *st, int w)
{
	int usual = w < 120 ? w * 3 / 8 : w * 9 / 32;

	if (st->records && w < 120 && st->focus != SLOT_FIELDS)
		return w;
	if (st->records && w >= 120)
		usual = w * 9 / 16;
	if (st->wide_list)
		usual = w < 120 ? w * 9 / 16 : w * 7 / 16;
	if (w >= 120 && usual < 45)
		usual = 45;
	return clamp(usual + st->main_shift, MAIN_MIN, w - FIELDS_MIN);
}

/* The inspector beside the bytes. */
static int aside_width(const struct arrangement *st, int w)
{
	if (w >= LAYOUT_WIDE_W)
		return st->aside == ASIDE_HIDDEN ? 0 : ASIDE_WIDE;
	return st->aside == ASIDE_SHOWN ? ASIDE_NARROW : 0;
}

static void place_memory(const struct arrangement *st, int w, int between, struct places *out)
{
	int bytes = clamp((between - 2) / 2 + st->bytes_shift, BYTES_MIN, between - UPPER_MIN);
	int aside = aside_width(st, w), y = 1 + between - bytes;

	out->slots[SLOT_MAIN] = (struct area){ 0, 1, w, between - bytes };
	out->slots[SLOT_BYTES] = (struct area){ 0, y, w - aside, bytes };
	if (aside)
		out->slots[SLOT_FIELDS] = (struct area){ w - aside, y, aside, bytes };
}

static void place_upper(const struct arrangement *st, struct area upper, struct places *out)
{
	bool main = layout_shows(st, SLOT_MAIN), fields = layout_shows(st, SLOT_FIELDS);
	int split = main && fields ? main_width(st, upper.w) : main ? upper.w : 0;

	if (main)
		out->slots[SLOT_MAIN] = (struct area){ 0, upper.y, split, upper.h };
	if (fields)
		out->slots[SLOT_FIELDS] = (struct area){ split, upper.y, upper.w - split, upper.h };
}

void layout_place(const struct arrangement *st, int w, int h, struct places *out)
{
	int between = h - 3, bytes;
	bool upper;

	*out = (struct places){ .tiny = w < LAYOUT_TINY_W || h < LAYOUT_TINY_H };
	if (out->tiny)
		return;
	out->title = (struct area){ 0, 0, w, 1 };
	out->status = (struct area){ 0, h - 2, w, 1 };
	out->hint = (struct area){ 0, h - 1, w, 1 };
	if (w < LAYOUT_MIN_W || h < LAYOUT_MIN_H || !layout_shows(st, st->focus)) {
		out->slots[st->focus] = (struct area){ 0, 1, w, between };
		return;
	}
	if (st->memory && !st->zoomed && st->mode != LAYOUT_ONE && !st->main_alone) {
		place_memory(st, w, between, out);
		return;
	}
	upper = layout_shows(st, SLOT_MAIN) || layout_shows(st, SLOT_FIELDS);
	bytes = clamp(between * 8 / 21 + st->bytes_shift, BYTES_MIN, between - UPPER_MIN);
	if (!upper)
		bytes = between;
	if (!layout_shows(st, SLOT_BYTES))
		bytes = 0;
	place_upper(st, (struct area){ 0, 1, w, between - bytes }, out);
	if (bytes)
		out->slots[SLOT_BYTES] = (struct area){ 0, 1 + between - bytes, w, bytes };
}

/* Whether the slot has its turn: it is shown, or would be if there were room. */
static bool takes_turns(const struct arrangement *st, const struct places *lay, enum slot slot,
			int shown)
{
	if (shown > 1)
		return !area_empty(lay->slots[slot]) || (st->records && layout_shows(st, slot));
	if (st->main_alone)
		return slot == SLOT_MAIN;
	if (st->memory)
		return slot != SLOT_FIELDS || st->aside != ASIDE_HIDDEN;
	return slot != SLOT_FIELDS || !st->wide_main;
}

enum slot layout_cycle(const struct arrangement *st, const struct places *lay, int step)
{
	int shown = 0, s = st->focus;

	for (int i = 0; i < SLOT_COUNT; i++)
		shown += !area_empty(lay->slots[i]);
	/* The inspector stands behind the bytes. */
	if (st->memory)
		step = -step;
	for (int i = 0; i < SLOT_COUNT; i++) {
		s = (s + step + SLOT_COUNT) % SLOT_COUNT;
		if (takes_turns(st, lay, (enum slot)s, shown))
			return (enum slot)s;
	}
	return st->focus;
}

enum slot layout_toward(const struct places *lay, enum slot focus, int dx, int dy)
{
	struct area from = lay->slots[focus];
	enum slot best = focus;
	int nearest = 1 << 30;

	for (int s = 0; s < SLOT_COUNT; s++) {
		struct area to = lay->slots[s];
		int ahead = dx * (to.x - from.x) + dy * (to.y - from.y);
		int aside = dx ? to.y - from.y : to.x - from.x;
		int far;

		if (s == (int)focus || area_empty(to) || ahead <= 0)
			continue;
		/* Beside is a pane that shares some of the other axis. */
		if (dx && (to.y >= from.y + from.h || from.y >= to.y + to.h))
			continue;
		if (dy && (to.x >= from.x + from.w || from.x >= to.x + to.w))
			continue;
		far = ahead * 1000 + (aside < 0 ? -aside : aside);
		if (far < nearest) {
			nearest = far;
			best = (enum slot)s;
		}
	}
	return best;
}
