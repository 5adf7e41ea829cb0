/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BUNDLE_CONTRIBUTE_H
#define SWC_BUNDLE_CONTRIBUTE_H

#include "bundle.h"

/**
 * struct contribute_options
 * @switchcost: the path of this command
 * @budget: seconds for claims
 * @catalogue: of claims; NULL: the one beside the command
 * @cpu: that measures, as a number's text; NULL: the last allowed
 */
struct contribute_options {
	const char *switchcost;
	double budget;
	const char *catalogue;
	const char *cpu;
};

/**
 * contribute() - measure all parts of a bundle, by verbs that are run as anybody would
 * @bundle: filled; bundle_free() in any case
 * @options: how
 * @err: set on failure: a verb prints no result
 *
 * Return: 0, or -1 with @err set.
 */
int contribute(struct bundle *bundle, const struct contribute_options *options,
	       struct error *err);

#endif
