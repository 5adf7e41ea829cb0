// SPDX-License-Identifier: GPL-2.0
#include "assoc.h"

#include <stdlib.h>
#include <string.h>

/* One way of a set, to be put in order of use. */
struct assoc_use {
	uint64_t key;
	uint32_t stamp;
	uint32_t way;
};

static int no_memory(struct assoc *a, struct error *err)
{
	uint32_t sets = a->sets, ways = a->ways;

	assoc_free(a);
	return error_set(err, EXIT_IMPOSSIBLE,
			 "no memory for a model of %u sets of %u ways: "
			 "describe a smaller one",
			 sets, ways);
}

static size_t round_up(size_t bytes, size_t to)
{
	return (bytes + to - 1) / to * to;
}

/* Return: the bytes of a set that the policy needs. */
static size_t policy_bytes(const struct assoc *a)
{
	switch (a->policy) {
	case GEOMETRY_LRU:
		return a->ranked ? RANKED_WAYS : a->ways * sizeof(uint32_t);
	case GEOMETRY_PLRU:
		return a->plru.words * sizeof(uint64_t);
	default:
		return 0;
	}
}

/* Return: 0, or -1. */
static int add_blocks(struct assoc *a)
{
	size_t bytes;

	a->print_bytes = round_up(a->ways, ASSOC_PRINTS);
	a->keys_at = a->print_bytes + round_up(policy_bytes(a), ASSOC_PRINTS);
	bytes = a->keys_at + a->ways * sizeof(uint64_t);
	a->block_bytes = round_up(bytes, ASSOC_ALIGN);
	/* Not aligned_alloc(): its memory would have to be zeroed, all of it. */
	a->memory = calloc(1, (size_t)a->sets * a->block_bytes + ASSOC_ALIGN);
	if (!a->memory)
		return -1;
	a->far = (size_t)a->sets * a->block_bytes >= ASSOC_FAR;
	memset(a->oldest, a->ways - 1, sizeof(a->oldest));
	a->blocks = (uint8_t *)round_up((uintptr_t)a->memory, ASSOC_ALIGN);
	return 0;
}

int assoc_init(struct assoc *a, uint32_t sets, uint32_t ways,
	       enum geometry_policy policy, uint64_t seed, struct error *err)
{
	*a = (struct assoc){
		.sets = sets,
		.ways = ways,
		.policy = policy,
		.ranked = policy == GEOMETRY_LRU && ways <= RANKED_WAYS,
		.random = seed,
		.mask = sets & (sets - 1) ? ASSOC_MODULO : sets - 1,
	};
	if (policy == GEOMETRY_PLRU && plru_init(&a->plru, ways, err))
		return -1;
	a->used = calloc(sets, sizeof(*a->used));
	a->touched = calloc(sets, sizeof(*a->touched));
	a->order = calloc(ways, sizeof(*a->order));
	if (add_blocks(a) || !a->used || !a->touched || !a->order)
		return no_memory(a, err);
	return 0;
}

void assoc_free(struct assoc *a)
{
	free(a->memory);
	free(a->used);
	free(a->touched);
	free(a->order);
	plru_free(&a->plru);
	*a = (struct assoc){0};
}

static __m128i lesser(__m128i a, __m128i b)
{
	__m128i greater = _mm_cmpgt_epi32(a, b);

	return _mm_or_si128(_mm_and_si128(greater, b),
			    _mm_andnot_si128(greater, a));
}

/* The least of @n stamps. */
static uint32_t least_stamp(const uint32_t *stamps, uint32_t n)
{
	__m128i least = _mm_set1_epi32(ASSOC_CLOCK_MAX);
	uint32_t i, found;

	for (i = 0; i + 4 <= n; i += 4)
		least = lesser(least,
			       _mm_loadu_si128((const __m128i *)(stamps + i)));
	least = lesser(least, _mm_shuffle_epi32(least, 0x4e));
	least = lesser(least, _mm_shuffle_epi32(least, 0xb1));
	found = _mm_cvtsi128_si32(least);
	for (; i < n; i++)
		found = stamps[i] < found ? stamps[i] : found;
	return found;
}

/* Return: a bit for each of at most 64 stamps, set if it is @wanted. */
static uint64_t equal_stamps(const uint32_t *stamps, uint32_t n,
			     uint32_t wanted)
{
	const __m128i all = _mm_set1_epi32(wanted);
	uint64_t equal = 0;
	uint32_t i;
	__m128i same;

	for (i = 0; i + 4 <= n; i += 4) {
		same = _mm_cmpeq_epi32(
			_mm_loadu_si128((const __m128i *)(stamps + i)), all);
		equal |= (uint64_t)_mm_movemask_ps(_mm_castsi128_ps(same)) << i;
	}
	for (; i < n; i++)
		equal |= (uint64_t)(stamps[i] == wanted) << i;
	return equal;
}

/*
 * Empty ways were never used: the lowest of them, if there are any. The host
 * can't foresee which way it is, so there is no branch on it.
 */
static uint32_t longest_unused(const struct assoc *a, uint32_t index)
{
	const uint32_t *stamps = assoc_stamps(a, index);
	uint32_t least = least_stamp(stamps, a->ways), way = 0, n;
	uint64_t equal;

	for (;;) {
		n = a->ways - way < 64 ? a->ways - way : 64;
		equal = equal_stamps(stamps + way, n, least);
		if (equal)
			return way + __builtin_ctzll(equal);
		way += n;
	}
}

static uint32_t first_empty(const struct assoc *a, uint32_t index)
{
	const uint64_t *keys = assoc_keys(a, index);
	uint32_t way;

	for (way = 0; keys[way]; way++)
		;
	return way;
}

static uint32_t choose(struct assoc *a, uint32_t index)
{
	if (a->policy == GEOMETRY_LRU)
		return longest_unused(a, index);
	if (a->used[index] < a->ways)
		return first_empty(a, index);
	if (a->policy == GEOMETRY_PLRU)
		return plru_victim(&a->plru, assoc_tree(a, index));
	/* Upper 32 bits times n, without their fraction: even to n / 2^32. */
	return (random_next(&a->random) >> 32) * a->ways >> 32;
}

void assoc_drop(struct assoc *a, uint64_t key, uint32_t index)
{
	int way = assoc_find(a, key, index);

	if (way < 0)
		return;
	a->used[index]--;
	if (a->ranked) {
		ranked_drop(assoc_ranked(a, index), a->ways, way);
		return;
	}
	assoc_keys(a, index)[way] = 0;
	if (a->policy == GEOMETRY_LRU)
		assoc_stamps(a, index)[way] = 0;
}

void assoc_clear(struct assoc *a)
{
	uint32_t i;

	for (i = 0; i < a->sets; i++) {
		if (!a->touched[i])
			continue;
		memset(assoc_prints(a, i), 0, a->block_bytes);
		a->used[i] = 0;
		a->touched[i] = false;
	}
}

static uint64_t mix(uint64_t digest, uint64_t value)
{
	digest ^= value;
	return random_next(&digest);
}

static int by_stamp(const void *a, const void *b)
{
	const struct assoc_use *x = a, *y = b;

	return (x->stamp > y->stamp) - (x->stamp < y->stamp);
}

/* When a way was last used: the lower, the longer ago. */
static uint32_t last_use(const struct assoc *a, uint32_t index, uint32_t way)
{
	return a->ranked ? a->ways - ranked_rank(assoc_ranked(a, index), way)
			 : assoc_stamps(a, index)[way];
}

/* Fill @a->order with what a set holds. Return: how many. */
static uint32_t sort_set(const struct assoc *a, uint32_t index)
{
	const uint64_t *keys = assoc_keys(a, index);
	uint32_t way, n = 0;

	for (way = 0; way < a->ways; way++) {
		if (keys[way])
			a->order[n++] = (struct assoc_use){
				.key = keys[way],
				.stamp = last_use(a, index, way),
				.way = way,
			};
	}
	qsort(a->order, n, sizeof(*a->order), by_stamp);
	return n;
}

/* Give the stamps their ranks instead, and begin after them. */
static __attribute__((noinline)) void rewind_clock(struct assoc *a)
{
	uint32_t i, j, n;

	for (i = 0; i < a->sets; i++) {
		n = a->touched[i] ? sort_set(a, i) : 0;
		for (j = 0; j < n; j++)
			assoc_stamps(a, i)[a->order[j].way] = j + 1;
	}
	a->clock = a->ways;
}

static inline void touch(struct assoc *a, uint32_t index, uint32_t way)
{
	if (a->policy == GEOMETRY_LRU) {
		if (__builtin_expect(a->clock == ASSOC_CLOCK_MAX, 0))
			rewind_clock(a);
		assoc_stamps(a, index)[way] = ++a->clock;
	} else if (a->policy == GEOMETRY_PLRU) {
		plru_use(&a->plru, assoc_tree(a, index), way);
	}
}

/* Return: false, what assoc_use_other() does then, too. */
static __attribute__((noinline)) bool fill(struct assoc *a, uint64_t key,
					   uint32_t index, uint64_t *evicted)
{
	uint32_t way = choose(a, index);
	uint64_t *place = &assoc_keys(a, index)[way];

	*evicted = *place;
	if (!*place)
		assoc_grow(a, index);
	*place = key + 1;
	assoc_prints(a, index)[way] = assoc_print(key);
	touch(a, index, way);
	return false;
}

bool assoc_use_other(struct assoc *a, uint64_t key, uint32_t index,
		     uint64_t *evicted)
{
	int way = assoc_find(a, key, index);

	if (way < 0)
		return fill(a, key, index, evicted);
	touch(a, index, way);
	return true;
}

/* The digest is of the keys in order of use: their ways make no difference. */
static uint64_t digest_order(const struct assoc *a, uint32_t index,
			     uint64_t digest)
{
	uint32_t i, n = sort_set(a, index);

	for (i = 0; i < n; i++)
		digest = mix(digest, a->order[i].key);
	return digest;
}

uint64_t assoc_digest(const struct assoc *a, uint64_t digest)
{
	uint32_t i, j;

	for (i = 0; i < a->sets; i++) {
		if (!a->touched[i])
			continue;
		digest = mix(digest, i);
		if (a->policy == GEOMETRY_LRU) {
			digest = digest_order(a, i, digest);
			continue;
		}
		for (j = 0; j < a->ways; j++)
			digest = mix(digest, assoc_keys(a, i)[j]);
		for (j = 0; j < a->plru.words; j++)
			digest = mix(digest, assoc_tree(a, i)[j]);
	}
	return digest;
}
