/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_RECORD_GOCONTEXT_H
#define SWC_RECORD_GOCONTEXT_H

#include <stdint.h>

#include "golayout.h"
#include "tracee.h"

/*
 * The Go runtime's view of a thread at the entry of the recorded call: which
 * goroutine, thread and processor structures it uses, and which stacks.
 */

struct gostack {
	uint64_t low;
	uint64_t high; /* one past the last byte */
};

struct gocontext {
	uint64_t g; /* 0: the thread runs no Go code, the rest is void */
	uint64_t m;
	uint64_t g0;	  /* of the system stack */
	uint64_t gsignal; /* of the signal stack, or 0 */
	uint64_t p;	  /* or 0 */
	struct gostack stack;
	struct gostack g0_stack;
	struct gostack signal_stack;
	uint64_t g0_sp; /* where the next switch to the system stack begins */
};

/**
 * gocontext_read() - read the context of a stopped thread
 * @g_address: where the thread keeps its g, in its thread-local storage
 */
int gocontext_read(struct gocontext *context, const struct golayout *layout,
		   struct tracee *tracee, uint64_t g_address,
		   struct error *err);

#endif
