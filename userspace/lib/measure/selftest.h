/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SELFTEST_H
#define SWC_LIB_SELFTEST_H

#include <stdbool.h>

#include "clock.h"

/*
 * What a run proves about itself before anybody may read a figure from it: in
 * the same loop as the sequences run others whose cost is known.
 */

/*
 * How far off a known cost may be, core cycles: what the instrument promises as
 * rms residual. Added to an interval wide enough to be left by chance once in a
 * thousand runs.
 */
#define SELFTEST_TOLERANCE 0.25
#define SELFTEST_LEVEL	   0.999

struct selftest {
	const char *name;
	double known;	       /* core cycles */
	struct estimate found; /* interval at SELFTEST_LEVEL */
	bool passed;
};

#define SELFTESTS 2

/* selftest_run() - judge a finished run. Return: did all pass? */
bool selftest_run(struct selftest tests[SELFTESTS], const struct stats *stats,
		  const struct clock *clock);

#endif
