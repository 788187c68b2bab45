/* Patterns: from what a person types to bytes and masks, ranges, or compiled expressions. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "core/location.h"
#include "ops/search.h"
#include "ops/search_parts.h"

/* ---- bytes ---- */

/* How unusual a byte is in the memory of programs: zeros, small numbers, 0xff and frequent letters
 * are not. 0: nothing is known of it. */
static int rarity(uint8_t want, uint8_t mask)
{
	static const char usual[] = " etaoinsrlcdupm_./-0";

	if (mask != 0xff && mask != 0xdf)
		return mask ? 1 : 0;
	if (want <= 16 || want == 0xff || want == 0x48)
		return 2;
	return strchr(usual, tolower(want)) ? 3 : mask == 0xdf ? 4 : 5;
}

/* Chooses the two bytes to look for: the rarest, and the rarest of the others. */
static void plan(struct needle *n)
{
	int best = -1, second = -1;

	for (size_t i = 0; i < n->len; i++) {
		int rare = rarity(n->want[i], n->mask[i]);

		if (rare > best) {
			second = best;
			n->two = best < 0 ? i : n->one;
			best = rare;
			n->one = i;
		} else if (rare > second) {
			second = rare;
			n->two = i;
		}
	}
}

static struct needle *add_needle(struct pattern *p, size_t len)
{
	struct needle *n = &p->needles[p->count++];

	n->len = len;
	n->want = arena_alloc(&p->arena, len + 1);
	n->mask = arena_alloc(&p->arena, len + 1);
	memset(n->mask, 0xff, len);
	if (len > p->reach + 1)
		p->reach = len - 1;
	return n;
}

static void put(struct needle *n, size_t i, uint8_t byte, bool nocase)
{
	bool letter = nocase && isascii(byte) && isalpha(byte);

	n->mask[i] = letter ? 0xdf : 0xff;
	n->want[i] = byte & n->mask[i];
}

static struct err *parse_text(struct pattern *p, const char *text, const struct search_spec *spec)
{
	size_t len = strlen(text);
	struct needle *n;

	if (!len || len > PATTERN_MAX)
		return err_new(ERR_USAGE, "a text has 1 to %d bytes", PATTERN_MAX);
	n = add_needle(p, len);
	for (size_t i = 0; i < len; i++)
		put(n, i, (uint8_t)text[i], spec->nocase);
	plan(n);
	return NULL;
}

static struct err *parse_utf16(struct pattern *p, const char *text, const struct search_spec *spec)
{
	struct bytes b = bytes_of(text);
	struct needle *n;
	size_t len = 0;

	if (!text_valid_utf8(b))
		return err_new(ERR_USAGE, "the text is no UTF-8: it cannot be turned into UTF-16");
	n = add_needle(p, 2 * b.len);
	while (b.len) {
		uint32_t cp, unit[2];
		size_t used = text_decode(b, &cp), units = cp > 0xffff ? 2 : 1;

		unit[0] = cp > 0xffff ? 0xd800 + ((cp - 0x10000) >> 10) : cp;
		unit[1] = 0xdc00 + (cp & 0x3ff);
		for (size_t i = 0; i < units; i++, len += 2) {
			put(n, len, unit[i] & 0xff, spec->nocase && !(unit[i] >> 8));
			put(n, len + 1, (uint8_t)(unit[i] >> 8), false);
		}
		b.at += used;
		b.len -= used;
	}
	n->len = len;
	plan(n);
	return NULL;
}

static struct err *parse_word(struct pattern *p, const char *text, const struct search_spec *spec)
{
	struct err *err = parse_text(p, text, spec);

	return err || !spec->utf16 ? err : parse_utf16(p, text, spec);
}

/* "de ad ?? b?", "dead??b?", "0xdead": digits in pairs, blanks between pairs if wished. */
static struct err *parse_hex(struct pattern *p, const char *text, const struct search_spec *spec)
{
	size_t len = strlen(text), digits = 0;
	struct needle *n;

	(void)spec;
	if (len > 4 * PATTERN_MAX)
		return err_new(ERR_USAGE, "hex has 1 to %d bytes", PATTERN_MAX);
	if (text[0] == '0' && (text[1] | 32) == 'x')
		text += 2;
	n = add_needle(p, len / 2 + 1);
	memset(n->mask, 0, n->len);
	for (; *text; text++) {
		unsigned shift = digits % 2 ? 0 : 4;
		int c = tolower((unsigned char)*text);

		if (isspace(c) && digits % 2 == 0)
			continue;
		if (c != '?' && !isxdigit(c))
			return err_new(ERR_USAGE, "'%c' is no hex digit, in pairs, nor '?'", c);
		if (c != '?') {
			n->want[digits / 2] |=
				(uint8_t)((isdigit(c) ? c - '0' : c - 'a' + 10) << shift);
			n->mask[digits / 2] |= (uint8_t)(0xf << shift);
		}
		digits++;
	}
	n->len = digits / 2;
	if (digits % 2 || !n->len || n->len > PATTERN_MAX)
		return err_new(ERR_USAGE, "hex digits come in pairs, 1 to %d", PATTERN_MAX);
	p->reach = n->len - 1;
	plan(n);
	if (!n->mask[n->one])
		return err_new(ERR_USAGE, "wildcards alone are everywhere");
	return NULL;
}

/* ---- numbers ---- */

static struct err *add_integer(struct pattern *p, const char *text, unsigned width, bool big,
			       bool aligned)
{
	struct needle *n;
	uint64_t v;

	if (!location_number(text, &v) || (width < 8 && v >> (8 * width)))
		return err_new(ERR_USAGE, "'%s' is no number of %u bits", text, 8 * width);
	n = add_needle(p, width);
	for (unsigned i = 0; i < width; i++)
		n->want[i] = (uint8_t)(v >> (8 * (big ? width - 1 - i : i)));
	p->align = aligned ? width : 1;
	plan(n);
	return NULL;
}

static struct err *parse_integer(struct pattern *p, const char *text,
				 const struct search_spec *spec)
{
	/* What stands in front says the rest: "u32be:". */
	const char *word = spec->pattern;
	unsigned bits =
		word[1] == '8' ? 8 : (unsigned)(word[1] - '0') * 10 + (unsigned)(word[2] - '0');

	return add_integer(p, text, bits / 8, text[-3] == 'b', spec->aligned);
}

static struct err *parse_pointer(struct pattern *p, const char *text,
				 const struct search_spec *spec)
{
	char start[32];
	size_t len = strcspn(text, "-+");
	uint64_t end;

	p->kind = PATTERN_POINTER;
	p->width = p->align = !strncmp(spec->pattern, "ptr32", 5) ? 4 : 8;
	p->reach = p->width - 1;
	if (!text[len] || len >= sizeof(start))
		return err_new(ERR_USAGE, "pointers into a range are ptr:START-END");
	memcpy(start, text, len);
	start[len] = '\0';
	if (!location_number(start, &p->first) || !location_number(text + len + 1, &end))
		return err_new(ERR_USAGE, "'%s' is no range of addresses", text);
	if (text[len] == '+')
		end = end > UINT64_MAX - p->first ? UINT64_MAX : p->first + end;
	if (end <= p->first)
		return err_new(ERR_USAGE, "the range '%s' is empty", text);
	p->last = end - 1;
	return NULL;
}

/* ---- regular expressions ---- */

/* Letters beyond ASCII have cases that only the expression's own tables know. */
static void plan_literal(struct pattern *p, const char *text, uint32_t options)
{
	struct literal l;
	struct needle *n;

	bool nocase = options & PCRE2_CASELESS;

	literal_of(&l, text, options);
	if (!l.len || (nocase && options & PCRE2_UTF))
		return;
	/* One byte at a known distance from the beginning: the library looks for that itself. */
	if (l.len == 1 && l.bounded && !l.open)
		return;
	n = add_needle(p, l.len);
	for (size_t i = 0; i < l.len; i++)
		put(n, i, l.bytes[i], nocase);
	plan(n);
	p->leads = l.leads;
	p->bounded = l.bounded && !(options & PCRE2_UTF);
	memcpy(p->before, l.before, sizeof(l.before));
}

/* Bytes are bytes, unless the expression itself has letters beyond ASCII: then it is UTF-8, and so
 * is what it finds. */
static struct err *parse_regex(struct pattern *p, const char *text, const struct search_spec *spec)
{
	uint32_t options = PCRE2_MULTILINE | (spec->nocase ? PCRE2_CASELESS : 0);
	char why[128];
	PCRE2_SIZE where;
	int code;

	for (const char *c = text; *c; c++)
		if (!isascii((unsigned char)*c))
			options |= PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
	plan_literal(p, text, options);
	if (p->bounded)
		options |= PCRE2_USE_OFFSET_LIMIT;
	p->kind = PATTERN_REGEX;
	p->reach = SEARCH_REACH;
	p->code = pcre2_compile((PCRE2_SPTR)text, strlen(text), options, &code, &where, NULL);
	if (!p->code) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
		return err_new(ERR_USAGE, "the expression '%s', character %zu: %s", text, where + 1,
			       why);
	}
	pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
	return NULL;
}

/* ---- all ---- */

static const struct pattern_word {
	const char *word; /* in front of the pattern */
	struct err *(*parse)(struct pattern *, const char *text, const struct search_spec *);
} words[] = {
	{ "text:", parse_word },     { "x:", parse_hex },         { "re:", parse_regex },
	{ "u8:", parse_integer },    { "u16:", parse_integer },   { "u32:", parse_integer },
	{ "u64:", parse_integer },   { "u16be:", parse_integer }, { "u32be:", parse_integer },
	{ "u64be:", parse_integer }, { "ptr:", parse_pointer },   { "ptr32:", parse_pointer },
};

/* Words that change how the rest is meant. */
static const char *const manners[] = { "i:", "utf16:" };

const char *search_word(size_t n)
{
	if (n < ARRAY_LEN(manners))
		return manners[n];
	n -= ARRAY_LEN(manners);
	return n < ARRAY_LEN(words) ? words[n].word : NULL;
}

/* Takes those words off the front. */
static void take_manners(struct search_spec *spec)
{
	for (size_t i = 0; i < ARRAY_LEN(manners); i++) {
		size_t len = strlen(manners[i]);

		if (strncmp(spec->pattern, manners[i], len) != 0)
			continue;
		spec->pattern += len;
		spec->nocase |= i == 0;
		spec->utf16 |= i == 1;
		i = SIZE_MAX;
	}
}

static struct err *parse_plain(struct pattern *p, const struct search_spec *spec)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i].word);

		if (!strncmp(spec->pattern, words[i].word, len))
			return words[i].parse(p, spec->pattern + len, spec);
	}
	return parse_word(p, spec->pattern, spec);
}

struct err *pattern_parse(struct pattern *p, const struct search_spec *spec)
{
	struct search_spec own = *spec;

	*p = (struct pattern){ .kind = PATTERN_BYTES, .width = 1, .align = 1 };
	arena_init(&p->arena);
	take_manners(&own);
	return parse_plain(p, &own);
}

void pattern_fini(struct pattern *p)
{
	pcre2_code_free(p->code);
	arena_fini(&p->arena);
}
