// SPDX-License-Identifier: GPL-2.0
#include "elapsed.h"

#include <time.h>

double elapsed(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}
