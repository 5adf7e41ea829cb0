/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_DOCTOR_REPORT_H
#define SWC_CLI_DOCTOR_REPORT_H

#include <jansson.h>

#include "diagnosis.h"

/* doctor_report_json() - the contract's object; NULL when memory is short. */
json_t *doctor_report_json(const struct diagnosis *d);

/* doctor_report_text() - for people, on stdout. */
void doctor_report_text(const struct diagnosis *d);

#endif
