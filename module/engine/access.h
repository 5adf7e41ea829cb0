/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_ACCESS_H
#define SWC_ENGINE_ACCESS_H

#include "proof.h"

/* struct swc_access.flags */
#define SWC_ACCESS_READ	 0x1u
#define SWC_ACCESS_WRITE 0x2u
/* CLFLUSH, PREFETCH: the line is touched, but nothing is read or written. */
#define SWC_ACCESS_HINT 0x4u

/**
 * struct swc_access - one access to a program's memory
 * @region: which
 * @offset: of its first byte
 * @bytes: at least 1; may cross lines and pages
 * @flags: SWC_ACCESS_*
 */
struct swc_access {
	__u32 region;
	__u32 offset;
	__u32 bytes;
	__u32 flags;
};

/* An operation's stack access, its operand, and what a COPY reads. */
#define SWC_OP_ACCESSES 3u

/**
 * swc_op_accesses() - what one operation of a program accesses, in this order
 * @proof: from swc_verify()
 * @op: index of the operation
 * @accesses: filled, SWC_OP_ACCESSES entries
 *
 * Any context. Return: how many.
 */
__u32 swc_op_accesses(const struct swc_proof *proof, __u32 op,
		      struct swc_access *accesses);

#endif
