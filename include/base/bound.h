/* Bisection, of whatever is in order.
 *
 *	size_t n = BOUND(i, count, at[i].end <= addr);   the first that ends behind `addr`
 *
 * The first `i` of [0, count) for which `before`, an expression of `i`, is false; `count` if there
 * is none. `before` holds for all in front of that one and for none behind it. O(log count). */
#ifndef BASE_BOUND_H
#define BASE_BOUND_H

#include <stddef.h>

#define BOUND(i, count, before)                                                                    \
	({                                                                                         \
		size_t bound_low = 0, bound_high = (count);                                        \
                                                                                                   \
		while (bound_low < bound_high) {                                                   \
			const size_t i = bound_low + (bound_high - bound_low) / 2;                 \
                                                                                                   \
			if (before)                                                                \
				bound_low = i + 1;                                                 \
			else                                                                       \
				bound_high = i;                                                    \
		}                                                                                  \
		bound_low;                                                                         \
	})

#endif
