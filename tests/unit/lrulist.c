// SPDX-License-Identifier: GPL-2.0
#include "lrulist.h"

#include <string.h>

bool lrulist_drop(struct lrulist *l, uint64_t key)
{
	uint32_t i;

	for (i = 0; i < l->n && l->key[i] != key; i++)
		;
	if (i == l->n)
		return false;
	l->n--;
	memmove(l->key + i, l->key + i + 1, (l->n - i) * sizeof(*l->key));
	return true;
}

bool lrulist_use(struct lrulist *l, uint32_t ways, uint64_t key,
		 uint64_t *evicted)
{
	bool hit = lrulist_drop(l, key);

	if (!hit)
		*evicted = l->n == ways ? l->key[--l->n] + 1 : 0;
	memmove(l->key + 1, l->key, l->n * sizeof(*l->key));
	l->key[0] = key;
	l->n++;
	return hit;
}
