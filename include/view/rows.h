/* Rows: what a pane says, without a screen. "How many lines, and what is line n": cells of text
 * with roles, and the bytes the line stands for. The command line prints the very rows that the
 * panes draw.
 *
 * Cells stand side by side: blanks between them are part of their text or width. Indentation
 * (`depth`) and the fold mark are not in the cells: whoever draws puts them in front. Rows belong
 * to the model's owner thread; lists that a worker still fills grow between two calls of
 * rows_count, never within. */
#ifndef VIEW_ROWS_H
#define VIEW_ROWS_H

#include "core/item.h"

/* What a piece of text is; a theme gives each a colour. */
enum role {
	ROLE_NORMAL,
	ROLE_DIM,
	ROLE_TITLE,
	ROLE_BORDER,
	ROLE_BORDER_FOCUS,
	ROLE_STATUS,
	ROLE_HINT,
	ROLE_HINT_KEY,
	ROLE_SELECTION,
	ROLE_SELECTION_BLUR,
	ROLE_CURSOR,
	ROLE_FIELD,
	ROLE_ADDRESS,
	ROLE_VALUE,
	ROLE_NOTE,
	ROLE_LINK,
	ROLE_BYTES,
	ROLE_BYTES_ZERO,
	ROLE_BYTES_FIELD,
	ROLE_TEXT,
	ROLE_ESCAPE,
	ROLE_ABSENT,
	ROLE_MATCH,
	ROLE_MATCH_CURRENT,
	ROLE_WARNING,
	ROLE_ERROR,
	ROLE_GAP,
	ROLE_CHANGED,
	ROLE_ADDED,
	ROLE_REMOVED,
	ROLE_PAGE_PRESENT,
	ROLE_PAGE_PARENT,
	ROLE_PAGE_ABSENT,
	ROLE_COUNT
};
/* "page-present": the name in themes. */
const char *role_name(enum role r);

struct cell {
	const char *text; /* cleaned UTF-8 */
	enum role role;
	int width; /* columns to pad to; 0: as long as it is; negative: right-aligned */
};

/* Enough for a line of a page map of 256 cells, each with a role of its own; 32 bytes in hex and as
 * characters need fewer. */
#define ROW_CELLS 272

struct row {
	int count;
	struct cell cells[ROW_CELLS];
	int depth;                 /* indentation levels */
	int fold;                  /* -1: nothing below; 0: closed; 1: open */
	char mark;                 /* '!' problem, '*' bookmark, 0 none: never colour alone */
	struct span span;          /* bytes it stands for */
	struct node node;          /* of a tree row */
	const struct field *field; /* of a field row */
};

/* Adds a cell; beyond ROW_CELLS it is dropped. */
void row_cell(struct row *r, enum role role, int width, const char *text);
/* The cells' text as one string, paddings included; trailing blanks dropped. */
const char *row_text(const struct row *r, struct arena *a);

struct rows;
struct rows_ops {
	size_t (*count)(struct rows *);
	/* Fills `out`; its text lives in `a`. */
	void (*line)(struct rows *, size_t n, struct arena *a, struct row *out);
	/* Opens or closes line n; false if it has nothing below. */
	bool (*fold)(struct rows *, size_t n, bool open, bool all);
	/* The line above that n hangs under; n if none. */
	size_t (*up)(struct rows *, size_t n);
	/* A line above them all that names the columns; false: none. */
	bool (*heading)(struct rows *, struct arena *a, struct row *out);
	/* Whether line n passes a filter. Missing: if its text contains it. */
	bool (*passes)(struct rows *, size_t n, const char *filter, struct arena *a);
	void (*fini)(struct rows *);
	/* Opens line n if it is closed and something below it contains `needle`; false if not. */
	bool (*reveal)(struct rows *, size_t n, const char *needle);
};

struct rows {
	const struct rows_ops *ops;
};

size_t rows_count(struct rows *r);
/* Past the end: an empty row. */
void rows_line(struct rows *r, size_t n, struct arena *a, struct row *out);
bool rows_fold(struct rows *r, size_t n, bool open, bool all);
size_t rows_up(struct rows *r, size_t n);
/* Opens line n if it is closed and something below it contains `needle`. */
bool rows_reveal(struct rows *r, size_t n, const char *needle);
bool rows_heading(struct rows *r, struct arena *a, struct row *out);
/* NULL-safe. */
void rows_free(struct rows *r);

/* Where `needle` begins in `text`, in bytes; -1 if it is not there. Case counts only if `needle`
 * has a capital letter (of ASCII). Empty needles match nothing. */
long text_match(const char *text, const char *needle);

enum search_end { SEARCH_HIT, SEARCH_NONE, SEARCH_STOPPED };

/* What of a tree is searched: rows are records of images. */
enum node_kinds { NODES_ALL, NODES_ITEMS, NODES_ROWS };

/* A search on its way. `stop` (NULL: never) is asked now and then; true ends it. */
struct line_search {
	const char *needle;
	bool back;
	bool (*stop)(void *arg);
	void *arg;
	bool open;            /* also what is folded away; it is opened where a hit is in it */
	enum node_kinds only; /* of nodes_search */
};

/* The first line that contains the needle: `from`, `from + 1`, ... to the end, or `from`,
 * `from - 1`, ... to 0. Lines of what is folded away are looked at only if s->open; rows_count may
 * be another afterwards. */
enum search_end rows_search(struct rows *r, const struct line_search *s, size_t from, size_t *hit);
/* The first line from `from` on that passes the needle as a filter. */
enum search_end rows_pass(struct rows *r, const struct line_search *s, size_t from, size_t *hit);

#endif
