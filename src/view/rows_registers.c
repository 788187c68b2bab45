/* Registers as rows:
 *
 *	 THREAD REGISTER              VALUE  POINTS TO
 *	   3383 sp             7ffd61a5b8a0  rw-p [stack]+0x1f8a0
 *	!  3385 sp                 deadbeef  !not mapped
 *	   3385 ip             7f6d25c41200  r-xp libc.so.6+0x19200 */
#include "view/rows_registers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "ops/regions.h"
#include "view/rows_inspect.h"

#define WHO_WIDTH 7
#define NAME_WIDTH 12
#define NAME_WIDTH_GUEST 18
#define VALUE_WIDTH 16
#define PLACE_WIDTH 44 /* of the region, where the bytes' place stands behind it */

struct register_rows {
	struct rows rows;
	const struct aspace *as;
	const struct anchor *registers;
	struct aspace *const *spaces; /* whose each is; NULL: of `as` */
	size_t count;
	int columns;
};

static struct register_rows *registers_of(struct rows *r)
{
	return (struct register_rows *)r;
}

/* ---- stack pointers ---- */

static bool has_stack(const struct aspace *as)
{
	for (size_t i = 0; i < as->region_count; i++)
		if (!strcmp(as->regions[i].kind, "stack"))
			return true;
	return false;
}

const char *anchor_trouble(const struct aspace *as, const struct anchor *registers, size_t count,
			   size_t n)
{
	const struct anchor *reg = n < count ? &registers[n] : NULL;
	const struct region *r;

	if (!reg || !reg->stack || as->kind == ASPACE_FRAMES || !aspace_is_mapped(as))
		return NULL;
	r = aspace_region(as, reg->addr);
	if (!r)
		return "!not mapped";
	if (r->flags & REGION_GUARD)
		return "!in a guard page";
	/* A stack is anonymous and can be written. */
	if (r->flags & REGION_FILE || !(r->flags & REGION_WRITE))
		return "!in no stack";
	if (reg->who == registers[0].who && strcmp(r->kind, "stack") && has_stack(as))
		return "!outside [stack]";
	return NULL;
}

const char *anchor_name(const struct anchor *reg)
{
	const char *colon = strchr(reg->word, ':');

	return colon ? colon + 1 : reg->word;
}

/* ---- lines ---- */

static size_t register_count(struct rows *r)
{
	return registers_of(r)->as ? registers_of(r)->count : 0;
}

const struct anchor *rows_registers_at(struct rows *r, size_t n)
{
	return n < register_count(r) ? &registers_of(r)->registers[n] : NULL;
}

const struct aspace *rows_registers_space(struct rows *r, size_t n)
{
	const struct register_rows *g = registers_of(r);

	return n < register_count(r) && g->spaces ? g->spaces[n] : g->as;
}

/* Of a guest: permissions as far as they are known, and the frame. */
static void frame_cells(const struct aspace *as, uint64_t addr, struct arena *a, struct row *out)
{
	const struct region *region = aspace_region(as, addr);
	struct extent x;
	uint64_t pa;

	aspace_at(as, addr, &x);
	if (!as->ops->physical(as, addr, &pa)) {
		row_cell(out, ROLE_DIM, 0, x.why ? x.why : "not mapped");
		return;
	}
	row_cell(out, ROLE_LINK, 0,
		 arena_printf(a, "%s%spfn 0x%" PRIx64 "+0x%" PRIx64 " %s",
			      region ? region->prot : "", region ? " " : "", pa / as->page,
			      pa % as->page, page_state_name(x.state)));
}

static void place_cells(const struct register_rows *g, const struct aspace *as,
			const struct anchor *reg, struct arena *a, struct row *out)
{
	const struct region *region = aspace_region(as, reg->addr);
	bool wide = g->columns >= REGISTERS_WIDE;
	struct extent x;

	if (as->kind == ASPACE_VCPU && as->ops->physical) {
		frame_cells(as, reg->addr, a, out);
		return;
	}
	if (!region) {
		row_cell(out, ROLE_DIM, 0, "not mapped");
		return;
	}
	row_cell(out, ROLE_LINK, wide ? PLACE_WIDTH : 0,
		 arena_printf(a, "%s %s", region->prot, region_place(as, reg->addr, a)));
	if (!wide)
		return;
	aspace_at(as, reg->addr, &x);
	row_cell(out, ROLE_NOTE, 9, page_state_name(x.state));
	row_cell(out, ROLE_NORMAL, 0, extent_place(as, &x, reg->addr, a));
}

/* "7", "vcpu0" */
static const char *who_text(const struct aspace *as, const struct anchor *reg, struct arena *a)
{
	return arena_printf(a, "%s%" PRIu64, as->kind == ASPACE_VCPU ? "vcpu" : "", reg->who);
}

/* The hypervisor's names are longer than a processor's. */
static int name_width(const struct aspace *as)
{
	return as->kind == ASPACE_PROCESS ? NAME_WIDTH : NAME_WIDTH_GUEST;
}

static void register_line(struct rows *r, size_t n, struct arena *a, struct row *out)
{
	struct register_rows *g = registers_of(r);
	const struct anchor *reg = rows_registers_at(r, n);
	const struct aspace *as = rows_registers_space(r, n);
	const char *trouble;

	if (!reg)
		return;
	trouble = anchor_trouble(as, g->registers, g->count, n);
	out->mark = trouble ? '!' : 0;
	row_cell(out, ROLE_VALUE, -WHO_WIDTH, who_text(as, reg, a));
	row_cell(out, ROLE_NORMAL, 1, "");
	row_cell(out, reg->stack ? ROLE_TITLE : ROLE_FIELD, name_width(as), anchor_name(reg));
	row_cell(out, ROLE_ADDRESS, -VALUE_WIDTH, arena_printf(a, "%" PRIx64, reg->addr));
	row_cell(out, ROLE_NORMAL, 2, "");
	if (trouble)
		row_cell(out, ROLE_WARNING, 0, arena_printf(a, "%s  ", trouble));
	if (!trouble || aspace_region(as, reg->addr))
		place_cells(g, as, reg, a, out);
	out->span = (struct span){ reg->addr, 1 };
}

/* ---- as JSON ---- */

const char *const register_columns[] = { "pid",  "vcpu",   "root",  "tid",     "register", "value",
					 "prot", "region", "state", "trouble", NULL };

void rows_registers_json(struct rows *r, size_t n, struct out *o, struct arena *a)
{
	struct register_rows *g = registers_of(r);
	const struct anchor *reg = rows_registers_at(r, n);
	const struct aspace *as = rows_registers_space(r, n);
	const struct region *region = reg ? aspace_region(as, reg->addr) : NULL;
	const char *trouble = reg ? anchor_trouble(as, g->registers, g->count, n) : NULL;
	struct extent x;
	struct json j;

	if (!reg)
		return;
	aspace_at(as, reg->addr, &x);
	json_init(&j, o, 0);
	json_object(&j);
	json_who(&j, as);
	if (as->kind == ASPACE_PROCESS)
		json_key_uint(&j, "tid", reg->who);
	json_key_str(&j, "register", anchor_name(reg));
	json_key_hex(&j, "value", reg->addr);
	json_key_str(&j, "prot", region ? region->prot : NULL);
	json_key_str(&j, "region", region ? region_place(as, reg->addr, a) : NULL);
	json_key_str(&j, "state", page_state_name(x.state));
	json_key_str(&j, "trouble", trouble ? trouble + 1 : NULL); /* without '!' */
	json_end_object(&j);
	out_str(o, "\n");
}

static bool register_heading(struct rows *r, struct arena *a, struct row *out)
{
	bool guest = registers_of(r)->as && registers_of(r)->as->kind != ASPACE_PROCESS;

	(void)a;
	if (!registers_of(r)->as)
		return false;
	row_cell(out, ROLE_DIM, -WHO_WIDTH, guest ? "VCPU" : "THREAD");
	row_cell(out, ROLE_NORMAL, 1, "");
	row_cell(out, ROLE_DIM, name_width(registers_of(r)->as), "REGISTER");
	row_cell(out, ROLE_DIM, -VALUE_WIDTH, "VALUE");
	row_cell(out, ROLE_NORMAL, 2, "");
	row_cell(out, ROLE_DIM, PLACE_WIDTH, "POINTS TO");
	if (registers_of(r)->columns >= REGISTERS_WIDE && !guest)
		row_cell(out, ROLE_DIM, 0, "PAGE     BYTES IN");
	return true;
}

static void register_fini(struct rows *r)
{
	free(r);
}

static const struct rows_ops register_ops = {
	.count = register_count,
	.line = register_line,
	.heading = register_heading,
	.fini = register_fini,
};

struct rows *rows_registers_new(void)
{
	struct register_rows *g = heap_zeroed(1, sizeof(*g));

	g->rows.ops = &register_ops;
	g->columns = 76;
	return &g->rows;
}

void rows_registers_set(struct rows *r, const struct aspace *as, const struct anchor *registers,
			struct aspace *const *spaces, size_t count)
{
	struct register_rows *g = registers_of(r);

	g->as = as;
	g->registers = registers;
	g->spaces = spaces;
	g->count = count;
}

void rows_registers_room(struct rows *r, int columns)
{
	registers_of(r)->columns = columns;
}
