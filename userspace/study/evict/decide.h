/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_EVICT_DECIDE_H
#define SWC_EVICT_DECIDE_H

#include "eviction.h"

/*
 * evictions_found_planted() - have nearly all planted evictions been found so
 * far, and hardly any else? Then further rounds add little.
 */
bool evictions_found_planted(const struct evictions *e,
			     const struct planted *planted);

/**
 * evictions_decide() - call victims evicted or not, and test the run itself
 * @e: with all rounds counted
 * @planted: the planted sequence
 * @err: set on failure: no memory
 */
int evictions_decide(struct evictions *e, const struct planted *planted,
		     struct error *err);

#endif
