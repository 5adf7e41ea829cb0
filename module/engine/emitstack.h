/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_EMITSTACK_H
#define SWC_ENGINE_EMITSTACK_H

#include "site.h"

/* Operations that move RSP, and those that store return addresses. */

/* swc_emit_stack_op() - append one of those that move RSP. */
void swc_emit_stack_op(const struct swc_site *site, struct swc_code *code,
		       const struct swc_op *op);

/* swc_emit_aim() - append an AIM whose memory operand is @mem. */
void swc_emit_aim(const struct swc_site *site, struct swc_code *code,
		  const struct swc_op *op, const struct swc_mem *mem);

/* swc_emit_back() - append the switch to the stack the replay began on. */
void swc_emit_back(const struct swc_site *site, struct swc_code *code);

#endif
