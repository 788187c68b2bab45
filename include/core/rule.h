/* Rules: what is checked, in words. A problem names its rule; this says what the rule is about, how
 * bad it is to break it, and where it is laid down. */
#ifndef CORE_RULE_H
#define CORE_RULE_H

#include "core/problem.h"

struct rule {
	const char *id;         /* problem.rule; NULL ends a table */
	enum severity severity; /* the worst it is noted with */
	const char *what;       /* a sentence or two */
	const char *source;     /* where that is said */
};

/* Of tars, packed files, files that shrink: what no format knows. */
extern const struct rule core_rules[];

#endif
