/* Actions: all a user can do, each with a name and a sentence. Keys, the `:` prompt, the hint line
 * and the help are made from this one table. */
#ifndef UI_ACTION_H
#define UI_ACTION_H

#include <stddef.h>

enum action {
	ACT_NONE,
	/* moving in lists and bytes */
	ACT_DOWN,
	ACT_UP,
	ACT_LEFT,
	ACT_RIGHT,
	ACT_PAGE_DOWN,
	ACT_PAGE_UP,
	ACT_HALF_DOWN,
	ACT_HALF_UP,
	ACT_FIRST,
	ACT_LAST,
	ACT_SCROLL_DOWN,
	ACT_SCROLL_UP,
	ACT_FOLD_OPEN,
	ACT_FOLD_CLOSE,
	ACT_OPEN_ALL,
	ACT_CLOSE_ALL,
	ACT_GROUP_PREV,
	ACT_GROUP_NEXT,
	ACT_FIELD_NEXT,
	ACT_FIELD_PREV,
	ACT_SELECT,
	ACT_SELECT_ROWS,
	ACT_FOLLOW,
	ACT_RECORD,
	ACT_CODE,
	ACT_BACK,
	ACT_FORWARD,
	/* finding */
	ACT_SEARCH,
	ACT_SEARCH_NEXT,
	ACT_SEARCH_PREV,
	ACT_SEARCH_VALUE,
	ACT_FIND_ALL,
	ACT_FILTER,
	ACT_JUMP,
	ACT_PROBLEM_NEXT,
	ACT_PROBLEM_PREV,
	ACT_MARK_SET,
	ACT_MARK_GO,
	ACT_MARK_BACK,
	/* views */
	ACT_VIEW_TREE,
	ACT_VIEW_MEMORY,
	ACT_VIEW_PAGES,
	ACT_VIEW_REGISTERS,
	ACT_VIEW_STACK,
	ACT_VIEW_HITS,
	ACT_VIEW_DIFF,
	ACT_DIFF_WITH,
	ACT_DIFF_NEXT,
	ACT_DIFF_PREV,
	ACT_DIFF_EQUAL,
	ACT_DIFF_PAGES,
	ACT_DIFF_SWAP,
	ACT_DIFF_LOCK,
	ACT_DIFF_CONTENT,
	ACT_VERSIONS,
	ACT_OTHER,
	ACT_VIEW_PROBLEMS,
	ACT_VIEW_INFO,
	ACT_HELP,
	ACT_INSPECTOR,
	ACT_LITTLE,
	ACT_BIG,
	ACT_SORT,
	ACT_SPACE_NEXT,
	ACT_SPACE_PREV,
	ACT_ZOOM_IN,
	ACT_ZOOM_OUT,
	ACT_ENTROPY,
	/* panes */
	ACT_PANE_NEXT,
	ACT_PANE_PREV,
	ACT_PANE_LEFT,
	ACT_PANE_DOWN,
	ACT_PANE_UP,
	ACT_PANE_RIGHT,
	ACT_ZOOM,
	ACT_LAYOUT,
	ACT_GROW,
	ACT_SHRINK,
	/* copying */
	ACT_COPY_ROW,
	ACT_COPY_VALUE,
	ACT_COPY_OFFSET,
	ACT_COPY_ADDRESS,
	ACT_COPY_HEX,
	ACT_COPY_PATH,
	ACT_WRITE,
	ACT_EXPORT,
	/* the program */
	ACT_COMMAND,
	ACT_CANCEL,
	ACT_ESCAPE,
	ACT_REPAINT,
	ACT_SUSPEND,
	ACT_CLOSE,
	ACT_QUIT,
	ACT_COUNT
};

/* Groups order the help. */
enum action_group {
	GROUP_MOVE,
	GROUP_FIND,
	GROUP_LOOK,
	GROUP_PANES,
	GROUP_COPY,
	GROUP_PROGRAM,
	GROUP_COUNT
};

struct action_info {
	const char *name; /* as `:` takes it */
	const char *help; /* a sentence without its full stop */
	enum action_group group;
	const char *hint; /* a word for the hint line, or NULL */
};

/* Indexed by enum action; ACT_NONE is empty. */
extern const struct action_info action_infos[ACT_COUNT];
const char *action_group_name(enum action_group g);
/* The action of that name; ACT_NONE if there is none. */
enum action action_by_name(const char *name);

#endif
