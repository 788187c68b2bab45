/* State records, in the order they came, each linked to the one before it of its kind and vCPU. The
 * newest of each is found by a hash of kind and vCPU, so that thousands of checkpoints or vCPUs
 * cost no more than their own. */
#include "base/heap.h"
#include "xen/state.h"

#include <stdio.h>
#include <stdlib.h>

#define NONE UINT32_MAX

struct entry {
	struct state state;
	uint32_t before; /* index of the one before it of its kind and vCPU */
};

struct states {
	struct entry *entries;
	size_t count, room;
	uint32_t *newest; /* open addressing; indices of entries; slots is a power of two */
	size_t slots, used;
};

struct states *states_new(void)
{
	return heap_zeroed(1, sizeof(struct states));
}

void states_free(struct states *s)
{
	if (!s)
		return;
	free(s->newest);
	free(s->entries);
	free(s);
}

/* The slot of a kind and vCPU: its own, or the empty one where it would go. */
static size_t slot_of(const struct states *s, enum state_kind kind, uint32_t vcpu)
{
	uint64_t key = (uint64_t)vcpu * STATE_KINDS + kind;
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (s->slots - 1);

	for (; s->newest[at] != NONE; at = (at + 1) & (s->slots - 1)) {
		const struct state *st = &s->entries[s->newest[at]].state;

		if (st->kind == kind && st->vcpu == vcpu)
			break;
	}
	return at;
}

static void rehash(struct states *s)
{
	uint32_t *old = s->newest;
	size_t slots = s->slots;

	s->slots = slots ? slots * 2 : 64;
	s->newest = heap_must(malloc(s->slots * sizeof(*s->newest)));
	for (size_t i = 0; i < s->slots; i++)
		s->newest[i] = NONE;
	for (size_t i = 0; i < slots; i++)
		if (old[i] != NONE) {
			const struct state *st = &s->entries[old[i]].state;

			s->newest[slot_of(s, st->kind, st->vcpu)] = old[i];
		}
	free(old);
}

void states_add(struct states *s, const struct state *st)
{
	size_t at;

	if (s->count == NONE)
		return;
	s->entries = heap_grow(s->entries, s->count, &s->room, sizeof(*s->entries));
	if (s->used * 2 >= s->slots)
		rehash(s);
	at = slot_of(s, st->kind, st->vcpu);
	s->used += s->newest[at] == NONE;
	s->entries[s->count] = (struct entry){ *st, s->newest[at] };
	s->newest[at] = (uint32_t)s->count++;
}

size_t states_count(const struct states *s)
{
	return s->count;
}

const struct state *states_at(const struct states *s, size_t n)
{
	return n < s->count ? &s->entries[n].state : NULL;
}

const struct state *states_last(const struct states *s, enum state_kind kind, uint32_t vcpu,
				uint32_t passes)
{
	uint32_t at = s->slots ? s->newest[slot_of(s, kind, vcpu)] : NONE;

	while (at != NONE && s->entries[at].state.pass >= passes)
		at = s->entries[at].before;
	return at == NONE ? NULL : &s->entries[at].state;
}
