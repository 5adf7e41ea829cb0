// SPDX-License-Identifier: GPL-2.0
#include "access.h"

#include "optable.h"
#include "shape.h"
#include "slots.h"

/* The stack operations' own access: 8 bytes at or below RSP. */
static bool stack_access(__u32 traits, const struct swc_proof_op *proved,
			 struct swc_access *access)
{
	bool reads = traits & SWC_POPS;

	if (!(traits & (SWC_POPS | SWC_PUSHES)))
		return false;
	*access = (struct swc_access){
		.region = proved->sp_region,
		.offset = proved->sp_offset - (reads ? 0 : SWC_SLOT_BYTES),
		.bytes = SWC_SLOT_BYTES,
		.flags = reads ? SWC_ACCESS_READ : SWC_ACCESS_WRITE,
	};
	return true;
}

static __u32 operand_flags(__u32 traits)
{
	__u32 flags = 0;

	/* A COPY reads elsewhere than it writes. */
	if ((traits & SWC_READS_MEM) && !(traits & SWC_HAS_FROM))
		flags |= SWC_ACCESS_READ;
	if (traits & SWC_WRITES_MEM)
		flags |= SWC_ACCESS_WRITE;
	return flags ? flags : SWC_ACCESS_HINT;
}

__u32 swc_op_accesses(const struct swc_proof *proof, __u32 index,
		      struct swc_access *accesses)
{
	const struct swc_op *op = &proof->program->ops[index];
	__u32 traits = swc_op_traits(op->kind)->traits, bytes;
	struct swc_access *next = accesses;

	if (stack_access(traits, &proof->ops[index], next))
		next++;
	if (!(traits & SWC_HAS_MEM) || (traits & SWC_NAMES))
		return next - accesses;
	bytes = swc_shape_bytes(proof->caps, op);
	if (traits & SWC_HAS_FROM)
		*next++ = (struct swc_access){
			.region = SWC_FROM_REGION(op->from),
			.offset = SWC_FROM_OFFSET(op->from),
			.bytes = bytes,
			.flags = SWC_ACCESS_READ,
		};
	*next++ = (struct swc_access){
		.region = op->region,
		.offset = op->offset,
		.bytes = bytes,
		.flags = operand_flags(traits),
	};
	return next - accesses;
}
