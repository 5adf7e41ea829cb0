/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWERTURNS_H
#define SWC_LIB_LOWERTURNS_H

#include "lowerop.h"

/*
 * lower_turns() - of the loops whose turns are executed by the same code, the jumps back are
 * carried: they don't count as LOWER_LOOP any more
 * @l: of a sequence that the verifier accepts
 *
 * Return: 0, or -1 with @l's error set.
 */
int lower_turns(struct lower_state *l);

#endif
