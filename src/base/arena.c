/* Blocks in a chain, newest on top; each is filled from its start.
 *
 *	top -> [block, used] -> [block, full] -> ... -> NULL
 *
 * Blocks double from 4 KiB up to 256 KiB; a piece that needs more gets a block of its own size.
 * Under the address sanitizer what is not handed out is poisoned, so that a stale pointer into a
 * rewound arena is found. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONING 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define POISONING 1
#endif
#ifdef POISONING
#include <sanitizer/asan_interface.h>
#define POISON(at, n) ASAN_POISON_MEMORY_REGION((at), (n))
#define UNPOISON(at, n) ASAN_UNPOISON_MEMORY_REGION((at), (n))
#else
#define POISON(at, n) ((void)0)
#define UNPOISON(at, n) ((void)0)
#endif

enum { ALIGN = 16, FIRST_BLOCK = 4096, LARGEST_BLOCK = 256 * 1024 };

struct arena_block {
	struct arena_block *below;
	size_t room, used; /* bytes of data */
	alignas(ALIGN) uint8_t data[];
};

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "cryoscope: %s\n", why);
	exit(2);
}

void arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

static void drop_top(struct arena *a)
{
	struct arena_block *b = a->top;

	a->top = b->below;
	a->held -= b->room;
	UNPOISON(b->data, b->room);
	free(b);
}

static void set_used(struct arena_block *b, size_t used)
{
	b->used = used;
	POISON(b->data + used, b->room - used);
}

void arena_fini(struct arena *a)
{
	while (a->top)
		drop_top(a);
}

void arena_reset(struct arena *a)
{
	if (!a->top)
		return;
	/* The newest block is the largest of the usual ones; a huge one is not worth keeping. */
	while (a->top->below) {
		if (a->top->room > LARGEST_BLOCK) {
			drop_top(a);
			continue;
		}
		struct arena_block *keep = a->top;

		a->top = keep->below;
		while (a->top)
			drop_top(a);
		keep->below = NULL;
		a->top = keep;
	}
	if (a->top->room > LARGEST_BLOCK)
		drop_top(a);
	else
		set_used(a->top, 0);
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->top, a->top ? a->top->used : 0 };
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
	if (!mark.top) {
		arena_reset(a);
		return;
	}
	while (a->top != mark.top)
		drop_top(a);
	set_used(a->top, mark.used);
}

static void add_block(struct arena *a, size_t need)
{
	size_t room = a->top ? a->top->room * 2 : FIRST_BLOCK;
	struct arena_block *b;

	if (room > LARGEST_BLOCK)
		room = LARGEST_BLOCK;
	if (room < need)
		room = need;
	b = malloc(sizeof(*b) + room);
	if (!b)
		die("out of memory");
	b->below = a->top;
	b->room = room;
	set_used(b, 0);
	a->top = b;
	a->held += room;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need;
	uint8_t *at;

	if (size > PTRDIFF_MAX - ALIGN)
		die("out of memory");
	need = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!a->top || a->top->room - a->top->used < need)
		add_block(a, need);
	at = a->top->data + a->top->used;
	a->top->used += need;
	UNPOISON(at, size);
	return memset(at, 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		die("out of memory");
	return arena_alloc(a, all);
}

void *arena_dup(struct arena *a, const void *from, size_t size)
{
	void *to = arena_alloc(a, size);

	if (size)
		memcpy(to, from, size);
	return to;
}

char *arena_strdup(struct arena *a, const char *text)
{
	return arena_dup(a, text, strlen(text) + 1);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char small[256];
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return arena_strdup(a, "");
	if ((size_t)n < sizeof(small))
		return arena_dup(a, small, (size_t)n + 1);
	text = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}
