/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWERVECTOR_H
#define SWC_LIB_LOWERVECTOR_H

#include "lowerop.h"

/* lower_is_vector() - are vector, mask, MMX or x87 registers involved? */
bool lower_is_vector(const struct lower_insn *i);

/* lower_vector() - such an instruction. Return: 0, or -1 with the error set. */
int lower_vector(struct lower_state *l, const struct lower_insn *i);

#endif
