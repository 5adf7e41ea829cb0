/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_CLAIMS_REPORT_H
#define SWC_REPORT_CLAIMS_REPORT_H

#include "judging.h"
#include "result.h"

/**
 * struct claims_result - a catalogue's verdicts, and what they are of
 * @judging: the verdicts
 * @file: the catalogue
 * @path: its name, without its folder
 */
struct claims_result {
	const struct judging *judging;
	const struct claimfile *file;
	const char *path;
};

/* Of struct claims_result. */
extern const struct record claims_record;

/* claims_text() - for people, on stdout: a line a claim, and how many of each verdict. */
void claims_text(const void *data, const struct result *result);

#endif
