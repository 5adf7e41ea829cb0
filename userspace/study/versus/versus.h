/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_VERSUS_VERSUS_H
#define SWC_VERSUS_VERSUS_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "levels.h"
#include "pairing.h"

/*
 * One call or another? Two live programs make their calls on one CPU, in blocks of some
 * 50 us that take turns at random. A neighbour on the core's other thread, which
 * moves a call of 25 ns to 36 for a second or two, so moves both, and their ratio hardly; of
 * programs that run one after the other it moves whichever is running.
 */

#define VERSUS_TIME_LIMIT 4.0 /* s */

/* Unless asked otherwise; processes differ by where their memory lies. */
#define VERSUS_PROCESSES 8u

/* Both, by their number. */
enum { VERSUS_OF, VERSUS_OVER, VERSUS_PROGRAMS };

/**
 * struct versus_options - what to compare, where, how long
 * @commands: the words of each; they speak the protocol of docs/live.md, and make their
 *	calls in a loop
 * @pairing: @samples is filled in by the study
 */
struct versus_options {
	char *const *commands[VERSUS_PROGRAMS];
	struct pairing_options pairing;
};

/* One program's call. */
struct versus_call {
	struct estimate cycles; /* core cycles */
	struct estimate ns;
	uint32_t calls;			 /* in a block */
	struct level_variances variance; /* of the logarithm of cycles */
};

/* @run: of each process, the program VERSUS_OF is the one, VERSUS_OVER the other. */
struct versus {
	struct pairing_result run;
	struct versus_call call[VERSUS_PROGRAMS];
	struct estimate ratio;		 /* of the first over the second */
	struct level_variances variance; /* of the ratio's logarithm */
	double tsc_hz;
	bool valid;
	char why[256]; /* if not valid: why */
};

/**
 * versus_measure() - two programs' calls, by turns
 * @options: which, where, how long
 * @v: filled
 * @err: set on failure: a program can't be started, dies, speaks something else, or makes
 *	its calls one at a time only
 *
 * Return: 0, also if the result isn't valid; or -1 with @err set.
 */
int versus_measure(const struct versus_options *options, struct versus *v,
		   struct error *err);

#endif
