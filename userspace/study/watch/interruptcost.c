// SPDX-License-Identifier: GPL-2.0
#include "interruptcost.h"

#include <math.h>
#include <sys/resource.h>

#include "elapsed.h"

/* A reading of the clock takes some 50 ns, and an interrupt a microsecond at least. */
#define JUMP_LEAST 1e-6

/* A slice in which another task had the CPU doesn't count. */
#define SLICE  3e-3
#define SLICES 20

/* Fewer say nothing. */
#define FEWEST 10

/* Slices are repeated so often, on a busy machine. */
#define MOST_TRIES 200

struct jumps {
	double sum;
	unsigned int n;
};

static long switches(void)
{
	struct rusage own;

	getrusage(RUSAGE_THREAD, &own);
	return own.ru_nvcsw + own.ru_nivcsw;
}

static struct jumps read_clock(double length)
{
	double begin = elapsed(), last = begin, now;
	struct jumps jumps = {0};

	do {
		now = elapsed();
		if (now - last > JUMP_LEAST) {
			jumps.sum += now - last;
			jumps.n++;
		}
		last = now;
	} while (now - begin < length);
	return jumps;
}

double interruptcost_ns(void)
{
	struct jumps all = {0}, some;
	unsigned int slices = 0, i;
	long before;

	for (i = 0; i < MOST_TRIES && slices < SLICES; i++) {
		before = switches();
		some = read_clock(SLICE);
		if (switches() != before)
			continue;
		all.sum += some.sum;
		all.n += some.n;
		slices++;
	}
	return all.n < FEWEST ? NAN : all.sum / all.n * 1e9;
}
