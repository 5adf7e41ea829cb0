// SPDX-License-Identifier: GPL-2.0
#include "shuffle.h"

#include "engine/draw.h"

void shuffle(uint32_t *list, size_t n, uint64_t *random)
{
	__u64 state = *random;
	uint32_t j, kept;

	for (; n > 1; n--) {
		j = swc_draw_below(&state, n);
		kept = list[n - 1];
		list[n - 1] = list[j];
		list[j] = kept;
	}
	*random = state;
}

void shuffle_new(uint32_t *list, size_t n, uint64_t *random)
{
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = i;
	shuffle(list, n, random);
}
