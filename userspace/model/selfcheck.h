/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_MODEL_SELFCHECK_H
#define SWC_MODEL_SELFCHECK_H

#include <stddef.h>

#include "model.h"

/* Larger structures aren't swept: that would take seconds. */
#define SELFCHECK_ENTRIES (1u << 17)

/**
 * model_selfcheck() - does a model under LRU do what one knows in advance?
 * @m: its counts and content are lost
 * @why: set if not, or if there is nothing to model; empty otherwise
 * @bytes: of @why
 *
 * A cyclic sweep of a structure's capacity hits always; of one line or page more,
 * those of one set miss always, one more than its ways.
 */
bool model_selfcheck(struct model *m, char *why, size_t bytes);

#endif
