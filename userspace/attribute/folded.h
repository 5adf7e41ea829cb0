/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ATTRIBUTE_FOLDED_H
#define SWC_ATTRIBUTE_FOLDED_H

#include <stdio.h>

#include "prefix.h"

/*
 * folded_write() - folded stacks, one call path a line: "a;b;c 12345", where the
 * number is what the path costs itself in thousandths of a core cycle, for
 * flamegraph.pl, inferno and their like. These can't show what is negative: such
 * paths are left out. Whether writing has failed is for the caller to see.
 */
void folded_write(const struct prefix_profile *p, FILE *f);

#endif
