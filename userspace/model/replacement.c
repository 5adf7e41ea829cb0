// SPDX-License-Identifier: GPL-2.0
#include "replacement.h"

#include <stdlib.h>

#define WORD_BITS 64u

/* The ways from @lo up to @hi part here; this is the number of the node, too. */
static uint32_t middle(uint32_t lo, uint32_t hi)
{
	return (lo + hi + 1) / 2;
}

static void path_of_way(const struct plru *plru, uint32_t way)
{
	uint64_t *keep = plru->keep + (size_t)way * plru->words;
	uint64_t *away = plru->away + (size_t)way * plru->words;
	uint32_t lo = 0, hi = plru->ways, node, i;

	for (i = 0; i < plru->words; i++)
		keep[i] = ~0ull;
	while (hi - lo > 1) {
		node = middle(lo, hi);
		keep[node / WORD_BITS] &= ~(1ull << node % WORD_BITS);
		if (way < node) {
			away[node / WORD_BITS] |= 1ull << node % WORD_BITS;
			hi = node;
		} else {
			lo = node;
		}
	}
}

int plru_init(struct plru *plru, uint32_t ways, struct error *err)
{
	uint32_t way;

	plru->ways = ways;
	plru->words = (ways + WORD_BITS - 1) / WORD_BITS;
	plru->keep = calloc((size_t)ways * plru->words, sizeof(uint64_t));
	plru->away = calloc((size_t)ways * plru->words, sizeof(uint64_t));
	if (!plru->keep || !plru->away) {
		plru_free(plru);
		return error_set(err, EXIT_IMPOSSIBLE,
				 "no memory for a model of %u ways: describe "
				 "fewer",
				 ways);
	}
	for (way = 0; way < ways; way++)
		path_of_way(plru, way);
	return 0;
}

void plru_free(struct plru *plru)
{
	free(plru->keep);
	free(plru->away);
	*plru = (struct plru){0};
}

uint32_t plru_victim(const struct plru *plru, const uint64_t *tree)
{
	uint32_t lo = 0, hi = plru->ways, node, up;

	/* The host can't foresee where the path leads: so there are no branches. */
	while (hi - lo > 1) {
		node = middle(lo, hi);
		up = -(uint32_t)(tree[node / WORD_BITS] >> node % WORD_BITS &
				 1);
		lo ^= (lo ^ node) & up;
		hi ^= (hi ^ node) & ~up;
	}
	return lo;
}
