/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_PAIRING_REPORT_H
#define SWC_REPORT_PAIRING_REPORT_H

#include "pairing.h"
#include "result.h"

/* The record of struct pairing_result: how long a comparison took, and how well it went. */
extern const struct record report_pairing;

#endif
