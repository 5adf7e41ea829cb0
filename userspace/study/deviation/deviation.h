/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_DEVIATION_DEVIATION_H
#define SWC_DEVIATION_DEVIATION_H

#include "measure.h"
#include "carried.h"
#include "planting.h"

/* The measured effects of a lowering's deviations. */

#define DEVIATION_SAMPLES 20000u /* of each sequence, unless asked otherwise */

/**
 * struct deviation_effect - what a deviation does, as far as it can be measured
 * @planting: where it is planted once more; nothing, where it isn't there
 * @cycles: what the sequence takes more with that, isolated, core cycles
 * @back_to_back: likewise in a loop; only where the run has loops
 */
struct deviation_effect {
	struct planting planting;
	struct estimate cycles;
	struct estimate back_to_back;
};

/**
 * struct deviation_effects - of all deviations, all in one run
 * @list: by enum lower_deviation
 * @carried: by enum carried: what the sequence takes more without that
 * @m: the run; its first subject is the sequence as it was lowered
 * @tries: runs that it took
 */
struct deviation_effects {
	struct deviation_effect list[LOWER_DEVIATIONS];
	struct deviation_effect carried[CARRIED_KINDS];
	struct measurement m;
	unsigned int tries;
};

/**
 * deviation_measure() - plant each deviation, and measure
 * @s: what a trace was lowered to
 * @lowering: how
 * @details: of which instructions
 * @options: of the run
 * @e: filled; deviation_free() it after success
 * @err: set on failure
 *
 * Return: 0, also if the run isn't valid (e->m.valid); or -1 with @err set.
 */
int deviation_measure(const struct sequence *s, const struct lowering *lowering,
		      const struct lower_details *details,
		      const struct measure_options *options,
		      struct deviation_effects *e, struct error *err);
void deviation_free(struct deviation_effects *e);

#endif
