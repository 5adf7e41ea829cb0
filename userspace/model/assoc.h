/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_ASSOC_H
#define SWC_MODEL_ASSOC_H

#include <emmintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ranked.h"
#include "replacement.h"

/*
 * A set-associative array of keys: the lines of a cache, or the pages of a TLB.
 * The caller says which set a key belongs to.
 */

#define ASSOC_MAX_WAYS	  65535u
#define ASSOC_MAX_ENTRIES (1u << 26)
#define ASSOC_MODULO	  ~0ull
#define ASSOC_CLOCK_MAX	  0x7fffffffu /* stamps are compared as signed */

/* Prints of a set that are compared at once. */
#define ASSOC_PRINTS 16u

/* A set's prints shall not lie across two of the host's cache lines. */
#define ASSOC_ALIGN 32u

/* Sets are worth being fetched ahead from this size on, each up to so much. */
#define ASSOC_FAR      (1u << 20)
#define ASSOC_PREFETCH 256u

/**
 * struct assoc - the array
 * @blocks: @block_bytes of each set: a struct ranked_set if @ranked; else, in the
 *	same order:
 *	a byte of each key, its print, @print_bytes in all;
 *	LRU: a stamp of each way, @clock at its last use, 0: empty;
 *	PLRU: @plru.words, the tree;
 *	from @keys_at on: of each way key + 1, or 0: empty
 * @memory: that @blocks lie in
 * @used: of each set: ways that hold something
 * @touched: of each set: anything was ever in it
 * @order: LRU: room for the ways of one set
 * @clock: LRU: uses so far, at most ASSOC_CLOCK_MAX
 * @far: so large that it lies in the host's outer caches, if at all
 * @oldest: @ranked: ways - 1 in each byte
 * @random: state of the random numbers
 * @mask: sets - 1 if they are a power of two, else ASSOC_MODULO
 *
 * Memory comes zeroed and is only written where keys fall: of a large L3, only
 * the part that is used costs anything. All that belongs to a set lies together,
 * since in a large L3 each place is a miss of the host's caches.
 */
struct assoc {
	uint8_t *blocks;
	void *memory;
	uint16_t *used;
	bool *touched;
	struct assoc_use *order;
	struct plru plru;
	uint64_t random;
	uint64_t mask;
	uint32_t sets;
	uint32_t ways;
	uint32_t print_bytes;
	uint32_t keys_at;
	uint32_t block_bytes;
	uint32_t clock;
	bool ranked;
	bool far;
	enum geometry_policy policy;
	uint8_t oldest[RANKED_WAYS] __attribute__((aligned(16)));
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

static inline uint8_t *assoc_prints(const struct assoc *a, uint32_t index)
{
	return a->blocks + (size_t)index * a->block_bytes;
}

static inline struct ranked_set *assoc_ranked(const struct assoc *a,
					      uint32_t index)
{
	return (struct ranked_set *)assoc_prints(a, index);
}

static inline uint32_t *assoc_stamps(const struct assoc *a, uint32_t index)
{
	return (uint32_t *)(assoc_prints(a, index) + a->print_bytes);
}

static inline uint64_t *assoc_tree(const struct assoc *a, uint32_t index)
{
	return (uint64_t *)(assoc_prints(a, index) + a->print_bytes);
}

static inline uint64_t *assoc_keys(const struct assoc *a, uint32_t index)
{
	return (uint64_t *)(assoc_prints(a, index) + a->keys_at);
}

/*
 * assoc_prefetch() - set @index will be used soon. (What does nothing else, the
 * compiler leaves out unless it inlines it.)
 */
static __always_inline void assoc_prefetch(const struct assoc *a,
					   uint32_t index)
{
	const uint8_t *block = assoc_prints(a, index);
	uint32_t at;

	for (at = 0; at < a->block_bytes && at < ASSOC_PREFETCH; at += 64)
		__builtin_prefetch(block + at);
}

static inline uint8_t assoc_print(uint64_t key)
{
	return ranked_print(key);
}

/* assoc_find() - the way that holds @key in set @index, or -1. */
static inline int assoc_find(const struct assoc *a, uint64_t key,
			     uint32_t index)
{
	const uint64_t *keys = assoc_keys(a, index);
	const uint8_t *prints = assoc_prints(a, index);
	const __m128i wanted = _mm_set1_epi8(assoc_print(key));
	unsigned int same, way, at;

	for (at = 0; at < a->print_bytes; at += ASSOC_PRINTS) {
		same = _mm_movemask_epi8(_mm_cmpeq_epi8(
			_mm_load_si128((const __m128i *)(prints + at)),
			wanted));
		for (; same; same &= same - 1) {
			way = at + __builtin_ctz(same);
			/* A match after the last way is chance. */
			if (way < a->ways && keys[way] == key + 1)
				return way;
		}
	}
	return -1;
}

/* assoc_use_other() - assoc_use() where sets aren't ranked. */
bool assoc_use_other(struct assoc *a, uint64_t key, uint32_t index,
		     uint64_t *evicted);

/* assoc_grow() - one way more of set @index holds something. */
static inline void assoc_grow(struct assoc *a, uint32_t index)
{
	a->used[index]++;
	a->touched[index] = true;
}

/*
 * assoc_use() - use @key of set @index, and bring it in if it isn't there.
 * Return: it was there. If not, @evicted is the key that made room, plus 1, or
 * 0: none had to.
 */
static inline bool assoc_use(struct assoc *a, uint64_t key, uint32_t index,
			     uint64_t *evicted)
{
	if (!a->ranked)
		return assoc_use_other(a, key, index, evicted);
	if (ranked_use(assoc_ranked(a, index), a->ways, ranked_load(a->oldest),
		       key, evicted))
		return true;
	if (!*evicted)
		assoc_grow(a, index);
	return false;
}

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
