/* Looking for a pattern in bytes that lie in one piece.
 *
 * Certain bytes are found by memmem, which the C library has tuned better than we could; what a
 * pattern has besides is compared there. Without certain bytes, its rarest byte (in both cases of
 * a letter) is found by memchr. Pointers are compared one by one: memory is slower than that. */
#include <string.h>

#include "ops/search.h"
#include "ops/search_parts.h"

#define MATCH_LIMIT 10000000u /* steps of PCRE2 in one call, then it gives up */
#define STACK_MOST (1u << 20)

void scanner_init(struct scanner *sc, const struct pattern *p, bool odd)
{
	*sc = (struct scanner){ .p = p, .step = odd ? 1 : p->align };
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

/* The first of `n` bytes that is one of two, NULL if none. In steps, so that one that is frequent
 * does not make the search for one that is not reach far ahead again and again. */
static const uint8_t *find_either(const uint8_t *at, size_t n, uint8_t a, uint8_t b)
{
	while (n) {
		size_t step = n < 256 ? n : 256;
		const uint8_t *one = memchr(at, a, step);
		const uint8_t *two = memchr(at, b, one ? (size_t)(one - at) : step);

		if (two || one)
			return two ? two : one;
		at += step;
		n -= step;
	}
	return NULL;
}

/* Where in `n` bytes the byte that `want` and `mask` describe is next. */
static const uint8_t *find_byte(const uint8_t *at, size_t n, uint8_t want, uint8_t mask)
{
	if (mask == 0xff)
		return memchr(at, want, n);
	if (mask == 0xdf)
		return find_either(at, n, want, want | 0x20);
	for (size_t i = 0; i < n; i++)
		if ((at[i] & mask) == want)
			return at + i;
	return NULL;
}

/* The first start in [from, below) of `n` in `b`; SIZE_MAX: none. */
static size_t find_needle(const struct needle *n, struct bytes b, size_t from, size_t below)
{
	/* A whole one must fit. */
	size_t most = b.len >= n->len ? b.len - n->len + 1 : 0;

	if (below > most)
		below = most;
	while (from < below) {
		size_t mark = n->run_len ? n->run : n->rare, tail = n->run_len ? n->run_len - 1 : 0;
		const uint8_t *at = b.at + from + mark, *hit;

		if (n->run_len)
			hit = memmem(at, below - from + tail, n->want + mark, n->run_len);
		else
			hit = find_byte(at, below - from, n->want[mark], n->mask[mark]);
		if (!hit)
			return SIZE_MAX;
		from = (size_t)(hit - b.at) - mark;
		if (n->run_len == n->len || needle_at(n, b.at + from))
			return from;
		from++;
	}
	return SIZE_MAX;
}

static bool scan_needles(struct scanner *sc, struct bytes b, size_t from, size_t below,
			 scan_found *found, void *arg)
{
	const struct pattern *p = sc->p;
	size_t next[NEEDLES];

	for (size_t i = 0; i < p->count; i++)
		next[i] = find_needle(&p->needles[i], b, from, below);
	for (;;) {
		size_t i = p->count > 1 && next[1] < next[0];

		if (next[i] == SIZE_MAX)
			return true;
		if (!found(arg, next[i], p->needles[i].len))
			return false;
		next[i] = find_needle(&p->needles[i], b, next[i] + 1, below);
	}
}

/* ---- pointers ---- */

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
	for (size_t at = from; at < below; at += sc->step)
		if (word_at(b.at + at, p->width) - first <= most && !found(arg, at, p->width))
			return false;
	return true;
}

/* ---- regular expressions ---- */

static bool scan_regex(struct scanner *sc, struct bytes b, size_t *from, size_t below,
		       scan_found *found, void *arg)
{
	while (*from < below) {
		const PCRE2_SIZE *range;
		int rc = pcre2_match(sc->p->code, b.at, b.len, *from, PCRE2_NOTEMPTY, sc->match,
				     sc->context);

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
		more = !sc->match || scan_regex(sc, b, from, below, found, arg);
		if (*from < below)
			*from = below;
		return more;
	}
	*from = below;
	return sc->p->kind == PATTERN_POINTER ? scan_pointers(sc, b, start, below, found, arg)
					      : scan_needles(sc, b, start, below, found, arg);
}
