/* The browser's state, and what its files share: app.c (loop, keys), app_act.c (actions),
 * app_link.c (panes following each other), app_go.c (places, jumps, marks), app_jump.c (the jump
 * box), app_suggest.c (what it offers), app_memory.c (address spaces), app_registers.c (registers),
 * app_stack.c (back-traces), app_find.c (searching bytes), app_diff.c and its like (comparing with
 * another source), app_stand.c (which of several sources one is in), app_entropy.c (entropy),
 * app_write.c (lists to files), app_draw.c (a frame), app_open.c (before there is a model). */
#ifndef UI_APP_H
#define UI_APP_H

#include "core/location.h"
#include "ops/diff.h"
#include "ui/layout.h"
#include "ui/pane.h"
#include "ui/prompt.h"
#include "ui/term.h"
#include "ui/ui.h"
#include "view/rows_fields.h"
#include "view/rows_found.h"
#include "view/rows_tree.h"

enum view {
	VIEW_TREE,
	VIEW_MEMORY,
	VIEW_PAGES,
	VIEW_PROBLEMS,
	VIEW_INFO,
	VIEW_HITS,
	VIEW_REGISTERS,
	VIEW_STACK,
	VIEW_DIFF
};

#define SPOT_PATH 192

/* Where someone stood: enough to come back. */
struct spot {
	bool set;
	enum view view;
	enum slot focus;
	struct node node;
	uint64_t offset;       /* of the byte cursor; in memory the address */
	struct aspace *space;  /* in memory, the map of it, its registers; else NULL */
	size_t line;           /* of a list that is a view of its own; in a diff the page */
	uint32_t change;       /* in a diff: where, */
	unsigned comparison;   /* of which; */
	bool in_b;             /* the side that has the keys */
	char field[SPOT_PATH]; /* path of the chosen field; cut short: found no more */
};

#define TRACK_MAX 100

/* Jumps: spots left behind, and, after going back, those ahead. */
struct track {
	struct spot spots[TRACK_MAX];
	size_t count, at; /* at == count: nothing ahead */
};

#define MARKS 26
#define STANDS_MOST 17 /* sources that are open */
#define REGISTERS_MOST 100000
#define SUGGESTIONS_MAX 64
#define LOST_MAX 64

/* What Tab would make of the jump box's text. */
struct suggestion {
	const char *text, *about;
};

struct suggestions {
	struct suggestion list[SUGGESTIONS_MAX];
	size_t count;
	struct arena arena; /* of their texts */
};

struct app {
	struct model *model; /* the one that one stands in; */
	struct model *first; /* that the program was called with */
	struct stands *stands;
	const struct ui_options *options;
	struct term *term; /* NULL in a script */
	struct canvas canvas;
	struct arena frame;   /* text of one redraw */
	struct arena scratch; /* of one action */

	struct keymap keymap; /* the global keys */
	struct key_state keys;
	struct arrangement arrangement;
	struct places places;
	enum view view;
	struct list tree, fields, problems, info, help;
	struct hex hex;
	struct list regions, inspector; /* of the memory view */
	struct hex memory;
	struct map map;
	struct list regs;  /* of the threads */
	struct list stack; /* their back-traces */
	struct list hits;  /* of a search in bytes */
	struct finder *finder;
	struct sampler *sampler;         /* of entropy */
	struct mapper *mapper;           /* of page tables */
	struct tracer *tracer;           /* of stacks */
	struct differ *differ;           /* of another source */
	struct exporting *exporting;     /* to a file */
	struct aspace *space;            /* what they show; NULL: nothing yet */
	struct anchor *registers;        /* of its threads; owned */
	struct aspace **register_spaces; /* whose they are; NULL: its own; owned */
	size_t register_count;
	bool big;     /* byte order of the inspector */
	bool helping; /* the help lies over everything */

	struct node node; /* what fields and bytes show */
	bool node_ready;  /* it was indexed when they were filled */
	bool frames;      /* the fields show tags and lengths, too: a byte asked for it */

	struct prompt prompt;
	struct suggestions suggestions;
	char needle[PROMPT_ROOM]; /* last search */
	char message[512];        /* instead of the hints, until the next key */
	enum role message_role;

	struct track track;
	struct spot before; /* where '' goes */
	struct spot from;   /* where the list that lies over it was opened */
	struct spot marks[MARKS];
	size_t problem; /* the one e and E stand on; SIZE_MAX: none */
	char go[256];   /* where to start, if that has to wait for the index; "" */

	const struct item *lost[LOST_MAX]; /* files that shrank, and it was said */
	size_t lost_count;

	int64_t cancelled; /* ms: when C-c was last pressed */
	bool indexed;      /* all ready */
	bool stopped;      /* by C-c, at `percent` */
	int percent;       /* of the index */
	bool quit;
};

/* app.c */
/* Without a terminal yet: what scripts and tests drive. The model stays the caller's. */
MUST_USE struct err *app_init(struct app *app, struct model *m, const struct ui_options *opt);
void app_fini(struct app *app);
MUST_USE struct err *app_choose_theme(struct term *term, const struct ui_options *opt);
void app_say(struct app *app, enum role role, const char *fmt, ...) PRINTF(3, 4);
bool app_stop(void *app); /* a stop_fn: C-c was pressed */
/* The list or bytes that has the keys. */
struct pane *app_pane(struct app *app);
struct pane *app_slot_pane(struct app *app, enum slot slot);
struct list *app_main_list(struct app *app); /* NULL: the page map */
void app_key(struct app *app, uint32_t key);
/* Asked between those of the pane and the global ones. */
const struct keymap *app_view_keymap(const struct app *app);
/* What the worker did since: progress, late arrivals. */
void app_tick(struct app *app);
int64_t app_now(void); /* ms */
/* Runs a prompt's line. */
void app_prompt_done(struct app *app, enum prompt_kind kind, const char *text);

/* app_act.c */
void app_act(struct app *app, enum action action, const struct call *call);
void app_info_fill(struct app *app);
extern const struct key_bind app_keys[];
/* The n-th action's name, for completion. */
const char *app_action_word(void *arg, size_t n);

/* app_link.c */
/* The chosen field; NULL if none is, or on a heading. */
const struct field *app_field(struct app *app);
void app_show_node(struct app *app, struct node n);
/* After a cursor moved: what the other panes have to show. */
void app_moved(struct app *app, enum slot slot);
void app_moved_tree(struct app *app);
void app_moved_fields(struct app *app);
void app_moved_bytes(struct app *app);
/* Puts the tree's cursor on the shown node again after lines came or went. */
void app_tree_settle(struct app *app);
/* Notes a problem for a file that has shrunk under us. */
void app_watch_loss(struct app *app);

/* app_stand.c */
MUST_USE struct err *app_stand_init(struct app *app, struct model *m);
void app_stand_fini(struct app *app);
/* Makes `m` the model that one stands in, where one stood in it before, without a change of view.
 * False: too many are open. */
bool app_stand(struct app *app, struct model *m);
/* "2/2": which one, of how many. */
const char *app_stand_text(struct app *app);

/* app_go.c */
struct spot app_spot(struct app *app);
/* Remembers where we are, then goes. */
void app_go(struct app *app, const struct place *place);
void app_go_spot(struct app *app, const struct spot *spot);
void app_track_push(struct app *app);
void app_back(struct app *app, uint32_t count);
void app_forward(struct app *app, uint32_t count);
void app_follow(struct app *app);
void app_problem_step(struct app *app, bool back, uint32_t count);
/* The problem under the cursor of the list. */
void app_problem_open(struct app *app, size_t n);
/* Views without a place in them. */
void app_view(struct app *app, enum view view);
/* A list is about to lie over what is shown (hits, registers, stacks, problems ...): remembers
 * that; closing goes back there. */
bool app_lies_over(enum view view);
void app_over(struct app *app);
void app_over_close(struct app *app);

/* app_jump.c */
/* What a LOCATION stands for: an address of `space`, or if that is NULL a place in the tree. */
struct goal {
	struct aspace *space;
	uint64_t addr;
	struct place place;
	const char *says; /* how it was read, or why it leads nowhere; in the arena given */
	const char *more; /* a second line: where its bytes are */
};

/* With `really` false nothing is waited for. False: nowhere. */
bool app_locate(struct app *app, const char *text, bool really, struct goal *out, struct arena *a);
bool app_jump(struct app *app, const char *text);
/* Where "+16" or "50%" leads from `at`, of the `size` bytes from `first` on. */
uint64_t app_jump_moved(const struct location *loc, uint64_t at, uint64_t first, uint64_t size);
/* The box, while it is open. False: there is no room for it. */
bool app_jump_draw(struct app *app);

/* app_suggest.c */
/* After a key in the jump box. */
void app_suggest(struct app *app);
const char *app_suggestion_word(void *arg, size_t n);

/* app_memory.c */
/* The memory of what is shown; NULL: none. */
struct aspace *app_space_here(struct app *app);
/* If need be that of the process shown last, or of the first; NULL: there is none. */
struct aspace *app_space_any(struct app *app);
/* Whether the bytes on the screen are memory; whether the view is of a memory. */
bool app_shows_memory(const struct app *app);
bool app_in_memory(const struct app *app);
/* The regions of a space are known now. */
void app_memory_mapped(struct app *app, struct aspace *as);
/* Whether an address of a space is there at all. */
bool app_memory_has(const struct aspace *as, uint64_t addr);
/* If the view waits for a stream to be read, and that is done: fills it. */
void app_memory_tick(struct app *app);
/* Makes `as` the memory that views show, without a change of view. */
void app_memory_take(struct app *app, struct aspace *as);
/* Shows no bytes. */
void app_memory_blank(struct app *app);
/* Shows a space at an address; UINT64_MAX: where one was, or at its first bytes. Without `map` the
 * focus goes to the bytes. False: nothing is mapped there, and nothing changes. */
bool app_memory_go(struct app *app, struct aspace *as, uint64_t addr, bool map);
/* Of a guest, in the tree: where in its frames the page is whose bytes are shown, and the frames in
 * *as; UINT64_MAX: it is none. */
uint64_t app_memory_page_here(struct app *app, struct aspace **as);
/* The memory, or the page map, of the process at hand. */
void app_memory_open(struct app *app, bool map);
void app_memory_moved(struct app *app, enum slot slot);
/* Enter. */
void app_memory_follow(struct app *app);
/* To the record that a region or a page stands in. */
void app_memory_record(struct app *app);
void app_memory_sort(struct app *app, uint32_t count);
const char *app_memory_title(struct app *app);
const char *app_memory_status(struct app *app);
/* "present": of the page at the cursor. */
const char *app_memory_state(struct app *app);
/* A register of a field: true if it was an address, and now is gone to. */
bool app_memory_follow_field(struct app *app, const struct field *f);
/* Counts pages for a while. True: some were counted, so that there is something new to show. */
bool app_memory_work(struct app *app);

/* Shows a space at an address, without a change of view. False: nothing is mapped there. */
bool app_memory_show(struct app *app, struct aspace *as, uint64_t addr);

/* app_registers.c */
void app_registers_view(struct app *app);
void app_registers_go(struct app *app, struct aspace *as, size_t line);
void app_registers_moved(struct app *app);
void app_registers_follow(struct app *app);
const char *app_registers_value(struct app *app);
const char *app_registers_title(struct app *app);
const char *app_registers_status(struct app *app);

/* app_stack.c */
struct tracer *app_stack_new(struct rows *rows);
void app_stack_free(struct tracer *t);
/* Readable when there is news; -1: never. */
int app_stack_fd(const struct app *app);
void app_stack_drain(struct app *app);
void app_stack_tick(struct app *app);
/* False: nothing was being walked. */
bool app_stack_cancel(struct app *app);
/* The back-traces of the process at hand, at the thread or frame at hand; of another. */
void app_stack_view(struct app *app);
void app_stack_go(struct app *app, struct aspace *as, size_t line);
void app_stack_moved(struct app *app);
/* To the memory of a frame; to its code. */
void app_stack_follow(struct app *app);
void app_stack_code(struct app *app);
const char *app_stack_value(struct app *app);
const char *app_stack_title(struct app *app);
const char *app_stack_status(struct app *app);
/* "back-traces 3/8 ": while they are walked, else "". */
const char *app_stack_progress(struct app *app);

/* app_find.c */
struct finder *app_find_new(struct rows *hits);
void app_find_free(struct finder *f);
/* Readable when a search has news; -1: none runs. */
int app_find_fd(const struct app *app);
void app_find_drain(struct app *app);
/* Whether / and n are for bytes here. */
bool app_find_bytes(const struct app *app);
/* Whether the open prompt asks for such a pattern; words that may stand in front of it. */
bool app_find_asks(const struct app *app);
const char *app_find_word(void *app, size_t n);
const char *app_find_words(struct app *app);
/* Searches a pattern of ops/search.h: in the process or file at hand, or in all processes. */
void app_find_start(struct app *app, const char *text, bool all);
void app_find_step(struct app *app, bool back, uint32_t count);
/* False: no search runs. */
bool app_find_cancel(struct app *app);
/* What was found since. */
void app_find_tick(struct app *app);
bool app_find_any(const struct app *app);
/* The list of hits; at a line of it. */
void app_find_view(struct app *app);
void app_find_go(struct app *app, size_t line);
void app_find_moved(struct app *app);
void app_find_follow(struct app *app);
const char *app_find_title(struct app *app);
const char *app_find_status(struct app *app);
/* "search 45%, 12 hits ": while it runs, else "". */
const char *app_find_progress(struct app *app);

/* app_map.c */
struct mapper *app_map_new(void);
void app_map_free(struct mapper *m);
/* Readable when there is news; -1: never. */
int app_map_fd(const struct app *app);
void app_map_drain(struct app *app);
/* Has the regions of a space found, unless they are; app_memory_mapped is told. */
void app_map_want(struct app *app, struct aspace *as);
/* Has found out for all memories which frames they map where. */
void app_map_want_round(struct app *app);
/* The addresses at which `as` maps a frame's byte, if that was found out; how many, at most `max`
 * of them in `out`. */
size_t app_map_of(struct app *app, const struct aspace *as, uint64_t pa, uint64_t *out, size_t max);
void app_map_tick(struct app *app);
/* False: nothing was being read. */
bool app_map_cancel(struct app *app);
/* "120 page tables read ": while they are, else "". */
const char *app_map_progress(struct app *app);

/* app_spaces.c */
/* The next memory, or the one before: of a guest its frames, what each vCPU maps, the frames after
 * each pass; of processes that of the next one. */
void app_space_step(struct app *app, bool back, uint32_t count);
/* The registers of a memory; of frames those of all vCPUs, and in *spaces whose they are. Both are
 * owned by the caller; NULL if there are none. How many. */
size_t app_space_registers(struct app *app, struct aspace *as, struct anchor **registers,
			   struct aspace ***spaces);
/* Where one begins to look: what the instruction pointer points to; UINT64_MAX: nowhere. */
uint64_t app_space_start(struct app *app);
/* "vcpu0 0xffffffff81000123, vcpu1 ...": where a byte of frames is mapped, as far as is known; "".
 */
const char *app_space_mappers(struct app *app, uint64_t pa, struct arena *a);

/* app_entropy.c */
struct sampler *app_entropy_new(void);
void app_entropy_free(struct sampler *s);
struct entropy *app_entropy(struct app *app);
/* Readable when there is news; -1: never. */
int app_entropy_fd(const struct app *app);
void app_entropy_drain(struct app *app);
/* At the beginning of a frame; and behind it: computes what it has asked for. True: at once, a new
 * frame shows it. */
void app_entropy_begin(struct app *app);
bool app_entropy_work(struct app *app);

/* app_versions.c */
/* The page of a guest that one stands on, as two passes sent it. */
void app_versions(struct app *app);

/* app_diff.c */
MUST_USE struct err *app_diff_init(struct app *app);
void app_diff_fini(struct app *app);
/* Compares with another source, or "@7,9" two memories of this one, and shows the view. */
void app_diff_start(struct app *app, const char *text);
/* Of two memories, standing on an address of theirs. */
void app_diff_start_at(struct app *app, const char *text, uint64_t addr);
/* The same two once more, with moved pages looked for or not. */
void app_diff_content(struct app *app);
/* Asks with what; and while that is typed, what files there are. */
void app_diff_ask(struct app *app);
void app_diff_suggest(struct app *app);
/* False: nothing was compared. */
bool app_diff_cancel(struct app *app);
/* Closing a tree leads to the diff. */
bool app_diff_is_home(const struct app *app);
size_t app_diff_models(const struct app *app); /* opened to compare with */
bool app_diff_any(const struct app *app);      /* there is something to show, or will be */
bool app_diff_busy(const struct app *app);
int app_diff_percent(const struct app *app);
/* Readable when there is news; -1: never. */
int app_diff_fd(const struct app *app);
void app_diff_drain(struct app *app);
void app_diff_tick(struct app *app);
/* Compares, or counts pages, for a while. True: it did. */
bool app_diff_work(struct app *app);

/* app_diff_view.c, app_diff_go.c, app_diff_sides.c, app_diff_words.c */
extern const struct key_bind app_diff_keys[];
const struct keymap *app_diff_keymap(const struct app *app);
struct pane *app_diff_pane(struct app *app, enum slot slot);
struct list *app_diff_list(struct app *app); /* NULL: the page map */
struct list *app_diff_changes(struct app *app);
const struct diff *app_diff_of(const struct app *app); /* NULL: none yet */
struct pane *app_diff_side(struct app *app);           /* the bytes that have the keys */
void app_diff_moved(struct app *app, enum slot slot);
void app_diff_step(struct app *app, bool back, uint32_t count);
void app_diff_switch(struct app *app, enum action what);
void app_diff_map(struct app *app);
/* The list again; false: it is shown. */
bool app_diff_unmap(struct app *app);
/* Tab among the bytes: to the other side. False: there one is already. */
bool app_diff_cross(struct app *app, bool back);
void app_diff_follow(struct app *app);
/* What one stands on, on the side that has the keys, if it is there: its record; item NULL: none.
 */
struct node app_diff_node(struct app *app);
/* The memory on that side, *addr (may be NULL): where it is shown, UINT64_MAX if it is not. NULL:
 * none. */
struct aspace *app_diff_space(struct app *app, uint64_t *addr);
/* To the tree. */
void app_diff_leave(struct app *app);
/* The same place on the other side of the diff, from any view. */
void app_diff_other(struct app *app);
/* 'A' or 'B': the side that one stands in, as the eye has it; 0: neither, or both. */
char app_diff_letter(const struct app *app);
bool app_diff_jump(struct app *app, const char *text);
/* The memories whose bytes are shown, or all of both sides; how many. */
size_t app_diff_spaces(struct app *app, bool all, struct aspace **out, size_t max);
/* The file whose bytes are shown on the side that has the keys; NULL: none. */
struct item *app_diff_file(struct app *app);
/* Shows a stretch of it, if it is in the record that is shown. */
bool app_diff_show_file(struct app *app, const struct item *it, struct span at);
bool app_diff_show(struct app *app, struct aspace *as, uint64_t addr);
void app_diff_spot(struct app *app, struct spot *out);
void app_diff_go(struct app *app, const struct spot *spot);
void app_diff_begin_frame(struct app *app);
/* The table of processes, at the bottom of `in`; the lines it took. */
int app_diff_table(struct app *app, struct area in);
const char *app_diff_title(struct app *app);
const char *app_diff_list_title(struct app *app);
const char *app_diff_status(struct app *app);
const char *app_diff_state(struct app *app);

/* app_export.c */
void app_export_init(struct app *app);
void app_export_fini(struct app *app);
/* The dialog; while it is open, keys are its. */
void app_export_open(struct app *app);
bool app_export_is_open(const struct app *app);
void app_export_key(struct app *app, uint32_t key);
void app_export_draw(struct app *app);
/* False: nothing is being written. */
bool app_export_cancel(struct app *app);
bool app_export_busy(const struct app *app);
/* Readable when there is news; -1: never. */
int app_export_fd(const struct app *app);
void app_export_drain(struct app *app);
void app_export_tick(struct app *app);
/* "export 45% ": while it runs, else "". */
const char *app_export_progress(struct app *app);

/* app_write.c */
/* The list that has the keys, to a file that is not there yet. */
void app_write(struct app *app, const char *path);

/* app_copy.c */
void app_copy(struct app *app, enum action what);

/* app_draw.c */
void app_draw(struct app *app);
void app_help_fill(struct app *app);

/* script.c */
int app_script(struct app *app, const char *path);

#endif
