/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_EMITTURNS_H
#define SWC_ENGINE_EMITTURNS_H

#include "encode.h"
#include "turns.h"

/* swc_turns_emit_begin() - the counter begins, before the first turn. */
void swc_turns_emit_begin(const struct swc_turns *turns, struct swc_code *code);

/*
 * swc_turns_emit_back() - the counter's step, and the branch to the turn's begin, which
 * lies @to bytes after what is appended here; @near: it takes 8 bits if they suffice.
 */
void swc_turns_emit_back(const struct swc_turns *turns, __s32 to, bool near,
			 struct swc_code *code);

#endif
