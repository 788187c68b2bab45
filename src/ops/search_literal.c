/* What an expression cannot match without: a text that every match has.
 *
 *	user=(\w+);? *from      "user=" and "from" are in every match: the longest is looked for
 *	ab+c|d                  nothing is: there is a choice
 *
 * A piece of memory that does not have the text has no match, and is looked through as fast as for
 * the text alone. The expression is read only as far as it is understood for certain: its top
 * level, groups as a whole left out. Whatever is not plain ends a text; whatever could mean that
 * all is different (options in the middle, verbs, quoting, numbers behind a backslash) means that
 * there is none, which costs time and never a match. */
#include <ctype.h>
#include <string.h>

#include "ops/search.h"
#include "ops/search_parts.h"

struct reader {
	const char *first, *at; /* of the expression */
	uint32_t options;       /* to compile it with */
	bool utf;
	bool plain;         /* so far, there were only single bytes, */
	uint8_t before[32]; /* these: a bit for each, */
	bool open;          /* of which some come in any number */
	int depth;          /* of groups */
	struct literal text, best;
};

static bool keep_text(struct reader *r)
{
	if (r->text.len > r->best.len)
		r->best = r->text;
	r->text.len = 0;
	return true;
}

/* The last character may be missing from a match. */
static bool drop_last(struct reader *r)
{
	struct literal *t = &r->text;

	while (t->len && r->utf && (t->bytes[t->len - 1] & 0xc0) == 0x80)
		t->len--;
	if (t->len)
		t->len--;
	return keep_text(r);
}

static bool add_byte(struct reader *r, char byte, const char *where)
{
	if (r->depth)
		return true;
	/* Without the last: it may be half a character, and that may be missing. */
	if (r->text.len == sizeof(r->text.bytes))
		drop_last(r);
	if (!r->text.len) {
		r->text.leads = where == r->first;
		r->text.bounded = r->plain;
		r->text.open = r->open;
		memcpy(r->text.before, r->before, sizeof(r->before));
	}
	r->text.bytes[r->text.len++] = (uint8_t)byte;
	return true;
}

static const char *behind_posix_class(const char *at)
{
	const char *end = at + 2 + strspn(at + 2, "^abcdefghijklmnoprstuwx");

	return end[0] == ':' && end[1] == ']' ? end + 2 : NULL;
}

/* "[^]a-z[:digit:]\]]" */
static bool skip_class(struct reader *r)
{
	const char *at = r->at;

	at += *at == '^';
	at += *at == ']';
	while (at && *at && *at != ']') {
		if (at[0] == '\\' && (!at[1] || strchr("QEc", at[1])))
			return false;
		if (at[0] == '[' && at[1] && strchr(":.=", at[1]))
			at = behind_posix_class(at);
		else
			at += at[0] == '\\' ? 2 : 1;
	}
	if (!at || !*at)
		return false;
	r->at = at + 1;
	return keep_text(r);
}

/* "(...", "(?:...", a look ahead or behind, a name: not options, conditions, calls, verbs. */
static bool open_group(struct reader *r)
{
	if (*r->at == '*' || (*r->at == '?' && (!r->at[1] || !strchr(":=!<>|P'", r->at[1]))))
		return false;
	r->at += *r->at == '?' ? 2 : 0;
	r->depth++;
	r->plain = false;
	return keep_text(r);
}

static bool close_group(struct reader *r)
{
	return --r->depth >= 0;
}

static bool skip_count(struct reader *r)
{
	const char *end = strchr(r->at, '}');

	if (!end)
		return false;
	/* If it is no count, it stands for itself. */
	r->plain &= isdigit((unsigned char)*r->at) &&
		    strspn(r->at, "0123456789,") == (size_t)(end - r->at);
	r->at = end + 1;
	return drop_last(r);
}

static bool read_hex(struct reader *r, const char *where)
{
	static const char digits[] = "0123456789abcdef";
	unsigned v = 0;

	if (*r->at == '{') {
		r->plain = false;
		return keep_text(r);
	}
	for (int i = 0; i < 2; i++, r->at++) {
		if (!isxdigit((unsigned char)*r->at))
			return false;
		v = v * 16 + (unsigned)(strchr(digits, tolower((unsigned char)*r->at)) - digits);
	}
	return r->utf && v >= 0x80 ? keep_text(r) : add_byte(r, (char)v, where);
}

static bool read_escape(struct reader *r)
{
	const char *where = r->at - 1;
	unsigned char c = (unsigned char)*r->at;

	if (!c)
		return false;
	r->at++;
	if (c == 'x')
		return read_hex(r, where);
	if (isalnum(c))
		return strchr("dDwWsSbBAzZGhHvVRXKNnrtfea", c) && keep_text(r);
	return add_byte(r, (char)c, where);
}

/* What is special; all else stands for itself. False: give up. */
static const struct special {
	char c;
	bool (*read)(struct reader *);
} specials[] = {
	{ '\\', read_escape }, { '[', skip_class }, { '(', open_group }, { ')', close_group },
	{ '{', skip_count },   { '*', drop_last },  { '?', drop_last },  { '+', keep_text },
	{ '.', keep_text },    { '^', keep_text },  { '$', keep_text },
};

/* Adds the bytes that [start, r->at) matches, a class or a character. */
static void add_bytes(struct reader *r, const char *start)
{
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	PCRE2_SIZE where;
	pcre2_code *code;
	int err;

	code = pcre2_compile((PCRE2_SPTR)start, (size_t)(r->at - start), r->options, &err, &where,
			     NULL);
	if (r->utf || !code || !match)
		r->plain = false;
	for (unsigned i = 0; i < 256 && r->plain; i++) {
		uint8_t byte = (uint8_t)i;

		if (pcre2_match(code, &byte, 1, 0, PCRE2_ANCHORED | PCRE2_NOTEMPTY, match, NULL) >
		    0)
			r->before[i / 8] |= (uint8_t)(1 << i % 8);
	}
	pcre2_code_free(code);
	pcre2_match_data_free(match);
}

static bool read_special(struct reader *r, char c)
{
	for (size_t i = 0; i < ARRAY_LEN(specials); i++)
		if (specials[i].c == c)
			return specials[i].read(r);
	return add_byte(r, c, r->at - 1);
}

static bool read_one(struct reader *r)
{
	const char *start = r->at;
	char c = *r->at++;

	if (c == '|')
		return r->depth > 0;
	if (!read_special(r, c))
		return false;
	r->open |= c == '*' || c == '+';
	if (r->plain && !strchr("*+?{", c))
		add_bytes(r, start);
	return true;
}

void literal_of(struct literal *out, const char *expression, uint32_t options)
{
	struct reader r = { .first = expression, .at = expression, .options = options };

	r.utf = options & PCRE2_UTF;
	r.plain = true;
	*out = (struct literal){ 0 };
	while (*r.at)
		if (!read_one(&r))
			return;
	keep_text(&r);
	if (!r.depth)
		*out = r.best;
}
