// SPDX-License-Identifier: GPL-2.0
#include "elapsed.h"

#include <time.h>

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

double elapsed(void)
{
	return now(CLOCK_MONOTONIC);
}

double elapsed_cpu(void)
{
	return now(CLOCK_PROCESS_CPUTIME_ID);
}
