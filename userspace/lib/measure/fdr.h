/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_FDR_H
#define SWC_LIB_FDR_H

#include <stdbool.h>
#include <stddef.h>

/**
 * fdr_select() - which of many hypotheses may be rejected
 * @p: their p-values, 0 to 1
 * @n: how many
 * @rate: share of false ones among those rejected that is put up with, 0 to 1
 * @rejected: filled, one for each
 *
 * Benjamini and Hochberg's step-up procedure (J. Royal Statistical Society B 57,
 * 1995), which holds if the tests are independent or positively dependent. If
 * all hypotheses are true, the chance that any is rejected is @rate.
 *
 * Return: how many are rejected; -1: no memory, and @rejected is all false.
 */
long fdr_select(const double *p, size_t n, double rate, bool *rejected);

#endif
