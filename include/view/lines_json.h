/* Lists as lines of JSON, an object each, as the verbs print them and the browser writes them; and
 * their keys as columns of the same lists as CSV (base/csv.h). */
#ifndef VIEW_LINES_JSON_H
#define VIEW_LINES_JSON_H

#include "base/out.h"
#include "core/problem.h"
#include "core/rule.h"
#include "ops/regions.h"

/* As `check --json`; `whole`: what a problem of no item in particular is about. */
void problem_json(const struct problem *p, const char *whole, struct out *o);

/* As `check --explain --json`. */
void rule_json(const struct rule *r, struct out *o);

/* NULL at the end. */
extern const char *const problem_columns[], *const rule_columns[], *const hit_columns[],
									   *const tree_columns[];

#endif
