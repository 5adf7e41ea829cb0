/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_ASSOC_H
#define SWC_MODEL_ASSOC_H

#include <stdbool.h>
#include <stdint.h>

#include "replacement.h"

/*
 * A set-associative array of keys: the lines of a cache, or the pages of a TLB.
 * The caller says which set a key belongs to.
 */

#define ASSOC_MAX_WAYS	  65535u
#define ASSOC_MAX_ENTRIES (1u << 26)

#define ASSOC_MODULO ~0ull

/* Where a set is in its life: all 0 until it is first used. */
struct assoc_set {
	uint16_t newest; /* way that was used last */
	uint16_t oldest; /* LRU: way that was used longest ago */
	uint16_t used;	 /* ways that hold something */
	uint16_t ready;	 /* its order has been set up */
};

/* LRU: a set's ways in order of use, as a list; empty ones are the oldest. */
struct assoc_link {
	uint16_t newer;
	uint16_t older;
};

/**
 * struct assoc - the array
 * @keys: of each set its ways: key + 1, or 0: empty
 * @prints: likewise, a byte of each key, @print_bytes a set: sixteen of them are
 *	compared at once
 * @set: of each
 * @links: LRU: as @keys
 * @trees: PLRU: @plru.words of each set
 * @random: state of the random numbers
 * @mask: sets - 1 if they are a power of two, else ASSOC_MODULO
 *
 * Memory comes zeroed and is only written where keys fall: a large L3 costs what
 * is used of it.
 */
struct assoc {
	uint64_t *keys;
	uint8_t *prints;
	struct assoc_set *set;
	struct assoc_link *links;
	uint64_t *trees;
	struct plru plru;
	uint64_t random;
	uint64_t mask;
	uint32_t sets;
	uint32_t ways;
	uint32_t print_bytes;
	enum geometry_policy policy;
};

/**
 * assoc_init() - an empty array
 * @sets: any number, also none that is a power of two
 * @ways: at most ASSOC_MAX_WAYS; @sets * @ways at most ASSOC_MAX_ENTRIES
 * @policy: not GEOMETRY_POLICY_NOT_TOLD
 * @seed: of a random policy
 *
 * Return: 0, or -1 with @err set.
 */
int assoc_init(struct assoc *a, uint32_t sets, uint32_t ways,
	       enum geometry_policy policy, uint64_t seed, struct error *err);
void assoc_free(struct assoc *a);

/* assoc_index() - the set that a line or page number falls into. */
static inline uint32_t assoc_index(const struct assoc *a, uint64_t number)
{
	return a->mask != ASSOC_MODULO ? number & a->mask : number % a->sets;
}

/*
 * assoc_search() - use @key of set @index, and bring it in if it isn't there.
 * Return: it was there. If not: @evicted is the key that made room, plus 1, or 0.
 */
bool assoc_search(struct assoc *a, uint64_t key, uint32_t index,
		  uint64_t *evicted);

/*
 * assoc_use() - likewise. To use again what was used last in its set changes
 * nothing under any of the policies.
 */
static inline bool assoc_use(struct assoc *a, uint64_t key, uint32_t index,
			     uint64_t *evicted)
{
	uint64_t at = (uint64_t)index * a->ways + a->set[index].newest;

	if (a->keys[at] == key + 1)
		return true;
	return assoc_search(a, key, index, evicted);
}

/* assoc_holds() - is @key there? Changes nothing. */
bool assoc_holds(const struct assoc *a, uint64_t key, uint32_t index);

/* assoc_drop() - take @key out, if it is there. */
void assoc_drop(struct assoc *a, uint64_t key, uint32_t index);

/* assoc_clear() - empty all sets. The random numbers go on. */
void assoc_clear(struct assoc *a);

/*
 * assoc_digest() - a number that is the same for arrays that will answer the same
 * to whatever follows, random ones apart. Continues @digest.
 */
uint64_t assoc_digest(const struct assoc *a, uint64_t digest);

#endif
