/* Parsing and resolving of LOCATIONs: the forms are a table. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/location.h"

static const struct form {
	const char *prefix;
	enum location_kind kind;
	bool number; /* what follows must be one; else a word */
	const char *usage;
} forms[] = {
	{ "va:", LOC_ADDRESS, true, "va:ADDRESS, va:ADDRESS@PID" },
	{ "pfn:", LOC_FRAME, true, "pfn:NUMBER, pfn:NUMBER@pass:NUMBER" },
	{ "pa:", LOC_PHYSICAL, true, "pa:ADDRESS, pa:ADDRESS@pass:NUMBER" },
	{ "off:", LOC_OFFSET, true, "off:NUMBER, off:NUMBER@FILE" },
	{ "rec:", LOC_RECORD, true, "rec:NUMBER, counted from 0; rec:NUMBER@FILE" },
	{ "mark:", LOC_MARK, false, "mark:a to mark:z" },
	{ "reg:", LOC_ANCHOR, false, "reg:NAME, reg:NAME@TID" },
	{ "vma:", LOC_ANCHOR, false, "vma:NUMBER, vma:NUMBER@PID" },
};

/* Words that are addresses of a process. */
static const char *const anchors[] = {
	"heap", "stack", "env", "exe", "arg", "brk", "code", "data"
};

bool location_word(size_t n, struct location_word *out)
{
	if (n < ARRAY_LEN(forms)) {
		*out = (struct location_word){ forms[n].prefix, forms[n].kind, forms[n].usage };
		return true;
	}
	n -= ARRAY_LEN(forms);
	if (n >= ARRAY_LEN(anchors))
		return false;
	*out = (struct location_word){ anchors[n], LOC_ANCHOR, NULL };
	return true;
}

bool location_number(const char *text, uint64_t *v)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	/* 010 is ten: nobody thinks of octal here. */
	*v = strtoull(text, &end, hex ? 16 : 10);
	return !*end && !errno;
}

/* Cuts "@..." off a copy of `text`. */
static const char *cut_at(const char *text, struct arena *a, const char **at)
{
	char *copy = arena_strdup(a, text), *sign = strchr(copy, '@');

	*at = "";
	if (sign) {
		*sign = '\0';
		*at = sign + 1;
	}
	return copy;
}

static bool is_anchor(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(anchors); i++)
		if (!strcmp(word, anchors[i]))
			return true;
	return false;
}

static bool parse_relative(const char *text, struct location *loc)
{
	size_t n = strlen(text);
	char digits[32];

	if (*text == '+' || *text == '-') {
		loc->kind = *text == '+' ? LOC_FORWARD : LOC_BACKWARD;
		return location_number(text + 1, &loc->number);
	}
	if (n < 2 || n > sizeof(digits) || text[n - 1] != '%')
		return false;
	memcpy(digits, text, n - 1);
	digits[n - 1] = '\0';
	loc->kind = LOC_PERCENT;
	return location_number(digits, &loc->number) && loc->number <= 100;
}

struct location location_parse(const char *text, struct arena *a, const char **trouble)
{
	struct location loc = { .kind = LOC_PATH, .word = text, .at = "" }, other = loc;
	const char *word;

	if (trouble)
		*trouble = NULL;
	if (parse_relative(text, &other))
		return other;
	word = cut_at(text, a, &other.at);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const struct form *f = &forms[i];
		size_t n = strlen(f->prefix);

		if (strncmp(word, f->prefix, n))
			continue;
		other.kind = f->kind;
		/* An anchor keeps its prefix: the format tells reg: from vma:. */
		other.word = f->kind == LOC_ANCHOR ? word : word + n;
		if (!word[n] || (f->number && !location_number(word + n, &other.number))) {
			if (trouble)
				*trouble = f->usage;
			return loc;
		}
		return other;
	}
	if (location_number(word, &other.number)) {
		other.kind = LOC_ADDRESS;
		return other;
	}
	if (is_anchor(word)) {
		other.kind = LOC_ANCHOR;
		other.word = word;
		return other;
	}
	return loc;
}

/* Of a guest's frames. */
static struct err *frame_address(struct model *m, const struct location *loc, struct aspace *here,
				 struct aspace **as, uint64_t *addr)
{
	const char *why = NULL;

	*as = here && here->kind == ASPACE_FRAMES && !*loc->at ? here : NULL;
	if (!*as && !m->frames)
		return err_new(ERR_USAGE, "%s has no page frames", m->name);
	if (!*as)
		*as = m->frames(m, loc->at, &why);
	if (!*as)
		return err_new(*loc->at ? ERR_ABSENT : ERR_USAGE, "%s", why);
	*addr = loc->number;
	if (loc->kind == LOC_FRAME && loc->number > UINT64_MAX / (*as)->page)
		return err_new(ERR_ABSENT, "no memory has a frame 0x%" PRIx64, loc->number);
	if (loc->kind == LOC_FRAME)
		*addr *= (*as)->page;
	return NULL;
}

/* Of several memories: how to say that the first one is meant; of "heap" and the like, the first
 * that has one. */
static struct err *say_whose(struct model *m, const struct location *loc, const char *why)
{
	const char *lack = why;

	for (struct space_step at = { 0 }; model_spaces(m, &at);) {
		const char *who = at.as->who;
		uint64_t addr;

		if (at.as->kind == ASPACE_FRAMES)
			continue;
		if (loc->kind == LOC_ADDRESS)
			return err_new(ERR_USAGE, "%s, as in 0x%" PRIx64 "@%s", why, loc->number,
				       who);
		if (strchr(loc->word, ':') ||
		    (m->anchor && m->anchor(at.as, who, loc->word, &addr, &lack)))
			return err_new(ERR_USAGE, "%s, as in %s@%s", why, loc->word, who);
	}
	return err_new(ERR_USAGE, "%s", lack);
}

struct err *location_address(struct model *m, const struct location *loc, struct aspace *here,
			     struct aspace **as, uint64_t *addr)
{
	const char *why = NULL;

	if (loc->kind == LOC_FRAME || loc->kind == LOC_PHYSICAL)
		return frame_address(m, loc, here, as, addr);
	*as = here;
	if (!m->aspace)
		return err_new(ERR_USAGE, "%s has no memory to look into", m->name);
	if (*loc->at || !here)
		*as = m->aspace(m, loc->at, &why);
	if (!*as)
		return *loc->at ? err_new(ERR_ABSENT, "%s", why) : say_whose(m, loc, why);
	if (loc->kind == LOC_ADDRESS) {
		*addr = loc->number;
		return NULL;
	}
	if (!m->anchor || !m->anchor(*as, loc->at, loc->word, addr, &why))
		return err_new(ERR_ABSENT, "%s", why ? why : "no such place");
	return NULL;
}
