/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_PROGRAM_H
#define SWC_ENGINE_PROGRAM_H

#include "freestanding.h"

/**
 * struct swc_program - a sequence as the engine sees it
 * @ops: the operations, in order of execution
 * @regions: what the operations address
 * @nops: 1 to SWC_MAX_OPS
 * @nregions: 0 to SWC_MAX_REGIONS
 * @entry_region: region of the stack pointer at the start, or SWC_NO_REGION
 *	for the host's own stack, on which stack operations are refused
 * @entry_offset: bytes into @entry_region, multiple of 8
 * @open_end: it may end on any stack and with calls open, as the first part of
 *	a sequence does: the replay is left from where it stops
 */
struct swc_program {
	const struct swc_op *ops;
	const struct swc_region *regions;
	__u32 nops;
	__u32 nregions;
	__u32 entry_region;
	__u32 entry_offset;
	bool open_end;
};

/**
 * struct swc_error - why, and at which operation, a program was refused
 * @code: enum swc_error_code
 * @op: index of the operation; nops if it concerns the whole
 */
struct swc_error {
	__u32 code;
	__u32 op;
};

/* One line in words for an error code, the same in every backend. */
const char *swc_error_text(__u32 code);

#endif
