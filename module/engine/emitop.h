/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_EMITOP_H
#define SWC_ENGINE_EMITOP_H

#include "site.h"

/*
 * swc_emit_op() - append a verified operation to the code, by the encoder in its
 * kind's row, which this fills in. A number that is no kind becomes a trap, never some
 * other operation.
 */
void swc_emit_op(struct swc_site *site);

/* swc_emit_back() - append the switch to the stack that the replay began on. */
void swc_emit_back(const struct swc_site *site);

#endif
