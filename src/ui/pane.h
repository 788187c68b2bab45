/* Panes: rows on the screen, with a cursor. There are two: the list engine, over any rows, and the
 * bytes. A pane knows its rows and its cursor; what one pane's cursor means to the others is the
 * app's business. */
#ifndef UI_PANE_H
#define UI_PANE_H

#include "ui/canvas.h"
#include "ui/keymap.h"
#include "view/rows.h"
#include "view/rows_hex.h"

/* How an action was called. */
struct call {
	bool counted;
	uint32_t count;  /* 1 unless counted */
	uint32_t letter; /* of a mark */
};

struct pane;

struct pane_class {
	const struct key_bind *keys; /* looked up before the global ones */
	/* Draws into `in`, the pane without its border. */
	void (*draw)(struct pane *, struct canvas *, struct area in, bool focused);
	bool (*act)(struct pane *, enum action, const struct call *); /* false: not mine */
	/* "2/38": for the border below. */
	const char *(*place)(struct pane *, struct arena *);
	bool framed; /* draws its own borders: `in` is all of its place */
};

struct pane {
	const struct pane_class *class;
	struct keymap keymap;
	struct rows *rows;  /* owned */
	const char *name;   /* in the border above */
	const char *empty;  /* what it says when there are no rows */
	const char *needle; /* what was searched for; "": nothing */
	int height, width;  /* of the last drawing, at least 1 */
};

/* Asked during long scans; true stops them. */
typedef bool (*stop_fn)(void *arg);

struct list {
	struct pane pane;
	size_t cursor; /* a line of the rows */
	size_t top;    /* first position shown; a position is a line unless filtered */
	bool folds;    /* leave a column for the fold signs */
	bool nowhere;  /* no line is chosen, until the next move in it */
	char *filter;  /* owned; NULL: none */
	size_t *shown; /* the lines that pass, ascending; owned */
	size_t shown_count, shown_of; /* of how many lines the filter was made */
	stop_fn stop;
	void *stop_arg;
};

/* NULL: it is no list. */
struct list *pane_list(struct pane *p);
/* `rows` is taken over. */
struct err *list_init(struct list *l, const char *name, struct rows *rows, bool folds);
void list_fini(struct list *l);
/* Lines to be seen: all, or those that pass the filter. */
size_t list_count(struct list *l);
/* Position of the first shown line that is not before `line`. */
size_t list_position(struct list *l, size_t line);
/* Moves the cursor to a line, or the nearest that is shown. */
void list_go(struct list *l, size_t line);
/* NULL or "" shows everything. */
void list_filter(struct list *l, const char *text);
/* The rows changed under it: filters again, keeps the cursor within. */
void list_refresh(struct list *l);
/* The line after the one at the cursor, or before it, that contains `needle`, going round;
 * *round: it had to. */
enum search_end list_search(struct list *l, const char *needle, bool back, size_t *hit,
			    bool *round);

/* Bytes: all of a source, or of an address space the regions that touch each other around the
 * cursor. There offsets are addresses, and moving goes on in the neighbours. */
struct hex {
	struct pane pane;
	const struct source *source; /* NULL: nothing to show, or: */
	const struct aspace *space;
	const char *file;     /* its name; "" if none */
	uint64_t first, size; /* what can be shown: [first, first + size) */
	bool paged;           /* that is a page of memory, at guest-physical `addr` */
	uint64_t addr;
	uint64_t cursor; /* in it */
	size_t top;
	bool selecting, by_rows; /* from `anchor` to the cursor */
	uint64_t anchor;
};

struct err *hex_init(struct hex *h, const char *name);
void hex_fini(struct hex *h);
/* Another source, or none. `file`: what to call it; must live as long. */
void hex_set(struct hex *h, const struct source *src, const char *file);
/* Lights a field's bytes, and puts the cursor on the first of them. */
void hex_show(struct hex *h, struct span field);
void hex_light(struct hex *h, struct span field);
/* Clipped to the source. */
void hex_go(struct hex *h, uint64_t offset);
/* Only a page of memory, with its addresses, until one goes beyond it; or all of the source again.
 */
void hex_page(struct hex *h, struct span page, uint64_t addr);
void hex_whole(struct hex *h);
/* Shows a space; nothing of it until hex_go_address. */
void hex_set_space(struct hex *h, const struct aspace *as);
/* False: no region has it. */
bool hex_go_address(struct hex *h, uint64_t addr);
/* Length 0: nothing is selected. */
struct span hex_selection(const struct hex *h);

/* A page map: rows of cells, with a cursor on one. */
struct entropy;
struct map {
	struct pane pane;
	const struct aspace *space;
	uint64_t cursor; /* an address */
	unsigned shift;  /* a cell stands for 1 << shift pages */
	size_t top;
	struct entropy *sampler;
	bool entropy; /* cells show that of their bytes */
};

/* `sampler` is borrowed. */
struct err *map_init(struct map *m, const char *name, struct entropy *sampler);
void map_fini(struct map *m);
void map_set(struct map *m, const struct aspace *as);
void map_go(struct map *m, uint64_t addr);

/* Bytes of two sides, side by side and in step: what differs is marked on both. */
struct twin {
	struct pane pane;
	struct hex sides[2];
	const char *titles[2]; /* of the next drawing */
	const char *foot;      /* in the border below */
	unsigned chosen;       /* the side that is to have the keys, */
	unsigned active;       /* and that has: what is not there has none */
	bool apart;            /* each scrolls alone */
	uint64_t shift;        /* from an offset on the first side to the same place on the other */
	struct source *slices[2]; /* owned; NULL: none */
};

struct err *twin_init(struct twin *t);
void twin_fini(struct twin *t);
/* Nothing on either side. */
void twin_blank(struct twin *t);
/* Memory: the regions around an address on each side, the cursors on it. NULL: nothing there. */
void twin_show_spaces(struct twin *t, struct aspace *const spaces[2], const uint64_t addrs[2]);
/* Stretches of files, from their beginnings on. NULL: nothing there. */
void twin_show_spans(struct twin *t, struct source *const sources[2], const struct span spans[2],
		     const char *const names[2]);
/* Puts the cursors on an offset of the first side. */
void twin_go(struct twin *t, uint64_t offset);
uint64_t twin_cursor(const struct twin *t); /* on the first side */
/* The first byte in [start, end) of the first side that differs, or, back, the last one; runs of
 * them count as one. UINT64_MAX: none. At most 64 MiB are compared. */
uint64_t twin_difference(const struct twin *t, uint64_t start, uint64_t end, bool back);
/* The other side takes the keys, if it has bytes. */
void twin_cross(struct twin *t);

#endif
