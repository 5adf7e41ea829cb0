/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_MEASURING_H
#define SWC_CLI_MEASURING_H

#include <argp.h>

#include "measure.h"
#include "states.h"

/*
 * The options of verbs that measure sequences: what they mean is the same for all;
 * each verb says in its own words what they do for it.
 */

/* Keys that are no letters; the others are 'b', 'c', 'n' and 's'. */
enum {
	MEASURING_WARM = 0x300,
	MEASURING_TIME_LIMIT,
	MEASURING_TSC_STEP,
};

#define MEASURING_MAX_TSC_STEP 1000

/* MEASURING_OPTION_TSC_STEP - the same for each verb that measures. */
#define MEASURING_OPTION_TSC_STEP                                         \
	{"tsc-step",                                                      \
	 MEASURING_TSC_STEP,                                              \
	 "N",                                                             \
	 0,                                                               \
	 "Round time stamps down to multiples of N ticks, to see what a " \
	 "TSC that advances in steps does (user backend)",                \
	 0}

/**
 * struct measuring - what was asked for
 * @options: the verb's defaults, until something else is asked for
 * @states: to be prepared before each sample
 * @samples_given: @options.samples was asked for
 * @max_samples: as many may be asked for
 * @backends: what there is to choose from, in words
 */
struct measuring {
	struct measure_options options;
	struct states states;
	bool samples_given;
	uint32_t max_samples;
	const char *backends;
};

/*
 * measuring_backend() - the backend of that name; if there is none, one line that
 * tells @choices, and exit code 2.
 */
const struct backend_ops *measuring_backend(const struct argp_state *state,
					    const char *name,
					    const char *choices);

/*
 * measuring_parse() - for a verb's parser: take one of these options. Return: 0, or
 * ARGP_ERR_UNKNOWN: it is none.
 */
error_t measuring_parse(struct measuring *m, int key, const char *arg,
			const struct argp_state *state);

#endif
