/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_RETURNS_REPORT_H
#define SWC_CLI_RETURNS_REPORT_H

#include <stdbool.h>

#include "measure.h"

/*
 * returns_report() - measure what returns cost, and print it: one JSON object, or
 * text. Return: the exit code; what has failed was said on stderr.
 */
int returns_report(const struct measure_options *options, bool json);

#endif
