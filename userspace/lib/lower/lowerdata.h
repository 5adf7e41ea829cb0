/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWERDATA_H
#define SWC_LIB_LOWERDATA_H

#include "lowerop.h"

/*
 * lower_data() - an instruction that isn't control flow and doesn't write RSP.
 * @touch_only: touch the area of an XSAVE or FXSAVE instead
 * Return: 0, or -1 with the error set.
 */
int lower_data(struct lower_state *l, const struct insn *insn,
	       const struct trace_access *accesses, unsigned int n,
	       bool touch_only);

#endif
