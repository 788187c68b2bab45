/* Entropy of stored pages: how random bytes look, in bits a byte. Zeros have 0, text 4 or 5, code
 * 6, what is packed or encrypted nearly 8.
 *
 * Nothing is computed before it is asked for: a question about a page that is not known yet is
 * noted, and what was noted since entropy_begin is computed in one go, in any thread, while the
 * owner goes on. What is known is kept, up to a bound. */
#ifndef VIEW_ENTROPY_H
#define VIEW_ENTROPY_H

#include "base/job.h"
#include "core/aspace.h"
#include "view/rows.h"

/* In tenths of a bit: 0 to 80. O(len). */
unsigned entropy_of(struct bytes b);

struct entropy;

struct entropy *entropy_new(void);
/* NULL-safe. No batch may be running. */
void entropy_free(struct entropy *e);

#define ENTROPY_NONE 254u  /* nothing is stored there */
#define ENTROPY_LATER 255u /* not known yet */

/* Of the first page of [start, end) that is stored, in tenths, or one of the above. Costs a few
 * steps through the extents. */
unsigned entropy_look(struct entropy *e, const struct aspace *as, uint64_t start, uint64_t end);
/* '0' to '8', '.' nothing stored, '?' not known yet. */
char entropy_digit(unsigned tenths);
enum role entropy_role(unsigned tenths);

/* Forgets what was asked and not computed: at the beginning of a frame. */
void entropy_begin(struct entropy *e);
/* Makes a batch of what was asked; false: nothing was, or one is on its way. */
bool entropy_batch(struct entropy *e);
/* Computes the batch, until the job is stopped; in any thread. `arg`: the struct entropy. */
void entropy_run(void *arg, struct job *job);
/* Keeps what a batch has computed, if it is through. True: there is news. */
bool entropy_take(struct entropy *e);

#endif
