// SPDX-License-Identifier: GPL-2.0
#include "verify.h"

#include "absmachine.h"
#include "shape.h"

/*
 * Passes until the set of slots that a replay may leave non-zero has settled.
 * Each pass can only add slots whose content came through a register from a
 * slot found in the pass before, so real sequences need two or three.
 */
#define MAX_PASSES 16

/*
 * From this pass on, the walk takes all that registers write to memory for
 * unknown. A sequence that moves an array up by one slot would otherwise be
 * followed for ever: with each replay an unknown value creeps one slot further.
 */
#define GIVE_UP_PASS 6

static __u32 total_pages(const struct swc_program *program)
{
	__u32 i, pages = 0;

	for (i = 0; i < program->nregions; i++) {
		if (!program->regions[i].pages ||
		    program->regions[i].pages > SWC_MAX_PAGES)
			return 0;
		pages += program->regions[i].pages;
	}
	return pages;
}

/* Operations that put a return address somewhere. */
static __u32 count_calls(const struct swc_program *program)
{
	__u32 i, n = 0;

	for (i = 0; i < program->nops; i++)
		n += program->ops[i].kind == SWC_OP_CALL ||
		     program->ops[i].kind == SWC_OP_AIM;
	return n;
}

static int refuse(struct swc_error *err, __u32 code, __u32 op)
{
	err->code = code;
	err->op = op;
	return -1;
}

/* Checks the sizes and the entry, which must hold before any operation is looked at. */
static __u32 check_frame(const struct swc_program *p)
{
	__u32 i, pages;

	if (!p->nops)
		return SWC_ERR_EMPTY;
	if (p->nops > SWC_MAX_OPS)
		return SWC_ERR_TOO_LONG;
	if (p->nregions > SWC_MAX_REGIONS)
		return SWC_ERR_PAGES;
	pages = total_pages(p);
	if ((p->nregions && !pages) || pages > SWC_MAX_PAGES)
		return SWC_ERR_PAGES;
	for (i = 0; i < p->nregions; i++) {
		if (p->regions[i].reserved)
			return SWC_ERR_RESERVED;
	}
	if (p->entry_region == SWC_NO_REGION)
		return p->entry_offset ? SWC_ERR_OPERAND : SWC_OK;
	if (p->entry_region >= p->nregions)
		return SWC_ERR_REGION;
	if (p->entry_offset >
	    p->regions[p->entry_region].pages * SWC_PAGE_BYTES)
		return SWC_ERR_BOUNDS;
	if (p->entry_offset & (SWC_SLOT_BYTES - 1))
		return SWC_ERR_ALIGNMENT;
	return SWC_OK;
}

static __u64 plan_bytes(const struct swc_program *p)
{
	return (__u64)p->nops * sizeof(struct swc_proof_op);
}

static __u64 call_bytes(const struct swc_program *p)
{
	return 2 * (__u64)count_calls(p) * sizeof(__u32);
}

/* Rounded up, for the data after it. */
static __u64 bound_bytes(const struct swc_program *p)
{
	return (swc_bound_bytes(total_pages(p)) + 7) & ~7u;
}

__u64 swc_verify_bytes(const struct swc_program *program, struct swc_error *err)
{
	__u32 rc = check_frame(program);

	if (rc) {
		refuse(err, rc, program->nops);
		return 0;
	}
	return plan_bytes(program) + call_bytes(program) +
	       bound_bytes(program) + swc_slots_bytes(total_pages(program));
}

/* Walk once from the first operation to the last. */
static int walk_once(struct swc_machine *m, struct swc_error *err)
{
	const struct swc_program *p = m->program;
	struct swc_proof_op *proved;
	__u32 i, rc;

	rc = swc_machine_start(m);
	if (rc)
		return refuse(err, rc, p->nops);
	for (i = 0; i < p->nops; i++) {
		proved = &m->proof->ops[i];
		proved->block = m->block;
		proved->sp_region = m->sp_region;
		proved->sp_offset = m->sp_offset;
		proved->zero_flags = m->zero_flags;
		proved->zero = m->zero;
		proved->leads = 0;
		rc = swc_machine_step(m, &p->ops[i], i);
		if (rc)
			return refuse(err, rc, i);
	}
	/*
	 * If the end is open, only this rule is given up, since the way out
	 * loads RSP from the context. The next replay knows as little of the
	 * rest on the stacks as of anything that a replay has written.
	 */
	if (!p->open_end && (m->sp_region != p->entry_region ||
			     m->sp_offset != p->entry_offset))
		return refuse(err, SWC_ERR_END, p->nops);
	return 0;
}

static __u32 dirty_slots(const struct swc_slots *slots, __u32 nregions)
{
	__u32 i, n = 0;

	for (i = 0; i < slots->first[nregions] / 8; i++)
		n += swc_popcount(slots->dirty[i]) +
		     swc_popcount(slots->saved[i]);
	return n;
}

/* Walk until a replay leaves nothing new for the next one to find. */
static int settle(struct swc_machine *m, struct swc_error *err)
{
	__u32 nregions = m->program->nregions, before;
	int pass;

	for (pass = 0; pass < MAX_PASSES; pass++) {
		m->give_up = pass >= GIVE_UP_PASS;
		before = dirty_slots(&m->slots, nregions);
		if (walk_once(m, err))
			return -1;
		if (dirty_slots(&m->slots, nregions) == before)
			return 0;
	}
	return refuse(err, SWC_ERR_UNSTABLE, m->program->nops);
}

static int check_shapes(const struct swc_program *p,
			const struct swc_caps *caps, struct swc_error *err)
{
	__u32 i, rc;

	for (i = 0; i < p->nops; i++) {
		rc = swc_shape_check(p, caps, &p->ops[i]);
		if (rc)
			return refuse(err, rc, i);
	}
	return 0;
}

int swc_verify_unproved(const struct swc_program *program,
			const struct swc_caps *caps, void *workspace,
			struct swc_proof *proof, __u8 *unproved,
			struct swc_error *err)
{
	struct swc_machine m = {
		.program = program,
		.caps = caps,
		.proof = proof,
		.unproved = unproved,
	};
	__u8 *memory = workspace;
	__u32 rc = check_frame(program), slow;

	if (rc)
		return refuse(err, rc, program->nops);
	memset(proof, 0, sizeof(*proof));
	proof->program = program;
	proof->caps = caps;
	proof->ops = workspace;
	m.call_block = (__u32 *)(memory + plan_bytes(program));
	m.due = m.call_block + count_calls(program);
	memory += plan_bytes(program) + call_bytes(program);
	swc_slots_init(&m.slots, program, memory + bound_bytes(program));

	if (check_shapes(program, caps, err) || settle(&m, err))
		return -1;
	slow = swc_bound(proof, memory, &proof->bound);
	if (slow < program->nops)
		return refuse(err, SWC_ERR_TIME, slow);
	proof->zero_end = m.zero;
	proof->nblocks = m.nblocks;
	proof->nindirect = m.nindirect;
	proof->last_block = m.block;
	err->code = SWC_OK;
	return 0;
}

int swc_verify(const struct swc_program *program, const struct swc_caps *caps,
	       void *workspace, struct swc_proof *proof, struct swc_error *err)
{
	return swc_verify_unproved(program, caps, workspace, proof, NULL, err);
}
