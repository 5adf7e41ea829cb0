/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_ABLATION_REPORT_H
#define SWC_CLI_ABLATION_REPORT_H

#include <jansson.h>

#include "ablation_measure.h"
#include "prefix.h"

/**
 * ablation_report() - take a sequence apart, measure, and report
 * @s: the sequence
 * @prefix: what its prefix profile says of each enum opclass, to be held against
 *	what is found; NULL: there is none, or it isn't valid
 * @options: of the runs
 * @report: JSON to add to: "ablation", and where and how it was measured if
 *	nothing else tells; NULL: text on stdout
 *
 * Return: the exit code; what has failed was said on stderr.
 */
int ablation_report(const struct sequence *s, const struct prefix_part *prefix,
		    const struct measure_options *options, json_t *report);

#endif
