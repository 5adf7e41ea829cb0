/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_SELFTEST_H
#define SWC_LIB_SELFTEST_H

#include <stdbool.h>

#include "arms.h"
#include "clock.h"

/*
 * A run proves itself before anybody may read a figure from it: in the same loop
 * as the sequences run others whose cost is known, by number or by shape.
 */

/*
 * A known cost may be missed by so many core cycles, the rms residual that the
 * instrument promises. It is added to an interval so wide that chance leaves it
 * once in a thousand runs.
 */
#define SELFTEST_TOLERANCE 0.25
#define SELFTEST_LEVEL	   0.999

/*
 * Six additions that nothing waits for take five cycles more than one. Of these
 * five so many may be missing; a frame that hides additions at its start or end
 * leaves one.
 */
#define SELFTEST_UNREAD 2.5

/*
 * For other kinds of work, the frame's constant may lie so many core cycles from
 * that of additions: what the fences wait for makes some cycles' difference. For
 * kinds that end in a store it may lie an operation's time further, since a
 * store's own part may come after the last fence.
 */
#define SELFTEST_CONSTANT 6.0
#define SELFTEST_SLOPE	  0.05 /* of what the operations take */

struct selftest {
	const char *name;
	double known;	       /* core cycles */
	double tolerance;      /* core cycles, besides the interval */
	struct estimate found; /* interval at SELFTEST_LEVEL */
	bool passed;
};

#define SELFTESTS_MAX (KINDS_MAX + 3)

/* A run's self-tests, in the order of its arms. */
struct selftests {
	struct selftest list[SELFTESTS_MAX];
	unsigned int n;
	struct estimate constant; /* of the frame, core cycles, by the chains */
	double slot; /* how far a short chain is off that, at most; without noise */
	double unread; /* how far off the additions that nothing waits for are */
	double of_kind[KINDS_MAX]; /* likewise of each kind that was proved */
};

/*
 * selftest_run() - judge a finished run: null must be nothing, chains their length,
 * and each kind of work in proportion to its number. Return: did all pass?
 */
bool selftest_run(struct selftests *tests, const struct arms *arms,
		  const struct stats *stats, const struct clock *clock);

/*
 * selftest_rest() - what is left of the frame's constant in a sequence of these
 * kinds, core cycles to each side at most; in additions alone, what a slot makes.
 */
double selftest_rest(const struct selftests *tests, const struct arm *arm);

/*
 * selftest_passes() - does an interval reach what is known, give or take @tolerance?
 * NAN doesn't.
 */
static inline bool selftest_passes(double known, double tolerance,
				   const struct estimate *found)
{
	return found->lo <= known + tolerance && found->hi >= known - tolerance;
}

/* selftest_failed() - the first that failed; NULL: none did. */
const struct selftest *selftest_failed(const struct selftests *tests);

#endif
