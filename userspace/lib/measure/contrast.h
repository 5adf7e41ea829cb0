/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_CONTRAST_H
#define SWC_LIB_CONTRAST_H

#include <stdbool.h>

#include "stats.h"

/*
 * An arm and its two controls, which do the same: their mean is known better than either.
 * If there is one only, it stands twice. Making an arm cold costs something besides,
 * which is taken off a cold arm's time: @restored less @warm (arms_add_apart()). If the
 * arm executes anything, the frame's constant is taken off as well: see
 * clock_frame_ticks().
 */
struct contrast_arm {
	unsigned int arm;
	unsigned int control[2];
	bool works;
	bool cold;
	unsigned int restored;
	unsigned int warm;
};

/* For contrast_difference_*(): @one minus @other; the others look at @one. */
struct contrast_arms {
	struct contrast_arm one;
	struct contrast_arm other;
};

/* For stats_estimate(); context: struct contrast_arms. */
double contrast_ticks(const double *means, void *arms);
double contrast_cycles(const double *means, void *arms);
double contrast_difference_ticks(const double *means, void *arms);
double contrast_difference_cycles(const double *means, void *arms);

#endif
