/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_GUARD_H
#define SWC_RECORD_GUARD_H

#include "error.h"

/**
 * guard_run() - call a function in a process of its own
 * @function: called with @argument; returns 0, or -1 with its error set
 * @argument: as it is now; what the function changes is lost
 * @err: set when the function failed, or its process
 *
 * A tracer that is killed leaves what it traces half-way: the trap flag stays
 * set, and the next trap is deadly. SIGKILL can't be caught, but it hits the
 * process that the user sees, this one. The process that traces then gets
 * SIGTERM, and lets go. Other signals that end a recording are passed on to it.
 */
int guard_run(int (*function)(const void *argument, struct error *err),
	      const void *argument, struct error *err);

#endif
