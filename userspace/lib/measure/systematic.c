// SPDX-License-Identifier: GPL-2.0
#include "systematic.h"

#include <math.h>

static void widen(struct estimate *e, double uncertainty)
{
	double half = SYSTEMATIC_LEVEL_FACTOR * uncertainty;

	e->lo = e->mean - hypot(e->mean - e->lo, half);
	e->hi = e->mean + hypot(e->hi - e->mean, half);
}

void systematic_widen(struct estimate *e, double factor)
{
	widen(e, SYSTEMATIC_CYCLES * factor);
}

/*
 * Adds the standard uncertainty of a value that lies anywhere within @rest to
 * each side.
 */
void systematic_widen_by_rest(struct estimate *e, double rest)
{
	widen(e, rest / sqrt(3));
}
