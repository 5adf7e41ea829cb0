// SPDX-License-Identifier: GPL-2.0
/*
 * Work whose memory accesses others follow: turns of calls that use a stack, of
 * sweeps through 16 KiB, and of jumps within 256 KiB and 8 MiB, by a generator of
 * numbers that is the same each time.
 *
 * usage: walk TURNS
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SMALL  (16u << 10)
#define MIDDLE (256u << 10)
#define LARGE  (8u << 20)
#define CALLS  4
#define STEPS  8

static uint64_t small[SMALL / 8], middle[MIDDLE / 8], large[LARGE / 8];

static __attribute__((noinline)) uint64_t call(uint64_t depth, uint64_t x)
{
	volatile uint64_t saved = x;

	return depth ? call(depth - 1, x + 1) + saved : saved;
}

int main(int argc, char **argv)
{
	unsigned long turns = argc > 1 ? strtoul(argv[1], NULL, 0) : 0, i;
	uint64_t x = 1, sum = 0, at = 0;
	unsigned int j;

	for (i = 0; i < turns; i++) {
		sum += call(CALLS, x);
		for (j = 0; j < STEPS; j++, at++)
			small[at % (SMALL / 8)] += sum;
		/* Knuth, MMIX. */
		x = x * 6364136223846793005 + 1442695040888963407;
		sum += middle[(x >> 40) % (MIDDLE / 8)]++;
		if (i % 4 == 0)
			sum += large[(x >> 32) % (LARGE / 8)];
	}
	printf("%lu\n", (unsigned long)sum);
	return 0;
}
