/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_BUNDLE_CROSSCHECK_H
#define SWC_BUNDLE_CROSSCHECK_H

#include "bundle.h"
#include "estimate.h"
#include "result.h"

/**
 * struct crosscheck_options - how a bundle is checked
 * @switchcost: the path of this command, which judges claims again
 * @catalogue: that claims are judged by; NULL: the one beside the command
 */
struct crosscheck_options {
	const char *switchcost;
	const char *catalogue;
};

/**
 * struct crosschecked - what a bundle says, all of it computed again
 * @isolated: core cycles of the recorded call's replay
 * @back_to_back: likewise, of one more in a loop
 * @claims: what claims --json prints of its draws
 */
struct crosschecked {
	struct estimate isolated;
	struct estimate back_to_back;
	struct result *claims;
};

/**
 * crosscheck() - does a bundle hold together?
 * @bundle: with all parts
 * @path: of its file, for messages
 * @options: how
 * @found: filled after success; result_free() its claims
 * @err: set if not: EXIT_CHECK_FAILED
 *
 * Intervals of its replay and of its chains are computed again from their runs' sums,
 * intervals and verdicts of claims from their draws, to 1e-9 of them; verdicts on kinds of
 * work from each kind's figures. The null sequence, chains and kinds have to have passed,
 * and the parts have to be of one machine, one version, one recording and one day.
 *
 * Somebody who changes a draw, and all that follows from it in the same way as this does,
 * isn't found: figures that are made up consistently look like figures.
 *
 * Return: 0, or -1 with @err set.
 */
int crosscheck(const struct bundle *bundle, const char *path,
	       const struct crosscheck_options *options,
	       struct crosschecked *found, struct error *err);

#endif
