/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_EXPECT_H
#define SWC_CLAIMS_EXPECT_H

#include "error.h"
#include "judging.h"

/**
 * expect_check() - are verdicts those that a file expects?
 * @path: of the file: a result of an earlier run, or YAML that has its keys:
 *	"claims: [{id: cgo-40ns, verdict: refuted}]"
 * @judging: the verdicts; a claim that the file names and that isn't there is none
 * @err: set if not: EXIT_USAGE for the file, EXIT_CHECK_FAILED for the first verdict that
 *	differs
 *
 * Return: 0, or -1 with @err set.
 */
int expect_check(const char *path, const struct judging *judging,
		 struct error *err);

#endif
