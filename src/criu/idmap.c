/* Open addressing with linear probing, at most two thirds full. */
#include "base/heap.h"
#include "criu/idmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define FIRST_ROOM 64

struct idmap_slot {
	uint64_t key;
	uint32_t value;
	bool used;
};

void idmap_init(struct idmap *m)
{
	*m = (struct idmap){ .seed = 0x9e3779b97f4a7c15u };
	if (getrandom(&m->seed, sizeof(m->seed), GRND_NONBLOCK) < 0)
		m->seed ^= (uintptr_t)m;
}

void idmap_fini(struct idmap *m)
{
	free(m->slots);
	m->slots = NULL;
	m->room = m->count = 0;
}

/* The finaliser of splitmix64: every bit of the key reaches every bit of the result. */
static size_t hash(const struct idmap *m, uint64_t key)
{
	uint64_t h = key ^ m->seed;

	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
	h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
	return (size_t)(h ^ (h >> 31));
}

/* The slot of `key`, or the free one where it would go. */
static struct idmap_slot *slot_of(const struct idmap *m, uint64_t key)
{
	size_t at = hash(m, key) & (m->room - 1);

	while (m->slots[at].used && m->slots[at].key != key)
		at = (at + 1) & (m->room - 1);
	return &m->slots[at];
}

static void grow(struct idmap *m)
{
	struct idmap old = *m;

	m->room = old.room ? old.room * 2 : FIRST_ROOM;
	m->slots = heap_zeroed(m->room, sizeof(*m->slots));
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].used)
			*slot_of(m, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

bool idmap_add(struct idmap *m, uint64_t key, uint32_t value)
{
	struct idmap_slot *s;

	if ((m->count + 1) * 3 > m->room * 2)
		grow(m);
	s = slot_of(m, key);
	if (s->used)
		return false;
	*s = (struct idmap_slot){ key, value, true };
	m->count++;
	return true;
}

bool idmap_get(const struct idmap *m, uint64_t key, uint32_t *value)
{
	const struct idmap_slot *s;

	if (!m->room)
		return false;
	s = slot_of(m, key);
	if (!s->used)
		return false;
	*value = s->value;
	return true;
}
