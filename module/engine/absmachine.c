// SPDX-License-Identifier: GPL-2.0
#include "absmachine.h"

#include "optable.h"
#include "shape.h"

/*
 * A switch of stacks and a large step of RSP sweep many slots, for an operation
 * of a cycle or two. Bound their sum, so that verifying takes less than 1 s.
 */
#define MAX_SWEPT_SLOTS (36u << 20)

#define MAX_CALLS (SWC_SLOT_MAX - SWC_SLOT_CALL)

/* Offsets of XSAVE's area whose content XRSTOR would fault on, if not valid. */
#define XSAVE_MXCSR  24u
#define XSAVE_BV     512u
#define XSAVE_HEADER 520u /* the rest of the header, must be 0 */

#define XSTATE_SSE 0x2u
#define XSTATE_AVX 0x4u

/* In call_block; numbers of blocks and operations are smaller. */
#define RETURNED 0xffffffffu
#define AIMED	 0x80000000u

static bool is_zero(const struct swc_machine *m, __u8 reg)
{
	/* No register stands for an immediate, which the emitter makes 0. */
	return reg == SWC_REG_NONE || (m->zero & (1u << reg));
}

static void set_zero(struct swc_machine *m, __u8 reg, bool zero)
{
	m->zero &= ~(1u << reg);
	m->zero |= (__u16)zero << reg;
}

static void write_slots(struct swc_machine *m, __u32 region, __u32 offset,
			__u32 bytes, __u16 state)
{
	/*
	 * Below RSP nothing keeps its value: an exception, an interrupt or a
	 * signal may put its frame there between any two operations.
	 */
	if (region == m->sp_region && offset < m->sp_offset)
		state = SWC_SLOT_UNKNOWN;
	else if (region != m->sp_region && offset < m->slots.floor[region])
		m->slots.floor[region] = offset & ~(SWC_SLOT_BYTES - 1);
	swc_slots_write(&m->slots, region, offset, bytes, state);
}

/* What lies in these @bytes of @region may change behind our back. */
static __u32 sweep(struct swc_machine *m, __u32 region, __u32 offset,
		   __u32 bytes)
{
	m->swept += bytes / SWC_SLOT_BYTES;
	if (m->swept > MAX_SWEPT_SLOTS)
		return SWC_ERR_TIME;
	swc_slots_write(&m->slots, region, offset, bytes, SWC_SLOT_UNKNOWN);
	return SWC_OK;
}

/*
 * RSP arrives at @offset of @region: all that lies below becomes unknown. What
 * is so already, up to the floor, needn't be visited again.
 */
static __u32 arrive(struct swc_machine *m, __u32 region, __u32 offset)
{
	__u32 floor;

	m->sp_region = region;
	m->sp_offset = offset;
	if (region == SWC_NO_REGION)
		return SWC_OK;
	m->plan->stacks[region / 8] |= 1u << (region % 8);
	floor = m->slots.floor[region];
	m->slots.floor[region] = offset;
	return floor < offset ? sweep(m, region, floor, offset - floor)
			      : SWC_OK;
}

/* Move RSP within its region by @delta bytes, negative: down. */
static __u32 move_sp(struct swc_machine *m, __s64 delta)
{
	__s64 to = (__s64)m->sp_offset + delta;
	__u32 from = m->sp_offset;

	if (m->sp_region == SWC_NO_REGION)
		return SWC_ERR_NO_STACK;
	if (to < 0 || to > m->program->regions[m->sp_region].pages *
				      (__s64)SWC_PAGE_BYTES)
		return SWC_ERR_STACK;
	m->sp_offset = to;
	m->slots.floor[m->sp_region] = to;
	return delta > 0 ? sweep(m, m->sp_region, from, delta) : SWC_OK;
}

static __u32 do_push(struct swc_machine *m, __u16 state)
{
	__u32 rc = move_sp(m, -(__s64)SWC_SLOT_BYTES);

	if (!rc)
		swc_slots_write(&m->slots, m->sp_region, m->sp_offset,
				SWC_SLOT_BYTES, state);
	return rc;
}

/* What lies at RSP, for a pop or a return. */
static __u32 top_of_stack(const struct swc_machine *m, __u16 *state)
{
	if (m->sp_region == SWC_NO_REGION)
		return SWC_ERR_NO_STACK;
	if (m->sp_offset + SWC_SLOT_BYTES >
	    m->program->regions[m->sp_region].pages * SWC_PAGE_BYTES)
		return SWC_ERR_STACK;
	*state = swc_slots_at(&m->slots, m->sp_region, m->sp_offset);
	return SWC_OK;
}

static __u32 do_pop(struct swc_machine *m, const struct swc_op *op)
{
	__u16 state;
	__u32 rc = top_of_stack(m, &state);

	if (rc)
		return rc;
	set_zero(m, op->dst, state == SWC_SLOT_ZERO);
	return move_sp(m, SWC_SLOT_BYTES);
}

static __u32 do_call(struct swc_machine *m, const struct swc_op *op)
{
	__u32 rc;

	if (m->ncalls >= MAX_CALLS)
		return SWC_ERR_TOO_LONG;
	/* Such a call pushes an address that the code has passed already. */
	if (op->flags & SWC_OPF_NEXT)
		return do_push(m, SWC_SLOT_UNKNOWN);
	rc = do_push(m, SWC_SLOT_CALL + m->ncalls);
	if (rc)
		return rc;
	m->due[m->ndue++] = m->ncalls;
	m->call_block[m->ncalls++] = m->block;
	m->block = m->nblocks++;
	return SWC_OK;
}

/*
 * A return address that no call has pushed, or that of the call whose return the
 * CPU expects next, moved. The register that it passes through is cleared.
 */
static __u32 do_aim(struct swc_machine *m, const struct swc_op *op, __u32 index)
{
	__u32 call = m->ndue ? m->due[m->ndue - 1] : 0;
	bool back = (op->flags & SWC_OPF_DUE) && m->ndue &&
		    m->call_block[call] != RETURNED;

	if (m->ncalls >= MAX_CALLS)
		return SWC_ERR_TOO_LONG;
	if (!is_zero(m, op->src)) {
		if (!m->unproved)
			return SWC_ERR_BASE;
		m->unproved[index / 8] |= 1u << (index % 8);
	}
	set_zero(m, op->dst, true);
	if (back) {
		m->plan->ops[index].leads = SWC_LEADS_BACK |
					    m->call_block[call];
	} else {
		call = m->ncalls++;
		m->call_block[call] = AIMED | index;
	}
	write_slots(m, op->region, op->offset, SWC_SLOT_BYTES,
		    SWC_SLOT_CALL + call);
	return SWC_OK;
}

/*
 * A return goes wherever the return address at RSP leads, so the slot must
 * still hold what a call or an AIM has put there. Each call returns at most once,
 * since what follows it is emitted once; and what an AIM leads to is what follows
 * the one return that finds it.
 */
static __u32 do_ret(struct swc_machine *m, __u32 index)
{
	__u32 call, rc;
	__u16 state;

	rc = top_of_stack(m, &state);
	if (rc)
		return rc;
	if (state < SWC_SLOT_CALL)
		return SWC_ERR_RETURN;
	call = state - SWC_SLOT_CALL;
	if (call >= m->ncalls || m->call_block[call] == RETURNED)
		return SWC_ERR_RETURN;
	if (m->call_block[call] & AIMED) {
		m->plan->ops[m->call_block[call] & ~AIMED].leads = index + 1;
		m->block = m->nblocks++;
	} else {
		m->block = m->call_block[call];
	}
	m->call_block[call] = RETURNED;
	m->ndue -= m->ndue > 0;
	return move_sp(m, SWC_SLOT_BYTES);
}

static __u32 do_switch(struct swc_machine *m, const struct swc_op *op)
{
	if (op->flags & SWC_OPF_BACK)
		return arrive(m, m->program->entry_region,
			      m->program->entry_offset);
	return arrive(m, op->region, op->offset);
}

/* What a register that holds 0, or doesn't, leaves in memory. */
static __u16 stored(const struct swc_machine *m, __u8 reg, bool zero)
{
	return zero && (reg == SWC_REG_NONE || !m->give_up) ? SWC_SLOT_ZERO
							    : SWC_SLOT_UNKNOWN;
}

static __u32 do_save(struct swc_machine *m, const struct swc_op *op,
		     bool restore)
{
	__u32 reg, offset = op->offset;

	for (reg = 0; reg <= SWC_REG_R15; reg++) {
		if (!(op->imm & (1u << reg)))
			continue;
		if (restore)
			set_zero(m, reg,
				 swc_slots_at(&m->slots, op->region, offset) ==
					 SWC_SLOT_ZERO);
		else
			write_slots(m, op->region, offset, SWC_SLOT_BYTES,
				    stored(m, reg, is_zero(m, reg)));
		offset += SWC_SLOT_BYTES;
	}
	return SWC_OK;
}

static bool header_is_zero(const struct swc_machine *m, const struct swc_op *op)
{
	return swc_slots_all(&m->slots, op->region, op->offset + XSAVE_HEADER,
			     SWC_XSAVE_LEGACY_BYTES + SWC_XSAVE_HEADER_BYTES -
				     XSAVE_HEADER,
			     SWC_SLOT_ZERO);
}

/*
 * XSAVE writes XSTATE_BV only, and of that only the bits of its components: the
 * rest of the header has to be zero, and XSTATE_BV zero or as XSAVE left it.
 */
static bool header_is_valid(const struct swc_machine *m,
			    const struct swc_op *op)
{
	switch (swc_slots_at(&m->slots, op->region, op->offset + XSAVE_BV)) {
	case SWC_SLOT_ZERO:
	case SWC_SLOT_BV:
	case SWC_SLOT_OLD_BV:
		return header_is_zero(m, op);
	default:
		return false;
	}
}

/* MXCSR goes with SSE and AVX (Intel SDM vol. 1, 13.7 and 13.8). */
static bool has_mxcsr(const struct swc_op *op)
{
	return op->kind == SWC_OP_FXSAVE || op->kind == SWC_OP_FXRSTOR ||
	       (op->imm & (XSTATE_SSE | XSTATE_AVX));
}

static __u32 do_xstate_save(struct swc_machine *m, const struct swc_op *op)
{
	__u32 bytes = swc_shape_bytes(m->caps, op);
	__u32 behind = SWC_XSAVE_LEGACY_BYTES + SWC_XSAVE_HEADER_BYTES;

	if (op->kind == SWC_OP_XSAVE) {
		if (!header_is_valid(m, op))
			return SWC_ERR_XSTATE;
		write_slots(m, op->region, op->offset + XSAVE_BV,
			    SWC_SLOT_BYTES, SWC_SLOT_BV);
		write_slots(m, op->region, op->offset + behind, bytes - behind,
			    SWC_SLOT_UNKNOWN);
	}
	write_slots(m, op->region, op->offset, SWC_XSAVE_LEGACY_BYTES,
		    SWC_SLOT_UNKNOWN);
	if (has_mxcsr(op))
		write_slots(m, op->region, op->offset + XSAVE_MXCSR,
			    SWC_SLOT_BYTES, SWC_SLOT_MXCSR);
	return SWC_OK;
}

static __u32 do_xstate_restore(struct swc_machine *m, const struct swc_op *op)
{
	memset(&m->vectors, 0, sizeof(m->vectors));
	/* A reserved bit set in MXCSR or in the header faults. */
	if (has_mxcsr(op) &&
	    swc_slots_at(&m->slots, op->region, op->offset + XSAVE_MXCSR) !=
		    SWC_SLOT_MXCSR)
		return SWC_ERR_XSTATE;
	if (op->kind == SWC_OP_XRSTOR &&
	    (!header_is_zero(m, op) ||
	     swc_slots_at(&m->slots, op->region, op->offset + XSAVE_BV) !=
		     SWC_SLOT_BV))
		return SWC_ERR_XSTATE;
	return SWC_OK;
}

/* The state component mask is passed in EDX:EAX. */
static void spoil_mask_registers(struct swc_machine *m)
{
	set_zero(m, SWC_REG_RAX, false);
	set_zero(m, SWC_REG_RDX, false);
}

/* Operations that are sums, copies, loads and stores, as their traits say. */
static __u32 do_plain(struct swc_machine *m, const struct swc_op *op,
		      __u32 traits)
{
	__u32 bytes = swc_shape_bytes(m->caps, op);
	bool zero = true;

	if (traits & (SWC_HAS_SRC | SWC_HAS_SRC_OPT))
		zero = zero && is_zero(m, op->src);
	if (traits & SWC_HAS_BASE)
		zero = zero && is_zero(m, op->base);
	if (traits & SWC_READS_DST)
		zero = zero && is_zero(m, op->dst);
	if (traits & SWC_READS_MEM)
		zero = zero && swc_slots_all(&m->slots, op->region, op->offset,
					     bytes, SWC_SLOT_ZERO);
	if (op->kind == SWC_OP_CMPXCHG) {
		zero = zero && is_zero(m, SWC_REG_RAX);
		set_zero(m, SWC_REG_RAX, zero);
	}

	if (traits & SWC_WRITES_MEM)
		write_slots(m, op->region, op->offset, bytes,
			    stored(m, op->src & op->dst, zero));
	if (traits & SWC_WRITES_DST)
		set_zero(m, op->dst, zero);
	if (traits & SWC_SETS_FLAGS)
		m->zero_flags = zero;
	return SWC_OK;
}

/* Vector registers: moves, arithmetic, and to and from general registers. */
static __u32 do_vector(struct swc_machine *m, const struct swc_op *op)
{
	bool zero;

	switch (op->kind) {
	case SWC_OP_VLOAD:
		zero = swc_slots_all(&m->slots, op->region, op->offset,
				     op->size, SWC_SLOT_ZERO);
		break;
	case SWC_OP_VSTORE:
		zero = swc_vectors_zero(&m->vectors, op->src, op->size);
		write_slots(m, op->region, op->offset, op->size,
			    stored(m, op->src, zero));
		return SWC_OK;
	case SWC_OP_VGET:
		set_zero(m, op->dst,
			 swc_vectors_zero(&m->vectors, op->src, op->size));
		return SWC_OK;
	case SWC_OP_VPUT:
		zero = is_zero(m, op->src);
		break;
	default: /* VALU, VMUL */
		zero = swc_vectors_zero(&m->vectors, op->dst, op->size) &&
		       swc_vectors_zero(&m->vectors, op->src, op->size);
		/* x ^ x is 0 whatever x is. */
		if (op->kind == SWC_OP_VALU && op->dst == op->src)
			zero = true;
		break;
	}
	swc_vectors_write(&m->vectors, op->dst, op->size, zero);
	return SWC_OK;
}

/* RAX and RDX become quotient and remainder: 0, if RAX was. */
static __u32 do_division(struct swc_machine *m, const struct swc_op *op,
			 __u32 index)
{
	if (is_zero(m, op->src) && is_zero(m, SWC_REG_RDX)) {
		set_zero(m, SWC_REG_RDX, is_zero(m, SWC_REG_RAX));
		return SWC_OK;
	}
	if (!m->unproved)
		return SWC_ERR_DIVIDE;
	m->unproved[index / 8] |= 1u << (index % 8);
	m->zero_flags = is_zero(m, SWC_REG_RAX);
	return SWC_OK;
}

/* REP STOS and REP MOVS leave zeros in the registers that they use. */
static __u32 do_string(struct swc_machine *m, const struct swc_op *op)
{
	bool copy = op->kind == SWC_OP_COPY, zero = is_zero(m, SWC_REG_RAX);

	m->swept += 2 * (op->imm / SWC_SLOT_BYTES);
	if (m->swept > MAX_SWEPT_SLOTS)
		return SWC_ERR_TIME;
	if (copy)
		zero = swc_slots_all(&m->slots, SWC_FROM_REGION(op->from),
				     SWC_FROM_OFFSET(op->from), op->imm,
				     SWC_SLOT_ZERO);
	write_slots(m, op->region, op->offset, op->imm,
		    stored(m, SWC_REG_RAX, zero));
	set_zero(m, SWC_REG_RCX, true);
	set_zero(m, SWC_REG_RDI, true);
	if (copy)
		set_zero(m, SWC_REG_RSI, true);
	return SWC_OK;
}

/*
 * A LEA from RSP: the emitter takes RSP's known value off again, so that what is
 * left is 0 and waits for RSP. No operation makes RSP's bit in m->zero false.
 */
static bool is_sp_value(const struct swc_op *op)
{
	return op->kind == SWC_OP_LEA && op->src == SWC_REG_RSP;
}

/* Is the base of an address proved to hold 0, or passed over? */
static bool base_is_fit(struct swc_machine *m, const struct swc_op *op,
			__u32 index)
{
	if (op->base == SWC_REG_RSP || is_zero(m, op->base))
		return true;
	if (!m->unproved)
		return false;
	m->unproved[index / 8] |= 1u << (index % 8);
	return true;
}

__u32 swc_machine_step(struct swc_machine *m, const struct swc_op *op,
		       __u32 index)
{
	__u32 traits = swc_op_traits(op->kind)->traits;

	/* What the host's RSP is, nobody knows. */
	if ((op->base == SWC_REG_RSP || is_sp_value(op)) &&
	    m->sp_region == SWC_NO_REGION)
		return SWC_ERR_NO_STACK;
	if ((traits & SWC_HAS_MEM) && !base_is_fit(m, op, index))
		return SWC_ERR_BASE;
	if (traits & SWC_SPOILS_FLAGS)
		m->zero_flags = false;

	switch (op->kind) {
	case SWC_OP_PUSH:
		return do_push(m, stored(m, op->src, is_zero(m, op->src)));
	case SWC_OP_POP:
		return do_pop(m, op);
	case SWC_OP_CALL:
		return do_call(m, op);
	case SWC_OP_RET:
		return do_ret(m, index);
	case SWC_OP_AIM:
		return do_aim(m, op, index);
	case SWC_OP_SWITCH:
		return do_switch(m, op);
	case SWC_OP_SP:
		return move_sp(m, (__s32)op->imm);
	case SWC_OP_SAVE:
		return do_save(m, op, false);
	case SWC_OP_RESTORE:
		return do_save(m, op, true);
	case SWC_OP_XSAVE:
		spoil_mask_registers(m);
		return do_xstate_save(m, op);
	case SWC_OP_FXSAVE:
		return do_xstate_save(m, op);
	case SWC_OP_XRSTOR:
		spoil_mask_registers(m);
		return do_xstate_restore(m, op);
	case SWC_OP_FXRSTOR:
		return do_xstate_restore(m, op);
	case SWC_OP_DIV:
		return do_division(m, op, index);
	case SWC_OP_FILL:
	case SWC_OP_COPY:
		return do_string(m, op);
	case SWC_OP_VZERO:
		swc_vectors_upper(&m->vectors);
		return SWC_OK;
	default:
		return traits & SWC_HAS_VECTOR ? do_vector(m, op)
					       : do_plain(m, op, traits);
	}
}

__u32 swc_machine_start(struct swc_machine *m)
{
	m->zero = 0xffff;
	m->zero_flags = true;
	m->ncalls = 0;
	m->ndue = 0;
	m->block = 0;
	m->nblocks = 1;
	m->swept = 0;
	memset(&m->vectors, 0, sizeof(m->vectors));
	swc_slots_start(&m->slots, m->program->nregions);
	return arrive(m, m->program->entry_region, m->program->entry_offset);
}
