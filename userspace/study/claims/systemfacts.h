/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_CLAIMS_SYSTEMFACTS_H
#define SWC_CLAIMS_SYSTEMFACTS_H

#include <stdint.h>

#include "result.h"

/* The instructions of a function of this program, up to its end. */
struct systemfacts_code {
	uint32_t instructions;
	uint32_t flushes; /* CLFLUSH, CLFLUSHOPT, CLWB, WBINVD */
};

/**
 * struct systemfacts - what C library, kernel and compiler say
 * @at_fdcwd: AT_FDCWD
 * @thread_stack_bytes: what pthread_create() gives a thread that asks for nothing
 * @main_stack_bytes: the limit of the main thread's stack; 0: there is none
 * @clear_cache: the code of __builtin___clear_cache(), as this program was compiled
 * @cgo_tracepoints: events of the kernel's in a group "go"; -1: not readable
 */
struct systemfacts {
	int64_t at_fdcwd;
	uint64_t thread_stack_bytes;
	uint64_t main_stack_bytes;
	struct systemfacts_code clear_cache;
	int32_t cgo_tracepoints;
};

/* systemfacts_collect() - ask. */
void systemfacts_collect(struct systemfacts *facts);

extern const struct record systemfacts_record;

#endif
