// SPDX-License-Identifier: GPL-2.0
#include "independent.h"

#include <math.h>

struct estimate independent_difference(const struct estimate *a,
				       const struct estimate *b)
{
	double mean = a->mean - b->mean;

	return (struct estimate){
		.mean = mean,
		.lo = mean - hypot(a->mean - a->lo, b->hi - b->mean),
		.hi = mean + hypot(a->hi - a->mean, b->mean - b->lo),
	};
}

static struct estimate mapped(const struct estimate *e, double (*f)(double))
{
	return (struct estimate){f(e->mean), f(e->lo), f(e->hi)};
}

struct estimate independent_ratio(const struct estimate *a,
				  const struct estimate *b)
{
	struct estimate first = mapped(a, log), second = mapped(b, log), ratio;

	if (!(a->lo > 0) || !(b->lo > 0))
		return (struct estimate){NAN, NAN, NAN};
	ratio = independent_difference(&first, &second);
	return mapped(&ratio, exp);
}
