/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_UNIT_LRULIST_H
#define TESTS_UNIT_LRULIST_H

#include <stdbool.h>
#include <stdint.h>

/* LRU as a textbook has it: a plain list of keys, the newest first. */

#define LRULIST_MAX 2048u

struct lrulist {
	uint64_t key[LRULIST_MAX];
	uint32_t n;
};

/* lrulist_drop() - take a key out. Return: it was there. */
bool lrulist_drop(struct lrulist *l, uint64_t key);

/*
 * lrulist_use() - a key becomes the newest of at most @ways. Return: it was there; if
 * not, @evicted is the key that made room, plus 1, or 0: none had to.
 */
bool lrulist_use(struct lrulist *l, uint32_t ways, uint64_t key,
		 uint64_t *evicted);

#endif
