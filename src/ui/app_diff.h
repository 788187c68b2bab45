/* What the files of the diff view share: app_diff.c (a second source, and comparing),
 * app_diff_view.c (the view), app_diff_go.c (going through it), app_diff_sides.c (from A to B), app_diff_words.c (titles, status),
 * app_diff_table.c (a table below the list). */
#ifndef UI_APP_DIFF_H
#define UI_APP_DIFF_H

#include "ui/app.h"
#include "view/rows_diff.h"
#include "view/rows_pair.h"

enum diff_phase {
	DIFF_NOTHING,  /* nothing to compare with yet */
	DIFF_OPENS,    /* worker: opens the other source, */
	DIFF_INDEXES,  /* indexes it; */
	DIFF_COMPARES, /* owner: things, a slice between two keys; */
	DIFF_READS,    /* worker: memory */
	DIFF_ENDED
};

#define DIFF_MODELS (STANDS_MOST - 1)
#define DIFF_PROCESSES 256

/* What changed in a process: pages, descriptors, threads. */
struct diff_process {
	uint64_t pid;
	const char *title;
	uint64_t changed, added, removed;
	unsigned fds[2], threads[2]; /* new, gone */
};

/* What is compared with what. */
struct match {
	struct model *models[2]; /* A and B; one model twice if two memories of it are compared: */
	char who[2][64];         /* "7" and "9" of "@7,9"; else "" */
};

struct differ {
	enum diff_phase phase;
	struct worker *worker; /* NULL: all is done in the caller's thread */
	struct job job;
	atomic_bool done;     /* of what the worker does */
	struct model *opened; /* by the worker; with `err` */
	struct err *err;
	char path[PROMPT_ROOM];
	struct match asked, shown; /* under way; what `diff` is of */
	/* All that were opened, until the end: marks and spots may point into them. */
	struct model *kept[DIFF_MODELS];
	size_t kept_count;
	struct diff *diff;
	unsigned number; /* of it, counted from 1: spots say in which they are */
	bool stopped;
	int percent;       /* where it was stopped */
	int64_t refreshed; /* ms */

	struct list changes, pairs;
	struct twin twin;
	struct map map;
	struct keymap keymap;                          /* of the view, behind those of its panes */
	struct diff_process processes[DIFF_PROCESSES]; /* the most changed first */
	size_t process_count;
	struct diff_spot spot;
	struct aspace *spaces[2]; /* of the bytes shown, as the eye has them; NULL: none */
	struct node nodes[2];     /* or the records */
	bool swapped, hide_equal, only_pages, mapped;
	bool content;    /* pages that moved are looked for */
	uint64_t wanted; /* address to stand on in the memories compared; UINT64_MAX: none */
};

/* app_diff_table.c */
void app_diff_count(struct app *app);

/* app_diff.c */
/* "comparing": what is being done; "" at the end. */
const char *differ_phase_text(const struct differ *d);

/* app_diff_go.c */
/* An address of one of the memories that are compared, on both sides. False: it is of none. */
bool differ_show_address(struct app *app, const struct aspace *as, uint64_t addr);

/* app_diff_words.c */
/* The last part of a side's name. */
const char *differ_short_name(struct app *app, int side, struct arena *a);

/* app_diff_sides.c */
/* The change that is of a memory; DIFF_TOP: none. */
uint32_t differ_memory_of(const struct differ *d, const struct aspace *as);

/* app_diff_view.c */
/* What the spot stands for; NULL: nothing, or no page. */
const struct change *differ_change(const struct differ *d);
const struct page_change *differ_page(const struct differ *d);
/* The memory among what hangs under change `n`; DIFF_TOP: none. It comes before the threads and
 * descriptors, which are many. */
uint32_t differ_memory_below(const struct differ *d, uint32_t n);
/* Of a side as the eye has it; NULL: not open yet. */
struct model *differ_model(const struct differ *d, unsigned side);
/* While the view is shown one stands in the side that has the keys: after that changed. */
void differ_stand(struct app *app);
/* Fields and bytes of the spot. */
void differ_show(struct app *app);
/* Puts the cursor of the list where the spot is. */
void differ_settle(struct app *app, bool open);
/* Bytes of both sides: addresses in A's memory and in B's. */
void differ_show_memory(struct differ *d, const struct change *c, uint64_t at_a, uint64_t at_b);
/* The list has grown or is another: shows it. */
void app_diff_refresh(struct app *app);
/* From the beginning. */
void app_diff_fresh(struct app *app);

#endif
