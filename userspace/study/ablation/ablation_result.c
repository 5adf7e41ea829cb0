// SPDX-License-Identifier: GPL-2.0
#include "ablation_result.h"

#include <math.h>

bool ablation_is_valid(const struct ablation *a)
{
	size_t i;

	for (i = 0; i < a->ncold_runs; i++) {
		if (!a->cold_runs[i].valid)
			return false;
	}
	return a->warm.valid;
}

bool ablation_agrees(const struct estimate *a, const struct estimate *b)
{
	return fabs(a->mean - b->mean) <=
	       estimate_half_width(a) + estimate_half_width(b);
}
