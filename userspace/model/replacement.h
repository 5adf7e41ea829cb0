/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_REPLACEMENT_H
#define SWC_MODEL_REPLACEMENT_H

#include <stdint.h>

#include "error.h"
#include "geometry.h"

/*
 * The policies: one entry of a full set makes room.
 *
 * GEOMETRY_LRU: the one whose last use is longest ago. GEOMETRY_PLRU: a binary
 * tree over the ways; each use turns the nodes on its path away from it, and the
 * victim is where they point to (Al-Zoubi et al., "Performance evaluation of
 * cache replacement policies", ACMSE 2004). If the ways are no power of two, 12
 * for example, each node splits its ways into halves, the lower one larger if
 * they differ. We don't know how CPUs do it: that is not published.
 * GEOMETRY_RANDOM: any, with equal probability; a use changes nothing.
 */

/*
 * Trees as words of bits: node m lies between the ways m - 1 and m, so that n
 * ways have the nodes 1 to n - 1. A set bit points to the upper half.
 */
struct plru {
	uint64_t *keep; /* words of each way: nodes that its use leaves alone */
	uint64_t *away; /* likewise: nodes that then point up */
	uint32_t ways;
	uint32_t words;
};

/* plru_init() - prepare trees of @ways ways. Return: 0, or -1 with @err set. */
int plru_init(struct plru *plru, uint32_t ways, struct error *err);
void plru_free(struct plru *plru);

/* plru_victim() - the way that a tree points to. */
uint32_t plru_victim(const struct plru *plru, const uint64_t *tree);

/* plru_use() - @way was used. */
static inline void plru_use(const struct plru *plru, uint64_t *tree,
			    uint32_t way)
{
	const uint64_t *keep = plru->keep + (uint64_t)way * plru->words;
	const uint64_t *away = plru->away + (uint64_t)way * plru->words;
	uint32_t i;

	for (i = 0; i < plru->words; i++)
		tree[i] = (tree[i] & keep[i]) | away[i];
}

/*
 * random_next() - the next of a stream of 64-bit numbers: SplitMix64 (Steele,
 * Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
 */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

#endif
