/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLI_KINDS_REPORT_H
#define SWC_CLI_KINDS_REPORT_H

#include <jansson.h>

#include "kindstudy.h"

/* The table of kinds: each kind of work, in several numbers; @ring: where. */
json_t *kinds_report_json(const struct kind_study *s);
void kinds_report_text(const struct kind_study *s, const char *ring);

#endif
