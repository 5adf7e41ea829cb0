/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_EMITFRAME_H
#define SWC_ENGINE_EMITFRAME_H

#include "emit.h"

/* The frame around the operations: what starts the clock, and what stops it. */

/* swc_emit_prologue() - Return: offset in the code of a loop's head. */
__u32 swc_emit_prologue(const struct swc_proof *proof,
			const struct swc_binding *binding, struct swc_code *c);

/* swc_emit_epilogue() - up to the return to the host. */
void swc_emit_epilogue(const struct swc_binding *binding, struct swc_code *c);

#endif
