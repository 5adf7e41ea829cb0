/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_RANKED_H
#define SWC_MODEL_RANKED_H

#include <emmintrin.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A set of few ways under LRU. Each way has a rank: 0 was used last, ways - 1 the
 * longest ago. Empty ways are the oldest.
 */

#define RANKED_WAYS 16u

/**
 * struct ranked_set - a set
 * @print: a byte of each way's key, made by ranked_print()
 * @rank: of each way its rank XOR its number, so that zeroed memory is an order,
 *	too. Places after the last way have ranks that are never reached.
 * @key: of each way its key + 1, or 0: empty
 */
struct ranked_set {
	uint8_t print[RANKED_WAYS];
	uint8_t rank[RANKED_WAYS];
	uint64_t key[];
} __attribute__((aligned(16)));

/* Keys of one set differ above the bits of its index: mix all of them. */
static inline uint8_t ranked_print(uint64_t key)
{
	return key * 0x9e3779b97f4a7c15 >> 56;
}

static inline uint32_t ranked_rank(const struct ranked_set *set, uint32_t way)
{
	return set->rank[way] ^ way;
}

static inline __m128i ranked_load(const uint8_t *bytes)
{
	return _mm_load_si128((const __m128i *)bytes);
}

static inline void ranked_store(uint8_t *bytes, __m128i value)
{
	_mm_store_si128((__m128i *)bytes, value);
}

/* The way that holds @key, or -1. */
static inline int ranked_find(const struct ranked_set *set, uint32_t ways,
			      uint64_t key)
{
	uint32_t same = _mm_movemask_epi8(_mm_cmpeq_epi8(
		ranked_load(set->print), _mm_set1_epi8(ranked_print(key))));
	uint32_t way;

	for (; same; same &= same - 1) {
		way = __builtin_ctz(same);
		/* A match after the last way is chance. */
		if (way < ways && set->key[way] == key + 1)
			return way;
	}
	return -1;
}

/*
 * The way of rank @rank becomes the newest. Return: a byte of ones in its place,
 * zeroes elsewhere.
 */
static inline __m128i ranked_touch(struct ranked_set *set, __m128i rank)
{
	const __m128i ways = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
					   12, 13, 14, 15);
	__m128i ranks = _mm_xor_si128(ranked_load(set->rank), ways);
	__m128i same = _mm_cmpeq_epi8(ranks, rank);
	__m128i newer = _mm_cmplt_epi8(ranks, rank);

	/* A comparison that is true gives -1: so newer ones get 1 more, this one 0. */
	ranks = _mm_andnot_si128(same, _mm_sub_epi8(ranks, newer));
	ranked_store(set->rank, _mm_xor_si128(ranks, ways));
	return same;
}

/*
 * ranked_use() - use @key; if it isn't there, it takes the oldest way
 * @oldest: ways - 1 in each byte
 * @evicted: if it wasn't there: what was in that way, plus 1, or 0: nothing
 *
 * Return: it was there.
 */
static inline bool ranked_use(struct ranked_set *set, uint32_t ways,
			      __m128i oldest, uint64_t key, uint64_t *evicted)
{
	int way = ranked_find(set, ways, key);
	__m128i place, prints;

	if (way >= 0) {
		ranked_touch(set, _mm_set1_epi8(ranked_rank(set, way)));
		return true;
	}
	place = ranked_touch(set, oldest);
	/* All prints, not one: the next lookup loads all at once. */
	prints = _mm_or_si128(_mm_andnot_si128(place, ranked_load(set->print)),
			      _mm_and_si128(place,
					    _mm_set1_epi8(ranked_print(key))));
	ranked_store(set->print, prints);
	way = __builtin_ctz(_mm_movemask_epi8(place));
	*evicted = set->key[way];
	set->key[way] = key + 1;
	return false;
}

/* ranked_drop() - empty a way: it becomes the oldest. */
static inline void ranked_drop(struct ranked_set *set, uint32_t ways,
			       uint32_t way)
{
	uint32_t rank = ranked_rank(set, way), other, i;

	for (i = 0; i < ways; i++) {
		other = ranked_rank(set, i);
		if (other > rank)
			set->rank[i] = (other - 1) ^ i;
	}
	set->rank[way] = (ways - 1) ^ way;
	set->key[way] = 0;
}

#endif
