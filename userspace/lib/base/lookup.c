// SPDX-License-Identifier: GPL-2.0
#include "lookup.h"

#include <stdlib.h>

struct lookup_slot *lookup_probe(const struct lookup *lookup, uint64_t hash,
				 size_t *at)
{
	for (;; ++*at) {
		struct lookup_slot *slot =
			&lookup->slots[*at & (lookup->capacity - 1)];

		if (!slot->used || slot->hash == hash)
			return slot;
	}
}

void lookup_insert(struct lookup *lookup, uint64_t hash, uint32_t value)
{
	size_t at = hash;

	while (lookup->slots[at & (lookup->capacity - 1)].used)
		at++;
	lookup->slots[at & (lookup->capacity - 1)] =
		(struct lookup_slot){hash, value, true};
	lookup->used++;
}

int lookup_reserve(struct lookup *lookup)
{
	struct lookup larger = {.capacity = lookup->capacity * 2};
	size_t i;

	/* Half of the table stays free, so that searches are short, and end. */
	if (lookup->used < lookup->capacity / 2)
		return 0;
	if (!larger.capacity)
		larger.capacity = 256;
	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return -1;
	for (i = 0; i < lookup->capacity; i++)
		if (lookup->slots[i].used)
			lookup_insert(&larger, lookup->slots[i].hash,
				      lookup->slots[i].value);
	free(lookup->slots);
	*lookup = larger;
	return 0;
}

void lookup_free(struct lookup *lookup)
{
	free(lookup->slots);
	*lookup = (struct lookup){0};
}
