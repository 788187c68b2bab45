/* Problems lie where they do not move, so that pointers stay good while others append, and two hash
 * tables stand beside them: what was noted already, and the worst of each item (the tree asks for
 * that on every row it draws). Writers and tables are under one lock: problems are rare. */
#include "core/problem.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/chunks.h"
#include "base/heap.h"
#include "base/text.h"
#include "core/item.h"

enum { KEPT_MAX = 100000, SEVERITIES = SEV_ERROR + 1 };

struct worst {
	const struct item *item;
	int severity;
};

struct problems {
	pthread_mutex_t lock;
	struct chunks list;       /* of struct problem; the first KEPT_MAX */
	size_t total[SEVERITIES]; /* with those that were not kept */
	int worst_of_all;
	uint64_t *seen; /* hashes, open addressing, 0: free; room is a power of two */
	size_t seen_count, seen_room;
	struct worst *worst;
	size_t worst_count, worst_room;
};

struct problems *problems_new(void)
{
	struct problems *ps = heap_zeroed(1, sizeof(*ps));

	pthread_mutex_init(&ps->lock, NULL);
	chunks_init(&ps->list, sizeof(struct problem), KEPT_MAX);
	ps->worst_of_all = -1;
	return ps;
}

void problems_free(struct problems *ps)
{
	if (!ps)
		return;
	for (size_t i = 0; i < chunks_count(&ps->list); i++)
		free(((struct problem *)chunks_at(&ps->list, i))->text);
	chunks_fini(&ps->list);
	free(ps->seen);
	free(ps->worst);
	pthread_mutex_destroy(&ps->lock);
	free(ps);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t hash_text(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return mix(h, 0);
}

static bool seen_put(struct problems *ps, uint64_t hash);

static void seen_grow(struct problems *ps)
{
	uint64_t *old = ps->seen;
	size_t room = ps->seen_room;

	ps->seen_room = room ? room * 2 : 64;
	ps->seen = heap_zeroed(ps->seen_room, sizeof(*ps->seen));
	ps->seen_count = 0;
	for (size_t i = 0; i < room; i++)
		if (old[i])
			seen_put(ps, old[i]);
	free(old);
}

/* False: it was there. 64 bits of hash stand for the problem: two that share them are one in 10^9
 * even among 100,000. */
static bool seen_put(struct problems *ps, uint64_t hash)
{
	size_t at;

	if (ps->seen_count * 2 >= ps->seen_room)
		seen_grow(ps);
	hash = hash ? hash : 1;
	for (at = hash & (ps->seen_room - 1); ps->seen[at]; at = (at + 1) & (ps->seen_room - 1))
		if (ps->seen[at] == hash)
			return false;
	ps->seen[at] = hash;
	ps->seen_count++;
	return true;
}

/* The entry of `item`, or the free one where it would go. */
static struct worst *worst_slot(const struct problems *ps, const struct item *item)
{
	size_t mask = ps->worst_room - 1;
	size_t at = mix(0, (uintptr_t)item) & mask;

	while (ps->worst[at].item && ps->worst[at].item != item)
		at = (at + 1) & mask;
	return &ps->worst[at];
}

static void worst_note(struct problems *ps, const struct item *item, int severity)
{
	struct worst *old = ps->worst, *w;
	size_t room = ps->worst_room;

	if (severity > ps->worst_of_all)
		ps->worst_of_all = severity;
	if (!item)
		return;
	if (ps->worst_count * 2 >= room) {
		ps->worst_room = room ? room * 2 : 64;
		ps->worst = heap_zeroed(ps->worst_room, sizeof(*ps->worst));
		for (size_t i = 0; i < room; i++)
			if (old[i].item)
				*worst_slot(ps, old[i].item) = old[i];
		free(old);
	}
	w = worst_slot(ps, item);
	if (!w->item) {
		*w = (struct worst){ item, severity };
		ps->worst_count++;
	} else if (severity > w->severity) {
		w->severity = severity;
	}
}

static char *cleaned(const char *fmt, va_list ap)
{
	struct bytes raw;
	char line[2048], *text;
	size_t room;
	int n = vsnprintf(line, sizeof(line), fmt, ap);

	if (n < 0)
		n = 0;
	raw = (struct bytes){ (const uint8_t *)line,
			      (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1 };
	room = raw.len * 4 + 1;
	text = heap_zeroed(room, 1);
	text_clean_into(raw, text, room);
	return text;
}

void problem_note(struct problems *ps, enum severity severity, const char *rule,
		  const struct item *item, struct span span, const char *fmt, ...)
{
	struct problem p = {
		severity, rule, item, span, item && item->path ? item->path : "", NULL
	};
	struct problem *kept;
	uint64_t hash;
	va_list ap;

	va_start(ap, fmt);
	p.text = cleaned(fmt, ap);
	va_end(ap);
	hash = mix(mix(0, (uintptr_t)item), span.offset);
	hash = hash_text(hash_text(hash, rule), p.text);

	pthread_mutex_lock(&ps->lock);
	kept = chunks_next(&ps->list);
	if (kept) {
		if (seen_put(ps, hash)) {
			ps->total[severity]++;
			worst_note(ps, item, (int)severity);
			*kept = p;
			chunks_publish(&ps->list);
			p.text = NULL;
		}
	} else {
		ps->total[severity]++;
		worst_note(ps, item, (int)severity);
	}
	pthread_mutex_unlock(&ps->lock);
	free(p.text);
}

/* The lock of problems that are only looked at. */
static pthread_mutex_t *lock_of(const struct problems *ps)
{
	return &((struct problems *)(uintptr_t)ps)->lock;
}

size_t problems_count(const struct problems *ps)
{
	return chunks_count(&ps->list);
}

const struct problem *problems_at(const struct problems *ps, size_t n)
{
	return chunks_at(&ps->list, n);
}

int problems_worst(const struct problems *ps, const struct item *item)
{
	const struct worst *w;
	int worst = -1;

	pthread_mutex_lock(lock_of(ps));
	if (!item) {
		worst = ps->worst_of_all;
	} else if (ps->worst_room) {
		w = worst_slot(ps, item);
		worst = w->item ? w->severity : -1;
	}
	pthread_mutex_unlock(lock_of(ps));
	return worst;
}

size_t problems_total(const struct problems *ps, enum severity severity)
{
	size_t total;

	pthread_mutex_lock(lock_of(ps));
	total = ps->total[severity];
	pthread_mutex_unlock(lock_of(ps));
	return total;
}

size_t problems_serious(const struct problems *ps)
{
	return problems_total(ps, SEV_ERROR) + problems_total(ps, SEV_WARNING);
}

const char *problems_summary(const struct problems *ps, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	for (int n = SEV_ERROR; n >= SEV_NOTE; n--) {
		size_t total = problems_total(ps, (enum severity)n);

		if (total)
			strbuf_addf(&s, "%s%zu %s%s", s.len ? ", " : "", total,
				    severity_name((enum severity)n), total == 1 ? "" : "s");
	}
	return s.len ? s.text : "none";
}

const char *severity_name(enum severity s)
{
	static const char *const names[] = { "note", "warning", "error" };

	return names[s];
}
