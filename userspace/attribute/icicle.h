/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ATTRIBUTE_ICICLE_H
#define SWC_ATTRIBUTE_ICICLE_H

#include <stdio.h>

#include "prefix.h"

/* What a reader has to know of a profile besides its figures. */
struct icicle_notes {
	const char *backend;
	const char *state;
};

/**
 * icicle_write() - draw a valid profile as SVG
 * @p: the profile
 * @notes: for the lines below the title
 * @f: where to; whether writing has failed is for the caller to see
 *
 * Above, call paths: a box is as wide as what it costs with all that it calls, and
 * stands below its caller; callees in order of first execution, what a function
 * does itself at the right. What is negative can't have a width: it takes none.
 * Below, functions and classes by themselves, negative ones too, with intervals.
 * Each box tells its figures when pointed at.
 */
void icicle_write(const struct prefix_profile *p,
		  const struct icicle_notes *notes, FILE *f);

#endif
