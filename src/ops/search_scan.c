/* Looking for a pattern in bytes that lie in one piece.
 *
 * Of a pattern of bytes the two rarest are looked for at once (search_skip.c); where both are the
 * rest is compared. */
#include <string.h>

#include "ops/search.h"
#include "ops/search_parts.h"

#define MATCH_LIMIT 10000000u /* steps of PCRE2 in one call, then it gives up */
#define STACK_MOST (1u << 20)

void scanner_init(struct scanner *sc, const struct pattern *p, bool odd)
{
	*sc = (struct scanner){ .p = p, .step = odd ? 1 : p->align, .skip = skip_best() };
	window_init(&sc->window, PIECE_REGEX + 2 * SEARCH_REACH);
	if (p->kind != PATTERN_REGEX)
		return;
	sc->match = pcre2_match_data_create(1, NULL);
	sc->context = pcre2_match_context_create(NULL);
	sc->stack = pcre2_jit_stack_create(1 << 15, STACK_MOST, NULL);
	if (!sc->context)
		return;
	pcre2_set_match_limit(sc->context, MATCH_LIMIT);
	pcre2_set_heap_limit(sc->context, 1 << 16); /* KiB */
	pcre2_jit_stack_assign(sc->context, NULL, sc->stack);
}

void scanner_fini(struct scanner *sc)
{
	window_fini(&sc->window);
	pcre2_match_data_free(sc->match);
	pcre2_match_context_free(sc->context);
	pcre2_jit_stack_free(sc->stack);
}

/* ---- bytes ---- */

static bool needle_at(const struct needle *n, const uint8_t *at)
{
	for (size_t i = 0; i < n->len; i++)
		if ((at[i] & n->mask[i]) != n->want[i])
			return false;
	return true;
}

/* The first start in [from, below) of `n` in `b`; SIZE_MAX: none. */
static size_t find_needle(const struct scanner *sc, const struct needle *n, struct bytes b,
			  size_t from, size_t below)
{
	/* A whole one must fit. */
	size_t most = b.len >= n->len ? b.len - n->len + 1 : 0;

	if (below > most)
		below = most;
	/* Bytes of every start below lie within `b`. */
	while (from < below) {
		from = (size_t)(sc->skip(n, b.at + from, b.at + below) - b.at);
		if (from < below && needle_at(n, b.at + from))
			return from;
		from++;
	}
	return SIZE_MAX;
}

static bool scan_needles(struct scanner *sc, struct bytes b, size_t from, size_t below,
			 scan_found *found, void *arg)
{
	const struct pattern *p = sc->p;
	size_t next[NEEDLES] = { SIZE_MAX, SIZE_MAX };

	for (size_t i = 0; i < p->count; i++)
		next[i] = find_needle(sc, &p->needles[i], b, from, below);
	for (;;) {
		size_t i = p->count > 1 && next[1] < next[0];

		if (next[i] == SIZE_MAX)
			return true;
		if (!found(arg, next[i], p->needles[i].len))
			return false;
		next[i] = find_needle(sc, &p->needles[i], b, next[i] + 1, below);
	}
}

/* ---- pointers ---- */

enum { WORDS = 128 }; /* bytes looked through one by one before skipping again */

static uint64_t word_at(const uint8_t *at, unsigned width)
{
	return width == 8 ? le64_at(at) : le32_at(at);
}

static bool scan_pointers(struct scanner *sc, struct bytes b, size_t from, size_t below,
			  scan_found *found, void *arg)
{
	const struct pattern *p = sc->p;
	uint64_t first = p->first, most = p->last - p->first;
	size_t fit = b.len >= p->width ? b.len - p->width + 1 : 0;

	if (below > fit)
		below = fit;
	while (from < below) {
		size_t stop;

		if (sc->step == 8)
			from = (size_t)(skip_words(b.at + from, b.at + below, first, most) - b.at);
		stop = below - from < WORDS ? below : from + WORDS;
		for (; from < stop; from += sc->step)
			if (word_at(b.at + from, p->width) - first <= most &&
			    !found(arg, from, p->width))
				return false;
	}
	return true;
}

/* ---- regular expressions ---- */

size_t scan_lead(const struct scanner *sc, struct bytes b, size_t below)
{
	size_t at = find_needle(sc, &sc->p->needles[0], b, 0, below);

	return at < below ? at : below;
}

static bool stands_before(const struct pattern *p, uint8_t byte)
{
	return p->before[byte / 8] >> byte % 8 & 1;
}

/* Moves *from to where a match may begin, by the text that each has; *limit is the last place of
 * which that was said. False: nowhere. `seen` is a place that has the text. */
static bool may_match(const struct scanner *sc, struct bytes b, size_t *from, size_t *seen,
		      size_t *limit)
{
	const struct pattern *p = sc->p;
	size_t at;

	*limit = PCRE2_UNSET;
	if (!p->count)
		return true;
	if (*seen < *from || !*seen)
		*seen = find_needle(sc, &p->needles[0], b, *from, b.len);
	if (*seen == SIZE_MAX)
		return false;
	at = *seen;
	if (p->bounded) {
		while (at > *from && stands_before(p, b.at[at - 1]))
			at--;
		*limit = *seen;
	}
	if (p->bounded || p->leads)
		*from = at;
	return true;
}

static bool scan_regex(struct scanner *sc, struct bytes b, size_t *from, size_t below,
		       scan_found *found, void *arg)
{
	size_t seen = 0, limit;

	while (*from < below && may_match(sc, b, from, &seen, &limit) && *from < below) {
		const PCRE2_SIZE *range;
		int rc;

		if (sc->p->bounded)
			pcre2_set_offset_limit(sc->context, limit);
		rc = pcre2_match(sc->p->code, b.at, b.len, *from, PCRE2_NOTEMPTY, sc->match,
				 sc->context);
		if (rc == PCRE2_ERROR_NOMATCH && limit != PCRE2_UNSET) {
			*from = limit + 1;
			continue;
		}
		if (rc == PCRE2_ERROR_NOMATCH)
			return true;
		if (rc == PCRE2_ERROR_BADUTFOFFSET) {
			++*from;
			continue;
		}
		if (rc < 0) {
			sc->gave_up++;
			return true;
		}
		range = pcre2_get_ovector_pointer(sc->match);
		if (range[0] >= below)
			return true;
		/* \K can make a match begin behind its end, or before it was looked for. */
		if (range[0] < range[1] && range[0] >= *from &&
		    !found(arg, range[0], range[1] - range[0]))
			return false;
		*from = range[1] > *from ? range[1] : *from + 1;
	}
	return true;
}

bool scan(struct scanner *sc, struct bytes b, size_t *from, size_t below, scan_found *found,
	  void *arg)
{
	size_t start = *from;
	bool more;

	if (sc->p->kind == PATTERN_REGEX) {
		more = !sc->match || !sc->context || scan_regex(sc, b, from, below, found, arg);
		if (*from < below)
			*from = below;
		return more;
	}
	*from = below;
	return sc->p->kind == PATTERN_POINTER ? scan_pointers(sc, b, start, below, found, arg)
					      : scan_needles(sc, b, start, below, found, arg);
}
