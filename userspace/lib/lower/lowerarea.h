/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_LIB_LOWERAREA_H
#define SWC_LIB_LOWERAREA_H

#include "lowerop.h"

/* Instructions whose accesses are larger than a register. */

/* lower_is_xstate() - FXSAVE, XSAVE, their kin and their restores. */
bool lower_is_xstate(const struct insn *insn);

/*
 * lower_xstate() - such an instruction
 * @touch_only: the verifier has refused the real one here
 */
int lower_xstate(struct lower_state *l, const struct lower_insn *i,
		 bool touch_only);

/* lower_is_string() - MOVS, STOS, LODS, CMPS, SCAS, with or without REP. */
bool lower_is_string(const struct insn *insn);
int lower_string(struct lower_state *l, const struct lower_insn *i);

/* A control or status word, or all of them: FLDCW, FNSTENV, LDMXCSR. */
bool lower_is_environment(const struct lower_insn *i);
int lower_environment(struct lower_state *l, const struct lower_insn *i);

#endif
