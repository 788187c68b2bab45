/* The table, and nothing that acts: what an action does is in app.c and in the panes. */
#include "ui/action.h"

#include <string.h>

const struct action_info action_infos[ACT_COUNT] = {
	[ACT_DOWN] = { "down", "next line", GROUP_MOVE, NULL },
	[ACT_UP] = { "up", "previous line", GROUP_MOVE, NULL },
	[ACT_LEFT] = { "left", "previous byte", GROUP_MOVE, NULL },
	[ACT_RIGHT] = { "right", "next byte", GROUP_MOVE, NULL },
	[ACT_PAGE_DOWN] = { "page-down", "one page down", GROUP_MOVE, NULL },
	[ACT_PAGE_UP] = { "page-up", "one page up", GROUP_MOVE, NULL },
	[ACT_HALF_DOWN] = { "half-down", "half a page down", GROUP_MOVE, NULL },
	[ACT_HALF_UP] = { "half-up", "half a page up", GROUP_MOVE, NULL },
	[ACT_FIRST] = { "first", "the first; with a count in front, that one", GROUP_MOVE, NULL },
	[ACT_LAST] = { "last", "the last; with a count in front, that one", GROUP_MOVE, NULL },
	[ACT_SCROLL_DOWN] = { "scroll-down", "scroll, the selection stays", GROUP_MOVE, NULL },
	[ACT_SCROLL_UP] = { "scroll-up", "scroll back, the selection stays", GROUP_MOVE, NULL },
	[ACT_FOLD_OPEN] = { "open", "open, or go in", GROUP_MOVE, NULL },
	[ACT_FOLD_CLOSE] = { "shut", "close, or go to the parent", GROUP_MOVE, NULL },
	[ACT_OPEN_ALL] = { "open-all", "open all below", GROUP_MOVE, NULL },
	[ACT_CLOSE_ALL] = { "shut-all", "close all below", GROUP_MOVE, NULL },
	[ACT_GROUP_PREV] = { "group-prev", "previous brother of the group", GROUP_MOVE, NULL },
	[ACT_GROUP_NEXT] = { "group-next", "next brother of the group", GROUP_MOVE, NULL },
	[ACT_FIELD_NEXT] = { "field-next", "next field", GROUP_MOVE, NULL },
	[ACT_FIELD_PREV] = { "field-prev", "previous field", GROUP_MOVE, NULL },
	[ACT_FOLLOW] = { "follow", "follow the reference; else open or close", GROUP_MOVE,
			 "Follow" },
	[ACT_RECORD] = { "record", "from a region or a page of memory to the record that says so",
			 GROUP_MOVE, NULL },
	[ACT_CODE] = { "code", "stack: to the code where the frame goes on", GROUP_MOVE, NULL },
	[ACT_SELECT] = { "select", "select bytes from here on; again ends it", GROUP_MOVE, NULL },
	[ACT_SELECT_ROWS] = { "select-rows", "select rows of bytes", GROUP_MOVE, NULL },
	[ACT_BACK] = { "back", "back the way you came", GROUP_MOVE, "Back" },
	[ACT_FORWARD] = { "forward", "forward again", GROUP_MOVE, NULL },

	[ACT_SEARCH] = { "search", "search; bytes: text, i: utf16: x: re: u64: ptr:", GROUP_FIND,
			 "Search" },
	[ACT_FIND_ALL] = { "find-all", "search the memory of all processes", GROUP_FIND, NULL },
	[ACT_SEARCH_NEXT] = { "search-next", "next match", GROUP_FIND, NULL },
	[ACT_SEARCH_PREV] = { "search-prev", "previous match", GROUP_FIND, NULL },
	[ACT_SEARCH_VALUE] = { "search-value", "search the value under the cursor", GROUP_FIND,
			       NULL },
	[ACT_FILTER] = { "filter", "show only lines with a text; empty shows all", GROUP_FIND,
			 "Filter" },
	[ACT_JUMP] = { "jump", "jump to a location", GROUP_FIND, "Jump" },
	[ACT_PROBLEM_NEXT] = { "problem-next", "next problem", GROUP_FIND, NULL },
	[ACT_PROBLEM_PREV] = { "problem-prev", "previous problem", GROUP_FIND, NULL },
	[ACT_MARK_SET] = { "mark", "set a mark", GROUP_FIND, NULL },
	[ACT_MARK_GO] = { "mark-go", "go to a mark", GROUP_FIND, NULL },
	[ACT_MARK_BACK] = { "mark-back", "go where you were before the last jump", GROUP_FIND,
			    NULL },

	[ACT_VIEW_TREE] = { "tree", "view: the tree, fields and bytes", GROUP_LOOK, "Tree" },
	[ACT_VIEW_MEMORY] = { "memory", "view: the memory of the process at hand", GROUP_LOOK,
			      "Memory" },
	[ACT_VIEW_PAGES] = { "pages", "view: the page map of the process at hand", GROUP_LOOK,
			     "Pages" },
	[ACT_VIEW_REGISTERS] = { "registers",
				 "view: the registers of all threads of the process at hand",
				 GROUP_LOOK, "Registers" },
	[ACT_VIEW_STACK] = { "stack",
			     "view: who called whom: the back-traces of the process at hand",
			     GROUP_LOOK, "Stack" },
	[ACT_VIEW_HITS] = { "hits", "view: what a search in bytes found", GROUP_LOOK, "Hits" },
	[ACT_VIEW_DIFF] = { "diff", "view: what differs from another source", GROUP_LOOK, "Diff" },
	[ACT_DIFF_WITH] = { "diff-with", "compare with: a source; @9 or @7,9: memories of this one",
			    GROUP_LOOK, NULL },
	[ACT_DIFF_NEXT] = { "diff-next", "diff: next difference; in the bytes, next run of them",
			    GROUP_FIND, "Next" },
	[ACT_DIFF_PREV] = { "diff-prev", "diff: previous difference", GROUP_FIND, "Prev" },
	[ACT_DIFF_EQUAL] = { "diff-equal", "diff: hide or show what is equal, or differs by nature",
			     GROUP_LOOK, "Hide equal" },
	[ACT_DIFF_PAGES] = { "diff-pages", "diff: only pages that differ, or all changes",
			     GROUP_LOOK, "Pages" },
	[ACT_DIFF_SWAP] = { "diff-swap", "diff: exchange A and B", GROUP_LOOK, "Swap" },
	[ACT_DIFF_LOCK] = { "diff-lock", "diff: the two sides scroll in step, or each alone",
			    GROUP_LOOK, NULL },
	[ACT_DIFF_CONTENT] = { "diff-content",
			       "diff: look for new pages that are old ones elsewhere", GROUP_LOOK,
			       NULL },
	[ACT_VERSIONS] = { "versions", "a guest's page as two passes sent it, side by side",
			   GROUP_LOOK, NULL },
	[ACT_OTHER] = { "other-side", "diff: the same place in the other source", GROUP_MOVE,
			"Other" },
	[ACT_VIEW_PROBLEMS] = { "problems", "view: what is wrong with the data", GROUP_LOOK,
				"Problems" },
	[ACT_VIEW_INFO] = { "info", "view: what this is, in short", GROUP_LOOK, "Info" },
	[ACT_HELP] = { "help", "these keys; once more closes", GROUP_LOOK, "Help" },

	[ACT_INSPECTOR] = { "inspector", "memory: show or hide the inspector", GROUP_LOOK, NULL },
	[ACT_LITTLE] = { "little-endian", "memory: numbers begin with their lowest byte",
			 GROUP_LOOK, NULL },
	[ACT_BIG] = { "big-endian", "memory: numbers begin with their highest byte", GROUP_LOOK,
		      NULL },
	[ACT_SORT] = { "sort", "memory: order the regions by the next column", GROUP_LOOK, NULL },
	[ACT_SPACE_NEXT] = { "memory-next",
			     "memory: of the next process; of a guest frames, vCPUs, passes",
			     GROUP_LOOK, "Next" },
	[ACT_SPACE_PREV] = { "memory-prev", "memory: the one before that", GROUP_LOOK, NULL },
	[ACT_ZOOM_IN] = { "zoom-in", "page map: fewer pages a cell", GROUP_LOOK, NULL },
	[ACT_ZOOM_OUT] = { "zoom-out", "page map: more pages a cell", GROUP_LOOK, NULL },

	[ACT_ENTROPY] = { "entropy", "page map: how random the stored bytes are; again shows pages",
			  GROUP_LOOK, NULL },

	[ACT_PANE_NEXT] = { "pane-next", "next pane", GROUP_PANES, "Pane" },
	[ACT_PANE_PREV] = { "pane-prev", "previous pane", GROUP_PANES, NULL },
	[ACT_PANE_LEFT] = { "pane-left", "pane to the left", GROUP_PANES, NULL },
	[ACT_PANE_DOWN] = { "pane-down", "pane below", GROUP_PANES, NULL },
	[ACT_PANE_UP] = { "pane-up", "pane above", GROUP_PANES, NULL },
	[ACT_PANE_RIGHT] = { "pane-right", "pane to the right", GROUP_PANES, NULL },
	[ACT_ZOOM] = { "zoom", "this pane alone, and back", GROUP_PANES, "Zoom" },
	[ACT_LAYOUT] = { "layout", "next arrangement of panes", GROUP_PANES, "Layout" },
	[ACT_GROW] = { "grow", "make this pane larger", GROUP_PANES, NULL },
	[ACT_SHRINK] = { "shrink", "make this pane smaller", GROUP_PANES, NULL },

	[ACT_COPY_ROW] = { "copy-row", "copy the line", GROUP_COPY, NULL },
	[ACT_COPY_VALUE] = { "copy-value", "copy the value", GROUP_COPY, NULL },
	[ACT_COPY_OFFSET] = { "copy-offset", "copy the offset in the file", GROUP_COPY, NULL },
	[ACT_COPY_ADDRESS] = { "copy-address", "copy the virtual address", GROUP_COPY, NULL },
	[ACT_COPY_HEX] = { "copy-hex", "copy the bytes as hex digits", GROUP_COPY, NULL },
	[ACT_COPY_PATH] = { "copy-path", "copy the path, as the command line takes it", GROUP_COPY,
			    NULL },

	[ACT_WRITE] = { "write",
			"write the list to a new file: hits as JSON, most to .json or .csv, else text",
			GROUP_COPY, "Write" },

	[ACT_EXPORT] = { "export",
			 "write what is selected to a file: raw, JSON, a core; in lists as `write'",
			 GROUP_COPY, "Export" },

	[ACT_COMMAND] = { "command", "command line; Tab completes", GROUP_PROGRAM, "Command" },
	[ACT_CANCEL] = { "cancel", "stop the job; twice in a second asks to quit", GROUP_PROGRAM,
			 NULL },
	[ACT_ESCAPE] = { "escape", "one level out; never quits", GROUP_PROGRAM, NULL },
	[ACT_REPAINT] = { "repaint", "draw the screen anew", GROUP_PROGRAM, NULL },
	[ACT_SUSPEND] = { "suspend", "back to the shell; fg returns", GROUP_PROGRAM, NULL },
	[ACT_CLOSE] = { "close", "close the view; at the top, quit", GROUP_PROGRAM, "Quit" },
	[ACT_QUIT] = { "quit", "quit", GROUP_PROGRAM, NULL },
};

const char *action_group_name(enum action_group g)
{
	static const char *const names[GROUP_COUNT] = {
		[GROUP_MOVE] = "MOVE",   [GROUP_FIND] = "FIND", [GROUP_LOOK] = "LOOK",
		[GROUP_PANES] = "PANES", [GROUP_COPY] = "COPY", [GROUP_PROGRAM] = "PROGRAM",
	};

	return names[g];
}

enum action action_by_name(const char *name)
{
	/* As the command line calls it. */
	if (!strcmp(name, "bt"))
		return ACT_VIEW_STACK;
	for (int a = ACT_NONE + 1; a < ACT_COUNT; a++)
		if (strcmp(action_infos[a].name, name) == 0)
			return (enum action)a;
	return ACT_NONE;
}
