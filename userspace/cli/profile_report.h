/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_PROFILE_REPORT_H
#define SWC_CLI_PROFILE_REPORT_H

#include <jansson.h>

#include "prefix.h"

/* profile_report_json() - a profile by the contract's keys; NULL: no memory. */
json_t *profile_report_json(const struct prefix_profile *p,
			    const struct measure_options *options,
			    const struct states *states);

/* profile_report_text() - on stdout, for people. */
void profile_report_text(const struct prefix_profile *p,
			 const struct measure_options *options);

#endif
