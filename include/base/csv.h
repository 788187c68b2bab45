/* JSON objects, one a line, as lines of values with commas between (quoted as RFC 4180 has it, each
 * ended by a newline), so that what prints JSON need not know of it.
 *
 * A column is a key; the first line names them. A key that an object lacks, and null, is an empty
 * value; an array or an object is its JSON. Keys that are no column are dropped. What would not be
 * safe on a terminal stays escaped as JSON has it.
 *
 * Spreadsheets calculate what begins like a formula, and a value may be the text of an image: then
 * an apostrophe stands before it. Numbers with a sign are none, nor are permissions. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/out.h"

#define CSV_COLUMNS 32

struct csv {
	struct out *to;
	const char *const *columns; /* NULL at the end, at most CSV_COLUMNS */
	char *line;                 /* owned: of an object that has come in part */
	size_t len, room;
};

/* Writes the names of the columns. `to` and `columns` must outlive it. */
void csv_init(struct csv *c, struct out *to, const char *const *columns);
void csv_fini(struct csv *c);
/* Lines of JSON, whole or not, as struct json writes them. A struct out's `take`, whose `arg` is
 * the csv. */
int csv_take(void *csv, const char *text, size_t n);

/* Text as a value in quotes, for who writes lines himself; `more` (may be NULL) is a second word. */
void csv_text(struct out *o, const char *text, const char *more);

#endif
