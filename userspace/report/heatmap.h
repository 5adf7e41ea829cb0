/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_REPORT_HEATMAP_H
#define SWC_REPORT_HEATMAP_H

#include <stdbool.h>
#include <stdio.h>

#include "study.h"

/* So many victims stand side by side: lines of a page, sets of L1d. */
#define HEATMAP_COLUMNS 64u

/**
 * heatmap_print() - one level's measured shares, in characters
 * @f: where to
 * @study: the study
 * @level: valid
 * @colour: with ANSI colours, for a terminal
 *
 * Caches: a column a set, or a line of a page; a row an age, the oldest on top,
 * or the mean over some. TLBs: pages in the order of their age, row after row.
 * A place where a working set has no victim stays empty.
 */
void heatmap_print(FILE *f, const struct study *study,
		   enum eviction_level level, bool colour);

#endif
