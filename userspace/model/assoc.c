// SPDX-License-Identifier: GPL-2.0
#include "assoc.h"

#include <emmintrin.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PRINTS_AT_ONCE 16u

static size_t first_way(const struct assoc *a, uint32_t index)
{
	return (size_t)index * a->ways;
}

static uint8_t *prints_of(const struct assoc *a, uint32_t index)
{
	return a->prints + (size_t)index * a->print_bytes;
}

static uint64_t *tree_of(const struct assoc *a, uint32_t index)
{
	return a->trees + (size_t)index * a->plru.words;
}

/* Neighbours in a set differ in the bits above the index: mix all of them. */
static uint8_t print_of(uint64_t key)
{
	return key * 0x9e3779b97f4a7c15 >> 56;
}

static int no_memory(struct assoc *a, struct error *err)
{
	uint32_t sets = a->sets, ways = a->ways;

	assoc_free(a);
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for a model of %u sets of %u ways: "
			 "describe a smaller one",
			 sets, ways);
}

int assoc_init(struct assoc *a, uint32_t sets, uint32_t ways,
	       enum geometry_policy policy, uint64_t seed, struct error *err)
{
	size_t n = (size_t)sets * ways;

	*a = (struct assoc){
		.sets = sets,
		.ways = ways,
		.policy = policy,
		.random = seed,
		.mask = sets & (sets - 1) ? ASSOC_MODULO : sets - 1,
	};
	a->print_bytes =
		(ways + PRINTS_AT_ONCE - 1) / PRINTS_AT_ONCE * PRINTS_AT_ONCE;
	a->keys = calloc(n, sizeof(*a->keys));
	a->prints = calloc(sets, a->print_bytes);
	a->set = calloc(sets, sizeof(*a->set));
	if (!a->keys || !a->prints || !a->set)
		return no_memory(a, err);
	if (policy == GEOMETRY_LRU) {
		a->links = calloc(n, sizeof(*a->links));
		if (!a->links)
			return no_memory(a, err);
	}
	if (policy == GEOMETRY_PLRU) {
		if (plru_init(&a->plru, ways, err))
			return no_memory(a, err);
		a->trees =
			calloc((size_t)sets * a->plru.words, sizeof(*a->trees));
		if (!a->trees)
			return no_memory(a, err);
	}
	return 0;
}

void assoc_free(struct assoc *a)
{
	free(a->keys);
	free(a->prints);
	free(a->set);
	free(a->links);
	free(a->trees);
	plru_free(&a->plru);
	*a = (struct assoc){0};
}

/* Return: the way that holds @key, or -1. */
static int find(const struct assoc *a, uint64_t key, uint32_t index)
{
	const uint64_t *keys = a->keys + first_way(a, index);
	const uint8_t *prints = prints_of(a, index);
	const __m128i wanted = _mm_set1_epi8(print_of(key));
	unsigned int same, way, at;

	for (at = 0; at < a->ways; at += PRINTS_AT_ONCE) {
		same = _mm_movemask_epi8(_mm_cmpeq_epi8(
			_mm_loadu_si128((const __m128i *)(prints + at)),
			wanted));
		for (; same; same &= same - 1) {
			way = at + __builtin_ctz(same);
			/* What is behind the last way matches by chance only. */
			if (way < a->ways && keys[way] == key + 1)
				return way;
		}
	}
	return -1;
}

/* All ways are empty: the lowest is taken first. */
static void set_up_order(struct assoc_set *set, struct assoc_link *link,
			 uint32_t ways)
{
	uint32_t way;

	for (way = 0; way < ways; way++) {
		link[way].newer = way + 1;
		link[way].older = way - 1;
	}
	set->oldest = 0;
	set->newest = ways - 1;
	set->ready = 1;
}

static void unlink_way(struct assoc_set *set, struct assoc_link *link,
		       uint32_t way)
{
	if (way == set->oldest)
		set->oldest = link[way].newer;
	else
		link[link[way].older].newer = link[way].newer;
	if (way == set->newest)
		set->newest = link[way].older;
	else
		link[link[way].newer].older = link[way].older;
}

static void make_newest(struct assoc_set *set, struct assoc_link *link,
			uint32_t way)
{
	if (way == set->newest)
		return;
	unlink_way(set, link, way);
	link[set->newest].newer = way;
	link[way].older = set->newest;
	set->newest = way;
}

static void make_oldest(struct assoc_set *set, struct assoc_link *link,
			uint32_t way)
{
	if (way == set->oldest)
		return;
	unlink_way(set, link, way);
	link[set->oldest].older = way;
	link[way].newer = set->oldest;
	set->oldest = way;
}

static void used(struct assoc *a, uint32_t index, uint32_t way)
{
	struct assoc_set *set = &a->set[index];

	if (a->policy == GEOMETRY_LRU) {
		make_newest(set, a->links + first_way(a, index), way);
		return;
	}
	if (a->policy == GEOMETRY_PLRU)
		plru_use(&a->plru, tree_of(a, index), way);
	set->newest = way;
}

static uint32_t first_empty(const struct assoc *a, uint32_t index)
{
	const uint64_t *keys = a->keys + first_way(a, index);
	uint32_t way;

	for (way = 0; keys[way]; way++)
		;
	return way;
}

static uint32_t choose(struct assoc *a, uint32_t index)
{
	struct assoc_set *set = &a->set[index];

	if (a->policy == GEOMETRY_LRU) {
		if (!set->ready)
			set_up_order(set, a->links + first_way(a, index),
				     a->ways);
		return set->oldest;
	}
	set->ready = 1;
	if (set->used < a->ways)
		return first_empty(a, index);
	if (a->policy == GEOMETRY_PLRU)
		return plru_victim(&a->plru, tree_of(a, index));
	/* The upper half of 32 bits times n is even to n / 2^32. */
	return (random_next(&a->random) >> 32) * a->ways >> 32;
}

bool assoc_search(struct assoc *a, uint64_t key, uint32_t index,
		  uint64_t *evicted)
{
	int way = find(a, key, index);
	uint64_t *place;

	if (way >= 0) {
		used(a, index, way);
		return true;
	}
	way = choose(a, index);
	place = &a->keys[first_way(a, index) + way];
	*evicted = *place;
	a->set[index].used += !*place;
	*place = key + 1;
	prints_of(a, index)[way] = print_of(key);
	used(a, index, way);
	return false;
}

bool assoc_holds(const struct assoc *a, uint64_t key, uint32_t index)
{
	return find(a, key, index) >= 0;
}

void assoc_drop(struct assoc *a, uint64_t key, uint32_t index)
{
	int way = find(a, key, index);

	if (way < 0)
		return;
	a->keys[first_way(a, index) + way] = 0;
	a->set[index].used--;
	if (a->policy == GEOMETRY_LRU)
		make_oldest(&a->set[index], a->links + first_way(a, index),
			    way);
}

void assoc_clear(struct assoc *a)
{
	uint32_t i;

	for (i = 0; i < a->sets; i++) {
		if (!a->set[i].ready)
			continue;
		memset(a->keys + first_way(a, i), 0,
		       a->ways * sizeof(*a->keys));
		if (a->trees)
			memset(tree_of(a, i), 0,
			       a->plru.words * sizeof(*a->trees));
		a->set[i] = (struct assoc_set){0};
	}
}

static uint64_t mix(uint64_t digest, uint64_t value)
{
	digest ^= value;
	return random_next(&digest);
}

/* In order of use: which way a key lies in makes no difference. */
static uint64_t digest_order(const struct assoc *a, uint32_t index,
			     uint64_t digest)
{
	const struct assoc_link *link = a->links + first_way(a, index);
	const uint64_t *keys = a->keys + first_way(a, index);
	uint32_t i, way = a->set[index].newest;

	for (i = 0; i < a->set[index].used; i++) {
		digest = mix(digest, keys[way]);
		way = link[way].older;
	}
	return digest;
}

uint64_t assoc_digest(const struct assoc *a, uint64_t digest)
{
	uint32_t i, j;

	for (i = 0; i < a->sets; i++) {
		if (!a->set[i].ready)
			continue;
		digest = mix(digest, i);
		if (a->policy == GEOMETRY_LRU) {
			digest = digest_order(a, i, digest);
			continue;
		}
		for (j = 0; j < a->ways; j++)
			digest = mix(digest, a->keys[first_way(a, i) + j]);
		for (j = 0; a->trees && j < a->plru.words; j++)
			digest = mix(digest, tree_of(a, i)[j]);
	}
	return digest;
}
