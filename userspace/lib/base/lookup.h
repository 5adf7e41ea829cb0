/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOOKUP_H
#define SWC_LIB_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An open-addressing table from a hash to a number (an index, an offset). The
 * owner compares what the numbers stand for:
 *
 *	size_t at = hash;
 *
 *	while ((slot = lookup_probe(&lookup, hash, &at))->used) {
 *		if (the entry slot->value is the one)
 *			return it;
 *		at++;
 *	}
 */
struct lookup {
	struct lookup_slot {
		uint64_t hash;
		uint32_t value;
		bool used;
	} *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t used;
};

/*
 * lookup_reserve() - make room for one more entry. To be called before probing:
 * an empty table has no slot to probe. Return: 0, or -1 (no memory).
 */
int lookup_reserve(struct lookup *lookup);

/* lookup_probe() - the next slot of @hash from @at on, or the free slot that
 * ends the search; @at becomes its place.
 */
struct lookup_slot *lookup_probe(const struct lookup *lookup, uint64_t hash,
				 size_t *at);

/* lookup_insert() - add an entry; lookup_reserve() has made room for it. */
void lookup_insert(struct lookup *lookup, uint64_t hash, uint32_t value);

void lookup_free(struct lookup *lookup);

#endif
