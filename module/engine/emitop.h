/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_EMITOP_H
#define SWC_ENGINE_EMITOP_H

#include "site.h"

/* swc_emit_op() - append one verified operation to @code. */
void swc_emit_op(const struct swc_site *site, struct swc_code *code,
		 const struct swc_op *op);

#endif
