/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_ABLATION_REPORT_H
#define SWC_CLI_ABLATION_REPORT_H

#include <jansson.h>

#include "ablation_measure.h"
#include "prefix.h"

/**
 * ablation_report() - take a profiled sequence apart, and report
 * @p: its profile, which what is found is held against
 * @options: of the runs
 * @report: the profile as JSON, added to: "ablation"; NULL: text on stdout
 *
 * Return: the exit code; what has failed was said on stderr.
 */
int ablation_report(const struct prefix_profile *p,
		    const struct measure_options *options, json_t *report);

#endif
